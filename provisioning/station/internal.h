/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the files of this room; st->lock is held. */
#ifndef HM_STATION_INTERNAL_H
#define HM_STATION_INTERNAL_H

#include "station/station.h"

enum hm_sign {
	HM_SIGN_NEWS,		/* if there is anything new; quoted where there is a gate */
	HM_SIGN_CLOSING,	/* the same behind a BOOT_CLOSE leaf */
	HM_SIGN_HEAD,		/* the tree head alone, if the ledger grew */
	HM_SIGN_ANYWAY,		/* quoted, news or not */
};
int hm_station_sign(struct hm_station *st, enum hm_sign what, struct hm_err *err);

#endif /* HM_STATION_INTERNAL_H */
