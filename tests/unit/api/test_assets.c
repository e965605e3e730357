/* SPDX-License-Identifier: Apache-2.0
 *
 * test_assets.c - views get the page, files themselves, and nothing else is there.
 */
#include "api/assets.h"
#include "check.h"

static const hmi_asset FILES[] = {
    { "/index.html",
      "text/html; charset=utf-8",
      "\"e1\"",
      { (const uint8_t *)"PAGE", 4 },
      9,
      true,
      false },
    { "/assets/a.js", "text/javascript", "\"e2\"", { (const uint8_t *)"code", 4 }, 4, false, true },
};

static int ask(const char *text, size_t count, hm_text *ret_head, hm_text *ret_body)
{
    static hmi_http_answer answer;
    static hmi_http_head head;
    static char request[512];
    size_t used = 0;
    hmi_buf_fini(&answer.head);
    hmi_buf_fini(&answer.body);
    answer = (hmi_http_answer){ 0 };
    snprintf(request, sizeof(request), "%s HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n",
             text);
    CHECK_EQ(hmi_http_head_read(hmi_text_bytes(hmi_text_of(request)), &head, &used), 0);
    hmi_http_request r = { .head = &head };
    hmi_asset_answer(FILES, count, &r, &answer);
    *ret_head = hmi_buf_text(&answer.head);
    *ret_body = answer.parts != NULL
                    ? hmi_text((const char *)answer.parts[0].ptr, answer.parts[0].len)
                    : hmi_buf_text(&answer.body);
    return answer.status;
}

static bool has(hm_text text, const char *part)
{
    return hmi_find(hmi_text_bytes(text), hmi_text_bytes(hmi_text_of(part))) != HMI_NPOS;
}

TEST(views_get_the_page_and_files_themselves)
{
    hm_text head, body;
    CHECK_EQ(ask("GET /", 2, &head, &body), 200);
    CHECK_TEXT(body, "PAGE");
    CHECK(has(head, "Content-Encoding: gzip") && has(head, "Cache-Control: no-cache"));
    CHECK(has(head, "default-src 'none'; script-src 'self'") &&
          has(head, "frame-ancestors 'none'"));
    CHECK(!has(head, "unsafe"));
    CHECK_EQ(ask("GET /incidents/incident--1/finding", 2, &head, &body), 200);
    CHECK_TEXT(body, "PAGE");
    CHECK_EQ(ask("GET /assets/a.js", 2, &head, &body), 200);
    CHECK_TEXT(body, "code");
    CHECK(has(head, "immutable") && !has(head, "Content-Encoding"));
}

TEST(nothing_else_is_there)
{
    static const char *const ABSENT[] = { "GET /old.js", "GET /../etc/passwd.x",
                                          "GET /assets/..%2fa.js", "GET /assets/a.js/b.js",
                                          "GET /index.html%00.js" };
    hm_text head, body;
    for (size_t i = 0; i < HMI_COUNT(ABSENT); i++) {
        CHECK_EQ(ask(ABSENT[i], 2, &head, &body), 404);
        CHECK(has(head, "nosniff"));
    }
    CHECK_EQ(ask("DELETE /", 2, &head, &body), 405);
    CHECK_EQ(ask("GET /", 0, &head, &body), 200); /* built without */
    CHECK(has(body, "built without its page"));
}

RUN_TESTS()
