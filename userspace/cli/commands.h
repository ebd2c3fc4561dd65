/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All subcommands.
 */
#ifndef PINSCOPE_CLI_COMMANDS_H
#define PINSCOPE_CLI_COMMANDS_H

#include "cli/command/command.h"

extern const struct cli_command cli_certify;
extern const struct cli_command cli_dirty;
extern const struct cli_command cli_doctor;
extern const struct cli_command cli_list;
extern const struct cli_command cli_metrics;
extern const struct cli_command cli_plot;
extern const struct cli_command cli_record;
extern const struct cli_command cli_scope;
extern const struct cli_command cli_trace;

#endif /* PINSCOPE_CLI_COMMANDS_H */
