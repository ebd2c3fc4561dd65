# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# How somebody's own kernel is booted: as the distribution's

# shellcheck source=debian.boot
. "$(dirname "${BASH_SOURCE[0]}")/debian.boot"
