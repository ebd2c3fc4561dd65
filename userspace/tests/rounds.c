// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit tests of how recordings are grouped into rounds.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <pinscope/pinscope.h>

#include "unit.h"

#define HEAD	"# pinscope recording 1: process 7, vmm\n"

static void test_found(void)
{
	static const char text[] = HEAD
		"100 7:3 start 0\n"
		"110 7:3 get 0 0x0 0x10000 0x1000 16 0-15\n"
		"111 7:3 get 0 0x100000 0x10000 0x1000 3 1,4-5\n"
		"111 7:4 get 0 0x0 0x10000 0x1000 2 0-1\n"
		"150 7:3 get 0 0x0 0x10000 0x1000 0\n"
		"151 7:3 get 0 0x100000 0x10000 0x1000 5 2-4\n"
		"151 7:3 more 8-9\n"
		"152 7:3 unmap 0 0x100000 0x10000 0x1000 2 4,15\n"
		"160 7:3 stop 0\n"
		"# again\n"
		"200 7:3 start 0\n"
		"210 7:3 get 22 0x300000 0x10000 0x1000 0\n"
		"211 7:3 get 14\n";
	struct pinscope_recording_fault fault;
	struct pinscope_recording recording;
	struct pinscope_round *rounds;
	size_t nr;

	if (read_text(text, &recording, &fault)) {
		check(false, "recording.read");
		return;
	}
	check(recording.nr == 11 && recording.events[1].dirty == 16 &&
	      recording.events[5].nr_ranges == 2 && recording.events[10].error == EFAULT,
	      "recording.read");
	check(!pinscope_rounds_find(&recording, &rounds, &nr) && nr == 3, "rounds.find");
	if (nr == 3) {
		check(rounds[0].gets == 3 && rounds[0].asked_pages == 32 &&
		      rounds[0].dirty_pages == 19 && rounds[0].nr_dirty == 3,
		      "rounds.two_containers_count_once");
		check(rounds[0].start_ms == 10 && rounds[0].end_ms == 11, "rounds.times");
		check(rounds[1].gets == 2 && rounds[1].unmaps == 1 && rounds[1].dirty_pages == 6,
		      "rounds.unmap_belongs_to_round");
		check(rounds[2].gets == 2 && rounds[2].failed == 2 && !rounds[2].asked_pages,
		      "rounds.stop_ends_round");
	}
	pinscope_rounds_free(rounds, nr);
	pinscope_recording_release(&recording);
}

/* The rounds of a text; none if it cannot be read. */
static struct pinscope_round *rounds_of(const char *text, size_t *nr)
{
	struct pinscope_recording_fault fault;
	struct pinscope_recording recording;
	struct pinscope_round *rounds = NULL;

	*nr = 0;
	if (read_text(text, &recording, &fault))
		return NULL;
	if (pinscope_rounds_find(&recording, &rounds, nr))
		*nr = 0;
	pinscope_recording_release(&recording);
	return rounds;
}

static void test_top_of_space(void)
{
	struct pinscope_round *rounds;
	size_t nr;

	rounds = rounds_of(HEAD "1 7:3 get 0 0xfffffffffffe0000 0x10000 0x1000 1 15\n"
			   "2 7:3 get 0 0xffffffffffff0000 0x10000 0x1000 2 0,15\n"
			   "3 7:3 get 0 0xfffffffffffff000 0x1000 0x1000 0\n", &nr);
	check(nr == 2 && rounds[0].nr_asked == 1 && rounds[0].asked[0].size == 0x20000 &&
	      rounds[0].asked_pages == 32 && rounds[0].nr_dirty == 2 &&
	      rounds[0].dirty_pages == 3 && rounds[0].dirty[0].size == 0x2000,
	      "rounds.top_of_space");
	pinscope_rounds_free(rounds, nr);

	rounds = rounds_of(HEAD "1 7:3 unmap 0 0x0 0xfffffffffffff000 0x1000 0\n"
			   "2 7:3 unmap 0 0x1000 0xfffffffffffff000 0x1000 0\n", &nr);
	check(nr == 1 && rounds[0].nr_asked == 2 && rounds[0].asked_pages == 1ull << 52 &&
	      rounds[0].asked[1].iova == rounds[0].asked[0].size, "rounds.all_of_space");
	pinscope_rounds_free(rounds, nr);

	/* What fails may ask for anything. */
	rounds = rounds_of(HEAD "1 7:3 get 22 0xfffffffffffff000 0x2000 0x0 0\n"
			   "2 7:3 get 22 0xfffffffffffff800 0x1 0x0 0\n"
			   "3 7:3 get 22 0x0 0x0 0x0 0\n", &nr);
	check(nr == 2 && rounds[0].failed == 1 && rounds[1].failed == 2, "rounds.failed_at_top");
	pinscope_rounds_free(rounds, nr);
}

static void test_clock(void)
{
	struct pinscope_round *rounds;
	size_t nr;

	/* A reboot; the process may have the number of another one. */
	rounds = rounds_of(HEAD "900000 7:3 get 0 0x0 0x1000 0x1000 0\n"
			   "900050 7:3 get 0 0x0 0x1000 0x1000 0\n" HEAD
			   "200 8:3 get 0 0x0 0x1000 0x1000 0\n"
			   "230 8:3 get 0 0x1000 0x1000 0x1000 0\n", &nr);
	check(nr == 3 && rounds[0].start_ms == 0 && rounds[1].start_ms == 50 &&
	      rounds[2].start_ms == 50 && rounds[2].end_ms == 80, "rounds.over_a_reboot");
	pinscope_rounds_free(rounds, nr);

	rounds = rounds_of(HEAD "100 7:3 get 0 0x0 0x1000 0x1000 0\n"
			   "99 8:3 get 0 0x0 0x1000 0x1000 0\n"
			   "101 7:3 get 0 0x1000 0x1000 0x1000 0\n", &nr);
	check(nr == 1 && rounds[0].start_ms == 0 && rounds[0].end_ms == 1,
	      "rounds.lines_side_by_side");
	pinscope_rounds_free(rounds, nr);

	rounds = rounds_of(HEAD "0 7:3 get 0 0x0 0x1000 0x1000 0\n"
			   "18446744073709551615 7:3 get 0 0x0 0x1000 0x1000 0\n"
			   "0 7:3 get 0 0x0 0x1000 0x1000 0\n"
			   "18446744073709551615 7:3 get 0 0x0 0x1000 0x1000 0\n", &nr);
	check(nr == 4 && rounds[3].start_ms == UINT64_MAX, "rounds.times_end_somewhere");
	pinscope_rounds_free(rounds, nr);
}

/* So many ranges in a round that comparing each with all the others shows. */
static void test_many(void)
{
	struct timespec from, to;
	struct pinscope_round *rounds;
	const unsigned int many = 200000;
	char *text = NULL;
	size_t size, nr;
	FILE *out = open_memstream(&text, &size);
	unsigned int i;

	if (!out) {
		check(false, "rounds.many_ranges");
		return;
	}
	fputs(HEAD, out);
	for (i = 0; i < 2 * many; i++)
		fprintf(out, "1 7:3 get 0 0x%llx 0x1000 0x1000 1 0\n",
			i * 7919 % many * 0x2000ull);
	fclose(out);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	rounds = rounds_of(text, &nr);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	check(nr == 2 && rounds[0].gets == many && rounds[1].dirty_pages == many &&
	      rounds[1].nr_asked == many, "rounds.many_ranges");
	/* 30 s and more if it were quadratic, half a second as it is. */
	check(to.tv_sec - from.tv_sec < 10, "rounds.many_ranges_in_time");
	pinscope_rounds_free(rounds, nr);
	free(text);
}

void test_rounds(void)
{
	test_found();
	test_top_of_space();
	test_clock();
	test_many();
}
