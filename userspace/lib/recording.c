// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <pinscope/recording.h>

#include "file.h"

static const char first_line[] = "# pinscope recording 1";

/* What is being read. */
struct reader {
	struct pinscope_recording *recording;
	unsigned long *lines;	/* of each event */
	size_t nr_lines;
	const char *what;	/* is wrong */
};

static bool number(const char *text, int base, uint64_t max, uint64_t *out)
{
	char *end;

	if (base == 16 && strncmp(text, "0x", 2))
		return false;
	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*out = strtoull(text, &end, base);
	return !errno && !*end && *out <= max;
}

/* The next word of a line, or "", which no number is. */
static const char *word(char **line)
{
	char *text = strsep(line, " ");

	return text ? text : "";
}

/* 3-7,9: ascending, within the range, not more than was said. */
static int read_ranges(struct reader *reader, struct pinscope_event *event, char *text)
{
	const uint64_t pages = event->size ? event->size / event->page_size : 0;
	struct pinscope_page_range *range;
	uint64_t first, last, next = 0;
	char *item, *dash;

	if (event->nr_ranges) {
		range = &event->ranges[event->nr_ranges - 1];
		next = range->first + range->count;
	}
	while ((item = strsep(&text, ","))) {
		dash = strchr(item, '-');
		if (dash)
			*dash++ = '\0';
		reader->what = "a range is no 'PAGE' and no 'FIRST-LAST'";
		if (!number(item, 10, UINT64_MAX, &first) ||
		    !number(dash ? dash : item, 10, UINT64_MAX, &last) || last < first)
			return -EBADMSG;
		reader->what = "ranges are not in ascending order";
		if (first < next)
			return -EBADMSG;
		reader->what = "a range is beyond what was asked for";
		if (last >= pages)
			return -EBADMSG;
		range = array_add(&event->ranges, &event->nr_ranges, sizeof(*range));
		if (!range)
			return -ENOMEM;
		range->first = first;
		range->count = last - first + 1;
		next = last + 1;
	}
	return 0;
}

static bool read_extent(struct pinscope_event *event, char **line)
{
	const char *size, *page_size;

	if (!number(word(line), 16, UINT64_MAX, &event->iova))
		return false;
	size = word(line);
	page_size = word(line);
	/* What a failed call asked for need not make sense. */
	if (!number(size, 16, UINT64_MAX, &event->size) ||
	    !number(page_size, 16, UINT64_MAX, &event->page_size) ||
	    !number(word(line), 10, UINT64_MAX, &event->dirty))
		return false;
	if (event->error)
		return !event->dirty;
	return event->size && event->page_size && !(event->page_size & (event->page_size - 1)) &&
	       !(event->size & (event->page_size - 1)) &&
	       event->iova + event->size - 1 >= event->iova;
}

static bool read_kind(const char *text, enum pinscope_event_kind *kind)
{
	static const char *const names[] = {
		[PINSCOPE_EVENT_START] = "start",
		[PINSCOPE_EVENT_STOP] = "stop",
		[PINSCOPE_EVENT_GET] = "get",
		[PINSCOPE_EVENT_UNMAP] = "unmap",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(text, names[i])) {
			*kind = (enum pinscope_event_kind)i;
			return true;
		}
	}
	return false;
}

static struct pinscope_event *last_of(struct reader *reader, const struct pinscope_event *like)
{
	struct pinscope_recording *recording = reader->recording;
	size_t i;

	for (i = recording->nr; i--; )
		if (recording->events[i].pid == like->pid &&
		    recording->events[i].container == like->container)
			return &recording->events[i];
	return NULL;
}

static int read_more(struct reader *reader, const struct pinscope_event *like, char *line)
{
	struct pinscope_event *event = last_of(reader, like);

	reader->what = "there is no event to go on with";
	if (!event || !event->nr_ranges || !line)
		return -EBADMSG;
	return read_ranges(reader, event, line);
}

static bool read_who(struct pinscope_event *event, char *text)
{
	const char *pid = strsep(&text, ":");
	uint64_t value[2];

	if (!text || !number(pid, 10, INT_MAX, &value[0]) || !number(text, 10, INT_MAX, &value[1]))
		return false;
	event->pid = (pid_t)value[0];
	event->container = (int)value[1];
	return true;
}

static int read_event(struct reader *reader, char *line, unsigned long line_number)
{
	struct pinscope_event event = { 0 }, *added;
	unsigned long *added_line;
	uint64_t error;
	const char *kind;
	bool has_range;

	reader->what = "it does not begin with a time and PROCESS:CONTAINER";
	if (!number(word(&line), 10, UINT64_MAX, &event.ms) ||
	    !line || !read_who(&event, strsep(&line, " ")))
		return -EBADMSG;
	kind = word(&line);
	if (!strcmp(kind, "more"))
		return read_more(reader, &event, line);
	reader->what = "the event is none of start, stop, get, unmap, more";
	if (!read_kind(kind, &event.kind))
		return -EBADMSG;
	reader->what = "there is no error number";
	if (!number(word(&line), 10, 4095, &error))
		return -EBADMSG;
	event.error = (int)error;

	has_range = event.kind == PINSCOPE_EVENT_GET || event.kind == PINSCOPE_EVENT_UNMAP;
	reader->what = "address, size, page size and dirty pages are missing or make no sense";
	/* A call may fail before it tells what it is about. */
	if (has_range && (line || !event.error) && !read_extent(&event, &line))
		return -EBADMSG;
	reader->what = "there is more in the line than belongs there";
	if (line && !event.dirty)
		return -EBADMSG;

	added = array_add(&reader->recording->events, &reader->recording->nr, sizeof(*added));
	if (!added)
		return -ENOMEM;
	*added = event;
	added_line = array_add(&reader->lines, &reader->nr_lines, sizeof(*added_line));
	if (!added_line)
		return -ENOMEM;
	*added_line = line_number;
	return line ? read_ranges(reader, added, line) : 0;
}

/* Only when all is read is it known that no range is missing. */
static int check_counts(struct reader *reader, unsigned long *line_number)
{
	const struct pinscope_recording *recording = reader->recording;
	uint64_t sum;
	size_t i, j;

	for (i = 0; i < recording->nr; i++) {
		const struct pinscope_event *event = &recording->events[i];

		for (sum = 0, j = 0; j < event->nr_ranges; j++)
			sum += event->ranges[j].count;
		if (sum != event->dirty) {
			*line_number = reader->lines[i];
			reader->what = "its ranges are not as many pages as it says";
			return -EBADMSG;
		}
	}
	return 0;
}

int pinscope_recording_read(FILE *in, struct pinscope_recording *out,
			    struct pinscope_recording_fault *fault)
{
	struct reader reader = { .recording = out };
	unsigned long line_number = 0;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int ret = 0;

	memset(out, 0, sizeof(*out));
	while (!ret && (len = getline(&line, &size, in)) > 0) {
		line_number++;
		if (line_number == 1 && strncmp(line, first_line, strlen(first_line))) {
			reader.what = "it does not begin with '# pinscope recording 1'";
			ret = -EBADMSG;
		} else if (line[len - 1] != '\n' || strlen(line) != (size_t)len) {
			reader.what = "the line is cut off";
			ret = -EBADMSG;
		} else if (*line != '#') {
			line[len - 1] = '\0';
			ret = read_event(&reader, line, line_number);
		}
	}
	if (!ret && ferror(in))
		ret = -EIO;
	if (!ret)
		ret = check_counts(&reader, &line_number);
	if (ret == -EBADMSG) {
		fault->line = line_number;
		fault->what = reader.what;
	}
	if (ret)
		pinscope_recording_release(out);
	free(reader.lines);
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
