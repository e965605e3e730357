/* SPDX-License-Identifier: Apache-2.0
 *
 * test_cef.c - CEF and LEEF: escapes, values with blanks and equal signs, custom separators.
 */
#include "records.h"

static records *one(const char *line)
{
    records *r = records_of(hmi_text_bytes(hmi_text_of(line)), HMI_TIME_NONE);
    CHECK_EQ(r->code, HM_OK);
    CHECK_EQ(r->count, 1);
    return r;
}

TEST(cef)
{
    records *r =
        one("CEF:0|Ven\\|dor|Prod|1.0|100|worm \\\\ found|10|src=192.0.2.1 dst=198.51.100.7 "
            "suser=bob smith request=http://evil.example.net/a?b\\=c&d=e "
            "requestMethod=GET rt=1591367999305 "
            "requestClientApplication=Mozilla/5.0 (X11; x\\=y)");
    const hmi_event *e = &r->events[0];
    CHECK(records_won(r, "cef"));
    CHECK_EQ(e->time.us, INT64_C(1591367999305000));
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.1");
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_SERVER, 0), "198.51.100.7");
    CHECK_TEXT(field_of(e, HMI_ACCOUNT, HMI_ROLE_USER, 0), "bob smith");
    CHECK_TEXT(field_of(e, HMI_URL, HMI_ROLE_QUERY, 0), "http://evil.example.net/a?b\\=c&d=e");
    CHECK_TEXT(field_of(e, HMI_USER_AGENT, HMI_ROLE_CLIENT, 0), "Mozilla/5.0 (X11; x\\=y)");
    records_free(r);
}

TEST(cef_in_syslog_with_words_for_a_time)
{
    records *r = one("<134>Oct  7 13:55:36 fw.example.net CEF:0|V|P|1|2|n|3|"
                     "rt=Oct 10 2025 13:55:36 shost=a.example.net");
    const hmi_event *e = &r->events[0];
    CHECK(records_won(r, "syslog"));
    CHECK_EQ(e->time.us, records_us("2025-10-10T13:55:36Z"));
    CHECK_EQ(e->time.trust, HMI_TIME_ZONE_ASSUMED);
    CHECK_TEXT(field_of(e, HMI_DOMAIN, HMI_ROLE_CLIENT, 0), "a.example.net");
    records_free(r);
}

TEST(leef_with_its_separators)
{
    static const char *const lines[] = {
        "LEEF:1.0|V|P|1|2|src=192.0.2.1\tusrName=bob\turl=http://evil.example.net/",
        "LEEF:2.0|V|P|1|2|^|src=192.0.2.1^usrName=bob^url=http://evil.example.net/",
        "LEEF:2.0|V|P|1|2|x7c|src=192.0.2.1|usrName=bob|url=http://evil.example.net/",
        "LEEF:2.0|V|P|1|2||src=192.0.2.1\tusrName=bob\turl=http://evil.example.net/",
    };
    for (size_t i = 0; i < HMI_COUNT(lines); i++) {
        records *r = one(lines[i]);
        const hmi_event *e = &r->events[0];
        CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.1");
        CHECK_TEXT(field_of(e, HMI_ACCOUNT, HMI_ROLE_USER, 0), "bob");
        CHECK_TEXT(field_of(e, HMI_URL, HMI_ROLE_QUERY, 0), "http://evil.example.net/");
        records_free(r);
    }
}

TEST(escaped_equal_signs_are_undone_in_traits)
{
    collector got;
    hm_err err = { 0 };
    CHECK_OK(records_collect(&got,
                             HM_BYTES("CEF:0|V|P|1|2|n|3|src=192.0.2.1 "
                                      "requestClientApplication=a\\=b c\n"),
                             &err));
    CHECK(collect_has(&got, HMI_USER_AGENT, HMI_ROLE_CLIENT, "a=b c"));
    collect_fini(&got);
}

TEST(every_prefix_and_every_flipped_bit_gets_an_answer)
{
    records_sweep(
        HM_BYTES("CEF:0|V\\||P|1|2|n|3|rt=Oct 10 2025 13:55:36 src=::1 request=/a\\=b x=y\n"
                 "LEEF:2.0|V|P|1|2|x7c|src=192.0.2.1|url=http://e/\n"));
}

RUN_TESTS()
