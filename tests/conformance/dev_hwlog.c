// SPDX-License-Identifier: GPL-2.0
/* The device that logs its writes, and the log of the function under it. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fixtures/hwlog.h"
#include "fixtures/soft.h"

/* Or the IOMMU tells what the log does not. */
static const struct sim_options untracked = { .no_tracking = true };

TEST(dev, hwlog_features)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_hwlog(vm, lone_edu(0));

	equal(reg(dev, PINSCOPE_REG_FEATURES), PINSCOPE_FEATURE_BACKED |
	      PINSCOPE_FEATURE_OPTIN | PINSCOPE_FEATURE_HWLOG |
	      PINSCOPE_FEATURE_CTRL);
	refused(try_write(dev, 3), EFAULT);
	window(dev, 3);
	writes(dev, 3);
	refused(try_write(dev, 4), EFAULT);
}

/* The log is there once. */
TEST(dev, hwlog_function_has_one_device)
{
	const char *parent = lone_edu(0);
	char uuid[PINSCOPE_UUID_SIZE];

	mdev_new(HWLOG, parent);
	ok(pinscope_uuid_random(uuid));
	refused(mdev_try_new(HWLOG, parent, uuid), EUSERS);
}

TEST(dev, hwlog_scope_attribute)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_hwlog(vm, lone_edu(0));

	check(scope_says(dev, "wide: the container does not track"));
	window(dev, 3);
	start(vm);
	check(scope_says(dev, "pinned: what the write log has is dirty"));
	reset(dev);
	check(scope_says(dev, "wide: no window to pin yet"));
	stop(vm);
	check(scope_says(dev, "wide: the container does not track"));
	close_device(dev);
	check(scope_says(dev, "wide: the device is not open"));
}

TEST(dev, hwlog_migration)
{
	struct vm *from = vm_new(), *to = vm_new();
	struct device *src = vm_hwlog(from, lone_edu(0));
	struct device *dst = vm_hwlog(to, lone_edu(1));
	char data[4096];
	ssize_t len;

	window(src, 6);
	read_window(src, 7);
	start(from);
	enter(src, PINSCOPE_STATE_STOP_COPY);
	len = ok(read(src->data_fd, data, sizeof(data)));
	enter(dst, PINSCOPE_STATE_RESUMING);
	ok(pinscope_migration_load(dst->data_fd, data, len));
	enter(dst, PINSCOPE_STATE_RUNNING);
	equal(windows(dst), 2);
	start(to);
	same(dirty(to), NONE);
	writes(dst, 6);
	refused(try_write(dst, 7), EFAULT);
	same(dirty(to), P(6));
}

TEST(dev, log_fault_has_these_values)
{
	const char *parent = lone_edu(0);

	mdev_new(HWLOG, parent);
	log_fault(parent, "hang");
	log_fault(parent, "fail\n");
	log_fault(parent, "none");
	refused(try_log_fault(parent, "slow"), EINVAL);
	refused(try_log_fault(parent, "nonesuch"), EINVAL);
	refused(try_log_fault(parent, "hangs"), EINVAL);
}

/* Half of a page each: two windows of the same pages, and one too many. */
static void half_window(struct device *dev, uint32_t cmd, int half)
{
	ok(try_command(dev, cmd, IOVA(0) + half * PAGE / 2, PAGE / 2));
}

TEST(dev, windows_the_log_has_no_slot_for_are_dirty)
{
	const char *parent = lone_edu(0);
	struct vm *vm = vm_new();
	struct device *dev = vm_hwlog(vm, parent);
	int i;

	for (i = 0; i < LOG_SLOTS; i++)
		half_window(dev, PINSCOPE_CMD_ADD_WINDOW, i);
	window(dev, 9);
	start(vm);
	equal(log_slots(parent), LOG_SLOTS);
	check(scope_says(dev, "pinned: the log is full, 1 more"));
	same(dirty(vm), P(9));
	same(dirty(vm), P(9));
	writes(dev, 3);
	same(dirty(vm), P(3) | P(9));
	same(dirty(vm), P(9));
	/* The other half of the page is still watched; the room goes to page 9 */
	half_window(dev, PINSCOPE_CMD_REMOVE_WINDOW, 7);
	window(dev, 10);
	equal(log_slots(parent), LOG_SLOTS);
	same(dirty(vm), P(9) | P(10));
	writes(dev, 3);
	same(dirty(vm), P(3) | P(10));
	no_window(dev, 10);
	same(dirty(vm), P(10));
	same(dirty(vm), NONE);
	check(scope_says(dev, "pinned: what the write log has is dirty"));
}

/* Pages at the ends of what one read of the log tells. */
#define BIG_PAGES 320
#define BIG_IOVA 0x10000000ull
#define BIG_WORDS (BIG_PAGES / 64)

static void get_big(struct vm *vm, uint64_t *bitmap)
{
	memset(bitmap, 0, BIG_WORDS * sizeof(*bitmap));
	ok(try_get_range(vm, BIG_IOVA, BIG_PAGES * PAGE, bitmap,
			 BIG_WORDS * sizeof(*bitmap)));
}

TEST(dev, log_of_the_largest_window)
{
	static const int pages[] = { 1, 31, 32, 33, 63, 64, 255, 256, 257 };
	uint64_t bitmap[BIG_WORDS], want[BIG_WORDS] = { 0 };
	const char *sim = sim_new(SIM_GROUP, &untracked);
	struct vm *vm = vm_new();
	struct device *dev = vm_hwlog(vm, sim);
	void *memory = mmap(NULL, BIG_PAGES * PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t i;

	check(memory != MAP_FAILED);
	ok(pinscope_map(vm->container, memory, BIG_IOVA, BIG_PAGES * PAGE,
			PINSCOPE_MAP_RW));
	/* One MiB from the middle of page 1 on: it touches 257 pages */
	ok(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, BIG_IOVA + 3 * PAGE / 2,
		       PINSCOPE_SAMPLE_LEN_MAX));
	start(vm);
	equal(pins(dev), 257);
	get_big(vm, bitmap);
	check(!memcmp(bitmap, want, sizeof(want)));
	for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, BIG_IOVA +
			       pages[i] * PAGE +
			       (pages[i] == 1 ? PAGE / 2 : 0), 64));
		want[pages[i] / 64] |= 1ull << pages[i] % 64;
	}
	equal(log_unread(sim), (int)i);
	get_big(vm, bitmap);
	for (i = 0; i < BIG_WORDS; i++)
		same(bitmap[i], want[i]);
	/* All of it at once, and across the ends of pages */
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, BIG_IOVA + 3 * PAGE / 2,
		       PINSCOPE_SAMPLE_LEN_MAX));
	equal(log_unread(sim), 257);
	get_big(vm, bitmap);
	same(bitmap[0], ~1ull);
	same(bitmap[BIG_WORDS - 1], 3);
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, BIG_IOVA + 8 * PAGE - 4,
		       8));
	get_big(vm, bitmap);
	same(bitmap[0], P(7) | P(8));
}

static void small_window(struct device *dev, int page, int offset)
{
	ok(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, IOVA(page) + offset, 64));
}

/* One that has no slot of the log is dirty each time, until it gets one. */
TEST(dev, window_gets_the_slot_of_another)
{
	const char *parent = lone_edu(0);
	struct vm *vm = vm_new();
	struct device *dev = vm_hwlog(vm, parent);
	int page;

	for (page = 0; page < LOG_SLOTS - 1; page++)
		window(dev, page);
	small_window(dev, LOG_SLOTS - 1, 0);
	small_window(dev, LOG_SLOTS - 1, 128);
	start(vm);
	equal(log_slots(parent), LOG_SLOTS);
	same(dirty(vm), P(LOG_SLOTS - 1));
	same(dirty(vm), P(LOG_SLOTS - 1));
	no_window(dev, 0);
	equal(log_slots(parent), LOG_SLOTS);
	/* What it has written up to now nobody knows. */
	same(dirty(vm), P(LOG_SLOTS - 1));
	same(dirty(vm), NONE);
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE,
		       IOVA(LOG_SLOTS - 1) + 128, 64));
	same(dirty(vm), P(LOG_SLOTS - 1));
	same(dirty(vm), NONE);
	check(scope_says(dev, "pinned: what the write log has is dirty"));
}
