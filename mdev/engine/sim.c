// SPDX-License-Identifier: GPL-2.0-only
/*
 * The DMA engine of a device of the software IOMMU: the CPU moves the data, in
 * microseconds, through the domain that the device is attached to.
 */

#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/unaligned.h>

#include "../iommu/pinscope_iommu.h"
#include "engine.h"
#include "log.h"

/**
 * struct sim_engine - one device
 * @engine: what the driver sees
 * @dev: the device
 * @lock: held for each transfer; protects @users
 * @users: open devices
 */
struct sim_engine {
	struct pinscope_engine engine;
	struct device *dev;
	struct mutex lock;	/* one transfer at a time */
	unsigned int users;
};

static struct sim_engine *to_sim(struct pinscope_engine *engine)
{
	return container_of(engine, struct sim_engine, engine);
}

/* The caller is to know whether, not why, the IOMMU has stopped the DMA */
static int sim_errno(int ret)
{
	switch (ret) {
	case -EPERM:
		return -EFAULT;
	case -ENXIO:
		return -EBUSY;
	default:
		return ret;
	}
}

static int sim_write(struct pinscope_engine *engine, u64 iova, u32 len,
		     u32 seed)
{
	struct sim_engine *sim = to_sim(engine);
	u8 *data;
	u32 i;
	int ret;

	data = kvmalloc(round_up(len, 4), GFP_KERNEL_ACCOUNT);
	if (!data)
		return -ENOMEM;
	for (i = 0; i < len; i += 4)
		put_unaligned_le32(seed + i / 4, data + i);

	mutex_lock(&sim->lock);
	ret = sim->users ? pinscope_iommu_write(sim->dev, iova, data, len) :
			   -EBUSY;
	/* Part of it may be there after an error, too */
	pinscope_log_written(engine->log, iova, len);
	mutex_unlock(&sim->lock);

	kvfree(data);
	return sim_errno(ret);
}

static int sim_read(struct pinscope_engine *engine, u64 iova, u32 len,
		    u32 *sum)
{
	struct sim_engine *sim = to_sim(engine);
	u8 *data;
	u32 i;
	int ret;

	data = kvzalloc(round_up(len, 4), GFP_KERNEL_ACCOUNT);
	if (!data)
		return -ENOMEM;

	mutex_lock(&sim->lock);
	ret = sim->users ? pinscope_iommu_read(sim->dev, iova, data, len) :
			   -EBUSY;
	mutex_unlock(&sim->lock);

	*sum = 0;
	for (i = 0; !ret && i < len; i += 4)
		*sum += get_unaligned_le32(data + i);
	kvfree(data);
	return sim_errno(ret);
}

static int sim_start(struct pinscope_engine *engine)
{
	struct sim_engine *sim = to_sim(engine);

	guard(mutex)(&sim->lock);
	sim->users++;
	return 0;
}

/* Nothing is under way when the lock is ours */
static void sim_stop(struct pinscope_engine *engine)
{
	struct sim_engine *sim = to_sim(engine);

	guard(mutex)(&sim->lock);
	sim->users--;
}

static void sim_destroy(struct pinscope_engine *engine)
{
	struct sim_engine *sim = to_sim(engine);

	pinscope_log_destroy(engine->log);
	mutex_destroy(&sim->lock);
	kfree(sim);
}

static const struct pinscope_engine_ops sim_ops = {
	.start = sim_start,
	.stop = sim_stop,
	.write = sim_write,
	.read = sim_read,
	.destroy = sim_destroy,
};

/**
 * pinscope_sim_create() - make an engine of a device of the software IOMMU
 * @dev: the device; its driver must set driver_managed_dma
 *
 * The engine does no DMA before pinscope_engine_start().
 *
 * Context: Process context, sleeps.
 * Return: the engine, for pinscope_engine_destroy(), or an ERR_PTR(): -ENODEV
 * if @dev is not behind the software IOMMU.
 */
struct pinscope_engine *pinscope_sim_create(struct device *dev)
{
	struct pinscope_log *log;
	struct sim_engine *sim;

	if (!pinscope_iommu_has_device(dev))
		return ERR_PTR(-ENODEV);

	sim = kzalloc(sizeof(*sim), GFP_KERNEL);
	if (!sim)
		return ERR_PTR(-ENOMEM);

	log = pinscope_log_create(dev);
	if (IS_ERR(log)) {
		kfree(sim);
		return ERR_CAST(log);
	}
	sim->engine.log = log;
	sim->engine.ops = &sim_ops;
	sim->dev = dev;
	mutex_init(&sim->lock);
	return &sim->engine;
}
