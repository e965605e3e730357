/* SPDX-License-Identifier: Apache-2.0
 *
 * test_session.c - both sides learn the plain intersection, and a stranger's message nothing.
 */
#include "room.h"

#include <unistd.h>

typedef struct round {
    side a, b;
    hmi_arena arena;
    hmi_buf offer, answer, result;
    hmi_overlap_state sa, sb;
    hmi_overlap_found fa, fb;
} round;

static void begin(round *r)
{
    memset(r, 0, sizeof(*r));
    r->a = side_open("a");
    r->b = side_open("b");
    hmi_arena_init(&r->arena, 256 << 20);
    hmi_buf_init(&r->offer, 0);
    hmi_buf_init(&r->answer, 0);
    hmi_buf_init(&r->result, 0);
}

static void end(round *r)
{
    hmi_buf_fini(&r->offer);
    hmi_buf_fini(&r->answer);
    hmi_buf_fini(&r->result);
    hmi_arena_fini(&r->arena);
    side_close(&r->a);
    side_close(&r->b);
}

/* A state survives being written and read. */
static void through_bytes(round *r, hmi_overlap_state *state)
{
    hm_err err = { 0 };
    hmi_buf bytes;
    hmi_overlap_state back;
    hmi_buf_init(&bytes, 0);
    CHECK_OK(hmi_overlap_state_write(state, &bytes, &err));
    hm_bytes copy = hmi_arena_bytes(&r->arena, hmi_buf_bytes(&bytes));
    CHECK_OK(hmi_overlap_state_read(copy, &r->arena, &back, &err));
    for (size_t len = 0; len < copy.len; len += len < 300 ? 1 : 211) {
        hmi_overlap_state cut;
        CHECK_EQ(hmi_overlap_state_read(hmi_slice(copy, 0, len), &r->arena, &cut, &err),
                 HM_E_CORRUPT);
    }
    *state = back;
    hmi_buf_fini(&bytes);
}

static void play(round *r, hmi_overlap_mode mode, unsigned a_from, unsigned a_to, unsigned b_from,
                 unsigned b_to)
{
    hm_err err = { 0 };
    CHECK_OK(hmi_overlap_offer(r->a.giver, mode, r->b.key, words(&r->arena, a_from, a_to),
                               a_to - a_from, &r->arena, &r->sa, &r->offer, &err));
    through_bytes(r, &r->sa);
    CHECK_OK(hmi_overlap_answer(r->b.giver, hmi_buf_bytes(&r->offer), r->a.key,
                                mode == HMI_OVERLAP_VALUES, words(&r->arena, b_from, b_to),
                                b_to - b_from, &r->arena, &r->sb, &r->answer, &err));
    through_bytes(r, &r->sb);
    CHECK_OK(hmi_overlap_finish(r->a.giver, &r->sa, hmi_buf_bytes(&r->answer), &r->arena, &r->fa,
                                &r->result, &err));
    CHECK_OK(
        hmi_overlap_result(r->b.giver, &r->sb, hmi_buf_bytes(&r->result), &r->arena, &r->fb, &err));
}

TEST(both_learn_how_many_and_nothing_else)
{
    static const unsigned CASES[][5] = { { 0, 10, 5, 20, 5 },     { 0, 0, 0, 0, 0 },
                                         { 0, 5, 5, 9, 0 },       { 0, 256, 0, 256, 256 },
                                         { 0, 257, 250, 600, 7 }, { 0, 1, 0, 1, 1 } };
    for (size_t i = 0; i < HMI_COUNT(CASES); i++) {
        round r;
        begin(&r);
        play(&r, HMI_OVERLAP_COUNT, CASES[i][0], CASES[i][1], CASES[i][2], CASES[i][3]);
        CHECK_EQ(r.fa.common, CASES[i][4]);
        CHECK_EQ(r.fb.common, CASES[i][4]);
        CHECK_EQ(r.fa.element_count, 0);
        CHECK_EQ(r.fb.element_count, 0);
        end(&r);
    }
}

TEST(both_learn_the_values_when_both_agreed)
{
    round r;
    begin(&r);
    play(&r, HMI_OVERLAP_VALUES, 0, 300, 290, 310);
    CHECK_EQ(r.fa.common, 10);
    CHECK_EQ(r.fa.element_count, 10);
    CHECK_EQ(r.fb.element_count, 10);
    for (unsigned i = 290; i < 300; i++) {
        char word[8];
        unsigned seen = 0;
        snprintf(word, sizeof(word), "w%u", i);
        for (size_t k = 0; k < 10; k++) {
            seen += hmi_text_is(r.fa.elements[k]->value, word);
            seen += hmi_text_is(r.fb.elements[k]->value, word);
        }
        CHECK_EQ(seen, 2);
    }
    end(&r);
}

TEST(the_same_word_of_another_class_is_another_element)
{
    round r;
    hm_err err = { 0 };
    hmi_overlap_element mine = { HM_TEXT("domain"), HM_TEXT("x") };
    hmi_overlap_element yours = { HM_TEXT("mutex"), HM_TEXT("x") };
    begin(&r);
    CHECK_OK(hmi_overlap_offer(r.a.giver, HMI_OVERLAP_COUNT, r.b.key, &mine, 1, &r.arena, &r.sa,
                               &r.offer, &err));
    CHECK_OK(hmi_overlap_answer(r.b.giver, hmi_buf_bytes(&r.offer), r.a.key, false, &yours, 1,
                                &r.arena, &r.sb, &r.answer, &err));
    CHECK_OK(hmi_overlap_finish(r.a.giver, &r.sa, hmi_buf_bytes(&r.answer), &r.arena, &r.fa,
                                &r.result, &err));
    CHECK_EQ(r.fa.common, 0);
    end(&r);
}

TEST(a_message_tells_its_size_class_and_no_value)
{
    round small, large;
    begin(&small);
    play(&small, HMI_OVERLAP_COUNT, 0, 3, 0, 5);
    begin(&large);
    play(&large, HMI_OVERLAP_COUNT, 0, 250, 100, 256);
    CHECK_EQ(small.offer.len, large.offer.len);
    CHECK_EQ(small.answer.len, large.answer.len);
    CHECK_EQ(small.result.len, large.result.len);
    CHECK_EQ(hmi_find(hmi_buf_bytes(&large.offer), HM_BYTES("w17")), HMI_NPOS);
    /* Fresh secrets each time: the same set twice shows nothing in common. */
    CHECK(memcmp(small.offer.ptr + HMI_OVERLAP_HEAD, large.offer.ptr + HMI_OVERLAP_HEAD, 32) != 0);
    end(&small);
    end(&large);
}

TEST(values_need_the_other_sides_word)
{
    round r;
    hm_err err = { 0 };
    begin(&r);
    CHECK_OK(hmi_overlap_offer(r.a.giver, HMI_OVERLAP_VALUES, r.b.key, words(&r.arena, 0, 3), 3,
                               &r.arena, &r.sa, &r.offer, &err));
    CHECK_EQ(hmi_overlap_answer(r.b.giver, hmi_buf_bytes(&r.offer), r.a.key, false,
                                words(&r.arena, 0, 3), 3, &r.arena, &r.sb, &r.answer, &err),
             HM_E_DENIED);
    CHECK_EQ(r.answer.len, 0);
    end(&r);
}

TEST(strangers_replays_and_wrong_turns_are_refused)
{
    round r;
    hm_err err = { 0 };
    begin(&r);
    play(&r, HMI_OVERLAP_COUNT, 0, 10, 5, 20);
    side c = side_open("c");
    hmi_buf out;
    hmi_overlap_state mine;
    hmi_buf_init(&out, 0);
    /* Not signed by whom the policy names; meant for another. */
    CHECK_EQ(hmi_overlap_answer(r.b.giver, hmi_buf_bytes(&r.offer), c.key, false, NULL, 0, &r.arena,
                                &mine, &out, &err),
             HM_E_DENIED);
    CHECK_EQ(hmi_overlap_answer(c.giver, hmi_buf_bytes(&r.offer), r.a.key, false, NULL, 0, &r.arena,
                                &mine, &out, &err),
             HM_E_DENIED);
    /* A step out of turn. */
    CHECK_EQ(hmi_overlap_answer(r.b.giver, hmi_buf_bytes(&r.answer), r.a.key, false, NULL, 0,
                                &r.arena, &mine, &out, &err),
             HM_E_DENIED);
    CHECK_EQ(
        hmi_overlap_finish(r.a.giver, &r.sa, hmi_buf_bytes(&r.offer), &r.arena, &r.fa, &out, &err),
        HM_E_DENIED);
    /* The answer to another offer of ours. */
    hmi_overlap_state again;
    hmi_buf second;
    hmi_buf_init(&second, 0);
    CHECK_OK(hmi_overlap_offer(r.a.giver, HMI_OVERLAP_COUNT, r.b.key, words(&r.arena, 0, 10), 10,
                               &r.arena, &again, &second, &err));
    CHECK_EQ(hmi_overlap_finish(r.a.giver, &again, hmi_buf_bytes(&r.answer), &r.arena, &r.fa, &out,
                                &err),
             HM_E_DENIED);
    hmi_buf_fini(&second);
    hmi_buf_fini(&out);
    side_close(&c);
    end(&r);
}

/* A partner who claims more than its tags show is found out. */
TEST(a_claim_that_the_tags_do_not_show_is_named)
{
    round r;
    hm_err err = { 0 };
    begin(&r);
    play(&r, HMI_OVERLAP_COUNT, 0, 10, 5, 20);
    hmi_overlap_message m;
    hmi_buf lie;
    CHECK_OK(hmi_overlap_read(hmi_buf_bytes(&r.result), &m, &err));
    m.common = 9;
    hmi_buf_init(&lie, 0);
    CHECK_OK(hmi_overlap_write(r.a.giver, &m, &lie, &err));
    CHECK_EQ(hmi_overlap_result(r.b.giver, &r.sb, hmi_buf_bytes(&lie), &r.arena, &r.fb, &err),
             HM_E_CONFLICT);
    hmi_buf_fini(&lie);
    end(&r);
}

RUN_TESTS()
