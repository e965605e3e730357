/* SPDX-License-Identifier: Apache-2.0
 * test_error.c - sentences are clean, cut ones too; context goes in front; codes have names. */
#include "base/error.h"

#include <errno.h>

#include "check.h"

TEST(sentence_is_cleaned)
{
    hm_err err = { 0 };
    CHECK_EQ(hmi_fail(&err, HM_E_MALFORMED, 12, "bad \x1b[31m%s", "thing\n"), HM_E_MALFORMED);
    CHECK_CSTR(err.text, "bad  [31mthing ");
    CHECK_EQ(err.offset, 12);
    CHECK_EQ(hmi_fail(NULL, HM_E_IO, 0, "x"), HM_E_IO);
}

TEST(cut_utf8_is_dropped)
{
    char many[400];
    for (size_t i = 0; i + 3 <= sizeof(many); i += 3) {
        memcpy(many + i, "\xed\x95\x9c", 3);
    }
    many[396] = '\0';
    for (size_t shift = 0; shift < 3; shift++) {
        hm_err err = { 0 };
        hmi_fail(&err, HM_E_IO, 0, "%.*s%s", (int)shift, "ab", many);
        size_t len = strlen(err.text);
        CHECK_EQ((len - shift) % 3, 0);
        CHECK(len > 250);
    }
}

TEST(context_and_errno)
{
    hm_err err = { 0 };
    errno = ENOENT;
    CHECK_EQ(hmi_fail_errno(&err, "open %s", "x"), HM_E_NOT_FOUND);
    CHECK_EQ(hmi_fail_in(&err, "reading"), HM_E_NOT_FOUND);
    CHECK_CSTR(err.text, "reading: open x: No such file or directory");
    CHECK_CSTR(hm_code_name(HM_E_CONFLICT), "conflict");
    CHECK_CSTR(hm_code_name(-99), "unknown");
    CHECK_CSTR(hm_code_name(5), "unknown");
}

RUN_TESTS()
