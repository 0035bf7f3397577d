/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A printer's language, as the rest of the house needs it: how a template of it is checked
 * and rendered, what is sent to ask and to cancel, and how answers are read. Which one
 * it is, the ending of the template's file name says.
 *
 *	const struct hm_label_driver *d = hm_label_driver_of(product.template_name);
 *
 *	rc = d->render(tpl, len, fields, n, &payload, &err);
 *	...send d->ask_status...
 *	d->hear_status(&view, reply, reply_len);
 *	if (hm_printer_state(&view) == HM_PRINTER_READY) ...
 *
 * ZPL is the first. Another is one table like its (driver.c), with a renderer for which the
 * same holds: no value begins a command or ends a field, one job is one label. Its requests
 * become QUERY jobs that the audit accepts, by standing in the table.
 */
#ifndef HM_LABEL_DRIVER_H
#define HM_LABEL_DRIVER_H

#include "label/label.h"
#include "label/printer.h"

struct hm_label_driver {
	const char *name;
	const char *ending;	/* ".zpl" */
	int (*check)(const char *tpl, size_t len, unsigned int epc_digits, struct hm_err *err);
	int (*render)(const char *tpl, size_t len, const struct hm_label_field *fields, size_t n, struct hm_buf *out,
		      struct hm_err *err);
	/* requests: whole payloads; what the printer answers goes to the function beside each */
	const char *ask_status, *ask_errors;
	void (*hear_status)(struct hm_printer_view *v, const void *bytes, size_t len);
	void (*hear_errors)(struct hm_printer_view *v, const void *bytes, size_t len);
	const char *cancel;	/* forgets every label that is queued or half received; no answer */
	/* what is answered to a label that writes and reads back a tag */
	enum hm_reply (*tag_reply)(const void *bytes, size_t len, struct hm_tag_reply *ret);
};

/* NULL: no language has templates that end so. */
const struct hm_label_driver *hm_label_driver_of(const char *template_name);
/* Is a payload's SHA-256 that of a request or a cancel of any language? */
bool hm_label_is_query_digest(const uint8_t sha256[32]);

#endif /* HM_LABEL_DRIVER_H */
