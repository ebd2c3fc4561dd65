// SPDX-License-Identifier: GPL-2.0
/* The puppet itself: what tests build on, and what it refuses. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fixtures/puppet.h"
#include "fixtures/view.h"

TEST(puppet, emulated_pins_and_writes)
{
	struct vm *vm = vm_new();
	struct puppet *puppet = vm_puppet(vm, NULL);

	equal(puppet->features & PUPPET_FEATURE_BACKED, 0);
	make(puppet, PIN(9));
	equal(query(puppet).pins, 1);
	start(vm);
	same(dirty(vm), P(9));
	make(puppet, WRITES(9));
	equal(vm->ram[9 * PAGE], 0);
	equal(vm->ram[9 * PAGE + 1], 0x70);
	equal(vm->ram[9 * PAGE + 4], 1);
	make(puppet, CPU_WRITES(2));
	same(dirty(vm), P(2) | P(9));
	make(puppet, UNPIN(9));
	same(dirty(vm), P(9));
	same(dirty(vm), NONE);
	equal(query(puppet).pages, 0);
}

TEST(puppet, backed_writes_where_it_likes)
{
	struct vm *vm = vm_new();
	struct puppet *puppet = vm_puppet(vm, lone_edu(0));

	check(puppet->features & PUPPET_FEATURE_BACKED);
	make(puppet, WRITES(3));
	equal(vm->ram[3 * PAGE + 1], 0x70);
	start(vm);
	same(dirty(vm), ALL);
	equal(try_make(puppet, PIN(9)), 1);
	same(dirty(vm), ALL);
	same(dirty(vm), P(9));
	make(puppet, OPT_OUT);
	same(dirty(vm), ALL);
	equal(query(puppet).pins, 1);
}

TEST(puppet, tracked_pins_are_dirty_when_marked)
{
	struct vm *vm = vm_new();
	struct puppet *puppet = vm_puppet(vm, lone_edu(0));

	if (!(puppet->features & PUPPET_FEATURE_TRACKED))
		missing("tracked pins");
	make(puppet, PIN_TRACKED(4));
	start(vm);
	same(dirty(vm), NONE);
	make(puppet, MARK(4));
	refused(try_make(puppet, MARK(5)), ENOENT);
	same(dirty(vm), P(4));
	same(dirty(vm), NONE);
}

TEST(puppet, script_blocks_until_released)
{
	struct vm *vm = vm_new();
	struct puppet *puppet = vm_puppet(vm, lone_edu(0));
	struct task *task;

	if (!(puppet->features & PUPPET_FEATURE_CLIENT))
		missing("dirty clients");
	script(puppet, START, PIN(1), BLOCK, PIN(2));
	make(puppet, REGISTER);
	task = begin_task(task_start, vm);
	wait_blocked(puppet, PUPPET_START);
	check(!task_is_done(task));
	equal(query(puppet).pins, 1);
	equal(ran(puppet, PUPPET_START, 0), 1);
	equal(query(puppet).events[PUPPET_START].blocked, 1);
	/* The driver can be told to do things meanwhile */
	make(puppet, PIN(3));
	release(puppet, PUPPET_START);
	equal(end_task(task), 0);
	equal(query(puppet).pins, 3);
	equal(runs(puppet, PUPPET_START), 1);
	same(dirty(vm), P(1) | P(2) | P(3));
}

TEST(puppet, closing_the_control_releases)
{
	struct vm *vm = vm_new();
	struct puppet *puppet = vm_puppet(vm, NULL);
	struct task *task;
	int fd;

	script(puppet, RESET, BLOCK);
	task = begin_task(task_reset, puppet->dev);
	wait_blocked(puppet, PUPPET_RESET);
	/* A number that is closed twice, at the end of the test, is harmless */
	fd = dup(puppet->fd);
	check(!task_is_done(task));
	close(puppet->fd);
	doze(50);
	check(!task_is_done(task));
	close(fd);
	equal(end_task(task), 0);
}

TEST(puppet, block_ends_by_itself)
{
	struct vm *vm = vm_new();
	struct puppet *puppet = vm_puppet(vm, NULL);
	struct puppet_script brief = { .event = PUPPET_RESET, .limit_ms = 100 };

	script_of(puppet, brief, BLOCK);
	ok(pinscope_device_reset(puppet->dev->dev));
	refused(ran(puppet, PUPPET_RESET, 0), ETIMEDOUT);
}

TEST(puppet, callbacks_fail_as_told)
{
	struct vm *vm = vm_new();
	struct puppet *puppet = puppet_of(vm, NULL);
	struct puppet_script fails = { .event = PUPPET_OPEN, .ret = -EBADSLT };

	attach(puppet->dev);
	script_of(puppet, fails, PIN(1));
	refused(try_open(puppet->dev), EBADSLT);
	equal(ran(puppet, PUPPET_OPEN, 0), 1);
	equal(query(puppet).pins, 0);
	script_fails(puppet, PUPPET_OPEN, 0);
	open_device(puppet->dev);
	script_fails(puppet, PUPPET_RESET, EBADSLT);
	refused(pinscope_device_reset(puppet->dev->dev), EBADSLT);
	script_fails(puppet, PUPPET_SET_STATE, EBADSLT);
	refused(try_enter(puppet->dev, PINSCOPE_STATE_PRE_COPY), EBADSLT);
	equal(state_of(puppet->dev), PINSCOPE_STATE_RUNNING);
}

TEST(puppet, script_pins_in_precopy)
{
	struct puppet_script precopy = {
		.event = PUPPET_SET_STATE,
		.state = PINSCOPE_STATE_PRE_COPY,
	};
	struct vm *vm = vm_new();
	struct puppet *puppet = vm_puppet(vm, NULL);

	script_of(puppet, precopy, PIN(9));
	enter(puppet->dev, PINSCOPE_STATE_STOP);
	equal(query(puppet).pins, 0);
	enter(puppet->dev, PINSCOPE_STATE_RUNNING);
	enter(puppet->dev, PINSCOPE_STATE_PRE_COPY);
	equal(query(puppet).pins, 1);
	equal(query(puppet).mig_state, PINSCOPE_STATE_PRE_COPY);
}

/* One field after the other is wrong; what is right beside it is not done. */
TEST(puppet, bad_call_is_named_and_none_is_made)
{
	static const struct {
		struct puppet_call call;
		uint32_t why;
	} bad[] = {
		{ { .op = 0 }, PUPPET_WHY_OP },
		{ { .op = 99 }, PUPPET_WHY_OP },
		{ { .op = PUPPET_BLOCK }, PUPPET_WHY_OP },
		{ { .op = PUPPET_OPT_OUT, .flags = 4 }, PUPPET_WHY_FLAGS },
		{ { .op = PUPPET_OPT_OUT, .flags = PUPPET_CALL_UNSAFE },
		  PUPPET_WHY_FLAGS },
		{ { .op = PUPPET_OPT_OUT, .flags = PUPPET_CALL_WORK },
		  PUPPET_WHY_FLAGS },
		{ { .op = PUPPET_MARK, .count = 1,
		    .flags = PUPPET_CALL_WORK | PUPPET_CALL_LATE },
		  PUPPET_WHY_FLAGS },
		{ { .op = PUPPET_MARK, .count = 1, .flags = 16 },
		  PUPPET_WHY_FLAGS },
		{ { .op = PUPPET_MARK, .count = 1, .flags = PUPPET_CALL_OFFSET },
		  PUPPET_WHY_FLAGS },
		{ { .op = PUPPET_DMA_WRITE, .count = 4, .flags = 1 },
		  PUPPET_WHY_FLAGS },
		{ { .op = PUPPET_OPT_OUT, .iova = 4096 }, PUPPET_WHY_UNUSED },
		{ { .op = PUPPET_OPT_OUT, .count = 1 }, PUPPET_WHY_UNUSED },
		{ { .op = PUPPET_OPT_OUT, .reserved = 1 }, PUPPET_WHY_UNUSED },
		{ { .op = PUPPET_UNPIN, .count = 1, .prot = 1 },
		  PUPPET_WHY_UNUSED },
		{ { .op = PUPPET_RW_READ, .count = 4, .seed = 1 },
		  PUPPET_WHY_UNUSED },
		{ { .op = PUPPET_UNPIN, .count = 0 }, PUPPET_WHY_RANGE },
		{ { .op = PUPPET_UNPIN, .count = 513 }, PUPPET_WHY_RANGE },
		{ { .op = PUPPET_PIN, .count = 1025 }, PUPPET_WHY_RANGE },
		{ { .op = PUPPET_PIN, .count = 1, .iova = 8 },
		  PUPPET_WHY_RANGE },
		{ { .op = PUPPET_UNPIN, .count = 2, .iova = -4096ull },
		  PUPPET_WHY_RANGE },
		{ { .op = PUPPET_UNPIN, .count = 2, .iova = -256ull,
		    .flags = PUPPET_CALL_OFFSET }, PUPPET_WHY_RANGE },
		{ { .op = PUPPET_RW_WRITE, .count = PUPPET_LEN_MAX + 1 },
		  PUPPET_WHY_RANGE },
		{ { .op = PUPPET_DMA_READ, .count = 2, .iova = -1ull },
		  PUPPET_WHY_RANGE },
	};
	struct vm *vm = vm_new();
	struct puppet *puppet = vm_puppet(vm, NULL);
	struct puppet_result results[2] = {};
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct puppet_call two[2] = { PIN(1), bad[i].call };
		struct puppet_calls calls = {
			.argsz = sizeof(calls),
			.nr = 2,
			.calls = (uintptr_t)two,
			.results = (uintptr_t)results,
		};

		refused(raw(puppet->fd, PUPPET_CALLS, &calls), EINVAL);
		equal(calls.bad, 1);
		equal(calls.why, bad[i].why);
		equal(calls.done, 0);
	}
	equal(query(puppet).pins, 0);
}

TEST(puppet, bad_arguments_are_refused)
{
	struct vm *vm = vm_new();
	struct puppet *puppet = vm_puppet(vm, NULL);
	struct puppet_call pin = PIN(1);
	struct puppet_result result;
	struct puppet_calls calls = { .argsz = sizeof(calls), .nr = 1,
		.calls = (uintptr_t)&pin, .results = (uintptr_t)&result };
	struct puppet_calls bad;
	struct puppet_bind bind = { .argsz = sizeof(bind),
		.version = PUPPET_VERSION };
	int fd;

	bad = calls;
	bad.argsz--;
	refused(raw(puppet->fd, PUPPET_CALLS, &bad), EINVAL);
	bad = calls;
	bad.flags = 2;
	refused(raw(puppet->fd, PUPPET_CALLS, &bad), EINVAL);
	bad = calls;
	bad.nr = 0;
	refused(raw(puppet->fd, PUPPET_CALLS, &bad), EINVAL);
	bad.nr = PUPPET_CALLS_MAX + 1;
	refused(raw(puppet->fd, PUPPET_CALLS, &bad), EINVAL);
	bad = calls;
	bad.calls = 0;
	refused(raw(puppet->fd, PUPPET_CALLS, &bad), EFAULT);
	refused(raw(puppet->fd, PUPPET_CALLS, NULL), EFAULT);
	refused(raw(puppet->fd, _IO(PUPPET_IOC, 99), &calls), ENOTTY);
	equal(query(puppet).pins, 0);

	fd = open(PUPPET_DEV, O_RDWR | O_CLOEXEC);
	check(fd >= 0);
	refused(raw(fd, PUPPET_CALLS, &calls), ENOTCONN);
	snprintf(bind.uuid, sizeof(bind.uuid), "%s", puppet->dev->name);
	refused(raw(fd, PUPPET_BIND, &bind), EBUSY);
	bind.version++;
	refused(raw(fd, PUPPET_BIND, &bind), EPROTONOSUPPORT);
	bind.version--;
	bind.uuid[0] ^= 1;
	refused(raw(fd, PUPPET_BIND, &bind), ENODEV);
	memset(bind.uuid, 'a', sizeof(bind.uuid));
	refused(raw(fd, PUPPET_BIND, &bind), EINVAL);
	close(fd);
}

TEST(puppet, bad_script_leaves_the_old_one)
{
	struct vm *vm = vm_new();
	struct puppet *puppet = vm_puppet(vm, NULL);
	struct puppet_call two[] = { PIN(2), REGISTER };
	static const struct puppet_script heads[] = {
		{ .event = PUPPET_NR_EVENTS },
		{ .event = PUPPET_RESET, .flags = PUPPET_SCRIPT_KEEP },
		{ .event = PUPPET_RESET, .flags = 4 },
		{ .event = PUPPET_RESET, .ret = 1 },
		{ .event = PUPPET_RESET, .ret = -5000 },
		{ .event = PUPPET_RESET, .state = 2 },
		{ .event = PUPPET_RESET, .reserved = 1 },
		{ .event = PUPPET_RESET, .limit_ms = PUPPET_WAIT_MAX_MS + 1 },
		{ .event = PUPPET_CLOSE, .ret = -1 },
		{ .event = PUPPET_START, .ret = -1 },
		{ .event = PUPPET_STOP, .ret = -1 },
		{ .event = PUPPET_DMA_UNMAP, .ret = -1 },
	};
	struct puppet_script head;
	unsigned int i;

	script(puppet, RESET, PIN(1));
	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		head = heads[i];
		head.argsz = sizeof(head);
		head.nr = 1;
		head.calls = (uintptr_t)two;
		refused(raw(puppet->fd, PUPPET_SET_SCRIPT, &head), EINVAL);
		equal(head.why, 0);
	}
	head = (struct puppet_script){ .argsz = sizeof(head), .nr = 2,
		.event = PUPPET_START, .calls = (uintptr_t)two };
	refused(raw(puppet->fd, PUPPET_SET_SCRIPT, &head), EINVAL);
	equal(head.bad, 1);
	equal(head.why, PUPPET_WHY_OP);
	head.nr = PUPPET_SCRIPT_MAX + 1;
	refused(raw(puppet->fd, PUPPET_SET_SCRIPT, &head), EINVAL);
	head.nr = 2;
	head.calls = 0;
	refused(raw(puppet->fd, PUPPET_SET_SCRIPT, &head), EFAULT);

	ok(pinscope_device_reset(puppet->dev->dev));
	equal(ran(puppet, PUPPET_RESET, 0), 1);
	equal(query(puppet).pins, 1);
}

TEST(puppet, holds_no_pin_when_closed)
{
	struct vm *vm = vm_new();
	struct puppet *puppet = vm_puppet(vm, NULL);

	make(puppet, CALL(PIN, 0, PAGES, CALL_RW));
	make(puppet, PIN(1));
	equal(query(puppet).pins, PAGES + 1);
	equal(query(puppet).pages, PAGES);
	/* Pins in the close callback go as well */
	script(puppet, CLOSE, PIN(2));
	close_device(puppet->dev);
	equal(ran(puppet, PUPPET_CLOSE, 0), 1);
	equal(query(puppet).pins, 0);
	equal(query(puppet).flags, 0);
	equal(result_of(puppet, PIN(1)).why, PUPPET_WHY_NOT_OPEN);
	equal(result_of(puppet, PIN(1)).ret, -ESHUTDOWN);
}

TEST(puppet, returns_only_what_it_holds)
{
	struct vm *vm = vm_new();
	struct puppet *puppet = vm_puppet(vm, NULL);
	struct puppet_result result;

	make(puppet, PIN(1));
	result = result_of(puppet, CALL(UNPIN, 1, 2));
	equal(result.why, PUPPET_WHY_NOT_HELD);
	equal(result.ret, -ENOENT);
	equal(query(puppet).pins, 1);
	result = result_of(puppet, WRITES(2));
	equal(result.why, PUPPET_WHY_NOT_HELD);
	make(puppet, CALL(PIN, 3, 1, .prot = PUPPET_PROT_READ));
	result = result_of(puppet, WRITES(3));
	equal(result.ret, -EPERM);
}

TEST(puppet, unmap_takes_what_overlaps)
{
	struct vm *vm = vm_new();
	struct puppet *puppet;

	vm->unmapped = true;
	puppet = vm_puppet(vm, NULL);
	map_pages(vm, 0, 8);
	map_pages(vm, 8, 8);
	make(puppet, CALL(PIN, 6, 4, CALL_RW));
	unmap_pages(vm, 8, 8);
	equal(query(puppet).pins, 2);
	equal(query(puppet).events[PUPPET_DMA_UNMAP].iova, IOVA(8));
	equal(query(puppet).events[PUPPET_DMA_UNMAP].size, 8 * PAGE);
}

TEST(puppet, removal_does_not_wait_for_a_script)
{
	struct vm *vm = vm_new();
	struct puppet *puppet = puppet_of(vm, NULL);
	struct task *opens, *removes;
	struct puppet_query left = { .argsz = sizeof(left) };

	attach(puppet->dev);
	script(puppet, OPEN, BLOCK);
	opens = begin_task(task_open, puppet->dev);
	wait_blocked(puppet, PUPPET_OPEN);
	removes = begin_task(task_remove, puppet->dev);
	equal(end_task(opens), 0);
	/* For the user it waits, as ever */
	check(!task_is_done(removes));
	/* With the device goes its group, which takes itself out of the container */
	close_device(puppet->dev);
	equal(end_task(removes), 0);
	refused(raw(puppet->fd, PUPPET_QUERY, &left), ENODEV);
}

TEST(puppet, many_calls_a_second)
{
	enum { NR = 4096, ROUNDS = 4 };
	struct vm *vm = vm_new();
	struct puppet *puppet = vm_puppet(vm, NULL);
	struct puppet_call *list = zalloc(NR * sizeof(*list));
	struct puppet_result *results = zalloc(NR * sizeof(*results));
	struct puppet_calls calls = { .argsz = sizeof(calls), .nr = NR,
		.calls = (uintptr_t)list, .results = (uintptr_t)results };
	uint64_t begin = now_ms();
	int i;

	for (i = 0; i < NR; i++)
		list[i] = i % 2 ? UNPIN(i / 2 % PAGES) : PIN(i / 2 % PAGES);
	for (i = 0; i < ROUNDS; i++) {
		ok(raw(puppet->fd, PUPPET_CALLS, &calls));
		equal(calls.done, NR);
	}
	for (i = 0; i < NR; i++) {
		equal(results[i].why, 0);
		equal(results[i].ret, i % 2 ? 0 : 1);
	}
	note("%d calls in %u ms", NR * ROUNDS,
	     (unsigned int)(now_ms() - begin));
	equal(query(puppet).pins, 0);
}
