// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which exerciser, and what those that drive a PCI function share.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/program.h"
#include "cli/certify/exerciser/exerciser.h"

static const struct {
	const char *name;
	const struct exerciser_ops *ops;
} shipped[] = {
	{ "sample", &exerciser_sample },
	{ "edu", &exerciser_edu },
	{ "nvme", &exerciser_nvme },
};

struct exerciser *exerciser_new(const char *name)
{
	struct exerciser *ex = cli_must(calloc(1, sizeof(*ex)));
	size_t i;

	ex->name = name;
	ex->ops = &exerciser_program;
	for (i = 0; i < sizeof(shipped) / sizeof(shipped[0]); i++)
		if (!strcmp(name, shipped[i].name))
			ex->ops = shipped[i].ops;
	ex->align = 4;
	ex->max = 256;
	ex->exact = true;
	return ex;
}

void exerciser_free(struct exerciser *ex)
{
	if (!ex)
		return;
	free(ex->data);
	free(ex);
}

int exerciser_why(struct exerciser *ex, int ret, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(ex->why, sizeof(ex->why), fmt, args);
	va_end(args);
	return ret;
}

int bar_read32(struct run *run, uint64_t reg, uint32_t *value)
{
	return pinscope_device_read(run->rig.member.device, 0, reg, value, sizeof(*value));
}

int bar_read64(struct run *run, uint64_t reg, uint64_t *value)
{
	return pinscope_device_read(run->rig.member.device, 0, reg, value, sizeof(*value));
}

int bar_write32(struct run *run, uint64_t reg, uint32_t value)
{
	return pinscope_device_write(run->rig.member.device, 0, reg, &value, sizeof(value));
}

int bar_write64(struct run *run, uint64_t reg, uint64_t value)
{
	return pinscope_device_write(run->rig.member.device, 0, reg, &value, sizeof(value));
}
