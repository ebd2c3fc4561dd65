// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files of a migration: one that the user reads what is saved from, or one that
 * he writes what is to be loaded to. A record is checked by the write that completes
 * it: HELLO while the device that is saved still runs, STATE while it can still go
 * on.
 */

#include <linux/anon_inodes.h>
#include <linux/cleanup.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "stream.h"

/* What can be read now, or the errno that says why not */
static ssize_t pinscope_stream_there(struct pinscope_stream *stream)
{
	guard(mutex)(&stream->lock);
	if (stream->ended)
		return -ENODEV;
	/* No data now, or no data any more */
	if (stream->pos == stream->size)
		return stream->more ? -ENOMSG : 0;
	return stream->size - stream->pos;
}

static ssize_t pinscope_stream_read(struct file *file, char __user *buf,
				    size_t count, loff_t *ppos)
{
	struct pinscope_stream *stream = file->private_data;
	ssize_t ret;

	if (ppos)
		return -ESPIPE;
	if (mutex_lock_killable(&stream->io_lock))
		return -EINTR;

	ret = pinscope_stream_there(stream);
	if (ret > 0) {
		/* What is there stays as it is, so nobody waits for the user */
		ret = min_t(size_t, count, ret);
		if (copy_to_user(buf, stream->data + stream->pos, ret))
			ret = -EFAULT;
	}
	if (ret > 0) {
		scoped_guard(mutex, &stream->lock)
			stream->pos += ret;
	}
	mutex_unlock(&stream->io_lock);
	return ret;
}

/* How many of @count bytes are taken, or the errno that says why none is */
static ssize_t pinscope_stream_takes(struct pinscope_stream *stream,
				     size_t count)
{
	guard(mutex)(&stream->lock);
	if (stream->ended)
		return -ENODEV;
	if (stream->refused)
		return stream->refused;
	if (stream->overrun || count > sizeof(stream->data) - stream->size) {
		/* Part is missing now, what is here must not pass for a stream */
		stream->overrun = true;
		return -EFBIG;
	}
	return count;
}

static ssize_t pinscope_stream_taken(struct pinscope_stream *stream,
				     size_t count)
{
	int ret;

	guard(mutex)(&stream->lock);
	/* The device has looked at what was there before */
	if (stream->ended || stream->refused)
		return stream->ended ? -ENODEV : stream->refused;
	stream->size += count;
	ret = pinscope_stream_check(stream);
	return ret ? pinscope_stream_refuse(stream, ret) : count;
}

static ssize_t pinscope_stream_write(struct file *file, const char __user *buf,
				     size_t count, loff_t *ppos)
{
	struct pinscope_stream *stream = file->private_data;
	ssize_t ret;

	if (ppos)
		return -ESPIPE;
	if (mutex_lock_killable(&stream->io_lock))
		return -EINTR;

	ret = pinscope_stream_takes(stream, count);
	/* Behind what counts, so nobody waits for the user */
	if (ret > 0 && copy_from_user(stream->data + stream->size, buf, count))
		ret = -EFAULT;
	if (ret > 0)
		ret = pinscope_stream_taken(stream, count);
	mutex_unlock(&stream->io_lock);
	return ret;
}

static long pinscope_stream_ioctl(struct file *file, unsigned int cmd,
				  unsigned long arg)
{
	unsigned long minsz = offsetofend(struct vfio_precopy_info,
					  dirty_bytes);
	struct pinscope_stream *stream = file->private_data;
	struct vfio_precopy_info info;
	int ret = 0;

	if (cmd != VFIO_MIG_GET_PRECOPY_INFO)
		return -ENOTTY;
	if (copy_from_user(&info, (void __user *)arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz)
		return -EINVAL;

	mutex_lock(&stream->lock);
	if (stream->ended)
		ret = -ENODEV;
	else if (!stream->more)
		ret = -EINVAL;
	info.flags = 0;
	info.initial_bytes = stream->size - stream->pos;
	info.dirty_bytes = 0;
	mutex_unlock(&stream->lock);

	if (ret)
		return ret;
	return copy_to_user((void __user *)arg, &info, minsz) ? -EFAULT : 0;
}

static int pinscope_stream_close(struct inode *inode, struct file *file)
{
	struct pinscope_stream *stream = file->private_data;

	kref_put(&stream->ref, pinscope_stream_release);
	return 0;
}

static const struct file_operations pinscope_save_fops = {
	.owner = THIS_MODULE,
	.read = pinscope_stream_read,
	.unlocked_ioctl = pinscope_stream_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = pinscope_stream_close,
};

static const struct file_operations pinscope_resume_fops = {
	.owner = THIS_MODULE,
	.write = pinscope_stream_write,
	.release = pinscope_stream_close,
};

/**
 * pinscope_stream_file() - the user's end of a stream
 * @stream: stream
 *
 * Return: a new file with a reference of its own on @stream, or an ERR_PTR().
 */
struct file *pinscope_stream_file(struct pinscope_stream *stream)
{
	struct file *file;

	if (stream->saving)
		file = anon_inode_getfile("pinscope-save", &pinscope_save_fops,
					  stream, O_RDONLY);
	else
		file = anon_inode_getfile("pinscope-resume",
					  &pinscope_resume_fops, stream,
					  O_WRONLY);
	if (IS_ERR(file))
		return file;

	stream_open(file_inode(file), file);
	kref_get(&stream->ref);
	return file;
}
