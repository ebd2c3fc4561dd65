// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records of a migration stream, each with a header that tells its magic, version,
 * type and length, and a checksum of all of it.
 */

#include <asm/byteorder.h>
#include <linux/crc32.h>
#include <linux/err.h>
#include <linux/stddef.h>

#include "record.h"

#define RECORD_MAGIC	0x4d534350	/* "PCSM" */

static u32 record_crc(const struct pinscope_record *record, const void *payload,
		      size_t length)
{
	u32 crc;

	crc = crc32_le(~0, (const u8 *)record,
		       offsetof(struct pinscope_record, crc));
	return ~crc32_le(crc, payload, length);
}

/* The payload stands behind the header's place, at @size, already */
void pinscope_record_close(u8 *data, size_t *size, u16 type, size_t length)
{
	struct pinscope_record *record = (void *)data + *size;

	record->magic = cpu_to_le32(RECORD_MAGIC);
	record->version = cpu_to_le16(PINSCOPE_STREAM_VERSION);
	record->type = cpu_to_le16(type);
	record->length = cpu_to_le32(length);
	record->crc = cpu_to_le32(record_crc(record, record + 1, length));
	*size += sizeof(*record) + length;
}

/* Does a record at @pos say that it is of this type? */
bool pinscope_record_is(const u8 *data, size_t size, size_t pos, u16 type)
{
	const struct pinscope_record *record = (void *)data + pos;

	return size - pos >= sizeof(*record) &&
	       le16_to_cpu(record->type) == type;
}

/*
 * Is the record at @pos there, as far as its header can be believed? One that is
 * longer than a stream can be is, as nobody needs to wait for it.
 */
bool pinscope_record_is_there(const u8 *data, size_t size, size_t pos,
			      size_t max)
{
	const struct pinscope_record *record = (void *)data + pos;
	size_t left = size - pos, length;

	if (left < sizeof(*record))
		return false;
	length = le32_to_cpu(record->length);
	return left - sizeof(*record) >= length ||
	       max - pos - sizeof(*record) < length;
}

/*
 * Checks the record at @pos and moves that behind it. Return: its payload, or
 * an ERR_PTR(): -EPROTO if it is not a record of this kind and version, -EBADMSG
 * if it is cut off or damaged.
 */
const void *pinscope_record_open(const u8 *data, size_t size, size_t *pos,
				 u16 type, size_t *length)
{
	const struct pinscope_record *record = (void *)data + *pos;
	size_t left = size - *pos;

	if (left < sizeof(*record))
		return ERR_PTR(-EBADMSG);
	if (le32_to_cpu(record->magic) != RECORD_MAGIC ||
	    le16_to_cpu(record->version) != PINSCOPE_STREAM_VERSION ||
	    le16_to_cpu(record->type) != type)
		return ERR_PTR(-EPROTO);

	*length = le32_to_cpu(record->length);
	if (*length > left - sizeof(*record))
		return ERR_PTR(-EBADMSG);
	if (le32_to_cpu(record->crc) !=
	    record_crc(record, record + 1, *length))
		return ERR_PTR(-EBADMSG);

	*pos += sizeof(*record) + *length;
	return record + 1;
}
