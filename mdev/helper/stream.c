// SPDX-License-Identifier: GPL-2.0-only
/*
 * Migration streams: what is saved of a device, or to be loaded. What is in them is
 * told in image.c, and how the user gets at them in stream_file.c.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cleanup.h>
#include <linux/slab.h>

#include "stream.h"

void pinscope_stream_release(struct kref *ref)
{
	struct pinscope_stream *stream;

	stream = container_of(ref, struct pinscope_stream, ref);
	mutex_destroy(&stream->lock);
	mutex_destroy(&stream->io_lock);
	kvfree(stream);
}

static struct pinscope_stream *pinscope_stream_alloc(struct pinscope_device *pd,
						     bool saving)
{
	struct pinscope_stream *stream;

	stream = kvzalloc(sizeof(*stream), GFP_KERNEL_ACCOUNT);
	if (!stream)
		return ERR_PTR(-ENOMEM);

	kref_init(&stream->ref);
	mutex_init(&stream->io_lock);
	mutex_init(&stream->lock);
	stream->saving = saving;
	pinscope_snapshot_hello(pd, &stream->hello);
	strscpy(stream->device, dev_name(pd->vdev.dev));
	return stream;
}

/**
 * pinscope_stream_end() - end what the user can read or write
 * @stream: stream, may be NULL; not the caller's any more
 */
void pinscope_stream_end(struct pinscope_stream *stream)
{
	if (!stream)
		return;

	mutex_lock(&stream->lock);
	stream->ended = true;
	mutex_unlock(&stream->lock);
	kref_put(&stream->ref, pinscope_stream_release);
}

static void pinscope_stream_put_rest(struct pinscope_device *pd,
				     struct pinscope_stream *stream)
{
	pinscope_snapshot_put(pd, stream->data, &stream->size);
	stream->more = false;
}

/**
 * pinscope_stream_save() - begin to save a device
 * @pd: device, locked
 * @precopy: it still runs, what changes comes with pinscope_stream_save_rest()
 *
 * Return: the stream, with a reference of the device, or an ERR_PTR().
 */
struct pinscope_stream *pinscope_stream_save(struct pinscope_device *pd,
					     bool precopy)
{
	struct pinscope_stream *stream;

	stream = pinscope_stream_alloc(pd, true);
	if (IS_ERR(stream))
		return stream;

	pinscope_snapshot_put_hello(stream->data, &stream->size,
				    &stream->hello);
	stream->more = true;
	if (!precopy)
		pinscope_stream_put_rest(pd, stream);
	return stream;
}

/**
 * pinscope_stream_save_rest() - the device has stopped, save what it has
 * @pd: device, locked
 * @stream: from pinscope_stream_save() with precopy
 *
 * Return: 0, or -EIO if @stream has it already.
 */
int pinscope_stream_save_rest(struct pinscope_device *pd,
			      struct pinscope_stream *stream)
{
	int ret = -EIO;

	mutex_lock(&stream->lock);
	if (stream->more) {
		pinscope_stream_put_rest(pd, stream);
		ret = 0;
	}
	mutex_unlock(&stream->lock);
	return ret;
}

/**
 * pinscope_stream_resume() - begin to load a device
 * @pd: device, locked
 *
 * Return: an empty stream for the user to fill, or an ERR_PTR().
 */
struct pinscope_stream *pinscope_stream_resume(struct pinscope_device *pd)
{
	struct pinscope_stream *stream = pinscope_stream_alloc(pd, false);

	/* A user may have any number of them refused; leave it at a few lines */
	if (!IS_ERR(stream))
		stream->tells = __ratelimit(&pd->refused_limit);
	return stream;
}

/* The log says once why a migration ends here */
int pinscope_stream_refuse(struct pinscope_stream *stream, int ret)
{
	const struct pinscope_record *record = (void *)stream->data;
	const struct pinscope_hello *hello = (void *)(record + 1);

	if (stream->refused)
		return stream->refused;
	stream->refused = ret;
	if (!stream->tells)
		return ret;

	switch (ret) {
	case -ENODEV:
		pr_warn("%s: migration refused: this is a device of %s, not of %*pE\n",
			stream->device, stream->hello.driver,
			(int)strnlen(hello->driver, sizeof(hello->driver)),
			hello->driver);
		break;
	case -EPROTO:
		pr_warn("%s: migration refused: not a stream of version %u\n",
			stream->device, PINSCOPE_STREAM_VERSION);
		break;
	case -EBADMSG:
		pr_warn("%s: migration refused: the stream is damaged\n",
			stream->device);
		break;
	default:
		pr_warn("%s: migration refused: a window cannot be registered (%pe)\n",
			stream->device, ERR_PTR(ret));
	}
	return ret;
}

/* Looks at what has come, up to the last record that is complete */
int pinscope_stream_check(struct pinscope_stream *stream)
{
	/* The user has been told that this is all */
	if (stream->image.state)
		return -EBADMSG;
	return pinscope_image_check(stream->data, stream->size, &stream->hello,
				    &stream->image);
}

/* Nothing more can be written, so what was checked stays as it is without the lock */
static int pinscope_stream_complete(struct pinscope_stream *stream)
{
	guard(mutex)(&stream->lock);
	stream->ended = true;
	if (stream->refused)
		return stream->refused;
	return stream->overrun || !stream->image.state ? -EBADMSG : 0;
}

/**
 * pinscope_stream_load() - make a device what a stream says
 * @pd: device, locked
 * @stream: from pinscope_stream_resume(), written by the user
 *
 * The driver may have to pin, which waits for the user; whoever still writes does not
 * wait for that.
 *
 * Return: 0, -EPROTO if it is not a stream of this version, -ENODEV if it is of
 * another kind of device, -EBADMSG if it is cut off, too long or damaged, or
 * what a window could not be registered for.
 */
int pinscope_stream_load(struct pinscope_device *pd,
			 struct pinscope_stream *stream)
{
	int ret;

	ret = pinscope_stream_complete(stream) ?:
	      pinscope_snapshot_apply(pd, &stream->image);
	if (!ret)
		return 0;

	guard(mutex)(&stream->lock);
	return pinscope_stream_refuse(stream, ret);
}
