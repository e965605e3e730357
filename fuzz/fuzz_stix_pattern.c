/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_stix_pattern.c - any pattern over any observations: an answer or a refusal, soon.
 */
#include "base/text.h"
#include "detect/stix_match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char OBSERVED[] =
    "[{\"type\":\"observed-data\",\"first_observed\":\"2014-11-24T08:00:00Z\",\"last_observed\":"
    "\"2014-11-24T08:00:01Z\",\"number_observed\":3,\"objects\":{\"0\":{\"type\":\"file\",\"name\":"
    "\"a.exe\",\"size\":7,\"x_bin\":\"AAEC\",\"a_refs\":[\"0\",\"1\"],\"b_ref\":\"1\"},\"1\":{"
    "\"type\":\"ipv4-addr\",\"value\":\"198.51.100.0/24\",\"l\":[1,null,[2.5,true]]}}},"
    "{\"type\":\"observed-data\",\"first_observed\":\"2014-11-24T08:00:05Z\",\"last_observed\":"
    "\"2014-11-24T08:00:05Z\",\"number_observed\":1,\"objects\":{\"0\":{\"type\":\"file\",\"name\":"
    "\"b\"}}}]";

static void run(hmi_arena *arena, hmi_json *json, hm_text pattern, hm_bytes document)
{
    hmi_value root;
    const hmi_observation *list;
    size_t count;
    hmi_stix_matcher *matcher;
    hmi_stix_outcome outcome;
    hmi_observations *all = hmi_observations_new(arena);
    if (all != NULL && hmi_json_parse(json, document, 0, &root, NULL) == HM_OK &&
        hmi_observations_add(all, root, NULL) == HM_OK &&
        hmi_observations_settle(all, &list, &count, NULL) == HM_OK &&
        hmi_stix_matcher_new(arena, pattern, &matcher, NULL) == HM_OK) {
        (void)hmi_stix_match(matcher, list, count, &outcome, NULL);
    }
}

/* pattern, perhaps a NUL and the observations behind it */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hm_bytes all = hmi_bytes(data, size);
    size_t cut = hmi_find_byte(all, 0);
    hm_bytes pattern = hmi_slice(all, 0, cut == HMI_NPOS ? size : cut);
    hm_bytes document =
        cut == HMI_NPOS ? hmi_bytes(OBSERVED, sizeof(OBSERVED) - 1) : hmi_slice(all, cut + 1, size);
    hmi_json *json;
    if (!hmi_utf8_clean(pattern) || hmi_json_new(&json, NULL) != HM_OK) {
        return 0;
    }
    hmi_arena arena;
    hmi_arena_init(&arena, (size_t)64 << 20);
    run(&arena, json, hmi_text((const char *)pattern.ptr, pattern.len), document);
    hmi_arena_fini(&arena);
    hmi_json_free(json);
    return 0;
}
