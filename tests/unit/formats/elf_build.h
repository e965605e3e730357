/* SPDX-License-Identifier: Apache-2.0
 *
 * elf_build.h - writes small ELF files of either class and byte order for tests.
 *
 * One load segment holds the whole file at 0x400000; one dynamic table names two imported symbols
 * ("connect", "_hidden"), one exported one ("work"), a jump slot for "connect", one relative
 * relocation and an init array. Sections are optional.
 */
#ifndef HMI_TESTS_ELF_BUILD_H
#define HMI_TESTS_ELF_BUILD_H

#include <string.h>

#include "base/bytes.h"

enum {
    ELF_BUILD_BASE = 0x400000,
    ELF_BUILD_CODE = 0x200,
    ELF_BUILD_SYMTAB = 0x300,
    ELF_BUILD_STRTAB = 0x400,
    ELF_BUILD_HASH = 0x440,
    ELF_BUILD_RELA = 0x480,
    ELF_BUILD_JMPREL = 0x4c0,
    ELF_BUILD_INIT = 0x500,
    ELF_BUILD_GOT = 0x520,
    ELF_BUILD_DYNAMIC = 0x600,
    ELF_BUILD_NOTE = 0x780,
    ELF_BUILD_DATA = 0x7c0,
    ELF_BUILD_NAMES = 0x900,
    ELF_BUILD_SECTIONS = 0xa00,
    ELF_BUILD_LEN = 0xc80
};

typedef struct elf_build {
    uint8_t bytes[ELF_BUILD_LEN];
    size_t at;
    bool wide, big;
} elf_build;

static inline void elf_put(elf_build *b, uint64_t value, unsigned width)
{
    for (unsigned i = 0; i < width; i++) {
        b->bytes[b->at++] = (uint8_t)(value >> 8 * (b->big ? width - 1 - i : i));
    }
}

static inline void elf_word(elf_build *b, uint64_t value)
{
    elf_put(b, value, b->wide ? 8 : 4);
}

static inline void elf_symbol(elf_build *b, uint32_t name, uint8_t info, uint16_t section,
                              uint64_t value)
{
    elf_put(b, name, 4);
    if (!b->wide) {
        elf_put(b, value, 4);
        elf_put(b, 16, 4);
    }
    elf_put(b, info, 1);
    elf_put(b, 0, 1);
    elf_put(b, section, 2);
    if (b->wide) {
        elf_put(b, value, 8);
        elf_put(b, 16, 8);
    }
}

static inline void elf_pair(elf_build *b, uint64_t tag, uint64_t value)
{
    elf_word(b, tag);
    elf_word(b, value);
}

static inline void elf_section(elf_build *b, uint32_t name, uint32_t type, uint32_t flags,
                               uint64_t offset, uint64_t size)
{
    elf_put(b, name, 4);
    elf_put(b, type, 4);
    elf_word(b, flags);
    elf_word(b, flags != 0 ? ELF_BUILD_BASE + offset : 0);
    elf_word(b, offset);
    elf_word(b, size);
    elf_put(b, 0, 8);
    elf_word(b, 1);
    elf_word(b, 0);
}

static inline void elf_segment(elf_build *b, uint32_t type, uint64_t offset, uint64_t size)
{
    elf_put(b, type, 4);
    if (b->wide) {
        elf_put(b, 5, 4);
    }
    elf_word(b, offset);
    elf_word(b, ELF_BUILD_BASE + offset);
    elf_word(b, ELF_BUILD_BASE + offset);
    elf_word(b, size);
    elf_word(b, size);
    if (!b->wide) {
        elf_put(b, 5, 4);
    }
    elf_word(b, 4);
}

static inline void elf_dynamic(elf_build *b)
{
    unsigned word = b->wide ? 8 : 4;
    b->at = ELF_BUILD_DYNAMIC;
    elf_pair(b, 1, 1); /* NEEDED libc.so.6 */
    elf_pair(b, 5, ELF_BUILD_BASE + ELF_BUILD_STRTAB);
    elf_pair(b, 10, 0x40);
    elf_pair(b, 6, ELF_BUILD_BASE + ELF_BUILD_SYMTAB);
    elf_pair(b, 4, ELF_BUILD_BASE + ELF_BUILD_HASH);
    elf_pair(b, 7, ELF_BUILD_BASE + ELF_BUILD_RELA);
    elf_pair(b, 8, 3 * word);
    elf_pair(b, 23, ELF_BUILD_BASE + ELF_BUILD_JMPREL);
    elf_pair(b, 2, 3 * word);
    elf_pair(b, 20, 7);
    elf_pair(b, 25, ELF_BUILD_BASE + ELF_BUILD_INIT);
    elf_pair(b, 27, word);
    elf_pair(b, 0, 0);
}

/* `relative` and `jump_slot` are the machine's relocation numbers. */
static inline void elf_build_make(elf_build *b, bool wide, bool big, uint16_t machine,
                                  uint32_t relative, uint32_t jump_slot, bool sections)
{
    memset(b, 0, sizeof *b);
    b->wide = wide;
    b->big = big;
    memcpy(b->bytes, "\177ELF", 4);
    b->bytes[4] = wide ? 2 : 1;
    b->bytes[5] = big ? 2 : 1;
    b->bytes[6] = 1;
    b->at = 16;
    elf_put(b, 3, 2);
    elf_put(b, machine, 2);
    elf_put(b, 1, 4);
    elf_word(b, ELF_BUILD_BASE + ELF_BUILD_CODE);
    elf_word(b, wide ? 64 : 52);
    elf_word(b, sections ? ELF_BUILD_SECTIONS : 0);
    elf_put(b, 0, 4);
    elf_put(b, wide ? 64 : 52, 2);
    elf_put(b, wide ? 56 : 32, 2);
    elf_put(b, 3, 2);
    elf_put(b, wide ? 64 : 40, 2);
    elf_put(b, sections ? 4 : 0, 2);
    elf_put(b, sections ? 3 : 0, 2);
    elf_segment(b, 1, 0, ELF_BUILD_LEN);
    elf_segment(b, 2, ELF_BUILD_DYNAMIC, 0x100);
    elf_segment(b, 4, ELF_BUILD_NOTE, 36);

    memset(b->bytes + ELF_BUILD_CODE, 0xc3, 0x80);
    b->at = ELF_BUILD_SYMTAB;
    elf_symbol(b, 0, 0, 0, 0);
    elf_symbol(b, 11, 0x12, 0, 0);                               /* connect */
    elf_symbol(b, 19, 0x12, 0, 0);                               /* _hidden */
    elf_symbol(b, 27, 0x12, 1, ELF_BUILD_BASE + ELF_BUILD_CODE); /* work */
    memcpy(b->bytes + ELF_BUILD_STRTAB, "\0libc.so.6\0connect\0_hidden\0work", 32);
    b->at = ELF_BUILD_HASH;
    elf_put(b, 1, 4);
    elf_put(b, 4, 4);
    unsigned shift = wide ? 32 : 8;
    b->at = ELF_BUILD_RELA;
    elf_word(b, ELF_BUILD_BASE + ELF_BUILD_GOT);
    elf_word(b, relative);
    elf_word(b, ELF_BUILD_BASE + ELF_BUILD_CODE + 8);
    b->at = ELF_BUILD_JMPREL;
    elf_word(b, ELF_BUILD_BASE + ELF_BUILD_GOT + 16);
    elf_word(b, UINT64_C(1) << shift | jump_slot);
    elf_word(b, 0);
    b->at = ELF_BUILD_INIT;
    elf_word(b, ELF_BUILD_BASE + ELF_BUILD_CODE + 32);
    elf_dynamic(b);
    b->at = ELF_BUILD_NOTE;
    elf_put(b, 4, 4);
    elf_put(b, 20, 4);
    elf_put(b, 3, 4);
    memcpy(b->bytes + b->at, "GNU\0", 4);
    for (unsigned i = 0; i < 20; i++) {
        b->bytes[b->at + 4 + i] = (uint8_t)(0xa0 + i);
    }
    memcpy(b->bytes + ELF_BUILD_DATA, "\0\0reach 203.0.113.77 or http://c2.example.net/gate now\0",
           56);
    memcpy(b->bytes + ELF_BUILD_NAMES, "\0.text\0.data\0.shstrtab", 23);
    if (sections) {
        b->at = ELF_BUILD_SECTIONS;
        elf_section(b, 0, 0, 0, 0, 0);
        elf_section(b, 1, 1, 6, ELF_BUILD_CODE, ELF_BUILD_LEN / 2 - ELF_BUILD_CODE);
        elf_section(b, 7, 1, 3, ELF_BUILD_DATA, 0x100);
        elf_section(b, 13, 3, 0, ELF_BUILD_NAMES, 0x40);
    }
}

static inline hm_bytes elf_build_bytes(const elf_build *b)
{
    return hmi_bytes(b->bytes, sizeof b->bytes);
}

#endif
