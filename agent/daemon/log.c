// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/daemon/daemon.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <systemd/sd-journal.h>

/* Made once with `systemd-id128 new`, never changed: people search by them. */
static const char *const message_ids[] = {
	[HM_LOG_START]		= "MESSAGE_ID=5a8e2d6f3c1b4c0e9f7a61d2b8c40e11",
	[HM_LOG_STOP]		= "MESSAGE_ID=b1f0c7a94e5d4b6c8a3e2f9d70516c22",
	[HM_LOG_FATAL]		= "MESSAGE_ID=0c94d1e7b2a84f3596d8e1f4a7b30c33",
	[HM_LOG_UNIT_DONE]	= "MESSAGE_ID=7e21b9c05fd34a8db6c3901e5a7f2d44",
	[HM_LOG_UNIT_WAITS]	= "MESSAGE_ID=d36fa18b7c924e05a1b8f27e60c93d55",
	[HM_LOG_GATE_FAULT]	= "MESSAGE_ID=94b07e3fd1c64a2e8f5d3a9b1c72e066",
	[HM_LOG_CHECKPOINT]	= "MESSAGE_ID=2fd8c46a0b9e4d719ce5a3807b1d6f77",
	[HM_LOG_TPM]		= "MESSAGE_ID=c85a3e90d47b4f61b20d9e6f13a78c88",
	[HM_LOG_OTHER]		= "MESSAGE_ID=61e9d70a2c5b4837af14b6c0d29f3e99",
};

void hm_log(enum hm_log_id id, int priority, const char *fmt, ...)
{
	char text[512], message[540], level[24];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);

	/* set by the service manager where standard error is the journal */
	if (!getenv("JOURNAL_STREAM")) {
		fprintf(stderr, "hallmarkd: %s\n", text);
		return;
	}
	snprintf(message, sizeof(message), "MESSAGE=%s", text);
	snprintf(level, sizeof(level), "PRIORITY=%d", priority);
	sd_journal_send(message, level, message_ids[id], "SYSLOG_IDENTIFIER=hallmarkd", NULL);
}
