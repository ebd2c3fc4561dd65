// SPDX-License-Identifier: GPL-2.0
/* R9: an owner's name is a name, whatever it is made of. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "fixtures/view.h"

#define CONTAINERS "/sys/kernel/debug/vfio/containers"

/* The text that debugfs has of the container of this process. */
static char *scope_text(void)
{
	char *all = zalloc(4096), *mine = text("owner %d ", getpid());
	DIR *dir = opendir(CONTAINERS);
	struct dirent *entry;
	FILE *f;

	if (!dir)
		missing("vfio/containers in debugfs");
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		f = fopen(text(CONTAINERS "/%s/scope", entry->d_name), "r");
		if (!f)
			continue;
		memset(all, 0, 4096);
		if (!fread(all, 1, 4095, f))
			all[0] = 0;
		fclose(f);
		if (!strncmp(all, mine, strlen(mine)))
			break;
	}
	closedir(dir);
	check(entry);
	return all;
}

/* The first line has the name as it is shown, the second is what follows. */
static void shown_as(const char *name, const char *shown)
{
	struct vm *vm;

	check(!prctl(PR_SET_NAME, name));
	vm = vm_new();
	vm_emulated(vm);
	scope_of(vm);
	start(vm);
	check(strstr(scope_text(), text("owner %d %s\nscope pinned\ntracking on\n",
					getpid(), shown)));
	vm_close(vm);
}

TEST(r09, an_owner_is_shown_by_name)
{
	shown_as("qemu-system-x86", "qemu-system-x86");
	shown_as("a b 'c' \"d\"", "a b 'c' \"d\"");
	shown_as("", "");
}

TEST(r09, an_owner_cannot_forge_lines)
{
	shown_as("a\nscope x", "a\\nscope x");
	shown_as("q\nscope wide", "q\\nscope wide");
	shown_as("\n\r\t\v\f", "\\n\\r\\t\\v\\f");
}

TEST(r09, an_owner_cannot_write_to_terminals)
{
	shown_as("\033[31mred", "\\e[31mred");
	shown_as("\x9b\x32J\x7f\x01\a", "\\x9b2J\\x7f\\x01\\a");
}

TEST(r09, an_owner_can_be_told_from_its_escape)
{
	shown_as("a\\nb", "a\\\\nb");
	shown_as("\\", "\\\\");
}

TEST(r09, names_that_are_no_ascii_are_escaped)
{
	shown_as("\xc3\xa4\xff\xfe\xc3", "\\xc3\\xa4\\xff\\xfe\\xc3");
}

TEST(r09, an_owner_is_shown_before_there_is_an_iommu)
{
	check(!prctl(PR_SET_NAME, "early"));
	vm_new();
	check(!strcmp(scope_text(), text("owner %d early\n", getpid())));
}
