/* SPDX-License-Identifier: GPL-2.0-only */
/* The files of a migration: see stream.c */
#ifndef PINSCOPE_STREAM_H
#define PINSCOPE_STREAM_H

#include <linux/kref.h>

#include "device.h"
#include "snapshot.h"

/**
 * struct pinscope_stream - a stream, shared by the device and its file
 * @ref: one of the device, one of the file
 * @io_lock: One read or write at a time. Held where the user's memory is touched, so
 *	     only who reads or writes the file waits for it, and can be killed.
 * @lock: protects all that follows, but @data, which only a write adds to; taken after
 *	  the lock of a device, or @io_lock
 * @saving: the user reads it, or else writes
 * @more: there is more to come, device is in PRE_COPY
 * @ended: the device is done with it or loads it, reads and writes fail
 * @overrun: the user has written more than a stream can be
 * @tells: the log, why it is refused
 * @refused: what is wrong with the stream, was logged; or 0
 * @image: what was checked of it; what follows its state is too much
 * @size: bytes of @data that are there
 * @pos: bytes the user has read
 * @hello: name of the driver, what the stream must say
 * @device: name of the device, does not change
 * @data: the stream
 */
struct pinscope_stream {
	struct kref ref;
	struct mutex io_lock;	/* one read or write at a time */
	struct mutex lock;	/* protects all that follows */
	bool saving;
	bool more;
	bool ended;
	bool overrun;
	bool tells;
	int refused;
	struct pinscope_image image;
	size_t size;
	size_t pos;
	struct pinscope_hello hello;
	char device[40];
	u8 data[PINSCOPE_STREAM_MAX];
};

struct pinscope_stream *pinscope_stream_save(struct pinscope_device *pd,
					     bool precopy);
int pinscope_stream_save_rest(struct pinscope_device *pd,
			      struct pinscope_stream *stream);
struct pinscope_stream *pinscope_stream_resume(struct pinscope_device *pd);
int pinscope_stream_load(struct pinscope_device *pd,
			 struct pinscope_stream *stream);
void pinscope_stream_end(struct pinscope_stream *stream);

/* For the file, with the lock of the stream; the last is for kref_put() */
int pinscope_stream_check(struct pinscope_stream *stream);
int pinscope_stream_refuse(struct pinscope_stream *stream, int ret);
void pinscope_stream_release(struct kref *ref);

/* stream_file.c */
struct file *pinscope_stream_file(struct pinscope_stream *stream);

#endif /* PINSCOPE_STREAM_H */
