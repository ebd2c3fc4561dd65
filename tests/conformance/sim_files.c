// SPDX-License-Identifier: GPL-2.0
/* Files of the software IOMMU: what they show, and what they refuse. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixtures/soft.h"

static const char *path(const char *sim, const char *file)
{
	return text("/sys/kernel/debug/pinscope_iommu/%s/%s", sim, file);
}

/* What reading a file comes to: bytes, or -errno */
static long try_read(const char *sim, const char *file, char *buf, size_t size)
{
	int fd = open(path(sim, file), O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, buf, size - 1);
	n = n < 0 ? -errno : n;
	close(fd);
	buf[n < 0 ? 0 : n] = 0;
	return n;
}

static int put(const char *sim, const char *file, const char *value)
{
	return put_file(path(sim, file), value);
}

TEST(sim, files_of_a_device_without_a_domain)
{
	const char *sim = sim_new(SIM_GROUP, NULL);
	char buf[256];

	/* Nothing is mapped, and there is nothing else to tell of */
	equal(try_read(sim, "mappings", buf, sizeof(buf)), 0);
	equal(try_read(sim, "entries", buf, sizeof(buf)), 0);
	refused(try_read(sim, "tracking", buf, sizeof(buf)), ENXIO);
	refused(try_read(sim, "faults", buf, sizeof(buf)), ENXIO);
	refused(try_read(sim, "looks", buf, sizeof(buf)), ENXIO);
	refused(try_read(sim, "write_at_look", buf, sizeof(buf)), ENXIO);
	refused(put(sim, "faults", "1"), ENXIO);
	refused(put(sim, "write_at_look", "1 0x1000"), ENXIO);
}

TEST(sim, files_show_what_was_written)
{
	const char *sim = sim_new(SIM_GROUP, NULL);
	struct vm *vm = vm_new();
	char buf[256];

	vm_backed(vm, sim);
	faults(sim, FAULT_READ_DIRTY);
	check(try_read(sim, "faults", buf, sizeof(buf)) > 0);
	equal(atoi(buf), FAULT_READ_DIRTY);
	faults(sim, 0);
	track(sim, true);
	check(try_read(sim, "tracking", buf, sizeof(buf)) > 0);
	equal(atoi(buf), 1);
	write_at_look(sim, 5, 0x1000);
	check(try_read(sim, "write_at_look", buf, sizeof(buf)) > 0);
	check(!strcmp(buf, "5 0x1000\n"));
	write_at_look(sim, 0, 0);
}

TEST(sim, bad_words_in_files_are_refused)
{
	const char *sim = sim_new(SIM_GROUP, NULL);
	struct vm *vm = vm_new();
	char buf[256];

	vm_backed(vm, sim);
	refused(put(sim, "tracking", "2"), EINVAL);
	refused(put(sim, "tracking", "x"), EINVAL);
	refused(put(sim, "faults", "4"), EINVAL);
	refused(put(sim, "write_at_look", "1"), EINVAL);
	refused(put(sim, "write_at_look", "4294967295 0x1000"), EINVAL);
	refused(put(sim, "write_at_look",
		    "1 0x1000                                        "), EINVAL);
	check(try_read(sim, "write_at_look", buf, sizeof(buf)) > 0);
	check(!strcmp(buf, "0 0x0\n"));
}

/* Beyond the addresses that the IOMMU has nothing is marked */
TEST(sim, marks_end_with_the_addresses)
{
	const char *sim = sim_new(SIM_GROUP, NULL);
	struct vm *vm = vm_new();
	uint64_t bits = ~0ull;
	int fd;

	vm_backed(vm, sim);
	fd = marks_open(sim);
	equal(pread(fd, &bits, sizeof(bits), 1ull << 50), sizeof(bits));
	same(bits, NONE);
	close(fd);
}

TEST(sim, items_show_their_options)
{
	need_sim();
	ok(sim_try_mkdir("test-a"));
	refused(sim_put("test-a", "page_size", "4k"), EINVAL);
	refused(sim_put("test-a", "large_pages", "some"), EINVAL);
	check(!strcmp(sim_get("test-a", "large_pages"), "1"));
	ok(sim_put("test-a", "large_pages", "0"));
	check(!strcmp(sim_get("test-a", "large_pages"), "0"));
}
