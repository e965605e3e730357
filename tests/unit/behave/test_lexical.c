/* SPDX-License-Identifier: Apache-2.0
 *
 * test_lexical.c - names of sites read like words, drawn letters do not.
 */
#include "behave/dns.h"

#include "check.h"

static bool odd(const char *label)
{
    return hmi_label_surprise(hmi_text_of(label)) > 4.9;
}

TEST(drawn_letters_surprise)
{
    CHECK(odd("xkqzjvwpbd"));
    CHECK(odd("qhtkwxzvbnmp"));
    CHECK(odd("a8f3k2q9z7x1"));
    CHECK(odd("VQXJKZWPGB"));
}

TEST(names_of_sites_do_not)
{
    static const char *const sites[] = { "wikipedia",      "microsoft",     "windowsupdate",
                                         "nytimes",        "stackoverflow", "debian",
                                         "washingtonpost", "linkedin",      "elasticsearch",
                                         "cloudflare",     "accounts" };
    for (size_t i = 0; i < HMI_COUNT(sites); i++) {
        CHECK(!odd(sites[i]));
    }
}

TEST(short_and_empty_labels_say_nothing)
{
    CHECK(!odd(""));
    CHECK(!odd("xqzjk"));
    CHECK(!odd("------------"));
    CHECK(!odd("\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f"));
}

RUN_TESTS()
