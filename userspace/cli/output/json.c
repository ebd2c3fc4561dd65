// SPDX-License-Identifier: GPL-2.0-only
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/base/text.h"
#include "cli/output/json.h"
#include "cli/output/message.h"

static struct json_object *text_object(const char *text)
{
	char *utf8 = cli_utf8(text);
	struct json_object *object = json_object_new_string(utf8);

	free(utf8);
	return object;
}

void cli_json_text(struct json_object *object, const char *key, const char *text)
{
	json_object_object_add(object, key, *text ? text_object(text) : NULL);
}

void cli_json_number(struct json_object *object, const char *key, uint64_t number)
{
	json_object_object_add(object, key, json_object_new_uint64(number));
}

void cli_json_maybe(struct json_object *object, const char *key, bool known, uint64_t number)
{
	json_object_object_add(object, key, known ? json_object_new_uint64(number) : NULL);
}

void cli_json_real(struct json_object *object, const char *key, double number)
{
	json_object_object_add(object, key,
			       isfinite(number) ? json_object_new_double(number) : NULL);
}

void cli_json_bool(struct json_object *object, const char *key, bool value)
{
	json_object_object_add(object, key, json_object_new_boolean(value));
}

/*
 * JSON may have DEL and the control characters from U+0080 to U+009F in a string as
 * they are, but a terminal may obey them. They are nowhere but in strings.
 */
static void put_tamed(const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text, next = (unsigned char)text[1];

		if (c == 0x7f) {
			fputs("\\u007f", stdout);
		} else if (c == 0xc2 && next >= 0x80 && next < 0xa0) {
			printf("\\u00%02x", (unsigned int)next);
			text++;
		} else {
			putchar(c);
		}
	}
	putchar('\n');
}

void cli_print_json(struct json_object *root)
{
	cli_json_text(root, "error", cli_last_error());
	put_tamed(json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY |
						 JSON_C_TO_STRING_SPACED |
						 JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(root);
}
