// SPDX-License-Identifier: GPL-2.0-only
/* Interrupts of the sample device: INTx, MSI, its failure, the request to let go */

#include <linux/eventfd.h>

#include "internal.h"

unsigned int pinscope_irq_count(u32 index)
{
	switch (index) {
	case VFIO_PCI_INTX_IRQ_INDEX:
	case VFIO_PCI_MSI_IRQ_INDEX:
	case VFIO_PCI_ERR_IRQ_INDEX:
	case VFIO_PCI_REQ_IRQ_INDEX:
		return 1;
	default:
		return 0;
	}
}

int pinscope_irq_info(struct vfio_irq_info *info)
{
	if (info->index >= VFIO_PCI_NUM_IRQS)
		return -EINVAL;

	info->count = pinscope_irq_count(info->index);
	info->flags = VFIO_IRQ_INFO_EVENTFD;
	if (info->index == VFIO_PCI_INTX_IRQ_INDEX)
		info->flags |= VFIO_IRQ_INFO_MASKABLE |
			       VFIO_IRQ_INFO_AUTOMASKED;
	else
		info->flags |= VFIO_IRQ_INFO_NORESIZE;
	return 0;
}

static void pinscope_irq_put(struct eventfd_ctx **ctx)
{
	if (*ctx)
		eventfd_ctx_put(*ctx);
	*ctx = NULL;
}

/*
 * INTx is level triggered: once signalled it is masked until the user unmasks
 * it, and what was raised in between is signalled then.
 */
void pinscope_irq_intx_update(struct pinscope_device *pd)
{
	lockdep_assert_held(&pd->lock);

	pinscope_config_intx_status(pd, pd->intx_pending);

	if (!pd->intx_pending || pd->intx_masked || !pd->intx ||
	    pinscope_config_intx_disabled(pd) || !pinscope_is_running(pd))
		return;

	pd->intx_pending = false;
	pd->intx_masked = true;
	eventfd_signal(pd->intx);
}

/* The device uses MSI if the user has enabled it, or else INTx */
void pinscope_irq_raise(struct pinscope_device *pd)
{
	lockdep_assert_held(&pd->lock);

	if (pd->msi) {
		eventfd_signal(pd->msi);
		return;
	}
	pd->intx_pending = true;
	pinscope_irq_intx_update(pd);
}

/* The hardware behind the device has failed, and will not work again */
void pinscope_irq_error(struct pinscope_device *pd)
{
	lockdep_assert_held(&pd->lock);

	if (pd->err)
		eventfd_signal(pd->err);
}

/* Replaces the eventfd, or removes it if @fd is -1 */
static int pinscope_irq_set_eventfd(struct eventfd_ctx **ctx, int fd)
{
	struct eventfd_ctx *new = NULL;

	if (fd < -1)
		return -EINVAL;
	if (fd >= 0) {
		new = eventfd_ctx_fdget(fd);
		if (IS_ERR(new))
			return PTR_ERR(new);
	}
	pinscope_irq_put(ctx);
	*ctx = new;
	return 0;
}

/* The signal that DATA_NONE and DATA_BOOL ask for: as if the device raised it */
static int pinscope_irq_loopback(struct pinscope_device *pd, u32 index,
				 struct eventfd_ctx *ctx)
{
	if (!ctx)
		return -EINVAL;

	if (index == VFIO_PCI_INTX_IRQ_INDEX) {
		pd->intx_pending = true;
		pinscope_irq_intx_update(pd);
	} else {
		eventfd_signal(ctx);
	}
	return 0;
}

/* As with hardware, INTx and MSI exclude each other */
static bool pinscope_irq_conflicts(struct pinscope_device *pd, u32 index)
{
	return (index == VFIO_PCI_INTX_IRQ_INDEX && pd->msi) ||
	       (index == VFIO_PCI_MSI_IRQ_INDEX && pd->intx);
}

static int pinscope_irq_trigger(struct pinscope_device *pd,
				struct vfio_irq_set *set, void *data)
{
	struct eventfd_ctx **ctx;
	int ret;

	switch (set->index) {
	case VFIO_PCI_INTX_IRQ_INDEX:
		ctx = &pd->intx;
		break;
	case VFIO_PCI_MSI_IRQ_INDEX:
		ctx = &pd->msi;
		break;
	case VFIO_PCI_ERR_IRQ_INDEX:
		ctx = &pd->err;
		break;
	default:
		ctx = &pd->req;
	}

	switch (set->flags & VFIO_IRQ_SET_DATA_TYPE_MASK) {
	case VFIO_IRQ_SET_DATA_EVENTFD:
		if (pinscope_irq_conflicts(pd, set->index))
			return -EINVAL;
		ret = pinscope_irq_set_eventfd(ctx, *(s32 *)data);
		if (ret)
			return ret;
		if (ctx == &pd->intx) {
			pd->intx_masked = false;
			pinscope_irq_intx_update(pd);
		}
		return 0;
	case VFIO_IRQ_SET_DATA_BOOL:
		if (!*(u8 *)data)
			return 0;
		return pinscope_irq_loopback(pd, set->index, *ctx);
	default:
		if (set->count)
			return pinscope_irq_loopback(pd, set->index, *ctx);
		/* A count of none disables the interrupt */
		pinscope_irq_put(ctx);
		return 0;
	}
}

static int pinscope_irq_mask(struct pinscope_device *pd,
			     struct vfio_irq_set *set, void *data, bool mask)
{
	if (set->index != VFIO_PCI_INTX_IRQ_INDEX || !set->count)
		return -EINVAL;

	switch (set->flags & VFIO_IRQ_SET_DATA_TYPE_MASK) {
	case VFIO_IRQ_SET_DATA_NONE:
		break;
	case VFIO_IRQ_SET_DATA_BOOL:
		if (!*(u8 *)data)
			return 0;
		break;
	default:
		/* Unmasking by an eventfd is for accelerators; programs cope */
		return -EINVAL;
	}

	pd->intx_masked = mask;
	pinscope_irq_intx_update(pd);
	return 0;
}

/*
 * @set was checked by vfio_set_irqs_validate_and_prepare(): the range is in the
 * interrupts there are, and @data has as many elements as @set->count says.
 */
int pinscope_set_irqs(struct pinscope_device *pd, struct vfio_irq_set *set,
		      void *data)
{
	lockdep_assert_held(&pd->lock);

	/* None at all means to disable, and goes without data */
	if (!set->count &&
	    !(set->flags & VFIO_IRQ_SET_DATA_NONE))
		return -EINVAL;

	switch (set->flags & VFIO_IRQ_SET_ACTION_TYPE_MASK) {
	case VFIO_IRQ_SET_ACTION_TRIGGER:
		return pinscope_irq_trigger(pd, set, data);
	case VFIO_IRQ_SET_ACTION_MASK:
		return pinscope_irq_mask(pd, set, data, true);
	case VFIO_IRQ_SET_ACTION_UNMASK:
		return pinscope_irq_mask(pd, set, data, false);
	default:
		return -EINVAL;
	}
}

void pinscope_irq_release(struct pinscope_device *pd)
{
	lockdep_assert_held(&pd->lock);

	pinscope_irq_put(&pd->intx);
	pinscope_irq_put(&pd->msi);
	pinscope_irq_put(&pd->err);
	pinscope_irq_put(&pd->req);
	pd->intx_masked = false;
	pd->intx_pending = false;
}
