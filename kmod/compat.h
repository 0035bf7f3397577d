/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between the kernels that Hallmark builds on: one entry. */
#ifndef HALLMARK_COMPAT_H
#define HALLMARK_COMPAT_H

#include <linux/version.h>

/*
 * Callbacks take const pointers: devnode() from 6.2 on, class attributes from 6.4.
 * 6.2 and 6.3, which nobody keeps any more, are not among the kernels we build on.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define hallmark_class_const const
#else
#define hallmark_class_const
#endif

#endif /* HALLMARK_COMPAT_H */
