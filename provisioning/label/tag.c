// SPDX-License-Identifier: LGPL-2.1-or-later
/* ^HV: what a printer read from the tag that it has just written. */
#include "label/printer.h"

#include <assert.h>

#include "base/digits.h"
#include "label/field_data.h"
#include "label/scan.h"

#define TID_DIGITS 24u

/* --- the standard template's pair --- */

/* "HEAD[...]" CR LF at *@p: what is between the brackets; moves behind it. */
static bool take_line(const char **p, const char *end, const char *head, struct piece *ret)
{
	size_t n = strlen(head);
	const char *close;

	if ((size_t)(end - *p) < n || memcmp(*p, head, n))
		return false;
	*p += n;
	close = memmem(*p, (size_t)(end - *p), "]\r\n", 3);
	if (!close)
		return false;
	*ret = (struct piece){ *p, (size_t)(close - *p) };
	*p = close + 3;
	return true;
}

/* Memory that was never written or never answered is no number. */
static bool is_number(const struct piece *s)
{
	size_t zeros = 0, ones = 0;

	if (!scan_is_hex(s))
		return false;
	for (size_t i = 0; i < s->len; i++) {
		zeros += s->p[i] == '0';
		ones += s->p[i] == 'F' || s->p[i] == 'f';
	}
	return zeros < s->len && ones < s->len;
}

static bool is_epc(const struct piece *s)
{
	return s->len && s->len % 4 == 0 && s->len < HM_EPC_HEX_SIZE && is_number(s);
}

static bool is_tid(const struct piece *s)
{
	return s->len == TID_DIGITS && is_number(s);
}

/* Nothing, or words that cannot be the rest of a number. */
static bool is_words(const struct piece *s)
{
	return scan_is_printable(s) && !memchr(s->p, '[', s->len) && !scan_is_hex(s);
}

enum hm_reply hm_label_parse_reply(const void *bytes, size_t len, struct hm_tag_reply *ret)
{
	const char *p = bytes, *end = p + len;
	struct piece epc, tid;

	if (!len)
		return HM_REPLY_NONE;
	if (!take_line(&p, end, "EPC[", &epc) || !take_line(&p, end, "TID[", &tid) || p != end)
		return HM_REPLY_BROKEN;
	if (is_words(&epc) && (is_words(&tid) || is_tid(&tid)))
		return HM_REPLY_VOID;
	if (!is_epc(&epc) || !is_tid(&tid))
		return HM_REPLY_BROKEN;
	scan_upper(&epc, ret->epc_hex);
	scan_upper(&tid, ret->tid_hex);
	return HM_REPLY_GOOD;
}

/* --- any template's --- */

/* ^FH_ undone. */
static bool unescape(const struct piece *s, char out[HM_HV_TEXT])
{
	const char *p = s->p;
	size_t n = 0;
	int rc;
	char c;

	while ((rc = field_byte(&p, s->p + s->len, '_', &c)) > 0) {
		if (!c || n + 1 >= HM_HV_TEXT)
			return false;
		out[n++] = c;
	}
	out[n] = '\0';
	return !rc;
}

int hm_hv_form_parse(const char *text, size_t len, struct hm_hv_form *ret, struct hm_err *err)
{
	const char *p = text, *end = text + len, *fs;
	struct hm_hv_form form = { .header = "" };
	struct piece field, n, header = { "", 0 }, trailer = { "", 0 };
	uint64_t number, bytes = 64;

	assert(ret && (text || !len));
	if (len < 3 || memcmp(p, "^HV", 3))
		return hm_err_set(err, -HM_EBAD_TEMPLATE, "a command ^HV is needed");
	p += 3;
	fs = memmem(p, (size_t)(end - p), "^FS", 3);
	end = fs ? fs : end;
	(void)scan_until(&p, end, ',', &field);
	(void)scan_until(&p, end, ',', &n);
	(void)scan_until(&p, end, ',', &header);
	(void)scan_until(&p, end, ',', &trailer);
	if (hm_digits_value(field.p, field.len, 9999, &number))
		return hm_err_set(err, -HM_EBAD_TEMPLATE, "^HV: a field number up to 9999 is needed");
	if (n.len && (hm_digits_value(n.p, n.len, HM_HV_DATA, &bytes) || !bytes))
		return hm_err_set(err, -HM_EBAD_TEMPLATE, "^HV: 1 to %u bytes can be asked for", HM_HV_DATA);
	if (!unescape(&header, form.header) || !unescape(&trailer, form.trailer))
		return hm_err_set(err, -HM_EBAD_TEMPLATE, "^HV: a header or trailer that is too long, or cut within _XX");
	form.bytes = (unsigned int)bytes;
	*ret = form;
	return 0;
}

/* Behind the header at @p, which moves to the end of the answer. */
static int take_number(const char **p, const char *end, const struct hm_hv_form *form, char *out, struct hm_err *err)
{
	size_t left = (size_t)(end - *p), trailer = strlen(form->trailer);
	const char *close = trailer ? memmem(*p, left, form->trailer, trailer) : *p + form->bytes;
	struct piece data;

	if (!close || close > end)
		return hm_err_set(err, -HM_ENO_TERMINATOR, "^HV: the answer is cut");
	data = (struct piece){ *p, (size_t)(close - *p) };
	*p = close + trailer;
	if (!scan_is_printable(&data) || memchr(data.p, '[', data.len))
		return hm_err_set(err, -HM_EBAD_FORMAT, "^HV: bytes that are no answer");
	if (!scan_is_hex(&data))
		return hm_err_set(err, -HM_ETAG_VOID, "^HV: no number was read: \"%.*s\"",
				  data.len > 40 ? 40 : (int)data.len, data.p);
	if (data.len > form->bytes || data.len % 2)
		return hm_err_set(err, -HM_EBAD_LENGTH, "^HV: %zu digits where up to %u were asked for", data.len,
				  form->bytes);
	scan_upper(&data, out);
	return 0;
}

int hm_zpl_parse_hv(const void *bytes, size_t len, const struct hm_hv_form *forms, size_t n,
		    struct hm_hv *ret, struct hm_err *err)
{
	const char *p = bytes, *end = p + len;
	struct hm_hv hv = { .data = { "" } };

	assert(ret && n && n <= HM_HV_FORMS && (bytes || !len));
	if (!len)
		return hm_err_set(err, -HM_ESILENT, "^HV: no answer at all");
	for (size_t i = 0; i < n; i++) {
		size_t head = strlen(forms[i].header), left = (size_t)(end - p);
		int rc;

		if (left < head && !memcmp(p, forms[i].header, left))
			return hm_err_set(err, -HM_ENO_TERMINATOR, "^HV: the answer is cut");
		if (left < head || memcmp(p, forms[i].header, head))
			return hm_err_set(err, -HM_EBAD_FORMAT, "^HV: an answer with another header");
		p += head;
		rc = take_number(&p, end, &forms[i], hv.data[i], err);
		if (rc)
			return rc;
	}
	if (p != end && forms[0].header[0] && *p == forms[0].header[0])
		return hm_err_set(err, -HM_EDUPLICATE, "^HV: the answers of more than one label");
	if (p != end)
		return hm_err_set(err, -HM_EBAD_FORMAT, "^HV: bytes behind the answer");
	*ret = hv;
	return 0;
}
