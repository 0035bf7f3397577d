// SPDX-License-Identifier: LGPL-2.1-or-later
#include "serial/list.h"

#include <assert.h>
#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "serial/eui.h"
#include "serial/serial.h"

static const struct {
	const char *name;
	enum hm_list_kind kind;
} heads[] = {
	{ "serial", HM_LIST_SERIAL }, { "mac", HM_LIST_EUI48 }, { "eui48", HM_LIST_EUI48 },
	{ "eui64", HM_LIST_EUI64 },
};

const char *hm_list_kind_name(enum hm_list_kind kind)
{
	return kind == HM_LIST_SERIAL ? "serial" : kind == HM_LIST_EUI48 ? "mac" : "eui64";
}

void hm_list_free(struct hm_list *l)
{
	free(l->row);
	*l = (struct hm_list)HM_LIST_INIT;
}

struct reader {
	const char *at, *end;
	uint32_t line;
	struct hm_err *err;
};

static int fail(const struct reader *r, uint32_t line, int rc, const char *why)
{
	return hm_err_set(r->err, rc, "line %u: %s", line, why ? why : hm_error_why(rc));
}

/* The next line's one field, without its quotation marks. */
static int next_field(struct reader *r, const char **ret, size_t *ret_len)
{
	const char *p = r->at, *nl = memchr(p, '\n', (size_t)(r->end - p));
	size_t len = (size_t)((nl ? nl : r->end) - p);

	r->at = nl ? nl + 1 : r->end;
	r->line++;
	if (len && p[len - 1] == '\r')
		len--;
	if (!len)
		return fail(r, r->line, -HM_EEMPTY, "empty");
	if (memchr(p, ',', len))
		return fail(r, r->line, -HM_EBAD_CHAR, "a comma, where there is one column");
	if (*p == '"') {
		if (len < 2 || p[len - 1] != '"')
			return fail(r, r->line, -HM_EBAD_CHAR, "a quotation mark that is not closed");
		p++;
		len -= 2;
		if (!len)
			return fail(r, r->line, -HM_EEMPTY, "empty");
	}
	*ret = p;
	*ret_len = len;
	return 0;
}

static int read_head(struct reader *r, enum hm_list_kind *ret)
{
	const char *p;
	size_t len;
	int rc;

	if (r->at == r->end)
		return hm_err_set(r->err, -HM_EEMPTY, "an empty file");
	if (r->end - r->at >= 3 && !memcmp(r->at, "\xef\xbb\xbf", 3))
		return fail(r, 1, -HM_EBAD_FORMAT, "a byte order mark: save the file without one");
	rc = next_field(r, &p, &len);
	if (rc)
		return rc;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (strlen(heads[i].name) == len && !memcmp(heads[i].name, p, len)) {
			*ret = heads[i].kind;
			return 0;
		}
	return fail(r, 1, -HM_EBAD_FORMAT, "a column's name is needed: serial, mac or eui64");
}

static bool serial_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '-' || c == '.' || c == '_';
}

static int read_serial(const struct reader *r, const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!serial_char(p[i]))
			return fail(r, r->line, -HM_EBAD_CHAR, "a serial has A-Z a-z 0-9 - . _");
	if (!isalnum((unsigned char)*p))
		return fail(r, r->line, -HM_EBAD_CHAR, "a serial begins with a letter or a digit");
	if (len > HM_SERIAL_MAX)
		return fail(r, r->line, -HM_ETOO_LONG, "a serial has at most 20 characters");
	return 0;
}

static int read_row(struct reader *r, enum hm_list_kind kind, struct hm_list_row *row)
{
	size_t len;
	int rc = next_field(r, &row->text, &len);

	if (rc)
		return rc;
	row->line = r->line;
	row->len = (uint32_t)len;
	row->eui = 0;
	if (kind == HM_LIST_SERIAL)
		return read_serial(r, row->text, len);
	rc = hm_eui_parse(row->text, len, kind == HM_LIST_EUI48 ? 48 : 64, &row->eui);
	return rc ? fail(r, r->line, rc, NULL) : 0;
}

/* --- entries twice --- */

/* An entry as three numbers that sort, and where it stands. */
struct sorted {
	uint64_t key[3];
	uint32_t line;
};

static int cmp(const void *a, const void *b)
{
	const struct sorted *x = a, *y = b;

	for (int i = 0; i < 3; i++)
		if (x->key[i] != y->key[i])
			return x->key[i] < y->key[i] ? -1 : 1;
	return (x->line > y->line) - (x->line < y->line);
}

/* The first line that repeats one before it. */
static int find_duplicates(const struct reader *r, const struct hm_list *l)
{
	struct sorted *s = calloc(l->n, sizeof(*s)), *first = NULL;

	if (!s)
		return -ENOMEM;
	for (size_t i = 0; i < l->n; i++) {
		char text[24] = "";

		s[i].line = l->row[i].line;
		s[i].key[0] = l->row[i].eui;
		if (l->kind != HM_LIST_SERIAL)
			continue;
		memcpy(text, l->row[i].text, l->row[i].len);
		memcpy(s[i].key, text, sizeof(text));
		for (int k = 0; k < 3; k++)
			s[i].key[k] = be64toh(s[i].key[k]);
	}
	qsort(s, l->n, sizeof(*s), cmp);
	for (size_t i = 1; i < l->n; i++)
		if (!memcmp(s[i].key, s[i - 1].key, sizeof(s->key)) && (!first || s[i].line < first->line))
			first = &s[i];
	if (first)
		(void)hm_err_set(r->err, -HM_EDUPLICATE, "line %u: the same as in line %u", first->line,
				 first[-1].line);
	free(s);
	return first ? -HM_EDUPLICATE : 0;
}

/* Lines that are left; one without an end is one too. */
static size_t count_lines(const struct reader *r)
{
	size_t n = 0;

	for (const char *p = r->at; p < r->end; n++) {
		const char *nl = memchr(p, '\n', (size_t)(r->end - p));

		p = nl ? nl + 1 : r->end;
	}
	return n;
}

int hm_list_parse(const void *bytes, size_t len, struct hm_list *ret, struct hm_err *err)
{
	struct reader r = { .at = bytes, .end = len ? (const char *)bytes + len : bytes, .err = err };
	_cleanup_list_ struct hm_list l = HM_LIST_INIT;
	size_t n;
	int rc = read_head(&r, &l.kind);

	assert(ret);
	if (rc)
		return rc;
	n = count_lines(&r);
	if (!n)
		return fail(&r, 2, -HM_EEMPTY, "no entry behind the column's name");
	if (n > HM_LIST_MAX)
		return hm_err_set(err, -E2BIG, "%zu lines, %u are allowed", n, HM_LIST_MAX);
	l.row = calloc(n, sizeof(*l.row));
	if (!l.row)
		return -ENOMEM;
	for (l.n = 0; l.n < n; l.n++) {
		rc = read_row(&r, l.kind, &l.row[l.n]);
		if (rc)
			return rc;
	}
	rc = find_duplicates(&r, &l);
	if (rc)
		return rc;
	*ret = l;
	l.row = NULL;
	return 0;
}
