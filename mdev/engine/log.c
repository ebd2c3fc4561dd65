// SPDX-License-Identifier: GPL-2.0-only
/*
 * The write log of a function: a bit for each page that its DMA has written, in
 * slots that watch a range of addresses each.
 *
 * No hardware has this one. QEMU's edu has no log, and the devices of the
 * software IOMMU are ours, so it is kept beside both, and their engines tell it
 * of each transfer. To who drives the function it is like hardware: a word of a
 * slot is selected, the log fetches it, which clears it, and then it can be
 * read. What fetches may not answer, and what it had may be lost; the file fault
 * in debugfs makes it so:
 *
 *   none  as it should be
 *   hang  a fetch never ends
 *   fail  a fetch ends with an error, and has cleared what it should have read
 *
 * A page is logged after the data is in memory. Before would be wrong: if the
 * log is read in between, the page is copied without the data, and the bit is
 * gone.
 */

#include <linux/bitmap.h>
#include <linux/cleanup.h>
#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/iopoll.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "fault.h"
#include "log.h"

#define LOG_WORDS	(PINSCOPE_LOG_PAGES_MAX / PINSCOPE_LOG_WORD)

/* How often to ask whether a word is there, and when to give up */
#define LOG_POLL_US	50
#define LOG_TIMEOUT_US	20000

enum log_status { LOG_BUSY, LOG_DONE, LOG_ERROR };

enum log_fault { LOG_FAULT_NONE, LOG_FAULT_HANG, LOG_FAULT_FAIL };

static const char * const log_faults[] = {
	[LOG_FAULT_NONE] = "none",
	[LOG_FAULT_HANG] = "hang",
	[LOG_FAULT_FAIL] = "fail",
};

/**
 * struct log_slot - a range that is watched
 * @first: number of its first page
 * @npages: how many, 0 if the slot is off
 * @words: a bit for each page
 */
struct log_slot {
	u64 first;
	unsigned int npages;
	u32 words[LOG_WORDS];
};

/**
 * struct pinscope_log - the log of a function
 * @dir: in debugfs
 * @fault: what is wrong with it
 * @access: held from selecting a word until it was read
 * @lock: protects all that follows; what the DMA waits for
 * @status: of the word that was selected
 * @data: the word, if that is LOG_DONE
 * @slots: what is watched
 */
struct pinscope_log {
	struct dentry *dir;
	struct pinscope_fault fault;
	struct mutex access;	/* one reader at a time */
	spinlock_t lock;	/* protects all that follows */
	enum log_status status;
	u32 data;
	struct log_slot slots[PINSCOPE_LOG_SLOTS];
};

static struct dentry *log_root;

/* What the function does */

static void log_slot_written(struct log_slot *slot, u64 first, u64 last)
{
	u64 page, end = min(last + 1, slot->first + slot->npages);

	for (page = max(first, slot->first); page < end; page++)
		slot->words[(page - slot->first) / PINSCOPE_LOG_WORD] |=
			BIT((page - slot->first) % PINSCOPE_LOG_WORD);
}

/**
 * pinscope_log_written() - a transfer has gone to memory, all or part of it
 * @log: log of the function
 * @iova: where to
 * @len: bytes, not 0
 *
 * To be called when the data is there, before anybody is told that the transfer
 * is complete.
 *
 * Context: Process context, takes a spinlock.
 */
void pinscope_log_written(struct pinscope_log *log, u64 iova, u32 len)
{
	unsigned int i;

	spin_lock(&log->lock);
	for (i = 0; i < PINSCOPE_LOG_SLOTS; i++)
		log_slot_written(&log->slots[i], iova >> PAGE_SHIFT,
				 (iova + len - 1) >> PAGE_SHIFT);
	spin_unlock(&log->lock);
}

/* Registers */

static void log_select(struct pinscope_log *log, unsigned int slot,
		       unsigned int word)
{
	u32 *bits = &log->slots[slot].words[word];

	spin_lock(&log->lock);
	log->status = LOG_BUSY;
	switch (pinscope_fault_now(&log->fault)) {
	case LOG_FAULT_NONE:
		log->data = *bits;
		*bits = 0;
		log->status = LOG_DONE;
		break;
	case LOG_FAULT_HANG:
		break;
	case LOG_FAULT_FAIL:
		*bits = 0;
		log->status = LOG_ERROR;
		break;
	}
	spin_unlock(&log->lock);
}

static enum log_status log_status(struct pinscope_log *log)
{
	enum log_status status;

	spin_lock(&log->lock);
	status = log->status;
	spin_unlock(&log->lock);
	return status;
}

/**
 * pinscope_log_enable() - have a slot watch a range
 * @log: log of the function
 * @slot: number of the slot, less than PINSCOPE_LOG_SLOTS
 * @iova: start of the range, at a page
 * @npages: how many pages, up to PINSCOPE_LOG_PAGES_MAX
 *
 * The log has nothing of the range yet. Slots may overlap: a write is in each
 * of them then.
 *
 * Context: Process context, takes a spinlock.
 */
void pinscope_log_enable(struct pinscope_log *log, unsigned int slot, u64 iova,
			 unsigned int npages)
{
	spin_lock(&log->lock);
	log->slots[slot] = (struct log_slot) {
		.first = iova >> PAGE_SHIFT,
		.npages = npages,
	};
	spin_unlock(&log->lock);
}
EXPORT_SYMBOL_GPL(pinscope_log_enable);

/**
 * pinscope_log_disable() - have a slot watch nothing
 * @log: log of the function
 * @slot: number of the slot
 *
 * What has not been read is forgotten.
 *
 * Context: Process context, takes a spinlock.
 */
void pinscope_log_disable(struct pinscope_log *log, unsigned int slot)
{
	pinscope_log_enable(log, slot, 0, 0);
}
EXPORT_SYMBOL_GPL(pinscope_log_disable);

/**
 * pinscope_log_read() - read and clear what the log has of 32 pages
 * @log: log of the function
 * @slot: number of the slot
 * @word: which pages of its range: those from @word * PINSCOPE_LOG_WORD on
 * @bits: bit n tells that the n-th of them was written since it was last read
 *
 * After an error it is not known which were, and they may have been cleared.
 *
 * Context: Process context, sleeps, but not long.
 * Return: 0, -ETIMEDOUT if the log does not answer, -EIO if it has failed.
 */
int pinscope_log_read(struct pinscope_log *log, unsigned int slot,
		      unsigned int word, u32 *bits)
{
	enum log_status status;
	int ret;

	guard(mutex)(&log->access);
	log_select(log, slot, word);
	ret = read_poll_timeout(log_status, status, status != LOG_BUSY,
				LOG_POLL_US, LOG_TIMEOUT_US, false, log);
	if (ret)
		return ret;
	if (status == LOG_ERROR)
		return -EIO;
	*bits = log->data;
	return 0;
}
EXPORT_SYMBOL_GPL(pinscope_log_read);

/* debugfs: what is in the log */

static int slots_show(struct seq_file *seq, void *unused)
{
	struct pinscope_log *log = seq->private;
	unsigned int i, word, written, npages;
	struct log_slot *slot;
	u64 first;

	guard(mutex)(&log->access);
	for (i = 0; i < PINSCOPE_LOG_SLOTS; i++) {
		slot = &log->slots[i];
		written = 0;
		spin_lock(&log->lock);
		first = slot->first;
		npages = slot->npages;
		for (word = 0; word < LOG_WORDS; word++)
			written += hweight32(slot->words[word]);
		spin_unlock(&log->lock);
		if (npages)
			seq_printf(seq, "%u 0x%llx %u %u\n", i,
				   first << PAGE_SHIFT, npages, written);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(slots);

/**
 * pinscope_log_create() - make the log of a function
 * @dev: the function
 *
 * Context: Process context, sleeps.
 * Return: the log, for pinscope_log_destroy(), with all slots off; or an
 * ERR_PTR().
 */
struct pinscope_log *pinscope_log_create(struct device *dev)
{
	struct pinscope_log *log;

	log = kzalloc(sizeof(*log), GFP_KERNEL);
	if (!log)
		return ERR_PTR(-ENOMEM);
	mutex_init(&log->access);
	spin_lock_init(&log->lock);
	log->dir = debugfs_create_dir(dev_name(dev), log_root);
	log->fault.names = log_faults;
	log->fault.nr = ARRAY_SIZE(log_faults);
	pinscope_fault_create_file(&log->fault, log->dir);
	debugfs_create_file("slots", 0400, log->dir, log, &slots_fops);
	return log;
}

/**
 * pinscope_log_destroy() - undo pinscope_log_create()
 * @log: the log, whose function does nothing any more
 *
 * Context: Process context, sleeps.
 */
void pinscope_log_destroy(struct pinscope_log *log)
{
	debugfs_remove_recursive(log->dir);
	mutex_destroy(&log->access);
	kfree(log);
}

void pinscope_log_init_debugfs(void)
{
	log_root = debugfs_create_dir("pinscope_log", NULL);
}

void pinscope_log_exit_debugfs(void)
{
	debugfs_remove_recursive(log_root);
}
