/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: devices
 *
 * Regions, interrupts, reset and features of one VFIO device.
 */
#ifndef PINSCOPE_DEVICE_H
#define PINSCOPE_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#include <pinscope/group.h>

#ifdef __cplusplus
extern "C" {
#endif

/** struct pinscope_device - an open VFIO device */
struct pinscope_device;

/**
 * struct pinscope_device_info - what VFIO_DEVICE_GET_INFO says
 * @flags: VFIO_DEVICE_FLAGS_*
 * @nr_regions: highest region index + 1
 * @nr_irqs: highest interrupt index + 1
 */
struct pinscope_device_info {
	uint32_t flags;
	uint32_t nr_regions;
	uint32_t nr_irqs;
};

/**
 * struct pinscope_region - what VFIO_DEVICE_GET_REGION_INFO says
 * @flags: VFIO_REGION_INFO_FLAG_*
 * @size: bytes, 0 if the device has no such region
 * @offset: where the region begins in the device's file descriptor
 */
struct pinscope_region {
	uint32_t flags;
	uint64_t size;
	uint64_t offset;
};

/**
 * struct pinscope_irq - what VFIO_DEVICE_GET_IRQ_INFO says
 * @flags: VFIO_IRQ_INFO_*
 * @count: vectors of this index
 */
struct pinscope_irq {
	uint32_t flags;
	uint32_t count;
};

/**
 * pinscope_device_open() - open a device of a group
 * @group: handle, attached to a container whose IOMMU type is set
 * @device: device name: mdev UUID, PCI address or sysfs path
 * @out: where to store the handle; to be closed with pinscope_device_close()
 *
 * Return: 0, -ENODEV if the group has no such device, -EINVAL if the group is
 * not attached, -ENOMEM, or what the vendor driver's open failed with.
 */
int pinscope_device_open(struct pinscope_group *group, const char *device,
			 struct pinscope_device **out);

/**
 * pinscope_device_close() - close a device; the driver stops its DMA and unpins
 * its pages
 * @device: handle or NULL
 */
void pinscope_device_close(struct pinscope_device *device);

/**
 * pinscope_device_fd() - the file descriptor, for calls this library does not
 * offer
 * @device: handle
 *
 * Return: a descriptor that stays owned by @device.
 */
int pinscope_device_fd(const struct pinscope_device *device);

/**
 * pinscope_device_get_info() - read the device's properties
 * @device: handle
 * @out: filled on success
 *
 * Return: 0 or a negative errno.
 */
int pinscope_device_get_info(const struct pinscope_device *device,
			     struct pinscope_device_info *out);

/**
 * pinscope_device_get_region() - read the properties of a region
 * @device: handle
 * @index: e.g. %VFIO_PCI_BAR0_REGION_INDEX
 * @out: filled on success
 *
 * Return: 0, -EINVAL without such a region, or another negative errno.
 */
int pinscope_device_get_region(const struct pinscope_device *device, uint32_t index,
			       struct pinscope_region *out);

/**
 * pinscope_device_read() - read from a region
 * @device: handle
 * @index: region index
 * @offset: within the region
 * @buf: where to store the bytes
 * @len: how many; the access is one read(), so a register is read whole
 *
 * Return: 0, -EINVAL for an access beyond the region or of a size the device
 * refuses, -EIO if the device answered with fewer bytes, or another negative
 * errno.
 */
int pinscope_device_read(const struct pinscope_device *device, uint32_t index, uint64_t offset,
			 void *buf, size_t len);

/**
 * pinscope_device_write() - write to a region
 * @device: handle
 * @index: region index
 * @offset: within the region
 * @buf: the bytes
 * @len: how many; the access is one write()
 *
 * Return: as pinscope_device_read().
 */
int pinscope_device_write(struct pinscope_device *device, uint32_t index, uint64_t offset,
			  const void *buf, size_t len);

/**
 * pinscope_device_config_read() - read PCI config space
 * @device: handle of a PCI device
 * @offset: register
 * @buf: where to store the bytes
 * @len: how many
 *
 * Return: as pinscope_device_read().
 */
int pinscope_device_config_read(const struct pinscope_device *device, uint64_t offset, void *buf,
				size_t len);

/**
 * pinscope_device_config_write() - write PCI config space
 * @device: handle of a PCI device
 * @offset: register
 * @buf: the bytes
 * @len: how many
 *
 * Return: as pinscope_device_read().
 */
int pinscope_device_config_write(struct pinscope_device *device, uint64_t offset, const void *buf,
				 size_t len);

/**
 * pinscope_device_enable() - let a PCI device decode its memory BARs and master
 * the bus
 * @device: handle of a PCI device
 *
 * A device that is just open, or was reset, does no DMA before its driver says
 * so. This is what that driver does: it sets the memory and bus-master bits of
 * the command register.
 *
 * Return: as pinscope_device_read().
 */
int pinscope_device_enable(struct pinscope_device *device);

/**
 * pinscope_device_get_irq() - read the properties of an interrupt index
 * @device: handle
 * @index: e.g. %VFIO_PCI_MSI_IRQ_INDEX
 * @out: filled on success
 *
 * Return: 0, -EINVAL without such an index, or another negative errno.
 */
int pinscope_device_get_irq(const struct pinscope_device *device, uint32_t index,
			    struct pinscope_irq *out);

/**
 * pinscope_device_irq_enable() - have an eventfd signalled by an interrupt
 * @device: handle
 * @index: interrupt index
 * @vector: vector of that index
 * @eventfd: the eventfd; stays owned by the caller. -1 takes an eventfd off a
 *   vector.
 *
 * Return: 0 or a negative errno.
 */
int pinscope_device_irq_enable(struct pinscope_device *device, uint32_t index, uint32_t vector,
			       int eventfd);

/**
 * pinscope_device_irq_disable() - switch an interrupt index off, with all its
 * vectors
 * @device: handle
 * @index: interrupt index
 *
 * Return: 0 or a negative errno.
 */
int pinscope_device_irq_disable(struct pinscope_device *device, uint32_t index);

/**
 * pinscope_device_irq_trigger() - make the kernel raise an interrupt, as a
 * loopback test
 * @device: handle
 * @index: interrupt index, enabled
 * @vector: vector of that index
 *
 * Return: 0 or a negative errno.
 */
int pinscope_device_irq_trigger(struct pinscope_device *device, uint32_t index, uint32_t vector);

/**
 * pinscope_device_irq_unmask() - let a level-triggered interrupt be signalled
 * again
 * @device: handle
 * @index: interrupt index, e.g. %VFIO_PCI_INTX_IRQ_INDEX
 * @vector: vector of that index
 *
 * Return: 0 or a negative errno.
 */
int pinscope_device_irq_unmask(struct pinscope_device *device, uint32_t index, uint32_t vector);

/**
 * pinscope_device_reset() - reset a device; it leaves the migration state
 * ERROR, too
 * @device: handle
 *
 * Return: 0 or a negative errno, -ENOTTY or -EINVAL if the device cannot be
 * reset.
 */
int pinscope_device_reset(struct pinscope_device *device);

/**
 * pinscope_device_feature_probe() - ask whether a device has a feature
 * @device: handle
 * @feature: %VFIO_DEVICE_FEATURE_MIGRATION and others
 * @access: 0, %VFIO_DEVICE_FEATURE_GET, %VFIO_DEVICE_FEATURE_SET or both: must
 *   be possible, too
 *
 * Return: 0 if it has, -ENOTTY if not, or another negative errno.
 */
int pinscope_device_feature_probe(const struct pinscope_device *device, uint16_t feature,
				  uint32_t access);

/**
 * pinscope_device_feature_get() - read a feature
 * @device: handle
 * @feature: which
 * @data: in and out, as the feature defines
 * @size: size of @data
 *
 * Return: 0, -ENOTTY without the feature, or another negative errno.
 */
int pinscope_device_feature_get(const struct pinscope_device *device, uint16_t feature, void *data,
				size_t size);

/**
 * pinscope_device_feature_set() - set a feature
 * @device: handle
 * @feature: which
 * @data: in and out, as the feature defines
 * @size: size of @data
 *
 * Return: 0, -ENOTTY without the feature, or another negative errno.
 */
int pinscope_device_feature_set(struct pinscope_device *device, uint16_t feature, void *data,
				size_t size);

#ifdef __cplusplus
}
#endif

#endif /* PINSCOPE_DEVICE_H */
