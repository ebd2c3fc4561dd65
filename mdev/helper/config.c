// SPDX-License-Identifier: GPL-2.0-only
/* PCI config space of the sample device */

#include <linux/array_size.h>
#include <linux/pci_regs.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "../registers.h"
#include "config.h"

#define MSI_CAP		0x40

/* Bits that the user may write; all others keep their value */
static const struct {
	u16 offset;
	u8 size;
	u32 mask;
} writable[] = {
	{ PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER |
			  PCI_COMMAND_INTX_DISABLE },
	{ PCI_CACHE_LINE_SIZE, 1, 0xff },
	{ PCI_LATENCY_TIMER, 1, 0xff },
	/* sizing: the low bits read as zero whatever is written */
	{ PCI_BASE_ADDRESS_0, 4, (u32)~(PINSCOPE_BAR0_SIZE - 1) },
	{ PCI_INTERRUPT_LINE, 1, 0xff },
	{ MSI_CAP + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_ENABLE },
	{ MSI_CAP + PCI_MSI_ADDRESS_LO, 4, 0xfffffffc },
	{ MSI_CAP + PCI_MSI_ADDRESS_HI, 4, 0xffffffff },
	{ MSI_CAP + PCI_MSI_DATA_64, 2, 0xffff },
};

static u8 pinscope_config_mask(unsigned int offset)
{
	unsigned int i, byte;

	for (i = 0; i < ARRAY_SIZE(writable); i++) {
		byte = offset - writable[i].offset;
		if (byte < writable[i].size)
			return writable[i].mask >> (8 * byte);
	}
	return 0;
}

void pinscope_config_init(u8 *config)
{
	memset(config, 0, PINSCOPE_CONFIG_SIZE);
	put_unaligned_le16(PINSCOPE_VENDOR_ID, config + PCI_VENDOR_ID);
	put_unaligned_le16(PINSCOPE_DEVICE_ID, config + PCI_DEVICE_ID);
	put_unaligned_le16(PCI_STATUS_CAP_LIST, config + PCI_STATUS);
	config[PCI_REVISION_ID] = PINSCOPE_VERSION;
	config[PCI_CLASS_DEVICE + 1] = 0xff;
	put_unaligned_le16(PINSCOPE_VENDOR_ID,
			   config + PCI_SUBSYSTEM_VENDOR_ID);
	put_unaligned_le16(PINSCOPE_DEVICE_ID, config + PCI_SUBSYSTEM_ID);
	config[PCI_CAPABILITY_LIST] = MSI_CAP;
	config[PCI_INTERRUPT_PIN] = 1;
	config[MSI_CAP + PCI_CAP_LIST_ID] = PCI_CAP_ID_MSI;
	put_unaligned_le16(PCI_MSI_FLAGS_64BIT,
			   config + MSI_CAP + PCI_MSI_FLAGS);
}

/* The range is inside of config space */
void pinscope_config_write(u8 *config, unsigned int offset, const u8 *buf,
			   unsigned int count)
{
	unsigned int i;
	u8 mask;

	for (i = 0; i < count; i++) {
		mask = pinscope_config_mask(offset + i);
		config[offset + i] &= ~mask;
		config[offset + i] |= buf[i] & mask;
	}
}

bool pinscope_config_intx_disabled(const u8 *config)
{
	return get_unaligned_le16(config + PCI_COMMAND) &
	       PCI_COMMAND_INTX_DISABLE;
}

/* Has a config space that came by migration only what the user may write? */
bool pinscope_config_valid(const u8 *config)
{
	unsigned int i;

	for (i = 0; i < PINSCOPE_CONFIG_SIZE; i++)
		if (config[i] & ~pinscope_config_mask(i))
			return false;
	return true;
}

/* What of a config space migrates is what the user may have written */
void pinscope_config_copy_state(u8 *to, const u8 *from)
{
	unsigned int i;
	u8 mask;

	for (i = 0; i < PINSCOPE_CONFIG_SIZE; i++) {
		mask = pinscope_config_mask(i);
		to[i] = (to[i] & ~mask) | (from[i] & mask);
	}
}
