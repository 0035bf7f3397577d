// SPDX-License-Identifier: LGPL-2.1-or-later
/* The engine's world in memory; see sim.h. */
#include "sim/sim.h"

#include <assert.h>
#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sim *sim;

/* One more thing happened; was it the last one? */
void sim_moment(void)
{
	sim->ms++;
	if (sim->meanwhile && !sim->in_meanwhile) {
		sim->in_meanwhile = true;
		sim->meanwhile(sim);
		sim->in_meanwhile = false;
	}
	if (sim->fail_at && ++sim->moment == sim->fail_at)
		longjmp(sim->dead, 1);
}

/* --- the unit's TPM and the station's keys, in place of identity/ --- */

struct hm_dut { int board; };
struct hm_keys { int unused; };
static struct hm_keys the_keys;

static const uint8_t spki_of_p256[91] = {
	0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08,
	0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
	/* the generator of P-256: a point on the curve that anybody can check */
	0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40,
	0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98,
	0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c,
	0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68,
	0x37, 0xbf, 0x51, 0xf5,
};

static int dut_open(void *ctx, const char *tcti, struct hm_dut **ret, struct hm_err *err)
{
	(void)ctx;
	(void)tcti;
	sim_moment();
	if (sim->in_slot < 0)
		return hm_err_set(err, -HM_ENO_TPM, "nothing there");
	*ret = calloc(1, sizeof(**ret));
	(*ret)->board = sim->in_slot;
	return 0;
}

void hm_dut_close(struct hm_dut *d)
{
	free(d);
}

int hm_dut_ek(struct hm_dut *d, uint8_t ret[32], struct hm_err *err)
{
	(void)err;
	memcpy(ret, sim->board[d->board].ek, 32);
	return 0;
}

int hm_dut_prove(struct hm_dut *d, const char *roots, struct hm_dut_identity *ret,
		 struct hm_err *err)
{
	(void)roots;
	(void)err;
	sim_moment();
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->ek_sha256, sim->board[d->board].ek, 32);
	memcpy(ret->spki, spki_of_p256, sizeof(spki_of_p256));
	ret->spki_len = sizeof(spki_of_p256);
	SHA256(sim->board[d->board].ek, 32, ret->spki_sha256);
	return 0;
}

int hm_keys_issue_idevid(struct hm_keys *k, const struct hm_dut_identity *id,
			 const struct hm_idevid_params *p, struct hm_buf *ret, struct hm_err *err)
{
	(void)k;
	(void)id;
	(void)err;
	sim_moment();
	return hm_buf_printf(ret, "certificate of %s", p->serial);
}

int hm_keys_sign(struct hm_keys *k, const void *msg, size_t len, uint8_t ret[64],
		 struct hm_err *err)
{
	static uint64_t nonce;	/* as ECDSA: never the same twice */

	(void)k;
	(void)err;
	sim_moment();
	SHA256(msg, len, ret);
	nonce++;
	SHA256((const uint8_t *)&nonce, sizeof(nonce), ret + 32);
	return 0;
}

void hm_keys_kid(const struct hm_keys *k, uint8_t ret[8])
{
	(void)k;
	memcpy(ret, "sim kid.", 8);
}

/* --- the gate, in place of marker/ --- */

struct hm_marker { struct hm_marker_info info; };

static int marker_open(void *ctx, const char *address, const char *serial, struct hm_marker **ret,
		       struct hm_err *err)
{
	bool printer = !strcmp(address, "sim:printer");

	(void)ctx;
	(void)serial;
	sim_moment();
	if (printer && sim->printer_gone)
		return hm_err_set(err, -HM_ENO_DEVICE, "no printer");
	if (!printer && (sim->in_slot < 0 || sim->eeprom_gone))
		return hm_err_set(err, -HM_EEEPROM_ABSENT, "no EEPROM answers");
	*ret = calloc(1, sizeof(**ret));
	(*ret)->info = (struct hm_marker_info){
		.kind = printer ? HM_MARKER_PRINTER : HM_MARKER_EEPROM, .gated = true,
		.answers = printer, .size = printer ? 0 : SIM_EEPROM,
	};
	snprintf((*ret)->info.name, sizeof((*ret)->info.name), "%s", printer ? "printer0" : "eeprom0");
	return 0;
}

void hm_marker_close(struct hm_marker *m)
{
	free(m);
}

const struct hm_marker_info *hm_marker_info(const struct hm_marker *m)
{
	return &m->info;
}

int hm_marker_port_status(struct hm_marker *m, struct hm_err *err)
{
	(void)m;
	if (sim->printer_gone)
		return hm_err_set(err, -HM_ENO_DEVICE, "no printer");
	return sim->paper_out ? 0x38 : 0x18;
}

int hm_marker_read(struct hm_marker *m, uint32_t offset, void *bytes, size_t len,
		   struct hm_err *err)
{
	(void)m;
	if (sim->in_slot < 0)
		return hm_err_set(err, -HM_EEEPROM_ABSENT, "no EEPROM answers");
	assert(offset + len <= SIM_EEPROM);
	memcpy(bytes, sim->board[sim->in_slot].eeprom + offset, len);
	return 0;
}

static struct sim_job *find_job(const uint8_t id[16])
{
	for (size_t i = 0; i < sim->n_jobs; i++)
		if (!sim->jobs[i].forgotten && !memcmp(sim->jobs[i].job.job_id, id, 16))
			return &sim->jobs[i];
	return NULL;
}

int hm_marker_result(struct hm_marker *m, struct hm_mark_job *job, void *reply, size_t size,
		     struct hm_err *err)
{
	struct sim_job *j = find_job(job->job_id);

	(void)m;
	sim_moment();
	if (!j)
		return hm_err_set(err, -HM_ENOT_FOUND, "no such job");
	*job = j->job;
	if (j != &sim->jobs[sim->n_jobs - 1])
		job->reply_len = 0;	/* only the last job's reply is kept */
	if (job->reply_len > size)
		job->reply_len = (uint32_t)size;
	memcpy(reply, j->reply, job->reply_len);
	return 0;
}

static const char hs_ok[] =
	"\002030,0,0,0406,000,0,0,0,000,0,0,0\003\r\n\002000,0,0,0,0,2,4,0,00000000,1,000\003\r\n"
	"\0021234,0\003\r\n";

/* The EPC that the printer is told to write; with bank E it takes 96 bits, whatever ^FD holds. */
static void told_epc(const struct hm_mark_job *job, char epc[HM_EPC_HEX_SIZE])
{
	const char *p = memmem(job->payload, job->payload_len, "^RFW,H", 6), *data;
	int n = 0;

	assert(p);
	data = memmem(p, job->payload_len - (size_t)(p - (const char *)job->payload), "^FD", 3) + 3;
	while (data[n] != '^')
		n++;
	if (memcmp(p + 6, ",,,A", 4) && n > 24)
		n = 24;
	snprintf(epc, HM_EPC_HEX_SIZE, "%.*s", n, data);
}

/* The serial a label bears: what stands behind "21" in its DataMatrix. */
static void note_label(const struct hm_mark_job *job, bool good)
{
	const char *p = memmem(job->payload, job->payload_len, "0952123454321321", 16);
	size_t n = sim->n_label++;

	assert(p && n < SIM_LABELS);
	snprintf(sim->label[n].serial, 12, "%.11s", p + 16);
	told_epc(job, sim->label[n].epc);
	sim->label[n].good = good;
	sim->label[n].reprint = job->flags & HM_MARK_REPRINT;
}

static void print_label(struct sim_job *j)
{
	enum sim_label what = sim->labels < sim->scripted ? sim->script[sim->labels] : SIM_PRINT;
	char epc[HM_EPC_HEX_SIZE];
	int n = 0;

	told_epc(&j->job, epc);
	if (sim->wrong_digit)
		epc[sim->wrong_digit - 1] = epc[sim->wrong_digit - 1] == '7' ? '6' : '7';

	sim->labels++;
	j->job.state = HM_MARK_DONE;
	j->job.sent = j->job.payload_len;
	switch (what) {
	case SIM_PRINT:
	case SIM_MUTE:
		note_label(&j->job, true);
		if (what == SIM_PRINT)
			n = snprintf((char *)j->reply, sizeof(j->reply),
				     "EPC[%s]\r\nTID[E28011052000%012zu]\r\n", epc, sim->n_label);
		break;
	case SIM_VOID:
		note_label(&j->job, false);
		n = snprintf((char *)j->reply, sizeof(j->reply),
			     "EPC[NO TAG FOUND]\r\nTID[NO TAG FOUND]\r\n");
		break;
	case SIM_CUT:
		j->job.state = HM_MARK_PARTIAL;
		j->job.sent /= 2;
		break;
	case SIM_NOTHING:
		j->job.state = HM_MARK_UNKNOWN;
		j->job.sent = 0;
		break;
	case SIM_GATE_FAULT:
		j->job.state = HM_MARK_FAULT;
		j->job.sent = 0;
		break;
	}
	j->job.reply_len = (uint32_t)n;
}

static void write_eeprom(struct sim_job *j)
{
	struct sim_board *b = &sim->board[sim->in_slot];

	sim->writes++;
	assert(j->job.offset + j->job.payload_len <= SIM_EEPROM);
	if (!b->write_protected)
		memcpy(b->eeprom + j->job.offset, j->job.payload, j->job.payload_len);
	j->job.state = memcmp(b->eeprom + j->job.offset, j->job.payload, j->job.payload_len) ?
		HM_MARK_VERIFY_FAILED : HM_MARK_DONE;
	j->job.sent = j->job.payload_len;
}

int hm_marker_mark(struct hm_marker *m, struct hm_mark_job *job, void *reply, size_t size,
		   struct hm_err *err)
{
	struct sim_job *j;

	sim_moment();	/* before the ioctl: nothing has happened */
	if (find_job(job->job_id))
		return -EEXIST;
	if (sim->full)
		return hm_err_set(err, -HM_ELOG_FULL, "the gate's log is full");
	if (m->info.kind == HM_MARKER_PRINTER ? sim->printer_gone : sim->in_slot < 0)
		return hm_err_set(err, -HM_ENO_DEVICE, "unplugged");
	assert(sim->n_jobs < SIM_JOBS);
	j = &sim->jobs[sim->n_jobs++];
	*j = (struct sim_job){ .job = *job, .boot = sim->boot };
	SHA256(job->payload, job->payload_len, j->job.digest);
	j->job.seq = gatelog_intent(&sim->gate, job->job_id, job->flags, m->info.name, job->offset,
				    job->payload_len, j->job.digest);
	if (job->flags & HM_MARK_QUERY) {
		j->job.state = HM_MARK_DONE;
		j->job.sent = job->payload_len;
		if (job->reply_max && !sim->printer_silent) {
			j->job.reply_len = sizeof(hs_ok) - 1;
			memcpy(j->reply, hs_ok, sizeof(hs_ok));
		}
	} else if (m->info.kind == HM_MARKER_PRINTER) {
		print_label(j);
	} else {
		write_eeprom(j);
	}
	gatelog_outcome(&sim->gate, j->job.seq, j->job.state, j->job.sent);
	j->end = sim->gate.log.len;
	sim_moment();	/* done, and the caller dies before it hears of it */
	*job = j->job;
	assert(j->job.reply_len <= size || !reply);
	if (reply)
		memcpy(reply, j->reply, j->job.reply_len);
	return 0;
}

/* --- the gate as a whole --- */

static uint64_t header_len(void)
{
	struct hm_ev_reader r;
	int rc = hm_ev_reader_init(&r, sim->gate.log.data, sim->gate.log.len);

	assert(!rc);
	(void)rc;
	return r.pos;
}

int hm_gate_state(const char *sysroot, struct hm_gate_state *ret, struct hm_err *err)
{
	uint64_t head = header_len(), start = sim->gate.exported ? sim->gate.exported : head;

	(void)sysroot;
	(void)err;
	*ret = (struct hm_gate_state){
		.present = true, .full = sim->full, .pcr = 13, .seq = sim->gate.seq,
		.log_bytes = (uint32_t)(head + sim->gate.log.len - start), .log_max = sim->log_max,
		.log_start = start, .log_end = sim->gate.log.len, .exported = sim->gate.exported,
	};
	memset(ret->boot_id, sim->boot, sizeof(ret->boot_id));
	return 0;
}

int hm_gate_log(const char *sysroot, struct hm_buf *log, uint64_t *ret_start, struct hm_err *err)
{
	(void)sysroot;
	(void)err;
	gatelog_held(&sim->gate, log);
	if (ret_start)
		*ret_start = sim->gate.exported ? sim->gate.exported : header_len();
	return 0;
}

int hm_gate_export(const char *sysroot, uint64_t len, const uint8_t digest[32],
		   struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf held = HM_BUF_INIT(16u << 20);
	uint64_t start, place;
	uint8_t have[32];

	sim_moment();	/* kept, and dead before the gate is told */
	hm_gate_log(sysroot, &held, &start, err);
	assert(len > header_len() && len <= held.len);
	SHA256(held.data, len, have);
	if (memcmp(have, digest, 32))
		return hm_err_set(err, -HM_EMISMATCH, "other bytes");
	place = start + (len - header_len());
	gatelog_export(&sim->gate, place);
	sim->exports++;
	sim->full = false;
	for (size_t i = 0; i < sim->n_jobs; i++)
		if (sim->jobs[i].end <= place)
			sim->jobs[i].forgotten = true;
	sim_moment();	/* exported, and dead before anybody hears of it */
	return 0;
}

/* --- clock, randomness, store --- */

static int64_t now(void *ctx)
{
	(void)ctx;
	return 1763800000 + sim->ms / 1000;
}

static int64_t mono(void *ctx)
{
	(void)ctx;
	return sim->ms;
}

static int random_bytes(void *ctx, void *out, size_t len)
{
	static uint64_t n;
	uint8_t hash[32];

	(void)ctx;
	assert(len <= sizeof(hash));
	n++;
	SHA256((const uint8_t *)&n, sizeof(n), hash);
	memcpy(out, hash, len);
	return 0;
}

static void stepped(void *ctx, const struct hm_unit *u)
{
	(void)ctx;
	(void)u;
	sim_moment();	/* committed, and dead before the next thing */
}

enum hm_carrier sim_carrier = HM_CARRIER_ONIE_TLV;
uint32_t sim_eeprom_size = SIM_EEPROM;
const char *sim_scheme = "sgtin-96";

static const char product_text[] =
	"[product]\nname = demo-sensor\ngtin = 09521234543213\ncompany_prefix = 9521234\n"
	"part_number = HM-1000\nmanufacturer = Example Instruments\n"
	"[serial]\npattern = %s\nfirst = 1000000001\n"
	"[epc]\nscheme = %s\nfilter = 1\n[label]\ntemplate = demo-label.zpl\n"
	"[record]\ncarrier = %s\neeprom_size = %u\n[identity]\nbinding = %s\n";

struct seed {
	uint32_t count;
	enum hm_binding binding;
};

/* The demo label; for EPCs that are not of 96 bits the tag is told how long its EPC is. */
static int read_template(struct hm_buf *tpl)
{
	_cleanup_buf_ struct hm_buf demo = HM_BUF_INIT(HM_TEMPLATE_MAX);
	static const char write[] = "^RFW,H^FD";
	int rc = hm_read_file("examples/products/demo-label.zpl", &demo);
	const char *text = hm_buf_str(&demo), *at = rc ? NULL : strstr(text, write);

	if (rc)
		return rc;
	assert(at);
	return hm_buf_printf(tpl, "%.*s^RFW,H%s^FD%s", (int)(at - text), text, strcmp(sim_scheme, "sgtin-96") ? ",,,A" : "",
			     at + sizeof(write) - 1);
}

static int seed_store(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct seed *s = arg;
	_cleanup_buf_ struct hm_buf tpl = HM_BUF_INIT(HM_TEMPLATE_MAX);
	struct hm_batch b = { .key = "k", .product = "demo-sensor", .count = s->count, .lot = "L1" }, got;
	uint8_t tpl_sha[32];
	char text[1024];
	bool is_new;
	int rc;

	/* with letters where a tag takes them */
	snprintf(text, sizeof(text), product_text, strcmp(sim_scheme, "sgtin-96") ? "z{n:10:crockford}" : "{n:10}{c:mod10}",
		 sim_scheme, hm_carrier_name(sim_carrier), sim_eeprom_size, hm_binding_name(s->binding));
	rc = read_template(&tpl);
	if (!rc)
		rc = hm_tx_blob_put(tx, text, strlen(text), b.product_sha256, err);
	if (!rc)
		rc = hm_tx_blob_put(tx, tpl.data, tpl.len, tpl_sha, err);
	if (!rc)
		rc = hm_tx_product_put(tx, "demo-sensor", b.product_sha256, tpl_sha, err);
	return rc ? rc : hm_tx_batch_put(tx, &b, &got, &is_new, err);
}

static void open_store(struct sim *s, bool create)
{
	struct hm_err err = { "" };
	int rc = hm_store_open(s->db, create, &s->env.store, &err);

	if (rc) {
		fprintf(stderr, "sim: %s: %s\n", s->db, hm_err_text(&err, rc));
		abort();
	}
}

static void wire(struct sim *s)
{
	s->env.now = now;
	s->env.mono_ms = mono;
	s->env.random = random_bytes;
	s->env.keys = &the_keys;
	s->env.marker_open = marker_open;
	s->env.dut_open = dut_open;
	s->engine = (struct hm_engine){ .env = &s->env, .issuer = "example.com", .gated = true,
					.who = "test", .stepped = stepped };
	memset(s->engine.boot_id, s->boot, sizeof(s->engine.boot_id));
}

static void start_gate(struct sim *s)
{
	uint8_t id[16];

	memset(id, s->boot, sizeof(id));
	gatelog_start(&s->gate, id, NULL);
}

void sim_start(struct sim *s, uint32_t count, enum hm_binding binding)
{
	struct seed seed = { count, binding };
	struct hm_err err = { "" };
	int rc;

	*s = (struct sim){ .boot = 1, .in_slot = 0, .log_max = 1u << 20 };
	sim = s;
	/* power fails by longjmp here: nothing rests on the disk, and memory is faster */
	snprintf(s->dir, sizeof(s->dir), "%s/hm-sim-XXXXXX",
		 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	if (!mkdtemp(s->dir))
		abort();
	snprintf(s->db, sizeof(s->db), "%s/store.db", s->dir);
	snprintf(s->slot.name, sizeof(s->slot.name), "slot0");
	snprintf(s->slot.printer, sizeof(s->slot.printer), "sim:printer");
	snprintf(s->slot.eeprom, sizeof(s->slot.eeprom), "sim:eeprom");
	snprintf(s->slot.dut_tpm, sizeof(s->slot.dut_tpm), "sim:tpm");
	s->slot.timeout_ms = 1000;
	for (int i = 0; i < SIM_BOARDS; i++) {
		memset(s->board[i].eeprom, 0xff, SIM_EEPROM);
		memset(s->board[i].ek, i + 1, 32);
	}
	start_gate(s);
	open_store(s, true);
	rc = hm_store_run(s->env.store, seed_store, &seed, &err);
	if (rc) {
		fprintf(stderr, "sim: %s\n", hm_err_text(&err, rc));
		abort();
	}
	wire(s);
}

void sim_restart(struct sim *s)
{
	hm_store_close(s->env.store);
	open_store(s, false);
	if (s->new_boot) {
		s->boot++;
		s->n_jobs = 0;
		gatelog_free(&s->gate);
		start_gate(s);
	}
	s->in_meanwhile = false;
	wire(s);
}

void sim_end(struct sim *s)
{
	char command[128];

	hm_store_close(s->env.store);
	gatelog_free(&s->gate);
	snprintf(command, sizeof(command), "rm -rf '%s'", s->dir);
	if (system(command))
		abort();
}

struct get {
	const char *serial;
	struct hm_unit *u;
};

static int get_unit(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct get *g = arg;

	return hm_tx_unit_get(tx, g->serial, g->u, err);
}

void sim_get(struct sim *s, const char *serial, struct hm_unit *ret)
{
	struct get g = { serial, ret };
	int rc = hm_store_read(s->env.store, get_unit, &g, NULL);

	assert(rc == 0);
	(void)rc;
}

int sim_labels_of(const struct sim *s, const char *serial, bool good_only)
{
	int n = 0;

	for (size_t i = 0; i < s->n_label; i++)
		if (!strcmp(s->label[i].serial, serial) && (s->label[i].good || !good_only))
			n++;
	return n;
}
