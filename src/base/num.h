/* SPDX-License-Identifier: Apache-2.0
 *
 * num.h - sums that meet input: they say so when they would not fit.
 */
#ifndef HMI_BASE_NUM_H
#define HMI_BASE_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* *ret = a + b (a * b); false, with *ret untouched, when it does not fit. Works for any integer
 * types, as the compiler's own checked arithmetic does. */
#define hmi_add(a, b, ret) (!__builtin_add_overflow((a), (b), (ret)))
#define hmi_mul(a, b, ret) (!__builtin_mul_overflow((a), (b), (ret)))

/* Does [off, off + len) lie inside `size` bytes? Never overflows. */
static inline bool hmi_inside(uint64_t off, uint64_t len, uint64_t size)
{
    return len <= size && off <= size - len;
}

static inline size_t hmi_min(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t hmi_max(size_t a, size_t b)
{
    return a > b ? a : b;
}

#endif
