/* SPDX-License-Identifier: Apache-2.0
 *
 * pe.c - PE: headers, sections, and the order of the reading.
 *
 * WHY    Windows programs are most of what incidents leave behind.
 * FORM   0: 'M' 'Z'  60: offset of "PE\0\0"; then the COFF header (machine, sections, time, symbol
 *        table, symbol count, optional header's size, characteristics), the optional header
 *        (0x10b: 32 bits, 0x20b: 64 bits) with up to 16 directories (rva, size), the section table
 *        (40 bytes each). The loader rounds file offsets of sections down to 512.
 * TRUST  All offsets and counts are hostile. Sections are cut to HMI_PE_SECTIONS_MAX and to what
 *        the file holds; every rva is looked up in clipped sections.
 * OWNS   Nothing; memory is the reading's arena.
 */
#include "formats/program/pe.h"

#include "code/code.h"

static int detect(hm_bytes file, hm_bytes name)
{
    (void)name;
    if (!hmi_starts_with(file, HM_BYTES("MZ"))) {
        return 0;
    }
    hmi_cur cur = hmi_cur_over(file);
    hmi_cur_skip(&cur, 60);
    hmi_cur_seek(&cur, hmi_cur_u32(&cur));
    return hmi_cur_match(&cur, HM_BYTES("PE\0\0")) ? 100 : 0;
}

static int optional_read(hmi_pe *pe, hmi_cur *cur, hm_err *err)
{
    uint16_t magic = hmi_cur_u16(cur);
    if (!cur->bad && magic != 0x10b && magic != 0x20b) {
        return hmi_fail(err, HM_E_UNSUPPORTED, pe->head + 24, "optional header of kind 0x%x",
                        magic);
    }
    pe->wide = magic == 0x20b;
    pe->linker_major = hmi_cur_u8(cur);
    pe->linker_minor = hmi_cur_u8(cur);
    hmi_cur_skip(cur, 12); /* sizes of code and data */
    pe->entry = hmi_cur_u32(cur);
    hmi_cur_skip(cur, pe->wide ? 4 : 8);
    pe->base = hmi_cur_uint(cur, pe->wide ? 8 : 4);
    pe->section_align = hmi_cur_u32(cur);
    pe->file_align = hmi_cur_u32(cur);
    hmi_cur_skip(cur, 16); /* versions */
    pe->image_size = hmi_cur_u32(cur);
    pe->headers_size = hmi_cur_u32(cur);
    pe->checksum_at = (uint32_t)cur->pos;
    pe->checksum = hmi_cur_u32(cur);
    pe->subsystem = hmi_cur_u16(cur);
    hmi_cur_skip(cur, 2u + 4u * (pe->wide ? 8u : 4u) + 4u);
    uint32_t count = hmi_cur_u32(cur);
    pe->security_at = (uint32_t)cur->pos + HMI_PE_DIR_SECURITY * 8;
    if (cur->bad) {
        return hmi_fail(err, HM_E_TRUNCATED, cur->bad_at, "PE header cut short");
    }
    for (uint32_t i = 0; i < count && i < HMI_PE_DIR_COUNT; i++) {
        pe->dirs[i].rva = hmi_cur_u32(cur);
        pe->dirs[i].size = hmi_cur_u32(cur);
    }
    cur->bad = false; /* directories may be cut: those are zero */
    return HM_OK;
}

static int head_read(hmi_pe *pe, hm_err *err)
{
    hmi_cur cur = hmi_cur_over(pe->file);
    if (!hmi_cur_match(&cur, HM_BYTES("MZ"))) {
        return hmi_fail(err, HM_E_MALFORMED, 0, "no MZ magic");
    }
    hmi_cur_skip(&cur, 58);
    pe->head = hmi_cur_u32(&cur);
    hmi_cur_seek(&cur, pe->head);
    if (cur.bad) {
        return hmi_fail(err, HM_E_TRUNCATED, 60, "PE header lies behind the end of the file");
    }
    if (!hmi_cur_match(&cur, HM_BYTES("PE\0\0"))) {
        return hmi_fail(err, cur.bad ? HM_E_TRUNCATED : HM_E_MALFORMED, pe->head,
                        "no PE magic where the header names it");
    }
    pe->machine = hmi_cur_u16(&cur);
    pe->named_sections = hmi_cur_u16(&cur);
    pe->time = hmi_cur_u32(&cur);
    pe->symbol_table = hmi_cur_u32(&cur);
    pe->symbol_count = hmi_cur_u32(&cur);
    pe->optional_size = hmi_cur_u16(&cur);
    pe->characteristics = hmi_cur_u16(&cur);
    return optional_read(pe, &cur, err);
}

static hm_bytes clip(const hmi_pe *pe, uint32_t offset, uint32_t size)
{
    return hmi_slice(pe->file, offset, size);
}

/* "/123" names a place in the string table behind the COFF symbols. */
static hm_text section_name(const hmi_pe *pe, hm_bytes raw)
{
    hm_text name = hmi_program_name(pe->reading->arena, raw);
    if (name.len < 2 || name.ptr[0] != '/') {
        return name;
    }
    uint64_t at = 0;
    for (size_t i = 1; i < name.len; i++) {
        if (!hmi_ascii_digit(name.ptr[i])) {
            return name;
        }
        at = at * 10 + (uint64_t)(name.ptr[i] - '0');
    }
    uint64_t place = (uint64_t)pe->symbol_table + (uint64_t)pe->symbol_count * 18 + at;
    if (pe->symbol_table == 0 || place >= pe->file.len) {
        return name;
    }
    hm_text longer =
        hmi_program_name(pe->reading->arena, hmi_slice(pe->file, (size_t)place, pe->file.len));
    return longer.len > 0 ? longer : name;
}

static int sections_read(hmi_pe *pe, hm_err *err)
{
    uint64_t table = (uint64_t)pe->head + 24 + pe->optional_size;
    uint64_t fits = table < pe->file.len ? (pe->file.len - table) / 40 : 0;
    size_t count = (size_t)(pe->named_sections < fits ? pe->named_sections : fits);
    count = hmi_min(count, HMI_PE_SECTIONS_MAX);
    if (count < pe->named_sections) {
        HMI_TRY(hmi_emit_note(pe->reading, HMI_NOTE_ODD, HM_OK, pe->head + 6, err,
                              "%u sections named, file holds %llu, %zu read", pe->named_sections,
                              (unsigned long long)fits, count));
    }
    pe->sections = hmi_new_array(pe->reading->arena, hmi_pe_section, count);
    if (pe->sections == NULL) {
        return hmi_arena_fail(pe->reading->arena, err);
    }
    size_t outside = 0;
    for (size_t i = 0; i < count; i++) {
        hmi_cur cur = hmi_cur_over(hmi_slice(pe->file, (size_t)table + i * 40, 40));
        hmi_pe_section *section = &pe->sections[i];
        hm_bytes raw = hmi_cur_bytes(&cur, 8);
        section->size = hmi_cur_u32(&cur);
        section->address = hmi_cur_u32(&cur);
        uint32_t raw_size = hmi_cur_u32(&cur);
        section->offset = hmi_cur_u32(&cur);
        hmi_cur_skip(&cur, 12);
        section->flags = hmi_cur_u32(&cur);
        section->offset -= pe->file_align >= 512 ? section->offset % 512 : 0;
        section->size = section->size == 0 ? raw_size : section->size;
        section->content = clip(pe, section->offset, raw_size);
        section->name = section_name(pe, raw);
        outside += section->content.len < raw_size;
    }
    pe->section_count = count;
    if (outside > 0) {
        return hmi_emit_note(pe->reading, HMI_NOTE_DAMAGE, HM_E_TRUNCATED, table, err,
                             "%zu sections reach behind the end of the file; kept what is there",
                             outside);
    }
    return HM_OK;
}

static bool section_holds(const hmi_pe_section *section, uint32_t rva)
{
    return rva >= section->address && rva - section->address < section->content.len;
}

hm_bytes hmi_pe_at(hmi_pe *pe, uint32_t rva)
{
    for (size_t i = 0; i <= pe->section_count; i++) {
        size_t at = i == 0 ? pe->last_section : i - 1;
        if (at < pe->section_count && section_holds(&pe->sections[at], rva)) {
            pe->last_section = at;
            const hmi_pe_section *section = &pe->sections[at];
            return hmi_slice(section->content, rva - section->address, section->content.len);
        }
    }
    return rva < pe->headers_size ? hmi_slice(pe->file, rva, pe->headers_size - rva)
                                  : (hm_bytes){ NULL, 0 };
}

uint64_t hmi_pe_offset(const hmi_pe *pe, hm_bytes part)
{
    return part.ptr == NULL ? HM_OFFSET_NONE : (uint64_t)(part.ptr - pe->file.ptr);
}

/* Tables of names come one name after another, often backwards: neighbours become one range. */
static bool join_range(hmi_scan_range *range, uint64_t offset, uint64_t end)
{
    enum { APART_MAX = 16 };
    uint64_t range_end = range->offset + range->size;
    if (offset > range_end + APART_MAX || end + APART_MAX < range->offset) {
        return false;
    }
    uint64_t begin = offset < range->offset ? offset : range->offset;
    range->size = (end > range_end ? end : range_end) - begin;
    range->offset = begin;
    return true;
}

void hmi_pe_skip(hmi_pe *pe, hm_bytes part)
{
    uint64_t offset = hmi_pe_offset(pe, part);
    if (part.len == 0) {
        return;
    }
    for (size_t i = pe->skip_count; i-- > 0;) {
        if (join_range(&pe->skips[i], offset, offset + part.len)) {
            return;
        }
    }
    if (pe->skip_count < HMI_COUNT(pe->skips)) {
        pe->skips[pe->skip_count++] = (hmi_scan_range){ offset, part.len };
    }
}

hm_text hmi_pe_name(hmi_pe *pe, uint32_t rva)
{
    hm_bytes at = hmi_pe_at(pe, rva);
    hm_text name = hmi_program_name_within(pe->reading->arena, at, &pe->unclean_left);
    hmi_pe_skip(pe, hmi_slice(at, 0, name.len)); /* a name in a table is no string of its own */
    return name;
}

hm_text hmi_pe_lower(hmi_arena *arena, hm_text text)
{
    char *copy = hmi_arena_take(arena, text.len, 1);
    for (size_t i = 0; copy != NULL && i < text.len; i++) {
        copy[i] = hmi_ascii_lower(text.ptr[i]);
    }
    return copy == NULL ? (hm_text){ NULL, 0 } : hmi_text(copy, text.len);
}

static int emit_facts(hmi_pe *pe, hm_err *err)
{
    hmi_reading *reading = pe->reading;
    const char *machine = hmi_machine_name(pe->image.machine);
    HMI_TRY(hmi_emit_fact(reading, "machine", hmi_text_of(machine), err));
    HMI_TRY(hmi_program_fact_uint(reading, "bits", pe->image.bits, err));
    bool library = (pe->characteristics & 0x2000) != 0;
    HMI_TRY(hmi_emit_fact(reading, "pe-type", hmi_text_of(library ? "library" : "program"), err));
    HMI_TRY(hmi_program_fact_uint(reading, "subsystem", pe->subsystem, err));
    HMI_TRY(hmi_program_fact_uint(reading, "sections", pe->section_count, err));
    hm_text linker =
        hmi_arena_printf(reading->arena, "%u.%02u", pe->linker_major, pe->linker_minor);
    return linker.ptr == NULL ? hmi_arena_fail(reading->arena, err)
                              : hmi_emit_fact(reading, "linker", linker, err);
}

static int emit_section_names(hmi_pe *pe, hm_err *err)
{
    hm_text joined = HM_TEXT("");
    for (size_t i = 0; i < pe->section_count && joined.len < HMI_PROGRAM_NAME_MAX; i++) {
        joined = hmi_arena_printf(pe->reading->arena, "%.*s%s%.*s", HMI_FMT(joined),
                                  i > 0 ? "," : "", HMI_FMT(pe->sections[i].name));
        if (joined.ptr == NULL) {
            return hmi_arena_fail(pe->reading->arena, err);
        }
    }
    return hmi_emit(pe->reading, HMI_SECTION_NAMES, HMI_ROLE_CONTENT, joined,
                    (uint64_t)pe->head + 24 + pe->optional_size, err);
}

enum { EXECUTE = 0x20000000, WRITE = (int)0x80000000 };

static int emit_sections(hmi_pe *pe, hm_err *err)
{
    const char *packer = NULL;
    size_t write_execute = 0;
    for (size_t i = 0; i < pe->section_count; i++) {
        const hmi_pe_section *section = &pe->sections[i];
        packer = packer == NULL ? hmi_program_packer_of(section->name) : packer;
        write_execute += (section->flags & EXECUTE) && (section->flags & (uint32_t)WRITE);
        if (!hmi_text_is(section->name, ".reloc")) {
            HMI_TRY(hmi_program_emit_hash(pe->reading, &pe->budget, HMI_SECTION_HASH,
                                          section->content, section->offset, err));
        }
    }
    /* UPX under other names: nothing in the file, room in memory, both writable and executable */
    const hmi_pe_section *first = pe->sections;
    if (packer == NULL && pe->section_count >= 2 && first->content.len == 0 &&
        first->size >= 0x1000 && (first[0].flags & EXECUTE) && (first[0].flags & (uint32_t)WRITE) &&
        section_holds(&first[1], pe->entry)) {
        packer = "upx-like";
    }
    if (packer != NULL) {
        HMI_TRY(hmi_emit(pe->reading, HMI_PACKER, HMI_ROLE_CONTENT, hmi_text_of(packer), pe->head,
                         err));
        HMI_TRY(hmi_emit_note(pe->reading, HMI_NOTE_INFO, HM_OK, pe->head, err,
                              "packed with %s: its code is the unpacker's", packer));
    }
    if (write_execute > 0) {
        HMI_TRY(hmi_emit_note(pe->reading, HMI_NOTE_ODD, HM_OK, pe->head, err,
                              "%zu sections are writable and executable", write_execute));
    }
    return HM_OK;
}

static int emit_overlay(hmi_pe *pe, hm_err *err)
{
    uint64_t end = (uint64_t)pe->head + 24 + pe->optional_size + pe->section_count * 40;
    for (size_t i = 0; i < pe->section_count; i++) {
        uint64_t stop = (uint64_t)pe->sections[i].offset + pe->sections[i].content.len;
        end = pe->sections[i].content.len > 0 && stop > end ? stop : end;
    }
    if (pe->symbol_table != 0) { /* symbols, then a string table that begins with its size */
        uint64_t strings = (uint64_t)pe->symbol_table + (uint64_t)pe->symbol_count * 18;
        hmi_cur cur = hmi_cur_over(pe->file);
        hmi_cur_seek(&cur, strings);
        uint32_t size = hmi_cur_u32(&cur);
        end = !cur.bad && strings + size > end ? strings + size : end;
    }
    const hmi_pe_directory *security = &pe->dirs[HMI_PE_DIR_SECURITY];
    uint64_t signed_end = (uint64_t)security->rva + security->size;
    if (security->size > 0 && security->rva >= end && security->rva - end < 8) {
        end = signed_end;
    } else if (security->size > 0 && security->rva > end && signed_end >= pe->file.len &&
               security->rva < pe->file.len) {
        return hmi_program_emit_overlay(pe->reading, hmi_slice(pe->file, 0, security->rva), end,
                                        err);
    }
    return hmi_program_emit_overlay(pe->reading, pe->file, end, err);
}

static int emit_traits(hmi_pe *pe, hm_err *err)
{
    HMI_TRY(emit_facts(pe, err));
    HMI_TRY(emit_section_names(pe, err));
    HMI_TRY(emit_sections(pe, err));
    HMI_TRY(hmi_pe_debug_read(pe, err)); /* says whether times are times */
    HMI_TRY(hmi_pe_time(pe, "header", pe->time, pe->head + 8, err));
    HMI_TRY(hmi_pe_rich_read(pe, err));
    HMI_TRY(hmi_pe_imports_read(pe, err));
    HMI_TRY(hmi_pe_exports_read(pe, err));
    HMI_TRY(hmi_pe_resources_read(pe, err));
    HMI_TRY(hmi_pe_dotnet_read(pe, err));
    HMI_TRY(hmi_pe_signature_read(pe, err));
    return emit_overlay(pe, err);
}

static int pe_read(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    hmi_pe *pe = hmi_new(reading->arena, hmi_pe);
    if (pe == NULL) {
        return hmi_arena_fail(reading->arena, err);
    }
    pe->reading = reading;
    pe->file = file;
    pe->budget = hmi_program_budget_of(file);
    pe->unclean_left = HMI_PROGRAM_UNCLEAN_MAX;
    HMI_TRY(head_read(pe, err));
    HMI_TRY(sections_read(pe, err));
    HMI_TRY(hmi_pe_image_read(pe, err));
    if (reading->functions) {
        HMI_TRY(hmi_pe_imports_read(pe, err));
        HMI_TRY(hmi_pe_exports_read(pe, err));
    } else {
        HMI_TRY(emit_traits(pe, err));
    }
    HMI_TRY(hmi_pe_symbols_read(pe, err));
    HMI_TRY(hmi_pe_relocations_read(pe, err));
    HMI_TRY(hmi_program_image_order(reading->arena, &pe->image, err));
    if (reading->functions) {
        return hmi_code_read(reading, &pe->image, err);
    }
    HMI_TRY(hmi_program_emit_marks(reading, file, err));
    /* the stub's sentence and the section names are in every program */
    uint64_t headers = (uint64_t)pe->head + 24 + pe->optional_size + pe->section_count * 40;
    hmi_pe_skip(pe, hmi_slice(file, 0, (size_t)headers));
    HMI_TRY(hmi_scan_strings(reading, file, pe->skips, pe->skip_count, err));
    return hmi_code_read(reading, &pe->image, err);
}

const hmi_reader hmi_reader_pe = {
    .name = "pe",
    .summary = "Windows programs, libraries and drivers",
    .version = 3,
    .detect = detect,
    .read = pe_read,
    .edited = true,
};
