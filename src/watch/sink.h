/* SPDX-License-Identifier: Apache-2.0
 *
 * sink.h - where hits are sent: a syslog receiver, a webhook, the casebook.
 *
 * FORM   "syslog:udp:ADDRESS:PORT", "syslog:tcp:ADDRESS:PORT", "syslog:tls:HOST:PORT",
 *        "syslog:unix:PATH" (datagrams), "https://..." ("http://" on this machine alone), or
 *        "casebook:INCIDENT" (STIX sightings).
 *
 * Hits are gathered and sent when the batch is settled, or when HMI_SINK_BATCH bytes wait. A
 * receiver that does not take them is tried again, longer and longer, and nothing is read
 * meanwhile; after `patience_s` it is an error. As the checkpoint is written after a sink has
 * settled, a hit that was not taken is found again by the next run, under the same event.id.
 *
 * TRUST  Receivers answer what they like: an answer is a number, at most HMI_SINK_ANSWER_MAX bytes
 * are read, nothing is followed, secrets go to the host that was named.
 */
#ifndef HMI_WATCH_SINK_H
#define HMI_WATCH_SINK_H

#include "watch/watch.h"

enum {
    HMI_SINK_BATCH = 1 << 20,      /* bytes of hits that are sent at once */
    HMI_SINK_ANSWER_MAX = 1 << 16, /* bytes of a receiver's answer */
    HMI_SINK_DATAGRAM_MAX = 60000, /* bytes of one hit as a datagram; a longer one sends its id */
    HMI_SINK_PATIENCE_S = 300,     /* unless told otherwise */
    HMI_SINK_WAIT_MAX_S = 30,      /* between two tries */
    HMI_SINK_SECRET_MIN = 16       /* bytes */
};

typedef struct hmi_sink_options {
    hm_bytes secret;      /* signs what a webhook gets; empty: it is not signed */
    const char *ca;       /* certificates to trust instead of the system's; NULL */
    const char *casebook; /* where "casebook:" keeps hits; NULL: nowhere */
    uint64_t patience_s;
    void *with;
    void (*notice)(void *with, hm_text what, hm_text about);
    bool (*cancelled)(void *with);
} hmi_sink_options;

typedef struct hmi_hit_sink hmi_hit_sink;
/* `options` is used as long as the sink. A receiver that is not there yet is no error. */
int hmi_sink_open(const char *name, const hmi_sink_options *options, hmi_hit_sink **ret_sink,
                  hm_err *err);
void hmi_sink_close(hmi_hit_sink *sink); /* NULL is fine; what was not settled is not sent */
/* `json` is the hit as hmi_hit_json writes it. */
int hmi_sink_put(hmi_hit_sink *sink, const hmi_watch_hit *hit, hm_bytes json, int64_t now_us,
                 hm_err *err);
/* All that was put is where it belongs: taken by the webhook, or by the kernel on its way to
 * syslog.
 */
int hmi_sink_settle(hmi_hit_sink *sink, hm_err *err);

/* One message of RFC 5424 whose text is the JSON. */
void hmi_syslog_line(hmi_buf *out, hm_text host, long process, hm_bytes json, int64_t now_us);

/* The same with its length and a blank in front (RFC 6587, RFC 5425), of this process, now. */
void hmi_syslog_frame(hmi_buf *out, hm_text host, hm_bytes json, int64_t now_us);

/* The hexadecimal HMAC-SHA-256 of "TIMESTAMP.BODY". */
void hmi_webhook_sign(hm_bytes secret, hm_text timestamp, hm_bytes body, char ret[65]);

/* ---- for sink.c: each kind makes one of these. */
typedef enum hmi_sent { HMI_SENT, HMI_SENT_LATER, HMI_SENT_NEVER } hmi_sent;
typedef struct hmi_sink_kind {
    void (*put)(void *state, const hmi_watch_hit *hit, hm_bytes json, int64_t now_us, hmi_buf *out);
    /* One try. LATER and NEVER say why in `err`; *ret_wait_s is what the receiver asks for, or 0.
     */
    hmi_sent (*send)(void *state, hm_bytes batch, unsigned *ret_wait_s, hm_err *err);
    void (*close)(void *state);
} hmi_sink_kind;
int hmi_syslog_open(const char *name, const hmi_sink_kind **ret_kind, void **ret_state,
                    hm_err *err);
int hmi_syslog_tls_open(const char *name, const hmi_sink_options *options,
                        const hmi_sink_kind **ret_kind, void **ret_state, hm_err *err);
int hmi_sink_casebook_open(const char *incident, const hmi_sink_options *options,
                           const hmi_sink_kind **ret_kind, void **ret_state, hm_err *err);
int hmi_webhook_open(const char *url, const hmi_sink_options *options,
                     const hmi_sink_kind **ret_kind, void **ret_state, hm_err *err);

#endif
