/* SPDX-License-Identifier: Apache-2.0
 *
 * scan.h - finding strings in any bytes, and observables in any text.
 *
 * Both speak through hmi_emit: what they find is a candidate, the class's canonical form decides
 * whether it is one. Both are linear in their input and deterministic.
 */
#ifndef HMI_FORMATS_SCAN_SCAN_H
#define HMI_FORMATS_SCAN_SCAN_H

#include "trait/trait.h"

/* Finds addresses, ranges, domains, URLs, mail addresses, hashes, registry keys, Windows and Unix
 * paths, pipe and mutex names, user agents and CVE numbers that stand as whole tokens in `text`
 * (any bytes; what is not ASCII separates tokens). `offset` is the place of text in the evidence:
 * every trait gets its own place. */
int hmi_scan_text(hmi_reading *reading, hm_bytes text, uint64_t offset, hmi_role role, hm_err *err);

/* A part of a file that holds no strings of its own (symbol tables, relocations). */
typedef struct hmi_scan_range {
    uint64_t offset, size;
} hmi_scan_range;

enum {
    HMI_STRINGS_MAX = 2000,      /* HMI_STRING traits of one file: the most telling ones */
    HMI_STRING_LEN_MIN = 6,      /* characters */
    HMI_STRING_LEN_MAX = 1024,   /* longer runs are cut here as a trait, scanned whole */
    HMI_STRINGS_HELD_MAX = 32768 /* candidates in hand at a time */
};

/* Reads ASCII and UTF-16LE runs of `file` outside the `skip` ranges (any order): the observables in
 * all of them, and the most telling ones themselves as HMI_STRING. Role CONTENT. */
int hmi_scan_strings(hmi_reading *reading, hm_bytes file, const hmi_scan_range *skip,
                     size_t skip_count, hm_err *err);

#endif
