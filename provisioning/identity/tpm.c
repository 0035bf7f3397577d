/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "identity/tpm.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

#define RC_LAYER(rc)	((rc) & TSS2_RC_LAYER_MASK)
#define RC_BASE(rc)	((rc) & 0xffffu)

static void guard_signals(struct hm_tpm_guard *g)
{
	sigset_t pipe_only, pending;

	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	sigpending(&pending);
	g->was_pending = sigismember(&pending, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe_only, &g->old);
}

static void unguard_signals(struct hm_tpm_guard *g)
{
	static const struct timespec at_once;
	sigset_t pipe_only;

	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	/* take back what our own writes raised, leave what was there before */
	if (!g->was_pending)
		sigtimedwait(&pipe_only, NULL, &at_once);
	pthread_sigmask(SIG_SETMASK, &g->old, NULL);
}

void hm_tpm_lock(struct hm_tpm *t, struct hm_tpm_guard *g)
{
	int rc = pthread_mutex_lock(&t->lock);

	assert(rc == 0);
	g->tpm = t;
	guard_signals(g);
}

void hm_tpm_unlock(struct hm_tpm_guard *g)
{
	int rc;

	unguard_signals(g);
	rc = pthread_mutex_unlock(&g->tpm->lock);
	assert(rc == 0);
}

/* One command may fail with the code of failure mode while the TPM works on. */
static bool in_failure_mode(struct hm_tpm *t)
{
	TPM2B_DIGEST *random = NULL;
	TSS2_RC rc;

	rc = Esys_GetRandom(t->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, 8, &random);
	Esys_Free(random);
	return rc != TSS2_RC_SUCCESS;
}

int hm_tpm_rc(struct hm_tpm *t, TSS2_RC rc, const char *what, struct hm_err *err)
{
	if (rc == TSS2_RC_SUCCESS)
		return 0;
	if (t->lost || RC_LAYER(rc) == TSS2_TCTI_RC_LAYER) {
		t->lost = true;
		return hm_err_set(err, -HM_ENO_TPM, "%s: the TPM stopped answering (0x%x)", what, rc);
	}
	if ((RC_LAYER(rc) == TSS2_TPM_RC_LAYER || RC_LAYER(rc) == TSS2_RESMGR_TPM_RC_LAYER) &&
	    RC_BASE(rc) == TPM2_RC_FAILURE && in_failure_mode(t))
		return hm_err_set(err, -HM_ETPM_FAILED,
				  "%s: the TPM is in failure mode (0x101): power-cycle it", what);
	return hm_err_set(err, -HM_ETPM_FAILED, "%s: %s (0x%x)", what, Tss2_RC_Decode(rc), rc);
}

int hm_tpm_alive(struct hm_tpm *t, struct hm_err *err)
{
	TPM2B_DIGEST *random = NULL;
	TSS2_RC rc;

	/* GetCapability answers even in failure mode; GetRandom does not */
	rc = Esys_GetRandom(t->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, 8, &random);
	Esys_Free(random);
	return hm_tpm_rc(t, rc, "TPM self-check", err);
}

/* Behind a socket nobody may have started the TPM after its power came on. */
static int start_up(struct hm_tpm *t, struct hm_err *err)
{
	TPM2B_DIGEST *random = NULL;
	TSS2_RC rc;

	rc = Esys_GetRandom(t->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, 8, &random);
	Esys_Free(random);
	if (RC_LAYER(rc) == TSS2_TPM_RC_LAYER && RC_BASE(rc) == TPM2_RC_INITIALIZE) {
		rc = Esys_Startup(t->esys, TPM2_SU_CLEAR);
		if (!rc)
			return hm_tpm_alive(t, err);
	}
	return hm_tpm_rc(t, rc, "TPM start-up", err);
}

static void disconnect(struct hm_tpm *t)
{
	if (t->esys)
		Esys_Finalize(&t->esys);
	if (t->tcti)
		Tss2_TctiLdr_Finalize(&t->tcti);
	t->esys = NULL;
	t->tcti = NULL;
}

static int connect_tpm(struct hm_tpm *t, struct hm_err *err)
{
	TSS2_RC tss;

	t->lost = false;
	tss = Tss2_TctiLdr_Initialize(t->address, &t->tcti);
	if (tss) {
		t->tcti = NULL;
		t->lost = true;
		return hm_err_set(err, -HM_ENO_TPM, "no TPM answers at %s (0x%x)", t->address, tss);
	}
	tss = Esys_Initialize(&t->esys, t->tcti, NULL);
	if (tss) {
		t->esys = NULL;
		t->lost = true;
		return hm_err_set(err, -HM_ENO_TPM, "no TPM answers at %s (0x%x)", t->address, tss);
	}
	return start_up(t, err);
}

int hm_tpm_reconnect(struct hm_tpm *t, struct hm_err *err)
{
	int rc;

	disconnect(t);
	rc = connect_tpm(t, err);
	if (rc)
		t->lost = true;
	return rc;
}

int hm_tpm_open(struct hm_tpm *t, const char *tcti, struct hm_err *err)
{
	struct hm_tpm_guard g;
	int rc;

	if (!tcti || !*tcti)
		return hm_err_set(err, -HM_ENO_TPM, "no TPM is configured");
	memset(t, 0, sizeof(*t));
	t->address = strdup(tcti);
	if (!t->address)
		return -ENOMEM;
	rc = pthread_mutex_init(&t->lock, NULL);
	if (rc) {
		free(t->address);
		return hm_err_set(err, -rc, "no lock for the TPM");
	}
	hm_tpm_lock(t, &g);
	rc = connect_tpm(t, err);
	hm_tpm_unlock(&g);
	if (rc)
		hm_tpm_close(t);
	return rc;
}

void hm_tpm_close(struct hm_tpm *t)
{
	struct hm_tpm_guard g;

	guard_signals(&g);
	disconnect(t);
	unguard_signals(&g);
	pthread_mutex_destroy(&t->lock);
	free(t->address);
	t->address = NULL;
}
