/* SPDX-License-Identifier: Apache-2.0
 *
 * room.h - two partners, each with a casebook and a key.
 */
#ifndef HMI_TESTS_OVERLAP_ROOM_H
#define HMI_TESTS_OVERLAP_ROOM_H

#include "../given/room.h"
#include "overlap/session.h"

typedef struct side {
    hmi_store *store;
    hmi_giver *giver;
    const uint8_t *key;
} side;

__attribute__((unused)) static side side_open(const char *name)
{
    side s = { .store = room_store(name) };
    s.giver = room_giver(s.store);
    s.key = hmi_giver_public_key(s.giver).ptr;
    return s;
}

__attribute__((unused)) static void side_close(side *s)
{
    hmi_giver_close(s->giver);
    hmi_store_close(s->store);
}

/* Values "w<from>" to "w<to - 1>". */
__attribute__((unused)) static hmi_overlap_element *words(hmi_arena *arena, unsigned from,
                                                          unsigned to)
{
    hmi_overlap_element *list = hmi_new_array(arena, hmi_overlap_element, to - from);
    for (unsigned i = from; i < to; i++) {
        list[i - from] =
            (hmi_overlap_element){ HM_TEXT("domain"), hmi_arena_printf(arena, "w%u", i) };
    }
    return list;
}

#endif
