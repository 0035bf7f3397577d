// SPDX-License-Identifier: LGPL-2.1-or-later
/* A record and its carriers as JSON. Nothing is verified. */
#include "agent/cli/record.h"

#include <stdio.h>
#include <string.h>

#include "record/slots.h"
#include "record/tag.h"

static json_t *view_record(const struct hm_record *r)
{
	return json_pack("{s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:o}", "issuer", hm_json_text(r->issuer),
			 "serial", hm_json_text(r->serial), "product", hm_json_text(r->product), "issued_at",
			 (json_int_t)r->issued_at, "generation", (json_int_t)r->generation, "key_thumbprint",
			 hm_json_hex_or_null(r->ckt, 32), "anchors", hm_json_hex_or_null(r->anchors, 32),
			 "signer", hm_json_hex(r->kid, sizeof(r->kid)));
}

static json_t *view_cwt(const uint8_t *cwt, size_t len)
{
	struct hm_record r;

	return len && !hm_record_parse(cwt, len, &r, NULL) ? view_record(&r) : json_null();
}

/*
 * What a TlvInfo may say beside what we read into members: ONIE's own names ("ONIE Hardware Design
 * Requirements", TLV types). 26 is a number of one byte, the others are texts.
 */
static const char *const onie_names[] = {
	[0x26] = "device_version", [0x27] = "label_revision", [0x28] = "platform", [0x29] = "onie_version",
	[0x2c] = "country", [0x2d] = "vendor", [0x2e] = "diag_version", [0x2f] = "service_tag",
};
#define ONIE_NAMES (sizeof(onie_names) / sizeof(onie_names[0]))

static bool is_ascii(const struct hm_tlv *t)
{
	for (size_t i = 0; i < t->len; i++)
		if (t->value[i] < ' ' || t->value[i] > '~')
			return false;
	return true;
}

/*
 * The TLVs without a member: by name what is what its name says, all others as they are, also
 * one under our number that is no record (@read: there is one that is).
 */
static void view_others(const uint8_t *bytes, size_t len, bool read, json_t *v)
{
	json_t *others = json_array(), *o;
	struct hm_tlv t;
	char code[3];

	for (size_t at = 0; hm_onie_next(bytes, len, &at, &t);) {
		const char *name = t.code < ONIE_NAMES ? onie_names[t.code] : NULL;

		if (name && t.code == 0x26 && t.len == 1) {
			json_object_set_new(v, name, json_integer(t.value[0]));
		} else if (name && t.code != 0x26 && is_ascii(&t)) {
			json_object_set_new(v, name, json_stringn((const char *)t.value, t.len));
		} else if (!t.ours || (t.code == HM_ONIE_VENDOR && !read)) {
			(void)snprintf(code, sizeof(code), "%02X", t.code);
			o = json_pack("{s:s, s:o}", "code", code, "value", hm_json_hex(t.value, t.len));
			if (is_ascii(&t) && t.len)
				json_object_set_new(o, "text", json_stringn((const char *)t.value, t.len));
			json_array_append_new(others, o);
		}
	}
	if (json_array_size(others))
		json_object_set_new(v, "others", others);
	else
		json_decref(others);
}

static json_t *view_onie(const struct hm_onie *o, const uint8_t *bytes, size_t len)
{
	json_t *v = json_pack("{s:o, s:o, s:o, s:o, s:o}", "product", hm_json_text_or_null(o->product),
			      "part_number", hm_json_text_or_null(o->part_number), "serial",
			      hm_json_text_or_null(o->serial), "date", hm_json_text_or_null(o->date),
			      "manufacturer", hm_json_text_or_null(o->manufacturer));
	json_t *record = view_cwt(o->cwt, o->cwt_len);

	if (o->has_mac)
		json_object_set_new(v, "mac", hm_json_hex(o->mac, sizeof(o->mac)));
	if (o->macs)
		json_object_set_new(v, "macs", json_integer(o->macs));
	view_others(bytes, len, json_is_object(record), v);
	json_object_set_new(v, "record", record);
	return v;
}

struct extras {
	json_t *custom, *others;
	bool read;	/* our record has a member of its own */
};

/* As text where it is one, else as it is. */
static void view_extra(void *context, const struct hm_fru_extra *e)
{
	struct extras *x = context;
	json_t *o;
	char type[3];

	if (e->ours && x->read)
		return;
	o = json_object();
	(void)snprintf(type, sizeof(type), "%02X", e->type);
	if (e->area == HM_FRU_RECORDS)
		json_object_set_new(o, "type", json_string(type));
	else
		json_object_set_new(o, "area", json_string(hm_fru_area_name(e->area)));
	if (e->has_text)
		json_object_set_new(o, "text", hm_json_text(e->text));
	else
		json_object_set_new(o, "value", hm_json_hex(e->bytes, e->len));
	json_array_append_new(e->area == HM_FRU_RECORDS ? x->others : x->custom, o);
}

/* Fields behind the named ones, and records: other people's, or one under our number that we cannot read. */
static void view_extras(const uint8_t *bytes, size_t len, bool read, json_t *v)
{
	struct extras x = { json_array(), json_array(), read };

	(void)hm_fru_extras(bytes, len, view_extra, &x);
	if (json_array_size(x.custom))
		json_object_set(v, "custom", x.custom);
	if (json_array_size(x.others))
		json_object_set(v, "others", x.others);
	json_decref(x.custom);
	json_decref(x.others);
}

/* Only what is there: a FRU has many fields, and most of them are empty. */
static json_t *view_fru(const struct hm_fru *f, const uint8_t *bytes, size_t len)
{
	json_t *v = json_object(), *record = view_cwt(f->cwt, f->cwt_len);

	if (f->has[HM_FRU_CHASSIS])
		json_object_set_new(v, "chassis_type", json_integer(f->chassis_type));
	if (f->board_minutes)
		json_object_set_new(v, "board_made", json_integer(820454400 + 60 * (json_int_t)f->board_minutes));
	for (int i = 0; i < HM_FRU_TEXTS; i++)
		if (f->text[i][0])
			json_object_set_new(v, hm_fru_text_name((enum hm_fru_text)i), hm_json_text(f->text[i]));
	if (f->custom)
		json_object_set_new(v, "custom_fields", json_integer(f->custom));
	if (f->records)
		json_object_set_new(v, "other_records", json_integer(f->records));
	view_extras(bytes, len, json_is_object(record), v);
	if (f->has[HM_FRU_INTERNAL])
		json_object_set_new(v, "internal_use", json_true());
	json_object_set_new(v, "record", record);
	return v;
}

/* One image of any carrier: its name and what it says are added to @o. */
static int add_image(const uint8_t *bytes, size_t len, json_t *o, struct hm_err *err)
{
	struct hm_image image;
	enum hm_carrier c;
	struct hm_onie onie;
	struct hm_fru fru;
	size_t used;
	int rc;

	/* a FRU's own reader takes texts that are too long for an image of ours */
	if (len && bytes[0] == 1) {
		rc = hm_fru_parse(bytes, len, &fru, &used, err);
		if (!rc)
			json_object_set_new(o, "fru", view_fru(&fru, bytes, used));
		return rc;
	}
	rc = hm_image_parse(bytes, len, &c, &image, &used, err);
	if (rc)
		return rc;
	if (c == HM_CARRIER_ONIE_TLV && !hm_onie_parse(bytes, len, &onie, &used, NULL))
		json_object_set_new(o, "tlvinfo", view_onie(&onie, bytes, used));
	else
		json_object_set_new(o, "record", view_cwt(image.cwt, image.cwt_len));
	return 0;
}

static json_t *view_slot(const char *name, const uint8_t *bytes, const struct hm_slots *s, uint32_t at,
			 enum hm_slot_state state, bool current)
{
	static const char *const names[] = {
		[HM_SLOT_BLANK] = "blank", [HM_SLOT_OURS] = "ours", [HM_SLOT_TORN] = "torn",
		[HM_SLOT_FOREIGN] = "foreign",
	};
	json_t *o = json_pack("{s:s, s:I, s:s, s:b}", "slot", name, "offset", (json_int_t)at, "state",
			      names[state], "current", current);

	(void)add_image(bytes + at, s->size, o, NULL);
	return o;
}

static json_t *view_eeprom(const uint8_t *bytes, const struct hm_slots *s, const struct hm_eeprom_view *v)
{
	enum hm_slot_name current = HM_SLOT_A;
	json_t *list = json_array();
	bool any = !hm_slots_current(v, &current);

	json_array_append_new(list, view_slot("A", bytes, s, s->a, v->a, any && current == HM_SLOT_A));
	if (s->n == 2)
		json_array_append_new(list, view_slot("B", bytes, s, s->b, v->b, any && current == HM_SLOT_B));
	return json_pack("{s:s, s:s, s:o}", "kind", "eeprom", "carrier", hm_carrier_name(s->carrier), "slots", list);
}

int hm_record_view(const void *bytes, size_t len, json_t **ret, struct hm_err *err)
{
	_cleanup_json_ json_t *o = NULL;
	struct hm_eeprom_view v;
	struct hm_record rec;
	struct hm_slots s;
	uint8_t cwt[HM_RECORD_MAX];
	size_t n;
	int rc;

	if (!hm_tag_parse(bytes, len, &rec, cwt, &n, NULL)) {
		*ret = json_pack("{s:s, s:o}", "kind", "tag", "record", view_record(&rec));
		return 0;
	}
	if (!hm_slots_find(bytes, len, &s, &v)) {
		*ret = view_eeprom(bytes, &s, &v);
		return 0;
	}
	o = json_pack("{s:n}", "kind");		/* it comes first */
	rc = add_image(bytes, len, o, err);
	if (rc)
		return rc;
	json_object_set_new(o, "kind", json_string(json_object_get(o, "fru") ? "fru" :
						   json_object_get(o, "tlvinfo") ? "tlvinfo" : "record"));
	*ret = json_incref(o);
	return 0;
}
