// SPDX-License-Identifier: GPL-2.0
/*
 * A variant driver of vfio-pci: what it takes, and which ways to the function are
 * closed, so that it sees all that the guest does.
 */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <harness/assigned.h>
#include <harness/sim.h>

#include "fixtures/edu.h"
#include "fixtures/memory.h"

#define DRIVER "/sys/bus/pci/drivers/pinscope_assigned"
#define BUS_MASTER 0x4
#define MEMORY 0x2

static struct device *open_bound(struct vm *vm, const char *bdf)
{
	struct device *dev = device_of_bound(vm, bdf);

	attach(dev);
	open_device(dev);
	return dev;
}

static struct device *assigned(struct vm *vm)
{
	return open_bound(vm, assigned_function(0, NULL));
}

static void forget_id(void *arg)
{
	put_file(DRIVER "/remove_id", arg);
}

/* The SMBus controller of the machine, which nobody drives. */
TEST(assigned, function_of_another_kind_is_refused, .says = "not an edu function")
{
	char *id = text("8086 2930");
	const char *smbus = "0000:00:1f.3";

	assigned_function(0, NULL);
	if (access(text("/sys/bus/pci/devices/%s", smbus), F_OK) ||
	    *pci_driver(smbus))
		skip("needs a function that no driver has");
	defer(RESTORE_HOST, forget_id, id);
	ok(put_file(DRIVER "/new_id", id));
	check(!*pci_driver(smbus));
}

#define BESIDE_OTHERS "IOMMU group has other functions"

TEST(assigned, function_beside_others_is_refused, .says = BESIDE_OTHERS, .log = "probe with driver")
{
	const char *bdf = paired_edu(0);

	if (is_sim(bdf))
		skip("needs a function of edu");
	need_module(ASSIGNED);
	check(pci_try_bind(bdf, ASSIGNED) < 0);
	check(strcmp(pci_driver(bdf), ASSIGNED));
}

TEST(assigned, core_without_patches_is_told_of)
{
	const char *bdf = assigned_function(0, NULL);

	if (core_is_patched()) {
		check(assigned_says(bdf, "wide: the device is not open"));
		ok(assigned_put(bdf, "opt_in", "precopy"));
		ok(assigned_put(bdf, "opt_in", "start"));
		return;
	}
	check(assigned_says(bdf, "loses pages when a driver pins, see vfio-core-patches"));
	refused(assigned_put(bdf, "opt_in", "start"), EOPNOTSUPP);
	refused(assigned_put(bdf, "opt_in", "precopy"), EOPNOTSUPP);
	ok(assigned_put(bdf, "opt_in", "never"));
}

/* It works and is wide, whatever the core. */
TEST(assigned, works_without_opting_in)
{
	struct vm *vm = vm_new();
	const char *bdf = assigned_function(0, NULL);
	struct device *dev;

	ok(assigned_put(bdf, "opt_in", "never"));
	dev = open_bound(vm, bdf);
	edu_writes(dev, 5);
	start(vm);
	edu_writes(dev, 9);
	same(dirty(vm), ALL);
	same(dirty(vm), ALL);
}

TEST(assigned, opt_in_is_fixed_while_open)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm);

	refused(assigned_put(dev->name, "opt_in", "never"), EBUSY);
	refused(assigned_put(dev->name, "opt_in", "sometimes"), EINVAL);
	close_device(dev);
	ok(assigned_put(dev->name, "opt_in", "never"));
	check(!strcmp(assigned_get(dev->name, "opt_in"), "never"));
}

TEST(assigned, registers_are_those_of_edu)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm);
	uint64_t value;

	equal(edu_get(dev, EDU_ID) & 0xffff, 0x00ed);
	edu_put(dev, EDU_LIVE, 0x12345678);
	equal(edu_get(dev, EDU_LIVE), ~0x12345678u);
	edu_put(dev, EDU_FACT, 6);
	check(comes_true(!(edu_get(dev, EDU_STATUS) & EDU_STATUS_COMPUTING), 5000));
	equal(edu_get(dev, EDU_FACT), 720);
	edu_put(dev, EDU_IRQ_RAISE, 0x30);
	equal(edu_get(dev, EDU_IRQ_STATUS), 0x30);
	edu_put(dev, EDU_IRQ_ACK, 0x10);
	equal(edu_get(dev, EDU_IRQ_STATUS), 0x20);
	edu_put(dev, EDU_STATUS, 0xff);
	equal(edu_get(dev, EDU_STATUS), EDU_STATUS_IRQFACT);
	ok(edu_try_put(dev, EDU_DMA_SRC, 0x123456789abcdef0, 8));
	ok(edu_try_get(dev, EDU_DMA_SRC, &value, 8));
	check(value == 0x123456789abcdef0);
	equal(edu_get(dev, 0x200), 0xffffffffu);
}

TEST(assigned, accesses_that_edu_does_not_know)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm);
	uint64_t value, wide[2] = { 0 };

	refused(edu_try_get(dev, EDU_LIVE, &value, 2), EINVAL);
	refused(edu_try_put(dev, EDU_LIVE + 2, 0, 4), EINVAL);
	refused(edu_try_put(dev, EDU_DMA_SRC + 4, 0, 8), EINVAL);
	refused(edu_try_put(dev, 0x100000, 0, 4), EINVAL);
	refused(edu_try_get(dev, 0xfffffc, &value, 8), EINVAL);
	refused(pinscope_device_write(dev->dev, VFIO_PCI_BAR0_REGION_INDEX,
				      EDU_DMA_SRC, wide, sizeof(wide)), EINVAL);
	ok(edu_try_get(dev, EDU_ID, &value, 8));
	check(value == ~0ull);
	/* Edu lets such writes pass, and they change nothing */
	ok(edu_try_put(dev, EDU_IRQ_RAISE, 1, 8));
	equal(edu_get(dev, EDU_IRQ_STATUS), 0);
}

/* QEMU up to 9.0 ends the whole machine for what goes beyond the buffer. */
TEST(assigned, transfers_that_are_no_good)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm);
	uint64_t to = EDU_DMA_TO_RAM;

	refused(edu_try_begin(dev, EDU_BUFFER, IOVA(0), 0, to), EINVAL);
	refused(edu_try_begin(dev, EDU_BUFFER, IOVA(0), 4096, to), EINVAL);
	refused(edu_try_begin(dev, EDU_BUFFER + 1, IOVA(0), 4092, to), EINVAL);
	refused(edu_try_begin(dev, EDU_BUFFER - 1, IOVA(0), 64, to), EINVAL);
	refused(edu_try_begin(dev, EDU_BUFFER, IOVA(0), ~0ull, to), EINVAL);
	refused(edu_try_begin(dev, ~0ull, IOVA(0), 64, to), EINVAL);
	refused(edu_try_begin(dev, IOVA(0), EDU_BUFFER + 4092, 1, 0), EINVAL);
	refused(edu_try_begin(dev, EDU_BUFFER, ~0ull - 62, 64, to), EINVAL);
	check(!edu_is_busy(dev));
	ok(edu_try_begin(dev, EDU_BUFFER + 4091, IOVA(0), 1, to));
	refused(edu_try_put(dev, EDU_DMA_CMD, to | EDU_DMA_RUN, 8), EBUSY);
	edu_ends(dev);
	edu_writes(dev, 3);
}

TEST(assigned, bar_is_not_mapped)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm);
	struct vfio_region_info info = { .argsz = sizeof(info) };

	info.index = VFIO_PCI_BAR0_REGION_INDEX;
	ok(raw(dev->fd, VFIO_DEVICE_GET_REGION_INFO, &info));
	equal(info.size, 0x100000);
	equal(info.flags, VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE);
	check(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, dev->fd,
		   info.offset) == MAP_FAILED);
}

/* An eventfd that begins a transfer, without the driver. */
TEST(assigned, eventfds_do_not_write_registers)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm);
	struct vfio_device_ioeventfd arg = {
		.argsz = sizeof(arg),
		.flags = VFIO_DEVICE_IOEVENTFD_32,
		.offset = EDU_DMA_CMD,
		.data = EDU_DMA_RUN,
	};

	arg.fd = ok(eventfd(0, EFD_CLOEXEC));
	refused(raw(dev->fd, VFIO_DEVICE_IOEVENTFD, &arg), ENOTTY);
	close(arg.fd);
}

TEST(assigned, no_low_power_while_open)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm);
	struct vfio_device_feature arg = {
		.argsz = sizeof(arg),
		.flags = VFIO_DEVICE_FEATURE_SET |
			 VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY,
	};

	refused(raw(dev->fd, VFIO_DEVICE_FEATURE, &arg), ENOTTY);
	edu_writes(dev, 3);
	/* Nor what the core has for other functions */
	arg.flags = VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_PCI_VF_TOKEN;
	refused(raw(dev->fd, VFIO_DEVICE_FEATURE, &arg), ENOTTY);
}

/* What is no register of the driver's is the core's. */
TEST(assigned, configuration_is_that_of_vfio_pci)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm);
	uint8_t line = 0;

	ok(pinscope_device_write(dev->dev, VFIO_PCI_CONFIG_REGION_INDEX, 0x3c,
				 &(uint8_t){ 0x5a }, 1));
	ok(pinscope_device_read(dev->dev, VFIO_PCI_CONFIG_REGION_INDEX, 0x3c,
				&line, 1));
	equal(line, 0x5a);
}

static void put_command(struct device *dev, uint16_t command)
{
	ok(pinscope_device_write(dev->dev, VFIO_PCI_CONFIG_REGION_INDEX, 4,
				 &command, sizeof(command)));
}

/* Neither can the guest look, nor does the driver lose sight of its transfer. */
TEST(assigned, memory_switched_off_during_a_transfer)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm);
	uint64_t value;

	edu_fill(dev, 0, 0x77);
	ok(edu_try_write(dev, 4));
	put_command(dev, BUS_MASTER);
	refused(edu_try_get(dev, EDU_DMA_CMD, &value, 8), EIO);
	refused(edu_try_put(dev, EDU_LIVE, 0, 4), EIO);
	enter(dev, PINSCOPE_STATE_STOP);
	check(edu_has_written(dev, 4, 0x77));
	enter(dev, PINSCOPE_STATE_RUNNING);
	refused(edu_try_get(dev, EDU_DMA_CMD, &value, 8), EIO);
	put_command(dev, BUS_MASTER | MEMORY);
	check(!edu_is_busy(dev));
}

/* Of all a user leaves behind: registers, interrupts, and what is in the buffer. */
static void is_new(struct device *dev, int page)
{
	uint64_t value, at;

	equal(edu_get(dev, EDU_LIVE), 0);
	equal(edu_get(dev, EDU_FACT), 0);
	equal(edu_get(dev, EDU_STATUS), 0);
	equal(edu_get(dev, EDU_IRQ_STATUS), 0);
	for (at = EDU_DMA_SRC; at <= EDU_DMA_CMD; at += 8) {
		ok(edu_try_get(dev, at, &value, 8));
		equal(value, 0);
	}
	memset(dev->vm->ram + page * PAGE, 0xff, PAGE);
	ok(edu_try_write(dev, page));
	edu_ends(dev);
	check(edu_has_written(dev, page, 0));
}

static void use(struct device *dev)
{
	edu_put(dev, EDU_LIVE, 0x1234);
	edu_put(dev, EDU_STATUS, EDU_STATUS_IRQFACT);
	edu_put(dev, EDU_FACT, 5);
	edu_put(dev, EDU_IRQ_RAISE, 0x40);
	edu_writes(dev, 6);
}

TEST(assigned, next_user_gets_a_new_function)
{
	struct vm *vm = vm_new(), *next = vm_new();
	struct device *dev = assigned(vm);

	use(dev);
	leave_vm(dev);
	is_new(open_bound(next, dev->name), 7);
}

TEST(assigned, reset_makes_it_new)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm);

	use(dev);
	enter(dev, PINSCOPE_STATE_STOP);
	reset(dev);
	equal(state_of(dev), PINSCOPE_STATE_RUNNING);
	is_new(dev, 7);
	edu_writes(dev, 8);
}

/* What another driver has done with it in between does not matter. */
TEST(assigned, bound_again)
{
	struct vm *vm = vm_new(), *other = vm_new(), *next = vm_new();
	struct device *dev = assigned(vm);

	edu_writes(dev, 3);
	leave_vm(dev);
	pci_bind(dev->name, "vfio-pci");
	dev = open_bound(other, dev->name);
	edu_writes(dev, 3);
	leave_vm(dev);
	pci_bind(dev->name, ASSIGNED);
	is_new(open_bound(next, dev->name), 7);
}

#define HIGH (1ull << 36)

#define SHORT "DMAR*|dmar_fault*|*DMA*fault*|addresses have too few bits"

/* It would write to other pages than were pinned, and say nothing. */
TEST(assigned, function_with_short_addresses_is_refused, .log = SHORT)
{
	struct vm *vm = vm_new();
	struct device *dev = device_of_bound(vm, assigned_function(0, NULL));

	attach(dev);
	assigned_fault(dev->name, "mask");
	refused(try_open(dev), ENXIO);
	assigned_repair(dev->name, "mask");
	open_device(dev);
	edu_writes(dev, 3);
	/* It is asked again for addresses of more bits, and keeps its buffer */
	map_at(vm, vm->ram, HIGH, PAGES * PAGE);
	assigned_fault(dev->name, "mask");
	refused(edu_try_begin(dev, EDU_BUFFER, HIGH, 64, EDU_DMA_TO_RAM), ENXIO);
	/* No IOMMU has addresses of so many bits */
	refused(edu_try_begin(dev, EDU_BUFFER, 1ull << 60, 64, EDU_DMA_TO_RAM), EFAULT);
	assigned_repair(dev->name, "mask");
	ok(edu_try_begin(dev, EDU_BUFFER, HIGH, 64, EDU_DMA_TO_RAM));
	edu_ends(dev);
	check(!memcmp(vm->ram, vm->ram + 3 * PAGE, 64));
}

/* It would go past the driver. */
TEST(assigned, reset_of_the_bus_is_refused)
{
	struct vfio_pci_hot_reset_info info = { .argsz = sizeof(info) };
	struct vfio_pci_hot_reset hot = { .argsz = sizeof(hot) };
	struct device *dev = assigned(vm_new());

	refused(raw(dev->fd, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, &info), ENOTTY);
	refused(raw(dev->fd, VFIO_DEVICE_PCI_HOT_RESET, &hot), ENOTTY);
}
