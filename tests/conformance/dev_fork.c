// SPDX-License-Identifier: GPL-2.0
/*
 * The memory is that of the process which has mapped it. Whoever has the device
 * may have it do DMA.
 */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pinscope/sample.h>

#include "fixtures/hwlog.h"

#define LEN 64
#define SEED 77

static int in_child(struct device *dev, uint32_t cmd, int page)
{
	pid_t pid = fork();
	int status = 0;

	check(pid >= 0);
	if (!pid)
		_exit(-pinscope_sample_command(dev->dev, cmd, IOVA(page), LEN,
					       SEED));
	check(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return -WEXITSTATUS(status);
}

static void child_does_dma(struct vm *vm, struct device *dev)
{
	ok(in_child(dev, PINSCOPE_CMD_DMA_WRITE, 4));
	check(!pinscope_sample_verify(vm->ram + 4 * PAGE, LEN, SEED));
	ok(in_child(dev, PINSCOPE_CMD_DMA_READ, 4));
	writes(dev, 4);
}

TEST(dev, backed_does_dma_for_a_child)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_backed(vm, lone_edu(0));

	child_does_dma(vm, dev);
	unmap_pages(vm, 0, PAGES);
	equal(in_child(dev, PINSCOPE_CMD_DMA_WRITE, 4), -EFAULT);
	equal(in_child(dev, PINSCOPE_CMD_DMA_READ, 4), -EFAULT);
}

static void windows_do_dma(struct vm *vm, struct device *dev)
{
	window(dev, 4);
	child_does_dma(vm, dev);
	start(vm);
	child_does_dma(vm, dev);
	holds(dirty(vm), P(4));
	equal(in_child(dev, PINSCOPE_CMD_DMA_WRITE, 5), -EFAULT);
}

TEST(dev, optin_does_dma_for_a_child)
{
	struct vm *vm = vm_new();

	windows_do_dma(vm, vm_optin(vm, lone_edu(0), "start"));
}

TEST(dev, hwlog_does_dma_for_a_child)
{
	struct vm *vm = vm_new();

	windows_do_dma(vm, vm_hwlog(vm, lone_edu(0)));
}
