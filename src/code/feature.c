/* SPDX-License-Identifier: Apache-2.0
 *
 * feature.c - what a function names: strings, constants, imports, offsets, other functions.
 *
 * WHY    These survive another compiler and another optimisation level; they carry most of the
 *        weight between them.
 * TRUST  Operands may name any address; text is looked at only where the image has bytes. Lists are
 *        capped at HMI_CODE_FEATURES_MAX and say so.
 * OWNS   Lists in the reading's arena, reused for each function.
 */
#include "code/feature.h"

#include "base/error.h"
#include "base/hash.h"

enum { SALT_STRING = 1, SALT_CONSTANT = 2, SALT_IMPORT = 3, SALT_DISPLACEMENT = 4 };

int hmi_feature_add(hmi_features *features, hmi_feature_class class_id, uint32_t id, hm_err *err)
{
    hmi_feature_list *list = &features->lists[class_id];
    if (list->count >= list->capacity) {
        if (list->count >= HMI_CODE_FEATURES_MAX) {
            features->cut = true;
            return HM_OK;
        }
        void *more = hmi_arena_grow(features->arena, list->ids, list->count, &list->capacity,
                                    sizeof *list->ids);
        if (more == NULL) {
            return hmi_arena_fail(features->arena, err);
        }
        list->ids = more;
    }
    list->ids[list->count++] = id;
    return HM_OK;
}

static bool printable(uint8_t byte)
{
    return (byte >= 0x20 && byte < 0x7f) || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Length of a zero-terminated text of the given unit, 0 when there is none. */
static size_t text_len(hm_bytes bytes, size_t unit)
{
    size_t count = 0;
    for (size_t i = 0; i + unit <= bytes.len; i += unit, count++) {
        if (unit == 2 && bytes.ptr[i + 1] != 0) {
            return 0;
        }
        if (bytes.ptr[i] == 0) {
            return count >= HMI_CODE_STRING_MIN ? i : 0;
        }
        if (!printable(bytes.ptr[i]) && (unit == 2 || bytes.ptr[i] < 0x80)) {
            return 0;
        }
    }
    return count >= HMI_CODE_STRING_MIN ? bytes.len / unit * unit : 0;
}

/* A string is the same string whether it is written in one byte a character or two. */
static bool string_id(hm_bytes bytes, uint32_t *ret_id)
{
    size_t len = text_len(bytes, 1);
    if (len > 0) {
        *ret_id = hmi_feature_id(SALT_STRING, hmi_xxh3(hmi_slice(bytes, 0, len), 0));
        return true;
    }
    len = text_len(bytes, 2);
    if (len == 0) {
        return false;
    }
    uint8_t narrow[HMI_CODE_STRING_MAX];
    size_t count = 0;
    for (size_t i = 0; i < len && count < sizeof narrow; i += 2) {
        narrow[count++] = bytes.ptr[i];
    }
    *ret_id = hmi_feature_id(SALT_STRING, hmi_xxh3((hm_bytes){ narrow, count }, 0));
    return true;
}

static int add_reference(hmi_features *features, uint64_t address, hm_err *err)
{
    if (features->reference_count >= HMI_CODE_REFERENCES_MAX) {
        return HM_OK;
    }
    if (features->reference_count >= features->reference_capacity) {
        void *more =
            hmi_arena_grow(features->arena, features->references, features->reference_count,
                           &features->reference_capacity, sizeof *features->references);
        if (more == NULL) {
            return hmi_arena_fail(features->arena, err);
        }
        features->references = more;
    }
    features->references[features->reference_count++] = address;
    return HM_OK;
}

static int add_import(hmi_features *features, const hmi_import *import, hm_err *err)
{
    features->counts[HMI_COUNT_IMPORTS]++;
    uint64_t hash = hmi_xxh3(hmi_text_bytes(import->name), 0);
    if (import->name.len > 0 && import->name.ptr[0] == '#') {
        hash ^= hmi_xxh3(hmi_text_bytes(import->library), 1); /* an ordinal means its library's */
    }
    return hmi_feature_add(features, HMI_FEATURE_IMPORT, hmi_feature_id(SALT_IMPORT, hash), err);
}

static int add_call(hmi_features *features, uint32_t index, hm_err *err)
{
    if (features->call_count >= HMI_CODE_CALLS_MAX) {
        features->cut = true;
        return HM_OK;
    }
    if (features->call_count >= features->call_capacity) {
        void *more = hmi_arena_grow(features->arena, features->calls, features->call_count,
                                    &features->call_capacity, sizeof *features->calls);
        if (more == NULL) {
            return hmi_arena_fail(features->arena, err);
        }
        features->calls = more;
    }
    features->calls[features->call_count++] = index;
    return HM_OK;
}

/* A function named by address: called, jumped to, or its address taken. */
static int add_function(hmi_features *features, hmi_walk *walk, const hmi_discovery *discovery,
                        uint64_t address, hm_err *err)
{
    for (unsigned hop = 0; hop < 3; hop++) {
        size_t index = hmi_function_at(discovery, address);
        if (index == SIZE_MAX) {
            return HM_OK;
        }
        const hmi_function *function = &discovery->functions[index];
        if (function->import != 0) {
            return add_import(features, &walk->image->imports[function->import - 1], err);
        }
        if (function->alias == 0) {
            return add_call(features, (uint32_t)index, err);
        }
        address = function->alias;
    }
    return HM_OK;
}

/* An address in data: the import it holds, the text that stands there, or just a reference. */
static int add_address(hmi_features *features, hmi_walk *walk, const hmi_discovery *discovery,
                       uint64_t address, bool is_read, hm_err *err)
{
    const hmi_import *import = hmi_image_import(walk->image, address);
    if (import != NULL) {
        return add_import(features, import, err);
    }
    const hmi_range *range = hmi_ranges_find(walk->ranges, address);
    if (range == NULL) {
        return HM_OK;
    }
    if (range->execute && hmi_function_at(discovery, address) != SIZE_MAX) {
        return add_function(features, walk, discovery, address, err);
    }
    uint32_t id;
    hm_bytes bytes =
        hmi_slice(range->content, (size_t)(address - range->address), HMI_CODE_STRING_MAX);
    if (!is_read && string_id(bytes, &id)) {
        features->counts[HMI_COUNT_STRINGS]++;
        return hmi_feature_add(features, HMI_FEATURE_STRING, id, err);
    }
    return range->execute ? HM_OK : add_reference(features, address, err);
}

/* -1 and 0xffffffff are the same number to a reader of source. */
static uint64_t plain_constant(const hmi_insn *insn)
{
    int64_t value = (int64_t)insn->imm;
    bool is_word = value >= INT32_MIN && value <= UINT32_MAX;
    return is_word ? (uint64_t)(uint32_t)value : (uint64_t)value;
}

/* Numbers that move the stack pointer say how a compiler laid out a frame, no more. */
static bool moves_stack(const hmi_insn *insn)
{
    return insn->rm == 4 && (insn->kind == HMI_KIND_ADD || insn->kind == HMI_KIND_LOGIC);
}

static int add_immediate(hmi_features *features, hmi_walk *walk, const hmi_discovery *discovery,
                         const hmi_insn *insn, hm_err *err)
{
    if (moves_stack(insn) || insn->kind == HMI_KIND_SYSTEM) {
        return HM_OK;
    }
    uint64_t value = plain_constant(insn);
    if (insn->imm_len >= 4 && value >= 0x1000 && hmi_ranges_find(walk->ranges, value) != NULL) {
        return add_address(features, walk, discovery, value, false, err);
    }
    features->counts[HMI_COUNT_CONSTANTS]++;
    return hmi_feature_add(features, HMI_FEATURE_CONSTANT, hmi_feature_id(SALT_CONSTANT, value),
                           err);
}

static bool frame_register(uint8_t reg)
{
    return reg == 4 || reg == 5; /* rsp, rbp */
}

static int evidence_of(hmi_features *features, hmi_walk *walk, const hmi_discovery *discovery,
                       const hmi_insn *insn, hm_err *err)
{
    if (insn->flags & HMI_INSN_PADDING) {
        return HM_OK;
    }
    if (insn->flow == HMI_FLOW_CALL ||
        (insn->flow == HMI_FLOW_JUMP &&
         (insn->target < walk->start || insn->target - walk->start >= walk->window))) {
        features->counts[HMI_COUNT_CALLS]++;
        HMI_TRY(add_function(features, walk, discovery, insn->target, err));
    } else if (insn->flow == HMI_FLOW_CALL_INDIRECT) {
        features->counts[HMI_COUNT_CALLS]++;
    }
    if (insn->flags & HMI_INSN_IMMEDIATE) {
        HMI_TRY(add_immediate(features, walk, discovery, insn, err));
    }
    if (insn->flags & HMI_INSN_ADDRESSED) {
        bool is_read = insn->kind != HMI_KIND_ADDRESS;
        return add_address(features, walk, discovery, insn->mem, is_read, err);
    }
    if ((insn->flags & HMI_INSN_MEMORY) && insn->disp != 0 && !frame_register(insn->base)) {
        uint64_t disp = (uint64_t)insn->disp;
        if (!walk->wide && hmi_ranges_find(walk->ranges, disp & 0xffffffff) != NULL) {
            return add_address(features, walk, discovery, disp & 0xffffffff, true, err);
        }
        return hmi_feature_add(features, HMI_FEATURE_DISPLACEMENT,
                               hmi_feature_id(SALT_DISPLACEMENT, disp), err);
    }
    return HM_OK;
}

int hmi_features_evidence(hmi_features *features, hmi_walk *walk, const hmi_discovery *discovery,
                          hm_err *err)
{
    for (size_t i = 0; i < HMI_FEATURE_CLASSES; i++) {
        features->lists[i].count = 0;
    }
    memset(features->counts, 0, sizeof features->counts);
    features->call_count = features->reference_count = 0;
    features->cut = false;
    for (size_t i = 0; i < walk->step_count; i++) {
        HMI_TRY(evidence_of(features, walk, discovery, &walk->steps[i].insn, err));
    }
    return HM_OK;
}

/* Radix sort by bytes for many, insertion for few; 24-bit values. */
void hmi_sort_u32(uint32_t *ids, size_t count, uint32_t *scratch)
{
    enum { FEW = 48 };
    if (count <= FEW || scratch == NULL) {
        for (size_t i = 1; i < count; i++) {
            uint32_t id = ids[i];
            size_t j = i;
            for (; j > 0 && ids[j - 1] > id; j--) {
                ids[j] = ids[j - 1];
            }
            ids[j] = id;
        }
        return;
    }
    uint32_t *from = ids, *to = scratch;
    for (unsigned shift = 0; shift < 24; shift += 8) {
        uint32_t place[256] = { 0 };
        for (size_t i = 0; i < count; i++) {
            place[from[i] >> shift & 0xff]++;
        }
        uint32_t sum = 0;
        for (unsigned i = 0; i < 256; i++) {
            uint32_t here = place[i];
            place[i] = sum;
            sum += here;
        }
        for (size_t i = 0; i < count; i++) {
            to[place[from[i] >> shift & 0xff]++] = from[i];
        }
        uint32_t *swap = from;
        from = to;
        to = swap;
    }
    memcpy(ids, from, count * sizeof *ids); /* three passes end in the scratch */
}

/* Sorted ids to a set: the n-th doubling of a repeat becomes an id of its own. */
static size_t fold_repeats(uint32_t *ids, size_t count, bool count_them)
{
    size_t kept = 0;
    for (size_t i = 0; i < count;) {
        size_t run = 1;
        while (i + run < count && ids[i + run] == ids[i]) {
            run++;
        }
        uint32_t id = ids[i];
        size_t next = i + run;
        ids[kept++] = id;
        /* A run of n leaves at least log2(n) free places behind it, so this never overtakes. */
        for (size_t level = 1; count_them && (size_t)1 << level <= run; level++) {
            ids[kept++] = hmi_feature_id(100 + level, id);
        }
        i = next;
    }
    return kept;
}

int hmi_features_settle(hmi_features *features, hm_err *err)
{
    for (size_t c = 0; c < HMI_FEATURE_CLASSES; c++) {
        hmi_feature_list *list = &features->lists[c];
        if (list->count > features->scratch_capacity) {
            size_t capacity = list->capacity;
            features->scratch = hmi_new_array(features->arena, uint32_t, capacity);
            if (features->scratch == NULL) {
                return hmi_arena_fail(features->arena, err);
            }
            features->scratch_capacity = capacity;
        }
        bool counted = c >= HMI_FEATURE_GRAM;
        hmi_sort_u32(list->ids, list->count, features->scratch);
        list->count = fold_repeats(list->ids, list->count, counted);
        if (counted) {
            hmi_sort_u32(list->ids, list->count, features->scratch);
            list->count = fold_repeats(list->ids, list->count, false);
        }
    }
    return HM_OK;
}
