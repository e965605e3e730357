/* SPDX-License-Identifier: Apache-2.0
 *
 * fingerprint.c - packs a function's features into a few hundred bytes and reads them back.
 *
 * WHY    Fingerprints are stored by the million and sent to partners: they must be small, the same
 *        everywhere, and safe to read from a stranger.
 * FORM   fingerprint.h.
 * TRUST  Packed from our own features; parsed as hostile: every length is checked once, ids must
 *        ascend, and no later code trusts more than that.
 * OWNS   Nothing.
 */
#include "code/fingerprint.h"

#include "base/cursor.h"
#include "base/error.h"

const uint8_t hmi_kept_max[HMI_FEATURE_CLASSES] = {
    [HMI_FEATURE_STRING] = 12,       [HMI_FEATURE_CONSTANT] = 20, [HMI_FEATURE_IMPORT] = 12,
    [HMI_FEATURE_DISPLACEMENT] = 12, [HMI_FEATURE_CALLEE] = 20,   [HMI_FEATURE_CALLER] = 20,
    [HMI_FEATURE_GRAM] = 24,         [HMI_FEATURE_SHAPE] = 16,    [HMI_FEATURE_BLOCK] = 16,
    [HMI_FEATURE_MNEMONIC] = 24,
};

/* The ids of a sample in ascending order: each is put where as many stand as are less. Without a
 * branch that depends on them, as samples are short and in no order at all. */
static void sort_small(const uint64_t *all, size_t count, uint32_t *ret)
{
    enum { LANES = 8 };
    uint32_t ids[HMI_KEPT_MAX + LANES];
    for (size_t i = 0; i < count; i++) {
        ids[i] = (uint32_t)(all[i] & 0xffffff) << 7 | (uint32_t)i; /* no two are the same */
    }
    for (size_t i = 0; i < LANES; i++) {
        ids[count + i] = UINT32_MAX >> 1;
    }
    for (size_t i = 0; i < count; i++) {
        int32_t one = (int32_t)ids[i], less[LANES] = { 0 };
        for (size_t k = 0; k < count; k += LANES) {
            for (size_t lane = 0; lane < LANES; lane++) {
                less[lane] += (int32_t)ids[k + lane] < one;
            }
        }
        int32_t at = 0;
        for (size_t lane = 0; lane < LANES; lane++) {
            at += less[lane];
        }
        ret[at] = (uint32_t)one >> 7;
    }
}

/* Copies what is below `below`; returns how many there are. `ret` may be `all`. */
static size_t sift(const uint64_t *all, size_t count, uint64_t below, uint64_t *ret)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t one = all[i];
        ret[kept] = one;
        kept += one < below;
    }
    return kept;
}

static size_t count_below(const uint64_t *all, size_t count, uint64_t below)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        found += all[i] < below;
    }
    return found;
}

/* The lowest `wanted` of more to `ret`, which has room for all, in any order; returns the highest
 * of them. Ranks are draws of 32 bits over weights, so the sum of weights says below which rank
 * about that many lie: a little more is taken, and from there on the bound is halved in on. Nothing
 * is sorted. */
static uint64_t lowest(const uint64_t *all, size_t count, size_t wanted, uint64_t weights,
                       uint64_t *ret)
{
    uint64_t low = 0, high = ((3 * (uint64_t)wanted / 2) << 32) / (weights + 1) << 24;
    size_t kept = sift(all, count, high, ret);
    while (kept < wanted) { /* `wanted` is between them */
        low = high;
        high = 2 * high + 1;
        kept = sift(all, count, high, ret);
    }
    while (kept > wanted && high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (count_below(ret, kept, middle) >= wanted) {
            kept = sift(ret, kept, middle, ret);
            high = middle;
        } else {
            low = middle;
        }
    }
    uint64_t most = 0;
    for (size_t i = 0; i < wanted; i++) {
        most = ret[i] > most ? ret[i] : most;
    }
    return most;
}

/* Takes one of them out; returns how many are left. */
static size_t drop(uint64_t *all, size_t count, uint64_t one)
{
    for (size_t i = 0; i < count; i++) {
        if (all[i] == one) {
            all[i] = all[count - 1];
            return count - 1;
        }
    }
    return count;
}

static void put_u16(uint8_t *to, uint16_t value)
{
    to[0] = (uint8_t)value;
    to[1] = (uint8_t)(value >> 8);
}

static void put_u32(uint8_t *to, uint32_t value)
{
    put_u16(to, (uint16_t)value);
    put_u16(to + 2, (uint16_t)(value >> 16));
}

static size_t pack_list(const hmi_feature_list *list, hmi_feature_class class_id, uint64_t *ranks,
                        size_t capacity, uint8_t *head, uint8_t *ids)
{
    size_t max = hmi_kept_max[class_id], count = list->count;
    uint64_t bar = 0; /* 0 means none was left out */
    hmi_feature_sum sum;
    hmi_assert(max <= HMI_KEPT_MAX && 2 * count <= capacity);
    hmi_feature_ranks(list->ids, count, ranks, &sum);
    if (count > max) {
        uint64_t *sample = ranks + count;
        uint64_t out = lowest(ranks, count, max + 1, sum.weights, sample);
        bar = out >> 24;
        bar = bar < 1 ? 1 : bar; /* a rank of 0 left out is raised to 1, which loses nothing */
        count = drop(sample, max + 1, out);
        ranks = sample;
    }
    uint32_t sorted[HMI_KEPT_MAX];
    sort_small(ranks, count, sorted);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && sorted[i] == sorted[i - 1]) {
            continue; /* two features that share an id by chance */
        }
        ids[3 * kept] = (uint8_t)sorted[i];
        ids[3 * kept + 1] = (uint8_t)(sorted[i] >> 8);
        ids[3 * kept + 2] = (uint8_t)(sorted[i] >> 16);
        kept++;
    }
    head[0] = (uint8_t)kept;
    put_u16(head + 1, hmi_short_float(sum.squares));
    put_u16(head + 3, hmi_short_float(bar));
    return 3 * kept;
}

size_t hmi_fingerprint_pack(const hmi_features *features, hmi_machine machine, uint8_t flags,
                            uint8_t *out)
{
    out[0] = HMI_FINGERPRINT_VERSION;
    out[1] = (uint8_t)machine;
    out[2] = flags;
    out[3] = HMI_FEATURE_CLASSES;
    put_u32(out + 4, features->counts[HMI_COUNT_INSTRUCTIONS]);
    put_u32(out + 8, features->counts[HMI_COUNT_BLOCKS]);
    memcpy(out + 12, features->exact, sizeof features->exact);
    for (size_t i = 0; i < HMI_COUNTS; i++) {
        out[28 + i] = hmi_log_count(features->counts[i]);
    }
    size_t len = HMI_FINGERPRINT_HEAD + HMI_FEATURE_CLASSES * HMI_FINGERPRINT_LIST;
    for (size_t c = 0; c < HMI_FEATURE_CLASSES; c++) {
        uint8_t *head = out + HMI_FINGERPRINT_HEAD + c * HMI_FINGERPRINT_LIST;
        len += pack_list(&features->lists[c], (hmi_feature_class)c, features->ranks,
                         features->rank_capacity, head, out + len);
    }
    return len;
}

size_t hmi_fingerprint_add_context(uint8_t *print, size_t len, const hmi_features *features)
{
    uint8_t *heads = print + HMI_FINGERPRINT_HEAD;
    size_t at = HMI_FINGERPRINT_HEAD + HMI_FEATURE_CLASSES * HMI_FINGERPRINT_LIST;
    for (size_t c = 0; c < HMI_FEATURE_CALLEE; c++) {
        at += 3 * (size_t)heads[c * HMI_FINGERPRINT_LIST];
    }
    uint8_t ids[2 * 3 * HMI_KEPT_MAX];
    size_t more = 0;
    for (size_t c = HMI_FEATURE_CALLEE; c <= HMI_FEATURE_CALLER; c++) {
        uint8_t *head = heads + c * HMI_FINGERPRINT_LIST;
        hmi_assert(head[0] == 0);
        more += pack_list(&features->lists[c], (hmi_feature_class)c, features->ranks,
                          features->rank_capacity, head, ids + more);
    }
    hmi_assert(at <= len && len + more <= HMI_FINGERPRINT_MAX);
    memmove(print + at + more, print + at, len - at);
    memcpy(print + at, ids, more);
    print[28 + HMI_COUNT_CALLEES] = hmi_log_count(features->counts[HMI_COUNT_CALLEES]);
    print[28 + HMI_COUNT_CALLERS] = hmi_log_count(features->counts[HMI_COUNT_CALLERS]);
    return len + more;
}

static bool ascending(const uint8_t *ids, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (hmi_id24(ids + 3 * i) <= hmi_id24(ids + 3 * i - 3)) {
            return false;
        }
    }
    return true;
}

/* Versions differ in what was taken for an address, not in what a feature means. */
static bool known_version(const uint8_t *head)
{
    return head[0] >= HMI_FINGERPRINT_OLDEST && head[0] <= HMI_FINGERPRINT_VERSION &&
           head[3] == HMI_FEATURE_CLASSES;
}

bool hmi_fingerprint_parse(hm_bytes bytes, hmi_fingerprint *ret)
{
    if (bytes.len < HMI_FINGERPRINT_HEAD || !known_version(bytes.ptr)) {
        return false;
    }
    hmi_cur cur = hmi_cur_over(bytes);
    hmi_fingerprint f = { .machine = bytes.ptr[1], .flags = bytes.ptr[2] };
    hmi_cur_skip(&cur, 4);
    f.instructions = hmi_cur_u32(&cur);
    f.blocks = hmi_cur_u32(&cur);
    f.exact = hmi_cur_bytes(&cur, 16).ptr;
    f.counts = hmi_cur_bytes(&cur, HMI_COUNTS).ptr;
    for (size_t c = 0; c < HMI_FEATURE_CLASSES; c++) {
        f.lists[c].kept = hmi_cur_u8(&cur);
        f.lists[c].mass = hmi_short_float_value(hmi_cur_u16(&cur));
        uint64_t bar = hmi_short_float_value(hmi_cur_u16(&cur));
        f.lists[c].bar = bar ? bar : UINT64_MAX;
    }
    for (size_t c = 0; c < HMI_FEATURE_CLASSES; c++) {
        size_t kept = f.lists[c].kept;
        hm_bytes ids = hmi_cur_bytes(&cur, 3 * kept);
        if (cur.bad || kept > hmi_kept_max[c] || !ascending(ids.ptr, kept)) {
            return false;
        }
        f.lists[c].ids = ids.ptr;
    }
    if (cur.bad || hmi_cur_left(&cur) != 0) {
        return false;
    }
    *ret = f;
    return true;
}

bool hmi_fingerprint_valid(hm_bytes fingerprint)
{
    hmi_fingerprint parsed;
    return hmi_fingerprint_parse(fingerprint, &parsed);
}

/* Only the head is read, and whether the lists have room: what the lists hold is none of the facts,
 * and a comparison asks for those of ten thousand functions. */
bool hmi_fingerprint_facts(hm_bytes fingerprint, hmi_function_facts *ret_facts)
{
    const uint8_t *at = fingerprint.ptr;
    size_t len = HMI_FINGERPRINT_HEAD + HMI_FEATURE_CLASSES * HMI_FINGERPRINT_LIST;
    if (fingerprint.len < len || !known_version(at)) {
        return false;
    }
    for (size_t c = 0; c < HMI_FEATURE_CLASSES; c++) {
        len += 3 * (size_t)at[HMI_FINGERPRINT_HEAD + c * HMI_FINGERPRINT_LIST];
    }
    if (fingerprint.len != len) {
        return false;
    }
    hmi_cur cur = hmi_cur_over(fingerprint);
    hmi_cur_skip(&cur, 4);
    *ret_facts = (hmi_function_facts){
        .instructions = hmi_cur_u32(&cur),
        .machine = at[1] <= HMI_MACHINE_RISCV64 ? (hmi_machine)at[1] : HMI_MACHINE_OTHER,
        .thunk = at[2] & HMI_FINGERPRINT_STUB,
    };
    ret_facts->blocks = hmi_cur_u32(&cur);
    return true;
}
