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
 * take the lock of the group for each transfer.
 *
 * A transfer that does not end in time may end at any time later: after its
 * pages were unpinned, or in a domain that is not the one it was for. So the
 * function is fenced before anybody is told: its bus mastering is switched off,
 * which no DMA passes, until it has been seen to rest. As long as that lasts it
 * takes no command, and no device that is opened.
 *
 * The file pinscope_engine/<function>/fault in debugfs makes things go wrong:
 *
 *   none    nothing
 *   slow    the engine does not wait for the end of a transfer
 *   hang    nor does the function ever seem to rest
 *   attach  the domain of the user cannot be attached again
 */

#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/jiffies.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/unaligned.h>

#include "engine.h"
#include "fault.h"
#include "log.h"

#define EDU_DMA_SRC	0x80
#define EDU_DMA_DST	0x88
#define EDU_DMA_COUNT	0x90
#define EDU_DMA_CMD	0x98
#define EDU_DMA_RUN	BIT(0)
#define EDU_DMA_TO_RAM	BIT(1)

#define EDU_BUFFER	0x40000

/*
 * The buffer has 4096 bytes, but QEMU up to 9.0 stops the whole machine if a
 * transfer touches the last of them.
 */
#define EDU_BUFFER_WORDS	1023
#define EDU_BUFFER_SIZE		(EDU_BUFFER_WORDS * 4)

/* A transfer takes 100 ms, and more if QEMU does not get the CPU */
#define EDU_TIMEOUT	(20 * HZ)

enum edu_fault {
	EDU_FAULT_NONE,
	EDU_FAULT_SLOW,
	EDU_FAULT_HANG,
	EDU_FAULT_ATTACH,
};

static const char * const edu_faults[] = {
	[EDU_FAULT_NONE] = "none",
	[EDU_FAULT_SLOW] = "slow",
	[EDU_FAULT_HANG] = "hang",
	[EDU_FAULT_ATTACH] = "attach",
};

static struct dentry *edu_root;

/* Where the page of the engine is in its own domain; any address would do */
#define EDU_SCRATCH_IOVA	SZ_1M

/**
 * struct edu_group - an IOMMU group with edu functions
 * @next: in edu_groups
 * @ref: one for each engine
 * @iommu_group: the group
 * @lock: Held for each transfer of a function of the group, so that nobody does
 *	  DMA by a domain meant for another. Protects also the engines, and
 *	  @away.
 * @away: the domain of the user, while it should be attached and is not
 */
struct edu_group {
	struct list_head next;
	struct kref ref;
	struct iommu_group *iommu_group;
	struct mutex lock;	/* one transfer at a time */
	struct iommu_domain *away;
};

/* Protects edu_groups and the references of its members */
static DEFINE_MUTEX(edu_groups_lock);
static LIST_HEAD(edu_groups);

/**
 * struct edu_engine - one edu function
 * @engine: what the driver sees
 * @pdev: the function
 * @mmio: BAR 0
 * @group: IOMMU group and lock of what follows
 * @domain: maps @scratch only
 * @scratch: a page
 * @users: open devices
 * @first: the word at the start of edu's buffer, if @words
 * @words: edu's buffer holds words that count up from @first
 * @restless: a transfer has not ended; bus mastering is off
 * @fault: what is to go wrong
 * @dir: in debugfs
 */
struct edu_engine {
	struct pinscope_engine engine;
	struct pci_dev *pdev;
	void __iomem *mmio;
	struct edu_group *group;
	struct iommu_domain *domain;
	void *scratch;
	unsigned int users;
	u32 first;
	bool words;
	bool restless;
	struct pinscope_fault fault;
	struct dentry *dir;
};

static struct edu_engine *to_edu(struct pinscope_engine *engine)
{
	return container_of(engine, struct edu_engine, engine);
}

static struct edu_group *edu_group_get(struct device *dev)
{
	struct iommu_group *iommu_group = iommu_group_get(dev);
	struct edu_group *group;

	if (!iommu_group)
		return ERR_PTR(-ENODEV);

	guard(mutex)(&edu_groups_lock);
	list_for_each_entry(group, &edu_groups, next) {
		if (group->iommu_group == iommu_group) {
			kref_get(&group->ref);
			iommu_group_put(iommu_group);
			return group;
		}
	}

	group = kzalloc(sizeof(*group), GFP_KERNEL);
	if (!group) {
		iommu_group_put(iommu_group);
		return ERR_PTR(-ENOMEM);
	}
	kref_init(&group->ref);
	group->iommu_group = iommu_group;
	mutex_init(&group->lock);
	list_add(&group->next, &edu_groups);
	return group;
}

static void edu_group_release(struct kref *ref)
{
	struct edu_group *group = container_of(ref, struct edu_group, ref);

	list_del(&group->next);
	iommu_group_put(group->iommu_group);
	mutex_destroy(&group->lock);
	kfree(group);
}

static void edu_group_put(struct edu_group *group)
{
	guard(mutex)(&edu_groups_lock);
	kref_put(&group->ref, edu_group_release);
}

static enum edu_fault edu_fault(struct edu_engine *edu)
{
	return pinscope_fault_now(&edu->fault);
}

static bool edu_is_running(struct edu_engine *edu)
{
	return readq(edu->mmio + EDU_DMA_CMD) & EDU_DMA_RUN;
}

/* Is it seen to rest before @timeout has passed? */
static bool edu_rests(struct edu_engine *edu, unsigned long timeout)
{
	unsigned long end = jiffies + timeout;

	while (edu_is_running(edu)) {
		if (time_after(jiffies, end))
			return false;
		fsleep(2000);
	}
	return true;
}

/*
 * Nothing gets from the function to memory after this: it starts no write any
 * more, and those on the way arrive before what is read from it.
 */
static void edu_fence(struct edu_engine *edu)
{
	pci_clear_master(edu->pdev);
	readq(edu->mmio + EDU_DMA_CMD);
}

/* Waits until edu has done the transfer it is at, or is fenced */
static int edu_wait(struct edu_engine *edu)
{
	unsigned long timeout = EDU_TIMEOUT;
	bool rests;

	if (edu_fault(edu) == EDU_FAULT_SLOW || edu_fault(edu) == EDU_FAULT_HANG)
		timeout = 0;

	rests = edu_rests(edu, timeout);
	if (rests && edu_fault(edu) != EDU_FAULT_HANG)
		return 0;

	edu_fence(edu);
	edu->restless = true;
	edu->words = false;
	dev_err_ratelimited(&edu->pdev->dev,
			    "transfer has not ended in time: fenced until it has\n");
	return -EIO;
}

/* Ends the quarantine of a function, if it is over with its last transfer */
static int edu_settle(struct edu_engine *edu)
{
	if (!edu->restless)
		return 0;
	if (edu_fault(edu) == EDU_FAULT_HANG || edu_is_running(edu))
		return -EIO;

	edu->restless = false;
	if (edu->users)
		pci_set_master(edu->pdev);
	return 0;
}

static int edu_transfer(struct edu_engine *edu, u64 src, u64 dst, u32 len,
			u64 direction)
{
	lockdep_assert_held(&edu->group->lock);

	writeq(src, edu->mmio + EDU_DMA_SRC);
	writeq(dst, edu->mmio + EDU_DMA_DST);
	writeq(len, edu->mmio + EDU_DMA_COUNT);
	writeq(EDU_DMA_RUN | direction, edu->mmio + EDU_DMA_CMD);
	return edu_wait(edu);
}

/* The domain of the user; without one there is no open device to work for */
static struct iommu_domain *edu_user_domain(struct edu_engine *edu)
{
	struct iommu_domain *user;

	user = iommu_get_domain_for_dev(&edu->pdev->dev);
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

	if (edu_fault(edu) != EDU_FAULT_ATTACH)
		ret = iommu_attach_group(user, group->iommu_group);
	group->away = ret ? user : NULL;
	if (ret)
		dev_err_ratelimited(&edu->pdev->dev,
				    "domain of the user cannot be attached (%pe)\n",
				    ERR_PTR(ret));
	return ret;
}

static int edu_ready(struct edu_engine *edu)
{
	struct edu_group *group = edu->group;

	lockdep_assert_held(&group->lock);

	if (edu_settle(edu))
		return -EIO;
	if (group->away && edu_attach_user(edu, group->away))
		return -EIO;
	return edu_user_domain(edu) ? 0 : -EBUSY;
}

/* A transfer between the engine's own page and the start of edu's buffer */
static int edu_transfer_scratch(struct edu_engine *edu, u32 len, u64 direction)
{
	struct iommu_group *group = edu->group->iommu_group;
	struct iommu_domain *user = edu_user_domain(edu);
	int ret;

	lockdep_assert_held(&edu->group->lock);

	iommu_detach_group(user, group);
	ret = iommu_attach_group(edu->domain, group);
	if (!ret) {
		if (direction == EDU_DMA_TO_RAM)
			ret = edu_transfer(edu, EDU_BUFFER, EDU_SCRATCH_IOVA,
					   len, direction);
		else
			ret = edu_transfer(edu, EDU_SCRATCH_IOVA, EDU_BUFFER,
					   len, direction);
		iommu_detach_group(edu->domain, group);
	}

	if (edu_attach_user(edu, user))
		ret = -EIO;
	return ret;
}

static int edu_fill(struct edu_engine *edu, u32 first)
{
	unsigned int i;
	int ret;

	for (i = 0; i < EDU_BUFFER_WORDS; i++)
		put_unaligned_le32(first + i, edu->scratch + i * 4);

	edu->words = false;
	ret = edu_transfer_scratch(edu, EDU_BUFFER_SIZE, 0);
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

static int edu_write(struct pinscope_engine *engine, u64 iova, u32 len,
		     u32 seed)
{
	struct edu_engine *edu = to_edu(engine);
	u32 done, count, first;
	int ret;

	guard(mutex)(&edu->group->lock);
	ret = edu_ready(edu);
	if (ret)
		return ret;

	for (done = 0; done < len; done += count) {
		count = min_t(u32, len - done, EDU_BUFFER_SIZE);
		first = seed + done / 4;
		if (!edu_holds(edu, first, count)) {
			ret = edu_fill(edu, first);
			if (ret)
				return ret;
		}
		ret = edu_transfer(edu, EDU_BUFFER + (first - edu->first) * 4,
				   iova + done, count, EDU_DMA_TO_RAM);
		pinscope_log_written(engine->log, iova + done, count);
		if (ret)
			return ret;
	}
	return 0;
}

static int edu_read(struct pinscope_engine *engine, u64 iova, u32 len,
		    u32 *sum)
{
	struct edu_engine *edu = to_edu(engine);
	u32 done, count, i;
	int ret;

	guard(mutex)(&edu->group->lock);
	ret = edu_ready(edu);
	if (ret)
		return ret;

	*sum = 0;
	for (done = 0; done < len; done += count) {
		count = min_t(u32, len - done, EDU_BUFFER_SIZE);
		edu->words = false;
		ret = edu_transfer(edu, iova + done, EDU_BUFFER, count, 0);
		if (ret)
			return ret;
		memset(edu->scratch, 0, PAGE_SIZE);
		ret = edu_transfer_scratch(edu, count, EDU_DMA_TO_RAM);
		if (ret)
			return ret;
		for (i = 0; i < count; i += 4)
			*sum += get_unaligned_le32(edu->scratch + i);
	}
	return 0;
}

static int edu_start(struct pinscope_engine *engine)
{
	struct edu_engine *edu = to_edu(engine);

	guard(mutex)(&edu->group->lock);
	if (edu_settle(edu))
		return -EBUSY;
	/* Or else it is that of a container which the group has left */
	if (edu_user_domain(edu))
		edu->group->away = NULL;
	if (!edu->users++)
		pci_set_master(edu->pdev);
	return 0;
}

/* The lock means that no transfer goes on, but in a function that is fenced */
static void edu_stop(struct pinscope_engine *engine)
{
	struct edu_engine *edu = to_edu(engine);

	guard(mutex)(&edu->group->lock);
	if (!--edu->users)
		edu_fence(edu);
}

/* Whoever drives the function next will switch bus mastering on */
static void edu_destroy(struct pinscope_engine *engine)
{
	struct edu_engine *edu = to_edu(engine);

	debugfs_remove_recursive(edu->dir);
	if (!edu_rests(edu, EDU_TIMEOUT))
		dev_err(&edu->pdev->dev,
			"still at a transfer, which the next driver will let pass\n");
	iommu_unmap(edu->domain, EDU_SCRATCH_IOVA, PAGE_SIZE);
	iommu_domain_free(edu->domain);
	free_page((unsigned long)edu->scratch);
	edu_group_put(edu->group);
	pinscope_log_destroy(engine->log);
	kfree(edu);
}

static const struct pinscope_engine_ops edu_ops = {
	.start = edu_start,
	.stop = edu_stop,
	.write = edu_write,
	.read = edu_read,
	.destroy = edu_destroy,
};

/**
 * pinscope_edu_create() - make an engine of an edu function
 * @pdev: the function, enabled with pcim_enable_device(); its driver must set
 *	  driver_managed_dma
 *
 * The engine does no DMA before pinscope_engine_start().
 *
 * Context: Process context, sleeps.
 * Return: the engine, for pinscope_engine_destroy(), or an ERR_PTR(): -ENODEV
 * if no IOMMU translates the DMA of @pdev, -EBUSY if that does not come to rest.
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
	edu->pdev = pdev;

	edu->engine.log = pinscope_log_create(&pdev->dev);
	if (IS_ERR(edu->engine.log)) {
		ret = PTR_ERR(edu->engine.log);
		goto err_free;
	}

	ret = pcim_iomap_regions(pdev, BIT(0), "pinscope");
	if (ret)
		goto err_log;
	edu->mmio = pcim_iomap_table(pdev)[0];

	/* Nobody knows what was before */
	edu_fence(edu);
	if (!edu_rests(edu, EDU_TIMEOUT)) {
		ret = -EBUSY;
		goto err_log;
	}

	edu->group = edu_group_get(&pdev->dev);
	if (IS_ERR(edu->group)) {
		ret = PTR_ERR(edu->group);
		goto err_log;
	}

	ret = -ENOMEM;
	edu->scratch = (void *)get_zeroed_page(GFP_KERNEL);
	if (!edu->scratch)
		goto err_group;

	edu->domain = iommu_paging_domain_alloc(&pdev->dev);
	if (IS_ERR(edu->domain)) {
		ret = PTR_ERR(edu->domain);
		goto err_scratch;
	}
	ret = iommu_map(edu->domain, EDU_SCRATCH_IOVA,
			virt_to_phys(edu->scratch), PAGE_SIZE,
			IOMMU_READ | IOMMU_WRITE | IOMMU_CACHE, GFP_KERNEL);
	if (ret)
		goto err_domain;

	edu->fault.names = edu_faults;
	edu->fault.nr = ARRAY_SIZE(edu_faults);
	edu->dir = debugfs_create_dir(dev_name(&pdev->dev), edu_root);
	pinscope_fault_create_file(&edu->fault, edu->dir);
	return &edu->engine;

err_domain:
	iommu_domain_free(edu->domain);
err_scratch:
	free_page((unsigned long)edu->scratch);
err_group:
	edu_group_put(edu->group);
err_log:
	pinscope_log_destroy(edu->engine.log);
err_free:
	kfree(edu);
	return ERR_PTR(ret);
}

void pinscope_edu_init_debugfs(void)
{
	edu_root = debugfs_create_dir("pinscope_engine", NULL);
}

void pinscope_edu_exit_debugfs(void)
{
	debugfs_remove_recursive(edu_root);
}
