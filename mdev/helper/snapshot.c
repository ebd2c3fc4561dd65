// SPDX-License-Identifier: GPL-2.0-only
/* From a device to the image of it in a migration stream, and back */

#include "dma.h"
#include "irq.h"
#include "snapshot.h"
#include "windows.h"

/* What a stream of a device says first */
void pinscope_snapshot_hello(struct pinscope_device *pd,
			     struct pinscope_hello *hello)
{
	strscpy_pad(hello->driver, pd->vdev.ops->name);
}

void pinscope_snapshot_put_hello(u8 *data, size_t *size,
				 const struct pinscope_hello *hello)
{
	memcpy(data + *size + sizeof(struct pinscope_record), hello,
	       sizeof(*hello));
	pinscope_record_close(data, size, PINSCOPE_RECORD_HELLO,
			      sizeof(*hello));
}

/* Is there what the record DMA is for? */
static bool snapshot_has_dma(const struct pinscope_device *pd)
{
	return pd->ctrl || pd->dma.busy;
}

static void snapshot_put_dma(struct pinscope_device *pd, u8 *data, size_t *size)
{
	const struct pinscope_transfer *t = &pd->dma.transfer;
	struct pinscope_dma_state *state;

	state = (void *)data + *size + sizeof(struct pinscope_record);
	memset(state, 0, sizeof(*state));
	state->ctrl = cpu_to_le32(pd->ctrl);
	if (pd->dma.busy) {
		state->cmd = cpu_to_le32(t->to_memory ?
					 PINSCOPE_CMD_DMA_WRITE :
					 PINSCOPE_CMD_DMA_READ);
		state->iova = cpu_to_le64(t->iova);
		state->len = cpu_to_le32(t->len);
		state->seed = cpu_to_le32(t->seed);
		state->done = cpu_to_le32(t->done);
		state->sum = cpu_to_le32(t->sum);
	}
	pinscope_record_close(data, size, PINSCOPE_RECORD_DMA, sizeof(*state));
}

/* With an IOMMU behind it, a window is pinned while the device has opted in only */
static bool snapshot_needs_pins(const struct pinscope_device *pd)
{
	return pd->ops->pin && !(pd->ops->features & PINSCOPE_FEATURE_BACKED);
}

static u32 snapshot_flags(const struct pinscope_device *pd,
			  const struct pinscope_window *window)
{
	u32 flags = 0;

	if (!(window->prot & IOMMU_WRITE))
		flags |= PINSCOPE_STATE_READ_ONLY;
	if (!window->pinned && snapshot_needs_pins(pd))
		flags |= PINSCOPE_STATE_LOST;
	return flags;
}

static size_t snapshot_state_size(const struct pinscope_device *pd)
{
	return struct_size_t(struct pinscope_state, windows, pd->nr_windows);
}

static void snapshot_put_state(struct pinscope_device *pd, u8 *data,
			       size_t *size)
{
	struct pinscope_state *state;
	struct pinscope_window *window;
	unsigned int i = 0;

	state = (void *)data + *size + sizeof(struct pinscope_record);
	state->iova = cpu_to_le64(pd->iova);
	state->len = cpu_to_le32(pd->len);
	state->seed = cpu_to_le32(pd->seed);
	/* That DMA goes on is in a record of its own */
	state->status = cpu_to_le32(pd->dma.busy ? 0 : pd->status);
	state->result = cpu_to_le32(pd->result);
	state->nr_windows = cpu_to_le32(pd->nr_windows);
	state->pending = cpu_to_le32(pinscope_irq_pending(pd));
	memset(state->config, 0, sizeof(state->config));
	pinscope_config_copy_state(state->config, pd->config);
	list_for_each_entry(window, &pd->windows, next) {
		state->windows[i].iova = cpu_to_le64(window->iova);
		state->windows[i].len = cpu_to_le32(window->len);
		state->windows[i].flags = cpu_to_le32(snapshot_flags(pd, window));
		i++;
	}
	pinscope_record_close(data, size, PINSCOPE_RECORD_STATE,
			      snapshot_state_size(pd));
}

/* All but the hello of a device that has stopped */
void pinscope_snapshot_put(struct pinscope_device *pd, u8 *data, size_t *size)
{
	if (snapshot_has_dma(pd))
		snapshot_put_dma(pd, data, size);
	snapshot_put_state(pd, data, size);
}

/* An estimate of what STOP_COPY will give */
unsigned long pinscope_snapshot_size(const struct pinscope_device *pd)
{
	unsigned long size = sizeof(struct pinscope_record) +
			     sizeof(struct pinscope_hello) +
			     sizeof(struct pinscope_record) +
			     snapshot_state_size(pd);

	if (snapshot_has_dma(pd))
		size += sizeof(struct pinscope_record) +
			sizeof(struct pinscope_dma_state);
	return size;
}

static int snapshot_apply_window(struct pinscope_device *pd, u64 iova, u32 len,
				 u32 flags)
{
	int prot = IOMMU_READ;

	if (!(flags & PINSCOPE_STATE_READ_ONLY))
		prot |= IOMMU_WRITE;
	if (flags & PINSCOPE_STATE_LOST && snapshot_needs_pins(pd))
		return pinscope_window_add_lost(pd, iova, len, prot);
	return pinscope_window_add(pd, iova, len, prot);
}

static int snapshot_apply_windows(struct pinscope_device *pd,
				  const struct pinscope_state *state)
{
	int ret;
	u32 i;

	pinscope_windows_drop(pd);
	for (i = 0; i < le32_to_cpu(state->nr_windows); i++) {
		ret = snapshot_apply_window(pd,
					    le64_to_cpu(state->windows[i].iova),
					    le32_to_cpu(state->windows[i].len),
					    le32_to_cpu(state->windows[i].flags));
		if (ret) {
			pinscope_windows_drop(pd);
			return ret;
		}
	}
	return 0;
}

/* It goes on when the device runs */
static void snapshot_apply_dma(struct pinscope_device *pd,
			       const struct pinscope_dma_state *state)
{
	u32 cmd = le32_to_cpu(state->cmd);

	pd->ctrl = le32_to_cpu(state->ctrl);
	if (!cmd)
		return;

	pd->dma.transfer = (struct pinscope_transfer) {
		.iova = le64_to_cpu(state->iova),
		.len = le32_to_cpu(state->len),
		.seed = le32_to_cpu(state->seed),
		.to_memory = cmd == PINSCOPE_CMD_DMA_WRITE,
		.done = le32_to_cpu(state->done),
		.sum = le32_to_cpu(state->sum),
	};
	pd->dma.ret = -ECANCELED;
	/* Who waited for what the device was at before is not to wait for this */
	WRITE_ONCE(pd->dma.serial, pd->dma.serial + 1);
	WRITE_ONCE(pd->dma.busy, true);
	pd->dma.paused = true;
	pd->dma.async = true;
	pd->status = PINSCOPE_STATUS_BUSY;
}

/* Return: 0, or what a window could not be registered for */
int pinscope_snapshot_apply(struct pinscope_device *pd,
			    const struct pinscope_image *image)
{
	const struct pinscope_state *state = image->state;
	int ret;

	/* What it was at before is not what it is at now */
	pinscope_dma_cancel(pd, -ECANCELED);

	/* The one step that may fail, as a driver may have to pin */
	ret = snapshot_apply_windows(pd, state);
	if (ret)
		return ret;

	pd->iova = le64_to_cpu(state->iova);
	pd->len = le32_to_cpu(state->len);
	pd->seed = le32_to_cpu(state->seed);
	pd->status = le32_to_cpu(state->status);
	pd->result = le32_to_cpu(state->result);
	pinscope_config_copy_state(pd->config, state->config);
	pinscope_irq_set_pending(pd, le32_to_cpu(state->pending));
	pd->ctrl = 0;
	if (image->dma)
		snapshot_apply_dma(pd, image->dma);
	pinscope_irq_update(pd);
	return 0;
}
