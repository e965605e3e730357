/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_split.c - finds the objects of a STIX document, also of a damaged one.
 *
 * WHY    One bad byte must not cost the other 20,000 objects, and a document of 50 MB must not be
 *        held as a tree. So objects are cut out first, by brackets and quotes alone, and each is
 *        parsed strictly by itself.
 * FORM   Any sequence of: {... "objects": [ {...}, ... ] ...}   a bundle or a TAXII envelope
 *                         [ {...}, ... ]                        a bare list
 *                         {...}                                 a bare object (also one per line)
 *        An object whose end is not found ends where the next one seems to begin: at a '{' with
 *        "type" or "id" as its first key.
 * TRUST  Hostile. 1. pos only grows. 2. An object is at most HMI_STIX_OBJECT_MAX bytes, so looking
 *        for an end is bounded, and that it is not found happens at most HMI_STIX_RESYNC_MAX times.
 * OWNS   Nothing.
 */
#include "formats/report/stix.h"

enum { HMI_STIX_OBJECT_MAX = 16 << 20, HMI_STIX_RESYNC_MAX = 64 };

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t skip_blanks(hm_bytes file, size_t pos)
{
    while (pos < file.len && is_blank(file.ptr[pos])) {
        pos++;
    }
    return pos;
}

/* Behind the string whose opening quote is at `pos`; HMI_NPOS if it does not close before `end`. */
static size_t string_end(hm_bytes file, size_t pos, size_t end)
{
    pos++;
    while (pos < end) {
        const uint8_t *quote = memchr(file.ptr + pos, '"', end - pos);
        if (quote == NULL) {
            return HMI_NPOS;
        }
        size_t at = (size_t)(quote - file.ptr);
        size_t slashes = 0;
        while (at - slashes > pos && file.ptr[at - slashes - 1] == '\\') {
            slashes++;
        }
        if (slashes % 2 == 0) {
            return at + 1;
        }
        pos = at + 1;
    }
    return HMI_NPOS;
}

/* Behind the value that begins at `pos`; HMI_NPOS if its end is not in reach. */
static size_t value_end(hm_bytes file, size_t pos)
{
    size_t end = file.len - pos > HMI_STIX_OBJECT_MAX ? pos + HMI_STIX_OBJECT_MAX : file.len;
    size_t depth = 0;
    while (pos < end) {
        uint8_t c = file.ptr[pos];
        if (c == '"') {
            pos = string_end(file, pos, end);
            if (pos == HMI_NPOS || depth == 0) {
                return pos;
            }
            continue;
        }
        bool opens = c == '{' || c == '[';
        bool closes = c == '}' || c == ']';
        if (depth == 0 && (closes || c == ',' || is_blank(c))) {
            return pos; /* a number or a literal ends here */
        }
        depth += opens ? 1 : 0;
        depth -= closes ? 1 : 0;
        pos++;
        if (closes && depth == 0) {
            return pos;
        }
    }
    return depth == 0 && pos == file.len ? pos : HMI_NPOS;
}

static bool object_seems_to_begin(hm_bytes file, size_t pos)
{
    size_t key = skip_blanks(file, pos + 1);
    hm_bytes rest = hmi_slice(file, key, 6);
    return hmi_starts_with(rest, HM_BYTES("\"type\"")) || hmi_starts_with(rest, HM_BYTES("\"id\""));
}

static size_t next_beginning(hm_bytes file, size_t pos)
{
    size_t end = file.len - pos > HMI_STIX_OBJECT_MAX ? pos + HMI_STIX_OBJECT_MAX : file.len;
    while (pos < end) {
        const uint8_t *brace = memchr(file.ptr + pos, '{', end - pos);
        if (brace == NULL) {
            return file.len;
        }
        pos = (size_t)(brace - file.ptr);
        if (object_seems_to_begin(file, pos)) {
            return pos;
        }
        pos++;
    }
    return file.len;
}

/* Where the '[' of this object's "objects" stands; HMI_NPOS when it has none. */
static size_t find_list(hm_bytes file, size_t pos)
{
    pos++;
    for (;;) {
        pos = skip_blanks(file, pos);
        if (pos < file.len && file.ptr[pos] == ',') {
            pos = skip_blanks(file, pos + 1);
        }
        if (pos >= file.len || file.ptr[pos] != '"') {
            return HMI_NPOS;
        }
        size_t key_end = string_end(file, pos, file.len);
        if (key_end == HMI_NPOS) {
            return HMI_NPOS;
        }
        bool is_list = hmi_bytes_eq(hmi_slice(file, pos, key_end - pos), HM_BYTES("\"objects\""));
        pos = skip_blanks(file, key_end);
        if (pos >= file.len || file.ptr[pos] != ':') {
            return HMI_NPOS;
        }
        pos = skip_blanks(file, pos + 1);
        if (is_list && pos < file.len && file.ptr[pos] == '[') {
            return pos;
        }
        pos = pos < file.len ? value_end(file, pos) : HMI_NPOS;
        if (pos == HMI_NPOS) {
            return HMI_NPOS;
        }
    }
}

hmi_stix_split hmi_stix_split_over(hm_bytes file)
{
    return (hmi_stix_split){ .file = file,
                             .pos = hmi_starts_with(file, HM_BYTES("\xef\xbb\xbf")) ? 3 : 0,
                             .resyncs_left = HMI_STIX_RESYNC_MAX };
}

static bool take(hmi_stix_split *split, hm_bytes *ret_object, size_t *ret_offset, bool *ret_cut)
{
    size_t start = split->pos;
    size_t end = value_end(split->file, start);
    *ret_cut = end == HMI_NPOS;
    if (end == HMI_NPOS) {
        if (split->resyncs_left == 0) {
            split->pos = split->file.len;
            end = split->file.len;
        } else {
            split->resyncs_left--;
            end = next_beginning(split->file, start + 1);
        }
    }
    split->pos = end;
    *ret_object = hmi_slice(split->file, start, end - start);
    *ret_offset = start;
    return true;
}

/* Behind a list: the rest of the object around it is skipped, as far as it can be told. */
static void leave_list(hmi_stix_split *split)
{
    hm_bytes file = split->file;
    split->in_list = false;
    split->pos++;
    while (split->pos < file.len && file.ptr[split->pos] != '{' && file.ptr[split->pos] != '[') {
        uint8_t c = file.ptr[split->pos];
        size_t end = c == '"' ? string_end(file, split->pos, file.len) : split->pos + 1;
        split->pos = end != HMI_NPOS ? end : file.len;
        if (c == '}') {
            return;
        }
    }
}

bool hmi_stix_split_next(hmi_stix_split *split, hm_bytes *ret_object, size_t *ret_offset,
                         bool *ret_cut)
{
    hm_bytes file = split->file;
    while (split->pos < file.len) {
        uint8_t c = file.ptr[split->pos];
        if (is_blank(c) || c == ',') {
            split->pos++;
        } else if (split->in_list && c == ']') {
            leave_list(split);
        } else if (c == '[' && !split->in_list) {
            split->in_list = true;
            split->pos++;
        } else if (c == '{' && !split->in_list) {
            size_t list = find_list(file, split->pos);
            if (list == HMI_NPOS) {
                return take(split, ret_object, ret_offset, ret_cut);
            }
            split->in_list = true;
            split->pos = list + 1;
        } else if (c == '}' || c == ']') {
            split->pos++; /* left over from damage */
        } else {
            return take(split, ret_object, ret_offset, ret_cut);
        }
    }
    return false;
}
