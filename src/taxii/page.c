/* SPDX-License-Identifier: Apache-2.0
 *
 * page.c - walks a view from a date on and picks what a filter asks for.
 *
 * WHY    Cost follows the page, not the collection: dates are searched, ids are looked up, and only
 *        filters on properties need to parse, with a ceiling after which the page ends early and
 *        says that there is more.
 * FORM   An entry is in when it passes the filters and then is the version asked for among those
 *        versions of its object that pass them too (section 3.4.1: "matching the remainder of the
 *        request"): specification versions first, then versions.
 * TRUST  Filters look at what this partner gets, redactions applied, never at what lies behind.
 * OWNS   Nothing: the arena's.
 */
#include "taxii/page.h"

#include "base/error.h"
#include "base/time.h"

typedef struct picking {
    hmi_view *view;
    const hmi_filter *filter, *also;
    hmi_json *json;
    hmi_arena *arena;
    hmi_page *page;
    size_t room, bytes, parsed, limit;
    hm_err *err;
} picking;

static bool passes_head(const hmi_filter *f, const hmi_view_entry *e, const hmi_journal_row *row)
{
    bool spec = !f->spec_given || (row->spec == 20 ? f->spec_20 : f->spec_21);
    if (!spec || (f->added_after_us != HMI_TIME_NONE && e->date_us <= f->added_after_us)) {
        return false;
    }
    if (f->types.count == 0 && f->ids.count == 0) {
        return true; /* the usual case does not even look at the id */
    }
    hm_text id = hmi_row_id(row);
    size_t dash = hmi_find(hmi_text_bytes(id), HM_BYTES("--"));
    return hmi_filter_has(f->types, hmi_text_slice(id, 0, dash)) && hmi_filter_has(f->ids, id);
}

static bool passes_body(picking *p, const hmi_filter *f, const hmi_view_entry *e)
{
    hmi_value object;
    hm_err ignored;
    if (f->match_count == 0) {
        return true;
    }
    p->parsed++;
    return hmi_json_parse(p->json, hmi_bytes(e->out, e->out_len), 0, &object, &ignored) == HM_OK &&
           hmi_filter_deep(f, object, p->arena);
}

static bool passes(picking *p, uint32_t entry)
{
    const hmi_view_entry *e = hmi_view_at(p->view, entry - 1);
    const hmi_journal_row *row = hmi_view_row(p->view, e);
    return (e->flags & HMI_ENTRY_GONE) == 0 && passes_head(p->filter, e, row) &&
           (p->also == NULL || passes_head(p->also, e, row)) && passes_body(p, p->filter, e) &&
           (p->also == NULL || passes_body(p, p->also, e));
}

/* Is it the last (or first) of its object's versions that pass? Of two with one version it is the
 * one that came first. */
static bool is_extreme(picking *p, uint32_t entry, bool last)
{
    const hmi_journal_row *mine = hmi_view_row(p->view, hmi_view_at(p->view, entry - 1));
    uint32_t at = hmi_view_find_row(p->view, mine);
    for (; at != 0; at = hmi_view_older(p->view, at)) {
        const hmi_journal_row *row = hmi_view_row(p->view, hmi_view_at(p->view, at - 1));
        bool beats = row->version_us == mine->version_us
                         ? at < entry
                         : (row->version_us > mine->version_us) == last;
        bool counts = p->filter->spec_given || row->spec >= mine->spec;
        if (at != entry && beats && counts && passes(p, at)) {
            return false;
        }
    }
    return true;
}

/* Without match[spec_version]: only the newest specification that each object has. */
static bool is_newest_spec(picking *p, uint32_t entry)
{
    const hmi_journal_row *mine = hmi_view_row(p->view, hmi_view_at(p->view, entry - 1));
    uint32_t at = p->filter->spec_given ? 0 : hmi_view_find_row(p->view, mine);
    for (; at != 0; at = hmi_view_older(p->view, at)) {
        const hmi_journal_row *row = hmi_view_row(p->view, hmi_view_at(p->view, at - 1));
        if (row->spec > mine->spec && passes(p, at)) {
            return false;
        }
    }
    return true;
}

static bool is_version(picking *p, uint32_t entry)
{
    const hmi_view_entry *e = hmi_view_at(p->view, entry - 1);
    const hmi_journal_row *row = hmi_view_row(p->view, e);
    bool alone = (e->flags & HMI_ENTRY_ALONE) != 0;
    for (size_t i = 0; i < p->filter->version_count; i++) {
        const hmi_filter_version *v = &p->filter->versions[i];
        bool is = v->kind == HMI_VERSION_ALL || (alone && v->kind != HMI_VERSION_AT) ||
                  (v->kind == HMI_VERSION_AT && v->us == row->version_us) ||
                  (v->kind == HMI_VERSION_LAST && is_extreme(p, entry, true)) ||
                  (v->kind == HMI_VERSION_FIRST && is_extreme(p, entry, false));
        if (is) {
            return true;
        }
    }
    return false;
}

static bool is_in(picking *p, uint32_t entry)
{
    bool alone = (hmi_view_at(p->view, entry - 1)->flags & HMI_ENTRY_ALONE) != 0;
    return passes(p, entry) && (alone || is_newest_spec(p, entry)) && is_version(p, entry);
}

/* False: the page is full, and there is more. */
static bool consider(picking *p, uint32_t entry, int *ret_code)
{
    const hmi_view_entry *e = hmi_view_at(p->view, entry - 1);
    if ((e->flags & HMI_ENTRY_GONE) != 0 || !is_in(p, entry)) {
        p->page->reached_us = e->date_us;
        p->page->more = p->parsed >= HMI_PAGE_PARSED_MAX;
        return !p->page->more;
    }
    if (p->page->count == p->limit ||
        (p->page->count > 0 && p->bytes + e->out_len > HMI_PAGE_BYTES_MAX)) {
        p->page->more = true;
        return false;
    }
    uint32_t *entries =
        hmi_arena_grow(p->arena, p->page->entries, p->page->count, &p->room, sizeof(*entries));
    if (entries == NULL) {
        *ret_code = hmi_arena_fail(p->arena, p->err);
        return false;
    }
    p->page->entries = entries;
    entries[p->page->count++] = entry - 1;
    p->page->reached_us = e->date_us;
    p->bytes += e->out_len;
    return true;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Candidates by id, in the order of their dates. */
static int candidates(picking *p, uint32_t **ret, size_t *ret_count)
{
    uint32_t *list = NULL;
    size_t count = 0, room = 0;
    for (size_t i = 0; i < p->filter->ids.count; i++) {
        uint32_t at = hmi_view_find(p->view, p->filter->ids.values[i]);
        for (; at != 0; at = hmi_view_older(p->view, at)) {
            uint32_t *grown = hmi_arena_grow(p->arena, list, count, &room, sizeof(*list));
            if (grown == NULL) {
                return hmi_arena_fail(p->arena, p->err);
            }
            list = grown;
            list[count++] = at;
        }
    }
    if (count > 0) {
        qsort(list, count, sizeof(*list), by_number);
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || list[kept - 1] != list[i]) { /* one id may be asked for twice */
            list[kept++] = list[i];
        }
    }
    *ret = list;
    *ret_count = kept;
    return HM_OK;
}

int hmi_page_select(hmi_view *view, const hmi_filter *filter, const hmi_filter *also,
                    int64_t from_us, hmi_json *json, hmi_arena *arena, hmi_page *ret, hm_err *err)
{
    hmi_page page = { .reached_us = from_us };
    uint64_t limit = filter->limit == 0 ? HMI_PAGE_DEFAULT : filter->limit;
    picking p = { .view = view,
                  .filter = filter,
                  .also = also,
                  .json = json,
                  .arena = arena,
                  .page = &page,
                  .limit = limit < HMI_PAGE_MAX ? (size_t)limit : HMI_PAGE_MAX,
                  .err = err };
    int64_t start = from_us;
    if (filter->added_after_us != HMI_TIME_NONE && filter->added_after_us > start) {
        start = filter->added_after_us;
    }
    int code = HM_OK;
    if (filter->ids.count > 0) {
        uint32_t *list = NULL;
        size_t count = 0;
        HMI_TRY(candidates(&p, &list, &count));
        page.known = count > 0;
        for (size_t i = 0; i < count; i++) {
            if (hmi_view_at(view, list[i] - 1)->date_us > start && !consider(&p, list[i], &code)) {
                break;
            }
        }
    } else {
        size_t count = hmi_view_count(view);
        for (size_t i = hmi_view_after(view, start); i < count; i++) {
            if (!consider(&p, (uint32_t)i + 1, &code)) {
                break;
            }
        }
    }
    if (code == HM_OK) {
        *ret = page;
    }
    return code;
}
