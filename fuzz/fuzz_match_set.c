/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_match_set.c - a compiled set with bytes changed and its checksum made good again: refused,
 * or harmless to scan with.
 *
 * FORM   Changes of five bytes each: offset (32 bits, taken modulo the size), the new byte.
 */
#include "match/set.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/hash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const hm_matcher *compile(void)
{
    static const char *const VALUES[] = { "45.77.1.9",          "45.80.0.0/16",
                                          "evil-host.net",      "http://evil-host.net/x",
                                          "boss@evil-host.net", "9e107d9d372bb6826bd81d3542a419d6",
                                          "2a0b::7:1" };
    hm_matcher_options options = { .seed = { 1, 2 } };
    hm_matcher_builder *builder;
    hm_matcher *matcher;
    hm_err err;
    if (hm_matcher_begin(&options, &builder, &err) != HM_OK) {
        abort();
    }
    for (size_t i = 0; i < HMI_COUNT(VALUES); i++) {
        hm_indicator row = { .value = VALUES[i], .value_len = strlen(VALUES[i]), .source = "feed" };
        if (hm_matcher_add(builder, &row, &err) != HM_OK) {
            abort();
        }
    }
    if (hm_matcher_build(builder, &matcher, &err) != HM_OK) {
        abort();
    }
    return matcher;
}

static int on_hit(void *user, const hm_hit *hit, hm_err *err)
{
    (void)err;
    uint64_t *sum = user;
    *sum = hmi_xxh3(hmi_text_bytes(hit->value), *sum) ^ hmi_xxh3(hmi_text_bytes(hit->source), 1) ^
           hmi_xxh3(hmi_text_bytes(hit->id), 2);
    return HM_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const hm_matcher *set;
    static const char TEXT[] = "45.77.1.9 45.80.3.3 a.evil-host.net http://evil-host.net/x "
                               "boss@evil-host.net 9e107d9d372bb6826bd81d3542a419d6 2a0b::7:1\n";
    if (set == NULL) {
        set = compile();
    }
    uint8_t *copy = malloc(set->map_len);
    if (copy == NULL) {
        return 0;
    }
    memcpy(copy, set->map, set->map_len);
    for (; size >= 5; data += 5, size -= 5) {
        uint32_t at;
        memcpy(&at, data, 4);
        copy[at % set->map_len] = data[4];
    }
    size_t from = offsetof(hmi_set_head, seed);
    uint64_t sum = hmi_checksum(hmi_bytes(copy + from, set->map_len - from));
    memcpy(copy + offsetof(hmi_set_head, checksum), &sum, sizeof(sum));
    char path[64];
    int fd = memfd_create("set", MFD_CLOEXEC);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    hm_matcher *opened = NULL;
    hm_err err;
    if (fd >= 0 && write(fd, copy, set->map_len) == (ssize_t)set->map_len &&
        hm_matcher_open(path, &opened, &err) == HM_OK) {
        uint64_t hits = 0;
        (void)hm_matcher_scan(opened, hmi_bytes(TEXT, sizeof(TEXT) - 1), on_hit, &hits, &err);
        hm_matcher_free(opened);
    }
    close(fd);
    free(copy);
    return 0;
}
