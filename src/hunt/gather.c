/* SPDX-License-Identifier: Apache-2.0
 *
 * gather.c - sets of numbers that grow, until they are sorted and packed.
 *
 * WHY    Fields are the one kind of observable of which real records can hold a new one in every
 * line (identifiers of connections); they are kept apart and dropped when they are too many for the
 *        records they come from, so that an index stays small whatever is logged.
 * TRUST  Keys are keyed hashes or addresses; the table mixes them with a factor, and a set that
 * grows past its limit makes the segment CROWDED instead of taking more memory. OWNS   Three tables
 * and an observer.
 */
#include "hunt/gather.h"

#include <stdlib.h>

#include "base/error.h"
#include "hunt/list.h"

typedef struct number_set {
    uint64_t *slots; /* number + 1; 0 = empty */
    size_t mask, count;
} number_set;

enum { FIELDS = HMI_LIST_KINDS, SETS, SLOTS_START = 1 << 12 };

struct hmi_gather {
    hmi_hunt_seed seed;
    hmi_observer *observer;
    number_set sets[SETS];
    uint64_t bytes;
    uint32_t flags;
    bool no_memory;
};

static bool set_init(number_set *set)
{
    set->slots = calloc(SLOTS_START, sizeof(*set->slots));
    set->mask = SLOTS_START - 1;
    set->count = 0;
    return set->slots != NULL;
}

static uint64_t *slot_of(uint64_t *slots, size_t mask, uint64_t number)
{
    size_t at = (size_t)((number * 0x9e3779b97f4a7c15ull) >> 32) & mask;
    while (slots[at] != 0 && slots[at] != number + 1) {
        at = (at + 1) & mask;
    }
    return &slots[at];
}

static bool set_grow(number_set *set)
{
    size_t mask = 4 * (set->mask + 1) - 1;
    uint64_t *slots = calloc(mask + 1, sizeof(*slots));
    if (slots == NULL) {
        return false;
    }
    for (size_t i = 0; i <= set->mask; i++) {
        if (set->slots[i] != 0) {
            *slot_of(slots, mask, set->slots[i] - 1) = set->slots[i];
        }
    }
    free(set->slots);
    set->slots = slots;
    set->mask = mask;
    return true;
}

static void set_add(hmi_gather *g, number_set *set, uint64_t number)
{
    uint64_t *slot = slot_of(set->slots, set->mask, number);
    if (*slot != 0) {
        return;
    }
    if (set->count >= HMI_GATHER_KEYS_MAX) {
        g->flags |= HMI_SEGMENT_CROWDED;
        return;
    }
    *slot = number + 1;
    set->count++;
    if (3 * set->count > 2 * set->mask && !set_grow(set)) {
        g->no_memory = true;
    }
}

static void on_seen(void *with, hmi_seen_kind kind, hm_bytes value)
{
    hmi_gather *g = with;
    uint64_t keys[HMI_KEYS_OF_ONE_MAX];
    hmi_list_kind list;
    if (g->no_memory || (g->flags & HMI_SEGMENT_CROWDED) != 0) {
        return;
    }
    if (kind == HMI_SEEN_FIELD && (g->flags & HMI_SEGMENT_NO_FIELDS) != 0) {
        return;
    }
    if (kind == HMI_SEEN_FIELD && g->sets[FIELDS].count >= HMI_GATHER_FIELDS_MAX) {
        g->flags |= HMI_SEGMENT_NO_FIELDS;
        hmi_observer_skip_fields(g->observer);
    }
    unsigned count = hmi_keys_of_seen(&g->seed, kind, value, &list, keys);
    for (unsigned i = 0; i < count; i++) {
        set_add(g, &g->sets[kind == HMI_SEEN_FIELD ? FIELDS : list], keys[i]);
    }
}

int hmi_gather_new(const hmi_hunt_seed *seed, hmi_gather **ret_gather, hm_err *err)
{
    hmi_gather *g = calloc(1, sizeof(*g));
    bool good = g != NULL;
    for (size_t i = 0; good && i < SETS; i++) {
        good = set_init(&g->sets[i]);
    }
    int code = good ? hmi_observer_new(on_seen, g, &g->observer, err)
                    : hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to index with");
    if (code != HM_OK) {
        hmi_gather_free(g);
        return code;
    }
    g->seed = *seed;
    *ret_gather = g;
    return HM_OK;
}

void hmi_gather_free(hmi_gather *g)
{
    if (g == NULL) {
        return;
    }
    hmi_observer_free(g->observer);
    for (size_t i = 0; i < SETS; i++) {
        free(g->sets[i].slots);
    }
    free(g);
}

int hmi_gather_lines(hmi_gather *g, hm_bytes lines, hm_err *err)
{
    g->bytes += lines.len;
    HMI_TRY(hmi_observer_scan(g->observer, lines, err));
    return g->no_memory ? hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to index with")
                        : HM_OK;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Empties the set. `also` may be NULL. */
static int pack(number_set *set, const number_set *also, hmi_buf *out, hm_err *err)
{
    size_t room = set->count + (also != NULL ? also->count : 0);
    uint64_t *numbers = malloc((room + 1) * sizeof(*numbers));
    if (numbers == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to index with");
    }
    size_t count = 0;
    for (size_t i = 0; i <= set->mask; i++) {
        if (set->slots[i] != 0) {
            numbers[count++] = set->slots[i] - 1;
        }
    }
    for (size_t i = 0; also != NULL && i <= also->mask; i++) {
        if (also->slots[i] != 0 && *slot_of(set->slots, set->mask, also->slots[i] - 1) == 0) {
            numbers[count++] = also->slots[i] - 1;
        }
    }
    qsort(numbers, count, sizeof(*numbers), by_number);
    hmi_list_pack(out, numbers, count);
    free(numbers);
    return hmi_buf_check(out, err);
}

static void set_clear(number_set *set)
{
    memset(set->slots, 0, (set->mask + 1) * sizeof(*set->slots));
    set->count = 0;
}

int hmi_gather_seal(hmi_gather *g, hmi_buf *out, uint64_t lens[HMI_LIST_KINDS], uint32_t *ret_flags,
                    hm_err *err)
{
    const number_set *fields = &g->sets[FIELDS];
    if ((g->flags & HMI_SEGMENT_NO_FIELDS) != 0 ||
        fields->count > HMI_GATHER_FIELDS_MIN + g->bytes / HMI_GATHER_FIELD_BYTES) {
        g->flags |= HMI_SEGMENT_NO_FIELDS;
        fields = NULL;
    }
    for (size_t i = 0; i < HMI_LIST_KINDS; i++) {
        size_t before = out->len;
        if ((g->flags & HMI_SEGMENT_CROWDED) == 0) {
            HMI_TRY(pack(&g->sets[i], i == HMI_LIST_KEYS ? fields : NULL, out, err));
        }
        lens[i] = out->len - before;
    }
    *ret_flags = g->flags;
    for (size_t i = 0; i < SETS; i++) {
        set_clear(&g->sets[i]);
    }
    hmi_observer_forget(g->observer);
    g->flags = 0;
    g->bytes = 0;
    return HM_OK;
}
