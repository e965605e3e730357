/* SPDX-License-Identifier: Apache-2.0
 *
 * discover.c - finds where functions begin in a program without symbols.
 *
 * WHY    Fingerprints of half a function, or of two, match nothing: boundaries decide more than any
 *        cleverness after them.
 * FORM   Starts are taken in the order in which they can be trusted: symbols, exports, entry and
 *        the reader's own list; unwind tables; direct call targets, by walking what is known;
 *        pointers to code that no walk has covered; at last, where no unwind table covers the
 *        code, gaps that look like the beginning of a function.
 *        1. A start is a bit over the line of code; setting it queues it once.
 *        2. A start that only unwind tables name and that another function branches to is a part of
 *           that function (.cold), not a function.
 *        stubs.c, gaps.c and functions.c are the parts of this work that stand alone.
 * TRUST  Any image. Each start is walked once, all walks share one budget of instructions.
 * OWNS   Bitmaps and the list of functions, in the reading's arena.
 */
#include "code/discover.h"

#include "base/error.h"
#include "base/num.h"
#include "code/a64/a64.h"
#include "code/search.h"
#include "code/unwind.h"

int hmi_search_mark(hmi_search *s, uint64_t line, unsigned flag, hm_err *err)
{
    return hmi_marks_add(&s->found->marks, line, flag) ? HM_OK : hmi_arena_fail(s->arena, err);
}

int hmi_search_start(hmi_search *s, uint64_t address, bool strong, hm_err *err)
{
    uint64_t line = hmi_ranges_line(s->ranges, address);
    if (line == HMI_NOWHERE ||
        (s->walk->a64 && address % HMI_A64_LEN != 0)) { /* no instruction begins there */
        return HM_OK;
    }
    if (strong) {
        HMI_TRY(hmi_search_mark(s, line, HMI_MARK_STRONG, err));
    }
    if (hmi_bit_get(s->starts, line)) {
        return HM_OK;
    }
    if (s->start_count == HMI_CODE_FUNCTIONS_MAX) {
        s->found->cut = true;
        return HM_OK;
    }
    if (s->queue_count >= s->queue_capacity) {
        void *more = hmi_arena_grow(s->arena, s->queue, s->queue_count, &s->queue_capacity,
                                    sizeof *s->queue);
        if (more == NULL) {
            return hmi_arena_fail(s->arena, err);
        }
        s->queue = more;
    }
    hmi_bit_set(s->starts, line);
    s->queue[s->queue_count++] = (uint32_t)line;
    s->start_count++;
    return HM_OK;
}

/* Address of the next start behind `line`, or the end of its range or of the widest window. */
uint64_t hmi_search_limit(hmi_search *s, const hmi_range *range, uint64_t line)
{
    uint64_t end = range->line + range->content.len;
    end = hmi_min(end, line + HMI_CODE_WINDOW_MAX); /* no walk goes further, no look need */
    uint64_t next = hmi_bit_next(s->starts, line + 1, end);
    return range->address + (next - range->line);
}

static void mark(uint64_t *bits, uint64_t from, uint64_t to)
{
    for (; from < to && from % 64 != 0; from++) {
        hmi_bit_set(bits, from);
    }
    for (; from + 64 <= to; from += 64) {
        bits[from / 64] = UINT64_MAX;
    }
    for (; from < to; from++) {
        hmi_bit_set(bits, from);
    }
}

static void mark_code(hmi_search *s)
{
    for (size_t i = 0; i < s->walk->run_count; i++) {
        const hmi_run *run = &s->walk->runs[i];
        mark(s->code, s->walk->line + run->at, s->walk->line + run->end);
    }
}

/* Does the scouted function never come back to its caller? */
static bool never_returns(const hmi_walk *walk)
{
    return !walk->cut && !walk->broken && !walk->runs_out && walk->step_count > 0 && !walk->returns;
}

/* Calls are starts; jumps that leave are starts too, unless they land inside known code. */
static int note_targets(hmi_search *s, hm_err *err)
{
    for (size_t i = 0; i < s->walk->exit_count; i++) {
        hmi_exit leaving = s->walk->exits[i];
        if (leaving.flow == HMI_FLOW_CALL) {
            HMI_TRY(hmi_search_start(s, leaving.target, true, err));
            continue;
        }
        uint64_t line = hmi_ranges_line(s->ranges, leaving.target);
        if (line == HMI_NOWHERE) {
            continue;
        }
        if (leaving.flow == HMI_FLOW_BRANCH) {
            HMI_TRY(hmi_search_mark(s, line, HMI_MARK_PART, err));
        } else if (!hmi_bit_get(s->code, line)) {
            HMI_TRY(hmi_search_start(s, leaving.target, false, err));
        }
    }
    return HM_OK;
}

int hmi_search_drain(hmi_search *s, hm_err *err)
{
    while (s->queue_count > 0) {
        uint64_t line = s->queue[--s->queue_count];
        const hmi_range *range = hmi_ranges_of_line(s->ranges, line);
        if (range == NULL) {
            continue;
        }
        uint64_t start = range->address + (line - range->line);
        HMI_TRY(hmi_walk_scout(s->walk, start, hmi_search_limit(s, range, line), err));
        s->found->cut |= s->walk->cut;
        mark_code(s);
        if (never_returns(s->walk)) {
            HMI_TRY(hmi_search_mark(s, line, HMI_MARK_STOPS, err));
        }
        HMI_TRY(note_targets(s, err));
    }
    return HM_OK;
}

typedef struct unwind_context {
    hmi_search *search;
    hm_err *err;
} unwind_context;

/* What a table claims for one function is no place for another to begin. */
static void cover(hmi_search *s, uint64_t address, uint64_t len)
{
    uint64_t line = hmi_ranges_line(s->ranges, address);
    const hmi_range *range = hmi_ranges_find(s->ranges, address);
    uint64_t end = range->line + range->content.len;
    end = len < end - line ? line + len : end;
    mark(s->code, line, end);
}

static int unwind_found(void *context, uint64_t address, uint64_t len)
{
    unwind_context *c = context;
    if (hmi_ranges_line(c->search->ranges, address) == HMI_NOWHERE) {
        return HM_OK;
    }
    len = len < HMI_CODE_WINDOW_MAX ? len : HMI_CODE_WINDOW_MAX;
    c->search->found->covered += len;
    cover(c->search, address, len);
    return hmi_search_start(c->search, address, false, c->err);
}

static int stated_starts(hmi_search *s, hm_err *err)
{
    const hmi_image *image = s->ranges->image;
    for (size_t i = 0; i < image->symbol_count; i++) {
        const hmi_symbol *symbol = &image->symbols[i];
        if (symbol->kind == HMI_SYMBOL_FUNCTION && symbol->address != 0) {
            HMI_TRY(hmi_search_start(s, symbol->address, true, err));
        }
    }
    for (size_t i = 0; i < image->start_count; i++) {
        HMI_TRY(hmi_search_start(s, image->starts[i], true, err));
    }
    if (image->entry != 0) {
        HMI_TRY(hmi_search_start(s, image->entry, true, err));
    }
    unwind_context context = { s, err };
    s->found->unwind_bad_at = HM_OFFSET_NONE;
    HMI_TRY(hmi_eh_frame_read(image, unwind_found, &context, &s->found->unwind_bad_at));
    return hmi_pdata_read(s->ranges, unwind_found, &context);
}

/* Pointers into code that nothing has reached yet: callbacks, virtual functions. */
static int pointed_starts(hmi_search *s, hm_err *err)
{
    const hmi_image *image = s->ranges->image;
    for (size_t i = 0; i < image->pointer_count; i++) {
        uint64_t value = hmi_ranges_word(s->ranges, image->pointers[i].place);
        uint64_t line = hmi_ranges_line(s->ranges, value);
        if (line == HMI_NOWHERE) {
            continue;
        }
        if (hmi_bit_get(s->starts, line)) {
            HMI_TRY(hmi_search_mark(s, line, HMI_MARK_STRONG, err));
        } else if (!hmi_bit_get(s->code, line)) {
            HMI_TRY(hmi_search_start(s, value, true, err));
            HMI_TRY(hmi_search_drain(s, err));
        }
    }
    return HM_OK;
}

int hmi_discover(hmi_discovery *discovery, hmi_walk *walk, hmi_arena *arena, hm_err *err)
{
    *discovery = (hmi_discovery){ .unwind_bad_at = HM_OFFSET_NONE };
    hmi_search s = { .found = discovery, .walk = walk, .ranges = walk->ranges, .arena = arena };
    size_t words = (size_t)(s.ranges->line_len / 64 + 2);
    s.starts = hmi_new_array(arena, uint64_t, 2 * words);
    if (s.starts == NULL) {
        return hmi_arena_fail(arena, err);
    }
    s.code = s.starts + words;
    discovery->marks.arena = arena;
    walk->marks = &discovery->marks;
    walk->steps_left = HMI_CODE_DISCOVERY_MAX;
    discovery->cut = s.ranges->cut;
    HMI_TRY(hmi_find_stubs(&s, err));
    HMI_TRY(stated_starts(&s, err));
    HMI_TRY(hmi_search_drain(&s, err));
    HMI_TRY(pointed_starts(&s, err));
    if (discovery->covered < s.ranges->line_len / 2) {
        HMI_TRY(hmi_scan_gaps(&s, err));
    }
    HMI_TRY(hmi_list_functions(&s, err));
    discovery->spare = (uint8_t *)s.code;
    discovery->spare_len = words * sizeof *s.code;
    return HM_OK;
}
