// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/digits.h"

#include <assert.h>

#include "base/error.h"

bool hm_digits(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return true;
}

char hm_mod10(const char *digits, size_t len)
{
	unsigned int sum = 0;

	assert(hm_digits(digits, len));
	for (size_t i = 0; i < len; i++)
		sum += (unsigned int)(digits[len - 1 - i] - '0') * (i % 2 ? 1 : 3);
	return (char)('0' + (10 - sum % 10) % 10);
}

int hm_digits_value(const char *text, size_t len, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (!len)
		return -HM_EEMPTY;
	if (!hm_digits(text, len))
		return -HM_ENOT_NUMERIC;
	for (size_t i = 0; i < len; i++) {
		unsigned int d = (unsigned int)(text[i] - '0');

		if (d > max || v > (max - d) / 10)
			return -HM_EOVERFLOW;
		v = v * 10 + d;
	}
	*ret = v;
	return 0;
}
