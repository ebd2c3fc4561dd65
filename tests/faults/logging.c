// SPDX-License-Identifier: GPL-2.0
/* Writes that the device logs for the user. */
#include "subject.h"
#include "sweep.h"

static struct device *logging(const struct kind *kind, struct vm *vm)
{
	return vm_add(vm, new_mdev_type(kind, "logging"));
}

static int try_log_start(struct device *dev)
{
	struct vfio_device_feature_dma_logging_range range = {
		.iova = RAM_IOVA, .length = RAM_SIZE,
	};
	struct vfio_device_feature_dma_logging_control control = {
		.page_size = PAGE,
		.num_ranges = 1,
		.ranges = (uintptr_t)&range,
	};

	return pinscope_device_feature_set(dev->dev,
					   VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
					   &control, sizeof(control));
}

static int try_log_stop(struct device *dev)
{
	return pinscope_device_feature_set(dev->dev,
					   VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP,
					   NULL, 0);
}

static int try_report(struct device *dev, uint64_t *bitmap)
{
	struct vfio_device_feature_dma_logging_report report = {
		.iova = RAM_IOVA,
		.length = RAM_SIZE,
		.page_size = PAGE,
		.bitmap = (uintptr_t)bitmap,
	};

	*bitmap = 0;
	return pinscope_device_feature_get(dev->dev,
					   VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT,
					   &report, sizeof(report));
}

static void report(struct device *dev, uint32_t cmd, int page)
{
	uint64_t bitmap, later;

	/* iova_bitmap_set() of the kernel fails without a word: nobody can tell */
	sweep_leaves_out("iova_bitmap_get pin_user_pages_fast");
	ok(try_command(dev, cmd, IOVA(page), 64));
	SWEEP_PARTS("report", NOTHING, try_report(dev, &bitmap)) {
		ok(try_report(dev, &later));
		if (sweep.ret && !(later & P(page)))
			complain("it failed, and page %d is lost", page);
		if (!sweep.ret && !(bitmap & P(page)))
			complain("page %d is lost", page);
		ok(try_command(dev, cmd, IOVA(page), 64));
	}
}

static void log_of(const struct kind *kind)
{
	struct vm *vm = vm_new();
	struct device *dev = logging(kind, vm);

	window(dev, 4);
	SWEEP_PARTS("start to log", NOTHING, try_log_start(dev))
		if (try_log_stop(dev) && !sweep.ret)
			complain("it does not stop");
	ok(try_log_start(dev));
	report(dev, PINSCOPE_CMD_DMA_WRITE, 4);
	report(dev, PINSCOPE_CMD_CPU_WRITE, 9);
	SWEEP_PARTS("stop to log", NOTHING, try_log_stop(dev)) {
		try_log_stop(dev);
		ok(try_log_start(dev));
	}
}

ON(log_of, emulated)
ON(log_of, hwlog)
ON(log_of, hwlog_edu)

static void log_writes(const struct kind *kind)
{
	struct vm *vm = vm_new();
	struct device *dev = logging(kind, vm);
	uint32_t first, *word = (uint32_t *)(vm->ram + 9 * PAGE);
	uint64_t bitmap;

	ok(try_log_start(dev));
	SWEEP_PARTS("logged write", first = *word,
		    try_command(dev, PINSCOPE_CMD_CPU_WRITE, IOVA(9), 64)) {
		ok(try_report(dev, &bitmap));
		if (*word != first && !(bitmap & P(9)))
			complain("page 9 has changed and is not reported");
	}
}

ON(log_writes, emulated)
