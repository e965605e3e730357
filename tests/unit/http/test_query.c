/* SPDX-License-Identifier: Apache-2.0
 *
 * test_query.c - parameters of URLs, and everything that is malformed about them.
 */
#include "check.h"
#include "http/query.h"

static int read_query(const char *text, hmi_arena *arena, hmi_http_query *query)
{
    hm_err err;
    hmi_arena_init(arena, 1 << 20);
    return hmi_http_query_read(hmi_text_of(text), arena, query, &err);
}

TEST(names_and_values)
{
    hmi_arena arena;
    hmi_http_query query;
    CHECK_EQ(read_query("a=1&match%5Btype%5D=x%2Cy&&c=&d=a+b=c", &arena, &query), HM_OK);
    CHECK_EQ(query.count, 4);
    CHECK_TEXT(hmi_http_query_find(&query, "match[type]"), "x,y");
    CHECK_TEXT(hmi_http_query_find(&query, "d"), "a+b=c");
    CHECK_EQ(hmi_http_query_find(&query, "c").len, 0);
    CHECK(hmi_http_query_find(&query, "c").ptr != NULL);
    CHECK(hmi_http_query_find(&query, "e").ptr == NULL);
    hmi_arena_fini(&arena);
    CHECK_EQ(read_query(NULL, &arena, &query), HM_OK);
    CHECK_EQ(query.count, 0);
    hmi_arena_fini(&arena);
}

TEST(malformed_ones)
{
    static const char *const BAD[] = { "a",         "a=%",      "a=%1",  "a=%g0", "a=%00",
                                       "a=%0a",     "a=%7f",    "a=%ff", "=1",    "a=1&a=2",
                                       "a=1&%61=2", "a=%c0%80", "&x" };
    for (size_t i = 0; i < HMI_COUNT(BAD); i++) {
        hmi_arena arena;
        hmi_http_query query;
        if (read_query(BAD[i], &arena, &query) != HM_E_MALFORMED) {
            print_error("%s\n", BAD[i]);
            _fail(__FILE__, __LINE__);
        }
        hmi_arena_fini(&arena);
    }
}

RUN_TESTS()
