/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: migration states
 *
 * The numbers of states and capabilities are those of the kernel's user API;
 * they are given here because the headers of older distributions lack some of
 * them.
 */
#ifndef PINSCOPE_MIGRATION_H
#define PINSCOPE_MIGRATION_H

#include <stddef.h>
#include <stdint.h>

#include <pinscope/device.h>

#ifdef __cplusplus
extern "C" {
#endif

/** PINSCOPE_MIGRATION_STOP_COPY - STOP, STOP_COPY and RESUMING are supported */
#define PINSCOPE_MIGRATION_STOP_COPY	(1u << 0)
/** PINSCOPE_MIGRATION_P2P - the P2P states are supported, too */
#define PINSCOPE_MIGRATION_P2P		(1u << 1)
/** PINSCOPE_MIGRATION_PRE_COPY - PRE_COPY is supported, too */
#define PINSCOPE_MIGRATION_PRE_COPY	(1u << 2)

/**
 * enum pinscope_migration_state - state of a device, numbered as enum
 * vfio_device_mig_state
 * @PINSCOPE_STATE_ERROR: the device failed and must be reset
 * @PINSCOPE_STATE_STOP: it does nothing
 * @PINSCOPE_STATE_RUNNING: it runs
 * @PINSCOPE_STATE_STOP_COPY: it does nothing, its state can be read
 * @PINSCOPE_STATE_RESUMING: it does nothing, its state can be written
 * @PINSCOPE_STATE_RUNNING_P2P: it runs without access to other devices
 * @PINSCOPE_STATE_PRE_COPY: it runs, its state can be read
 * @PINSCOPE_STATE_PRE_COPY_P2P: it runs without access to other devices, its
 *   state can be read
 * @PINSCOPE_STATE_NR: number of states
 */
enum pinscope_migration_state {
	PINSCOPE_STATE_ERROR = 0,
	PINSCOPE_STATE_STOP = 1,
	PINSCOPE_STATE_RUNNING = 2,
	PINSCOPE_STATE_STOP_COPY = 3,
	PINSCOPE_STATE_RESUMING = 4,
	PINSCOPE_STATE_RUNNING_P2P = 5,
	PINSCOPE_STATE_PRE_COPY = 6,
	PINSCOPE_STATE_PRE_COPY_P2P = 7,
	PINSCOPE_STATE_NR,
};

/**
 * struct pinscope_precopy_info - what remains to be read while a device runs
 * @initial_bytes: of the first copy
 * @dirty_bytes: of what changed since
 */
struct pinscope_precopy_info {
	uint64_t initial_bytes;
	uint64_t dirty_bytes;
};

/**
 * pinscope_migration_get_caps() - which states does a device support?
 * @device: handle
 * @caps: where to store PINSCOPE_MIGRATION_* bits
 *
 * Return: 0, or -ENOTTY if it cannot migrate.
 */
int pinscope_migration_get_caps(const struct pinscope_device *device, uint64_t *caps);

/**
 * pinscope_migration_get_state() - the state a device is in
 * @device: handle
 * @state: where to store it
 *
 * Return: 0, or -ENOTTY if it cannot migrate.
 */
int pinscope_migration_get_state(const struct pinscope_device *device,
				 enum pinscope_migration_state *state);

/**
 * pinscope_migration_set_state() - bring a device into a state
 * @device: handle
 * @state: which
 * @data_fd: where to store the descriptor of a data stream that begins with
 *   this state, else -1. The caller closes it. If NULL, a descriptor is closed
 *   at once.
 *
 * Return: 0, -ENOTTY if it cannot migrate, -EINVAL for a state it does not
 * support, or what the driver failed with; then the device may be in another
 * state than before.
 */
int pinscope_migration_set_state(struct pinscope_device *device,
				 enum pinscope_migration_state state, int *data_fd);

/**
 * pinscope_migration_get_data_size() - estimate the stream of STOP_COPY
 * @device: handle
 * @bytes: where to store the estimate
 *
 * Return: 0, or -ENOTTY if the device does not say.
 */
int pinscope_migration_get_data_size(const struct pinscope_device *device, uint64_t *bytes);

/**
 * pinscope_migration_get_precopy_info() - what remains to be read in PRE_COPY?
 * @data_fd: descriptor of the data stream
 * @out: filled on success
 *
 * Return: 0, or -EINVAL outside the PRE_COPY states.
 */
int pinscope_migration_get_precopy_info(int data_fd, struct pinscope_precopy_info *out);

/**
 * pinscope_migration_save() - read a device's stream to its end
 * @data_fd: descriptor of the data stream
 * @data: where to store the bytes; to be freed with free()
 * @len: where to store how many
 *
 * In PRE_COPY the end is a temporary one; what follows is read by calling this
 * again.
 *
 * Return: 0, -ENOMEM, or what reading failed with.
 */
int pinscope_migration_save(int data_fd, void **data, size_t *len);

/**
 * pinscope_migration_load() - write a device's stream
 * @data_fd: descriptor of the data stream of a device in RESUMING
 * @data: the bytes
 * @len: how many
 *
 * The device may accept the bytes here and refuse them when it leaves RESUMING.
 *
 * Return: 0, or what writing failed with.
 */
int pinscope_migration_load(int data_fd, const void *data, size_t len);

/**
 * pinscope_migration_state_name() - the name of a state
 * @state: the state
 *
 * Return: e.g. "PRE_COPY", or "?" for a number that is no state.
 */
const char *pinscope_migration_state_name(enum pinscope_migration_state state);

/**
 * pinscope_migration_state_parse() - the state of a name
 * @name: e.g. "PRE_COPY"; letter case and "-" for "_" do not matter
 * @state: where to store it
 *
 * Return: 0, or -EINVAL if no state has this name.
 */
int pinscope_migration_state_parse(const char *name, enum pinscope_migration_state *state);

#ifdef __cplusplus
}
#endif

#endif /* PINSCOPE_MIGRATION_H */
