/* SPDX-License-Identifier: Apache-2.0
 *
 * test_api.c - requests through every gate, without a socket: who may, who may not, and that each
 * route of the contract is answered by rule.
 */
#include "api/inside.h"
#include "api/routes_made.h"
#include "unit/casebook/room.h"

static hmi_arena arena;
static char answer_head[4096];
static char answer_body[1 << 20];

/* One request, through the gates and the function; the status. */
static int ask(hmi_api *api, const char *method, const char *path, const char *headers,
               const char *body)
{
    static char text[HMI_HTTP_HEAD_MAX];
    hmi_http_handler handler = hmi_api_handler(api);
    hmi_http_head head;
    hmi_http_answer answer = { 0 };
    size_t used = 0;
    char length[160] = "";
    if (body != NULL) {
        snprintf(length, sizeof(length),
                 "Content-Type: application/json\r\nContent-Length: %zu\r\n", strlen(body));
    }
    snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\n%s%s%s\r\n", method, path,
             strstr(headers, "Host:") != NULL ? "" : "Host: localhost\r\n", headers, length);
    hmi_arena_reset(&arena);
    int refused = hmi_http_head_read(hmi_text_bytes(hmi_text_of(text)), &head, &used);
    if (refused != 0) {
        print_error("%s\n", text);
    }
    CHECK_EQ(refused, 0);
    hmi_http_request request = { .head = &head, .peer = "127.0.0.1", .arena = &arena };
    hmi_http_step step = handler.head(handler.user, &request, &answer, false);
    if (step == HMI_HTTP_WANT_TIME) {
        step = handler.head(handler.user, &request, &answer, true);
    }
    if (step == HMI_HTTP_WANT_BODY) {
        request.body = hmi_text_bytes(hmi_text_of(body));
        handler.body(handler.user, &request, &answer);
    }
    snprintf(answer_head, sizeof(answer_head), "%.*s", (int)answer.head.len,
             (const char *)answer.head.ptr);
    snprintf(answer_body, sizeof(answer_body), "%.*s", (int)answer.body.len,
             answer.body.len > 0 ? (const char *)answer.body.ptr : "");
    if (answer.release != NULL) {
        answer.release(answer.held);
    }
    hmi_buf_fini(&answer.head);
    hmi_buf_fini(&answer.body);
    return answer.status;
}

static hmi_api *start(void)
{
    hm_err err = { 0 };
    hmi_api *api = NULL;
    hmi_arena_init(&arena, 64 << 20);
    hmi_store_close(room_store("book"));
    hmi_api_options options = { .casebook = room_where("book"), .no_reading = true };
    CHECK_OK(hmi_api_new(&options, &api, &err));
    return api;
}

static void finish(hmi_api *api)
{
    hmi_api_free(api);
    hmi_arena_fini(&arena);
}

/* Headers of a token with that right. */
static const char *as(hmi_api *api, hmi_right right)
{
    static char headers[5][200];
    hm_err err = { 0 };
    char secret[HMI_SECRET_TEXT], id[HMI_TEAM_ID];
    hm_text name = hmi_text_of(hmi_right_name(right));
    int64_t now = hmi_now_us();
    (void)hmi_user_add(api->team, name, right, HM_TEXT("correct horse battery"), &err);
    CHECK_OK(hmi_token_new(api->team, name, HM_TEXT("t"), right, now, now + 1000000000, secret, id,
                           &err));
    snprintf(headers[right], sizeof(headers[right]), "Authorization: Bearer %s\r\n", secret);
    return headers[right];
}

TEST(every_route_asks_for_the_right_that_the_contract_states)
{
    static const hmi_right LEAST[] = { HMI_RIGHT_NONE,    HMI_RIGHT_READER,  HMI_RIGHT_READER,
                                       HMI_RIGHT_ANALYST, HMI_RIGHT_LIAISON, HMI_RIGHT_ADMIN };
    hmi_api *api = start();
    const char *who[5] = { "" };
    for (hmi_right r = HMI_RIGHT_READER; r <= HMI_RIGHT_ADMIN; r++) {
        who[r] = as(api, r);
    }
    for (size_t i = 0; i < hmi_route_count; i++) {
        const hmi_route *route = &hmi_routes[i];
        char path[200] = "/api/v1", *to = path + 7;
        for (const char *from = route->path; *from != '\0'; from++) { /* {incident} -> x */
            *to++ = *from == '{' ? 'x' : *from;
            from += *from == '{' ? strcspn(from, "}") : 0;
        }
        *to = '\0';
        for (hmi_right r = HMI_RIGHT_NONE; r <= HMI_RIGHT_ADMIN; r++) {
            int status = ask(api, route->method, path, who[r], route->body_max > 0 ? "[]" : NULL);
            bool self = route->access == HMI_ACCESS_SELF;
            int expected = route->access == HMI_ACCESS_PUBLIC ? 0
                           : r == HMI_RIGHT_NONE              ? 401
                           : self || r < LEAST[route->access] ? 403
                                                              : 0;
            if (expected != 0 ? status != expected
                              : (status == 401 || status == 403 || status >= 500)) {
                print_error("%s %s as %s: %d\n", route->method, path, hmi_right_name(r), status);
                fail();
            }
        }
    }
    finish(api);
}

TEST(the_first_admin_signs_in_and_a_foreign_page_changes_nothing)
{
    hmi_api *api = start();
    char body[300], headers[400], cookie[65];
    CHECK_EQ(ask(api, "POST", "/api/v1/setup", "",
                 "{\"code\":\"guess\",\"name\":\"kim\",\"password\":\"correct horse battery\"}"),
             403);
    snprintf(body, sizeof(body),
             "{\"code\":\"%s\",\"name\":\"kim\",\"password\":\"correct horse battery\"}",
             hmi_api_setup_code(api));
    CHECK_EQ(ask(api, "POST", "/api/v1/setup", "", body), 201);
    CHECK_EQ(ask(api, "POST", "/api/v1/setup", "", body), 403); /* good once */
    static const char SIGN_IN[] = "{\"name\":\"kim\",\"password\":\"correct horse battery\"}";
    snprintf(headers, sizeof(headers), "Cookie: hallmark=%064d\r\n", 7);
    CHECK_EQ(ask(api, "POST", "/api/v1/session", headers, SIGN_IN), 200);
    const char *set = strstr(answer_head, "Set-Cookie: hallmark=");
    CHECK(set != NULL && strstr(set, "HttpOnly; SameSite=Strict") != NULL);
    snprintf(cookie, sizeof(cookie), "%.64s", set + 21);
    CHECK(strncmp(cookie, "00000000", 8) != 0); /* what came along means nothing */
    snprintf(headers, sizeof(headers), "Cookie: hallmark=%s\r\n", cookie);
    CHECK_EQ(ask(api, "GET", "/api/v1/session", headers, NULL), 200);
    CHECK_EQ(ask(api, "POST", "/api/v1/incidents", headers, "{\"name\":\"a\"}"), 403);
    CHECK(strstr(answer_body, "\"csrf\"") != NULL);
    char csrf[HMI_SECRET_TEXT];
    hmi_csrf_of(hmi_text_of(cookie), csrf);
    snprintf(headers, sizeof(headers), "Cookie: hallmark=%s\r\nX-Hallmark-Csrf: %s\r\n", cookie,
             csrf);
    CHECK_EQ(ask(api, "POST", "/api/v1/incidents", headers, "{\"name\":\"a\"}"), 201);
    snprintf(headers, sizeof(headers),
             "Cookie: hallmark=%s\r\nX-Hallmark-Csrf: %s\r\nSec-Fetch-Site: cross-site\r\n", cookie,
             csrf);
    CHECK_EQ(ask(api, "POST", "/api/v1/incidents", headers, "{\"name\":\"b\"}"), 403);
    snprintf(headers, sizeof(headers), "Cookie: hallmark=%s; hallmark=%s\r\n", cookie, cookie);
    CHECK_EQ(ask(api, "GET", "/api/v1/session", headers, NULL), 401); /* somebody set another */
    snprintf(headers, sizeof(headers), "Host: evil.example\r\nCookie: hallmark=%s\r\n", cookie);
    CHECK_EQ(ask(api, "GET", "/api/v1/session", headers, NULL), 421); /* DNS rebinding */
    finish(api);
}

TEST(guessing_is_slow)
{
    hmi_api *api = start();
    (void)as(api, HMI_RIGHT_READER);
    static const char GUESS[] = "{\"name\":\"reader\",\"password\":\"wrong password\"}";
    static const char NOBODY[] = "{\"name\":\"nobody\",\"password\":\"wrong password\"}";
    char first[300];
    CHECK_EQ(ask(api, "POST", "/api/v1/session", "", GUESS), 401);
    snprintf(first, sizeof(first), "%.299s", answer_body);
    CHECK_EQ(ask(api, "POST", "/api/v1/session", "", NOBODY), 401);
    CHECK(strcmp(first, answer_body) == 0); /* one answer */
    int status = 401;
    for (int i = 0; i < HMI_THROTTLE_BURST && status == 401; i++) {
        status = ask(api, "POST", "/api/v1/session", "", GUESS);
    }
    CHECK_EQ(status, 429);
    finish(api);
}

TEST(what_is_wrong_is_said_with_its_place)
{
    hmi_api *api = start();
    const char *admin = as(api, HMI_RIGHT_ADMIN);
    static const struct {
        const char *method, *path, *body;
        int status;
        const char *where;
    } CASES[] = {
        { "POST", "/api/v1/incidents", "{\"nmae\":\"a\"}", 400, "body.nmae" },
        { "POST", "/api/v1/incidents", "{}", 400, "body.name" },
        { "POST", "/api/v1/incidents", "{\"name\":7}", 400, "body.name" },
        { "POST", "/api/v1/incidents", "{\"name\":\"a\\u0007\"}", 400, "body.name" },
        { "POST", "/api/v1/incidents", "{\"name\":\"a\",\"name\":\"b\"}", 400, "body" },
        { "POST", "/api/v1/incidents", "{", 400, "body" },
        { "GET", "/api/v1/incidents?limit=0", NULL, 400, "query.limit" },
        { "GET", "/api/v1/incidents?limit=201", NULL, 400, "query.limit" },
        { "GET", "/api/v1/incidents?sort=name;DROP", NULL, 400, "query.sort" },
        { "GET", "/api/v1/incidents?sort=name%20desc", NULL, 400, "query.sort" },
        { "GET", "/api/v1/incidents?form=2014", NULL, 400, "query.form" },
        { "GET", "/api/v1/incidents?from=yesterday", NULL, 400, "query.from" },
        { "GET", "/api/v1/incidents?q=%ff", NULL, 400, "query" },
        { "GET", "/api/v1/incidents/..%2f..%2fetc%2fpasswd", NULL, 404, "path.incident" },
        { "GET", "/api/v1/incidents/%00", NULL, 400, "path" },
        { "GET", "/api/v1/evidence/x", NULL, 404, "path.sha256" },
        { "GET", "/api/v1/nothing", NULL, 404, "" },
        { "GET", "/api/v2/incidents", NULL, 404, "" },
        { "DELETE", "/api/v1/incidents", NULL, 405, "" },
    };
    for (size_t i = 0; i < HMI_COUNT(CASES); i++) {
        char where[64];
        int status = ask(api, CASES[i].method, CASES[i].path, admin, CASES[i].body);
        snprintf(where, sizeof(where), "\"where\":\"%s\"", CASES[i].where);
        if (status != CASES[i].status ||
            (CASES[i].where[0] != '\0' && strstr(answer_body, where) == NULL)) {
            print_error("%s %s: %d %s\n", CASES[i].method, CASES[i].path, status, answer_body);
            fail();
        }
    }
    finish(api);
}

TEST(two_editors_of_a_note_lose_nothing)
{
    hmi_api *api = start();
    const char *analyst = as(api, HMI_RIGHT_ANALYST);
    char path[200], headers[300];
    CHECK_EQ(ask(api, "POST", "/api/v1/incidents", analyst, "{\"name\":\"a\"}"), 201);
    const char *id = strstr(answer_body, "incident--");
    snprintf(path, sizeof(path), "/api/v1/incidents/%.46s/notes", id);
    CHECK_EQ(ask(api, "POST", path, analyst, "{\"text\":\"<script>one</script>\"}"), 201);
    CHECK(strstr(answer_head, "ETag: \"1\"") != NULL);
    id = strstr(answer_body, "note--");
    snprintf(path, sizeof(path), "/api/v1/notes/%.42s", id);
    CHECK_EQ(ask(api, "PUT", path, analyst, "{\"text\":\"two\"}"), 428);
    snprintf(headers, sizeof(headers), "%sIf-Match: \"1\"\r\n", analyst);
    CHECK_EQ(ask(api, "PUT", path, headers, "{\"text\":\"lee's\"}"), 200);
    CHECK_EQ(ask(api, "PUT", path, headers, "{\"text\":\"kim's\"}"), 412);
    CHECK(strstr(answer_body, "\"newest\":{") != NULL && strstr(answer_body, "lee's") != NULL);
    CHECK_EQ(ask(api, "DELETE", path, headers, NULL), 412);
    snprintf(headers, sizeof(headers), "%sIf-Match: \"2\"\r\n", analyst);
    CHECK_EQ(ask(api, "DELETE", path, headers, NULL), 204);
    CHECK_EQ(ask(api, "GET", path, analyst, NULL), 404);
    strncat(path, "/versions", sizeof(path) - strlen(path) - 1);
    CHECK_EQ(ask(api, "GET", path, analyst, NULL), 200);
    CHECK(strstr(answer_body, "<script>one</script>") != NULL);
    finish(api);
}

RUN_TESTS()
