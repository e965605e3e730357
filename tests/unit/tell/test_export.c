/* SPDX-License-Identifier: Apache-2.0
 *
 * test_export.c - whatever a value holds, it cannot end a row, a string, a rule or a document.
 */
#include "../casebook/room.h"
#include "base/json.h"
#include "tell/export.h"
#include "tell/yara.h"
#include "trait/openioc.h"

typedef struct fixture {
    hmi_store *store;
    hmi_arena arena;
    hmi_incident incident;
    hmi_export export;
} fixture;

static void open_fixture(fixture *f, const char *name)
{
    hm_err err = { 0 };
    hmi_arena_init(&f->arena, 64 << 20);
    f->store = room_store("book");
    CHECK_OK(
        hmi_incident_get(f->store, &f->arena, room_incident(f->store, name), &f->incident, &err));
    f->export = (hmi_export){ .store = f->store,
                              .incident = &f->incident,
                              .tlp = hmi_tlp_find_value(HM_TEXT("green"), true),
                              .named = true,
                              .arena = &f->arena };
}

static void close_fixture(fixture *f)
{
    hmi_store_close(f->store);
    hmi_arena_fini(&f->arena);
}

/* One trait of each class that somebody writes, with the same nasty value. */
static void add_everywhere(fixture *f, const char *value)
{
    static const hmi_class CLASSES[] = { HMI_STRING,       HMI_USER_AGENT, HMI_MUTEX,
                                         HMI_FILE_NAME,    HMI_URL,        HMI_DOMAIN,
                                         HMI_COMMAND_LINE, HMI_PIPE_NAME,  HMI_MAIL,
                                         HMI_REGISTRY_KEY };
    f->export.traits = hmi_new_array(&f->arena, hmi_incident_trait, HMI_COUNT(CLASSES));
    f->export.count = HMI_COUNT(CLASSES);
    for (size_t i = 0; i < HMI_COUNT(CLASSES); i++) {
        hm_text text = hmi_text_of(value);
        f->export.traits[i] = (hmi_incident_trait){ .id = (int64_t)i + 1,
                                                    .class_id = CLASSES[i],
                                                    .key = hmi_trait_key(CLASSES[i], text),
                                                    .value = text,
                                                    .roles = 2,
                                                    .count = 1 };
    }
}

static size_t count_byte(hm_bytes bytes, uint8_t wanted)
{
    size_t count = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        count += bytes.ptr[i] == wanted;
    }
    return count;
}

static const char *const NASTY[] = {
    "plain value",
    "\"; sid:1; rev:1;) alert ip any any -> any any (msg:\"x\"",
    "'\n- 'x",
    "'\ncondition: true\n---\ntitle: other",
    "a'b''c\\",
    "</Content></IndicatorItem><x a=\"1\">&lt;",
    "\t#fields\tindicator",
    "\\x0a\\\\",
    "|0A|",
    "=cmd|' /C calc'!A0",
    "\u202egpj.exe\u2028\u200b",
    "*?[a]{b}",
    "\" } condition: true /* ",
    "-",
};

TEST(no_value_ends_what_it_stands_in)
{
    fixture f;
    hm_err err = { 0 };
    open_fixture(&f, "inc\"'<&>;\\");
    hmi_buf out;
    hmi_buf_init(&out, 0);
    for (size_t i = 0; i < HMI_COUNT(NASTY); i++) {
        add_everywhere(&f, NASTY[i]);
        hmi_buf_clear(&out);
        CHECK_OK(hmi_export_zeek(&f.export, &out, &err));
        CHECK_EQ((count_byte(hmi_buf_bytes(&out), '\t') - 4) % 3, 0);
        hmi_buf_clear(&out);
        CHECK_OK(hmi_export_suricata(&f.export, &out, &err));
        hm_bytes rest = hmi_buf_bytes(&out), line;
        while (hmi_next_line(&rest, &line)) {
            CHECK(line.len == 0 || line.ptr[0] == '#' || hmi_starts_with(line, HM_BYTES("alert ")));
            CHECK(line.len == 0 || line.ptr[0] == '#' || hmi_ends_with(line, HM_BYTES("rev:1;)")));
            CHECK(count_byte(line, '"') % 2 == 0);
        }
        hmi_buf_clear(&out);
        CHECK_OK(hmi_export_openioc(&f.export, &out, &err));
        CHECK(hmi_find(hmi_buf_bytes(&out), HM_BYTES("<x ")) == HMI_NPOS);
        hmi_buf_clear(&out);
        CHECK_OK(hmi_export_sigma(&f.export, &out, &err));
        CHECK(hmi_find(hmi_buf_bytes(&out), HM_BYTES("\ncondition: true")) == HMI_NPOS);
        CHECK(hmi_find(hmi_buf_bytes(&out), HM_BYTES("\u202e")) == HMI_NPOS);
        hmi_buf_clear(&out);
        CHECK_OK(hmi_export_csv(&f.export, &out, &err));
        CHECK(hmi_find(hmi_buf_bytes(&out), HM_BYTES("\"=cmd")) == HMI_NPOS);
        CHECK_EQ(count_byte(hmi_buf_bytes(&out), '\n'), 1 + f.export.count);
    }
    hmi_buf_fini(&out);
    close_fixture(&f);
}

TEST(a_stix_export_and_a_layer_are_json)
{
    fixture f;
    hm_err err = { 0 };
    hmi_json *json = NULL;
    hmi_value root;
    open_fixture(&f, "a \"b\"");
    CHECK_OK(hmi_json_new(&json, &err));
    hmi_buf out;
    hmi_buf_init(&out, 0);
    add_everywhere(&f, NASTY[1]);
    CHECK_OK(hmi_export_stix(&f.export, &out, &err));
    CHECK_OK(hmi_json_parse(json, hmi_buf_bytes(&out), 0, &root, &err));
    hmi_buf_clear(&out);
    f.export.traits[0].class_id = HMI_TECHNIQUE;
    CHECK_OK(hmi_export_navigator(&f.export, &out, &err));
    CHECK_OK(hmi_json_parse(json, hmi_buf_bytes(&out), 0, &root, &err));
    CHECK_EQ(hmi_json_count(hmi_json_get(root, "techniques")), 1);
    hmi_json_free(json);
    hmi_buf_fini(&out);
    close_fixture(&f);
}

TEST(rule_numbers_are_local_and_never_twice)
{
    fixture f;
    hm_err err = { 0 };
    open_fixture(&f, "a");
    enum { MANY = 3000 };
    f.export.traits = hmi_new_array(&f.arena, hmi_incident_trait, MANY);
    f.export.count = MANY;
    for (size_t i = 0; i < MANY; i++) { /* all want the same number */
        f.export.traits[i] = (hmi_incident_trait){ .class_id = HMI_USER_AGENT,
                                                   .value = HM_TEXT("x/1"),
                                                   .key = { { 9 } } };
    }
    hmi_buf out;
    hmi_buf_init(&out, 0);
    CHECK_OK(hmi_export_suricata(&f.export, &out, &err));
    static bool taken[1000000];
    hm_bytes rest = hmi_buf_bytes(&out), line;
    size_t rules = 0;
    while (hmi_next_line(&rest, &line)) {
        size_t at = hmi_find(line, HM_BYTES("sid:"));
        if (at != HMI_NPOS) {
            long sid = strtol((const char *)line.ptr + at + 4, NULL, 10);
            CHECK(sid >= 1000000 && sid < 2000000 && !taken[sid - 1000000]);
            taken[sid - 1000000] = true;
            rules++;
        }
    }
    CHECK_EQ(rules, MANY);
    hmi_buf_fini(&out);
    close_fixture(&f);
}

TEST(a_yara_rule_rings_only_with_enough_of_its_strings)
{
    hmi_yara_string strings[] = { { .value = HM_TEXT("alpha courier"), .ascii = true },
                                  { .value = HM_TEXT("beta courier"), .wide = true },
                                  { .bytes = HM_BYTES("\1\2\3\4") } };
    hmi_yara_rule rule = { .strings = strings, .count = 3, .needed = 2 };
    bool seen[HMI_YARA_STRINGS_MAX];
    CHECK(!hmi_yara_hits(&rule, HM_BYTES("xx alpha courier beta courier"), seen)); /* not wide */
    CHECK(seen[0] && !seen[1] && !seen[2]);
    CHECK(hmi_yara_hits(&rule, HM_BYTES("\1\2\3\4alpha courier"), seen));
    CHECK(hmi_yara_hits(&rule, HM_BYTES("\1\2\3\4b\0e\0t\0a\0 \0c\0o\0u\0r\0i\0e\0r\0"), seen));
    hmi_yara_drop(&rule, 0);
    hmi_yara_drop(&rule, 0);
    CHECK_EQ(rule.needed, 1);
    CHECK(rule.strings[0].bytes.ptr != NULL);
    hmi_yara_drop(&rule, 0);
    CHECK(!hmi_yara_hits(&rule, HM_BYTES("\1\2\3\4"), NULL));
}

TEST(openioc_terms_lead_back_to_their_class)
{
    size_t count = 0, with = 0;
    const hmi_class_row *rows = hmi_classes(&count);
    for (size_t i = 0; i < count; i++) {
        const hmi_openioc_term *term = hmi_openioc_of_class(rows[i].id);
        if (term != NULL) {
            CHECK_EQ(hmi_openioc_of_search(hmi_text_of(term->search))->class_id, rows[i].id);
            with++;
        }
    }
    CHECK(with >= 12);
    CHECK(hmi_openioc_of_search(HM_TEXT("fileitem/MD5SUM")) != NULL);
    CHECK(hmi_openioc_of_search(HM_TEXT("FileItem/Nothing")) == NULL);
}

RUN_TESTS()
