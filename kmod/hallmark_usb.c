// SPDX-License-Identifier: GPL-2.0-only
/*
 * hallmark_usb.ko: USB label printers as markers.
 *
 * The bytes go out in pieces of at most 16 KiB from memory of our own, through
 * one URB that is waited for killably: a printer without paper NAKs for hours.
 * Printers are easily upset, so nothing is done that a job does not need: no
 * zero-length packet out, no reset, no SET_INTERFACE where there is but one
 * setting, no read posted unless an answer is expected, no control request
 * while a job is in flight.
 *
 * The core serialises our ops and stops calling them before disconnect() ends
 * (marker.h), so all this memory simply lives from probe to disconnect.
 *
 * What else wants the device for itself, a reset or a suspend, sets @away, for which
 * an op that comes then waits on @back, and poisons the URB, which ends the transfer
 * in flight and refuses the next, until the op that holds @io_mutex has let go. An op
 * takes its runtime PM reference first: waking the device up may have to wait for a
 * suspend that waits for @io_mutex.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/usb.h>
#include <linux/wait.h>

#include "include/uapi/linux/hallmark.h"

#include "marker.h"

#define OUT_CHUNK		(16u << 10)
#define QUIET_MS		250	/* a reply ends this long after its last byte */
#define EMPTY_PAUSE_MS		5	/* a zero-length packet in says: nothing yet; */
#define EMPTY_PAUSE_MAX_MS	80	/* doubled until it says something */
#define CONTROL_TIMEOUT_MS	1000

/* USB Device Class Definition for Printing Devices 1.1, 4.2 */
#define REQ_GET_DEVICE_ID	0x00
#define REQ_GET_PORT_STATUS	0x01
#define PROTO_UNIDIRECTIONAL	0x01
#define PROTO_BIDIRECTIONAL	0x02

#define VENDOR_STAR		0x0519
#define VENDOR_ZEBRA		0x0a5f

/* What is known of some printers; driver_info of printer_quirks. */
#define QUIRK_NO_REPLY		BIT(0)	/* its bulk-IN endpoint is not to be used */

struct hallmark_usb {
	struct usb_device *udev;
	struct usb_interface *intf;
	struct hallmark_marker *marker;
	unsigned long quirks;
	unsigned int out_pipe;
	unsigned int in_pipe;
	bool has_in;
	struct completion done;
	struct urb *urb;
	u8 *out_buf;
	u8 *in_buf;
	u32 in_size;			/* one packet: a reply may lack a short one */
	struct mutex io_mutex;		/* an op that runs */
	wait_queue_head_t back;		/* not away any more, or stopping */
	bool away;			/* being reset, or suspended */
	bool stopping;			/* for good */
};

static void urb_complete(struct urb *urb)
{
	struct hallmark_usb *hu = urb->context;

	complete(&hu->done);
}

static bool must_stop(const struct hallmark_usb *hu)
{
	return READ_ONCE(hu->stopping) || READ_ONCE(hu->away);
}

static long time_left(unsigned long until)
{
	return (long)(until - jiffies);
}

/* The device awake and for ourselves until end_op(); killable. */
static int begin_op(struct hallmark_usb *hu, unsigned long deadline)
{
	long left;
	int rc;

	rc = usb_autopm_get_interface(hu->intf);
	if (rc)
		return rc;
	for (;;) {
		mutex_lock(&hu->io_mutex);
		if (!must_stop(hu))
			return 0;
		mutex_unlock(&hu->io_mutex);
		left = wait_event_killable_timeout(hu->back,
						   !READ_ONCE(hu->away) || READ_ONCE(hu->stopping),
						   max(time_left(deadline), 0L));
		rc = -EINTR;
		if (left < 0)
			break;
		rc = -ENODEV;
		if (READ_ONCE(hu->stopping))
			break;
		rc = -ETIMEDOUT;
		if (!left)
			break;
	}
	usb_autopm_put_interface_async(hu->intf);
	return rc;
}

static void end_op(struct hallmark_usb *hu)
{
	mutex_unlock(&hu->io_mutex);
	/* not at once: suspending is no part of a job */
	usb_autopm_put_interface_async(hu->intf);
}

/*
 * One transfer, at most until @timeout jiffies have passed. @ret_actual is always
 * set: what was moved, however it ended.
 */
static int transfer(struct hallmark_usb *hu, unsigned int pipe, u8 *buf, u32 len,
		    long timeout, u32 *ret_actual)
{
	struct urb *urb = hu->urb;
	int rc;
	long left;

	*ret_actual = 0;
	if (must_stop(hu))
		return -ESHUTDOWN;
	if (timeout <= 0)
		return -ETIMEDOUT;
	/* a job may find its caller killed while the TPM was at it: nothing for the dead */
	if (fatal_signal_pending(current))
		return -EINTR;
	usb_fill_bulk_urb(urb, hu->udev, pipe, buf, len, urb_complete, hu);
	reinit_completion(&hu->done);
	rc = usb_submit_urb(urb, GFP_KERNEL);
	if (rc)
		return must_stop(hu) ? -ESHUTDOWN : rc;	/* poisoned since we looked */
	left = wait_for_completion_killable_timeout(&hu->done, timeout);
	if (left <= 0)
		usb_kill_urb(urb);
	*ret_actual = min_t(u32, urb->actual_length, len);
	if (urb->status != -ENOENT)
		return urb->status;	/* also if it ended just before we gave up */
	if (left > 0 || must_stop(hu))
		return -ESHUTDOWN;	/* killed by quiesce() or printer_abort() */
	return left ? -EINTR : -ETIMEDOUT;
}

/*
 * The one control request of a job, and only where the printer asks for it. Not by
 * usb_clear_halt(): that gives a printer five seconds, which no signal cuts short.
 */
static void clear_halt(struct hallmark_usb *hu, unsigned int pipe)
{
	unsigned int ep = usb_pipeendpoint(pipe) | (usb_pipein(pipe) ? USB_DIR_IN : 0);

	if (must_stop(hu))
		return;
	if (!usb_control_msg_send(hu->udev, 0, USB_REQ_CLEAR_FEATURE, USB_RECIP_ENDPOINT,
				  USB_ENDPOINT_HALT, ep, NULL, 0, CONTROL_TIMEOUT_MS, GFP_KERNEL))
		usb_reset_endpoint(hu->udev, ep);
}

static void send_bytes(struct hallmark_usb *hu, struct hallmark_xfer *x)
{
	u32 n, actual;
	int rc = 0;

	while (!rc && x->sent < x->len) {
		n = min(x->len - x->sent, OUT_CHUNK);
		memcpy(hu->out_buf, x->data + x->sent, n);
		rc = transfer(hu, hu->out_pipe, hu->out_buf, n, time_left(x->deadline),
			      &actual);
		x->sent += actual;
		if (!rc && actual != n)
			rc = -EREMOTEIO;
	}
	x->error = rc;
	switch (rc) {
	case 0:
		x->state = HALLMARK_STATE_DONE;
		break;
	case -EINTR:
	case -ETIMEDOUT:
		/* we gave up, and the controller says how far it had come */
		x->state = HALLMARK_STATE_PARTIAL;
		if (x->sent == x->len)
			x->state = HALLMARK_STATE_DONE;
		break;
	case -EPIPE:
		x->state = HALLMARK_STATE_PARTIAL;
		clear_halt(hu, hu->out_pipe);
		break;
	case -EREMOTEIO:
	case -ENOMEM:
		x->state = HALLMARK_STATE_PARTIAL;
		break;
	default:
		x->state = HALLMARK_STATE_UNKNOWN;
	}
	if (x->state == HALLMARK_STATE_DONE)
		x->error = 0;
}

/* Some say "nothing yet" by a packet without a byte, where others NAK. */
static int pause_empty(unsigned long until, unsigned int *pause_ms)
{
	long pause = msecs_to_jiffies(*pause_ms);

	*pause_ms = min(2 * *pause_ms, EMPTY_PAUSE_MAX_MS);
	schedule_timeout_killable(clamp(time_left(until), 0L, pause));
	return fatal_signal_pending(current) ? -EINTR : 0;
}

/* All bytes are accepted; what goes wrong from here on is told by @error alone. */
static void read_reply(struct hallmark_usb *hu, struct hallmark_xfer *x)
{
	unsigned int pause_ms = EMPTY_PAUSE_MS;
	unsigned long until = x->deadline;
	u32 n, actual;
	int rc = 0;

	while (!rc && x->reply_len < x->reply_max) {
		rc = transfer(hu, hu->in_pipe, hu->in_buf, hu->in_size, time_left(until),
			      &actual);
		n = min(actual, x->reply_max - x->reply_len);
		memcpy(x->reply + x->reply_len, hu->in_buf, n);
		x->reply_len += n;
		if (n) {
			pause_ms = EMPTY_PAUSE_MS;
			until = jiffies + msecs_to_jiffies(QUIET_MS);
			if (time_after(until, x->deadline))
				until = x->deadline;
		} else if (!rc) {
			rc = pause_empty(until, &pause_ms);
		}
	}
	if (rc == -EPIPE)
		clear_halt(hu, hu->in_pipe);
	if (rc != -ETIMEDOUT)
		x->error = rc;
}

static void printer_send(void *priv, struct hallmark_xfer *x)
{
	struct hallmark_usb *hu = priv;
	int rc;

	rc = begin_op(hu, x->deadline);
	if (rc) {
		x->state = HALLMARK_STATE_PARTIAL;	/* of all bytes: none */
		x->error = rc;
		return;
	}
	send_bytes(hu, x);
	if (x->state == HALLMARK_STATE_DONE && x->reply_max && hu->has_in)
		read_reply(hu, x);
	end_op(hu);
}

static int printer_port_status(void *priv, u8 *ret_status)
{
	struct hallmark_usb *hu = priv;
	int rc;

	rc = begin_op(hu, jiffies + msecs_to_jiffies(CONTROL_TIMEOUT_MS));
	if (rc)
		return rc;
	rc = usb_control_msg_recv(hu->udev, 0, REQ_GET_PORT_STATUS,
				  USB_TYPE_CLASS | USB_DIR_IN | USB_RECIP_INTERFACE,
				  0, hu->intf->cur_altsetting->desc.bInterfaceNumber,
				  ret_status, 1, CONTROL_TIMEOUT_MS, GFP_KERNEL);
	end_op(hu);
	return rc;
}

static void printer_abort(void *priv)
{
	struct hallmark_usb *hu = priv;

	WRITE_ONCE(hu->stopping, true);
	wake_up_all(&hu->back);
	usb_poison_urb(hu->urb);
}

static const struct hallmark_marker_ops printer_ops = {
	.send = printer_send,
	.port_status = printer_port_status,
	.abort = printer_abort,
};

/* A vendor interface has no requests of the printer class. */
static const struct hallmark_marker_ops vendor_ops = {
	.send = printer_send,
	.abort = printer_abort,
};

static bool is_printer_class(const struct usb_interface *intf)
{
	return intf->cur_altsetting->desc.bInterfaceClass == USB_CLASS_PRINTER;
}

static int alt_score(struct usb_host_interface *alt)
{
	struct usb_endpoint_descriptor *out;

	if (usb_find_common_endpoints(alt, NULL, &out, NULL, NULL))
		return 0;
	if (alt->desc.bInterfaceClass == USB_CLASS_VENDOR_SPEC)
		return 1;	/* known by its endpoints alone */
	if (alt->desc.bInterfaceClass != USB_CLASS_PRINTER)
		return 0;
	/* 1284.4 and IPP over USB are protocols of their own on these endpoints */
	switch (alt->desc.bInterfaceProtocol) {
	case PROTO_BIDIRECTIONAL:
		return 2;
	case PROTO_UNIDIRECTIONAL:
		return 1;
	default:
		return 0;
	}
}

/* Find the endpoints, on the setting in force if any other is no better. */
static int choose_alt(struct hallmark_usb *hu)
{
	struct usb_host_interface *best = hu->intf->cur_altsetting;
	struct usb_endpoint_descriptor *in, *out;
	unsigned int i;
	int rc;

	for (i = 0; i < hu->intf->num_altsetting; i++)
		if (alt_score(&hu->intf->altsetting[i]) > alt_score(best))
			best = &hu->intf->altsetting[i];
	if (!alt_score(best))
		return -ENODEV;
	if (best != hu->intf->cur_altsetting) {
		rc = usb_set_interface(hu->udev, best->desc.bInterfaceNumber,
				       best->desc.bAlternateSetting);
		if (rc)
			return rc;
	}
	rc = usb_find_common_endpoints(best, NULL, &out, NULL, NULL);
	if (rc)
		return rc;
	hu->out_pipe = usb_sndbulkpipe(hu->udev, out->bEndpointAddress);
	if (!(hu->quirks & QUIRK_NO_REPLY) &&
	    !usb_find_common_endpoints(best, &in, NULL, NULL, NULL)) {
		hu->has_in = true;
		hu->in_pipe = usb_rcvbulkpipe(hu->udev, in->bEndpointAddress);
		hu->in_size = usb_endpoint_maxp(in);
		if (!hu->in_size)
			return -EINVAL;
	}
	return 0;
}

/*
 * The IEEE 1284 device id, a two-byte big-endian length before it; without one,
 * what the USB descriptors say, in its syntax. Returns the length of the text in
 * @buf, which has room for HM_EV_IDENT_MAX.
 */
static size_t get_ident(struct hallmark_usb *hu, u8 *buf)
{
	const struct usb_interface_descriptor *d = &hu->intf->cur_altsetting->desc;
	int n = 0;
	size_t len;

	if (is_printer_class(hu->intf))
		n = usb_control_msg(hu->udev, usb_rcvctrlpipe(hu->udev, 0),
				    REQ_GET_DEVICE_ID,
				    USB_TYPE_CLASS | USB_DIR_IN | USB_RECIP_INTERFACE,
				    0, d->bInterfaceNumber << 8 | d->bAlternateSetting,
				    buf, HM_EV_IDENT_MAX, CONTROL_TIMEOUT_MS);
	if (n > 2) {
		len = buf[0] << 8 | buf[1];
		len = min_t(size_t, len, n);
		if (len > 2) {
			memmove(buf, buf + 2, len - 2);
			return len - 2;
		}
	}
	return scnprintf(buf, HM_EV_IDENT_MAX, "VID:%04x;PID:%04x;SN:%s;",
			 le16_to_cpu(hu->udev->descriptor.idVendor),
			 le16_to_cpu(hu->udev->descriptor.idProduct),
			 hu->udev->serial ?: "");
}

static void printer_free(struct hallmark_usb *hu)
{
	usb_free_urb(hu->urb);
	kfree(hu->in_buf);
	kfree(hu->out_buf);
	kfree(hu);
}

/*
 * What is known of printers, whichever way they came to be ours: by printer_ids
 * or by "new_id". That an answer is read only when one is asked for, that there is
 * no SET_INTERFACE without a choice and no control request during a job are no
 * quirks: every printer is treated so, since CUPS has found printers of Zebra,
 * Intermec, Arkscan, Epson and HP that need it.
 */
static const struct usb_device_id printer_quirks[] = {
	/* Star: bidirectional by its descriptors only */
	{ .match_flags = USB_DEVICE_ID_MATCH_VENDOR, .idVendor = VENDOR_STAR,
	  .driver_info = QUIRK_NO_REPLY },
	{ }
};

static struct hallmark_usb *printer_alloc(struct usb_interface *intf)
{
	const struct usb_device_id *quirks = usb_match_id(intf, printer_quirks);
	struct hallmark_usb *hu = kzalloc(sizeof(*hu), GFP_KERNEL);

	if (!hu)
		return NULL;
	hu->udev = interface_to_usbdev(intf);
	hu->intf = intf;
	hu->quirks = quirks ? quirks->driver_info : 0;
	init_completion(&hu->done);
	mutex_init(&hu->io_mutex);
	init_waitqueue_head(&hu->back);
	hu->urb = usb_alloc_urb(0, GFP_KERNEL);
	hu->out_buf = kmalloc(OUT_CHUNK, GFP_KERNEL);
	if (!hu->urb || !hu->out_buf) {
		printer_free(hu);
		return NULL;
	}
	return hu;
}

static int printer_probe(struct usb_interface *intf, const struct usb_device_id *id)
{
	struct hallmark_marker_desc desc = {
		.kind = HM_EV_KIND_PRINTER,
		.parent = &intf->dev,
	};
	struct hallmark_usb *hu;
	u8 *ident = NULL;
	int rc;

	hu = printer_alloc(intf);
	if (!hu)
		return -ENOMEM;
	rc = choose_alt(hu);
	if (rc)
		goto free;
	rc = -ENOMEM;
	ident = kmalloc(HM_EV_IDENT_MAX, GFP_KERNEL);
	if (hu->has_in)
		hu->in_buf = kmalloc(hu->in_size, GFP_KERNEL);
	if (!ident || (hu->has_in && !hu->in_buf))
		goto free;
	desc.ident_len = get_ident(hu, ident);
	desc.ident = ident;
	desc.ops = is_printer_class(intf) ? &printer_ops : &vendor_ops;
	desc.priv = hu;
	usb_set_intfdata(intf, hu);
	hu->marker = hallmark_marker_register(&desc);
	if (IS_ERR(hu->marker)) {
		rc = PTR_ERR(hu->marker);
		usb_set_intfdata(intf, NULL);
		goto free;
	}
	kfree(ident);
	dev_info(&intf->dev, "%s\n", hallmark_marker_name(hu->marker));
	return 0;
free:
	kfree(ident);
	printer_free(hu);
	return rc;
}

static void printer_disconnect(struct usb_interface *intf)
{
	struct hallmark_usb *hu = usb_get_intfdata(intf);

	hallmark_marker_del(hu->marker);
	hallmark_marker_drain(hu->marker);
	usb_set_intfdata(intf, NULL);
	printer_free(hu);
}

/*
 * A job in flight ends as UNKNOWN; the next one waits until the device is back.
 * Poison adds up, and a device that does not wake up is reset while it is suspended:
 * so there is none left when this returns, and an op that comes sees @away.
 */
static void quiesce(struct hallmark_usb *hu)
{
	WRITE_ONCE(hu->away, true);
	usb_poison_urb(hu->urb);
	mutex_lock(&hu->io_mutex);	/* the op that has it gives up */
	usb_unpoison_urb(hu->urb);
	mutex_unlock(&hu->io_mutex);
}

static void come_back(struct hallmark_usb *hu)
{
	WRITE_ONCE(hu->away, false);
	wake_up_all(&hu->back);
}

static int printer_pre_reset(struct usb_interface *intf)
{
	quiesce(usb_get_intfdata(intf));
	return 0;
}

static int printer_post_reset(struct usb_interface *intf)
{
	come_back(usb_get_intfdata(intf));
	return 0;
}

/* The core lets no job run into a system's sleep, and a job keeps the device awake. */
static int printer_suspend(struct usb_interface *intf, pm_message_t message)
{
	quiesce(usb_get_intfdata(intf));
	return 0;
}

static int printer_resume(struct usb_interface *intf)
{
	come_back(usb_get_intfdata(intf));
	return 0;
}

/*
 * Named devices only, never "any printer": a printer that this module takes can
 * be reached in no other way. Data, not code: a new printer is a line here, and
 * until then "new_id", which takes one with a vendor interface, too.
 */
static const struct usb_device_id printer_ids[] = {
	/* Zebra: every printer of theirs is class 7, some show a vendor twin */
	{ .match_flags = USB_DEVICE_ID_MATCH_VENDOR | USB_DEVICE_ID_MATCH_INT_CLASS,
	  .idVendor = VENDOR_ZEBRA, .bInterfaceClass = USB_CLASS_PRINTER },
	{ }
};
MODULE_DEVICE_TABLE(usb, printer_ids);

static struct usb_driver printer_driver = {
	.name = "hallmark_usb",
	.probe = printer_probe,
	.disconnect = printer_disconnect,
	.pre_reset = printer_pre_reset,
	.post_reset = printer_post_reset,
	.suspend = printer_suspend,
	.resume = printer_resume,
	.reset_resume = printer_resume,
	.id_table = printer_ids,
	.supports_autosuspend = 1,
};
module_usb_driver(printer_driver);

MODULE_DESCRIPTION("Hallmark: USB label printers as markers");
MODULE_AUTHOR("The Hallmark project");
MODULE_LICENSE("GPL");
