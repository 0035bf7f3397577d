// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/common/json.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"

void hm_json_free(json_t **value)
{
	json_decref(*value);
	*value = NULL;
}

int hm_json_parse(const void *text, size_t len, json_t **ret, struct hm_err *err)
{
	json_error_t e;
	json_t *v = json_loadb(text, len, JSON_REJECT_DUPLICATES, &e);

	if (!v)
		return hm_err_set(err, -HM_EBAD_JSON, "JSON, line %d, column %d: %s", e.line,
				  e.column, e.text);
	*ret = v;
	return 0;
}

static int read_text(const struct hm_json_want *w, const json_t *v, struct hm_err *err)
{
	const char *text = json_string_value(v);
	size_t n = json_string_length(v);

	if (!text)
		return hm_err_set(err, -HM_EBAD_REQUEST, "%s is not a text", w->name);
	if (w->type == HM_JSON_LONG) {
		if (n > w->size)
			return hm_err_set(err, -HM_EBAD_REQUEST, "%s has more than %zu bytes",
					  w->name, w->size);
		*(const char **)w->out = text;
		return 0;
	}
	if (n >= w->size)
		return hm_err_set(err, -HM_EBAD_REQUEST, "%s has more than %zu bytes", w->name,
				  w->size - 1);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return hm_err_set(err, -HM_EBAD_REQUEST, "%s holds a control character",
					  w->name);
	memcpy(w->out, text, n + 1);
	return 0;
}

static int read_uint(const struct hm_json_want *w, const json_t *v, struct hm_err *err)
{
	json_int_t n, least = w->type == HM_JSON_UINT;

	if (!json_is_integer(v))
		return hm_err_set(err, -HM_EBAD_REQUEST, "%s is not a whole number", w->name);
	n = json_integer_value(v);
	if (n < least || (uint64_t)n > w->size)
		return hm_err_set(err, -HM_EBAD_REQUEST, "%s is a number from %d to %zu", w->name,
				  (int)least, w->size);
	if (w->type == HM_JSON_UINT)
		*(uint32_t *)w->out = (uint32_t)n;
	else
		*(int64_t *)w->out = n;
	return 0;
}

static int no_others(const json_t *object, const struct hm_json_want *wants, size_t n,
		     struct hm_err *err)
{
	const char *name;
	json_t *v;

	json_object_foreach((json_t *)object, name, v) {
		size_t i = 0;

		while (i < n && strcmp(wants[i].name, name))
			i++;
		if (i == n)
			return hm_err_set(err, -HM_EBAD_REQUEST, "unknown member %.60s", name);
	}
	return 0;
}

int hm_json_read(const json_t *object, const struct hm_json_want *wants, size_t n,
		 struct hm_err *err)
{
	int rc;

	if (!json_is_object(object))
		return hm_err_set(err, -HM_EBAD_REQUEST, "an object is expected");
	rc = no_others(object, wants, n, err);
	for (size_t i = 0; i < n && !rc; i++) {
		const json_t *v = json_object_get(object, wants[i].name);

		if (!v || json_is_null(v)) {
			if (wants[i].required)
				rc = hm_err_set(err, -HM_EBAD_REQUEST, "%s is missing", wants[i].name);
			continue;
		}
		rc = wants[i].type == HM_JSON_UINT || wants[i].type == HM_JSON_WHOLE ?
			     read_uint(&wants[i], v, err) : read_text(&wants[i], v, err);
	}
	return rc;
}

json_t *hm_json_hex(const void *bytes, size_t len)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(1u << 20);

	return hm_buf_hex(&b, bytes, len) ? NULL : json_stringn(hm_buf_str(&b), b.len);
}

json_t *hm_json_hex_or_null(const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	for (size_t i = 0; i < len; i++)
		if (p[i])
			return hm_json_hex(bytes, len);
	return json_null();
}

json_t *hm_json_text(const char *text)
{
	json_t *v = json_string(text);
	char clean[512];
	size_t i;

	if (v)
		return v;
	/* what a device said may be quoted in there: JSON wants UTF-8, so ASCII it is */
	for (i = 0; text[i] && i < sizeof(clean) - 1; i++)
		clean[i] = text[i] >= 0x20 && text[i] < 0x7f ? text[i] : '?';
	clean[i] = '\0';
	return json_string(clean);
}

json_t *hm_json_text_or_null(const char *text)
{
	return text[0] ? hm_json_text(text) : json_null();
}

json_t *hm_json_error(int rc, const char *why)
{
	return json_pack("{s:s, s:o, s:i}", "error", hm_error_name(rc), "why", hm_json_text(why),
			 "exit", hm_error_exit(rc));
}
