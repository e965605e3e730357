/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_hunt.c - how large an index of records is, how fast it is made, and how fast it answers.
 *
 *     build/bench/bench_hunt [segments of 64 MiB] [thousands of indicators ...]      (32; 10 1000)
 *
 * Each segment is a corpus of its own (watch_corpus.h). Asked are indicators of which none is in
 * the records: what a feed brings each day; then ones of which the corpus holds some in every
 * segment. Times are processor time of this thread: making the indicators' keys, and asking the
 * index all in all.
 */
#include "watch_corpus.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "hunt/hunt.h"

enum { SEGMENT = 64 << 20 };

static void add_segment(hmi_gather *gather, hmi_draft *draft, const corpus *c, uint64_t offset)
{
    hm_err err = { 0 };
    hmi_indexed_source source = { .inode = 1 };
    hmi_segment segment = { .offset = offset, .len = c->len, .lines = c->lines };
    must(hmi_gather_lines(gather, hmi_bytes(c->text, c->len), &err), &err);
    must(hmi_draft_source(draft, &source, HM_TEXT("/records"), &segment.source, &err), &err);
    segment.lists = draft->lists.len;
    must(hmi_gather_seal(gather, &draft->lists, segment.list_lens, &segment.flags, &err), &err);
    segment.checksum = hmi_checksum(hmi_slice(hmi_buf_bytes(&draft->lists), (size_t)segment.lists,
                                              draft->lists.len - (size_t)segment.lists));
    must(hmi_draft_segment(draft, &segment, &err), &err);
}

static void ask(const hmi_catalogue *catalogue, uint64_t first, uint64_t count)
{
    hm_err err = { 0 };
    double built;
    hmi_placed *placed;
    size_t placed_count;
    hm_matcher *set = compile(first, count, &built);
    must(hmi_catalogue_placed(catalogue, &placed, &placed_count, &err), &err);
    double start = cpu();
    uint64_t sum = 0;
    for (uint32_t i = 0; i < set->row_count; i++) {
        sum += hmi_wanted_of_row(&catalogue->seed, set, i).first;
    }
    double keys = cpu() - start;
    double best = 1e9;
    hmi_hunt_sums sums = { 0 };
    for (int i = 0; i < 5; i++) {
        sums = (hmi_hunt_sums){ 0 };
        start = cpu();
        must(hmi_hunt_ask(catalogue, set, placed, placed_count, &sums, NULL, NULL, &err), &err);
        double took = cpu() - start;
        best = took < best ? took : best;
    }
    double raw = (double)sums.bytes_indexed / 1e9;
    printf(
        "  %u %s indicators: %.1f ms, of which keys %.1f ms: %.0f GB/s-equivalent (%.0f without "
        "the keys); %" PRIu64 " passed a gate, %" PRIu64 " of %" PRIu64 " segments to read (%u)\n",
        set->row_count, first == 0 ? "planted" : "new", 1e3 * best, 1e3 * keys, raw / best,
        raw / (best - keys), sums.passed, sums.segments_read, sums.segments, (unsigned)(sum & 1));
    free(placed);
    hm_matcher_free(set);
}

int main(int argc, char **argv)
{
    unsigned segments = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 32;
    char folder[] = "/tmp/hallmark-bench-hunt-XXXXXX";
    hm_err err = { 0 };
    hmi_catalogue catalogue;
    hmi_gather *gather;
    hmi_draft draft;
    double gathering = 0;
    uint64_t bytes = 0;
    if (mkdtemp(folder) == NULL) {
        return 4;
    }
    must(hmi_catalogue_open(folder, true, false, NULL, NULL, &catalogue, &err), &err);
    must(hmi_gather_new(&catalogue.seed, &gather, &err), &err);
    hmi_draft_init(&draft, &catalogue.seed);
    for (unsigned i = 0; i < segments; i++) {
        corpus c;
        make_corpus(&c, SEGMENT, 10000, i);
        double start = cpu();
        add_segment(gather, &draft, &c, bytes);
        gathering += cpu() - start;
        bytes += c.len;
        free(c.text);
        free(c.truth);
    }
    double start = cpu();
    must(hmi_catalogue_add(&catalogue, &draft, &err), &err);
    double writing = cpu() - start;
    uint64_t size = 0;
    for (size_t i = 0; i < catalogue.count; i++) {
        size += catalogue.parts[i].map_len;
        printf("part %zu: gate %.1f MB, lists %.1f MB\n", i,
               (double)catalogue.parts[i].gate.len / 1e6,
               (double)catalogue.parts[i].lists.len / 1e6);
    }
    printf("%.2f GB of records: indexed at %.2f GB/s, written in %.2f s; index %.1f MB = %.2f %%\n",
           (double)bytes / 1e9, (double)bytes / gathering / 1e9, writing, (double)size / 1e6,
           100.0 * (double)size / (double)bytes);
    static const char *const DEFAULTS[] = { "10", "1000" };
    for (int i = 0; i < (argc > 2 ? argc - 2 : 2); i++) {
        ask(&catalogue, 1000000000,
            1000 * strtoull(argc > 2 ? argv[i + 2] : DEFAULTS[i], NULL, 10));
    }
    ask(&catalogue, 0, 10000);
    for (size_t i = 0; i < catalogue.count; i++) {
        char path[128];
        snprintf(path, sizeof(path), "%s/%s", folder, catalogue.names[i]);
        unlink(path);
    }
    hmi_catalogue_close(&catalogue);
    hmi_gather_free(gather);
    hmi_draft_fini(&draft);
    rmdir(folder);
    return 0;
}
