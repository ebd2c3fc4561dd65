/* SPDX-License-Identifier: GPL-2.0 */
/* Devices of each kind that sweeps are done with. */
#ifndef FAULTS_SUBJECT_H
#define FAULTS_SUBJECT_H

#include <harness/sim.h>

#include "fixtures/hwlog.h"
#include "fixtures/memory.h"
#include "fixtures/soft.h"
#include "fixtures/vm.h"

/**
 * struct kind - a driver over an IOMMU
 * @driver: its name
 * @edu: over an edu function, else over the software IOMMU, or over none
 * @tracks: the IOMMU tracks dirty pages
 * @pins: it writes into windows only, and pins these
 */
struct kind {
	const char *driver;
	bool edu;
	bool tracks;
	bool pins;
};

extern const struct kind emulated, backed, tracked, optin, precopy, hwlog;
extern const struct kind backed_edu, optin_edu, hwlog_edu;

/* An mdev of this kind, in no container */
struct mdev *new_mdev(const struct kind *kind);
struct mdev *new_mdev_type(const struct kind *kind, const char *type);

/* A container that has one, open */
struct device *new_device_of(const struct kind *kind, struct vm *vm);

/* The device writes page 4, through a window if it needs one */
void let_write(struct device *dev, const struct kind *kind);

/* The device is opened, and not enabled */
int open_only(struct device *dev);

/* A migration: its file is closed; a stream is loaded, and the device runs */
void end_session(struct device *dev);
int try_load(struct device *dev, const void *data, size_t len);

/* A device of the software IOMMU that nothing else uses */
const char *new_sim(bool tracks);

/* A test for one kind: ON(get, emulated) calls get(&emulated) */
#define ON(operation, which)						\
	static void operation(const struct kind *kind);			\
	FAULTS(operation##_##which)					\
	{								\
		operation(&(which));					\
	}

#endif /* FAULTS_SUBJECT_H */
