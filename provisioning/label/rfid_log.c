// SPDX-License-Identifier: LGPL-2.1-or-later
/* ^HL, ~HL: what the printer did to tags, line by line. */
#include "label/printer.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "label/scan.h"

#define LINE_MAX_BYTES 4096u

static const struct {
	uint32_t code;
	const char *name;
} statuses[] = {
	{ 0x0000, "OK" }, { 0x0001, "BAD_MESSAGE" }, { 0x0004, "BAD_CRC" }, { 0x0005, "BAD_DATA" },
	{ 0x000a, "BAD_COMMAND" }, { 0x000b, "BAD_COMMAND" }, { 0x000c, "INVALID_PARAM" },
	{ 0x000d, "INVALID_PARAM" }, { 0x0010, "CMD_INHIBITED" }, { 0x0052, "BAD_PASSCODE" },
	{ 0x8003, "COLLISION" }, { 0x8005, "BLOCK_LOCKED" }, { 0xffff, "LOG_RESET" }, { 0xffffffff, "LOG_RESET" },
};

void hm_rfid_status_name(uint32_t status, char out[static HM_RFID_STATUS_NAME])
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (statuses[i].code == status) {
			(void)snprintf(out, HM_RFID_STATUS_NAME, "%s", statuses[i].name);
			return;
		}
	(void)snprintf(out, HM_RFID_STATUS_NAME, "UNKNOWN_%X", status);
}

static int broken(struct hm_err *err, const char *why)
{
	return hm_err_set(err, -HM_EBAD_FORMAT, "RFID log: %s", why);
}

/* A letter and up to three digits: F1, A3. */
static bool place(const struct piece *s, char out[5])
{
	if (s->len < 2 || s->len > 4 || !isupper((unsigned char)s->p[0]))
		return false;
	for (size_t i = 1; i < s->len; i++)
		if (!isdigit((unsigned char)s->p[i]))
			return false;
	return scan_copy(s, out, 5);
}

/* 0 ... 30, or the letter of a level. */
static bool power(const struct piece *s, char out[5])
{
	if (s->len == 1 && memchr("LMH", s->p[0], 3))
		return scan_copy(s, out, 5);
	return s->len >= 1 && s->len <= 2 && isdigit((unsigned char)s->p[0]) &&
	       isdigit((unsigned char)s->p[s->len - 1]) && scan_copy(s, out, 5);
}

static bool status_of(const struct piece *s, uint32_t *ret)
{
	char text[9];

	if ((s->len != 4 && s->len != 8) || !scan_is_hex(s) || !scan_copy(s, text, sizeof(text)))
		return false;
	*ret = (uint32_t)strtoul(text, NULL, 16);
	return true;
}

static int take_data(struct hm_rfid_log *e, const char *p, const char *end, struct hm_err *err)
{
	struct piece data = { p, (size_t)(end - p) };

	e->data = data.p;
	e->data_len = data.len;
	if (!scan_is_printable(&data))
		return broken(err, "a control character in the data");
	/* words where the log tells of itself: "Logfile automatically reset" */
	if (!data.len || e->op == 'E')
		return 0;
	if (!scan_is_hex(&data) || data.len % 2)
		return hm_err_set(err, -HM_ENOT_HEX, "RFID log: data that is not pairs of hexadecimal digits");
	return 0;
}

static int take_time(const char **p, const char *end, struct hm_rfid_log *e, struct hm_err *err)
{
	struct piece time;

	if (*p == end || **p != '[')
		return 0;
	++*p;
	if (!scan_until(p, end, ']', &time))
		return broken(err, "a time without its ]");
	if (!time.len || !scan_is_printable(&time) || !scan_copy(&time, e->time, sizeof(e->time)))
		return broken(err, "a time that is empty or too long");
	return 0;
}

int hm_zpl_parse_log(const char *line, size_t len, struct hm_rfid_log *ret, struct hm_err *err)
{
	const char *p = line, *end = line + len;
	struct hm_rfid_log e = { .time = "" };
	struct piece op, f;
	int rc;

	assert(ret && (line || !len));
	while (end > p && (end[-1] == '\r' || end[-1] == '\n'))
		end--;
	if (p == end)
		return hm_err_set(err, -HM_EEMPTY, "RFID log: an empty line");
	if (len > LINE_MAX_BYTES)
		return hm_err_set(err, -HM_ETOO_LONG, "RFID log: a line of more than %u bytes", LINE_MAX_BYTES);
	rc = take_time(&p, end, &e, err);
	if (rc)
		return rc;
	if (!scan_until(&p, end, ',', &op) || op.len != 1 || !memchr("RWLQZAIE", op.p[0], 8))
		return broken(err, "an operation that is not known, or nothing behind it");
	e.op = op.p[0];
	if (!scan_until(&p, end, ',', &f))
		return broken(err, "cut");
	/* older firmware tells no position, antenna and power; a status is no letter and digits */
	if (place(&f, e.position) || !status_of(&f, &e.status)) {
		if (!e.position[0] || !scan_until(&p, end, ',', &f) || !place(&f, e.antenna))
			return broken(err, "position and antenna are a letter and digits");
		if (!scan_until(&p, end, ',', &f) || !power(&f, e.power))
			return broken(err, "power is up to two digits");
		if (!scan_until(&p, end, ',', &f) || !status_of(&f, &e.status))
			return broken(err, "a status is four or eight hexadecimal digits");
	}
	rc = take_data(&e, p, end, err);
	if (rc)
		return rc;
	*ret = e;
	return 0;
}
