// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * hm-fixture: the fixture of a slot, a USB-to-I2C adapter that does not exist,
 * and the board in it: a 24C256 and a TPM.
 *
 *	hm-fixture --slot N --port P --world DIR --run DIR [--cycle-us US]
 *
 * The adapter speaks the protocol of i2c-tiny-usb, so that the kernel's own
 * driver and at24 run. Its control socket is RUN/slotN/fixture.sock; README.md
 * has the commands. The name of the inserted board is in WORLD/slotN/board, and
 * is put back in after a restart.
 */
#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "board_tpm.h"
#include "control.h"
#include "eeprom.h"
#include "usbip.h"
#include "world.h"

#define NAME_MAX_LEN	64
#define EEPROM_ADDRESS	0x50
#define SLOTS_MAX	16
#define NONE		(-1LL)

/* the adapter's requests, and what it answers to the status request */
enum { CMD_ECHO, CMD_GET_FUNC, CMD_SET_DELAY, CMD_GET_STATUS, CMD_I2C_IO, CMD_BEGIN = 1, CMD_END = 2 };
enum { STATUS_IDLE, STATUS_ACK, STATUS_NAK };
#define MESSAGE_READ	0x0001
#define FUNCTIONS	0x0eff0001u	/* plain I2C, and SMBus by emulation */

struct fixture {
	sd_event *event;
	unsigned int slot, port;
	const char *world, *run;
	struct emu_usb *usb;
	struct emu_control *control;
	struct emu_tpm *tpm;
	struct emu_eeprom eeprom;
	char board[NAME_MAX_LEN];	/* "" = none */
	uint8_t status;
	struct emu_urb *held;		/* a message that the hold has caught */
	long long hold;			/* bytes that may still be written */
	long long unplug;		/* bytes that are still written before the cable is pulled */
	long long inserts, transfers, caught;
};

static const uint8_t device_descriptor[18] = {
	18, 1, 0x10, 0x01, 0xff, 0, 0, 8,
	0x03, 0x04, 0x31, 0xc6,		/* 0403:c631 */
	0x05, 0x02, 1, 2, 3, 1,
};

static const uint8_t configuration_descriptor[] = {
	9, 2, 18, 0, 1, 1, 0, 0x80, 50,
	9, 4, 0, 0, 0, 0xff, 0, 0, 0,
};

static char serial[32];
static const struct emu_usb_description description = {
	.speed = EMU_USB_FULL,
	.device = device_descriptor,
	.configuration = configuration_descriptor,
	.configuration_len = sizeof(configuration_descriptor),
	.strings = { NULL, "Hallmark", "i2c-tiny-usb", serial },
};

static void fatal(const struct fixture *f, const char *what, int r)
{
	fprintf(stderr, "hm-fixture slot %u: %s: %s\n", f->slot, what, strerror(-r));
	exit(1);
}

/* -- the adapter -- */

/* Carries out one message; returns the bytes transferred. */
static int message(struct fixture *f, struct emu_urb *urb)
{
	bool end = urb->setup.request & CMD_END;
	int r;

	f->transfers++;
	if (urb->setup.index != EEPROM_ADDRESS || !emu_eeprom_select(&f->eeprom)) {
		f->status = STATUS_NAK;
		if (urb->in)
			memset(urb->data, 0xff, urb->length);
		emu_eeprom_abort(&f->eeprom);
		return (int)urb->length;
	}
	f->status = STATUS_ACK;
	if (urb->in)
		emu_eeprom_read(&f->eeprom, urb->data, urb->length);
	else
		emu_eeprom_write(&f->eeprom, urb->data, urb->length);
	if (end) {
		r = emu_eeprom_stop(&f->eeprom);
		if (r < 0)
			fatal(f, "eeprom.bin", r);
	}
	return (int)urb->length;
}

/* The message that would write the first byte too many is caught whole, and so is every later one. */
static bool caught(struct fixture *f, const struct emu_urb *urb)
{
	long long data = urb->in || urb->length < 2 ? 0 : (long long)urb->length - 2;

	if (f->hold == NONE || f->eeprom.fd < 0)
		return false;
	if (data > f->hold)
		return true;
	f->hold -= data;
	return false;
}

/*
 * A message that would bring more than may come is never programmed; one that
 * brings exactly so many is, and nobody is told.
 */
static bool unplugged(struct fixture *f, struct emu_urb *urb)
{
	long long data = urb->in || urb->length < 2 ? 0 : (long long)urb->length - 2;

	if (f->unplug == NONE)
		return false;
	f->unplug -= data;
	if (f->unplug > 0 || (f->unplug == 0 && data == 0))
		return false;
	if (f->unplug == 0)
		(void)message(f, urb);
	f->unplug = NONE;
	emu_usb_unplug(f->usb);
	emu_control_changed(f->control);
	return true;
}

static int on_control(void *ctx, struct emu_urb *urb)
{
	struct fixture *f = ctx;
	uint32_t functions = FUNCTIONS;
	int r;

	if ((urb->setup.type & 0x60) != 0x40)
		return -EPIPE;
	switch (urb->setup.request) {
	case CMD_ECHO:
		if (urb->length < 2)
			return -EPIPE;
		urb->data[0] = (uint8_t)urb->setup.value;
		urb->data[1] = (uint8_t)(urb->setup.value >> 8);
		return 2;
	case CMD_GET_FUNC:
		if (urb->length < 4)
			return -EPIPE;
		urb->data[0] = (uint8_t)functions;
		urb->data[1] = (uint8_t)(functions >> 8);
		urb->data[2] = (uint8_t)(functions >> 16);
		urb->data[3] = (uint8_t)(functions >> 24);
		return 4;
	case CMD_SET_DELAY:
		return 0;
	case CMD_GET_STATUS:
		if (urb->length < 1)
			return -EPIPE;
		urb->data[0] = f->status;
		return 1;
	case CMD_I2C_IO ... CMD_I2C_IO + CMD_BEGIN + CMD_END:
		if (!!(urb->setup.value & MESSAGE_READ) != urb->in && urb->length > 0)
			return -EPIPE;
		if (unplugged(f, urb))
			return EMU_USB_LATER;
		if (caught(f, urb)) {
			f->hold = 0;
			f->held = urb;
			f->caught++;
			emu_control_changed(f->control);
			return EMU_USB_LATER;
		}
		r = message(f, urb);
		emu_control_changed(f->control);
		return r;
	default:
		return -EPIPE;
	}
}

/* The driver gave up on a held message. The hold stays: the next one is caught too. */
static void on_cancelled(void *ctx, const struct emu_urb *urb)
{
	struct fixture *f = ctx;

	if (f->held == urb)
		f->held = NULL;
	emu_control_changed(f->control);
}

static void on_detached(void *ctx)
{
	struct fixture *f = ctx;

	f->held = NULL;
	emu_control_changed(f->control);
}

static void on_plugged(void *ctx, int r)
{
	struct fixture *f = ctx;

	if (r < 0)
		fprintf(stderr, "hm-fixture slot %u: cannot plug in: %s\n", f->slot, strerror(-r));
	emu_control_changed(f->control);
}

static const struct emu_usb_ops usb_ops = {
	.control = on_control, .cancelled = on_cancelled, .detached = on_detached,
	.plugged = on_plugged,
};

static void release(struct fixture *f)
{
	struct emu_urb *urb = f->held;

	f->hold = NONE;
	f->held = NULL;
	if (urb)
		emu_usb_complete(f->usb, urb, 0, (uint32_t)message(f, urb));
}

/* -- boards -- */

static int slot_file(const struct fixture *f, char *path, size_t room)
{
	return snprintf(path, room, "%s/slot%u/board", f->world, f->slot) >= (int)room ? -ENAMETOOLONG : 0;
}

static bool good_name(const char *name)
{
	return *name && strlen(name) < NAME_MAX_LEN && name[0] != '.' &&
	       !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")];
}

/* A board is one thing: it cannot be in two slots. */
static bool in_another_slot(const struct fixture *f, const char *name)
{
	char path[PATH_MAX], there[NAME_MAX_LEN + 1];
	unsigned int i;
	bool same = false;
	FILE *file;

	for (i = 0; i < SLOTS_MAX && !same; i++) {
		snprintf(path, sizeof(path), "%s/slot%u/board", f->world, i);
		file = i == f->slot ? NULL : fopen(path, "re");
		if (!file)
			continue;
		same = fgets(there, sizeof(there), file) && !strcmp(strtok(there, "\n") ?: "", name);
		fclose(file);
	}
	return same;
}

static int start_tpm(struct fixture *f, const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s/boards/%s/no-tpm", f->world, name);
	if (access(path, F_OK) == 0)
		return 0;
	snprintf(path, sizeof(path), "%s/boards/%s/tpm", f->world, name);
	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return 0;
	return emu_tpm_start(f->tpm, path);
}

static int insert(struct fixture *f, const char *name)
{
	char path[PATH_MAX];
	struct stat st;
	int r;

	if (!good_name(name))
		return -EINVAL;
	if (f->board[0])
		return -EEXIST;
	snprintf(path, sizeof(path), "%s/boards/%s", f->world, name);
	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return -ENOENT;
	if (in_another_slot(f, name))
		return -EBUSY;
	snprintf(path, sizeof(path), "%s/boards/%s/eeprom.bin", f->world, name);
	r = emu_eeprom_open(&f->eeprom, path);
	if (r < 0)
		return r;
	r = slot_file(f, path, sizeof(path));
	if (r == 0)
		r = emu_write_file(path, name, strlen(name));
	if (r == 0)
		r = start_tpm(f, name);
	if (r < 0) {
		emu_eeprom_close(&f->eeprom);
		unlink(path);
		return r;
	}
	snprintf(f->board, sizeof(f->board), "%s", name);
	f->inserts++;
	return 0;
}

static int remove_board(struct fixture *f)
{
	char path[PATH_MAX];

	if (!f->board[0])
		return -ENOENT;
	emu_tpm_stop(f->tpm);
	/* a message in the air ends unacknowledged; its page was never programmed */
	emu_eeprom_close(&f->eeprom);
	if (slot_file(f, path, sizeof(path)) == 0)
		unlink(path);
	f->board[0] = '\0';
	if (f->held) {
		struct emu_urb *urb = f->held;

		f->held = NULL;
		f->status = STATUS_NAK;
		emu_usb_complete(f->usb, urb, 0, 0);
	}
	return 0;
}

static void reinsert(struct fixture *f)
{
	char path[PATH_MAX], name[NAME_MAX_LEN + 1] = "";
	FILE *file;
	int r;

	if (slot_file(f, path, sizeof(path)) < 0)
		return;
	file = fopen(path, "re");
	if (!file)
		return;
	if (!fgets(name, sizeof(name), file))
		name[0] = '\0';
	fclose(file);
	name[strcspn(name, "\n")] = '\0';
	r = insert(f, name);
	if (r < 0)
		fprintf(stderr, "hm-fixture slot %u: board '%s' is not put back: %s\n", f->slot, name, strerror(-r));
}

/* -- control -- */

static int on_off(bool *flag, int n, char **words)
{
	if (n != 2 && (n != 3 || (strcmp(words[2], "on") && strcmp(words[2], "off"))))
		return -EINVAL;
	*flag = n == 2 || !strcmp(words[2], "on");
	return 0;
}

static int set_fault(struct fixture *f, int n, char **words)
{
	const char *name = n > 1 ? words[1] : "";
	long long v = 0;

	if (!strcmp(name, "write-protect"))
		return on_off(&f->eeprom.protect, n, words);
	if (!strcmp(name, "nak"))
		return on_off(&f->eeprom.nak, n, words);
	if (n > 3 || (n == 3 && (emu_parse_number(words[2], &v) < 0 || v < 0)))
		return -EINVAL;
	if (!strcmp(name, "hold"))
		f->hold = v;
	else if (!strcmp(name, "unplug-after") && n == 3)
		f->unplug = v;
	else if (!strcmp(name, "corrupt"))
		f->eeprom.corrupt = n == 3 ? v : 1;
	else if (!strcmp(name, "cycle-us") && n == 3 && v <= 60000000)
		f->eeprom.cycle_usec = (uint64_t)v;
	else
		return -EINVAL;
	return 0;
}

static void clear_faults(struct fixture *f)
{
	f->eeprom.protect = f->eeprom.nak = false;
	f->unplug = NONE;
	f->eeprom.corrupt = 0;
	release(f);
}

#define NUMBERS 15

struct named_number {
	const char *name;
	long long value;
};

static void numbers(const struct fixture *f, struct named_number out[static NUMBERS])
{
	const struct named_number all[NUMBERS] = {
		{ "inserted", f->board[0] != '\0' }, { "inserts", f->inserts }, { "writes", f->eeprom.writes },
		{ "bytes", f->eeprom.bytes }, { "naks", f->eeprom.naks }, { "transfers", f->transfers },
		{ "held", f->held != NULL }, { "caught", f->caught },
		{ "tpm", emu_tpm_ready(f->tpm) }, { "tpm_alive", emu_tpm_alive(f->tpm) },
		{ "tpm_number", emu_tpm_number(f->tpm) }, { "tpm_restarts", emu_tpm_restarts(f->tpm) },
		{ "plugged", emu_usb_plugged(f->usb) },
		{ "write_protect", f->eeprom.protect }, { "corrupt_left", f->eeprom.corrupt },
	};

	memcpy(out, all, sizeof(all));
}

static int number(void *ctx, const char *name, long long *ret)
{
	struct named_number all[NUMBERS];
	size_t i;

	numbers(ctx, all);
	for (i = 0; i < NUMBERS; i++)
		if (!strcmp(all[i].name, name)) {
			*ret = all[i].value;
			return 0;
		}
	return -ENOENT;
}

static int command(void *ctx, int n, char **words, json_t *answer)
{
	struct fixture *f = ctx;
	struct named_number all[NUMBERS];
	size_t i;

	if (!strcmp(words[0], "status") && n == 1) {
		numbers(f, all);
		for (i = 0; i < NUMBERS; i++)
			json_object_set_new(answer, all[i].name, json_integer(all[i].value));
		json_object_set_new(answer, "board", f->board[0] ? json_string(f->board) : json_null());
		return 0;
	}
	if (!strcmp(words[0], "insert") && n == 2)
		return insert(f, words[1]);
	if (!strcmp(words[0], "remove") && n == 1)
		return remove_board(f);
	if (!strcmp(words[0], "fault") && n > 1)
		return set_fault(f, n, words);
	if (n != 1)
		return -EINVAL;
	if (!strcmp(words[0], "clear")) {
		clear_faults(f);
	} else if (!strcmp(words[0], "release")) {
		release(f);
	} else if (!strcmp(words[0], "unplug")) {
		f->held = NULL;
		emu_usb_unplug(f->usb);
	} else if (!strcmp(words[0], "plug")) {
		int r = emu_usb_plug(f->usb, f->port);

		return r == -EALREADY ? 0 : r;
	} else if (!strcmp(words[0], "quit")) {
		return sd_event_exit(f->event, 0);
	} else {
		return -EINVAL;
	}
	return 0;
}

static const struct emu_control_ops control_ops = { .command = command, .number = number };

static void tpm_changed(void *ctx)
{
	emu_control_changed(((struct fixture *)ctx)->control);
}

/* -- main -- */

struct options {
	long long slot, port, cycle_us;
	const char *world, *run;
};

static bool parse_options(int argc, char **argv, struct options *o)
{
	static const struct option table[] = {
		{ "slot", required_argument, NULL, 's' }, { "port", required_argument, NULL, 'p' },
		{ "world", required_argument, NULL, 'w' }, { "run", required_argument, NULL, 'r' },
		{ "cycle-us", required_argument, NULL, 'c' }, {},
	};
	int c;

	*o = (struct options) { .slot = -1, .port = -1 };
	while ((c = getopt_long(argc, argv, "", table, NULL)) >= 0)
		switch (c) {
		case 's':
		case 'p':
		case 'c':
			if (emu_parse_number(optarg, c == 's' ? &o->slot : c == 'p' ? &o->port : &o->cycle_us) < 0)
				return false;
			break;
		case 'w':
			o->world = optarg;
			break;
		case 'r':
			o->run = optarg;
			break;
		default:
			return false;
		}
	return optind == argc && o->slot >= 0 && o->slot < SLOTS_MAX && o->port >= 0 && o->port <= 15 &&
	       o->cycle_us >= 0 && o->cycle_us <= 60000000 && o->world && o->run;
}

static int run(struct fixture *f, const struct options *o)
{
	char path[PATH_MAX];
	int r;

	f->slot = (unsigned int)o->slot;
	f->port = (unsigned int)o->port;
	f->world = o->world;
	f->run = o->run;
	f->eeprom.cycle_usec = (uint64_t)o->cycle_us;
	snprintf(serial, sizeof(serial), "HMVF%04u", f->slot);
	snprintf(path, sizeof(path), "%s/slot%u", f->world, f->slot);
	r = emu_mkdirs(path);
	if (r == 0) {
		snprintf(path, sizeof(path), "%s/slot%u", f->run, f->slot);
		r = emu_mkdirs(path);
	}
	if (r == 0) {
		snprintf(path, sizeof(path), "%s/slot%u/fixture.lock", f->run, f->slot);
		r = emu_lock(path);
	}
	if (r == 0)
		r = sd_event_add_signal(f->event, NULL, SIGTERM, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(f->event, NULL, SIGINT, NULL, NULL);
	snprintf(path, sizeof(path), "%s/slot%u/tpm", f->run, f->slot);
	if (r >= 0)
		r = emu_tpm_new(f->event, path, tpm_changed, f, &f->tpm);
	if (r >= 0)
		r = emu_usb_new(f->event, &description, &usb_ops, f, &f->usb);
	if (r < 0)
		return r;
	unlink(path);
	reinsert(f);
	r = emu_usb_plug(f->usb, f->port);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "%s/slot%u/fixture.sock", f->run, f->slot);
	r = emu_control_new(f->event, path, &control_ops, f, &f->control);
	if (r < 0)
		return r;
	r = sd_event_loop(f->event);
	unlink(path);
	return r;
}

int main(int argc, char **argv)
{
	static struct fixture fixture = { .eeprom.fd = -1, .hold = NONE, .unplug = NONE };
	struct options o;
	sigset_t set;
	int r;

	if (!parse_options(argc, argv, &o)) {
		fprintf(stderr, "usage: hm-fixture --slot N --port P --world DIR --run DIR [--cycle-us US]\n");
		return 2;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);	/* sd-event waits for children itself */
	sigprocmask(SIG_BLOCK, &set, NULL);
	r = sd_event_new(&fixture.event);
	if (r >= 0)
		r = run(&fixture, &o);
	if (r < 0)
		fprintf(stderr, "hm-fixture: %s\n", strerror(-r));
	fixture.usb = emu_usb_free(fixture.usb);
	fixture.control = emu_control_free(fixture.control);
	fixture.tpm = emu_tpm_free(fixture.tpm);
	emu_eeprom_close(&fixture.eeprom);
	sd_event_unref(fixture.event);
	return r < 0 ? 1 : 0;
}
