/* SPDX-License-Identifier: Apache-2.0
 *
 * test_stix.c - what a STIX document says, whole or damaged.
 */
#include "check.h"
#include "collect.h"
#include "formats/reader.h"

extern const hmi_reader hmi_reader_stix;

#define ID(type, n) "\"id\":\"" type "--0000000" n "-0000-4000-8000-000000000000\""

static const char BUNDLE[] =
    "{\"type\":\"bundle\",\"id\":\"bundle--00000000-0000-4000-8000-000000000000\",\n"
    "\"x\":{\"objects\":[1,\"}]\"]},\"objects\":[\n"
    "{\"type\":\"indicator\"," ID(
        "indicator",
        "1") ",\"modified\":\"2014-11-24T08:00:00.000Z\","
             "\"pattern_type\":\"stix\",\"pattern\":\"[domain-name:value = 'c2.evil.com' OR "
             "file:hashes.'SHA-256' = "
             "'E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B850']\"},\n"
             "{\"type\":\"attack-pattern\"," ID(
                 "attack-pattern",
                 "2") ",\"external_references\":["
                      "{\"source_name\":\"mitre-attack\",\"external_id\":\"T1059.001\"},"
                      "{\"source_name\":\"capec\",\"external_id\":\"CAPEC-1\"}]},\n"
                      "{\"type\":\"malware\"," ID(
                          "malware",
                          "3") ",\"name\":\"Destover\","
                               "\"first_seen\":\"2014-11-01T00:00:00Z\",\"last_seen\":\"2014-11-"
                               "24T00:00:00Z\"},\n"
                               "{\"type\":\"intrusion-set\"," ID(
                                   "intrusion-set",
                                   "4") ",\"name\":\"Lazarus Group\"},\n"
                                        "{\"type\":\"ipv4-addr\"," ID(
                                            "ipv4-addr",
                                            "5") ",\"value\":\"210.52.109.22\"},\n"
                                                 "{\"type\":\"ipv4-addr\"," ID(
                                                     "ipv4-addr",
                                                     "6") ",\"value\":\"175.45.178.0/24\"},\n"
                                                          "{\"type\":\"file\"," ID(
                                                              "file",
                                                              "7") ",\"name\":\"Wiper.EXE\","
                                                                   "\"hashes\":{\"MD5\":"
                                                                   "\"0123456789ABCDEF0123456789abc"
                                                                   "def\",\"SHA3-256\":\"00\"}},\n"
                                                                   "{\"type\":\"autonomous-"
                                                                   "system\"," ID(
                                                                       "autonomous-system",
                                                                       "8") ",\"number\":131279},\n"
                                                                            "{\"type\":"
                                                                            "\"vulnerability\"," ID(
                                                                                "vulnerability",
                                                                                "9") ",\"name\":"
                                                                                     "\"CVE-2014-"
                                                                                     "0160\"},\n"
                                                                                     "{\"type\":"
                                                                                     "\"relationshi"
                                                                                     "p\"," ID(
                                                                                         "relations"
                                                                                         "hip",
                                                                                         "a") ",\"r"
                                                                                              "elat"
                                                                                              "ions"
                                                                                              "hip_"
                                                                                              "type"
                                                                                              "\":"
                                                                                              "\"us"
                                                                                              "es\""
                                                                                              "},\n"
                                                                                              "{\"t"
                                                                                              "ype"
                                                                                              "\":"
                                                                                              "\"ca"
                                                                                              "mpai"
                                                                                              "gn\""
                                                                                              "," ID(
                                                                                                  "campaign",
                                                                                                  "b") ",\"name\":\"Operation Troy\","
                                                                                                       "\"labels\":[\"wiper\"]},\n"
                                                                                                       "{\"type\":\"tool\"," ID(
                                                                                                           "tool",
                                                                                                           "c") ",\"name\":\"RawDisk\",\"revoked\":true},\n"
                                                                                                                "{\"type\":\"observed-data\"," ID(
                                                                                                                    "observed-data",
                                                                                                                    "d") ",\"number_observed\":7,"
                                                                                                                         "\"first_observed\":\"2014-11-24T08:00:00Z\",\"last_observed\":\"2014-11-24T09:00:00Z\","
                                                                                                                         "\"objects\":{\"0\":{\"type\":\"mutex\",\"name\":\"Global\\\\x\"}}}\n"
                                                                                                                         "],\"y\":\"{[\"}\n";

typedef struct reading_of {
    collector got;
    hm_err err;
    int code;
} reading_of;

static void read_begin(reading_of *r, const void *bytes, size_t len)
{
    collect_init(&r->got, (size_t)32 << 20);
    hmi_reading reading = collect_reading(&r->got);
    r->code = hmi_reader_stix.read(&reading, hmi_bytes(bytes, len), &r->err);
}

static void read_end(reading_of *r)
{
    collect_fini(&r->got);
}

#define HAS(class_id, role, value) CHECK(collect_has(&r.got, class_id, role, value))

TEST(a_bundle_gives_objects_traits_and_facts)
{
    reading_of r;
    read_begin(&r, BUNDLE, sizeof(BUNDLE) - 1);
    CHECK_EQ(r.code, HM_OK);
    HAS(HMI_DOMAIN, HMI_ROLE_INDICATED, "c2.evil.com");
    HAS(HMI_SHA256, HMI_ROLE_INDICATED,
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b850");
    HAS(HMI_TECHNIQUE, HMI_ROLE_OBSERVED, "T1059.001");
    HAS(HMI_TOOL, HMI_ROLE_OBSERVED, "destover");
    HAS(HMI_ACTOR_CLAIM, HMI_ROLE_OBSERVED, "Lazarus Group");
    HAS(HMI_ADDRESS, HMI_ROLE_OBSERVED, "210.52.109.22");
    HAS(HMI_RANGE, HMI_ROLE_OBSERVED, "175.45.178.0/24");
    HAS(HMI_FILE_NAME, HMI_ROLE_OBSERVED, "wiper.exe");
    HAS(HMI_MD5, HMI_ROLE_OBSERVED, "0123456789abcdef0123456789abcdef");
    HAS(HMI_ASN, HMI_ROLE_OBSERVED, "AS131279");
    HAS(HMI_VULNERABILITY, HMI_ROLE_OBSERVED, "CVE-2014-0160");
    HAS(HMI_MUTEX, HMI_ROLE_OBSERVED, "Global\\x");
    CHECK_EQ(r.got.trait_count, 12);
    CHECK_EQ(r.got.object_count, 13);
    CHECK_TEXT(collect_fact_of(&r.got, "stix-objects"), "13");
    CHECK_TEXT(collect_fact_of(&r.got, "campaign"), "Operation Troy");
    CHECK_TEXT(collect_fact_of(&r.got, "label"), "wiper");
    CHECK(collect_note_of(&r.got, HMI_NOTE_INFO, "1 withdrawn objects") != NULL);
    CHECK_EQ(r.got.note_count, 1);
    read_end(&r);
}

TEST(objects_are_the_senders_bytes)
{
    reading_of r;
    read_begin(&r, BUNDLE, sizeof(BUNDLE) - 1);
    for (size_t i = 0; i < r.got.object_count; i++) {
        const hmi_object *object = &r.got.objects[i];
        CHECK(object->offset + object->raw.len < sizeof(BUNDLE));
        CHECK(memcmp(BUNDLE + object->offset, object->raw.ptr, object->raw.len) == 0);
        CHECK(object->raw.ptr[0] == '{' && object->raw.ptr[object->raw.len - 1] == '}');
    }
    CHECK_TEXT(r.got.objects[0].id, "indicator--00000001-0000-4000-8000-000000000000");
    CHECK_TEXT(r.got.objects[0].type, "indicator");
    CHECK_TEXT(r.got.objects[0].modified, "2014-11-24T08:00:00.000Z");
    CHECK_EQ(r.got.objects[1].modified.len, 0);
    read_end(&r);
}

TEST(dates_counts_and_places_go_along)
{
    reading_of r;
    read_begin(&r, BUNDLE, sizeof(BUNDLE) - 1);
    const hmi_trait *tool = collect_find(&r.got, HMI_TOOL, HMI_ROLE_OBSERVED, "destover");
    CHECK_EQ(tool->first_us, 1414800000000000);
    CHECK_EQ(tool->last_us, 1416787200000000);
    CHECK(memcmp(BUNDLE + tool->offset, "\"Destover\"", 10) == 0);
    const hmi_trait *mutex = collect_find(&r.got, HMI_MUTEX, HMI_ROLE_OBSERVED, "Global\\x");
    CHECK_EQ(mutex->count, 7);
    CHECK_EQ(mutex->last_us - mutex->first_us, 3600000000);
    const hmi_trait *address = collect_find(&r.got, HMI_ADDRESS, HMI_ROLE_NONE, "210.52.109.22");
    CHECK(address->first_us == HMI_TIME_NONE);
    read_end(&r);
}

static size_t objects_of(const char *text)
{
    reading_of r;
    read_begin(&r, text, strlen(text));
    size_t count = r.code == HM_OK ? r.got.object_count : 0;
    read_end(&r);
    return count;
}

#define URL(n, value) "{\"type\":\"url\"," ID("url", n) ",\"value\":\"" value "\"}"

TEST(bare_objects_lists_lines_and_envelopes)
{
    CHECK_EQ(objects_of(URL("1", "http://a.com/")), 1);
    CHECK_EQ(objects_of("[" URL("1", "http://a.com/") "," URL("2", "http://b.com/") "]"), 2);
    CHECK_EQ(objects_of(URL("1", "http://a.com/") "\n" URL("2", "http://b.com/") "\n"), 2);
    CHECK_EQ(
        objects_of("{\"more\":true,\"objects\":[" URL("1", "http://a.com/") "],\"next\":\"x\"}"),
        1);
    CHECK_EQ(objects_of("\xef\xbb\xbf " URL("1", "http://a.com/")), 1);
    CHECK_EQ(objects_of("{\"objects\":[]} {\"objects\":[" URL("1", "http://a.com/") "]}"), 1);
}

TEST(a_damaged_object_costs_only_itself)
{
    static const struct {
        const char *text, *words;
        bool offset;
    } ROWS[] = {
        { "[" URL("1", "http://a.com/") ",{\"type\":}," URL("2", "http://b.com/") "]", "JSON",
          true },
        { "[" URL("1", "http://a.com/") ",{\"a\":1,\"a\":2}," URL("2", "http://b.com/") "]", "JSON",
          false },
        { "[" URL("1", "http://a.com/") ",{\"type\":\"x\",{" URL("2", "http://b.com/") "]", "JSON",
          false },
        { "[" URL("1", "http://a.com/") ",{\"type\":\"url," URL("2", "http://b.com/") "]", "JSON",
          false },
        { "[" URL("1", "http://a.com/") ",7," URL("2", "http://b.com/") "]", "no type", false },
        { "[" URL("1", "http://a.com/") ",{\"type\":\"url\",\"id\":\"url--7\"}," URL(
              "2", "http://b.com/") "]",
          "id is none", false },
        { "[" URL("1", "http://a.com/") ",{\"type\":\"url\"," ID("file", "7") "}," URL(
              "2", "http://b.com/") "]",
          "id is none", false },
    };
    for (size_t i = 0; i < HMI_COUNT(ROWS); i++) {
        reading_of r;
        read_begin(&r, ROWS[i].text, strlen(ROWS[i].text));
        CHECK_EQ(r.code, HM_OK);
        const hmi_note *note = collect_note_of(&r.got, HMI_NOTE_DAMAGE, ROWS[i].words);
        if (note == NULL || r.got.object_count != 2) {
            collect_print(&r.got);
            fail_msg("row %zu", i);
        }
        if (ROWS[i].offset) {
            CHECK_EQ(note->offset, strstr(ROWS[i].text, ":}") + 1 - ROWS[i].text);
        }
        read_end(&r);
    }
}

TEST(a_cut_bundle_keeps_what_stands_before_the_cut)
{
    size_t before = 0;
    for (size_t len = 0; len < sizeof(BUNDLE) - 1; len++) {
        reading_of r;
        read_begin(&r, BUNDLE, len);
        CHECK(r.code == HM_OK || r.code == HM_E_MALFORMED);
        CHECK((r.code == HM_OK) == (r.got.object_count > 0));
        CHECK(r.got.object_count >= before);
        before = r.got.object_count;
        read_end(&r);
    }
    CHECK_EQ(before, 13);
}

TEST(every_flipped_bit_is_survived)
{
    static char bytes[sizeof(BUNDLE)];
    size_t objects = 0;
    for (size_t bit = 0; bit < (sizeof(BUNDLE) - 1) * 8; bit += 1) {
        memcpy(bytes, BUNDLE, sizeof(BUNDLE));
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
        reading_of r;
        read_begin(&r, bytes, sizeof(BUNDLE) - 1);
        CHECK(r.code == HM_OK || r.code == HM_E_MALFORMED);
        objects += r.got.object_count;
        read_end(&r);
    }
    /* one flipped bit may cost an object or two, never the document */
    CHECK(objects / ((sizeof(BUNDLE) - 1) * 8) >= 12);
}

TEST(patterns_not_understood_give_a_note_and_no_trait)
{
    static const struct {
        const char *pattern, *words;
        size_t traits;
    } ROWS[] = {
        { "[url:value = 'http://a.com/'", "not closed", 0 },
        { "[url:value LIKE '%x%']", "1 comparisons not taken", 0 },
        { "[url:value = 'http://a.com/'] FOLLOWEDBY [url:value='http://b.com/']", "order or timing",
          2 },
        { "[domain-name:value = 'no domain']", "cannot be read as domain", 0 },
        { "[x-thing:value = 'y']", "1 comparisons not taken", 0 },
        { "[ipv4-addr:value ISSUBSET '198.51.100.9/24']", NULL, 1 },
        { "[network-traffic:dst_ref.value = 'c2.evil.com']", NULL, 1 },
        { "[file:hashes.sha1 = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA']", NULL, 1 },
        { "[domain-name:value = 'abcdefghijklmnop.onion']", NULL, 1 },
    };
    for (size_t i = 0; i < HMI_COUNT(ROWS); i++) {
        char text[512];
        snprintf(text, sizeof(text), "{\"type\":\"indicator\",%s,\"pattern\":\"%s\"}",
                 ID("indicator", "1"), ROWS[i].pattern);
        reading_of r;
        read_begin(&r, text, strlen(text));
        CHECK_EQ(r.code, HM_OK);
        bool noted = ROWS[i].words == NULL ||
                     collect_note_of(&r.got, HMI_NOTE_INFO, ROWS[i].words) != NULL ||
                     collect_note_of(&r.got, HMI_NOTE_DAMAGE, ROWS[i].words) != NULL;
        if (!noted || r.got.trait_count != ROWS[i].traits ||
            (ROWS[i].words == NULL && r.got.note_count > 0)) {
            collect_print(&r.got);
            fail_msg("row %zu", i);
        }
        read_end(&r);
    }
    CHECK_EQ(objects_of("{\"type\":\"indicator\"," ID(
                 "indicator", "1") ",\"pattern_type\":\"yara\",\"pattern\":\"rule x {}\"}"),
             1);
}

TEST(notes_are_limited)
{
    static char text[200000];
    size_t len = 0;
    text[len++] = '[';
    for (size_t i = 0; i < 5000; i++) {
        len += (size_t)snprintf(text + len, sizeof(text) - len, "{\"type\":\"\"},");
    }
    len += (size_t)snprintf(text + len, sizeof(text) - len, "%s]", URL("1", "http://a.com/"));
    reading_of r;
    read_begin(&r, text, len);
    CHECK_EQ(r.code, HM_OK);
    CHECK_EQ(r.got.object_count, 1);
    CHECK_EQ(r.got.note_count, 256);
    CHECK(collect_note_of(&r.got, HMI_NOTE_INFO, "left out") != NULL);
    read_end(&r);
}

TEST(quotes_and_brackets_without_end_take_linear_time)
{
    /* would run for hours if looking for an end were not bounded */
    size_t size = (size_t)4 << 20;
    char *text = malloc(size);
    static const char *const UNITS[] = { "{\"type\":", "\\\"", "[{", "\"", "{\"objects\":[],\\\"" };
    for (size_t u = 0; u < HMI_COUNT(UNITS); u++) {
        size_t unit = strlen(UNITS[u]);
        for (size_t i = 0; i < size; i++) {
            text[i] = UNITS[u][i % unit];
        }
        reading_of r;
        read_begin(&r, text, size);
        CHECK(r.code == HM_E_MALFORMED);
        read_end(&r);
    }
    free(text);
}

TEST(detecting)
{
    hm_bytes none = { NULL, 0 };
    CHECK(hmi_reader_stix.detect(hmi_bytes(BUNDLE, sizeof(BUNDLE) - 1), none) >= 90);
    CHECK(hmi_reader_stix.detect(HM_BYTES("{\"type\":\"url\",\"created\":1," ID("url", "1") "}"),
                                 none) >= 50);
    CHECK_EQ(hmi_reader_stix.detect(HM_BYTES(""), none), 0);
    CHECK_EQ(hmi_reader_stix.detect(HM_BYTES("   "), none), 0);
    CHECK_EQ(hmi_reader_stix.detect(HM_BYTES("{\"type\":\"x\",\"id\":\"1\"}"), none), 0);
    CHECK_EQ(hmi_reader_stix.detect(HM_BYTES("type bundle--"), none), 0);
}

TEST(a_refusing_sink_ends_the_reading)
{
    for (size_t n = 1; n < 25; n++) {
        reading_of r;
        collect_init(&r.got, 1 << 20);
        r.got.fail_after = n;
        hmi_reading reading = collect_reading(&r.got);
        CHECK_EQ(hmi_reader_stix.read(&reading, hmi_bytes(BUNDLE, sizeof(BUNDLE) - 1), &r.err),
                 HM_E_CANCELLED);
        read_end(&r);
    }
}

RUN_TESTS()
