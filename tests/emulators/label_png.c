// SPDX-License-Identifier: LGPL-2.1-or-later
/* label_png [--void] < LABEL.zpl > LABEL.png: one label through the reader and the renderer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "label/picture.h"
#include "label/zpl.h"

int main(int argc, char **argv)
{
	static char text[HM_ZPL_LABEL_MAX + 1];
	size_t len = fread(text, 1, sizeof(text), stdin), png_len;
	struct hm_zpl_label *label;
	uint8_t *png;
	int r;

	if (argc > 2 || (argc == 2 && strcmp(argv[1], "--void"))) {
		fprintf(stderr, "usage: label_png [--void] < LABEL.zpl > LABEL.png\n");
		return 2;
	}
	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	r = hm_zpl_read(text, len, &label);
	if (r == 0)
		r = hm_picture_render(label, argc == 2, &png, &png_len);
	if (r < 0) {
		fprintf(stderr, "label_png: %s\n", strerror(-r));
		return 1;
	}
	if (fwrite(png, 1, png_len, stdout) != png_len || fflush(stdout)) {
		perror("label_png");
		return 1;
	}
	free(png);
	hm_zpl_label_free(label);
	return 0;
}
