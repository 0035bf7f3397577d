// SPDX-License-Identifier: LGPL-2.1-or-later
/* Transports unload and come back, open files or not; the gate stays. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/syscall.h>

#include "gt.h"
#include "harness.h"

static int unload(const char *module)
{
	return syscall(SYS_delete_module, module, O_NONBLOCK) ? -errno : 0;
}

static bool load(const char *module)
{
	char command[128];

	snprintf(command, sizeof(command), "modprobe %s", module);
	return system(command) == 0;
}

/*
 * The EEPROM's marker, named anew as udev did when its adapter came. It may be at
 * that still, for an adapter that a test before this one has plugged in.
 */
static bool name_eeprom(const char *ident)
{
	char text[128];
	int rc;

	snprintf(text, sizeof(text), "%s 64", ident);
	rc = gt_write_file("/sys/class/hallmark_nvmem/new_marker", text);
	if (rc)
		printf("# new_marker '%s': %d\n", text, rc);
	return !rc || rc == -EBUSY;
}

TEST(the_gate_stays)
{
	char ident[64];

	ASSERT_EQ(0, gt_attr("eeprom0", "ident", ident, sizeof(ident)));
	EXPECT_EQ(-EAGAIN, unload("hallmark"));
	ASSERT_EQ(0, unload("hallmark_usb"));
	ASSERT_EQ(0, unload("hallmark_nvmem"));
	/* permanent: not even without users */
	EXPECT_EQ(-EBUSY, unload("hallmark"));
	ASSERT_TRUE(load("hallmark_usb"));
	ASSERT_TRUE(load("hallmark_nvmem"));
	EXPECT_TRUE(name_eeprom(ident));
	EXPECT_TRUE(gt_wait_node("printer0", true));
	EXPECT_TRUE(gt_wait_node("eeprom0", true));
}

TEST(printer_module_with_an_open_file)
{
	struct pollfd p = { 0 };
	struct hallmark_mark m, r;
	int fd, again, i;

	ASSERT_TRUE(gt_control("printer", "clear", NULL, 0));
	for (i = 0; i < 3; i++) {
		fd = gt_open("printer0", O_RDWR);
		ASSERT_LE(0, fd);
		gt_job(&m, " ", 1);
		ASSERT_EQ(0, gt_mark(fd, &m));
		ASSERT_EQ(0, unload("hallmark_usb"));
		p.fd = fd;
		EXPECT_EQ(1, poll(&p, 1, 0));
		EXPECT_EQ(0, gt_result(fd, m.job_id, &r));
		gt_job(&m, " ", 1);
		EXPECT_EQ(-ENODEV, gt_mark(fd, &m));
		ASSERT_TRUE(load("hallmark_usb"));
		again = gt_open("printer0", O_RDWR);
		ASSERT_LE(0, again);
		ASSERT_EQ(0, gt_mark(again, &m));
		EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
		close(fd);
		EXPECT_EQ(-EBUSY, gt_open("printer0", O_RDWR));
		close(again);
	}
}

TEST(eeprom_module_with_an_open_file)
{
	char ident[64];
	uint8_t b;
	int fd;

	fd = gt_open("eeprom0", O_RDWR);
	if (fd == -ENXIO) {
		ASSERT_TRUE(gt_control("fixture", "insert board01", NULL, 0));
		fd = gt_open("eeprom0", O_RDWR);
	}
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, gt_attr("eeprom0", "ident", ident, sizeof(ident)));
	ASSERT_EQ(0, unload("hallmark_nvmem"));
	EXPECT_EQ(-1, pread(fd, &b, 1, 0));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_NE(0, access("/sys/class/hallmark/eeprom0", F_OK));
	ASSERT_TRUE(load("hallmark_nvmem"));
	ASSERT_TRUE(name_eeprom(ident));
	close(fd);
	fd = gt_open("eeprom0", O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_EQ(1, pread(fd, &b, 1, 0));
	close(fd);
}

TEST(the_log_still_replays)
{
	struct hallmark_mark m;
	struct gt_log log;
	int fd = gt_open("printer0", O_RDWR);

	ASSERT_LE(0, fd);
	gt_job(&m, " ", 1);
	ASSERT_EQ(0, gt_mark(fd, &m));
	ASSERT_EQ(0, gt_log_read(&log));
	EXPECT_TRUE(gt_log_replays(&log, NULL));
	gt_log_free(&log);
	close(fd);
}

TEST_HARNESS_MAIN
