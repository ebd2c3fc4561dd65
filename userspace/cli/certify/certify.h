/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * "pinscope certify", from top to bottom: command.c reads the command line,
 * supervise.c has the device and puts it back, suite.c runs the rules in a process of
 * its own; rules/ has the rules, rig/ what they work with, exerciser/ what makes the
 * device work; report/ tells what was found. Here is what is known before anything
 * runs.
 */
#ifndef PINSCOPE_CERTIFY_H
#define PINSCOPE_CERTIFY_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include <pinscope/pinscope.h>

#define CERTIFY_PAGES		64u	/* to work on, if not said otherwise */
#define CERTIFY_PAGES_MAX	4096u
#define CERTIFY_GUARD		16u	/* pages before and behind them */
#define CERTIFY_SCRATCH		16u	/* pages for an exerciser's queues and buffers */
#define CERTIFY_WINDOW		8u	/* pages of a DMA buffer */
#define CERTIFY_LIMIT		10u	/* seconds that an exerciser may take to answer */
#define CERTIFY_RULE_LIMIT	30u	/* times as long a rule may take */

/**
 * struct subject - a device that is looked at
 * @name: as the kernel knows it
 * @driver: what it is bound to
 * @parent: of an mdev with IOMMU backing: who does its DMA; else ""
 * @pci: it is a PCI function
 * @emulated: an mdev without IOMMU behind it
 * @group: number of its group, in /dev/vfio
 * @bound: it was given to vfio-pci for the test
 */
struct subject {
	char name[PINSCOPE_NAME_MAX];
	char driver[PINSCOPE_NAME_MAX];
	char parent[PINSCOPE_NAME_MAX];
	bool pci;
	bool emulated;
	unsigned int group;
	bool bound;
};

/**
 * struct request - what the user wants
 * @device: the device, as named by the user
 * @second: another one for the same container, or NULL
 * @exerciser: what makes the device work, or NULL
 * @test: pattern of the names of rules to run, or NULL for all
 * @junit: file to write, or NULL
 * @html: file to write, or NULL
 * @json: print JSON, no KTAP
 * @bind: give the device to vfio-pci for the test
 * @pages: how many pages to work on
 * @limit: seconds that an exerciser may take to answer
 */
struct request {
	const char *device;
	const char *second;
	const char *exerciser;
	const char *test;
	const char *junit;
	const char *html;
	bool json;
	bool bind;
	uint64_t pages;
	uint64_t limit;
};

/**
 * struct shared - what the process that runs the rules tells the one that waits
 * @deadline: when the rule must have ended, on CLOCK_MONOTONIC; 0 for none
 * @rule: its name
 * @program: process group of the exerciser, or 0
 */
struct shared {
	time_t deadline;
	char rule[PINSCOPE_NAME_MAX];
	pid_t program;
};

/* subject.c: each says itself what is wrong, and returns an exit code */

int subject_find(const char *device, bool bind, struct subject *subject);
int subject_check(struct subject *subject);

/* inuse.c: who uses a device of another driver; says it, and returns an exit code */
int inuse_check(const struct subject *subject);

/* bind.c: each says itself what fails, and returns an exit code */

struct binding {
	char driver[PINSCOPE_NAME_MAX];
	char override[PINSCOPE_NAME_MAX];
};

int bind_take(struct subject *subject, struct binding *before);
int bind_put_back(const struct subject *subject, const struct binding *before);

/* supervise.c: the device is as it was before when this returns */
int supervise(const struct request *request);

#endif /* PINSCOPE_CERTIFY_H */
