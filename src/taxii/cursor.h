/* SPDX-License-Identifier: Apache-2.0
 *
 * cursor.h - where a page ended, for the client to give back: no state is kept here.
 */
#ifndef HMI_TAXII_CURSOR_H
#define HMI_TAXII_CURSOR_H

#include "base/bytes.h"

enum { HMI_CURSOR_SECRET = 32, HMI_CURSOR_LEN = 32 /* characters */ };

/* `scope` is all that the cursor belongs to: partner, collection, endpoint, filters. */
void hmi_cursor_make(const uint8_t secret[HMI_CURSOR_SECRET], hm_bytes scope, int64_t date_us,
                     char ret[HMI_CURSOR_LEN + 1]);
/* False when it was not made here for this scope. */
bool hmi_cursor_read(const uint8_t secret[HMI_CURSOR_SECRET], hm_bytes scope, hm_text cursor,
                     int64_t *ret_date_us);

#endif
