/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of "pinscope scope" share: scope.c decides what to show,
 * scope_text.c and scope_json.c show it.
 */
#ifndef PINSCOPE_CLI_SCOPE_H
#define PINSCOPE_CLI_SCOPE_H

#include "cli.h"

/**
 * scope_print_view() - print a container
 * @view: the container
 */
void scope_print_view(const struct pinscope_scope_view *view);

/**
 * scope_print_holders() - print who holds nodes of VFIO
 * @holders: the holders
 * @nr: how many
 */
void scope_print_holders(const struct pinscope_holder *holders, size_t nr);

/**
 * scope_json_view() - a container as JSON
 * @view: the container
 *
 * Return: an object.
 */
struct json_object *scope_json_view(const struct pinscope_scope_view *view);

/**
 * scope_json_holders() - who holds nodes of VFIO as JSON
 * @holders: the holders
 * @nr: how many
 *
 * Return: an array.
 */
struct json_object *scope_json_holders(const struct pinscope_holder *holders, size_t nr);

#endif /* PINSCOPE_CLI_SCOPE_H */
