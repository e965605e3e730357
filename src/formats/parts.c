/* SPDX-License-Identifier: Apache-2.0
 *
 * parts.c - members and properties of documents, scripts and links.
 *
 * WHY    A dozen readers hand things on; the limits that keep a small file from becoming a large
 *        casebook are kept in one place.
 * FORM   None.
 * TRUST  Names and values are an attacker's. Output is counted as it goes.
 * OWNS   Nothing; texts are made in the reading's arena.
 */
#include "formats/parts.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"
#include "base/num.h"
#include "base/text.h"

hmi_parts hmi_parts_begin(hmi_reading *reading, hm_bytes file)
{
    uint64_t by_ratio = UINT64_MAX;
    uint64_t output = reading->output_max > 0 && reading->output_max < HMI_PARTS_OUTPUT_MAX
                          ? reading->output_max
                          : HMI_PARTS_OUTPUT_MAX;
    (void)hmi_mul((uint64_t)file.len, (uint64_t)HMI_PARTS_RATIO_MAX, &by_ratio);
    by_ratio = by_ratio < HMI_PARTS_RATIO_FLOOR ? HMI_PARTS_RATIO_FLOOR : by_ratio;
    return (hmi_parts){ .reading = reading,
                        .output = output < by_ratio ? output : by_ratio,
                        .members = HMI_PARTS_MEMBERS_MAX,
                        .properties = HMI_PARTS_PROPERTIES_MAX };
}

static int tell_limit(hmi_parts *parts, uint64_t offset, const char *what, hm_err *err)
{
    if (parts->told) {
        return HM_OK;
    }
    parts->told = true;
    return hmi_emit_note(parts->reading, HMI_NOTE_DAMAGE, HM_E_LIMIT, offset, err,
                         "not all that is inside was taken out: %s", what);
}

int hmi_parts_give(hmi_parts *parts, hm_bytes name, hm_bytes content, uint64_t offset, hm_err *err)
{
    hmi_reading *reading = parts->reading;
    if (content.len == 0) {
        return HM_OK;
    }
    if (reading->depth >= HMI_PARTS_DEPTH_MAX) {
        return tell_limit(parts, offset, "already 8 files deep", err);
    }
    if (parts->members == 0) {
        return tell_limit(parts, offset, "more than 1,000 parts", err);
    }
    hmi_member member = { .name = hmi_slice(name, 0, HMI_MEMBER_NAME_MAX),
                          .content = content,
                          .offset = offset };
    if (content.len > parts->output) {
        member.content.len = (size_t)parts->output;
        member.truncated = true;
        HMI_TRY(tell_limit(parts, offset, "more bytes than the limit", err));
    }
    if (member.content.len == 0) {
        return HM_OK;
    }
    parts->output -= member.content.len;
    parts->members--;
    return hmi_sink_member(reading->sink, &member, err);
}

int hmi_parts_givef(hmi_parts *parts, hm_bytes content, uint64_t offset, hm_err *err,
                    const char *format, ...)
{
    char name[HMI_PARTS_NAME_MAX];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(name, sizeof(name), format, args);
    va_end(args);
    size_t used = len < 0 ? 0 : hmi_min((size_t)len, sizeof(name) - 1);
    return hmi_parts_give(parts, hmi_bytes(name, used), content, offset, err);
}

static int property(hmi_parts *parts, const char *key, hm_text value, uint64_t offset, hm_err *err)
{
    value = hmi_text_trim(value);
    if (value.len == 0 || parts->properties == 0) {
        return HM_OK;
    }
    parts->properties--;
    HMI_TRY(hmi_emit_fact(parts->reading, key, value, err));
    hm_text both = hmi_arena_printf(parts->reading->arena, "%s=%.*s", key, HMI_FMT(value));
    if (both.ptr == NULL) {
        return hmi_arena_fail(parts->reading->arena, err);
    }
    return hmi_emit(parts->reading, HMI_DOCUMENT_PROPERTY, HMI_ROLE_CONTENT, both, offset, err);
}

int hmi_property(hmi_parts *parts, const char *key, hm_bytes value, uint64_t offset, hm_err *err)
{
    value = hmi_slice(value, 0, hmi_find_byte(value, 0));
    if (value.len == 0) {
        return HM_OK;
    }
    hm_text text;
    if (value.len > HMI_PROPERTY_VALUE_MAX || !hmi_text_from(value, &text)) {
        text = hmi_text_safe(parts->reading->arena, value, HMI_PROPERTY_VALUE_MAX);
    }
    return text.ptr == NULL ? hmi_arena_fail(parts->reading->arena, err)
                            : property(parts, key, text, offset, err);
}

int hmi_property_wide(hmi_parts *parts, const char *key, hm_bytes value, uint64_t offset,
                      hm_err *err)
{
    size_t len = 0;
    while (len + 1 < value.len && len < 2 * (size_t)HMI_PROPERTY_VALUE_MAX &&
           (value.ptr[len] | value.ptr[len + 1]) != 0) {
        len += 2;
    }
    if (len == 0) {
        return HM_OK;
    }
    hm_text text = hmi_text_from_utf16(parts->reading->arena, hmi_slice(value, 0, len), false);
    if (text.ptr == NULL) {
        return hmi_arena_fail(parts->reading->arena, err);
    }
    return hmi_property(parts, key, hmi_text_bytes(text), offset, err);
}

int hmi_property_time(hmi_parts *parts, const char *key, int64_t us, uint64_t offset, hm_err *err)
{
    hmi_buf buf;
    if (us == HMI_TIME_NONE) {
        return HM_OK;
    }
    hmi_buf_init(&buf, 64);
    hmi_buf_add_time(&buf, us);
    int code = property(parts, key, hmi_buf_text(&buf), offset, err);
    hmi_buf_fini(&buf);
    return code;
}

int hmi_property_filetime(hmi_parts *parts, const char *key, uint64_t filetime, uint64_t offset,
                          hm_err *err)
{
    /* Seconds from 1601 to 1970, and to the year 10000. */
    const uint64_t epoch = UINT64_C(11644473600), end = UINT64_C(265046774400);
    if (filetime < UINT64_C(10000000) || filetime / 10000000 >= end) {
        return HM_OK;
    }
    int64_t us = (int64_t)(filetime / 10) - (int64_t)(epoch * 1000000);
    return hmi_property_time(parts, key, us, offset, err);
}

void hmi_guid_text(const uint8_t *guid, char out[37])
{
    static const uint8_t ORDER[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
    static const char HEX[] = "0123456789abcdef";
    size_t at = 0;
    for (size_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            out[at++] = '-';
        }
        out[at++] = HEX[guid[ORDER[i]] >> 4];
        out[at++] = HEX[guid[ORDER[i]] & 15];
    }
    out[at] = '\0';
}
