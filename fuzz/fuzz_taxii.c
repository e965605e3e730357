/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_taxii.c - the whole path of a request: head, routing, query, cursor, envelope, answer. A
 * line of the input is a target for GET ("G..."), DELETE ("D..."), or an envelope to POST.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "taxii/service.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ID "91a7b528-80eb-42ed-a74d-c6fbd5a26116"

static int64_t now(void)
{
    static int64_t us = INT64_C(1700000000000000);
    return us++;
}

static hmi_taxii *open_service(void)
{
    static const char POLICY[] = "partner a 11111111-1111-4111-8111-111111111111 community\n";
    static const char CONFIG[] = "root r R\ncollection r " ID " c C\nread " ID " *\nwrite " ID
                                 " *\nopen a\nrate * 1000000\nfaults " ID " keep\n";
    static hmi_arena arena;
    static hmi_policy policy;
    static hmi_taxii_config config;
    static char folder[] = "/tmp/hallmark-fuzz-XXXXXX";
    hmi_taxii *taxii = NULL;
    hm_err err = { 0 };
    hmi_arena_init(&arena, 64 << 20);
    hmi_assert(mkdtemp(folder) != NULL);
    hmi_assert(hmi_policy_read(hmi_bytes(POLICY, sizeof(POLICY) - 1), &arena, &policy, &err) == 0);
    hmi_assert(hmi_taxii_config_read(hmi_bytes(CONFIG, sizeof(CONFIG) - 1), HM_BYTES(""), &policy,
                                     &arena, &config, &err) == 0);
    hmi_assert(hmi_taxii_new(&config, &policy, folder, now, NULL, &taxii, &err) == HM_OK);
    char path[64];
    snprintf(path, sizeof(path), "%s/journal", folder);
    (void)unlink(path);
    (void)rmdir(folder);
    return taxii;
}

static void ask(hmi_taxii *taxii, hm_text method, hm_text target, hm_bytes body)
{
    hmi_http_head head = { .method = method, .length = body.len, .has_length = true };
    size_t mark = hmi_find_byte(hmi_text_bytes(target), '?');
    head.path = hmi_text_slice(target, 0, mark == HMI_NPOS ? target.len : mark);
    head.query =
        mark == HMI_NPOS ? (hm_text){ NULL, 0 } : hmi_text_slice(target, mark + 1, target.len);
    head.headers[head.header_count++] =
        (hmi_http_header){ HM_TEXT("Content-Type"), HM_TEXT("application/taxii+json") };
    hmi_arena arena;
    hmi_http_answer answer = { 0 };
    hmi_arena_init(&arena, 64 << 20);
    hmi_http_request request = { .head = &head, .peer = "f", .arena = &arena, .body = body };
    hmi_http_handler handler = hmi_taxii_handler(taxii);
    hmi_http_step step = handler.head(handler.user, &request, &answer, true);
    if (step == HMI_HTTP_WANT_BODY) {
        handler.body(handler.user, &request, &answer);
    }
    hmi_assert(answer.status >= 200 && answer.status < 500);
    if (answer.release != NULL) {
        answer.release(answer.held);
    }
    hmi_buf_fini(&answer.head);
    hmi_buf_fini(&answer.body);
    hmi_arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static hmi_taxii *taxii;
    if (taxii == NULL) {
        taxii = open_service();
    }
    hm_bytes rest = hmi_bytes(data, size), line;
    while (hmi_next_line(&rest, &line)) {
        hm_text target = hmi_text((const char *)line.ptr + 1, line.len > 0 ? line.len - 1 : 0);
        bool path = target.len > 0 && target.ptr[0] == '/';
        if (path && line.ptr[0] == 'G') {
            ask(taxii, HM_TEXT("GET"), target, (hm_bytes){ NULL, 0 });
        } else if (path && line.ptr[0] == 'D') {
            ask(taxii, HM_TEXT("DELETE"), target, (hm_bytes){ NULL, 0 });
        } else if (line.len > 0) {
            ask(taxii, HM_TEXT("POST"), HM_TEXT("/r/collections/c/objects/"), line);
        }
    }
    return 0;
}
