/* SPDX-License-Identifier: Apache-2.0
 *
 * test_protocol.c - what goes in at the worker's end comes out at ours; everything else is refused,
 * and never more than was said is believed.
 */
#include "check.h"

#include "collect.h"
#include "jail/protocol.h"

enum { EVIDENCE = 1000 };
static const hmi_quota QUOTA = { .output_max = 1 << 20, .members_max = 4 };

typedef struct packets {
    hmi_buf all; /* every packet, end to end */
    size_t count;
    size_t ends[64];
} packets;

static int keep_packet(void *with, hm_bytes packet, hm_err *err)
{
    packets *p = with;
    hmi_buf_add(&p->all, packet);
    CHECK(p->count < 64 && packet.len > 0 && packet.len <= HMI_PACKET_MAX);
    p->ends[p->count++] = p->all.len;
    return hmi_buf_check(&p->all, err);
}

static int deliver(hmi_decoder *d, const packets *p, hm_err *err)
{
    int code = HM_OK;
    for (size_t i = 0, at = 0; i < p->count && code == HM_OK; at = p->ends[i++]) {
        code = hmi_decoder_take(d, hmi_slice(hmi_buf_bytes(&p->all), at, p->ends[i] - at), err);
    }
    return code;
}

static void say_trait(hmi_sink *sink, hmi_trait trait, hmi_class class_id, const char *value)
{
    hm_err err = { 0 };
    trait.class_id = class_id;
    trait.value = hmi_text_of(value);
    CHECK_OK(hmi_sink_trait(sink, &trait, &err));
}

/* One of each kind. */
static void say_all(hmi_encoder *e)
{
    hm_err err = { 0 };
    hmi_sink *sink = &e->sink;
    hmi_trait plain = { .role = HMI_ROLE_CONTENT,
                        .offset = HM_OFFSET_NONE,
                        .count = 1,
                        .first_us = HMI_TIME_NONE,
                        .last_us = HMI_TIME_NONE };
    hmi_trait full = { .role = HMI_ROLE_CLIENT,
                       .offset = 999,
                       .count = 77,
                       .first_us = -5,
                       .last_us = 1416000000000000,
                       .detail = HM_BYTES("detail\0!") };
    say_trait(sink, plain, HMI_STRING, "a string");
    say_trait(sink, full, HMI_ADDRESS, "192.0.2.7");
    hmi_note note = { HMI_NOTE_ODD, HM_OK, 12, HM_TEXT("odd, that") };
    CHECK_OK(hmi_sink_note(sink, &note, &err));
    CHECK_OK(hmi_sink_fact(sink, HM_TEXT("format"), HM_TEXT("elf"), &err));
    hmi_member member = {
        .name = HM_BYTES("../x\xff"), .content = HM_BYTES("content"), .offset = 7, .truncated = true
    };
    CHECK_OK(hmi_sink_member(sink, &member, &err));
    member = (hmi_member){ .offset = HM_OFFSET_NONE, .apart = true };
    CHECK_OK(hmi_sink_member(sink, &member, &err));
    hmi_object object = { HM_TEXT("indicator--x"), HM_TEXT("indicator"),
                          HM_TEXT("2014-11-24T00:00:00Z"), HM_BYTES("{}"), 3 };
    CHECK_OK(hmi_sink_object(sink, &object, &err));
}

static void encode(packets *p, void (*say)(hmi_encoder *), hm_err why, bool memory)
{
    static hmi_encoder e;
    hm_err err = { 0 };
    *p = (packets){ .count = 0 };
    hmi_encoder_init(&e, QUOTA, keep_packet, p);
    say(&e);
    CHECK_OK(hmi_encoder_end(&e, &why, memory, &err));
}

static const char SAID[] = "trait 40 1 a string @18446744073709551615 x1 "
                           "-9223372036854775808--9223372036854775808 +0\n"
                           "trait 60 3 192.0.2.7 @999 x77 -5-1416000000000000 +8\n"
                           "note 1 0 @12 odd, that\n"
                           "fact format=elf\n"
                           "member ../x\xff 7 @7 1 content\n"
                           "member  0 @18446744073709551615 0 apart \n"
                           "object indicator--x indicator 2014-11-24T00:00:00Z 2 @3\n";

TEST(everything_said_is_heard)
{
    packets p;
    hm_err err = { 0 };
    collect c;
    hmi_decoder d;
    hm_err why = { HM_E_TRUNCATED, 17, "the file ends early" };
    encode(&p, say_all, why, true);
    CHECK_EQ(p.count, 1);
    collect_init(&c);
    hmi_decoder_init(&d, QUOTA, EVIDENCE, &c.sink);
    CHECK_OK(deliver(&d, &p, &err));
    CHECK_TEXT(hmi_buf_text(&c.lines), SAID);
    CHECK(d.ended && d.ended_memory && !d.unknown && !d.damaged);
    CHECK_EQ(d.end.code, HM_E_TRUNCATED);
    CHECK_EQ(d.end.offset, 17);
    CHECK_CSTR(d.end.text, "the file ends early");
    CHECK_EQ(hmi_decoder_take(&d, HM_BYTES("\x06\x01x\x00"), &err), HM_E_MALFORMED);
    hmi_decoder_fini(&d);
    collect_fini(&c);
    hmi_buf_fini(&p.all);
}

static void say_big_member(hmi_encoder *e)
{
    hm_err err = { 0 };
    static uint8_t big[300000];
    for (size_t i = 0; i < sizeof(big); i++) {
        big[i] = (uint8_t)(i * 7 >> 3);
    }
    hmi_member member = { .name = HM_BYTES("big"), .content = { big, sizeof(big) }, .offset = 0 };
    CHECK_OK(hmi_sink_member(&e->sink, &member, &err));
    CHECK_OK(hmi_sink_fact(&e->sink, HM_TEXT("after"), HM_TEXT("it"), &err));
}

TEST(content_of_many_packets_is_put_together)
{
    packets p;
    hm_err err = { 0 }, why = { .code = HM_OK };
    collect c;
    hmi_decoder d;
    encode(&p, say_big_member, why, false);
    CHECK(p.count > 4);
    collect_init(&c);
    hmi_decoder_init(&d, QUOTA, EVIDENCE, &c.sink);
    CHECK_OK(deliver(&d, &p, &err));
    CHECK(d.ended);
    CHECK_EQ(c.member_bytes, 300000);
    CHECK(collect_has(&c, "fact after=it"));
    hmi_decoder_fini(&d);
    collect_fini(&c);
    hmi_buf_fini(&p.all);
}

TEST(every_prefix_is_refused_or_unfinished)
{
    packets p;
    hm_err why = { .code = HM_OK };
    encode(&p, say_all, why, false);
    for (size_t len = 0; len < p.all.len; len++) {
        collect c;
        hmi_decoder d;
        collect_init(&c);
        hmi_decoder_init(&d, QUOTA, EVIDENCE, &c.sink);
        int code = hmi_decoder_take(&d, (hm_bytes){ p.all.ptr, len }, NULL);
        CHECK(code == HM_OK || (code == HM_E_MALFORMED && d.fault == HMI_FAULT_WORKER));
        CHECK(!d.ended);
        /* What was heard is the beginning of what was said. */
        CHECK(hmi_starts_with(HM_BYTES(SAID), hmi_buf_bytes(&c.lines)));
        hmi_decoder_fini(&d);
        collect_fini(&c);
    }
    hmi_buf_fini(&p.all);
}

TEST(every_flipped_bit_is_survived)
{
    packets p;
    hm_err why = { .code = HM_OK };
    encode(&p, say_all, why, false);
    size_t refused = 0;
    for (size_t bit = 0; bit < 8 * p.all.len; bit++) {
        collect c;
        hmi_decoder d;
        collect_init(&c);
        hmi_decoder_init(&d, QUOTA, EVIDENCE, &c.sink);
        p.all.ptr[bit / 8] ^= (uint8_t)(1 << bit % 8);
        refused += hmi_decoder_take(&d, hmi_buf_bytes(&p.all), NULL) < 0;
        p.all.ptr[bit / 8] ^= (uint8_t)(1 << bit % 8);
        hmi_decoder_fini(&d);
        collect_fini(&c);
    }
    CHECK(refused > p.all.len);
    hmi_buf_fini(&p.all);
}

static void check_refused_in(hm_bytes packet, int expected, hmi_fault fault, uint64_t events)
{
    collect c;
    hmi_decoder d;
    hm_err err = { 0 };
    collect_init(&c);
    hmi_decoder_init(&d, QUOTA, EVIDENCE, &c.sink);
    int code = hmi_decoder_take(&d, packet, &err);
    if (code != expected) {
        print_error("%d: %s\n", code, err.text);
    }
    CHECK_EQ(code, expected);
    CHECK_EQ(d.fault, fault);
    CHECK_EQ(c.traits + c.members + c.notes + c.facts + c.objects, events);
    hmi_decoder_fini(&d);
    collect_fini(&c);
}

#define REFUSED(literal) check_refused_in(HM_BYTES(literal), HM_E_MALFORMED, HMI_FAULT_WORKER, 0)

TEST(impossible_fields_are_refused)
{
    check_refused_in(HM_BYTES("\x01\x28\x01\x00\x01x"), HM_OK, HMI_FAULT_NONE, 1);
    REFUSED("\x00");
    REFUSED("\x08");
    REFUSED("\x01\x00\x01\x00\x01x");    /* no class */
    REFUSED("\x01\xff\x01\x00\x01x");    /* no such class */
    REFUSED("\x01\x28\x1f\x00\x01x");    /* a role without a name */
    REFUSED("\x01\x28\xff\x00\x01x");    /* no such role */
    REFUSED("\x01\x28\x01\x00\x01\xff"); /* not UTF-8 */
    REFUSED("\x01\x28\x01\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x"); /* a length of 2^64-1 */
    REFUSED("\x01\x28\x01\x01\x01x\xe9\x07"); /* beyond the evidence: 1001 */
    REFUSED("\x01\x28\x01\x02\x01x\x00");     /* seen 0 times */
    REFUSED("\x01\x28\x01\x0c\x01x\x04\x02"); /* last before first */
    REFUSED("\x01\x28\x01\x04\x01x\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"); /* year 292,277 */
    REFUSED("\x04\x01x");                       /* content of nothing */
    REFUSED("\x02\x00\x01m\x02\x04\x03xyz");    /* more than announced */
    REFUSED("\x02\x00\x01m\x02\x04\x00");       /* content of no bytes */
    REFUSED("\x02\x00\x01m\x02\x06\x01x\x01y"); /* a fact amid content */
    REFUSED("\x03\x00\x00\x00\x00\x00");        /* an object without a name */
    REFUSED("\x05\x00\x03\x00\x01x");           /* no such severity */
    REFUSED("\x05\x00\x00\x02\x01x");           /* a positive code */
    REFUSED("\x05\x00\x00\x1f\x01x");           /* no such code: -16 */
    REFUSED("\x06\x00\x01x");                   /* a fact without a name */
    REFUSED("\x06\x02"
            "a b");                   /* a name with a space */
    REFUSED("\x07\x00\x00\x00\x00");  /* something behind the end */
    REFUSED("\x07\x00\x01\x02x\x00"); /* a NUL in a sentence */
    REFUSED("");
    static uint8_t much[HMI_PACKET_MAX + 1];
    check_refused_in(hmi_bytes(much, sizeof(much)), HM_E_MALFORMED, HMI_FAULT_WORKER, 0);
}

TEST(a_second_spelling_of_a_value_is_refused)
{
    REFUSED("\x01\x3e\x01\x00\x0b"
            "EXAMPLE.NET");
    REFUSED("\x01\x3c\x01\x00\x0d"
            "192.000.002.1");
    REFUSED("\x01\x20\x01\x00\x20"
            "D41D8CD98F00B204E9800998ECF8427E"); /* MD5 in capitals */
    check_refused_in(HM_BYTES("\x01\x3e\x01\x00\x0b"
                              "example.net"),
                     HM_OK, HMI_FAULT_NONE, 1);
}

TEST(quotas_hold)
{
    hm_bytes five = HM_BYTES("\x02\x00\x00\x00\x02\x00\x00\x00\x02\x00\x00\x00\x02\x00\x00\x00"
                             "\x02\x00\x00\x00");
    check_refused_in(five, HM_E_LIMIT, HMI_FAULT_QUOTA, 4);
    check_refused_in(HM_BYTES("\x02\x00\x00\x81\x80\x40"), HM_E_LIMIT, HMI_FAULT_QUOTA, 0);
    hmi_buf facts;
    hmi_buf_init(&facts, 0);
    for (int i = 0; i <= HMI_JAIL_FACTS_MAX; i++) {
        hmi_buf_add(&facts, HM_BYTES("\x06\x01x\x00"));
    }
    check_refused_in(hmi_buf_bytes(&facts), HM_E_LIMIT, HMI_FAULT_QUOTA, HMI_JAIL_FACTS_MAX);
    hmi_buf_fini(&facts);
}

TEST(the_sinks_own_failure_is_not_the_workers)
{
    collect c;
    hmi_decoder d;
    collect_init(&c);
    c.fail_with = HM_E_BUSY;
    hmi_decoder_init(&d, QUOTA, EVIDENCE, &c.sink);
    CHECK_EQ(hmi_decoder_take(&d, HM_BYTES("\x06\x01x\x00\x06\x01x\x00"), NULL), HM_E_BUSY);
    CHECK_EQ(d.fault, HMI_FAULT_SINK);
    CHECK_EQ(c.facts, 1);
    hmi_decoder_fini(&d);
    collect_fini(&c);
}

TEST(long_texts_are_cut_between_characters)
{
    static hmi_encoder e;
    packets p = { .count = 0 };
    hm_err err = { 0 }, why = { .code = HM_OK };
    collect c;
    hmi_decoder d;
    char text[HMI_NOTE_TEXT_MAX + 2];
    memset(text, 'x', sizeof(text));
    memcpy(text + HMI_NOTE_TEXT_MAX - 1, "\xc3\xa4", 2);
    hmi_note note = { HMI_NOTE_DAMAGE, HM_E_LIMIT, 1, { text, HMI_NOTE_TEXT_MAX + 1 } };
    hmi_encoder_init(&e, QUOTA, keep_packet, &p);
    CHECK_OK(hmi_sink_note(&e.sink, &note, &err));
    CHECK_OK(hmi_encoder_end(&e, &why, false, &err));
    collect_init(&c);
    hmi_decoder_init(&d, QUOTA, EVIDENCE, &c.sink);
    CHECK_OK(deliver(&d, &p, &err));
    CHECK(d.damaged);
    CHECK_EQ(d.first_damage.code, HM_E_LIMIT);
    CHECK_EQ(c.lines.len, strlen("note 2 -4 @1 \n") + HMI_NOTE_TEXT_MAX - 1);
    hmi_decoder_fini(&d);
    collect_fini(&c);
    hmi_buf_fini(&p.all);
}

/* A header may claim any place; the decoder refuses those behind the end, so they are not sent. */
TEST(a_place_behind_the_end_is_no_place)
{
    static hmi_encoder e;
    packets p = { .count = 0 };
    hm_err err = { 0 }, why = { HM_E_TRUNCATED, UINT64_MAX - 55, "the table is behind the end" };
    collect c;
    hmi_decoder d;
    hmi_encoder_init(&e, QUOTA, keep_packet, &p);
    e.evidence_size = EVIDENCE;
    hmi_note far = { HMI_NOTE_ODD, HM_OK, UINT64_MAX - 55, HM_TEXT("far") };
    hmi_note edge = { HMI_NOTE_ODD, HM_OK, EVIDENCE, HM_TEXT("edge") };
    CHECK_OK(hmi_sink_note(&e.sink, &far, &err));
    CHECK_OK(hmi_sink_note(&e.sink, &edge, &err));
    CHECK_OK(hmi_encoder_end(&e, &why, false, &err));
    collect_init(&c);
    hmi_decoder_init(&d, QUOTA, EVIDENCE, &c.sink);
    CHECK_OK(deliver(&d, &p, &err));
    CHECK(collect_has(&c, "note 1 0 @18446744073709551615 far\n"));
    CHECK(collect_has(&c, "edge\n") && !collect_has(&c, "note 1 0 @18446744073709551615 edge"));
    CHECK_EQ(d.end.offset, HM_OFFSET_NONE);
    hmi_decoder_fini(&d);
    collect_fini(&c);
    hmi_buf_fini(&p.all);
}

TEST(the_encoder_keeps_the_quota_itself)
{
    static hmi_encoder e;
    packets p = { .count = 0 };
    hm_err err = { 0 };
    hmi_member member = { .offset = HM_OFFSET_NONE };
    hmi_encoder_init(&e, QUOTA, keep_packet, &p);
    for (uint32_t i = 0; i < QUOTA.members_max; i++) {
        CHECK_OK(hmi_sink_member(&e.sink, &member, &err));
    }
    CHECK_EQ(hmi_sink_member(&e.sink, &member, &err), HM_E_LIMIT);
    hmi_buf_fini(&p.all);
}

TEST(a_task_goes_there_whole_and_nothing_else_does)
{
    hm_err err = { 0 };
    hmi_buf packet;
    hmi_task task = { .quota = QUOTA,
                      .memory_max = 1 << 30,
                      .context_us = -1,
                      .depth = 3,
                      .name = HM_BYTES("n\0\xff"),
                      .password_count = 2,
                      .passwords = { HM_TEXT("one"), HM_TEXT("") },
                      .functions = true,
                      .spelled_count = 2,
                      .spelled = { 0x401000, UINT64_MAX } };
    hmi_task got;
    hmi_buf_init(&packet, HMI_PACKET_MAX);
    CHECK_OK(hmi_task_encode(&task, &packet, &err));
    CHECK_OK(hmi_task_decode(hmi_buf_bytes(&packet), &got, &err));
    CHECK_EQ(got.quota.output_max, QUOTA.output_max);
    CHECK_EQ(got.quota.members_max, QUOTA.members_max);
    CHECK_EQ(got.memory_max, 1 << 30);
    CHECK_EQ(got.context_us, -1);
    CHECK_EQ(got.depth, 3);
    CHECK(hmi_bytes_eq(got.name, task.name));
    CHECK_EQ(got.password_count, 2);
    CHECK_TEXT(got.passwords[0], "one");
    CHECK_TEXT(got.passwords[1], "");
    CHECK(got.functions && !got.moments);
    CHECK_EQ(got.spelled_count, 2);
    CHECK_EQ(got.spelled[0], 0x401000);
    CHECK_EQ(got.spelled[1], UINT64_MAX);
    for (size_t len = 0; len < packet.len; len++) {
        CHECK(hmi_task_decode((hm_bytes){ packet.ptr, len }, &got, &err) < 0);
    }
    hmi_buf_add_u8(&packet, 0);
    CHECK(hmi_task_decode(hmi_buf_bytes(&packet), &got, &err) < 0);
    hmi_buf_fini(&packet);
}

RUN_TESTS()
