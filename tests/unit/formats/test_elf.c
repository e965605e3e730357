/* SPDX-License-Identifier: Apache-2.0
 *
 * test_elf.c - programs of every class and byte order are read, stripped or not; damaged ones keep
 * what can be had; no prefix and no flipped bit leads outside.
 */
#include "check.h"
#include "code/code.h"
#include "collect.h"
#include "elf_build.h"
#include "formats/program/elf.h"

/* What the reader handed to code analysis, which is not this test's subject. */
static hmi_image seen;

int hmi_code_read(hmi_reading *reading, const hmi_image *image, hm_err *err)
{
    (void)reading;
    (void)err;
    seen = *image;
    return HM_OK;
}

typedef struct reading_of {
    collector got;
    hmi_arena arena;
    hm_err err;
    int code;
} reading_of;

static void read_begin(reading_of *r, hm_bytes file)
{
    memset(&seen, 0, sizeof seen);
    collect_init(&r->got, 64 << 20);
    hmi_arena_init(&r->arena, 64 << 20);
    hmi_reading reading = { .arena = &r->arena, .sink = &r->got.sink, .context_us = HMI_TIME_NONE };
    r->code = hmi_reader_elf.read(&reading, file, &r->err);
}

static void read_end(reading_of *r)
{
    hmi_arena_fini(&r->arena);
    collect_fini(&r->got);
}

typedef struct machine_row {
    uint16_t machine;
    bool wide, big;
    uint32_t relative, jump_slot;
    hmi_machine expected;
} machine_row;

static const machine_row MACHINES[] = {
    { 62, true, false, 8, 7, HMI_MACHINE_X86_64 },
    { 3, false, false, 8, 7, HMI_MACHINE_X86 },
    { 183, true, false, 1027, 1026, HMI_MACHINE_AARCH64 },
    { 40, false, false, 23, 22, HMI_MACHINE_ARM },
    { 20, false, true, 22, 21, HMI_MACHINE_PPC },
    { 243, true, false, 3, 5, HMI_MACHINE_RISCV64 },
    { 243, false, false, 3, 5, HMI_MACHINE_RISCV32 },
    { 8, false, true, 3, 127, HMI_MACHINE_MIPS },
    { 21, true, false, 22, 21, HMI_MACHINE_PPC64 },
};

TEST(every_machine_class_and_order_gives_the_same_image)
{
    static elf_build build;
    for (size_t i = 0; i < 2 * HMI_COUNT(MACHINES); i++) {
        const machine_row *row = &MACHINES[i / 2];
        elf_build_make(&build, row->wide, row->big, row->machine, row->relative, row->jump_slot,
                       i % 2 == 0);
        reading_of r;
        read_begin(&r, elf_build_bytes(&build));
        CHECK_EQ(r.code, HM_OK);
        CHECK_EQ(seen.machine, row->expected);
        CHECK_EQ(seen.bits, row->wide ? 64 : 32);
        CHECK_EQ(seen.big, row->big);
        CHECK_EQ(seen.entry, ELF_BUILD_BASE + ELF_BUILD_CODE);
        CHECK_EQ(seen.segment_count, i % 2 == 0 ? 2 : 1);
        CHECK(seen.segments[0].execute);
        CHECK_EQ(seen.symbol_count, 1);
        CHECK_TEXT(seen.symbols[0].name, "work");
        CHECK(seen.symbols[0].exported);
        CHECK_EQ(seen.symbols[0].address, ELF_BUILD_BASE + ELF_BUILD_CODE);
        CHECK_EQ(seen.import_count, 1);
        CHECK_TEXT(seen.imports[0].name, "connect");
        CHECK_EQ(seen.imports[0].slot, ELF_BUILD_BASE + ELF_BUILD_GOT + 16);
        CHECK_EQ(seen.pointer_count, 1);
        CHECK_EQ(seen.pointers[0].place, ELF_BUILD_BASE + ELF_BUILD_GOT);
        CHECK_EQ(seen.start_count, 1);
        CHECK_EQ(seen.starts[0], ELF_BUILD_BASE + ELF_BUILD_CODE + 32);
        read_end(&r);
    }
}

TEST(what_the_loader_may_move_is_relocatable)
{
    static const bool MOVES[] = { [1] = true, [2] = false, [3] = true, [4] = false };
    static elf_build build;
    for (uint16_t type = 1; type < HMI_COUNT(MOVES); type++) {
        for (int wide = 0; wide < 2; wide++) {
            elf_build_make(&build, wide, false, wide ? 62 : 3, 8, 7, true);
            build.at = 16;
            elf_put(&build, type, 2);
            reading_of r;
            read_begin(&r, elf_build_bytes(&build));
            CHECK_EQ(r.code, HM_OK);
            CHECK_EQ(seen.relocatable, MOVES[type]);
            read_end(&r);
        }
    }
}

/* Offset, size and address of the only load segment, each at its extremes. */
TEST(segments_that_wrap_end_in_the_file)
{
    static const uint64_t ENDS[] = { 0,          1,         ELF_BUILD_LEN, 0x7fffffff,
                                     0xffffffff, INT64_MAX, UINT64_MAX,    UINT64_MAX - 0xfff };
    static elf_build build;
    for (size_t i = 0; i < 4 * HMI_COUNT(ENDS) * HMI_COUNT(ENDS); i++) {
        bool wide = i & 1, sections = i & 2;
        uint64_t place = ENDS[i / 4 % HMI_COUNT(ENDS)], size = ENDS[i / 4 / HMI_COUNT(ENDS)];
        elf_build_make(&build, wide, false, wide ? 62 : 3, 8, 7, sections);
        build.at = wide ? 64 + 8 : 52 + 4;
        elf_word(&build, place);
        elf_word(&build, place);
        elf_word(&build, place);
        elf_word(&build, size);
        elf_word(&build, size);
        reading_of r;
        read_begin(&r, elf_build_bytes(&build));
        CHECK_EQ(r.code, HM_OK);
        for (size_t k = 0; k < seen.segment_count; k++) {
            hm_bytes content = seen.segments[k].content;
            CHECK(content.len == 0 ||
                  (content.ptr >= build.bytes &&
                   content.len <= (size_t)(build.bytes + ELF_BUILD_LEN - content.ptr)));
        }
        read_end(&r);
    }
}

TEST(identity_and_content_are_traits)
{
    static elf_build build;
    elf_build_make(&build, true, false, 62, 8, 7, true);
    reading_of r;
    read_begin(&r, elf_build_bytes(&build));
    CHECK(collect_has(&r.got, HMI_BUILD_ID, HMI_ROLE_SELF,
                      "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3"));
    /* md5("connect"): names that begin with '_' do not count */
    CHECK(collect_has(&r.got, HMI_IMPORT_HASH, HMI_ROLE_IMPORT,
                      "elf:b640a0ce465fa2a4150c36b305c1c11b"));
    /* md5("work") */
    CHECK(collect_has(&r.got, HMI_EXPORT_SET, HMI_ROLE_EXPORT, "67e92c8765a9bc7fb2d335c459de9eb5"));
    CHECK(collect_has(&r.got, HMI_SECTION_NAMES, HMI_ROLE_CONTENT, ".text,.data,.shstrtab"));
    CHECK(collect_has(&r.got, HMI_ADDRESS, HMI_ROLE_CONTENT, "203.0.113.77"));
    CHECK(collect_has(&r.got, HMI_URL, HMI_ROLE_CONTENT, "http://c2.example.net/gate"));
    CHECK(collect_has(&r.got, HMI_STRING, HMI_ROLE_CONTENT,
                      "reach 203.0.113.77 or http://c2.example.net/gate now"));
    read_end(&r);
}

TEST(an_overlay_is_named_and_hashed)
{
    static uint8_t file[sizeof(elf_build) + 64];
    static elf_build build;
    elf_build_make(&build, true, false, 62, 8, 7, false);
    memcpy(file, build.bytes, ELF_BUILD_LEN);
    memcpy(file + ELF_BUILD_LEN, "appended payload", 16);
    reading_of r;
    read_begin(&r, hmi_bytes(file, ELF_BUILD_LEN + 16));
    size_t overlays = 0;
    for (size_t i = 0; i < r.got.trait_count; i++) {
        overlays +=
            r.got.traits[i].class_id == HMI_OVERLAY_HASH && r.got.traits[i].offset == ELF_BUILD_LEN;
    }
    CHECK_EQ(overlays, 1);
    read_end(&r);
}

TEST(sixty_five_thousand_sections_are_a_note)
{
    static elf_build build;
    elf_build_make(&build, true, false, 62, 8, 7, true);
    build.at = 60;
    elf_put(&build, 65535, 2);
    reading_of r;
    read_begin(&r, elf_build_bytes(&build));
    CHECK_EQ(r.code, HM_OK);
    CHECK(collect_note_of(&r.got, HMI_NOTE_ODD, "65535 sections named, file holds 10") != NULL);
    read_end(&r);
}

TEST(a_section_table_that_hides_the_code_is_not_believed)
{
    static elf_build build;
    elf_build_make(&build, true, false, 62, 8, 7, true);
    build.at = ELF_BUILD_SECTIONS + 64 + 16; /* .text claims another address */
    elf_word(&build, 0x700000);
    reading_of r;
    read_begin(&r, elf_build_bytes(&build));
    CHECK_EQ(seen.segment_count, 1);
    CHECK_EQ(seen.segments[0].address, ELF_BUILD_BASE);
    CHECK(collect_note_of(&r.got, HMI_NOTE_ODD, "segments were used") != NULL);
    read_end(&r);
}

TEST(what_is_no_elf_is_refused_with_its_place)
{
    static elf_build build;
    elf_build_make(&build, true, false, 62, 8, 7, true);
    for (size_t len = 0; len < 64; len++) {
        reading_of r;
        read_begin(&r, hmi_slice(elf_build_bytes(&build), 0, len));
        CHECK_EQ(r.code, len < 4 ? HM_E_MALFORMED : HM_E_TRUNCATED);
        read_end(&r);
    }
    build.bytes[4] = 3;
    reading_of r;
    read_begin(&r, elf_build_bytes(&build));
    CHECK_EQ(r.code, HM_E_MALFORMED);
    CHECK_EQ(r.err.offset, 4);
    read_end(&r);
}

TEST(every_prefix_and_every_flipped_bit_is_survived)
{
    static elf_build build;
    for (int wide = 0; wide < 2; wide++) {
        elf_build_make(&build, wide, wide == 0, wide ? 62 : 20, wide ? 8 : 22, wide ? 7 : 21, true);
        for (size_t len = 64; len < ELF_BUILD_LEN; len++) {
            reading_of r;
            uint8_t *copy = malloc(len); /* of exactly this size: the sanitizer sees the border */
            memcpy(copy, build.bytes, len);
            read_begin(&r, hmi_bytes(copy, len));
            CHECK_EQ(r.code, HM_OK);
            read_end(&r);
            free(copy);
        }
        uint8_t *copy = malloc(ELF_BUILD_LEN);
        memcpy(copy, build.bytes, ELF_BUILD_LEN);
        for (size_t bit = 0; bit < 8 * ELF_BUILD_LEN; bit++) {
            copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
            reading_of r;
            read_begin(&r, hmi_bytes(copy, ELF_BUILD_LEN));
            CHECK(r.code == HM_OK || r.code == HM_E_MALFORMED);
            read_end(&r);
            copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        free(copy);
    }
}

TEST(a_stopped_sink_stops_the_reading)
{
    static elf_build build;
    elf_build_make(&build, true, false, 62, 8, 7, true);
    for (size_t n = 1; n < 12; n++) {
        collector got;
        collect_init(&got, 64 << 20);
        got.fail_after = n;
        hmi_reading reading = collect_reading(&got);
        hm_err err;
        CHECK_EQ(hmi_reader_elf.read(&reading, elf_build_bytes(&build), &err), HM_E_CANCELLED);
        collect_fini(&got);
    }
}

RUN_TESTS()
