/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a transport (a module that can move bytes to one kind of marker) and the
 * core say to each other.
 *
 *	m = hallmark_marker_register(&desc);	the node appears
 *	...			ops->open/send/read/port_status are called
 *	hallmark_marker_del(m);			the node vanishes, ops->abort() is called;
 *						waits for no job and for no TPM
 *	hallmark_marker_drain(m);		waits until no op runs; afterwards none
 *						is called again and @priv may be freed
 *
 * The ops of one marker never run at the same time, abort() excepted. Open file
 * descriptors keep the core's part of a marker alive, never the transport's.
 */
#ifndef HALLMARK_MARKER_H
#define HALLMARK_MARKER_H

#include <linux/types.h>

#include "eventlog.h"

struct device;
struct hallmark_marker;

/**
 * struct hallmark_xfer - the bytes of one job, and what became of them
 * @data:	the bytes; may be vmalloc memory, no DMA from it
 * @len:	how many, at least 1
 * @offset:	EEPROM byte address
 * @deadline:	in jiffies, for everything
 * @reply:	room for @reply_max bytes, or NULL
 * @reply_max:	0 if no reply is expected
 * @state:	out: HALLMARK_STATE_*; never NONE, never FAULT
 * @sent:	out: bytes known to have been accepted
 * @reply_len:	out
 * @error:	out: 0 or what ended the job
 */
struct hallmark_xfer {
	const u8 *data;
	u32 len;
	u32 offset;
	unsigned long deadline;
	u8 *reply;
	u32 reply_max;
	u32 state;
	u32 sent;
	u32 reply_len;
	int error;
};

/**
 * struct hallmark_marker_ops - a transport
 * @open:	optional; is there something to talk to? 0 or a negative errno
 * @send:	move the bytes. Gives up when the deadline passes, when the caller
 *		is killed, and after abort()
 * @read:	optional (EEPROM): read @len bytes at @offset
 * @port_status: optional (printer): the USB printer class's port status byte
 * @abort:	make a running op end soon; may be called at any time
 */
struct hallmark_marker_ops {
	int (*open)(void *priv);
	void (*send)(void *priv, struct hallmark_xfer *x);
	int (*read)(void *priv, u32 offset, u8 *buf, u32 len);
	int (*port_status)(void *priv, u8 *ret_status);
	void (*abort)(void *priv);
};

/**
 * struct hallmark_marker_desc - a marker to be
 * @kind:	HM_EV_KIND_*; the name follows: printer0, eeprom0 ...
 * @size:	of an EEPROM in bytes, else 0
 * @ident:	who it is, for ATTACH and for sysfs
 * @ident_len:	at most HM_EV_IDENT_MAX
 * @parent:	in the device tree
 * @ops:	the transport
 * @priv:	its own, handed to every op
 */
struct hallmark_marker_desc {
	u32 kind;
	u32 size;
	const char *ident;
	size_t ident_len;
	struct device *parent;
	const struct hallmark_marker_ops *ops;
	void *priv;
};

struct hallmark_marker *hallmark_marker_register(const struct hallmark_marker_desc *desc);
void hallmark_marker_del(struct hallmark_marker *m);
void hallmark_marker_drain(struct hallmark_marker *m);
const char *hallmark_marker_name(const struct hallmark_marker *m);

#endif /* HALLMARK_MARKER_H */
