// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "file.h"

int file_ioctl(int fd, unsigned long request, void *arg)
{
	int ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

int file_read(const char *path, char *buf, size_t size)
{
	size_t len = 0;
	int fd, ret = 0;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;

	while (len < size - 1) {
		ssize_t n = read(fd, buf + len, size - 1 - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			ret = -errno;
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	close(fd);

	while (len && buf[len - 1] == '\n')
		len--;
	buf[len] = '\0';
	return ret;
}

int file_write(const char *path, const char *text)
{
	size_t len = strlen(text);
	int fd, ret = 0;
	ssize_t n;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;

	/* One write is one store of an attribute: it must not be split. */
	n = write(fd, text, len);
	if (n < 0)
		ret = -errno;
	else if ((size_t)n != len)
		ret = -EIO;
	close(fd);
	return ret;
}

int file_path(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(buf, size, fmt, args);
	va_end(args);

	return len < 0 || (size_t)len >= size ? -ENAMETOOLONG : 0;
}

int file_link_base(const char *path, char *buf, size_t size)
{
	char target[PATH_MAX];
	const char *base;
	ssize_t len;

	len = readlink(path, target, sizeof(target) - 1);
	if (len < 0)
		return errno == EINVAL ? -ENOENT : -errno;
	target[len] = '\0';

	base = strrchr(target, '/');
	base = base ? base + 1 : target;
	if (strlen(base) >= size)
		return -ENAMETOOLONG;
	copy_name(buf, size, base);
	return 0;
}

int directory_each(const char *path, int (*each)(const char *name, void *context),
		   void *context)
{
	struct dirent *entry;
	int ret = 0;
	DIR *dir;

	dir = opendir(path);
	if (!dir)
		return -errno;
	while (!ret && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			ret = each(entry->d_name, context);
	closedir(dir);
	return ret;
}

void copy_name(char *dst, size_t size, const char *src)
{
	size_t len = strnlen(src, size - 1);

	memcpy(dst, src, len);
	dst[len] = '\0';
}

void *array_add(void *array, size_t *nr, size_t size)
{
	void **base = array;
	char *grown;

	/* Double at powers of two, so that @nr is all there is to remember. */
	if (!(*nr & (*nr - 1))) {
		grown = reallocarray(*base, *nr ? *nr * 2 : 1, size);
		if (!grown)
			return NULL;
		*base = grown;
	}

	grown = (char *)*base + *nr * size;
	memset(grown, 0, size);
	(*nr)++;
	return grown;
}
