/* SPDX-License-Identifier: Apache-2.0
 *
 * pe_dotnet.c - PE: ids that .NET compilers write.
 *
 * WHY    MVID is drawn anew at each build, the type library id once for each project: the first
 *        ties copies together, the second versions.
 * FORM   CLI header (ECMA-335 II.25.3.3): size u32, version u32, metadata rva u32 and size u32.
 *        Metadata: "BSJB", versions, u32 length and version text, flags u16, streams u16; each
 *        stream: offset u32, size u32, name with NULs to a multiple of 4. #~: 4 bytes, versions,
 *        heap sizes u8 (1: wide names, 2: wide GUIDs), u8, table mask u64, sorted u64, row counts;
 *        then the Module row: generation u16, name, mvid (number of a GUID).
 *        GuidAttribute's value in #Blob: length 0x29, 01 00, 0x24, 36 characters, 00 00.
 *        User strings and member names are found by the string scanner as any other.
 * TRUST  Streams are clipped to the metadata. The type library id is stated only when the program
 *        holds one such value: with several it is unclear whose they are.
 * OWNS   Nothing.
 */
#include "formats/program/pe.h"

typedef struct streams {
    hm_bytes tables, guids, blobs;
    hm_text version;
} streams;

static hm_bytes cli_metadata(hmi_pe *pe)
{
    const hmi_pe_directory *dir = &pe->dirs[HMI_PE_DIR_CLI];
    hmi_cur cur = hmi_cur_over(hmi_pe_at(pe, dir->rva));
    hmi_cur_skip(&cur, 8);
    uint32_t rva = hmi_cur_u32(&cur), size = hmi_cur_u32(&cur);
    return dir->rva == 0 || cur.bad ? (hm_bytes){ NULL, 0 }
                                    : hmi_slice(hmi_pe_at(pe, rva), 0, size);
}

static bool streams_read(hmi_pe *pe, hm_bytes metadata, streams *s)
{
    enum { STREAMS_MAX = 16 };
    hmi_cur cur = hmi_cur_over(metadata);
    if (!hmi_cur_match(&cur, HM_BYTES("BSJB"))) {
        return false;
    }
    hmi_cur_skip(&cur, 8);
    uint32_t len = hmi_cur_u32(&cur);
    s->version = hmi_program_name(pe->reading->arena, hmi_cur_bytes(&cur, len));
    hmi_cur_skip(&cur, 2);
    uint16_t count = hmi_cur_u16(&cur);
    for (unsigned i = 0; i < count && i < STREAMS_MAX && !cur.bad; i++) {
        uint32_t offset = hmi_cur_u32(&cur), size = hmi_cur_u32(&cur);
        size_t name_at = cur.pos;
        hm_bytes name = hmi_cur_cstr(&cur);
        hmi_cur_skip(&cur, (0 - (cur.pos - name_at)) & 3);
        hm_bytes content = hmi_slice(metadata, offset, size);
        if (hmi_bytes_eq(name, HM_BYTES("#~")) || hmi_bytes_eq(name, HM_BYTES("#-"))) {
            s->tables = content;
        } else if (hmi_bytes_eq(name, HM_BYTES("#GUID"))) {
            s->guids = content;
        } else if (hmi_bytes_eq(name, HM_BYTES("#Blob"))) {
            s->blobs = content;
        }
    }
    return true;
}

static int emit_mvid(hmi_pe *pe, const streams *s, hm_err *err)
{
    hmi_cur cur = hmi_cur_over(s->tables);
    hmi_cur_skip(&cur, 6);
    uint8_t heaps = hmi_cur_u8(&cur);
    hmi_cur_skip(&cur, 1);
    uint64_t mask = hmi_cur_u64(&cur);
    hmi_cur_skip(&cur, 8);
    hmi_cur_skip(&cur, 4 * (size_t)__builtin_popcountll(mask));
    hmi_cur_skip(&cur, 2u + (heaps & 1 ? 4u : 2u));
    uint64_t number = hmi_cur_uint(&cur, heaps & 2 ? 4 : 2);
    hm_bytes guid =
        number == 0 ? (hm_bytes){ NULL, 0 } : hmi_slice(s->guids, (size_t)(number - 1) * 16, 16);
    if (cur.bad || (mask & 1) == 0 || guid.len != 16) {
        return HM_OK;
    }
    hmi_cur g = hmi_cur_over(guid);
    uint32_t a = hmi_cur_u32(&g);
    uint16_t b = hmi_cur_u16(&g), c = hmi_cur_u16(&g);
    const uint8_t *r = guid.ptr + 8;
    return hmi_program_emitf(pe->reading, HMI_DOTNET_ID, HMI_ROLE_SELF, hmi_pe_offset(pe, guid),
                             err, "mvid:%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", a, b, c,
                             r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7]);
}

static bool is_guid_text(hm_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
        if (hyphen ? text.ptr[i] != '-' : hmi_hex_digit((char)text.ptr[i]) < 0) {
            return false;
        }
    }
    return text.len == 36;
}

static int emit_typelib(hmi_pe *pe, const streams *s, hm_err *err)
{
    hm_bytes found = { NULL, 0 };
    hm_bytes mark = HM_BYTES("\x29\x01\x00\x24");
    size_t at = 0, count = 0;
    while (at < s->blobs.len) {
        hm_bytes rest = hmi_slice(s->blobs, at, s->blobs.len);
        size_t step = hmi_find(rest, mark);
        if (step == HMI_NPOS) {
            break;
        }
        hm_bytes text = hmi_slice(rest, step + 4, 36);
        if (is_guid_text(text)) {
            found = text;
            count++;
        }
        at += step + 4;
    }
    if (count != 1) {
        return HM_OK;
    }
    hm_text lower = hmi_pe_lower(pe->reading->arena, hmi_text((const char *)found.ptr, found.len));
    return lower.ptr == NULL
               ? hmi_arena_fail(pe->reading->arena, err)
               : hmi_program_emitf(pe->reading, HMI_DOTNET_ID, HMI_ROLE_CONTENT,
                                   hmi_pe_offset(pe, found), err, "typelib:%.*s", HMI_FMT(lower));
}

int hmi_pe_dotnet_read(hmi_pe *pe, hm_err *err)
{
    streams s = { .version = HM_TEXT("") };
    hm_bytes metadata = cli_metadata(pe);
    if (metadata.len == 0 || !streams_read(pe, metadata, &s)) {
        return HM_OK;
    }
    if (s.version.len > 0) {
        HMI_TRY(hmi_emit_fact(pe->reading, "dotnet", s.version, err));
    }
    HMI_TRY(emit_mvid(pe, &s, err));
    return emit_typelib(pe, &s, err);
}
