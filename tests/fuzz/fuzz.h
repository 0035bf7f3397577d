/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What fuzz targets share: taking an input apart, and saying what is wrong.
 *
 * A target is one file, tests/fuzz/fuzz_NAME.c, with LLVMFuzzerTestOneInput()
 * in it and a line " * sources: FILE..." in its first comment: what it is
 * linked with, compiled with sanitizers like itself. Nothing else names it.
 *
 *	struct fz z = { data, size };
 *	n = fz_u8(&z) % 9;		an input that has run out reads as zeros
 *	FZ_CHECK(rc == 0, "rc %d", rc);	aborts; the fuzzer keeps the input
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eventlog.h"

#define FZ_CHECK(cond, ...) do {						\
	if (!(cond)) {								\
		fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #cond);	\
		fprintf(stderr, __VA_ARGS__);					\
		fputc('\n', stderr);						\
		abort();							\
	}									\
} while (0)

struct fz {
	const uint8_t *p;
	size_t left;
};

uint8_t fz_u8(struct fz *z);
uint64_t fz_le(struct fz *z, size_t n);
void fz_bytes(struct fz *z, void *to, size_t n);

/*
 * Banks as a header has them, at most HM_EV_BANKS_MAX. Returns whether they are
 * sound, that is, whether the codec has to accept them.
 */
bool fz_banks(struct fz *z, struct hm_ev_bank *bank, uint32_t *ret_n);

/*
 * An event's tag and content into a zeroed @ev. Returns whether the codec has to
 * accept it. Every other byte of @ev->u stays zero, so that what is decoded can
 * be compared as a whole.
 */
bool fz_event(struct fz *z, struct hm_ev *ev);

#endif /* FUZZ_H */
