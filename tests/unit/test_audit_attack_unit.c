// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Units whose leaves a station tells otherwise than they were made, with its own keys:
 * every byte announced, measured and quoted, and wrong. Beside each lie stands the
 * same shape told honestly, which must be clean. See test_audit_attack.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "record/slots.h"
#include "support/verdict.h"

static const char foreign_label[] = "^XA\n^FO10,10^A0N,30,30^FDSERIAL 1999999999^FS\n^XZ\n";

/* --- pieces of stories --- */

/* A leaf of the unit, bound and tagged as it is now, once it can be. */
static struct hm_leaf *told(struct world_unit *u, const char *state, const char *step)
{
	struct hm_leaf *l = world_unit_leaf(&w, u, state, step);

	if (strcmp(state, "reserved")) {
		world_bind(u, l);
		strcpy(l->tid, u->tid);
	}
	return l;
}

/* The gate does it, and the unit's next leaf says so; announced in @l. */
static void done(struct world_unit *u, const struct hm_leaf *l, size_t n, const char *state)
{
	struct hm_leaf *next = told(u, state, l->step);

	for (size_t i = 0; i < n; i++)
		world_observe(next, &l->jobs[i], world_mark(&w, &l->jobs[i]));
}

/* u->image into an EEPROM, the unit being @during and then @after. */
static void write_eeprom(struct world_unit *u, const char *during, const char *after)
{
	struct hm_leaf *l = told(u, during, "write");

	for (int i = 1; i <= HM_SLOT_WRITES; i++)
		world_new_id(&w, u->job[i]);
	world_writes(&w, u, l);
	done(u, l, HM_SLOT_WRITES, after);
}

/* The same with u->record told along with it. */
static void write_record(struct world_unit *u, const char *during, const char *after)
{
	struct hm_leaf *l = &w.leaves[w.n_leaves];

	write_eeprom(u, during, after);
	memcpy(l->record, u->record.data, u->record.len);
	l->record_len = u->record.len;
}

static void set_bytes(struct hm_buf *b, const void *bytes, size_t len)
{
	hm_buf_free(b);
	hm_buf_init(b, 1u << 16);
	assert_int_equal(hm_buf_add(b, bytes, len), 0);
}

/* The second unit of the world, its label made and told. */
static struct world_unit *marked_unit(void)
{
	struct world_unit *u;

	world_unit(&w);
	world_unit_to(&w, 2);
	u = &w.units[1];
	world_observe(told(u, "marked", "tag"), &w.leaves[u->leaf[1]].jobs[0], u->seq[0]);
	return u;
}

static void print_label(struct world_unit *u, const char *state, uint32_t flags)
{
	struct hm_leaf *l = told(u, state, "reprint");
	uint8_t id[16];

	world_new_id(&w, id);
	world_label(&w, u, l);
	world_announce(&w, l, id, "printer-1", "label", flags, 0, u->label.data, u->label.len);
	done(u, l, 1, state);
}

/* --- images --- */

static void test_foreign_image_active(void **state)
{
	struct world_unit *u = &w.units[0];

	(void)state;
	two_units();
	set_bytes(&u->image, w.units[1].image.data, w.units[1].image.len);
	write_eeprom(u, "active", "active");
	finish();
	expect(HM_VERDICT_INCONSISTENT);
	expect_about_unit(HM_VERDICT_INCONSISTENT, 0, "carries another record than its leaf");
	expect_about_unit(HM_VERDICT_INCONSISTENT, 0, "names another serial");
}

static void test_foreign_image_void(void **state)
{
	struct world_unit *u;

	(void)state;
	u = marked_unit();
	set_bytes(&u->image, w.units[0].image.data, w.units[0].image.len);
	write_eeprom(u, "writing", "void");
	finish();
	expect(HM_VERDICT_INCONSISTENT);
	expect_about_unit(HM_VERDICT_INCONSISTENT, 1, "carries another record than its leaf");
}

static void test_own_image_void(void **state)
{
	struct world_unit *u;

	(void)state;
	u = marked_unit();
	world_record(&w, u);
	write_record(u, "writing", "void");
	finish();
	expect(HM_VERDICT_CLEAN);
}

static void image_with(const char *behind)
{
	struct world_unit *u = marked_unit();

	world_record(&w, u);
	assert_int_equal(hm_buf_add(&u->image, behind, strlen(behind)), 0);
	write_record(u, "writing", "active");
	finish();
}

static void test_bytes_behind_tlvs(void **state)
{
	(void)state;
	image_with("ANOTHER BRAND, SERIAL 999");
	expect(HM_VERDICT_INCONSISTENT);
	expect_about_unit(HM_VERDICT_INCONSISTENT, 1, "bytes behind its end");
}

static void test_no_bytes_behind_tlvs(void **state)
{
	(void)state;
	image_with("");
	expect(HM_VERDICT_CLEAN);
	assert_int_equal(report.active, 2);
}

static uint32_t crc32_over(const uint8_t *p, size_t n)
{
	uint32_t crc = ~0u;

	while (n--) {
		crc ^= *p++;
		for (int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* A base MAC address, which no Hallmark image has, in front of the checksum. */
static void add_mac(struct hm_buf *image)
{
	static const uint8_t tlv[] = { 0x24, 6, 0x00, 0x11, 0x22, 0x33, 0x44, 0x55 };
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_ONIE_MAX);

	assert_int_equal(hm_buf_add(&b, image->data, image->len - 6), 0);
	assert_int_equal(hm_buf_add(&b, tlv, sizeof(tlv)), 0);
	assert_int_equal(hm_buf_add(&b, "\xfe\x04", 2), 0);
	b.data[9] = (uint8_t)((b.len + 4 - 11) >> 8);
	b.data[10] = (uint8_t)(b.len + 4 - 11);
	assert_int_equal(hm_buf_be32(&b, crc32_over(b.data, b.len)), 0);
	set_bytes(image, b.data, b.len);
}

static void test_foreign_tlv(void **state)
{
	struct world_unit *u;
	struct hm_onie o;
	size_t len;

	(void)state;
	u = marked_unit();
	world_record(&w, u);
	add_mac(&u->image);
	assert_int_equal(hm_onie_parse(u->image.data, u->image.len, &o, &len, NULL), 0);
	write_record(u, "writing", "active");
	finish();
	expect(HM_VERDICT_INCONSISTENT);
	expect_about_unit(HM_VERDICT_INCONSISTENT, 1, "says other things than its product");
}

static void test_foreign_maker(void **state)
{
	_cleanup_buf_ struct hm_buf image = HM_BUF_INIT(HM_ONIE_MAX);
	struct world_unit *u;
	struct hm_onie o;
	size_t len;

	(void)state;
	u = marked_unit();
	world_record(&w, u);
	assert_int_equal(hm_onie_parse(u->image.data, u->image.len, &o, &len, NULL), 0);
	strcpy(o.manufacturer, "Another Maker");
	assert_int_equal(hm_onie_build(&o, &image, NULL), 0);
	set_bytes(&u->image, image.data, image.len);
	write_record(u, "writing", "active");
	finish();
	expect(HM_VERDICT_INCONSISTENT);
	expect_about_unit(HM_VERDICT_INCONSISTENT, 1, "says other things than its product");
}

/* The other carriers are formed again as well: what is in them is the unit's, or it is told. */
static void test_every_carrier(void **state)
{
	static const enum hm_carrier carriers[] = { HM_CARRIER_IPMI_FRU, HM_CARRIER_CWT };

	for (int i = 0; i < 2; i++) {
		world_carrier(&w, carriers[i]);
		two_units();
		finish();
		expect(HM_VERDICT_CLEAN);
		verdict_teardown(state);
		verdict_setup(state);
	}
}

static void fru_with(enum hm_fru_text which, const char *text)
{
	_cleanup_buf_ struct hm_buf image = HM_BUF_INIT(HM_IMAGE_MAX);
	struct world_unit *u;
	struct hm_fru f;
	size_t len;

	world_carrier(&w, HM_CARRIER_IPMI_FRU);
	u = marked_unit();
	world_record(&w, u);
	assert_int_equal(hm_fru_parse(u->image.data, u->image.len, &f, &len, NULL), 0);
	strcpy(f.text[which], text);
	assert_int_equal(hm_fru_build(&f, &image, NULL), 0);
	set_bytes(&u->image, image.data, image.len);
	write_record(u, "writing", "active");
	finish();
	expect(HM_VERDICT_INCONSISTENT);
	expect_about_unit(HM_VERDICT_INCONSISTENT, 1, "says other things than its product");
}

static void test_foreign_board_maker(void **state)
{
	(void)state;
	fru_with(HM_FRU_BOARD_MANUFACTURER, "Another Maker");
}

static void test_foreign_board_serial(void **state)
{
	(void)state;
	fru_with(HM_FRU_BOARD_SERIAL, "10000000016");
}

static void test_foreign_asset_tag(void **state)
{
	(void)state;
	fru_with(HM_FRU_PRODUCT_ASSET, "theirs");
}

/* Its own image, on another board: the unit has one EEPROM, and that is written. */
static void test_second_eeprom(void **state)
{
	(void)state;
	two_units();
	write_eeprom(&w.units[0], "active", "active");
	finish();
	expect(HM_VERDICT_UNACCOUNTED);
	expect_about_unit(HM_VERDICT_UNACCOUNTED, 0, "a job body was announced for it while it is active");
}

/* Written again before it was finished: a cut write, and its repair. */
static void test_written_again(void **state)
{
	struct world_unit *u;

	(void)state;
	u = marked_unit();
	world_record(&w, u);
	write_record(u, "writing", "writing");
	write_record(u, "writing", "active");
	finish();
	expect(HM_VERDICT_CLEAN);
}

/* --- labels --- */

static void foreign_template(uint8_t ret_sha256[32])
{
	struct world_unit *u = &w.units[0];
	struct hm_leaf *l;
	uint8_t id[16];

	two_units();
	l = told(u, "active", "reprint");
	world_label(&w, u, l);
	set_bytes(&u->label, foreign_label, strlen(foreign_label));
	world_blob(&w, foreign_label, strlen(foreign_label), l->template_sha256);
	memcpy(ret_sha256, l->template_sha256, 32);
	world_new_id(&w, id);
	world_announce(&w, l, id, "printer-1", "label", 1, 0, u->label.data, u->label.len);
	done(u, l, 1, "active");
}

static void test_own_template(void **state)
{
	struct hm_leaf *l;
	uint8_t sha256[32];

	(void)state;
	foreign_template(sha256);
	finish();
	expect(HM_VERDICT_INCONSISTENT);
	expect_about_unit(HM_VERDICT_INCONSISTENT, 0, "a template that is not its product's");
	l = world_leaf(&w, HM_LEAF_PRODUCT);	/* nor does another product's help */
	strcpy(l->product, "another");
	memset(l->product_sha256, 0x22, 32);
	memcpy(l->template_sha256, sha256, 32);
	finish();
	expect(HM_VERDICT_INCONSISTENT);
	expect_about_unit(HM_VERDICT_INCONSISTENT, 0, "a template that is not its product's");
}

static void test_label_of_void(void **state)
{
	struct world_unit *u = &w.units[0];

	(void)state;
	two_units();
	print_label(u, "active", 1);
	told(u, "void", "void");
	finish();
	expect(HM_VERDICT_CLEAN);
	print_label(u, "void", 1);
	finish();
	expect(HM_VERDICT_UNACCOUNTED);
	expect_about_unit(HM_VERDICT_UNACCOUNTED, 0, "a job label was announced for it while it is void");
}

static void test_label_in_reserved(void **state)
{
	(void)state;
	world_unit(&w);
	world_unit_to(&w, 1);
	finish();
	expect(HM_VERDICT_CLEAN);
	print_label(&w.units[1], "reserved", 0);
	finish();
	expect(HM_VERDICT_UNACCOUNTED);
	expect_about_unit(HM_VERDICT_UNACCOUNTED, 1, "announced for it while it is reserved");
}

/* --- another board under the same serial --- */

static void another_board(struct world_unit *u, uint32_t generation)
{
	uint8_t sha256[32];

	memset(u->ek, 0x77, sizeof(u->ek));
	EVP_PKEY_free(u->id.key);
	u->id.key = NULL;
	world_cert(&u->id, "HM-1000", u->serial, &w.issuer, false);
	world_blob(&w, u->id.cert, u->id.cert_len, sha256);
	u->generation = generation;
	world_record(&w, u);
}

static void test_generation(void **state)
{
	struct world_unit *u = &w.units[0];

	(void)state;
	two_units();
	another_board(u, 2);
	write_record(u, "active", "active");
	finish();
	expect(HM_VERDICT_INCONSISTENT);
	expect_about_unit(HM_VERDICT_INCONSISTENT, 0, "out of rma");
}

static void out_of_rma(uint32_t generation)
{
	struct world_unit *u = &w.units[0];

	two_units();
	told(u, "rma", "rma");
	another_board(u, generation);
	told(u, "quarantined", "rma");
	write_record(u, "writing", "active");
	finish();
}

static void test_generation_out_of_rma(void **state)
{
	(void)state;
	out_of_rma(2);
	expect(HM_VERDICT_CLEAN);
}

static void test_generation_by_two(void **state)
{
	(void)state;
	out_of_rma(3);
	expect(HM_VERDICT_INCONSISTENT);
	expect_about_unit(HM_VERDICT_INCONSISTENT, 0, "grows by one");
}

/* --- what became of a job --- */

/* A label that the gate made, called lost by the unit that is given up. */
static void lost(uint32_t next_reset)
{
	struct world_unit *u;
	struct hm_leaf_job *j;
	struct hm_leaf *l;

	world_unit(&w);
	world_unit_to(&w, 2);
	u = &w.units[1];
	if (next_reset)
		next_boot(next_reset);
	l = told(u, "void", "void");
	j = &l->jobs[l->n_jobs++];
	j->role = HM_JOB_LOST;
	j->gated = true;
	memcpy(j->job_id, u->job[0], 16);
	memcpy(j->boot_id, w.boots[0].id, 16);
	finish();
}

static void test_lost_in_running_boot(void **state)
{
	(void)state;
	lost(0);
	expect(HM_VERDICT_UNACCOUNTED);
	expect_about_unit(HM_VERDICT_UNACCOUNTED, 1, "lost in a boot that had not ended");
}

static void test_lost_with_its_boot(void **state)
{
	(void)state;
	lost(8);
	expect(HM_VERDICT_CLEAN);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, verdict_setup, verdict_teardown)
	const struct CMUnitTest tests[] = {
		T(test_foreign_image_active),
		T(test_foreign_image_void),
		T(test_own_image_void),
		T(test_bytes_behind_tlvs),
		T(test_no_bytes_behind_tlvs),
		T(test_foreign_tlv),
		T(test_foreign_maker),
		T(test_second_eeprom),
		T(test_written_again),
		T(test_own_template),
		T(test_label_of_void),
		T(test_label_in_reserved),
		T(test_generation),
		T(test_generation_out_of_rma),
		T(test_every_carrier),
		T(test_foreign_board_maker),
		T(test_foreign_board_serial),
		T(test_foreign_asset_tag),
		T(test_generation_by_two),
		T(test_lost_in_running_boot),
		T(test_lost_with_its_boot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
