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

/* A thousand changes at random - in, out, back, re-marked (another day, another actor) - against a
 * world that is built anew from what is left. */
TEST(any_sequence_of_changes_gives_what_a_rebuild_gives)
{
    hm_err err = { 0 };
    bool in[INCIDENTS] = { false };
    uint32_t moved[INCIDENTS] = { 0 };
    make_world(&one, 0);
    random_state = 4711;
    uint32_t sequence = 4711;
    for (int change = 0; change < 1000; change++) {
        random_state = sequence;
        const uint32_t i = draw(INCIDENTS), what = draw(4);
        sequence = random_state;
        if (!in[i]) {
            add(&one, i);
            moved[i] = 0;
            in[i] = true;
        } else if (what == 0) {
            hmi_known_withdraw(&one.known, one.slots[i]);
            in[i] = false;
        } else if (what == 1) { /* out and back: its old slot */
            hmi_known_withdraw(&one.known, one.slots[i]);
            CHECK_OK(hmi_known_restore(&one.known, one.slots[i], &err));
            CHECK_OK(hmi_known_restore(&one.known, one.slots[i], &err)); /* twice is once */
        } else if (what == 2) { /* said to be somebody else's */
            hmi_known_withdraw(&one.known, one.slots[i]);
            moved[i] += 1;
            CHECK_OK(hmi_known_add(&one.known, (i + moved[i]) % ACTORS,
                                   (int32_t)(18000 + i * 9 + moved[i]), hmi_text_of(one.ids[i]),
                                   one.terms[i], one.counts[i], &one.slots[i], &err));
        }
    }
    make_world(&two, 17);
    for (uint32_t i = 0; i < INCIDENTS; i++) {
        if (in[i]) {
            CHECK_OK(hmi_known_add(&two.known, (i + moved[i]) % ACTORS,
                                   (int32_t)(18000 + i * 9 + moved[i]), hmi_text_of(two.ids[i]),
                                   two.terms[i], two.counts[i], &two.slots[i], &err));
        }
    }
    CHECK_EQ(one.known.count, two.known.count);
    for (uint32_t question = 0; question < INCIDENTS; question++) {
        check_same_answers(&one, &two, question);
    }
    hmi_arena_fini(&one.arena);
    hmi_arena_fini(&two.arena);
}

TEST(asking_about_a_known_incident_leaves_nothing_behind)
{
    hm_err err = { 0 };
    make_world(&one, 0);
    for (uint32_t i = 0; i < INCIDENTS; i++) {
        add(&one, i);
    }
    hmi_known_withdraw(&one.known, one.slots[5]);
    CHECK_OK(hmi_known_restore(&one.known, one.slots[5], &err));
    const size_t slots = one.known.slot_count, holders = one.known.holder_count,
                 used = one.arena.used;
    for (int times = 0; times < 1000; times++) {
        hmi_known_withdraw(&one.known, one.slots[times % INCIDENTS]);
        CHECK_OK(hmi_known_restore(&one.known, one.slots[times % INCIDENTS], &err));
    }
    CHECK_EQ(one.known.slot_count, slots);
    CHECK_EQ(one.known.holder_count, holders);
    CHECK_EQ(one.arena.used, used);
    hmi_arena_fini(&one.arena);
}

/* What everybody shows is worth nothing to anybody, and near_max does not fetch its holders. */
TEST(a_hub_of_ten_thousand_incidents_costs_nothing)
{
    enum { MANY = 10050 };
    hm_err err = { 0 };
    uint32_t terms[2], hub = 0;
    make_world(&one, 0);
    CHECK_OK(hmi_lexicon_put(&one.lexicon, HMI_KIND_IP, HM_TEXT("8.8.8.8"), &hub, &err));
    for (uint32_t i = 0; i < MANY; i++) {
        char value[32];
        uint32_t slot = 0, *own = hmi_new_array(&one.arena, uint32_t, 2);
        snprintf(value, sizeof(value), "own-%u", i);
        CHECK_OK(hmi_lexicon_put(&one.lexicon, HMI_KIND_MUTEX, hmi_text_of(value), &own[1], &err));
        own[0] = hub;
        CHECK_OK(hmi_known_add(&one.known, i % ACTORS, 18000, HM_TEXT("one of many"), own, 2, &slot,
                               &err));
    }
    CHECK_OK(hmi_lexicon_put(&one.lexicon, HMI_KIND_MUTEX, HM_TEXT("own-7"), &terms[1], &err));
    terms[0] = hub;
    for (int actor = 0; actor < ACTORS; actor++) {
        CHECK(hmi_trait_llr(&one.known, hub, (uint32_t)actor, 18001) < 0.01);
    }
    one.scorer.near_max = HMI_SCORE_NEAR_MAX;
    const hmi_query query = {
        .terms = terms, .term_count = 2, .bare = terms, .bare_count = 2, .all_count = 2
    };
    CHECK_OK(hmi_score(&one.scorer, &query, 18001, &one.arena, &err));
    CHECK_EQ(one.scorer.near_count, 1); /* the one that shares the rare trait */
    hmi_arena_fini(&one.arena);
}

RUN_TESTS()
