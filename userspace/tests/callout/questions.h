/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the callout is asked, and what it has to answer.
 */
#ifndef PINSCOPE_TESTS_QUESTIONS_H
#define PINSCOPE_TESTS_QUESTIONS_H

#include <stddef.h>

#define OPTIN "pinscope_optin-dma"
#define BACKED "pinscope_backed-dma"

#define CONFIG(attrs) \
	"{\"mdev_type\":\"x\",\"start\":\"manual\",\"attrs\":" attrs "}"
#define START "[{\"opt_in\":\"start\"}]"

/**
 * struct question - one question and its answer
 * @name: of the test
 * @type: of the device
 * @event: and
 * @action: what mdevctl does
 * @config: on standard input
 * @status: exit status
 * @said: part of the complaint, or what is printed if there is none
 */
struct question {
	const char *name;
	const char *type;
	const char *event;
	const char *action;
	const char *config;
	int status;
	const char *said;
};

extern const struct question questions[];
extern const size_t nr_questions;

#endif /* PINSCOPE_TESTS_QUESTIONS_H */
