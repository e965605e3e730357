/* SPDX-License-Identifier: Apache-2.0
 *
 * breaker.c - counts what hits how often, and breaks off what hits nearly everything.
 *
 * WHY    One poisoned or careless indicator buries all others and fills the disk.
 * FORM   Per indicator and per feed: hits, and the line of the first. Broken off for good once it
 *        has hit often enough and in a large share of the lines since.
 * OWNS   A table that grows with what has hit, never with what is watched for.
 */
#include <stdlib.h>

#include "watch/watch.h"

typedef struct count_row {
    uint64_t key; /* + 1; 0 = empty */
    uint64_t hits, first_line;
    bool broken;
} count_row;

struct hmi_breaker {
    count_row *rows;
    size_t mask, count;
    uint32_t hits;
};

hmi_breaker *hmi_breaker_new(uint32_t hits)
{
    enum { START = 256 };
    hmi_breaker *b = calloc(1, sizeof(*b));
    if (b == NULL || (b->rows = calloc(START, sizeof(*b->rows))) == NULL) {
        free(b);
        return NULL;
    }
    b->mask = START - 1;
    b->hits = hits != 0 ? hits : HMI_BREAK_HITS;
    return b;
}

void hmi_breaker_free(hmi_breaker *b)
{
    if (b != NULL) {
        free(b->rows);
        free(b);
    }
}

static count_row *slot_of(count_row *rows, size_t mask, uint64_t key)
{
    size_t at = (size_t)((key * 0x9e3779b97f4a7c15ull) >> 20) & mask;
    while (rows[at].key != 0 && rows[at].key != key + 1) {
        at = (at + 1) & mask;
    }
    return &rows[at];
}

static void grow(hmi_breaker *b)
{
    size_t mask = 2 * b->mask + 1;
    count_row *rows = 2 * b->count > b->mask ? calloc(mask + 1, sizeof(*rows)) : NULL;
    if (rows == NULL) {
        return;
    }
    for (size_t i = 0; i <= b->mask; i++) {
        if (b->rows[i].key != 0) {
            *slot_of(rows, mask, b->rows[i].key - 1) = b->rows[i];
        }
    }
    free(b->rows);
    b->rows = rows;
    b->mask = mask;
}

hmi_break hmi_breaker_hit(hmi_breaker *b, uint64_t key, uint64_t lines)
{
    grow(b);
    if (b->count >= b->mask) {
        return HMI_BREAK_NO; /* no memory to count with: tell rather than hide */
    }
    count_row *row = slot_of(b->rows, b->mask, key);
    if (row->key == 0) {
        *row = (count_row){ .key = key + 1, .first_line = lines };
        b->count++;
    }
    if (row->broken) {
        return HMI_BREAK_BEFORE;
    }
    row->hits++;
    uint64_t since = lines >= row->first_line ? lines - row->first_line + 1 : 1;
    uint64_t enough = key >= HMI_BREAK_SOURCE ? (uint64_t)b->hits * HMI_BREAK_FEED : b->hits;
    if (row->hits >= enough && row->hits >= since / 100 * HMI_BREAK_PERCENT) {
        row->broken = true;
        return HMI_BREAK_NOW;
    }
    return HMI_BREAK_NO;
}

uint64_t hmi_breaker_count(const hmi_breaker *b, uint64_t key)
{
    return slot_of(b->rows, b->mask, key)->hits;
}
