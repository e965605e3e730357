/* SPDX-License-Identifier: Apache-2.0
 *
 * tls.c - client hellos and certificates out of the clear beginning of TLS.
 *
 * FORM   Records: type 22, version, length, then a piece of the stream of handshake messages: type,
 *        24-bit length, body (RFC 8446 sections 4 and 5, RFC 5246). Message 1 is the client's
 * hello, 2 the server's, 11 the certificates (of TLS 1.2 and older; later ones are encrypted).
 * TRUST  None. Lists longer than HMI_TLS_LIST_MAX make no fingerprint: a cut one would be wrong.
 * OWNS   Nothing.
 */
#include "base/cursor.h"
#include "base/hash.h"
#include "base/num.h"
#include "formats/record/capture/capture.h"

enum {
    RECORD_HANDSHAKE = 22,
    HELLO_CLIENT = 1,
    HELLO_SERVER = 2,
    CERTIFICATES = 11,
    SERVER_DONE = 14,
    EXTENSION_NAME = 0,
    EXTENSION_GROUPS = 10,
    EXTENSION_FORMATS = 11,
    EXTENSION_SIGNATURES = 13,
    EXTENSION_ALPN = 16,
    EXTENSION_VERSIONS = 43
};

static bool starts_with_message(hm_bytes bytes, uint8_t type)
{
    return bytes.len >= 6 && bytes.ptr[0] == RECORD_HANDSHAKE && bytes.ptr[1] == 3 &&
           bytes.ptr[2] <= 4 && bytes.ptr[5] == type;
}

static bool starts_client(hm_bytes bytes)
{
    return starts_with_message(bytes, HELLO_CLIENT);
}

static bool starts_server(hm_bytes bytes)
{
    return starts_with_message(bytes, HELLO_SERVER);
}

/* The handshake messages without their record headers. */
typedef struct handshake {
    uint8_t bytes[HMI_CAPTURE_HEAD_BYTES];
    size_t len;
    bool open; /* the bytes end before another kind of record begins */
} handshake;

static void gather(hm_bytes bytes, handshake *out)
{
    hmi_cur cur = hmi_cur_over(bytes);
    cur.big = true;
    out->len = 0;
    out->open = true;
    while (hmi_cur_left(&cur) > 0) {
        uint8_t type = hmi_cur_u8(&cur);
        hmi_cur_skip(&cur, 2);
        size_t len = hmi_cur_u16(&cur);
        if (!cur.bad && type != RECORD_HANDSHAKE) {
            out->open = false;
        }
        if (cur.bad || !out->open) {
            return;
        }
        hm_bytes piece = hmi_cur_bytes(&cur, hmi_min(len, hmi_cur_left(&cur)));
        piece.len = hmi_min(piece.len, sizeof(out->bytes) - out->len);
        if (piece.len > 0) {
            memcpy(out->bytes + out->len, piece.ptr, piece.len);
        }
        out->len += piece.len;
    }
}

/* The next message; false when there is no whole one. */
static bool next_message(hmi_cur *cur, uint8_t *ret_type, hm_bytes *ret_body)
{
    *ret_type = hmi_cur_u8(cur);
    size_t len = (size_t)hmi_cur_uint(cur, 3);
    *ret_body = hmi_cur_bytes(cur, len);
    return !cur->bad;
}

static bool find_message(const handshake *h, uint8_t wanted, hm_bytes *ret_body, bool *ret_over)
{
    hmi_cur cur = hmi_cur_over(hmi_bytes(h->bytes, h->len));
    cur.big = true;
    uint8_t type = 0;
    while (hmi_cur_left(&cur) > 0 && next_message(&cur, &type, ret_body)) {
        if (type == wanted) {
            return true;
        }
        *ret_over = type == SERVER_DONE;
    }
    return false;
}

static bool needs_message(hm_bytes bytes, uint8_t wanted)
{
    handshake h;
    hm_bytes body;
    bool over = false;
    gather(bytes, &h);
    return !find_message(&h, wanted, &body, &over) && !over && h.open;
}

static bool needs_hello(hm_bytes bytes)
{
    return needs_message(bytes, HELLO_CLIENT);
}

static bool needs_certificates(hm_bytes bytes)
{
    return needs_message(bytes, CERTIFICATES);
}

/* ---- The hello */

static bool is_grease(uint16_t value)
{
    return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

/* A list of 16-bit values without GREASE; false when it is too long. */
static bool read_list(hm_bytes list, uint16_t *out, size_t *ret_count)
{
    hmi_cur cur = hmi_cur_over(list);
    cur.big = true;
    *ret_count = 0;
    while (hmi_cur_left(&cur) >= 2) {
        uint16_t value = hmi_cur_u16(&cur);
        if (is_grease(value)) {
            continue;
        }
        if (*ret_count == HMI_TLS_LIST_MAX) {
            return false;
        }
        out[(*ret_count)++] = value;
    }
    return true;
}

static hm_bytes vector(hmi_cur *cur, unsigned width)
{
    return hmi_cur_bytes(cur, (size_t)hmi_cur_uint(cur, width));
}

static bool read_extension(hmi_hello *hello, uint16_t type, hm_bytes content)
{
    hmi_cur cur = hmi_cur_over(content);
    cur.big = true;
    uint16_t versions[HMI_TLS_LIST_MAX];
    size_t count = 0;
    hm_bytes list;
    switch (type) {
    case EXTENSION_NAME:
        hello->has_name = true;
        hmi_cur_skip(&cur, 3); /* length of the list, kind 0: a host */
        hello->name = vector(&cur, 2);
        return true;
    case EXTENSION_GROUPS:
        return read_list(vector(&cur, 2), hello->groups, &hello->group_count);
    case EXTENSION_SIGNATURES:
        return read_list(vector(&cur, 2), hello->signatures, &hello->signature_count);
    case EXTENSION_FORMATS:
        list = vector(&cur, 1);
        hello->format_count = hmi_min(list.len, HMI_TLS_LIST_MAX);
        memcpy(hello->formats, list.len > 0 ? list.ptr : hello->formats, hello->format_count);
        return true;
    case EXTENSION_ALPN:
        hmi_cur_skip(&cur, 2);
        hello->alpn = vector(&cur, 1);
        return true;
    case EXTENSION_VERSIONS:
        if (!read_list(vector(&cur, 1), versions, &count)) {
            return false;
        }
        for (size_t i = 0; i < count; i++) {
            hello->version = versions[i] > hello->version ? versions[i] : hello->version;
        }
        return true;
    default:
        return true;
    }
}

bool hmi_hello_read(hm_bytes body, hmi_hello *ret_hello)
{
    hmi_hello hello = { .version = 0 };
    hmi_cur cur = hmi_cur_over(body);
    cur.big = true;
    hello.legacy_version = hmi_cur_u16(&cur);
    hmi_cur_skip(&cur, 32);
    (void)vector(&cur, 1);
    hm_bytes ciphers = vector(&cur, 2);
    (void)vector(&cur, 1);
    hmi_cur extensions = hmi_cur_over((hm_bytes){ NULL, 0 });
    if (!cur.bad && hmi_cur_left(&cur) > 0) { /* SSL 3 had none */
        extensions = hmi_cur_over(vector(&cur, 2));
    }
    if (cur.bad || !read_list(ciphers, hello.ciphers, &hello.cipher_count)) {
        return false;
    }
    extensions.big = true;
    while (hmi_cur_left(&extensions) > 0) {
        uint16_t type = hmi_cur_u16(&extensions);
        hm_bytes content = vector(&extensions, 2);
        if (extensions.bad || hello.extension_count == HMI_TLS_LIST_MAX) {
            return false;
        }
        if (!is_grease(type)) {
            hello.extensions[hello.extension_count++] = type;
        }
        if (!is_grease(type) && !read_extension(&hello, type, content)) {
            return false;
        }
    }
    *ret_hello = hello;
    return true;
}

static void read_client(hmi_capture *capture, hm_bytes bytes)
{
    handshake h;
    hm_bytes body;
    hmi_hello hello;
    bool over = false;
    gather(bytes, &h);
    if (!find_message(&h, HELLO_CLIENT, &body, &over) || !hmi_hello_read(body, &hello)) {
        return;
    }
    hm_bytes name = hmi_arena_bytes(&capture->scratch, hello.name);
    if (name.len > 0) {
        hmi_event_add_host(&capture->event, HMI_ROLE_QUERY, name, NULL);
    }
    hm_bytes ja3 = hmi_ja3(&capture->scratch, &hello), ja4 = hmi_ja4(&capture->scratch, &hello);
    hmi_event_add(&capture->event, HMI_JA3, HMI_ROLE_CLIENT, ja3);
    hmi_event_add(&capture->event, HMI_JA4, HMI_ROLE_CLIENT, ja4);
}

static void read_server(hmi_capture *capture, hm_bytes bytes)
{
    handshake h;
    hm_bytes body;
    bool over = false;
    gather(bytes, &h);
    if (!find_message(&h, CERTIFICATES, &body, &over)) {
        return;
    }
    hmi_cur cur = hmi_cur_over(body);
    cur.big = true;
    hmi_cur_skip(&cur, 3);
    for (unsigned i = 0; i < HMI_TLS_CERTIFICATES_MAX && hmi_cur_left(&cur) > 0; i++) {
        hm_bytes certificate = vector(&cur, 3);
        char *hex = hmi_arena_take(&capture->scratch, 65, 1);
        if (certificate.len == 0 || hex == NULL) {
            return;
        }
        hmi_sha256 digest = hmi_sha256_of(certificate);
        hmi_hex(hmi_bytes(digest.bytes, 32), hex);
        hmi_event_add(&capture->event, HMI_CERTIFICATE, HMI_ROLE_SERVER, hmi_bytes(hex, 64));
    }
}

const hmi_speech hmi_speech_tls_client = { "tls",         HMI_EVENT_FLOW, HMI_SAID_BY_CLIENT,
                                           starts_client, needs_hello,    read_client };
const hmi_speech hmi_speech_tls_server = { "tls",         HMI_EVENT_FLOW,     HMI_SAID_BY_SERVER,
                                           starts_server, needs_certificates, read_server };
