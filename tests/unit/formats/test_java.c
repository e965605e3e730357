/* SPDX-License-Identifier: Apache-2.0
 *
 * test_java.c - a class of our own making: names, calls, strings; cut and flipped.
 */
#include "base/hash.h"
#include "collect.h"
#include "sweep.h"

/* 1 "Evil" 2 class 1; 3 "java/lang/Object" 4 class 3; 5 text, 6 string 5; 7 "exec" 8 "(I)V"
 * 9 name and type; 10 method 4.9; 11 long (two places) */
static const uint8_t CLASS[] = "\xca\xfe\xba\xbe\0\0\0\x34\0\x0d"
                               "\1\0\4Evil\7\0\1\1\0\x10java/lang/Object\7\0\3"
                               "\1\0\x19http://c2.example.net/jar\x08\0\5"
                               "\1\0\4exec\1\0\4(I)V\x0c\0\7\0\x08\x0a\0\4\0\x09"
                               "\5\1\2\3\4\5\6\7\x08"
                               "\0\x21\0\2\0\4\0\0\0\0\0\0\0\0";

TEST(names_calls_and_strings)
{
    collector got;
    hm_err err = { 0 };
    collect_init(&got, 64 << 20);
    hmi_reading reading = collect_reading(&got);
    CHECK_OK(hmi_formats_read(&reading, hmi_bytes(CLASS, sizeof(CLASS) - 1), &err));
    CHECK_TEXT(collect_fact_of(&got, "format"), "java");
    CHECK_TEXT(collect_fact_of(&got, "class"), "Evil");
    CHECK_TEXT(collect_fact_of(&got, "super-class"), "java/lang/Object");
    CHECK(collect_has(&got, HMI_COMPILER, HMI_ROLE_CONTENT, "Java class file 52.0"));
    CHECK(collect_has(&got, HMI_STRING, HMI_ROLE_CONTENT, "http://c2.example.net/jar"));
    CHECK(collect_has(&got, HMI_URL, HMI_ROLE_CONTENT, "http://c2.example.net/jar"));
    hmi_md5 calls = hmi_md5_of(HM_BYTES("java/lang/Object.exec"));
    char value[40] = "java:";
    hmi_hex(hmi_bytes(calls.bytes, 16), value + 5);
    CHECK(collect_has(&got, HMI_IMPORT_HASH, HMI_ROLE_IMPORT, value));
    CHECK_EQ(got.note_count, 0);
    collect_fini(&got);
}

TEST(no_class)
{
    /* a fat Mach-O file of two programs */
    CHECK_EQ(hmi_reader_java.detect(HM_BYTES("\xca\xfe\xba\xbe\0\0\0\2\0\1"), HM_BYTES("")), 0);
}

/* Each number of the pool that names another one at its extremes: outside, itself, a loop. */
TEST(constants_that_name_what_is_not_there)
{
    static const uint16_t ENDS[] = { 0, 1, 6, 9, 10, 12, 13, 0x7fff, 0xffff };
    uint8_t copy[sizeof(CLASS)];
    hmi_arena arena;
    hmi_arena_init(&arena, 64 << 20);
    for (size_t at = 8; at + 3 < sizeof(CLASS); at++) {
        for (size_t i = 0; i < HMI_COUNT(ENDS); i++) {
            memcpy(copy, CLASS, sizeof copy);
            copy[at] = (uint8_t)(ENDS[i] >> 8);
            copy[at + 1] = (uint8_t)ENDS[i];
            sweep_one(&hmi_reader_java, &arena, hmi_bytes(copy, sizeof(CLASS) - 1));
        }
    }
    hmi_arena_fini(&arena);
}

/* 65,534 constants: a long is the last, and takes a place behind the end. */
TEST(a_pool_that_is_full)
{
    enum { COUNT = 0xffff };
    static uint8_t b[10 + 5 * COUNT + 32];
    size_t at = 10;
    memcpy(b, "\xca\xfe\xba\xbe\0\0\0\x34\xff\xff", 10);
    for (unsigned i = 1; i < COUNT - 1; i++) {
        memcpy(b + at, "\x0a\0\1\0\1", 5); /* a method of itself */
        at += 5;
    }
    memcpy(b + at, "\5\0\0\0\0\0\0\0\1", 9);
    at += 9 + 8;
    uint8_t *exact = malloc(at);
    assert_non_null(exact);
    memcpy(exact, b, at);
    hmi_arena arena;
    hmi_arena_init(&arena, 64 << 20);
    sweep_one(&hmi_reader_java, &arena, hmi_bytes(exact, at));
    hmi_arena_fini(&arena);
    free(exact);
}

TEST(cut_anywhere_flipped_anywhere)
{
    sweep(&hmi_reader_java, hmi_bytes(CLASS, sizeof(CLASS) - 1), sizeof(CLASS));
}

RUN_TESTS()
