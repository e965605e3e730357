/* SPDX-License-Identifier: Apache-2.0
 *
 * test_semantics.c - every case of tests/semantics/cases.jsonl, on every path this machine has.
 */
#include "check.h"

#include <hallmark/matcher.h>

#include "base/json.h"
#include "base/text.h"

typedef struct expected {
    const char *name;
    const hm_scanner *scanner;
    hmi_value hits;
    hmi_arena *arena;
    hm_bytes records;
    size_t seen, surplus;
    bool met[64];
} expected;

/* A list of names. */
static unsigned unwrap_of(hmi_value list, hmi_arena *arena)
{
    unsigned what = 0;
    for (hmi_value v = hmi_json_first(list); hmi_json_is(v); v = hmi_json_next(v)) {
        hm_text name = hmi_json_text(v, arena);
        CHECK(hmi_text_is(name, "utf16") || hmi_text_is(name, "base64"));
        what |= hmi_text_is(name, "utf16") ? HM_UNWRAP_UTF16 : HM_UNWRAP_BASE64;
    }
    return what;
}

static int on_hit(void *user, const hm_hit *m, hm_err *err)
{
    (void)err;
    expected *want = user;
    hm_text text = { (const char *)want->records.ptr + m->offset, m->len };
    CHECK(m->offset >= m->line_offset);
    CHECK(m->offset + m->len <= want->records.len);
    CHECK(m->record.ptr == want->records.ptr + m->line_offset);
    size_t n = 0;
    for (hmi_value hit = hmi_json_first(want->hits); hmi_json_is(hit); hit = hmi_json_next(hit)) {
        int64_t line = 0;
        int64_t indicator = 0;
        CHECK(hmi_json_int(hmi_json_get(hit, "line"), &line));
        CHECK(hmi_json_int(hmi_json_get(hit, "indicator"), &indicator));
        unsigned wrapped = unwrap_of(hmi_json_get(hit, "wrapped"), want->arena);
        if (!want->met[n] && wrapped == hm_scanner_unwrapped(want->scanner) &&
            (uint64_t)line == m->line && indicator == m->feed_line &&
            hmi_text_eq(hmi_json_text(hmi_json_get(hit, "text"), want->arena), text) &&
            hmi_text_is(hmi_json_text(hmi_json_get(hit, "semantic"), want->arena),
                        hm_semantic_name((int)m->semantic))) {
            want->met[n] = true;
            want->seen++;
            return HM_OK;
        }
        n++;
    }
    print_error("%s: surplus: line %d, indicator %u, %s, \"%.*s\"\n", want->name, (int)m->line,
                m->feed_line, hm_semantic_name((int)m->semantic), (int)text.len, text.ptr);
    want->surplus++;
    return HM_OK;
}

static hm_matcher *compile(hmi_value indicators, hmi_arena *arena)
{
    hm_matcher_options options = { .seed = { 1, 2 }, .allow_poison = 1 };
    hm_matcher_builder *builder = NULL;
    hm_matcher *matcher = NULL;
    hm_err err = { 0 };
    uint32_t n = 0;
    CHECK_OK(hm_matcher_begin(&options, &builder, &err));
    for (hmi_value i = hmi_json_first(indicators); hmi_json_is(i); i = hmi_json_next(i)) {
        hm_text value = hmi_json_text(hmi_json_get(i, "value"), arena);
        hm_indicator indicator = {
            .kind = hmi_arena_cstr(arena, hmi_json_text(hmi_json_get(i, "kind"), arena)),
            .value = value.ptr,
            .value_len = value.len,
            .line = n++,
            .reach = hmi_json_is_true(hmi_json_get(i, "below")) ? HM_REACH_BELOW : HM_REACH_SELF,
        };
        CHECK_OK(hm_matcher_add(builder, &indicator, &err));
    }
    CHECK_OK(hm_matcher_build(builder, &matcher, &err));
    return matcher;
}

/* The records alone, and far into a buffer, so that tokens fall on every border of blocks. */
static size_t run_case(hmi_value one, hmi_arena *arena, const char *path)
{
    hm_err err = { 0 };
    hm_matcher *matcher = compile(hmi_json_get(one, "indicators"), arena);
    hm_text records = hmi_json_text(hmi_json_get(one, "records"), arena);
    const char *name = hmi_arena_cstr(arena, hmi_json_text(hmi_json_get(one, "name"), arena));
    unsigned unwrap = unwrap_of(hmi_json_get(one, "unwrap"), arena);
    size_t bad = 0;
    static const size_t PADS[] = { 0, 1, 17, 40, 53, 60, 63, 64, 16380 };
    for (size_t i = 0; i < HMI_COUNT(PADS); i++) {
        hm_scanner *scanner = NULL;
        CHECK_OK(hm_scanner_new(matcher, &scanner, &err));
        CHECK_OK(hm_scanner_path(scanner, path, NULL, &err));
        CHECK_OK(hm_scanner_unwrap(scanner, unwrap, &err));
        /* An exact allocation each, so that reading one byte too far is seen. */
        uint8_t *copy = malloc(PADS[i] + records.len + 1);
        memset(copy, '\n', PADS[i]);
        if (records.len > 0) {
            memcpy(copy + PADS[i], records.ptr, records.len);
        }
        copy = realloc(copy, PADS[i] + records.len + (PADS[i] + records.len == 0));
        expected want = { .name = name,
                          .scanner = scanner,
                          .hits = hmi_json_get(one, "hits"),
                          .arena = arena,
                          .records = { copy, PADS[i] + records.len } };
        hm_scanner_seek(scanner, 0, (uint64_t)0 - PADS[i]);
        CHECK_OK(hm_scanner_scan(scanner, want.records, on_hit, &want, &err));
        size_t missed = hmi_json_count(want.hits) - want.seen;
        if (missed + want.surplus > 0) {
            print_error("%s (%s, %zu before): %zu missed, %zu surplus\n", name, path, PADS[i],
                        missed, want.surplus);
            bad++;
        }
        free(copy);
        hm_scanner_free(scanner);
    }
    hm_matcher_free(matcher);
    return bad;
}

static char *read_cases(size_t *ret_len)
{
    char path[4096];
    const char *root = getenv("HALLMARK_SOURCE_ROOT");
    snprintf(path, sizeof(path), "%s/tests/semantics/cases.jsonl", root != NULL ? root : ".");
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    char *text = malloc(1 << 20);
    *ret_len = fread(text, 1, 1 << 20, file);
    CHECK(*ret_len > 1000 && *ret_len < 1 << 20);
    fclose(file);
    return text;
}

static void run_all(const char *path)
{
    hm_err err = { 0 };
    hmi_json *json = NULL;
    size_t len;
    char *text = read_cases(&len);
    hm_bytes rest = hmi_bytes(text, len);
    hm_bytes line;
    size_t bad = 0;
    CHECK_OK(hmi_json_new(&json, &err));
    while (hmi_next_line(&rest, &line)) {
        hmi_value one;
        hmi_arena arena;
        hmi_arena_init(&arena, 1 << 20);
        CHECK_OK(hmi_json_parse(json, line, 0, &one, &err));
        bad += run_case(one, &arena, path);
        hmi_arena_fini(&arena);
    }
    hmi_json_free(json);
    free(text);
    CHECK_EQ(bad, 0);
}

TEST(every_case_on_the_portable_path)
{
    run_all("portable");
}

TEST(every_case_on_the_best_path)
{
    hm_err err = { 0 };
    hm_matcher_builder *builder = NULL;
    hm_matcher *matcher = NULL;
    hm_scanner *scanner = NULL;
    const char *path = NULL;
    CHECK_OK(hm_matcher_begin(NULL, &builder, &err));
    CHECK_OK(hm_matcher_build(builder, &matcher, &err));
    CHECK_OK(hm_scanner_new(matcher, &scanner, &err));
    CHECK_OK(hm_scanner_path(scanner, NULL, &path, &err));
    hm_scanner_free(scanner);
    hm_matcher_free(matcher);
    run_all(path);
}

RUN_TESTS()
