/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_misp.c - the MISP reader on any bytes: no crash, and what it says is canonical and bounded.
 */
#include <stdlib.h>

#include "base/text.h"
#include "formats/reader.h"
#include "trait/canon.h"

extern const hmi_reader hmi_reader_misp;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void want(bool good)
{
    if (!good) {
        abort();
    }
}

static int on_trait(hmi_sink *sink, const hmi_trait *trait, hm_err *err)
{
    (void)sink;
    (void)err;
    hmi_canon canon;
    want(hmi_canon_run(trait->class_id, trait->value, false, &canon));
    want(hmi_text_eq(hmi_canon_text(&canon), trait->value));
    want(trait->count > 0);
    return HM_OK;
}

static int on_note(hmi_sink *sink, const hmi_note *note, hm_err *err)
{
    (void)sink;
    (void)err;
    want(note->text.len <= HMI_NOTE_TEXT_MAX && hmi_utf8_clean(hmi_text_bytes(note->text)));
    return HM_OK;
}

static int on_fact(hmi_sink *sink, hm_text name, hm_text value, hm_err *err)
{
    (void)sink;
    (void)err;
    want(name.len > 0 && hmi_utf8_clean(hmi_text_bytes(value)));
    return HM_OK;
}

static int on_object(hmi_sink *sink, const hmi_object *object, hm_err *err)
{
    (void)sink;
    (void)err;
    want(object->id.len > 0 && object->raw.len > 0 && hmi_utf8_clean(object->raw));
    return HM_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const hmi_sink_ops OPS = {
        .trait = on_trait, .note = on_note, .fact = on_fact, .object = on_object
    };
    hmi_arena arena;
    hmi_sink sink = { &OPS };
    hmi_arena_init(&arena, (size_t)16 << 20);
    hmi_reading reading = { .arena = &arena, .sink = &sink, .context_us = HMI_TIME_NONE };
    int score = hmi_reader_misp.detect(hmi_bytes(data, size), (hm_bytes){ NULL, 0 });
    want(score >= 0 && score <= 100);
    (void)hmi_reader_misp.read(&reading, hmi_bytes(data, size), NULL);
    hmi_arena_fini(&arena);
    return 0;
}
