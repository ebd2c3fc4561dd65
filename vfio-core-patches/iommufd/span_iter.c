// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's iterator over used and unused spans of an interval tree, which is left
 * out of a kernel without iommufd. The build cuts it out of lib/interval_tree.c.
 */

#include <linux/export.h>
#include <linux/interval_tree.h>

#define CONFIG_INTERVAL_TREE_SPAN_ITER 1
#include "span_iter.inc"
