/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sentences on scopes. Not installed.
 */
#ifndef PINSCOPE_LIB_WORDS_H
#define PINSCOPE_LIB_WORDS_H

#include <stddef.h>

#include <pinscope/scope.h>

/**
 * struct words - text that grows in a buffer of the caller
 * @buf: the buffer
 * @size: its size
 * @len: length of the text
 * @ret: 0, or -ENOSPC once something was cut
 */
struct words {
	char *buf;
	size_t size;
	size_t len;
	int ret;
};

void words_init(struct words *words, char *buf, size_t size);

/* Appends; once something was cut, nothing more. */
void say(struct words *words, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* What is said of a group after its name: "has pinned nothing since it joined" */
void say_why(struct words *words, const struct pinscope_scope_group *group);

/* The same of its name: "group 9 (0000:00:06.0 of vfio-pci)" */
void say_name(struct words *words, const struct pinscope_scope_group *group);

#endif /* PINSCOPE_LIB_WORDS_H */
