/* SPDX-License-Identifier: GPL-2.0-only */
/* The migration stream of pinscope_assigned, and the files it goes through */
#ifndef PINSCOPE_ASSIGNED_STREAM_H
#define PINSCOPE_ASSIGNED_STREAM_H

#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/mutex.h>

#include "hw.h"

struct assigned_hello {
	__le32 magic;
	__le32 version;
	__le32 function;	/* vendor and device */
	__le32 length;		/* of the state */
} __packed;

struct assigned_image {
	struct assigned_hello hello;
	struct assigned_hw_state state;
	__le32 crc;
} __packed;

/* Bytes of a stream, always the same */
#define ASSIGNED_STREAM_SIZE	sizeof(struct assigned_image)

/**
 * struct assigned_stream - a stream, shared by the device and its file
 * @ref: one of the device, one of the file
 * @io_lock: One read or write at a time. Held where the user's memory is touched, so
 *	     only who reads or writes the file waits for it, and can be killed.
 * @lock: protects all that follows, but @image, which only a write adds to; taken
 *	  after the lock of the device, or @io_lock
 * @ended: the device is done with it, reads and writes fail
 * @more: there is more to come, device is in PRE_COPY
 * @size: bytes of @image that are there
 * @pos: bytes that the user has read
 * @image: what is sent
 */
struct assigned_stream {
	struct kref ref;
	struct mutex io_lock;	/* one read or write at a time */
	struct mutex lock;	/* protects all that follows */
	bool ended;
	bool more;
	size_t size;
	size_t pos;
	struct assigned_image image;
};

struct file *assigned_stream_save(struct assigned_stream **place, bool precopy);
struct file *assigned_stream_resume(struct assigned_stream **place);
struct assigned_hw_state *
assigned_stream_state(struct assigned_stream *stream);
int assigned_stream_complete(struct assigned_stream *stream);
int assigned_stream_check(struct assigned_stream *stream);
void assigned_stream_end(struct assigned_stream **place);

/* For the files, the first with the lock of the stream, the other for kref_put() */
bool assigned_stream_is_foreign(const struct assigned_stream *stream);
void assigned_stream_release(struct kref *ref);

/* stream_file.c */
extern const struct file_operations assigned_save_fops;
extern const struct file_operations assigned_resume_fops;

#endif /* PINSCOPE_ASSIGNED_STREAM_H */
