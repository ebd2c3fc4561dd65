// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "recording_reader.h"

static const char first_line[] = "# pinscope recording 1";

/*
 * Only when all is read is it known that no range is missing. Of the last event
 * of a container the rest may not have been written: it is dropped.
 */
static int finish(struct recording_reader *reader)
{
	struct pinscope_recording *recording = reader->recording;
	size_t i, kept = 0;

	for (i = 0; i < recording->nr; i++) {
		struct pinscope_event *event = &recording->events[i];

		if (reader->progress[i].pages == event->dirty) {
			recording->events[kept++] = *event;
		} else if (reader->progress[i].source->last == i) {
			free(event->ranges);
			recording->cut = true;
		} else {
			reader->line = reader->progress[i].line;
			/* What was dropped must not be freed again. */
			memmove(&recording->events[kept], event,
				(recording->nr - i) * sizeof(*event));
			recording->nr -= i - kept;
			return recording_bad(reader, "its ranges are less pages than it says", "");
		}
	}
	recording->nr = kept;
	return 0;
}

/* @len bytes, of which the last is a newline, if the line is whole. */
static int read_line(struct recording_reader *reader, char *line, size_t len)
{
	const bool whole = line[len - 1] == '\n';

	reader->line++;
	if (whole)
		line[len - 1] = '\0';
	if (reader->line == 1 && strncmp(line, first_line, strlen(first_line)))
		return recording_bad(reader, "it does not begin with '# pinscope recording 1'", "");
	if (!whole) {
		/* It was being written when the recorder, or its disk, came to an end. */
		reader->recording->cut = true;
		return 0;
	}
	if (strlen(line) != len - 1)
		return recording_bad(reader, "there is a NUL in the line", "");
	return *line == '#' ? 0 : recording_read_event(reader, line);
}

int pinscope_recording_read(FILE *in, struct pinscope_recording *out,
			    struct pinscope_recording_fault *fault)
{
	struct recording_reader reader = { .recording = out, .fault = fault };
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int ret = 0;

	memset(out, 0, sizeof(*out));
	while (!ret && (len = getline(&line, &size, in)) > 0)
		ret = read_line(&reader, line, (size_t)len);
	if (!ret && ferror(in))
		ret = -EIO;
	if (!ret)
		ret = finish(&reader);
	if (ret)
		pinscope_recording_release(out);
	recording_reader_release(&reader);
	free(line);
	return ret;
}

void pinscope_recording_release(struct pinscope_recording *recording)
{
	size_t i;

	for (i = 0; i < recording->nr; i++)
		free(recording->events[i].ranges);
	free(recording->events);
	memset(recording, 0, sizeof(*recording));
}
