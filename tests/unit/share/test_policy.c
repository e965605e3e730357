/* SPDX-License-Identifier: Apache-2.0
 *
 * test_policy.c - a policy is understood whole or refused with its line.
 */
#include "check.h"
#include "share/policy.h"

#define A "11111111-1111-4111-8111-111111111111"
#define B "22222222-2222-4222-8222-222222222222"
#define MARK "marking-definition--" A

static int read_policy(const char *text, hmi_arena *arena, hmi_policy *policy, hm_err *err)
{
    *err = (hm_err){ 0 };
    return hmi_policy_read(hmi_text_bytes(hmi_text_of(text)), arena, policy, err);
}

TEST(a_policy_with_every_word)
{
    hmi_arena arena;
    hmi_policy policy;
    hm_err err;
    hmi_arena_init(&arena, 1 << 20);
    CHECK_OK(
        read_policy("# who\n\npartner home " A " own group " B "\r\n\tpartner them " B " public\n"
                    "red " A "\nstatement " MARK " deny # no\nreleasable marking-definition--" B
                    "\nunmarked " MARK "\nknown identity--" A,
                    &arena, &policy, &err));
    CHECK_EQ(policy.partner_count, 2);
    const hmi_partner *home = hmi_policy_partner(&policy, HM_TEXT("home"));
    CHECK(home != NULL && home->kind == HMI_PARTNER_OWN && home->group_count == 1);
    CHECK(hmi_policy_partner(&policy, HM_TEXT(B)) == &policy.partners[1]);
    CHECK(hmi_policy_partner(&policy, HM_TEXT("nobody")) == NULL);
    CHECK(hmi_policy_statement(&policy, HM_TEXT(MARK))->deny);
    CHECK_EQ(hmi_policy_releasable(&policy, HM_TEXT("marking-definition--" B))->uuid_count, 0);
    CHECK(hmi_policy_has(policy.known, policy.known_count, HM_TEXT("identity--" A)));
    CHECK_TEXT(policy.unmarked, MARK);
    hmi_arena_fini(&arena);
}

TEST(what_is_not_understood_is_refused_with_its_line)
{
    static const char *const BAD[] = {
        "partner",
        "partner x " A,
        "partner x 1 own",
        "partner x " A " friend",
        "partner x " A " own " B,
        "partner x " A " own group",
        "partner x " A " own group 1",
        "partner x " A " own\npartner x " B " own",
        "partner x " A " own\npartner y " A " own",
        "partner " B " " A " own",
        "red",
        "red x",
        "red " A " " B,
        "red " A "\nred " A,
        "statement " MARK,
        "statement tool--" A " allow",
        "statement " MARK " maybe",
        "statement " MARK " allow\nstatement " MARK " deny",
        "releasable " A,
        "releasable " MARK " 7",
        "releasable marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed " A,
        "statement marking-definition--5E57C739-391A-4EB3-B6BE-7D15CA92D5ED allow",
        "unmarked " A,
        "unmarked " MARK "\nunmarked " MARK,
        "known 7",
        "Partner x " A " own",
        "\xff",
    };
    for (size_t i = 0; i < HMI_COUNT(BAD); i++) {
        char text[512], line[32];
        hmi_arena arena;
        hmi_policy policy;
        hm_err err;
        hmi_arena_init(&arena, 1 << 20);
        snprintf(text, sizeof(text), "\n%s", BAD[i]);
        CHECK_EQ(read_policy(text, &arena, &policy, &err), HM_E_MALFORMED);
        snprintf(line, sizeof(line), "line %d ", strchr(BAD[i], '\n') ? 3 : 2);
        CHECK(strstr(err.text, line) != NULL);
        hmi_arena_fini(&arena);
    }
}

TEST(every_prefix_is_read_or_refused)
{
    static const char WHOLE[] = "partner home " A " own group " B "\nreleasable " MARK " " B "\n";
    for (size_t cut = 0; cut < sizeof(WHOLE); cut++) {
        hmi_arena arena;
        hmi_policy policy;
        hm_err err = { 0 };
        hmi_arena_init(&arena, 1 << 20);
        int code = hmi_policy_read(hmi_bytes(WHOLE, cut), &arena, &policy, &err);
        CHECK(code == HM_OK || code == HM_E_MALFORMED);
        hmi_arena_fini(&arena);
    }
}

TEST(an_unmarked_line_is_read_in_any_case)
{
    hmi_arena arena;
    hmi_policy policy;
    hm_err err = { 0 };
    hmi_arena_init(&arena, 1 << 20);
    CHECK_OK(hmi_policy_read(HM_BYTES("unmarked marking-definition--"
                                      "BAB4A63C-AED9-4CF5-A766-DFCA5ABAC2BB"),
                             &arena, &policy, &err));
    CHECK_TEXT(policy.unmarked, "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb");
    hmi_arena_fini(&arena);
}

RUN_TESTS()
