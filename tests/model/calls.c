// SPDX-License-Identifier: GPL-2.0
/* The calls that steps stand for, on descriptors that are open */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <harness/raw.h>
#include <pinscope/pinscope.h>

#include "own.h"

/* Container */

static int track(int c, uint32_t flag)
{
	struct vfio_iommu_type1_dirty_bitmap arg = {
		.argsz = sizeof(arg), .flags = flag,
	};

	return raw(hands.container[c], VFIO_IOMMU_DIRTY_PAGES, &arg);
}

static struct vfio_bitmap bitmap_of(const struct step *step)
{
	int bits = step->unit ? step->nr / (int)step->unit : step->nr;
	struct vfio_bitmap bitmap = {
		.pgsize = step->unit * SZ_4K,
		.size = (bits + 63) / 64 * 8,
	};

	switch (step->buffer) {
	case GOOD:
		bitmap.data = (void *)hands.good;
		break;
	case NOWHERE:
		bitmap.data = (void *)hands.nowhere;
		break;
	case READ_ONLY:
		bitmap.data = (void *)hands.read_only;
		break;
	case KERNEL:
		bitmap.data = (void *)0xffff888000000000ull;
		break;
	case HALF:
		bitmap.data = (void *)hands.half;
		break;
	default:
		bitmap.data = (void *)hands.good;
		bitmap.size -= 8;
	}
	return bitmap;
}

static void before_bitmap(void)
{
	memset(hands.good, 0, WORDS * 8);
	*hands.half = 0;
}

static void after_bitmap(const struct step *step, struct outcome *out)
{
	if (step->buffer == HALF)
		memset(out->words, 0, sizeof(out->words));
	memcpy(out->words, step->buffer == HALF ? hands.half : hands.good,
	       step->buffer == HALF ? 8 : WORDS * 8);
}

static uint64_t iova_of(int p)
{
	return IOVA_BASE + (int64_t)p * (int64_t)SZ_4K;
}

static int get(const struct step *step, struct outcome *out)
{
	int ret;

	before_bitmap();
	ret = raw_get(hands.container[step->c], iova_of(step->first),
		      step->nr * SZ_4K, bitmap_of(step));
	if (!ret)
		after_bitmap(step, out);
	return ret;
}

static int look(const struct step *step, struct outcome *out)
{
	int ret;

	before_bitmap();
	ret = raw_look(hands.container[step->c], iova_of(step->first),
		       step->nr * SZ_4K, bitmap_of(step));
	if (!ret)
		after_bitmap(step, out);
	return ret;
}

/* No two ranges are next to each other, so there is room for all */
static int ranges(const struct step *step, struct outcome *out)
{
	struct vfio_iommu_type1_dirty_range range[PAGES / 2 + 1];
	struct vfio_iommu_type1_dirty_ranges_get get = {
		.iova = iova_of(step->first),
		.size = step->nr * SZ_4K,
		.ranges = (uintptr_t)range,
		.nr_ranges = PAGES / 2 + 1,
	};
	int ret = raw_ranges(hands.container[step->c], &get);
	uint64_t i, bit;

	memset(out->words, 0, sizeof(out->words));
	if (ret)
		return ret;
	for (i = 0; i < get.nr_ranges; i++)
		for (bit = 0; bit < range[i].size / SZ_4K; bit++) {
			uint64_t at = bit + (range[i].iova -
					     iova_of(step->first)) / SZ_4K;

			if (at < WORDS * 64)
				out->words[at / 64] |= 1ull << at % 64;
		}
	return get.size ? -ENOSPC : 0;
}

static int unmap_get(const struct step *step, struct outcome *out)
{
	int ret;

	before_bitmap();
	ret = raw_unmap_get(hands.container[step->c], iova_of(step->first),
			    step->nr * SZ_4K, bitmap_of(step), &out->value);
	out->value /= SZ_4K;
	if (!ret)
		after_bitmap(step, out);
	return ret;
}

static int unmap_at(int c, uint64_t iova, uint64_t size, uint32_t flags,
		    struct outcome *out)
{
	struct vfio_iommu_type1_dma_unmap arg = {
		.argsz = sizeof(arg),
		.flags = flags,
		.iova = iova,
		.size = size,
	};
	int ret = raw(hands.container[c], VFIO_IOMMU_UNMAP_DMA, &arg);

	out->value = ret ? 0 : arg.size / SZ_4K;
	return ret;
}

static int map_at(int c, int page, uint64_t iova, uint64_t size,
		  unsigned int prot)
{
	struct vfio_iommu_type1_dma_map arg = {
		.argsz = sizeof(arg),
		.vaddr = (uintptr_t)hands.ram + page * SZ_4K,
		.iova = iova,
		.size = size,
	};

	if (prot & R)
		arg.flags |= VFIO_DMA_MAP_FLAG_READ;
	if (prot & W)
		arg.flags |= VFIO_DMA_MAP_FLAG_WRITE;
	return raw(hands.container[c], VFIO_IOMMU_MAP_DMA, &arg);
}

#define TOP (-SZ_4K)

static int get_top(int c)
{
	return raw_get(hands.container[c], TOP, SZ_4K,
		       (struct vfio_bitmap){ SZ_4K, 8, (void *)hands.good });
}

/* Device */

static int state(const struct step *step)
{
	struct {
		struct vfio_device_feature head;
		struct vfio_device_feature_mig_state mig;
	} arg = {
		.head = {
			.argsz = sizeof(arg),
			.flags = VFIO_DEVICE_FEATURE_SET |
				 VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE,
		},
		.mig = { .device_state = step->state, .data_fd = -1 },
	};
	int ret = raw(hands.device[step->d], VFIO_DEVICE_FEATURE, &arg);

	if (!ret && arg.mig.data_fd >= 0)
		close(arg.mig.data_fd);
	return ret;
}

static int dma_log(const struct step *step)
{
	struct vfio_device_feature_dma_logging_range range = {
		.iova = IOVA_BASE, .length = PAGES * SZ_4K,
	};
	struct {
		struct vfio_device_feature head;
		struct vfio_device_feature_dma_logging_control control;
	} arg = {
		.head = {
			.argsz = sizeof(arg),
			.flags = VFIO_DEVICE_FEATURE_SET |
				 VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
		},
		.control = {
			.page_size = SZ_4K,
			.num_ranges = 1,
			.ranges = (uintptr_t)&range,
		},
	};

	if (!step->on) {
		arg.head.argsz = sizeof(arg.head);
		arg.head.flags = VFIO_DEVICE_FEATURE_SET |
				 VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP;
	}
	return raw(hands.device[step->d], VFIO_DEVICE_FEATURE, &arg);
}

static int report(const struct step *step, struct outcome *out)
{
	struct {
		struct vfio_device_feature head;
		struct vfio_device_feature_dma_logging_report report;
	} arg = {
		.head = {
			.argsz = sizeof(arg),
			.flags = VFIO_DEVICE_FEATURE_GET |
				 VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT,
		},
		.report = {
			.iova = IOVA_BASE + step->start,
			.length = step->len,
			.page_size = step->unit * SZ_4K,
			.bitmap = (uintptr_t)bitmap_of(step).data,
		},
	};
	int ret;

	before_bitmap();
	ret = raw(hands.device[step->d], VFIO_DEVICE_FEATURE, &arg);
	if (!ret)
		after_bitmap(step, out);
	return ret;
}

/* A command ends with an errno in STATUS */
static int command(int d, uint32_t cmd, uint64_t start, uint32_t len)
{
	uint64_t iova = IOVA_BASE + start;
	uint64_t bar = hands.bar[d];
	uint32_t status;
	int fd = hands.device[d];

	if (pwrite(fd, &iova, 8, bar + PINSCOPE_REG_IOVA) != 8 ||
	    pwrite(fd, &len, 4, bar + PINSCOPE_REG_LEN) != 4 ||
	    pwrite(fd, &cmd, 4, bar + PINSCOPE_REG_CMD) != 4 ||
	    pread(fd, &status, 4, bar + PINSCOPE_REG_STATUS) != 4)
		die("registers", errno);
	return -(int)(status >> 16);
}

static int dma(const struct step *step)
{
	/* Enough to touch each page */
	return command(step->d, PINSCOPE_CMD_DMA_WRITE, step->first * SZ_4K,
		       (step->nr - 1) * SZ_4K + 64);
}

static int window(const struct step *step)
{
	return command(step->d, step->prot & W ? PINSCOPE_CMD_ADD_WINDOW :
		       PINSCOPE_CMD_ADD_READ_WINDOW, step->first * SZ_4K,
		       step->nr * SZ_4K);
}

/* The administrator */

void share_groups(bool on)
{
	int ret = put_file("/sys/module/vfio_iommu_type1/parameters/pin_shared_groups",
		      on ? "Y" : "N");

	if (ret)
		die("pin_shared_groups", -ret);
}

static const char *parent_of(int d, char *name, size_t size)
{
	snprintf(name, size, "pinscope_sim.model-%d-%d", getpid(),
		 config[d].parent);
	return name;
}

void log_fails(int d, bool on)
{
	char path[160], name[64];
	int ret;

	snprintf(path, sizeof(path), "/sys/kernel/debug/pinscope_log/%s/fault",
		 parent_of(d, name, sizeof(name)));
	ret = put_file(path, on ? "fail" : "none");
	if (ret)
		die(path, -ret);
}

static int iommu_put(int d, const char *file, const char *value)
{
	char path[160], name[64];

	snprintf(path, sizeof(path), "/sys/kernel/debug/pinscope_iommu/%s/%s",
		 parent_of(d, name, sizeof(name)), file);
	return put_file(path, value);
}

int hands_looks_left(int d)
{
	char path[160], name[64], text[48] = "";
	int fd;

	snprintf(path, sizeof(path),
		 "/sys/kernel/debug/pinscope_iommu/%s/write_at_look",
		 parent_of(d, name, sizeof(name)));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (read(fd, text, sizeof(text) - 1) <= 0)
		snprintf(text, sizeof(text), "-1");
	close(fd);
	return atoi(text);
}

static int faults(const struct step *step)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", step->number);
	return iommu_put(step->d, "faults", number);
}

static int at_look(const struct step *step)
{
	char text[48];

	snprintf(text, sizeof(text), "%d 0x%llx", step->number,
		 (unsigned long long)iova_of(step->first));
	return iommu_put(step->d, "write_at_look", text);
}

static int bar(const struct step *step, int prot)
{
	return mprotect(hands.ram + step->first * SZ_4K, step->nr * SZ_4K,
			prot) ? -errno : 0;
}

void call_do(const struct step *step, struct outcome *out)
{
	bool puppet = config[step->d].driver == PUPPET;

	switch (step->op) {
	case OP_START:
		out->ret = track(step->c, VFIO_IOMMU_DIRTY_PAGES_FLAG_START);
		break;
	case OP_STOP:
		out->ret = track(step->c, VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP);
		break;
	case OP_GET:
		out->ret = get(step, out);
		break;
	case OP_LOOK:
		out->ret = look(step, out);
		break;
	case OP_RANGES:
		out->ret = ranges(step, out);
		break;
	case OP_MAP:
		out->ret = map_at(step->c, step->first, iova_of(step->first),
				  step->nr * SZ_4K, step->prot);
		break;
	case OP_UNMAP:
		out->ret = unmap_at(step->c, iova_of(step->first),
				    step->nr * SZ_4K, 0, out);
		break;
	case OP_UNMAP_ALL:
		out->ret = unmap_at(step->c, 0, 0, VFIO_DMA_UNMAP_FLAG_ALL, out);
		break;
	case OP_UNMAP_GET:
		out->ret = unmap_get(step, out);
		break;
	case OP_RESET:
		out->ret = raw(hands.device[step->d], VFIO_DEVICE_RESET, NULL);
		break;
	case OP_STATE:
		out->ret = state(step);
		break;
	case OP_RW:
		out->ret = puppet ? puppet_do(step) :
			   command(step->d, PINSCOPE_CMD_CPU_WRITE,
				   step->start, step->len);
		break;
	case OP_DMA:
		out->ret = puppet ? puppet_do(step) : dma(step);
		break;
	case OP_WINDOW:
		out->ret = window(step);
		break;
	case OP_NO_WINDOW:
		out->ret = command(step->d, PINSCOPE_CMD_REMOVE_WINDOW,
				   step->first * SZ_4K, step->nr * SZ_4K);
		break;
	case OP_DMA_LOG:
		out->ret = dma_log(step);
		break;
	case OP_REPORT:
		out->ret = report(step, out);
		break;
	case OP_MAP_TOP:
		out->ret = map_at(step->c, 0, TOP, SZ_4K, R | W);
		break;
	case OP_UNMAP_TOP:
		out->ret = unmap_at(step->c, TOP, SZ_4K, 0, out);
		break;
	case OP_GET_TOP:
		out->ret = get_top(step->c);
		break;
	case OP_AT_LOOK:
		out->ret = at_look(step);
		break;
	case OP_FAULTS:
		out->ret = faults(step);
		break;
	case OP_LOG_FAILS:
		log_fails(step->d, step->on);
		break;
	case OP_BAR:
		out->ret = bar(step, PROT_NONE);
		break;
	case OP_UNBAR:
		out->ret = bar(step, PROT_READ | PROT_WRITE);
		break;
	case OP_SHARE:
		share_groups(step->on);
		break;
	case OP_ON ... OP_ON_CLEAR:
		puppet_script(step);
		break;
	default:
		out->ret = puppet_do(step);
	}
}
