/* SPDX-License-Identifier: Apache-2.0
 * test_casebook.c - libhallmark from outside: only its public headers and the shared library. */
#include <hallmark/hallmark.h>

#include <stdlib.h>
#include <unistd.h>

#include "check.h"

static void put_file(const char *folder, const char *name, const char *content)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    CHECK(file != NULL);
    CHECK(fputs(content, file) >= 0);
    CHECK_EQ(fclose(file), 0);
}

static void forget(const char *folder)
{
    char command[256];
    snprintf(command, sizeof(command), "chmod -R u+rwx %s; rm -rf %s", folder, folder);
    CHECK_EQ(system(command), 0);
}

static const char LIST_A[] = "# what was seen\nrare-hallmark-host.net\n5.188.10.77\n"
                             "6f8e1a2b3c4d5e6f708192a3b4c5d6e7\n";
static const char LIST_B[] = "rare-hallmark-host.net\n5.188.10.77\nanother-host-of-b.org\n";

TEST(the_question_is_answered_through_the_public_headers)
{
    hm_err err = { 0 };
    char house[] = "/tmp/hallmark-lib-XXXXXX", place[64], one[64], two[64];
    CHECK(mkdtemp(house) != NULL);
    snprintf(place, sizeof(place), "%s/casebook", house);
    snprintf(one, sizeof(one), "%s/one.txt", house);
    snprintf(two, sizeof(two), "%s/two.txt", house);
    put_file(house, "one.txt", LIST_A);
    put_file(house, "two.txt", LIST_B);

    CHECK_OK(hm_casebook_create(place, &err));
    CHECK_EQ(hm_casebook_create(place, &err), HM_E_EXISTS);
    hm_casebook *casebook = NULL;
    CHECK_OK(hm_casebook_open(place, &casebook, &err));
    const char *first[] = { one }, *second[] = { two };
    hm_add_totals totals;
    CHECK_OK(hm_casebook_add(casebook, "one", first, 1, &totals, &err));
    CHECK_EQ(totals.pieces, 1);
    CHECK_EQ(totals.read, 1);
    CHECK(totals.traits >= 3);
    CHECK_OK(hm_casebook_add(casebook, "two", second, 1, NULL, &err));

    hm_finding *finding = NULL;
    CHECK_EQ(hm_compare(casebook, "nobody", &finding, &err), HM_E_NOT_FOUND);
    CHECK(finding == NULL);
    CHECK_OK(hm_compare(casebook, "one", &finding, &err));
    CHECK_EQ(hm_finding_matches(finding), 1);
    hm_match match, again;
    CHECK_EQ(hm_finding_match(finding, 0, &match), HM_OK);
    CHECK_CSTR(match.incident, "two");
    CHECK_EQ(hm_finding_match(finding, 0, &again), HM_OK);
    CHECK(again.incident == match.incident); /* lent, not made anew by each question */
    CHECK(match.bits > 4);
    bool found = false;
    for (size_t i = 0; i < match.hallmarks; i++) {
        hm_hallmark hallmark, same;
        CHECK_EQ(hm_finding_hallmark(finding, 0, i, &hallmark), HM_OK);
        CHECK_EQ(hm_finding_hallmark(finding, 0, i, &same), HM_OK);
        CHECK(same.value == hallmark.value);
        found = found || strcmp(hallmark.value, "rare-hallmark-host.net") == 0;
    }
    CHECK(found);
    CHECK(strstr(hm_finding_json(finding), "\"rare-hallmark-host.net\"") != NULL);
    CHECK_EQ(hm_finding_match(finding, 1, &match), HM_E_MISUSE);
    hm_finding_free(finding);
    hm_casebook_close(casebook);
    forget(house);
}

static void holds(char *answer, const char *text)
{
    CHECK(strstr(answer, text) != NULL);
    hm_free(answer);
}

static void ask_everything(hm_casebook *casebook, const char *statements)
{
    hm_err err = { 0 };
    char *json = NULL;
    size_t len = 0;
    CHECK_OK(hm_incidents_json(casebook, &json, &err));
    holds(json, "\"name\":\"two\"");
    CHECK_OK(hm_traits_json(casebook, "one", "domain", &json, &err));
    CHECK(strstr(json, "5.188.10.77") == NULL);
    holds(json, "\"rare-hallmark-host.net\"");
    CHECK_OK(hm_traits_json(casebook, "one", NULL, &json, &err));
    holds(json, "5.188.10.77");
    CHECK_OK(hm_search_json(casebook, NULL, "rare-hallmark-host[.]net", &json, &err));
    CHECK(strstr(json, "\"incidents\":2") != NULL);
    holds(json, "\"evidence\":\"two.txt\"");
    CHECK_OK(hm_search_json(casebook, "domain", "nobody-has-this.org", &json, &err));
    holds(json, "\"found\":[]");
    hm_attribute_options options = { .statements = statements };
    CHECK_OK(hm_attribute_json(casebook, "two", &options, &json, &err));
    holds(json, "\"none\":");
    CHECK_OK(hm_attribute_json(casebook, "two", NULL, &json, &err));
    holds(json, "\"suspects\":[]");
    CHECK_OK(hm_export(casebook, "one", "list", NULL, &json, &len, &err));
    CHECK_EQ(strlen(json), len);
    holds(json, "rare-hallmark-host.net\n");
    CHECK_OK(hm_export(casebook, "one", "stix", "clear", &json, &len, &err));
    char *checked = NULL;
    CHECK_OK(hm_stix_validate_json((hm_bytes){ (const uint8_t *)json, len }, &checked, &err));
    holds(checked, "\"valid\":true");
    holds(json, "TLP:CLEAR");
}

TEST(answers_as_json_are_the_callers_own)
{
    hm_err err = { 0 };
    char house[] = "/tmp/hallmark-lib-XXXXXX", place[64], one[64], two[64], says[64];
    CHECK(mkdtemp(house) != NULL);
    snprintf(place, sizeof(place), "%s/casebook", house);
    snprintf(one, sizeof(one), "%s/one.txt", house);
    snprintf(two, sizeof(two), "%s/two.txt", house);
    snprintf(says, sizeof(says), "%s/says", house);
    put_file(house, "one.txt", LIST_A);
    put_file(house, "two.txt", LIST_B);
    put_file(house, "says", "one\tKestrel\t2013-03-20\n");
    CHECK_OK(hm_casebook_create(place, &err));
    hm_casebook *casebook = NULL;
    CHECK_OK(hm_casebook_open(place, &casebook, &err));
    const char *first[] = { one }, *second[] = { two };
    CHECK_OK(hm_casebook_add(casebook, "one", first, 1, NULL, &err));
    CHECK_OK(hm_casebook_add(casebook, "two", second, 1, NULL, &err));
    ask_everything(casebook, says);

    char *json = NULL;
    size_t len = 0;
    hm_attribute_options newer = { .version = 9 }, nowhere = { .statements = "/nowhere" };
    CHECK_EQ(hm_traits_json(casebook, "nobody", NULL, &json, &err), HM_E_NOT_FOUND);
    CHECK_EQ(hm_traits_json(casebook, "one", "colour", &json, &err), HM_E_MISUSE);
    CHECK_EQ(hm_search_json(casebook, "colour", "x", &json, &err), HM_E_MISUSE);
    CHECK_EQ(hm_search_json(casebook, NULL, "\xff", &json, &err), HM_E_MISUSE);
    CHECK_EQ(hm_attribute_json(casebook, "one", &newer, &json, &err), HM_E_MISUSE);
    CHECK_EQ(hm_attribute_json(casebook, "one", &nowhere, &json, &err), HM_E_NOT_FOUND);
    CHECK_EQ(hm_export(casebook, "one", "parchment", NULL, &json, &len, &err), HM_E_MISUSE);
    CHECK_EQ(hm_export(casebook, "one", "stix", "pink", &json, &len, &err), HM_E_MISUSE);
    CHECK_EQ(hm_export(casebook, "one", "suricata-datasets", NULL, &json, &len, &err),
             HM_E_UNSUPPORTED);
    CHECK_EQ(hm_export(casebook, "one", "misp-feed", NULL, &json, &len, &err), HM_E_UNSUPPORTED);
    CHECK_EQ(hm_export(casebook, "nobody", "stix", NULL, &json, &len, &err), HM_E_NOT_FOUND);
    CHECK(json == NULL);
    hm_casebook_close(casebook);
    forget(house);
}

TEST(documents_are_checked_and_lifted_without_a_casebook)
{
    static const char OLD[] = "{\"type\":\"indicator\","
                              "\"id\":\"indicator--11111111-1111-4111-8111-111111111111\","
                              "\"created\":\"2014-12-19T00:00:00.000Z\","
                              "\"modified\":\"2014-12-19T00:00:00.000Z\","
                              "\"labels\":[\"malicious-activity\"],"
                              "\"pattern\":\"[domain-name:value = 'a.example']\","
                              "\"valid_from\":\"2014-12-19T00:00:00Z\"}";
    hm_err err = { 0 };
    char *lifted = NULL, *answer = NULL;
    size_t len = 0;
    hm_bytes old = { (const uint8_t *)OLD, sizeof(OLD) - 1 };
    CHECK_OK(hm_stix_lift(old, &lifted, &len, &err));
    CHECK_OK(hm_stix_validate_json((hm_bytes){ (uint8_t *)lifted, len }, &answer, &err));
    holds(answer, "\"errors\":0");
    holds(lifted, "\"spec_version\":\"2.1\"");
    for (size_t cut = 0; cut < old.len; cut++) {
        CHECK_EQ(hm_stix_lift((hm_bytes){ old.ptr, cut }, &lifted, &len, &err) == HM_OK, false);
        CHECK_OK(hm_stix_validate_json((hm_bytes){ old.ptr, cut }, &answer, &err));
        holds(answer, "\"valid\":false");
    }
    CHECK_EQ(hm_stix_lift((hm_bytes){ NULL, 1 }, &lifted, &len, &err), HM_E_MISUSE);
    CHECK_EQ(hm_stix_validate_json(old, NULL, &err), HM_E_MISUSE);
}

TEST(misuse_is_answered_not_punished)
{
    hm_err err = { 0 };
    hm_casebook *casebook = NULL;
    CHECK_EQ(hm_casebook_open(NULL, &casebook, &err), HM_E_MISUSE);
    CHECK_EQ(hm_casebook_open("/nowhere/at/all", &casebook, &err), HM_E_NOT_FOUND);
    CHECK(casebook == NULL);
    CHECK_EQ(hm_casebook_add(NULL, "x", NULL, 0, NULL, &err), HM_E_MISUSE);
    CHECK_EQ(hm_compare(NULL, "x", NULL, &err), HM_E_MISUSE);
    CHECK_EQ(hm_incidents_json(NULL, NULL, &err), HM_E_MISUSE);
    CHECK_EQ(hm_traits_json(NULL, "x", NULL, NULL, &err), HM_E_MISUSE);
    CHECK_EQ(hm_search_json(NULL, NULL, "x", NULL, &err), HM_E_MISUSE);
    CHECK_EQ(hm_attribute_json(NULL, "x", NULL, NULL, &err), HM_E_MISUSE);
    CHECK_EQ(hm_export(NULL, "x", "stix", NULL, NULL, NULL, &err), HM_E_MISUSE);
    hm_free(NULL);
    CHECK_EQ(hm_finding_matches(NULL), 0);
    CHECK_EQ(hm_finding_match(NULL, 0, NULL), HM_E_MISUSE);
    hm_finding_free(NULL);
    hm_casebook_close(NULL);
    CHECK(hm_version()[0] != '\0');
}

RUN_TESTS()
