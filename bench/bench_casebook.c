/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_casebook.c - the store at the size of a national collection, generated from a fixed seed.
 *
 *     ninja -C build bench/bench_casebook
 *     build/bench/bench_casebook FOLDER [incidents]     FOLDER must not exist; 10,000 incidents.
 *                                            Or the address of a database: bench/cluster.sh
 *
 * Each incident has one piece with 100 to 400 traits, one in fifty has 10,000. Of its traits 45 in
 * a hundred come from a shared pool with a long tail (library code, common strings), the rest are
 * its own; half are functions with a fingerprint, and one of its own functions in five is like one
 * of the pool. Rates are by the processor's time where it says so, as machines are shared. Nothing
 * is cached between the rounds but what the operating system keeps.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/time.h"
#include "casebook/store.h"
#include "code/fingerprint.h"
#include "compare/finding.h"

enum { POOL = 200000, LARGE = 10000, BASELINE_FILES = 500, BASELINE_TRAITS = 3000, GROUP = 64 };

static uint64_t state = 2014;

static uint64_t draw(void)
{
    uint64_t z = (state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void must(int code, const hm_err *err, const char *what)
{
    if (code < 0) {
        fprintf(stderr, "%s: %s\n", what, err->text);
        exit(1);
    }
}

static int64_t making_us; /* of the processor's time went into inventing traits */

static int64_t cpu_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static double seconds_since(int64_t start_us)
{
    return (double)(hmi_clock_us() - start_us) / 1e6;
}

/* ---- Functions */

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* How many features of each class a function of middling size has, and out of how many they come.
 */
static const struct {
    uint32_t count, vocabulary;
} SORTS[HMI_FEATURE_CLASSES] = {
    [HMI_FEATURE_STRING] = { 2, 200000 }, [HMI_FEATURE_CONSTANT] = { 4, 50000 },
    [HMI_FEATURE_IMPORT] = { 2, 3000 },   [HMI_FEATURE_DISPLACEMENT] = { 6, 2000 },
    [HMI_FEATURE_CALLEE] = { 8, 200000 }, [HMI_FEATURE_CALLER] = { 6, 200000 },
    [HMI_FEATURE_GRAM] = { 40, 20000 },   [HMI_FEATURE_SHAPE] = { 12, 5000 },
    [HMI_FEATURE_BLOCK] = { 10, 20000 },  [HMI_FEATURE_MNEMONIC] = { 40, 40000 },
};

static int by_id(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Like its parent but for one feature in six; small numbers of the vocabulary are common. */
static size_t make_fingerprint(uint64_t name, uint64_t parent, uint8_t out[HMI_FINGERPRINT_MAX])
{
    uint32_t ids[HMI_FEATURE_CLASSES][64];
    uint64_t ranks[2 * 64];
    hmi_features all = { .ranks = ranks, .rank_capacity = 2 * 64 };
    for (uint32_t sort = 0; sort < HMI_FEATURE_CLASSES; sort++) {
        uint32_t count = SORTS[sort].count, kept = 0;
        for (uint32_t i = 0; i < count; i++) {
            uint64_t own = mix(name * 1000 + sort * 64 + i);
            uint64_t seed = own % 6 == 0 ? own : mix(parent * 1000 + sort * 64 + i);
            double r = (double)(mix(seed) >> 11) / 9007199254740992.0;
            ids[sort][i] = hmi_feature_id(sort + 1, (uint64_t)(r * r * SORTS[sort].vocabulary));
        }
        qsort(ids[sort], count, sizeof(ids[sort][0]), by_id);
        for (uint32_t i = 0; i < count; i++) {
            if (kept == 0 || ids[sort][kept - 1] != ids[sort][i]) {
                ids[sort][kept++] = ids[sort][i];
            }
        }
        all.lists[sort] = (hmi_feature_list){ ids[sort], kept, 64 };
    }
    for (uint32_t i = 0; i < HMI_COUNTS; i++) {
        all.counts[i] = (uint32_t)(mix(parent + i) % 12);
    }
    all.counts[HMI_COUNT_INSTRUCTIONS] = 20 + (uint32_t)(mix(parent) % 300);
    memcpy(all.exact, &name, sizeof(name));
    return hmi_fingerprint_pack(&all, HMI_MACHINE_X86_64, 0, out);
}

/* A trait out of a pool with a long tail, or of its own; one of its own functions in five is like
 * one of the pool. */
static hmi_trait make_trait(uint64_t own, uint64_t index, char text[40],
                            uint8_t print[HMI_FINGERPRINT_MAX])
{
    uint64_t name = own << 24 | index, parent = name;
    double r = (double)(draw() >> 11) / 9007199254740992.0;
    uint64_t pooled = (uint64_t)(r * r * r * r * POOL);
    uint64_t kind = draw() % 100;
    if (kind < 45) {
        name = parent = pooled;
    } else if (kind < 56) {
        parent = pooled;
    }
    bool function = name % 2 == 0;
    snprintf(text, 40, "%016llx%016llx", (unsigned long long)mix(name), (unsigned long long)name);
    size_t len = function ? make_fingerprint(name, parent, print) : 0;
    return (hmi_trait){ .class_id = function ? HMI_FUNCTION : HMI_STRING,
                        .role = HMI_ROLE_CONTENT,
                        .value = hmi_text(text, 32),
                        .offset = index * 64,
                        .count = 1,
                        .first_us = HMI_TIME_NONE,
                        .last_us = HMI_TIME_NONE,
                        .detail = hmi_bytes(function ? print : NULL, len) };
}

/* ---- Filling */

static uint64_t add_incident(hmi_store *store, uint64_t number, uint64_t traits)
{
    hm_err err = { 0 };
    char name[40], text[40];
    uint8_t print[HMI_FINGERPRINT_MAX];
    int64_t incident = 0;
    snprintf(name, sizeof(name), "incident-%06llu", (unsigned long long)number);
    must(hmi_incident_put(store, hmi_text_of(name), &incident, &err), &err, "incident");
    hmi_piece piece = { .incident = incident,
                        .sha256 = hmi_sha256_of(hmi_text_bytes(hmi_text_of(name))),
                        .size = 1,
                        .name = hmi_text_bytes(hmi_text_of(name)),
                        .modified_us = HMI_TIME_NONE,
                        .content_fd = -1,
                        .readers = 1 };
    hmi_intake *intake = NULL;
    must(hmi_intake_begin(store, &piece, &intake, &err), &err, "begin");
    hmi_sink *sink = hmi_intake_sink(intake);
    int64_t start = cpu_us();
    for (uint64_t i = 0; hmi_intake_traits(intake) < traits; i++) {
        hmi_trait trait = make_trait(number + 1, i, text, print);
        must(hmi_sink_trait(sink, &trait, &err), &err, "trait");
    }
    making_us += cpu_us() - start;
    uint64_t distinct = hmi_intake_traits(intake);
    must(hmi_intake_commit(intake, 0, HM_TEXT(""), NULL, &err), &err, "commit");
    return distinct;
}

static uint64_t file_size(const char *folder, const char *name)
{
    char path[1024];
    struct stat st;
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static uint64_t folder_size(const char *folder, const char *name)
{
    char path[512];
    uint64_t total = 0;
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        total += entry->d_name[0] != '.' ? file_size(path, entry->d_name) : 0;
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return total;
}

/* What the server that tests/with-postgres started has used of the processor: its connections count
 * when they are closed. 0: there is none. */
static double server_seconds(void)
{
    const char *data = getenv("HALLMARK_TEST_POSTGRES_DATA");
    char path[600], line[1024] = "";
    int pid = 0;
    long long used[4] = { 0 };
    snprintf(path, sizeof(path), "%.500s/postmaster.pid", data != NULL ? data : "/nonexistent");
    FILE *file = fopen(path, "r");
    if (file == NULL || fscanf(file, "%d", &pid) != 1) {
        return 0;
    }
    fclose(file);
    usleep(300000); /* the connection's process ends after ours was told */
    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    file = fopen(path, "r");
    bool good =
        file != NULL && fgets(line, sizeof(line), file) != NULL &&
        sscanf(line, "%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lld %lld %lld %lld",
               &used[0], &used[1], &used[2], &used[3]) == 4;
    if (file != NULL) {
        fclose(file);
    }
    return good ? (double)(used[0] + used[1] + used[2] + used[3]) / (double)sysconf(_SC_CLK_TCK)
                : 0;
}

static void fill(const char *folder, uint64_t incidents)
{
    hm_err err = { 0 };
    hmi_store *store = NULL;
    double before = server_seconds();
    must(hmi_store_create(folder, &err), &err, "create");
    must(hmi_store_open(folder, NULL, &store, &err), &err, "open");
    uint64_t traits = 0;
    int64_t start = hmi_clock_us(), cpu = cpu_us();
    making_us = 0;
    for (uint64_t i = 0; i < incidents; i++) {
        if (i % GROUP == 0) {
            hmi_group_begin(store);
        }
        traits += add_incident(store, i, i % 50 == 7 ? LARGE : 100 + draw() % 300);
        if (i % GROUP == GROUP - 1 || i == incidents - 1) {
            must(hmi_group_commit(store, &err), &err, "commit");
        }
    }
    double took = seconds_since(start), worked = (double)(cpu_us() - cpu - making_us) / 1e6;
    start = hmi_clock_us();
    must(hmi_store_settle(store, &err), &err, "settle");
    double settled = seconds_since(start);
    hmi_store_close(store);
    uint64_t bytes = file_size(folder, "casebook.db"), index = folder_size(folder, "index");
    bool in_folder = !hmi_store_is_address(folder);
    printf("intake: %llu traits of %llu incidents in %.1f s with making them up; %.1f s of the "
           "processor without: %.0f traits/s, %.0f pieces/s, durable in groups of %d\n",
           (unsigned long long)traits, (unsigned long long)incidents, took, worked,
           (double)traits / worked, (double)incidents / worked, GROUP);
    double waited = took - (double)making_us / 1e6;
    printf("intake by the clock, without making them up: %.1f s, %.0f traits/s\n", waited,
           (double)traits / waited);
    printf("index: settled in %.2f s\n", settled);
    if (!in_folder) {
        double served = server_seconds() - before;
        printf("the server used %.1f s of the processor for it (index included): %.0f traits/s of "
               "both together\n",
               served, (double)traits / (served + worked));
        return;
    }
    printf("growth: %.1f bytes of database and %.1f of index a trait occurrence\n",
           (double)bytes / (double)traits, (double)index / (double)traits);
}

static void ask(const char *folder, int round)
{
    hm_err err = { 0 };
    hmi_store *store = NULL;
    static const hmi_store_options READ_ONLY = { .read_only = true };
    int64_t start = hmi_clock_us();
    must(hmi_store_open(folder, &READ_ONLY, &store, &err), &err, "open");
    double opened = seconds_since(start);
    hmi_arena arena;
    hmi_arena_init(&arena, (size_t)256 << 20);
    hmi_incident incident;
    must(hmi_incident_find(store, &arena, HM_TEXT("incident-000057"), &incident, &err), &err,
         "find");
    hmi_incident_trait *traits = NULL;
    size_t count = 0;
    start = hmi_clock_us();
    must(hmi_incident_traits(store, &arena, incident.id, &traits, &count, &err), &err, "traits");
    double listed = seconds_since(start);
    int64_t *ids = hmi_new_array(&arena, int64_t, count);
    hmi_key *keys = hmi_new_array(&arena, hmi_key, count);
    uint32_t *harmless = hmi_new_array(&arena, uint32_t, count);
    for (size_t i = 0; i < count; i++) {
        ids[i] = traits[i].id;
        keys[i] = traits[i].key;
    }
    hmi_incidents_of of;
    start = hmi_clock_us();
    must(hmi_traits_incidents(store, &arena, ids, count, 1000, &of, &err), &err, "incidents");
    double found = seconds_since(start);
    start = hmi_clock_us();
    must(hmi_baseline_counts(store, keys, count, harmless, &err), &err, "baseline");
    double counted = seconds_since(start);
    uint64_t postings = 0;
    for (size_t i = 0; i < count; i++) {
        postings += of.totals[i];
    }
    printf("ask %d: open %.1f ms, %zu traits of one incident %.1f ms, their incidents %.1f ms "
           "(%.0f lookups/s, %llu postings), their harmless files %.1f ms (%.0f lookups/s)\n",
           round, opened * 1e3, count, listed * 1e3, found * 1e3, (double)count / found,
           (unsigned long long)postings, counted * 1e3, (double)count / counted);
    hmi_arena_fini(&arena);
    hmi_store_close(store);
}

static void learn(const char *folder)
{
    hm_err err = { 0 };
    hmi_store *store = NULL;
    must(hmi_store_open(folder, NULL, &store, &err), &err, "open");
    hmi_trait *traits = calloc(BASELINE_TRAITS, sizeof(*traits));
    char(*texts)[40] = calloc(BASELINE_TRAITS, sizeof(*texts));
    uint8_t(*prints)[HMI_FINGERPRINT_MAX] = calloc(BASELINE_TRAITS, sizeof(*prints));
    hmi_baseline_batch *batch = NULL;
    double making = 0;
    int64_t start = hmi_clock_us();
    must(hmi_baseline_begin(store, &batch, &err), &err, "baseline");
    for (uint64_t file = 0; file < BASELINE_FILES; file++) {
        int64_t made = hmi_clock_us();
        for (size_t i = 0; i < BASELINE_TRAITS; i++) {
            traits[i] = make_trait((UINT64_C(1) << 32) + file, i, texts[i], prints[i]);
        }
        making += seconds_since(made);
        hmi_sha256 sha256 = hmi_sha256_of(hmi_bytes(&file, sizeof(file)));
        must(hmi_baseline_file(batch, &sha256, HM_BYTES("file"), traits, BASELINE_TRAITS, &err),
             &err, "file");
    }
    must(hmi_baseline_commit(batch, &err), &err, "commit");
    double took = seconds_since(start) - making;
    start = hmi_clock_us();
    must(hmi_baseline_merge(store, &err), &err, "merge");
    printf("baseline: %d files x %d traits in %.2f s: %.0f traits/s; merged in %.2f s\n",
           BASELINE_FILES, BASELINE_TRAITS, took, BASELINE_FILES * (double)BASELINE_TRAITS / took,
           seconds_since(start));
    hmi_store_close(store);
    free(traits);
    free(texts);
    free(prints);
}

/* The whole question, in a casebook that is open: `opened` says how. */
static void compare(hmi_store *store, const char *opened, int round, int64_t start, int64_t cpu)
{
    hm_err err = { 0 };
    hmi_arena arena;
    hmi_arena_init(&arena, (size_t)512 << 20);
    hmi_incident incident;
    must(hmi_incident_find(store, &arena, HM_TEXT("incident-000057"), &incident, &err), &err,
         "find");
    hmi_finding finding;
    must(hmi_compare(store, &arena, incident.id, NULL, &finding, &err), &err, "compare");
    double worked = (double)(cpu_us() - cpu) / 1e3;
    printf("compare %d, casebook %s: %llu traits with %llu incidents, %llu share something, best "
           "%.1f bits: %.1f ms, %.1f ms of the processor\n",
           round, opened, (unsigned long long)finding.traits,
           (unsigned long long)finding.incidents_all, (unsigned long long)finding.match_total,
           finding.match_count > 0 ? finding.matches[0].bits : 0.0, seconds_since(start) * 1e3,
           worked);
    hmi_arena_fini(&arena);
}

static hmi_store *open_to_read(const char *folder)
{
    hm_err err = { 0 };
    hmi_store *store = NULL;
    static const hmi_store_options READ_ONLY = { .read_only = true };
    must(hmi_store_open(folder, &READ_ONLY, &store, &err), &err, "open");
    return store;
}

/* As a command does it: the casebook is opened for one question. */
static void compare_anew(const char *folder, int rounds)
{
    for (int round = 1; round <= rounds; round++) {
        int64_t start = hmi_clock_us(), cpu = cpu_us();
        hmi_store *store = open_to_read(folder);
        compare(store, "opened anew", round, start, cpu);
        hmi_store_close(store);
    }
}

/* As a server or a notebook does it: it stays open. The first question warms it. */
static void compare_again(const char *folder, int rounds)
{
    hmi_store *store = open_to_read(folder);
    for (int round = 1; round <= rounds; round++) {
        compare(store, "kept open", round, hmi_clock_us(), cpu_us());
    }
    hmi_store_close(store);
}

/* A casebook that an earlier run was stopped in. */
static void settle(const char *folder)
{
    hm_err err = { 0 };
    hmi_store *store = NULL;
    must(hmi_store_open(folder, NULL, &store, &err), &err, "open");
    must(hmi_store_settle(store, &err), &err, "settle");
    hmi_store_close(store);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: bench_casebook FOLDER [incidents]\n");
        return 2;
    }
    uint64_t incidents = argc > 2 ? strtoull(argv[2], NULL, 10) : 10000;
    if (access(argv[1], F_OK) != 0) {
        fill(argv[1], incidents);
        learn(argv[1]);
    }
    settle(argv[1]);
    for (int round = 1; round <= 3; round++) {
        ask(argv[1], round);
    }
    compare_anew(argv[1], 5);
    compare_again(argv[1], 5);
    return 0;
}
