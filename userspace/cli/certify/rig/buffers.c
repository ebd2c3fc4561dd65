// SPDX-License-Identifier: GPL-2.0-only
#include "cli/certify/rig/buffers.h"

enum outcome buffers_add(struct run *run)
{
	enum outcome outcome;

	if (!run->ex || run->broken)
		return PASSED;
	outcome = exercise_window(run, BUFFER_A, CERTIFY_WINDOW);
	return outcome ? outcome : exercise_window(run, BUFFER_B, CERTIFY_WINDOW);
}

enum outcome buffers_drop(struct run *run)
{
	return exercise_drop(run, BUFFER_A, CERTIFY_WINDOW);
}

enum outcome buffers_open(struct run *run)
{
	enum outcome outcome = rig_open(run, 0);

	if (!outcome)
		outcome = buffers_add(run);
	return outcome ? outcome : rig_start(run);
}

enum outcome buffers_ready(struct run *run)
{
	enum outcome outcome = buffers_open(run);

	return outcome ? outcome : rounds_get(run, "before anything is written");
}

enum outcome buffers_write(struct run *run, unsigned int round)
{
	enum outcome outcome = exercise_write(run, BUFFER_A);

	return outcome ? outcome : exercise_write(run, BUFFER_B + round % CERTIFY_WINDOW);
}
