/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of "pinscope scope" share: command.c decides what to show, watch.c
 * again and again; state.c finds it out, with dirty.c, which asks what is dirty, and
 * forecast.c, which says what follows for a migration; the others print.
 */
#ifndef PINSCOPE_CLI_SCOPE_H
#define PINSCOPE_CLI_SCOPE_H

#include <pinscope/pinscope.h>

struct json_object;

/**
 * struct scope_goal - what a migration has
 * @bandwidth: bytes a second
 * @downtime: how many seconds the guest may stand still
 */
struct scope_goal {
	double bandwidth;
	double downtime;
};

/**
 * struct scope_request - what is to be shown
 * @json: as JSON
 * @dirty: ask containers of others which pages are dirty
 * @forecast: say whether a migration comes to its end
 * @goal: what it has
 * @watch: show it again and again
 * @interval: seconds between two times
 * @count: how often; 0 without end
 */
struct scope_request {
	bool json;
	bool dirty;
	bool forecast;
	struct scope_goal goal;
	bool watch;
	double interval;
	uint64_t count;
};

/**
 * struct scope_dirty - the dirty pages of a container now
 * @known: the kernel could be asked
 * @pages: how many
 * @has_rate: the owner did not make them clean meanwhile
 * @pages_per_second: how many become dirty
 */
struct scope_dirty {
	bool known;
	uint64_t pages;
	bool has_rate;
	double pages_per_second;
};

enum scope_verdict { SCOPE_UNKNOWN, SCOPE_YES, SCOPE_NO };

/**
 * struct scope_forecast - whether a migration comes to its end
 * @verdict: whether it does, as far as the devices are concerned
 * @bytes_known: the following are set
 * @bytes: what the last round has to send
 * @seconds: how long that takes
 * @words: why; to be freed
 */
struct scope_forecast {
	enum scope_verdict verdict;
	bool bytes_known;
	double bytes;
	double seconds;
	char *words;
};

/**
 * struct scope_state - all that is known at a time
 * @error: why the scope is not known, a negative errno: @list is empty then
 * @list: the containers
 * @dirty: for each of them
 * @forecast: for each of them
 * @holders: who holds nodes of VFIO; of groups only if @error is set
 * @nr_holders: how many
 * @garbled: containers of which what the kernel shows makes no sense
 */
struct scope_state {
	int error;
	struct pinscope_scope_list list;
	struct scope_dirty *dirty;
	struct scope_forecast *forecast;
	struct pinscope_holder *holders;
	size_t nr_holders;
	size_t garbled;
};

/* state.c */

/**
 * scope_read() - find out what is to be shown
 * @request: what that is
 * @state: filled on success; to be released with scope_release()
 *
 * Says itself what fails, and what is missing.
 *
 * Return: an exit code. With %CLI_MISSING, %CLI_FAILED and @state->garbled there is a
 * state to be shown, else not.
 */
int scope_read(const struct scope_request *request, struct scope_state *state);
void scope_release(struct scope_state *state);

/* show.c */

/* What shows a state to people */
typedef void scope_printer(const struct scope_state *state, const struct scope_request *request);

/**
 * scope_show() - find out what is to be shown, and show it
 * @request: what that is
 * @print: shows it, if it is not to be JSON
 * @shown: where to store whether there was something to show, or NULL
 *
 * Return: an exit code.
 */
int scope_show(const struct scope_request *request, scope_printer *print, bool *shown);

/* watch.c */

/**
 * scope_watch() - show the state again and again
 * @request: what is to be shown
 *
 * Return: the exit code of the last time.
 */
int scope_watch(const struct scope_request *request);

/* dirty.c */

/**
 * scope_look() - which pages of a container are dirty
 * @list: all containers
 * @view: the one that is meant
 * @dirty: filled
 *
 * Takes a tenth of a second. What is dirty stays so for the container's owner.
 */
void scope_look(const struct pinscope_scope_list *list, const struct pinscope_scope_view *view,
		struct scope_dirty *dirty);

/* forecast.c */

/**
 * scope_forecast() - say whether a migration comes to its end
 * @view: a container
 * @dirty: its dirty pages
 * @goal: what the migration has
 * @forecast: filled; @forecast->words to be freed
 */
void scope_forecast(const struct pinscope_scope_view *view, const struct scope_dirty *dirty,
		    const struct scope_goal *goal, struct scope_forecast *forecast);

/**
 * scope_mapped() - how much a process has mapped for its devices, on any kernel
 * @pid: the process
 * @bytes: where to store it: what it has locked otherwise counts, too
 *
 * Return: whether it is known.
 */
bool scope_mapped(pid_t pid, uint64_t *bytes);

/* "yes", "no" or "unknown" */
const char *scope_verdict_name(enum scope_verdict verdict);

/** SCOPE_WORD - room for a size in words */
#define SCOPE_WORD	32

/**
 * scope_size_words() - a size for people to read
 * @bytes: the size
 * @word: filled
 *
 * Return: @word.
 */
const char *scope_size_words(double bytes, char word[SCOPE_WORD]);

/* What a migration has, in words to be freed. */
char *scope_goal_words(const struct scope_goal *goal);

/* groups.c */

/**
 * scope_print_groups() - print a table of the groups of a container
 * @view: the container
 */
void scope_print_groups(const struct pinscope_scope_view *view);

/* text.c */

/**
 * scope_print_view() - print a container
 * @view: the container
 * @dirty: its dirty pages, or NULL if these were not asked for
 * @forecast: whether a migration comes to its end, or NULL
 */
void scope_print_view(const struct pinscope_scope_view *view, const struct scope_dirty *dirty,
		      const struct scope_forecast *forecast);

/**
 * scope_print() - print the state
 * @state: what is known
 * @request: what is to be shown
 */
void scope_print(const struct scope_state *state, const struct scope_request *request);

/**
 * scope_print_holders() - print who holds nodes of VFIO, if anyone does
 * @state: what is known
 */
void scope_print_holders(const struct scope_state *state);

/* json.c */

/**
 * scope_json_view() - a container as JSON
 * @view: the container
 *
 * Return: an object.
 */
struct json_object *scope_json_view(const struct pinscope_scope_view *view);

/**
 * scope_json() - print the state as JSON
 * @state: what is known, or NULL if nothing is
 * @request: what is to be shown
 */
void scope_json(const struct scope_state *state, const struct scope_request *request);

#endif /* PINSCOPE_CLI_SCOPE_H */
