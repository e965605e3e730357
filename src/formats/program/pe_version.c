/* SPDX-License-Identifier: Apache-2.0
 *
 * pe_version.c - PE: the version resource, what the program says it is.
 *
 * WHY    Names of companies and products are copied from harmless programs, with typing errors.
 * FORM   Blocks within blocks, each aligned to 4: length u16, value length u16 (in characters when
 *        it is text), text u16, key in UTF-16 with a NUL, value, children.
 *        VS_VERSION_INFO > StringFileInfo > "040904b0" (language, code page) > "Key" = "Value".
 * TRUST  Lengths lie: each block is cut to its parent, and every step moves ahead.
 *        HMI_PE_VERSION_STRINGS_MAX strings.
 * OWNS   Nothing; memory is the reading's arena.
 */
#include "base/hash.h"
#include "base/text.h"
#include "formats/program/pe.h"

typedef struct block {
    hm_text key;
    hm_bytes value, children;
    size_t len; /* with padding */
    bool text;
} block;

typedef struct version_walk {
    hmi_pe *pe;
    hm_err *err;
    hm_bytes whole;
    size_t left;
} version_walk;

static void align(hmi_cur *cur, const uint8_t *from)
{
    size_t at = (size_t)(cur->over.ptr - from) + cur->pos;
    hmi_cur_skip(cur, hmi_min((0 - at) & 3, hmi_cur_left(cur)));
}

/* False at the end or when nothing can be made of it. */
static bool block_next(const version_walk *walk, hm_bytes *rest, block *ret)
{
    hmi_cur cur = hmi_cur_over(*rest);
    uint16_t len = hmi_cur_u16(&cur), value_len = hmi_cur_u16(&cur), text = hmi_cur_u16(&cur);
    if (cur.bad || len < 6) {
        return false;
    }
    cur.over.len = hmi_min(cur.over.len, len);
    size_t key = cur.pos;
    while (hmi_cur_left(&cur) >= 2 && hmi_cur_u16(&cur) != 0) {
    }
    size_t key_end = cur.pos >= key + 2 ? cur.pos - 2 : key;
    align(&cur, walk->whole.ptr);
    size_t bytes = text == 1 ? (size_t)value_len * 2 : value_len;
    ret->value = hmi_cur_bytes(&cur, hmi_min(bytes, hmi_cur_left(&cur)));
    align(&cur, walk->whole.ptr);
    ret->children = hmi_slice(cur.over, cur.pos, cur.over.len);
    ret->text = text == 1;
    ret->key = hmi_text_from_utf16(walk->pe->reading->arena,
                                   hmi_slice(cur.over, key, key_end - key), false);
    size_t at = (size_t)(rest->ptr - walk->whole.ptr) + cur.over.len;
    size_t step = cur.over.len + ((0 - at) & 3);
    *rest = hmi_slice(*rest, step, rest->len);
    return ret->key.ptr != NULL || key_end == key;
}

static int emit_string(version_walk *walk, const block *string)
{
    hmi_pe *pe = walk->pe;
    hm_text value = hmi_text_from_utf16(pe->reading->arena, string->value, false);
    size_t end = hmi_find_byte(hmi_text_bytes(value), 0);
    value = hmi_text_trim(hmi_text_slice(value, 0, end));
    uint64_t offset = hmi_pe_offset(pe, string->value);
    if (value.len == 0 || value.len > HMI_PROGRAM_NAME_MAX || string->key.len == 0 ||
        string->key.len > 64) {
        return HM_OK;
    }
    hm_text both =
        hmi_arena_printf(pe->reading->arena, "%.*s=%.*s", HMI_FMT(string->key), HMI_FMT(value));
    if (both.ptr == NULL) {
        return hmi_arena_fail(pe->reading->arena, walk->err);
    }
    if (hmi_text_is(string->key, "OriginalFilename") || hmi_text_is(string->key, "InternalName")) {
        HMI_TRY(hmi_emit(pe->reading, HMI_FILE_NAME, HMI_ROLE_CONTENT, value, offset, walk->err));
    }
    return hmi_emit(pe->reading, HMI_VERSION_INFO, HMI_ROLE_CONTENT, both, offset, walk->err);
}

/* "040904b0": language and code page of the strings under it. */
static int read_table(version_walk *walk, const block *table)
{
    uint8_t language[2];
    if (table->key.len == 8 && hmi_unhex(hmi_text_slice(table->key, 0, 4), language, 2)) {
        HMI_TRY(hmi_pe_language(walk->pe, (uint32_t)language[0] << 8 | language[1],
                                hmi_pe_offset(walk->pe, table->children), walk->err));
    }
    hm_bytes rest = table->children;
    block string;
    while (walk->left > 0 && block_next(walk, &rest, &string)) {
        walk->left--;
        HMI_TRY(emit_string(walk, &string));
    }
    return HM_OK;
}

int hmi_pe_version_read(hmi_pe *pe, hm_bytes version, hm_err *err)
{
    hmi_pe_skip(pe, version); /* its version numbers are no addresses */
    version_walk walk = {
        .pe = pe, .err = err, .whole = version, .left = HMI_PE_VERSION_STRINGS_MAX
    };
    hm_bytes rest = version;
    block root, info, table;
    if (!block_next(&walk, &rest, &root)) {
        return HM_OK;
    }
    rest = root.children;
    while (walk.left > 0 && block_next(&walk, &rest, &info)) {
        walk.left--;
        hm_bytes tables = info.children;
        while (hmi_text_is(info.key, "StringFileInfo") && walk.left > 0 &&
               block_next(&walk, &tables, &table)) {
            walk.left--;
            HMI_TRY(read_table(&walk, &table));
        }
    }
    return HM_OK;
}
