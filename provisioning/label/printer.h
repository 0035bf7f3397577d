/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What label printers say of themselves and of tags: replies to facts, and facts to one
 * verdict. Pure.
 *
 * Is the printer ready? Whatever was learned goes into a view, also that nothing was:
 *
 *	struct hm_printer_view v = { .port_status = port };	-1 where there is none
 *
 *	hm_printer_hear_hs(&v, reply, reply_len);		0 bytes are an answer too
 *	hm_printer_hear_hqes(&v, reply, reply_len);
 *	if (hm_printer_state(&v) == HM_PRINTER_READY) ...
 *
 * A request that was not answered, and an answer that cannot be read, are faults and
 * never READY: in the states that matter most (no paper, head open) printers keep silent.
 *
 * One reply alone:
 *
 *	rc = hm_zpl_parse_hs(bytes, len, &hs, &err);	~HS   host status
 *	rc = hm_zpl_parse_hqes(bytes, len, &es, &err);	~HQES errors and warnings
 *	rc = hm_zpl_parse_hi(bytes, len, &hi, &err);	~HI   which printer it is
 *	rc = hm_zpl_parse_hv(bytes, len, forms, n, &hv, &err);	^HV   what was read from a tag
 *	rc = hm_zpl_parse_log(line, len, &entry, &err);	^HL   one line of the RFID log
 *
 * -HM_ESILENT for no bytes at all, -HM_EBAD_FORMAT for what breaks the layout; others are
 * named at each. The layouts are those of the ZPL II Programming Guide.
 */
#ifndef HM_LABEL_PRINTER_H
#define HM_LABEL_PRINTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/epc.h"
#include "base/error.h"

/* --- ~HS: three STX ... ETX CR LF strings of 12, 11 and 2 fields --- */

struct hm_hs {
	/* the first */
	char comm[9];			/* settings of the serial line; digits */
	bool paper_out, paused;
	unsigned int label_length;	/* dots */
	unsigned int formats_in_buffer;
	bool buffer_full, diag_mode, partial_format, corrupt_ram, under_temp, over_temp;
	unsigned int unused_iii;
	/* the second */
	char function_settings[9];	/* digits */
	unsigned int unused_n;
	bool head_up, ribbon_out, thermal_transfer;
	char print_mode;		/* 0 ... 9, K */
	unsigned int width_mode;
	bool label_waiting;		/* peeled, and not taken away */
	unsigned int labels_remaining;
	bool format_while_printing;
	unsigned int graphics_stored;
	/* the third */
	char password[9];		/* digits */
	bool static_ram;
};

int hm_zpl_parse_hs(const void *bytes, size_t len, struct hm_hs *ret, struct hm_err *err);
/* "rewind", "rfid"; NULL for a mode that does not exist. */
const char *hm_zpl_print_mode(char mode);

/* --- ~HQES --- */

/* Group 1 of the errors; a printer may set bits that nobody told us of. */
#define HM_HQES_MEDIA_OUT	0x00001u
#define HM_HQES_RIBBON_OUT	0x00002u
#define HM_HQES_HEAD_OPEN	0x00004u
#define HM_HQES_OVER_TEMP	0x00030u	/* head, motor */
#define HM_HQES_PAUSED		0x10000u

struct hm_hqes {
	bool error, warning;
	uint32_t errors[2], warnings[2];	/* group 1, group 2 */
};

/* A flag that its bits contradict is -HM_EBAD_FORMAT. */
int hm_zpl_parse_hqes(const void *bytes, size_t len, struct hm_hqes *ret, struct hm_err *err);

/*
 * Names of all bits joined by '+', "" for none: "MEDIA_OUT+PAUSED". A bit without a name is
 * UNKNOWN_ and its value, one of group 2 GROUP2_ and its value. HM_HQES_NAMES are enough.
 */
#define HM_HQES_NAMES 1400
void hm_zpl_error_names(const uint32_t errors[2], char out[static HM_HQES_NAMES]);
void hm_zpl_warning_names(const uint32_t warnings[2], char out[static HM_HQES_NAMES]);

/* --- ~HI: STX model,version,dots per mm,memory[,options] ETX --- */

#define HM_HI_TEXT 64
struct hm_hi {
	char model[HM_HI_TEXT], firmware[HM_HI_TEXT], options[HM_HI_TEXT];
	unsigned int dots_per_mm, memory_kb;
};
int hm_zpl_parse_hi(const void *bytes, size_t len, struct hm_hi *ret, struct hm_err *err);

/* --- ^HV: what a label's request asked to have sent --- */

#define HM_HV_TEXT	64u	/* of header and trailer */
#define HM_HV_DATA	256u	/* parameter n at most */

struct hm_hv_form {
	unsigned int bytes;	/* parameter n: so many hexadecimal digits */
	char header[HM_HV_TEXT], trailer[HM_HV_TEXT];
};

/*
 * The form of a ^HV command of a template, "^HV1,24,EPC[,]_0D_0A,L"; _XX is a byte. What
 * stands behind ^FS is left alone. -HM_EBAD_TEMPLATE
 */
int hm_hv_form_parse(const char *text, size_t len, struct hm_hv_form *ret, struct hm_err *err);

/*
 * One answer a form, in their order, and nothing else: then @ret holds the digits of each.
 * @n up to HM_HV_FORMS. -HM_ENO_TERMINATOR: cut; -HM_ETAG_VOID: words in place of a
 * number; -HM_EDUPLICATE: more answers behind it, as when the label before was VOID;
 * -HM_EBAD_LENGTH; -HM_EBAD_FORMAT: another header, or bytes that are no answer.
 */
#define HM_HV_FORMS 4u
struct hm_hv {
	char data[HM_HV_FORMS][HM_HV_DATA + 1];
};
int hm_zpl_parse_hv(const void *bytes, size_t len, const struct hm_hv_form *forms, size_t n,
		    struct hm_hv *ret, struct hm_err *err);

/*
 * What the printer says within a marking job, one reply a physical label, by ^HV with
 * the headers of the standard template:
 *	"EPC[<hex>]\r\n" "TID[<24 hex>]\r\n"
 */
enum hm_reply {
	HM_REPLY_NONE,		/* silence: nothing is known about the label */
	HM_REPLY_GOOD,		/* EPC and TID both there and well-formed */
	HM_REPLY_VOID,		/* the printer says that the tag was not encoded */
	HM_REPLY_BROKEN,	/* cut or garbled: nothing is known */
};

/*
 * GOOD: both lines, whole words of an EPC (1 to 31) and 24 hexadecimal digits of the TID, not
 * all 0 or all F, nothing else. Whether it is the EPC that was to be written, the caller compares.
 * VOID: both lines whole, and in place of the EPC words that no EPC can be ("NO TAG
 * FOUND") or nothing. Anything else is BROKEN: a good EPC without its TID too, since
 * that tag cannot be told from another.
 */
struct hm_tag_reply {
	char epc_hex[HM_EPC_HEX_SIZE];
	char tid_hex[33];
};

#define HM_TAG_REPLY_LEN(epc_digits) (38u + (epc_digits))	/* bytes of a good reply */
enum hm_reply hm_label_parse_reply(const void *bytes, size_t len, struct hm_tag_reply *ret);

/* --- ^HL, ~HL: the RFID log --- */

/*
 * "[14:23:16.0000]R,F1,A3,22,00000000,3034..." or, from older firmware, "R,0000,3034...":
 * a time that may be missing, operation, position, antenna, power, status, data. Data
 * of a read, write or lock is hexadecimal digits in pairs, or nothing.
 */
struct hm_rfid_log {
	char time[32];			/* "" where there is none */
	char op;			/* R W L Q Z A I, E: the log itself */
	char position[5], antenna[5];	/* "" from older firmware */
	char power[5];
	uint32_t status;
	const char *data;		/* in the line; not terminated */
	size_t data_len;
};

/* -HM_EEMPTY, -HM_ENOT_HEX, -HM_EBAD_FORMAT, -HM_ETOO_LONG (4096 bytes) */
int hm_zpl_parse_log(const char *line, size_t len, struct hm_rfid_log *ret, struct hm_err *err);
/* "OK", "COLLISION"; UNKNOWN_ and its value for a code that is not known. */
#define HM_RFID_STATUS_NAME 20
void hm_rfid_status_name(uint32_t status, char out[static HM_RFID_STATUS_NAME]);

/* --- one verdict --- */

/* How a request was answered. */
enum hm_heard {
	HM_NOT_ASKED,
	HM_NO_ANSWER,
	HM_GARBLED,
	HM_ANSWERED,
};

struct hm_printer_view {
	/* IEEE 1284 port status byte (GET_PORT_STATUS); negative where it could not be had */
	int port_status;
	enum hm_heard hs_heard, hqes_heard;
	struct hm_hs hs;		/* where heard is HM_ANSWERED */
	struct hm_hqes hqes;
};

void hm_printer_hear_hs(struct hm_printer_view *v, const void *bytes, size_t len);
void hm_printer_hear_hqes(struct hm_printer_view *v, const void *bytes, size_t len);

/* Everything that any of the sources says. */
enum hm_printer_condition {
	HM_COND_PAPER_OUT	= 1 << 0,
	HM_COND_RIBBON_OUT	= 1 << 1,
	HM_COND_HEAD_OPEN	= 1 << 2,
	HM_COND_OVER_TEMP	= 1 << 3,
	HM_COND_UNDER_TEMP	= 1 << 4,
	HM_COND_CORRUPT_RAM	= 1 << 5,
	HM_COND_DIAG_MODE	= 1 << 6,
	HM_COND_PARTIAL_FORMAT	= 1 << 7,
	HM_COND_ERROR		= 1 << 8,	/* another error of ~HQES */
	HM_COND_PAUSED		= 1 << 9,
	HM_COND_BUFFER_FULL	= 1 << 10,
	HM_COND_LABEL_WAITING	= 1 << 11,
	HM_COND_PORT_ERROR	= 1 << 12,	/* the port says no more than that */
	HM_COND_OFFLINE		= 1 << 13,
	HM_COND_SILENT		= 1 << 14,	/* asked and not answered, or nothing is known at all */
	HM_COND_GARBLED		= 1 << 15,
	HM_COND_BUSY		= 1 << 16,	/* labels are still to come; no fault */
};
unsigned int hm_printer_conditions(const struct hm_printer_view *v);
/* Joined by '+'; "READY" for none. Where silence or noise is all there is: "UNKNOWN". */
#define HM_COND_NAMES 256
void hm_printer_condition_names(unsigned int conditions, char out[static HM_COND_NAMES]);

/*
 * The worst that any source says. READY says that the next label can be printed, not
 * that none is still queued: HM_COND_BUSY says that.
 */
enum hm_printer_state {
	HM_PRINTER_READY, HM_PRINTER_PAPER_OUT, HM_PRINTER_PAUSED, HM_PRINTER_FAULT,
	HM_PRINTER_SILENT,	/* asked and not answered: a fault, never READY */
	HM_PRINTER_WAITING,	/* a label stands in the way of the next */
};
enum hm_printer_state hm_printer_state(const struct hm_printer_view *v);
/* "ready", "paper_out" ... */
const char *hm_printer_state_name(enum hm_printer_state s);

#endif /* HM_LABEL_PRINTER_H */
