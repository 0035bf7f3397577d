// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * hm-ffs-printer: a printer on another USB stack than the other emulators'.
 *
 *	hm-ffs-printer FFS RECEIVED
 *
 * FFS is a mounted functionfs of a gadget that the caller made; once "ready" is on
 * stdout the gadget can be bound to its controller (dummy_udc), and as often as one
 * likes. Every byte goes to RECEIVED; a packet of no bytes leaves a byte in
 * RECEIVED.empty. "~HS" is answered with a line that counts the answers. So simple
 * because it is there to differ: real packets, a real device controller's driver, and
 * nothing in common with usbip.c.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/usb/functionfs.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PACKET 512
#define IDENT "MFG:Hallmark;MDL:FFS-1;CMD:ZPL;CLS:PRINTER;SN:HMGD0000;"

enum { GET_DEVICE_ID = 0, GET_PORT_STATUS = 1 };

struct descriptors {
	struct usb_interface_descriptor interface;
	struct usb_endpoint_descriptor_no_audio out, in;
} __attribute__((packed));

static const char *directory;

static void must(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "hm-ffs-printer: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int open_ep(const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	must(fd >= 0, path);
	return fd;
}

static struct descriptors descriptors_of(uint16_t packet)
{
	const struct usb_endpoint_descriptor_no_audio ep = {
		.bLength = sizeof(ep), .bDescriptorType = USB_DT_ENDPOINT,
		.bmAttributes = USB_ENDPOINT_XFER_BULK, .wMaxPacketSize = htole16(packet),
	};
	struct descriptors d = {
		.interface = {
			.bLength = sizeof(d.interface), .bDescriptorType = USB_DT_INTERFACE, .bNumEndpoints = 2,
			.bInterfaceClass = USB_CLASS_PRINTER, .bInterfaceSubClass = 1, .bInterfaceProtocol = 2,
		},
		.out = ep, .in = ep,
	};

	d.out.bEndpointAddress = 1;
	d.in.bEndpointAddress = 2 | USB_DIR_IN;
	return d;
}

static void describe(int ep0)
{
	struct {
		struct usb_functionfs_descs_head_v2 head;
		uint32_t full_count, high_count;
		struct descriptors full, high;
	} __attribute__((packed)) all = {
		.head = {
			.magic = htole32(FUNCTIONFS_DESCRIPTORS_MAGIC_V2), .length = htole32(sizeof(all)),
			.flags = htole32(FUNCTIONFS_HAS_FS_DESC | FUNCTIONFS_HAS_HS_DESC),
		},
		.full_count = htole32(3), .high_count = htole32(3),
		.full = descriptors_of(64), .high = descriptors_of(PACKET),
	};
	const struct usb_functionfs_strings_head none = {
		.magic = htole32(FUNCTIONFS_STRINGS_MAGIC), .length = htole32(sizeof(none)),
	};

	must(write(ep0, &all, sizeof(all)) == sizeof(all), "descriptors");
	must(write(ep0, &none, sizeof(none)) == sizeof(none), "strings");
}

static int append_to(const char *path, const char *suffix)
{
	char name[4096];
	int fd;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	must(fd >= 0, name);
	return fd;
}

/* One packet at a time: a longer read would wait for what the host does not send. */
static void *take_bytes(void *arg)
{
	int out = open_ep("ep1"), in = open_ep("ep2"), to = append_to(arg, ""), empty = append_to(arg, ".empty");
	char data[PACKET], last[4] = "", line[64];
	unsigned int answers = 0;
	ssize_t n, i;
	int len;

	for (;;) {
		n = read(out, data, sizeof(data));
		if (n < 0) {		/* unplugged: the next read waits until it is plugged in again */
			usleep(1000);
			continue;
		}
		if (n == 0)
			must(write(empty, ".", 1) == 1, "empty");
		must(write(to, data, (size_t)n) == n, "received");
		for (i = 0; i < n; i++) {
			memmove(last, last + 1, 2);
			last[2] = data[i];
			if (strcmp(last, "~HS"))
				continue;
			len = snprintf(line, sizeof(line), "answer %03u of another stack\r\n", ++answers);
			/* an answer that is not fetched is lost with the plug */
			(void)!write(in, line, (size_t)len);
		}
	}
	return NULL;
}

static void answer_setup(int ep0, const struct usb_ctrlrequest *setup)
{
	const size_t len = sizeof(IDENT) + 1;	/* the text, and its length before it */
	uint8_t reply[sizeof(IDENT) + 1] = { (uint8_t)(len >> 8), (uint8_t)len };
	size_t room = le16toh(setup->wLength), n = 0;

	memcpy(reply + 2, IDENT, sizeof(IDENT) - 1);
	if (setup->bRequestType == (USB_DIR_IN | USB_TYPE_CLASS | USB_RECIP_INTERFACE)) {
		if (setup->bRequest == GET_DEVICE_ID) {
			n = len;
		} else if (setup->bRequest == GET_PORT_STATUS) {
			reply[0] = 0x18;
			n = 1;
		}
	}
	if (n > 0)
		(void)!write(ep0, reply, n < room ? n : room);
	else if (setup->bRequestType & USB_DIR_IN)	/* in the wrong direction: that stalls */
		(void)!read(ep0, reply, 0);
	else
		(void)!write(ep0, reply, 0);
}

int main(int argc, char **argv)
{
	struct usb_functionfs_event event;
	pthread_t thread;
	ssize_t n;
	int ep0;

	if (argc != 3) {
		fprintf(stderr, "usage: hm-ffs-printer FFS RECEIVED\n");
		return 2;
	}
	directory = argv[1];
	ep0 = open_ep("ep0");
	describe(ep0);
	errno = pthread_create(&thread, NULL, take_bytes, argv[2]);
	must(!errno, "thread");
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		n = read(ep0, &event, sizeof(event));
		must(n == sizeof(event) || (n < 0 && errno == EINTR), "ep0");
		if (n > 0 && event.type == FUNCTIONFS_SETUP)
			answer_setup(ep0, &event.u.setup);
	}
}
