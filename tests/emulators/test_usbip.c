// SPDX-License-Identifier: LGPL-2.1-or-later
/* The USB/IP core, with this test as the kernel: requests, answers, unlinks, and nonsense. */
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "usbip.h"

static const uint8_t device[18] = { 18, 1, 0, 2, 0, 0, 0, 64, 0x09, 0x12, 1, 0, 0, 1, 1, 0, 0, 1 };
static const uint8_t configuration[] = {
	9, 2, 27, 0, 1, 1, 0, 0x80, 50,
	9, 4, 0, 0, 0, 255, 0, 0, 0,
	9, 4, 0, 1, 0, 255, 0, 0, 0,
};

struct fake {
	sd_event *event;
	struct emu_usb *usb;
	int host;		/* the kernel's end of the socket */
	int readied, cancelled, detached, halts, standard;
	uint32_t last_cancelled;
};

static int control(void *ctx, struct emu_urb *urb)
{
	(void)ctx;
	if (urb->setup.request == 0x77)
		return -EPIPE;
	if (urb->setup.request == 0x78)
		return EMU_USB_LATER;
	if (!urb->in)
		return (int)urb->length;
	memset(urb->data, 0xab, urb->length);
	return (int)urb->length;
}

static void ready(void *ctx, unsigned int ep, bool in, const struct emu_urb *urb)
{
	(void)urb;
	(void)ep;
	(void)in;
	((struct fake *)ctx)->readied++;
}

static void cancelled(void *ctx, const struct emu_urb *urb)
{
	((struct fake *)ctx)->cancelled++;
	((struct fake *)ctx)->last_cancelled = urb->seqnum;
}

static void standard(void *ctx, unsigned int request)
{
	(void)request;
	((struct fake *)ctx)->standard++;
}

static void halt_cleared(void *ctx, unsigned int ep, bool in)
{
	assert_int_equal(ep, 1);
	assert_false(in);
	((struct fake *)ctx)->halts++;
}

static void detached(void *ctx)
{
	((struct fake *)ctx)->detached++;
}

static const struct emu_usb_description description = {
	.speed = EMU_USB_HIGH, .device = device, .configuration = configuration,
	.configuration_len = sizeof(configuration), .strings = { NULL, "Maker" },
};
static const struct emu_usb_ops ops = {
	.control = control, .ready = ready, .cancelled = cancelled, .standard = standard, .halt_cleared = halt_cleared,
	.detached = detached,
};

static int setup(void **state)
{
	struct fake *f = calloc(1, sizeof(*f));
	int pair[2];

	assert_non_null(f);
	assert_int_equal(sd_event_new(&f->event), 0);
	assert_int_equal(emu_usb_new(f->event, &description, &ops, f, &f->usb), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	f->host = pair[0];
	assert_int_equal(emu_usb_serve(f->usb, pair[1]), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fake *f = *state;

	emu_usb_free(f->usb);
	sd_event_unref(f->event);
	close(f->host);
	free(f);
	return 0;
}

/* Lets the device work until there is nothing left to do. */
static void run(struct fake *f)
{
	while (sd_event_run(f->event, 0) > 0)
		;
}

static void put(uint8_t *p, uint32_t v)
{
	v = htobe32(v);
	memcpy(p, &v, 4);
}

static uint32_t get(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return be32toh(v);
}

static void submit(struct fake *f, uint32_t seq, uint32_t ep, bool in, const char *setup_packet, const void *data,
		   uint32_t len)
{
	uint8_t h[48] = {};

	put(h, 1);
	put(h + 4, seq);
	put(h + 12, in);
	put(h + 16, ep);
	put(h + 24, len);
	if (setup_packet)
		memcpy(h + 40, setup_packet, 8);
	assert_int_equal(send(f->host, h, sizeof(h), 0), sizeof(h));
	if (!in && len > 0)
		assert_int_equal(send(f->host, data, len, 0), len);
	run(f);
}

/* The next answer: its kind, sequence number and status; its data to @data. */
static uint32_t answer(struct fake *f, uint32_t kind, uint32_t seq, int *ret_status, uint8_t *data)
{
	struct pollfd p = { .fd = f->host, .events = POLLIN };
	uint8_t h[48];
	uint32_t n;

	assert_int_equal(poll(&p, 1, 5000), 1);
	assert_int_equal(recv(f->host, h, sizeof(h), MSG_WAITALL), sizeof(h));
	assert_int_equal(get(h), kind);
	assert_int_equal(get(h + 4), seq);
	*ret_status = (int)get(h + 20);
	n = kind == 3 ? get(h + 24) : 0;
	if (data && n > 0)
		assert_int_equal(recv(f->host, data, n, MSG_WAITALL), n);
	return n;
}

static bool silent(struct fake *f)
{
	struct pollfd p = { .fd = f->host, .events = POLLIN };

	run(f);
	return poll(&p, 1, 0) == 0;
}

static void descriptors(void **state)
{
	struct fake *f = *state;
	uint8_t data[256];
	int status;

	submit(f, 1, 0, true, "\x80\x06\0\x01\0\0\x12\0", NULL, 18);
	assert_int_equal(answer(f, 3, 1, &status, data), 18);
	assert_int_equal(status, 0);
	assert_memory_equal(data, device, 18);
	submit(f, 2, 0, true, "\x80\x06\0\x02\0\0\x04\0", NULL, 4);
	assert_int_equal(answer(f, 3, 2, &status, data), 4);
	assert_memory_equal(data, configuration, 4);
	submit(f, 3, 0, true, "\x80\x06\x01\x03\x09\x04\xff\0", NULL, 255);
	assert_int_equal(answer(f, 3, 3, &status, data), 12);
	assert_memory_equal(data, "\x0c\x03M\0a\0k\0e\0r\0", 12);
	submit(f, 4, 0, true, "\x80\x06\x02\x03\x09\x04\xff\0", NULL, 255);
	assert_int_equal(answer(f, 3, 4, &status, data), 0);
	assert_int_equal(status, -EPIPE);
	submit(f, 5, 0, false, "\0\x09\x01\0\0\0\0\0", NULL, 0);
	answer(f, 3, 5, &status, NULL);
	assert_int_equal(status, 0);
	submit(f, 6, 0, true, "\x80\x08\0\0\0\0\x01\0", NULL, 1);
	assert_int_equal(answer(f, 3, 6, &status, data), 1);
	assert_int_equal(data[0], 1);
	submit(f, 7, 0, false, "\x02\x01\0\0\x01\0\0\0", NULL, 0);
	answer(f, 3, 7, &status, NULL);
	assert_int_equal(f->halts, 1);
}

static void settings(void **state)
{
	static const char *const set[] = { "\x01\x0b\x01\0\0\0\0\0", "\x01\x0b\x02\0\0\0\0\0", "\x01\x0b\0\0\x01\0\0\0" };
	struct fake *f = *state;
	uint8_t data[1];
	uint32_t i;
	int status;

	assert_int_equal(emu_usb_setting(f->usb), 0);
	for (i = 0; i < 3; i++) {	/* one that is there, and no more than that */
		submit(f, 1 + i, 0, false, set[i], NULL, 0);
		answer(f, 3, 1 + i, &status, NULL);
		assert_int_equal(status, i == 0 ? 0 : -EPIPE);
		assert_int_equal(emu_usb_setting(f->usb), 1);
	}
	submit(f, 4, 0, true, "\x81\x0a\0\0\0\0\x01\0", NULL, 1);
	assert_int_equal(answer(f, 3, 4, &status, data), 1);
	assert_int_equal(data[0], 1);
	submit(f, 5, 0, false, "\0\x09\x01\0\0\0\0\0", NULL, 0);
	answer(f, 3, 5, &status, NULL);
	assert_int_equal(emu_usb_setting(f->usb), 0);
	assert_int_equal(f->standard, 5);
}

static void muted(void **state)
{
	struct fake *f = *state;
	uint8_t data[18];
	int status;

	emu_usb_mute(f->usb, EMU_USB_CLEAR_FEATURE);
	submit(f, 1, 0, false, "\x02\x01\0\0\x01\0\0\0", NULL, 0);
	assert_true(silent(f));
	assert_int_equal(f->standard, 1);
	submit(f, 2, 0, true, "\x80\x06\0\x01\0\0\x12\0", NULL, 18);
	assert_int_equal(answer(f, 3, 2, &status, data), 18);
	assert_int_equal(f->halts, 0);
	emu_usb_mute(f->usb, -1);
	answer(f, 3, 1, &status, NULL);
	assert_int_equal(status, 0);
	assert_int_equal(f->halts, 1);
}

static void class_requests(void **state)
{
	struct fake *f = *state;
	uint8_t data[8];
	int status;

	submit(f, 1, 0, true, "\xa1\x01\0\0\0\0\x01\0", NULL, 1);
	assert_int_equal(answer(f, 3, 1, &status, data), 1);
	assert_int_equal(data[0], 0xab);
	submit(f, 2, 0, true, "\xa1\x77\0\0\0\0\x01\0", NULL, 1);
	assert_int_equal(answer(f, 3, 2, &status, data), 0);
	assert_int_equal(status, -EPIPE);
	submit(f, 3, 0, false, "\x21\x78\0\0\0\0\x02\0", "xy", 2);
	assert_true(silent(f));
	assert_memory_equal(emu_usb_head(f->usb, 0, false)->data, "xy", 2);
	emu_usb_complete(f->usb, emu_usb_head(f->usb, 0, false), 0, 1);
	assert_int_equal(answer(f, 3, 3, &status, NULL), 1);
}

static void bulk(void **state)
{
	struct fake *f = *state;
	struct emu_urb *urb;
	uint8_t data[64];
	int status;

	submit(f, 1, 1, false, NULL, "hello", 5);
	submit(f, 2, 1, false, NULL, "world", 5);
	submit(f, 3, 2, true, NULL, NULL, 64);
	assert_int_equal(f->readied, 3);
	assert_true(silent(f));		/* a request not answered is a NAK */

	urb = emu_usb_head(f->usb, 2, true);
	memcpy(urb->data, "reply", 5);
	emu_usb_complete(f->usb, urb, 0, 5);
	assert_int_equal(answer(f, 3, 3, &status, data), 5);
	assert_memory_equal(data, "reply", 5);

	urb = emu_usb_head(f->usb, 1, false);
	assert_int_equal(urb->seqnum, 1);
	assert_memory_equal(urb->data, "hello", 5);
	emu_usb_complete(f->usb, urb, -EPIPE, 3);
	assert_int_equal(answer(f, 3, 1, &status, NULL), 3);
	assert_int_equal(status, -EPIPE);
	assert_int_equal(emu_usb_head(f->usb, 1, false)->seqnum, 2);
}

static void unlinks(void **state)
{
	struct fake *f = *state;
	uint8_t h[48] = {};
	int status;

	submit(f, 8, 1, false, NULL, "x", 1);
	put(h, 2);
	put(h + 4, 9);
	put(h + 20, 8);
	assert_int_equal(send(f->host, h, sizeof(h), 0), sizeof(h));
	run(f);
	answer(f, 4, 9, &status, NULL);
	assert_int_equal(status, -ECONNRESET);
	assert_int_equal(f->cancelled, 1);
	assert_int_equal(f->last_cancelled, 8);
	assert_null(emu_usb_head(f->usb, 1, false));
	put(h + 4, 10);		/* the same again: it is gone */
	assert_int_equal(send(f->host, h, sizeof(h), 0), sizeof(h));
	run(f);
	answer(f, 4, 10, &status, NULL);
	assert_int_equal(status, 0);
	assert_int_equal(f->cancelled, 1);
	assert_true(silent(f));
}

/* A request may arrive in any pieces. */
static void arrives_in_pieces(void **state)
{
	struct fake *f = *state;
	uint8_t all[48 + 600] = {};
	size_t i;

	put(all, 1);
	put(all + 4, 1);
	put(all + 16, 1);
	put(all + 24, 600);
	memset(all + 48, 'z', 600);
	for (i = 0; i < sizeof(all); i += 7) {
		size_t n = sizeof(all) - i < 7 ? sizeof(all) - i : 7;

		assert_int_equal(f->readied, 0);
		assert_int_equal(send(f->host, all + i, n, 0), n);
		run(f);
	}
	assert_int_equal(f->readied, 1);
	assert_int_equal(emu_usb_head(f->usb, 1, false)->length, 600);
	assert_int_equal(emu_usb_head(f->usb, 1, false)->data[599], 'z');
}

static void nonsense_unplugs(void **state)
{
	struct fake *f = *state;
	uint8_t h[48];

	memset(h, 0xff, sizeof(h));
	assert_int_equal(send(f->host, h, sizeof(h), 0), sizeof(h));
	run(f);
	assert_int_equal(f->detached, 1);
	assert_false(emu_usb_plugged(f->usb));
}

static void too_long_unplugs(void **state)
{
	struct fake *f = *state;
	uint8_t h[48] = {};

	put(h, 1);
	put(h + 16, 1);
	put(h + 24, EMU_USB_DATA_MAX + 1);
	assert_int_equal(send(f->host, h, sizeof(h), 0), sizeof(h));
	run(f);
	assert_int_equal(f->detached, 1);
	assert_null(emu_usb_head(f->usb, 1, false));
}

static void unplug_drops_what_waits(void **state)
{
	struct fake *f = *state;
	uint8_t byte;

	submit(f, 1, 1, false, NULL, "hello", 5);
	emu_usb_unplug(f->usb);
	assert_null(emu_usb_head(f->usb, 1, false));
	assert_int_equal(recv(f->host, &byte, 1, 0), 0);
	assert_int_equal(f->detached, 0);	/* it was our own doing */
	assert_int_equal(emu_usb_serve(f->usb, dup(f->host)), 0);
	assert_true(emu_usb_plugged(f->usb));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(descriptors, setup, teardown),
		cmocka_unit_test_setup_teardown(settings, setup, teardown),
		cmocka_unit_test_setup_teardown(muted, setup, teardown),
		cmocka_unit_test_setup_teardown(class_requests, setup, teardown),
		cmocka_unit_test_setup_teardown(bulk, setup, teardown),
		cmocka_unit_test_setup_teardown(unlinks, setup, teardown),
		cmocka_unit_test_setup_teardown(arrives_in_pieces, setup, teardown),
		cmocka_unit_test_setup_teardown(nonsense_unplugs, setup, teardown),
		cmocka_unit_test_setup_teardown(too_long_unplugs, setup, teardown),
		cmocka_unit_test_setup_teardown(unplug_drops_what_waits, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
