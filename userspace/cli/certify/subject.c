// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds a device, and refuses one that cannot be tested, each time with the cure.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/certify/certify.h"
#include "cli/output/message.h"

static bool is_pci(const char *name)
{
	unsigned int domain, bus, slot, function;
	int end = 0;

	return sscanf(name, "%x:%x:%x.%x%n", &domain, &bus, &slot, &function, &end) == 4 &&
	       !name[end];
}

static bool is_vfio(unsigned int group)
{
	char path[PINSCOPE_PATH_MAX];

	snprintf(path, sizeof(path), "%s/class/vfio/%u", pinscope_sysfs_root(), group);
	return !access(path, F_OK);
}

static int no_iommu(const struct subject *subject)
{
	cli_error("no IOMMU translates what %s does: switch it on in the firmware, and boot with "
		  "intel_iommu=on or its like", subject->name);
	return CLI_MISSING;
}

static int not_vfio(const struct subject *subject)
{
	if (!subject->pci) {
		cli_error("%s is no device of VFIO: name an mdev or a PCI function", subject->name);
		return CLI_MISSING;
	}
	if (*subject->driver)
		cli_error("%s belongs to its driver %s: with --bind vfio-pci gets it for the "
			  "test, and %s gets it back", subject->name, subject->driver,
			  subject->driver);
	else
		cli_error("%s has no driver: with --bind vfio-pci gets it for the test",
			  subject->name);
	return CLI_MISSING;
}

int subject_find(const char *device, bool bind, struct subject *subject)
{
	*subject = (struct subject) { 0 };
	if (pinscope_device_name(device, subject->name, sizeof(subject->name))) {
		cli_error("there is no device '%s': 'pinscope list' shows those there are", device);
		return CLI_MISSING;
	}
	subject->pci = is_pci(subject->name);
	pinscope_device_driver(subject->name, subject->driver, sizeof(subject->driver));
	if (pinscope_device_group(subject->name, &subject->group))
		return subject->pci ? no_iommu(subject) : not_vfio(subject);
	if (!is_vfio(subject->group) && !(bind && subject->pci))
		return not_vfio(subject);
	return CLI_OK;
}

/* What is behind an mdev is known once it is a device of VFIO. */
static void find_parent(struct subject *subject)
{
	subject->emulated = !subject->pci &&
			    pinscope_group_backing(subject->group, subject->parent,
						   sizeof(subject->parent));
}

/* A bridge is in the group of what is behind it, and does nothing by itself. */
static bool is_bridge(const char *name)
{
	char class[PINSCOPE_NAME_MAX];

	return !pinscope_device_attr_read(name, "class", class, sizeof(class)) &&
	       !strncmp(class, "0x0604", strlen("0x0604"));
}

/* The first other member of the IOMMU group. */
static bool find_other(const struct subject *subject, char *other, size_t size)
{
	char path[PINSCOPE_PATH_MAX];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/kernel/iommu_groups/%u/devices", pinscope_sysfs_root(),
		 subject->group);
	dir = opendir(path);
	while (dir && !found && (entry = readdir(dir))) {
		found = entry->d_name[0] != '.' && strcmp(entry->d_name, subject->name) &&
			!is_bridge(entry->d_name);
		if (found)
			snprintf(other, size, "%.63s", entry->d_name);
	}
	if (dir)
		closedir(dir);
	return found;
}

static int check_alone(const struct subject *subject)
{
	char other[PINSCOPE_NAME_MAX];

	if (!find_other(subject, other, sizeof(other)))
		return CLI_OK;
	cli_error("IOMMU group %u of %s has other members, %s among them, whose writes could not "
		  "be told from its own: take a slot with ACS, where it is alone", subject->group,
		  subject->name, other);
	return CLI_MISSING;
}

static int check_free(const struct subject *subject)
{
	struct pinscope_holder *holders;
	int ret = CLI_OK;
	size_t nr, i;

	if (pinscope_holders_find(&holders, &nr))
		return CLI_OK;
	for (i = 0; i < nr && !ret; i++) {
		if (!holders[i].has_group || holders[i].group != subject->group)
			continue;
		cli_error("%s is in use by %s (pid %d): end that first", subject->name,
			  holders[i].comm, (int)holders[i].pid);
		ret = CLI_MISSING;
	}
	pinscope_holders_free(holders);
	return ret;
}

static int may_open(const char *node, const char *cure)
{
	char path[PINSCOPE_PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", pinscope_dev_root(), node);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0) {
		close(fd);
		return CLI_OK;
	}
	if (errno == EBUSY)
		cli_error("%s is in use: end who has it, 'pinscope scope' may know", path);
	else if (errno == EACCES || errno == EPERM)
		cli_error("no permission for %s: run as root, or 'chown %d %s'", path,
			  (int)geteuid(), path);
	else
		cli_error("cannot open %s: %s; %s", path, strerror(errno), cure);
	return CLI_MISSING;
}

int subject_check(struct subject *subject)
{
	char node[32], path[PINSCOPE_PATH_MAX];
	int ret = CLI_OK;

	find_parent(subject);
	if (subject->pci)
		ret = check_alone(subject);
	if (!ret)
		ret = check_free(subject);
	/* Before it is bound there is no node to look at. */
	if (ret || !is_vfio(subject->group))
		return ret;
	ret = may_open("vfio/vfio", "'modprobe -a vfio vfio_iommu_type1'");
	if (ret)
		return ret;
	snprintf(path, sizeof(path), "%s/vfio/noiommu-%u", pinscope_dev_root(), subject->group);
	if (!access(path, F_OK))
		return no_iommu(subject);
	snprintf(node, sizeof(node), "vfio/%u", subject->group);
	return may_open(node, "udev makes it, see 'pinscope doctor'");
}
