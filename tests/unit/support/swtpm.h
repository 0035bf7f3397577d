/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A software TPM for a test, made like a new one from a vendor: an EK, its
 * certificate in NV, issued by an EK CA that exists for this directory alone.
 *
 *	struct swtpm t;
 *
 *	assert_int_equal(swtpm_start(&t, dir), 0);
 *	hm_dut_open(t.tcti, ...);	chain of its EK: t.roots
 *	...
 *	swtpm_stop(&t);
 *
 * @dir exists, is absolute and short (a socket's name has 108 bytes). What is
 * made there is the caller's to remove (swtpm_remove_dir()). A second
 * swtpm_start() on the same directory is the same TPM after a power cycle.
 * The server takes one connection at a time: a second one waits for the first
 * (tpm2-tss's swtpm TCTI makes a new one for every command).
 * A missing program is a failure, with a line on standard error.
 */
#ifndef TESTS_UNIT_SUPPORT_SWTPM_H
#define TESTS_UNIT_SUPPORT_SWTPM_H

#include <sys/types.h>

struct swtpm {
	pid_t pid;		/* 0: not running */
	char dir[64];
	char tcti[128];		/* "swtpm:path=..." */
	char roots[96];		/* PEM: EK root and the intermediate below it */
};

int swtpm_start(struct swtpm *t, const char *dir);
/* Also the plug pulled: nothing is shut down in an orderly way. */
void swtpm_stop(struct swtpm *t);
/* rm -r, for directories that mkdtemp() made below /tmp only. */
void swtpm_remove_dir(const char *dir);

#endif /* TESTS_UNIT_SUPPORT_SWTPM_H */
