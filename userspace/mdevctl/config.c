// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "attributes.h"
#include "config.h"

/* A configuration has some hundred bytes. */
#define CONFIG_MAX 65536

/* Bytes read, at most one more than a configuration has, or -errno. */
static int read_all(int fd, char *buf)
{
	ssize_t got = 1;
	int length = 0;

	while (got && length <= CONFIG_MAX) {
		got = read(fd, buf + length, CONFIG_MAX + 1 - length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		length += got;
	}
	return length;
}

struct json_object *config_parse(const char *buf, int length,
				 struct complaint *why)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *config;
	enum json_tokener_error err;

	if (!tokener) {
		complain(why, "no memory for the configuration");
		return NULL;
	}
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT |
			       JSON_TOKENER_VALIDATE_UTF8);
	config = json_tokener_parse_ex(tokener, buf, length);
	err = json_tokener_get_error(tokener);
	json_tokener_free(tokener);

	if (err == json_tokener_success &&
	    json_object_is_type(config, json_type_object))
		return config;
	if (err == json_tokener_success)
		complain(why, "the configuration is no JSON object: "
			 "write one with 'mdevctl list --dumpjson'");
	else if (err == json_tokener_continue)
		complain(why, "the configuration ends too early: "
			 "give all of the JSON object");
	else
		complain(why, "the configuration is no valid JSON (%s): "
			 "write one with 'mdevctl list --dumpjson'",
			 json_tokener_error_desc(err));
	json_object_put(config);
	return NULL;
}

struct json_object *config_read(int fd, struct complaint *why)
{
	static char buf[CONFIG_MAX + 1];
	int length = read_all(fd, buf);

	if (length < 0)
		complain(why, "the configuration cannot be read from "
			 "standard input: %s",
			 strerror(-length));
	else if (!length)
		complain(why, "there is no configuration on standard input: "
			 "have mdevctl run this program");
	else if (length > CONFIG_MAX)
		complain(why, "the configuration is larger than %d bytes: "
			 "leave out what mdevctl does not need",
			 CONFIG_MAX);
	else
		return config_parse(buf, length, why);
	return NULL;
}

static bool check_setting(struct json_object *setting, const char *type,
			  struct complaint *why)
{
	if (!json_object_is_type(setting, json_type_object) ||
	    json_object_object_length(setting) != 1)
		return complain(why, "each member of attrs is to be an object "
				"with one attribute, as "
				"{ \"opt_in\": \"start\" }");

	json_object_object_foreach(setting, name, value) {
		if (!json_object_is_type(value, json_type_string))
			return complain(why, "the value of attribute '%s' is no "
					"string: put it in quotes",
					QUOTE(name));
		/* A string may hold a NUL, which no value has */
		if (strlen(json_object_get_string(value)) !=
		    (size_t)json_object_get_string_len(value))
			return complain(why, "the value of attribute '%s' holds a "
					"NUL: take it out",
					QUOTE(name));
		return attribute_check(type, name,
				       json_object_get_string(value), why);
	}
	return true;
}

bool config_check(struct json_object *config, const char *type,
		  struct complaint *why)
{
	struct json_object *attrs;
	size_t i;

	if (!json_object_object_get_ex(config, "attrs", &attrs))
		return true;
	if (!json_object_is_type(attrs, json_type_array))
		return complain(why, "attrs is no array: give one, "
				"[] for no attributes");
	for (i = 0; i < json_object_array_length(attrs); i++)
		if (!check_setting(json_object_array_get_idx(attrs, i), type,
				   why))
			return false;
	return true;
}

const char *config_value(struct json_object *config, const char *name)
{
	struct json_object *attrs, *value;
	size_t i;

	if (!json_object_object_get_ex(config, "attrs", &attrs))
		return NULL;
	for (i = json_object_array_length(attrs); i--; )
		if (json_object_object_get_ex(json_object_array_get_idx(attrs,
									i),
					      name, &value))
			return json_object_get_string(value);
	return NULL;
}
