/* SPDX-License-Identifier: GPL-2.0-only */
/* The interrupts of a device: see irq.c */
#ifndef PINSCOPE_IRQ_H
#define PINSCOPE_IRQ_H

#include "device.h"
#include "image.h"

void pinscope_irq_init(struct pinscope_device *pd);
void pinscope_irq_destroy(struct pinscope_device *pd);
void pinscope_irq_reset(struct pinscope_device *pd);
void pinscope_irq_release(struct pinscope_device *pd);

unsigned int pinscope_irq_count(u32 index);
int pinscope_irq_info(struct vfio_irq_info *info);
int pinscope_set_irqs(struct pinscope_device *pd, struct vfio_irq_set *set,
		      void *data);

void pinscope_irq_update(struct pinscope_device *pd);
u32 pinscope_irq_pending(struct pinscope_device *pd);
void pinscope_irq_set_pending(struct pinscope_device *pd, u32 pending);

void pinscope_irq_raise(struct pinscope_device *pd);
void pinscope_irq_error(struct pinscope_device *pd);
bool pinscope_irq_request(struct pinscope_device *pd);

#endif /* PINSCOPE_IRQ_H */
