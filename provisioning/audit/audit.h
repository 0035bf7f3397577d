/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The audit: a bundle (a directory that `ledger export` wrote) in, a verdict out.
 * Needs nothing from the factory, changes nothing. docs/ledger.md has the layout:
 *
 *	bundle.json		format 1, station id, origin, boots in order
 *	checkpoint		signed note
 *	vkey
 *	tile/...		C2SP tlog-tiles, tile/entries/... the leaves
 *	certs/root.pem issuer.pem sign.pem ak.pem ek.pem
 *	boots/<boot id>/log quote.attest quote.sig pcr note boot.json
 *	blobs/<sha256>		product files, templates, certificates, images
 *	units/<serial>/cert.pem chain.pem eeprom.bin record.cwt label.zpl unit.tlog-proof
 *
 * The quote's nonce is the SHA-256 of the checkpoint body in boots/<id>/note, so a
 * quote vouches for the ledger up to there and the ledger for the jobs.
 *
 * Checked, in this order: certificates chain to the root; checkpoint signatures;
 * root from tiles and entries; every leaf decodes; per boot: note, quote, nonce,
 * each event re-hashed, replay into the quoted PCR, PCR zero before START; boots'
 * resetCount without a hole; every unit's story from its reservation on; every
 * measured job has an announcing leaf with the same digest, every observed job is
 * in the log with the same state, lapsed jobs are not in it; payloads re-rendered: the label from the leaf's inputs and the
 * template, the EEPROM writes from the image; record signature and content;
 * IDevID chain; serials, EPCs, TIDs, keys unique; labels of one serial beyond the
 * first marked REPRINT.
 */
#ifndef HM_AUDIT_AUDIT_H
#define HM_AUDIT_AUDIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

enum hm_verdict {		/* worse is larger */
	HM_VERDICT_CLEAN = 0,
	HM_VERDICT_UNGATED,
	HM_VERDICT_UNPROVEN,
	HM_VERDICT_UNACCOUNTED,
	HM_VERDICT_INCONSISTENT,
};
const char *hm_verdict_name(enum hm_verdict v);

struct hm_finding {
	enum hm_verdict verdict;
	char subject[80];	/* "unit 10000000015", "job <hex>", "boot <hex>", "leaf 17", a file */
	char serial[21];	/* where a unit is meant, else "" */
	char text[256];		/* one sentence */
};

struct hm_audit_report {
	enum hm_verdict verdict;	/* the worst finding */
	struct hm_finding *findings;	/* at most 10,000; truncated says if more */
	size_t n_findings;
	int truncated;
	/* what was looked at */
	char station[65];
	char origin[129];
	char root_sha256[65];	/* fingerprint of the root that was trusted, hex */
	uint64_t leaves, boots, jobs, queries, units, active;
};

struct hm_audit_params {
	const char *bundle;		/* directory */
	const char *trusted_root;	/* PEM file, or NULL: the bundle's own, said aloud */
	uint32_t pcr;			/* the gate's; 0: 13 */
	/* called now and then with work done of all; may be NULL */
	void (*progress)(void *ctx, uint64_t done, uint64_t all);
	void *ctx;
};

/*
 * 0 with a report, whatever the verdict; a negative error only where the audit
 * itself could not be made (no such directory, out of memory). A file that is
 * missing or broken is a finding: inconsistent.
 */
int hm_audit(const struct hm_audit_params *p, struct hm_audit_report *ret, struct hm_err *err);
void hm_audit_free(struct hm_audit_report *r);

/* --- one record, offline --- */

struct hm_verify_result {
	char serial[21];
	char product[33];
	char issuer[17];
	uint32_t generation;
	int64_t issued_at;
	char text[256];		/* why not, in words; "" where genuine */
};
/*
 * An EEPROM image or a bare CWT against the station's sign certificate and root
 * (PEM files): 0 genuine, -HM_EBAD_SIGNATURE, -HM_EBAD_FORMAT, -HM_EUNTRUSTED ...
 * Of a dump (of the product's EEPROM or of a larger part: hm_slots_find()) the newer
 * record counts; where a writer was cut off in one slot, the one in the other. On failure @ret has its text and nothing else.
 */
int hm_verify_record(const void *bytes, size_t len, const char *sign_pem, const char *root_pem,
		     struct hm_verify_result *ret, struct hm_err *err);

#endif /* HM_AUDIT_AUDIT_H */
