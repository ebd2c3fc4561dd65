// SPDX-License-Identifier: GPL-2.0
/*
 * The calls. Structures are put right before a page that is not there, so that the
 * kernel is caught when it reads more than it was told to. What a call returns is
 * of no interest but as a sign that it took another way.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <pinscope/registers.h>

#include "fuzz.h"

#define PAGE 4096ull

static long done(long ret)
{
	return ret < 0 ? -errno : ret;
}

static int fd_of(const int *fds, int nr, uint64_t n)
{
	return fds[n % nr];
}

static int container(struct user *u, uint64_t n)
{
	return fd_of(u->container, NR_CONTAINERS, n);
}

static int device(struct user *u, uint64_t n)
{
	return fd_of(u->device, NR_DEVICES, n);
}

/* Memory of @size bytes that ends with a page */
static void *before_guard(struct user *u, size_t size)
{
	return u->guard - size;
}

/* An ioctl with a structure whose first member is its size */
static long ioctl_sized(struct user *u, int fd, unsigned long request,
			const void *data, size_t size, uint64_t delta)
{
	uint32_t *argsz = before_guard(u, size);

	memcpy(argsz, data, size);
	*argsz = size + delta;
	return done(ioctl(fd, request, argsz));
}

/* Where an answer goes, from good to bad */
static uint64_t buffer_of(struct user *u, uint64_t which)
{
	switch (which) {
	case 0: return (uintptr_t)u->ram;
	case 1: return (uintptr_t)u->ram + 1;
	case 2: return (uintptr_t)u->guard - 8;		/* short */
	case 3: return (uintptr_t)u->guard;		/* not there */
	case 4: return 0;
	case 5: return (uintptr_t)u->guard + PAGE;	/* read-only */
	default: return which;
	}
}

static long do_map(struct user *u, const uint64_t *a)
{
	struct vfio_iommu_type1_dma_map map = {
		.flags = a[4], .iova = a[1], .size = a[2],
		.vaddr = a[3] < FUZZ_RAM_SIZE ? (uintptr_t)u->ram + a[3] : a[3],
	};

	return ioctl_sized(u, container(u, a[0]), VFIO_IOMMU_MAP_DMA, &map,
			   sizeof(map), a[5]);
}

static long do_unmap(struct user *u, const uint64_t *a)
{
	struct {
		struct vfio_iommu_type1_dma_unmap unmap;
		struct vfio_bitmap bitmap;
	} arg = {
		.unmap = { .flags = a[3], .iova = a[1], .size = a[2] },
		.bitmap = { .pgsize = a[4], .size = a[5] },
	};

	arg.bitmap.data = (void *)(uintptr_t)buffer_of(u, a[6]);
	return ioctl_sized(u, container(u, a[0]), VFIO_IOMMU_UNMAP_DMA, &arg,
			   sizeof(arg), a[7]);
}

static long do_dirty(struct user *u, const uint64_t *a)
{
	struct vfio_iommu_type1_dirty_bitmap arg = { .flags = a[1] };

	return ioctl_sized(u, container(u, a[0]), VFIO_IOMMU_DIRTY_PAGES, &arg,
			   sizeof(arg), a[2]);
}

static long do_get(struct user *u, const uint64_t *a)
{
	struct {
		struct vfio_iommu_type1_dirty_bitmap dirty;
		struct vfio_iommu_type1_dirty_bitmap_get get;
	} arg = {
		.dirty.flags = VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP,
		.get = {
			.iova = a[1], .size = a[2],
			.bitmap = { .pgsize = a[3], .size = a[4] },
		},
	};

	arg.get.bitmap.data = (void *)(uintptr_t)buffer_of(u, a[5]);
	return ioctl_sized(u, container(u, a[0]), VFIO_IOMMU_DIRTY_PAGES, &arg,
			   sizeof(arg), a[6]);
}

static long do_info(struct user *u, const uint64_t *a)
{
	uint8_t arg[512] = { 0 };

	return ioctl_sized(u, container(u, a[0]), VFIO_IOMMU_GET_INFO, arg,
			   sizeof(arg), a[1]);
}

static long do_extension(struct user *u, const uint64_t *a)
{
	return done(ioctl(container(u, a[0]), VFIO_CHECK_EXTENSION, a[1]));
}

static long do_set_iommu(struct user *u, const uint64_t *a)
{
	return done(ioctl(container(u, a[0]), VFIO_SET_IOMMU, a[1]));
}

static long drop(int *fd)
{
	long ret = done(close(*fd));

	*fd = -1;
	return ret;
}

static long do_container(struct user *u, const uint64_t *a)
{
	int *fd = &u->container[a[0] % NR_CONTAINERS];

	if (*fd >= 0)
		drop(fd);
	*fd = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	return done(*fd);
}

static long do_group_open(struct user *u, const uint64_t *a)
{
	int n = a[0] % NR_DEVICES;

	if (u->group[n] >= 0)
		drop(&u->group[n]);
	u->group[n] = open(u->world->group[n], O_RDWR | O_CLOEXEC);
	return done(u->group[n]);
}

static long do_group_close(struct user *u, const uint64_t *a)
{
	return drop(&u->group[a[0] % NR_DEVICES]);
}

static long do_attach(struct user *u, const uint64_t *a)
{
	int fd = container(u, a[1]);

	return done(ioctl(fd_of(u->group, NR_DEVICES, a[0]),
			  VFIO_GROUP_SET_CONTAINER, &fd));
}

static long do_detach(struct user *u, const uint64_t *a)
{
	return done(ioctl(fd_of(u->group, NR_DEVICES, a[0]),
			  VFIO_GROUP_UNSET_CONTAINER));
}

static long do_open(struct user *u, const uint64_t *a)
{
	int n = a[0] % NR_DEVICES;

	if (u->device[n] >= 0)
		drop(&u->device[n]);
	u->device[n] = ioctl(u->group[n], VFIO_GROUP_GET_DEVICE_FD,
			     u->world->uuid[n]);
	return done(u->device[n]);
}

static long do_close(struct user *u, const uint64_t *a)
{
	return drop(&u->device[a[0] % NR_DEVICES]);
}

static long do_reset(struct user *u, const uint64_t *a)
{
	return done(ioctl(device(u, a[0]), VFIO_DEVICE_RESET));
}

static long do_device_info(struct user *u, const uint64_t *a)
{
	struct vfio_device_info arg = { .flags = 0 };

	return ioctl_sized(u, device(u, a[0]), VFIO_DEVICE_GET_INFO, &arg,
			   sizeof(arg), a[1]);
}

static long do_region_info(struct user *u, const uint64_t *a)
{
	struct vfio_region_info arg = { .index = a[1] };

	return ioctl_sized(u, device(u, a[0]), VFIO_DEVICE_GET_REGION_INFO,
			   &arg, sizeof(arg), a[2]);
}

static long do_irq_info(struct user *u, const uint64_t *a)
{
	struct vfio_irq_info arg = { .index = a[1] };

	return ioctl_sized(u, device(u, a[0]), VFIO_DEVICE_GET_IRQ_INFO, &arg,
			   sizeof(arg), a[2]);
}

static long do_set_irqs(struct user *u, const uint64_t *a)
{
	struct {
		struct vfio_irq_set set;
		int32_t fds[4];
	} arg = {
		.set = { .flags = a[2], .index = a[1], .start = a[3], .count = a[4] },
	};
	int i, fd = a[5] & 1 ? eventfd(0, EFD_CLOEXEC) : -1;
	long ret;

	for (i = 0; i < 4; i++)
		arg.fds[i] = a[5] & 2 ? (int)a[5] : fd;
	ret = ioctl_sized(u, device(u, a[0]), VFIO_DEVICE_SET_IRQS, &arg,
			  sizeof(arg), a[6]);
	if (fd >= 0)
		close(fd);
	return ret;
}

/* A feature with three words of data */
static long do_feature(struct user *u, const uint64_t *a)
{
	struct {
		struct vfio_device_feature feature;
		uint64_t data[3];
	} arg = { .feature.flags = a[1], .data = { a[2], a[3], a[4] } };

	return ioctl_sized(u, device(u, a[0]), VFIO_DEVICE_FEATURE, &arg,
			   sizeof(arg), a[5]);
}

static long do_state(struct user *u, const uint64_t *a)
{
	struct {
		struct vfio_device_feature feature;
		struct vfio_device_feature_mig_state state;
	} arg = {
		.feature.flags = VFIO_DEVICE_FEATURE_SET |
				 VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE,
		.state = { .device_state = a[1], .data_fd = -1 },
	};
	int n = a[0] % NR_DEVICES;
	long ret;

	ret = ioctl_sized(u, u->device[n], VFIO_DEVICE_FEATURE, &arg,
			  sizeof(arg), 0);
	memcpy(&arg, u->guard - sizeof(arg), sizeof(arg));
	if (!ret && arg.state.data_fd >= 0) {
		if (u->stream[n] >= 0)
			close(u->stream[n]);
		u->stream[n] = arg.state.data_fd;
	}
	return ret;
}

/* What a stream has is kept in memory, where "load" finds it */
static long do_save(struct user *u, const uint64_t *a)
{
	return done(read(fd_of(u->stream, NR_DEVICES, a[0]), u->ram + FUZZ_RAM_SIZE / 2,
			 a[1] % (FUZZ_RAM_SIZE / 2)));
}

static long do_load(struct user *u, const uint64_t *a)
{
	uint8_t *data = u->ram + FUZZ_RAM_SIZE / 2;
	uint64_t len = a[1] % (FUZZ_RAM_SIZE / 2);

	if (a[3])
		data[a[2] % (FUZZ_RAM_SIZE / 2)] ^= a[3];
	return done(write(fd_of(u->stream, NR_DEVICES, a[0]), data, len));
}

static long do_precopy_info(struct user *u, const uint64_t *a)
{
	struct vfio_precopy_info arg = { .flags = 0 };

	return ioctl_sized(u, fd_of(u->stream, NR_DEVICES, a[0]),
			   VFIO_MIG_GET_PRECOPY_INFO, &arg, sizeof(arg), a[1]);
}

static long do_log_start(struct user *u, const uint64_t *a)
{
	struct vfio_device_feature_dma_logging_range *range = (void *)u->ram;
	struct {
		struct vfio_device_feature feature;
		struct vfio_device_feature_dma_logging_control control;
	} arg = {
		.feature.flags = VFIO_DEVICE_FEATURE_SET |
				 VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
		.control = {
			.page_size = a[1], .num_ranges = a[2],
			.ranges = buffer_of(u, a[5]),
		},
	};

	range->iova = a[3];
	range->length = a[4];
	return ioctl_sized(u, device(u, a[0]), VFIO_DEVICE_FEATURE, &arg,
			   sizeof(arg), a[6]);
}

static long do_log_report(struct user *u, const uint64_t *a)
{
	struct {
		struct vfio_device_feature feature;
		struct vfio_device_feature_dma_logging_report report;
	} arg = {
		.feature.flags = VFIO_DEVICE_FEATURE_GET |
				 VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT,
		.report = {
			.iova = a[1], .length = a[2], .page_size = a[3],
			.bitmap = buffer_of(u, a[4]),
		},
	};

	return ioctl_sized(u, device(u, a[0]), VFIO_DEVICE_FEATURE, &arg,
			   sizeof(arg), a[5]);
}

/* Regions stand one after the other in the device's file */
#define REGION_SHIFT 40

static long do_read(struct user *u, const uint64_t *a)
{
	return done(pread(device(u, a[0]), u->ram, a[3] % PAGE,
			  (a[1] << REGION_SHIFT) + a[2]));
}

static long do_write(struct user *u, const uint64_t *a)
{
	return done(pwrite(device(u, a[0]), &a[4], a[3] % 9,
			   (a[1] << REGION_SHIFT) + a[2]));
}

static long poke(int fd, uint64_t reg, const void *value, size_t size)
{
	uint64_t bar = (uint64_t)VFIO_PCI_BAR0_REGION_INDEX << REGION_SHIFT;

	return done(pwrite(fd, value, size, bar + reg));
}

/* A command of the sample device */
static long do_command(struct user *u, const uint64_t *a)
{
	int fd = device(u, a[0]);
	uint32_t cmd = a[1], len = a[3], seed = a[4], status = 0;

	poke(fd, PINSCOPE_REG_IOVA, &a[2], 8);
	poke(fd, PINSCOPE_REG_LEN, &len, 4);
	poke(fd, PINSCOPE_REG_SEED, &seed, 4);
	poke(fd, PINSCOPE_REG_CMD, &cmd, 4);
	if (pread(fd, &status, 4, PINSCOPE_REG_STATUS) != 4)
		return -errno;
	return -PINSCOPE_STATUS_ERRNO(status);
}

static long do_ioctl(struct user *u, const uint64_t *a)
{
	int fd = a[0] & 4 ? container(u, a[0]) : device(u, a[0]);

	return done(ioctl(fd, _IO(VFIO_TYPE, VFIO_BASE + a[1] % 32),
			  buffer_of(u, a[2])));
}

/* What becomes of the memory that is mapped */
static long do_memory(struct user *u, const uint64_t *a)
{
	uint8_t *page = u->ram + a[1] % (FUZZ_RAM_SIZE / PAGE) * PAGE;

	switch (a[0] % 4) {
	case 0:
		return done(madvise(page, PAGE, MADV_DONTNEED));
	case 1:
		return done(mprotect(page, PAGE, PROT_READ));
	case 2:
		return done(mprotect(page, PAGE, PROT_READ | PROT_WRITE));
	default:
		return done(mmap(page, PAGE, PROT_READ | PROT_WRITE, MAP_FIXED |
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
			    MAP_FAILED ? -1 : 0);
	}
}

#define C { "c", ARG_CONTAINER }
#define D { "d", ARG_DEVICE }
#define ARGSZ { "argsz", ARG_ARGSZ }

const struct call_type call_types[] = {
	{ "map", do_map, { C, { "iova", ARG_IOVA }, { "size", ARG_SIZE },
		{ "vaddr", ARG_VADDR }, { "flags", ARG_FLAGS }, ARGSZ } },
	{ "unmap", do_unmap, { C, { "iova", ARG_IOVA }, { "size", ARG_SIZE },
		{ "flags", ARG_FLAGS }, { "unit", ARG_UNIT },
		{ "bytes", ARG_SMALL }, { "to", ARG_BUFFER }, ARGSZ } },
	{ "dirty", do_dirty, { C, { "flags", ARG_FLAGS }, ARGSZ } },
	{ "get", do_get, { C, { "iova", ARG_IOVA }, { "size", ARG_SIZE },
		{ "unit", ARG_UNIT }, { "bytes", ARG_SMALL },
		{ "to", ARG_BUFFER }, ARGSZ } },
	{ "info", do_info, { C, ARGSZ } },
	{ "extension", do_extension, { C, { "n", ARG_SMALL } } },
	{ "set-iommu", do_set_iommu, { C, { "type", ARG_SMALL } } },
	{ "container", do_container, { C } },
	{ "group-open", do_group_open, { D } },
	{ "group-close", do_group_close, { D } },
	{ "attach", do_attach, { D, C } },
	{ "detach", do_detach, { D } },
	{ "open", do_open, { D } },
	{ "close", do_close, { D } },
	{ "reset", do_reset, { D } },
	{ "device-info", do_device_info, { D, ARGSZ } },
	{ "region-info", do_region_info, { D, { "index", ARG_SMALL }, ARGSZ } },
	{ "irq-info", do_irq_info, { D, { "index", ARG_SMALL }, ARGSZ } },
	{ "set-irqs", do_set_irqs, { D, { "index", ARG_SMALL },
		{ "flags", ARG_FLAGS }, { "start", ARG_SMALL },
		{ "count", ARG_SMALL }, { "fd", ARG_SMALL }, ARGSZ } },
	{ "feature", do_feature, { D, { "flags", ARG_FLAGS }, { "x", ARG_ANY },
		{ "y", ARG_ANY }, { "z", ARG_ANY }, ARGSZ } },
	{ "state", do_state, { D, { "to", ARG_SMALL } } },
	{ "save", do_save, { D, { "len", ARG_SIZE } } },
	{ "load", do_load, { D, { "len", ARG_SIZE }, { "at", ARG_OFFSET },
		{ "xor", ARG_SMALL } } },
	{ "precopy-info", do_precopy_info, { D, ARGSZ } },
	{ "log-start", do_log_start, { D, { "unit", ARG_UNIT },
		{ "ranges", ARG_SMALL }, { "iova", ARG_IOVA },
		{ "size", ARG_SIZE }, { "from", ARG_BUFFER }, ARGSZ } },
	{ "log-report", do_log_report, { D, { "iova", ARG_IOVA },
		{ "size", ARG_SIZE }, { "unit", ARG_UNIT },
		{ "to", ARG_BUFFER }, ARGSZ } },
	{ "read", do_read, { D, { "region", ARG_SMALL }, { "at", ARG_OFFSET },
		{ "len", ARG_SIZE } } },
	{ "write", do_write, { D, { "region", ARG_SMALL }, { "at", ARG_OFFSET },
		{ "len", ARG_SMALL }, { "value", ARG_ANY } } },
	{ "command", do_command, { D, { "cmd", ARG_SMALL }, { "iova", ARG_IOVA },
		{ "len", ARG_SIZE }, { "seed", ARG_ANY } } },
	{ "ioctl", do_ioctl, { D, { "nr", ARG_SMALL }, { "arg", ARG_BUFFER } } },
	{ "memory", do_memory, { { "what", ARG_SMALL }, { "page", ARG_SMALL } } },
};

const int nr_call_types = sizeof(call_types) / sizeof(call_types[0]);

void user_begin(struct user *u, const struct world *w, unsigned int devices)
{
	uint64_t map[] = { 0, FUZZ_RAM_IOVA, FUZZ_RAM_SIZE, 0, 3, 0 };
	uint64_t type[] = { 0, VFIO_TYPE1v2_IOMMU };
	uint8_t *pages;
	int i;

	u->world = w;
	for (i = 0; i < NR_CONTAINERS; i++)
		u->container[i] = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	for (i = 0; i < NR_DEVICES; i++) {
		u->group[i] = -1;
		u->device[i] = -1;
		u->stream[i] = -1;
	}
	/* Memory, a page whose end is a hole, and one that is read-only */
	u->ram = mmap(NULL, FUZZ_RAM_SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	u->guard = pages + PAGE;
	munmap(u->guard, PAGE);
	mprotect(u->guard + PAGE, PAGE, PROT_READ);

	for (i = 0; i < w->nr; i++) {
		uint64_t d[] = { i, 0 };

		if (!(devices & 1u << i))
			continue;
		do_group_open(u, d);
		do_attach(u, d);
		if (type[1]) {
			do_set_iommu(u, type);
			do_map(u, map);
			type[1] = 0;
		}
		do_open(u, d);
	}
}
