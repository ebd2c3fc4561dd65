// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "domain.h"
#include "uuid.h"

/* libvirt itself takes no more from its clients */
#define XML_MAX (4u << 20)

static const xmlChar mdevs_path[] =
	"/domain/devices/hostdev[@mode='subsystem'][@type='mdev']/source/address[@uuid]";

/* Text of at most XML_MAX bytes, to be freed, or NULL, and why. */
static char *read_all(int fd, size_t *length, struct complaint *why)
{
	char *text = malloc(XML_MAX + 1);
	ssize_t n = 1;

	*length = 0;
	while (text && n && *length <= XML_MAX) {
		n = read(fd, text + *length, XML_MAX + 1 - *length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			complain(why, "the domain cannot be read from standard input: %s",
				 strerror(errno));
			free(text);
			return NULL;
		}
		*length += (size_t)n;
	}
	if (!text)
		complain(why, "no memory for the domain");
	else if (!*length)
		complain(why, "there is no domain on standard input: "
			 "have libvirt run this program");
	else if (*length > XML_MAX)
		complain(why, "the domain has more than %u bytes", XML_MAX);
	else
		return text;
	free(text);
	return NULL;
}

/* It says what is wrong on its own, which is not for the log of libvirt */
static void keep_quiet(void *context, const char *fmt, ...)
{
	(void)context;
	(void)fmt;
}

static bool parse(struct domain *domain, int fd, struct complaint *why)
{
	size_t length;
	char *text = read_all(fd, &length, why);
	const xmlNode *root;

	if (!text)
		return false;
	xmlSetGenericErrorFunc(NULL, keep_quiet);
	/* Nothing is fetched or put in from elsewhere */
	domain->doc = xmlReadMemory(text, (int)length, NULL, NULL,
				    XML_PARSE_NONET | XML_PARSE_NOERROR |
				    XML_PARSE_NOWARNING);
	free(text);
	if (!domain->doc)
		return complain(why, "what is on standard input is no valid XML");
	if (domain->doc->intSubset)
		return complain(why, "the domain has a document type of its own, "
				"as none of libvirt has");
	root = xmlDocGetRootElement(domain->doc);
	if (!root || strcmp((const char *)root->name, "domain"))
		return complain(why, "the XML on standard input describes no domain");
	return true;
}

static bool find_mdevs(struct domain *domain, struct complaint *why)
{
	xmlXPathContext *context = xmlXPathNewContext(domain->doc);
	xmlXPathObject *found = context ? xmlXPathEval(mdevs_path, context) : NULL;
	const xmlNodeSet *set = found ? found->nodesetval : NULL;
	bool good = found;

	if (set && set->nodeNr) {
		domain->mdevs = calloc((size_t)set->nodeNr, sizeof(*domain->mdevs));
		good = domain->mdevs;
	}
	if (good && domain->mdevs) {
		domain->nr = set->nodeNr;
		memcpy(domain->mdevs, set->nodeTab,
		       (size_t)set->nodeNr * sizeof(*domain->mdevs));
	}
	xmlXPathFreeObject(found);
	xmlXPathFreeContext(context);
	return good || complain(why, "no memory for the devices of the domain");
}

static bool check_uuids(const struct domain *domain, struct complaint *why)
{
	bool good = true;
	char *uuid;
	int i;

	for (i = 0; i < domain->nr && good; i++) {
		uuid = domain_uuid(domain, i);
		if (!uuid)
			return complain(why, "no memory for the devices of the domain");
		if (!is_uuid(uuid))
			good = complain(why, "'%s' of a device of the domain is no UUID",
					QUOTE(uuid));
		xmlFree(uuid);
	}
	return good;
}

bool domain_read(struct domain *domain, int fd, struct complaint *why)
{
	*domain = (struct domain){ 0 };
	return parse(domain, fd, why) && find_mdevs(domain, why) &&
	       check_uuids(domain, why);
}

void domain_free(struct domain *domain)
{
	free(domain->mdevs);
	xmlFreeDoc(domain->doc);
	*domain = (struct domain){ 0 };
}

char *domain_uuid(const struct domain *domain, int n)
{
	return (char *)xmlGetNoNsProp(domain->mdevs[n], (const xmlChar *)"uuid");
}

bool domain_set_uuid(struct domain *domain, int n, const char *uuid,
		     struct complaint *why)
{
	if (!xmlSetProp(domain->mdevs[n], (const xmlChar *)"uuid", (const xmlChar *)uuid))
		return complain(why, "no memory for the devices of the domain");
	return true;
}

bool domain_print(const struct domain *domain, FILE *to, struct complaint *why)
{
	if (xmlDocDump(to, domain->doc) < 0 || fflush(to) || ferror(to))
		return complain(why, "the domain cannot be written (%s): see that "
				"standard output is open and has room",
				strerror(errno));
	return true;
}
