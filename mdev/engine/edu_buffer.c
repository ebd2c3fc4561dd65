// SPDX-License-Identifier: GPL-2.0-only
/*
 * The buffer of edu, which nothing but its DMA can reach. What is to be written has to
 * be fetched from memory first, and what was read put into memory. While a user owns
 * the IOMMU group, the kernel has no mapping there for that. So for that one transfer
 * the group is attached to a domain that maps a page of the engine's and nothing else.
 * A real device would have memory on board or a FIFO, and needs none of this.
 *
 * That is safe as long as the domain of the user is there to be attached again. A
 * container keeps it while a device is open. iommufd does not: see edu_ready() for who
 * is asked before.
 */

#include <linux/err.h>
#include <linux/string.h>

#include "edu.h"

/* The domain of the user; without one there is no open device to work for */
struct iommu_domain *edu_user_domain(struct edu_engine *edu)
{
	struct device *dev = edu_function_dev(&edu->function);
	struct iommu_domain *user = iommu_get_domain_for_dev(dev);

	lockdep_assert_held(&edu->group->lock);

	return user && user->type == IOMMU_DOMAIN_UNMANAGED ? user : NULL;
}

/*
 * If that fails DMA stays blocked, which harms nobody, and it is tried again for
 * the next command.
 */
int edu_attach_user(struct edu_engine *edu, struct iommu_domain *user)
{
	struct edu_group *group = edu->group;
	int ret = -ENOMEM;

	lockdep_assert_held(&group->lock);

	if (edu_function_fault(&edu->function) != EDU_FAULT_ATTACH)
		ret = iommu_attach_group(user, group->iommu_group);
	group->away = ret ? user : NULL;
	if (ret)
		dev_err_ratelimited(edu_function_dev(&edu->function),
				    "domain of the user cannot be attached (%pe)\n",
				    ERR_PTR(ret));
	return ret;
}

/* A transfer between the engine's own page and the start of edu's buffer */
static int edu_move_scratch(struct edu_engine *edu, u32 len, bool to_memory)
{
	struct iommu_domain *user = edu_user_domain(edu);
	struct iommu_group *group = edu->group->iommu_group;
	int ret;

	if (user)
		iommu_detach_group(user, group);
	ret = iommu_attach_group(edu->scratch.domain, group);
	if (!ret) {
		ret = edu_function_move(&edu->function, edu->scratch.iova, 0,
					len, to_memory);
		iommu_detach_group(edu->scratch.domain, group);
	}

	if (user && edu_attach_user(edu, user))
		ret = -EIO;
	return ret;
}

/*
 * Does the function write where it is told to, or to what is left of the address? It
 * masks those of more bits than its property dma_mask without a word, and would be at
 * other pages than were pinned. Asked once for 32 bits, and for more when they come
 * up. Page tables are not asked, see pinscope_parent_check().
 */
int edu_buffer_prove(struct edu_engine *edu, u64 last)
{
	unsigned int bits = max_t(unsigned int, fls64(last), EDU_FIRST_BITS);
	const u32 len = sizeof(u64);
	int ret;

	if (bits <= edu->bits)
		return 0;
	if (last > edu_user_domain(edu)->geometry.aperture_end)
		return -EFAULT;

	edu->words = false;
	edu->bits = 0;
	memset(edu->scratch.page, 0x5a, len);
	ret = edu_scratch_move(&edu->scratch, bits) ?:
	      edu_move_scratch(edu, len, false);
	memset(edu->scratch.page, 0, len);
	if (!ret)
		ret = edu_move_scratch(edu, len, true);
	if (ret)
		return ret;
	if (memchr_inv(edu->scratch.page, 0x5a, len)) {
		dev_err_ratelimited(edu_function_dev(&edu->function),
				    "its addresses have too few bits: set edu's property dma_mask\n");
		return -ENXIO;
	}
	edu->bits = bits;
	return 0;
}

/* Something else is in it from now on, of a user */
void edu_buffer_taken(struct edu_engine *edu)
{
	edu->words = false;
	edu->filled = true;
}

/* With words that count up from @first */
int edu_buffer_fill(struct edu_engine *edu, u32 first)
{
	struct pinscope_transfer words = { .seed = first };
	int ret;

	pinscope_transfer_fill(&words, edu->scratch.page, EDU_BUFFER_SIZE);
	edu_buffer_taken(edu);
	ret = edu_move_scratch(edu, EDU_BUFFER_SIZE, false);
	if (ret)
		return ret;

	edu->first = first;
	edu->words = true;
	return 0;
}

/* Are @len bytes that start with the word @first there? */
bool edu_buffer_holds(struct edu_engine *edu, u32 first, u32 len)
{
	u32 skip = first - edu->first;

	return edu->words && skip < EDU_BUFFER_WORDS &&
	       len <= EDU_BUFFER_SIZE - skip * 4;
}

/* The start of it, which a transfer has left there, to the engine's own page */
int edu_buffer_get(struct edu_engine *edu, u32 count)
{
	return edu_move_scratch(edu, count, true);
}

/*
 * When the last user has gone, with bus mastering on still: the function may be given
 * to somebody whose driver lets him at the buffer. What cannot be cleared now is when
 * the next one goes, or else the log says so when the function is given away.
 */
void edu_buffer_clear(struct edu_engine *edu)
{
	lockdep_assert_held(&edu->group->lock);

	if (!edu->filled || edu->function.restless || edu->group->changing ||
	    !edu_group_is_told(edu->group))
		return;
	edu->words = false;
	memset(edu->scratch.page, 0, EDU_BUFFER_SIZE);
	edu->filled = edu_move_scratch(edu, EDU_BUFFER_SIZE, false);
}
