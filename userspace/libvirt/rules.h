/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which device of this host stands in for one that comes from another, as the
 * administrator says it:
 *
 *	device UUID UUID	that one gets this one
 *	device UUID type TYPE	or any of this type that is free
 *	domain NAME type TYPE	so does each device of this domain
 *	any type TYPE		and all others
 *
 * The first line that fits counts. "#" begins a comment.
 */
#ifndef PINSCOPE_HOOK_RULES_H
#define PINSCOPE_HOOK_RULES_H

#include <stdio.h>

#include <pinscope/mdev.h>

#include "complaint.h"

/**
 * struct rule - a line
 * @device: whom it is for, or empty
 * @domain: the same
 * @uuid: the device of this host, or empty
 * @type: else its type
 */
struct rule {
	char device[PINSCOPE_UUID_SIZE];
	char domain[256];
	char uuid[PINSCOPE_UUID_SIZE];
	char type[PINSCOPE_NAME_MAX];
};

/**
 * struct rules - all of them, in order
 * @rules: as many as @nr
 * @nr: number of rules
 */
struct rules {
	struct rule *rules;
	size_t nr;
};

/* Reads them; if one makes no sense, says why, with the line. Free them in any case. */
bool rules_read(struct rules *rules, FILE *from, const char *name, struct complaint *why);

void rules_free(struct rules *rules);

/* The first that is for a device of a domain, or NULL. */
const struct rule *rules_find(const struct rules *rules, const char *domain,
			      const char *device);

#endif /* PINSCOPE_HOOK_RULES_H */
