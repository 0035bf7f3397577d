/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two subcommands of `record` share. */
#ifndef HM_AGENT_CLI_RECORD_H
#define HM_AGENT_CLI_RECORD_H

#include "agent/cli/cli.h"

#define HM_RECORD_FILE_MAX (128u << 10)

/*
 * What these bytes are decides itself: an EEPROM with its slots, one image of a carrier, a
 * tag's user memory. -HM_EEMPTY, -HM_EUNPROGRAMMED, and what the carrier's reader says.
 */
int hm_record_view(const void *bytes, size_t len, json_t **ret, struct hm_err *err);

/* `record make ...`, without the word "make". */
int hm_cmd_record_make(struct hm_cli *cli, int argc, char **argv);

#endif /* HM_AGENT_CLI_RECORD_H */
