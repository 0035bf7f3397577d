// SPDX-License-Identifier: LGPL-2.1-or-later
/* A TID bit by bit (TDS 2.3, 16.2): each one says one thing, and no other says it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gs1/bank.h"

static struct hm_tid tid(const char *before, int digits, unsigned long long bits, const char *behind)
{
	struct hm_tid t = { .model = 0xeee };
	char hex[64];

	snprintf(hex, sizeof(hex), "%s%0*llX%s", before, digits, bits, behind);
	assert_int_equal(hm_tid_parse(hex, strlen(hex), &t), 0);
	return t;
}

/* bits 08h to 1Fh: X, S, F, nine of the designer, twelve of the model */
static void head(void **state)
{
	(void)state;
	for (unsigned int bit = 0; bit < 24; bit++) {
		/* behind it an XTID's header of zeros, which X asks for */
		struct hm_tid t = tid("E2", 6, 1ull << bit, "0000");

		assert_int_equal(t.xtid, bit == 23);
		assert_int_equal(t.security, bit == 22);
		assert_int_equal(t.file, bit == 21);
		assert_int_equal(t.designer, bit >= 12 && bit < 21 ? 1u << (bit - 12) : 0);
		assert_int_equal(t.model, bit < 12 ? 1u << bit : 0);
		assert_int_equal(t.serial_bits, 0);
		assert_int_equal(t.header, 0);
		assert_false(t.reserved);
	}
}

static void commands(void **state)
{
	(void)state;
	for (unsigned int bit = 0; bit < 16; bit++) {
		struct hm_tid t = tid("E28011601000", 4, 1ull << bit, "");
		const struct hm_xtid_commands *c = &t.commands;
		const bool is[] = { c->recommissioning, c->access, c->separate_locks, c->auto_umi, c->pjm, c->block_erase, c->block_write,
				    c->block_permalock, t.reserved, t.reserved, t.reserved };

		assert_true(c->there);
		assert_int_equal(c->epc_words_max, bit < 5 ? 1u << bit : 0);
		for (unsigned int i = 0; i < sizeof(is); i++)
			assert_int_equal(is[i], bit == 5 + i || (bit >= 13 && i >= 8));
	}
}

static void blocks(void **state)
{
	(void)state;
	for (unsigned int bit = 0; bit < 64; bit++) {
		struct hm_tid t = tid("E28011600800", 16, 1ull << bit, "");
		const struct hm_xtid_block *b = bit < 32 ? &t.write : &t.erase, *other = bit < 32 ? &t.erase : &t.write;
		static const struct hm_xtid_block none;
		unsigned int at = bit % 32;

		assert_true(t.blocks_there);
		assert_int_equal(b->size_max, at < 8 ? 1u << at : 0);
		assert_int_equal(b->any_size, at == 8);
		assert_int_equal(b->epc_offset, at >= 9 && at < 17 ? 1u << (at - 9) : 0);
		assert_int_equal(b->epc_unaligned, at == 17);
		assert_int_equal(b->user_offset, at >= 18 && at < 26 ? 1u << (at - 18) : 0);
		assert_int_equal(b->user_unaligned, at == 26);
		assert_int_equal(t.reserved, at > 26);
		assert_memory_equal(other, &none, sizeof(none));
	}
}

static void user_and_locks(void **state)
{
	(void)state;
	for (unsigned int bit = 0; bit < 32; bit++) {
		struct hm_tid t = tid("E28011600400", 8, 1ull << bit, "");

		assert_true(t.user_there && !t.reserved);
		assert_int_equal(t.user_words, bit < 16 ? 1u << bit : 0);
		assert_int_equal(t.permalock_words, bit < 16 ? 0 : 1u << (bit - 16));
		if (bit > 15)
			continue;
		t = tid("E28011600200", 4, 1ull << bit, "");
		assert_true(t.locks_there);
		assert_int_equal(t.locks, bit < 6 ? 1u << bit : 0);
		assert_int_equal(t.reserved, bit > 5);
	}
}

/* The header's own bits: a segment each, reserved ones, how long the serial is. */
static void headers(void **state)
{
	(void)state;
	for (unsigned int bit = 0; bit < 16; bit++) {
		struct hm_tid t = tid("E2801160", 4, 1ull << bit, "00000000000000000000000000000000");

		assert_int_equal(t.header, 1u << bit);
		assert_int_equal(t.reserved, bit <= 8);
		assert_int_equal(t.locks_there, bit == 9);
		assert_int_equal(t.user_there, bit == 10);
		assert_int_equal(t.blocks_there, bit == 11);
		assert_int_equal(t.commands.there, bit == 12);
		assert_int_equal(t.serial_bits, bit == 13 ? 48 : bit == 14 ? 64 : bit == 15 ? 96 : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(head),
		cmocka_unit_test(commands),
		cmocka_unit_test(blocks),
		cmocka_unit_test(user_and_locks),
		cmocka_unit_test(headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
