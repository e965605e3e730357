/* SPDX-License-Identifier: Apache-2.0
 *
 * pe_exports.c - PE: what the program offers to others, and under which name it was linked.
 *
 * WHY    The linker writes the library's first name into the file; renaming does not change it.
 * FORM   Export directory: flags u32, time u32, version u32, then rvas and counts: name, ordinal
 *        base, functions, names, function table, name table, ordinal table. A function inside the
 *        directory itself is a forwarder's name.
 *        Export set: exported names in order of bytes, joined by commas; MD5.
 * TRUST  Counts are cut to HMI_PE_EXPORTS_MAX and to the tables' bytes.
 * OWNS   Nothing; memory is the reading's arena.
 */
#include "formats/program/pe.h"

static int by_text(const void *a, const void *b)
{
    const hm_text *left = a, *right = b;
    return hmi_bytes_cmp(hmi_text_bytes(*left), hmi_text_bytes(*right));
}

static uint32_t u32_at(hm_bytes table, size_t index)
{
    hmi_cur cur = hmi_cur_over(hmi_slice(table, index * 4, 4));
    return hmi_cur_u32(&cur);
}

int hmi_pe_exports_read(hmi_pe *pe, hm_err *err)
{
    const hmi_pe_directory *dir = &pe->dirs[HMI_PE_DIR_EXPORT];
    hm_bytes head = hmi_pe_at(pe, dir->rva);
    hmi_cur cur = hmi_cur_over(head);
    hmi_cur_skip(&cur, 4);
    uint32_t time = hmi_cur_u32(&cur);
    hmi_cur_skip(&cur, 4);
    uint32_t name = hmi_cur_u32(&cur);
    hmi_cur_skip(&cur, 8);
    uint32_t named = hmi_cur_u32(&cur);
    hm_bytes functions = hmi_pe_at(pe, hmi_cur_u32(&cur));
    hm_bytes names = hmi_pe_at(pe, hmi_cur_u32(&cur));
    hm_bytes ordinals = hmi_pe_at(pe, hmi_cur_u32(&cur));
    if (dir->rva == 0 || cur.bad) {
        return HM_OK;
    }
    hm_text module = hmi_pe_name(pe, name);
    if (module.len > 0) {
        HMI_TRY(hmi_emit_fact(pe->reading, "export-name", module, err));
        HMI_TRY(hmi_emit(pe->reading, HMI_FILE_NAME, HMI_ROLE_EXPORT, module,
                         hmi_pe_offset(pe, head), err));
    }
    HMI_TRY(hmi_pe_time(pe, "export", time, hmi_pe_offset(pe, head), err));
    size_t count =
        hmi_min(hmi_min(named, HMI_PE_EXPORTS_MAX), hmi_min(names.len / 4, ordinals.len / 2));
    if (count < named) {
        HMI_TRY(hmi_emit_note(pe->reading, HMI_NOTE_ODD, HM_OK, hmi_pe_offset(pe, head), err,
                              "%u exported names, %zu read", named, count));
    }
    hm_text *list = hmi_new_array(pe->reading->arena, hm_text, count);
    if (list == NULL) {
        return hmi_arena_fail(pe->reading->arena, err);
    }
    for (size_t i = 0; i < count; i++) {
        list[i] = hmi_pe_name(pe, u32_at(names, i));
        hmi_cur at = hmi_cur_over(hmi_slice(ordinals, i * 2, 2));
        uint32_t rva = u32_at(functions, hmi_cur_u16(&at));
        bool forwarded = rva - dir->rva < dir->size;
        if (rva != 0 && !forwarded && list[i].len > 0) {
            HMI_TRY(hmi_pe_add_symbol(pe, pe->base + rva, list[i], true, err));
        }
    }
    HMI_TRY(hmi_program_sort(pe->reading->arena, list, count, sizeof *list, by_text, err));
    return hmi_program_emit_names_hash(pe->reading, HMI_EXPORT_SET, HMI_ROLE_EXPORT, "", list,
                                       count, err);
}
