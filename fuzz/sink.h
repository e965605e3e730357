/* SPDX-License-Identifier: Apache-2.0
 *
 * sink.h - a sink for fuzz targets: keeps nothing, and stops the program when a reader breaks what
 * trait/trait.h promises for all of them.
 */
#ifndef HMI_FUZZ_SINK_H
#define HMI_FUZZ_SINK_H

#include <stdlib.h>

#include "base/text.h"
#include "trait/canon.h"
#include "trait/trait.h"

typedef struct fuzz_sink {
    hmi_sink sink; /* first: the sink's functions cast back */
    hmi_arena arena;
    uint64_t offset_max; /* of a trait that has a place */
} fuzz_sink;

static inline void fuzz_want(bool good)
{
    if (!good) {
        abort();
    }
}

static inline int fuzz_trait(hmi_sink *sink, const hmi_trait *trait, hm_err *err)
{
    (void)err;
    const fuzz_sink *fuzz = (const fuzz_sink *)(const void *)sink;
    fuzz_want(hmi_class_find((int)trait->class_id) != NULL);
    HMI_CANON(canon);
    fuzz_want(hmi_canon_run(trait->class_id, trait->value, false, &canon));
    fuzz_want(hmi_text_eq(hmi_canon_text(&canon), trait->value));
    fuzz_want(trait->detail.len <= HMI_TRAIT_DETAIL_MAX);
    fuzz_want(trait->count > 0);
    fuzz_want((trait->first_us == HMI_TIME_NONE) == (trait->last_us == HMI_TIME_NONE));
    fuzz_want(trait->first_us <= trait->last_us);
    fuzz_want(trait->offset == HM_OFFSET_NONE || trait->offset <= fuzz->offset_max);
    return HM_OK;
}

static inline int fuzz_member(hmi_sink *sink, const hmi_member *member, hm_err *err)
{
    (void)sink;
    (void)err;
    fuzz_want(member->name.len <= HMI_MEMBER_NAME_MAX);
    fuzz_want(member->content.ptr != NULL || member->content.len == 0);
    return HM_OK;
}

static inline int fuzz_note(hmi_sink *sink, const hmi_note *note, hm_err *err)
{
    (void)sink;
    (void)err;
    fuzz_want(note->text.len > 0 && note->text.len <= HMI_NOTE_TEXT_MAX);
    fuzz_want(hmi_utf8_clean(hmi_text_bytes(note->text)));
    return HM_OK;
}

static inline int fuzz_fact(hmi_sink *sink, hm_text name, hm_text value, hm_err *err)
{
    (void)sink;
    (void)err;
    fuzz_want(name.len > 0 && hmi_utf8_clean(hmi_text_bytes(value)));
    return HM_OK;
}

static inline int fuzz_object(hmi_sink *sink, const hmi_object *object, hm_err *err)
{
    (void)sink;
    (void)err;
    fuzz_want(object->id.len > 0 && object->raw.len > 0 && hmi_utf8_clean(object->raw));
    return HM_OK;
}

/* A reading whose arena and sink are those of `fuzz`; end it with fuzz_end. */
static inline hmi_reading fuzz_begin(fuzz_sink *fuzz)
{
    static const hmi_sink_ops ops = { fuzz_trait, fuzz_member, fuzz_note, fuzz_fact, fuzz_object };
    *fuzz = (fuzz_sink){ .sink = { &ops }, .offset_max = UINT64_MAX };
    hmi_arena_init(&fuzz->arena, (size_t)64 << 20);
    return (hmi_reading){ .arena = &fuzz->arena, .sink = &fuzz->sink, .context_us = HMI_TIME_NONE };
}

static inline void fuzz_end(fuzz_sink *fuzz)
{
    hmi_arena_fini(&fuzz->arena);
}

#endif
