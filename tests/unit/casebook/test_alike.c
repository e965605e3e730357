/* SPDX-License-Identifier: Apache-2.0
 *
 * test_alike.c - a changed function is found again, an unrelated one is not, in casebook and
 * baseline.
 */
#include "code/code.h"
#include "room.h"

/* What the code room says of one made-up function: instructions drawn from a seed. */
typedef struct made {
    hmi_sink sink;
    char value[40];
    uint8_t print[HMI_TRAIT_DETAIL_MAX];
    size_t print_len;
    hmi_trait trait;
} made;

static int on_trait(hmi_sink *sink, const hmi_trait *trait, hm_err *err)
{
    made *out = (made *)sink;
    (void)err;
    if (trait->class_id == HMI_FUNCTION && trait->detail.len > out->print_len) {
        snprintf(out->value, sizeof(out->value), "%.*s", HMI_FMT(trait->value));
        memcpy(out->print, trait->detail.ptr, trait->detail.len);
        out->print_len = trait->detail.len;
    }
    return HM_OK;
}

static int on_member(hmi_sink *sink, const hmi_member *member, hm_err *err)
{
    (void)sink;
    (void)member;
    (void)err;
    return HM_OK;
}

static int on_note(hmi_sink *sink, const hmi_note *note, hm_err *err)
{
    (void)sink;
    (void)note;
    (void)err;
    return HM_OK;
}

static int on_fact(hmi_sink *sink, hm_text name, hm_text value, hm_err *err)
{
    (void)sink;
    (void)name;
    (void)value;
    (void)err;
    return HM_OK;
}

static int on_object(hmi_sink *sink, const hmi_object *object, hm_err *err)
{
    (void)sink;
    (void)object;
    (void)err;
    return HM_OK;
}

static size_t add_code(uint8_t *code, size_t len, const char *bytes, size_t count)
{
    memcpy(code + len, bytes, count);
    return len + count;
}

/* push rbp ... pop rbp, ret around instructions that the seed picks; `changed` replaces some. */
static void make_function(uint32_t seed, int changed, made *out)
{
    static const hmi_sink_ops OPS = { on_trait, on_member, on_note, on_fact, on_object };
    static const struct {
        const char *bytes;
        size_t len;
    } PICKS[] = {
        { "\x89\xc8", 2 },                 /* mov eax, ecx */
        { "\x31\xd0", 2 },                 /* xor eax, edx */
        { "\xc1\xc0\x05", 3 },             /* rol eax, 5 */
        { "\x01\xf0", 2 },                 /* add eax, esi */
        { "\x0f\xaf\xc7", 3 },             /* imul eax, edi */
        { "\x8b\x04\x8f", 3 },             /* mov eax, [rdi + rcx*4] */
        { "\x88\x04\x0e", 3 },             /* mov [rsi + rcx], al */
        { "\x48\xff\xc1", 3 },             /* inc rcx */
        { "\x85\xc0\x74\x02\x29\xc8", 6 }, /* test eax, eax; je +2; sub eax, ecx */
        { "\xf7\xd0", 2 },                 /* not eax */
    };
    uint8_t code[1024];
    size_t len = add_code(code, 0, "\x55\x48\x89\xe5", 4);
    for (int i = 0; i < 60; i++) {
        seed = seed * 1664525 + 1013904223;
        size_t pick = (seed >> 24) % HMI_COUNT(PICKS);
        if (i % 10 == 3) { /* a constant of its own: mov eax, imm32 */
            uint32_t constant = (seed ^ 0x5bd1e995u) | 0x01000000u;
            len = add_code(code, len, "\xb8", 1);
            memcpy(code + len, &constant, 4);
            len += 4;
        } else if (i < changed) {
            len = add_code(code, len, "\x90\xf7\xd0", 3);
        } else {
            len = add_code(code, len, PICKS[pick].bytes, PICKS[pick].len);
        }
    }
    len = add_code(code, len, "\x5d\xc3", 2);
    hmi_segment segment = { .address = 0x401000,
                            .size = len,
                            .content = hmi_bytes(code, len),
                            .read = true,
                            .execute = true,
                            .name = HM_TEXT(".text") };
    hmi_symbol symbol = { 0x401000, len, HM_TEXT("f"), HMI_SYMBOL_FUNCTION, true };
    hmi_image image = { .machine = HMI_MACHINE_X86_64,
                        .bits = 64,
                        .base = 0x400000,
                        .entry = 0x401000,
                        .segments = &segment,
                        .segment_count = 1,
                        .symbols = &symbol,
                        .symbol_count = 1 };
    hmi_arena arena;
    hm_err err = { 0 };
    hmi_arena_init(&arena, (size_t)64 << 20);
    memset(out, 0, sizeof(*out));
    out->sink.ops = &OPS;
    hmi_reading reading = { .arena = &arena, .sink = &out->sink, .context_us = HMI_TIME_NONE };
    CHECK_OK(hmi_code_read(&reading, &image, &err));
    hmi_arena_fini(&arena);
    CHECK(out->print_len > 0);
    out->trait = room_trait(HMI_FUNCTION, out->value);
    out->trait.detail = hmi_bytes(out->print, out->print_len);
}

static void add_functions(hmi_store *store, int64_t incident, const char *content, uint32_t first,
                          uint32_t count)
{
    hm_err err = { 0 };
    room_piece piece = { .incident = incident, .content = content, .words = "" };
    hmi_intake *intake = NULL;
    CHECK_OK(room_begin(store, &piece, &intake, &err));
    for (uint32_t i = 0; i < count; i++) {
        made one;
        make_function(first + i, 0, &one);
        hmi_sink *sink = hmi_intake_sink(intake);
        CHECK_OK(sink->ops->trait(sink, &one.trait, &err));
    }
    CHECK_OK(hmi_intake_commit(intake, 0, HM_TEXT(""), NULL, &err));
}

TEST(a_changed_function_is_found_again_before_and_after_settling)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    int64_t incident = room_incident(store, "a"), want = 0;
    add_functions(store, incident, "one", 0, 40);
    made original, changed, alien;
    make_function(17, 0, &original);
    make_function(17, 6, &changed);
    make_function(5000, 0, &alien);
    CHECK_OK(hmi_trait_find(store, HMI_FUNCTION, original.trait.value, &want, &err));
    double is = hmi_fingerprint_similarity(original.trait.detail, changed.trait.detail);
    CHECK(is > 0.5 && is < 1);
    for (int round = 0; round < 3; round++) {
        hmi_alike found[8];
        size_t count = 0;
        CHECK_OK(hmi_functions_alike(store, original.trait.detail, 0.99, found, 8, &count, &err));
        CHECK(count == 1 && found[0].trait == want && found[0].similarity == 1);
        CHECK_OK(hmi_functions_alike(store, changed.trait.detail, is, found, 8, &count, &err));
        CHECK(count >= 1 && found[0].trait == want && found[0].similarity == is);
        CHECK_OK(hmi_functions_alike(store, changed.trait.detail, 0, found, 1, &count, &err));
        CHECK_EQ(count, 1);
        CHECK_OK(hmi_functions_alike(store, alien.trait.detail, 0.9, found, 8, &count, &err));
        CHECK_EQ(count, 0);
        CHECK_OK(hmi_functions_alike(store, HM_BYTES("no fingerprint"), 0, found, 8, &count, &err));
        CHECK_EQ(count, 0);
        if (round == 0) {
            add_functions(store, incident, "two", 100, 80);
        } else {
            CHECK_OK(hmi_store_settle(store, &err));
        }
    }
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    hmi_incident_trait trait;
    CHECK_OK(hmi_trait_get(store, &arena, want, &trait, &err));
    CHECK(hmi_bytes_eq(trait.detail, original.trait.detail));
    hmi_arena_fini(&arena);
    hmi_verify_report report;
    CHECK_EQ(room_verify(store, false, &report), 0);
    hmi_store_close(store);
}

TEST(a_newer_fingerprint_takes_the_older_ones_place)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    int64_t incident = room_incident(store, "a"), want = 0;
    made original, changed;
    make_function(17, 0, &original);
    make_function(900, 0, &changed);
    add_functions(store, incident, "one", 17, 1);
    CHECK_OK(hmi_store_settle(store, &err));
    room_piece piece = { .incident = incident, .content = "two", .words = "" };
    hmi_intake *intake = NULL;
    CHECK_OK(room_begin(store, &piece, &intake, &err));
    hmi_trait newer = original.trait;
    newer.detail = changed.trait.detail;
    hmi_sink *sink = hmi_intake_sink(intake);
    CHECK_OK(sink->ops->trait(sink, &newer, &err));
    CHECK_OK(hmi_intake_commit(intake, 0, HM_TEXT(""), NULL, &err));
    CHECK_OK(hmi_trait_find(store, HMI_FUNCTION, original.trait.value, &want, &err));
    hmi_alike found[4];
    size_t count = 0;
    CHECK_OK(hmi_functions_alike(store, newer.detail, 0.99, found, 4, &count, &err));
    CHECK(count == 1 && found[0].trait == want);
    CHECK_OK(hmi_functions_alike(store, original.trait.detail, 0.99, found, 4, &count, &err));
    CHECK_EQ(count, 0);
    hmi_verify_report report;
    CHECK_EQ(room_verify(store, false, &report), 0);
    hmi_store_close(store);
}

TEST(harmless_files_with_a_function_alike_are_counted_once_each)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    hmi_baseline_batch *batch = NULL;
    made one, two, changed, alien;
    make_function(17, 0, &one);
    make_function(17, 3, &two);
    make_function(17, 6, &changed);
    make_function(5000, 0, &alien);
    CHECK_OK(hmi_baseline_begin(store, &batch, &err));
    for (int i = 0; i < 6; i++) {
        hmi_trait traits[2] = { i < 3 ? one.trait : alien.trait, i < 2 ? two.trait : alien.trait };
        hmi_sha256 sha256 = hmi_sha256_of(hmi_bytes(&i, sizeof(i)));
        CHECK_OK(hmi_baseline_file(batch, &sha256, HM_BYTES("f"), traits, 2, &err));
    }
    CHECK_OK(hmi_baseline_commit(batch, &err));
    uint32_t count = 9;
    double is = hmi_fingerprint_similarity(one.trait.detail, changed.trait.detail);
    CHECK_OK(hmi_baseline_alike(store, changed.trait.detail, &is, 1, &count, &err));
    CHECK_EQ(count, 3);
    CHECK_OK(hmi_baseline_alike(store, one.trait.detail, &(const double){ 1 }, 1, &count, &err));
    CHECK_EQ(count, 3);
    CHECK_OK(hmi_baseline_alike(store, HM_BYTES("x"), &(const double){ 0.5 }, 1, &count, &err));
    CHECK_EQ(count, 0);
    hmi_store_close(store);
}

RUN_TESTS()
