// SPDX-License-Identifier: GPL-2.0-only
/*
 * What this user may open and lock, and what mediated devices are made with.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <pinscope/pinscope.h>

#include "cli/doctor/doctor.h"

static const char give_nodes[] =
	"run as root, or give your user the nodes by a udev rule: "
	"SUBSYSTEM==\"vfio\", OWNER=\"you\"";

void doctor_check_container_node(struct doctor_report *report)
{
	char path[PINSCOPE_PATH_MAX];

	snprintf(path, sizeof(path), "%s/vfio/vfio", pinscope_dev_root());
	if (access(path, F_OK))
		doctor_add(report, "/dev/vfio/vfio", DOCTOR_BAD,
			   doctor_vfio() == DOCTOR_ABSENT ? "modprobe vfio" : "see that devtmpfs "
			   "is mounted and udev runs: the kernel has VFIO", "missing");
	else if (access(path, R_OK | W_OK))
		doctor_add(report, "/dev/vfio/vfio", DOCTOR_BAD, give_nodes, "closed to this user");
	else
		doctor_add(report, "/dev/vfio/vfio", DOCTOR_GOOD, "", "may be opened");
}

void doctor_check_group_nodes(struct doctor_report *report)
{
	char path[PINSCOPE_PATH_MAX];
	int groups = 0, closed = 0;
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/vfio", pinscope_dev_root());
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		groups++;
		snprintf(path, sizeof(path), "%s/vfio/%s", pinscope_dev_root(), entry->d_name);
		closed += access(path, R_OK | W_OK) != 0;
	}
	if (dir)
		closedir(dir);
	if (!groups)
		doctor_add(report, "VFIO groups", DOCTOR_NOTE,
			   "create an mdev (Documentation/mdevctl.rst), or bind a PCI function to "
			   "vfio-pci", "none");
	else
		doctor_add(report, "VFIO groups", closed ? DOCTOR_BAD : DOCTOR_GOOD, give_nodes,
			   closed ? "%d, of them %d closed to this user" : "%d, all may be opened",
			   groups, closed);
}

void doctor_check_locked_memory(struct doctor_report *report)
{
	struct rlimit limit;

	if (!geteuid()) {
		doctor_add(report, "locked memory", DOCTOR_GOOD, "", "no limit for root");
	} else if (!getrlimit(RLIMIT_MEMLOCK, &limit)) {
		bool enough = limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= 64ul << 20;

		doctor_add(report, "locked memory", enough ? DOCTOR_GOOD : DOCTOR_NOTE,
			   "raise 'ulimit -l': all memory mapped for a device is locked",
			   limit.rlim_cur == RLIM_INFINITY ? "no limit" : "at most %lu KiB",
			   (unsigned long)(limit.rlim_cur >> 10));
	}
}

void doctor_check_mdev_types(struct doctor_report *report)
{
	struct pinscope_mdev_type *types;
	size_t nr = 0, i, free_now = 0;

	if (!pinscope_mdev_types_find(&types, &nr)) {
		for (i = 0; i < nr; i++)
			free_now += types[i].available;
		pinscope_mdev_types_free(types);
	}
	if (!nr)
		doctor_add(report, "mdev types", DOCTOR_NOTE,
			   "build and load a vendor driver (Documentation/testing.rst, 'On your "
			   "own kernel'): pinscope_emulated needs no hardware", "none");
	else
		doctor_add(report, "mdev types", free_now ? DOCTOR_GOOD : DOCTOR_NOTE,
			   "remove an mdev: no parent has an instance left",
			   "%zu on offer, %zu more devices can be made", nr, free_now);
}

void doctor_check_mdevctl(struct doctor_report *report)
{
	const char *path = getenv("PATH");
	char file[PINSCOPE_PATH_MAX];

	for (; path && *path; path += strspn(path, ":")) {
		size_t len = strcspn(path, ":");

		snprintf(file, sizeof(file), "%.*s/mdevctl", (int)len, path);
		if (!access(file, X_OK)) {
			doctor_add(report, "mdevctl", DOCTOR_GOOD, "", "%s", file);
			return;
		}
		path += len;
	}
	doctor_add(report, "mdevctl", DOCTOR_NOTE, "apt install mdevctl, or write to sysfs by hand",
		   "not found");
}
