/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_sink.h - a sink that keeps nothing and stops the program when a reader breaks its promise.
 */
#ifndef HMI_FUZZ_SINK_H
#define HMI_FUZZ_SINK_H

#include <stdlib.h>

#include "base/text.h"
#include "trait/canon.h"
#include "trait/trait.h"

static inline void fuzz_want(bool good)
{
    if (!good) {
        abort();
    }
}

static inline int fuzz_trait(hmi_sink *sink, const hmi_trait *trait, hm_err *err)
{
    (void)sink;
    (void)err;
    hmi_canon canon;
    fuzz_want(hmi_canon_run(trait->class_id, trait->value, false, &canon));
    fuzz_want(hmi_text_eq(hmi_canon_text(&canon), trait->value));
    fuzz_want(trait->count > 0);
    fuzz_want((trait->first_us == HMI_TIME_NONE) == (trait->last_us == HMI_TIME_NONE));
    fuzz_want(trait->first_us <= trait->last_us);
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
    fuzz_want(note->text.len <= HMI_NOTE_TEXT_MAX && hmi_utf8_clean(hmi_text_bytes(note->text)));
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
    (void)object;
    (void)err;
    return HM_OK;
}

static inline hmi_reading fuzz_reading(hmi_arena *arena)
{
    static const hmi_sink_ops ops = { fuzz_trait, fuzz_member, fuzz_note, fuzz_fact, fuzz_object };
    static hmi_sink sink = { &ops };
    return (hmi_reading){ .arena = arena, .sink = &sink, .context_us = HMI_TIME_NONE };
}

#endif
