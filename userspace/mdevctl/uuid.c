// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>

#include <pinscope/mdev.h>

#include "uuid.h"

bool is_uuid(const char *text)
{
	int i;

	for (i = 0; i < PINSCOPE_UUID_SIZE - 1; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (text[i] != '-')
				return false;
		} else if (!isxdigit((unsigned char)text[i])) {
			return false;
		}
	}
	return !text[i];
}
