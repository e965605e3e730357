/* SPDX-License-Identifier: Apache-2.0
 *
 * layout.c - a set in the making into one block, as it is used, saved and mapped.
 *
 * OWNS   The mapping, which becomes the matcher's.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "base/error.h"
#include "match/build.h"

static uint64_t aligned(uint64_t len)
{
    return (len + HMI_SET_ALIGN - 1) / HMI_SET_ALIGN * HMI_SET_ALIGN;
}

static void plan(hm_matcher_builder *b)
{
    enum { KEYS_PER_WORD = 4, GATE_WORDS_MIN = 512, SLOTS_MIN = 64 };
    uint64_t lens[HMI_SEC_COUNT] = {
        [HMI_SEC_GATE] = 8 * (GATE_WORDS_MIN + b->gate_count / KEYS_PER_WORD),
        [HMI_SEC_R16] = HMI_SET_RANGES16,
        [HMI_SEC_R24] = b->ranges24 != NULL ? HMI_SET_RANGES24 : 0,
        [HMI_SEC_SLOTS] = sizeof(hmi_slot) * (SLOTS_MIN + b->count + b->count / 4),
        [HMI_SEC_ROWS] = sizeof(hmi_row) * b->count,
        [HMI_SEC_SOURCES] = sizeof(hmi_source) * b->source_count,
        [HMI_SEC_TEXT] = b->text.len,
    };
    uint64_t at = aligned(sizeof(hmi_set_head));
    for (size_t i = 0; i < HMI_SEC_COUNT; i++) {
        b->head.sections[i] = (hmi_section){ at, lens[i] };
        at += aligned(lens[i]);
    }
    memcpy(b->head.magic, "hmwatch", 8);
    b->head.version = HMI_SET_VERSION;
    b->head.head_len = sizeof(hmi_set_head);
    b->head.size = at;
}

static void fill_gate(const hm_matcher_builder *b, hm_matcher *set)
{
    uint64_t *gate = (uint64_t *)(void *)(set->map + b->head.sections[HMI_SEC_GATE].offset);
    for (size_t i = 0; i < b->gate_count; i++) {
        uint64_t hash = b->gate_hashes[i];
        gate[hmi_gate_word(hash, set->gate_words)] |= hmi_gate_bits(hash);
    }
}

static uint32_t fill_slots(const hm_matcher_builder *b, hm_matcher *set)
{
    hmi_slot *slots = (hmi_slot *)(void *)(set->map + b->head.sections[HMI_SEC_SLOTS].offset);
    uint32_t longest = 0;
    for (size_t i = 0; i < b->count; i++) {
        uint64_t at = hmi_gate_word(b->hashes[i], set->slot_count);
        uint32_t steps = 0;
        while (slots[at].row != 0) {
            at = at + 1 == set->slot_count ? 0 : at + 1;
            steps++;
        }
        slots[at] = (hmi_slot){ (uint32_t)i + 1, (uint32_t)b->hashes[i] };
        longest = steps > longest ? steps : longest;
    }
    return longest + 1;
}

static void copy_section(const hm_matcher_builder *b, hm_matcher *set, size_t which,
                         const void *from)
{
    if (b->head.sections[which].len > 0) {
        memcpy(set->map + b->head.sections[which].offset, from, b->head.sections[which].len);
    }
}

static int lay_out(hm_matcher_builder *b, hm_matcher *set, hm_err *err)
{
    plan(b);
    set->map_len = (size_t)b->head.size;
    void *map =
        mmap(NULL, set->map_len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED) {
        return hmi_fail_errno(err, "no memory for the compiled set");
    }
    /* Each probe would be a miss of the address cache as well. */
    (void)madvise(map, set->map_len, MADV_HUGEPAGE);
    set->map = map;
    memcpy(set->map, &b->head, sizeof(b->head));
    hmi_set_attach(set);
    copy_section(b, set, HMI_SEC_R16, b->ranges16);
    copy_section(b, set, HMI_SEC_R24, b->ranges24);
    copy_section(b, set, HMI_SEC_ROWS, b->rows);
    copy_section(b, set, HMI_SEC_SOURCES, b->sources);
    copy_section(b, set, HMI_SEC_TEXT, b->text.ptr);
    fill_gate(b, set);
    b->head.probes_max = fill_slots(b, set);
    if (b->head.probes_max > HMI_SET_PROBES_MAX) {
        munmap(map, set->map_len);
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "too many indicators have the same key");
    }
    memcpy(set->map, &b->head, sizeof(b->head));
    return HM_OK;
}

int hm_matcher_build(hm_matcher_builder *b, hm_matcher **ret_matcher, hm_err *err)
{
    if (b == NULL || ret_matcher == NULL) {
        hm_matcher_builder_free(b);
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "no builder given");
    }
    hm_matcher *set = calloc(1, sizeof(*set));
    int code = set == NULL ? hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for a matcher")
                           : lay_out(b, set, err);
    hm_matcher_builder_free(b);
    if (code != HM_OK) {
        free(set);
        return code;
    }
    *ret_matcher = set;
    return HM_OK;
}

void hm_matcher_free(hm_matcher *matcher)
{
    if (matcher != NULL) {
        munmap(matcher->map, matcher->map_len);
        free(matcher);
    }
}
