// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <pinscope/pinscope.h>

#include "cli/commands.h"
#include "cli/output/json.h"
#include "cli/output/table.h"

static const char help[] =
"Usage: pinscope doctor [--json]\n"
"\n"
"Checks what VFIO, mediated devices and the dirty scope need on this machine, and\n"
"says for each thing that is missing how to get it.\n"
"\n"
"  ok    as it should be\n"
"  note  works, but not all of pinscope does\n"
"  BAD   must be mended first\n"
"\n"
"  -j, --json  print JSON\n"
"  -h, --help  this text\n"
"\n"
"Exits with 0 if nothing is BAD, else with 1.\n";

enum verdict { GOOD, NOTE, BAD };

static const char *const verdict_names[] = { "ok", "note", "BAD" };

/* One check: what was looked at, what was found, and the cure. */
struct finding {
	const char *check;
	enum verdict verdict;
	char found[256];
	const char *remedy;
};

struct report {
	struct finding findings[24];
	size_t nr;
};

static void add(struct report *report, const char *check, enum verdict verdict,
		const char *remedy, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

static void add(struct report *report, const char *check, enum verdict verdict,
		const char *remedy, const char *fmt, ...)
{
	struct finding *finding = &report->findings[report->nr++];
	va_list args;

	finding->check = check;
	finding->verdict = verdict;
	finding->remedy = verdict == GOOD ? "" : remedy;
	va_start(args, fmt);
	vsnprintf(finding->found, sizeof(finding->found), fmt, args);
	va_end(args);
}

static bool exists(const char *root, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static bool exists(const char *root, const char *fmt, ...)
{
	char path[PINSCOPE_PATH_MAX];
	size_t len = (size_t)snprintf(path, sizeof(path), "%s/", root);
	va_list args;

	if (len >= sizeof(path))
		return false;
	va_start(args, fmt);
	vsnprintf(path + len, sizeof(path) - len, fmt, args);
	va_end(args);
	return !access(path, F_OK);
}

/* Entries of a directory, or -1 if it is not there. */
static int count_entries(const char *root, const char *name)
{
	char path[PINSCOPE_PATH_MAX];
	struct dirent *entry;
	int count = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	dir = opendir(path);
	if (!dir)
		return -1;
	while ((entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

/* Does any line of a file have this word in it? */
static bool file_has(const char *root, const char *name, const char *word)
{
	char path[PINSCOPE_PATH_MAX], *line = NULL;
	size_t size = 0;
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (!found && getline(&line, &size, file) > 0)
		found = strstr(line, word);
	free(line);
	fclose(file);
	return found;
}

static void check_kernel(struct report *report)
{
	struct utsname name;

	uname(&name);
	add(report, "kernel", GOOD, "", "%s %s", name.release, name.machine);
}

/*
 * A module is a directory of /sys/module, which one that is built in has only if it
 * has parameters. What else it makes in sysfs shows that it is there.
 */
struct module {
	const char *name;
	const char *makes;
};

enum presence { ABSENT, LOADED, BUILT_IN };

static enum presence presence_of(const struct module *module)
{
	const char *sysfs = pinscope_sysfs_root();

	if (exists(sysfs, "module/%s/initstate", module->name))
		return LOADED;
	if (exists(sysfs, "module/%s", module->name) ||
	    (module->makes && exists(sysfs, "%s", module->makes)))
		return BUILT_IN;
	return ABSENT;
}

static const struct module vfio_core = { "vfio", "class/vfio" };

static void check_modules(struct report *report)
{
	static const struct {
		struct module module;
		enum verdict missing;
		const char *remedy;
	} modules[] = {
		{ { "vfio", "class/vfio" }, BAD, "modprobe vfio" },
		{ { "vfio_iommu_type1", NULL }, BAD, "modprobe vfio_iommu_type1" },
		{ { "mdev", "bus/mdev" }, NOTE,
		  "modprobe mdev, or load a vendor driver, which loads it" },
		{ { "vfio_pci", "bus/pci/drivers/vfio-pci" }, NOTE,
		  "modprobe vfio-pci, to assign PCI functions directly" },
	};
	static const char *const found[] = { "not loaded", "loaded", "built in" };
	size_t i;

	for (i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		enum presence presence = presence_of(&modules[i].module);

		add(report, modules[i].module.name, presence ? GOOD : modules[i].missing,
		    modules[i].remedy, "%s", found[presence]);
	}
}

/*
 * The patched core exports a function that the stock core has not. Where symbols
 * are hidden, its view in debugfs tells.
 */
static void check_core(struct report *report)
{
	static const char remedy[] =
		"build the patched modules and load them (Documentation/patches.rst); "
		"without them the scope is not shown, and IOMMU-backed devices cannot opt in";
	static const char built_in[] =
		"boot a kernel that has VFIO as modules, such as Debian's, or build one with "
		"CONFIG_VFIO=m; then load the patched modules (Documentation/patches.rst)";
	enum presence presence = presence_of(&vfio_core);

	if (file_has(pinscope_proc_root(), "kallsyms", " vfio_register_dirty_client"))
		add(report, "VFIO core", GOOD, "",
		    "patched: vfio_register_dirty_client() is exported");
	else if (exists(pinscope_debugfs_root(), "vfio/containers"))
		add(report, "VFIO core", GOOD, "", "patched: it shows containers in debugfs");
	else if (presence == ABSENT)
		add(report, "VFIO core", NOTE, "load vfio, then ask again", "not loaded");
	else if (presence == BUILT_IN)
		add(report, "VFIO core", NOTE, built_in,
		    "stock, and built into the kernel: patched modules cannot take its place");
	else
		add(report, "VFIO core", NOTE, remedy,
		    "stock: it has no vfio_register_dirty_client()");
}

static void check_iommu(struct report *report)
{
	int units = count_entries(pinscope_sysfs_root(), "class/iommu");
	int groups = count_entries(pinscope_sysfs_root(), "kernel/iommu_groups");
	struct pinscope_pci *pci;
	size_t nr, i, shared = 0;

	if (groups <= 0) {
		add(report, "IOMMU", BAD,
		    "switch it on in the firmware, and boot with intel_iommu=on or amd_iommu=on; "
		    "emulated mdevs work without, and so does the software IOMMU "
		    "(Documentation/software-iommu.rst)",
		    "off: no IOMMU group");
		return;
	}
	add(report, "IOMMU", GOOD, "", "on: %d unit%s, %d groups", units < 0 ? 0 : units,
	    units == 1 ? "" : "s", groups);

	if (pinscope_pci_find(&pci, &nr))
		return;
	for (i = 0; i < nr; i++)
		shared += pci[i].has_group && pci[i].members > 1;
	pinscope_pci_free(pci);
	add(report, "IOMMU groups", shared ? NOTE : GOOD,
	    "devices of such groups cannot opt in by pinning: use a slot with a group of its own",
	    "%zu PCI functions share a group with others", shared);
}

static void check_interrupts(struct report *report)
{
	char path[PINSCOPE_PATH_MAX], value[8] = "";
	bool remapped, unsafe;
	FILE *file;

	remapped = file_has(pinscope_proc_root(), "interrupts", " IR-") ||
		   file_has(pinscope_proc_root(), "interrupts", "-IR");
	snprintf(path, sizeof(path), "%s/module/vfio_iommu_type1/parameters/%s",
		 pinscope_sysfs_root(), "allow_unsafe_interrupts");
	file = fopen(path, "re");
	if (file) {
		if (!fgets(value, sizeof(value), file))
			value[0] = '\0';
		fclose(file);
	}
	unsafe = value[0] == 'Y';

	if (remapped)
		add(report, "interrupts", GOOD, "", "remapped by the IOMMU");
	else if (unsafe)
		add(report, "interrupts", GOOD, "",
		    "not remapped, but allow_unsafe_interrupts is on");
	else
		add(report, "interrupts", NOTE,
		    "if you trust the devices, write 'options vfio_iommu_type1 "
		    "allow_unsafe_interrupts=1' to /etc/modprobe.d/vfio.conf and reload it, or "
		    "boot with vfio_iommu_type1.allow_unsafe_interrupts=1 if it is built in",
		    "remapping not seen, and allow_unsafe_interrupts is off");
}

static void check_permissions(struct report *report)
{
	static const char remedy[] =
		"run as root, or give your user the nodes by a udev rule: "
		"SUBSYSTEM==\"vfio\", OWNER=\"you\"";
	char path[PINSCOPE_PATH_MAX];
	int groups = 0, closed = 0;
	struct dirent *entry;
	struct rlimit limit;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/vfio/vfio", pinscope_dev_root());
	if (access(path, F_OK))
		add(report, "/dev/vfio/vfio", BAD,
		    presence_of(&vfio_core) == ABSENT ? "modprobe vfio" :
		    "see that devtmpfs is mounted and udev runs: the kernel has VFIO",
		    "missing");
	else if (access(path, R_OK | W_OK))
		add(report, "/dev/vfio/vfio", BAD, remedy, "closed to this user");
	else
		add(report, "/dev/vfio/vfio", GOOD, "", "may be opened");

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
		add(report, "VFIO groups", NOTE,
		    "create an mdev (Documentation/mdevctl.rst), or bind a PCI function to "
		    "vfio-pci", "none");
	else
		add(report, "VFIO groups", closed ? BAD : GOOD, remedy,
		    closed ? "%d, of them %d closed to this user" : "%d, all may be opened",
		    groups, closed);

	if (!geteuid()) {
		add(report, "locked memory", GOOD, "", "no limit for root");
	} else if (!getrlimit(RLIMIT_MEMLOCK, &limit)) {
		bool enough = limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= 64ul << 20;

		add(report, "locked memory", enough ? GOOD : NOTE,
		    "raise 'ulimit -l': all memory mapped for a device is locked",
		    limit.rlim_cur == RLIM_INFINITY ? "no limit" : "at most %lu KiB",
		    (unsigned long)(limit.rlim_cur >> 10));
	}
}

static void check_debugfs(struct report *report)
{
	if (count_entries(pinscope_debugfs_root(), ".") > 0)
		add(report, "debugfs", GOOD, "", "mounted at %s", pinscope_debugfs_root());
	else if (geteuid())
		add(report, "debugfs", NOTE, "run 'pinscope scope' as root",
		    "not to be read by this user");
	else
		add(report, "debugfs", NOTE, "mount -t debugfs none /sys/kernel/debug",
		    "not mounted");
}

static void check_mdev(struct report *report)
{
	struct pinscope_mdev_type *types;
	const char *path = getenv("PATH");
	char file[PINSCOPE_PATH_MAX];
	size_t nr = 0, i, free_now = 0;

	if (!pinscope_mdev_types_find(&types, &nr)) {
		for (i = 0; i < nr; i++)
			free_now += types[i].available;
		pinscope_mdev_types_free(types);
	}
	if (!nr)
		add(report, "mdev types", NOTE,
		    "build and load a vendor driver (Documentation/testing.rst, 'On your own "
		    "kernel'): pinscope_emulated needs no hardware", "none");
	else
		add(report, "mdev types", free_now ? GOOD : NOTE,
		    "remove an mdev: no parent has an instance left",
		    "%zu on offer, %zu more devices can be made", nr, free_now);

	for (; path && *path; path += strspn(path, ":")) {
		size_t len = strcspn(path, ":");

		snprintf(file, sizeof(file), "%.*s/mdevctl", (int)len, path);
		if (!access(file, X_OK)) {
			add(report, "mdevctl", GOOD, "", "%s", file);
			return;
		}
		path += len;
	}
	add(report, "mdevctl", NOTE, "apt install mdevctl, or write to sysfs by hand", "not found");
}

static void print_table(const struct report *report)
{
	/* What the first three take, and the spaces between. */
	const size_t taken = 59, least = 24, width = cli_width();
	const struct cli_column columns[] = {
		{ "CHECK", 0, 0 },
		{ "VERDICT", 0, 0 },
		{ "FOUND", 0, 32 },
		{ "REMEDY", 0, (unsigned int)(width > taken + least ? width - taken : least) },
	};
	struct cli_table *table;
	size_t i;

	table = cli_table_new(columns, 4, cli_width());
	for (i = 0; i < report->nr; i++) {
		const struct finding *finding = &report->findings[i];

		cli_table_row(table);
		cli_table_cell(table, "%s", finding->check);
		cli_table_cell(table, "%s", verdict_names[finding->verdict]);
		cli_table_colour(table, finding->verdict == GOOD ? CLI_GOOD :
				 finding->verdict == NOTE ? CLI_NOTE : CLI_WRONG);
		cli_table_cell(table, "%s", finding->found);
		cli_table_cell(table, "%s", finding->remedy);
	}
	cli_table_print(table);
}

static void print_json(const struct report *report, size_t bad)
{
	struct json_object *root = json_object_new_object();
	struct json_object *checks = json_object_new_array();
	size_t i;

	for (i = 0; i < report->nr; i++) {
		const struct finding *finding = &report->findings[i];
		struct json_object *object = json_object_new_object();

		cli_json_text(object, "check", finding->check);
		cli_json_text(object, "verdict",
			      finding->verdict == BAD ? "bad" : verdict_names[finding->verdict]);
		cli_json_text(object, "found", finding->found);
		cli_json_text(object, "remedy", finding->remedy);
		json_object_array_add(checks, object);
	}
	json_object_object_add(root, "checks", checks);
	cli_json_number(root, "bad", bad);
	cli_print_json(root);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct report report = { .nr = 0 };
	size_t i, bad = 0, notes = 0;
	bool json = false;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":jh", options, NULL)) != -1) {
		if (option == 'h')
			return cli_help(&cli_doctor);
		if (option != 'j')
			return cli_bad_option(&cli_doctor, options, argv, option);
		json = true;
	}
	if (optind < argc)
		return cli_no_argument(&cli_doctor, argv[optind]);

	check_kernel(&report);
	check_core(&report);
	check_modules(&report);
	check_iommu(&report);
	check_interrupts(&report);
	check_permissions(&report);
	check_debugfs(&report);
	check_mdev(&report);

	for (i = 0; i < report.nr; i++) {
		bad += report.findings[i].verdict == BAD;
		notes += report.findings[i].verdict == NOTE;
	}
	if (json) {
		print_json(&report, bad);
	} else {
		print_table(&report);
		if (bad)
			printf("\n%zu to be mended.\n", bad);
		else if (notes)
			printf("\nNothing to be mended; %zu to be noted.\n", notes);
		else
			puts("\nAll is well.");
	}
	return bad ? CLI_BAD : CLI_OK;
}

const struct cli_command cli_doctor = {
	.name = "doctor",
	.summary = "what is missing on this machine, and the cure for each",
	.help = help,
	.run = run,
};
