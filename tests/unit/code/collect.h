/* SPDX-License-Identifier: Apache-2.0
 * collect.h - a sink that remembers the traits of a program, and a small program to read. */
#ifndef HMI_TESTS_CODE_COLLECT_H
#define HMI_TESTS_CODE_COLLECT_H

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "code/code.h"

enum { COLLECT_MAX = 64 };

typedef struct collected {
    hmi_class class_id;
    char value[80];
    uint64_t offset;
    uint8_t detail[HMI_TRAIT_DETAIL_MAX];
    size_t detail_len;
} collected;

typedef struct collector {
    hmi_sink sink;
    collected traits[COLLECT_MAX];
    size_t count;
    size_t notes;
} collector;

static int collect_trait(hmi_sink *sink, const hmi_trait *trait, hm_err *err)
{
    (void)err;
    collector *c = (collector *)sink;
    if (c->count < COLLECT_MAX) {
        collected *to = &c->traits[c->count++];
        to->class_id = trait->class_id;
        to->offset = trait->offset;
        snprintf(to->value, sizeof to->value, "%.*s", HMI_FMT(trait->value));
        memcpy(to->detail, trait->detail.ptr ? trait->detail.ptr : (const uint8_t *)"",
               trait->detail.len);
        to->detail_len = trait->detail.len;
    }
    return HM_OK;
}

static int collect_note(hmi_sink *sink, const hmi_note *note, hm_err *err)
{
    (void)err;
    (void)note;
    ((collector *)sink)->notes++;
    return HM_OK;
}

static const hmi_sink_ops collect_ops = {
    .trait = collect_trait,
    .note = collect_note,
};

/* Reads the image; false when the reading failed. */
static inline bool collect(collector *c, const hmi_image *image)
{
    memset(c, 0, sizeof *c);
    c->sink.ops = &collect_ops;
    hmi_arena arena;
    hmi_arena_init(&arena, (size_t)64 << 20);
    hmi_reading reading = { .arena = &arena, .sink = &c->sink };
    hm_err err = { 0 };
    int code = hmi_code_read(&reading, image, &err);
    hmi_arena_fini(&arena);
    return code == HM_OK;
}

/* An x86-64 program of one code and one data section. */
typedef struct program {
    hmi_image image;
    hmi_segment segments[2];
    uint64_t starts[4];
} program;

static inline void program_init(program *p, hm_bytes code, uint64_t code_at, hm_bytes rodata,
                                uint64_t rodata_at)
{
    *p = (program){ .image = { .machine = HMI_MACHINE_X86_64, .bits = 64, .base = 0x400000 } };
    p->segments[0] = (hmi_segment){ .address = code_at,
                                    .size = code.len,
                                    .content = code,
                                    .offset = 0x200,
                                    .read = true,
                                    .execute = true,
                                    .name = HM_TEXT(".text") };
    p->segments[1] = (hmi_segment){ .address = rodata_at,
                                    .size = rodata.len,
                                    .content = rodata,
                                    .offset = 0x2000,
                                    .read = true,
                                    .name = HM_TEXT(".rodata") };
    p->image.segments = p->segments;
    p->image.segment_count = 2;
    p->image.entry = code_at;
}

#endif
