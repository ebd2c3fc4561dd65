// SPDX-License-Identifier: GPL-2.0
/* Programs as text, drawn at random, and changed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static uint64_t state;

void seed_random(uint64_t seed)
{
	state = seed;
}

/* A counter, scattered */
uint64_t draw(void)
{
	uint64_t x = state += 0x9e3779b97f4a7c15ull;

	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9ull;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

unsigned int draw_below(unsigned int n)
{
	return draw() % n;
}

static uint64_t one_of(const uint64_t *list, size_t bytes)
{
	return list[draw_below(bytes / sizeof(*list))];
}

#define ONE_OF(...)							\
	({								\
		static const uint64_t list_[] = { __VA_ARGS__ };	\
									\
		one_of(list_, sizeof(list_));				\
	})

/* Mostly something that may work, so that programs get somewhere */
static uint64_t draw_arg(enum arg_kind kind)
{
	if (!draw_below(16))
		kind = ARG_ANY;
	switch (kind) {
	case ARG_CONTAINER:
		return !draw_below(6);
	case ARG_DEVICE:
		return draw_below(NR_DEVICES);
	case ARG_IOVA:
		if (draw_below(4))
			return FUZZ_RAM_IOVA + 0x1000 * draw_below(20);
		return ONE_OF(0, 0x1000, FUZZ_RAM_IOVA + FUZZ_RAM_SIZE, 1ull << 39,
			      1ull << 47, 1ull << 63, -0x1000ull, -1ull,
			      FUZZ_RAM_IOVA - 0x1000, FUZZ_RAM_IOVA + 1, 0xfee00000);
	case ARG_SIZE:
		if (draw_below(4))
			return 0x1000ull << draw_below(6);
		return ONE_OF(0, 1, 4, 8, 0xfff, 0x1001, FUZZ_RAM_SIZE, 1ull << 21,
			      1ull << 30, 1ull << 43, (1ull << 43) + 0x1000,
			      1ull << 63, -0x1000ull, -1ull, 0x1800, 64 * 0x1000 + 0x1000);
	case ARG_VADDR:
		if (draw_below(4))
			return 0x1000ull * draw_below(16);
		return ONE_OF(1, -0x1000ull, 1ull << 47, 0x1000000, -1ull);
	case ARG_FLAGS:
		/* Bits, and the words of VFIO_DEVICE_FEATURE */
		if (draw_below(2))
			return draw_below(16);
		if (draw_below(2))
			return draw_below(16) | (uint64_t)draw_below(8) << 16;
		return 1ull << draw_below(32);
	case ARG_ARGSZ:
		if (draw_below(4))
			return 0;
		return ONE_OF(-8, -4, -1, 1, 4, 8, 16, 64, 4096, -16, -24, -32,
			      0x7fffffff, 0x80000000);
	case ARG_BUFFER:
		return draw_below(3) ? 0 : draw_below(7);
	case ARG_UNIT:
		if (draw_below(3))
			return 4096;
		return ONE_OF(0, 1, 2048, 8192, 65536, 1ull << 21, 1ull << 30,
			      1ull << 63, 4097, 12288);
	case ARG_SMALL:
		if (draw_below(4))
			return draw_below(10);
		return ONE_OF(16, 31, 32, 64, 127, 255, 256, 65535, 65536,
			      0x7fffffff, 0xffffffff, 1ull << 32);
	case ARG_OFFSET:
		if (draw_below(3))
			return draw_below(256);
		return ONE_OF(0xff, 0x100, 0xffc, 0xfff, 0x1000, 0x10000,
			      1ull << 31, (1ull << 40) - 1, 1ull << 62);
	case ARG_ANY:
		if (draw_below(2))
			return draw() >> draw_below(64);
		return ONE_OF(0, 1, 4096, -1ull, 1ull << 31, 1ull << 32,
			      1ull << 63, 0x7fffffffffffffff);
	default:
		return 0;
	}
}

static void draw_call(struct call *call)
{
	int i;

	call->type = draw_below(nr_call_types);
	for (i = 0; i < CALL_ARGS; i++)
		call->arg[i] = draw_arg(call_types[call->type].arg[i].kind);
}

void program_random(struct program *p)
{
	int i;

	memset(p, 0, sizeof(*p));
	p->devices = draw_below(1 << NR_DEVICES);
	p->race = !draw_below(8);
	p->nr = 1 + draw_below(12);
	for (i = 0; i < p->nr; i++)
		draw_call(&p->call[i]);
}

static void change_arg(struct call *call)
{
	const struct call_type *type = &call_types[call->type];
	int n, i;

	for (n = 0; n < CALL_ARGS && type->arg[n].name; n++)
		;
	if (!n)
		return;
	i = draw_below(n);
	switch (draw_below(5)) {
	case 0:
		call->arg[i] ^= 1ull << draw_below(64);
		break;
	case 1:
		call->arg[i] += draw_below(2) ? 1 : -1;
		break;
	default:
		call->arg[i] = draw_arg(type->arg[i].kind);
	}
}

static void insert(struct program *p, int at, const struct call *call)
{
	if (p->nr == PROGRAM_CALLS)
		return;
	memmove(&p->call[at + 1], &p->call[at], (p->nr - at) * sizeof(*call));
	p->call[at] = *call;
	p->nr++;
}

static void drop(struct program *p, int at)
{
	p->nr--;
	memmove(&p->call[at], &p->call[at + 1],
		(p->nr - at) * sizeof(p->call[0]));
}

/* A few changes; @other is what calls may be taken from */
void program_mutate(struct program *p, const struct program *other)
{
	int times = 1 + draw_below(4);
	struct call call;

	while (times--) {
		int at = p->nr ? draw_below(p->nr) : 0;

		switch (draw_below(10)) {
		case 0:
			if (p->nr > 1)
				drop(p, at);
			break;
		case 1:
		case 2:
			draw_call(&call);
			insert(p, at, &call);
			break;
		case 3:
			if (p->nr) {
				call = p->call[at];
				insert(p, draw_below(p->nr + 1), &call);
			}
			break;
		case 4:
			if (other->nr)
				insert(p, draw_below(p->nr + 1),
				       &other->call[draw_below(other->nr)]);
			break;
		case 5:
			p->devices ^= 1u << draw_below(NR_DEVICES);
			break;
		case 6:
			p->race = !draw_below(4);
			break;
		default:
			if (p->nr)
				change_arg(&p->call[at]);
		}
	}
}

/* What is 0 is left out */
void program_print(const struct program *p, char *text, size_t size)
{
	size_t len;
	int i, j;

	len = snprintf(text, size, "devices=%u race=%d", p->devices, p->race);
	for (i = 0; i < p->nr && len < size; i++) {
		const struct call_type *type = &call_types[p->call[i].type];

		len += snprintf(text + len, size - len, "\n%s", type->name);
		for (j = 0; j < CALL_ARGS && type->arg[j].name && len < size; j++) {
			if (!p->call[i].arg[j])
				continue;
			len += snprintf(text + len, size - len, " %s=%#llx",
					type->arg[j].name,
					(unsigned long long)p->call[i].arg[j]);
		}
	}
}

/* "name=number", and nothing behind it */
static bool number(const char *word, const char *name, uint64_t *value)
{
	size_t len = strlen(name);
	char *end;

	if (strncmp(word, name, len) || word[len] != '=' || !word[len + 1])
		return false;
	*value = strtoull(word + len + 1, &end, 0);
	return !*end;
}

static bool set_arg(struct call *call, const char *word)
{
	const struct call_type *type = &call_types[call->type];
	int i;

	for (i = 0; i < CALL_ARGS && type->arg[i].name; i++)
		if (number(word, type->arg[i].name, &call->arg[i]))
			return true;
	return false;
}

static bool set_call(struct program *p, const char *word)
{
	int i;

	if (p->nr == PROGRAM_CALLS)
		return false;
	for (i = 0; i < nr_call_types; i++) {
		if (strcmp(word, call_types[i].name))
			continue;
		memset(&p->call[p->nr], 0, sizeof(p->call[0]));
		p->call[p->nr++].type = i;
		return true;
	}
	return false;
}

static bool set_head(struct program *p, const char *word)
{
	uint64_t value;

	if (number(word, "devices", &value) && value < 1 << NR_DEVICES)
		p->devices = value;
	else if (number(word, "race", &value) && value < 2)
		p->race = value;
	else
		return false;
	return true;
}

/* A line that begins with # is left out, and so is an empty one */
bool program_parse(struct program *p, const char *text, char *why, size_t size)
{
	char copy[PROGRAM_TEXT], *line, *word, *lines, *words;
	int nr = 0;
	bool head = true, first;

	memset(p, 0, sizeof(*p));
	if (strlen(text) >= sizeof(copy)) {
		snprintf(why, size, "longer than %zu bytes", sizeof(copy) - 1);
		return false;
	}
	snprintf(copy, sizeof(copy), "%s", text);
	lines = copy;
	while ((line = strsep(&lines, "\n"))) {
		nr++;
		if (line[0] == '#')
			continue;
		first = true;
		words = line;
		while ((word = strsep(&words, " \t"))) {
			bool good;

			if (!*word)
				continue;
			if (head)
				good = set_head(p, word);
			else if (first)
				good = set_call(p, word);
			else
				good = set_arg(&p->call[p->nr - 1], word);
			if (!good) {
				snprintf(why, size, "line %d: bad word \"%s\"",
					 nr, word);
				return false;
			}
			first = false;
		}
		head = head && first;
	}
	if (head)
		snprintf(why, size, "no line with devices=");
	return !head;
}
