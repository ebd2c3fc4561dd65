/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the subcommands of pinscope share.
 */
#ifndef PINSCOPE_CLI_H
#define PINSCOPE_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <pinscope/pinscope.h>

struct json_object;
struct option;

/**
 * enum cli_exit - exit codes, as documented by "pinscope help"
 * @CLI_OK: done
 * @CLI_BAD: the answer is no: a check failed, or the kernel did not behave
 * @CLI_USAGE: the command line is wrong
 * @CLI_MISSING: something it needs is not there: a device, a module, a permission
 * @CLI_FAILED: an operation failed
 */
enum cli_exit {
	CLI_OK = 0,
	CLI_BAD = 1,
	CLI_USAGE = 2,
	CLI_MISSING = 3,
	CLI_FAILED = 4,
};

/**
 * struct cli_command - a subcommand
 * @name: its name
 * @summary: one line for "pinscope help"
 * @help: all that "pinscope NAME --help" prints
 * @run: argv[0] is its name; returns an exit code
 */
struct cli_command {
	const char *name;
	const char *summary;
	const char *help;
	int (*run)(int argc, char **argv);
};

extern const struct cli_command cli_certify;
extern const struct cli_command cli_demo;
extern const struct cli_command cli_dirty;
extern const struct cli_command cli_doctor;
extern const struct cli_command cli_list;
extern const struct cli_command cli_metrics;
extern const struct cli_command cli_plot;
extern const struct cli_command cli_record;
extern const struct cli_command cli_scope;
extern const struct cli_command cli_trace;

/* text.c: text that others chose */

/**
 * cli_printable() - make text fit for a terminal
 * @text: any bytes
 *
 * What is not printable in the user's locale, control characters and bytes that are
 * no character among it, becomes \\xHH.
 *
 * Return: the text, to be freed.
 */
char *cli_printable(const char *text);

/**
 * cli_columns() - how wide a terminal shows text
 * @text: printable text
 * @len: how many bytes of it
 *
 * Return: columns.
 */
size_t cli_columns(const char *text, size_t len);

/**
 * cli_utf8() - make text fit for JSON
 * @text: any bytes
 *
 * Return: the text, to be freed; a byte that is no UTF-8 is U+FFFD in it.
 */
char *cli_utf8(const char *text);

/**
 * cli_must() - end the program if there is no memory
 * @pointer: what was allocated
 *
 * Return: @pointer, which is not NULL.
 */
void *cli_must(void *pointer);

/**
 * cli_words() - what a function of the library says, whole
 * @say: the function
 * @of: what it speaks of
 *
 * Return: the words, to be freed.
 */
#define cli_words(say, of)							\
	({									\
		size_t size_ = 256;						\
		char *words_ = NULL;						\
										\
		do {								\
			size_ *= 4;						\
			words_ = cli_must(realloc(words_, size_));		\
		} while (say((of), words_, size_) == -ENOSPC);			\
		words_;								\
	})

/* options.c */

/**
 * cli_help() - print the help of a subcommand
 * @command: the subcommand
 *
 * Return: %CLI_OK.
 */
int cli_help(const struct cli_command *command);

/**
 * cli_bad_option() - say what is wrong with an option
 * @command: the subcommand
 * @options: its options
 * @argv: its arguments
 * @option: ':' or '?', as getopt_long() has returned it
 *
 * Return: %CLI_USAGE.
 */
int cli_bad_option(const struct cli_command *command, const struct option *options, char **argv,
		   int option);

/**
 * cli_no_argument() - say that an argument is one too many
 * @command: the subcommand
 * @argument: the argument
 *
 * Return: %CLI_USAGE.
 */
int cli_no_argument(const struct cli_command *command, const char *argument);

/* output.c */

/**
 * cli_error() - say on stderr, in one sentence, what went wrong
 * @fmt: as printf(), without full stop
 *
 * JSON that is printed later has the sentence as well.
 */
void cli_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * cli_warn() - say on stderr what is not as it should be, and no failure
 * @fmt: as printf(), without full stop
 */
void cli_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * cli_fail() - say what an operation of the library failed with, and the cure
 * @what: what was tried, e.g. "cannot open device 0000:00:06.0"
 * @op: the operation
 * @err: negative errno
 *
 * Return: the exit code: %CLI_MISSING if something is not there, else %CLI_FAILED.
 */
int cli_fail(const char *what, enum pinscope_op op, int err);

/**
 * cli_usage() - say what is wrong with the command line
 * @command: the subcommand
 * @fmt: as printf(), without full stop
 *
 * Return: %CLI_USAGE.
 */
int cli_usage(const struct cli_command *command, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * cli_number() - read a number from the command line
 * @text: decimal, or hexadecimal with 0x
 * @max: largest good value
 * @out: where to store it
 *
 * Return: whether it is one.
 */
bool cli_number(const char *text, uint64_t max, uint64_t *out);

/**
 * cli_real() - read a number that may have a decimal point
 * @text: digits, with a point among them or not, and what follows
 * @end: where to store what follows
 * @out: where to store it
 *
 * Return: whether there is one.
 */
bool cli_real(const char *text, const char **end, double *out);

/* json.c */

/* Add a member to an object. An empty text, or a number not known, is null. */

void cli_json_text(struct json_object *object, const char *key, const char *text);
void cli_json_number(struct json_object *object, const char *key, uint64_t number);
void cli_json_maybe(struct json_object *object, const char *key, bool known, uint64_t number);
void cli_json_real(struct json_object *object, const char *key, double number);
void cli_json_bool(struct json_object *object, const char *key, bool value);

/**
 * cli_print_json() - print what a command has to tell and free it
 * @root: the object, without its member "error"
 *
 * The member says what went wrong so far, and is null if nothing did.
 */
void cli_print_json(struct json_object *root);

/**
 * cli_print_wrapped() - print a paragraph with a hanging label
 * @label: printed once, before the first line
 * @text: the paragraph
 */
void cli_print_wrapped(const char *label, const char *text);

/* child.c */

/**
 * cli_wait() - wait for a program to end, but not for ever
 * @child: the process
 * @limit_ms: after that many milliseconds it is killed
 *
 * Return: its exit status; -EINTR if a signal ended it, -ETIMEDOUT if this did.
 */
int cli_wait(pid_t child, unsigned int limit_ms);

/* member.c: devices that join and leave a container */

/**
 * struct cli_member - a device in a container
 * @group: its group
 * @device: its handle
 */
struct cli_member {
	struct pinscope_group *group;
	struct pinscope_device *device;
};

/**
 * cli_join() - attach a device's group to a container and open the device
 * @container: the container
 * @device: device name
 * @member: filled on success; to be undone with cli_leave()
 *
 * Says itself what fails.
 *
 * Return: an exit code.
 */
int cli_join(struct pinscope_container *container, const char *device, struct cli_member *member);

/**
 * cli_leave() - close a device and detach its group
 * @member: a member; may be empty, is empty afterwards
 */
void cli_leave(struct cli_member *member);

/**
 * cli_find_own() - find the view of a container of this process
 * @list: every container of the system
 * @group: number of a group that is in it
 *
 * Return: the view, or NULL.
 */
const struct pinscope_scope_view *cli_find_own(const struct pinscope_scope_list *list,
					       unsigned int group);

#endif /* PINSCOPE_CLI_H */
