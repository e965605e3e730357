/* SPDX-License-Identifier: Apache-2.0
 *
 * summary.c - property sets: who wrote a document, with what, when.
 *
 * WHY    Office fills them without being asked, and few intruders look.
 * FORM   MS-OLEPS: fe ff, version u16, system u32, class id 16, sets u32; each set: format id 16,
 *        offset u32. A set: size u32, count u32, then (id u32, offset u32) each; a value: type u32,
 *        then 30: u32 length and bytes, 31: u32 characters in UTF-16, 64: FILETIME, 2: i16, 3: i32.
 * TRUST  None. Offsets are slices of the stream; at most HMI_OLE_PROPERTIES_MAX of a set.
 * OWNS   Nothing.
 */
#include "formats/document/ole/ole.h"

#include "base/text.h"

typedef struct property_name {
    uint32_t id;
    const char *key;
} property_name;

/* SummaryInformation {f29f85e0-...} and DocumentSummaryInformation {d5cdd502-...} */
static const property_name SUMMARY[] = {
    { 2, "title" },    { 3, "subject" },   { 4, "author" },      { 5, "keywords" },
    { 6, "comments" }, { 7, "template" },  { 8, "modified-by" }, { 9, "revision" },
    { 12, "created" }, { 13, "modified" }, { 11, "printed" },    { 18, "application" },
};
static const property_name DOCUMENT[] = { { 14, "manager" }, { 15, "company" } };

static int emit_value(hmi_ole *ole, const char *key, hm_bytes value, unsigned code_page,
                      uint64_t offset, hm_err *err)
{
    hmi_cur cur = hmi_cur_over(value);
    uint32_t type = hmi_cur_u32(&cur), len = 0;
    switch (type) {
    case 30:
        len = hmi_cur_u32(&cur);
        hm_bytes bytes = hmi_slice(value, cur.pos, len);
        return code_page == 1200 ? hmi_property_wide(&ole->parts, key, bytes, offset, err)
                                 : hmi_property(&ole->parts, key, bytes, offset, err);
    case 31:
        len = hmi_cur_u32(&cur);
        return hmi_property_wide(&ole->parts, key, hmi_slice(value, cur.pos, 2 * (size_t)len),
                                 offset, err);
    case 64:
        return hmi_property_filetime(&ole->parts, key, hmi_cur_u64(&cur), offset, err);
    default:
        return HM_OK;
    }
}

static int emit_known(hmi_ole *ole, hm_bytes set, uint32_t id, uint32_t at, bool document,
                      unsigned code_page, uint64_t offset, hm_err *err)
{
    const property_name *names = document ? DOCUMENT : SUMMARY;
    size_t count = document ? HMI_COUNT(DOCUMENT) : HMI_COUNT(SUMMARY);
    for (size_t i = 0; i < count; i++) {
        if (names[i].id == id) {
            return emit_value(ole, names[i].key, hmi_slice(set, at, set.len), code_page, offset,
                              err);
        }
    }
    return HM_OK;
}

static int read_set(hmi_ole *ole, hm_bytes set, bool document, uint64_t offset, hm_err *err)
{
    hmi_cur cur = hmi_cur_over(set);
    hmi_cur_skip(&cur, 4);
    uint32_t count = hmi_cur_u32(&cur);
    size_t list = cur.pos;
    unsigned code_page = 0;
    count = count < HMI_OLE_PROPERTIES_MAX ? count : HMI_OLE_PROPERTIES_MAX;
    /* The code page first: it may stand behind the texts. */
    for (unsigned pass = 0; pass < 2; pass++) {
        hmi_cur_seek(&cur, list);
        for (uint32_t i = 0; i < count; i++) {
            uint32_t id = hmi_cur_u32(&cur), at = hmi_cur_u32(&cur);
            if (cur.bad) {
                break;
            }
            if (pass == 0 && id == 1) {
                hmi_cur page = hmi_cur_over(hmi_slice(set, at, 8));
                hmi_cur_skip(&page, 4);
                code_page = hmi_cur_u16(&page);
            } else if (pass == 1) {
                HMI_TRY(emit_known(ole, set, id, at, document, code_page, offset, err));
            }
        }
    }
    if (code_page == 0 || document) {
        return HM_OK;
    }
    hm_text page = hmi_arena_printf(ole->reading->arena, "%u", code_page);
    return page.ptr == NULL
               ? hmi_arena_fail(ole->reading->arena, err)
               : hmi_property(&ole->parts, "code-page", hmi_text_bytes(page), offset, err);
}

int hmi_summary_read(hmi_ole *ole, hm_bytes stream, uint64_t offset, hm_err *err)
{
    enum { SETS_MAX = 2 };
    hmi_cur cur = hmi_cur_over(stream);
    if (hmi_cur_u16(&cur) != 0xfffe) {
        return HM_OK;
    }
    hmi_cur_skip(&cur, 22);
    uint32_t sets = hmi_cur_u32(&cur);
    for (uint32_t i = 0; i < sets && i < SETS_MAX; i++) {
        hm_bytes id = hmi_cur_bytes(&cur, 16);
        uint32_t at = hmi_cur_u32(&cur);
        if (cur.bad) {
            break;
        }
        bool document = hmi_starts_with(id, HM_BYTES("\x02\xd5\xcd\xd5"));
        if (document || hmi_starts_with(id, HM_BYTES("\xe0\x85\x9f\xf2"))) {
            HMI_TRY(read_set(ole, hmi_slice(stream, at, stream.len), document, offset, err));
        }
    }
    return HM_OK;
}
