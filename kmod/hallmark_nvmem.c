// SPDX-License-Identifier: GPL-2.0-only
/*
 * hallmark_nvmem.ko: EEPROMs behind the kernel's own at24 driver as markers.
 *
 * Nothing is found by itself: boards full of SPD and clock EEPROMs look like
 * ours. Root names a socket,
 *
 *	echo "i2c-1 0x50 24c256 64" > /sys/class/hallmark_nvmem/new_marker
 *	echo "i2c-1 0x50" > /sys/class/hallmark_nvmem/delete_marker
 *
 * and the i2c client made for it, with its page size as a property, is the
 * marker's. A board may be plugged into the socket at any time without an event
 * on the bus, so at24 is given another chance to bind at each open.
 *
 * Two lifetimes need care.
 *
 * at24's nvmem device: its memory goes when at24 is unbound, held reference or
 * not. It is looked up for each operation, by its parent, with the client's
 * device lock held and a driver bound: unbinding needs that lock.
 *
 * The client: both delete_marker and the adapter's removal unregister it, and
 * only one may. An adapter is removed by its parent's driver with the parent's
 * device lock held, so whoever holds that lock and still finds the socket in
 * the list owns the client. (Few adapters go in another way, those of DisplayPort
 * MST and of i2c-parport: no sockets for boards, and not to be named.) There is one
 * place where a socket ends, whoever unregisters the client: the bus notifier.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ctype.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/i2c.h>
#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/nvmem-consumer.h>
#include <linux/property.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "include/uapi/linux/hallmark.h"

#include "compat.h"
#include "marker.h"

#define LINE_MAX	64	/* what names a marker */
#define CHUNK		128u	/* bytes per read, and the largest page; no type is smaller */
#define ADDRESS_FIRST	0x50	/* where 24Cxx parts live */
#define ADDRESS_LAST	0x57

static const struct eeprom_type {
	const char *name;	/* at24's */
	u32 size;
	unsigned int addresses;	/* a power of two; the part's own bits are the low ones */
} types[] = {
	{ "24c01", 128, 1 },
	{ "24c02", 256, 1 },
	{ "24c04", 512, 2 },
	{ "24c08", 1024, 4 },
	{ "24c16", 2048, 8 },
	{ "24c32", 4096, 1 },
	{ "24c64", 8192, 1 },
	{ "24c128", 16384, 1 },
	{ "24c256", 32768, 1 },
	{ "24c512", 65536, 1 },
	{ "24c1024", 131072, 2 },
};

struct eeprom_socket {
	struct list_head node;		/* under sockets_lock */
	struct i2c_client *client;	/* a reference */
	struct device *controller;	/* the adapter's parent, a reference */
	struct hallmark_marker *marker;
	struct work_struct drain;
	int adapter;
	u32 page;
	/* referred to by the client for as long as it is registered */
	struct property_entry properties[2];
	struct software_node swnode;
	bool stopping;
	u8 buf[CHUNK];			/* of the op that runs */
};

static LIST_HEAD(sockets);
static DEFINE_MUTEX(sockets_lock);
static struct workqueue_struct *drain_wq;

static int is_child_of(struct device *dev, const void *parent)
{
	return dev->parent == parent;
}

/* One short read or write through whatever at24 is bound right now. */
static int access(struct eeprom_socket *s, u32 offset, u8 *buf, u32 len, bool write)
{
	struct device *dev = &s->client->dev;
	struct nvmem_device *nvmem;
	int rc = -ENXIO;

	device_lock(dev);
	if (!dev->driver)
		goto unlock;
	nvmem = nvmem_device_find(dev, is_child_of);
	if (IS_ERR(nvmem))
		goto unlock;
	if (write)
		rc = nvmem_device_write(nvmem, offset, len, buf);
	else
		rc = nvmem_device_read(nvmem, offset, len, buf);
	nvmem_device_put(nvmem);
unlock:
	device_unlock(dev);
	return rc < 0 ? rc : 0;
}

static int may_go_on(const struct eeprom_socket *s)
{
	if (READ_ONCE(s->stopping))
		return -ENODEV;
	return fatal_signal_pending(current) ? -EINTR : 0;
}

static int may_go_on_until(const struct eeprom_socket *s, unsigned long deadline)
{
	int rc = may_go_on(s);

	return !rc && time_after(jiffies, deadline) ? -ETIMEDOUT : rc;
}

/* Is there a board? at24 refuses to bind where nothing answers. */
static int eeprom_open(void *priv)
{
	struct eeprom_socket *s = priv;
	int rc;

	if (access(s, 0, s->buf, 1, false)) {
		/* none so far, or one that was pulled out: begin afresh */
		device_release_driver(&s->client->dev);
		rc = device_attach(&s->client->dev);
		if (rc < 0)
			return -ENXIO;
	}
	return access(s, 0, s->buf, 1, false) ? -ENXIO : 0;
}

static int eeprom_read(void *priv, u32 offset, u8 *buf, u32 len)
{
	struct eeprom_socket *s = priv;
	u32 done, n;
	int rc = 0;

	for (done = 0; !rc && done < len; done += n) {
		n = min(len - done, CHUNK);
		rc = may_go_on(s);
		if (!rc)
			rc = access(s, offset + done, buf + done, n, false);
	}
	return rc;
}

/* Bytes from @at of the job that lie in one page. */
static u32 in_page(const struct eeprom_socket *s, const struct hallmark_xfer *x, u32 at)
{
	u32 room = s->page - ((x->offset + at) & (s->page - 1));

	return min(x->len - at, room);
}

/* Page by page what differs; @sent then counts what is known to be as wanted. */
static int write_pages(struct eeprom_socket *s, struct hallmark_xfer *x)
{
	u32 n;
	int rc;

	for (; x->sent < x->len; x->sent += n) {
		n = in_page(s, x, x->sent);
		rc = may_go_on_until(s, x->deadline);
		if (!rc)
			rc = access(s, x->offset + x->sent, s->buf, n, false);
		if (rc)
			return rc;
		/* nothing counts the wear of a cell: spare it where it is right */
		if (!memcmp(s->buf, x->data + x->sent, n))
			continue;
		memcpy(s->buf, x->data + x->sent, n);
		rc = access(s, x->offset + x->sent, s->buf, n, true);
		if (rc)
			return rc;
	}
	return 0;
}

/* 0: equal; 1: not; a negative errno: not known. */
static int verify_pages(struct eeprom_socket *s, const struct hallmark_xfer *x)
{
	u32 at, n;
	int rc;

	for (at = 0; at < x->len; at += n) {
		n = in_page(s, x, at);
		rc = may_go_on_until(s, x->deadline);
		if (!rc)
			rc = access(s, x->offset + at, s->buf, n, false);
		if (rc)
			return rc;
		if (memcmp(s->buf, x->data + at, n))
			return 1;
	}
	return 0;
}

static void eeprom_send(void *priv, struct hallmark_xfer *x)
{
	struct eeprom_socket *s = priv;
	int rc;

	rc = write_pages(s, x);
	if (rc) {
		/* a page that failed may be half written */
		x->state = READ_ONCE(s->stopping) ? HALLMARK_STATE_UNKNOWN :
						    HALLMARK_STATE_PARTIAL;
		x->error = rc;
		return;
	}
	rc = verify_pages(s, x);
	if (!rc)
		x->state = HALLMARK_STATE_DONE;
	else if (rc > 0)
		x->state = HALLMARK_STATE_VERIFY_FAILED;
	else
		x->state = HALLMARK_STATE_UNKNOWN;
	x->error = rc > 0 ? -EIO : rc;
}

static void eeprom_abort(void *priv)
{
	struct eeprom_socket *s = priv;

	WRITE_ONCE(s->stopping, true);
}

static const struct hallmark_marker_ops eeprom_ops = {
	.open = eeprom_open,
	.send = eeprom_send,
	.read = eeprom_read,
	.abort = eeprom_abort,
};

static void socket_free(struct eeprom_socket *s)
{
	put_device(&s->client->dev);
	put_device(s->controller);
	software_node_unregister(&s->swnode);
	kfree(s);
}

/*
 * Waiting for an op from within the notifier could deadlock: an op may be
 * binding at24, which calls the same chain of notifiers.
 */
static void drain_work(struct work_struct *work)
{
	struct eeprom_socket *s = container_of(work, struct eeprom_socket, drain);

	hallmark_marker_drain(s->marker);
	socket_free(s);
}

/* A client is being deleted, by the adapter's removal or by delete_marker. */
static int bus_event(struct notifier_block *nb, unsigned long event, void *data)
{
	struct eeprom_socket *s, *found = NULL;

	if (event != BUS_NOTIFY_DEL_DEVICE)
		return NOTIFY_DONE;
	mutex_lock(&sockets_lock);
	list_for_each_entry(s, &sockets, node)
		if (&s->client->dev == data)
			found = s;
	if (found)
		list_del(&found->node);
	mutex_unlock(&sockets_lock);
	if (!found)
		return NOTIFY_DONE;
	hallmark_marker_del(found->marker);
	queue_work(drain_wq, &found->drain);
	return NOTIFY_OK;
}

static struct notifier_block bus_nb = { .notifier_call = bus_event };

/* The device whose lock keeps the adapter where it is; a reference, or NULL. */
static struct device *get_controller(int adapter)
{
	struct i2c_adapter *adap = i2c_get_adapter(adapter);
	struct device *dev;

	if (!adap)
		return NULL;
	dev = get_device(adap->dev.parent);
	/* held no longer than this: an adapter's removal waits for references */
	i2c_put_adapter(adap);
	return dev;
}

/* The client, with its page size for at24 to find. */
static struct i2c_client *new_client(struct eeprom_socket *s, struct i2c_adapter *adap,
				     u16 addr, const struct eeprom_type *type)
{
	struct i2c_board_info info = { .addr = addr, .swnode = &s->swnode };
	int rc;

	s->properties[0] = PROPERTY_ENTRY_U32("pagesize", s->page);
	s->swnode.properties = s->properties;
	/* ours until socket_free(): i2c_unregister_device() drops its own under no lock */
	rc = software_node_register(&s->swnode);
	if (rc)
		return ERR_PTR(rc);
	strscpy(info.type, type->name, sizeof(info.type));
	return i2c_new_client_device(adap, &info);
}

/* Under the controller's device lock. Consumes @s, also where it fails. */
static int add_socket(struct eeprom_socket *s, u16 addr, const struct eeprom_type *type)
{
	struct hallmark_marker_desc desc = {
		.kind = HM_EV_KIND_EEPROM,
		.size = type->size,
		.ops = &eeprom_ops,
		.priv = s,
	};
	struct i2c_adapter *adap = i2c_get_adapter(s->adapter);
	struct i2c_client *client;
	char ident[64];
	int rc = -ENODEV;

	if (!adap)
		goto free;
	/*
	 * Whoever removes the adapter is the controller's driver, under its lock. Behind
	 * a multiplexer the parent is an adapter: no driver ever has such a device, and
	 * its lock would prove nothing.
	 */
	if (adap->dev.parent != s->controller || !s->controller->driver) {
		i2c_put_adapter(adap);
		goto free;
	}
	client = new_client(s, adap, addr, type);
	i2c_put_adapter(adap);
	if (IS_ERR(client)) {
		rc = PTR_ERR(client);
		goto free;
	}
	s->client = client;
	get_device(&client->dev);
	desc.ident = ident;
	desc.ident_len = scnprintf(ident, sizeof(ident), "i2c-%d 0x%02x %s", s->adapter,
				   addr, type->name);
	desc.parent = &client->dev;
	s->marker = hallmark_marker_register(&desc);
	if (IS_ERR(s->marker)) {
		rc = PTR_ERR(s->marker);
		i2c_unregister_device(client);
		put_device(&client->dev);
		goto free;
	}
	mutex_lock(&sockets_lock);
	list_add_tail(&s->node, &sockets);
	mutex_unlock(&sockets_lock);
	return 0;
free:
	put_device(s->controller);
	software_node_unregister(&s->swnode);
	kfree(s);
	return rc;
}

static const struct eeprom_type *find_type(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(types[i].name, name))
			return &types[i];
	return NULL;
}

/* kstrtouint() alone takes a sign. */
static int parse_number(const char *word, unsigned int base, unsigned int *ret)
{
	return isdigit(*word) ? kstrtouint(word, base, ret) : -EINVAL;
}

/* "i2c-N", in the words of /sys/bus/i2c/devices */
static int parse_adapter(const char *name, int *ret_adapter)
{
	unsigned int n;

	if (strncmp(name, "i2c-", 4) || parse_number(name + 4, 10, &n) || n > INT_MAX)
		return -EINVAL;
	*ret_adapter = n;
	return 0;
}

/*
 * The words of one line, exactly @n, in @text, which has LINE_MAX bytes. sscanf()
 * would cut numbers down.
 */
static int split(const char *buf, size_t count, char *text, const char **ret_word, int n)
{
	char *rest, *word;
	int i = 0;

	if (strscpy(text, buf, LINE_MAX) != count)
		return -EINVAL;		/* too long, or a NUL within */
	rest = strim(text);
	if (strchr(rest, '\n'))
		return -EINVAL;
	while ((word = strsep(&rest, " \t"))) {
		if (!*word)
			continue;
		if (i == n)
			return -EINVAL;
		ret_word[i++] = word;
	}
	return i == n ? 0 : -EINVAL;
}

static ssize_t new_marker_store(hallmark_class_const struct class *class,
				hallmark_class_const struct class_attribute *attr,
				const char *buf, size_t count)
{
	const struct eeprom_type *type;
	const char *word[4];
	unsigned int addr, page;
	struct device *controller;
	struct eeprom_socket *s;
	char text[LINE_MAX];
	int adapter, rc;

	if (split(buf, count, text, word, 4) || parse_number(word[1], 0, &addr) ||
	    parse_number(word[3], 10, &page))
		return -EINVAL;
	type = find_type(word[2]);
	if (parse_adapter(word[0], &adapter) || !type || addr < ADDRESS_FIRST ||
	    addr > ADDRESS_LAST || !is_power_of_2(page) || page > CHUNK)
		return -EINVAL;
	/* at24 talks to the part's next addresses, too: they are to be among ours */
	if (addr & (type->addresses - 1))
		return -EINVAL;
	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	controller = get_controller(adapter);
	if (!controller) {
		kfree(s);
		return -ENODEV;
	}
	INIT_WORK(&s->drain, drain_work);
	s->controller = controller;
	s->adapter = adapter;
	s->page = page;
	get_device(controller);
	device_lock(controller);
	rc = add_socket(s, addr, type);
	device_unlock(controller);
	put_device(controller);
	return rc ? rc : count;
}
static CLASS_ATTR_WO(new_marker);

static struct eeprom_socket *find_socket(int adapter, unsigned int addr)
{
	struct eeprom_socket *s;

	list_for_each_entry(s, &sockets, node)
		if (adapter < 0 || (s->adapter == adapter && s->client->addr == addr))
			return s;
	return NULL;
}

/*
 * Delete the marker of one socket, or of any if @adapter is -1. The controller's
 * lock cannot be taken under sockets_lock, so what was found is found again
 * under it.
 */
static int delete_socket(int adapter, unsigned int addr)
{
	struct i2c_client *client = NULL;
	struct device *controller;
	struct eeprom_socket *s;

	mutex_lock(&sockets_lock);
	s = find_socket(adapter, addr);
	controller = s ? get_device(s->controller) : NULL;
	mutex_unlock(&sockets_lock);
	if (!controller)
		return -ENOENT;
	device_lock(controller);
	mutex_lock(&sockets_lock);
	s = find_socket(adapter, addr);
	if (s && s->controller == controller)
		client = s->client;
	mutex_unlock(&sockets_lock);
	/* still listed under this lock: nobody else is unregistering it */
	if (client)
		i2c_unregister_device(client);
	device_unlock(controller);
	put_device(controller);
	return client ? 0 : -EAGAIN;
}

static ssize_t delete_marker_store(hallmark_class_const struct class *class,
				   hallmark_class_const struct class_attribute *attr,
				   const char *buf, size_t count)
{
	const char *word[2];
	char text[LINE_MAX];
	unsigned int addr;
	int adapter, rc;

	if (split(buf, count, text, word, 2) || parse_number(word[1], 0, &addr) ||
	    parse_adapter(word[0], &adapter))
		return -EINVAL;
	rc = delete_socket(adapter, addr);
	return rc ? rc : count;
}
static CLASS_ATTR_WO(delete_marker);

static struct attribute *nvmem_class_attrs[] = {
	&class_attr_new_marker.attr,
	&class_attr_delete_marker.attr,
	NULL
};
ATTRIBUTE_GROUPS(nvmem_class);

static struct class nvmem_class = {
	.name = "hallmark_nvmem",
	.class_groups = nvmem_class_groups,
};

static int __init hallmark_nvmem_init(void)
{
	int rc;

	drain_wq = alloc_workqueue("hallmark_nvmem", WQ_UNBOUND, 0);
	if (!drain_wq)
		return -ENOMEM;
	rc = bus_register_notifier(&i2c_bus_type, &bus_nb);
	if (rc)
		goto destroy_wq;
	rc = class_register(&nvmem_class);
	if (rc)
		goto unregister_notifier;
	return 0;

unregister_notifier:
	bus_unregister_notifier(&i2c_bus_type, &bus_nb);
destroy_wq:
	destroy_workqueue(drain_wq);
	return rc;
}
module_init(hallmark_nvmem_init);

static void __exit hallmark_nvmem_exit(void)
{
	class_unregister(&nvmem_class);		/* no more new markers */
	while (delete_socket(-1, 0) != -ENOENT)
		cond_resched();
	bus_unregister_notifier(&i2c_bus_type, &bus_nb);
	destroy_workqueue(drain_wq);
}
module_exit(hallmark_nvmem_exit);

MODULE_DESCRIPTION("Hallmark: EEPROMs as markers");
MODULE_AUTHOR("The Hallmark project");
MODULE_LICENSE("GPL");
MODULE_SOFTDEP("pre: at24");
