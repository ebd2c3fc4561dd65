/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain as libvirt describes it, and the mediated devices in it.
 */
#ifndef PINSCOPE_HOOK_DOMAIN_H
#define PINSCOPE_HOOK_DOMAIN_H

#include <libxml/tree.h>

#include "complaint.h"

/**
 * struct domain - a description
 * @doc: all of it
 * @mdevs: the elements with a UUID, as many as @nr
 * @nr: number of mediated devices
 */
struct domain {
	struct _xmlDoc *doc;
	struct _xmlNode **mdevs;
	int nr;
};

/* Reads one; if it is none, says why. Free it in any case. */
bool domain_read(struct domain *domain, int fd, struct complaint *why);

void domain_free(struct domain *domain);

/* The UUID of the n-th device, to be freed with xmlFree(); NULL without memory. */
char *domain_uuid(const struct domain *domain, int n);

bool domain_set_uuid(struct domain *domain, int n, const char *uuid,
		     struct complaint *why);

/* Prints all of it. */
bool domain_print(const struct domain *domain, FILE *to, struct complaint *why);

#endif /* PINSCOPE_HOOK_DOMAIN_H */
