/* SPDX-License-Identifier: Apache-2.0
 *
 * objects.c - everything that is read: discovery, roots, collections, manifests, objects, versions,
 * statuses.
 *
 * WHY    A page is slices of the journal, the senders' bytes, with commas between them; nothing is
 *        parsed or copied for it. What is told about a collection comes out of the partner's view.
 * TRUST  The request's words; see filter.c. OWNS  The answer's reference to the view.
 */
#include "base/error.h"
#include "base/time.h"
#include "taxii/cursor.h"
#include "taxii/inside.h"

/* Microseconds, always: TAXII 2.1 section 2. */
void hmi_taxii_add_date(hmi_buf *out, int64_t us)
{
    hmi_civil t = hmi_us_to_civil(us);
    hmi_buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d.%06uZ", (int)t.year, t.month, t.day, t.hour,
                   t.minute, t.second, t.us);
}

static void begin(hmi_http_answer *answer, hmi_json_writer *w)
{
    answer->status = 200;
    answer->type = HMI_TAXII_TYPE;
    hmi_json_begin(w, &answer->body, false);
    hmi_json_open_object(w);
}

/* -- The server, its roots, its collections. */

static void discovery(const hmi_asked *a, hmi_http_answer *answer)
{
    const hmi_taxii_config *c = a->taxii->config;
    hmi_json_writer w;
    begin(answer, &w);
    hmi_json_member_text(&w, "title", c->title);
    if (c->description.len > 0) {
        hmi_json_member_text(&w, "description", c->description);
    }
    if (c->contact.len > 0) {
        hmi_json_member_text(&w, "contact", c->contact);
    }
    for (size_t i = 0; i < c->root_count; i++) {
        hm_text path = hmi_arena_printf(a->request->arena, "/%.*s/", HMI_FMT(c->roots[i].name));
        if (i == 0) {
            hmi_json_member_text(&w, "default", path);
            hmi_json_put_key(&w, HM_TEXT("api_roots"));
            hmi_json_open_array(&w);
        }
        hmi_json_put_text(&w, path);
    }
    if (c->root_count > 0) {
        hmi_json_close_array(&w);
    }
    hmi_json_close_object(&w);
}

static void api_root(const hmi_asked *a, hmi_http_answer *answer)
{
    hmi_json_writer w;
    begin(answer, &w);
    hmi_json_member_text(&w, "title", a->root->title);
    hmi_json_put_key(&w, HM_TEXT("versions"));
    hmi_json_open_array(&w);
    hmi_json_put_text(&w, HM_TEXT(HMI_TAXII_TYPE));
    hmi_json_close_array(&w);
    hmi_json_member_uint(&w, "max_content_length", a->taxii->config->body_max);
    hmi_json_close_object(&w);
}

static void put_collection(const hmi_asked *a, hmi_json_writer *w, const hmi_taxii_collection *c)
{
    hmi_json_member_text(w, "id", c->id);
    hmi_json_member_text(w, "title", c->title);
    if (c->description.len > 0) {
        hmi_json_member_text(w, "description", c->description);
    }
    if (c->alias.len > 0) {
        hmi_json_member_text(w, "alias", c->alias);
    }
    hmi_json_member_bool(w, "can_read", c->readers[a->partner]);
    hmi_json_member_bool(w, "can_write", c->writers[a->partner]);
    hmi_json_put_key(w, HM_TEXT("media_types"));
    hmi_json_open_array(w);
    hmi_json_put_text(w, HM_TEXT(HMI_STIX_TYPE));
    if (c->keep_faulty) {
        hmi_json_put_text(w, HM_TEXT("application/stix+json;version=2.0"));
    }
    hmi_json_close_array(w);
}

static void collections(const hmi_asked *a, hmi_http_answer *answer)
{
    const hmi_taxii_config *c = a->taxii->config;
    hmi_json_writer w;
    bool any = false;
    begin(answer, &w);
    for (size_t i = 0; i < c->collection_count; i++) {
        const hmi_taxii_collection *one = &c->collections[i];
        if (&c->roots[one->root] != a->root ||
            (!one->readers[a->partner] && !one->writers[a->partner])) {
            continue;
        }
        if (!any) {
            hmi_json_put_key(&w, HM_TEXT("collections"));
            hmi_json_open_array(&w);
            any = true;
        }
        hmi_json_open_object(&w);
        put_collection(a, &w, one);
        hmi_json_close_object(&w);
    }
    if (any) {
        hmi_json_close_array(&w);
    }
    hmi_json_close_object(&w);
}

static void collection(const hmi_asked *a, hmi_http_answer *answer)
{
    hmi_json_writer w;
    begin(answer, &w);
    put_collection(a, &w, a->collection);
    hmi_json_close_object(&w);
}

/* Who sent a request may ask how it went; nobody else. */
static void status(const hmi_asked *a, hmi_http_answer *answer)
{
    hmi_taxii *t = a->taxii;
    hmi_journal_read_begin(t->journal);
    const hmi_journal_event *e = hmi_journal_status(t->journal, a->name);
    bool good = e != NULL && e->poster == t->partner_numbers[a->partner];
    for (size_t i = 0; good && i < t->config->collection_count; i++) {
        if (t->collection_numbers[i] == e->collection) {
            good = &t->config->roots[t->config->collections[i].root] == a->root;
        }
    }
    if (good) {
        answer->status = 200;
        answer->type = HMI_TAXII_TYPE;
        hmi_buf_add(&answer->body, e->status);
    }
    hmi_journal_read_end(t->journal);
    if (!good) {
        hmi_taxii_error(answer, 404, "Not found", NULL);
    }
}

/* -- Pages. */

/* What a cursor belongs to: partner, collection, endpoint, object, and the filters but for `limit`
 * and `next`, in a fixed order. */
static int make_scope(const hmi_asked *a, const hmi_http_query *query, hmi_buf *scope, hm_err *err)
{
    const hmi_http_field *sorted[HMI_HTTP_FIELDS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < query->count; i++) {
        const hmi_http_field *f = &query->fields[i];
        if (hmi_text_is(f->name, "limit") || hmi_text_is(f->name, "next")) {
            continue;
        }
        size_t at = count++;
        while (at > 0 &&
               hmi_bytes_cmp(hmi_text_bytes(sorted[at - 1]->name), hmi_text_bytes(f->name)) > 0) {
            sorted[at] = sorted[at - 1];
            at--;
        }
        sorted[at] = f;
    }
    hmi_buf_add_text(scope, a->taxii->policy->partners[a->partner].id);
    hmi_buf_add_text(scope, a->collection->id);
    hmi_buf_add_u8(scope, (uint8_t)a->endpoint);
    hmi_buf_add_u64(scope, a->name.len);
    hmi_buf_add_text(scope, a->name);
    for (size_t i = 0; i < count; i++) {
        hmi_buf_add_u64(scope, sorted[i]->name.len);
        hmi_buf_add_text(scope, sorted[i]->name);
        hmi_buf_add_u64(scope, sorted[i]->value.len);
        hmi_buf_add_text(scope, sorted[i]->value);
    }
    return hmi_buf_check(scope, err);
}

static void put_more(hmi_buf *out, const hmi_page *page, const char *next)
{
    if (page->more) {
        hmi_buf_printf(out, "\"more\":true,\"next\":\"%s\"%s", next, page->count > 0 ? "," : "");
    }
}

static void put_manifest(hmi_view *view, const hmi_page *page, hmi_buf *out)
{
    for (size_t i = 0; i < page->count; i++) {
        const hmi_view_entry *e = hmi_view_at(view, page->entries[i]);
        const hmi_journal_row *row = hmi_view_row(view, e);
        hmi_json_writer w;
        hmi_buf_add_cstr(out, i == 0 ? "\"objects\":[" : ",");
        hmi_json_begin(&w, out, false);
        hmi_json_open_object(&w);
        hmi_json_member_text(&w, "id", hmi_row_id(row));
        hmi_buf_add_cstr(out, ",\"date_added\":\"");
        hmi_taxii_add_date(out, e->date_us);
        hmi_buf_add_char(out, '"');
        hmi_json_member_text(&w, "version", hmi_row_version(row));
        hmi_json_member_text(&w, "media_type",
                             row->spec == 20 ? HM_TEXT("application/stix+json;version=2.0")
                                             : HM_TEXT(HMI_STIX_TYPE));
        hmi_json_close_object(&w);
    }
    hmi_buf_add_cstr(out, page->count > 0 ? "]}" : "}");
}

static void put_versions(hmi_view *view, const hmi_page *page, hmi_buf *out)
{
    for (size_t i = 0; i < page->count; i++) {
        const hmi_journal_row *row = hmi_view_row(view, hmi_view_at(view, page->entries[i]));
        hmi_json_writer w;
        hmi_buf_add_cstr(out, i == 0 ? "\"versions\":[" : ",");
        hmi_json_begin(&w, out, false);
        hmi_json_put_text(&w, hmi_row_version(row));
    }
    hmi_buf_add_cstr(out, page->count > 0 ? "]}" : "}");
}

static void release_view(void *held)
{
    hmi_view_unref(held);
}

/* Neighbours in the journal are neighbours here: one slice, with the comma that lies between. */
static int put_objects(const hmi_asked *a, hmi_view *view, const hmi_page *page,
                       hmi_http_answer *answer, hm_err *err)
{
    hm_bytes *parts = hmi_new_array(a->request->arena, hm_bytes, 2 * page->count + 2);
    if (parts == NULL) {
        return hmi_arena_fail(a->request->arena, err);
    }
    hmi_buf_add_cstr(&answer->body, page->count > 0 ? "\"objects\":[" : "");
    HMI_TRY(hmi_buf_check(&answer->body, err));
    size_t count = 0;
    parts[count++] = hmi_buf_bytes(&answer->body);
    for (size_t i = 0; i < page->count; i++) {
        const hmi_view_entry *e = hmi_view_at(view, page->entries[i]);
        hm_bytes *last = &parts[count - 1];
        bool neighbour = i > 0 && (e->flags & HMI_ENTRY_REDACTED) == 0 &&
                         last->ptr + last->len + 1 == e->out && last->ptr[last->len] == ',' &&
                         (hmi_view_at(view, page->entries[i - 1])->flags & HMI_ENTRY_REDACTED) == 0;
        if (neighbour) {
            last->len += 1 + e->out_len;
            continue;
        }
        if (i > 0) {
            parts[count++] = HM_BYTES(",");
        }
        parts[count++] = hmi_bytes(e->out, e->out_len);
    }
    parts[count++] = page->count > 0 ? HM_BYTES("]}") : HM_BYTES("}");
    answer->parts = parts;
    answer->part_count = count;
    answer->release = release_view;
    answer->held = hmi_view_ref(view);
    return HM_OK;
}

static void put_dates(hmi_view *view, const hmi_page *page, hmi_buf *head)
{
    if (page->count == 0) {
        return; /* the specification has no value for "none" */
    }
    hmi_buf_add_cstr(head, "X-TAXII-Date-Added-First: ");
    hmi_taxii_add_date(head, hmi_view_at(view, page->entries[0])->date_us);
    hmi_buf_add_cstr(head, "\r\nX-TAXII-Date-Added-Last: ");
    hmi_taxii_add_date(head, hmi_view_at(view, page->entries[page->count - 1])->date_us);
    hmi_buf_add_cstr(head, "\r\n");
}

typedef struct paging {
    hmi_asked *a;
    bool later; /* it must be entered first, and that takes time */
    hmi_filter filter;
    hmi_buf scope;
    int64_t from_us;
    hmi_view *view;
    hmi_json *json;
} paging;

/* Nothing leaves without an entry in the memory of what was given. What was entered once since the
 * start is not asked about again. */
static int enter_giving(paging *p, const hmi_page *page, hm_err *err)
{
    hmi_taxii *t = p->a->taxii;
    size_t count = 0;
    if (t->give == NULL) {
        return HM_OK;
    }
    for (size_t i = 0; i < page->count; i++) {
        count += (hmi_view_at(p->view, page->entries[i])->flags & HMI_ENTRY_GIVEN) == 0;
    }
    p->later = count > 0 && !p->a->patient;
    if (count == 0 || p->later) {
        return HM_OK;
    }
    hmi_taxii_leaving *list = hmi_new_array(p->a->request->arena, hmi_taxii_leaving, count);
    if (list == NULL) {
        return hmi_arena_fail(p->a->request->arena, err);
    }
    count = 0;
    for (size_t i = 0; i < page->count; i++) {
        const hmi_view_entry *e = hmi_view_at(p->view, page->entries[i]);
        const hmi_journal_row *row = hmi_view_row(p->view, e);
        if ((e->flags & HMI_ENTRY_GIVEN) == 0) {
            list[count++] = (hmi_taxii_leaving){ .id = hmi_row_id(row),
                                                 .version = hmi_row_version(row),
                                                 .redacted = (e->flags & HMI_ENTRY_REDACTED) != 0,
                                                 .rule = hmi_rule_name((hmi_rule)e->rule),
                                                 .bytes = hmi_bytes(e->out, e->out_len) };
        }
    }
    pthread_mutex_lock(&t->giving);
    int code = t->give(t->give_user, &t->policy->partners[p->a->partner], list, count, err);
    pthread_mutex_unlock(&t->giving);
    for (size_t i = 0; code == HM_OK && i < page->count; i++) {
        hmi_view_note_given(p->view, page->entries[i]);
    }
    return code;
}

static int put_page(const paging *p, const hmi_page *page, hmi_http_answer *answer, hm_err *err)
{
    char next[HMI_CURSOR_LEN + 1] = "";
    hmi_cursor_make(hmi_journal_secret(p->a->taxii->journal), hmi_buf_bytes(&p->scope),
                    page->reached_us, next);
    answer->status = 200;
    answer->type = HMI_TAXII_TYPE;
    put_dates(p->view, page, &answer->head);
    hmi_buf_add_char(&answer->body, '{');
    put_more(&answer->body, page, next);
    switch (p->a->endpoint) {
    case HMI_END_MANIFEST:
        put_manifest(p->view, page, &answer->body);
        return hmi_buf_check(&answer->body, err);
    case HMI_END_VERSIONS:
        put_versions(p->view, page, &answer->body);
        return hmi_buf_check(&answer->body, err);
    default:
        return put_objects(p->a, p->view, page, answer, err);
    }
}

/* The name in the path is a filter like match[id]; of an object that is not there nothing else is
 * asked. */
static int select_page(paging *p, hmi_page *page, hmi_http_answer *answer, hm_err *err)
{
    static const hmi_filter_version ALL = { .kind = HMI_VERSION_ALL };
    hmi_asked *a = p->a;
    if (a->endpoint == HMI_END_OBJECT || a->endpoint == HMI_END_VERSIONS) {
        p->filter.ids = (hmi_filter_values){ &a->name, 1 };
    }
    if (a->endpoint == HMI_END_VERSIONS) {
        p->filter.versions = &ALL;
        p->filter.version_count = 1;
    }
    HMI_TRY(hmi_page_select(p->view, &p->filter, a->collection->query, p->from_us, p->json,
                            a->request->arena, page, err));
    bool named = a->endpoint == HMI_END_OBJECT || a->endpoint == HMI_END_VERSIONS;
    if (named && page->known && page->count == 0 && a->collection->query != NULL) {
        /* In the source, but is it in the query? */
        hmi_page any;
        HMI_TRY(hmi_page_select(p->view,
                                &(hmi_filter){ .added_after_us = HMI_TIME_NONE,
                                               .ids = p->filter.ids,
                                               .versions = &ALL,
                                               .version_count = 1,
                                               .limit = 1 },
                                a->collection->query, HMI_TIME_NONE, p->json, a->request->arena,
                                &any, err));
        page->known = any.count > 0;
    }
    if (named && !page->known) {
        hmi_taxii_error(answer, 404, "Not found", NULL);
        return HM_OK;
    }
    if (a->endpoint == HMI_END_OBJECTS || a->endpoint == HMI_END_OBJECT) {
        HMI_TRY(enter_giving(p, page, err));
    }
    return p->later ? HM_OK : put_page(p, page, answer, err);
}

static int page_of(paging *p, hmi_http_answer *answer, hm_err *err)
{
    hmi_asked *a = p->a;
    hmi_http_query query;
    hmi_page page;
    int code = hmi_http_query_read(a->request->head->query, a->request->arena, &query, err);
    code = code == HM_OK ? hmi_filter_read(&query, a->request->arena, &p->filter, err) : code;
    code = code == HM_OK ? make_scope(a, &query, &p->scope, err) : code;
    if (code == HM_OK && p->filter.next.ptr != NULL &&
        !hmi_cursor_read(hmi_journal_secret(a->taxii->journal), hmi_buf_bytes(&p->scope),
                         p->filter.next, &p->from_us)) {
        code = hmi_fail(err, HM_E_MALFORMED, HM_OFFSET_NONE,
                        "next is not from an answer to this query");
    }
    if (code == HM_E_MALFORMED) {
        hmi_taxii_error(answer, 400, "Bad request", err->text);
        return HM_OK;
    }
    HMI_TRY(code);
    bool deep = p->filter.match_count > 0 ||
                (a->collection->query != NULL && a->collection->query->match_count > 0);
    HMI_TRY(deep ? hmi_json_new(&p->json, err) : HM_OK);
    HMI_TRY(hmi_taxii_view(a, &p->view, err));
    HMI_TRY(hmi_view_begin(p->view, err));
    code = select_page(p, &page, answer, err);
    hmi_view_end(p->view);
    return code;
}

bool hmi_taxii_get(hmi_asked *a, hmi_http_answer *answer)
{
    switch (a->endpoint) {
    case HMI_END_DISCOVERY:
        discovery(a, answer);
        return true;
    case HMI_END_ROOT:
        api_root(a, answer);
        return true;
    case HMI_END_COLLECTIONS:
        collections(a, answer);
        return true;
    case HMI_END_COLLECTION:
        collection(a, answer);
        return true;
    case HMI_END_STATUS:
        status(a, answer);
        return true;
    default:
        break;
    }
    paging p = { .a = a, .from_us = HMI_TIME_NONE };
    hm_err err = { 0 };
    hmi_buf_init(&p.scope, 0);
    if (page_of(&p, answer, &err) != HM_OK) {
        hmi_buf_clear(&answer->head);
        hmi_taxii_failure(a->taxii, answer, &err);
    }
    hmi_buf_fini(&p.scope);
    hmi_json_free(p.json);
    return !p.later;
}
