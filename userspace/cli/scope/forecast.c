// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether a migration will come to its end, as far as its devices are concerned: at some
 * point what is dirty has to be sent while the guest stands still.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/text.h"
#include "cli/scope/scope.h"

const char *scope_size_words(double bytes, char word[SCOPE_WORD])
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	size_t unit = 0;

	for (; bytes >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0]); unit++)
		bytes /= 1024;
	snprintf(word, SCOPE_WORD, "%.*f %s", unit ? 1 : 0, bytes, units[unit]);
	return word;
}

static const char *time_words(double seconds, char word[SCOPE_WORD])
{
	if (seconds < 0.01)
		snprintf(word, SCOPE_WORD, "%.1f ms", seconds * 1000);
	else if (seconds < 1)
		snprintf(word, SCOPE_WORD, "%.0f ms", seconds * 1000);
	else
		snprintf(word, SCOPE_WORD, "%.1f s", seconds);
	return word;
}

char *scope_goal_words(const struct scope_goal *goal)
{
	char rate[SCOPE_WORD], time[SCOPE_WORD];

	return cli_text("%s/s and with %s of downtime", scope_size_words(goal->bandwidth, rate),
			time_words(goal->downtime, time));
}

/*
 * VFIO accounts what it has mapped for an IOMMU as locked memory of the process. Other
 * memory that the process has locked is in there, too.
 */
bool scope_mapped(pid_t pid, uint64_t *bytes)
{
	char path[PINSCOPE_PATH_MAX], line[128];
	unsigned long long kib;
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%d/status", pinscope_proc_root(), (int)pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file))
		found = sscanf(line, "VmLck: %llu kB", &kib) == 1;
	fclose(file);
	*bytes = found && kib <= UINT64_MAX / 1024 ? (uint64_t)kib * 1024 : 0;
	return *bytes;
}

static void __attribute__((format(printf, 3, 4)))
decide(struct scope_forecast *forecast, enum scope_verdict verdict, const char *fmt, ...)
{
	va_list args;

	forecast->verdict = verdict;
	va_start(args, fmt);
	forecast->words = cli_vtext(fmt, args);
	va_end(args);
}

/* Is what the last round has sent in time? */
static bool fits(struct scope_forecast *forecast, const struct scope_goal *goal, double bytes)
{
	forecast->bytes_known = true;
	forecast->bytes = bytes;
	forecast->seconds = bytes / goal->bandwidth;
	return forecast->seconds <= goal->downtime;
}

static void forecast_wide(struct scope_forecast *forecast, const struct scope_goal *goal,
			  const struct pinscope_scope_view *view, const struct scope_dirty *dirty)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	char size[SCOPE_WORD], time[SCOPE_WORD];
	uint64_t mapped;

	if (dirty->known) {
		mapped = dirty->pages * page;
	} else if (!scope_mapped(view->owner, &mapped)) {
		decide(forecast, SCOPE_UNKNOWN, "each round has all that is mapped, and how much "
		       "that is cannot be seen");
		return;
	}
	if (fits(forecast, goal, (double)mapped))
		decide(forecast, SCOPE_YES, "even all that is mapped, %s, takes only %s",
		       scope_size_words((double)mapped, size), time_words(forecast->seconds, time));
	else if (view->counts.tracking)
		decide(forecast, SCOPE_NO, "each round has all that is mapped, %s, which takes %s",
		       scope_size_words((double)mapped, size), time_words(forecast->seconds, time));
	else
		decide(forecast, SCOPE_UNKNOWN, "all that is mapped, %s, takes %s; drivers that "
		       "opt in may pin when tracking starts",
		       scope_size_words((double)mapped, size), time_words(forecast->seconds, time));
}

/* Pages that become dirty faster than they are sent leave ever more for the next round. */
static void forecast_rate(struct scope_forecast *forecast, const struct scope_goal *goal,
			  double always, double rate)
{
	char size[SCOPE_WORD], time[SCOPE_WORD];

	if (rate >= goal->bandwidth) {
		decide(forecast, SCOPE_NO, "%s become dirty in a second",
		       scope_size_words(rate, size));
		return;
	}
	/* What each round leaves for the next one, once all are alike */
	if (fits(forecast, goal, always / (1 - rate / goal->bandwidth)))
		decide(forecast, SCOPE_YES, "the last round has %s, which takes %s",
		       scope_size_words(forecast->bytes, size),
		       time_words(forecast->seconds, time));
	else
		decide(forecast, SCOPE_NO, "each round leaves %s for the next one, which takes %s",
		       scope_size_words(forecast->bytes, size),
		       time_words(forecast->seconds, time));
}

static void forecast_narrow(struct scope_forecast *forecast, const struct scope_goal *goal,
			    const struct pinscope_scope_counts *counts,
			    const struct scope_dirty *dirty)
{
	const double page = (double)sysconf(_SC_PAGESIZE);
	const double pinned = (double)counts->pinned_pages * page;
	char size[SCOPE_WORD], time[SCOPE_WORD];

	/* Pages pinned are always dirty, unless the device that has them logs its writes. */
	if (dirty->has_rate) {
		forecast_rate(forecast, goal, dirty->pages < counts->pinned_pages ? 0 : pinned,
			      dirty->pages_per_second * page);
		return;
	}
	if (counts->iommu)
		decide(forecast, SCOPE_UNKNOWN, "a round has the pages pinned, %s, and what the "
		       "IOMMU sees written; --dirty tells how much that is",
		       scope_size_words(pinned, size));
	else if (fits(forecast, goal, pinned))
		decide(forecast, SCOPE_YES, "the last round has the pages pinned, %s, which takes "
		       "%s", scope_size_words(pinned, size), time_words(forecast->seconds, time));
	else
		decide(forecast, SCOPE_UNKNOWN, "the pages pinned, %s, take %s; less is left to "
		       "the last round only if the device logs its writes, which --dirty tells",
		       scope_size_words(pinned, size), time_words(forecast->seconds, time));
}

void scope_forecast(const struct pinscope_scope_view *view, const struct scope_dirty *dirty,
		    const struct scope_goal *goal, struct scope_forecast *forecast)
{
	memset(forecast, 0, sizeof(*forecast));
	if (view->garbled)
		decide(forecast, SCOPE_UNKNOWN, "what the kernel shows makes no sense");
	else if (!view->has_iommu)
		decide(forecast, SCOPE_UNKNOWN, "nothing is mapped yet");
	else if (view->counts.scope != PINSCOPE_SCOPE_PINNED)
		forecast_wide(forecast, goal, view, dirty);
	else
		forecast_narrow(forecast, goal, &view->counts, dirty);
}

const char *scope_verdict_name(enum scope_verdict verdict)
{
	return verdict == SCOPE_YES ? "yes" : verdict == SCOPE_NO ? "no" : "unknown";
}
