// SPDX-License-Identifier: GPL-2.0-only
/*
 * pinscope-callout: what mdevctl asks about devices of the sample drivers.
 *
 * usage: pinscope-callout -t TYPE -e EVENT -a ACTION -s STATE -u UUID -p PARENT
 *
 *   pre   define, modify, start   refuses attributes that the type has not, so
 *                                 that a mistake shows when it is made
 *   live  modify                  gives a device that runs other attributes
 *   get   attributes              prints those of a device that runs
 *   get   capabilities            prints what this program can be asked
 *
 * The configuration comes on standard input. Everything else mdevctl does is
 * left to mdevctl.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pinscope/mdev.h>
#include <pinscope/system.h>

#include "attributes.h"
#include "complaint.h"
#include "config.h"
#include "uuid.h"

/* What mdevctl wants to have as exit status */
enum { GOOD = 0, FAILED = 1, NOT_MINE = 2 };

/**
 * struct question - what mdevctl asks
 * @type: of the device
 * @event: when: pre, post, live or get
 * @action: the command of mdevctl, or what to get
 * @uuid: the device
 */
struct question {
	const char *type;
	const char *event;
	const char *action;
	const char *uuid;
};

static const char capabilities[] =
	"{\"supports\":{\"version\":2,"
	"\"actions\":[\"start\",\"stop\",\"define\",\"undefine\",\"modify\","
	"\"attributes\",\"capabilities\"],"
	"\"events\":[\"pre\",\"post\",\"notify\",\"get\",\"live\"]}}";

static bool is_one_of(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(word, *words))
			return true;
	return false;
}

static bool check_config(const struct question *q, struct complaint *why)
{
	struct json_object *config = config_read(STDIN_FILENO, why);
	bool good = config && config_check(config, q->type, why);

	json_object_put(config);
	return good;
}

static bool unreadable(const struct question *q, const char *name, int err,
		       struct complaint *why)
{
	return complain(why, "%s of device %s cannot be read (%s): "
			"see with 'mdevctl list' that it runs",
			name, q->uuid, strerror(-err));
}

static bool print_attributes(const struct question *q, struct complaint *why)
{
	struct json_object *all = json_object_new_array(), *one;
	const struct attribute *a = NULL;
	char value[64];
	int ret = 0;

	while ((a = attribute_next(q->type, a))) {
		ret = pinscope_device_attr_read(q->uuid, a->name, value,
						sizeof(value));
		if (ret)
			break;
		one = json_object_new_object();
		json_object_object_add(one, a->name,
				       json_object_new_string(value));
		json_object_array_add(all, one);
	}
	if (!ret)
		puts(json_object_to_json_string_ext(all,
						    JSON_C_TO_STRING_PLAIN));
	json_object_put(all);
	return ret ? unreadable(q, a->name, ret, why) : true;
}

/**
 * struct setting - an attribute to be changed
 * @attribute: which
 * @now: what it is
 * @wanted: what it is to be
 */
struct setting {
	const struct attribute *attribute;
	char now[64];
	const char *wanted;
};

#define SETTINGS_MAX 8

/* What is as it should be is left alone: a device in use keeps working. */
static bool collect(const struct question *q, struct json_object *config,
		    struct setting *settings, size_t *nr,
		    struct complaint *why)
{
	const struct attribute *a = NULL;
	struct setting *s;
	const char *value;
	int ret;

	*nr = 0;
	while (*nr < SETTINGS_MAX && (a = attribute_next(q->type, a))) {
		s = &settings[*nr];
		value = config_value(config, a->name);
		s->attribute = a;
		s->wanted = value ? value : a->initial;
		ret = pinscope_device_attr_read(q->uuid, a->name, s->now,
						sizeof(s->now));
		if (ret)
			return unreadable(q, a->name, ret, why);
		if (strcmp(s->now, s->wanted))
			(*nr)++;
	}
	return true;
}

static bool refused(const struct setting *s, int err, struct complaint *why)
{
	const char *name = s->attribute->name;

	if (err == -EBUSY)
		return complain(why, "%s cannot change from %s to %s while the "
				"device is open: close it, or modify the "
				"definition without --live",
				name, QUOTE(s->now), QUOTE(s->wanted));
	return complain(why, "%s cannot be set to %s (%s): see the kernel's log",
			name, QUOTE(s->wanted), strerror(-err));
}

/* All of them, or none: those before the one that is refused get back. */
static bool change(const struct question *q, const struct setting *settings,
		   size_t nr, struct complaint *why)
{
	size_t i;
	int ret;

	for (i = 0; i < nr; i++) {
		ret = pinscope_device_attr_write(q->uuid,
						 settings[i].attribute->name,
						 settings[i].wanted);
		if (!ret)
			continue;
		refused(&settings[i], ret, why);
		while (i--)
			if (pinscope_device_attr_write(q->uuid,
						       settings[i].attribute->name,
						       settings[i].now))
				return complain(why, "%s was changed to %s and "
						"cannot be put back, another "
						"attribute was refused: set "
						"both by hand",
						settings[i].attribute->name,
						QUOTE(settings[i].wanted));
		return false;
	}
	return true;
}

/* The device becomes as if it had been started with the configuration. */
static bool modify_live(const struct question *q, struct complaint *why)
{
	struct json_object *config = config_read(STDIN_FILENO, why);
	struct setting settings[SETTINGS_MAX];
	bool good;
	size_t nr;

	good = config && config_check(config, q->type, why) &&
	       collect(q, config, settings, &nr, why) &&
	       change(q, settings, nr, why);
	json_object_put(config);
	return good;
}

static bool answer(const struct question *q, struct complaint *why)
{
	static const char *const checked[] = {
		"define", "modify", "start", NULL
	};

	if (!strcmp(q->event, "get") && !strcmp(q->action, "capabilities")) {
		puts(capabilities);
		return true;
	}
	if (!is_uuid(q->uuid))
		return complain(why, "'%s' is no UUID: give one with -u",
				QUOTE(q->uuid));
	if (!strcmp(q->event, "get") && !strcmp(q->action, "attributes"))
		return print_attributes(q, why);
	if (!strcmp(q->event, "pre") && is_one_of(q->action, checked))
		return check_config(q, why);
	if (!strcmp(q->event, "live") && !strcmp(q->action, "modify"))
		return modify_live(q, why);
	return true;
}

int main(int argc, char **argv)
{
	struct question q = { NULL, NULL, NULL, "" };
	struct complaint why = { "" };
	int c;

	while ((c = getopt(argc, argv, "t:e:a:s:u:p:")) != -1) {
		switch (c) {
		case 't':
			q.type = optarg;
			break;
		case 'e':
			q.event = optarg;
			break;
		case 'a':
			q.action = optarg;
			break;
		case 'u':
			q.uuid = optarg;
			break;
		case 's':
		case 'p':
			break;
		default:
			return FAILED;
		}
	}
	if (!q.type || !q.event || !q.action) {
		fputs("-t TYPE, -e EVENT and -a ACTION are needed: "
		      "this program is for mdevctl to run.\n",
		      stderr);
		return FAILED;
	}
	if (!type_is_ours(q.type))
		return NOT_MINE;
	if (answer(&q, &why)) {
		if (!fflush(stdout) && !ferror(stdout))
			return GOOD;
		complain(&why, "the answer cannot be written (%s): see that "
			 "standard output is open and has room",
			 strerror(errno));
	}
	fprintf(stderr, "%s.\n", why.text);
	return FAILED;
}
