/* SPDX-License-Identifier: Apache-2.0
 * test_walk.c - one function's instructions, blocks and switch, and where a walk must end. */
#include "check.h"
#include "collect.h"

#include "code/discover.h"

typedef struct fixture {
    program p;
    hmi_arena arena;
    hmi_ranges ranges;
    hmi_walk walk;
} fixture;

static void fixture_init(fixture *f, hm_bytes code, hm_bytes rodata)
{
    hm_err err;
    program_init(&f->p, code, 0x1000, rodata, 0x2000);
    hmi_arena_init(&f->arena, (size_t)16 << 20);
    CHECK_OK(hmi_ranges_init(&f->ranges, &f->arena, &f->p.image, &err));
    CHECK_OK(hmi_walk_init(&f->walk, &f->arena, &f->ranges, &err));
    f->walk.steps_left = 1000;
}

/* cmp edi,2; ja default; lea rdx,[rip+TABLE]; movsxd rax,[rdx+rdi*4]; add rax,rdx; jmp rax;
 * 0: mov eax,1; ret  1: mov eax,2; ret  2: mov eax,3; ret  default: xor eax,eax; ret */
#define SWITCH                                                                         \
    "\x83\xff\x02\x77\x22\x48\x8d\x15\xf4\x0f\0\0\x48\x63\x04\xba\x48\x01\xd0\xff\xe0" \
    "\xb8\x01\0\0\0\xc3\xb8\x02\0\0\0\xc3\xb8\x03\0\0\0\xc3\x31\xc0\xc3"
#define TABLE "\x15\xf0\xff\xff\x1b\xf0\xff\xff\x21\xf0\xff\xff\x00\xf0\xff\xff"

TEST(a_switch_has_all_its_cases)
{
    fixture f;
    hm_err err;
    fixture_init(&f, HM_BYTES(SWITCH), HM_BYTES(TABLE));
    CHECK_OK(hmi_walk_function(&f.walk, 0x1000, 0x1000 + sizeof SWITCH - 1, &err));
    CHECK_OK(hmi_walk_blocks(&f.walk, &err));
    CHECK_EQ(f.walk.edge_count, 3); /* the comparison says three, though a fourth would fit */
    CHECK_EQ(f.walk.edges[0].to, 0x15);
    CHECK_EQ(f.walk.edges[2].to, 0x21);
    CHECK_EQ(f.walk.block_count, 6);
    CHECK_EQ(f.walk.step_count, 14);
    CHECK_EQ(hmi_walk_block_at(&f.walk, 0x27), 5);
    CHECK(hmi_walk_block_at(&f.walk, 0x28) == SIZE_MAX);
    CHECK(!f.walk.broken && !f.walk.cut && !f.walk.runs_out);
    hmi_arena_fini(&f.arena);
}

/* Scouting is the walk without its steps: same runs, same ends. */
static void check_scouted(hm_bytes code, hm_bytes rodata)
{
    fixture walked, scouted;
    hm_err err;
    fixture_init(&walked, code, rodata);
    fixture_init(&scouted, code, rodata);
    CHECK_OK(hmi_walk_function(&walked.walk, 0x1000, 0x1000 + code.len, &err));
    CHECK_OK(hmi_walk_scout(&scouted.walk, 0x1000, 0x1000 + code.len, &err));
    CHECK_EQ(walked.walk.step_count, scouted.walk.step_count);
    CHECK_EQ(walked.walk.steps_left, scouted.walk.steps_left);
    CHECK_EQ(walked.walk.run_count, scouted.walk.run_count);
    for (size_t i = 0; i < walked.walk.run_count; i++) {
        CHECK_EQ(walked.walk.runs[i].at, scouted.walk.runs[i].at);
        CHECK_EQ(walked.walk.runs[i].end, scouted.walk.runs[i].end);
    }
    CHECK(walked.walk.cut == scouted.walk.cut);
    CHECK(walked.walk.broken == scouted.walk.broken);
    CHECK(walked.walk.runs_out == scouted.walk.runs_out);
    hmi_arena_fini(&walked.arena);
    hmi_arena_fini(&scouted.arena);
}

TEST(a_scout_goes_where_a_walk_goes)
{
    check_scouted(HM_BYTES(SWITCH), HM_BYTES(TABLE));
    uint64_t seed = 88172645463325252ull;
    static const uint8_t likely[] = { 0x48, 0x8b, 0x0f, 0x84, 0x74, 0xeb, 0xe8, 0xc3,
                                      0x89, 0x50, 0x90, 0xff, 0x75, 0x31, 0x83, 0x04 };
    for (int round = 0; round < 300; round++) {
        uint8_t code[200];
        for (size_t i = 0; i < sizeof code; i++) {
            seed = seed * 6364136223846793005ull + 1442695040888963407ull;
            unsigned draw = (unsigned)(seed >> 33);
            code[i] = draw & 0x300 ? likely[draw % sizeof likely] : (uint8_t)(draw >> 12);
        }
        check_scouted((hm_bytes){ code, sizeof code }, HM_BYTES(TABLE));
    }
}

TEST(a_table_to_nowhere_is_none)
{
    static const char table[] = "\xff\xff\xff\x7f\xff\xff\xff\x7f\x00\x00\x00\x80";
    fixture f;
    hm_err err;
    fixture_init(&f, HM_BYTES(SWITCH), HM_BYTES(table));
    CHECK_OK(hmi_walk_function(&f.walk, 0x1000, 0x1000 + sizeof SWITCH - 1, &err));
    CHECK_EQ(f.walk.edge_count, 0);
    hmi_arena_fini(&f.arena);
}

TEST(backward_blocks_are_put_in_order)
{
    /* jmp +3; A: inc eax; ret; B: test eax,eax; jne A; ret */
    static const char code[] = "\xeb\x03\xff\xc0\xc3\x85\xc0\x75\xf9\xc3";
    fixture f;
    hm_err err;
    fixture_init(&f, HM_BYTES(code), HM_BYTES("x"));
    CHECK_OK(hmi_walk_function(&f.walk, 0x1000, 0x100a, &err));
    CHECK_OK(hmi_walk_blocks(&f.walk, &err));
    CHECK_EQ(f.walk.step_count, 6);
    for (size_t i = 1; i < f.walk.step_count; i++) {
        CHECK(f.walk.steps[i].at > f.walk.steps[i - 1].at);
    }
    CHECK_EQ(f.walk.block_count, 4);
    hmi_arena_fini(&f.arena);
}

TEST(limits_end_a_walk_and_say_so)
{
    static const char code[] = "\xff\xc0\xff\xc0\xff\xc0\xff\xc0\xc3";
    fixture f;
    hm_err err;
    fixture_init(&f, HM_BYTES(code), HM_BYTES("x"));
    f.walk.steps_left = 2;
    CHECK_OK(hmi_walk_function(&f.walk, 0x1000, 0x1009, &err));
    CHECK_EQ(f.walk.step_count, 2);
    CHECK(f.walk.cut);
    f.walk.steps_left = 100;
    CHECK_OK(hmi_walk_function(&f.walk, 0x1000, 0x1004, &err));
    CHECK_EQ(f.walk.step_count, 2);
    CHECK(f.walk.runs_out && !f.walk.cut);
    CHECK_OK(hmi_walk_function(&f.walk, 0x5000, 0x5004, &err));
    CHECK_EQ(f.walk.step_count, 0);
    hmi_arena_fini(&f.arena);
}

RUN_TESTS()
