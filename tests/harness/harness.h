/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The harness: tests register themselves, each runs in a process of its own
 * under a time limit, and the kernel is looked at after every one of them.
 *
 * A test is a function between 15 and 60 lines that reads like the sentence
 * in its name:
 *
 *	TEST(r04, pin_narrows_scope)
 *	{
 *		...
 *		same(vm_get(vm), P(9));
 *	}
 *
 * It ends by returning (pass), by fail() or by skip(). Whatever it set up is
 * taken down by the functions it gave to defer(), whichever way it ends.
 */
#ifndef PINSCOPE_HARNESS_H
#define PINSCOPE_HARNESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/**
 * struct test - one registered test
 * @name: rule and behaviour, "r04.pin_narrows_scope"
 * @run: the test itself
 * @log: kernel messages of level warning and worse that the test provokes on
 *	purpose: fnmatch() patterns separated by '|'; NULL if there are none
 * @says: the same for messages of any level that it has to provoke: each
 *	pattern must have its line
 * @limit: seconds until the test is killed, times time_factor(); 0 stands for
 *	DEFAULT_LIMIT
 */
struct test {
	const char *name;
	void (*run)(void);
	const char *log;
	const char *says;
	unsigned int limit;
};

#define DEFAULT_LIMIT 40

/* A test; further arguments are members of struct test: .log, .limit ... */
#define TEST(suite, what, ...)						\
	static void suite##_##what(void);				\
	static const struct test test_##suite##_##what = {		\
		.name = #suite "." #what, .run = suite##_##what,	\
		##__VA_ARGS__						\
	};								\
	static void __attribute__((constructor))			\
	register_##suite##_##what(void)					\
	{								\
		test_register(&test_##suite##_##what);			\
	}								\
	static void suite##_##what(void)

void test_register(const struct test *test);

/* Which core the suite runs on, as the command line or the symbols say. */
bool core_is_patched(void);
bool core_is_partial(void);

/*
 * missing() is called when something that only the patched core offers is not
 * there: on the stock core and on one with some of the patches that skips the
 * test, on a patched one it fails it.
 */
void missing(const char *feature) __attribute__((noreturn));

void skip(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
void fail_at(const char *file, int line, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 3, 4)));
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#define fail(...) fail_at(__FILE__, __LINE__, __VA_ARGS__)

/* The condition holds, or the test fails and names it. */
#define check(cond)							\
	do {								\
		if (!(cond))						\
			fail("not true: %s", #cond);			\
	} while (0)

/* Two integers are equal. */
#define equal(got, want)						\
	do {								\
		long long got_ = (got), want_ = (want);			\
									\
		if (got_ != want_)					\
			fail("%s is %lld, expected %lld", #got, got_,	\
			     want_);					\
	} while (0)

/* A call that returns 0 or more, or -errno, ended with this errno. */
#define refused(call, err)						\
	expect_errno(__FILE__, __LINE__, #call, (call), (err))

/* A call that returns 0 or more, or -errno, succeeded. */
#define ok(call)							\
	expect_ok(__FILE__, __LINE__, #call, (call))

/* Two sets of pages, bit n for page n, are the same. */
#define same(got, want)							\
	expect_pages(__FILE__, __LINE__, #got, (got), (want))

/* A set of pages holds at least these. */
#define holds(got, want)						\
	expect_subset(__FILE__, __LINE__, #got, (got), (want))

void expect_errno(const char *file, int line, const char *what, long ret,
		  int err);
long expect_ok(const char *file, int line, const char *what, long ret);
void expect_pages(const char *file, int line, const char *what, uint64_t got,
		  uint64_t want);
void expect_subset(const char *file, int line, const char *what, uint64_t got,
		   uint64_t want);

/*
 * Take-down, last given first within a phase. File descriptors go first: an
 * mdev cannot be removed, nor a driver unbound, while its device is open.
 */
enum phase { CLOSE_FILES, REMOVE_DEVICES, RESTORE_HOST, NR_PHASES };

void defer(enum phase phase, void (*fn)(void *arg), void *arg);

/*
 * How many times as long as usual things may take, on slow machines and kernels
 * with all checks on: PINSCOPE_FACTOR in the environment.
 */
unsigned int time_factor(void);

/* Milliseconds since boot. */
uint64_t now_ms(void);

void doze(unsigned int ms);

/* Waits at most @ms, times time_factor(), for a condition. Returns whether it came true. */
#define comes_true(cond, ms)						\
	({								\
		uint64_t end_ = now_ms() + (uint64_t)(ms) * time_factor();			\
		bool is_;						\
									\
		while (!(is_ = (cond)) && now_ms() < end_)		\
			doze(10);					\
		is_;							\
	})

/* Memory that lasts until the test ends; never NULL. */
void *zalloc(size_t size);

/* printf() into memory that lasts until the test ends. */
char *text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif /* PINSCOPE_HARNESS_H */
