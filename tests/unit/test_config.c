// SPDX-License-Identifier: LGPL-2.1-or-later
/* hallmark.conf: every key, and everything that is refused with its line. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/common/config.c"

static const char good[] =
	"; a comment\n"
	"[station]\n"
	"id = line-1\n"
	"domain = station.example\n"
	"issuer = station.example\n"
	"tcti = device:/dev/tpmrm0\n"
	"ek_roots = /etc/hallmark/ek-roots.pem\n"
	"[daemon]\n"
	"listen = 127.0.0.1:8480\n"
	"token_file = /etc/hallmark/token\n"
	"checkpoint_leaves = 16\n"
	"checkpoint_seconds = 5\n"
	"patience_seconds = 7\n"
	"[roles]\n"
	"supervisor_group = line-leads\n"
	"[slot left]\n"
	"printer = gate:/dev/hallmark/by-path/a-printer\n"
	"eeprom = gate:/dev/hallmark/by-path/a-eeprom\n"
	"dut_tpm = device:/dev/tpmrm1\n"
	"timeout_ms = 4000\n"
	"[slot right]\n"
	"printer = file:/tray/labels\n"
	"eeprom = file:/tray/eeproms?size=32768\n";

static int parse(const char *text, struct hm_config *c, struct hm_err *err)
{
	return hm_config_parse(text, strlen(text), "conf", c, err);
}

static void takes_every_key(void **state)
{
	struct hm_err err = { "" };
	struct hm_config c;

	(void)state;
	assert_int_equal(parse(good, &c, &err), 0);
	assert_string_equal(c.id, "line-1");
	assert_string_equal(c.tcti, "device:/dev/tpmrm0");
	assert_string_equal(c.listen, "127.0.0.1:8480");
	assert_int_equal(c.checkpoint_leaves, 16);
	assert_int_equal(c.checkpoint_seconds, 5);
	assert_int_equal(c.patience_seconds, 7);
	assert_string_equal(c.supervisor_group, "line-leads");
	assert_string_equal(c.operator_group, "");
	assert_int_equal(c.n_slots, 2);
	assert_string_equal(c.slots[0].name, "left");
	assert_string_equal(c.slots[0].dut_tpm, "device:/dev/tpmrm1");
	assert_int_equal(c.slots[0].timeout_ms, 4000);
	assert_int_equal(c.slots[1].timeout_ms, 15000);
	assert_string_equal(c.slots[1].eeprom, "file:/tray/eeproms?size=32768");
	assert_ptr_equal(hm_config_slot(&c, "right"), &c.slots[1]);
	assert_null(hm_config_slot(&c, "middle"));
}

static void has_defaults(void **state)
{
	struct hm_config c;

	(void)state;
	assert_int_equal(parse("[station]\nid=a\ndomain=b.example\nissuer=c\nswtpm=/t\nek_roots=/r\n", &c, NULL), 0);
	assert_int_equal(c.checkpoint_leaves, 256);
	assert_int_equal(c.checkpoint_seconds, 60);
	assert_int_equal(c.patience_seconds, 60);
	assert_int_equal(c.n_slots, 0);
}

/* What stands behind the good file, what is said of it, and in which line. */
static const struct {
	const char *more;
	const char *says;
} bad[] = {
	{ "colour = red\n", "line 24: unknown key colour in [slot right]" },
	{ "printer = file:/other\n", "line 24: printer appears twice" },
	{ "[colours]\nred = 1\n", "line 24: unknown section [colours]" },
	{ "[colours]\n", "line 24: unknown section [colours]" },
	{ "[station]\nid = again\n", "line 25: id appears twice" },
	{ "[daemon]\ncolour = red\n", "line 25: unknown key colour" },
	{ "[slot ]\nprinter = x\n", "line 24: '' is no name" },
	{ "[slot a b]\nprinter = x\n", "line 24: 'a b' is no name" },
	{ "[slot more]\nprinter = file:/x\n", "[slot more] needs printer and eeprom" },
	{ "[slot empty]\n", "[slot empty] needs printer and eeprom" },
	{ "timeout_ms = 0\n", "line 24: timeout_ms is a number" },
	{ "timeout_ms = 600001\n", "line 24: timeout_ms is a number" },
	{ "timeout_ms = -1\n", "line 24: timeout_ms is a number" },
	{ "timeout_ms = 12s\n", "line 24: timeout_ms is a number" },
	{ "this is no key\n", "line 24" },
};

static void refuses_with_the_line(void **state)
{
	struct hm_config c, before;
	char text[2048];

	(void)state;
	memset(&c, 0x5a, sizeof(c));
	before = c;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct hm_err err = { "" };

		snprintf(text, sizeof(text), "%s%s", good, bad[i].more);
		assert_int_equal(parse(text, &c, &err), -HM_EBAD_CONFIG);
		if (!strstr(err.text, bad[i].says))
			fail_msg("'%s' does not say '%s'", err.text, bad[i].says);
		assert_memory_equal(&c, &before, sizeof(c));
	}
}

/* One key of the good file changed. */
static const struct {
	const char *from, *to, *says;
} changed[] = {
	{ "id = line-1", "id = Line 1", "line 3: id is made of" },
	{ "id = line-1", "id =", "line 3: id is made of" },
	{ "id = line-1", "id = abcdefghijklmnopqrstuvwxyz0123456", "line 3: id has at most 32" },
	{ "issuer = station.example", "issuer = seventeen.letters", "line 5: issuer has at most 16" },
	{ "ek_roots = /etc", "ek_roots = etc", "line 7: ek_roots is an absolute path" },
	{ "tcti = device:/dev/tpmrm0", "swtpm = relative", "line 6: swtpm is an absolute path" },
	{ "tcti = device:/dev/tpmrm0\n", "", "needs tcti or swtpm" },
	{ "tcti = device:/dev/tpmrm0", "tcti = x\nswtpm = /y", "exclude each other" },
	{ "listen = 127.0.0.1:8480\n", "", "token_file without listen" },
	{ "ek_roots = /etc/hallmark/ek-roots.pem\n", "", "needs ek_roots" },
	{ "supervisor_group = line-leads", "supervisor_group = a b", "supervisor_group is not a name" },
};

static void refuses_bad_values(void **state)
{
	struct hm_config c;
	char text[2048];

	(void)state;
	for (size_t i = 0; i < sizeof(changed) / sizeof(changed[0]); i++) {
		struct hm_err err = { "" };
		const char *at = strstr(good, changed[i].from);

		assert_non_null(at);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good, changed[i].to,
			 at + strlen(changed[i].from));
		assert_int_equal(parse(text, &c, &err), -HM_EBAD_CONFIG);
		if (!strstr(err.text, changed[i].says))
			fail_msg("'%s' does not say '%s'", err.text, changed[i].says);
	}
}

static void refuses_what_inih_would_cut(void **state)
{
	struct hm_err err = { "" };
	struct hm_config c;
	char text[2048];

	(void)state;
	/* inih splits long lines silently, and stops at a NUL */
	snprintf(text, sizeof(text), "%s; %0250d\n", good, 1);
	assert_int_equal(parse(text, &c, &err), -HM_EBAD_CONFIG);
	assert_non_null(strstr(err.text, "line 24: longer than a line"));
	strcpy(text, good);
	memcpy(strstr(text, "[slot left]"), "[sl\0t left]", 11);
	assert_int_equal(hm_config_parse(text, sizeof(good) - 1, "conf", &c, &err), -HM_EBAD_CONFIG);
	assert_non_null(strstr(err.text, "line 16: a NUL byte"));
}

static void refuses_too_many_slots(void **state)
{
	char text[4096];
	struct hm_err err = { "" };
	struct hm_config c;
	size_t n = (size_t)snprintf(text, sizeof(text), "%s", good);

	(void)state;
	for (int i = 2; i < HM_SLOTS_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "[slot s%d]\nprinter=file:/p\neeprom=file:/e\n", i);
	assert_int_equal(parse(text, &c, &err), 0);
	assert_int_equal(c.n_slots, HM_SLOTS_MAX);
	snprintf(text + n, sizeof(text) - n, "[slot more]\nprinter=file:/p\neeprom=file:/e\n");
	assert_int_equal(parse(text, &c, &err), -HM_EBAD_CONFIG);
	assert_non_null(strstr(err.text, "more than 16 slots"));
}

/* The example that the project ships, read from the tree or wherever the test stands. */
static void takes_the_example(void **state)
{
	struct hm_err err = { "" };
	struct hm_config c;

	(void)state;
	if (hm_config_load("examples/hallmark.conf", &c, &err))
		fail_msg("%s", err.text);
	assert_int_equal(c.n_slots, 2);
	assert_string_equal(c.domain, "example.com");
	assert_string_equal(c.slots[1].dut_tpm, "device:/dev/tpmrm2");
}

static void finds_its_places(void **state)
{
	struct hm_paths p;
	struct hm_err err = { "" };
	char longest[HM_ROOT_MAX + 2];

	(void)state;
	assert_int_equal(hm_paths_set(&p, NULL, NULL), 0);
	assert_false(p.relocated);
	assert_string_equal(p.config, "/etc/hallmark/hallmark.conf");
	assert_string_equal(p.state, "/var/lib/hallmark");
	assert_string_equal(p.socket, "/run/hallmark/hallmarkd.sock");
	assert_int_equal(hm_paths_set(&p, "/nowhere/below//", NULL), 0);
	assert_true(p.relocated);
	assert_string_equal(p.socket, "/nowhere/below/run/hallmark/hallmarkd.sock");
	assert_int_equal(hm_paths_set(&p, "", &err), -EINVAL);
	memset(longest, 'a', sizeof(longest));
	longest[0] = '/';
	longest[HM_ROOT_MAX] = '\0';
	assert_int_equal(hm_paths_set(&p, longest, &err), 0);
	assert_true(strlen(p.socket) < 108);
	longest[HM_ROOT_MAX] = 'a';
	longest[HM_ROOT_MAX + 1] = '\0';
	assert_int_equal(hm_paths_set(&p, longest, &err), -EINVAL);
}

static void no_file_is_no_station(void **state)
{
	struct hm_err err = { "" };
	struct hm_config c;

	(void)state;
	assert_int_equal(hm_config_load("/nonexistent/hallmark.conf", &c, &err), -HM_ENOT_INITIALISED);
}

static void knows_names(void **state)
{
	(void)state;
	assert_true(hm_name_ok("LOT-2026.47_a", 32));
	assert_false(hm_name_ok("", 32));
	assert_false(hm_name_ok("-x", 32));
	assert_false(hm_name_ok("a/b", 32));
	assert_false(hm_name_ok("abc", 2));
	assert_int_equal(hm_lot_check("12345678901234567890123456789._-", NULL), 0);
	assert_int_equal(hm_lot_check("12345678901234567890123456789._-x", NULL), -HM_EBAD_REQUEST);
	assert_int_equal(hm_lot_check("a/b", NULL), -HM_EBAD_REQUEST);
	assert_int_equal(hm_lot_check("", NULL), -HM_EBAD_REQUEST);
	assert_true(hm_serial_ok("A7-0001"));
	assert_true(hm_serial_ok("G123489654321*"));
	assert_true(hm_serial_ok("12345678901234567890"));
	assert_true(hm_serial_ok("1234567890123456789*"));
	assert_false(hm_serial_ok("12345678901234567890*"));
	assert_false(hm_serial_ok("*"));
	assert_false(hm_serial_ok("A*B"));
	assert_false(hm_serial_ok("A**"));
	assert_false(hm_serial_ok("../*"));
	assert_false(hm_serial_ok(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_every_key),
		cmocka_unit_test(has_defaults),
		cmocka_unit_test(refuses_with_the_line),
		cmocka_unit_test(refuses_bad_values),
		cmocka_unit_test(refuses_what_inih_would_cut),
		cmocka_unit_test(refuses_too_many_slots),
		cmocka_unit_test(takes_the_example),
		cmocka_unit_test(finds_its_places),
		cmocka_unit_test(no_file_is_no_station),
		cmocka_unit_test(knows_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
