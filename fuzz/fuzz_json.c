/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_json.c - whatever the reader accepts holds together: every value's own bytes are again a
 * document of the same kind, reading the canonical form and writing it again changes nothing, and
 * what the writer writes is accepted.
 */
#include <stdlib.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static hmi_json *first, *second;
static hmi_buf once, twice;

static void check_value(hmi_value value, hmi_arena *arena, unsigned *budget)
{
    hmi_value again;
    if (*budget == 0) {
        return;
    }
    --*budget;
    hm_bytes raw = hmi_json_raw(value);
    hmi_assert(hmi_json_parse(second, raw, 0, &again, NULL) == HM_OK);
    hmi_assert(hmi_json_kind_of(again) == hmi_json_kind_of(value));
    hmi_assert(hmi_json_count(again) == hmi_json_count(value));
    hm_text text = hmi_json_text(value, arena);
    hmi_assert(text.ptr == NULL || hmi_utf8_clean(hmi_text_bytes(text)));
    int64_t integer;
    double real;
    if (hmi_json_int(value, &integer)) {
        hmi_assert(hmi_json_double(value, &real) && real == (double)integer);
    }
    size_t count = 0;
    for (hmi_value v = hmi_json_first(value); hmi_json_is(v); v = hmi_json_next(v)) {
        hm_text key = hmi_json_key(v, arena);
        if (key.ptr != NULL && memchr(key.ptr, 0, key.len) == NULL) {
            hmi_value found = hmi_json_get(value, hmi_arena_cstr(arena, key));
            hmi_assert(found.node == v.node);
        }
        check_value(v, arena, budget);
        count++;
    }
    hmi_assert(count == hmi_json_count(value));
}

static void check_canonical(hmi_value root)
{
    hmi_value again;
    hmi_buf_clear(&once);
    hmi_buf_clear(&twice);
    int code = hmi_json_canonical(root, &once, NULL);
    hmi_assert(code == HM_OK || code == HM_E_UNSUPPORTED);
    if (code == HM_OK) {
        hmi_assert(hmi_json_parse(second, hmi_buf_bytes(&once), 0, &again, NULL) == HM_OK);
        hmi_assert(hmi_json_canonical(again, &twice, NULL) == HM_OK);
        hmi_assert(hmi_bytes_eq(hmi_buf_bytes(&once), hmi_buf_bytes(&twice)));
    }
}

static void check_writer(hm_bytes input)
{
    hmi_json_writer w;
    hmi_value root;
    hmi_buf_clear(&once);
    hmi_json_begin(&w, &once, input.len % 2 == 0);
    hmi_json_open_array(&w);
    hmi_json_put_lossy(&w, input);
    hmi_json_close_array(&w);
    hmi_assert(hmi_json_parse(second, hmi_buf_bytes(&once), 0, &root, NULL) == HM_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (first == NULL) {
        hmi_assert(hmi_json_new(&first, NULL) == HM_OK && hmi_json_new(&second, NULL) == HM_OK);
    }
    hm_err err = { .offset = HM_OFFSET_NONE };
    hmi_value root;
    int code = hmi_json_parse(first, hmi_bytes(data, size), 0, &root, &err);
    if (code == HM_OK) {
        unsigned budget = 1000;
        hmi_arena arena;
        hmi_arena_init(&arena, 64 << 20);
        check_value(root, &arena, &budget);
        hmi_arena_fini(&arena);
        check_canonical(root);
    } else {
        hmi_assert(err.offset <= size && err.text[0] != '\0');
    }
    check_writer(hmi_bytes(data, size));
    return 0;
}
