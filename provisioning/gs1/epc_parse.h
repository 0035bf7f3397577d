/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An EPC URI cut at its dots, nothing judged yet: the parts point into the text.
 *
 *	rc = epc_parse_tag(text, len, &u);
 *	rc = rc ?: epc_check(&u);
 */
#ifndef HM_GS1_EPC_PARSE_H
#define HM_GS1_EPC_PARSE_H

#include "gs1/epc_table.h"

struct epc_part {
	const char *p;
	size_t len;
};

struct epc_uri {
	const struct epc_scheme *scheme;
	struct epc_part filter;		/* none in a gid and in a pure identity */
	struct epc_part parts[5];	/* scheme->parts of them */
};

/* urn:epc:tag:... -HM_EBAD_URI, -HM_EUNKNOWN_SCHEME */
int epc_parse_tag(const char *text, size_t len, struct epc_uri *ret);
/* Is every part what the scheme demands? */
int epc_check(const struct epc_uri *u);

#endif /* HM_GS1_EPC_PARSE_H */
