// SPDX-License-Identifier: GPL-2.0-only
#include <json-c/json.h>
#include <string.h>

#include "command.h"

/* What the doctor says of one check, or NULL. */
static const char *member(struct json_object *root, const char *check, const char *what)
{
	struct json_object *checks = json_at(root, "checks"), *one;
	size_t i;

	for (i = 0; checks && i < json_object_array_length(checks); i++) {
		one = json_object_array_get_idx(checks, i);
		if (!strcmp(json_object_get_string(json_at(one, "check")), check))
			return json_at(one, what) ?
			       json_object_get_string(json_at(one, what)) : "";
	}
	return "";
}

static void test_built_in(void)
{
	struct json_object *root;

	/* Of what is built in, only what has parameters is a module in sysfs. */
	put_dir("sys/class/vfio/");
	put_dir("sys/module/vfio_iommu_type1/parameters/");
	put_dir("sys/bus/pci/drivers/vfio-pci/");
	root = json_of("doctor --json");
	result(!strcmp(member(root, "vfio", "found"), "built in") &&
	       !strcmp(member(root, "vfio", "verdict"), "ok") &&
	       !strcmp(member(root, "vfio_iommu_type1", "found"), "built in") &&
	       !strcmp(member(root, "vfio_pci", "found"), "built in"), "doctor.built_in");
	result(!strcmp(member(root, "VFIO core", "verdict"), "note") &&
	       strstr(member(root, "VFIO core", "found"), "cannot take its place") &&
	       strstr(member(root, "VFIO core", "remedy"), "CONFIG_VFIO=m"),
	       "doctor.what_follows_from_built_in");
	json_object_put(root);
}

static void test_modules(void)
{
	struct json_object *root;

	put("sys/module/vfio/initstate", "live\n");
	put("sys/module/vfio_iommu_type1/initstate", "live\n");
	root = json_of("doctor --json");
	result(!strcmp(member(root, "vfio", "found"), "loaded") &&
	       !strcmp(member(root, "vfio_iommu_type1", "found"), "loaded") &&
	       strstr(member(root, "VFIO core", "remedy"), "patches.rst"), "doctor.modules");
	json_object_put(root);
	put("proc/kallsyms", "0000000000000000 T vfio_register_dirty_client\t[vfio]\n");
	root = json_of("doctor --json");
	result(strstr(member(root, "VFIO core", "found"), "patched"), "doctor.patched");
	json_object_put(root);
}

static void test_iommufd(void)
{
	struct json_object *root;

	root = json_of("doctor --json");
	result(!*member(root, "iommufd", "verdict"), "doctor.no_iommufd_no_word");
	json_object_put(root);
	put("dev/iommu", "\n");
	root = json_of("doctor --json");
	result(!strcmp(member(root, "iommufd", "verdict"), "ok"), "doctor.iommufd");
	json_object_put(root);
	put("sys/module/iommufd/parameters/kernel_tracks_dirty", "N\n");
	root = json_of("doctor --json");
	result(!strcmp(member(root, "iommufd", "verdict"), "note") &&
	       strstr(member(root, "iommufd", "found"), "cannot tell it what is dirty"),
	       "doctor.iommufd_that_was_added");
	json_object_put(root);
}

void test_doctor(void)
{
	test_iommufd();
	test_built_in();
	test_modules();
}
