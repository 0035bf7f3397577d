// SPDX-License-Identifier: LGPL-2.1-or-later
/* Is the printer ready? Port status, ~HS and ~HQES to conditions, conditions to one verdict. */
#include "label/printer.h"

#include <assert.h>
#include <stdio.h>

#define PORT_PAPER_EMPTY	0x20
#define PORT_SELECTED		0x10
#define PORT_NO_ERROR		0x08

static enum hm_heard heard(int rc)
{
	return !rc ? HM_ANSWERED : rc == -HM_ESILENT ? HM_NO_ANSWER : HM_GARBLED;
}

void hm_printer_hear_hs(struct hm_printer_view *v, const void *bytes, size_t len)
{
	v->hs_heard = heard(hm_zpl_parse_hs(bytes, len, &v->hs, NULL));
}

void hm_printer_hear_hqes(struct hm_printer_view *v, const void *bytes, size_t len)
{
	v->hqes_heard = heard(hm_zpl_parse_hqes(bytes, len, &v->hqes, NULL));
}

static unsigned int from_port(int status)
{
	unsigned int c = 0;

	if (status < 0)
		return 0;
	if (status & PORT_PAPER_EMPTY)
		c |= HM_COND_PAPER_OUT;
	if (!(status & PORT_NO_ERROR))
		c |= HM_COND_PORT_ERROR;
	if (!(status & PORT_SELECTED))
		c |= HM_COND_OFFLINE;
	return c;
}

static unsigned int from_hs(const struct hm_hs *s)
{
	const struct {
		bool set;
		unsigned int condition;
	} map[] = {
		{ s->paper_out, HM_COND_PAPER_OUT }, { s->ribbon_out, HM_COND_RIBBON_OUT },
		{ s->head_up, HM_COND_HEAD_OPEN }, { s->over_temp, HM_COND_OVER_TEMP },
		{ s->under_temp, HM_COND_UNDER_TEMP }, { s->corrupt_ram, HM_COND_CORRUPT_RAM },
		{ s->diag_mode, HM_COND_DIAG_MODE }, { s->partial_format, HM_COND_PARTIAL_FORMAT },
		{ s->paused, HM_COND_PAUSED }, { s->buffer_full, HM_COND_BUFFER_FULL },
		{ s->label_waiting, HM_COND_LABEL_WAITING },
		{ s->formats_in_buffer || s->labels_remaining, HM_COND_BUSY },
	};
	unsigned int c = 0;

	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		c |= map[i].set ? map[i].condition : 0;
	return c;
}

static unsigned int from_hqes(const struct hm_hqes *s)
{
	const uint32_t known = HM_HQES_MEDIA_OUT | HM_HQES_RIBBON_OUT | HM_HQES_HEAD_OPEN | HM_HQES_OVER_TEMP |
			       HM_HQES_PAUSED;
	unsigned int c = 0;

	if (s->errors[0] & HM_HQES_MEDIA_OUT)
		c |= HM_COND_PAPER_OUT;
	if (s->errors[0] & HM_HQES_RIBBON_OUT)
		c |= HM_COND_RIBBON_OUT;
	if (s->errors[0] & HM_HQES_HEAD_OPEN)
		c |= HM_COND_HEAD_OPEN;
	if (s->errors[0] & HM_HQES_OVER_TEMP)
		c |= HM_COND_OVER_TEMP;
	if (s->errors[0] & HM_HQES_PAUSED)
		c |= HM_COND_PAUSED;
	if ((s->errors[0] & ~known) || s->errors[1])
		c |= HM_COND_ERROR;
	return c;
}

static unsigned int from_request(enum hm_heard h)
{
	return h == HM_NO_ANSWER ? HM_COND_SILENT : h == HM_GARBLED ? HM_COND_GARBLED : 0;
}

unsigned int hm_printer_conditions(const struct hm_printer_view *v)
{
	unsigned int c = from_port(v->port_status) | from_request(v->hs_heard) | from_request(v->hqes_heard);

	if (v->hs_heard == HM_ANSWERED)
		c |= from_hs(&v->hs);
	if (v->hqes_heard == HM_ANSWERED)
		c |= from_hqes(&v->hqes);
	/* nobody was asked, and the port cannot be: nothing is known */
	if (v->port_status < 0 && v->hs_heard == HM_NOT_ASKED && v->hqes_heard == HM_NOT_ASKED)
		c |= HM_COND_SILENT;
	return c;
}

void hm_printer_condition_names(unsigned int conditions, char out[static HM_COND_NAMES])
{
	static const char *const names[] = {
		"PAPER_OUT", "RIBBON_OUT", "HEAD_OPEN", "OVER_TEMP", "UNDER_TEMP", "CORRUPT_RAM", "DIAG_MODE",
		"PARTIAL_FORMAT", "ERROR", "PAUSED", "BUFFER_FULL", "LABEL_WAITING", "PORT_ERROR", "OFFLINE",
		"SILENT", "GARBLED", "BUSY",
	};
	size_t n = 0;

	if (!conditions || !(conditions & ~(unsigned int)(HM_COND_SILENT | HM_COND_GARBLED))) {
		(void)snprintf(out, HM_COND_NAMES, "%s", conditions ? "UNKNOWN" : "READY");
		return;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (conditions & 1u << i)
			n += (size_t)snprintf(out + n, HM_COND_NAMES - n, "%s%s", n ? "+" : "", names[i]);
	assert(n < HM_COND_NAMES);
}

enum hm_printer_state hm_printer_state(const struct hm_printer_view *v)
{
	const unsigned int fault = HM_COND_RIBBON_OUT | HM_COND_HEAD_OPEN | HM_COND_OVER_TEMP | HM_COND_UNDER_TEMP |
				   HM_COND_CORRUPT_RAM | HM_COND_DIAG_MODE | HM_COND_PARTIAL_FORMAT | HM_COND_ERROR |
				   HM_COND_BUFFER_FULL;
	unsigned int c = hm_printer_conditions(v);

	/* many printers say no more than this while they wait for paper */
	if (c & HM_COND_PAPER_OUT)
		return HM_PRINTER_PAPER_OUT;
	if (c & fault)
		return HM_PRINTER_FAULT;
	if (c & HM_COND_SILENT)
		return HM_PRINTER_SILENT;
	if (c & HM_COND_GARBLED)
		return HM_PRINTER_FAULT;
	if (c & HM_COND_PAUSED)
		return HM_PRINTER_PAUSED;
	if (c & HM_COND_PORT_ERROR)
		return HM_PRINTER_FAULT;
	if (c & HM_COND_OFFLINE)
		return HM_PRINTER_PAUSED;
	return c & HM_COND_LABEL_WAITING ? HM_PRINTER_WAITING : HM_PRINTER_READY;
}

const char *hm_printer_state_name(enum hm_printer_state s)
{
	static const char *const names[] = {
		[HM_PRINTER_READY] = "ready", [HM_PRINTER_PAPER_OUT] = "paper_out", [HM_PRINTER_PAUSED] = "paused",
		[HM_PRINTER_FAULT] = "fault", [HM_PRINTER_SILENT] = "silent", [HM_PRINTER_WAITING] = "waiting",
	};

	assert(s <= HM_PRINTER_WAITING);
	return names[s];
}
