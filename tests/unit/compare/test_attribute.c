/* SPDX-License-Identifier: Apache-2.0
 *
 * test_attribute.c - whose an incident may be, from a casebook's own incidents.
 */
#include "check.h"

#include "compare/attribute.h"
#include "fake_store.h"

enum { BEARS = 12, PANDAS = 12, QUESTION = 25, STRANGER = 26, DAY = 19000 };
static const int64_t DAY_US = 86400ll * 1000000;

static void saw(int64_t incident, hmi_class class_id, const char *format, int number)
{
    char value[96];
    snprintf(value, sizeof(value), format, number);
    fake_saw(incident, incident * 10, class_id, value, HMI_ROLE_INDICATED);
}

/* Bears name hosts mail-login-N.online-verify.com, pandas cdn N; each has its own tools and paths.
 */
static void a_world(void)
{
    fake_reset(STRANGER, 0);
    for (int i = 0; i < BEARS; i++) {
        saw(1 + i, HMI_DOMAIN, "login%d.online-verify-mail.com", i);
        saw(1 + i, HMI_DOMAIN, "secure-login-mail%d.net", i);
        saw(1 + i, HMI_TOOL, "S0%d", 700 + i % 2);
        saw(1 + i, HMI_TECHNIQUE, "T15%d", 10 + i % 3);
    }
    for (int i = 0; i < PANDAS; i++) {
        saw(13 + i, HMI_DOMAIN, "update%d.windowsupdate-cdn.org", i);
        saw(13 + i, HMI_DOMAIN, "cdn%d-static.info", i);
        saw(13 + i, HMI_TOOL, "S1%d", 100 + i % 2);
        saw(13 + i, HMI_TECHNIQUE, "T11%d", 10 + i % 3);
    }
    saw(QUESTION, HMI_DOMAIN, "login%d.online-verify-mail.com", 99);
    saw(QUESTION, HMI_DOMAIN, "secure-login-mail%d.net", 77);
    saw(QUESTION, HMI_TOOL, "S0%d", 700);
    saw(QUESTION, HMI_TECHNIQUE, "T15%d", 11);
    saw(STRANGER, HMI_DOMAIN, "qqzzxx%d.xyz", 1);
}

static hmi_actors *knowing(hmi_model *model)
{
    hmi_statement statements[BEARS + PANDAS];
    hmi_actors *actors = NULL;
    hm_err err = { 0 };
    for (int i = 0; i < BEARS + PANDAS; i++) {
        statements[i] = (hmi_statement){ .incident = 1 + i,
                                         .actor = i < BEARS ? HM_TEXT("bear") : HM_TEXT("panda"),
                                         .when_us = (DAY - 10 * i) * DAY_US };
    }
    CHECK_OK(hmi_model_builtin(model, &err));
    CHECK_OK(hmi_actors_new(&fake, statements, BEARS + PANDAS, model, &actors, &err));
    return actors;
}

TEST(habits_name_their_actor_with_arguments)
{
    hm_err err = { 0 };
    hmi_model model;
    hmi_arena arena;
    hmi_attribution a = { 0 };
    a_world();
    hmi_actors *actors = knowing(&model);
    hmi_arena_init(&arena, 64 << 20);
    CHECK_OK(hmi_attribute(actors, &fake, &arena, QUESTION, DAY * DAY_US, NULL, &a, &err));
    CHECK_EQ(a.suspect_count, 2);
    CHECK_EQ(a.incidents_known, BEARS + PANDAS);
    CHECK_TEXT(a.suspects[0].actor, "bear");
    CHECK(a.suspects[0].posterior > 0.5);
    CHECK(a.suspects[0].llr > 0 && a.suspects[1].llr < 0);
    const double sum = a.none + a.suspects[0].posterior + a.suspects[1].posterior;
    CHECK(sum > 1 - 1e-9 && sum < 1 + 1e-9);
    CHECK(a.suspects[0].nameable);
    CHECK(a.suspects[0].argument_count > 3);
    for (size_t i = 1; i < a.suspects[0].argument_count; i++) {
        CHECK(a.suspects[0].arguments[i - 1].nats >= a.suspects[0].arguments[i].nats);
    }
    CHECK(a.suspects[0].nearest_count > 0 && a.suspects[0].nearest[0].incident <= BEARS);
    CHECK_EQ(a.suspects[0].incidents, BEARS);
    CHECK(!a.contradiction);
    for (int group = 0; group < HMI_PLANT_COUNT; group++) {
        CHECK(a.suspects[0].without_group[group] <= a.suspects[0].posterior + 1e-9);
    }
    hmi_arena_fini(&arena);
    hmi_actors_free(actors);
}

TEST(none_that_i_know_is_an_answer)
{
    hm_err err = { 0 };
    hmi_model model;
    hmi_arena arena;
    hmi_attribution a = { 0 };
    a_world();
    hmi_actors *actors = knowing(&model);
    hmi_arena_init(&arena, 64 << 20);
    const hmi_attribute_options uniform = { .uniform_prior = true };
    CHECK_OK(hmi_attribute(actors, &fake, &arena, STRANGER, DAY * DAY_US, &uniform, &a, &err));
    CHECK(a.none > a.suspects[0].posterior);
    CHECK(!a.suspects[0].nameable);
    hmi_arena_fini(&arena);
    hmi_actors_free(actors);
}

TEST(a_statement_taken_back_leaves_no_trace)
{
    hm_err err = { 0 };
    hmi_model model;
    hmi_arena arena;
    hmi_attribution before = { 0 }, during = { 0 }, after = { 0 };
    a_world();
    hmi_actors *actors = knowing(&model);
    hmi_arena_init(&arena, 64 << 20);
    CHECK_OK(hmi_attribute(actors, &fake, &arena, QUESTION, DAY * DAY_US, NULL, &before, &err));
    const hmi_statement poisoned = { STRANGER, HM_TEXT("panda"), DAY * DAY_US };
    CHECK_OK(hmi_actors_say(actors, &fake, &poisoned, &err));
    CHECK_OK(hmi_attribute(actors, &fake, &arena, QUESTION, DAY * DAY_US, NULL, &during, &err));
    CHECK(during.none > before.none || during.none < before.none);
    hmi_actors_unsay(actors, STRANGER);
    CHECK_OK(hmi_attribute(actors, &fake, &arena, QUESTION, DAY * DAY_US, NULL, &after, &err));
    CHECK(memcmp(&after.none, &before.none, sizeof(double)) == 0);
    for (size_t i = 0; i < 2; i++) {
        CHECK(memcmp(&after.suspects[i].posterior, &before.suspects[i].posterior, sizeof(double)) ==
              0);
        CHECK(memcmp(&after.suspects[i].llr, &before.suspects[i].llr, sizeof(double)) == 0);
    }
    hmi_arena_fini(&arena);
    hmi_actors_free(actors);
}

TEST(an_incident_is_never_its_own_witness)
{
    hm_err err = { 0 };
    hmi_model model;
    hmi_arena arena;
    hmi_attribution once = { 0 }, again = { 0 };
    a_world();
    hmi_actors *actors = knowing(&model);
    hmi_arena_init(&arena, 64 << 20);
    CHECK_OK(hmi_attribute(actors, &fake, &arena, 1, DAY * DAY_US, NULL, &once, &err));
    CHECK_EQ(once.incidents_known, BEARS + PANDAS - 1);
    CHECK_OK(hmi_attribute(actors, &fake, &arena, 1, DAY * DAY_US, NULL, &again, &err));
    CHECK(memcmp(&once.none, &again.none, sizeof(double)) == 0);
    hmi_arena_fini(&arena);
    hmi_actors_free(actors);
}

TEST(nothing_known_names_nobody)
{
    hm_err err = { 0 };
    hmi_model model;
    hmi_arena arena;
    hmi_actors *actors = NULL;
    hmi_attribution a = { 0 };
    a_world();
    CHECK_OK(hmi_model_builtin(&model, &err));
    CHECK_OK(hmi_actors_new(&fake, NULL, 0, &model, &actors, &err));
    hmi_arena_init(&arena, 64 << 20);
    CHECK_OK(hmi_attribute(actors, &fake, &arena, QUESTION, DAY * DAY_US, NULL, &a, &err));
    CHECK_EQ(a.suspect_count, 0);
    CHECK(a.none >= 1);
    hmi_arena_fini(&arena);
    hmi_actors_free(actors);
    hmi_actors_free(NULL);
}

RUN_TESTS()
