/* SPDX-License-Identifier: Apache-2.0
 *
 * test_tally.c - equal traits become one with a count, in order, under any ceiling.
 */
#include "check.h"
#include "collect.h"
#include "trait/tally.h"

static hmi_trait address(const char *value, int64_t us)
{
    return (hmi_trait){ .class_id = HMI_ADDRESS,
                        .role = HMI_ROLE_CLIENT,
                        .value = hmi_text_of(value),
                        .offset = 5,
                        .count = 1,
                        .first_us = us,
                        .last_us = us };
}

TEST(equal_traits_are_counted_in_order_of_first_appearance)
{
    collector got;
    collector *c = &got;
    collect_init(c, 16 << 20);
    hmi_tally *tally;
    hm_err err;
    CHECK_OK(hmi_tally_new(&c->sink, 1 << 20, &tally, &err));
    hmi_sink *sink = hmi_tally_sink(tally);
    hmi_trait a = address("10.0.0.1", 50), b = address("10.0.0.2", HMI_TIME_NONE);
    CHECK_OK(hmi_sink_trait(sink, &b, &err));
    CHECK_OK(hmi_sink_trait(sink, &a, &err));
    a.first_us = a.last_us = 20;
    CHECK_OK(hmi_sink_trait(sink, &a, &err));
    a.first_us = a.last_us = 90;
    a.count = UINT64_MAX;
    CHECK_OK(hmi_sink_trait(sink, &a, &err));
    b.first_us = b.last_us = 7;
    CHECK_OK(hmi_sink_trait(sink, &b, &err));
    b.role = HMI_ROLE_SERVER;
    CHECK_OK(hmi_sink_trait(sink, &b, &err));
    CHECK_EQ(c->trait_count, 0);
    CHECK_OK(hmi_tally_flush(tally, &err));
    CHECK_EQ(c->trait_count, 3);
    CHECK_TEXT(c->traits[0].value, "10.0.0.2");
    CHECK_EQ(c->traits[0].count, 2);
    CHECK_EQ(c->traits[0].first_us, 7);
    CHECK_TEXT(c->traits[1].value, "10.0.0.1");
    CHECK(c->traits[1].count == UINT64_MAX);
    CHECK_EQ(c->traits[1].first_us, 20);
    CHECK_EQ(c->traits[1].last_us, 90);
    CHECK_EQ(c->traits[2].role, HMI_ROLE_SERVER);
    CHECK_OK(hmi_tally_flush(tally, &err));
    CHECK_EQ(c->trait_count, 3);
    hmi_tally_free(tally);
    collect_fini(c);
}

static uint64_t run_with_ceiling(size_t ceiling, size_t distinct, size_t rounds, size_t *ret_rows)
{
    collector got;
    collector *c = &got;
    collect_init(c, 16 << 20);
    hmi_tally *tally;
    hm_err err;
    CHECK_OK(hmi_tally_new(&c->sink, ceiling, &tally, &err));
    hmi_sink *sink = hmi_tally_sink(tally);
    for (size_t i = 0; i < distinct * rounds; i++) {
        char value[32];
        snprintf(value, sizeof(value), "10.0.%zu.%zu", i % distinct / 256, i % distinct % 256);
        hmi_trait trait = address(value, (int64_t)i);
        CHECK_OK(hmi_sink_trait(sink, &trait, &err));
    }
    CHECK_OK(hmi_tally_flush(tally, &err));
    uint64_t sum = 0;
    for (size_t i = 0; i < c->trait_count; i++) {
        sum += c->traits[i].count;
    }
    *ret_rows = c->trait_count;
    hmi_tally_free(tally);
    collect_fini(c);
    return sum;
}

TEST(nothing_is_lost_under_any_ceiling)
{
    size_t rows;
    CHECK_EQ(run_with_ceiling(8 << 20, 1000, 3, &rows), 3000);
    CHECK_EQ(rows, 1000);
    CHECK_EQ(run_with_ceiling(64 << 10, 1000, 3, &rows), 3000);
    CHECK(rows > 1000 && rows <= 3000);
    CHECK_EQ(run_with_ceiling(0, 100, 3, &rows), 300);
    CHECK_EQ(rows, 300);
}

/* A few values come again and again among many that come once. */
TEST(what_comes_often_is_not_told_again)
{
    collector got;
    collector *c = &got;
    collect_init(c, 64 << 20);
    hmi_tally *tally;
    hm_err err;
    CHECK_OK(hmi_tally_new(&c->sink, 256 << 10, &tally, &err));
    hmi_sink *sink = hmi_tally_sink(tally);
    for (size_t i = 0; i < 60000; i++) {
        char value[32];
        bool often = i % 2 == 0;
        size_t n = often ? i / 2 % 500 : i;
        snprintf(value, sizeof(value), "10.%d.%zu.%zu", often, n / 256, n % 256);
        hmi_trait trait = address(value, (int64_t)i);
        CHECK_OK(sink->ops->trait(sink, &trait, &err));
    }
    CHECK(c->trait_count > 25000); /* those that came once are not kept */
    CHECK_OK(hmi_tally_flush(tally, &err));
    CHECK_EQ(c->trait_count, 30000 + 500);
    uint64_t sum = 0;
    for (size_t i = 0; i < c->trait_count; i++) {
        sum += c->traits[i].count;
    }
    CHECK_EQ(sum, 60000);
    hmi_tally_free(tally);
    collect_fini(c);
}

TEST(everything_else_passes_straight_through)
{
    collector got;
    collector *c = &got;
    collect_init(c, 16 << 20);
    hmi_tally *tally;
    hm_err err;
    CHECK_OK(hmi_tally_new(&c->sink, 1 << 20, &tally, &err));
    hmi_reading reading = { .sink = hmi_tally_sink(tally) };
    hmi_object object = { .id = HM_TEXT("x"), .raw = HM_BYTES("{}") };
    hmi_member member = { .name = HM_BYTES("m") };
    CHECK_OK(hmi_emit_note(&reading, HMI_NOTE_INFO, HM_OK, 0, &err, "n"));
    CHECK_OK(hmi_emit_fact(&reading, "format", HM_TEXT("f"), &err));
    CHECK_OK(hmi_sink_object(reading.sink, &object, &err));
    CHECK_OK(hmi_sink_member(reading.sink, &member, &err));
    CHECK_EQ(c->note_count, 1);
    CHECK_EQ(c->fact_count, 1);
    CHECK_EQ(c->object_count, 1);
    CHECK_EQ(c->member_count, 1);
    hmi_tally_free(tally);
    collect_fini(c);
}

TEST(a_refusal_stops_the_flush_and_memory_that_fails_loses_nothing)
{
    collector got;
    collector *c = &got;
    collect_init(c, 16 << 20);
    hmi_tally *tally;
    hm_err err;
    CHECK_OK(hmi_tally_new(&c->sink, 1 << 20, &tally, &err));
    hmi_sink *sink = hmi_tally_sink(tally);
    hmi_trait a = address("10.0.0.1", 1), b = address("10.0.0.2", 1);
    hmi_arena_fail_at(1);
    CHECK_OK(hmi_sink_trait(sink, &a, &err));
    hmi_arena_fail_at(0);
    CHECK_OK(hmi_sink_trait(sink, &b, &err));
    c->fail_after = 1;
    CHECK_EQ(hmi_tally_flush(tally, &err), HM_E_CANCELLED);
    CHECK(c->trait_count >= 1);
    hmi_tally_free(tally);
    hmi_tally_free(NULL);
    collect_fini(c);
}

RUN_TESTS()
