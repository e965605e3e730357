/* SPDX-License-Identifier: Apache-2.0
 *
 * tally.c - counts equal traits instead of repeating them.
 *
 * WHY    A log names one address a million times; what stands behind the sink (a pipe, a database)
 *        should hear of it once, and a log of ten gigabytes must not make it hear of it often.
 * FORM   Rows one behind the other in one block, in order of first appearance, each followed by its
 *        value and detail; an open-addressed table of their places. When the ceiling is reached,
 *        rows that were not met again since the last time are handed on and the others move
 *        together; when that frees too little, all are handed on. A row that does not even fit an
 *        empty table goes straight through.
 * TRUST  Values are an attacker's: the table's hash is seeded per process, so nobody can choose
 *        values that fall on one slot. What is handed on, and its order, never depends on the seed.
 * OWNS   Two arenas of one block each. `next` is borrowed. 1. slot_count is a power of two, at most
 *        three quarters full. 2. A row's place is a multiple of ROW_STEP.
 */
#include "trait/tally.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/num.h"

#include <stdlib.h>

enum {
    SLOTS_FIRST = 256,
    ROWS_FIRST = 16 << 10,
    ROW_STEP = 8,
    SLOTS_SHARE = 6, /* of the ceiling: one part in so many is for slots */
    HITS_MAX = UINT8_MAX,
    TALLY_MAX = 1 << 30 /* places stay within 32 bits */
};

/* value_len bytes of value and detail_len of detail follow. */
typedef struct tally_row {
    uint64_t hash, count, offset;
    int64_t first_us, last_us;
    uint32_t value_len, detail_len;
    uint16_t class_id;
    uint8_t role;
    uint8_t hits; /* met again since the last sweep */
} tally_row;

struct hmi_tally {
    hmi_sink sink; /* first: the sink handed out is the tally itself */
    hmi_sink *next;
    size_t rows_max, slots_max; /* bytes; number */
    hmi_arena rows_arena, slots_arena;
    uint8_t *rows;
    size_t used, capacity;
    uint32_t *slots; /* a row's place / ROW_STEP + 1; 0: free */
    size_t slot_count, row_count;
    uint64_t seed;
};

static uint64_t hash_of(const hmi_tally *tally, const hmi_trait *trait)
{
    uint64_t seed = tally->seed ^ ((uint64_t)trait->class_id << 8 | (uint64_t)trait->role);
    return hmi_xxh3(hmi_text_bytes(trait->value), seed);
}

static tally_row *row_at(const hmi_tally *tally, size_t place)
{
    return (tally_row *)(void *)(tally->rows + place);
}

static size_t size_of(size_t value_len, size_t detail_len)
{
    return (sizeof(tally_row) + value_len + detail_len + ROW_STEP - 1) / ROW_STEP * ROW_STEP;
}

static hm_text value_of(const tally_row *row)
{
    return (hm_text){ (const char *)(row + 1), row->value_len };
}

/* ---- The table */

static void enter(hmi_tally *tally, size_t place, uint64_t hash)
{
    size_t at = hash & (tally->slot_count - 1);
    while (tally->slots[at] != 0) {
        at = (at + 1) & (tally->slot_count - 1);
    }
    tally->slots[at] = (uint32_t)(place / ROW_STEP) + 1;
}

static void enter_all(hmi_tally *tally)
{
    for (size_t at = 0; at < tally->used;) {
        const tally_row *row = row_at(tally, at);
        enter(tally, at, row->hash);
        at += size_of(row->value_len, row->detail_len);
    }
}

static tally_row *find_row(const hmi_tally *tally, const hmi_trait *trait, uint64_t hash)
{
    if (tally->slot_count == 0) {
        return NULL;
    }
    size_t mask = tally->slot_count - 1;
    for (size_t at = hash & mask; tally->slots[at] != 0; at = (at + 1) & mask) {
        tally_row *row = row_at(tally, (size_t)(tally->slots[at] - 1) * ROW_STEP);
        if (row->hash == hash && row->class_id == (unsigned)trait->class_id &&
            row->role == (unsigned)trait->role && hmi_text_eq(value_of(row), trait->value)) {
            return row;
        }
    }
    return NULL;
}

/* A block of `size` bytes instead of the one that `arena` has; NULL when refused: the old one
 * stays. `used` bytes are copied. */
static void *larger(hmi_arena *arena, const void *old, size_t used, size_t size)
{
    hmi_arena next;
    hmi_arena_init(&next, size + ROW_STEP * ROW_STEP);
    void *block = hmi_arena_take(&next, 1, size);
    if (block == NULL) {
        hmi_arena_fini(&next);
        return NULL;
    }
    if (used > 0) {
        memcpy(block, old, used);
    }
    hmi_arena_fini(arena);
    *arena = next;
    return block;
}

static bool room_for_slot(hmi_tally *tally)
{
    if (tally->row_count < tally->slot_count / 4 * 3) {
        return true;
    }
    size_t wanted = tally->slot_count != 0 ? tally->slot_count * 2 : SLOTS_FIRST;
    if (wanted > tally->slots_max) {
        return false;
    }
    uint32_t *slots = larger(&tally->slots_arena, NULL, 0, wanted * sizeof(*slots));
    if (slots == NULL) {
        return false;
    }
    tally->slots = slots;
    tally->slot_count = wanted;
    enter_all(tally);
    return true;
}

static bool room_for_row(hmi_tally *tally, size_t size)
{
    if (size <= tally->capacity - tally->used) {
        return true;
    }
    if (size > tally->rows_max - hmi_min(tally->used, tally->rows_max)) {
        return false;
    }
    size_t wanted = hmi_max(hmi_max(2 * tally->capacity, ROWS_FIRST), tally->used + size);
    wanted = hmi_min(wanted, tally->rows_max);
    uint8_t *rows = larger(&tally->rows_arena, tally->rows, tally->used, wanted);
    if (rows == NULL) {
        return false;
    }
    tally->rows = rows;
    tally->capacity = wanted;
    return true;
}

/* ---- Counting */

static void merge(tally_row *into, const hmi_trait *trait)
{
    if (__builtin_add_overflow(into->count, trait->count, &into->count)) {
        into->count = UINT64_MAX;
    }
    if (into->offset == HM_OFFSET_NONE) {
        into->offset = trait->offset;
    }
    if (trait->first_us != HMI_TIME_NONE &&
        (into->first_us == HMI_TIME_NONE || trait->first_us < into->first_us)) {
        into->first_us = trait->first_us;
    }
    if (trait->last_us != HMI_TIME_NONE &&
        (into->last_us == HMI_TIME_NONE || trait->last_us > into->last_us)) {
        into->last_us = trait->last_us;
    }
    into->hits = into->hits < HITS_MAX ? (uint8_t)(into->hits + 1) : HITS_MAX;
}

/* False when there is no room for it. */
static bool add_row(hmi_tally *tally, const hmi_trait *trait, uint64_t hash)
{
    tally_row *known = find_row(tally, trait, hash);
    if (known != NULL) {
        merge(known, trait);
        return true;
    }
    if (trait->value.len > tally->rows_max || trait->detail.len > tally->rows_max) {
        return false;
    }
    size_t size = size_of(trait->value.len, trait->detail.len);
    if (!room_for_slot(tally) || !room_for_row(tally, size)) {
        return false;
    }
    tally_row *row = row_at(tally, tally->used);
    *row = (tally_row){ .hash = hash,
                        .count = trait->count,
                        .offset = trait->offset,
                        .first_us = trait->first_us,
                        .last_us = trait->last_us,
                        .value_len = (uint32_t)trait->value.len,
                        .detail_len = (uint32_t)trait->detail.len,
                        .class_id = (uint16_t)trait->class_id,
                        .role = (uint8_t)trait->role };
    uint8_t *after = (uint8_t *)(row + 1);
    if (trait->value.len > 0) {
        memcpy(after, trait->value.ptr, trait->value.len);
    }
    if (trait->detail.len > 0) {
        memcpy(after + trait->value.len, trait->detail.ptr, trait->detail.len);
    }
    enter(tally, tally->used, hash);
    tally->used += size;
    tally->row_count++;
    return true;
}

/* ---- Handing on */

static int hand_on(const hmi_tally *tally, const tally_row *row, hm_err *err)
{
    hm_text value = value_of(row);
    hmi_trait trait = { .class_id = (hmi_class)row->class_id,
                        .role = (hmi_role)row->role,
                        .value = value,
                        .offset = row->offset,
                        .count = row->count,
                        .first_us = row->first_us,
                        .last_us = row->last_us,
                        .detail = { (const uint8_t *)value.ptr + value.len, row->detail_len } };
    return hmi_sink_trait(tally->next, &trait, err);
}

/* Hands on all rows, or those that nobody met again; the others move together. A receiver that
 * refuses ends the reading; what it has not heard by then is forgotten. */
static int sweep(hmi_tally *tally, bool all, hm_err *err)
{
    size_t kept = 0, kept_count = 0;
    int code = HM_OK;
    for (size_t at = 0; at < tally->used && code >= 0;) {
        tally_row *row = row_at(tally, at);
        size_t size = size_of(row->value_len, row->detail_len);
        if (all || row->hits == 0) {
            code = hand_on(tally, row, err);
        } else {
            row->hits /= 2;
            memmove(tally->rows + kept, row, size);
            kept += size;
            kept_count++;
        }
        at += size;
    }
    tally->used = code < 0 ? 0 : kept;
    tally->row_count = code < 0 ? 0 : kept_count;
    if (tally->slot_count > 0) {
        memset(tally->slots, 0, tally->slot_count * sizeof(*tally->slots));
        enter_all(tally);
    }
    return code < 0 ? code : HM_OK;
}

int hmi_tally_flush(hmi_tally *tally, hm_err *err)
{
    return sweep(tally, true, err);
}

static int tally_trait(hmi_sink *sink, const hmi_trait *trait, hm_err *err)
{
    hmi_tally *tally = (hmi_tally *)sink;
    uint64_t hash = hash_of(tally, trait);
    if (add_row(tally, trait, hash)) {
        return HM_OK;
    }
    size_t was = tally->used;
    HMI_TRY(sweep(tally, false, err));
    if (tally->used > was / 4 * 3) {
        HMI_TRY(sweep(tally, true, err));
    }
    if (add_row(tally, trait, hash)) {
        return HM_OK;
    }
    HMI_TRY(sweep(tally, true, err));
    if (add_row(tally, trait, hash)) {
        return HM_OK;
    }
    return hmi_sink_trait(tally->next, trait, err);
}

static int tally_member(hmi_sink *sink, const hmi_member *member, hm_err *err)
{
    hmi_sink *next = ((hmi_tally *)sink)->next;
    return hmi_sink_member(next, member, err);
}

static int tally_note(hmi_sink *sink, const hmi_note *note, hm_err *err)
{
    hmi_sink *next = ((hmi_tally *)sink)->next;
    return hmi_sink_note(next, note, err);
}

static int tally_fact(hmi_sink *sink, hm_text name, hm_text value, hm_err *err)
{
    hmi_sink *next = ((hmi_tally *)sink)->next;
    return hmi_sink_fact(next, name, value, err);
}

static int tally_object(hmi_sink *sink, const hmi_object *object, hm_err *err)
{
    hmi_sink *next = ((hmi_tally *)sink)->next;
    return hmi_sink_object(next, object, err);
}

static const hmi_sink_ops OPS = {
    .trait = tally_trait,
    .member = tally_member,
    .note = tally_note,
    .fact = tally_fact,
    .object = tally_object,
};

int hmi_tally_new(hmi_sink *next, size_t ceiling, hmi_tally **ret_tally, hm_err *err)
{
    hmi_assert(next != NULL && next->ops != NULL);
    hmi_tally *tally = calloc(1, sizeof(*tally));
    if (tally == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "the system has no memory left");
    }
    tally->sink.ops = &OPS;
    tally->next = next;
    tally->seed = hmi_hash_seed();
    tally->rows_max = hmi_min(ceiling, (size_t)TALLY_MAX);
    tally->rows_max -= tally->rows_max / SLOTS_SHARE;
    while (tally->slots_max * 2 * sizeof(*tally->slots) <= hmi_min(ceiling, (size_t)TALLY_MAX) / SLOTS_SHARE) {
        tally->slots_max = hmi_max(tally->slots_max * 2, 1);
    }
    *ret_tally = tally;
    return HM_OK;
}

hmi_sink *hmi_tally_sink(hmi_tally *tally)
{
    return &tally->sink;
}

void hmi_tally_free(hmi_tally *tally)
{
    if (tally == NULL) {
        return;
    }
    hmi_arena_fini(&tally->rows_arena);
    hmi_arena_fini(&tally->slots_arena);
    free(tally);
}
