// SPDX-License-Identifier: GPL-2.0
/* The devices of the world, and what their users hold open */
#define _GNU_SOURCE
#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <harness/raw.h>
#include <harness/sim_item.h>
#include <pinscope/pinscope.h>
#include <puppet/puppet.h>

#include "hands.h"
#include "own.h"

#define SIMS "model-"	/* how their names begin */
#define SIM_GROUPS 8000

struct hands hands;

static const char * const drivers[] = {
	[PUPPET] = "pinscope_puppet",
	[EMULATED] = "pinscope_emulated",
	[BACKED] = "pinscope_backed",
	[OPTIN_START] = "pinscope_optin",
	[OPTIN_PRECOPY] = "pinscope_precopy",
	[HWLOG] = "pinscope_hwlog",
};

void die(const char *what, int error)
{
	fprintf(stderr, "pinscope-model: %s: %s\n", what, strerror(error));
	exit(2);
}

static void must(int ret, const char *what)
{
	if (ret < 0)
		die(what, -ret);
}

/* Parents */

static void item_of(int parent, char *item, size_t size)
{
	snprintf(item, size, SIMS "%d-%d", getpid(), parent);
}

static void sim_make(int d)
{
	static const struct sim_options options[NR_BEHIND] = {
		[PLAIN] = { .no_tracking = true },
		[TRACKS_64K] = { .page_size = 65536 },
		[TRACKS_AMD] = { .model = "amd" },
		[TRACKS_SMMU] = { .model = "smmu" },
	};
	char item[32], path[128], name[64];

	item_of(config[d].parent, item, sizeof(item));
	snprintf(path, sizeof(path), SIM_ITEMS "/%s", item);
	must(mkdir(path, 0755) ? -errno : 0, path);
	must(sim_item_configure(item, SIM_GROUPS + config[d].group,
				&options[config[d].behind]), path);
	snprintf(name, sizeof(name), SIM_DEVICE "%s", item);
	must(pinscope_pci_bind(name, drivers[config[d].driver]), name);
}

/* The first device of a parent makes it */
static bool is_first(int d)
{
	int e;

	for (e = 0; e < d; e++)
		if (config[e].parent == config[d].parent)
			return false;
	return config[d].group >= 0;
}

static void device_make(int d)
{
	const char *driver = drivers[config[d].driver];
	char parent[64], item[32], type[64];
	unsigned int number;

	item_of(config[d].parent, item, sizeof(item));
	snprintf(parent, sizeof(parent), "pinscope_sim.%s", item);
	snprintf(type, sizeof(type), "%s-%s", driver,
		 config[d].driver == PUPPET || config[d].driver == BACKED ?
		 "dma" : "logging");
	must(pinscope_uuid_random(hands.uuid[d]), "uuid");
	must(pinscope_mdev_create(config[d].group < 0 ? driver : parent, type,
				  hands.uuid[d]), type);
	must(pinscope_device_group(hands.uuid[d], &number), "group");
	hands.number[d] = number;
	if (config[d].driver == PUPPET)
		puppet_bind(d);
}

bool hands_have(int d)
{
	return hands.uuid[d][0];
}

unsigned int hands_group(int d)
{
	return hands.number[d];
}

const char *hands_name(int d)
{
	return hands.uuid[d];
}

/*
 * 2M of memory that is contiguous, so that it can be mapped in pages of 64K, of
 * which as many pages are used as a container has. The other process has memory
 * of its own at the same address.
 */
void ram_make(void)
{
	hands.ram = mmap((void *)RAM_ADDRESS, SZ_2M, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (hands.ram == MAP_FAILED)
		die("memory", errno);
	madvise(hands.ram, SZ_2M, MADV_HUGEPAGE);
	madvise(hands.ram, SZ_2M, MADV_DONTFORK);
	memset(hands.ram, 0, SZ_2M);
}

static void buffers_make(void)
{
	uint8_t *p = mmap(NULL, 4 * SZ_4K, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("memory", errno);
	hands.good = (uint64_t *)p;
	hands.read_only = (uint64_t *)(p + 2 * SZ_4K);
	hands.nowhere = (uint64_t *)(p + 3 * SZ_4K);
	/* The end of the second page is followed by one that cannot be written */
	hands.half = (uint64_t *)(p + 2 * SZ_4K - 8);
	mprotect(p + 2 * SZ_4K, SZ_4K, PROT_READ);
	mprotect(p + 3 * SZ_4K, SZ_4K, PROT_NONE);
}

static void containers_open(void)
{
	int c;

	for (c = 0; c < CONTAINERS; c++) {
		hands.container[c] = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
		if (hands.container[c] < 0)
			die("/dev/vfio/vfio", errno);
		hands.groups[c] = 0;
		hands.view[c][0] = '\0';
	}
}

void hands_make(void)
{
	bool puppets = !system("modprobe -q pinscope_puppet") &&
		       !access(PUPPET_DEV, F_OK);
	int d;

	memset(hands.device, -1, sizeof(hands.device));
	memset(hands.group, -1, sizeof(hands.group));
	memset(hands.control, -1, sizeof(hands.control));
	hands.changed = 1ull << OP_SHARE;
	/* Of a run that did not come to its end: they would be in our groups */
	sim_items_remove(SIMS);
	ram_make();
	buffers_make();
	for (d = 0; d < DEVICES; d++) {
		if (config[d].driver == PUPPET && !puppets)
			continue;
		if (is_first(d))
			sim_make(d);
		device_make(d);
	}
	containers_open();
}

static void device_close(int d)
{
	if (hands.device[d] >= 0)
		close(hands.device[d]);
	hands.device[d] = -1;
}

static void group_close(int d)
{
	if (hands.group[d] >= 0)
		close(hands.group[d]);
	hands.group[d] = -1;
}

void hands_remove(void)
{
	int d;

	hands_let_go();
	for (d = 0; d < DEVICES; d++) {
		if (!hands_have(d))
			continue;
		if (hands.control[d] >= 0)
			close(hands.control[d]);
		pinscope_mdev_remove(hands.uuid[d]);
	}
	sim_items_remove(SIMS);
}

/* What an administrator has set, if it is not as usual */
static void undo(void)
{
	int d;

	if (hands.changed & 1ull << OP_BAR)
		mprotect(hands.ram, SZ_2M, PROT_READ | PROT_WRITE);
	if (hands.changed & 1ull << OP_SHARE)
		share_groups(false);
	for (d = 0; d < DEVICES; d++)
		if (hands.changed & 1ull << OP_LOG_FAILS && hands_have(d) &&
		    config[d].driver == HWLOG)
			log_fails(d, false);
	hands.changed = 0;
}

void hands_let_go(void)
{
	int c, d;

	for (d = 0; d < DEVICES; d++)
		puppet_forget(d);
	for (d = 0; d < DEVICES; d++)
		device_close(d);
	for (d = 0; d < DEVICES; d++)
		group_close(d);
	for (c = 0; c < CONTAINERS; c++)
		close(hands.container[c]);
	undo();
	child_end();
	containers_open();
}

/* Joining and leaving */

static int attach(int c, int d)
{
	char path[32];
	int ret = 0;

	snprintf(path, sizeof(path), "/dev/vfio/%u", hands.number[d]);
	hands.group[d] = open(path, O_RDWR | O_CLOEXEC);
	if (hands.group[d] < 0)
		die(path, errno);
	if (ioctl(hands.group[d], VFIO_GROUP_SET_CONTAINER,
		  &hands.container[c]) ||
	    (!hands.groups[c] && ioctl(hands.container[c], VFIO_SET_IOMMU,
				       VFIO_TYPE1v2_IOMMU)))
		ret = -errno;
	if (ret) {
		group_close(d);
		return ret;
	}
	hands.groups[c]++;
	hands.in[d] = c;
	return 0;
}

static int detach(int d)
{
	if (ioctl(hands.group[d], VFIO_GROUP_UNSET_CONTAINER))
		return -errno;
	group_close(d);
	hands.groups[hands.in[d]]--;
	return 0;
}

static int open_device(int d)
{
	struct vfio_region_info bar = {
		.argsz = sizeof(bar), .index = VFIO_PCI_BAR0_REGION_INDEX,
	};

	hands.device[d] = ioctl(hands.group[d], VFIO_GROUP_GET_DEVICE_FD,
				hands.uuid[d]);
	if (hands.device[d] < 0)
		return -errno;
	if (ioctl(hands.device[d], VFIO_DEVICE_GET_REGION_INFO, &bar))
		die("region", errno);
	hands.bar[d] = bar.offset;
	return 0;
}

/* What debugfs and GET_INFO show */

static bool find_view(int c)
{
	struct dirent *entry;
	char path[600];
	DIR *dir;
	FILE *f;
	int e;

	/* Ours is the one that has its groups; container by container */
	dir = opendir("/sys/kernel/debug/vfio/containers");
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path),
			 "/sys/kernel/debug/vfio/containers/%s/scope",
			 entry->d_name);
		f = fopen(path, "re");
		if (!f)
			continue;
		while (fgets(path, sizeof(path), f))
			for (e = 0; e < DEVICES; e++)
				if (hands.group[e] >= 0 && hands.in[e] == c &&
				    strstr(path, hands.uuid[e]))
					snprintf(hands.view[c],
						 sizeof(hands.view[c]), "%s",
						 entry->d_name);
		fclose(f);
	}
	if (dir)
		closedir(dir);
	return hands.view[c][0];
}

bool hands_view(int c, struct pinscope_scope_view *view)
{
	char path[128], text[8192];
	ssize_t n;
	int fd;

	if (!hands.view[c][0] && !find_view(c))
		return false;
	snprintf(path, sizeof(path),
		 "/sys/kernel/debug/vfio/containers/%s/scope", hands.view[c]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n < 0)
		return false;
	text[n] = '\0';
	return !pinscope_scope_parse(text, view);
}

bool hands_info(int c, struct pinscope_scope_counts *counts, uint64_t *sizes,
		uint64_t *dirty_sizes)
{
	struct vfio_iommu_type1_info_cap_migration *migration;
	struct vfio_iommu_type1_info_cap_dirty_scope *scope;
	union {
		struct vfio_iommu_type1_info info;
		uint8_t bytes[512];
	} u = { .info.argsz = sizeof(u) };
	struct vfio_info_cap_header *cap;
	bool found = false;
	uint32_t at;

	if (ioctl(hands.container[c], VFIO_IOMMU_GET_INFO, &u))
		return false;
	*sizes = u.info.iova_pgsizes;
	for (at = u.info.cap_offset; at; at = cap->next) {
		cap = (void *)&u.bytes[at];
		migration = (void *)cap;
		scope = (void *)cap;
		if (cap->id == VFIO_IOMMU_TYPE1_INFO_CAP_MIGRATION)
			*dirty_sizes = migration->pgsize_bitmap;
		if (cap->id != VFIO_IOMMU_TYPE1_INFO_CAP_DIRTY_SCOPE)
			continue;
		found = true;
		*counts = (struct pinscope_scope_counts){
			.scope = scope->flags & VFIO_IOMMU_DIRTY_SCOPE_PINNED ?
				 PINSCOPE_SCOPE_PINNED : PINSCOPE_SCOPE_WIDE,
			.tracking = scope->flags &
				    VFIO_IOMMU_DIRTY_SCOPE_TRACKING,
			.iommu = scope->flags & VFIO_IOMMU_DIRTY_SCOPE_IOMMU,
			.nr_groups = scope->nr_groups,
			.nr_groups_wide = scope->nr_groups_wide,
			.nr_devices = scope->nr_devices,
			.nr_devices_wide = scope->nr_devices_wide,
			.pinned_pages = scope->pinned_pages,
		};
	}
	return found;
}

void hands_do(const struct step *step, struct outcome *out)
{
	hands.changed |= 1ull << step->op;
	if (op_is_script(step->op))
		hands.scripted[step->d] |= 1u << step->event;
	memset(out, 0, offsetof(struct outcome, words));
	out->value = 0;
	switch (step->op) {
	case OP_ATTACH:
		out->ret = attach(step->c, step->d);
		break;
	case OP_DETACH:
		out->ret = detach(step->d);
		break;
	case OP_OPEN:
		out->ret = open_device(step->d);
		break;
	case OP_CLOSE:
		device_close(step->d);
		break;
	case OP_NEW_CHILD:
		child_new();
		break;
	default:
		if (step->actor == CHILD)
			child_do(step, out);
		else
			call_do(step, out);
	}
}
