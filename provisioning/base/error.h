/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One table of errors. A function returns 0, or a negative errno, or -HM_E*
 * from this table. The number is stable, the name is what the API's "error"
 * string, `error: CLASS: why` on standard output and `hallmark help errors` say,
 * and the exit code is what the command line answers.
 *
 * Numbers are never reused. Append; do not reorder.
 */
#ifndef HM_BASE_ERROR_H
#define HM_BASE_ERROR_H

#include <stddef.h>

/* exit codes of the command line */
enum hm_exit {
	HM_EXIT_OK		= 0,	/* yes, done */
	HM_EXIT_NO		= 1,	/* a negative answer: not genuine, audit found something */
	HM_EXIT_USAGE		= 2,
	HM_EXIT_REFUSED		= 3,	/* by policy: duplicate, quota, state */
	HM_EXIT_DEVICE		= 4,	/* device or TPM */
	HM_EXIT_STORE		= 5,
	HM_EXIT_NOT_FOUND	= 6,
};

#define HM_ERROR_TABLE(X)							\
	/* codecs: what is wrong with a text or a memory image */		\
	X(BAD_CHAR,		2001, "bad_char",		1, "a character that is not allowed here")	\
	X(BAD_LENGTH,		2002, "bad_length",		1, "the length is not one of those allowed")	\
	X(BAD_CHECK_DIGIT,	2003, "bad_check_digit",	1, "the check digit does not fit")		\
	X(BAD_PREFIX_LENGTH,	2004, "bad_prefix_length",	1, "a company prefix has 6 to 12 digits")	\
	X(NOT_NUMERIC,		2005, "not_numeric",		1, "digits only here")				\
	X(LEADING_ZERO,		2006, "leading_zero",		1, "a leading zero cannot be represented")	\
	X(OVERFLOW,		2007, "overflow",		1, "the value does not fit its field")		\
	X(TOO_LONG,		2008, "too_long",		1, "longer than its field")			\
	X(TOO_SHORT,		2009, "too_short",		1, "shorter than its field")			\
	X(EMPTY,		2010, "empty",			1, "nothing where something is needed")		\
	X(BAD_ESCAPE,		2011, "bad_escape",		1, "an escape that is cut or not allowed")	\
	X(BAD_URI,		2012, "bad_uri",		1, "not a URI of the expected form")		\
	X(UNKNOWN_SCHEME,	2013, "unknown_scheme",		1, "a scheme that is not known")		\
	X(UNKNOWN_HEADER,	2014, "unknown_header",		1, "a header byte that is not known")		\
	X(BAD_PARTITION,	2015, "bad_partition",		1, "a partition value that does not exist")	\
	X(BAD_FILTER,		2016, "bad_filter",		1, "a filter value that does not exist")	\
	X(RESERVED_NONZERO,	2017, "reserved_nonzero",	1, "reserved bits that are not zero")		\
	X(UNPROGRAMMED,		2018, "unprogrammed",		1, "memory that was never written")		\
	X(NO_TERMINATOR,	2019, "no_terminator",		1, "the end mark is missing")			\
	X(NOT_HEX,		2020, "not_hex",		1, "hexadecimal digits only here")		\
	X(BAD_DATE,		2021, "bad_date",		1, "not a date")				\
	X(UNKNOWN_AI,		2022, "unknown_ai",		1, "an application identifier that is not known") \
	X(MISSING_AI,		2023, "missing_ai",		1, "an application identifier that must be there") \
	X(CONFLICTING_AI,	2024, "conflicting_ai",		1, "application identifiers that exclude each other") \
	X(DUPLICATE_AI,		2025, "duplicate_ai",		1, "an application identifier twice")		\
	X(BAD_FNC1,		2026, "bad_fnc1",		1, "a separator missing or out of place")	\
	X(BAD_ENVELOPE,		2027, "bad_envelope",		1, "not an envelope of ISO/IEC 15434")		\
	X(BAD_FORMAT,		2028, "bad_format",		1, "bytes that are not of the expected format")	\
	X(BAD_TEMPLATE,		2029, "bad_template",		2, "a label template with an unknown field or filter") \
	X(BAD_PRODUCT,		2030, "bad_product",		2, "a product file that does not make sense")	\
	X(BAD_JSON,		2031, "bad_json",		2, "not the JSON that is expected")		\
	X(BAD_CONFIG,		2032, "bad_config",		2, "a configuration that does not make sense")	\
	X(BAD_REQUEST,		2033, "bad_request",		2, "a request that does not make sense")	\
	X(MISSING_INPUT,	2061, "missing_input",		2, "a date, a lot or a key that is needed was not given") \
	X(BAD_EUI,		2062, "bad_eui",		1, "a group or local address where a universal one is needed") \
	/* policy: the request is understood and refused */			\
	X(DUPLICATE,		2101, "duplicate",		3, "another unit holds it already")		\
	X(BAD_STATE,		2102, "bad_state",		3, "the unit is not in a state that allows it")	\
	X(POOL_EXHAUSTED,	2103, "pool_exhausted",		3, "the numbering scheme has no serial left")	\
	X(KEY_MISMATCH,		2104, "key_mismatch",		3, "the idempotency key belongs to another request") \
	X(NOT_PERMITTED,	2105, "not_permitted",		3, "the caller's role does not allow it")	\
	X(UNSUPPORTED,		2106, "unsupported",		3, "refused: this version cannot do it truthfully") \
	X(FOREIGN,		2107, "foreign",		3, "a mark that is not ours is in the way")	\
	X(QUARANTINED,		2108, "quarantined",		3, "the unit is set aside until somebody decides") \
	X(UNTRUSTED,		2109, "untrusted",		3, "a certificate or key that nobody vouches for") \
	X(IN_DOUBT,		2110, "in_doubt",		4, "whether a mark exists is not known: look, and say so with resolve") \
	X(TWO_PERSONS,		2111, "two_persons",		3, "a second person's name is needed")		\
	X(EXISTS,		2112, "exists",			3, "it exists already, and differs")		\
	X(GUESSABLE,		2121, "guessable",		3, "serials could be guessed more often than is allowed") \
	/* devices and TPM */							\
	X(NO_DEVICE,		2201, "no_device",		4, "the device is not there")			\
	X(DEVICE,		2202, "device",			4, "the device failed")				\
	X(BUSY,			2203, "busy",			4, "somebody else uses it")			\
	X(SILENT,		2204, "silent",			4, "the device does not answer")		\
	X(PAPER_OUT,		2205, "paper_out",		4, "the printer is out of paper")		\
	X(TAG_VOID,		2206, "tag_void",		4, "no tag could be encoded")			\
	X(EEPROM_ABSENT,	2207, "eeprom_absent",		4, "no EEPROM answers")				\
	X(WRITE_PROTECTED,	2208, "write_protected",	4, "the EEPROM does not take what is written")	\
	X(BOARD_SWAPPED,	2209, "board_swapped",		4, "the board is not the one that was probed")	\
	X(NO_BOARD,		2210, "no_board",		4, "no board is in the slot")			\
	X(GATE_FAULT,		2211, "gate_fault",		4, "the gate refuses every mark until a reboot")	\
	X(LOG_FULL,		2212, "log_full",		4, "the gate's log is full")			\
	X(NO_TPM,		2213, "no_tpm",			4, "no TPM answers")				\
	X(TPM_FAILED,		2214, "tpm_failed",		4, "the TPM answered with an error")		\
	X(MISMATCH,		2215, "mismatch",		4, "what was read back is not what was written")	\
	X(PRINTER_FAULT,	2216, "printer_fault",		4, "the printer reports a fault")		\
	X(WAITING,		2217, "waiting",		4, "units wait for a device or a person")	\
	/* store */								\
	X(STORE,		2301, "store",			5, "the store failed")				\
	X(STORE_CORRUPT,	2302, "store_corrupt",		5, "the store holds what cannot be")		\
	X(DISK_FULL,		2303, "disk_full",		5, "no space is left")				\
	X(NOT_INITIALISED,	2304, "not_initialised",	5, "the station was not set up: station init")	\
	X(ALREADY,		2305, "already",		3, "it is set up already")			\
	/* look-ups and the daemon */						\
	X(NOT_FOUND,		2401, "not_found",		6, "no such thing")				\
	X(NO_DAEMON,		2402, "no_daemon",		5, "the daemon does not answer")		\
	/* evidence */								\
	X(BAD_SIGNATURE,	2501, "bad_signature",		1, "a signature that does not verify")		\
	X(BAD_PROOF,		2502, "bad_proof",		1, "a proof that does not verify")		\
	X(INCONSISTENT,		2503, "inconsistent",		1, "evidence that contradicts itself")

enum hm_error {
#define X(name, number, text, exit, why) HM_E##name = number,
	HM_ERROR_TABLE(X)
#undef X
};

/* One row of the table, or of the errnos that may come out. */
struct hm_error_row {
	int number;
	const char *name;
	int exit;
	const char *why;
};

/* The rows in table order; the last has name NULL. */
extern const struct hm_error_row hm_error_rows[];
/* The errnos that may come out, by names of the table and of their own; the last ... NULL. */
extern const struct hm_error_row hm_errno_rows[];

/*
 * @rc may be negative or positive, an errno or HM_E*. Never NULL: an unknown
 * number is "internal".
 */
const char *hm_error_name(int rc);
const char *hm_error_why(int rc);
int hm_error_exit(int rc);
/* HM_E* for its name, or 0. */
int hm_error_number(const char *name);

/*
 * Why something failed, in one line for a person; carried beside the number.
 * Functions that take one fill it on failure and leave it alone on success.
 * NULL is allowed everywhere.
 */
struct hm_err {
	char text[256];
};

/* Control characters, also those that UTF-8 has at U+0080 ... U+009F, become '?'. */
void hm_one_line(char *text);

/*
 * Set the line and return @rc, so that a failure is one statement:
 *	return hm_err_set(err, -HM_EBAD_DATE, "month %u does not exist", m);
 * It is one line, hm_one_line(): it goes to terminals and logs.
 */
int hm_err_set(struct hm_err *err, int rc, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The line, or the table's sentence for @rc where none was set. */
const char *hm_err_text(const struct hm_err *err, int rc);

#endif /* HM_BASE_ERROR_H */
