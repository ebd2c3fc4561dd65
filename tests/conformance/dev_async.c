// SPDX-License-Identifier: GPL-2.0
/*
 * DMA that goes on behind its command, as the CTRL register asks for: what it keeps
 * from being done meanwhile, and what it does not; how the device comes to rest, and
 * what becomes of one that does not.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <harness/sim.h>

#include "fixtures/give_up.h"
#include "fixtures/hwlog.h"
#include "fixtures/puppet.h"
#include "fixtures/release.h"
#include "fixtures/stream.h"

#define MSI VFIO_PCI_MSI_IRQ_INDEX
#define ERR VFIO_PCI_ERR_IRQ_INDEX

#define FENCED "transfer has not ended in time"
#define WIDE "DMA failed (-EIO): everything mapped counts as dirty"

#define SEED 0x5eed0000
#define NR 8	/* pages of a transfer, each of which takes 200 ms if it is slow */

static const struct sim_options untracked = { .no_tracking = true };

static const char *sim(void)
{
	return sim_new(SIM_GROUP, &untracked);
}

/* What goes wrong in a function, until the test ends */
static int try_engine(const char *parent, const char *fault)
{
	return put_file(text("/sys/kernel/debug/pinscope_engine/%s/fault", parent),
			fault);
}

static void repair(void *parent)
{
	try_engine(parent, "none");
}

static void engine(const char *parent, const char *fault)
{
	ok(try_engine(parent, fault));
	defer(RESTORE_HOST, repair, text("%s", parent));
}

static int event(struct device *dev, unsigned int index)
{
	int fd = ok(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));

	ok(pinscope_device_irq_enable(dev->dev, index, 0, fd));
	return fd;
}

static bool signalled(int fd, int ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	return poll(&pfd, 1, ms) == 1;
}

static void async(struct device *dev)
{
	ok(pinscope_sample_write32(dev->dev, PINSCOPE_REG_CTRL, PINSCOPE_CTRL_ASYNC));
	equal(reg(dev, PINSCOPE_REG_CTRL), PINSCOPE_CTRL_ASYNC);
}

static int try_begin(struct device *dev, int page, int nr)
{
	return pinscope_sample_command(dev->dev, PINSCOPE_CMD_DMA_WRITE, IOVA(page),
				       nr * PAGE, SEED);
}

static bool busy(struct device *dev)
{
	return reg(dev, PINSCOPE_REG_STATUS) & PINSCOPE_STATUS_BUSY;
}

static void begin(struct device *dev, int page, int nr)
{
	ok(try_begin(dev, page, nr));
	check(busy(dev));
}

static int ended(struct device *dev)
{
	uint32_t status;

	check(comes_true(!busy(dev), 20000));
	status = reg(dev, PINSCOPE_REG_STATUS);
	check(status & PINSCOPE_STATUS_DONE);
	return status & PINSCOPE_STATUS_ERROR ? -PINSCOPE_STATUS_ERRNO(status) : 0;
}

static bool arrived(struct vm *vm, int page, int nr)
{
	return !pinscope_sample_verify(vm->ram + page * PAGE, nr * PAGE, SEED);
}

/* Not a byte of it */
static bool nothing(struct vm *vm, int page, int nr)
{
	static const char zero[NR * PAGE];

	return !memcmp(vm->ram + page * PAGE, zero, nr * PAGE);
}

/* A device on @parent that has a transfer going on */
static struct device *at_work(struct device *dev, const char *parent, const char *fault)
{
	memset(dev->vm->ram, 0, NR * PAGE);
	async(dev);
	engine(parent, fault);
	begin(dev, 0, NR);
	return dev;
}

/* CTRL: what is asked for */

TEST(dev, async_dma_raises_the_interrupt_at_its_end)
{
	struct vm *vm = vm_new();
	const char *parent = sim();
	struct device *dev = vm_backed(vm, parent);
	int fd = event(dev, MSI);

	async(dev);
	engine(parent, "slow");
	begin(dev, 0, NR);
	check(!signalled(fd, 0));
	check(signalled(fd, 10000));
	check(!busy(dev));
	equal(ended(dev), 0);
	check(arrived(vm, 0, NR));
	close(fd);
}

TEST(dev, async_dma_of_an_emulated_device)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	int fd = event(dev, MSI);
	uint32_t sum = 0;

	wide_window(dev, 0, NR);
	async(dev);
	ok(try_begin(dev, 0, NR));
	check(signalled(fd, 10000));
	equal(ended(dev), 0);
	check(arrived(vm, 0, NR));
	ok(pinscope_sample_command(dev->dev, PINSCOPE_CMD_DMA_READ, IOVA(0), PAGE, 0));
	equal(ended(dev), 0);
	ok(pinscope_sample_read32(dev->dev, PINSCOPE_REG_RESULT, &sum));
	equal(sum, (uint32_t)(PAGE / 4 * (uint64_t)SEED + PAGE / 4 * (PAGE / 4 - 1) / 2));
	close(fd);
}

/* It is off when the device is opened or reset, and then no interrupt is raised. */
TEST(dev, ctrl_is_off_until_it_is_asked_for)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	int fd = event(dev, MSI);

	window(dev, 3);
	equal(reg(dev, PINSCOPE_REG_CTRL), 0);
	writes(dev, 3);
	check(!signalled(fd, 50));
	ok(pinscope_sample_write32(dev->dev, PINSCOPE_REG_CTRL, ~0u));
	equal(reg(dev, PINSCOPE_REG_CTRL), PINSCOPE_CTRL_ASYNC);
	reset(dev);
	equal(reg(dev, PINSCOPE_REG_CTRL), 0);
	async(dev);
	close_device(dev);
	open_device(dev);
	equal(reg(dev, PINSCOPE_REG_CTRL), 0);
	close(fd);
}

TEST(dev, busy_device_refuses_commands)
{
	struct vm *vm = vm_new();
	const char *parent = sim();
	struct device *dev = vm_optin(vm, parent, "start");

	wide_window(dev, 0, NR);
	at_work(dev, parent, "hold");
	refused(try_begin(dev, 0, NR), EBUSY);
	check(busy(dev));
	refused(try_window(dev, 12), EBUSY);
	refused(pinscope_sample_remove_window(dev->dev, IOVA(0), NR * PAGE), EBUSY);
	refused(pinscope_sample_raise_irq(dev->dev), EBUSY);
	ok(pinscope_sample_write32(dev->dev, PINSCOPE_REG_CTRL, 0));
	equal(PINSCOPE_STATUS_ERRNO(reg(dev, PINSCOPE_REG_STATUS)), EBUSY);
	equal(reg(dev, PINSCOPE_REG_CTRL), PINSCOPE_CTRL_ASYNC);
	equal(windows(dev), 1);
	engine(parent, "none");
	/* None of that has done any harm */
	equal(ended(dev), 0);
	check(arrived(vm, 0, NR));
	ok(try_window(dev, 12));
}

/* Interrupts, dirty tracking and other containers have no part in it. */
TEST(dev, nobody_else_waits_for_dma)
{
	struct vm *vm = vm_new(), *other = vm_new();
	const char *parent = sim();
	struct device *dev = vm_optin(vm, parent, "start"), *neighbour;
	uint64_t begun;
	int fd;

	neighbour = vm_optin(other, sim_new(SIM_GROUP + 1, &untracked), "start");
	wide_window(dev, 0, NR);
	at_work(dev, parent, "hold");
	begun = now_ms();
	fd = event(dev, MSI);
	start(vm);
	equal(pins(dev), NR);
	check(scope_says(dev, "pinned"));
	same(dirty(vm), P(0) | P(1) | P(2) | P(3) | P(4) | P(5) | P(6) | P(7));
	window(neighbour, 3);
	writes(neighbour, 3);
	check(now_ms() - begun < 10000);
	check(busy(dev) && !signalled(fd, 0));
	engine(parent, "none");
	check(signalled(fd, 10000));
	close(fd);
}

/* Nor does who is asked to let go of the device. */
TEST(dev, release_is_asked_for_while_dma_goes_on)
{
	struct vm *vm = vm_new();
	const char *parent = sim();
	struct device *dev = vm_backed(vm, parent);
	int req = request_eventfd(dev), status;
	pid_t pid;

	at_work(dev, parent, "hold");
	pid = put_file_behind(text("%s/remove", dev->mdev->path), "1");
	check(signalled(req, 10000));
	check(busy(dev));
	engine(parent, "none");
	equal(ended(dev), 0);
	close_device(dev);
	check(comes_true(waitpid(pid, &status, WNOHANG) == pid, 10000));
	equal(status, 0);
	close(req);
}

static pid_t write_and_wait(struct device *dev)
{
	pid_t pid = fork();

	check(pid >= 0);
	if (!pid)
		_exit(try_begin(dev, 0, NR) != 0);
	return pid;
}

/* Who waits for a command in the write to CMD can be killed; the command goes on. */
TEST(dev, who_waits_for_a_command_can_be_killed)
{
	struct vm *vm = vm_new();
	const char *parent = sim();
	struct device *dev = vm_backed(vm, parent);
	pid_t first, next;
	int status;

	engine(parent, "hold");
	first = write_and_wait(dev);
	check(comes_true(busy(dev), 5000));
	next = write_and_wait(dev);
	doze(200);
	check(!waitpid(first, &status, WNOHANG) && !waitpid(next, &status, WNOHANG));
	kill(first, SIGKILL);
	kill(next, SIGKILL);
	check(comes_true(waitpid(first, &status, WNOHANG) == first, 2000));
	check(comes_true(waitpid(next, &status, WNOHANG) == next, 2000));
	check(busy(dev));
	engine(parent, "none");
	equal(ended(dev), 0);
	check(arrived(vm, 0, NR));
}

/* Coming to rest */

TEST(dev, dma_goes_on_after_p2p)
{
	struct vm *vm = vm_new();
	const char *parent = sim();
	struct device *dev = vm_backed(vm, parent);

	at_work(dev, parent, "slow");
	enter(dev, PINSCOPE_STATE_RUNNING_P2P);
	check(busy(dev) && !arrived(vm, 0, NR));
	refused(try_begin(dev, 0, NR), EBUSY);
	doze(600);
	check(busy(dev) && !arrived(vm, 0, NR));
	enter(dev, PINSCOPE_STATE_RUNNING);
	equal(ended(dev), 0);
	check(arrived(vm, 0, NR));
}

/* At the end of tracking pins are returned. The device rests meanwhile, no longer. */
TEST(dev, dma_goes_on_after_tracking)
{
	struct vm *vm = vm_new();
	const char *parent = sim();
	struct device *dev = vm_optin(vm, parent, "start");

	wide_window(dev, 0, NR);
	start(vm);
	at_work(dev, parent, "slow");
	stop(vm);
	equal(pins(dev), 0);
	equal(ended(dev), 0);
	check(arrived(vm, 0, NR));
}

static char *stream_of(struct device *dev, size_t *size)
{
	char *buf = zalloc(64 * 1024);
	ssize_t got;

	enter(dev, PINSCOPE_STATE_STOP_COPY);
	for (*size = 0; (got = ok(read(dev->data_fd, buf + *size, 64 * 1024 - *size)));)
		*size += got;
	return buf;
}

static void load(struct device *dev, const char *stream, size_t size)
{
	enter(dev, PINSCOPE_STATE_RESUMING);
	equal(write(dev->data_fd, stream, size), (long)size);
	enter(dev, PINSCOPE_STATE_STOP);
}

/* What has been begun here ends there, with the interrupt. */
TEST(dev, dma_migrates)
{
	struct vm *vm = vm_new();
	const char *parent = sim();
	struct device *from = vm_backed(vm, parent), *to;
	char *stream;
	size_t size;
	int fd;

	to = vm_backed(vm, sim_new(SIM_GROUP + 1, &untracked));
	at_work(from, parent, "slow");
	check(comes_true(!nothing(vm, 0, 1), 5000));
	stream = stream_of(from, &size);
	check(!arrived(vm, 0, NR));
	close_device(from);
	load(to, stream, size);
	check(busy(to));
	equal(reg(to, PINSCOPE_REG_CTRL), PINSCOPE_CTRL_ASYNC);
	doze(200);
	check(!arrived(vm, 0, NR));
	fd = event(to, MSI);
	enter(to, PINSCOPE_STATE_RUNNING);
	check(signalled(fd, 10000));
	equal(ended(to), 0);
	check(arrived(vm, 0, NR));
	close(fd);
}

/* A device whose CTRL is 0 has a stream as ever; what is wrong in it is refused. */
TEST(dev, dma_that_migrates_is_checked, .log = "migration refused")
{
	struct vm *vm = vm_new();
	const char *parent = sim();
	struct device *dev = vm_backed(vm, parent);
	struct stream_dma *dma, good;
	size_t size, plain, i;
	char *stream;

	stream_of(dev, &plain);
	reset(dev);
	at_work(dev, parent, "slow");
	stream = stream_of(dev, &size);
	check(size > plain);
	reset(dev);
	dma = stream_dma(stream);
	good = *dma;
	equal(dma->cmd, PINSCOPE_CMD_DMA_WRITE);

	struct stream_dma bad[] = { good, good, good, good };

	bad[0].cmd = PINSCOPE_CMD_CPU_WRITE;
	bad[1].ctrl |= ~PINSCOPE_CTRL_ASYNC;
	bad[2].done = good.len + 1;
	bad[3].iova = -(uint64_t)good.len + 1;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		*dma = bad[i];
		stream_seal(stream, size);
		enter(dev, PINSCOPE_STATE_RESUMING);
		refused(write(dev->data_fd, stream, size) < 0 ? -errno : 0, EBADMSG);
		check(try_enter(dev, PINSCOPE_STATE_STOP) < 0);
		equal(state_of(dev), PINSCOPE_STATE_ERROR);
		reset(dev);
		check(!busy(dev));
	}
	*dma = good;
	stream_seal(stream, size);
	load(dev, stream, size);
}

TEST(dev, reset_ends_dma)
{
	struct vm *vm = vm_new();
	const char *parent = sim();
	struct device *dev = vm_backed(vm, parent);
	int fd = event(dev, MSI);

	at_work(dev, parent, "slow");
	reset(dev);
	equal(reg(dev, PINSCOPE_REG_STATUS), 0);
	memset(vm->ram, 0, NR * PAGE);
	doze(600);
	check(nothing(vm, 0, NR));
	check(!signalled(fd, 0));
	engine(parent, "none");
	writes(dev, 3);
	close(fd);
}

/* DMA to what is unmapped ends; where the memory has gone to, nothing arrives. */
TEST(dev, unmap_ends_dma)
{
	struct vm *vm = vm_new();
	const char *parent = sim();
	struct device *dev = vm_optin(vm, parent, "start");

	wide_window(dev, 0, NR);
	start(vm);
	at_work(dev, parent, "slow");
	unmap_pages(vm, 0, PAGES);
	refused(ended(dev), EFAULT);
	memset(vm->ram, 0, NR * PAGE);
	map_pages(vm, 0, PAGES);
	doze(600);
	check(nothing(vm, 0, NR));
	equal(pins(dev), 0);
	stop(vm);
}

/* A window is pinned as a whole, so DMA to it ends with its pins, wherever that goes to. */
TEST(dev, unmap_of_its_window_ends_dma)
{
	struct vm *vm = vm_new();
	const char *parent = sim();
	struct device *dev;

	vm->unmapped = true;
	dev = vm_optin(vm, parent, "start");
	map_pages(vm, 0, NR);
	map_pages(vm, NR, PAGES - NR);
	wide_window(dev, 0, PAGES);
	start(vm);
	at_work(dev, parent, "slow");
	unmap_pages(vm, NR, PAGES - NR);
	refused(ended(dev), EFAULT);
	equal(pins(dev), 0);
	/* What it has written is told for the last time: nothing comes after that. */
	dirty(vm);
	memset(vm->ram, 0, NR * PAGE);
	doze(600);
	check(nothing(vm, 0, NR));
	stop(vm);
}

/* A device that is stopped tells nothing before it goes on. */
TEST(dev, unmap_while_stopped_is_told_later)
{
	struct vm *vm = vm_new();
	const char *parent = sim();
	struct device *dev = vm_optin(vm, parent, "start");
	int fd = event(dev, MSI);

	wide_window(dev, 0, NR);
	start(vm);
	at_work(dev, parent, "slow");
	enter(dev, PINSCOPE_STATE_STOP);
	unmap_pages(vm, 0, PAGES);
	check(!signalled(fd, 100));
	enter(dev, PINSCOPE_STATE_RUNNING);
	check(signalled(fd, 5000));
	refused(ended(dev), EFAULT);
	map_pages(vm, 0, PAGES);
	close(fd);
	stop(vm);
}

/* Nor is it forgotten if it goes on elsewhere. */
TEST(dev, interrupt_that_waits_migrates)
{
	struct vm *vm = vm_new();
	const char *parent = sim();
	struct device *from = vm_optin(vm, parent, "start"), *to;
	char *stream;
	size_t size;
	int fd;

	to = vm_optin(vm, sim_new(SIM_GROUP + 1, &untracked), "start");
	event(from, MSI);
	wide_window(from, 0, NR);
	start(vm);
	at_work(from, parent, "slow");
	enter(from, PINSCOPE_STATE_STOP);
	unmap_pages(vm, 0, PAGES);
	stream = stream_of(from, &size);
	close_device(from);
	map_pages(vm, 0, PAGES);
	load(to, stream, size);
	fd = event(to, MSI);
	check(!signalled(fd, 100));
	enter(to, PINSCOPE_STATE_RUNNING);
	check(signalled(fd, 5000));
	stop(vm);
	close(fd);
}

TEST(dev, unmap_elsewhere_lets_dma_go_on)
{
	struct vm *vm = vm_new();
	const char *parent = sim();
	struct device *dev;

	vm->unmapped = true;
	dev = vm_optin(vm, parent, "start");
	map_pages(vm, 0, 8);
	map_pages(vm, 8, 8);
	wide_window(dev, 0, NR);
	window(dev, 12);
	start(vm);
	at_work(dev, parent, "slow");
	unmap_pages(vm, 8, 8);
	equal(pins(dev), NR);
	equal(ended(dev), 0);
	check(arrived(vm, 0, NR));
}

/* The same with a window that is not pinned. */
TEST(dev, unmap_elsewhere_before_start_lets_dma_go_on)
{
	struct vm *vm = vm_new();
	const char *parent = sim();
	struct device *dev, *em;

	vm->unmapped = true;
	dev = vm_optin(vm, parent, "start");
	/* Somebody else has a pin there, so all are told of the unmap */
	em = vm_emulated(vm);
	map_pages(vm, 0, 8);
	map_pages(vm, 8, 8);
	window(em, 12);
	wide_window(dev, 0, NR);
	at_work(dev, parent, "slow");
	unmap_pages(vm, 8, 8);
	equal(ended(dev), 0);
	check(arrived(vm, 0, NR));
}

/* Nor does what is written late get lost. */
static void all_is_reported(struct vm *vm, struct device *dev, const char *parent)
{
	uint64_t seen = 0, last = 0;
	int page;

	wide_window(dev, 0, NR);
	start(vm);
	same(dirty(vm) & ~ALL, NONE);
	at_work(dev, parent, "slow");
	while (busy(dev))
		seen |= dirty(vm);
	last = dirty(vm);
	for (page = 0; page < NR; page++)
		holds(seen | last, P(page));
	check(arrived(vm, 0, NR));
	stop(vm);
}

TEST(dev, async_writes_are_reported_by_optin)
{
	struct vm *vm = vm_new();
	const char *parent = sim();

	all_is_reported(vm, vm_optin(vm, parent, "start"), parent);
}

TEST(dev, async_writes_are_reported_by_hwlog)
{
	struct vm *vm = vm_new();
	const char *parent = sim();

	all_is_reported(vm, vm_hwlog(vm, parent), parent);
}

/* A device that does not come to rest */

static void not_at_rest(struct device *dev, const char *parent, int err)
{
	check(signalled(err, 0));
	equal(state_of(dev), PINSCOPE_STATE_ERROR);
	refused(try_begin(dev, 0, NR), EBUSY);
	/* What was on the way has no more way to memory */
	engine(parent, "none");
	memset(dev->vm->ram, 0, NR * PAGE);
	doze(300);
	check(nothing(dev->vm, 0, NR));
	close(err);
}

TEST(dev, device_that_does_not_rest_is_in_error, .log = FENCED)
{
	struct vm *vm = vm_new();
	const char *parent = sim();
	struct device *dev = vm_backed(vm, parent);
	int err = event(dev, ERR);

	at_work(dev, parent, "hold");
	refused(try_enter(dev, PINSCOPE_STATE_STOP), EIO);
	not_at_rest(dev, parent, err);
	reset(dev);
	writes(dev, 3);
}

TEST(dev, device_that_does_not_rest_makes_wide, .log = FENCED "|" WIDE)
{
	struct vm *vm = vm_new();
	const char *parent = sim();
	struct device *dev = vm_optin(vm, parent, "start");
	int err = event(dev, ERR);

	wide_window(dev, 0, NR);
	start(vm);
	at_work(dev, parent, "hold");
	check(scope_pinned(vm));
	unmap_pages(vm, 0, PAGES);
	check(!scope_pinned(vm));
	equal(pins(dev), 0);
	map_pages(vm, 0, PAGES);
	not_at_rest(dev, parent, err);
	stop(vm);
}

TEST(dev, stop_of_tracking_does_not_wait_for_ever, .log = FENCED "|" WIDE)
{
	struct vm *vm = vm_new();
	const char *parent = sim();
	struct device *dev = vm_hwlog(vm, parent);
	int err = event(dev, ERR);

	wide_window(dev, 0, NR);
	start(vm);
	at_work(dev, parent, "hold");
	stop(vm);
	equal(pins(dev), 0);
	not_at_rest(dev, parent, err);
}

TEST(dev, reset_of_what_does_not_rest_fails, .log = FENCED)
{
	struct vm *vm = vm_new();
	const char *parent = sim();
	struct device *dev = vm_backed(vm, parent);

	at_work(dev, parent, "hold");
	refused(pinscope_device_reset(dev->dev), EIO);
	equal(state_of(dev), PINSCOPE_STATE_ERROR);
	/* Now it does nothing, but it is not of use before it is seen to rest */
	reset(dev);
	refused(try_begin(dev, 0, NR), EIO);
	check(nothing(vm, 0, NR));
	engine(parent, "none");
	writes(dev, 3);
}

TEST(dev, next_user_gets_a_device_at_rest, .log = FENCED)
{
	struct vm *vm = vm_new(), *next = vm_new();
	const char *parent = sim();
	struct mdev *mdev = mdev_new(BACKED, parent);
	struct device *dev = vm_add(vm, mdev), *other;

	at_work(dev, parent, "hold");
	leave_vm(dev);
	check(nothing(vm, 0, NR));
	other = device_of(next, mdev);
	attach(other);
	refused(try_open(other), EBUSY);
	engine(parent, "none");
	ok(try_open(other));
	equal(reg(other, PINSCOPE_REG_STATUS), 0);
	doze(300);
	check(nothing(vm, 0, NR) && nothing(next, 0, NR));
	writes(other, 3);
}

/* Its pins go as well, whatever the device is at */
TEST(dev, close_of_what_does_not_rest_returns_pins, .log = FENCED "|" WIDE)
{
	struct vm *vm = vm_new();
	const char *parent = sim();
	struct device *dev = vm_optin(vm, parent, "start");

	wide_window(dev, 0, NR);
	start(vm);
	at_work(dev, parent, "hold");
	close_device(dev);
	equal(atoi(mdev_get(dev->mdev, "pinned_pages")), 0);
	check(!scope_pinned(vm));
	engine(parent, "none");
	doze(300);
	check(nothing(vm, 0, NR));
	open_device(dev);
	window(dev, 3);
	writes(dev, 3);
	holds(dirty(vm), P(3));
}

static void forget_driver(void *function)
{
	put_file(text("/sys/bus/pci/devices/%s/driver_override", function), "\n");
}

/* A function that is not what the driver is for; nothing is written to it. */
TEST(dev, other_functions_are_not_bound, .says = "*no function of QEMU's edu, as its vendor*")
{
	char *bridge = text("0000:00:00.0");

	need_module(BACKED);
	if (access(text("/sys/bus/pci/devices/%s", bridge), F_OK) ||
	    strlen(pci_driver(bridge)))
		skip("needs a host bridge without a driver");
	defer(RESTORE_HOST, forget_driver, bridge);
	ok(put_file(text("/sys/bus/pci/devices/%s/driver_override", bridge), BACKED));
	refused(put_file("/sys/bus/pci/drivers/" BACKED "/bind", bridge), ENODEV);
	equal(strlen(pci_driver(bridge)), 0);
}

static int task_write(void *dev)
{
	return try_begin(dev, 0, NR);
}

/* A processor that waits for a command cannot be stopped meanwhile. */
TEST(dev, p2p_waits_for_a_command_that_is_waited_for)
{
	struct vm *vm = vm_new();
	const char *parent = sim();
	struct device *dev = vm_backed(vm, parent);
	struct task *write;
	int done;

	memset(vm->ram, 0, NR * PAGE);
	engine(parent, "slow");
	write = begin_task(task_write, dev);
	check(comes_true(!nothing(vm, 0, 1), 5000));
	enter(dev, PINSCOPE_STATE_RUNNING_P2P);
	done = arrived(vm, 0, NR);
	equal(end_task(write), 0);
	check(done);
}

TEST(dev, size_of_a_state_with_dma)
{
	struct vm *vm = vm_new();
	const char *parent = sim();
	struct device *dev = vm_backed(vm, parent);
	uint64_t plain, bytes;
	size_t size;

	ok(pinscope_migration_get_data_size(dev->dev, &plain));
	at_work(dev, parent, "slow");
	ok(pinscope_migration_get_data_size(dev->dev, &bytes));
	check(bytes > plain);
	stream_of(dev, &size);
	check(bytes >= size);
}

static int move_to_p2p(void *dev)
{
	return try_enter(dev, PINSCOPE_STATE_RUNNING_P2P);
}

TEST(dev, who_waits_for_p2p_can_give_up)
{
	struct vm *vm = vm_new();
	const char *parent = sim();
	struct device *dev = vm_backed(vm, parent);
	pid_t writer;
	int status;

	engine(parent, "hold");
	writer = write_and_wait(dev);
	check(comes_true(busy(dev), 5000));
	check(can_give_up(move_to_p2p, dev));
	equal(state_of(dev), PINSCOPE_STATE_RUNNING);
	engine(parent, "none");
	check(comes_true(waitpid(writer, &status, WNOHANG) == writer, 10000));
	equal(status, 0);
}

/* Who opts in is given to the next user at rest, as others are. */
static void rests_before_it_is_opened(const char *driver)
{
	struct vm *vm = vm_new();
	const char *parent = sim();
	struct device *dev = vm_add(vm, mdev_new(driver, parent));

	wide_window(dev, 0, NR);
	at_work(dev, parent, "hold");
	close_device(dev);
	refused(try_open(dev), EBUSY);
	engine(parent, "none");
	ok(try_open(dev));
	window(dev, 3);
	writes(dev, 3);
}

TEST(dev, optin_that_does_not_rest_is_not_opened, .log = FENCED)
{
	rests_before_it_is_opened(OPTIN);
}

TEST(dev, precopy_that_does_not_rest_is_not_opened, .log = FENCED)
{
	rests_before_it_is_opened(PRECOPY);
}

TEST(dev, hwlog_that_does_not_rest_is_not_opened, .log = FENCED)
{
	rests_before_it_is_opened(HWLOG);
}

/* The checksum is right, and the transfer is to memory that no window lets it have. */
TEST(dev, dma_that_migrates_goes_to_windows_only)
{
	struct vm *vm = vm_new();
	const char *parent = sim();
	struct device *dev = vm_optin(vm, parent, "start");
	char *stream;
	size_t size;

	wide_window(dev, 0, NR);
	at_work(dev, parent, "slow");
	stream = stream_of(dev, &size);
	reset(dev);
	engine(parent, "none");
	stream_dma(stream)->iova = htole64(IOVA(NR));
	stream_seal(stream, size);
	memset(vm->ram, 0, RAM_SIZE);
	load(dev, stream, size);
	check(busy(dev));
	enter(dev, PINSCOPE_STATE_RUNNING);
	equal(ended(dev), -EFAULT);
	check(nothing(vm, NR, NR));
}

TEST(dev, dma_that_migrates_comes_in_pieces_or_damaged, .says = "migration refused")
{
	struct vm *vm = vm_new();
	struct device *dev = vm_backed(vm, sim());
	size_t size, i;
	char *stream;

	/* CTRL alone is reason for the record */
	async(dev);
	stream = stream_of(dev, &size);
	reset(dev);
	enter(dev, PINSCOPE_STATE_RESUMING);
	for (i = 0; i < size; i++)
		equal(write(dev->data_fd, stream + i, 1), 1);
	enter(dev, PINSCOPE_STATE_STOP);
	equal(reg(dev, PINSCOPE_REG_CTRL), PINSCOPE_CTRL_ASYNC);
	reset(dev);
	/* Its checksum is that of before */
	stream_dma(stream)->seed ^= 1;
	enter(dev, PINSCOPE_STATE_RESUMING);
	refused(write(dev->data_fd, stream, size) < 0 ? -errno : 0, EBADMSG);
	check(try_enter(dev, PINSCOPE_STATE_STOP) < 0);
	reset(dev);
}

/* What was done of it need not be whole words, and is not done again. */
TEST(dev, dma_that_migrates_goes_on_within_a_word)
{
	struct vm *vm = vm_new(), *there = vm_new();
	const char *parent = sim();
	struct device *dev = vm_backed(vm, parent), *to;
	char *stream;
	size_t size;
	int i;

	at_work(dev, parent, "slow");
	stream = stream_of(dev, &size);
	stream_dma(stream)->done = htole32(2);
	stream_seal(stream, size);
	to = vm_backed(there, lone_edu(0));
	memset(there->ram, 0, RAM_SIZE);
	load(to, stream, size);
	enter(to, PINSCOPE_STATE_RUNNING);
	equal(ended(to), 0);
	check(!there->ram[0] && !there->ram[1]);
	for (i = 2; i < (int)(NR * PAGE); i++)
		if (there->ram[i] != (uint8_t)((SEED + i / 4) >> 8 * (i % 4)))
			fail("byte %d is %#x", i, there->ram[i]);
}
