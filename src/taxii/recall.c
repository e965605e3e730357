/* SPDX-License-Identifier: Apache-2.0
 *
 * recall.c - what was called back is not served any more, nor again.
 *
 * WHY    A recall asks partners to delete what they were given. To hand the same object to the next
 *        who asks would make nonsense of it.
 * FORM   The memory of what was given is asked at most once a second what was recalled since. Rows
 *        under such an id are removed from the journal as if who added them had taken them back;
 *        the views follow, with all that refers to them. Rows that come later are looked at before
 *        anything is answered.
 * TRUST  When the memory cannot be asked, nothing is served.
 * OWNS   The ids that were recalled.
 */
#include <stdlib.h>

#include "base/error.h"
#include "taxii/inside.h"

/* Who removes, in the journal: nobody among partners. */
#define HOUSE "00000000-0000-4000-8000-000000000000"

enum { FIRST_TABLE = 64, ASK_EVERY_US = 1000000, ASK_MEMORY_MAX = 64 << 20 };

static bool same_id(const char *kept, hm_text id)
{
    return hmi_text_ieq(hmi_text_of(kept), id);
}

static size_t place_of(const hmi_recalled_ids *r, hm_text id)
{
    size_t at = (size_t)hmi_journal_hash(0, id) & (r->room - 1); /* whatever the collection */
    while (r->slots[at] != NULL && !same_id(r->slots[at], id)) {
        at = (at + 1) & (r->room - 1);
    }
    return at;
}

static int widen(hmi_recalled_ids *r, hm_err *err)
{
    if (2 * (r->count + 1) <= r->room) {
        return HM_OK;
    }
    hmi_recalled_ids more = { .room = r->room == 0 ? FIRST_TABLE : 2 * r->room, .count = r->count };
    more.slots = calloc(more.room, sizeof(*more.slots));
    if (more.slots == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for what was recalled");
    }
    for (size_t i = 0; i < r->room; i++) {
        if (r->slots[i] != NULL) {
            more.slots[place_of(&more, hmi_text_of(r->slots[i]))] = r->slots[i];
        }
    }
    free(r->slots);
    *r = more;
    return HM_OK;
}

static int remember(hmi_recalled_ids *r, hm_text id, hm_err *err)
{
    HMI_TRY(widen(r, err));
    size_t at = place_of(r, id);
    if (r->slots[at] != NULL) {
        return HM_OK;
    }
    r->slots[at] = strndup(id.ptr, id.len);
    if (r->slots[at] == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for what was recalled");
    }
    r->count++;
    return HM_OK;
}

void hmi_recalled_free(hmi_recalled_ids *r)
{
    for (size_t i = 0; i < r->room; i++) {
        free(r->slots[i]);
    }
    free(r->slots);
    *r = (hmi_recalled_ids){ 0 };
}

/* *ret_news: something was recalled since. */
static int ask(hmi_taxii *t, bool *ret_news, hm_err *err)
{
    hmi_arena arena;
    hm_text *ids = NULL;
    size_t count = 0;
    uint64_t newest = t->recalled_to;
    hmi_arena_init(&arena, ASK_MEMORY_MAX);
    pthread_mutex_lock(&t->giving);
    int code = t->recalled(t->recalled_user, t->recalled_to, &arena, &ids, &count, &newest, err);
    pthread_mutex_unlock(&t->giving);
    for (size_t i = 0; code == HM_OK && i < count; i++) {
        code = remember(&t->recalled_ids, ids[i], err);
    }
    hmi_arena_fini(&arena);
    if (code == HM_OK) {
        *ret_news = count > 0;
        t->recalled_to = newest;
    }
    return code;
}

/* The rows from `from` on that were recalled, of one collection. */
static int list_rows(hmi_taxii *t, uint32_t collection, size_t from, uint32_t **ret_rows,
                     size_t *ret_count, hm_err *err)
{
    uint32_t *rows = NULL;
    size_t count = 0, room = 0, end = hmi_journal_row_count(t->journal);
    for (size_t i = from; i < end; i++) {
        const hmi_journal_row *row = hmi_journal_row_at(t->journal, (uint32_t)i);
        if (row->collection != collection || row->removed != 0 ||
            t->recalled_ids.slots[place_of(&t->recalled_ids, hmi_row_id(row))] == NULL) {
            continue;
        }
        if (count == room) {
            room = room == 0 ? 64 : 2 * room;
            uint32_t *grown = reallocarray(rows, room, sizeof(*rows));
            if (grown == NULL) {
                free(rows);
                return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for a recall");
            }
            rows = grown;
        }
        rows[count++] = (uint32_t)i;
    }
    *ret_rows = rows;
    *ret_count = count;
    return HM_OK;
}

static int remove_from(hmi_taxii *t, uint32_t collection, uint32_t house, size_t from, hm_err *err)
{
    uint32_t *rows = NULL;
    size_t count = 0;
    int code = list_rows(t, collection, from, &rows, &count, err);
    for (size_t at = 0; code == HM_OK && at < count; at += HMI_JOURNAL_BATCH_MAX) {
        size_t part = count - at < HMI_JOURNAL_BATCH_MAX ? count - at : HMI_JOURNAL_BATCH_MAX;
        code = hmi_journal_remove(t->journal, collection, house, t->now_us(), rows + at, part, err);
    }
    free(rows);
    return code;
}

static int take_back(hmi_taxii *t, bool news, hm_err *err)
{
    uint32_t house;
    HMI_TRY(hmi_journal_number(t->journal, HM_TEXT(HOUSE), &house, err));
    int code = HM_OK;
    hmi_journal_write_begin(t->journal);
    for (size_t i = 0; code == HM_OK && i < t->config->collection_count; i++) {
        code = remove_from(t, t->collection_numbers[i], house, news ? 0 : t->rows_looked_at, err);
    }
    if (code == HM_OK) {
        t->rows_looked_at = hmi_journal_row_count(t->journal);
    }
    hmi_journal_write_end(t->journal);
    return code;
}

static bool has_new_rows(hmi_taxii *t)
{
    hmi_journal_read_begin(t->journal);
    bool more = hmi_journal_row_count(t->journal) > t->rows_looked_at;
    hmi_journal_read_end(t->journal);
    return more;
}

int hmi_taxii_follow_recalls(hmi_taxii *t, hm_err *err)
{
    if (t->recalled == NULL) {
        return HM_OK;
    }
    pthread_mutex_lock(&t->recalling);
    bool news = false;
    int code = HM_OK;
    int64_t now_us = t->now_us();
    if (!t->asked || now_us - t->asked_us >= ASK_EVERY_US || now_us < t->asked_us) {
        code = ask(t, &news, err);
        t->asked = code == HM_OK;
        t->asked_us = now_us;
    }
    if (code == HM_OK && t->recalled_ids.count > 0 && (news || has_new_rows(t))) {
        code = take_back(t, news, err);
    }
    pthread_mutex_unlock(&t->recalling);
    return code;
}
