/* SPDX-License-Identifier: Apache-2.0
 *
 * keys.h - what an observable, and an indicator, is in an index: a number in one of two
 * lists.
 *
 * IPv4 addresses are themselves, so that ranges are intervals. All else is a keyed hash of
 * HMI_KEY_BITS of what the matcher would have met: the last two labels of a name, its last three, a
 * digest, an IPv6 address and four of its prefixes, the end of a field. Whatever a scan hits, its
 * key is in the index; the other way round a key may lie, and the records are read again.
 */
#ifndef HMI_HUNT_KEYS_H
#define HMI_HUNT_KEYS_H

#include "match/observe.h"
#include "match/set.h"

typedef enum hmi_list_kind {
    HMI_LIST_V4,
    HMI_LIST_KEYS,
    HMI_LIST_KINDS,
    /* Only asked of the gate: which /24 and which /16 hold an address. */
    HMI_LIST_V4_24 = HMI_LIST_KINDS,
    HMI_LIST_V4_16
} hmi_list_kind;

typedef struct hmi_hunt_seed {
    uint64_t words[2];
} hmi_hunt_seed;

enum {
    HMI_KEYS_OF_ONE_MAX = 5,
    /* With a million new indicators and 140,000 keys a segment, a few segments in a hundred are
     * read for nothing; each bit fewer doubles that. */
    HMI_KEY_BITS = 41
};

/* The keys of something seen. Returns how many; *ret_kind is the list they all belong to. 0: such
 * fields are in no index. */
unsigned hmi_keys_of_seen(const hmi_hunt_seed *seed, hmi_seen_kind kind, hm_bytes value,
                          hmi_list_kind *ret_list, uint64_t keys[HMI_KEYS_OF_ONE_MAX]);

/* What an indicator asks for. */
typedef struct hmi_wanted {
    enum {
        HMI_WANT_INTERVAL, /* of IPv4 addresses */
        HMI_WANT_KEY,
        HMI_WANT_FIELD, /* a key, where the segment's fields were indexed */
        HMI_WANT_ALL    /* no index can answer: every segment */
    } what;
    uint64_t first, last; /* the key is `first` */
} hmi_wanted;
hmi_wanted hmi_wanted_of_row(const hmi_hunt_seed *seed, const hm_matcher *set, uint32_t row);

#endif
