// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kinds.h"

#define EXIT_FAIL 1	/* KSFT_FAIL */

const struct kind kinds[NR_KINDS] = {
	[EMULATED] = {
		.name = "emulated", .variable = "VFIO_SELFTESTS_EMULATED",
		.what = "an mdev without an IOMMU",
		.narrow_before = true, .narrow_after = true,
	},
	[BACKED] = {
		.name = "backed", .variable = "VFIO_SELFTESTS_BACKED",
		.what = "an mdev with an IOMMU whose driver never pins",
	},
	[OPTIN] = {
		.name = "optin", .variable = "VFIO_SELFTESTS_OPTIN",
		.what = "an mdev whose driver pins when tracking starts",
		.narrow_after = true,
	},
	[PRECOPY] = {
		.name = "precopy", .variable = "VFIO_SELFTESTS_PRECOPY",
		.what = "an mdev whose driver pins in PRE_COPY",
	},
	[LOGGED] = {
		.name = "logged", .variable = "VFIO_SELFTESTS_LOGGED",
		.what = "an mdev that logs what it writes to pinned pages",
		.narrow_after = true, .marks = true,
	},
	[PCI] = {
		.name = "pci", .variable = "VFIO_SELFTESTS_BDF",
		.what = "a PCI function that is bound to vfio-pci",
	},
};

const char *kind_device(enum device_kind kind)
{
	const char *value;
	int i;

	for (i = 0; i < NR_KINDS; i++) {
		if (kind != ANY && kind != (enum device_kind)i)
			continue;
		value = getenv(kinds[i].variable);
		if (value && *value)
			return value;
	}
	return NULL;
}

static void from_argument(const char *arg, size_t name_size)
{
	int i;

	for (i = 0; i < NR_KINDS; i++)
		if (strlen(kinds[i].name) == name_size &&
		    !strncmp(kinds[i].name, arg, name_size)) {
			setenv(kinds[i].variable, arg + name_size + 1, 1);
			return;
		}
	fprintf(stderr, "no kind of device is called \"%.*s\"; there are:\n",
		(int)name_size, arg);
	for (i = 0; i < NR_KINDS; i++)
		fprintf(stderr, "  %-9s %s\n", kinds[i].name, kinds[i].what);
	exit(EXIT_FAIL);
}

void kinds_from_arguments(int *argc, char **argv)
{
	const char *arg, *equals;

	for (; *argc > 1; argv[--*argc] = NULL) {
		arg = argv[*argc - 1];
		equals = strchr(arg, '=');
		if (*arg == '-' || !equals)
			return;
		from_argument(arg, equals - arg);
	}
}
