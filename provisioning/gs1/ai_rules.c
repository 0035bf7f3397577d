// SPDX-License-Identifier: LGPL-2.1-or-later
/* What one value must satisfy: characters, length, and the rule of each of its parts. */
#include <assert.h>
#include <string.h>

#include "base/digits.h"
#include "gs1/ai_table.h"

enum { IN_X = 1, IN_Y = 2, IN_Z = 4 };

/* AI encodable sets 82 and 39 (GS1 General Specifications 7.11), base64url */
static const uint8_t sets[256] = {
	['0' ... '9'] = IN_X | IN_Y | IN_Z, ['A' ... 'Z'] = IN_X | IN_Y | IN_Z, ['a' ... 'z'] = IN_X | IN_Z,
	['!'] = IN_X, ['"'] = IN_X, ['#'] = IN_Y, ['%'] = IN_X, ['&'] = IN_X, ['\''] = IN_X, ['('] = IN_X,
	[')'] = IN_X, ['*'] = IN_X, ['+'] = IN_X, [','] = IN_X, ['-'] = IN_X | IN_Y | IN_Z, ['.'] = IN_X,
	['/'] = IN_X | IN_Y, [':'] = IN_X, [';'] = IN_X, ['<'] = IN_X, ['='] = IN_X, ['>'] = IN_X, ['?'] = IN_X,
	['_'] = IN_X | IN_Z,
};

/* ISO 3166-1 numeric and alphabetic, ISO 4217 numeric: three (two) characters each, in order */
static const char countries[] =
	"004008010012016020024028031032036040044048050051052056060064068070072074076084086090092096100104108112116120"
	"124132136140144148152156158162166170174175178180184188191192196203204208212214218222226231232233234238239242"
	"246248250254258260262266268270275276288292296300304308312316320324328332334336340344348352356360364368372376"
	"380384388392398400404408410414417418422426428430434438440442446450454458462466470474478480484492496498499500"
	"504508512516520524528531533534535540548554558562566570574578580581583584585586591598600604608612616620624626"
	"630634638642643646652654659660662663666670674678682686688690694702703704705706710716724728729732740744748752"
	"756760762764768772776780784788792795796798800804807818826831832833834840850854858860862876882887894";
static const char alpha2[] =
	"ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCNCOCRCUCVCWCX"
	"CYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIR"
	"ISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNE"
	"NFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTF"
	"TGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSYEYTZAZMZW";
/* also 191 and 694, which are no more: labels outlive currencies */
static const char currencies[] =
	"008012032036044048050051052060064068072084090096104108116124132136144152156170174188191192203208214222230232"
	"238242262270292320324328332340344348352356360364368376388392396398400404408410414417418422426430434446454458462"
	"480484496498504512516524532533548554558566578586590598600604608634643646654682690694702704706710728748752756"
	"760764776780784788800807818826834840858860882886901924925926927928929930931932933934936938940941943944946947948"
	"949950951952953955956957958959960961962963964965967968969970971972973975976977978979980981984985986990994997"
	"999";

/* UN/ECE Recommendation 21 and what GS1 has beside it, a space round each */
static const char packages[] =
	" 1A 1B 1D 1F 1G 1W 200 201 202 203 204 205 206 210 211 212 2C 3A 3H 43 44 4A 4B 4C 4D 4F 4G 4H 5H 5L 5M 6H 6P"
	" 7A 7B 8 8A 8B 8C 9 AA AB AC AD AF AG AH AI AJ AL AM AP APE AT AV B4 BB BC BD BE BF BG BGE BH BI BJ BK BL BM"
	" BME BN BO BP BQ BR BRI BS BT BU BV BW BX BY BZ CA CB CBL CC CCE CD CE CF CG CH CI CJ CK CL CM CN CO CP CQ CR"
	" CS CT CU CV CW CX CY CZ DA DB DC DG DH DI DJ DK DL DM DN DP DPE DR DS DT DU DV DW DX DY E1 E2 E3 EC ED EE EF"
	" EG EH EI EN FB FC FD FE FI FL FO FOB FP FPE FR FT FW FX GB GI GL GR GU GY GZ HA HB HC HG HN HR IA IB IC ID IE"
	" IF IG IH IK IL IN IZ JB JC JG JR JT JY KG KI LAB LE LG LT LU LV LZ MA MB MC ME MPE MR MS MT MW MX NA NE NF NG"
	" NS NT NU NV OA OB OC OD OE OF OK OPE OT OU P2 PA PAE PB PC PD PE PF PG PH PI PJ PK PL PLP PN PO POP PP PPE PR"
	" PT PU PUE PV PX PY PZ QA QB QC QD QF QG QH QJ QK QL QM QN QP QQ QR QS RB1 RB2 RB3 RCB RD RG RJ RK RL RO RT RZ"
	" S1 SA SB SC SD SE SEC SH SI SK SL SM SO SP SS ST STL SU SV SW SX SY SZ T1 TB TC TD TE TEV TG THE TI TK TL TN"
	" TO TR TRE TS TT TTE TU TV TW TWE TY TZ UC UN UUE VA VG VI VK VL VN VO VP VQ VR VS VY WA WB WC WD WF WG WH WJ"
	" WK WL WM WN WP WQ WR WRP WS WT WU WV WW WX WY WZ X11 X12 X15 X16 X17 X18 X19 X20 X3 XA XB XC XD XF XG XH XJ"
	" XK YA YB YC YD YF YG YH YJ YK YL YM YN YP YQ YR YS YT YV YW YX YY YZ ZA ZB ZC ZD ZF ZG ZH ZJ ZK ZL ZM ZN ZP"
	" ZQ ZR ZS ZT ZU ZV ZW ZX ZY ZZ ";

static bool listed(const char *list, const char *code, size_t len)
{
	for (; *list; list += len)
		if (!memcmp(list, code, len))
			return true;
	return false;
}

static unsigned int two(const char *p)
{
	return (unsigned int)(10 * (p[0] - '0') + p[1] - '0');
}

/* @year: two digits are 2000 ... 2099 here, where every fourth year is a leap year */
static int date(unsigned int year, unsigned int month, unsigned int day, bool day_zero)
{
	static const uint8_t days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (month < 1 || month > 12 || day > days[month - 1] || (!day && !day_zero))
		return -HM_EBAD_DATE;
	if (month == 2 && day == 29 && (year % 4 || (year % 100 == 0 && year % 400)))
		return -HM_EBAD_DATE;
	return 0;
}

int ai_check_date(const char *yymmdd, bool day_zero)
{
	return date(2000 + two(yymmdd), two(yymmdd + 2), two(yymmdd + 4), day_zero);
}

static int package(const char *v, size_t len)
{
	char word[6] = " ";

	/* four characters at most */
	memcpy(word + 1, v, len);
	word[1 + len] = ' ';
	return memmem(packages, sizeof(packages) - 1, word, len + 2) ? 0 : -HM_EBAD_CHAR;
}

/* mod 1021 over the places of the characters in set 82, weights the primes from the right */
static int alpha_check(const char *v, size_t len)
{
	static const char set82[] = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
				    "abcdefghijklmnopqrstuvwxyz";
	static const char check[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
	static const uint8_t primes[] = { 2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71,
					  73, 79, 83 };
	unsigned int sum = 0;

	if (len < 6)
		return -HM_ETOO_SHORT;
	for (size_t i = 0; i < len - 2; i++)
		sum += (unsigned int)(strchr(set82, v[i]) - set82) * primes[len - 3 - i];
	sum %= 1021;
	return v[len - 2] == check[sum >> 5] && v[len - 1] == check[sum & 31] ? 0 : -HM_EBAD_CHECK_DIGIT;
}

/* ISO 13616: country and check digits go behind, letters count 10 ... 35, the rest of 97 is 1 */
static int iban(const char *v, size_t len)
{
	unsigned int rest = 0;

	if (len < 5)
		return -HM_ETOO_SHORT;
	for (size_t i = 0; i < len; i++) {
		char c = v[(i + 4) % len];

		if (c >= '0' && c <= '9')
			rest = (rest * 10 + (unsigned int)(c - '0')) % 97;
		else if (c >= 'A' && c <= 'Z')
			rest = (rest * 100 + (unsigned int)(c - 'A' + 10)) % 97;
		else
			return -HM_EBAD_CHAR;
	}
	if (!listed(alpha2, v, 2))
		return -HM_EBAD_CHAR;
	return rest == 1 ? 0 : -HM_EBAD_CHECK_DIGIT;
}

static int percent(const char *v, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (v[i] == '%' && (len - i < 3 || hm_hex_digit(v[i + 1]) < 0 || hm_hex_digit(v[i + 2]) < 0))
			return -HM_EBAD_ESCAPE;
	return 0;
}

static int number_rule(unsigned int rule, const char *v, size_t len)
{
	uint64_t n = 0;

	for (size_t i = 0; i < len; i++)
		n = n * 10 + (uint64_t)(v[i] - '0');
	switch (rule) {
	case RULE_LATITUDE:
		return n > 1800000000 ? -HM_EOVERFLOW : 0;
	case RULE_LONGITUDE:
		return n > 3600000000 ? -HM_EOVERFLOW : 0;
	case RULE_YES_NO:
		return n > 1 ? -HM_EBAD_CHAR : 0;
	case RULE_ZERO:
		return n ? -HM_EBAD_CHAR : 0;
	case RULE_NON_ZERO:
		return n ? 0 : -HM_EBAD_CHAR;
	case RULE_WINDING:
		return n > 1 && n != 9 ? -HM_EBAD_CHAR : 0;
	case RULE_SEX:
		return n > 2 && n != 9 ? -HM_EBAD_CHAR : 0;
	case RULE_MEDIA:
		return (n >= 1 && n <= 10) || n >= 80 ? 0 : -HM_EBAD_CHAR;
	case RULE_PIECES:
		return !(n / 100) || !(n % 100) ? -HM_EBAD_CHAR : n / 100 > n % 100 ? -HM_EOVERFLOW : 0;
	default:
		return 0;
	}
}

static int time_rule(unsigned int rule, const char *v, size_t len)
{
	switch (rule) {
	case RULE_YYMMD0:
	case RULE_YYMMDD:
		return ai_check_date(v, rule == RULE_YYMMD0);
	case RULE_YYYYMMDD:
		return date(100 * two(v) + two(v + 2), two(v + 4), two(v + 6), false);
	case RULE_HH:
		return two(v) > 23 ? -HM_EBAD_DATE : 0;
	case RULE_HHMM:
		return two(v) > 23 || two(v + 2) > 59 ? -HM_EBAD_DATE : 0;
	default:	/* minutes, and seconds or not */
		if (len == 3)
			return -HM_EBAD_LENGTH;
		return two(v) > 59 || (len == 4 && two(v + 2) > 59) ? -HM_EBAD_DATE : 0;
	}
}

static int code_rule(unsigned int rule, const char *v, size_t len)
{
	switch (rule) {
	case RULE_COUNTRIES:
		if (len % 3)
			return -HM_EBAD_LENGTH;
		for (size_t i = 0; i < len; i += 3)
			if (!listed(countries, v + i, 3))
				return -HM_EBAD_CHAR;
		return 0;
	case RULE_COUNTRY_OR_999:
		if (!memcmp(v, "999", 3))
			return 0;
		/* fall through */
	case RULE_COUNTRY:
		return listed(countries, v, 3) ? 0 : -HM_EBAD_CHAR;
	case RULE_ALPHA2:
		return listed(alpha2, v, 2) ? 0 : -HM_EBAD_CHAR;
	default:
		return listed(currencies, v, 3) ? 0 : -HM_EBAD_CHAR;
	}
}

/* A GS1 Company Prefix has four digits at least. */
static int key(const char *v, size_t len)
{
	if (len < 4)
		return hm_digits(v, len) ? -HM_ETOO_SHORT : -HM_ENOT_NUMERIC;
	return hm_digits(v, 4) ? 0 : -HM_ENOT_NUMERIC;
}

/* A Global Model Number; one that stands for a device has a character that is no digit. */
static int model(const char *v, size_t len, bool device)
{
	int rc = alpha_check(v, len);

	rc = rc ? rc : key(v, len);
	return rc || !device || !hm_digits(v, len) ? rc : -HM_EBAD_CHAR;
}

static int text_rule(unsigned int rule, const char *v, size_t len)
{
	switch (rule) {
	case RULE_KEY:
		return key(v, len);
	case RULE_MODEL:
	case RULE_DEVICE:
		return model(v, len, rule == RULE_DEVICE);
	case RULE_PACKAGE:
		return package(v, len);
	case RULE_COUPON:
		return ai_check_coupon(v, len);
	case RULE_OFFER:
		return ai_check_offer(v, len);
	case RULE_PERCENT:
		return percent(v, len);
	case RULE_HYPHEN:
		return *v == '-' ? 0 : -HM_EBAD_CHAR;
	case RULE_IBAN:
		return iban(v, len);
	case RULE_IMPORTER:
		return sets[(uint8_t)*v] & IN_Z ? 0 : -HM_EBAD_CHAR;
	default:		/* 2/3: the second of three */
		return v[0] >= '1' && v[0] <= v[2] && v[2] <= '9' && v[1] == '/' ? 0 : -HM_EBAD_CHAR;
	}
}

static int rule(unsigned int r, const char *v, size_t len)
{
	switch (r) {
	case RULE_NONE:
		return 0;
	case RULE_CSUM:
		return hm_mod10(v, len - 1) == v[len - 1] ? 0 : -HM_EBAD_CHECK_DIGIT;
	case RULE_NO_ZERO_FIRST:
		return len > 1 && *v == '0' ? -HM_ELEADING_ZERO : 0;
	case RULE_YYMMD0 ... RULE_MMSS:
		return time_rule(r, v, len);
	case RULE_COUNTRY ... RULE_CURRENCY:
		return code_rule(r, v, len);
	case RULE_KEY:
	case RULE_MODEL:
	case RULE_DEVICE:
	case RULE_PERCENT:
	case RULE_HYPHEN:
	case RULE_IBAN:
	case RULE_IMPORTER:
	case RULE_SEQUENCE:
	case RULE_PACKAGE ... RULE_OFFER:
		return text_rule(r, v, len);
	default:
		return number_rule(r, v, len);
	}
}

static int characters(unsigned int set, const char *v, size_t len)
{
	static const uint8_t mask[] = { [SET_X] = IN_X, [SET_Y] = IN_Y, [SET_Z] = IN_Z };

	if (set == SET_N)
		return hm_digits(v, len) ? 0 : -HM_ENOT_NUMERIC;
	if (set == SET_Z && len % 4 == 0)	/* padded to whole groups, or not at all */
		while (len > 2 && v[len - 1] == '=' && len % 4 != 2)
			len--;
	for (size_t i = 0; i < len; i++)
		if (!(sets[(uint8_t)v[i]] & mask[set]))
			return -HM_EBAD_CHAR;
	return 0;
}

/* The one length there is, or 0: then too long and too short are one error. */
static size_t only_length(const struct ai_row *row)
{
	size_t n = 0;

	for (size_t i = 0; i < 5; i++) {
		if (row->parts[i].optional || row->parts[i].min != row->parts[i].max)
			return 0;
		n += row->parts[i].max;
	}
	return n;
}

int ai_check_value(const struct ai_row *row, const char *value, size_t len)
{
	size_t only = only_length(row), at = 0;

	if (!len)
		return -HM_EEMPTY;
	if (only && len != only)
		return -HM_EBAD_LENGTH;
	for (size_t i = 0; i < 5 && row->parts[i].max; i++) {
		const struct ai_part *p = &row->parts[i];
		size_t n = len - at < p->max ? len - at : p->max;
		int rc;

		if (!n && p->optional)
			break;
		rc = characters(p->set, value + at, n);
		if (rc)
			return rc;
		if (n < p->min)
			return -HM_ETOO_SHORT;
		/* what is behind the last part makes it too long, whatever the part says */
		if (at + n < len && (i == 4 || !row->parts[i + 1].max))
			return -HM_ETOO_LONG;
		rc = rule(p->rule, value + at, n);
		if (rc)
			return rc;
		at += n;
	}
	assert(at == len);
	return 0;
}
