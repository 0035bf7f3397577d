// SPDX-License-Identifier: LGPL-2.1-or-later
#include "serial/range.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/digits.h"
#include "base/error.h"

int hm_range_set(struct hm_range *ret, uint64_t first, uint64_t last)
{
	if (first > last || last == UINT64_MAX)
		return -EINVAL;
	*ret = (struct hm_range){ first, last + 1 };
	return 0;
}

int hm_range_parse(const char *text, struct hm_range *ret)
{
	const char *minus = strchr(text, '-');
	size_t n = minus ? (size_t)(minus - text) : strlen(text);
	uint64_t first, last;
	int rc = hm_digits_value(text, n, UINT64_MAX - 1, &first);

	last = first;
	if (!rc && minus)
		rc = hm_digits_value(minus + 1, strlen(minus + 1), UINT64_MAX - 1, &last);
	return rc ? rc : hm_range_set(ret, first, last);
}

void hm_range_text(const struct hm_range *r, char out[HM_RANGE_TEXT_MAX])
{
	out[0] = '\0';
	if (r->next != r->end)
		(void)snprintf(out, HM_RANGE_TEXT_MAX, "%llu-%llu", (unsigned long long)r->next,
			       (unsigned long long)(r->end - 1));
}

int hm_range_lease_aligned(struct hm_range *pool, uint64_t n, uint64_t align, struct hm_range *ret)
{
	uint64_t skip;

	assert(pool->next <= pool->end);
	if (!n || !align)
		return -EINVAL;
	skip = pool->next % align ? align - pool->next % align : 0;
	if (skip > hm_range_count(pool) || n > hm_range_count(pool) - skip)
		return -HM_EPOOL_EXHAUSTED;
	*ret = (struct hm_range){ pool->next + skip, pool->next + skip + n };
	pool->next = ret->end;
	return 0;
}

int hm_range_lease(struct hm_range *pool, uint64_t n, struct hm_range *ret)
{
	return hm_range_lease_aligned(pool, n, 1, ret);
}

int hm_range_draw(struct hm_range *pool, uint64_t *ret)
{
	assert(pool->next <= pool->end);
	if (pool->next == pool->end)
		return -HM_EPOOL_EXHAUSTED;
	*ret = pool->next++;
	return 0;
}

int hm_range_split(struct hm_range *pool, struct hm_range *ret, size_t parts)
{
	uint64_t n = hm_range_count(pool), at = pool->next;

	assert(pool->next <= pool->end);
	if (!parts)
		return -EINVAL;
	for (size_t i = 0; i < parts; i++) {
		uint64_t len = n / parts + (i < n % parts);

		ret[i] = (struct hm_range){ at, at + len };
		at += len;
	}
	assert(at == pool->end);
	pool->next = pool->end;
	return 0;
}

int hm_range_join(const struct hm_range *rest, struct hm_range *pool)
{
	assert(rest->next <= rest->end && pool->next <= pool->end);
	if (rest->end != pool->next)
		return -EINVAL;
	pool->next = rest->next;
	return 0;
}
