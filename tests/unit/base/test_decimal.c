/* SPDX-License-Identifier: Apache-2.0
 * test_decimal.c - doubles read and written exactly, whatever the locale says. */
#include "base/decimal.h"

#include <locale.h>
#include <math.h>

#include "base/bytes.h"
#include "check.h"

static bool reads(const char *text, double want)
{
    double got = 42;
    return hmi_decimal_read(text, strlen(text), &got) && memcmp(&got, &want, sizeof(got)) == 0;
}

static bool refuses(const char *text)
{
    double got = 42;
    return !hmi_decimal_read(text, strlen(text), &got) && got == 42;
}

TEST(reads_the_nearest_double)
{
    CHECK(reads("0", 0.0));
    CHECK(reads("-0", -0.0));
    CHECK(reads("1.5e3", 1500));
    CHECK(reads("0.1", 0.1));
    CHECK(reads("1.7976931348623157e308", 1.7976931348623157e308));
    CHECK(reads("4.9406564584124654e-324", 4.9406564584124654e-324));
    CHECK(reads("9007199254740993", 9007199254740992.0));
    CHECK(reads("9007199254740993.00000000000000000000001", 9007199254740994.0));
}

TEST(too_large_is_refused_and_too_small_is_zero)
{
    CHECK(refuses("1e400"));
    CHECK(refuses("-1e400"));
    CHECK(refuses("1E99999999999999999999"));
    CHECK(reads("1e-400", 0.0));
    CHECK(reads("-1e-400", -0.0));
    CHECK(reads("1e-99999999999999999999", 0.0));
    CHECK(reads("0.00000000001e-330", 0.0));
    CHECK(reads("0e999999", 0.0));
}

TEST(what_is_no_number_is_refused)
{
    static const char *const BAD[] = {
        "", "-", "+1", " 1", "1 ", "inf", "nan", "0x10", "1e", "abc"
    };
    for (size_t i = 0; i < HMI_COUNT(BAD); i++) {
        CHECK(refuses(BAD[i]));
    }
}

static hm_text fixed(double value, unsigned places)
{
    static char out[HMI_DECIMAL_MAX];
    return (hm_text){ out, hmi_decimal_fixed(value, places, out) };
}

TEST(fixed_rounds_the_true_value)
{
    CHECK_TEXT(fixed(1.005, 2), "1.00"); /* the double is a little less than 1.005 */
    CHECK_TEXT(fixed(0.125, 2), "0.12"); /* exactly half: to even */
    CHECK_TEXT(fixed(-2.5, 0), "-2");
    CHECK_TEXT(fixed(-0.004, 2), "0.00");
    CHECK_TEXT(fixed(1e21, 1), "1000000000000000000000.0");
    CHECK_EQ(fixed(-1.7976931348623157e308, 99).len, 1 + 309 + 1 + HMI_DECIMAL_PLACES_MAX);
}

TEST(no_locale_changes_it)
{
    char out[HMI_DECIMAL_MAX];
    /* Where the system has none of these the test still checks the plain one. */
    if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL) {
        setlocale(LC_ALL, "");
    }
    CHECK(reads("1.5", 1.5));
    CHECK_TEXT(fixed(1.5, 1), "1.5");
    CHECK_TEXT(((hm_text){ out, hmi_decimal_shortest(1.5, out) }), "1.5e+00");
}

RUN_TESTS()
