/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: registers of the sample device
 *
 * What a guest's driver has to know; this header needs no operating system.
 *
 * All sample drivers show the same virtual PCI device: an engine that does DMA
 * where it is told to. Its registers are in BAR 0, 32 bits wide unless said
 * otherwise, little endian. A command is complete when the write that gave it
 * returns, unless PINSCOPE_CTRL_ASYNC is set: then DMA goes on behind it. STATUS is
 * busy until it is complete, and the interrupt is raised at the end; what is written
 * to CMD or CTRL meanwhile is refused, and STATUS is busy with the errno EBUSY.
 *
 * A *window* is a DMA buffer the device's driver registers, as a network card's
 * driver does with its rings. What windows are good for differs by sample
 * driver: an emulated device pins them while they are registered, an opt-in
 * device pins them while saving and does DMA nowhere else, a backed device
 * needs none.
 */
#ifndef PINSCOPE_REGISTERS_H
#define PINSCOPE_REGISTERS_H

#include <stdint.h>

/** PINSCOPE_SAMPLE_VENDOR - PCI vendor id */
#define PINSCOPE_SAMPLE_VENDOR		0x1234
/** PINSCOPE_SAMPLE_DEVICE - PCI device id */
#define PINSCOPE_SAMPLE_DEVICE		0x5053
/** PINSCOPE_SAMPLE_BAR_SIZE - bytes of BAR 0 */
#define PINSCOPE_SAMPLE_BAR_SIZE	4096
/** PINSCOPE_SAMPLE_LEN_MAX - most bytes one command moves */
#define PINSCOPE_SAMPLE_LEN_MAX		(1u << 20)

/**
 * enum pinscope_sample_reg - offsets in BAR 0
 * @PINSCOPE_REG_MAGIC: ro, %PINSCOPE_SAMPLE_MAGIC
 * @PINSCOPE_REG_VERSION: ro, %PINSCOPE_SAMPLE_VERSION
 * @PINSCOPE_REG_FEATURES: ro, PINSCOPE_FEATURE_*
 * @PINSCOPE_REG_STATUS: ro, PINSCOPE_STATUS_*, and in bits 31:16 the errno of
 *   the last command
 * @PINSCOPE_REG_IOVA: rw, 64 bits, operand
 * @PINSCOPE_REG_LEN: rw, operand, bytes
 * @PINSCOPE_REG_SEED: rw, operand, first word to write
 * @PINSCOPE_REG_CMD: wo, enum pinscope_sample_cmd
 * @PINSCOPE_REG_RESULT: ro, sum of the words of the last DMA read
 * @PINSCOPE_REG_WINDOWS: ro, windows registered now
 * @PINSCOPE_REG_PINNED: ro, pages this device has pinned now
 * @PINSCOPE_REG_CTRL: rw, PINSCOPE_CTRL_*, if there is %PINSCOPE_FEATURE_CTRL
 */
enum pinscope_sample_reg {
	PINSCOPE_REG_MAGIC = 0x00,
	PINSCOPE_REG_VERSION = 0x04,
	PINSCOPE_REG_FEATURES = 0x08,
	PINSCOPE_REG_STATUS = 0x0c,
	PINSCOPE_REG_IOVA = 0x10,
	PINSCOPE_REG_LEN = 0x18,
	PINSCOPE_REG_SEED = 0x1c,
	PINSCOPE_REG_CMD = 0x20,
	PINSCOPE_REG_RESULT = 0x24,
	PINSCOPE_REG_WINDOWS = 0x28,
	PINSCOPE_REG_PINNED = 0x2c,
	PINSCOPE_REG_CTRL = 0x30,
};

/** PINSCOPE_SAMPLE_MAGIC - "SPIN" */
#define PINSCOPE_SAMPLE_MAGIC		0x4e495053u
/** PINSCOPE_SAMPLE_VERSION - version of this register contract */
#define PINSCOPE_SAMPLE_VERSION		1u

/** PINSCOPE_FEATURE_BACKED - DMA is translated by a physical IOMMU */
#define PINSCOPE_FEATURE_BACKED		(1u << 0)
/** PINSCOPE_FEATURE_OPTIN - the driver opts in by pinning */
#define PINSCOPE_FEATURE_OPTIN		(1u << 1)
/** PINSCOPE_FEATURE_HWLOG - the device logs its writes */
#define PINSCOPE_FEATURE_HWLOG		(1u << 2)
/** PINSCOPE_FEATURE_CTRL - the device has the CTRL register */
#define PINSCOPE_FEATURE_CTRL		(1u << 3)

/** PINSCOPE_CTRL_ASYNC - DMA goes on behind the write to CMD */
#define PINSCOPE_CTRL_ASYNC		(1u << 0)

/** PINSCOPE_STATUS_BUSY - a command is running */
#define PINSCOPE_STATUS_BUSY		(1u << 0)
/** PINSCOPE_STATUS_DONE - the last command is complete */
#define PINSCOPE_STATUS_DONE		(1u << 1)
/** PINSCOPE_STATUS_ERROR - the last command failed */
#define PINSCOPE_STATUS_ERROR		(1u << 2)
/** PINSCOPE_STATUS_ERRNO() - the errno of the last command, positive */
#define PINSCOPE_STATUS_ERRNO(status)	((int)((uint32_t)(status) >> 16))

/**
 * enum pinscope_sample_cmd - values of the CMD register
 * @PINSCOPE_CMD_DMA_WRITE: write LEN bytes at IOVA: 32-bit words SEED, SEED +
 *   1, ...
 * @PINSCOPE_CMD_DMA_READ: read LEN bytes at IOVA, RESULT is the sum of the
 *   words
 * @PINSCOPE_CMD_ADD_WINDOW: register the window IOVA, LEN
 * @PINSCOPE_CMD_REMOVE_WINDOW: remove the window IOVA, LEN
 * @PINSCOPE_CMD_RAISE_IRQ: raise the interrupt
 * @PINSCOPE_CMD_CPU_WRITE: write as DMA_WRITE does, but by vfio_dma_rw(): a
 *   copy by the CPU, no pin
 * @PINSCOPE_CMD_ADD_READ_WINDOW: register the window IOVA, LEN, for reading only
 */
enum pinscope_sample_cmd {
	PINSCOPE_CMD_DMA_WRITE = 1,
	PINSCOPE_CMD_DMA_READ = 2,
	PINSCOPE_CMD_ADD_WINDOW = 3,
	PINSCOPE_CMD_REMOVE_WINDOW = 4,
	PINSCOPE_CMD_RAISE_IRQ = 5,
	PINSCOPE_CMD_CPU_WRITE = 6,
	PINSCOPE_CMD_ADD_READ_WINDOW = 7,
};

#endif /* PINSCOPE_REGISTERS_H */
