/* SPDX-License-Identifier: Apache-2.0
 *
 * study.h - behaviour over many acts: acts in, traits out at the end.
 *
 *     hmi_study_new(scale, decode, &study, err);
 *     hmi_study_act(study, &act);           for each, in the order of the evidence
 *     hmi_study_end(study, &reading, err);  says what was found
 *     hmi_study_free(study);
 *
 * State is bounded whatever the length of the evidence: what finds no room is counted, and a note
 * says so. The same acts in the same order give the same traits on every machine; each trait can
 * be had again by reading the same evidence again, and a fact beside it says what it rests on.
 */
#ifndef HMI_BEHAVE_STUDY_H
#define HMI_BEHAVE_STUDY_H

#include "behave/names.h"

enum {
    HMI_STUDY_MEMORY_MAX = 18 << 20, /* bytes of all tables */
    HMI_STUDY_TRAITS_MAX = 128,      /* of one kind of behaviour */
    HMI_STUDY_FACTS_MAX = 64         /* of one kind of behaviour */
};

typedef struct hmi_study hmi_study;
/* `acts_expected` sizes the tables: a small file gets small ones. */
int hmi_study_new(size_t acts_expected, hmi_word_decode *decode, hmi_study **ret_study,
                  hm_err *err);
void hmi_study_act(hmi_study *study, const hmi_act *act);
int hmi_study_end(hmi_study *study, hmi_reading *reading, hm_err *err);
void hmi_study_free(hmi_study *study); /* NULL is fine */

#endif
