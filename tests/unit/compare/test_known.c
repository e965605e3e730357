/* SPDX-License-Identifier: Apache-2.0
 *
 * test_known.c - any order of additions and withdrawals gives exactly what a rebuild gives.
 */
#include "check.h"

#include "base/error.h"
#include "compare/actor/score.h"
#include "compare/model.h"

enum { INCIDENTS = 60, ACTORS = 5, EACH = 12, VALUES = 80 };

typedef struct world {
    hmi_arena arena;
    hmi_lexicon lexicon;
    hmi_known known;
    hmi_scorer scorer;
    hmi_report reports[INCIDENTS];
    uint32_t *terms[INCIDENTS];
    size_t counts[INCIDENTS];
    char ids[INCIDENTS][16];
    uint32_t slots[INCIDENTS];
} world;

static uint32_t random_state;
static uint32_t draw(uint32_t below)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % below;
}

/* The same incidents every time; only the order in which values get their numbers differs. */
static void make_world(world *w, uint32_t rotate)
{
    hm_err err = { 0 };
    memset(w, 0, sizeof(*w));
    hmi_arena_init(&w->arena, 256 << 20);
    CHECK_OK(hmi_lexicon_init(&w->lexicon, &w->arena, &err));
    hmi_known_init(&w->known, &w->arena, &w->lexicon);
    hmi_scorer_init(&w->scorer, &w->known, &w->arena);
    for (uint32_t k = 0; k < INCIDENTS; k++) {
        const uint32_t i = (k + rotate) % INCIDENTS;
        random_state = i * 7919u + 1;
        for (int v = 0; v < EACH; v++) {
            char value[32];
            const uint32_t n = draw(VALUES) * draw(VALUES) / VALUES;
            snprintf(value, sizeof(value), "host%u.name%u.com", n, n % 9);
            CHECK_OK(hmi_report_observe(&w->reports[i], &w->lexicon, HMI_KIND_DOMAIN,
                                        hmi_text_of(value), false, &err));
            snprintf(value, sizeof(value), "T%u", 1000 + n % 30);
            CHECK_OK(hmi_report_observe(&w->reports[i], &w->lexicon, HMI_KIND_TECHNIQUE,
                                        hmi_text_of(value), false, &err));
        }
        snprintf(w->ids[i], sizeof(w->ids[i]), "incident-%u", i);
        CHECK_OK(hmi_report_terms(&w->reports[i], &w->arena, &w->terms[i], &w->counts[i], &err));
    }
}

static void add(world *w, uint32_t i)
{
    hm_err err = { 0 };
    CHECK_OK(hmi_known_add(&w->known, i % ACTORS, (int32_t)(18000 + i * 9), hmi_text_of(w->ids[i]),
                           w->terms[i], w->counts[i], &w->slots[i], &err));
}

static void check_same_answers(world *a, world *b, uint32_t question)
{
    hm_err err = { 0 };
    hmi_query qa = { 0 }, qb = { 0 };
    CHECK_OK(hmi_query_make(&a->known, &a->reports[question], &a->arena, &qa, &err));
    CHECK_OK(hmi_query_make(&b->known, &b->reports[question], &b->arena, &qb, &err));
    CHECK_OK(hmi_score(&a->scorer, &qa, 19000, &a->arena, &err));
    CHECK_OK(hmi_score(&b->scorer, &qb, 19000, &b->arena, &err));
    CHECK_EQ(a->scorer.present_count, b->scorer.present_count);
    for (size_t i = 0; i < a->scorer.present_count; i++) {
        const uint32_t actor = a->scorer.present[i];
        CHECK_EQ(b->scorer.present[i], actor);
        CHECK(memcmp(hmi_score_row(&a->scorer, actor), hmi_score_row(&b->scorer, actor),
                     HMI_COL_COUNT * sizeof(double)) == 0);
    }
    CHECK(memcmp(a->scorer.none, b->scorer.none, sizeof(a->scorer.none)) == 0);
}

static world one, two;

TEST(order_does_not_matter_and_withdrawals_leave_no_trace)
{
    make_world(&one, 0);
    make_world(&two, 31);
    for (uint32_t i = 0; i < 40; i++) {
        add(&one, i);
    }
    for (uint32_t i = INCIDENTS; i-- > 0;) { /* backwards, with twenty that are taken back */
        add(&two, i);
    }
    for (uint32_t i = 40; i < INCIDENTS; i++) {
        hmi_known_withdraw(&two.known, two.slots[i]);
    }
    CHECK_EQ(one.known.count, two.known.count);
    for (uint32_t question = 0; question < INCIDENTS; question++) {
        check_same_answers(&one, &two, question);
    }
    hmi_known_withdraw(&two.known, two.slots[3]);
    hmi_known_withdraw(&two.known, two.slots[3]); /* twice is once */
    add(&two, 3);
    for (uint32_t question = 0; question < INCIDENTS; question++) {
        check_same_answers(&one, &two, question);
    }
    hmi_arena_fini(&one.arena);
    hmi_arena_fini(&two.arena);
}

TEST(all_withdrawn_is_nothing_known)
{
    make_world(&one, 0);
    for (uint32_t i = 0; i < INCIDENTS; i++) {
        add(&one, i);
    }
    for (uint32_t i = 0; i < INCIDENTS; i++) {
        hmi_known_withdraw(&one.known, one.slots[i]);
    }
    CHECK_EQ(one.known.count, 0);
    for (size_t term = 0; term < one.lexicon.count; term++) {
        CHECK_EQ(hmi_known_df(&one.known, (uint32_t)term), 0);
    }
    for (int actor = 0; actor < ACTORS; actor++) {
        CHECK_EQ(one.known.actors[actor].incidents, 0);
        for (int age = 0; age < HMI_AGE_COUNT; age++) {
            CHECK_EQ(one.known.actors[actor].weight[age], 0);
        }
    }
    hmi_arena_fini(&one.arena);
}

TEST(a_trait_of_one_actor_speaks_for_it_and_for_no_other)
{
    hm_err err = { 0 };
    make_world(&one, 0);
    for (uint32_t i = 0; i < INCIDENTS; i++) {
        add(&one, i);
    }
    uint32_t term = 0, terms[1];
    CHECK_OK(hmi_lexicon_put(&one.lexicon, HMI_KIND_MUTEX, HM_TEXT("only-theirs"), &term, &err));
    terms[0] = term;
    uint32_t slot = 0;
    CHECK_OK(hmi_known_add(&one.known, 2, 18500, HM_TEXT("extra"), terms, 1, &slot, &err));
    CHECK(hmi_trait_llr(&one.known, term, 2, 18600) > 0);
    CHECK(hmi_trait_llr(&one.known, term, 1, 18600) <= 0);
    CHECK(hmi_trait_llr(&one.known, term, 2, 18600) > hmi_trait_llr(&one.known, term, 2, 21000));
    hmi_arena_fini(&one.arena);
}

RUN_TESTS()
