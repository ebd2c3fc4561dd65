// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit tests of recordings: what the recorder writes, how it is read, and how
 * it is grouped into rounds.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <pinscope/pinscope.h>

#include "event.h"
#include "unit.h"

#define HEAD	"# pinscope recording 1: process 7, vmm\n"

static int read_text(const char *text, struct pinscope_recording *recording,
		     struct pinscope_recording_fault *fault)
{
	FILE *in = fmemopen((void *)text, strlen(text), "r");
	int ret;

	if (!in)
		return -errno;
	ret = pinscope_recording_read(in, recording, fault);
	fclose(in);
	return ret;
}

static void test_rounds(void)
{
	static const char text[] = HEAD
		"100 7:3 start 0\n"
		"110 7:3 get 0 0x0 0x10000 0x1000 16 0-15\n"
		"111 7:3 get 0 0x100000 0x10000 0x1000 3 1,4-5\n"
		"111 7:4 get 0 0x0 0x10000 0x1000 2 0-1\n"
		"150 7:3 get 0 0x0 0x10000 0x1000 0\n"
		"151 7:3 get 0 0x100000 0x10000 0x1000 5 2-4\n"
		"151 7:3 more 8-9\n"
		"152 7:3 unmap 0 0x100000 0x10000 0x1000 2 4,15\n"
		"160 7:3 stop 0\n"
		"# again\n"
		"200 7:3 start 0\n"
		"210 7:3 get 22 0x300000 0x10000 0x1000 0\n"
		"211 7:3 get 14\n";
	struct pinscope_recording_fault fault;
	struct pinscope_recording recording;
	struct pinscope_round *rounds;
	size_t nr;

	if (read_text(text, &recording, &fault)) {
		check(false, "recording.read");
		return;
	}
	check(recording.nr == 11 && recording.events[1].dirty == 16 &&
	      recording.events[5].nr_ranges == 2 && recording.events[10].error == EFAULT,
	      "recording.read");
	check(!pinscope_rounds_find(&recording, &rounds, &nr) && nr == 3, "rounds.find");
	if (nr == 3) {
		check(rounds[0].gets == 3 && rounds[0].asked_pages == 32 &&
		      rounds[0].dirty_pages == 19 && rounds[0].nr_dirty == 3,
		      "rounds.two_containers_count_once");
		check(rounds[0].start_ms == 110 && rounds[0].end_ms == 111, "rounds.times");
		check(rounds[1].gets == 2 && rounds[1].unmaps == 1 && rounds[1].dirty_pages == 6,
		      "rounds.unmap_belongs_to_round");
		check(rounds[2].gets == 2 && rounds[2].failed == 2 && !rounds[2].asked_pages,
		      "rounds.stop_ends_round");
	}
	pinscope_rounds_free(rounds, nr);
	pinscope_recording_release(&recording);
}

static void test_malformed(void)
{
	static const struct {
		const char *name;
		const char *text;
		unsigned long line;
	} cases[] = {
		{ "other_file", "hello\n", 1 },
		{ "cut_off", HEAD "1 7:3 start 0\n1 7:3 st", 3 },
		{ "no_time", HEAD "start\n", 2 },
		{ "no_container", HEAD "1 7 start 0\n", 2 },
		{ "unknown_event", HEAD "# fine\n1 7:3 begin 0\n", 3 },
		{ "no_error", HEAD "1 7:3 start\n", 2 },
		{ "no_range", HEAD "1 7:3 get 0\n", 2 },
		{ "decimal_address", HEAD "1 7:3 get 0 4096 0x1000 0x1000 0\n", 2 },
		{ "odd_page_size", HEAD "1 7:3 get 0 0x0 0x3000 0x3000 0\n", 2 },
		{ "wraps", HEAD "1 7:3 get 0 0xfffffffffffff000 0x2000 0x1000 0\n", 2 },
		{ "words_left", HEAD "1 7:3 start 0 0x0\n", 2 },
		{ "ranges_of_none", HEAD "1 7:3 get 0 0x0 0x4000 0x1000 0 1\n", 2 },
		{ "no_page", HEAD "1 7:3 get 0 0x0 0x4000 0x1000 1 one\n", 2 },
		{ "backwards", HEAD "1 7:3 get 0 0x0 0x4000 0x1000 2 3,1\n", 2 },
		{ "beyond", HEAD "1 7:3 get 0 0x0 0x4000 0x1000 1 4\n", 2 },
		{ "too_few", HEAD "1 7:3 get 0 0x0 0x4000 0x1000 2 1\n2 7:3 stop 0\n", 2 },
		{ "more_of_nothing", HEAD "1 7:3 more 1\n", 2 },
		{ "more_after_stop", HEAD "1 7:3 get 0 0x0 0x4000 0x1000 2 1\n"
		  "1 7:3 stop 0\n1 7:3 more 2\n", 4 },
	};
	struct pinscope_recording_fault fault;
	struct pinscope_recording recording;
	char name[64];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(name, sizeof(name), "recording.malformed.%s", cases[i].name);
		fault.line = 0;
		check(read_text(cases[i].text, &recording, &fault) == -EBADMSG &&
		      fault.line == cases[i].line && !recording.events, name);
	}
}

void test_recording(void)
{
	test_rounds();
	test_malformed();
}

/* ---- what the recorder writes ---- */

#define PAGES	100000u

static void flip(uint64_t *words, uint64_t page)
{
	words[page / 64] ^= 1ull << (page % 64);
}

static void test_written(void)
{
	static uint64_t words[(PAGES + 63) / 64];
	struct record_event event = {
		.kind = "get",
		.container = 5,
		.has_range = true,
		.iova = 0x100000,
		.size = PAGES * 4096ull,
		.bitmap = {
			.pgsize = 4096,
			.size = sizeof(words),
			.data = (void *)words,
		},
	};
	struct pinscope_recording_fault fault;
	struct pinscope_recording recording;
	const struct pinscope_event *got;
	FILE *file = tmpfile();
	uint64_t page, left = 0;
	size_t i;

	if (!file) {
		check(false, "recorder.file");
		return;
	}
	/* Every third page, and a run over many words: no line holds it all. */
	for (page = 0; page < PAGES; page++)
		if (page % 3 == 0 || (page > 1000 && page < 3000))
			flip(words, page);
	record_header(fileno(file));
	record_write(fileno(file), &event);
	event.error = EINVAL;
	record_write(fileno(file), &event);
	rewind(file);

	if (pinscope_recording_read(file, &recording, &fault) || recording.nr != 2) {
		check(false, "recorder.written_is_read");
		fclose(file);
		return;
	}
	check(true, "recorder.written_is_read");
	got = &recording.events[0];
	check(got->container == 5 && got->pid == getpid() && got->iova == event.iova &&
	      got->size == event.size && got->page_size == 4096, "recorder.what_was_asked");
	for (i = 0; i < got->nr_ranges; i++)
		for (page = 0; page < got->ranges[i].count; page++)
			flip(words, got->ranges[i].first + page);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		left |= words[i];
	check(!left, "recorder.every_page");
	check(recording.events[1].error == EINVAL && !recording.events[1].dirty,
	      "recorder.failure_has_no_pages");
	pinscope_recording_release(&recording);
	fclose(file);
}

/* The ioctl() called here is the recorder's, linked in. */
static void test_passed_on(void)
{
	int ends[2], value = 0;

	if (pipe2(ends, O_CLOEXEC)) {
		check(false, "recorder.pipe");
		return;
	}
	check(write(ends[1], "abc", 3) == 3 && !ioctl(ends[0], FIONREAD, &value) && value == 3,
	      "recorder.passes_on");
	errno = 0;
	check(ioctl(-1, FIONREAD, &value) == -1 && errno == EBADF, "recorder.keeps_errno");
	errno = 0;
	check(ioctl(ends[0], VFIO_IOMMU_DIRTY_PAGES, NULL) == -1 && errno == ENOTTY,
	      "recorder.leaves_others_alone");
	close(ends[0]);
	close(ends[1]);
}

void test_recorder(void)
{
	test_written();
	test_passed_on();
}
