// SPDX-License-Identifier: LGPL-2.1-or-later
/* The printer-encoder on the bus: USB printer class 1.1, bidirectional, and its faults. */
#include "printer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GET_DEVICE_ID = 0, GET_PORT_STATUS = 1, SOFT_RESET = 2 };

static uint8_t device_descriptor[18] = {
	18, 1, 0x00, 0x02, 0, 0, 0, 64,
	0x5f, 0x0a, 0xff, 0xff,		/* 0a5f:ffff: of a vendor that is driven, and no printer of his */
	0x00, 0x01, 1, 2, 3, 1,
};

enum { AT_VENDOR_ID = 8, AT_PRODUCT_ID = 10 };
enum { UNIDIRECTIONAL = 1, BIDIRECTIONAL = 2, SETTINGS_MAX = 4 };

/* Alternate settings: bInterfaceProtocol of each, and endpoints that no other has. */
static uint8_t protocols[SETTINGS_MAX] = { BIDIRECTIONAL };
static int n_settings = 1;
static bool vendor_class;
static uint8_t configuration_descriptor[9 + SETTINGS_MAX * (9 + 7 + 7)];

static char serial[32];
static struct emu_usb_description description = {
	.speed = EMU_USB_HIGH,
	.device = device_descriptor,
	.configuration = configuration_descriptor,
	.strings = { NULL, "Hallmark", "VRFID-1 virtual printer-encoder", serial },
};

static uint8_t endpoint_of(unsigned int setting, bool in)
{
	return (uint8_t)(1 + 2 * setting + in);
}

static unsigned int endpoint(const struct printer *p, bool in)
{
	return endpoint_of(emu_usb_setting(p->usb), in);
}

static struct emu_urb *head(const struct printer *p, bool in)
{
	return emu_usb_plugged(p->usb) ? emu_usb_head(p->usb, endpoint(p, in), in) : NULL;
}

static uint8_t *describe_endpoint(uint8_t *d, uint8_t address)
{
	return (uint8_t *)mempcpy(d, (uint8_t[]){ 7, 5, address, 2, 0x00, 0x02, 0 }, 7);
}

static void describe(void)
{
	uint8_t *d = configuration_descriptor + 9;
	int i;

	for (i = 0; i < n_settings; i++) {
		bool in = vendor_class || protocols[i] != UNIDIRECTIONAL;
		uint8_t setting[9] = { 9, 4, 0, (uint8_t)i, (uint8_t)(1 + in), 7, 1, protocols[i] };

		if (vendor_class)
			memcpy(setting + 5, (uint8_t[]){ 0xff, 0, 0 }, 3);
		d = mempcpy(d, setting, sizeof(setting));
		d = describe_endpoint(d, endpoint_of((unsigned int)i, false));
		if (in)
			d = describe_endpoint(d, 0x80 | endpoint_of((unsigned int)i, true));
	}
	description.configuration_len = (size_t)(d - configuration_descriptor);
	memcpy(configuration_descriptor, (uint8_t[]){ 9, 2, (uint8_t)description.configuration_len, 0, 1, 1, 0, 0xc0, 0 }, 9);
}

/* What is lost with the plug. */
static void forget(struct printer *p)
{
	p->reply_len = 0;
	p->halted_out = p->halted_in = false;
}

/* USB printer class 4.2.2: 0x20 paper empty, 0x10 selected, 0x08 no error */
uint8_t printer_port_status(const struct printer *p)
{
	if (p->faults.paper_out)
		return 0x30;
	if (p->faults.head_open || p->error)
		return 0x10;
	return p->paused ? 0x08 : 0x18;
}

static int device_id(const struct printer *p, struct emu_urb *urb)
{
	char text[160];
	uint8_t reply[sizeof(text) + 2];
	size_t len;

	snprintf(text, sizeof(text), "MFG:Hallmark;MDL:VRFID-1;CMD:ZPL;CLS:PRINTER;DES:Hallmark VRFID-1;SN:%s;", serial);
	if ((urb->setup.index & 0xff) != emu_usb_setting(p->usb))
		return -EPIPE;		/* not of the setting in force */
	len = strlen(text) + 2;		/* the length counts itself, and is big-endian */
	reply[0] = (uint8_t)(len >> 8);
	reply[1] = (uint8_t)len;
	memcpy(reply + 2, text, len - 2);
	if (len > urb->length)
		len = urb->length;
	memcpy(urb->data, reply, len);
	return (int)len;
}

static int on_control(void *ctx, struct emu_urb *urb)
{
	struct printer *p = ctx;

	if ((urb->setup.type & 0x60) != 0x20)
		return -EPIPE;
	p->bus.requests++;
	p->bus.requests_busy += head(p, false) != NULL;
	emu_control_changed(p->control);
	if (vendor_class)
		return -EPIPE;
	switch (urb->setup.request) {
	case GET_DEVICE_ID:
		return device_id(p, urb);
	case GET_PORT_STATUS:
		if (urb->length < 1)
			return -EPIPE;
		if (p->faults.mute_status)
			return EMU_USB_LATER;
		urb->data[0] = printer_port_status(p);
		return 1;
	case SOFT_RESET:	/* to the interface, or to "other" as older hosts say */
		printer_cancel(p, "soft reset");
		forget(p);
		return 0;
	default:
		return -EPIPE;
	}
}

static void note_transfer(struct printer *p, const struct emu_urb *urb, const char *how)
{
	if (urb->taken == 0 && urb->length > 0 && !strcmp(how, "cancelled"))
		return;
	(void)emu_journal_write(p->transfers, json_pack("{s:I,s:I,s:I,s:s}", "offset",
				(json_int_t)(p->received - urb->taken), "taken", (json_int_t)urb->taken, "of",
				(json_int_t)urb->length, "how", how), false);
}

static void finish(struct printer *p, struct emu_urb *urb, int status, const char *how)
{
	note_transfer(p, urb, how);
	emu_usb_complete(p->usb, urb, status, urb->taken);
}

static void count_down(long long *fault, size_t n)
{
	if (*fault != PRINTER_NONE)
		*fault -= (long long)n;
}

static size_t limit(size_t n, long long fault)
{
	return fault != PRINTER_NONE && (long long)n > fault ? (size_t)fault : n;
}

/* Takes what may be taken of one request. Returns true to go on with the next. */
static bool take_out(struct printer *p, struct emu_urb *urb)
{
	struct printer_faults *f = &p->faults;
	size_t n = urb->length - urb->taken;

	if (f->stall != STALL_NO && !p->halted_out) {
		p->halted_out = true;
		if (f->stall == STALL_ONCE)
			f->stall = STALL_NO;
	}
	if (p->halted_out) {
		finish(p, urb, -EPIPE, "stalled");
		return true;
	}
	n = limit(limit(limit(n, f->hold), f->unplug), f->partial);
	if (n > 0)
		printer_accept(p, urb->data + urb->taken, n);
	urb->taken += (uint32_t)n;
	count_down(&f->hold, n);
	count_down(&f->unplug, n);
	count_down(&f->partial, n);

	if (f->unplug == 0) {
		note_transfer(p, urb, "unplugged");
		f->unplug = PRINTER_NONE;
		emu_usb_unplug(p->usb);
		forget(p);
		printer_note(p, json_pack("{s:s,s:s}", "event", "fault", "fault", "unplugged"));
		return false;
	}
	if (f->partial == 0) {
		int status = f->partial_status;

		f->partial = PRINTER_NONE;
		finish(p, urb, status, status ? "partial" : "short");
		return true;
	}
	if (urb->taken < urb->length) {		/* the hold */
		p->held = true;
		return false;
	}
	finish(p, urb, 0, "whole");
	return true;
}

static void pump_out(struct printer *p)
{
	struct emu_urb *urb;

	while ((urb = head(p, false))) {
		if (p->faults.paper_out || p->queued == PRINTER_QUEUE_MAX)
			return;		/* NAK */
		if (!take_out(p, urb))
			return;
	}
}

static void pump_in(struct printer *p)
{
	struct emu_urb *urb;

	while (p->halted_in && (urb = head(p, true)))
		emu_usb_complete(p->usb, urb, -EPIPE, 0);

	while (p->faults.empty > 0 && (urb = head(p, true))) {
		p->faults.empty--;
		emu_usb_complete(p->usb, urb, 0, 0);
	}

	while (p->reply_len > 0 && (urb = head(p, true))) {
		size_t n = limit(p->reply_len < urb->length ? p->reply_len : urb->length, p->faults.dribble);

		memcpy(urb->data, p->reply, n);
		memmove(p->reply, p->reply + n, p->reply_len - n);
		p->reply_len -= n;
		emu_usb_complete(p->usb, urb, 0, (uint32_t)n);
	}
}

void printer_kick(struct printer *p)
{
	emu_usb_mute(p->usb, (int)p->faults.mute_request);
	pump_out(p);
	pump_in(p);
	printer_schedule(p);
	emu_control_changed(p->control);
}

static void on_ready(void *ctx, unsigned int ep, bool in, const struct emu_urb *urb)
{
	struct printer *p = ctx;

	if (ep != endpoint(p, in)) {	/* of another setting */
		emu_usb_complete(p->usb, emu_usb_head(p->usb, ep, in), -EPROTO, 0);
		return;
	}
	if (in)
		p->bus.in_urbs++;
	else
		p->bus.out_urbs++;
	if (!in && (urb->length == 0 || urb->flags & EMU_URB_ZERO_PACKET))
		p->bus.empty_out++;
	printer_kick(p);
}

static void on_cancelled(void *ctx, const struct emu_urb *urb)
{
	if (urb->ep != 0 && !urb->in)
		note_transfer(ctx, urb, "cancelled");
}

static void on_halt_cleared(void *ctx, unsigned int ep, bool in)
{
	struct printer *p = ctx;

	if (ep != endpoint(p, in))
		return;
	if (in)
		p->halted_in = false;
	else
		p->halted_out = false;
}

static void on_standard(void *ctx, unsigned int request)
{
	struct printer *p = ctx;

	p->bus.descriptors += request == EMU_USB_GET_DESCRIPTOR;
	p->bus.clear_halts += request == EMU_USB_CLEAR_FEATURE;
	p->bus.set_interfaces += request == EMU_USB_SET_INTERFACE;
	emu_control_changed(p->control);
}

static void on_detached(void *ctx)
{
	struct printer *p = ctx;

	forget(p);
	printer_note(p, json_pack("{s:s}", "event", "detached"));
	emu_control_changed(p->control);
}

static void on_plugged(void *ctx, int r)
{
	struct printer *p = ctx;

	if (r < 0)
		fprintf(stderr, "hm-printer slot %u: cannot plug in: %s\n", p->slot, strerror(-r));
	emu_control_changed(p->control);
}

static const struct emu_usb_ops ops = {
	.control = on_control,
	.ready = on_ready,
	.cancelled = on_cancelled,
	.standard = on_standard,
	.halt_cleared = on_halt_cleared,
	.detached = on_detached,
	.plugged = on_plugged,
};

/* What a transfer in the air has brought stays in the printer. */
void printer_usb_unplug(struct printer *p)
{
	const struct emu_urb *urb = head(p, false);

	if (urb && urb->taken > 0)
		note_transfer(p, urb, "unplugged");
	emu_usb_unplug(p->usb);
	forget(p);
}

unsigned int printer_usb_reads(const struct printer *p)
{
	return emu_usb_count(p->usb, endpoint(p, true), true);
}

int printer_usb_identity(struct printer *p, const char *id, bool vendor)
{
	unsigned int v, d;
	int end = 0;

	if (emu_usb_plugged(p->usb))
		return -EBUSY;
	if (sscanf(id, "%4x:%4x%n", &v, &d, &end) != 2 || id[end])
		return -EINVAL;
	device_descriptor[AT_VENDOR_ID] = (uint8_t)v;
	device_descriptor[AT_VENDOR_ID + 1] = (uint8_t)(v >> 8);
	device_descriptor[AT_PRODUCT_ID] = (uint8_t)d;
	device_descriptor[AT_PRODUCT_ID + 1] = (uint8_t)(d >> 8);
	vendor_class = vendor;
	describe();
	return 0;
}

int printer_usb_settings(struct printer *p, int n, char **words)
{
	uint8_t offered[SETTINGS_MAX];
	long long v;
	int i;

	if (emu_usb_plugged(p->usb))
		return -EBUSY;
	if (n < 1 || n > SETTINGS_MAX)
		return -EINVAL;
	for (i = 0; i < n; i++) {
		if (emu_parse_number(words[i], &v) < 0 || v < 0 || v > 0xff)
			return -EINVAL;
		offered[i] = (uint8_t)v;
	}
	memcpy(protocols, offered, (size_t)n);
	n_settings = n;
	describe();
	return 0;
}

int printer_usb_init(struct printer *p)
{
	snprintf(serial, sizeof(serial), "HMVP%04u", p->slot);
	describe();
	return emu_usb_new(p->event, &description, &ops, p, &p->usb);
}
