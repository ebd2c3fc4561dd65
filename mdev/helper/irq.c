// SPDX-License-Identifier: GPL-2.0-only
/* Interrupts of the sample device: INTx, MSI, its failure, the request to let go */

#include <linux/cleanup.h>
#include <linux/eventfd.h>

#include "irq.h"

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
static void pinscope_irq_intx_signal(struct pinscope_irqs *irqs)
{
	lockdep_assert_held(&irqs->lock);

	if (!irqs->intx_pending || irqs->intx_masked || !irqs->intx ||
	    !irqs->intx_enabled)
		return;

	irqs->intx_pending = false;
	irqs->intx_masked = true;
	eventfd_signal(irqs->intx);
}

static void pinscope_irq_intx_raise(struct pinscope_irqs *irqs)
{
	irqs->intx_pending = true;
	pinscope_irq_intx_signal(irqs);
}

/* The migration state has changed, or what config space says of interrupts */
void pinscope_irq_update(struct pinscope_device *pd)
{
	lockdep_assert_held(&pd->lock);

	guard(mutex)(&pd->irqs.lock);
	pd->irqs.intx_enabled = pinscope_is_running(pd) &&
				!pinscope_config_intx_disabled(pd->config);
	pinscope_irq_intx_signal(&pd->irqs);
	if (!pd->irqs.msi_pending || !pinscope_is_running(pd))
		return;
	pd->irqs.msi_pending = false;
	if (pd->irqs.msi)
		eventfd_signal(pd->irqs.msi);
}

/* What was raised and not signalled yet, as config space and streams say it */
u32 pinscope_irq_pending(struct pinscope_device *pd)
{
	guard(mutex)(&pd->irqs.lock);
	return (pd->irqs.intx_pending ? PINSCOPE_PENDING_INTX : 0) |
	       (pd->irqs.msi_pending ? PINSCOPE_PENDING_MSI : 0);
}

void pinscope_irq_set_pending(struct pinscope_device *pd, u32 pending)
{
	guard(mutex)(&pd->irqs.lock);
	pd->irqs.intx_pending = pending & PINSCOPE_PENDING_INTX;
	pd->irqs.msi_pending = pending & PINSCOPE_PENDING_MSI;
}

/*
 * The device uses MSI if the user has enabled it, or else INTx. One that is stopped
 * tells when it goes on.
 */
void pinscope_irq_raise(struct pinscope_device *pd)
{
	lockdep_assert_held(&pd->lock);

	guard(mutex)(&pd->irqs.lock);
	if (!pd->irqs.msi)
		pinscope_irq_intx_raise(&pd->irqs);
	else if (pinscope_is_running(pd))
		eventfd_signal(pd->irqs.msi);
	else
		pd->irqs.msi_pending = true;
}

/* The hardware behind the device has failed */
void pinscope_irq_error(struct pinscope_device *pd)
{
	guard(mutex)(&pd->irqs.lock);
	if (pd->irqs.err)
		eventfd_signal(pd->irqs.err);
}

/* Asks the user to let go of the device, if he has set up to be asked */
bool pinscope_irq_request(struct pinscope_device *pd)
{
	guard(mutex)(&pd->irqs.lock);
	if (pd->irqs.req)
		eventfd_signal(pd->irqs.req);
	return pd->irqs.req;
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
static int pinscope_irq_loopback(struct pinscope_irqs *irqs, u32 index,
				 struct eventfd_ctx *ctx)
{
	if (!ctx)
		return -EINVAL;

	if (index == VFIO_PCI_INTX_IRQ_INDEX)
		pinscope_irq_intx_raise(irqs);
	else
		eventfd_signal(ctx);
	return 0;
}

/* As with hardware, INTx and MSI exclude each other */
static bool pinscope_irq_conflicts(struct pinscope_irqs *irqs, u32 index)
{
	return (index == VFIO_PCI_INTX_IRQ_INDEX && irqs->msi) ||
	       (index == VFIO_PCI_MSI_IRQ_INDEX && irqs->intx);
}

static int pinscope_irq_trigger(struct pinscope_irqs *irqs,
				struct vfio_irq_set *set, void *data)
{
	struct eventfd_ctx **ctx;
	int ret;

	switch (set->index) {
	case VFIO_PCI_INTX_IRQ_INDEX:
		ctx = &irqs->intx;
		break;
	case VFIO_PCI_MSI_IRQ_INDEX:
		ctx = &irqs->msi;
		break;
	case VFIO_PCI_ERR_IRQ_INDEX:
		ctx = &irqs->err;
		break;
	default:
		ctx = &irqs->req;
	}

	switch (set->flags & VFIO_IRQ_SET_DATA_TYPE_MASK) {
	case VFIO_IRQ_SET_DATA_EVENTFD:
		if (pinscope_irq_conflicts(irqs, set->index))
			return -EINVAL;
		ret = pinscope_irq_set_eventfd(ctx, *(s32 *)data);
		if (ret)
			return ret;
		if (ctx == &irqs->intx) {
			irqs->intx_masked = false;
			pinscope_irq_intx_signal(irqs);
		}
		return 0;
	case VFIO_IRQ_SET_DATA_BOOL:
		if (!*(u8 *)data)
			return 0;
		return pinscope_irq_loopback(irqs, set->index, *ctx);
	default:
		if (set->count)
			return pinscope_irq_loopback(irqs, set->index, *ctx);
		/* A count of none disables the interrupt */
		pinscope_irq_put(ctx);
		return 0;
	}
}

static int pinscope_irq_mask(struct pinscope_irqs *irqs,
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

	irqs->intx_masked = mask;
	pinscope_irq_intx_signal(irqs);
	return 0;
}

/*
 * @set was checked by vfio_set_irqs_validate_and_prepare(): the range is in the
 * interrupts there are, and @data has as many elements as @set->count says.
 */
int pinscope_set_irqs(struct pinscope_device *pd, struct vfio_irq_set *set,
		      void *data)
{
	struct pinscope_irqs *irqs = &pd->irqs;

	guard(mutex)(&irqs->lock);

	/* None at all means to disable, and goes without data */
	if (!set->count && !(set->flags & VFIO_IRQ_SET_DATA_NONE))
		return -EINVAL;

	switch (set->flags & VFIO_IRQ_SET_ACTION_TYPE_MASK) {
	case VFIO_IRQ_SET_ACTION_TRIGGER:
		return pinscope_irq_trigger(irqs, set, data);
	case VFIO_IRQ_SET_ACTION_MASK:
		return pinscope_irq_mask(irqs, set, data, true);
	case VFIO_IRQ_SET_ACTION_UNMASK:
		return pinscope_irq_mask(irqs, set, data, false);
	default:
		return -EINVAL;
	}
}

void pinscope_irq_release(struct pinscope_device *pd)
{
	struct pinscope_irqs *irqs = &pd->irqs;

	guard(mutex)(&irqs->lock);
	pinscope_irq_put(&irqs->intx);
	pinscope_irq_put(&irqs->msi);
	pinscope_irq_put(&irqs->err);
	pinscope_irq_put(&irqs->req);
	irqs->intx_masked = false;
	irqs->intx_pending = false;
}

/* A reset of the device: what was raised is forgotten, who is told is not */
void pinscope_irq_reset(struct pinscope_device *pd)
{
	guard(mutex)(&pd->irqs.lock);
	pd->irqs.intx_pending = false;
	pd->irqs.msi_pending = false;
	pd->irqs.intx_masked = false;
}

void pinscope_irq_init(struct pinscope_device *pd)
{
	mutex_init(&pd->irqs.lock);
	pd->irqs.intx_enabled = true;
}

void pinscope_irq_destroy(struct pinscope_device *pd)
{
	mutex_destroy(&pd->irqs.lock);
}
