/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_watch.c - millions of indicators against records, beside copying the same bytes.
 *
 *     build/bench/bench_watch [gigabytes] [thousands of indicators ...]     (2; 10 1000 5000)
 *     build/bench/bench_watch --write FOLDER [thousands]                    for grep and others
 *
 * Corpus: one block of 256 MB of access log, Zeek TSV (conn, dns, http) and EVE JSON in equal
 * parts, made from a seed, read again until the asked size is reached (a block is eight times the
 * largest cache here, so each pass comes from memory). One line in 400 carries a planted value of
 * a known indicator in one of its spellings, one in 1600 a trap: a value that merely contains one.
 * Every other value is drawn from ranges that no indicator is drawn from, so a match that was not
 * planted is false. Recall and false lines are counted on the first pass.
 * Indicators: 30 % IPv4, 2 IPv6, 1 ranges, 35 domains, 15 URLs, 15 digests, 2 mail addresses.
 * Times are processor time of this thread; memcpy runs between the scans, in the same minute.
 */
#include "watch_corpus.h"

static double wall(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

typedef struct tally {
    const corpus *c;
    uint8_t *hit;
    uint64_t matches;
} tally;

static int on_hit(void *user, const hm_hit *m, hm_err *err)
{
    (void)err;
    tally *t = user;
    t->matches++;
    if (t->hit != NULL) {
        t->hit[m->line - 1] = 1;
    }
    return HM_OK;
}

static void check_truth(const hm_matcher *matcher, const corpus *c)
{
    hm_err err = { 0 };
    tally t = { .c = c, .hit = calloc(c->lines, 1) };
    must(hm_matcher_scan(matcher, (hm_bytes){ (const uint8_t *)c->text, c->len }, on_hit, &t, &err),
         &err);
    uint64_t met = 0;
    uint64_t false_lines = 0;
    unsigned shown = 0;
    const char *p = c->text;
    for (uint64_t i = 0; i < c->lines; i++) {
        const char *end = memchr(p, '\n', c->len - (size_t)(p - c->text));
        met += c->truth[i] == 1 && t.hit[i];
        false_lines += c->truth[i] != 1 && t.hit[i];
        if ((c->truth[i] == 1) != (t.hit[i] != 0) && shown++ < 4) {
            printf("  %s: %.*s\n", t.hit[i] ? "false" : "missed", (int)(end - p), p);
        }
        p = end + 1;
    }
    printf("  planted %" PRIu64 ", met %" PRIu64 " (recall %.4f); traps %" PRIu64
           "; false lines %" PRIu64 " of %" PRIu64 "\n",
           c->planted, met, c->planted ? (double)met / (double)c->planted : 1.0, c->traps,
           false_lines, c->lines);
    free(t.hit);
}

static double copy_speed(const corpus *c, char *to)
{
    double start = cpu();
    memcpy(to, c->text, c->len);
    double took = cpu() - start;
    return (double)c->len / took / 1e9;
}

/* One pass for each way of looking through: what it costs, and that no line becomes false by it. */
static void measure_unwrapping(const hm_matcher *matcher, const corpus *c)
{
    static const struct {
        const char *name;
        unsigned what;
    } WAYS[] = { { "utf16", HM_UNWRAP_UTF16 }, { "base64", HM_UNWRAP_BASE64 } };
    for (size_t i = 0; i < sizeof(WAYS) / sizeof(WAYS[0]); i++) {
        hm_scanner *scanner;
        hm_err err = { 0 };
        tally t = { .c = c, .hit = calloc(c->lines, 1) };
        must(hm_scanner_new(matcher, &scanner, &err), &err);
        must(hm_scanner_unwrap(scanner, WAYS[i].what, &err), &err);
        double start = cpu();
        must(hm_scanner_scan(scanner, (hm_bytes){ (const uint8_t *)c->text, c->len }, on_hit, &t,
                             &err),
             &err);
        double took = cpu() - start;
        uint64_t false_lines = 0;
        for (uint64_t line = 0; line < c->lines; line++) {
            false_lines += c->truth[line] != 1 && t.hit[line];
        }
        printf("  looking through %-6s: %.2f GB/s, %" PRIu64 " false lines\n", WAYS[i].name,
               (double)c->len / took / 1e9, false_lines);
        free(t.hit);
        hm_scanner_free(scanner);
    }
}

static void measure(uint64_t count, const corpus *c, double gigabytes, char *to)
{
    double built;
    hm_err err = { 0 };
    hm_matcher *matcher = compile(0, count, &built);
    hm_matcher_facts facts;
    hm_matcher_facts_get(matcher, &facts);
    printf("%" PRIu64 " indicators: compiled in %.2f s (%.2f per million), hot %.1f MB (%.1f per "
           "million), cold %.1f MB\n",
           facts.indicators, built, built * 1e6 / (double)count, (double)facts.hot_bytes / 1e6,
           (double)facts.hot_bytes / (double)count, (double)facts.cold_bytes / 1e6);
    check_truth(matcher, c);
    unsigned passes = (unsigned)(gigabytes * 1e9 / (double)c->len + 0.999);
    static const char *const PATHS[] = { NULL, "portable" };
    for (size_t k = 0; k < 2; k++) {
        hm_scanner *scanner;
        const char *path;
        must(hm_scanner_new(matcher, &scanner, &err), &err);
        must(hm_scanner_path(scanner, PATHS[k], &path, &err), &err);
        tally t = { .c = c };
        double scan = 0;
        double copy = 0;
        double best = 0;
        unsigned runs = k == 0 ? passes : 1;
        double clock = wall();
        for (unsigned i = 0; i < runs; i++) {
            double start = cpu();
            must(hm_scanner_scan(scanner, (hm_bytes){ (const uint8_t *)c->text, c->len }, on_hit,
                                 &t, &err),
                 &err);
            double took = cpu() - start;
            scan += took;
            double speed = (double)c->len / took / 1e9;
            best = speed > best ? speed : best;
            copy += copy_speed(c, to);
        }
        double speed = (double)c->len * runs / scan / 1e9;
        printf("  %-8s %.2f GB: %.2f GB/s (best pass %.2f), memcpy %.2f GB/s, ratio %.2f, %" PRIu64
               " matches, %.1f s by the clock\n",
               path, (double)c->len * runs / 1e9, speed, best, copy / runs, speed / (copy / runs),
               t.matches, wall() - clock);
        hm_scanner_free(scanner);
    }
    measure_unwrapping(matcher, c);
    hm_matcher_free(matcher);
}

static int write_files(const char *folder, uint64_t count, const corpus *c)
{
    char path[4096];
    char value[VALUE_MAX];
    snprintf(path, sizeof(path), "%s/indicators.txt", folder);
    FILE *file = fopen(path, "w");
    for (uint64_t i = 0; file != NULL && i < count; i++) {
        indicator_of(i, value);
        fprintf(file, "%s\n", value);
    }
    if (file == NULL || fclose(file) != 0) {
        return 4;
    }
    snprintf(path, sizeof(path), "%s/records.log", folder);
    file = fopen(path, "w");
    return file != NULL && fwrite(c->text, 1, c->len, file) == c->len && fclose(file) == 0 ? 0 : 4;
}

int main(int argc, char **argv)
{
    corpus c;
    bool writing = argc > 2 && strcmp(argv[1], "--write") == 0;
    double gigabytes = argc > 1 && !writing ? strtod(argv[1], NULL) : 2;
    make_corpus(&c, writing ? 32u << 20 : 256u << 20, 10000, 0);
    if (writing) {
        return write_files(argv[2], 1000 * (argc > 3 ? strtoull(argv[3], NULL, 10) : 10), &c);
    }
    char *to = malloc(c.len);
    memset(to, 1, c.len);
    printf("%.0f MB of records, %" PRIu64 " lines, read again up to %.1f GB\n", (double)c.len / 1e6,
           c.lines, gigabytes);
    static const char *const DEFAULTS[] = { "10", "1000", "5000" };
    for (int i = 0; i < (argc > 2 ? argc - 2 : 3); i++) {
        measure(1000 * strtoull(argc > 2 ? argv[i + 2] : DEFAULTS[i], NULL, 10), &c, gigabytes, to);
    }
    free(to);
    free(c.text);
    free(c.truth);
    return 0;
}
