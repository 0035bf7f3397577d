/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Atomic, durable files: write a temporary beside, fsync it, rename, fsync the
 * directory. A failed fsync is reported and must be treated as fatal.
 */
#ifndef HM_STORE_FILE_H
#define HM_STORE_FILE_H

#include <stddef.h>
#include <sys/types.h>

/* Replaces @path (relative to @dirfd) whole, or leaves it as it was. */
int hm_file_put(int dirfd, const char *path, const void *bytes, size_t len, mode_t mode);
/* mkdir -p relative to @dirfd, each new directory made durable. */
int hm_dir_make(int dirfd, const char *path, mode_t mode);

#endif /* HM_STORE_FILE_H */
