// SPDX-License-Identifier: GPL-2.0
/* The state of an assigned function, from one to another. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <harness/assigned.h>

#include "fixtures/edu.h"
#include "fixtures/stream.h"

#define VALUE 0x4d

static struct device *assigned(struct vm *vm, int n)
{
	struct device *dev = device_of_bound(vm, assigned_function(n, NULL));

	attach(dev);
	open_device(dev);
	return dev;
}

static size_t save(struct device *dev, void **data)
{
	size_t len;

	enter(dev, PINSCOPE_STATE_STOP_COPY);
	ok(pinscope_migration_save(dev->data_fd, data, &len));
	enter(dev, PINSCOPE_STATE_STOP);
	return len;
}

static int try_load(struct device *dev, const void *data, size_t len)
{
	int ret, err;

	enter(dev, PINSCOPE_STATE_RESUMING);
	ret = pinscope_migration_load(dev->data_fd, data, len);
	err = try_enter(dev, PINSCOPE_STATE_STOP);
	return ret ? ret : err;
}

/* All that a guest can have there. */
static void use(struct device *dev)
{
	edu_put(dev, EDU_LIVE, 0x600d);
	edu_put(dev, EDU_FACT, 7);
	check(comes_true(!(edu_get(dev, EDU_STATUS) & EDU_STATUS_COMPUTING), 5000));
	edu_put(dev, EDU_STATUS, EDU_STATUS_IRQFACT);
	edu_put(dev, EDU_IRQ_RAISE, 0x70);
	edu_put(dev, EDU_IRQ_ACK, 0x20);
	edu_fill(dev, 1, VALUE);
	ok(edu_try_put(dev, EDU_DMA_DST, IOVA(2), 8));
}

static void is_the_same(struct device *dev, int page)
{
	uint64_t value;

	equal(edu_get(dev, EDU_LIVE), ~0x600du);
	equal(edu_get(dev, EDU_FACT), 5040);
	equal(edu_get(dev, EDU_STATUS), EDU_STATUS_IRQFACT);
	equal(edu_get(dev, EDU_IRQ_STATUS), 0x50);
	ok(edu_try_get(dev, EDU_DMA_SRC, &value, 8));
	check(value == IOVA(1));
	ok(edu_try_get(dev, EDU_DMA_DST, &value, 8));
	check(value == IOVA(2));
	memset(dev->vm->ram + page * PAGE, 0, PAGE);
	ok(edu_try_write(dev, page));
	edu_ends(dev);
	check(edu_has_written(dev, page, VALUE));
}

TEST(assigned, state_migrates)
{
	struct vm *vm = vm_new(), *there = vm_new();
	struct device *from = assigned(vm, 0), *to = assigned(there, 1);
	void *data;
	size_t len;

	use(from);
	len = save(from, &data);
	use(to);
	edu_put(to, EDU_IRQ_RAISE, 0x80);
	edu_put(to, EDU_LIVE, 1);
	ok(try_load(to, data, len));
	enter(to, PINSCOPE_STATE_RUNNING);
	is_the_same(to, 5);
	/* A factorial begun after that is computed, and tells */
	edu_put(to, EDU_FACT, 3);
	check(comes_true(edu_get(to, EDU_IRQ_STATUS) & 1, 5000));
	equal(edu_get(to, EDU_FACT), 6);
	/* The other one goes on, if that is cancelled */
	enter(from, PINSCOPE_STATE_RUNNING);
	is_the_same(from, 5);
}

/* Its end, and its interrupt, come on the other side. */
TEST(assigned, factorial_goes_on)
{
	struct vm *vm = vm_new(), *there = vm_new();
	struct device *from = assigned(vm, 0), *to = assigned(there, 1);
	void *data;
	size_t len;

	edu_put(from, EDU_STATUS, EDU_STATUS_IRQFACT);
	edu_put(from, EDU_FACT, 400000000);
	/* As it computes, it does not take another one */
	edu_put(from, EDU_FACT, 3);
	len = save(from, &data);
	equal(edu_get(from, EDU_IRQ_STATUS), 0);
	ok(try_load(to, data, len));
	equal(edu_get(to, EDU_IRQ_STATUS), 0);
	enter(to, PINSCOPE_STATE_RUNNING);
	check(comes_true(edu_get(to, EDU_IRQ_STATUS) & 1, 20000));
	check(!(edu_get(to, EDU_STATUS) & EDU_STATUS_COMPUTING));
	equal(edu_get(to, EDU_FACT), 0);
	enter(from, PINSCOPE_STATE_RUNNING);
	check(comes_true(edu_get(from, EDU_IRQ_STATUS) & 1, 20000));
}

TEST(assigned, precopy_says_who_it_is)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, 0);
	struct pinscope_precopy_info info;
	uint8_t early[64], *all;
	uint64_t bytes;
	ssize_t n;
	size_t len;

	use(dev);
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	ok(pinscope_migration_get_data_size(dev->dev, &bytes));
	ok(pinscope_migration_get_precopy_info(dev->data_fd, &info));
	check(info.initial_bytes && info.initial_bytes <= sizeof(early));
	n = read(dev->data_fd, early, sizeof(early));
	equal(n, info.initial_bytes);
	check(read(dev->data_fd, early, sizeof(early)) < 0 && errno == ENOMSG);
	edu_fill(dev, 1, VALUE);
	enter(dev, PINSCOPE_STATE_STOP_COPY);
	check(pinscope_migration_get_precopy_info(dev->data_fd, &info) < 0);
	ok(pinscope_migration_save(dev->data_fd, (void **)&all, &len));
	equal(len + n, bytes);
}

static void load_is_refused(struct device *dev, const void *data, size_t len,
			    int err)
{
	refused(try_load(dev, data, len), err);
	equal(state_of(dev), PINSCOPE_STATE_ERROR);
	refused(edu_try_put(dev, EDU_LIVE, 0, 4), EIO);
	reset(dev);
	equal(edu_get(dev, EDU_LIVE), 0);
}

TEST(assigned, streams_that_are_no_good)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, 0);
	uint8_t *data, longer[8192] = { 0 };
	size_t len, at;

	use(dev);
	len = save(dev, (void **)&data);
	reset(dev);
	load_is_refused(dev, data, 0, EBADMSG);
	load_is_refused(dev, data, 4, EBADMSG);
	load_is_refused(dev, data, len - 1, EBADMSG);
	check(len < sizeof(longer));
	memcpy(longer, data, len);
	load_is_refused(dev, longer, len + 1, EFBIG);
	/* The magic, the version, the function, the length: another kind; then damage */
	for (at = 0; at < len; at += at < 16 ? 4 : 1021) {
		data[at] ^= 0x10;
		load_is_refused(dev, data, len, at < 16 ? EPROTO : EBADMSG);
		data[at] ^= 0x10;
	}
	ok(try_load(dev, data, len));
	enter(dev, PINSCOPE_STATE_RUNNING);
	is_the_same(dev, 6);
}

TEST(assigned, stream_ends_with_its_state)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, 0);
	char byte;
	int fd;

	enter(dev, PINSCOPE_STATE_STOP_COPY);
	fd = dup(dev->data_fd);
	enter(dev, PINSCOPE_STATE_STOP);
	check(read(fd, &byte, 1) < 0 && errno == ENODEV);
	close(fd);
	enter(dev, PINSCOPE_STATE_RESUMING);
	fd = dup(dev->data_fd);
	reset(dev);
	check(write(fd, &byte, 1) < 0 && errno == ENODEV);
	close_device(dev);
	close(fd);
}

TEST(assigned, states_that_are_none_are_refused)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, 0);

	refused(try_enter(dev, PINSCOPE_STATE_ERROR), EINVAL);
	refused(try_enter(dev, (enum pinscope_migration_state)99), EINVAL);
	equal(state_of(dev), PINSCOPE_STATE_RUNNING);
}

TEST(assigned, precopy_info_of_bad_arguments)
{
	/* argsz, flags and two sizes: shorter than that by one */
	uint32_t info[6] = { sizeof(info) - 1 };
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, 0);
	int fd;

	enter(dev, PINSCOPE_STATE_PRE_COPY);
	fd = dup(dev->data_fd);
	refused(raw(fd, GET_PRECOPY_INFO, info), EINVAL);
	refused(raw(fd, GET_PRECOPY_INFO, NULL), EFAULT);
	refused(raw(fd, VFIO_DEVICE_RESET, NULL), ENOTTY);
	enter(dev, PINSCOPE_STATE_RUNNING);
	info[0] = sizeof(info);
	refused(raw(fd, GET_PRECOPY_INFO, info), ENODEV);
	close(fd);
}
