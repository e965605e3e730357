/* SPDX-License-Identifier: Apache-2.0
 *
 * test_baseline.c - each trait counts once a file, batches are whole or absent, damage is no
 * answer.
 */
#include "room.h"

static int learn(hmi_baseline_batch *batch, int file, int traits, hm_err *err)
{
    char values[64][20];
    hmi_trait all[64];
    for (int i = 0; i < traits; i++) {
        snprintf(values[i], sizeof(values[i]), i < 2 ? "common-%d" : "t-%d-%d", i, file);
        all[i] = room_trait(HMI_STRING, values[i]);
        all[i].count = 9;
    }
    all[traits] = all[0]; /* in another role: still one file */
    all[traits].role = HMI_ROLE_SELF;
    hmi_sha256 sha256 = hmi_sha256_of(hmi_bytes(&file, sizeof(file)));
    return hmi_baseline_file(batch, &sha256, HM_BYTES("name"), all, (size_t)traits + 1, err);
}

static uint32_t count_of(hmi_store *store, const char *value)
{
    hm_err err = { 0 };
    hmi_key key = hmi_trait_key(HMI_STRING, hmi_text_of(value));
    uint32_t count = 0;
    CHECK_OK(hmi_baseline_counts(store, &key, 1, &count, &err));
    return count;
}

static bool knows(hmi_store *store, int file)
{
    hm_err err = { 0 };
    bool known = false;
    hmi_sha256 sha256 = hmi_sha256_of(hmi_bytes(&file, sizeof(file)));
    CHECK_OK(hmi_baseline_knows(store, &sha256, &known, &err));
    return known;
}

static void learn_batch(hmi_store *store, int from, int to)
{
    hm_err err = { 0 };
    hmi_baseline_batch *batch = NULL;
    CHECK_OK(hmi_baseline_begin(store, &batch, &err));
    for (int i = from; i < to; i++) {
        CHECK_OK(learn(batch, i, 20, &err));
    }
    CHECK_OK(hmi_baseline_commit(batch, &err));
}

TEST(each_trait_counts_once_a_file_over_batches_and_merges)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    uint64_t files = 0;
    CHECK_EQ(count_of(store, "common-0"), 0);
    for (int i = 0; i < 10; i++) {
        learn_batch(store, i * 5, i * 5 + 5);
        CHECK_EQ(count_of(store, "common-0"), i * 5 + 5);
    }
    learn_batch(store, 40, 60); /* half of it is known */
    CHECK_EQ(count_of(store, "common-1"), 60);
    CHECK_OK(hmi_baseline_merge(store, &err));
    hmi_store_close(store);
    store = room_open("book");
    CHECK_EQ(count_of(store, "common-0"), 60);
    CHECK_EQ(count_of(store, "t-1-7"), 0);
    CHECK_EQ(count_of(store, "t-7-3"), 1);
    CHECK_OK(hmi_baseline_files(store, &files, &err));
    CHECK_EQ(files, 60);
    hmi_verify_report report;
    CHECK_EQ(room_verify(store, false, &report), 0);
    hmi_store_close(store);
}

TEST(a_batch_is_whole_or_absent)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    hmi_baseline_batch *batch = NULL, *second = NULL;
    CHECK_OK(hmi_baseline_begin(store, &batch, &err));
    CHECK_EQ(hmi_baseline_begin(store, &second, &err), HM_E_MISUSE);
    CHECK_OK(learn(batch, 1, 5, &err));
    CHECK_OK(learn(batch, 1, 5, &err));
    CHECK(knows(store, 1));
    hmi_baseline_abandon(batch);
    CHECK(!knows(store, 1));
    CHECK_EQ(count_of(store, "common-0"), 0);
    learn_batch(store, 1, 3);
    CHECK(knows(store, 1) && !knows(store, 3));
    CHECK_EQ(count_of(store, "common-0"), 2);
    CHECK_OK(hmi_baseline_begin(store, &batch, &err));
    CHECK_OK(hmi_baseline_commit(batch, &err)); /* nothing learned: nothing changes */
    hmi_store_close(store);
}

static int spoil(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)ftw;
    if (type == FTW_F) {
        chmod(path, 0600);
        CHECK_EQ(truncate(path, st->st_size - 1), 0);
    }
    return 0;
}

TEST(a_damaged_baseline_gives_no_answer_until_it_is_verified_and_learned_again)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    learn_batch(store, 0, 20);
    hmi_store_close(store);
    if (room_server() != NULL) {
        room_sql(room_where("book"), "UPDATE depot_piece SET bytes = substr(bytes, 2)");
    } else {
        nftw(room_path("book/baseline"), spoil, 8, FTW_PHYS);
    }
    store = room_open("book");
    hmi_key key = hmi_trait_key(HMI_STRING, HM_TEXT("common-0"));
    uint32_t count = 7;
    CHECK_EQ(hmi_baseline_counts(store, &key, 1, &count, &err), HM_E_CORRUPT);
    CHECK(strstr(err.text, "verify") != NULL);
    CHECK_EQ(count, 7);
    hmi_verify_report report;
    CHECK_EQ(room_verify(store, true, &report), room_server() != NULL ? 1 : 2);
    CHECK_EQ(count_of(store, "common-0"), 0);
    CHECK(!knows(store, 3));
    learn_batch(store, 0, 20);
    CHECK_EQ(count_of(store, "common-0"), 20);
    CHECK_EQ(room_verify(store, false, &report), 0);
    hmi_store_close(store);
}

RUN_TESTS()
