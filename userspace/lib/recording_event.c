// SPDX-License-Identifier: GPL-2.0-only
/*
 * An event in a line of a recording.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "file.h"
#include "number.h"
#include "recording_reader.h"

/* No CPU that VFIO runs on has smaller pages: the kernel answers for no others. */
#define PAGE_SIZE_MIN	4096

/* The next word of a line, or "", which no number is. */
static const char *word(char **line)
{
	char *text = strsep(line, " ");

	return text ? text : "";
}

/* 3-7,9: ascending, within the range, not more than was said. */
static int read_ranges(struct recording_reader *reader, size_t index, char *text)
{
	struct pinscope_event *event = &reader->recording->events[index];
	const uint64_t pages = event->size ? event->size / event->page_size : 0;
	struct recording_progress *progress = &reader->progress[index];
	struct pinscope_page_range *range;
	uint64_t first, last, next = 0;
	char *item, *dash, *end;

	if (event->nr_ranges) {
		range = &event->ranges[event->nr_ranges - 1];
		next = range->first + range->count;
	}
	while ((item = strsep(&text, ","))) {
		dash = strchr(item, '-');
		if (dash)
			*dash++ = '\0';
		end = dash ? dash : item;
		if (!number_parse(item, 10, UINT64_MAX, &first))
			return recording_bad(reader, "a range begins with no page", item);
		if (!number_parse(end, 10, UINT64_MAX, &last) || last < first)
			return recording_bad(reader, "a range ends with no page", end);
		if (first < next)
			return recording_bad(reader, "ranges are not in ascending order", item);
		if (last >= pages)
			return recording_bad(reader, "a range is beyond what was asked for", end);
		range = array_add(&event->ranges, &event->nr_ranges, sizeof(*range));
		if (!range)
			return -ENOMEM;
		range->first = first;
		range->count = last - first + 1;
		next = last + 1;
		progress->pages += range->count;
	}
	if (progress->pages > event->dirty)
		return recording_bad(reader, "its ranges are more pages than it says", "");
	return 0;
}

/* What a failed call asked for need not make sense. */
static int check_extent(struct recording_reader *reader, const struct pinscope_event *event,
			const char *const words[4])
{
	const uint64_t page_size = event->page_size;

	if (event->error && event->dirty)
		return recording_bad(reader, "a call that failed has dirty pages", words[3]);
	if (event->error)
		return 0;
	if (page_size < PAGE_SIZE_MIN || page_size & (page_size - 1))
		return recording_bad(reader, "the page size is none that a CPU has", words[2]);
	if (!event->size || event->size & (page_size - 1))
		return recording_bad(reader, "the size is no number of whole pages", words[1]);
	if (event->iova & (page_size - 1))
		return recording_bad(reader, "the address is not that of a page", words[0]);
	if (event->iova + event->size - 1 < event->iova)
		return recording_bad(reader, "the range goes beyond the last address", words[1]);
	if (event->dirty > event->size / page_size)
		return recording_bad(reader, "more pages are dirty than were asked for", words[3]);
	return 0;
}

static int read_extent(struct recording_reader *reader, struct pinscope_event *event, char **line)
{
	const char *words[4];
	size_t i;

	for (i = 0; i < 4; i++)
		words[i] = word(line);
	if (!number_parse(words[0], 16, UINT64_MAX, &event->iova))
		return recording_bad(reader, "the address is no number like 0x1000", words[0]);
	if (!number_parse(words[1], 16, UINT64_MAX, &event->size))
		return recording_bad(reader, "the size is no number like 0x1000", words[1]);
	if (!number_parse(words[2], 16, UINT64_MAX, &event->page_size))
		return recording_bad(reader, "the page size is no number like 0x1000", words[2]);
	if (!number_parse(words[3], 10, UINT64_MAX, &event->dirty))
		return recording_bad(reader, "the dirty pages are no number", words[3]);
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

static int read_more(struct recording_reader *reader, const struct pinscope_event *like, char *line)
{
	const struct recording_source *source = recording_find_source(reader, like);

	if (!source || !reader->recording->events[source->last].nr_ranges || !line)
		return recording_bad(reader, "there is no event to go on with", "more");
	return read_ranges(reader, source->last, line);
}

static bool read_who(struct pinscope_event *event, char *text)
{
	const char *pid = strsep(&text, ":");
	uint64_t value[2];

	if (!text || !number_parse(pid, 10, INT_MAX, &value[0]) ||
	    !number_parse(text, 10, INT_MAX, &value[1]))
		return false;
	event->pid = (pid_t)value[0];
	event->container = (int)value[1];
	return true;
}

int recording_read_event(struct recording_reader *reader, char *line)
{
	struct pinscope_event event = { 0 };
	const char *text;
	bool has_range;
	uint64_t error;
	int ret = 0;

	text = word(&line);
	if (!number_parse(text, 10, UINT64_MAX, &event.ms))
		return recording_bad(reader, "it does not begin with a time", text);
	if (!line || !read_who(&event, strsep(&line, " ")))
		return recording_bad(reader, "no PROCESS:CONTAINER follows the time", "");
	text = word(&line);
	if (!strcmp(text, "more"))
		return read_more(reader, &event, line);
	if (!read_kind(text, &event.kind))
		return recording_bad(reader, "the event is none of start, stop, get, unmap, more",
				     text);
	text = word(&line);
	if (!number_parse(text, 10, 4095, &error))
		return recording_bad(reader, "there is no error number", text);
	event.error = (int)error;

	has_range = event.kind == PINSCOPE_EVENT_GET || event.kind == PINSCOPE_EVENT_UNMAP;
	/* A call may fail before it tells what it is about. */
	if (has_range && (line || !event.error))
		ret = read_extent(reader, &event, &line);
	if (ret)
		return ret;
	if (line && !event.dirty)
		return recording_bad(reader, "there is more in the line than belongs there", line);
	ret = recording_add_event(reader, &event);
	return ret || !line ? ret : read_ranges(reader, reader->recording->nr - 1, line);
}
