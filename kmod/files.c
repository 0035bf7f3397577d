// SPDX-License-Identifier: GPL-2.0-only
/* The gate as a whole, in /sys/kernel/security/hallmark: the log, and one value a file. */
#include <crypto/sha2.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/security.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "include/uapi/linux/hallmark.h"

#include "core.h"
#include "gate.h"
#include "log.h"

#define READ_CHUNK	SZ_16K

static_assert(sizeof(struct hallmark_export) == 80);
static_assert(offsetof(struct hallmark_export, seq) == 48);
static_assert(HALLMARK_DIGEST_SIZE == SHA256_DIGEST_SIZE);

/*
 * A reader sees the log as it was when it opened the file, at a moment when log
 * and PCR agreed. Quote first, then open: the log may then be ahead of the
 * quote, by whole events, and never behind it. Once an EXPORT has dropped what the
 * reader was reading, it is told so (ESTALE) and opens the file again.
 */
static int log_open(struct inode *inode, struct file *file)
{
	struct hallmark_snapshot *snap;
	int rc;

	snap = kmalloc(sizeof(*snap), GFP_KERNEL);
	if (!snap)
		return -ENOMEM;
	rc = hallmark_gate_snapshot(hallmark_gate, snap);
	if (rc) {
		kfree(snap);
		return rc;
	}
	file->private_data = snap;
	return 0;
}

static int log_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static ssize_t log_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	const struct hallmark_snapshot *snap = file->private_data;
	size_t done = 0;
	ssize_t n = 0;
	u8 *chunk;

	if (*pos < 0)
		return -EINVAL;
	if (*pos >= snap->len)
		return 0;
	chunk = kmalloc(READ_CHUNK, GFP_KERNEL);
	if (!chunk)
		return -ENOMEM;
	while (done < count) {
		n = hallmark_log_read(hallmark_gate_log(hallmark_gate), snap, *pos, chunk,
				      min_t(size_t, count - done, READ_CHUNK));
		if (n > 0 && copy_to_user(buf + done, chunk, n))
			n = -EFAULT;
		if (n <= 0)
			break;
		*pos += n;
		done += n;
	}
	kfree(chunk);
	return done ?: n;
}

static loff_t log_llseek(struct file *file, loff_t offset, int whence)
{
	const struct hallmark_snapshot *snap = file->private_data;

	return fixed_size_llseek(file, offset, whence, snap->len);
}

static long export_log(void __user *arg)
{
	struct hallmark_export u;
	u64 seq, offset;
	int rc;

	if (copy_from_user(&u, arg, sizeof(u)))
		return -EFAULT;
	if (u.size != sizeof(u) || u.flags || memchr_inv(u.reserved, 0, sizeof(u.reserved)))
		return -EINVAL;
	/* where the answer cannot be written, nothing is dropped */
	u.seq = 0;
	u.offset = 0;
	if (copy_to_user(arg, &u, sizeof(u)))
		return -EFAULT;
	rc = hallmark_gate_export(hallmark_gate, u.len, u.digest, &seq, &offset);
	if (rc)
		return rc;
	hallmark_job_forget(offset);
	u.seq = seq;
	u.offset = offset;
	/* written once already; if it has become unwritable since, `exported` tells */
	rc = copy_to_user(arg, &u, sizeof(u));
	return 0;
}

static long log_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (cmd != HALLMARK_IOC_EXPORT)
		return -ENOTTY;
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	return export_log((void __user *)arg);
}

static const struct file_operations log_fops = {
	.owner = THIS_MODULE,
	.open = log_open,
	.release = log_release,
	.read = log_read,
	.llseek = log_llseek,
	.unlocked_ioctl = log_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

/* What the other files say, one line each; of what changes, a view that hangs together. */
static int show_seq(char *text, size_t size)
{
	struct hallmark_gate_view view;
	int rc = hallmark_gate_view(hallmark_gate, &view);

	return rc ?: scnprintf(text, size, "%llu\n", view.seq);
}

static int show_exported(char *text, size_t size)
{
	struct hallmark_gate_view view;
	int rc = hallmark_gate_view(hallmark_gate, &view);

	return rc ?: scnprintf(text, size, "%llu\n", view.exported);
}

static int show_boot_id(char *text, size_t size)
{
	u8 id[16];

	hallmark_gate_boot_id(hallmark_gate, id);
	return scnprintf(text, size, "%*phN\n", (int)sizeof(id), id);
}

static int show_state(char *text, size_t size)
{
	static const char * const name[] = {
		[HALLMARK_GATE_OK] = "ok",
		[HALLMARK_GATE_FULL] = "full",
		[HALLMARK_GATE_FAULT] = "fault",
	};

	struct hallmark_gate_view view;
	int rc = hallmark_gate_view(hallmark_gate, &view);

	return rc ?: scnprintf(text, size, "%s\n", name[view.state]);
}

typedef int show_fn(char *text, size_t size);

static ssize_t text_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	show_fn *show = file_inode(file)->i_private;
	char text[64];
	int n = show(text, sizeof(text));

	return n < 0 ? n : simple_read_from_buffer(buf, count, pos, text, n);
}

static const struct file_operations text_fops = {
	.owner = THIS_MODULE,
	.read = text_read,
	.llseek = default_llseek,
};

static const struct {
	const char *name;
	umode_t mode;
	const struct file_operations *fops;
	show_fn *show;
} files[] = {
	{ "log", 0640, &log_fops },
	{ "seq", 0440, &text_fops, show_seq },
	{ "state", 0440, &text_fops, show_state },
	{ "boot_id", 0440, &text_fops, show_boot_id },
	{ "exported", 0440, &text_fops, show_exported },
};

int hallmark_files_create(void)
{
	struct dentry *dir, *d;
	size_t i;

	dir = securityfs_create_dir("hallmark", NULL);
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		d = securityfs_create_file(files[i].name, files[i].mode, dir, files[i].show,
					   files[i].fops);
		if (IS_ERR(d))
			return PTR_ERR(d);
	}
	return 0;
}
