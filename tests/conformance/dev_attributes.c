// SPDX-License-Identifier: GPL-2.0
/* What the drivers say of themselves in sysfs. */
#include <errno.h>
#include <string.h>

#include "fixtures/hwlog.h"

static bool has_word(const char *text, const char *word)
{
	return strstr(text, word);
}

static const char *type_says(const char *driver, const char *parent,
			     const char *file)
{
	return get_line(text("%s/%s", mdev_type_dir(driver, parent), file));
}

/* mdevctl shows it, and people choose by it */
TEST(dev, types_are_described)
{
	if (!core_is_patched())
		missing("IOMMU-backed mdev registration");
	mdev_new(BACKED, lone_edu(0));
	check(has_word(type_says(EMULATED, NULL, "description"),
		       "without IOMMU backing"));
	check(has_word(type_says(BACKED, lone_edu(0), "description"),
		       "never pins"));
	mdev_new(OPTIN, lone_edu(1));
	check(has_word(type_says(OPTIN, lone_edu(1), "description"),
		       "opts in"));
}

TEST(dev, type_of_hwlog_is_described)
{
	if (!core_is_patched())
		missing("IOMMU-backed mdev registration");
	mdev_new(HWLOG, lone_edu(0));
	check(has_word(type_says(HWLOG, lone_edu(0), "description"), "logs"));
}

static void says(struct device *dev, const char *words)
{
	char *scope = mdev_get(dev->mdev, "scope");

	if (strncmp(scope, words, strlen(words)))
		fail("scope says \"%s\", expected \"%s\"", scope, words);
}

/* Why it is wide, which is not the same while closed, idle, or told never to */
TEST(dev, optin_says_why_it_is_wide)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "never");

	says(dev, "wide: opt_in is never");
	close_device(dev);
	says(dev, "wide: the device is not open");
	ok(mdev_put(dev->mdev, "opt_in", "precopy"));
	open_device(dev);
	says(dev, "wide: no migration saves the device");
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	says(dev, "wide: no window to pin yet");
	window(dev, 3);
	says(dev, "pinned");
	close_device(dev);
	ok(mdev_put(dev->mdev, "opt_in", "start"));
	open_device(dev);
	says(dev, "wide: the container does not track dirty pages");
}

TEST(dev, backed_and_hwlog_say_why_they_are_wide)
{
	struct vm *vm = vm_new();
	struct device *backed = vm_backed(vm, lone_edu(0));
	struct device *hwlog = vm_hwlog(vm, lone_edu(1));

	says(backed, "wide: this driver never pins");
	says(hwlog, "wide: the container does not track dirty pages");
	close_device(hwlog);
	says(hwlog, "wide: the device is not open");
}

TEST(dev, dma_logging_is_offered_or_not)
{
	struct mdev *mdev = mdev_new(EMULATED, NULL);

	check(!strcmp(mdev_get(mdev, "dma_logging"), "0"));
	ok(mdev_put(mdev, "dma_logging", "1"));
	check(!strcmp(mdev_get(mdev, "dma_logging"), "1"));
	refused(mdev_put(mdev, "dma_logging", "maybe"), EINVAL);
	check(!strcmp(mdev_get(mdev, "dma_logging"), "1"));
}
