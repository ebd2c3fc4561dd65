// SPDX-License-Identifier: GPL-2.0-only
/* What is measured: nothing stands between two readings but the calls */

#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include <asm/msr.h>

#include "internal.h"

/* From here until the end; the callers add what they have done in between */
static u64 bench_now(void)
{
	return rdtsc_ordered();
}

typedef int (*bench_pages_fn)(struct bench_device *bench, u64 address, u32 n,
			      struct page **pages);

static int bench_pin(struct bench_device *bench, u64 iova, u32 n,
		     struct page **pages)
{
	return vfio_pin_pages(&bench->vdev, iova, n, IOMMU_READ | IOMMU_WRITE,
			      pages);
}

static int bench_pin_tracked(struct bench_device *bench, u64 iova, u32 n,
			     struct page **pages)
{
	return vfio_pin_pages_tracked(&bench->vdev, iova, n,
				      IOMMU_READ | IOMMU_WRITE, pages);
}

static int bench_unpin(struct bench_device *bench, u64 iova, u32 n,
		       struct page **pages)
{
	vfio_unpin_pages(&bench->vdev, iova, n);
	return n;
}

static int bench_mark(struct bench_device *bench, u64 iova, u32 n,
		      struct page **pages)
{
	return vfio_mark_pages_dirty(&bench->vdev, iova, n) ?: n;
}

/* Here @n counts bytes */
static int bench_write(struct bench_device *bench, u64 iova, u32 n,
		       struct page **pages)
{
	return vfio_dma_rw(&bench->vdev, iova, bench->zeroes, n, true) ?: n;
}

static int bench_floor_pin(struct bench_device *bench, u64 vaddr, u32 n,
			   struct page **pages)
{
	return pin_user_pages_fast(vaddr, n, FOLL_WRITE | FOLL_LONGTERM, pages);
}

static int bench_floor_unpin(struct bench_device *bench, u64 vaddr, u32 n,
			     struct page **pages)
{
	unpin_user_pages_dirty_lock(pages, n, true);
	return n;
}

/**
 * struct bench_kind - one enum bench_op over pages
 * @fn: the call
 * @keep: each call has its own part of the array of pages
 * @bytes: one call for each page, of @batch bytes
 */
struct bench_kind {
	bench_pages_fn fn;
	bool keep;
	bool bytes;
};

static const struct bench_kind bench_kinds[BENCH_NR_OPS] = {
	[BENCH_PIN] = { bench_pin },
	[BENCH_PIN_AGAIN] = { bench_pin },
	[BENCH_PIN_TRACKED] = { bench_pin_tracked },
	[BENCH_UNPIN] = { bench_unpin },
	[BENCH_MARK] = { bench_mark },
	[BENCH_WRITE] = { bench_write, .bytes = true },
	[BENCH_FLOOR_PIN] = { bench_floor_pin, .keep = true },
	[BENCH_FLOOR_UNPIN] = { bench_floor_unpin, .keep = true },
};

/* Returns how many pages it was done for; *@error says why not for all */
static u64 bench_loop(struct bench_device *bench, struct bench_call *call,
		      u64 address, int *error)
{
	const struct bench_kind *kind = &bench_kinds[call->op];
	u64 step = (u64)call->stride << PAGE_SHIFT, done = 0, begin;
	u32 step_pages = kind->bytes ? 1 : call->batch;
	struct page **pages = bench->pages;
	u32 n = call->batch;
	int ret;

	*error = 0;
	while (done < call->count) {
		if (!kind->bytes)
			n = min_t(u64, call->batch, call->count - done);

		begin = bench_now();
		ret = kind->fn(bench, address, n, pages);
		call->took += bench_now() - begin;

		if (ret != n) {
			*error = ret < 0 ? ret : -EIO;
			break;
		}
		done += kind->bytes ? 1 : n;
		address += step * step_pages;
		if (kind->keep)
			pages += n;
		cond_resched();
		/* What is returned is returned whole */
		if (call->op != BENCH_UNPIN && fatal_signal_pending(current)) {
			*error = -EINTR;
			break;
		}
	}
	return done;
}

static int bench_hold(struct bench_device *bench, struct bench_call *call)
{
	int ret;

	if (bench->pins.count)
		return -EBUSY;

	bench->pins.iova = call->iova;
	bench->pins.stride = call->stride;
	bench->pins.count = bench_loop(bench, call, call->iova, &ret);
	return ret;
}

static int bench_pin_again(struct bench_device *bench, struct bench_call *call)
{
	struct bench_call back = *call;
	int ret, ignored;

	back.op = BENCH_UNPIN;
	back.count = bench_loop(bench, call, call->iova, &ret);
	bench_loop(bench, &back, back.iova, &ignored);
	return ret;
}

static int bench_return(struct bench_device *bench, struct bench_call *call)
{
	struct bench_pins *pins = &bench->pins;
	int ret;

	if (call->iova != pins->iova || call->count != pins->count ||
	    call->stride != pins->stride)
		return -ENOENT;

	bench_loop(bench, call, call->iova, &ret);
	pins->count = 0;
	return ret;
}

static int bench_hold_floor(struct bench_device *bench, struct bench_call *call)
{
	int ret;

	if (bench->nr_floor)
		return -EBUSY;

	bench->nr_floor = bench_loop(bench, call, call->vaddr, &ret);
	return ret;
}

static int bench_return_floor(struct bench_device *bench,
			      struct bench_call *call)
{
	u64 done;
	int ret;

	if (call->count != bench->nr_floor)
		return -ENOENT;

	done = bench_loop(bench, call, call->vaddr, &ret);
	memmove(bench->pages, bench->pages + done,
		(bench->nr_floor - done) * sizeof(*bench->pages));
	bench->nr_floor -= done;
	return ret;
}

static int bench_move(struct bench_device *bench, struct bench_call *call)
{
	void __user *to = u64_to_user_ptr(call->vaddr);
	unsigned long left = 0;
	u64 done, begin;
	size_t n;

	for (done = 0; !left && done < call->count; done += n) {
		n = min_t(u64, BENCH_ZEROES, call->count - done);
		begin = bench_now();
		left = call->op == BENCH_FLOOR_COPY ?
			       copy_to_user(to + done, bench->zeroes, n) :
			       clear_user(to + done, n);
		call->took += bench_now() - begin;
	}
	return left ? -EFAULT : 0;
}

static int bench_measure_nothing(struct bench_call *call)
{
	u64 begin = bench_now();

	call->took = bench_now() - begin;
	return 0;
}

static bool bench_is_sane(const struct bench_call *call)
{
	if (call->op >= BENCH_NR_OPS)
		return false;
	if (call->op == BENCH_FLOOR_COPY || call->op == BENCH_FLOOR_CLEAR)
		return call->count <= BENCH_BYTES_MAX;
	if (!bench_kinds[call->op].fn)
		return true;
	if (!call->batch || call->batch > BENCH_BATCH_MAX || !call->stride ||
	    (call->stride > 1 && call->batch > 1 && call->op != BENCH_WRITE))
		return false;
	return call->count <= BENCH_PAGES_MAX && PAGE_ALIGNED(call->iova);
}

int bench_call(struct bench_device *bench, struct bench_call *call)
{
	int ret;

	lockdep_assert_held(&bench->lock);

	if (!bench_is_sane(call))
		return -EINVAL;

	call->took = 0;
	switch (call->op) {
	case BENCH_PIN:
	case BENCH_PIN_TRACKED:
		return bench_hold(bench, call);
	case BENCH_PIN_AGAIN:
		return bench_pin_again(bench, call);
	case BENCH_UNPIN:
		return bench_return(bench, call);
	case BENCH_FLOOR_PIN:
		return bench_hold_floor(bench, call);
	case BENCH_FLOOR_UNPIN:
		return bench_return_floor(bench, call);
	case BENCH_FLOOR_COPY:
	case BENCH_FLOOR_CLEAR:
		return bench_move(bench, call);
	case BENCH_NOTHING:
		return bench_measure_nothing(call);
	}
	bench_loop(bench, call, call->iova, &ret);
	return ret;
}

/* All that is held, if any of it is from one address to another, the last byte */
void bench_unpin_range(struct bench_device *bench, u64 iova, u64 last)
{
	struct bench_pins *pins = &bench->pins;
	struct bench_call call = {
		.op = BENCH_UNPIN,
		.iova = pins->iova,
		.count = pins->count,
		.batch = pins->stride > 1 ? 1 : BENCH_BATCH_MAX,
		.stride = pins->stride,
	};
	u64 end = pins->iova + (pins->count * pins->stride << PAGE_SHIFT) - 1;

	lockdep_assert_held(&bench->lock);

	if (pins->count && iova <= end && last >= pins->iova)
		bench_return(bench, &call);
}

void bench_unpin_floor(struct bench_device *bench)
{
	lockdep_assert_held(&bench->lock);

	unpin_user_pages(bench->pages, bench->nr_floor);
	bench->nr_floor = 0;
}
