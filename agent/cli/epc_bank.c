// SPDX-License-Identifier: LGPL-2.1-or-later
/* The banks of a tag, field by field. */
#include "agent/cli/epc_bank.h"

#include <stdio.h>
#include <string.h>

#include "gs1/bank.h"
#include "gs1/packed.h"

json_t *hm_epc_data_members(const struct hm_elements *e, unsigned int from)
{
	json_t *data = json_object();

	for (unsigned int i = from; i < e->n; i++)
		json_object_set_new(data, e->e[i].ai, json_stringn(e->e[i].value, e->e[i].len));
	return data;
}

/* " xpc=8004,0001": the words that were in the dump. */
static void xpc_words(const struct hm_epc_bank *b, char out[16], json_t *o)
{
	json_t *list = json_array();
	int n = 0;

	out[0] = '\0';
	for (unsigned int i = 0; i < b->xpc_words; i++) {
		n += snprintf(out + n, 16 - (size_t)n, "%s%04X", i ? "," : " xpc=", b->xpc_w[i]);
		json_array_append_new(list, json_integer(b->xpc_w[i]));
	}
	if (o)
		json_object_set(o, "xpc_words", list);
	json_decref(list);
}

int hm_epc_show_bank(const char *item, size_t len, char *out, size_t size, json_t *o)
{
	struct hm_epc_bank b;
	char xpc[16];
	int rc = hm_epc_bank_parse(item, len, &b);

	if (rc)
		return rc;
	xpc_words(&b, xpc, o);
	snprintf(out, size, "%s crc=%04X,%s pc=%04X words=%u umi=%d xi=%d%s t=%d %s=%02X%s%s%s%s%s%s%s%s%s%s", b.uri, b.crc,
		 b.crc_good ? "good" : "bad", b.pc, b.words, b.user_memory, b.xpc, xpc, b.toggle,
		 b.toggle ? "afi" : "att", b.attributes, b.epc_rc ? " epc=" : "", b.epc_rc ? hm_error_name(b.epc_rc) : "",
		 *b.elements ? " elements=" : "", b.elements, *b.link ? " link=" : "", b.link, *b.alone ? " alone=" : "",
		 b.alone, b.epc_rc ? " why=" : "", b.epc_rc ? hm_err_text(&b.epc_why, b.epc_rc) : "");
	if (!o)
		return 0;
	json_object_set_new(o, "uri", json_string(b.uri));
	json_object_set_new(o, "epc_error", b.epc_rc ? json_string(hm_error_name(b.epc_rc)) : json_null());
	json_object_set_new(o, "epc_why", b.epc_rc ? json_string(hm_err_text(&b.epc_why, b.epc_rc)) : json_null());
	json_object_set_new(o, "alone", *b.alone ? json_string(b.alone) : json_null());
	json_object_set_new(o, "elements", *b.elements ? json_string(b.elements) : json_null());
	json_object_set_new(o, "link", *b.link ? json_string(b.link) : json_null());
	json_object_set_new(o, "crc", json_integer(b.crc));
	json_object_set_new(o, "crc_good", json_boolean(b.crc_good));
	json_object_set_new(o, "pc", json_integer(b.pc));
	json_object_set_new(o, "words", json_integer(b.words));
	json_object_set_new(o, "user_memory", json_boolean(b.user_memory));
	json_object_set_new(o, "xpc", json_boolean(b.xpc));
	json_object_set_new(o, "toggle", json_boolean(b.toggle));
	json_object_set_new(o, b.toggle ? "afi" : "attributes", json_integer(b.attributes));
	return 0;
}

static json_t *block_command(const struct hm_xtid_block *b)
{
	return json_pack("{s:i, s:b, s:i, s:b, s:i, s:b}", "size_max", b->size_max, "any_size", b->any_size,
			 "epc_offset", b->epc_offset, "epc_unaligned", b->epc_unaligned, "user_offset", b->user_offset,
			 "user_unaligned", b->user_unaligned);
}

/* The segments of an XTID; null for one that is not there. */
static void tid_segments(const struct hm_tid *t, json_t *o)
{
	const struct hm_xtid_commands *c = &t->commands;

	json_object_set_new(o, "reserved_bits", json_boolean(t->reserved));
	json_object_set_new(o, "commands", !c->there ? json_null() :
		json_pack("{s:i, s:b, s:b, s:b, s:b, s:b, s:b, s:b, s:b}", "epc_words_max", c->epc_words_max,
			  "recommissioning", c->recommissioning, "access", c->access, "separate_locks", c->separate_locks,
			  "auto_umi", c->auto_umi, "pjm", c->pjm, "block_erase", c->block_erase, "block_write",
			  c->block_write, "block_permalock", c->block_permalock));
	json_object_set_new(o, "block_write", t->blocks_there ? block_command(&t->write) : json_null());
	json_object_set_new(o, "block_erase", t->blocks_there ? block_command(&t->erase) : json_null());
	json_object_set_new(o, "user_memory", !t->user_there ? json_null() :
		json_pack("{s:i, s:i}", "words", t->user_words, "permalock_words", t->permalock_words));
	json_object_set_new(o, "locks", t->locks_there ? json_integer(t->locks) : json_null());
}

int hm_epc_show_tid(const char *item, size_t len, char *out, size_t size, json_t *o)
{
	char header[5];
	struct hm_tid t;
	int rc = hm_tid_parse(item, len, &t);

	if (rc)
		return rc;
	snprintf(header, sizeof(header), "%04X", t.header);
	snprintf(out, size, "%s%sdesigner=%03X model=%03X x=%d s=%d f=%d header=%s%s", t.stid, *t.stid ? " " : "",
		 t.designer, t.model, t.xtid, t.security, t.file, t.cut ? "cut" : header, t.reserved ? " reserved" : "");
	if (!o)
		return 0;
	json_object_set_new(o, "stid", *t.stid ? json_string(t.stid) : json_null());
	json_object_set_new(o, "serial", t.serial_bits ? json_string(t.serial) : json_null());
	json_object_set_new(o, "designer", json_integer(t.designer));
	json_object_set_new(o, "model", json_integer(t.model));
	json_object_set_new(o, "xtid", json_boolean(t.xtid));
	json_object_set_new(o, "security", json_boolean(t.security));
	json_object_set_new(o, "file", json_boolean(t.file));
	json_object_set_new(o, "header", t.cut ? json_null() : json_integer(t.header));
	tid_segments(&t, o);
	return 0;
}

/* Packed objects: their elements, or what is wrong beside what was decoded. */
struct packed {
	bool there;
	int rc;
	struct hm_err why;
	struct hm_packed p;
	char text[HM_PACKED_TEXT_SIZE];
};

static int packed_objects(const char *item, size_t len, const struct hm_user_memory *u, struct packed *ret, json_t *o)
{
	struct hm_elements e;

	*ret = (struct packed){ .there = !strcmp(u->access, "packed-objects") };
	if (!ret->there)
		return 0;
	ret->rc = hm_packed_parse(item, len, &ret->p, &ret->why);
	ret->rc = ret->rc ? ret->rc : hm_packed_elements(&ret->p, &e, &ret->why);
	if (o && !ret->rc)
		json_object_set_new(o, "data", hm_epc_data_members(&e, 0));
	return hm_packed_text(&ret->p, ret->text, sizeof(ret->text));
}

static void packed_members(const struct packed *d, json_t *o)
{
	bool good = d->there && !d->rc;

	json_object_set_new(o, "objects", d->there ? json_integer(d->p.objects) : json_null());
	json_object_set_new(o, "elements", good ? json_string(d->text) : json_null());
	if (!good)
		json_object_set_new(o, "data", json_null());
	json_object_set_new(o, "decoded", d->rc && *d->text ? json_string(d->text) : json_null());
	json_object_set_new(o, "data_error", d->rc ? json_string(hm_error_name(d->rc)) : json_null());
	json_object_set_new(o, "data_why", d->rc ? json_string(hm_err_text(&d->why, d->rc)) : json_null());
}

int hm_epc_show_user(const char *item, size_t len, char *out, size_t size, json_t *o)
{
	struct hm_user_memory u;
	struct packed d;
	int n, rc = hm_user_memory_parse(item, len, &u);

	rc = rc ? rc : packed_objects(item, len, &u, &d, o);
	if (rc)
		return rc;
	n = snprintf(out, size, "dsfid=%02X access=%s format=%u extended=%d", u.dsfid, u.access, u.format, u.extended);
	if (d.there)
		snprintf(out + n, size - (size_t)n, " objects=%u%s%s%s%s%s%s", d.p.objects, d.rc ? " data=" : "",
			 d.rc ? hm_error_name(d.rc) : "", *d.text ? d.rc ? " decoded=" : " elements=" : "", d.text,
			 d.rc ? " why=" : "", d.rc ? hm_err_text(&d.why, d.rc) : "");
	if (!o)
		return 0;
	json_object_set_new(o, "dsfid", json_integer(u.dsfid));
	json_object_set_new(o, "access", json_string(u.access));
	json_object_set_new(o, "format", json_integer(u.format));
	json_object_set_new(o, "extended", json_boolean(u.extended));
	packed_members(&d, o);
	return 0;
}
