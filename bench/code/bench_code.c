/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_code.c - how fast programs become fingerprints, and how many functions are found.
 *
 *     bench_code FILE...             functions/s and MB/s of executable, one core, CPU time
 *     bench_code --digest FILE...    one hash over all traits of each file: two builds, compilers
 * or machines must agree bench_code --discovery FILE... precision and recall of starts against
 * .symtab, with the unwind tables and without
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "base/hash.h"
#include "code/code.h"
#include "code/discover.h"
#include "elf_image.h"

typedef struct counting {
    hmi_sink sink;
    unsigned long functions, constants, tables, algorithms, bytes;
    unsigned longest;
    uint64_t digest;
} counting;

static int on_trait(hmi_sink *sink, const hmi_trait *trait, hm_err *err)
{
    (void)err;
    counting *c = (counting *)sink;
    c->digest = hmi_xxh3(hmi_text_bytes(trait->value), c->digest + trait->class_id);
    c->digest = hmi_xxh3(trait->detail, c->digest + trait->offset);
    switch (trait->class_id) {
    case HMI_FUNCTION:
        c->functions++;
        c->bytes += trait->detail.len;
        c->longest = trait->detail.len > c->longest ? (unsigned)trait->detail.len : c->longest;
        break;
    case HMI_RARE_CONSTANT:
        c->constants++;
        break;
    case HMI_CONSTANT_TABLE:
        c->tables++;
        break;
    case HMI_ALGORITHM:
        c->algorithms++;
        break;
    default:
        break;
    }
    return HM_OK;
}

static int on_note(hmi_sink *sink, const hmi_note *note, hm_err *err)
{
    (void)sink;
    (void)err;
    fprintf(stderr, "note: %.*s\n", HMI_FMT(note->text));
    return HM_OK;
}

static const hmi_sink_ops ops = {
    .trait = on_trait,
    .note = on_note,
};

static double cpu_now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static void digest(int count, char **paths)
{
    for (int i = 0; i < count; i++) {
        elf_image elf;
        if (!elf_image_load(paths[i], &elf)) {
            continue;
        }
        counting one = { .sink = { &ops } };
        hmi_arena arena;
        hmi_arena_init(&arena, (size_t)40 << 20);
        hmi_reading reading = { .arena = &arena, .sink = &one.sink };
        hm_err err = { 0 };
        int code = hmi_code_read(&reading, &elf.image, &err);
        printf("%016llx %lu %d %s\n", (unsigned long long)one.digest, one.functions, code,
               paths[i]);
        hmi_arena_fini(&arena);
        elf_image_free(&elf);
    }
}

static void measure(int count, char **paths)
{
    counting all = { .sink = { &ops } };
    double seconds = 0;
    uint64_t file_bytes = 0, executable = 0;
    size_t memory = 0;
    for (int i = 0; i < count; i++) {
        elf_image elf;
        if (!elf_image_load(paths[i], &elf)) {
            continue;
        }
        hmi_arena arena;
        hmi_arena_init(&arena, (size_t)40 << 20);
        hmi_reading reading = { .arena = &arena, .sink = &all.sink };
        hm_err err = { 0 };
        double begin = cpu_now();
        int code = hmi_code_read(&reading, &elf.image, &err);
        seconds += cpu_now() - begin;
        if (code < 0) {
            fprintf(stderr, "%s: %s\n", paths[i], err.text);
        }
        memory = arena.used > memory ? arena.used : memory;
        file_bytes += elf.file_len;
        executable += elf.executable;
        hmi_arena_fini(&arena);
        elf_image_free(&elf);
    }
    printf("%lu functions, %lu constants, %lu tables, %lu algorithms in %.2f s CPU\n",
           all.functions, all.constants, all.tables, all.algorithms, seconds);
    printf("%.0f functions/s, %.1f MB/s of files, %.1f MB/s of code; fingerprint mean %.0f, "
           "longest %u bytes; arena %.1f MB\n",
           (double)all.functions / seconds, (double)file_bytes / 1e6 / seconds,
           (double)executable / 1e6 / seconds,
           all.functions ? (double)all.bytes / (double)all.functions : 0, all.longest,
           (double)memory / 1e6);
}

typedef struct score {
    unsigned long right, wrong, missed;
} score;

static bool is_part(hm_text name)
{
    for (size_t i = 0; i + 5 <= name.len; i++) {
        if (memcmp(name.ptr + i, ".cold", 5) == 0) {
            return true;
        }
    }
    return false;
}

static bool verbose;

static void score_discovery(const elf_image *elf, bool tables, score *sum)
{
    hmi_image image = elf->image;
    if (!tables) {
        image.eh_frame = (hm_bytes){ NULL, 0 };
    }
    hmi_arena arena;
    hmi_arena_init(&arena, (size_t)40 << 20);
    hmi_ranges ranges;
    hmi_walk walk;
    hmi_discovery found;
    hm_err err = { 0 };
    if (hmi_ranges_init(&ranges, &arena, &image, &err) < 0 ||
        hmi_walk_init(&walk, &arena, &ranges, &err) < 0 ||
        hmi_discover(&found, &walk, &arena, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    size_t t = 0;
    for (size_t i = 0; i < found.count; i++) {
        const hmi_function *f = &found.functions[i];
        const hmi_range *range = hmi_ranges_find(&ranges, f->start);
        if (range == NULL || !hmi_text_is(range->name, ".text")) {
            continue;
        }
        for (; t < elf->truth_count && elf->truth[t].address < f->start; t++) {
            bool repeat = t > 0 && elf->truth[t].address == elf->truth[t - 1].address;
            const hmi_range *in = hmi_ranges_find(&ranges, elf->truth[t].address);
            if (!repeat && in != NULL && hmi_text_is(in->name, ".text") &&
                !is_part(elf->truth[t].name)) {
                sum->missed++;
                if (verbose) {
                    printf("missed %llx %.*s\n", (unsigned long long)elf->truth[t].address,
                           HMI_FMT(elf->truth[t].name));
                }
            }
        }
        bool right = false, part = false;
        for (; t < elf->truth_count && elf->truth[t].address == f->start; t++) {
            right = true;
            part |= is_part(elf->truth[t].name);
        }
        sum->right += right && !part;
        sum->wrong += !right || part;
        if (verbose && (!right || part)) {
            printf("wrong %llx\n", (unsigned long long)f->start);
        }
    }
    hmi_arena_fini(&arena);
}

static void discovery(int count, char **paths)
{
    for (int tables = 1; tables >= 0; tables--) {
        score sum = { 0 };
        for (int i = 0; i < count; i++) {
            elf_image elf;
            if (elf_image_load(paths[i], &elf)) {
                score_discovery(&elf, tables, &sum);
                elf_image_free(&elf);
            }
        }
        double precision = (double)sum.right / (double)(sum.right + sum.wrong);
        double recall = (double)sum.right / (double)(sum.right + sum.missed);
        printf("%s unwind tables: precision %.4f recall %.4f F1 %.4f (%lu right, %lu wrong, %lu "
               "missed)\n",
               tables ? "with" : "without", precision, recall,
               2 * precision * recall / (precision + recall), sum.right, sum.wrong, sum.missed);
    }
}

int main(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[1], "--discovery") == 0) {
        verbose = getenv("VERBOSE") != NULL;
        discovery(argc - 2, argv + 2);
        return 0;
    }
    if (argc > 2 && strcmp(argv[1], "--digest") == 0) {
        digest(argc - 2, argv + 2);
        return 0;
    }
    if (argc < 2) {
        fprintf(stderr, "usage: bench_code [--digest | --discovery] FILE...\n");
        return 2;
    }
    measure(argc - 1, argv + 1);
    return 0;
}
