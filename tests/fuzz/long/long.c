// SPDX-License-Identifier: GPL-2.0
/*
 * What grows out of the corpus, and changed streams, for FUZZ_TIME seconds. FUZZ_SEED
 * repeats a run, as far as the kernel's timing does.
 */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <harness/harness.h>
#include <harness/kernel.h>

#include <fuzz/fuzz.h>

static uint64_t from_env(const char *name, uint64_t otherwise)
{
	const char *s = getenv(name);

	return s && *s ? strtoull(s, NULL, 0) : otherwise;
}

static uint64_t begin_random(void)
{
	uint64_t seed = from_env("FUZZ_SEED", time(NULL) * 1000003ull ^ getpid());

	seed_random(seed);
	printf("figure seed=%llu\n", (unsigned long long)seed);
	return from_env("FUZZ_TIME", 10);
}

TEST(fuzz, streams, .log = FUZZ_LOG, .limit = 7200)
{
	uint64_t seconds = begin_random();

	printf("figure streams=%lu\n", try_streams(seconds, 0));
}

TEST(fuzz, ioctls, .log = FUZZ_LOG, .limit = 7200)
{
	uint64_t seconds, begin, shown;
	unsigned long programs = 0;
	struct footprint before;
	struct program p;
	struct world w;
	bool guided;
	int i;

	make_world(&w);
	read_corpus();
	seconds = begin_random();
	guided = runner_open(&w);
	footprint_take(&before);
	for (i = 0; i < nr_corpus; i++)
		run_program(corpus[i]);
	printf("%d programs of the corpus, %s\n", nr_corpus,
	       guided ? "guided by KCOV" : "no KCOV: guided by results");

	begin = now_ms();
	shown = begin;
	while (now_ms() < begin + seconds * 1000) {
		if (draw_below(20)) {
			p = *corpus[draw_below(nr_corpus)];
			program_mutate(&p, corpus[draw_below(nr_corpus)]);
		} else {
			program_random(&p);
		}
		if (run_program(&p)) {
			corpus_add(&p);
			tell("kept", &p);
		}
		if (!(++programs % 500))
			same_as_before(&before);
		if (now_ms() > shown + 15000) {
			shown = now_ms();
			printf("%lu programs, %.0f a second; %d kept, %d seen\n",
			       programs, programs * 1e3 / (shown - begin),
			       nr_corpus, runner_known());
		}
	}
	same_as_before(&before);
	printf("figure programs=%lu\n", programs);
	printf("figure a_second=%.0f\n", programs * 1e3 / (now_ms() - begin));
	printf("figure kept=%d\n", nr_corpus);
	printf("figure %s=%d\n", guided ? "branches" : "results", runner_known());
}
