// SPDX-License-Identifier: GPL-2.0
/*
 * A Linux machine: all of its user space, the first process. It drives the device
 * from there, by the file "resource0" that the kernel has for BAR 0.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pinscope/registers.h>

#include "work.h"

#define DEBUG_PORT 0xe9
#define PCI_COMMAND 0x04
#define PCI_COMMAND_MASTER 0x4
#define SLOTS 32
#define PAGE 4096ul
#define HUGE_PAGE (2 * 1024 * 1024ul)

static uintptr_t bar;

uint32_t reg_read(uint32_t reg)
{
	return read32(bar + reg);
}

void reg_write(uint32_t reg, uint32_t value)
{
	write32(bar + reg, value);
}

void say(const char *word, uint32_t number)
{
	char line[64], *at = line;

	snprintf(line, sizeof(line), "%s %u\n", word, number);
	while (*at)
		outb(*at++, DEBUG_PORT);
}

void stop(const char *word, uint32_t number)
{
	say(word, number);
	for (;;)
		pause();
}

/* On the console, where the kernel's own words are */
static void __attribute__((noreturn)) give_up(const char *what)
{
	perror(what);
	stop("FAILED", errno);
}

static void mount_at(const char *type, const char *dir)
{
	mkdir(dir, 0755);
	if (mount(type, dir, type, 0, NULL))
		give_up(dir);
}

static int open_file(unsigned int slot, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/0000:00:%02x.0/%s",
		 slot, name);
	return open(path, O_RDWR | O_SYNC);
}

static int config_of_device(unsigned int *slot)
{
	uint16_t id[2];
	int fd;

	for (*slot = 0; *slot < SLOTS; (*slot)++) {
		fd = open_file(*slot, "config");
		if (fd < 0)
			continue;
		if (pread(fd, id, sizeof(id), 0) == sizeof(id) &&
		    id[0] == PINSCOPE_SAMPLE_VENDOR &&
		    id[1] == PINSCOPE_SAMPLE_DEVICE)
			return fd;
		close(fd);
	}
	give_up("no sample device");
}

static void find_device(void)
{
	unsigned int slot;
	int config = config_of_device(&slot), fd = open_file(slot, "enable");
	uint16_t command;
	void *map;

	if (fd < 0 || write(fd, "1", 1) != 1)
		give_up("enable");
	close(fd);
	if (pread(config, &command, sizeof(command), PCI_COMMAND) < 0)
		give_up("config");
	command |= PCI_COMMAND_MASTER;
	if (pwrite(config, &command, sizeof(command), PCI_COMMAND) < 0)
		give_up("config");
	close(config);
	fd = open_file(slot, "resource0");
	map = mmap(NULL, PINSCOPE_SAMPLE_BAR_SIZE, PROT_READ | PROT_WRITE,
		   MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		give_up("resource0");
	bar = (uintptr_t)map;
	close(fd);
}

/* Where the machine has a page; bits 0-54 of its word in pagemap, proc(5) */
static uint64_t address_of(int pagemap, const uint8_t *page)
{
	uint64_t word;

	if (pread(pagemap, &word, sizeof(word),
		  (uintptr_t)page / PAGE * sizeof(word)) != sizeof(word))
		give_up("pagemap");
	return (word & ((1ull << 55) - 1)) * PAGE;
}

/* Of huge pages, which stay where they are: no two places side by side in one */
static void find_places(struct place places[PLACES])
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY), i;
	uint8_t *pages = mmap(NULL, 2 * HUGE_PAGE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB |
			      MAP_POPULATE, -1, 0);

	if (pagemap < 0)
		give_up("pagemap");
	if (pages == MAP_FAILED)
		give_up("huge pages");
	for (i = 0; i < PLACES; i++) {
		uint8_t *page = pages + i % 2 * HUGE_PAGE + i * 16 * PAGE;

		places[i].address = address_of(pagemap, page);
		places[i].memory = (uintptr_t)page;
	}
	close(pagemap);
}

int main(void)
{
	struct place places[PLACES];

	mount_at("proc", "/proc");
	mount_at("sysfs", "/sys");
	if (ioperm(DEBUG_PORT, 1, 1)) {
		perror("debug console");
		reboot(RB_POWER_OFF);
	}
	find_device();
	find_places(places);
	work(places);
}
