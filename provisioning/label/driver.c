// SPDX-License-Identifier: LGPL-2.1-or-later
/* The languages that printers are driven in: one row each. */
#include "label/driver.h"

#include <pthread.h>
#include <string.h>

#include <openssl/evp.h>

static const struct hm_label_driver drivers[] = {
	{
		.name = "zpl", .ending = ".zpl",
		.check = hm_label_check, .render = hm_label_render,
		.ask_status = "~HS\r\n", .hear_status = hm_printer_hear_hs,
		.ask_errors = "~HQES\r\n", .hear_errors = hm_printer_hear_hqes,
		.cancel = "~JA\r\n",
		.tag_reply = hm_label_parse_reply,
	},
};
#define DRIVERS (sizeof(drivers) / sizeof(drivers[0]))
#define REQUESTS 3

const struct hm_label_driver *hm_label_driver_of(const char *template_name)
{
	size_t len = strlen(template_name);

	for (size_t i = 0; i < DRIVERS; i++) {
		size_t n = strlen(drivers[i].ending);

		if (len > n && !strcmp(template_name + len - n, drivers[i].ending))
			return &drivers[i];
	}
	return NULL;
}

static uint8_t query_digests[DRIVERS * REQUESTS][32];
static bool query_digests_good;

static void make_query_digests(void)
{
	bool good = true;

	for (size_t i = 0; i < DRIVERS * REQUESTS; i++) {
		const struct hm_label_driver *d = &drivers[i / REQUESTS];
		const char *const text[REQUESTS] = { d->ask_status, d->ask_errors, d->cancel };
		const char *t = text[i % REQUESTS];

		good = EVP_Digest(t, strlen(t), query_digests[i], NULL, EVP_sha256(), NULL) == 1 && good;
	}
	query_digests_good = good;
}

bool hm_label_is_query_digest(const uint8_t sha256[32])
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, make_query_digests);
	/* without digests nothing is a query, and the audit says so */
	for (size_t i = 0; query_digests_good && i < DRIVERS * REQUESTS; i++)
		if (!memcmp(sha256, query_digests[i], 32))
			return true;
	return false;
}
