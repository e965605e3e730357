/* SPDX-License-Identifier: Apache-2.0
 *
 * acts.h - from an event of a record to an act of somebody (behave/act.h).
 */
#ifndef HMI_FORMATS_ACTS_H
#define HMI_FORMATS_ACTS_H

#include "behave/study.h"
#include "formats/record/event.h"

enum { HMI_DEEDS_KNOWN = 256 };

/* Commands that were looked at before. */
typedef struct hmi_deeds {
    struct {
        uint64_t hash;
        uint8_t deed;
    } known[HMI_DEEDS_KNOWN];
} hmi_deeds;

/* `hashes`: one per field of the event, of its raw bytes, seeded by class, role and spelling. */
void hmi_act_of(const hmi_event *event, const uint64_t *hashes, hmi_deeds *deeds, hmi_act *ret);
/* What a word means: a study's decoder. Of a request: its shape. */
hmi_word_decode hmi_act_decode;
/* What a command line does to its host. */
hmi_deed hmi_deed_of_command(hm_bytes command, hmi_spelling spelling);

#endif
