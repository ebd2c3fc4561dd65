# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the scripts of the testbed share: messages, long steps with progress,
# and a cache whose entries are named after their content.

set -euo pipefail
umask 022
export LC_ALL=C
# An ordinary user of Debian does not have chroot and others in the path
PATH=$PATH:/usr/sbin:/sbin

vm=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$vm/../.." && pwd)
export vm top

say() { echo "$*" >&2; }

# Many are called "run": these go by the name of their directory
die() {
	local name
	name=$(readlink -f "$0")
	name=${name%/run}
	say "${name##*/}: $*"
	exit 1
}

# What stands at the top of each script tells how it is used
if [ "${1:-}" = --help ]; then
	sed -n '/^#!/d; /^# SPDX/d; /^#/!q; s/^# \{0,1\}//p' "$0" | sed 1d
	exit
fi

# What make passes on to all that boots is looked at before anything is built
[[ ${PINSCOPE_SEED:-1} =~ ^[0-9]+$ ]] ||
	die "SEED is a number, not \"$PINSCOPE_SEED\""
[[ ${PINSCOPE_REPEAT:-1} =~ ^[1-9][0-9]*$ ]] ||
	die "REPEAT is a number from 1 on, not \"$PINSCOPE_REPEAT\""
[[ ${PINSCOPE_BACKEND:-compat} == compat ]] ||
	die "BACKEND is compat, or not set, not \"$PINSCOPE_BACKEND\""
[ -z "${PINSCOPE_BACKEND:-}" ] || [ -n "${PINSCOPE_IOMMUFD:-}" ] ||
	die "BACKEND=compat needs IOMMUFD=1"
[[ ${PINSCOPE_FACTOR:-1} =~ ^[1-9][0-9]*$ ]] ||
	die "PINSCOPE_FACTOR is a number from 1 on, not \"$PINSCOPE_FACTOR\""

# The cache is outside the tree; PINSCOPE_CACHE puts it elsewhere.
cache=${PINSCOPE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pinscope}
mkdir -p "$cache"

# Every script takes this option, first: the kernel of the guest, by default the
# distribution's; 7.3 is that of its backports; a path is that of somebody's own, with
# PINSCOPE_MODULES; others are made from tests/kernels/NAME.config
if [ "${1:-}" = --kernel ]; then
	PINSCOPE_KERNEL=${2?no name after --kernel}
	export PINSCOPE_KERNEL
	shift 2
fi

# What a guest with the kernel of a stage is to have: sets kernel, parameters, more_memory,
# and factor, by which everything takes longer there
# shellcheck disable=SC2034 # for those who call it
guest_of_kernel() { # STAGE
	kernel=$(cat "$1/kernel")
	parameters='' more_memory=0 factor=1
	# shellcheck source=../kernels/debian.boot
	. "$top/tests/kernels/$kernel.boot"
	factor=$((factor * ${PINSCOPE_FACTOR:-1}))
}

# Where the patches for that kernel are, below the top
series_dir() {
	local release
	case ${PINSCOPE_KERNEL:-debian} in
	7.3) echo vfio-core-patches/7.3 ;;
	*/*)
		release=$(cat "${PINSCOPE_MODULES:-}/build/include/config/kernel.release" \
			2>/dev/null) ||
			die "with KERNEL=$PINSCOPE_KERNEL goes MODULES=, its lib/modules/RELEASE," \
				"with \"build\" in it"
		case $release in
		6.12 | 6.12[!0-9]*) echo vfio-core-patches/6.12 ;;
		7.3 | 7.3[!0-9]*) echo vfio-core-patches/7.3 ;;
		*) die "the patches are for 6.12 and 7.3, not for $release" ;;
		esac
		;;
	*) echo vfio-core-patches/6.12 ;;
	esac
}

scratch_dirs=()
drop_scratch() {
	[ ${#scratch_dirs[@]} -eq 0 ] || rm -rf "${scratch_dirs[@]}"
}
trap drop_scratch EXIT

# scratch VAR: makes a temporary directory that goes away with the script
scratch() {
	local _dir
	_dir=$(mktemp -d "${TMPDIR:-/tmp}/pinscope.XXXXXX")
	scratch_dirs+=("$_dir")
	printf -v "$1" %s "$_dir"
}

# step TITLE LIMIT COMMAND...: runs a long command with its output in a file,
# shows that it is alive, and its last lines if it fails or takes too long
step() {
	local title=$1 limit=$2 log pid status=0 start=$SECONDS shown=0
	shift 2
	log=$(mktemp "${TMPDIR:-/tmp}/pinscope-log.XXXXXX")
	say "* $title"
	timeout -k 10 "$limit" "$@" >"$log" 2>&1 </dev/null &
	pid=$!
	# timeout leads a process group of its own, which Ctrl-C does not reach
	trap 'kill -- "-$pid" 2>/dev/null; exit 130' INT TERM PIPE
	while sleep 0.2 && kill -0 "$pid" 2>/dev/null; do
		if [ $((SECONDS - start - shown)) -ge 15 ]; then
			shown=$((SECONDS - start))
			say "  ${shown} s: $(tail -n 1 "$log" | cut -c 1-70)"
		fi
	done
	wait "$pid" || status=$?
	trap - INT TERM PIPE
	if [ "$status" -ne 0 ]; then
		tail -n "${STEP_TAIL:-20}" "$log" >&2
		[ "$status" -ne 124 ] || say "stopped: limit of $limit s"
		say "failed after $((SECONDS - start)) s: $title"
	else
		say "  done in $((SECONDS - start)) s"
	fi
	rm -f "$log"
	return "$status"
}

# sources PATH...: the files below these paths of the tree, without what a
# build leaves behind; sorted, relative to the top
sources() {
	(cd "$top" && for path in "$@"; do
		[ ! -e "$path" ] || find "$path" -type f \
			! -name '*.o' ! -name '*.ko' ! -name '*.a' \
			! -name '*.so*' ! -name '*.mod' ! -name '*.mod.c' \
			! -name '*.symvers' ! -name '*.order' ! -name '.*.cmd' \
			! -name '*.d' ! -name '.*.sw?' ! -name '*~'
	done | sort)
}

# A short name for the content of standard input
stream_key() { sha256sum | cut -c 1-16; }

# word_key WORD...: the same for words
word_key() { printf '%s\n' "$@" | stream_key; }

# source_key PATH...: a short name for the content of these parts of the tree
source_key() {
	sources "$@" | (cd "$top" && xargs -r -d '\n' sha256sum) | stream_key
}

# copy_sources DIR PATH...: puts the same files below DIR
copy_sources() {
	local dir=$1
	shift
	sources "$@" | (cd "$top" && cpio --quiet -pdm "$dir")
}

# cached VAR KIND KEY BUILDER...: sets VAR to the directory of a cache entry.
# If there is none yet, "BUILDER... DIR" fills a directory that gets its name
# only when it is whole; a second run that wants the same entry waits. "set -e"
# may be off in a builder: it says itself what must not fail.
cached() {
	local _dest=$cache/$2/$3 _var=$1
	shift 3
	mkdir -p "${_dest%/*}"
	if [ ! -d "$_dest" ]; then
		(
			flock -n 9 || {
				say "* waiting for another run that makes ${_dest#"$cache"/}"
				flock -w 3600 9 || die "$_dest.lock stays locked"
			}
			if [ ! -d "$_dest" ]; then
				remove_tree "$_dest.tmp" &&
				mkdir "$_dest.tmp" &&
				"$@" "$_dest.tmp" 9>&- &&
				mv "$_dest.tmp" "$_dest"
			fi
		) 9>"$_dest.lock" || return 1
	fi
	touch "$_dest"
	printf -v "$_var" %s "$_dest"
}

# as_root COMMAND...: as root with mounts of its own; an ordinary user becomes
# root of a user namespace that maps the user's subordinate ids
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		unshare --mount -- "$@"
	else
		unshare --map-root-user --map-auto --mount -- "$@"
	fi
}

# remove_tree PATH...: also what belongs to the user's subordinate ids
remove_tree() {
	local path
	for path in "$@"; do
		[ ! -e "$path" ] || as_root rm -rf "$path"
	done
}

# prune KIND [KEEP]: drops entries that nothing used for two weeks, and all but the
# KEEP (default: 3) that were used last
prune() {
	local old
	[ -d "$cache/$1" ] || return 0
	# Another run may prune at the same time
	{
		find "$cache/$1" -mindepth 1 -maxdepth 1 -type d -mtime +14 || :
		find "$cache/$1" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' |
			sort -rn | tail -n "+$((${2:-3} + 1))" | cut -d ' ' -f 2- || :
	} | sort -u | while read -r old; do
		remove_tree "$old"
		rm -f "$old.lock"
	done
}

# results_dir VAR: a new directory for what a run leaves, which "latest" points to;
# the last twenty are kept. PINSCOPE_RUN names one that is there already.
results_dir() {
	local _all=${PINSCOPE_RESULTS:-$cache/results} _dir=${PINSCOPE_RUN:-}
	if [ -z "$_dir" ]; then
		mkdir -p "$_all"
		_dir=$(mktemp -d "$_all/$(date +%F_%H-%M-%S).XXX")
		chmod 755 "$_dir"
		ln -sfn "${_dir##*/}" "$_all/latest"
		find "$_all" -mindepth 1 -maxdepth 1 -type d -name '20*' |
			sort | head -n -20 | xargs -r -d '\n' rm -r
		{
			echo "date     $(date +"%F %T %z")"
			echo "commit   $(git -C "$top" describe --always --dirty \
				2>/dev/null || echo unknown)"
			echo "kernel   ${PINSCOPE_KERNEL:-debian}, seed ${PINSCOPE_SEED:-drawn by each suite}"
			echo "host     $(uname -r), $(nproc) CPUs, load $(cut -d " " -f 1-3 \
				/proc/loadavg), $(qemu-system-x86_64 --version | head -n 1)"
		} >"$_dir/run.txt"
	fi
	printf -v "$1" %s "$_dir"
}
