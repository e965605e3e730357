/* SPDX-License-Identifier: Apache-2.0
 *
 * yara.h - a YARA rule from the rarest strings and tables of an incident's programs.
 *
 * Only what no harmless file of the baseline has, and only what stands as such in the bytes of the
 * programs it was found in: the rule is tried on them before it is written.
 */
#ifndef HMI_TELL_YARA_H
#define HMI_TELL_YARA_H

#include "tell/export.h"

enum { HMI_YARA_STRINGS_MAX = 20, HMI_YARA_TEXT_MAX = 200, HMI_YARA_TABLE_MAX = 64 };

typedef struct hmi_yara_string {
    hm_text value;  /* as text; NULL: bytes */
    hm_bytes bytes; /* a table's first bytes */
    bool ascii, wide;
    hmi_class class_id;
    size_t incidents; /* that have it; 0: not to be told */
    double weight;
} hmi_yara_string;

typedef struct hmi_yara_program {
    hmi_sha256 sha256;
    uint64_t size;
    size_t found; /* of the rule's strings */
} hmi_yara_program;

typedef struct hmi_yara_rule {
    hm_text title;
    const hmi_tlp_marking *tlp;
    hmi_yara_string *strings;
    size_t count;
    size_t needed; /* so many of them make a hit */
    uint64_t size_max;
    bool all_pe, all_elf;
    hmi_yara_program *programs; /* with at least `needed` of them */
    size_t program_count;
    uint64_t baseline_files;
    size_t common; /* candidates that harmless files have */
    char uuid[37];
} hmi_yara_rule;

/* count 0: nothing rare enough was found. Everything lives in the export's arena. */
int hmi_yara_make(const hmi_export *export, hmi_yara_rule *ret, hm_err *err);
/* Would the rule hit these bytes? Marks in `seen`, when given, which of its strings are there. */
bool hmi_yara_hits(const hmi_yara_rule *rule, hm_bytes file, bool *seen);
/* Takes a string out: it was found where it should not be. */
void hmi_yara_drop(hmi_yara_rule *rule, size_t at);
int hmi_yara_write(const hmi_yara_rule *rule, hmi_buf *out, hm_err *err);

#endif
