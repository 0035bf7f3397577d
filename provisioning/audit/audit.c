// SPDX-License-Identifier: LGPL-2.1-or-later
/* The order of the audit, its findings, and the certificates it rests on. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/sha.h>

#include "audit/internal.h"

const char *hm_verdict_name(enum hm_verdict v)
{
	switch (v) {
	case HM_VERDICT_CLEAN:
		return "clean";
	case HM_VERDICT_UNGATED:
		return "ungated";
	case HM_VERDICT_UNPROVEN:
		return "unproven";
	case HM_VERDICT_UNACCOUNTED:
		return "unaccounted";
	case HM_VERDICT_INCONSISTENT:
		return "inconsistent";
	}
	return "?";
}

/* --- findings --- */

void *audit_grow(struct audit *a, void *array, size_t n, size_t size)
{
	void *more = array;

	/* full at 0, 1, 3, 7 ... */
	if (!(n & (n + 1)))
		more = reallocarray(array, (n + 1) * 2, size);
	if (!more)
		a->rc = -ENOMEM;
	return more;
}

static void make_printable(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

static void find(struct audit *a, enum hm_verdict v, const char *serial, const char *subject,
		 const char *fmt, va_list ap)
{
	struct hm_audit_report *r = &a->report;
	struct hm_finding *f;

	if (v > r->verdict)
		r->verdict = v;
	if (r->n_findings >= AUDIT_FINDINGS_MAX) {
		r->truncated = 1;
		return;
	}
	f = audit_grow(a, r->findings, r->n_findings, sizeof(*f));
	if (!f)
		return;
	r->findings = f;
	f += r->n_findings++;
	memset(f, 0, sizeof(*f));
	f->verdict = v;
	snprintf(f->subject, sizeof(f->subject), "%s", subject);
	snprintf(f->serial, sizeof(f->serial), "%s", serial ? serial : "");
	(void)vsnprintf(f->text, sizeof(f->text), fmt, ap);
	make_printable(f->subject);
	make_printable(f->serial);
	make_printable(f->text);
}

void audit_find(struct audit *a, enum hm_verdict v, const char *serial, const char *subject,
		const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	find(a, v, serial, subject, fmt, ap);
	va_end(ap);
}

void audit_find_unit(struct audit *a, enum hm_verdict v, const char *serial, const char *fmt, ...)
{
	char subject[40];
	va_list ap;

	snprintf(subject, sizeof(subject), "unit %s", serial);
	va_start(ap, fmt);
	find(a, v, serial, subject, fmt, ap);
	va_end(ap);
}

/* --- files --- */

int audit_file(struct audit *a, const char *path, const char *serial, struct hm_buf *ret)
{
	int rc;

	hm_buf_reset(ret);
	rc = hm_read_file_at(a->dirfd, path, ret);
	if (rc == -ENOMEM)
		a->rc = rc;
	else if (rc == -ENOENT)
		audit_find(a, HM_VERDICT_INCONSISTENT, serial, path, "the file is missing");
	else if (rc)
		audit_find(a, HM_VERDICT_INCONSISTENT, serial, path, "the file cannot be read: %s",
			   rc == -E2BIG ? "it is too large" : strerror(-rc));
	return rc;
}

int audit_blob(struct audit *a, const uint8_t sha256[32], const char *what, const char *serial,
	       struct hm_buf *ret)
{
	char path[80] = "blobs/";
	uint8_t digest[32];
	int rc;

	hm_hex(sha256, 32, path + 6);
	rc = audit_file(a, path, serial, ret);
	if (rc)
		return rc;
	SHA256(ret->data ? ret->data : (const uint8_t *)"", ret->len, digest);
	if (!memcmp(digest, sha256, 32))
		return 0;
	audit_find(a, HM_VERDICT_INCONSISTENT, serial, path, "%s: the file's hash is not its name",
		   what);
	return -HM_EINCONSISTENT;
}

/* --- certificates --- */

static struct hm_der der_of(const struct hm_buf *b)
{
	return (struct hm_der){ b->data, b->len };
}

static void load_cert(struct audit *a, const char *path, struct hm_buf *ret)
{
	_cleanup_buf_ struct hm_buf pem = HM_BUF_INIT(1u << 20);

	if (audit_file(a, path, NULL, &pem))
		return;
	if (hm_cert_from_pem(hm_buf_str(&pem), pem.len, ret)) {
		hm_buf_reset(ret);
		audit_find(a, HM_VERDICT_INCONSISTENT, NULL, path, "not a certificate");
	}
}

/* Does it chain to the trusted root? If not it is as good as missing. */
static void check_chain(struct audit *a, const char *path, struct hm_buf *cert)
{
	struct hm_der issuer = der_of(&a->issuer);
	struct hm_err err = { "" };
	int rc;

	if (!cert->len || !a->root.len)
		return;
	rc = hm_cert_verify(der_of(cert), &issuer, cert != &a->issuer && issuer.len ? 1 : 0,
			    der_of(&a->root), 0, &err);
	if (!rc)
		return;
	audit_find(a, HM_VERDICT_INCONSISTENT, NULL, path, "does not chain to the root: %s",
		   hm_err_text(&err, rc));
	hm_buf_reset(cert);
}

static int load_trusted_root(struct audit *a, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf pem = HM_BUF_INIT(1u << 20);
	int rc = hm_read_file_of(a->p->trusted_root, a->p->trusted_root, &pem, err);

	if (rc)
		return rc;
	rc = hm_cert_from_pem(hm_buf_str(&pem), pem.len, &a->root);
	return rc ? hm_err_set(err, rc, "%s: not a certificate", a->p->trusted_root) : 0;
}

static int audit_certs(struct audit *a, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf own_root = HM_BUF_INIT(1u << 20), ek = HM_BUF_INIT(1u << 20);
	uint8_t digest[32];
	int rc;

	load_cert(a, "certs/root.pem", &own_root);
	if (a->p->trusted_root) {
		rc = load_trusted_root(a, err);
		if (rc)
			return rc;
		if (own_root.len != a->root.len || memcmp(own_root.data, a->root.data, own_root.len))
			audit_find(a, HM_VERDICT_INCONSISTENT, NULL, "certs/root.pem",
				   "is not the root that is trusted here");
	} else if (own_root.len) {
		rc = hm_buf_add(&a->root, own_root.data, own_root.len);
		if (rc)
			return rc;
	}
	load_cert(a, "certs/issuer.pem", &a->issuer);
	load_cert(a, "certs/sign.pem", &a->sign);
	load_cert(a, "certs/ak.pem", &a->ak);
	load_cert(a, "certs/ek.pem", &ek);	/* the maker's, under the maker's root */
	check_chain(a, "certs/issuer.pem", &a->issuer);
	check_chain(a, "certs/sign.pem", &a->sign);
	check_chain(a, "certs/ak.pem", &a->ak);
	if (a->sign.len && hm_cert_spki(der_of(&a->sign), &a->sign_spki, NULL, 0)) {
		hm_buf_reset(&a->sign_spki);
		audit_find(a, HM_VERDICT_INCONSISTENT, NULL, "certs/sign.pem", "has no usable key");
	}
	if (a->root.len) {
		SHA256(a->root.data, a->root.len, digest);
		hm_hex(digest, 32, a->report.root_sha256);
	}
	return 0;
}

/* --- the whole --- */

static void init(struct audit *a, const struct hm_audit_params *p)
{
	a->p = p;
	a->dirfd = -1;
	hm_buf_init(&a->root, 1u << 20);
	hm_buf_init(&a->issuer, 1u << 20);
	hm_buf_init(&a->sign, 1u << 20);
	hm_buf_init(&a->ak, 1u << 20);
	hm_buf_init(&a->sign_spki, 64u << 10);
	hm_buf_init(&a->note, 1u << 20);
	hm_buf_init(&a->arena, SIZE_MAX / 2);
	hm_buf_init(&a->template, 1u << 20);
}

static void fini(struct audit *a)
{
	if (a->dirfd >= 0)
		close(a->dirfd);
	hm_buf_free(&a->root);
	hm_buf_free(&a->issuer);
	hm_buf_free(&a->sign);
	hm_buf_free(&a->ak);
	hm_buf_free(&a->sign_spki);
	hm_buf_free(&a->note);
	hm_buf_free(&a->arena);
	hm_buf_free(&a->template);
	hm_forest_free(&a->forest);
	for (size_t i = 0; i < a->n_boots; i++) {
		hm_evidence_free(&a->boots[i].e);
		free(a->boots[i].told_by);
	}
	free(a->boots);
	free(a->leaves);
	free(a->products);
	audit_lists_free(a);
	free(a->unit_leaves);
	free(a->anchors);
}

static int run(struct audit *a, struct hm_err *err)
{
	int rc;

	a->dirfd = open(a->p->bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (a->dirfd < 0) {
		rc = -errno;
		return hm_err_set(err, rc == -ENOENT ? -HM_ENOT_FOUND : rc, "%s: %s", a->p->bundle,
				  strerror(-rc));
	}
	rc = audit_certs(a, err);
	if (rc)
		return rc;
	audit_book(a);
	if (!a->rc)
		audit_index(a);
	if (!a->rc)
		audit_boots(a);
	if (!a->rc)
		audit_bundle_json(a);
	if (!a->rc)
		audit_units(a);
	if (!a->rc)
		audit_match_rest(a);
	if (!a->rc)
		audit_unique(a);
	return a->rc;
}

int hm_audit(const struct hm_audit_params *p, struct hm_audit_report *ret, struct hm_err *err)
{
	struct audit *a = calloc(1, sizeof(*a));
	int rc;

	assert(p && p->bundle && ret);
	if (!a)
		return -ENOMEM;
	init(a, p);
	rc = run(a, err);
	fini(a);
	if (rc)
		hm_audit_free(&a->report);
	else
		*ret = a->report;
	free(a);
	return rc;
}

void hm_audit_free(struct hm_audit_report *r)
{
	free(r->findings);
	memset(r, 0, sizeof(*r));
}
