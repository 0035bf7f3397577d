/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ISO/IEC 15434 messages as two-dimensional codes carry them, format 05 (GS1 Application
 * Identifiers) and 06 (data identifiers of ANSI MH10.8.2, which electronics and cars use):
 *
 *	[)> RS 06 GS 1PABC-1 GS Q10 GS 25SUN123456789A1 RS EOT
 *
 * There may be several in one message, one behind the other's RS, each with its own format:
 *
 *	[)> RS 06 GS 1PABC-1 RS 05 GS 0109521234543213 RS EOT
 *
 *	struct hm_envelope e;
 *
 *	rc = hm_envelope_read(scan, len, &e);		lenient: e.faults says what was wrong
 *	rc = hm_envelope_parse("(1P)ABC-1(Q)10", len, &e);
 *	rc = rc ?: hm_envelope_write(&e, out, sizeof(out));		strict
 *
 * Labels in the field are wrong: the end is left out, or the separators of the head, or
 * something stands in front (but for the symbology identifier that a scanner sends: ]d1
 * is no fault). Such a label is read, and told; what cannot be told apart
 * any more is refused (-HM_EBAD_ENVELOPE). Formats but 05 and 06 are passed over and
 * named. The writer writes nothing but the standard.
 *
 * Values point into the text or into the struct, which is not to be copied.
 */
#ifndef HM_GS1_ENVELOPE_H
#define HM_GS1_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define HM_ENVELOPE_ELEMENTS	64u
#define HM_ENVELOPE_TEXT_MAX	4096u
#define HM_ENVELOPE_UNREAD	8u

enum hm_envelope_fault {
	HM_ENVELOPE_IN_FRONT	= 0x01,	/* something before [)> */
	HM_ENVELOPE_NO_HEAD_RS	= 0x02,	/* no RS behind it */
	HM_ENVELOPE_NO_HEAD_GS	= 0x04,	/* no GS behind the format */
	HM_ENVELOPE_NO_RS	= 0x08,	/* the format not ended */
	HM_ENVELOPE_NO_EOT	= 0x10,	/* the message not ended */
	HM_ENVELOPE_BEHIND	= 0x20,	/* something behind the end */
	HM_ENVELOPE_EMPTY	= 0x40,	/* two separators in a row, one too many, an identifier alone */
	HM_ENVELOPE_VALUE	= 0x80,	/* a value that its identifier does not allow */
	HM_ENVELOPE_UNREAD_FORMAT = 0x100,	/* a format of another kind, see unread */
};

struct hm_envelope_element {
	char id[5];		/* "1P", "S"; in format 05 an AI; terminated */
	uint8_t format;		/* 5 or 6; 0: the message's */
	uint8_t envelope;	/* which of the message's, from 0, those that have elements */
	uint16_t len;
	int rc;			/* what is wrong with the value; never in what was parsed */
	const char *value;
};

struct hm_envelope {
	unsigned int format;	/* 5 or 6: the first element's */
	unsigned int faults;
	unsigned int envelopes;
	unsigned int unread_n;	/* formats that were passed over, in their order */
	char unread[HM_ENVELOPE_UNREAD][3];
	char failed[5];		/* where it was refused for an element: its identifier; else "" */
	unsigned int n;
	struct hm_envelope_element e[HM_ENVELOPE_ELEMENTS];
	unsigned int used;
	char memory[1024];
};

/*
 * -HM_EBAD_ENVELOPE; -HM_EUNKNOWN_HEADER: other formats only; -HM_EEMPTY; -HM_ETOO_LONG; -HM_EBAD_CHAR: a value with a control
 * character or a byte above 7E. In format 05 what is wrong with the value of an AI; in
 * format 06, where some identifiers have a rule (Q digits, 4L a country, 10D a week ...),
 * that is a fault like the others and the element's rc.
 */
int hm_envelope_read(const char *text, size_t len, struct hm_envelope *ret);
/* Is [)> at the beginning, with what may be in front of it? Then it is to be read as one. */
bool hm_envelope_begins(const char *text, size_t len);
/*
 * Bracketed: (1P)ABC(S)1, or AIs, or both in envelopes of their own; a '(' or '\' of a value has a '\' before it. Every value
 * must be what its identifier allows.
 */
int hm_envelope_parse(const char *text, size_t len, struct hm_envelope *ret);

/* Also refuses, by its rc, an element that was read with a wrong value. */
int hm_envelope_write(const struct hm_envelope *e, char *out, size_t size);
int hm_envelope_bracketed(const struct hm_envelope *e, char *out, size_t size);

/* The names of faults, "no_eot"; NULL for a bit that is none. */
const char *hm_envelope_fault_name(unsigned int fault);

#endif /* HM_GS1_ENVELOPE_H */
