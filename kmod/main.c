// SPDX-License-Identifier: GPL-2.0-only
/*
 * hallmark.ko: loads only where it can keep its promise (a TPM 2.0 whose every
 * PCR bank can be hashed, a PCR that no user can reset), writes START, and
 * stays: there is no module_exit, since a log that can be unloaded is none.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/security.h>
#include <linux/sizes.h>
#include <linux/suspend.h>

#include "core.h"
#include "gate.h"
#include "tpm.h"

/* 0-7 are the firmware's, 16-23 can be reset or belong to a dynamic launch. */
#define PCR_FIRST	8
#define PCR_LAST	15
#define LOG_MIN		SZ_16K
#define LOG_LIMIT	SZ_256M

static unsigned int pcr = 13;
module_param(pcr, uint, 0444);
MODULE_PARM_DESC(pcr, "PCR that events are extended into, 8 to 15 (default 13)");

static unsigned int log_max = SZ_4M;
module_param(log_max, uint, 0444);
MODULE_PARM_DESC(log_max, "Bytes of event log before marks are refused (default 4 MiB)");

struct hallmark_gate *hallmark_gate;

/*
 * A reader sees the log as it was when it opened the file, at a moment when log
 * and PCR agreed. Quote first, then open: the log may then be ahead of the
 * quote, by whole events, and never behind it.
 */
static int log_open(struct inode *inode, struct file *file)
{
	ssize_t n = hallmark_gate_snapshot(hallmark_gate);

	if (n < 0)
		return n;
	file->private_data = (void *)(unsigned long)n;
	return 0;
}

static ssize_t log_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	return simple_read_from_buffer(buf, count, pos, hallmark_gate_log(hallmark_gate),
				       (unsigned long)file->private_data);
}

static loff_t log_llseek(struct file *file, loff_t offset, int whence)
{
	return fixed_size_llseek(file, offset, whence, (unsigned long)file->private_data);
}

static const struct file_operations log_fops = {
	.owner = THIS_MODULE,
	.open = log_open,
	.read = log_read,
	.llseek = log_llseek,
};

static ssize_t seq_read_file(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	char text[24];
	int n = scnprintf(text, sizeof(text), "%llu\n", hallmark_gate_seq(hallmark_gate));

	return simple_read_from_buffer(buf, count, pos, text, n);
}

static const struct file_operations seq_fops = {
	.owner = THIS_MODULE,
	.read = seq_read_file,
	.llseek = default_llseek,
};

static ssize_t state_read_file(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	static const char * const text[] = {
		[HALLMARK_GATE_OK] = "ok\n",
		[HALLMARK_GATE_FULL] = "full\n",
		[HALLMARK_GATE_FAULT] = "fault\n",
	};
	const char *s = text[hallmark_gate_state(hallmark_gate)];

	return simple_read_from_buffer(buf, count, pos, s, strlen(s));
}

static const struct file_operations state_fops = {
	.owner = THIS_MODULE,
	.read = state_read_file,
	.llseek = default_llseek,
};

static const struct {
	const char *name;
	const struct file_operations *fops;
} files[] = {
	{ "log", &log_fops },
	{ "seq", &seq_fops },
	{ "state", &state_fops },
};

static struct dentry *dir;
static struct dentry *file_dentries[ARRAY_SIZE(files)];

static void remove_files(void)
{
	int i;

	for (i = ARRAY_SIZE(files) - 1; i >= 0; i--)
		securityfs_remove(file_dentries[i]);
	securityfs_remove(dir);
}

static int create_files(void)
{
	struct dentry *d;
	size_t i;

	dir = securityfs_create_dir("hallmark", NULL);
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		d = securityfs_create_file(files[i].name, 0440, dir, NULL, files[i].fops);
		if (IS_ERR(d)) {
			remove_files();
			return PTR_ERR(d);
		}
		file_dentries[i] = d;
	}
	return 0;
}

/* Jobs may run before the first of these and after the last: see gate.h. */
static int pm_event(struct notifier_block *nb, unsigned long event, void *data)
{
	switch (event) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		hallmark_gate_sleep(hallmark_gate);
		return NOTIFY_OK;
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

static int __init hallmark_init(void)
{
	struct hallmark_tpm *tpm;
	int rc;

	rc = check_params();
	if (rc)
		return rc;
	tpm = hallmark_tpm_get();
	if (IS_ERR(tpm))
		return PTR_ERR(tpm);
	hallmark_gate = hallmark_gate_create(tpm, pcr, log_max);
	if (IS_ERR(hallmark_gate)) {
		rc = PTR_ERR(hallmark_gate);
		goto put_tpm;
	}
	rc = create_files();
	if (rc)
		goto destroy_gate;
	rc = hallmark_marker_init();
	if (rc)
		goto remove;
	rc = register_pm_notifier(&pm_nb);
	if (rc)
		goto marker_exit;
	/* last: what is in the PCR must not be lost by an init that fails */
	rc = hallmark_gate_start(hallmark_gate);
	if (rc) {
		pr_err("START could not be extended into PCR %u (%d)\n", pcr, rc);
		goto unregister_pm;
	}
	return 0;

unregister_pm:
	unregister_pm_notifier(&pm_nb);
marker_exit:
	hallmark_marker_exit();
remove:
	remove_files();
destroy_gate:
	hallmark_gate_destroy(hallmark_gate);
put_tpm:
	hallmark_tpm_put(tpm);
	return rc;
}
module_init(hallmark_init);

MODULE_DESCRIPTION("Hallmark: no byte reaches a marker unmeasured");
MODULE_AUTHOR("The Hallmark project");
MODULE_LICENSE("GPL");
MODULE_SOFTDEP("pre: sha1 sha256 sha384 sha512");
