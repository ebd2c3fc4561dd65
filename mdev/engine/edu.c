// SPDX-License-Identifier: GPL-2.0-only
/*
 * The DMA engine of QEMU's educational device, edu.
 *
 * edu moves data between memory and a buffer of its own, which nothing but its
 * DMA can reach. A real device would have memory on board or a FIFO to take
 * data from; edu has to fetch what it is to write from memory first, and to
 * put into memory what it has read. While a user owns the IOMMU group, the
 * kernel has no mapping there for that. So for that one transfer, the group is
 * attached to a domain that maps a page of the engine's and nothing else.
 *
 * That is safe: engines work only for an open device, for which the VFIO
 * container keeps the group attached. The container owns the group's DMA, so
 * only engines as this one drive the functions of the group, and all of them
 * take the lock of the group for each piece of a transfer.
 *
 * A transfer that does not end in time may end at any time later: after its
 * pages were unpinned, or in a domain that is not the one it was for. So the
 * function is fenced before anybody is told, see edu_function.c, and if it is
 * alone in its group the IOMMU lets nothing pass either. As long as that lasts it
 * takes no command, and no device that is opened.
 */

#include <linux/cleanup.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "edu_function.h"
#include "edu_group.h"
#include "engine.h"
#include "log.h"

/*
 * The buffer has 4096 bytes, but QEMU up to 9.0 stops the whole machine if a
 * transfer touches the last of them.
 */
#define EDU_BUFFER_WORDS	1023
#define EDU_BUFFER_SIZE		(EDU_BUFFER_WORDS * 4)

/**
 * struct edu_engine - the engine of a function
 * @engine: what the driver sees
 * @function: the hardware
 * @group: IOMMU group and lock of what follows
 * @scratch: a page that the kernel and edu both reach
 * @users: open devices
 * @bits: of addresses that the function has been seen to reach, or 0
 * @first: the word at the start of edu's buffer, if @words
 * @words: edu's buffer holds words that count up from @first
 */
struct edu_engine {
	struct pinscope_engine engine;
	struct edu_function function;
	struct edu_group *group;
	struct edu_scratch scratch;
	unsigned int users;
	unsigned int bits;
	u32 first;
	bool words;
};

static struct edu_engine *to_edu(struct pinscope_engine *engine)
{
	return container_of(engine, struct edu_engine, engine);
}

/* The domain of the user; without one there is no open device to work for */
static struct iommu_domain *edu_user_domain(struct edu_engine *edu)
{
	struct device *dev = edu_function_dev(&edu->function);
	struct iommu_domain *user = iommu_get_domain_for_dev(dev);

	lockdep_assert_held(&edu->group->lock);

	return user && user->type == IOMMU_DOMAIN_UNMANAGED ? user : NULL;
}

/*
 * If that fails DMA stays blocked, which harms nobody, and it is tried again for
 * the next command.
 */
static int edu_attach_user(struct edu_engine *edu, struct iommu_domain *user)
{
	struct edu_group *group = edu->group;
	int ret = -ENOMEM;

	lockdep_assert_held(&group->lock);

	if (edu_function_fault(&edu->function) != EDU_FAULT_ATTACH)
		ret = iommu_attach_group(user, group->iommu_group);
	group->away = ret ? user : NULL;
	if (ret)
		dev_err_ratelimited(edu_function_dev(&edu->function),
				    "domain of the user cannot be attached (%pe)\n",
				    ERR_PTR(ret));
	return ret;
}

static int edu_ready(struct edu_engine *edu)
{
	struct edu_group *group = edu->group;

	lockdep_assert_held(&group->lock);

	if (edu_function_settle(&edu->function, edu->users))
		return -EIO;
	if (group->away && edu_attach_user(edu, group->away))
		return -EIO;
	return edu_user_domain(edu) ? 0 : -EBUSY;
}

/* A transfer between the engine's own page and the start of edu's buffer */
static int edu_move_scratch(struct edu_engine *edu, u32 len, bool to_memory)
{
	struct iommu_domain *user = edu_user_domain(edu);
	struct iommu_group *group = edu->group->iommu_group;
	int ret;

	iommu_detach_group(user, group);
	ret = iommu_attach_group(edu->scratch.domain, group);
	if (!ret) {
		ret = edu_function_move(&edu->function, edu->scratch.iova, 0,
					len, to_memory);
		iommu_detach_group(edu->scratch.domain, group);
	}

	if (edu_attach_user(edu, user))
		ret = -EIO;
	return ret;
}

/*
 * Does the function write where it is told to, or to what is left of the address? It
 * masks those of more bits than its property dma_mask without a word, and would be at
 * other pages than were pinned. Asked once for 32 bits, and for more when they come
 * up. Page tables are not asked, see pinscope_parent_check().
 */
static int edu_prove(struct edu_engine *edu, u64 last)
{
	unsigned int bits = max_t(unsigned int, fls64(last), EDU_FIRST_BITS);
	const u32 len = sizeof(u64);
	int ret;

	if (bits <= edu->bits)
		return 0;
	if (last > edu_user_domain(edu)->geometry.aperture_end)
		return -EFAULT;

	edu->words = false;
	edu->bits = 0;
	memset(edu->scratch.page, 0x5a, len);
	ret = edu_scratch_move(&edu->scratch, bits) ?:
	      edu_move_scratch(edu, len, false);
	memset(edu->scratch.page, 0, len);
	if (!ret)
		ret = edu_move_scratch(edu, len, true);
	if (ret)
		return ret;
	if (memchr_inv(edu->scratch.page, 0x5a, len)) {
		dev_err_ratelimited(edu_function_dev(&edu->function),
				    "its addresses have too few bits: set edu's property dma_mask\n");
		return -ENXIO;
	}
	edu->bits = bits;
	return 0;
}

static int edu_fill(struct edu_engine *edu, u32 first)
{
	struct pinscope_transfer words = { .seed = first };
	int ret;

	pinscope_transfer_fill(&words, edu->scratch.page, EDU_BUFFER_SIZE);
	edu->words = false;
	ret = edu_move_scratch(edu, EDU_BUFFER_SIZE, false);
	if (ret)
		return ret;

	edu->first = first;
	edu->words = true;
	return 0;
}

/* Are @len bytes that start with the word @first in edu's buffer? */
static bool edu_holds(struct edu_engine *edu, u32 first, u32 len)
{
	u32 skip = first - edu->first;

	return edu->words && skip < EDU_BUFFER_WORDS &&
	       len <= EDU_BUFFER_SIZE - skip * 4;
}

static int edu_write(struct edu_engine *edu, struct pinscope_transfer *t,
		     u32 count)
{
	/* What has come in a stream may be in the middle of a word */
	u32 first = t->seed + t->done / 4, skip = t->done % 4;
	int ret;

	if (!edu_holds(edu, first, skip + count)) {
		ret = edu_fill(edu, first);
		if (ret)
			return ret;
	}
	ret = edu_function_move(&edu->function, t->iova + t->done,
				(first - edu->first) * 4 + skip, count, true);
	/* Part of it may be there after an error, too */
	pinscope_log_written(edu->engine.log, t->iova + t->done, count);
	return ret;
}

static int edu_read(struct edu_engine *edu, struct pinscope_transfer *t,
		    u32 count)
{
	int ret;

	edu->words = false;
	ret = edu_function_move(&edu->function, t->iova + t->done, 0, count,
				false);
	if (ret)
		return ret;
	ret = edu_move_scratch(edu, count, true);
	if (!ret)
		pinscope_transfer_sum(t, edu->scratch.page, count);
	return ret;
}

/* What fits into edu's buffer. Others of the group get their turn in between. */
static int edu_move_piece(struct edu_engine *edu, struct pinscope_transfer *t)
{
	u32 count = min_t(u32, t->len - t->done, EDU_BUFFER_SIZE - t->done % 4);
	int ret;

	guard(mutex)(&edu->group->lock);
	ret = edu_ready(edu);
	if (ret)
		return ret;

	ret = edu_prove(edu, t->iova + t->done + count - 1);
	if (!ret && t->to_memory)
		ret = edu_write(edu, t, count);
	else if (!ret)
		ret = edu_read(edu, t, count);
	if (!ret) {
		t->done += count;
		return 0;
	}
	edu->words = false;
	if (edu->function.restless)
		edu_group_block(edu->group, edu_user_domain(edu));
	return ret;
}

static int edu_move(struct pinscope_engine *engine, struct pinscope_transfer *t)
{
	int ret = 0;

	while (!ret && t->done < t->len)
		ret = pinscope_transfer_stops(t) ? -ECANCELED :
		      edu_move_piece(to_edu(engine), t);
	return ret;
}

static int edu_start(struct pinscope_engine *engine)
{
	struct edu_engine *edu = to_edu(engine);

	guard(mutex)(&edu->group->lock);
	if (edu_function_settle(&edu->function, edu->users))
		return -EBUSY;
	/* Or else it is that of a container which the group has left */
	if (edu_user_domain(edu))
		edu->group->away = NULL;
	if (!edu->users++)
		edu_function_enable(&edu->function);
	return 0;
}

/* The lock means that no transfer goes on, but in a function that is fenced */
static void edu_stop(struct pinscope_engine *engine)
{
	struct edu_engine *edu = to_edu(engine);

	guard(mutex)(&edu->group->lock);
	if (!--edu->users)
		edu_function_fence(&edu->function);
}

static void edu_destroy(struct pinscope_engine *engine)
{
	struct edu_engine *edu = to_edu(engine);

	edu_function_exit(&edu->function);
	edu_scratch_exit(&edu->scratch);
	edu_group_put(edu->group);
	pinscope_log_destroy(engine->log);
	kfree(edu);
}

static const struct pinscope_engine_ops edu_ops = {
	.start = edu_start,
	.stop = edu_stop,
	.move = edu_move,
	.destroy = edu_destroy,
};

/**
 * pinscope_edu_create() - make an engine of an edu function
 * @pdev: the function; its driver must set driver_managed_dma
 *
 * The engine does no DMA before pinscope_engine_start().
 *
 * Context: Process context, sleeps.
 * Return: the engine, for pinscope_engine_destroy(), or an ERR_PTR(): -ENODEV
 * if @pdev is no edu function, or no IOMMU translates its DMA; -EBUSY if that does
 * not come to rest.
 */
struct pinscope_engine *pinscope_edu_create(struct pci_dev *pdev)
{
	struct edu_engine *edu;
	int ret;

	edu = kzalloc(sizeof(*edu), GFP_KERNEL);
	if (!edu)
		return ERR_PTR(-ENOMEM);
	edu->engine.ops = &edu_ops;
	edu->engine.unaware = true;

	edu->engine.log = pinscope_log_create(&pdev->dev);
	if (IS_ERR(edu->engine.log)) {
		ret = PTR_ERR(edu->engine.log);
		goto err_free;
	}

	edu->group = edu_group_get(&pdev->dev);
	if (IS_ERR(edu->group)) {
		ret = PTR_ERR(edu->group);
		goto err_log;
	}

	ret = edu_scratch_init(&edu->scratch, &pdev->dev);
	if (ret)
		goto err_group;

	ret = edu_function_init(&edu->function, pdev);
	if (!ret)
		return &edu->engine;

	edu_scratch_exit(&edu->scratch);
err_group:
	edu_group_put(edu->group);
err_log:
	pinscope_log_destroy(edu->engine.log);
err_free:
	kfree(edu);
	return ERR_PTR(ret);
}
