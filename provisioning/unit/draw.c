// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What nobody else ever gets: a serial. Drawn inside the transaction that makes the
 * unit, so that a number is gone exactly when a unit has it.
 */
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "serial/serial.h"
#include "unit/work.h"

/* Serials of other products that stand in the counter's way are stepped over. */
#define SKIP_MAX 4096

static void date_of(int64_t now, struct hm_date *ret)
{
	time_t t = (time_t)now;
	struct tm tm = { .tm_year = 0 };

	(void)gmtime_r(&t, &tm);
	*ret = (struct hm_date){ tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday };
}

static int settle(const struct hm_product *p, const char *lot, int64_t now, struct hm_scheme *s,
		  struct hm_range *pool, struct hm_err *err)
{
	struct hm_date date;
	int rc = hm_scheme_parse(s, p->pattern, err);

	date_of(now, &date);
	rc = rc ? rc : hm_scheme_settle(s, &date, lot, err);
	return rc ? rc : hm_scheme_pool(s, p->first, p->last, p->guess_odds, pool, err);
}

/*
 * Plain counters are shared by all products of one pattern, so that their serials differ.
 * Unguessable ones are the product's own: its key makes other serials of the same
 * numbers, and its odds count its own numbers.
 */
static int counter_name(const struct hm_scheme *s, const struct hm_product *p, char name[HM_COUNTER_NAME_MAX])
{
	char key[HM_COUNTER_KEY_MAX + 1];
	int rc = hm_scheme_counter_key(s, key);

	if (rc)
		return rc;
	snprintf(name, HM_COUNTER_NAME_MAX, "%s%s%s", s->unguessable ? p->name : "", s->unguessable ? ": " : "", key);
	return 0;
}

static int permutation(struct hm_keyring *ring, const struct hm_product *p, const struct hm_scheme *s,
		       struct hm_ff1 **ret, struct hm_err *err)
{
	uint8_t key[HM_SERIAL_KEY];
	int rc;

	if (!s->unguessable)
		return 0;
	rc = hm_keyring_get(ring, p->name, key, err);
	rc = rc ? rc : hm_scheme_ff1(s, key, sizeof(key), ret, err);
	OPENSSL_cleanse(key, sizeof(key));
	return rc;
}

/* 0: the serial is free; 1: somebody has it. */
static int is_taken(struct hm_tx *tx, const char *serial)
{
	struct hm_unit other;
	int rc = hm_tx_unit_get(tx, serial, &other, NULL);

	if (rc == -HM_ENOT_FOUND)
		return 0;
	return rc ? rc : 1;
}

static int draw_pattern(struct hm_tx *tx, const struct hm_draw *d, char serial[21], struct hm_err *err)
{
	_cleanup_ff1_ struct hm_ff1 *ff1 = NULL;
	char name[HM_COUNTER_NAME_MAX], text[1][HM_SERIAL_MAX + 1];
	const struct hm_product *p = d->product;
	struct hm_range pool;
	struct hm_scheme s;
	uint64_t n;
	int rc = settle(p, d->lot, d->now, &s, &pool, err);

	rc = rc ? rc : permutation(d->keyring, p, &s, &ff1, err);
	rc = rc ? rc : counter_name(&s, p, name);
	for (int i = 0; !rc && i < SKIP_MAX; i++) {
		rc = hm_tx_counter_draw(tx, name, pool.next, pool.end - 1, &n, err);
		if (rc)
			return rc;
		rc = hm_scheme_scatter(&s, ff1, n, 1, text);
		if (rc)
			return hm_err_set(err, rc, "counter %llu makes no serial of pattern %s",
					  (unsigned long long)n, p->pattern);
		rc = is_taken(tx, text[0]);
		if (!rc)
			memcpy(serial, text[0], sizeof(text[0]));
		if (rc <= 0)
			return rc;
		rc = 0;
	}
	return rc ? rc : hm_err_set(err, -HM_EPOOL_EXHAUSTED, "%d serials in a row of pattern %s are taken",
				    SKIP_MAX, p->pattern);
}

int hm_draw_serial(struct hm_tx *tx, const struct hm_draw *d, char serial[21], struct hm_err *err)
{
	return draw_pattern(tx, d, serial, err);
}

/* The serial that a counter would make today, without drawing it. */
int hm_draw_specimen(const struct hm_draw *d, bool last, char serial[21], struct hm_err *err)
{
	struct hm_range pool;
	struct hm_scheme s;
	int rc = settle(d->product, d->lot, d->now, &s, &pool, err);

	if (rc)
		return rc;
	if (s.unguessable) {
		/* permuted, a counter becomes any number of its width */
		s.unguessable = false;
		pool = (struct hm_range){ 0, s.max };
		pool.end += s.max < UINT64_MAX;
	}
	rc = hm_scheme_format(&s, last ? pool.end - 1 : pool.next, serial, 21);
	return rc ? hm_err_set(err, rc, "counter %llu makes no serial of pattern %s",
			       (unsigned long long)(last ? pool.end - 1 : pool.next), s.pattern) : 0;
}

int hm_unit_drawable(struct hm_engine *e, const struct hm_product *p, const char *lot,
		     struct hm_err *err)
{
	const struct hm_draw d = { p, lot, e->env->now(e->env->ctx), e->keyring };
	struct hm_label_inputs in;
	uint8_t key[HM_SERIAL_KEY], epc[12];
	struct hm_scheme s;
	char serial[21];
	int rc = hm_scheme_parse(&s, p->pattern, err);

	rc = rc ? rc : hm_draw_specimen(&d, false, serial, err);
	rc = rc ? rc : hm_unit_inputs(p, &(struct hm_made){ serial, lot, d.now }, &in, epc, err);
	if (!rc && s.unguessable)
		rc = hm_keyring_get(e->keyring, p->name, key, err);
	OPENSSL_cleanse(key, sizeof(key));
	return rc;
}
