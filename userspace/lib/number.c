// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

bool number_parse(const char *word, int base, uint64_t max, uint64_t *out)
{
	unsigned long long value;
	char *end;

	if (!word || *word < '0' || *word > '9')
		return false;
	if (base == 16 && strncmp(word, "0x", 2))
		return false;
	errno = 0;
	value = strtoull(word, &end, base);
	if (errno || *end || value > max)
		return false;
	*out = value;
	return true;
}
