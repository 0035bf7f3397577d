// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * hm-forge: what a dishonest hand could do to an audit bundle, so that a test can
 * see the audit notice. Never installed.
 *
 *	hm-forge BUNDLE list
 *	hm-forge BUNDLE remove-leaf N		out of the entry bundle, nothing signed
 *	hm-forge BUNDLE remove-job SEQ		both events out of a boot's log
 *	hm-forge BUNDLE flip-payload SEQ	an INTENT's payload digest, its event's digests left alone
 *	hm-forge BUNDLE flip-byte PATH OFFSET
 * and with the station's own keys (--dir KEYS | --root DIR, --tcti TCTI), in the
 * boot that the bundle was exported in:
 *	hm-forge ... BUNDLE resign		nothing changed: the control
 *	hm-forge ... BUNDLE drop-leaf N		signed as if it had never been written
 *	hm-forge ... BUNDLE add-ghost SERIAL	two leaves about a label that was never printed
 *
 * --boot HEX picks another boot than the newest, --log FILE the gate's log as it
 * is now, where the gate has worked since the export. Exit 0: done; 1: not; 2: usage.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>
#include <openssl/sha.h>

#include "eventlog.h"
#include "identity/identity.h"
#include "ledger/evidence.h"
#include "ledger/leaf.h"
#include "ledger/ledger.h"
#include "ledger/tree.h"
#include "store/file.h"

#define FILE_MAX	(64u << 20)
#define LEAVES_MAX	65536
#define FLAG_REPRINT	1u

static const char *keys_dir, *tcti, *boot_hex, *log_file;
static char keys_path[4096];
static int bundle;		/* directory */
static struct hm_buf leaf_bytes[LEAVES_MAX];
static size_t n_leaves;
static struct hm_checkpoint head;
static struct hm_leaf leaf;

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "hm-forge: ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	exit(1);
}

static void must(int rc, const char *what, const struct hm_err *err)
{
	if (rc)
		die("%s: %s", what, hm_err_text(err, rc));
}

static void load(const char *path, struct hm_buf *ret)
{
	hm_buf_init(ret, FILE_MAX);
	must(hm_read_file_at(bundle, path, ret), path, NULL);
}

static int save(void *ctx, const char *path, const void *bytes, size_t len)
{
	char dir[512];
	char *slash;

	(void)ctx;
	snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (slash) {
		*slash = '\0';
		must(hm_dir_make(bundle, dir, 0755), dir, NULL);
	}
	must(hm_file_put(bundle, path, bytes, len, 0644), path, NULL);
	return 0;
}

static unsigned long long number(const char *text)
{
	char *end;
	unsigned long long v;

	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno || !*text || *end)
		die("%s is not a number", text);
	return v;
}

/* --- the ledger of the bundle --- */

static int keep_leaf(void *ctx, const void *bytes, size_t len)
{
	(void)ctx;
	if (n_leaves == LEAVES_MAX)
		return -E2BIG;
	hm_buf_init(&leaf_bytes[n_leaves], UINT16_MAX);
	return hm_buf_add(&leaf_bytes[n_leaves++], bytes, len);
}

static void entries_path(uint64_t first, char path[96], unsigned int *ret_width)
{
	uint64_t left = head.size - first;

	*ret_width = left < 256 ? (unsigned int)left : 256;
	must(hm_tile_path(-1, first / 256, *ret_width, path, 96), "tile path", NULL);
}

static void load_ledger(void)
{
	struct hm_buf b;
	unsigned int width;
	char path[96];

	load("checkpoint", &b);
	must(hm_note_parse(b.data, b.len, &head), "checkpoint", NULL);
	hm_buf_free(&b);
	for (uint64_t first = 0; first < head.size; first += 256) {
		entries_path(first, path, &width);
		load(path, &b);
		must(hm_entries_split(b.data, b.len, keep_leaf, NULL), path, NULL);
		hm_buf_free(&b);
	}
}

static void decode(size_t i)
{
	struct hm_err err = { "" };

	must(hm_leaf_decode(leaf_bytes[i].data, leaf_bytes[i].len, &leaf, &err), "leaf", &err);
}

static void list_leaves(void)
{
	static const char *const types[] = { "?", "station", "product", "boot", "close", "unit" };
	static const char *const roles[] = { "?", "announced", "observed", "lapsed", "lost" };

	for (size_t i = 0; i < n_leaves; i++) {
		decode(i);
		printf("%zu %s %s %s %s", i, types[leaf.type], leaf.serial[0] ? leaf.serial : "-",
		       leaf.step[0] ? leaf.step : "-", leaf.state[0] ? leaf.state : "-");
		for (size_t k = 0; k < leaf.n_jobs; k++) {
			char hex[33];

			hm_hex(leaf.jobs[k].job_id, 16, hex);
			printf(" %s:%s:%s", roles[leaf.jobs[k].role],
			       leaf.jobs[k].purpose[0] ? leaf.jobs[k].purpose : "-", hex);
		}
		printf("\n");
	}
}

/* Out of its file and nowhere else. */
static void remove_leaf(size_t at)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(FILE_MAX);
	uint64_t first = at / 256 * 256;
	unsigned int width;
	char path[96];

	if (at >= n_leaves)
		die("there are %zu leaves", n_leaves);
	entries_path(first, path, &width);
	for (size_t i = first; i < first + width; i++) {
		if (i == at)
			continue;
		must(hm_buf_be16(&b, (uint16_t)leaf_bytes[i].len), path, NULL);
		must(hm_buf_add(&b, leaf_bytes[i].data, leaf_bytes[i].len), path, NULL);
	}
	save(NULL, path, b.data, b.len);
}

/* --- a boot's log --- */

/* The newest boot that was quoted; a station without a gate has none. */
static bool find_boot(void)
{
	struct hm_buf b;
	json_t *root, *boots;
	const char *last;
	static char hex[33];

	if (boot_hex)
		return true;
	load("bundle.json", &b);
	root = json_loadb((char *)b.data, b.len, 0, NULL);
	boots = json_object_get(root, "boots");
	if (json_array_size(boots)) {
		last = json_string_value(json_array_get(boots, json_array_size(boots) - 1));
		snprintf(hex, sizeof(hex), "%s", last ? last : "");
		boot_hex = hex;
	}
	json_decref(root);
	hm_buf_free(&b);
	return boot_hex;
}

static void need_boot(void)
{
	if (!find_boot())
		die("the bundle has no boot with a quote");
}

static void boot_path(const char *name, char path[80])
{
	snprintf(path, 80, "boots/%s/%s", boot_hex, name);
}

static uint64_t seq_of(const struct hm_ev *ev)
{
	return ev->tag == HM_EV_TAG_INTENT ? ev->u.intent.seq :
	       ev->tag == HM_EV_TAG_OUTCOME ? ev->u.outcome.seq : 0;
}

/* Remove a job's events, or change one byte of its announcement's payload digest. */
static void change_log(uint64_t seq, bool remove)
{
	_cleanup_buf_ struct hm_buf out = HM_BUF_INIT(FILE_MAX);
	struct hm_ev_reader r;
	struct hm_buf log;
	struct hm_ev ev;
	char path[80];
	bool found = false;

	need_boot();
	boot_path("log", path);
	load(path, &log);
	if (hm_ev_reader_init(&r, log.data, log.len))
		die("%s: not an event log", path);
	must(hm_buf_add(&out, log.data, r.pos), path, NULL);
	while (hm_ev_next(&r, &ev) == 1) {
		bool it = seq && seq_of(&ev) == seq;

		found |= it;
		if (it && remove)
			continue;
		must(hm_buf_add(&out, log.data + ev.at, ev.size), path, NULL);
		if (it && ev.tag == HM_EV_TAG_INTENT)
			out.data[out.len - 1] ^= 0xff;	/* its last field is the digest */
	}
	if (!found)
		die("%s has no job %llu", path, (unsigned long long)seq);
	save(NULL, path, out.data, out.len);
	hm_buf_free(&log);
}

static void flip_byte(const char *path, size_t at)
{
	struct hm_buf b;

	load(path, &b);
	if (at >= b.len)
		die("%s has %zu bytes", path, b.len);
	b.data[at] ^= 1;
	save(NULL, path, b.data, b.len);
	hm_buf_free(&b);
}

/* --- signing again, as the station --- */

static void remove_tree(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;

	while (dir && (d = readdir(dir))) {
		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
			continue;
		if (unlinkat(dirfd(dir), d->d_name, 0))
			remove_tree(dirfd(dir), d->d_name);
	}
	if (dir)
		closedir(dir);
	unlinkat(parent, name, AT_REMOVEDIR);
}

static void write_proofs(const struct hm_forest *f, const struct hm_buf *note)
{
	for (size_t i = 0; i < n_leaves; i++) {
		_cleanup_buf_ struct hm_buf out = HM_BUF_INIT(1u << 20);
		uint8_t proof[HM_PROOF_MAX][HM_HASH];
		char path[80];
		size_t n;

		decode(i);
		if (leaf.type != HM_LEAF_UNIT)
			continue;
		/* a later leaf of the same unit writes over it */
		must(hm_forest_inclusion(f, n_leaves, i, proof, &n), "proof", NULL);
		must(hm_tlog_proof_build(i, (const uint8_t (*)[HM_HASH])proof, n, note->data, note->len,
					 &out), "proof", NULL);
		snprintf(path, sizeof(path), "units/%s/unit.tlog-proof", leaf.serial);
		save(NULL, path, out.data, out.len);
	}
}

static void sign_note(struct hm_keys *k, struct hm_buf *note, uint8_t nonce[32])
{
	_cleanup_buf_ struct hm_buf body = HM_BUF_INIT(4096), der = HM_BUF_INIT(512);
	uint8_t ed[64], log_public[32];
	struct hm_err err = { "" };
	const uint8_t *spki;
	size_t spki_len;

	must(hm_checkpoint_body(&head, &body), "checkpoint", NULL);
	SHA256(body.data, body.len, nonce);
	must(hm_keys_sign_log(k, body.data, body.len, ed, &err), "log key", &err);
	must(hm_keys_sign_der(k, body.data, body.len, &der, &err), "sign key", &err);
	must(hm_keys_spki(k, &spki, &spki_len), "sign key", NULL);
	hm_keys_log_public(k, log_public);
	must(hm_note_build(&head, log_public, ed, spki, spki_len, der.data, der.len, note), "note", NULL);
}

static void write_log(const struct hm_quote *q)
{
	struct hm_evidence e;
	struct hm_err err = { "" };
	uint8_t digest[32];
	struct hm_buf log;
	char path[80];
	int rc;

	boot_path("log", path);
	if (log_file) {
		hm_buf_init(&log, FILE_MAX);
		must(hm_read_file(log_file, &log), log_file, NULL);
	} else {
		load(path, &log);
	}
	SHA256(q->pcr_value, 32, digest);
	rc = hm_evidence_read_quoted(log.data, log.len, digest, &e, &err);
	if (rc)
		die("%s; has the gate worked since the export? then give its log with --log",
		    hm_err_text(&err, rc));
	save(NULL, path, log.data, log.len);
	hm_evidence_free(&e);
	hm_buf_free(&log);
}

static uint32_t log_pcr(void)
{
	struct hm_evidence e;
	struct hm_err err = { "" };
	struct hm_buf log;
	char path[80];
	uint32_t pcr;

	boot_path("log", path);
	load(path, &log);
	must(hm_evidence_read(log.data, log.len, &e, &err), path, &err);
	pcr = e.pcr;
	hm_evidence_free(&e);
	hm_buf_free(&log);
	return pcr;
}

static void write_boot(struct hm_keys *k, const struct hm_buf *note, const uint8_t nonce[32])
{
	struct hm_err err = { "" };
	struct hm_quote q;
	char path[80], json[300];
	uint32_t pcr = log_pcr();

	must(hm_keys_quote(k, pcr, nonce, &q, &err), "quote", &err);
	write_log(&q);
	boot_path("note", path);
	save(NULL, path, note->data, note->len);
	boot_path("quote.attest", path);
	save(NULL, path, q.attest, q.attest_len);
	boot_path("quote.sig", path);
	save(NULL, path, q.sig, q.sig_len);
	boot_path("pcr", path);
	save(NULL, path, q.pcr_value, sizeof(q.pcr_value));
	snprintf(json, sizeof(json),
		 "{\n  \"format\": 1,\n  \"boot\": \"%s\",\n  \"pcr\": %u,\n  \"bank\": \"sha256\",\n  \"size\": %zu\n}\n",
		 boot_hex, pcr, n_leaves);
	boot_path("boot.json", path);
	save(NULL, path, json, strlen(json));
}

static void write_bundle_json(void)
{
	struct hm_buf b;
	json_t *root;
	char hex[65], *text;

	load("bundle.json", &b);
	root = json_loadb((char *)b.data, b.len, 0, NULL);
	hm_hex(head.root, 32, hex);
	json_object_set_new(root, "size", json_integer((json_int_t)n_leaves));
	json_object_set_new(root, "root", json_string(hex));
	text = json_dumps(root, JSON_INDENT(2));
	if (!text)
		die("bundle.json: out of memory");
	save(NULL, "bundle.json", text, strlen(text));
	free(text);
	json_decref(root);
	hm_buf_free(&b);
}

static void resign(void)
{
	_cleanup_buf_ struct hm_buf note = HM_BUF_INIT(1u << 16);
	struct hm_leaf_bytes *list = calloc(n_leaves, sizeof(*list));
	uint8_t (*hashes)[HM_HASH] = calloc(n_leaves, HM_HASH), nonce[32];
	struct hm_err err = { "" };
	struct hm_forest f;
	struct hm_keys *k;

	if (!keys_dir || !tcti)
		die("signing needs --dir or --root, and --tcti");
	if (!list || !hashes)
		die("out of memory");
	must(hm_keys_open(tcti, keys_dir, &k, &err), keys_dir, &err);
	for (size_t i = 0; i < n_leaves; i++) {
		list[i] = (struct hm_leaf_bytes){ leaf_bytes[i].data, leaf_bytes[i].len };
		hm_leaf_hash(list[i].bytes, list[i].len, hashes[i]);
	}
	must(hm_forest_build(&f, (const uint8_t (*)[HM_HASH])hashes, n_leaves), "tree", NULL);
	head.size = n_leaves;
	hm_forest_root(&f, n_leaves, head.root);
	sign_note(k, &note, nonce);
	if (find_boot())
		write_boot(k, &note, nonce);	/* first: it is what may fail */
	remove_tree(bundle, "tile");
	must(hm_tiles_build(list, n_leaves, save, NULL), "tiles", NULL);
	save(NULL, "checkpoint", note.data, note.len);
	write_proofs(&f, &note);
	write_bundle_json();
	hm_forest_free(&f);
	hm_keys_close(k);
	free(hashes);
	free(list);
}

static void drop_leaf(size_t at)
{
	if (at >= n_leaves)
		die("there are %zu leaves", n_leaves);
	hm_buf_free(&leaf_bytes[at]);
	memmove(&leaf_bytes[at], &leaf_bytes[at + 1], (n_leaves - at - 1) * sizeof(leaf_bytes[0]));
	n_leaves--;
}

static void append(const struct hm_leaf *l)
{
	hm_buf_init(&leaf_bytes[n_leaves], HM_LEAF_MAX);
	must(hm_leaf_encode(l, &leaf_bytes[n_leaves]), "a forged leaf", NULL);
	n_leaves++;
}

/* A reprint of that unit's label, announced and observed, that no gate ever saw. */
static void add_ghost(const char *serial)
{
	static struct hm_leaf last, label, ghost;
	struct hm_leaf_job *job = NULL, fate = { .role = HM_JOB_OBSERVED };

	for (size_t i = 0; i < n_leaves; i++) {
		decode(i);
		if (leaf.type != HM_LEAF_UNIT || strcmp(leaf.serial, serial))
			continue;
		last = leaf;
		for (size_t k = 0; k < leaf.n_jobs; k++)
			if (leaf.jobs[k].role == HM_JOB_ANNOUNCED && !strcmp(leaf.jobs[k].purpose, "label"))
				label = leaf;
	}
	if (!label.n_jobs)
		die("the bundle has no unit %s with a label", serial);
	need_boot();
	ghost = last;
	snprintf(ghost.step, sizeof(ghost.step), "reprint");
	ghost.record_len = 0;
	memset(ghost.image_sha256, 0, 32);
	memcpy(ghost.template_sha256, label.template_sha256, 32);
	memcpy(ghost.inputs, label.inputs, sizeof(ghost.inputs));
	ghost.n_inputs = label.n_inputs;
	ghost.render_version = label.render_version;
	for (size_t k = 0; k < label.n_jobs; k++)
		if (label.jobs[k].role == HM_JOB_ANNOUNCED)
			job = &label.jobs[k];
	job->flags = FLAG_REPRINT;
	if (getrandom(job->job_id, 16, 0) != 16 || hm_unhex(boot_hex, job->boot_id, 16))
		die("a job's name cannot be made");
	ghost.jobs[0] = *job;
	ghost.n_jobs = 1;
	append(&ghost);
	memcpy(fate.job_id, job->job_id, 16);
	memcpy(fate.boot_id, job->boot_id, 16);
	fate.gated = true;
	fate.seq = 1;
	fate.state = 1;
	fate.sent = job->len;
	ghost.jobs[0] = fate;
	ghost.n_inputs = 0;
	ghost.render_version = 0;
	memset(ghost.template_sha256, 0, 32);
	append(&ghost);
}

static int usage(void)
{
	fprintf(stderr, "usage: hm-forge [--dir KEYS|--root DIR] [--tcti TCTI] [--boot HEX] [--log FILE] BUNDLE\n"
		"\tlist | remove-leaf N | remove-job SEQ | flip-payload SEQ | flip-byte PATH OFFSET |\n"
		"\tresign | drop-leaf N | add-ghost SERIAL\n");
	return 2;
}

static int run(int argc, char **argv)
{
	const char *mode = argv[0];

	if (!strcmp(mode, "flip-byte") && argc == 3) {
		flip_byte(argv[1], number(argv[2]));
		return 0;
	}
	if (!strcmp(mode, "remove-job") && argc == 2) {
		change_log(number(argv[1]), true);
		return 0;
	}
	if (!strcmp(mode, "flip-payload") && argc == 2) {
		change_log(number(argv[1]), false);
		return 0;
	}
	load_ledger();
	if (!strcmp(mode, "list") && argc == 1)
		list_leaves();
	else if (!strcmp(mode, "remove-leaf") && argc == 2)
		remove_leaf(number(argv[1]));
	else if (!strcmp(mode, "resign") && argc == 1)
		resign();
	else if (!strcmp(mode, "drop-leaf") && argc == 2) {
		drop_leaf(number(argv[1]));
		resign();
	} else if (!strcmp(mode, "add-ghost") && argc == 2) {
		add_ghost(argv[1]);
		resign();
	} else {
		return usage();
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "dir", required_argument, NULL, 'd' }, { "root", required_argument, NULL, 'r' },
		{ "tcti", required_argument, NULL, 't' }, { "boot", required_argument, NULL, 'b' },
		{ "log", required_argument, NULL, 'l' }, { NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		switch (c) {
		case 'd':
			keys_dir = optarg;
			break;
		case 'r':
			snprintf(keys_path, sizeof(keys_path), "%s/var/lib/hallmark/keys", optarg);
			keys_dir = keys_path;
			break;
		case 't':
			tcti = optarg;
			break;
		case 'b':
			boot_hex = optarg;
			break;
		case 'l':
			log_file = optarg;
			break;
		default:
			return usage();
		}
	}
	if (argc - optind < 2)
		return usage();
	bundle = open(argv[optind], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (bundle < 0)
		die("%s: %s", argv[optind], strerror(errno));
	return run(argc - optind - 1, argv + optind + 1);
}
