/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_http.c - the head of a request, its media types and its query. What is read must be readable
 * again in the same way, and never reach beyond what was given.
 */
#include "base/error.h"
#include "http/media.h"
#include "http/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hmi_http_head head, again;
    size_t used = 0, used_again = 0;
    int status = hmi_http_head_read(hmi_bytes(data, size), &head, &used);
    hmi_assert(status == 0 || status == HMI_HTTP_MORE || (status >= 400 && status < 600));
    if (status != 0) {
        return 0;
    }
    hmi_assert(used <= size);
    hmi_assert(hmi_http_head_read(hmi_bytes(data, used), &again, &used_again) == 0);
    hmi_assert(used_again == used && again.header_count == head.header_count);
    bool bad;
    (void)hmi_http_accepts(&head, "application/taxii+json", "2.1", &bad);
    (void)hmi_http_is_type(hmi_http_header_find(&head, "Content-Type"), "a/b", "2.1");
    hmi_arena arena;
    hmi_http_query query;
    hm_err err;
    hmi_arena_init(&arena, 1 << 20);
    (void)hmi_http_query_read(head.query, &arena, &query, &err);
    hmi_arena_fini(&arena);
    return 0;
}
