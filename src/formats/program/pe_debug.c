/* SPDX-License-Identifier: Apache-2.0
 *
 * pe_debug.c - PE: the debug directory, and whether time stamps can be true.
 *
 * WHY    The path of the symbol file names users, projects and folders of who built the program.
 * FORM   Debug entry: flags u32, time u32, version u32, type u32, size u32, rva u32, offset u32.
 *        CodeView (type 2): "RSDS", GUID, age u32, path; or "NB10", offset u32, time u32, age u32,
 *        path. Type 16 says that all times of the file are digests of its content.
 * TRUST  Times are plausible from 1990 to a day behind the evidence's own moment; others are noted
 *        and are no trait. 0x2a425e19 is what Delphi always wrote.
 * OWNS   Nothing; memory is the reading's arena.
 */
#include "base/text.h"
#include "formats/program/pe.h"

#define SECOND INT64_C(1000000)

int hmi_pe_time(hmi_pe *pe, const char *what, uint32_t time, uint64_t offset, hm_err *err)
{
    enum { YEAR_1990 = 631152000, DELPHI = 0x2a425e19, DAY = 86400 };
    if (time == 0 || time == UINT32_MAX || pe->reproducible) {
        return HM_OK;
    }
    if (time == DELPHI) {
        return hmi_emit(pe->reading, HMI_COMPILER, HMI_ROLE_CONTENT, HM_TEXT("Borland Delphi"),
                        offset, err);
    }
    bool header = strcmp(what, "header") == 0;
    int64_t us = (int64_t)time * SECOND;
    int64_t now = pe->reading->context_us;
    bool future = now != HMI_TIME_NONE && us > now + DAY * SECOND;
    hmi_civil c = hmi_us_to_civil(us);
    if (future || time < YEAR_1990) {
        return hmi_emit_note(pe->reading, HMI_NOTE_ODD, HM_OK, offset, err,
                             "%s time %04d-%02u-%02u is %s", what, c.year, c.month, c.day,
                             future ? "later than the evidence itself" : "before there was PE");
    }
    if (!header && pe->time != 0 && (time > pe->time ? time - pe->time : pe->time - time) > DAY) {
        HMI_TRY(hmi_emit_note(pe->reading, HMI_NOTE_ODD, HM_OK, offset, err,
                              "%s time %04d-%02u-%02u differs from the header's by %u days", what,
                              c.year, c.month, c.day,
                              (time > pe->time ? time - pe->time : pe->time - time) / DAY));
    }
    return hmi_program_emitf(pe->reading, HMI_BUILD_TIME, HMI_ROLE_CONTENT, offset, err,
                             "%04d-%02u-%02uT%02u:%02u:%02uZ", c.year, c.month, c.day, c.hour,
                             c.minute, c.second);
}

static int codeview(hmi_pe *pe, hm_bytes entry, hm_err *err)
{
    uint64_t offset = hmi_pe_offset(pe, entry);
    hmi_cur cur = hmi_cur_over(entry);
    if (hmi_cur_match(&cur, HM_BYTES("RSDS"))) {
        uint32_t a = hmi_cur_u32(&cur);
        uint16_t b = hmi_cur_u16(&cur), c = hmi_cur_u16(&cur);
        hm_bytes rest = hmi_cur_bytes(&cur, 8);
        uint32_t age = hmi_cur_u32(&cur);
        if (cur.bad) {
            return HM_OK;
        }
        const uint8_t *r = rest.ptr; /* as symbol servers write it */
        HMI_TRY(hmi_program_emitf(pe->reading, HMI_BUILD_ID, HMI_ROLE_SELF, offset, err,
                                  "pdb:%08x%04x%04x%02x%02x%02x%02x%02x%02x%02x%02x-%x", a, b, c,
                                  r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], age));
    } else if (hmi_cur_match(&cur, HM_BYTES("NB10"))) {
        hmi_cur_skip(&cur, 12);
    } else {
        return HM_OK;
    }
    size_t left = hmi_cur_left(&cur);
    hm_text path = hmi_program_name(pe->reading->arena, hmi_cur_bytes(&cur, left));
    if (path.ptr == NULL || path.len == 0) {
        return HM_OK;
    }
    return hmi_emit(pe->reading, HMI_PDB_PATH, HMI_ROLE_CONTENT, path, offset, err);
}

int hmi_pe_debug_read(hmi_pe *pe, hm_err *err)
{
    enum { CODEVIEW = 2, REPRODUCIBLE = 16, ENTRY = 28 };
    const hmi_pe_directory *dir = &pe->dirs[HMI_PE_DIR_DEBUG];
    hm_bytes table = hmi_slice(hmi_pe_at(pe, dir->rva), 0, dir->size);
    size_t count = dir->rva == 0 ? 0 : hmi_min(table.len / ENTRY, HMI_PE_DEBUG_MAX);
    for (size_t i = 0; i < count; i++) {
        hmi_cur cur = hmi_cur_over(hmi_slice(table, i * ENTRY + 12, 4));
        pe->reproducible |= hmi_cur_u32(&cur) == REPRODUCIBLE;
    }
    if (pe->reproducible) {
        HMI_TRY(hmi_emit_fact(pe->reading, "reproducible", HM_TEXT("yes"), err));
    }
    for (size_t i = 0; i < count; i++) {
        hmi_cur cur = hmi_cur_over(hmi_slice(table, i * ENTRY, ENTRY));
        hmi_cur_skip(&cur, 4);
        uint32_t time = hmi_cur_u32(&cur);
        hmi_cur_skip(&cur, 4);
        uint32_t type = hmi_cur_u32(&cur), size = hmi_cur_u32(&cur);
        hmi_cur_skip(&cur, 4);
        uint32_t offset = hmi_cur_u32(&cur);
        HMI_TRY(hmi_pe_time(pe, "debug", time, hmi_pe_offset(pe, table) + i * ENTRY + 4, err));
        if (type == CODEVIEW) {
            HMI_TRY(codeview(pe, hmi_slice(pe->file, offset, size), err));
        }
    }
    return HM_OK;
}
