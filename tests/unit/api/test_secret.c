/* SPDX-License-Identifier: Apache-2.0
 *
 * test_secret.c - codes of RFC 6238, passwords kept and verified, secrets that tell nothing.
 */
#include "api/secret.h"
#include "check.h"

static const uint8_t RFC[HMI_TOTP_SECRET] = "12345678901234567890";

TEST(codes_are_those_of_rfc_6238)
{
    static const struct {
        uint64_t at_s;
        uint32_t code; /* the last six of its eight digits */
    } CASES[] = { { 59, 287082 },       { 1111111109, 81804 },  { 1111111111, 50471 },
                  { 1234567890, 5924 }, { 2000000000, 279037 }, { 20000000000, 353130 } };
    for (size_t i = 0; i < HMI_COUNT(CASES); i++) {
        CHECK_EQ(hmi_totp_code(RFC, CASES[i].at_s / HMI_TOTP_STEP_S), CASES[i].code);
    }
    char text[HMI_TOTP_TEXT];
    hmi_totp_text(RFC, text);
    CHECK(strcmp(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ") == 0);
}

TEST(a_code_is_good_for_a_minute_and_once)
{
    uint64_t step = 0, again = 0;
    int64_t now = INT64_C(1111111111) * 1000000;
    CHECK(hmi_totp_good(RFC, HM_TEXT("050471"), now, 0, &step));
    CHECK_EQ(step, 1111111111 / 30);
    CHECK(!hmi_totp_good(RFC, HM_TEXT("050471"), now, step, &again)); /* used */
    CHECK(hmi_totp_good(RFC, HM_TEXT("050471"), now + 30000000, 0, &step));
    CHECK(!hmi_totp_good(RFC, HM_TEXT("050471"), now + 90000000, 0, &step));
    CHECK(!hmi_totp_good(RFC, HM_TEXT("50471"), now, 0, &step));
    CHECK(!hmi_totp_good(RFC, HM_TEXT("05047x"), now, 0, &step));
    CHECK(!hmi_totp_good(RFC, HM_TEXT(""), now, 0, &step));
}

TEST(passwords_are_kept_and_nobody_has_none)
{
    hm_err err = { 0 };
    char kept[HMI_PASSWORD_KEPT], other[HMI_PASSWORD_KEPT];
    hm_text password = HM_TEXT("correct horse battery");
    CHECK_OK(hmi_secrets_ready(&err));
    CHECK_OK(hmi_password_keep(password, kept, &err));
    CHECK_OK(hmi_password_keep(password, other, &err));
    CHECK(strncmp(kept, "$argon2id$", 10) == 0);
    CHECK(strcmp(kept, other) != 0);
    CHECK(hmi_password_good(kept, password));
    CHECK(!hmi_password_good(kept, HM_TEXT("correct horse batterz")));
    CHECK(!hmi_password_good(NULL, password));
    char drawn[32];
    hmi_password_draw(drawn);
    CHECK(strlen(drawn) == 23);
}

TEST(a_proof_belongs_to_one_secret)
{
    char a[HMI_SECRET_TEXT], b[HMI_SECRET_TEXT], x[HMI_SECRET_TEXT], y[HMI_SECRET_TEXT];
    hmi_secret_new(a);
    hmi_secret_new(b);
    CHECK(strlen(a) == 64 && strcmp(a, b) != 0);
    hmi_csrf_of(hmi_text_of(a), x);
    hmi_csrf_of(hmi_text_of(b), y);
    CHECK(strcmp(x, y) != 0 && strstr(x, a) == NULL);
    hmi_csrf_of(hmi_text_of(a), y);
    CHECK(hmi_secret_same(hmi_text_of(x), hmi_text_of(y)));
    CHECK(!hmi_secret_same(hmi_text_of(x), HM_TEXT("")));
}

RUN_TESTS()
