/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A dishonest cable between a test and its software TPM. The test program runs
 * itself as the TCTI "cmd:PROGRAM --tpm-proxy MODE SOCKET"; its main() begins with
 *
 *	if (tpm_proxy_main(argc, argv, &rc))
 *		return rc;
 *
 * Modes, each on the one command it is about, everything else passed through:
 *
 *	pass		nothing
 *	failure		every command is answered 0x101
 *	swap-idevid	the IDevID's public key is replaced by another one
 *	weak-iak	the IAK comes back as an unrestricted key
 *	bend-challenge	one bit of the credential on its way to the TPM
 *	bend-seed	one bit of the seed that the credential is encrypted with
 *	bend-answer	one bit of the secret that comes back
 *	old-certify	the nonce of TPM2_Certify is changed on its way
 *	cut-certify	the cable is cut at TPM2_Certify
 *	cut-evict	... at the second TPM2_EvictControl, after the TPM carried it out
 */
#ifndef TESTS_UNIT_SUPPORT_TPM_PROXY_H
#define TESTS_UNIT_SUPPORT_TPM_PROXY_H

#include <stdbool.h>
#include <stddef.h>

#include "support/swtpm.h"

bool tpm_proxy_main(int argc, char **argv, int *ret_exit);
/* The TCTI of @t through a proxy in @mode. */
const char *tpm_proxy_tcti(const struct swtpm *t, const char *mode, char *out, size_t size);

#endif /* TESTS_UNIT_SUPPORT_TPM_PROXY_H */
