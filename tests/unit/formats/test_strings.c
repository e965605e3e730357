/* SPDX-License-Identifier: Apache-2.0
 *
 * test_strings.c - typed text becomes a trait, chance does not; the most telling stay.
 */
#include "formats/scan/scan.h"

#include "check.h"
#include "collect.h"

static void scan(collector *got, hm_bytes file, const hmi_scan_range *skip, size_t skips)
{
    collect_init(got, 256 << 20);
    hmi_reading reading = collect_reading(got);
    hm_err err;
    CHECK_OK(hmi_scan_strings(&reading, file, skip, skips, &err));
}

static size_t strings_in(const collector *got)
{
    size_t count = 0;
    for (size_t i = 0; i < got->trait_count; i++) {
        count += got->traits[i].class_id == HMI_STRING;
    }
    return count;
}

TEST(ascii_and_utf16_are_found_with_their_places)
{
    static const uint8_t file[] = "\1\2\0password changed\0\xff\xfe"
                                  "c\0l\0o\0s\0e\0 \0d\0o\0o\0r\0\0\0\x90";
    collector got;
    scan(&got, hmi_bytes(file, sizeof file - 1), NULL, 0);
    const hmi_trait *narrow = collect_find(&got, HMI_STRING, HMI_ROLE_CONTENT, "password changed");
    const hmi_trait *wide = collect_find(&got, HMI_STRING, HMI_ROLE_CONTENT, "close door");
    CHECK(narrow != NULL && wide != NULL);
    CHECK_EQ(narrow->offset, 3);
    CHECK_EQ(wide->offset, 22);
    collect_fini(&got);
}

TEST(observables_in_wide_text_have_their_places)
{
    static const uint8_t file[] = "\0\1g\0o\0 \0"
                                  "1\0"
                                  "9\0"
                                  "2\0.\0"
                                  "0\0.\0"
                                  "2\0.\0"
                                  "9\0\0\0";
    collector got;
    scan(&got, hmi_bytes(file, sizeof file - 1), NULL, 0);
    const hmi_trait *address = collect_find(&got, HMI_ADDRESS, HMI_ROLE_CONTENT, "192.0.2.9");
    CHECK(address != NULL);
    CHECK_EQ(address->offset, 8);
    collect_fini(&got);
}

TEST(what_says_nothing_is_left_out)
{
    static const char *const nothing[] = { "aaaaaaaaaaaa", "............", "%^&*!@#$%^&*",
                                           "A$x9!bQ@",     "1234567890",   "short" };
    for (size_t i = 0; i < HMI_COUNT(nothing); i++) {
        collector got;
        scan(&got, hmi_bytes(nothing[i], strlen(nothing[i]) + 1), NULL, 0);
        CHECK_EQ(strings_in(&got), 0);
        collect_fini(&got);
    }
}

TEST(skipped_ranges_hold_no_strings_whatever_their_order)
{
    static const uint8_t file[] = "first sentence\0second sentence\0third sentence\0";
    const hmi_scan_range skip[] = { { 31, 14 }, { 0, 14 }, { UINT64_MAX, 5 }, { 2, 3 } };
    collector got;
    scan(&got, hmi_bytes(file, sizeof file - 1), skip, HMI_COUNT(skip));
    CHECK(collect_has(&got, HMI_STRING, HMI_ROLE_CONTENT, "second sentence"));
    CHECK_EQ(strings_in(&got), 1);
    collect_fini(&got);
}

TEST(the_most_telling_stay_and_doubles_are_one)
{
    enum { RUNS = 50000, ROOM = 40 };
    char *file = calloc(RUNS + 1, ROOM);
    for (size_t i = 0; i < RUNS; i++) {
        size_t n = i % 40000;
        snprintf(file + i * ROOM, ROOM, "list of %c%c%c%c", (char)(97 + n / 8000),
                 (char)(97 + n / 400 % 20), (char)(97 + n / 20 % 20), (char)(97 + n % 20));
    }
    snprintf(file + (size_t)30000 * ROOM, ROOM, "a sentence that somebody typed");
    collector got;
    scan(&got, hmi_bytes(file, (size_t)RUNS * ROOM), NULL, 0);
    CHECK_EQ(strings_in(&got), HMI_STRINGS_MAX);
    CHECK(collect_has(&got, HMI_STRING, HMI_ROLE_CONTENT, "a sentence that somebody typed"));
    uint64_t last = 0;
    for (size_t i = 0; i < got.trait_count; i++) {
        CHECK(got.traits[i].offset >= last);
        last = got.traits[i].offset;
        for (size_t j = i + 1; j < i + 5 && j < got.trait_count; j++) {
            CHECK(!hmi_text_eq(got.traits[i].value, got.traits[j].value));
        }
    }
    collect_fini(&got);
    free(file);
}

TEST(a_long_run_is_cut_as_a_trait_and_scanned_whole)
{
    enum { LEN = 100000 };
    char *file = malloc(LEN);
    for (size_t i = 0; i < LEN; i++) {
        file[i] = "some words "[i % 11];
    }
    memcpy(file + LEN - 20, " 192.0.2.77 and more", 20);
    collector got;
    scan(&got, hmi_bytes(file, LEN), NULL, 0);
    CHECK_EQ(strings_in(&got), 1);
    CHECK_EQ(got.traits[got.trait_count - 1].value.len, HMI_STRING_LEN_MAX);
    CHECK(collect_has(&got, HMI_ADDRESS, HMI_ROLE_CONTENT, "192.0.2.77"));
    collect_fini(&got);
    free(file);
}

RUN_TESTS()
