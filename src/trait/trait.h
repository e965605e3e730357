/* SPDX-License-Identifier: Apache-2.0
 *
 * trait.h - one recognisable thing read out of evidence, and the channel readers speak through.
 *
 * A reader (formats/, code/) gets bytes and an hmi_sink. It calls the sink for each trait, each
 * member (a file inside the file), each note (what was wrong and where), each fact (what the file
 * is) and each shared object (a STIX object's bytes). Tests collect, the worker encodes into
 * messages, the casebook stores: the reader cannot tell.
 *
 * Everything handed to a sink is lent for the duration of the call.
 */
#ifndef HMI_TRAIT_TRAIT_H
#define HMI_TRAIT_TRAIT_H

#include "base/arena.h"
#include "base/time.h"
#include "trait/class.h"

/* What part the value played where it was seen. Stored: never renumbered. */
typedef enum hmi_role {
    HMI_ROLE_NONE = 0,
    HMI_ROLE_CONTENT = 1, /* found inside a file */
    HMI_ROLE_SELF = 2,    /* identity of the evidence itself (its hashes, its name) */
    HMI_ROLE_CLIENT = 3,  /* who asked */
    HMI_ROLE_SERVER = 4,  /* who answered */
    HMI_ROLE_USER = 5,
    HMI_ROLE_REFERRER = 6,
    HMI_ROLE_SENDER = 7,
    HMI_ROLE_RECIPIENT = 8,
    HMI_ROLE_QUERY = 9,      /* asked for by name (DNS), requested (URL) */
    HMI_ROLE_INDICATED = 10, /* stated as malicious by published intelligence */
    HMI_ROLE_OBSERVED = 11,  /* stated as seen by published intelligence */
    HMI_ROLE_HOST = 12,      /* the machine that wrote the record */
    HMI_ROLE_DERIVED = 13,   /* computed from many records (behaviour) */
    HMI_ROLE_IMPORT = 14,
    HMI_ROLE_EXPORT = 15,
    HMI_ROLE_MAX = 31
} hmi_role;

const char *hmi_role_name(hmi_role role); /* "client" ...; "" for NONE */

enum {
    HMI_TRAIT_VALUE_MAX = 4096,  /* canonical bytes */
    HMI_TRAIT_DETAIL_MAX = 1024, /* class-specific bytes, e.g. a function's fingerprint */
    HMI_MEMBER_NAME_MAX = 4096,
    HMI_NOTE_TEXT_MAX = 240
};

typedef struct hmi_trait {
    hmi_class class_id;
    hmi_role role;
    hm_text value;   /* canonical: hmi_trait_canonical() gives the same bytes back */
    uint64_t offset; /* where in the evidence it was first seen, HM_OFFSET_NONE if nowhere */
    uint64_t count;  /* how often, at least 1 */
    int64_t first_us, last_us; /* both, in order; HMI_TIME_NONE when no clock was near */
    hm_bytes detail;
} hmi_trait;

/* 128 bits that name (class, value) everywhere and for ever: the first 16 bytes of SHA-256 over
 * "hallmark-trait-1" NUL class-name NUL value. Cryptographic, because outsiders choose values:
 * nobody can make two traits collide to hide one behind a common one. */
typedef struct hmi_key {
    uint8_t bytes[16];
} hmi_key;
hmi_key hmi_trait_key(hmi_class class_id, hm_text value);
static inline uint64_t hmi_key_high(hmi_key key)
{
    uint64_t high = 0;
    for (int i = 0; i < 8; i++) {
        high = high << 8 | key.bytes[i];
    }
    return high;
}

/* Brings `raw` into the class's canonical form, into the arena (or lends raw when it is canonical
 * already). HM_OK, HM_E_MALFORMED when it is no such thing, HM_E_LIMIT / HM_E_MEMORY.
 * Defanged spellings (hxxp, [.], (at)) are understood only where `defanged` allows. Idempotent. */
int hmi_trait_canonical(hmi_arena *arena, hmi_class class_id, hm_text raw, bool defanged,
                        hm_text *ret_value, hm_err *err);

/* Values that identify nothing: private and special addresses, the empty file's hashes,
 * "localhost", example.com ... *ret_why names the list and may be NULL. Source: IANA
 * special-purpose registries, RFC 6761, shared noise lists. */
bool hmi_trait_is_noise(hmi_class class_id, hm_text value, const char **ret_why);

typedef enum hmi_severity {
    HMI_NOTE_INFO = 0,  /* worth knowing */
    HMI_NOTE_ODD = 1,   /* unusual, perhaps deliberate: "65,535 sections" */
    HMI_NOTE_DAMAGE = 2 /* part of the evidence could not be read */
} hmi_severity;

typedef struct hmi_note {
    hmi_severity severity;
    int code; /* hm_code, HM_OK for INFO and ODD */
    uint64_t offset;
    hm_text text; /* one sentence, no full stop; cut at HMI_NOTE_TEXT_MAX */
} hmi_note;

/* A file inside the file. It becomes evidence of its own. */
typedef struct hmi_member {
    hm_bytes name; /* as the container spells it: data, never a path to open */
    hm_bytes content;
    uint64_t offset; /* in the container, HM_OFFSET_NONE if unknown */
    bool truncated;  /* a limit cut it */
    bool apart;      /* hmi_reading.apart: it is all that is in the file; its content is not here */
} hmi_member;

/* A shared object (STIX), kept as the sender's bytes. */
typedef struct hmi_object {
    hm_text id; /* "indicator--..." */
    hm_text type;
    hm_text modified; /* RFC 3339 or empty */
    hm_bytes raw;
    uint64_t offset;
} hmi_object;

typedef struct hmi_sink hmi_sink;
/* Each returns HM_OK, or a negative code that the reader hands on at once (a limit, a full pipe).
 * NULL: the owner does not listen to these. Call them by hmi_sink_trait and its like. */
typedef struct hmi_sink_ops {
    int (*trait)(hmi_sink *sink, const hmi_trait *trait, hm_err *err);
    int (*member)(hmi_sink *sink, const hmi_member *member, hm_err *err);
    int (*note)(hmi_sink *sink, const hmi_note *note, hm_err *err);
    int (*fact)(hmi_sink *sink, hm_text name, hm_text value, hm_err *err);
    int (*object)(hmi_sink *sink, const hmi_object *object, hm_err *err);
} hmi_sink_ops;
struct hmi_sink {
    const hmi_sink_ops *ops;
};

static inline int hmi_sink_trait(hmi_sink *sink, const hmi_trait *trait, hm_err *err)
{
    return sink->ops->trait != NULL ? sink->ops->trait(sink, trait, err) : HM_OK;
}

static inline int hmi_sink_member(hmi_sink *sink, const hmi_member *member, hm_err *err)
{
    return sink->ops->member != NULL ? sink->ops->member(sink, member, err) : HM_OK;
}

static inline int hmi_sink_note(hmi_sink *sink, const hmi_note *note, hm_err *err)
{
    return sink->ops->note != NULL ? sink->ops->note(sink, note, err) : HM_OK;
}

static inline int hmi_sink_fact(hmi_sink *sink, hm_text name, hm_text value, hm_err *err)
{
    return sink->ops->fact != NULL ? sink->ops->fact(sink, name, value, err) : HM_OK;
}

static inline int hmi_sink_object(hmi_sink *sink, const hmi_object *object, hm_err *err)
{
    return sink->ops->object != NULL ? sink->ops->object(sink, object, err) : HM_OK;
}

/* What one piece of work has in hand. */
typedef struct hmi_reading {
    hmi_arena *arena;
    hmi_sink *sink;
    int64_t context_us;       /* a moment near the evidence (its mtime), HMI_TIME_NONE if unknown */
    hm_bytes name;            /* the evidence's name as given; data */
    const hm_text *passwords; /* to try on containers, in order */
    size_t password_count;
    uint64_t output_max; /* bytes of members in all, 0 = default */
    uint32_t depth;      /* how many containers around this one */
    bool moments;        /* tell what happened when, as objects of type "moment", and no traits */
    bool functions; /* tell a program's functions, as objects (code/listing.h), and no traits */
    /* Whoever asked unpacks long compressed files himself: the reader of one only names what is in
     * it (hmi_member.apart). Archives are not meant. */
    bool apart;
    /* Readers of long evidence say how far they are: what lies before `offset` may leave memory
     * until it is looked at again. A smaller offset begins another pass. NULL: nobody asks. */
    void (*passed)(size_t offset);
    const uint64_t *spelled; /* ... no functions, but the instructions of those that begin here */
    size_t spelled_count;
} hmi_reading;

static inline void hmi_passed(const hmi_reading *reading, size_t offset)
{
    if (reading->passed != NULL) {
        reading->passed(offset);
    }
}

/* Canonicalises `raw` and hands it to the sink; a value that is no such thing is silently no
 * trait (HM_OK): readers scan, and most of what they find is nothing. Noise values are passed on:
 * the casebook decides what they weigh. */
int hmi_emit(hmi_reading *reading, hmi_class class_id, hmi_role role, hm_text raw, uint64_t offset,
             hm_err *err);
/* The same with a count, moments and detail already set in `like` (whose value is ignored). Of two
 * moments that a stranger said one may be missing (it is taken to be the other), or the later may
 * stand first (they change places). */
int hmi_emit_like(hmi_reading *reading, const hmi_trait *like, hm_text raw, hm_err *err);
__attribute__((format(printf, 6, 7))) int hmi_emit_note(hmi_reading *reading, hmi_severity severity,
                                                        int code, uint64_t offset, hm_err *err,
                                                        const char *format, ...);
int hmi_emit_fact(hmi_reading *reading, const char *name, hm_text value, hm_err *err);

#endif
