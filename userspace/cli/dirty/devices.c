// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/container/member.h"
#include "cli/dirty/dirty.h"
#include "cli/output/message.h"

/* Windows are for devices that pin: all but plain IOMMU-backed ones. */
static bool uses_windows(const struct worker *worker)
{
	return worker->sample &&
	       (!(worker->features & PINSCOPE_FEATURE_BACKED) ||
		worker->features & PINSCOPE_FEATURE_OPTIN);
}

/* A group opens once: a second device of it uses the handle of the first. */
static struct pinscope_group *find_group(const struct session *session, const char *name)
{
	unsigned int number;
	size_t i;

	if (pinscope_device_group(name, &number))
		return NULL;
	for (i = 0; i < session->nr_workers; i++) {
		struct pinscope_group *group = session->workers[i].member.group;

		if (group && pinscope_group_number(group) == number)
			return group;
	}
	return NULL;
}

static int open_device(struct session *session, struct worker *worker)
{
	struct pinscope_group *group = find_group(session, worker->name);
	char what[128];
	int ret;

	if (!group)
		return cli_join(session->container, worker->name, &worker->member);
	ret = pinscope_device_open(group, worker->name, &worker->member.device);
	if (!ret)
		return CLI_OK;
	snprintf(what, sizeof(what), "cannot open %s", worker->name);
	return cli_fail(what, PINSCOPE_OP_DEVICE_OPEN, ret);
}

static int open_worker(struct session *session, struct worker *worker)
{
	uint64_t caps;
	int ret;

	ret = open_device(session, worker);
	if (ret)
		return ret;
	worker->sample = !pinscope_sample_check(worker->member.device);
	worker->migrates = !pinscope_migration_get_caps(worker->member.device, &caps);
	if (!worker->sample)
		return CLI_OK;

	ret = pinscope_sample_read32(worker->member.device, PINSCOPE_REG_FEATURES,
				     &worker->features);
	if (!ret)
		ret = pinscope_device_enable(worker->member.device);
	return ret ? cli_fail("cannot start the device", PINSCOPE_OP_SAMPLE, ret) : CLI_OK;
}

int dirty_add_windows(struct session *session)
{
	const struct request *request = session->request;
	char what[128];
	size_t i, j;
	int ret;

	for (i = 0; i < session->nr_workers; i++) {
		struct worker *worker = &session->workers[i];

		if (!uses_windows(worker))
			continue;
		for (j = 0; j < request->nr_windows; j++) {
			const struct span *window = &request->windows[j];
			uint32_t bytes = (uint32_t)(window->count * DIRTY_PAGE_SIZE);

			ret = pinscope_sample_add_window(worker->member.device,
							 dirty_iova(window->first), bytes);
			if (!ret)
				continue;
			snprintf(what, sizeof(what), "%s refuses the window of pages %llu+%llu",
				 worker->name, (unsigned long long)window->first,
				 (unsigned long long)window->count);
			return cli_fail(what, PINSCOPE_OP_SAMPLE, ret);
		}
	}
	return CLI_OK;
}

/* Every device that can be in a state goes there, as a hypervisor has them do. */
int dirty_enter_state(struct session *session, enum pinscope_migration_state state)
{
	char what[128];
	size_t i;
	int ret;

	for (i = 0; i < session->nr_workers; i++) {
		struct worker *worker = &session->workers[i];
		int fd;

		if (!worker->migrates)
			continue;
		ret = pinscope_migration_set_state(worker->member.device, state, &fd);
		if (ret) {
			snprintf(what, sizeof(what), "%s does not enter %s", worker->name,
				 pinscope_migration_state_name(state));
			return cli_fail(what, PINSCOPE_OP_MIGRATION, ret);
		}
		/* A stream lives through the saving states, and ends with them. */
		if (fd >= 0) {
			if (worker->data_fd >= 0)
				close(worker->data_fd);
			worker->data_fd = fd;
		}
	}
	return CLI_OK;
}

static int write_span(struct session *session, struct worker *worker, const struct span *span,
		      uint32_t seed)
{
	const char *memory = pinscope_buffer_data(session->buffer);
	char what[128];
	uint64_t page;
	int ret;

	for (page = span->first; page < span->first + span->count; page++) {
		/* A stopped device must not write; that is no failure of it. */
		ret = pinscope_sample_dma_write(worker->member.device, dirty_iova(page),
						DIRTY_PAGE_SIZE, seed);
		if (ret) {
			snprintf(what, sizeof(what), "%s cannot write page %llu", worker->name,
				 (unsigned long long)page);
			return cli_fail(what, PINSCOPE_OP_SAMPLE, ret);
		}
		if (pinscope_sample_verify(memory + page * DIRTY_PAGE_SIZE, DIRTY_PAGE_SIZE,
					   seed)) {
			cli_error("%s wrote page %llu, but its memory has other contents",
				  worker->name, (unsigned long long)page);
			return CLI_BAD;
		}
		session->written[page] = 1;
	}
	return CLI_OK;
}

static bool may_write(const struct worker *worker)
{
	enum pinscope_migration_state state;

	if (!worker->sample)
		return false;
	if (!worker->migrates || pinscope_migration_get_state(worker->member.device, &state))
		return true;
	return state == PINSCOPE_STATE_RUNNING || state == PINSCOPE_STATE_PRE_COPY;
}

int dirty_write(struct session *session, uint64_t round)
{
	const struct request *request = session->request;
	uint32_t seed = (uint32_t)(round << 16);
	size_t i, j;
	int ret;

	for (i = 0; i < session->nr_workers; i++) {
		struct worker *worker = &session->workers[i];

		if (!may_write(worker))
			continue;
		for (j = 0; j < request->nr_writes; j++) {
			ret = write_span(session, worker, &request->writes[j], seed);
			if (ret)
				return ret;
		}
		if (!request->nr_writes) {
			const struct span *window = &request->windows[0];
			const struct span one = {
				.first = window->first + (round - 1) % window->count,
				.count = 1,
			};

			ret = write_span(session, worker, &one, seed);
			if (ret)
				return ret;
		}
	}
	return CLI_OK;
}

const char *dirty_state_now(const struct session *session)
{
	enum pinscope_migration_state state;
	size_t i;

	for (i = 0; i < session->nr_workers; i++)
		if (session->workers[i].migrates &&
		    !pinscope_migration_get_state(session->workers[i].member.device, &state))
			return pinscope_migration_state_name(state);
	return "RUNNING";
}

int dirty_set_up(struct session *session)
{
	const struct request *request = session->request;
	size_t i;
	int ret;

	ret = pinscope_container_open(&session->container);
	if (ret)
		return cli_fail("cannot open a container", PINSCOPE_OP_CONTAINER_OPEN, ret);
	for (i = 0; i < request->nr_names; i++) {
		session->workers[i].name = request->names[i];
		session->workers[i].data_fd = -1;
		session->nr_workers++;
		ret = open_worker(session, &session->workers[i]);
		if (ret)
			return ret;
	}

	ret = pinscope_buffer_map(session->container, DIRTY_IOVA, request->pages * DIRTY_PAGE_SIZE,
				  PINSCOPE_MAP_RW, &session->buffer);
	if (ret)
		return cli_fail("cannot map memory", PINSCOPE_OP_MAP, ret);
	session->written = calloc(request->pages, 1);
	ret = session->written ? pinscope_bitmap_new(&session->dirty) : -ENOMEM;
	return ret ? cli_fail("cannot count pages", PINSCOPE_OP_DIRTY, ret) : CLI_OK;
}

void dirty_tear_down(struct session *session)
{
	size_t i;

	if (session->container)
		pinscope_dirty_stop(session->container);
	for (i = 0; i < session->nr_workers; i++) {
		if (session->workers[i].data_fd >= 0)
			close(session->workers[i].data_fd);
		pinscope_device_close(session->workers[i].member.device);
		session->workers[i].member.device = NULL;
	}
	/* While the container still has its IOMMU. */
	pinscope_buffer_unmap(session->buffer);
	for (i = 0; i < session->nr_workers; i++)
		cli_leave(&session->workers[i].member);
	pinscope_container_close(session->container);
	pinscope_bitmap_free(session->dirty);
	free(session->written);
}

