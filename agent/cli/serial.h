/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the verb `serial` share. */
#ifndef HM_AGENT_CLI_SERIAL_H
#define HM_AGENT_CLI_SERIAL_H

#include "agent/cli/cli.h"

struct hm_serial_ff1 {
	const char *key_file, *tweak, *radix;	/* NULL: not told */
};

/* A file with an AES key of 16, 24 or 32 bytes in hexadecimal; the caller cleanses @key. */
int hm_serial_key_file(const char *path, uint8_t key[static 32], size_t *ret_len, struct hm_err *err);
/* serial ff1 encrypt|decrypt TEXT... | -; @argv begins behind "ff1". The exit code. */
int hm_serial_ff1(struct hm_cli *cli, const struct hm_serial_ff1 *a, int argc, char **argv);

#endif /* HM_AGENT_CLI_SERIAL_H */
