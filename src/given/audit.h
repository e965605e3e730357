/* SPDX-License-Identifier: Apache-2.0
 *
 * audit.h - is the memory of what was given whole?
 */
#ifndef HMI_GIVEN_AUDIT_H
#define HMI_GIVEN_AUDIT_H

#include "given/head.h"

enum { HMI_AUDIT_FAULTS_MAX = 1000 }; /* named; all are counted */

typedef enum hmi_audit_fault {
    HMI_AUDIT_CHANGED,     /* an entry's text is not what was hashed */
    HMI_AUDIT_FORGED,      /* hashed, but not signed with the log's key */
    HMI_AUDIT_MISSING,     /* a number is absent */
    HMI_AUDIT_REORDERED,   /* a genuine entry stands at another's place */
    HMI_AUDIT_BROKEN,      /* an entry does not follow the one before it */
    HMI_AUDIT_DAMAGED,     /* no entry at all */
    HMI_AUDIT_TRUNCATED,   /* entries at the end that were remembered are gone */
    HMI_AUDIT_ROLLED_BACK, /* the whole casebook is older than what was remembered */
    HMI_AUDIT_REWRITTEN,   /* another history, or another key, than what was remembered */
    HMI_AUDIT_COPIES       /* "who has a copy" says other than the entries do */
} hmi_audit_fault;

typedef struct hmi_audit_report {
    uint64_t entries, faults;
    hmi_head head;   /* as it stands now */
    bool remembered; /* there was a head to compare with */
} hmi_audit_report;

const char *hmi_audit_fault_name(hmi_audit_fault fault);
/* Reads every entry. `remembered` (NULL: none) is what the end looked like before. `say` is called
 * with each fault, the entry's number (0: the log as a whole) and a sentence. HM_OK says that the
 * check ran to its end, not that nothing was found. */
int hmi_audit(hmi_store *store, const hmi_head *remembered,
              void (*say)(void *with, hmi_audit_fault fault, uint64_t seq, hm_text sentence),
              void *with, hmi_audit_report *ret, hm_err *err);

#endif
