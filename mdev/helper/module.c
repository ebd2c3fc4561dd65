// SPDX-License-Identifier: GPL-2.0-only
/* The module of what the sample drivers share */

#include <linux/module.h>

#include "../engine/fault.h"
#include "dma.h"

static int __init pinscope_mdev_init(void)
{
	int ret = pinscope_dma_module_init();

	if (ret)
		return ret;
	pinscope_log_init_debugfs();
	pinscope_engine_init_debugfs();
	return 0;
}

static void __exit pinscope_mdev_exit(void)
{
	pinscope_engine_exit_debugfs();
	pinscope_log_exit_debugfs();
	pinscope_dma_module_exit();
}

module_init(pinscope_mdev_init);
module_exit(pinscope_mdev_exit);

MODULE_DESCRIPTION("What the pinscope sample drivers share");
MODULE_LICENSE("GPL");
