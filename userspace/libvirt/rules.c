// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rules.h"
#include "uuid.h"

#define WORDS_MAX 5

/* As many as fit, and one more as a sign that there are more */
static int split(char *line, char *words[WORDS_MAX])
{
	char *rest = line, *word;
	int nr = 0;

	line[strcspn(line, "#\n")] = 0;
	while (nr < WORDS_MAX && (word = strsep(&rest, " \t")))
		if (*word)
			words[nr++] = word;
	return nr;
}

static bool copy_uuid(char *to, const char *word, struct complaint *why)
{
	if (!is_uuid(word))
		return complain(why, "'%s' is no UUID", QUOTE(word));
	memcpy(to, word, PINSCOPE_UUID_SIZE);
	return true;
}

static bool copy_word(char *to, size_t size, const char *word, struct complaint *why)
{
	if ((size_t)snprintf(to, size, "%s", word) >= size)
		return complain(why, "'%s' is too long", QUOTE(word));
	return true;
}

/* Whom a rule is for takes this many words, 0 if they make no sense */
static int parse_whom(struct rule *rule, char **words, int nr, struct complaint *why)
{
	if (!strcmp(words[0], "any"))
		return 1;
	if (nr > 1 && !strcmp(words[0], "device"))
		return copy_uuid(rule->device, words[1], why) ? 2 : 0;
	if (nr > 1 && !strcmp(words[0], "domain"))
		return copy_word(rule->domain, sizeof(rule->domain), words[1], why) ? 2 : 0;
	complain(why, "a line begins with 'device UUID', 'domain NAME' or 'any', not '%s'",
		 QUOTE(words[0]));
	return 0;
}

static bool parse(struct rule *rule, char **words, int nr, struct complaint *why)
{
	int whom = parse_whom(rule, words, nr, why);

	if (!whom)
		return false;
	if (nr == whom + 2 && !strcmp(words[whom], "type"))
		return copy_word(rule->type, sizeof(rule->type), words[whom + 1], why);
	/* One device cannot stand in for several */
	if (nr == whom + 1 && *rule->device)
		return copy_uuid(rule->uuid, words[whom], why);
	return complain(why, "'%s' is followed by '%s', and nothing else", words[0],
			*rule->device ? "UUID UUID' or 'UUID type TYPE" :
			*rule->domain ? "NAME type TYPE" : "type TYPE");
}

static bool add(struct rules *rules, const struct rule *rule, struct complaint *why)
{
	struct rule *grown = realloc(rules->rules, (rules->nr + 1) * sizeof(*grown));

	if (!grown)
		return complain(why, "no memory for the rules");
	rules->rules = grown;
	rules->rules[rules->nr++] = *rule;
	return true;
}

bool rules_read(struct rules *rules, FILE *from, const char *name, struct complaint *why)
{
	char *words[WORDS_MAX], *line = NULL;
	struct complaint what = { "" };
	unsigned int number = 0;
	bool good = true;
	size_t size = 0;
	int nr;

	*rules = (struct rules){ 0 };
	while (good && getline(&line, &size, from) >= 0) {
		struct rule rule = { .device = "" };

		number++;
		nr = split(line, words);
		if (nr)
			good = parse(&rule, words, nr, &what) && add(rules, &rule, &what);
	}
	free(line);
	if (!good)
		return complain(why, "%s, line %u: %s", name, number, what.text);
	if (ferror(from))
		return complain(why, "%s cannot be read (%s)", name, strerror(errno));
	return true;
}

void rules_free(struct rules *rules)
{
	free(rules->rules);
	*rules = (struct rules){ 0 };
}

const struct rule *rules_find(const struct rules *rules, const char *domain,
			      const char *device)
{
	const struct rule *rule;

	for (rule = rules->rules; rule < rules->rules + rules->nr; rule++) {
		if (*rule->device && strcasecmp(rule->device, device))
			continue;
		if (*rule->domain && strcmp(rule->domain, domain))
			continue;
		return rule;
	}
	return NULL;
}
