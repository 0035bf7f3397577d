/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A bounded reader of ZPL II, the language that label printers and RFID
 * printer-encoders of this project are driven in.
 *
 * Two readers live here, for two questions.
 *
 * "Where does a label begin and end in this byte stream?" A printer sees one
 * endless stream that is cut into USB transfers anywhere. Make a stream, feed
 * it what arrives, and act on each event:
 *
 *	struct hm_zpl_stream *s;
 *
 *	r = hm_zpl_stream_new(&s);
 *	while (len > 0) {
 *		event = hm_zpl_stream_feed(s, p, len, &used);
 *		p += used, len -= used;
 *		if (event == HM_ZPL_LABEL)
 *			...hm_zpl_stream_text(s, &text_len)...
 *	}
 *	hm_zpl_stream_free(s);
 *
 * "What does this one label ask for?" hm_zpl_read() turns the bytes from ^XA
 * to ^XZ into settings, printed fields, RFID operations and host verification
 * requests, in the order in which they appear:
 *
 *	r = hm_zpl_read(text, len, &label);
 *	for (i = 0; i < label->n_fields; i++) ...
 *	hm_zpl_label_free(label);
 *
 * What the reader does not know it counts (label->unknown) and passes over,
 * as a printer does; what is malformed beyond doubt it refuses. Nothing here
 * draws (see label/picture.h) and nothing here touches a device.
 */
#ifndef HM_LABEL_ZPL_H
#define HM_LABEL_ZPL_H

#include <stdbool.h>
#include <stddef.h>

#define HM_ZPL_LABEL_MAX	(256 * 1024)	/* bytes from ^XA to ^XZ */
#define HM_ZPL_FIELDS_MAX	256		/* of each kind, per label */
#define HM_ZPL_WORD_MAX		160		/* an immediate command or a ! line */
#define HM_ZPL_FN_MAX		9999		/* highest field number */

/* -- the stream -- */

enum hm_zpl_event {
	HM_ZPL_MORE,		/* all bytes taken, nothing complete yet */
	HM_ZPL_LABEL,		/* a label, ^XA to ^XZ inclusive */
	HM_ZPL_IMMEDIATE,	/* "~HS", "~HI", "~JA", "~HQES" ... or a line that starts with '!' */
	HM_ZPL_DROPPED,		/* an unfinished label was overtaken by a new ^XA, or outgrew the limit */
};

struct hm_zpl_stream;

int hm_zpl_stream_new(struct hm_zpl_stream **ret);
struct hm_zpl_stream *hm_zpl_stream_free(struct hm_zpl_stream *s);

/*
 * Takes bytes up to and including the one that completes an event, which is
 * returned. @ret_used: bytes taken, at least 1 when @len is. Cannot fail: all
 * room was allocated with the stream.
 */
enum hm_zpl_event hm_zpl_stream_feed(struct hm_zpl_stream *s, const void *data, size_t len, size_t *ret_used);

/* The bytes of the last event, NUL-terminated; valid until the next feed or reset. */
const char *hm_zpl_stream_text(const struct hm_zpl_stream *s, size_t *ret_len);

/* True while the bytes of an unfinished label or command are held. */
bool hm_zpl_stream_partial(const struct hm_zpl_stream *s);

/* Forgets whatever is unfinished, as a printer does on SOFT_RESET or ~JA. */
void hm_zpl_stream_reset(struct hm_zpl_stream *s);

/* -- one label -- */

enum hm_zpl_kind {
	HM_ZPL_TEXT,
	HM_ZPL_DATAMATRIX,	/* ^BX */
	HM_ZPL_QR,		/* ^BQ */
	HM_ZPL_CODE128,		/* ^BC */
	HM_ZPL_BOX,		/* ^GB */
};

struct hm_zpl_field {
	enum hm_zpl_kind kind;
	int x, y;		/* dots, from ^FO (top left) or ^FT (base line), ^LH added */
	bool baseline;		/* placed by ^FT */
	bool reverse;		/* ^FR: white on black */
	bool utf8;		/* ^CI28 was in force */
	char rotation;		/* N R I B */
	int height, width;	/* TEXT: character cell; BOX: size; CODE128: its height; dots */
	int thickness;		/* BOX: line, dots */
	bool white;		/* BOX: drawn in white */
	int module;		/* DATAMATRIX, QR, CODE128: dots per module */
	int columns, rows;	/* DATAMATRIX: 0 = smallest that fits */
	char escape;		/* DATAMATRIX: escape character of ^BX, 0 = none */
	char ecc;		/* QR: H Q M L */
	char mode;		/* CODE128: N, or U A D */
	int fn;			/* ^FN number whose value this field prints, or -1 */
	char *data;		/* decoded ^FD (hex escapes undone), NUL-terminated */
	size_t len;
};

struct hm_zpl_rfid {
	enum { HM_ZPL_RFID_READ, HM_ZPL_RFID_WRITE, HM_ZPL_RFID_PASSWORD, HM_ZPL_RFID_LOCK } op;
	char format;		/* 'H' or 'A' */
	char bank;		/* 'E' and 'A': the EPC itself; '0' reserved '1' EPC '2' TID '3' user */
	bool passwords;		/* WRITE: access and kill passwords instead of a bank (b = P) */
	unsigned int block;	/* first 16-bit word in the bank */
	unsigned int bytes;	/* how many; 0 = not given */
	char locks[4];		/* LOCK: kill, access, EPC, user: U L O P, or 0 = unchanged */
	int fn;			/* READ: receives the answer, or -1 */
	char *data;		/* WRITE, PASSWORD: ^FD as given */
	size_t len;
};

struct hm_zpl_verify {		/* ^HV: send a field's value to the host */
	int fn;
	unsigned int bytes;	/* at most so many characters of the value */
	char *header, *trailer;	/* hex escapes undone */
	bool per_label;		/* a = L: for every physical label, not once per format */
};

struct hm_zpl_label {
	int width, height;	/* dots, 0 = not given */
	int quantity;		/* ^PQ, 1..99999999 */
	bool utf8;		/* ^CI28 */
	bool has_rs;
	int rfid_tries;		/* ^RS n: labels to try, 1..10 */
	char rfid_error;	/* ^RS e: N, P or E */
	struct hm_zpl_field *fields;
	size_t n_fields;
	struct hm_zpl_rfid *rfid;
	size_t n_rfid;
	struct hm_zpl_verify *verify;
	size_t n_verify;
	unsigned int unknown;	/* commands passed over */
};

/*
 * Reads one label.
 * Returns 0; -EINVAL: not ^XA..^XZ, or a field that cannot be read; -HM_EBAD_ESCAPE: one of ^FH that is
 * cut, or not two hexadecimal digits; -E2BIG: more fields than the limit; -ENOMEM.
 */
int hm_zpl_read(const char *text, size_t len, struct hm_zpl_label **ret);
struct hm_zpl_label *hm_zpl_label_free(struct hm_zpl_label *label);

/* Gives every printed field with number @fn its value. Returns 0 or -ENOMEM. */
int hm_zpl_label_bind(struct hm_zpl_label *label, int fn, const char *value);

/*
 * What a scanner would read from a ^BX field, its escapes undone: E1 is FNC1
 * (first: GS1 data, and not part of @out; later: a separator, 1D), EdNNN a byte,
 * E@..E_ a control character, EE the escape itself. NUL-terminated.
 * Returns 0; -EINVAL: a bad escape, or more than @room.
 */
int hm_zpl_datamatrix_data(const struct hm_zpl_field *f, char *out, size_t room, size_t *ret_len, bool *ret_gs1);

/*
 * The same of a ^BC field without a mode: >8 is FNC1, >0 >< >= are > ^ ~. Where subsets
 * begin (>9 >: >; >5 >6 >7) means nothing to a scanner, but makes the code longer or shorter.
 * -EINVAL for other escapes, and in subset C for what is not a pair of digits.
 */
struct hm_zpl_code128 {
	size_t len;		/* of the data */
	bool gs1;		/* FNC1 first: GS1 data; later ones are 1D in the data */
	unsigned int modules;	/* of the whole code, as a printer sets it */
};
int hm_zpl_code128_data(const struct hm_zpl_field *f, char *out, size_t room, struct hm_zpl_code128 *ret);

#endif
