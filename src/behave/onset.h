/* SPDX-License-Identifier: Apache-2.0
 *
 * onset.h - the beginning of destruction: many hosts cleared, stopped or silent within minutes.
 */
#ifndef HMI_BEHAVE_ONSET_H
#define HMI_BEHAVE_ONSET_H

#include "behave/say.h"

enum {
    HMI_ONSET_HOSTS_MAX = 1 << 12,
    HMI_ONSET_DEEDS_MAX = 1 << 13, /* different (host, deed, five minutes) */
    HMI_ONSET_WINDOW_S = 600
};

typedef struct hmi_onset_host {
    uint32_t name, count, first_s, last_s, longest_gap_s;
    uint64_t last_offset;
    uint32_t last_deed[HMI_DEED_COUNT]; /* when each was last noted */
} hmi_onset_host;

typedef struct hmi_onset_deed {
    uint32_t host, second; /* host: number in the list of hosts */
    uint8_t deed;
    uint64_t offset;
} hmi_onset_deed;

typedef struct hmi_onset {
    hmi_onset_host *hosts;
    uint32_t *by_name;
    hmi_onset_deed *deeds;
    size_t host_count, host_max, deed_count, deed_max, name_max;
    uint32_t first_s, last_s;
    uint64_t refused;
    uint64_t by_deed[HMI_DEED_COUNT];
    hmi_span spans[HMI_DEED_COUNT];
} hmi_onset;

int hmi_onset_init(hmi_onset *onset, hmi_arena *arena, size_t scale, size_t name_max, hm_err *err);
void hmi_onset_act(hmi_onset *onset, uint32_t host, const hmi_act *act);
/* Not const: silences are put among the deeds. */
void hmi_onset_say(hmi_onset *onset, const hmi_names *names, hmi_voice *voice);

#endif
