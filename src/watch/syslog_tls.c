/* SPDX-License-Identifier: Apache-2.0
 *
 * syslog_tls.c - hits as messages of RFC 5424 over TLS.
 *
 * FORM   Each message with its length and a blank in front (RFC 5425), one connection for all.
 * TRUST  TLS 1.2 at least, the certificate verified for the host that was named, no proxy. What a
 *        receiver says is thrown away. Taken means that the kernel took it: there is no answer.
 * OWNS   The curl handle, which holds the connection.
 */
#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "trait/canon.h"
#include "watch/sink.h"

enum { CONNECT_S = 10, SEND_MS = 10000, URL_MAX = 320 };

typedef struct receiver {
    CURL *curl; /* NULL: not connected */
    const hmi_sink_options *options;
    char url[URL_MAX];
    char host[256]; /* ours */
    char trouble[CURL_ERROR_SIZE];
} receiver;

static void put(void *state, const hmi_watch_hit *hit, hm_bytes json, int64_t now_us, hmi_buf *out)
{
    const receiver *r = state;
    (void)hit;
    hmi_syslog_frame(out, hmi_text_of(r->host), json, now_us);
}

static void hang_up(receiver *r)
{
    if (r->curl != NULL) {
        curl_easy_cleanup(r->curl);
    }
    r->curl = NULL;
}

/* False when the other side has hung up; what it says is dropped. Tickets of TLS 1.3 come first and
 * read as nothing yet, so it is asked again while there is something to read. */
static bool still_there(receiver *r)
{
    enum { ASKED_MAX = 16 };
    char thrown[512];
    struct pollfd polled = { .fd = -1, .events = POLLIN };
    curl_socket_t fd = CURL_SOCKET_BAD;
    CURLcode rc = curl_easy_getinfo(r->curl, CURLINFO_ACTIVESOCKET, &fd);
    polled.fd = fd;
    for (unsigned i = 0; rc == CURLE_OK && i < ASKED_MAX && poll(&polled, 1, 0) > 0; i++) {
        size_t got = 0;
        rc = curl_easy_recv(r->curl, thrown, sizeof(thrown), &got);
        rc = rc == CURLE_OK && got == 0 ? CURLE_RECV_ERROR : rc == CURLE_AGAIN ? CURLE_OK : rc;
    }
    return rc == CURLE_OK;
}

static bool set_up(receiver *r)
{
    r->curl = curl_easy_init();
    bool good = r->curl != NULL;
#define SET(option, value) good = good && curl_easy_setopt(r->curl, option, value) == CURLE_OK
    SET(CURLOPT_URL, r->url);
    SET(CURLOPT_CONNECT_ONLY, 1L);
    SET(CURLOPT_SSL_ENABLE_ALPN, 0L); /* it is not HTTP that is spoken */
    SET(CURLOPT_ERRORBUFFER, r->trouble);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_PROTOCOLS_STR, "https");
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    if (r->options->ca != NULL) {
        SET(CURLOPT_CAINFO, r->options->ca);
    }
#undef SET
    return good;
}

static CURLcode call(receiver *r)
{
    return set_up(r) ? curl_easy_perform(r->curl) : CURLE_OUT_OF_MEMORY;
}

static CURLcode send_all(receiver *r, hm_bytes bytes)
{
    curl_socket_t fd = CURL_SOCKET_BAD;
    CURLcode rc = curl_easy_getinfo(r->curl, CURLINFO_ACTIVESOCKET, &fd);
    while (rc == CURLE_OK && bytes.len > 0) {
        size_t sent = 0;
        rc = curl_easy_send(r->curl, bytes.ptr, bytes.len, &sent);
        bytes = hmi_slice(bytes, sent, SIZE_MAX);
        if (rc == CURLE_AGAIN) {
            struct pollfd polled = { .fd = fd, .events = POLLOUT };
            rc = poll(&polled, 1, SEND_MS) > 0 ? CURLE_OK : CURLE_OPERATION_TIMEDOUT;
        }
    }
    return rc;
}

static hmi_sent send_batch(void *state, hm_bytes batch, unsigned *ret_wait_s, hm_err *err)
{
    receiver *r = state;
    CURLcode rc = CURLE_OK;
    (void)ret_wait_s;
    r->trouble[0] = '\0';
    if (r->curl != NULL && !still_there(r)) {
        hang_up(r);
    }
    if (r->curl == NULL) {
        rc = call(r);
    }
    rc = rc == CURLE_OK ? send_all(r, batch) : rc;
    if (rc == CURLE_OK) {
        return HMI_SENT;
    }
    (void)hmi_fail(err, HM_E_IO, HM_OFFSET_NONE, "syslog over TLS: %.150s",
                   r->trouble[0] != '\0' ? r->trouble : curl_easy_strerror(rc));
    hang_up(r); /* a message that was sent in part must not be continued by another */
    bool forged = rc == CURLE_PEER_FAILED_VERIFICATION || rc == CURLE_SSL_CACERT_BADFILE;
    return forged ? HMI_SENT_NEVER : HMI_SENT_LATER;
}

static void close_receiver(void *state)
{
    receiver *r = state;
    hang_up(r);
    free(r);
}

static const hmi_sink_kind SYSLOG_TLS = { put, send_batch, close_receiver };

static bool host_byte(char c)
{
    return hmi_ascii_alnum(c) || c == '.' || c == '-' || c == '_' || c == ':' || c == '[' ||
           c == ']';
}

/* "loghost.example:6514", "[::1]:6514". */
static bool is_address(const char *rest)
{
    const char *colon = strrchr(rest, ':');
    uint64_t port = 0;
    for (const char *at = rest; *at != '\0'; at++) {
        if (!host_byte(*at)) {
            return false;
        }
    }
    return colon != NULL && colon != rest && strlen(rest) < 262 &&
           hmi_decimal(hmi_text_of(colon + 1), UINT16_MAX, &port) && port != 0;
}

int hmi_syslog_tls_open(const char *name, const hmi_sink_options *options,
                        const hmi_sink_kind **ret_kind, void **ret_state, hm_err *err)
{
    if (!is_address(name)) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE,
                        "a syslog receiver over TLS is named syslog:tls:HOST:PORT (often 6514)");
    }
    receiver *r = calloc(1, sizeof(*r));
    if (r == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "the system has no memory left");
    }
    r->options = options;
    (void)snprintf(r->url, sizeof(r->url), "https://%s/", name);
    (void)gethostname(r->host, sizeof(r->host) - 1);
    *ret_kind = &SYSLOG_TLS;
    *ret_state = r;
    return HM_OK;
}
