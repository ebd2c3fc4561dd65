/* SPDX-License-Identifier: GPL-2.0 */
/* An edu function that pinscope_assigned drives. */
#ifndef PINSCOPE_HARNESS_ASSIGNED_H
#define PINSCOPE_HARNESS_ASSIGNED_H

#include <stdbool.h>

/*
 * A function alone in its IOMMU group, given to the driver until the test ends;
 * @opt_in is its attribute, NULL leaves it as it is.
 */
const char *assigned_function(int n, const char *opt_in);

/* Its attributes. */
int assigned_put(const char *bdf, const char *name, const char *value);
char *assigned_get(const char *bdf, const char *name);
bool assigned_says(const char *bdf, const char *scope);

/* Something goes wrong, see debugfs-pinscope_assigned; until the test ends, or here. */
void assigned_fault(const char *bdf, const char *fault);
void assigned_repair(const char *bdf, const char *fault);

#endif /* PINSCOPE_HARNESS_ASSIGNED_H */
