/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Verbs that answer item by item: each argument is one, and `-` stands for the lines of
 * standard input. Answers come in order, one line each; what cannot be answered gives
 * `error: CLASS: why` in its place, and behind a tab what could be read all the same; the
 * exit is 1 at the end. With --json the answers are the elements of one array.
 *
 *	struct hm_items items = { .cli = cli, .answer = decode, .key = "epc", .context = &how };
 *
 *	return hm_items_run(&items, argc - first, argv + first);
 *
 * Lines are read in large pieces and answered as far as they are complete before more is
 * waited for: a pipe is fast, and a person who types a line gets its answer at once. A
 * NUL is a byte of its line; a trailing CR is not. A line beyond HM_ITEM_MAX is
 * too_long, whatever it says.
 */
#ifndef HM_AGENT_CLI_ITEMS_H
#define HM_AGENT_CLI_ITEMS_H

#include "agent/cli/cli.h"

#define HM_ITEM_MAX	(64u << 10)
#define HM_ANSWER_MAX	4096u

struct hm_items {
	struct hm_cli *cli;
	/*
	 * @item is not terminated. The answer is a terminated line of less than @size;
	 * on failure @err may say more than the class does. With --json @o is an object, else NULL: what is
	 * put there are the members beside "item" and the answer or the error.
	 */
	int (*answer)(const struct hm_items *items, const char *item, size_t len, char *out, size_t size,
		      json_t *o, struct hm_err *err);
	/* Without --json, after a failure: is there something that could be read all the same? Then @out is it; may be NULL. */
	bool (*despite)(const struct hm_items *items, const char *item, size_t len, char *out, size_t size);
	const char *key;	/* with --json, the answer's name; NULL: the members say it all */
	const void *context;
	/* --- its own --- */
	bool bad, any;
};

/*
 * The lines alone, for answers of another form: @line gets each, without its end, and what was
 * printed is flushed before more is waited for. Of one beyond HM_ITEM_MAX it gets the beginning,
 * which is longer than that; a last line may have no end, but not where reading failed. 0 or a
 * negative errno.
 */
struct hm_lines {
	void (*line)(void *context, const char *p, size_t len);
	void *context;
	bool json;	/* one value at the end: nobody waits for its lines */
};
int hm_lines_run(int fd, const struct hm_lines *l);

/*
 * Behind that, @rc is its: the end of --json's array, what was wrong with @path ("-": standard
 * input), which is the one JSON value where there has not been @any answer. The exit code.
 */
int hm_lines_end(struct hm_cli *cli, const char *path, int rc, bool any, bool bad);

/* The exit code. */
int hm_items_run(struct hm_items *items, int argc, char **argv);

#endif /* HM_AGENT_CLI_ITEMS_H */
