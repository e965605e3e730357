/* SPDX-License-Identifier: Apache-2.0
 *
 * elf.c - ELF: the header, the section table, the segment table, and the order of the reading.
 *
 * WHY    Everything later asks "which bytes are at this address / in this section": decided once.
 * FORM   0: 7f 'E' 'L' 'F'  4: class 1|2  5: order 1|2  16: type u16  18: machine u16  20: version
 *        24: entry, segment table, section table (4 or 8 bytes each), flags u32, then six u16:
 *        header size, segment entry size and count, section entry size and count, name section.
 *        Counts of 0 / 0xffff say "look into section 0" (gABI extended numbering).
 * TRUST  Offsets wrap, tables point behind the end, 65,535 sections fit into nothing. Content is
 *        clipped here, counts are cut to what the file can hold, and a note says so. Stripped
 *        section tables are normal: segments alone are enough.
 * OWNS   Nothing; memory is the reading's arena.
 */
#include "formats/program/elf.h"

#include "code/code.h"

static int detect(hm_bytes file, hm_bytes name)
{
    (void)name;
    if (!hmi_starts_with(file, HM_BYTES("\177ELF"))) {
        return 0;
    }
    return file.len >= 6 && (file.ptr[4] == 1 || file.ptr[4] == 2) &&
                   (file.ptr[5] == 1 || file.ptr[5] == 2)
               ? 100
               : 60;
}

static int head_read(hmi_elf *elf, hm_err *err)
{
    hmi_cur cur = hmi_cur_over(elf->file);
    if (!hmi_cur_match(&cur, HM_BYTES("\177ELF"))) {
        return hmi_fail(err, HM_E_MALFORMED, 0, "no ELF magic");
    }
    uint8_t class = hmi_cur_u8(&cur), order = hmi_cur_u8(&cur);
    elf->wide = class == 2;
    elf->big = order == 2;
    cur.big = elf->big;
    hmi_cur_skip(&cur, 10);
    elf->type = hmi_cur_u16(&cur);
    elf->machine = hmi_cur_u16(&cur);
    hmi_cur_skip(&cur, 4);
    elf->entry = hmi_elf_word(elf, &cur);
    elf->phoff = hmi_elf_word(elf, &cur);
    elf->shoff = hmi_elf_word(elf, &cur);
    elf->flags = hmi_cur_u32(&cur);
    hmi_cur_skip(&cur, 2);
    elf->phentsize = hmi_cur_u16(&cur);
    elf->phnum = hmi_cur_u16(&cur);
    elf->shentsize = hmi_cur_u16(&cur);
    elf->shnum = hmi_cur_u16(&cur);
    elf->shstrndx = hmi_cur_u16(&cur);
    if (cur.bad) {
        return hmi_fail(err, HM_E_TRUNCATED, elf->file.len, "ELF header cut short");
    }
    if (class < 1 || class > 2 || order < 1 || order > 2) {
        return hmi_fail(err, HM_E_MALFORMED, 4, "impossible ELF class or byte order");
    }
    return HM_OK;
}

/* Clips a claimed range to the file. */
static hm_bytes clip(const hmi_elf *elf, uint64_t offset, uint64_t size)
{
    if (offset >= elf->file.len || size == 0) {
        return (hm_bytes){ NULL, 0 };
    }
    uint64_t left = elf->file.len - offset;
    return hmi_slice(elf->file, (size_t)offset, (size_t)(size < left ? size : left));
}

static hmi_elf_section section_at(const hmi_elf *elf, uint64_t offset)
{
    hmi_cur cur = hmi_elf_cur(elf, clip(elf, offset, elf->wide ? 64 : 40));
    hmi_elf_section section = { .name_at = hmi_cur_u32(&cur), .type = hmi_cur_u32(&cur) };
    section.flags = hmi_elf_word(elf, &cur);
    section.address = hmi_elf_word(elf, &cur);
    section.offset = hmi_elf_word(elf, &cur);
    section.size = hmi_elf_word(elf, &cur);
    section.link = hmi_cur_u32(&cur);
    section.info = hmi_cur_u32(&cur);
    section.align = hmi_elf_word(elf, &cur);
    section.entry_size = hmi_elf_word(elf, &cur);
    return section;
}

static void extended_numbers(hmi_elf *elf)
{
    if (elf->shoff == 0 || (elf->shnum != 0 && elf->phnum != 0xffff && elf->shstrndx != 0xffff)) {
        return;
    }
    hmi_elf_section zero = section_at(elf, elf->shoff);
    elf->shnum = elf->shnum == 0 ? zero.size : elf->shnum;
    elf->phnum = elf->phnum == 0xffff ? zero.info : elf->phnum;
    elf->shstrndx = elf->shstrndx == 0xffff ? zero.link : elf->shstrndx;
}

/* How many entries of a table the file can hold; a note when that is fewer than named. */
static int table_count(hmi_elf *elf, const char *what, uint64_t offset, uint64_t named,
                       uint64_t entry_size, uint64_t max, size_t *ret_count, hm_err *err)
{
    uint64_t fits = offset < elf->file.len ? (elf->file.len - offset) / entry_size : 0;
    uint64_t count = named < fits ? named : fits;
    count = count < max ? count : max;
    if (count < named) {
        HMI_TRY(hmi_emit_note(elf->reading, HMI_NOTE_ODD, HM_OK, offset, err,
                              "%llu %s named, file holds %llu, %llu read",
                              (unsigned long long)named, what, (unsigned long long)fits,
                              (unsigned long long)count));
    }
    *ret_count = (size_t)count;
    return HM_OK;
}

static int sections_read(hmi_elf *elf, hm_err *err)
{
    uint64_t entry_size = elf->wide ? 64 : 40;
    if (elf->shoff == 0 || elf->shnum == 0) {
        return HM_OK;
    }
    if (elf->shentsize > entry_size) {
        entry_size = elf->shentsize;
    } else if (elf->shentsize < entry_size) {
        HMI_TRY(hmi_emit_note(elf->reading, HMI_NOTE_ODD, HM_OK, 0, err,
                              "section entries of %u bytes named, read as %llu", elf->shentsize,
                              (unsigned long long)entry_size));
    }
    HMI_TRY(table_count(elf, "sections", elf->shoff, elf->shnum, entry_size, HMI_ELF_SECTIONS_MAX,
                        &elf->section_count, err));
    elf->sections = hmi_new_array(elf->reading->arena, hmi_elf_section, elf->section_count);
    if (elf->sections == NULL) {
        elf->section_count = 0;
        return hmi_arena_fail(elf->reading->arena, err);
    }
    size_t outside = 0;
    uint64_t first_outside = 0;
    for (size_t i = 0; i < elf->section_count; i++) {
        hmi_elf_section *section = &elf->sections[i];
        *section = section_at(elf, elf->shoff + i * entry_size);
        if (section->type == 0 || section->type == SHT_NOBITS) {
            continue;
        }
        section->content = clip(elf, section->offset, section->size);
        if (section->content.len < section->size) {
            first_outside = outside++ == 0 ? elf->shoff + i * entry_size : first_outside;
        }
    }
    if (outside > 0) {
        HMI_TRY(hmi_emit_note(elf->reading, HMI_NOTE_DAMAGE, HM_E_TRUNCATED, first_outside, err,
                              "%zu sections reach behind the end of the file; kept what is there",
                              outside));
    }
    if (elf->shstrndx >= elf->section_count) {
        return HM_OK;
    }
    hm_bytes names = elf->sections[elf->shstrndx].content;
    for (size_t i = 0; i < elf->section_count; i++) {
        elf->sections[i].name = hmi_elf_name(elf, names, elf->sections[i].name_at);
    }
    return HM_OK;
}

static int segments_read(hmi_elf *elf, hm_err *err)
{
    uint64_t entry_size = elf->wide ? 56 : 32;
    if (elf->phoff == 0 || elf->phnum == 0) {
        return HM_OK;
    }
    entry_size = elf->phentsize > entry_size ? elf->phentsize : entry_size;
    HMI_TRY(table_count(elf, "segments", elf->phoff, elf->phnum, entry_size, HMI_ELF_SEGMENTS_MAX,
                        &elf->segment_count, err));
    elf->segments = hmi_new_array(elf->reading->arena, hmi_elf_segment, elf->segment_count);
    if (elf->segments == NULL) {
        elf->segment_count = 0;
        return hmi_arena_fail(elf->reading->arena, err);
    }
    for (size_t i = 0; i < elf->segment_count; i++) {
        uint64_t at = elf->phoff + i * entry_size;
        hmi_cur cur = hmi_elf_cur(elf, clip(elf, at, entry_size));
        hmi_elf_segment *segment = &elf->segments[i];
        segment->type = hmi_cur_u32(&cur);
        segment->flags = elf->wide ? hmi_cur_u32(&cur) : 0;
        segment->offset = hmi_elf_word(elf, &cur);
        segment->address = hmi_elf_word(elf, &cur);
        (void)hmi_elf_word(elf, &cur); /* physical address */
        segment->file_size = hmi_elf_word(elf, &cur);
        segment->size = hmi_elf_word(elf, &cur);
        segment->flags = elf->wide ? segment->flags : hmi_cur_u32(&cur);
        segment->align = hmi_elf_word(elf, &cur);
        segment->content = clip(elf, segment->offset, segment->file_size);
        if (segment->type == PT_LOAD && segment->content.len < segment->file_size) {
            HMI_TRY(hmi_emit_note(elf->reading, HMI_NOTE_DAMAGE, HM_E_TRUNCATED, at, err,
                                  "segment %zu names %llu bytes at %llu, file holds %zu", i,
                                  (unsigned long long)segment->file_size,
                                  (unsigned long long)segment->offset, segment->content.len));
        }
    }
    return HM_OK;
}

hm_bytes hmi_elf_at(const hmi_elf *elf, uint64_t address, uint64_t len)
{
    for (size_t i = 0; i < elf->segment_count; i++) {
        const hmi_elf_segment *segment = &elf->segments[i];
        if (segment->type == PT_LOAD && address >= segment->address &&
            address - segment->address < segment->content.len) {
            uint64_t skip = address - segment->address;
            uint64_t left = segment->content.len - skip;
            return hmi_slice(segment->content, (size_t)skip, (size_t)(len < left ? len : left));
        }
    }
    return (hm_bytes){ NULL, 0 };
}

const hmi_elf_section *hmi_elf_section_named(const hmi_elf *elf, const char *name)
{
    for (size_t i = 0; i < elf->section_count; i++) {
        if (hmi_text_is(elf->sections[i].name, name)) {
            return &elf->sections[i];
        }
    }
    return NULL;
}

hm_text hmi_elf_name(const hmi_elf *elf, hm_bytes strings, uint64_t at)
{
    if (at >= strings.len) {
        return HM_TEXT("");
    }
    return hmi_program_name_within(elf->reading->arena, hmi_slice(strings, (size_t)at, strings.len),
                                   elf->unclean_left);
}

int hmi_elf_add_start(hmi_elf *elf, uint64_t address, hm_err *err)
{
    hmi_image *image = &elf->image;
    if (address == 0 || address == UINT64_MAX || image->start_count >= HMI_ELF_STARTS_MAX) {
        return HM_OK;
    }
    uint64_t *grown = hmi_arena_grow(elf->reading->arena, image->starts, image->start_count,
                                     &elf->start_capacity, sizeof *grown);
    if (grown == NULL) {
        return hmi_arena_fail(elf->reading->arena, err);
    }
    image->starts = grown;
    image->starts[image->start_count++] = address;
    return HM_OK;
}

/* Tables of names and numbers hold no strings of their own. */
static size_t skip_ranges(const hmi_elf *elf, hmi_scan_range *skip)
{
    size_t count = 0;
    for (size_t i = 0; i < elf->section_count && count < HMI_PROGRAM_SKIPS_MAX; i++) {
        const hmi_elf_section *section = &elf->sections[i];
        bool table = section->type == SHT_STRTAB || section->type == SHT_SYMTAB ||
                     section->type == SHT_DYNSYM || section->type == SHT_REL ||
                     section->type == SHT_RELA ||
                     hmi_starts_with(hmi_text_bytes(section->name), HM_BYTES(".eh_frame")) ||
                     hmi_starts_with(hmi_text_bytes(section->name), HM_BYTES(".debug_")) ||
                     hmi_starts_with(hmi_text_bytes(section->name), HM_BYTES(".gnu")) ||
                     hmi_text_is(section->name, ".comment");
        if (table && section->content.len > 0) {
            skip[count++] = (hmi_scan_range){ section->offset, section->content.len };
        }
    }
    const hmi_elf_dynamic *dynamic = &elf->dynamic;
    if (elf->section_count == 0 && dynamic->strings.len > 0) {
        skip[count++] = (hmi_scan_range){ (uint64_t)(dynamic->strings.ptr - elf->file.ptr),
                                          dynamic->strings.len };
    }
    return count;
}

static int elf_read(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    hmi_elf *elf = hmi_new(reading->arena, hmi_elf);
    hmi_scan_range *skip = hmi_new_array(reading->arena, hmi_scan_range, HMI_PROGRAM_SKIPS_MAX + 1);
    uint32_t *unclean_left = hmi_new(reading->arena, uint32_t);
    if (elf == NULL || skip == NULL || unclean_left == NULL) {
        return hmi_arena_fail(reading->arena, err);
    }
    *unclean_left = HMI_PROGRAM_UNCLEAN_MAX;
    elf->unclean_left = unclean_left;
    elf->reading = reading;
    elf->file = file;
    HMI_TRY(head_read(elf, err));
    extended_numbers(elf);
    HMI_TRY(segments_read(elf, err));
    HMI_TRY(sections_read(elf, err));
    hmi_elf_place_object(elf);
    HMI_TRY(hmi_elf_dynamic_read(elf, err));
    HMI_TRY(hmi_elf_symbols_read(elf, err));
    HMI_TRY(hmi_elf_relocations_read(elf, err));
    HMI_TRY(hmi_elf_image_read(elf, err));
    if (!reading->functions) {
        HMI_TRY(hmi_elf_traits_emit(elf, err));
        HMI_TRY(hmi_scan_strings(reading, file, skip, skip_ranges(elf, skip), err));
        HMI_TRY(hmi_program_emit_marks(reading, file, err));
    }
    return hmi_code_read(reading, &elf->image, err);
}

const hmi_reader hmi_reader_elf = {
    .name = "elf",
    .summary = "ELF programs, libraries, object files and kernel modules",
    .version = 3,
    .detect = detect,
    .read = elf_read,
    .edited = true,
};
