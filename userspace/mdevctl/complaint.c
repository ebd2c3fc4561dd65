// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "complaint.h"

bool complain(struct complaint *why, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(why->text, sizeof(why->text), fmt, args);
	va_end(args);
	return false;
}

/* Bytes that could steer a terminal or a log become question marks. */
struct quoted quote(const char *foreign)
{
	static const char cut[] = "...";
	const size_t room = sizeof(struct quoted) - sizeof(cut);
	struct quoted q = { "" };
	size_t i;

	for (i = 0; foreign[i] && i < room; i++)
		q.text[i] = foreign[i] < ' ' || foreign[i] > '~' ? '?' :
			    foreign[i];
	if (foreign[i])
		memcpy(q.text + i, cut, sizeof(cut));
	return q;
}
