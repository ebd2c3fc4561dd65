/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PINSCOPE_CERTIFY_MARKUP_H
#define PINSCOPE_CERTIFY_MARKUP_H

#include <stdio.h>

/**
 * markup_put() - write text into XML or HTML, where no byte of it is markup
 * @out: where to
 * @text: any bytes
 */
void markup_put(FILE *out, const char *text);

/**
 * markup_open() - begin a file that a report goes to
 * @file: its name
 *
 * Says itself what fails.
 *
 * Return: the file, for markup_close(), or NULL.
 */
FILE *markup_open(const char *file);

/**
 * markup_close() - end it; a full disk shows only now
 * @out: the file
 * @file: its name
 *
 * Return: an exit code.
 */
int markup_close(FILE *out, const char *file);

#endif /* PINSCOPE_CERTIFY_MARKUP_H */
