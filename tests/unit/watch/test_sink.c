/* SPDX-License-Identifier: Apache-2.0
 *
 * test_sink.c - what receivers get, and which names are none. Sending itself:
 * tests/cli/watch_send.sh.
 */
#include "check.h"
#include "watch/sink.h"

TEST(a_message_of_rfc_5424)
{
    hmi_buf out;
    hmi_buf_init(&out, 0);
    hmi_syslog_line(&out, HM_TEXT("log host\n1"), 4711, HM_BYTES("{\"a\":1}\n"), 0);
    CHECK_TEXT(hmi_buf_text(&out),
               "<84>1 1970-01-01T00:00:00.000Z log_host_1 hallmark 4711 hit - {\"a\":1}");
    hmi_buf_clear(&out);
    hmi_syslog_line(&out, HM_TEXT(""), 1, HM_BYTES(""), 0);
    CHECK_TEXT(hmi_buf_text(&out), "<84>1 1970-01-01T00:00:00.000Z - hallmark 1 hit - ");
    hmi_buf_fini(&out);
}

/* printf '1416816000.{"a":1}\n' | openssl dgst -sha256 -hmac 'a secret of some length' */
TEST(a_signature)
{
    char got[65];
    hmi_webhook_sign(HM_BYTES("a secret of some length"), HM_TEXT("1416816000"),
                     HM_BYTES("{\"a\":1}\n"), got);
    CHECK_TEXT(hmi_text_of(got),
               "071872e8837696e6ddfff666010785c1e9233b9a6e6a462dbfbf40802e616705");
}

TEST(a_message_with_its_length)
{
    hmi_buf out;
    char head[16];
    hmi_buf_init(&out, 0);
    hmi_syslog_frame(&out, HM_TEXT("loghost"), HM_BYTES("{}\n"), 0);
    hm_bytes all = hmi_buf_bytes(&out);
    size_t blank = hmi_find_byte(all, ' ');
    CHECK(blank != HMI_NPOS);
    (void)snprintf(head, sizeof(head), "%zu", all.len - blank - 1);
    CHECK_TEXT(hmi_text((const char *)all.ptr, blank), head);
    CHECK(hmi_bytes_eq(hmi_slice(all, blank + 1, 4), HM_BYTES("<84>")));
    hmi_buf_fini(&out);
}

TEST(names_that_are_no_receivers)
{
    static const char *const NAMES[] = { "",
                                         "syslog:",
                                         "syslog:udp:",
                                         "syslog:udp:514",
                                         "syslog:udp::514",
                                         "syslog:tcp:127.0.0.1:",
                                         "syslog:tcp:127.0.0.1:99999999",
                                         "syslog:unix:",
                                         "syslog:tls:",
                                         "syslog:tls:loghost",
                                         "syslog:tls::6514",
                                         "syslog:tls:loghost:0",
                                         "syslog:tls:me@loghost:6514",
                                         "syslog:tls:loghost/x:6514",
                                         "syslog:smoke:1.2.3.4:5",
                                         "ftp://x",
                                         "https://",
                                         "http://192.0.2.1/",
                                         "http://localhost.example/",
                                         "https://user@hooks.example/",
                                         "https://u:p@hooks.example/" };
    hmi_sink_options options = { .patience_s = 0 };
    for (size_t i = 0; i < HMI_COUNT(NAMES); i++) {
        hmi_hit_sink *sink = NULL;
        hm_err err = { 0 };
        CHECK_EQ(hmi_sink_open(NAMES[i], &options, &sink, &err), HM_E_MISUSE);
        CHECK(sink == NULL);
    }
}

TEST(nobody_there)
{
    hmi_sink_options options = { .patience_s = 0 };
    hmi_hit_sink *sink = NULL;
    hm_err err = { 0 };
    hm_hit match = { .value = HM_TEXT_INIT("x") };
    hmi_watch_hit hit = { .match = &match };
    CHECK_OK(hmi_sink_open("syslog:unix:/nonexistent/socket", &options, &sink, &err));
    CHECK_OK(hmi_sink_settle(sink, &err)); /* nothing waits */
    CHECK_OK(hmi_sink_put(sink, &hit, HM_BYTES("{}\n"), 0, &err));
    CHECK(hmi_sink_settle(sink, &err) < 0);
    CHECK(strstr(err.text, "syslog:unix:/nonexistent/socket did not take hits") != NULL);
    hmi_sink_close(sink);
}

RUN_TESTS()
