// SPDX-License-Identifier: GPL-2.0
/* How sequences differ, and the dice */
#include "generate.h"
#include "hands.h"

/* Of all steps, in no unit; what the kernel takes long for is rare */
static const int usual[NR_OPS] = {
	[OP_GET] = 150, [OP_LOOK] = 20, [OP_RANGES] = 30, [OP_DMA] = 240, [OP_RW] = 70,
	[OP_PIN] = 100, [OP_PIN_TRACKED] = 50, [OP_UNPIN] = 90, [OP_MARK] = 60,
	[OP_WINDOW] = 50, [OP_NO_WINDOW] = 30,
	[OP_MAP] = 80, [OP_UNMAP] = 25, [OP_UNMAP_GET] = 30, [OP_UNMAP_ALL] = 2,
	[OP_START] = 40, [OP_STOP] = 14,
	[OP_OPEN] = 40, [OP_CLOSE] = 18, [OP_ATTACH] = 16, [OP_DETACH] = 8,
	[OP_RESET] = 12, [OP_STATE] = 20,
	[OP_OPT_OUT] = 12, [OP_REGISTER] = 6, [OP_UNREGISTER] = 4,
	[OP_ON] = 20, [OP_ON_RET] = 4, [OP_ON_ONCE] = 6, [OP_ON_KEEP] = 1,
	[OP_ON_CLEAR] = 12,
	[OP_FAULTS] = 3, [OP_LOG_FAILS] = 2, [OP_BAR] = 6, [OP_UNBAR] = 8,
	[OP_SHARE] = 4, [OP_NEW_CHILD] = 1,
	[OP_DMA_LOG] = 6, [OP_REPORT] = 20, [OP_AT_LOOK] = 6,
	[OP_MAP_TOP] = 2, [OP_UNMAP_TOP] = 2, [OP_GET_TOP] = 2,
};

uint64_t dice_roll(struct dice *dice)
{
	uint64_t z = (dice->state += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

void dice_init(struct dice *dice, uint64_t seed, uint64_t n)
{
	dice->state = seed;
	dice->state = dice_roll(dice) ^ n * 0xd6e8feb86659fd93ull;
}

/* Devices whose groups meet only if they are there together */
static bool belongs_to(int d, int family)
{
	static const int groups[] = { 4, 5, 12 };

	return family < 3 && config[d].group == groups[family];
}

static void devices_roll(struct dice *dice, struct mood *mood)
{
	int family = roll(dice, 5), beside = family < 3 ? 8 : 3, d;

	do {
		mood->nr_devices = 0;
		for (d = 0; d < DEVICES; d++)
			if (hands_have(d) &&
			    (belongs_to(d, family) || !roll(dice, beside)))
				mood->devices[mood->nr_devices++] = d;
	} while (mood->nr_devices < 2);
	mood->share = !roll(dice, family < 3 ? 2 : 6);
}

/* Sequences differ: some never unmap, in some devices come and go all the time */
void mood_roll(struct dice *dice, struct mood *mood)
{
	static const int factor[] = { 1, 4, 4, 4, 4, 4, 8, 16 };
	static const int purpose[] = { 0, 100, 200, 300 };
	static const int containers[] = { 1, 1, 1, 2, 3 };
	int op;

	for (op = 0; op < NR_OPS; op++)
		mood->weight[op] = usual[op] * factor[roll(dice, 8)];
	mood->odd = roll(dice, 4) ? 20 : 150;
	mood->purpose = purpose[roll(dice, 4)];
	mood->containers = containers[roll(dice, 5)];
	mood->idle = !roll(dice, 4);
	mood->clients = roll(dice, 2);
	mood->late = roll(dice, 2);
	if (mood->idle)
		mood->weight[OP_START] /= 8;
	devices_roll(dice, mood);
}
