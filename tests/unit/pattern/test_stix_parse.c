/* SPDX-License-Identifier: Apache-2.0
 *
 * test_stix_parse.c - STIX patterns as trees, and where they go wrong.
 *
 * EVIDENCE-OF: STIX 2.1 section 9.
 */
#include "check.h"
#include "pattern/stix_pattern.h"

typedef struct parsed {
    hmi_arena arena;
    hmi_stix_tree tree;
    hm_err err;
    int code;
} parsed;

static void read_text(parsed *p, hm_text text, hmi_stix_strictness strictness)
{
    memset(p, 0, sizeof(*p));
    hmi_arena_init(&p->arena, (size_t)64 << 20);
    p->code = hmi_stix_pattern_read(&p->arena, text, strictness, &p->tree, &p->err);
}

static void read(parsed *p, const char *text)
{
    read_text(p, hmi_text_of(text), HMI_STIX_STRICT);
}

static const hmi_stix_node *child(const hmi_stix_node *node, size_t i)
{
    CHECK(i < node->child_count);
    return node->children[i];
}

TEST(precedence_is_that_of_the_grammar)
{
    parsed p;
    read(&p, "[a:b=1] FOLLOWEDBY [a:b=2] OR [a:b=3] AND [a:b=4] FOLLOWEDBY [a:b=5]");
    CHECK_EQ(p.code, HM_OK);
    const hmi_stix_node *root = p.tree.root;
    CHECK_EQ(root->kind, HMI_STIX_NODE_FOLLOWEDBY);
    CHECK_EQ(root->child_count, 3);
    CHECK_EQ(child(root, 1)->kind, HMI_STIX_NODE_OR);
    CHECK_EQ(child(child(root, 1), 1)->kind, HMI_STIX_NODE_AND);
    CHECK_EQ(p.tree.test_count, 5);
    hmi_arena_fini(&p.arena);

    read(&p, "[a:b=1 OR a:b=2 AND (a:b=3 OR a:b=4)]");
    root = child(p.tree.root, 0);
    CHECK_EQ(root->kind, HMI_STIX_NODE_ANY);
    CHECK_EQ(child(root, 1)->kind, HMI_STIX_NODE_ALL);
    CHECK_EQ(child(child(root, 1), 1)->kind, HMI_STIX_NODE_ANY);
    hmi_arena_fini(&p.arena);
}

TEST(qualifiers_wrap_what_stands_before_them)
{
    parsed p;
    read(&p, "[a:b=1] REPEATS 5 TIMES WITHIN 1.5 SECONDS "
             "START t'2014-11-24T08:00:00Z' STOP t'2014-11-24T08:00:00.5Z'");
    CHECK_EQ(p.code, HM_OK);
    const hmi_stix_node *node = p.tree.root;
    CHECK_EQ(node->kind, HMI_STIX_NODE_START_STOP);
    CHECK_EQ(node->stop_us - node->start_us, 500000);
    node = child(node, 0);
    CHECK_EQ(node->kind, HMI_STIX_NODE_WITHIN);
    CHECK_EQ(node->within_us, 1500000);
    node = child(node, 0);
    CHECK_EQ(node->kind, HMI_STIX_NODE_REPEATS);
    CHECK_EQ(node->repeats, 5);
    hmi_arena_fini(&p.arena);
}

TEST(literals_of_every_kind)
{
    parsed p;
    read(&p, "[a:b IN ('it\\'s \\\\') OR a:c=-12 OR a:d=+0.5 OR a:e=true OR a:f=h'6A00' OR "
             "a:g=b'agA=' OR a:h=t'1970-01-01T00:00:01Z' OR a:i = 99999999999999999999]");
    CHECK_EQ(p.code, HM_OK);
    const hmi_stix_node *any = child(p.tree.root, 0);
    const hmi_stix_literal *v[8];
    for (size_t i = 0; i < 8; i++) {
        v[i] = child(any, i)->test->values;
    }
    CHECK_TEXT(v[0]->text, "it's \\");
    CHECK(v[1]->kind == HMI_STIX_INTEGER && v[1]->integer == -12 && v[1]->number == -12);
    CHECK(v[2]->kind == HMI_STIX_FLOAT && v[2]->number == 0.5);
    CHECK(v[3]->kind == HMI_STIX_BOOLEAN && v[3]->truth);
    CHECK(v[4]->kind == HMI_STIX_BINARY && hmi_bytes_eq(v[4]->binary, HM_BYTES("j\0")));
    CHECK(v[5]->kind == HMI_STIX_BINARY && hmi_bytes_eq(v[5]->binary, HM_BYTES("j\0")));
    CHECK(v[6]->kind == HMI_STIX_TIME && v[6]->integer == 1000000);
    CHECK(v[7]->kind == HMI_STIX_FLOAT && v[7]->number == 1e20);
    hmi_arena_fini(&p.arena);
}

TEST(paths_with_lists_and_quotes)
{
    parsed p;
    read(&p, "[a-b:c_refs[*].'d e'[-3].f NOT MATCHES 'x']");
    CHECK_EQ(p.code, HM_OK);
    const hmi_stix_test *test = child(p.tree.root, 0)->test;
    CHECK_TEXT(test->type, "a-b");
    CHECK_EQ(test->step_count, 5);
    CHECK_TEXT(test->steps[2].key, "d e");
    CHECK_EQ(test->steps[1].kind, HMI_STIX_ANY_INDEX);
    CHECK_EQ(test->steps[3].index, -3);
    CHECK(test->negated && test->op == HMI_STIX_MATCHES);
    CHECK_CSTR(hmi_stix_operator_name(test->op), "MATCHES");
    hmi_arena_fini(&p.arena);
}

TEST(what_is_no_pattern_is_refused_where_it_goes_wrong)
{
    static const struct {
        const char *text;
        size_t at;
    } BAD[] = {
        { "", 0 },
        { "[a:b = null]", 7 },
        { "[a:b-c = 1]", 3 },
        { "[a:b = 'x\\y']", 9 },
        { "[a:b = t'2014-11-24T08:00:00z']", 7 },
        { "[a:b = t'2014-11-24T08:00:00']", 7 },
        { "[a:b = t'2014-13-24T08:00:00Z']", 7 },
        { "[a:b = t'2014-11-24T08:00:00.Z']", 7 },
        { "[a:b = h'0']", 7 },
        { "[a:b = b'a']", 7 },
        { "[a:b = b'a===']", 7 },
        { "[a:b = 01]", 7 },
        { "[a:b < true]", 7 },
        { "[a:b LIKE 1]", 10 },
        { "[a:b IN (1, true)]", 12 },
        { "[a:b IN (1, )]", 12 },
        { "[a:b=1] WITHIN 0 SECONDS", 15 },
        { "[a:b=1] WITHIN -1 SECONDS", 15 },
        { "[a:b=1] WITHIN 1 second", 17 },
        { "[a:b=1] REPEATS 0 TIMES", 16 },
        { "[a:b=1] REPEATS 1.5 TIMES", 16 },
        { "[a:b=1] START t'2014-11-24T08:00:00Z'", 37 },
        { "[a:b=1] START h'00' STOP h'00'", 14 },
        { "[a:b=1] /* x", 8 },
        { "[a:b.''=1]", 5 },
        { "[a:b[x]=1]", 5 },
        { "[a:b=1]]", 7 },
    };
    for (size_t i = 0; i < HMI_COUNT(BAD); i++) {
        parsed p;
        read(&p, BAD[i].text);
        if (p.code != HM_E_MALFORMED || p.err.offset != BAD[i].at) {
            fail_msg("\"%s\": code %d at %d", BAD[i].text, p.code, (int)p.err.offset);
        }
        CHECK(p.tree.root == NULL);
        hmi_arena_fini(&p.arena);
    }
}

TEST(feeds_are_read_leniently)
{
    parsed p;
    read_text(&p, HM_TEXT("[file:x-y = 'C:\\Windows' OR a:b = t'soon'] START '1' STOP '2'"),
              HMI_STIX_LENIENT);
    CHECK_EQ(p.code, HM_OK);
    const hmi_stix_node *any = child(child(p.tree.root, 0), 0);
    CHECK_TEXT(child(any, 0)->test->values[0].text, "C:\\Windows");
    CHECK_EQ(child(any, 1)->test->values[0].kind, HMI_STIX_TEXT);
    hmi_arena_fini(&p.arena);
}

static hm_text repeated(const char *head, const char *part, size_t times, const char *tail)
{
    size_t len = strlen(head) + times * strlen(part) + strlen(tail);
    char *text = malloc(len + 1);
    CHECK(text != NULL);
    char *at = stpcpy(text, head);
    for (size_t i = 0; i < times; i++) {
        at = stpcpy(at, part);
    }
    stpcpy(at, tail);
    return hmi_text(text, len);
}

static int code_of(hm_text text)
{
    parsed p;
    read_text(&p, text, HMI_STIX_STRICT);
    hmi_arena_fini(&p.arena);
    free((void *)(uintptr_t)text.ptr);
    return p.code;
}

TEST(large_patterns_are_read_or_refused_at_once)
{
    CHECK_EQ(code_of(repeated("[a:b='x'", " OR a:b='y'", 20000, "]")), HM_OK);
    CHECK_EQ(code_of(repeated("[a:b=1]", " OR [a:b=1]", 20000, "")), HM_OK);
    CHECK_EQ(code_of(repeated("[a:b IN (1", ",2", 50000, ")]")), HM_OK);
    CHECK_EQ(code_of(repeated("[a:b IN (1", ",2", 70000, ")]")), HM_E_LIMIT);
    CHECK_EQ(code_of(repeated("[a:b=1", " OR a:b=1", 70000, "]")), HM_E_LIMIT);
    CHECK_EQ(code_of(repeated("", "(", 40, "[a:b=1]")), HM_E_LIMIT);
    CHECK_EQ(code_of(repeated("[", "(", 40, "a:b=1]")), HM_E_LIMIT);
    CHECK_EQ(code_of(repeated("[a:b", ".c", 70, "=1]")), HM_E_LIMIT);
    CHECK_EQ(code_of(repeated("[a:b=1]", " REPEATS 2 TIMES", 20, "")), HM_E_LIMIT);
    CHECK_EQ(code_of(repeated("[a:b=1] REPEATS 4294967296 TIMES", "", 0, "")), HM_OK);
    CHECK_EQ(code_of(repeated("[a:b='", "0123456789abcdef", 300000, "']")), HM_E_LIMIT);
    CHECK_EQ(code_of(repeated("[a:b=0.", "0123456789", 500, "]")), HM_E_LIMIT);
}

TEST(every_prefix_and_every_flipped_bit)
{
    static const char GOOD[] =
        "([file:hashes.'SHA-256' = 'a\\'a' OR x:l[*].y NOT IN (+1, -1.5)] FOLLOWEDBY [a:b=h'00']) "
        "REPEATS 5 TIMES START t'2014-11-24T08:00:00Z' STOP t'2014-11-25T08:00:00Z'";
    size_t whole = 0;
    for (size_t change = 0; change < sizeof(GOOD) * 9 - 9; change++) {
        char text[sizeof(GOOD)];
        memcpy(text, GOOD, sizeof(GOOD));
        size_t len = sizeof(GOOD) - 1;
        if (change < len) {
            len = change;
        } else {
            text[(change - len) / 8] = (char)(text[(change - len) / 8] ^ 1 << (change - len) % 8);
        }
        parsed p;
        read_text(&p, hmi_text(text, len), HMI_STIX_STRICT);
        CHECK(p.code == HM_OK || p.code == HM_E_MALFORMED);
        CHECK(p.code == HM_OK || p.err.offset <= len);
        whole += p.code == HM_OK;
        hmi_arena_fini(&p.arena);
    }
    CHECK(whole > 50 && whole < 900);
}

RUN_TESTS()
