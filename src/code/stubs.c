/* SPDX-License-Identifier: Apache-2.0
 *
 * stubs.c - pieces of code that only jump to a foreign function, and which of those never return.
 *
 * WHY    What stands behind a call of exit() is not what the function does next; and a call of a
 *        stub is a call of what it imports.
 * TRUST  Any image; at most two instructions are looked at in each place.
 * OWNS   Nothing.
 */
#include "base/error.h"
#include "code/a64/a64.h"
#include "code/search.h"

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

static uint32_t import_number(const hmi_image *image, uint64_t slot)
{
    const hmi_import *import = hmi_image_import(image, slot);
    return import ? (uint32_t)(import - image->imports) + 1 : 0;
}

/* The import that a stub jumps to: x86: [endbr] jmp [slot]; a64/stub.c. 0 when it is none. */
uint32_t hmi_stub_import(hmi_ranges *ranges, uint64_t address)
{
    const hmi_image *image = ranges->image;
    if (image->machine == HMI_MACHINE_AARCH64) {
        uint64_t slot = hmi_a64_stub_slot(ranges, address);
        return slot != 0 ? import_number(image, slot) : 0;
    }
    for (unsigned i = 0; i < 2; i++) {
        hmi_insn insn;
        hm_bytes code = hmi_ranges_at(ranges, address, HMI_INSN_LEN_MAX);
        unsigned len = hmi_decode(image->machine, code, address, &insn);
        if (len == 0) {
            return 0;
        }
        if (insn.flow == HMI_FLOW_JUMP_INDIRECT && (insn.flags & HMI_INSN_ADDRESSED) &&
            !(insn.flags & HMI_INSN_INDEXED)) {
            return import_number(image, insn.mem);
        }
        if (insn.mnemonic != 0x21e) {
            return 0;
        }
        address += len;
    }
    return 0;
}

/* Stubs stand in rows; those that never return must be known before their callers are walked. */
int hmi_find_stubs(hmi_search *s, hm_err *err)
{
    const hmi_image *image = s->ranges->image;
    for (size_t i = 0; i < s->ranges->count; i++) {
        const hmi_range *range = &s->ranges->all[i];
        if (!range->execute || !hmi_starts_with(hmi_text_bytes(range->name), HM_BYTES(".plt"))) {
            continue;
        }
        for (uint64_t at = 0; at + 6 <= range->content.len; at += 8) {
            uint32_t import = hmi_stub_import(s->ranges, range->address + at);
            if (import == 0) {
                continue;
            }
            HMI_TRY(hmi_search_start(s, range->address + at, true, err));
            if (hmi_import_stops(&image->imports[import - 1])) {
                HMI_TRY(hmi_search_mark(s, range->line + at, HMI_MARK_STOPS, err));
            }
        }
    }
    return HM_OK;
}
