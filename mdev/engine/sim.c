// SPDX-License-Identifier: GPL-2.0-only
/*
 * The DMA engine of a device of the software IOMMU: the CPU moves the data, page
 * by page, through the domain that the device is attached to.
 *
 * The file pinscope_engine/<device>/fault in debugfs makes it go wrong:
 *
 *   none    nothing
 *   slow    each page of a transfer takes 200 ms
 *   hold    a transfer does not go on. Told to stop it does not either, so after
 *	     some time the device is fenced: none of its DMA passes, and it is not
 *	     opened, until the file says something else.
 */

#include <linux/cleanup.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "../iommu/pinscope_iommu.h"
#include "engine.h"
#include "fault.h"
#include "log.h"

/* How long a transfer may stand still, and when it was told to stop */
#define SIM_TIMEOUT		(20 * HZ)
#define SIM_REST_TIMEOUT	(2 * HZ)

#define SIM_SLOW_US		200000

enum sim_fault { SIM_FAULT_NONE, SIM_FAULT_SLOW, SIM_FAULT_HOLD };

static const char * const sim_faults[] = {
	[SIM_FAULT_NONE] = "none",
	[SIM_FAULT_SLOW] = "slow",
	[SIM_FAULT_HOLD] = "hold",
};

/**
 * struct sim_engine - one device
 * @engine: what the driver sees
 * @dev: the device
 * @fault: what is to go wrong
 * @dir: in debugfs
 * @lock: held for each piece of a transfer; protects what follows
 * @users: open devices
 * @fenced: a transfer has not come to rest; no DMA passes
 * @data: a page of it
 */
struct sim_engine {
	struct pinscope_engine engine;
	struct device *dev;
	struct pinscope_fault fault;
	struct dentry *dir;
	struct mutex lock;	/* one piece at a time */
	unsigned int users;
	bool fenced;
	u8 *data;
};

static struct sim_engine *to_sim(struct pinscope_engine *engine)
{
	return container_of(engine, struct sim_engine, engine);
}

static bool sim_is_held(struct sim_engine *sim)
{
	return pinscope_fault_now(&sim->fault) == SIM_FAULT_HOLD;
}

/* Ends the quarantine of a device, if nothing holds its transfer any more */
static int sim_settle(struct sim_engine *sim)
{
	lockdep_assert_held(&sim->lock);

	if (sim->fenced && sim_is_held(sim))
		return -EIO;
	sim->fenced = false;
	return 0;
}

static int sim_fence(struct sim_engine *sim)
{
	guard(mutex)(&sim->lock);
	sim->fenced = true;
	dev_err_ratelimited(sim->dev,
			    "transfer has not ended in time: fenced until it has\n");
	return -EIO;
}

/* Waits while the fault lasts */
static int sim_hold(struct sim_engine *sim, struct pinscope_transfer *t)
{
	unsigned long end = jiffies + SIM_TIMEOUT;
	bool stops = false;

	if (pinscope_fault_now(&sim->fault) == SIM_FAULT_SLOW)
		fsleep(SIM_SLOW_US);
	while (sim_is_held(sim)) {
		if (!stops && pinscope_transfer_stops(t)) {
			stops = true;
			end = jiffies + SIM_REST_TIMEOUT;
		}
		if (time_after(jiffies, end))
			return sim_fence(sim);
		fsleep(2000);
	}
	return 0;
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

static int sim_move_piece(struct sim_engine *sim, struct pinscope_transfer *t)
{
	u64 iova = t->iova + t->done;
	u32 count = min_t(u32, t->len - t->done, PAGE_SIZE);
	int ret;

	guard(mutex)(&sim->lock);
	ret = sim_settle(sim);
	if (ret)
		return ret;
	if (!sim->users)
		return -EBUSY;

	/* All or nothing, as far as it can be known before */
	if (!t->done)
		ret = pinscope_iommu_check(sim->dev, iova, t->len,
					   t->to_memory);
	if (ret)
		return sim_errno(ret);

	if (t->to_memory) {
		pinscope_transfer_fill(t, sim->data, count);
		ret = pinscope_iommu_write(sim->dev, iova, sim->data, count);
		/* Part of it may be there after an error, too */
		pinscope_log_written(sim->engine.log, iova, count);
	} else {
		ret = pinscope_iommu_read(sim->dev, iova, sim->data, count);
		if (!ret)
			pinscope_transfer_sum(t, sim->data, count);
	}
	if (!ret)
		t->done += count;
	return sim_errno(ret);
}

static int sim_move(struct pinscope_engine *engine, struct pinscope_transfer *t)
{
	struct sim_engine *sim = to_sim(engine);
	int ret;

	while (t->done < t->len) {
		ret = sim_hold(sim, t);
		if (!ret && pinscope_transfer_stops(t))
			ret = -ECANCELED;
		if (!ret)
			ret = sim_move_piece(sim, t);
		if (ret)
			return ret;
		cond_resched();
	}
	return 0;
}

static int sim_start(struct pinscope_engine *engine)
{
	struct sim_engine *sim = to_sim(engine);

	guard(mutex)(&sim->lock);
	if (sim_settle(sim))
		return -EBUSY;
	sim->users++;
	return 0;
}

static void sim_stop(struct pinscope_engine *engine)
{
	struct sim_engine *sim = to_sim(engine);

	guard(mutex)(&sim->lock);
	sim->users--;
}

static void sim_destroy(struct pinscope_engine *engine)
{
	struct sim_engine *sim = to_sim(engine);

	debugfs_remove_recursive(sim->dir);
	pinscope_log_destroy(engine->log);
	mutex_destroy(&sim->lock);
	free_page((unsigned long)sim->data);
	kfree(sim);
}

static const struct pinscope_engine_ops sim_ops = {
	.start = sim_start,
	.stop = sim_stop,
	.move = sim_move,
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
	struct sim_engine *sim;
	int ret = -ENOMEM;

	if (!pinscope_iommu_has_device(dev))
		return ERR_PTR(-ENODEV);

	sim = kzalloc(sizeof(*sim), GFP_KERNEL);
	if (!sim)
		return ERR_PTR(-ENOMEM);
	sim->data = (u8 *)__get_free_page(GFP_KERNEL);
	if (!sim->data)
		goto err_free;

	sim->engine.log = pinscope_log_create(dev);
	if (IS_ERR(sim->engine.log)) {
		ret = PTR_ERR(sim->engine.log);
		goto err_data;
	}
	sim->engine.ops = &sim_ops;
	sim->dev = dev;
	mutex_init(&sim->lock);
	sim->fault.names = sim_faults;
	sim->fault.nr = ARRAY_SIZE(sim_faults);
	sim->dir = pinscope_engine_debugfs(dev_name(dev));
	pinscope_fault_create_file(&sim->fault, sim->dir);
	return &sim->engine;

err_data:
	free_page((unsigned long)sim->data);
err_free:
	kfree(sim);
	return ERR_PTR(ret);
}
