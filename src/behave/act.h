/* SPDX-License-Identifier: Apache-2.0
 *
 * act.h - one thing that somebody did, as the study of behaviour sees it.
 *
 * Readers of records translate their events into acts; nothing here knows a format. A word is a
 * value as the record spells it, with a hash that its reader computed anyway: equal words of one
 * place in the act have equal hashes. A word without bytes is one that the record does not have.
 */
#ifndef HMI_BEHAVE_ACT_H
#define HMI_BEHAVE_ACT_H

#include "base/time.h"
#include "trait/trait.h"

typedef enum hmi_act_kind {
    HMI_ACT_OTHER = 0,
    HMI_ACT_REQUEST,
    HMI_ACT_LOGIN,
    HMI_ACT_QUERY,
    HMI_ACT_FLOW,
    HMI_ACT_PROCESS
} hmi_act_kind;

typedef enum hmi_act_outcome {
    HMI_ACT_UNKNOWN = 0,
    HMI_ACT_SUCCESS,
    HMI_ACT_FAILURE
} hmi_act_outcome;

/* What wipers and their operators do to a host. */
typedef enum hmi_deed {
    HMI_DEED_NONE = 0,
    HMI_DEED_LOG_CLEARED,
    HMI_DEED_SERVICE_STOPPED,
    HMI_DEED_BACKUP_DELETED,
    HMI_DEED_SHUTDOWN,
    HMI_DEED_WIPED,
    HMI_DEED_SILENCE, /* never in an act: concluded */
    HMI_DEED_COUNT
} hmi_deed;

typedef struct hmi_word {
    hm_bytes raw;
    uint64_t hash;
    uint8_t spelling; /* only the decoder given to the study understands it */
    uint8_t class_id; /* hmi_class */
} hmi_word;

typedef struct hmi_act {
    int64_t us; /* HMI_TIME_NONE: unknown */
    uint64_t offset;
    hmi_act_kind kind;
    hmi_act_outcome outcome;
    hmi_deed deed;
    uint16_t status; /* HTTP */
    uint16_t port;   /* of the server */
    uint32_t repeat;
    bool zone_assumed; /* the record has no zone */
    bool missing;      /* the name asked for does not exist */
    uint64_t bytes_up, bytes, duration_us;
    hmi_word host;   /* who wrote the record */
    hmi_word client; /* who acted */
    hmi_word alias;  /* another name of the client */
    hmi_word server; /* upon whom */
    hmi_word name;   /* asked for by name: DNS, TLS, HTTP */
    hmi_word user;
    hmi_word agent;   /* user agent */
    hmi_word print;   /* JA3 or JA4 */
    hmi_word request; /* "GET /path?x=1" */
} hmi_act;

static inline bool hmi_word_is(const hmi_word *word)
{
    return word->raw.len > 0;
}

#endif
