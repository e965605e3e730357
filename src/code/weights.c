/* SPDX-License-Identifier: Apache-2.0
 *
 * weights.c - how much sharing one feature says.
 *
 * WHY    "calls memcpy" and "compares with 0" are in every program. How common a feature is was
 *        counted once over the functions of a whole system (bench/code/train_weights.c) and is
 *        fixed here, so that two partners' scores can be compared: a change of the table is a
 *        change of HMI_FINGERPRINT_VERSION.
 * FORM   An open-addressed table of the common features only, each a word: id << 8 | weight; an id
 *        starts looking at its low bits. All others are rare and weigh WEIGHT_RARE.
 * OWNS   Nothing.
 */
#include "code/fingerprint.h"

#include "code/weights_table.h"

static inline unsigned weight_of(uint32_t id)
{
    for (size_t at = id & (WEIGHT_SLOTS - 1);; at = (at + 1) & (WEIGHT_SLOTS - 1)) {
        uint32_t word = weight_table[at];
        if (word >> 8 == id && word != 0) {
            return word & 0xff;
        }
        if (word == 0) {
            return WEIGHT_RARE;
        }
    }
}

unsigned hmi_feature_weight(uint32_t id)
{
    return weight_of(id);
}

void hmi_feature_ranks(const uint32_t *ids, size_t count, uint64_t *ret_ranks, hmi_feature_sum *ret)
{
    hmi_feature_sum sum = { 0 };
    for (size_t i = 0; i < count; i++) {
        unsigned weight = weight_of(ids[i]);
        sum.squares += weight * weight;
        sum.weights += weight;
        ret_ranks[i] = hmi_feature_rank(ids[i], weight) << 24 | ids[i];
    }
    *ret = sum;
}
