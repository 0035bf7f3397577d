/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A bank as a reader dumps it: hexadecimal of whole bytes. */
#ifndef HM_GS1_BANK_DUMP_H
#define HM_GS1_BANK_DUMP_H

#include <stddef.h>
#include <stdint.h>

#define BANK_BYTES_MAX 512u

/* @len digits to bytes; -HM_EEMPTY, -HM_ETOO_LONG, -HM_ENOT_HEX, -HM_EBAD_LENGTH */
int bank_dump(const char *hex, size_t len, uint8_t *bytes, size_t *ret_len);

#endif /* HM_GS1_BANK_DUMP_H */
