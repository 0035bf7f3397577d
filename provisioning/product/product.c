// SPDX-License-Identifier: LGPL-2.1-or-later
#include "product/product.h"

#include <assert.h>
#include <ini.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/digits.h"

enum key {
	KEY_NAME, KEY_GTIN, KEY_COMPANY_PREFIX, KEY_PART_NUMBER, KEY_MANUFACTURER, KEY_DESCRIPTION,
	KEY_IAC, KEY_CIN, KEY_LINK, KEY_PATTERN, KEY_FIRST, KEY_LAST, KEY_GUESS_ODDS, KEY_POOL,
	KEY_MAC_PREFIX, KEY_MAC_FIRST, KEY_MAC_LAST, KEY_MAC_POOL, KEY_MAC_BITS, KEY_MAC_COUNT,
	KEY_SCHEME, KEY_FILTER, KEY_TEMPLATE,
	KEY_ELEMENTS, KEY_IDENTIFIERS, KEY_SHELF_LIFE, KEY_CARRIER, KEY_EEPROM_SIZE, KEY_BINDING, N_KEYS,
};

static const struct key_row {
	const char *section, *name;
	bool optional;
} rows[N_KEYS] = {
	[KEY_NAME]		= { "product", "name", false },
	[KEY_GTIN]		= { "product", "gtin", false },
	[KEY_COMPANY_PREFIX]	= { "product", "company_prefix", false },
	[KEY_PART_NUMBER]	= { "product", "part_number", false },
	[KEY_MANUFACTURER]	= { "product", "manufacturer", false },
	[KEY_DESCRIPTION]	= { "product", "description", true },
	[KEY_IAC]		= { "product", "iac", true },
	[KEY_CIN]		= { "product", "cin", true },
	[KEY_LINK]		= { "product", "link", true },
	[KEY_PATTERN]		= { "serial", "pattern", true },	/* check_serial() */
	[KEY_FIRST]		= { "serial", "first", true },
	[KEY_LAST]		= { "serial", "last", true },
	[KEY_GUESS_ODDS]	= { "serial", "guess_odds", true },
	[KEY_POOL]		= { "serial", "pool", true },
	[KEY_MAC_PREFIX]	= { "mac", "prefix", true },		/* check_mac() */
	[KEY_MAC_FIRST]		= { "mac", "first", true },
	[KEY_MAC_LAST]		= { "mac", "last", true },
	[KEY_MAC_POOL]		= { "mac", "pool", true },
	[KEY_MAC_BITS]		= { "mac", "bits", true },
	[KEY_MAC_COUNT]		= { "mac", "count", true },
	[KEY_SCHEME]		= { "epc", "scheme", false },
	[KEY_FILTER]		= { "epc", "filter", true },		/* check_epc() */
	[KEY_TEMPLATE]		= { "label", "template", false },
	[KEY_ELEMENTS]		= { "label", "elements", true },
	[KEY_IDENTIFIERS]	= { "label", "identifiers", true },
	[KEY_SHELF_LIFE]	= { "label", "shelf_life", true },
	[KEY_CARRIER]		= { "record", "carrier", false },
	[KEY_EEPROM_SIZE]	= { "record", "eeprom_size", false },
	[KEY_BINDING]		= { "identity", "binding", false },
};

/* In the order of the file format's description; a bit each in reader.sections. */
static const char *const sections[] = { "product", "serial", "mac", "epc", "label", "record", "identity" };
#define SECTION_MAC 2
#define N_SECTIONS (sizeof(sections) / sizeof(sections[0]))

struct reader {
	const char *at, *end;
	unsigned int line;
	unsigned int line_of[N_KEYS];	/* 0: not seen yet */
	unsigned int section_seen;
	bool failed;
	struct hm_product p;
	struct hm_err *err;
};

/* Only the first failure is told: what follows it may be its consequence. */
static int fail(struct reader *r, unsigned int line, const char *section, const char *key, const char *why)
{
	if (!r->failed) {
		if (key)
			hm_err_set(r->err, -HM_EBAD_PRODUCT, "product file line %u: [%s] %s: %s", line, section,
				   key, why);
		else if (section)
			hm_err_set(r->err, -HM_EBAD_PRODUCT, "product file line %u: [%s]: %s", line, section, why);
		else
			hm_err_set(r->err, -HM_EBAD_PRODUCT, "product file line %u: %s", line, why);
	}
	r->failed = true;
	return -HM_EBAD_PRODUCT;
}

/* --- values --- */

static const char *set_text(char *out, size_t size, const char *value)
{
	size_t len = strlen(value);

	if (!len)
		return "nothing where something is needed";
	if (len >= size)
		return "too long";
	for (size_t i = 0; i < len; i++)
		if (value[i] < ' ' || value[i] > '~')
			return "printable ASCII only";
	memcpy(out, value, len + 1);
	return NULL;
}

static const char *set_word(char *out, size_t size, const char *value, const char *set)
{
	if (value[strspn(value, set)])
		return "a character that is not allowed here";
	if (*value == '.' || *value == '-')
		return "it begins with a letter or a digit";
	return set_text(out, size, value);
}

static const char *set_number(uint64_t *out, uint64_t max, const char *value)
{
	int rc = hm_digits_value(value, strlen(value), max, out);

	if (rc == -HM_EOVERFLOW)
		return "too large";
	if (rc)
		return "a decimal number is needed";
	return value[0] == '0' && value[1] ? "a number without leading zeros is needed" : NULL;
}

static const char *set_odds(uint64_t *out, const char *value)
{
	const char *why = set_number(out, UINT64_MAX - 1, value);

	return why ? why : *out < 2 ? "one success in so many tries: 2 or more" : NULL;
}

static const char *set_gtin(char out[15], const char *value)
{
	if (strlen(value) != 14 || !hm_digits(value, 14))
		return "a GTIN has 14 digits";
	if (hm_mod10(value, 13) != value[13])
		return "the check digit does not fit";
	memcpy(out, value, 15);
	return NULL;
}

static const char *set_company_prefix(char out[13], const char *value)
{
	size_t len = strlen(value);

	if (len < 6 || len > 12 || !hm_digits(value, len))
		return "a company prefix has 6 to 12 digits";
	memcpy(out, value, len + 1);
	return NULL;
}

static const char *set_eeprom_size(uint32_t *out, const char *value)
{
	uint64_t v;
	const char *why = set_number(&v, UINT32_MAX, value);

	if (why)
		return why;
	if (v < 256 || v > 65536 || v & (v - 1))
		return "a power of two from 1024 (cwt: 256) to 65536 is needed";
	*out = (uint32_t)v;
	return NULL;
}

static const char *set_filter(uint32_t *out, const char *value)
{
	uint64_t v;
	const char *why = set_number(&v, UINT32_MAX, value);

	if (why)
		return why;
	if (v > 7)
		return "a filter value is 0 to 7";
	*out = (uint32_t)v;
	return NULL;
}

static const char *const schemes[] = {
	[HM_PRODUCT_NO_EPC]	= "none",
	[HM_PRODUCT_SGTIN_96]	= "sgtin-96",
	[HM_PRODUCT_SGTIN_198]	= "sgtin-198",
	[HM_PRODUCT_SGTIN_PLUS]	= "sgtin+",
};

static const char *set_scheme(enum hm_product_epc *out, const char *value)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (strcmp(value, schemes[i]))
			continue;
		*out = (enum hm_product_epc)i;
		return NULL;
	}
	return "none, sgtin-96, sgtin-198 or sgtin+ is needed";
}

static const char *set_bits(uint32_t *out, const char *value)
{
	if (strcmp(value, "48") && strcmp(value, "64"))
		return "48 or 64 is needed";
	*out = value[0] == '4' ? 48 : 64;
	return NULL;
}

static const char *set_count(uint32_t *out, const char *value)
{
	uint64_t v;
	const char *why = set_number(&v, UINT32_MAX, value);

	if (why)
		return why;
	if (v < 1 || v > HM_MACS_MAX)
		return "1 to 256 addresses a unit";
	*out = (uint32_t)v;
	return NULL;
}

static const char *set_binding(enum hm_binding *out, const char *value)
{
	if (!strcmp(value, "tpm"))
		*out = HM_BINDING_TPM;
	else if (!strcmp(value, "none"))
		*out = HM_BINDING_NONE;
	else if (!strcmp(value, "station"))
		return "station bindings are not issued by this version";
	else
		return "tpm or none is needed";
	return NULL;
}

static const char *set_carrier(char out[9], const char *value)
{
	if (strcmp(value, "onie-tlv") && strcmp(value, "ipmi-fru") && strcmp(value, "cwt"))
		return "a value that this version does not know";
	strcpy(out, value);
	return NULL;
}

#define LOWER	"abcdefghijklmnopqrstuvwxyz"
#define UPPER	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS	"0123456789"

/* Words with a blank between them; what they mean is for others. */
static const char *set_list(char *out, size_t size, const char *value)
{
	if (value[strspn(value, UPPER DIGITS " ")] || strstr(value, "  "))
		return "words of A-Z 0-9 with one blank between them are needed";
	return set_text(out, size, value);
}

/* "730d", "24m", "2y": at most fifty years */
static const char *set_shelf_life(struct hm_product *p, const char *value)
{
	size_t n = strspn(value, DIGITS);
	char number[8];
	const char *why;
	uint64_t v, max;

	if (!n || n >= sizeof(number) || !value[n] || value[n + 1] || !strchr("dmy", value[n]))
		return "a number and d, m or y are needed: days, months, years";
	memcpy(number, value, n);
	number[n] = '\0';
	max = value[n] == 'd' ? 18262 : value[n] == 'm' ? 600 : 50;
	why = set_number(&v, max, number);
	if (why || !v)
		return why ? why : "nothing would be left of it";
	p->shelf_life = (uint32_t)v;
	p->shelf_life_unit = value[n];
	return NULL;
}

static const char *set(struct hm_product *p, enum key key, const char *value)
{
	switch (key) {
	case KEY_NAME:
		return set_word(p->name, sizeof(p->name), value, LOWER DIGITS "._-");
	case KEY_GTIN:
		return set_gtin(p->gtin, value);
	case KEY_COMPANY_PREFIX:
		return set_company_prefix(p->company_prefix, value);
	case KEY_PART_NUMBER:
		return set_text(p->part_number, sizeof(p->part_number), value);
	case KEY_MANUFACTURER:
		return set_text(p->manufacturer, sizeof(p->manufacturer), value);
	case KEY_DESCRIPTION:
		return set_text(p->description, sizeof(p->description), value);
	case KEY_IAC:
		return set_word(p->iac, sizeof(p->iac), value, UPPER DIGITS);
	case KEY_CIN:
		return set_word(p->cin, sizeof(p->cin), value, UPPER DIGITS);
	case KEY_LINK:
		return set_text(p->link, sizeof(p->link), value);
	case KEY_PATTERN:
		return set_text(p->pattern, sizeof(p->pattern), value);
	case KEY_FIRST:
		return set_number(&p->first, UINT64_MAX - 1, value);
	case KEY_LAST:
		return set_number(&p->last, UINT64_MAX - 1, value);
	case KEY_GUESS_ODDS:
		return set_odds(&p->guess_odds, value);
	case KEY_POOL:
		return set_word(p->pool, sizeof(p->pool), value, LOWER DIGITS "._-");
	case KEY_MAC_PREFIX:
		return set_word(p->mac_prefix, sizeof(p->mac_prefix), value, UPPER LOWER DIGITS ":-");
	case KEY_MAC_FIRST:
		return set_number(&p->mac_first, UINT64_MAX - 1, value);
	case KEY_MAC_LAST:
		return set_number(&p->mac_last, UINT64_MAX - 1, value);
	case KEY_MAC_POOL:
		return set_word(p->mac_pool, sizeof(p->mac_pool), value, LOWER DIGITS "._-");
	case KEY_MAC_BITS:
		return set_bits(&p->mac_bits, value);
	case KEY_MAC_COUNT:
		return set_count(&p->mac_count, value);
	case KEY_SCHEME:
		return set_scheme(&p->epc_scheme, value);
	case KEY_FILTER:
		return set_filter(&p->epc_filter, value);
	case KEY_TEMPLATE:
		return set_word(p->template_name, sizeof(p->template_name), value, LOWER UPPER DIGITS "._-");
	case KEY_ELEMENTS:
		return set_list(p->elements, sizeof(p->elements), value);
	case KEY_IDENTIFIERS:
		return set_list(p->identifiers, sizeof(p->identifiers), value);
	case KEY_SHELF_LIFE:
		return set_shelf_life(p, value);
	case KEY_CARRIER:
		return set_carrier(p->carrier, value);
	case KEY_EEPROM_SIZE:
		return set_eeprom_size(&p->eeprom_size, value);
	case KEY_BINDING:
		return set_binding(&p->binding, value);
	case N_KEYS:
		break;
	}
	return "an unknown key";
}

/* --- the file --- */

/* inih says nothing of a section without keys; we do. */
static void check_section(struct reader *r, const char *line, size_t len)
{
	const char *close = memchr(line, ']', len);
	size_t n = close ? (size_t)(close - line) - 1 : 0;

	for (size_t i = 0; i < N_SECTIONS; i++) {
		if (strlen(sections[i]) != n || memcmp(line + 1, sections[i], n))
			continue;
		if (r->section_seen & 1u << i)
			fail(r, r->line, sections[i], NULL, "a section twice");
		r->section_seen |= 1u << i;
		return;
	}
	fail(r, r->line, NULL, NULL, close ? "an unknown section" : "a section without its ]");
}

/* White space, and then something. */
static bool indented(const char *line, size_t len)
{
	size_t i = 0;

	while (i < len && strchr(" \t\r\n", line[i]))
		i++;
	return i > 0 && i < len;
}

/*
 * inih asks for the next line. It would cut long ones in silence and does not tell
 * line numbers, so lines are counted and measured here.
 */
static char *next_line(char *out, int size, void *ctx)
{
	struct reader *r = ctx;
	const char *nl;
	size_t len;

	if (r->at == r->end || r->failed)
		return NULL;
	nl = memchr(r->at, '\n', (size_t)(r->end - r->at));
	len = (size_t)((nl ? nl + 1 : r->end) - r->at);
	r->line++;
	if (len >= (size_t)size) {
		fail(r, r->line, NULL, NULL, "longer than a line may be");
		return NULL;
	}
	/* to inih an indented line goes on with the value of the line before it */
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)r->at[i];

		if ((c < ' ' && c != '\t' && c != '\r' && c != '\n') || c == 0x7f) {
			fail(r, r->line, NULL, NULL, "a control character");
			return NULL;
		}
	}
	if (indented(r->at, len)) {
		fail(r, r->line, NULL, NULL, "indented");
		return NULL;
	}
	memcpy(out, r->at, len);
	out[len] = '\0';
	r->at += len;
	if (*out == '[')
		check_section(r, out, len);
	return out;
}

static int on_value(void *ctx, const char *section, const char *name, const char *value)
{
	struct reader *r = ctx;
	const char *why;

	if (r->failed)
		return 0;
	if (!*section)
		return !fail(r, r->line, NULL, NULL, "a key before the first section");
	for (size_t i = 0; i < N_KEYS; i++) {
		if (strcmp(rows[i].section, section) || strcmp(rows[i].name, name))
			continue;
		if (r->line_of[i])
			return !fail(r, r->line, section, name, "a key twice");
		r->line_of[i] = r->line;
		why = set(&r->p, (enum key)i, value);
		return why ? !fail(r, r->line, section, name, why) : 1;
	}
	return !fail(r, r->line, section, name, "an unknown key");
}

static int blame(struct reader *r, enum key key, const char *why)
{
	return fail(r, r->line_of[key] ? r->line_of[key] : r->line, rows[key].section, rows[key].name, why);
}

#define MISSING "missing at the end of the file"

/* A pattern with its counters, or a supplied list. */
static int check_serial(struct reader *r)
{
	static const enum key of_pattern[] = { KEY_PATTERN, KEY_FIRST, KEY_LAST, KEY_GUESS_ODDS };

	if (!r->line_of[KEY_POOL]) {
		if (!r->line_of[KEY_PATTERN])
			return blame(r, KEY_PATTERN, MISSING);
		return r->line_of[KEY_FIRST] ? 0 : blame(r, KEY_FIRST, MISSING);
	}
	for (size_t i = 0; i < sizeof(of_pattern) / sizeof(of_pattern[0]); i++)
		if (r->line_of[of_pattern[i]])
			return blame(r, of_pattern[i], "serials come out of a pool");
	return 0;
}

/* A block of the IEEE's, or a supplied list; or no section at all. */
static int check_mac(struct reader *r)
{
	bool prefix = r->line_of[KEY_MAC_PREFIX], pool = r->line_of[KEY_MAC_POOL];
	struct hm_product *p = &r->p;

	if (!(r->section_seen & 1u << SECTION_MAC)) {
		p->mac_count = 0;
		return 0;
	}
	if (prefix == pool)
		return blame(r, KEY_MAC_PREFIX, prefix ? "either prefix or pool" : "prefix or pool is needed");
	if (pool && (r->line_of[KEY_MAC_FIRST] || r->line_of[KEY_MAC_LAST]))
		return blame(r, r->line_of[KEY_MAC_FIRST] ? KEY_MAC_FIRST : KEY_MAC_LAST,
			     "addresses come out of a pool");
	if (p->mac_last < p->mac_first)
		return blame(r, KEY_MAC_LAST, "smaller than first");
	return 0;
}

static int check_epc(struct reader *r)
{
	bool filter = r->line_of[KEY_FILTER];

	if (r->p.epc_scheme == HM_PRODUCT_NO_EPC && filter)
		return blame(r, KEY_FILTER, "there is no EPC that it could be of");
	if (r->p.epc_scheme != HM_PRODUCT_NO_EPC && !filter)
		return blame(r, KEY_FILTER, MISSING);
	return 0;
}

/* What only makes sense together. */
static int check_whole(struct reader *r)
{
	for (size_t i = 0; i < N_KEYS; i++)
		if (!r->line_of[i] && !rows[i].optional)
			return blame(r, (enum key)i, MISSING);
	if (check_serial(r) || check_mac(r) || check_epc(r))
		return -HM_EBAD_PRODUCT;
	if (memcmp(r->p.gtin + 1, r->p.company_prefix, strlen(r->p.company_prefix)))
		return fail(r, r->line_of[KEY_COMPANY_PREFIX], "product", "company_prefix",
			    "it is not the one in the GTIN");
	if (r->p.eeprom_size < 1024 && strcmp(r->p.carrier, "cwt"))
		return fail(r, r->line_of[KEY_EEPROM_SIZE], "record", "eeprom_size",
			    "a power of two from 1024 (cwt: 256) to 65536 is needed");
	if (r->p.last < r->p.first)
		return fail(r, r->line_of[KEY_LAST], "serial", "last", "smaller than first");
	if (!r->p.iac[0] != !r->p.cin[0])
		return fail(r, r->line_of[r->p.iac[0] ? KEY_IAC : KEY_CIN], "product", r->p.iac[0] ? "iac" : "cin",
			    "iac and cin go together");
	/* a counter's next serial is known, whatever odds are asked for */
	if (r->p.guess_odds && !strstr(r->p.pattern, "{r:"))
		return fail(r, r->line_of[KEY_GUESS_ODDS], "serial", "guess_odds",
			    "it needs an unguessable counter, {r:WIDTH}");
	return 0;
}

int hm_product_parse(const void *bytes, size_t len, struct hm_product *ret, struct hm_err *err)
{
	struct reader r = {
		.at = bytes, .end = (const char *)bytes + len, .err = err, .p = { .last = UINT64_MAX, .mac_last = UINT64_MAX, .mac_bits = 48, .mac_count = 1 },
	};
	int line;

	assert(ret && (bytes || !len));
	if (len > HM_PRODUCT_FILE_MAX)
		return hm_err_set(err, -HM_EBAD_PRODUCT, "product file: larger than %u bytes", HM_PRODUCT_FILE_MAX);
	if (!len)
		return hm_err_set(err, -HM_EBAD_PRODUCT, "product file: it is empty");
	line = ini_parse_stream(next_line, &r, on_value, &r);
	if (!r.failed && line > 0)
		fail(&r, (unsigned int)line, NULL, NULL, "neither a section nor KEY = VALUE");
	if (!r.failed && line < 0)
		fail(&r, r.line, NULL, NULL, "it cannot be read");
	if (r.failed || check_whole(&r))
		return -HM_EBAD_PRODUCT;
	*ret = r.p;
	return 0;
}

const char *hm_product_epc_name(enum hm_product_epc scheme)
{
	assert((size_t)scheme < sizeof(schemes) / sizeof(schemes[0]));
	return schemes[scheme];
}

const char *hm_binding_name(enum hm_binding b)
{
	switch (b) {
	case HM_BINDING_TPM:
		return "tpm";
	case HM_BINDING_STATION:
		return "station";
	case HM_BINDING_NONE:
		break;
	}
	return "none";
}
