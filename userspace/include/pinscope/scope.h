/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: dirty scope
 *
 * The dirty scope of a container says what its dirty bitmap covers: everything
 * mapped, or only the pages that vendor drivers pinned. It can be read in two
 * ways, both only on a patched VFIO core:
 *
 * - pinscope_container_scope() asks a container of one's own: counts, no names;
 * - pinscope_scope_read_all() reads every container of the system from debugfs:
 *   each group, device and driver, and what made each scope what it is. It
 *   needs root.
 */
#ifndef PINSCOPE_SCOPE_H
#define PINSCOPE_SCOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <pinscope/system.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pinscope_container;

/**
 * enum pinscope_scope - which pages may be reported dirty
 * @PINSCOPE_SCOPE_UNKNOWN: the kernel does not say
 * @PINSCOPE_SCOPE_WIDE: everything mapped
 * @PINSCOPE_SCOPE_PINNED: what vendor drivers pinned, and IOMMUs have seen written
 * @PINSCOPE_SCOPE_EMULATED: of a group only: it has no IOMMU behind it, so what
 *   it pins is all there is, and it never widens a container
 * @PINSCOPE_SCOPE_WRITTEN: of a group only: it has pinned nothing, and its IOMMU
 *   tells which pages it has written
 */
enum pinscope_scope {
	PINSCOPE_SCOPE_UNKNOWN,
	PINSCOPE_SCOPE_WIDE,
	PINSCOPE_SCOPE_PINNED,
	PINSCOPE_SCOPE_EMULATED,
	PINSCOPE_SCOPE_WRITTEN,
};

/**
 * struct pinscope_scope_counts - the scope of a container in numbers
 * @scope: wide or pinned
 * @tracking: dirty tracking is on
 * @iommu: IOMMUs track what devices write; at least one does
 * @nr_groups: groups attached
 * @nr_groups_wide: of these, groups that have not opted in
 * @nr_devices: devices open
 * @nr_devices_wide: of these, devices in groups that have not opted in
 * @pinned_pages: pages that vendor drivers pinned, each counted once
 */
struct pinscope_scope_counts {
	enum pinscope_scope scope;
	bool tracking;
	bool iommu;
	uint32_t nr_groups;
	uint32_t nr_groups_wide;
	uint32_t nr_devices;
	uint32_t nr_devices_wide;
	uint64_t pinned_pages;
};

/**
 * struct pinscope_scope_device - a device in a container
 * @name: mdev UUID or PCI address
 * @driver: its driver
 * @open: it is open; a device that is closed can do no DMA. The rest is of an
 *   open one, and zero on a core that does not tell.
 * @told: the core tells the following
 * @opted_in: it writes only what its driver has pinned
 * @pins: pages it has pinned now
 * @sync_failures: how often its log of writes could not be read
 * @sync_error: errno of the last time, positive
 */
struct pinscope_scope_device {
	char name[PINSCOPE_NAME_MAX];
	char driver[PINSCOPE_NAME_MAX];
	bool open;
	bool told;
	bool opted_in;
	uint64_t pins;
	uint64_t sync_failures;
	int sync_error;
};

/**
 * struct pinscope_scope_group - a group in a container
 * @number: as in /dev/vfio/<number>
 * @iommu_group: the IOMMU group that translates its DMA; for an mdev that of
 *   its parent
 * @members: devices in that IOMMU group; only a group of one may narrow its
 *   scope
 * @scope: wide, pinned, written or emulated
 * @cause: the event that made it so: attach, pin, detach, close, reset, start,
 *   stop, grow, opt-out, iommu, iommu-error
 * @since: when that was, in seconds since boot
 * @pins: pages its devices have pinned now
 * @refused: pins refused since it was attached
 * @can_track: its IOMMU can track what it writes
 * @devices: its devices
 * @nr_devices: how many
 */
struct pinscope_scope_group {
	unsigned int number;
	unsigned int iommu_group;
	unsigned int members;
	enum pinscope_scope scope;
	char cause[16];
	double since;
	uint64_t pins;
	uint64_t refused;
	bool can_track;
	struct pinscope_scope_device *devices;
	size_t nr_devices;
};

/**
 * struct pinscope_scope_view - a container as the kernel shows it
 * @id: the kernel's name for it
 * @garbled: its text makes no sense: nothing below is set. Of
 *   pinscope_scope_read_all() only
 * @owner: process that opened it, 0 if unknown
 * @comm: that process' name at that time; bytes of its choice, not to be shown
 *   on a terminal as they are
 * @has_iommu: an IOMMU type is set; if not, nothing below is
 * @counts: the scope in numbers
 * @groups: its groups, by ascending number
 * @nr_groups: how many of them are listed
 */
struct pinscope_scope_view {
	char id[PINSCOPE_NAME_MAX];
	bool garbled;
	pid_t owner;
	char comm[PINSCOPE_NAME_MAX];
	bool has_iommu;
	struct pinscope_scope_counts counts;
	struct pinscope_scope_group *groups;
	size_t nr_groups;
};

/**
 * struct pinscope_scope_list - every container of the system
 * @views: the containers, by ascending id
 * @nr: how many
 */
struct pinscope_scope_list {
	struct pinscope_scope_view *views;
	size_t nr;
};

/**
 * pinscope_container_scope() - the scope of a container of one's own
 * @container: handle, with the IOMMU type set
 * @out: filled on success
 *
 * Return: 0, -EOPNOTSUPP on a core that does not report the scope, or as
 * pinscope_container_get_info().
 */
int pinscope_container_scope(const struct pinscope_container *container,
			     struct pinscope_scope_counts *out);

/**
 * pinscope_scope_read_all() - the scope of every container of the system
 * @out: filled on success; to be released with pinscope_scope_list_release()
 *
 * A container that goes away while it is read is left out. One whose text makes
 * no sense is listed as such.
 *
 * Return: 0, -EOPNOTSUPP if the core has no such view, -ENOENT if debugfs is
 * not mounted, -EACCES without the permission to read it, -ENOMEM.
 */
int pinscope_scope_read_all(struct pinscope_scope_list *out);

/**
 * pinscope_scope_list_release() - free what pinscope_scope_read_all() allocated
 * @list: filled by it, or NULL
 */
void pinscope_scope_list_release(struct pinscope_scope_list *list);

/**
 * pinscope_scope_parse() - read one container's view from its text
 * @text: contents of a "scope" file; records and keys that are not known are
 *   skipped
 * @out: filled on success; to be released with pinscope_scope_view_release()
 *
 * Return: 0, -EBADMSG if a known record is malformed, is missing, comes twice or
 * in the wrong place, -ENOMEM.
 */
int pinscope_scope_parse(const char *text, struct pinscope_scope_view *out);

/**
 * pinscope_scope_view_release() - free what pinscope_scope_parse() allocated
 * @view: filled by it, or NULL
 */
void pinscope_scope_view_release(struct pinscope_scope_view *view);

/**
 * pinscope_scope_name() - a scope in one word
 * @scope: the scope
 *
 * Return: "wide", "pinned", "written", "emulated" or "unknown".
 */
const char *pinscope_scope_name(enum pinscope_scope scope);

/**
 * pinscope_scope_reason() - in words, why a container's scope is what it is
 * @view: the container
 * @buf: where to store the sentences, NUL-terminated and cut if they do not fit
 * @size: size of @buf
 *
 * Groups of the same drivers of which the same is to be said are told together.
 *
 * Return: 0, -ENOSPC if the words were cut, or -ENOMEM.
 */
int pinscope_scope_reason(const struct pinscope_scope_view *view, char *buf, size_t size);

/**
 * pinscope_scope_advice() - in words, what would narrow a container's scope
 * @view: the container
 * @buf: where to store the sentences, a line each, for the groups that are wide
 * @size: size of @buf
 *
 * Return: as pinscope_scope_reason().
 */
int pinscope_scope_advice(const struct pinscope_scope_view *view, char *buf, size_t size);

/**
 * pinscope_scope_group_reason() - in words, why a group's scope is what it is
 * @group: the group
 * @buf: where to store the sentence, NUL-terminated and cut if it does not fit
 * @size: size of @buf
 *
 * Return: 0, or -ENOSPC if the words were cut.
 */
int pinscope_scope_group_reason(const struct pinscope_scope_group *group, char *buf, size_t size);

/**
 * pinscope_scope_group_advice() - in words, what would narrow a group's scope
 * @group: the group
 * @buf: where to store the sentence; empty if the group is not wide
 * @size: size of @buf
 *
 * Return: 0, or -ENOSPC if the words were cut.
 */
int pinscope_scope_group_advice(const struct pinscope_scope_group *group, char *buf, size_t size);

/**
 * struct pinscope_holder - a process that holds a node of VFIO open
 * @pid: the process
 * @comm: its name, as /proc shows it: bytes of its choice
 * @node: the node below /dev: "vfio/<number>" of a group, "vfio/devices/vfio<number>"
 *   of a device without its group, or "iommu" of iommufd, which such devices need
 * @has_group: it is a group
 * @group: the group's number
 */
struct pinscope_holder {
	pid_t pid;
	char comm[PINSCOPE_NAME_MAX];
	char node[PINSCOPE_NAME_MAX];
	bool has_group;
	unsigned int group;
};

/**
 * pinscope_holders_find() - who holds which node of VFIO, on any kernel
 * @out: where to store an array; to be freed with pinscope_holders_free()
 * @nr: where to store its length
 *
 * Looks through the file descriptors of the processes that the caller may see. A
 * process that has a node open more than once is listed once for it.
 *
 * Return: 0, -ENOMEM, or what reading /proc failed with.
 */
int pinscope_holders_find(struct pinscope_holder **out, size_t *nr);

/**
 * pinscope_holders_free() - free what pinscope_holders_find() allocated
 * @holders: the array or NULL
 */
void pinscope_holders_free(struct pinscope_holder *holders);

#ifdef __cplusplus
}
#endif

#endif /* PINSCOPE_SCOPE_H */
