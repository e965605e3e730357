/* SPDX-License-Identifier: Apache-2.0
 *
 * test_key.c - keys are what the promise says, and tell class and value apart.
 */
#include "base/hash.h"
#include "check.h"
#include "trait/trait.h"

TEST(a_key_is_the_stated_digest)
{
    static const char NAMED[] = "hallmark-trait-1\0domain\0c2.example";
    hmi_sha256 digest = hmi_sha256_of(hmi_bytes(NAMED, sizeof(NAMED) - 1));
    hmi_key key = hmi_trait_key(HMI_DOMAIN, HM_TEXT("c2.example"));
    CHECK(memcmp(key.bytes, digest.bytes, sizeof(key.bytes)) == 0);
}

/* Keys live in casebooks and go to partners: this value may never change. Computed by
 * printf 'hallmark-trait-1\0domain\0c2.example' | sha256sum */
TEST(a_key_never_changes)
{
    hmi_key key = hmi_trait_key(HMI_DOMAIN, HM_TEXT("c2.example"));
    char hex[2 * sizeof(key.bytes) + 1];
    hmi_hex(hmi_bytes(key.bytes, sizeof(key.bytes)), hex);
    CHECK_CSTR(hex, "3de8fa946bba12c77e57170433c20a7b");
}

TEST(class_and_value_both_count)
{
    hmi_key a = hmi_trait_key(HMI_MD5, HM_TEXT("x"));
    hmi_key b = hmi_trait_key(HMI_JA3, HM_TEXT("x"));
    hmi_key c = hmi_trait_key(HMI_MD5, HM_TEXT("y"));
    hmi_key d = hmi_trait_key(HMI_MD5, HM_TEXT(""));
    CHECK(memcmp(a.bytes, b.bytes, 16) != 0);
    CHECK(memcmp(a.bytes, c.bytes, 16) != 0);
    CHECK(memcmp(a.bytes, d.bytes, 16) != 0);
    CHECK(hmi_key_high(a) != hmi_key_high(b));
}

TEST(the_longest_value_has_a_key)
{
    static char value[HMI_TRAIT_VALUE_MAX];
    memset(value, 'v', sizeof(value));
    hmi_key a = hmi_trait_key(HMI_STRING, hmi_text(value, sizeof(value)));
    hmi_key b = hmi_trait_key(HMI_STRING, hmi_text(value, sizeof(value) - 1));
    CHECK(memcmp(a.bytes, b.bytes, 16) != 0);
}

TEST(roles_have_names)
{
    CHECK_CSTR(hmi_role_name(HMI_ROLE_CLIENT), "client");
    CHECK_CSTR(hmi_role_name(HMI_ROLE_EXPORT), "export");
    CHECK_CSTR(hmi_role_name(HMI_ROLE_NONE), "");
    CHECK_CSTR(hmi_role_name(HMI_ROLE_MAX), "");
    for (int r = HMI_ROLE_CONTENT; r <= HMI_ROLE_EXPORT; r++) {
        CHECK(hmi_role_name((hmi_role)r)[0] != '\0');
    }
}

RUN_TESTS()
