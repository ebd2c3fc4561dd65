// SPDX-License-Identifier: GPL-2.0
/* What the software IOMMU and the engines show in debugfs. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "subject.h"
#include "sweep.h"

#define DEBUGFS "/sys/kernel/debug/"

static int read_all(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret = 0;
	char buf[512];
	ssize_t n;

	if (fd < 0)
		return -errno;
	do
		n = read(fd, buf, sizeof(buf));
	while (n == sizeof(buf));
	if (n < 0)
		ret = -errno;
	close(fd);
	return ret;
}

FAULTS(software_iommu_views)
{
	static const char * const files[] = {
		"mappings", "entries", "looks", "write_at_look", "tracking",
	};
	const char *sim = new_sim(true), *dir;
	struct vm *vm = vm_new();
	size_t i;

	vm_add(vm, mdev_new(BACKED, sim));
	dir = text(DEBUGFS "pinscope_iommu/%s", sim);
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		SWEEP(files[i], NOTHING, read_all(text("%s/%s", dir, files[i])))
			continue;
	SWEEP("write_at_look", NOTHING,
	      put_file(text("%s/write_at_look", dir), "0 0"))
		continue;
}

/* What is read is not marked any more; what could not be read still is */
FAULTS(software_iommu_marks)
{
	const char *sim = new_sim(true);
	struct vm *vm = vm_new();
	struct device *dev = vm_add(vm, mdev_new(BACKED, sim));
	uint64_t pages;

	track(sim, true);
	writes(dev, 4);
	SWEEP_PARTS("marks", NOTHING, try_marks(sim, &pages)) {
		if (!sweep.ret && !(pages & P(4)))
			complain("page 4 is not marked");
		writes(dev, 4);
	}
	track(sim, false);
}

FAULTS(log_views)
{
	const char *sim = new_sim(false), *dir;
	struct vm *vm = vm_new();

	window(vm_add(vm, mdev_new(HWLOG, sim)), 4);
	start(vm);
	dir = text(DEBUGFS "pinscope_log/%s", sim);
	SWEEP("slots", NOTHING, read_all(text("%s/slots", dir)))
		continue;
	SWEEP("read fault", NOTHING, read_all(text("%s/fault", dir)))
		continue;
	SWEEP("fault", NOTHING, put_file(text("%s/fault", dir), "none"))
		continue;
}
