/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devices of the software IOMMU, made in configfs for one test. Their names may
 * stand wherever a PCI function's address does.
 */
#ifndef PINSCOPE_SIM_H
#define PINSCOPE_SIM_H

#include <stdbool.h>

/* Tests number groups from here on, to keep clear of others' devices. */
#define SIM_GROUP 7000

/**
 * struct sim_options - what is not as usual
 * @page_size: smallest page, 0 for 4096
 * @no_large_pages: no larger pages beside
 * @no_tracking: domains cannot track dirty pages
 * @model: how they tell what is dirty; NULL for "exact"
 */
struct sim_options {
	unsigned int page_size;
	bool no_large_pages;
	bool no_tracking;
	const char *model;
};

/* Skips the test where there is no software IOMMU. */
void need_sim(void);

/* A device in this IOMMU group; @options may be NULL. Returns its name. */
const char *sim_new(unsigned int group, const struct sim_options *options);
bool is_sim(const char *name);

/*
 * The same in steps: the directory, which goes away with the test, its files,
 * and the name of the device. They return 0 or -errno.
 */
int sim_try_mkdir(const char *item);
int sim_put(const char *item, const char *file, const char *value);
char *sim_get(const char *item, const char *file);
int sim_try_rmdir(const char *item);
const char *sim_device(const char *item);
const char *sim_item(const char *device);

/* For the harness: configfs is mounted; nothing is left of killed tests. */
void sim_mount(void);
void sim_rescue(void);

#endif /* PINSCOPE_SIM_H */
