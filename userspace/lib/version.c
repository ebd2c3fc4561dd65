// SPDX-License-Identifier: GPL-2.0-only
#include <pinscope/pinscope.h>

const char *pinscope_version(void)
{
	return PINSCOPE_VERSION;
}
