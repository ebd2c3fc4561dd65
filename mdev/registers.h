/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of the sample device, in its 4 KiB memory BAR 0: little endian, 32
 * bits wide but for IOVA. A command is complete when the write to CMD returns, unless
 * CTRL says that a transfer may go on behind it.
 */
#ifndef PINSCOPE_REGISTERS_H
#define PINSCOPE_REGISTERS_H

#include <linux/bits.h>
#include <linux/sizes.h>

#define PINSCOPE_VENDOR_ID	0x1234
#define PINSCOPE_DEVICE_ID	0x5053
#define PINSCOPE_BAR0_SIZE	SZ_4K

#define PINSCOPE_REG_MAGIC	0x00	/* ro */
#define PINSCOPE_REG_VERSION	0x04	/* ro */
#define PINSCOPE_REG_FEATURES	0x08	/* ro */
#define PINSCOPE_REG_STATUS	0x0c	/* ro */
#define PINSCOPE_REG_IOVA	0x10	/* operand, 64 bit */
#define PINSCOPE_REG_LEN	0x18	/* operand, bytes */
#define PINSCOPE_REG_SEED	0x1c	/* first word of a write */
#define PINSCOPE_REG_CMD	0x20	/* wo */
#define PINSCOPE_REG_RESULT	0x24	/* ro, sum of the words read */
#define PINSCOPE_REG_WINDOWS	0x28	/* ro, windows registered */
#define PINSCOPE_REG_PINNED	0x2c	/* ro, pages pinned */

#define PINSCOPE_REG_CTRL	0x30	/* PINSCOPE_CTRL_*, 0 after a reset */

#define PINSCOPE_MAGIC		0x4e495053	/* "SPIN" */
#define PINSCOPE_VERSION	1

#define PINSCOPE_FEATURE_BACKED	BIT(0)
#define PINSCOPE_FEATURE_OPTIN	BIT(1)
#define PINSCOPE_FEATURE_HWLOG	BIT(2)
#define PINSCOPE_FEATURE_CTRL	BIT(3)	/* there is CTRL */

#define PINSCOPE_CTRL_ASYNC	BIT(0)

#define PINSCOPE_STATUS_BUSY	BIT(0)
#define PINSCOPE_STATUS_DONE	BIT(1)
#define PINSCOPE_STATUS_ERROR	BIT(2)
#define PINSCOPE_STATUS_ERRNO	GENMASK(31, 16)

#define PINSCOPE_CMD_DMA_WRITE		1
#define PINSCOPE_CMD_DMA_READ		2
#define PINSCOPE_CMD_ADD_WINDOW		3
#define PINSCOPE_CMD_REMOVE_WINDOW	4
#define PINSCOPE_CMD_RAISE_IRQ		5
#define PINSCOPE_CMD_CPU_WRITE		6
#define PINSCOPE_CMD_ADD_READ_WINDOW	7	/* the device only reads it */

#define PINSCOPE_LEN_MAX	SZ_1M
#define PINSCOPE_WINDOWS_MAX	64

#endif /* PINSCOPE_REGISTERS_H */
