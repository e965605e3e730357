/* SPDX-License-Identifier: Apache-2.0
 *
 * test_service.c - TAXII 2.1 as partners see it, without sockets: each requirement that servers are
 * known to get wrong, and two worlds that must look the same byte for byte.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "check.h"
#include "taxii/service.h"

#define MAIN "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
#define ONLY_READ "91a7b528-80eb-42ed-a74d-c6fbd5a26117"
#define ONLY_WRITE "91a7b528-80eb-42ed-a74d-c6fbd5a26118"
#define QUERY "91a7b528-80eb-42ed-a74d-c6fbd5a26119"
#define SECRET "91a7b528-80eb-42ed-a74d-c6fbd5a2611a"
#define FAULTY "91a7b528-80eb-42ed-a74d-c6fbd5a2611b"
#define GREEN "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
#define RED "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
#define UUID(n) "0c7b5b88-8ff7-4a4d-aa9d-feb398cd00" n
#define OBJECTS "/api/collections/main/objects/"

/* SHA-256 of "alice", "bob", "home" */
static const char CONFIG[] =
    "root api Root\nroot other Other\n"
    "collection api " MAIN " main Main\nread " MAIN " alice bob\nwrite " MAIN " alice bob\n"
    "collection api " ONLY_READ " - R\nread " ONLY_READ " alice\n"
    "collection api " ONLY_WRITE " - W\nwrite " ONLY_WRITE " alice\n"
    "collection api " QUERY " - Q\nquery " QUERY " " MAIN " match[type]=tool\nread " QUERY
    " alice\n"
    "collection api " SECRET " - S\nread " SECRET " bob\n"
    "collection api " FAULTY " - F\nread " FAULTY " alice\nwrite " FAULTY " alice\n"
    "faults " FAULTY " keep\nbody-max 1000000\n"
    "account alice token 2bd806c97f0e00af1a1fc3328fa763a9269723c8db8fac4f93af71db186d6e90\n"
    "account bob token 81b637d8fcd2c6da6359e6963113a1170de795e4b725b84d1e0b4cfd9ec58ce9\n";
static const char POLICY[] = "partner alice 11111111-1111-4111-8111-111111111111 community\n"
                             "partner bob 22222222-2222-4222-8222-222222222222 community\n"
                             "red 22222222-2222-4222-8222-222222222222\n";

static int64_t clock_us;

static int64_t now(void)
{
    return clock_us;
}

typedef struct house {
    char folder[64];
    hmi_arena arena;
    hmi_policy policy;
    hmi_taxii_config config;
    hmi_taxii *taxii;
    hmi_buf heard; /* the whole last answer */
    int status;
} house;

static void open_house(house *h)
{
    hm_err err = { 0 };
    CHECK_OK(hmi_taxii_new(&h->config, &h->policy, h->folder, now, NULL, &h->taxii, &err));
}

static void begin(house *h)
{
    hm_err err = { 0 };
    memset(h, 0, sizeof(*h));
    snprintf(h->folder, sizeof(h->folder), "/tmp/hallmark-taxii-XXXXXX");
    CHECK(mkdtemp(h->folder) != NULL);
    hmi_arena_init(&h->arena, 64 << 20);
    hmi_buf_init(&h->heard, 0);
    CHECK_OK(hmi_policy_read(hmi_text_bytes(hmi_text_of(POLICY)), &h->arena, &h->policy, &err));
    CHECK_OK(hmi_taxii_config_read(hmi_text_bytes(hmi_text_of(CONFIG)), HM_BYTES(""), &h->policy,
                                   &h->arena, &h->config, &err));
    clock_us = INT64_C(1700000000000000);
    open_house(h);
}

static void end(house *h)
{
    char path[128];
    hmi_taxii_free(h->taxii);
    snprintf(path, sizeof(path), "%s/journal", h->folder);
    unlink(path);
    rmdir(h->folder);
    hmi_arena_fini(&h->arena);
    hmi_buf_fini(&h->heard);
}

/* One request; the answer's status, headers and body are in `heard`. */
static int ask_with(house *h, const char *who, const char *method, const char *target,
                    const char *headers, const char *body)
{
    static char text[20000];
    hmi_http_head head;
    hmi_arena arena;
    hmi_http_answer answer = { 0 };
    size_t used = 0;
    char length[64] = "";
    if (body != NULL) {
        snprintf(length, sizeof(length), "Content-Length: %zu\r\n", strlen(body));
    }
    snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: a\r\n%s%s%s%s%s\r\n", method, target,
             length, headers, who != NULL ? "Authorization: Bearer " : "", who != NULL ? who : "",
             who != NULL ? "\r\n" : "");
    CHECK_EQ(hmi_http_head_read(hmi_text_bytes(hmi_text_of(text)), &head, &used), 0);
    hmi_arena_init(&arena, 64 << 20);
    hmi_http_request request = { .head = &head, .peer = "test", .arena = &arena };
    hmi_http_handler handler = hmi_taxii_handler(h->taxii);
    hmi_http_step step = handler.head(handler.user, &request, &answer, false);
    if (step == HMI_HTTP_WANT_TIME) {
        step = handler.head(handler.user, &request, &answer, true);
    }
    if (step == HMI_HTTP_WANT_BODY) {
        request.body = hmi_text_bytes(hmi_text_of(body));
        handler.body(handler.user, &request, &answer);
    }
    hmi_buf_clear(&h->heard);
    hmi_buf_printf(&h->heard, "%d %s\n", answer.status, answer.type != NULL ? answer.type : "-");
    hmi_buf_add(&h->heard, hmi_buf_bytes(&answer.head));
    hmi_buf_add_char(&h->heard, '\n');
    for (size_t i = 0; i < answer.part_count; i++) {
        hmi_buf_add(&h->heard, answer.parts[i]);
    }
    if (answer.parts == NULL) {
        hmi_buf_add(&h->heard, hmi_buf_bytes(&answer.body));
    }
    hmi_buf_add_u8(&h->heard, 0);
    if (answer.release != NULL) {
        answer.release(answer.held);
    }
    hmi_buf_fini(&answer.head);
    hmi_buf_fini(&answer.body);
    hmi_arena_fini(&arena);
    clock_us += 1000;
    h->status = answer.status;
    return answer.status;
}

#define ACCEPT "Accept: application/taxii+json;version=2.1\r\n"

static int get(house *h, const char *who, const char *target)
{
    return ask_with(h, who, "GET", target, ACCEPT, NULL);
}

static int post(house *h, const char *who, const char *target, const char *body)
{
    return ask_with(h, who, "POST", target,
                    ACCEPT "Content-Type: application/taxii+json;version=2.1\r\n", body);
}

static bool heard(const house *h, const char *text)
{
    return strstr((const char *)h->heard.ptr, text) != NULL;
}

#define HEARD(h, text)                                                                  \
    do {                                                                                \
        if (!heard(h, text)) {                                                          \
            print_error("\"%s\" is not in:\n%s\n", text, (const char *)(h)->heard.ptr); \
            _fail(__FILE__, __LINE__);                                                  \
        }                                                                               \
    } while (0)

#define TOOL_MORE(n, modified, name, marking, more)                               \
    "{\"type\":\"tool\",\"spec_version\":\"2.1\",\"id\":\"tool--" UUID(           \
        n) "\",\"created\":\"2020-01-01T00:00:00.000Z\",\"modified\":\"" modified \
           "\",\"name\":\"" name "\",\"object_marking_refs\":[\"" marking "\"]" more "}"
#define TOOL(n, modified, name, marking) TOOL_MORE(n, modified, name, marking, "")
#define V1 "2020-01-01T00:00:00.000Z"
#define V2 "2021-01-01T00:00:00.000Z"
#define EDGE(n, from, to, marking)                                                      \
    "{\"type\":\"relationship\",\"spec_version\":\"2.1\",\"id\":\"relationship--" UUID( \
        n) "\",\"created\":\"" V1 "\",\"modified\":\"" V1                               \
           "\",\"relationship_type\":\"related-to\","                                   \
           "\"source_ref\":\"tool--" UUID(from) "\",\"target_ref\":\"tool--" UUID(      \
               to) "\",\"object_marking_refs\":[\"" marking "\"]}"
#define ENVELOPE(objects) "{\"objects\":[" objects "]}"

TEST(who_and_what)
{
    house h;
    begin(&h);
    CHECK_EQ(get(&h, NULL, "/taxii2/"), 401);
    HEARD(&h, "WWW-Authenticate: Basic");
    HEARD(&h, "\"title\":\"Unauthorized\",\"http_status\":\"401\"");
    CHECK_EQ(get(&h, "mallory", "/nothing/"), 401); /* before anything else */
    CHECK_EQ(get(&h, "alice", "/taxii2/"), 200);
    HEARD(&h, "\"api_roots\":[\"/api/\",\"/other/\"]");
    HEARD(&h, "200 application/taxii+json;version=2.1\n");
    CHECK_EQ(get(&h, "alice", "/api/"), 200);
    HEARD(&h, "\"max_content_length\":1000000");
    CHECK_EQ(get(&h, "alice", "/nothing/"), 404);
    CHECK_EQ(get(&h, "alice", "/api/collections/"), 200);
    CHECK(heard(&h, MAIN) && heard(&h, ONLY_WRITE) && !heard(&h, SECRET));
    CHECK_EQ(get(&h, "alice", "/other/collections/"), 200);
    HEARD(&h, "\n{}");
    CHECK_EQ(get(&h, "alice", "/api/collections/main/"), 200);
    HEARD(&h, "\"can_read\":true,\"can_write\":true");
    CHECK_EQ(get(&h, "alice", "/api/collections/" ONLY_WRITE "/objects/"), 403);
    CHECK_EQ(post(&h, "alice", "/api/collections/" ONLY_READ "/objects/", ENVELOPE("1")), 403);
    CHECK_EQ(ask_with(&h, "alice", "DELETE", "/api/collections/" ONLY_READ "/objects/tool--1/",
                      ACCEPT, NULL),
             403);
    CHECK_EQ(ask_with(&h, "alice", "PUT", OBJECTS, ACCEPT, "x"), 405);
    HEARD(&h, "Allow: GET, HEAD, POST");
    /* What is hidden and what is not there: the same bytes. */
    CHECK_EQ(get(&h, "alice", "/api/collections/" SECRET "/objects/"), 404);
    hm_bytes hidden = hmi_arena_bytes(&h.arena, hmi_buf_bytes(&h.heard));
    CHECK_EQ(get(&h, "alice", "/api/collections/91a7b528-80eb-42ed-a74d-c6fbd5a2ffff/objects/"),
             404);
    CHECK(hmi_bytes_eq(hidden, hmi_buf_bytes(&h.heard)));
    end(&h);
}

TEST(media_types)
{
    house h;
    begin(&h);
    CHECK_EQ(ask_with(&h, "alice", "GET", "/api/", "Accept: application/taxii+json\r\n", NULL),
             200);
    HEARD(&h, ";version=2.1\n");
    CHECK_EQ(ask_with(&h, "alice", "GET", "/api/",
                      "Accept: text/html;q=0.5, application/taxii+json; version=\"2.1\"\r\n", NULL),
             200);
    CHECK_EQ(ask_with(&h, "alice", "GET", "/api/", "Accept: text/html\r\n", NULL), 406);
    CHECK_EQ(ask_with(&h, NULL, "GET", "/api/", "Accept: text/html\r\n", NULL), 401);
    CHECK_EQ(ask_with(&h, "alice", "POST", OBJECTS,
                      ACCEPT "Content-Type: application/stix+json;version=2.1\r\n", ENVELOPE("1")),
             415);
    CHECK_EQ(ask_with(&h, "alice", "POST", OBJECTS,
                      ACCEPT "Content-Type: application/taxii+json\r\n",
                      ENVELOPE(TOOL("01", V1, "a", GREEN))),
             202);
    end(&h);
}

TEST(objects_are_added_listed_versioned_removed)
{
    house h;
    begin(&h);
    CHECK_EQ(get(&h, "alice", OBJECTS), 200);
    HEARD(&h, "\n\n{}");
    CHECK_EQ(post(&h, "alice", OBJECTS,
                  ENVELOPE(TOOL("01", V1, "a", GREEN) "," TOOL("01", V2, "b", GREEN) "," TOOL(
                      "02", V1, "c", GREEN))),
             202);
    HEARD(&h, "\"status\":\"complete\"");
    HEARD(&h, "\"success_count\":3");
    HEARD(&h, "\"failure_count\":0,\"pending_count\":0}");
    char status[100] = "/api/status/";
    const char *id = strstr((const char *)h.heard.ptr, "\"id\":\"");
    memcpy(status + 12, id + 6, 36);
    CHECK_EQ(get(&h, "alice", status), 200);
    HEARD(&h, "\"total_count\":3");
    CHECK_EQ(get(&h, "bob", status), 404);
    CHECK_EQ(get(&h, "alice", "/api/status/x/"), 404);
    CHECK_EQ(get(&h, "alice", OBJECTS), 200);
    CHECK(!heard(&h, "\"name\":\"a\"") && heard(&h, "\"name\":\"b\"") &&
          heard(&h, "\"name\":\"c\""));
    HEARD(&h, TOOL("01", V2, "b", GREEN) "," TOOL("02", V1, "c", GREEN));
    CHECK_EQ(get(&h, "alice", OBJECTS "?match[version]=first"), 200);
    CHECK(heard(&h, "\"name\":\"a\"") && !heard(&h, "\"name\":\"b\""));
    CHECK_EQ(get(&h, "alice", OBJECTS "?match[version]=" V1), 200);
    CHECK(heard(&h, "\"name\":\"a\"") && heard(&h, "\"name\":\"c\""));
    CHECK_EQ(get(&h, "alice", OBJECTS "tool--" UUID("01") "/versions/"), 200);
    HEARD(&h, "\"versions\":[\"" V1 "\",\"" V2 "\"]");
    CHECK_EQ(get(&h, "alice", "/api/collections/main/manifest/?match[id]=tool--" UUID("02")), 200);
    HEARD(&h, "\"date_added\":\"2023-11-14T22:13:20.");
    CHECK_EQ(get(&h, "alice", OBJECTS "?match[type]=indicator"), 200);
    HEARD(&h, "\n\n{}");
    CHECK_EQ(get(&h, "alice", "/api/collections/" QUERY "/objects/?limit=1"), 200);
    HEARD(&h, "\"more\":true");
    CHECK_EQ(ask_with(&h, "bob", "DELETE", OBJECTS "tool--" UUID("01") "/", ACCEPT, NULL), 403);
    CHECK_EQ(ask_with(&h, "alice", "DELETE", OBJECTS "tool--" UUID("01") "/?match[version]=all",
                      ACCEPT, NULL),
             200);
    CHECK_EQ(get(&h, "alice", OBJECTS "tool--" UUID("01") "/"), 404);
    CHECK_EQ(get(&h, "alice", "/api/collections/main/manifest/"), 200);
    CHECK(!heard(&h, UUID("01")) && heard(&h, UUID("02")));
    CHECK_EQ(get(&h, "alice", OBJECTS "?limit=0"), 400);
    CHECK_EQ(get(&h, "alice", OBJECTS "?next=garbage"), 400);
    end(&h);
}

typedef struct recalls {
    hm_text ids[4];
    size_t count;
    bool broken;
} recalls;

static int tell_recalls(void *user, uint64_t since, hmi_arena *arena, hm_text **ret_ids,
                        size_t *ret_count, uint64_t *ret_newest, hm_err *err)
{
    recalls *r = user;
    (void)arena;
    if (r->broken) {
        return hmi_fail(err, HM_E_IO, HM_OFFSET_NONE, "the disk is gone");
    }
    *ret_ids = r->ids + since;
    *ret_count = r->count - since;
    *ret_newest = r->count;
    return HM_OK;
}

TEST(what_was_recalled_is_served_to_nobody)
{
    enum { SECOND = 1000000 };
    house h;
    begin(&h);
    recalls r = { .ids = { HM_TEXT("tool--" UUID("01")), HM_TEXT("TOOL--" UUID("03")) } };
    hmi_taxii_on_recall(h.taxii, tell_recalls, &r);
    CHECK_EQ(post(&h, "alice", OBJECTS,
                  ENVELOPE(TOOL("01", V1, "a", GREEN) "," TOOL("02", V1, "b", GREEN) "," EDGE(
                      "09", "01", "02", GREEN))),
             202);
    CHECK_EQ(get(&h, "bob", OBJECTS), 200);
    CHECK(heard(&h, "\"name\":\"a\"") && heard(&h, "relationship--"));
    r.count = 1;
    clock_us += SECOND;
    CHECK_EQ(get(&h, "bob", OBJECTS), 200);
    CHECK(!heard(&h, UUID("01")) && heard(&h, "\"name\":\"b\"") && !heard(&h, "relationship--"));
    CHECK_EQ(get(&h, "bob", OBJECTS "tool--" UUID("01") "/"), 404);
    CHECK_EQ(get(&h, "bob", OBJECTS "tool--" UUID("01") "/versions/"), 404);
    /* Nor is it when somebody brings it again. */
    CHECK_EQ(post(&h, "alice", OBJECTS, ENVELOPE(TOOL("01", V2, "again", GREEN))), 202);
    CHECK_EQ(get(&h, "bob", OBJECTS), 200);
    CHECK(!heard(&h, "again") && heard(&h, "\"name\":\"b\""));
    /* Recalled before it came, spelled otherwise. */
    r.count = 2;
    clock_us += SECOND;
    CHECK_EQ(post(&h, "alice", OBJECTS, ENVELOPE(TOOL("03", V1, "c", GREEN))), 202);
    CHECK_EQ(get(&h, "bob", OBJECTS), 200);
    CHECK(!heard(&h, UUID("03")));
    /* The house opened again knows it still. */
    hmi_taxii_free(h.taxii);
    open_house(&h);
    CHECK_EQ(get(&h, "bob", OBJECTS), 200);
    CHECK(!heard(&h, UUID("01")) && heard(&h, UUID("02")));
    /* Who cannot be asked vouches for nothing. */
    hmi_taxii_on_recall(h.taxii, tell_recalls, &r);
    r.broken = true;
    CHECK_EQ(get(&h, "bob", OBJECTS), 503);
    r.broken = false;
    CHECK_EQ(get(&h, "bob", OBJECTS), 200);
    end(&h);
}

TEST(pages_can_be_asked_for_again_and_lose_nothing)
{
    house h;
    begin(&h);
    CHECK_EQ(post(&h, "alice", OBJECTS,
                  ENVELOPE(TOOL("01", V1, "a", GREEN) "," TOOL("02", V1, "b", GREEN) "," TOOL(
                      "03", V1, "c", GREEN))),
             202);
    CHECK_EQ(get(&h, "alice", OBJECTS "?limit=2"), 200);
    CHECK(heard(&h, UUID("01")) && heard(&h, UUID("02")) && heard(&h, "\"more\":true,\"next\":\""));
    char target[200];
    char next[33] = "";
    memcpy(next, strstr((const char *)h.heard.ptr, "\"next\":\"") + 8, 32);
    snprintf(target, sizeof(target), OBJECTS "?limit=5&next=%s", next);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(get(&h, "alice", target), 200);
        CHECK(!heard(&h, UUID("02")) && heard(&h, UUID("03")) && !heard(&h, "more"));
        hmi_taxii_free(h.taxii); /* also by a server that was started again */
        open_house(&h);
    }
    CHECK_EQ(get(&h, "bob", target), 400);
    snprintf(target, sizeof(target), OBJECTS "?match[type]=tool&next=%s", next);
    CHECK_EQ(get(&h, "alice", target), 400);
    /* By dates instead: each object has its own microsecond. */
    CHECK_EQ(get(&h, "alice", OBJECTS "?limit=1"), 200);
    const char *last = strstr((const char *)h.heard.ptr, "Date-Added-Last: ") + 17;
    snprintf(target, sizeof(target), OBJECTS "?limit=1&added_after=%.27s", last);
    CHECK_EQ(get(&h, "alice", target), 200);
    CHECK(heard(&h, UUID("02")) && !heard(&h, UUID("01")));
    end(&h);
}

TEST(envelopes_that_are_none)
{
    static const struct {
        const char *body;
        int status;
    } CASES[] = {
        { "", 400 },
        { "{", 400 },
        { "[]", 422 },
        { "{}", 422 },
        { "{\"objects\":[]}", 422 },
        { "{\"objects\":\"x\"}", 422 },
        { "{\"objects\":[1]}", 422 },
        { "{\"objects\":[{\"type\":\"tool\"}]}", 422 },
        { "{\"type\":\"bundle\",\"id\":\"bundle--" UUID("01") "\",\"objects\":[{}]}", 422 },
        { "{\"objects\":[{\"type\":\"bundle\",\"id\":\"bundle--" UUID("01") "\"}]}", 422 },
        { "{\"objects\":[{\"id\":\"tool--1\",\"id\":\"tool--2\",\"type\":\"tool\"}]}", 400 },
    };
    house h;
    begin(&h);
    for (size_t i = 0; i < HMI_COUNT(CASES); i++) {
        if (post(&h, "alice", OBJECTS, CASES[i].body) != CASES[i].status) {
            print_error("%s: %d\n", CASES[i].body, h.status);
            _fail(__FILE__, __LINE__);
        }
    }
    static char deep[40000];
    memset(deep, '[', sizeof(deep) - 1);
    memcpy(deep, "{\"objects\":", 11);
    CHECK(post(&h, "alice", OBJECTS, deep) / 100 == 4);
    CHECK_EQ(get(&h, "alice", OBJECTS), 200);
    HEARD(&h, "\n\n{}");
    end(&h);
}

TEST(each_object_is_judged)
{
    house h;
    begin(&h);
    CHECK_EQ(
        post(&h, "alice", OBJECTS,
             ENVELOPE(TOOL("01", V1, "good", GREEN) "," TOOL(
                 "02", "9999-01-01T00:00:00.000Z", "future",
                 GREEN) ","
                        "{\"type\":\"tool\",\"spec_version\":\"2.1\",\"id\":\"tool--" UUID(
                            "03") "\"},"
                                  "{\"type\":\"marking-definition\",\"spec_version\":\"2.1\","
                                  "\"id\":\"" RED "\",\"created\":\"" V1
                                  "\",\"name\":\"TLP:CLEAR\",\"extensions\":"
                                  "{\"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d\":"
                                  "{\"extension_type\":\"property-extension\",\"tlp_2_0\":"
                                  "\"clear\"}}}")),
        202);
    HEARD(&h, "\"success_count\":1,");
    HEARD(&h, "\"failure_count\":3,");
    HEARD(&h, "nobody redefines");
    HEARD(&h, "more than a day from now");
    CHECK_EQ(post(&h, "alice", OBJECTS, ENVELOPE(TOOL("01", V1, "good", GREEN))), 202);
    HEARD(&h, "already there");
    CHECK_EQ(post(&h, "alice", OBJECTS, ENVELOPE(TOOL("01", V1, "other", GREEN))), 202);
    HEARD(&h, "kept as a claim");
    CHECK_EQ(get(&h, "alice", OBJECTS "?match[version]=all"), 200);
    CHECK(heard(&h, "good") && !heard(&h, "other"));
    CHECK_EQ(post(&h, "alice", "/api/collections/" FAULTY "/objects/",
                  ENVELOPE("{\"type\":\"tool\",\"id\":\"tool--" UUID(
                      "04") "\",\"name\":\"old\",\"created\":\"" V1 "\",\"modified\":\"" V1
                            "\",\"object_marking_refs\":[\"" GREEN "\"]}")),
             202);
    HEARD(&h, "\"success_count\":1,");
    CHECK_EQ(get(&h, "alice", "/api/collections/" FAULTY "/manifest/"), 200);
    HEARD(&h, "application/stix+json;version=2.0");
    /* An observable without any time can be read back (it poisons a collection elsewhere). */
    CHECK_EQ(
        post(&h, "alice", OBJECTS,
             ENVELOPE(
                 "{\"type\":\"software\",\"spec_version\":\"2.1\",\"id\":\"software--90c47a53-312d-"
                 "5120-9d48-85904afd38f6\",\"name\":\"Word\",\"vendor\":\"Microsoft\",\"version\":"
                 "\"2000\",\"object_marking_refs\":[\"" GREEN "\"]}")),
        202);
    CHECK_EQ(get(&h, "alice", OBJECTS "?match[type]=software"), 200);
    HEARD(&h, "\"Word\"");
    end(&h);
}

TEST(nobody_changes_other_peoples_objects)
{
    house h;
    begin(&h);
    CHECK_EQ(post(&h, "alice", OBJECTS, ENVELOPE(TOOL("01", V1, "mine", GREEN))), 202);
    CHECK_EQ(post(&h, "bob", OBJECTS,
                  ENVELOPE(TOOL_MORE("01", V2, "stolen", GREEN, ",\"revoked\":true"))),
             202);
    HEARD(&h, "somebody else's");
    HEARD(&h, "\"failure_count\":1");
    CHECK_EQ(get(&h, "alice", OBJECTS "?match[version]=all"), 200);
    CHECK(heard(&h, "mine") && !heard(&h, "stolen"));
    CHECK_EQ(get(&h, "bob", OBJECTS "?match[version]=all"), 200);
    CHECK(heard(&h, "mine") && !heard(&h, "stolen"));
    end(&h);
}

TEST(references_wait_for_each_other)
{
    house h;
    begin(&h);
    CHECK_EQ(post(&h, "alice", OBJECTS, ENVELOPE(EDGE("09", "01", "02", GREEN))), 202);
    CHECK_EQ(post(&h, "alice", OBJECTS, ENVELOPE(TOOL("01", V1, "one", GREEN))), 202);
    CHECK_EQ(get(&h, "alice", OBJECTS), 200);
    CHECK(!heard(&h, "related-to") && heard(&h, "one"));
    CHECK_EQ(post(&h, "alice", OBJECTS, ENVELOPE(TOOL("02", V1, "two", GREEN))), 202);
    CHECK_EQ(get(&h, "alice", OBJECTS), 200);
    /* It comes with the tool that made it possible, so that who polls by date gets it. */
    CHECK(strstr((const char *)h.heard.ptr, "related-to") >
          strstr((const char *)h.heard.ptr, "one"));
    CHECK_EQ(ask_with(&h, "alice", "DELETE", OBJECTS "tool--" UUID("02") "/", ACCEPT, NULL), 200);
    CHECK_EQ(get(&h, "alice", OBJECTS), 200);
    CHECK(!heard(&h, "related-to") && heard(&h, "one"));
    end(&h);
}

/* Everything that alice can ask, in one text. */
static hm_bytes session(house *h)
{
    static const char *const ASKED[] = {
        OBJECTS,
        OBJECTS "?match[version]=all",
        OBJECTS "?limit=1",
        OBJECTS "?limit=2&match[type]=tool",
        "/api/collections/main/manifest/",
        "/api/collections/" QUERY "/objects/",
        OBJECTS "tool--" UUID("01") "/",
        OBJECTS "tool--" UUID("02") "/",
        OBJECTS "tool--" UUID("03") "/",
        OBJECTS "tool--" UUID("02") "/versions/",
        OBJECTS "relationship--" UUID("09") "/",
        OBJECTS "?match[id]=tool--" UUID("02"),
        OBJECTS "?match[name]=hidden",
        OBJECTS "?match[tlp]=red",
        OBJECTS "?match[relationships-all]=tool--" UUID("02"),
        OBJECTS "?added_after=2023-11-14T22:13:20.001Z",
    };
    hmi_buf all;
    hmi_buf_init(&all, 0);
    for (size_t i = 0; i < HMI_COUNT(ASKED); i++) {
        get(h, "alice", ASKED[i]);
        hmi_buf_add_text(&all, hmi_text((const char *)h->heard.ptr, h->heard.len - 1));
    }
    hm_bytes kept = hmi_arena_bytes(&h->arena, hmi_buf_bytes(&all));
    hmi_buf_fini(&all);
    return kept;
}

/* alice adds and asks; in the other world bob adds RED things between, beside and before hers. */
static hm_bytes live(house *h, bool hidden)
{
    hmi_buf all;
    hmi_buf_init(&all, 0);
    int64_t at = clock_us;
#define STEP(step)            \
    clock_us = at += 1000000; \
    step
#define BOB(objects) \
    STEP(if (hidden) { CHECK_EQ(post(h, "bob", OBJECTS, ENVELOPE(objects)), 202); })
#define ALICE(objects)                                                 \
    STEP(CHECK_EQ(post(h, "alice", OBJECTS, ENVELOPE(objects)), 202)); \
    /* a status has a random id: only what follows it is compared */   \
    hmi_buf_add(&all, hmi_slice(hmi_buf_bytes(&h->heard), 90, h->heard.len - 91))
#define LOOK() STEP(hmi_buf_add(&all, session(h)))
    LOOK();
    BOB(TOOL("02", V1, "hidden", RED));
    LOOK();
    ALICE(TOOL("01", V1, "one", GREEN));
    LOOK();
    BOB(TOOL("02", V2, "hidden", RED) "," EDGE("09", "01", "02", GREEN) "," EDGE("0a", "01", "01",
                                                                                 RED));
    LOOK();
    ALICE(TOOL("03", V1, "three", GREEN) "," TOOL_MORE(
        "04", V1, "four", GREEN, ",\"created_by_ref\":\"identity--" UUID("20") "\""));
    LOOK();
    /* alice takes an id that is in use behind the curtain, twice, with other content. */
    ALICE(TOOL("02", V1, "mine", GREEN));
    LOOK();
    ALICE(TOOL("02", V1, "again", GREEN));
    ALICE(EDGE("0b", "01", "02", GREEN));
    LOOK();
    BOB("{\"type\":\"identity\",\"spec_version\":\"2.1\",\"id\":\"identity--" UUID(
        "20") "\",\"created\":\"" V1 "\",\"modified\":\"" V1
              "\",\"name\":\"secret\",\"object_marking_refs\":[\"" RED "\"]}");
    LOOK();
    STEP(CHECK_EQ(ask_with(h, "alice", "DELETE", OBJECTS "tool--" UUID("02") "/", ACCEPT, NULL),
                  200));
    LOOK();
    hm_bytes kept = hmi_arena_bytes(&h->arena, hmi_buf_bytes(&all));
    hmi_buf_fini(&all);
    return kept;
}

TEST(two_worlds_look_the_same)
{
    house with, without;
    begin(&with);
    hm_bytes a = live(&with, true);
    /* A cursor is signed with the journal's own secret: the other world gets the same journal head.
     */
    begin(&without);
    hmi_taxii_free(without.taxii);
    char from[128], to[128];
    uint8_t head[64];
    snprintf(from, sizeof(from), "%s/journal", with.folder);
    snprintf(to, sizeof(to), "%s/journal", without.folder);
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    CHECK(in != NULL && out != NULL && fread(head, 1, 64, in) == 64 &&
          fwrite(head, 1, 64, out) == 64);
    fclose(in);
    fclose(out);
    clock_us = INT64_C(1700000000000000);
    open_house(&without);
    hm_bytes b = live(&without, false);
    if (!hmi_bytes_eq(a, b)) {
        size_t i = 0;
        while (i < a.len && i < b.len && a.ptr[i] == b.ptr[i]) {
            i++;
        }
        size_t start = i > 600 ? i - 600 : 0;
        print_error("differ at %zu:\n%.*s\n----\n%.*s\n", i, 1200, (const char *)a.ptr + start,
                    1200, (const char *)b.ptr + start);
        _fail(__FILE__, __LINE__);
    }
    CHECK(a.len > 10000);
    end(&with);
    end(&without);
}

/* Other rules are read beside the old ones, as the program does it. */
typedef struct reading {
    hmi_arena arena;
    hmi_policy policy;
    hmi_taxii_config config;
} reading;

static void read_again(reading *r, const char *policy, const char *config)
{
    hm_err err = { 0 };
    hmi_arena_init(&r->arena, 64 << 20);
    CHECK_OK(hmi_policy_read(hmi_text_bytes(hmi_text_of(policy)), &r->arena, &r->policy, &err));
    CHECK_OK(hmi_taxii_config_read(hmi_text_bytes(hmi_text_of(config)), HM_BYTES(""), &r->policy,
                                   &r->arena, &r->config, &err));
}

#define CAROL \
    "account carol token 4c26d9074c27d89ede59270c0ac14b71e071b15239519f75474b2f3ba63481f5\n"

TEST(other_rules_while_it_serves)
{
    static const char OTHERS[] = "partner carol 33333333-3333-4333-8333-333333333333 community\n"
                                 "partner bob 22222222-2222-4222-8222-222222222222 public\n"
                                 "partner alice 11111111-1111-4111-8111-111111111111 community\n";
    static const char WITHOUT_ALIAS[] =
        "root api Root\ncollection api " SECRET " - S\nread " SECRET " carol\n"
        "collection api " MAIN " main Main\nread " MAIN " alice bob carol\n"
        "account alice token 2bd806c97f0e00af1a1fc3328fa763a9269723c8db8fac4f93af71db186d6e90\n"
        "account bob token "
        "81b637d8fcd2c6da6359e6963113a1170de795e4b725b84d1e0b4cfd9ec58ce9\n" CAROL;
    house h;
    reading r, s;
    hm_err err = { 0 };
    begin(&h);
    CHECK_EQ(post(&h, "alice", OBJECTS, ENVELOPE(TOOL("01", V1, "a", GREEN))), 202);
    CHECK_EQ(get(&h, "bob", OBJECTS), 200);
    HEARD(&h, "\"name\":\"a\"");
    CHECK_EQ(get(&h, "alice", OBJECTS), 200);
    hmi_buf before;
    hmi_buf_init(&before, 0);
    hmi_buf_add(&before, hmi_buf_bytes(&h.heard));
    CHECK_EQ(get(&h, "carol", OBJECTS), 401);
    read_again(&r, OTHERS, WITHOUT_ALIAS);
    CHECK_OK(hmi_taxii_renew(h.taxii, &r.config, &r.policy, &err));
    hmi_arena_fini(&h.arena); /* nothing looks at the old ones: ASan says when something does */
    hmi_arena_init(&h.arena, 64 << 20);
    CHECK_EQ(get(&h, "carol", OBJECTS), 200);
    HEARD(&h, "\"name\":\"a\"");
    CHECK_EQ(get(&h, "bob", OBJECTS), 200); /* GREEN is not for the public */
    HEARD(&h, "\n\n{}");
    CHECK_EQ(get(&h, "alice", "/other/"), 404);
    CHECK_EQ(post(&h, "alice", OBJECTS, ENVELOPE(TOOL("02", V1, "b", GREEN))), 403);
    CHECK_EQ(get(&h, "alice", "/api/collections/" ONLY_READ "/"), 404);
    CHECK_EQ(get(&h, "carol", "/api/collections/" SECRET "/objects/"), 200);
    /* And back: whoever's rules did not change sees the same bytes and dates, bob newer ones. */
    read_again(&s, POLICY, CONFIG);
    CHECK_OK(hmi_taxii_renew(h.taxii, &s.config, &s.policy, &err));
    hmi_arena_fini(&r.arena);
    CHECK_EQ(get(&h, "carol", OBJECTS), 401);
    CHECK_EQ(get(&h, "alice", OBJECTS), 200);
    CHECK(hmi_bytes_eq(hmi_buf_bytes(&before), hmi_buf_bytes(&h.heard)));
    CHECK_EQ(get(&h, "bob", OBJECTS), 200);
    HEARD(&h, "\"name\":\"a\"");
    /* Another purpose is refused, and nothing changed. */
    read_again(&r, POLICY, "purpose publish\n");
    CHECK_EQ(hmi_taxii_renew(h.taxii, &r.config, &r.policy, &err), HM_E_MISUSE);
    hmi_arena_fini(&r.arena);
    CHECK_EQ(get(&h, "bob", OBJECTS), 200);
    hmi_buf_fini(&before);
    end(&h);
    hmi_arena_fini(&s.arena);
}

typedef struct asker {
    hmi_taxii *taxii;
    atomic_bool *enough;
    atomic_int *asked;
    int others;
} asker;

/* alice is always a partner; carol comes and goes. */
static void ask_as(asker *a, const char *who)
{
    char text[300];
    hmi_http_head head;
    hmi_arena arena;
    hmi_http_answer answer = { 0 };
    size_t used = 0;
    snprintf(text, sizeof(text),
             "GET " OBJECTS " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n\r\n", who);
    if (hmi_http_head_read(hmi_text_bytes(hmi_text_of(text)), &head, &used) != 0) {
        a->others++;
        return;
    }
    hmi_arena_init(&arena, 1 << 20);
    hmi_http_request request = { .head = &head, .peer = "test", .arena = &arena };
    hmi_http_handler handler = hmi_taxii_handler(a->taxii);
    if (handler.head(handler.user, &request, &answer, false) == HMI_HTTP_WANT_TIME) {
        (void)handler.head(handler.user, &request, &answer, true);
    }
    bool gone = strcmp(who, "carol") == 0 && answer.status == 401;
    a->others += answer.status != 200 && !gone;
    if (answer.release != NULL) {
        answer.release(answer.held);
    }
    hmi_buf_fini(&answer.head);
    hmi_buf_fini(&answer.body);
    hmi_arena_fini(&arena);
}

static void *ask_on(void *with)
{
    asker *a = with;
    while (!atomic_load(a->enough)) {
        ask_as(a, "alice");
        ask_as(a, "carol");
        atomic_fetch_add(a->asked, 1);
    }
    return NULL;
}

TEST(rules_change_while_many_ask)
{
    enum { ASKERS = 3, CHANGES = 40, ASKED = 100 };
    static const char BOTH[] = "partner alice 11111111-1111-4111-8111-111111111111 community\n"
                               "partner carol 33333333-3333-4333-8333-333333333333 community\n";
    static const char ONE[] = "partner alice 11111111-1111-4111-8111-111111111111 community\n";
    static const char HEAD[] =
        "root api Root\ncollection api " MAIN " main Main\nread " MAIN " *\nrate * 1000000\n"
        "account alice token 2bd806c97f0e00af1a1fc3328fa763a9269723c8db8fac4f93af71db186d6e90\n";
    char with_carol[sizeof(HEAD) + sizeof(CAROL)];
    house h;
    atomic_bool enough = false;
    atomic_int asked = 0;
    asker askers[ASKERS];
    pthread_t threads[ASKERS];
    reading readings[2]; /* one is in force, the other is read */
    hm_err err = { 0 };
    snprintf(with_carol, sizeof(with_carol), "%s%s", HEAD, CAROL);
    begin(&h);
    CHECK_EQ(post(&h, "alice", OBJECTS, ENVELOPE(TOOL("01", V1, "a", GREEN))), 202);
    read_again(&readings[1], BOTH, with_carol);
    CHECK_OK(hmi_taxii_renew(h.taxii, &readings[1].config, &readings[1].policy, &err));
    for (int i = 0; i < ASKERS; i++) {
        askers[i] = (asker){ .taxii = h.taxii, .enough = &enough, .asked = &asked };
        CHECK_EQ(pthread_create(&threads[i], NULL, ask_on, &askers[i]), 0);
    }
    int changes = 0;
    for (; changes < CHANGES || atomic_load(&asked) < ASKED; changes++) {
        reading *next = &readings[changes % 2];
        bool one = changes % 2 == 0;
        read_again(next, one ? ONE : BOTH, one ? HEAD : with_carol);
        CHECK_OK(hmi_taxii_renew(h.taxii, &next->config, &next->policy, &err));
        hmi_arena_fini(&readings[(changes + 1) % 2].arena);
        usleep(500);
    }
    atomic_store(&enough, true);
    for (int i = 0; i < ASKERS; i++) {
        pthread_join(threads[i], NULL);
        CHECK_EQ(askers[i].others, 0);
    }
    end(&h);
    hmi_arena_fini(&readings[(changes + 1) % 2].arena);
}

RUN_TESTS()
