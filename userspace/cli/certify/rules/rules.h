/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules: what has to hold for any device. Each is told in steps.
 */
#ifndef PINSCOPE_CERTIFY_RULES_H
#define PINSCOPE_CERTIFY_RULES_H

#include "cli/certify/rig/steps.h"

/* What a rule cannot do without */
#define NEEDS_EXERCISER		(1u << 0)
#define NEEDS_MIGRATION		(1u << 1)
#define NEEDS_PRE_COPY		(1u << 2)
#define NEEDS_RESET		(1u << 3)
#define NEEDS_SECOND		(1u << 4)
#define NEEDS_LOG		(1u << 5)
#define NEEDS_PATCHED		(1u << 6)

/**
 * struct rule - something that has to hold for any device
 * @name: area and what is tested
 * @needs: NEEDS_*
 * @steps: the first that does not pass ends it
 */
struct rule {
	const char *name;
	unsigned int needs;
	const struct step *steps;
};

extern const struct rule rules_abi[], rules_scope[], rules_dirty[], rules_mapping[],
	rules_migration[], rules_two[];

#endif /* PINSCOPE_CERTIFY_RULES_H */
