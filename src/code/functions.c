/* SPDX-License-Identifier: Apache-2.0
 *
 * functions.c - the functions that were found: a list by address, and which of them is where.
 *
 * TRUST  Starts are bits over the line; as many as HMI_CODE_FUNCTIONS_MAX.
 * OWNS   The list and its index, in the reading's arena.
 */
#include "base/error.h"
#include "base/num.h"
#include "code/search.h"

static uint64_t alias_of(hmi_search *s, uint64_t address)
{
    hmi_insn insn;
    hm_bytes code = hmi_ranges_at(s->ranges, address, HMI_INSN_LEN_MAX);
    if (hmi_decode(s->ranges->image->machine, code, address, &insn) == 0) {
        return 0;
    }
    bool elsewhere = insn.flow == HMI_FLOW_JUMP && insn.target != address;
    return elsewhere && hmi_ranges_line(s->ranges, insn.target) != HMI_NOWHERE ? insn.target : 0;
}

/* Every start is asked for many times: their bits, and how many lie before each stretch of them. */
static int index_functions(hmi_search *s, hm_err *err)
{
    hmi_discovery *found = s->found;
    size_t words = (size_t)(s->ranges->line_len / 64 + 2);
    memset(s->starts, 0, words * sizeof *s->starts);
    found->before = hmi_new_array(s->arena, uint32_t, s->ranges->line_len / HMI_LINE_STRIDE + 1);
    if (found->before == NULL) {
        return hmi_arena_fail(s->arena, err);
    }
    found->listed = s->starts;
    found->ranges = s->ranges;
    uint64_t stretch = 0;
    for (size_t i = 0; i < found->count; i++) {
        uint64_t line = hmi_ranges_line(s->ranges, found->functions[i].start);
        hmi_bit_set(found->listed, line);
        while (stretch < line / HMI_LINE_STRIDE) {
            found->before[++stretch] = (uint32_t)i;
        }
    }
    return HM_OK;
}

int hmi_list_functions(hmi_search *s, hm_err *err)
{
    hmi_function *list = hmi_new_array(s->arena, hmi_function, s->start_count);
    if (list == NULL) {
        return hmi_arena_fail(s->arena, err);
    }
    size_t count = 0;
    for (size_t i = 0; i < s->ranges->count; i++) {
        const hmi_range *range = &s->ranges->all[i];
        uint64_t end = range->execute ? range->line + range->content.len : range->line;
        for (uint64_t at = hmi_bit_next(s->starts, range->line, end); at < end;
             at = hmi_bit_next(s->starts, at + 1, end)) {
            unsigned marks = hmi_marks_get(&s->found->marks, at);
            if ((marks & HMI_MARK_PART) && !(marks & HMI_MARK_STRONG)) {
                continue;
            }
            uint64_t start = range->address + (at - range->line);
            uint64_t window = hmi_search_limit(s, range, at) - start;
            list[count++] = (hmi_function){
                .start = start,
                .window = (uint32_t)hmi_min(window, HMI_CODE_WINDOW_MAX),
                .import = hmi_stub_import(s->ranges, start),
                .alias = alias_of(s, start),
            };
        }
    }
    s->found->functions = list;
    s->found->count = count;
    return index_functions(s, err);
}

size_t hmi_function_at(const hmi_discovery *discovery, uint64_t address)
{
    uint64_t line = hmi_ranges_line(discovery->ranges, address);
    if (line == HMI_NOWHERE || !hmi_bit_get(discovery->listed, line)) {
        return SIZE_MAX;
    }
    uint64_t first = line / HMI_LINE_STRIDE * (HMI_LINE_STRIDE / 64);
    size_t index = discovery->before[line / HMI_LINE_STRIDE];
    for (uint64_t word = first; word < line / 64; word++) {
        index += (size_t)__builtin_popcountll(discovery->listed[word]);
    }
    uint64_t below = discovery->listed[line / 64] & ((UINT64_C(1) << line % 64) - 1);
    return index + (size_t)__builtin_popcountll(below);
}
