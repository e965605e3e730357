/* SPDX-License-Identifier: Apache-2.0
 *
 * inner.c - records inside records.
 *
 * WHY    An access log that went through syslog is still an access log.
 * FORM   INNER_FORMAT in formats.def names who comes wrapped.
 * TRUST  Wrapping is bounded: HMI_INNER_DEPTH_MAX envelopes. A format that does not understand the
 *        message leaves the event as the envelope filled it.
 * OWNS   The states of the wrapped formats: the arena's, ended by hmi_inner_fini.
 */
#include "formats/record/inner.h"

#include "base/error.h"
#include "formats/record/auth.h"
#include "formats/record/formats.h"

static const hmi_line_format *const INNER[] = {
#define LINE_FORMAT(name)
#define INNER_FORMAT(name) &hmi_line_##name,
#include "formats/record/formats.def"
#undef INNER_FORMAT
#undef LINE_FORMAT
};
_Static_assert(HMI_COUNT(INNER) <= HMI_INNER_FORMATS_MAX, "raise HMI_INNER_FORMATS_MAX");

static int try_inner(hmi_line_ctx *ctx, size_t index, hm_bytes message, hmi_event *event,
                     hm_err *err)
{
    hmi_inner *inner = ctx->inner;
    if (inner->states[index] == NULL) {
        size_t size = INNER[index]->state_size;
        inner->states[index] = hmi_arena_take(ctx->arena, 1, size ? size : 1);
        if (inner->states[index] == NULL) {
            return hmi_arena_fail(ctx->arena, err);
        }
    }
    hmi_line_ctx deeper = *ctx;
    deeper.state = inner->states[index];
    deeper.depth++;
    /* The envelope says where the next record begins; inside there is only this one. */
    deeper.text = message;
    deeper.next = message.len;
    return INNER[index]->parse(&deeper, message, event, err);
}

static int read_record(hmi_line_ctx *ctx, hm_bytes message, hmi_event *event, hm_err *err)
{
    const hmi_event envelope = *event;
    for (size_t i = 0; i < HMI_COUNT(INNER); i++) {
        int verdict = try_inner(ctx, i, message, event, err);
        if (verdict == HMI_LINE_NOT) {
            *event = envelope;
            continue;
        }
        if (event->time.us == HMI_TIME_NONE) {
            event->time = envelope.time;
        }
        return verdict < 0 ? verdict : HMI_LINE_EVENT;
    }
    return HMI_LINE_NOT;
}

/* "@cee: {...}" marks JSON in syslog. */
static hm_bytes without_cookie(hm_bytes message)
{
    if (hmi_starts_with(message, HM_BYTES("@cee:"))) {
        message = hmi_slice(message, 5, message.len);
    }
    while (message.len > 0 && message.ptr[0] == ' ') {
        message = hmi_slice(message, 1, message.len);
    }
    return message;
}

int hmi_inner_message(hmi_line_ctx *ctx, hm_bytes program, hm_bytes message, hmi_spelling spelling,
                      hmi_event *event, hm_err *err)
{
    if (event->kind == HMI_EVENT_OTHER) {
        event->kind = HMI_EVENT_MESSAGE;
    }
    hm_bytes clean = without_cookie(message);
    if (clean.len == 0 || hmi_auth_message(program, clean, event)) {
        return HMI_LINE_EVENT;
    }
    int verdict =
        ctx->depth < HMI_INNER_DEPTH_MAX ? read_record(ctx, clean, event, err) : HMI_LINE_NOT;
    if (verdict == HMI_LINE_NOT) {
        hmi_event_add_spelled(event, HMI_CLASS_NONE, HMI_ROLE_CONTENT, message, spelling);
        return HMI_LINE_EVENT;
    }
    return verdict;
}

void hmi_inner_fini(hmi_inner *inner)
{
    for (size_t i = 0; i < HMI_COUNT(INNER); i++) {
        if (inner->states[i] != NULL && INNER[i]->fini != NULL) {
            INNER[i]->fini(inner->states[i]);
        }
    }
}
