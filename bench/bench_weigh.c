/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_weigh.c - known incidents: built, asked with everything explained, changed.
 * Usage: bench_weigh [INCIDENTS [TRAITS]]
 *
 * Generated: 100 traits an incident, 60 of them its own, 40 drawn with a long tail from 200,000
 * habits of 300 actors and of everybody, so that hubs and rare ones both occur. The texts are made
 * before the clock starts: a casebook has them in memory too. Processor time of one thread.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/bytes.h"
#include "compare/explain.h"

enum { TRAITS_MAX = 400, ACTORS = 300, HABITS = 200000, QUESTIONS = 501, TODAY = 20000, TEXT = 12 };

static uint32_t traits = 100, own = 60;

static uint64_t state;
static uint32_t draw(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)((state >> 11) % below);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* one thread: other work does not count */
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_time(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void must(int code, const hm_err *err)
{
    if (code < 0) {
        fprintf(stderr, "%s\n", err->text);
        exit(1);
    }
}

/* The traits of incident i, the same each time. */
static void describe(uint32_t incident, char (*texts)[TEXT], hmi_named *named)
{
    static const hmi_kind KINDS[] = { HMI_KIND_TOKEN, HMI_KIND_GRAM,      HMI_KIND_SUFFIX,
                                      HMI_KIND_NET24, HMI_KIND_TECHNIQUE, HMI_KIND_SHAPE,
                                      HMI_KIND_BASE,  HMI_KIND_SOFTWARE };
    state = 88172645463325252u + incident * 0x9e3779b97f4a7c15u;
    for (uint32_t i = 0; i < traits; i++) {
        /* half of what is drawn is the actor's own habit */
        uint32_t habit = (uint32_t)((uint64_t)draw(HABITS) * draw(HABITS) / HABITS);
        habit = i % 2 ? habit : habit / ACTORS * ACTORS + incident % ACTORS;
        const int len = snprintf(texts[i], TEXT, "%c%u", i < own ? 'o' : 'h',
                                 i < own ? incident * own + i : habit);
        named[i] = (hmi_named){ hmi_text(texts[i], (size_t)len),
                                i < own ? HMI_KIND_DOMAIN : KINDS[habit % HMI_COUNT(KINDS)] };
    }
}

typedef struct world {
    hmi_arena arena;
    hmi_lexicon lexicon;
    hmi_known known;
    hmi_scorer scorer;
    hmi_habits habits;
    hmi_model model;
    hm_text names[ACTORS];
    char name_texts[ACTORS][16];
} world;

static int64_t incident_of(const void *with, uint32_t slot)
{
    (void)with;
    return slot;
}

/* One question: answer, arguments, what is missing, what if planted, carriers. */
static void ask(world *w, hmi_arena *scratch, const hmi_report *report)
{
    static const hmi_attribute_options options = { 0 };
    hmi_attribution answer = { 0 };
    hmi_query query;
    hm_err err;
    must(hmi_query_make(&w->known, report, scratch, &query, &err), &err);
    must(hmi_score(&w->scorer, &query, TODAY, scratch, &err), &err);
    const hmi_explaining e = { .scorer = &w->scorer,
                               .model = &w->model,
                               .habits = &w->habits,
                               .names = w->names,
                               .query = &query,
                               .today = TODAY,
                               .options = &options,
                               .incident_of = incident_of };
    must(hmi_explain(&e, scratch, &answer, &err), &err);
}

static double build(world *w, uint32_t incidents, hm_err *err)
{
    enum { BATCH = 1000 };
    double spent = 0;
    char(*texts)[TEXT] = malloc((size_t)BATCH * traits * TEXT);
    hmi_named *named = malloc((size_t)BATCH * traits * sizeof(*named));
    const double from = now();
    must(hmi_lexicon_init(&w->lexicon, &w->arena, err), err);
    must(hmi_lexicon_reserve(&w->lexicon, (size_t)incidents * own + HABITS * 2, err), err);
    hmi_known_init(&w->known, &w->arena, &w->lexicon);
    must(hmi_known_reserve(&w->known, (size_t)incidents * own + HABITS * 2, err), err);
    spent += now() - from;
    for (uint32_t first = 0; first < incidents; first += BATCH) {
        const uint32_t some = incidents - first < BATCH ? incidents - first : BATCH;
        for (uint32_t i = 0; i < some; i++) {
            describe(first + i, texts + (size_t)i * traits, named + (size_t)i * traits);
        }
        const double start = now();
        for (uint32_t i = 0; i < some; i++) {
            uint32_t slot = 0, *terms = hmi_new_array(&w->arena, uint32_t, traits);
            must(terms == NULL ? hmi_arena_fail(&w->arena, err) : HM_OK, err);
            must(hmi_lexicon_put_many(&w->lexicon, named + (size_t)i * traits, traits, terms, err),
                 err);
            const size_t count = hmi_terms_distinct(terms, traits);
            must(hmi_known_add(&w->known, (first + i) % ACTORS,
                               (int32_t)(17000 + (first + i) % 3000), HM_TEXT("incident"), terms,
                               count, &slot, err),
                 err);
        }
        spent += now() - start;
    }
    free(texts);
    free(named);
    return spent;
}

static void question(world *w, hmi_arena *scratch, uint32_t incident, hmi_report *report,
                     hm_err *err)
{
    char texts[TRAITS_MAX][TEXT];
    hmi_named named[TRAITS_MAX];
    uint32_t terms[TRAITS_MAX];
    describe(incident, texts, named);
    must(hmi_lexicon_put_many(&w->lexicon, named, traits, terms, err), err);
    const size_t count = hmi_terms_distinct(terms, traits);
    *report = (hmi_report){ .observed = hmi_new_array(scratch, hmi_observed, count) };
    for (size_t i = 0; i < count; i++) {
        report->observed[report->observed_count++].term = terms[i];
    }
}

static double ask_all(world *w, uint32_t incidents, double *ret_late, hm_err *err)
{
    static double times[QUESTIONS];
    hmi_arena scratch;
    hmi_report report;
    hmi_arena_init(&scratch, 256 << 20);
    for (uint32_t i = 0; i < ACTORS; i++) { /* what is typical of each is found once */
        hmi_arena_reset(&scratch);
        question(w, &scratch, incidents + i, &report, err);
        ask(w, &scratch, &report);
    }
    for (uint32_t i = 0; i < QUESTIONS; i++) {
        hmi_arena_reset(&scratch);
        question(w, &scratch, incidents + ACTORS + i, &report, err);
        const double from = now();
        ask(w, &scratch, &report);
        times[i] = now() - from;
    }
    hmi_arena_fini(&scratch);
    qsort(times, QUESTIONS, sizeof(*times), by_time);
    *ret_late = times[QUESTIONS * 99 / 100];
    return times[QUESTIONS / 2];
}

int main(int argc, char **argv)
{
    const uint32_t incidents = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100000;
    static world w;
    hm_err err = { 0 };
    double late = 0;
    traits = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : traits;
    if (incidents < 1000 || traits < 10 || traits > TRAITS_MAX) {
        fprintf(stderr, "usage: bench_weigh [INCIDENTS (1000 and more) [TRAITS (10 to 400)]]\n");
        return 2;
    }
    own = traits * 6 / 10;
    hmi_arena_init(&w.arena, (size_t)32 << 30);
    must(hmi_model_builtin(&w.model, &err), &err);
    for (int i = 0; i < ACTORS; i++) {
        const int len = snprintf(w.name_texts[i], sizeof(w.name_texts[i]), "actor %d", i);
        w.names[i] = hmi_text(w.name_texts[i], (size_t)len);
    }
    const double built = build(&w, incidents, &err);
    hmi_scorer_init(&w.scorer, &w.known, &w.arena);
    hmi_habits_init(&w.habits, &w.arena, &w.known);
    w.scorer.near_max = HMI_SCORE_NEAR_MAX;
    const double median = ask_all(&w, incidents, &late, &err);
    const double from = now();
    for (uint32_t i = 0; i < 1000; i++) {
        hmi_known_withdraw(&w.known, i * (incidents / 1000));
    }
    const double withdrawn = now() - from;
    for (uint32_t i = 0; i < 1000; i++) {
        must(hmi_known_restore(&w.known, i * (incidents / 1000), &err), &err);
    }
    const double restored = now() - from - withdrawn;
    printf("%-38s %10u x %u\n", "incidents x traits", incidents, traits);
    printf("%-38s %10.2f s\n", "built", built);
    printf("%-38s %10zu\n", "terms", w.lexicon.count);
    printf("%-38s %10zu MB\n", "memory", w.arena.used >> 20);
    printf("%-38s %10.3f ms\n", "question, answer, explanation: median", median * 1e3);
    printf("%-38s %10.3f ms\n", "                               99 %", late * 1e3);
    printf("%-38s %10.1f us\n", "withdrawing one incident", withdrawn * 1e3);
    printf("%-38s %10.1f us\n", "taking it in again", restored * 1e3);
    hmi_arena_fini(&w.arena);
    return 0;
}
