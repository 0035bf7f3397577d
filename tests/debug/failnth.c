// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Every allocation and every copy of MARK, RESULT, EXPORT and of reading the log
 * fails once, one at a time; and every page that the TPM driver asks for on our
 * behalf. Whatever happens, the contract holds: an errno means that nothing was
 * measured and nothing was sent; 0 that INTENT is in the log and the state tells.
 * The log replays to the PCR, the gate is not latched, and an ordinary job
 * afterwards goes through. What leaks is for kmemleak to say.
 */
#include <dirent.h>
#include <sys/ioctl.h>

#include "failnth.h"
#include "harness.h"
#include "nth.h"

#define PIECE		16384	/* what the driver sends at a time */

static const char label[] = "^XA^FO50,50^A0N,40,40^FDfail-nth^FS^XZ";

FIXTURE(fail) {
	int printer;
	int eeprom;
};

FIXTURE_SETUP(fail)
{
	runs = injected = refused = 0;
	ASSERT_EQ(0, nth_init());
	ASSERT_TRUE(gt_ready(&self->printer, &self->eeprom));
	ASSERT_TRUE(ordinary_job(self->printer, "printer"));
}

FIXTURE_TEARDOWN(fail)
{
	close(self->printer);
	close(self->eeprom);
}

/* Until a run is not injected. @reply: ask for an answer as well. */
static bool mark_loop(int fd, const char *device, const void *payload, uint32_t len,
		      uint32_t reply)
{
	bool printer = !strcmp(device, "printer");
	struct hallmark_mark m;
	long long before = 0;
	uint8_t *copy = malloc(len);
	bool hit = true, ok = copy != NULL;
	int rc;

	while (ok && hit && runs < NTH_MAX) {
		count_run();
		memcpy(copy, payload, len);
		if (!printer)
			copy[0] = (uint8_t)runs;	/* something to write every time */
		gt_job(&m, copy, len);
		m.reply_max = reply;
		if (printer)
			before = gt_number("printer", "received");
		gt_mark(-1, &m);	/* goes nowhere, but keeps the payload for hm-checker */
		nth_arm(runs);
		rc = ioctl(fd, HALLMARK_IOC_MARK, &m) < 0 ? -errno : 0;
		hit = nth_disarm();
		injected += hit;
		ok = mark_kept_its_word(fd, rc, &m,
					printer ? gt_number("printer", "received") - before : -1);
		if (ok && !hit && (rc || m.state != HALLMARK_STATE_DONE))
			ok = bad("no fault, yet not done", rc, m.state);
		if (ok && hit)
			ok = ordinary_job(fd, device);
	}
	free(copy);
	return ok && !hit;
}

TEST_F_TIMEOUT(fail, mark_printer, 1500)
{
	EXPECT_TRUE(mark_loop(self->printer, "printer", label, sizeof(label) - 1, 0));
	EXPECT_TRUE(report("MARK, a label"));
}

TEST_F_TIMEOUT(fail, mark_printer_in_pieces, 1500)
{
	static char big[3 * PIECE - 100];

	memset(big, ' ', sizeof(big));
	EXPECT_TRUE(mark_loop(self->printer, "printer", big, sizeof(big), 0));
	EXPECT_TRUE(report("MARK, three transfers"));
}

TEST_F_TIMEOUT(fail, mark_printer_with_reply, 1500)
{
	EXPECT_TRUE(mark_loop(self->printer, "printer", "~HS", 3, 1024));
	EXPECT_TRUE(report("MARK, a query and its reply"));
}

TEST_F_TIMEOUT(fail, mark_eeprom, 1500)
{
	uint8_t bytes[100] = { 0 };	/* two pages: the first one, and one more */

	EXPECT_TRUE(mark_loop(self->eeprom, "eeprom", bytes, sizeof(bytes), 0));
	EXPECT_TRUE(report("MARK, an EEPROM's pages"));
}

TEST_F_TIMEOUT(fail, result_and_reads, 1500)
{
	struct hallmark_mark m, r;
	bool hit = true;
	char byte[64];
	int rc;

	gt_job(&m, "~HS", 3);
	m.reply_max = 512;
	ASSERT_EQ(0, gt_mark(self->printer, &m));
	while (hit && runs < NTH_MAX) {
		count_run();
		nth_arm(runs);
		rc = gt_result(self->printer, m.job_id, &r);
		if (!rc && read(self->printer, byte, sizeof(byte)) < 0)
			rc = -errno;
		if (!rc && pread(self->eeprom, byte, sizeof(byte), 0) < 0)
			rc = -errno;
		if (!rc)
			rc = gt_attr("printer0", "port_status", byte, sizeof(byte));
		hit = nth_disarm();
		injected += hit;
		refused += rc != 0;
		ASSERT_TRUE(hit || !rc);
		ASSERT_TRUE(ordinary_job(self->eeprom, "eeprom"));
		/* the reply stays until the next job: ask anew */
		gt_job(&m, "~HS", 3);
		m.reply_max = 512;
		ASSERT_EQ(0, gt_mark(self->printer, &m));
	}
	EXPECT_FALSE(hit);
	EXPECT_TRUE(report("RESULT, read, pread, port_status"));
}

TEST_F_TIMEOUT(fail, read_the_log, 1500)
{
	bool hit = true;
	int rc, fd;
	char byte[512];

	while (hit && runs < NTH_MAX) {
		count_run();
		nth_arm(runs);
		rc = 0;
		fd = open(GT_SECURITYFS "log", O_RDONLY | O_CLOEXEC);
		if (fd < 0 || read(fd, byte, sizeof(byte)) < 0)
			rc = -errno;
		if (fd >= 0)
			close(fd);
		hit = nth_disarm();
		injected += hit;
		refused += rc != 0;
		ASSERT_TRUE(hit || !rc);
	}
	EXPECT_FALSE(hit);
	EXPECT_TRUE(report("open and read of the log"));
}

/*
 * The TPM's commands run in a kernel worker, which fail-nth does not reach. So the
 * workers are marked, and the n-th page that one of them asks for during a MARK is
 * refused: that is the TPM driver's command buffer.
 */
static bool mark_the_workers(const char *value)
{
	char path[64], comm[32];
	struct dirent *e;
	DIR *d = opendir("/proc");
	int n = 0;

	while (d && (e = readdir(d))) {
		FILE *f;

		if (e->d_name[0] < '1' || e->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%.16s/comm", e->d_name);
		f = fopen(path, "r");
		if (!f)
			continue;
		/* kthreadd too: workers that come later are its children */
		if (fgets(comm, sizeof(comm), f) &&
		    (!strncmp(comm, "kworker/u", 9) || !strncmp(comm, "kthreadd", 8))) {
			snprintf(path, sizeof(path), "/proc/%.16s/make-it-fail", e->d_name);
			n += !gt_write_file(path, value);
		}
		fclose(f);
	}
	if (d)
		closedir(d);
	return n > 1;
}

TEST_F_TIMEOUT(fail, the_tpm_has_no_memory, 1500)
{
	struct hallmark_mark m;
	char text[16];
	int rc, n;

	ASSERT_TRUE(mark_the_workers("1"));
	ASSERT_EQ(0, nth_set("fail_page_alloc/task-filter", "Y"));
	for (n = 0; n < 12; n++) {
		long long before = gt_number("printer", "received");
		char left[16] = "";
		int fd;

		count_run();
		/* n pages go through, then one does not */
		snprintf(text, sizeof(text), "%d", n + 1);
		ASSERT_EQ(0, nth_set("fail_page_alloc/space", text));
		ASSERT_EQ(0, nth_set("fail_page_alloc/times", "1"));
		gt_job(&m, label, sizeof(label) - 1);
		ASSERT_EQ(0, nth_set("fail_page_alloc/probability", "100"));
		rc = gt_mark(self->printer, &m);
		ASSERT_EQ(0, nth_set("fail_page_alloc/probability", "0"));
		fd = open(NTH_DEBUGFS "fail_page_alloc/times", O_RDONLY | O_CLOEXEC);
		ASSERT_LE(0, fd);
		ASSERT_LT(0, read(fd, left, sizeof(left) - 1));
		close(fd);
		injected += atoi(left) == 0;
		ASSERT_TRUE(mark_kept_its_word(self->printer, rc, &m,
					       gt_number("printer", "received") - before));
		ASSERT_TRUE(ordinary_job(self->printer, "printer"));
	}
	ASSERT_EQ(0, nth_set("fail_page_alloc/task-filter", "N"));
	ASSERT_TRUE(mark_the_workers("0"));
	EXPECT_TRUE(report("MARK, pages of the TPM driver"));
}

/* The piece becomes a file, as gt_export() makes it: what follows reads joined logs. */
static bool keep_piece(const struct gt_log *piece)
{
	const char *dir = getenv("HM_PIECES");
	char path[256];
	FILE *f;

	/* asked of the gate: a fault may have kept the answer's struct unwritten */
	snprintf(path, sizeof(path), "%.200s/%012lld", dir ? dir : "/tmp", gt_exported());
	f = dir ? fopen(path, "wxe") : NULL;
	if (!f)
		return bad("HM_PIECES", errno, 0);
	if (fwrite(piece->bytes, 1, piece->len, f) != piece->len)
		abort();
	return !fclose(f);
}

/* Nothing was dropped: what was there is there, and begins where it began. */
static bool still_there(const struct gt_log *was)
{
	struct gt_log now;
	bool ok;

	if (gt_log_read_kept(&now))
		return bad("the log cannot be read", 0, 0);
	ok = now.len >= was->len && !memcmp(now.bytes, was->bytes, was->len);
	gt_log_free(&now);
	return ok || bad("an errno, yet the log is another", 0, 0);
}

TEST_F_TIMEOUT(fail, export, 1500)
{
	static struct hm_ev ev;
	struct hallmark_export x;
	struct gt_log log, rest;
	bool hit = true;
	int fd, rc;

	while (hit && runs < NTH_MAX) {
		count_run();
		ASSERT_EQ(0, gt_log_read_kept(&log));
		gt_export_of(&x, &log, log.len);
		fd = gt_log_open();
		ASSERT_LE(0, fd);
		nth_arm(runs);
		rc = gt_export_ioctl(fd, &x);
		hit = nth_disarm();
		close(fd);
		injected += hit;
		refused += rc != 0;
		ASSERT_TRUE(hit || !rc);
		if (rc) {
			ASSERT_TRUE(still_there(&log));
		} else {
			ASSERT_TRUE(keep_piece(&log));
			ASSERT_EQ(0, gt_log_read_kept(&rest));
			ASSERT_TRUE(gt_log_find(&rest, HM_EV_TAG_EXPORT, 0, &ev));
			ASSERT_EQ(gt_exported(), (long long)ev.u.exported.offset);
			gt_log_free(&rest);
		}
		gt_log_free(&log);
		ASSERT_TRUE(gt_state_is("ok"));
		ASSERT_TRUE(ordinary_job(self->printer, "printer"));
	}
	EXPECT_FALSE(hit);
	EXPECT_TRUE(report("EXPORT"));
}

TEST_HARNESS_MAIN
