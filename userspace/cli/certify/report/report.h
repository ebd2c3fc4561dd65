/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was found, for people and programs.
 */
#ifndef PINSCOPE_CERTIFY_REPORT_H
#define PINSCOPE_CERTIFY_REPORT_H

#include "cli/certify/run.h"

/* ktap.c */

void ktap_plan(const struct run *run, size_t nr);
void ktap_result(const struct run *run, size_t number, const struct result *result);
void ktap_verdict(const struct run *run, const char *verdict);

/* verdict.c: to be freed */
char *verdict(const struct run *run);
const char *cause_advice(enum cause cause, const char **section);

/* report.c, html.c: files; say themselves what fails, and return an exit code */

int report_junit(const struct run *run, const char *verdict, const char *file);
void report_json(const struct run *run, const char *verdict);
/* Of a device that cannot be tested: the reason, as it was said last */
void report_refused(const struct request *request);
int report_html(const struct run *run, const char *verdict, const char *file);

#endif /* PINSCOPE_CERTIFY_REPORT_H */
