# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034 # for tests/vm/boot

parameters="log_buf_len=16M loglevel=5 slab_debug=FZP
	rcupdate.rcu_cpu_stall_timeout=120
	sysctl.kernel.hung_task_timeout_secs=600"
more_memory=1 factor=8

# What "make check" runs: where threads meet
tests=('race.*' 'r11.*' 'r16.*' 'unmap.*' 'sim.*')
