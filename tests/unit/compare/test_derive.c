/* SPDX-License-Identifier: Apache-2.0
 *
 * test_derive.c - observables give the levels at which habits show, and nothing else.
 */
#include "check.h"

#include "base/buf.h"
#include "compare/actor/derive.h"

static hmi_buf said;

static int write_down(void *with, hmi_kind kind, hm_text value, hm_err *err)
{
    (void)with;
    (void)err;
    hmi_buf_printf(&said, "%s=%.*s;", hmi_kind_name(kind), HMI_FMT(value));
    return HM_OK;
}

static void check_derived(hmi_kind kind, const char *value, const char *expected)
{
    hm_err err = { 0 };
    hmi_buf_init(&said, 1 << 16);
    CHECK_OK(hmi_derive(kind, hmi_text_of(value), write_down, NULL, &err));
    hmi_buf_add_char(&said, 0); /* never NULL, and a C string */
    CHECK_CSTR((const char *)said.ptr, expected);
    hmi_buf_fini(&said);
}

TEST(names_give_domain_suffix_words_pieces_and_shape)
{
    check_derived(HMI_KIND_DOMAIN, "mail.login-portal7.example.co.uk",
                  "regdom=example.co.uk;suffix=co.uk;token=mail;token=login;token=portal;"
                  "token=example;gram=exam;gram=xamp;gram=ampl;gram=mple;form=3/2/0/0;"
                  "shape=a.a-a9.a/co.uk;");
    check_derived(HMI_KIND_DOMAIN, "www.ab12.net",
                  "regdom=ab12.net;suffix=net;gram=ab12;form=2/1/0/1;shape=a.a9/net;");
}

TEST(a_name_that_is_a_suffix_or_has_none_is_its_own)
{
    check_derived(HMI_KIND_DOMAIN, "co.uk", "regdom=co.uk;suffix=uk;form=1/0/0/0;shape=a/uk;");
    check_derived(HMI_KIND_DOMAIN, "cpt.vnptnet.inf",
                  "regdom=cpt.vnptnet.inf;suffix=vnptnet.inf;token=cpt;form=1/1/0/0;"
                  "shape=a/vnptnet.inf;");
}

TEST(buckets_of_a_storage_region_are_separate_customers)
{
    hm_err err = { 0 };
    hmi_buf_init(&said, 1 << 16);
    CHECK_OK(hmi_derive(HMI_KIND_DOMAIN, HM_TEXT("a-b.s3.us-west-2.amazonaws.com"), write_down,
                        NULL, &err));
    CHECK(hmi_starts_with(hmi_buf_bytes(&said), HM_BYTES("regdom=s3.us-west-2.amazonaws.com;")));
    hmi_buf_fini(&said);
}

TEST(addresses_give_networks_and_only_version_4)
{
    check_derived(HMI_KIND_IP, "203.0.113.7", "net24=203.0.113;net16=203.0;");
    check_derived(HMI_KIND_IP, "2001:db8::1", "");
}

TEST(paths_give_parts_skeleton_extension_and_parameters)
{
    check_derived(HMI_KIND_PATH, "/wp-includes/misc/bb7.php",
                  "dir=wp-includes;dir=misc;base=bb7.php;skeleton=/a-a/a/a9.a;ext=php;");
    check_derived(HMI_KIND_PATH, "/a/27c00829d57988279f3ec61a05dee75a?id=7&tok=x",
                  "dir=a;base=27c00829d57988279f3ec61a05dee75a?id=7&tok=x;skeleton=/a/h;"
                  "skeleton=?id&tok;");
    check_derived(HMI_KIND_PATH, "/", "skeleton=/;");
}

TEST(techniques_give_their_parent_and_files_their_extension)
{
    check_derived(HMI_KIND_TECHNIQUE, "T1566.001", "technique=T1566;");
    check_derived(HMI_KIND_TECHNIQUE, "T1566", "");
    check_derived(HMI_KIND_FILENAME, "evil.dll", "ext=dll;");
    check_derived(HMI_KIND_SHA256, "aa.bb", "");
}

TEST(what_is_no_name_gives_nothing)
{
    char longest[300];
    memset(longest, 'a', sizeof(longest));
    longest[254] = 0;
    check_derived(HMI_KIND_DOMAIN, longest, "");
    check_derived(HMI_KIND_DOMAIN, "", "");
    check_derived(HMI_KIND_DOMAIN, "b\xc3\xa4r.de", "");
    check_derived(HMI_KIND_DOMAIN, "a\x1f.de", "");
}

TEST(every_prefix_and_every_flipped_bit_is_survived)
{
    static const char *const VALUES[] = { "mail.login-portal7.example.co.uk",
                                          "a-b.s3.us-west-2.amazonaws.com", "203.0.113.7",
                                          "/a/27c00829d57988279f3ec61a05dee75a?id=7&tok=x" };
    for (size_t v = 0; v < HMI_COUNT(VALUES); v++) {
        const size_t len = strlen(VALUES[v]);
        for (int kind = 0; kind < HMI_KIND_COUNT; kind++) {
            for (size_t i = 0; i < len * 9; i++) {
                char copy[64];
                hm_err err = { 0 };
                memcpy(copy, VALUES[v], len + 1);
                if (i >= len) {
                    copy[(i - len) / 8] = (char)(copy[(i - len) / 8] ^ 1 << (i - len) % 8);
                }
                hmi_buf_init(&said, 1 << 16);
                CHECK_OK(hmi_derive((hmi_kind)kind, hmi_text(copy, i < len ? i : len), write_down,
                                    NULL, &err));
                hmi_buf_fini(&said);
            }
        }
    }
}

TEST(kinds_have_names)
{
    for (int kind = 0; kind < HMI_KIND_COUNT; kind++) {
        hmi_kind found = HMI_KIND_COUNT;
        CHECK(hmi_kind_by_name(hmi_text_of(hmi_kind_name((hmi_kind)kind)), &found));
        CHECK_EQ(found, kind);
    }
    hmi_kind untouched = HMI_KIND_IP;
    CHECK(!hmi_kind_by_name(HM_TEXT("country"), &untouched));
    CHECK_EQ(untouched, HMI_KIND_IP);
}

RUN_TESTS()
