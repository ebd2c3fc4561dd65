// SPDX-License-Identifier: GPL-2.0
/* What reached something once, once more; and as many streams, always the same. */
#include <harness/harness.h>
#include <harness/kernel.h>

#include "fuzz.h"

TEST(fuzz, corpus, .log = FUZZ_LOG, .limit = 60)
{
	struct footprint before;
	struct world w;
	int i;

	make_world(&w);
	read_corpus();
	runner_open(&w);
	footprint_take(&before);
	for (i = 0; i < nr_corpus; i++)
		run_program(corpus[i]);
	same_as_before(&before);
	note("%d programs", nr_corpus);
}

TEST(fuzz, changed_streams, .log = FUZZ_LOG)
{
	seed_random(1);
	try_streams(0, 400);
}
