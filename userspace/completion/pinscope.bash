# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Completion of pinscope: it asks "pinscope help" for commands and options.

_pinscope_commands() {
	"$1" help 2>/dev/null | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

_pinscope_devices() {
	local device
	for device in /sys/bus/mdev/devices/* /sys/bus/pci/drivers/vfio-pci/*:*; do
		[ ! -e "$device" ] || echo "${device##*/}"
	done
}

_pinscope() {
	local cur=${COMP_WORDS[COMP_CWORD]} help words='' i

	if [ "$COMP_CWORD" -eq 1 ] || [ "${COMP_WORDS[1]}" = help ]; then
		[ "$COMP_CWORD" -gt 2 ] || words=$(_pinscope_commands "$1")
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
		return
	fi
	help=$("$1" help "${COMP_WORDS[1]}" 2>/dev/null)
	# What stands after -- is another command
	for ((i = 2; i < COMP_CWORD; i++)); do
		[ "${COMP_WORDS[i]}" != -- ] || {
			mapfile -t COMPREPLY < <(compgen -c -f -- "$cur")
			return
		}
	done
	case $cur in
	-*)
		words=$(sed -n 's/^  \(-[a-z]\), \(--[a-z-]*\).*/\1 \2/p' <<<"$help")
		;;
	*)
		case ${help%%$'\n'*} in
		*DEVICE*)
			# A colon would part the words of PCI addresses
			COMP_WORDBREAKS=${COMP_WORDBREAKS//:/}
			words=$(_pinscope_devices)
			;;
		esac
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -o default -F _pinscope pinscope
