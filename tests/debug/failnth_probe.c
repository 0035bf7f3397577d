// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * As failnth.c, for what happens around a job: open, the probe and the unbinding of
 * a printer, new_marker and delete_marker. What failed leaves nothing behind that is
 * in the way of the same again.
 */
#include <dirent.h>

#include "failnth.h"
#include "harness.h"
#include "nth.h"

#define DRIVER		"/sys/bus/usb/drivers/hallmark_usb/"
#define NVMEM		"/sys/class/hallmark_nvmem/"

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

/* Open @marker until nothing is injected, each time after @before. */
static bool open_loop(const char *marker, const char *device, bool (*before)(void))
{
	char path[64];
	bool hit = true, ok = true;
	int fd, rc;

	snprintf(path, sizeof(path), GT_DIR "%s", marker);
	while (ok && hit && runs < NTH_MAX) {
		count_run();
		if (before && !before())
			return bad("cannot begin anew", 0, 0);
		nth_arm(runs);
		fd = open(path, O_RDWR | O_CLOEXEC);
		rc = fd < 0 ? -errno : 0;
		hit = nth_disarm();
		injected += hit;
		refused += rc != 0;
		if (rc && !hit)
			return bad("no fault, yet it does not open", rc, 0);
		if (rc)
			fd = gt_open(marker, O_RDWR);
		if (fd < 0)
			return bad("it does not open afterwards", fd, rc);
		ok = ordinary_job(fd, device);
		close(fd);
	}
	return ok && !hit;
}

/* The one entry of a directory that begins with a digit or has @with in it. */
static bool entry_of(const char *dir, const char *with, char *ret, size_t size)
{
	struct dirent *e;
	bool found = false;
	DIR *d = opendir(dir);

	while (d && (e = readdir(d)))
		if (e->d_name[0] >= '0' && e->d_name[0] <= '9' && strstr(e->d_name, with)) {
			snprintf(ret, size, "%s", e->d_name);
			found = true;
		}
	if (d)
		closedir(d);
	return found;
}

/* at24 lets go of the chip: the next open has to probe. */
static bool unbind_at24(void)
{
	char client[64];

	return !entry_of("/sys/bus/i2c/drivers/at24", "-0050", client, sizeof(client)) ||
	       !gt_write_file("/sys/bus/i2c/drivers/at24/unbind", client);
}

TEST_F_TIMEOUT(fail, open_printer, 1500)
{
	/* each n: there are little more of them than the step is wide; this is the test's own process */
	setenv("HM_NTH_ALL", "1000000", 1);
	close(self->printer);
	EXPECT_TRUE(open_loop("printer0", "printer", NULL));
	EXPECT_TRUE(report("open, a printer"));
	self->printer = -1;
}

TEST_F_TIMEOUT(fail, open_eeprom_probes, 1500)
{
	close(self->eeprom);
	EXPECT_TRUE(open_loop("eeprom0", "eeprom", unbind_at24));
	EXPECT_TRUE(report("open, an EEPROM that is probed"));
	self->eeprom = -1;
}

/* The printer works as it did; also its node is where it was. */
static bool printer_is_back(void)
{
	int fd = gt_open("printer0", O_RDWR);
	bool ok;

	if (fd < 0)
		return bad("no printer0 afterwards", fd, 0);
	ok = ordinary_job(fd, "printer");
	close(fd);
	return ok && gt_state_is("ok");
}

static int armed_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return -errno;
	nth_arm(runs);
	rc = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	injected += nth_disarm();
	close(fd);
	return rc;
}

TEST_F_TIMEOUT(fail, probe_printer, 1500)
{
	char name[64];
	int last = -1, rc;

	close(self->printer);
	self->printer = -1;
	ASSERT_TRUE(entry_of(DRIVER, ":", name, sizeof(name)));
	while (last != injected && runs < NTH_MAX) {
		last = injected;
		ASSERT_EQ(0, gt_write_file(DRIVER "unbind", name));
		ASSERT_TRUE(gt_wait_node("printer0", false));
		count_run();
		rc = armed_write(DRIVER "bind", name);
		refused += rc != 0;
		ASSERT_TRUE(last != injected || !rc);
		/* half a probe is none: bound means a marker, not bound means none */
		ASSERT_EQ(rc != 0, access("/sys/class/hallmark/printer0", F_OK) != 0);
		if (rc) {
			ASSERT_EQ(0, gt_write_file(DRIVER "bind", name));
		} else if (access(GT_DIR "printer0", F_OK)) {
			/* the driver core does without a node when memory is short */
			ASSERT_EQ(0, gt_write_file(DRIVER "unbind", name));
			ASSERT_EQ(0, gt_write_file(DRIVER "bind", name));
		}
		ASSERT_TRUE(printer_is_back());
	}
	EXPECT_EQ(last, injected);
	EXPECT_TRUE(report("probe, a printer"));
}

TEST_F_TIMEOUT(fail, unbind_printer, 1500)
{
	char name[64];
	int last = -1, rc;

	close(self->printer);
	self->printer = -1;
	ASSERT_TRUE(entry_of(DRIVER, ":", name, sizeof(name)));
	while (last != injected && runs < NTH_MAX) {
		last = injected;
		count_run();
		rc = armed_write(DRIVER "unbind", name);
		refused += rc != 0;
		ASSERT_TRUE(last != injected || !rc);
		if (rc)
			ASSERT_EQ(0, gt_write_file(DRIVER "unbind", name));
		ASSERT_NE(0, access("/sys/class/hallmark/printer0", F_OK));
		ASSERT_EQ(0, gt_write_file(DRIVER "bind", name));
		ASSERT_TRUE(printer_is_back());
	}
	EXPECT_EQ(last, injected);
	EXPECT_TRUE(report("unbind, a printer"));
}

static bool eeprom_is_back(void)
{
	int fd = gt_open("eeprom0", O_RDWR);
	bool ok;

	if (fd < 0)
		return bad("no eeprom0 afterwards", fd, 0);
	ok = ordinary_job(fd, "eeprom");
	close(fd);
	return ok && gt_state_is("ok");
}

/* "i2c-N 0x50 24c256 64" of the fixture's EEPROM, and the part that says where it is. */
static bool eeprom_names(char *text, size_t text_size, char *where, size_t where_size)
{
	char ident[64];

	if (gt_attr("eeprom0", "ident", ident, sizeof(ident)) || !strrchr(ident, ' '))
		return false;
	snprintf(text, text_size, "%s 64", ident);
	snprintf(where, where_size, "%.*s", (int)(strrchr(ident, ' ') - ident), ident);
	return true;
}

/* The driver core does without a node when memory is short: then once more. */
static bool node_or_anew(const char *text, const char *where)
{
	return !access(GT_DIR "eeprom0", F_OK) ||
	       (!gt_write_file(NVMEM "delete_marker", where) &&
		!gt_write_file(NVMEM "new_marker", text));
}

TEST_F_TIMEOUT(fail, new_marker, 1500)
{
	char text[80], where[64];
	int last = -1, rc;

	ASSERT_TRUE(eeprom_names(text, sizeof(text), where, sizeof(where)));
	close(self->eeprom);
	self->eeprom = -1;
	while (last != injected && runs < NTH_MAX) {
		last = injected;
		count_run();
		ASSERT_EQ(0, gt_write_file(NVMEM "delete_marker", where));
		rc = armed_write(NVMEM "new_marker", text);
		refused += rc != 0;
		ASSERT_TRUE(last != injected || !rc);
		ASSERT_EQ(rc != 0, access("/sys/class/hallmark/eeprom0", F_OK) != 0);
		/* what failed left nothing that is in the way of the same again */
		if (rc)
			ASSERT_EQ(0, gt_write_file(NVMEM "new_marker", text));
		ASSERT_TRUE(node_or_anew(text, where));
		ASSERT_TRUE(eeprom_is_back());
	}
	EXPECT_EQ(last, injected);
	EXPECT_TRUE(report("new_marker"));
}

TEST_F_TIMEOUT(fail, delete_marker, 1500)
{
	char text[80], where[64];
	int last = -1, rc;

	ASSERT_TRUE(eeprom_names(text, sizeof(text), where, sizeof(where)));
	close(self->eeprom);
	self->eeprom = -1;
	while (last != injected && runs < NTH_MAX) {
		last = injected;
		count_run();
		rc = armed_write(NVMEM "delete_marker", where);
		refused += rc != 0;
		ASSERT_TRUE(last != injected || !rc);
		if (rc)
			ASSERT_EQ(0, gt_write_file(NVMEM "delete_marker", where));
		ASSERT_NE(0, access("/sys/class/hallmark/eeprom0", F_OK));
		ASSERT_EQ(0, gt_write_file(NVMEM "new_marker", text));
		ASSERT_TRUE(node_or_anew(text, where));
		ASSERT_TRUE(eeprom_is_back());
	}
	EXPECT_EQ(last, injected);
	EXPECT_TRUE(report("delete_marker"));
}

TEST_HARNESS_MAIN
