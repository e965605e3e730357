/* SPDX-License-Identifier: Apache-2.0
 *
 * gate.c - reads the head of an HTTP/1.1 request (RFC 9112), refusing whatever two programs could
 * understand in two ways.
 *
 * WHY    Request smuggling lives in the leniences of parsers: a line that ends without CR, a folded
 *        header, two lengths, a length and a transfer coding, a blank before the colon. A server of
 *        our own knows all its clients speak the plain form, so every lenience is an error here,
 *        and after an error the connection is closed.
 * FORM   METHOD SP /path[?query] SP HTTP/1.x CRLF *( name ":" OWS value OWS CRLF ) CRLF
 *        A body has a Content-Length or there is none: chunked bodies are answered 411, which RFC
 *        9112 section 6.3 allows, so there is one way of framing and no second one to disagree.
 * TRUST  An attacker's bytes. Reads never leave the slice; every count has a maximum.
 * OWNS   Nothing.
 */
#include "http/gate.h"

enum { OK = 0, BAD = 400 };

static bool is_token(char c)
{
    static const char OTHERS[] = "!#$%&'*+-.^_`|~";
    return hmi_ascii_alnum(c) || (c != '\0' && strchr(OTHERS, c) != NULL);
}

/* What may stand in a request target: RFC 3986 and the brackets that TAXII clients do not escape.
 */
static bool is_target(char c)
{
    static const char OTHERS[] = "-._~!$&'()*+,;=:@/?%[]";
    return hmi_ascii_alnum(c) || (c != '\0' && strchr(OTHERS, c) != NULL);
}

static bool is_value(char c)
{
    return c == '\t' || (c >= 0x20 && c < 0x7f);
}

/* The next line without its CRLF. HMI_HTTP_MORE when it does not end yet; 400 when a CR or an LF
 * stands alone. */
static int next_line(hm_text *rest, hm_text *ret_line)
{
    for (size_t i = 0; i < rest->len; i++) {
        char c = rest->ptr[i];
        if (c == '\n' || c == '\0') {
            return BAD;
        }
        if (c == '\r') {
            if (i + 1 == rest->len) {
                return HMI_HTTP_MORE;
            }
            if (rest->ptr[i + 1] != '\n') {
                return BAD;
            }
            *ret_line = hmi_text(rest->ptr, i);
            *rest = hmi_text(rest->ptr + i + 2, rest->len - i - 2);
            return OK;
        }
    }
    return HMI_HTTP_MORE;
}

static int read_version(hm_text version, hmi_http_head *head)
{
    if (hmi_text_is(version, "HTTP/1.1")) {
        return OK;
    }
    if (hmi_text_is(version, "HTTP/1.0")) {
        head->close = true;
        return OK;
    }
    bool other = version.len == 8 && memcmp(version.ptr, "HTTP/", 5) == 0 &&
                 hmi_ascii_digit(version.ptr[5]) && version.ptr[6] == '.' &&
                 hmi_ascii_digit(version.ptr[7]);
    return other ? 505 : BAD;
}

static int read_target(hm_text target, hmi_http_head *head)
{
    if (target.len == 0 || target.ptr[0] != '/') {
        return BAD;
    }
    if (target.len > HMI_HTTP_TARGET_MAX) {
        return 414;
    }
    for (size_t i = 0; i < target.len; i++) {
        if (!is_target(target.ptr[i])) {
            return BAD;
        }
    }
    size_t mark = hmi_find_byte(hmi_text_bytes(target), '?');
    head->path = hmi_text_slice(target, 0, mark == HMI_NPOS ? target.len : mark);
    if (mark != HMI_NPOS) {
        head->query = hmi_text(target.ptr + mark + 1, target.len - mark - 1);
    }
    return OK;
}

static int read_request_line(hm_text line, hmi_http_head *head)
{
    size_t method = 0;
    while (method < line.len && line.ptr[method] >= 'A' && line.ptr[method] <= 'Z') {
        method++;
    }
    if (method == 0 || method > HMI_HTTP_METHOD_MAX || method == line.len ||
        line.ptr[method] != ' ') {
        return BAD;
    }
    size_t last = hmi_find_last_byte(hmi_text_bytes(line), ' ');
    if (last <= method) {
        return BAD;
    }
    head->method = hmi_text(line.ptr, method);
    int status = read_version(hmi_text(line.ptr + last + 1, line.len - last - 1), head);
    return status != OK ? status
                        : read_target(hmi_text_slice(line, method + 1, last - method - 1), head);
}

static int read_header(hm_text line, hmi_http_head *head)
{
    size_t colon = hmi_find_byte(hmi_text_bytes(line), ':');
    if (colon == HMI_NPOS || colon == 0) {
        return BAD;
    }
    for (size_t i = 0; i < line.len; i++) {
        if (i < colon ? !is_token(line.ptr[i]) : !is_value(line.ptr[i])) {
            return BAD;
        }
    }
    if (head->header_count == HMI_HTTP_HEADERS_MAX) {
        return 431;
    }
    hmi_http_header *h = &head->headers[head->header_count++];
    h->name = hmi_text_slice(line, 0, colon);
    h->value = hmi_text_trim(hmi_text(line.ptr + colon + 1, line.len - colon - 1));
    return OK;
}

/* -- What the headers mean for the framing. */

static int read_length(hm_text value, hmi_http_head *head)
{
    if (value.len == 0 || value.len > HMI_HTTP_LENGTH_DIGITS_MAX) {
        return value.len == 0 ? BAD : 413;
    }
    uint64_t length = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (!hmi_ascii_digit(value.ptr[i])) {
            return BAD;
        }
        length = length * 10 + (uint64_t)(value.ptr[i] - '0');
    }
    head->length = length;
    head->has_length = true;
    return OK;
}

static bool is_host(hm_text value)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (!hmi_ascii_alnum(c) && (c == '\0' || strchr(".-_:[]", c) == NULL)) {
            return false;
        }
    }
    return value.len > 0;
}

static int read_connection(hm_text value, hmi_http_head *head)
{
    hm_text word;
    while (hmi_split(&value, ',', &word)) {
        head->close |= hmi_text_ieq(hmi_text_trim(word), HM_TEXT("close"));
    }
    return OK;
}

/* Headers that say twice what may be said once make the request ambiguous, whatever they say. */
static size_t count(const hmi_http_head *head, const char *name)
{
    size_t found = 0;
    for (size_t i = 0; i < head->header_count; i++) {
        found += hmi_text_ieq(head->headers[i].name, hmi_text_of(name));
    }
    return found;
}

static int check_unique(const hmi_http_head *head, bool old)
{
    static const char *const ONCE[] = {
        "Host",          "Content-Length", "Transfer-Encoding", "Expect",
        "Authorization", "Content-Type",   "Content-Encoding"
    };
    for (size_t i = 0; i < HMI_COUNT(ONCE); i++) {
        if (count(head, ONCE[i]) > 1) {
            return BAD;
        }
    }
    hm_text host = hmi_http_header_find(head, "Host");
    return (host.ptr == NULL && !old) || (host.ptr != NULL && !is_host(host)) ? BAD : OK;
}

static int check_framing(hmi_http_head *head, bool old)
{
    hm_text length = hmi_http_header_find(head, "Content-Length");
    hm_text coding = hmi_http_header_find(head, "Transfer-Encoding");
    if (coding.ptr != NULL) {
        if (length.ptr != NULL || old) {
            return BAD;
        }
        return hmi_text_ieq(coding, HM_TEXT("chunked")) ? 411 : 501;
    }
    if (length.ptr != NULL) {
        int status = read_length(length, head);
        if (status != OK) {
            return status;
        }
    }
    bool may_have_body = hmi_text_is(head->method, "POST") || hmi_text_is(head->method, "PUT") ||
                         hmi_text_is(head->method, "PATCH");
    if (head->length > 0 && !may_have_body) {
        return BAD;
    }
    if (!head->has_length && may_have_body) {
        return 411;
    }
    hm_text expect = hmi_http_header_find(head, "Expect");
    head->expects = expect.ptr != NULL && hmi_text_ieq(expect, HM_TEXT("100-continue"));
    return expect.ptr != NULL && !head->expects ? 417 : OK;
}

static int settle(hmi_http_head *head)
{
    bool old = head->close; /* only HTTP/1.0 has set it so far */
    int status = check_unique(head, old);
    status = status == OK ? check_framing(head, old) : status;
    for (size_t i = 0; i < head->header_count && status == OK; i++) {
        if (hmi_text_ieq(head->headers[i].name, HM_TEXT("Connection"))) {
            status = read_connection(head->headers[i].value, head);
        }
        head->accepted |= hmi_text_ieq(head->headers[i].name, HM_TEXT("Accept"));
    }
    return status;
}

static int read_lines(hm_text *rest, hmi_http_head *head)
{
    hm_text line;
    int status = next_line(rest, &line);
    status = status == OK ? read_request_line(line, head) : status;
    while (status == OK) {
        status = next_line(rest, &line);
        if (status == OK && line.len == 0) {
            return settle(head);
        }
        status = status == OK ? read_header(line, head) : status;
    }
    return status;
}

int hmi_http_head_read(hm_bytes bytes, hmi_http_head *ret, size_t *ret_used)
{
    bool cut = bytes.len > HMI_HTTP_HEAD_MAX;
    hm_text all = hmi_text((const char *)bytes.ptr, cut ? HMI_HTTP_HEAD_MAX : bytes.len);
    hm_text rest = all;
    hmi_http_head head = { 0 };
    int status = read_lines(&rest, &head);
    if (status == HMI_HTTP_MORE && all.len == HMI_HTTP_HEAD_MAX) {
        /* The request line alone filled it: its target is what is too long. */
        return hmi_find_byte(hmi_text_bytes(all), '\n') == HMI_NPOS ? 414 : 431;
    }
    if (status == OK) {
        *ret = head;
        *ret_used = all.len - rest.len;
    }
    return status;
}

hm_text hmi_http_header_find(const hmi_http_head *head, const char *name)
{
    for (size_t i = 0; i < head->header_count; i++) {
        if (hmi_text_ieq(head->headers[i].name, hmi_text_of(name))) {
            return head->headers[i].value;
        }
    }
    return (hm_text){ NULL, 0 };
}

const char *hmi_http_reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } REASONS[] = {
        { 200, "OK" },
        { 201, "Created" },
        { 202, "Accepted" },
        { 204, "No Content" },
        { 304, "Not Modified" },
        { 400, "Bad Request" },
        { 401, "Unauthorized" },
        { 403, "Forbidden" },
        { 404, "Not Found" },
        { 405, "Method Not Allowed" },
        { 406, "Not Acceptable" },
        { 408, "Request Timeout" },
        { 409, "Conflict" },
        { 411, "Length Required" },
        { 412, "Precondition Failed" },
        { 413, "Content Too Large" },
        { 414, "URI Too Long" },
        { 415, "Unsupported Media Type" },
        { 417, "Expectation Failed" },
        { 421, "Misdirected Request" },
        { 422, "Unprocessable Content" },
        { 428, "Precondition Required" },
        { 429, "Too Many Requests" },
        { 431, "Request Header Fields Too Large" },
        { 500, "Internal Server Error" },
        { 501, "Not Implemented" },
        { 503, "Service Unavailable" },
        { 505, "HTTP Version Not Supported" },
        { 507, "Insufficient Storage" },
    };
    for (size_t i = 0; i < HMI_COUNT(REASONS); i++) {
        if (REASONS[i].status == status) {
            return REASONS[i].reason;
        }
    }
    return "Unknown";
}
