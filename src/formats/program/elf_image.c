/* SPDX-License-Identifier: Apache-2.0
 *
 * elf_image.c - ELF: the program as code analysis wants to see it.
 *
 * WHY    Sections tell code from data better than segments do; but the loader never reads them, so
 *        a lying or missing table must not hide code.
 * FORM   Sections are used when the entry point and every executable load segment's first bytes
 *        lie in executable sections; otherwise load segments are used.
 *        PT_GNU_EH_FRAME: version u8 = 1, three encodings u8, then a pointer to .eh_frame.
 *        Object files have no addresses: their sections are laid one behind the other.
 * TRUST  Addresses may overlap, wrap and lie: code/ copes with that. Slices are clipped already.
 * OWNS   Nothing; memory is the reading's arena.
 */
#include "formats/program/elf.h"

static hmi_machine machine_of(const hmi_elf *elf)
{
    switch (elf->machine) {
    case 3:
    case 6:
        return HMI_MACHINE_X86;
    case 62:
        return HMI_MACHINE_X86_64;
    case 40:
        return HMI_MACHINE_ARM;
    case 183:
        return HMI_MACHINE_AARCH64;
    case 8:
    case 10:
        return elf->wide ? HMI_MACHINE_MIPS64 : HMI_MACHINE_MIPS;
    case 20:
        return HMI_MACHINE_PPC;
    case 21:
        return HMI_MACHINE_PPC64;
    case 243:
        return elf->wide ? HMI_MACHINE_RISCV64 : HMI_MACHINE_RISCV32;
    default:
        return HMI_MACHINE_OTHER;
    }
}

static bool section_executes(const hmi_elf_section *section)
{
    return section->type != 0 && section->type != SHT_NOBITS &&
           (section->flags & (SHF_ALLOC | SHF_EXEC)) == (SHF_ALLOC | SHF_EXEC);
}

static bool in_code_section(const hmi_elf *elf, uint64_t address)
{
    for (size_t i = 0; i < elf->section_count; i++) {
        const hmi_elf_section *section = &elf->sections[i];
        if (section_executes(section) && address >= section->address &&
            address - section->address < section->size) {
            return true;
        }
    }
    return false;
}

/* Do the executable sections, where the loader puts their bytes, hold most of the executable
 * segments? */
static bool sections_tell(const hmi_elf *elf)
{
    uint64_t by_sections = 0, by_segments = 0;
    for (size_t i = 0; i < elf->section_count; i++) {
        const hmi_elf_section *section = &elf->sections[i];
        if (section_executes(section) &&
            (elf->segment_count == 0 ||
             hmi_elf_at(elf, section->address, 1).ptr == section->content.ptr)) {
            by_sections += section->content.len;
        }
    }
    for (size_t i = 0; i < elf->segment_count; i++) {
        const hmi_elf_segment *segment = &elf->segments[i];
        if (segment->type == PT_LOAD && (segment->flags & 1)) {
            by_segments += segment->content.len;
        }
    }
    bool entry_known = elf->entry == 0 || elf->type == ELF_REL ||
                       in_code_section(elf, elf->entry) || elf->machine == 21;
    return by_sections > 0 && entry_known &&
           (elf->type == ELF_REL || by_sections >= by_segments / 4);
}

static int segments_from_sections(hmi_elf *elf, hm_err *err)
{
    hmi_image *image = &elf->image;
    for (size_t i = 0; i < elf->section_count; i++) {
        const hmi_elf_section *section = &elf->sections[i];
        if ((section->flags & SHF_ALLOC) == 0 || section->type == 0 || section->size == 0) {
            continue;
        }
        if (image->segment_count == HMI_PROGRAM_SEGMENTS_MAX) {
            return hmi_emit_note(elf->reading, HMI_NOTE_ODD, HM_OK, elf->shoff, err,
                                 "more than %d loaded sections; code was read in the first",
                                 HMI_PROGRAM_SEGMENTS_MAX);
        }
        image->segments[image->segment_count++] = (hmi_segment){
            .address = section->address,
            .size = section->size,
            .content = section->content,
            .offset = section->offset,
            .read = true,
            .write = (section->flags & SHF_WRITE) != 0,
            .execute = (section->flags & SHF_EXEC) != 0,
            .name = section->name,
        };
    }
    return HM_OK;
}

static void segments_from_loads(hmi_elf *elf)
{
    hmi_image *image = &elf->image;
    for (size_t i = 0; i < elf->segment_count; i++) {
        const hmi_elf_segment *segment = &elf->segments[i];
        if (segment->type != PT_LOAD || segment->size == 0) {
            continue;
        }
        image->segments[image->segment_count++] = (hmi_segment){
            .address = segment->address,
            .size = segment->size,
            .content = segment->content,
            .offset = segment->offset,
            .read = (segment->flags & 4) != 0,
            .write = (segment->flags & 2) != 0,
            .execute = (segment->flags & 1) != 0,
            .name = HM_TEXT(""),
        };
    }
}

/* Lays the sections of an object file one behind the other, as a linker would, and moves its
 * symbols there. */
void hmi_elf_place_object(hmi_elf *elf)
{
    if (elf->type != ELF_REL) {
        return;
    }
    uint64_t at = 0x10000;
    for (size_t i = 0; i < elf->section_count; i++) {
        hmi_elf_section *section = &elf->sections[i];
        if ((section->flags & SHF_ALLOC) == 0 || section->address != 0) {
            continue;
        }
        uint64_t align = section->align > 0 && section->align <= 4096 ? section->align : 1;
        at = (at + align - 1) / align * align;
        section->address = at;
        at += section->size < elf->file.len ? section->size : elf->file.len;
    }
    elf->image.base = 0x10000;
}

static void eh_frame_from_header(hmi_elf *elf)
{
    for (size_t i = 0; i < elf->segment_count; i++) {
        const hmi_elf_segment *segment = &elf->segments[i];
        if (segment->type != PT_GNU_EH_FRAME) {
            continue;
        }
        hmi_cur cur = hmi_elf_cur(elf, segment->content);
        uint8_t version = hmi_cur_u8(&cur), encoding = hmi_cur_u8(&cur);
        hmi_cur_skip(&cur, 2);
        uint64_t value = 0;
        switch (encoding & 15) {
        case 0:
            value = hmi_elf_word(elf, &cur);
            break;
        case 3:
            value = hmi_cur_u32(&cur);
            break;
        case 11:
            value = (uint64_t)(int64_t)(int32_t)hmi_cur_u32(&cur);
            break;
        case 4:
        case 12:
            value = hmi_cur_u64(&cur);
            break;
        default:
            return;
        }
        if (cur.bad || version != 1) {
            return;
        }
        value += (encoding & 0x70) == 0x10   ? segment->address + 4
                 : (encoding & 0x70) == 0x30 ? segment->address
                                             : 0;
        value = elf->wide ? value : (uint32_t)value;
        elf->image.eh_frame_address = value;
        elf->image.eh_frame = hmi_elf_at(elf, value, UINT64_MAX);
        return;
    }
}

static void eh_frame_find(hmi_elf *elf)
{
    const hmi_elf_section *section = hmi_elf_section_named(elf, ".eh_frame");
    if (section != NULL && section->content.len > 0) {
        elf->image.eh_frame = section->content;
        elf->image.eh_frame_address = section->address;
        return;
    }
    eh_frame_from_header(elf);
}

static uint64_t lowest_address(const hmi_elf *elf)
{
    uint64_t lowest = UINT64_MAX;
    for (size_t i = 0; i < elf->segment_count; i++) {
        if (elf->segments[i].type == PT_LOAD && elf->segments[i].address < lowest) {
            lowest = elf->segments[i].address;
        }
    }
    return lowest == UINT64_MAX ? 0 : lowest;
}

int hmi_elf_image_read(hmi_elf *elf, hm_err *err)
{
    hmi_image *image = &elf->image;
    image->machine = machine_of(elf);
    image->bits = elf->wide ? 64 : 32;
    image->big = elf->big;
    image->relocatable = elf->type == ELF_DYN || elf->type == ELF_REL;
    image->base = elf->type == ELF_REL ? image->base : lowest_address(elf);
    image->entry = elf->machine == 40 ? elf->entry & ~UINT64_C(1) : elf->entry;
    size_t room = hmi_min(elf->section_count + elf->segment_count, HMI_PROGRAM_SEGMENTS_MAX);
    image->segments = hmi_new_array(elf->reading->arena, hmi_segment, room);
    if (image->segments == NULL) {
        return hmi_arena_fail(elf->reading->arena, err);
    }
    if (sections_tell(elf)) {
        HMI_TRY(segments_from_sections(elf, err));
    } else {
        segments_from_loads(elf);
        if (elf->section_count > 1) {
            HMI_TRY(hmi_emit_note(elf->reading, HMI_NOTE_ODD, HM_OK, elf->shoff, err,
                                  "section table does not describe the code that is loaded; "
                                  "segments were used"));
        }
    }
    eh_frame_find(elf);
    return hmi_program_image_order(elf->reading->arena, image, err);
}
