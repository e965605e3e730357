/* SPDX-License-Identifier: Apache-2.0
 *
 * lnk.c - Windows shortcuts: what they start, and the machine they were made on.
 *
 * WHY    A shortcut in a mail starts a command line. And Windows writes into each one, unasked, the
 *        name and network address of the machine that made it, the serial number of its disk, and
 *        three moments of the target.
 * FORM   MS-SHLLINK: header of 0x4c bytes (class id, flags u32 at 20, attributes, created, read and
 *        written FILETIME, size u32, icon u32, show u32, hot key u16); a list of shell items
 *        (u16 size); where the target lies (LinkInfo, u32 size); texts (u16 count of characters):
 *        name, relative path, folder, arguments, icon; extra blocks (u32 size, u32 signature), the
 *        tracker among them: machine name of 16 bytes, then volume and file GUIDs; the file GUID
 *        is of version 1, so its node is a network address.
 * TRUST  None: a tool writes what it likes here. Sizes are clipped, blocks counted.
 * OWNS   Nothing; memory is the reading's arena.
 */
#include "base/cursor.h"
#include "base/error.h"
#include "base/text.h"
#include "formats/parts.h"
#include "formats/reader.h"
#include "formats/scan/observables.h"

enum {
    HMI_LNK_ITEMS_MAX = 256,
    HMI_LNK_BLOCKS_MAX = 64,
    LNK_HEADER = 0x4c,
    HAS_ITEMS = 1,
    HAS_INFO = 2,
    IS_UNICODE = 0x80,
    NO_INFO = 0x100
};

#define LNK_MAGIC "\x4c\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46"

typedef struct lnk {
    hmi_reading *reading;
    hm_bytes file;
    hmi_parts parts;
    hmi_cur cur;
    uint32_t flags;
} lnk;

static int detect_lnk(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    return hmi_starts_with(file, HM_BYTES(LNK_MAGIC)) ? 100 : 0;
}

static uint64_t offset_of(const lnk *l, hm_bytes part)
{
    return part.ptr == NULL ? HM_OFFSET_NONE : (uint64_t)(part.ptr - l->file.ptr);
}

/* Text of either width up to a NUL, as clean text that keeps foreign bytes apart. */
static hm_text text_of(lnk *l, hm_bytes raw, bool wide)
{
    if (!wide) {
        raw = hmi_slice(raw, 0, hmi_find_byte(raw, 0));
        hm_text clean;
        return hmi_text_from(raw, &clean) ? clean : hmi_text_safe(l->reading->arena, raw, raw.len);
    }
    size_t len = 0;
    while (len + 1 < raw.len && (raw.ptr[len] | raw.ptr[len + 1]) != 0) {
        len += 2;
    }
    return hmi_text_from_utf16(l->reading->arena, hmi_slice(raw, 0, len), false);
}

static int emit_text(lnk *l, const char *key, hmi_class class_id, hm_bytes raw, bool wide,
                     hm_err *err)
{
    hm_text text = text_of(l, raw, wide);
    if (text.ptr == NULL && raw.len > 0) {
        return hmi_arena_fail(l->reading->arena, err);
    }
    if (text.len == 0) {
        return HM_OK;
    }
    text = hmi_text_slice(text, 0, HMI_TRAIT_VALUE_MAX);
    hm_text shown = text;
    if (text.len > HMI_PROPERTY_VALUE_MAX || !hmi_utf8_clean(hmi_text_bytes(text))) {
        shown = hmi_text_safe(l->reading->arena, hmi_text_bytes(text), HMI_PROPERTY_VALUE_MAX);
    }
    if (shown.ptr == NULL) {
        return hmi_arena_fail(l->reading->arena, err);
    }
    HMI_TRY(hmi_emit_fact(l->reading, key, shown, err));
    HMI_TRY(hmi_emit(l->reading, class_id, HMI_ROLE_CONTENT, text, offset_of(l, raw), err));
    return class_id == HMI_FILE_PATH
               ? HM_OK
               : hmi_scan_text_step(l->reading, hmi_text_bytes(text), offset_of(l, raw),
                                    wide ? 2 : 1, HMI_ROLE_CONTENT, err);
}

/* ---- The header */

static int read_header(lnk *l, hm_err *err)
{
    hmi_cur *cur = &l->cur;
    hmi_cur_skip(cur, 20);
    l->flags = hmi_cur_u32(cur);
    hmi_cur_skip(cur, 4);
    uint64_t created = hmi_cur_u64(cur), read = hmi_cur_u64(cur), written = hmi_cur_u64(cur);
    uint32_t size = hmi_cur_u32(cur);
    hmi_cur_skip(cur, 4);
    uint32_t show = hmi_cur_u32(cur);
    hmi_cur_skip(cur, 12);
    if (cur->bad) {
        return hmi_fail(err, HM_E_TRUNCATED, l->file.len, "header of the shortcut is cut short");
    }
    HMI_TRY(hmi_property_filetime(&l->parts, "target-created", created, 28, err));
    HMI_TRY(hmi_property_filetime(&l->parts, "target-read", read, 36, err));
    HMI_TRY(hmi_property_filetime(&l->parts, "target-written", written, 44, err));
    hm_text text = hmi_arena_printf(l->reading->arena, "%u", size);
    if (text.ptr == NULL) {
        return hmi_arena_fail(l->reading->arena, err);
    }
    HMI_TRY(hmi_emit_fact(l->reading, "target-size", text, err));
    return show == 7 ? hmi_emit_fact(l->reading, "window", HM_TEXT("minimised"), err) : HM_OK;
}

/* ---- Shell items: names of folders and of the file, as the machine had them */

static int read_items(lnk *l, hm_err *err)
{
    uint16_t size = hmi_cur_u16(&l->cur);
    hmi_cur list = hmi_cur_over(hmi_cur_bytes(&l->cur, size));
    for (unsigned n = 0; n < HMI_LNK_ITEMS_MAX; n++) {
        uint16_t len = hmi_cur_u16(&list);
        if (list.bad || len < 4) {
            break;
        }
        hm_bytes item = hmi_cur_bytes(&list, len - 2u);
        /* The extension block of a file item ends with its long name in UTF-16. */
        size_t mark = hmi_find(item, HM_BYTES("\x04\0\xef\xbe"));
        if ((item.len > 0 && (item.ptr[0] & 0x70) == 0x30) && mark != HMI_NPOS && mark >= 4) {
            hmi_cur block = hmi_cur_over(hmi_slice(item, mark - 4, item.len));
            hmi_cur_skip(&block, 2);
            uint16_t version = hmi_cur_u16(&block);
            size_t head = version >= 9 ? 46 : version >= 8 ? 42 : version >= 7 ? 38 : 20;
            hm_bytes name = hmi_slice(item, mark - 4 + head, item.len);
            hm_text text = text_of(l, name, true);
            if (text.len > 0) {
                HMI_TRY(hmi_emit(l->reading, HMI_FILE_NAME, HMI_ROLE_CONTENT,
                                 hmi_text_slice(text, 0, HMI_TRAIT_VALUE_MAX), offset_of(l, name),
                                 err));
            }
        }
    }
    return HM_OK;
}

/* ---- Where the target lies */

static hm_bytes at_offset(hm_bytes block, uint32_t offset)
{
    return offset == 0 ? (hm_bytes){ NULL, 0 } : hmi_slice(block, offset, block.len);
}

static int read_info(lnk *l, hm_err *err)
{
    hm_bytes rest = hmi_slice(l->file, l->cur.pos, l->file.len);
    hmi_cur cur = hmi_cur_over(rest);
    uint32_t size = hmi_cur_u32(&cur);
    hm_bytes info = hmi_cur_bytes(&l->cur, size);
    cur = hmi_cur_over(info);
    hmi_cur_skip(&cur, 4);
    uint32_t head = hmi_cur_u32(&cur), flags = hmi_cur_u32(&cur), volume = hmi_cur_u32(&cur);
    uint32_t path = hmi_cur_u32(&cur), network = hmi_cur_u32(&cur);
    hmi_cur_skip(&cur, 4);
    uint32_t wide_path = head >= 0x24 ? hmi_cur_u32(&cur) : 0;
    if (cur.bad) {
        return l->cur.bad
                   ? HM_OK
                   : hmi_emit_note(l->reading, HMI_NOTE_DAMAGE, HM_E_TRUNCATED, offset_of(l, info),
                                   err, "the block that says where the target lies is too short");
    }
    if (flags & 1) {
        hmi_cur v = hmi_cur_over(at_offset(info, volume));
        hmi_cur_skip(&v, 4);
        uint32_t drive = hmi_cur_u32(&v), serial = hmi_cur_u32(&v);
        if (!v.bad && serial != 0) {
            char text[16];
            (void)snprintf(text, sizeof(text), "%08x", serial);
            HMI_TRY(hmi_property(&l->parts, "volume-serial", hmi_bytes(text, 8),
                                 offset_of(l, info) + volume + 8, err));
        }
        static const char *const DRIVES[] = { NULL,      NULL,     "removable", "fixed",
                                              "network", "cd-rom", "ram disk" };
        if (!v.bad && drive < HMI_COUNT(DRIVES) && DRIVES[drive] != NULL) {
            HMI_TRY(hmi_emit_fact(l->reading, "drive", hmi_text_of(DRIVES[drive]), err));
        }
        bool wide = wide_path != 0 && wide_path < info.len;
        HMI_TRY(emit_text(l, "target", HMI_FILE_PATH, at_offset(info, wide ? wide_path : path),
                          wide, err));
    }
    if (flags & 2) {
        hm_bytes share = at_offset(info, network);
        hmi_cur n = hmi_cur_over(share);
        hmi_cur_skip(&n, 8);
        uint32_t name = hmi_cur_u32(&n);
        HMI_TRY(emit_text(l, "share", HMI_FILE_PATH, n.bad ? share : at_offset(share, name), false,
                          err));
    }
    return HM_OK;
}

/* ---- Texts */

static int read_texts(lnk *l, hm_err *err)
{
    static const struct {
        const char *key;
        hmi_class class_id;
    } TEXTS[] = { { "description", HMI_STRING },
                  { "relative-path", HMI_FILE_PATH },
                  { "folder", HMI_FILE_PATH },
                  { "arguments", HMI_COMMAND_LINE },
                  { "icon", HMI_FILE_PATH } };
    bool wide = (l->flags & IS_UNICODE) != 0;
    for (unsigned i = 0; i < HMI_COUNT(TEXTS); i++) {
        if ((l->flags & (4u << i)) == 0) {
            continue;
        }
        uint16_t count = hmi_cur_u16(&l->cur);
        hm_bytes raw = hmi_cur_bytes(&l->cur, wide ? 2u * count : count);
        HMI_TRY(emit_text(l, TEXTS[i].key, TEXTS[i].class_id, raw, wide, err));
        if (i == 3 && count > 260) {
            HMI_TRY(hmi_emit_note(l->reading, HMI_NOTE_ODD, HM_OK, offset_of(l, raw), err,
                                  "arguments of %u characters: Windows shows only the first 260",
                                  count));
        }
    }
    return HM_OK;
}

/* ---- Extra blocks */

static int emit_mac(lnk *l, hm_bytes node, hm_err *err)
{
    const uint8_t *n = node.ptr;
    hm_text text = hmi_arena_printf(l->reading->arena, "%02x:%02x:%02x:%02x:%02x:%02x", n[0], n[1],
                                    n[2], n[3], n[4], n[5]);
    return text.ptr == NULL ? hmi_arena_fail(l->reading->arena, err)
                            : hmi_emit(l->reading, HMI_MAC_ADDRESS, HMI_ROLE_CONTENT, text,
                                       offset_of(l, node), err);
}

static int read_tracker(lnk *l, hm_bytes block, hm_err *err)
{
    hm_bytes machine = hmi_slice(block, 8, 16), guids = hmi_slice(block, 24, 64);
    HMI_TRY(hmi_property(&l->parts, "machine", machine, offset_of(l, machine), err));
    static const char *const KEYS[] = { "volume-id", "file-id" };
    for (unsigned i = 0; i < 4 && guids.len == 64; i++) {
        hm_bytes guid = hmi_slice(guids, i * 16, 16);
        if (i >= 2 && hmi_bytes_eq(guid, hmi_slice(guids, (i - 2) * 16, 16))) {
            continue; /* the id at birth is the id of now */
        }
        char text[37];
        hmi_guid_text(guid.ptr, text);
        HMI_TRY(hmi_property(&l->parts, KEYS[i & 1], hmi_bytes(text, 36), offset_of(l, guid), err));
        /* version 1 and not a random node (its group bit would be set) */
        if ((i & 1) && guid.ptr[7] >> 4 == 1 && (guid.ptr[10] & 1) == 0) {
            HMI_TRY(emit_mac(l, hmi_slice(guid, 10, 6), err));
        }
    }
    return HM_OK;
}

static int read_block(lnk *l, uint32_t signature, hm_bytes block, hm_err *err)
{
    switch (signature) {
    case 0xa0000001: /* the environment's spelling of the target */
        return emit_text(l, "environment-target", HMI_FILE_PATH, hmi_slice(block, 260, 520), true,
                         err);
    case 0xa0000003:
        return read_tracker(l, block, err);
    case 0xa0000007:
        return emit_text(l, "environment-icon", HMI_FILE_PATH, hmi_slice(block, 260, 520), true,
                         err);
    case 0xa0000009: { /* property store: the account's SID stands in its texts */
        return hmi_scan_strings(l->reading, block, NULL, 0, err);
    }
    default:
        return HM_OK;
    }
}

static int read_blocks(lnk *l, hm_err *err)
{
    for (unsigned n = 0; n < HMI_LNK_BLOCKS_MAX; n++) {
        uint32_t size = hmi_cur_u32(&l->cur);
        if (l->cur.bad || size < 8) {
            break;
        }
        uint32_t signature = hmi_cur_u32(&l->cur);
        hm_bytes block = hmi_cur_bytes(&l->cur, size - 8);
        if (!l->cur.bad) {
            HMI_TRY(read_block(l, signature, block, err));
        }
    }
    return HM_OK;
}

/* What stands behind the last block is carried along by the shortcut, and cut out by its own
 * command line. */
static int read_tail(lnk *l, hm_err *err)
{
    hm_bytes tail = hmi_slice(l->file, l->cur.pos, l->file.len);
    if (l->cur.bad || tail.len < 16) {
        return HM_OK;
    }
    HMI_TRY(hmi_emit_note(l->reading, HMI_NOTE_ODD, HM_OK, l->cur.pos, err,
                          "%zu bytes stand behind the shortcut", tail.len));
    return hmi_parts_givef(&l->parts, tail, l->cur.pos, err, "tail");
}

static int read_lnk(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    lnk l = { .reading = reading, .file = file, .cur = hmi_cur_over(file) };
    l.parts = hmi_parts_begin(reading, file);
    if (!hmi_starts_with(file, HM_BYTES(LNK_MAGIC))) {
        return hmi_fail(err, HM_E_MALFORMED, 0, "no header of a shortcut");
    }
    HMI_TRY(read_header(&l, err));
    if (l.flags & HAS_ITEMS) {
        HMI_TRY(read_items(&l, err));
    }
    if ((l.flags & HAS_INFO) && !(l.flags & NO_INFO)) {
        HMI_TRY(read_info(&l, err));
    }
    HMI_TRY(read_texts(&l, err));
    HMI_TRY(read_blocks(&l, err));
    if (l.cur.bad) {
        return hmi_emit_note(reading, HMI_NOTE_DAMAGE, HM_E_TRUNCATED, l.cur.bad_at, err,
                             "the shortcut is cut short here; what came before is kept");
    }
    return read_tail(&l, err);
}

const hmi_reader hmi_reader_lnk = { "lnk", "Windows shortcuts", 1, detect_lnk, read_lnk };
