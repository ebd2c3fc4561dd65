// SPDX-License-Identifier: GPL-2.0-only
/*
 * The DMA engine of QEMU's educational device, edu.
 *
 * edu moves data between memory and a buffer of its own, see edu_buffer.c. To get at
 * that, the engine takes the domain of the user away for a moment.
 *
 * Engines work only for an open device, for which a container keeps the group attached,
 * or iommufd, which tells them before it attaches or detaches anything. The user owns
 * the group's DMA, so only engines as this one drive the functions of the group, and
 * all of them take the lock of the group for each piece of a transfer.
 *
 * A transfer that does not end in time may end at any time later: after its
 * pages were unpinned, or in a domain that is not the one it was for. So the
 * function is fenced before anybody is told, see edu_function.c, and if it is
 * alone in its group the IOMMU lets nothing pass either. As long as that lasts it
 * takes no command, and no device that is opened.
 */

#include <linux/cleanup.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "edu.h"
#include "log.h"

/* For others of the group to be attached or detached, which may wait for their user */
#define EDU_GROUP_TIMEOUT	(20 * HZ)

static struct edu_engine *to_edu(struct pinscope_engine *engine)
{
	return container_of(engine, struct edu_engine, engine);
}

/*
 * Is the domain of the user there, and stays until the lock is dropped? With -EAGAIN it
 * is about to change.
 */
static int edu_ready(struct edu_engine *edu)
{
	struct edu_group *group = edu->group;

	lockdep_assert_held(&group->lock);

	if (group->changing)
		return -EAGAIN;
	if (!edu_group_is_told(group)) {
		dev_err_ratelimited(edu_function_dev(&edu->function),
				    "no DMA by iommufd beside functions that other drivers have\n");
		return -EBUSY;
	}
	if (edu_function_settle(&edu->function, edu->users))
		return -EIO;
	/* The group was attached since, maybe by another container */
	if (edu_user_domain(edu))
		group->away = NULL;
	if (group->away && edu_attach_user(edu, group->away))
		return -EIO;
	return edu_user_domain(edu) ? 0 : -EBUSY;
}

static int edu_write(struct edu_engine *edu, struct pinscope_transfer *t,
		     u32 count)
{
	/* What has come in a stream may be in the middle of a word */
	u32 first = t->seed + t->done / 4, skip = t->done % 4;
	int ret;

	if (!edu_buffer_holds(edu, first, skip + count)) {
		ret = edu_buffer_fill(edu, first);
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

	edu_buffer_taken(edu);
	ret = edu_function_move(&edu->function, t->iova + t->done, 0, count,
				false);
	if (ret)
		return ret;
	ret = edu_buffer_get(edu, count);
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

	ret = edu_buffer_prove(edu, t->iova + t->done + count - 1);
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
	unsigned long end = jiffies + EDU_GROUP_TIMEOUT;
	int ret = 0;

	while (!ret && t->done < t->len) {
		ret = pinscope_transfer_stops(t) ? -ECANCELED :
		      edu_move_piece(to_edu(engine), t);
		WRITE_ONCE(t->held_up, ret == -EAGAIN);
		if (ret != -EAGAIN) {
			end = jiffies + EDU_GROUP_TIMEOUT;
			continue;
		}
		ret = time_after(jiffies, end) ? -EBUSY : 0;
		fsleep(2000);
	}
	return ret;
}

static int edu_start(struct pinscope_engine *engine)
{
	struct edu_engine *edu = to_edu(engine);

	guard(mutex)(&edu->group->lock);
	if (edu_function_settle(&edu->function, edu->users))
		return -EBUSY;
	if (!edu->users++)
		edu_function_enable(&edu->function);
	return 0;
}

/* The lock means that no transfer goes on, but in a function that is fenced */
static void edu_stop(struct pinscope_engine *engine)
{
	struct edu_engine *edu = to_edu(engine);

	guard(mutex)(&edu->group->lock);
	if (--edu->users)
		return;
	edu_buffer_clear(edu);
	edu_function_fence(&edu->function);
}

static void edu_ioas_begin(struct pinscope_engine *engine)
{
	edu_group_ioas_begin(to_edu(engine)->group);
}

static void edu_ioas_end(struct pinscope_engine *engine, int bound, int attached)
{
	edu_group_ioas_end(to_edu(engine)->group, bound, attached);
}

static void edu_destroy(struct pinscope_engine *engine)
{
	struct edu_engine *edu = to_edu(engine);

	edu_function_exit(&edu->function);
	if (edu->filled)
		dev_warn(edu_function_dev(&edu->function),
			 "what it has moved for a user is in its buffer still\n");
	edu_scratch_exit(&edu->scratch);
	edu_group_put(edu->group);
	pinscope_log_destroy(engine->log);
	kfree(edu);
}

static const struct pinscope_engine_ops edu_ops = {
	.start = edu_start,
	.stop = edu_stop,
	.move = edu_move,
	.ioas_begin = edu_ioas_begin,
	.ioas_end = edu_ioas_end,
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

	/* First of all, so that the log tells of a function that is none of edu */
	ret = edu_function_init(&edu->function, pdev);
	if (ret)
		goto err_log;

	edu->group = edu_group_get(&pdev->dev);
	if (IS_ERR(edu->group)) {
		ret = PTR_ERR(edu->group);
		goto err_function;
	}

	ret = edu_scratch_init(&edu->scratch, &pdev->dev);
	if (!ret)
		return &edu->engine;

	edu_group_put(edu->group);
err_function:
	edu_function_exit(&edu->function);
err_log:
	pinscope_log_destroy(edu->engine.log);
err_free:
	kfree(edu);
	return ERR_PTR(ret);
}
