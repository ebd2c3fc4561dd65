/* SPDX-License-Identifier: GPL-2.0 */
/* What the files that act on the kernel share */
#ifndef MODEL_OWN_H
#define MODEL_OWN_H

#include <pinscope/mdev.h>

#include "hands.h"

#define SZ_4K 4096ull
#define SZ_2M (1ull << 21)
/* Both are multiples of 2M */
#define RAM_ADDRESS 0x700000000000ull
#define IOVA_BASE 0x40000000ull

/**
 * struct hands - what is open
 * @container: descriptors
 * @groups: groups in each
 * @view: its directory in debugfs, "" if not known
 * @uuid: of the devices; "" if a device is not available
 * @number: of their groups
 * @group: descriptors, -1 unless attached
 * @in: containers of the groups that are attached
 * @device: descriptors, -1 unless open
 * @bar: where their registers are
 * @control: of puppets
 * @scripted: events of puppets that have a script, as a mask
 * @changed: which kinds of steps were made since the last hands_let_go()
 * @ram: what is mapped
 * @good: room for a bitmap, the others are bad in their ways
 */
struct hands {
	int container[CONTAINERS];
	int groups[CONTAINERS];
	char view[CONTAINERS][256];
	char uuid[DEVICES][PINSCOPE_UUID_SIZE];
	unsigned int number[DEVICES];
	int group[DEVICES];
	int in[DEVICES];
	int device[DEVICES];
	uint64_t bar[DEVICES];
	int control[DEVICES];
	unsigned int scripted[DEVICES];
	uint64_t changed;
	uint8_t *ram;
	uint64_t *good, *read_only, *nowhere, *half;
};

extern struct hands hands;

void die(const char *what, int error) __attribute__((noreturn));
void ram_make(void);

/* calls.c: everything but joining and leaving */
void call_do(const struct step *step, struct outcome *out);
void share_groups(bool on);
void log_fails(int d, bool on);

/* puppets.c */
void puppet_bind(int d);
void puppet_forget(int d);
int puppet_do(const struct step *step);
void puppet_script(const struct step *step);

/* child.c: the other process */
void child_new(void);
void child_end(void);
void child_do(const struct step *step, struct outcome *out);

#endif /* MODEL_OWN_H */
