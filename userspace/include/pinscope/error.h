/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: libpinscope: the contract of every function
 *
 * - A function that can fail returns 0, or a negative errno. It never returns
 *   -1 and never relies on the global errno. Results are stored through
 *   pointers, and only on success.
 * - When an ioctl fails, the return value is minus the errno of that ioctl,
 *   unchanged, so that a test can compare it with what the kernel is documented
 *   to answer.
 * - The library prints nothing, exits never, installs no signal handler and
 *   keeps no global state.
 * - What is opened or allocated has one matching call that closes or frees it.
 *   That call returns nothing and accepts NULL.
 * - Handles are opaque and may be used by one thread at a time. Each owns a
 *   file descriptor that can be asked for: it is lent, not given, and must not
 *   be closed.
 * - Closing in the wrong order is harmless: the kernel keeps a container alive
 *   while a group is attached and a group while a device is open. What counts
 *   is that every handle is closed.
 */
#ifndef PINSCOPE_ERROR_H
#define PINSCOPE_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/**
 * enum pinscope_op - the operation an error came from
 * @PINSCOPE_OP_CONTAINER_OPEN: pinscope_container_open()
 * @PINSCOPE_OP_GROUP_OPEN: pinscope_group_open(), pinscope_group_open_device()
 * @PINSCOPE_OP_GROUP_ATTACH: pinscope_group_attach()
 * @PINSCOPE_OP_SET_IOMMU: pinscope_container_set_iommu()
 * @PINSCOPE_OP_DEVICE_OPEN: pinscope_device_open()
 * @PINSCOPE_OP_MAP: pinscope_map(), pinscope_buffer_map()
 * @PINSCOPE_OP_DIRTY: pinscope_dirty_start(), pinscope_dirty_stop(),
 *   pinscope_dirty_get()
 * @PINSCOPE_OP_SAMPLE: pinscope_sample_dma_write() and its siblings
 * @PINSCOPE_OP_MIGRATION: pinscope_migration_set_state()
 * @PINSCOPE_OP_MDEV: pinscope_mdev_create(), pinscope_mdev_remove()
 * @PINSCOPE_OP_BIND: pinscope_pci_bind()
 * @PINSCOPE_OP_SCOPE: pinscope_scope_read_all()
 */
enum pinscope_op {
	PINSCOPE_OP_CONTAINER_OPEN,
	PINSCOPE_OP_GROUP_OPEN,
	PINSCOPE_OP_GROUP_ATTACH,
	PINSCOPE_OP_SET_IOMMU,
	PINSCOPE_OP_DEVICE_OPEN,
	PINSCOPE_OP_MAP,
	PINSCOPE_OP_DIRTY,
	PINSCOPE_OP_SAMPLE,
	PINSCOPE_OP_MIGRATION,
	PINSCOPE_OP_MDEV,
	PINSCOPE_OP_BIND,
	PINSCOPE_OP_SCOPE,
};

/**
 * pinscope_explain() - what an error of an operation means, and what to do
 * about it
 * @op: the operation that failed
 * @err: what it returned; the sign does not matter
 *
 * VFIO answers with few errnos for many causes. This gives the usual cause in
 * the words of the person who has to cure it, e.g. for %PINSCOPE_OP_GROUP_OPEN
 * and -EBUSY: "another process holds this group".
 *
 * Return: a constant string without trailing full stop, never NULL.
 */
const char *pinscope_explain(enum pinscope_op op, int err);

#ifdef __cplusplus
}
#endif

#endif /* PINSCOPE_ERROR_H */
