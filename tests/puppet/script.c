// SPDX-License-Identifier: GPL-2.0-only
/* What callbacks do, and how one waits for them and holds them up */

#include <linux/iommu.h>
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "internal.h"

static void puppet_play_put(struct puppet_play *play)
{
	if (play && refcount_dec_and_test(&play->ref)) {
		kvfree(play->results);
		kvfree(play);
	}
}

static struct puppet_play *puppet_play_get(struct puppet_play *play)
{
	refcount_inc(&play->ref);
	return play;
}

static bool puppet_play_applies(const struct puppet_play *play,
				enum puppet_event event, u64 size)
{
	return event != PUPPET_SET_STATE || !play->state || play->state == size;
}

/**
 * puppet_begin() - a callback was called
 * @run: to be filled, for puppet_play() and puppet_end()
 * @puppet: whose
 * @event: which
 * @iova: of its range, or 0
 * @size: of its range, or the new state
 */
void puppet_begin(struct puppet_run *run, struct puppet *puppet,
		  enum puppet_event event, u64 iova, u64 size)
{
	struct puppet_stage *stage = &puppet->stages[event];
	struct puppet_play *old = NULL;

	run->puppet = puppet;
	run->event = event;
	run->play = NULL;

	spin_lock(&puppet->lock);
	stage->info.entered++;
	stage->info.iova = iova;
	stage->info.size = size;
	if (stage->play && puppet_play_applies(stage->play, event, size)) {
		run->play = puppet_play_get(stage->play);
		run->play->done = 0;
		old = stage->latest;
		if (run->play->flags & PUPPET_SCRIPT_ONCE) {
			stage->latest = stage->play;
			stage->play = NULL;
		} else {
			stage->latest = puppet_play_get(stage->play);
		}
	}
	spin_unlock(&puppet->lock);
	puppet_play_put(old);
}

/* What the script has the callback return */
int puppet_run_ret(const struct puppet_run *run)
{
	return run->play ? run->play->ret : 0;
}

/* Does dma_unmap() leave the pins? */
bool puppet_run_keeps(const struct puppet_run *run)
{
	return run->play && run->play->flags & PUPPET_SCRIPT_KEEP;
}

/* Returns 0 if released, -ETIMEDOUT, or -EINTR if the task is killed */
static int puppet_block(struct puppet_run *run)
{
	struct puppet *puppet = run->puppet;
	struct puppet_stage *stage = &puppet->stages[run->event];
	unsigned int releases;
	long left;

	spin_lock(&puppet->lock);
	/* Nobody is there to release it */
	if (!puppet->bound || puppet->gone) {
		spin_unlock(&puppet->lock);
		return 0;
	}
	releases = stage->releases;
	stage->info.blocked++;
	spin_unlock(&puppet->lock);
	wake_up_all(&puppet->wait);

	left = wait_event_killable_timeout(puppet->wait,
					   READ_ONCE(stage->releases) != releases,
					   msecs_to_jiffies(run->play->limit_ms));

	spin_lock(&puppet->lock);
	if (stage->releases != releases)
		left = 1;
	else
		stage->info.blocked--;
	spin_unlock(&puppet->lock);

	if (left > 0)
		return 0;
	return left ? -EINTR : -ETIMEDOUT;
}

/**
 * puppet_play() - make the calls of a script
 * @run: from puppet_begin()
 *
 * Context: That of the callback.
 */
void puppet_play(struct puppet_run *run)
{
	struct puppet_play *play = run->play;
	struct puppet_result result;
	u32 i;

	for (i = 0; play && i < play->nr; i++) {
		if (play->calls[i].op == PUPPET_BLOCK) {
			memset(&result, 0, sizeof(result));
			result.ret = puppet_block(run);
		} else {
			puppet_call(run->puppet, &play->calls[i], &result);
		}

		spin_lock(&run->puppet->lock);
		play->results[i] = result;
		play->done = i + 1;
		spin_unlock(&run->puppet->lock);
	}
}

/**
 * puppet_end() - a callback returns
 * @run: from puppet_begin()
 * @ret: what it returns, or 0
 *
 * Return: @ret.
 */
int puppet_end(struct puppet_run *run, int ret)
{
	struct puppet *puppet = run->puppet;
	struct puppet_event_info *info = &puppet->stages[run->event].info;

	spin_lock(&puppet->lock);
	info->runs++;
	info->ret = ret;
	spin_unlock(&puppet->lock);
	wake_up_all(&puppet->wait);
	puppet_play_put(run->play);
	return ret;
}

/* Setting scripts */

static int puppet_script_check(const struct puppet_script *script)
{
	u32 flags = PUPPET_SCRIPT_ONCE;

	if (script->event >= PUPPET_NR_EVENTS ||
	    script->nr > PUPPET_SCRIPT_MAX || script->reserved ||
	    script->limit_ms > PUPPET_WAIT_MAX_MS)
		return -EINVAL;

	switch (script->event) {
	case PUPPET_DMA_UNMAP:
		flags |= PUPPET_SCRIPT_KEEP;
		fallthrough;
	case PUPPET_CLOSE:
	case PUPPET_START:
	case PUPPET_STOP:
		if (script->ret)
			return -EINVAL;
		break;
	default:
		if (script->ret > 0 || script->ret < -MAX_ERRNO)
			return -EINVAL;
		break;
	}
	if (script->state && script->event != PUPPET_SET_STATE)
		return -EINVAL;
	return script->flags & ~flags ? -EINVAL : 0;
}

static struct puppet_play *puppet_play_new(struct puppet_script *script,
					   const struct puppet_call __user *calls)
{
	struct puppet_play *play;
	int ret = -ENOMEM;
	u32 i;

	play = kvzalloc(struct_size(play, calls, script->nr),
			GFP_KERNEL_ACCOUNT);
	if (!play)
		return ERR_PTR(-ENOMEM);
	refcount_set(&play->ref, 1);
	play->nr = script->nr;
	play->flags = script->flags;
	play->ret = script->ret;
	play->state = script->state;
	play->limit_ms = script->limit_ms ?: PUPPET_WAIT_MAX_MS;

	if (!play->nr)
		return play;

	play->results = kvcalloc(play->nr, sizeof(*play->results),
				 GFP_KERNEL_ACCOUNT);
	if (!play->results)
		goto err;

	ret = -EFAULT;
	if (copy_from_user(play->calls, calls,
			   play->nr * sizeof(*play->calls)))
		goto err;

	ret = -EINVAL;
	for (i = 0; i < play->nr; i++) {
		script->bad = i;
		script->why = puppet_call_check(&play->calls[i], script->event);
		if (script->why)
			goto err;
	}
	return play;

err:
	puppet_play_put(play);
	return ERR_PTR(ret);
}

/**
 * puppet_script_set() - SET_SCRIPT
 * @puppet: whose
 * @script: the argument; @bad and @why are filled
 * @calls: of the user
 *
 * Return: 0 or a negative errno, and then the old script stays.
 */
int puppet_script_set(struct puppet *puppet, struct puppet_script *script,
		      const struct puppet_call __user *calls)
{
	struct puppet_play *play = NULL, *old;
	int ret;

	script->bad = 0;
	script->why = 0;
	ret = puppet_script_check(script);
	if (ret)
		return ret;

	if (script->nr || script->flags || script->ret) {
		play = puppet_play_new(script, calls);
		if (IS_ERR(play))
			return PTR_ERR(play);
	}

	spin_lock(&puppet->lock);
	old = puppet->stages[script->event].play;
	puppet->stages[script->event].play = play;
	spin_unlock(&puppet->lock);
	puppet_play_put(old);
	return 0;
}

static void puppet_stage_release(struct puppet_stage *stage)
{
	stage->info.blocked = 0;
	WRITE_ONCE(stage->releases, stage->releases + 1);
}

/* Takes all scripts back, and the puppet from its user; nothing blocks any more */
void puppet_scripts_drop(struct puppet *puppet)
{
	struct puppet_play *old[2 * PUPPET_NR_EVENTS];
	struct puppet_stage *stage;
	int i;

	spin_lock(&puppet->lock);
	puppet->bound = false;
	for (i = 0; i < PUPPET_NR_EVENTS; i++) {
		stage = &puppet->stages[i];
		old[2 * i] = stage->play;
		old[2 * i + 1] = stage->latest;
		stage->play = NULL;
		stage->latest = NULL;
		puppet_stage_release(stage);
	}
	spin_unlock(&puppet->lock);
	wake_up_all(&puppet->wait);

	for (i = 0; i < ARRAY_SIZE(old); i++)
		puppet_play_put(old[i]);
}

int puppet_release(struct puppet *puppet, u32 event)
{
	int ret = -EAGAIN;

	if (event >= PUPPET_NR_EVENTS)
		return -EINVAL;

	spin_lock(&puppet->lock);
	if (puppet->stages[event].info.blocked) {
		puppet_stage_release(&puppet->stages[event]);
		ret = 0;
	}
	spin_unlock(&puppet->lock);
	wake_up_all(&puppet->wait);
	return ret;
}

static bool puppet_wait_over(struct puppet *puppet,
			     const struct puppet_wait *wait)
{
	const struct puppet_event_info *info = &puppet->stages[wait->event].info;

	if (READ_ONCE(puppet->gone))
		return true;
	return wait->runs ? READ_ONCE(info->runs) >= wait->runs :
			    READ_ONCE(info->blocked);
}

int puppet_wait(struct puppet *puppet, const struct puppet_wait *wait)
{
	long left;

	if (wait->event >= PUPPET_NR_EVENTS ||
	    wait->limit_ms > PUPPET_WAIT_MAX_MS)
		return -EINVAL;

	left = wait_event_interruptible_timeout(puppet->wait,
						puppet_wait_over(puppet, wait),
						msecs_to_jiffies(wait->limit_ms));
	if (left < 0)
		return -EINTR;
	if (READ_ONCE(puppet->gone))
		return -ENODEV;
	return left ? 0 : -ETIMEDOUT;
}

/* Results are read as they are now, so that a copy that faults holds no lock */
int puppet_ran(struct puppet *puppet, struct puppet_ran *ran,
	       struct puppet_result __user *results)
{
	struct puppet_result copy[PUPPET_SCRIPT_MAX / 4];
	struct puppet_play *play = NULL;
	u32 i, nr, done = 0;
	int ret = 0;

	if (ran->event >= PUPPET_NR_EVENTS || ran->reserved)
		return -EINVAL;

	spin_lock(&puppet->lock);
	if (puppet->stages[ran->event].latest) {
		play = puppet_play_get(puppet->stages[ran->event].latest);
		done = min(play->done, ran->nr);
	}
	spin_unlock(&puppet->lock);

	for (i = 0; !ret && i < done; i += nr) {
		nr = min_t(u32, done - i, ARRAY_SIZE(copy));
		spin_lock(&puppet->lock);
		memcpy(copy, play->results + i, nr * sizeof(*copy));
		spin_unlock(&puppet->lock);
		if (copy_to_user(results + i, copy, nr * sizeof(*copy)))
			ret = -EFAULT;
	}
	puppet_play_put(play);
	ran->nr = done;
	return ret;
}
