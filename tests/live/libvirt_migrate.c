// SPDX-License-Identifier: GPL-2.0
/* A domain migrates from one libvirt to another while it runs. */
#include <stdlib.h>
#include <string.h>

#include <harness/harness.h>
#include <harness/host.h>

#include "fixtures/libvirt.h"
#include "fixtures/libvirt_sample.h"

#define TARGET_UUID "3f0c8d9e-6a55-4ad0-a5f4-6d2f3a8f1c02"
#define TARGET_NODE "mdev_3f0c8d9e_6a55_4ad0_a5f4_6d2f3a8f1c02_0000_00_07_0"

/* Rounds after which a migration is taken for one that does not end */
#define ENOUGH 6
#define ENOUGH_LIMIT_MS 40000

/* The domain with the target's device, unless it has a hook for it, and test channel. */
static char *domain_there(struct libvirt *from, struct libvirt *to)
{
	char *xml = virsh(from, "dumpxml pinscope --migratable");

	if (!to->hook_rules)
		xml = replaced(xml, LIBVIRT_UUID, TARGET_UUID);
	xml = replaced(xml, text("%s/guest/qtest", from->dir),
		       text("%s/guest/qtest", to->dir));
	return libvirt_file(from, "there.xml", xml);
}

struct ends {
	struct libvirt *from;
	struct libvirt *to;
	struct sample *dev;
};

static void both_ends(struct ends *ends, const char *opt_in, const char *hook_rules)
{
	const char *function = lone_edu(1);

	ends->from = libvirt_start("source");
	ends->to = libvirt_start_hooked("target", hook_rules);
	pci_bind(function, OPTIN);
	virsh(ends->from, "nodedev-create %s",
	      libvirt_file(ends->from, "mdev.xml",
			   replaced(libvirt_read(libvirt_example("mdev-optin.xml")),
				    "value='start'", text("value='%s'", opt_in))));
	virsh(ends->to, "nodedev-create %s",
	      libvirt_example("mdev-target.xml"));
	libvirt_define(ends->from, "domain-migratable.xml");
	virsh(ends->from, "start pinscope");
	ends->dev = sample_enable(libvirt_guest(ends->from), 0);
	sample_write_checked(ends->dev, 9);
	sample_write_checked(ends->dev, 10);
}

/* How often the memory has been gone through. */
static long round_of(struct ends *ends)
{
	static const char word[] = "Iteration:";
	char *at = strstr(virsh(ends->from, "domjobinfo pinscope"), word);

	return at ? atol(at + strlen(word)) : 0;
}

/* What virsh is told, but for the domain's own file. */
static char *migration(struct ends *ends)
{
	char *there = domain_there(ends->from, ends->to);

	return text("migrate pinscope '%s' --live --persistent --undefinesource --xml %s --persistent-xml %s --migrateuri unix://%s/guest/migration",
		    ends->to->uri, there, there, ends->to->dir);
}

static void remove_all(struct ends *ends, struct libvirt *where)
{
	virsh(where, "destroy pinscope");
	virsh(where, "undefine pinscope");
	virsh(ends->to, "nodedev-destroy " TARGET_NODE);
	virsh(ends->from, "nodedev-destroy " LIBVIRT_NODE);
}

TEST(long, libvirt_domain_migrates_live, .limit = 240)
{
	struct sample_state before, after;
	struct ends ends;
	char *job;

	both_ends(&ends, "start", NULL);
	sample_state(ends.dev, &before);
	virsh(ends.from, "%s", migration(&ends));
	check(!strstr(virsh(ends.from, "list --all"), "pinscope"));
	says(virsh(ends.to, "domstate pinscope"), "running");
	job = virsh(ends.to, "domjobinfo pinscope --completed");
	note("%s", job);
	says(job, "Incoming migration");

	ends.dev = sample_in(libvirt_guest(ends.to), ends.dev);
	sample_state(ends.dev, &after);
	same_state(&before, &after);
	sample_write_checked(ends.dev, 11);
	remove_all(&ends, ends.to);
}

/* The user names no device: the target has one of its own for it */
TEST(long, libvirt_hook_gives_a_device_of_the_target, .limit = 240)
{
	struct sample_state before, after;
	struct ends ends;

	both_ends(&ends, "start", "domain pinscope type " OPTIN "-dma");
	sample_state(ends.dev, &before);
	virsh(ends.from, "%s", migration(&ends));
	check(!strstr(virsh(ends.from, "list --all"), "pinscope"));
	says(virsh(ends.to, "dumpxml pinscope"), TARGET_UUID);

	ends.dev = sample_in(libvirt_guest(ends.to), ends.dev);
	sample_state(ends.dev, &after);
	same_state(&before, &after);
	sample_write_checked(ends.dev, 11);
	remove_all(&ends, ends.to);
}

/* What it says reaches the user, and the domain stays where it is */
TEST(long, libvirt_hook_refuses_a_domain_without_a_device, .limit = 240)
{
	struct sample_state before, after;
	struct ends ends;

	both_ends(&ends, "start", "any type " BACKED "-dma");
	sample_state(ends.dev, &before);
	virsh_refuses(ends.from, "this host has no device of type '" BACKED "-dma'", "%s",
		      migration(&ends));
	says(virsh(ends.from, "domstate pinscope"), "running");
	check(!strstr(virsh(ends.to, "list --all"), "pinscope"));
	sample_state(ends.dev, &after);
	same_state(&before, &after);
	sample_write_checked(ends.dev, 11);
	remove_all(&ends, ends.from);
}

TEST(long, libvirt_wide_domain_does_not_get_across, .limit = 240)
{
	struct sample_state before, after;
	struct ends ends;

	both_ends(&ends, "never", NULL);
	sample_state(ends.dev, &before);
	/*
	 * Memory that is not zero, and so slow that all of it does not pass
	 * within the downtime allowed
	 */
	mem_fill(ends.dev->qemu, 8 * MIB, 48 * MIB, 0x5a);
	virsh_begins(ends.from, "%s --bandwidth 32", migration(&ends));
	if (!comes_true(round_of(&ends) >= ENOUGH, ENOUGH_LIMIT_MS))
		fail("%ld rounds only, %s", round_of(&ends),
		     virsh_begun(ends.from));
	virsh(ends.from, "domjobabort pinscope");
	check(comes_true(strstr(virsh_begun(ends.from), "canceled by client"),
			 10000));

	/* It goes on where it was */
	says(virsh(ends.from, "domstate pinscope"), "running");
	check(!strstr(virsh(ends.to, "list --all"), "pinscope"));
	sample_state(ends.dev, &after);
	same_state(&before, &after);
	sample_write_checked(ends.dev, 11);
	remove_all(&ends, ends.from);
}
