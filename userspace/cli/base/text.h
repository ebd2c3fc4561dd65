/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text that others chose, and words of any length.
 */
#ifndef PINSCOPE_CLI_TEXT_H
#define PINSCOPE_CLI_TEXT_H

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include "cli/base/program.h"

/**
 * cli_text() - text of any length
 * @fmt: as printf()
 *
 * Return: the text, to be freed.
 */
char *cli_text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same, as vprintf() */
char *cli_vtext(const char *fmt, va_list args) __attribute__((format(printf, 1, 0)));

/**
 * cli_printable() - make text fit for a terminal
 * @text: any bytes
 *
 * What is not printable in the user's locale, control characters and bytes that are
 * no character among it, becomes \\xHH.
 *
 * Return: the text, to be freed.
 */
char *cli_printable(const char *text);

/**
 * cli_format() - text fit for a terminal, made as by vprintf()
 * @fmt: as printf()
 * @args: what goes into it
 *
 * Return: the text, to be freed.
 */
char *cli_format(const char *fmt, va_list args) __attribute__((format(printf, 1, 0)));

/**
 * cli_columns() - how wide a terminal shows text
 * @text: printable text
 * @len: how many bytes of it
 *
 * Return: columns.
 */
size_t cli_columns(const char *text, size_t len);

/**
 * cli_utf8() - make text fit for JSON
 * @text: any bytes
 *
 * Return: the text, to be freed; a byte that is no UTF-8 is U+FFFD in it.
 */
char *cli_utf8(const char *text);

/**
 * cli_words() - what a function of the library says, whole
 * @say: the function
 * @of: what it speaks of
 *
 * Return: the words, to be freed.
 */
#define cli_words(say, of)							\
	({									\
		size_t size_ = 256;						\
		char *words_ = NULL;						\
										\
		do {								\
			size_ *= 4;						\
			words_ = cli_must(realloc(words_, size_));		\
		} while (say((of), words_, size_) == -ENOSPC);			\
		words_;								\
	})

#endif /* PINSCOPE_CLI_TEXT_H */
