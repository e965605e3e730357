/* SPDX-License-Identifier: Apache-2.0
 *
 * test_netflow.c - NetFlow 5 and 9 and IPFIX: flows, late and withdrawn templates, damage.
 */
#include "formats/record/netflow.h"

#include "records.h"

enum { NOW = 1700000000, TEXT_MAX = 1 << 16 };

typedef struct wire {
    uint8_t bytes[TEXT_MAX];
    size_t len;
} wire;

static void put(wire *w, unsigned width, uint64_t value)
{
    for (unsigned i = 0; i < width; i++) {
        w->bytes[w->len++] = (uint8_t)(value >> (8 * (width - 1 - i)));
    }
}

static void set_u16(wire *w, size_t at, size_t value)
{
    w->bytes[at] = (uint8_t)(value >> 8);
    w->bytes[at + 1] = (uint8_t)value;
}

static hm_bytes all(const wire *w)
{
    return hmi_bytes(w->bytes, w->len);
}

/* ---- Messages */

static void v5_message(wire *w, unsigned flows)
{
    put(w, 2, 5);
    put(w, 2, flows);
    put(w, 4, 600000); /* uptime */
    put(w, 4, NOW);
    put(w, 4, 500000000);
    put(w, 8, 0);
    for (unsigned i = 0; i < flows; i++) {
        put(w, 4, 0x0a000001 + i);
        put(w, 4, 0x2d090909);
        put(w, 4, 0);
        put(w, 4, 0);
        put(w, 4, 7);
        put(w, 4, 1234);
        put(w, 4, 540000);
        put(w, 4, 570000);
        put(w, 2, 40000);
        put(w, 2, 443);
        put(w, 1, 0);
        put(w, 1, 0x1b);
        put(w, 1, 6);
        put(w, 1, 0);
        put(w, 8, 0);
    }
}

static void v9_head(wire *w, unsigned count, uint32_t source)
{
    put(w, 2, 9);
    put(w, 2, count);
    put(w, 4, 600000);
    put(w, 4, NOW);
    put(w, 4, 1);
    put(w, 4, source);
}

static void v9_template(wire *w)
{
    static const uint16_t fields[][2] = { { 8, 4 }, { 12, 4 }, { 7, 2 },  { 11, 2 },
                                          { 1, 4 }, { 22, 4 }, { 21, 4 }, { 4, 1 } };
    put(w, 2, 0);
    put(w, 2, 4 + 4 + sizeof(fields));
    put(w, 2, 256);
    put(w, 2, HMI_COUNT(fields));
    for (size_t i = 0; i < HMI_COUNT(fields); i++) {
        put(w, 2, fields[i][0]);
        put(w, 2, fields[i][1]);
    }
}

static void v9_flows(wire *w, unsigned count)
{
    size_t at = w->len;
    put(w, 2, 256);
    put(w, 2, 0);
    for (unsigned i = 0; i < count; i++) {
        put(w, 4, 0x2d090909); /* from the service to the client */
        put(w, 4, 0x0a000001);
        put(w, 2, 443);
        put(w, 2, 40000);
        put(w, 4, 5000);
        put(w, 4, 540000);
        put(w, 4, 570000);
        put(w, 1, 6);
    }
    while ((w->len - at) % 4 != 0) {
        put(w, 1, 0);
    }
    set_u16(w, at + 2, w->len - at);
}

static size_t ipfix_head(wire *w)
{
    size_t at = w->len;
    put(w, 2, 10);
    put(w, 2, 0);
    put(w, 4, NOW);
    put(w, 4, 1);
    put(w, 4, 7);
    return at;
}

static void ipfix_template(wire *w)
{
    size_t at = w->len;
    put(w, 2, 2);
    put(w, 2, 0);
    put(w, 2, 300);
    put(w, 2, 7);
    put(w, 4, 27u << 16 | 16);
    put(w, 4, 28u << 16 | 16);
    put(w, 4, 11u << 16 | 2);
    put(w, 4, 1u << 16 | 8);
    put(w, 4, (0x8000u | 1) << 16 | 8); /* the way back */
    put(w, 4, 29305);
    put(w, 4, 152u << 16 | 8);
    put(w, 4, 96u << 16 | 65535); /* a name of any length */
    set_u16(w, at + 2, w->len - at);
}

static void ipfix_flow(wire *w)
{
    size_t at = w->len;
    put(w, 2, 300);
    put(w, 2, 0);
    put(w, 8, UINT64_C(0x20010db800000000));
    put(w, 8, 1);
    put(w, 8, UINT64_C(0x2a00145000000000));
    put(w, 8, 2);
    put(w, 2, 22);
    put(w, 8, 100);
    put(w, 8, 900);
    put(w, 8, UINT64_C(1700000000123));
    put(w, 1, 3);
    put(w, 3, 0x737368);
    set_u16(w, at + 2, w->len - at);
}

static void ipfix_end(wire *w, size_t at)
{
    set_u16(w, at + 2, w->len - at);
}

/* ---- Reading */

typedef struct heard {
    hmi_event_sink sink; /* first */
    hmi_arena arena;
    hmi_event last;
    char client[64], server[64];
    size_t count;
    hmi_netflow_sums sums;
} heard;

static int hear(hmi_event_sink *sink, const hmi_event *event, hm_err *err)
{
    (void)err;
    heard *h = (heard *)(void *)sink;
    h->last = *event;
    h->client[0] = h->server[0] = 0;
    for (unsigned i = 0; i < event->field_count; i++) {
        const hmi_field *f = &event->fields[i];
        (void)snprintf(f->role == HMI_ROLE_CLIENT ? h->client : h->server, 64, "%.*s",
                       (int)f->raw.len, (const char *)f->raw.ptr);
    }
    h->count++;
    return HM_OK;
}

static heard listen(hm_bytes file)
{
    heard h = { .sink = { hear } };
    hm_err err = { 0 };
    hmi_arena_init(&h.arena, 64 << 20);
    CHECK_OK(hmi_netflow_read(&h.arena, file, &h.sink, &h.sums, &err));
    hmi_arena_fini(&h.arena);
    return h;
}

TEST(version_5)
{
    static wire w;
    w.len = 0;
    v5_message(&w, 3);
    v5_message(&w, 30);
    heard h = listen(all(&w));
    CHECK_EQ(h.count, 33);
    CHECK_EQ(h.sums.damaged, 0);
    CHECK_CSTR(h.client, "10.0.0.30");
    CHECK_CSTR(h.server, "45.9.9.9");
    CHECK_EQ(h.last.server_port, 443);
    CHECK_EQ(h.last.bytes_up, 1234);
    CHECK_EQ(h.last.time.us, (NOW - 60) * INT64_C(1000000) + 500000);
    CHECK_EQ(h.last.duration_us, 30000000);
}

TEST(version_9_with_its_template)
{
    static wire w;
    w.len = 0;
    v9_head(&w, 3, 1);
    v9_template(&w);
    v9_flows(&w, 2);
    heard h = listen(all(&w));
    CHECK_EQ(h.count, 2);
    CHECK_CSTR(h.client, "10.0.0.1");
    CHECK_CSTR(h.server, "45.9.9.9");
    CHECK_EQ(h.last.bytes, 5000);
    CHECK_EQ(h.last.bytes_up, 0);
    CHECK_EQ(h.last.time.us, (NOW - 60) * INT64_C(1000000));
}

TEST(a_template_may_come_late_and_belongs_to_its_exporter)
{
    static wire w;
    w.len = 0;
    v9_head(&w, 2, 1);
    v9_flows(&w, 2);
    v9_head(&w, 2, 2); /* another exporter, without a template */
    v9_flows(&w, 2);
    v9_head(&w, 1, 1);
    v9_template(&w);
    heard h = listen(all(&w));
    CHECK_EQ(h.count, 2);
    CHECK_EQ(h.sums.unknown, 1);
    CHECK_EQ(h.sums.messages, 3);
}

TEST(ipfix_both_ways_and_any_length)
{
    static wire w;
    w.len = 0;
    size_t at = ipfix_head(&w);
    ipfix_template(&w);
    ipfix_flow(&w);
    ipfix_flow(&w);
    ipfix_end(&w, at);
    heard h = listen(all(&w));
    CHECK_EQ(h.count, 2);
    CHECK_CSTR(h.client, "2001:db8::1");
    CHECK_CSTR(h.server, "2a00:1450::2");
    CHECK_EQ(h.last.bytes_up, 100);
    CHECK_EQ(h.last.bytes, 900);
    CHECK_EQ(h.last.time.us, INT64_C(1700000000123000));
}

TEST(a_withdrawn_template_reads_nothing)
{
    static wire w;
    w.len = 0;
    size_t at = ipfix_head(&w);
    ipfix_template(&w);
    ipfix_flow(&w);
    put(&w, 4, 2u << 16 | 8);
    put(&w, 4, 300u << 16);
    ipfix_flow(&w);
    ipfix_end(&w, at);
    heard h = listen(all(&w));
    CHECK_EQ(h.count, 1);
    CHECK_EQ(h.sums.unknown, 1);
}

TEST(what_follows_damage_is_read)
{
    static wire w;
    w.len = 0;
    v5_message(&w, 2);
    put(&w, 8, UINT64_C(0xdeadbeefdeadbeef));
    v5_message(&w, 2);
    heard h = listen(all(&w));
    CHECK_EQ(h.count, 4);
    CHECK_EQ(h.sums.damaged, 1);
    CHECK_EQ(h.sums.first_damaged, 24 + 2 * 48);
}

TEST(files_are_recognised_and_others_are_not)
{
    static wire w;
    collector got;
    hm_err err = { 0 };
    w.len = 0;
    v9_head(&w, 3, 1);
    v9_template(&w);
    v9_flows(&w, 2);
    CHECK_OK(records_collect(&got, all(&w), &err));
    CHECK_TEXT(collect_fact_of(&got, "format"), "netflow");
    CHECK_TEXT(collect_fact_of(&got, "flows"), "2");
    CHECK(collect_has(&got, HMI_ADDRESS, HMI_ROLE_CLIENT, "10.0.0.1"));
    collect_fini(&got);
    CHECK_EQ(hmi_reader_netflow.detect(HM_BYTES("\0\5"), HM_BYTES("")), 0);
    static const uint8_t zeros[64] = { 0, 5 };
    CHECK_EQ(hmi_reader_netflow.detect(hmi_bytes(zeros, 64), HM_BYTES("")), 0);
}

/* Every prefix, every flipped bit. */
TEST(damage_is_never_more_than_damage)
{
    static wire w;
    w.len = 0;
    v5_message(&w, 1);
    v9_head(&w, 3, 1);
    v9_template(&w);
    v9_flows(&w, 1);
    size_t at = ipfix_head(&w);
    ipfix_template(&w);
    ipfix_flow(&w);
    ipfix_end(&w, at);
    for (size_t len = 0; len <= w.len; len++) {
        uint8_t *cut = malloc(len ? len : 1);
        memcpy(cut, w.bytes, len);
        (void)listen(hmi_bytes(cut, len));
        (void)hmi_reader_netflow.detect(hmi_bytes(cut, len), HM_BYTES(""));
        free(cut);
    }
    for (size_t bit = 0; bit < w.len * 8; bit++) {
        w.bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        heard h = listen(all(&w));
        CHECK(h.count <= 64);
        w.bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
}

RUN_TESTS()
