// SPDX-License-Identifier: GPL-2.0
/* Which reports of KASAN and KCSAN fail a test: made-up ones, line by line. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <harness/harness.h>
#include <harness/splat.h>

#define RULER \
	"=================================================================="

#define IN_FS	" ext4_file_open+0x3a/0x120"
#define IN_VFIO	" vfio_iommu_type1_ioctl+0x3a/0x120 [vfio_iommu_type1]"

/* What the last of some lines is found to be; no other may end the report */
static enum splat judge(const char *title, const char *stack)
{
	const char *report = NULL;

	equal(splat_feed("something else", &report), SPLAT_NONE);
	equal(splat_feed(RULER, &report), SPLAT_PART);
	equal(splat_feed(title, &report), SPLAT_PART);
	check(splat_is_open());
	equal(splat_feed(stack, &report), SPLAT_PART);
	return splat_feed(RULER, &report);
}

TEST(harness, memory_errors_count_wherever_they_are)
{
	equal(judge("BUG: KASAN: slab-use-after-free in ext4_file_open", IN_FS),
	      SPLAT_OURS);
}

TEST(harness, data_races_count_where_vfio_takes_part)
{
	equal(judge("BUG: KCSAN: data-race in ext4_file_open / may_open", IN_FS),
	      SPLAT_OTHERS);
	equal(judge("BUG: KCSAN: data-race in ext4_file_open / may_open", IN_VFIO),
	      SPLAT_OURS);
}

/* A list with one entry, as tests/kernels/others has them */
static void list_one(const char *line)
{
	int fd = memfd_create("others", 0);

	check(fd >= 0 && write(fd, line, strlen(line)) == (ssize_t)strlen(line));
	setenv("PINSCOPE_OTHERS", text("/proc/self/fd/%d", fd), 1);
}

TEST(harness, listed_faults_of_others_are_named_in_full)
{
	list_one("KASAN\text4_file_open\tknown there\n");
	equal(judge("BUG: KASAN: slab-use-after-free in ext4_file_open+0x3a/0x120",
		    IN_FS), SPLAT_OTHERS);
	equal(judge("BUG: KASAN: slab-use-after-free in ext4_file_open2", IN_FS),
	      SPLAT_OURS);
	equal(judge("BUG: KCSAN: data-race in ext4_file_open / may_open", IN_VFIO),
	      SPLAT_OURS);
}

TEST(harness, report_without_an_end_is_not_forgotten)
{
	const char *report = NULL;

	check(!splat_cut());
	equal(splat_feed(RULER, &report), SPLAT_PART);
	equal(splat_feed("BUG: KASAN: double-free in kfree", &report), SPLAT_PART);
	check(splat_is_open());
	report = splat_cut();
	check(report && strstr(report, "double-free"));
	check(!splat_is_open());
}
