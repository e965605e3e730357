/* SPDX-License-Identifier: Apache-2.0
 *
 * pe_resources.c - PE: icons, manifests, texts and whatever else was packed into the program.
 *
 * WHY    An icon chosen to deceive, the language of the machine that built it, a second program.
 * FORM   Three levels of directories: type, name, language. Directory: flags u32, time u32, version
 *        u32, named u16, numbered u16, then entries: name or number u32, place u32 counted from the
 *        first directory (top bit: a directory). Leaf: rva u32, size u32, code page u32, 0.
 * TRUST  Directories may point at themselves: depth is three by the format, and
 *        HMI_PE_RESOURCES_MAX entries are visited in all. A program among them becomes a member.
 * OWNS   Nothing; memory is the reading's arena.
 */
#include "formats/program/pe.h"

enum { TYPE_ICON = 3, TYPE_VERSION = 16, LEVELS = 3 };

typedef struct resource_walk {
    hmi_pe *pe;
    hm_err *err;
    hm_bytes tree;
    size_t left;          /* entries still to be visited */
    uint32_t ids[LEVELS]; /* type, name, language on the way down */
    uint32_t languages[HMI_PE_LANGUAGES_MAX];
    size_t language_count;
    bool too_deep;
} resource_walk;

int hmi_pe_language(hmi_pe *pe, uint32_t language, uint64_t offset, hm_err *err)
{
    if (language == 0 || language > 0xffff || language == 0x400 || language == 0x800) {
        return HM_OK; /* neutral, default */
    }
    return hmi_program_emitf(pe->reading, HMI_LANGUAGE, HMI_ROLE_CONTENT, offset, err,
                             "lcid:0x%04x", language);
}

static int emit_language(resource_walk *walk, uint32_t language, uint64_t offset)
{
    for (size_t i = 0; i < walk->language_count; i++) {
        if (walk->languages[i] == language) {
            return HM_OK;
        }
    }
    if (walk->language_count == HMI_PE_LANGUAGES_MAX) {
        return HM_OK;
    }
    walk->languages[walk->language_count++] = language;
    return hmi_pe_language(walk->pe, language, offset, walk->err);
}

static int emit_member(resource_walk *walk, hm_bytes content, uint64_t offset)
{
    hmi_pe *pe = walk->pe;
    hm_text name =
        hmi_arena_printf(pe->reading->arena, "resource-%u-%u", walk->ids[0], walk->ids[1]);
    if (name.ptr == NULL) {
        return hmi_arena_fail(pe->reading->arena, walk->err);
    }
    hmi_member member = { .name = hmi_text_bytes(name), .content = content, .offset = offset };
    return hmi_sink_member(pe->reading->sink, &member, walk->err);
}

static int read_leaf(resource_walk *walk, uint32_t at)
{
    hmi_pe *pe = walk->pe;
    hmi_cur cur = hmi_cur_over(hmi_slice(walk->tree, at, 16));
    uint32_t rva = hmi_cur_u32(&cur), size = hmi_cur_u32(&cur);
    hm_bytes content = hmi_slice(hmi_pe_at(pe, rva), 0, size);
    uint64_t offset = hmi_pe_offset(pe, content);
    if (cur.bad || content.len == 0) {
        return HM_OK;
    }
    HMI_TRY(emit_language(walk, walk->ids[2], offset));
    if (walk->ids[0] == TYPE_VERSION) {
        return hmi_pe_version_read(pe, content, walk->err);
    }
    if (hmi_reader_pe.detect(content, (hm_bytes){ NULL, 0 }) > 0 &&
        pe->budget.bytes >= content.len) {
        pe->budget.bytes -= content.len;
        HMI_TRY(emit_member(walk, content, offset));
    }
    hmi_class class_id = walk->ids[0] == TYPE_ICON ? HMI_ICON_HASH : HMI_RESOURCE_HASH;
    return hmi_program_emit_hash(pe->reading, &pe->budget, class_id, content, offset, walk->err);
}

static int read_directory(resource_walk *walk, uint32_t at, unsigned level)
{
    hmi_cur cur = hmi_cur_over(hmi_slice(walk->tree, at, walk->tree.len));
    hmi_cur_skip(&cur, 4);
    uint32_t time = hmi_cur_u32(&cur);
    hmi_cur_skip(&cur, 4);
    size_t count = hmi_cur_u16(&cur);
    count += hmi_cur_u16(&cur);
    if (cur.bad) {
        return HM_OK;
    }
    if (level == 0) {
        uint64_t place = hmi_pe_offset(walk->pe, walk->tree);
        HMI_TRY(hmi_pe_time(walk->pe, "resource", time, place + 4, walk->err));
    }
    for (size_t i = 0; i < count && walk->left > 0; i++) {
        uint32_t id = hmi_cur_u32(&cur), place = hmi_cur_u32(&cur);
        if (cur.bad) {
            return HM_OK;
        }
        walk->left--;
        walk->ids[level] = id;
        bool directory = (place & 0x80000000) != 0;
        if (!directory) {
            HMI_TRY(read_leaf(walk, place));
        } else if (level + 1 < LEVELS) {
            HMI_TRY(read_directory(walk, place & 0x7fffffff, level + 1));
        } else {
            walk->too_deep = true;
        }
        for (unsigned below = level + 1; below < LEVELS; below++) {
            walk->ids[below] = 0;
        }
    }
    return HM_OK;
}

int hmi_pe_resources_read(hmi_pe *pe, hm_err *err)
{
    uint32_t rva = pe->dirs[HMI_PE_DIR_RESOURCE].rva;
    if (rva == 0) {
        return HM_OK;
    }
    resource_walk walk = {
        .pe = pe, .err = err, .tree = hmi_pe_at(pe, rva), .left = HMI_PE_RESOURCES_MAX
    };
    HMI_TRY(read_directory(&walk, 0, 0));
    if (walk.too_deep) {
        HMI_TRY(hmi_emit_note(pe->reading, HMI_NOTE_ODD, HM_OK, hmi_pe_offset(pe, walk.tree), err,
                              "resource directories are deeper than three levels"));
    }
    if (walk.left == 0) {
        HMI_TRY(hmi_emit_note(pe->reading, HMI_NOTE_ODD, HM_OK, hmi_pe_offset(pe, walk.tree), err,
                              "more than %d resource entries; the first were read",
                              HMI_PE_RESOURCES_MAX));
    }
    return HM_OK;
}
