/* SPDX-License-Identifier: Apache-2.0
 *
 * test_noise.c - what identifies nothing is said so, with its why, and its neighbours are not.
 */
#include "base/hash.h"
#include "check.h"
#include "trait/canon.h"
#include "trait/noise.h"

static bool noise(hmi_class class_id, const char *value)
{
    const char *why = NULL;
    bool is = hmi_trait_is_noise(class_id, hmi_text_of(value), &why);
    assert_true(is == (why != NULL));
    assert_true(is == hmi_trait_is_noise(class_id, hmi_text_of(value), NULL));
    return is;
}

TEST(special_addresses_and_their_neighbours)
{
    static const char *const YES[] = {
        "0.0.0.0",        "10.0.0.1",    "100.64.0.1",      "127.0.0.1",    "169.254.1.1",
        "172.31.255.255", "192.0.2.1",   "8.8.8.8",         "192.168.0.1",  "1.1.1.1",
        "198.51.100.3",   "224.0.0.1",   "255.255.255.255", "::1",          "::",
        "fe80::1",        "2001:db8::5", "fd00::1",         "ff02::1",      "2002:1::1",
        "9.9.9.9",        "198.19.0.1",  "2620:fe::fe",     "168.126.63.1",
    };
    static const char *const NO[] = { "9.255.255.255", "11.0.0.0",    "100.128.0.0", "172.32.0.0",
                                      "8.8.8.7",       "8.8.8.9",     "192.0.3.0",   "198.20.0.0",
                                      "223.255.255.1", "2a00::1",     "2001:200::1", "2620:fe::1",
                                      "210.52.109.22", "175.45.178.1" };
    for (size_t i = 0; i < HMI_COUNT(YES); i++) {
        if (!noise(HMI_ADDRESS, YES[i])) {
            fail_msg("%s is noise", YES[i]);
        }
    }
    for (size_t i = 0; i < HMI_COUNT(NO); i++) {
        if (noise(HMI_ADDRESS, NO[i])) {
            fail_msg("%s is no noise", NO[i]);
        }
    }
    CHECK(!noise(HMI_ADDRESS, "no address"));
}

TEST(ranges_inside_special_ones_or_too_broad)
{
    CHECK(noise(HMI_RANGE, "10.1.0.0/16"));
    CHECK(noise(HMI_RANGE, "0.0.0.0/0"));
    CHECK(noise(HMI_RANGE, "64.0.0.0/7"));
    CHECK(noise(HMI_RANGE, "::/0"));
    CHECK(!noise(HMI_RANGE, "172.0.0.0/8"));
    CHECK(!noise(HMI_RANGE, "175.45.176.0/22"));
    CHECK(!noise(HMI_RANGE, "8.8.8.0/24"));
}

TEST(names_on_label_borders)
{
    CHECK(noise(HMI_DOMAIN, "a.b.example.com"));
    CHECK(noise(HMI_DOMAIN, "example.com"));
    CHECK(!noise(HMI_DOMAIN, "notexample.com"));
    CHECK(noise(HMI_DOMAIN, "c2.example"));
    CHECK(noise(HMI_DOMAIN, "printer.local"));
    CHECK(noise(HMI_DOMAIN, "google.com"));
    CHECK(!noise(HMI_DOMAIN, "evil.google.com"));
    CHECK(!noise(HMI_DOMAIN, "oogle.com"));
    CHECK(!noise(HMI_DOMAIN, "com"));
}

TEST(urls_and_mail_follow_their_host)
{
    CHECK(noise(HMI_URL, "http://www.w3.org/2000/09/xmldsig"));
    CHECK(noise(HMI_URL, "http://127.0.0.1:8080/"));
    CHECK(noise(HMI_URL, "http://[::1]/"));
    CHECK(noise(HMI_URL, "http://localhost/x"));
    CHECK(noise(HMI_URL, "http://u@example.com:81/"));
    CHECK(!noise(HMI_URL, "https://raw.githubusercontent.com/x/y"));
    CHECK(!noise(HMI_URL, "http://evil.com/www.w3.org/"));
    CHECK(noise(HMI_MAIL, "john@example.com"));
    CHECK(!noise(HMI_MAIL, "someone@gmail.com"));
}

TEST(digests_of_nothing)
{
    hm_bytes inputs[] = { HM_BYTES(""), HM_BYTES("\0"), HM_BYTES("\n") };
    for (size_t i = 0; i < HMI_COUNT(inputs); i++) {
        char hex[65];
        hmi_hex(hmi_bytes(hmi_sha256_of(inputs[i]).bytes, 32), hex);
        CHECK(noise(HMI_SHA256, hex));
        hmi_hex(hmi_bytes(hmi_sha1_of(inputs[i]).bytes, 20), hex);
        CHECK(noise(HMI_SHA1, hex));
        hmi_hex(hmi_bytes(hmi_md5_of(inputs[i]).bytes, 16), hex);
        CHECK(noise(HMI_MD5, hex));
    }
    CHECK(noise(HMI_SSDEEP, "3::"));
    CHECK(!noise(HMI_SHA256, "00"));
    CHECK(noise(HMI_ACCOUNT, "root"));
    CHECK(!noise(HMI_ACCOUNT, "jdoe"));
}

TEST(numbers_for_documentation)
{
    CHECK(noise(HMI_ASN, "AS64496") && noise(HMI_ASN, "AS0") && noise(HMI_ASN, "AS4200000000"));
    CHECK(!noise(HMI_ASN, "AS15139") && !noise(HMI_ASN, "AS65552") && !noise(HMI_ASN, "AS131279"));
    CHECK(noise(HMI_MAC_ADDRESS, "00:00:00:00:00:00"));
    CHECK(noise(HMI_MAC_ADDRESS, "ff:ff:ff:ff:ff:ff") &&
          noise(HMI_MAC_ADDRESS, "01:00:5e:00:00:01"));
    CHECK(!noise(HMI_MAC_ADDRESS, "aa:bb:cc:00:11:22"));
}

TEST(the_lists_are_canonical_and_unique)
{
    size_t count;
    const hmi_noise_range *ranges = hmi_noise_ranges(&count);
    for (size_t i = 0; i < count; i++) {
        CHECK(ranges[i].bits <= 128 && ranges[i].why[0] != '\0');
        for (unsigned bit = ranges[i].bits; bit < 128; bit++) {
            CHECK((ranges[i].base.bytes[bit / 8] & 0x80 >> bit % 8) == 0);
        }
    }
    const hmi_noise_name *names = hmi_noise_names(&count);
    for (size_t i = 0; i < count; i++) {
        HMI_CANON(canon);
        CHECK(hmi_form_host(names[i].name, &canon));
        CHECK(hmi_text_eq(hmi_canon_text(&canon), names[i].name));
        for (size_t k = 0; k < i; k++) {
            if (hmi_text_eq(names[i].name, names[k].name)) {
                fail_msg("%.*s stands twice", HMI_FMT(names[i].name));
            }
        }
    }
    const hmi_noise_value *values = hmi_noise_values(&count);
    for (size_t i = 0; i < count; i++) {
        HMI_CANON(canon);
        CHECK(hmi_canon_run((hmi_class)values[i].class_id, hmi_text_of(values[i].value), false,
                            &canon));
        CHECK_TEXT(hmi_canon_text(&canon), values[i].value);
    }
}

TEST(the_registered_part_of_a_domain)
{
    CHECK_TEXT(hmi_domain_registered(HM_TEXT("a.b.co.kr")), "b.co.kr");
    CHECK_TEXT(hmi_domain_registered(HM_TEXT("example.com")), "example.com");
    CHECK_EQ(hmi_domain_registered(HM_TEXT("co.uk")).len, 0);
    CHECK_EQ(hmi_domain_registered(HM_TEXT("")).len, 0);
}

RUN_TESTS()
