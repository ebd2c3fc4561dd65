# SPDX-License-Identifier: GPL-2.0
#
# One source file of the instrumented variant, see prepare. Read: the list of mutants,
# then the file. Mutants have the numbers of their places in the list.

function complain(what) {
	print "prepare: " what > "/dev/stderr"
}

# How often @part is in @line, and where first
function times(line, part,    n, at, i) {
	first = 0
	for (n = 0; (i = index(line, part)); n++) {
		at += i
		if (!n)
			first = at
		line = substr(line, i + 1)
	}
	return n
}

# The old text goes on unless the mutant is on. Statements end with a semicolon.
function mutated(m) {
	if (old[m] ~ /;$/)
		return "{ if (pinscope_mutant(" m ")) { " new[m] " } else " old[m] " }"
	return "(pinscope_mutant(" m ") ? (" new[m] ") : (" old[m] "))"
}

# What only leaves a block has no code of its own after optimization, and could not
# be told to have run
function kept(line) {
	if (line !~ /^\t+(return.*|goto [a-z_]+|break|continue);$/)
		return line
	match(line, /^\t+/)
	return substr(line, 1, RLENGTH) "{ asm volatile(\"\"); " \
		substr(line, RLENGTH + 1) " }"
}

# The list: paragraphs of "key: value"
FNR == NR {
	if (/^mutant: /)
		nr++
	else if (/^file: /)
		where[nr] = substr($0, 7)
	else if (/^in: /)
		func_of[nr] = substr($0, 5)
	else if (/^old: /)
		old[nr] = substr($0, 6)
	else if (/^new: /)
		new[nr] = substr($0, 6)
	next
}

{ text[FNR] = text_before[FNR] = $0; lines = FNR }

/^[ \t]*#[ \t]*if/ { depth++ }
/^[ \t]*#[ \t]*endif/ { depth-- }
/^[ \t]*#[ \t]*include/ { last = FNR; place = 0 }
/^$/ && last && !place && !depth { place = FNR }

# A function begins with a line that begins with a letter, and ends with a brace
/^[a-zA-Z_].*\(/ && !/;$/ && !/^#/ {
	name = $0
	sub(/\(.*/, "", name)
	sub(/.*[ \t*]/, "", name)
}
{ in_func[FNR] = name }
/^}/ { name = "" }

END {
	if (!place) {
		complain(file ": no empty line after the includes")
		exit 1
	}
	text[place] = "#include \"pinscope_instrument.h\""
	for (m = 1; m <= nr; m++) {
		if (where[m] != file)
			continue
		found = 0
		for (i = 1; i <= lines; i++) {
			if (in_func[i] != func_of[m])
				continue
			n = times(text_before[i], old[m])
			found += n
			if (n)
				line = i
		}
		if (found != 1) {
			complain(file ": mutant " m " is there " found \
				 " times in " func_of[m] ": " old[m])
			continue
		}
		if (times(text[line], old[m]) != 1) {
			complain(file ": mutant " m " is beside another one: " \
				 old[m])
			continue
		}
		text[line] = substr(text[line], 1, first - 1) mutated(m) \
			substr(text[line], first + length(old[m]))
	}
	for (i = 1; i <= lines; i++)
		print kept(text[i])
}
