// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How many labels a second one core renders, against the plainest thing that makes one: all
 * pieces of text of the same label copied together, nothing looked up, checked or escaped.
 *
 *	bench-label [ROUNDS [MILLISECONDS]]
 *
 * From the top directory, for the templates in examples/products. Nothing is allocated per label:
 * the buffer is the same for all of them.
 */
#include <string.h>

#include "bench_cpu.h"
#include "label/label.h"
#include "unit/inputs.h"

#define PIECE		256u
#define DAY		1795305600	/* 2026-11-22 */

struct set {
	struct hm_buf tpl;
	struct hm_label_inputs in[PIECE];
	struct hm_label_field f[PIECE][HM_LABEL_FIELDS_MAX];
	size_t n[PIECE];
};

static struct set demo, pharma;
static struct hm_buf out = HM_BUF_INIT(1 << 20);
static unsigned long sink;

/* --- what is measured --- */

static void copied(uint64_t at)
{
	(void)at;
	for (unsigned int i = 0; i < PIECE; i++) {
		const char *p = (const char *)demo.tpl.data, *end = p + demo.tpl.len, *nl;

		hm_buf_reset(&out);
		for (; p < end; p = nl + 1) {
			nl = memchr(p, '\n', (size_t)(end - p));
			bench_must(nl && !hm_buf_add(&out, p, (size_t)(nl + 1 - p)));
		}
		bench_must(!hm_buf_str_add(&out, demo.in[i].digital_link));
		sink += out.data[out.len - 1];
	}
}

static void rendered(const struct set *s)
{
	for (unsigned int i = 0; i < PIECE; i++) {
		hm_buf_reset(&out);
		bench_must(!hm_label_render((const char *)s->tpl.data, s->tpl.len, s->f[i], s->n[i], &out, NULL));
		sink += out.data[out.len / 2];
	}
}

static void rendered_demo(uint64_t at)
{
	(void)at;
	rendered(&demo);
}

static void rendered_pharma(uint64_t at)
{
	(void)at;
	rendered(&pharma);
}

static const struct bench_kind kinds[] = {
	{ "label-copied", copied, PIECE, false },
	{ "label-rendered", rendered_demo, PIECE, false },
	{ "label-rendered-pharma", rendered_pharma, PIECE, false },
};

static void read_whole(const char *name, const char *suffix, struct hm_buf *b)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "examples/products/%s.%s", name, suffix);
	hm_buf_init(b, 1 << 20);
	bench_must(!hm_read_file(path, b));
}

static void set_up(struct set *s, const char *product, const char *template, unsigned long long first)
{
	struct hm_product p;
	struct hm_buf ini;
	struct hm_epc epc;

	read_whole(product, "ini", &ini);
	read_whole(template, "zpl", &s->tpl);
	bench_must(!hm_product_parse(ini.data, ini.len, &p, NULL));
	hm_buf_free(&ini);
	for (unsigned int i = 0; i < PIECE; i++) {
		char serial[21];

		(void)snprintf(serial, sizeof(serial), "%llu", first + i);
		bench_must(!hm_unit_inputs(&p, &(struct hm_made){ serial, "LOT-7A", DAY }, &s->in[i], &epc, NULL));
		s->n[i] = hm_label_fields(&s->in[i], s->f[i]);
	}
}

int main(int argc, char *argv[])
{
	int rc;

	set_up(&demo, "demo-sensor", "demo-label", 10000000016ull);
	set_up(&pharma, "pharma", "pharma", 10000000000001ull);
	/* the longest first, so that the buffer has grown before anything is counted */
	rendered_pharma(0);
	rendered_demo(0);
	copied(0);
	rc = bench_cpu("bench-label", argc, argv, kinds, sizeof(kinds) / sizeof(kinds[0]));
	return rc ? rc : sink == 42;	/* so that nothing is left out as unused */
}
