/* SPDX-License-Identifier: Apache-2.0
 *
 * compound.c - the file system inside a compound file: sectors, chains, directory.
 *
 * WHY    Office 97 to 2003, macros of every Office, Outlook messages and installers live in one.
 * FORM   MS-CFB. Header: magic of 8, sector shift u16 at 30, mini shift u16 at 32, first directory
 *        sector u32 at 48, mini cutoff u32 at 56, first mini FAT sector u32 at 60, first DIFAT
 *        sector u32 at 68, 109 FAT sectors at 76. Sector n lies at (n + 1) << shift. Directory
 *        entries of 128 bytes: name UTF-16 (64), its bytes u16, kind u8, left, right, child u32 at
 *        68, class id at 80, created and modified at 100, start u32 at 116, size u64 at 120.
 * TRUST  None. 1. The tables are no longer than the file. 2. No chain is followed for more steps
 *        than the file has sectors. 3. All streams together are bounded: chains may share sectors.
 *        4. The tree of names may have loops: each entry gets its folder once.
 * OWNS   Nothing; tables and streams are in the reading's arena.
 */
#include "formats/document/ole/ole.h"

#include "base/text.h"

enum { HEAD_FATS = 109, ENTRY = 128 };
#define END_OF_CHAIN UINT32_C(0xfffffffe)
#define NO_ENTRY UINT32_C(0xffffffff)
#define LAST_SECTOR UINT32_C(0xfffffffa)

static hm_bytes sector(const hmi_ole *ole, uint32_t number)
{
    uint64_t at = ((uint64_t)number + 1) << ole->sector_shift;
    return number >= LAST_SECTOR || at >= ole->file.len
               ? (hm_bytes){ NULL, 0 }
               : hmi_slice(ole->file, (size_t)at, (size_t)1 << ole->sector_shift);
}

static uint32_t word_at(hm_bytes bytes, size_t at)
{
    hmi_cur cur = hmi_cur_over(hmi_slice(bytes, at, 4));
    uint32_t word = hmi_cur_u32(&cur);
    return cur.bad ? NO_ENTRY : word;
}

/* Puts the entries of one FAT sector behind those of the others. */
static void add_fat(hmi_ole *ole, uint32_t number, size_t room)
{
    hm_bytes bytes = sector(ole, number);
    size_t words = ((size_t)1 << ole->sector_shift) / 4;
    for (size_t i = 0; i < words && ole->fat_count < room; i++) {
        ole->fat[ole->fat_count++] = word_at(bytes, i * 4);
    }
}

static int read_fat(hmi_ole *ole, hm_err *err)
{
    size_t sectors = (ole->file.len >> ole->sector_shift) + 1;
    size_t words = ((size_t)1 << ole->sector_shift) / 4;
    ole->fat = hmi_new_array(ole->reading->arena, uint32_t, sectors + words);
    if (ole->fat == NULL) {
        return hmi_arena_fail(ole->reading->arena, err);
    }
    for (size_t i = 0; i < HEAD_FATS && ole->fat_count < sectors; i++) {
        uint32_t number = word_at(ole->file, 76 + i * 4);
        if (number < LAST_SECTOR) {
            add_fat(ole, number, sectors);
        }
    }
    uint32_t next = word_at(ole->file, 68);
    for (size_t n = 0; n < sectors && next < LAST_SECTOR && ole->fat_count < sectors; n++) {
        hm_bytes bytes = sector(ole, next);
        for (size_t i = 0; i + 1 < words && bytes.len > 0 && ole->fat_count < sectors; i++) {
            uint32_t number = word_at(bytes, i * 4);
            if (number < LAST_SECTOR) {
                add_fat(ole, number, sectors);
            }
        }
        next = word_at(bytes, (words - 1) * 4);
    }
    return HM_OK;
}

/* Puts together at most `size` bytes of a chain of `unit` bytes each in `from` (NULL: sectors of
 * the file). */
static int chain(hmi_ole *ole, uint32_t start, uint64_t size, bool mini, hm_bytes *ret, hm_err *err)
{
    const uint32_t *table = mini ? ole->mini_fat : ole->fat;
    size_t count = mini ? ole->mini_count : ole->fat_count;
    size_t unit = (size_t)1 << (mini ? ole->mini_shift : ole->sector_shift), steps = 0;
    uint64_t most = hmi_min(mini ? ole->mini.len : ole->file.len, HMI_OLE_STREAM_MAX);
    most = most < ole->budget ? most : ole->budget;
    most = size < most ? size : most;
    *ret = (hm_bytes){ NULL, 0 };
    /* First how many sectors there are, then the bytes. */
    for (uint32_t at = start; at < count && steps < count && steps * unit < most; at = table[at]) {
        steps++;
    }
    size_t len = (size_t)(steps * unit < most ? steps * unit : most), done = 0;
    uint8_t *out = hmi_arena_take(ole->reading->arena, len, 1);
    if (out == NULL) {
        return hmi_arena_fail(ole->reading->arena, err);
    }
    for (uint32_t at = start; at < count && done < len; at = table[at]) {
        hm_bytes part =
            mini ? hmi_slice(ole->mini, (size_t)at << ole->mini_shift, unit) : sector(ole, at);
        size_t room = hmi_min(part.len, len - done);
        if (room == 0) {
            break;
        }
        memcpy(out + done, part.ptr, room);
        done += room;
    }
    ole->budget -= done;
    *ret = hmi_bytes(out, done);
    return HM_OK;
}

static hmi_ole_entry entry_of(hm_bytes raw)
{
    hmi_cur cur = hmi_cur_over(raw);
    hm_bytes name = hmi_cur_bytes(&cur, 64);
    uint16_t name_len = hmi_cur_u16(&cur);
    hmi_ole_entry entry = { .kind = (hmi_ole_kind)hmi_cur_u8(&cur), .parent = NO_ENTRY };
    hmi_cur_skip(&cur, 1);
    entry.left = hmi_cur_u32(&cur);
    entry.right = hmi_cur_u32(&cur);
    entry.child = hmi_cur_u32(&cur);
    hm_bytes class_id = hmi_cur_bytes(&cur, 16);
    hmi_cur_skip(&cur, 4);
    entry.created = hmi_cur_u64(&cur);
    entry.modified = hmi_cur_u64(&cur);
    entry.start = hmi_cur_u32(&cur);
    entry.size = hmi_cur_u64(&cur);
    if (class_id.len == 16) {
        memcpy(entry.class_id, class_id.ptr, 16);
    }
    size_t used = 0, len = name_len < 64 ? name_len : 64;
    for (size_t i = 0; i + 1 < len && used + 4 < sizeof(entry.name); i += 2) {
        uint32_t code = name.ptr[i] | (uint32_t)name.ptr[i + 1] << 8;
        if (code == 0) {
            break;
        }
        used += hmi_utf8_put(code, entry.name + used);
    }
    return entry;
}

/* Who is in which folder. Siblings form a tree; a stack of entries to look at, each at most once.
 */
static int place_entries(hmi_ole *ole, hm_err *err)
{
    uint32_t *stack = hmi_new_array(ole->reading->arena, uint32_t, ole->entry_count + 1);
    if (stack == NULL) {
        return hmi_arena_fail(ole->reading->arena, err);
    }
    for (uint32_t folder = 0; folder < ole->entry_count; folder++) {
        const hmi_ole_entry *of = &ole->entries[folder];
        size_t depth = 0;
        if (of->kind != HMI_OLE_FOLDER && of->kind != HMI_OLE_ROOT) {
            continue;
        }
        stack[depth++] = of->child;
        while (depth > 0) {
            uint32_t at = stack[--depth];
            if (at >= ole->entry_count || at == 0 || ole->entries[at].parent != NO_ENTRY ||
                at == folder) {
                continue;
            }
            ole->entries[at].parent = folder;
            uint32_t next[2] = { ole->entries[at].left, ole->entries[at].right };
            for (size_t i = 0; i < 2; i++) {
                if (depth < ole->entry_count && next[i] < ole->entry_count) {
                    stack[depth++] = next[i];
                }
            }
        }
    }
    return HM_OK;
}

static int read_directory(hmi_ole *ole, hm_err *err)
{
    hm_bytes directory;
    HMI_TRY(chain(ole, word_at(ole->file, 48), (uint64_t)HMI_OLE_ENTRIES_MAX * ENTRY, false,
                  &directory, err));
    ole->entry_count = directory.len / ENTRY;
    if (ole->entry_count == 0) {
        return hmi_fail(err, HM_E_TRUNCATED, 48, "the compound file's directory is not there");
    }
    ole->entries = hmi_new_array(ole->reading->arena, hmi_ole_entry, ole->entry_count);
    if (ole->entries == NULL) {
        return hmi_arena_fail(ole->reading->arena, err);
    }
    for (size_t i = 0; i < ole->entry_count; i++) {
        ole->entries[i] = entry_of(hmi_slice(directory, i * ENTRY, ENTRY));
        uint64_t at = ((uint64_t)ole->entries[i].start + 1) << ole->sector_shift;
        bool small = ole->entries[i].size < ole->mini_cutoff;
        ole->entries[i].place = !small && at < ole->file.len ? at : HM_OFFSET_NONE;
        if (ole->sector_shift == 9) {
            ole->entries[i].size &= UINT32_MAX; /* version 3 leaves junk in the upper half */
        }
    }
    return place_entries(ole, err);
}

int hmi_ole_open(hmi_ole *ole, hm_err *err)
{
    hmi_cur cur = hmi_cur_over(ole->file);
    if (!hmi_cur_match(&cur, HM_BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))) {
        return hmi_fail(err, HM_E_MALFORMED, 0, "no magic of a compound file");
    }
    hmi_cur_seek(&cur, 30);
    ole->sector_shift = hmi_cur_u16(&cur);
    ole->mini_shift = hmi_cur_u16(&cur);
    hmi_cur_seek(&cur, 56);
    ole->mini_cutoff = hmi_cur_u32(&cur);
    uint32_t mini_start = hmi_cur_u32(&cur);
    hmi_cur_seek(&cur, 512);
    if (cur.bad) {
        return hmi_fail(err, HM_E_TRUNCATED, ole->file.len,
                        "header of the compound file cut short");
    }
    if ((ole->sector_shift != 9 && ole->sector_shift != 12) || ole->mini_shift < 4 ||
        ole->mini_shift > ole->sector_shift) {
        return hmi_fail(err, HM_E_MALFORMED, 30, "impossible size of sectors");
    }
    ole->budget = UINT64_MAX;
    HMI_TRY(read_fat(ole, err));
    HMI_TRY(read_directory(ole, err));
    (void)hmi_mul((uint64_t)ole->file.len, (uint64_t)HMI_OLE_TIMES, &ole->budget);
    uint64_t memory = hmi_arena_left(ole->reading->arena) / 2;
    ole->budget = memory < ole->budget ? memory : ole->budget;
    hm_bytes raw;
    HMI_TRY(chain(ole, mini_start, ole->file.len, false, &raw, err));
    ole->mini_fat = hmi_new_array(ole->reading->arena, uint32_t, raw.len / 4);
    if (ole->mini_fat == NULL) {
        return hmi_arena_fail(ole->reading->arena, err);
    }
    for (; ole->mini_count < raw.len / 4; ole->mini_count++) {
        ole->mini_fat[ole->mini_count] = word_at(raw, ole->mini_count * 4);
    }
    return chain(ole, ole->entries[0].start, ole->entries[0].size, false, &ole->mini, err);
}

static int note_broken(hmi_ole *ole, const hmi_ole_entry *entry, size_t got, hm_err *err)
{
    if (ole->broken_told) {
        return HM_OK;
    }
    ole->broken_told = true;
    hm_text safe = hmi_text_safe(ole->reading->arena, hmi_text_bytes(hmi_text_of(entry->name)), 80);
    return hmi_emit_note(ole->reading, HMI_NOTE_DAMAGE, HM_E_TRUNCATED, HM_OFFSET_NONE, err,
                         "stream \"%.*s\" of %llu bytes: only %zu can be found (first of such)",
                         HMI_FMT(safe), (unsigned long long)entry->size, got);
}

int hmi_ole_stream(hmi_ole *ole, size_t index, hm_bytes *ret_content, hm_err *err)
{
    hmi_assert(index < ole->entry_count);
    const hmi_ole_entry *entry = &ole->entries[index];
    *ret_content = (hm_bytes){ NULL, 0 };
    if (entry->kind != HMI_OLE_STREAM || entry->size == 0) {
        return HM_OK;
    }
    bool mini = entry->size < ole->mini_cutoff;
    HMI_TRY(chain(ole, entry->start, entry->size, mini, ret_content, err));
    return ret_content->len < entry->size ? note_broken(ole, entry, ret_content->len, err) : HM_OK;
}

size_t hmi_ole_find(const hmi_ole *ole, size_t folder, const char *name)
{
    for (size_t i = 0; i < ole->entry_count; i++) {
        if (ole->entries[i].parent == folder &&
            hmi_text_ieq(hmi_text_of(ole->entries[i].name), hmi_text_of(name))) {
            return i;
        }
    }
    return SIZE_MAX;
}

hm_text hmi_ole_path(hmi_ole *ole, size_t index)
{
    hm_text path = hmi_text_of(ole->entries[index].name);
    size_t at = ole->entries[index].parent;
    for (unsigned n = 0; n < HMI_OLE_DEPTH_MAX && at < ole->entry_count && at != 0; n++) {
        hm_text longer =
            hmi_arena_printf(ole->reading->arena, "%s/%.*s", ole->entries[at].name, HMI_FMT(path));
        if (longer.ptr == NULL) {
            return path;
        }
        path = longer;
        at = ole->entries[at].parent;
    }
    return path;
}
