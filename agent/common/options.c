// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>
#include <string.h>

#include "agent/common/options.h"

bool hm_is_option(const char *word)
{
	return !strncmp(word, "--", 2);
}

/* Is @word "--NAME" or "--NAME=..."? */
static bool whole(const char *word, const char *name)
{
	size_t n = strlen(name);

	return hm_is_option(word) && !strncmp(word + 2, name, n) && (!word[2 + n] || word[2 + n] == '=');
}

static const struct option *named(const struct option *table, const char *word)
{
	for (; table->name; table++)
		if (whole(word, table->name))
			return table;
	return NULL;
}

/* What getopt_long() stumbled over, the word before argv[optind]. */
static void stumbled(int argc, char **argv, const struct option *table, int opt, char why[static HM_OPTION_WHY])
{
	const char *word = argv[optind - 1];
	const struct option *o = named(table, word);

	if (o && opt == ':') {
		(void)snprintf(why, HM_OPTION_WHY, "%s needs a value", word);
		return;
	}
	if (o) {
		(void)snprintf(why, HM_OPTION_WHY, "--%s takes no value", o->name);
		return;
	}
	/* in the middle of -xy it is the next word that it is in */
	if (optopt && !hm_is_option(word) && (word[0] != '-' || !strchr(word, optopt)) && optind < argc)
		word = argv[optind];
	(void)snprintf(why, HM_OPTION_WHY, "unknown option %s", word);
}

int hm_getopt(int argc, char **argv, const char *letters, const struct option *table, int *ret_at, char why[static HM_OPTION_WHY])
{
	const char *word;
	bool own_word;
	int at = -1, opt;

	opterr = 0;
	opt = getopt_long(argc, argv, letters, table, &at);
	if (opt == '?' || opt == ':') {
		stumbled(argc, argv, table, opt, why);
		return '?';
	}
	if (opt == -1 || at < 0)
		return opt;
	own_word = optarg && optarg == argv[optind - 1];
	word = argv[optind - 1 - own_word];
	if (!whole(word, table[at].name)) {
		(void)snprintf(why, HM_OPTION_WHY, "unknown option %.*s (--%s has its whole name)", (int)strcspn(word, "="), word,
			       table[at].name);
		return '?';
	}
	if (own_word && hm_is_option(optarg)) {
		(void)snprintf(why, HM_OPTION_WHY, "--%s needs a value, and %s is an option (or --%s=%s)", table[at].name, optarg,
			       table[at].name, optarg);
		return '?';
	}
	*ret_at = at;
	return opt;
}
