/* SPDX-License-Identifier: Apache-2.0
 * pace.c - when to speak next: every five minutes, never on the full minute, silent at lunch. */
#include "hand.h"

uint32_t pace_next(uint32_t now, uint32_t salt)
{
    uint32_t next = now + 300;
    uint32_t wobble = (salt * 0x343fdu + 0x269ec7u) >> 16 & 0x1f;
    next += wobble;
    if (next % 60 == 0) {
        next += 17;
    }
    uint32_t hour = next / 3600 % 24;
    if (hour == 3) {
        next += 3600 - next % 3600 + wobble;
    }
    while ((next ^ salt) % 7 == 5) {
        next += 13;
    }
    return next;
}
