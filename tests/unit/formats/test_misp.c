/* SPDX-License-Identifier: Apache-2.0
 *
 * test_misp.c - events in their three wrappings, manifests, warning lists, galaxies; what is
 * deleted, denied, cut or flipped.
 */
#include "check.h"
#include "collect.h"
#include "formats/reader.h"

extern const hmi_reader hmi_reader_misp;

static int read_bytes(collector *got, hm_bytes bytes)
{
    hm_err err;
    collect_init(got, 8 << 20);
    hmi_reading reading = collect_reading(got);
    return hmi_reader_misp.read(&reading, bytes, &err);
}

static int read_text(collector *got, const char *text)
{
    return read_bytes(got, hmi_text_bytes(hmi_text_of(text)));
}

static int detected(const char *text)
{
    return hmi_reader_misp.detect(hmi_text_bytes(hmi_text_of(text)), (hm_bytes){ NULL, 0 });
}

static uint8_t event[8192];
static size_t event_len;

static void load_event(void)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/tests/cases/misp/event.json", getenv("HALLMARK_SOURCE_ROOT"));
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    event_len = fread(event, 1, sizeof(event), file);
    CHECK(event_len > 1000 && event_len < sizeof(event));
    fclose(file);
}

#define IOC(class_id, value) CHECK(collect_has(&got, class_id, HMI_ROLE_INDICATED, value))
#define SEEN(class_id, value) CHECK(collect_has(&got, class_id, HMI_ROLE_OBSERVED, value))

TEST(an_event_gives_its_values_and_says_who_may_have_it)
{
    collector got;
    load_event();
    CHECK(hmi_reader_misp.detect(hmi_bytes(event, event_len), (hm_bytes){ NULL, 0 }) >= 90);
    CHECK_EQ(read_bytes(&got, hmi_bytes(event, event_len)), HM_OK);
    IOC(HMI_ADDRESS, "45.77.1.20");
    IOC(HMI_ADDRESS, "45.77.1.21");
    IOC(HMI_RANGE, "45.77.2.0/24");
    IOC(HMI_FILE_NAME, "post|office.exe");
    IOC(HMI_SHA256, "01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b");
    SEEN(HMI_DOMAIN, "night.post-office.net");
    SEEN(HMI_ADDRESS, "45.77.1.22");
    IOC(HMI_FILE_NAME, "x.bin");
    IOC(HMI_MD5, "68b329da9893e34099c7d8ad5cb9c940");
    IOC(HMI_SHA1, "adc83b19e793491b1c6ea0fd8b46cd9f32e592fc");
    IOC(HMI_IMPORT_HASH, "imphash:0123456789abcdef0123456789abcdef");
    IOC(HMI_ONION, "expyuzz4wqqyqhjn.onion");
    SEEN(HMI_DOMAIN, "denied.post-office.net");
    SEEN(HMI_TECHNIQUE, "T1566.001");
    CHECK(!collect_has(&got, HMI_DOMAIN, HMI_ROLE_INDICATED, "deleted.post-office.net"));
    CHECK(!collect_has(&got, HMI_SHA1, HMI_ROLE_OBSERVED,
                       "da39a3ee5e6b4b0d3255bfef95601890afd80709"));
    const hmi_trait *address = collect_find(&got, HMI_ADDRESS, HMI_ROLE_INDICATED, "45.77.1.20");
    CHECK_EQ(address->count, 3); /* itself and two sightings */
    CHECK_EQ(address->last_us, INT64_C(1417100000) * 1000000);
    CHECK_TEXT(collect_fact_of(&got, "misp-info"), "Night post");
    CHECK_TEXT(collect_fact_of(&got, "misp-distribution"), "sharing group");
    CHECK_TEXT(collect_fact_of(&got, "misp-sharing-group"), "Two ministries");
    CHECK_TEXT(collect_fact_of(&got, "misp-creator"), "CERT of somewhere");
    CHECK_TEXT(collect_fact_of(&got, "misp-galaxy"), "threat-actor: Night Post");
    CHECK_TEXT(collect_fact_of(&got, "misp-tag"), "tlp:green");
    CHECK(collect_note_of(&got, HMI_NOTE_INFO, "2 attributes are deleted: not taken") != NULL);
    CHECK(collect_note_of(&got, HMI_NOTE_INFO,
                          "1 attributes are of types that have no class here, 1 are not what their "
                          "type says: not taken") != NULL);
    CHECK(collect_note_of(
              &got, HMI_NOTE_INFO,
              "1 attributes are reported as false positives: taken, not as indicators") != NULL);
    collect_fini(&got);
}

TEST(events_in_a_list_and_in_an_answer)
{
    static const char *const WRAPPED[] = {
        "[{\"Event\":{\"uuid\":\"u\",\"info\":\"a\",\"Attribute\":[{\"type\":\"domain\",\"value\":"
        "\"evil.com\"}]}}]",
        "{\"response\":[{\"Event\":{\"uuid\":\"u\",\"info\":\"a\",\"Attribute\":[{\"type\":"
        "\"domain\",\"value\":\"evil.com\"}]}},7]}",
    };
    for (size_t i = 0; i < HMI_COUNT(WRAPPED); i++) {
        collector got;
        CHECK(detected(WRAPPED[i]) >= 90);
        CHECK_EQ(read_text(&got, WRAPPED[i]), HM_OK);
        SEEN(HMI_DOMAIN, "evil.com");
        collect_fini(&got);
    }
}

TEST(a_feeds_manifest_a_warning_list_and_a_galaxy)
{
    static const char MANIFEST[] = "{\"5b6a0c9e-2f5c-4c0e-8e59-4f0a0a00020f\":{\"info\":\"Night "
                                   "post\",\"Orgc\":{\"name\":\"x\"}}}";
    static const char LIST[] =
        "{\"description\":\"d\",\"list\":[\"8.8.8.8\",\".example.net\",\"10.0.0.0/8\",\"?\"],"
        "\"matching_attributes\":[],\"name\":\"Resolvers\",\"type\":\"string\",\"version\":1}";
    static const char REGEX[] =
        "{\"description\":\"d\",\"list\":[\"8.8.8.8\"],\"type\":\"regex\",\"version\":1}";
    static const char GALAXY[] = "{\"authors\":[\"a\"],\"description\":\"d\",\"type\":\"threat-"
                                 "actor\",\"values\":[{\"value\":\"Night "
                                 "Post\",\"meta\":{\"synonyms\":[\"NP\"]}}],\"version\":3}";
    collector got;
    CHECK(detected(MANIFEST) >= 80);
    CHECK_EQ(read_text(&got, MANIFEST), HM_OK);
    CHECK_TEXT(collect_fact_of(&got, "misp-feed-event"), "Night post");
    CHECK_EQ(got.trait_count, 0);
    collect_fini(&got);
    CHECK(detected(LIST) >= 80);
    CHECK_EQ(read_text(&got, LIST), HM_OK);
    CHECK(collect_has(&got, HMI_ADDRESS, HMI_ROLE_CONTENT, "8.8.8.8"));
    CHECK(collect_has(&got, HMI_DOMAIN, HMI_ROLE_CONTENT, "example.net"));
    CHECK(collect_has(&got, HMI_RANGE, HMI_ROLE_CONTENT, "10.0.0.0/8"));
    CHECK_EQ(got.trait_count, 3);
    CHECK(
        collect_note_of(&got, HMI_NOTE_INFO,
                        "a warning list of harmless or shared values, 1 of 4 not understood: learn "
                        "it with \"baseline learn\"") != NULL);
    collect_fini(&got);
    CHECK_EQ(read_text(&got, REGEX), HM_OK);
    CHECK_EQ(got.trait_count, 0);
    collect_fini(&got);
    CHECK(detected(GALAXY) >= 80);
    CHECK_EQ(read_text(&got, GALAXY), HM_OK);
    CHECK_TEXT(collect_fact_of(&got, "misp-galaxy-synonym"), "NP");
    CHECK_EQ(got.trait_count, 0);
    collect_fini(&got);
}

TEST(other_json_is_not_claimed)
{
    static const char *const OTHERS[] = { "",
                                          "{}",
                                          "[]",
                                          "{\"type\":\"bundle\",\"objects\":[]}",
                                          "{\"eventVersion\":\"1.08\",\"Event\":1}",
                                          "Event" };
    for (size_t i = 0; i < HMI_COUNT(OTHERS); i++) {
        collector got;
        CHECK_EQ(detected(OTHERS[i]), 0);
        CHECK(read_text(&got, OTHERS[i]) < 0);
        collect_fini(&got);
    }
}

TEST(every_prefix_and_every_flipped_bit)
{
    load_event();
    for (size_t cut = 0; cut + 3 < event_len; cut++) {
        collector got;
        CHECK(read_bytes(&got, hmi_bytes(event, cut)) < 0);
        CHECK_EQ(got.trait_count, 0);
        collect_fini(&got);
    }
    for (size_t bit = 0; bit < event_len * 8; bit++) {
        collector got;
        event[bit / 8] = (uint8_t)(event[bit / 8] ^ 1u << bit % 8);
        int code = read_bytes(&got, hmi_bytes(event, event_len));
        CHECK(code == HM_OK || code == HM_E_MALFORMED || code == HM_E_TRUNCATED);
        CHECK(got.trait_count <= 20);
        collect_fini(&got);
        event[bit / 8] = (uint8_t)(event[bit / 8] ^ 1u << bit % 8);
    }
}

TEST(facts_are_bounded)
{
    collector got;
    hmi_buf text;
    hmi_buf_init(&text, 0);
    hmi_buf_add_cstr(&text, "{\"Event\":{\"uuid\":\"u\",\"info\":\"a\",\"Tag\":[");
    for (unsigned i = 0; i < 3000; i++) {
        hmi_buf_printf(&text, "%s{\"name\":\"t%u\"}", i > 0 ? "," : "", i);
    }
    hmi_buf_add_cstr(&text, "]}}");
    CHECK_EQ(read_bytes(&got, hmi_buf_bytes(&text)), HM_OK);
    CHECK_EQ(got.fact_count, 512);
    collect_fini(&got);
    hmi_buf_fini(&text);
}

RUN_TESTS()
