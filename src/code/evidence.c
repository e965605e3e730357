/* SPDX-License-Identifier: Apache-2.0
 *
 * evidence.c - what a function names: strings, constants, imports, offsets, other functions.
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
#include "base/num.h"

enum { SALT_STRING = 1, SALT_CONSTANT = 2, SALT_IMPORT = 3, SALT_DISPLACEMENT = 4, SALT_DATA = 5 };

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

static bool drop_end(hm_text *name, const char *end)
{
    hm_text text = hmi_text_of(end);
    if (name->len > text.len + 2 && hmi_ends_with(hmi_text_bytes(*name), hmi_text_bytes(text))) {
        name->len -= text.len;
        return true;
    }
    return false;
}

/* The same function under the names that headers give it: __printf_chk, fopen64, __isoc99_sscanf,
 * _strdup, "name@VERSION". */
static hm_text plain_name(hm_text name)
{
    size_t at = hmi_find_byte(hmi_text_bytes(name), '@');
    if (at != HMI_NPOS && at > 0) {
        name.len = at;
    }
    static const char *const starts[] = { "__isoc99_", "__isoc23_", "__GI_", "__", "_" };
    if (!hmi_starts_with(hmi_text_bytes(name), HM_BYTES("_Z"))) { /* not mangled C++ */
        for (size_t i = 0; i < HMI_COUNT(starts); i++) {
            hm_text start = hmi_text_of(starts[i]);
            if (name.len > start.len + 2 &&
                hmi_starts_with(hmi_text_bytes(name), hmi_text_bytes(start))) {
                name = hmi_text_slice(name, start.len, name.len);
                break;
            }
        }
        (void)(drop_end(&name, "_chk") || drop_end(&name, "64"));
    }
    return name;
}

static int add_import(hmi_features *features, const hmi_import *import, hm_err *err)
{
    features->counts[HMI_COUNT_IMPORTS]++;
    uint64_t hash = hmi_xxh3(hmi_text_bytes(plain_name(import->name)), 0);
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

static uint64_t load_le(hm_bytes bytes, size_t width)
{
    uint64_t value = 0;
    for (size_t i = 0; i < width && i < bytes.len; i++) {
        value |= (uint64_t)bytes.ptr[i] << (8 * i);
    }
    return value;
}

/* Bytes that a load of this kind reads; 0 when we do not know. */
static size_t load_width(const hmi_insn *insn, bool a64)
{
    if (a64) {
        bool number = insn->kind == HMI_KIND_FLOAT_MOVE && (insn->flags & HMI_INSN_READS);
        return number && (insn->width == 4 || insn->width == 8) ? insn->width : 0;
    }
    if (insn->kind >= HMI_KIND_FLOAT_MOVE && insn->kind <= HMI_KIND_FLOAT_CONVERT) {
        bool x87 = insn->mnemonic >= 0x180 && insn->mnemonic < 0x1c0;
        if (x87) {
            return insn->mnemonic & 0x20 ? 8 : 4; /* dc, dd against d8, d9 */
        }
        return (insn->mnemonic >> 8 & 3) == 2 ? 4 : 8;
    }
    return 0;
}

/* Data that nobody writes: a number in memory is a number of the program, a table is known by how
 * it begins. Addresses differ from link to link and are left out. */
static int add_data(hmi_features *features, hmi_walk *walk, const hmi_range *range,
                    uint64_t address, const hmi_insn *insn, hm_err *err)
{
    enum { TABLE_HEAD = 16 };
    hm_bytes bytes = hmi_slice(range->content, (size_t)(address - range->address), TABLE_HEAD);
    size_t width = load_width(insn, walk->a64);
    if (range->write || bytes.len < TABLE_HEAD) {
        return HM_OK;
    }
    if (width > 0 && !(insn->flags & HMI_INSN_INDEXED)) {
        uint64_t value = load_le(bytes, width);
        return value == 0 ? HM_OK
                          : hmi_feature_add(features, HMI_FEATURE_CONSTANT,
                                            hmi_feature_id(SALT_CONSTANT, value), err);
    }
    uint64_t first = load_le(bytes, walk->wide ? 8 : 4);
    if (first < 0x1000 || hmi_ranges_find(walk->ranges, first) != NULL ||
        hmi_ranges_find(walk->ranges, address + (uint64_t)(int64_t)(int32_t)(uint32_t)first)) {
        return HM_OK;
    }
    return hmi_feature_add(features, HMI_FEATURE_CONSTANT,
                           hmi_feature_id(SALT_DATA, hmi_xxh3(bytes, 0)), err);
}

/* A pointer variable whose first value is a text. */
static int add_pointed(hmi_features *features, hmi_walk *walk, uint64_t address, hm_err *err)
{
    uint64_t value = hmi_ranges_word(walk->ranges, address);
    if (value < 0x1000) {
        return HM_OK;
    }
    const hmi_range *there = hmi_ranges_find(walk->ranges, value);
    uint32_t id;
    if (there == NULL || there->execute || there->write ||
        !string_id(hmi_slice(there->content, (size_t)(value - there->address), HMI_CODE_STRING_MAX),
                   &id)) {
        return HM_OK;
    }
    return hmi_feature_add(features, HMI_FEATURE_STRING, id, err);
}

/* An address in data: the import it holds, the text that stands there, or just a reference. */
static int add_address(hmi_features *features, hmi_walk *walk, const hmi_discovery *discovery,
                       uint64_t address, const hmi_insn *insn, bool is_read, hm_err *err)
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
    if (range->execute) {
        return HM_OK;
    }
    HMI_TRY(add_data(features, walk, range, address, insn, err));
    if (is_read) {
        HMI_TRY(add_pointed(features, walk, address, err));
    }
    return add_reference(features, address, err);
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

/* "x > 5" and "x >= 6" are one question; compilers disagree on how to ask it. */
static uint64_t asked_bound(const hmi_insn *compare, const hmi_insn *next, uint64_t value)
{
    if (next == NULL || compare->kind != HMI_KIND_COMPARE ||
        (next->flow != HMI_FLOW_BRANCH && next->kind != HMI_KIND_SELECT)) {
        return value;
    }
    unsigned condition = next->mnemonic & 15;
    bool inclusive = condition == 6 || condition == 7 || condition == 14 || condition == 15;
    return inclusive ? (value + 1) & (value > UINT32_MAX ? UINT64_MAX : UINT32_MAX) : value;
}

static int add_immediate(hmi_features *features, hmi_walk *walk, const hmi_discovery *discovery,
                         const hmi_insn *insn, const hmi_insn *next, hm_err *err)
{
    if (moves_stack(insn) || insn->kind == HMI_KIND_SYSTEM) {
        return HM_OK;
    }
    uint64_t value = plain_constant(insn);
    if (insn->places & HMI_PLACE_IMMEDIATE) {
        return add_address(features, walk, discovery, value, insn, false, err);
    }
    features->counts[HMI_COUNT_CONSTANTS]++;
    value = asked_bound(insn, next, value);
    return hmi_feature_add(features, HMI_FEATURE_CONSTANT, hmi_feature_id(SALT_CONSTANT, value),
                           err);
}

static bool frame_register(uint8_t reg)
{
    return reg == 4 || reg == 5; /* rsp, rbp */
}

static int evidence_of(hmi_features *features, hmi_walk *walk, const hmi_discovery *discovery,
                       const hmi_insn *insn, const hmi_insn *next, hm_err *err)
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
        HMI_TRY(add_immediate(features, walk, discovery, insn, next, err));
    }
    if (insn->flags & HMI_INSN_ADDRESSED) {
        bool is_read = insn->kind != HMI_KIND_ADDRESS;
        return add_address(features, walk, discovery, insn->mem, insn, is_read, err);
    }
    if ((insn->flags & HMI_INSN_MEMORY) && insn->disp != 0 && !frame_register(insn->base)) {
        uint64_t disp = (uint64_t)(int64_t)insn->disp;
        if (insn->places & HMI_PLACE_DISPLACEMENT) {
            return add_address(features, walk, discovery, disp & 0xffffffff, insn, true, err);
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
        const hmi_insn *next = i + 1 < walk->step_count ? &walk->steps[i + 1].insn : NULL;
        HMI_TRY(evidence_of(features, walk, discovery, &walk->steps[i].insn, next, err));
    }
    return HM_OK;
}
