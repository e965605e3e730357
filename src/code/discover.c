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
 * TRUST  Any image. Each start is walked once, all walks share one budget of instructions.
 * OWNS   Bitmaps and the list of functions, in the reading's arena.
 */
#include "code/discover.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/num.h"
#include "code/unwind.h"

typedef struct search {
    hmi_discovery *found;
    hmi_walk *walk;
    hmi_ranges *ranges;
    hmi_arena *arena;
    uint64_t *starts, *strong, *parts, *code;
    uint64_t *queue; /* line positions */
    size_t queue_count, queue_capacity;
    size_t start_count;
} search;

bool hmi_import_stops(const hmi_import *import)
{
    static const char *const names[] = {
        "exit",
        "_exit",
        "_Exit",
        "abort",
        "__stack_chk_fail",
        "__assert_fail",
        "__assert",
        "_assert",
        "__cxa_throw",
        "__cxa_rethrow",
        "__fortify_fail",
        "__chk_fail",
        "longjmp",
        "siglongjmp",
        "__longjmp_chk",
        "_Unwind_Resume",
        "err",
        "errx",
        "pthread_exit",
        "ExitProcess",
        "ExitThread",
        "__libc_start_main",
        "_CxxThrowException",
        "terminate",
        "_ZSt9terminatev",
        "_ZSt17__throw_bad_allocv",
        "_ZSt20__throw_length_errorPKc",
        "_ZSt19__throw_logic_errorPKc",
        "_ZSt20__throw_out_of_rangePKc",
        "_ZSt24__throw_out_of_range_fmtPKcz",
        "__cxa_bad_cast",
        "quick_exit",
    };
    for (size_t i = 0; i < HMI_COUNT(names); i++) {
        if (hmi_text_is(import->name, names[i])) {
            return true;
        }
    }
    return false;
}

static int add_start(search *s, uint64_t address, bool strong, hm_err *err)
{
    uint64_t line = hmi_ranges_line(s->ranges, address);
    if (line == HMI_NOWHERE) {
        return HM_OK;
    }
    if (strong) {
        hmi_bit_set(s->strong, line);
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
    s->queue[s->queue_count++] = line;
    s->start_count++;
    return HM_OK;
}

/* Address of the next start behind `line`, or the end of its range or of the widest window. */
static uint64_t limit_of(search *s, const hmi_range *range, uint64_t line)
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

static void mark_code(search *s)
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
static int note_targets(search *s, hm_err *err)
{
    for (size_t i = 0; i < s->walk->exit_count; i++) {
        hmi_exit leaving = s->walk->exits[i];
        if (leaving.flow == HMI_FLOW_CALL) {
            HMI_TRY(add_start(s, leaving.target, true, err));
            continue;
        }
        uint64_t line = hmi_ranges_line(s->ranges, leaving.target);
        if (line == HMI_NOWHERE) {
            continue;
        }
        if (leaving.flow == HMI_FLOW_BRANCH) {
            hmi_bit_set(s->parts, line);
        } else if (!hmi_bit_get(s->code, line)) {
            HMI_TRY(add_start(s, leaving.target, false, err));
        }
    }
    return HM_OK;
}

static int drain(search *s, hm_err *err)
{
    while (s->queue_count > 0) {
        uint64_t line = s->queue[--s->queue_count];
        const hmi_range *range = hmi_ranges_of_line(s->ranges, line);
        if (range == NULL) {
            continue;
        }
        uint64_t start = range->address + (line - range->line);
        HMI_TRY(hmi_walk_scout(s->walk, start, limit_of(s, range, line), err));
        s->found->cut |= s->walk->cut;
        mark_code(s);
        if (never_returns(s->walk)) {
            hmi_bit_set(s->found->stops, line);
        }
        HMI_TRY(note_targets(s, err));
    }
    return HM_OK;
}

typedef struct unwind_context {
    search *search;
    hm_err *err;
} unwind_context;

/* What a table claims for one function is no place for another to begin. */
static void cover(search *s, uint64_t address, uint64_t len)
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
    return add_start(c->search, address, false, c->err);
}

static int stated_starts(search *s, hm_err *err)
{
    const hmi_image *image = s->ranges->image;
    for (size_t i = 0; i < image->symbol_count; i++) {
        const hmi_symbol *symbol = &image->symbols[i];
        if (symbol->kind == HMI_SYMBOL_FUNCTION && symbol->address != 0) {
            HMI_TRY(add_start(s, symbol->address, true, err));
        }
    }
    for (size_t i = 0; i < image->start_count; i++) {
        HMI_TRY(add_start(s, image->starts[i], true, err));
    }
    if (image->entry != 0) {
        HMI_TRY(add_start(s, image->entry, true, err));
    }
    unwind_context context = { s, err };
    s->found->unwind_bad_at = HM_OFFSET_NONE;
    HMI_TRY(hmi_eh_frame_read(image, unwind_found, &context, &s->found->unwind_bad_at));
    return hmi_pdata_read(s->ranges, unwind_found, &context);
}

/* The import that a stub jumps to: [endbr] jmp [slot]. 0 when it is none. */
static uint32_t stub_import(hmi_ranges *ranges, uint64_t address, bool wide)
{
    const hmi_image *image = ranges->image;
    for (unsigned i = 0; i < 2; i++) {
        hmi_insn insn;
        hm_bytes code = hmi_ranges_at(ranges, address, HMI_INSN_LEN_MAX);
        unsigned len = hmi_decode_x86(code, address, wide, &insn);
        if (len == 0) {
            return 0;
        }
        if (insn.flow == HMI_FLOW_JUMP_INDIRECT && (insn.flags & HMI_INSN_ADDRESSED) &&
            !(insn.flags & HMI_INSN_INDEXED)) {
            const hmi_import *import = hmi_image_import(image, insn.mem);
            return import ? (uint32_t)(import - image->imports) + 1 : 0;
        }
        if (insn.mnemonic != 0x21e) {
            return 0;
        }
        address += len;
    }
    return 0;
}

/* Stubs stand in rows; those that never return must be known before their callers are walked. */
static int find_stubs(search *s, hm_err *err)
{
    const hmi_image *image = s->ranges->image;
    for (size_t i = 0; i < s->ranges->count; i++) {
        const hmi_range *range = &s->ranges->all[i];
        if (!range->execute || !hmi_starts_with(hmi_text_bytes(range->name), HM_BYTES(".plt"))) {
            continue;
        }
        for (uint64_t at = 0; at + 6 <= range->content.len; at += 8) {
            uint32_t import = stub_import(s->ranges, range->address + at, s->walk->wide);
            if (import == 0) {
                continue;
            }
            HMI_TRY(add_start(s, range->address + at, true, err));
            if (hmi_import_stops(&image->imports[import - 1])) {
                hmi_bit_set(s->found->stops, range->line + at);
            }
        }
    }
    return HM_OK;
}

/* Pointers into code that nothing has reached yet: callbacks, virtual functions. */
static int pointed_starts(search *s, hm_err *err)
{
    const hmi_image *image = s->ranges->image;
    for (size_t i = 0; i < image->pointer_count; i++) {
        uint64_t value = hmi_ranges_word(s->ranges, image->pointers[i].place);
        uint64_t line = hmi_ranges_line(s->ranges, value);
        if (line == HMI_NOWHERE) {
            continue;
        }
        if (hmi_bit_get(s->starts, line)) {
            hmi_bit_set(s->strong, line);
        } else if (!hmi_bit_get(s->code, line)) {
            HMI_TRY(add_start(s, value, true, err));
            HMI_TRY(drain(s, err));
        }
    }
    return HM_OK;
}

static bool begins_like_a_function(const hmi_insn *insn, bool wide)
{
    switch (insn->mnemonic) {
    case 0x21e: /* endbr */
        return true;
    case 0x50: /* push of a register that a callee must keep */
        return !(insn->flags & (HMI_INSN_MEMORY | HMI_INSN_IMMEDIATE)) && insn->len <= 2;
    case 0x28: /* sub sp, n */
        return insn->rm == 4 && (insn->flags & HMI_INSN_IMMEDIATE);
    case 0x88: /* mov edi, edi */
        return !wide && insn->rm == 7 && insn->reg == 7 && insn->len == 2;
    default:
        return false;
    }
}

/* Would sensible code run from here? */
static bool runs_sensibly(hmi_ranges *ranges, uint64_t address, bool wide, bool *ret_prologue)
{
    enum { LOOK_AHEAD = 6 };
    *ret_prologue = false;
    for (unsigned i = 0; i < LOOK_AHEAD; i++) {
        hmi_insn insn;
        hm_bytes code = hmi_ranges_at(ranges, address, HMI_INSN_LEN_MAX);
        if (hmi_decode_x86(code, address, wide, &insn) == 0) {
            return false;
        }
        if (insn.kind == HMI_KIND_SYSTEM || insn.kind == HMI_KIND_OTHER ||
            (i == 0 && (insn.flags & HMI_INSN_PADDING)) ||
            (code.ptr[0] == 0 && code.len > 1 && code.ptr[1] == 0)) {
            return false;
        }
        if ((insn.flags & HMI_INSN_TARGET) && hmi_ranges_line(ranges, insn.target) == HMI_NOWHERE) {
            return false;
        }
        *ret_prologue |= i < 3 && begins_like_a_function(&insn, wide);
        if (hmi_flow_ends(insn.flow)) {
            return insn.flow != HMI_FLOW_STOP || i > 0;
        }
        address += insn.len;
    }
    return true;
}

/* Behind fill and at the end of code that nobody fell through: a function may begin. */
static int scan_gap(search *s, const hmi_range *range, uint64_t from, uint64_t to, hm_err *err)
{
    enum { ALIGNMENT = 16 };
    uint64_t at = from;
    while (at < to) {
        if (hmi_bit_get(s->code, at)) {
            at++;
            continue;
        }
        uint64_t address = range->address + (at - range->line);
        hmi_insn insn;
        hm_bytes code = hmi_ranges_at(s->ranges, address, HMI_INSN_LEN_MAX);
        unsigned len = hmi_decode_x86(code, address, s->walk->wide, &insn);
        if (len == 0 || code.ptr[0] == 0) {
            at++;
            continue;
        }
        if (insn.flags & HMI_INSN_PADDING) {
            at += len;
            continue;
        }
        bool prologue;
        if (runs_sensibly(s->ranges, address, s->walk->wide, &prologue) &&
            (prologue || address % ALIGNMENT == 0)) {
            HMI_TRY(add_start(s, address, true, err));
            HMI_TRY(drain(s, err));
            at += hmi_bit_get(s->code, at) ? 0 : len; /* a spent budget walks nothing */
            continue;
        }
        /* Unreached blocks of the function before: on to behind the next place where control
         * ends. */
        while (len != 0 && at < to && !hmi_flow_ends(insn.flow)) {
            at += len;
            address += len;
            code = hmi_ranges_at(s->ranges, address, HMI_INSN_LEN_MAX);
            len = hmi_decode_x86(code, address, s->walk->wide, &insn);
        }
        at += len ? len : 1;
    }
    return HM_OK;
}

static int scan_gaps(search *s, hm_err *err)
{
    for (size_t i = 0; i < s->ranges->count; i++) {
        const hmi_range *range = &s->ranges->all[i];
        if (range->execute) {
            HMI_TRY(scan_gap(s, range, range->line, range->line + range->content.len, err));
        }
    }
    return HM_OK;
}

static uint64_t alias_of(search *s, uint64_t address)
{
    hmi_insn insn;
    hm_bytes code = hmi_ranges_at(s->ranges, address, HMI_INSN_LEN_MAX);
    if (hmi_decode_x86(code, address, s->walk->wide, &insn) == 0) {
        return 0;
    }
    bool elsewhere = insn.flow == HMI_FLOW_JUMP && insn.target != address;
    return elsewhere && hmi_ranges_line(s->ranges, insn.target) != HMI_NOWHERE ? insn.target : 0;
}

static int list_functions(search *s, hm_err *err)
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
            if (hmi_bit_get(s->parts, at) && !hmi_bit_get(s->strong, at)) {
                continue;
            }
            uint64_t start = range->address + (at - range->line);
            uint64_t window = limit_of(s, range, at) - start;
            list[count++] = (hmi_function){
                .start = start,
                .window = (uint32_t)hmi_min(window, HMI_CODE_WINDOW_MAX),
                .import = stub_import(s->ranges, start, s->walk->wide),
                .alias = alias_of(s, start),
            };
        }
    }
    s->found->functions = list;
    s->found->count = count;
    return HM_OK;
}

int hmi_discover(hmi_discovery *discovery, hmi_walk *walk, hmi_arena *arena, hm_err *err)
{
    *discovery = (hmi_discovery){ .unwind_bad_at = HM_OFFSET_NONE };
    search s = { .found = discovery, .walk = walk, .ranges = walk->ranges, .arena = arena };
    size_t words = (size_t)(s.ranges->line_len / 64 + 2);
    s.starts = hmi_new_array(arena, uint64_t, 4 * words);
    discovery->stops = hmi_new_array(arena, uint64_t, words);
    if (!s.starts || !discovery->stops) {
        return hmi_arena_fail(arena, err);
    }
    s.strong = s.starts + words;
    s.parts = s.strong + words;
    s.code = s.parts + words;
    walk->stops = discovery->stops;
    walk->steps_left = HMI_CODE_DISCOVERY_MAX;
    discovery->cut = s.ranges->cut;
    HMI_TRY(find_stubs(&s, err));
    HMI_TRY(stated_starts(&s, err));
    HMI_TRY(drain(&s, err));
    HMI_TRY(pointed_starts(&s, err));
    if (discovery->covered < s.ranges->line_len / 2) {
        HMI_TRY(scan_gaps(&s, err));
    }
    HMI_TRY(list_functions(&s, err));
    discovery->spare = (uint8_t *)s.starts;
    discovery->spare_len = 4 * words * sizeof *s.starts;
    return HM_OK;
}

size_t hmi_function_at(const hmi_discovery *discovery, uint64_t address)
{
    size_t low = 0, high = discovery->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (discovery->functions[middle].start < address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < discovery->count && discovery->functions[low].start == address ? low : SIZE_MAX;
}
