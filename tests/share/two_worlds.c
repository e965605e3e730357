/* SPDX-License-Identifier: Apache-2.0
 *
 * two_worlds.c - usage: two_worlds SESSIONS [SEED [NUMBER]]. A partner's whole session over a
 * collection with and without what it may not have, byte by byte. NUMBER: that session alone, told
 * step by step.
 *
 * WHY    Counts, pages, cursors, dates, statuses and refusals must not betray what is hidden. A
 * test that somebody thought of covers what somebody thought of; here the sessions are drawn. FORM
 * Two services with one clock and one secret. bob fills both; in the first world he also adds what
 * alice may not have: objects, newer versions of objects that she sees, properties, in envelopes of
 * their own and among others, before and after what refers to them; he takes some back, some is
 * recalled. alice asks, pages, adds, deletes, also under hidden ids. Each answer of the one world
 * is held against the other's at once. Then the control: what is hidden is marked so that she may
 * have it, and nearly every session must differ.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "taxii/service.h"

#define MAIN "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
#define QUERY "91a7b528-80eb-42ed-a74d-c6fbd5a26119"
#define OBJECTS "/api/collections/main/objects/"
#define CLEAR "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"
#define GREEN "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
#define RED "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
#define NOBODYS "marking-definition--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0abc"

enum {
    SEEN = 10,      /* tools that alice may have */
    HIDDEN = 8,     /* tools that she may not: 100 ... */
    BOTH = 4,       /* ids under which bob hides something and alice adds her own: 200 ... */
    STEPS = 24,     /* of a session */
    TEXT = 1 << 15, /* one request */
    STATUSES = 8,
    CONTROL_DIFFER = 90 /* per cent of sessions of the control, at least */
};

static const char CONFIG[] =
    "root api Root\ncollection api " MAIN " main Main\nread " MAIN " alice bob\nwrite " MAIN
    " alice bob\ncollection api " QUERY " - Q\nquery " QUERY " " MAIN
    " match[type]=tool,report\nread " QUERY " alice\nrate * 1000000\n"
    "account alice token 2bd806c97f0e00af1a1fc3328fa763a9269723c8db8fac4f93af71db186d6e90\n"
    "account bob token 81b637d8fcd2c6da6359e6963113a1170de795e4b725b84d1e0b4cfd9ec58ce9\n";

static int64_t clock_us;

static int64_t now(void)
{
    return clock_us;
}

/* -- Chance */

static uint64_t state;

static uint32_t below(uint32_t n)
{
    state += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */
    uint64_t z = state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ z >> 31) % n);
}

/* -- Worlds */

typedef struct world {
    char folder[64], name[96];
    hmi_taxii *taxii;
    hmi_buf heard;
    char statuses[STATUSES][40]; /* ids of alice's */
    size_t status_count;
} world;

typedef struct session {
    world worlds[2]; /* [0] has what is hidden */
    hmi_arena arena;
    hmi_policy policy;
    hmi_taxii_config config;
    bool public, control;
    int version[SEEN];
    int hidden_version;
    hm_text recalled[64];
    size_t recalled_count;
    uint64_t asked, bytes, hidden; /* what was compared; objects that only one world has */
    bool differs;
} session;

static void check(int code, const hm_err *err)
{
    if (code != HM_OK) {
        fprintf(stderr, "two_worlds: %s\n", err->text);
        exit(99);
    }
}

static int tell_recalls(void *user, uint64_t since, hmi_arena *arena, hm_text **ret_ids,
                        size_t *ret_count, uint64_t *ret_newest, hm_err *err)
{
    session *s = user;
    (void)arena;
    (void)err;
    *ret_ids = s->recalled + since;
    *ret_count = s->recalled_count - since;
    *ret_newest = s->recalled_count;
    return HM_OK;
}

static void open_world(session *s, world *w)
{
    hm_err err = { 0 };
    check(hmi_taxii_new(&s->config, &s->policy, w->folder, now, NULL, &w->taxii, &err), &err);
    hmi_taxii_on_recall(w->taxii, tell_recalls, s);
}

/* The journal's head holds the secret that cursors are signed with: both get the same. */
static void copy_head(const world *from, const world *to)
{
    uint8_t head[64];
    FILE *in = fopen(from->name, "rb"), *out = fopen(to->name, "wb");
    if (in == NULL || out == NULL || fread(head, 1, sizeof(head), in) != sizeof(head) ||
        fwrite(head, 1, sizeof(head), out) != sizeof(head)) {
        fprintf(stderr, "two_worlds: the journal's head cannot be copied\n");
        exit(99);
    }
    fclose(in);
    fclose(out);
}

static void begin(session *s, bool control)
{
    hm_err err = { 0 };
    char policy[512];
    const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    *s = (session){ .public = below(3) == 0, .control = control };
    clock_us = INT64_C(1700000000000000);
    hmi_arena_init(&s->arena, 64 << 20);
    snprintf(policy, sizeof(policy),
             "partner alice 11111111-1111-4111-8111-111111111111 %s\n"
             "partner bob 22222222-2222-4222-8222-222222222222 community\n"
             "red 22222222-2222-4222-8222-222222222222\n",
             s->public ? "public" : "community");
    hm_bytes kept = hmi_arena_bytes(&s->arena, hmi_text_bytes(hmi_text_of(policy)));
    check(hmi_policy_read(kept, &s->arena, &s->policy, &err), &err);
    check(hmi_taxii_config_read(hmi_text_bytes(hmi_text_of(CONFIG)), HM_BYTES(""), &s->policy,
                                &s->arena, &s->config, &err),
          &err);
    for (int i = 0; i < 2; i++) {
        world *w = &s->worlds[i];
        snprintf(w->folder, sizeof(w->folder), "%s/hallmark-worlds-XXXXXX", base);
        if (mkdtemp(w->folder) == NULL) {
            perror("two_worlds");
            exit(99);
        }
        snprintf(w->name, sizeof(w->name), "%s/journal", w->folder);
        hmi_buf_init(&w->heard, 0);
        if (i == 1) {
            copy_head(&s->worlds[0], w);
        }
        open_world(s, w);
    }
}

static void end(session *s)
{
    for (int i = 0; i < 2; i++) {
        world *w = &s->worlds[i];
        hmi_taxii_free(w->taxii);
        hmi_buf_fini(&w->heard);
        unlink(w->name);
        rmdir(w->folder);
    }
    hmi_arena_fini(&s->arena);
}

/* -- One request in one world; the whole answer is in `heard`. */

static bool telling;

static int ask(world *w, const char *who, const char *method, const char *target, const char *body)
{
    if (telling) {
        fprintf(stderr, "%" PRId64 " %s %s %s %s %s\n", clock_us, w->folder, who, method, target,
                body != NULL ? body : "");
    }
    static char text[TEXT];
    hmi_http_head head;
    hmi_arena arena;
    hmi_http_answer answer = { 0 };
    size_t used = 0;
    char length[128] = "";
    if (body != NULL) {
        snprintf(length, sizeof(length),
                 "Content-Length: %zu\r\nContent-Type: application/taxii+json;version=2.1\r\n",
                 strlen(body));
    }
    snprintf(text, sizeof(text),
             "%s %s HTTP/1.1\r\nHost: a\r\nAccept: application/taxii+json;version=2.1\r\n%s"
             "Authorization: Bearer %s\r\n\r\n",
             method, target, length, who);
    if (hmi_http_head_read(hmi_text_bytes(hmi_text_of(text)), &head, &used) != 0) {
        fprintf(stderr, "two_worlds: no request: %s\n", text);
        exit(99);
    }
    hmi_arena_init(&arena, 64 << 20);
    hmi_http_request request = { .head = &head, .peer = "test", .arena = &arena };
    hmi_http_handler handler = hmi_taxii_handler(w->taxii);
    hmi_http_step step = handler.head(handler.user, &request, &answer, false);
    if (step == HMI_HTTP_WANT_TIME) {
        step = handler.head(handler.user, &request, &answer, true);
    }
    if (step == HMI_HTTP_WANT_BODY) {
        request.body = hmi_text_bytes(hmi_text_of(body));
        handler.body(handler.user, &request, &answer);
    }
    hmi_buf_clear(&w->heard);
    hmi_buf_printf(&w->heard, "%d %s\n", answer.status, answer.type != NULL ? answer.type : "-");
    hmi_buf_add(&w->heard, hmi_buf_bytes(&answer.head));
    hmi_buf_add_char(&w->heard, '\n');
    for (size_t i = 0; i < answer.part_count; i++) {
        hmi_buf_add(&w->heard, answer.parts[i]);
    }
    if (answer.parts == NULL) {
        hmi_buf_add(&w->heard, hmi_buf_bytes(&answer.body));
    }
    hmi_buf_add_u8(&w->heard, 0);
    if (answer.release != NULL) {
        answer.release(answer.held);
    }
    hmi_buf_fini(&answer.head);
    hmi_buf_fini(&answer.body);
    hmi_arena_fini(&arena);
    return answer.status;
}

/* -- alice asks both worlds the same. */

static void tell_difference(session *s, const char *method, const char *target, const char *body)
{
    s->differs = true;
    if (s->control) {
        return;
    }
    fprintf(stderr, "the worlds differ: %s %s %s\n---- with what is hidden\n%s\n---- without\n%s\n",
            method, target, body != NULL ? body : "", (const char *)s->worlds[0].heard.ptr,
            (const char *)s->worlds[1].heard.ptr);
}

static void compare(session *s, const char *method, const char *target, const char *body)
{
    s->asked++;
    s->bytes += s->worlds[0].heard.len;
    if (!s->differs &&
        !hmi_bytes_eq(hmi_buf_bytes(&s->worlds[0].heard), hmi_buf_bytes(&s->worlds[1].heard))) {
        tell_difference(s, method, target, body);
    }
}

static void look(session *s, const char *method, const char *target)
{
    clock_us += 1 + below(1000);
    for (int i = 0; i < 2; i++) {
        ask(&s->worlds[i], "alice", method, target, NULL);
    }
    compare(s, method, target, NULL);
}

/* A status has an id of its own in each world; the rest is compared. */
static void hide_id(world *w, bool keep)
{
    char *at = strstr((char *)w->heard.ptr, "\"id\":\"");
    if (at != NULL && strstr((const char *)w->heard.ptr, "request_timestamp") != NULL) {
        if (keep) {
            snprintf(w->statuses[w->status_count % STATUSES], 40, "%.36s", at + 6);
            w->status_count++;
        }
        memset(at + 6, '0', 36);
    }
}

static void add(session *s, const char *objects)
{
    static char body[TEXT];
    snprintf(body, sizeof(body), "{\"objects\":[%s]}", objects);
    for (int i = 0; i < 2; i++) {
        ask(&s->worlds[i], "alice", "POST", OBJECTS, body);
        hide_id(&s->worlds[i], true);
    }
    compare(s, "POST", OBJECTS, body);
}

static void look_at_status(session *s)
{
    size_t count = s->worlds[0].status_count;
    if (count == 0 || count != s->worlds[1].status_count) {
        return;
    }
    size_t which = below((uint32_t)(count < STATUSES ? count : STATUSES));
    for (int i = 0; i < 2; i++) {
        char target[80];
        snprintf(target, sizeof(target), "/api/status/%s/", s->worlds[i].statuses[which]);
        ask(&s->worlds[i], "alice", "GET", target, NULL);
        hide_id(&s->worlds[i], false);
    }
    compare(s, "GET", "/api/status/", NULL);
}

/* All pages, as the first world's `next` leads. */
static void turn_pages(session *s, const char *target)
{
    char page[1024];
    look(s, "GET", target);
    for (int i = 0; i < 40 && !s->differs; i++) {
        const char *next = strstr((const char *)s->worlds[0].heard.ptr, "\"next\":\"");
        if (next == NULL) {
            return;
        }
        next += 8;
        snprintf(page, sizeof(page), "%s&next=%.*s", target, (int)strcspn(next, "\""), next);
        look(s, "GET", page);
        if (below(4) == 0) {
            look(s, "GET", page); /* once more: the same page */
        }
    }
}

/* -- Objects */

static const char *id_of(const char *type, int number)
{
    static char ids[8][80];
    static int turn;
    turn = (turn + 1) % 8;
    snprintf(ids[turn], sizeof(ids[turn]), "%s--0c7b5b88-8ff7-4a4d-aa9d-%012d", type, number);
    return ids[turn];
}

static const char *open_marking(const session *s)
{
    return s->public || below(2) == 0 ? ",\"object_marking_refs\":[\"" CLEAR "\"]"
                                      : ",\"object_marking_refs\":[\"" GREEN "\"]";
}

static const char *closed_marking(const session *s)
{
    if (s->control) {
        return open_marking(s);
    }
    switch (below(s->public ? 5 : 4)) {
    case 0:
        return "";
    case 1:
        return ",\"object_marking_refs\":[\"" CLEAR "\",\"" NOBODYS "\"]";
    case 2:
        return ",\"object_marking_refs\":[\"" GREEN "\",\"" RED "\"]";
    case 3:
        return ",\"object_marking_refs\":[\"" RED "\"]";
    default:
        return ",\"object_marking_refs\":[\"" GREEN "\"]";
    }
}

static void put_times(hmi_buf *out, int version)
{
    hmi_buf_printf(out,
                   ",\"spec_version\":\"2.1\",\"created\":\"2020-01-01T00:00:00.000Z\","
                   "\"modified\":\"2020-01-01T00:%02d:%02d.000Z\"",
                   version / 60 % 60, version % 60);
}

static void put_tool(hmi_buf *out, int number, int version, const char *name, const char *marking)
{
    hmi_buf_add_cstr(out, out->len > 0 ? "," : "");
    hmi_buf_printf(out, "{\"type\":\"tool\",\"id\":\"%s\"", id_of("tool", number));
    put_times(out, version);
    hmi_buf_printf(out, ",\"name\":\"%s %d\"%s}", name, number, marking);
}

static void put_edge(hmi_buf *out, int number, int from, int to, const char *marking)
{
    hmi_buf_add_cstr(out, out->len > 0 ? "," : "");
    hmi_buf_printf(out, "{\"type\":\"relationship\",\"id\":\"%s\"", id_of("relationship", number));
    put_times(out, 0);
    hmi_buf_printf(out,
                   ",\"relationship_type\":\"related-to\",\"source_ref\":\"%s\",\"target_ref\":"
                   "\"%s\"%s}",
                   id_of("tool", from), id_of("tool", to), marking);
}

static void put_report(hmi_buf *out, int number, int first, int second, const char *marking)
{
    hmi_buf_add_cstr(out, out->len > 0 ? "," : "");
    hmi_buf_printf(out, "{\"type\":\"report\",\"id\":\"%s\"", id_of("report", number));
    put_times(out, 0);
    hmi_buf_printf(out,
                   ",\"name\":\"r\",\"published\":\"2020-01-01T00:00:00Z\",\"object_refs\":"
                   "[\"%s\",\"%s\"]%s}",
                   id_of("tool", first), id_of("tool", second), marking);
}

/* A property that alice may not have: its text is another one in each world. */
static void put_veiled(hmi_buf *out, int number, int version, int which, bool control)
{
    hmi_buf_add_cstr(out, out->len > 0 ? "," : "");
    hmi_buf_printf(out, "{\"type\":\"tool\",\"id\":\"%s\"", id_of("tool", number));
    put_times(out, version);
    hmi_buf_printf(
        out, ",\"name\":\"veiled\",\"description\":\"%s\",\"object_marking_refs\":[\"" CLEAR "\"]",
        which == 0 ? "secret of the first world" : "x");
    hmi_buf_add_cstr(out, control ? "}"
                                  : ",\"granular_markings\":[{\"marking_ref\":\"" RED
                                    "\",\"selectors\":[\"description\"]}]}");
}

/* -- bob */

static void put_open(session *s, hmi_buf *out, int which)
{
    int number = (int)below(SEEN);
    switch (below(6)) {
    case 0:
        put_edge(out, 1000 + (int)below(30), number, (int)below(SEEN), open_marking(s));
        break;
    case 1: /* refers to what is hidden, or not there */
        put_report(out, 1100 + (int)below(10), number, 100 + (int)below(HIDDEN), open_marking(s));
        break;
    case 2: /* waits for ever, or until alice adds her own */
        put_edge(out, 1200 + (int)below(10), number, 100 + (int)below(HIDDEN), open_marking(s));
        break;
    case 3:
        put_veiled(out, 300 + (int)below(4), 2 * (int)below(20), which, s->control);
        break;
    default:
        put_tool(out, number, s->version[number], "open", open_marking(s));
    }
}

static void put_closed(session *s, hmi_buf *out)
{
    s->hidden++;
    s->hidden_version += 2;
    switch (below(5)) {
    case 0: /* a newer or older version of what she sees */
        put_tool(out, (int)below(SEEN), (s->hidden_version | 1) % 3599, "closed",
                 closed_marking(s));
        break;
    case 1:
        put_edge(out, 1300 + (int)below(30), (int)below(SEEN), (int)below(SEEN), closed_marking(s));
        break;
    case 2: /* open by its marking, held for what it refers to */
        put_edge(out, 1400 + (int)below(30), (int)below(SEEN), 100 + (int)below(HIDDEN),
                 open_marking(s));
        break;
    case 3:
        put_tool(out, 200 + (int)below(BOTH), (s->hidden_version | 1) % 3599, "closed",
                 closed_marking(s));
        break;
    default:
        put_tool(out, 100 + (int)below(HIDDEN), s->hidden_version % 3599, "closed",
                 closed_marking(s));
    }
}

static void bob_adds(session *s)
{
    hmi_buf list[2];
    int count = 1 + (int)below(6);
    hmi_buf_init(&list[0], TEXT - 64);
    hmi_buf_init(&list[1], TEXT - 64);
    for (int i = 0; i < count; i++) {
        if (below(2) == 0) {
            put_closed(s, &list[0]);
            continue;
        }
        for (int n = 0; n < SEEN; n++) {
            s->version[n] += below(8) == 0 ? 2 : 0;
        }
        uint64_t before = state;
        put_open(s, &list[0], 0);
        state = before;
        put_open(s, &list[1], 1);
    }
    for (int i = 0; i < 2; i++) {
        static char body[TEXT];
        if (list[i].len > 0) {
            snprintf(body, sizeof(body), "{\"objects\":[%.*s]}", HMI_FMT(hmi_buf_text(&list[i])));
            int status = ask(&s->worlds[i], "bob", "POST", OBJECTS, body);
            if (status != 202) {
                fprintf(stderr, "two_worlds: bob: %d: %s\n%s\n", status, body,
                        (const char *)s->worlds[i].heard.ptr);
                exit(99);
            }
        }
        hmi_buf_fini(&list[i]);
    }
}

static void bob_removes(session *s)
{
    char target[256];
    bool hidden = below(2) == 0;
    int number = hidden ? 100 + (int)below(HIDDEN) : (int)below(SEEN);
    snprintf(target, sizeof(target), OBJECTS "%s/?match[version]=all", id_of("tool", number));
    for (int i = 0; i < 2; i++) {
        (void)ask(&s->worlds[i], "bob", "DELETE", target, NULL);
    }
}

static void recall(session *s)
{
    if (s->recalled_count < HMI_COUNT(s->recalled)) {
        int number = below(2) == 0 ? 100 + (int)below(HIDDEN) : (int)below(SEEN);
        s->recalled[s->recalled_count++] =
            hmi_arena_text(&s->arena, hmi_text_of(id_of("tool", number)));
    }
    clock_us += 1100000;
}

static void open_again(session *s)
{
    for (int i = 0; i < 2; i++) {
        hmi_taxii_free(s->worlds[i].taxii);
        open_world(s, &s->worlds[i]);
    }
}

/* -- alice */

static void alice_adds(session *s)
{
    hmi_buf out;
    hmi_buf_init(&out, TEXT - 64);
    for (int count = 1 + (int)below(3); count > 0; count--) {
        switch (below(4)) {
        case 0: /* under an id that is in use behind the curtain */
            put_tool(&out, 200 + (int)below(BOTH), 2 * (int)below(20), "mine", open_marking(s));
            break;
        case 1:
            put_edge(&out, 1500 + (int)below(20), (int)below(SEEN), 200 + (int)below(BOTH),
                     open_marking(s));
            break;
        case 2:
            put_edge(&out, 1600 + (int)below(20), 400 + (int)below(4), 100 + (int)below(HIDDEN),
                     open_marking(s));
            break;
        default:
            put_tool(&out, 400 + (int)below(4), 2 * (int)below(20), "mine", open_marking(s));
        }
    }
    add(s, (const char *)hmi_buf_bytes(&out).ptr == NULL
               ? ""
               : hmi_arena_cstr(&s->arena, hmi_buf_text(&out)));
    hmi_buf_fini(&out);
}

static int any_number(void)
{
    static const int FIRST[] = { 0, 100, 200, 300, 400 }, COUNT[] = { SEEN, HIDDEN, BOTH, 4, 4 };
    uint32_t i = below(HMI_COUNT(FIRST));
    return FIRST[i] + (int)below((uint32_t)COUNT[i]);
}

static void alice_looks(session *s)
{
    static const char *const WHERE[] = { OBJECTS, "/api/collections/main/manifest/",
                                         "/api/collections/" QUERY "/objects/",
                                         "/api/collections/" QUERY "/manifest/" };
    static const char *const FILTERS[] = { "match[version]=all",
                                           "match[version]=first",
                                           "match[version]=first,last",
                                           "match[version]=2020-01-01T00:00:04.000Z",
                                           "match[type]=tool",
                                           "match[type]=relationship,report",
                                           "match[name]=closed+101",
                                           "match[tlp]=red",
                                           "match[tlp]=green",
                                           "match[spec_version]=2.0",
                                           "match[confidence-gte]=1",
                                           "added_after=2023-11-14T22:13:21Z",
                                           "match[description]=secret+of+the+first+world" };
    char target[512];
    const char *where = WHERE[below(HMI_COUNT(WHERE))];
    switch (below(7)) {
    case 0:
        snprintf(target, sizeof(target), OBJECTS "%s/", id_of("tool", any_number()));
        look(s, below(4) == 0 ? "HEAD" : "GET", target);
        break;
    case 1:
        snprintf(target, sizeof(target), OBJECTS "%s/versions/", id_of("tool", any_number()));
        look(s, "GET", target);
        break;
    case 2:
        snprintf(target, sizeof(target), "%s?match[id]=%s,%s", where, id_of("tool", any_number()),
                 id_of("tool", any_number()));
        look(s, "GET", target);
        break;
    case 3:
        snprintf(target, sizeof(target), "%s?limit=%u&%s", where, 1 + below(4),
                 FILTERS[below(HMI_COUNT(FILTERS))]);
        turn_pages(s, target);
        break;
    case 4:
        snprintf(target, sizeof(target), "%s?match[relationships-all]=%s", where,
                 id_of("tool", any_number()));
        look(s, "GET", target);
        break;
    case 5:
        look_at_status(s);
        break;
    default:
        snprintf(target, sizeof(target), "%s?limit=%u&match[version]=all", where, 1 + below(5));
        turn_pages(s, target);
    }
}

static void alice_removes(session *s)
{
    char target[256];
    int number = below(2) == 0 ? 400 + (int)below(4) : any_number();
    snprintf(target, sizeof(target), OBJECTS "%s/%s", id_of("tool", number),
             below(2) == 0 ? "" : "?match[version]=all");
    look(s, "DELETE", target);
}

static void live(session *s)
{
    for (int step = 0; step < STEPS && !s->differs; step++) {
        clock_us += 1000000 + below(1000000);
        clock_us -= below(20) == 0 ? INT64_C(1000000) * below(40) : 0; /* somebody set it back */
        switch (below(12)) {
        case 0:
        case 1:
        case 2:
        case 3:
            bob_adds(s);
            break;
        case 4:
            bob_removes(s);
            break;
        case 5:
        case 6:
            alice_adds(s);
            break;
        case 7:
            alice_removes(s);
            break;
        case 8:
            if (below(3) == 0) {
                recall(s);
            } else {
                open_again(s);
            }
            break;
        default:
            break;
        }
        for (int i = 0; i < 3 && !s->differs; i++) {
            alice_looks(s);
        }
    }
    turn_pages(s, OBJECTS "?limit=3&match[version]=all");
    turn_pages(s, "/api/collections/main/manifest/?limit=3&match[version]=all");
}

int main(int argc, char **argv)
{
    uint64_t sessions = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1, controls = sessions / 20 + 5;
    uint64_t asked = 0, bytes = 0, hidden = 0, differ = 0;
    uint64_t first = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    telling = argc > 3;
    if (sessions == 0) {
        fprintf(stderr, "usage: two_worlds SESSIONS [SEED [NUMBER]]\n");
        return 2;
    }
    for (uint64_t i = first; i < (telling ? first + 1 : sessions + controls); i++) {
        static session s;
        state = seed << 32 | i;
        begin(&s, i >= sessions);
        live(&s);
        bool bad = s.differs && !s.control;
        differ += s.differs && s.control;
        asked += s.control ? 0 : s.asked;
        bytes += s.control ? 0 : s.bytes;
        hidden += s.control ? 0 : s.hidden;
        end(&s);
        if (bad) {
            fprintf(stderr, "session %" PRIu64 " of seed %" PRIu64 "\n", i, seed);
            return 1;
        }
    }
    printf("%" PRIu64 " sessions, %" PRIu64 " answers of two worlds are the same bytes (%" PRIu64
           "), with %" PRIu64 " objects in one of them only; control: %" PRIu64 " of %" PRIu64
           " differ\n",
           sessions, asked, bytes, hidden, differ, controls);
    return telling || (differ * 100 >= controls * CONTROL_DIFFER && hidden > 0) ? 0 : 1;
}
