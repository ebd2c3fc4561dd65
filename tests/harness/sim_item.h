/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devices of the software IOMMU as directories in configfs; tests have sim.h, which
 * takes them away when they end. Nothing of the runner is needed here. Functions
 * return 0 or -errno.
 */
#ifndef PINSCOPE_SIM_ITEM_H
#define PINSCOPE_SIM_ITEM_H

#include "sim.h"

#define SIM_ITEMS "/sys/kernel/config/pinscope"
#define SIM_DEVICE "pinscope_sim."

int sim_item_put(const char *item, const char *file, const char *value);

/* Of a directory that is there: how the device is, and that it comes to be. */
int sim_item_configure(const char *item, unsigned int group,
		       const struct sim_options *options);

/* All whose name begins so. */
void sim_items_remove(const char *prefix);

#endif /* PINSCOPE_SIM_ITEM_H */
