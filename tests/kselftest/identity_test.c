// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whom hallmark_usb takes, and on which of the settings that he offers. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gt.h"
#include "harness.h"

#define DRIVER		"/sys/bus/usb/drivers/hallmark_usb/"
#define DEVICES		"/sys/bus/usb/devices/"
#define OURS		"0a5f:ffff"

/* @settings: bInterfaceProtocol of each that it offers. */
static bool become(const char *identity, const char *settings)
{
	char who[64], what[64];

	snprintf(who, sizeof(who), "identity %s", identity);
	snprintf(what, sizeof(what), "settings %s", settings);
	return gt_unplug("printer") && gt_wait_node("printer0", false) &&
	       gt_control("printer", who, NULL, 0) && gt_control("printer", what, NULL, 0) &&
	       gt_plug("printer");
}

FIXTURE(identity) {
	int fd;
};

FIXTURE_SETUP(identity)
{
	self->fd = -1;
	ASSERT_TRUE(gt_control("printer", "clear", NULL, 0));
	ASSERT_TRUE(gt_plug("printer"));
	ASSERT_TRUE(gt_wait_node("printer0", true));
}

FIXTURE_TEARDOWN(identity)
{
	close(self->fd);
	gt_control("printer", "clear", NULL, 0);
	gt_plug("printer");
	become(OURS, "2");
	gt_wait_node("printer0", true);
}

/* No printer class, so none of its requests; taken when root names it, found by its endpoints. */
TEST_F(identity, vendor_interface)
{
	long long requests;
	char text[256];

	ASSERT_TRUE(become("1209:0002 vendor", "2"));
	ASSERT_TRUE(gt_control("printer", "wait plugged>=1 60", NULL, 0));
	requests = gt_number("printer", "requests");
	ASSERT_EQ(0, gt_write_file(DRIVER "new_id", "1209 0002 ff"));
	self->fd = gt_open("printer0", O_RDWR);
	ASSERT_LE(0, self->fd);
	EXPECT_WORKS(self->fd);
	ASSERT_EQ(0, gt_attr("printer0", "ident", text, sizeof(text)));
	EXPECT_STREQ("VID:1209;PID:0002;SN:HMVP0000;", text);
	EXPECT_EQ(-ENOENT, gt_attr("printer0", "port_status", text, sizeof(text)));
	EXPECT_EQ(requests, gt_number("printer", "requests"));
	ASSERT_EQ(0, gt_write_file(DRIVER "remove_id", "1209 0002"));
}

/* Class 7, of a vendor all of whose printers are taken. */
TEST_F(identity, vendor_of_printers)
{
	char text[256];

	ASSERT_TRUE(become("0a5f:0123", "2"));
	self->fd = gt_open("printer0", O_RDWR);
	ASSERT_LE(0, self->fd);
	EXPECT_WORKS(self->fd);
	ASSERT_EQ(0, gt_attr("printer0", "ident", text, sizeof(text)));
	EXPECT_EQ(0, strncmp(text, "MFG:Hallmark;", 13));
}

/* Whom root names has his quirks all the same; the printer is not taken unnamed. */
TEST_F(identity, quirks_are_data)
{
	long long n;
	struct hallmark_mark m;

	ASSERT_TRUE(become("0519:0003", "2"));
	ASSERT_TRUE(gt_control("printer", "wait plugged>=1 60", NULL, 0));
	ASSERT_EQ(0, gt_write_file(DRIVER "new_id", "0519 0003 7"));
	self->fd = gt_open("printer0", O_RDWR);
	ASSERT_LE(0, self->fd);
	n = gt_number("printer", "in_urbs");
	gt_job(&m, "~HS", 3);
	m.reply_max = 82;
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
	EXPECT_EQ(0, m.reply_len);
	EXPECT_EQ(n, gt_number("printer", "in_urbs"));
	close(self->fd);
	ASSERT_EQ(0, gt_write_file(DRIVER "remove_id", "0519 0003"));
}

/* A job on the setting in force. One that is unidirectional is not asked for an answer. */
#define EXPECT_SETTING(want, answers) do {						\
	long long n_ = gt_number("printer", "in_urbs");					\
	struct hallmark_mark u_;							\
	EXPECT_EQ(want, gt_number("printer", "setting"));				\
	if (answers) {									\
		EXPECT_WORKS(self->fd);							\
		break;									\
	}										\
	gt_job(&u_, "~HS", 3);								\
	u_.reply_max = 82;								\
	ASSERT_EQ(0, gt_mark(self->fd, &u_));						\
	EXPECT_EQ(HALLMARK_STATE_DONE, u_.state);					\
	EXPECT_EQ(0, u_.error);								\
	EXPECT_EQ(0, u_.reply_len);							\
	EXPECT_EQ(n_, gt_number("printer", "in_urbs"));					\
} while (0)

/*
 * The best setting that a printer offers (1 unidirectional, 2 bidirectional, 3 IEEE
 * 1284.4, 4 IPP), also after a reset; and not a word where it is in force already.
 */
TEST_F(identity, the_best_setting)
{
	static const struct {
		const char *offers;
		int best;
		bool answers;
	} cases[] = {
		{ "1", 0, false }, { "2", 0, true }, { "2 2", 0, true }, { "2 1", 0, true },
		{ "1 2", 1, true }, { "3 2 2", 1, true }, { "4 3 1", 2, false }, { "1 3 4 2", 3, true },
	};
	long long chosen;
	char text[256];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		printf("# it offers %s\n", cases[i].offers);
		chosen = gt_number("printer", "set_interfaces");
		ASSERT_LE(0, chosen);
		ASSERT_TRUE(become(OURS, cases[i].offers));
		self->fd = gt_open("printer0", O_RDWR);
		ASSERT_LE(0, self->fd);
		EXPECT_EQ(chosen + (cases[i].best > 0), gt_number("printer", "set_interfaces"));
		EXPECT_SETTING(cases[i].best, cases[i].answers);
		/* the device id is asked of that setting */
		ASSERT_EQ(0, gt_attr("printer0", "ident", text, sizeof(text)));
		EXPECT_EQ(0, strncmp(text, "MFG:Hallmark;", 13));
		ASSERT_EQ(0, gt_usb_reset("printer0"));
		EXPECT_SETTING(cases[i].best, cases[i].answers);
		close(self->fd);
	}
	self->fd = -1;
}

/* The interface of the printer whose serial number is @serial; waits for it. */
static bool find_interface(const char *serial, char *name, size_t size)
{
	long long end = gt_now() + GT_WAIT_MS;
	char path[320], text[64];
	struct dirent *e;
	bool found = false;
	DIR *d;

	while (!found && gt_now() < end) {
		d = opendir(DEVICES);
		while (d && !found && (e = readdir(d))) {
			snprintf(path, sizeof(path), DEVICES "%.200s/serial", e->d_name);
			if (gt_read_file(path, text, sizeof(text)) || strcmp(text, serial))
				continue;
			snprintf(name, size, "%.48s:1.0", e->d_name);
			snprintf(path, sizeof(path), DEVICES "%.60s", name);
			found = !access(path, F_OK);
		}
		if (d)
			closedir(d);
		usleep(5000);
	}
	return found;
}

/* IEEE 1284.4 and IPP are not spoken: it is refused, though its vendor's are taken. */
TEST_F(identity, no_setting_of_ours)
{
	static const char *const offers[] = { "3", "4", "4 3" };
	char name[64];

	for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++) {
		ASSERT_TRUE(become(OURS, offers[i]));
		ASSERT_TRUE(find_interface("HMVP0000", name, sizeof(name)));
		/* EBUSY if it is bound: this waits for who is at it */
		EXPECT_EQ(-ENODEV, gt_write_file(DRIVER "bind", name));
		EXPECT_EQ(-ENOENT, gt_attr("printer0", "kind", name, sizeof(name)));
	}
}

TEST_HARNESS_MAIN
