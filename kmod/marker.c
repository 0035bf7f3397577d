// SPDX-License-Identifier: GPL-2.0-only
/*
 * Markers as userspace sees them: class "hallmark", /dev/hallmark/<name>, one
 * opener at a time, read-only attributes in sysfs.
 *
 * Three things are kept apart. Ownership is a kref: registration holds one,
 * every open file another. Liveness is a bit, HALLMARK_MARKER_GONE, set once.
 * What is in flight is guarded by io_lock: drain() takes it, and a transport is
 * free to go when drain() returns, however many files are still open.
 */
#include <linux/cdev.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "include/uapi/linux/hallmark.h"

#include "compat.h"
#include "core.h"
#include "gate.h"

#define MARKERS_MAX	64
#define READ_CHUNK	SZ_4K

static dev_t first_devt;
static struct cdev cdev;
static DEFINE_MUTEX(markers_lock);	/* the idr, and lookup against removal */
static DEFINE_IDR(markers);
static DEFINE_IDA(printer_index);
static DEFINE_IDA(eeprom_index);

static struct ida *index_of(u32 kind)
{
	return kind == HM_EV_KIND_PRINTER ? &printer_index : &eeprom_index;
}

static const char *kind_name(u32 kind)
{
	return kind == HM_EV_KIND_PRINTER ? "printer" : "eeprom";
}

static void release_marker(struct kref *kref)
{
	struct hallmark_marker *m = container_of(kref, struct hallmark_marker, kref);

	kvfree(m->reply);
	kfree(m);
}

static bool is_gone(const struct hallmark_marker *m)
{
	return test_bit(HALLMARK_MARKER_GONE, &m->flags);
}

static int marker_open(struct inode *inode, struct file *file)
{
	struct hallmark_marker *m;
	int rc = 0;

	mutex_lock(&markers_lock);
	m = idr_find(&markers, iminor(inode) - MINOR(first_devt));
	if (m)
		kref_get(&m->kref);
	mutex_unlock(&markers_lock);
	if (!m)
		return -ENODEV;
	if (test_and_set_bit(HALLMARK_MARKER_OPEN, &m->flags)) {
		rc = -EBUSY;
		goto put;
	}
	if (mutex_lock_killable(&m->io_lock)) {
		rc = -EINTR;
		goto unopen;
	}
	if (!m->ops || is_gone(m))
		rc = -ENODEV;
	else if (m->ops->open)
		rc = m->ops->open(m->priv);
	mutex_unlock(&m->io_lock);
	if (rc)
		goto unopen;
	/* whoever comes after a crash can read the last reply from its start */
	mutex_lock(&m->reply_lock);
	m->reply_pos = 0;
	mutex_unlock(&m->reply_lock);
	file->private_data = m;
	return m->kind == HM_EV_KIND_PRINTER ? stream_open(inode, file) : 0;

unopen:
	clear_bit_unlock(HALLMARK_MARKER_OPEN, &m->flags);
put:
	kref_put(&m->kref, release_marker);
	return rc;
}

static int marker_release(struct inode *inode, struct file *file)
{
	struct hallmark_marker *m = file->private_data;

	clear_bit_unlock(HALLMARK_MARKER_OPEN, &m->flags);
	kref_put(&m->kref, release_marker);
	return 0;
}

/* The last job's reply, as a stream; 0 at its end. */
static ssize_t read_reply(struct hallmark_marker *m, char __user *buf, size_t count)
{
	size_t n = min_t(size_t, count, HALLMARK_REPLY_MAX);
	u8 *bounce = NULL;
	ssize_t rc = 0;

	if (n) {
		bounce = kmalloc(n, GFP_KERNEL_ACCOUNT);
		if (!bounce)
			return -ENOMEM;
	}
	if (mutex_lock_interruptible(&m->reply_lock)) {
		rc = -ERESTARTSYS;
		goto free;
	}
	n = min_t(size_t, n, m->reply_len - m->reply_pos);
	if (n)
		memcpy(bounce, m->reply + m->reply_pos, n);
	m->reply_pos += n;
	mutex_unlock(&m->reply_lock);
	/* not under the lock: the user's page may be long in coming, and a job waits */
	if (n)
		rc = copy_to_user(buf, bounce, n) ? -EFAULT : n;
	else if (count && is_gone(m))
		rc = -ENODEV;
free:
	kfree(bounce);
	return rc;
}

static int read_chunk(struct hallmark_marker *m, u32 offset, u8 *buf, u32 len)
{
	int rc = -ENODEV;

	if (mutex_lock_killable(&m->io_lock))
		return -EINTR;
	if (m->ops && !is_gone(m))
		rc = m->ops->read(m->priv, offset, buf, len);
	mutex_unlock(&m->io_lock);
	return rc;
}

static ssize_t read_eeprom(struct hallmark_marker *m, char __user *buf, size_t count,
			   loff_t *pos)
{
	size_t done = 0;
	u8 *chunk;
	int rc = 0;

	if (*pos < 0)
		return -EINVAL;
	if (*pos >= m->size)
		return 0;
	count = min_t(size_t, count, m->size - *pos);
	chunk = kmalloc(READ_CHUNK, GFP_KERNEL_ACCOUNT);
	if (!chunk)
		return -ENOMEM;
	while (done < count) {
		u32 n = min_t(size_t, count - done, READ_CHUNK);

		rc = signal_pending(current) ? -ERESTARTSYS : read_chunk(m, *pos, chunk, n);
		if (!rc && copy_to_user(buf + done, chunk, n))
			rc = -EFAULT;
		if (rc)
			break;
		*pos += n;
		done += n;
	}
	kfree(chunk);
	return done ?: rc;
}

static ssize_t marker_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct hallmark_marker *m = file->private_data;

	if (m->kind == HM_EV_KIND_PRINTER)
		return read_reply(m, buf, count);
	return read_eeprom(m, buf, count, pos);
}

static loff_t marker_llseek(struct file *file, loff_t offset, int whence)
{
	struct hallmark_marker *m = file->private_data;

	return fixed_size_llseek(file, offset, whence, m->size);
}

static __poll_t marker_poll(struct file *file, poll_table *wait)
{
	struct hallmark_marker *m = file->private_data;
	__poll_t mask = 0;

	poll_wait(file, &m->wait, wait);
	mutex_lock(&m->reply_lock);
	if (m->kind == HM_EV_KIND_EEPROM || m->reply_pos < m->reply_len)
		mask |= EPOLLIN | EPOLLRDNORM;
	mutex_unlock(&m->reply_lock);
	if (is_gone(m))
		mask |= EPOLLHUP | EPOLLERR;
	return mask;
}

static long marker_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case HALLMARK_IOC_MARK:
		if (!(file->f_mode & FMODE_WRITE))
			return -EBADF;
		return hallmark_job_mark(file->private_data, (void __user *)arg);
	case HALLMARK_IOC_RESULT:
		return hallmark_job_result((void __user *)arg);
	default:
		return -ENOTTY;
	}
}

/* There is no write: an unmeasured byte must have no way in. */
static const struct file_operations marker_fops = {
	.owner = THIS_MODULE,
	.open = marker_open,
	.release = marker_release,
	.read = marker_read,
	.llseek = marker_llseek,
	.poll = marker_poll,
	.unlocked_ioctl = marker_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static ssize_t kind_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct hallmark_marker *m = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%s\n", kind_name(m->kind));
}
static DEVICE_ATTR_RO(kind);

static ssize_t ident_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct hallmark_marker *m = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%.*s\n", (int)m->presence->ident_len, m->presence->ident);
}
static DEVICE_ATTR_RO(ident);

static ssize_t state_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct hallmark_marker *m = dev_get_drvdata(dev);
	bool busy = test_bit(HALLMARK_MARKER_BUSY, &m->flags);

	return sysfs_emit(buf, "%s\n", busy ? "busy" : "idle");
}
static DEVICE_ATTR_RO(state);

static ssize_t size_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct hallmark_marker *m = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%u\n", m->size);
}
static DEVICE_ATTR_RO(size);

/*
 * Asked of the device at every read, but never while a job is in flight: there
 * are printers that lose data then, and an old answer would be a lie. Anybody may
 * read it, so readers wait for each other, in turn: none keeps another from his
 * answer, and a job that comes waits for the one that is asking, no more.
 */
static ssize_t port_status_show(struct device *dev, struct device_attribute *attr,
				char *buf)
{
	struct hallmark_marker *m = dev_get_drvdata(dev);
	int rc = -ENODEV;
	u8 status;

	if (test_bit(HALLMARK_MARKER_BUSY, &m->flags))
		return -EBUSY;
	if (mutex_lock_interruptible(&m->io_lock))
		return -ERESTARTSYS;
	if (test_bit(HALLMARK_MARKER_BUSY, &m->flags))
		rc = -EBUSY;
	else if (m->ops && !is_gone(m))
		rc = m->ops->port_status(m->priv, &status);
	mutex_unlock(&m->io_lock);
	return rc ? rc : sysfs_emit(buf, "0x%02x\n", status);
}
static DEVICE_ATTR_RO(port_status);

static struct attribute *marker_attrs[] = {
	&dev_attr_kind.attr,
	&dev_attr_ident.attr,
	&dev_attr_state.attr,
	&dev_attr_size.attr,
	&dev_attr_port_status.attr,
	NULL
};

static umode_t marker_attr_visible(struct kobject *kobj, struct attribute *attr, int n)
{
	struct hallmark_marker *m = dev_get_drvdata(kobj_to_dev(kobj));

	if (attr == &dev_attr_size.attr)
		return m->kind == HM_EV_KIND_EEPROM ? attr->mode : 0;
	if (attr == &dev_attr_port_status.attr)
		return m->ops->port_status ? attr->mode : 0;
	return attr->mode;
}

static const struct attribute_group marker_group = {
	.attrs = marker_attrs,
	.is_visible = marker_attr_visible,
};
__ATTRIBUTE_GROUPS(marker);

static char *marker_devnode(hallmark_class_const struct device *dev, umode_t *mode)
{
	if (mode)
		*mode = 0660;
	return kasprintf(GFP_KERNEL, "hallmark/%s", dev_name(dev));
}

static struct class marker_class = {
	.name = "hallmark",
	.dev_groups = marker_groups,
	.devnode = marker_devnode,
};

/* The lowest free name of its kind, and a minor number nobody can look up yet. */
static int take_numbers(struct hallmark_marker *m)
{
	int index, minor;

	index = ida_alloc_max(index_of(m->kind), MARKERS_MAX - 1, GFP_KERNEL);
	if (index < 0)
		return index;
	mutex_lock(&markers_lock);
	minor = idr_alloc(&markers, NULL, 0, MARKERS_MAX, GFP_KERNEL);
	mutex_unlock(&markers_lock);
	if (minor < 0) {
		ida_free(index_of(m->kind), index);
		return minor;
	}
	m->index = index;
	m->minor = minor;
	snprintf(m->name, sizeof(m->name), "%s%d", kind_name(m->kind), index);
	return 0;
}

static void publish_minor(struct hallmark_marker *m, void *what)
{
	mutex_lock(&markers_lock);
	idr_replace(&markers, what, m->minor);
	mutex_unlock(&markers_lock);
}

static void give_numbers_back(struct hallmark_marker *m)
{
	mutex_lock(&markers_lock);
	idr_remove(&markers, m->minor);
	mutex_unlock(&markers_lock);
	ida_free(index_of(m->kind), m->index);
}

static struct hallmark_marker *alloc_marker(const struct hallmark_marker_desc *desc)
{
	struct hallmark_marker *m = kzalloc(sizeof(*m), GFP_KERNEL);

	if (!m)
		return NULL;
	m->presence = kzalloc(sizeof(*m->presence), GFP_KERNEL);
	if (!m->presence) {
		kfree(m);
		return NULL;
	}
	kref_init(&m->kref);
	init_waitqueue_head(&m->wait);
	mutex_init(&m->job_lock);
	mutex_init(&m->io_lock);
	mutex_init(&m->reply_lock);
	m->kind = desc->kind;
	m->size = desc->size;
	m->ops = desc->ops;
	m->priv = desc->priv;
	m->presence->kind = desc->kind;
	m->presence->ident_len = desc->ident_len;
	memcpy(m->presence->ident, desc->ident, desc->ident_len);
	return m;
}

/* Whoever has it open is told, a job in flight ends, and nobody opens it any more. */
static void end_of(struct hallmark_marker *m)
{
	set_bit(HALLMARK_MARKER_GONE, &m->flags);
	m->ops->abort(m->priv);
	wake_up_interruptible(&m->wait);
	publish_minor(m, NULL);
}

struct hallmark_marker *hallmark_marker_register(const struct hallmark_marker_desc *desc)
{
	struct hallmark_marker *m;
	int rc;

	/* built into a kernel, a transport is there also where the gate is not */
	if (!hallmark_gate)
		return ERR_PTR(-ENODEV);
	if (desc->ident_len > HM_EV_IDENT_MAX)
		return ERR_PTR(-EINVAL);
	m = alloc_marker(desc);
	if (!m)
		return ERR_PTR(-ENOMEM);
	rc = take_numbers(m);
	if (rc)
		goto free;
	strscpy(m->presence->name, m->name, sizeof(m->presence->name));
	/* ATTACH is in the queue before anybody can open the node */
	hallmark_gate_attach(hallmark_gate, m->presence);
	publish_minor(m, m);
	m->dev = device_create(&marker_class, desc->parent,
			       MKDEV(MAJOR(first_devt), MINOR(first_devt) + m->minor),
			       m, "%s", m->name);
	if (IS_ERR(m->dev)) {
		rc = PTR_ERR(m->dev);
		/* no node was made, but root may have made one */
		end_of(m);
		hallmark_gate_detach(hallmark_gate, m->presence);
		give_numbers_back(m);
		hallmark_marker_drain(m);
		return ERR_PTR(rc);
	}
	return m;
free:
	kfree(m->presence);
	kref_put(&m->kref, release_marker);
	return ERR_PTR(rc);
}
EXPORT_SYMBOL_GPL(hallmark_marker_register);

void hallmark_marker_del(struct hallmark_marker *m)
{
	end_of(m);
	/* waits for readers of attributes; the presence is the gate's only after */
	device_unregister(m->dev);
	hallmark_gate_detach(hallmark_gate, m->presence);
	m->presence = NULL;
	/* last: the next marker of this name queues its ATTACH behind our DETACH */
	give_numbers_back(m);
}
EXPORT_SYMBOL_GPL(hallmark_marker_del);

void hallmark_marker_drain(struct hallmark_marker *m)
{
	mutex_lock(&m->io_lock);
	m->ops = NULL;
	m->priv = NULL;
	mutex_unlock(&m->io_lock);
	kref_put(&m->kref, release_marker);
}
EXPORT_SYMBOL_GPL(hallmark_marker_drain);

const char *hallmark_marker_name(const struct hallmark_marker *m)
{
	return m->name;
}
EXPORT_SYMBOL_GPL(hallmark_marker_name);

int hallmark_marker_init(void)
{
	int rc;

	rc = class_register(&marker_class);
	if (rc)
		return rc;
	rc = alloc_chrdev_region(&first_devt, 0, MARKERS_MAX, "hallmark");
	if (rc)
		goto unregister_class;
	cdev_init(&cdev, &marker_fops);
	cdev.owner = THIS_MODULE;
	rc = cdev_add(&cdev, first_devt, MARKERS_MAX);
	if (rc)
		goto unregister_region;
	return 0;

unregister_region:
	unregister_chrdev_region(first_devt, MARKERS_MAX);
unregister_class:
	class_unregister(&marker_class);
	return rc;
}

void hallmark_marker_exit(void)
{
	cdev_del(&cdev);
	unregister_chrdev_region(first_devt, MARKERS_MAX);
	class_unregister(&marker_class);
}
