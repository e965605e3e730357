/* SPDX-License-Identifier: Apache-2.0
 *
 * vba.c - macros: the source text of each module of a VBA project.
 *
 * WHY    The macro is the tool of most documents; its text goes on as evidence of its own, where
 *        the reader of scripts takes it apart.
 * FORM   MS-OVBA. A container: 01, then chunks: u16 (size - 3 in 12 bits, 3 in 3 bits, compressed
 *        in 1), up to 4,096 bytes when unpacked: flag bytes for 8 tokens each; a literal byte, or a
 *        u16 that copies: the further the chunk, the more of its bits are the distance.
 *        The stream "dir", packed: records id u16, size u32; 0x19 name of a module, 0x1a its
 *        stream, 0x31 where in it the source begins; 0x03 code page, 0x04 name of the project.
 * TRUST  None. Where "dir" is damaged, packed sources are found by how each begins ("Attribut").
 *        At most HMI_VBA_MODULES_MAX modules of HMI_VBA_SOURCE_MAX bytes.
 *        Only source is read: a document may carry other compiled code than its source says.
 * OWNS   Nothing; texts are in the reading's arena.
 */
#include "formats/document/ole/ole.h"

#include "base/text.h"

enum { CHUNK = 4096 };

/* One chunk behind its head; `out` has room for CHUNK. */
static size_t unpack_chunk(hm_bytes in, uint8_t *out)
{
    size_t done = 0, at = 0;
    while (at < in.len && done < CHUNK) {
        unsigned flags = in.ptr[at++];
        for (unsigned bit = 0; bit < 8 && at < in.len && done < CHUNK; bit++) {
            if (!(flags >> bit & 1)) {
                out[done++] = in.ptr[at++];
                continue;
            }
            if (at + 1 >= in.len) {
                return done;
            }
            unsigned token = in.ptr[at] | (unsigned)in.ptr[at + 1] << 8, bits = 4;
            at += 2;
            while (bits < 12 && ((size_t)1 << bits) < done) {
                bits++;
            }
            size_t len = (token & (0xffffu >> bits)) + 3, back = (token >> (16 - bits)) + 1;
            if (back > done) {
                return done;
            }
            for (; len > 0 && done < CHUNK; len--, done++) {
                out[done] = out[done - back];
            }
        }
    }
    return done;
}

int hmi_vba_unpack(hmi_arena *arena, hm_bytes packed, size_t max, hm_bytes *ret_text, hm_err *err)
{
    if (packed.len == 0 || packed.ptr[0] != 1) {
        *ret_text = (hm_bytes){ NULL, 0 };
        return HM_OK;
    }
    /* How many chunks there are says how much memory is enough. */
    size_t chunks = 0, done = 0;
    hmi_cur cur = hmi_cur_over(packed);
    hmi_cur_skip(&cur, 1);
    while (hmi_cur_left(&cur) >= 3 && chunks < max / CHUNK) {
        unsigned head = hmi_cur_u16(&cur);
        if ((head >> 12 & 7) != 3) {
            break;
        }
        chunks++;
        hmi_cur_skip(&cur, hmi_min((head & 0xfff) + 1u, hmi_cur_left(&cur)));
    }
    uint8_t *out = hmi_arena_take(arena, chunks, CHUNK);
    if (out == NULL) {
        return hmi_arena_fail(arena, err);
    }
    cur = hmi_cur_over(packed);
    hmi_cur_skip(&cur, 1);
    for (size_t i = 0; i < chunks; i++) {
        unsigned head = hmi_cur_u16(&cur);
        hm_bytes in = hmi_cur_bytes(&cur, hmi_min((head & 0xfff) + 1u, hmi_cur_left(&cur)));
        if (head >> 15) {
            done += unpack_chunk(in, out + done);
        } else {
            in.len = hmi_min(in.len, CHUNK);
            memcpy(out + done, in.ptr, in.len);
            done += in.len;
        }
    }
    *ret_text = hmi_bytes(out, done);
    return HM_OK;
}

static int give_source(hmi_ole *ole, size_t index, size_t at, hm_bytes stream, hm_err *err)
{
    hm_bytes text;
    const hmi_ole_entry *entry = &ole->entries[index];
    HMI_TRY(hmi_vba_unpack(ole->reading->arena, hmi_slice(stream, at, stream.len), ole->source_left,
                           &text, err));
    ole->source_left -= text.len < ole->source_left ? text.len : ole->source_left;
    return hmi_parts_givef(&ole->parts, text, entry->place, err, "VBA/%s.vba", entry->name);
}

/* Where packed source begins, by its first words: 3 bytes before the first flag byte. */
static size_t find_source(hm_bytes stream)
{
    size_t mark = hmi_find(stream, HM_BYTES("\0Attribut\0e "));
    return mark == HMI_NPOS || mark < 3 || stream.ptr[mark - 3] != 1 ? HMI_NPOS : mark - 3;
}

/* ---- The directory of modules */

typedef struct module_list {
    hm_bytes streams[HMI_VBA_MODULES_MAX];
    uint32_t offsets[HMI_VBA_MODULES_MAX];
    size_t count;
} module_list;

static int read_dir(hmi_ole *ole, hm_bytes dir, module_list *list, hm_err *err)
{
    hmi_cur cur = hmi_cur_over(dir);
    hm_bytes stream = { NULL, 0 };
    while (hmi_cur_left(&cur) >= 6) {
        uint16_t id = hmi_cur_u16(&cur);
        uint32_t size = hmi_cur_u32(&cur);
        size = id == 9 ? 6 : size; /* the version's size field says 4 */
        hm_bytes value = hmi_cur_bytes(&cur, size);
        if (cur.bad) {
            break;
        }
        if (id == 4) {
            HMI_TRY(hmi_property(&ole->parts, "vba-project", value, HM_OFFSET_NONE, err));
        } else if (id == 0x1a) {
            stream = value;
        } else if (id == 0x31 && value.len == 4 && list->count < HMI_VBA_MODULES_MAX) {
            hmi_cur at = hmi_cur_over(value);
            list->streams[list->count] = stream;
            list->offsets[list->count++] = hmi_cur_u32(&at);
        }
    }
    return HM_OK;
}

/* What stands in the text stream PROJECT: the project's id is drawn once and copied with it. */
static int read_project(hmi_ole *ole, size_t folder, hm_err *err)
{
    size_t index = hmi_ole_find(ole, ole->entries[folder].parent, "PROJECT");
    hm_bytes text, line;
    if (index == SIZE_MAX) {
        return HM_OK;
    }
    HMI_TRY(hmi_ole_stream(ole, index, &text, err));
    while (hmi_next_line(&text, &line)) {
        if (hmi_starts_with(line, HM_BYTES("ID=\"{")) && line.len >= 43) {
            HMI_TRY(hmi_property(&ole->parts, "vba-project-id", hmi_slice(line, 5, 36),
                                 HM_OFFSET_NONE, err));
        } else if (hmi_starts_with(line, HM_BYTES("DPB=\"")) && line.len > 5 + 40) {
            HMI_TRY(hmi_emit_fact(ole->reading, "vba-locked", HM_TEXT("yes"), err));
        }
    }
    return HM_OK;
}

static int read_modules(hmi_ole *ole, size_t folder, module_list *list, hm_err *err)
{
    size_t index = hmi_ole_find(ole, folder, "dir");
    hm_bytes dir = { NULL, 0 };
    if (index != SIZE_MAX) {
        HMI_TRY(hmi_ole_stream(ole, index, &dir, err));
        HMI_TRY(hmi_vba_unpack(ole->reading->arena, dir, HMI_VBA_DIR_MAX, &dir, err));
        HMI_TRY(read_dir(ole, dir, list, err));
    }
    size_t given = 0;
    for (size_t i = 0; i < ole->entry_count; i++) {
        hm_bytes stream;
        if (ole->entries[i].parent != folder || ole->entries[i].kind != HMI_OLE_STREAM ||
            i == index) {
            continue;
        }
        HMI_TRY(hmi_ole_stream(ole, i, &stream, err));
        size_t at = HMI_NPOS;
        for (size_t m = 0; m < list->count; m++) {
            hm_text name;
            if (hmi_text_from(list->streams[m], &name) &&
                hmi_text_ieq(name, hmi_text_of(ole->entries[i].name))) {
                at = list->offsets[m];
            }
        }
        at = at < stream.len && stream.ptr[at] == 1 ? at : find_source(stream);
        if (at != HMI_NPOS) {
            HMI_TRY(give_source(ole, i, at, stream, err));
            given++;
        }
    }
    return given > 0
               ? HM_OK
               : hmi_emit_note(ole->reading, HMI_NOTE_ODD, HM_OK, HM_OFFSET_NONE, err,
                               "macros without source: only compiled code, which is not read");
}

int hmi_vba_read(hmi_ole *ole, size_t folder, hm_err *err)
{
    if (ole->vba_count++ >= HMI_VBA_PROJECTS_MAX) {
        return HM_OK;
    }
    module_list *list = hmi_new(ole->reading->arena, module_list);
    if (list == NULL) {
        return hmi_arena_fail(ole->reading->arena, err);
    }
    HMI_TRY(hmi_emit_fact(ole->reading, "macros", HM_TEXT("vba"), err));
    HMI_TRY(read_project(ole, folder, err));
    return read_modules(ole, folder, list, err);
}
