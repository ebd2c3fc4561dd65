// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit tests of what the library does without a device. Here are bitmaps and names;
 * the other files are on what their names say.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <pinscope/pinscope.h>

#include "unit.h"

static int number, failed;

void check(bool good, const char *name)
{
	printf("%sok %d %s\n", good ? "" : "not ", ++number, name);
	failed += !good;
}

/* ---- bitmaps ---- */

static void test_bitmap(void)
{
	struct pinscope_page_range range;
	struct pinscope_bitmap *a, *b;
	uint64_t sum = 0, ranges = 0;

	if (pinscope_bitmap_new(&a) || pinscope_bitmap_new(&b)) {
		check(false, "bitmap.new");
		return;
	}
	check(!pinscope_bitmap_count(a) && !pinscope_bitmap_test(a, 0) &&
	      !pinscope_bitmap_next(a, 0, &range), "bitmap.new_is_empty");
	check(pinscope_bitmap_prepare(a, 0, 4096, 0) == -EINVAL, "bitmap.page_size_zero");
	check(pinscope_bitmap_prepare(a, 0, 4096, 3000) == -EINVAL, "bitmap.page_size_odd");
	check(pinscope_bitmap_prepare(a, 0, 0, 4096) == -EINVAL, "bitmap.size_zero");
	check(pinscope_bitmap_prepare(a, 0, 5000, 4096) == -EINVAL, "bitmap.size_unaligned");
	check(pinscope_bitmap_prepare(a, 0, 1ull << 62, 1) == -ENOMEM, "bitmap.size_absurd");
	check(pinscope_bitmap_prepare(a, 0, UINT64_MAX, 1) == -ENOMEM &&
	      !pinscope_bitmap_test(a, 0), "bitmap.size_of_all");
	check(!pinscope_bitmap_prepare(a, UINT64_MAX - 4095, 4096, 4096) &&
	      !pinscope_bitmap_test_iova(a, UINT64_MAX), "bitmap.last_page");

	check(!pinscope_bitmap_prepare(a, 0x10000, 130 * 4096, 4096) &&
	      pinscope_bitmap_pages(a) == 130 && !pinscope_bitmap_count(a), "bitmap.prepare");
	pinscope_bitmap_words(a)[0] = 1ull << 63 | 1;
	pinscope_bitmap_words(a)[1] = ~0ull;
	pinscope_bitmap_words(a)[2] = ~0ull;
	check(pinscope_bitmap_count(a) == 68, "bitmap.count_ignores_bits_beyond_end");
	check(pinscope_bitmap_test(a, 129) && !pinscope_bitmap_test(a, 130),
	      "bitmap.test_at_end");
	check(pinscope_bitmap_test_iova(a, 0x10000) && !pinscope_bitmap_test_iova(a, 0xffff) &&
	      !pinscope_bitmap_test_iova(a, 0x11000), "bitmap.test_iova");

	pinscope_bitmap_for_each(a, range) {
		sum += range.count;
		ranges++;
	}
	check(ranges == 2 && sum == 68 && range.first == 63 && range.count == 67,
	      "bitmap.range_over_words");

	check(pinscope_bitmap_merge(b, a) == -EINVAL, "bitmap.merge_of_other_range");
	check(!pinscope_bitmap_prepare(b, 0x10000, 130 * 4096, 4096) &&
	      !pinscope_bitmap_merge(b, a) && pinscope_bitmap_count(b) == 68, "bitmap.merge");
	check(!pinscope_bitmap_prepare(a, 0, 4096, 4096) && !pinscope_bitmap_count(a),
	      "bitmap.prepare_clears");
	pinscope_bitmap_free(a);
	pinscope_bitmap_free(b);
	pinscope_bitmap_free(NULL);
}

/* ---- names ---- */

static void test_names(void)
{
	enum pinscope_migration_state state;
	int good = 1;
	unsigned int i;

	for (i = 0; i < PINSCOPE_STATE_NR; i++)
		good &= !pinscope_migration_state_parse(pinscope_migration_state_name(i), &state) &&
			state == i;
	check(good, "state.names_round_trip");
	check(!pinscope_migration_state_parse("pre-copy", &state) &&
	      state == PINSCOPE_STATE_PRE_COPY, "state.lower_case");
	check(pinscope_migration_state_parse("PRE", &state) == -EINVAL &&
	      pinscope_migration_state_parse("", &state) == -EINVAL &&
	      pinscope_migration_state_parse("STOP_", &state) == -EINVAL, "state.unknown");
	check(!strcmp(pinscope_migration_state_name(77), "?"), "state.no_such_number");
	check(pinscope_explain(PINSCOPE_OP_GROUP_OPEN, -EBUSY) ==
	      pinscope_explain(PINSCOPE_OP_GROUP_OPEN, EBUSY), "error.sign_does_not_matter");
	check(pinscope_explain(PINSCOPE_OP_SCOPE, 4095), "error.never_null");
	check(!strcmp(pinscope_version(), PINSCOPE_VERSION), "version.is_that_of_the_headers");
}

static void test_verify(void)
{
	uint32_t words[4] = { 7, 8, 9, 10 };

	check(!pinscope_sample_verify(words, sizeof(words), 7), "sample.verify");
	words[3] = 0;
	check(pinscope_sample_verify(words, sizeof(words), 7) == -EILSEQ, "sample.verify_differs");
}

int main(void)
{
	puts("TAP version 13");
	test_bitmap();
	test_scope();
	test_scope_words();
	test_names();
	test_verify();
	test_recording();
	test_rounds();
	test_recorder();
	test_trees();
	test_layout();
	printf("1..%d\n# %d passed, %d failed\n", number, number - failed, failed);
	return failed != 0;
}
