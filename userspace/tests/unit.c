// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit tests of what the library does without a device: bitmaps, the text of the
 * scope, names, and the trees of the system, which are prepared in a directory.
 */
#include <errno.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pinscope/pinscope.h>

#include "unit.h"

static int number, failed;

void check(bool good, const char *name)
{
	printf("%sok %d %s\n", good ? "" : "not ", ++number, name);
	failed += !good;
}

/* ---- bitmaps ---- */

static void test_bitmap(void)
{
	struct pinscope_page_range range;
	struct pinscope_bitmap *a, *b;
	uint64_t sum = 0, ranges = 0;

	if (pinscope_bitmap_new(&a) || pinscope_bitmap_new(&b)) {
		check(false, "bitmap.new");
		return;
	}
	check(!pinscope_bitmap_count(a) && !pinscope_bitmap_test(a, 0) &&
	      !pinscope_bitmap_next(a, 0, &range), "bitmap.new_is_empty");
	check(pinscope_bitmap_prepare(a, 0, 4096, 0) == -EINVAL, "bitmap.page_size_zero");
	check(pinscope_bitmap_prepare(a, 0, 4096, 3000) == -EINVAL, "bitmap.page_size_odd");
	check(pinscope_bitmap_prepare(a, 0, 0, 4096) == -EINVAL, "bitmap.size_zero");
	check(pinscope_bitmap_prepare(a, 0, 5000, 4096) == -EINVAL, "bitmap.size_unaligned");
	check(pinscope_bitmap_prepare(a, 0, 1ull << 62, 1) == -ENOMEM, "bitmap.size_absurd");

	check(!pinscope_bitmap_prepare(a, 0x10000, 130 * 4096, 4096) &&
	      pinscope_bitmap_pages(a) == 130 && !pinscope_bitmap_count(a), "bitmap.prepare");
	pinscope_bitmap_words(a)[0] = 1ull << 63 | 1;
	pinscope_bitmap_words(a)[1] = ~0ull;
	pinscope_bitmap_words(a)[2] = ~0ull;
	check(pinscope_bitmap_count(a) == 68, "bitmap.count_ignores_bits_beyond_end");
	check(pinscope_bitmap_test(a, 129) && !pinscope_bitmap_test(a, 130),
	      "bitmap.test_at_end");
	check(pinscope_bitmap_test_iova(a, 0x10000) && !pinscope_bitmap_test_iova(a, 0xffff) &&
	      !pinscope_bitmap_test_iova(a, 0x11000), "bitmap.test_iova");

	pinscope_bitmap_for_each(a, range) {
		sum += range.count;
		ranges++;
	}
	check(ranges == 2 && sum == 68 && range.first == 63 && range.count == 67,
	      "bitmap.range_over_words");

	check(pinscope_bitmap_merge(b, a) == -EINVAL, "bitmap.merge_of_other_range");
	check(!pinscope_bitmap_prepare(b, 0x10000, 130 * 4096, 4096) &&
	      !pinscope_bitmap_merge(b, a) && pinscope_bitmap_count(b) == 68, "bitmap.merge");
	check(!pinscope_bitmap_prepare(a, 0, 4096, 4096) && !pinscope_bitmap_count(a),
	      "bitmap.prepare_clears");
	pinscope_bitmap_free(a);
	pinscope_bitmap_free(b);
	pinscope_bitmap_free(NULL);
}

/* ---- the text of the scope ---- */

static const char wide_text[] =
	"owner 812 qemu system\n"
	"scope wide\n"
	"tracking on\n"
	"pinned_pages 12\n"
	"groups 3\n"
	"groups_wide 2\n"
	"devices 2\n"
	"devices_wide 1\n"
	"group 10 iommu_group 4 members 2 scope wide cause attach since 13.1 pins 0 refused 2\n"
	"device 10 uuid-b pinscope_optin open\n"
	"group 9 iommu_group 9 members 1 scope emulated cause attach since 12.0 pins 8 refused 0\n"
	"device 9 uuid-a pinscope_emulated open\n"
	"group 5 iommu_group 5 members 1 scope wide cause close since 14.5 pins 0 refused 0\n"
	"device 5 0000:00:06.0 vfio-pci closed\n"
	"novelty 1 2 3\n";

static void test_scope_parse(void)
{
	struct pinscope_scope_view view;
	char text[1024], small[16];

	check(!pinscope_scope_parse(wide_text, &view), "scope.parse");
	check(view.owner == 812 && !strcmp(view.comm, "qemu system"), "scope.owner_with_space");
	check(view.has_iommu && view.counts.scope == PINSCOPE_SCOPE_WIDE &&
	      view.counts.tracking && view.counts.pinned_pages == 12 &&
	      view.counts.nr_groups_wide == 2 && view.counts.nr_devices == 2, "scope.counts");
	check(view.nr_groups == 3 && view.groups[0].number == 5 && view.groups[2].number == 10,
	      "scope.groups_in_order");
	check(view.groups[2].refused == 2 && view.groups[2].members == 2 &&
	      view.groups[2].nr_devices == 1 && view.groups[2].devices[0].open &&
	      !view.groups[0].devices[0].open, "scope.group_and_device");

	check(!pinscope_scope_reason(&view, text, sizeof(text)) && strstr(text, "uuid-b") &&
	      strstr(text, "pinscope_optin") && strstr(text, "vfio-pci") &&
	      !strstr(text, "uuid-a"), "scope.reason_names_wide_groups_only");
	check(pinscope_scope_reason(&view, small, sizeof(small)) == -ENOSPC &&
	      strlen(small) < sizeof(small), "scope.reason_is_cut");
	check(!pinscope_scope_group_advice(&view.groups[1], text, sizeof(text)) && !*text,
	      "scope.no_advice_for_emulated");
	check(!pinscope_scope_group_advice(&view.groups[2], text, sizeof(text)) && *text,
	      "scope.advice_for_wide");
	pinscope_scope_view_release(&view);

	check(!pinscope_scope_parse("scope wide\ngroup 9 iommu_group 6 members 1 scope wide "
				    "cause attach since 1.0 pins 0 refused 2\n", &view) &&
	      !pinscope_scope_group_reason(&view.groups[0], text, sizeof(text)) &&
	      strstr(text, "shared IOMMU group 6"), "scope.reason_two_over_one_device");
	pinscope_scope_view_release(&view);

	check(!pinscope_scope_parse("owner 1 init\n", &view) && !view.has_iommu &&
	      !view.nr_groups, "scope.no_iommu_yet");
	pinscope_scope_view_release(&view);
	check(!pinscope_scope_parse("", &view), "scope.empty");
	pinscope_scope_view_release(&view);
}

static const char tracked_text[] =
	"owner 7 qemu\n"
	"scope pinned\n"
	"tracking on\n"
	"iommu_tracking on\n"
	"groups 4\n"
	"group 3 iommu_group 3 members 1 scope written cause iommu since 2.5 pins 0 refused 0 "
	"tracks yes\n"
	"device 3 0000:00:06.0 vfio-pci open\n"
	"group 4 iommu_group 4 members 1 scope pinned cause pin since 2.6 pins 8 refused 0 "
	"tracks yes\n"
	"group 5 iommu_group 5 members 1 scope wide cause iommu-error since 2.7 pins 0 refused 0 "
	"tracks yes\n"
	"group 6 iommu_group 6 members 1 scope wide cause stop since 2.8 pins 0 refused 0 "
	"tracks yes\n";

static void test_scope_tracked(void)
{
	struct pinscope_scope_view view;
	char text[1024];

	check(!pinscope_scope_parse(tracked_text, &view) && view.nr_groups == 4 &&
	      view.counts.iommu, "scope.parse_tracked");
	check(view.groups[0].scope == PINSCOPE_SCOPE_WRITTEN && view.groups[0].can_track &&
	      !strcmp(pinscope_scope_name(view.groups[0].scope), "written"), "scope.written");
	check(!pinscope_scope_reason(&view, text, sizeof(text)) &&
	      strstr(text, "group 3 (0000:00:06.0 of vfio-pci) is tracked: written pages, told "
			   "by the IOMMU; the others"), "scope.reason_names_tracked_groups");
	check(!pinscope_scope_group_advice(&view.groups[0], text, sizeof(text)) && !*text,
	      "scope.no_advice_for_tracked");
	check(!pinscope_scope_group_reason(&view.groups[2], text, sizeof(text)) &&
	      strstr(text, "IOMMU, which failed") &&
	      !pinscope_scope_group_advice(&view.groups[2], text, sizeof(text)) &&
	      strstr(text, "kernel's log"), "scope.iommu_error");
	check(!pinscope_scope_group_advice(&view.groups[3], text, sizeof(text)) &&
	      strstr(text, "nothing: its IOMMU"), "scope.can_be_tracked");
	pinscope_scope_view_release(&view);
}

static void test_scope_malformed(void)
{
	static const char *const texts[] = {
		"owner\n", "owner x y\n", "scope\n", "scope narrow\n", "pinned_pages -1\n",
		"pinned_pages 99999999999999999999999\n", "groups 4294967296\n", "group\n",
		"group 1 scope\n", "group 1 scope odd\n", "group 1 since 1.x\n",
		"device 1 name driver open\n", "group 1\ndevice 1 name driver\n", "tracking\n",
	};
	struct pinscope_scope_view view;
	char *cut, name[64];
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		snprintf(name, sizeof(name), "scope.malformed_%zu", i);
		check(pinscope_scope_parse(texts[i], &view) == -EBADMSG, name);
	}

	/* Cut anywhere, it is refused or read, and leaks nothing. */
	for (i = 0; i < sizeof(wide_text); i++) {
		cut = strndup(wide_text, i);
		if (cut && !pinscope_scope_parse(cut, &view))
			pinscope_scope_view_release(&view);
		free(cut);
	}
	check(true, "scope.cut_anywhere");
}

/* ---- names ---- */

static void test_names(void)
{
	enum pinscope_migration_state state;
	int good = 1;
	unsigned int i;

	for (i = 0; i < PINSCOPE_STATE_NR; i++)
		good &= !pinscope_migration_state_parse(pinscope_migration_state_name(i), &state) &&
			state == i;
	check(good, "state.names_round_trip");
	check(!pinscope_migration_state_parse("pre-copy", &state) &&
	      state == PINSCOPE_STATE_PRE_COPY, "state.lower_case");
	check(pinscope_migration_state_parse("PRE", &state) == -EINVAL &&
	      pinscope_migration_state_parse("", &state) == -EINVAL &&
	      pinscope_migration_state_parse("STOP_", &state) == -EINVAL, "state.unknown");
	check(!strcmp(pinscope_migration_state_name(77), "?"), "state.no_such_number");
	check(pinscope_explain(PINSCOPE_OP_GROUP_OPEN, -EBUSY) ==
	      pinscope_explain(PINSCOPE_OP_GROUP_OPEN, EBUSY), "error.sign_does_not_matter");
	check(pinscope_explain(PINSCOPE_OP_SCOPE, 4095), "error.never_null");
}

static void test_verify(void)
{
	uint32_t words[4] = { 7, 8, 9, 10 };

	check(!pinscope_sample_verify(words, sizeof(words), 7), "sample.verify");
	words[3] = 0;
	check(pinscope_sample_verify(words, sizeof(words), 7) == -EILSEQ, "sample.verify_differs");
}

/* ---- trees ---- */

static char tree[32] = "/tmp/pinscope-unit-XXXXXX";

static void __attribute__((format(printf, 2, 3))) put(const char *text, const char *fmt, ...)
{
	char path[512], *slash;
	va_list args;
	FILE *file;

	snprintf(path, sizeof(path), "%s/", tree);
	va_start(args, fmt);
	vsnprintf(path + strlen(path), sizeof(path) - strlen(path), fmt, args);
	va_end(args);
	for (slash = path + strlen(tree) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	if (!text)
		return;
	file = fopen(path, "we");
	if (file) {
		fputs(text, file);
		fclose(file);
	}
}

static void put_link(const char *target, const char *name)
{
	char path[512];

	put(NULL, "%s", name);
	snprintf(path, sizeof(path), "%s/%s", tree, name);
	if (symlink(target, path))
		perror(path);
}

#define UUID "aabbccdd-0000-4000-8000-000000000001"

static void test_system(void)
{
	char text[PINSCOPE_PATH_MAX], tiny[4];
	unsigned int value;

	put("12\n", "devices/pci0/0000:00:06.0/" UUID "/pinned_pages");
	put(NULL, "kernel/iommu_groups/9/devices/" UUID "/");
	put(NULL, "kernel/iommu_groups/5/devices/0000:00:06.0/");
	put_link("../../../devices/pci0/0000:00:06.0", "bus/pci/devices/0000:00:06.0");
	put_link("../../../devices/pci0/0000:00:06.0/" UUID, "bus/mdev/devices/" UUID);
	put_link("../../../../kernel/iommu_groups/9",
		 "devices/pci0/0000:00:06.0/" UUID "/iommu_group");
	put_link("../../../devices/pci0/0000:00:06.0", "class/vfio/9/backing");
	put_link("../../devices/pci0/0000:00:06.0", "class/mdev_bus/0000:00:06.0");
	put("3\n", "devices/pci0/0000:00:06.0/mdev_supported_types/a-dma/available_instances");
	put("vfio-pci\n", "devices/pci0/0000:00:06.0/mdev_supported_types/a-dma/device_api");
	put_link("../mdev_supported_types/a-dma", "devices/pci0/0000:00:06.0/" UUID "/mdev_type");

	check(!pinscope_device_name("00:06.0", text, sizeof(text)) &&
	      !strcmp(text, "0000:00:06.0"), "system.pci_without_domain");
	check(!pinscope_device_name("AABBCCDD-0000-4000-8000-000000000001", text, sizeof(text)) &&
	      !strcmp(text, UUID), "system.uuid_in_capitals");
	check(pinscope_device_name("../pci0", text, sizeof(text)) == -ENODEV &&
	      pinscope_device_name("..", text, sizeof(text)) == -ENODEV &&
	      pinscope_device_name("", text, sizeof(text)) == -ENODEV, "system.no_way_out");
	check(pinscope_device_name("0000:00:06.0", tiny, sizeof(tiny)) == -ENAMETOOLONG,
	      "system.name_too_long");
	check(!pinscope_device_group(UUID, &value) && value == 9, "system.group");
	check(pinscope_device_group("0000:00:06.0", &value) == -ENOENT, "system.no_group");
	check(!pinscope_group_members(9, &value) && value == 1, "system.members");
	check(pinscope_group_members(77, &value) == -ENOENT, "system.no_such_group");
	check(!pinscope_group_backing(9, text, sizeof(text)) && !strcmp(text, "0000:00:06.0"),
	      "system.backing");
	check(pinscope_group_backing(5, text, sizeof(text)) == -ENOENT, "system.no_backing");
	check(pinscope_device_driver(UUID, text, sizeof(text)) == -ENOENT, "system.no_driver");
	check(!pinscope_device_attr_read(UUID, "pinned_pages", text, sizeof(text)) &&
	      !strcmp(text, "12"), "system.attribute");
	check(pinscope_device_attr_write(UUID, "absent", "1") == -ENOENT,
	      "system.attribute_absent");
}

static void test_mdev(void)
{
	struct pinscope_mdev_type *types;
	struct pinscope_mdev *mdevs;
	char uuid[PINSCOPE_UUID_SIZE];
	size_t nr;

	check(!pinscope_mdev_types_find(&types, &nr) && nr == 1 &&
	      !strcmp(types[0].parent, "0000:00:06.0") && !strcmp(types[0].type, "a-dma") &&
	      types[0].available == 3 && !*types[0].description, "mdev.types");
	pinscope_mdev_types_free(types);
	check(!pinscope_mdev_find(&mdevs, &nr) && nr == 1 && !strcmp(mdevs[0].uuid, UUID) &&
	      !strcmp(mdevs[0].parent, "0000:00:06.0") && !strcmp(mdevs[0].type, "a-dma"),
	      "mdev.devices");
	pinscope_mdev_free(mdevs);
	check(pinscope_mdev_create("nobody", "a-dma", UUID) == -ENODEV, "mdev.no_parent");
	check(pinscope_mdev_remove("aabbccdd-0000-4000-8000-000000000002") == -ENODEV,
	      "mdev.no_device");
	check(!pinscope_uuid_random(uuid) && strlen(uuid) == 36, "mdev.uuid");
	check(pinscope_pci_bind("0000:00:06.0", "nothing") == -ENOENT, "pci.no_driver");
	check(pinscope_pci_bind("0000:99:06.0", "nothing") == -ENODEV, "pci.no_function");
}

static void test_debugfs(void)
{
	struct pinscope_scope_list list;
	char debugfs[64];

	snprintf(debugfs, sizeof(debugfs), "%s/debug", tree);
	setenv("PINSCOPE_DEBUGFS", debugfs, 1);
	check(pinscope_scope_read_all(&list) == -ENOENT, "debugfs.absent");
	put(NULL, "debug/");
	check(pinscope_scope_read_all(&list) == -ENOENT, "debugfs.not_mounted");
	put(NULL, "debug/x86/");
	check(pinscope_scope_read_all(&list) == -EOPNOTSUPP, "debugfs.stock_core");
	put(NULL, "debug/vfio/containers/");
	check(!pinscope_scope_read_all(&list) && !list.nr, "debugfs.no_container");
	pinscope_scope_list_release(&list);
	put(wide_text, "debug/vfio/containers/12/scope");
	put("owner 1 init\n", "debug/vfio/containers/3/scope");
	put(NULL, "debug/vfio/containers/4/");
	check(!pinscope_scope_read_all(&list) && list.nr == 2 && !strcmp(list.views[0].id, "3") &&
	      list.views[1].nr_groups == 3, "debugfs.two_and_one_that_goes");
	pinscope_scope_list_release(&list);
	put("scope sideways\n", "debug/vfio/containers/5/scope");
	check(pinscope_scope_read_all(&list) == -EBADMSG, "debugfs.malformed");
}

static int remove_entry(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
	(void)stat;
	(void)type;
	(void)ftw;
	return remove(path);
}

int main(void)
{
	puts("TAP version 13");
	test_bitmap();
	test_scope_parse();
	test_scope_tracked();
	test_scope_malformed();
	test_names();
	test_verify();
	test_recording();
	test_recorder();
	if (!mkdtemp(tree)) {
		perror("mkdtemp");
		return 1;
	}
	setenv("PINSCOPE_SYSFS", tree, 1);
	test_system();
	test_mdev();
	test_debugfs();
	nftw(tree, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	printf("1..%d\n# %d passed, %d failed\n", number, number - failed, failed);
	return failed != 0;
}
