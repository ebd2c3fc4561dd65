// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "number.h"
#include "scope_field.h"

int field_number(const char *word, uint64_t max, uint64_t *out)
{
	return number_parse(word, 10, max, out) ? 0 : -EBADMSG;
}

int field_u32(const char *word, uint32_t *out)
{
	uint64_t value;
	int ret = field_number(word, UINT32_MAX, &value);

	if (!ret)
		*out = (uint32_t)value;
	return ret;
}

int field_seconds(const char *word, double *out)
{
	double value = 0, unit = 1;

	if (*word < '0' || *word > '9')
		return -EBADMSG;
	for (; *word >= '0' && *word <= '9'; word++)
		value = value * 10 + (*word - '0');
	if (*word == '.')
		for (word++; *word >= '0' && *word <= '9'; word++) {
			unit /= 10;
			value += unit * (*word - '0');
		}
	/* A kernel that runs for longer is none. */
	if (*word || value > 1e12)
		return -EBADMSG;
	*out = value;
	return 0;
}

int field_choice(const char *word, const char *yes, const char *no, bool *out)
{
	if (!word || (strcmp(word, yes) && strcmp(word, no)))
		return -EBADMSG;
	*out = !strcmp(word, yes);
	return 0;
}

int field_errno(const char *word, int *out)
{
	uint64_t value;
	int ret = field_number(*word == '-' ? word + 1 : word, 4095, &value);

	if (!ret)
		*out = (int)value;
	return ret;
}

int field_scope(const char *word, enum pinscope_scope *out)
{
	if (!word)
		return -EBADMSG;
	if (!strcmp(word, "wide"))
		*out = PINSCOPE_SCOPE_WIDE;
	else if (!strcmp(word, "pinned"))
		*out = PINSCOPE_SCOPE_PINNED;
	else if (!strcmp(word, "emulated"))
		*out = PINSCOPE_SCOPE_EMULATED;
	else if (!strcmp(word, "written"))
		*out = PINSCOPE_SCOPE_WRITTEN;
	else
		return -EBADMSG;
	return 0;
}

/* The value of a digit, or a number that is no digit's. */
static unsigned int digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned int)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned int)(c - 'A') + 10;
	return 99;
}

/* What follows a backslash: the byte it stands for, and how long it is; or 0. */
static size_t escape(const char *text, char *out)
{
	static const char names[] = "abefnrtv\\\"0", values[] = "\a\b\x1b\f\n\r\t\v\\\"";
	const char *name;

	if (digit(text[0]) < 4 && digit(text[1]) < 8 && digit(text[2]) < 8) {
		*out = (char)(digit(text[0]) << 6 | digit(text[1]) << 3 | digit(text[2]));
		return 3;
	}
	if (text[0] == 'x' && digit(text[1]) < 16 && digit(text[2]) < 16) {
		*out = (char)(digit(text[1]) << 4 | digit(text[2]));
		return 3;
	}
	name = *text ? strchr(names, *text) : NULL;
	if (!name)
		return 0;
	*out = values[name - names];
	return 1;
}

void field_unescape(char *dst, size_t size, const char *src)
{
	size_t len = 0, skip;
	char byte;

	while (*src && len + 1 < size) {
		skip = *src == '\\' ? escape(src + 1, &byte) : 0;
		if (skip && byte) {
			dst[len++] = byte;
			src += skip + 1;
		} else {
			dst[len++] = *src++;
		}
	}
	dst[len] = '\0';
}
