/* SPDX-License-Identifier: Apache-2.0
 *
 * archive.h - unpacking any container libarchive reads, within stated limits.
 */
#ifndef HMI_FORMATS_ARCHIVE_H
#define HMI_FORMATS_ARCHIVE_H

#include "trait/trait.h"

struct archive;

/* A container format: which of libarchive's decoders may look at the bytes. */
typedef struct hmi_archive_kind {
    const char *name;
    int (*enable)(struct archive *archive);
    const char *suffix; /* of a compressed single file: its member is named without it; or NULL */
} hmi_archive_kind;

#define HMI_ARCHIVE_OUTPUT_MAX (UINT64_C(256) << 20) /* when the reading names none */
#define HMI_ARCHIVE_RATIO_FLOOR (UINT64_C(1) << 20)  /* small files may grow to this in any case */
enum {
    HMI_ARCHIVE_RATIO_MAX = 100, /* bytes of all members for each byte of the container */
    HMI_ARCHIVE_MEMBERS_MAX = 10000,
    HMI_ARCHIVE_DEPTH_MAX = 8,
    HMI_ARCHIVE_PASSWORDS_MAX = 64,
    HMI_ARCHIVE_IDLE_MAX = 1000 /* answers without progress before it counts as stuck */
};

/* What is left of the limits; one budget for all readings of one container. */
typedef struct hmi_archive_budget {
    uint64_t output;
    uint32_t members;
} hmi_archive_budget;

hmi_archive_budget hmi_archive_budget_of(const hmi_reading *reading, hm_bytes file);
/* HM_E_MALFORMED when it cannot be opened at all; damage further in is a note. */
int hmi_archive_unpack(hmi_reading *reading, hm_bytes file, const hmi_archive_kind *kind,
                       hmi_archive_budget *budget, hm_err *err);
/* Wakes time zone, locale and character set tables that libarchive asks for. */
void hmi_archive_prepare(void);

/* Compares a zip's central directory with its local headers and notes every disagreement as odd.
 * *ret_disagree says whether two readings of the file would give different members. */
int hmi_zip_check(hmi_reading *reading, hm_bytes file, bool *ret_disagree, hm_err *err);
/* Offset of a plausible end-of-central-directory record, HMI_NPOS if none. */
size_t hmi_zip_find_end(hm_bytes file);

#endif
