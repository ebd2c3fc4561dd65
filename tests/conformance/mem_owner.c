// SPDX-License-Identifier: GPL-2.0
/* Mappings whose process is gone or is being killed, and mappings gone at once. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pinscope/sample.h>

#include "fixtures/memory.h"
#include "fixtures/soft.h"

static uint64_t unmap_all(struct vm *vm)
{
	struct vfio_iommu_type1_dma_unmap arg = {
		.argsz = sizeof(arg),
		.flags = VFIO_DMA_UNMAP_FLAG_ALL,
	};

	ok(raw(vm->fd, VFIO_IOMMU_UNMAP_DMA, &arg));
	return arg.size;
}

TEST(mem, unmap_all_takes_the_pins_of_all_mappings)
{
	struct vm *vm = vm_new();
	struct device *a, *b;
	int page;

	vm->unmapped = true;
	a = vm_emulated(vm);
	b = vm_optin(vm, sim_new(SIM_GROUP, NULL), "start");
	for (page = 0; page < PAGES; page += 4)
		map_pages(vm, page, 4);
	window(a, 1);
	window(a, 6);
	window(b, 6);
	window(b, 14);
	start(vm);
	equal(pins(a), 2);
	equal(pins(b), 2);
	equal(unmap_all(vm), RAM_SIZE);
	equal(pins(a), 0);
	equal(pins(b), 0);
	refused(try_write(a, 1), EFAULT);
	locked_is(0);
	/* All of it can be mapped anew, in one piece */
	map_pages(vm, 0, PAGES);
	no_window(a, 6);
	window(a, 6);
	writes(a, 6);
	holds(dirty(vm), P(6));
	equal(unmap_all(vm), RAM_SIZE);
	equal(unmap_all(vm), 0);
}

/* What somebody holds who was given the descriptors of a monitor. */
struct heir {
	int container;
	int device;
	atomic_int ready;
};

static void be_owner(struct heir *heir, struct mdev *mdev)
{
	struct vm *vm = vm_new();
	struct device *em = vm_add(vm, mdev);

	window(em, 3);
	start(vm);
	writes(em, 3);
	heir->container = vm->fd;
	heir->device = em->fd;
	atomic_store(&heir->ready, 1);
	for (;;)
		pause();
}

static int take(int pidfd, int fd)
{
	int copy = syscall(SYS_pidfd_getfd, pidfd, fd, 0);

	return ok(copy < 0 ? -errno : copy);
}

/* An owner that is gone, and what it left. */
static struct heir *inherit(void)
{
	struct heir *heir = mmap(NULL, sizeof(*heir), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct mdev *mdev = mdev_new(EMULATED, NULL);
	int pidfd, status, container, device;
	pid_t pid;

	check(heir != MAP_FAILED);
	pid = fork();
	check(pid >= 0);
	if (!pid)
		be_owner(heir, mdev);
	check(comes_true(atomic_load(&heir->ready), 10000));
	pidfd = ok(syscall(SYS_pidfd_open, pid, 0));
	container = take(pidfd, heir->container);
	device = take(pidfd, heir->device);
	kill(pid, SIGKILL);
	equal(waitpid(pid, &status, 0), pid);
	close(pidfd);
	heir->container = container;
	heir->device = device;
	return heir;
}

static uint32_t register_of(int device, uint32_t offset)
{
	struct vfio_region_info bar = {
		.argsz = sizeof(bar), .index = VFIO_PCI_BAR0_REGION_INDEX,
	};
	uint32_t value;

	ok(raw(device, VFIO_DEVICE_GET_REGION_INFO, &bar));
	equal(pread(device, &value, sizeof(value), bar.offset + offset),
	      sizeof(value));
	return value;
}

static int command_of(int device, uint32_t cmd, uint64_t iova, uint32_t len)
{
	struct vfio_region_info bar = {
		.argsz = sizeof(bar), .index = VFIO_PCI_BAR0_REGION_INDEX,
	};
	uint32_t status;

	ok(raw(device, VFIO_DEVICE_GET_REGION_INFO, &bar));
	equal(pwrite(device, &iova, 8, bar.offset + PINSCOPE_REG_IOVA), 8);
	equal(pwrite(device, &len, 4, bar.offset + PINSCOPE_REG_LEN), 4);
	equal(pwrite(device, &cmd, 4, bar.offset + PINSCOPE_REG_CMD), 4);
	status = register_of(device, PINSCOPE_REG_STATUS);
	return status & PINSCOPE_STATUS_ERROR ? -PINSCOPE_STATUS_ERRNO(status) : 0;
}

TEST(mem, owner_is_gone_and_its_descriptors_live_on)
{
	struct heir *heir = inherit();
	struct vm vm = { .fd = heir->container };
	uint64_t bitmap = 0;

	equal(register_of(heir->device, PINSCOPE_REG_PINNED), 1);
	same(dirty(&vm), P(3));
	same(dirty(&vm), P(3));
	ok(try_unmap_get(&vm, 0, PAGES, &bitmap, sizeof(bitmap)));
	same(bitmap, P(3));
	equal(register_of(heir->device, PINSCOPE_REG_PINNED), 0);
	close(heir->device);
	close(heir->container);
}

/* The pins go with the last descriptor: the harness looks for them. */
TEST(mem, descriptors_of_an_owner_that_is_gone_are_closed)
{
	struct heir *heir = inherit();

	equal(register_of(heir->device, PINSCOPE_REG_PINNED), 1);
	close(heir->container);
	close(heir->device);
}

#define MUCH (768ull << 20)

/* Pins so much that there is time to interrupt it. */
static void map_much(struct mdev *mdev, atomic_int *mapping)
{
	struct vm *vm = vm_new();
	uint8_t *ram;

	vm->unmapped = true;
	vm_add(vm, mdev);
	ram = small_memory(MUCH);
	atomic_store(mapping, 1);
	map_at(vm, ram, SIZE_2M, MUCH);
	atomic_store(mapping, 2);
	for (;;)
		pause();
}

TEST(mem, killed_while_much_memory_is_pinned, .limit = 120)
{
	atomic_int *mapping = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct mdev *mdev = mdev_new(BACKED, sim_new(SIM_GROUP, NULL));
	uint64_t killed;
	int status;
	pid_t pid;

	check(mapping != MAP_FAILED);
	pid = fork();
	check(pid >= 0);
	if (!pid)
		map_much(mdev, mapping);
	check(comes_true(atomic_load(mapping), 60000));
	doze(50);
	killed = now_ms();
	kill(pid, SIGKILL);
	equal(waitpid(pid, &status, 0), pid);
	check(WIFSIGNALED(status));
	note("gone after %llu ms", (unsigned long long)(now_ms() - killed));
	/* In the middle of it, not after it */
	equal(atomic_load(mapping), 1);
	check(now_ms() - killed < 10000 * time_factor());
}

static atomic_int alarms;

static void count_alarm(int signal)
{
	(void)signal;
	atomic_fetch_add(&alarms, 1);
}

TEST(mem, signals_while_much_memory_is_pinned, .limit = 120)
{
	struct sigaction action = { .sa_handler = count_alarm };
	struct itimerval often = { { 0, 5000 }, { 0, 5000 } };
	struct vm *vm = vm_new();
	uint8_t *ram;
	int before;

	vm->unmapped = true;
	vm_backed(vm, sim_new(SIM_GROUP, NULL));
	ram = small_memory(MUCH / 4);
	ok(sigaction(SIGALRM, &action, NULL) ? -errno : 0);
	before = locked_kb();
	ok(setitimer(ITIMER_REAL, &often, NULL) ? -errno : 0);
	map_at(vm, ram, SIZE_2M, MUCH / 4);
	locked_is(before + MUCH / 4 / 1024);
	start(vm);
	ok(try_unmap_at(vm, SIZE_2M, MUCH / 4));
	setitimer(ITIMER_REAL, &(struct itimerval){ }, NULL);
	check(atomic_load(&alarms));
	locked_is(before);
}

static int attach_and_write(struct device *dev, int page)
{
	int ret = try_attach(dev);

	if (!ret)
		ret = try_open(dev);
	if (!ret)
		ret = pinscope_sample_command(dev->dev, PINSCOPE_CMD_DMA_WRITE,
					      IOVA(page), 64, 0x4711);
	return ret;
}

/* The memory is that of who has mapped it, whoever attaches the first IOMMU */
TEST(mem, group_attached_by_a_child_reaches_what_was_mapped)
{
	struct vm *vm = vm_new();
	struct device *em = vm_emulated(vm), *dev;
	int status = 0;
	pid_t pid;

	memset(vm->ram, 1, RAM_SIZE);
	window(em, 3);
	dev = device_of(vm, mdev_new(BACKED, sim_new(SIM_GROUP, NULL)));
	pid = fork();
	check(pid >= 0);
	if (!pid) {
		memset(vm->ram, 2, RAM_SIZE);
		_exit(-attach_and_write(dev, 5));
	}
	equal(waitpid(pid, &status, 0), pid);
	check(WIFEXITED(status));
	equal(WEXITSTATUS(status), 0);
	check(!pinscope_sample_verify(vm->ram + 5 * PAGE, 64, 0x4711));
}

TEST(mem, memory_of_an_owner_that_is_gone_is_not_pinned)
{
	struct heir *heir = inherit();

	refused(command_of(heir->device, PINSCOPE_CMD_ADD_WINDOW, IOVA(5), PAGE),
		ENODEV);
	equal(register_of(heir->device, PINSCOPE_REG_PINNED), 1);
	close(heir->device);
	close(heir->container);
}

/* What is locked for it goes from one process to the other. */
TEST(mem, mapping_is_taken_over_by_another_process)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_backed(vm, sim_new(SIM_GROUP, NULL));
	struct vfio_iommu_type1_dma_unmap forget = {
		.argsz = sizeof(forget), .flags = VFIO_DMA_UNMAP_FLAG_VADDR,
		.iova = RAM_IOVA, .size = RAM_SIZE,
	};
	struct vfio_iommu_type1_dma_map take = {
		.argsz = sizeof(take), .flags = VFIO_DMA_MAP_FLAG_VADDR,
		.vaddr = (uintptr_t)vm->ram, .iova = RAM_IOVA, .size = RAM_SIZE,
	};
	int status = 0;
	pid_t pid;

	locked_is(RAM_SIZE / 1024);
	ok(raw(vm->fd, VFIO_IOMMU_UNMAP_DMA, &forget));
	pid = fork();
	check(pid >= 0);
	if (!pid) {
		if (raw(vm->fd, VFIO_IOMMU_MAP_DMA, &take))
			_exit(1);
		_exit(locked_soon(RAM_SIZE / 1024) == RAM_SIZE / 1024 ? 0 : 2);
	}
	equal(waitpid(pid, &status, 0), pid);
	equal(status, 0);
	locked_is(0);
	writes(dev, 3);
	unmap_pages(vm, 0, PAGES);
	locked_is(0);
}
