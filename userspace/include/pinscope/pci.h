/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: PCI functions and their drivers
 *
 * Binding by driver_override: only the driver that is named gets the function.
 * Where a function is to be bound, a device of the software IOMMU, which is on the
 * platform bus, can be too.
 */
#ifndef PINSCOPE_PCI_H
#define PINSCOPE_PCI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pinscope/system.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct pinscope_pci - a PCI function
 * @address: e.g. "0000:00:06.0"
 * @vendor: vendor id
 * @device: device id
 * @driver: driver it is bound to, empty if none
 * @has_group: it is in an IOMMU group
 * @group: the IOMMU group's number
 * @members: devices in that group
 */
struct pinscope_pci {
	char address[PINSCOPE_NAME_MAX];
	uint16_t vendor;
	uint16_t device;
	char driver[PINSCOPE_NAME_MAX];
	bool has_group;
	unsigned int group;
	unsigned int members;
};

/**
 * pinscope_pci_find() - every PCI function
 * @out: where to store an array sorted by address; to be freed with
 *   pinscope_pci_free()
 * @nr: where to store its length
 *
 * Return: 0 or -ENOMEM.
 */
int pinscope_pci_find(struct pinscope_pci **out, size_t *nr);

/**
 * pinscope_pci_free() - free what pinscope_pci_find() allocated
 * @functions: the array or NULL
 */
void pinscope_pci_free(struct pinscope_pci *functions);

/**
 * pinscope_pci_bind() - bind a function to a driver
 * @address: the function
 * @driver: the driver, loaded
 *
 * A driver that holds the function already is unbound first; this waits if that
 * driver is in use.
 *
 * Return: 0, -ENODEV without such a function, -ENOENT if the driver is not
 * loaded, -EIO if it did not take the function (the kernel log says why), or
 * another negative errno. After an error the function has the driver and the
 * driver_override that it had, if that driver still takes it.
 */
int pinscope_pci_bind(const char *address, const char *driver);

/**
 * pinscope_pci_unbind() - take a function off its driver and clear its
 * driver_override
 * @address: the function
 *
 * Return: 0, also if it had no driver, or -ENODEV.
 */
int pinscope_pci_unbind(const char *address);

#ifdef __cplusplus
}
#endif

#endif /* PINSCOPE_PCI_H */
