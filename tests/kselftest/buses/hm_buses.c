// SPDX-License-Identifier: GPL-2.0-only
/*
 * hm_buses.ko: I2C buses for socket_test.c, on which nobody answers, and which real ones
 * are by chance, or where there is hardware that nobody emulates.
 *
 *	i2c-200		of a platform device with a driver, as an adapter should be
 *	i2c-201		another
 *	i2c-202		a channel of a multiplexer on i2c-201: its parent is the adapter
 *	i2c-203		of nobody
 *	i2c-204 ...	seven more like i2c-201: with it, more addresses than there can be markers
 *
 * A write to /sys/module/hm_buses/parameters/replace holds the device lock of i2c-200's
 * parent until the writer is sent a signal, and then lets another device have the bus,
 * under the same number: what somebody who waits for that lock has to notice.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/i2c.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/wait.h>

#define FIRST	200

static struct platform_device *owner[2];
static struct i2c_adapter buses[11];
static unsigned int owner_of_first;
static DECLARE_WAIT_QUEUE_HEAD(never);

static struct platform_driver driver = { .driver.name = "hm_buses" };

static int transfer(struct i2c_adapter *adap, struct i2c_msg *msgs, int n)
{
	return -ENXIO;
}

static u32 functionality(struct i2c_adapter *adap)
{
	return I2C_FUNC_I2C | I2C_FUNC_SMBUS_EMUL;
}

static const struct i2c_algorithm algorithm = {
	.master_xfer = transfer,
	.functionality = functionality,
};

static int add_bus(unsigned int n, struct device *parent)
{
	struct i2c_adapter *adap = &buses[n];

	adap->owner = THIS_MODULE;
	adap->algo = &algorithm;
	adap->nr = FIRST + n;
	adap->dev.parent = parent;
	snprintf(adap->name, sizeof(adap->name), "hm_buses %u", n);
	return i2c_add_numbered_adapter(adap);
}

static int replace(const char *value, const struct kernel_param *kp)
{
	struct device *dev = &owner[owner_of_first]->dev;
	int rc;

	device_lock(dev);
	wait_event_interruptible(never, false);
	i2c_del_adapter(&buses[0]);
	owner_of_first = !owner_of_first;
	rc = add_bus(0, &owner[owner_of_first]->dev);
	device_unlock(dev);
	return rc;
}

static const struct kernel_param_ops replace_ops = { .set = replace };
module_param_cb(replace, &replace_ops, NULL, 0200);
MODULE_PARM_DESC(replace, "write, and signal the writer: i2c-200 is another device's");

static struct device *parent_of(unsigned int n)
{
	switch (n) {
	case 2:
		return &buses[1].dev;
	case 3:
		return NULL;
	default:
		return &owner[0]->dev;
	}
}

static int add_buses(void)
{
	unsigned int n;
	int rc;

	for (n = 0; n < ARRAY_SIZE(buses); n++) {
		rc = add_bus(n, parent_of(n));
		if (rc)
			goto del;
	}
	return 0;

del:
	while (n--)
		i2c_del_adapter(&buses[n]);
	return rc;
}

static int __init hm_buses_init(void)
{
	int rc;

	rc = platform_driver_register(&driver);
	if (rc)
		return rc;
	owner[0] = platform_device_register_simple("hm_buses", 0, NULL, 0);
	rc = PTR_ERR_OR_ZERO(owner[0]);
	if (rc)
		goto unregister_driver;
	owner[1] = platform_device_register_simple("hm_buses", 1, NULL, 0);
	rc = PTR_ERR_OR_ZERO(owner[1]);
	if (rc)
		goto unregister_first;
	rc = add_buses();
	if (rc)
		goto unregister_second;
	return 0;

unregister_second:
	platform_device_unregister(owner[1]);
unregister_first:
	platform_device_unregister(owner[0]);
unregister_driver:
	platform_driver_unregister(&driver);
	return rc;
}
module_init(hm_buses_init);

static void __exit hm_buses_exit(void)
{
	int n;

	/* as any driver of adapters does, under the lock of their device */
	device_lock(&owner[0]->dev);
	device_lock(&owner[1]->dev);
	for (n = ARRAY_SIZE(buses) - 1; n >= 0; n--)
		i2c_del_adapter(&buses[n]);
	device_unlock(&owner[1]->dev);
	device_unlock(&owner[0]->dev);
	platform_device_unregister(owner[1]);
	platform_device_unregister(owner[0]);
	platform_driver_unregister(&driver);
}
module_exit(hm_buses_exit);

MODULE_DESCRIPTION("Hallmark: I2C buses for the selftests");
MODULE_AUTHOR("The Hallmark project");
MODULE_LICENSE("GPL");
