/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Label templates, and what printers answer. Pure.
 *
 * A template is an ordinary ZPL file with {{field}} or {{field|filter}} slots.
 * A value is escaped for where it stands, so that no value can start a command:
 *
 *	{{name}}	inside ^FD with ^FH_ : every byte but [A-Za-z0-9 .:/-] as _XX
 *	{{name|hex}}	upper-case hexadecimal digits only, else refused
 *	{{name|digits}}	digits only, else refused
 *
 * A template must begin with ^XA and end with ^XZ, hold no ~ command, and use
 * each slot inside a field; an unknown field or filter is -HM_EBAD_TEMPLATE. What
 * else is refused, because a value could mean something there or because one job
 * is one label:
 *
 *	- commands outside the list in render.c (^CC ^CT ^DF ^SN ^FV ...), a second ^XA
 *	- ^PQ of more than 1; ^RS that tries more than one label or goes on after an
 *	  error; ^RFW without ^RS
 *	- an unfiltered slot where ^FH_ is not in force, in an ^RF field, in a barcode
 *	  other than ^BX and ^BQ; in ^BX without an escape character of its own
 *	  (parameter g), which the value's own are doubled for; in ^BQ before "QA,"
 *	- a slot behind an escape that is not finished ("_{{x}}", "@d12{{x}}")
 *
 * A value is printable ASCII, else -HM_EBAD_CHAR; filters: -HM_ENOT_HEX,
 * -HM_ENOT_NUMERIC, -HM_EEMPTY.
 *
 *	const struct hm_label_field f[] = { { "serial", "10000000015" }, ... };
 *	rc = hm_label_render(tpl, tpl_len, f, n, &out, &err);
 *
 * HM_RENDER_VERSION is part of every leaf that rests on a rendering: an audit
 * with another version says so instead of guessing.
 */
#ifndef HM_LABEL_LABEL_H
#define HM_LABEL_LABEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

#define HM_RENDER_VERSION	1u
#define HM_TEMPLATE_MAX		(32u << 10)
#define HM_LABEL_FIELDS_MAX	32

struct hm_label_field {
	const char *name;
	const char *value;
};

int hm_label_render(const char *tpl, size_t len, const struct hm_label_field *fields,
		    size_t n, struct hm_buf *out, struct hm_err *err);
/* Would it render the standard fields, if their values allow it? For `product add`. */
int hm_label_check(const char *tpl, size_t len, struct hm_err *err);

/*
 * Fields of the standard label, formed from the identity alone, so that an audit
 * can form them again: serial gtin part_number manufacturer product lot epc_hex
 * element (AI syntax without brackets, for a GS1 DataMatrix: "01..21..")
 * digital_link. lot may be "".
 */
struct hm_label_inputs {
	char serial[21];
	char gtin[15];
	char part_number[33];
	char manufacturer[65];
	char product[33];
	char lot[33];
	char epc_hex[25];
	char element[64];
	char digital_link[128];
};

/* Point @ret at the members of @in; returns how many fields there are. */
size_t hm_label_fields(const struct hm_label_inputs *in,
		       struct hm_label_field ret[static HM_LABEL_FIELDS_MAX]);

/*
 * What the printer says within a marking job, one reply a physical label, by
 * ^HV with the headers of the standard template:
 *	"EPC[<24 hex>]\r\n" "TID[<24 hex>]\r\n"
 */
enum hm_reply {
	HM_REPLY_NONE,		/* silence: nothing is known about the label */
	HM_REPLY_GOOD,		/* EPC and TID both there and well-formed */
	HM_REPLY_VOID,		/* the printer says that the tag was not encoded */
	HM_REPLY_BROKEN,	/* cut or garbled: nothing is known */
};

/*
 * GOOD: both lines, 24 hexadecimal digits each, not all 0 or all F, nothing else.
 * VOID: both lines whole, and in place of the EPC words that no EPC can be ("NO TAG
 * FOUND") or nothing. Anything else is BROKEN: a good EPC without its TID too, since
 * that tag cannot be told from another.
 */
struct hm_tag_reply {
	char epc_hex[33];
	char tid_hex[33];
};

#define HM_TAG_REPLY_LEN 62	/* bytes of a good reply */
enum hm_reply hm_label_parse_reply(const void *bytes, size_t len, struct hm_tag_reply *ret);

/* ~HS: three STX ... ETX CR LF strings. */
struct hm_hs {
	bool paper_out, paused, buffer_full, head_up, ribbon_out, over_temp, under_temp,
	     corrupt_ram, partial_format, diag_mode;
	unsigned int formats_in_buffer;
	unsigned int labels_remaining;
};
/* 0, or -HM_EBAD_FORMAT for a reply that breaks the layout. No reply is no ~HS. */
int hm_zpl_parse_hs(const void *bytes, size_t len, struct hm_hs *ret);

/*
 * IEEE 1284 port status byte (GET_PORT_STATUS; negative where it could not be had)
 * and ~HS to one verdict; the worst that either says. READY says that the next
 * label can be printed, not that none is still queued: hs->formats_in_buffer and
 * hs->labels_remaining say that.
 */
enum hm_printer_state {
	HM_PRINTER_READY, HM_PRINTER_PAPER_OUT, HM_PRINTER_PAUSED, HM_PRINTER_FAULT,
	HM_PRINTER_SILENT,	/* asked and not answered: a fault, never READY */
};
enum hm_printer_state hm_printer_state(int port_status, const struct hm_hs *hs_or_null, bool asked);

/* The two status requests and the cancel that the audit accepts as QUERY jobs. */
extern const char hm_zpl_query_hs[];	/* "~HS" CR LF */
extern const char hm_zpl_query_hqes[];
extern const char hm_zpl_cancel[];	/* "~JA" CR LF */
/* Is this payload's SHA-256 one of theirs? */
bool hm_zpl_is_query_digest(const uint8_t sha256[32]);

#endif /* HM_LABEL_LABEL_H */
