/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * FF1 of NIST SP 800-38G over OpenSSL's AES: a keyed permutation of the numbers that
 * have @len digits in base @radix. A counter goes in, an unguessable number of the same
 * length comes out, and no two counters give the same one: uniqueness needs no look-up.
 *
 *	_cleanup_ff1_ struct hm_ff1 *f = NULL;
 *
 *	rc = hm_ff1_new(key, 32, 36, 12, &f);		12 characters of base 36
 *	rc = hm_ff1_tweak(f, "lot A7", 6);		another permutation; none: the empty one
 *	hm_ff1_cut(f, counter, &x);
 *	rc = hm_ff1_encrypt(f, &x, 1);			x.left, x.right: 6 digits each
 *
 * The number is held as the two halves that FF1 works on, @len / 2 digits on the left and
 * the rest on the right, each below 2^64, so that no big numbers are needed: 38 decimal
 * digits, 24 of base 36, 20 of base 62, 126 bits. Many at a time cost less than one by
 * one, because their rounds share a call of the cipher. Nothing is allocated after
 * hm_ff1_new(). A context is for one thread at a time.
 *
 * The domain, radix^len, has at least 1,000,000 numbers (SP 800-38G rev. 1): a smaller one
 * can be written down by whoever watches.
 *
 * Errors: -EINVAL for a radix outside 2 ... 65536 or a key that is none of AES,
 * -HM_ETOO_SHORT for a domain that is too small, -HM_ETOO_LONG for one whose halves do
 * not fit or for a tweak above 4 KiB, -ENOMEM where OpenSSL fails.
 */
#ifndef HM_SERIAL_FF1_H
#define HM_SERIAL_FF1_H

#include <stddef.h>
#include <stdint.h>

#define HM_FF1_DOMAIN_MIN	1000000u
#define HM_FF1_TWEAK_MAX	4096u
#define HM_FF1_LEN_MAX		126u

struct hm_ff1;

struct hm_ff1_number {
	uint64_t left, right;	/* below radix^(len / 2), radix^(len - len / 2) */
};

/* @key_len: 16, 24 or 32. The tweak is empty at first. */
int hm_ff1_new(const void *key, size_t key_len, unsigned int radix, unsigned int len,
	       struct hm_ff1 **ret);
void hm_ff1_free(struct hm_ff1 *f);
int hm_ff1_tweak(struct hm_ff1 *f, const void *tweak, size_t len);

static inline void hm_ff1_freep(struct hm_ff1 **f)
{
	hm_ff1_free(*f);
}
#define _cleanup_ff1_ __attribute__((cleanup(hm_ff1_freep)))

/* @n numbers in place; -HM_EOVERFLOW where one is not of the domain (none is changed then). */
int hm_ff1_encrypt(struct hm_ff1 *f, struct hm_ff1_number *x, size_t n);
int hm_ff1_decrypt(struct hm_ff1 *f, struct hm_ff1_number *x, size_t n);

/* A counter into halves and back: -HM_EOVERFLOW where it is not of the domain, not of 64 bits. */
int hm_ff1_cut(const struct hm_ff1 *f, uint64_t counter, struct hm_ff1_number *ret);
int hm_ff1_glue(const struct hm_ff1 *f, const struct hm_ff1_number *x, uint64_t *ret);

/* Digits, the most significant first, to halves and back: -HM_EBAD_CHAR for one not below radix. */
int hm_ff1_pack(const struct hm_ff1 *f, const uint16_t *digits, struct hm_ff1_number *ret);
void hm_ff1_unpack(const struct hm_ff1 *f, const struct hm_ff1_number *x, uint16_t *ret_digits);

#endif /* HM_SERIAL_FF1_H */
