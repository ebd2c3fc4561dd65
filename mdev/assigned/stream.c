// SPDX-License-Identifier: GPL-2.0-only
/*
 * The migration stream: who it is from, which can be read in PRE_COPY so that another
 * kind of device refuses early; then the state of the function, once that has
 * stopped; and a checksum of both. All of it is checked before any of it is used.
 */

#include <linux/anon_inodes.h>
#include <linux/cleanup.h>
#include <linux/crc32.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

#include "stream.h"

#define STREAM_MAGIC	0x41534350	/* "PCSA" */
#define STREAM_VERSION	1

void assigned_stream_release(struct kref *ref)
{
	struct assigned_stream *stream =
		container_of(ref, struct assigned_stream, ref);

	mutex_destroy(&stream->lock);
	mutex_destroy(&stream->io_lock);
	kfree(stream);
}

static const struct assigned_hello assigned_hello = {
	.magic = cpu_to_le32(STREAM_MAGIC),
	.version = cpu_to_le32(STREAM_VERSION),
	.function = cpu_to_le32(EDU_VENDOR_ID | EDU_DEVICE_ID << 16),
	.length = cpu_to_le32(sizeof(struct assigned_hw_state)),
};

static u32 assigned_image_crc(const struct assigned_image *image)
{
	return ~crc32_le(~0, (const u8 *)image,
			 offsetof(struct assigned_image, crc));
}

/* Is it from another kind of device, or another version, as far as it has come? */
bool assigned_stream_is_foreign(const struct assigned_stream *stream)
{
	return stream->size >= sizeof(assigned_hello) &&
	       memcmp(&stream->image.hello, &assigned_hello,
		      sizeof(assigned_hello));
}

static struct file *
assigned_stream_open(struct assigned_stream **place, const char *name,
		     const struct file_operations *fops, int flags)
{
	struct assigned_stream *stream;
	struct file *file;

	stream = kzalloc(sizeof(*stream), GFP_KERNEL_ACCOUNT);
	if (!stream)
		return ERR_PTR(-ENOMEM);
	kref_init(&stream->ref);
	mutex_init(&stream->io_lock);
	mutex_init(&stream->lock);

	file = anon_inode_getfile(name, fops, stream, flags);
	if (IS_ERR(file)) {
		kref_put(&stream->ref, assigned_stream_release);
		return file;
	}
	stream_open(file_inode(file), file);
	kref_get(&stream->ref);
	*place = stream;
	return file;
}

/**
 * assigned_stream_save() - begin to save a device
 * @place: gets the stream, for assigned_stream_end(); unchanged on failure
 * @precopy: the device runs, the state comes later
 *
 * The user sees who it is from; the rest with assigned_stream_complete().
 *
 * Context: Process context, with the lock of the device.
 * Return: the file to read, or an ERR_PTR().
 */
struct file *assigned_stream_save(struct assigned_stream **place, bool precopy)
{
	struct assigned_stream *stream;
	struct file *file;

	file = assigned_stream_open(&stream, "pinscope-assigned-save",
				    &assigned_save_fops, O_RDONLY);
	if (IS_ERR(file))
		return file;
	stream->image.hello = assigned_hello;
	stream->size = sizeof(stream->image.hello);
	stream->more = precopy;
	*place = stream;
	return file;
}

/**
 * assigned_stream_resume() - begin to load a device
 * @place: gets the stream, for assigned_stream_end(); unchanged on failure
 *
 * Context: Process context, with the lock of the device.
 * Return: the file to write, or an ERR_PTR().
 */
struct file *assigned_stream_resume(struct assigned_stream **place)
{
	return assigned_stream_open(place, "pinscope-assigned-resume",
				    &assigned_resume_fops, O_WRONLY);
}

/**
 * assigned_stream_state() - the state in a stream
 * @stream: one that is being saved, before it is complete, or one that was checked
 *
 * Context: Process context, with the lock of the device.
 * Return: the state, to be filled or read.
 */
struct assigned_hw_state *assigned_stream_state(struct assigned_stream *stream)
{
	return &stream->image.state;
}

/**
 * assigned_stream_complete() - the state is there
 * @stream: one that is being saved
 *
 * Context: Process context, with the lock of the device.
 * Return: 0, or -EIO if it was before.
 */
int assigned_stream_complete(struct assigned_stream *stream)
{
	guard(mutex)(&stream->lock);
	if (stream->size == sizeof(stream->image))
		return -EIO;
	stream->image.crc = cpu_to_le32(assigned_image_crc(&stream->image));
	stream->size = sizeof(stream->image);
	stream->more = false;
	return 0;
}

/**
 * assigned_stream_check() - the user has written all, is it good?
 * @stream: one that is being loaded; nothing more can be written
 *
 * Context: Process context, with the lock of the device.
 * Return: 0; -EPROTO if it is not of this version, or another kind of device;
 * -EBADMSG if it is cut off or damaged.
 */
int assigned_stream_check(struct assigned_stream *stream)
{
	struct assigned_image *image = &stream->image;

	guard(mutex)(&stream->lock);
	stream->ended = true;
	if (assigned_stream_is_foreign(stream))
		return -EPROTO;
	if (stream->size != sizeof(*image) ||
	    le32_to_cpu(image->crc) != assigned_image_crc(image))
		return -EBADMSG;
	return 0;
}

/**
 * assigned_stream_end() - the device is done with a stream
 * @place: where it is, or NULL is
 *
 * What the user still has of it can be closed only.
 *
 * Context: Process context, with the lock of the device.
 */
void assigned_stream_end(struct assigned_stream **place)
{
	struct assigned_stream *stream = *place;

	if (!stream)
		return;
	scoped_guard(mutex, &stream->lock)
		stream->ended = true;
	kref_put(&stream->ref, assigned_stream_release);
	*place = NULL;
}
