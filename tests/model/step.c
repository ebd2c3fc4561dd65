// SPDX-License-Identifier: GPL-2.0
/* Steps as text */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "step.h"

static const struct {
	enum op op;
	const char *name;
	const char *operands;
} ops[NR_OPS] = {
#define STEP(id, ...) { OP_ ## id, __VA_ARGS__ },
#include "steps.def"
#undef STEP
};

const char *op_name(enum op op)
{
	return ops[op].name;
}

const char * const event_names[NR_EVENTS] = {
	"open", "close", "start", "stop", "sync", "unmap", "reset", "state",
};

const char * const call_names[NR_CALLS] = {
	"pin", "pin-tracked", "unpin", "mark", "opt-out", "rw", "register",
	"unregister",
};

static const char * const prot_names[4] = { "none", "r", "w", "rw" };

void steps_add(struct steps *steps, const struct step *step)
{
	if (steps->nr == steps->room) {
		steps->room = steps->room ? 2 * steps->room : 256;
		steps->step = realloc(steps->step,
				      steps->room * sizeof(*step));
		if (!steps->step) {
			fputs("out of memory\n", stderr);
			exit(2);
		}
	}
	steps->step[steps->nr++] = *step;
}

/* Writing */

static int unit_print(unsigned int pages, char *buf, size_t size)
{
	unsigned int kb = pages * 4;

	if (kb && kb % 1024 == 0)
		return snprintf(buf, size, "%uM", kb / 1024);
	return snprintf(buf, size, "%uK", kb);
}

static int operand_print(const struct step *s, char letter, char *buf,
			 size_t size)
{
	switch (letter) {
	case 'c':
		return snprintf(buf, size, "c%d", s->c);
	case 'd':
		return snprintf(buf, size, "%s", config[s->d].name);
	case 'r':
		return snprintf(buf, size, "%d+%d", s->first, s->nr);
	case 'b':
		return snprintf(buf, size, "%llu:%llu",
				(unsigned long long)s->start,
				(unsigned long long)s->len);
	case 'p':
		return snprintf(buf, size, "%s", prot_names[s->prot]);
	case 'u':
		return unit_print(s->unit, buf, size);
	case 'f':
		return snprintf(buf, size, "%s", buffer_names[s->buffer]);
	case 'e':
		return snprintf(buf, size, "%s", event_names[s->event]);
	case 'k':
		return snprintf(buf, size, "%s", call_names[s->call]);
	case 's':
		return snprintf(buf, size, "%s", state_names[s->state]);
	case 'n':
		return snprintf(buf, size, "%d", s->number);
	default:
		return snprintf(buf, size, "%s", s->on ? "on" : "off");
	}
}

void step_print(const struct step *step, char *buf, size_t size)
{
	const char *letter = ops[step->op].operands;
	size_t n;

	n = snprintf(buf, size, "%s%s", step->actor == CHILD ? "child " : "",
		     ops[step->op].name);
	for (; *letter && n + 1 < size; letter++) {
		buf[n++] = ' ';
		n += operand_print(step, *letter, buf + n, size - n);
	}
}

/* Reading */

static int find(const char *word, const char * const *names, int nr)
{
	int i;

	for (i = 0; i < nr; i++)
		if (!strcmp(word, names[i]))
			return i;
	return -1;
}

static int find_op(const char *word)
{
	int op;

	for (op = 0; op < NR_OPS; op++)
		if (!strcmp(word, ops[op].name))
			return op;
	return -1;
}

static int find_device(const char *word)
{
	int d;

	for (d = 0; d < DEVICES; d++)
		if (!strcmp(word, config[d].name))
			return d;
	return -1;
}

static bool read_number(const char *word, char end, long long min,
			long long max, long long *value, const char **rest)
{
	char *after;

	errno = 0;
	*value = strtoll(word, &after, 10);
	*rest = after + 1;
	return after != word && *after == end && !errno && *value >= min &&
	       *value <= max;
}

static bool read_pair(const char *word, char between, long long min,
		      long long max, long long *a, long long *b)
{
	const char *rest;

	return read_number(word, between, min, max, a, &rest) &&
	       read_number(rest, '\0', 0, max, b, &rest);
}

static bool read_unit(const char *word, unsigned int *pages)
{
	long long n;
	const char *rest;

	if (read_number(word, 'M', 1, 1024, &n, &rest) && !*rest)
		n *= 1024;
	else if (!read_number(word, 'K', 0, 1 << 20, &n, &rest) || *rest)
		return false;
	*pages = n / 4;
	return n % 4 == 0;
}

/* Of names in a row; the type of what it is stored to differs */
#define FIND(names, nr, to)						\
	({								\
		int found_ = find(word, (names), (nr));			\
									\
		(to) = found_;						\
		found_ >= 0;						\
	})

static bool operand_read(struct step *s, char letter, const char *word)
{
	static const char * const switches[] = { "off", "on" };
	static const char * const containers[] = { "c0", "c1", "c2" };
	long long a = 0, b = 0;
	const char *rest;

	switch (letter) {
	case 'c':
		return FIND(containers, CONTAINERS, s->c);
	case 'd':
		s->d = find_device(word);
		return s->d >= 0;
	case 'r':
		if (!read_pair(word, '+', -1024, 2048, &a, &b))
			return false;
		s->first = a;
		s->nr = b;
		return true;
	case 'b':
		if (!read_pair(word, ':', 0, 4096 * 128, &a, &b) || !b)
			return false;
		s->start = a;
		s->len = b;
		return true;
	case 'p':
		return FIND(prot_names, 4, s->prot);
	case 'u':
		return read_unit(word, &s->unit);
	case 'f':
		return FIND(buffer_names, NR_BUFFERS, s->buffer);
	case 'e':
		return FIND(event_names, NR_EVENTS, s->event);
	case 'k':
		return FIND(call_names, NR_CALLS, s->call);
	case 's':
		return FIND(state_names, NR_STATES, s->state);
	case 'n':
		if (!read_number(word, '\0', -4095, 4095, &a, &rest))
			return false;
		s->number = a;
		return true;
	default:
		return FIND(switches, 2, s->on);
	}
}

static const char *operand_name(char letter)
{
	switch (letter) {
	case 'c': return "a container, c0 to c2";
	case 'd': return "a device, as Documentation/model.rst lists them";
	case 'r': return "pages, as FIRST+COUNT";
	case 'b': return "bytes, as START:LENGTH";
	case 'p': return "r, w, rw or none";
	case 'u': return "a unit, as 4K or 2M";
	case 'f': return "good, nowhere, read-only, kernel, half or short";
	case 'e': return "an event of a driver";
	case 'k': return "a call of a driver";
	case 's': return "a migration state";
	case 'n': return "a number";
	default: return "on or off";
	}
}

static int complain(const char *name, int line, const char *fmt, ...)
{
	char text[512], *c;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* What is no script may be anything */
	for (c = text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	fprintf(stderr, "%s:%d: %s\n", strcmp(name, "-") ? name : "script", line, text);
	return -EINVAL;
}

/* Returns 1 if the line has a step */
static int line_read(const char *name, int line, char *text, struct step *s)
{
	const char *letter;
	char *word, *save;
	int op;

	text[strcspn(text, "#\n")] = '\0';
	word = strtok_r(text, " \t", &save);
	if (!word)
		return 0;
	memset(s, 0, sizeof(*s));
	s->unit = 1;
	if (!strcmp(word, "child")) {
		s->actor = CHILD;
		word = strtok_r(NULL, " \t", &save);
		if (!word)
			return complain(name, line, "child: no step behind it");
	}
	op = find_op(word);
	if (op < 0)
		return complain(name, line, "%s: no such step, tests/model/steps.def has them",
				word);
	s->op = op;
	for (letter = ops[op].operands; *letter; letter++) {
		word = strtok_r(NULL, " \t", &save);
		if (!word)
			return complain(name, line, "%s: needs %s", ops[op].name,
					operand_name(*letter));
		if (!operand_read(s, *letter, word))
			return complain(name, line, "%s: not %s", word,
					operand_name(*letter));
	}
	word = strtok_r(NULL, " \t", &save);
	if (word)
		return complain(name, line, "%s: too much", word);
	return 1;
}

int steps_read(const char *name, FILE *in, struct steps *out)
{
	struct step step;
	char text[256];
	int line, ret;

	for (line = 1; fgets(text, sizeof(text), in); line++) {
		if (!strchr(text, '\n') && !feof(in))
			return complain(name, line, "the line is too long");
		ret = line_read(name, line, text, &step);
		if (ret < 0)
			return ret;
		if (ret)
			steps_add(out, &step);
	}
	return ferror(in) ? complain(name, line, "%s", strerror(errno)) : 0;
}
