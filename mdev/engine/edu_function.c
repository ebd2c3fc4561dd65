// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registers of edu. A function that does not end a transfer in time is
 * fenced: its bus mastering is switched off, which no DMA passes, until it has
 * been seen to rest.
 *
 * The file pinscope_engine/<function>/fault in debugfs makes things go wrong:
 *
 *   none    nothing
 *   slow    nobody waits for the end of a transfer
 *   hang    nor does the function ever seem to rest
 *   attach  the domain of the user cannot be attached again, see edu_buffer.c
 *   mask    addresses have 28 bits only, as those of edu if nobody says otherwise
 */

#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/jiffies.h>
#include <linux/pci.h>

#include "edu_function.h"

#define EDU_VENDOR_ID	0x1234
#define EDU_DEVICE_ID	0x11e8
#define EDU_BAR_SIZE	SZ_1M

/* 0xRRrr00ed: version RR.rr */
#define EDU_ID		0x00
#define EDU_ID_MASK	0xffff
#define EDU_ID_VALUE	0x00ed

#define EDU_DMA_SRC	0x80
#define EDU_DMA_DST	0x88
#define EDU_DMA_COUNT	0x90
#define EDU_DMA_CMD	0x98
#define EDU_DMA_RUN	BIT(0)
#define EDU_DMA_TO_RAM	BIT(1)

#define EDU_BUFFER	0x40000

/* A transfer takes 100 ms, and more if QEMU does not get the CPU */
#define EDU_TIMEOUT	(20 * HZ)

static const char * const edu_faults[] = {
	[EDU_FAULT_NONE] = "none",
	[EDU_FAULT_SLOW] = "slow",
	[EDU_FAULT_HANG] = "hang",
	[EDU_FAULT_ATTACH] = "attach",
	[EDU_FAULT_MASK] = "mask",
};

struct device *edu_function_dev(const struct edu_function *function)
{
	return &function->pdev->dev;
}

static bool edu_is_running(struct edu_function *function)
{
	return readq(function->mmio + EDU_DMA_CMD) & EDU_DMA_RUN;
}

/* Is it seen to rest before @timeout has passed? */
static bool edu_rests(struct edu_function *function, unsigned long timeout)
{
	unsigned long end = jiffies + timeout;

	while (edu_is_running(function)) {
		if (time_after(jiffies, end))
			return false;
		fsleep(2000);
	}
	return true;
}

/* Lets DMA pass, unless a transfer has not ended */
void edu_function_enable(struct edu_function *function)
{
	if (!function->restless)
		pci_set_master(function->pdev);
}

/*
 * Nothing gets from the function to memory after this: it starts no write any
 * more, and those on the way arrive before what is read from it.
 */
void edu_function_fence(struct edu_function *function)
{
	pci_clear_master(function->pdev);
	readq(function->mmio + EDU_DMA_CMD);
}

/* Waits until edu has done the transfer it is at, or is fenced */
static int edu_wait(struct edu_function *function)
{
	enum edu_fault fault = edu_function_fault(function);
	unsigned long timeout = EDU_TIMEOUT;
	bool rests;

	if (fault == EDU_FAULT_SLOW || fault == EDU_FAULT_HANG)
		timeout = 0;

	rests = edu_rests(function, timeout);
	if (rests && fault != EDU_FAULT_HANG)
		return 0;

	edu_function_fence(function);
	function->restless = true;
	dev_err_ratelimited(&function->pdev->dev,
			    "transfer has not ended in time: fenced until it has\n");
	return -EIO;
}

/* Ends the quarantine of a function, if it is over with its last transfer */
int edu_function_settle(struct edu_function *function, bool used)
{
	if (!function->restless)
		return 0;
	if (edu_function_fault(function) == EDU_FAULT_HANG ||
	    edu_is_running(function))
		return -EIO;

	function->restless = false;
	if (used)
		edu_function_enable(function);
	return 0;
}

/* One transfer between memory and edu's buffer */
int edu_function_move(struct edu_function *function, u64 iova, u32 offset,
		      u32 len, bool to_memory)
{
	u64 buffer = EDU_BUFFER + offset;

	if (edu_function_fault(function) == EDU_FAULT_MASK)
		iova &= DMA_BIT_MASK(28);
	writeq(to_memory ? buffer : iova, function->mmio + EDU_DMA_SRC);
	writeq(to_memory ? iova : buffer, function->mmio + EDU_DMA_DST);
	writeq(len, function->mmio + EDU_DMA_COUNT);
	writeq(EDU_DMA_RUN | (to_memory ? EDU_DMA_TO_RAM : 0),
	       function->mmio + EDU_DMA_CMD);
	return edu_wait(function);
}

static int edu_refuse(struct pci_dev *pdev, const char *why, u64 value)
{
	pci_err(pdev, "no function of QEMU's edu, %s (0x%llx): see driver_override\n",
		why, value);
	return -ENODEV;
}

/*
 * driver_override gives a driver whatever function it names. Before a register of
 * that is written, it has to be what it is taken for.
 */
static int edu_identify(struct edu_function *function, struct pci_dev *pdev)
{
	u32 id = (u32)pdev->vendor << 16 | pdev->device;
	int ret;

	if (id != (EDU_VENDOR_ID << 16 | EDU_DEVICE_ID))
		return edu_refuse(pdev, "as its vendor and device say", id);
	if (!(pci_resource_flags(pdev, 0) & IORESOURCE_MEM) ||
	    pci_resource_len(pdev, 0) != EDU_BAR_SIZE)
		return edu_refuse(pdev, "as BAR 0 has another size",
				  pci_resource_len(pdev, 0));

	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	ret = pcim_iomap_regions(pdev, BIT(0), "pinscope");
	if (ret)
		return ret;
	function->mmio = pcim_iomap_table(pdev)[0];

	id = readl(function->mmio + EDU_ID);
	if ((id & EDU_ID_MASK) != EDU_ID_VALUE)
		return edu_refuse(pdev, "as its identification says", id);
	return 0;
}

/*
 * Return: 0 with the function fenced; -ENODEV if it is none of edu; -EBUSY if it
 * does not come to rest.
 */
int edu_function_init(struct edu_function *function, struct pci_dev *pdev)
{
	int ret;

	ret = edu_identify(function, pdev);
	if (ret)
		return ret;
	function->pdev = pdev;

	/* Nobody knows what was before */
	edu_function_fence(function);
	if (!edu_rests(function, EDU_TIMEOUT))
		return -EBUSY;

	function->fault.names = edu_faults;
	function->fault.nr = ARRAY_SIZE(edu_faults);
	function->dir = pinscope_engine_debugfs(dev_name(&pdev->dev));
	pinscope_fault_create_file(&function->fault, function->dir);
	return 0;
}

/* Whoever drives the function next will switch bus mastering on */
void edu_function_exit(struct edu_function *function)
{
	debugfs_remove_recursive(function->dir);
	if (!edu_rests(function, EDU_TIMEOUT))
		dev_err(&function->pdev->dev,
			"still at a transfer, which the next driver will let pass\n");
}
