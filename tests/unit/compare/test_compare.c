/* SPDX-License-Identifier: Apache-2.0
 *
 * test_compare.c - what two incidents share, what it is worth, and what never links them.
 */
#include "check.h"

#include "compare/finding.h"
#include "fake_store.h"

static hmi_arena arena;

__attribute__((destructor)) static void give_back(void)
{
    hmi_arena_fini(&arena);
}

static hmi_finding compare_one(int64_t incident)
{
    hm_err err = { 0 };
    hmi_finding finding = { 0 };
    hmi_arena_fini(&arena);
    hmi_arena_init(&arena, 256 << 20);
    CHECK_OK(hmi_compare(&fake, &arena, incident, NULL, &finding, &err));
    return finding;
}

static const hmi_match *match_with(const hmi_finding *finding, int64_t incident)
{
    for (size_t i = 0; i < finding->match_count; i++) {
        if (finding->matches[i].incident.id == incident) {
            return &finding->matches[i];
        }
    }
    return NULL;
}

static const hmi_ignored *ignored(const hmi_finding *finding, const char *value)
{
    for (size_t i = 0; i < finding->ignored_count; i++) {
        if (hmi_text_is(finding->ignored[i].value, value)) {
            return &finding->ignored[i];
        }
    }
    return NULL;
}

static bool close_to(double a, double b)
{
    return a - b < 1e-9 && b - a < 1e-9;
}

/* Two incidents that share code, a string and an address; eight in all, a baseline of 500. */
static void two_alike(void)
{
    fake_reset(8, 500);
    for (int i = 0; i < 4; i++) {
        char name[32];
        snprintf(name, sizeof(name), "function-%d", i);
        fake_saw(1, 11, HMI_FUNCTION, name, HMI_ROLE_CONTENT);
        fake_saw(2, 21, HMI_FUNCTION, name, HMI_ROLE_CONTENT);
        fake_function(name, 0, 0, 60);
    }
    fake_saw(1, 11, HMI_STRING, "archive password", HMI_ROLE_CONTENT);
    fake_saw(2, 22, HMI_STRING, "archive password", HMI_ROLE_CONTENT);
    fake_saw(1, 12, HMI_ADDRESS, "101.99.5.5", HMI_ROLE_CLIENT);
    fake_saw(2, 23, HMI_ADDRESS, "101.99.5.5", HMI_ROLE_CLIENT);
    fake_saw(3, 31, HMI_STRING, "something else", HMI_ROLE_CONTENT);
}

TEST(rare_code_strings_and_addresses_link_two_incidents)
{
    two_alike();
    hmi_finding finding = compare_one(1);
    CHECK_EQ(finding.match_count, 1);
    CHECK_EQ(finding.incidents_all, 8);
    CHECK_EQ(finding.traits, 6);
    const hmi_match *match = match_with(&finding, 2);
    CHECK(match != NULL);
    CHECK(match->related);
    CHECK(match->why_not == NULL);
    CHECK_TEXT(match->incident.name, "incident-2");
    CHECK(match->bits > finding.related_bits);
    CHECK(match->group_bits[HMI_GROUP_CODE] > match->group_bits[HMI_GROUP_INFRASTRUCTURE]);
    CHECK_EQ(match->hallmark_count, 6);
    for (size_t i = 1; i < match->hallmark_count; i++) {
        CHECK(match->hallmarks[i - 1].bits >= match->hallmarks[i].bits);
    }
    CHECK_EQ(match->hallmarks[0].class_id, HMI_STRING); /* alone in its pair of files */
    CHECK_EQ(match->hallmarks[0].incidents, 2);
    CHECK_EQ(match->hallmarks[0].seen_here_count, 1);
    CHECK_EQ(match->hallmarks[0].seen_here[0].evidence, 11);
    CHECK_EQ(match->hallmarks[0].seen_there[0].evidence, 22);
}

TEST(hallmarks_add_up_to_their_group_and_groups_to_the_total)
{
    two_alike();
    hmi_finding finding = compare_one(1);
    const hmi_match *match = match_with(&finding, 2);
    double groups[HMI_GROUP_COUNT] = { 0 }, total = 0;
    for (size_t i = 0; i < match->hallmark_count; i++) {
        groups[hmi_class_find((int)match->hallmarks[i].class_id)->group] +=
            match->hallmarks[i].bits;
    }
    for (int group = 1; group < HMI_GROUP_COUNT; group++) {
        CHECK(close_to(groups[group], match->group_bits[group]));
        CHECK(match->group_bits[group] <= (double)hmi_group_get((hmi_group)group)->cap_bits);
        CHECK(close_to(match->without_group[group], match->bits - match->group_bits[group]));
        total += match->group_bits[group];
    }
    CHECK(close_to(total, match->bits));
}

TEST(functions_of_one_pair_of_files_are_discounted_those_of_several_less)
{
    double bits[2];
    for (int spread = 0; spread < 2; spread++) {
        fake_reset(8, 40);
        for (int i = 0; i < 3; i++) {
            char name[32];
            snprintf(name, sizeof(name), "function-%d", i);
            fake_saw(1, 11 + spread * i, HMI_FUNCTION, name, HMI_ROLE_CONTENT);
            fake_saw(2, 21 + spread * i, HMI_FUNCTION, name, HMI_ROLE_CONTENT);
            fake_function(name, 0, 0, 60);
            /* others hold it too: far from the cap */
            fake_saw(3, 31, HMI_FUNCTION, name, HMI_ROLE_CONTENT);
            fake_saw(4, 41, HMI_FUNCTION, name, HMI_ROLE_CONTENT);
        }
        hmi_finding finding = compare_one(1);
        const hmi_match *match = match_with(&finding, 2);
        const double alone = match->hallmarks[0].bits_alone;
        bits[spread] = match->group_bits[HMI_GROUP_CODE];
        const double part = spread ? 1 + 0.8 + 0.64 : 1 + 0.6 + 0.36;
        CHECK(close_to(bits[spread], part * alone));
    }
    CHECK(bits[0] < bits[1]);
}

TEST(code_of_a_harmless_program_is_nobodys_hallmark)
{
    fake_reset(8, 500);
    fake_saw(1, 11, HMI_FUNCTION, "library-code", HMI_ROLE_CONTENT);
    fake_saw(2, 21, HMI_FUNCTION, "library-code", HMI_ROLE_CONTENT);
    fake_function("library-code", 0, 0, 60);
    fake_baseline(HMI_FUNCTION, "library-code", 1);
    hmi_finding finding = compare_one(1);
    CHECK(match_with(&finding, 2) == NULL);
    CHECK_EQ(finding.ignored_total, 1);
    CHECK_TEXT(finding.ignored[0].why, "in 1 of 500 harmless files");
}

/* Two programs that link the same library agree on everything in it. */
static void one_library(uint32_t baseline, hmi_role role)
{
    fake_reset(8, baseline);
    for (int i = 0; i < 12; i++) {
        char name[32];
        snprintf(name, sizeof(name), "0x%x", 0x814400 + i);
        fake_saw(1, 11, HMI_RARE_CONSTANT, name, role);
        fake_saw(2, 21, HMI_RARE_CONSTANT, name, role);
        snprintf(name, sizeof(name), "no-ignore-case-%d", i);
        fake_saw(1, 11, HMI_STRING, name, role);
        fake_saw(2, 21, HMI_STRING, name, role);
    }
}

TEST(without_a_baseline_what_programs_share_is_one_fact)
{
    one_library(31, HMI_ROLE_CONTENT);
    hmi_finding finding = compare_one(1);
    const hmi_match *match = match_with(&finding, 2);
    double strongest = 0, groups = 0, listed = 0;
    CHECK(match != NULL && !match->related && match->unlearned_bits > 0);
    CHECK(strstr(match->why_not, "learn a baseline") != NULL);
    for (size_t i = 0; i < match->hallmark_count; i++) {
        const hmi_hallmark *hallmark = &match->hallmarks[i];
        strongest = hallmark->bits_alone > strongest ? hallmark->bits_alone : strongest;
        listed += hallmark->bits;
    }
    for (int group = 1; group < HMI_GROUP_COUNT; group++) {
        groups += match->group_bits[group];
    }
    CHECK(close_to(match->bits, strongest) && close_to(groups, match->bits));
    CHECK(close_to(listed, match->bits));

    one_library(500, HMI_ROLE_CONTENT);
    finding = compare_one(1);
    match = match_with(&finding, 2);
    CHECK(match->related && match->unlearned_bits == 0);

    one_library(0, HMI_ROLE_INDICATED); /* what reports state is no library */
    finding = compare_one(1);
    match = match_with(&finding, 2);
    CHECK(match->related && match->unlearned_bits == 0);
}

TEST(a_copied_file_is_one_fact_in_the_file_group)
{
    fake_reset(8, 500);
    fake_saw(1, 7, HMI_SHA256, "aa", HMI_ROLE_SELF);
    fake_saw(2, 7, HMI_SHA256, "aa", HMI_ROLE_SELF);
    for (int i = 0; i < 20; i++) {
        char name[32];
        snprintf(name, sizeof(name), "function-%d", i);
        fake_saw(1, 7, HMI_FUNCTION, name, HMI_ROLE_CONTENT);
        fake_saw(2, 7, HMI_FUNCTION, name, HMI_ROLE_CONTENT);
        fake_function(name, 0, 0, 60);
    }
    hmi_finding finding = compare_one(1);
    const hmi_match *match = match_with(&finding, 2);
    CHECK(close_to(match->group_bits[HMI_GROUP_CODE], 0));
    CHECK(match->group_bits[HMI_GROUP_FILE] > 0);
    int counted = 0;
    for (size_t i = 0; i < match->hallmark_count; i++) {
        CHECK(match->hallmarks[i].same_file);
        counted += match->hallmarks[i].bits > 0;
    }
    CHECK_EQ(counted, 1);
    CHECK_EQ(match->hallmark_total, 21);
}

TEST(a_function_seen_in_another_file_too_is_code_reuse)
{
    fake_reset(8, 500);
    fake_saw(1, 7, HMI_FUNCTION, "f", HMI_ROLE_CONTENT);
    fake_saw(2, 7, HMI_FUNCTION, "f", HMI_ROLE_CONTENT);
    fake_saw(1, 8, HMI_FUNCTION, "f", HMI_ROLE_CONTENT);
    fake_saw(2, 9, HMI_FUNCTION, "f", HMI_ROLE_CONTENT);
    fake_function("f", 0, 0, 60);
    hmi_finding finding = compare_one(1);
    CHECK(match_with(&finding, 2)->group_bits[HMI_GROUP_CODE] > 0);
}

TEST(build_marks_alone_never_carry_a_conclusion)
{
    fake_reset(8, 500);
    const hmi_class classes[] = { HMI_RICH_HEADER, HMI_PDB_PATH, HMI_IMPORT_HASH, HMI_COMPILER };
    for (size_t i = 0; i < HMI_COUNT(classes); i++) {
        fake_saw(1, 11, classes[i], "mark", HMI_ROLE_CONTENT);
        fake_saw(2, 21, classes[i], "mark", HMI_ROLE_CONTENT);
    }
    hmi_finding finding = compare_one(1);
    const hmi_match *match = match_with(&finding, 2);
    CHECK(match != NULL && match->bits > 0);
    CHECK(!match->related);
    CHECK(match->why_not != NULL);
}

TEST(claims_are_shown_and_never_weighed)
{
    fake_reset(8, 0);
    fake_saw(1, 11, HMI_ACTOR_CLAIM, "Lazarus", HMI_ROLE_INDICATED);
    fake_saw(2, 21, HMI_ACTOR_CLAIM, "Lazarus", HMI_ROLE_INDICATED);
    hmi_finding finding = compare_one(1);
    CHECK_EQ(finding.match_count, 0);
    CHECK_TEXT(ignored(&finding, "Lazarus")->why, "a claim: shown, never weighed");
}

TEST(what_harmless_files_carry_links_nothing_and_is_listed)
{
    two_alike();
    fake_saw(1, 11, HMI_STRING, "/lib64/ld-linux-x86-64.so.2", HMI_ROLE_CONTENT);
    fake_saw(3, 31, HMI_STRING, "/lib64/ld-linux-x86-64.so.2", HMI_ROLE_CONTENT);
    fake_baseline(HMI_STRING, "/lib64/ld-linux-x86-64.so.2", 470);
    hmi_finding finding = compare_one(1);
    CHECK(match_with(&finding, 3) == NULL);
    CHECK_TEXT(ignored(&finding, "/lib64/ld-linux-x86-64.so.2")->why,
               "in 470 of 500 harmless files");
    CHECK_EQ(finding.ignored_total, 1);
}

TEST(the_victims_own_machines_never_match_outside)
{
    fake_reset(8, 0);
    /* Nonghyup 2013: an inside address that is somebody's public one */
    fake_saw(1, 11, HMI_ADDRESS, "101.106.25.105", HMI_ROLE_HOST);
    fake_saw(1, 11, HMI_ADDRESS, "101.106.25.105", HMI_ROLE_CLIENT);
    fake_saw(2, 21, HMI_ADDRESS, "101.106.25.105", HMI_ROLE_INDICATED);
    /* and seen from the other side */
    fake_saw(1, 11, HMI_ADDRESS, "101.106.25.106", HMI_ROLE_CLIENT);
    fake_saw(3, 31, HMI_ADDRESS, "101.106.25.106", HMI_ROLE_SERVER);
    hmi_finding finding = compare_one(1);
    CHECK(match_with(&finding, 2) == NULL);
    const hmi_match *third = match_with(&finding, 3);
    CHECK(third == NULL || (close_to(third->bits, 0) && third->hallmark_count == 0));
    CHECK(ignored(&finding, "101.106.25.105") != NULL);
    CHECK(ignored(&finding, "101.106.25.106") != NULL);
}

TEST(known_noise_links_nothing)
{
    fake_reset(8, 0);
    const char *hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    fake_saw(1, 11, HMI_SHA256, hash, HMI_ROLE_INDICATED);
    fake_saw(2, 21, HMI_SHA256, hash, HMI_ROLE_INDICATED);
    fake_saw(1, 11, HMI_ADDRESS, "8.8.8.8", HMI_ROLE_INDICATED);
    fake_saw(2, 21, HMI_ADDRESS, "8.8.8.8", HMI_ROLE_INDICATED);
    hmi_finding finding = compare_one(1);
    CHECK_EQ(finding.match_count, 0);
    CHECK_EQ(finding.ignored_total, 2);
}

TEST(the_name_evidence_was_filed_under_links_nothing)
{
    fake_reset(8, 500);
    fake_saw(1, 11, HMI_FILE_NAME, "access.log", HMI_ROLE_SELF);
    fake_saw(2, 21, HMI_FILE_NAME, "access.log", HMI_ROLE_SELF);
    hmi_finding finding = compare_one(1);
    CHECK_EQ(finding.match_count, 0);
    CHECK_EQ(finding.ignored_total, 1);
}

TEST(a_hub_of_many_incidents_links_nothing_and_says_in_how_many)
{
    fake_reset(1500, 0);
    for (int i = 1; i <= 1500; i++) {
        fake_saw(i, 10 + i, HMI_DOMAIN, "www.example-cdn.net", HMI_ROLE_CONTENT);
    }
    hmi_finding finding = compare_one(1);
    CHECK_EQ(finding.match_count, 0);
    CHECK_TEXT(ignored(&finding, "www.example-cdn.net")->why, "a hub: in 1500 of 1500 incidents");
}

/* Web servers that have nothing in common but the scanners of the whole world: each was asked for
 * some of the same pages by some of the same programs. However few they are, none is related. */
TEST(what_everybodys_scanners_ask_relates_nobody_in_a_small_casebook)
{
    for (int64_t incidents = 2; incidents <= 48; incidents += incidents < 8 ? 1 : 8) {
        uint32_t chance = 12345;
        fake_reset((uint64_t)incidents, 0);
        for (int64_t incident = 1; incident <= incidents; incident++) {
            for (int page = 0; page < 32; page++) {
                char shape[64], agent[64], account[64];
                chance = chance * 1664525u + 1013904223u;
                snprintf(shape, sizeof(shape), "GET /common/%d", page % 20);
                snprintf(agent, sizeof(agent), "scanner/%d", page % 6);
                snprintf(account, sizeof(account), "user%d", page % 6);
                if (chance >> 31 != 0) {
                    fake_saw(incident, incident,
                             page < 20   ? HMI_REQUEST_SHAPE
                             : page < 26 ? HMI_USER_AGENT
                                         : HMI_ACCOUNT,
                             page < 20   ? shape
                             : page < 26 ? agent
                                         : account,
                             HMI_ROLE_QUERY);
                }
            }
        }
        for (int64_t incident = 1; incident <= incidents; incident++) {
            hmi_finding finding = compare_one(incident);
            for (size_t i = 0; i < finding.match_count; i++) {
                CHECK(!finding.matches[i].related);
            }
        }
    }
}

TEST(rarer_weighs_more)
{
    fake_reset(200, 0);
    for (int i = 1; i <= 40; i++) {
        fake_saw(i, 10 + i, HMI_DOMAIN, "common-name.org", HMI_ROLE_CONTENT);
    }
    fake_saw(1, 11, HMI_DOMAIN, "rare-name.org", HMI_ROLE_CONTENT);
    fake_saw(2, 12, HMI_DOMAIN, "rare-name.org", HMI_ROLE_CONTENT);
    hmi_finding finding = compare_one(1);
    const hmi_match *match = match_with(&finding, 2);
    CHECK_TEXT(match->hallmarks[0].value, "rare-name.org");
    CHECK(match->hallmarks[0].bits_alone > 2 * match->hallmarks[1].bits_alone);
    CHECK_EQ(finding.matches[0].incident.id, 2);
}

TEST(functions_alike_count_by_likeness_and_once)
{
    fake_reset(8, 500);
    fake_saw(1, 11, HMI_FUNCTION, "ours", HMI_ROLE_CONTENT);
    fake_saw(2, 21, HMI_FUNCTION, "theirs", HMI_ROLE_CONTENT);
    fake_saw(2, 21, HMI_FUNCTION, "theirs too", HMI_ROLE_CONTENT);
    fake_saw(3, 31, HMI_FUNCTION, "far", HMI_ROLE_CONTENT);
    fake_function("ours", 1, 0.0, 80);
    fake_function("theirs", 1, 0.1, 80);
    fake_function("theirs too", 1, 0.2, 80);
    fake_function("far", 1, 0.7, 80);
    hmi_finding finding = compare_one(1);
    CHECK_EQ(finding.match_count, 1);
    const hmi_match *match = match_with(&finding, 2);
    CHECK_EQ(match->hallmark_count, 1);
    CHECK_TEXT(match->hallmarks[0].value, "ours");
    CHECK_TEXT(match->hallmarks[0].value_there, "theirs");
    CHECK(close_to(match->hallmarks[0].similarity, 0.9));
    CHECK(match->hallmarks[0].bits > 0);
}

TEST(tiny_functions_say_nothing)
{
    fake_reset(8, 500);
    fake_saw(1, 11, HMI_FUNCTION, "stub", HMI_ROLE_CONTENT);
    fake_saw(2, 21, HMI_FUNCTION, "stub", HMI_ROLE_CONTENT);
    fake_function("stub", 0, 0, 4);
    hmi_finding finding = compare_one(1);
    CHECK_EQ(finding.match_count, 0);
    CHECK_EQ(finding.ignored_total, 1);
}

TEST(languages_that_differ_speak_against_a_little)
{
    two_alike();
    hmi_finding before = compare_one(1);
    const double bits = match_with(&before, 2)->bits;
    fake_saw(1, 11, HMI_LANGUAGE, "ko-KR", HMI_ROLE_CONTENT);
    fake_saw(2, 21, HMI_LANGUAGE, "ru-RU", HMI_ROLE_CONTENT);
    hmi_finding after = compare_one(1);
    const hmi_match *match = match_with(&after, 2);
    CHECK_EQ(match->against_count, 1);
    CHECK_TEXT(match->against[0].sentence, "the languages differ: ko-KR here, ru-RU there");
    CHECK(close_to(match->bits, bits - 0.5));
}

TEST(only_one_incident_may_be_asked_for)
{
    two_alike();
    fake_saw(3, 31, HMI_STRING, "archive password", HMI_ROLE_CONTENT);
    hm_err err = { 0 };
    hmi_finding finding = { 0 };
    hmi_arena_fini(&arena);
    hmi_arena_init(&arena, 64 << 20);
    hmi_compare_options options = { .only = 3, .hallmarks_max = 1 };
    CHECK_OK(hmi_compare(&fake, &arena, 1, &options, &finding, &err));
    CHECK_EQ(finding.match_count, 1);
    CHECK_EQ(finding.matches[0].incident.id, 3);
}

TEST(an_empty_incident_and_an_unknown_one)
{
    hm_err err = { 0 };
    hmi_finding finding = { .traits = 77 };
    fake_reset(3, 0);
    hmi_arena_fini(&arena);
    hmi_arena_init(&arena, 64 << 20);
    CHECK_EQ(hmi_compare(&fake, &arena, 9, NULL, &finding, &err), HM_E_NOT_FOUND);
    CHECK_EQ(finding.traits, 77);
    finding = compare_one(2);
    CHECK_EQ(finding.traits, 0);
    CHECK_EQ(finding.match_count, 0);
}

TEST(without_memory_it_says_so_and_touches_nothing)
{
    two_alike();
    hm_err err = { 0 };
    for (uint64_t nth = 1; nth < 64; nth++) {
        hmi_finding finding = { .traits = 77 };
        hmi_arena_fini(&arena);
        hmi_arena_init(&arena, 256 << 20);
        hmi_arena_fail_at(nth);
        int code = hmi_compare(&fake, &arena, 1, NULL, &finding, &err);
        hmi_arena_fail_at(0);
        CHECK(code == HM_OK || code == HM_E_MEMORY);
        CHECK_EQ(finding.traits, code == HM_OK ? 6 : 77);
    }
    for (size_t ceiling = 1 << 10; ceiling < (64 << 20); ceiling *= 2) {
        hmi_finding finding = { .traits = 77 };
        hmi_arena_fini(&arena);
        hmi_arena_init(&arena, ceiling);
        int code = hmi_compare(&fake, &arena, 1, NULL, &finding, &err);
        CHECK(code == HM_OK || code == HM_E_LIMIT);
    }
}

RUN_TESTS()
