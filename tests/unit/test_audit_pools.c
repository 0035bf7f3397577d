// SPDX-License-Identifier: LGPL-2.1-or-later
/* Serials out of supplied lists, and addresses: what the audit holds against what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "support/verdict.h"

#define LISTED	"[serial]\npool = acme\n"
#define COUNTED	"[serial]\npattern = {n:10}{c:mod10}\nfirst = 1000000001\n"

/* The two units of every world here have these. */
static void serials_are(void)
{
	assert_string_equal(w.units[0].serial, "10000000016");
	assert_string_equal(w.units[1].serial, "10000000023");
}

static void test_listed(void **state)
{
	(void)state;
	world_numbering(&w, LISTED);
	world_list(&w, "other", "serial\nX\n");
	world_list(&w, "acme", "serial\n10000000023\n10000000016\n");
	two_units();
	serials_are();
	finish();
	expect(HM_VERDICT_CLEAN);
}

static void test_in_two_deliveries(void **state)
{
	(void)state;
	world_numbering(&w, LISTED);
	world_list(&w, "acme", "serial\n10000000023\n");
	world_list(&w, "acme", "serial\n10000000016\n");
	two_units();
	finish();
	expect(HM_VERDICT_CLEAN);
}

#define NONE_OF "none of its product's numbering scheme"

static void test_not_listed(void **state)
{
	(void)state;
	world_numbering(&w, LISTED);
	world_list(&w, "acme", "serial\n10000000016\n");
	world_list(&w, "other", "serial\n10000000023\n");
	two_units();
	finish();
	expect(HM_VERDICT_INCONSISTENT);
	assert_int_equal(report.n_findings, 1);
	expect_about_unit(HM_VERDICT_INCONSISTENT, 1, NONE_OF);
}

/* A list that comes when the unit is there already does not say where it came from. */
static void test_listed_too_late(void **state)
{
	(void)state;
	world_numbering(&w, LISTED);
	world_list(&w, "acme", "serial\n10000000016\n");
	two_units();
	world_list(&w, "acme", "serial\n10000000023\n");
	finish();
	expect(HM_VERDICT_INCONSISTENT);
	assert_int_equal(report.n_findings, 1);
	expect_about_unit(HM_VERDICT_INCONSISTENT, 1, NONE_OF);
}

static void test_list_without_its_leaf(void **state)
{
	(void)state;
	world_numbering(&w, LISTED);
	two_units();
	finish();
	expect(HM_VERDICT_INCONSISTENT);
	expect_about_unit(HM_VERDICT_INCONSISTENT, 0, NONE_OF);
	expect_about_unit(HM_VERDICT_INCONSISTENT, 1, NONE_OF);
}

static void test_list_that_is_none(void **state)
{
	(void)state;
	world_numbering(&w, LISTED);
	world_list(&w, "acme", "serial\n10000000016\n10000000016\n");
	two_units();
	finish();
	expect(HM_VERDICT_INCONSISTENT);
	expect_about(HM_VERDICT_INCONSISTENT, "acme", "line 3");
}

static void test_list_that_is_gone(void **state)
{
	char path[80] = "blobs/";

	(void)state;
	world_numbering(&w, LISTED);
	hm_hex(world_list(&w, "acme", "serial\n10000000016\n10000000023\n")->list_sha256, 32, path + 6);
	two_units();
	finish();
	expect(HM_VERDICT_CLEAN);
	world_flip(&w, path, 9);
	expect(HM_VERDICT_INCONSISTENT);
	expect_about(HM_VERDICT_INCONSISTENT, path, "hash");
	world_remove(&w, path);
	expect(HM_VERDICT_INCONSISTENT);
	expect_finding(HM_VERDICT_INCONSISTENT, path);
}

/* --- the key of unguessable serials --- */

static void add_again(uint8_t key)
{
	struct hm_leaf *l = world_leaf(&w, HM_LEAF_PRODUCT);

	strcpy(l->product, "demo-sensor");
	memcpy(l->product_sha256, w.product_sha256, 32);
	memcpy(l->template_sha256, w.template_sha256, 32);
	l->serial_key[0] = key;
}

static void test_one_key_a_product(void **state)
{
	(void)state;
	world_numbering(&w, "[serial]\npattern = 1{r:10}\nfirst = 1\n");
	w.leaves[1].serial_key[0] = 7;
	add_again(7);
	two_units();
	finish();
	expect(HM_VERDICT_CLEAN);
	add_again(8);
	finish();
	expect(HM_VERDICT_INCONSISTENT);
	assert_int_equal(report.n_findings, 1);
	expect_finding(HM_VERDICT_INCONSISTENT, "another key of serials for product demo-sensor");
}

/* --- addresses --- */

static void give(const char *mac, uint32_t n)
{
	strcpy(w.mac, mac);
	w.macs = n;
}

static void two_with(const char *sections, const char *a, const char *b, uint32_t n)
{
	char text[256];

	snprintf(text, sizeof(text), COUNTED "%s", sections);
	world_numbering(&w, text);
	world_list(&w, "macs", "mac\n9CF6DD000000\n9C:F6:DD:00:00:04\n");
	give(a, n);
	world_unit(&w);
	give(b, n);
	world_unit(&w);
	serials_are();
	finish();
}

static void test_addresses(void **state)
{
	(void)state;
	two_with("[mac]\nprefix = 9CF6DD\ncount = 4\n", "9CF6DD000000", "9CF6DD000004", 4);
	expect(HM_VERDICT_CLEAN);
}

static void test_addresses_of_64_bits(void **state)
{
	(void)state;
	two_with("[mac]\nprefix = 9CF6DD\nbits = 64\n", "9CF6DD0000000000", "9CF6DD0000000001", 1);
	expect(HM_VERDICT_CLEAN);
}

static void test_listed_addresses(void **state)
{
	(void)state;
	two_with("[mac]\npool = macs\ncount = 4\n", "9CF6DD000000", "9CF6DD000004", 4);
	expect(HM_VERDICT_CLEAN);
}

#define NOT_ITS "its addresses are none of its product's"

static void test_foreign_addresses(void **state)
{
	static const struct {
		const char *sections, *mac;
		uint32_t n;
	} t[] = {
		{ "", "9CF6DD000000", 1 },					/* nobody asked for one */
		{ "[mac]\nprefix = 9CF6DD\n", "9CF6DE000000", 1 },
		{ "[mac]\nprefix = 9CF6DD\ncount = 2\n", "9CF6DD000000", 1 },
		/* beyond the block; of 64 bits, as no image can be made that says so of 48 */
		{ "[mac]\nprefix = 9CF6DD\nbits = 64\ncount = 2\n", "9CF6DDFFFFFFFFFF", 2 },
		{ "[mac]\nprefix = 9CF6DD\nfirst = 9\n", "9CF6DD000008", 1 },
		{ "[mac]\nprefix = 9CF6DD\nlast = 9\ncount = 2\n", "9CF6DD000009", 2 },
		{ "[mac]\nprefix = 9CF6DD\nbits = 64\n", "9CF6DD000000", 1 },
		{ "[mac]\npool = macs\n", "9CF6DD000001", 1 },
		{ "[mac]\npool = none\n", "9CF6DD000000", 1 },
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		verdict_teardown(NULL);
		verdict_setup(NULL);
		snprintf(text, sizeof(text), COUNTED "%s", t[i].sections);
		world_numbering(&w, text);
		world_list(&w, "macs", "mac\n9CF6DD000000\n");
		give(t[i].mac, t[i].n);
		world_unit(&w);
		finish();
		expect(HM_VERDICT_INCONSISTENT);
		expect_about_unit(HM_VERDICT_INCONSISTENT, 0, NOT_ITS);
		assert_int_equal(report.n_findings, 1);
	}
}

static void test_no_address_where_one_is_due(void **state)
{
	(void)state;
	world_numbering(&w, COUNTED "[mac]\nprefix = 9CF6DD\n");
	two_units();
	finish();
	expect(HM_VERDICT_INCONSISTENT);
	expect_about_unit(HM_VERDICT_INCONSISTENT, 0, NOT_ITS);
}

/* Neither begins where the other does. */
static void test_runs_overlap(void **state)
{
	(void)state;
	two_with("[mac]\nprefix = 9CF6DD\ncount = 4\n", "9CF6DD000000", "9CF6DD000003", 4);
	expect(HM_VERDICT_INCONSISTENT);
	expect_about_unit(HM_VERDICT_INCONSISTENT, 1, "it has the address of unit 10000000016");
}

static void test_address_changes(void **state)
{
	(void)state;
	world_numbering(&w, COUNTED "[mac]\nprefix = 9CF6DD\n");
	give("9CF6DD000001", 1);
	world_unit(&w);
	strcpy(w.leaves[w.units[0].leaf[3]].mac, "9CF6DD000002");
	finish();
	expect(HM_VERDICT_INCONSISTENT);
	expect_about_unit(HM_VERDICT_INCONSISTENT, 0, "changes its address");
}

static void test_label_of_another_address(void **state)
{
	struct hm_leaf *l;

	(void)state;
	world_numbering(&w, COUNTED "[mac]\nprefix = 9CF6DD\n");
	give("9CF6DD000001", 1);
	world_unit(&w);
	l = &w.leaves[w.units[0].leaf[1]];
	strcpy(l->inputs[l->n_inputs - 2].value, "9C:F6:DD:00:00:02");
	finish();
	expect(HM_VERDICT_INCONSISTENT);
	expect_about_unit(HM_VERDICT_INCONSISTENT, 0, "the label's mac is 9C:F6:DD:00:00:02 in its leaf, and must be 9C:F6:DD:00:00:01");
}

static void test_image_of_another_address(void **state)
{
	struct hm_leaf *l;

	(void)state;
	world_numbering(&w, COUNTED "[mac]\nprefix = 9CF6DD\n");
	give("9CF6DD000001", 1);
	world_unit_to(&w, 2);
	/* written as if it were another's */
	give("9CF6DD000002", 1);
	l = world_unit_leaf(&w, &w.units[0], "writing", "write");
	strcpy(l->mac, "9CF6DD000001");
	world_bind(&w.units[0], l);
	strcpy(l->tid, w.units[0].tid);
	world_observe(l, &w.leaves[w.units[0].leaf[1]].jobs[0], w.units[0].seq[0]);
	world_record(&w, &w.units[0]);
	memcpy(l->record, w.units[0].record.data, w.units[0].record.len);
	l->record_len = w.units[0].record.len;
	world_writes(&w, &w.units[0], l);
	finish();
	expect(HM_VERDICT_INCONSISTENT);
	assert_int_equal(report.n_findings, 1);
	expect_about_unit(HM_VERDICT_INCONSISTENT, 0, "tells other addresses than its leaf");
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, verdict_setup, verdict_teardown)
	const struct CMUnitTest tests[] = {
		T(test_listed),
		T(test_in_two_deliveries),
		T(test_not_listed),
		T(test_listed_too_late),
		T(test_list_without_its_leaf),
		T(test_list_that_is_none),
		T(test_list_that_is_gone),
		T(test_one_key_a_product),
		T(test_addresses),
		T(test_addresses_of_64_bits),
		T(test_listed_addresses),
		T(test_foreign_addresses),
		T(test_no_address_where_one_is_due),
		T(test_runs_overlap),
		T(test_address_changes),
		T(test_label_of_another_address),
		T(test_image_of_another_address),
	};

	return cmocka_run_group_tests_name("audit_pools", tests, NULL, NULL);
}
