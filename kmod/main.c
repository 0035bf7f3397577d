// SPDX-License-Identifier: GPL-2.0-only
/*
 * hallmark.ko: loads only where it can keep its promise (a TPM 2.0 whose every
 * PCR bank can be hashed, a PCR that no user can reset), writes START, and
 * stays: there is no module_exit, since a log that can be unloaded is none.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/reboot.h>
#include <linux/sizes.h>
#include <linux/suspend.h>

#include "core.h"
#include "gate.h"
#include "tpm.h"

/* 0-7 are the firmware's, 16-23 can be reset or belong to a dynamic launch. */
#define PCR_FIRST	8
#define PCR_LAST	15
#define LOG_MIN		SZ_16K
#define LOG_LIMIT	SZ_16M		/* an EXPORT hashes it in one go */

static unsigned int pcr = 13;
module_param(pcr, uint, 0444);
MODULE_PARM_DESC(pcr, "PCR that events are extended into, 8 to 15 (default 13)");

static unsigned int log_max = SZ_4M;
module_param(log_max, uint, 0444);
MODULE_PARM_DESC(log_max, "Bytes of event log before marks are refused (default 4 MiB)");

struct hallmark_gate *hallmark_gate;

static int pm_event(struct notifier_block *nb, unsigned long event, void *data)
{
	switch (event) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		return notifier_from_errno(hallmark_gate_sleep(hallmark_gate));
	case PM_POST_SUSPEND:
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		hallmark_gate_wake(hallmark_gate);
		return NOTIFY_OK;
	default:
		return NOTIFY_DONE;
	}
}

static struct notifier_block pm_nb = { .notifier_call = pm_event };

/* Before the TPM is told of it: what is measured after that would be lost. */
static int reboot_event(struct notifier_block *nb, unsigned long event, void *data)
{
	hallmark_gate_stop(hallmark_gate);
	return NOTIFY_DONE;
}

static struct notifier_block reboot_nb = { .notifier_call = reboot_event };

static int check_params(void)
{
	if (pcr < PCR_FIRST || pcr > PCR_LAST) {
		pr_err("pcr=%u: must be %u to %u, which nobody can reset\n",
		       pcr, PCR_FIRST, PCR_LAST);
		return -EINVAL;
	}
	if (log_max < LOG_MIN || log_max > LOG_LIMIT) {
		pr_err("log_max=%u: must be %u to %u\n", log_max, LOG_MIN, LOG_LIMIT);
		return -EINVAL;
	}
	return 0;
}

/*
 * START comes before the files: nobody can be reading where an init that fails
 * frees what is read. Once START is in the PCR the module stays; a log that cannot
 * be read is one that nobody can check, and then nothing is marked.
 */
static int start(struct hallmark_gate *g)
{
	int rc;

	rc = hallmark_gate_start(g);
	if (rc) {
		pr_err("START could not be extended into PCR %u (%d)\n", pcr, rc);
		return rc;
	}
	rc = hallmark_files_create();
	if (rc) {
		pr_crit("no files in securityfs (%d); no marks until reboot\n", rc);
		hallmark_gate_stop(g);
	}
	return 0;
}

static int __init hallmark_init(void)
{
	struct hallmark_tpm *tpm;
	struct hallmark_gate *g;
	int rc;

	rc = check_params();
	if (rc)
		return rc;
	tpm = hallmark_tpm_get();
	if (IS_ERR(tpm))
		return PTR_ERR(tpm);
	g = hallmark_gate_create(tpm, pcr, log_max);
	if (IS_ERR(g)) {
		rc = PTR_ERR(g);
		goto put_tpm;
	}
	rc = hallmark_marker_init();
	if (rc)
		goto destroy_gate;
	hallmark_gate = g;	/* of the notifiers, before START; of the files, after it */
	rc = register_pm_notifier(&pm_nb);
	if (rc)
		goto marker_exit;
	rc = register_reboot_notifier(&reboot_nb);
	if (rc)
		goto unregister_pm;
	/* last: what is in the PCR must not be lost by an init that fails */
	rc = start(g);
	if (rc)
		goto unregister_reboot;
	return 0;

unregister_reboot:
	unregister_reboot_notifier(&reboot_nb);
unregister_pm:
	unregister_pm_notifier(&pm_nb);
marker_exit:
	hallmark_marker_exit();
destroy_gate:
	/* built in, transports are there all the same, and ask (marker.c) */
	hallmark_gate = NULL;
	hallmark_gate_destroy(g);
put_tpm:
	hallmark_tpm_put(tpm);
	return rc;
}
module_init(hallmark_init);

MODULE_DESCRIPTION("Hallmark: no byte reaches a marker unmeasured");
MODULE_AUTHOR("The Hallmark project");
MODULE_LICENSE("GPL");
MODULE_SOFTDEP("pre: sha1 sha256 sha384 sha512");
