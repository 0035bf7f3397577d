// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What nobody else ever gets: a serial, and addresses. Drawn inside the transaction that makes the
 * unit, so that a number is gone exactly when a unit has it.
 */
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "serial/eui.h"
#include "serial/list.h"
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

/* What a look-up found: 0 nothing, 1 something, or its error. */
static int found(int rc)
{
	return rc == -HM_ENOT_FOUND ? 0 : rc ? rc : 1;
}

/* 0: the serial is free; 1: some unit has it. */
static int is_taken(struct hm_tx *tx, const char *serial)
{
	struct hm_unit other;

	return found(hm_tx_unit_get(tx, serial, &other, NULL));
}

/* The same, and what a customer supplied is not for other products. */
static int is_taken_or_listed(struct hm_tx *tx, const char *serial)
{
	int rc = is_taken(tx, serial);

	return rc ? rc : found(hm_tx_pool_holder(tx, HM_LIST_SERIAL, serial, NULL, NULL));
}

/*
 * What is at its end, and what to do: one line each, the same before there is a batch and in the
 * middle of one. Nothing of a batch is lost by it: its units stay what they are.
 */
static int list_at_its_end(const struct hm_pool *p, const char *pool, struct hm_err *err)
{
	return hm_err_set(err, -HM_EPOOL_EXHAUSTED, "pool %s: all of its %llu entries are drawn; "
			  "pool add FILE --name %s --append brings more", pool, (unsigned long long)p->entries, pool);
}

static int pattern_at_its_end(const struct hm_scheme *s, const struct hm_range *pool, struct hm_err *err)
{
	static const char *const remedies[] = {
		[HM_RESET_NEVER] = "issue another product with another pattern or more numbers",
		[HM_RESET_DAY] = "it begins anew with the next day",
		[HM_RESET_WEEK] = "it begins anew with the next week",
		[HM_RESET_MONTH] = "it begins anew with the next month",
		[HM_RESET_YEAR] = "it begins anew with the next year",
		[HM_RESET_LOT] = "issue another lot",
	};

	return hm_err_set(err, -HM_EPOOL_EXHAUSTED, "pattern %s: no counter is left up to %llu; %s", s->pattern,
			  (unsigned long long)(pool->end - 1), remedies[s->reset]);
}

static int block_at_its_end(const struct hm_product *p, const struct hm_range *pool, struct hm_err *err)
{
	return hm_err_set(err, -HM_EPOOL_EXHAUSTED, "addresses of %s: no %u are left in a row up to number %llu; "
			  "issue another product with another block", p->mac_prefix, p->mac_count,
			  (unsigned long long)(pool->end - 1));
}

/* The next entry of a supplied list. */
static int draw_entry(struct hm_tx *tx, const char *pool, char value[21], struct hm_err *err)
{
	char name[HM_COUNTER_NAME_MAX];
	struct hm_pool p;
	uint64_t n;
	int rc = hm_tx_pool_get(tx, pool, &p, err);

	if (rc)
		return rc;
	hm_list_counter(pool, name);
	rc = p.entries ? hm_tx_counter_draw(tx, name, 0, p.entries - 1, &n, err) : -HM_EPOOL_EXHAUSTED;
	if (rc == -HM_EPOOL_EXHAUSTED)
		return list_at_its_end(&p, pool, err);
	return rc ? rc : hm_tx_pool_entry_get(tx, pool, n, value, err);
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
			return rc == -HM_EPOOL_EXHAUSTED ? pattern_at_its_end(&s, &pool, err) : rc;
		rc = hm_scheme_scatter(&s, ff1, n, 1, text);
		if (rc)
			return hm_err_set(err, rc, "counter %llu makes no serial of pattern %s",
					  (unsigned long long)n, p->pattern);
		rc = is_taken_or_listed(tx, text[0]);
		if (!rc)
			memcpy(serial, text[0], sizeof(text[0]));
		if (rc <= 0)
			return rc;
		rc = 0;
	}
	return rc ? rc : hm_err_set(err, -HM_EPOOL_EXHAUSTED, "%d serials in a row of pattern %s are taken; issue "
				    "another product with another pattern", SKIP_MAX, p->pattern);
}

/* An entry that was free when the list came may be a unit's by now: older products know no lists. */
static int draw_listed(struct hm_tx *tx, const char *pool, char serial[21], struct hm_err *err)
{
	char value[21];
	int rc;

	do {
		rc = draw_entry(tx, pool, value, err);
		rc = rc ? rc : is_taken(tx, value);
	} while (rc == 1);
	if (!rc)
		memcpy(serial, value, sizeof(value));
	return rc;
}

int hm_draw_serial(struct hm_tx *tx, const struct hm_draw *d, char serial[21], struct hm_err *err)
{
	return d->product->pool[0] ? draw_listed(tx, d->product->pool, serial, err) :
				     draw_pattern(tx, d, serial, err);
}

/* --- addresses --- */

void hm_list_counter(const char *pool, char name[HM_COUNTER_NAME_MAX])
{
	snprintf(name, HM_COUNTER_NAME_MAX, "list %s", pool);
}

/* Does nobody have any of the run, and no list but the one it is of? */
static int is_run_free(struct hm_tx *tx, const struct hm_product *p, uint64_t first)
{
	char text[HM_EUI_TEXT_MAX], pool[33];
	int kind = p->mac_bits == 48 ? HM_LIST_EUI48 : HM_LIST_EUI64, rc = 0;

	for (uint32_t i = 0; !rc && i < p->mac_count; i++) {
		hm_eui_text(first + i, p->mac_bits, 0, text);
		rc = found(hm_tx_holder(tx, HM_MAC_ANCHOR, text, strlen(text), NULL, NULL));
		if (rc)
			break;
		rc = found(hm_tx_pool_holder(tx, kind, text, pool, NULL));
		if (rc == 1 && !i && !strcmp(pool, p->mac_pool))
			rc = 0;
	}
	return rc < 0 ? rc : !rc;
}

int hm_mac_block(const struct hm_product *p, struct hm_eui_block *block, struct hm_range *pool,
		 struct hm_err *err)
{
	struct hm_range all;
	int rc = hm_eui_block_parse(p->mac_prefix, p->mac_bits, block);

	if (rc)
		return hm_err_set(err, -HM_EBAD_PRODUCT, "[mac] prefix %s: %s", p->mac_prefix, hm_error_why(rc));
	all = hm_eui_block_range(block);
	if (p->mac_last != UINT64_MAX && p->mac_last >= all.end)
		return hm_err_set(err, -HM_EBAD_PRODUCT, "[mac] last %llu is beyond the last of the block, %llu",
				  (unsigned long long)p->mac_last, (unsigned long long)(all.end - 1));
	if (hm_range_set(pool, p->mac_first, p->mac_last < all.end ? p->mac_last : all.end - 1))
		return hm_err_set(err, -HM_EBAD_PRODUCT, "[mac] first %llu is beyond the last of the block, %llu",
				  (unsigned long long)p->mac_first, (unsigned long long)(all.end - 1));
	if (hm_range_count(pool) < p->mac_count)
		return hm_err_set(err, -HM_EBAD_PRODUCT, "[mac] count: there are not so many from first to last");
	return 0;
}

static void block_counter(const struct hm_eui_block *b, char name[HM_COUNTER_NAME_MAX])
{
	char text[HM_EUI_TEXT_MAX];

	hm_eui_text(b->base, b->bits, 0, text);
	snprintf(name, HM_COUNTER_NAME_MAX, "eui-%u %.*s", b->bits, (int)b->prefix / 4, text);
}

static int draw_run(struct hm_tx *tx, const struct hm_product *p, uint64_t *ret, struct hm_err *err)
{
	char name[HM_COUNTER_NAME_MAX];
	struct hm_eui_block block;
	struct hm_range pool;
	uint64_t n;
	int rc = hm_mac_block(p, &block, &pool, err);

	if (rc)
		return rc;
	block_counter(&block, name);
	for (int i = 0; i < SKIP_MAX; i++) {
		rc = hm_tx_counter_draw_run(tx, name, pool.next, pool.end - 1, p->mac_count, &n, err);
		if (rc == -HM_EPOOL_EXHAUSTED)
			return block_at_its_end(p, &pool, err);
		rc = rc ? rc : hm_eui_at(&block, n, ret);
		rc = rc ? rc : is_run_free(tx, p, *ret);
		if (rc)
			return rc < 0 ? rc : 0;
	}
	return hm_err_set(err, -HM_EPOOL_EXHAUSTED, "%d runs of %s in a row are taken; issue another product with another block",
			  SKIP_MAX, p->mac_prefix);
}

/* Each entry is the first of a run. */
static int draw_listed_run(struct hm_tx *tx, const struct hm_product *p, uint64_t *ret, struct hm_err *err)
{
	char value[21];
	int rc;

	do {
		rc = draw_entry(tx, p->mac_pool, value, err);
		rc = rc ? rc : hm_eui_parse(value, strlen(value), p->mac_bits, ret);
		rc = rc ? rc : is_run_free(tx, p, *ret);
	} while (!rc);
	return rc < 0 ? rc : 0;
}

int hm_draw_macs(struct hm_tx *tx, const struct hm_product *p, char mac[17], struct hm_err *err)
{
	char text[HM_EUI_TEXT_MAX];
	uint64_t first = 0;
	int rc;

	mac[0] = '\0';
	if (!p->mac_count)
		return 0;
	rc = p->mac_pool[0] ? draw_listed_run(tx, p, &first, err) : draw_run(tx, p, &first, err);
	if (rc)
		return rc;
	hm_eui_text(first, p->mac_bits, 0, text);
	memcpy(mac, text, 17);
	return 0;
}

int hm_claim_macs(struct hm_tx *tx, const struct hm_unit *u, struct hm_err *err)
{
	unsigned int bits = (unsigned int)strlen(u->mac) * 4;
	char text[HM_EUI_TEXT_MAX];
	uint64_t first;
	int rc = u->macs ? hm_eui_parse(u->mac, strlen(u->mac), bits, &first) : 0;

	for (uint32_t i = 0; !rc && i < u->macs; i++) {
		hm_eui_text(first + i, bits, 0, text);
		rc = hm_tx_claim(tx, HM_MAC_ANCHOR, text, strlen(text), u->serial, NULL, err);
	}
	return rc;
}

/* --- without drawing --- */

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

/* --- before there is a batch --- */

static int list_left(struct hm_tx *tx, const char *pool, struct hm_err *err)
{
	char name[HM_COUNTER_NAME_MAX];
	struct hm_pool p;
	uint64_t n;
	int rc = hm_tx_pool_get(tx, pool, &p, err);

	hm_list_counter(pool, name);
	rc = rc ? rc : hm_tx_counter_peek(tx, name, 0, &n, err);
	if (rc || n < p.entries)
		return rc;
	return list_at_its_end(&p, pool, err);
}

static int pattern_left(struct hm_tx *tx, const struct hm_draw *d, struct hm_err *err)
{
	char name[HM_COUNTER_NAME_MAX];
	struct hm_range pool;
	struct hm_scheme s;
	uint64_t n;
	int rc = settle(d->product, d->lot, d->now, &s, &pool, err);

	rc = rc ? rc : counter_name(&s, d->product, name);
	rc = rc ? rc : hm_tx_counter_peek(tx, name, pool.next, &n, err);
	if (rc || n < pool.end)
		return rc;
	return pattern_at_its_end(&s, &pool, err);
}

static int macs_left(struct hm_tx *tx, const struct hm_product *p, struct hm_err *err)
{
	char name[HM_COUNTER_NAME_MAX];
	struct hm_eui_block block;
	struct hm_range pool;
	uint64_t n;
	int rc;

	if (!p->mac_count)
		return 0;
	if (p->mac_pool[0])
		return list_left(tx, p->mac_pool, err);
	rc = hm_mac_block(p, &block, &pool, err);
	if (rc)
		return rc;
	block_counter(&block, name);
	rc = hm_tx_counter_peek(tx, name, pool.next, &n, err);
	if (rc || (n < pool.end && pool.end - n >= p->mac_count))
		return rc;
	return block_at_its_end(p, &pool, err);
}

static int anything_left(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	const struct hm_draw *d = arg;
	int rc = d->product->pool[0] ? list_left(tx, d->product->pool, err) : pattern_left(tx, d, err);

	return rc ? rc : macs_left(tx, d->product, err);
}

/* Entries of lists were tried when they came in. */
static int try_pattern(struct hm_engine *e, const struct hm_draw *d, struct hm_err *err)
{
	struct hm_label_inputs in;
	uint8_t key[HM_SERIAL_KEY];
	struct hm_epc epc;
	struct hm_scheme s;
	char serial[21];
	int rc = hm_scheme_parse(&s, d->product->pattern, err);

	rc = rc ? rc : hm_draw_specimen(d, false, serial, err);
	rc = rc ? rc : hm_unit_inputs(d->product, &(struct hm_made){ serial, d->lot, d->now }, &in, &epc, err);
	if (!rc && s.unguessable)
		rc = hm_keyring_get(e->keyring, d->product->name, key, err);
	OPENSSL_cleanse(key, sizeof(key));
	return rc;
}

int hm_unit_drawable(struct hm_engine *e, const struct hm_product *p, const char *lot,
		     struct hm_err *err)
{
	struct hm_draw d = { p, lot, e->env->now(e->env->ctx), e->keyring };
	int rc = p->pool[0] ? 0 : try_pattern(e, &d, err);

	if (!rc && p->pool[0] && !*lot && hm_unit_inputs_want_lot(p))
		rc = hm_err_set(err, -HM_EMISSING_INPUT, "labels of product %s need a lot", p->name);
	return rc ? rc : hm_store_read(e->env->store, anything_left, &d, err);
}
