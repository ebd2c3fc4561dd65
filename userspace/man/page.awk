# SPDX-License-Identifier: GPL-2.0-only
#
# Makes a manual page of what "pinscope help" prints, so that both say the same.
#
# usage: pinscope help COMMAND | awk -v name=NAME -v summary=TEXT -v version=VERSION
#		-f page.awk
#
# A line that is indented by two blanks begins an item; what is indented more goes on
# with it.

function escape(text) {
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	sub(/^[.']/, "\\\\\\&&", text)
	return text
}

function section(title) {
	if (title != current)
		print ".SH " title
	current = title
	item = 0
}

BEGIN {
	printf ".TH %s 1 \"\" \"pinscope %s\" \"User Commands\"\n", toupper(escape(name)), version
	section("NAME")
	printf "%s \\- %s\n", escape(name), escape(summary)
}

sub(/^Usage: /, "") {
	section("SYNOPSIS")
	print ".B " escape($0)
	section("DESCRIPTION")
	next
}

/^$/ {
	gap = 1
	item = 0
	next
}

/^Exit codes:$/ { section("EXIT STATUS"); gap = 0; next }

/^[A-Z][a-z ]*:$/ {
	sub(/:$/, "")
	section(toupper($0))
	gap = 0
	next
}

/^  [^ ]/ {
	if (/^  -/)
		section("OPTIONS")
	sub(/^  /, "")
	text = ""
	if (match($0, /  +/)) {
		text = substr($0, RSTART + RLENGTH)
		$0 = substr($0, 1, RSTART - 1)
	}
	print ".TP"
	print ".B " escape($0)
	if (text != "")
		print escape(text)
	item = 1
	gap = 0
	next
}

/^ / && item {
	sub(/^ +/, "")
	print escape($0)
	next
}

# Text after the options is about something else
{
	if (gap && /^Columns: /) {
		section("COLUMNS")
		sub(/^Columns: /, "")
	} else if (gap && /^Exits with/) {
		section("EXIT STATUS")
	} else if (gap && current != "DESCRIPTION" && current != "COLUMNS") {
		section("NOTES")
	}
	if (gap)
		print ".PP"
	gap = 0
	print escape($0)
}
