/* SPDX-License-Identifier: GPL-2.0-only */
/* The migration stream of pinscope_assigned, and the files it goes through */
#ifndef PINSCOPE_ASSIGNED_STREAM_H
#define PINSCOPE_ASSIGNED_STREAM_H

#include "hw.h"

struct assigned_stream;
struct file;

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

struct file *assigned_stream_save(struct assigned_stream **place, bool precopy);
struct file *assigned_stream_resume(struct assigned_stream **place);
struct assigned_hw_state *
assigned_stream_state(struct assigned_stream *stream);
int assigned_stream_complete(struct assigned_stream *stream);
int assigned_stream_check(struct assigned_stream *stream);
void assigned_stream_end(struct assigned_stream **place);

#endif /* PINSCOPE_ASSIGNED_STREAM_H */
