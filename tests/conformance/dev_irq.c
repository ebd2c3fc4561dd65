// SPDX-License-Identifier: GPL-2.0
/* Interrupts of the sample device, signalled through eventfds. */
#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "fixtures/vm.h"

#define INTX VFIO_PCI_INTX_IRQ_INDEX
#define MSI VFIO_PCI_MSI_IRQ_INDEX

static int new_eventfd(void)
{
	return ok(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
}

/* How often it was signalled since last asked. */
static uint64_t signals(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	uint64_t n = 0;

	poll(&pfd, 1, 50);
	if (read(fd, &n, sizeof(n)) != sizeof(n))
		return 0;
	return n;
}

static void raise_irq(struct device *dev)
{
	ok(pinscope_sample_raise_irq(dev->dev));
}

TEST(dev, msi_is_signalled)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	int fd = new_eventfd();

	ok(pinscope_device_irq_enable(dev->dev, MSI, 0, fd));
	equal(signals(fd), 0);
	raise_irq(dev);
	equal(signals(fd), 1);
	raise_irq(dev);
	raise_irq(dev);
	equal(signals(fd), 2);
	ok(pinscope_device_irq_disable(dev->dev, MSI));
	pinscope_sample_raise_irq(dev->dev);
	equal(signals(fd), 0);
}

TEST(dev, intx_is_masked_until_handled)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	int fd = new_eventfd();

	ok(pinscope_device_irq_enable(dev->dev, INTX, 0, fd));
	raise_irq(dev);
	equal(signals(fd), 1);
	raise_irq(dev);
	equal(signals(fd), 0);
	ok(pinscope_device_irq_unmask(dev->dev, INTX, 0));
	signals(fd);
	ok(pinscope_device_irq_unmask(dev->dev, INTX, 0));
	signals(fd);
	raise_irq(dev);
	equal(signals(fd), 1);
}

TEST(dev, irq_info)
{
	struct pinscope_device_info info;
	struct pinscope_irq irq;
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	ok(pinscope_device_get_info(dev->dev, &info));
	ok(pinscope_device_get_irq(dev->dev, INTX, &irq));
	equal(irq.count, 1);
	check(irq.flags & VFIO_IRQ_INFO_EVENTFD);
	check(irq.flags & VFIO_IRQ_INFO_AUTOMASKED);
	ok(pinscope_device_get_irq(dev->dev, MSI, &irq));
	equal(irq.count, 1);
	check(irq.flags & VFIO_IRQ_INFO_EVENTFD);
	refused(pinscope_device_get_irq(dev->dev, info.nr_irqs, &irq), EINVAL);
	refused(pinscope_device_get_irq(dev->dev, ~0u, &irq), EINVAL);
}

TEST(dev, irq_loopback)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	int fd = new_eventfd();

	ok(pinscope_device_irq_enable(dev->dev, MSI, 0, fd));
	ok(pinscope_device_irq_trigger(dev->dev, MSI, 0));
	equal(signals(fd), 1);
}

static long set_irqs(struct device *dev, uint32_t flags, uint32_t index,
		     uint32_t first, uint32_t count)
{
	struct {
		struct vfio_irq_set head;
		int32_t fd[2];
	} arg = {
		.head = {
			.argsz = sizeof(arg), .flags = flags, .index = index,
			.start = first, .count = count,
		},
		.fd = { -1, -1 },
	};

	return raw(dev->fd, VFIO_DEVICE_SET_IRQS, &arg);
}

TEST(dev, bad_irq_arguments_are_refused)
{
	const uint32_t trigger = VFIO_IRQ_SET_ACTION_TRIGGER;
	const uint32_t eventfds = VFIO_IRQ_SET_DATA_EVENTFD;
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	int fd = new_eventfd();

	refused(set_irqs(dev, 0, MSI, 0, 1), EINVAL);
	refused(set_irqs(dev, trigger, MSI, 0, 1), EINVAL);
	refused(set_irqs(dev, trigger | eventfds | 1u << 20, MSI, 0, 1),
		EINVAL);
	refused(set_irqs(dev, trigger | eventfds, 77, 0, 1), EINVAL);
	refused(set_irqs(dev, trigger | eventfds, MSI, 1, 1), EINVAL);
	refused(set_irqs(dev, trigger | eventfds, MSI, 0, 2), EINVAL);
	refused(set_irqs(dev, trigger | eventfds, MSI, ~0u, 2), EINVAL);
	refused(pinscope_device_irq_enable(dev->dev, MSI, 0, 9999), EBADF);
	/* None of this is in the way of what is right. */
	ok(pinscope_device_irq_enable(dev->dev, MSI, 0, fd));
	raise_irq(dev);
	equal(signals(fd), 1);
}

TEST(dev, closing_the_device_releases_its_eventfds)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	int fd = new_eventfd();

	ok(pinscope_device_irq_enable(dev->dev, MSI, 0, fd));
	close_device(dev);
	open_device(dev);
	pinscope_sample_raise_irq(dev->dev);
	equal(signals(fd), 0);
}
