/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_text.c - repaired text is always clean, safe text never holds a control byte and keeps to
 * its width.
 */
#include "base/error.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_safe(hm_text text)
{
    hmi_assert(hmi_utf8_clean(hmi_text_bytes(text)));
    for (size_t pos = 0; pos < text.len;) {
        uint32_t code = hmi_utf8_next(text, &pos);
        hmi_assert(code >= 0x20 && (code < 0x7f || code > 0x9f));
        hmi_assert(code < 0x2028 || code > 0x202e);
        hmi_assert(code < 0x2060 || code > 0x206f);
    }
}

static size_t width_of(hm_text text)
{
    size_t width = 0;
    for (size_t pos = 0; pos < text.len; width++) {
        hmi_utf8_next(text, &pos);
    }
    return width;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hm_bytes input = { data, size };
    hmi_arena arena;
    hmi_buf buf;
    hmi_arena_init(&arena, 64 << 20);
    hmi_buf_init(&buf, 0);

    hm_text lossy = hmi_text_lossy(&arena, input);
    hmi_assert(lossy.ptr != NULL && hmi_utf8_clean(hmi_text_bytes(lossy)));
    size_t span = hmi_utf8_span(input);
    hmi_assert(span <= size && hmi_utf8_clean(hmi_slice(input, 0, span)));
    hmi_assert((span == size) == (lossy.ptr == (const char *)data || size == 0));

    for (int big = 0; big < 2; big++) {
        hm_text wide = hmi_text_from_utf16(&arena, input, big);
        hmi_assert(wide.ptr != NULL && hmi_utf8_clean(hmi_text_bytes(wide)));
    }

    hmi_buf_add_safe(&buf, input);
    check_safe(hmi_buf_text(&buf));
    size_t width = size > 0 ? data[0] : 0;
    hm_text cut = hmi_text_safe(&arena, input, width);
    check_safe(cut);
    hmi_assert(width_of(cut) <= width);
    hm_text whole = hmi_text_safe(&arena, input, SIZE_MAX);
    hmi_assert(hmi_text_eq(whole, hmi_buf_text(&buf)));

    hmi_buf_fini(&buf);
    hmi_arena_fini(&arena);
    return 0;
}
