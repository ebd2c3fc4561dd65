// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/text.h"
#include "cli/certify/report/markup.h"
#include "cli/certify/report/report.h"
#include "cli/output/message.h"

void markup_put(FILE *out, const char *text)
{
	char *utf8 = cli_utf8(text);
	const char *c;

	for (c = utf8; *c; c++) {
		switch (*c) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			/* Most control characters cannot be in XML at all. */
			if ((unsigned char)*c < 0x20 && *c != '\n' && *c != '\t')
				fputc('?', out);
			else
				fputc(*c, out);
		}
	}
	free(utf8);
}

FILE *markup_open(const char *file)
{
	FILE *out = fopen(file, "we");

	if (!out)
		cli_error("cannot write %s: %s", file, strerror(errno));
	return out;
}

int markup_close(FILE *out, const char *file)
{
	bool bad = ferror(out);

	if (fclose(out) || bad) {
		cli_error("cannot write all of %s: %s", file, bad ? "an error before" :
			  strerror(errno));
		return CLI_FAILED;
	}
	return CLI_OK;
}
