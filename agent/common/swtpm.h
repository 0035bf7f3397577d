/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The embedded default's TPM: a swtpm that this process starts and that dies with
 * it. It proves nothing about hardware, and the audit says so.
 *
 *	rc = hm_swtpm_make(dir, &err);		once: EK, its certificate, DIR/ek-roots.pem
 *	rc = hm_swtpm_start(&t, dir, socket, &err);
 *	... t.tcti ...
 *	hm_swtpm_stop(&t);
 */
#ifndef HM_AGENT_SWTPM_H
#define HM_AGENT_SWTPM_H

#include <sys/types.h>

#include "base/error.h"

struct hm_swtpm {
	pid_t pid;		/* 0: not running */
	char socket[108];
	char tcti[128];
};

/* Is there a TPM's state in @dir? */
int hm_swtpm_exists(const char *dir);
/* A new TPM in @dir (made, 0700) as a vendor ships it: with an EK certificate from an
 * EK CA that exists for this TPM alone. Bounded in time. */
int hm_swtpm_make(const char *dir, struct hm_err *err);
/* -HM_ENO_TPM where it does not come up within ten seconds. */
int hm_swtpm_start(struct hm_swtpm *t, const char *dir, const char *socket, struct hm_err *err);
void hm_swtpm_stop(struct hm_swtpm *t);

#endif /* HM_AGENT_SWTPM_H */
