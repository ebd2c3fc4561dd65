// SPDX-License-Identifier: GPL-2.0-only
/*
 * A library to preload into a user of VFIO: it stands before ioctl() and writes
 * to the file named by PINSCOPE_RECORD what containers answer about dirty pages.
 *
 * The program must not notice. The call itself is passed on first; errno and
 * result are what it left. The file is opened for each event and closed after
 * it: programs that close or reuse every descriptor, fork and execute others
 * would otherwise find ours, or take it away.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/vfio.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

#include "event.h"

/* /dev/vfio/vfio */
#define CONTAINER_MAJOR	10
#define CONTAINER_MINOR	196

static char file_name[PATH_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pid_t header_of;

static void before_fork(void)
{
	pthread_mutex_lock(&lock);
}

static void after_fork(void)
{
	pthread_mutex_unlock(&lock);
}

static int open_file(void)
{
	int file = open(file_name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY |
			O_NONBLOCK, 0644);
	struct stat stat;

	/* Anything but a file may block, or raise signals. */
	if (file >= 0 && (fstat(file, &stat) || !S_ISREG(stat.st_mode))) {
		close(file);
		file = -1;
		errno = EINVAL;
	}
	return file;
}

__attribute__((constructor))
static void set_up(void)
{
	const char *name = secure_getenv("PINSCOPE_RECORD");
	char here[PATH_MAX] = "";
	int file, len;

	if (!name || !*name)
		return;
	/* Programs change their directory. */
	if (*name != '/' && !getcwd(here, sizeof(here)))
		return;
	len = snprintf(file_name, sizeof(file_name), "%s%s%s", here, *here ? "/" : "", name);
	file = len < (int)sizeof(file_name) ? open_file() : -1;
	if (file < 0) {
		fprintf(stderr, "pinscope: nothing is recorded, %s cannot be written: "
			"let PINSCOPE_RECORD name a regular file.\n", name);
		*file_name = '\0';
		return;
	}
	close(file);
	pthread_atfork(before_fork, after_fork, after_fork);
}

static int pass_on(int fd, unsigned long request, void *arg)
{
	static int (*next)(int fd, unsigned long request, ...);

	if (!next)
		next = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
	if (!next)
		return (int)syscall(SYS_ioctl, fd, request, arg);
	return next(fd, request, arg);
}

/* The numbers of the requests mean something else to devices. */
static bool is_container(int fd)
{
	struct stat stat;

	return !fstat(fd, &stat) && S_ISCHR(stat.st_mode) &&
	       stat.st_rdev == makedev(CONTAINER_MAJOR, CONTAINER_MINOR);
}

/* What a call that failed was given may be anywhere. */
static bool peek(void *to, const void *from, size_t size)
{
	const struct iovec local = { .iov_base = to, .iov_len = size };
	const struct iovec remote = { .iov_base = (void *)from, .iov_len = size };

	return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == (ssize_t)size;
}

static bool read_dirty(const char *arg, struct record_event *event)
{
	struct vfio_iommu_type1_dirty_bitmap head;
	struct vfio_iommu_type1_dirty_bitmap_get get;

	if (!peek(&head, arg, sizeof(head)))
		return false;
	switch (head.flags) {
	case VFIO_IOMMU_DIRTY_PAGES_FLAG_START:
		event->kind = "start";
		return true;
	case VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP:
		event->kind = "stop";
		return true;
	case VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP:
		event->kind = "get";
		if (head.argsz < sizeof(head) + sizeof(get) ||
		    !peek(&get, arg + sizeof(head), sizeof(get)))
			return true;
		event->has_range = true;
		event->iova = get.iova;
		event->size = get.size;
		event->bitmap = get.bitmap;
		return true;
	default:
		return false;
	}
}

/* Before the call, which overwrites the size. */
static bool read_unmap(const char *arg, struct record_event *event)
{
	struct vfio_iommu_type1_dma_unmap head;

	if (!peek(&head, arg, sizeof(head)) ||
	    !(head.flags & VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP) ||
	    head.argsz < sizeof(head) + sizeof(event->bitmap) ||
	    !peek(&event->bitmap, arg + sizeof(head), sizeof(event->bitmap)))
		return false;
	event->kind = "unmap";
	event->has_range = true;
	event->iova = head.iova;
	event->size = head.size;
	return true;
}

static void record(const struct record_event *event)
{
	int file, cancel;

	/* A thread that ends in here would leave the lock taken. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	pthread_mutex_lock(&lock);
	file = open_file();
	if (file >= 0) {
		if (header_of != getpid())
			record_header(file);
		header_of = getpid();
		record_write(file, event);
		close(file);
	}
	pthread_mutex_unlock(&lock);
	pthread_setcancelstate(cancel, NULL);
}

static int watch(int fd, unsigned long request, void *arg)
{
	struct record_event event = { .container = fd };
	bool known = false;
	int before = errno, ret, err;

	if (request == VFIO_IOMMU_UNMAP_DMA)
		known = read_unmap(arg, &event);
	errno = before;
	ret = pass_on(fd, request, arg);
	err = errno;
	event.error = ret < 0 ? err : 0;
	if (request == VFIO_IOMMU_DIRTY_PAGES)
		known = read_dirty(arg, &event);
	if (known)
		record(&event);
	errno = err;
	return ret;
}

__attribute__((visibility("default")))
int ioctl(int fd, unsigned long request, ...)
{
	int before = errno;
	bool asked;
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);

	asked = *file_name && (request == VFIO_IOMMU_DIRTY_PAGES ||
			       request == VFIO_IOMMU_UNMAP_DMA) && is_container(fd);
	errno = before;
	return asked ? watch(fd, request, arg) : pass_on(fd, request, arg);
}
