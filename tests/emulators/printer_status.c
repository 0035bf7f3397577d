// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the printer-encoder says about itself. */
#include "printer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char host_identity[] = "\x02HALLMARK-VRFID1,V1.0.0,8,8192KB,X\x03\r\n";

void printer_reply(struct printer *p, const void *data, size_t len)
{
	if (p->faults.silence || p->faults.deaf || !emu_usb_plugged(p->usb))
		return;
	if (len > sizeof(p->reply) - p->reply_len)
		return;		/* nobody reads: a printer drops too */
	memcpy(p->reply + p->reply_len, data, len);
	p->reply_len += len;
	p->replies++;
}

static long long labels_remaining(const struct printer *p)
{
	return p->queued > 0 ? p->queue[0].remaining : 0;
}

static void host_status(struct printer *p)
{
	char text[256];
	int n;

	n = snprintf(text, sizeof(text),
		     "\x02" "030,%d,%d,%04d,%03zu,%d,0,%d,000,0,0,0\x03\r\n"
		     "\x02" "000,0,%d,0,1,9,4,0,%08lld,1,000\x03\r\n"
		     "\x02" "0000,0\x03\r\n",
		     p->faults.paper_out, p->paused || p->error, 400, p->queued, p->queued == PRINTER_QUEUE_MAX,
		     hm_zpl_stream_partial(p->stream), p->faults.head_open, labels_remaining(p));
	printer_reply(p, text, (size_t)n);
}

static void error_status(struct printer *p)
{
	unsigned int errors = 0;
	char text[256];
	int n;

	if (p->faults.paper_out)
		errors |= 0x1;
	if (p->faults.head_open)
		errors |= 0x4;
	if (p->paused || p->error)
		errors |= 0x10000;
	n = snprintf(text, sizeof(text),
		     "\x02\r\n\r\n  PRINTER STATUS                            \r\n"
		     "   ERRORS:         %d 00000000 %08X      \r\n"
		     "   WARNINGS:       0 00000000 00000000      \r\n\x03",
		     errors != 0, errors);
	printer_reply(p, text, (size_t)n);
}

/* ! U1 getvar "name": the odometers; any other name is answered "?" */
static void get_variable(struct printer *p, const char *line)
{
	const char *open = strchr(line, '"'), *close = open ? strchr(open + 1, '"') : NULL;
	char name[80], text[64];

	if (strncmp(line, "! U1 getvar ", 12) || !close || (size_t)(close - open) > sizeof(name))
		return;
	snprintf(name, sizeof(name), "%.*s", (int)(close - open - 1), open + 1);
	if (!strcmp(name, "odometer.rfid.valid_resettable"))
		snprintf(text, sizeof(text), "\"%lld\"", p->good);
	else if (!strcmp(name, "odometer.rfid.void_resettable"))
		snprintf(text, sizeof(text), "\"%lld\"", p->voids);
	else
		snprintf(text, sizeof(text), "\"?\"");
	printer_reply(p, text, strlen(text));
}

static bool is_query(const char *text)
{
	return text[0] == '!' || !strcmp(text, "~HS") || !strcmp(text, "~HQES") || !strcmp(text, "~HI");
}

void printer_immediate(struct printer *p, const char *text, size_t len)
{
	char word[HM_ZPL_WORD_MAX + 1];

	snprintf(word, sizeof(word), "%.*s", (int)len, text);
	if (is_query(word)) {
		p->queries++;
		printer_note(p, json_pack("{s:s,s:s}", "event", "query", "query", word));
		/* with the head open, real ones keep silent */
		if (p->faults.mute_query || p->faults.head_open)
			return;
		if (!strcmp(word, "~HS"))
			host_status(p);
		else if (!strcmp(word, "~HQES"))
			error_status(p);
		else if (!strcmp(word, "~HI"))
			printer_reply(p, host_identity, sizeof(host_identity) - 1);
		else
			get_variable(p, word);
	} else if (!strcmp(word, "~JA")) {
		p->cancels++;
		printer_cancel(p, "~JA");
	} else if (!strcmp(word, "~PP")) {
		p->paused = true;
		printer_note(p, json_pack("{s:s}", "event", "paused"));
	} else if (!strcmp(word, "~PS")) {
		p->paused = p->error = false;
		printer_note(p, json_pack("{s:s}", "event", "resumed"));
	} else if (!strcmp(word, "~JR")) {
		printer_cancel(p, "~JR");
		p->paused = false;
	}
}
