/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The options of our programs: getopt_long() without its abbreviations.
 *
 *	opterr is set to 0 here; @letters as for getopt_long(), ":" first.
 *	while ((opt = hm_getopt(argc, argv, ":h", table, &at, why)) != -1)
 *		if (opt == '?')
 *			say(why), exit 2
 *
 * An option has its whole name. --sc for --scheme means another option, or none, on the day that
 * --screen is added: a script that says so would change its meaning, so it is refused from the first.
 * The word behind an option that needs a value is no value where it begins with --, which is one that
 * was forgotten; whoever means such a value writes --lot=--x. Single letters, and all behind a lone
 * --, are as getopt_long() has them.
 */
#ifndef HM_AGENT_OPTIONS_H
#define HM_AGENT_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>

#define HM_OPTION_WHY 256

/*
 * The option's letter, -1 at the end, or '?' with one line in @why that names the option and says
 * what is wrong. *@ret_at is then, for an option that was spelled out, its row of @table.
 */
int hm_getopt(int argc, char **argv, const char *letters, const struct option *table, int *ret_at, char why[static HM_OPTION_WHY]);
bool hm_is_option(const char *word);

#endif /* HM_AGENT_OPTIONS_H */
