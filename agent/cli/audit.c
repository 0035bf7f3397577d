// SPDX-License-Identifier: LGPL-2.1-or-later
#include "audit/audit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/cli/cli.h"

static void progress(void *ctx, uint64_t done, uint64_t all)
{
	(void)ctx;
	fprintf(stderr, "\r%llu of %llu ", (unsigned long long)done, (unsigned long long)all);
	if (done == all)
		fputc('\n', stderr);
}

static int print_json(const struct hm_audit_report *r, bool own_root)
{
	_cleanup_json_ json_t *v = NULL;
	json_t *list = json_array();

	for (size_t i = 0; i < r->n_findings; i++) {
		const struct hm_finding *f = &r->findings[i];

		json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:o}", "verdict",
			hm_verdict_name(f->verdict), "subject", hm_json_text(f->subject), "serial",
			hm_json_text_or_null(f->serial), "text", hm_json_text(f->text)));
	}
	v = json_pack("{s:s, s:o, s:b, s:o, s:o, s:o, s:b, s:I, s:I, s:I, s:I, s:I, s:I}", "verdict",
		      hm_verdict_name(r->verdict), "findings", list, "truncated", r->truncated, "station",
		      hm_json_text_or_null(r->station), "origin", hm_json_text_or_null(r->origin),
		      "root_sha256", hm_json_text_or_null(r->root_sha256), "root_from_bundle", own_root,
		      "leaves", (json_int_t)r->leaves, "boots", (json_int_t)r->boots, "jobs",
		      (json_int_t)r->jobs, "queries", (json_int_t)r->queries, "units",
		      (json_int_t)r->units, "active", (json_int_t)r->active);
	return hm_cli_print(v);
}

static int print_words(const struct hm_audit_report *r, bool own_root)
{
	printf("station ");
	hm_cli_text(r->station);
	printf(" (");
	hm_cli_text(r->origin);
	printf(")\n");
	printf("root %s%s\n", r->root_sha256,
	       own_root ? " (the bundle's own: compare it with one you trust, or use --trust-root)" : "");
	printf("%llu leaves, %llu boots, %llu jobs and %llu status requests, %llu units of which %llu active\n",
	       (unsigned long long)r->leaves, (unsigned long long)r->boots,
	       (unsigned long long)r->jobs, (unsigned long long)r->queries,
	       (unsigned long long)r->units, (unsigned long long)r->active);
	for (size_t i = 0; i < r->n_findings; i++) {
		printf("%s: ", hm_verdict_name(r->findings[i].verdict));
		hm_cli_text(r->findings[i].subject);
		printf(": ");
		hm_cli_text(r->findings[i].text);
		putchar('\n');
	}
	if (r->truncated)
		printf("there are more findings than these\n");
	printf("verdict: %s\n", hm_verdict_name(r->verdict));
	return hm_cli_flush();
}

static int audit(struct hm_cli *cli, const char *bundle, const char *root, uint32_t pcr)
{
	struct hm_audit_params p = {
		.bundle = bundle, .trusted_root = root, .pcr = pcr,
		.progress = isatty(STDERR_FILENO) ? progress : NULL,
	};
	struct hm_audit_report r = { .verdict = HM_VERDICT_CLEAN };
	struct hm_err err = { "" };
	int rc = hm_audit(&p, &r, &err), verdict;

	if (rc)
		return hm_cli_fail(cli, bundle, rc, &err);
	rc = cli->json ? print_json(&r, !root) : print_words(&r, !root);
	verdict = r.verdict == HM_VERDICT_CLEAN ? HM_EXIT_OK : HM_EXIT_NO;
	hm_audit_free(&r);
	return rc ?: verdict;
}

/* The daemon's own books, exported to where nobody else writes, and removed. */
static int audit_live(struct hm_cli *cli, const char *root, uint32_t pcr)
{
	const char *tmp = getenv("TMPDIR") ?: "/tmp";
	char dir[512], bundle[540];
	struct hm_err err = { "" };
	size_t n = 0;
	int rc;

	snprintf(dir, sizeof(dir), "%s/hallmark-audit-XXXXXX", tmp);
	if (!mkdtemp(dir)) {
		rc = hm_err_set(&err, -errno, "%s: %s", dir, strerror(errno));
		return hm_cli_fail(cli, "audit", rc, &err);
	}
	snprintf(bundle, sizeof(bundle), "%s/bundle", dir);
	rc = hm_bundle_fetch(cli, bundle, &n, &err);
	rc = rc ? hm_cli_fail(cli, "audit", rc, &err) : audit(cli, bundle, root, pcr);
	hm_remove_tree(dir);
	return rc;
}

int hm_cmd_audit(struct hm_cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{ "live", no_argument, NULL, 'l' }, { "trust-root", required_argument, NULL, 't' },
		{ "pcr", required_argument, NULL, 'p' }, { NULL, 0, NULL, 0 },
	};
	const char *root = NULL;
	uint64_t pcr = 13;
	bool live = false;
	int opt;

	while ((opt = hm_cli_getopt(cli, argc, argv, options)) != -1) {
		if (opt == '?')
			return HM_EXIT_USAGE;
		if (opt == 'l')
			live = true;
		else if (opt == 't')
			root = optarg;
		/* as the gate takes it: 16 and 23 are reset by any user, the firmware's are below 8 */
		else if (hm_cli_number(optarg, 8, 15, &pcr))
			return hm_cli_usage(cli, argv[0], "--pcr is a number from 8 to 15");
	}
	if (live == (optind + 1 == argc) || optind + 1 < argc)
		return hm_cli_usage(cli, argv[0], "a bundle, or --live");
	return live ? audit_live(cli, root, (uint32_t)pcr) : audit(cli, argv[optind], root, (uint32_t)pcr);
}
