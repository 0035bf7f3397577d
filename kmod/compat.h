/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between the kernels that Hallmark builds on: one entry. */
#ifndef HALLMARK_COMPAT_H
#define HALLMARK_COMPAT_H

#include <linux/version.h>

/* Class callbacks take const pointers from 6.4 on. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define hallmark_class_const const
#else
#define hallmark_class_const
#endif

#endif /* HALLMARK_COMPAT_H */
