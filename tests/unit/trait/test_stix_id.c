/* SPDX-License-Identifier: Apache-2.0
 *
 * test_stix_id.c - ids of observables are those that other STIX software gives.
 *
 * EVIDENCE-OF: STIX 2.1 section 2.9. The ids are what the OASIS python library (stix2 3.0.2) makes
 * of the same values.
 */
#include "check.h"
#include "trait/stix_id.h"

static void check_id(hmi_class class_id, const char *value, const char *id)
{
    hmi_buf out;
    hm_err err;
    hmi_buf_init(&out, 0);
    CHECK_OK(hmi_stix_observable_id(class_id, hmi_text_of(value), &out, &err));
    CHECK_TEXT(hmi_buf_text(&out), id);
    CHECK(hmi_stix_id_is(hmi_buf_text(&out)));
    hmi_buf_fini(&out);
}

TEST(ids_are_those_other_software_gives)
{
    check_id(HMI_ADDRESS, "198.51.100.3", "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4");
    check_id(HMI_DOMAIN, "example.com", "domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7");
    check_id(HMI_URL, "https://example.com/a?b=c", "url--3bd48f67-7da9-5d3a-9512-26490dda399b");
    check_id(HMI_MAIL, "john@example.com", "email-addr--7165e2a9-671f-585d-b1e1-ca59c671d934");
    check_id(HMI_MUTEX, "__CLEANSWEEP__", "mutex--f93fe911-e545-5239-b9b0-597840d0c871");
    check_id(HMI_ASN, "AS15139", "autonomous-system--3aa27478-50b5-5ab8-9da9-cdc12b657fff");
    check_id(HMI_REGISTRY_KEY, "hkey_local_machine\\system\\bar\\foo",
             "windows-registry-key--67c068a7-2c94-526b-8e90-d0f8d96c630f");
}

TEST(every_class_with_a_type_gives_an_observable_and_no_other_does)
{
    size_t count;
    const hmi_class_row *rows = hmi_classes(&count);
    for (size_t i = 0; i < count; i++) {
        hmi_buf out;
        hmi_buf_init(&out, 0);
        int code = hmi_stix_observable(rows[i].id, HM_TEXT("AS1"), &out, NULL);
        CHECK_EQ(code, rows[i].stix_type != NULL ? HM_OK : HM_E_UNSUPPORTED);
        CHECK((out.len > 0) == (code == HM_OK));
        hmi_buf_fini(&out);
    }
    CHECK_EQ(hmi_stix_observable((hmi_class)5, HM_TEXT("x"), NULL, NULL), HM_E_UNSUPPORTED);
}

static void check_observable(hmi_class class_id, const char *value, const char *json)
{
    hmi_buf out;
    hm_err err;
    hmi_buf_init(&out, 0);
    CHECK_OK(hmi_stix_observable(class_id, hmi_text_of(value), &out, &err));
    CHECK_TEXT(hmi_buf_text(&out), json);
    hmi_buf_fini(&out);
}

TEST(observables_are_whole_objects)
{
    check_observable(HMI_DOMAIN, "example.com",
                     "{\"type\":\"domain-name\",\"spec_version\":\"2.1\",\"id\":\"domain-name--"
                     "bedb4899-d24b-5401-bc86-8f6b4cc18ec7\",\"value\":\"example.com\"}");
    check_observable(HMI_ASN, "AS15139",
                     "{\"type\":\"autonomous-system\",\"spec_version\":\"2.1\",\"id\":\"autonomous-"
                     "system--3aa27478-50b5-5ab8-9da9-cdc12b657fff\",\"number\":15139}");
    hmi_buf out;
    hm_err err;
    hmi_buf_init(&out, 0);
    CHECK_OK(hmi_stix_observable(HMI_ADDRESS, HM_TEXT("2001:db8::1"), &out, &err));
    CHECK(hmi_find(hmi_buf_bytes(&out), HM_BYTES("\"ipv6-addr--")) != HMI_NPOS);
    hmi_buf_clear(&out);
    CHECK_OK(hmi_stix_observable(HMI_SHA256, HM_TEXT("ab"), &out, &err));
    CHECK(hmi_find(hmi_buf_bytes(&out), HM_BYTES(",\"hashes\":{\"SHA-256\":\"ab\"}}")) != HMI_NPOS);
    hmi_buf_clear(&out);
    CHECK_OK(hmi_stix_observable(HMI_MUTEX, HM_TEXT("a\"b\\"), &out, &err));
    CHECK(hmi_find(hmi_buf_bytes(&out), HM_BYTES("\"name\":\"a\\\"b\\\\\"}")) != HMI_NPOS);
    hmi_buf_fini(&out);
}

TEST(uuid5_of_the_rfc)
{
    /* RFC 9562 appendix A.4: "www.example.com" in the DNS name space */
    static const uint8_t DNS[16] = { 0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1,
                                     0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8 };
    char text[HMI_UUID_TEXT + 1];
    hmi_uuid5(DNS, HM_BYTES("www.example.com"), text);
    CHECK_CSTR(text, "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

TEST(uuid4_is_random_and_well_formed)
{
    char a[HMI_UUID_TEXT + 1], b[HMI_UUID_TEXT + 1];
    hm_err err;
    CHECK_OK(hmi_uuid4(a, &err));
    CHECK_OK(hmi_uuid4(b, &err));
    CHECK(hmi_uuid_is(hmi_text_of(a)) && hmi_uuid_is(hmi_text_of(b)));
    CHECK(a[14] == '4' && strchr("89ab", a[19]) != NULL);
    CHECK(strcmp(a, b) != 0);
}

TEST(the_shape_of_ids)
{
#define UUID "28bb3599-77cd-5a82-a950-b5bc3caf07c4"
    CHECK(hmi_stix_id_is(HM_TEXT("ipv4-addr--" UUID)));
    CHECK(hmi_stix_id_is(HM_TEXT("x-a1--" UUID)));
    CHECK(!hmi_stix_id_is(HM_TEXT("ab--" UUID)));
    CHECK(!hmi_stix_id_is(HM_TEXT("--" UUID)));
    CHECK(!hmi_stix_id_is(HM_TEXT("Url--" UUID)));
    CHECK(!hmi_stix_id_is(HM_TEXT("url-" UUID)));
    CHECK(!hmi_stix_id_is(HM_TEXT("url--" UUID "0")));
    CHECK(!hmi_stix_id_is(HM_TEXT("url--28bb3599+77cd-5a82-a950-b5bc3caf07c4")));
    CHECK(!hmi_stix_id_is(HM_TEXT("")));
    CHECK(!hmi_uuid_is(HM_TEXT("28bb3599-77cd-5a82-a950-b5bc3caf07cg")));
    char longest[300];
    memset(longest, 'a', 251);
    memcpy(longest + 251, "--" UUID, 39);
    CHECK(!hmi_stix_id_is(hmi_text_of(longest)));
    CHECK(hmi_stix_id_is(hmi_text_of(longest + 1)));
}

static int sco_id(const char *text, char out[128], hm_err *err)
{
    hmi_json *json;
    hmi_value object;
    hmi_arena arena;
    hmi_buf id;
    hmi_arena_init(&arena, 1 << 16);
    hmi_buf_init(&id, 0);
    assert_int_equal(hmi_json_new(&json, err), HM_OK);
    assert_int_equal(hmi_json_parse(json, hmi_text_bytes(hmi_text_of(text)), 0, &object, err),
                     HM_OK);
    int code = hmi_stix_sco_id(object, &arena, &id, err);
    snprintf(out, 128, "%.*s", HMI_FMT(hmi_buf_text(&id)));
    hmi_buf_fini(&id);
    hmi_json_free(json);
    hmi_arena_fini(&arena);
    return code;
}

TEST(ids_of_whole_objects_are_those_other_software_gives)
{
    static const struct {
        const char *json, *id;
    } ROWS[] = {
        { "{\"type\":\"ipv4-addr\",\"value\":\"198.51.100.3\"}",
          "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4" },
        { "{\"type\":\"user-account\",\"user_id\":\"1001\",\"account_login\":\"jdoe\","
          "\"account_type\":\"unix\",\"display_name\":\"J\"}",
          "user-account--f94d689e-707d-58c3-b803-c720bb6ed096" },
        { "{\"type\":\"software\",\"name\":\"Word\",\"version\":\"2000\","
          "\"vendor\":\"Microsoft\"}",
          "software--90c47a53-312d-5120-9d48-85904afd38f6" },
        { "{\"type\":\"autonomous-system\",\"number\":15139,\"name\":\"x\"}",
          "autonomous-system--3aa27478-50b5-5ab8-9da9-cdc12b657fff" },
        { "{\"type\":\"windows-registry-key\","
          "\"key\":\"hkey_local_machine\\\\system\\\\bar\\\\foo\"}",
          "windows-registry-key--67c068a7-2c94-526b-8e90-d0f8d96c630f" },
    };
    char id[128];
    hm_err err;
    for (size_t i = 0; i < HMI_COUNT(ROWS); i++) {
        CHECK_OK(sco_id(ROWS[i].json, id, &err));
        CHECK_CSTR(id, ROWS[i].id);
    }
}

TEST(of_hashes_one_goes_in)
{
    static const char *const SAME[] = {
        "{\"type\":\"file\",\"hashes\":{\"MD5\":\"ab\"}}",
        "{\"type\":\"file\",\"size\":1,\"hashes\":{\"SHA-256\":\"x\",\"MD5\":\"ab\"}}",
    };
    char id[128], other[128], made[128];
    hm_err err;
    CHECK_OK(sco_id(SAME[0], id, &err));
    CHECK_OK(sco_id(SAME[1], other, &err));
    CHECK_CSTR(id, other);
    hmi_buf out;
    hmi_buf_init(&out, 0);
    CHECK_OK(hmi_stix_observable_id(HMI_MD5, HM_TEXT("ab"), &out, &err));
    snprintf(made, sizeof(made), "%.*s", HMI_FMT(hmi_buf_text(&out)));
    hmi_buf_fini(&out);
    CHECK_CSTR(id, made);
    CHECK_OK(sco_id("{\"type\":\"file\",\"hashes\":{\"TLSH\":\"T1\"}}", id, &err));
}

TEST(objects_without_a_deterministic_id)
{
    char id[128];
    hm_err err;
    CHECK_EQ(sco_id("{\"type\":\"process\",\"pid\":1}", id, &err), HM_E_UNSUPPORTED);
    CHECK_EQ(sco_id("{\"type\":\"file\",\"size\":1}", id, &err), HM_E_UNSUPPORTED);
    CHECK_EQ(sco_id("{\"type\":\"file\",\"hashes\":{}}", id, &err), HM_E_MALFORMED);
    CHECK_EQ(sco_id("{\"type\":\"file\",\"hashes\":{\"a b\":\"\"}}", id, &err), HM_E_MALFORMED);
    CHECK_EQ(sco_id("[]", id, &err), HM_E_UNSUPPORTED);
}

RUN_TESTS()
