/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of "pinscope doctor" share: kernel.c, machine.c and user.c check,
 * files.c looks at what there is for them, report.c collects what they find and prints
 * it.
 */
#ifndef PINSCOPE_CLI_DOCTOR_H
#define PINSCOPE_CLI_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

enum doctor_verdict { DOCTOR_GOOD, DOCTOR_NOTE, DOCTOR_BAD };

/**
 * struct doctor_finding - one check
 * @check: what was looked at
 * @verdict: whether it is as it should be
 * @found: what was found
 * @remedy: the cure, "" if there is nothing to cure
 */
struct doctor_finding {
	const char *check;
	enum doctor_verdict verdict;
	char found[256];
	const char *remedy;
};

/**
 * struct doctor_report - all of them
 * @findings: the checks
 * @nr: how many
 */
struct doctor_report {
	struct doctor_finding findings[24];
	size_t nr;
};

/* report.c */

void doctor_add(struct doctor_report *report, const char *check, enum doctor_verdict verdict,
		const char *remedy, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
size_t doctor_count(const struct doctor_report *report, enum doctor_verdict verdict);
void doctor_print(const struct doctor_report *report);
void doctor_print_json(const struct doctor_report *report);

/* files.c: @root is where a tree is, such as pinscope_sysfs_root() */

bool doctor_exists(const char *root, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Entries of a directory, or -1 if it is not there */
int doctor_count_entries(const char *root, const char *name);
/* Does any line of a file have this word in it? */
bool doctor_file_has(const char *root, const char *name, const char *word);
/* Of a module's parameter that is on or off: Y or N, or 0 if there is none */
char doctor_parameter(const char *module, const char *name);

/* kernel.c */

enum doctor_presence { DOCTOR_ABSENT, DOCTOR_LOADED, DOCTOR_BUILT_IN };

/* Is there the VFIO core, patched or not? */
enum doctor_presence doctor_vfio(void);
void doctor_check_kernel(struct doctor_report *report);
void doctor_check_core(struct doctor_report *report);
void doctor_check_modules(struct doctor_report *report);
void doctor_check_debugfs(struct doctor_report *report);

/* machine.c */

void doctor_check_iommu(struct doctor_report *report);
void doctor_check_groups(struct doctor_report *report);
void doctor_check_iommufd(struct doctor_report *report);
void doctor_check_interrupts(struct doctor_report *report);

/* user.c: what this user may do, and has for it */

void doctor_check_container_node(struct doctor_report *report);
void doctor_check_group_nodes(struct doctor_report *report);
void doctor_check_locked_memory(struct doctor_report *report);
void doctor_check_mdev_types(struct doctor_report *report);
void doctor_check_mdevctl(struct doctor_report *report);

#endif /* PINSCOPE_CLI_DOCTOR_H */
