/* SPDX-License-Identifier: Apache-2.0
 *
 * gaps.c - functions that nothing names, in programs without unwind tables.
 *
 * WHY    What is reached through pointers alone is not found by following calls.
 * FORM   Behind fill and where control ended: code that runs sensibly for a few instructions, and
 *        begins as functions begin or stands where they are aligned.
 * TRUST  Any bytes; each is looked at a bounded number of times.
 * OWNS   Nothing.
 */
#include "base/error.h"
#include "code/a64/a64.h"
#include "code/search.h"

static bool begins_like_a_function(const hmi_image *image, hm_bytes code, const hmi_insn *insn)
{
    if (image->machine == HMI_MACHINE_AARCH64) {
        return hmi_a64_is_prologue(hmi_a64_word(code.ptr));
    }
    switch (insn->mnemonic) {
    case 0x21e: /* endbr */
        return true;
    case 0x50: /* push of a register that a callee must keep */
        return !(insn->flags & (HMI_INSN_MEMORY | HMI_INSN_IMMEDIATE)) && insn->len <= 2;
    case 0x28: /* sub sp, n */
        return insn->rm == 4 && (insn->flags & HMI_INSN_IMMEDIATE);
    case 0x88: /* mov edi, edi */
        return image->machine == HMI_MACHINE_X86 && insn->rm == 7 && insn->reg == 7 &&
               insn->len == 2;
    default:
        return false;
    }
}

/* Would sensible code run from here? */
static bool runs_sensibly(hmi_ranges *ranges, uint64_t address, bool *ret_prologue)
{
    enum { LOOK_AHEAD = 6 };
    const hmi_image *image = ranges->image;
    bool a64 = image->machine == HMI_MACHINE_AARCH64;
    *ret_prologue = false;
    for (unsigned i = 0; i < LOOK_AHEAD; i++) {
        hmi_insn insn;
        hm_bytes code = hmi_ranges_at(ranges, address, HMI_INSN_LEN_MAX);
        if (hmi_decode(image->machine, code, address, &insn) == 0) {
            return false;
        }
        if (insn.kind == HMI_KIND_SYSTEM || insn.kind == HMI_KIND_OTHER ||
            (i == 0 && (insn.flags & HMI_INSN_PADDING)) ||
            (!a64 && code.ptr[0] == 0 && code.len > 1 && code.ptr[1] == 0)) {
            return false;
        }
        if ((insn.flags & HMI_INSN_TARGET) && hmi_ranges_line(ranges, insn.target) == HMI_NOWHERE) {
            return false;
        }
        *ret_prologue |= i < 3 && begins_like_a_function(image, code, &insn);
        if (hmi_flow_ends(insn.flow)) {
            return insn.flow != HMI_FLOW_STOP || i > 0;
        }
        address += insn.len;
    }
    return true;
}

/* Behind fill and at the end of code that nobody fell through: a function may begin. */
static int scan_gap(hmi_search *s, const hmi_range *range, uint64_t from, uint64_t to, hm_err *err)
{
    enum { ALIGNMENT = 16 };
    hmi_machine machine = s->ranges->image->machine;
    bool a64 = machine == HMI_MACHINE_AARCH64;
    unsigned unit = a64 ? HMI_A64_LEN : 1;
    uint64_t at = from + (a64 ? (HMI_A64_LEN - range->address % HMI_A64_LEN) % HMI_A64_LEN : 0);
    while (at < to) {
        if (hmi_bit_get(s->code, at)) {
            at += unit;
            continue;
        }
        uint64_t address = range->address + (at - range->line);
        hmi_insn insn;
        hm_bytes code = hmi_ranges_at(s->ranges, address, HMI_INSN_LEN_MAX);
        unsigned len = hmi_decode(machine, code, address, &insn);
        if (len == 0 || (!a64 && code.ptr[0] == 0)) {
            at += unit;
            continue;
        }
        if (insn.flags & HMI_INSN_PADDING) {
            at += len;
            continue;
        }
        bool prologue;
        if (runs_sensibly(s->ranges, address, &prologue) &&
            (prologue || address % ALIGNMENT == 0)) {
            HMI_TRY(hmi_search_start(s, address, true, err));
            HMI_TRY(hmi_search_drain(s, err));
            at += hmi_bit_get(s->code, at) ? 0 : len; /* a spent budget walks nothing */
            continue;
        }
        /* Unreached blocks of the function before: on to behind the next place where control
         * ends. */
        while (len != 0 && at < to && !hmi_flow_ends(insn.flow)) {
            at += len;
            address += len;
            code = hmi_ranges_at(s->ranges, address, HMI_INSN_LEN_MAX);
            len = hmi_decode(machine, code, address, &insn);
        }
        at += len ? len : unit;
    }
    return HM_OK;
}

int hmi_scan_gaps(hmi_search *s, hm_err *err)
{
    for (size_t i = 0; i < s->ranges->count; i++) {
        const hmi_range *range = &s->ranges->all[i];
        if (range->execute) {
            HMI_TRY(scan_gap(s, range, range->line, range->line + range->content.len, err));
        }
    }
    return HM_OK;
}
