/* SPDX-License-Identifier: Apache-2.0
 *
 * test_release.c - the rules of docs/RELEASE.md that hostile input would like to get around. The
 * whole of them is compared with tests/share/release_model.py.
 */
#include "check.h"
#include "share/release.h"

#define PARTNER "11111111-1111-4111-8111-111111111111"
#define ID1 "0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061"
#define ID2 "0c7b5b88-8ff7-4a4d-aa9d-feb398cd0062"
#define TLP_GREEN "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
#define TLP_RED "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
#define TIMES                                                                                      \
    "\"spec_version\":\"2.1\",\"created\":\"2020-01-01T00:00:00.000Z\",\"modified\":\"2020-01-01T" \
    "00:00:00.000Z\""
#define TOOL(uuid, more) \
    "{\"type\":\"tool\",\"id\":\"tool--" uuid "\"," TIMES ",\"name\":\"n\"" more "}"
#define MARKED(marking) ",\"object_marking_refs\":[\"" marking "\"]"

typedef struct asked {
    hmi_arena arena;
    hmi_release_object objects[4];
    size_t count;
} asked;

static void ask(asked *a, const char *const *objects, size_t count)
{
    hm_err err = { 0 };
    hmi_policy policy;
    memset(a, 0, sizeof(*a));
    hmi_arena_init(&a->arena, 64 << 20);
    a->count = count;
    for (size_t i = 0; i < count; i++) {
        a->objects[i].raw = hmi_text_bytes(hmi_text_of(objects[i]));
    }
    CHECK_OK(
        hmi_policy_read(HM_BYTES("partner p " PARTNER " community\n"), &a->arena, &policy, &err));
    CHECK_OK(hmi_release(&policy, &policy.partners[0], HMI_PURPOSE_INFORM, a->objects, count,
                         &a->arena, &err));
}

static void expect_one(const char *object, hmi_answer answer, hmi_rule rule)
{
    asked a;
    ask(&a, &object, 1);
    if (a.objects[0].answer != answer || a.objects[0].rule != rule) {
        print_error("%s\n  %s %s, expected %s %s\n", object, hmi_answer_name(a.objects[0].answer),
                    hmi_rule_name(a.objects[0].rule), hmi_answer_name(answer), hmi_rule_name(rule));
        _fail(__FILE__, __LINE__);
    }
    hmi_arena_fini(&a.arena);
}

TEST(what_is_marked_openly_leaves_as_the_senders_bytes)
{
    asked a;
    const char *object = TOOL(ID1, MARKED(TLP_GREEN) ",  \"labels\" : [ \"a\" ]");
    ask(&a, &object, 1);
    CHECK_EQ(a.objects[0].answer, HMI_RELEASE);
    CHECK_TEXT(hmi_text((const char *)a.objects[0].out.ptr, a.objects[0].out.len), object);
    hmi_arena_fini(&a.arena);
}

TEST(doubt_holds)
{
    expect_one(TOOL(ID1, ""), HMI_HOLD, HMI_RULE_NO_MARKING);
    expect_one(TOOL(ID1, ",\"object_marking_refs\":[]"), HMI_HOLD, HMI_RULE_NO_MARKING);
    expect_one(TOOL(ID1, MARKED("marking-definition--" ID2)), HMI_HOLD, HMI_RULE_UNKNOWN_MARKING);
    expect_one(TOOL(ID1, ",\"object_marking_refs\":[\"" TLP_GREEN "\",\"x\"]"), HMI_HOLD,
               HMI_RULE_UNKNOWN_MARKING);
    expect_one(TOOL(ID1, ",\"object_marking_refs\":\"" TLP_GREEN "\""), HMI_HOLD,
               HMI_RULE_MALFORMED);
    expect_one(TOOL(ID1, ",\"object_marking_refs\":[7]"), HMI_HOLD, HMI_RULE_MALFORMED);
    expect_one(TOOL(ID1, MARKED(TLP_GREEN) ",\"granular_markings\":{}"), HMI_HOLD,
               HMI_RULE_MALFORMED);
    expect_one(TOOL(ID1, MARKED(TLP_GREEN) ",\"granular_markings\":[{\"marking_ref\":7,"
                                           "\"selectors\":[\"name\"]}]"),
               HMI_HOLD, HMI_RULE_MALFORMED);
    expect_one(TOOL(ID1, MARKED(TLP_GREEN) ",\"granular_markings\":[{\"marking_ref\":\"" TLP_RED
                                           "\",\"selectors\":[\"nothing\"]}]"),
               HMI_HOLD, HMI_RULE_MALFORMED);
    expect_one("no json", HMI_HOLD, HMI_RULE_MALFORMED);
    expect_one("[]", HMI_HOLD, HMI_RULE_MALFORMED);
    expect_one(TOOL(ID1, MARKED(TLP_GREEN) ","
                                           "\"object_marking_refs\":[]"),
               HMI_HOLD, HMI_RULE_MALFORMED);
}

TEST(a_marking_in_capitals_is_the_same_marking)
{
    expect_one(TOOL(ID1, MARKED("marking-definition--E828B379-4E03-4974-9AC4-E53A884C97C1")),
               HMI_HOLD, HMI_RULE_TLP_RED);
}

TEST(nobody_redefines_red)
{
    const char *objects[] = {
        TOOL(ID1, MARKED(TLP_RED)),
        "{\"type\":\"marking-definition\",\"spec_version\":\"2.1\",\"id\":\"" TLP_RED
        "\",\"created\":\"2020-01-01T00:00:00.000Z\",\"name\":\"TLP:CLEAR\",\"extensions\":"
        "{\"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d\":{\"extension_type\":"
        "\"property-extension\",\"tlp_2_0\":\"clear\"}}}",
    };
    asked a;
    ask(&a, objects, 2);
    CHECK_EQ(a.objects[0].rule, HMI_RULE_TLP_RED);
    CHECK_EQ(a.objects[1].answer, HMI_HOLD);
    hmi_arena_fini(&a.arena);
}

TEST(a_redaction_takes_the_property_and_its_selectors)
{
    asked a;
    const char *object =
        TOOL(ID1, MARKED(TLP_GREEN) ",\"description\":\"secret\",\"granular_markings\":[{\"marking_"
                                    "ref\":\"" TLP_RED "\",\"selectors\":[\"description\"]}]");
    ask(&a, &object, 1);
    CHECK_EQ(a.objects[0].answer, HMI_REDACT);
    CHECK_TEXT(hmi_text((const char *)a.objects[0].out.ptr, a.objects[0].out.len),
               TOOL(ID1, MARKED(TLP_GREEN)));
    hmi_arena_fini(&a.arena);
    expect_one(TOOL(ID1, MARKED(TLP_GREEN) ",\"granular_markings\":[{\"marking_ref\":\"" TLP_RED
                                           "\",\"selectors\":[\"name\"]}]"),
               HMI_HOLD, HMI_RULE_REDACTION);
}

TEST(an_id_that_would_tell_the_secret_holds)
{
    expect_one("{\"type\":\"file\",\"id\":\"file--0c7b5b88-8ff7-5a4d-aa9d-feb398cd0061\",\"name\":"
               "\"secret\",\"hashes\":{\"MD5\":\"b365b9a80a06906fc9b400c06c33ff43\"}" MARKED(
                   TLP_GREEN) ",\"granular_markings\":[{\"marking_ref\":\"" TLP_RED
                              "\",\"selectors\":[\"name\"]}]}",
               HMI_HOLD, HMI_RULE_REDACTION);
}

TEST(a_chain_of_held_references_is_held_to_its_end)
{
    const char *objects[] = {
        "{\"type\":\"relationship\",\"id\":\"relationship--" ID1 "\"," TIMES
        ",\"relationship_type\":"
        "\"related-to\",\"source_ref\":\"tool--" ID1 "\",\"target_ref\":\"tool--" ID2
        "\"" MARKED(TLP_GREEN) "}",
        "{\"type\":\"note\",\"id\":\"note--" ID1 "\"," TIMES ",\"content\":\"c\",\"object_refs\":"
        "[\"relationship--" ID1 "\"]" MARKED(TLP_GREEN) "}",
        TOOL(ID1, MARKED(TLP_GREEN)),
        TOOL(ID2, MARKED(TLP_RED)),
    };
    asked a;
    ask(&a, objects, 4);
    CHECK_EQ(a.objects[0].rule, HMI_RULE_REFERENCE);
    CHECK_EQ(a.objects[1].rule, HMI_RULE_REFERENCE);
    CHECK_EQ(a.objects[2].answer, HMI_RELEASE);
    CHECK_EQ(a.objects[3].rule, HMI_RULE_TLP_RED);
    hmi_arena_fini(&a.arena);
}

/* Whatever a bit turns into: never an answer that gives the marked secret away. */
TEST(every_flipped_bit_and_every_prefix)
{
    char object[1024];
    int len = snprintf(object, sizeof(object), "%s",
                       TOOL(ID1, MARKED(TLP_RED) ",\"description\":\"secret\""));
    for (int bit = 0; bit < len * 8; bit++) {
        asked a;
        object[bit / 8] = (char)(object[bit / 8] ^ (1 << bit % 8));
        const char *const list[] = { object };
        if (strlen(object) == (size_t)len) {
            ask(&a, list, 1);
            CHECK_EQ(a.objects[0].answer, HMI_HOLD);
            hmi_arena_fini(&a.arena);
        }
        object[bit / 8] = (char)(object[bit / 8] ^ (1 << bit % 8));
    }
    for (int cut = 1; cut < len; cut++) {
        char part[1024];
        asked a;
        snprintf(part, sizeof(part), "%.*s", cut, object);
        const char *const list[] = { part };
        ask(&a, list, 1);
        CHECK_EQ(a.objects[0].answer, HMI_HOLD);
        hmi_arena_fini(&a.arena);
    }
}

/* What left before, for the next test: one tool, perhaps with something taken out. */
static bool left(void *user, hm_text id)
{
    (void)user;
    return hmi_text_is(id, "tool--" ID1);
}

static bool left_redacted(void *user, hm_text id)
{
    return *(bool *)user && left(user, id);
}

static hmi_answer ask_beside(const char *text, bool redacted, size_t *ret_names)
{
    hm_err err = { 0 };
    hmi_policy policy;
    hmi_arena arena;
    hmi_release_world world = { &redacted, left, left_redacted, left };
    hmi_release_object object = { .raw = hmi_text_bytes(hmi_text_of(text)) };
    hmi_arena_init(&arena, 64 << 20);
    CHECK_OK(hmi_policy_read(HM_BYTES("partner p " PARTNER " community\n"), &arena, &policy, &err));
    CHECK_OK(hmi_release_beside(&policy, &policy.partners[0], HMI_PURPOSE_INFORM, &world, &object,
                                1, &arena, &err));
    *ret_names = object.name_count;
    hmi_answer answer = object.answer;
    hmi_arena_fini(&arena);
    return answer;
}

TEST(what_left_before_may_be_referred_to)
{
    size_t names;
#define EDGE(from, to)                                                                             \
    "{\"type\":\"relationship\",\"id\":\"relationship--" ID1 "\"," TIMES                           \
    ",\"relationship_type\":\"uses\",\"source_ref\":\"tool--" from "\",\"target_ref\":\"tool--" to \
    "\"" MARKED(TLP_GREEN) "}"
    CHECK_EQ(ask_beside(EDGE(ID1, ID1), false, &names), HMI_RELEASE);
    CHECK_EQ(names, 3);
    CHECK_EQ(ask_beside(EDGE(ID1, ID2), false, &names), HMI_HOLD);
    const char *translation = "{\"type\":\"language-content\",\"id\":\"language-content--" ID1
                              "\"," TIMES ",\"object_ref\":\"tool--" ID1
                              "\",\"contents\":{\"de\":{\"name\":\"n\"}}" MARKED(TLP_GREEN) "}";
    CHECK_EQ(ask_beside(translation, false, &names), HMI_RELEASE);
    CHECK_EQ(ask_beside(translation, true, &names), HMI_HOLD);
}

RUN_TESTS()
