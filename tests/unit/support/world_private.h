/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What world.c and world_files.c share; for nobody else. */
#ifndef TEST_SUPPORT_WORLD_PRIVATE_H
#define TEST_SUPPORT_WORLD_PRIVATE_H

#include <stdio.h>
#include <stdlib.h>

#include "support/world.h"

#define STATION	"st-test"
#define ORIGIN	"example.org/" STATION

#define MUST(x) do { if (!(x)) { fprintf(stderr, "world: %s:%d: %s\n", __FILE__, __LINE__, #x); abort(); } } while (0)

/* SubjectPublicKeyInfo, DER; its length. */
size_t world_spki(EVP_PKEY *key, uint8_t out[128]);
size_t world_sign_bytes(EVP_PKEY *key, const EVP_MD *md, const void *msg, size_t len, uint8_t *sig,
			size_t max);
/* ECDSA as two numbers of 32 bytes. */
void world_sign_rs(EVP_PKEY *key, const void *msg, size_t len, uint8_t ret[64]);
void world_free_quote(struct world_boot *b);
void world_remove_dir(const struct world *w);

#endif
