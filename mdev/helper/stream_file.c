// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files of a migration: one that the user reads what is saved from, or one that
 * he writes what is to be loaded to. A record is checked by the write that completes
 * it: HELLO while the device that is saved still runs, STATE while it can still go
 * on.
 */

#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "stream.h"

static ssize_t pinscope_stream_read(struct file *file, char __user *buf,
				    size_t count, loff_t *ppos)
{
	struct pinscope_stream *stream = file->private_data;
	ssize_t ret;

	if (ppos)
		return -ESPIPE;

	mutex_lock(&stream->lock);
	if (stream->ended) {
		ret = -ENODEV;
		goto out;
	}
	count = min(count, stream->size - stream->pos);
	if (!count) {
		/* No data now, or no data any more */
		ret = stream->more ? -ENOMSG : 0;
		goto out;
	}
	if (copy_to_user(buf, stream->data + stream->pos, count)) {
		ret = -EFAULT;
		goto out;
	}
	stream->pos += count;
	ret = count;
out:
	mutex_unlock(&stream->lock);
	return ret;
}

static ssize_t pinscope_stream_write(struct file *file, const char __user *buf,
				     size_t count, loff_t *ppos)
{
	struct pinscope_stream *stream = file->private_data;
	ssize_t ret;
	int err;

	if (ppos)
		return -ESPIPE;

	mutex_lock(&stream->lock);
	if (stream->ended)
		ret = -ENODEV;
	else if (stream->refused)
		ret = stream->refused;
	else if (stream->overrun ||
		 count > sizeof(stream->data) - stream->size)
		ret = -EFBIG;
	else if (copy_from_user(stream->data + stream->size, buf, count))
		ret = -EFAULT;
	else
		ret = count;
	if (ret > 0)
		stream->size += ret;
	/* Part of a stream is missing now, what is here must not pass for it */
	if (ret == -EFBIG)
		stream->overrun = true;
	if (ret > 0) {
		err = pinscope_stream_check(stream);
		if (err)
			ret = pinscope_stream_refuse(stream, err);
	}
	mutex_unlock(&stream->lock);
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
