/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hardware of pinscope_assigned: a function of QEMU's edu, whose registers are
 * described in QEMU's docs/specs/edu.rst. In a driver of your own this is what you
 * know of your device; it knows nothing of pinning.
 */
#ifndef PINSCOPE_ASSIGNED_HW_H
#define PINSCOPE_ASSIGNED_HW_H

#include <linux/pci.h>
#include <linux/types.h>

struct dentry;
struct iommu_domain;
struct iommu_group;
struct vfio_pci_core_device;

#define EDU_VENDOR_ID	0x1234
#define EDU_DEVICE_ID	0x11e8

/*
 * Of the 4096 bytes of edu's buffer: QEMU up to 9.0 stops the whole machine if a
 * transfer touches the last of them.
 */
#define EDU_BUFFER_SIZE	4092

/* A transfer takes 100 ms, and more if QEMU does not get the CPU */
#define ASSIGNED_HW_LIMIT	(20 * HZ)
#define ASSIGNED_HW_FAULT_LIMIT	(5 * HZ)

/* Of these addresses each IOMMU has enough */
#define ASSIGNED_FIRST_BITS	32

/* Bits of an address that edu has, if its property dma_mask does not say otherwise */
#define EDU_DMA_BITS	28

/* Pages of memory that a transfer may touch */
#define ASSIGNED_PAGES_MAX	2

/**
 * struct assigned_hw_fault - what goes wrong on request, from debugfs
 * @slow: nobody waits for the end of the guest's transfer, but reset and open
 * @hang: a transfer never seems to end
 * @astray: what is written goes to the page after that which was programmed
 * @attach: the domain of the user cannot be attached again
 * @mask: addresses have no more bits than were proven, or EDU_DMA_BITS before that
 */
struct assigned_hw_fault {
	bool slow;
	bool hang;
	bool astray;
	bool attach;
	bool mask;
};

/**
 * struct assigned_hw_pages - memory of the user that a transfer is from or to
 * @iova: the first page
 * @npages: how many, 1 or 2
 * @prot: what the device does there, IOMMU_READ or IOMMU_WRITE
 */
struct assigned_hw_pages {
	dma_addr_t iova;
	int npages;
	int prot;
};

/**
 * struct assigned_hw - the function
 * @core: whose function it is
 * @src: register, as the guest wrote it; the function has it when DMA begins
 * @dst: the same
 * @count: the same
 * @cmd: what began the last transfer
 * @busy: a transfer has been started, and has not been seen to end
 * @fenced: bus mastering is off until the function has been reset
 * @stopped: no interrupt may come
 * @computing: a factorial was being computed when it was stopped
 * @keeps_fact: the register of the result is @fact, as the function cannot be told
 * @fact: a result that came by migration, or with reset
 * @irq_fact: the guest wants an interrupt when a factorial is ready
 * @pending: interrupts to raise when it goes on
 * @filled: the buffer may hold data of a user
 * @group: IOMMU group
 * @domain: maps @page only
 * @away: the domain of the user, while it should be attached and is not
 * @moving: the user attaches or detaches a domain, which nobody else may meanwhile
 * @page: what the buffer is saved to and loaded from
 * @page_iova: where it is in @domain
 * @bits: of addresses that the function has been seen to reach, or 0
 * @fault: what goes wrong on request
 * @dir: of it, in debugfs
 *
 * Whoever calls has a lock, the same for all; with it the user does not get at the
 * command register of the function. The core does, see assigned_hw_master().
 */
struct assigned_hw {
	struct vfio_pci_core_device *core;
	u64 src;
	u64 dst;
	u64 count;
	u64 cmd;
	bool busy;
	bool fenced;
	bool stopped;
	bool computing;
	bool keeps_fact;
	u32 fact;
	u32 irq_fact;
	u32 pending;
	bool filled;
	struct iommu_group *group;
	struct iommu_domain *domain;
	struct iommu_domain *away;
	bool moving;
	void *page;
	dma_addr_t page_iova;
	unsigned int bits;
	struct assigned_hw_fault fault;
	struct dentry *dir;
};

/**
 * struct assigned_hw_state - what of it migrates
 * @src: register
 * @dst: register
 * @count: register
 * @cmd: register; no transfer is going on
 * @live: register, as it is read
 * @fact: result of a factorial, or what it is to be computed of
 * @status: register
 * @irq: interrupts that the guest has not acknowledged
 * @buffer: between memory and memory
 */
struct assigned_hw_state {
	__le64 src;
	__le64 dst;
	__le64 count;
	__le64 cmd;
	__le32 live;
	__le32 fact;
	__le32 status;
	__le32 irq;
	u8 buffer[EDU_BUFFER_SIZE];
} __packed;

/* hw.c */
void assigned_hw_run(struct assigned_hw *hw, u64 src, u64 dst, u64 count,
		     u64 cmd);
bool assigned_hw_is_busy(struct assigned_hw *hw);
unsigned long assigned_hw_limit(struct assigned_hw *hw);
int assigned_hw_rest(struct assigned_hw *hw);
int assigned_hw_end(struct assigned_hw *hw);
int assigned_hw_idle(struct assigned_hw *hw);
void assigned_hw_master(struct assigned_hw *hw, bool on);
void assigned_hw_fence(struct assigned_hw *hw);

/* state.c */
int assigned_hw_open(struct assigned_hw *hw);
void assigned_hw_close(struct assigned_hw *hw);
int assigned_hw_reset(struct assigned_hw *hw);
void assigned_hw_stop(struct assigned_hw *hw);
void assigned_hw_go(struct assigned_hw *hw);
int assigned_hw_save(struct assigned_hw *hw, struct assigned_hw_state *state);
int assigned_hw_load(struct assigned_hw *hw,
		     const struct assigned_hw_state *state);

/* registers.c: what the guest reads and writes */
int assigned_hw_read(struct assigned_hw *hw, u64 offset, size_t size,
		     u64 *value);
int assigned_hw_write(struct assigned_hw *hw, u64 offset, size_t size,
		      u64 value);
bool assigned_hw_is_start(u64 offset, u64 value);
int assigned_hw_pages(const struct assigned_hw *hw, u64 cmd,
		      struct assigned_hw_pages *pages);
int assigned_hw_prepare(struct assigned_hw *hw, u64 cmd,
			struct assigned_hw_pages *pages);
void assigned_hw_start(struct assigned_hw *hw, u64 cmd);

/* buffer.c */
int assigned_buffer_create(struct assigned_hw *hw);
void assigned_buffer_destroy(struct assigned_hw *hw);
int assigned_buffer_save(struct assigned_hw *hw, void *buffer);
int assigned_buffer_load(struct assigned_hw *hw, const void *buffer);
int assigned_buffer_transfer(struct assigned_hw *hw, u64 src, u64 dst, u64 cmd);

/* reach.c */
dma_addr_t assigned_page_iova(unsigned int bits);
int assigned_page_map(struct assigned_hw *hw, dma_addr_t iova);
int assigned_buffer_prove(struct assigned_hw *hw);
int assigned_buffer_reach(struct assigned_hw *hw, u64 last);

/* ioas.c */
bool assigned_ioas_is_lost(struct assigned_hw *hw);

#endif /* PINSCOPE_ASSIGNED_HW_H */
