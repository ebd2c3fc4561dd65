// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit tests of recordings: what the recorder writes, and how it is read.
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

int read_text(const char *text, struct pinscope_recording *recording,
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

static void test_malformed(void)
{
	static const struct {
		const char *name;
		const char *text;
		unsigned long line;
	} cases[] = {
		{ "other_file", "hello\n", 1 },
		{ "cut_first_line", "# pinscope rec", 1 },
		{ "no_time", HEAD "start\n", 2 },
		{ "no_container", HEAD "1 7 start 0\n", 2 },
		{ "unknown_event", HEAD "# fine\n1 7:3 begin 0\n", 3 },
		{ "no_error", HEAD "1 7:3 start\n", 2 },
		{ "no_range", HEAD "1 7:3 get 0\n", 2 },
		{ "decimal_address", HEAD "1 7:3 get 0 4096 0x1000 0x1000 0\n", 2 },
		{ "odd_page_size", HEAD "1 7:3 get 0 0x0 0x3000 0x3000 0\n", 2 },
		{ "tiny_page_size", HEAD "1 7:3 get 0 0x0 0x3000 0x200 0\n", 2 },
		{ "unaligned", HEAD "1 7:3 unmap 0 0x1 0xa0000 0x1000 0\n", 2 },
		{ "wraps", HEAD "1 7:3 get 0 0xfffffffffffff000 0x2000 0x1000 0\n", 2 },
		{ "words_left", HEAD "1 7:3 start 0 0x0\n", 2 },
		{ "ranges_of_none", HEAD "1 7:3 get 0 0x0 0x4000 0x1000 0 1\n", 2 },
		{ "no_page", HEAD "1 7:3 get 0 0x0 0x4000 0x1000 1 one\n", 2 },
		{ "backwards", HEAD "1 7:3 get 0 0x0 0x4000 0x1000 2 3,1\n", 2 },
		{ "beyond", HEAD "1 7:3 get 0 0x0 0x4000 0x1000 1 4\n", 2 },
		{ "too_few", HEAD "1 7:3 get 0 0x0 0x4000 0x1000 2 1\n2 7:3 stop 0\n", 2 },
		{ "too_many", HEAD "1 7:3 get 0 0x0 0x4000 0x1000 1 1-2\n", 2 },
		{ "more_than_asked", HEAD "1 7:3 get 0 0x0 0x4000 0x1000 5 1\n", 2 },
		{ "range_absurd", HEAD "1 7:3 get 0 0x0 0x4000 0x1000 1 0-18446744073709551615\n",
		  2 },
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

/* The word that is wrong is told; a recording that makes no sense leaves nothing. */
static void test_value(void)
{
	struct pinscope_recording_fault fault;
	struct pinscope_recording recording;

	check(read_text(HEAD "1 7:3 unmap 0 0x1 0xa0000 0x1000 0\n", &recording, &fault) ==
	      -EBADMSG && !strcmp(fault.value, "0x1"), "recording.value");
	check(read_text(HEAD "1 7:3 0123456789012345678901234567890123456789012345 0\n",
			&recording, &fault) == -EBADMSG &&
	      strlen(fault.value) == sizeof(fault.value) - 1, "recording.long_value");
}

static bool is_cut(const char *text, size_t events)
{
	struct pinscope_recording_fault fault;
	struct pinscope_recording recording;
	bool good;

	if (read_text(text, &recording, &fault))
		return false;
	good = recording.cut && recording.nr == events;
	pinscope_recording_release(&recording);
	return good;
}

static void test_cut(void)
{
	static const char whole[] = HEAD "1 7:3 start 0\n"
		"2 7:3 get 0 0x0 0x8000 0x1000 3 1-2\n2 7:3 more 5\n"
		"3 7:3 get 0 0x0 0x8000 0x1000 0\n";
	struct pinscope_recording_fault fault;
	struct pinscope_recording recording;
	char text[sizeof(whole)];
	bool good = true;
	size_t len;

	check(is_cut(HEAD "1 7:3 start 0\n1 7:3 st", 1), "recording.cut_in_last_line");
	check(is_cut(HEAD "1 7:3 start 0\n2 7:3 get 0 0x0 0x8000 0x1000 3 1-2\n", 1),
	      "recording.cut_before_more");
	check(is_cut(HEAD "2 7:3 get 0 0x0 0x8000 0x1000 3 1-2\n" HEAD "3 8:3 start 0\n", 1),
	      "recording.cut_and_gone_on_with");
	for (len = sizeof(HEAD) - 1; len < sizeof(whole); len++) {
		memcpy(text, whole, len);
		text[len] = '\0';
		if (read_text(text, &recording, &fault)) {
			good = false;
			continue;
		}
		/* Only at the end of a line that ends an event is all there. */
		good &= recording.cut || !len || text[len - 1] == '\n';
		pinscope_recording_release(&recording);
	}
	check(good, "recording.cut_anywhere");
}

void test_recording(void)
{
	test_malformed();
	test_value();
	test_cut();
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
