/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words of the text in which the kernel shows a container. A word may be NULL, where
 * the line has no more. Each returns 0, or -EBADMSG if the word is nothing of the kind.
 * Not installed.
 */
#ifndef PINSCOPE_LIB_SCOPE_FIELD_H
#define PINSCOPE_LIB_SCOPE_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pinscope/scope.h>

int field_number(const char *word, uint64_t max, uint64_t *out);
int field_u32(const char *word, uint32_t *out);
/* "12.034567", whatever the locale's decimal point is */
int field_seconds(const char *word, double *out);
int field_choice(const char *word, const char *yes, const char *no, bool *out);
/* An errno of the kernel, which is negative there */
int field_errno(const char *word, int *out);
int field_scope(const char *word, enum pinscope_scope *out);

/* Undoes what the kernel's string_escape_mem() did; a NUL was not in the name */
void field_unescape(char *dst, size_t size, const char *src);

#endif /* PINSCOPE_LIB_SCOPE_FIELD_H */
