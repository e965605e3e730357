/* SPDX-License-Identifier: Apache-2.0
 *
 * macho_traits.c - Mach-O: what identifies one build of one program.
 *
 * FORM   Import hash "macho:": names of undefined symbols, lower-cased, in order of bytes, each
 * once, joined by commas; MD5 (the ELF recipe). Export set: names of defined external symbols, the
 *        same way. Build id: the UUID that the linker wrote. Compiler: platform and SDK.
 * TRUST  Any of it is planted by an editor: the classes' rows say so.
 * OWNS   Nothing; memory is the reading's arena.
 */
#include "formats/program/macho.h"

#include "base/hash.h"

enum { N_STAB = 0xe0, N_TYPE = 0x0e, N_EXT = 1 };

static int by_text(const void *a, const void *b)
{
    const hm_text *left = a, *right = b;
    return hmi_bytes_cmp(hmi_text_bytes(*left), hmi_text_bytes(*right));
}

static hm_text lower(hmi_arena *arena, hm_text name)
{
    char *copy = hmi_arena_take(arena, name.len, 1);
    for (size_t i = 0; copy != NULL && i < name.len; i++) {
        copy[i] = hmi_ascii_lower(name.ptr[i]);
    }
    return copy == NULL ? name : hmi_text(copy, name.len);
}

static int emit_names_hash(hmi_macho *m, bool imports, hm_err *err)
{
    hmi_arena *arena = m->reading->arena;
    hm_text *names = hmi_new_array(arena, hm_text, m->symbol_count);
    size_t count = 0, kept = 0;
    if (names == NULL) {
        return hmi_arena_fail(arena, err);
    }
    for (size_t i = 0; i < m->symbol_count; i++) {
        const hmi_macho_symbol *symbol = &m->symbols[i];
        bool external = (symbol->type & N_STAB) == 0 && (symbol->type & N_EXT) != 0;
        if (external && symbol->name.len > 0 && ((symbol->type & N_TYPE) == 0) == imports) {
            names[count++] = imports ? lower(arena, symbol->name) : symbol->name;
        }
    }
    HMI_TRY(hmi_program_sort(arena, names, count, sizeof *names, by_text, err));
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || !hmi_text_eq(names[kept - 1], names[i])) {
            names[kept++] = names[i];
        }
    }
    return imports ? hmi_program_emit_names_hash(m->reading, HMI_IMPORT_HASH, HMI_ROLE_IMPORT,
                                                 "macho:", names, kept, err)
                   : hmi_program_emit_names_hash(m->reading, HMI_EXPORT_SET, HMI_ROLE_EXPORT, "",
                                                 names, kept, err);
}

static int emit_facts(hmi_macho *m, hm_err *err)
{
    static const char *const TYPES[] = { "other",   "object", "executable", "library", "core",
                                         "preload", "dylib",  "dylinker",   "bundle" };
    hmi_reading *reading = m->reading;
    const char *type = m->type < HMI_COUNT(TYPES) ? TYPES[m->type] : "other";
    HMI_TRY(
        hmi_emit_fact(reading, "machine", hmi_text_of(hmi_machine_name(m->image.machine)), err));
    HMI_TRY(hmi_program_fact_uint(reading, "bits", m->image.bits, err));
    HMI_TRY(hmi_emit_fact(reading, "macho-type", hmi_text_of(type), err));
    HMI_TRY(hmi_program_fact_uint(reading, "sections", m->section_count, err));
    for (size_t i = 0; i < m->dylib_count; i++) {
        HMI_TRY(hmi_emit_fact(reading, "needed", m->dylibs[i], err));
    }
    return HM_OK;
}

static int emit_build(hmi_macho *m, hm_err *err)
{
    char hex[33];
    if (m->uuid.len == 16) {
        hmi_hex(m->uuid, hex);
        HMI_TRY(hmi_emit(m->reading, HMI_BUILD_ID, HMI_ROLE_SELF, hmi_text(hex, 32),
                         (uint64_t)(m->uuid.ptr - m->file.ptr), err));
    }
    if (m->sdk == 0 && m->minimum == 0) {
        return HM_OK;
    }
    return hmi_program_emitf(m->reading, HMI_COMPILER, HMI_ROLE_CONTENT, HM_OFFSET_NONE, err,
                             "Mach-O platform %u, least %u.%u, SDK %u.%u", m->platform,
                             m->minimum >> 16, m->minimum >> 8 & 255, m->sdk >> 16,
                             m->sdk >> 8 & 255);
}

int hmi_macho_traits_emit(hmi_macho *m, hm_err *err)
{
    hmi_program_budget budget = hmi_program_budget_of(m->file);
    HMI_TRY(emit_facts(m, err));
    HMI_TRY(emit_build(m, err));
    HMI_TRY(emit_names_hash(m, true, err));
    HMI_TRY(emit_names_hash(m, false, err));
    for (size_t i = 0; i < m->section_count; i++) {
        HMI_TRY(hmi_program_emit_hash(m->reading, &budget, HMI_SECTION_HASH, m->sections[i].content,
                                      m->sections[i].offset, err));
    }
    if (m->encrypted) {
        HMI_TRY(hmi_emit_note(m->reading, HMI_NOTE_ODD, HM_E_DENIED, HM_OFFSET_NONE, err,
                              "the code is encrypted: its functions are not what runs"));
    }
    return hmi_macho_signature_read(m, err);
}
