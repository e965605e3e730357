/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_weigh.c - known incidents: built, asked, withdrawn. Usage: bench_weigh [INCIDENTS]
 *
 * Generated: 100 traits an incident, 60 of them its own, 40 drawn with a long tail from 200,000
 * habits of 300 actors and of everybody, so that hubs and rare ones both occur.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/bytes.h"
#include "compare/model.h"

enum { TRAITS = 100, OWN = 60, ACTORS = 300, HABITS = 200000, QUESTIONS = 501 };

static uint64_t state = 88172645463325252u;
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

/* The traits of incident i, the same each time. */
static size_t describe(hmi_lexicon *lexicon, uint32_t incident, uint32_t *terms)
{
    static const hmi_kind KINDS[] = { HMI_KIND_TOKEN, HMI_KIND_GRAM,      HMI_KIND_SUFFIX,
                                      HMI_KIND_NET24, HMI_KIND_TECHNIQUE, HMI_KIND_SHAPE,
                                      HMI_KIND_BASE,  HMI_KIND_SOFTWARE };
    hm_err err;
    state = 88172645463325252u + incident * 0x9e3779b97f4a7c15u;
    for (int i = 0; i < TRAITS; i++) {
        char value[32];
        /* half of what is drawn is the actor's own habit */
        uint32_t habit = (uint32_t)((uint64_t)draw(HABITS) * draw(HABITS) / HABITS);
        habit = i % 2 ? habit : habit / ACTORS * ACTORS + incident % ACTORS;
        const hmi_kind kind = i < OWN ? HMI_KIND_DOMAIN : KINDS[habit % HMI_COUNT(KINDS)];
        const int len =
            snprintf(value, sizeof(value), "v%u", i < OWN ? incident * OWN + (unsigned)i : habit);
        if (hmi_lexicon_put(lexicon, kind, hmi_text(value, (size_t)len), &terms[i], &err) < 0) {
            fprintf(stderr, "%s\n", err.text);
            exit(1);
        }
    }
    return hmi_terms_distinct(terms, TRAITS);
}

/* One question with its answer and the arguments for the first place. */
static void ask(hmi_scorer *scorer, hmi_lexicon *lexicon, const hmi_model *model,
                hmi_arena *scratch, uint32_t incident, double *posteriors)
{
    uint32_t terms[TRAITS];
    hm_err err;
    hmi_arena_reset(scratch);
    hmi_report report = { 0 };
    const size_t count = describe(lexicon, incident, terms);
    report.observed = hmi_new_array(scratch, hmi_observed, count);
    for (size_t i = 0; i < count; i++) {
        report.observed[report.observed_count++].term = terms[i];
    }
    hmi_query query;
    if (hmi_query_make(scorer->known, &report, scratch, &query, &err) < 0 ||
        hmi_score(scorer, &query, 20000, scratch, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    hmi_model_posterior(model, scorer, true, posteriors, posteriors + scorer->present_count);
    size_t best = 0;
    for (size_t i = 0; i < scorer->present_count; i++) {
        best = posteriors[i] > posteriors[best] ? i : best;
    }
    double sum = 0;
    for (size_t i = 0; i < query.term_count; i++) {
        sum += hmi_trait_llr(scorer->known, query.terms[i], scorer->present[best], 20000);
    }
    posteriors[0] += sum * 1e-300; /* used */
}

int main(int argc, char **argv)
{
    const uint32_t incidents = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100000;
    static double posteriors[3 * ACTORS + 3], times[QUESTIONS];
    hmi_arena arena, scratch;
    hmi_lexicon lexicon;
    hmi_known known;
    hmi_scorer scorer;
    hmi_model model;
    hm_err err;
    uint32_t slot = 0;
    hmi_arena_init(&arena, (size_t)16 << 30);
    hmi_arena_init(&scratch, 64 << 20);
    if (hmi_model_builtin(&model, &err) < 0 || hmi_lexicon_init(&lexicon, &arena, &err) < 0) {
        return 1;
    }
    uint32_t **terms = malloc(incidents * sizeof(*terms));
    size_t *counts = malloc(incidents * sizeof(*counts));
    double from = now();
    for (uint32_t i = 0; i < incidents; i++) {
        terms[i] = hmi_new_array(&arena, uint32_t, TRAITS);
        counts[i] = describe(&lexicon, i, terms[i]);
    }
    const double named = now() - from;
    hmi_known_init(&known, &arena, &lexicon);
    from = now();
    for (uint32_t i = 0; i < incidents; i++) {
        if (hmi_known_add(&known, i % ACTORS, (int32_t)(17000 + i % 3000), HM_TEXT("incident"),
                          terms[i], counts[i], &slot, &err) < 0) {
            return 1;
        }
    }
    const double built = now() - from;
    hmi_scorer_init(&scorer, &known, &arena);
    scorer.near_max = 128;
    for (uint32_t i = 0; i < QUESTIONS; i++) {
        from = now();
        ask(&scorer, &lexicon, &model, &scratch, incidents + i, posteriors);
        times[i] = now() - from;
    }
    qsort(times, QUESTIONS, sizeof(*times), by_time);
    from = now();
    for (uint32_t i = 0; i < 1000; i++) {
        hmi_known_withdraw(&known, i * (incidents / 1000));
    }
    printf("%u incidents x %d traits: named in %.2f s, indexed in %.2f s (%zu terms, %zu MB)\n",
           incidents, TRAITS, named, built, lexicon.count, arena.used >> 20);
    printf("question with answer and arguments: median %.3f ms, 99%% %.3f ms\n",
           times[QUESTIONS / 2] * 1e3, times[QUESTIONS * 99 / 100] * 1e3);
    printf("withdrawing one: %.1f us\n", (now() - from) * 1e3);
    hmi_arena_fini(&scratch);
    hmi_arena_fini(&arena);
    free(terms);
    free(counts);
    return 0;
}
