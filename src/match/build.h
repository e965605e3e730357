/* SPDX-License-Identifier: Apache-2.0
 *
 * build.h - a set in the making: what build.c adds to, gate_keys.c tells the gate of, and layout.c
 * lays out as one block.
 */
#ifndef HMI_MATCH_BUILD_H
#define HMI_MATCH_BUILD_H

#include "base/buf.h"
#include "match/poison.h"
#include "match/set.h"
#include "trait/canon.h"

struct hm_matcher_builder {
    hmi_set_head head;
    hmi_poison *poison;
    bool allow_poison;
    hmi_row *rows;
    uint64_t *hashes;
    size_t count, capacity;
    /* By hash: its upper half and row + 1, to see what is there already without looking further. */
    uint64_t *known;
    size_t known_mask;
    uint64_t *gate_hashes;
    size_t gate_count, gate_capacity;
    const hmi_class_row *last_class; /* feeds mostly name the same few kinds */
    hmi_buf text;
    hmi_source *sources;
    size_t source_count, source_capacity;
    uint16_t last_source; /* feeds come one after the other */
    uint8_t *ranges16;
    uint8_t *ranges24; /* NULL until a range comes */
};

typedef struct hmi_taken {
    hmi_class class_id;
    hm_reach reach;
    hmi_canon canon;
} hmi_taken;

/* Room for one more; false without memory. `array_ptr` is the address of the array's pointer. */
bool hmi_build_room(void *array_ptr, size_t count, size_t *capacity, size_t size);
/* What the gate must let through for this indicator to be met; false without memory. */
bool hmi_build_gate(hm_matcher_builder *builder, const hmi_taken *indicator);

#endif
