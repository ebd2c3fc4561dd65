/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PINSCOPE_CLI_PARAGRAPH_H
#define PINSCOPE_CLI_PARAGRAPH_H

/**
 * cli_print_wrapped() - print a paragraph with a hanging label
 * @label: printed once, before the first line
 * @text: the paragraph
 */
void cli_print_wrapped(const char *label, const char *text);

#endif /* PINSCOPE_CLI_PARAGRAPH_H */
