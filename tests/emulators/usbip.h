/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A USB device in a process, behind the kernel's own USB stack.
 *
 * The kernel's virtual host controller (vhci_hcd) sends each transfer request
 * (URB) whole, over a socket, in the USB/IP protocol. This core speaks that
 * protocol, answers descriptors and standard requests, and keeps the requests
 * that the device has not answered in order, one queue an endpoint:
 *
 *	static const struct emu_usb_ops ops = { .control = ..., .ready = ... };
 *
 *	r = emu_usb_new(event, &description, &ops, ctx, &usb);
 *	r = emu_usb_plug(usb, port);		root, vhci_hcd loaded
 *	r = sd_event_loop(event);
 *	emu_usb_free(usb);			which also unplugs
 *
 * ops->ready() is called when a bulk request arrives. The device looks
 * at the queue with emu_usb_head() and answers with emu_usb_complete() whenever
 * it likes: at once, later, partly, or with an error. A request left in the
 * queue is a NAK that lasts; a host that loses patience unlinks it, and then it
 * is gone from the queue. Nothing here blocks and nothing here has a thread.
 */
#ifndef EMU_USBIP_H
#define EMU_USBIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <systemd/sd-event.h>

#define EMU_USB_DATA_MAX	(1u << 20)	/* bytes of one request */
#define EMU_USB_PENDING_MAX	256		/* requests not yet answered */
#define EMU_URB_ZERO_PACKET	0x0040		/* flags: end with a packet of no bytes if need be */
#define EMU_USB_LATER		1000000		/* control(): will be completed by emu_usb_complete() */

enum emu_usb_speed { EMU_USB_FULL = 2, EMU_USB_HIGH = 3 };	/* enum usb_device_speed */

struct emu_usb_setup {
	uint8_t type, request;
	uint16_t value, index, length;
};

struct emu_usb_description {
	enum emu_usb_speed speed;
	const uint8_t *device;		/* 18 bytes */
	const uint8_t *configuration;	/* with one interface, its settings and endpoints */
	size_t configuration_len;
	const char *strings[5];		/* ASCII; string index 1 upwards */
};

struct emu_urb {
	struct emu_urb *next;
	uint32_t seqnum;
	unsigned int ep;		/* endpoint number */
	bool in;
	uint32_t flags;			/* the kernel's URB_* */
	struct emu_usb_setup setup;	/* ep 0 */
	uint32_t length;		/* OUT: bytes in data; IN: room */
	uint32_t taken;			/* the device's own mark: bytes already dealt with */
	uint8_t data[];
};

struct emu_usb;

struct emu_usb_ops {
	/*
	 * A class or vendor request. IN: fill urb->data and return the number of
	 * bytes. OUT: the data is in urb->data; return how much was taken.
	 * -EPIPE stalls; EMU_USB_LATER keeps it pending.
	 */
	int (*control)(void *ctx, struct emu_urb *urb);
	/* a bulk request came; without this it stays unanswered */
	void (*ready)(void *ctx, unsigned int ep, bool in, const struct emu_urb *urb);
	/* The host gave up on this request; it is about to be freed. */
	void (*cancelled)(void *ctx, const struct emu_urb *urb);
	/* A standard request came; it is answered here. */
	void (*standard)(void *ctx, unsigned int request);
	/* The host cleared a halt on a bulk endpoint. */
	void (*halt_cleared)(void *ctx, unsigned int ep, bool in);
	/* The host let go of the device (module unloaded, detach). */
	void (*detached)(void *ctx);
	/* emu_usb_plug() came to its end: 0, or why the port could not be had. */
	void (*plugged)(void *ctx, int r);
};

int emu_usb_new(sd_event *event, const struct emu_usb_description *d, const struct emu_usb_ops *ops, void *ctx,
		struct emu_usb **ret);
struct emu_usb *emu_usb_free(struct emu_usb *usb);

/*
 * Plugs into port @port of vhci_hcd.0. The kernel works an earlier unplug off in
 * its own time; while it does, this tries again on a timer, for 20 s. Returns 0
 * (plugged, or trying; ops->plugged() tells the end), -EALREADY if plugged, or
 * what opening the attach file said.
 */
int emu_usb_plug(struct emu_usb *usb, unsigned int port);
/* The same, on a socket that something else holds the other end of: for tests. */
int emu_usb_serve(struct emu_usb *usb, int fd);
/* Pulls the cable: pending requests are dropped unanswered. */
void emu_usb_unplug(struct emu_usb *usb);
bool emu_usb_plugged(const struct emu_usb *usb);

enum { EMU_USB_CLEAR_FEATURE = 1, EMU_USB_GET_DESCRIPTOR = 6, EMU_USB_SET_INTERFACE = 11 };
/* This standard request is left unanswered; -1: each is answered, what waits at once. */
void emu_usb_mute(struct emu_usb *usb, int request);
/* The alternate setting in force. */
unsigned int emu_usb_setting(const struct emu_usb *usb);

/* The oldest unanswered request of a bulk endpoint, or NULL; and how many there are. */
struct emu_urb *emu_usb_head(struct emu_usb *usb, unsigned int ep, bool in);
unsigned int emu_usb_count(const struct emu_usb *usb, unsigned int ep, bool in);
/* Answers: status 0 or a negative errno (-EPIPE stalls), and bytes transferred. Frees @urb. */
void emu_usb_complete(struct emu_usb *usb, struct emu_urb *urb, int status, uint32_t actual);

#endif
