// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <pinscope/recording.h>

#include "file.h"

/* No CPU that VFIO runs on has smaller pages: the kernel answers for no others. */
#define PAGE_SIZE_MIN	4096

static const char first_line[] = "# pinscope recording 1";

/* A container of a process, and where its last event is. */
struct source {
	pid_t pid;
	int container;
	size_t last;
};

/* What the reader knows of an event that was read. */
struct progress {
	unsigned long line;	/* where it begins */
	struct source *source;
	uint64_t pages;		/* dirty ones in its ranges so far */
};

/* What is being read. */
struct reader {
	struct pinscope_recording *recording;
	struct progress *progress;	/* of each event */
	size_t nr_progress;
	void *sources;			/* a tree of struct source */
	unsigned long line;
	struct pinscope_recording_fault *fault;
};

static int bad(struct reader *reader, const char *what, const char *value)
{
	reader->fault->line = reader->line;
	reader->fault->what = what;
	copy_name(reader->fault->value, sizeof(reader->fault->value), value);
	return -EBADMSG;
}

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

static int compare_sources(const void *a, const void *b)
{
	const struct source *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return x->container < y->container ? -1 : x->container > y->container;
}

static struct source *find_source(struct reader *reader, const struct pinscope_event *event)
{
	const struct source like = { .pid = event->pid, .container = event->container };
	struct source **found = tfind(&like, &reader->sources, compare_sources);

	return found ? *found : NULL;
}

static struct source *add_source(struct reader *reader, const struct pinscope_event *event)
{
	struct source *source = find_source(reader, event);

	if (source)
		return source;
	source = malloc(sizeof(*source));
	if (!source)
		return NULL;
	source->pid = event->pid;
	source->container = event->container;
	if (!tsearch(source, &reader->sources, compare_sources)) {
		free(source);
		return NULL;
	}
	return source;
}

/* 3-7,9: ascending, within the range, not more than was said. */
static int read_ranges(struct reader *reader, size_t index, char *text)
{
	struct pinscope_event *event = &reader->recording->events[index];
	const uint64_t pages = event->size ? event->size / event->page_size : 0;
	struct progress *progress = &reader->progress[index];
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
		if (!number(item, 10, UINT64_MAX, &first))
			return bad(reader, "a range begins with no page", item);
		if (!number(dash ? dash : item, 10, UINT64_MAX, &last) || last < first)
			return bad(reader, "a range ends with no page", dash ? dash : item);
		if (first < next)
			return bad(reader, "ranges are not in ascending order", item);
		if (last >= pages)
			return bad(reader, "a range is beyond what was asked for",
				   dash ? dash : item);
		range = array_add(&event->ranges, &event->nr_ranges, sizeof(*range));
		if (!range)
			return -ENOMEM;
		range->first = first;
		range->count = last - first + 1;
		next = last + 1;
		progress->pages += range->count;
	}
	if (progress->pages > event->dirty)
		return bad(reader, "its ranges are more pages than it says", "");
	return 0;
}

/* What a failed call asked for need not make sense. */
static int check_extent(struct reader *reader, const struct pinscope_event *event,
			const char *const words[4])
{
	const uint64_t page_size = event->page_size;

	if (event->error)
		return event->dirty ? bad(reader, "a call that failed has dirty pages", words[3]) :
				      0;
	if (page_size < PAGE_SIZE_MIN || page_size & (page_size - 1))
		return bad(reader, "the page size is none that a CPU has", words[2]);
	if (!event->size || event->size & (page_size - 1))
		return bad(reader, "the size is no number of whole pages", words[1]);
	if (event->iova & (page_size - 1))
		return bad(reader, "the address is not that of a page", words[0]);
	if (event->iova + event->size - 1 < event->iova)
		return bad(reader, "the range goes beyond the last address", words[1]);
	if (event->dirty > event->size / page_size)
		return bad(reader, "more pages are dirty than were asked for", words[3]);
	return 0;
}

static int read_extent(struct reader *reader, struct pinscope_event *event, char **line)
{
	const char *words[4];
	size_t i;

	for (i = 0; i < 4; i++)
		words[i] = word(line);
	if (!number(words[0], 16, UINT64_MAX, &event->iova))
		return bad(reader, "the address is no number like 0x1000", words[0]);
	if (!number(words[1], 16, UINT64_MAX, &event->size))
		return bad(reader, "the size is no number like 0x1000", words[1]);
	if (!number(words[2], 16, UINT64_MAX, &event->page_size))
		return bad(reader, "the page size is no number like 0x1000", words[2]);
	if (!number(words[3], 10, UINT64_MAX, &event->dirty))
		return bad(reader, "the dirty pages are no number", words[3]);
	return check_extent(reader, event, words);
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

static int read_more(struct reader *reader, const struct pinscope_event *like, char *line)
{
	const struct source *source = find_source(reader, like);

	if (!source || !reader->recording->events[source->last].nr_ranges || !line)
		return bad(reader, "there is no event to go on with", "more");
	return read_ranges(reader, source->last, line);
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

static int add_event(struct reader *reader, const struct pinscope_event *event)
{
	struct pinscope_event *added;
	struct progress *progress;
	struct source *source;

	source = add_source(reader, event);
	if (!source)
		return -ENOMEM;
	added = array_add(&reader->recording->events, &reader->recording->nr, sizeof(*added));
	if (!added)
		return -ENOMEM;
	*added = *event;
	progress = array_add(&reader->progress, &reader->nr_progress, sizeof(*progress));
	if (!progress)
		return -ENOMEM;
	progress->line = reader->line;
	progress->source = source;
	source->last = reader->recording->nr - 1;
	return 0;
}

static int read_event(struct reader *reader, char *line)
{
	struct pinscope_event event = { 0 };
	const char *text;
	bool has_range;
	uint64_t error;
	int ret = 0;

	text = word(&line);
	if (!number(text, 10, UINT64_MAX, &event.ms))
		return bad(reader, "it does not begin with a time", text);
	if (!line || !read_who(&event, strsep(&line, " ")))
		return bad(reader, "no PROCESS:CONTAINER follows the time", "");
	text = word(&line);
	if (!strcmp(text, "more"))
		return read_more(reader, &event, line);
	if (!read_kind(text, &event.kind))
		return bad(reader, "the event is none of start, stop, get, unmap, more", text);
	text = word(&line);
	if (!number(text, 10, 4095, &error))
		return bad(reader, "there is no error number", text);
	event.error = (int)error;

	has_range = event.kind == PINSCOPE_EVENT_GET || event.kind == PINSCOPE_EVENT_UNMAP;
	/* A call may fail before it tells what it is about. */
	if (has_range && (line || !event.error))
		ret = read_extent(reader, &event, &line);
	if (ret)
		return ret;
	if (line && !event.dirty)
		return bad(reader, "there is more in the line than belongs there", line);
	ret = add_event(reader, &event);
	return ret || !line ? ret : read_ranges(reader, reader->recording->nr - 1, line);
}

/*
 * Only when all is read is it known that no range is missing. Of the last event
 * of a container the rest may not have been written: it is dropped.
 */
static int finish(struct reader *reader)
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
			return bad(reader, "its ranges are less pages than it says", "");
		}
	}
	recording->nr = kept;
	return 0;
}

/* @len bytes, of which the last is a newline, if the line is whole. */
static int read_line(struct reader *reader, char *line, size_t len)
{
	const bool whole = line[len - 1] == '\n';

	reader->line++;
	if (whole)
		line[len - 1] = '\0';
	if (reader->line == 1 && strncmp(line, first_line, strlen(first_line)))
		return bad(reader, "it does not begin with '# pinscope recording 1'", "");
	if (!whole) {
		/* It was being written when the recorder, or its disk, came to an end. */
		reader->recording->cut = true;
		return 0;
	}
	if (strlen(line) != len - 1)
		return bad(reader, "there is a NUL in the line", "");
	return *line == '#' ? 0 : read_event(reader, line);
}

int pinscope_recording_read(FILE *in, struct pinscope_recording *out,
			    struct pinscope_recording_fault *fault)
{
	struct reader reader = { .recording = out, .fault = fault };
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
	tdestroy(reader.sources, free);
	free(reader.progress);
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
