/* SPDX-License-Identifier: GPL-2.0-only */
/* The bytes of PCI config space: see config.c */
#ifndef PINSCOPE_CONFIG_H
#define PINSCOPE_CONFIG_H

#include <linux/types.h>

#define PINSCOPE_CONFIG_SIZE	256

void pinscope_config_init(u8 *config);
void pinscope_config_write(u8 *config, unsigned int offset, const u8 *buf,
			   unsigned int count);
bool pinscope_config_intx_disabled(const u8 *config);
bool pinscope_config_valid(const u8 *config);
void pinscope_config_copy_state(u8 *to, const u8 *from);

#endif /* PINSCOPE_CONFIG_H */
