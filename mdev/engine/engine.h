/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What does the DMA of a sample device. Engines know nothing of VFIO, and
 * drivers know nothing of the hardware behind an engine.
 */
#ifndef PINSCOPE_ENGINE_H
#define PINSCOPE_ENGINE_H

#include <linux/types.h>

struct device;
struct pci_dev;
struct pinscope_engine;
struct pinscope_log;

/**
 * struct pinscope_engine_ops - one kind of hardware
 * @start: one more device uses the engine; -EBUSY if the hardware has not come
 *	   to rest after a transfer that failed
 * @stop: one device less; no DMA is going on, and after the last none can
 * @write: write @len bytes at @iova, 32-bit words that count up from @seed
 * @read: read @len bytes at @iova, @sum is the sum of the words
 * @destroy: free the engine, which nobody uses
 *
 * All sleep. @write and @read return when all data has moved, 0 or a negative
 * errno: -EFAULT if part of the range is not mapped, or not for that, unless the
 * engine is unaware; -EIO if the hardware has failed. After any error no DMA goes on.
 */
struct pinscope_engine_ops {
	int (*start)(struct pinscope_engine *engine);
	void (*stop)(struct pinscope_engine *engine);
	int (*write)(struct pinscope_engine *engine, u64 iova, u32 len,
		     u32 seed);
	int (*read)(struct pinscope_engine *engine, u64 iova, u32 len,
		    u32 *sum);
	void (*destroy)(struct pinscope_engine *engine);
};

/**
 * struct pinscope_engine - the DMA engine of one hardware function
 * @ops: how it is driven
 * @log: of what it writes, see log.h
 * @unaware: it is not told of what the IOMMU stops
 */
struct pinscope_engine {
	const struct pinscope_engine_ops *ops;
	struct pinscope_log *log;
	bool unaware;
};

static inline int pinscope_engine_start(struct pinscope_engine *engine)
{
	return engine->ops->start(engine);
}

static inline void pinscope_engine_stop(struct pinscope_engine *engine)
{
	engine->ops->stop(engine);
}

static inline int pinscope_engine_write(struct pinscope_engine *engine,
					u64 iova, u32 len, u32 seed)
{
	return engine->ops->write(engine, iova, len, seed);
}

static inline int pinscope_engine_read(struct pinscope_engine *engine,
				       u64 iova, u32 len, u32 *sum)
{
	return engine->ops->read(engine, iova, len, sum);
}

static inline void pinscope_engine_destroy(struct pinscope_engine *engine)
{
	engine->ops->destroy(engine);
}

struct pinscope_engine *pinscope_edu_create(struct pci_dev *pdev);
struct pinscope_engine *pinscope_sim_create(struct device *dev);

#endif /* PINSCOPE_ENGINE_H */
