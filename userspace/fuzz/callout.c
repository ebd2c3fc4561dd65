// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration that mdevctl hands to the callout: read, checked, and its values
 * asked for, for each type of device.
 */
#include "fuzz.h"
#include "mdevctl/attributes.h"
#include "mdevctl/config.h"

static const char *const types[] = {
	"pinscope_emulated-dma", "pinscope_backed-dma", "pinscope_optin-dma",
	"pinscope_hwlog-dma", "pinscope_-dma", "pinscope_optin-logging",
	"pinscope_precopy-dma", "pinscope_precopy-stopcopy",
};

/* One sentence that no terminal obeys. */
static void check_complaint(const struct complaint *why)
{
	const char *c;

	must(*why->text);
	for (c = why->text; *c; c++)
		must(*c >= ' ' && *c <= '~');
}

/* What passes sets no attribute to anything that the type does not take. */
static void check_values(struct json_object *config, const char *type)
{
	const struct attribute *a = NULL;
	struct complaint why;
	const char *value;

	while ((a = attribute_next(type, a))) {
		value = config_value(config, a->name);
		if (value)
			must(attribute_check(type, a->name, value, &why));
	}
}

int fuzz_one(const uint8_t *data, size_t size)
{
	struct complaint why = { "" };
	struct json_object *config;
	char *text;
	size_t i;

	/* config_read() reads no more. */
	if (size > 65536)
		return 0;
	text = fuzz_text(data, size);
	config = config_parse(text, (int)size, &why);
	if (!config)
		check_complaint(&why);
	for (i = 0; config && i < sizeof(types) / sizeof(types[0]); i++) {
		why.text[0] = '\0';
		if (config_check(config, types[i], &why))
			check_values(config, types[i]);
		else
			check_complaint(&why);
	}
	json_object_put(config);
	free(text);
	return 0;
}
