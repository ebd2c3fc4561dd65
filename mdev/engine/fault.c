// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults on request. Hardware that does not do what it should is rare, and the
 * code for that case is never run; so in debugfs each function has files that
 * make it go wrong.
 */

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "fault.h"

static struct dentry *engine_root;

static ssize_t fault_read(struct file *file, char __user *buf, size_t count,
			  loff_t *ppos)
{
	struct pinscope_fault *fault = file->private_data;
	char text[16];
	int len;

	len = scnprintf(text, sizeof(text), "%s\n",
			fault->names[pinscope_fault_now(fault)]);
	return simple_read_from_buffer(buf, count, ppos, text, len);
}

static ssize_t fault_write(struct file *file, const char __user *buf,
			   size_t count, loff_t *ppos)
{
	struct pinscope_fault *fault = file->private_data;
	char text[16] = "";
	int which;

	if (count >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, buf, count))
		return -EFAULT;
	which = __sysfs_match_string(fault->names, fault->nr, text);
	if (which < 0)
		return which;
	WRITE_ONCE(fault->which, which);
	return count;
}

static const struct file_operations fault_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = fault_read,
	.write = fault_write,
};

/**
 * pinscope_fault_create_file() - make the file "fault"
 * @fault: its words
 * @dir: in debugfs, removed before @fault is freed
 *
 * Context: Process context, sleeps.
 */
void pinscope_fault_create_file(struct pinscope_fault *fault,
				struct dentry *dir)
{
	debugfs_create_file("fault", 0600, dir, fault, &fault_fops);
}

/**
 * pinscope_engine_debugfs() - make the directory of an engine
 * @name: of the function
 *
 * Context: Process context, sleeps.
 * Return: the directory, for debugfs_remove_recursive().
 */
struct dentry *pinscope_engine_debugfs(const char *name)
{
	return debugfs_create_dir(name, engine_root);
}

void pinscope_engine_init_debugfs(void)
{
	engine_root = debugfs_create_dir("pinscope_engine", NULL);
}

void pinscope_engine_exit_debugfs(void)
{
	debugfs_remove_recursive(engine_root);
}
