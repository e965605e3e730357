/* SPDX-License-Identifier: Apache-2.0
 *
 * test_media.c - what clients write into Accept and Content-Type, and what it means.
 */
#include "check.h"
#include "http/media.h"

#define TAXII "application/taxii+json"

static int accepts(const char *one, const char *two)
{
    hmi_http_head head = { 0 };
    head.headers[0] = (hmi_http_header){ HM_TEXT("Accept"), hmi_text_of(one) };
    head.headers[1] = (hmi_http_header){ HM_TEXT("accept"), hmi_text_of(two) };
    head.header_count = two != NULL ? 2 : one != NULL ? 1 : 0;
    bool bad;
    bool good = hmi_http_accepts(&head, TAXII, "2.1", &bad);
    return bad ? -1 : good;
}

TEST(accept)
{
    static const struct {
        const char *text;
        int answer;
    } CASES[] = {
        { TAXII ";version=2.1", 1 },
        { TAXII, 1 },
        { TAXII "; version=2.1", 1 },
        { TAXII " ; version=\"2.1\"", 1 },
        { "APPLICATION/TAXII+JSON;VERSION=2.1", 1 },
        { TAXII ";version=2.1;q=0.5, text/html", 1 },
        { "text/html,\t" TAXII ";q=0.001", 1 },
        { "*/*", 1 },
        { "application/*;q=0.2", 1 },
        { ", ,*/*,", 1 },
        { TAXII ";", 1 },
        { "", 1 },
        { TAXII ";version=2.0", 0 },
        { TAXII ";version=\"2.0\"", 0 },
        { "text/html", 0 },
        { "application/json", 0 },
        { "application/stix+json;version=2.1", 0 },
        { TAXII ";q=0", 0 },
        { "*/*, " TAXII ";q=0", 0 },
        { "*/*;q=0", 0 },
        { TAXII ";version=2.0, " TAXII ";version=2.1", 1 },
        { TAXII ";version=2.1;q=0, " TAXII, 0 },
        { TAXII ";q=1.1", -1 },
        { TAXII ";q=x", -1 },
        { TAXII ";version", -1 },
        { TAXII ";version=\"2.1", -1 },
        { TAXII " x", -1 },
        { "/", -1 },
        { "taxii", -1 },
    };
    for (size_t i = 0; i < HMI_COUNT(CASES); i++) {
        int answer = accepts(CASES[i].text, NULL);
        if (answer != CASES[i].answer) {
            print_error("%s: %d\n", CASES[i].text, answer);
            _fail(__FILE__, __LINE__);
        }
    }
    CHECK_EQ(accepts(NULL, NULL), 1);
    CHECK_EQ(accepts("text/html", TAXII), 1);
    CHECK_EQ(accepts("text/html", "text/plain"), 0);
}

TEST(content_type)
{
    static const char *const GOOD[] = { TAXII, TAXII ";version=2.1", TAXII "; version=\"2.1\"",
                                        TAXII ";version=2.1; charset=utf-8",
                                        "Application/TAXII+json" };
    static const char *const BAD[] = { TAXII ";version=2.0", "application/stix+json;version=2.1",
                                       "application/json",   "",
                                       TAXII ", " TAXII,     TAXII ";charset=latin-1",
                                       TAXII ";version" };
    for (size_t i = 0; i < HMI_COUNT(GOOD); i++) {
        CHECK(hmi_http_is_type(hmi_text_of(GOOD[i]), TAXII, "2.1"));
    }
    for (size_t i = 0; i < HMI_COUNT(BAD); i++) {
        CHECK(!hmi_http_is_type(hmi_text_of(BAD[i]), TAXII, "2.1"));
    }
}

RUN_TESTS()
