/* SPDX-License-Identifier: Apache-2.0
 *
 * names.h - what a named field of a record means: one table for every format with named fields.
 *
 * A format that names its fields (Zeek, EVE, W3C, CEF, LEEF, journald, auditd, JSON, CSV) looks
 * each name up once, and gives the values to an assembly, which joins what belongs together (host
 * and path of a request) and fills the event.
 */
#ifndef HMI_FORMATS_NAMES_H
#define HMI_FORMATS_NAMES_H

#include "formats/record/event.h"

typedef enum hmi_dialect {
    HMI_DIALECT_ZEEK = 1,
    HMI_DIALECT_EVE = 2,
    HMI_DIALECT_W3C = 4,
    HMI_DIALECT_CEF = 8, /* and LEEF: both are written by the same devices */
    HMI_DIALECT_JOURNAL = 16,
    HMI_DIALECT_GENERIC = 32, /* roles guessed from usual names */
    HMI_DIALECT_WINDOWS = 64, /* event data, by the names in the event manifests */
    HMI_DIALECT_AWS = 128     /* CloudTrail and VPC flow logs */
} hmi_dialect;

typedef enum hmi_use {
    HMI_USE_NONE = 0,
    HMI_USE_VALUE, /* of the rule's class and role */
    HMI_USE_HOST,  /* an address or a name */
    HMI_USE_LIST,  /* several of the above, the format knows how they are separated */
    HMI_USE_TIME,
    HMI_USE_TEXT, /* free text, searched for observables */
    HMI_USE_METHOD,
    HMI_USE_URI,      /* path and query, or a whole URL */
    HMI_USE_QUERY,    /* the part behind '?', in a field of its own */
    HMI_USE_WEB_HOST, /* the host that a request is for */
    HMI_USE_PORT,     /* of that host */
    HMI_USE_STATUS,
    HMI_USE_BYTES,
    HMI_USE_HASH,     /* the class follows from its length */
    HMI_USE_HASHES,   /* "SHA256=...,IMPHASH=..." */
    HMI_USE_TLS_NAME, /* SNI */
    HMI_USE_OUTCOME,
    HMI_USE_BYTES_UP,    /* sent by the client */
    HMI_USE_SERVER_PORT, /* of the machine that answered */
    HMI_USE_DURATION,    /* seconds */
    HMI_USE_STATE,       /* of a connection, in the words of Zeek and Suricata */
    HMI_USE_RCODE,       /* of a DNS answer */
    HMI_USE_START,       /* a time that is truer than the record's own */
    HMI_USE_CODE,        /* the writer's number of this kind of event */
    HMI_USE_CHANNEL      /* the log it stands in */
} hmi_use;

typedef struct hmi_name_rule {
    const char *name;
    uint8_t dialects; /* hmi_dialect bits */
    uint8_t use;      /* hmi_use */
    uint8_t class_id; /* hmi_class */
    uint8_t role;     /* hmi_role */
} hmi_name_rule;

enum { HMI_NAME_MAX = 64 };
/* NULL when the name means nothing to us. GENERIC ignores case, '-' '_' '.' and spaces. */
const hmi_name_rule *hmi_name_find(hmi_dialect dialect, hm_bytes name);

/* The parts of one record that mean something only together. */
typedef struct hmi_assembly {
    hm_bytes method, host, uri, query;
    hmi_role host_role; /* when the host stands alone */
    hmi_spelling spelling;
    uint16_t port;
} hmi_assembly;

/* Gives one value to the event or keeps it in the assembly. Times are the format's own business:
 * a TIME rule does nothing here. */
void hmi_assembly_put(hmi_assembly *assembly, hmi_event *event, const hmi_name_rule *rule,
                      hm_bytes raw, hmi_spelling spelling);
/* Joins: host and path to a URL, method and path to a shape. Composed values live in `scratch`;
 * when it refuses they are left out. */
void hmi_assembly_end(const hmi_assembly *assembly, hmi_event *event, hmi_arena *scratch);

/* Seconds, milliseconds, microseconds or nanoseconds since 1970 (told apart by their size), with or
 * without a fraction: "1591367999.305988". */
bool hmi_epoch_parse(hm_bytes digits, hmi_instant *ret);
/* Epoch or RFC 3339 with its usual liberties. */
bool hmi_any_time_parse(hm_bytes raw, hmi_instant *ret);

#endif
