/* SPDX-License-Identifier: Apache-2.0
 *
 * test_listing.c - functions and instructions come back as they were said, and nonsense does not.
 */
#include "code/listing.h"

#include "check.h"
#include "collect.h"

/* f at 0x401000: push rbp; mov rbp,rsp; lea rdi,[rip+TEXT]; mov esi,0x7a3f19c5; call g; pop rbp;
 * ret g: xor eax,eax; inc eax; cmp eax,5; jne back; ret */
#define CODE                                                                                   \
    "\x55\x48\x89\xe5\x48\x8d\x3d\xf5\x0f\x00\x00\xbe\xc5\x19\x3f\x7a\xe8\x0b\x00\x00\x00\x5d" \
    "\xc3\x90\x90\x90\x90\x90\x90\x90\x90\x90\x31\xc0\xff\xc0\x83\xf8\x05\x75\xf9\xc3"

enum { OBJECTS = 8 };
typedef struct said {
    hmi_sink sink;
    uint8_t raw[OBJECTS][4096];
    size_t len[OBJECTS];
    size_t count, functions, notes;
} said;

static int on_object(hmi_sink *sink, const hmi_object *object, hm_err *err)
{
    said *s = (said *)(void *)sink;
    (void)err;
    CHECK(s->count < OBJECTS && object->raw.len <= sizeof(s->raw[0]));
    memcpy(s->raw[s->count], object->raw.ptr, object->raw.len);
    s->len[s->count++] = object->raw.len;
    s->functions += hmi_text_is(object->type, "function");
    return HM_OK;
}

static int on_note(hmi_sink *sink, const hmi_note *note, hm_err *err)
{
    (void)note;
    (void)err;
    ((said *)(void *)sink)->notes++;
    return HM_OK;
}

/* Whoever asks for functions gets no traits. */
static int on_trait(hmi_sink *sink, const hmi_trait *trait, hm_err *err)
{
    (void)sink;
    (void)trait;
    (void)err;
    fail();
    return HM_OK;
}

static said listed(const uint64_t *spelled, size_t count, hmi_machine machine)
{
    static const hmi_sink_ops said_ops = { .trait = on_trait,
                                           .note = on_note,
                                           .object = on_object };
    said s = { .sink = { &said_ops } };
    program p;
    hmi_arena arena;
    hm_err err = { 0 };
    hmi_symbol symbol = { .address = 0x401020,
                          .name = HM_TEXT("count\x1b[31m"),
                          .kind = HMI_SYMBOL_FUNCTION };
    program_init(&p, HM_BYTES(CODE), 0x401000, HM_BYTES("secret handshake\0"), 0x402000);
    p.image.machine = machine;
    p.image.symbols = &symbol;
    p.image.symbol_count = 1;
    hmi_arena_init(&arena, (size_t)64 << 20);
    hmi_reading reading = { .arena = &arena,
                            .sink = &s.sink,
                            .functions = true,
                            .spelled = spelled,
                            .spelled_count = count };
    CHECK_OK(hmi_code_read(&reading, &p.image, &err));
    hmi_arena_fini(&arena);
    return s;
}

TEST(functions_are_listed_with_what_they_call)
{
    said s = listed(NULL, 0, HMI_MACHINE_X86_64);
    hmi_listed f, g;
    hm_err err = { 0 };
    CHECK_EQ(s.count, 2);
    CHECK_EQ(s.functions, 2);
    CHECK_OK(hmi_listed_parse(hmi_bytes(s.raw[0], s.len[0]), &f, &err));
    CHECK_OK(hmi_listed_parse(hmi_bytes(s.raw[1], s.len[1]), &g, &err));
    CHECK_EQ(f.address, 0x401000);
    CHECK_EQ(f.name.len, 0);
    CHECK_EQ(f.call_count, 1);
    CHECK_EQ(hmi_listed_call(&f, 0), 0x401020);
    CHECK_EQ(g.address, 0x401020);
    CHECK_TEXT(g.name, "count.[31m"); /* nothing that a terminal obeys */
    CHECK_EQ(g.call_count, 0);
    hmi_function_facts facts;
    CHECK(hmi_fingerprint_facts(g.print, &facts));
    CHECK_EQ(facts.instructions, 5); /* small ones too */
}

TEST(instructions_are_spelled)
{
    uint64_t wanted[] = { 0x401000, 0x401001, 0x401020 };
    said s = listed(wanted, 3, HMI_MACHINE_X86_64);
    hmi_rows rows;
    hmi_row row;
    hm_err err = { 0 };
    static const char *const texts[] = {
        "push rbp", "mov rbp, rsp", "lea rdi, [0x402000]", "mov esi, 0x7a3f19c5", "call 0x401020",
        "pop rbp",  "ret"
    };
    CHECK_EQ(s.count, 2);
    CHECK_EQ(s.functions, 0);
    CHECK_OK(hmi_rows_open(hmi_bytes(s.raw[0], s.len[0]), &rows, &err));
    CHECK_EQ(rows.address, 0x401000);
    for (size_t i = 0; i < HMI_COUNT(texts); i++) {
        CHECK_EQ(hmi_rows_next(&rows, &row, &err), 1);
        CHECK_TEXT(row.text, texts[i]);
        CHECK_EQ(row.flags, i == 0 ? HMI_ROW_BLOCK : 0);
        if (i == 2) {
            CHECK_TEXT(row.note, "\"secret handshake\"");
        } else if (i == 4) {
            CHECK_TEXT(row.note, "count.[31m");
            CHECK_EQ(row.target, 0x401020);
        } else {
            CHECK_EQ(row.note.len, 0);
        }
    }
    CHECK_EQ(hmi_rows_next(&rows, &row, &err), 0);
}

TEST(other_processors_are_refused_with_a_word)
{
    said s = listed(NULL, 0, HMI_MACHINE_MIPS);
    CHECK_EQ(s.count, 0);
    CHECK_EQ(s.notes, 1);
}

/* Whatever a worker says, it is taken within its bounds or refused. */
static void take(const uint8_t *raw, size_t len)
{
    hmi_listed f;
    hmi_rows rows;
    hmi_row row;
    hm_err err = { 0 };
    if (hmi_listed_parse(hmi_bytes(raw, len), &f, &err) == HM_OK) {
        CHECK(f.call_count <= HMI_LISTED_CALLS_MAX && f.name.len <= HMI_LISTED_NAME_MAX);
        CHECK(hmi_fingerprint_valid(f.print));
    }
    if (hmi_rows_open(hmi_bytes(raw, len), &rows, &err) == HM_OK) {
        size_t count = 0;
        while (hmi_rows_next(&rows, &row, &err) == 1) {
            CHECK(++count <= HMI_LISTED_ROWS_MAX);
            CHECK(row.text.len <= HMI_LISTED_TEXT_MAX && row.at < HMI_CODE_WINDOW_MAX);
        }
    }
}

TEST(cut_and_flipped_it_is_refused_or_harmless)
{
    uint64_t wanted[] = { 0x401000 };
    said both[2] = { listed(NULL, 0, HMI_MACHINE_X86_64), listed(wanted, 1, HMI_MACHINE_X86_64) };
    for (size_t b = 0; b < 2; b++) {
        uint8_t *raw = both[b].raw[0];
        size_t len = both[b].len[0];
        for (size_t cut = 0; cut < len; cut++) {
            hmi_rows rows;
            hmi_row row;
            hm_err err = { 0 };
            take(raw, cut);
            int code = hmi_rows_open(hmi_bytes(raw, cut), &rows, &err);
            while (b == 1 && code == HM_OK && (code = hmi_rows_next(&rows, &row, &err)) == 1) {
                code = HM_OK;
            }
            CHECK(b == 0 || code == HM_E_MALFORMED);
        }
        for (size_t bit = 0; bit < 8 * len; bit++) {
            raw[bit / 8] ^= (uint8_t)(1u << bit % 8);
            take(raw, len);
            raw[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

RUN_TESTS()
