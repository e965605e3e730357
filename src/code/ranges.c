/* SPDX-License-Identifier: Apache-2.0
 *
 * ranges.c - sorted, disjoint pieces of an image, and the line of executable bytes.
 *
 * TRUST  Slices of segments are in memory; nothing else is believed. Segments are taken in the
 *        order of their address (executable ones first among equals); where one overlaps what
 *        stands already, only the rest is kept.
 * OWNS   Its array, in the reading's arena.
 */
#include "code/ranges.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/num.h"

static int by_address(const void *a, const void *b)
{
    const hmi_range *left = a, *right = b;
    if (left->address != right->address) {
        return left->address < right->address ? -1 : 1;
    }
    if (left->execute != right->execute) {
        return left->execute ? -1 : 1;
    }
    if (left->content.len != right->content.len) {
        return left->content.len > right->content.len ? -1 : 1;
    }
    return left->offset < right->offset ? -1 : left->offset > right->offset;
}

/* Drops what a piece shares with the pieces before it. Sorted by address, so only the furthest end
 * so far matters. */
static size_t make_disjoint(hmi_range *all, size_t count)
{
    size_t kept = 0;
    uint64_t end = 0;
    for (size_t i = 0; i < count; i++) {
        hmi_range range = all[i];
        if (kept > 0 && range.address < end) {
            uint64_t shared = end - range.address;
            if (shared >= range.content.len) {
                continue;
            }
            range.address += shared;
            range.offset += shared;
            range.content = hmi_slice(range.content, (size_t)shared, range.content.len);
        }
        end = range.address + range.content.len;
        all[kept++] = range;
    }
    return kept;
}

int hmi_ranges_init(hmi_ranges *ranges, hmi_arena *arena, const hmi_image *image, hm_err *err)
{
    size_t max = hmi_min(image->segment_count, HMI_CODE_RANGES_MAX);
    hmi_range *all = hmi_new_array(arena, hmi_range, max);
    if (all == NULL) {
        return hmi_arena_fail(arena, err);
    }
    size_t count = 0;
    bool cut = false;
    for (size_t i = 0; i < image->segment_count; i++) {
        const hmi_segment *segment = &image->segments[i];
        uint64_t end;
        if (segment->content.len == 0 || !hmi_add(segment->address, segment->content.len, &end)) {
            continue;
        }
        if (count == max) {
            cut = true;
            break;
        }
        all[count++] = (hmi_range){ .address = segment->address,
                                    .content = segment->content,
                                    .offset = segment->offset,
                                    .name = segment->name,
                                    .execute = segment->execute,
                                    .write = segment->write,
                                    .read = segment->read };
    }
    qsort(all, count, sizeof *all, by_address);
    *ranges = (hmi_ranges){ .image = image, .all = all, .cut = cut };
    ranges->count = make_disjoint(all, count);
    /* Discovery needs two bits a byte: they may take a quarter of what is left. The rest is for
     * functions, of which there is one in some 200 bytes. */
    uint64_t line_max = (uint64_t)hmi_arena_left(arena) / 4 * 8 / 2;
    line_max = line_max < HMI_CODE_EXECUTABLE_MAX ? line_max : HMI_CODE_EXECUTABLE_MAX;
    for (size_t i = 0; i < ranges->count; i++) {
        all[i].line = ranges->line_len; /* also where not executable: ascending, to search in */
        if (!all[i].execute) {
            continue;
        }
        uint64_t left = line_max - ranges->line_len;
        if (all[i].content.len > left) {
            all[i].content.len = (size_t)left;
            ranges->cut = true;
        }
        if (all[i].content.len == 0) {
            all[i].execute = false;
            continue;
        }
        ranges->line_len += all[i].content.len;
    }
    return HM_OK;
}

static bool holds(const hmi_range *range, uint64_t address)
{
    return address >= range->address && address - range->address < range->content.len;
}

const hmi_range *hmi_ranges_find(hmi_ranges *ranges, uint64_t address)
{
    if (ranges->last < ranges->count && holds(&ranges->all[ranges->last], address)) {
        return &ranges->all[ranges->last];
    }
    size_t low = 0, high = ranges->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges->all[middle].address <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0 || !holds(&ranges->all[low - 1], address)) {
        return NULL;
    }
    ranges->last = low - 1;
    return &ranges->all[low - 1];
}

hm_bytes hmi_ranges_at(hmi_ranges *ranges, uint64_t address, size_t len)
{
    const hmi_range *range = hmi_ranges_find(ranges, address);
    if (range == NULL) {
        return (hm_bytes){ NULL, 0 };
    }
    return hmi_slice(range->content, (size_t)(address - range->address), len);
}

uint64_t hmi_ranges_word(hmi_ranges *ranges, uint64_t address)
{
    uint64_t value = hmi_image_pointer(ranges->image, address);
    size_t width = ranges->image->bits == 64 ? 8 : 4;
    hm_bytes raw = value ? (hm_bytes){ NULL, 0 } : hmi_ranges_at(ranges, address, width);
    for (size_t i = 0; raw.len == width && i < width; i++) {
        value |= (uint64_t)raw.ptr[i] << (8 * i);
    }
    return value;
}

uint64_t hmi_ranges_line(hmi_ranges *ranges, uint64_t address)
{
    const hmi_range *range = hmi_ranges_find(ranges, address);
    if (range == NULL || !range->execute) {
        return HMI_NOWHERE;
    }
    return range->line + (address - range->address);
}

const hmi_range *hmi_ranges_of_line(hmi_ranges *ranges, uint64_t line)
{
    size_t low = 0, high = ranges->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges->all[middle].line <= line) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    /* Pieces that are not executable have no length on the line: the last one at or before `line`
     * is the one that holds it. */
    if (low == 0 || line >= ranges->line_len || !ranges->all[low - 1].execute) {
        return NULL;
    }
    return &ranges->all[low - 1];
}

uint64_t hmi_ranges_address(hmi_ranges *ranges, uint64_t line)
{
    const hmi_range *range = hmi_ranges_of_line(ranges, line);
    return range ? range->address + (line - range->line) : 0;
}
