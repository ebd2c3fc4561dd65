// SPDX-License-Identifier: GPL-2.0
/* The hook that gives a domain devices of the host it migrates to. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <harness/harness.h>
#include <harness/host.h>
#include <pinscope/group.h>

#include "fixtures/libvirt.h"

#define RULES "/tmp/pinscope-hook-rules"
#define INPUT "/tmp/pinscope-hook-in"
#define PRINTED "/tmp/pinscope-hook-out"
#define SAID "/tmp/pinscope-hook-said"

/* Not on this host */
#define FOREIGN "3f0c8d9e-6a55-4ad0-a5f4-6d2f3a8f1c0e"
#define NOWHERE "3f0c8d9e-6a55-4ad0-a5f4-6d2f3a8f1c0f"

static void put(const char *path, const char *content)
{
	FILE *f = fopen(path, "w");

	if (!f || fputs(content, f) < 0 || fclose(f))
		fail("%s cannot be written", path);
}

static void remove_files(void *arg)
{
	(void)arg;
	unlink(RULES);
	unlink(INPUT);
	unlink(PRINTED);
	unlink(SAID);
}

/* Runs it as libvirt does; returns its exit status */
static int run(const char *rules, const char *xml, const char *args)
{
	static bool deferred;

	if (!deferred)
		defer(RESTORE_HOST, remove_files, NULL);
	deferred = true;
	put(RULES, rules);
	put(INPUT, xml);
	return command("PINSCOPE_HOOK_RULES=%s timeout 30 pinscope-migration-hook %s "
		       "<%s >%s 2>%s", RULES, args, INPUT, PRINTED, SAID);
}

#define MIGRATE "pinscope migrate begin -"

/* The example, with another device */
static char *domain_with(const char *uuid)
{
	return replaced(libvirt_read(libvirt_example("domain-migratable.xml")),
			LIBVIRT_UUID, uuid);
}

#define TYPE "type='qemu'"
#define NAMESPACE "xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'"

/*
 * What it printed is the domain with this device, and in all else the same, but for
 * quotes, and what XML has in the order of the writer's choice
 */
static void gives(const char *rules, const char *xml, const char *expected)
{
	char *printed;

	if (run(rules, xml, MIGRATE))
		fail("refused: %s", libvirt_read(SAID));
	printed = replaced(libvirt_read(PRINTED), "\"", "'");
	printed = replaced(printed, "<?xml version='1.0'?>\n", "");
	printed = replaced(printed, NAMESPACE " " TYPE, TYPE " " NAMESPACE);
	if (strcmp(printed, expected))
		fail("expected:\n%sprinted:\n%s", expected, printed);
}

/* It fails with one sentence that has these words, and prints nothing else */
static void refuses(const char *words, const char *rules, const char *xml)
{
	char *said;

	equal(run(rules, xml, MIGRATE), 1);
	said = libvirt_read(SAID);
	if (!strstr(said, words))
		fail("'%s' is not in '%s'", words, said);
	if (strncmp(said, "pinscope: ", 10) || strlen(said) < 12 ||
	    strcmp(strchr(said, '\n') - 1, ".\n"))
		fail("no sentence: '%s'", said);
	if (*libvirt_read(PRINTED))
		fail("it prints: %s", libvirt_read(PRINTED));
}

static struct pinscope_group *in_use(struct mdev *mdev)
{
	struct pinscope_group *group;

	ok(pinscope_group_open_device(mdev->uuid, &group));
	return group;
}

TEST(hook, rule_for_a_device)
{
	struct mdev *mdev = mdev_new(EMULATED, NULL);
	char *rules = text("# comment\n\ndevice " FOREIGN " %s # that one\n",
			   mdev->uuid);
	struct pinscope_group *group;

	gives(rules, domain_with(FOREIGN), domain_with(mdev->uuid));
	group = in_use(mdev);
	refuses(text("device %s is in use", mdev->uuid), rules, domain_with(FOREIGN));
	pinscope_group_close(group);
}

TEST(hook, first_rule_that_fits_counts)
{
	struct mdev *mdev = mdev_new(EMULATED, NULL), *other = mdev_new(EMULATED, NULL);

	gives(text("device " NOWHERE " " FOREIGN "\n"
		   "domain other type nothing\n"
		   "device " FOREIGN " %s\n"
		   "device " FOREIGN " %s\n"
		   "any type nothing\n", other->uuid, mdev->uuid),
	      domain_with(FOREIGN), domain_with(other->uuid));
	refuses("no device of type 'nothing'", "any type nothing", domain_with(FOREIGN));
}

/* Of two, the one that is not in use */
TEST(hook, free_device_of_a_type)
{
	struct mdev *mdev = mdev_new(EMULATED, NULL), *other = mdev_new(EMULATED, NULL);
	const char *rules = "domain pinscope type " EMULATED "-dma";
	struct pinscope_group *group, *last;

	group = in_use(mdev);
	gives(rules, domain_with(FOREIGN), domain_with(other->uuid));
	pinscope_group_close(group);
	group = in_use(other);
	gives(rules, domain_with(FOREIGN), domain_with(mdev->uuid));
	last = in_use(mdev);
	refuses("none of the 2 devices of type '" EMULATED "-dma' is free", rules,
		domain_with(FOREIGN));
	pinscope_group_close(group);
	pinscope_group_close(last);
}

/* A second device in the place of an element that says nothing of devices */
static char *domain_with_two(const char *first, const char *second)
{
	return replaced(domain_with(first), "<memballoon model='none'/>",
			text("<hostdev mode='subsystem' type='mdev'><source>"
			     "<address uuid='%s'/></source></hostdev>", second));
}

TEST(hook, each_device_gets_one_of_its_own)
{
	struct mdev *mdev = mdev_new(EMULATED, NULL), *other = mdev_new(EMULATED, NULL);
	const char *rules = "any type " EMULATED "-dma";
	char *xml = domain_with_two(FOREIGN, NOWHERE);
	bool in_order = strcmp(mdev->uuid, other->uuid) < 0;

	gives(rules, xml, domain_with_two(in_order ? mdev->uuid : other->uuid,
					  in_order ? other->uuid : mdev->uuid));
	mdev_remove(other);
	refuses("none of the 1 devices", rules, xml);
	refuses("device " NOWHERE " is not on this host",
		text("device " FOREIGN " %s", mdev->uuid), xml);
}

/* Without a rule a device keeps its UUID, if it is here */
TEST(hook, nothing_to_be_changed_prints_nothing)
{
	struct mdev *mdev = mdev_new(EMULATED, NULL);

	equal(run("", domain_with(mdev->uuid), MIGRATE), 0);
	equal(strlen(libvirt_read(PRINTED)), 0);
	equal(run("nonsense", "<domain/>", MIGRATE), 0);
	equal(strlen(libvirt_read(PRINTED)), 0);
	refuses("device " FOREIGN " is not on this host", "", domain_with(FOREIGN));
	refuses("add 'device " FOREIGN " UUID'", "", domain_with(FOREIGN));
	/* What is of another kind has nothing to do with it */
	equal(run("", replaced(domain_with(FOREIGN), "type='mdev'", "type='pci'"),
		  MIGRATE), 0);
}

TEST(hook, other_calls_of_libvirt_are_left_alone)
{
	static const char *const calls[] = {
		"pinscope prepare begin -", "pinscope start begin -",
		"pinscope started begin -", "pinscope stopped end -",
		"pinscope release end -", "pinscope reconnect begin -",
		"pinscope restore begin -", "pinscope attach begin -",
	};
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		equal(run("nonsense", "nonsense", calls[i]), 0);
		equal(strlen(libvirt_read(PRINTED)), 0);
		equal(strlen(libvirt_read(SAID)), 0);
	}
}

TEST(hook, bad_domains_are_refused)
{
	const char *rules = "any type " EMULATED "-dma";
	char *large = zalloc((4u << 20) + 2);

	mdev_new(EMULATED, NULL);
	refuses("there is no domain on standard input", rules, "");
	refuses("no valid XML", rules, "nonsense");
	refuses("no valid XML", rules, "<domain><devices></domain>");
	refuses("describes no domain", rules, "<network/>");
	refuses("has a document type of its own", rules,
		"<!DOCTYPE domain [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>"
		"<domain><name>&e;</name></domain>");
	refuses("'../../etc/passwd' of a device of the domain is no UUID", rules,
		domain_with("../../etc/passwd"));
	refuses("'' of a device of the domain is no UUID", rules, domain_with(""));
	memset(large, ' ', (4u << 20) + 1);
	refuses("has more than 4194304 bytes", rules, large);
}

TEST(hook, bad_rules_are_refused)
{
	static const struct {
		const char *rule;
		const char *words;
	} bad[] = {
		{ "device", "'any', not 'device'" },
		{ "all type x", "'any', not 'all'" },
		{ "device 12 34", "'12' is no UUID" },
		{ "device " FOREIGN, "followed by 'UUID UUID' or 'UUID type TYPE'" },
		{ "device " FOREIGN " 12", "'12' is no UUID" },
		{ "device " FOREIGN " " FOREIGN "0", "is no UUID" },
		{ "device " FOREIGN " type", "'type' is no UUID" },
		{ "device " FOREIGN " type a b", "and nothing else" },
		{ "domain a " FOREIGN, "followed by 'NAME type TYPE'" },
		{ "domain a kind b", "followed by 'NAME type TYPE'" },
		{ "any " FOREIGN, "followed by 'type TYPE'" },
		{ "any type a b c", "followed by 'type TYPE'" },
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		refuses(bad[i].words, text("\n%s\n", bad[i].rule), domain_with(FOREIGN));
		check(strstr(libvirt_read(SAID), RULES ", line 2: "));
		/* Which --check tells before a migration does */
		equal(run(bad[i].rule, "", "--check"), 1);
		check(strstr(libvirt_read(SAID), bad[i].words));
	}
	equal(run("any type a # b\n\n", "", "--check"), 0);
	check(strstr(libvirt_read(PRINTED), ": 1 rules\n"));
}
