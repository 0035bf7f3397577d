/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the dump of a tag's bank says, for `epc bank`: a line in @out, or with --json members of
 * @o, which is NULL without. 0, or what the bank's parser says (gs1/bank.h).
 */
#ifndef HM_AGENT_CLI_EPC_BANK_H
#define HM_AGENT_CLI_EPC_BANK_H

#include <jansson.h>
#include <stddef.h>

#include "gs1/ai.h"

int hm_epc_show_bank(const char *item, size_t len, char *out, size_t size, json_t *o);
int hm_epc_show_tid(const char *item, size_t len, char *out, size_t size, json_t *o);
int hm_epc_show_user(const char *item, size_t len, char *out, size_t size, json_t *o);

/* The elements from @from on: an object, AI to value. */
json_t *hm_epc_data_members(const struct hm_elements *e, unsigned int from);

#endif /* HM_AGENT_CLI_EPC_BANK_H */
