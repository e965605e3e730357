/* SPDX-License-Identifier: Apache-2.0
 *
 * decimal.h - doubles to and from decimal text, exactly, the same under every locale.
 */
#ifndef HMI_BASE_DECIMAL_H
#define HMI_BASE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Enough for any double of up to HMI_DECIMAL_PLACES_MAX places. */
enum { HMI_DECIMAL_MAX = 352, HMI_DECIMAL_PLACES_MAX = 30 };

/* The whole text must be a number ("-1.5e3"; no plus sign, no blanks, no hexadecimal). Nearest
 * double; too large is false, too small is 0. */
bool hmi_decimal_read(const char *text, size_t len, double *ret);
/* The fewest significant digits that read back the same, as "d.ddde+XX"; `value` is finite.
 * Returns the length; not terminated. */
size_t hmi_decimal_shortest(double value, char out[HMI_DECIMAL_MAX]);
/* With exactly `places` digits after the point (at most HMI_DECIMAL_PLACES_MAX), correctly rounded;
 * `value` is finite. A result of nothing but zeros has no sign. */
size_t hmi_decimal_fixed(double value, unsigned places, char out[HMI_DECIMAL_MAX]);

#ifdef __cplusplus
}
#endif

#endif
