// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "event.h"

/* QEMU's coroutines, which may call ioctl() too, have small stacks. */
#define LINE_SIZE	8192
/* No more text than this is added at once. */
#define PART_MAX	160

struct line {
	int file;
	size_t len;
	char text[LINE_SIZE];
};

static void add(struct line *line, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct line *line, const char *fmt, ...)
{
	size_t room = sizeof(line->text) - line->len;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(line->text + line->len, room, fmt, args);
	va_end(args);
	if (len > 0)
		line->len += (size_t)len < room ? (size_t)len : room - 1;
}

/* By one write() if possible: lines of other processes come before or after. */
static void flush(struct line *line)
{
	const char *text = line->text;
	ssize_t done;

	add(line, "\n");
	while (line->len) {
		done = write(line->file, text, line->len);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			break;
		text += done;
		line->len -= (size_t)done;
	}
	line->len = 0;
}

static void begin(struct line *line, const struct record_event *event, const char *kind)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	add(line, "%llu %d:%d %s",
	    (unsigned long long)now.tv_sec * 1000 + (unsigned long long)now.tv_nsec / 1000000,
	    (int)getpid(), event->container, kind);
}

static bool is_dirty(const struct vfio_bitmap *bitmap, uint64_t page)
{
	return (uint64_t)bitmap->data[page / 64] >> (page % 64) & 1;
}

static uint64_t skip(const struct vfio_bitmap *bitmap, uint64_t page, uint64_t pages, bool dirty)
{
	const uint64_t same = dirty ? ~0ull : 0;

	while (page < pages && is_dirty(bitmap, page) == dirty) {
		page++;
		while (page % 64 == 0 && pages - page >= 64 && bitmap->data[page / 64] == same)
			page += 64;
	}
	return page;
}

static uint64_t count_dirty(const struct vfio_bitmap *bitmap, uint64_t pages)
{
	uint64_t page, end, dirty = 0;

	for (page = skip(bitmap, 0, pages, false); page < pages;
	     page = skip(bitmap, end, pages, false)) {
		end = skip(bitmap, page, pages, true);
		dirty += end - page;
	}
	return dirty;
}

static void add_ranges(struct line *line, const struct record_event *event, uint64_t pages)
{
	const struct vfio_bitmap *bitmap = &event->bitmap;
	const char *before = " ";
	uint64_t page, end;

	for (page = skip(bitmap, 0, pages, false); page < pages;
	     page = skip(bitmap, end, pages, false)) {
		end = skip(bitmap, page, pages, true);
		if (sizeof(line->text) - line->len < PART_MAX) {
			flush(line);
			begin(line, event, "more");
			before = " ";
		}
		if (end - page == 1)
			add(line, "%s%llu", before, (unsigned long long)page);
		else
			add(line, "%s%llu-%llu", before, (unsigned long long)page,
			    (unsigned long long)end - 1);
		before = ",";
	}
}

void record_header(int file)
{
	struct line line = { .file = file };

	add(&line, "# pinscope recording 1: process %d, %.100s", (int)getpid(),
	    program_invocation_short_name);
	flush(&line);
}

void record_write(int file, const struct record_event *event)
{
	uint64_t page_size = event->bitmap.pgsize, pages = 0, dirty = 0;
	struct line line = { .file = file };

	begin(&line, event, event->kind);
	add(&line, " %d", event->error);
	if (event->has_range) {
		/* A call that failed promises no bits. */
		if (!event->error && page_size)
			pages = event->size / page_size;
		if (pages > event->bitmap.size * 8)
			pages = event->bitmap.size * 8;
		if (pages)
			dirty = count_dirty(&event->bitmap, pages);
		add(&line, " 0x%llx 0x%llx 0x%llx %llu", (unsigned long long)event->iova,
		    (unsigned long long)event->size, (unsigned long long)page_size,
		    (unsigned long long)dirty);
		if (dirty)
			add_ranges(&line, event, pages);
	}
	flush(&line);
}
