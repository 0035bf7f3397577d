/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where things are, and what ROOT/etc/hallmark/hallmark.conf says (inih).
 *
 *	rc = hm_paths_set(&paths, root, &err);		root NULL: the system itself
 *	rc = hm_config_load(paths.config, &config, &err);
 *
 * An unknown section or key, a key twice, a line that is too long, a value out of
 * range: -HM_EBAD_CONFIG with a line that names the file's line. docs/man has the
 * table of keys (hallmark.conf.5).
 */
#ifndef HM_AGENT_CONFIG_H
#define HM_AGENT_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "unit/unit.h"

#define HM_SLOTS_MAX		16
#define HM_ROOT_MAX		72	/* a socket below it must fit sun_path */
#define HM_CONFIG_MAX		(64u << 10)
#define HM_ADDRESS_MAX		256
#define HM_LOT_MAX		32u

/* All absolute. With --root they lie below it, and one uid has every role. */
struct hm_paths {
	bool relocated;
	char root[HM_ROOT_MAX + 1];	/* "" for the system itself */
	char etc[128];
	char config[128];
	char lib[128];			/* ROOT/var/lib: where init stages */
	char state[128];		/* ROOT/var/lib/hallmark */
	char run[128];
	char socket[108];
};

struct hm_config {
	/* [station] */
	char id[33];
	char domain[65];
	char tcti[HM_ADDRESS_MAX];	/* "" with swtpm: the agent forms it */
	char ek_roots[HM_ADDRESS_MAX];
	char issuer[17];
	char swtpm[HM_ADDRESS_MAX];	/* "" where there is a real TPM */
	/* [daemon] */
	char listen[64];		/* "" : the socket alone */
	char token_file[HM_ADDRESS_MAX];
	uint32_t checkpoint_leaves;
	uint32_t checkpoint_seconds;
	uint32_t patience_seconds;	/* what `issue` takes without --patience */
	/* [roles] group names; "" : whoever may open the socket */
	char operator_group[33];
	char technician_group[33];
	char supervisor_group[33];
	char auditor_group[33];
	/* [slot NAME] */
	size_t n_slots;
	struct hm_slot slots[HM_SLOTS_MAX];
};

/* @root need not exist; a relative one is taken from the working directory. */
int hm_paths_set(struct hm_paths *p, const char *root, struct hm_err *err);

int hm_config_parse(const char *text, size_t len, const char *name, struct hm_config *ret,
		    struct hm_err *err);
/* -HM_ENOT_INITIALISED where there is no such file. */
int hm_config_load(const char *path, struct hm_config *ret, struct hm_err *err);

/* NULL where there is none. */
const struct hm_slot *hm_config_slot(const struct hm_config *c, const char *name);

/* a-z A-Z 0-9 . _ - , 1 to @max characters, first a letter or digit: names of slots,
 * lots, keys, persons. */
bool hm_name_ok(const char *text, size_t max);
/* The one rule for a lot's name, whoever takes it: hm_name_ok(), or -HM_EBAD_REQUEST. */
int hm_lot_check(const char *text, struct hm_err *err);
/* May a unit bear it? As a name of at most 20, or with the * that mod37_2 may end in. */
bool hm_serial_ok(const char *text);

#endif /* HM_AGENT_CONFIG_H */
