// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The machine goes down in mid-job, and tests/kselftest/reboot looks at the console:
 * nobody else is left to tell. Two printers have a job in flight each, so the gate
 * drains for as long as the second one is held: time to look at what is refused by
 * then, and at the first job, which may end.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "gt.h"
#include "harness.h"

#define OTHER	"../slot1/printer"	/* the second printer's control */

/* A line on the console. */
static void say(const char *what, int rc)
{
	char line[128];
	int n = snprintf(line, sizeof(line), "<1>kselftest: %s: %d\n", what, rc);
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	if (write(fd, line, (size_t)n) != n)
		_exit(1);
	close(fd);
}

/* What is refused once the gate has been stopped; then the jobs in flight end. */
static void look(int log, int fd, const uint8_t *first, pid_t second)
{
	long long end = gt_now() + GT_WAIT_MS;
	struct hallmark_mark m;
	struct gt_log kept;
	int rc = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (rc != -ESHUTDOWN && gt_now() < end) {
		if (gt_log_read_kept(&kept))
			continue;
		rc = gt_export(log, &kept, kept.len, NULL);
		gt_log_free(&kept);
	}
	say("EXPORT", rc);
	gt_control("printer", "release", NULL, 0);
	do {
		rc = gt_result(fd, first, &m);
	} while (!rc && m.state == HALLMARK_STATE_NONE && gt_now() < end);
	say("the first job's state", rc ? rc : (int)m.state);
	say("the first job's flags", (int)m.flags);
	gt_job(&m, " ", 1);
	say("MARK", gt_mark(fd, &m));
	/* and the last that is waited for */
	kill(second, SIGKILL);
	_exit(0);
}

TEST(going_down)
{
	struct hallmark_mark first, second;
	int fd[2], log, out;
	pid_t pid;

	fd[0] = gt_open("printer0", O_RDWR);
	ASSERT_LE(0, fd[0]);
	fd[1] = gt_open("printer1", O_RDWR);
	ASSERT_LE(0, fd[1]);
	log = gt_log_open();
	ASSERT_LE(0, log);
	ASSERT_TRUE(gt_control("printer", "fault hold 0", NULL, 0));
	ASSERT_TRUE(gt_control(OTHER, "fault hold 0", NULL, 0));
	gt_job(&first, " ", 1);
	gt_job(&second, " ", 1);
	gt_mark_child(fd[0], &first);
	pid = gt_mark_child(fd[1], &second);
	ASSERT_TRUE(gt_control("printer", "wait held>=1 60", NULL, 0));
	ASSERT_TRUE(gt_control(OTHER, "wait held>=1 60", NULL, 0));
	out = open("/out/job_id", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ASSERT_LE(0, out);
	ASSERT_EQ((ssize_t)sizeof(first.job_id), write(out, first.job_id, sizeof(first.job_id)));
	ASSERT_EQ(0, close(out));
	if (fork() == 0)
		look(log, fd[0], first.job_id, pid);
	say("going down", 0);
	ASSERT_EQ(0, reboot(RB_AUTOBOOT));
}

TEST_HARNESS_MAIN
