// SPDX-License-Identifier: GPL-2.0-only
/*
 * pinscope-migration-hook: gives a domain that migrates to this host devices of this
 * host.
 *
 * usage: pinscope-migration-hook DOMAIN migrate begin -     as libvirt runs it
 *        pinscope-migration-hook --check                    looks at the rules only
 *
 * libvirt on the host where a domain goes to runs its hooks before anything is made
 * there, with the description of the domain on standard input, and goes on with what
 * they print. A hook that fails ends the migration, and libvirt tells the user what it
 * said on standard error. What else hooks are run for is none of this one's business.
 *
 * The rules are in pinscope.conf, beside the hooks; rules.h has their form. The
 * environment's PINSCOPE_HOOK_RULES names another file.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "devices.h"
#include "domain.h"
#include "rules.h"

#define RULES "/etc/libvirt/hooks/pinscope.conf"

static const char *rules_name(void)
{
	const char *name = getenv("PINSCOPE_HOOK_RULES");

	return name && *name ? name : RULES;
}

/* Without the file there are none, and devices keep their UUIDs */
static bool read_rules(struct rules *rules, struct complaint *why)
{
	const char *name = rules_name();
	FILE *from = fopen(name, "re");
	bool good;

	*rules = (struct rules){ 0 };
	if (!from)
		return errno == ENOENT ||
		       complain(why, "%s cannot be opened (%s)", name, strerror(errno));
	good = rules_read(rules, from, name, why);
	fclose(from);
	return good;
}

static const char *choose(const struct rule *rule, const char *uuid,
			  struct devices *devices, struct complaint *why)
{
	struct complaint what = { "" };
	const char *chosen;

	if (rule && *rule->type)
		chosen = devices_take_type(devices, rule->type, &what);
	else
		chosen = devices_take(devices, rule ? rule->uuid : uuid, &what);
	if (!chosen && rule)
		complain(why, "%s: free one, or change the rule for %s in %s", what.text,
			 uuid, rules_name());
	else if (!chosen)
		complain(why, "%s, and %s has no rule for it: add 'device %s UUID'",
			 what.text, rules_name(), uuid);
	return chosen;
}

/* All of its devices or none: it is printed only if each has one here */
static bool give_devices(struct domain *domain, const char *name,
			 const struct rules *rules, struct devices *devices,
			 bool *changed, struct complaint *why)
{
	const char *chosen;
	char *uuid;
	int i;

	for (i = 0; i < domain->nr; i++) {
		uuid = domain_uuid(domain, i);
		if (!uuid)
			return complain(why, "no memory for the devices of the domain");
		chosen = choose(rules_find(rules, name, uuid), uuid, devices, why);
		if (chosen && strcasecmp(chosen, uuid)) {
			*changed = true;
			if (!domain_set_uuid(domain, i, chosen, why))
				chosen = NULL;
		}
		xmlFree(uuid);
		if (!chosen)
			return false;
	}
	return true;
}

static bool begin_migration(const char *name, struct complaint *why)
{
	struct devices devices = { 0 };
	struct domain domain;
	struct rules rules = { 0 };
	bool changed = false, good;

	good = domain_read(&domain, STDIN_FILENO, why);
	/* A domain without mediated devices needs neither rules nor devices */
	if (good && domain.nr)
		good = read_rules(&rules, why) && devices_find(&devices, why) &&
		       give_devices(&domain, name, &rules, &devices, &changed, why);
	/* To libvirt, no output is what it was */
	if (good && changed)
		good = domain_print(&domain, stdout, why);
	devices_free(&devices);
	rules_free(&rules);
	domain_free(&domain);
	return good;
}

static bool check(struct complaint *why)
{
	struct rules rules;
	bool good = read_rules(&rules, why);

	if (good)
		printf("%s: %zu rules\n", rules_name(), rules.nr);
	rules_free(&rules);
	return good;
}

int main(int argc, char **argv)
{
	struct complaint why = { "" };
	bool good = true;

	if (argc == 2 && !strcmp(argv[1], "--check"))
		good = check(&why);
	else if (argc < 4)
		good = complain(&why, "this program is for libvirt to run, as "
				"/etc/libvirt/hooks/qemu.d/pinscope; --check looks at its rules");
	else if (!strcmp(argv[2], "migrate") && !strcmp(argv[3], "begin"))
		good = begin_migration(argv[1], &why);
	if (good)
		return EXIT_SUCCESS;
	fprintf(stderr, "pinscope: %s.\n", why.text);
	return EXIT_FAILURE;
}
