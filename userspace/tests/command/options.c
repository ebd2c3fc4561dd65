// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "command.h"

void test_options(void)
{
	static const struct {
		const char *name;
		const char *line;
		const char *what;
	} cases[] = {
		{ "first_of_two_is_wrong", "list -xa", "unknown option '-x'" },
		{ "second_of_two_is_wrong", "list -ax", "unknown option '-x'" },
		{ "long_is_wrong", "list -a --every", "unknown option '--every'" },
		{ "long_takes_no_value", "list --json=3", "'--json' takes no value" },
		{ "short_wants_value", "dirty -p", "'--pages' wants a value" },
		{ "long_wants_value", "plot --columns", "'--columns' wants a value" },
		{ "zero_in_front", "dirty -p 08", "name at least one device" },
		{ "hexadecimal", "dirty -p 0x10 -w 0xf", "name at least one device" },
		{ "hexadecimal_is_no_digits", "dirty -p 0x", "'0x' is no number" },
		{ "negative", "dirty -p -1", "'-1' is no number" },
		{ "too_many", "dirty -p 262145", "is no number of pages from 1 to 262144" },
		{ "rounds", "dirty -n x", "'x' is no number of rounds from 0 to 1000" },
		{ "beyond_pages", "dirty -p 010 -d 10", "beyond the 10 pages" },
		{ "window", "dirty -w 8-9", "'8-9' is no window: name its first page" },
		{ "write", "dirty -d 8-9", "'8-9' is no page to write: name it" },
		{ "state", "dirty -s FOO",
		  "'FOO' is no migration state; those are STOP, RUNNING," },
		{ "seventeen_states", "dirty -s STOP -s STOP -s STOP -s STOP -s STOP -s STOP "
		  "-s STOP -s STOP -s STOP -s STOP -s STOP -s STOP -s STOP -s STOP -s STOP "
		  "-s STOP -s STOP", "at most 16 states" },
		{ "help_of_two", "help list scope", "help is of one command" },
		{ "of_scope", "scope -q", "unknown option '-q'" },
		{ "of_doctor", "doctor -jq", "unknown option '-q'" },
		{ "demo_is_elsewhere", "demo -q", "'make demo' in the source tree" },
		{ "of_record", "record -q true", "unknown option '-q'" },
		{ "of_certify", "certify -q", "unknown option '-q'" },
		{ "certify_nothing", "certify", "name a device" },
		{ "certify_three", "certify a b c", "at most two devices" },
		{ "certify_pages", "certify -p 47 a",
		  "'47' is no number of pages from 48 to 4096" },
		{ "certify_limit", "certify -l 0 a", "'0' is no number of seconds from 1 to 600" },
		{ "certify_exerciser", "certify -e '' a", "an exerciser has a name, or is a" },
		{ "of_trace", "trace -q", "unknown option '-q'" },
		{ "of_trace_count", "trace -n 0", "'0' is no number of events from 1 on" },
		{ "of_trace_time", "trace -t 1x", "'1x' is no number of seconds" },
		{ "of_trace_no_time", "trace -t 0", "'0' is no number of seconds" },
		{ "argument", "doctor now", "no argument is wanted, but 'now'" },
		{ "control_characters", "doctor \"$(printf 'a\\033[2J')\"", "'a\\x1b[2J'" },
	};
	char name[80];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(name, sizeof(name), "option.%s", cases[i].name);
		result(says(2, cases[i].what, cases[i].line), name);
	}
	result(!run("plot --columns 2 --help")->status && strstr(run("list -h")->out, "Usage:") &&
	       strstr(run("help --help")->out, "Usage:") && strstr(run("help help")->out, "Usage:"),
	       "option.help");
	/* The value of an option, or an argument of another program, is no option. */
	result(says(2, "name at least one recording", "plot -o --help"),
	       "option.help_as_value");
	result(says(3, "no-such-program", "record -o none.rec no-such-program --help"),
	       "option.help_of_another");
}
