// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>

#include "cli/base/signals.h"

void signals_hold(sigset_t *held, sigset_t *before)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM };
	struct sigaction action;
	size_t i;

	sigemptyset(held);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (!sigaction(signals[i], NULL, &action) && action.sa_handler != SIG_IGN)
			sigaddset(held, signals[i]);
	sigprocmask(SIG_BLOCK, held, before);
}

bool signals_pending(const sigset_t *held)
{
	sigset_t pending;
	int number;

	if (sigpending(&pending))
		return false;
	for (number = 1; number < NSIG; number++)
		if (sigismember(held, number) == 1 && sigismember(&pending, number) == 1)
			return true;
	return false;
}
