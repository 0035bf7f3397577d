// SPDX-License-Identifier: LGPL-2.1-or-later
/* The label's picture, read back as an image; what scanners see in it is checked by other people's programs elsewhere. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <png.h>

#include "label/picture.h"
#include "label/zpl.h"

struct image {
	int width, height;
	uint8_t *dots;
};

static int draw(const char *zpl, bool spoiled, struct image *ret)
{
	png_image png = { .version = PNG_IMAGE_VERSION };
	struct hm_zpl_label *label;
	uint8_t *bytes;
	size_t len;
	int r;

	assert_int_equal(hm_zpl_read(zpl, strlen(zpl), &label), 0);
	r = hm_picture_render(label, spoiled, &bytes, &len);
	hm_zpl_label_free(label);
	if (r < 0)
		return r;
	assert_true(png_image_begin_read_from_memory(&png, bytes, len));
	png.format = PNG_FORMAT_GRAY;
	ret->width = (int)png.width;
	ret->height = (int)png.height;
	ret->dots = malloc(PNG_IMAGE_SIZE(png));
	assert_non_null(ret->dots);
	assert_true(png_image_finish_read(&png, NULL, ret->dots, 0, NULL));
	free(bytes);
	return 0;
}

static int black(const struct image *i, int x, int y, int w, int h)
{
	int n = 0, a, b;

	for (b = y; b < y + h; b++)
		for (a = x; a < x + w; a++)
			n += i->dots[b * i->width + a] == 0;
	return n;
}

static void draws_boxes(void **state)
{
	struct image i;

	(void)state;
	assert_int_equal(draw("^XA^PW100^LL50^FO10,10^GB20,10,2^FS^FO50,10^GB10,10,10^FS^FO52,12^GB4,4,4,W^FS"
			      "^FO50,30^GB10,10,10^FS^FO55,30^FR^GB10,10,10^FS^FO90,40^GB50,50,50^FS^XZ", false, &i), 0);
	assert_int_equal(i.width, 100);
	assert_int_equal(i.height, 50);
	assert_int_equal(black(&i, 10, 10, 20, 10), 20 * 10 - 16 * 6);
	assert_int_equal(black(&i, 50, 10, 10, 10), 100 - 16);
	assert_int_equal(black(&i, 50, 30, 15, 10), 100);	/* reversed where they overlap */
	assert_int_equal(black(&i, 55, 30, 5, 10), 0);
	assert_int_equal(black(&i, 90, 40, 10, 10), 100);	/* cut at the edge */
	assert_int_equal(black(&i, 0, 0, 100, 10), 0);
	free(i.dots);
}

static void draws_text(void **state)
{
	const uint8_t *glyph = hm_picture_glyph('I');
	struct image i, turned, plain;
	int x, y;

	(void)state;
	/* at 9 dots high and 6 wide a glyph is drawn dot for dot */
	assert_int_equal(draw("^XA^PW100^LL50^FO10,10^A0N,9,6^FDI^FS^XZ", false, &i), 0);
	for (y = 0; y < 8; y++)
		for (x = 0; x < 5; x++)
			assert_int_equal(i.dots[(10 + y) * 100 + 10 + x] == 0, glyph[y] >> (4 - x) & 1);
	assert_int_equal(draw("^XA^PW100^LL50^FO10,10^A0R,9,6^FDI^FS^XZ", false, &turned), 0);
	for (y = 0; y < 8; y++)
		for (x = 0; x < 5; x++)
			assert_int_equal(turned.dots[(10 + x) * 100 + 10 + 8 - y] == 0, glyph[y] >> (4 - x) & 1);
	/* one character of two bytes takes the place of one */
	assert_int_equal(draw("^XA^PW100^LL50^FO10,10^A0N,9,6^FH^FD_C3_A9I^FS^XZ", false, &plain), 0);
	assert_int_equal(black(&plain, 16, 10, 6, 9), black(&i, 10, 10, 6, 9));
	free(i.dots);
	free(turned.dots);
	free(plain.dots);
}

static void draws_symbols(void **state)
{
	struct image i;
	int n;

	(void)state;
	assert_int_equal(draw("^XA^PW200^LL200^FO8,8^BXN,4,200,,,,_^FD_1010401234567890121A^FS^XZ", false, &i), 0);
	/* a square DataMatrix has a solid left edge and a solid foot */
	for (n = 0; black(&i, 8, 8 + n, 1, 1); n++)
		;
	assert_true(n >= 4 * 10 && n % 4 == 0);
	assert_int_equal(black(&i, 8, 8 + n - 4, n, 4), 4 * n);
	assert_int_equal(black(&i, 8, 8, n, 4), 4 * n / 2);
	free(i.dots);
	assert_int_equal(draw("^XA^PW200^LL200^FO8,8^BQN,2,3^FDMM,Ahello^FS^XZ", false, &i), 0);
	assert_int_equal(black(&i, 8, 8, 21, 3), 63);	/* the finder */
	assert_int_equal(black(&i, 11, 11, 15, 3), 0);
	free(i.dots);
	/* Code 128 begins with two modules of black and one of white, whatever begins */
	assert_int_equal(draw("^XA^PW200^LL200^BY2,3,50^FO8,8^BCN^FD>:A>8B^FS^XZ", false, &i), 0);
	assert_int_equal(black(&i, 8, 8, 4, 50), 200);
	assert_int_equal(black(&i, 12, 8, 2, 50), 0);
	assert_int_equal(black(&i, 8, 58, 192, 1), 0);
	free(i.dots);
}

static void spoils(void **state)
{
	struct image good, bad, empty;
	const char *zpl = "^XA^PW300^LL200^FO8,8^BQN,2,3^FDQA,hello^FS^XZ";

	(void)state;
	assert_int_equal(draw(zpl, false, &good), 0);
	assert_int_equal(draw(zpl, true, &bad), 0);
	assert_int_equal(draw("^XA^PW300^LL200^XZ", true, &empty), 0);
	assert_memory_not_equal(good.dots, bad.dots, 300 * 200);
	assert_memory_equal(bad.dots, empty.dots, 300 * 200);	/* nothing of the label is left */
	assert_true(black(&bad, 0, 0, 300, 200) > 300);
	free(good.dots);
	free(bad.dots);
	free(empty.dots);
}

static void refuses(void **state)
{
	static const char *const bad[] = {
		"^XA^BXN,4,200,,,,_^FD_1^FS^XZ",		/* FNC1 and nothing */
		"^XA^BXN,4,200,,,,_^FD_1ab04^FS^XZ",		/* no AI */
		"^XA^BXN,4,200,,,,_^FD_1010401^FS^XZ",		/* a GTIN cut short: not what 01 holds */
		"^XA^BXN,4,200,,,,_^FDx_^FS^XZ",		/* an escape cut short */
		"^XA^BXN,4,200,,,,_^FD_d999^FS^XZ",
		"^XA^BXN,4,200^FD^FS^XZ",
		"^XA^BQN,2,3^FDhello^FS^XZ",			/* no error correction level */
		"^XA^BQN,2,3^FDXA,hello^FS^XZ",
		"^XA^BQN,2,3^FDMM,B0005hello^FS^XZ",
		"^XA^BCN,50,N,N,N,A^FDhello^FS^XZ",		/* modes that are not read */
		"^XA^BCN,50^FD>;hello^FS^XZ", "^XA^BCN,50^FD>:^FS^XZ", "^XA^BCN,50^FD>:>8ab^FS^XZ",
	};
	/* a code that a scanner could never read, because the label ends before it does */
	static const char *const over[] = {
		"^XA^PW99^LL100^FO0,0^BXN,10,200^FDx^FS^XZ",	/* 10 modules of 10 dots */
		"^XA^PW100^LL100^FO0,1^BXN,10,200^FDx^FS^XZ",
		"^XA^PW100^LL100^FO1,0^BXR,10,200^FDx^FS^XZ",
		"^XA^PW100^LL99^FT0,99^BXN,10,200^FDx^FS^XZ",
		"^XA^PW83^LL100^FO0,0^BQN,2,4^FDQA,x^FS^XZ",	/* 21 modules of 4 */
		"^XA^PW91^LL100^FO0,0^BY2^BCN,50^FD>:A^FS^XZ",	/* start, one, check, stop: 46 modules of 2 */
		"^XA^PW100^LL49^FO0,0^BY2^BCN,50^FD>:A^FS^XZ",
		/* the printer sets eight digits of subset B in eight characters, whatever is shorter */
		"^XA^PW245^LL50^FO0,0^BY2^BCN,50^FD>:12345678^FS^XZ",
	};
	struct image i;
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(bad) / sizeof(bad[0]); n++)
		assert_int_equal(draw(bad[n], false, &i), -EINVAL);
	for (n = 0; n < sizeof(over) / sizeof(over[0]); n++)
		assert_int_equal(draw(over[n], false, &i), -ERANGE);
	assert_int_equal(draw("^XA^PW4097^XZ", false, &i), -E2BIG);
	assert_int_equal(draw("^XA^LL32000^XZ", false, &i), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(draws_boxes),
		cmocka_unit_test(draws_text),
		cmocka_unit_test(draws_symbols),
		cmocka_unit_test(spoils),
		cmocka_unit_test(refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
