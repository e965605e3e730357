/* SPDX-License-Identifier: Apache-2.0
 *
 * stix.h - what the files that read STIX share. Only formats/report/ uses it.
 */
#ifndef HMI_FORMATS_REPORT_STIX_H
#define HMI_FORMATS_REPORT_STIX_H

#include "base/json.h"
#include "formats/reader.h"

/* One reading of one document. */
typedef struct hmi_stix {
    hmi_reading *reading;
    hm_err *err;
    hmi_json *json;     /* one parser for all objects */
    hmi_arena *scratch; /* emptied after each object */
    uint64_t base;      /* where the object in hand begins in the evidence */
    size_t notes_left;
    size_t facts_left;
    size_t object_count;
    size_t revoked_count;
} hmi_stix;

/* ---- stix_split.c: a document's objects, found without believing the document is whole. */
typedef struct hmi_stix_split {
    hm_bytes file;
    size_t pos;
    size_t resyncs_left;
    bool in_list; /* inside "objects": [ ... ] or a bare array */
} hmi_stix_split;
hmi_stix_split hmi_stix_split_over(hm_bytes file);
/* The next object's bytes; false at the end. `ret_cut`: its end was not found, what is given is a
 * guess up to where the next object seems to begin. */
bool hmi_stix_split_next(hmi_stix_split *split, hm_bytes *ret_object, size_t *ret_offset,
                         bool *ret_cut);

/* ---- stix_object.c: one parsed object to the sink. */
int hmi_stix_object(hmi_stix *stix, hmi_value object);
/* A note, unless too many were made already. */
__attribute__((format(printf, 5, 6))) int hmi_stix_note(hmi_stix *stix, hmi_severity severity,
                                                        int code, uint64_t offset,
                                                        const char *format, ...);

/* ---- stix_path.c: which class a property of an observable has. */
/* `path` is the steps joined by '/', list indexes left out: "hashes/SHA-256". */
hmi_class hmi_stix_class_of(hm_text type, hm_text path);
hmi_class hmi_stix_class_of_hash(hm_text type, hm_text algorithm);
/* The i-th path that has a class for this type, NULL when there is none (hashes left out). */
const char *hmi_stix_path_at(hm_text type, size_t i, hmi_class *ret_class);

#endif
