/* SPDX-License-Identifier: Apache-2.0
 *
 * marking.h - marking definitions that nobody may redefine: TLP 1 (STIX 2.1 section 7.2.1.4) and
 * TLP 2.0 (OASIS common objects, an extension of marking definitions).
 */
#ifndef HMI_SHARE_MARKING_H
#define HMI_SHARE_MARKING_H

#include "base/arena.h"
#include "base/json.h"

/* From open to closed. */
typedef enum hmi_tlp {
    HMI_TLP_CLEAR, /* and TLP 1's WHITE */
    HMI_TLP_GREEN,
    HMI_TLP_AMBER,
    HMI_TLP_AMBER_STRICT,
    HMI_TLP_RED,
    HMI_TLP_COUNT
} hmi_tlp;

#define HMI_TLP2_EXTENSION "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"

typedef struct hmi_tlp_marking {
    const char *id;
    const char *name;  /* "TLP:AMBER+STRICT" */
    const char *value; /* "amber+strict" */
    hmi_tlp level;
    bool second; /* TLP 2.0 */
} hmi_tlp_marking;

/* NULL when the id is none of the nine. */
const hmi_tlp_marking *hmi_tlp_find(hm_text id);
/* NULL when no predefined marking has this value. */
const hmi_tlp_marking *hmi_tlp_find_value(hm_text value, bool second);
/* "RED", "AMBER+STRICT" ... */
const char *hmi_tlp_name(hmi_tlp level);
/* Is the object, which has a predefined id, the one that everybody knows under that id? */
bool hmi_tlp_is_genuine(hmi_value object, const hmi_tlp_marking *known, hmi_arena *arena);

#endif
