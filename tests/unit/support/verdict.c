// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "label/driver.h"

struct world w;
struct hm_audit_report report;
uint32_t verdict_pcr;

int verdict_setup(void **state)
{
	(void)state;
	world_begin(&w);
	memset(&report, 0, sizeof(report));
	verdict_pcr = 0;
	return 0;
}

int verdict_teardown(void **state)
{
	(void)state;
	hm_audit_free(&report);
	world_end(&w);
	return 0;
}

void look(void)
{
	struct hm_audit_params p = { .bundle = w.dir, .pcr = verdict_pcr };
	struct hm_err err = { "" };

	hm_audit_free(&report);
	assert_int_equal(hm_audit(&p, &report, &err), 0);
}

void show(void)
{
	print_message("verdict %s\n", hm_verdict_name(report.verdict));
	for (size_t i = 0; i < report.n_findings; i++)
		print_message("  %s | %s | %s | %s\n", hm_verdict_name(report.findings[i].verdict),
			      report.findings[i].subject, report.findings[i].serial, report.findings[i].text);
}

void expect(enum hm_verdict v)
{
	look();
	if (report.verdict != v)
		show();
	assert_string_equal(hm_verdict_name(report.verdict), hm_verdict_name(v));
}

const struct hm_finding *finding(enum hm_verdict v, const char *words)
{
	for (size_t i = 0; i < report.n_findings; i++)
		if (report.findings[i].verdict == v &&
		    (strstr(report.findings[i].subject, words) || strstr(report.findings[i].text, words)))
			return &report.findings[i];
	return NULL;
}

const struct hm_finding *expect_finding(enum hm_verdict v, const char *words)
{
	const struct hm_finding *f = finding(v, words);

	if (!f)
		show();
	assert_non_null(f);
	return f;
}

void expect_about(enum hm_verdict v, const char *subject, const char *words)
{
	bool found = false;

	for (size_t i = 0; i < report.n_findings && !found; i++)
		found = report.findings[i].verdict == v &&
			!strcmp(report.findings[i].subject, subject) &&
			strstr(report.findings[i].text, words);
	if (!found)
		show();
	assert_true(found);
}

void expect_about_unit(enum hm_verdict v, size_t unit, const char *words)
{
	char subject[40];

	snprintf(subject, sizeof(subject), "unit %s", w.units[unit].serial);
	expect_about(v, subject, words);
}

void two_units(void)
{
	world_query(&w, hm_label_driver_of("x.zpl")->ask_status);
	world_unit(&w);
	world_query(&w, hm_label_driver_of("x.zpl")->ask_status);
	world_unit(&w);
}

void finish(void)
{
	world_quote(&w, w.n_boots - 1);
	world_write(&w);
}

void next_boot(uint32_t reset_count)
{
	world_close(&w, w.n_boots - 1);
	world_quote(&w, w.n_boots - 1);
	world_boot(&w, reset_count);
}

void drop_leaf(size_t at)
{
	memmove(&w.leaves[at], &w.leaves[at + 1], (w.n_leaves - at - 1) * sizeof(w.leaves[0]));
	w.n_leaves--;
}
