/* SPDX-License-Identifier: GPL-2.0-only */
/* The registers of a device: see command.c */
#ifndef PINSCOPE_COMMAND_H
#define PINSCOPE_COMMAND_H

#include "device.h"

u32 pinscope_reg_read(struct pinscope_device *pd, u32 reg);
int pinscope_reg_write(struct pinscope_device *pd, u32 reg, u32 value);

#endif /* PINSCOPE_COMMAND_H */
