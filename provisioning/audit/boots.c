// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Each boot's evidence: the checkpoint that was quoted, the quote, the event log
 * that replays into it; then the boots one after the other.
 *
 * A boot is covered as far as its quote goes. Two kinds of boot have no window
 * behind it: one whose quote came after its closing leaf, and the newest, which
 * may still run (its window is told unit by unit, where a unit is in it).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/sha.h>

#include "audit/internal.h"
#include "eventlog.h"

struct audit_boot *audit_boot_find(struct audit *a, const uint8_t id[16])
{
	for (size_t i = a->n_boots; i-- > 0;)	/* mostly the newest */
		if (!memcmp(a->boots[i].id, id, 16))
			return &a->boots[i];
	return NULL;
}

static void find_boot(struct audit *a, enum hm_verdict v, const struct audit_boot *b,
		      const char *text)
{
	char subject[48];

	snprintf(subject, sizeof(subject), "boot %s", b->hex);
	audit_find(a, v, NULL, subject, "%s", text);
}

static int boot_file(struct audit *a, const struct audit_boot *b, const char *name,
		     struct hm_buf *ret)
{
	char path[80];

	snprintf(path, sizeof(path), "boots/%s/%s", b->hex, name);
	return audit_file(a, path, NULL, ret);
}

static bool has_directory(struct audit *a, const struct audit_boot *b)
{
	char path[80];

	snprintf(path, sizeof(path), "boots/%s", b->hex);
	return !faccessat(a->dirfd, path, F_OK, 0);
}

/* The checkpoint of that moment: signed, and a beginning of today's ledger. */
static int check_note(struct audit *a, struct audit_boot *b, uint8_t ret_nonce[32])
{
	_cleanup_buf_ struct hm_buf note = HM_BUF_INIT(1u << 20), body = HM_BUF_INIT(1u << 20);
	struct hm_err err = { "" };
	uint8_t root[HM_HASH];
	int rc = boot_file(a, b, "note", &note);

	if (rc)
		return rc;
	if (!a->has_vkey || !a->sign_spki.len)
		return -HM_EBAD_SIGNATURE;	/* said already */
	rc = hm_note_verify(note.data, note.len, a->log_public, a->sign_spki.data,
			    a->sign_spki.len, &b->note, &body, &err);
	if (rc) {
		find_boot(a, HM_VERDICT_INCONSISTENT, b, hm_err_text(&err, rc));
		return rc;
	}
	SHA256(body.data, body.len, ret_nonce);
	if (strcmp(b->note.origin, a->report.origin)) {
		find_boot(a, HM_VERDICT_INCONSISTENT, b, "its checkpoint is of another log");
		return -HM_EINCONSISTENT;
	}
	if (b->note.size <= a->n_leaves) {
		hm_forest_root(&a->forest, b->note.size, root);
		if (!memcmp(root, b->note.root, HM_HASH))
			return 0;
	}
	find_boot(a, HM_VERDICT_INCONSISTENT, b,
		  "its checkpoint is not a beginning of this ledger: leaves were changed or left out after it was quoted");
	return 0;	/* the quote and the log may still tell what was marked */
}

static int check_pcr_file(struct audit *a, struct audit_boot *b)
{
	_cleanup_buf_ struct hm_buf pcr = HM_BUF_INIT(4096);
	uint8_t digest[32];
	int rc = boot_file(a, b, "pcr", &pcr);

	if (rc)
		return rc;
	SHA256((const uint8_t *)hm_buf_str(&pcr), pcr.len, digest);
	if (pcr.len == 32 && !memcmp(digest, b->facts.pcr_digest, 32))
		return 0;
	find_boot(a, HM_VERDICT_INCONSISTENT, b, "the file pcr is not the value that was quoted");
	return -HM_EINCONSISTENT;
}

static int check_quote(struct audit *a, struct audit_boot *b, const uint8_t nonce[32])
{
	_cleanup_buf_ struct hm_buf attest = HM_BUF_INIT(64u << 10), sig = HM_BUF_INIT(64u << 10);
	struct hm_err err = { "" };
	int rc;

	rc = boot_file(a, b, "quote.attest", &attest);
	rc = rc ?: boot_file(a, b, "quote.sig", &sig);
	if (rc)
		return rc;
	if (!a->ak.len)
		return -HM_EUNTRUSTED;		/* said already */
	rc = hm_quote_verify(attest.data, attest.len, sig.data, sig.len, a->ak.data, a->ak.len,
			     &b->facts, &err);
	if (rc) {
		char text[300];

		snprintf(text, sizeof(text), "its quote does not hold: %s", hm_err_text(&err, rc));
		find_boot(a, HM_VERDICT_INCONSISTENT, b, text);
		return rc;
	}
	if (memcmp(b->facts.nonce, nonce, 32)) {
		find_boot(a, HM_VERDICT_INCONSISTENT, b,
			  "its quote was not made for its checkpoint: another nonce");
		return -HM_EINCONSISTENT;
	}
	if (b->facts.pcr != (a->p->pcr ? a->p->pcr : 13)) {
		find_boot(a, HM_VERDICT_INCONSISTENT, b,
			  "its quote is over another PCR than the gate's: anybody may extend that");
		return -HM_EINCONSISTENT;
	}
	return check_pcr_file(a, b);
}

/* --- the log, of one file or of several --- */

/* "log.N" to N, strictly; 0: another file. */
static unsigned int piece_number(const char *name)
{
	unsigned long n;
	char *end, again[32];

	if (strncmp(name, "log.", 4))
		return 0;
	n = strtoul(name + 4, &end, 10);
	if (*end || !n || n > AUDIT_PIECES_MAX)
		return 0;
	snprintf(again, sizeof(again), "log.%lu", n);
	return strcmp(again, name) ? 0 : (unsigned int)n;
}

/* The highest number that a piece in the boot's directory has. */
static unsigned int highest_piece(struct audit *a, const struct audit_boot *b)
{
	unsigned int highest = 0;
	struct dirent *d;
	char path[80];
	DIR *dir;
	int fd;

	snprintf(path, sizeof(path), "boots/%s", b->hex);
	fd = openat(a->dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	while ((d = readdir(dir)))
		if (piece_number(d->d_name) > highest)
			highest = piece_number(d->d_name);
	closedir(dir);
	return highest;
}

/* One more piece, or the rest: its events behind those that are there. */
static int join_piece(struct audit *a, const struct audit_boot *b, unsigned int number,
		      struct hm_buf *log)
{
	_cleanup_buf_ struct hm_buf file = HM_BUF_INIT(AUDIT_PIECE_MAX);
	struct hm_ev_reader r;
	char name[24] = "log", text[120];
	int rc;

	if (number)
		snprintf(name, sizeof(name), "log.%u", number);
	rc = boot_file(a, b, name, &file);
	if (rc) {
		snprintf(text, sizeof(text), "%s of its log is not there: without it nothing can be replayed",
			 number ? "a piece" : "the rest");
		find_boot(a, HM_VERDICT_INCONSISTENT, b, text);
		return rc;
	}
	if (hm_ev_reader_init(&r, (const uint8_t *)hm_buf_str(&file), file.len)) {
		snprintf(text, sizeof(text), "%s is not an event log", name);
		find_boot(a, HM_VERDICT_INCONSISTENT, b, text);
		return -HM_EBAD_FORMAT;
	}
	if (log->len && (log->len < r.pos || memcmp(log->data, file.data, r.pos))) {
		snprintf(text, sizeof(text), "%s has another header than the piece before it", name);
		find_boot(a, HM_VERDICT_INCONSISTENT, b, text);
		return -HM_EBAD_FORMAT;
	}
	rc = hm_buf_add(log, file.data + (log->len ? r.pos : 0), file.len - (log->len ? r.pos : 0));
	if (rc == -E2BIG)
		find_boot(a, HM_VERDICT_INCONSISTENT, b, "its log is larger than this audit reads");
	else if (rc)
		a->rc = rc;
	return rc;
}

/* *ret_rest: where in the joined log the file "log" begins. */
static int join_log(struct audit *a, struct audit_boot *b, struct hm_buf *log, size_t *ret_rest)
{
	int rc = 0;

	b->pieces = highest_piece(a, b);
	for (unsigned int i = 1; !rc && i <= b->pieces; i++)
		rc = join_piece(a, b, i, log);
	*ret_rest = log->len;
	return rc ?: join_piece(a, b, 0, log);
}

/* A log that does not hold together: is it for want of a piece? Then say so too. */
static void explain(struct audit *a, const struct audit_boot *b, const struct hm_buf *log,
		    size_t rest)
{
	uint64_t given = 0;
	struct hm_ev_reader r;
	struct hm_ev ev;
	char text[200];

	if (hm_ev_reader_init(&r, log->data, log->len))
		return;
	while (hm_ev_next(&r, &ev) == 1)
		if (ev.tag == HM_EV_TAG_EXPORT && ev.type == HM_EV_EVENT_TAG)
			given = ev.u.exported.offset;
	if (given <= rest)
		return;
	snprintf(text, sizeof(text),
		 "the gate gave away %llu bytes of its log, %zu of them are here: a piece is missing",
		 (unsigned long long)given, rest);
	find_boot(a, HM_VERDICT_INCONSISTENT, b, text);
}

static int check_log(struct audit *a, struct audit_boot *b)
{
	_cleanup_buf_ struct hm_buf log = HM_BUF_INIT(AUDIT_LOG_MAX);
	struct hm_err err = { "" };
	size_t rest;
	int rc = join_log(a, b, &log, &rest);

	if (rc)
		return rc;
	rc = hm_evidence_read_quoted(hm_buf_str(&log), log.len, b->facts.pcr_digest, &b->e, &err);
	if (rc == -ENOMEM)
		a->rc = rc;
	if (rc) {
		find_boot(a, HM_VERDICT_INCONSISTENT, b, hm_err_text(&err, rc));
		explain(a, b, &log, rest);
		return rc;
	}
	if (memcmp(b->e.boot_id, b->id, sizeof(b->id)) || b->e.pcr != b->facts.pcr) {
		find_boot(a, HM_VERDICT_INCONSISTENT, b,
			  "its log is of another boot or of another PCR than its quote");
		return -HM_EINCONSISTENT;
	}
	b->told_by = calloc(b->e.n_jobs ? b->e.n_jobs : 1, sizeof(*b->told_by));
	if (!b->told_by)
		a->rc = -ENOMEM;
	return a->rc;
}

static void check_boot(struct audit *a, struct audit_boot *b)
{
	uint8_t nonce[32];

	b->quoted = has_directory(a, b);
	if (!b->quoted) {
		find_boot(a, HM_VERDICT_UNPROVEN, b,
			  "no checkpoint was ever quoted in this boot: nothing proves what it marked");
		return;
	}
	if (check_note(a, b, nonce) || check_quote(a, b, nonce) || check_log(a, b))
		return;
	b->sound = true;
	b->closed = b->closed_at != NEVER && b->closed_at < b->note.size &&
		    (b->announced_at == NEVER || b->announced_at < b->closed_at);
	audit_boot_json(a, b);
}

/* What a sound boot's own evidence says against it. */
static void judge_boot(struct audit *a, struct audit_boot *b)
{
	char text[200];

	if (!audit_is_zero(b->e.before, sizeof(b->e.before)))
		find_boot(a, HM_VERDICT_UNPROVEN, b,
			  "the PCR was not zero when the gate started: something was measured before it, and no log tells what");
	if (b->e.fault)
		find_boot(a, HM_VERDICT_UNPROVEN, b,
			  "the gate latched: it could not tell whether its last event was measured");
	if (b->closed && b->e.last_seq < b->close_seq) {
		snprintf(text, sizeof(text), "its closing leaf counts %llu jobs, its log %llu",
			 (unsigned long long)b->close_seq, (unsigned long long)b->e.last_seq);
		find_boot(a, HM_VERDICT_UNACCOUNTED, b, text);
	}
	if (!b->closed && !b->last) {
		snprintf(text, sizeof(text),
			 "it ended without a closing quote: what was marked after job %llu, until the reset, is not proven",
			 (unsigned long long)b->e.last_seq);
		find_boot(a, HM_VERDICT_UNPROVEN, b, text);
	}
}

/*
 * The TPM counts its resets. Between two quoted boots it must have counted those
 * that the ledger tells, no more and no fewer.
 */
static void check_continuity(struct audit *a)
{
	const struct audit_boot *before = NULL;
	uint32_t untold = 0;
	char text[200];

	for (size_t i = 0; i < a->n_boots; i++) {
		const struct audit_boot *b = &a->boots[i];

		if (!b->sound) {
			untold++;
			continue;
		}
		if (b->facts.restart_count)
			find_boot(a, HM_VERDICT_UNPROVEN, b,
				  "the TPM was restarted without a reset: such boots are not counted");
		if (before && b->facts.reset_count <= before->facts.reset_count) {
			find_boot(a, HM_VERDICT_INCONSISTENT, b,
				  "the TPM counts no more resets than in the boot before it");
		} else if (before && b->facts.reset_count - before->facts.reset_count > untold + 1) {
			snprintf(text, sizeof(text),
				 "since the boot before it the TPM was reset %u times, the ledger tells of %u: a boot in between left no log",
				 b->facts.reset_count - before->facts.reset_count, untold + 1);
			find_boot(a, HM_VERDICT_UNPROVEN, b, text);
		}
		before = b;
		untold = 0;
	}
}

/* A directory of a boot that the ledger does not know. */
static void check_strangers(struct audit *a)
{
	int fd = openat(a->dirfd, "boots", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;
	uint8_t id[16];
	char path[300];

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;		/* boots that must have one miss it one by one */
	}
	while ((d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		if (!hm_unhex(d->d_name, id, sizeof(id)) && audit_boot_find(a, id))
			continue;
		snprintf(path, sizeof(path), "boots/%s", d->d_name);
		audit_find(a, HM_VERDICT_UNACCOUNTED, NULL, path,
			   "a boot that the ledger does not tell of");
	}
	closedir(dir);
}

void audit_boots(struct audit *a)
{
	for (size_t i = 0; !a->rc && i < a->n_boots; i++) {
		check_boot(a, &a->boots[i]);
		if (!a->rc && a->boots[i].sound)
			judge_boot(a, &a->boots[i]);
	}
	if (a->rc)
		return;
	check_continuity(a);
	check_strangers(a);
	a->report.boots = a->n_boots;
}
