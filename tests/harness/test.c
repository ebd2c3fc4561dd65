// SPDX-License-Identifier: GPL-2.0
/* What runs inside a test's process: how it fails, skips and takes down. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "raw.h"
#include "run.h"

struct deferred {
	void (*fn)(void *arg);
	void *arg;
	struct deferred *next;
};

static struct deferred *stack[NR_PHASES];
static bool taking_down;

static unsigned int read_factor(void)
{
	const char *word = getenv("PINSCOPE_FACTOR");
	int factor = word ? atoi(word) : 1;

	return factor > 1 ? factor : 1;
}

unsigned int time_factor(void)
{
	static unsigned int factor;

	if (!factor)
		factor = read_factor();
	return factor;
}

uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void doze(unsigned int ms)
{
	usleep(ms * 1000);
}

void *zalloc(size_t size)
{
	void *p = calloc(1, size);

	if (!p)
		fail("out of memory");
	return p;
}

char *text(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	if (!s)
		fail("out of memory");
	return s;
}

void defer(enum phase phase, void (*fn)(void *arg), void *arg)
{
	struct deferred *d = zalloc(sizeof(*d));

	*d = (struct deferred){ fn, arg, stack[phase] };
	stack[phase] = d;
}

static void take_down(void)
{
	struct deferred *d;
	int phase;

	taking_down = true;
	for (phase = 0; phase < NR_PHASES; phase++) {
		while (stack[phase]) {
			d = stack[phase];
			stack[phase] = d->next;
			d->fn(d->arg);
		}
	}
}

static void leave(int result) __attribute__((noreturn));

static void leave(int result)
{
	take_down();
	shared->ended = true;
	fflush(NULL);
	_exit(result);
}

void test_process(const struct test *test)
{
	test->run();
	leave(RESULT_PASS);
}

void note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

void skip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(shared->reason, sizeof(shared->reason), fmt, ap);
	va_end(ap);
	leave(RESULT_SKIP);
}

void missing(const char *feature)
{
	if (core_is_partial())
		skip("absent: %s", feature);
	if (core_is_patched())
		fail("the patched core lacks: %s", feature);
	skip("needs the patched core: %s", feature);
}

void fail_at(const char *file, int line, const char *fmt, ...)
{
	const char *slash = strrchr(file, '/');
	char said[sizeof(shared->reason)];
	va_list ap;
	int n;

	n = snprintf(said, sizeof(said), "%s:%d: ", slash ? slash + 1 : file,
		     line);
	va_start(ap, fmt);
	vsnprintf(said + n, sizeof(said) - n, fmt, ap);
	va_end(ap);
	puts(said);
	shared->failed = true;
	if (!shared->reason[0])
		memcpy(shared->reason, said, sizeof(said));
	fflush(stdout);

	/* A step of the take-down that fails must not start it again. */
	if (taking_down)
		_exit(RESULT_FAIL);
	leave(RESULT_FAIL);
}

void expect_errno(const char *file, int line, const char *what, long ret,
		  int err)
{
	if (ret >= 0)
		fail_at(file, line, "%s succeeded (%ld), expected %s", what,
			ret, strerrorname_np(err));
	if (ret != -err)
		fail_at(file, line, "%s failed with %s, expected %s", what,
			strerrorname_np(-ret), strerrorname_np(err));
}

long expect_ok(const char *file, int line, const char *what, long ret)
{
	if (ret < 0)
		fail_at(file, line, "%s failed: %s", what, strerror(-ret));
	return ret;
}

void expect_pages(const char *file, int line, const char *what, uint64_t got,
		  uint64_t want)
{
	char a[256], b[256], c[256], d[256];

	if (got == want)
		return;
	fail_at(file, line, "%s: pages %s, expected %s (lost: %s, extra: %s)",
		what, page_list(got, a, sizeof(a)),
		page_list(want, b, sizeof(b)),
		page_list(want & ~got, c, sizeof(c)),
		page_list(got & ~want, d, sizeof(d)));
}

void expect_subset(const char *file, int line, const char *what, uint64_t got,
		   uint64_t want)
{
	char a[256], b[256];

	if (!(want & ~got))
		return;
	fail_at(file, line, "%s: pages %s, LOST: %s", what,
		page_list(got, a, sizeof(a)),
		page_list(want & ~got, b, sizeof(b)));
}
