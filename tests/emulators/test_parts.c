// SPDX-License-Identifier: LGPL-2.1-or-later
/* The virtual tag's memory and locks, the virtual EEPROM's pages, and the journal that outlives a kill. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "eeprom.h"
#include "tag.h"
#include "world.h"

static struct emu_tag tag;
static struct emu_tag_session session;
static char answer[EMU_TAG_ANSWER_MAX];

static int write_bank(char bank, unsigned int block, unsigned int bytes, const char *hex)
{
	char copy[512];
	struct hm_zpl_rfid op = {
		.op = HM_ZPL_RFID_WRITE, .format = 'H', .bank = bank, .block = block, .bytes = bytes, .fn = -1,
		.data = copy, .len = strlen(hex),
	};

	strcpy(copy, hex);
	return emu_tag_run(&tag, &op, &session, answer, sizeof(answer));
}

static int read_bank(char bank, unsigned int block, unsigned int bytes)
{
	struct hm_zpl_rfid op = {
		.op = HM_ZPL_RFID_READ, .format = 'H', .bank = bank, .block = block, .bytes = bytes, .fn = 1,
	};

	return emu_tag_run(&tag, &op, &session, answer, sizeof(answer));
}

static int passwords(const char *text, bool write)
{
	char copy[64];
	struct hm_zpl_rfid op = {
		.op = write ? HM_ZPL_RFID_WRITE : HM_ZPL_RFID_PASSWORD, .format = 'H', .bank = 'E', .passwords = true,
		.fn = -1, .data = copy, .len = strlen(text),
	};

	strcpy(copy, text);
	return emu_tag_run(&tag, &op, &session, answer, sizeof(answer));
}

static int lock(const char *locks)
{
	struct hm_zpl_rfid op = { .op = HM_ZPL_RFID_LOCK, .fn = -1 };
	size_t i;

	for (i = 0; i < 4; i++)
		op.locks[i] = locks[i] == '-' ? 0 : locks[i];
	return emu_tag_run(&tag, &op, &session, answer, sizeof(answer));
}

static int fresh(void **state)
{
	(void)state;
	emu_tag_blank(&tag, 2, 77);
	memset(&session, 0, sizeof(session));
	return 0;
}

static void blank_tag(void **state)
{
	struct emu_tag other;

	(void)state;
	assert_int_equal(read_bank('2', 0, 12), 0);
	assert_string_equal(answer, "E28011052000725A0000004D");
	emu_tag_blank(&other, 3, 77);
	assert_memory_not_equal(other.tid, tag.tid, 12);
	emu_tag_blank(&other, 2, 78);
	assert_memory_not_equal(other.tid, tag.tid, 12);
	assert_int_equal(read_bank('E', 0, 0), 0);
	assert_string_equal(answer, "000000000000000000000000");
}

static void epc_memory(void **state)
{
	(void)state;
	assert_int_equal(write_bank('E', 0, 0, "3034257BF461D8BBDC2C0001"), 0);
	assert_int_equal(read_bank('1', 2, 12), 0);
	assert_string_equal(answer, "3034257BF461D8BBDC2C0001");
	assert_int_equal(write_bank('1', 2, 12, "3034257BF461D8BBDC2C0002"), 0);
	assert_int_equal(read_bank('E', 0, 0), 0);
	assert_string_equal(answer, "3034257BF461D8BBDC2C0002");
	/* bank 1 is raw: words 0 and 1 are CRC and PC */
	assert_int_equal(read_bank('1', 1, 2), 0);
	assert_string_equal(answer, "3000");
	assert_int_equal(write_bank('1', 0, 2, "0000"), -EROFS);
	assert_int_equal(write_bank('1', 1, 2, "0000"), 0);
	/* GS1 TDS: PC 0000 and no EPC has the CRC E2F0 */
	assert_int_equal(read_bank('1', 0, 2), 0);
	assert_string_equal(answer, "E2F0");
	assert_int_equal(write_bank('2', 0, 2, "0000"), -EROFS);
	assert_int_equal(write_bank('3', 31, 4, "00000000"), -ERANGE);
	assert_int_equal(write_bank('3', 0, 2, "00000000"), -ERANGE);
	assert_int_equal(write_bank('3', 0, 4, "0G"), -EINVAL);
	assert_int_equal(write_bank('3', 30, 4, "CAFE"), 0);
	assert_int_equal(read_bank('3', 30, 4), 0);
	assert_string_equal(answer, "CAFE0000");	/* short data is padded */
}

#define SGTIN_198 "363652214835168B87464AD1A32A54A00000000000000000"
#define LONG_EPC SGTIN_198 "0000"	/* 13 words */

static void an_epc_of_198_bits(void **state)
{
	(void)state;
	assert_int_equal(write_bank('A', 0, 0, LONG_EPC), 0);
	assert_int_equal(read_bank('1', 1, 2), 0);
	assert_string_equal(answer, "6800");	/* PC: 13 words */
	assert_int_equal(read_bank('A', 0, 0), 0);
	assert_string_equal(answer, LONG_EPC);
	assert_int_equal(read_bank('E', 0, 0), 0);
	assert_string_equal(answer, LONG_EPC);
	/* a shorter one: the PC follows, what is behind stays and is not answered */
	assert_int_equal(write_bank('A', 0, 0, "F73795211411234548"), 0);
	assert_int_equal(read_bank('1', 1, 2), 0);
	assert_string_equal(answer, "2800");	/* nine bytes are five words */
	assert_int_equal(read_bank('A', 0, 0), 0);
	assert_string_equal(answer, "F7379521141123454800");
	/* bank E writes 96 bits, not one more, and leaves the length as it was */
	assert_int_equal(write_bank('E', 0, 0, LONG_EPC), -ERANGE);
	assert_int_equal(write_bank('E', 0, 0, "3034257BF461D8BBDC2C0001"), 0);
	assert_int_equal(read_bank('E', 0, 0), 0);
	assert_string_equal(answer, "3034257BF461D8BBDC2C");
	/* 240 bits and no more */
	assert_int_equal(write_bank('A', 0, 0, LONG_EPC "00000001"), 0);
	assert_int_equal(write_bank('A', 0, 0, LONG_EPC "0000000100"), -ERANGE);
}

static void a_tag_of_96_bits(void **state)
{
	(void)state;
	tag.epc_room = EMU_TAG_EPC_SMALL;
	assert_int_equal(write_bank('A', 0, 0, LONG_EPC), -ERANGE);
	assert_int_equal(write_bank('1', 2, 26, LONG_EPC), -ERANGE);
	assert_int_equal(read_bank('A', 0, 0), 0);
	assert_string_equal(answer, "000000000000000000000000");
	assert_int_equal(write_bank('A', 0, 0, "3034257BF461D8BBDC2C0001"), 0);
	assert_int_equal(read_bank('A', 0, 0), 0);
	assert_string_equal(answer, "3034257BF461D8BBDC2C0001");
	/* a PC that says more than there is */
	assert_int_equal(write_bank('1', 1, 2, "6800"), 0);
	assert_int_equal(read_bank('E', 0, 0), 0);
	assert_string_equal(answer, "3034257BF461D8BBDC2C0001");
}

static void locks_and_passwords(void **state)
{
	(void)state;
	assert_int_equal(lock("--L-"), -EACCES);	/* no password, no lock */
	assert_int_equal(passwords("11223344,55667788", true), 0);
	assert_int_equal(lock("LLL-"), 0);
	assert_int_equal(write_bank('E', 0, 0, "30"), 0);	/* this session knows the password */
	memset(&session, 0, sizeof(session));
	assert_int_equal(write_bank('E', 0, 0, "31"), -EACCES);
	assert_int_equal(read_bank('0', 0, 8), -EACCES);
	assert_int_equal(write_bank('3', 0, 2, "31AA"), 0);
	assert_int_equal(passwords("99999999", false), 0);
	assert_int_equal(write_bank('E', 0, 0, "31"), -EACCES);
	assert_int_equal(passwords("11223344", false), 0);
	assert_int_equal(write_bank('E', 0, 0, "31"), 0);
	assert_int_equal(read_bank('0', 0, 8), 0);
	assert_string_equal(answer, "5566778811223344");
	assert_int_equal(lock("--P-"), 0);
	assert_int_equal(write_bank('E', 0, 0, "32"), -EACCES);
	assert_int_equal(lock("--U-"), -EACCES);	/* for ever */
	assert_int_equal(passwords("123", false), -EINVAL);
}

static void failing_tags(void **state)
{
	(void)state;
	tag.weak = true;
	assert_int_equal(write_bank('E', 0, 0, "30"), -EIO);
	assert_int_equal(read_bank('2', 0, 12), 0);
	tag.dead = true;
	assert_int_equal(read_bank('2', 0, 12), -ENODEV);
}

/* -- EEPROM -- */

static struct emu_eeprom eeprom = { .fd = -1 };
static char path[] = "/tmp/test_parts.XXXXXX";

static int make_file(void **state)
{
	static uint8_t blank[EMU_EEPROM_SIZE];
	int fd = mkstemp(path);

	(void)state;
	memset(blank, 0xff, sizeof(blank));
	if (fd < 0 || emu_write_all(fd, blank, sizeof(blank)) < 0)
		return -1;
	close(fd);
	return 0;
}

static int remove_file(void **state)
{
	(void)state;
	emu_eeprom_close(&eeprom);
	return unlink(path);
}

static int program(unsigned int at, const char *text)
{
	uint8_t m[300];

	m[0] = (uint8_t)(at >> 8);
	m[1] = (uint8_t)at;
	memcpy(m + 2, text, strlen(text));
	emu_eeprom_write(&eeprom, m, strlen(text) + 2);
	return emu_eeprom_stop(&eeprom);
}

static void expect(unsigned int at, const void *bytes, size_t len)
{
	uint8_t m[2] = { (uint8_t)(at >> 8), (uint8_t)at }, got[128], file[128];
	int fd = open(path, O_RDONLY);

	emu_eeprom_write(&eeprom, m, 2);
	emu_eeprom_read(&eeprom, got, len);
	assert_memory_equal(got, bytes, len);
	assert_int_equal(pread(fd, file, len, at), len);
	assert_memory_equal(file, bytes, len);
	close(fd);
}

static void eeprom_pages(void **state)
{
	(void)state;
	assert_int_equal(emu_eeprom_open(&eeprom, path), 0);
	assert_true(emu_eeprom_select(&eeprom));
	assert_int_equal(program(60, "abcdef"), 0);	/* wraps within its page */
	expect(60, "abcd\xff", 5);
	expect(0, "ef\xff", 3);
	eeprom.protect = true;
	assert_int_equal(program(60, "xxxx"), 0);
	expect(60, "abcd", 4);
	eeprom.protect = false;
	eeprom.corrupt = 1;
	assert_int_equal(program(128, "aa"), 0);
	expect(128, "qa", 2);
	assert_int_equal(program(128, "aa"), 0);
	expect(128, "aa", 2);
	/* without a stop nothing is programmed */
	emu_eeprom_write(&eeprom, (const uint8_t *)"\0\x80zz", 4);
	emu_eeprom_abort(&eeprom);
	assert_int_equal(emu_eeprom_stop(&eeprom), 0);
	expect(128, "aa", 2);
	assert_int_equal(eeprom.writes, 3);

	eeprom.cycle_usec = 1000000000;
	assert_int_equal(program(0, "x"), 0);
	assert_false(emu_eeprom_select(&eeprom));	/* busy */
	emu_eeprom_close(&eeprom);
	eeprom.cycle_usec = 0;
	assert_false(emu_eeprom_select(&eeprom));	/* no board */
	assert_int_equal(emu_eeprom_open(&eeprom, path), 0);
	assert_true(emu_eeprom_select(&eeprom));
	expect(0, "xf", 2);
	assert_int_equal(truncate(path, 100), 0);
	emu_eeprom_close(&eeprom);
	assert_int_equal(emu_eeprom_open(&eeprom, path), -EIO);
}

/* -- journal -- */

struct seen {
	int lines;
	long long last;
};

static void see(void *ctx, const json_t *line)
{
	struct seen *s = ctx;

	s->lines++;
	s->last = json_integer_value(json_object_get(line, "n"));
}

static void torn_journal(void **state)
{
	struct emu_journal *j = NULL;
	struct seen seen = {};
	char name[] = "/tmp/test_parts.XXXXXX";
	int fd = mkstemp(name);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(emu_journal_open(name, see, &seen, &j), 0);
	assert_int_equal(seen.lines, 0);
	assert_int_equal(emu_journal_write(j, json_pack("{s:i}", "n", 1), true), 0);
	assert_int_equal(emu_journal_write(j, json_pack("{s:i}", "n", 2), false), 0);
	emu_journal_close(j);
	/* a kill in the middle of the third */
	assert_int_equal(lseek(fd, 0, SEEK_END) > 0, 1);
	assert_int_equal(emu_write_all(fd, "{\"n\":3,\"ti", 10), 0);
	assert_int_equal(emu_journal_open(name, see, &seen, &j), 0);
	assert_int_equal(seen.lines, 2);
	assert_int_equal(seen.last, 2);
	assert_int_equal(emu_journal_write(j, json_pack("{s:i}", "n", 4), true), 0);
	emu_journal_close(j);
	assert_int_equal(emu_journal_open(name, see, &seen, &j), 0);
	assert_int_equal(seen.lines, 5);
	assert_int_equal(seen.last, 4);
	emu_journal_close(j);
	close(fd);
	unlink(name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(blank_tag, fresh),
		cmocka_unit_test_setup(epc_memory, fresh),
		cmocka_unit_test_setup(an_epc_of_198_bits, fresh),
		cmocka_unit_test_setup(a_tag_of_96_bits, fresh),
		cmocka_unit_test_setup(locks_and_passwords, fresh),
		cmocka_unit_test_setup(failing_tags, fresh),
		cmocka_unit_test_setup_teardown(eeprom_pages, make_file, remove_file),
		cmocka_unit_test(torn_journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
