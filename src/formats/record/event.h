/* SPDX-License-Identifier: Apache-2.0
 *
 * event.h - one record of a log, typed: when, what kind, and which values played which part.
 *
 * A format's parser fills an event from a line and hands it to an event sink: the harvest turns
 * events into traits (harvest.h); whoever studies behaviour over time is another sink. An event
 * borrows: its fields point into the evidence or into the line's scratch arena, spelled as the
 * record spells them. Decoding is left to whoever keeps a value: a million equal values are decoded
 * once.
 */
#ifndef HMI_FORMATS_EVENT_H
#define HMI_FORMATS_EVENT_H

#include "base/time.h"
#include "trait/trait.h"

enum { HMI_EVENT_FIELDS_MAX = 32 };

typedef enum hmi_event_kind {
    HMI_EVENT_OTHER = 0,
    HMI_EVENT_REQUEST, /* a request to a web server or proxy */
    HMI_EVENT_LOGIN,
    HMI_EVENT_QUERY, /* a name was asked for */
    HMI_EVENT_FLOW,  /* two machines talked */
    HMI_EVENT_ALERT, /* somebody's rule fired */
    HMI_EVENT_PROCESS,
    HMI_EVENT_MESSAGE /* free text */
} hmi_event_kind;

typedef enum hmi_outcome {
    HMI_OUTCOME_UNKNOWN = 0,
    HMI_OUTCOME_SUCCESS,
    HMI_OUTCOME_FAILURE
} hmi_outcome;

/* How the record spells a value. */
typedef enum hmi_spelling {
    HMI_SPELL_PLAIN = 0,
    HMI_SPELL_BACKSLASH, /* \" \\ \n \t \xNN \NNN: web servers, Zeek, DNS */
    HMI_SPELL_PLUS,      /* IIS: a space is written + */
    HMI_SPELL_HEX,       /* auditd: the bytes in hexadecimal */
    HMI_SPELL_UTF16      /* Windows: UTF-16LE */
} hmi_spelling;

typedef struct hmi_field {
    hm_bytes raw;
    uint8_t class_id; /* hmi_class */
    uint8_t role;     /* hmi_role */
    uint8_t spelling; /* hmi_spelling */
} hmi_field;

typedef struct hmi_event {
    hmi_instant time;
    uint64_t offset; /* of the record in the evidence */
    hmi_event_kind kind;
    hmi_outcome outcome;
    uint16_t status; /* HTTP, 0 = none */
    uint16_t field_count;
    uint32_t repeat;      /* "message repeated 3 times": 3; normally 1 */
    bool cut;             /* the record ends in the middle: what stands here was before that */
    uint64_t bytes;       /* sent to the client, 0 = unknown */
    uint64_t bytes_up;    /* sent by the client, 0 = unknown */
    uint64_t duration_us; /* of what began at `time`, 0 = unknown or a moment */
    uint16_t client_port, server_port;
    uint32_t code;   /* the writer's own number of this kind of event, 0 = none */
    hm_bytes source; /* the log it stands in, as its writer names it; empty = no name */
    hmi_field fields[HMI_EVENT_FIELDS_MAX];
} hmi_event;

typedef struct hmi_event_sink hmi_event_sink;
struct hmi_event_sink {
    int (*event)(hmi_event_sink *sink, const hmi_event *event, hm_err *err);
};

static inline void hmi_event_clear(hmi_event *event, uint64_t offset)
{
    event->time = HMI_INSTANT_NONE;
    event->offset = offset;
    event->kind = HMI_EVENT_OTHER;
    event->outcome = HMI_OUTCOME_UNKNOWN;
    event->status = 0;
    event->repeat = 1;
    event->field_count = 0;
    event->cut = false;
    event->bytes = 0;
    event->bytes_up = 0;
    event->duration_us = 0;
    event->client_port = 0;
    event->server_port = 0;
    event->code = 0;
    event->source = (hm_bytes){ NULL, 0 };
}

/* "-" is how nearly every log writes "nothing". More fields than fit are dropped: no format here
 * has as many. */
static inline void hmi_event_add_spelled(hmi_event *event, hmi_class class_id, hmi_role role,
                                         hm_bytes raw, hmi_spelling spelling)
{
    if (raw.len == 0 || (raw.len == 1 && raw.ptr[0] == '-') ||
        event->field_count >= HMI_EVENT_FIELDS_MAX) {
        return;
    }
    event->fields[event->field_count++] =
        (hmi_field){ raw, (uint8_t)class_id, (uint8_t)role, (uint8_t)spelling };
}

static inline void hmi_event_add(hmi_event *event, hmi_class class_id, hmi_role role, hm_bytes raw)
{
    hmi_event_add_spelled(event, class_id, role, raw, HMI_SPELL_PLAIN);
}

/* A machine by address or by name, with or without a port: "192.0.2.1:80", "[2001:db8::1]:80",
 * "www.example.net:443", "2001:db8::1%eth0". *ret_port may be NULL; 0 when there is none. */
void hmi_event_add_host(hmi_event *event, hmi_role role, hm_bytes raw, uint16_t *ret_port);
/* What was asked of a web server: "GET /path?x=1" (shape), an absolute URL, or CONNECT host:port.
 */
void hmi_event_add_target(hmi_event *event, hm_bytes method, hm_bytes target,
                          hmi_spelling spelling);

#endif
