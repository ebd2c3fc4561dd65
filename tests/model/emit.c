// SPDX-License-Identifier: GPL-2.0
/* A sequence as a test of the conformance suite, with what the rules want of it */
#define _GNU_SOURCE
#include <string.h>

#include "shrink.h"

static const char *sim_of(int d, char *buf, size_t size)
{
	static const char * const options[NR_BEHIND] = {
		[PLAIN] = "&(struct sim_options){ .no_tracking = true }",
		[TRACKS] = "NULL",
		[TRACKS_64K] = "&(struct sim_options){ .page_size = 65536 }",
		[TRACKS_AMD] = "&(struct sim_options){ .model = \"amd\" }",
		[TRACKS_SMMU] = "&(struct sim_options){ .model = \"smmu\" }",
	};
	int e;

	/* Two mdevs of one parent */
	for (e = 0; e < d; e++)
		if (config[e].parent == config[d].parent && config[d].group >= 0)
			break;
	if (config[d].group < 0)
		snprintf(buf, size, "NULL");
	else if (e < d)
		snprintf(buf, size, "on_%s", config[e].name);
	else
		snprintf(buf, size, "on_%s = sim_new(SIM_GROUP + %d,\n\t\t%s)",
			 config[d].name, config[d].group,
			 options[config[d].behind]);
	return buf;
}

static void declare(int d)
{
	static const char * const made[] = {
		[EMULATED] = "device_of(vm, mdev_new(EMULATED, NULL))",
		[BACKED] = "device_of(vm, mdev_new(BACKED, on_%s))",
		[OPTIN_START] = "device_of(vm, mdev_new_optin(on_%s, \"start\"))",
		[OPTIN_PRECOPY] = "device_of(vm, mdev_new_optin(on_%s, \"precopy\"))",
		[HWLOG] = "device_of(vm, mdev_new(HWLOG, on_%s))",
	};
	const char *name = config[d].name;
	char sim[200];

	sim_of(d, sim, sizeof(sim));
	if (!strncmp(sim, "on_", 3) && strchr(sim, '='))
		printf("\tconst char *%s;\n", sim);
	if (config[d].driver == PUPPET) {
		printf("\tstruct puppet *%s_p = puppet_of(vm, %.*s);\n", name,
		       (int)strcspn(sim, " "), sim);
		printf("\tstruct device *%s = %s_p->dev;\n", name, name);
		return;
	}
	printf("\tstruct device *%s = ", name);
	printf(made[config[d].driver], name);
	printf(";\n");
}

static const char *prot_of(unsigned int prot)
{
	static const char * const names[] = {
		"0", "PINSCOPE_MAP_READ", "PINSCOPE_MAP_WRITE", "PINSCOPE_MAP_RW",
	};

	return names[prot];
}

/* As an expression; NULL if there is no function for it */
static bool expression(const struct step *s, char *buf, size_t size)
{
	const char *d = config[s->d].name;
	bool puppet = config[s->d].driver == PUPPET;
	static const char * const calls[NR_CALLS] = {
		"PIN", "PIN_TRACKED", "UNPIN", "MARK", "OPT_OUT", "RW_WRITE",
		"REGISTER", "UNREGISTER",
	};

	switch (s->op) {
	case OP_ATTACH:
		return snprintf(buf, size, "try_attach(%s)", d);
	case OP_OPEN:
		return snprintf(buf, size, "try_open(%s)", d);
	case OP_STATE:
		return snprintf(buf, size, "try_enter(%s, PINSCOPE_STATE_%s)",
				d, state_names[s->state]);
	case OP_MAP:
		return snprintf(buf, size,
				"pinscope_map(vm->container, ram + %d * PAGE, IOVA(%d), %d * PAGE,\n\t\t%s)",
				s->first, s->first, s->nr, prot_of(s->prot));
	case OP_UNMAP:
		return snprintf(buf, size, "try_unmap(vm, %d, %d)", s->first,
				s->nr);
	case OP_GET:
		return snprintf(buf, size,
				"try_get(vm, %d, %d, bits, sizeof(bits))",
				s->first, s->nr);
	case OP_LOOK:
		return snprintf(buf, size,
				"try_look(vm, %d, %d, bits, sizeof(bits))",
				s->first, s->nr);
	case OP_RANGES:
		return snprintf(buf, size, "try_ranges(vm, %d, %d, bits)",
				s->first, s->nr);
	case OP_UNMAP_GET:
		return snprintf(buf, size,
				"try_unmap_get(vm, %d, %d, bits, sizeof(bits))",
				s->first, s->nr);
	case OP_PIN:
	case OP_PIN_TRACKED:
		return snprintf(buf, size,
				"try_make(%s_p, CALL(%s, %d, %d, .prot = %u))",
				d, s->op == OP_PIN ? "PIN" : "PIN_TRACKED",
				s->first, s->nr, s->prot);
	case OP_UNPIN:
	case OP_MARK:
		return snprintf(buf, size, "try_make(%s_p, CALL(%s, %d, %d))",
				d, s->op == OP_MARK ? "MARK" : "UNPIN",
				s->first, s->nr);
	case OP_OPT_OUT:
	case OP_REGISTER:
	case OP_UNREGISTER:
		return snprintf(buf, size, "try_make(%s_p, %s)", d,
				s->op == OP_OPT_OUT ? "OPT_OUT" :
				s->op == OP_REGISTER ? "REGISTER" :
						       "UNREGISTER");
	case OP_RW:
		if (!puppet)
			return snprintf(buf, size,
					"try_command(%s, PINSCOPE_CMD_CPU_WRITE, IOVA(0) + %llu, %llu)",
					d, (unsigned long long)s->start,
					(unsigned long long)s->len);
		return snprintf(buf, size,
				"try_make(%s_p, ((struct puppet_call){ .op = PUPPET_RW_WRITE,\n\t\t.iova = IOVA(0) + %llu, .count = %llu }))",
				d, (unsigned long long)s->start,
				(unsigned long long)s->len);
	case OP_DMA:
		if (!puppet)
			return snprintf(buf, size,
					"try_command(%s, PINSCOPE_CMD_DMA_WRITE, IOVA(%d), %d * PAGE + 64)",
					d, s->first, s->nr - 1);
		return snprintf(buf, size,
				"try_make(%s_p, CALL(DMA_WRITE, %d, %d * PAGE + 64))",
				d, s->first, s->nr - 1);
	case OP_WINDOW:
	case OP_NO_WINDOW:
		return snprintf(buf, size,
				"try_command(%s, PINSCOPE_CMD_%s_WINDOW, IOVA(%d), %d * PAGE)",
				d, s->op == OP_NO_WINDOW ? "REMOVE" :
				s->prot & W ? "ADD" : "ADD_READ", s->first,
				s->nr);
	case OP_ON:
		return snprintf(buf, size,
				"script(%s_p, %s, CALL(%s, %d, %d, .prot = %u))",
				d, event_names[s->event], calls[s->call],
				s->first, s->nr, s->prot) < 0;
	default:
		return false;
	}
}

static bool statement(const struct step *s)
{
	const char *d = config[s->d].name;

	switch (s->op) {
	case OP_DETACH:
		return printf("\tdetach(%s);\n", d);
	case OP_CLOSE:
		return printf("\tclose_device(%s);\n", d);
	case OP_RESET:
		return printf("\treset(%s);\n", d);
	case OP_START:
		return printf("\tstart(vm);\n");
	case OP_STOP:
		return printf("\tstop(vm);\n");
	case OP_BAR:
	case OP_UNBAR:
		return printf("\tmprotect(ram + %d * PAGE, %d * PAGE, %s);\n",
			      s->first, s->nr, s->op == OP_BAR ? "PROT_NONE" :
			      "PROT_READ | PROT_WRITE");
	case OP_FAULTS:
		return printf("\tfaults(on_%s, %d);\n", d, s->number);
	default:
		return false;
	}
}

static void print_call(const struct step *s, const struct answer *a)
{
	char call[400], line[128];

	if (!a->ret && statement(s))
		return;
	if (!expression(s, call, sizeof(call))) {
		step_print(s, line, sizeof(line));
		printf("\t/* %s: by hand */\n", line);
		return;
	}
	if (a->ret < 0)
		printf("\trefused(%s, %s);\n", call,
		       strerrorname_np(-a->ret));
	else
		printf("\tok(%s);\n", call);
}

void print_test(const struct steps *steps, const struct failure *f)
{
	static struct world w;
	bool used[DEVICES] = { false };
	struct answer a;
	set expected;
	int i, d;

	printf("TEST(model, found)\n{\n\tstruct vm *vm = vm_new();\n");
	for (i = 0; i <= f->step; i++)
		if (steps->step[i].op == OP_ATTACH)
			used[steps->step[i].d] = true;
	for (d = 0; d < DEVICES; d++)
		if (used[d])
			declare(d);
	printf("\tuint8_t *ram = small_memory(64 * PAGE);\n");
	printf("\tuint64_t bits[4] = { 0 };\n\n\tvm->unmapped = true;\n");
	world_init(&w);
	for (i = 0; i <= f->step; i++) {
		step_apply(&w, &steps->step[i], &a);
		print_call(&steps->step[i], &a);
		if (!a.bitmap || i < f->step)
			continue;
		/* Bit 0 stands for the first page of the range */
		expected = steps->step[i].first >= 0 ?
			   a.dirty >> steps->step[i].first :
			   a.dirty << -steps->step[i].first;
		printf("\tsame(bits[0], 0x%llxull);\n",
		       (unsigned long long)expected);
	}
	printf("\t/* %s */\n}\n", f->what);
}
