// SPDX-License-Identifier: GPL-2.0
/* Steps of puppets: the calls of their drivers, and scripts of their callbacks */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <puppet/puppet.h>

#include "own.h"

static const __u32 events[NR_EVENTS] = {
	[E_OPEN] = PUPPET_OPEN,
	[E_CLOSE] = PUPPET_CLOSE,
	[E_START] = PUPPET_START,
	[E_STOP] = PUPPET_STOP,
	[E_SYNC] = PUPPET_SYNC,
	[E_UNMAP] = PUPPET_DMA_UNMAP,
	[E_RESET] = PUPPET_RESET,
	[E_STATE] = PUPPET_SET_STATE,
};

static const __u32 ops[NR_CALLS] = {
	[CALL_PIN] = PUPPET_PIN,
	[CALL_PIN_TRACKED] = PUPPET_PIN_TRACKED,
	[CALL_UNPIN] = PUPPET_UNPIN,
	[CALL_MARK] = PUPPET_MARK,
	[CALL_OPT_OUT] = PUPPET_OPT_OUT,
	[CALL_RW] = PUPPET_RW_WRITE,
	[CALL_REGISTER] = PUPPET_REGISTER,
	[CALL_UNREGISTER] = PUPPET_UNREGISTER,
};

void puppet_bind(int d)
{
	struct puppet_bind bind = {
		.argsz = sizeof(bind), .version = PUPPET_VERSION,
	};

	hands.control[d] = open(PUPPET_DEV, O_RDWR | O_CLOEXEC);
	if (hands.control[d] < 0)
		die(PUPPET_DEV, errno);
	memcpy(bind.uuid, hands.uuid[d], sizeof(hands.uuid[d]));
	if (ioctl(hands.control[d], PUPPET_BIND, &bind))
		die("puppet", errno);
}

static struct puppet_call call_of(enum call call, int first, int nr,
				  unsigned int prot)
{
	struct puppet_call out = { .op = ops[call] };

	switch (call) {
	case CALL_PIN:
	case CALL_PIN_TRACKED:
		out.prot = prot;
		out.count = nr;
		break;
	case CALL_UNPIN:
	case CALL_MARK:
		out.count = nr;
		break;
	case CALL_RW:
		out.count = nr * SZ_4K;
		out.seed = 0x5000;
		break;
	default:
		return out;
	}
	out.iova = IOVA_BASE + first * SZ_4K;
	return out;
}

static int make(int d, const struct puppet_call *call)
{
	struct puppet_result result = { 0 };
	struct puppet_calls calls = {
		.argsz = sizeof(calls),
		.nr = 1,
		.calls = (uintptr_t)call,
		.results = (uintptr_t)&result,
	};

	if (ioctl(hands.control[d], PUPPET_CALLS, &calls)) {
		fprintf(stderr, "puppet: op %u refused, why %u\n", call->op,
			calls.why);
		die("puppet", errno);
	}
	return result.ret;
}

int puppet_do(const struct step *step)
{
	static const enum call calls[NR_OPS] = {
		[OP_PIN] = CALL_PIN,
		[OP_PIN_TRACKED] = CALL_PIN_TRACKED,
		[OP_UNPIN] = CALL_UNPIN,
		[OP_MARK] = CALL_MARK,
		[OP_OPT_OUT] = CALL_OPT_OUT,
		[OP_REGISTER] = CALL_REGISTER,
		[OP_UNREGISTER] = CALL_UNREGISTER,
	};
	struct puppet_call call = { .seed = 0x7000 };

	if (step->op == OP_RW) {
		call.op = PUPPET_RW_WRITE;
		call.iova = IOVA_BASE + step->start;
		call.count = step->len;
	} else if (step->op == OP_DMA) {
		call.op = PUPPET_DMA_WRITE;
		call.iova = IOVA_BASE + step->first * SZ_4K;
		call.count = (step->nr - 1) * SZ_4K + 64;
	} else {
		call = call_of(calls[step->op], step->first, step->nr,
			       step->prot);
	}
	return make(step->d, &call);
}

static void send_script(int d, enum event event, const struct script *script)
{
	struct puppet_call calls[SCRIPT_CALLS];
	struct puppet_script arg = {
		.argsz = sizeof(arg),
		.event = events[event],
		.ret = script->ret,
		.nr = script->nr,
		.calls = (uintptr_t)calls,
	};
	int i;

	for (i = 0; i < script->nr; i++)
		calls[i] = call_of(script->call[i].call, script->call[i].first,
				   script->call[i].nr, script->call[i].prot);
	if (script->once)
		arg.flags |= PUPPET_SCRIPT_ONCE;
	if (script->keep)
		arg.flags |= PUPPET_SCRIPT_KEEP;
	if (ioctl(hands.control[d], PUPPET_SET_SCRIPT, &arg)) {
		fprintf(stderr, "puppet: script refused, call %u, why %u\n",
			arg.bad, arg.why);
		die("puppet", errno);
	}
}

void puppet_forget(int d)
{
	static const struct script none;
	enum event event;

	for (event = 0; event < NR_EVENTS; event++)
		if (hands.scripted[d] & 1u << event)
			send_script(d, event, &none);
	hands.scripted[d] = 0;
}

void puppet_script(const struct step *step)
{
	send_script(step->d, step->event, step->script);
}
