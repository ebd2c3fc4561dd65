/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recording that is being read: recording.c reads its lines, recording_event.c the
 * event in a line, recording_reader.c keeps what was read. Not installed.
 */
#ifndef PINSCOPE_LIB_RECORDING_READER_H
#define PINSCOPE_LIB_RECORDING_READER_H

#include <pinscope/recording.h>

/**
 * struct recording_source - a container of a process, and where its last event is
 * @pid: the process
 * @container: its descriptor there
 * @last: index of the event
 */
struct recording_source {
	pid_t pid;
	int container;
	size_t last;
};

/**
 * struct recording_progress - what the reader knows of an event that was read
 * @line: where it begins
 * @source: whose it is
 * @pages: dirty ones in its ranges so far
 */
struct recording_progress {
	unsigned long line;
	struct recording_source *source;
	uint64_t pages;
};

/**
 * struct recording_reader - what is being read
 * @recording: what it becomes
 * @progress: of each event
 * @nr_progress: how many
 * @sources: a tree of struct recording_source
 * @line: number of the line
 * @fault: filled if the recording is no good one
 */
struct recording_reader {
	struct pinscope_recording *recording;
	struct recording_progress *progress;
	size_t nr_progress;
	void *sources;
	unsigned long line;
	struct pinscope_recording_fault *fault;
};

/* recording_reader.c */

/* Notes what is wrong in this line, and returns -EBADMSG */
int recording_bad(struct recording_reader *reader, const char *what, const char *value);

/* The container that an event is of, or NULL if it had none before */
struct recording_source *recording_find_source(struct recording_reader *reader,
					       const struct pinscope_event *event);

/* 0 or -ENOMEM; the ranges of the event belong to the recording then */
int recording_add_event(struct recording_reader *reader, const struct pinscope_event *event);

/* What the reader had for itself; the recording stays */
void recording_reader_release(struct recording_reader *reader);

/* recording_event.c: 0 or a negative errno; @line is changed */
int recording_read_event(struct recording_reader *reader, char *line);

#endif /* PINSCOPE_LIB_RECORDING_READER_H */
