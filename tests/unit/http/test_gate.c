/* SPDX-License-Identifier: Apache-2.0
 *
 * test_gate.c - plain requests are read; every trick of framing that is known is refused, and none
 * of them is ever "more bytes, please" once it can be seen.
 */
#include "check.h"
#include "http/gate.h"

static int status_of(const char *text, hmi_http_head *head)
{
    size_t used = 0;
    memset(head, 0, sizeof(*head));
    int status = hmi_http_head_read(hmi_text_bytes(hmi_text_of(text)), head, &used);
    if (status == 0) {
        CHECK(used <= strlen(text));
    }
    return status;
}

#define HOST "Host: a\r\n"

TEST(a_plain_request)
{
    hmi_http_head head;
    CHECK_EQ(status_of("GET /a/b/?match[type]=x%20y&limit=5 HTTP/1.1\r\nHost: [::1]:80\r\n"
                       "Accept:  a/b \r\nX-Empty:\r\n\r\nrest",
                       &head),
             0);
    CHECK_TEXT(head.method, "GET");
    CHECK_TEXT(head.path, "/a/b/");
    CHECK_TEXT(head.query, "match[type]=x%20y&limit=5");
    CHECK_TEXT(hmi_http_header_find(&head, "ACCEPT"), "a/b");
    CHECK_EQ(hmi_http_header_find(&head, "x-empty").len, 0);
    CHECK(head.accepted && !head.close && !head.has_length);
    CHECK_EQ(status_of("POST / HTTP/1.1\r\n" HOST "Content-Length: 12\r\nExpect: 100-Continue\r\n"
                       "Connection: x, Close\r\n\r\n",
                       &head),
             0);
    CHECK_EQ(head.length, 12);
    CHECK(head.expects && head.close);
    CHECK_EQ(status_of("GET / HTTP/1.0\r\n\r\n", &head), 0);
    CHECK(head.close);
}

TEST(tricks_are_refused)
{
    static const struct {
        const char *text;
        int status;
    } TRICKS[] = {
        { "GET / HTTP/1.1\nHost: a\r\n\r\n", 400 }, /* bare LF */
        { "GET / HTTP/1.1\r\nHost: a\n\r\n", 400 },
        { "GET / HTTP/1.1\r\n" HOST "\n", 400 },
        { "GET / HTTP/1.1\rHost: a\r\n\r\n", 400 }, /* bare CR */
        { "GET / HTTP/1.1\r\n" HOST "A: b\rc\r\n\r\n", 400 },
        { "GET / HTTP/1.1\r\n" HOST "A: b\r\n c\r\n\r\n", 400 }, /* obs-fold */
        { "GET / HTTP/1.1\r\n" HOST "A: b\r\n\tc\r\n\r\n", 400 },
        { "GET / HTTP/1.1\r\n A: b\r\n" HOST "\r\n", 400 },
        { "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400 }, /* blank before colon */
        { "GET / HTTP/1.1\r\nHost\r\n\r\n", 400 },
        { "GET / HTTP/1.1\r\n: a\r\n" HOST "\r\n", 400 },
        { "GET / HTTP/1.1\r\n\r\n", 400 },                    /* no Host */
        { "GET / HTTP/1.1\r\n" HOST "host: a\r\n\r\n", 400 }, /* two */
        { "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400 },
        { "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400 },
        { "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400 },
        { "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
          400 },
        { "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
          400 },
        { "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", 411 },
        { "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n", 501 },
        { "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n", 501 },
        { "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n",
          400 },
        { "POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", 400 },
        { "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", 400 },
        { "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", 400 },
        { "POST / HTTP/1.1\r\n" HOST "Content-Length: 5, 5\r\n\r\n", 400 },
        { "POST / HTTP/1.1\r\n" HOST "Content-Length: +5\r\n\r\n", 400 },
        { "POST / HTTP/1.1\r\n" HOST "Content-Length: -5\r\n\r\n", 400 },
        { "POST / HTTP/1.1\r\n" HOST "Content-Length: 0x5\r\n\r\n", 400 },
        { "POST / HTTP/1.1\r\n" HOST "Content-Length: 5 5\r\n\r\n", 400 },
        { "POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n", 400 },
        { "POST / HTTP/1.1\r\n" HOST "Content-Length: 1234567890123456\r\n\r\n", 413 },
        { "POST / HTTP/1.1\r\n" HOST "\r\n", 411 },
        { "GET / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nabcde", 400 },
        { "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nExpect: x\r\n\r\n", 417 },
        { "GET http://a/ HTTP/1.1\r\n" HOST "\r\n", 400 },
        { "GET * HTTP/1.1\r\n" HOST "\r\n", 400 },
        { "CONNECT a:80 HTTP/1.1\r\n" HOST "\r\n", 400 },
        { "GET /a b HTTP/1.1\r\n" HOST "\r\n", 400 },
        { "GET  / HTTP/1.1\r\n" HOST "\r\n", 400 },
        { "GET / HTTP/1.1 \r\n" HOST "\r\n", 400 },
        { "GET /\r\n" HOST "\r\n", 400 },
        { "GET /\x80 HTTP/1.1\r\n" HOST "\r\n", 400 },
        { "GET /# HTTP/1.1\r\n" HOST "\r\n", 400 },
        { "GET / HTTP/2.0\r\n" HOST "\r\n", 505 },
        { "GET / HTTP/1.2\r\n" HOST "\r\n", 505 },
        { "GET / http/1.1\r\n" HOST "\r\n", 400 },
        { "GET / HTTP/1.11\r\n" HOST "\r\n", 400 },
        { "get / HTTP/1.1\r\n" HOST "\r\n", 400 },
        { "G\tET / HTTP/1.1\r\n" HOST "\r\n", 400 },
        { "\r\nGET / HTTP/1.1\r\n" HOST "\r\n", 400 },
        { "ABCDEFGHIJKLMNOPQ / HTTP/1.1\r\n" HOST "\r\n", 400 },
        { "GET / HTTP/1.1\r\n" HOST "A: \x7f\r\n\r\n", 400 },
        { "GET / HTTP/1.1\r\n" HOST "A: \xc3\xa4\r\n\r\n", 400 },
        { "GET / HTTP/1.1\r\n" HOST "A\x01: b\r\n\r\n", 400 },
        { "GET / HTTP/1.1\r\n" HOST "Authorization: a\r\nAuthorization: b\r\n\r\n", 400 },
        { "GET / HTTP/1.1\r\n" HOST "Content-Type: a\r\nContent-Type: b\r\n\r\n", 400 },
    };
    hmi_http_head head;
    for (size_t i = 0; i < HMI_COUNT(TRICKS); i++) {
        int status = status_of(TRICKS[i].text, &head);
        if (status != TRICKS[i].status) {
            print_error("%s: %d, expected %d\n", TRICKS[i].text, status, TRICKS[i].status);
            _fail(__FILE__, __LINE__);
        }
    }
    static const char NUL[] = "GET / HTTP/1.1\r\nHost: a\r\nA: \0\r\n\r\n";
    size_t used;
    CHECK_EQ(hmi_http_head_read(hmi_bytes(NUL, sizeof(NUL) - 1), &head, &used), 400);
}

TEST(limits)
{
    static char text[HMI_HTTP_HEAD_MAX * 2];
    hmi_http_head head;
    size_t used;
    memset(text, 'a', sizeof(text));
    memcpy(text, "GET /", 5);
    CHECK_EQ(hmi_http_head_read(hmi_bytes(text, sizeof(text)), &head, &used), 414);
    memcpy(text + HMI_HTTP_TARGET_MAX + 10, " HTTP/1.1\r\n" HOST "\r\n", 22);
    CHECK_EQ(hmi_http_head_read(hmi_bytes(text, HMI_HTTP_TARGET_MAX + 32), &head, &used), 414);
    memcpy(text, "GET / HTTP/1.1\r\n" HOST "A: a", 29);
    CHECK_EQ(hmi_http_head_read(hmi_bytes(text, 1000), &head, &used), HMI_HTTP_MORE);
    memset(text + 29, 'a', sizeof(text) - 29);
    CHECK_EQ(hmi_http_head_read(hmi_bytes(text, HMI_HTTP_HEAD_MAX), &head, &used), 431);
    size_t len = (size_t)snprintf(text, sizeof(text), "GET / HTTP/1.1\r\n" HOST);
    for (int i = 0; i < HMI_HTTP_HEADERS_MAX; i++) {
        len += (size_t)snprintf(text + len, sizeof(text) - len, "A: b\r\n");
    }
    len += (size_t)snprintf(text + len, sizeof(text) - len, "\r\n");
    CHECK_EQ(hmi_http_head_read(hmi_bytes(text, len), &head, &used), 431);
}

static const char GOOD[] = "POST /r/collections/c/objects/?a=b HTTP/1.1\r\nHost: a\r\n"
                           "Content-Length: 10\r\nAccept: a/b\r\nConnection: close\r\n\r\n";

TEST(every_prefix_wants_more_and_every_bit_is_noticed_or_harmless)
{
    hmi_http_head head;
    size_t used;
    for (size_t len = 0; len < sizeof(GOOD) - 1; len++) {
        CHECK_EQ(hmi_http_head_read(hmi_bytes(GOOD, len), &head, &used), HMI_HTTP_MORE);
    }
    char text[sizeof(GOOD)];
    for (size_t bit = 0; bit < (sizeof(GOOD) - 1) * 8; bit++) {
        memcpy(text, GOOD, sizeof(GOOD));
        text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
        int status = hmi_http_head_read(hmi_bytes(text, sizeof(GOOD) - 1), &head, &used);
        CHECK(status == 0 || status == HMI_HTTP_MORE || (status >= 400 && status < 600));
        CHECK(status != 0 || used == sizeof(GOOD) - 1);
    }
}

RUN_TESTS()
