# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tests of packages share, on the machine under test: KTAP, and the list of
# files that they may not change.

# What is first in a pipe may fail, too: "grep -q" would end it by a signal
set -o pipefail

kernel=$(basename /boot/config-*[0-9]-amd64)
kernel=${kernel#config-}
number=0

# check NAME COMMAND...: one test; what it says is shown if it fails
check() {
	local name=$1 said status=0 start=$SECONDS
	shift
	number=$((number + 1))
	said=$("$@" 2>&1 </dev/null) || status=$?
	echo "# duration $((SECONDS - start)) s"
	if [ "$status" -ne 0 ]; then
		tail -n 60 <<<"$said" | sed 's/^/# /'
		echo "not ok $number packages.$name"
	else
		echo "ok $number packages.$name"
	fi
}

# expect STATUS PATTERN COMMAND...: it ends with STATUS and prints what matches
expect() {
	local wanted=$1 pattern=$2 said status=0
	shift 2
	said=$("$@" 2>&1) || status=$?
	if [ "$status" -ne "$wanted" ] || ! grep -qE -- "$pattern" <<<"$said"; then
		echo "$*: exit status $status, not $wanted, or no '$pattern' in:"
		echo "$said"
		return 1
	fi
}

# All files, and what is in modules; not what is left out of the image of the machine,
# nor what dpkg, apt and systemd write down whatever is installed
file_list() {
	local pattern prune=(-path /var/lib/dpkg -o -path /var/lib/apt -o
		-path /var/lib/systemd)
	while read -r pattern; do
		prune+=(-o -path "/$pattern")
	done <"$(dirname "$0")/left-out"
	find / -xdev \( "${prune[@]}" \) -prune -o -printf '%y %p\n' | sort
	find /usr/lib/modules -name '*.ko*' -exec sha256sum {} + | sort -k 2
}

nothing_left() { # LIST
	file_list | diff "$1" -
}

module_file() { modinfo -k "$kernel" -n "$1"; }

# built_for KERNEL MODULE VERSION: DKMS has installed it
built_for() {
	local said
	said=$(dkms status -m "$2" -v "$3" -k "$1")
	[[ $said == "$2/$3, $1, x86_64: installed"* ]] ||
		{ echo "dkms status of $2/$3 for $1: ${said:-nothing}"; return 1; }
}
