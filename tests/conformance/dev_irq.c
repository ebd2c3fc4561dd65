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

/* As bit 3 of the status register says, see the PCI specification */
static bool is_pending(struct device *dev)
{
	uint16_t status;

	ok(pinscope_device_read(dev->dev, VFIO_PCI_CONFIG_REGION_INDEX, 6, &status,
				sizeof(status)));
	return status & 0x8;
}

TEST(dev, intx_is_masked_until_handled)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	int fd = new_eventfd();

	ok(pinscope_device_irq_enable(dev->dev, INTX, 0, fd));
	check(!is_pending(dev));
	raise_irq(dev);
	equal(signals(fd), 1);
	raise_irq(dev);
	equal(signals(fd), 0);
	check(is_pending(dev));
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

/* The data of one interrupt, of which @count and the flags are told */
static long set_irq(struct device *dev, uint32_t flags, uint32_t index,
		    uint32_t count, uint8_t byte)
{
	struct {
		struct vfio_irq_set head;
		uint8_t data[4];
	} arg = {
		.head = {
			.argsz = sizeof(arg), .flags = flags, .index = index,
			.count = count,
		},
		.data = { byte },
	};

	return raw(dev->fd, VFIO_DEVICE_SET_IRQS, &arg);
}

#define BOOL VFIO_IRQ_SET_DATA_BOOL
#define NO_DATA VFIO_IRQ_SET_DATA_NONE
#define TRIGGER VFIO_IRQ_SET_ACTION_TRIGGER
#define MASK VFIO_IRQ_SET_ACTION_MASK
#define UNMASK VFIO_IRQ_SET_ACTION_UNMASK

TEST(dev, irq_is_triggered_if_its_bool_says_so)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	int fd = new_eventfd();

	refused(set_irq(dev, TRIGGER | BOOL, MSI, 1, 1), EINVAL);
	ok(pinscope_device_irq_enable(dev->dev, MSI, 0, fd));
	ok(set_irq(dev, TRIGGER | BOOL, MSI, 1, 0));
	equal(signals(fd), 0);
	ok(set_irq(dev, TRIGGER | BOOL, MSI, 1, 1));
	equal(signals(fd), 1);
}

TEST(dev, intx_that_is_triggered_masks_itself)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	int fd = new_eventfd();

	ok(pinscope_device_irq_enable(dev->dev, INTX, 0, fd));
	ok(set_irq(dev, TRIGGER | NO_DATA, INTX, 1, 0));
	equal(signals(fd), 1);
	ok(set_irq(dev, TRIGGER | NO_DATA, INTX, 1, 0));
	equal(signals(fd), 0);
}

TEST(dev, masked_intx_is_signalled_when_unmasked)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	int fd = new_eventfd();

	ok(pinscope_device_irq_enable(dev->dev, INTX, 0, fd));
	ok(set_irq(dev, MASK | BOOL, INTX, 1, 0));
	raise_irq(dev);
	equal(signals(fd), 1);
	ok(set_irq(dev, UNMASK | NO_DATA, INTX, 1, 0));
	signals(fd);
	ok(set_irq(dev, MASK | BOOL, INTX, 1, 1));
	raise_irq(dev);
	equal(signals(fd), 0);
	ok(set_irq(dev, UNMASK | BOOL, INTX, 1, 0));
	equal(signals(fd), 0);
	ok(set_irq(dev, UNMASK | BOOL, INTX, 1, 1));
	equal(signals(fd), 1);
}

TEST(dev, irq_actions_that_make_no_sense_are_refused)
{
	const uint32_t eventfds = VFIO_IRQ_SET_DATA_EVENTFD;
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	int fd = new_eventfd();

	ok(pinscope_device_irq_enable(dev->dev, INTX, 0, fd));
	/* MSI has no mask, and no eventfd unmasks here */
	refused(set_irq(dev, MASK | NO_DATA, MSI, 1, 0), EINVAL);
	refused(set_irq(dev, UNMASK | eventfds, INTX, 1, fd), EINVAL);
	refused(set_irq(dev, MASK | NO_DATA, INTX, 0, 0), EINVAL);
	/* None, and data for it; no action, and two */
	refused(set_irq(dev, TRIGGER | eventfds, INTX, 0, 0), EINVAL);
	refused(set_irq(dev, NO_DATA, INTX, 1, 0), EINVAL);
	refused(set_irq(dev, MASK | UNMASK | NO_DATA, INTX, 1, 0), EINVAL);
	/* The other of the two that exclude each other, and a bad number */
	refused(pinscope_device_irq_enable(dev->dev, MSI, 0, fd), EINVAL);
	refused(pinscope_device_irq_enable(dev->dev, INTX, 0, -2), EINVAL);
	raise_irq(dev);
	equal(signals(fd), 1);
}
