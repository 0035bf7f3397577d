// SPDX-License-Identifier: LGPL-2.1-or-later
/* record show: what an EEPROM image, a TlvInfo or a bare record says. Nothing is verified. */
#include "record/record.h"

#include <errno.h>
#include <string.h>

#include "agent/cli/cli.h"

#define FILE_MAX (128u << 10)

static json_t *view_record(const struct hm_record *r)
{
	return json_pack("{s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:o}", "issuer", hm_json_text(r->issuer),
			 "serial", hm_json_text(r->serial), "product", hm_json_text(r->product), "issued_at", (json_int_t)r->issued_at, "generation",
			 (json_int_t)r->generation, "key_thumbprint", hm_json_hex_or_null(r->ckt, 32),
			 "anchors", hm_json_hex_or_null(r->anchors, 32), "signer",
			 hm_json_hex(r->kid, sizeof(r->kid)));
}

static json_t *view_onie(const struct hm_onie *o)
{
	struct hm_record r;
	uint8_t sig[64];
	json_t *v = json_pack("{s:o, s:o, s:o, s:o, s:o}", "product", hm_json_text_or_null(o->product),
			      "part_number", hm_json_text_or_null(o->part_number), "serial",
			      hm_json_text_or_null(o->serial), "date", hm_json_text_or_null(o->date),
			      "manufacturer", hm_json_text_or_null(o->manufacturer));

	if (o->cwt_len && !hm_record_parse(o->cwt, o->cwt_len, &r, sig))
		json_object_set_new(v, "record", view_record(&r));
	else
		json_object_set_new(v, "record", json_null());
	return v;
}

static const char *slot_state(enum hm_slot_state s)
{
	static const char *const names[] = {
		[HM_SLOT_BLANK] = "blank", [HM_SLOT_OURS] = "ours", [HM_SLOT_TORN] = "torn",
		[HM_SLOT_FOREIGN] = "foreign",
	};

	return names[s];
}

static void add_slot(json_t *list, const char *name, uint32_t offset, enum hm_slot_state state,
		     const struct hm_onie *o)
{
	json_array_append_new(list, json_pack("{s:s, s:I, s:s, s:o}", "slot", name, "offset",
		(json_int_t)offset, "state", slot_state(state), "tlvinfo",
		state == HM_SLOT_OURS ? view_onie(o) : json_null()));
}

/* What it is decides itself: an EEPROM with two slots, one TlvInfo, or a CWT. */
static int view_file(const struct hm_buf *b, json_t **ret, struct hm_err *err)
{
	struct hm_eeprom_view view;
	struct hm_slots slots;
	struct hm_record r;
	struct hm_onie onie;
	uint8_t sig[64];
	size_t used;
	json_t *list;

	if (!hm_record_parse(b->data, b->len, &r, sig)) {
		*ret = json_pack("{s:s, s:o}", "kind", "record", "record", view_record(&r));
		return 0;
	}
	if (!hm_slots_plan((uint32_t)b->len, &slots) && !hm_eeprom_view(b->data, b->len, &slots, &view)) {
		list = json_array();
		add_slot(list, "A", slots.a, view.a, &view.onie_a);
		add_slot(list, "B", slots.b, view.b, &view.onie_b);
		*ret = json_pack("{s:s, s:o}", "kind", "eeprom", "slots", list);
		return 0;
	}
	if (!hm_onie_parse(b->data, b->len, &onie, &used, err)) {
		*ret = json_pack("{s:s, s:o}", "kind", "tlvinfo", "tlvinfo", view_onie(&onie));
		return 0;
	}
	return hm_err_set(err, -HM_EBAD_FORMAT, "neither an EEPROM image nor a record");
}

static void print_members(const json_t *o, const char *indent)
{
	const char *name;
	char time[32];
	json_t *v;

	json_object_foreach((json_t *)o, name, v) {
		if (json_is_object(v)) {
			printf("%s%s\n", indent, name);
			print_members(v, "      ");
		} else if (!strcmp(name, "issued_at")) {
			hm_cli_time(json_integer_value(v), time);
			printf("%s%-16s %s\n", indent, name, time);
		} else if (json_is_integer(v)) {
			printf("%s%-16s %lld\n", indent, name, (long long)json_integer_value(v));
		} else if (json_is_string(v)) {
			printf("%s%-16s ", indent, name);
			hm_cli_text(json_string_value(v));
			putchar('\n');
		}
	}
}

static int print_words(const json_t *v)
{
	json_t *s;
	size_t i;

	json_array_foreach(json_object_get(v, "slots"), i, s) {
		printf("slot %s at %lld: %s\n", hm_json_get_text(s, "slot"),
		       (long long)json_integer_value(json_object_get(s, "offset")),
		       hm_json_get_text(s, "state"));
		if (json_is_object(json_object_get(s, "tlvinfo")))
			print_members(json_object_get(s, "tlvinfo"), "   ");
	}
	if (!json_is_array(json_object_get(v, "slots")))
		print_members(v, "");
	return hm_cli_flush();
}

int hm_cmd_record(struct hm_cli *cli, int argc, char **argv)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(FILE_MAX);
	_cleanup_json_ json_t *v = NULL;
	struct hm_err err = { "" };
	const char *file;
	int rc;

	if (hm_cli_getopt(cli, argc, argv, NULL) == '?')
		return HM_EXIT_USAGE;
	if (optind + 2 != argc || strcmp(argv[optind], "show"))
		return hm_cli_usage(cli, argv[0], "show FILE");
	file = argv[optind + 1];
	rc = hm_read_file(file, &b);
	if (rc)
		rc = hm_err_set(&err, rc, "%s", strerror(-rc));
	else if (!b.len)
		rc = hm_err_set(&err, -HM_EEMPTY, "an empty file");
	else
		rc = view_file(&b, &v, &err);
	if (rc)
		return hm_cli_fail(cli, file, rc, &err);
	return cli->json ? hm_cli_print(v) : print_words(v);
}
