/* SPDX-License-Identifier: Apache-2.0
 *
 * macho.c - Mach-O programs of macOS and iOS: header, load commands, symbols, the image.
 *
 * WHY    What runs on a Mac is one of these, or several in one fat file.
 * FORM   feedface (32 bits) or feedfacf (64), in either byte order; machine, sub-kind, type, number
 *        and size of load commands, flags, all u32. A command: kind u32, size u32. 1, 19: segment
 *        with its sections; 2: symbols; b: indirect symbols; c, 18, 1f: libraries; 1b: UUID; 1d:
 *        signature; 24, 32: platform and SDK; 26: where functions begin (uleb steps from the base);
 *        28: entry. Fat: cafebabe, count, then machine, sub-kind, offset, size, align, big-endian;
 *        each program goes on as evidence of its own. Java's classes have the same magic, and a
 *        version where the count is: more than thirty.
 * TRUST  Counts and offsets are an attacker's: content is clipped when it is stored, commands end
 *        where their table ends.
 * OWNS   Nothing; memory is the reading's arena.
 */
#include "formats/program/macho.h"

#include "code/code.h"
#include "formats/parts.h"

enum { N_STAB = 0xe0, N_TYPE = 0x0e, N_SECT = 0x0e, N_EXT = 1 };

static uint32_t fat_count(hm_bytes file)
{
    hmi_cur cur = hmi_cur_over(file);
    cur.big = true;
    uint32_t magic = hmi_cur_u32(&cur), count = hmi_cur_u32(&cur);
    bool fat = magic == 0xcafebabe || magic == 0xcafebabf;
    return !cur.bad && fat && count > 0 && count <= HMI_MACHO_SLICES_MAX ? count : 0;
}

static bool is_thin(hm_bytes file)
{
    static const hm_text MAGICS[] = { HM_TEXT_INIT("\xfe\xed\xfa\xce"),
                                      HM_TEXT_INIT("\xfe\xed\xfa\xcf"),
                                      HM_TEXT_INIT("\xce\xfa\xed\xfe"),
                                      HM_TEXT_INIT("\xcf\xfa\xed\xfe") };
    for (size_t i = 0; i < HMI_COUNT(MAGICS); i++) {
        if (hmi_starts_with(file, hmi_text_bytes(MAGICS[i]))) {
            return true;
        }
    }
    return false;
}

static int detect(hm_bytes file, hm_bytes name)
{
    (void)name;
    return is_thin(file) ? 95 : fat_count(file) > 0 ? 90 : 0;
}

hm_bytes hmi_macho_clip(const hmi_macho *m, uint64_t offset, uint64_t size)
{
    return offset >= m->file.len ? (hm_bytes){ NULL, 0 }
                                 : hmi_slice(m->file, (size_t)offset,
                                             (size_t)(size < m->file.len ? size : m->file.len));
}

static uint64_t word(const hmi_macho *m, hmi_cur *cur)
{
    return hmi_cur_uint(cur, m->wide ? 8 : 4);
}

static hmi_machine machine_of(uint32_t type)
{
    switch (type) {
    case 7:
        return HMI_MACHINE_X86;
    case 0x01000007:
        return HMI_MACHINE_X86_64;
    case 12:
        return HMI_MACHINE_ARM;
    case 0x0100000c:
        return HMI_MACHINE_AARCH64;
    case 18:
        return HMI_MACHINE_PPC;
    case 0x01000012:
        return HMI_MACHINE_PPC64;
    default:
        return HMI_MACHINE_OTHER;
    }
}

/* ---- Load commands */

static int read_segment(hmi_macho *m, hmi_cur *cur, hm_err *err)
{
    hm_text name = hmi_program_name(m->reading->arena, hmi_cur_bytes(cur, 16));
    uint64_t address = word(m, cur);
    (void)word(m, cur);
    (void)word(m, cur);
    (void)word(m, cur);
    hmi_cur_skip(cur, 4);
    uint32_t protection = hmi_cur_u32(cur), count = hmi_cur_u32(cur);
    hmi_cur_skip(cur, 4);
    if (hmi_text_is(name, "__TEXT") && !cur->bad) {
        m->base = address;
    }
    for (uint32_t i = 0; i < count && m->section_count < HMI_MACHO_SECTIONS_MAX; i++) {
        hmi_macho_section section = { .protection = protection };
        section.name = hmi_program_name(m->reading->arena, hmi_cur_bytes(cur, 16));
        hmi_cur_skip(cur, 16);
        section.address = word(m, cur);
        section.size = word(m, cur);
        section.offset = hmi_cur_u32(cur);
        hmi_cur_skip(cur, 12);
        section.flags = hmi_cur_u32(cur);
        section.first_indirect = hmi_cur_u32(cur);
        hmi_cur_skip(cur, m->wide ? 8 : 4);
        if (cur->bad) {
            break;
        }
        if (section.name.ptr == NULL) {
            return hmi_arena_fail(m->reading->arena, err);
        }
        bool zeros = (section.flags & 255) == 1 || (section.flags & 255) == 12;
        section.content = zeros || section.offset == 0
                              ? (hm_bytes){ NULL, 0 }
                              : hmi_macho_clip(m, section.offset, section.size);
        m->sections[m->section_count++] = section;
    }
    return HM_OK;
}

static int read_command(hmi_macho *m, uint32_t kind, hm_bytes command, hm_err *err)
{
    hmi_cur cur = { .over = command, .big = m->big };
    hmi_cur_skip(&cur, 8);
    switch (kind & 0x7fffffff) {
    case 0x01:
    case 0x19:
        return read_segment(m, &cur, err);
    case 0x02:
        m->symbols_at = hmi_cur_u32(&cur);
        m->symbols_named = hmi_cur_u32(&cur);
        m->strings_at = hmi_cur_u32(&cur);
        m->strings_size = hmi_cur_u32(&cur);
        break;
    case 0x0b:
        hmi_cur_skip(&cur, 48);
        m->indirect_at = hmi_cur_u32(&cur);
        m->indirect_count = hmi_cur_u32(&cur);
        break;
    case 0x0c:
    case 0x18:
    case 0x1f: {
        uint32_t at = hmi_cur_u32(&cur);
        hm_text name = hmi_program_name(m->reading->arena, hmi_slice(command, at, command.len));
        if (m->dylib_count < HMI_MACHO_DYLIBS_MAX && name.len > 0) {
            m->dylibs[m->dylib_count++] = name;
        }
        break;
    }
    case 0x1b:
        m->uuid = hmi_slice(command, 8, 16);
        break;
    case 0x1d:
    case 0x26: {
        uint32_t at = hmi_cur_u32(&cur), size = hmi_cur_u32(&cur);
        *((kind & 255) == 0x1d ? &m->signature : &m->starts) = hmi_macho_clip(m, at, size);
        break;
    }
    case 0x21:
    case 0x2c:
        hmi_cur_skip(&cur, 8);
        m->encrypted |= hmi_cur_u32(&cur) != 0;
        break;
    case 0x24:
        m->minimum = hmi_cur_u32(&cur);
        m->sdk = hmi_cur_u32(&cur);
        m->platform = 1;
        break;
    case 0x32:
        m->platform = hmi_cur_u32(&cur);
        m->minimum = hmi_cur_u32(&cur);
        m->sdk = hmi_cur_u32(&cur);
        break;
    case 0x28:
        m->entry_offset = hmi_cur_u64(&cur);
        break;
    default:
        break;
    }
    return HM_OK;
}

static int read_commands(hmi_macho *m, uint32_t count, size_t at, hm_err *err)
{
    for (uint32_t i = 0; i < count && i < HMI_MACHO_COMMANDS_MAX; i++) {
        hmi_cur cur = { .over = hmi_slice(m->file, at, 8), .big = m->big };
        uint32_t kind = hmi_cur_u32(&cur), size = hmi_cur_u32(&cur);
        if (cur.bad || size < 8) {
            return hmi_emit_note(m->reading, HMI_NOTE_DAMAGE, HM_E_TRUNCATED,
                                 hmi_min(at, m->file.len), err,
                                 "%u load commands named, only %u can be read", count, i);
        }
        HMI_TRY(read_command(m, kind, hmi_slice(m->file, at, size), err));
        at += size;
    }
    return HM_OK;
}

/* ---- Symbols and the image */

static int read_symbols(hmi_macho *m, hm_err *err)
{
    size_t entry = m->wide ? 16 : 12;
    hm_bytes table = hmi_macho_clip(m, m->symbols_at, (uint64_t)m->symbols_named * entry);
    hm_bytes strings = hmi_macho_clip(m, m->strings_at, m->strings_size);
    size_t count = hmi_min(table.len / entry, HMI_MACHO_SYMBOLS_MAX);
    m->symbols = hmi_new_array(m->reading->arena, hmi_macho_symbol, count);
    m->image.symbols = hmi_new_array(m->reading->arena, hmi_symbol, count);
    if (m->symbols == NULL || m->image.symbols == NULL) {
        return hmi_arena_fail(m->reading->arena, err);
    }
    hmi_cur cur = { .over = table, .big = m->big };
    for (size_t i = 0; i < count; i++) {
        hmi_macho_symbol *symbol = &m->symbols[m->symbol_count++];
        uint32_t at = hmi_cur_u32(&cur);
        symbol->type = hmi_cur_u8(&cur);
        uint8_t section = hmi_cur_u8(&cur);
        hmi_cur_skip(&cur, 2);
        symbol->value = word(m, &cur);
        symbol->name = hmi_program_name_within(
            m->reading->arena, hmi_slice(strings, at, strings.len), &m->unclean_left);
        bool defined = (symbol->type & N_STAB) == 0 && (symbol->type & N_TYPE) == N_SECT;
        if (defined && section > 0 && section <= m->section_count) {
            bool code = (m->sections[section - 1].flags & 0x80000400) != 0;
            m->image.symbols[m->image.symbol_count++] =
                (hmi_symbol){ .address = symbol->value,
                              .name = symbol->name,
                              .kind = code ? HMI_SYMBOL_FUNCTION : HMI_SYMBOL_OBJECT,
                              .exported = (symbol->type & N_EXT) != 0 };
        }
    }
    return HM_OK;
}

/* Sections of pointers: each slot's symbol is named by the table of indirect symbols. */
static int read_imports(hmi_macho *m, hm_err *err)
{
    hmi_image *image = &m->image;
    size_t width = m->wide ? 8 : 4, capacity = 0, looked = 0;
    hm_bytes table = hmi_macho_clip(m, m->indirect_at, (uint64_t)m->indirect_count * 4);
    for (size_t i = 0; i < m->section_count; i++) {
        const hmi_macho_section *section = &m->sections[i];
        uint32_t kind = section->flags & 255;
        if (kind != 6 && kind != 7) {
            continue;
        }
        /* Sections may share one table, and most of it may name nothing: looks are counted. */
        for (uint64_t k = 0; k < section->size / width && looked < HMI_MACHO_SLOTS_MAX;
             k++, looked++) {
            hmi_cur cur = { .over = hmi_slice(table, ((size_t)section->first_indirect + k) * 4, 4),
                            .big = m->big };
            uint32_t number = hmi_cur_u32(&cur);
            if (cur.bad) {
                break;
            }
            if (number >= m->symbol_count) {
                continue;
            }
            hmi_import *grown = hmi_arena_grow(m->reading->arena, image->imports,
                                               image->import_count, &capacity, sizeof *grown);
            if (grown == NULL) {
                return hmi_arena_fail(m->reading->arena, err);
            }
            image->imports = grown;
            image->imports[image->import_count++] =
                (hmi_import){ .slot = section->address + k * width,
                              .library = HM_TEXT(""),
                              .name = m->symbols[number].name };
        }
    }
    return HM_OK;
}

static int read_starts(hmi_macho *m, hm_err *err)
{
    hmi_image *image = &m->image;
    hmi_cur cur = hmi_cur_over(m->starts);
    size_t room = hmi_min(m->starts.len, HMI_MACHO_STARTS_MAX);
    image->starts = hmi_new_array(m->reading->arena, uint64_t, room);
    if (image->starts == NULL) {
        return hmi_arena_fail(m->reading->arena, err);
    }
    for (uint64_t at = m->base; image->start_count < room && hmi_cur_left(&cur) > 0;) {
        uint64_t step = hmi_cur_uleb(&cur);
        if (cur.bad || step == 0) {
            break;
        }
        at += step;
        image->starts[image->start_count++] = at;
    }
    return HM_OK;
}

static int read_image(hmi_macho *m, hm_err *err)
{
    hmi_image *image = &m->image;
    image->machine = machine_of(m->machine);
    image->bits = m->wide ? 64 : 32;
    image->big = m->big;
    image->base = m->base;
    image->entry = m->entry_offset > 0 ? m->base + m->entry_offset : 0;
    image->segments = hmi_new_array(m->reading->arena, hmi_segment, m->section_count);
    if (image->segments == NULL) {
        return hmi_arena_fail(m->reading->arena, err);
    }
    for (size_t i = 0; i < m->section_count; i++) {
        const hmi_macho_section *section = &m->sections[i];
        if (section->size == 0) {
            continue;
        }
        image->segments[image->segment_count++] =
            (hmi_segment){ .address = section->address,
                           .size = section->size,
                           .content = section->content,
                           .offset = section->offset,
                           .read = true,
                           .write = (section->protection & 2) != 0,
                           .execute = (section->flags & 0x80000400) != 0,
                           .name = section->name };
        if (hmi_text_is(section->name, "__eh_frame")) {
            image->eh_frame = section->content;
            image->eh_frame_address = section->address;
        }
    }
    HMI_TRY(read_symbols(m, err));
    HMI_TRY(read_imports(m, err));
    HMI_TRY(read_starts(m, err));
    return hmi_program_image_order(m->reading->arena, image, err);
}

/* ---- The reader */

static int read_fat(hmi_reading *reading, hm_bytes file, uint32_t count, hm_err *err)
{
    hmi_parts parts = hmi_parts_begin(reading, file);
    hmi_cur cur = hmi_cur_over(file);
    cur.big = true;
    bool wide = hmi_cur_u32(&cur) == 0xcafebabf;
    hmi_cur_skip(&cur, 4);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t machine = hmi_cur_u32(&cur);
        hmi_cur_skip(&cur, 4);
        uint64_t offset = hmi_cur_uint(&cur, wide ? 8 : 4), size = hmi_cur_uint(&cur, wide ? 8 : 4);
        hmi_cur_skip(&cur, wide ? 8 : 4);
        if (cur.bad || offset >= file.len || offset < 8) {
            return hmi_emit_note(reading, HMI_NOTE_DAMAGE, HM_E_TRUNCATED,
                                 hmi_min(cur.pos, file.len), err,
                                 "program %u of %u does not lie in the file", i + 1, count);
        }
        hm_bytes slice =
            hmi_slice(file, (size_t)offset, (size_t)(size < file.len ? size : file.len));
        HMI_TRY(hmi_parts_givef(&parts, slice, offset, err, "%s-%u",
                                hmi_machine_name(machine_of(machine)), i + 1));
    }
    return HM_OK;
}

static int macho_read(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    uint32_t slices = fat_count(file);
    if (slices > 0) {
        return read_fat(reading, file, slices, err);
    }
    if (!is_thin(file)) {
        return hmi_fail(err, HM_E_MALFORMED, 0, "no Mach-O magic");
    }
    hmi_macho *m = hmi_new(reading->arena, hmi_macho);
    if (m == NULL) {
        return hmi_arena_fail(reading->arena, err);
    }
    enum { MH_DYLIB = 6, MH_BUNDLE = 8, MH_PIE = 0x200000 };
    m->reading = reading;
    m->file = file;
    m->unclean_left = HMI_PROGRAM_UNCLEAN_MAX;
    m->big = file.ptr[0] == 0xfe;
    m->wide = file.ptr[m->big ? 3 : 0] == 0xcf;
    hmi_cur cur = { .over = file, .big = m->big };
    hmi_cur_skip(&cur, 4);
    m->machine = hmi_cur_u32(&cur);
    hmi_cur_skip(&cur, 4);
    m->type = hmi_cur_u32(&cur);
    uint32_t count = hmi_cur_u32(&cur);
    hmi_cur_skip(&cur, 4);
    uint32_t flags = hmi_cur_u32(&cur);
    hmi_cur_skip(&cur, m->wide ? 4 : 0);
    m->image.relocatable = m->type == MH_DYLIB || m->type == MH_BUNDLE || (flags & MH_PIE);
    if (cur.bad) {
        return hmi_fail(err, HM_E_TRUNCATED, file.len, "Mach-O header cut short");
    }
    m->sections = hmi_new_array(reading->arena, hmi_macho_section, HMI_MACHO_SECTIONS_MAX);
    if (m->sections == NULL) {
        return hmi_arena_fail(reading->arena, err);
    }
    HMI_TRY(read_commands(m, count, cur.pos, err));
    HMI_TRY(read_image(m, err));
    HMI_TRY(hmi_macho_traits_emit(m, err));
    HMI_TRY(hmi_scan_strings(reading, file, NULL, 0, err));
    return hmi_code_read(reading, &m->image, err);
}

const hmi_reader hmi_reader_macho = {
    .name = "macho",
    .summary = "programs and libraries of macOS and iOS",
    .version = 3,
    .detect = detect,
    .read = macho_read,
    .edited = true,
};
