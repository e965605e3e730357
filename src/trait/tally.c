/* SPDX-License-Identifier: Apache-2.0
 *
 * tally.c - counts equal traits instead of repeating them.
 *
 * WHY    A log names one address a million times; what stands behind the sink (a pipe, a database)
 *        should hear of it once.
 * FORM   An open-addressed table of rows over one arena, and the rows' list in order of first
 *        appearance. When the arena refuses, everything is handed on and the table starts again;
 *        a row that does not even fit an empty table goes straight through.
 * TRUST  Values are an attacker's: the table's hash is seeded per process, so nobody can choose
 *        values that fall on one slot. Order never depends on the seed.
 * OWNS   The arena. `next` is borrowed. 1. slots is a power of two, at most half full.
 */
#include "trait/tally.h"

#include "base/error.h"
#include "base/hash.h"

#include <stdlib.h>

enum { SLOTS_FIRST = 256 };

typedef struct tally_row {
    hmi_trait trait; /* value and detail live in the arena */
    uint64_t hash;
    struct tally_row *later;
} tally_row;

struct hmi_tally {
    hmi_sink sink; /* first: the sink handed out is the tally itself */
    hmi_sink *next;
    hmi_arena arena;
    tally_row **slots;
    size_t slot_count;
    size_t row_count;
    tally_row *first;
    tally_row **last;
    uint64_t seed;
};

static uint64_t hash_of(const hmi_tally *tally, const hmi_trait *trait)
{
    uint64_t seed = tally->seed ^ ((uint64_t)trait->class_id << 8 | (uint64_t)trait->role);
    return hmi_xxh3(hmi_text_bytes(trait->value), seed);
}

static tally_row **find_slot(const hmi_tally *tally, const hmi_trait *trait, uint64_t hash)
{
    size_t at = hash & (tally->slot_count - 1);
    for (;;) {
        tally_row *row = tally->slots[at];
        if (row == NULL ||
            (row->hash == hash && row->trait.class_id == trait->class_id &&
             row->trait.role == trait->role && hmi_text_eq(row->trait.value, trait->value))) {
            return &tally->slots[at];
        }
        at = (at + 1) & (tally->slot_count - 1);
    }
}

/* Room for one more row; false when the arena refuses. */
static bool make_room(hmi_tally *tally)
{
    if (tally->slot_count != 0 && tally->row_count < tally->slot_count / 2) {
        return true;
    }
    size_t wanted = tally->slot_count != 0 ? tally->slot_count * 2 : SLOTS_FIRST;
    tally_row **slots = hmi_new_array(&tally->arena, tally_row *, wanted);
    if (slots == NULL) {
        return false;
    }
    tally->slots = slots;
    tally->slot_count = wanted;
    for (tally_row *row = tally->first; row != NULL; row = row->later) {
        *find_slot(tally, &row->trait, row->hash) = row;
    }
    return true;
}

static void merge(hmi_trait *into, const hmi_trait *trait)
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
}

/* False when there is no room for it. */
static bool add_row(hmi_tally *tally, const hmi_trait *trait, uint64_t hash)
{
    if (!make_room(tally)) {
        return false;
    }
    tally_row **slot = find_slot(tally, trait, hash);
    if (*slot != NULL) {
        merge(&(*slot)->trait, trait);
        return true;
    }
    tally_row *row = hmi_new(&tally->arena, tally_row);
    hm_text value = hmi_arena_text(&tally->arena, trait->value);
    hm_bytes detail = hmi_arena_bytes(&tally->arena, trait->detail);
    if (row == NULL || value.ptr == NULL || detail.ptr == NULL) {
        return false;
    }
    row->trait = *trait;
    row->trait.value = value;
    row->trait.detail = detail;
    row->hash = hash;
    *slot = row;
    *tally->last = row;
    tally->last = &row->later;
    tally->row_count++;
    return true;
}

static void forget_rows(hmi_tally *tally)
{
    hmi_arena_reset(&tally->arena);
    tally->slots = NULL;
    tally->slot_count = 0;
    tally->row_count = 0;
    tally->first = NULL;
    tally->last = &tally->first;
}

/* A receiver that refuses ends the reading; what it has not heard by then is forgotten. */
int hmi_tally_flush(hmi_tally *tally, hm_err *err)
{
    int code = HM_OK;
    for (tally_row *row = tally->first; row != NULL && code >= 0; row = row->later) {
        code = tally->next->ops->trait(tally->next, &row->trait, err);
    }
    forget_rows(tally);
    return code < 0 ? code : HM_OK;
}

static int tally_trait(hmi_sink *sink, const hmi_trait *trait, hm_err *err)
{
    hmi_tally *tally = (hmi_tally *)sink;
    uint64_t hash = hash_of(tally, trait);
    if (add_row(tally, trait, hash)) {
        return HM_OK;
    }
    HMI_TRY(hmi_tally_flush(tally, err));
    if (add_row(tally, trait, hash)) {
        return HM_OK;
    }
    return tally->next->ops->trait(tally->next, trait, err);
}

static int tally_member(hmi_sink *sink, const hmi_member *member, hm_err *err)
{
    hmi_sink *next = ((hmi_tally *)sink)->next;
    return next->ops->member(next, member, err);
}

static int tally_note(hmi_sink *sink, const hmi_note *note, hm_err *err)
{
    hmi_sink *next = ((hmi_tally *)sink)->next;
    return next->ops->note(next, note, err);
}

static int tally_fact(hmi_sink *sink, hm_text name, hm_text value, hm_err *err)
{
    hmi_sink *next = ((hmi_tally *)sink)->next;
    return next->ops->fact(next, name, value, err);
}

static int tally_object(hmi_sink *sink, const hmi_object *object, hm_err *err)
{
    hmi_sink *next = ((hmi_tally *)sink)->next;
    return next->ops->object(next, object, err);
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
    hmi_arena_init(&tally->arena, ceiling);
    forget_rows(tally);
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
    hmi_arena_fini(&tally->arena);
    free(tally);
}
