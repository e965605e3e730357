/* SPDX-License-Identifier: Apache-2.0
 *
 * pe_imports.c - PE: what the program calls, and the import hash of the world's lists.
 *
 * WHY    The order of libraries and functions follows the order of source files and link commands.
 * FORM   Import descriptor: lookup table, time, forwarder, name, address table (rva each); tables
 * of 4 or 8 bytes, the top bit says "by ordinal", else an rva of hint u16 and name. Delayed:
 *        attributes (bit 0: rva, else address), name, handle, address table, name table, 3 more.
 *
 *        imphash (the recipe that pefile publishes): for each function of the import directory (the
 *        delayed one left out) "library.function" in lower case; the library without a last ".dll",
 *        ".ocx" or ".sys"; functions by ordinal as pe_ordinals.c names them, else "ordN"; joined by
 *        commas in file order; MD5.
 * TRUST  Name pointers go anywhere; counts are bounded by HMI_PE_LIBRARIES_MAX and
 *        HMI_PE_IMPORTS_MAX for the whole file.
 * OWNS   Nothing; memory is the reading's arena.
 */
#include "formats/program/pe.h"

typedef struct import_walk {
    hmi_pe *pe;
    hm_err *err;
    hm_text *names; /* "library.function" as the hash takes them */
    size_t count, capacity;
    size_t left; /* functions still to be read in this file */
    bool hashed; /* of the directory that the hash counts */
} import_walk;

static hm_text library_stem(hm_text library)
{
    static const char *const kinds[] = { ".dll", ".ocx", ".sys" };
    for (size_t i = 0; i < HMI_COUNT(kinds); i++) {
        if (hmi_ends_with(hmi_text_bytes(library), hmi_text_bytes(hmi_text_of(kinds[i])))) {
            return hmi_text_slice(library, 0, library.len - 4);
        }
    }
    return library;
}

static int add_name(import_walk *walk, hm_text library, hm_text function)
{
    hmi_arena *arena = walk->pe->reading->arena;
    hm_text *grown =
        hmi_arena_grow(arena, walk->names, walk->count, &walk->capacity, sizeof *grown);
    if (grown == NULL) {
        return hmi_arena_fail(arena, walk->err);
    }
    walk->names = grown;
    hm_text stem = library_stem(library);
    hm_text lower = hmi_pe_lower(arena, function);
    hm_text both = hmi_arena_printf(arena, "%.*s.%.*s", HMI_FMT(stem), HMI_FMT(lower));
    if (lower.ptr == NULL || both.ptr == NULL) {
        return hmi_arena_fail(arena, walk->err);
    }
    walk->names[walk->count++] = both;
    return HM_OK;
}

static int read_function(import_walk *walk, hm_text library, uint64_t value, uint64_t slot)
{
    hmi_pe *pe = walk->pe;
    uint64_t by_number = UINT64_C(1) << (pe->wide ? 63 : 31);
    hm_text shown, hashed;
    if (value & by_number) {
        unsigned ordinal = value & 0xffff;
        const char *known = hmi_pe_ordinal_name(library, ordinal);
        hashed = known != NULL ? hmi_text_of(known)
                               : hmi_arena_printf(pe->reading->arena, "ord%u", ordinal);
        shown = known != NULL ? hashed : hmi_arena_printf(pe->reading->arena, "#%u", ordinal);
        if (hashed.ptr == NULL || shown.ptr == NULL) {
            return hmi_arena_fail(pe->reading->arena, walk->err);
        }
    } else {
        shown = hashed =
            value <= UINT32_MAX - 2 ? hmi_pe_name(pe, (uint32_t)value + 2) : HM_TEXT("");
    }
    if (shown.len == 0) {
        return HM_OK;
    }
    if (walk->hashed) {
        HMI_TRY(add_name(walk, library, hashed));
    }
    return hmi_pe_add_import(pe, slot, library, shown, walk->err);
}

/* One library: names by `lookup`, the slots that get the addresses from `slots` on. */
static int read_library(import_walk *walk, uint32_t name_rva, uint32_t lookup, uint32_t slots)
{
    hmi_pe *pe = walk->pe;
    hm_text library = hmi_pe_lower(pe->reading->arena, hmi_pe_name(pe, name_rva));
    if (library.ptr == NULL) {
        return hmi_arena_fail(pe->reading->arena, walk->err);
    }
    unsigned word = pe->wide ? 8 : 4;
    hmi_cur cur = hmi_cur_over(hmi_pe_at(pe, lookup != 0 ? lookup : slots));
    for (uint32_t i = 0; walk->left > 0 && hmi_cur_left(&cur) >= word; i++) {
        uint64_t value = hmi_cur_uint(&cur, word);
        if (value == 0) {
            break;
        }
        walk->left--;
        HMI_TRY(read_function(walk, library, value, pe->base + slots + (uint64_t)i * word));
    }
    return HM_OK;
}

static int read_imports(import_walk *walk)
{
    hmi_pe *pe = walk->pe;
    hmi_cur cur = hmi_cur_over(hmi_pe_at(pe, pe->dirs[HMI_PE_DIR_IMPORT].rva));
    walk->hashed = true;
    for (size_t i = 0; i < HMI_PE_LIBRARIES_MAX && hmi_cur_left(&cur) >= 20; i++) {
        uint32_t lookup = hmi_cur_u32(&cur);
        hmi_cur_skip(&cur, 8);
        uint32_t name = hmi_cur_u32(&cur), slots = hmi_cur_u32(&cur);
        if (name == 0 || (lookup == 0 && slots == 0)) {
            return HM_OK;
        }
        HMI_TRY(read_library(walk, name, lookup, slots));
    }
    return HM_OK;
}

static int read_delayed(import_walk *walk)
{
    hmi_pe *pe = walk->pe;
    hmi_cur cur = hmi_cur_over(hmi_pe_at(pe, pe->dirs[HMI_PE_DIR_DELAY].rva));
    walk->hashed = false;
    for (size_t i = 0; i < HMI_PE_LIBRARIES_MAX && hmi_cur_left(&cur) >= 32; i++) {
        uint32_t attributes = hmi_cur_u32(&cur), name = hmi_cur_u32(&cur);
        hmi_cur_skip(&cur, 4);
        uint32_t slots = hmi_cur_u32(&cur), lookup = hmi_cur_u32(&cur);
        hmi_cur_skip(&cur, 12);
        if (name == 0) {
            return HM_OK;
        }
        /* Old linkers wrote addresses. */
        uint32_t base = attributes & 1 ? 0 : (uint32_t)pe->base;
        HMI_TRY(read_library(walk, name - base, lookup - base, slots - base));
    }
    return HM_OK;
}

int hmi_pe_imports_read(hmi_pe *pe, hm_err *err)
{
    import_walk walk = { .pe = pe, .err = err, .left = HMI_PE_IMPORTS_MAX };
    if (pe->dirs[HMI_PE_DIR_IMPORT].rva != 0) {
        HMI_TRY(read_imports(&walk));
    }
    if (pe->dirs[HMI_PE_DIR_DELAY].rva != 0) {
        HMI_TRY(read_delayed(&walk));
    }
    if (walk.left == 0) {
        HMI_TRY(hmi_emit_note(pe->reading, HMI_NOTE_ODD, HM_OK, HM_OFFSET_NONE, err,
                              "more than %d imported functions; the first were read",
                              HMI_PE_IMPORTS_MAX));
    }
    return hmi_program_emit_names_hash(pe->reading, HMI_IMPORT_HASH, HMI_ROLE_IMPORT,
                                       "imphash:", walk.names, walk.count, err);
}
