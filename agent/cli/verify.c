// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Is this unit genuine? Its record is checked in process, against the station's sign
 * certificate and the root; online, the station's own books are asked too.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/cli/cli.h"
#include "audit/audit.h"

#define EEPROM_MAX (128u << 10)

/* hm_verify_record() wants certificates as files: those of the API get a short life in one. */
struct trust {
	char root[512], sign[512];
	char dir[512];		/* ours, to be removed; "" */
};

static int put_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "wxe");
	int rc = f ? 0 : -errno;

	if (!rc && fputs(text, f) == EOF)
		rc = -EIO;
	if (f && fclose(f) && !rc)
		rc = -errno;
	return rc;
}

static int trust_from_daemon(struct hm_cli *cli, struct trust *t, struct hm_err *err)
{
	_cleanup_json_ json_t *v = NULL;
	const json_t *certs;
	int rc = hm_client_get(cli, &v, err, "/v1/station");

	if (rc)
		return rc;
	certs = json_object_get(v, "certificates");
	if (!hm_json_get_text(certs, "sign")[0])
		return hm_err_set(err, -HM_ENO_TPM, "the station cannot show its certificates: its TPM does not answer");
	snprintf(t->dir, sizeof(t->dir), "%.400s/hallmark-verify-XXXXXX", getenv("TMPDIR") ?: "/tmp");
	if (!mkdtemp(t->dir)) {
		t->dir[0] = '\0';
		return hm_err_set(err, -errno, "temporary directory: %s", strerror(errno));
	}
	snprintf(t->root, sizeof(t->root), "%.480s/root.pem", t->dir);
	snprintf(t->sign, sizeof(t->sign), "%.480s/sign.pem", t->dir);
	rc = put_text(t->root, hm_json_get_text(certs, "root"));
	return rc ?: put_text(t->sign, hm_json_get_text(certs, "sign"));
}

static int trust_from_dir(struct hm_cli *cli, const char *dir, struct trust *t, struct hm_err *err)
{
	if (dir) {
		snprintf(t->root, sizeof(t->root), "%.480s/root.pem", dir);
		snprintf(t->sign, sizeof(t->sign), "%.480s/sign.pem", dir);
	} else {
		snprintf(t->root, sizeof(t->root), "%s/keys/root.pem", cli->paths.state);
		snprintf(t->sign, sizeof(t->sign), "%s/keys/sign.pem", cli->paths.state);
	}
	if (access(t->root, R_OK) || access(t->sign, R_OK))
		return hm_err_set(err, -HM_ENOT_FOUND, "%s or %s cannot be read: --trust DIR names where they are",
				  t->root, t->sign);
	return 0;
}

/* What the station's books say of the unit that the record names: 0 or why not. */
static int ask_books(struct hm_cli *cli, struct hm_verify_result *r, struct hm_err *err)
{
	_cleanup_json_ json_t *u = NULL;
	const char *state;
	int rc = hm_client_get(cli, &u, err, "/v1/units/%s", r->serial);

	if (rc == -HM_ENOT_FOUND)
		return hm_err_set(err, -HM_EUNTRUSTED, "the record verifies, but this station knows no unit %s",
				  r->serial);
	if (rc)
		return rc;
	state = hm_json_get_text(u, "state");
	if (strcmp(state, "active"))
		return hm_err_set(err, -HM_EBAD_STATE, "the record verifies, but unit %s is %s", r->serial, state);
	if (json_integer_value(json_object_get(u, "generation")) != (json_int_t)r->generation)
		return hm_err_set(err, -HM_EUNTRUSTED, "the record is of generation %u, the unit of %lld",
				  r->generation,
				  (long long)json_integer_value(json_object_get(u, "generation")));
	return 0;
}

static int answer(struct hm_cli *cli, const char *what, int rc, const struct hm_verify_result *r,
		  bool online, const struct hm_err *err)
{
	_cleanup_json_ json_t *v = NULL;
	bool genuine = rc == 0;
	char time[32];
	int code = genuine ? HM_EXIT_OK : HM_EXIT_NO;

	if (cli->json) {
		v = json_pack("{s:b, s:o, s:o, s:o, s:I, s:b, s:o, s:o}", "genuine", genuine, "serial",
			      hm_json_text_or_null(r->serial), "product", hm_json_text_or_null(r->product),
			      "issuer", hm_json_text_or_null(r->issuer), "generation",
			      (json_int_t)r->generation, "online", online, "error",
			      genuine ? json_null() : json_string(hm_error_name(rc)), "why",
			      genuine ? json_null() : json_string(hm_err_text(err, rc)));
		return hm_cli_print(v) ?: code;
	}
	if (!genuine) {
		printf("not genuine: ");
		hm_cli_text(what);
		printf(": ");
		hm_cli_text(hm_err_text(err, rc));
		putchar('\n');
		return hm_cli_flush() ?: code;
	}
	hm_cli_time(r->issued_at, time);
	printf("genuine: unit %s, product %s, issued by %s at %s, generation %u%s\n", r->serial, r->product,
	       r->issuer, time, r->generation,
	       online ? "" : " (offline: whether it was given up since is not known)");
	return hm_cli_flush() ?: code;
}

/* Is it an answer (no), or could the question not be put? */
static bool is_answer(int rc)
{
	return rc == 0 || rc == -HM_EUNTRUSTED || rc == -HM_EBAD_STATE || hm_error_exit(rc) == HM_EXIT_NO;
}

static int unit_record(struct hm_cli *cli, const char *serial, struct hm_buf *ret, struct hm_err *err)
{
	_cleanup_json_ json_t *u = NULL;
	const char *hex;
	uint8_t cwt[256];
	size_t n;
	int rc;

	if (!hm_serial_ok(serial))
		return hm_err_set(err, -HM_ENOT_FOUND, "no unit has such a serial");
	rc = hm_client_get(cli, &u, err, "/v1/units/%s", serial);
	if (rc)
		return rc;
	hex = hm_json_get_text(u, "record");
	if (!hex[0])
		return hm_err_set(err, -HM_EBAD_STATE, "unit %s is %s and has no record yet", serial,
				  hm_json_get_text(u, "state"));
	rc = hm_unhex_any(hex, cwt, sizeof(cwt), &n);
	return rc ?: hm_buf_add(ret, cwt, n);
}

struct question {
	const char *serial, *eeprom;	/* one of them */
	const char *trust_dir;
	bool offline;
};

/* The record against certificates that are believed and, online, the station's books. */
static int judge(struct hm_cli *cli, const struct question *q, const struct trust *t, const struct hm_buf *bytes,
		 struct hm_verify_result *r, struct hm_err *err)
{
	int rc = hm_verify_record(bytes->data, bytes->len, t->sign, t->root, r, err);

	if (!rc && q->serial && strcmp(r->serial, q->serial))
		rc = hm_err_set(err, -HM_EUNTRUSTED, "its record is unit %s's", r->serial);
	if (!rc && !q->offline)
		rc = ask_books(cli, r, err);
	return rc;
}

static int verify(struct hm_cli *cli, const struct question *q)
{
	_cleanup_buf_ struct hm_buf bytes = HM_BUF_INIT(EEPROM_MAX);
	const char *what = q->serial ?: q->eeprom;
	struct hm_verify_result r = { .serial = "" };
	struct trust t = { .dir = "" };
	struct hm_err err = { "" };
	bool asked = false;
	int rc = q->serial ? unit_record(cli, q->serial, &bytes, &err) : hm_read_file_of(NULL, q->eeprom, &bytes, &err);

	if (!rc)
		rc = q->offline || q->trust_dir ? trust_from_dir(cli, q->trust_dir, &t, &err) : trust_from_daemon(cli, &t, &err);
	if (!rc) {
		rc = judge(cli, q, &t, &bytes, &r, &err);
		asked = is_answer(rc);
	}
	rc = asked ? answer(cli, what, rc, &r, !q->offline, &err) : hm_cli_fail(cli, what, rc, &err);
	if (t.dir[0])
		hm_remove_tree(t.dir);
	return rc;
}

int hm_cmd_verify(struct hm_cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{ "eeprom", required_argument, NULL, 'e' }, { "offline", no_argument, NULL, 'o' },
		{ "trust", required_argument, NULL, 't' }, { NULL, 0, NULL, 0 },
	};
	struct question q = { .serial = NULL };
	int opt;

	while ((opt = hm_cli_getopt(cli, argc, argv, options)) != -1) {
		switch (opt) {
		case 'e': q.eeprom = optarg; break;
		case 'o': q.offline = true; break;
		case 't': q.trust_dir = optarg; break;
		default:
			return HM_EXIT_USAGE;
		}
	}
	if ((q.eeprom != NULL) == (optind + 1 == argc) || optind + 1 < argc)
		return hm_cli_usage(cli, argv[0], "one serial, or --eeprom FILE");
	if (q.offline && !q.eeprom)
		return hm_cli_usage(cli, argv[0], "offline there is only what the unit carries: --eeprom FILE");
	q.serial = q.eeprom ? NULL : argv[optind];
	return verify(cli, &q);
}
