/* SPDX-License-Identifier: Apache-2.0
 *
 * check.h - tests in one line each, over cmocka.
 *
 *     TEST(a_thing_holds)
 *     {
 *         CHECK(condition);
 *         CHECK_EQ(actual, expected);          integers
 *         CHECK_TEXT(actual_hm_text, "expected");
 *         CHECK_OK(call(..., &err));           prints err.text when it fails; needs `hm_err err`
 *     }
 *     RUN_TESTS()
 *
 * A test is named for what it shows. Tests register themselves; RUN_TESTS() makes main().
 */
#ifndef HMI_TESTS_CHECK_H
#define HMI_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"

enum { HMI_TESTS_MAX = 512 };
__attribute__((unused)) static struct CMUnitTest hmi_tests[HMI_TESTS_MAX];
__attribute__((unused)) static size_t hmi_test_count;

#define TEST(name)                                                                                 \
    static void test_##name(void **state);                                                         \
    __attribute__((constructor)) static void register_##name(void)                                 \
    {                                                                                              \
        hmi_tests[hmi_test_count++] = (struct CMUnitTest){ #name, test_##name, NULL, NULL, NULL }; \
    }                                                                                              \
    static void test_##name(__attribute__((unused)) void **state)

#define CHECK(condition) assert_true(condition)
#define CHECK_EQ(actual, expected)                                                 \
    do {                                                                           \
        long long check_a = (long long)(actual), check_b = (long long)(expected);  \
        if (check_a != check_b) {                                                  \
            print_error("%s is %lld, expected %lld\n", #actual, check_a, check_b); \
            _fail(__FILE__, __LINE__);                                             \
        }                                                                          \
    } while (0)
#define CHECK_TEXT(actual, expected)                                                    \
    do {                                                                                \
        hm_text check_a = (actual);                                                     \
        const char *check_b = (expected);                                               \
        if (check_a.len != strlen(check_b) ||                                           \
            (check_a.len > 0 && memcmp(check_a.ptr, check_b, check_a.len) != 0)) {      \
            print_error("%s is \"%.*s\", expected \"%s\"\n", #actual, (int)check_a.len, \
                        check_a.ptr ? check_a.ptr : "", check_b);                       \
            _fail(__FILE__, __LINE__);                                                  \
        }                                                                               \
    } while (0)
#define CHECK_CSTR(actual, expected) assert_string_equal(actual, expected)
#define CHECK_OK(call)                                                \
    do {                                                              \
        int check_code = (call);                                      \
        if (check_code < 0) {                                         \
            print_error("%s: %d: %s\n", #call, check_code, err.text); \
            _fail(__FILE__, __LINE__);                                \
        }                                                             \
    } while (0)

#define RUN_TESTS()                                                                              \
    int main(void)                                                                               \
    {                                                                                            \
        return _cmocka_run_group_tests(__FILE__, hmi_tests, hmi_test_count, NULL, NULL) ? 1 : 0; \
    }

#endif
