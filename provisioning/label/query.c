// SPDX-License-Identifier: LGPL-2.1-or-later
/* Requests that no leaf tells of: the audit knows them by their digests. */
#include "label/printer.h"

#include <pthread.h>
#include <string.h>

#include <openssl/evp.h>

const char hm_zpl_query_hs[] = "~HS\r\n";
const char hm_zpl_query_hqes[] = "~HQES\r\n";
const char hm_zpl_cancel[] = "~JA\r\n";

static uint8_t query_digests[3][32];
static bool query_digests_good;

static void make_query_digests(void)
{
	const char *const text[3] = { hm_zpl_query_hs, hm_zpl_query_hqes, hm_zpl_cancel };
	bool good = true;

	for (size_t i = 0; i < 3; i++)
		good = EVP_Digest(text[i], strlen(text[i]), query_digests[i], NULL, EVP_sha256(), NULL) == 1 && good;
	query_digests_good = good;
}

bool hm_zpl_is_query_digest(const uint8_t sha256[32])
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, make_query_digests);
	/* without digests nothing is a query, and the audit says so */
	for (size_t i = 0; query_digests_good && i < 3; i++)
		if (!memcmp(sha256, query_digests[i], 32))
			return true;
	return false;
}
