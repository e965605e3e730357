/* SPDX-License-Identifier: Apache-2.0
 *
 * json_index.cc - the first stage of simdjson behind three C functions.
 *
 * WHY    Finding quotes, brackets and bad UTF-8 sixty-four bytes at a time is simdjson's art; its
 *        tree is not what we need (it copies strings, forgets byte ranges, lets duplicate keys
 * pass). So we take its first stage alone, and json_parse.c does the rest. TRUST  The input is
 * anybody's. simdjson's vector implementations read whole blocks inside the input and copy the
 * last, partial one to their stack; the plain one ("fallback") may look a few bytes behind the end,
 * so for it alone the input is copied in front of blanks. The test runs with a forbidden page
 * behind the input, under every implementation. OWNS   simdjson's index and the padded copy.
 * Nothing throws: simdjson allocates with nothrow.
 */
#include "base/json_index.h"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#include <simdjson.h>

struct hmi_json_index {
    const simdjson::implementation *implementation;
    std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
    size_t capacity;
    bool copies;
    uint8_t *copy;
};

hmi_json_index *hmi_json_index_new(void)
{
    hmi_json_index *index = new (std::nothrow) hmi_json_index{};
    if (index == nullptr) {
        return nullptr;
    }
    index->implementation = simdjson::get_active_implementation();
    index->copies = index->implementation->name() == "fallback";
    return index;
}

void hmi_json_index_free(hmi_json_index *index)
{
    if (index != nullptr) {
        free(index->copy);
        delete index;
    }
}

/* Makes room for an input of `len` bytes; rounded up so that growing inputs do not reallocate each
 * time. The memory is not touched until tokens are written to it. */
static bool reserve(hmi_json_index *index, size_t len)
{
    const size_t step = 1 << 16;
    if (index->parser && len <= index->capacity) {
        return true;
    }
    size_t capacity = len + (step - len % step);
    if (capacity > simdjson::SIMDJSON_MAXSIZE_BYTES) {
        capacity = simdjson::SIMDJSON_MAXSIZE_BYTES;
    }
    simdjson::error_code code =
        index->parser
            ? index->parser->set_capacity(capacity)
            : index->implementation->create_dom_parser_implementation(capacity, 1, index->parser);
    index->capacity = code == simdjson::SUCCESS ? capacity : 0;
    if (code == simdjson::SUCCESS && index->copies) {
        uint8_t *copy =
            static_cast<uint8_t *>(realloc(index->copy, capacity + simdjson::SIMDJSON_PADDING));
        if (copy == nullptr) {
            index->capacity = 0;
            return false;
        }
        index->copy = copy;
    }
    return code == simdjson::SUCCESS;
}

int hmi_json_index_find(hmi_json_index *index, hm_bytes input, const uint32_t **ret_at,
                        size_t *ret_count)
{
    if (!reserve(index, input.len)) {
        return HM_E_MEMORY;
    }
    const uint8_t *from = input.ptr;
    if (index->copies) {
        /* "fallback" looks at UTF-8 only inside strings; all must give the same answer. */
        if (!index->implementation->validate_utf8(reinterpret_cast<const char *>(input.ptr),
                                                  input.len)) {
            return HM_E_MALFORMED;
        }
        memcpy(index->copy, input.ptr, input.len);
        memset(index->copy + input.len, ' ', simdjson::SIMDJSON_PADDING);
        from = index->copy;
    }
    if (index->parser->stage1(from, input.len, simdjson::stage1_mode::regular) !=
        simdjson::SUCCESS) {
        return HM_E_MALFORMED;
    }
    *ret_at = index->parser->structural_indexes.get();
    *ret_count = index->parser->n_structural_indexes;
    return HM_OK;
}
