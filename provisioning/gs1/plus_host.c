// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gs1/plus_host.h"

#include <assert.h>

#include "base/host.h"

/* Table A: one unit each */
static const struct {
	uint8_t unit;
	char text[5];
} pieces[] = {
	{ 0x1e, "qr." }, { 0x1f, "www." }, { 0x20, "id." }, { 0x5b, ".com" }, { 0x5c, ".org" }, { 0x5d, ".net" },
	{ 0x5e, ".int" }, { 0x60, ".edu" }, { 0x7b, ".gov" }, { 0x7c, ".mil" }, { 0x7d, ".biz" }, { 0x7e, ".eco" },
	{ 0x7f, ".med" },
};
#define PIECES (sizeof(pieces) / sizeof(pieces[0]))

/* Tables B1 and B2: behind units 0 and 1, countries by their two letters */
static const char *const countries[] = {
	"acadaeafagaialamaoaqarasatauawaxazbabbbdbebfbgbhbibjbmbnbobqbrbsbtbwbybzcacccdcfcgchcickclcmcncocrcucvcwcxcy"
	"czdedjdkdmdodzeceeegehereseteufifjfkfmfofrgagdgegfggghgiglgmgngpgqgrgsgtgugwgyhkhmhnhrhthuidieiliminioiqir"
	"isitjejmjojpkekgkhkikmknkpkrkwkykzlalblcli",
	"lklrlsltlulvlymamcmdmemgmhmkmlmmmnmompmqmrmsmtmumvmwmxmymznancnenfngninlnonpnrnunzompapepfpgphpkplpmpnprpsptpw"
	"pyqarerorsrurwsasbscsdsesgshsiskslsmsnsrssstsusvsxsysztctdtftgthtjtktltmtntotrtttvtwtzuaugusuyuzvavcvevgvivn"
	"vuwfwsyeytzazmzw",
};

/* Tables B3 and B4: behind units 2 and 3 */
static const char compounds[][8] = {
	".com.au", ".net.au", ".org.au", ".co.at", ".com.bd", ".co.bd", ".com.br", ".net.br", ".co.nz", ".com.ng",
	".com.pk", ".co.in", ".com.in", ".co.il", ".co.jp", ".co.za", ".co.kr", ".com.es", ".com.lk", ".co.th", ".co.tt",
	".com.tt", ".com.tr", ".biz.tr", ".com.ua", ".co.uk", ".co.zm", ".com.zm", ".com.cn", ".org.cn", ".net.cn",
	".gov.cn",
};
#define COMPOUNDS (sizeof(compounds) / sizeof(compounds[0]))
#define TECH ".tech"

/* How a place of the name goes on in the fewest units. */
struct step {
	uint8_t len, units;
	uint8_t unit[2];
	uint8_t rest;		/* units from here to the end */
};

static bool starts(const char *p, size_t len, const char *with)
{
	size_t n = strlen(with);

	return n <= len && !memcmp(p, with, n);
}

/* @s, if it leaves fewer units than @best or as many with more of the name. */
static void try(struct step *best, const struct step *behind, size_t len, unsigned int units, unsigned int first,
		unsigned int second)
{
	struct step s = { (uint8_t)len, (uint8_t)units, { (uint8_t)first, (uint8_t)second },
			  (uint8_t)(units + behind[len].rest) };

	if (s.rest < best->rest || (s.rest == best->rest && s.len > best->len))
		*best = s;
}

static void try_country(struct step *best, const struct step *here, const char *p, size_t len)
{
	if (len < 3 || *p != '.')
		return;
	for (unsigned int t = 0; t < 2; t++)
		for (unsigned int i = 0; countries[t][2 * i]; i++)
			if (!memcmp(p + 1, countries[t] + 2 * i, 2))
				try(best, here, 3, 2, t, i);
}

/* From behind, so that what follows is known. Between equals the longer piece comes first. */
static void plan(const char *host, size_t len, struct step steps[PLUS_HOST_MAX + 1])
{
	steps[len] = (struct step){ .rest = 0 };
	for (size_t i = len; i--;) {
		struct step best = { .rest = UINT8_MAX }, *here = &steps[i];
		const char *p = host + i;

		try(&best, here, 1, 1, (uint8_t)*p, 0);
		for (unsigned int k = 0; k < PIECES; k++)
			if (starts(p, len - i, pieces[k].text))
				try(&best, here, strlen(pieces[k].text), 1, pieces[k].unit, 0);
		try_country(&best, here, p, len - i);
		for (unsigned int k = 0; k < COMPOUNDS; k++)
			if (starts(p, len - i, compounds[k]))
				try(&best, here, strlen(compounds[k]), 2, 2, k);
		if (starts(p, len - i, TECH))
			try(&best, here, strlen(TECH), 2, 3, 0);
		*here = best;
	}
}

static bool is_host_char(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' ||
	       c == '_' || c == ':';
}

int plus_put_host(struct hm_bits *b, const char *host, size_t len)
{
	struct step steps[PLUS_HOST_MAX + 1];
	unsigned int bits, groups = 16 * (unsigned int)((len + 2) / 3);
	bool small = false;

	if (!len)
		return -HM_EEMPTY;
	for (size_t i = 0; i < len; i++) {
		if (!is_host_char((uint8_t)host[i]))
			return -HM_EBAD_CHAR;
		small = small || (host[i] >= 'a' && host[i] <= 'z') || host[i] == '_';
	}
	if (len > PLUS_HOST_MAX)
		return -HM_ETOO_LONG;
	if (!hm_host_port(host, len))
		return -HM_EBAD_URI;
	plan(host, len, steps);
	small = small || groups > 7u * steps[0].rest;
	bits = small ? 7u * steps[0].rest : groups;
	if (b->n + 7 + bits > HM_EPC_BITS_MAX)
		return -HM_ETOO_LONG;
	plus_put(b, 1, small);
	plus_put(b, 6, small ? steps[0].rest : len);
	if (!small)
		plus_put_code40(b, host, len);
	for (size_t i = 0; small && i < len; i += steps[i].len)
		for (unsigned int k = 0; k < steps[i].units; k++)
			plus_put(b, 7, steps[i].unit[k]);
	return 0;
}

/* What one unit, or two, stand for; NULL for nothing. */
static const char *piece(unsigned int first, unsigned int second, char text[4])
{
	if (first < 2) {
		if (second >= strlen(countries[first]) / 2)
			return NULL;
		text[0] = '.';
		memcpy(text + 1, countries[first] + 2 * second, 2);
		text[3] = '\0';
		return text;
	}
	if (first == 2)
		return second < COMPOUNDS ? compounds[second] : NULL;
	if (first == 3)
		return second ? NULL : TECH;
	for (unsigned int k = 0; k < PIECES; k++)
		if (pieces[k].unit == first)
			return pieces[k].text;
	text[0] = (char)first;
	text[1] = '\0';
	return is_host_char((uint8_t)first) ? text : NULL;
}

static int take_units(struct plus_reader *r, unsigned int units, char *out, size_t *ret_len)
{
	size_t n = 0;

	while (units--) {
		uint64_t first, second = 0;
		const char *text;
		char buf[4];
		int rc = plus_take(r, 7, &first);

		if (!rc && first <= 3)
			rc = units-- ? plus_take(r, 7, &second) : -HM_EBAD_LENGTH;
		if (rc)
			return rc;
		text = piece((unsigned int)first, (unsigned int)second, buf);
		if (!text)
			return -HM_EBAD_CHAR;
		if (n + strlen(text) > PLUS_HOST_MAX)
			return -HM_ETOO_LONG;
		memcpy(out + n, text, strlen(text));
		n += strlen(text);
	}
	*ret_len = n;
	return 0;
}

int plus_take_host(struct plus_reader *r, char out[PLUS_HOST_MAX + 1])
{
	uint64_t in_units = 0, len = 0;
	size_t n = 0;
	int rc = plus_take(r, 1, &in_units);

	rc = rc ? rc : plus_take(r, 6, &len);
	if (rc)
		return rc;
	if (!len)
		return -HM_EEMPTY;
	n = (size_t)len;
	rc = in_units ? take_units(r, (unsigned int)len, out, &n) : plus_take_code40(r, n, out);
	if (rc)
		return rc;
	assert(n <= PLUS_HOST_MAX);
	if (!hm_host_port(out, n))
		return -HM_EBAD_URI;
	out[n] = '\0';
	return 0;
}
