// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <search.h>
#include <stdlib.h>

#include "file.h"
#include "recording_reader.h"

int recording_bad(struct recording_reader *reader, const char *what, const char *value)
{
	reader->fault->line = reader->line;
	reader->fault->what = what;
	copy_name(reader->fault->value, sizeof(reader->fault->value), value);
	return -EBADMSG;
}

static int compare_sources(const void *a, const void *b)
{
	const struct recording_source *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return x->container < y->container ? -1 : x->container > y->container;
}

struct recording_source *recording_find_source(struct recording_reader *reader,
					       const struct pinscope_event *event)
{
	const struct recording_source like = { .pid = event->pid, .container = event->container };
	struct recording_source **found = tfind(&like, &reader->sources, compare_sources);

	return found ? *found : NULL;
}

static struct recording_source *add_source(struct recording_reader *reader,
					   const struct pinscope_event *event)
{
	struct recording_source *source = recording_find_source(reader, event);

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

int recording_add_event(struct recording_reader *reader, const struct pinscope_event *event)
{
	struct pinscope_event *added;
	struct recording_progress *progress;
	struct recording_source *source;

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

void recording_reader_release(struct recording_reader *reader)
{
	tdestroy(reader->sources, free);
	free(reader->progress);
}
