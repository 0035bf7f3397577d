// SPDX-License-Identifier: LGPL-2.1-or-later
/* ~HQES: a page for people, whose two lines of numbers are for us. */
#include "label/printer.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "label/scan.h"

#define BITS 32

static const char *const error_names[BITS] = {
	[0] = "MEDIA_OUT", [1] = "RIBBON_OUT", [2] = "HEAD_OPEN", [3] = "CUTTER_FAULT", [4] = "HEAD_OVER_TEMP",
	[5] = "MOTOR_OVER_TEMP", [6] = "BAD_HEAD_ELEMENT", [7] = "HEAD_DETECT_ERROR", [8] = "INVALID_FW_CONFIG",
	[9] = "THERMISTOR_OPEN", [12] = "PAPER_JAM", [13] = "PRESENTER_ERROR", [14] = "PAPER_FEED_ERROR",
	[15] = "CLEAR_PATH_FAILED", [16] = "PAUSED", [17] = "RETRACT_TIMEOUT", [18] = "BLACK_MARK_CALIBRATE",
	[19] = "BLACK_MARK_NOT_FOUND",
};

static const char *const warning_names[BITS] = {
	[0] = "CALIBRATE_MEDIA", [1] = "CLEAN_HEAD", [2] = "REPLACE_HEAD", [3] = "PAPER_NEAR_END",
	[4] = "SENSOR1_PAPER_BEFORE_HEAD", [5] = "SENSOR2_BLACK_MARK", [6] = "SENSOR3_PAPER_AFTER_HEAD",
	[7] = "SENSOR4_LOOP_READY", [8] = "SENSOR5_PRESENTER", [9] = "SENSOR6_RETRACT_READY",
	[10] = "SENSOR7_IN_RETRACT", [11] = "SENSOR8_AT_BIN",
};

static void put_names(const char *const *names, const uint32_t groups[2], char *out)
{
	size_t n = 0;

	out[0] = '\0';
	for (unsigned int i = 0; i < 2 * BITS; i++) {
		uint32_t bit = 1u << (i % BITS);
		const char *name = i < BITS ? names[i] : NULL;

		if (!(groups[i / BITS] & bit))
			continue;
		if (name)
			n += (size_t)snprintf(out + n, HM_HQES_NAMES - n, "%s%s", n ? "+" : "", name);
		else
			n += (size_t)snprintf(out + n, HM_HQES_NAMES - n, "%s%s%X", n ? "+" : "",
					      i < BITS ? "UNKNOWN_" : "GROUP2_", bit);
		assert(n < HM_HQES_NAMES);
	}
}

void hm_zpl_error_names(const uint32_t errors[2], char out[static HM_HQES_NAMES])
{
	put_names(error_names, errors, out);
}

void hm_zpl_warning_names(const uint32_t warnings[2], char out[static HM_HQES_NAMES])
{
	put_names(warning_names, warnings, out);
}

/* The next line that is not blank, without its blanks. */
static bool take_line(const char **p, const char *end, struct piece *ret)
{
	scan_skip(p, end, " \r\n");
	if (*p == end || !scan_until(p, end, '\n', ret))
		return false;
	while (ret->len && strchr(" \r", ret->p[ret->len - 1]))
		ret->len--;
	return true;
}

static bool word(const char **p, const char *end, struct piece *ret)
{
	scan_skip(p, end, " ");
	(void)scan_until(p, end, ' ', ret);
	return ret->len > 0;
}

static bool group(const struct piece *s, uint32_t *ret)
{
	char text[9];

	if (s->len != 8 || !scan_is_hex(s) || !scan_copy(s, text, sizeof(text)))
		return false;
	*ret = (uint32_t)strtoul(text, NULL, 16);
	return true;
}

/* "ERRORS: 1 00000000 00010004": flag, group 2, group 1. */
static const char *counted(const char **p, const char *end, const char *head, bool *ret_flag, uint32_t ret[2])
{
	struct piece line, name, flag, two, one, more;
	const char *at, *stop;

	if (!take_line(p, end, &line))
		return "a line is missing";
	at = line.p;
	stop = line.p + line.len;
	if (!word(&at, stop, &name) || !scan_equals(&name, head))
		return "a line is missing";
	if (!word(&at, stop, &flag) || !word(&at, stop, &two) || !word(&at, stop, &one) || word(&at, stop, &more))
		return "not a flag and two groups";
	if (!scan_equals(&flag, "0") && !scan_equals(&flag, "1"))
		return "a flag that is neither 0 nor 1";
	if (!group(&two, &ret[1]) || !group(&one, &ret[0]))
		return "a group that is not eight hexadecimal digits";
	*ret_flag = flag.p[0] == '1';
	return *ret_flag == !(ret[0] | ret[1]) ? "a flag that its bits contradict" : NULL;
}

int hm_zpl_parse_hqes(const void *bytes, size_t len, struct hm_hqes *ret, struct hm_err *err)
{
	const char *p = bytes, *end = p + len, *why = NULL;
	struct hm_hqes s = { .error = false };
	struct piece line;

	assert(ret && (bytes || !len));
	if (!len)
		return hm_err_set(err, -HM_ESILENT, "~HQES: no answer at all");
	scan_skip(&p, end, "\r\n");
	if (p == end || *p++ != '\x02')
		why = "no STX";
	else if (!take_line(&p, end, &line) || !scan_equals(&line, "PRINTER STATUS"))
		why = "not the page PRINTER STATUS";
	why = why ?: counted(&p, end, "ERRORS:", &s.error, s.errors);
	why = why ?: counted(&p, end, "WARNINGS:", &s.warning, s.warnings);
	if (!why) {
		scan_skip(&p, end, " \r\n");
		if (p == end || *p++ != '\x03')
			why = "no ETX";
		scan_skip(&p, end, "\r\n");
		if (!why && p != end)
			why = "bytes behind ETX";
	}
	if (why)
		return hm_err_set(err, -HM_EBAD_FORMAT, "~HQES: %s", why);
	*ret = s;
	return 0;
}
