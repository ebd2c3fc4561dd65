// SPDX-License-Identifier: GPL-2.0
/*
 * A function that does not end a transfer in time. It may end it later: then no
 * byte may get to memory that has gone to somebody else.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <harness/sim.h>

#include "fixtures/edu.h"
#include "fixtures/hwlog.h"
#include "fixtures/memory.h"
#include "fixtures/puppet.h"

/* A transfer of edu takes 100 ms, and in a busy machine a bit more. */
#define ENDED_MS 500

#define FENCED "transfer has not ended in time"
#define WIDE "DMA failed (-EIO): everything mapped counts as dirty"
#define NOT_ATTACHED "domain of the user cannot be attached"

#define LEN 64
#define SEED 0x1234567

static int try_engine_fault(const char *parent, const char *fault)
{
	return put_file(text("/sys/kernel/debug/pinscope_engine/%s/fault",
			     parent), fault);
}

static void repair(void *parent)
{
	try_engine_fault(parent, "none");
}

static void engine_fault(const char *parent, const char *fault)
{
	ok(try_engine_fault(parent, fault));
	defer(RESTORE_HOST, repair, text("%s", parent));
}

static const char *edu(int n)
{
	const char *parent = lone_edu(n);

	if (is_sim(parent))
		skip("needs a function of edu");
	return parent;
}

/* The same words each time, which edu keeps in its buffer. */
static int write_words(struct device *dev, int page)
{
	return pinscope_sample_command(dev->dev, PINSCOPE_CMD_DMA_WRITE,
				       IOVA(page), LEN, SEED);
}

static bool is_written(struct vm *vm, int page)
{
	return !pinscope_sample_verify(vm->ram + page * PAGE, LEN, SEED);
}

/* Its buffer is filled, so the write that fails is one to memory of the user. */
static void write_fails(struct device *dev, const char *parent, int page,
			const char *fault)
{
	ok(write_words(dev, page ? 0 : 1));
	engine_fault(parent, fault);
	refused(write_words(dev, page), EIO);
}

static bool nothing_comes(struct vm *vm, int page)
{
	doze(ENDED_MS);
	return !is_written(vm, page);
}

static bool recovers(struct device *dev, const char *parent, int page)
{
	engine_fault(parent, "none");
	return comes_true(!write_words(dev, page), 5000) &&
	       is_written(dev->vm, page);
}

TEST(dev, late_dma_does_not_follow_an_error, .log = FENCED)
{
	const char *parent = edu(0);
	struct vm *vm = vm_new();
	struct device *dev = vm_backed(vm, parent);
	struct pollfd err = { .events = POLLIN };

	err.fd = ok(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
	ok(pinscope_device_irq_enable(dev->dev, VFIO_PCI_ERR_IRQ_INDEX, 0,
				      err.fd));
	write_fails(dev, parent, 3, "slow");
	check(poll(&err, 1, 0) == 1);
	check(nothing_comes(vm, 3));
	check(recovers(dev, parent, 3));
	close(err.fd);
}

TEST(dev, late_dma_does_not_follow_an_unmap, .log = FENCED)
{
	const char *parent = edu(0);
	struct vm *vm = vm_new();
	struct device *dev = vm_backed(vm, parent);

	write_fails(dev, parent, 3, "slow");
	unmap_pages(vm, 0, PAGES);
	check(!is_written(vm, 3));
	map_pages(vm, 0, PAGES);
	check(nothing_comes(vm, 3));
	check(recovers(dev, parent, 3));
}

/* The next user has other memory at the same address. */
static void next_user_is_safe(const char *fault)
{
	const char *parent = edu(0);
	struct vm *vm = vm_new(), *next = vm_new();
	struct mdev *mdev = mdev_new(BACKED, parent);
	struct device *dev = vm_add(vm, mdev), *other;

	write_fails(dev, parent, 3, fault);
	leave_vm(dev);
	other = device_of(next, mdev);
	attach(other);
	if (strcmp(fault, "hang")) {
		check(comes_true(!try_open(other), 5000));
	} else {
		refused(try_open(other), EBUSY);
		check(nothing_comes(next, 3));
		refused(try_open(other), EBUSY);
		engine_fault(parent, "none");
		ok(try_open(other));
	}
	check(nothing_comes(next, 3));
	check(!is_written(vm, 3));
	check(recovers(other, parent, 5));
}

TEST(dev, late_dma_does_not_reach_the_next_user, .log = FENCED)
{
	next_user_is_safe("slow");
}

TEST(dev, function_that_does_not_rest_is_not_opened, .log = FENCED)
{
	next_user_is_safe("hang");
}

/* Of memory that was read, or of what was to be written. */
static void nothing_is_left(uint32_t cmd)
{
	const char *parent = edu(0);
	struct vm *vm = vm_new();
	struct device *dev = vm_backed(vm, parent), *pci;

	memset(vm->ram + 3 * PAGE, 0x5a, LEN);
	ok(try_command(dev, cmd, IOVA(3), LEN));
	leave_vm(dev);
	pci = vm_add_pci(vm_new(), parent);
	memset(pci->vm->ram + 5 * PAGE, 0xff, LEN);
	ok(edu_try_write(pci, 5));
	edu_ends(pci);
	check(edu_has_written(pci, 5, 0));
}

TEST(dev, next_driver_finds_nothing_that_was_read)
{
	nothing_is_left(PINSCOPE_CMD_DMA_READ);
}

TEST(dev, next_driver_finds_nothing_that_was_written)
{
	nothing_is_left(PINSCOPE_CMD_DMA_WRITE);
}

TEST(dev, function_that_does_not_rest_takes_no_command, .log = FENCED)
{
	const char *parent = edu(0);
	struct vm *vm = vm_new();
	struct device *dev = vm_backed(vm, parent);

	write_fails(dev, parent, 3, "hang");
	doze(ENDED_MS);
	refused(write_words(dev, 4), EIO);
	refused(try_command(dev, PINSCOPE_CMD_DMA_READ, IOVA(4), LEN), EIO);
	check(!is_written(vm, 3) && !is_written(vm, 4));
	check(recovers(dev, parent, 4));
}

/* What its DMA has got to is not known. Its pins do not say either. */
static void makes_wide(struct vm *vm, struct device *dev, const char *parent)
{
	window(dev, 0);
	window(dev, 3);
	start(vm);
	check(scope_pinned(vm));
	write_fails(dev, parent, 3, "slow");
	check(!scope_pinned(vm));
	equal(pins(dev), 0);
	check(scope_says(dev, "failed: the function has not ended"));
	same(dirty(vm), ALL);
	check(nothing_comes(vm, 3));
	engine_fault(parent, "none");
	stop(vm);
	start(vm);
	check(scope_pinned(vm));
	equal(pins(dev), 2);
	same(dirty(vm) & ~(P(0) | P(3)), NONE);
	check(recovers(dev, parent, 3));
	holds(dirty(vm), P(3));
}

TEST(dev, dma_that_fails_makes_optin_wide, .log = FENCED "|" WIDE)
{
	struct vm *vm = vm_new();
	const char *parent = edu(0);

	makes_wide(vm, vm_optin(vm, parent, "start"), parent);
}

TEST(dev, dma_that_fails_makes_hwlog_wide, .log = FENCED "|" WIDE)
{
	struct vm *vm = vm_new();
	const char *parent = edu(0);

	makes_wide(vm, vm_hwlog(vm, parent), parent);
}

/* All of the group is safe, so what is not concerned works on. */
TEST(dev, one_of_two_functions_does_not_rest, .log = FENCED)
{
	struct vm *vm = vm_new();
	const char *parent = paired_edu(0);
	struct device *a, *b;

	if (is_sim(parent))
		skip("needs functions of edu");
	a = vm_backed(vm, parent);
	b = vm_backed(vm, paired_edu(1));
	write_fails(a, parent, 3, "hang");
	writes(b, 5);
	check(!is_written(vm, 3));
	refused(write_words(a, 3), EIO);
	check(recovers(a, parent, 3));
	writes(b, 6);
}

/* The engine takes the user's domain away for a moment, and cannot return it. */
TEST(dev, domain_is_attached_again_later, .log = NOT_ATTACHED)
{
	const char *parent = edu(0);
	struct vm *vm = vm_new();
	struct device *dev = vm_backed(vm, parent);

	writes(dev, 1);
	engine_fault(parent, "attach");
	refused(try_write(dev, 2), EIO);
	refused(try_write(dev, 2), EIO);
	unmap_pages(vm, 0, PAGES);
	map_pages(vm, 0, PAGES);
	engine_fault(parent, "none");
	writes(dev, 2);
	engine_fault(parent, "attach");
	refused(try_write(dev, 3), EIO);
	close_device(dev);
	ok(try_open(dev));
	engine_fault(parent, "none");
	writes(dev, 4);
}

TEST(dev, domain_that_is_not_attached_is_left, .log = NOT_ATTACHED)
{
	const char *parent = edu(0);
	struct mdev *mdev = mdev_new(BACKED, parent);
	struct vm *vm = vm_new(), *next = vm_new();
	struct device *dev = vm_add(vm, mdev);

	engine_fault(parent, "attach");
	refused(try_write(dev, 2), EIO);
	leave_vm(dev);
	vm_close(vm);
	engine_fault(parent, "none");
	writes(vm_add(next, mdev), 2);
}

TEST(dev, engine_faults_are_checked)
{
	const char *parent = edu(0);

	pci_bind(parent, BACKED);
	refused(try_engine_fault(parent, "broken"), EINVAL);
	refused(try_engine_fault(parent, "a word that is too long"), EINVAL);
	ok(try_engine_fault(parent, "none"));
}

#define HIGH (1ull << 36)

static int write_to(struct device *dev, uint64_t iova)
{
	return pinscope_sample_command(dev->dev, PINSCOPE_CMD_DMA_WRITE, iova, LEN,
				       SEED);
}

#define SHORT "DMAR*|dmar_fault*|*DMA*fault*|addresses have too few bits"

/* It would write to other pages than were pinned, and say nothing. */
TEST(dev, function_with_short_addresses_does_no_dma, .log = SHORT)
{
	struct vm *vm = vm_new();
	const char *parent = edu(0);
	struct device *dev = vm_backed(vm, parent);

	engine_fault(parent, "mask");
	memset(vm->ram, 0, RAM_SIZE);
	refused(write_words(dev, 3), ENXIO);
	check(!is_written(vm, 3));
	engine_fault(parent, "none");
	ok(write_words(dev, 3));
	check(is_written(vm, 3));
	/* It is asked again for addresses of more bits */
	map_at(vm, vm->ram, HIGH, PAGES * PAGE);
	memset(vm->ram, 0, RAM_SIZE);
	engine_fault(parent, "mask");
	refused(write_to(dev, HIGH), ENXIO);
	refused(write_to(dev, HIGH << 2), EFAULT);
	engine_fault(parent, "none");
	ok(write_to(dev, HIGH));
	check(is_written(vm, 0));
}

TEST(dev, read_that_does_not_end_fails, .log = FENCED)
{
	const char *parent = edu(0);
	struct vm *vm = vm_new();
	struct device *dev = vm_backed(vm, parent);

	ok(write_words(dev, 1));
	engine_fault(parent, "slow");
	refused(try_command(dev, PINSCOPE_CMD_DMA_READ, IOVA(1), LEN), EIO);
	check(recovers(dev, parent, 3));
}

/* Whoever calls the engine without a look at what is mapped. */
TEST(dev, engine_does_not_go_where_no_iommu_has_addresses)
{
	struct vm *vm = vm_new();
	struct puppet *dev = vm_puppet(vm, edu(0));

	refused(try_make(dev, (struct puppet_call){
			.op = PUPPET_DMA_WRITE, .iova = 1ull << 60, .count = LEN,
		}), EFAULT);
}

static void set_memory(const char *bdf, bool on)
{
	int fd = ok(open(text("/sys/bus/pci/devices/%s/config", bdf),
			 O_RDWR | O_CLOEXEC));
	uint16_t command;

	equal(pread(fd, &command, sizeof(command), 4), sizeof(command));
	command = on ? command | 0x2 : command & ~0x2;
	equal(pwrite(fd, &command, sizeof(command), 4), sizeof(command));
	close(fd);
}

/* As it is enabled, nobody switches its memory on again: it says nothing of itself. */
static void is_not_bound(const char *driver)
{
	const char *bdf = edu(0), *enable;
	int ret;

	need_module(driver);
	pci_bind(bdf, "");
	enable = text("/sys/bus/pci/devices/%s/enable", bdf);
	ok(put_file(enable, "1"));
	set_memory(bdf, false);
	ret = pci_try_bind(bdf, driver);
	set_memory(bdf, true);
	ok(put_file(enable, "0"));
	check(ret < 0);
	equal(strlen(pci_driver(bdf)), 0);
}

TEST(dev, function_that_does_not_say_it_is_edu_is_not_bound, .says = "as its identification says")
{
	is_not_bound(BACKED);
}

TEST(assigned, function_that_does_not_say_it_is_edu_is_not_bound, .says = "it says that it is")
{
	is_not_bound(ASSIGNED);
}
