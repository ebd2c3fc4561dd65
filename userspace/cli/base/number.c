// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/number.h"

bool cli_number(const char *text, uint64_t max, uint64_t *out)
{
	unsigned long long value;
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	char *end;

	/* A zero in front means nothing: no one expects 010 to be 8. */
	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	value = strtoull(text, &end, hex ? 16 : 10);
	if (errno || *end || value > max)
		return false;
	*out = value;
	return true;
}

bool cli_real(const char *text, const char **end, double *out)
{
	size_t len = strspn(text, "0123456789.");
	char digits[32], *rest;

	if (!len || len >= sizeof(digits) || *text == '.')
		return false;
	memcpy(digits, text, len);
	digits[len] = '\0';
	*out = strtod(digits, &rest);
	*end = text + len;
	return !*rest;
}
