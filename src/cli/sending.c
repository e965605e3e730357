/* SPDX-License-Identifier: Apache-2.0
 *
 * sending.c - hits to the receivers that --send names.
 */
#include "cli/sending.h"

#include "base/error.h"
#include "base/time.h"
#include "cli/input.h"
#include "cli/telling.h"

enum { SECRET_MAX = 4096 };

static int read_secret(hmi_sending *s, const char *path, hm_err *err)
{
    HMI_TRY(hmi_input_read(path, SECRET_MAX, &s->secret, err));
    hm_text secret = hmi_text_trim(hmi_buf_text(&s->secret));
    if (secret.len < HMI_SINK_SECRET_MIN) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE,
                        "\"%.150s\" holds no secret of at least %d bytes", path,
                        HMI_SINK_SECRET_MIN);
    }
    s->options.secret = hmi_text_bytes(secret);
    return HM_OK;
}

int hmi_sending_open(hmi_sending *s, hmi_invocation *inv, void *with, hm_err *err)
{
    hm_text names[HMI_SENDING_MAX];
    size_t count = hmi_given_all(inv, "send", names, HMI_SENDING_MAX);
    const char *secret = hmi_given_text(inv, "send-secret");
    s->options = (hmi_sink_options){ .ca = hmi_given_text(inv, "send-ca"),
                                     .casebook = hmi_casebook_path(inv),
                                     .patience_s = HMI_SINK_PATIENCE_S,
                                     .with = with,
                                     .notice = hmi_telling_notice,
                                     .cancelled = hmi_telling_cancelled };
    hmi_buf_init(&s->secret, 2 * SECRET_MAX + (1 << 20));
    if (hmi_given(inv, "send-patience") &&
        !hmi_given_size(inv, "send-patience", &s->options.patience_s)) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "--send-patience takes seconds");
    }
    if (secret != NULL) {
        HMI_TRY(read_secret(s, secret, err));
    }
    for (size_t i = 0; i < count; i++) {
        char *name = hmi_arena_cstr(inv->arena, names[i]);
        if (name == NULL) {
            return hmi_arena_fail(inv->arena, err);
        }
        HMI_TRY(hmi_sink_open(name, &s->options, &s->sinks[s->count], err));
        s->count++;
    }
    return HM_OK;
}

int hmi_sending_hit(hmi_sending *s, const hmi_watch_hit *hit, hm_err *err)
{
    hmi_buf json;
    int64_t now_us = hmi_now_us();
    if (s->count == 0) {
        return HM_OK;
    }
    hmi_buf_init(&json, 0);
    hmi_hit_json(&json, hit, now_us);
    int code = hmi_buf_check(&json, err);
    for (size_t i = 0; code == HM_OK && i < s->count; i++) {
        code = hmi_sink_put(s->sinks[i], hit, hmi_buf_bytes(&json), now_us, err);
    }
    hmi_buf_fini(&json);
    return code;
}

int hmi_sending_settle(hmi_sending *s, hm_err *err)
{
    for (size_t i = 0; i < s->count; i++) {
        HMI_TRY(hmi_sink_settle(s->sinks[i], err));
    }
    return HM_OK;
}

void hmi_sending_close(hmi_sending *s)
{
    for (size_t i = 0; i < s->count; i++) {
        hmi_sink_close(s->sinks[i]);
    }
    s->count = 0;
    hmi_buf_fini(&s->secret);
}
