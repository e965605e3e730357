/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_json_others.cc - simdjson's tree and jansson, each used as its manual advises.
 */
#include "bench_json_others.h"

#include <simdjson.h>

#ifdef HMI_BENCH_JANSSON
#include <jansson.h>

bool bench_parse_jansson(const char *ptr, size_t len)
{
    json_error_t error;
    json_t *root = json_loadb(ptr, len, JSON_REJECT_DUPLICATES, &error);
    bool good = root != nullptr;
    json_decref(root);
    return good;
}
#endif

bool bench_parse_simdjson(const char *ptr, size_t len)
{
    static simdjson::dom::parser parser;
    simdjson::dom::element root;
    return parser.parse(ptr, len).get(root) == simdjson::SUCCESS;
}
