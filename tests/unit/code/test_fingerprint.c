/* SPDX-License-Identifier: Apache-2.0
 * test_fingerprint.c - what is packed is read back; strangers' fingerprints never lead outside. */
#include "check.h"
#include "code/fingerprint.h"

static void features_init(hmi_features *features, hmi_arena *arena, uint32_t seed, size_t each)
{
    *features = (hmi_features){ .arena = arena };
    for (size_t c = 0; c < HMI_FEATURE_CLASSES; c++) {
        for (size_t i = 0; i < each; i++) {
            hm_err err;
            CHECK_OK(
                hmi_feature_add(features, (hmi_feature_class)c, hmi_feature_id(seed + i, c), &err));
        }
    }
    features->counts[HMI_COUNT_INSTRUCTIONS] = 77;
    features->counts[HMI_COUNT_BLOCKS] = 9;
    memset(features->exact, (int)seed, sizeof features->exact);
    hm_err err;
    CHECK_OK(hmi_features_settle(features, &err));
}

static size_t make(uint8_t *out, uint32_t seed, size_t each)
{
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 22);
    hmi_features features;
    features_init(&features, &arena, seed, each);
    size_t len = hmi_fingerprint_pack(&features, HMI_MACHINE_X86_64, 0, out);
    hmi_arena_fini(&arena);
    return len;
}

TEST(packed_is_read_back)
{
    uint8_t print[HMI_FINGERPRINT_MAX];
    static const size_t sizes[] = { 0, 1, 5, 40, 1000 };
    for (size_t i = 0; i < HMI_COUNT(sizes); i++) {
        hm_bytes bytes = { print, make(print, 5, sizes[i]) };
        CHECK(bytes.len <= HMI_TRAIT_DETAIL_MAX);
        hmi_fingerprint parsed;
        CHECK(hmi_fingerprint_parse(bytes, &parsed));
        CHECK_EQ(parsed.instructions, 77);
        CHECK_EQ(parsed.blocks, 9);
        CHECK(sizes[i] == 0 || parsed.lists[0].kept > 0);
        CHECK((parsed.lists[0].bar == UINT64_MAX) == (sizes[i] < 20));
        CHECK(hmi_fingerprint_similarity(bytes, bytes) == 1.0);
    }
}

/* A casebook holds what older readings said: they are compared with each other and with new ones.
 */
TEST(older_versions_are_still_compared)
{
    uint8_t now[HMI_FINGERPRINT_MAX], old[HMI_FINGERPRINT_MAX];
    hm_bytes left = { now, make(now, 5, 40) }, right = { old, make(old, 5, 40) };
    CHECK_EQ(now[0], HMI_FINGERPRINT_VERSION);
    old[0] = HMI_FINGERPRINT_OLDEST;
    old[12] ^= 1; /* another hash, as a masked number became visible */
    hmi_function_facts facts;
    CHECK(hmi_fingerprint_facts(right, &facts));
    CHECK_EQ(facts.instructions, 77);
    CHECK(hmi_fingerprint_similarity(left, right) > 0.98);
    uint64_t ours[64], theirs[64];
    size_t count = hmi_fingerprint_probes(left, ours, 64);
    CHECK_EQ(hmi_fingerprint_probes(right, theirs, 64), count);
    CHECK(memcmp(ours + 1, theirs + 1, (count - 1) * sizeof ours[0]) == 0);
    old[0] = HMI_FINGERPRINT_VERSION + 1;
    CHECK(!hmi_fingerprint_valid(right) && !hmi_fingerprint_facts(right, &facts));
    old[0] = HMI_FINGERPRINT_OLDEST - 1;
    CHECK(!hmi_fingerprint_valid(right) && !hmi_fingerprint_facts(right, &facts));
}

TEST(samples_estimate_what_is_shared)
{
    /* 1000 features a class, 500 of them shared: a cosine of one half, from a few dozen kept. */
    uint8_t a[HMI_FINGERPRINT_MAX], b[HMI_FINGERPRINT_MAX];
    hm_bytes left = { a, make(a, 1, 1000) };
    hm_bytes near = { b, make(b, 501, 1000) };
    double half = hmi_fingerprint_similarity(left, near);
    near.len = make(b, 101, 1000);
    double most = hmi_fingerprint_similarity(left, near);
    near.len = make(b, 5001, 1000);
    double none = hmi_fingerprint_similarity(left, near);
    CHECK(none < half && half < most && most < 1.0);
}

TEST(cut_and_flipped_prints_stay_inside)
{
    uint8_t good[HMI_FINGERPRINT_MAX];
    size_t len = make(good, 3, 30);
    uint64_t probes[64];
    for (size_t cut = 0; cut < len; cut++) {
        uint8_t *exact = malloc(cut + 1); /* so that a sanitizer sees the end */
        memcpy(exact, good, cut);
        CHECK(!hmi_fingerprint_valid((hm_bytes){ exact, cut }));
        CHECK(hmi_fingerprint_similarity((hm_bytes){ exact, cut }, (hm_bytes){ good, len }) == 0);
        CHECK_EQ(hmi_fingerprint_probes((hm_bytes){ exact, cut }, probes, 64), 0);
        free(exact);
    }
    for (size_t bit = 0; bit < 8 * len; bit++) {
        uint8_t *other = malloc(len);
        memcpy(other, good, len);
        other[bit / 8] ^= (uint8_t)(1 << (bit % 8));
        hm_bytes print = { other, len };
        double similarity = hmi_fingerprint_similarity(print, (hm_bytes){ good, len });
        CHECK(similarity >= 0 && similarity <= 1);
        hmi_function_facts facts;
        /* Facts stand in the head: lists that do not ascend do not make them wrong. */
        CHECK(hmi_fingerprint_facts(print, &facts) || !hmi_fingerprint_valid(print));
        CHECK(hmi_fingerprint_probes(print, probes, 64) <= 64);
        free(other);
    }
}

TEST(probes_are_shared_by_like_functions)
{
    uint8_t a[HMI_FINGERPRINT_MAX], b[HMI_FINGERPRINT_MAX];
    hm_bytes left = { a, make(a, 1, 20) };
    hm_bytes right = { b, make(b, 2, 20) };
    uint64_t ours[64], theirs[64];
    size_t our_count = hmi_fingerprint_probes(left, ours, 64);
    size_t their_count = hmi_fingerprint_probes(right, theirs, 64);
    size_t shared = 0;
    for (size_t i = 0; i < our_count; i++) {
        for (size_t j = 0; j < their_count; j++) {
            shared += ours[i] == theirs[j];
        }
    }
    CHECK(shared > 0);
    right.len = make(b, 5000, 20);
    their_count = hmi_fingerprint_probes(right, theirs, 64);
    for (size_t i = 0; i < our_count; i++) {
        for (size_t j = 0; j < their_count; j++) {
            CHECK(ours[i] != theirs[j]);
        }
    }
    CHECK_EQ(hmi_fingerprint_probes(left, ours, 0), 0);
    CHECK_EQ(hmi_fingerprint_probes(left, ours, 3), 3);
}

RUN_TESTS()
