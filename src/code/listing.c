/* SPDX-License-Identifier: Apache-2.0
 *
 * listing.c - reads what a worker says of functions and instructions (FORM in listing.h).
 *
 * WHY    A parser of its own, so that whoever pairs programs carries no disassembler.
 * TRUST  A worker may have been taken over by the program that it reads: every count is bounded,
 *        every text must be clean, a fingerprint must be one.
 * OWNS   Nothing.
 */
#include "code/listing.h"

#include "base/error.h"
#include "base/text.h"
#include "code/code.h"

static int malformed(const hmi_cur *cur, hm_err *err, const char *what)
{
    return hmi_fail(err, HM_E_MALFORMED, cur->pos, "%s", what);
}

/* Clean, and without what would move a terminal's cursor. */
static bool take_text(hmi_cur *cur, size_t max, hm_text *ret)
{
    uint64_t len = hmi_cur_uleb(cur);
    if (cur->bad || len > max) {
        return false;
    }
    hm_bytes bytes = hmi_cur_bytes(cur, (size_t)len);
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.ptr[i] < 0x20 || bytes.ptr[i] == 0x7f) {
            return false;
        }
    }
    *ret = HM_TEXT("");
    return !cur->bad && (bytes.len == 0 || hmi_text_from(bytes, ret));
}

int hmi_listed_parse(hm_bytes raw, hmi_listed *ret, hm_err *err)
{
    hmi_cur cur = hmi_cur_over(raw);
    hmi_listed listed = { .call_count = 0 };
    unsigned version = hmi_cur_u8(&cur);
    listed.address = hmi_cur_u64(&cur);
    uint64_t calls = hmi_cur_uleb(&cur);
    if (cur.bad || version != HMI_LISTING_VERSION || calls > HMI_LISTED_CALLS_MAX) {
        return malformed(&cur, err, "a function cut short or of an unknown form");
    }
    listed.call_count = (size_t)calls;
    listed.calls = hmi_cur_bytes(&cur, 8 * listed.call_count).ptr;
    if (cur.bad || !take_text(&cur, HMI_LISTED_NAME_MAX, &listed.name)) {
        return malformed(&cur, err, "a function whose name is no clean text");
    }
    listed.print = hmi_cur_bytes(&cur, hmi_cur_left(&cur));
    if (cur.bad || !hmi_fingerprint_valid(listed.print)) {
        return malformed(&cur, err, "a function without a fingerprint");
    }
    *ret = listed;
    return HM_OK;
}

int hmi_rows_open(hm_bytes raw, hmi_rows *ret, hm_err *err)
{
    hmi_rows rows = { .cur = hmi_cur_over(raw) };
    unsigned version = hmi_cur_u8(&rows.cur);
    rows.address = hmi_cur_u64(&rows.cur);
    rows.left = hmi_cur_uleb(&rows.cur);
    if (rows.cur.bad || version != HMI_LISTING_VERSION || rows.left == 0 ||
        rows.left > HMI_LISTED_ROWS_MAX) {
        return malformed(&rows.cur, err, "code cut short or of an unknown form");
    }
    *ret = rows;
    return HM_OK;
}

int hmi_rows_next(hmi_rows *rows, hmi_row *ret_row, hm_err *err)
{
    if (rows->left == 0) {
        return hmi_cur_left(&rows->cur) == 0 ? 0 : malformed(&rows->cur, err, "more than the code");
    }
    hmi_cur *cur = &rows->cur;
    uint64_t at = hmi_cur_uleb(cur);
    hmi_row row = { .at = (uint32_t)at, .flags = hmi_cur_u8(cur), .target = hmi_cur_u64(cur) };
    row.key = hmi_cur_u64(cur);
    row.mnemonic = hmi_cur_u16(cur);
    if (cur->bad || at >= HMI_CODE_WINDOW_MAX || !take_text(cur, HMI_LISTED_TEXT_MAX, &row.text) ||
        !take_text(cur, HMI_LISTED_TEXT_MAX, &row.note)) {
        return malformed(cur, err, "an instruction cut short or with unclean text");
    }
    rows->left--;
    *ret_row = row;
    return 1;
}
