/* SPDX-License-Identifier: GPL-2.0-only */
/* The engine of an edu function: see edu.c, and edu_buffer.c for its buffer */
#ifndef PINSCOPE_EDU_H
#define PINSCOPE_EDU_H

#include "edu_function.h"
#include "edu_group.h"
#include "engine.h"

/*
 * The buffer has 4096 bytes, but QEMU up to 9.0 stops the whole machine if a
 * transfer touches the last of them.
 */
#define EDU_BUFFER_WORDS	1023
#define EDU_BUFFER_SIZE		(EDU_BUFFER_WORDS * 4)

/**
 * struct edu_engine - the engine of a function
 * @engine: what the driver sees
 * @function: the hardware
 * @group: IOMMU group and lock of what follows
 * @scratch: a page that the kernel and edu both reach
 * @users: open devices
 * @bits: of addresses that the function has been seen to reach, or 0
 * @first: the word at the start of edu's buffer, if @words
 * @words: edu's buffer holds words that count up from @first
 * @filled: edu's buffer holds what is a user's
 */
struct edu_engine {
	struct pinscope_engine engine;
	struct edu_function function;
	struct edu_group *group;
	struct edu_scratch scratch;
	unsigned int users;
	unsigned int bits;
	u32 first;
	bool words;
	bool filled;
};

struct iommu_domain *edu_user_domain(struct edu_engine *edu);
int edu_attach_user(struct edu_engine *edu, struct iommu_domain *user);

int edu_buffer_prove(struct edu_engine *edu, u64 last);
void edu_buffer_taken(struct edu_engine *edu);
int edu_buffer_fill(struct edu_engine *edu, u32 first);
bool edu_buffer_holds(struct edu_engine *edu, u32 first, u32 len);
int edu_buffer_get(struct edu_engine *edu, u32 count);
void edu_buffer_clear(struct edu_engine *edu);

#endif /* PINSCOPE_EDU_H */
