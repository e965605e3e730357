/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_protocol.c - a worker in an attacker's hands may send anything. The input is packets, each
 * after its length in two bytes (little-endian). Checked besides memory: nothing reaches the sink
 * that breaks its contract, nothing after a failure or the end.
 */
#include <stdlib.h>

#include "base/cursor.h"
#include "base/text.h"
#include "jail/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { EVIDENCE = 4096 };

static bool closed; /* the decoder has failed or ended */

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static int on_trait(hmi_sink *sink, const hmi_trait *t, hm_err *err)
{
    (void)sink;
    (void)err;
    must(!closed && t->value.len <= HMI_TRAIT_VALUE_MAX && t->detail.len <= HMI_TRAIT_DETAIL_MAX);
    must(hmi_utf8_clean(hmi_text_bytes(t->value)) && t->count >= 1);
    must(hmi_class_find((int)t->class_id) != NULL);
    must(t->offset == HM_OFFSET_NONE || t->offset <= EVIDENCE);
    return HM_OK;
}

static int on_member(hmi_sink *sink, const hmi_member *m, hm_err *err)
{
    (void)sink;
    (void)err;
    must(!closed && m->name.len <= HMI_MEMBER_NAME_MAX && m->content.len <= 1 << 20);
    return HM_OK;
}

static int on_note(hmi_sink *sink, const hmi_note *n, hm_err *err)
{
    (void)sink;
    (void)err;
    must(!closed && n->text.len <= HMI_NOTE_TEXT_MAX && n->code <= 0 && n->code >= HM_E_CONFLICT);
    must(hmi_utf8_clean(hmi_text_bytes(n->text)) && n->severity <= HMI_NOTE_DAMAGE);
    return HM_OK;
}

static int on_fact(hmi_sink *sink, hm_text name, hm_text value, hm_err *err)
{
    (void)sink;
    (void)err;
    must(!closed && name.len > 0 && value.len <= HMI_FACT_VALUE_MAX);
    must(hmi_utf8_clean(hmi_text_bytes(value)));
    return HM_OK;
}

static int on_object(hmi_sink *sink, const hmi_object *o, hm_err *err)
{
    (void)sink;
    (void)err;
    must(!closed && o->id.len > 0 && o->type.len > 0 && o->raw.len <= 1 << 20);
    must(hmi_utf8_clean(hmi_text_bytes(o->id)) && hmi_utf8_clean(hmi_text_bytes(o->modified)));
    return HM_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const hmi_sink_ops OPS = { on_trait, on_member, on_note, on_fact, on_object };
    static const hmi_quota QUOTA = { .output_max = 1 << 20, .members_max = 100 };
    hmi_sink sink = { &OPS };
    hmi_decoder decoder;
    hmi_cur cur = hmi_cur_over(hmi_bytes(bytes, len));
    closed = false;
    hmi_decoder_init(&decoder, QUOTA, EVIDENCE, &sink);
    while (hmi_cur_left(&cur) > 2 && !closed) {
        size_t size = hmi_cur_u16(&cur);
        size_t left = hmi_cur_left(&cur);
        int code = hmi_decoder_take(&decoder, hmi_cur_bytes(&cur, size < left ? size : left), NULL);
        must((code < 0) == (decoder.fault != HMI_FAULT_NONE));
        closed = code < 0;
    }
    hmi_decoder_fini(&decoder);
    hmi_task task;
    (void)hmi_task_decode(hmi_bytes(bytes, len), &task, NULL);
    return 0;
}
