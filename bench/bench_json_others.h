/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_json_others.h - the readers that bench_json.c compares with.
 */
#ifndef HMI_BENCH_JSON_OTHERS_H
#define HMI_BENCH_JSON_OTHERS_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

bool bench_parse_simdjson(const char *ptr, size_t len);
#ifdef HMI_BENCH_JANSSON
bool bench_parse_jansson(const char *ptr, size_t len);
#endif

#ifdef __cplusplus
}
#endif

#endif
