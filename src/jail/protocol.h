/* SPDX-License-Identifier: Apache-2.0
 *
 * protocol.h - what a worker says to us, as bytes: the encoder it uses, the decoder that trusts it
 * in nothing. Both are pure: a test and a fuzzer run them without any process.
 *
 * FORM   A packet is 1 or more records and at most HMI_PACKET_MAX bytes; no record crosses packets.
 *        A record is a kind byte and its fields: integers are unsigned LEB128, signed ones zigzag
 *        first; text and bytes are a length and the bytes; (x) stands only when its flag is set.
 *
 *        1 trait   class u8, role u8, flags u8, value, (offset), (count), (first), (last), (detail)
 *        2 member  flags u8, name, (offset), size         then `size` bytes in data records
 *        3 object  flags u8, id, type, modified, (offset), size   then the same
 *        4 data    bytes, at least 1
 *        5 note    flags u8, severity u8, code, (offset), text
 *        6 fact    name, value
 *        7 end     flags u8, code, (offset), text          nothing may follow
 */
#ifndef HMI_JAIL_PROTOCOL_H
#define HMI_JAIL_PROTOCOL_H

#include "base/buf.h"
#include "jail/jail.h"

enum {
    HMI_PROTOCOL_VERSION = 4,
    HMI_PACKET_MAX = 64 << 10,
    HMI_FACT_NAME_MAX = 64,
    HMI_FACT_VALUE_MAX = 4096,
    HMI_OBJECT_ID_MAX = 512,
    HMI_OBJECT_TYPE_MAX = 256,
    HMI_OBJECT_MODIFIED_MAX = 64,
    HMI_END_TEXT_MAX = 255
};

typedef enum hmi_record {
    HMI_RECORD_TRAIT = 1,
    HMI_RECORD_MEMBER = 2,
    HMI_RECORD_OBJECT = 3,
    HMI_RECORD_DATA = 4,
    HMI_RECORD_NOTE = 5,
    HMI_RECORD_FACT = 6,
    HMI_RECORD_END = 7
} hmi_record;

enum {
    HMI_FLAG_OFFSET = 1,
    HMI_FLAG_COUNT = 2,
    HMI_FLAG_FIRST = 4,
    HMI_FLAG_LAST = 8,
    HMI_FLAG_DETAIL = 16,
    HMI_FLAG_TRUNCATED = 32, /* member: a limit cut it */
    HMI_FLAG_MEMORY = 64,    /* end: the arena's ceiling was reached */
    HMI_FLAG_APART = 128     /* member: its content does not come, its size is 0 */
};

/* How often traits may be told of a piece of this size. How many different ones there may be is for
 * whoever keeps them to say; telling one again only adds to its count, and costs the worker more of
 * its time than it costs us. */
static inline uint64_t hmi_told_max(uint64_t evidence_size)
{
    return HMI_JAIL_TRAITS_MAX + (evidence_size >> 20) * HMI_JAIL_TRAITS_PER_MIB;
}

/* How much one piece may say. */
typedef struct hmi_quota {
    uint64_t output_max;
    uint32_t members_max;
} hmi_quota;

/* --- the worker's side ----------------------------------------------------------------------- */

typedef struct hmi_encoder {
    hmi_sink sink; /* what readers speak to; first, so that the sink's address is ours */
    int (*send)(void *with, hm_bytes packet, hm_err *err);
    void *with;
    hmi_quota quota;
    uint64_t evidence_size; /* no place lies behind it; UINT64_MAX until set */
    uint64_t output, traits, members, objects, notes, facts;
    size_t used;
    uint8_t packet[HMI_PACKET_MAX];
} hmi_encoder;

void hmi_encoder_init(hmi_encoder *encoder, hmi_quota quota,
                      int (*send)(void *with, hm_bytes packet, hm_err *err), void *with);
/* How the reading ended: `why` as the reader left it, with its code. Sends what is left. */
int hmi_encoder_end(hmi_encoder *encoder, const hm_err *why, bool memory, hm_err *err);

/* --- our side -------------------------------------------------------------------------------- */

/* Whose doing it was that hmi_decoder_take failed. */
typedef enum hmi_fault {
    HMI_FAULT_NONE = 0,
    HMI_FAULT_WORKER = 1, /* it broke the protocol */
    HMI_FAULT_QUOTA = 2,  /* it said more than it may */
    HMI_FAULT_SINK = 3,   /* our own sink failed */
    HMI_FAULT_MEMORY = 4  /* we have none left */
} hmi_fault;

typedef struct hmi_decoder {
    hmi_sink *sink;
    hmi_quota quota;
    uint64_t evidence_size;
    uint64_t output, traits, members, objects, notes, facts;
    hmi_arena scratch; /* canonical forms, one record long */
    hmi_buf blob;      /* content under way, then the names that go with it */
    hmi_buf names;
    hmi_member member; /* under way, its name in `names`; so for the object */
    hmi_object object;
    hmi_record under_way; /* MEMBER, OBJECT or 0 */
    uint64_t expected;    /* bytes of content still to come */
    hmi_fault fault;
    bool unknown; /* the fact "format" said "data" */
    bool damaged;
    hm_err first_damage;
    bool ended, ended_memory;
    hm_err end;
} hmi_decoder;

void hmi_decoder_init(hmi_decoder *decoder, hmi_quota quota, uint64_t evidence_size,
                      hmi_sink *sink);
/* Checks the packet record by record and hands each to the sink. The first failure is final:
 * decoder->fault says whose it is; what came before it has been handed on. */
int hmi_decoder_take(hmi_decoder *decoder, hm_bytes packet, hm_err *err);
void hmi_decoder_fini(hmi_decoder *decoder);

/* --- the one message to the worker: what to read and how ------------------------------------- */

typedef struct hmi_task {
    hmi_quota quota;
    uint64_t memory_max;
    int64_t context_us;
    uint32_t depth;
    hm_bytes name;
    bool moments, functions, apart;
    uint32_t password_count;
    hm_text passwords[HMI_JAIL_PASSWORDS_MAX];
    uint32_t spelled_count;
    uint64_t spelled[HMI_JAIL_SPELLED_MAX];
} hmi_task;

/* HM_E_LIMIT when name or passwords are too long. */
int hmi_task_encode(const hmi_task *task, hmi_buf *packet, hm_err *err);
/* Lends from `packet`. */
int hmi_task_decode(hm_bytes packet, hmi_task *ret_task, hm_err *err);

#endif
