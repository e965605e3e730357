/* SPDX-License-Identifier: Apache-2.0
 *
 * constants.c - rare numbers in code and rare tables in data.
 *
 * WHY    A key, a seed, a magic number of a private protocol is chosen once and carried from tool
 * to tool; unlike strings it is seldom hidden. FORM   Numbers: immediates of 32 bits and more that
 * pass hmi_constant_is_rare(). Tables: data in sections that nobody writes, from an address that
 * code names up to the next one it names, at most HMI_CONSTANT_TABLE_MAX bytes, trailing zeros off,
 * when they are neither text nor addresses nor mostly zero. TRUST  Any image; counts are capped,
 * the rest left out silently: they are only one kind of evidence among others. OWNS   Arrays in the
 * reading's arena.
 */
#include "code/constants.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/num.h"

enum { SLOTS = 4 * HMI_RARE_CONSTANTS_MAX };

int hmi_constants_init(hmi_constants *constants, hmi_reading *reading, hmi_ranges *ranges,
                       hm_err *err)
{
    *constants = (hmi_constants){ .reading = reading, .ranges = ranges };
    constants->rare = hmi_new_array(reading->arena, hmi_rare_constant, HMI_RARE_CONSTANTS_MAX);
    constants->slots = hmi_new_array(reading->arena, uint16_t, SLOTS);
    constants->references = hmi_new_array(reading->arena, uint64_t, HMI_TABLE_REFERENCES_MAX);
    if (!constants->rare || !constants->slots || !constants->references) {
        return hmi_arena_fail(reading->arena, err);
    }
    return HM_OK;
}

static bool all_text(uint64_t value, unsigned width)
{
    for (unsigned i = 0; i < width; i++) {
        uint8_t byte = (uint8_t)(value >> (8 * i));
        if (byte < 0x20 || byte > 0x7e) {
            return false;
        }
    }
    return true;
}

/* One bit pattern repeated: 0x55555555, 0x01010101, 0xff00ff00. */
static bool repeats(uint64_t value, unsigned width)
{
    uint64_t mask = width == 8 ? UINT64_MAX : (UINT64_C(1) << (8 * width)) - 1;
    for (unsigned period = 1; period <= 4 * width; period *= 2) {
        uint64_t turned = (value >> period | value << (8 * width - period)) & mask;
        if (turned == value) {
            return true;
        }
    }
    return false;
}

/* Runs of equal bits: masks and shifted small numbers have few. */
static unsigned bit_runs(uint64_t value)
{
    return 1 + (unsigned)__builtin_popcountll((value ^ (value >> 1)) & (UINT64_MAX >> 1));
}

static bool is_round(uint64_t value)
{
    while (value != 0 && value % 10 == 0) {
        value /= 10;
    }
    return value < 1000;
}

/* Compilers divide by a constant with a multiplication: ceil(2^k / d), for small d. */
static bool is_reciprocal(uint64_t value, unsigned width)
{
    enum { DIVISOR_MAX = 4096 };
    unsigned __int128 one = 1;
    for (unsigned k = 8 * width; k < 8 * width + 12; k++) {
        unsigned __int128 whole = one << k;
        for (unsigned extra = 0; extra < 2; extra++) {
            /* the highest bit may have been dropped */
            unsigned __int128 number = value + (extra ? one << (8 * width) : 0);
            uint64_t divisor = (uint64_t)((whole + number / 2) / number);
            if (divisor < 3 || divisor > DIVISOR_MAX) {
                continue;
            }
            unsigned __int128 exact = whole / divisor;
            unsigned __int128 apart = number > exact ? number - exact : exact - number;
            if (apart <= 1) {
                return true;
            }
        }
    }
    return false;
}

/* Floating-point numbers that people write have short fractions: few bits, or few digits. */
static bool is_plain_float(uint64_t value, unsigned width)
{
    double number;
    if (width == 4) {
        uint32_t bits = (uint32_t)value;
        float narrow;
        memcpy(&narrow, &bits, sizeof narrow);
        number = (double)narrow;
    } else {
        memcpy(&number, &value, sizeof number);
    }
    if (!(number > 1e-6 && number < 1e9) && !(number < -1e-6 && number > -1e9)) {
        return false;
    }
    double scaled = number < 0 ? -number : number;
    for (unsigned i = 0; i < 6; i++, scaled *= 10) {
        double apart = scaled - (double)(uint64_t)(scaled + 0.5);
        if (scaled < 1e5 && scaled >= 1 && apart < scaled * 1e-7 && -apart < scaled * 1e-7) {
            return true;
        }
    }
    return false;
}

bool hmi_constant_is_rare(uint64_t value, unsigned width)
{
    if (width != 4 && width != 8) {
        return false;
    }
    uint64_t mask = width == 8 ? UINT64_MAX : 0xffffffff;
    value &= mask;
    uint64_t negative = (0 - value) & mask;
    if (value < 0x100000 || negative < 0x100000) {
        return false;
    }
    if (width == 8 && (value <= 0xffffffff || negative <= 0x80000000)) {
        return false; /* a small number in a wide place */
    }
    unsigned runs_min = width == 8 ? 16 : 10;
    return bit_runs(value) >= runs_min && !repeats(value, width) && !all_text(value, width) &&
           !is_round(value) && !is_round(negative) && !is_reciprocal(value, width) &&
           !is_plain_float(value, width);
}

static void add_rare(hmi_constants *constants, uint64_t value, uint64_t offset)
{
    size_t slot = (size_t)hmi_mix64(value) % SLOTS;
    while (constants->slots[slot] != 0) {
        hmi_rare_constant *rare = &constants->rare[constants->slots[slot] - 1];
        if (rare->value == value) {
            rare->count++;
            return;
        }
        slot = (slot + 1) % SLOTS;
    }
    if (constants->rare_count < HMI_RARE_CONSTANTS_MAX) {
        constants->rare[constants->rare_count++] = (hmi_rare_constant){ value, offset, 1 };
        constants->slots[slot] = (uint16_t)constants->rare_count;
    }
}

int hmi_constants_note(hmi_constants *constants, hmi_walk *walk, const hmi_features *features,
                       hm_err *err)
{
    (void)err;
    const hmi_range *range = hmi_ranges_find(walk->ranges, walk->start);
    for (size_t i = 0; range != NULL && i < walk->step_count; i++) {
        const hmi_insn *insn = &walk->steps[i].insn;
        if (!(insn->flags & HMI_INSN_IMMEDIATE) || insn->imm_len < 4) {
            continue;
        }
        unsigned width = insn->imm_len == 8 ? 8 : 4;
        uint64_t value = width == 8 ? insn->imm : insn->imm & 0xffffffff;
        hmi_algorithms_note(constants->marks, value);
        if (!(insn->places & HMI_PLACE_IMMEDIATE) && hmi_constant_is_rare(value, width)) {
            uint64_t from = walk->start - range->address + walk->steps[i].at;
            add_rare(constants, value, range->offset + from);
        }
    }
    for (size_t i = 0; i < features->reference_count; i++) {
        if (constants->reference_count < HMI_TABLE_REFERENCES_MAX) {
            constants->references[constants->reference_count++] = features->references[i];
        }
    }
    return HM_OK;
}

static int by_value(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

/* Addresses, relative or absolute: a jump table, a vtable, a list of strings. */
static bool holds_addresses(hmi_constants *constants, uint64_t address, hm_bytes table)
{
    size_t words = table.len / 4, near = 0, pointers = 0;
    unsigned width = constants->ranges->image->bits == 64 ? 8 : 4;
    for (size_t i = 0; i < words; i++) {
        const uint8_t *at = table.ptr + 4 * i;
        uint32_t word =
            (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
        uint64_t relative = address + (uint64_t)(int64_t)(int32_t)word;
        near += hmi_ranges_line(constants->ranges, relative) != HMI_NOWHERE;
        uint64_t value = word;
        if (width == 8 && i % 2 == 0 && i + 1 < words) {
            value |= (uint64_t)at[4] << 32 | (uint64_t)at[5] << 40 | (uint64_t)at[6] << 48 |
                     (uint64_t)at[7] << 56;
        } else if (width == 8) {
            continue;
        }
        pointers += value >= 0x1000 && hmi_ranges_find(constants->ranges, value) != NULL;
    }
    return near * 2 > words || pointers * 2 > table.len / width;
}

static bool says_something(hm_bytes table)
{
    uint16_t seen[256] = { 0 };
    size_t different = 0, text = 0;
    for (size_t i = 0; i < table.len; i++) {
        uint8_t byte = table.ptr[i];
        different += seen[byte]++ == 0;
        text += (byte >= 0x20 && byte < 0x7f) || byte == 0;
    }
    size_t zeros = seen[0];
    return different >= 24 && zeros * 2 < table.len && text * 10 < table.len * 9;
}

static int emit_table(hmi_constants *constants, uint64_t address, uint64_t end, bool *ret_emitted,
                      hm_err *err)
{
    *ret_emitted = false;
    const hmi_range *range = hmi_ranges_find(constants->ranges, address);
    if (range == NULL || range->write || range->execute) {
        return HM_OK;
    }
    hm_bytes table = hmi_slice(range->content, (size_t)(address - range->address),
                               hmi_min(end - address, HMI_CONSTANT_TABLE_MAX));
    while (table.len > 0 && table.ptr[table.len - 1] == 0) {
        table.len--;
    }
    if (table.len < HMI_CONSTANT_TABLE_MIN || !says_something(table) ||
        holds_addresses(constants, address, table)) {
        return HM_OK;
    }
    hmi_sha256 digest = hmi_sha256_of(table);
    char hex[33], value[64];
    hmi_hex((hm_bytes){ digest.bytes, 16 }, hex);
    int len = snprintf(value, sizeof value, "%s:%zu", hex, table.len);
    *ret_emitted = true;
    return hmi_emit(constants->reading, HMI_CONSTANT_TABLE, HMI_ROLE_CONTENT,
                    (hm_text){ value, (size_t)len }, range->offset + (address - range->address),
                    err);
}

static int emit_tables(hmi_constants *constants, hm_err *err)
{
    uint64_t *at = constants->references;
    size_t count = constants->reference_count, emitted = 0;
    qsort(at, count, sizeof *at, by_value);
    for (size_t i = 0; i < count && emitted < HMI_CONSTANT_TABLES_MAX; i++) {
        if (i > 0 && at[i] == at[i - 1]) {
            continue;
        }
        size_t next = i + 1;
        /* Code that names places inside a table (unrolled loops) does not end it. */
        while (next < count && at[next] - at[i] < HMI_CONSTANT_TABLE_MIN) {
            next++;
        }
        bool was_table;
        HMI_TRY(
            emit_table(constants, at[i], next < count ? at[next] : UINT64_MAX, &was_table, err));
        emitted += was_table;
        i = was_table ? next - 1 : i;
    }
    return HM_OK;
}

int hmi_constants_emit(hmi_constants *constants, hm_err *err)
{
    for (size_t i = 0; i < constants->rare_count; i++) {
        const hmi_rare_constant *rare = &constants->rare[i];
        char value[32];
        int len = snprintf(value, sizeof value, "0x%llx", (unsigned long long)rare->value);
        hmi_trait trait = { .class_id = HMI_RARE_CONSTANT,
                            .role = HMI_ROLE_CONTENT,
                            .offset = rare->offset,
                            .count = rare->count,
                            .first_us = HMI_TIME_NONE,
                            .last_us = HMI_TIME_NONE };
        HMI_TRY(hmi_emit_like(constants->reading, &trait, (hm_text){ value, (size_t)len }, err));
    }
    HMI_TRY(emit_tables(constants, err));
    return hmi_algorithms_emit(constants, err);
}
