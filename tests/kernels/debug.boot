# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034 # for tests/vm/boot

# Every report, not only the first; one of lockdep is long
parameters="kasan_multi_shot log_buf_len=16M loglevel=5
	rcupdate.rcu_cpu_stall_timeout=120
	sysctl.kernel.hung_task_timeout_secs=600"
more_memory=1 factor=8
