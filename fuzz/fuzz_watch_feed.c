/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_watch_feed.c - strangers' lists, tables and STIX documents into a compiled set: what is
 * taken is found again in a record that holds it.
 */
#include "watch/feed.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_hit(void *user, const hm_hit *hit, hm_err *err)
{
    (void)err;
    *(uint64_t *)user += hit->record.len > 0;
    return HM_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hm_matcher_options options = { .seed = { 1, 2 } };
    hmi_feed feed = { .name = "feed" };
    hm_matcher *matcher = NULL;
    hm_err err;
    uint64_t hits = 0;
    if (hm_matcher_begin(&options, &feed.builder, &err) != HM_OK) {
        return 0;
    }
    (void)hmi_feed_bytes(&feed, (hm_bytes){ data, size }, &err);
    if (hm_matcher_build(feed.builder, &matcher, &err) == HM_OK) {
        hm_matcher_facts facts;
        hm_matcher_facts_get(matcher, &facts);
        if (facts.indicators != feed.taken) {
            abort();
        }
        (void)hm_matcher_scan(matcher, (hm_bytes){ data, size }, on_hit, &hits, &err);
        hm_matcher_free(matcher);
    }
    return 0;
}
