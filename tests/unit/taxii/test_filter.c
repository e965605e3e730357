/* SPDX-License-Identifier: Apache-2.0
 *
 * test_filter.c - parameters of section 3.4, good and malformed; every kind of match inside
 * objects.
 */
#include "base/time.h"
#include "check.h"
#include "taxii/filter.h"

static int read_filter(const char *text, hmi_arena *arena, hmi_filter *filter)
{
    hmi_http_query query;
    hm_err err;
    hmi_arena_init(arena, 1 << 22);
    int code = hmi_http_query_read(hmi_text_of(text), arena, &query, &err);
    return code == HM_OK ? hmi_filter_read(&query, arena, filter, &err) : code;
}

TEST(all_parameters)
{
    hmi_arena arena;
    hmi_filter f;
    CHECK_EQ(
        read_filter("added_after=2016-01-01T00:00:00.5Z&limit=7&next=x&match[id]=a,b&match[type]"
                    "=tool&match[version]=first,2016-01-01T00:00:00Z&match[spec_version]=2.0&"
                    "match[nobody_knows]=x&other=1",
                    &arena, &f),
        HM_OK);
    CHECK_EQ(f.limit, 7);
    CHECK_TEXT(f.next, "x");
    CHECK_EQ(f.ids.count, 2);
    CHECK_EQ(f.version_count, 2);
    CHECK_EQ(f.versions[1].kind, HMI_VERSION_AT);
    CHECK(f.spec_given && f.spec_20 && !f.spec_21);
    CHECK_EQ(f.match_count, 0);
    hmi_arena_fini(&arena);
    CHECK_EQ(read_filter("", &arena, &f), HM_OK);
    CHECK(f.versions[0].kind == HMI_VERSION_LAST && f.added_after_us == HMI_TIME_NONE);
    hmi_arena_fini(&arena);
}

TEST(dates_with_none_to_nine_digits)
{
    static const char *const GOOD[] = { "2016-01-01T00:00:00Z", "2016-01-01T00:00:00.1Z",
                                        "2016-01-01T00:00:00.123456Z",
                                        "2016-01-01T00:00:00.123456789Z", "2024-02-29T00:00:00Z" };
    static const char *const BAD[] = { "2016-01-01",
                                       "2016-01-01T00:00:00",
                                       "2016-01-01 00:00:00Z",
                                       "2016-01-01T00:00:00+01:00",
                                       "2024-02-31T00:00:00Z",
                                       "2016-13-01T00:00:00Z",
                                       "2016-01-01T24:00:00Z",
                                       "x",
                                       "" };
    char text[100];
    hmi_arena arena;
    hmi_filter f;
    for (size_t i = 0; i < HMI_COUNT(GOOD); i++) {
        snprintf(text, sizeof(text), "added_after=%s", GOOD[i]);
        CHECK_EQ(read_filter(text, &arena, &f), HM_OK);
        hmi_arena_fini(&arena);
    }
    for (size_t i = 0; i < HMI_COUNT(BAD); i++) {
        snprintf(text, sizeof(text), "added_after=%s", BAD[i]);
        CHECK_EQ(read_filter(text, &arena, &f), HM_E_MALFORMED);
        hmi_arena_fini(&arena);
    }
}

TEST(malformed_parameters)
{
    static const char *const BAD[] = {
        "limit=0",
        "limit=-1",
        "limit=abc",
        "limit=",
        "limit=1.5",
        "limit=1234567890123456789",
        "match[version]=newest",
        "match[version]=all,last",
        "match[version]=last,last",
        "match[version]=",
        "match[version]=last,",
        "match[spec_version]=two",
        "match[spec_version]=2",
        "match[type]=",
        "match[type]=a,,b",
        "match[type]=a&match[type]=b",
        "match[=x",
        "match[]=x",
        "match[confidence-gte]=high",
        "match[modified-gte]=today",
        "match[tlp]=purple",
        "match[revoked]=yes",
        "added_after=2016-01-01T00:00:00Z&added_after=2016-01-01T00:00:00Z",
    };
    for (size_t i = 0; i < HMI_COUNT(BAD); i++) {
        hmi_arena arena;
        hmi_filter f;
        if (read_filter(BAD[i], &arena, &f) != HM_E_MALFORMED) {
            print_error("%s\n", BAD[i]);
            _fail(__FILE__, __LINE__);
        }
        hmi_arena_fini(&arena);
    }
}

static const char OBJECT[] =
    "{\"type\":\"indicator\",\"name\":\"a,b\",\"confidence\":70,\"labels\":[\"x\",\"y\"],"
    "\"modified\":\"2020-01-02T00:00:00.000Z\",\"created_by_ref\":\"identity--1\","
    "\"object_marking_refs\":[\"marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb\"],"
    "\"kill_chain_phases\":[{\"kill_chain_name\":\"k\",\"phase_name\":\"p\"}],\"phase_name\":"
    "\"top\","
    "\"hashes\":{\"SHA-256\":\"ab\"},\"object_refs\":[\"tool--1\",\"tool--2\"],"
    "\"valid_from\":\"2020-01-01T00:00:00Z\"}";

static bool matches(const char *query)
{
    hmi_arena arena;
    hmi_filter f;
    hmi_json *json;
    hmi_value object;
    hm_err err = { 0 };
    CHECK_EQ(read_filter(query, &arena, &f), HM_OK);
    CHECK_OK(hmi_json_new(&json, &err));
    CHECK_OK(hmi_json_parse(json, HM_BYTES(OBJECT), 0, &object, &err));
    CHECK(f.match_count > 0);
    bool is = hmi_filter_deep(&f, object, &arena);
    hmi_json_free(json);
    hmi_arena_fini(&arena);
    return is;
}

TEST(matches_inside_objects)
{
    static const char *const YES[] = {
        "match[confidence]=70",
        "match[labels]=z,y",
        "match[phase_name]=p",
        "match[SHA-256]=ab",
        "match[tlp]=red,green",
        "match[relationships-all]=tool--2",
        "match[relationships-all]=identity--1",
        "match[confidence-gte]=70",
        "match[confidence-lte]=70",
        "match[modified-gte]=2020-01-02T00:00:00Z",
        "match[valid_from-lte]=2021-01-01T00:00:00Z",
        "match[revoked]=false",
        "match[labels]=x&match[confidence]=70",
    };
    static const char *const NO[] = {
        "match[confidence]=71",
        "match[labels]=z",
        "match[phase_name]=top",
        "match[SHA-1]=ab",
        "match[tlp]=red",
        "match[relationships-all]=tool--3",
        "match[confidence-gte]=71",
        "match[modified-lte]=2020-01-01T23:59:59Z",
        "match[revoked]=true",
        "match[value]=x",
        "match[number-gte]=0",
        "match[labels]=x&match[confidence]=71",
        "match[name]=a",
    };
    for (size_t i = 0; i < HMI_COUNT(YES); i++) {
        if (!matches(YES[i])) {
            print_error("%s\n", YES[i]);
            _fail(__FILE__, __LINE__);
        }
    }
    for (size_t i = 0; i < HMI_COUNT(NO); i++) {
        if (matches(NO[i])) {
            print_error("%s\n", NO[i]);
            _fail(__FILE__, __LINE__);
        }
    }
}

RUN_TESTS()
