/* SPDX-License-Identifier: Apache-2.0
 *
 * roster.c - the names of all incidents in memory.
 *
 * FORM   Rows by id, ascending, as they come; names folded (NFKC, case) one behind the other in one
 *        piece of memory; the order by name is a permutation. The order by age is that of the ids.
 * TRUST  Names are anybody's; what cannot be folded is taken as it is.
 * OWNS   All of it.
 */
#include "api/roster.h"

#include <pthread.h>
#include <stdlib.h>
#include <utf8proc.h>

#include "base/error.h"
#include "base/time.h"

enum { PART = 4096, PART_MEMORY = 16 << 20 };

typedef struct entry {
    int64_t id, created_us;
    size_t at, len; /* of the folded name */
} entry;

struct hmi_roster {
    pthread_rwlock_t lock;
    entry *entries;
    size_t count, capacity;
    uint32_t *by_name;
    hmi_buf names;
};

hmi_roster *hmi_roster_new(void)
{
    hmi_roster *r = calloc(1, sizeof(*r));
    if (r != NULL) {
        pthread_rwlock_init(&r->lock, NULL);
        hmi_buf_init(&r->names, 0);
    }
    return r;
}

void hmi_roster_free(hmi_roster *r)
{
    if (r != NULL) {
        pthread_rwlock_destroy(&r->lock);
        free(r->entries);
        free(r->by_name);
        hmi_buf_fini(&r->names);
        free(r);
    }
}

static void fold(hm_text text, hmi_buf *out)
{
    utf8proc_uint8_t *folded = NULL;
    utf8proc_ssize_t len =
        utf8proc_map((const utf8proc_uint8_t *)text.ptr, (utf8proc_ssize_t)text.len, &folded,
                     UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD);
    if (len >= 0) {
        hmi_buf_add(out, hmi_bytes(folded, (size_t)len));
    } else {
        hmi_buf_add_text(out, text);
    }
    free(folded);
}

static hm_bytes name_of(const hmi_roster *r, size_t row)
{
    return hmi_bytes(r->names.ptr + r->entries[row].at, r->entries[row].len);
}

static int by_name(const void *a, const void *b, void *with)
{
    const hmi_roster *r = with;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    int order = hmi_bytes_cmp(name_of(r, x), name_of(r, y));
    return order != 0 ? order : (x > y) - (x < y);
}

/* ---- Taking in */

static bool grow(hmi_roster *r, size_t more)
{
    if (r->count + more <= r->capacity) {
        return true;
    }
    size_t capacity = r->capacity * 2 > r->count + more ? r->capacity * 2 : r->count + more;
    entry *entries = realloc(r->entries, capacity * sizeof(*entries));
    if (entries == NULL) {
        return false;
    }
    r->entries = entries;
    uint32_t *order = realloc(r->by_name, capacity * sizeof(*order));
    if (order == NULL) {
        return false;
    }
    r->by_name = order;
    r->capacity = capacity;
    return true;
}

static int take(hmi_roster *r, const hmi_incident *list, size_t count, hm_err *err)
{
    if (r->count + count > HMI_ROSTER_MAX || !grow(r, count)) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "no room for more incidents");
    }
    for (size_t i = 0; i < count; i++) {
        size_t at = r->names.len;
        fold(list[i].name, &r->names);
        HMI_TRY(hmi_buf_check(&r->names, err));
        r->entries[r->count] = (entry){
            .id = list[i].id, .created_us = list[i].created_us, .at = at, .len = r->names.len - at
        };
        r->by_name[r->count] = (uint32_t)r->count;
        r->count++;
    }
    return HM_OK;
}

static int take_all(hmi_roster *r, hmi_store *store, hm_err *err)
{
    hmi_arena arena;
    hmi_arena_init(&arena, PART_MEMORY);
    size_t before = r->count, count = PART;
    int code = HM_OK;
    while (code == HM_OK && count == PART) {
        hmi_incident *list = NULL;
        hmi_arena_reset(&arena);
        code = hmi_part_incidents(store, &arena, r->count > 0 ? r->entries[r->count - 1].id : 0,
                                  PART, &list, &count, err);
        code = code == HM_OK ? take(r, list, count, err) : code;
    }
    hmi_arena_fini(&arena);
    if (r->count > before) {
        qsort_r(r->by_name, r->count, sizeof(*r->by_name), by_name, r);
    }
    return code;
}

int hmi_roster_refresh(hmi_roster *r, hmi_store *store, hm_err *err)
{
    hmi_arena arena;
    hmi_incident *list = NULL;
    size_t count = 0;
    hmi_arena_init(&arena, 1 << 16);
    pthread_rwlock_rdlock(&r->lock);
    int64_t last = r->count > 0 ? r->entries[r->count - 1].id : 0;
    pthread_rwlock_unlock(&r->lock);
    int code = hmi_part_incidents(store, &arena, last, 1, &list, &count, err);
    hmi_arena_fini(&arena);
    if (code != HM_OK || count == 0) {
        return code;
    }
    pthread_rwlock_wrlock(&r->lock);
    code = take_all(r, store, err);
    pthread_rwlock_unlock(&r->lock);
    return code;
}

/* ---- Asking */

static size_t place_of(const hmi_roster *r, int64_t id)
{
    size_t low = 0, high = r->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (r->entries[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < r->count && r->entries[low].id == id ? low : SIZE_MAX;
}

static size_t row_at(const hmi_roster *r, hmi_roster_order order, size_t turn)
{
    bool back = order == HMI_ROSTER_NEWEST || order == HMI_ROSTER_NAME_BACK;
    size_t at = back ? r->count - 1 - turn : turn;
    return order == HMI_ROSTER_NAME || order == HMI_ROSTER_NAME_BACK ? r->by_name[at] : at;
}

static bool is_among(const int64_t *list, size_t count, int64_t id)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list[middle] < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count && list[low] == id;
}

static void look(const hmi_roster *r, const hmi_roster_asked *asked, hm_bytes needle,
                 hmi_roster_row *ret, size_t *ret_count, size_t *ret_total, bool *ret_more)
{
    size_t last = asked->after != 0 ? place_of(r, asked->after) : SIZE_MAX;
    bool behind = asked->after == 0;
    *ret_count = *ret_total = 0;
    *ret_more = false;
    for (size_t turn = 0; turn < r->count; turn++) {
        size_t row = row_at(r, asked->order, turn);
        const entry *e = &r->entries[row];
        bool timely = (asked->from_us == HMI_TIME_NONE || e->created_us >= asked->from_us) &&
                      (asked->to_us == HMI_TIME_NONE || e->created_us < asked->to_us);
        bool named = timely && (needle.len == 0 || memmem(name_of(r, row).ptr, e->len, needle.ptr,
                                                          needle.len) != NULL);
        if (named || (timely && is_among(asked->also, asked->also_count, e->id))) {
            ++*ret_total;
            if (behind && *ret_count < asked->max) {
                ret[(*ret_count)++] = (hmi_roster_row){ .id = e->id, .by_name = named };
            } else if (behind) {
                *ret_more = true;
            }
        }
        behind |= row == last;
    }
}

int hmi_roster_ask(hmi_roster *r, const hmi_roster_asked *asked, hmi_roster_row *ret,
                   size_t *ret_count, size_t *ret_total, bool *ret_more, hm_err *err)
{
    hmi_buf needle;
    hmi_buf_init(&needle, HMI_ROSTER_NEEDLE_MAX * 20);
    fold(hmi_text_slice(asked->needle, 0, HMI_ROSTER_NEEDLE_MAX), &needle);
    int code = hmi_buf_check(&needle, err);
    if (code == HM_OK) {
        pthread_rwlock_rdlock(&r->lock);
        look(r, asked, hmi_buf_bytes(&needle), ret, ret_count, ret_total, ret_more);
        pthread_rwlock_unlock(&r->lock);
    }
    hmi_buf_fini(&needle);
    return code;
}
