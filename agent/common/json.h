/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * JSON over jansson, strict: no duplicate member, nothing behind the value, no
 * member that nobody asked for, no number where a text belongs.
 *
 *	struct hm_json_want wants[] = {
 *		{ "product", HM_JSON_TEXT, product, sizeof(product), .required = true },
 *		{ "count", HM_JSON_UINT, &count, 10000 },
 *	};
 *	rc = hm_json_parse(body, len, &value, &err);
 *	rc = rc ?: hm_json_read(value, wants, 2, &err);
 *
 * A member that is absent or null leaves its place as it was.
 */
#ifndef HM_AGENT_JSON_H
#define HM_AGENT_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* 0 with a new reference; -HM_EBAD_JSON and where it went wrong. */
int hm_json_parse(const void *text, size_t len, json_t **ret, struct hm_err *err);

enum hm_json_type {
	HM_JSON_TEXT,	/* char[size], or fewer; no control characters */
	HM_JSON_UINT,	/* uint32_t, 1 ... size */
	HM_JSON_WHOLE,	/* int64_t, 0 ... size */
	HM_JSON_LONG,	/* const char *, borrowed from the value, at most size bytes, any character */
};

struct hm_json_want {
	const char *name;
	enum hm_json_type type;
	void *out;
	size_t size;
	bool required;
};

/* -HM_EBAD_REQUEST: not an object, an unknown member, a missing one, a wrong type. */
int hm_json_read(const json_t *object, const struct hm_json_want *wants, size_t n,
		 struct hm_err *err);

/* Lower-case hexadecimal; null where all bytes are zero. New references. */
json_t *hm_json_hex(const void *bytes, size_t len);
json_t *hm_json_hex_or_null(const void *bytes, size_t len);
/* The text; where it is not UTF-8, with ? for every byte that is not plain ASCII. */
json_t *hm_json_text(const char *text);
/* The text, or null where it is empty. */
json_t *hm_json_text_or_null(const char *text);

/* {"error","why","exit"}: the form of every error. */
json_t *hm_json_error(int rc, const char *why);

void hm_json_free(json_t **value);
#define _cleanup_json_ __attribute__((cleanup(hm_json_free)))

#endif /* HM_AGENT_JSON_H */
