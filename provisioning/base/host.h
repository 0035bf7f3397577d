/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who a link is to: HOST or HOST:PORT, as all rooms that make or read links take it.
 *
 *	if (!hm_host_port(host, len))
 *		return -HM_EBAD_URI;
 *
 * RFC 3986, 3.2.2, allows more in a name than any resolver has (%00, a blank, user:word@): a
 * name here is what DNS has, labels of letters, digits, '-' and '_' with a dot between
 * them, and one may stand behind the last; no '-' at either end of a label. An address in brackets is
 * one of IPv6. A port is 0 ... 65535, in five digits at most.
 */
#ifndef HM_BASE_HOST_H
#define HM_BASE_HOST_H

#include <stdbool.h>
#include <stddef.h>

bool hm_host_port(const char *text, size_t len);

#endif /* HM_BASE_HOST_H */
