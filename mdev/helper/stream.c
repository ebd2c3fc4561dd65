// SPDX-License-Identifier: GPL-2.0-only
/*
 * The migration stream: two records, each with a header that tells its magic,
 * version, type and length, and a checksum of all of it.
 *
 *   HELLO  name of the driver, so that a device of another kind refuses early;
 *          can be read in PRE_COPY
 *   STATE  registers, config space and windows; there once the device stopped
 *
 * Nothing of a stream is applied before all of it has been checked. A record is
 * checked by the write that completes it: HELLO while the device that is saved
 * still runs, STATE while it can still go on.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/anon_inodes.h>
#include <linux/crc32.h>
#include <linux/file.h>
#include <linux/iommu.h>
#include <linux/kref.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "internal.h"

#define STREAM_MAGIC	0x4d534350	/* "PCSM" */
#define STREAM_VERSION	1

enum { RECORD_HELLO = 1, RECORD_STATE = 2 };

struct pinscope_record {
	__le32 magic;
	__le16 version;
	__le16 type;
	__le32 length;		/* of what follows */
	__le32 crc;		/* of this header up to here and the rest */
} __packed;

struct pinscope_hello {
	char driver[32];
} __packed;

struct pinscope_state {
	__le64 iova;
	__le32 len;
	__le32 seed;
	__le32 status;
	__le32 result;
	__le32 nr_windows;
	__le32 intx_pending;
	u8 config[PINSCOPE_CONFIG_SIZE];
	struct {
		__le64 iova;
		__le32 len;
		__le32 flags;
	} __packed windows[];
} __packed;

#define WINDOW_READ_ONLY	BIT(0)

#define STREAM_MAX	(2 * sizeof(struct pinscope_record) + \
			 sizeof(struct pinscope_hello) + \
			 struct_size_t(struct pinscope_state, windows, \
				       PINSCOPE_WINDOWS_MAX))

/**
 * struct pinscope_stream - a stream, shared by the device and its file
 * @ref: one of the device, one of the file
 * @lock: protects all that follows; taken after the lock of a device
 * @saving: the user reads it, or else writes
 * @more: there is more to come, device is in PRE_COPY
 * @ended: the device is done with it, reads and writes fail
 * @overrun: the user has written more than a stream can be
 * @tells: the log, why it is refused
 * @refused: what is wrong with the stream, was logged; or 0
 * @state: the payload of STATE once it was checked; what follows it is too much
 * @size: bytes of @data that are there
 * @pos: bytes the user has read
 * @hello: name of the driver, what the stream must say
 * @device: name of the device, does not change
 * @data: the stream
 */
struct pinscope_stream {
	struct kref ref;
	struct mutex lock;	/* protects all that follows */
	bool saving;
	bool more;
	bool ended;
	bool overrun;
	bool tells;
	int refused;
	const struct pinscope_state *state;
	size_t size;
	size_t pos;
	struct pinscope_hello hello;
	char device[40];
	u8 data[STREAM_MAX];
};

static void pinscope_stream_release(struct kref *ref)
{
	struct pinscope_stream *stream;

	stream = container_of(ref, struct pinscope_stream, ref);
	mutex_destroy(&stream->lock);
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
	mutex_init(&stream->lock);
	stream->saving = saving;
	strscpy_pad(stream->hello.driver, pd->vdev.ops->name);
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

static u32 pinscope_record_crc(const struct pinscope_record *record,
			       const void *payload, size_t length)
{
	u32 crc;

	crc = crc32_le(~0, (const u8 *)record,
		       offsetof(struct pinscope_record, crc));
	return ~crc32_le(crc, payload, length);
}

/* The payload stands behind the header's place already */
static void pinscope_record_close(struct pinscope_stream *stream, u16 type,
				  size_t length)
{
	struct pinscope_record *record = (void *)stream->data + stream->size;

	record->magic = cpu_to_le32(STREAM_MAGIC);
	record->version = cpu_to_le16(STREAM_VERSION);
	record->type = cpu_to_le16(type);
	record->length = cpu_to_le32(length);
	record->crc = cpu_to_le32(pinscope_record_crc(record, record + 1,
						      length));
	stream->size += sizeof(*record) + length;
}

static size_t pinscope_state_size(const struct pinscope_device *pd)
{
	return struct_size_t(struct pinscope_state, windows, pd->nr_windows);
}

/* An estimate of what STOP_COPY will give */
unsigned long pinscope_stream_size(struct pinscope_device *pd)
{
	return sizeof(struct pinscope_record) + sizeof(struct pinscope_hello) +
	       sizeof(struct pinscope_record) + pinscope_state_size(pd);
}

static void pinscope_stream_put_state(struct pinscope_device *pd,
				      struct pinscope_stream *stream)
{
	struct pinscope_state *state;
	struct pinscope_window *window;
	unsigned int i = 0;

	state = (void *)stream->data + stream->size +
		sizeof(struct pinscope_record);
	state->iova = cpu_to_le64(pd->iova);
	state->len = cpu_to_le32(pd->len);
	state->seed = cpu_to_le32(pd->seed);
	state->status = cpu_to_le32(pd->status);
	state->result = cpu_to_le32(pd->result);
	state->nr_windows = cpu_to_le32(pd->nr_windows);
	state->intx_pending = cpu_to_le32(pd->intx_pending);
	memset(state->config, 0, sizeof(state->config));
	pinscope_config_copy_state(state->config, pd->config);
	list_for_each_entry(window, &pd->windows, next) {
		state->windows[i].iova = cpu_to_le64(window->iova);
		state->windows[i].len = cpu_to_le32(window->len);
		state->windows[i].flags = window->prot & IOMMU_WRITE ?
					  0 : cpu_to_le32(WINDOW_READ_ONLY);
		i++;
	}
	pinscope_record_close(stream, RECORD_STATE, pinscope_state_size(pd));
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

	memcpy(stream->data + sizeof(struct pinscope_record), &stream->hello,
	       sizeof(stream->hello));
	pinscope_record_close(stream, RECORD_HELLO, sizeof(stream->hello));
	stream->more = true;
	if (!precopy)
		pinscope_stream_put_state(pd, stream);
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
		pinscope_stream_put_state(pd, stream);
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

/*
 * Checks the record at @pos and moves that behind it. Return: its payload, or
 * an ERR_PTR(): -EPROTO if it is not a record of this kind and version, -EBADMSG
 * if it is cut off or damaged.
 */
static void *pinscope_record_open(struct pinscope_stream *stream, size_t *pos,
				  u16 type, size_t *length)
{
	struct pinscope_record *record = (void *)stream->data + *pos;
	size_t left = stream->size - *pos;

	if (left < sizeof(*record))
		return ERR_PTR(-EBADMSG);
	if (le32_to_cpu(record->magic) != STREAM_MAGIC ||
	    le16_to_cpu(record->version) != STREAM_VERSION ||
	    le16_to_cpu(record->type) != type)
		return ERR_PTR(-EPROTO);

	*length = le32_to_cpu(record->length);
	if (*length > left - sizeof(*record))
		return ERR_PTR(-EBADMSG);
	if (le32_to_cpu(record->crc) !=
	    pinscope_record_crc(record, record + 1, *length))
		return ERR_PTR(-EBADMSG);

	*pos += sizeof(*record) + *length;
	return record + 1;
}

static int pinscope_stream_check_hello(struct pinscope_stream *stream,
				       size_t *pos)
{
	struct pinscope_hello *hello;
	size_t length;

	hello = pinscope_record_open(stream, pos, RECORD_HELLO, &length);
	if (IS_ERR(hello))
		return PTR_ERR(hello);
	if (length != sizeof(*hello))
		return -EBADMSG;
	/* A device of another driver, or another kind */
	if (memcmp(hello, &stream->hello, sizeof(*hello)))
		return -ENODEV;
	return 0;
}

/* The log says once why a migration ends here */
static int pinscope_stream_refuse(struct pinscope_stream *stream, int ret)
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
			stream->device, STREAM_VERSION);
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

static bool pinscope_state_overlaps(const struct pinscope_state *state, u32 i,
				    u64 iova, u32 len)
{
	u64 start = le64_to_cpu(state->windows[i].iova);

	return iova < start + le32_to_cpu(state->windows[i].len) &&
	       start < iova + len;
}

static int pinscope_state_check(const struct pinscope_state *state,
				size_t length)
{
	u32 valid = PINSCOPE_STATUS_DONE | PINSCOPE_STATUS_ERROR |
		    PINSCOPE_STATUS_ERRNO;
	u32 i, j, nr, len;
	u64 iova;

	if (length < sizeof(*state))
		return -EBADMSG;
	nr = le32_to_cpu(state->nr_windows);
	if (nr > PINSCOPE_WINDOWS_MAX ||
	    length != struct_size(state, windows, nr))
		return -EBADMSG;
	if (le32_to_cpu(state->status) & ~valid ||
	    le32_to_cpu(state->intx_pending) > 1)
		return -EBADMSG;

	if (!pinscope_config_valid(state->config))
		return -EBADMSG;

	for (i = 0; i < nr; i++) {
		iova = le64_to_cpu(state->windows[i].iova);
		len = le32_to_cpu(state->windows[i].len);
		if (le32_to_cpu(state->windows[i].flags) & ~WINDOW_READ_ONLY ||
		    pinscope_range_check(iova, len))
			return -EBADMSG;
		for (j = 0; j < i; j++)
			if (pinscope_state_overlaps(state, j, iova, len))
				return -EBADMSG;
	}
	return 0;
}

/* Is the record at @pos there, as far as its header can be believed? */
static bool pinscope_record_is_there(const struct pinscope_stream *stream,
				     size_t pos)
{
	const struct pinscope_record *record = (void *)stream->data + pos;
	size_t left = stream->size - pos, length;

	if (left < sizeof(*record))
		return false;
	length = le32_to_cpu(record->length);
	return left - sizeof(*record) >= length ||
	       sizeof(stream->data) - pos - sizeof(*record) < length;
}

/* Looks at what has come, up to the last record that is complete */
static int pinscope_stream_check(struct pinscope_stream *stream)
{
	const struct pinscope_state *state;
	size_t pos = 0, length;
	int ret;

	/* The user has been told that this is all */
	if (stream->state)
		return -EBADMSG;
	if (!pinscope_record_is_there(stream, pos))
		return 0;
	ret = pinscope_stream_check_hello(stream, &pos);
	if (ret || !pinscope_record_is_there(stream, pos))
		return ret;

	state = pinscope_record_open(stream, &pos, RECORD_STATE, &length);
	if (IS_ERR(state))
		return PTR_ERR(state);
	if (pos != stream->size)
		return -EBADMSG;
	ret = pinscope_state_check(state, length);
	if (!ret)
		stream->state = state;
	return ret;
}

static int pinscope_state_apply(struct pinscope_device *pd,
				const struct pinscope_state *state)
{
	int ret, prot;
	u32 i;

	/* The one step that may fail, as a driver may have to pin */
	pinscope_windows_drop(pd);
	for (i = 0; i < le32_to_cpu(state->nr_windows); i++) {
		prot = IOMMU_READ;
		if (!(le32_to_cpu(state->windows[i].flags) & WINDOW_READ_ONLY))
			prot |= IOMMU_WRITE;
		ret = pinscope_window_add(pd,
					  le64_to_cpu(state->windows[i].iova),
					  le32_to_cpu(state->windows[i].len),
					  prot);
		if (ret) {
			pinscope_windows_drop(pd);
			return ret;
		}
	}

	pd->iova = le64_to_cpu(state->iova);
	pd->len = le32_to_cpu(state->len);
	pd->seed = le32_to_cpu(state->seed);
	pd->status = le32_to_cpu(state->status);
	pd->result = le32_to_cpu(state->result);
	pd->intx_pending = le32_to_cpu(state->intx_pending);
	pinscope_config_copy_state(pd->config, state->config);
	pinscope_irq_intx_update(pd);
	return 0;
}

/**
 * pinscope_stream_load() - make a device what a stream says
 * @pd: device, locked
 * @stream: from pinscope_stream_resume(), written by the user
 *
 * Return: 0, -EPROTO if it is not a stream of this version, -ENODEV if it is of
 * another kind of device, -EBADMSG if it is cut off, too long or damaged, or
 * what a window could not be registered for.
 */
int pinscope_stream_load(struct pinscope_device *pd,
			 struct pinscope_stream *stream)
{
	int ret;

	mutex_lock(&stream->lock);
	ret = stream->refused;
	if (!ret && (stream->overrun || !stream->state))
		ret = -EBADMSG;
	if (!ret)
		ret = pinscope_state_apply(pd, stream->state);
	if (ret)
		ret = pinscope_stream_refuse(stream, ret);
	mutex_unlock(&stream->lock);
	return ret;
}

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
