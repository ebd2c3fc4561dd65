/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small helpers shared by the library's files. Not installed.
 */
#ifndef PINSCOPE_LIB_FILE_H
#define PINSCOPE_LIB_FILE_H

#include <stddef.h>

/**
 * file_ioctl() - ioctl() that returns what the library's functions return
 * @fd: file descriptor
 * @request: ioctl number
 * @arg: pointer or number
 *
 * Return: what the ioctl returned, or a negative errno.
 */
int file_ioctl(int fd, unsigned long request, void *arg);

/**
 * file_read() - read a small text file whole
 * @path: the file
 * @buf: where to store it, NUL-terminated and without trailing newlines
 * @size: size of @buf; what does not fit is dropped
 *
 * Return: 0 or a negative errno.
 */
int file_read(const char *path, char *buf, size_t size);

/**
 * file_write() - write an existing file with one write()
 * @path: the file
 * @text: what to write
 *
 * Return: 0 or a negative errno.
 */
int file_write(const char *path, const char *text);

/**
 * file_path() - put a path together
 * @buf: where to store it
 * @size: size of @buf
 * @fmt: as printf()
 *
 * Return: 0, or -ENAMETOOLONG if it does not fit.
 */
int file_path(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * file_link_base() - the last component of what a symbolic link points to
 * @path: the link
 * @buf: where to store it
 * @size: size of @buf
 *
 * Return: 0, -ENOENT without such a link, -ENAMETOOLONG if it does not fit.
 */
int file_link_base(const char *path, char *buf, size_t size);

/**
 * directory_each() - call a function for each entry of a directory
 * @path: the directory
 * @each: the function; gets the name of an entry that is not hidden. What it returns
 *   ends the walk, if it is not 0.
 * @context: for @each
 *
 * Return: what @each has returned last, 0 if there is no entry, or a negative errno if
 * the directory cannot be opened.
 */
int directory_each(const char *path, int (*each)(const char *name, void *context),
		   void *context);

/**
 * copy_name() - copy a string, cut to what the destination holds
 * @dst: destination
 * @size: its size
 * @src: string
 */
void copy_name(char *dst, size_t size, const char *src);

/**
 * array_add() - append a zeroed element to an array that grows
 * @array: pointer to the array's pointer
 * @nr: its length; one more on success
 * @size: size of an element
 *
 * Return: the new element, or NULL without memory.
 */
void *array_add(void *array, size_t *nr, size_t size);

#endif /* PINSCOPE_LIB_FILE_H */
