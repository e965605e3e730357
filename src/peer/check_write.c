/* SPDX-License-Identifier: Apache-2.0
 *
 * check_write.c - requirements that need objects to be added and deleted; only with --write.
 *
 * WHY    What is added is harmless, carries TLP:CLEAR and is deleted again at the end.
 * TRUST  As check_read.c. OWNS   Nothing.
 */
#include "peer/check_inside.h"

#define TYPE "application/taxii+json;version=2.1"
#define CLEAR "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"
#define VERSION "2020-01-02T03:04:05.678Z"

static bool ready(hmi_check *k)
{
    if (!k->options->write) {
        hmi_check_skip(k, "only with --write");
    } else if (k->collection.len == 0 || !k->can_write) {
        hmi_check_skip(k, "the collection cannot be written to");
    }
    return k->row->verdict == HMI_CHECK_PASS;
}

static hm_text id_of(hmi_check *k, int number)
{
    return hmi_arena_printf(k->arena, "tool--%.8s-0000-4000-8000-%012d", k->options->prefix,
                            number);
}

static hm_text tool_of(hmi_check *k, int number, const char *modified, const char *more)
{
    hm_text id = id_of(k, number);
    return hmi_arena_printf(
        k->arena,
        "{\"type\":\"tool\",\"spec_version\":\"2.1\",\"id\":\"%.*s\",\"created\":\"" VERSION
        "\",\"modified\":\"%s\",\"name\":\"conformance test %d\","
        "\"object_marking_refs\":[\"" CLEAR "\"]%s}",
        HMI_FMT(id), modified, number, more);
}

static hm_text tool(hmi_check *k, int number)
{
    return tool_of(k, number, VERSION, "");
}

static bool post(hmi_check *k, hm_text objects)
{
    hm_text body = hmi_arena_printf(k->arena, "{\"objects\":[%.*s]}", HMI_FMT(objects));
    return body.ptr != NULL && hmi_check_post(k, TYPE, body);
}

static int64_t number(const hmi_check *k, const char *key)
{
    int64_t value = -1;
    (void)hmi_json_int(hmi_json_get(k->root, key), &value);
    return value;
}

static void add(hmi_check *k)
{
    if (!ready(k)) {
        return;
    }
    hm_text a = tool(k, 1), b = tool(k, 2), c = tool(k, 3);
    hm_text all = hmi_arena_printf(k->arena, "%.*s,%.*s,%.*s", HMI_FMT(a), HMI_FMT(b), HMI_FMT(c));
    if (!post(k, all) || !hmi_check_status(k, 202)) {
        return;
    }
    k->status_id = hmi_check_keep(k, hmi_check_text(k, k->root, "id"));
    if (number(k, "total_count") != 3 || number(k, "success_count") < 0 ||
        number(k, "failure_count") < 0 || number(k, "pending_count") < 0) {
        hmi_check_fail(k, "the status lacks a count or counts otherwise");
    }
}

static bool added(hmi_check *k)
{
    if (ready(k) && k->status_id.len == 0) {
        hmi_check_skip(k, "nothing could be added");
    }
    return k->row->verdict == HMI_CHECK_PASS;
}

static bool ask_status(hmi_check *k)
{
    hm_text path = hmi_arena_printf(k->arena, "status/%.*s/", HMI_FMT(k->status_id));
    const char *text = hmi_arena_cstr(k->arena, path);
    return text != NULL && hmi_check_get(k, text);
}

static void status(hmi_check *k)
{
    if (added(k) && ask_status(k) && hmi_check_status(k, 200) &&
        !hmi_text_eq(hmi_check_text(k, k->root, "id"), k->status_id)) {
        hmi_check_fail(k, "its id is another one");
    }
}

static void status_version(hmi_check *k)
{
    if (!added(k) || !ask_status(k)) {
        return;
    }
    hmi_value list = hmi_json_get(k->root, "successes");
    if (!hmi_json_is(list)) {
        hmi_check_skip(k, "the status lists no successes");
    }
    for (hmi_value v = hmi_json_first(list); hmi_json_is(v); v = hmi_json_next(v)) {
        if (!hmi_text_is(hmi_check_text(k, v, "version"), VERSION)) {
            hmi_check_fail(k, "the version is not the object's modified as it was sent");
        }
    }
}

static void status_lists(hmi_check *k)
{
    static const char *const LISTS[] = { "successes", "failures", "pendings" };
    if (!added(k) || !ask_status(k)) {
        return;
    }
    for (size_t i = 0; i < HMI_COUNT(LISTS); i++) {
        hmi_value v = hmi_json_get(k->root, LISTS[i]);
        if (hmi_json_is(v) && hmi_json_count(v) == 0) {
            hmi_check_fail(k, "%s is an empty list", LISTS[i]);
        }
    }
}

static bool ask_tool(hmi_check *k, int which, const char *behind)
{
    hm_text id = id_of(k, which);
    hm_text extra = hmi_arena_printf(k->arena, "objects/%.*s/%s", HMI_FMT(id), behind);
    const char *text = hmi_arena_cstr(k->arena, extra);
    return text != NULL && hmi_check_collection(k, text);
}

static void served_again(hmi_check *k)
{
    if (added(k) && ask_tool(k, 1, "")) {
        hmi_check_status(k, 200);
    }
}

/* Behind the first by date, one at a time: all three must come. */
static void none_is_lost(hmi_check *k)
{
    char since[64] = "2000-01-01T00:00:00.000000Z";
    int found = 0;
    for (int turn = 0; turn < 8 && added(k); turn++) {
        hm_text a = id_of(k, 1), b = id_of(k, 2), c = id_of(k, 3);
        hm_text extra = hmi_arena_printf(
            k->arena, "objects/?limit=1&match%%5Bid%%5D=%.*s,%.*s,%.*s&added_after=%s", HMI_FMT(a),
            HMI_FMT(b), HMI_FMT(c), since);
        const char *text = hmi_arena_cstr(k->arena, extra);
        if (text == NULL || !hmi_check_collection(k, text) ||
            !hmi_json_is(hmi_json_get(k->root, "objects"))) {
            break;
        }
        found++;
        hm_text last = hmi_client_header(k->answer, "x-taxii-date-added-last");
        snprintf(since, sizeof(since), "%.*s", (int)(last.len < 60 ? last.len : 60), last.ptr);
    }
    if (added(k) && found != 3) {
        hmi_check_fail(k, "of three objects added together %d came when paging by date", found);
    }
}

static void type_without_version(hmi_check *k)
{
    if (added(k)) {
        hm_text one = tool(k, 1);
        hm_text body = hmi_arena_printf(k->arena, "{\"objects\":[%.*s]}", HMI_FMT(one));
        if (hmi_check_post(k, "application/taxii+json", body)) {
            hmi_check_status(k, 202);
        }
    }
}

static void wrong_type(hmi_check *k)
{
    if (added(k)) {
        hm_text one = tool(k, 1);
        hm_text body = hmi_arena_printf(k->arena, "{\"objects\":[%.*s]}", HMI_FMT(one));
        if (hmi_check_post(k, "text/plain", body)) {
            hmi_check_status(k, 415);
        }
    }
}

static void duplicate(hmi_check *k)
{
    if (added(k) && post(k, tool(k, 1)) && hmi_check_status(k, 202) &&
        number(k, "failure_count") != 0) {
        hmi_check_fail(k, "an exact duplicate is counted as a failure");
    }
}

static void refused_body(hmi_check *k, const char *body)
{
    if (ready(k) && hmi_check_post(k, TYPE, hmi_text_of(body))) {
        hmi_check_refused(k);
    }
}

static void empty_list(hmi_check *k)
{
    refused_body(k, "{\"objects\":[]}");
}

static void no_list(hmi_check *k)
{
    refused_body(k, "{\"objects\":\"x\"}");
}

static void no_json(hmi_check *k)
{
    refused_body(k, "{\"objects\":[");
}

static void no_id(hmi_check *k)
{
    if (ready(k) &&
        hmi_check_post(k, TYPE, HM_TEXT("{\"objects\":[{\"type\":\"tool\",\"name\":\"x\"}]}")) &&
        !(k->answer->status == 202 && number(k, "failure_count") == 1)) {
        hmi_check_refused(k);
    }
}

static void bundle_inside(hmi_check *k)
{
    if (ready(k) &&
        post(
            k,
            HM_TEXT(
                "{\"type\":\"bundle\",\"id\":\"bundle--00000000-0000-4000-8000-000000000001\"}")) &&
        !(k->answer->status == 202 && number(k, "failure_count") == 1)) {
        hmi_check_refused(k);
    }
}

static void deep(hmi_check *k)
{
    enum { DEPTH = 10000 };
    char *body = hmi_new_array(k->arena, char, 2 * DEPTH + 32);
    if (!ready(k) || body == NULL) {
        return;
    }
    memcpy(body, "{\"objects\":", 11);
    memset(body + 11, '[', DEPTH);
    memset(body + 11 + DEPTH, ']', DEPTH);
    body[11 + 2 * DEPTH] = '}';
    if (hmi_check_post(k, TYPE, hmi_text(body, 12 + 2 * DEPTH))) {
        hmi_check_refused(k);
    }
}

/* One software object, which has a property "version" and no times. */
static void observable(hmi_check *k)
{
    if (!ready(k)) {
        return;
    }
    if (!post(k,
              HM_TEXT(
                  "{\"type\":\"software\",\"spec_version\":\"2.1\",\"id\":\"software--90c47a53-"
                  "312d-5120-9d48-"
                  "85904afd38f6\",\"name\":\"Word\",\"vendor\":\"Microsoft\",\"version\":\"2000\","
                  "\"object_marking_refs\":[\"" CLEAR "\"]}")) ||
        !hmi_check_status(k, 202)) {
        return;
    }
    if (hmi_check_collection(k, "objects/?match%5Btype%5D=software")) {
        hmi_check_status(k, 200);
    }
    hmi_client_request q = { .method = "DELETE" };
    hm_text path = hmi_arena_printf(
        k->arena, "collections/%.*s/objects/software--90c47a53-312d-5120-9d48-85904afd38f6/",
        HMI_FMT(k->collection));
    q.path = hmi_arena_cstr(k->arena, path);
    if (q.path != NULL && k->row->verdict == HMI_CHECK_PASS) {
        (void)hmi_check_ask(k, &q);
    }
}

/* The server's clock counts, not what objects say of themselves. */
static void by_server_time(hmi_check *k)
{
    hm_text id = id_of(k, 1);
    hm_text extra = hmi_arena_printf(
        k->arena, "objects/?match%%5Bid%%5D=%.*s&added_after=2021-01-01T00:00:00.000000Z",
        HMI_FMT(id));
    const char *text = hmi_arena_cstr(k->arena, extra);
    if (added(k) && text != NULL && hmi_check_collection(k, text) && hmi_check_status(k, 200) &&
        hmi_json_count(hmi_json_get(k->root, "objects")) != 1) {
        hmi_check_fail(k, "an object of 2020 that was added just now is not later than 2021");
    }
}

static void status_is_v4(hmi_check *k)
{
    if (added(k) && (k->status_id.len != 36 || k->status_id.ptr[14] != '4')) {
        hmi_check_fail(k, "its id is no UUID of version 4");
    }
}

/* Best effort: what is added here is deleted again. */
static void forget(hmi_check *k, int which)
{
    hm_text id = id_of(k, which);
    hm_text path =
        hmi_arena_printf(k->arena, "collections/%.*s/objects/%.*s/?match%%5Bversion%%5D=all",
                         HMI_FMT(k->collection), HMI_FMT(id));
    hmi_client_request q = { .method = "DELETE", .path = hmi_arena_cstr(k->arena, path) };
    if (q.path != NULL) {
        (void)hmi_check_ask(k, &q);
    }
}

static void expect_versions(hmi_check *k, const char *filter, const char *first, const char *second)
{
    if (k->row->verdict != HMI_CHECK_PASS || !ask_tool(k, 4, filter) || !hmi_check_status(k, 200)) {
        return;
    }
    hmi_value list = hmi_json_get(k->root, "objects"), one = hmi_json_first(list);
    bool good =
        hmi_text_is(hmi_check_text(k, one, "modified"), first) &&
        hmi_json_count(list) == (second != NULL ? 2 : 1) &&
        (second == NULL || hmi_text_is(hmi_check_text(k, hmi_json_next(one), "modified"), second));
    if (!good) {
        hmi_check_fail(k, "%s gives other versions",
                       filter[0] != '\0' ? filter : "the object without a filter");
    }
}

#define LATER "2021-01-02T03:04:05.678Z"
static void version_filters(hmi_check *k)
{
    if (!added(k)) {
        return;
    }
    hm_text a = tool(k, 4), b = tool_of(k, 4, LATER, "");
    hm_text both = hmi_arena_printf(k->arena, "%.*s,%.*s", HMI_FMT(a), HMI_FMT(b));
    if (post(k, both) && hmi_check_status(k, 202)) {
        expect_versions(k, "", LATER, NULL);
        expect_versions(k, "?match%5Bversion%5D=last", LATER, NULL);
        expect_versions(k, "?match%5Bversion%5D=first", VERSION, NULL);
        expect_versions(k, "?match%5Bversion%5D=" VERSION, VERSION, NULL);
        expect_versions(k, "?match%5Bversion%5D=all", VERSION, LATER);
    }
    forget(k, 4);
}

static void revoked(hmi_check *k)
{
    if (!added(k)) {
        return;
    }
    if (post(k, tool_of(k, 5, VERSION, ",\"revoked\":true")) && hmi_check_status(k, 202) &&
        ask_tool(k, 5, "")) {
        hmi_check_status(k, 200);
    }
    forget(k, 5);
}

/* The page behind the first one, by cursor or else by date; false: there is none. */
static bool turn_page(hmi_check *k, const char *since)
{
    hm_text next = hmi_json_text(hmi_json_get(k->root, "next"), k->arena);
    hm_text last = hmi_check_keep(k, hmi_client_header(k->answer, "x-taxii-date-added-last"));
    hmi_buf extra;
    if (!hmi_json_is_true(hmi_json_get(k->root, "more")) && next.len == 0) {
        return false;
    }
    hmi_buf_init(&extra, 8192);
    if (next.len > 0) {
        hmi_buf_printf(&extra, "objects/?limit=1&added_after=%s&next=", since);
        hmi_client_escape(&extra, next);
    } else {
        hmi_buf_printf(&extra, "objects/?limit=1&added_after=%.*s", HMI_FMT(last));
    }
    hmi_buf_add_u8(&extra, 0);
    bool good = extra.bad == 0 && hmi_check_collection(k, (const char *)extra.ptr) &&
                k->answer->status == 200;
    hmi_buf_fini(&extra);
    return good;
}

/* Somebody pages while somebody else adds: what comes behind is on a page to come. */
static void added_while_paging(hmi_check *k)
{
    enum { PAGES = 12 };
    char since[64], query[160];
    if (!added(k) || !ask_tool(k, 3, "")) {
        return;
    }
    hm_text from = hmi_client_header(k->answer, "x-taxii-date-added-last");
    snprintf(since, sizeof(since), "%.*s", (int)(from.len < 60 ? from.len : 60), from.ptr);
    snprintf(query, sizeof(query), "objects/?limit=1&added_after=%s", since);
    hm_text a = tool(k, 6), b = tool(k, 7), late = id_of(k, 8);
    hm_text both = hmi_arena_printf(k->arena, "%.*s,%.*s", HMI_FMT(a), HMI_FMT(b));
    bool found = false, open = post(k, both) && hmi_check_status(k, 202) &&
                               hmi_check_collection(k, query) && hmi_check_status(k, 200);
    hm_bytes first = open ? hmi_buf_bytes(&k->answer->body) : (hm_bytes){ NULL, 0 };
    hm_text kept = hmi_check_keep(k, hmi_text((const char *)first.ptr, first.len));
    open = open && post(k, tool(k, 8)) && hmi_check_status(k, 202) &&
           hmi_check_collection(k, query); /* the same page again, to go on from */
    for (int page = 0; open && !found && page < PAGES; page++) {
        found = hmi_find(hmi_buf_bytes(&k->answer->body), hmi_text_bytes(late)) != HMI_NPOS;
        open = turn_page(k, since);
    }
    if (kept.len > 0 && !found && k->row->verdict == HMI_CHECK_PASS) {
        hmi_check_fail(k, "what was added while a client paged did not come on its pages");
    }
    for (int i = 6; i <= 8; i++) {
        forget(k, i);
    }
}

static void delete_unknown(hmi_check *k)
{
    hm_text id = id_of(k, 99);
    hm_text path = hmi_arena_printf(k->arena, "collections/%.*s/objects/%.*s/",
                                    HMI_FMT(k->collection), HMI_FMT(id));
    hmi_client_request q = { .method = "DELETE", .path = hmi_arena_cstr(k->arena, path) };
    if (added(k) && q.path != NULL && hmi_check_ask(k, &q)) {
        hmi_check_status(k, 404);
    }
}

static void too_large(hmi_check *k)
{
    enum { SENT_MAX = 32 << 20 };
    int64_t max = 0;
    if (!ready(k) || !hmi_check_get(k, "")) {
        return;
    }
    (void)hmi_json_int(hmi_json_get(k->root, "max_content_length"), &max);
    char *body = max > 0 && max < SENT_MAX ? hmi_new_array(k->arena, char, (size_t)max + 64) : NULL;
    if (body == NULL) {
        hmi_check_skip(k, "its max_content_length is more than we send for a test");
        return;
    }
    memset(body, ' ', (size_t)max + 64);
    memcpy(body, "{\"objects\":[]}", 14);
    if (hmi_check_post(k, TYPE, hmi_text(body, (size_t)max + 64))) {
        hmi_check_status(k, 413);
    }
}

static void removed(hmi_check *k)
{
    for (int i = 1; i <= 3 && added(k); i++) {
        hm_text id = id_of(k, i);
        hm_text path = hmi_arena_printf(k->arena, "collections/%.*s/objects/%.*s/",
                                        HMI_FMT(k->collection), HMI_FMT(id));
        hmi_client_request q = { .method = "DELETE", .path = hmi_arena_cstr(k->arena, path) };
        if (q.path != NULL && hmi_check_ask(k, &q) && hmi_check_status(k, 200) &&
            ask_tool(k, i, "")) {
            hmi_check_status(k, 404);
        }
    }
    hm_text id = id_of(k, 1);
    if (added(k) && hmi_check_collection(k, "manifest/") &&
        hmi_find(hmi_buf_bytes(&k->answer->body), hmi_text_bytes(id)) != HMI_NPOS) {
        hmi_check_fail(k, "what was deleted is in the manifest");
    }
}

const hmi_check_entry hmi_check_writing[] = {
    { "add", "5.5", "added objects are answered 202 with all counts", add },
    { "status", "4.3", "the status can be asked for again", status },
    { "status-version", "4.3.1", "its versions are the objects' own, as they were sent",
      status_version },
    { "status-id", "4.3.1", "its id is a UUID of version 4", status_is_v4 },
    { "status-lists", "2", "its lists are left out when they are empty", status_lists },
    { "served", "5.6", "what was added is served", served_again },
    { "paging-by-date", "3.5", "paging by date loses none of what was added together",
      none_is_lost },
    { "added-after-server-time", "3.4", "added_after looks at when the server added it",
      by_server_time },
    { "added-while-paging", "3.5", "what is added while a client pages comes on a later page",
      added_while_paging },
    { "version-filters", "3.4.1", "match[version] first, last, all, one, and last by default",
      version_filters },
    { "revoked", "5.6", "a revoked object is served like any other", revoked },
    { "content-type-without-version", "3.1", "Content-Type without a version is not 415",
      type_without_version },
    { "content-type", "5.5", "another Content-Type is 415", wrong_type },
    { "duplicate", "5.5", "an exact duplicate is no failure", duplicate },
    { "empty-envelope", "3.7", "an empty list of objects is refused", empty_list },
    { "no-envelope", "3.7", "objects that are no list are refused", no_list },
    { "no-json", "5.5", "broken JSON is refused with a 4xx", no_json },
    { "no-id", "3.7", "an object without id is refused", no_id },
    { "bundle", "3.7", "a bundle among the objects is refused", bundle_inside },
    { "deep-json", "5.5", "JSON 10,000 deep is refused with a 4xx", deep },
    { "observable", "5.5", "an observable without times can be added and read", observable },
    { "content-too-large", "4.2.1", "a body above max_content_length is 413", too_large },
    { "delete-unknown", "5.7", "deleting an unknown object is 404", delete_unknown },
    { "delete", "5.7", "what is deleted is gone, from the manifest too", removed },
    { 0 },
};
