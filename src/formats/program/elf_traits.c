/* SPDX-License-Identifier: Apache-2.0
 *
 * elf_traits.c - ELF: what identifies one build of one program.
 *
 * WHY    Marks that a compiler, a linker and a build machine leave behind.
 * FORM   Notes: name size u32, content size u32, type u32, name, content, each padded to 4 (8 where
 *        the segment says so). .comment: texts with a NUL behind each. .go.buildinfo: 14 bytes of
 *        magic, pointer size, flags; since Go 1.18 the version stands at 32 as uleb and text.
 *
 *        Import hash "elf:": names of undefined dynamic symbols, those that begin with '_' or '.'
 *        left out (start-up code and compiler runtime), lower-cased, in order of bytes, each once,
 *        joined by commas; MD5. As with telfhash the order in the file does not count; as with
 *        imphash the digest is exact.
 *        Export set: names of defined, visible dynamic functions and objects, in order of bytes,
 *        joined by commas; MD5.
 * TRUST  Any of it is planted by an editor: the classes' rows say so. Counts are bounded.
 * OWNS   Nothing; memory is the reading's arena.
 */
#include "formats/program/elf.h"

#include "base/hash.h"

static int emit_facts(hmi_elf *elf, hm_err *err)
{
    static const char *const types[] = { "none", "relocatable", "executable", "shared", "core" };
    hmi_reading *reading = elf->reading;
    const char *type = elf->type < HMI_COUNT(types) ? types[elf->type] : "other";
    HMI_TRY(
        hmi_emit_fact(reading, "machine", hmi_text_of(hmi_machine_name(elf->image.machine)), err));
    HMI_TRY(hmi_program_fact_uint(reading, "bits", elf->image.bits, err));
    HMI_TRY(hmi_emit_fact(reading, "byte-order", hmi_text_of(elf->big ? "big" : "little"), err));
    HMI_TRY(hmi_emit_fact(reading, "elf-type", hmi_text_of(type), err));
    HMI_TRY(hmi_program_fact_uint(reading, "sections", elf->section_count, err));
    for (size_t i = 0; i < elf->segment_count; i++) {
        if (elf->segments[i].type == PT_INTERP) {
            hm_text path = hmi_program_name(reading->arena, elf->segments[i].content);
            HMI_TRY(hmi_emit_fact(reading, "interpreter", path.ptr ? path : HM_TEXT(""), err));
            break;
        }
    }
    const hmi_elf_dynamic *dynamic = &elf->dynamic;
    hm_text needed = HM_TEXT("");
    for (size_t i = 0; i < dynamic->needed_count && needed.len < HMI_PROGRAM_NAME_MAX; i++) {
        hm_text name = hmi_elf_name(elf, dynamic->strings, dynamic->needed[i]);
        needed = hmi_arena_printf(reading->arena, "%.*s%s%.*s", HMI_FMT(needed), i > 0 ? "," : "",
                                  HMI_FMT(name));
        if (needed.ptr == NULL) {
            return hmi_arena_fail(reading->arena, err);
        }
    }
    if (needed.len > 0) {
        HMI_TRY(hmi_emit_fact(reading, "needed", needed, err));
    }
    const struct {
        const char *name;
        uint64_t at;
    } named[] = { { "soname", dynamic->soname },
                  { "rpath", dynamic->rpath },
                  { "runpath", dynamic->runpath } };
    for (size_t i = 0; i < HMI_COUNT(named); i++) {
        if (named[i].at != 0) {
            hm_text text = hmi_elf_name(elf, dynamic->strings, named[i].at - 1);
            HMI_TRY(hmi_emit_fact(reading, named[i].name, text, err));
        }
    }
    return HM_OK;
}

static int emit_note_entry(hmi_elf *elf, hm_bytes name, uint32_t type, hm_bytes content,
                           uint64_t offset, hm_err *err)
{
    hmi_reading *reading = elf->reading;
    if (type == 3 && hmi_bytes_eq(name, HM_BYTES("GNU\0"))) {
        char hex[2 * 64 + 1];
        if (content.len == 0 || content.len > 64) {
            return hmi_emit_note(reading, HMI_NOTE_ODD, HM_OK, offset, err, "build id of %zu bytes",
                                 content.len);
        }
        hmi_hex(content, hex);
        return hmi_emit(reading, HMI_BUILD_ID, HMI_ROLE_SELF, hmi_text(hex, 2 * content.len),
                        offset, err);
    }
    if (type == 4 && hmi_bytes_eq(name, HM_BYTES("Go\0\0")) && content.len < 256) {
        hm_text id = hmi_program_name(reading->arena, content);
        return hmi_emit(reading, HMI_BUILD_ID, HMI_ROLE_SELF, id, offset, err);
    }
    if (hmi_starts_with(name, HM_BYTES("FDO"))) { /* package metadata, JSON */
        hm_text text = hmi_program_name(reading->arena, content);
        return hmi_emit_fact(reading, "package-note", text, err);
    }
    return HM_OK;
}

static int notes_in(hmi_elf *elf, hm_bytes notes, uint64_t offset, uint64_t align, size_t *left,
                    hm_err *err)
{
    hmi_cur cur = hmi_elf_cur(elf, notes);
    size_t pad = align == 8 ? 7 : 3;
    while (hmi_cur_left(&cur) >= 12 && *left > 0) {
        --*left;
        uint64_t at = offset + cur.pos;
        uint32_t name_len = hmi_cur_u32(&cur), content_len = hmi_cur_u32(&cur);
        uint32_t type = hmi_cur_u32(&cur);
        hm_bytes name = hmi_cur_bytes(&cur, name_len);
        hmi_cur_skip(&cur, hmi_min((0 - cur.pos) & pad, hmi_cur_left(&cur)));
        hm_bytes content = hmi_cur_bytes(&cur, content_len);
        hmi_cur_skip(&cur, hmi_min((0 - cur.pos) & pad, hmi_cur_left(&cur)));
        if (cur.bad) {
            return hmi_emit_note(elf->reading, HMI_NOTE_DAMAGE, HM_E_TRUNCATED, at, err,
                                 "note of %u bytes reaches behind its section", content_len);
        }
        HMI_TRY(emit_note_entry(elf, name, type, content, at, err));
    }
    return HM_OK;
}

static int emit_notes(hmi_elf *elf, hm_err *err)
{
    size_t left = HMI_ELF_NOTES_MAX;
    bool by_segment = false;
    for (size_t i = 0; i < elf->segment_count; i++) {
        const hmi_elf_segment *segment = &elf->segments[i];
        if (segment->type == PT_NOTE) {
            by_segment = true;
            HMI_TRY(notes_in(elf, segment->content, segment->offset, segment->align, &left, err));
        }
    }
    for (size_t i = 0; i < elf->section_count && !by_segment; i++) {
        const hmi_elf_section *section = &elf->sections[i];
        if (section->type == SHT_NOTE) {
            HMI_TRY(notes_in(elf, section->content, section->offset, section->align, &left, err));
        }
    }
    return HM_OK;
}

static int emit_compilers(hmi_elf *elf, hm_err *err)
{
    hmi_reading *reading = elf->reading;
    const hmi_elf_section *comment = hmi_elf_section_named(elf, ".comment");
    size_t at = 0;
    for (int i = 0; comment != NULL && at < comment->content.len && i < HMI_ELF_COMMENTS_MAX; i++) {
        hm_bytes rest = hmi_slice(comment->content, at, comment->content.len);
        size_t end = hmi_find_byte(rest, 0);
        hm_text text = hmi_program_name(reading->arena, rest);
        if (text.len > 0) {
            HMI_TRY(
                hmi_emit(reading, HMI_COMPILER, HMI_ROLE_CONTENT, text, comment->offset + at, err));
        }
        at += end == HMI_NPOS ? rest.len : end + 1;
    }
    const hmi_elf_section *go = hmi_elf_section_named(elf, ".go.buildinfo");
    if (go != NULL && hmi_starts_with(go->content, HM_BYTES("\xff Go buildinf:"))) {
        hmi_cur cur = hmi_elf_cur(elf, go->content);
        hmi_cur_skip(&cur, 15);
        uint8_t flags = hmi_cur_u8(&cur);
        hmi_cur_seek(&cur, 32);
        size_t len = hmi_min((size_t)(hmi_cur_uleb(&cur) & 0xff), hmi_cur_left(&cur));
        hm_text version = hmi_program_text(reading->arena, hmi_cur_bytes(&cur, len));
        if ((flags & 2) && version.ptr != NULL) {
            return hmi_program_emitf(reading, HMI_COMPILER, HMI_ROLE_CONTENT, go->offset, err,
                                     "Go %.*s", HMI_FMT(version));
        }
    }
    return HM_OK;
}

static hm_text lower(hmi_arena *arena, hm_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (hmi_ascii_lower(text.ptr[i]) != text.ptr[i]) {
            char *copy = hmi_arena_take(arena, text.len, 1);
            for (size_t j = 0; copy != NULL && j < text.len; j++) {
                copy[j] = hmi_ascii_lower(text.ptr[j]);
            }
            return copy == NULL ? text : hmi_text(copy, text.len);
        }
    }
    return text;
}

static int by_text(const void *a, const void *b)
{
    const hm_text *left = a, *right = b;
    return hmi_bytes_cmp(hmi_text_bytes(*left), hmi_text_bytes(*right));
}

/* Imported or exported names in order, each once; the digest of both recipes. */
static int emit_names_hash(hmi_elf *elf, bool imports, hm_err *err)
{
    hmi_arena *arena = elf->reading->arena;
    hm_text *names = hmi_new_array(arena, hm_text, elf->symbol_count);
    if (names == NULL) {
        return hmi_arena_fail(arena, err);
    }
    size_t count = 0;
    for (size_t i = 0; i < elf->symbol_count; i++) {
        const hmi_elf_symbol *symbol = &elf->symbols[i];
        bool wanted = imports ? symbol->section == 0 && symbol->name.len > 0 &&
                                    symbol->name.ptr[0] != '_' && symbol->name.ptr[0] != '.'
                              : symbol->section != 0 && symbol->bind != 0 && symbol->name.len > 0 &&
                                    (symbol->type <= 2 || symbol->type == 10) &&
                                    symbol->visibility != 1 && symbol->visibility != 2;
        if (wanted) {
            names[count++] = imports ? lower(arena, symbol->name) : symbol->name;
        }
    }
    HMI_TRY(hmi_program_sort(arena, names, count, sizeof *names, by_text, err));
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || !hmi_text_eq(names[kept - 1], names[i])) {
            names[kept++] = names[i];
        }
    }
    return imports ? hmi_program_emit_names_hash(elf->reading, HMI_IMPORT_HASH, HMI_ROLE_IMPORT,
                                                 "elf:", names, kept, err)
                   : hmi_program_emit_names_hash(elf->reading, HMI_EXPORT_SET, HMI_ROLE_EXPORT, "",
                                                 names, kept, err);
}

static int emit_section_names(hmi_elf *elf, hm_err *err)
{
    hmi_arena *arena = elf->reading->arena;
    size_t len = 0;
    for (size_t i = 0; i < elf->section_count; i++) {
        len += elf->sections[i].name.len + 1;
    }
    if (elf->section_count < 2 || len > HMI_TRAIT_VALUE_MAX) {
        return HM_OK; /* object files of a section per function: not a mark of a build */
    }
    char *text = hmi_arena_take(arena, len, 1);
    if (text == NULL) {
        return hmi_arena_fail(arena, err);
    }
    size_t at = 0;
    for (size_t i = 0; i < elf->section_count; i++) {
        hm_text name = elf->sections[i].name;
        if (name.len == 0) {
            continue;
        }
        if (at > 0) {
            text[at++] = ',';
        }
        memcpy(text + at, name.ptr, name.len);
        at += name.len;
    }
    return hmi_emit(elf->reading, HMI_SECTION_NAMES, HMI_ROLE_CONTENT, hmi_text(text, at),
                    elf->shoff, err);
}

/* Contents that people or compilers wrote; tables that the linker made differ in every build. */
static bool worth_hashing(const hmi_elf_section *section)
{
    static const char *const made[] = { ".eh_frame", ".got", ".plt",       ".comment",
                                        ".interp",   ".gnu", ".debug_str", ".debug_line" };
    if (section->type != SHT_PROGBITS) {
        return false;
    }
    for (size_t i = 0; i < HMI_COUNT(made); i++) {
        if (hmi_starts_with(hmi_text_bytes(section->name), hmi_text_bytes(hmi_text_of(made[i])))) {
            return false;
        }
    }
    return true;
}

static int emit_sections(hmi_elf *elf, hm_err *err)
{
    hmi_program_budget budget = hmi_program_budget_of(elf->file);
    const char *packer = NULL;
    for (size_t i = 0; i < elf->section_count; i++) {
        const hmi_elf_section *section = &elf->sections[i];
        packer = packer == NULL ? hmi_program_packer_of(section->name) : packer;
        if (worth_hashing(section)) {
            HMI_TRY(hmi_program_emit_hash(elf->reading, &budget, HMI_SECTION_HASH, section->content,
                                          section->offset, err));
        }
    }
    /* UPX leaves no sections; its l_info ("UPX!") stands right behind the segment table. */
    uint64_t behind = elf->phoff + elf->phnum * (elf->wide ? 56u : 32u);
    hm_bytes info =
        behind < elf->file.len ? hmi_slice(elf->file, (size_t)behind, 16) : (hm_bytes){ NULL, 0 };
    if (packer == NULL && hmi_find(info, HM_BYTES("UPX!")) != HMI_NPOS) {
        packer = "upx";
    }
    if (packer == NULL) {
        return HM_OK;
    }
    HMI_TRY(hmi_emit_note(elf->reading, HMI_NOTE_INFO, HM_OK, behind, err,
                          "packed with %s: its code is the unpacker's", packer));
    return hmi_emit(elf->reading, HMI_PACKER, HMI_ROLE_CONTENT, hmi_text_of(packer), behind, err);
}

static uint64_t later(uint64_t end, uint64_t offset, uint64_t len)
{
    return offset + len > end ? offset + len : end; /* both are inside the file: no wrap */
}

/* The first byte that neither table nor content of any header covers. */
static uint64_t described_end(const hmi_elf *elf)
{
    uint64_t end = elf->wide ? 64 : 52, size = elf->file.len;
    uint64_t section_entry = elf->wide ? 64 : 40, segment_entry = elf->wide ? 56 : 32;
    if (elf->shoff < size && elf->section_count > 0) {
        section_entry = hmi_max(section_entry, elf->shentsize);
        end = later(end, elf->shoff, elf->section_count * section_entry);
    }
    if (elf->phoff < size && elf->segment_count > 0) {
        segment_entry = hmi_max(segment_entry, elf->phentsize);
        end = later(end, elf->phoff, elf->segment_count * segment_entry);
    }
    for (size_t i = 0; i < elf->section_count; i++) {
        const hmi_elf_section *section = &elf->sections[i];
        end = section->content.len > 0 ? later(end, section->offset, section->content.len) : end;
    }
    for (size_t i = 0; i < elf->segment_count; i++) {
        const hmi_elf_segment *segment = &elf->segments[i];
        end = segment->content.len > 0 ? later(end, segment->offset, segment->content.len) : end;
    }
    return end;
}

static int emit_odd(hmi_elf *elf, hm_err *err)
{
    size_t write_execute = 0, overlapping = 0;
    uint64_t last_end = 0;
    for (size_t i = 0; i < elf->segment_count; i++) {
        const hmi_elf_segment *segment = &elf->segments[i];
        if (segment->type != PT_LOAD) {
            continue;
        }
        write_execute += (segment->flags & 3) == 3;
        overlapping += segment->address < last_end;
        uint64_t end;
        last_end = hmi_add(segment->address, segment->size, &end) ? end : UINT64_MAX;
        if (last_end == UINT64_MAX) {
            HMI_TRY(hmi_emit_note(elf->reading, HMI_NOTE_ODD, HM_OK, elf->phoff, err,
                                  "segment %zu wraps around the address space", i));
        }
    }
    if (write_execute > 0) {
        HMI_TRY(hmi_emit_note(elf->reading, HMI_NOTE_ODD, HM_OK, elf->phoff, err,
                              "%zu segments are writable and executable", write_execute));
    }
    if (overlapping > 0) {
        HMI_TRY(hmi_emit_note(elf->reading, HMI_NOTE_ODD, HM_OK, elf->phoff, err,
                              "%zu load segments overlap or are out of order", overlapping));
    }
    return HM_OK;
}

int hmi_elf_traits_emit(hmi_elf *elf, hm_err *err)
{
    HMI_TRY(emit_facts(elf, err));
    HMI_TRY(emit_odd(elf, err));
    HMI_TRY(emit_notes(elf, err));
    HMI_TRY(emit_compilers(elf, err));
    HMI_TRY(emit_names_hash(elf, true, err));
    HMI_TRY(emit_names_hash(elf, false, err));
    HMI_TRY(emit_section_names(elf, err));
    HMI_TRY(emit_sections(elf, err));
    return hmi_program_emit_overlay(elf->reading, elf->file, described_end(elf), err);
}
