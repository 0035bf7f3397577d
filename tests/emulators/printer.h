/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The printer-encoder: what is shared between its parts.
 *
 *	printer_usb.c	 descriptors, class requests, bulk transfers and their faults
 *	printer_print.c	 the byte stream, the queue of formats, labels, tags, the journal
 *	printer_status.c ~HS, ~HQES, ~HI, the set/get language
 *	hm_printer.c	 options, control socket, main
 *
 * Bytes come in by printer_accept(); replies leave through printer_reply() and
 * the bulk IN queue; printer_kick() runs whatever a change made possible.
 */
#ifndef EMU_PRINTER_H
#define EMU_PRINTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <systemd/sd-event.h>

#include "control.h"
#include "label/zpl.h"
#include "usbip.h"
#include "world.h"

#define PRINTER_QUEUE_MAX	32		/* formats; a full buffer NAKs */
#define PRINTER_REPLY_MAX	(64 * 1024)
#define PRINTER_NONE		(-1LL)		/* a fault that is not armed */

enum printer_void_mode { VOID_WEAK, VOID_DEAD, VOID_STALE };

struct printer_faults {
	bool paper_out, head_open, silence, deaf, mute_query, mute_status;
	bool small_tag;			/* the roll is of tags with 96 bits of EPC memory */
	enum { STALL_NO, STALL_ONCE, STALL_STICKY } stall;
	long long voids;		/* so many tags to come fail */
	enum printer_void_mode void_mode;
	long long partial;		/* accept so many bytes of the next transfer ... */
	int partial_status;		/* ... then end it with this */
	long long hold;			/* accept so many bytes, then none until released */
	long long unplug;		/* accept so many bytes, then pull the cable */
	long long paper_left;		/* labels until the paper is out */
	long long dribble;		/* bytes a bulk IN transfer carries at most */
	long long empty;		/* so many bulk IN transfers to come carry none */
	long long mute_request;		/* this standard request is not answered */
};

/* What the host did on the bus, for tests that say what it must not do. */
struct printer_bus {
	long long out_urbs, in_urbs;	/* bulk requests that came */
	long long empty_out;		/* of no bytes, or asking for a zero-length packet */
	long long requests;		/* of the printer class */
	long long requests_busy;	/* those that came while bytes were on their way */
	long long descriptors, clear_halts, set_interfaces;	/* standard requests */
};

struct printer_job {
	char *text;
	size_t len;
	struct hm_zpl_label *label;
	long long remaining;		/* of ^PQ */
	int tries;
	long long received;		/* offset in received.bin after its last byte */
};

struct printer {
	sd_event *event;
	sd_event_source *work;
	unsigned int slot, port;
	const char *dir;		/* WORLD/slotN/printer */
	bool no_picture;
	uint64_t print_usec;

	struct emu_usb *usb;
	struct emu_control *control;
	bool halted_out, halted_in;

	struct hm_zpl_stream *stream;
	struct printer_job queue[PRINTER_QUEUE_MAX];
	size_t queued;
	bool paused;			/* by a person or ~PP */
	bool error;			/* an RFID error holds the format at the head of the queue */

	uint8_t reply[PRINTER_REPLY_MAX];
	size_t reply_len;

	struct printer_faults faults;
	struct printer_bus bus;
	bool held;			/* the hold has been reached */

	struct emu_journal *journal, *transfers;
	int received_fd;
	long long received;		/* bytes ever */
	long long labels, good, voids;	/* ever; labels is the position on the roll */
	long long queries, cancels, replies;
};

void printer_faults_clear(struct printer *p);

/* printer_usb.c */
int printer_usb_init(struct printer *p);
/* Who it is from the next plug on: "1209:0002"; with a vendor interface in place of class 7. */
int printer_usb_identity(struct printer *p, const char *id, bool vendor);
/* The same of its alternate settings: bInterfaceProtocol of each. */
int printer_usb_settings(struct printer *p, int n, char **protocols);
/* Pulls the cable. */
void printer_usb_unplug(struct printer *p);
unsigned int printer_usb_reads(const struct printer *p);	/* bulk IN requests posted now */
void printer_kick(struct printer *p);
uint8_t printer_port_status(const struct printer *p);

/* printer_print.c */
int printer_open_world(struct printer *p);
void printer_close_world(struct printer *p);
/* The printer takes these bytes over; they are in received.bin on return. */
void printer_accept(struct printer *p, const uint8_t *data, size_t len);
void printer_schedule(struct printer *p);
/* Drops everything not printed. @why is journalled. */
void printer_cancel(struct printer *p, const char *why);
void printer_note(struct printer *p, json_t *line);
int printer_save_state(struct printer *p);
bool printer_stopped(const struct printer *p);

/* printer_status.c */
void printer_reply(struct printer *p, const void *data, size_t len);
void printer_immediate(struct printer *p, const char *text, size_t len);

#endif
