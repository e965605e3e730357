/* SPDX-License-Identifier: Apache-2.0
 *
 * stix.c - STIX 2.1 and 2.0 documents: bundles, TAXII envelopes, bare objects.
 *
 * WHY    It is how partners send what they know.
 * FORM   JSON; see stix_split.c for how objects are found, stix_object.c for what they say.
 * TRUST  Hostile. Each object is parsed strictly and by itself: one that is damaged is noted with
 *        its place, and the rest is read.
 * OWNS   The JSON parser and a scratch arena, both freed before read returns.
 */
#include "formats/report/stix.h"

#include "base/error.h"

#include <stdio.h>

enum {
    DETECT_WINDOW = 16 << 10,
    HMI_STIX_NOTES_MAX = 256,
    HMI_STIX_FACTS_MAX = 512,
    HMI_STIX_SCRATCH_MAX = 64 << 20
};

static bool has(hm_bytes bytes, const char *needle)
{
    return hmi_find(bytes, hmi_text_bytes(hmi_text_of(needle))) != HMI_NPOS;
}

/* "--" and the dashes of a UUID behind it: what every STIX id has. */
static bool has_id(hm_bytes bytes)
{
    for (size_t at = 0; at + 38 <= bytes.len; at++) {
        const uint8_t *p = bytes.ptr + at;
        if (p[0] == '-' && p[1] == '-' && p[10] == '-' && p[15] == '-' && p[20] == '-' &&
            p[25] == '-') {
            return true;
        }
    }
    return false;
}

static int detect(hm_bytes file, hm_bytes name)
{
    (void)name;
    hm_bytes head = hmi_slice(file, 0, DETECT_WINDOW);
    if (hmi_starts_with(head, HM_BYTES("\xef\xbb\xbf"))) {
        head = hmi_slice(head, 3, head.len);
    }
    while (head.len > 0 && memchr(" \t\r\n", head.ptr[0], 4) != NULL) {
        head = hmi_slice(head, 1, head.len);
    }
    if (head.len == 0 || (head.ptr[0] != '{' && head.ptr[0] != '[') || !has(head, "\"type\"")) {
        return 0;
    }
    if (has(head, "\"bundle--")) {
        return 95;
    }
    if (!has_id(head) || !has(head, "\"id\"")) {
        return 0;
    }
    return has(head, "\"spec_version\"") || has(head, "\"created\"") ? 85 : 30;
}

/* Positions that the parser reports are inside the object's own bytes. */
static int read_one(hmi_stix *stix, hm_bytes bytes, size_t offset, bool cut)
{
    hmi_value object;
    hm_err why = { .offset = 0 };
    int code = hmi_json_parse(stix->json, bytes, 0, &object, &why);
    if (code == HM_E_MEMORY) {
        return hmi_fail(stix->err, code, HM_OFFSET_NONE, "%s", why.text);
    }
    if (code < 0) {
        uint64_t at = offset + (why.offset != HM_OFFSET_NONE ? why.offset : 0);
        return hmi_stix_note(stix, HMI_NOTE_DAMAGE, cut ? HM_E_TRUNCATED : code, at,
                             "an object of the document is not read: %s", why.text);
    }
    stix->base = offset;
    code = hmi_stix_object(stix, object);
    hmi_arena_reset(stix->scratch);
    return code;
}

static int read_all(hmi_stix *stix, hm_bytes file)
{
    hmi_stix_split split = hmi_stix_split_over(file);
    hm_bytes object;
    size_t offset;
    bool cut;
    while (hmi_stix_split_next(&split, &object, &offset, &cut)) {
        HMI_TRY(read_one(stix, object, offset, cut));
    }
    return HM_OK;
}

static int finish(hmi_stix *stix)
{
    char count[24];
    if (stix->object_count == 0) {
        return hmi_fail(stix->err, HM_E_MALFORMED, 0, "no STIX object in it");
    }
    snprintf(count, sizeof(count), "%zu", stix->object_count);
    HMI_TRY(hmi_emit_fact(stix->reading, "stix-objects", hmi_text_of(count), stix->err));
    if (stix->revoked_count == 0) {
        return HM_OK;
    }
    return hmi_emit_note(stix->reading, HMI_NOTE_INFO, HM_OK, HM_OFFSET_NONE, stix->err,
                         "%zu withdrawn objects are kept, what they name is not taken as traits",
                         stix->revoked_count);
}

static int read_stix(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    hmi_json *json = NULL;
    HMI_TRY(hmi_json_new(&json, err));
    hmi_arena scratch;
    hmi_arena_init(&scratch, HMI_STIX_SCRATCH_MAX);
    hmi_stix stix = { .reading = reading,
                      .err = err,
                      .json = json,
                      .scratch = &scratch,
                      .notes_left = HMI_STIX_NOTES_MAX,
                      .facts_left = HMI_STIX_FACTS_MAX };
    int code = read_all(&stix, file);
    if (code >= 0) {
        code = finish(&stix);
    }
    hmi_arena_fini(&scratch);
    hmi_json_free(json);
    return code;
}

const hmi_reader hmi_reader_stix = { "stix", "STIX 2.1 and 2.0 reports", 1, detect, read_stix };
