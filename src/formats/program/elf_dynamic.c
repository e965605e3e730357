/* SPDX-License-Identifier: Apache-2.0
 *
 * elf_dynamic.c - ELF: what the loader reads, the dynamic table and the relocations.
 *
 * WHY    A stripped program still has to tell its loader what it needs: names of foreign functions
 *        and the slots that get them, places that hold addresses, functions to run at start.
 * FORM   Dynamic entries: tag, value (a word each), until tag 0. REL: place, info; RELA: + addend;
 *        RELR: an even word is a place, an odd one a bitmap of the places behind it. info holds
 *        symbol and type: 24+8 bits, 32+32 bits, and for 64-bit MIPS symbol and three types.
 *        MIPS has no slots in relocations: the GOT's tail follows the symbol table's tail.
 * TRUST  Every table is an address with a size; both are looked up in the load segments and cut to
 *        what the file has. Entries are bounded by HMI_ELF_RELOCATIONS_MAX in all.
 * OWNS   Nothing; memory is the reading's arena.
 */
#include "formats/program/elf.h"

enum { /* what a relocation does, whatever its machine calls it */
       DOES_NOTHING,
       DOES_SLOT,     /* JUMP_SLOT, GLOB_DAT */
       DOES_RELATIVE, /* base + addend */
       DOES_WORD,     /* a symbol's address */
       DOES_RESOLVER  /* the addend is a function that finds the address */
};

static hm_bytes dynamic_table(const hmi_elf *elf)
{
    for (size_t i = 0; i < elf->segment_count; i++) {
        if (elf->segments[i].type == PT_DYNAMIC) {
            return elf->segments[i].content;
        }
    }
    const hmi_elf_section *section = hmi_elf_section_named(elf, ".dynamic");
    return section != NULL ? section->content : (hm_bytes){ NULL, 0 };
}

static void dynamic_entry(hmi_elf_dynamic *dynamic, uint64_t tag, uint64_t value)
{
    switch (tag) {
    case 1:
        if (dynamic->needed_count < HMI_ELF_NEEDED_MAX) {
            dynamic->needed[dynamic->needed_count++] = (uint32_t)value;
        }
        break;
    case 2:
        dynamic->jmprel.size = value;
        break;
    case 3:
        dynamic->pltgot = value;
        break;
    case 4:
        dynamic->hash = value;
        break;
    case 5:
        dynamic->strtab.address = value;
        break;
    case 6:
        dynamic->symtab.address = value;
        break;
    case 7:
        dynamic->rela.address = value;
        break;
    case 8:
        dynamic->rela.size = value;
        break;
    case 10:
        dynamic->strtab.size = value;
        break;
    case 12:
        dynamic->init = value;
        break;
    case 13:
        dynamic->fini = value;
        break;
    case 14:
        dynamic->soname = value + 1;
        break;
    case 15:
        dynamic->rpath = value + 1;
        break;
    case 17:
        dynamic->rel.address = value;
        break;
    case 18:
        dynamic->rel.size = value;
        break;
    case 20:
        dynamic->jmprel_is_rela = value == 7;
        break;
    case 23:
        dynamic->jmprel.address = value;
        break;
    case 25:
        dynamic->init_array.address = value;
        break;
    case 26:
        dynamic->fini_array.address = value;
        break;
    case 27:
        dynamic->init_array.size = value;
        break;
    case 28:
        dynamic->fini_array.size = value;
        break;
    case 29:
        dynamic->runpath = value + 1;
        break;
    case 32:
        dynamic->preinit_array.address = value;
        break;
    case 33:
        dynamic->preinit_array.size = value;
        break;
    case 35:
        dynamic->relr.size = value;
        break;
    case 36:
        dynamic->relr.address = value;
        break;
    case 0x6ffffef5:
        dynamic->gnu_hash = value;
        break;
    case 0x6ffffff0:
        dynamic->versym = value;
        break;
    case 0x6ffffffe:
        dynamic->verneed = value;
        break;
    case 0x6fffffff:
        dynamic->verneed_count = value;
        break;
    case 0x7000000a:
        dynamic->mips_local_got = value;
        break;
    case 0x70000011:
        dynamic->mips_symbols = value;
        break;
    case 0x70000013:
        dynamic->mips_got_symbol = value;
        break;
    default:
        break;
    }
}

int hmi_elf_dynamic_read(hmi_elf *elf, hm_err *err)
{
    hmi_elf_dynamic *dynamic = &elf->dynamic;
    hmi_cur cur = hmi_elf_cur(elf, dynamic_table(elf));
    size_t entry_size = elf->wide ? 16 : 8, entries = 0;
    while (hmi_cur_left(&cur) >= entry_size) {
        if (entries++ == HMI_ELF_DYNAMIC_MAX) {
            return hmi_emit_note(elf->reading, HMI_NOTE_ODD, HM_OK, HM_OFFSET_NONE, err,
                                 "dynamic table has more than %d entries; the first were read",
                                 HMI_ELF_DYNAMIC_MAX);
        }
        uint64_t tag = hmi_elf_word(elf, &cur);
        uint64_t value = hmi_elf_word(elf, &cur);
        if (tag == 0) {
            break;
        }
        dynamic->present = true;
        dynamic_entry(dynamic, tag, value);
    }
    dynamic->strings = hmi_elf_at(elf, dynamic->strtab.address, dynamic->strtab.size);
    const hmi_elf_section *names = hmi_elf_section_named(elf, ".dynstr");
    if (dynamic->strings.len == 0 && names != NULL) {
        dynamic->strings = names->content;
    }
    return HM_OK;
}

static int does(const hmi_elf *elf, uint32_t type)
{
    static const struct {
        uint16_t machine;
        bool wide;
        uint16_t jump_slot, glob_dat, relative, word, resolver;
    } rows[] = {
        { 3, false, 7, 6, 8, 1, 42 },               /* 386 */
        { 62, true, 7, 6, 8, 1, 37 },               /* x86-64 */
        { 62, false, 7, 6, 8, 10, 37 },             /* x32 */
        { 40, false, 22, 21, 23, 2, 160 },          /* ARM */
        { 183, true, 1026, 1025, 1027, 257, 1032 }, /* AArch64 */
        { 8, false, 127, 51, 3, 2, 128 },           /* MIPS: 3 (REL32) also names symbols */
        { 8, true, 127, 51, 3, 18, 128 },
        { 20, false, 21, 20, 22, 1, 248 },   /* PowerPC */
        { 21, true, 21, 20, 22, 38, 248 },   /* PowerPC64 */
        { 243, false, 5, 0xffff, 3, 1, 58 }, /* RISC-V */
        { 243, true, 5, 0xffff, 3, 2, 58 },
    };
    for (size_t i = 0; i < HMI_COUNT(rows); i++) {
        if (rows[i].machine != elf->machine || rows[i].wide != elf->wide) {
            continue;
        }
        if (type == rows[i].jump_slot || type == rows[i].glob_dat) {
            return DOES_SLOT;
        }
        if (type == rows[i].relative) {
            return DOES_RELATIVE;
        }
        if (type == rows[i].word) {
            return DOES_WORD;
        }
        return type == rows[i].resolver ? DOES_RESOLVER : DOES_NOTHING;
    }
    return DOES_NOTHING;
}

static void split_info(const hmi_elf *elf, uint64_t info, uint32_t *ret_symbol, uint32_t *ret_type)
{
    if (!elf->wide) {
        *ret_symbol = (uint32_t)(info >> 8);
        *ret_type = info & 0xff;
    } else if (elf->machine == 8) {
        /* r_sym u32, r_ssym u8, three types u8, the first one last, each in file order */
        *ret_symbol = elf->big ? (uint32_t)(info >> 32) : (uint32_t)info;
        *ret_type = elf->big ? info & 0xff : (uint32_t)(info >> 56);
    } else {
        *ret_symbol = (uint32_t)(info >> 32);
        *ret_type = (uint32_t)info;
    }
}

static bool in_table(const hmi_elf_table *table, uint64_t address)
{
    return address >= table->address && address - table->address < table->size;
}

static int add_pointer(hmi_elf *elf, uint64_t place, uint64_t value, hm_err *err)
{
    hmi_image *image = &elf->image;
    hmi_pointer *grown = hmi_arena_grow(elf->reading->arena, image->pointers, image->pointer_count,
                                        &elf->pointer_capacity, sizeof *grown);
    if (grown == NULL) {
        return hmi_arena_fail(elf->reading->arena, err);
    }
    image->pointers = grown;
    image->pointers[image->pointer_count++] = (hmi_pointer){ place, value };
    return HM_OK;
}

static int add_import(hmi_elf *elf, uint64_t slot, const hmi_elf_symbol *symbol, hm_err *err)
{
    hmi_image *image = &elf->image;
    if (symbol->name.len == 0 || image->import_count >= HMI_ELF_IMPORTS_MAX) {
        return HM_OK;
    }
    hmi_import *grown = hmi_arena_grow(elf->reading->arena, image->imports, image->import_count,
                                       &elf->import_capacity, sizeof *grown);
    if (grown == NULL) {
        return hmi_arena_fail(elf->reading->arena, err);
    }
    image->imports = grown;
    image->imports[image->import_count++] =
        (hmi_import){ .slot = slot, .library = symbol->library, .name = symbol->name };
    return HM_OK;
}

typedef struct relocation {
    uint64_t place, info, addend;
    bool addend_in_place; /* REL: it stands where it will be applied */
} relocation;

static int add_target_start(hmi_elf *elf, const relocation *rel, hm_err *err)
{
    uint64_t target = rel->addend;
    if (rel->addend_in_place) {
        hmi_cur at = hmi_elf_cur(elf, hmi_elf_at(elf, rel->place, elf->wide ? 8 : 4));
        target = hmi_elf_word(elf, &at);
    }
    return hmi_elf_add_start(elf, target, err);
}

static int add_relocation(hmi_elf *elf, const relocation *rel, hm_err *err)
{
    uint32_t symbol_at, type;
    split_info(elf, rel->info, &symbol_at, &type);
    int what = does(elf, type);
    const hmi_elf_symbol *symbol =
        symbol_at > 0 && symbol_at < elf->symbol_count ? &elf->symbols[symbol_at] : NULL;
    if (what == DOES_RELATIVE && symbol != NULL) {
        what = DOES_WORD;
    }
    const hmi_elf_dynamic *dynamic = &elf->dynamic;
    switch (what) {
    case DOES_RELATIVE:
        if (in_table(&dynamic->init_array, rel->place) ||
            in_table(&dynamic->fini_array, rel->place) ||
            in_table(&dynamic->preinit_array, rel->place)) {
            HMI_TRY(add_target_start(elf, rel, err));
        }
        return add_pointer(elf, rel->place, rel->addend, err);
    case DOES_SLOT:
        return symbol == NULL ? HM_OK : add_import(elf, rel->place, symbol, err);
    case DOES_WORD:
        if (symbol == NULL) {
            return HM_OK;
        }
        return symbol->section == 0
                   ? add_import(elf, rel->place, symbol, err)
                   : add_pointer(elf, rel->place, symbol->value + rel->addend, err);
    case DOES_RESOLVER:
        return add_target_start(elf, rel, err);
    default:
        return HM_OK;
    }
}

static int rel_table(hmi_elf *elf, const hmi_elf_table *table, bool with_addend, size_t *left,
                     hm_err *err)
{
    hmi_cur cur = hmi_elf_cur(elf, hmi_elf_at(elf, table->address, table->size));
    size_t entry_size = (elf->wide ? 8u : 4u) * (with_addend ? 3u : 2u);
    for (; hmi_cur_left(&cur) >= entry_size && *left > 0; --*left) {
        relocation rel = { .addend_in_place = !with_addend };
        rel.place = hmi_elf_word(elf, &cur);
        rel.info = hmi_elf_word(elf, &cur);
        rel.addend = with_addend ? hmi_elf_word(elf, &cur) : 0;
        HMI_TRY(add_relocation(elf, &rel, err));
    }
    return HM_OK;
}

static int relr_table(hmi_elf *elf, size_t *left, hm_err *err)
{
    const hmi_elf_table *table = &elf->dynamic.relr;
    hmi_cur cur = hmi_elf_cur(elf, hmi_elf_at(elf, table->address, table->size));
    size_t word = elf->wide ? 8 : 4;
    uint64_t base = 0;
    while (hmi_cur_left(&cur) >= word && *left > 0) {
        uint64_t entry = hmi_elf_word(elf, &cur);
        if ((entry & 1) == 0) {
            HMI_TRY(add_pointer(elf, entry, 0, err));
            --*left;
            base = entry + word;
            continue;
        }
        for (size_t bit = 1; bit<8 * word && * left> 0; bit++) {
            if (entry >> bit & 1) {
                HMI_TRY(add_pointer(elf, base + (bit - 1) * word, 0, err));
                --*left;
            }
        }
        base += (8 * word - 1) * word;
    }
    return HM_OK;
}

static int mips_got(hmi_elf *elf, size_t *left, hm_err *err)
{
    const hmi_elf_dynamic *dynamic = &elf->dynamic;
    uint64_t word = elf->wide ? 8 : 4;
    uint64_t slot = dynamic->pltgot + dynamic->mips_local_got * word;
    for (uint64_t i = dynamic->mips_got_symbol; i<elf->symbol_count && * left> 0; i++) {
        HMI_TRY(add_import(elf, slot, &elf->symbols[i], err));
        slot += word;
        --*left;
    }
    return HM_OK;
}

static int array_starts(hmi_elf *elf, const hmi_elf_table *table, hm_err *err)
{
    hmi_cur cur = hmi_elf_cur(elf, hmi_elf_at(elf, table->address, table->size));
    size_t word = elf->wide ? 8 : 4;
    for (size_t i = 0; hmi_cur_left(&cur) >= word && i < HMI_ELF_STARTS_MAX; i++) {
        HMI_TRY(hmi_elf_add_start(elf, hmi_elf_word(elf, &cur), err));
    }
    return HM_OK;
}

int hmi_elf_relocations_read(hmi_elf *elf, hm_err *err)
{
    const hmi_elf_dynamic *dynamic = &elf->dynamic;
    if (!dynamic->present) {
        return HM_OK;
    }
    size_t left = HMI_ELF_RELOCATIONS_MAX;
    HMI_TRY(rel_table(elf, &dynamic->rela, true, &left, err));
    HMI_TRY(rel_table(elf, &dynamic->rel, false, &left, err));
    HMI_TRY(rel_table(elf, &dynamic->jmprel, dynamic->jmprel_is_rela, &left, err));
    HMI_TRY(relr_table(elf, &left, err));
    if (elf->machine == 8 && dynamic->mips_got_symbol != 0) {
        HMI_TRY(mips_got(elf, &left, err));
    }
    if (left == 0) {
        HMI_TRY(hmi_emit_note(elf->reading, HMI_NOTE_ODD, HM_OK, HM_OFFSET_NONE, err,
                              "more than %d relocations; the first were read",
                              HMI_ELF_RELOCATIONS_MAX));
    }
    HMI_TRY(array_starts(elf, &dynamic->init_array, err));
    HMI_TRY(array_starts(elf, &dynamic->fini_array, err));
    HMI_TRY(array_starts(elf, &dynamic->preinit_array, err));
    HMI_TRY(hmi_elf_add_start(elf, dynamic->init, err));
    return hmi_elf_add_start(elf, dynamic->fini, err);
}
