/* SPDX-License-Identifier: Apache-2.0
 *
 * pe_image.c - PE: the program as code analysis wants to see it.
 *
 * WHY    Sections, places that hold addresses (base relocations), functions that run before the
 *        entry point (TLS callbacks), unwind tables (.pdata) and COFF symbols where MinGW left
 * them. FORM   Relocation block: page rva u32, size u32, then u16 entries: type << 12 | offset;
 * type 3 is a 32-bit, 10 a 64-bit address. TLS directory: four addresses, the fourth of a list of
 *        callbacks that ends with 0. COFF symbol: name (8 bytes, or 0 and a place in the string
 *        table), value u32, section i16, type u16, class u8, count of auxiliary entries u8.
 * TRUST  Counts are bounded; addresses may overlap, wrap and lie: code/ copes with that.
 * OWNS   Nothing; memory is the reading's arena.
 */
#include "formats/program/pe.h"

static hmi_machine machine_of(uint16_t machine)
{
    switch (machine) {
    case 0x14c:
        return HMI_MACHINE_X86;
    case 0x8664:
        return HMI_MACHINE_X86_64;
    case 0x1c0:
    case 0x1c2:
    case 0x1c4:
        return HMI_MACHINE_ARM;
    case 0xaa64:
        return HMI_MACHINE_AARCH64;
    case 0x166:
    case 0x266:
    case 0x366:
        return HMI_MACHINE_MIPS;
    case 0x1f0:
    case 0x1f1:
        return HMI_MACHINE_PPC;
    case 0x5032:
        return HMI_MACHINE_RISCV32;
    case 0x5064:
        return HMI_MACHINE_RISCV64;
    default:
        return HMI_MACHINE_OTHER;
    }
}

int hmi_pe_add_symbol(hmi_pe *pe, uint64_t address, hm_text name, bool exported, hm_err *err)
{
    hmi_image *image = &pe->image;
    if (image->symbol_count >= HMI_PE_SYMBOLS_MAX) {
        return HM_OK;
    }
    hmi_symbol *grown = hmi_arena_grow(pe->reading->arena, image->symbols, image->symbol_count,
                                       &pe->symbol_capacity, sizeof *grown);
    if (grown == NULL) {
        return hmi_arena_fail(pe->reading->arena, err);
    }
    image->symbols = grown;
    const hmi_segment *in = NULL;
    for (size_t i = 0; i < image->segment_count && in == NULL; i++) {
        const hmi_segment *segment = &image->segments[i];
        in = address >= segment->address && address - segment->address < segment->size ? segment
                                                                                       : NULL;
    }
    image->symbols[image->symbol_count++] = (hmi_symbol){
        .address = address,
        .name = name,
        .kind = in != NULL && in->execute ? HMI_SYMBOL_FUNCTION : HMI_SYMBOL_OBJECT,
        .exported = exported,
    };
    return HM_OK;
}

int hmi_pe_add_import(hmi_pe *pe, uint64_t slot, hm_text library, hm_text name, hm_err *err)
{
    hmi_image *image = &pe->image;
    hmi_import *grown = hmi_arena_grow(pe->reading->arena, image->imports, image->import_count,
                                       &pe->import_capacity, sizeof *grown);
    if (grown == NULL) {
        return hmi_arena_fail(pe->reading->arena, err);
    }
    image->imports = grown;
    image->imports[image->import_count++] =
        (hmi_import){ .slot = slot, .library = library, .name = name };
    return HM_OK;
}

int hmi_pe_add_start(hmi_pe *pe, uint64_t address, hm_err *err)
{
    hmi_image *image = &pe->image;
    uint64_t *grown = hmi_arena_grow(pe->reading->arena, image->starts, image->start_count,
                                     &pe->start_capacity, sizeof *grown);
    if (grown == NULL) {
        return hmi_arena_fail(pe->reading->arena, err);
    }
    image->starts = grown;
    image->starts[image->start_count++] = address;
    return HM_OK;
}

static int tls_read(hmi_pe *pe, hm_err *err)
{
    unsigned word = pe->wide ? 8 : 4;
    hmi_cur cur = hmi_cur_over(hmi_pe_at(pe, pe->dirs[HMI_PE_DIR_TLS].rva));
    hmi_cur_skip(&cur, 3 * word);
    uint64_t list = hmi_cur_uint(&cur, word) - pe->base;
    if (pe->dirs[HMI_PE_DIR_TLS].rva == 0 || cur.bad || list > UINT32_MAX) {
        return HM_OK;
    }
    cur = hmi_cur_over(hmi_pe_at(pe, (uint32_t)list));
    for (size_t i = 0; i < HMI_PE_TLS_MAX; i++) {
        uint64_t callback = hmi_cur_uint(&cur, word);
        if (callback == 0) {
            break;
        }
        HMI_TRY(hmi_pe_add_start(pe, callback, err));
    }
    return HM_OK;
}

int hmi_pe_image_read(hmi_pe *pe, hm_err *err)
{
    hmi_image *image = &pe->image;
    image->machine = machine_of(pe->machine);
    image->bits = pe->wide ? 64 : 32;
    image->windows = true;
    image->base = pe->base;
    image->entry = pe->entry == 0 ? 0 : pe->base + pe->entry;
    image->segments = hmi_new_array(pe->reading->arena, hmi_segment, pe->section_count);
    if (image->segments == NULL) {
        return hmi_arena_fail(pe->reading->arena, err);
    }
    for (size_t i = 0; i < pe->section_count; i++) {
        const hmi_pe_section *section = &pe->sections[i];
        image->segments[image->segment_count++] = (hmi_segment){
            .address = pe->base + section->address,
            .size = hmi_max(section->size, section->content.len),
            .content = section->content,
            .offset = section->offset,
            .read = (section->flags & 0x40000000) != 0,
            .write = (section->flags & 0x80000000) != 0,
            .execute = (section->flags & 0x20000000) != 0,
            .name = section->name,
        };
    }
    const hmi_pe_directory *unwind = &pe->dirs[HMI_PE_DIR_EXCEPTION];
    image->pdata = hmi_slice(hmi_pe_at(pe, unwind->rva), 0, unwind->size);
    image->pdata_address = pe->base + unwind->rva;
    return tls_read(pe, err);
}

/* A list that was read to its end says of every number whether it is an address. */
int hmi_pe_relocations_read(hmi_pe *pe, hm_err *err)
{
    enum { RELOCATIONS_STRIPPED = 1 };
    const hmi_pe_directory *dir = &pe->dirs[HMI_PE_DIR_RELOCATION];
    hmi_image *image = &pe->image;
    hmi_cur cur = hmi_cur_over(hmi_slice(hmi_pe_at(pe, dir->rva), 0, dir->size));
    while (dir->rva != 0 && hmi_cur_left(&cur) >= 8) {
        uint32_t page = hmi_cur_u32(&cur), size = hmi_cur_u32(&cur);
        if (size < 8) {
            return HM_OK;
        }
        hmi_cur block = hmi_cur_over(hmi_cur_bytes(&cur, hmi_min(size - 8, hmi_cur_left(&cur))));
        while (hmi_cur_left(&block) >= 2) {
            uint16_t entry = hmi_cur_u16(&block);
            if (entry >> 12 != 3 && entry >> 12 != 10) {
                continue;
            }
            if (image->pointer_count >= HMI_PE_RELOCATIONS_MAX) {
                return hmi_emit_note(pe->reading, HMI_NOTE_ODD, HM_OK, HM_OFFSET_NONE, err,
                                     "more than %d relocations; the first were read",
                                     HMI_PE_RELOCATIONS_MAX);
            }
            hmi_pointer *grown =
                hmi_arena_grow(pe->reading->arena, image->pointers, image->pointer_count,
                               &pe->pointer_capacity, sizeof *grown);
            if (grown == NULL) {
                return hmi_arena_fail(pe->reading->arena, err);
            }
            image->pointers = grown;
            image->pointers[image->pointer_count++] =
                (hmi_pointer){ .place = pe->base + page + (entry & 0xfff) };
        }
    }
    image->relocatable =
        image->pointer_count > 0 && (pe->characteristics & RELOCATIONS_STRIPPED) == 0;
    return HM_OK;
}

int hmi_pe_symbols_read(hmi_pe *pe, hm_err *err)
{
    uint64_t strings_at = (uint64_t)pe->symbol_table + (uint64_t)pe->symbol_count * 18;
    if (pe->symbol_table == 0 || pe->symbol_table >= pe->file.len) {
        return HM_OK;
    }
    hm_bytes strings = strings_at < pe->file.len
                           ? hmi_slice(pe->file, (size_t)strings_at, pe->file.len)
                           : (hm_bytes){ NULL, 0 };
    hmi_cur cur = hmi_cur_over(hmi_slice(pe->file, pe->symbol_table, pe->file.len));
    for (uint32_t i = 0; i < pe->symbol_count && i < HMI_PE_SYMBOLS_MAX; i++) {
        hm_bytes name = hmi_cur_bytes(&cur, 8);
        uint32_t value = hmi_cur_u32(&cur);
        uint16_t section = hmi_cur_u16(&cur), type = hmi_cur_u16(&cur);
        hmi_cur_skip(&cur, 1);
        uint8_t more = hmi_cur_u8(&cur);
        if (cur.bad) {
            return HM_OK;
        }
        hmi_cur_skip(&cur, hmi_min((size_t)more * 18, hmi_cur_left(&cur)));
        i += more;
        if (section == 0 || section > pe->section_count || type != 0x20) {
            continue; /* undefined, absolute, or no function */
        }
        if (memcmp(name.ptr, "\0\0\0\0", 4) == 0) {
            hmi_cur at = hmi_cur_over(hmi_slice(name, 4, 4));
            name = hmi_slice(strings, hmi_cur_u32(&at), strings.len);
        }
        hm_text text = hmi_program_name(pe->reading->arena, name);
        uint64_t address = pe->base + pe->sections[section - 1].address + value;
        if (text.ptr != NULL && text.len > 0) {
            HMI_TRY(hmi_pe_add_symbol(pe, address, text, false, err));
        }
    }
    return HM_OK;
}
