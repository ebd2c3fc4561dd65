// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "words.h"

void words_init(struct words *words, char *buf, size_t size)
{
	words->buf = buf;
	words->size = size;
	words->len = 0;
	words->ret = 0;
	if (size)
		buf[0] = '\0';
}

void say(struct words *words, const char *fmt, ...)
{
	size_t room = words->size - words->len;
	va_list args;
	int len;

	if (words->ret)
		return;
	va_start(args, fmt);
	len = vsnprintf(words->buf + words->len, room, fmt, args);
	va_end(args);
	if (len < 0 || (size_t)len >= room)
		words->ret = -ENOSPC;
	else
		words->len += (size_t)len;
}
