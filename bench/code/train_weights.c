/* SPDX-License-Identifier: Apache-2.0
 *
 * train_weights.c - counts how common features are and writes src/code/weights_table.h.
 *
 *     train_weights FILE... > src/code/weights_table.h
 *
 * Every different function (by exact hash) of the ELF files counts once. A feature in fewer than
 * one of RARE_ONE_IN functions is rare and not listed. Deterministic in the files and their order.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "code/fingerprint.h"
#include "code/read.h"
#include "elf_image.h"

enum { IDS = 1 << 24, RARE_ONE_IN = 1000, SLOTS_SEEN = 1 << 22 };

static uint32_t *functions_with;
static uint64_t *seen;
static uint64_t functions, skipped;

static bool is_new(const uint8_t *exact)
{
    uint64_t hash;
    memcpy(&hash, exact, sizeof hash);
    for (size_t at = hash % SLOTS_SEEN;; at = (at + 1) % SLOTS_SEEN) {
        if (seen[at] == hash) {
            return false;
        }
        if (seen[at] == 0) {
            seen[at] = hash;
            return true;
        }
    }
}

static int count_function(void *context, const hmi_function *function, hmi_walk *walk,
                          const hmi_features *features, hm_err *err)
{
    (void)context, (void)function, (void)walk, (void)err;
    if (!is_new(features->exact) || functions >= SLOTS_SEEN / 2) {
        skipped++;
        return HM_OK;
    }
    functions++;
    for (size_t c = 0; c < HMI_FEATURE_CLASSES; c++) {
        if (c == HMI_FEATURE_CALLEE || c == HMI_FEATURE_CALLER) {
            continue;
        }
        for (size_t i = 0; i < features->lists[c].count; i++) {
            functions_with[features->lists[c].ids[i]]++;
        }
    }
    return HM_OK;
}

static void print_table(void)
{
    size_t common = 0;
    for (size_t id = 1; id < IDS; id++) {
        common += functions_with[id] * (uint64_t)RARE_ONE_IN >= functions;
    }
    size_t slots = 1024;
    while (slots < common * 3 / 2) {
        slots *= 2;
    }
    unsigned rare = (unsigned)lround(log2(RARE_ONE_IN)) + 1;
    uint32_t *table = calloc(slots, sizeof *table);
    for (size_t id = 1; id < IDS; id++) {
        if (functions_with[id] * (uint64_t)RARE_ONE_IN < functions) {
            continue;
        }
        long weight = lround(log2((double)functions / functions_with[id]));
        size_t at = id & (slots - 1);
        while (table[at] != 0) {
            at = (at + 1) & (slots - 1);
        }
        table[at] = (uint32_t)(id << 8) | (uint32_t)(weight < 1 ? 1 : weight);
    }
    printf("/* SPDX-License-Identifier: Apache-2.0\n"
           " * weights_table.h - written by bench/code/train_weights.c from %llu functions;\n"
           " * %zu features are in one of %d of them or more. */\n"
           "/* clang-format off */\n"
           "enum { WEIGHT_SLOTS = %zu, WEIGHT_RARE = %u };\n"
           "static const uint32_t weight_table[WEIGHT_SLOTS] = {",
           (unsigned long long)functions, common, RARE_ONE_IN, slots, rare);
    for (size_t i = 0; i < slots; i++) {
        if (table[i] == 0) {
            printf(i % 12 ? "0," : "\n0,");
        } else {
            printf(i % 12 ? "0x%x," : "\n0x%x,", table[i]);
        }
    }
    printf("\n};\n");
    fprintf(stderr, "%llu functions, %llu repeats, %zu common features, %zu slots\n",
            (unsigned long long)functions, (unsigned long long)skipped, common, slots);
    free(table);
}

int main(int argc, char **argv)
{
    static const hmi_sink_ops ops = {};
    functions_with = calloc(IDS, sizeof *functions_with);
    seen = calloc(SLOTS_SEEN, sizeof *seen);
    for (int i = 1; i < argc; i++) {
        elf_image elf;
        if (!elf_image_load(argv[i], &elf)) {
            continue;
        }
        hmi_arena arena;
        hmi_arena_init(&arena, (size_t)256 << 20);
        hmi_sink sink = { &ops };
        hmi_reading reading = { .arena = &arena, .sink = &sink };
        hm_err err = { 0 };
        if (hmi_code_functions(&reading, &elf.image, count_function, NULL, &err) < 0) {
            fprintf(stderr, "%s: %s\n", argv[i], err.text);
        }
        hmi_arena_fini(&arena);
        elf_image_free(&elf);
    }
    print_table();
    free(functions_with);
    free(seen);
    return 0;
}
