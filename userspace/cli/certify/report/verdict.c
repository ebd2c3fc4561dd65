// SPDX-License-Identifier: GPL-2.0-only
/*
 * What was found, in words, and what the driver should do.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/text.h"
#include "cli/certify/report/report.h"

#define GUIDE	"Documentation/vendor-driver-guide.rst"
#define LABEL	13
#define WIDTH	90u

static const struct {
	const char *advice;
	const char *section;
} causes[CAUSE_NR] = {
	[CAUSE_FORGOTTEN] = {
		"the driver forgets pages: it has pinned some of what the device may write, and so "
		"says that nothing else is; it has to pin all of it, before the device can write it",
		"3. Know the complete footprint",
	},
	[CAUSE_UNPINNED] = {
		"the driver unpins too early: the device still writes a page that it was unpinned "
		"for; it has to end the DMA first, and unpin then",
		"7. Pin what comes later, before the device can write it",
	},
	[CAUSE_LOG] = {
		"the driver claims a log that it does not have: its pages are pinned as clean until "
		"it marks them, and it does not mark what was written; without a log it has to pin "
		"with vfio_pin_pages()",
		"Logging what is written",
	},
	[CAUSE_BEFORE] = {
		"what was written before the scope narrowed is lost: on a core that does not settle "
		"this is not for the driver to cure, and it must not opt in there",
		"On a core without the patches",
	},
	[CAUSE_REMOVED] = {
		"a page is lost with the buffer that it was in: the driver has to end the DMA, read "
		"its log if there is one, and unpin then",
		"4. Before a pin goes, read once more",
	},
	[CAUSE_CLOSE] = {
		"the driver keeps pins when its device is closed: after the DMA has ended, and the "
		"client is unregistered, it has to return them",
		"11. Close: quiet, then unregister, then unpin",
	},
	[CAUSE_UNMAP] = {
		"the driver keeps pins when memory is unmapped: its dma_unmap() has to return them",
		"8. Return pins when the user unmaps",
	},
	[CAUSE_RESET] = {
		"a reset loses what was written before it: the driver has to say that it is wide if "
		"it returns pins, and to read its log before",
		"10. Reset",
	},
	[CAUSE_STATES] = {
		"the driver does not keep to the migration states",
		"9. The device state, where there is no start notification",
	},
	[CAUSE_STOPPED] = {
		"the device writes while it is stopped: the driver has to end its DMA before it says "
		"that it has entered STOP",
		"9. The device state, where there is no start notification",
	},
	[CAUSE_DMA_LOGGING] = {
		"the device's own DMA log misses what it wrote: QEMU believes it, and the pages are "
		"lost; the driver must not offer the feature unless the log has everything",
		"DMA logging by the device",
	},
};

const char *cause_advice(enum cause cause, const char **section)
{
	*section = causes[cause].section;
	return causes[cause].advice;
}

struct words {
	char *text;
	size_t size;
	FILE *out;
};

/* A paragraph beside its label, which is the whole width of it if it is empty. */
static __attribute__((format(printf, 3, 4)))
void line(struct words *words, const char *label, const char *fmt, ...)
{
	size_t column = LABEL, len;
	char *text, *word;
	va_list args;

	va_start(args, fmt);
	text = cli_vtext(fmt, args);
	va_end(args);
	fprintf(words->out, "%-*s", LABEL - 1, label);
	for (word = text; *word; word += len + strspn(word + len, " ")) {
		len = strcspn(word, " ");
		if (column + len + 1 > WIDTH && column > LABEL) {
			fprintf(words->out, "\n%*s", LABEL - 1, "");
			column = LABEL;
		}
		fprintf(words->out, " %.*s", (int)len, word);
		column += len + 1;
	}
	fputc('\n', words->out);
	free(text);
}

static void count(const struct run *run, size_t counts[3], size_t *lost, bool *device)
{
	size_t i;

	*lost = 0;
	*device = false;
	for (i = 0; i < run->nr_results; i++) {
		counts[run->results[i].outcome]++;
		*device |= run->results[i].outcome == FAILED &&
			   run->results[i].cause != CAUSE_EXERCISER;
	}
	for (i = 0; i < run->nr_rounds; i++)
		*lost += run->rounds[i].lost;
}

static void say_result(const struct run *run, struct words *words)
{
	size_t counts[3] = { 0 }, lost;
	bool device;

	count(run, counts, &lost, &device);
	if (lost)
		line(words, "verdict", "PAGES ARE LOST: a migration with this device corrupts "
		     "memory");
	else if (device)
		line(words, "verdict", "a rule is broken");
	else if (run->broken)
		line(words, "verdict", "none: the exerciser does not work");
	else if (!run->ex)
		line(words, "verdict", "what can be said without DMA holds; whether pages are lost "
		     "takes an exerciser");
	else
		line(words, "verdict", "every rule that could be tested holds, no page was lost");
	line(words, "rules", "%zu hold, %zu broken, %zu could not be tested", counts[PASSED],
	     counts[FAILED], counts[SKIPPED]);
}

static const char *narrows(const struct run *run)
{
	if (run->subject->emulated)
		return "always: no IOMMU is behind the device, so its pins are all there is";
	if (run->seen[AT_START] == NARROW)
		return "when tracking starts";
	if (run->seen[AT_PRE_COPY] == NARROW)
		return "in PRE_COPY; until then everything mapped is reported";
	if (run->seen[AT_STOP_COPY] == NARROW)
		return "in STOP_COPY, when the VM stands still; until then everything mapped is "
		       "reported";
	if (run->seen[AT_START] == WIDE)
		return "nowhere: each GET reports everything mapped";
	return "not tested";
}

static void say_scope(const struct run *run, struct words *words)
{
	size_t mapped = run->request->pages + 2 * CERTIFY_GUARD;
	size_t written = 0, dirty = 0, rounds = 0, i;
	const struct round *round;

	line(words, "narrows", "%s", narrows(run));
	for (i = 0; i < run->nr_rounds; i++) {
		round = &run->rounds[i];
		if (strcmp(round->rule, "dirty.each_round") || !round->written)
			continue;
		written += round->written;
		dirty += round->dirty;
		rounds++;
	}
	if (rounds)
		line(words, "over-reports", "a round that wrote %zu pages reported %zu, with %zu "
		     "mapped", written / rounds, dirty / rounds, mapped);
	else if (run->idle_dirty >= 0)
		line(words, "over-reports", "with nothing written a GET has %lld of %zu pages",
		     (long long)run->idle_dirty, mapped);
}

/* The pages of all rounds together, counted behind the guard. */
static void say_lost(const struct run *run, struct words *words)
{
	size_t page, last, pages = run->request->pages + 2 * CERTIFY_GUARD, i;
	char *lost = cli_must(calloc(pages + 1, 1));
	bool first = true;

	for (i = 0; i < run->nr_rounds; i++)
		for (page = 0; page < pages; page++)
			lost[page] |= run->rounds[i].map[page] == '!';
	for (page = 0; page < pages; page = last + 1) {
		last = page;
		if (!lost[page])
			continue;
		while (lost[last + 1])
			last++;
		if (first)
			fprintf(words->out, "%-*s%s", LABEL, "lost", "pages ");
		fprintf(words->out, "%s%zu", first ? "" : ", ", page - CERTIFY_GUARD);
		if (last > page)
			fprintf(words->out, "-%zu", last - CERTIFY_GUARD);
		first = false;
	}
	if (!first)
		fprintf(words->out, " of the %llu that the device worked on\n",
			(unsigned long long)run->request->pages);
	free(lost);
}

static void say_advice(const struct run *run, struct words *words)
{
	bool told[CAUSE_NR] = { false };
	size_t i;

	for (i = 0; i < run->nr_results; i++) {
		const struct result *result = &run->results[i];

		if (result->outcome != FAILED)
			continue;
		line(words, "broken", "%s: %s", result->rule, result->why);
	}
	for (i = 0; i < run->nr_results; i++) {
		enum cause cause = run->results[i].cause;

		if (run->results[i].outcome != FAILED || told[cause] || !causes[cause].advice)
			continue;
		told[cause] = true;
		line(words, "to do", "%s", causes[cause].advice);
		line(words, "", "see \"%s\" in " GUIDE, causes[cause].section);
	}
	if (run->seen[AT_START] == WIDE && run->seen[AT_PRE_COPY] != NARROW &&
	    run->seen[AT_STOP_COPY] != NARROW && !run->subject->emulated) {
		line(words, "to do", "nothing is lost by it, but every round of a migration sends "
		     "all memory, unless the driver pins what the device may write");
		line(words, "", "see \"Opting in, step by step\" in " GUIDE);
	}
}

static void say_untested(const struct run *run, struct words *words)
{
	size_t i, j, same;

	for (i = 0; i < run->nr_results; i++) {
		const struct result *result = &run->results[i];

		if (result->outcome != SKIPPED)
			continue;
		for (j = 0; j < i; j++)
			if (run->results[j].outcome == SKIPPED &&
			    !strcmp(run->results[j].why, result->why))
				break;
		if (j < i)
			continue;
		for (same = 0, j = i; j < run->nr_results; j++)
			same += run->results[j].outcome == SKIPPED &&
				!strcmp(run->results[j].why, result->why);
		line(words, "not tested", "%zu %s: %s", same, same == 1 ? "rule" : "rules",
		     result->why);
	}
}

char *verdict(const struct run *run)
{
	struct words words = { 0 };

	words.out = cli_must(open_memstream(&words.text, &words.size));
	say_result(run, &words);
	say_scope(run, &words);
	say_lost(run, &words);
	say_advice(run, &words);
	say_untested(run, &words);
	fclose(words.out);
	return words.text;
}
