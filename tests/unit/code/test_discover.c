/* SPDX-License-Identifier: Apache-2.0
 * test_discover.c - functions by call, by pointer, by gap; stubs; calls that never return. */
#include "check.h"
#include "collect.h"

#include "code/discover.h"
#include "code/unwind.h"

typedef struct found {
    hmi_arena arena;
    hmi_ranges ranges;
    hmi_walk walk;
    hmi_discovery discovery;
} found;

static void look(found *f, const hmi_image *image)
{
    hm_err err;
    hmi_arena_init(&f->arena, (size_t)32 << 20);
    CHECK_OK(hmi_ranges_init(&f->ranges, &f->arena, image, &err));
    CHECK_OK(hmi_walk_init(&f->walk, &f->arena, &f->ranges, &err));
    CHECK_OK(hmi_discover(&f->discovery, &f->walk, &f->arena, &err));
}

/* 0: call 16; ret  16: xor eax,eax; ret  32: push rbp; mov rbp,rsp; pop rbp; ret (nobody calls it)
 */
static const char calls[] = "\xe8\x0b\0\0\0\xc3\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90"
                            "\x31\xc0\xc3\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90"
                            "\x55\x48\x89\xe5\x5d\xc3";

TEST(calls_and_gaps_are_functions)
{
    found f;
    program p;
    program_init(&p, HM_BYTES(calls), 0x1000, HM_BYTES("x"), 0x2000);
    look(&f, &p.image);
    CHECK_EQ(f.discovery.count, 3);
    CHECK_EQ(f.discovery.functions[1].start, 0x1010);
    CHECK_EQ(f.discovery.functions[1].window, 16);
    CHECK_EQ(hmi_function_at(&f.discovery, 0x1020), 2);
    CHECK(hmi_function_at(&f.discovery, 0x1021) == SIZE_MAX);
    hmi_arena_fini(&f.arena);
}

TEST(relocated_pointers_are_functions)
{
    static const char code[] = "\xc3\x90\x90\x90\x31\xc0\xff\xc0\xc3";
    hmi_pointer pointer = { .place = 0x2000, .value = 0x1004 };
    found f;
    program p;
    program_init(&p, HM_BYTES(code), 0x1000, HM_BYTES("\0\0\0\0\0\0\0\0"), 0x2000);
    p.image.pointers = &pointer;
    p.image.pointer_count = 1;
    look(&f, &p.image);
    CHECK_EQ(f.discovery.count, 2);
    CHECK_EQ(f.discovery.functions[1].start, 0x1004);
    hmi_arena_fini(&f.arena);
}

TEST(stubs_name_their_import_and_exit_does_not_return)
{
    /* 0: call 16; then bytes that are no code; 16: jmp [rip+slot] -> exit */
    static const char code[] = "\xe8\x0b\0\0\0\x06\x06\x06\x06\x06\x06\x06\x06\x06\x06\x06"
                               "\xff\x25\xea\x0f\0\0";
    hmi_import import = { .slot = 0x2000, .name = HM_TEXT_INIT("exit") };
    found f;
    program p;
    program_init(&p, HM_BYTES(code), 0x1000, HM_BYTES("\0\0\0\0\0\0\0\0"), 0x2000);
    p.segments[0].name = HM_TEXT(".plt");
    p.image.imports = &import;
    p.image.import_count = 1;
    look(&f, &p.image);
    size_t at = hmi_function_at(&f.discovery, 0x1010);
    CHECK(at != SIZE_MAX);
    CHECK_EQ(f.discovery.functions[at].import, 1);
    CHECK(hmi_marks_get(&f.discovery.marks, 16) & HMI_MARK_STOPS);
    CHECK_EQ(f.discovery.functions[0].import, 0);
    hmi_arena_fini(&f.arena);
}

static uint64_t pdata_seen[4];
static size_t pdata_count;

static int remember(void *context, uint64_t address, uint64_t len)
{
    (void)context;
    (void)len;
    if (pdata_count < 4) {
        pdata_seen[pdata_count++] = address;
    }
    return HM_OK;
}

TEST(pdata_leaves_out_parts)
{
    /* three entries: whole, chained (flag 4 in its unwind info), empty */
    static const char table[] = "\0\x10\0\0\x10\x10\0\0\0\x20\0\0"
                                "\x10\x10\0\0\x20\x10\0\0\x04\x20\0\0"
                                "\x20\x10\0\0\x20\x10\0\0\0\x20\0\0"
                                "\x20\x10\0";
    static const char unwind[] = "\x01\0\0\0\x21\0\0\0";
    hm_err err;
    program p;
    hmi_ranges ranges;
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    program_init(&p, HM_BYTES(calls), 0x401000, HM_BYTES(unwind), 0x402000);
    for (size_t len = 0; len < sizeof table; len++) {
        p.image.pdata = (hm_bytes){ (const uint8_t *)table, len };
        CHECK_OK(hmi_ranges_init(&ranges, &arena, &p.image, &err));
        pdata_count = 0;
        CHECK_EQ(hmi_pdata_read(&ranges, remember, NULL), HM_OK);
        CHECK_EQ(pdata_count, len >= 12);
    }
    CHECK_EQ(pdata_seen[0], 0x401000);
    hmi_arena_fini(&arena);
}

RUN_TESTS()
