// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the rules one after the other, each with a container of its own.
 */
#include <errno.h>
#include <fnmatch.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/program.h"
#include "cli/certify/exerciser/exerciser.h"
#include "cli/certify/report/report.h"
#include "cli/certify/rules/rules.h"
#include "cli/certify/suite.h"
#include "cli/output/message.h"

static const struct rule *const areas[] = {
	rules_abi, rules_scope, rules_dirty, rules_mapping, rules_migration, rules_two,
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* What a rule needs and there is not; NULL if all is there. */
static const char *lacks(const struct run *run, const struct rule *rule)
{
	if (rule->needs & NEEDS_SECOND && !run->second)
		return "no second device was named";
	if (rule->needs & NEEDS_MIGRATION && !run->caps)
		return "the device has no migration states";
	if (rule->needs & NEEDS_PRE_COPY && !(run->caps & PINSCOPE_MIGRATION_PRE_COPY))
		return "the device has no PRE_COPY";
	if (rule->needs & NEEDS_RESET && !run->can_reset)
		return "the device cannot be reset";
	if (rule->needs & NEEDS_LOG && !run->has_log)
		return "the device offers no DMA logging";
	if (rule->needs & NEEDS_PATCHED && !run->patched)
		return "this kernel does not say";
	if (rule->needs & NEEDS_EXERCISER && !run->ex)
		return "nothing makes the device write: name an exerciser";
	if (rule->needs & NEEDS_EXERCISER && run->broken)
		return "the exerciser does not work";
	return NULL;
}

static bool wanted(const struct run *run, const struct rule *rule)
{
	return !run->request->test || !fnmatch(run->request->test, rule->name, 0);
}

static struct result *begin(struct run *run, const char *rule)
{
	struct result *result = &run->results[run->nr_results];
	struct timespec time;

	*result = (struct result) { .rule = rule };
	run->now = result;
	snprintf(run->shared->rule, sizeof(run->shared->rule), "%s", rule);
	clock_gettime(CLOCK_MONOTONIC, &time);
	run->shared->deadline = time.tv_sec + (time_t)(run->request->limit *
						       CERTIFY_RULE_LIMIT);
	return result;
}

static void run_rule(struct run *run, const struct rule *rule)
{
	struct result *result = begin(run, rule->name);
	const char *lack = lacks(run, rule);
	double from = now();

	if (lack) {
		result->outcome = skipped(run, "%s", lack);
	} else {
		result->outcome = steps_run(run, rule->steps);
		rig_close(run);
	}
	run->shared->deadline = 0;
	result->seconds = now() - from;
	if (!result->why)
		result->why = cli_must(strdup(""));
	run->nr_results++;
	if (!run->request->json)
		ktap_result(run, run->nr_results, result);
}

/* What the device and the kernel can do, which decides what can be said. */
static enum outcome look(struct run *run)
{
	struct pinscope_container_info info;
	struct pinscope_device_info device;
	enum outcome outcome = rig_open(run, 0);
	int ret;

	if (outcome)
		return outcome;
	ret = pinscope_container_get_info(run->rig.container, &info);
	if (ret)
		return failed(run, "VFIO_IOMMU_GET_INFO failed: %s", strerror(-ret));
	run->patched = info.has_scope;
	if (!info.has_dirty) {
		pinscope_container_info_release(&info);
		return failed(run, "this kernel does not track dirty pages: it takes Linux 5.8 or "
			      "later, and the type 1 IOMMU");
	}
	pinscope_container_info_release(&info);

	if (pinscope_migration_get_caps(run->rig.member.device, &run->caps))
		run->caps = 0;
	run->can_reset = !pinscope_device_get_info(run->rig.member.device, &device) &&
			 device.flags & VFIO_DEVICE_FLAGS_RESET;
	run->has_log = !pinscope_dma_logging_check(run->rig.member.device);
	return PASSED;
}

static size_t count_rules(const struct run *run)
{
	const struct rule *rule;
	size_t nr = 0, i;

	for (i = 0; i < sizeof(areas) / sizeof(areas[0]); i++)
		for (rule = areas[i]; rule->name; rule++)
			nr += wanted(run, rule);
	return nr;
}

static int tell(const struct run *run)
{
	char *words = verdict(run);
	int ret = CLI_OK, other;

	if (run->request->json)
		report_json(run, words);
	else
		ktap_verdict(run, words);
	if (run->request->junit)
		ret = report_junit(run, words, run->request->junit);
	if (run->request->html) {
		other = report_html(run, words, run->request->html);
		ret = ret ? ret : other;
	}
	free(words);
	return ret;
}

static void forget(struct run *run)
{
	size_t i;

	for (i = 0; i < run->nr_results; i++) {
		free(run->results[i].why);
		free(run->results[i].notes);
	}
	for (i = 0; i < run->nr_rounds; i++)
		free(run->rounds[i].map);
	free(run->results);
	free(run->rounds);
	exerciser_free(run->ex);
}

static int run_all(struct run *run)
{
	size_t nr = count_rules(run), i;
	const struct rule *rule;
	enum outcome outcome;

	if (!nr) {
		cli_error("no rule is called '%s': without --test all of them are listed",
			  run->request->test);
		return CLI_USAGE;
	}
	run->results = cli_must(calloc(nr + 1, sizeof(*run->results)));
	begin(run, "begin");
	outcome = look(run);
	rig_close(run);
	if (outcome) {
		cli_error("nothing can be said of %s: %s", run->subject->name, run->now->why);
		free(run->now->why);
		free(run->now->notes);
		if (run->request->json)
			report_refused(run->request);
		return run->broken ? CLI_FAILED : CLI_MISSING;
	}
	free(run->now->notes);

	if (!run->request->json)
		ktap_plan(run, nr);
	for (i = 0; i < sizeof(areas) / sizeof(areas[0]); i++)
		for (rule = areas[i]; rule->name; rule++)
			if (wanted(run, rule))
				run_rule(run, rule);
	return tell(run);
}

int suite_run(struct run *run)
{
	bool bad = false, broken;
	size_t i;
	int ret;

	run->idle_dirty = -1;
	if (run->request->exerciser)
		run->ex = exerciser_new(run->request->exerciser);
	ret = run_all(run);
	for (i = 0; i < run->nr_results; i++)
		bad |= run->results[i].outcome == FAILED &&
		       run->results[i].cause != CAUSE_EXERCISER;
	broken = run->broken;
	forget(run);
	if (bad)
		return CLI_BAD;
	return ret || !broken ? ret : CLI_FAILED;
}
