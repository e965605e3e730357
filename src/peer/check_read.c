/* SPDX-License-Identifier: Apache-2.0
 *
 * check_read.c - requirements that can be asked without changing anything.
 *
 * TRUST  The server's answers: nothing of them is printed but statuses, counts and header values
 *        that are cut. OWNS   Nothing.
 */
#include "peer/check_inside.h"

#define TYPE "application/taxii+json;version=2.1"

static hm_text header(const hmi_check *k, const char *name)
{
    return hmi_client_header(k->answer, name);
}

static size_t count_of(const hmi_check *k, const char *list)
{
    hmi_value v = hmi_json_get(k->root, list);
    return hmi_json_kind_of(v) == HMI_JSON_ARRAY ? hmi_json_count(v) : 0;
}

static bool is_type(hm_text value)
{
    char plain[128];
    size_t len = 0;
    for (size_t i = 0; i < value.len && len < sizeof(plain); i++) {
        if (value.ptr[i] != ' ' && value.ptr[i] != '"') {
            plain[len++] = hmi_ascii_lower(value.ptr[i]);
        }
    }
    return hmi_text_is(hmi_text(plain, len), TYPE);
}

static void expect_type(hmi_check *k)
{
    hm_text type = header(k, "content-type");
    if (!is_type(type)) {
        hmi_check_fail(k, "Content-Type is \"%.*s\"", (int)(type.len < 80 ? type.len : 80),
                       type.ptr);
    }
}

/* -- Discovery and API root. */

static void discovery(hmi_check *k)
{
    if (hmi_check_get(k, "/taxii2/") && hmi_check_status(k, 200) &&
        hmi_check_text(k, k->root, "title").len == 0) {
        hmi_check_fail(k, "there is no title");
    }
}

static void discovery_type(hmi_check *k)
{
    if (hmi_check_get(k, "/taxii2/")) {
        expect_type(k);
    }
}

static void roots_are_urls(hmi_check *k)
{
    hmi_check_get(k, "/taxii2/");
    hmi_value list = hmi_json_get(k->root, "api_roots");
    for (hmi_value v = hmi_json_first(list); hmi_json_is(v); v = hmi_json_next(v)) {
        hm_text url = hmi_json_text(v, k->arena);
        hm_bytes b = hmi_text_bytes(url);
        bool relative = url.len > 0 && url.ptr[0] == '/' && !hmi_starts_with(b, HM_BYTES("//"));
        bool here =
            hmi_starts_with(hmi_text_bytes(hmi_text_of(k->remote->url)), HM_BYTES("http://"));
        bool absolute = hmi_starts_with(b, HM_BYTES("https://")) ||
                        (here && hmi_starts_with(b, HM_BYTES("http://")));
        if ((!relative && !absolute) || hmi_find_byte(b, '?') != HMI_NPOS) {
            hmi_check_fail(k, "one of api_roots is neither https:// nor /path/");
        }
    }
}

static void default_is_listed(hmi_check *k)
{
    hmi_check_get(k, "/taxii2/");
    hm_text wanted = hmi_check_text(k, k->root, "default");
    bool found = false;
    hmi_value list = hmi_json_get(k->root, "api_roots");
    for (hmi_value v = hmi_json_first(list); hmi_json_is(v); v = hmi_json_next(v)) {
        found |= hmi_text_eq(hmi_json_text(v, k->arena), wanted);
    }
    if (wanted.len == 0) {
        hmi_check_skip(k, "there is no default");
    } else if (!found) {
        hmi_check_fail(k, "default is not one of api_roots");
    }
}

static bool ask_anonymous(hmi_check *k, const char *path, const char *accept)
{
    hmi_client_request q = { .method = "GET", .path = path, .accept = accept, .anonymous = true };
    return hmi_check_ask(k, &q);
}

static void no_credentials(hmi_check *k)
{
    if (ask_anonymous(k, "collections/", NULL)) {
        if (k->answer->status == 200) {
            hmi_check_skip(k, "the server is open to everybody");
        } else if (k->answer->status != 401 && k->answer->status != 404) {
            hmi_check_fail(k, "answered %d, expected 401 or 404", k->answer->status);
        }
    }
}

static void challenge(hmi_check *k)
{
    if (ask_anonymous(k, "collections/", NULL)) {
        if (k->answer->status != 401) {
            hmi_check_skip(k, "no 401 was given");
        } else if (header(k, "www-authenticate").len == 0) {
            hmi_check_fail(k, "the 401 has no WWW-Authenticate");
        }
    }
}

static void wrong_password(hmi_check *k)
{
    hmi_client_request q = {
        .method = "GET", .path = "collections/", .user = "nobody-at-all", .password = "x"
    };
    if (hmi_check_ask(k, &q)) {
        if (k->answer->status == 200) {
            hmi_check_skip(k, "the server is open to everybody");
        } else if (k->answer->status != 401 && k->answer->status != 404) {
            hmi_check_fail(k, "answered %d, expected 401 or 404", k->answer->status);
        }
    }
}

static void credentials_first(hmi_check *k)
{
    if (ask_anonymous(k, "collections/", "text/nothing")) {
        if (k->answer->status == 406 || k->answer->status == 403) {
            hmi_check_fail(k, "answered %d before asking who it is", k->answer->status);
        }
    }
}

static void api_root(hmi_check *k)
{
    if (hmi_check_get(k, "") && hmi_check_status(k, 200) &&
        (hmi_check_text(k, k->root, "title").len == 0 || count_of(k, "versions") == 0)) {
        hmi_check_fail(k, "title or versions is missing");
    }
}

static void root_version(hmi_check *k)
{
    bool found = false;
    hmi_check_get(k, "");
    hmi_value list = hmi_json_get(k->root, "versions");
    for (hmi_value v = hmi_json_first(list); hmi_json_is(v); v = hmi_json_next(v)) {
        found |= hmi_text_is(hmi_json_text(v, k->arena), TYPE);
    }
    if (!found) {
        hmi_check_fail(k, "versions does not have " TYPE);
    }
}

static void content_length(hmi_check *k)
{
    int64_t max = 0;
    hmi_check_get(k, "");
    if (!hmi_json_int(hmi_json_get(k->root, "max_content_length"), &max) || max <= 0) {
        hmi_check_fail(k, "max_content_length is no number above 0");
    }
}

static void unknown_root(hmi_check *k)
{
    if (hmi_check_get(k, "/no-such-root-at-all/")) {
        hmi_check_status(k, 404);
    }
}

static void error_type(hmi_check *k)
{
    if (hmi_check_get(k, "collections/00000000-0000-4000-8000-000000000000/")) {
        expect_type(k);
    }
}

static void error_title(hmi_check *k)
{
    if (!hmi_check_get(k, "collections/00000000-0000-4000-8000-000000000000/")) {
        return;
    }
    if (k->answer->body.len == 0) {
        hmi_check_skip(k, "errors have no body");
    } else if (hmi_check_text(k, k->root, "title").len == 0) {
        hmi_check_fail(k, "the error has no title");
    }
}

static void error_number(hmi_check *k)
{
    if (!hmi_check_get(k, "collections/00000000-0000-4000-8000-000000000000/")) {
        return;
    }
    hmi_value v = hmi_json_get(k->root, "http_status");
    char wanted[12];
    snprintf(wanted, sizeof(wanted), "%d", k->answer->status);
    if (!hmi_json_is(v)) {
        hmi_check_skip(k, "the error has no http_status");
    } else if (!hmi_text_is(hmi_json_text(v, k->arena), wanted)) {
        hmi_check_fail(k, "http_status is not the text \"%s\"", wanted);
    }
}

/* -- Content negotiation. */

static void accept_is(hmi_check *k, const char *accept)
{
    hmi_client_request q = { .method = "GET", .path = "", .accept = accept };
    if (hmi_check_ask(k, &q)) {
        hmi_check_status(k, 200);
    }
}

static void accept_plain(hmi_check *k)
{
    accept_is(k, "application/taxii+json");
}

static void accept_quoted(hmi_check *k)
{
    accept_is(k, "application/taxii+json;version=\"2.1\"");
}

static void accept_blank(hmi_check *k)
{
    accept_is(k, "application/taxii+json; version=2.1");
}

static void accept_list(hmi_check *k)
{
    accept_is(k, "text/html;q=0.2, application/taxii+json;version=2.1;q=0.9");
}

static void accept_answer(hmi_check *k)
{
    hmi_client_request q = { .method = "GET", .path = "", .accept = "application/taxii+json" };
    if (hmi_check_ask(k, &q) && hmi_check_status(k, 200)) {
        expect_type(k);
    }
}

/* -- Collections. */

static void collections(hmi_check *k)
{
    if (!hmi_check_get(k, "collections/") || !hmi_check_status(k, 200)) {
        return;
    }
    hmi_value list = hmi_json_get(k->root, "collections");
    for (hmi_value v = hmi_json_first(list); hmi_json_is(v); v = hmi_json_next(v)) {
        hm_text id = hmi_check_text(k, v, "id"), alias = hmi_check_text(k, v, "alias");
        hmi_value reads = hmi_json_get(v, "can_read"), writes = hmi_json_get(v, "can_write");
        bool kinds = (hmi_json_is_true(reads) || hmi_json_kind_of(reads) == HMI_JSON_FALSE) &&
                     (hmi_json_is_true(writes) || hmi_json_kind_of(writes) == HMI_JSON_FALSE);
        if (id.len == 0 || hmi_check_text(k, v, "title").len == 0 || !kinds) {
            hmi_check_fail(k, "a collection lacks id, title, can_read or can_write");
        }
        const char *wanted = k->remote->collection;
        bool named = wanted != NULL && (hmi_text_is(id, wanted) || hmi_text_is(alias, wanted));
        if (hmi_json_is_true(reads) && (named || (wanted == NULL && k->collection.len == 0))) {
            k->collection = hmi_check_keep(k, id);
            k->can_write = hmi_json_is_true(writes);
        }
    }
}

static void same_order(hmi_check *k)
{
    if (!hmi_check_get(k, "collections/")) {
        return;
    }
    hm_text before = hmi_check_keep(k, hmi_buf_text(&k->answer->body));
    if (hmi_check_get(k, "collections/") && !hmi_text_eq(before, hmi_buf_text(&k->answer->body))) {
        hmi_check_fail(k, "two requests gave two lists");
    }
}

static void one_collection(hmi_check *k)
{
    if (hmi_check_collection(k, "") && hmi_check_status(k, 200) &&
        !hmi_text_eq(hmi_check_text(k, k->root, "id"), k->collection)) {
        hmi_check_fail(k, "its id is another one");
    }
}

static void unknown_collection(hmi_check *k)
{
    if (hmi_check_get(k, "collections/00000000-0000-4000-8000-000000000000/objects/")) {
        hmi_check_status(k, 404);
    }
}

/* -- Objects and pages. */

static void objects(hmi_check *k)
{
    if (!hmi_check_collection(k, "objects/") || !hmi_check_status(k, 200)) {
        return;
    }
    hmi_value list = hmi_json_get(k->root, "objects");
    if (hmi_json_kind_of(k->root) != HMI_JSON_OBJECT ||
        (hmi_json_is(list) && hmi_json_kind_of(list) != HMI_JSON_ARRAY)) {
        hmi_check_fail(k, "the answer is no envelope");
    }
    k->total = count_of(k, "objects");
    k->more = hmi_json_is_true(hmi_json_get(k->root, "more"));
    hmi_value one = hmi_json_first(list);
    k->first_id = hmi_check_keep(k, hmi_check_text(k, one, "id"));
    k->type = hmi_check_keep(k, hmi_check_text(k, one, "type"));
}

static void objects_type(hmi_check *k)
{
    if (hmi_check_collection(k, "objects/")) {
        expect_type(k);
    }
}

static bool has_objects(hmi_check *k, size_t least)
{
    if (k->collection.len == 0 || k->total == SIZE_MAX || (k->total < least && !k->more)) {
        hmi_check_skip(k, least > 1 ? "the collection has too few objects"
                                    : "the collection is empty");
        return false;
    }
    return true;
}

static void no_empty_list(hmi_check *k)
{
    if (hmi_check_collection(k, "objects/?match%5Btype%5D=x-hallmark-nothing-of-this-type") &&
        hmi_check_status(k, 200) && hmi_json_is(hmi_json_get(k->root, "objects"))) {
        hmi_check_fail(k, "there is an empty list");
    }
}

static void dates(hmi_check *k)
{
    if (!has_objects(k, 1) || !hmi_check_collection(k, "objects/?limit=1")) {
        return;
    }
    k->first = hmi_check_keep(k, header(k, "x-taxii-date-added-first"));
    k->last = hmi_check_keep(k, header(k, "x-taxii-date-added-last"));
    if (!hmi_check_is_date(k->first) || !hmi_check_is_date(k->last)) {
        hmi_check_fail(k, "X-TAXII-Date-Added-First or -Last is missing or has not six digits");
    }
}

static void need_dates(hmi_check *k)
{
    if (hmi_check_status(k, 200) && (!hmi_check_is_date(header(k, "x-taxii-date-added-first")) ||
                                     !hmi_check_is_date(header(k, "x-taxii-date-added-last")))) {
        hmi_check_fail(k, "X-TAXII-Date-Added-First or -Last is missing or has not six digits");
    }
}

static void manifest_dates(hmi_check *k)
{
    if (has_objects(k, 1) && hmi_check_collection(k, "manifest/?limit=1")) {
        need_dates(k);
    }
}

/* A server may give fewer than asked for, but must then say that there is more. */
static void limit_huge(hmi_check *k)
{
    if (has_objects(k, 1) && hmi_check_collection(k, "objects/?limit=1000000000") &&
        hmi_check_status(k, 200) && count_of(k, "objects") == 0) {
        hmi_check_fail(k, "limit=1000000000 gave nothing");
    }
}

static void limit_holds(hmi_check *k)
{
    if (has_objects(k, 1) && hmi_check_collection(k, "objects/?limit=1") &&
        hmi_check_status(k, 200) && count_of(k, "objects") != 1) {
        hmi_check_fail(k, "limit=1 gave %zu objects", count_of(k, "objects"));
    }
}

static void more_is_said(hmi_check *k)
{
    if (has_objects(k, 2) && hmi_check_collection(k, "objects/?limit=1") &&
        !hmi_json_is_true(hmi_json_get(k->root, "more"))) {
        hmi_check_fail(k, "there is more, and \"more\" is not true");
    }
}

/* The cursor behind the first object, or empty. */
static hm_text first_cursor(hmi_check *k, const char *endpoint)
{
    char extra[64];
    snprintf(extra, sizeof(extra), "%s/?limit=1", endpoint);
    if (!has_objects(k, 2) || !hmi_check_collection(k, extra)) {
        return HM_TEXT("");
    }
    hm_text next = hmi_json_text(hmi_json_get(k->root, "next"), k->arena);
    if (next.ptr == NULL || next.len == 0) {
        hmi_check_skip(k, "the server gives no cursor");
        return HM_TEXT("");
    }
    return hmi_check_keep(k, next);
}

static bool ask_next(hmi_check *k, const char *endpoint, hm_text cursor)
{
    hmi_buf extra;
    hmi_buf_init(&extra, 8192);
    hmi_buf_printf(&extra, "%s/?limit=1&next=", endpoint);
    hmi_client_escape(&extra, cursor);
    hmi_buf_add_u8(&extra, 0);
    bool good = extra.bad == 0 && hmi_check_collection(k, (const char *)extra.ptr);
    hmi_buf_fini(&extra);
    return good;
}

static hm_text only_id(hmi_check *k)
{
    return hmi_check_keep(
        k, hmi_check_text(k, hmi_json_first(hmi_json_get(k->root, "objects")), "id"));
}

static hm_text only_raw(hmi_check *k)
{
    hm_bytes raw = hmi_json_raw(hmi_json_first(hmi_json_get(k->root, "objects")));
    return hmi_check_keep(k, hmi_text((const char *)raw.ptr, raw.len));
}

static void next_goes_on(hmi_check *k)
{
    hm_text cursor = first_cursor(k, "objects");
    hm_text before = cursor.len > 0 ? only_raw(k) : HM_TEXT("");
    if (cursor.len > 0 && ask_next(k, "objects", cursor) && hmi_check_status(k, 200) &&
        hmi_text_eq(only_raw(k), before)) {
        hmi_check_fail(k, "the next page is the same page");
    }
}

static void next_again(hmi_check *k)
{
    hm_text cursor = first_cursor(k, "objects");
    if (cursor.len == 0 || !ask_next(k, "objects", cursor)) {
        return;
    }
    hm_text before = only_raw(k);
    if (ask_next(k, "objects", cursor) && !hmi_text_eq(only_raw(k), before)) {
        hmi_check_fail(k, "the same cursor gave another page, or none");
    }
}

static void next_garbage(hmi_check *k)
{
    if (hmi_check_collection(k, "objects/?next=hallmark-made-this-up")) {
        hmi_check_refused(k);
    }
}

static void bad(hmi_check *k, const char *query)
{
    char extra[200];
    snprintf(extra, sizeof(extra), "objects/?%s", query);
    if (hmi_check_collection(k, extra)) {
        hmi_check_status(k, 400);
    }
}

#define BAD(name, query)           \
    static void name(hmi_check *k) \
    {                              \
        bad(k, query);             \
    }
BAD(limit_zero, "limit=0")
BAD(limit_negative, "limit=-1")
BAD(limit_word, "limit=abc")
BAD(added_word, "added_after=yesterday")
BAD(added_impossible, "added_after=2024-02-31T00:00:00.000000Z")
BAD(added_twice, "added_after=2020-01-01T00:00:00.000000Z&added_after=2021-01-01T00:00:00.000000Z")
BAD(match_twice, "match%5Btype%5D=tool&match%5Btype%5D=malware")
BAD(version_word, "match%5Bversion%5D=newest")
BAD(version_all_and, "match%5Bversion%5D=all,last")

static void good_date(hmi_check *k, const char *date)
{
    char extra[100];
    snprintf(extra, sizeof(extra), "objects/?added_after=%s", date);
    if (hmi_check_collection(k, extra)) {
        hmi_check_status(k, 200);
    }
}

static void date_short(hmi_check *k)
{
    good_date(k, "2016-01-01T00:00:00Z");
}

static void date_long(hmi_check *k)
{
    good_date(k, "2016-01-01T00:00:00.123456789Z");
}

static void strictly_after(hmi_check *k)
{
    if (!has_objects(k, 1) || k->first.len == 0) {
        hmi_check_skip(k, "no date is known");
        return;
    }
    hmi_buf extra;
    hmi_buf_init(&extra, 1024);
    hmi_buf_add_cstr(&extra, "manifest/?limit=1&added_after=");
    hmi_client_escape(&extra, k->first);
    hmi_buf_add_u8(&extra, 0);
    if (hmi_check_collection(k, (const char *)extra.ptr) && count_of(k, "objects") > 0) {
        hm_text date =
            hmi_check_text(k, hmi_json_first(hmi_json_get(k->root, "objects")), "date_added");
        if (hmi_bytes_cmp(hmi_text_bytes(date), hmi_text_bytes(k->first)) <= 0) {
            hmi_check_fail(k, "an object that is not later was given");
        }
    }
    hmi_buf_fini(&extra);
}

/* -- Matches. */

static bool ask_match(hmi_check *k, const char *field, hm_text value)
{
    hmi_buf extra;
    hmi_buf_init(&extra, 2048);
    hmi_buf_printf(&extra, "objects/?match%%5B%s%%5D=", field);
    hmi_client_escape(&extra, value);
    hmi_buf_add_u8(&extra, 0);
    bool good = extra.bad == 0 && hmi_check_collection(k, (const char *)extra.ptr) &&
                hmi_check_status(k, 200);
    hmi_buf_fini(&extra);
    return good;
}

static void all_are(hmi_check *k, const char *key, hm_text value)
{
    hmi_value list = hmi_json_get(k->root, "objects");
    if (count_of(k, "objects") == 0) {
        hmi_check_fail(k, "nothing was found");
    }
    for (hmi_value v = hmi_json_first(list); hmi_json_is(v); v = hmi_json_next(v)) {
        if (!hmi_text_eq(hmi_check_text(k, v, key), value)) {
            hmi_check_fail(k, "something else was found too");
        }
    }
}

static void match_type(hmi_check *k)
{
    if (has_objects(k, 1) && ask_match(k, "type", k->type)) {
        all_are(k, "type", k->type);
    }
}

static void match_id(hmi_check *k)
{
    if (has_objects(k, 1) && ask_match(k, "id", k->first_id)) {
        all_are(k, "id", k->first_id);
    }
}

static void match_absent_type(hmi_check *k)
{
    if (hmi_check_collection(k, "objects/?match%5Btype%5D=opinion,course-of-action")) {
        hmi_check_status(k, 200);
    }
}

static void match_spec(hmi_check *k)
{
    if (hmi_check_collection(k, "objects/?match%5Bspec_version%5D=2.0,2.1") &&
        hmi_check_status(k, 200) && k->total != SIZE_MAX && k->total > 0 &&
        count_of(k, "objects") == 0) {
        hmi_check_fail(k, "nothing was found");
    }
}

/* -- One object, versions, manifest. */

static bool ask_object(hmi_check *k, hm_text id, const char *behind)
{
    hmi_buf extra;
    hmi_buf_init(&extra, 2048);
    hmi_buf_add_cstr(&extra, "objects/");
    hmi_client_escape(&extra, id);
    hmi_buf_printf(&extra, "/%s", behind);
    hmi_buf_add_u8(&extra, 0);
    bool good = extra.bad == 0 && hmi_check_collection(k, (const char *)extra.ptr);
    hmi_buf_fini(&extra);
    return good;
}

static void one_object(hmi_check *k)
{
    if (has_objects(k, 1) && ask_object(k, k->first_id, "") && hmi_check_status(k, 200)) {
        all_are(k, "id", k->first_id);
    }
}

static void unknown_object(hmi_check *k)
{
    if (ask_object(k, HM_TEXT("tool--00000000-0000-4000-8000-000000000000"), "")) {
        hmi_check_status(k, 404);
    }
}

static void versions(hmi_check *k)
{
    if (has_objects(k, 1) && ask_object(k, k->first_id, "versions/") && hmi_check_status(k, 200) &&
        count_of(k, "versions") == 0) {
        hmi_check_fail(k, "there is no version");
    }
}

static void object_dates(hmi_check *k)
{
    if (has_objects(k, 1) && ask_object(k, k->first_id, "")) {
        need_dates(k);
    }
}

static void versions_dates(hmi_check *k)
{
    if (has_objects(k, 1) && ask_object(k, k->first_id, "versions/") && hmi_check_status(k, 200) &&
        !hmi_check_is_date(header(k, "x-taxii-date-added-last"))) {
        hmi_check_fail(k, "there is no X-TAXII-Date-Added-Last with six digits");
    }
}

static void manifest(hmi_check *k)
{
    if (!has_objects(k, 1) || !hmi_check_collection(k, "manifest/") || !hmi_check_status(k, 200)) {
        return;
    }
    hmi_value list = hmi_json_get(k->root, "objects");
    for (hmi_value v = hmi_json_first(list); hmi_json_is(v); v = hmi_json_next(v)) {
        if (hmi_check_text(k, v, "id").len == 0 || hmi_check_text(k, v, "version").len == 0 ||
            !hmi_check_is_date(hmi_check_text(k, v, "date_added"))) {
            hmi_check_fail(k, "an entry lacks id, version, or a date_added with six digits");
        }
    }
    if (count_of(k, "objects") == 0) {
        hmi_check_fail(k, "the manifest is empty, the collection is not");
    }
}

static void manifest_order(hmi_check *k)
{
    hm_text before = HM_TEXT("");
    if (!has_objects(k, 2) || !hmi_check_collection(k, "manifest/")) {
        return;
    }
    hmi_value list = hmi_json_get(k->root, "objects");
    for (hmi_value v = hmi_json_first(list); hmi_json_is(v); v = hmi_json_next(v)) {
        hm_text date = hmi_check_text(k, v, "date_added");
        if (hmi_bytes_cmp(hmi_text_bytes(date), hmi_text_bytes(before)) < 0) {
            hmi_check_fail(k, "date_added goes back");
        }
        before = date;
    }
}

static void manifest_unique(hmi_check *k)
{
    hm_text before = HM_TEXT("");
    if (!has_objects(k, 2) || !hmi_check_collection(k, "manifest/")) {
        return;
    }
    hmi_value list = hmi_json_get(k->root, "objects");
    for (hmi_value v = hmi_json_first(list); hmi_json_is(v); v = hmi_json_next(v)) {
        hm_text date = hmi_check_text(k, v, "date_added");
        if (hmi_text_eq(date, before)) {
            hmi_check_fail(k, "two entries have one date: who pages by date loses one");
        }
        before = date;
    }
}

static void manifest_agrees(hmi_check *k)
{
    if (!has_objects(k, 1) || !hmi_check_collection(k, "manifest/?limit=1")) {
        return;
    }
    hm_text id = only_id(k);
    if (hmi_check_collection(k, "objects/?limit=1") && !hmi_text_eq(only_id(k), id)) {
        hmi_check_fail(k, "manifest and objects begin with different ids");
    }
}

static void manifest_goes_on(hmi_check *k)
{
    if (!has_objects(k, 2) || !hmi_check_collection(k, "manifest/?limit=1")) {
        return;
    }
    hm_text next = hmi_json_text(hmi_json_get(k->root, "next"), k->arena);
    if (!hmi_json_is_true(hmi_json_get(k->root, "more"))) {
        hmi_check_fail(k, "\"more\" is not true");
    } else if ((next.ptr == NULL || next.len == 0) &&
               header(k, "x-taxii-date-added-last").len == 0) {
        hmi_check_fail(
            k, "there is neither next nor X-TAXII-Date-Added-Last: clients go round for ever");
    }
}

static void status_absent(hmi_check *k)
{
    if (hmi_check_get(k, "status/00000000-0000-4000-8000-000000000000/")) {
        hmi_check_status(k, 404);
    }
}

static void status_no_uuid(hmi_check *k)
{
    if (hmi_check_get(k, "status/22101993/")) {
        hmi_check_refused(k);
    }
}

static void odd_method(hmi_check *k)
{
    hmi_client_request q = { .method = "OPTIONS", .path = "collections/" };
    if (hmi_check_ask(k, &q) && k->answer->status >= 500) {
        hmi_check_fail(k, "OPTIONS is answered %d", k->answer->status);
    }
}

const hmi_check_entry hmi_check_reading[] = {
    { "discovery", "4.1", "discovery answers 200 with a title", discovery },
    { "discovery-type", "3.1", "its Content-Type is " TYPE, discovery_type },
    { "api-roots", "4.1.1", "API roots are https URLs or paths without a query", roots_are_urls },
    { "default-root", "4.1.1", "the default root is one of them", default_is_listed },
    { "no-credentials", "5.1", "without credentials: 401 or 404", no_credentials },
    { "challenge", "1.6.9", "a 401 has WWW-Authenticate", challenge },
    { "wrong-credentials", "5.1", "with wrong credentials: 401 or 404", wrong_password },
    { "credentials-first", "5.1", "credentials are asked for before types", credentials_first },
    { "api-root", "4.2", "the API root has title and versions", api_root },
    { "root-version", "4.2.1", "versions has " TYPE, root_version },
    { "max-content-length", "4.2.1", "max_content_length is a number above 0", content_length },
    { "unknown-root", "4.2", "an unknown root is 404", unknown_root },
    { "error-type", "4.1", "errors have the same Content-Type", error_type },
    { "error-title", "3.6.1", "errors have a title", error_title },
    { "error-status", "3.6.1", "http_status is the status, as a text", error_number },
    { "accept-without-version", "3.1", "Accept without a version is not 406", accept_plain },
    { "accept-quoted", "3.1", "Accept with a quoted version is not 406", accept_quoted },
    { "accept-blank", "3.1", "Accept with a blank before version is not 406", accept_blank },
    { "accept-list", "3.1", "Accept with several ranges and weights is not 406", accept_list },
    { "version-in-answer", "3.1", "the answer names its version all the same", accept_answer },
    { "collections", "5.1", "each collection has id, title, can_read, can_write", collections },
    { "collections-order", "3.3", "collections stand in the same order twice", same_order },
    { "collection", "5.2", "one collection can be asked for by its id", one_collection },
    { "unknown-collection", "5.4", "an unknown collection is 404", unknown_collection },
    { "objects", "5.4", "objects come in an envelope", objects },
    { "objects-type", "5.4", "its Content-Type is " TYPE, objects_type },
    { "no-empty-lists", "2", "a list without elements is left out", no_empty_list },
    { "date-added-headers", "3.2", "X-TAXII-Date-Added-First and -Last have six digits", dates },
    { "limit", "3.4", "never more objects than limit", limit_holds },
    { "more", "3.5", "more is true when there is more", more_is_said },
    { "next", "3.5", "next leads to the next page", next_goes_on },
    { "next-again", "3.5", "the same next gives the same page again", next_again },
    { "next-garbage", "3.4", "a made-up next is refused", next_garbage },
    { "limit-huge", "3.4", "a limit above the server's own is no error", limit_huge },
    { "limit-zero", "3.4", "limit=0 is 400", limit_zero },
    { "limit-negative", "3.4", "limit=-1 is 400", limit_negative },
    { "limit-word", "3.4", "limit=abc is 400", limit_word },
    { "added-after-word", "3.4", "added_after that is no timestamp is 400", added_word },
    { "added-after-impossible", "3.4", "added_after on 31 February is 400", added_impossible },
    { "added-after-twice", "3.4", "added_after twice is 400", added_twice },
    { "added-after-short", "2", "added_after without a fraction is understood", date_short },
    { "added-after-long", "2", "added_after with nine digits is understood", date_long },
    { "added-after-strict", "3.4", "added_after gives later objects only", strictly_after },
    { "match-twice", "3.4", "a match field twice is 400", match_twice },
    { "version-word", "3.4.1", "match[version]=newest is 400", version_word },
    { "version-all-alone", "3.4.1", "match[version]=all,last is 400", version_all_and },
    { "match-type", "3.4.1", "match[type] gives that type alone", match_type },
    { "match-type-absent", "3.4.1", "match[type] of types that are not there is no error",
      match_absent_type },
    { "match-id", "3.4.1", "match[id] gives that object alone", match_id },
    { "match-spec-version", "3.4.1", "match[spec_version]=2.0,2.1 finds objects", match_spec },
    { "object", "5.6", "one object can be asked for by its id", one_object },
    { "object-dates", "3.2", "one object has X-TAXII-Date-Added headers", object_dates },
    { "unknown-object", "5.6", "an unknown object is 404", unknown_object },
    { "versions", "5.8", "an object has versions", versions },
    { "versions-dates", "3.2", "versions have X-TAXII-Date-Added headers", versions_dates },
    { "manifest", "5.3", "manifest entries have id, version, date_added with six digits",
      manifest },
    { "manifest-dates", "3.2", "the manifest has X-TAXII-Date-Added headers", manifest_dates },
    { "manifest-order", "3.3", "the manifest stands in the order of date_added", manifest_order },
    { "manifest-agrees", "5.3", "manifest and objects tell of the same objects", manifest_agrees },
    { "manifest-more", "3.5", "a manifest that goes on says how", manifest_goes_on },
    { "unknown-status", "4.3", "an unknown status is 404", status_absent },
    { "status-no-uuid", "4.3", "a status that is no UUID is a 4xx", status_no_uuid },
    { "other-methods", "3.1", "other methods are never a 5xx", odd_method },
    { "date-added-unique", "3.5", "each object has a date_added of its own", manifest_unique },
    { 0 },
};
