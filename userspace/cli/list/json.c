// SPDX-License-Identifier: GPL-2.0-only
#include <json-c/json.h>
#include <string.h>

#include "cli/list/list.h"
#include "cli/output/json.h"

static struct json_object *json_row(const struct list_row *row)
{
	struct json_object *object = json_object_new_object();

	cli_json_text(object, "name", row->name);
	cli_json_text(object, "kind", row->kind);
	if (!strcmp(row->kind, "mdev")) {
		cli_json_text(object, "type", row->type);
		cli_json_text(object, "parent", row->parent);
		cli_json_text(object, "backing", row->backing);
	}
	cli_json_maybe(object, "group", row->has_group, row->group);
	cli_json_maybe(object, "iommu_group", row->has_iommu, row->iommu_group);
	cli_json_maybe(object, "members", row->has_iommu, row->members);
	cli_json_text(object, "driver", row->driver);
	return object;
}

static struct json_object *type_object(const struct pinscope_mdev_type *type)
{
	struct json_object *object = json_object_new_object();

	cli_json_text(object, "parent", type->parent);
	cli_json_text(object, "driver", type->driver);
	cli_json_text(object, "type", type->type);
	cli_json_text(object, "name", type->name);
	cli_json_text(object, "description", type->description);
	cli_json_text(object, "api", type->api);
	cli_json_number(object, "available", type->available);
	return object;
}

void list_print_json(const struct list_rows *rows, const struct list_inventory *types)
{
	struct json_object *root = json_object_new_object();
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < rows->nr; i++)
		json_object_array_add(array, json_row(&rows->rows[i]));
	json_object_object_add(root, "devices", array);
	if (types) {
		array = json_object_new_array();
		for (i = 0; i < types->nr_types; i++)
			json_object_array_add(array, type_object(&types->types[i]));
		json_object_object_add(root, "types", array);
	}
	cli_print_json(root);
}
