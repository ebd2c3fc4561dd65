// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <pinscope/scope.h>

#include "file.h"

/* Read a file of any length. The result is to be freed. */
static int read_text(const char *path, char **out)
{
	size_t size = 16384;
	char *text = NULL, *grown;
	int ret;

	do {
		size *= 2;
		grown = realloc(text, size);
		if (!grown) {
			free(text);
			return -ENOMEM;
		}
		text = grown;
		ret = file_read(path, text, size);
	} while (!ret && strlen(text) + 2 >= size);

	if (ret) {
		free(text);
		return ret;
	}
	*out = text;
	return 0;
}

static int add_view(const char *id, void *context)
{
	struct pinscope_scope_list *list = context;
	struct pinscope_scope_view parsed, *view;
	char path[PINSCOPE_PATH_MAX], *text;
	int ret;

	ret = file_path(path, sizeof(path), "%s/vfio/containers/%s/scope",
			pinscope_debugfs_root(), id);
	if (ret)
		return ret;
	ret = read_text(path, &text);
	/* The container may have been closed since the directory was read. */
	if (ret)
		return ret == -ENOMEM || ret == -EACCES ? ret : 0;

	memset(&parsed, 0, sizeof(parsed));
	ret = pinscope_scope_parse(text, &parsed);
	free(text);
	/* One that makes no sense must not hide the others. */
	parsed.garbled = ret == -EBADMSG;
	if (ret && !parsed.garbled)
		return ret;
	view = array_add(&list->views, &list->nr, sizeof(*view));
	if (!view) {
		pinscope_scope_view_release(&parsed);
		return -ENOMEM;
	}
	*view = parsed;
	copy_name(view->id, sizeof(view->id), id);
	return 0;
}

static int compare_views(const void *a, const void *b)
{
	const struct pinscope_scope_view *x = a, *y = b;

	return strverscmp(x->id, y->id);
}

static int is_entry(const char *name, void *context)
{
	(void)name;
	(void)context;
	return 1;
}

int pinscope_scope_read_all(struct pinscope_scope_list *out)
{
	struct pinscope_scope_list list = { 0 };
	char path[PINSCOPE_PATH_MAX];
	int ret;

	/* An empty tree has no debugfs in it: nothing at all would be a lie. */
	ret = directory_each(pinscope_debugfs_root(), is_entry, NULL);
	if (ret <= 0)
		return ret ? ret : -ENOENT;

	ret = file_path(path, sizeof(path), "%s/vfio/containers", pinscope_debugfs_root());
	if (!ret)
		ret = directory_each(path, add_view, &list);
	if (ret) {
		pinscope_scope_list_release(&list);
		return ret == -ENOENT ? -EOPNOTSUPP : ret;
	}

	if (list.nr)
		qsort(list.views, list.nr, sizeof(*list.views), compare_views);
	*out = list;
	return 0;
}

void pinscope_scope_list_release(struct pinscope_scope_list *list)
{
	size_t i;

	if (!list)
		return;
	for (i = 0; i < list->nr; i++)
		pinscope_scope_view_release(&list->views[i]);
	free(list->views);
	list->views = NULL;
	list->nr = 0;
}

const char *pinscope_scope_name(enum pinscope_scope scope)
{
	switch (scope) {
	case PINSCOPE_SCOPE_WIDE:
		return "wide";
	case PINSCOPE_SCOPE_PINNED:
		return "pinned";
	case PINSCOPE_SCOPE_EMULATED:
		return "emulated";
	case PINSCOPE_SCOPE_WRITTEN:
		return "written";
	default:
		return "unknown";
	}
}
