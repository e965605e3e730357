/* SPDX-License-Identifier: Apache-2.0
 *
 * assets.c - files of the page: found, named by digest, sent as they lie.
 *
 * WHY    Every view of the page is a URL, so a path that is no file and looks like none gets the
 *        page itself, which reads the path. A file that is gone gets 404, or a browser would take
 *        the page for a script.
 * TRUST  Paths and headers are anybody's; they are compared, never used.
 * OWNS   Nothing: the bytes are the program's own.
 */
#include "api/assets.h"

static const char NO_PAGE[] =
    "This Hallmark was built without its page: run `npm ci && npm run build` in web/ and build "
    "again.\nThe API is at /api/v1/, described by /api/v1/openapi.json.\n";

void hmi_safe_headers(hmi_buf *head)
{
    hmi_buf_add_cstr(head, "X-Content-Type-Options: nosniff\r\n"
                           "Referrer-Policy: no-referrer\r\n"
                           "Cross-Origin-Opener-Policy: same-origin\r\n"
                           "Cross-Origin-Resource-Policy: same-origin\r\n"
                           "X-Frame-Options: DENY\r\n"
                           "Permissions-Policy: camera=(), microphone=(), geolocation=()\r\n");
}

static const hmi_asset *find(const hmi_asset *assets, size_t count, hm_text path)
{
    for (size_t i = 0; i < count; i++) {
        if (hmi_text_is(path, assets[i].path)) {
            return &assets[i];
        }
    }
    return NULL;
}

/* "/incidents/x" is a view, "/old.js" a file that is not there. */
static bool is_view(hm_text path)
{
    size_t slash = hmi_find_last_byte(hmi_text_bytes(path), '/');
    hm_text last = hmi_text_slice(path, slash == HMI_NPOS ? 0 : slash, path.len);
    return hmi_find_byte(hmi_text_bytes(last), '.') == HMI_NPOS;
}

static bool has_word(hm_text list, hm_text word)
{
    hm_text part;
    while (hmi_split(&list, ',', &part)) {
        hm_text name = hmi_text_trim(part);
        size_t end = hmi_find_byte(hmi_text_bytes(name), ';');
        if (hmi_text_ieq(hmi_text_trim(hmi_text_slice(name, 0, end)), word)) {
            /* "gzip;q=0" says no */
            return end == HMI_NPOS || hmi_find(hmi_text_bytes(name), HM_BYTES("q=0")) == HMI_NPOS ||
                   hmi_find(hmi_text_bytes(name), HM_BYTES("q=0.")) != HMI_NPOS;
        }
    }
    return false;
}

static void plain(hmi_http_answer *answer, int status, const char *text)
{
    answer->status = status;
    answer->type = "text/plain; charset=utf-8";
    hmi_buf_add_cstr(&answer->head, "Cache-Control: no-store\r\n"
                                    "Content-Security-Policy: default-src 'none'; "
                                    "frame-ancestors 'none'\r\n");
    hmi_buf_add_cstr(&answer->body, text);
}

void hmi_asset_answer(const hmi_asset *assets, size_t count, const hmi_http_request *request,
                      hmi_http_answer *answer)
{
    const hmi_http_head *head = request->head;
    hmi_safe_headers(&answer->head);
    if (!hmi_text_is(head->method, "GET") && !hmi_text_is(head->method, "HEAD")) {
        hmi_buf_add_cstr(&answer->head, "Allow: GET, HEAD\r\n");
        plain(answer, 405, "Files are read only.\n");
        return;
    }
    const hmi_asset *a = find(assets, count, head->path);
    if (a == NULL && is_view(head->path)) {
        if (count == 0) {
            plain(answer, 200, NO_PAGE);
            return;
        }
        a = find(assets, count, HM_TEXT("/index.html"));
    }
    if (a == NULL) {
        plain(answer, 404, "There is no such file.\n");
        return;
    }
    hm_text codings = hmi_http_header_find(head, "Accept-Encoding"); /* none: any */
    if (a->packed && codings.ptr != NULL && !has_word(codings, HM_TEXT("gzip")) &&
        !has_word(codings, HM_TEXT("*"))) {
        plain(answer, 406, "The page is only held compressed: ask with Accept-Encoding: gzip.\n");
        return;
    }
    hmi_buf_printf(&answer->head,
                   "ETag: %s\r\nCache-Control: %s\r\nVary: Accept-Encoding\r\n"
                   "Content-Security-Policy: default-src 'none'; script-src 'self'; "
                   "style-src 'self'; img-src 'self' data:; connect-src 'self'; "
                   "frame-ancestors 'none'; base-uri 'none'; form-action 'self'\r\n",
                   a->etag, a->lasting ? "public, max-age=31536000, immutable" : "no-cache");
    if (has_word(hmi_http_header_find(head, "If-None-Match"), hmi_text_of(a->etag))) {
        answer->status = 304;
        return;
    }
    answer->status = 200;
    answer->type = a->type;
    if (a->packed) {
        hmi_buf_add_cstr(&answer->head, "Content-Encoding: gzip\r\n");
    }
    answer->parts = &a->bytes;
    answer->part_count = 1;
}
