# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034 # for tests/vm/boot
#
# How the distribution's kernel is booted: its parameters, gigabytes of memory
# that it needs more than the distribution's, how many times longer limits are.

parameters="quiet slab_debug=FZP kfence.sample_interval=10 log_buf_len=16M"
more_memory=0 factor=1
