/* SPDX-License-Identifier: Apache-2.0
 *
 * likeness.h - digests of whole files that stay alike when the file does: ssdeep and TLSH.
 *
 * They are for exchange with others, whose feeds name files by them. Two programs with the same
 * code are told by their functions, much better (docs/PERFORMANCE.md). Values are as the tools of
 * that name write them; equal values match like any other trait, alike ones by the functions below.
 */
#ifndef HMI_TRAIT_LIKENESS_H
#define HMI_TRAIT_LIKENESS_H

#include "base/bytes.h"

enum {
    HMI_LIKENESS_BYTES_MAX = 32 << 20, /* larger files have no digest of likeness */
    HMI_SSDEEP_TEXT_MAX = 148,
    HMI_TLSH_TEXT = 72, /* "T1" and 70 digits */
    HMI_TLSH_MIN = 256
};

/* "block size:64 characters:32 characters"; false for what is empty or too large. */
bool hmi_ssdeep_of(hm_bytes bytes, char ret[HMI_SSDEEP_TEXT_MAX + 1]);
/* 0: nothing in common that could be told, to 100: equal. -1 when either is no digest. */
int hmi_ssdeep_likeness(hm_text a, hm_text b);

/* False for what is too small, too large or too monotonous. */
bool hmi_tlsh_of(hm_bytes bytes, char ret[HMI_TLSH_TEXT + 1]);
/* 0: as good as equal; under 30 most often the same family, over 100 unrelated (the paper's
 * figures). -1 when either is no digest. */
int hmi_tlsh_distance(hm_text a, hm_text b);

#endif
