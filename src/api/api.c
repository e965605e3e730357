/* SPDX-License-Identifier: Apache-2.0
 *
 * api.c - a request's way through: host, route, who, right, CSRF, size, body, and then its
 * function.
 *
 * WHY    The gates stand in one place and in one order, before anything of the casebook is touched,
 *        so that no function of a route can forget one. Whether a right is missing is said before
 *        anybody looks whether the thing is there.
 * FORM   head, in the thread that reads sockets: everything that needs no casebook. body or head
 *        again, in a worker: the body is parsed and a desk (casebook, parser) is lent.
 * TRUST  Everything in a request is anybody's.
 * OWNS   The team, the desks, and what the functions keep between requests.
 */
#include "api/api.h"

#include <stdlib.h>

#include "api/assets.h"
#include "api/finder.h"
#include "api/inside.h"
#include "api/news.h"
#include "api/roster.h"
#include "api/routes_made.h"
#include "api/uploads.h"
#include "http/media.h"

#define PREFIX "/api/v1/"

/* ---- Desks */

static int make_desk(hmi_api *api, hmi_desk **ret, hm_err *err)
{
    hmi_desk *desk = calloc(1, sizeof(*desk));
    if (desk == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for a desk");
    }
    int code = hmi_store_open(api->where, NULL, &desk->store, err);
    code = code == HM_OK ? hmi_json_new(&desk->json, err) : code;
    if (code != HM_OK) {
        hmi_store_close(desk->store);
        free(desk);
        return code;
    }
    *ret = desk;
    return HM_OK;
}

static void free_desk(hmi_desk *desk)
{
    hmi_store_close(desk->store);
    hmi_json_free(desk->json);
    free(desk);
}

hmi_desk *hmi_desk_take(hmi_api *api, hm_err *err)
{
    pthread_mutex_lock(&api->lock);
    while (api->desks == NULL && api->desks_made == HMI_API_DESKS_MAX) {
        pthread_cond_wait(&api->freed, &api->lock);
    }
    hmi_desk *desk = api->desks;
    if (desk != NULL) {
        api->desks = desk->next;
    } else {
        api->desks_made++;
    }
    pthread_mutex_unlock(&api->lock);
    if (desk == NULL && make_desk(api, &desk, err) != HM_OK) {
        pthread_mutex_lock(&api->lock);
        api->desks_made--;
        pthread_mutex_unlock(&api->lock);
        return NULL;
    }
    return desk;
}

void hmi_desk_give_back(hmi_api *api, hmi_desk *desk)
{
    pthread_mutex_lock(&api->lock);
    desk->next = api->desks;
    api->desks = desk;
    pthread_cond_signal(&api->freed);
    pthread_mutex_unlock(&api->lock);
}

void hmi_deed_note(hmi_call *call, const char *what, hm_text about)
{
    hm_err err = { 0 };
    if (hmi_deed_add(call->api->team, hmi_signed_name(&call->who), hmi_text_of(call->request->peer),
                     hmi_text_of(what), about, &err) != HM_OK) {
        hmi_log_failure(call->api->options.log, HMI_LOG_ERROR, "a deed was not written down", &err);
    }
}

/* ---- Routes */

static size_t cut(hm_text path, hm_text *segments)
{
    size_t count = 0;
    hm_text part;
    while (count <= HMI_API_SEGMENTS_MAX && hmi_split(&path, '/', &part)) {
        if (count < HMI_API_SEGMENTS_MAX) {
            segments[count] = part;
        }
        count++;
    }
    return count;
}

static bool fits(const hmi_route *route, const hm_text *segments, size_t count, hm_text *parts)
{
    hm_text pattern[HMI_API_SEGMENTS_MAX], rest = hmi_text_of(route->path + 1);
    size_t used = 0;
    if (cut(rest, pattern) != count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (pattern[i].ptr[0] == '{') {
            if (segments[i].len == 0) {
                return false;
            }
            parts[used++] = segments[i];
        } else if (!hmi_text_eq(pattern[i], segments[i])) {
            return false;
        }
    }
    return true;
}

/* NULL with *ret_allowed the methods that the path has, "" when there is no such path. */
static const hmi_route *find_route(const hmi_http_head *head, hm_text *parts, hmi_buf *ret_allowed)
{
    hm_text segments[HMI_API_SEGMENTS_MAX],
        rest = hmi_text_slice(head->path, sizeof(PREFIX) - 1, head->path.len);
    size_t count = cut(rest, segments);
    hm_text method = hmi_text_is(head->method, "HEAD") ? HM_TEXT("GET") : head->method;
    for (size_t i = 0; count <= HMI_API_SEGMENTS_MAX && i < hmi_route_count; i++) {
        if (!fits(&hmi_routes[i], segments, count, parts)) {
            continue;
        }
        if (hmi_text_is(method, hmi_routes[i].method)) {
            return &hmi_routes[i];
        }
        hmi_buf_printf(ret_allowed, "%s%s", ret_allowed->len > 0 ? ", " : "", hmi_routes[i].method);
    }
    return NULL;
}

/* ---- Gates. Each: false when the request was refused. */

bool hmi_host_is_local(hm_text host)
{
    static const char *const NAMES[] = { "127.0.0.1", "localhost", "[::1]" };
    for (size_t i = 0; i < HMI_COUNT(NAMES); i++) {
        hm_text name = hmi_text_of(NAMES[i]);
        if (!hmi_text_istarts(host, name)) {
            continue;
        }
        hm_text port = hmi_text_slice(host, name.len, host.len);
        bool good = port.len == 0 || (port.len >= 2 && port.len <= 6 && port.ptr[0] == ':');
        for (size_t d = 1; good && d < port.len; d++) {
            good = hmi_ascii_digit(port.ptr[d]);
        }
        return good;
    }
    return false;
}

static bool pass_host(hmi_call *call)
{
    hm_text host = hmi_http_header_find(call->request->head, "Host");
    if (call->api->options.secure || hmi_host_is_local(host)) {
        return true;
    }
    hmi_refuse(call, 421, "host", "header.Host",
               "without TLS only this machine's own names are answered: 127.0.0.1, localhost");
    return false;
}

static bool pass_route(hmi_call *call)
{
    hmi_buf allowed;
    hmi_buf_init(&allowed, 100);
    call->route = find_route(call->request->head, call->parts, &allowed);
    if (call->route == NULL && allowed.len > 0) {
        hmi_refuse(call, 405, "method", "", "this path is asked by %.*s", (int)allowed.len,
                   (const char *)allowed.ptr);
        hmi_buf_printf(&call->answer->head, "Allow: %.*s\r\n", (int)allowed.len,
                       (const char *)allowed.ptr);
    } else if (call->route == NULL) {
        hmi_refuse(call, 404, "not-found", "", "there is no such route: see /api/v1/openapi.json");
    }
    hmi_buf_fini(&allowed);
    return call->route != NULL;
}

static bool pass_who(hmi_call *call, bool *ret_by_cookie)
{
    int64_t now = hmi_now_us();
    hm_text token = hmi_bearer_find(call->request);
    hm_text cookie = hmi_cookie_find(call->api, call->request);
    int code = HM_E_NOT_FOUND;
    *ret_by_cookie = false;
    if (token.ptr != NULL) {
        code = hmi_token_find(call->api->team, token, now, &call->who, &call->err);
    } else if (cookie.ptr != NULL) {
        code = hmi_session_find(call->api->team, cookie, now, &call->who, &call->err);
        *ret_by_cookie = code == HM_OK;
    }
    if (code != HM_OK && code != HM_E_NOT_FOUND) {
        return !hmi_failed_call(call, code, "");
    }
    if (code == HM_OK || call->route->access == HMI_ACCESS_PUBLIC) {
        return true;
    }
    hmi_refuse(call, 401, "signed-out", "", "sign in, or send a token that is good");
    return false;
}

static bool pass_right(hmi_call *call)
{
    static const hmi_right NEEDED[] = { HMI_RIGHT_NONE,    HMI_RIGHT_READER,  HMI_RIGHT_READER,
                                        HMI_RIGHT_ANALYST, HMI_RIGHT_LIAISON, HMI_RIGHT_ADMIN };
    const hmi_route *route = call->route;
    if (call->who.right < NEEDED[route->access]) {
        hmi_refuse(call, 403, "denied", "", "this needs the right of %s",
                   hmi_right_name(NEEDED[route->access]));
        return false;
    }
    if (route->access == HMI_ACCESS_SELF && call->who.token) {
        hmi_refuse(call, 403, "denied", "", "this asks for a person who is signed in, not a token");
        return false;
    }
    return true;
}

/* A page of a stranger's can make a browser send our cookie; it cannot read what we answered. */
static bool pass_csrf(hmi_call *call, bool by_cookie)
{
    const hmi_http_head *head = call->request->head;
    bool changes = !hmi_text_is(head->method, "GET") && !hmi_text_is(head->method, "HEAD");
    hm_text site = hmi_http_header_find(head, "Sec-Fetch-Site");
    if (changes && site.ptr != NULL && !hmi_text_is(site, "same-origin") &&
        !hmi_text_is(site, "none")) {
        hmi_refuse(call, 403, "csrf", "header.Sec-Fetch-Site", "another site asks for a change");
        return false;
    }
    if (!changes || !by_cookie || call->route->access == HMI_ACCESS_PUBLIC) {
        return true;
    }
    char expected[HMI_SECRET_TEXT];
    hmi_csrf_of(hmi_cookie_find(call->api, call->request), expected);
    hm_text given = hmi_http_header_find(head, "X-Hallmark-Csrf");
    if (given.ptr != NULL && hmi_secret_same(given, hmi_text_of(expected))) {
        return true;
    }
    hmi_refuse(call, 403, "csrf", "header.X-Hallmark-Csrf",
               "send the csrf text that GET /session answers");
    return false;
}

static bool pass_size(hmi_call *call)
{
    const hmi_http_head *head = call->request->head;
    if (call->route->body_max == 0) {
        if (head->length > 0) {
            hmi_refuse(call, 413, "limit", "body", "this takes no body");
            call->answer->close = true;
            return false;
        }
        return true;
    }
    if (!head->has_length) {
        hmi_refuse(call, 411, "malformed", "header.Content-Length", "it is needed");
        return false;
    }
    if (head->length > call->route->body_max) {
        hmi_refuse(call, 413, "limit", "body", "at most %u bytes", call->route->body_max);
        call->answer->close = true;
        return false;
    }
    hm_text type = hmi_http_header_find(head, "Content-Type");
    const char *wanted = call->route->raw ? "application/octet-stream" : "application/json";
    if (!hmi_http_is_type(type, wanted, "")) {
        hmi_refuse(call, 415, "unsupported", "header.Content-Type", "it is %s", wanted);
        return false;
    }
    return true;
}

/* Escapes in the path: what is inside a variable is data. */
static bool pass_input(hmi_call *call)
{
    const hmi_http_head *head = call->request->head;
    for (size_t i = 0; i < HMI_API_PARTS_MAX && call->parts[i].ptr != NULL; i++) {
        if (hmi_http_unescape(call->parts[i], call->arena, &call->parts[i], &call->err) != HM_OK) {
            return !hmi_failed_call(call, HM_E_MALFORMED, "path");
        }
    }
    int code = hmi_http_query_read(head->query, call->arena, &call->query, &call->err);
    return !hmi_failed_call(call, code, "query");
}

static bool pass(hmi_call *call)
{
    bool by_cookie = false;
    return pass_host(call) && pass_route(call) && pass_who(call, &by_cookie) && pass_right(call) &&
           pass_csrf(call, by_cookie) && pass_size(call) && pass_input(call);
}

/* ---- Running */

static void run(hmi_call *call)
{
    hmi_api *api = call->api;
    hmi_desk *desk = hmi_desk_take(api, &call->err);
    if (desk == NULL) {
        hmi_refuse_err(call, "");
        return;
    }
    call->desk = desk;
    call->store = desk->store;
    bool good = true;
    if (call->route->body_max > 0 && !call->route->raw) {
        int code = hmi_json_parse(desk->json, call->request->body, 0, &call->body, &call->err);
        good = !hmi_failed_call(call, code, "body");
    }
    if (good) {
        call->route->run(call);
    }
    hmi_desk_give_back(api, desk);
}

static void finish(hmi_call *call, int64_t began_us)
{
    hmi_api *api = call->api;
    if (!call->refused && call->answer->body.bad != 0) {
        hmi_refuse(call, 500, "failed", "", "the answer is too large");
    }
    uint64_t took = (uint64_t)(hmi_clock_us() - began_us);
    size_t power = 0;
    for (uint64_t t = took; t >= 10 && power + 1 < HMI_COUNT(api->took_us); t /= 10) {
        power++;
    }
    atomic_fetch_add(&api->took_us[power], 1);
    atomic_fetch_add(&api->requests, 1);
    atomic_fetch_add(&api->refusals, call->refused ? 1 : 0);
}

static hmi_call *new_call(hmi_api *api, hmi_http_request *request, hmi_http_answer *answer)
{
    hmi_call *call = hmi_new(request->arena, hmi_call);
    if (call == NULL) {
        hmi_refuse_plain(answer, 503, "memory", "no memory for a request");
        return NULL;
    }
    call->api = api;
    call->request = request;
    call->answer = answer;
    call->arena = request->arena;
    return call;
}

static bool is_api(hm_text path)
{
    return hmi_starts_with(hmi_text_bytes(path), HM_BYTES("/api/"));
}

/* The gates were passed in the thread that reads sockets. */
static hmi_http_step on_patience(hmi_api *api, hmi_http_request *request, hmi_http_answer *answer)
{
    (void)api;
    hmi_call *call = request->state;
    int64_t began = hmi_clock_us();
    call->request = request;
    call->answer = answer;
    run(call);
    finish(call, began);
    return HMI_HTTP_ANSWERED;
}

/* They are passed here. */
static hmi_http_step on_head_far(hmi_api *api, hmi_http_request *request, hmi_http_answer *answer)
{
    hmi_call *call = request->state;
    int64_t began = hmi_clock_us();
    call->request = request;
    call->answer = answer;
    if (!pass(call)) {
        finish(call, began);
        return HMI_HTTP_ANSWERED;
    }
    return call->route->body_max > 0 ? HMI_HTTP_WANT_BODY : on_patience(api, request, answer);
}

static hmi_http_step on_head(void *user, hmi_http_request *request, hmi_http_answer *answer,
                             bool patient)
{
    hmi_api *api = user;
    if (patient) {
        return api->far ? on_head_far(api, request, answer) : on_patience(api, request, answer);
    }
    hmi_call *call = new_call(api, request, answer);
    if (call == NULL) {
        return HMI_HTTP_ANSWERED;
    }
    if (!is_api(request->head->path)) {
        if (pass_host(call)) {
            hmi_asset_answer(hmi_assets, hmi_asset_count, request, answer);
        }
        return HMI_HTTP_ANSWERED;
    }
    int64_t began = hmi_clock_us();
    if (!hmi_starts_with(hmi_text_bytes(request->head->path), HM_BYTES(PREFIX))) {
        hmi_refuse(call, 404, "not-found", "", "the API is at /api/v1/");
        finish(call, began);
        return HMI_HTTP_ANSWERED;
    }
    request->state = call;
    if (api->far) {
        return HMI_HTTP_WANT_TIME; /* a server that is away holds up nobody who reads sockets */
    }
    if (!pass(call)) {
        finish(call, began);
        return HMI_HTTP_ANSWERED;
    }
    return call->route->body_max > 0 ? HMI_HTTP_WANT_BODY : HMI_HTTP_WANT_TIME;
}

static void on_body(void *user, hmi_http_request *request, hmi_http_answer *answer)
{
    (void)user;
    hmi_call *call = request->state;
    int64_t began = hmi_clock_us();
    call->request = request;
    call->answer = answer;
    run(call);
    finish(call, began);
}

static void on_refuse(void *user, int status, hmi_http_answer *answer)
{
    (void)user;
    hmi_refuse_plain(answer, status, status == 503 ? "busy" : "malformed", hmi_http_reason(status));
}

hmi_http_handler hmi_api_handler(hmi_api *api)
{
    return (hmi_http_handler){ .user = api, .head = on_head, .body = on_body, .refuse = on_refuse };
}

/* ---- Beginning and end */

static int open_parts(hmi_api *api, hm_err *err)
{
    uint64_t users = 0;
    HMI_TRY(hmi_team_open(api->where, &api->team, err));
    HMI_TRY(hmi_user_count(api->team, &users, err));
    if (users == 0) {
        hmi_secret_new(api->setup);
    }
    api->throttle = hmi_throttle_new();
    api->roster = hmi_roster_new();
    api->news = hmi_news_new();
    if (api->throttle == NULL || api->roster == NULL || api->news == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for the page's server");
    }
    hmi_desk *desk = hmi_desk_take(api, err); /* a casebook that cannot be opened is told now */
    if (desk == NULL) {
        return err != NULL ? err->code : HM_E_IO;
    }
    hmi_desk_give_back(api, desk);
    HMI_TRY(hmi_finder_open(api->where, api->options.log, &api->finder, err));
    HMI_TRY(hmi_wire_open(api->where, api->options.place, api->news, &api->wire, err));
    hmi_uploads_options uploads = { .casebook = api->where,
                                    .jail = &api->options.jail,
                                    .log = api->options.log,
                                    .news = api->news,
                                    .wire = api->wire,
                                    .no_reading = api->options.no_reading };
    return hmi_uploads_open(&uploads, &api->uploads, err);
}

int hmi_api_new(const hmi_api_options *options, hmi_api **ret_api, hm_err *err)
{
    hmi_api *api = calloc(1, sizeof(*api));
    char *where = strdup(options->casebook);
    if (api == NULL || where == NULL) {
        free(api);
        free(where);
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for the page's server");
    }
    api->options = *options;
    api->where = where;
    api->far = hmi_store_is_address(where);
    api->began_us = hmi_clock_us();
    pthread_rwlock_init(&api->rules, NULL);
    pthread_mutex_init(&api->lock, NULL);
    pthread_cond_init(&api->freed, NULL);
    int code = open_parts(api, err);
    if (code != HM_OK) {
        hmi_api_free(api);
        return code;
    }
    *ret_api = api;
    return HM_OK;
}

void hmi_api_renew(hmi_api *api, const hmi_policy *policy)
{
    pthread_rwlock_wrlock(&api->rules);
    api->options.policy = policy;
    pthread_rwlock_unlock(&api->rules);
}

void hmi_api_free(hmi_api *api)
{
    if (api == NULL) {
        return;
    }
    while (api->desks != NULL) {
        hmi_desk *desk = api->desks;
        api->desks = desk->next;
        free_desk(desk);
    }
    hmi_uploads_close(api->uploads);
    hmi_wire_close(api->wire);
    hmi_finder_close(api->finder);
    hmi_news_free(api->news);
    hmi_roster_free(api->roster);
    hmi_throttle_free(api->throttle);
    hmi_team_close(api->team);
    pthread_rwlock_destroy(&api->rules);
    pthread_mutex_destroy(&api->lock);
    pthread_cond_destroy(&api->freed);
    free(api->where);
    free(api);
}

const char *hmi_api_setup_code(const hmi_api *api)
{
    return api->setup;
}

bool hmi_api_has_page(void)
{
    return hmi_asset_count > 0;
}
