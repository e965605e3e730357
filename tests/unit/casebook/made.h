/* SPDX-License-Identifier: Apache-2.0
 *
 * made.h - functions made of a seed, with the fingerprints that the code room gives them.
 */
#ifndef HMI_TESTS_CASEBOOK_MADE_H
#define HMI_TESTS_CASEBOOK_MADE_H

#include "code/code.h"
#include "unit/casebook/room.h"

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

static size_t add_code(uint8_t *code, size_t len, const char *bytes, size_t count)
{
    memcpy(code + len, bytes, count);
    return len + count;
}

/* push rbp ... pop rbp, ret around 60 instructions that the seed picks; `changed` replaces as many
 * of them by one, from 61 on by another. */
__attribute__((unused)) static void make_function(uint32_t seed, int changed, made *out)
{
    static const hmi_sink_ops OPS = { .trait = on_trait };
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
        } else if (i < changed % 61) {
            len = add_code(code, len, changed < 61 ? "\x90\xf7\xd0" : "\x90\xf7\xd8", 3);
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

#endif
