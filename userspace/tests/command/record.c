// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"

#define HEAD "# pinscope recording 1: process 7, vmm\n"

void test_record(void)
{
	put("keep.rec", "what was\n");
	result(says(3, "cannot run 'no-such-program'", "record -o keep.rec -- no-such-program") &&
	       holds("keep.rec", "what was\n"), "record.no_such_program");
	put("script", "#!/no/such/interpreter\n");
	chmod("script", 0755);
	result(says(3, "cannot run './script'", "record -o keep.rec -- ./script") &&
	       holds("keep.rec", "what was\n"), "record.program_that_does_not_start");
	result(says(3, "cannot run", "record -o new.rec -- no-such-program") &&
	       access("new.rec", F_OK), "record.leaves_no_file");
	result(says(0, "", "record -o keep.rec -- true") && holds("keep.rec", ""),
	       "record.begins_anew");
	put("keep.rec", HEAD "1 7:3 start 0\n");
	result(says(0, "", "record -a -o keep.rec -- true") &&
	       holds("keep.rec", HEAD "1 7:3 start 0\n"), "record.goes_on");
	put("keep.rec", HEAD "1 7:3 sta");
	result(says(0, "not whole", "record -a -o keep.rec -- true") && holds("keep.rec", HEAD),
	       "record.goes_on_after_a_cut_line");
	result(run("record -o keep.rec -- sh -c 'exit 7'")->status == 7, "record.exit_status");

	result(!mkfifo("fifo", 0600) && says(4, "no regular file", "record -o fifo -- true"),
	       "record.to_fifo");
	result(says(4, "no regular file", "record -o /dev/null -- true"), "record.to_dev_null");
	result(says(4, "cannot write", "record -o . -- true"), "record.to_directory");
	result(says(2, "say what to run", "record -o keep.rec"), "record.no_program");
}
