/* SPDX-License-Identifier: Apache-2.0
 *
 * sink.c - a batch of hits, tried until it was taken.
 *
 * OWNS   The batch, and the state of its kind.
 */
#include "watch/sink.h"

#include <poll.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/time.h"

struct hmi_hit_sink {
    const hmi_sink_options *options;
    const hmi_sink_kind *kind;
    void *state;
    char *name; /* without what stands behind the host: paths of webhooks are often secret */
    hmi_buf batch;
};

/* "https://hooks.example" of a URL, all of any other name. */
static char *short_name(const char *name)
{
    const char *host = strstr(name, "://");
    size_t len = strlen(name);
    if (host != NULL) {
        len = (size_t)(host - name) + 3 + strcspn(host + 3, "/?#");
    }
    char *copy = calloc(1, len + 1);
    if (copy != NULL) {
        memcpy(copy, name, len);
    }
    return copy;
}

int hmi_sink_open(const char *name, const hmi_sink_options *options, hmi_hit_sink **ret_sink,
                  hm_err *err)
{
    hmi_hit_sink *sink = calloc(1, sizeof(*sink));
    if (sink == NULL || (sink->name = short_name(name)) == NULL) {
        free(sink);
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "the system has no memory left");
    }
    hmi_buf_init(&sink->batch, 0);
    sink->options = options;
    int code = HM_E_MISUSE;
    if (strncmp(name, "syslog:tls:", 11) == 0) {
        code = hmi_syslog_tls_open(name + 11, options, &sink->kind, &sink->state, err);
    } else if (strncmp(name, "syslog:", 7) == 0) {
        code = hmi_syslog_open(name + 7, &sink->kind, &sink->state, err);
    } else if (strncmp(name, "casebook:", 9) == 0) {
        code = hmi_sink_casebook_open(name + 9, options, &sink->kind, &sink->state, err);
    } else if (strncmp(name, "https://", 8) == 0 || strncmp(name, "http://", 7) == 0) {
        code = hmi_webhook_open(name, options, &sink->kind, &sink->state, err);
    } else {
        (void)hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE,
                       "hits are sent to syslog:udp:ADDRESS:PORT, syslog:tcp:ADDRESS:PORT, "
                       "syslog:tls:HOST:PORT, syslog:unix:PATH, casebook:INCIDENT or https://...");
    }
    if (code != HM_OK) {
        hmi_sink_close(sink);
        return code;
    }
    *ret_sink = sink;
    return HM_OK;
}

void hmi_sink_close(hmi_hit_sink *sink)
{
    if (sink != NULL) {
        if (sink->state != NULL) {
            sink->kind->close(sink->state);
        }
        hmi_buf_fini(&sink->batch);
        free(sink->name);
        free(sink);
    }
}

static bool cancelled(const hmi_hit_sink *sink)
{
    return sink->options->cancelled != NULL && sink->options->cancelled(sink->options->with);
}

static void notice(const hmi_hit_sink *sink, const char *what, const char *why)
{
    hmi_buf text;
    if (sink->options->notice == NULL) {
        return;
    }
    hmi_buf_init(&text, 0);
    hmi_buf_printf(&text, "%s%.180s", what, why);
    sink->options->notice(sink->options->with, hmi_buf_text(&text), hmi_text_of(sink->name));
    hmi_buf_fini(&text);
}

static void wait_s(const hmi_hit_sink *sink, unsigned seconds)
{
    int64_t until = hmi_clock_us() + (int64_t)seconds * 1000000;
    while (hmi_clock_us() < until && !cancelled(sink)) {
        (void)poll(NULL, 0, 100);
    }
}

int hmi_sink_settle(hmi_hit_sink *sink, hm_err *err)
{
    int64_t began = hmi_clock_us();
    hm_err why = { 0 };
    HMI_TRY(hmi_buf_check(&sink->batch, err));
    for (unsigned next = 1, tries = 0; sink->batch.len > 0; tries++) {
        unsigned asked = 0;
        hmi_sent sent = sink->kind->send(sink->state, hmi_buf_bytes(&sink->batch), &asked, &why);
        if (sent == HMI_SENT) {
            if (tries > 0) {
                notice(sink, "takes hits again", "");
            }
            hmi_buf_clear(&sink->batch);
            return HM_OK;
        }
        uint64_t spent_s = (uint64_t)(hmi_clock_us() - began) / 1000000;
        if (sent == HMI_SENT_NEVER || spent_s >= sink->options->patience_s || cancelled(sink)) {
            return hmi_fail(err, why.code != HM_OK ? why.code : HM_E_IO, HM_OFFSET_NONE,
                            "%.80s did not take hits: %.160s", sink->name, why.text);
        }
        if (tries == 0) {
            notice(sink, "does not take hits now, and is tried again: ", why.text);
        }
        wait_s(sink,
               asked > next ? (asked < HMI_SINK_WAIT_MAX_S ? asked : HMI_SINK_WAIT_MAX_S) : next);
        next = next * 2 < HMI_SINK_WAIT_MAX_S ? next * 2 : HMI_SINK_WAIT_MAX_S;
    }
    return HM_OK;
}

int hmi_sink_put(hmi_hit_sink *sink, const hmi_watch_hit *hit, hm_bytes json, int64_t now_us,
                 hm_err *err)
{
    sink->kind->put(sink->state, hit, json, now_us, &sink->batch);
    return sink->batch.len >= HMI_SINK_BATCH ? hmi_sink_settle(sink, err)
                                             : hmi_buf_check(&sink->batch, err);
}
