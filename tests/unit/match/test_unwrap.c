/* SPDX-License-Identifier: Apache-2.0
 *
 * test_unwrap.c - wrapped text in long records: no place of it is lost, told twice or out of order.
 * What a wrapped match means is in tests/semantics.
 */
#include "check.h"

#include <hallmark/matcher.h>

#include "match/unwrap.h"

static const char NAME[] = "evil-c2.example";
static const char NAME_BASE64[] = "IGV2aWwtYzIuZXhhbXBsZSA"; /* with a blank on each side */

static hm_matcher *compile(const char *value)
{
    hm_matcher_options options = { .seed = { 1, 2 }, .allow_poison = 1 };
    hm_indicator indicator = { .kind = "domain", .value = value, .value_len = strlen(value) };
    hm_matcher_builder *builder = NULL;
    hm_matcher *matcher = NULL;
    hm_err err = { 0 };
    CHECK_OK(hm_matcher_begin(&options, &builder, &err));
    CHECK_OK(hm_matcher_add(builder, &indicator, &err));
    CHECK_OK(hm_matcher_build(builder, &matcher, &err));
    return matcher;
}

static hm_scanner *open_scanner(const hm_matcher *matcher, unsigned what)
{
    hm_scanner *scanner = NULL;
    hm_err err = { 0 };
    CHECK_OK(hm_scanner_new(matcher, &scanner, &err));
    CHECK_OK(hm_scanner_unwrap(scanner, what, &err));
    return scanner;
}

typedef struct plant {
    uint64_t offset, line;
    unsigned wrapped;
} plant;

typedef struct met {
    const hm_scanner *scanner;
    const plant *plants;
    size_t count, next;
} met;

static int on_hit(void *user, const hm_hit *hit, hm_err *err)
{
    met *m = user;
    (void)err;
    CHECK(m->next < m->count);
    const plant *want = &m->plants[m->next++];
    CHECK_EQ(hit->offset, want->offset);
    CHECK_EQ(hit->line, want->line);
    CHECK_EQ(hm_scanner_unwrapped(m->scanner), want->wrapped);
    return HM_OK;
}

static uint64_t drawn = 7;

static unsigned pick(unsigned below)
{
    drawn = drawn * 6364136223846793005ull + 1442695040888963407ull;
    return (unsigned)(drawn >> 33) % below;
}

static void add_filler(hmi_buf *out, size_t len)
{
    static const char WORDS[] = "some words of a record that says nothing at all, 12:00:01 ";
    for (size_t i = 0; i < len; i++) {
        hmi_buf_add_char(out, WORDS[pick(sizeof(WORDS) - 1)]);
    }
}

static void add_plant(hmi_buf *out, plant *p, uint64_t line)
{
    static const unsigned HOW[] = { 0, HM_UNWRAP_UTF16, HM_UNWRAP_BASE64 };
    p->wrapped = HOW[pick(3)];
    p->line = line;
    hmi_buf_add_cstr(out, " ~ ");
    p->offset = out->len;
    if (p->wrapped == HM_UNWRAP_BASE64) {
        hmi_buf_add_cstr(out, NAME_BASE64);
    } else {
        for (size_t i = 0; i < sizeof(NAME) - 1; i++) {
            hmi_buf_add_char(out, NAME[i]);
            if (p->wrapped != 0) {
                hmi_buf_add_u8(out, 0);
            }
        }
    }
    hmi_buf_add_cstr(out, " ~ ");
}

/* Several windows long: lines of all lengths, and one that is longer than a window. */
TEST(nothing_is_lost_between_chunks_and_windows)
{
    enum { PLANTS = 400 };
    static plant plants[PLANTS];
    hm_err err = { 0 };
    hmi_buf records;
    uint64_t line = 1;
    hmi_buf_init(&records, 0);
    for (size_t i = 0; i < PLANTS; i++) {
        bool long_line = i > 100 && i < 300;
        add_filler(&records, pick(i % 50 == 0 ? 4 * HMI_CHUNK : 20000));
        if (!long_line) {
            hmi_buf_add_char(&records, '\n');
            line++;
        }
        add_filler(&records, pick(64));
        add_plant(&records, &plants[i], line);
    }
    CHECK(records.len > 3 * HMI_UNWRAP_WINDOW);
    hm_matcher *matcher = compile(NAME);
    hm_scanner *scanner = open_scanner(matcher, HM_UNWRAP_UTF16 | HM_UNWRAP_BASE64);
    met m = { .scanner = scanner, .plants = plants, .count = PLANTS };
    CHECK_OK(hm_scanner_scan(scanner, hmi_buf_bytes(&records), on_hit, &m, &err));
    CHECK_EQ(m.next, PLANTS);
    /* Without asking, the plain ones alone. */
    size_t plain = 0;
    for (size_t i = 0; i < PLANTS; i++) {
        plants[plain] = plants[i];
        plain += plants[i].wrapped == 0 ? 1 : 0;
    }
    CHECK_OK(hm_scanner_unwrap(scanner, 0, &err));
    hm_scanner_seek(scanner, 0, 0);
    m = (met){ .scanner = scanner, .plants = plants, .count = plain };
    CHECK_OK(hm_scanner_scan(scanner, hmi_buf_bytes(&records), on_hit, &m, &err));
    CHECK_EQ(m.next, plain);
    hm_scanner_free(scanner);
    hm_matcher_free(matcher);
    hmi_buf_fini(&records);
}

static int count_hits(void *user, const hm_hit *hit, hm_err *err)
{
    (void)err;
    (*(size_t *)user)++;
    CHECK(hit->len > 0);
    return HM_OK;
}

/* Every piece of a record with both kinds in it, each in memory of its own size. */
TEST(every_piece_of_a_record)
{
    static const char RECORD[] = "a b \0e\0v\0i\0l\0-\0c\0002\0.\0e\0x\0a\0m\0p\0l\0e\0 \0 "
                                 "x=IGV2aWwtYzIuZXhhbXBsZSA= \\/\\/IGV2aWwtYzIuZXhhbXBsZSA\\";
    hm_err err = { 0 };
    hm_matcher *matcher = compile(NAME);
    hm_scanner *scanner = open_scanner(matcher, HM_UNWRAP_UTF16 | HM_UNWRAP_BASE64);
    for (size_t from = 0; from < sizeof(RECORD); from++) {
        for (size_t to = from; to < sizeof(RECORD); to++) {
            uint8_t *copy = malloc(to - from + (to == from));
            memcpy(copy, RECORD + from, to - from);
            size_t hits = 0;
            CHECK_OK(hm_scanner_scan(scanner, hmi_bytes(copy, to - from), count_hits, &hits, &err));
            CHECK(hits <= 3);
            CHECK(from > 0 || to + 1 < sizeof(RECORD) || hits == 3);
            free(copy);
        }
    }
    hm_scanner_free(scanner);
    hm_matcher_free(matcher);
}

TEST(another_set_looks_through_too)
{
    hm_err err = { 0 };
    hm_matcher *other = compile("harmless.example");
    hm_matcher *matcher = compile(NAME);
    hm_scanner *scanner = open_scanner(other, HM_UNWRAP_BASE64);
    hm_bytes records = hmi_bytes(NAME_BASE64, sizeof(NAME_BASE64) - 1);
    size_t hits = 0;
    CHECK_OK(hm_scanner_scan(scanner, records, count_hits, &hits, &err));
    CHECK_EQ(hits, 0);
    hm_scanner_use(scanner, matcher);
    CHECK_OK(hm_scanner_path(scanner, "portable", NULL, &err));
    CHECK_OK(hm_scanner_scan(scanner, records, count_hits, &hits, &err));
    CHECK_EQ(hits, 1);
    hm_scanner_free(scanner);
    hm_matcher_free(other);
    hm_matcher_free(matcher);
}

TEST(misuse_is_answered)
{
    hm_err err = { 0 };
    hm_matcher *matcher = compile(NAME);
    hm_scanner *scanner = open_scanner(matcher, 0);
    CHECK_EQ(hm_scanner_unwrap(NULL, 0, &err), HM_E_MISUSE);
    CHECK_EQ(hm_scanner_unwrap(scanner, 4, &err), HM_E_MISUSE);
    CHECK_EQ(hm_scanner_unwrapped(NULL), 0);
    CHECK_EQ(hm_scanner_unwrapped(scanner), 0);
    hm_scanner_free(scanner);
    hm_matcher_free(matcher);
}

RUN_TESTS()
