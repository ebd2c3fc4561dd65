// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vm.h"

#define RW (VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE)
#define WRITE_SIZE 64

__attribute__((format(printf, 2, 3)))
static int cannot(struct vm *vm, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(vm->why, sizeof(vm->why), format, args);
	va_end(args);
	return 1;
}

static int open_container(struct vm *vm, const char *mode)
{
	vm->container = container_open(mode);
	if (vm->container == -ENOENT || vm->container == -ENODEV)
		return cannot(vm, "the kernel does not have %s", mode);
	return vm->container < 0 ? vm->container : 0;
}

static int open_group(struct vm *vm, enum device_kind kind)
{
	const char *name = kind_device(kind);
	int ret;

	if (!name)
		return cannot(vm, "no device: set %s to %s", vm->kind->variable,
			      vm->kind->what);
	ret = device_open_group(&vm->dev, name);
	if (ret == -ENOENT)
		return cannot(vm, "there is no device %s for VFIO", name);
	if (ret == -EBUSY || ret == -EPERM)
		return cannot(vm, "the group of %s is in use, or not all of it is VFIO's",
			      name);
	return ret;
}

/* Memory of the VM, and a page that only the driver in here knows */
static int allocate(struct vm *vm)
{
	vm->page_size = sysconf(_SC_PAGESIZE);
	vm->memory = mmap(NULL, (VM_PAGES + 1) * vm->page_size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (vm->memory == MAP_FAILED)
		return -ENOMEM;
	vm->dev.scratch = (uint32_t *)(vm->memory + VM_PAGES * vm->page_size);
	vm->dev.scratch_iova = VM_IOVA - 16 * vm->page_size;
	return 0;
}

static int join(struct vm *vm, const char *mode, unsigned int flags)
{
	int ret;

	ret = device_join(&vm->dev, vm->container);
	if (ret)
		return ret;
	ret = container_set_iommu(vm->container, mode);
	if (ret)
		return ret;
	ret = container_map(vm->container, vm->dev.scratch, vm->dev.scratch_iova,
			    vm->page_size, VFIO_DMA_MAP_FLAG_READ);
	if (!ret && !(flags & VM_NO_MEMORY))
		ret = vm_map(vm, 0, VM_PAGES);
	if (!ret && !(flags & VM_NO_DEVICE))
		ret = device_open(&vm->dev);
	return ret;
}

int vm_open(struct vm *vm, const char *mode, enum device_kind kind, unsigned int flags)
{
	struct container_info info;
	int ret;

	memset(vm, 0, sizeof(*vm));
	vm->container = -1;
	vm->dev.group = -1;
	vm->dev.fd = -1;
	vm->kind = &kinds[kind == ANY ? PCI : kind];
	ret = open_container(vm, mode) ?: open_group(vm, kind) ?: allocate(vm) ?:
	      join(vm, mode, flags) ?: container_get_info(vm->container, &info);
	if (ret)
		return ret;
	if (!info.has_dirty_tracking)
		return cannot(vm, "%s of this kernel does not track dirty pages", mode);
	return 0;
}

void vm_close(struct vm *vm)
{
	device_close_all(&vm->dev);
	if (vm->container >= 0)
		close(vm->container);
	vm->container = -1;
}

int vm_map(struct vm *vm, unsigned int first, unsigned int nr)
{
	return container_map(vm->container, vm->memory + first * vm->page_size,
			     vm_iova(vm, first), nr * vm->page_size, RW);
}

int vm_unmap(struct vm *vm, unsigned int first, unsigned int nr)
{
	return container_unmap(vm->container, vm_iova(vm, first), nr * vm->page_size);
}

int vm_get(struct vm *vm, uint64_t *bits)
{
	*bits = 0;
	return dirty_get(vm->container, VM_IOVA, VM_PAGES * vm->page_size, vm->page_size,
			 bits, sizeof(*bits));
}

int vm_prepare(struct vm *vm, unsigned int page)
{
	const struct dma_driver *driver = vm->dev.driver;
	int ret = 0;

	if (!driver)
		return -EOPNOTSUPP;
	if (driver->prepare)
		ret = driver->prepare(&vm->dev, vm_iova(vm, page), vm->page_size);
	if (!ret)
		vm->prepared |= P(page);
	return ret;
}

int vm_forget(struct vm *vm, unsigned int page)
{
	const struct dma_driver *driver = vm->dev.driver;
	int ret = 0;

	if (!driver)
		return -EOPNOTSUPP;
	if (driver->forget)
		ret = driver->forget(&vm->dev, vm_iova(vm, page), vm->page_size);
	if (!ret)
		vm->prepared &= ~P(page);
	return ret;
}

int vm_write(struct vm *vm, unsigned int page, uint32_t seed)
{
	const uint32_t *words = (const uint32_t *)(vm->memory + page * vm->page_size);
	unsigned int i;
	int ret;

	if (!vm->dev.driver)
		return -EOPNOTSUPP;
	ret = vm->dev.driver->write(&vm->dev, vm_iova(vm, page), WRITE_SIZE, seed);
	for (i = 0; !ret && i < WRITE_SIZE / sizeof(*words); i++)
		if (words[i] != seed + i)
			ret = -EIO;
	return ret;
}

static uint64_t scope(const struct vm *vm, bool narrow)
{
	if (!narrow)
		return VM_ALL;
	return vm->kind->marks ? 0 : vm->prepared;
}

uint64_t vm_scope_before(const struct vm *vm)
{
	return scope(vm, vm->kind->narrow_before);
}

/* To pin nothing is not to opt in */
uint64_t vm_scope_after(const struct vm *vm)
{
	return scope(vm, vm->kind->narrow_before ||
		     (vm->kind->narrow_after && vm->prepared));
}
