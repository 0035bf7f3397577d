// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Templates and values. The first byte says which: a value in a template that has every
 * kind of slot, which must come out as it went in; or a value, a NUL and any template, where
 * a value may change what a field says and nothing else of the label.
 *
 * sources: provisioning/label/render.c provisioning/label/value.c provisioning/label/zpl.c
 * sources: provisioning/label/zpl_code.c provisioning/label/limits.c provisioning/base/buf.c
 * sources: provisioning/base/error.c provisioning/base/digits.c
 */
#include <errno.h>

#include "fuzz.h"
#include "label/label.h"
#include "label/zpl.h"

#define VALUE_MAX 200

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static const char every[] =
	"^XA^FO1,1^FH_^FD{{x}}^FS^FO1,1^FB90^FH_^FD{{x}}^FS^BXN,5,200,,,,@^FH_^FD{{x}}^FS^BXN,5,200,,,,\x22^FH_^FD{{x|controls}}^FS"
	"^BCN,50^FH_^FD>:{{x}}^FS^BQN,2,4^FH_^FDQA,{{x}}^FS^FO1,1^FH_^FD_5E{{x}}{{x|upper}}^FS^XZ";

static int render(const char *tpl, size_t len, const char *value, struct hm_buf *out)
{
	const struct hm_label_field f[] = { { "x", value }, { "gtin", "09521234543213" }, { "made", "2026-11-22" } };
	struct hm_err err = { "" };
	int rc = hm_label_render(tpl, len, f, 3, out, &err);

	FZ_CHECK(!rc || (err.text[0] && !out->len) || rc == -E2BIG || rc == -ENOMEM, "%d", rc);
	return rc;
}

/* A value's own text, the backslashes of ^FB undone. */
static void undo_block(const char *s, char *out)
{
	for (; *s; s++) {
		s += *s == '\\' && s[1] == '\\';
		*out++ = *s;
	}
	*out = '\0';
}

static void everywhere(const char *value)
{
	_cleanup_buf_ struct hm_buf out = HM_BUF_INIT(100000);
	char read[2 * VALUE_MAX + 2];
	struct hm_zpl_code128 code;
	struct hm_zpl_label *l;
	size_t n, len = strlen(value);
	bool gs1;

	if (render(every, sizeof(every) - 1, value, &out))
		return;
	FZ_CHECK(!hm_zpl_read(hm_buf_str(&out), out.len, &l), "%s", hm_buf_str(&out));
	FZ_CHECK(l->n_fields == 7 && !l->n_rfid && !l->n_verify && l->quantity == 1, "%s", hm_buf_str(&out));
	FZ_CHECK(!strcmp(l->fields[0].data, value), "%s", hm_buf_str(&out));
	undo_block(l->fields[1].data, read);
	FZ_CHECK(!strcmp(read, value), "%s", read);
	for (int i = 2; i < 4; i++)
		FZ_CHECK(!hm_zpl_datamatrix_data(&l->fields[i], read, sizeof(read), &n, &gs1) && !gs1 && n == len &&
			 !memcmp(read, value, n), "%s", l->fields[i].data);
	FZ_CHECK(!hm_zpl_code128_data(&l->fields[4], read, sizeof(read), &code) && !code.gs1 && code.len == len &&
		 !memcmp(read, value, len), "%s", l->fields[4].data);
	FZ_CHECK(!strcmp(l->fields[5].data + 3, value), "%s", l->fields[5].data);
	FZ_CHECK(l->fields[6].data[0] == '^' && l->fields[6].len == 2 * len + 1, "%s", l->fields[6].data);
	hm_zpl_label_free(l);
}

static size_t count(const struct hm_buf *b, char c)
{
	size_t n = 0;

	for (size_t i = 0; i < b->len; i++)
		n += b->data[i] == (uint8_t)c;
	return n;
}

static void same_label(const struct hm_buf *a, const struct hm_buf *b)
{
	struct hm_zpl_label *one = NULL, *two = NULL;
	int rc = hm_zpl_read(hm_buf_str(a), a->len, &one), rc2 = hm_zpl_read(hm_buf_str(b), b->len, &two);

	FZ_CHECK(!rc == !rc2, "%d %d: %s", rc, rc2, hm_buf_str(b));
	if (!rc) {
		FZ_CHECK(one->n_fields == two->n_fields && one->n_rfid == two->n_rfid && one->n_verify == two->n_verify &&
			 one->quantity == two->quantity && one->unknown == two->unknown &&
			 one->width == two->width && one->rfid_tries == two->rfid_tries, "%s", hm_buf_str(b));
		for (size_t i = 0; i < one->n_fields; i++)
			FZ_CHECK(one->fields[i].kind == two->fields[i].kind && one->fields[i].x == two->fields[i].x &&
				 one->fields[i].module == two->fields[i].module, "%s", hm_buf_str(b));
	}
	hm_zpl_label_free(one);
	hm_zpl_label_free(two);
}

static void any_template(const char *value, const char *tpl, size_t len)
{
	_cleanup_buf_ struct hm_buf one = HM_BUF_INIT(4 * HM_TEMPLATE_MAX), two = HM_BUF_INIT(4 * HM_TEMPLATE_MAX);
	size_t end;

	if (render(tpl, len, "12", &one) || render(tpl, len, value, &two))
		return;
	FZ_CHECK(two.len >= 6 && !memcmp(two.data, "^XA", 3), "%s", hm_buf_str(&two));
	for (end = two.len; end && strchr("\r\n", two.data[end - 1]); end--)
		;
	FZ_CHECK(end >= 6 && !memcmp(two.data + end - 3, "^XZ", 3), "%s", hm_buf_str(&two));
	FZ_CHECK(count(&one, '^') == count(&two, '^') && !count(&two, '~'), "%s", hm_buf_str(&two));
	for (size_t i = 0; i < two.len; i++)
		FZ_CHECK((two.data[i] >= 0x20 && two.data[i] < 0x7f) || two.data[i] == '\n' || two.data[i] == '\r', "%zu", i);
	one.len = end - two.len + one.len;
	two.len = end;
	same_label(&one, &two);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	const size_t len = size ? size - 1 : 0;
	char *text = malloc(len + 1), *nul;

	FZ_CHECK(text, "memory");
	if (len)
		memcpy(text, input + 1, len);
	text[len] = '\0';
	nul = memchr(text, '\0', len + 1);
	if (nul - text < VALUE_MAX) {
		if (!size || input[0] % 2)
			everywhere(text);
		else if (nul < text + len)
			any_template(text, nul + 1, (size_t)(text + len - nul - 1));
	}
	free(text);
	return 0;
}
