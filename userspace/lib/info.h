/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Answers of the kernel that end with a chain of capabilities. Not installed.
 */
#ifndef PINSCOPE_LIB_INFO_H
#define PINSCOPE_LIB_INFO_H

#include <linux/vfio.h>
#include <stddef.h>
#include <stdint.h>

/**
 * info_read() - ask for all of an answer
 * @fd: what to ask
 * @request: ioctl number; what it takes begins with argsz
 * @head: what to ask with, without argsz
 * @size: size of @head
 * @out: where to store the answer, to be freed
 *
 * How long the answer is, its argsz says: it may be shorter than @size, if the
 * kernel knows less.
 *
 * Return: 0 or a negative errno.
 */
int info_read(int fd, unsigned long request, const void *head, size_t size, void **out);

/**
 * info_each_cap() - call a function for each capability
 * @info: the answer
 * @offset: of the first in it, or 0
 * @each: gets a capability, and how many bytes the answer has from there on. What it
 *   returns ends the walk, if it is not 0.
 * @context: for @each
 *
 * Return: what @each has returned last, or -EPROTO if the chain leads out of the
 * answer, or back.
 */
int info_each_cap(const void *info, uint32_t offset,
		  int (*each)(const struct vfio_info_cap_header *header, size_t room,
			      void *context), void *context);

#endif /* PINSCOPE_LIB_INFO_H */
