/* SPDX-License-Identifier: Apache-2.0
 *
 * test_emit.c - what a sink hears is canonical, clean and bounded.
 */
#include "base/text.h"
#include "check.h"
#include "collect.h"

TEST(values_arrive_canonical_and_nothing_is_no_error)
{
    collector got;
    collector *c = &got;
    collect_init(c, 16 << 20);
    hmi_reading reading = { .sink = &c->sink };
    hm_err err;
    CHECK_OK(hmi_emit(&reading, HMI_DOMAIN, HMI_ROLE_QUERY, HM_TEXT("C2.Evil.COM."), 7, &err));
    CHECK_OK(hmi_emit(&reading, HMI_DOMAIN, HMI_ROLE_QUERY, HM_TEXT("kernel32.dll"), 9, &err));
    CHECK_EQ(c->trait_count, 1);
    CHECK_TEXT(c->traits[0].value, "c2.evil.com");
    CHECK_EQ(c->traits[0].offset, 7);
    CHECK_EQ(c->traits[0].count, 1);
    CHECK_EQ(c->traits[0].role, HMI_ROLE_QUERY);
    CHECK(c->traits[0].first_us == HMI_TIME_NONE && c->traits[0].last_us == HMI_TIME_NONE);
    collect_fini(c);
}

TEST(an_onion_name_met_as_a_domain_is_an_onion_service)
{
    collector got;
    collector *c = &got;
    collect_init(c, 16 << 20);
    hmi_reading reading = { .sink = &c->sink };
    hm_err err;
    CHECK_OK(hmi_emit(&reading, HMI_DOMAIN, HMI_ROLE_QUERY, HM_TEXT("x.abcdefghijklmnop.onion"), 0,
                      &err));
    CHECK_EQ(c->trait_count, 1);
    CHECK_EQ(c->traits[0].class_id, HMI_ONION);
    CHECK_TEXT(c->traits[0].value, "abcdefghijklmnop.onion");
    collect_fini(c);
}

TEST(counts_moments_and_detail_go_along)
{
    collector got;
    collector *c = &got;
    collect_init(c, 16 << 20);
    hmi_reading reading = { .sink = &c->sink };
    hm_err err;
    hmi_trait like = { .class_id = HMI_ADDRESS,
                       .role = HMI_ROLE_CLIENT,
                       .count = 5,
                       .first_us = 10,
                       .last_us = 20,
                       .detail = HM_BYTES("d") };
    CHECK_OK(hmi_emit_like(&reading, &like, HM_TEXT("::ffff:198.51.100.3"), &err));
    like.count = 0;
    CHECK_OK(hmi_emit_like(&reading, &like, HM_TEXT("198.51.100.4"), &err));
    CHECK_EQ(c->traits[0].count, 5);
    CHECK_EQ(c->traits[0].last_us, 20);
    CHECK_EQ(c->traits[0].detail.len, 1);
    CHECK_TEXT(c->traits[0].value, "198.51.100.3");
    CHECK_EQ(c->traits[1].count, 1);
    collect_fini(c);
}

TEST(moments_come_both_and_in_order)
{
    static const int64_t cases[][4] = {
        { 20, 10, 10, 20 },
        { HMI_TIME_NONE, 10, 10, 10 },
        { 20, HMI_TIME_NONE, 20, 20 },
        { HMI_TIME_NONE, HMI_TIME_NONE, HMI_TIME_NONE, HMI_TIME_NONE },
    };
    collector got;
    collector *c = &got;
    collect_init(c, 16 << 20);
    hmi_reading reading = { .sink = &c->sink };
    hm_err err;
    for (size_t i = 0; i < HMI_COUNT(cases); i++) {
        hmi_trait like = { .class_id = HMI_ADDRESS,
                           .role = HMI_ROLE_CLIENT,
                           .first_us = cases[i][0],
                           .last_us = cases[i][1] };
        CHECK_OK(hmi_emit_like(&reading, &like, HM_TEXT("198.51.100.3"), &err));
        CHECK(c->traits[i].first_us == cases[i][2] && c->traits[i].last_us == cases[i][3]);
    }
    collect_fini(c);
}

TEST(notes_are_clean_and_cut)
{
    collector got;
    collector *c = &got;
    collect_init(c, 16 << 20);
    hmi_reading reading = { .sink = &c->sink };
    hm_err err;
    char longer[400];
    memset(longer, 'x', sizeof(longer));
    /* a character of two bytes across the limit */
    memcpy(longer + HMI_NOTE_TEXT_MAX - 1, "\xc3\xa9", 2);
    longer[399] = '\0';
    CHECK_OK(hmi_emit_note(&reading, HMI_NOTE_DAMAGE, HM_E_MALFORMED, 3, &err, "%s", longer));
    CHECK_OK(hmi_emit_note(&reading, HMI_NOTE_ODD, HM_OK, 3, &err, "a\x1b[2J\xff\xc2\x9b%d\n", 7));
    CHECK_EQ(c->notes[0].text.len, HMI_NOTE_TEXT_MAX - 1);
    CHECK_EQ(c->notes[0].code, HM_E_MALFORMED);
    CHECK_TEXT(c->notes[1].text, "a [2J???7 ");
    for (size_t i = 0; i < c->note_count; i++) {
        CHECK(hmi_utf8_clean(hmi_text_bytes(c->notes[i].text)));
    }
    collect_fini(c);
}

TEST(a_refusing_sink_is_handed_on)
{
    collector got;
    collector *c = &got;
    collect_init(c, 16 << 20);
    hmi_reading reading = { .sink = &c->sink };
    hm_err err;
    c->fail_after = 1;
    CHECK_EQ(hmi_emit(&reading, HMI_MUTEX, HMI_ROLE_CONTENT, HM_TEXT("m"), 0, &err),
             HM_E_CANCELLED);
    c->fail_after = 1;
    CHECK_EQ(hmi_emit_note(&reading, HMI_NOTE_INFO, HM_OK, 0, &err, "x"), HM_E_CANCELLED);
    c->fail_after = 1;
    CHECK_EQ(hmi_emit_fact(&reading, "format", HM_TEXT("x"), &err), HM_E_CANCELLED);
    collect_fini(c);
}

RUN_TESTS()
