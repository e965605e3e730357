/* SPDX-License-Identifier: Apache-2.0
 *
 * spell.h - an instruction of x86 or x86-64 as text that people read.
 */
#ifndef HMI_CODE_X86_SPELL_H
#define HMI_CODE_X86_SPELL_H

#include "code/insn.h"

/* Writes at most `size` bytes with a NUL, in Intel's syntax, and a key that is equal for
 * instructions that differ at most in the numbers that `drop_imm` and `drop_disp` name, or in a
 * jump's distance. Bytes that Zydis does not know become ".byte ...". */
void hmi_spell_x86(hm_bytes code, uint64_t address, bool wide, const hmi_insn *insn, bool drop_imm,
                   bool drop_disp, char *ret_text, size_t size, uint64_t *ret_key);

#endif
