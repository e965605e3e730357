/* SPDX-License-Identifier: Apache-2.0
 *
 * webhook.c - hits as JSON lines, posted.
 *
 * FORM   POST, Content-Type: application/x-ndjson. With a secret:
 *          Hallmark-Timestamp: 1416816000
 *          Hallmark-Signature: sha256=HMAC-SHA-256(secret, "1416816000." + body), hexadecimal
 *        2xx is taken. No answer, 408, 425, 429 and 5xx are tried again, after Retry-After if there
 *        is one; all else will not change by asking again.
 * TRUST  TLS 1.2 at least, certificates verified, no proxy, no redirect, no password in the URL.
 * OWNS   The curl handle and its list of headers.
 */
#include <curl/curl.h>
#include <nettle/hmac.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/time.h"
#include "watch/sink.h"

enum { CONNECT_S = 10, WHOLE_S = 60 };

typedef struct webhook {
    CURL *curl;
    const hmi_sink_options *options;
    size_t answered; /* bytes */
    char trouble[CURL_ERROR_SIZE];
} webhook;

void hmi_webhook_sign(hm_bytes secret, hm_text timestamp, hm_bytes body, char ret[65])
{
    struct hmac_sha256_ctx ctx;
    uint8_t digest[32];
    hmac_sha256_set_key(&ctx, secret.len, secret.ptr);
    hmac_sha256_update(&ctx, timestamp.len, (const uint8_t *)timestamp.ptr);
    hmac_sha256_update(&ctx, 1, (const uint8_t *)".");
    hmac_sha256_update(&ctx, body.len, body.ptr);
    hmac_sha256_digest(&ctx, sizeof(digest), digest);
    hmi_hex(hmi_bytes(digest, sizeof(digest)), ret);
}

/* Answers are read so that the connection can be used again, up to a bound. */
static size_t on_answer(char *bytes, size_t size, size_t count, void *user)
{
    webhook *h = user;
    (void)bytes;
    h->answered += size * count;
    return h->answered <= HMI_SINK_ANSWER_MAX ? size * count : 0;
}

static void put(void *state, const hmi_watch_hit *hit, hm_bytes json, int64_t now_us, hmi_buf *out)
{
    (void)state;
    (void)hit;
    (void)now_us;
    hmi_buf_add(out, json);
}

static struct curl_slist *headers_of(const webhook *h, hm_bytes batch)
{
    char stamp[32], digest[65], line[128];
    struct curl_slist *list = curl_slist_append(NULL, "Content-Type: application/x-ndjson");
    struct curl_slist *longer = list != NULL ? curl_slist_append(list, "Expect:") : NULL;
    if (longer != NULL && h->options->secret.len > 0) {
        snprintf(stamp, sizeof(stamp), "%lld", (long long)(hmi_now_us() / 1000000));
        hmi_webhook_sign(h->options->secret, hmi_text_of(stamp), batch, digest);
        snprintf(line, sizeof(line), "Hallmark-Timestamp: %s", stamp);
        longer = curl_slist_append(list, line);
        snprintf(line, sizeof(line), "Hallmark-Signature: sha256=%s", digest);
        longer = longer != NULL ? curl_slist_append(list, line) : NULL;
    }
    if (longer == NULL) {
        curl_slist_free_all(list);
        return NULL;
    }
    return list;
}

static hmi_sent judge(webhook *h, unsigned *ret_wait_s, hm_err *err)
{
    long status = 0;
    curl_off_t after = 0;
    (void)curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(h->curl, CURLINFO_RETRY_AFTER, &after);
    *ret_wait_s = after > 0 && after < HMI_SINK_WAIT_MAX_S ? (unsigned)after
                  : after > 0                              ? HMI_SINK_WAIT_MAX_S
                                                           : 0;
    if (status >= 200 && status < 300) {
        return HMI_SENT;
    }
    bool redirect = status >= 300 && status < 400;
    (void)hmi_fail(err, HM_E_IO, HM_OFFSET_NONE, "it answers %ld%s", status,
                   redirect ? ", a redirect, which is not followed" : "");
    return status == 408 || status == 425 || status == 429 || status >= 500 ? HMI_SENT_LATER
                                                                            : HMI_SENT_NEVER;
}

static hmi_sent send_batch(void *state, hm_bytes batch, unsigned *ret_wait_s, hm_err *err)
{
    webhook *h = state;
    struct curl_slist *headers = headers_of(h, batch);
    h->answered = 0;
    h->trouble[0] = '\0';
    if (headers == NULL || curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, headers) != CURLE_OK ||
        curl_easy_setopt(h->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)batch.len) != CURLE_OK ||
        curl_easy_setopt(h->curl, CURLOPT_POSTFIELDS, (const char *)batch.ptr) != CURLE_OK) {
        curl_slist_free_all(headers);
        (void)hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "the system has no memory left");
        return HMI_SENT_NEVER;
    }
    CURLcode rc = curl_easy_perform(h->curl);
    hmi_sent sent = HMI_SENT_LATER;
    if (rc == CURLE_OK ||
        rc == CURLE_WRITE_ERROR) { /* its status was read before its long answer */
        sent = judge(h, ret_wait_s, err);
    } else {
        bool forged = rc == CURLE_PEER_FAILED_VERIFICATION || rc == CURLE_SSL_CACERT_BADFILE;
        sent = forged ? HMI_SENT_NEVER : HMI_SENT_LATER;
        (void)hmi_fail(err, HM_E_IO, HM_OFFSET_NONE, "%.150s",
                       h->trouble[0] != '\0' ? h->trouble : curl_easy_strerror(rc));
    }
    (void)curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, NULL);
    (void)curl_easy_setopt(h->curl, CURLOPT_POSTFIELDS, "");
    curl_slist_free_all(headers);
    return sent;
}

static void close_webhook(void *state)
{
    webhook *h = state;
    if (h->curl != NULL) {
        curl_easy_cleanup(h->curl);
    }
    free(h);
}

static const hmi_sink_kind WEBHOOK = { put, send_batch, close_webhook };

static bool here(const char *host)
{
    return strcmp(host, "localhost") == 0 || strcmp(host, "127.0.0.1") == 0 ||
           strcmp(host, "[::1]") == 0;
}

static int check_url(const char *url, hm_err *err)
{
    CURLU *parts = curl_url();
    char *scheme = NULL, *host = NULL, *user = NULL;
    int code = HM_OK;
    if (parts == NULL || curl_url_set(parts, CURLUPART_URL, url, 0) != CURLUE_OK ||
        curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(parts, CURLUPART_HOST, &host, 0) != CURLUE_OK) {
        code = hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "the webhook's URL is none");
    } else if (curl_url_get(parts, CURLUPART_USER, &user, 0) == CURLUE_OK) {
        code = hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE,
                        "a webhook's URL holds no user or password: others see command lines");
    } else if (strcmp(scheme, "https") != 0 && !here(host)) {
        code =
            hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "hits leave this machine by https:// alone");
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(user);
    curl_url_cleanup(parts);
    return code;
}

static bool set_up(webhook *h, const char *url)
{
    bool good = true;
#define SET(option, value) good = good && curl_easy_setopt(h->curl, option, value) == CURLE_OK
    SET(CURLOPT_URL, url);
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_ERRORBUFFER, h->trouble);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_PROTOCOLS_STR, "http,https"); /* http only where check_url lets it */
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    SET(CURLOPT_TIMEOUT, (long)WHOLE_S);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_USERAGENT, "hallmark");
    SET(CURLOPT_WRITEFUNCTION, on_answer);
    SET(CURLOPT_WRITEDATA, h);
    if (h->options->ca != NULL) {
        SET(CURLOPT_CAINFO, h->options->ca);
    }
#undef SET
    return good;
}

int hmi_webhook_open(const char *url, const hmi_sink_options *options,
                     const hmi_sink_kind **ret_kind, void **ret_state, hm_err *err)
{
    HMI_TRY(check_url(url, err));
    webhook *h = calloc(1, sizeof(*h));
    if (h != NULL) {
        h->options = options;
        h->curl = curl_easy_init();
    }
    if (h == NULL || h->curl == NULL || !set_up(h, url)) {
        if (h != NULL) {
            close_webhook(h);
        }
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "libcurl cannot be used");
    }
    *ret_kind = &WEBHOOK;
    *ret_state = h;
    return HM_OK;
}
