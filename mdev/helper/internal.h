/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of the helper module */
#ifndef PINSCOPE_INTERNAL_H
#define PINSCOPE_INTERNAL_H

#include "../pinscope_mdev.h"

/* The offset that the user passes to pread() and pwrite() names the region */
#define PINSCOPE_OFFSET_SHIFT	40
#define PINSCOPE_OFFSET_TO_INDEX(off)	((off) >> PINSCOPE_OFFSET_SHIFT)
#define PINSCOPE_INDEX_TO_OFFSET(index)	((u64)(index) << PINSCOPE_OFFSET_SHIFT)
#define PINSCOPE_OFFSET_MASK	(BIT_ULL(PINSCOPE_OFFSET_SHIFT) - 1)

/* commands.c */
u32 pinscope_reg_read(struct pinscope_device *pd, u32 reg);
void pinscope_reg_write(struct pinscope_device *pd, u32 reg, u32 value);

/* config.c */
void pinscope_config_init(struct pinscope_device *pd);
void pinscope_config_write(struct pinscope_device *pd, unsigned int offset,
			   const u8 *buf, unsigned int count);
bool pinscope_config_intx_disabled(struct pinscope_device *pd);
bool pinscope_config_valid(const u8 *config);
void pinscope_config_intx_status(struct pinscope_device *pd, bool pending);
void pinscope_config_copy_state(u8 *to, const u8 *from);

/* dma_logging.c */
void pinscope_dma_logging_init(struct pinscope_device *pd);
void pinscope_dma_logging_destroy(struct pinscope_device *pd);
void pinscope_dma_logging_close(struct pinscope_device *pd);
void pinscope_dma_logging_window_removed(struct pinscope_device *pd,
					 struct pinscope_window *window);

/* irq.c */
int pinscope_irq_info(struct vfio_irq_info *info);
int pinscope_set_irqs(struct pinscope_device *pd, struct vfio_irq_set *set,
		      void *data);
void pinscope_irq_raise(struct pinscope_device *pd);
void pinscope_irq_error(struct pinscope_device *pd);
void pinscope_irq_intx_update(struct pinscope_device *pd);
void pinscope_irq_release(struct pinscope_device *pd);
unsigned int pinscope_irq_count(u32 index);

/* migration.c */
bool pinscope_is_running(const struct pinscope_device *pd);

/* windows.c */
int pinscope_window_add(struct pinscope_device *pd, u64 iova, u32 len,
			int prot);
int pinscope_window_remove(struct pinscope_device *pd, u64 iova, u32 len);
void pinscope_windows_drop(struct pinscope_device *pd);
int pinscope_range_check(u64 iova, u32 len);

/* stream.c: see there */
struct pinscope_stream;
struct pinscope_stream *pinscope_stream_save(struct pinscope_device *pd,
					     bool precopy);
int pinscope_stream_save_rest(struct pinscope_device *pd,
			      struct pinscope_stream *stream);
struct pinscope_stream *pinscope_stream_resume(struct pinscope_device *pd);
int pinscope_stream_load(struct pinscope_device *pd,
			 struct pinscope_stream *stream);
struct file *pinscope_stream_file(struct pinscope_stream *stream);
void pinscope_stream_end(struct pinscope_stream *stream);
unsigned long pinscope_stream_size(struct pinscope_device *pd);

#endif /* PINSCOPE_INTERNAL_H */
