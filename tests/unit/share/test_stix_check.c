/* SPDX-License-Identifier: Apache-2.0
 *
 * test_stix_check.c - each rule of STIX 2.1 that we check, once kept and once broken.
 *
 * EVIDENCE-OF: STIX 2.1 sections 2 to 8 and 10; the section is in each case.
 */
#include "base/text.h"
#include "check.h"
#include "share/stix_check.h"

#define HEAD(type)                                                  \
    "\"type\":\"" type "\",\"spec_version\":\"2.1\",\"id\":\"" type \
    "--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061\","                     \
    "\"created\":\"2016-05-12T08:17:27.000Z\",\"modified\":\"2016-05-12T08:17:27.000Z\""
#define TOOL(more) "{" HEAD("tool") ",\"name\":\"x\"" more "}"
#define INDICATOR(pattern, more)                                                                 \
    "{" HEAD(                                                                                    \
        "indicator") ",\"name\":\"n\",\"description\":\"d\",\"pattern\":\"" pattern              \
                     "\",\"pattern_type\":\"stix\",\"valid_from\":\"2016-05-12T08:17:27Z\"" more \
                     "}"
#define SCO(type, uuid, more) "{\"type\":\"" type "\",\"id\":\"" type "--" uuid "\"" more "}"
#define DOMAIN_ID "bedb4899-d24b-5401-bc86-8f6b4cc18ec7"
#define RANDOM_ID "0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061"

typedef struct checked {
    hmi_stix_checker *checker;
    hmi_stix_report report;
} checked;

static checked check(const char *document, const hmi_stix_check_options *options)
{
    checked c;
    hm_err err = { 0 };
    CHECK_OK(hmi_stix_checker_new(&c.checker, &err));
    CHECK_OK(hmi_stix_check_document(c.checker, hmi_text_bytes(hmi_text_of(document)), options,
                                     &c.report, &err));
    return c;
}

/* Without a check's name: nothing at all is wrong. */
static void expect(const char *document, const char *name, const char *path, const char *section)
{
    checked c = check(document, NULL);
    const hmi_stix_fault *found = NULL;
    for (size_t i = 0; i < c.report.fault_count && found == NULL; i++) {
        const hmi_stix_fault *f = &c.report.faults[i];
        bool same = name != NULL && strcmp(hmi_stix_check_name(f->check), name) == 0;
        found = same && hmi_text_is(f->path, path) && strcmp(f->section, section) == 0 ? f : NULL;
    }
    if ((name == NULL) != (c.report.fault_count == 0) || (name != NULL && found == NULL)) {
        print_error("%s\n  expected %s at \"%s\", section %s\n", document, name ? name : "nothing",
                    path, section);
        for (size_t i = 0; i < c.report.fault_count; i++) {
            const hmi_stix_fault *f = &c.report.faults[i];
            print_error("  got %s at \"%.*s\", section %s: %.*s\n", hmi_stix_check_name(f->check),
                        HMI_FMT(f->path), f->section, HMI_FMT(f->text));
        }
        _fail(__FILE__, __LINE__);
    }
    hmi_stix_checker_free(c.checker);
}

static const struct {
    const char *document, *name, *path, *section;
} CASES[] = {
    { TOOL(""), NULL, "", "" },
    { "[]", "type", "", "3.2" },
    { "{\"id\":\"x\"}", "type", "", "3.2" },
    { "{", "json", "", "1.2.10" },
    { "{\"type\":\"tool\",\"type\":\"tool\"}", "json", "", "1.2.10" },
    { "{" HEAD("tool") "}", "required", "", "4.18" },
    { "{\"type\":\"tool\",\"name\":\"x\"}", "required", "", "3.2" },
    { TOOL(",\"revoked\":\"true\""), "data-type", "revoked", "2.2" },
    { TOOL(",\"confidence\":101"), "value", "confidence", "4.18" },
    { TOOL(",\"confidence\":1.5"), "data-type", "confidence", "2.10" },
    { TOOL(",\"confidence\":1e2"), NULL, "", "" },
    { TOOL(",\"labels\":[]"), "empty", "labels", "2.12" },
    { TOOL(",\"labels\":\"a\""), "data-type", "labels", "2.12" },
    { TOOL(",\"labels\":[1]"), "data-type", "labels[0]", "4.18" },
    { TOOL(",\"tool_types\":[\"Remote_Access\"]"), "word-form", "tool_types[0]", "2.14" },
    { TOOL(",\"tool_types\":[\"other\"]"), "vocabulary", "tool_types[0]", "10.26" },
    { TOOL(",\"lang\":\"de-CH-1996\""), NULL, "", "" },
    { TOOL(",\"lang\":\"de_CH\""), "language", "lang", "3.2" },
    { TOOL(",\"lang\":\"\""), "language", "lang", "3.2" },
    { TOOL(",\"created_by_ref\":\"tool--" RANDOM_ID "\""), "creator", "created_by_ref", "3.2" },
    { TOOL(",\"created_by_ref\":\"me\""), "id", "created_by_ref", "2.9" },
    { TOOL(",\"object_marking_refs\":[\"tool--" RANDOM_ID "\"]"), "reference",
      "object_marking_refs[0]", "4.18" },
    { TOOL(",\"kill_chain_phases\":[{\"kill_chain_name\":\"a\"}]"), "required",
      "kill_chain_phases[0]", "2.11" },
    { TOOL(",\"kill_chain_phases\":[{\"kill_chain_name\":\"a\",\"phase_name\":\"B c\"}]"),
      "word-form", "kill_chain_phases[0].phase_name", "2.11" },
    { TOOL(",\"external_references\":[{\"source_name\":\"x\"}]"), "together",
      "external_references[0]", "4.18" },
    { TOOL(",\"external_references\":[{\"source_name\":\"cve\",\"external_id\":\"CVE-1\"}]"),
      "value", "external_references[0]", "4.19" },
    { TOOL(",\"external_references\":[{\"source_name\":\"x\",\"url\":\"www\"}]"), "value",
      "external_references[0].url", "4.18" },
    { TOOL(",\"severity\":1"), "reserved-name", "severity", "3.8" },
    { TOOL(",\"x_a_b\":1"), "extension-use", "x_a_b", "11" },
    { TOOL(",\"a_b\":1"), "custom-x", "a_b", "11.1" },
    { TOOL(",\"Bad\":1"), "property-name", "Bad", "3.1" },
    { TOOL(",\"extensions\":{\"extension-definition--" RANDOM_ID
           "\":{\"extension_type\":\"toplevel-property-extension\"}},\"rank\":1"),
      NULL, "", "" },
    { TOOL(",\"extensions\":{\"extension-definition--" RANDOM_ID
           "\":{\"extension_type\":\"other\"}}"),
      "enumeration", "extensions.extension-definition--" RANDOM_ID ".extension_type", "10.5" },
    { TOOL(",\"extensions\":{\"foo\":{\"a\":1}}"), "extension-name", "extensions.foo", "11.3" },
    { TOOL(",\"extensions\":{}"), "empty", "extensions", "2.3" },
    { TOOL(",\"granular_markings\":[{\"marking_ref\":\"marking-definition--" RANDOM_ID
           "\",\"selectors\":[\"labels.[3]\"]}],\"labels\":[\"a\"]"),
      "selector", "granular_markings[0].selectors[0]", "7.2.3" },
    { TOOL(",\"granular_markings\":[{\"marking_ref\":\"marking-definition--" RANDOM_ID
           "\",\"selectors\":[\"labels.[0]\",\"name\"]}],\"labels\":[\"a\"]"),
      NULL, "", "" },
    { TOOL(",\"granular_markings\":[{\"selectors\":[\"name\"]}]"), "together",
      "granular_markings[0]", "4.18" },
    { "{\"type\":\"tool\",\"spec_version\":\"2.1\",\"id\":\"tool--" RANDOM_ID
      "\",\"created\":\"2016-05-12T08:17:27.000Z\",\"modified\":\"2016-05-12T08:17:26.999Z\","
      "\"name\":\"x\"}",
      "time-order", "modified", "4.18" },
    { "{\"type\":\"tool\",\"spec_version\":\"2.1\",\"id\":\"tool--" RANDOM_ID
      "\",\"created\":\"2016-05-12T08:17:27Z\",\"modified\":\"2016-05-12T08:17:27.000Z\","
      "\"name\":\"x\"}",
      "timestamp", "created", "3.2" },
    { "{\"type\":\"tool\",\"spec_version\":\"2.1\",\"id\":\"tool--" RANDOM_ID
      "\",\"created\":\"2016-02-30T08:17:27.000Z\",\"modified\":\"2016-05-12T08:17:27.000Z\","
      "\"name\":\"x\"}",
      "timestamp", "created", "2.16" },
    { "{" HEAD("campaign") ",\"name\":\"x\",\"first_seen\":\"2016-05-12T08:17:27.5Z\","
                           "\"last_seen\":\"2016-05-12T08:17:27.45Z\"}",
      "time-order", "last_seen", "4.2" },
    { "{" HEAD("location") "}", "together", "", "4.10" },
    { "{" HEAD("location") ",\"latitude\":91,\"longitude\":0}", "value", "latitude", "4.10" },
    { "{" HEAD("location") ",\"latitude\":9.5}", "together", "", "4.10" },
    { "{" HEAD("location") ",\"country\":\"kr\"}", NULL, "", "" },
    { "{" HEAD("location") ",\"country\":\"xx\"}", "vocabulary", "country", "4.10" },
    { "{" HEAD("malware") ",\"is_family\":true}", "together", "", "4.11" },
    { "{" HEAD("opinion") ",\"opinion\":\"maybe\",\"object_refs\":[\"tool--" RANDOM_ID "\"]}",
      "enumeration", "opinion", "10.18" },
    { "{" HEAD("observed-data") ",\"first_observed\":\"2016-05-12T08:17:27Z\","
                                "\"last_observed\":\"2016-05-12T08:17:27Z\",\"number_observed\":1}",
      "together", "", "4.14" },
    { "{" HEAD("observed-data") ",\"first_observed\":\"2016-05-12T08:17:27Z\","
                                "\"last_observed\":\"2016-05-12T08:17:27Z\",\"number_observed\":1,"
                                "\"objects\":{\"0\":"
                                "{\"type\":\"ipv4-addr\",\"value\":\"198.51.100.2\",\"belongs_to_"
                                "refs\":[\"7\"]}}}",
      "reference", "objects.0.belongs_to_refs[0]", "2.13" },
    { "{" HEAD("sighting") ",\"sighting_of_ref\":\"file--" RANDOM_ID "\"}", "reference",
      "sighting_of_ref", "5.2" },
    { "{" HEAD("relationship") ",\"relationship_type\":\"uses\",\"source_ref\":\"tool--" RANDOM_ID
                               "\",\"target_ref\":\"sighting--" RANDOM_ID "\"}",
      "reference", "target_ref", "5.1" },
    { "{" HEAD(
          "relationship") ",\"relationship_type\":\"indicates\",\"source_ref\":\"tool--" RANDOM_ID
                          "\",\"target_ref\":\"malware--" RANDOM_ID "\"}",
      "relationship-type", "relationship_type", "5.1" },
    { INDICATOR("[ipv4-addr:value = '198.51.100.2']", ""), NULL, "", "" },
    { INDICATOR("[ipv4-addr:value = ", ""), "pattern", "pattern", "9" },
    { INDICATOR("[ipv4-addr:value = '198.51.100.2']", ",\"valid_until\":\"2016-05-12T08:17:27Z\""),
      "time-order", "valid_until", "4.7" },
    { SCO("domain-name", DOMAIN_ID, ",\"value\":\"example.com\""), NULL, "", "" },
    { SCO("domain-name", DOMAIN_ID, ",\"value\":\"example.org\""), "deterministic-id", "id",
      "2.9" },
    { SCO("domain-name", RANDOM_ID, ",\"value\":\"example.com\""), "uuid", "id", "2.9" },
    { SCO("domain-name", DOMAIN_ID, ",\"value\":\"exa mple\""), "value", "value", "6.4" },
    { SCO("domain-name", DOMAIN_ID, ",\"value\":\"example.com\",\"defanged\":1"), "data-type",
      "defanged", "2.2" },
    { SCO("process", DOMAIN_ID, ",\"pid\":1"), "id-version", "id", "2.9" },
    { SCO("user-account", DOMAIN_ID, ",\"display_name\":\"x\""), "id-version", "id", "2.9" },
    { SCO("file", RANDOM_ID, ""), "together", "", "6.7" },
    { SCO("file", RANDOM_ID, ",\"hashes\":{\"MD5\":\"12\"}"), "hash", "hashes.MD5", "2.7" },
    { SCO("file", RANDOM_ID, ",\"hashes\":{\"M\":\"12\"}"), "dictionary-key", "hashes.M", "2.7" },
    { SCO("file", RANDOM_ID, ",\"name\":\"x\",\"size\":-1"), "value", "size", "6.7" },
    { SCO("file", RANDOM_ID, ",\"name\":\"x\",\"magic_number_hex\":\"0F\""), "value",
      "magic_number_hex", "2.8" },
    { SCO("file", RANDOM_ID, ",\"name\":\"x\",\"extensions\":{\"ntfs-ext\":{\"sid\":1}}"),
      "data-type", "extensions.ntfs-ext.sid", "6.7" },
    { SCO("file", RANDOM_ID, ",\"name\":\"x\",\"extensions\":{\"tcp-ext\":{\"a\":1}}"),
      "extension-use", "extensions.tcp-ext", "11" },
    { SCO("artifact", RANDOM_ID, ",\"payload_bin\":\"AAA\""), "value", "payload_bin", "2.1" },
    { SCO("artifact", RANDOM_ID, ",\"payload_bin\":\"AAAA\",\"url\":\"http://a/\""), "together", "",
      "6.1" },
    { SCO("email-message", RANDOM_ID,
          ",\"is_multipart\":false,\"body_multipart\":[{\"body\":"
          "\"x\"}]"),
      "together", "", "6.6" },
    { SCO("ipv4-addr", RANDOM_ID, ",\"value\":\"198.51.100.0/33\""), "value", "value", "6.8" },
    { SCO("ipv6-addr", RANDOM_ID, ",\"value\":\"2001:db8::/64\""), "uuid", "id", "2.9" },
    { SCO("ipv6-addr", RANDOM_ID, ",\"value\":\"1::2::3\""), "value", "value", "6.9" },
    { SCO("mac-addr", RANDOM_ID, ",\"value\":\"D2:FB:49:24:37:18\""), "value", "value", "6.10" },
    { SCO("windows-registry-key", RANDOM_ID, ",\"key\":\"HKLM\\\\a\""), "value", "key", "6.17" },
    { SCO("network-traffic", RANDOM_ID, ",\"protocols\":[\"tcp\"]"), "together", "", "6.12" },
    { SCO("software", RANDOM_ID, ",\"name\":\"x\",\"cpe\":\"cpe:2.3:a:b\""), "value", "cpe",
      "6.14" },
    { "{" HEAD("language-content") ",\"object_ref\":\"tool--" RANDOM_ID
                                   "\",\"contents\":{\"d_e\":{\"name\":\"x\"}}}",
      "language", "contents", "7.1" },
    { "{\"type\":\"marking-definition\",\"spec_version\":\"2.1\",\"id\":"
      "\"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed\","
      "\"created\":\"2017-01-20T00:00:00.000Z\",\"definition_type\":\"tlp\",\"name\":"
      "\"TLP:RED\",\"definition\":{\"tlp\":\"white\"}}",
      "marking", "", "7.2.1.4" },
    { "{\"type\":\"marking-definition\",\"spec_version\":\"2.1\",\"id\":"
      "\"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1\","
      "\"created\":\"2022-10-01T00:00:00.000Z\",\"name\":\"TLP:RED\",\"extensions\":"
      "{\"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d\":{\"extension_type\":"
      "\"property-extension\",\"tlp_2_0\":\"red\"}}}",
      NULL, "", "" },
    { "{\"type\":\"marking-definition\",\"spec_version\":\"2.1\",\"id\":"
      "\"marking-definition--" RANDOM_ID "\",\"created\":\"2022-10-01T00:00:00.000Z\","
      "\"definition_type\":\"tlp\",\"definition\":{\"tlp\":\"clear\"}}",
      "marking", "", "7.2.1.4" },
    { "{\"type\":\"bundle\",\"id\":\"bundle--" RANDOM_ID
      "\",\"objects\":[" TOOL("") "," TOOL(",\"description\":\"other\"") "]}",
      "conflict", "objects[1]", "3.6" },
    { "{\"type\":\"bundle\",\"id\":\"bundle--" RANDOM_ID
      "\",\"objects\":[" TOOL("") "," TOOL("") "]}",
      "duplicate", "objects[1]", "8" },
    { "{\"type\":\"bundle\",\"id\":\"bundle--" RANDOM_ID "\",\"objects\":[{\"type\":\"bundle\"}]}",
      "type", "objects[0]", "8" },
    { "{\"type\":\"bundle\",\"id\":\"bundle--" RANDOM_ID "\",\"objects\":[1]}", "type",
      "objects[0]", "3.2" },
};

TEST(every_rule_kept_and_broken)
{
    for (size_t i = 0; i < HMI_COUNT(CASES); i++) {
        expect(CASES[i].document, CASES[i].name, CASES[i].path, CASES[i].section);
    }
}

TEST(a_fault_knows_its_byte_and_object)
{
    const char *document = TOOL(",\"confidence\":101");
    checked c = check(document, NULL);
    CHECK_EQ(c.report.errors, 1);
    CHECK_EQ(c.report.objects, 1);
    CHECK_EQ(c.report.faults[0].offset, strstr(document, "101") - document);
    CHECK_TEXT(c.report.faults[0].id, "tool--" RANDOM_ID);
    hmi_stix_checker_free(c.checker);
}

TEST(what_is_ignored_is_not_counted)
{
    hmi_stix_check_options options = { 0 };
    hmi_stix_check check_id;
    CHECK(hmi_stix_check_find(HM_TEXT("vocabulary"), &check_id));
    CHECK(!hmi_stix_check_find(HM_TEXT("no such check"), &check_id));
    options.ignore = UINT64_C(1) << check_id;
    checked c = check(TOOL(",\"tool_types\":[\"other\"]"), &options);
    CHECK_EQ(c.report.fault_count, 0);
    CHECK_EQ(c.report.warnings, 0);
    hmi_stix_checker_free(c.checker);
}

TEST(custom_content_can_be_refused)
{
    hmi_stix_check_options options = { .no_custom_properties = true, .no_custom_types = true };
    checked c = check(TOOL(",\"x_a_b\":1"), &options);
    CHECK_EQ(c.report.errors, 1);
    hmi_stix_checker_free(c.checker);
    c = check("{" HEAD("x-a-b") "}", &options);
    CHECK_EQ(c.report.errors, 1);
    hmi_stix_checker_free(c.checker);
}

TEST(faults_beyond_the_maximum_are_counted)
{
    hmi_buf text;
    hmi_buf_init(&text, 0);
    hmi_buf_add_cstr(&text, "{\"type\":\"bundle\",\"id\":\"bundle--" RANDOM_ID "\",\"objects\":[0");
    for (size_t i = 0; i < HMI_STIX_FAULTS_MAX; i++) {
        hmi_buf_add_cstr(&text, ",0");
    }
    hmi_buf_add_cstr(&text, "]}");
    hmi_stix_checker *checker;
    hmi_stix_report report;
    hm_err err = { 0 };
    CHECK_OK(hmi_stix_checker_new(&checker, &err));
    CHECK_OK(hmi_stix_check_document(checker, hmi_buf_bytes(&text), NULL, &report, &err));
    CHECK_EQ(report.fault_count, HMI_STIX_FAULTS_MAX);
    CHECK_EQ(report.errors, HMI_STIX_FAULTS_MAX + 1);
    hmi_stix_checker_free(checker);
    hmi_buf_fini(&text);
}

/* Cut anywhere it is no JSON; with any bit flipped it is whatever it is, and we say so twice the
 * same. */
TEST(every_prefix_and_every_flipped_bit)
{
    char document[4096];
    int len =
        snprintf(document, sizeof(document),
                 "{\"type\":\"bundle\",\"id\":\"bundle--%s\",\"objects\":[%s,%s,%s]}", RANDOM_ID,
                 TOOL(",\"labels\":[\"a\"],\"granular_markings\":[{\"lang\":\"ko\","
                      "\"selectors\":[\"labels.[0]\"]}]"),
                 SCO("domain-name", DOMAIN_ID, ",\"value\":\"example.com\""),
                 INDICATOR("[url:value = 'http://a.example/']", ""));
    hmi_stix_checker *checker;
    hmi_stix_report report;
    hm_err err = { 0 };
    CHECK_OK(hmi_stix_checker_new(&checker, &err));
    for (int cut = 0; cut < len; cut++) {
        CHECK_OK(hmi_stix_check_document(checker, hmi_bytes(document, (size_t)cut), NULL, &report,
                                         &err));
        CHECK_EQ(report.errors, 1);
        CHECK_EQ(report.faults[0].check, HMI_STIX_CHECK_JSON);
    }
    for (int bit = 0; bit < len * 8; bit++) {
        document[bit / 8] = (char)(document[bit / 8] ^ (1 << bit % 8));
        CHECK_OK(hmi_stix_check_document(checker, hmi_bytes(document, (size_t)len), NULL, &report,
                                         &err));
        uint64_t errors = report.errors, warnings = report.warnings;
        for (size_t i = 0; i < report.fault_count; i++) {
            CHECK(hmi_utf8_clean(hmi_text_bytes(report.faults[i].path)));
            CHECK(hmi_utf8_clean(hmi_text_bytes(report.faults[i].text)));
            CHECK(report.faults[i].offset <= (uint64_t)len);
        }
        CHECK_OK(hmi_stix_check_document(checker, hmi_bytes(document, (size_t)len), NULL, &report,
                                         &err));
        CHECK_EQ(report.errors, errors);
        CHECK_EQ(report.warnings, warnings);
        document[bit / 8] = (char)(document[bit / 8] ^ (1 << bit % 8));
    }
    hmi_stix_checker_free(checker);
}

RUN_TESTS()
