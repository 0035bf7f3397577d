/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A boot's event log as the store keeps it: joined from what the gate held at each
 * checkpoint, each byte once. The gate may forget what is kept here
 * (hm_gate_export()); where it stands is asked of the gate, never remembered, so
 * that a crash between the two leaves nothing to mend.
 *
 *	rc = hm_gate_log(sysroot, &log, &start, &err);
 *	rc = hm_bootlog_keep(tx, boot_id, log.data, log.len, start, &end, &err);
 *	...
 *	rc = hm_bootlog_read(tx, boot_id, from, to, &piece, &err);
 *
 * Places are in the joined log, as in marker/marker.h; all of them lie between events.
 */
#ifndef HM_STATION_BOOTLOG_H
#define HM_STATION_BOOTLOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "store/store.h"

/*
 * Keep what is new in @log, which the gate holds from place @start on. What is kept
 * already must be the same: -HM_EINCONSISTENT. *ret_end: the place behind it.
 */
int hm_bootlog_keep(struct hm_tx *tx, const uint8_t boot_id[16], const uint8_t *log, size_t len,
		    uint64_t start, uint64_t *ret_end, struct hm_err *err);

/*
 * The header and what is kept from place @from (0: from START) to @to (0: to the
 * end), appended to @out. -HM_EINCONSISTENT: some of it is not kept.
 */
int hm_bootlog_read(struct hm_tx *tx, const uint8_t boot_id[16], uint64_t from, uint64_t to,
		    struct hm_buf *out, struct hm_err *err);

/*
 * What is kept up to place @end, cut where the gate says that it was exported, in
 * order: each piece with its header, @number from 1, and 0 for the rest, which
 * comes last and always. Where something is not kept, only what is behind it comes.
 */
typedef int (*hm_bootlog_piece_fn)(void *ctx, unsigned int number, const void *bytes, size_t len);
int hm_bootlog_pieces(struct hm_tx *tx, const uint8_t boot_id[16], uint64_t end,
		      hm_bootlog_piece_fn each, void *ctx, struct hm_err *err);

#endif /* HM_STATION_BOOTLOG_H */
