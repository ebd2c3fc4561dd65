// SPDX-License-Identifier: GPL-2.0-only
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "cli/base/text.h"

#define REPLACEMENT	"\xef\xbf\xbd"

char *cli_vtext(const char *fmt, va_list args)
{
	char *text;

	return vasprintf(&text, fmt, args) < 0 ? cli_must(NULL) : text;
}

char *cli_text(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = cli_vtext(fmt, args);
	va_end(args);
	return text;
}

/* The bytes of a printable character at the beginning, or 0 if there is none. */
static size_t printable(const char *text, size_t len, wchar_t *wide)
{
	mbstate_t state = { 0 };
	size_t bytes = mbrtowc(wide, text, len, &state);

	if (!bytes || bytes == (size_t)-1 || bytes == (size_t)-2 || !iswprint((wint_t)*wide))
		return 0;
	return bytes;
}

char *cli_printable(const char *text)
{
	size_t left = strlen(text), bytes;
	char *result = cli_must(malloc(left * 4 + 1)), *end = result;
	wchar_t wide;

	for (; left; text += bytes, left -= bytes) {
		bytes = printable(text, left, &wide);
		if (bytes) {
			end = mempcpy(end, text, bytes);
		} else {
			bytes = 1;
			end += sprintf(end, "\\x%02x", (unsigned int)(unsigned char)*text);
		}
	}
	*end = '\0';
	return result;
}

char *cli_format(const char *fmt, va_list args)
{
	char *raw = cli_vtext(fmt, args), *text = cli_printable(raw);

	free(raw);
	return text;
}

size_t cli_columns(const char *text, size_t len)
{
	size_t columns = 0, bytes;
	wchar_t wide;
	int width;

	for (; len; text += bytes, len -= bytes) {
		bytes = printable(text, len, &wide);
		width = bytes ? wcwidth(wide) : 1;
		columns += width > 0 ? (size_t)width : 0;
		if (!bytes)
			bytes = 1;
	}
	return columns;
}

/* The length of a UTF-8 character, or 0; the shortest form only, no surrogates. */
static size_t utf8_char(const unsigned char *text, size_t len)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t bytes = *text < 0x80 ? 1 : *text < 0xc2 ? 0 : *text < 0xe0 ? 2 :
		       *text < 0xf0 ? 3 : *text < 0xf5 ? 4 : 0;
	uint32_t code;
	size_t i;

	if (bytes < 2 || bytes > len)
		return bytes == 1;
	code = *text & (0x7fu >> bytes);
	for (i = 1; i < bytes; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3f);
	}
	if (code < least[bytes] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	return bytes;
}

char *cli_utf8(const char *text)
{
	size_t left = strlen(text), bytes;
	char *result = cli_must(malloc(left * strlen(REPLACEMENT) + 1)), *end = result;

	for (; left; text += bytes, left -= bytes) {
		bytes = utf8_char((const unsigned char *)text, left);
		if (bytes) {
			end = mempcpy(end, text, bytes);
		} else {
			bytes = 1;
			end = mempcpy(end, REPLACEMENT, strlen(REPLACEMENT));
		}
	}
	*end = '\0';
	return result;
}
