/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Supplied lists: the serials or the MAC addresses that a customer hands over as CSV, one
 * column whose name is the first line. Pure.
 *
 *	serial			mac			eui64
 *	A7-0001			9C:F6:DD:00:00:01	9C-F6-DD-00-00-00-00-01
 *	"A7-0002"		9CF6DD000002
 *
 * The name says what follows: serial, mac (or eui48), eui64. Lines end with LF or CRLF,
 * the last may lack it; a field may stand in quotation marks (RFC 4180). Nothing else is
 * taken: no empty line, no blank, no second column, no byte order mark, no entry twice
 * (two ways to write one address are one entry).
 *
 *	_cleanup_list_ struct hm_list l = HM_LIST_INIT;
 *
 *	rc = hm_list_parse(bytes, len, &l, &err);	"line 4711: the same as in line 12"
 *	l.row[i].text, .len, .line			pointing into @bytes, no NUL
 *	l.row[i].eui					of addresses
 *
 * Serials are 1 to 20 characters A-Z a-z 0-9 - . _, a letter or a digit first; addresses are
 * universal and of one station (serial/eui.h). The pool's counters are the rows' numbers:
 * hm_range over 0 ... n - 1, drawn in the list's order.
 *
 * Errors, each with the line's number: -HM_EEMPTY, -HM_EBAD_FORMAT (the head),
 * -HM_EBAD_CHAR, -HM_ETOO_LONG, the classes of hm_eui_parse(), -HM_EDUPLICATE; -E2BIG above
 * 4 Mi entries.
 */
#ifndef HM_SERIAL_LIST_H
#define HM_SERIAL_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define HM_LIST_MAX (4u << 20)

enum hm_list_kind {
	HM_LIST_SERIAL,
	HM_LIST_EUI48,
	HM_LIST_EUI64,
};

struct hm_list_row {
	uint64_t eui;		/* 0 for serials */
	const char *text;	/* as it stands in the file, without quotation marks */
	uint32_t len;
	uint32_t line;		/* the head is line 1 */
};

struct hm_list {
	enum hm_list_kind kind;
	size_t n;
	struct hm_list_row *row;
};

#define HM_LIST_INIT { .n = 0 }

int hm_list_parse(const void *bytes, size_t len, struct hm_list *ret, struct hm_err *err);
void hm_list_free(struct hm_list *l);
#define _cleanup_list_ __attribute__((cleanup(hm_list_free)))

/* "serial", "mac", "eui64" */
const char *hm_list_kind_name(enum hm_list_kind kind);

#endif /* HM_SERIAL_LIST_H */
