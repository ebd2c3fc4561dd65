/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: the sample device
 *
 * What a program does with a sample device that it has opened; its registers are
 * in <pinscope/registers.h>.
 */
#ifndef PINSCOPE_SAMPLE_H
#define PINSCOPE_SAMPLE_H

#include <stdint.h>

#include <pinscope/device.h>
#include <pinscope/registers.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * pinscope_sample_check() - is this the sample device, in a version this
 * library knows?
 * @device: handle
 *
 * Return: 0, -ENXIO if it is another device, -EPROTO for another version, or a
 * negative errno.
 */
int pinscope_sample_check(const struct pinscope_device *device);

/**
 * pinscope_sample_read32() - read a register
 * @device: handle
 * @reg: offset in BAR 0
 * @value: where to store it
 *
 * Return: 0 or a negative errno.
 */
int pinscope_sample_read32(const struct pinscope_device *device, uint32_t reg, uint32_t *value);

/**
 * pinscope_sample_write32() - write a register
 * @device: handle
 * @reg: offset in BAR 0
 * @value: the value
 *
 * Return: 0 or a negative errno.
 */
int pinscope_sample_write32(struct pinscope_device *device, uint32_t reg, uint32_t value);

/**
 * pinscope_sample_command() - set all operands, give a command, and look at its
 * status
 * @device: handle
 * @cmd: enum pinscope_sample_cmd, or any number for a negative test
 * @iova: operand
 * @len: operand
 * @seed: operand
 *
 * Return: 0 if the command succeeded, minus the errno in STATUS if it failed,
 * or a negative errno if the registers could not be accessed.
 */
int pinscope_sample_command(struct pinscope_device *device, uint32_t cmd, uint64_t iova,
			    uint32_t len, uint32_t seed);

/**
 * pinscope_sample_dma_write() - have the device write memory
 * @device: handle
 * @iova: where, a multiple of 4
 * @len: bytes, a multiple of 4
 * @seed: first word; each one that follows is greater by 1
 *
 * Return: as pinscope_sample_command().
 */
int pinscope_sample_dma_write(struct pinscope_device *device, uint64_t iova, uint32_t len,
			      uint32_t seed);

/**
 * pinscope_sample_dma_read() - have the device read memory
 * @device: handle
 * @iova: where
 * @len: bytes
 * @sum: where to store the sum of the words it read, or NULL
 *
 * Return: as pinscope_sample_command().
 */
int pinscope_sample_dma_read(struct pinscope_device *device, uint64_t iova, uint32_t len,
			     uint32_t *sum);

/**
 * pinscope_sample_cpu_write() - have the device's driver write memory by the
 * CPU, without a pin
 * @device: handle
 * @iova: where
 * @len: bytes
 * @seed: first word
 *
 * Return: as pinscope_sample_command().
 */
int pinscope_sample_cpu_write(struct pinscope_device *device, uint64_t iova, uint32_t len,
			      uint32_t seed);

/**
 * pinscope_sample_add_window() - register a DMA buffer with the device
 * @device: handle
 * @iova: first address
 * @len: bytes
 *
 * Return: as pinscope_sample_command().
 */
int pinscope_sample_add_window(struct pinscope_device *device, uint64_t iova, uint32_t len);

/**
 * pinscope_sample_add_read_window() - register a DMA buffer that the device
 * only reads
 * @device: handle
 * @iova: first address
 * @len: bytes
 *
 * Return: as pinscope_sample_command().
 */
int pinscope_sample_add_read_window(struct pinscope_device *device, uint64_t iova, uint32_t len);

/**
 * pinscope_sample_remove_window() - remove a DMA buffer
 * @device: handle
 * @iova: first address, as registered
 * @len: bytes, as registered
 *
 * Return: as pinscope_sample_command().
 */
int pinscope_sample_remove_window(struct pinscope_device *device, uint64_t iova, uint32_t len);

/**
 * pinscope_sample_raise_irq() - have the device raise its interrupt
 * @device: handle
 *
 * Return: as pinscope_sample_command().
 */
int pinscope_sample_raise_irq(struct pinscope_device *device);

/**
 * pinscope_sample_verify() - does memory hold what a write of the device leaves
 * there?
 * @memory: the memory
 * @len: bytes, a multiple of 4
 * @seed: first word
 *
 * Return: 0 if it does, -EILSEQ if not.
 */
int pinscope_sample_verify(const void *memory, uint32_t len, uint32_t seed);

#ifdef __cplusplus
}
#endif

#endif /* PINSCOPE_SAMPLE_H */
