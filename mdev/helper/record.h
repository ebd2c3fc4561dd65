/* SPDX-License-Identifier: GPL-2.0-only */
/* Records of a migration stream: see record.c */
#ifndef PINSCOPE_RECORD_H
#define PINSCOPE_RECORD_H

#include <linux/types.h>

#define PINSCOPE_STREAM_VERSION	1

enum pinscope_record_type {
	PINSCOPE_RECORD_HELLO = 1,
	PINSCOPE_RECORD_STATE = 2,
	PINSCOPE_RECORD_DMA = 3,
};

/* The head of a record; its payload follows */
struct pinscope_record {
	__le32 magic;
	__le16 version;
	__le16 type;
	__le32 length;		/* of what follows */
	__le32 crc;		/* of this header up to here and the rest */
} __packed;

void pinscope_record_close(u8 *data, size_t *size, u16 type, size_t length);
bool pinscope_record_is(const u8 *data, size_t size, size_t pos, u16 type);
bool pinscope_record_is_there(const u8 *data, size_t size, size_t pos,
			      size_t max);
const void *pinscope_record_open(const u8 *data, size_t size, size_t *pos,
				 u16 type, size_t *length);

#endif /* PINSCOPE_RECORD_H */
