/* SPDX-License-Identifier: Apache-2.0
 *
 * zip_check.c - does a zip say the same from behind as from the front?
 *
 * WHY    A zip describes each member twice: in the central directory at the end, which most
 * programs trust, and in a local header before the content, which streaming programs trust. Where
 *        they differ, one scanner sees a letter and the victim's program unpacks something else
 *        (abuse case 08). Overlapping members are how one small zip becomes petabytes (case 04).
 * FORM   end record  50 4b 05 06: 10 count u16, 12 directory size u32, 16 directory offset u32
 *        directory   50 4b 01 02: 8 flags, 10 method, 20 csize, 28 name len, 30 extra, 32 comment,
 *                    42 local offset, 46 name
 *        local       50 4b 03 04: 6 flags, 8 method, 18 csize, 26 name len, 28 extra, 30 name
 *        (APPNOTE.TXT 6.3.10, all little-endian). Zip64 fields are not compared.
 * TRUST  All reads go through the cursor; at most HMI_ARCHIVE_MEMBERS_MAX entries are walked.
 * OWNS   Nothing.
 */
#include <stdlib.h>

#include "base/cursor.h"
#include "base/error.h"
#include "base/num.h"
#include "base/text.h"
#include "formats/container/archive.h"

enum {
    END_SIZE = 22,
    COMMENT_MAX = 65535,
    DIRECTORY_SIZE = 46,
    LOCAL_SIZE = 30,
    FLAG_SIZES_LATER = 1 << 3
};
#define ZIP64_MARK UINT32_C(0xffffffff)

typedef struct zip_end {
    size_t at;
    uint16_t count;
    uint32_t directory_size, directory_offset;
    size_t directory_at; /* where it really is */
    size_t shift;        /* bytes in front of the zip: real offset = stated offset + shift */
} zip_end;

typedef struct zip_entry {
    uint16_t flags, method;
    uint32_t packed;
    uint64_t local_at;
    hm_bytes name;
} zip_entry;

/* Kinds of disagreement: each is noted once, with how often and the first place. */
enum oddity { ODD_NAME, ODD_METHOD, ODD_SIZE, ODD_MISSING, ODD_OVERLAP, ODD_NUL, ODD_KINDS };
typedef struct oddities {
    size_t count[ODD_KINDS];
    uint64_t first_at[ODD_KINDS];
    hm_bytes directory_name, local_name; /* of the first ODD_NAME */
} oddities;

static bool read_end(hm_bytes file, size_t at, zip_end *ret_end)
{
    hmi_cur cur = hmi_cur_over(file);
    hmi_cur_seek(&cur, at + 10);
    zip_end end = { .at = at, .count = hmi_cur_u16(&cur) };
    end.directory_size = hmi_cur_u32(&cur);
    end.directory_offset = hmi_cur_u32(&cur);
    size_t comment = hmi_cur_u16(&cur);
    if (cur.bad || comment > hmi_cur_left(&cur)) {
        return false;
    }
    if (end.directory_size == ZIP64_MARK || end.directory_offset == ZIP64_MARK) {
        end.directory_at = HMI_NPOS;
        *ret_end = end;
        return at >= 20 && hmi_starts_with(hmi_slice(file, at - 20, 4), HM_BYTES("PK\6\7"));
    }
    if (end.directory_size > at || end.directory_offset > at - end.directory_size) {
        return false;
    }
    end.directory_at = at - end.directory_size;
    end.shift = end.directory_at - end.directory_offset;
    bool empty = end.directory_size == 0 && end.count == 0 && end.directory_offset == 0;
    bool signed_right = hmi_starts_with(hmi_slice(file, end.directory_at, 4), HM_BYTES("PK\1\2"));
    if (!(empty && at == 0) && !signed_right) {
        return false;
    }
    *ret_end = end;
    return true;
}

static bool find_end(hm_bytes file, zip_end *ret_end)
{
    if (file.len < END_SIZE) {
        return false;
    }
    size_t last = file.len - END_SIZE;
    size_t first = last > COMMENT_MAX ? last - COMMENT_MAX : 0;
    for (size_t at = last + 1; at > first; at--) {
        if (file.ptr[at - 1] == 'P' &&
            hmi_starts_with(hmi_slice(file, at - 1, 4), HM_BYTES("PK\5\6")) &&
            read_end(file, at - 1, ret_end)) {
            return true;
        }
    }
    return false;
}

size_t hmi_zip_find_end(hm_bytes file)
{
    zip_end end;
    return find_end(file, &end) ? end.at : HMI_NPOS;
}

static bool next_entry(hmi_cur *cur, zip_entry *ret_entry)
{
    if (!hmi_cur_match(cur, HM_BYTES("PK\1\2"))) {
        return false;
    }
    zip_entry entry = { 0 };
    hmi_cur_skip(cur, 4);
    entry.flags = hmi_cur_u16(cur);
    entry.method = hmi_cur_u16(cur);
    hmi_cur_skip(cur, 8);
    entry.packed = hmi_cur_u32(cur);
    hmi_cur_skip(cur, 4);
    size_t name_len = hmi_cur_u16(cur), extra_len = hmi_cur_u16(cur), comment = hmi_cur_u16(cur);
    hmi_cur_skip(cur, 8);
    entry.local_at = hmi_cur_u32(cur);
    entry.name = hmi_cur_bytes(cur, name_len);
    hmi_cur_skip(cur, extra_len + comment);
    *ret_entry = entry;
    return !cur->bad;
}

static void count_odd(oddities *odd, enum oddity kind, uint64_t at)
{
    if (odd->count[kind]++ == 0) {
        odd->first_at[kind] = at;
    }
}

/* *ret_end_at: where the member's content ends, for finding overlaps. */
static void compare_local(hm_bytes file, const zip_entry *entry, oddities *odd,
                          uint64_t *ret_end_at)
{
    hmi_cur cur = hmi_cur_over(file);
    hmi_cur_seek(&cur, entry->local_at);
    if (!hmi_cur_match(&cur, HM_BYTES("PK\3\4"))) {
        count_odd(odd, ODD_MISSING, entry->local_at);
        return;
    }
    hmi_cur_skip(&cur, 2);
    uint16_t flags = hmi_cur_u16(&cur), method = hmi_cur_u16(&cur);
    hmi_cur_skip(&cur, 8);
    uint32_t packed = hmi_cur_u32(&cur);
    hmi_cur_skip(&cur, 4);
    size_t name_len = hmi_cur_u16(&cur), extra_len = hmi_cur_u16(&cur);
    hm_bytes name = hmi_cur_bytes(&cur, name_len);
    hmi_cur_skip(&cur, extra_len);
    if (cur.bad) {
        count_odd(odd, ODD_MISSING, entry->local_at);
        return;
    }
    if (!hmi_bytes_eq(name, entry->name)) {
        if (odd->count[ODD_NAME] == 0) {
            odd->directory_name = entry->name;
            odd->local_name = name;
        }
        count_odd(odd, ODD_NAME, entry->local_at);
    }
    if (method != entry->method) {
        count_odd(odd, ODD_METHOD, entry->local_at);
    }
    if (!(flags & FLAG_SIZES_LATER) && packed != entry->packed && packed != ZIP64_MARK &&
        entry->packed != ZIP64_MARK) {
        count_odd(odd, ODD_SIZE, entry->local_at);
    }
    *ret_end_at = cur.pos + (entry->packed == ZIP64_MARK ? 0 : entry->packed);
}

static int by_start(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Each span is [start, end): members of an honest zip lie one behind the other. */
static void find_overlaps(uint64_t (*spans)[2], size_t count, oddities *odd)
{
    qsort(spans, count, sizeof(*spans), by_start);
    uint64_t reached = 0;
    for (size_t i = 0; i < count; i++) {
        if (spans[i][0] < reached) {
            count_odd(odd, ODD_OVERLAP, spans[i][0]);
        }
        reached = spans[i][1] > reached ? spans[i][1] : reached;
    }
}

/* Headers that stand where the directory says nothing is: before the first member, between members
 * and before the directory. A span ends at the content; a data descriptor of up to 24 bytes may
 * follow. */
static bool find_hidden(hm_bytes file, uint64_t (*spans)[2], size_t count, const zip_end *end,
                        uint64_t *ret_at)
{
    uint64_t reached = end->shift;
    for (size_t i = 0; i <= count; i++) {
        uint64_t until = i < count ? spans[i][0] : end->directory_at;
        if (until > reached && until <= file.len) {
            hm_bytes gap = hmi_slice(file, (size_t)reached, (size_t)(until - reached));
            size_t at = hmi_find(gap, HM_BYTES("PK\3\4"));
            if (at != HMI_NPOS && gap.len - at >= LOCAL_SIZE) {
                *ret_at = reached + at;
                return true;
            }
        }
        if (i < count && spans[i][1] > reached) {
            reached = spans[i][1];
        }
    }
    return false;
}

static int note_oddities(hmi_reading *reading, const oddities *odd, hm_err *err)
{
    static const char *const words[ODD_KINDS] = {
        [ODD_NAME] = "members are named otherwise in their local header",
        [ODD_METHOD] = "members are packed by another method in their local header",
        [ODD_SIZE] = "members have another size in their local header",
        [ODD_MISSING] = "directory entries point at no local header",
        [ODD_OVERLAP] = "members overlap others",
        [ODD_NUL] = "member names contain a NUL",
    };
    for (int kind = 0; kind < ODD_KINDS; kind++) {
        if (odd->count[kind] == 0) {
            continue;
        }
        HMI_TRY(hmi_emit_note(reading, HMI_NOTE_ODD, HM_OK, odd->first_at[kind], err,
                              "%zu %s (first here)", odd->count[kind], words[kind]));
    }
    if (odd->count[ODD_NAME] > 0) {
        hm_text one = hmi_text_safe(reading->arena, odd->directory_name, 60);
        hm_text two = hmi_text_safe(reading->arena, odd->local_name, 60);
        HMI_TRY(hmi_emit_note(reading, HMI_NOTE_ODD, HM_OK, odd->first_at[ODD_NAME], err,
                              "the directory says \"%.*s\", the local header \"%.*s\"",
                              HMI_FMT(one), HMI_FMT(two)));
    }
    return HM_OK;
}

int hmi_zip_check(hmi_reading *reading, hm_bytes file, bool *ret_disagree, hm_err *err)
{
    zip_end end;
    if (!find_end(file, &end) || end.directory_at == HMI_NPOS) {
        *ret_disagree = false;
        return HM_OK;
    }
    uint64_t(*spans)[2] = hmi_arena_take(reading->arena, (size_t)end.count + 1, sizeof(*spans));
    if (spans == NULL) {
        return hmi_arena_fail(reading->arena, err);
    }
    oddities odd = { 0 };
    hmi_cur cur = hmi_cur_over(hmi_slice(file, end.directory_at, end.directory_size));
    zip_entry entry;
    size_t count = 0;
    while (count < end.count && count < HMI_ARCHIVE_MEMBERS_MAX && next_entry(&cur, &entry)) {
        if (entry.local_at == ZIP64_MARK) {
            continue;
        }
        entry.local_at += end.shift;
        if (hmi_find_byte(entry.name, 0) != HMI_NPOS) {
            count_odd(&odd, ODD_NUL, entry.local_at);
        }
        uint64_t end_at = entry.local_at;
        compare_local(file, &entry, &odd, &end_at);
        spans[count][0] = entry.local_at;
        spans[count++][1] = end_at;
    }
    find_overlaps(spans, count, &odd);
    HMI_TRY(note_oddities(reading, &odd, err));
    uint64_t hidden_at = 0;
    bool hidden = count == end.count && find_hidden(file, spans, count, &end, &hidden_at);
    if (hidden) {
        HMI_TRY(
            hmi_emit_note(reading, HMI_NOTE_ODD, HM_OK, hidden_at, err,
                          "a member that the directory does not name: both readings are given"));
    }
    *ret_disagree = hidden || odd.count[ODD_NAME] || odd.count[ODD_METHOD] || odd.count[ODD_SIZE] ||
                    odd.count[ODD_MISSING];
    return HM_OK;
}
