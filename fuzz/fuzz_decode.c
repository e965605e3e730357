/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_decode.c - any bytes as x86 and as A64: lengths and fields stay inside what was given.
 */
#include <stdlib.h>

#include "code/insn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void want(bool good)
{
    if (!good) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int wide = 0; wide < 2; wide++) {
        for (size_t at = 0; at < size;) {
            hmi_insn insn;
            hm_bytes rest = { data + at, size - at };
            unsigned len = hmi_decode_x86(rest, 0x1000 + at, wide, &insn);
            want(len <= HMI_INSN_LEN_MAX && len <= rest.len);
            if (len > 0) {
                want(insn.len == len && insn.kind < HMI_KIND_COUNT);
                want((unsigned)insn.disp_at + insn.disp_len <= len);
                want((unsigned)insn.imm_at + insn.imm_len <= len);
                hmi_insn again;
                want(hmi_decode_x86((hm_bytes){ rest.ptr, len }, 0x1000 + at, wide, &again) == len);
            }
            at += len ? len : 1;
        }
    }
    for (size_t at = 0; at < size; at += 4) {
        hmi_insn insn;
        hm_bytes rest = { data + at, size - at };
        unsigned len = hmi_decode_a64(rest, 0x1000 + at, &insn);
        want(len == 0 ||
             (len == 4 && rest.len >= 4 && insn.len == 4 && insn.kind < HMI_KIND_COUNT));
    }
    return 0;
}
