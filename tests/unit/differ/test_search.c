/* SPDX-License-Identifier: Apache-2.0
 *
 * test_search.c - functions are found with who holds them; what the harmless world has weighs
 * nothing.
 */
#include "differ/search.h"

#include "differ/known.h"
#include "unit/casebook/made.h"

enum { FUNCTIONS = 6 };

static hmi_listed_function functions[FUNCTIONS];
static made prints[FUNCTIONS];
static hmi_program program = { .functions = functions, .count = FUNCTIONS };
static hmi_arena arena;

/* The program: functions first, first + 1 ... of which the last is changed. */
static void make_program(uint32_t first)
{
    for (uint32_t i = 0; i < FUNCTIONS; i++) {
        make_function(first + i, i == FUNCTIONS - 1 ? 6 : 0, &prints[i]);
        functions[i] =
            (hmi_listed_function){ .address = 0x1000 * (i + 1), .print = prints[i].trait.detail };
        CHECK(hmi_fingerprint_parse(functions[i].print, &functions[i].parsed));
    }
    hmi_arena_fini(&arena);
    hmi_arena_init(&arena, 16 << 20);
}

static void add_piece(hmi_store *store, const char *incident, const char *content, uint32_t first,
                      uint32_t count)
{
    hm_err err = { 0 };
    room_piece piece = { .incident = room_incident(store, incident),
                         .content = content,
                         .words = "" };
    hmi_intake *intake = NULL;
    CHECK_OK(room_begin(store, &piece, &intake, &err));
    hmi_sink *sink = hmi_intake_sink(intake);
    CHECK_OK(hmi_sink_fact(sink, HM_TEXT("format"), HM_TEXT("elf"), &err));
    for (uint32_t i = 0; i < count; i++) {
        made one;
        make_function(first + i, 0, &one);
        CHECK_OK(hmi_sink_trait(sink, &one.trait, &err));
    }
    CHECK_OK(hmi_intake_commit(intake, 0, HM_TEXT(""), NULL, &err));
}

static void learn(hmi_store *store, const char *name, uint32_t first, uint32_t count)
{
    hm_err err = { 0 };
    hmi_baseline_batch *batch = NULL;
    hmi_sha256 sha256 = hmi_sha256_of(hmi_text_bytes(hmi_text_of(name)));
    CHECK_OK(hmi_baseline_begin(store, &batch, &err));
    for (uint32_t i = 0; i < count; i++) {
        static made all[8];
        static hmi_trait traits[8];
        make_function(first + i, 0, &all[i]);
        traits[i] = all[i].trait;
        if (i + 1 == count) {
            CHECK_OK(hmi_baseline_file(batch, &sha256, hmi_text_bytes(hmi_text_of(name)), traits,
                                       count, &err));
        }
    }
    CHECK_OK(hmi_baseline_commit(batch, &err));
}

static hmi_search_result search(hmi_store *store, double similarity)
{
    hmi_search_result result;
    hmi_search_options options = { .similarity = similarity, .near_max = 4 };
    hm_err err = { 0 };
    CHECK_OK(hmi_search_program(store, &arena, &program, &options, &result, &err));
    return result;
}

TEST(functions_lead_to_programs_and_incidents)
{
    hmi_store *store = room_store("book");
    add_piece(store, "seoul", "wiper", 100, FUNCTIONS);
    add_piece(store, "culver", "half of it", 100, 3);
    add_piece(store, "other", "nothing of it", 900, 6);
    make_program(100);
    hmi_search_result r = search(store, 0.6);
    CHECK_EQ(r.searched, FUNCTIONS);
    CHECK_EQ(r.asked_count, FUNCTIONS);
    CHECK_EQ(r.incidents, 3);
    CHECK_EQ(r.program_count, 2);
    CHECK(hmi_bytes_eq(r.programs[0].evidence.name, HM_BYTES("wiper")));
    CHECK_EQ(r.programs[0].shared, FUNCTIONS);
    CHECK_EQ(r.programs[0].equal, FUNCTIONS - 1);
    CHECK_EQ(r.programs[0].incident_count, 1);
    CHECK(r.programs[0].similarity > 0.9 && r.programs[0].similarity < 1);
    CHECK_EQ(r.programs[1].shared, 3);
    CHECK(r.programs[1].similarity < 0.6);
    for (size_t i = 0; i < r.asked_count; i++) {
        const hmi_asked_function *asked = &r.asked[i];
        CHECK_EQ(asked->harmless, 0);
        CHECK_EQ(asked->near[0].incident_count, asked->index < 3 ? 2 : 1);
        CHECK_EQ(asked->near[0].similarity == 1, asked->index < FUNCTIONS - 1);
    }
    CHECK_EQ(search(store, 1).asked_count, FUNCTIONS - 1);
    make_program(5000);
    CHECK_EQ(search(store, 0.9).asked_count, 0);
    hmi_store_close(store);
}

TEST(what_libraries_have_is_named_and_weighs_nothing)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    add_piece(store, "seoul", "wiper", 100, FUNCTIONS);
    learn(store, "/usr/bin/tool", 100, 3);
    learn(store, "/usr/lib/libz.so.1", 101, 2);
    learn(store, "/usr/lib/libother.a", 102, 1);
    make_program(100);
    CHECK_OK(hmi_program_know(store, &arena, &program, NULL, 0, &err));
    CHECK_TEXT(functions[0].library, "1 harmless file");
    CHECK_TEXT(functions[1].library, "libz.so.1");        /* though a program has it, too */
    CHECK_TEXT(functions[2].library, "3 harmless files"); /* two libraries: nobody's */
    CHECK_EQ(functions[2].library_files, 3);
    CHECK_EQ(functions[3].library.len, 0);
    hmi_search_result r = search(store, 0.6);
    CHECK_EQ(r.library, 3);
    CHECK_EQ(r.programs[0].shared, 3);
    CHECK_EQ(r.asked[0].harmless, 0);
    CHECK(r.asked[5].index < 3); /* known ones last */
    hmi_sha256 self = hmi_sha256_of(HM_BYTES("/usr/bin/tool"));
    make_program(100);
    CHECK_OK(hmi_program_know(store, &arena, &program, &self, 1, &err));
    CHECK_EQ(functions[0].library.len, 0); /* the file itself vouches for nothing */
    CHECK_TEXT(functions[2].library, "2 harmless files");
    hmi_arena_fini(&arena);
    hmi_store_close(store);
}

RUN_TESTS()
