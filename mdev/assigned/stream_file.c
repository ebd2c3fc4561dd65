// SPDX-License-Identifier: GPL-2.0-only
/* The files of a migration: one the user reads, or one that he writes */

#include <linux/cleanup.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

#include "stream.h"

/* What can be read now, or the errno that says why not */
static ssize_t assigned_stream_there(struct assigned_stream *stream)
{
	guard(mutex)(&stream->lock);
	if (stream->ended)
		return -ENODEV;
	/* No data now, or no data any more */
	if (stream->pos == stream->size)
		return stream->more ? -ENOMSG : 0;
	return stream->size - stream->pos;
}

static ssize_t assigned_stream_read(struct file *file, char __user *buf,
				    size_t count, loff_t *ppos)
{
	struct assigned_stream *stream = file->private_data;
	ssize_t ret;

	if (ppos)
		return -ESPIPE;
	if (mutex_lock_killable(&stream->io_lock))
		return -EINTR;

	ret = assigned_stream_there(stream);
	if (ret > 0) {
		/* What is there stays as it is, so nobody waits for the user */
		ret = min_t(size_t, count, ret);
		if (copy_to_user(buf, (u8 *)&stream->image + stream->pos, ret))
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
static ssize_t assigned_stream_takes(struct assigned_stream *stream,
				     size_t count)
{
	guard(mutex)(&stream->lock);
	if (stream->ended)
		return -ENODEV;
	return count > sizeof(stream->image) - stream->size ? -EFBIG : count;
}

/* What is wrong is told as soon as it is there, while the other side can go on */
static ssize_t assigned_stream_taken(struct assigned_stream *stream,
				     size_t count)
{
	guard(mutex)(&stream->lock);
	if (stream->ended)
		return -ENODEV;
	stream->size += count;
	return assigned_stream_is_foreign(stream) ? -EPROTO : count;
}

static ssize_t assigned_stream_write(struct file *file, const char __user *buf,
				     size_t count, loff_t *ppos)
{
	struct assigned_stream *stream = file->private_data;
	ssize_t ret;

	if (ppos)
		return -ESPIPE;
	if (mutex_lock_killable(&stream->io_lock))
		return -EINTR;

	ret = assigned_stream_takes(stream, count);
	/* Behind what counts, so nobody waits for the user */
	if (ret > 0 &&
	    copy_from_user((u8 *)&stream->image + stream->size, buf, count))
		ret = -EFAULT;
	if (ret > 0)
		ret = assigned_stream_taken(stream, count);
	mutex_unlock(&stream->io_lock);
	return ret;
}

static long assigned_stream_ioctl(struct file *file, unsigned int cmd,
				  unsigned long arg)
{
	unsigned long minsz = offsetofend(struct vfio_precopy_info,
					  dirty_bytes);
	struct assigned_stream *stream = file->private_data;
	struct vfio_precopy_info info = {};

	if (cmd != VFIO_MIG_GET_PRECOPY_INFO)
		return -ENOTTY;
	if (copy_from_user(&info, (void __user *)arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz)
		return -EINVAL;

	scoped_guard(mutex, &stream->lock) {
		if (stream->ended)
			return -ENODEV;
		if (!stream->more)
			return -EINVAL;
		info.flags = 0;
		info.dirty_bytes = 0;
		info.initial_bytes = stream->size - stream->pos;
	}
	return copy_to_user((void __user *)arg, &info, minsz) ? -EFAULT : 0;
}

static int assigned_stream_close(struct inode *inode, struct file *file)
{
	struct assigned_stream *stream = file->private_data;

	kref_put(&stream->ref, assigned_stream_release);
	return 0;
}

const struct file_operations assigned_save_fops = {
	.owner = THIS_MODULE,
	.read = assigned_stream_read,
	.unlocked_ioctl = assigned_stream_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = assigned_stream_close,
};

const struct file_operations assigned_resume_fops = {
	.owner = THIS_MODULE,
	.write = assigned_stream_write,
	.release = assigned_stream_close,
};
