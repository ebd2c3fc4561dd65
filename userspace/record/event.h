/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writing one event of a recording. The format is told in pinscope/recording.h.
 */
#ifndef PINSCOPE_RECORD_EVENT_H
#define PINSCOPE_RECORD_EVENT_H

#include <linux/vfio.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * struct record_event - what a container was asked, and what it answered
 * @kind: "start", "stop", "get" or "unmap"
 * @container: its file descriptor
 * @error: 0 or the errno of the call
 * @has_range: the fields below are known
 * @iova: first address asked for
 * @size: bytes asked for
 * @bitmap: what the caller passed; its bits are read only if @error is 0
 */
struct record_event {
	const char *kind;
	int container;
	int error;
	bool has_range;
	uint64_t iova;
	uint64_t size;
	struct vfio_bitmap bitmap;
};

/**
 * record_header() - write what tells a recording from other files
 * @file: where to write
 */
void record_header(int file);

/**
 * record_write() - write the lines of an event
 * @file: where to write
 * @event: the event
 *
 * Allocates nothing: an event of many ranges is written in several lines.
 */
void record_write(int file, const struct record_event *event);

#endif /* PINSCOPE_RECORD_EVENT_H */
