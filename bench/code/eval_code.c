/* SPDX-License-Identifier: Apache-2.0
 *
 * eval_code.c - is the right function found first among a thousand?
 *
 *     eval_code FOLDER/bin [--test|--train] [--code-only] [--tune]
 *
 * The folder is the one that build_corpus.py filled. Each task takes functions of one configuration
 * as questions and looks for the same function (package and name) in the other among 999 others
 * drawn from all packages of that configuration. A tie for the first place counts as not found
 * (mean rank). Programs are read as if stripped. As in the published protocol: at least five
 * blocks in both, names with a '.' dropped, strings that name a function or a source file blanked.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "code/fingerprint.h"
#include "elf_image.h"

enum { PACKAGES = 13, CONFIGURATIONS = 11, POOL = 1000, QUESTIONS = 1200, BLOCKS_MIN = 5 };

static const char *const packages[PACKAGES] = { "lua",      "zlib",    "tomcrypt", "mbedtls",
                                                "tinyxml2", "bzip2",   "cjson",    "lz4",
                                                "zstd",     "tommath", "sqlite",   "pcre2",
                                                "sodium" };
enum { TEST_PACKAGES = 5 }; /* the first ones; the others are for tuning */
static const char *const configurations[CONFIGURATIONS] = { "gcc-O0",   "gcc-O2",     "gcc-O3",
                                                            "gcc-Os",   "clang-O2",   "clang-O3",
                                                            "gcc32-O2", "clang32-O2", "arm64-O0",
                                                            "arm64-O2", "arm64-O3" };

static const struct task {
    const char *name, *left, *right;
} tasks[] = {
    { "gcc -O2 / -O3", "gcc-O2", "gcc-O3" },
    { "gcc -Os / -O2", "gcc-Os", "gcc-O2" },
    { "gcc / clang -O2", "gcc-O2", "clang-O2" },
    { "gcc -O0 / -O2", "gcc-O0", "gcc-O2" },
    { "gcc -O0 / clang -O3", "gcc-O0", "clang-O3" },
    { "x86-64 / x86 -O2", "gcc-O2", "gcc32-O2" },
    { "gcc x64 / clang x86 -O2", "gcc-O2", "clang32-O2" },
    { "x86-64 / AArch64 -O2", "gcc-O2", "arm64-O2" },
    { "x86-64 -O0 / AArch64 -O3", "gcc-O0", "arm64-O3" },
    { "AArch64 -O2 / -O3", "arm64-O2", "arm64-O3" },
};

typedef struct entry {
    hmi_fingerprint print;
    uint8_t *bytes;
    size_t len;
    uint64_t name;
    unsigned package;
} entry;

typedef struct corpus {
    entry *entries;
    size_t count, capacity;
} corpus;

static corpus corpora[CONFIGURATIONS];

typedef struct reader {
    hmi_sink sink;
    const elf_image *elf;
    const hmi_segment *text;
    corpus *into;
    unsigned package;
} reader;

static uint64_t name_hash(hm_text name)
{
    uint64_t hash = 1469598103934665603ull;
    for (size_t i = 0; i < name.len; i++) {
        hash = (hash ^ (uint8_t)name.ptr[i]) * 1099511628211ull;
    }
    return hash;
}

static const hmi_symbol *truth_at(const elf_image *elf, uint64_t offset)
{
    for (size_t i = 0; i < elf->truth_count; i++) {
        const hmi_symbol *symbol = &elf->truth[i];
        const hmi_segment *segment = hmi_image_segment(&elf->image, symbol->address);
        if (segment != NULL && symbol->address - segment->address + segment->offset == offset) {
            return symbol;
        }
    }
    return NULL;
}

static int on_trait(hmi_sink *sink, const hmi_trait *trait, hm_err *err)
{
    (void)err;
    reader *r = (reader *)sink;
    if (trait->class_id != HMI_FUNCTION) {
        return HM_OK;
    }
    const hmi_symbol *symbol = truth_at(r->elf, trait->offset);
    if (symbol == NULL || memchr(symbol->name.ptr, '.', symbol->name.len) != NULL) {
        return HM_OK;
    }
    corpus *c = r->into;
    if (c->count == c->capacity) {
        c->capacity = c->capacity ? 2 * c->capacity : 1024;
        c->entries = realloc(c->entries, c->capacity * sizeof *c->entries);
    }
    entry *e = &c->entries[c->count];
    e->bytes = malloc(trait->detail.len);
    memcpy(e->bytes, trait->detail.ptr, trait->detail.len);
    e->len = trait->detail.len;
    e->name = name_hash(symbol->name);
    e->package = r->package;
    if (!hmi_fingerprint_parse((hm_bytes){ e->bytes, e->len }, &e->print) ||
        e->print.blocks < BLOCKS_MIN) {
        free(e->bytes);
        return HM_OK;
    }
    c->count++;
    return HM_OK;
}

static bool ends_like_source(hm_text text)
{
    static const char *const ends[] = { ".c", ".h", ".cpp", ".cc" };
    for (size_t i = 0; i < HMI_COUNT(ends); i++) {
        if (hmi_ends_with(hmi_text_bytes(text), hmi_text_bytes(hmi_text_of(ends[i])))) {
            return true;
        }
    }
    return false;
}

static bool names_a_function(const elf_image *elf, hm_text text)
{
    for (size_t i = 0; i < elf->truth_count; i++) {
        if (hmi_text_eq(elf->truth[i].name, text)) {
            return true;
        }
    }
    return false;
}

static void blank_names(elf_image *elf)
{
    for (size_t i = 0; i < elf->image.segment_count; i++) {
        hmi_segment *s = &elf->image.segments[i];
        if (s->execute || s->write) {
            continue;
        }
        for (size_t at = 0; at < s->content.len;) {
            hm_bytes rest = hmi_slice(s->content, at, SIZE_MAX);
            size_t len = hmi_find_byte(rest, 0);
            len = len == HMI_NPOS ? rest.len : len;
            hm_text text = { (const char *)rest.ptr, len };
            if (len >= 3 && (ends_like_source(text) || names_a_function(elf, text))) {
                memset((uint8_t *)(uintptr_t)rest.ptr, 0, len);
            }
            at += len + 1;
        }
    }
}

static void read_program(const char *folder, unsigned package, unsigned configuration)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s.%s", folder, packages[package],
             configurations[configuration]);
    elf_image elf;
    if (!elf_image_load(path, &elf)) {
        fprintf(stderr, "%s is not there\n", path);
        return;
    }
    blank_names(&elf);
    hmi_arena arena;
    hmi_arena_init(&arena, (size_t)256 << 20);
    static const hmi_sink_ops ops = {
        .trait = on_trait,
    };
    reader r = {
        .sink = { &ops }, .elf = &elf, .into = &corpora[configuration], .package = package
    };
    hmi_reading reading = { .arena = &arena, .sink = &r.sink };
    hm_err err = { 0 };
    if (hmi_code_read(&reading, &elf.image, &err) < 0) {
        fprintf(stderr, "%s: %s\n", path, err.text);
    }
    hmi_arena_fini(&arena);
    elf_image_free(&elf);
}

static unsigned configuration_of(const char *name)
{
    for (unsigned i = 0; i < CONFIGURATIONS; i++) {
        if (strcmp(name, configurations[i]) == 0) {
            return i;
        }
    }
    abort();
}

typedef struct pair {
    size_t left, right;
} pair;

typedef struct result {
    size_t asked, first, first_100;
    double reciprocal;
    double right_sum;
    size_t wrongs, right_over[10], wrong_over[10]; /* at least 0.0, 0.1 ... */
} result;

static bool test_only, train_only, code_only;

static bool eligible_package(unsigned package)
{
    return test_only ? package < TEST_PACKAGES : train_only ? package >= TEST_PACKAGES : true;
}

/* Names that are unique in their program on both sides. */
static size_t match(const corpus *a, const corpus *b, pair *pairs)
{
    size_t count = 0;
    for (size_t i = 0; i < a->count; i++) {
        size_t here = 0, there = 0, at = 0;
        if (!eligible_package(a->entries[i].package)) {
            continue;
        }
        for (size_t j = 0; j < a->count; j++) {
            here += a->entries[j].name == a->entries[i].name &&
                    a->entries[j].package == a->entries[i].package;
        }
        for (size_t j = 0; j < b->count; j++) {
            if (b->entries[j].name == a->entries[i].name &&
                b->entries[j].package == a->entries[i].package) {
                there++;
                at = j;
            }
        }
        if (here == 1 && there == 1) {
            pairs[count++] = (pair){ i, at };
        }
    }
    return count;
}

static uint64_t random_state;
static uint64_t next_random(void)
{
    random_state += 0x9e3779b97f4a7c15ull;
    return hmi_mix64(random_state);
}

static double compare(const entry *a, const entry *b, const hmi_worth *worth)
{
    return hmi_cosine(&a->print, &b->print, worth);
}

static void count_over(size_t *over, double value)
{
    for (int i = 0; i < 10 && value >= i / 10.0; i++) {
        over[i]++;
    }
}

static result run(const struct task *task, const hmi_worth *worth, size_t questions)
{
    const corpus *a = &corpora[configuration_of(task->left)];
    const corpus *b = &corpora[configuration_of(task->right)];
    pair *pairs = calloc(a->count + 1, sizeof *pairs);
    size_t count = match(a, b, pairs);
    size_t *pool = calloc(b->count + 1, sizeof *pool), pool_count = 0;
    for (size_t j = 0; j < b->count; j++) {
        if (eligible_package(b->entries[j].package)) {
            pool[pool_count++] = j;
        }
    }
    random_state = 7;
    for (size_t i = count; i > 1; i--) { /* a fixed shuffle */
        size_t j = next_random() % i;
        pair swap = pairs[i - 1];
        pairs[i - 1] = pairs[j];
        pairs[j] = swap;
    }
    result r = { 0 };
    for (size_t q = 0; q < count && r.asked < questions; q++) {
        const entry *ask = &a->entries[pairs[q].left];
        double right = compare(ask, &b->entries[pairs[q].right], worth);
        size_t better = 0, equal = 0, better_100 = 0;
        for (size_t i = 0; i < POOL - 1; i++) {
            size_t j = pool[next_random() % pool_count];
            if (j == pairs[q].right) {
                continue;
            }
            double other = compare(ask, &b->entries[j], worth);
            better += other > right;
            equal += other == right;
            better_100 += i < 99 && other >= right;
            r.wrongs++;
            count_over(r.wrong_over, other);
        }
        r.asked++;
        r.first += better == 0 && equal == 0;
        r.first_100 += better_100 == 0;
        double rank = 1 + (double)better + (double)equal / 2;
        r.reciprocal += rank <= 10 ? 1 / rank : 0;
        r.right_sum += right;
        count_over(r.right_over, right);
    }
    free(pairs);
    free(pool);
    return r;
}

static hmi_worth worth_of(const struct task *task, bool same)
{
    (void)task;
    hmi_worth worth = same ? hmi_worth_same : hmi_worth_other;
    if (getenv("WORTH") != NULL) {
        double *knobs[HMI_FEATURE_CLASSES + 2];
        for (int c = 0; c < HMI_FEATURE_CLASSES; c++) {
            knobs[c] = &worth.classes[c];
        }
        knobs[HMI_FEATURE_CLASSES] = &worth.counts;
        knobs[HMI_FEATURE_CLASSES + 1] = &worth.inlined;
        const char *at = getenv("WORTH");
        for (int k = 0; k < HMI_FEATURE_CLASSES + 2 && *at; k++) {
            char *end;
            double value = strtod(at, &end);
            *knobs[k] =
                !same && (k == HMI_FEATURE_MNEMONIC || k == HMI_FEATURE_DISPLACEMENT) ? 0 : value;
            at = *end ? end + 1 : end;
        }
    }
    if (code_only) {
        for (int c = HMI_FEATURE_STRING; c <= HMI_FEATURE_CALLER; c++) {
            worth.classes[c] = 0;
        }
        worth.inlined = 0;
    }
    return worth;
}

static bool same_machine(const struct task *task)
{
    return (strstr(task->left, "32") != NULL) == (strstr(task->right, "32") != NULL);
}

static void print_results(void)
{
    printf("%-24s %6s %6s %7s %6s %6s | share of true pairs, of others, whose similarity is at "
           "least ...\n",
           "task", "asked", "R@1", "R@1/100", "MRR10", "mean");
    for (size_t t = 0; t < HMI_COUNT(tasks); t++) {
        hmi_worth worth = worth_of(&tasks[t], same_machine(&tasks[t]));
        result r = run(&tasks[t], &worth, QUESTIONS);
        if (r.asked == 0) {
            continue;
        }
        double n = (double)r.asked;
        printf("%-24s %6zu  %.3f   %.3f  %.3f  %.3f |", tasks[t].name, r.asked, (double)r.first / n,
               (double)r.first_100 / n, r.reciprocal / n, r.right_sum / n);
        for (int i = 1; i < 8; i++) {
            printf(" .%d: %.2f %.0e", i, (double)r.right_over[i] / n,
                   (double)r.wrong_over[i] / (double)r.wrongs);
        }
        printf("\n");
    }
}

/* Coordinate ascent over the worths: mean reciprocal rank over the tasks of a kind. */
static double goodness(const hmi_worth *worth, bool same)
{
    double sum = 0;
    for (size_t t = 0; t < HMI_COUNT(tasks); t++) {
        if (same_machine(&tasks[t]) == same) {
            result r = run(&tasks[t], worth, 150);
            sum += r.asked ? ((double)r.first + r.reciprocal) / (2 * (double)r.asked) : 0;
        }
    }
    return sum;
}

static void tune(bool same)
{
    hmi_worth worth = worth_of(NULL, same);
    double best = goodness(&worth, same);
    printf("start %.4f\n", best);
    for (int round = 0; round < 3; round++) {
        for (int c = 0; c <= HMI_FEATURE_CLASSES + 1; c++) {
            double *knob = c < HMI_FEATURE_CLASSES    ? &worth.classes[c]
                           : c == HMI_FEATURE_CLASSES ? &worth.counts
                                                      : &worth.inlined;
            static const double factors[] = { 0.5, 0.7, 1.4, 2, 4 };
            double was = *knob, chosen = was;
            for (size_t f = 0; f < HMI_COUNT(factors) && was > 0; f++) {
                *knob = was * factors[f];
                double now = goodness(&worth, same);
                if (now > best + 1e-9) {
                    best = now;
                    chosen = *knob;
                }
            }
            *knob = chosen;
        }
        printf("%s round %d: %.4f {{", same ? "same" : "other", round, best);
        for (int c = 0; c < HMI_FEATURE_CLASSES; c++) {
            printf(" %.3g,", worth.classes[c]);
        }
        printf(" }, %.4g, %.3g }\n", worth.counts, worth.inlined);
        fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    bool tuning = false;
    for (int i = 2; i < argc; i++) {
        test_only |= strcmp(argv[i], "--test") == 0;
        train_only |= strcmp(argv[i], "--train") == 0;
        code_only |= strcmp(argv[i], "--code-only") == 0;
        tuning |= strcmp(argv[i], "--tune") == 0;
    }
    if (argc < 2) {
        fprintf(stderr, "usage: eval_code FOLDER/bin [--test|--train] [--code-only] [--tune]\n");
        return 2;
    }
    for (unsigned p = 0; p < PACKAGES; p++) {
        for (unsigned c = 0; c < CONFIGURATIONS; c++) {
            if (eligible_package(p)) {
                read_program(argv[1], p, c);
            }
        }
    }
    if (tuning) {
        tune(true);
        tune(false);
        return 0;
    }
    print_results();
    return 0;
}
