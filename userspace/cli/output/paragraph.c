// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/text.h"
#include "cli/output/paragraph.h"
#include "cli/output/terminal.h"

void cli_print_wrapped(const char *label, const char *text)
{
	size_t indent = strlen(label), width = cli_width(), column = indent, len, columns;
	char *printable = cli_printable(text);
	bool first = true;

	fputs(label, stdout);
	for (text = printable; *text; text += strspn(text, " ")) {
		len = strcspn(text, " ");
		columns = cli_columns(text, len);
		if (!first && column + 1 + columns > width) {
			printf("\n%*s", (int)indent, "");
			column = indent;
			first = true;
		}
		if (!first) {
			putchar(' ');
			column++;
		}
		fwrite(text, 1, len, stdout);
		column += columns;
		first = false;
		text += len;
	}
	putchar('\n');
	free(printable);
}
