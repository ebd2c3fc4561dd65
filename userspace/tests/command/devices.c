// SPDX-License-Identifier: GPL-2.0-only
#include <json-c/json.h>
#include <string.h>

#include "command.h"

#define UUID	"aabbccdd-0000-4000-8000-000000000001"
#define CAPITALS "AABBCCDD-0000-4000-8000-000000000001"

static void test_list(void)
{
	struct json_object *root;
	const struct run *r;

	r = run("list " CAPITALS);
	result(!r->status && strstr(r->out, UUID) && !strstr(r->out, "\n0000:00:06.0") &&
	       !strstr(r->out, "MDEV TYPE"), "list.one_device");
	r = run("list 06.0 00:06.0");
	result(r->status == 3 && strstr(r->err, "no device '06.0'") &&
	       strstr(r->out, "0000:00:06.0"), "list.one_is_not_there");
	r = run("list sys/devices/platform/soft.a");
	result(r->status == 3, "list.no_path_without_slash");
	r = run("list \"$PWD/sys/devices/platform/soft.a\" soft.a");
	result(!r->status && strstr(r->out, "soft.a") && strstr(r->out, "other"), "list.other_bus");
	root = json_of("list --json " UUID);
	result(json_is(root, "devices/0/name", UUID) && !json_at(root, "devices/1") &&
	       !json_at(root, "types") && !json_at(root, "error"), "list.json_of_one");
	json_object_put(root);
	r = run("list");
	result(!r->status && strstr(r->out, "0000:00:07.0") && !strstr(r->out, "0000:00:08.0"),
	       "list.variant_of_vfio_pci");
	root = json_of("list --json nothing");
	result(json_at(root, "error") && !json_at(root, "devices/0"), "list.json_of_none");
	json_object_put(root);
}

static void test_dirty(void)
{
	struct json_object *root;

	result(says(2, "' is named twice", "dirty " CAPITALS " " UUID),
	       "dirty.twice_in_capitals");
	result(says(2, "named twice", "dirty 00:06.0 \"$PWD/sys/bus/pci/devices/0000:00:06.0\""),
	       "dirty.twice_by_path");
	/* There is no container to be opened. */
	root = json_of("dirty --json " UUID);
	result(root && json_at(root, "error") && !json_at(root, "lost") &&
	       strstr(run("dirty --json " UUID)->out, "\"lost\": null"), "dirty.json_of_failure");
	json_object_put(root);
}

void test_devices(void)
{
	put_dir("sys/devices/pci0/0000:00:06.0/" UUID "/");
	put_link("sys/bus/pci/devices/0000:00:06.0", "../../../devices/pci0/0000:00:06.0");
	put_link("sys/bus/mdev/devices/" UUID, "../../../devices/pci0/0000:00:06.0/" UUID);
	put_dir("sys/devices/platform/soft.a/");
	put_link("sys/bus/platform/devices/soft.a", "../../../devices/platform/soft.a");
	/* Two functions with drivers, of which one is VFIO's whatever its name */
	put_dir("sys/bus/pci/drivers/variant/");
	put_dir("sys/devices/pci0/0000:00:07.0/vfio-dev/vfio0/");
	put_link("sys/devices/pci0/0000:00:07.0/driver", "../../../bus/pci/drivers/variant");
	put_link("sys/bus/pci/devices/0000:00:07.0", "../../../devices/pci0/0000:00:07.0");
	put_dir("sys/devices/pci0/0000:00:08.0/");
	put_link("sys/devices/pci0/0000:00:08.0/driver", "../../../bus/pci/drivers/variant");
	put_link("sys/bus/pci/devices/0000:00:08.0", "../../../devices/pci0/0000:00:08.0");
	test_list();
	test_dirty();
}
