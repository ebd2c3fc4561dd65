// SPDX-License-Identifier: GPL-2.0
/* Devices that are opened, reset and closed, and their interrupts. */
#include <sys/eventfd.h>
#include <unistd.h>

#include "subject.h"
#include "sweep.h"

/* While tracking is on, so that its driver is told to start */
static void open_in(struct vm *vm, struct device *dev, const struct kind *kind)
{
	struct device *other = new_device_of(&emulated, vm);

	attach(dev);
	start(vm);
	window(other, 3);
	sweep_watch(vm);
	SWEEP("open", NOTHING, open_only(dev)) {
		if (dev->dev && kind) {
			ok(pinscope_device_enable(dev->dev));
			let_write(dev, kind);
			if (!(dirty(vm) & P(4)))
				complain("page 4 is lost");
		}
		if (dev->dev)
			close_device(dev);
		if (!(dirty(vm) & P(3)))
			complain("page 3 of the other device is lost");
	}
}

static void open_of(const struct kind *kind)
{
	struct vm *vm = vm_new();

	open_in(vm, device_of(vm, new_mdev(kind)), kind);
}

ON(open_of, emulated)
ON(open_of, backed)
ON(open_of, tracked)
ON(open_of, optin)
ON(open_of, precopy)
ON(open_of, hwlog)
ON(open_of, optin_edu)

FAULTS(open_vfio_pci)
{
	struct vm *vm = vm_new();

	open_in(vm, device_of_pci(vm, lone_edu(0)), NULL);
}

static int close_it(struct device *dev)
{
	close_device(dev);
	return 0;
}

static void close_of(const struct kind *kind)
{
	struct vm *vm = vm_new();
	struct device *dev = new_device_of(kind, vm);

	start(vm);
	let_write(dev, kind);
	SWEEP("close", NOTHING, close_it(dev)) {
		if (!(dirty(vm) & P(4)))
			complain("page 4 is lost");
		open_device(dev);
		dirty(vm);
		let_write(dev, kind);
	}
}

ON(close_of, emulated)
ON(close_of, tracked)
ON(close_of, optin)
ON(close_of, hwlog)
ON(close_of, hwlog_edu)

static void reset_of(const struct kind *kind)
{
	struct vm *vm = vm_new();
	struct device *dev = new_device_of(kind, vm);

	start(vm);
	let_write(dev, kind);
	SWEEP_PARTS("reset", NOTHING, pinscope_device_reset(dev->dev)) {
		if (!(dirty(vm) & P(4)))
			complain("page 4 is lost");
		reset(dev);
		dirty(vm);
		let_write(dev, kind);
	}
}

ON(reset_of, emulated)
ON(reset_of, tracked)
ON(reset_of, optin)
ON(reset_of, hwlog)

FAULTS(interrupts)
{
	struct vm *vm = vm_new();
	struct device *dev = new_device_of(&emulated, vm);
	int fd = ok(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));

	SWEEP("set an eventfd", NOTHING,
	      pinscope_device_irq_enable(dev->dev, VFIO_PCI_MSI_IRQ_INDEX, 0,
					 fd))
		pinscope_device_irq_disable(dev->dev, VFIO_PCI_MSI_IRQ_INDEX);
	close(fd);
}

static int ask_all(struct device *dev)
{
	struct pinscope_device_info info;
	struct pinscope_region region;
	struct pinscope_irq irq;
	int ret = pinscope_device_get_info(dev->dev, &info);

	if (!ret)
		ret = pinscope_device_get_region(dev->dev,
						 VFIO_PCI_BAR0_REGION_INDEX,
						 &region);
	if (!ret)
		ret = pinscope_device_get_irq(dev->dev, VFIO_PCI_MSI_IRQ_INDEX,
					      &irq);
	return ret;
}

FAULTS(device_infos)
{
	struct vm *vm = vm_new();
	struct device *dev = new_device_of(&emulated, vm);
	uint32_t word;

	SWEEP("infos of a device", NOTHING, ask_all(dev))
		continue;
	SWEEP("read a register", NOTHING,
	      pinscope_sample_read32(dev->dev, PINSCOPE_REG_WINDOWS, &word))
		continue;
	SWEEP("write a register", NOTHING,
	      pinscope_sample_write32(dev->dev, PINSCOPE_REG_SEED, 7))
		continue;
	SWEEP("read the configuration", NOTHING,
	      pinscope_device_config_read(dev->dev, 0, &word, sizeof(word)))
		continue;
	SWEEP("write the configuration", NOTHING,
	      pinscope_device_config_write(dev->dev, 4, &word, 2))
		continue;
}
