/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PINSCOPE_CERTIFY_SUITE_H
#define PINSCOPE_CERTIFY_SUITE_H

#include "cli/certify/run.h"

/**
 * suite_run() - run the rules, and tell what was found
 * @run: with what is to be done
 *
 * Return: an exit code.
 */
int suite_run(struct run *run);

#endif /* PINSCOPE_CERTIFY_SUITE_H */
