/* SPDX-License-Identifier: Apache-2.0
 *
 * test_stix_corpus.c - agrees with the public validator's own suite, verdict by verdict.
 *
 * FORM   One document a line: {"instance", "options", "valid"}. The suite's options say which of
 *        its checks are off; they are turned into ours. Where the two differ the reason stands in
 *        APART, and a document that would agree after all fails the test, so that the list stays
 *        true. Skipped, saying so, when HALLMARK_SHARED is not there.
 */
#include "base/text.h"
#include "check.h"
#include "share/stix_check.h"

#define BIT(name) (UINT64_C(1) << HMI_STIX_CHECK_##name)
/* Ours alone: the suite does not compute ids, and lets anything be a creator. */
#define OURS (BIT(SCO_ID) | BIT(CREATOR))

typedef struct check_map {
    const char *theirs;
    uint64_t ours;
} check_map;

static const check_map MAP[] = {
    { "extensions-use", BIT(EXTENSION_USE) },
    { "custom-prefix", BIT(CUSTOM_PREFIX) },
    { "custom-prefix-lax", BIT(CUSTOM_X) },
    { "hash-algo", BIT(HASH_NAME) },
    { "observable-object-keys", 0 },
    { "deprecated-properties", BIT(DEPRECATED) },
    { "extension-properties", BIT(RECOMMENDED) },
    { "indicator-properties", BIT(RECOMMENDED) },
    { "indicator-pattern-types", BIT(VOCABULARY) },
    { "indicator-types", BIT(VOCABULARY) },
    { "malware-types", BIT(VOCABULARY) },
    { "region", BIT(VOCABULARY) },
    { "report-types", BIT(VOCABULARY) },
    { "attack-resource-level", BIT(VOCABULARY) },
    { "threat-actor-role", BIT(VOCABULARY) },
    { "threat-actor-sophistication", BIT(VOCABULARY) },
    { "approved-values", BIT(VOCABULARY) | BIT(HASH_NAME) | BIT(MEDIA_TYPE) | BIT(PROTOCOL) },
    { "format-checks", BIT(CUSTOM_PREFIX) | BIT(CUSTOM_X) | BIT(WORD_FORM) | BIT(UUID) },
    { "uuid-check", BIT(UUID) },
    { "mime-type", BIT(MEDIA_TYPE) },
    { "protocols", BIT(PROTOCOL) },
    { "ipfix", BIT(FOREIGN_KEY) },
    { "socket-options", BIT(FOREIGN_KEY) },
    { "pdf-doc-info", BIT(FOREIGN_KEY) },
};

/* Line number (from 0) and why we differ. */
static const struct {
    size_t line;
    const char *why;
} APART[] = {
    { 48, "a pattern may ask for a type that an extension elsewhere defines (7.3)" },
    { 96, "src_ref ends in eleven digits: no UUID (2.9)" },
    { 99, "src_ref ends in eleven digits: no UUID (2.9)" },
    { 102, "src_ref ends in eleven digits: no UUID (2.9)" },
    { 103, "src_ref ends in eleven digits: no UUID (2.9)" },
    { 105, "src_ref ends in eleven digits: no UUID (2.9)" },
    { 106, "src_ref ends in eleven digits: no UUID (2.9)" },
    { 132, "toplevel-property-extension is allowed on observables too (7.3)" },
    { 133, "toplevel-property-extension is allowed on observables too (7.3)" },
    { 159, "\"bbb\" is a language code (RFC 5646: ISO 639-3 Barai)" },
};

static uint64_t map_list(hmi_value list, hmi_arena *arena)
{
    uint64_t bits = 0;
    for (hmi_value v = hmi_json_first(list); hmi_json_is(v); v = hmi_json_next(v)) {
        size_t i = 0;
        while (i < HMI_COUNT(MAP) && !hmi_text_is(hmi_json_text(v, arena), MAP[i].theirs)) {
            i++;
        }
        CHECK(i < HMI_COUNT(MAP));
        bits |= MAP[i].ours;
    }
    return bits;
}

static uint64_t all_warnings(void)
{
    return ~UINT64_C(0) << HMI_STIX_CHECK_EXTENSION_USE;
}

static bool is_apart(size_t line)
{
    for (size_t i = 0; i < HMI_COUNT(APART); i++) {
        if (APART[i].why != NULL && APART[i].line == line) {
            return true;
        }
    }
    return false;
}

typedef struct tally {
    size_t agreed, apart, other_version, wrong;
} tally;

static void judge(hmi_stix_checker *checker, hmi_value line, size_t number, hmi_arena *arena,
                  tally *t)
{
    hmi_value options = hmi_json_get(line, "options");
    hm_text version = hmi_json_text(hmi_json_get(options, "version"), arena);
    bool interop = hmi_json_is_true(hmi_json_get(options, "interop"));
    if ((version.ptr != NULL && hmi_text_is(version, "2.0")) || interop) {
        t->other_version++;
        return;
    }
    hmi_value enabled = hmi_json_get(options, "enabled");
    hmi_stix_check_options ours = { .ignore = OURS };
    ours.no_custom_properties = hmi_json_is_true(hmi_json_get(options, "strict_properties"));
    ours.no_custom_types = hmi_json_is_true(hmi_json_get(options, "strict_types"));
    ours.ignore |= map_list(hmi_json_get(options, "disabled"), arena);
    if (hmi_json_kind_of(enabled) == HMI_JSON_ARRAY) {
        ours.ignore |= all_warnings() & ~map_list(enabled, arena);
    }
    hm_err err = { 0 };
    hmi_stix_report report;
    CHECK_OK(hmi_stix_check_document(checker, hmi_json_raw(hmi_json_get(line, "instance")), &ours,
                                     &report, &err));
    bool strict = hmi_json_is_true(hmi_json_get(options, "strict"));
    bool valid = report.errors == 0 && (!strict || report.warnings == 0);
    bool agrees = valid == hmi_json_is_true(hmi_json_get(line, "valid"));
    if (agrees != is_apart(number)) {
        t->agreed += agrees ? 1 : 0;
        t->apart += agrees ? 0 : 1;
        return;
    }
    t->wrong++;
    print_error("line %zu: %s, we say %s\n", number, agrees ? "agrees after all" : "differs",
                valid ? "valid" : "invalid");
    for (size_t i = 0; i < report.fault_count; i++) {
        const hmi_stix_fault *f = &report.faults[i];
        print_error("    %s %s %.*s: %.*s\n", f->section, hmi_stix_check_name(f->check),
                    HMI_FMT(f->path), HMI_FMT(f->text));
    }
}

TEST(agrees_with_the_public_suite)
{
    const char *shared = getenv("HALLMARK_SHARED");
    char path[4096];
    snprintf(path, sizeof(path), "%s/testdata/stix/stix21_validator_corpus.jsonl",
             shared ? shared : "");
    FILE *file = shared ? fopen(path, "rb") : NULL;
    if (file == NULL) {
        print_message("skipped: HALLMARK_SHARED names no folder with the public suite\n");
        skip();
    }
    hm_err err = { 0 };
    hmi_json *json;
    hmi_stix_checker *checker;
    hmi_arena arena;
    CHECK_OK(hmi_json_new(&json, &err));
    CHECK_OK(hmi_stix_checker_new(&checker, &err));
    hmi_arena_init(&arena, 16 << 20);
    char *line = NULL;
    size_t room = 0, number = 0;
    ssize_t len;
    tally t = { 0 };
    while ((len = getline(&line, &room, file)) > 0) {
        hmi_value root;
        CHECK_OK(hmi_json_parse(json, hmi_bytes(line, (size_t)len), 0, &root, &err));
        judge(checker, root, number++, &arena, &t);
        hmi_arena_reset(&arena);
    }
    free(line);
    fclose(file);
    hmi_arena_fini(&arena);
    hmi_stix_checker_free(checker);
    hmi_json_free(json);
    print_message("%zu agreed, %zu apart, %zu of another specification\n", t.agreed, t.apart,
                  t.other_version);
    CHECK(number > 200);
    CHECK_EQ(t.wrong, 0);
}

RUN_TESTS()
