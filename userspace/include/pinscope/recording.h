/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: recordings of dirty tracking
 *
 * The library libpinscope-record.so, preloaded into a user of VFIO, writes what
 * containers answer about dirty pages. A recording is text, a line an event::
 *
 *   # pinscope recording 1: process 412, qemu-system-x86_64
 *   81234 412:17 start 0
 *   81240 412:17 get 0 0x0 0x4000000 0x1000 19 256-271,300,9000-9001
 *   81244 412:17 unmap 0 0xfe000000 0x1000 0x1000 0
 *   81301 412:17 stop 0
 *
 * The words are: milliseconds of CLOCK_MONOTONIC; process and its descriptor of
 * the container; what was asked; 0 or the errno of the answer. For get and
 * unmap: first address, bytes and page size as asked for; how many pages are
 * dirty; which, as page numbers counted from the first address. A line
 * "TIME PROCESS:CONTAINER more RANGES" goes on with the ranges of the last event
 * of the container. Lines that begin with "#" are comments; a recording begins
 * with the comment above.
 *
 * A round is what a hypervisor asks to bring its view of the whole memory up to
 * date: one get for each range that is mapped. It ends when a range is asked
 * for again in the same container, when tracking starts or stops, or when the clock
 * begins anew.
 */
#ifndef PINSCOPE_RECORDING_H
#define PINSCOPE_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include <pinscope/dirty.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * enum pinscope_event_kind - what a container was asked
 * @PINSCOPE_EVENT_START: to track dirty pages
 * @PINSCOPE_EVENT_STOP: to track no longer
 * @PINSCOPE_EVENT_GET: for the dirty pages of a range
 * @PINSCOPE_EVENT_UNMAP: to unmap a range, and for its dirty pages
 */
enum pinscope_event_kind {
	PINSCOPE_EVENT_START,
	PINSCOPE_EVENT_STOP,
	PINSCOPE_EVENT_GET,
	PINSCOPE_EVENT_UNMAP,
};

/**
 * struct pinscope_event - what a container was asked, and its answer
 * @ms: time, in milliseconds
 * @pid: who asked
 * @container: descriptor of the container there
 * @kind: what was asked
 * @error: 0, or the errno of the answer
 * @iova: first address asked for
 * @size: bytes asked for; 0 if the event has no range
 * @page_size: what a page is
 * @dirty: dirty pages
 * @ranges: the dirty pages, in ascending order
 * @nr_ranges: how many ranges
 */
struct pinscope_event {
	uint64_t ms;
	pid_t pid;
	int container;
	enum pinscope_event_kind kind;
	int error;
	uint64_t iova;
	uint64_t size;
	uint64_t page_size;
	uint64_t dirty;
	struct pinscope_page_range *ranges;
	size_t nr_ranges;
};

/**
 * struct pinscope_recording - the events of a recording
 * @events: the events, as they came
 * @nr: how many
 * @cut: the end is missing: the last line was not whole, or of the last event of
 *   a container some ranges were not there. What was cut is not in @events
 */
struct pinscope_recording {
	struct pinscope_event *events;
	size_t nr;
	bool cut;
};

/**
 * struct pinscope_recording_fault - what is wrong with a recording
 * @line: number of the line, from 1
 * @what: what is wrong with it
 * @value: the word that is wrong, cut if it is long; empty if it is none: bytes
 *   of the file, not to be shown on a terminal as they are
 */
struct pinscope_recording_fault {
	unsigned long line;
	const char *what;
	char value[40];
};

/**
 * pinscope_recording_read() - read a recording
 * @in: where from
 * @out: filled on success; to be released with pinscope_recording_release()
 * @fault: filled after -EBADMSG
 *
 * Return: 0, -EBADMSG for what is no recording, -ENOMEM, or a negative errno
 * of reading.
 */
int pinscope_recording_read(FILE *in, struct pinscope_recording *out,
			    struct pinscope_recording_fault *fault);

/**
 * pinscope_recording_release() - free what a recording holds
 * @recording: a recording that was read; is empty afterwards
 */
void pinscope_recording_release(struct pinscope_recording *recording);

/**
 * struct pinscope_span - addresses that follow one another
 * @iova: the first
 * @size: bytes
 */
struct pinscope_span {
	uint64_t iova;
	uint64_t size;
};

/**
 * struct pinscope_round - what was asked and answered in a round
 * @start_ms: time of its first event, in milliseconds since the first event of
 *   the recording. Where a recording was gone on with after a reboot the clock
 *   begins anew: what lies between counts as no time
 * @end_ms: time of its last event, likewise
 * @gets: how many ranges were asked for
 * @unmaps: how many were unmapped
 * @failed: how many of both failed
 * @page_size: smallest page size of its events
 * @asked: what was asked for without failure: in ascending order, each address
 *   once. The last address of a span is @iova + @size - 1: @iova + @size may be
 *   2^64, which is 0
 * @nr_asked: how many spans
 * @dirty: what of it was answered to be dirty, likewise
 * @nr_dirty: how many spans
 * @asked_pages: pages of @page_size asked for
 * @dirty_pages: dirty ones among them
 */
struct pinscope_round {
	uint64_t start_ms;
	uint64_t end_ms;
	unsigned int gets;
	unsigned int unmaps;
	unsigned int failed;
	uint64_t page_size;
	struct pinscope_span *asked;
	size_t nr_asked;
	struct pinscope_span *dirty;
	size_t nr_dirty;
	uint64_t asked_pages;
	uint64_t dirty_pages;
};

/**
 * pinscope_rounds_find() - find the rounds of a recording
 * @recording: the recording
 * @out: the rounds; to be freed with pinscope_rounds_free()
 * @nr: how many
 *
 * Return: 0 or -ENOMEM.
 */
int pinscope_rounds_find(const struct pinscope_recording *recording, struct pinscope_round **out,
			 size_t *nr);

/**
 * pinscope_rounds_free() - free rounds
 * @rounds: the rounds or NULL
 * @nr: how many
 */
void pinscope_rounds_free(struct pinscope_round *rounds, size_t nr);

#ifdef __cplusplus
}
#endif

#endif /* PINSCOPE_RECORDING_H */
