// SPDX-License-Identifier: GPL-2.0
/* The sample device as a guest's driver finds it: regions and registers. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fixtures/hwlog.h"

#define BAR0 VFIO_PCI_BAR0_REGION_INDEX
#define MAX_WINDOWS 64

static long raw_pread(int fd, void *buf, size_t len, uint64_t offset)
{
	ssize_t n = pread(fd, buf, len, offset);

	return n < 0 ? -errno : n;
}

static long raw_pwrite(int fd, const void *buf, size_t len, uint64_t offset)
{
	ssize_t n = pwrite(fd, buf, len, offset);

	return n < 0 ? -errno : n;
}

TEST(dev, identifies_itself)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	equal(reg(dev, PINSCOPE_REG_MAGIC), PINSCOPE_SAMPLE_MAGIC);
	equal(reg(dev, PINSCOPE_REG_VERSION), PINSCOPE_SAMPLE_VERSION);
	equal(reg(dev, PINSCOPE_REG_FEATURES), PINSCOPE_FEATURE_CTRL);
	equal(windows(dev), 0);
	equal(pins(dev), 0);
}

TEST(dev, optin_features)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "start");

	equal(reg(dev, PINSCOPE_REG_FEATURES),
	      PINSCOPE_FEATURE_BACKED | PINSCOPE_FEATURE_OPTIN |
	      PINSCOPE_FEATURE_CTRL);
}

TEST(dev, config_space)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	uint32_t dword = 0;
	uint16_t id = 0;

	ok(pinscope_device_config_read(dev->dev, 0, &id, 2));
	equal(id, PINSCOPE_SAMPLE_VENDOR);
	ok(pinscope_device_config_read(dev->dev, 2, &id, 2));
	equal(id, PINSCOPE_SAMPLE_DEVICE);
	ok(pinscope_device_config_read(dev->dev, 8, &dword, 4));
	equal(dword >> 8, 0xff0000);

	/* The identity is read-only. */
	id = 0xffff;
	pinscope_device_config_write(dev->dev, 0, &id, 2);
	ok(pinscope_device_config_read(dev->dev, 0, &id, 2));
	equal(id, PINSCOPE_SAMPLE_VENDOR);

	/* The size of BAR 0 is found the usual way. */
	dword = ~0u;
	ok(pinscope_device_config_write(dev->dev, 0x10, &dword, 4));
	ok(pinscope_device_config_read(dev->dev, 0x10, &dword, 4));
	equal(~(dword & ~0xfu) + 1, PINSCOPE_SAMPLE_BAR_SIZE);
	dword = 0;
	ok(pinscope_device_config_read(dev->dev, 0x14, &dword, 4));
	equal(dword, 0);
}

TEST(dev, regions)
{
	struct pinscope_device_info info;
	struct pinscope_region region;
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	ok(pinscope_device_get_info(dev->dev, &info));
	check(info.flags & VFIO_DEVICE_FLAGS_PCI);
	check(info.flags & VFIO_DEVICE_FLAGS_RESET);
	check(info.nr_regions > VFIO_PCI_CONFIG_REGION_INDEX);
	ok(pinscope_device_get_region(dev->dev, BAR0, &region));
	equal(region.size, PINSCOPE_SAMPLE_BAR_SIZE);
	equal(region.flags, VFIO_REGION_INFO_FLAG_READ |
			    VFIO_REGION_INFO_FLAG_WRITE);
	ok(pinscope_device_get_region(dev->dev, VFIO_PCI_CONFIG_REGION_INDEX,
				      &region));
	check(region.size >= 256);
	refused(pinscope_device_get_region(dev->dev, info.nr_regions, &region),
		EINVAL);
	refused(pinscope_device_get_region(dev->dev, ~0u, &region), EINVAL);
}

TEST(dev, registers_hold_their_operands)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	ok(pinscope_sample_write32(dev->dev, PINSCOPE_REG_LEN, 0x1234));
	ok(pinscope_sample_write32(dev->dev, PINSCOPE_REG_SEED, 0xdeadbeef));
	ok(pinscope_sample_write32(dev->dev, PINSCOPE_REG_IOVA, 0x89abcdef));
	ok(pinscope_sample_write32(dev->dev, PINSCOPE_REG_IOVA + 4, 0x1234567));
	equal(reg(dev, PINSCOPE_REG_LEN), 0x1234);
	equal(reg(dev, PINSCOPE_REG_SEED), 0xdeadbeef);
	equal(reg(dev, PINSCOPE_REG_IOVA), 0x89abcdef);
	equal(reg(dev, PINSCOPE_REG_IOVA + 4), 0x1234567);
	reset(dev);
	equal(reg(dev, PINSCOPE_REG_LEN), 0);
	equal(reg(dev, PINSCOPE_REG_SEED), 0);
}

TEST(dev, read_only_registers_stay)
{
	static const uint32_t ro[] = {
		PINSCOPE_REG_MAGIC, PINSCOPE_REG_VERSION,
		PINSCOPE_REG_FEATURES, PINSCOPE_REG_STATUS,
		PINSCOPE_REG_RESULT, PINSCOPE_REG_WINDOWS,
		PINSCOPE_REG_PINNED,
	};
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	uint32_t before;
	size_t i;

	window(dev, 3);
	for (i = 0; i < sizeof(ro) / sizeof(ro[0]); i++) {
		before = reg(dev, ro[i]);
		pinscope_sample_write32(dev->dev, ro[i], 0x5a5a5a5a);
		equal(reg(dev, ro[i]), before);
	}
}

TEST(dev, odd_register_accesses_are_refused)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	uint8_t buf[16] = { 0 };
	size_t len;

	for (len = 1; len <= 3; len++) {
		refused(pinscope_device_read(dev->dev, BAR0,
					     PINSCOPE_REG_LEN, buf, len),
			EINVAL);
		refused(pinscope_device_write(dev->dev, BAR0,
					      PINSCOPE_REG_LEN, buf, len),
			EINVAL);
	}
	refused(pinscope_device_read(dev->dev, BAR0, 2, buf, 4), EINVAL);
	refused(pinscope_device_write(dev->dev, BAR0, PINSCOPE_REG_LEN + 1,
				      buf, 4), EINVAL);
	refused(pinscope_device_read(dev->dev, BAR0,
				     PINSCOPE_SAMPLE_BAR_SIZE, buf, 4), EINVAL);
	refused(pinscope_device_write(dev->dev, BAR0,
				      PINSCOPE_SAMPLE_BAR_SIZE - 2, buf, 4),
		EINVAL);
	equal(reg(dev, PINSCOPE_REG_LEN), 0);
	equal(reg(dev, PINSCOPE_REG_STATUS) & PINSCOPE_STATUS_ERROR, 0);
}

/* There is BAR 0 and config space. The others are of no size. */
TEST(dev, regions_that_are_not_there_are_refused)
{
	struct pinscope_region region;
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	uint32_t word = 0;

	ok(pinscope_device_get_region(dev->dev, VFIO_PCI_BAR1_REGION_INDEX,
				      &region));
	equal(region.size, 0);
	equal(region.flags, 0);
	refused(raw_pread(dev->fd, &word, 4, region.offset), EINVAL);
	refused(raw_pwrite(dev->fd, &word, 4, region.offset), EINVAL);

	ok(pinscope_device_get_region(dev->dev, VFIO_PCI_CONFIG_REGION_INDEX,
				      &region));
	refused(raw_pread(dev->fd, &word, 4, region.offset + region.size - 2),
		EINVAL);
	refused(raw_pwrite(dev->fd, &word, 4, region.offset + region.size - 2),
		EINVAL);
	refused(raw_pread(dev->fd, NULL, 4, region.offset), EFAULT);
	refused(raw_pwrite(dev->fd, NULL, 4, region.offset), EFAULT);
}

TEST(dev, unknown_registers_read_as_zero)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	uint32_t word;

	for (word = PINSCOPE_SAMPLE_BAR_SIZE - 16;
	     word < PINSCOPE_SAMPLE_BAR_SIZE; word += 4) {
		ok(pinscope_sample_write32(dev->dev, word, ~0u));
		equal(reg(dev, word), 0);
	}
}

TEST(dev, status_tells_success_and_errno)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	uint32_t status;

	window(dev, 3);
	status = reg(dev, PINSCOPE_REG_STATUS);
	equal(status, PINSCOPE_STATUS_DONE);
	refused(try_write(dev, 5), EFAULT);
	status = reg(dev, PINSCOPE_REG_STATUS);
	check(status & PINSCOPE_STATUS_ERROR);
	check(!(status & PINSCOPE_STATUS_BUSY));
	equal(PINSCOPE_STATUS_ERRNO(status), EFAULT);
	writes(dev, 3);
	equal(reg(dev, PINSCOPE_REG_STATUS), PINSCOPE_STATUS_DONE);
}

/* The contract of the registers knows no other condition, such as a bus master */
TEST(dev, dma_depends_on_the_registers_only)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	uint16_t command = 0;

	ok(pinscope_device_config_write(dev->dev, 4, &command, 2));
	window(dev, 3);
	writes(dev, 3);
}

TEST(dev, reset_drops_windows)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	window(dev, 3);
	window(dev, 4);
	reset(dev);
	equal(windows(dev), 0);
	equal(pins(dev), 0);
	refused(try_write(dev, 3), EFAULT);
	window(dev, 3);
	writes(dev, 3);
}

TEST(dev, whole_pages_and_odd_pieces_land)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	ok(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, IOVA(2), 6 * PAGE));
	equal(pins(dev), 6);
	memset(vm->ram, 0, RAM_SIZE);
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, IOVA(2), 6 * PAGE));
	ok(pinscope_sample_verify(vm->ram + 2 * PAGE, 6 * PAGE, dev->seed));
	equal(vm->ram[2 * PAGE - 1], 0);
	equal(vm->ram[8 * PAGE], 0);
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, IOVA(4) - 4, 8));
	ok(pinscope_sample_verify(vm->ram + 4 * PAGE - 4, 8, dev->seed));
}

/* The IOMMU stops what no mapping allows; the kernel logs the fault. */
TEST(dev, backed_dma_outside_mappings_is_stopped, .log = "DMAR*|*DMA*fault*")
{
	struct vm *vm = vm_new();
	struct device *dev;

	vm->unmapped = true;
	dev = vm_backed(vm, lone_edu(0));
	map_pages(vm, 0, 4);
	memset(vm->ram, 0, RAM_SIZE);
	refused(try_write(dev, 9), EFAULT);
	equal(vm->ram[9 * PAGE], 0);
	writes(dev, 2);
	unmap_pages(vm, 0, 4);
	memset(vm->ram, 0, RAM_SIZE);
	refused(try_write(dev, 2), EFAULT);
	equal(vm->ram[2 * PAGE], 0);
}

TEST(dev, windows_are_limited)
{
	struct device *dev = vm_emulated(vm_new());
	int i;

	for (i = 0; i < MAX_WINDOWS; i++)
		ok(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, IOVA(0) + i * 64,
			       64));
	refused(try_window(dev, 9), ENOSPC);
	equal(windows(dev), MAX_WINDOWS);
	ok(try_command(dev, PINSCOPE_CMD_REMOVE_WINDOW, IOVA(0), 64));
	ok(try_window(dev, 9));
}

TEST(dev, dma_over_an_end_of_a_window_is_refused)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	window(dev, 3);
	window(dev, 5);
	refused(try_command(dev, PINSCOPE_CMD_DMA_WRITE, IOVA(4) - 32, 64),
		EFAULT);
	refused(try_command(dev, PINSCOPE_CMD_DMA_WRITE, IOVA(3) - 32, 64),
		EFAULT);
	refused(try_command(dev, PINSCOPE_CMD_DMA_WRITE, IOVA(3), PAGE + 4),
		EFAULT);
	equal(vm->ram[4 * PAGE - 4], 0);
	equal(vm->ram[3 * PAGE], 0);
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, IOVA(4) - 32, 32));
}

static void reads_only_its_windows(struct vm *vm, struct device *dev)
{
	vm->ram[3 * PAGE] = 1;
	window(dev, 3);
	ok(try_command(dev, PINSCOPE_CMD_DMA_READ, IOVA(3), 64));
	equal(reg(dev, PINSCOPE_REG_RESULT), 1);
	refused(try_command(dev, PINSCOPE_CMD_DMA_READ, IOVA(4), 64), EFAULT);
	refused(try_command(dev, PINSCOPE_CMD_DMA_READ, IOVA(4) - 32, 64),
		EFAULT);
}

TEST(dev, read_outside_a_window_is_refused)
{
	struct vm *vm = vm_new();

	reads_only_its_windows(vm, vm_emulated(vm));
	if (!core_is_patched())
		return;
	reads_only_its_windows(vm, vm_optin(vm, lone_edu(0), "start"));
	reads_only_its_windows(vm, vm_hwlog(vm, lone_edu(1)));
}
