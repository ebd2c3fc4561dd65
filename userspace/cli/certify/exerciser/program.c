// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any program, by lines: Documentation/certify.rst has what it is told and what it may
 * answer. It has a limit for each answer, and nothing of it is left when it has ended.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/certify/exerciser/process.h"

/* "ok", or "error" and words */
static int program_said(struct exerciser *ex, const char *answer)
{
	if (!strcmp(answer, "ok"))
		return 0;
	if (!strncmp(answer, "error ", strlen("error ")))
		return exerciser_why(ex, EX_REFUSED, "%s", answer + strlen("error "));
	return exerciser_why(ex, -EPROTO, "answers '%.64s', where \"ok\" or \"error\" and words "
			     "are expected", answer);
}

static int program_hello(struct exerciser *ex, struct run *run)
{
	unsigned int version, align = 4, max = 256;
	char line[PROGRAM_LINE_MAX];
	int ret, end = 0;

	ret = program_hear(ex, run, line);
	if (ret)
		return ret;
	if ((sscanf(line, "ready %u%n", &version, &end) != 1 || line[end]) &&
	    (sscanf(line, "ready %u align %u max %u%n", &version, &align, &max, &end) != 3 ||
	     line[end]))
		return exerciser_why(ex, -EPROTO, "begins with '%.64s', where \"ready 1\" is "
				     "expected", line);
	if (version != 1)
		return exerciser_why(ex, -EPROTO, "speaks version %u, where 1 is known", version);
	if (align < 4 || align > run->rig.memory.page || align & (align - 1) || max < align ||
	    max % 4)
		return exerciser_why(ex, -EPROTO, "wants to write %u bytes at multiples of %u: "
				     "that is not possible in a page", max, align);
	ex->align = align;
	ex->max = max;
	return 0;
}

static int program_begin(struct exerciser *ex, struct run *run)
{
	int ret;

	program_end(ex, run);
	ret = program_start(ex, run);
	return ret ? ret : program_hello(ex, run);
}

static int program_window(struct exerciser *ex, struct run *run, uint64_t iova, size_t len)
{
	char answer[PROGRAM_LINE_MAX];
	int ret = program_ask(ex, run, answer, "window 0x%llx %zu\n", (unsigned long long)iova,
			      len);

	return ret ? ret : program_said(ex, answer);
}

static int program_drop(struct exerciser *ex, struct run *run, uint64_t iova, size_t len)
{
	char answer[PROGRAM_LINE_MAX];
	int ret = program_ask(ex, run, answer, "drop 0x%llx %zu\n", (unsigned long long)iova, len);

	return ret ? ret : program_said(ex, answer);
}

static int program_write(struct exerciser *ex, struct run *run, uint64_t iova, size_t len,
			 uint32_t seed)
{
	char answer[PROGRAM_LINE_MAX];
	int ret = program_ask(ex, run, answer, "write 0x%llx %zu 0x%x\n",
			      (unsigned long long)iova, len, seed);

	if (ret)
		return ret;
	ex->exact = strcmp(answer, "ok other");
	return ex->exact ? program_said(ex, answer) : 0;
}

static int program_quiesce(struct exerciser *ex, struct run *run)
{
	char answer[PROGRAM_LINE_MAX];
	int ret = program_ask(ex, run, answer, "quiesce\n");

	return ret ? ret : program_said(ex, answer);
}

const struct exerciser_ops exerciser_program = {
	.begin = program_begin,
	.end = program_end,
	.window = program_window,
	.drop = program_drop,
	.write = program_write,
	.quiesce = program_quiesce,
};
