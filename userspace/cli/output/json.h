/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PINSCOPE_CLI_JSON_H
#define PINSCOPE_CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>

struct json_object;

/* Add a member to an object. An empty text, or a number not known, is null. */

void cli_json_text(struct json_object *object, const char *key, const char *text);
void cli_json_number(struct json_object *object, const char *key, uint64_t number);
void cli_json_maybe(struct json_object *object, const char *key, bool known, uint64_t number);
void cli_json_real(struct json_object *object, const char *key, double number);
void cli_json_bool(struct json_object *object, const char *key, bool value);

/**
 * cli_print_json() - print what a command has to tell and free it
 * @root: the object, without its member "error"
 *
 * The member says what went wrong so far, and is null if nothing did.
 */
void cli_print_json(struct json_object *root);

#endif /* PINSCOPE_CLI_JSON_H */
