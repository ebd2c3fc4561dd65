// SPDX-License-Identifier: GPL-2.0-only
/* /dev/pinscope_puppet: what the user of a puppet asks for */

#include <linux/cleanup.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "internal.h"

/**
 * struct control - an open file
 * @lock: for PUPPET_BIND
 * @puppet: NULL until that has succeeded, then it does not change
 */
struct control {
	struct mutex lock;	/* one PUPPET_BIND at a time */
	struct puppet *puppet;
};

/* Copies an argument in, which begins with its size; a larger one is fine */
static int get_arg(void *to, const void __user *from, u32 size)
{
	if (copy_from_user(to, from, size))
		return -EFAULT;
	return *(u32 *)to < size ? -EINVAL : 0;
}

static int put_arg(void __user *to, const void *from, size_t size)
{
	return copy_to_user(to, from, size) ? -EFAULT : 0;
}

static void puppet_forget_events(struct puppet *puppet)
{
	struct puppet_event_info *info;
	int i;

	for (i = 0; i < PUPPET_NR_EVENTS; i++) {
		info = &puppet->stages[i].info;
		info->runs = 0;
		info->entered = 0;
		info->ret = 0;
		info->iova = 0;
		info->size = 0;
	}
}

static int puppet_take(struct puppet *puppet)
{
	int ret = 0;

	spin_lock(&puppet->lock);
	if (puppet->gone) {
		ret = -ENODEV;
	} else if (puppet->bound) {
		ret = -EBUSY;
	} else {
		puppet->bound = true;
		puppet_forget_events(puppet);
	}
	spin_unlock(&puppet->lock);
	return ret;
}

static long control_bind(struct control *control, void __user *arg)
{
	struct puppet_bind bind;
	struct puppet *puppet;
	int ret;

	ret = get_arg(&bind, arg, sizeof(bind));
	if (ret)
		return ret;
	if (bind.version != PUPPET_VERSION)
		return -EPROTONOSUPPORT;
	if (bind.reserved || bind.features ||
	    strnlen(bind.uuid, sizeof(bind.uuid)) == sizeof(bind.uuid))
		return -EINVAL;

	guard(mutex)(&control->lock);
	if (control->puppet)
		return -EBUSY;

	puppet = puppet_find(bind.uuid);
	if (!puppet)
		return -ENODEV;

	bind.features = PUPPET_CORE_FEATURES;
	if (puppet->parent)
		bind.features |= PUPPET_FEATURE_BACKED;
	ret = puppet_take(puppet);
	if (ret) {
		puppet_put(puppet);
		return ret;
	}
	/* Paired with control_ioctl(), which does not take the lock */
	smp_store_release(&control->puppet, puppet);
	/* It is bound also if the user cannot be told of features */
	return put_arg(arg, &bind, sizeof(bind));
}

/* Nothing is done before all of them are known to be good */
static int control_check(struct puppet_calls *calls,
			 const struct puppet_call *call)
{
	u32 i;

	for (i = 0; i < calls->nr; i++) {
		calls->why = puppet_call_check(&call[i], PUPPET_NO_EVENT);
		if (calls->why) {
			calls->bad = i;
			return -EINVAL;
		}
	}
	return 0;
}

static void control_make(struct puppet *puppet, struct puppet_calls *calls,
			 const struct puppet_call *call,
			 struct puppet_result *results)
{
	while (calls->done < calls->nr && !fatal_signal_pending(current)) {
		struct puppet_result *result = &results[calls->done];

		puppet_call(puppet, &call[calls->done], result);
		calls->done++;
		if (calls->flags & PUPPET_CALLS_STOP && result->ret < 0)
			break;
		cond_resched();
	}
}

static long control_calls(struct puppet *puppet, void __user *arg)
{
	struct puppet_result few_results[4], *results = few_results;
	struct puppet_call few_calls[4], *call = few_calls;
	struct puppet_calls calls;
	int ret;

	ret = get_arg(&calls, arg, sizeof(calls));
	if (ret)
		return ret;
	calls.done = 0;
	calls.bad = 0;
	calls.why = 0;
	if (calls.flags & ~PUPPET_CALLS_STOP || !calls.nr ||
	    calls.nr > PUPPET_CALLS_MAX)
		return put_arg(arg, &calls, sizeof(calls)) ?: -EINVAL;

	if (calls.nr > ARRAY_SIZE(few_calls)) {
		call = kvmalloc_array(calls.nr, sizeof(*call),
				      GFP_KERNEL_ACCOUNT);
		results = kvmalloc_array(calls.nr, sizeof(*results),
					 GFP_KERNEL_ACCOUNT);
		ret = -ENOMEM;
		if (!call || !results)
			goto free;
	}

	ret = -EFAULT;
	if (copy_from_user(call, u64_to_user_ptr(calls.calls),
			   calls.nr * sizeof(*call)))
		goto free;

	ret = control_check(&calls, call);
	if (!ret)
		control_make(puppet, &calls, call, results);
	if (calls.done && copy_to_user(u64_to_user_ptr(calls.results), results,
				       calls.done * sizeof(*results)))
		ret = -EFAULT;
	ret = put_arg(arg, &calls, sizeof(calls)) ?: ret;
free:
	if (call != few_calls) {
		kvfree(call);
		kvfree(results);
	}
	return ret;
}

static long control_script(struct puppet *puppet, void __user *arg)
{
	struct puppet_script script;
	int ret;

	ret = get_arg(&script, arg, sizeof(script));
	if (ret)
		return ret;
	ret = puppet_script_set(puppet, &script, u64_to_user_ptr(script.calls));
	return put_arg(arg, &script, sizeof(script)) ?: ret;
}

static long control_ran(struct puppet *puppet, void __user *arg)
{
	struct puppet_ran ran;
	int ret;

	ret = get_arg(&ran, arg, sizeof(ran));
	if (!ret)
		ret = puppet_ran(puppet, &ran, u64_to_user_ptr(ran.results));
	return ret ?: put_arg(arg, &ran, sizeof(ran));
}

static long control_wait(struct puppet *puppet, void __user *arg)
{
	struct puppet_wait wait;
	int ret;

	ret = get_arg(&wait, arg, sizeof(wait));
	return ret ?: puppet_wait(puppet, &wait);
}

static long control_release(struct puppet *puppet, void __user *arg)
{
	struct puppet_release release;
	int ret;

	ret = get_arg(&release, arg, sizeof(release));
	return ret ?: puppet_release(puppet, release.event);
}

static long control_query(struct puppet *puppet, void __user *arg)
{
	struct puppet_query query;
	int ret, i;

	ret = get_arg(&query, arg, sizeof(query));
	if (ret)
		return ret;
	if (query.reserved)
		return -EINVAL;

	query.flags = 0;
	query.mig_state = puppet_mig_state(puppet);
	query.pins = READ_ONCE(puppet->nr_pins);
	query.pages = READ_ONCE(puppet->nr_pages);
	if (READ_ONCE(puppet->registered))
		query.flags |= PUPPET_IS_CLIENT;

	spin_lock(&puppet->lock);
	if (puppet->open)
		query.flags |= PUPPET_IS_OPEN;
	for (i = 0; i < PUPPET_NR_EVENTS; i++)
		query.events[i] = puppet->stages[i].info;
	spin_unlock(&puppet->lock);
	return put_arg(arg, &query, sizeof(query));
}

static long control_ioctl(struct file *file, unsigned int cmd,
			  unsigned long arg)
{
	struct control *control = file->private_data;
	void __user *uarg = (void __user *)arg;
	struct puppet *puppet;

	if (cmd == PUPPET_BIND)
		return control_bind(control, uarg);

	/* Paired with control_bind() */
	puppet = smp_load_acquire(&control->puppet);
	if (!puppet)
		return _IOC_TYPE(cmd) == PUPPET_IOC ? -ENOTCONN : -ENOTTY;
	if (READ_ONCE(puppet->gone))
		return -ENODEV;

	switch (cmd) {
	case PUPPET_CALLS:
		return control_calls(puppet, uarg);
	case PUPPET_SET_SCRIPT:
		return control_script(puppet, uarg);
	case PUPPET_RAN:
		return control_ran(puppet, uarg);
	case PUPPET_WAIT:
		return control_wait(puppet, uarg);
	case PUPPET_RELEASE:
		return control_release(puppet, uarg);
	case PUPPET_QUERY:
		return control_query(puppet, uarg);
	default:
		return -ENOTTY;
	}
}

static int control_open(struct inode *inode, struct file *file)
{
	struct control *control;

	control = kzalloc(sizeof(*control), GFP_KERNEL_ACCOUNT);
	if (!control)
		return -ENOMEM;
	mutex_init(&control->lock);
	file->private_data = control;
	return 0;
}

/* What is blocked goes on, and nobody else finds scripts of ours */
static int control_release_file(struct inode *inode, struct file *file)
{
	struct control *control = file->private_data;
	struct puppet *puppet = control->puppet;

	if (puppet) {
		puppet_scripts_drop(puppet);
		puppet_put(puppet);
	}
	mutex_destroy(&control->lock);
	kfree(control);
	return 0;
}

static const struct file_operations control_fops = {
	.owner = THIS_MODULE,
	.open = control_open,
	.release = control_release_file,
	.unlocked_ioctl = control_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice control_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "pinscope_puppet",
	.fops = &control_fops,
	.mode = 0600,
};

int puppet_control_init(void)
{
	return misc_register(&control_misc);
}

void puppet_control_exit(void)
{
	misc_deregister(&control_misc);
}
