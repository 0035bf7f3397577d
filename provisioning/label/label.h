/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Label templates. Pure. What printers answer: printer.h.
 *
 * A template is an ordinary ZPL file with {{field}} or {{field|filter}} slots.
 * A value is escaped for where it stands, so that no value can start a command:
 *
 *	{{name}}	inside ^FD with ^FH_ : every byte but [A-Za-z0-9 .:/-] as _XX
 *	{{name|upper}}	the same in capital letters
 *	{{name|fnc1}}	in ^BX and ^BC: ^ is FNC1, and the value begins with one
 *	{{name|controls}}	in ^BX: EOT FS GS RS US too
 *	{{name|hex}}	upper-case hexadecimal digits only, else refused
 *	{{name|digits}}	digits only, else refused
 *	{{name|alnum}}	0-9 A-Z only, else refused
 *	{{name|yymmdd}}	of YYYY-MM-DD; any order of yyyy yy mm dd . / -
 *
 * A template must begin with ^XA and end with ^XZ, hold no ~ command, and use
 * each slot inside a field; an unknown field or filter is -HM_EBAD_TEMPLATE. What
 * else is refused, because a value could mean something there or because one job
 * is one label:
 *
 *	- commands outside the list in render.c (^CC ^CT ^DF ^SN ^FV ...), a second ^XA
 *	- ^PQ of more than 1; ^RS that tries more than one label or goes on after an
 *	  error; ^RF or ^RL (reading, writing, locking) without ^RS before it; ^HV that does not
 *	  answer for each label (a = L)
 *	- by hm_label_check() alone, as no value changes them: numbers that ZPL's commands do not
 *	  take, limits.h; where EPCs are not of 96 bits, ^RF of EPC memory in another bank than A, and
 *	  ^HV that answers "EPC[" with fewer digits than they have
 *	- a slot without a filter that refuses where ^FH_ is not in force, in an ^RF field, in
 *	  a barcode other than ^BX, ^BQ and ^BC without a mode; in ^BX without an escape
 *	  character of its own (parameter g), which the value's own are doubled for; in ^BQ
 *	  before level and mode ("HA," "QA," "MA," "LA,"); in ^BC behind what begins subset C
 *	  (digits and dates of digits alone are taken there)
 *	- a slot behind an escape that is not finished ("_{{x}}", "@d12{{x}}", ">{{x}}")
 *
 * A value is printable ASCII, else -HM_EBAD_CHAR; filters: -HM_ENOT_HEX, -HM_ENOT_NUMERIC,
 * -HM_EEMPTY, -HM_EBAD_DATE, -HM_EBAD_FNC1.
 *
 *	const struct hm_label_field f[] = { { "serial", "10000000015" }, ... };
 *	rc = hm_label_render(tpl, tpl_len, f, n, &out, &err);
 *
 * HM_RENDER_VERSION is part of every leaf that rests on a rendering: an audit
 * with another version says so instead of guessing.
 */
#ifndef HM_LABEL_LABEL_H
#define HM_LABEL_LABEL_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/epc.h"
#include "base/error.h"
#include "label/printer.h"

#define HM_RENDER_VERSION	1u
#define HM_TEMPLATE_MAX		(32u << 10)
#define HM_LABEL_FIELDS_MAX	32

struct hm_label_field {
	const char *name;
	const char *value;
};

int hm_label_render(const char *tpl, size_t len, const struct hm_label_field *fields,
		    size_t n, struct hm_buf *out, struct hm_err *err);
/*
 * Would it render the standard fields, if their values allow it, and would a printer take its
 * numbers? When a template comes, not with each label. @epc_digits: of the longest EPC that
 * its labels bear, 0 for none; above 24 the tag has to be told how long its EPC is.
 */
int hm_label_check(const char *tpl, size_t len, unsigned int epc_digits, struct hm_err *err);

/*
 * Fields of the standard label, formed from the identity alone, so that an audit
 * can form them again: serial gtin part_number manufacturer product lot epc_hex
 * element (AI syntax without brackets, for a GS1 DataMatrix: "01..21..")
 * digital_link. lot may be "". Of a product with addresses also mac and mac_hex.
 */
struct hm_label_inputs {
	char serial[21];
	char gtin[15];
	char part_number[33];
	char manufacturer[65];
	char product[33];
	char lot[33];
	char epc_hex[HM_EPC_HEX_SIZE];
	char element[64];
	char digital_link[128];
	/* "" where the product has none, and then no field: */
	char made[11], expiry[11];	/* YYYY-MM-DD */
	char gs1[128];			/* element strings with ^ for FNC1, also in front */
	char gs1_text[128];		/* the same in brackets, for people */
	char envelope[128];		/* a message of ISO/IEC 15434, control characters and all */
	char uii[64];			/* ISO/IEC 15459; 25S in front of it is 25S */
	char link[128];			/* IEC 61406 */
	/* hm_label_address(): the unit's first MAC address */
	char mac[24];			/* "9C:F6:DD:00:00:00" */
	char mac_hex[17];		/* "9CF6DD000000" */
};

/* From 12 or 16 capital hexadecimal digits; "" for a unit without an address. */
void hm_label_address(struct hm_label_inputs *in, const char *hex);

/* Point @ret at the members of @in; returns how many fields there are. */
size_t hm_label_fields(const struct hm_label_inputs *in,
		       struct hm_label_field ret[static HM_LABEL_FIELDS_MAX]);

#endif /* HM_LABEL_LABEL_H */
