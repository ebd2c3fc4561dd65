/* SPDX-License-Identifier: GPL-2.0-only */
/* The migration stream of pinscope_assigned, and the files it goes through */
#ifndef PINSCOPE_ASSIGNED_STREAM_H
#define PINSCOPE_ASSIGNED_STREAM_H

#include "hw.h"

struct assigned_stream;
struct file;

struct file *assigned_stream_save(struct assigned_stream **place, bool precopy);
struct file *assigned_stream_resume(struct assigned_stream **place);
struct assigned_hw_state *
assigned_stream_state(struct assigned_stream *stream);
int assigned_stream_complete(struct assigned_stream *stream);
int assigned_stream_check(struct assigned_stream *stream);
unsigned long assigned_stream_size(void);
void assigned_stream_end(struct assigned_stream **place);

#endif /* PINSCOPE_ASSIGNED_STREAM_H */
