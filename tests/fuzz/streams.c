// SPDX-License-Identifier: GPL-2.0
/*
 * Migration streams that were recorded, then changed. Each must be accepted or
 * refused: a device that refused one is in ERROR and comes back by a reset; one that
 * accepted it goes on, and what it saves is accepted again. Half of the changed ones
 * have the right checksums, as who attacks can compute these too.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include <conformance/fixtures/stream.h>
#include <conformance/fixtures/vm.h>
#include <fuzz/fuzz.h>
#include <harness/kernel.h>
#include <harness/sim.h>

#define STREAM_MAX 65536

struct stream {
	uint8_t data[STREAM_MAX];
	size_t len;
};

static void save(struct device *dev, struct stream *s)
{
	void *data;

	enter(dev, PINSCOPE_STATE_STOP_COPY);
	ok(pinscope_migration_save(dev->data_fd, &data, &s->len));
	check(s->len <= STREAM_MAX);
	memcpy(s->data, data, s->len);
	free(data);
	enter(dev, PINSCOPE_STATE_STOP);
}

static bool load(struct device *dev, const struct stream *s)
{
	int ret;

	enter(dev, PINSCOPE_STATE_RESUMING);
	ret = pinscope_migration_load(dev->data_fd, s->data, s->len);
	if (try_enter(dev, PINSCOPE_STATE_STOP))
		return false;
	if (ret)
		fail("a stream was refused (%d), its end accepted", ret);
	return true;
}

static void change(struct stream *s)
{
	static const uint32_t words[] = { 0, 1, 0x7fffffff, 0x80000000, 0xffffffff,
		4096, 0xfffff000, 64, 65, 16 };
	int times = 1 + draw_below(3);
	uint32_t word;
	size_t at, len;

	while (times-- && s->len > 4) {
		at = draw_below(s->len - 3);
		switch (draw_below(6)) {
		case 0:
			s->len = at;
			break;
		case 1:
			len = draw_below(s->len - at) + 1;
			if (s->len + len <= STREAM_MAX) {
				memmove(s->data + at + len, s->data + at, s->len - at);
				s->len += len;
			}
			break;
		case 2:
			s->data[at] ^= 1 << draw_below(8);
			break;
		case 3:
			word = htole32(words[draw_below(10)]);
			memcpy(s->data + (at & ~3ul), &word, sizeof(word));
			break;
		case 4:
			/* The numbers at the begin of the second record */
			at = 48 + 4 * draw_below(24);
			word = htole32(words[draw_below(10)]);
			if (at + 4 <= s->len)
				memcpy(s->data + at, &word, sizeof(word));
			break;
		default:
			s->data[at] = draw();
		}
	}
	if (draw_below(2))
		stream_seal(s->data, s->len);
}

static void show(const char *what, const struct stream *s)
{
	size_t i;

	printf("%s: stream", what);
	for (i = 0; i < s->len && i < 4096; i++)
		printf("%s%02x", i % 32 ? "" : "\n+ ", s->data[i]);
	printf("\n");
	fflush(stdout);
}

static void try_stream(struct device *dev, const struct stream *s,
		       unsigned long *accepted)
{
	struct stream again;

	if (!load(dev, s)) {
		if (state_of(dev) != PINSCOPE_STATE_ERROR) {
			show("bad", s);
			fail("a device that refused a stream is in %s",
			     pinscope_migration_state_name(state_of(dev)));
		}
		reset(dev);
	} else {
		++*accepted;
		enter(dev, PINSCOPE_STATE_RUNNING);
		try_command(dev, PINSCOPE_CMD_DMA_WRITE, IOVA(3), 16);
		save(dev, &again);
		if (!load(dev, &again)) {
			show("bad", s);
			fail("what a device saved is not accepted");
		}
		reset(dev);
	}
	equal(state_of(dev), PINSCOPE_STATE_RUNNING);
	equal(windows(dev), 0);
	if (klog_check(FUZZ_LOG, NULL, NULL, false)) {
		show("bad", s);
		fail("the kernel complains after the stream above");
	}
}

unsigned long try_streams(uint64_t seconds, unsigned long nr)
{
	static const char * const drivers[] = { EMULATED, OPTIN, HWLOG };
	struct stream *recorded = zalloc(3 * sizeof(*recorded));
	unsigned long streams = 0, accepted = 0;
	uint64_t begin, shown;
	struct device *dev[3];
	struct vm *vm = vm_new();
	struct stream s;
	int i;

	for (i = 0; i < 3; i++) {
		dev[i] = vm_add(vm, mdev_new(drivers[i], i ?
					     sim_new(SIM_GROUP + 60 + i, NULL) :
					     NULL));
		window(dev[i], 3);
		window(dev[i], 8);
		writes(dev[i], 3);
		save(dev[i], &recorded[i]);
		reset(dev[i]);
	}
	if (!klog_open())
		fail("the kernel's log cannot be read");

	begin = now_ms();
	shown = begin;
	while (nr ? streams < nr : now_ms() < begin + seconds * 1000) {
		i = draw_below(3);
		/* Now and then the stream of another kind of device */
		s = recorded[draw_below(8) ? (unsigned int)i : draw_below(3)];
		change(&s);
		/* For the host, which keeps the last one; a fixed number has a seed */
		if (!nr)
			show("program", &s);
		try_stream(dev[i], &s, &accepted);
		streams++;
		if (now_ms() > shown + 15000) {
			shown = now_ms();
			printf("%lu streams, %.0f a second; %lu accepted\n",
			       streams, streams * 1e3 / (shown - begin), accepted);
		}
	}
	printf("figure a_second=%.0f\n", streams * 1e3 / (now_ms() - begin + 1));
	printf("figure accepted=%lu\n", accepted);
	check(accepted);
	return streams;
}
