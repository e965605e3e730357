/* SPDX-License-Identifier: Apache-2.0
 *
 * remove.c - objects that partners take back (TAXII 2.1 section 5.7).
 *
 * WHY    Only versions that this partner sees can be asked for, and only what it brought itself is
 *        taken away: a right to write is no right to other people's objects.
 * TRUST  The request's words. OWNS   Nothing.
 */
#include "base/error.h"
#include "base/time.h"
#include "taxii/inside.h"

/* The rows that the request means; *ret_count 0 with the answer made when there is nothing to do.
 */
static int choose(hmi_asked *a, hmi_view *view, const hmi_filter *filter, hmi_json *json,
                  hmi_http_answer *answer, uint32_t **ret_rows, size_t *ret_count, hm_err *err)
{
    hmi_page page;
    HMI_TRY(
        hmi_page_select(view, filter, NULL, HMI_TIME_NONE, json, a->request->arena, &page, err));
    *ret_count = 0;
    if (!page.known) {
        hmi_taxii_error(answer, 404, "Not found", NULL);
        return HM_OK;
    }
    uint32_t *rows = hmi_new_array(a->request->arena, uint32_t, page.count);
    if (rows == NULL) {
        return hmi_arena_fail(a->request->arena, err);
    }
    for (size_t i = 0; i < page.count; i++) {
        const hmi_view_entry *e = hmi_view_at(view, page.entries[i]);
        if (hmi_view_row(view, e)->poster != a->taxii->partner_numbers[a->partner]) {
            hmi_taxii_error(answer, 403, "Forbidden", "this object was added by somebody else");
            return HM_OK;
        }
        rows[i] = e->row;
    }
    *ret_rows = rows;
    *ret_count = page.count;
    answer->status = 200;
    answer->type = HMI_TAXII_TYPE;
    hmi_buf_add_cstr(&answer->body, "{}");
    return HM_OK;
}

static int run(hmi_asked *a, hmi_http_answer *answer, hmi_json **json, hm_err *err)
{
    hmi_http_query query;
    hmi_filter filter = { 0 };
    int code = hmi_http_query_read(a->request->head->query, a->request->arena, &query, err);
    code = code == HM_OK ? hmi_filter_read(&query, a->request->arena, &filter, err) : code;
    if (code == HM_OK &&
        (filter.match_count > 0 || filter.types.count > 0 || filter.ids.count > 0 ||
         filter.limit > 0 || filter.next.ptr != NULL || filter.added_after_us != HMI_TIME_NONE)) {
        code = hmi_fail(err, HM_E_MALFORMED, HM_OFFSET_NONE,
                        "a DELETE takes match[version] and match[spec_version]");
    }
    if (code == HM_E_MALFORMED) {
        hmi_taxii_error(answer, 400, "Bad request", err->text);
        return HM_OK;
    }
    HMI_TRY(code);
    filter.ids = (hmi_filter_values){ &a->name, 1 };
    filter.limit = HMI_PAGE_MAX;
    hmi_taxii *t = a->taxii;
    hmi_view *view;
    uint32_t *rows = NULL;
    size_t count = 0;
    HMI_TRY(hmi_json_new(json, err));
    HMI_TRY(hmi_taxii_view(a, &view, err));
    HMI_TRY(hmi_view_begin(view, err));
    code = choose(a, view, &filter, *json, answer, &rows, &count, err);
    hmi_view_end(view);
    if (code != HM_OK || count == 0) {
        return code;
    }
    hmi_journal_write_begin(t->journal);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) { /* somebody may have been faster */
        if (hmi_journal_row_at(t->journal, rows[i])->removed == 0) {
            rows[kept++] = rows[i];
        }
    }
    code = kept == 0
               ? HM_OK
               : hmi_journal_remove(t->journal, t->collection_numbers[a->collection->source],
                                    t->partner_numbers[a->partner], t->now_us(), rows, kept, err);
    hmi_journal_write_end(t->journal);
    return code;
}

void hmi_taxii_delete(hmi_asked *a, hmi_http_answer *answer)
{
    hm_err err = { 0 };
    hmi_json *json = NULL;
    if (a->collection->query != NULL) {
        hmi_taxii_error(answer, 403, "Forbidden", "a saved query cannot be changed");
        return;
    }
    if (run(a, answer, &json, &err) != HM_OK) {
        hmi_taxii_failure(a->taxii, answer, &err);
    }
    hmi_json_free(json);
}
