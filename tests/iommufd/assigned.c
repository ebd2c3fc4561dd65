// SPDX-License-Identifier: GPL-2.0
/*
 * A function that pinscope_assigned has. To save and load it, the driver takes the domain
 * of the user away for a moment, which may fail to come back.
 */
#define _GNU_SOURCE
#include <linux/vfio.h>
#include <string.h>
#include <unistd.h>

#include <harness/assigned.h>

#include "fixtures/space.h"

#define LOST UNSAFE_INTERRUPTS "|*domain of the user cannot be attached*|*has failed*" \
	"|DMAR: *"

/* From QEMU's description of the device */
#define EDU_DMA_SRC 0x80
#define EDU_DMA_DST 0x88
#define EDU_DMA_COUNT 0x90
#define EDU_DMA_CMD 0x98
#define EDU_BUFFER 0x40000ull
#define LEN 64

static struct member *function(struct space *space, const char **bdf)
{
	struct member *member;

	*bdf = assigned_function(0, NULL);
	member = member_of_bound(space, *bdf);
	ok(try_bind(member));
	ok(try_attach(member, space->id));
	enable(member);
	return member;
}

static void loses_its_domain(struct member *member, const char *bdf)
{
	assigned_fault(bdf, "attach");
	check(try_enter(member, VFIO_DEVICE_STATE_STOP_COPY) < 0);
	assigned_repair(bdf, "attach");
}

static void put(struct member *member, uint32_t offset, uint64_t value)
{
	equal(pwrite(member->fd, &value, sizeof(value), member->bar + offset),
	      sizeof(value));
}

/* A reset has cleared the buffer, which goes to memory then. */
static bool writes_zeros(struct member *member, int page)
{
	static const uint8_t zeros[LEN];
	uint8_t *at = member->space->ram + page * PAGE;

	enable(member);
	memset(at, 0xff, LEN);
	put(member, EDU_DMA_SRC, EDU_BUFFER);
	put(member, EDU_DMA_DST, IOVA(page));
	put(member, EDU_DMA_COUNT, LEN);
	put(member, EDU_DMA_CMD, 3);
	return comes_true(!memcmp(at, zeros, LEN), 1000);
}

TEST(assigned, domain_that_was_lost_comes_back, .log = LOST)
{
	struct space *space = space_new();
	const char *bdf;
	struct member *member = function(space, &bdf);

	loses_its_domain(member, bdf);
	/* Nothing to do for iommufd */
	ok(try_attach(member, space->id));
	ok(raw(member->fd, VFIO_DEVICE_RESET, NULL));
	check(writes_zeros(member, 3));
}

TEST(assigned, domain_that_was_lost_does_not_come_back_after_detach, .log = LOST)
{
	struct space *space = space_new();
	const char *bdf;
	struct member *member = function(space, &bdf);

	loses_its_domain(member, bdf);
	ok(try_detach(member));
	ok(raw(member->fd, VFIO_DEVICE_RESET, NULL));
	check(!writes_zeros(member, 3));
	ok(try_attach(member, space->id));
	check(writes_zeros(member, 3));
}
