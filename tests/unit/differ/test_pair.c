/* SPDX-License-Identifier: Apache-2.0
 *
 * test_pair.c - what is certain is paired first, and vouches for what stands beside it.
 */
#include "differ/pair.h"

#include "check.h"

enum { FUNCTIONS = 8, IDS = 40 };

typedef struct made {
    hmi_program program;
    hmi_listed_function functions[FUNCTIONS];
    uint8_t exact[FUNCTIONS][16], counts[FUNCTIONS][HMI_COUNTS], ids[FUNCTIONS][3 * IDS];
    uint32_t calls[FUNCTIONS][4], callers[FUNCTIONS][4];
} made;

/* A function with features base, base + 1, ... base + IDS - 1 of one class; `exact` names its code.
 */
static void add(made *m, uint8_t exact, uint32_t base)
{
    size_t at = m->program.count++;
    hmi_listed_function *f = &m->functions[at];
    memset(m->exact[at], exact, 16);
    memset(m->counts[at], 20, HMI_COUNTS);
    uint64_t mass = 0;
    for (uint32_t i = 0; i < IDS; i++) {
        uint32_t id = base + i;
        m->ids[at][3 * i] = (uint8_t)id;
        m->ids[at][3 * i + 1] = (uint8_t)(id >> 8);
        m->ids[at][3 * i + 2] = (uint8_t)(id >> 16);
        mass += (uint64_t)hmi_feature_weight(id) * hmi_feature_weight(id);
    }
    *f = (hmi_listed_function){ .address = 0x1000 * (at + 1),
                                .calls = m->calls[at],
                                .callers = m->callers[at] };
    f->parsed = (hmi_fingerprint){ .machine = HMI_MACHINE_X86_64,
                                   .instructions = 30,
                                   .exact = m->exact[at],
                                   .counts = m->counts[at] };
    for (size_t c = 0; c < HMI_FEATURE_CLASSES; c++) {
        f->parsed.lists[c].bar = UINT64_MAX;
    }
    f->parsed.lists[HMI_FEATURE_STRING] =
        (hmi_fingerprint_list){ m->ids[at], IDS, mass, UINT64_MAX };
    m->program.functions = m->functions;
}

static void call(made *m, uint32_t caller, uint32_t callee)
{
    hmi_listed_function *from = &m->functions[caller], *to = &m->functions[callee];
    from->calls[from->call_count++] = callee;
    to->callers[to->caller_count++] = caller;
}

static hmi_arena arena;
static made a, b;

static hmi_pairing pair(bool ignore_names)
{
    hmi_pairing ret;
    hm_err err = { 0 };
    hmi_pair_options options = { .ignore_names = ignore_names };
    hmi_arena_fini(&arena);
    hmi_arena_init(&arena, 16 << 20);
    CHECK_OK(hmi_pair_programs(&arena, &a.program, &b.program, &options, &ret, &err));
    for (size_t i = 0; i < a.program.count; i++) { /* both sides say the same */
        if (ret.left[i].by != HMI_PAIRED_NOT) {
            CHECK_EQ(ret.right[ret.left[i].index].index, i);
        }
    }
    return ret;
}

static void begin(void)
{
    memset(&a, 0, sizeof(a));
    memset(&b, 0, sizeof(b));
}

TEST(equal_code_is_paired_whatever_its_place)
{
    begin();
    add(&a, 1, 0x1000);
    add(&a, 2, 0x2000);
    add(&b, 9, 0x9000);
    add(&b, 2, 0x2000);
    add(&b, 1, 0x1000);
    hmi_pairing p = pair(false);
    CHECK_EQ(p.pairs, 2);
    CHECK_EQ(p.equal, 2);
    CHECK_EQ(p.left[0].index, 2);
    CHECK_EQ(p.left[1].index, 1);
    CHECK_EQ(p.left[0].by, HMI_PAIRED_EXACT);
    CHECK_EQ(p.right[0].by, HMI_PAIRED_NOT);
    CHECK(p.similarity > 0.79 && p.similarity < 0.81); /* 4 of 5 functions of one size */
}

TEST(the_likest_is_paired_and_the_unlike_is_not)
{
    begin();
    add(&a, 1, 0x1000);
    add(&a, 2, 0x5000);
    add(&b, 3, 0x1000 + 4);  /* nine tenths shared */
    add(&b, 4, 0x1000 + 25); /* a third */
    hmi_pairing p = pair(false);
    CHECK_EQ(p.pairs, 1);
    CHECK_EQ(p.left[0].by, HMI_PAIRED_ALIKE);
    CHECK_EQ(p.left[0].index, 0);
    CHECK(p.left[0].similarity < 1);
    CHECK_EQ(p.left[1].by, HMI_PAIRED_NOT);
}

TEST(calls_decide_between_twins)
{
    begin();
    for (uint8_t i = 0; i < 2;
         i++) { /* two callers that are known, two callees that are one code */
        add(&a, (uint8_t)(10 + i), 0x1000u * (i + 1u));
        add(&b, (uint8_t)(10 + i), 0x1000u * (i + 1u));
    }
    for (uint8_t i = 0; i < 2; i++) {
        add(&a, 50, 0x7000);
        add(&b, 50, 0x7000);
    }
    call(&a, 0, 2);
    call(&a, 1, 3);
    call(&b, 0, 3); /* the other way round */
    call(&b, 1, 2);
    hmi_pairing p = pair(false);
    CHECK_EQ(p.pairs, 4);
    CHECK_EQ(p.left[2].index, 3);
    CHECK_EQ(p.left[3].index, 2);
    CHECK_EQ(p.left[2].by, HMI_PAIRED_CALLS);
}

TEST(a_name_vouches_only_for_what_is_a_little_alike)
{
    begin();
    add(&a, 1, 0x1000);
    add(&b, 2, 0x1000 + 15);
    add(&b, 3, 0x1000 + 1);
    a.functions[0].name = b.functions[0].name = HM_TEXT("parse");
    hmi_pairing p = pair(false);
    CHECK_EQ(p.left[0].by, HMI_PAIRED_NAME);
    CHECK_EQ(p.left[0].index, 0);
    p = pair(true);
    CHECK_EQ(p.left[0].by, HMI_PAIRED_ALIKE);
    CHECK_EQ(p.left[0].index, 1);
    memset(b.counts[0], 0, HMI_COUNTS); /* now it is nothing like it */
    add(&b, 4, 0x9000);
    b.functions[0].parsed.lists[HMI_FEATURE_STRING] =
        b.functions[2].parsed.lists[HMI_FEATURE_STRING];
    p = pair(false);
    CHECK_EQ(p.left[0].index, 1);
}

TEST(library_functions_weigh_nothing)
{
    begin();
    add(&a, 1, 0x1000);
    add(&a, 2, 0x2000);
    add(&b, 1, 0x1000);
    add(&b, 3, 0x5000);
    hmi_pairing p = pair(false);
    CHECK(p.similarity > 0.49 && p.similarity < 0.51);
    a.functions[0].library = b.functions[0].library = HM_TEXT("libc.so.6");
    p = pair(false);
    CHECK_EQ(p.pairs, 1);
    CHECK(p.similarity < 0.01);
}

TEST(nothing_with_nothing_is_nothing)
{
    begin();
    hmi_pairing p = pair(false);
    CHECK_EQ(p.pairs, 0);
    CHECK(p.similarity < 0.01);
    add(&a, 1, 0x1000);
    p = pair(false);
    CHECK_EQ(p.pairs, 0);
}

/* Thousands that are all a little alike and call each other: the work ends, and that is said. */
TEST(a_crowd_of_neighbours_is_bounded)
{
    enum { CROWD = 6000, EACH = HMI_PAIR_NEIGHBOURS_MAX };
    hmi_program crowds[2] = { { .count = CROWD }, { .count = CROWD } };
    hmi_pairing ret;
    hm_err err = { 0 };
    hmi_pair_options options = { .ignore_names = true };
    begin();
    add(&a, 1, 0x1000);
    hmi_arena_fini(&arena);
    hmi_arena_init(&arena, (size_t)512 << 20);
    for (size_t side = 0; side < 2; side++) {
        crowds[side].functions = hmi_new_array(&arena, hmi_listed_function, CROWD);
        for (uint32_t i = 0; i < CROWD; i++) {
            hmi_listed_function *f = &crowds[side].functions[i];
            *f = a.functions[0];
            f->address = 0x1000 + 16 * i;
            f->calls = f->callers = hmi_new_array(&arena, uint32_t, EACH);
            f->call_count = f->caller_count = EACH;
            uint8_t *exact = hmi_new_array(&arena, uint8_t, 16),
                    *counts = hmi_new_array(&arena, uint8_t, HMI_COUNTS);
            uint32_t number = i % 2 ? i : i + CROWD * (uint32_t)side; /* half have equal code */
            memcpy(exact, &number, sizeof(number));
            for (size_t c = 0; c < HMI_COUNTS; c++) {
                counts[c] = (uint8_t)(side == 0 ? 1 : 200); /* too unlike for a pair */
            }
            f->parsed.exact = exact;
            f->parsed.counts = counts;
            f->parsed.lists[HMI_FEATURE_STRING].kept = (uint8_t)(i % 2 ? IDS : 0);
            for (uint32_t k = 0; k < EACH; k++) {
                f->calls[k] = (i + 2 * k * 61) % CROWD;
            }
        }
    }
    CHECK_OK(hmi_pair_programs(&arena, &crowds[0], &crowds[1], &options, &ret, &err));
    CHECK(ret.cut);
    CHECK(ret.pairs >= CROWD / 2);
    hmi_arena_fini(&arena);
}

TEST(little_memory_is_an_answer)
{
    begin();
    for (uint8_t i = 0; i < FUNCTIONS; i++) {
        add(&a, i, 0x1000u * i);
        add(&b, i, 0x1000u * i);
    }
    hmi_pairing ret;
    hm_err err = { 0 };
    hmi_pair_options options = { .ignore_names = false };
    for (size_t most = 16; most <= 4096; most *= 2) {
        hmi_arena small;
        hmi_arena_init(&small, most);
        int code = hmi_pair_programs(&small, &a.program, &b.program, &options, &ret, &err);
        CHECK(code == HM_OK || code == HM_E_LIMIT);
        hmi_arena_fini(&small);
    }
    hmi_arena_fini(&arena);
}

RUN_TESTS()
