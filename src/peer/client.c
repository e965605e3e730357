/* SPDX-License-Identifier: Apache-2.0
 *
 * client.c - libcurl, made careful.
 *
 * WHY    A partner's server may be hostile, or somebody else's: credentials go nowhere but to the
 *        host of its url, nothing is followed, everything is bounded.
 * TRUST  Answers are hostile: bytes up to a maximum, headers cut, nothing printed unescaped.
 * OWNS   The curl handle, the last answer.
 */
#include "peer/client.h"

#include <curl/curl.h>

#include "base/error.h"
#include "base/text.h"

#define TAXII "application/taxii+json;version=2.1"

struct hmi_client {
    CURL *curl;
    const hmi_remote *remote;
    hmi_client_answer answer;
    size_t header_count;
    char trouble[CURL_ERROR_SIZE];
};

static size_t on_body(char *bytes, size_t size, size_t count, void *user)
{
    hmi_client *c = user;
    hmi_buf_add(&c->answer.body, hmi_bytes(bytes, size * count));
    return c->answer.body.bad == 0 ? size * count : 0;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *user)
{
    hmi_client *c = user;
    hm_text line = hmi_text_trim(hmi_text(bytes, size * count));
    if (hmi_starts_with(hmi_text_bytes(line), HM_BYTES("HTTP/"))) {
        hmi_buf_clear(&c->answer.headers); /* 100 Continue came before */
        c->header_count = 0;
        return size * count;
    }
    size_t colon = hmi_find_byte(hmi_text_bytes(line), ':');
    if (colon == HMI_NPOS || c->header_count++ >= HMI_CLIENT_HEADERS_MAX) {
        return size * count;
    }
    for (size_t i = 0; i < line.len; i++) {
        hmi_buf_add_char(&c->answer.headers,
                         i < colon ? hmi_ascii_lower(line.ptr[i]) : line.ptr[i]);
    }
    hmi_buf_add_char(&c->answer.headers, '\n');
    return size * count;
}

static bool set_up(hmi_client *c)
{
    CURL *h = c->curl;
    const hmi_remote *r = c->remote;
    bool good = true;
#define SET(option, value) good = good && curl_easy_setopt(h, option, value) == CURLE_OK
    SET(CURLOPT_ERRORBUFFER, c->trouble);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_PROTOCOLS_STR,
        "http,https"); /* http only where remote.c lets it: on this machine */
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_CONNECTTIMEOUT, (long)HMI_CLIENT_CONNECT_S);
    SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
    SET(CURLOPT_LOW_SPEED_TIME, (long)HMI_CLIENT_STALL_S);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_USERAGENT, "hallmark");
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, c);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, c);
    if (r->ca != NULL) {
        SET(CURLOPT_CAINFO, r->ca);
    }
    if (r->pin != NULL) {
        SET(CURLOPT_PINNEDPUBLICKEY, r->pin);
    }
    if (r->certificate != NULL) {
        SET(CURLOPT_SSLCERT, r->certificate);
        SET(CURLOPT_SSLKEY, r->key);
    }
#undef SET
    return good;
}

int hmi_client_new(const hmi_remote *remote, hmi_client **ret_client, hm_err *err)
{
    HMI_TRY(hmi_remote_check(remote, err));
    hmi_client *c = calloc(1, sizeof(*c));
    if (c != NULL) {
        c->remote = remote;
        hmi_buf_init(&c->answer.body, HMI_CLIENT_ANSWER_MAX);
        hmi_buf_init(&c->answer.headers, HMI_CLIENT_URL_MAX * 4);
        c->curl = curl_easy_init();
    }
    if (c == NULL || c->curl == NULL || !set_up(c)) {
        hmi_client_free(c);
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "libcurl cannot be used");
    }
    *ret_client = c;
    return HM_OK;
}

void hmi_client_free(hmi_client *c)
{
    if (c == NULL) {
        return;
    }
    if (c->curl != NULL) {
        curl_easy_cleanup(c->curl);
    }
    hmi_buf_fini(&c->answer.body);
    hmi_buf_fini(&c->answer.headers);
    free(c);
}

static int make_url(const hmi_client *c, const char *path, char *url, size_t size, hm_err *err)
{
    const char *base = c->remote->url;
    size_t keep = strlen(base);
    if (path[0] == '/') { /* of the server, not of the root */
        const char *host = strstr(base, "://") + 3, *slash = strchr(host, '/');
        keep = slash != NULL ? (size_t)(slash - base) : keep;
    }
    bool gap = path[0] != '/' && (keep == 0 || base[keep - 1] != '/');
    int len = snprintf(url, size, "%.*s%s%s", (int)keep, base, gap ? "/" : "", path);
    return len > 0 && (size_t)len < size
               ? HM_OK
               : hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "the url is too long");
}

static struct curl_slist *add_header(struct curl_slist *list, bool *good, const char *name,
                                     const char *value)
{
    hmi_buf line;
    hmi_buf_init(&line, 0);
    hmi_buf_printf(&line, "%s%s", name, value);
    hmi_buf_add_u8(&line, 0);
    struct curl_slist *longer =
        line.bad == 0 ? curl_slist_append(list, (const char *)line.ptr) : NULL;
    hmi_buf_fini(&line);
    *good = *good && longer != NULL;
    return longer != NULL ? longer : list;
}

static int perform(hmi_client *c, hm_err *err)
{
    c->trouble[0] = '\0';
    CURLcode rc = curl_easy_perform(c->curl);
    if (c->answer.body.bad == HM_E_LIMIT) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE,
                        "the partner's answer is larger than %d bytes", HMI_CLIENT_ANSWER_MAX);
    }
    if (rc != CURLE_OK) {
        return hmi_fail(err, rc == CURLE_OUT_OF_MEMORY ? HM_E_MEMORY : HM_E_IO, HM_OFFSET_NONE,
                        "the partner's server: %.180s: is it running, and is its url right?",
                        c->trouble[0] != '\0' ? c->trouble : curl_easy_strerror(rc));
    }
    long status = 0;
    curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
    c->answer.status = (int)status;
    return hmi_buf_check(&c->answer.headers, err);
}

int hmi_client_ask(hmi_client *c, const hmi_client_request *q, const hmi_client_answer **ret,
                   hm_err *err)
{
    char url[HMI_CLIENT_URL_MAX];
    const hmi_remote *r = c->remote;
    bool good = true;
    HMI_TRY(make_url(c, q->path, url, sizeof(url), err));
    hmi_buf_clear(&c->answer.body);
    hmi_buf_clear(&c->answer.headers);
    struct curl_slist *headers = add_header(NULL, &good, "Accept: ", q->accept ? q->accept : TAXII);
    headers = add_header(headers, &good, "Expect:", "");
    if (q->type != NULL) {
        headers = add_header(headers, &good, "Content-Type: ", q->type);
    }
    if (!q->anonymous && r->token != NULL && q->user == NULL) {
        headers = add_header(headers, &good, "Authorization: Bearer ", r->token);
    }
    const char *user = q->anonymous ? NULL : q->user != NULL ? q->user : r->user;
    const char *password = q->user != NULL ? q->password : r->password;
    CURL *h = c->curl;
    good = good && curl_easy_setopt(h, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_USERNAME, user) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_PASSWORD, user != NULL ? password : NULL) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_HTTPGET, 1L) == CURLE_OK;
    if (good && q->has_body) {
        good =
            curl_easy_setopt(h, CURLOPT_POST, 1L) == CURLE_OK &&
            curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body.len) == CURLE_OK &&
            curl_easy_setopt(h, CURLOPT_POSTFIELDS,
                             q->body.len > 0 ? (const char *)q->body.ptr : "") == CURLE_OK;
    }
    good = good && curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, q->method) == CURLE_OK;
    int code = good ? perform(c, err) : hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory");
    curl_easy_setopt(h, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    *ret = &c->answer;
    return code;
}

int hmi_client_get(hmi_client *client, const char *path, const hmi_client_answer **ret, hm_err *err)
{
    hmi_client_request request = { .method = "GET", .path = path };
    return hmi_client_ask(client, &request, ret, err);
}

hm_text hmi_client_header(const hmi_client_answer *answer, const char *lower_name)
{
    hm_bytes rest = hmi_buf_bytes(&answer->headers), line;
    size_t len = strlen(lower_name);
    while (hmi_next_line(&rest, &line)) {
        if (line.len > len && line.ptr[len] == ':' && memcmp(line.ptr, lower_name, len) == 0) {
            return hmi_text_trim(hmi_text((const char *)line.ptr + len + 1, line.len - len - 1));
        }
    }
    return (hm_text){ NULL, 0 };
}

int hmi_client_refused(const hmi_client_answer *answer, const char *what, hm_err *err)
{
    static const struct {
        int status, code;
        const char *means;
    } MEANS[] = {
        { 401, HM_E_DENIED, "it does not know us: check user, password, token or certificate" },
        { 403, HM_E_DENIED, "it does not allow that" },
        { 404, HM_E_NOT_FOUND, "there is no such thing for us: check url and collection" },
        { 406, HM_E_UNSUPPORTED, "it does not speak TAXII 2.1" },
        { 413, HM_E_LIMIT, "that was too large for it" },
        { 429, HM_E_BUSY, "it asks us to wait" },
        { 503, HM_E_BUSY, "it is too busy; try again later" },
    };
    for (size_t i = 0; i < HMI_COUNT(MEANS); i++) {
        if (MEANS[i].status == answer->status) {
            return hmi_fail(err, MEANS[i].code, HM_OFFSET_NONE,
                            "%s: the partner's server answers %d; %s", what, answer->status,
                            MEANS[i].means);
        }
    }
    return hmi_fail(err, HM_E_IO, HM_OFFSET_NONE, "%s: the partner's server answers %d", what,
                    answer->status);
}

void hmi_client_escape(hmi_buf *out, hm_text value)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (hmi_ascii_alnum(c) || c == '-' || c == '_' || c == '.' || c == '~') {
            hmi_buf_add_char(out, c);
        } else {
            hmi_buf_printf(out, "%%%02X", (unsigned)(uint8_t)c);
        }
    }
}
