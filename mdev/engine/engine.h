/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What does the DMA of a sample device. Engines know nothing of VFIO, and
 * drivers know nothing of the hardware behind an engine.
 */
#ifndef PINSCOPE_ENGINE_H
#define PINSCOPE_ENGINE_H

#include "transfer.h"

struct device;
struct pci_dev;
struct pinscope_engine;
struct pinscope_log;

/**
 * struct pinscope_engine_ops - one kind of hardware
 * @start: one more device uses the engine; -EBUSY if the hardware has not come
 *	   to rest after a transfer that failed
 * @stop: one device less, whose transfers have ended; after the last one no DMA
 *	  can go on
 * @move: move the rest of a transfer
 * @ioas_begin: iommufd is about to change which domain the hardware is attached to, or
 *		may be; until @ioas_end the engine leaves that alone
 * @ioas_end: it has; how many devices are bound and attached now that were not before.
 *	      Both may be missing, as hardware has no part in this. edu has, see
 *	      edu_buffer.c
 * @destroy: free the engine, which nobody uses
 *
 * All sleep. @move returns 0 when all data has moved; -ECANCELED if it was told
 * to stop before; -EFAULT if part of the range is not mapped, or not for that,
 * unless the engine is unaware; -EIO if the hardware has failed. Whatever it
 * returns, no DMA goes on then: hardware that does not come to rest is fenced
 * first. Told to stop, it returns in bounded time.
 */
struct pinscope_engine_ops {
	int (*start)(struct pinscope_engine *engine);
	void (*stop)(struct pinscope_engine *engine);
	int (*move)(struct pinscope_engine *engine,
		    struct pinscope_transfer *t);
	void (*ioas_begin)(struct pinscope_engine *engine);
	void (*ioas_end)(struct pinscope_engine *engine, int bound,
			 int attached);
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

static inline int pinscope_engine_move(struct pinscope_engine *engine,
				       struct pinscope_transfer *t)
{
	return engine->ops->move(engine, t);
}

static inline void pinscope_engine_ioas_begin(struct pinscope_engine *engine)
{
	if (engine->ops->ioas_begin)
		engine->ops->ioas_begin(engine);
}

static inline void pinscope_engine_ioas_end(struct pinscope_engine *engine,
					    int bound, int attached)
{
	if (engine->ops->ioas_end)
		engine->ops->ioas_end(engine, bound, attached);
}

static inline void pinscope_engine_destroy(struct pinscope_engine *engine)
{
	engine->ops->destroy(engine);
}

struct pinscope_engine *pinscope_edu_create(struct pci_dev *pdev);
struct pinscope_engine *pinscope_sim_create(struct device *dev);

#endif /* PINSCOPE_ENGINE_H */
