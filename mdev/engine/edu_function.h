/* SPDX-License-Identifier: GPL-2.0-only */
/* The registers of QEMU's edu, and what makes it safe to have it do DMA */
#ifndef PINSCOPE_EDU_FUNCTION_H
#define PINSCOPE_EDU_FUNCTION_H

#include <linux/types.h>

#include "fault.h"

struct pci_dev;

enum edu_fault {
	EDU_FAULT_NONE,
	EDU_FAULT_SLOW,
	EDU_FAULT_HANG,
	EDU_FAULT_ATTACH,
	EDU_FAULT_MASK,
};

/**
 * struct edu_function - an edu function; its IOMMU group has the lock
 * @pdev: the function
 * @mmio: BAR 0
 * @restless: a transfer has not ended; bus mastering is off
 * @fault: what is to go wrong
 * @dir: in debugfs
 */
struct edu_function {
	struct pci_dev *pdev;
	void __iomem *mmio;
	bool restless;
	struct pinscope_fault fault;
	struct dentry *dir;
};

static inline enum edu_fault
edu_function_fault(const struct edu_function *function)
{
	return pinscope_fault_now(&function->fault);
}

int edu_function_init(struct edu_function *function, struct pci_dev *pdev);
void edu_function_exit(struct edu_function *function);
struct device *edu_function_dev(const struct edu_function *function);

void edu_function_enable(struct edu_function *function);
void edu_function_fence(struct edu_function *function);
int edu_function_settle(struct edu_function *function, bool used);
int edu_function_move(struct edu_function *function, u64 iova, u32 offset,
		      u32 len, bool to_memory);

#endif /* PINSCOPE_EDU_FUNCTION_H */
