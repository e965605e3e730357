/* SPDX-License-Identifier: Apache-2.0
 *
 * quiet_sink.h - a sink for fuzzers: keeps nothing, checks what every reader promises.
 */
#ifndef HMI_FUZZ_QUIET_SINK_H
#define HMI_FUZZ_QUIET_SINK_H

#include "base/error.h"
#include "base/text.h"
#include "trait/canon.h"

typedef struct quiet {
    hmi_sink sink; /* first: the sink's functions cast back */
    hmi_arena arena;
    uint64_t offset_max; /* of a trait that has a place */
} quiet;

static int quiet_trait(hmi_sink *sink, const hmi_trait *trait, hm_err *err)
{
    (void)err;
    const quiet *q = (const quiet *)(const void *)sink;
    hmi_assert(hmi_class_find((int)trait->class_id) != NULL);
    HMI_CANON(canon);
    hmi_assert(hmi_canon_run(trait->class_id, trait->value, false, &canon));
    hmi_assert(hmi_text_eq(hmi_canon_text(&canon), trait->value));
    hmi_assert(trait->detail.len <= HMI_TRAIT_DETAIL_MAX);
    hmi_assert(trait->offset == HM_OFFSET_NONE || trait->offset <= q->offset_max);
    return HM_OK;
}

static int quiet_member(hmi_sink *sink, const hmi_member *member, hm_err *err)
{
    (void)sink;
    (void)member;
    (void)err;
    return HM_OK;
}

static int quiet_note(hmi_sink *sink, const hmi_note *note, hm_err *err)
{
    (void)sink;
    (void)err;
    hmi_assert(note->text.len > 0 && note->text.len <= HMI_NOTE_TEXT_MAX);
    hmi_assert(hmi_utf8_clean(hmi_text_bytes(note->text)));
    return HM_OK;
}

static int quiet_fact(hmi_sink *sink, hm_text name, hm_text value, hm_err *err)
{
    (void)sink;
    (void)err;
    hmi_assert(name.len > 0 && hmi_utf8_clean(hmi_text_bytes(value)));
    return HM_OK;
}

static int quiet_object(hmi_sink *sink, const hmi_object *object, hm_err *err)
{
    (void)sink;
    (void)object;
    (void)err;
    return HM_OK;
}

static inline hmi_reading quiet_begin(quiet *q)
{
    static const hmi_sink_ops ops = { quiet_trait, quiet_member, quiet_note, quiet_fact,
                                      quiet_object };
    *q = (quiet){ .sink = { &ops }, .offset_max = UINT64_MAX };
    hmi_arena_init(&q->arena, 64 << 20);
    return (hmi_reading){ .arena = &q->arena, .sink = &q->sink, .context_us = HMI_TIME_NONE };
}

static inline void quiet_end(quiet *q)
{
    hmi_arena_fini(&q->arena);
}

#endif
