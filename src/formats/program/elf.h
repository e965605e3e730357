/* SPDX-License-Identifier: Apache-2.0
 *
 * elf.h - what the files of the ELF reader know of one program while they read it.
 *
 * elf.c reads header and tables, elf_dynamic.c what the loader reads, elf_symbols.c names,
 * elf_image.c fills the hmi_image, elf_traits.c emits. Content slices are clipped to the file when
 * they are stored; nobody slices the file by a raw offset later.
 */
#ifndef HMI_FORMATS_PROGRAM_ELF_H
#define HMI_FORMATS_PROGRAM_ELF_H

#include "base/cursor.h"
#include "base/num.h"
#include "formats/program/program.h"

enum {
    HMI_ELF_SECTIONS_MAX = 65536,
    HMI_ELF_SEGMENTS_MAX = 256,
    HMI_ELF_SYMBOLS_MAX = 262144,
    HMI_ELF_RELOCATIONS_MAX = 1 << 20,
    HMI_ELF_IMPORTS_MAX = 131072,
    HMI_ELF_DYNAMIC_MAX = 4096, /* entries of the dynamic table */
    HMI_ELF_NEEDED_MAX = 256,
    HMI_ELF_NOTES_MAX = 256,
    HMI_ELF_STARTS_MAX = 8192,
    HMI_ELF_SOURCES_MAX = 256, /* source file names among symbols */
    HMI_ELF_VERSIONS_MAX = 1024,
    HMI_ELF_COMMENTS_MAX = 32
};

enum { /* e_type, sh_type, sh_flags, p_type: the few that matter here */
       ELF_REL = 1,
       ELF_EXEC = 2,
       ELF_DYN = 3,
       ELF_CORE = 4,
       SHT_PROGBITS = 1,
       SHT_SYMTAB = 2,
       SHT_STRTAB = 3,
       SHT_RELA = 4,
       SHT_NOTE = 7,
       SHT_NOBITS = 8,
       SHT_REL = 9,
       SHT_DYNSYM = 11,
       SHF_WRITE = 1,
       SHF_ALLOC = 2,
       SHF_EXEC = 4,
       PT_LOAD = 1,
       PT_DYNAMIC = 2,
       PT_INTERP = 3,
       PT_NOTE = 4,
       PT_GNU_EH_FRAME = 0x6474e550
};

typedef struct hmi_elf_section {
    hm_text name;
    uint32_t name_at, type, link, info;
    uint64_t flags, address, offset, size, align, entry_size;
    hm_bytes content; /* what the file holds of it */
} hmi_elf_section;

typedef struct hmi_elf_segment {
    uint32_t type, flags;
    uint64_t address, offset, file_size, size, align;
    hm_bytes content;
} hmi_elf_segment;

typedef struct hmi_elf_table { /* a table that the dynamic section names */
    uint64_t address, size;
} hmi_elf_table;

typedef struct hmi_elf_dynamic {
    bool present;
    hm_bytes strings;
    hmi_elf_table symtab, strtab, rel, rela, relr, jmprel;
    hmi_elf_table init_array, fini_array, preinit_array;
    uint64_t init, fini, hash, gnu_hash, pltgot, versym, verneed, verneed_count;
    uint64_t soname, rpath, runpath; /* string offsets + 1, 0 = none */
    uint64_t mips_local_got, mips_got_symbol, mips_symbols;
    bool jmprel_is_rela;
    uint32_t needed[HMI_ELF_NEEDED_MAX];
    size_t needed_count;
} hmi_elf_dynamic;

typedef struct hmi_elf_symbol { /* of .dynsym, in its order: relocations name them by number */
    hm_text name;
    hm_text library; /* that is to hold it, from symbol versions */
    uint64_t value, size;
    uint16_t section;
    uint8_t type, bind, visibility;
} hmi_elf_symbol;

typedef struct hmi_elf {
    hmi_reading *reading;
    hm_bytes file;
    bool wide, big;
    uint16_t type, machine;
    uint32_t flags;
    uint64_t entry, phoff, shoff, phnum, shnum, shstrndx;
    uint16_t phentsize, shentsize;
    hmi_elf_section *sections;
    size_t section_count;
    hmi_elf_segment *segments;
    size_t segment_count;
    hmi_elf_dynamic dynamic;
    hmi_elf_symbol *symbols; /* .dynsym */
    size_t symbol_count;
    uint32_t *unclean_left; /* names that are not UTF-8 still to be taken */
    hmi_image image;
    size_t start_capacity, pointer_capacity, import_capacity;
} hmi_elf;

static inline hmi_cur hmi_elf_cur(const hmi_elf *elf, hm_bytes over)
{
    return (hmi_cur){ .over = over, .big = elf->big };
}

/* An address or offset: 4 or 8 bytes. */
static inline uint64_t hmi_elf_word(const hmi_elf *elf, hmi_cur *cur)
{
    return hmi_cur_uint(cur, elf->wide ? 8 : 4);
}

/* The file's bytes that the loader puts at `address`, at most `len`. */
hm_bytes hmi_elf_at(const hmi_elf *elf, uint64_t address, uint64_t len);
/* First section of that name; NULL if none. */
const hmi_elf_section *hmi_elf_section_named(const hmi_elf *elf, const char *name);
/* A NUL-ended name in a string table; empty when it points outside. */
hm_text hmi_elf_name(const hmi_elf *elf, hm_bytes strings, uint64_t at);
/* A place where a function begins; 0 and what is over the limit are dropped. */
int hmi_elf_add_start(hmi_elf *elf, uint64_t address, hm_err *err);

int hmi_elf_dynamic_read(hmi_elf *elf, hm_err *err);
int hmi_elf_symbols_read(hmi_elf *elf, hm_err *err);
int hmi_elf_relocations_read(hmi_elf *elf, hm_err *err);
/* Gives the sections of an object file addresses: before symbols are read. */
void hmi_elf_place_object(hmi_elf *elf);
int hmi_elf_image_read(hmi_elf *elf, hm_err *err);
int hmi_elf_traits_emit(hmi_elf *elf, hm_err *err);

#endif
