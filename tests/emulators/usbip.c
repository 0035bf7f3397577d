// SPDX-License-Identifier: LGPL-2.1-or-later
/* The USB/IP protocol and a device's standard requests; see usbip.h. */
#include "usbip.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define VHCI "/sys/devices/platform/vhci_hcd.0/"
#define RETRY_USEC 50000
#define RETRIES 400

enum { CMD_SUBMIT = 1, CMD_UNLINK = 2, RET_SUBMIT = 3, RET_UNLINK = 4 };

/* Documentation/usb/usbip_protocol.rst: all fields big-endian, setup as on the wire */
struct header {
	uint32_t command, seqnum, devid, direction, ep;
	union {
		struct {
			uint32_t flags, length, start_frame, packets, interval;
			uint8_t setup[8];
		} submit;
		struct {
			uint32_t status, actual, start_frame, packets, errors;
			uint8_t pad[8];
		} ret;
		struct {
			uint32_t seqnum;
			uint8_t pad[24];
		} unlink;
		uint8_t pad[28];
	};
};
_Static_assert(sizeof(struct header) == 48, "USB/IP header");

struct emu_usb {
	sd_event *event;
	sd_event_source *source;
	const struct emu_usb_description *d;
	const struct emu_usb_ops *ops;
	void *ctx;
	int fd;
	struct emu_urb *pending;	/* oldest first, all endpoints */
	unsigned int n_pending;
	uint8_t configuration, setting;
	int mute;			/* standard request that is not answered, or -1 */
	struct header in;		/* being received */
	size_t in_len;
	struct emu_urb *receiving;	/* SUBMIT OUT whose data is not complete */
	size_t received;
	uint8_t *out;			/* answers the socket did not take yet */
	size_t out_len, out_size;
	sd_event_source *retry;
	unsigned int port, tries;
	bool broken;			/* protocol error or end of file: unplug when it is safe */
};

static void watch(struct emu_usb *usb)
{
	if (usb->source)
		sd_event_source_set_io_events(usb->source, EPOLLIN | (usb->out_len ? EPOLLOUT : 0));
}

static void flush(struct emu_usb *usb)
{
	while (usb->out_len > 0) {
		ssize_t n = send(usb->fd, usb->out, usb->out_len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n <= 0) {
			usb->broken = true;
			usb->out_len = 0;
			break;
		}
		memmove(usb->out, usb->out + n, usb->out_len - (size_t)n);
		usb->out_len -= (size_t)n;
	}
	watch(usb);
}

static void answer(struct emu_usb *usb, const struct header *h, const void *data, size_t len)
{
	size_t need = usb->out_len + sizeof(*h) + len;

	if (usb->fd < 0 || usb->broken)
		return;
	if (need > usb->out_size) {
		uint8_t *p = realloc(usb->out, need);

		if (!p) {
			usb->broken = true;
			return;
		}
		usb->out = p;
		usb->out_size = need;
	}
	memcpy(usb->out + usb->out_len, h, sizeof(*h));
	if (len > 0)
		memcpy(usb->out + usb->out_len + sizeof(*h), data, len);
	usb->out_len = need;
	flush(usb);
}

static void answer_submit(struct emu_usb *usb, const struct emu_urb *urb, int status, uint32_t actual)
{
	struct header h = {
		.command = htobe32(RET_SUBMIT),
		.seqnum = htobe32(urb->seqnum),
		.ret = { .status = htobe32((uint32_t)status), .actual = htobe32(actual) },
	};

	answer(usb, &h, urb->data, urb->in ? actual : 0);
}

static void enqueue(struct emu_usb *usb, struct emu_urb *urb)
{
	struct emu_urb **p = &usb->pending;

	while (*p)
		p = &(*p)->next;
	*p = urb;
	usb->n_pending++;
}

static bool dequeue(struct emu_usb *usb, const struct emu_urb *urb)
{
	struct emu_urb **p;

	for (p = &usb->pending; *p; p = &(*p)->next)
		if (*p == urb) {
			*p = urb->next;
			usb->n_pending--;
			return true;
		}
	return false;
}

struct emu_urb *emu_usb_head(struct emu_usb *usb, unsigned int ep, bool in)
{
	struct emu_urb *u;

	for (u = usb->pending; u; u = u->next)
		if (u->ep == ep && u->in == in)
			return u;
	return NULL;
}

unsigned int emu_usb_count(const struct emu_usb *usb, unsigned int ep, bool in)
{
	const struct emu_urb *u;
	unsigned int n = 0;

	for (u = usb->pending; u; u = u->next)
		n += u->ep == ep && u->in == in;
	return n;
}

void emu_usb_complete(struct emu_usb *usb, struct emu_urb *urb, int status, uint32_t actual)
{
	assert(actual <= urb->length);
	if (dequeue(usb, urb))
		answer_submit(usb, urb, status, actual);
	free(urb);
}

static int get_descriptor(const struct emu_usb *usb, struct emu_urb *urb)
{
	unsigned int type = urb->setup.value >> 8, index = urb->setup.value & 0xff;
	uint8_t text[2 + 2 * 126] = { 4, 3, 0x09, 0x04 };	/* string 0: US English */
	const uint8_t *from = text;
	size_t len = 4, i;

	switch (type) {
	case 1:
		from = usb->d->device;
		len = 18;
		break;
	case 2:
		from = usb->d->configuration;
		len = usb->d->configuration_len;
		break;
	case 3:
		if (index == 0)
			break;
		if (index >= sizeof(usb->d->strings) / sizeof(usb->d->strings[0]) || !usb->d->strings[index])
			return -EPIPE;
		len = strlen(usb->d->strings[index]);
		assert(len <= 126);
		for (i = 0; i < len; i++) {
			text[2 + 2 * i] = (uint8_t)usb->d->strings[index][i];
			text[3 + 2 * i] = 0;
		}
		len = 2 + 2 * len;
		text[0] = (uint8_t)len;
		break;
	default:	/* a device qualifier too: none, we have one speed */
		return -EPIPE;
	}
	if (len > urb->length)
		len = urb->length;
	memcpy(urb->data, from, len);
	return (int)len;
}

static int set_interface(struct emu_usb *usb, uint16_t interface, uint16_t setting)
{
	const uint8_t *d = usb->d->configuration;
	size_t i;

	for (i = 0; i + 9 <= usb->d->configuration_len; i += d[i])
		if (d[i + 1] == 4 && d[i + 2] == interface && d[i + 3] == setting) {
			usb->setting = (uint8_t)setting;
			return 0;
		}
	return -EPIPE;
}

static int standard_request(struct emu_usb *usb, struct emu_urb *urb)
{
	switch (urb->setup.request) {
	case 0:		/* GET_STATUS */
		memset(urb->data, 0, urb->length);
		return urb->length < 2 ? (int)urb->length : 2;
	case EMU_USB_CLEAR_FEATURE:	/* a halt */
		if ((urb->setup.type & 0x1f) == 2 && usb->ops->halt_cleared)
			usb->ops->halt_cleared(usb->ctx, urb->setup.index & 0x0f, urb->setup.index & 0x80);
		return 0;
	case EMU_USB_GET_DESCRIPTOR:
		return get_descriptor(usb, urb);
	case 8:		/* GET_CONFIGURATION */
		if (urb->length < 1)
			return 0;
		urb->data[0] = usb->configuration;
		return 1;
	case 9:		/* SET_CONFIGURATION */
		usb->configuration = (uint8_t)urb->setup.value;
		usb->setting = 0;
		return 0;
	case 10:	/* GET_INTERFACE */
		if (urb->length < 1)
			return 0;
		urb->data[0] = usb->setting;
		return 1;
	case EMU_USB_SET_INTERFACE:
		return set_interface(usb, urb->setup.index, urb->setup.value);
	default:
		return -EPIPE;
	}
}

static bool is_standard(const struct emu_urb *urb)
{
	return urb->ep == 0 && (urb->setup.type & 0x60) == 0;
}

static void answer_control(struct emu_usb *usb, struct emu_urb *urb)
{
	int r;

	if (is_standard(urb))
		r = standard_request(usb, urb);
	else
		r = usb->ops->control ? usb->ops->control(usb->ctx, urb) : -EPIPE;
	if (r != EMU_USB_LATER)
		emu_usb_complete(usb, urb, r < 0 ? r : 0, r < 0 ? 0 : (uint32_t)r);
}

static bool is_muted(const struct emu_usb *usb, const struct emu_urb *urb)
{
	return is_standard(urb) && urb->setup.request == usb->mute;
}

static void dispatch(struct emu_usb *usb, struct emu_urb *urb)
{
	enqueue(usb, urb);
	if (urb->ep != 0) {
		if (usb->ops->ready)
			usb->ops->ready(usb->ctx, urb->ep, urb->in, urb);
		return;
	}
	if (is_standard(urb) && usb->ops->standard)
		usb->ops->standard(usb->ctx, urb->setup.request);
	if (!is_muted(usb, urb))
		answer_control(usb, urb);
}

void emu_usb_mute(struct emu_usb *usb, int request)
{
	struct emu_urb *u;

	usb->mute = request;
	do {
		for (u = usb->pending; u && (!is_standard(u) || is_muted(usb, u)); u = u->next)
			;
		if (u)
			answer_control(usb, u);
	} while (u);
}

unsigned int emu_usb_setting(const struct emu_usb *usb)
{
	return usb->setting;
}

static void unlink_urb(struct emu_usb *usb, uint32_t seqnum, uint32_t victim)
{
	struct header h = { .command = htobe32(RET_UNLINK), .seqnum = htobe32(seqnum) };
	struct emu_urb *u;

	for (u = usb->pending; u && u->seqnum != victim; u = u->next)
		;
	if (u) {
		h.ret.status = htobe32((uint32_t)-ECONNRESET);
		if (usb->ops->cancelled)
			usb->ops->cancelled(usb->ctx, u);
		dequeue(usb, u);
		free(u);
	}
	answer(usb, &h, NULL, 0);
}

/* A whole header is there: make the request, or answer the unlink. */
static int take_header(struct emu_usb *usb)
{
	const struct header *h = &usb->in;
	const uint8_t *s = h->submit.setup;
	struct emu_urb *urb;
	uint32_t length;

	if (be32toh(h->command) == CMD_UNLINK) {
		unlink_urb(usb, be32toh(h->seqnum), be32toh(h->unlink.seqnum));
		return 0;
	}
	length = be32toh(h->submit.length);
	if (be32toh(h->command) != CMD_SUBMIT || length > EMU_USB_DATA_MAX || usb->n_pending >= EMU_USB_PENDING_MAX)
		return -EPROTO;
	urb = calloc(1, sizeof(*urb) + length + 1);
	if (!urb)
		return -ENOMEM;
	urb->seqnum = be32toh(h->seqnum);
	urb->ep = be32toh(h->ep) & 0x0f;
	urb->in = be32toh(h->direction) == 1;
	urb->length = length;
	urb->flags = be32toh(h->submit.flags);
	urb->setup = (struct emu_usb_setup) {
		.type = s[0], .request = s[1],
		.value = (uint16_t)(s[2] | s[3] << 8),
		.index = (uint16_t)(s[4] | s[5] << 8),
		.length = (uint16_t)(s[6] | s[7] << 8),
	};
	if (!urb->in && length > 0) {
		usb->receiving = urb;
		usb->received = 0;
	} else {
		dispatch(usb, urb);
	}
	return 0;
}

/* Returns 1 after progress, 0 when the socket has no more for now, or an error. */
static int receive(struct emu_usb *usb)
{
	struct emu_urb *urb = usb->receiving;
	uint8_t *to = urb ? urb->data + usb->received : (uint8_t *)&usb->in + usb->in_len;
	size_t want = urb ? urb->length - usb->received : sizeof(usb->in) - usb->in_len;
	ssize_t n = recv(usb->fd, to, want, MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN ? 0 : errno == EINTR ? 1 : -errno;
	if (n == 0)
		return -ENODEV;
	if (urb) {
		usb->received += (size_t)n;
		if (usb->received == urb->length) {
			usb->receiving = NULL;
			dispatch(usb, urb);
		}
		return 1;
	}
	usb->in_len += (size_t)n;
	if (usb->in_len < sizeof(usb->in))
		return 1;
	usb->in_len = 0;
	n = take_header(usb);
	return n < 0 ? (int)n : 1;
}

static int on_socket(sd_event_source *source, int fd, uint32_t events, void *ctx)
{
	struct emu_usb *usb = ctx;
	int r = 1;

	(void)source;
	(void)fd;
	(void)events;
	flush(usb);
	/* a device may pull the cable from within its own callbacks */
	while (r > 0 && usb->fd >= 0 && !usb->broken)
		r = receive(usb);
	if (usb->fd >= 0 && (r < 0 || usb->broken)) {
		emu_usb_unplug(usb);
		if (usb->ops->detached)
			usb->ops->detached(usb->ctx);
	}
	return 0;
}

int emu_usb_new(sd_event *event, const struct emu_usb_description *d, const struct emu_usb_ops *ops, void *ctx,
		struct emu_usb **ret)
{
	struct emu_usb *usb = calloc(1, sizeof(*usb));

	if (!usb)
		return -ENOMEM;
	usb->event = event;
	usb->d = d;
	usb->ops = ops;
	usb->ctx = ctx;
	usb->fd = -1;
	usb->mute = -1;
	*ret = usb;
	return 0;
}

struct emu_usb *emu_usb_free(struct emu_usb *usb)
{
	if (!usb)
		return NULL;
	emu_usb_unplug(usb);
	free(usb->out);
	free(usb);
	return NULL;
}

int emu_usb_serve(struct emu_usb *usb, int fd)
{
	int r;

	if (usb->fd >= 0)
		return -EALREADY;
	r = sd_event_add_io(usb->event, &usb->source, fd, EPOLLIN, on_socket, usb);
	if (r < 0)
		return r;
	usb->fd = fd;
	usb->broken = false;
	usb->in_len = usb->out_len = 0;
	usb->configuration = usb->setting = 0;
	return 0;
}

static int attach(struct emu_usb *usb)
{
	char text[64];
	int pair[2], file, r;
	ssize_t n;

	file = open(VHCI "attach", O_WRONLY | O_CLOEXEC);
	if (file < 0)
		return -errno;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		r = -errno;
		close(file);
		return r;
	}
	snprintf(text, sizeof(text), "%u %d %u %d", usb->port, pair[1], usb->port + 1, (int)usb->d->speed);
	n = write(file, text, strlen(text));
	r = n < 0 ? -errno : 0;
	close(file);
	close(pair[1]);		/* the kernel holds its own reference now */
	if (r == 0)
		r = emu_usb_serve(usb, pair[0]);
	if (r < 0)
		close(pair[0]);
	return r;
}

static int try_plug(struct emu_usb *usb);

static int on_retry(sd_event_source *source, uint64_t usec, void *ctx)
{
	(void)source;
	(void)usec;
	try_plug(ctx);
	return 0;
}

static int try_plug(struct emu_usb *usb)
{
	int r = attach(usb);

	usb->retry = sd_event_source_disable_unref(usb->retry);
	/* a port in use: EBUSY, and EINVAL from older kernels */
	if ((r == -EBUSY || r == -EINVAL) && usb->tries++ < RETRIES)
		return sd_event_add_time_relative(usb->event, &usb->retry, CLOCK_MONOTONIC, RETRY_USEC, 1, on_retry, usb);
	if (usb->ops->plugged)
		usb->ops->plugged(usb->ctx, r);
	return r;
}

int emu_usb_plug(struct emu_usb *usb, unsigned int port)
{
	int r;

	if (usb->fd >= 0 || usb->retry)
		return -EALREADY;
	usb->port = port;
	usb->tries = 0;
	r = try_plug(usb);
	return r < 0 ? r : 0;
}

void emu_usb_unplug(struct emu_usb *usb)
{
	struct emu_urb *u;

	usb->retry = sd_event_source_disable_unref(usb->retry);
	if (usb->fd < 0)
		return;
	usb->source = sd_event_source_disable_unref(usb->source);
	close(usb->fd);
	usb->fd = -1;
	free(usb->receiving);
	usb->receiving = NULL;
	while ((u = usb->pending)) {
		usb->pending = u->next;
		free(u);
	}
	usb->n_pending = 0;
}

bool emu_usb_plugged(const struct emu_usb *usb)
{
	return usb->fd >= 0;
}
