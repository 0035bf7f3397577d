/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The C library's allocators, counting: a program that includes this, in one file of it,
 * sees in alloc_calls how often anything in it has allocated.
 */
#ifndef TESTS_UNIT_SUPPORT_ALLOC_COUNT_H
#define TESTS_UNIT_SUPPORT_ALLOC_COUNT_H

#include <stddef.h>
#include <stdlib.h>

static unsigned long alloc_calls;

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void __libc_free(void *p);

void *malloc(size_t n)
{
	alloc_calls++;
	return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	alloc_calls++;
	return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	alloc_calls++;
	return __libc_realloc(p, n);
}

#endif
