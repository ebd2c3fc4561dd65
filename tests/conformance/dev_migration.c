// SPDX-License-Identifier: GPL-2.0
/* Migration states and the stream that carries a device's state. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixtures/stream.h"
#include "fixtures/vm.h"

struct stream {
	uint8_t *data;
	size_t len;
};

/* The device's state, read in STOP_COPY; the device is left in STOP. */
static struct stream save(struct device *dev)
{
	struct stream s;
	void *data;

	enter(dev, PINSCOPE_STATE_STOP_COPY);
	ok(pinscope_migration_save(dev->data_fd, &data, &s.len));
	s.data = data;
	check(s.len > 16);
	enter(dev, PINSCOPE_STATE_STOP);
	return s;
}

/* Gives a device a state; what is refused may be so at any of the steps. */
static int try_load(struct device *dev, const void *data, size_t len)
{
	int ret;

	enter(dev, PINSCOPE_STATE_RESUMING);
	ret = pinscope_migration_load(dev->data_fd, data, len);
	if (!ret)
		ret = try_enter(dev, PINSCOPE_STATE_STOP);
	else
		try_enter(dev, PINSCOPE_STATE_STOP);
	return ret;
}

/* What the driver logs when it refuses one. */
#define REFUSED "migration refused"

/* A stream was refused: the device is in ERROR, and reset recovers it. */
static void refuses(struct device *dev, const void *data, size_t len,
		    const char *what)
{
	if (try_load(dev, data, len) >= 0)
		fail("a stream that is %s was accepted", what);
	if (state_of(dev) != PINSCOPE_STATE_ERROR)
		fail("after a stream that is %s the device is in %s", what,
		     pinscope_migration_state_name(state_of(dev)));
	check(try_enter(dev, PINSCOPE_STATE_RUNNING) < 0);
	reset(dev);
	equal(state_of(dev), PINSCOPE_STATE_RUNNING);
	equal(windows(dev), 0);
}

/* A device whose state has something in it. */
static struct device *source(struct vm *vm)
{
	struct device *dev = vm_emulated(vm);

	window(dev, 3);
	window(dev, 8);
	writes(dev, 3);
	return dev;
}

TEST(dev, migration_states_offered)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	uint64_t caps;

	ok(pinscope_migration_get_caps(dev->dev, &caps));
	equal(caps, PINSCOPE_MIGRATION_STOP_COPY | PINSCOPE_MIGRATION_P2P |
		    PINSCOPE_MIGRATION_PRE_COPY);
	equal(state_of(dev), PINSCOPE_STATE_RUNNING);
}

TEST(dev, migration_walks_the_arcs)
{
	static const enum pinscope_migration_state path[] = {
		PINSCOPE_STATE_PRE_COPY, PINSCOPE_STATE_PRE_COPY_P2P,
		PINSCOPE_STATE_PRE_COPY, PINSCOPE_STATE_RUNNING,
		PINSCOPE_STATE_RUNNING_P2P, PINSCOPE_STATE_STOP,
		PINSCOPE_STATE_STOP_COPY, PINSCOPE_STATE_STOP,
		PINSCOPE_STATE_RUNNING, PINSCOPE_STATE_STOP_COPY,
		PINSCOPE_STATE_RUNNING, PINSCOPE_STATE_PRE_COPY,
		PINSCOPE_STATE_STOP_COPY, PINSCOPE_STATE_RUNNING_P2P,
		PINSCOPE_STATE_PRE_COPY_P2P, PINSCOPE_STATE_RUNNING,
	};
	struct vm *vm = vm_new();
	struct device *dev = source(vm);
	size_t i;

	for (i = 0; i < sizeof(path) / sizeof(path[0]); i++) {
		enter(dev, path[i]);
		equal(state_of(dev), path[i]);
	}
	equal(windows(dev), 2);
	writes(dev, 8);
}

TEST(dev, migration_refuses_arcs_that_are_none)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	refused(try_enter(dev, PINSCOPE_STATE_ERROR), EINVAL);
	refused(try_enter(dev, PINSCOPE_STATE_NR), EINVAL);
	refused(try_enter(dev, 1000), EINVAL);
	equal(state_of(dev), PINSCOPE_STATE_RUNNING);
	enter(dev, PINSCOPE_STATE_STOP_COPY);
	refused(try_enter(dev, PINSCOPE_STATE_PRE_COPY), EINVAL);
	equal(state_of(dev), PINSCOPE_STATE_STOP_COPY);
}

TEST(dev, stopped_device_does_no_dma)
{
	struct vm *vm = vm_new();
	struct device *dev = source(vm);

	memset(vm->ram, 0, RAM_SIZE);
	enter(dev, PINSCOPE_STATE_STOP);
	check(try_write(dev, 3) < 0);
	equal(vm->ram[3 * PAGE], 0);
	enter(dev, PINSCOPE_STATE_RUNNING_P2P);
	enter(dev, PINSCOPE_STATE_RUNNING);
	writes(dev, 3);
}

TEST(dev, stopped_device_takes_no_command)
{
	struct vm *vm = vm_new();
	struct device *dev = source(vm);

	enter(dev, PINSCOPE_STATE_STOP);
	refused(try_window(dev, 5), EBUSY);
	refused(try_command(dev, PINSCOPE_CMD_REMOVE_WINDOW, IOVA(3), PAGE),
		EBUSY);
	refused(try_command(dev, PINSCOPE_CMD_RAISE_IRQ, 0, 0), EBUSY);
	equal(windows(dev), 2);
	enter(dev, PINSCOPE_STATE_RUNNING);
	window(dev, 5);
}

/* It cannot tell whether memory or another device is meant */
TEST(dev, device_in_p2p_does_no_dma)
{
	struct vm *vm = vm_new();
	struct device *dev = source(vm);

	memset(vm->ram, 0, RAM_SIZE);
	enter(dev, PINSCOPE_STATE_RUNNING_P2P);
	refused(try_write(dev, 3), EBUSY);
	/* Only DMA: the rest of it works */
	window(dev, 5);
	enter(dev, PINSCOPE_STATE_RUNNING);
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	enter(dev, PINSCOPE_STATE_PRE_COPY_P2P);
	refused(try_write(dev, 3), EBUSY);
	equal(vm->ram[3 * PAGE], 0);
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	writes(dev, 3);
}

TEST(dev, migration_carries_the_state)
{
	struct vm *from = vm_new(), *to = vm_new();
	struct device *src = source(from), *dst = vm_emulated(to);
	uint32_t seed = reg(src, PINSCOPE_REG_SEED);
	uint32_t len = reg(src, PINSCOPE_REG_LEN);
	struct stream s = save(src);

	ok(try_load(dst, s.data, s.len));
	enter(dst, PINSCOPE_STATE_RUNNING);
	equal(windows(dst), 2);
	equal(pins(dst), 2);
	equal(reg(dst, PINSCOPE_REG_SEED), seed);
	equal(reg(dst, PINSCOPE_REG_LEN), len);
	writes(dst, 3);
	refused(try_write(dst, 4), EFAULT);
	start(to);
	same(dirty(to), P(3) | P(8));
}

TEST(dev, migration_carries_what_a_window_is_for)
{
	struct vm *from = vm_new(), *to = vm_new();
	struct device *src = source(from), *dst = vm_emulated(to);
	struct stream s;

	read_window(src, 5);
	s = save(src);
	ok(try_load(dst, s.data, s.len));
	enter(dst, PINSCOPE_STATE_RUNNING);
	equal(windows(dst), 3);
	writes(dst, 8);
	refused(try_write(dst, 5), EFAULT);
	start(to);
	same(dirty(to), P(3) | P(8));
}

/* What an unmap had left without pins is of no use on the other side either. */
TEST(dev, migration_carries_a_window_without_pins)
{
	struct vm *from = vm_new(), *to = vm_new();
	struct device *src, *dst;
	struct stream s;

	from->unmapped = true;
	to->unmapped = true;
	src = vm_emulated(from);
	dst = vm_emulated(to);
	map_pages(from, 0, 8);
	map_pages(from, 8, 8);
	map_pages(to, 0, 8);
	window(src, 3);
	window(src, 8);
	unmap_pages(from, 8, 8);
	s = save(src);
	ok(try_load(dst, s.data, s.len));
	enter(dst, PINSCOPE_STATE_RUNNING);
	equal(windows(dst), 2);
	equal(pins(dst), 1);
	writes(dst, 3);
	map_pages(to, 8, 8);
	refused(try_write(dst, 8), EFAULT);
	no_window(dst, 8);
	window(dst, 8);
	writes(dst, 8);
}

TEST(dev, migration_of_an_optin_device)
{
	struct vm *from = vm_new(), *to = vm_new();
	struct device *src = vm_optin(from, lone_edu(0), "start");
	struct device *dst = vm_optin(to, lone_edu(1), "start");
	struct stream s;

	window(src, 6);
	start(from);
	enter(src, PINSCOPE_STATE_PRE_COPY);
	s = save(src);
	ok(try_load(dst, s.data, s.len));
	enter(dst, PINSCOPE_STATE_RUNNING);
	equal(windows(dst), 1);
	equal(pins(dst), 0);
	writes(dst, 6);
	start(to);
	equal(pins(dst), 1);
	same(dirty(to), P(6));
}

TEST(dev, stream_may_come_in_pieces)
{
	struct vm *from = vm_new(), *to = vm_new();
	struct device *dst = vm_emulated(to);
	struct stream s = save(source(from));
	size_t i;

	enter(dst, PINSCOPE_STATE_RESUMING);
	for (i = 0; i < s.len; i++)
		ok(pinscope_migration_load(dst->data_fd, s.data + i, 1));
	enter(dst, PINSCOPE_STATE_RUNNING);
	equal(windows(dst), 2);
}

TEST(dev, truncated_stream_is_refused, .says = REFUSED)
{
	struct vm *from = vm_new(), *to = vm_new();
	struct device *dst = vm_emulated(to);
	struct stream s = save(source(from));

	refuses(dst, s.data, 0, "empty");
	refuses(dst, s.data, 1, "one byte long");
	refuses(dst, s.data, s.len / 2, "half");
	refuses(dst, s.data, s.len - 1, "short of one byte");
	ok(try_load(dst, s.data, s.len));
	enter(dst, PINSCOPE_STATE_RUNNING);
	equal(windows(dst), 2);
}

TEST(dev, oversized_stream_is_refused, .says = REFUSED)
{
	struct vm *from = vm_new(), *to = vm_new();
	struct device *dst = vm_emulated(to);
	struct stream s = save(source(from));
	uint8_t *longer = zalloc(s.len + 65536);

	memcpy(longer, s.data, s.len);
	refuses(dst, longer, s.len + 1, "one byte too long");
	refuses(dst, longer, s.len + 65536, "far too long");
}

TEST(dev, bit_flipped_stream_is_refused, .says = REFUSED, .limit = 60)
{
	struct vm *from = vm_new(), *to = vm_new();
	struct device *dst = vm_emulated(to);
	struct stream s = save(source(from));
	size_t i, step = s.len > 64 ? s.len / 64 : 1;

	/* The beginning holds magic, version and length: every byte of it. */
	for (i = 0; i < s.len; i += i < 24 ? 1 : step) {
		s.data[i] ^= 1u << i % 8;
		refuses(dst, s.data, s.len,
			text("flipped in byte %zu of %zu", i, s.len));
		s.data[i] ^= 1u << i % 8;
	}
	ok(try_load(dst, s.data, s.len));
}

/* The length of the first record is that of all memory there is, and more */
TEST(dev, stream_longer_than_memory_is_refused, .says = REFUSED)
{
	struct vm *from = vm_new(), *to = vm_new();
	struct device *dst = vm_emulated(to);
	struct stream s = save(source(from));

	memset(s.data + 8, 0xff, 4);
	refuses(dst, s.data, s.len, "longer than memory");
}

TEST(dev, stream_of_windows_that_are_not_mapped_is_refused, .says = "*cannot be registered*")
{
	struct vm *from = vm_new(), *to = vm_new();
	struct device *dst;
	struct stream s = save(source(from));

	to->unmapped = true;
	dst = vm_emulated(to);
	refuses(dst, s.data, s.len, "of windows that are not mapped");
}

TEST(dev, foreign_stream_is_refused, .says = REFUSED)
{
	struct vm *vm = vm_new();
	struct device *dst = vm_emulated(vm);
	uint8_t *junk = zalloc(4096);
	int i;

	refuses(dst, junk, 4096, "all zero");
	for (i = 0; i < 4096; i++)
		junk[i] = i * 37 + (i >> 8);
	refuses(dst, junk, 4096, "junk");
	memset(junk, 0xff, 4096);
	refuses(dst, junk, 4096, "all ones");
}

/* Its state is of no use to a device that pins in another way */
TEST(dev, stream_of_another_driver_is_refused, .says = "*this is a device of*")
{
	struct vm *from = vm_new(), *to = vm_new();
	struct device *dst = vm_optin(to, lone_edu(0), "start");
	struct stream s = save(source(from));

	enter(dst, PINSCOPE_STATE_RESUMING);
	refused(pinscope_migration_load(dst->data_fd, s.data, s.len), ENODEV);
	/* Whatever comes after it */
	refused(pinscope_migration_load(dst->data_fd, s.data, s.len), ENODEV);
	refused(try_enter(dst, PINSCOPE_STATE_STOP), ENODEV);
	equal(state_of(dst), PINSCOPE_STATE_ERROR);
}

TEST(dev, data_session_is_a_stream_of_one_direction)
{
	/* argsz, flags and two sizes: shorter than that by one */
	uint32_t info[6] = { sizeof(info) - 1 };
	struct vm *vm = vm_new();
	struct device *dev = source(vm);
	char buf[16];

	enter(dev, PINSCOPE_STATE_PRE_COPY);
	check(pread(dev->data_fd, buf, sizeof(buf), 0) < 0);
	equal(errno, ESPIPE);
	check(write(dev->data_fd, buf, sizeof(buf)) < 0);
	equal(errno, EBADF);
	refused(raw(dev->data_fd, GET_PRECOPY_INFO, info), EINVAL);
	refused(raw(dev->data_fd, GET_PRECOPY_INFO, NULL), EFAULT);
	refused(raw(dev->data_fd, VFIO_DEVICE_RESET, NULL), ENOTTY);
	enter(dev, PINSCOPE_STATE_RUNNING);
	enter(dev, PINSCOPE_STATE_STOP);
	enter(dev, PINSCOPE_STATE_RESUMING);
	check(pwrite(dev->data_fd, buf, sizeof(buf), 0) < 0);
	equal(errno, ESPIPE);
	check(read(dev->data_fd, buf, sizeof(buf)) < 0);
	equal(errno, EBADF);
}

TEST(dev, precopy_has_a_temporary_end)
{
	struct pinscope_precopy_info info;
	struct vm *vm = vm_new();
	struct device *dev = source(vm);
	char buf[4096];
	ssize_t n;

	enter(dev, PINSCOPE_STATE_PRE_COPY);
	ok(pinscope_migration_get_precopy_info(dev->data_fd, &info));
	check(info.initial_bytes > 0);
	do
		n = read(dev->data_fd, buf, sizeof(buf));
	while (n > 0);
	equal(n, -1);
	equal(errno, ENOMSG);
	ok(pinscope_migration_get_precopy_info(dev->data_fd, &info));
	equal(info.initial_bytes, 0);
	enter(dev, PINSCOPE_STATE_STOP_COPY);
	refused(pinscope_migration_get_precopy_info(dev->data_fd, &info),
		EINVAL);
	do
		n = read(dev->data_fd, buf, sizeof(buf));
	while (n > 0);
	equal(n, 0);
}

TEST(dev, data_fd_outlives_its_session_harmlessly)
{
	struct vm *vm = vm_new();
	struct device *dev = source(vm);
	char buf[64];
	int fd;

	enter(dev, PINSCOPE_STATE_STOP_COPY);
	fd = dup(dev->data_fd);
	enter(dev, PINSCOPE_STATE_RUNNING);
	check(read(fd, buf, sizeof(buf)) < 0);
	close_device(dev);
	check(read(fd, buf, sizeof(buf)) < 0);
	close(fd);
	open_device(dev);
	enter(dev, PINSCOPE_STATE_STOP);
	enter(dev, PINSCOPE_STATE_RESUMING);
	fd = dup(dev->data_fd);
	close_device(dev);
	check(write(fd, buf, sizeof(buf)) < 0);
	equal(errno, ENODEV);
	close(fd);
}

TEST(dev, migration_tells_its_size)
{
	struct vm *vm = vm_new();
	struct device *dev = source(vm);
	uint64_t size;
	struct stream s;

	ok(pinscope_migration_get_data_size(dev->dev, &size));
	s = save(dev);
	check(size >= s.len);
}

TEST(dev, reset_ends_a_migration)
{
	struct vm *vm = vm_new();
	struct device *dev = source(vm);

	enter(dev, PINSCOPE_STATE_STOP_COPY);
	reset(dev);
	equal(state_of(dev), PINSCOPE_STATE_RUNNING);
	enter(dev, PINSCOPE_STATE_STOP);
	enter(dev, PINSCOPE_STATE_RESUMING);
	reset(dev);
	equal(state_of(dev), PINSCOPE_STATE_RUNNING);
	window(dev, 3);
	writes(dev, 3);
}

TEST(dev, stream_that_goes_on_after_its_end_is_refused, .says = REFUSED)
{
	struct vm *from = vm_new(), *to = vm_new();
	struct device *dst = vm_emulated(to);
	struct stream s = save(source(from));

	enter(dst, PINSCOPE_STATE_RESUMING);
	ok(pinscope_migration_load(dst->data_fd, s.data, s.len));
	refused(pinscope_migration_load(dst->data_fd, s.data, 1), EBADMSG);
	refused(try_enter(dst, PINSCOPE_STATE_STOP), EBADMSG);
	equal(state_of(dst), PINSCOPE_STATE_ERROR);
}
