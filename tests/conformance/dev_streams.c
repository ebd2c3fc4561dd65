// SPDX-License-Identifier: GPL-2.0
/*
 * Streams that are whole, but say what no device says of itself: the checksums are
 * right, as those of whoever attacks would be.
 */
#include <endian.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fixtures/stream.h"
#include "fixtures/vm.h"

#define REFUSED "migration refused"

static uint8_t *stream_of(struct device *dev, size_t *len)
{
	void *data;

	enter(dev, PINSCOPE_STATE_STOP_COPY);
	ok(pinscope_migration_save(dev->data_fd, &data, len));
	reset(dev);
	return data;
}

static void is_refused(struct device *dev, uint8_t *data, size_t len, int err)
{
	stream_seal(data, len);
	enter(dev, PINSCOPE_STATE_RESUMING);
	refused(write(dev->data_fd, data, len) < 0 ? -errno : 0, err);
	check(try_enter(dev, PINSCOPE_STATE_STOP) < 0);
	equal(state_of(dev), PINSCOPE_STATE_ERROR);
	reset(dev);
	equal(windows(dev), 0);
}

TEST(dev, stream_of_windows_that_are_no_good_is_refused, .says = REFUSED)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	struct stream_window *w, good;
	uint8_t *data;
	size_t len;

	window(dev, 3);
	window(dev, 8);
	data = stream_of(dev, &len);
	w = stream_windows(data, len, 2);
	good = w[1];
	check(le64toh(good.iova) == IOVA(3) || le64toh(good.iova) == IOVA(8));

	w[1].iova = w[0].iova;
	is_refused(dev, data, len, EBADMSG);
	w[1] = good;
	w[1].flags = htole32(0x80);
	is_refused(dev, data, len, EBADMSG);
	w[1] = good;
	w[1].len = 0;
	is_refused(dev, data, len, EBADMSG);
	w[1] = good;
	w[1].iova = htole64(-(uint64_t)PAGE);
	w[1].len = htole32(2 * PAGE);
	is_refused(dev, data, len, EBADMSG);

	w[1] = good;
	stream_seal(data, len);
	enter(dev, PINSCOPE_STATE_RESUMING);
	ok(pinscope_migration_load(dev->data_fd, data, len));
	enter(dev, PINSCOPE_STATE_RUNNING);
	equal(windows(dev), 2);
}

TEST(dev, stream_of_records_that_are_too_short_is_refused, .says = REFUSED)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	struct stream_record *hello, *state;
	uint32_t whole;
	uint8_t *data;
	size_t len;

	data = stream_of(dev, &len);
	hello = (void *)data;
	whole = hello->length;
	state = (void *)((uint8_t *)(hello + 1) + le32toh(whole));
	hello->length = htole32(4);
	is_refused(dev, data, sizeof(*hello) + 4, EBADMSG);
	hello->length = whole;
	state->length = htole32(4);
	is_refused(dev, data, (uint8_t *)(state + 1) + 4 - data, EBADMSG);
}
