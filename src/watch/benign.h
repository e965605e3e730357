/* SPDX-License-Identifier: Apache-2.0
 *
 * benign.h - lists of what is harmless: a hit on one of their values is not told, and that is.
 *
 *     hmi_benign_new(&benign, err);
 *     hmi_benign_add(benign, bytes, "top.json", err);     MISP warninglists, popularity lists
 *     hmi_benign_seal(benign, err);
 *     if (hmi_benign_is(benign, hit, &list, &value)) ...
 *
 * The whole of what was found must be benign: a URL on a popular host is not.
 */
#ifndef HMI_WATCH_BENIGN_H
#define HMI_WATCH_BENIGN_H

#include <hallmark/matcher.h>

#include "base/bytes.h"

enum { HMI_BENIGN_BYTES_MAX = 256 << 20, HMI_BENIGN_NODES_MAX = 8 << 20 };

typedef struct hmi_benign hmi_benign;
int hmi_benign_new(hmi_benign **ret_benign, hm_err *err);
void hmi_benign_free(hmi_benign *benign); /* NULL is fine */
/* A MISP warninglist (JSON) of hostnames, ranges or strings; or a list of names, one a line,
 * perhaps "rank,name". HM_E_UNSUPPORTED: a list of substrings or regular expressions. */
int hmi_benign_add(hmi_benign *benign, hm_bytes bytes, const char *name, hm_err *err);
int hmi_benign_seal(hmi_benign *benign, hm_err *err);
/* Once sealed. Texts live as long as the lists. One thread at a time. */
bool hmi_benign_is(hmi_benign *benign, const hm_hit *hit, hm_text *ret_list, hm_text *ret_value);
/* True the first time that it is asked of this indicator. */
bool hmi_benign_is_news(hmi_benign *benign, const hm_hit *hit);
uint64_t hmi_benign_values(const hmi_benign *benign);

#endif
