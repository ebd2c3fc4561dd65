/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SELFTESTS_VFIO_DIRTY_SCOPE_KINDS_H
#define SELFTESTS_VFIO_DIRTY_SCOPE_KINDS_H

#include <stdbool.h>

/* What a driver tells of the pages that its device writes */
enum device_kind {
	/* An mdev without an IOMMU: it reaches memory through VFIO only */
	EMULATED,
	/* An mdev whose parent's IOMMU translates, and whose driver never pins */
	BACKED,
	/* The same, but its driver pins what it may write from START on */
	OPTIN,
	/* Or while the device saves, from PRE_COPY on */
	PRECOPY,
	/* It pins from START on, and marks those pages that a log says were written */
	LOGGED,
	/* Assigned by vfio-pci */
	PCI,
	NR_KINDS,
	/* The first of these that there is */
	ANY = NR_KINDS,
};

struct kind {
	const char *name;
	const char *variable;
	const char *what;
	/* Dirty is what is pinned, before and after START */
	bool narrow_before;
	bool narrow_after;
	/* What is pinned is dirty only once the driver marks it */
	bool marks;
};

extern const struct kind kinds[NR_KINDS];

/* The device to test of a kind, or NULL: the environment names none */
const char *kind_device(enum device_kind kind);

/*
 * Takes arguments like "emulated=UUID" or "pci=BDF" from the end of the command line
 * into the environment. Exits with KSFT_FAIL if there is none of that name.
 */
void kinds_from_arguments(int *argc, char **argv);

/*
 * The device kinds times the IOMMU modes that a dirty bitmap may be had in, as
 * variants of a fixture.
 */
#define FIXTURE_VARIANT_KIND_IN_MODE(fixture, _kind, kind_name, mode_name)	\
FIXTURE_VARIANT_ADD(fixture, mode_name##_##kind_name)				\
{										\
	.kind = _kind,								\
	.mode = #mode_name,							\
}

#define FIXTURE_VARIANTS_IN_MODE(fixture, mode_name)				\
FIXTURE_VARIANT_KIND_IN_MODE(fixture, EMULATED, emulated, mode_name);		\
FIXTURE_VARIANT_KIND_IN_MODE(fixture, BACKED, backed, mode_name);		\
FIXTURE_VARIANT_KIND_IN_MODE(fixture, OPTIN, optin, mode_name);			\
FIXTURE_VARIANT_KIND_IN_MODE(fixture, PRECOPY, precopy, mode_name);		\
FIXTURE_VARIANT_KIND_IN_MODE(fixture, LOGGED, logged, mode_name);		\
FIXTURE_VARIANT_KIND_IN_MODE(fixture, PCI, pci, mode_name)

#define FIXTURE_VARIANTS_OF_KINDS(fixture)					\
FIXTURE_VARIANTS_IN_MODE(fixture, vfio_type1v2_iommu);				\
FIXTURE_VARIANTS_IN_MODE(fixture, iommufd_compat_type1v2)

#endif
