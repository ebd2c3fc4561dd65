/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tests of the command share. It is run as a user runs it, on trees that are
 * prepared in a directory, which is the working directory too.
 */
#ifndef PINSCOPE_TESTS_COMMAND_H
#define PINSCOPE_TESTS_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

struct json_object;

/**
 * struct run - the command, run once
 * @out: what it printed
 * @err: what it complained of
 * @status: its exit status, or minus the signal that ended it
 */
struct run {
	char out[65536];
	char err[4096];
	int status;
};

/* Print the result of a test. */
void result(bool good, const char *name);

/**
 * run() - run the command
 * @line: its arguments, as a shell takes them, redirections too
 *
 * Return: what came of it, until the next run. After 20 seconds it is ended.
 */
const struct run *run(const char *line);

/* The same, and whether its exit status is @status and it said @what on stderr. */
bool says(int status, const char *what, const char *line);

/**
 * json_of() - run the command with --json
 * @line: as of run()
 *
 * Return: what it printed, to be put; NULL if that is no JSON.
 */
struct json_object *json_of(const char *line);

/* A member of an object in an object ...: "containers/0/comm"; NULL if it is not there. */
struct json_object *json_at(struct json_object *root, const char *path);
bool json_is(struct json_object *root, const char *path, const char *text);

/* Files below the directory; parents are made, a link may point nowhere. */
void put(const char *name, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void put_dir(const char *name);
void put_link(const char *name, const char *target);
bool holds(const char *name, const char *text);

void test_options(void);
void test_output(void);
void test_record(void);
void test_plot(void);
void test_scope(void);
void test_watch_of_scope(void);
void test_metrics(void);
void test_devices(void);
void test_terminal(void);
void test_doctor(void);
void test_certify(void);

#endif /* PINSCOPE_TESTS_COMMAND_H */
