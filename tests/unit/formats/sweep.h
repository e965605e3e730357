/* SPDX-License-Identifier: Apache-2.0
 *
 * sweep.h - what every reader must stand: each prefix of a good file, each bit of it flipped.
 *
 * A sink checks what readers promise: canonical values, places inside the file, clean text. Each
 * cut lies in memory of its own size, so that a sanitizer sees one byte too many.
 */
#ifndef HMI_TESTS_SWEEP_H
#define HMI_TESTS_SWEEP_H

#include "check.h"

#include "base/text.h"
#include "formats/reader.h"
#include "trait/canon.h"

typedef struct sweep_sink {
    hmi_sink sink;
    size_t file_len;
    size_t said;
} sweep_sink;

static inline void sweep_place(hmi_sink *sink, uint64_t offset)
{
    sweep_sink *s = (sweep_sink *)(void *)sink;
    s->said++;
    CHECK(offset == HM_OFFSET_NONE || offset <= s->file_len);
}

static inline int sweep_trait(hmi_sink *sink, const hmi_trait *trait, hm_err *err)
{
    (void)err;
    HMI_CANON(canon);
    CHECK(hmi_canon_run(trait->class_id, trait->value, false, &canon));
    CHECK(hmi_text_eq(hmi_canon_text(&canon), trait->value));
    sweep_place(sink, trait->offset);
    return HM_OK;
}

static inline int sweep_member(hmi_sink *sink, const hmi_member *member, hm_err *err)
{
    (void)err;
    CHECK(member->name.len <= HMI_MEMBER_NAME_MAX && member->content.len > 0);
    uint8_t sum = 0; /* every byte is there */
    for (size_t i = 0; i < member->content.len; i++) {
        sum ^= member->content.ptr[i];
    }
    __asm__ volatile("" : : "r"(sum));
    sweep_place(sink, member->offset);
    return HM_OK;
}

static inline int sweep_note(hmi_sink *sink, const hmi_note *note, hm_err *err)
{
    (void)err;
    CHECK(hmi_utf8_clean(hmi_text_bytes(note->text)));
    sweep_place(sink, note->offset);
    return HM_OK;
}

static inline int sweep_fact(hmi_sink *sink, hm_text name, hm_text value, hm_err *err)
{
    (void)sink;
    (void)err;
    CHECK(name.len > 0 && value.len <= 4096 && hmi_utf8_clean(hmi_text_bytes(value)));
    return HM_OK;
}

static inline int sweep_object(hmi_sink *sink, const hmi_object *object, hm_err *err)
{
    (void)object;
    (void)err;
    sweep_place(sink, HM_OFFSET_NONE);
    return HM_OK;
}

static inline void sweep_one(const hmi_reader *reader, hmi_arena *arena, hm_bytes file)
{
    static const hmi_sink_ops ops = { sweep_trait, sweep_member, sweep_note, sweep_fact,
                                      sweep_object };
    sweep_sink sink = { .sink = { &ops }, .file_len = file.len };
    hmi_reading reading = { .arena = arena, .sink = &sink.sink, .context_us = HMI_TIME_NONE };
    hm_err err = { .offset = HM_OFFSET_NONE };
    int score = reader->detect(file, HM_BYTES(""));
    CHECK(score >= 0 && score <= HMI_DETECT_SURE);
    int code = reader->read(&reading, file, &err);
    if (code < 0 && code != HM_E_MALFORMED && code != HM_E_TRUNCATED && code != HM_E_UNSUPPORTED) {
        print_error("%d: %s\n", code, err.text);
    }
    CHECK(code == HM_OK || code == HM_E_MALFORMED || code == HM_E_TRUNCATED ||
          code == HM_E_UNSUPPORTED);
    CHECK(code == HM_OK || sink.said == 0); /* a refusal has said nothing */
    hmi_arena_reset(arena);
}

/* Every bit of [from, to) flipped. */
static inline void sweep_bits(const hmi_reader *reader, hm_bytes file, size_t from, size_t to)
{
    hmi_arena arena;
    hmi_arena_init(&arena, 64 << 20);
    uint8_t *copy = malloc(file.len > 0 ? file.len : 1);
    assert_non_null(copy);
    memcpy(copy, file.ptr, file.len);
    for (size_t bit = from * 8; bit < (to < file.len ? to : file.len) * 8; bit++) {
        copy[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        sweep_one(reader, &arena, hmi_bytes(copy, file.len));
        copy[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    free(copy);
    hmi_arena_fini(&arena);
}

/* Every prefix; every bit of the first `bits_of` bytes flipped. */
static inline void sweep(const hmi_reader *reader, hm_bytes file, size_t bits_of)
{
    hmi_arena arena;
    hmi_arena_init(&arena, 64 << 20);
    for (size_t len = 0; len <= file.len; len++) {
        uint8_t *cut = malloc(len > 0 ? len : 1);
        assert_non_null(cut);
        memcpy(cut, file.ptr, len);
        sweep_one(reader, &arena, hmi_bytes(cut, len));
        free(cut);
    }
    hmi_arena_fini(&arena);
    sweep_bits(reader, file, 0, bits_of);
}

#endif
