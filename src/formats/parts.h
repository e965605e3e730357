/* SPDX-License-Identifier: Apache-2.0
 *
 * parts.h - what readers of documents, scripts and links share: handing on what they carry, and
 * saying what a program wrote about it.
 *
 * A decoded layer, a macro, an attachment becomes evidence of its own: it is read by whoever knows
 * it, at any depth up to HMI_PARTS_DEPTH_MAX, and the casebook remembers what it came out of.
 */
#ifndef HMI_FORMATS_PARTS_H
#define HMI_FORMATS_PARTS_H

#include "trait/trait.h"

#define HMI_PARTS_OUTPUT_MAX (UINT64_C(64) << 20) /* when the reading names less, that */
#define HMI_PARTS_RATIO_FLOOR (UINT64_C(1) << 20) /* small files may grow to this in any case */
enum {
    HMI_PARTS_MEMBERS_MAX = 1000,
    HMI_PARTS_RATIO_MAX = 100, /* bytes of members for each byte of the file */
    HMI_PARTS_DEPTH_MAX = 8,
    HMI_PARTS_PROPERTIES_MAX = 1000,
    HMI_PARTS_NAME_MAX = 512,
    HMI_PROPERTY_VALUE_MAX = 1024
};

/* What is left of the limits; one for each reading. */
typedef struct hmi_parts {
    hmi_reading *reading;
    uint64_t output;
    uint32_t members, properties;
    bool told; /* that a limit was met */
} hmi_parts;

hmi_parts hmi_parts_begin(hmi_reading *reading, hm_bytes file);
/* Hands on `content` under `name`; empty content is none. What a limit cuts or keeps out is said
 * once. */
int hmi_parts_give(hmi_parts *parts, hm_bytes name, hm_bytes content, uint64_t offset, hm_err *err);
/* The same with a name of our own making. */
__attribute__((format(printf, 5, 6))) int hmi_parts_givef(hmi_parts *parts, hm_bytes content,
                                                          uint64_t offset, hm_err *err,
                                                          const char *format, ...);

/* A fact "key" and a trait "key=value". Bytes that are not UTF-8 are written as \xNN, so that two
 * names in one old code page stay two; an empty value is none. */
int hmi_property(hmi_parts *parts, const char *key, hm_bytes value, uint64_t offset, hm_err *err);
/* The same of UTF-16 (little-endian) up to a NUL. */
int hmi_property_wide(hmi_parts *parts, const char *key, hm_bytes value, uint64_t offset,
                      hm_err *err);
/* The same of a Windows FILETIME (100 ns since 1601); 0 and what lies behind the year 9999 is
 * none. */
int hmi_property_filetime(hmi_parts *parts, const char *key, uint64_t filetime, uint64_t offset,
                          hm_err *err);
int hmi_property_time(hmi_parts *parts, const char *key, int64_t us, uint64_t offset, hm_err *err);
/* A {GUID} as Windows writes it: the first three fields little-endian. `out` gets 36 characters
 * and a NUL, lower case. `guid` has 16 bytes. */
void hmi_guid_text(const uint8_t *guid, char out[37]);

#endif
