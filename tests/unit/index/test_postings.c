/* SPDX-License-Identifier: Apache-2.0
 *
 * test_postings.c - what was put in is found; what was damaged is noticed; what was forged does no
 * harm.
 */
#include "index/postings.h"

#include "base/hash.h"
#include "index/layout.h"
#include "room.h"

static const hmi_postings_label LABEL = { .kind = 7, .epoch = 11, .from = 3, .to = 9 };

static hmi_postings_pair *make_pairs(size_t count, uint64_t keys, uint64_t seed)
{
    hmi_postings_pair *pairs = calloc(count + 1, sizeof(*pairs));
    for (size_t i = 0; i < count; i++) {
        uint64_t state = room_random(&seed) % keys;
        pairs[i].key = room_random(&state);
        pairs[i].value = (uint32_t)(room_random(&seed) % 50);
    }
    return pairs;
}

static int by_pair(const void *a, const void *b)
{
    const hmi_postings_pair *x = a, *y = b;
    if (x->key != y->key) {
        return x->key < y->key ? -1 : 1;
    }
    return x->value < y->value ? -1 : x->value > y->value;
}

/* The same as the segment should answer, by the plainest means. */
static void check_all_found(hmi_postings_map *map, const hmi_postings_pair *pairs, size_t count)
{
    hm_err err = { 0 };
    uint32_t values[64];
    for (size_t i = 0; i < count; i++) {
        size_t total = 0;
        CHECK_OK(hmi_postings_find(map, pairs[i].key, values, 64, &total, &err));
        CHECK(total > 0 && total <= 50);
        bool there = false;
        for (size_t k = 0; k < total; k++) {
            there = there || values[k] == pairs[i].value;
            CHECK(k == 0 || values[k] > values[k - 1]);
        }
        CHECK(there);
    }
}

TEST(sorting_agrees_with_qsort_and_drops_doubles)
{
    for (size_t count = 0; count < 3000; count = count * 2 + 1) {
        hmi_postings_pair *a = make_pairs(count, 100, count), *b = make_pairs(count, 100, count);
        size_t kept = hmi_postings_sort(a, count);
        qsort(b, count, sizeof(*b), by_pair);
        size_t at = 0;
        for (size_t i = 0; i < count; i++) {
            if (i == 0 || by_pair(&b[i - 1], &b[i]) != 0) {
                CHECK(at < kept && by_pair(&a[at], &b[i]) == 0);
                at++;
            }
        }
        CHECK_EQ(at, kept);
        free(a);
        free(b);
    }
}

TEST(pairs_put_in_are_found_and_others_are_not)
{
    hm_err err = { 0 };
    static const size_t COUNTS[] = { 0, 1, 2, 9, 100, 5000, 40000 };
    for (size_t c = 0; c < HMI_COUNT(COUNTS); c++) {
        const char *path = room_path("segment");
        hmi_postings_pair *pairs = make_pairs(COUNTS[c], COUNTS[c] / 3 + 1, c);
        CHECK_OK(hmi_postings_write(path, &LABEL, pairs, COUNTS[c], &err));
        hmi_postings_map *map = NULL;
        CHECK_OK(hmi_postings_open(path, 7, &map, &err));
        CHECK_EQ(hmi_postings_label_of(map)->to, 9);
        CHECK_EQ(hmi_postings_label_of(map)->epoch, 11);
        size_t kept = hmi_postings_sort(pairs, COUNTS[c]);
        CHECK_EQ(hmi_postings_pairs(map), kept);
        check_all_found(map, pairs, kept);
        uint64_t seed = UINT64_C(1) << 40; /* keys were made from small numbers */
        for (int i = 0; i < 200; i++) {
            size_t total = 7;
            uint64_t absent = room_random(&seed) | 1;
            CHECK_OK(hmi_postings_find(map, absent, NULL, 0, &total, &err));
            CHECK_EQ(total, 0);
        }
        CHECK_OK(hmi_postings_check(map, &err));
        hmi_postings_close(map);
        CHECK_EQ(hmi_postings_open(path, 8, &map, &err), HM_E_CORRUPT);
        free(pairs);
    }
    room_files(true);
}

TEST(extreme_keys_and_values_survive)
{
    hm_err err = { 0 };
    hmi_postings_pair pairs[] = { { UINT64_MAX, UINT32_MAX }, { UINT64_MAX, 0 },
                                  { 0, 0x80000000u },         { 0, 0x7fffffffu },
                                  { 1, 0x80000000u },         { 2, 0x7fffffffu },
                                  { UINT64_MAX, 0 },          { UINT64_MAX - 1, 0 } };
    CHECK_OK(hmi_postings_write(room_path("x"), &LABEL, pairs, HMI_COUNT(pairs), &err));
    hmi_postings_map *map = NULL;
    CHECK_OK(hmi_postings_open(room_path("x"), 7, &map, &err));
    CHECK_OK(hmi_postings_check(map, &err));
    uint32_t values[4] = { 0 };
    size_t total = 0;
    CHECK_OK(hmi_postings_find(map, UINT64_MAX, values, 4, &total, &err));
    CHECK(total == 2 && values[0] == 0 && values[1] == UINT32_MAX);
    CHECK_OK(hmi_postings_find(map, 0, values, 1, &total, &err));
    CHECK(total == 2 && values[0] == 0x7fffffff && values[1] == UINT32_MAX);
    CHECK_OK(hmi_postings_find(map, 1, values, 4, &total, &err));
    CHECK(total == 1 && values[0] == 0x80000000u);
    CHECK_EQ(hmi_postings_keys(map), 5);
    hmi_postings_close(map);
}

/* Uses everything a segment offers; whatever it holds, this must come to an end. */
static int use_all(hmi_postings_map *map, hm_err *err)
{
    uint32_t values[8];
    size_t total = 0;
    int bad = 0;
    for (uint64_t i = 0; i < 40; i++) {
        uint64_t state = i;
        if (hmi_postings_find(map, room_random(&state), values, 8, &total, err) != HM_OK) {
            bad++;
        }
    }
    return hmi_postings_check(map, err) != HM_OK ? HM_E_CORRUPT : bad;
}

TEST(every_shorter_file_and_every_flipped_bit_is_noticed)
{
    hm_err err = { 0 };
    hmi_postings_pair *pairs = make_pairs(120, 40, 5);
    const char *good = room_path("good");
    CHECK_OK(hmi_postings_write(good, &LABEL, pairs, 120, &err));
    free(pairs);
    hm_bytes whole = room_read(good);
    uint8_t *copy = malloc(whole.len);
    const char *path = room_path("bad");
    hmi_postings_map *map = NULL;
    for (size_t len = 0; len < whole.len; len++) {
        room_write(path, hmi_slice(whole, 0, len));
        CHECK_EQ(hmi_postings_open(path, 7, &map, &err), HM_E_CORRUPT);
        CHECK(map == NULL);
    }
    for (size_t bit = 0; bit < whole.len * 8; bit++) {
        memcpy(copy, whole.ptr, whole.len);
        copy[bit / 8] = (uint8_t)(copy[bit / 8] ^ 1u << bit % 8);
        room_write(path, hmi_bytes(copy, whole.len));
        int code = hmi_postings_open(path, 7, &map, &err);
        if (code == HM_OK) {
            code = hmi_postings_check(map, &err);
            hmi_postings_close(map);
            map = NULL;
        }
        CHECK(code == HM_E_CORRUPT);
    }
    free(copy);
    free((void *)(uintptr_t)whole.ptr);
    room_files(true);
}

/* A forger computes checksums too: only bounds protect us then. */
static void forge(uint8_t *file, size_t len)
{
    hmi_segment_shape shape;
    hm_err err;
    uint64_t sum = hmi_checksum(hmi_bytes(file, HMI_SEGMENT_HEAD_SUMMED));
    memcpy(file + HMI_SEGMENT_HEAD_SUMMED, &sum, 8);
    if (hmi_segment_head_read(hmi_bytes(file, len), &shape, &err) != HM_OK || shape.file != len) {
        return;
    }
    for (uint64_t b = 0; b < shape.blocks; b++) {
        hm_bytes body = hmi_bytes(file + HMI_SEGMENT_HEAD, (size_t)shape.body);
        sum = hmi_checksum(
            hmi_slice(body, (size_t)b << shape.block_bits, (size_t)1 << shape.block_bits));
        memcpy(file + HMI_SEGMENT_HEAD + shape.body + b * 8, &sum, 8);
    }
    shape.table_sum =
        hmi_checksum(hmi_bytes(file + HMI_SEGMENT_HEAD + shape.body, (size_t)shape.blocks * 8));
    hmi_segment_head_write(&shape, file);
}

TEST(forged_segments_with_right_checksums_do_no_harm)
{
    hm_err err = { 0 };
    hmi_postings_pair *pairs = make_pairs(120, 40, 6);
    const char *good = room_path("good");
    CHECK_OK(hmi_postings_write(good, &LABEL, pairs, 120, &err));
    free(pairs);
    hm_bytes whole = room_read(good);
    uint8_t *copy = malloc(whole.len);
    const char *path = room_path("forged");
    size_t refused = 0, opened = 0;
    for (size_t at = 8; at < whole.len; at++) {
        for (int how = 0; how < 3; how++) {
            memcpy(copy, whole.ptr, whole.len);
            copy[at] = how == 0 ? 0xff : how == 1 ? 0x80 : (uint8_t)(copy[at] + 1);
            forge(copy, whole.len);
            room_write(path, hmi_bytes(copy, whole.len));
            hmi_postings_map *map = NULL;
            if (hmi_postings_open(path, 7, &map, &err) != HM_OK) {
                refused++;
                continue;
            }
            opened++;
            (void)use_all(map, &err);
            hmi_postings_close(map);
        }
    }
    CHECK(refused > 50 && opened > 500);
    free(copy);
    free((void *)(uintptr_t)whole.ptr);
    room_files(true);
}

typedef struct gathered {
    hmi_postings_pair pairs[4096];
    size_t count;
} gathered;

static int gather_pairs(void *with, uint64_t key, const uint32_t *values, size_t count, hm_err *err)
{
    gathered *all = with;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        all->pairs[all->count++] = (hmi_postings_pair){ key, values[i] };
    }
    return HM_OK;
}

/* A segment of version 1 with the same content: keys and slots each in a row. */
static size_t as_version_1(hm_bytes now, uint8_t *ret)
{
    hmi_segment_shape shape, old;
    hm_err err = { 0 };
    CHECK_OK(hmi_segment_head_read(now, &shape, &err));
    old = shape;
    old.version = 1;
    CHECK(hmi_segment_place(&old));
    const uint8_t *from = now.ptr + HMI_SEGMENT_HEAD;
    uint8_t *to = ret + HMI_SEGMENT_HEAD;
    memset(ret, 0, (size_t)old.file);
    memcpy(to, from, (size_t)shape.keys_at);
    for (uint64_t i = 0; i < shape.keys; i++) {
        memcpy(to + old.keys_at + 8 * i, from + shape.keys_at + HMI_SEGMENT_ENTRY * i, 8);
        memcpy(to + old.slots_at + 4 * i, from + shape.slots_at + HMI_SEGMENT_ENTRY * i, 4);
    }
    memcpy(to + old.lists_at, from + shape.lists_at, (size_t)shape.lists);
    hmi_segment_head_write(&old, ret);
    forge(ret, (size_t)old.file);
    return (size_t)old.file;
}

TEST(segments_of_the_first_version_are_read)
{
    hm_err err = { 0 };
    enum { PAIRS = 4000 };
    hmi_postings_pair *pairs = make_pairs(PAIRS, 900, 8);
    CHECK_OK(hmi_postings_write(room_path("new"), &LABEL, pairs, PAIRS, &err));
    hm_bytes now = room_read(room_path("new"));
    uint8_t *old = malloc(2 * now.len);
    size_t len = as_version_1(now, old);
    CHECK(len != now.len && old[8] == 1);
    room_write(room_path("old"), hmi_bytes(old, len));
    hmi_postings_map *map = NULL;
    CHECK_OK(hmi_postings_open(room_path("old"), 7, &map, &err));
    CHECK_OK(hmi_postings_check(map, &err));
    size_t kept = hmi_postings_sort(pairs, PAIRS);
    check_all_found(map, pairs, kept);
    hmi_postings_close(map);
    free(old);
    free((void *)(uintptr_t)now.ptr);
    free(pairs);
    room_files(true);
}

TEST(merging_gives_what_one_segment_would_have)
{
    hm_err err = { 0 };
    hmi_postings_map *maps[3] = { NULL };
    hmi_postings_pair *together = calloc(3000, sizeof(*together));
    for (uint32_t i = 0; i < 3; i++) {
        hmi_postings_pair *pairs = make_pairs(1000, 300, i);
        memcpy(together + (size_t)i * 1000, pairs, 1000 * sizeof(*pairs));
        hmi_postings_label label = { .kind = 7, .epoch = 1, .from = i, .to = i + 1 };
        CHECK_OK(hmi_postings_write(room_path("part"), &label, pairs, 1000, &err));
        CHECK_OK(hmi_postings_open(room_path("part"), 7, &maps[i], &err));
        unlink(room_path("part"));
        free(pairs);
    }
    size_t kept = hmi_postings_sort(together, 3000);
    CHECK_OK(hmi_postings_merge(room_path("all"), maps, 3, &err));
    hmi_postings_map *all = NULL;
    CHECK_OK(hmi_postings_open(room_path("all"), 7, &all, &err));
    CHECK_EQ(hmi_postings_label_of(all)->from, 0);
    CHECK_EQ(hmi_postings_label_of(all)->to, 3);
    CHECK_OK(hmi_postings_check(all, &err));
    gathered *found = calloc(1, sizeof(*found));
    CHECK_OK(hmi_postings_each(all, gather_pairs, found, &err));
    CHECK_EQ(found->count, kept);
    for (size_t i = 0; i < kept; i++) {
        CHECK_EQ(by_pair(&found->pairs[i], &together[i]), 0);
    }
    CHECK_EQ(
        hmi_postings_merge(room_path("no"), (hmi_postings_map *[]){ maps[0], maps[2] }, 2, &err),
        HM_E_MISUSE);
    for (int i = 0; i < 3; i++) {
        hmi_postings_close(maps[i]);
    }
    hmi_postings_close(all);
    free(found);
    free(together);
    room_files(true);
}

TEST(what_is_no_segment_is_refused_by_name)
{
    hm_err err = { 0 };
    hmi_postings_map *map = NULL;
    CHECK_EQ(hmi_postings_open(room_path("absent"), 7, &map, &err), HM_E_NOT_FOUND);
    CHECK_EQ(hmi_postings_open(room_folder, 7, &map, &err), HM_E_CORRUPT);
    char zeros[4096] = { 0 };
    room_write(room_path("zeros"), hmi_bytes(zeros, sizeof(zeros)));
    CHECK_EQ(hmi_postings_open(room_path("zeros"), 7, &map, &err), HM_E_CORRUPT);
    CHECK(strstr(err.text, "no segment of ours") != NULL);
    room_files(true);
}

RUN_TESTS()
