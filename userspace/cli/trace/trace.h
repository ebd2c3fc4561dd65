/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of "pinscope trace" share: command.c gets events from the kernel,
 * event.c tells what they say, names.c which devices they are about; field.c has the words
 * of an event.
 */
#ifndef PINSCOPE_CLI_TRACE_H
#define PINSCOPE_CLI_TRACE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct trace_event - an event of the core
 * @name: its name, without what all have in front
 * @seconds: since boot
 * @pid: the thread in which it happened
 * @fields: what the kernel says of it, words of the form name=value
 * @scope: what stands for the field "scope" among them, or NULL
 */
struct trace_event {
	const char *name;
	double seconds;
	int pid;
	const char *fields;
	const char *scope;
};

/* field.c */

/**
 * trace_field() - a field of an event
 * @event: the event
 * @name: the field's name
 * @value: where to store its value, NUL-terminated and cut if it does not fit
 * @size: size of @value
 *
 * Return: whether there is one; if not, @value is empty.
 */
bool trace_field(const struct trace_event *event, const char *name, char *value, size_t size);

/* event.c */

/** trace_print_head() - print the headings of trace_print() */
void trace_print_head(void);

/**
 * trace_print() - print an event as a line
 * @event: the event
 * @json: as JSON
 */
void trace_print(const struct trace_event *event, bool json);

/* names.c */

/**
 * struct trace_subject - what an event is about
 * @container: the container's name, as "pinscope scope" has it; "?" if it is not known
 * @devices: devices of the group with their drivers, separated by ", "; may be empty
 */
struct trace_subject {
	const char *container;
	const char *devices;
};

/**
 * trace_find() - find out what an event is about
 * @event: the event
 *
 * Return: good until the next call.
 */
struct trace_subject trace_find(const struct trace_event *event);

#endif /* PINSCOPE_CLI_TRACE_H */
