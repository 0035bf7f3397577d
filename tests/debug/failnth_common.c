// SPDX-License-Identifier: LGPL-2.1-or-later
#include "failnth.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define URB_MAX		16384
#define REPLAY_EVERY	16	/* it takes seconds where the log is long */

static const char label[] = "^XA^FO50,50^A0N,40,40^FDordinary^FS^XZ";

int runs, injected, refused;
static int tries;

static int number(const char *name)
{
	const char *text = getenv(name);
	int n = text ? atoi(text) : 1;

	return n > 0 ? n : 1;
}

/*
 * HM_NTH_STEP=3: the first n, or with HM_NTH_ALL=32 as many as that, and from anywhere
 * behind them every third, so that in time each has its turn. There is a first n
 * wherever there is one at all.
 */
static int step(void)
{
	const int all = number("HM_NTH_ALL"), stride = number("HM_NTH_STEP");

	if (runs < all)
		return 1;
	return runs == all ? 1 + getpid() % stride : stride;
}

/* A sign of life: on a busy machine a loop takes minutes. */
void count_run(void)
{
	static long long last;

	if (!runs)
		tries = 0;
	tries++;
	runs += step();
	if (gt_now() - last < 10000)
		return;
	last = gt_now();
	printf("# n %d, %d injected\n", runs, injected);
	fflush(stdout);
}

bool bad(const char *what, long long a, long long b)
{
	printf("# run %d: %s (%lld, %lld)\n", runs, what, a, b);
	fflush(stdout);
	return false;
}

bool log_replays(void)
{
	struct gt_log log;
	bool ok;

	if (gt_log_read(&log))
		return bad("the log cannot be read", 0, 0);
	ok = gt_log_replays(&log, NULL);
	gt_log_free(&log);
	return ok || bad("the log does not replay", 0, 0);
}

bool report(const char *what)
{
	printf("# %s: %d runs, %d injected, %d refused, the last n %d\n", what, tries, injected,
	       refused, runs);
	fflush(stdout);
	return log_replays() && injected > 0;
}

static bool find_intent(const struct gt_log *log, const uint8_t *id, struct hm_ev *ret)
{
	static struct hm_ev ev;
	struct hm_ev_reader r;

	if (hm_ev_reader_init(&r, log->bytes, log->len))
		return false;
	while (hm_ev_next(&r, &ev) == 1)
		if (ev.tag == HM_EV_TAG_INTENT &&
		    !memcmp(ev.u.intent.job_id, id, sizeof(ev.u.intent.job_id))) {
			*ret = ev;
			return true;
		}
	return false;
}

bool mark_kept_its_word(int fd, int rc, const struct hallmark_mark *m, long long moved)
{
	static struct hm_ev ev;
	struct hallmark_mark r;
	struct gt_log log;
	bool ok = true, found;
	int known;

	if (gt_log_read(&log))
		return bad("the log cannot be read", 0, 0);
	found = find_intent(&log, m->job_id, &ev);
	known = gt_result(fd, m->job_id, &r);
	if (rc) {
		refused++;
		if (found || known != -ENOENT)
			ok = bad("an errno, yet there is an INTENT or a RESULT", rc, known);
		if (moved > 0)
			ok = bad("an errno, yet bytes were sent", rc, moved);
	} else if (!found || known) {
		ok = bad("0, yet there is no INTENT or no RESULT", found, known);
	} else {
		r.payload_len = m->payload_len;
		r.offset = m->offset;
		ok = gt_log_agrees(&log, &r);
		if (r.flags & HALLMARK_MARK_LATCHED || r.state == HALLMARK_STATE_FAULT)
			ok = bad("latched", r.state, r.flags);
		if (moved >= 0 && (moved < r.sent || moved > (long long)r.sent + URB_MAX ||
				   moved > m->payload_len))
			ok = bad("received and sent differ", moved, r.sent);
		if (r.state == HALLMARK_STATE_DONE && r.sent != m->payload_len)
			ok = bad("done, yet not all was sent", r.sent, m->payload_len);
	}
	gt_log_free(&log);
	/* it only grows: what is wrong in it stays, so each time is not needed */
	if (tries % REPLAY_EVERY == 0)
		ok = log_replays() && ok;
	if (!gt_state_is("ok"))
		ok = bad("the gate is not ok", 0, 0);
	return ok;
}

bool ordinary_job(int fd, const char *device)
{
	static uint8_t bytes[32];
	bool printer = !strcmp(device, "printer");
	long long before = printer ? gt_number("printer", "received") : 0;
	struct hallmark_mark m;
	int rc;

	memset(bytes, runs, sizeof(bytes));
	if (printer)
		gt_job(&m, label, sizeof(label) - 1);
	else
		gt_job(&m, bytes, sizeof(bytes));
	rc = gt_mark(fd, &m);
	if (rc || m.state != HALLMARK_STATE_DONE)
		return bad("an ordinary job afterwards", rc, m.state);
	if (printer && gt_number("printer", "received") != before + m.payload_len)
		return bad("an ordinary job's bytes", before, m.payload_len);
	return true;
}
