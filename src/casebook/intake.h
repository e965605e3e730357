/* SPDX-License-Identifier: Apache-2.0
 *
 * intake.h - one piece of evidence between begin and commit; for the files called intake alone.
 */
#ifndef HMI_CASEBOOK_INTAKE_H
#define HMI_CASEBOOK_INTAKE_H

#include "casebook/inside.h"
#include "index/sealed.h"

enum {
    HMI_INTAKE_MEMORY_MAX = 96 << 20, /* what one piece may say */
    HMI_INTAKE_KEPT_FREE = 8 << 20,   /* of that, for what is said last: behaviour, notes, facts */
    HMI_INTAKE_NOTES_MAX = 1000,
    HMI_INTAKE_FACTS_MAX = 1000,
    HMI_FACT_NAME_MAX = 100,
    HMI_FACT_VALUE_MAX = 4096,
    HMI_OBJECT_ID_MAX = 300,
    HMI_OBJECT_RAW_MAX = 16 << 20
};
/* Sums over a million pieces still fit in 63 bits. */
#define HMI_COUNT_MAX (UINT64_C(1) << 40)

/* One (class, value) with one role; the roles of a trait hang together. */
typedef struct hmi_gathered hmi_gathered;
struct hmi_gathered {
    hmi_gathered *same_slot; /* another trait in the same slot of the table */
    hmi_gathered *next_role; /* the same trait in another role */
    hmi_class class_id;
    hmi_role role;
    hm_text value;
    hm_bytes detail;
    uint64_t place, count;
    int64_t first_us, last_us;
    hmi_key key;
    int64_t id;      /* the store's, once written */
    int64_t hash;    /* the name of a new trait */
    bool is_current; /* its fingerprint is the one that is stored */
};

typedef struct hmi_gathered_note {
    hmi_severity severity;
    int code;
    uint64_t place;
    hm_text text;
} hmi_gathered_note;

typedef struct hmi_gathered_fact {
    hm_text name, value;
} hmi_gathered_fact;

struct hmi_intake {
    hmi_sink sink; /* first: the sink is the intake */
    hmi_store *store;
    hmi_arena arena;
    hmi_piece piece; /* its name is copied */
    hmi_sealed *content;
    bool members_follow;
    hmi_gathered **table; /* by hash of (class, value) */
    size_t slots;
    hmi_gathered **traits; /* one per distinct trait, by arrival */
    size_t trait_count, trait_capacity;
    uint64_t traits_refused; /* how often a trait was told that there was no room for */
    hmi_gathered_note *notes;
    size_t note_count, note_capacity;
    uint64_t notes_dropped;
    hmi_gathered_fact *facts;
    size_t fact_count, fact_capacity;
    hmi_object *objects;
    size_t object_count, object_capacity;
};

/* Everything into the open transaction. */
int hmi_intake_write(hmi_intake *intake, int verdict, hm_text reason, int64_t *ret_evidence,
                     hm_err *err);
/* The traits and where they occur. Those with an id above *ret_known are new with this piece. */
int hmi_intake_write_traits(hmi_intake *intake, int64_t evidence, int64_t *ret_known, hm_err *err);
/* What the incident holds by this piece, which nobody held before. */
int hmi_intake_write_postings(hmi_intake *intake, int64_t known, hm_err *err);
int hmi_intake_add_note(hmi_intake *intake, hmi_severity severity, int code, uint64_t place,
                        hm_text text, hm_err *err);

#endif
