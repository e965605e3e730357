/* SPDX-License-Identifier: Apache-2.0
 *
 * canon_url.c - URLs, by RFC 3986 section 6.2.
 *
 * WHY    HTTP://Host:80/%7Ea/./b/../c and http://host/~a/c ask for the same thing.
 * FORM   scheme "://" [userinfo "@"] host [":" port] path ["?" query] ["#" fragment]
 *        Scheme and host in lower case, the host canonical as an address, an onion service's name
 *        or a domain (names without a known top label stay: "http://fileserver/x" is one); the
 *        scheme's own port dropped; an empty path is "/"; dot segments resolved; %-escapes in
 *        upper case, unreserved ones decoded, what may not stand bare encoded, a '%' that begins
 *        no escape is "%25"; the fragment dropped, as it never leaves the browser; userinfo kept.
 *        Only URLs with an authority: "mailto:" and "C:\" are other classes.
 * TRUST  Hostile text. 1. Each '%' written starts a whole escape, so a second pass finds nothing
 *        to change. 2. Dot segments are resolved after decoding, so "%2e%2e" is no way around.
 * OWNS   Nothing.
 */
#include "trait/canon.h"

enum { HMI_SCHEME_MIN = 2, HMI_SCHEME_MAX = 16 };

typedef struct url_parts {
    hm_text scheme, userinfo, host, port, path, query;
    bool has_userinfo, has_port, has_query;
} url_parts;

static bool scheme_is(hm_text scheme)
{
    if (scheme.len < HMI_SCHEME_MIN || scheme.len > HMI_SCHEME_MAX ||
        !hmi_ascii_alpha(scheme.ptr[0])) {
        return false;
    }
    for (size_t i = 1; i < scheme.len; i++) {
        char c = scheme.ptr[i];
        if (!hmi_ascii_alnum(c) && c != '+' && c != '-' && c != '.') {
            return false;
        }
    }
    return true;
}

static size_t find_any(hm_text text, const char *set)
{
    size_t first = text.len;
    for (; *set != '\0' && first > 0; set++) {
        const char *at = memchr(text.ptr, *set, first);
        first = at != NULL ? (size_t)(at - text.ptr) : first;
    }
    return first;
}

static bool split_authority(hm_text authority, url_parts *parts)
{
    size_t at = hmi_find_last_byte(hmi_text_bytes(authority), '@');
    if (at != HMI_NPOS) {
        parts->has_userinfo = true;
        parts->userinfo = hmi_text_slice(authority, 0, at);
        authority = hmi_text_slice(authority, at + 1, authority.len);
    }
    size_t from = 0;
    if (authority.len > 0 && authority.ptr[0] == '[') {
        from = hmi_find_byte(hmi_text_bytes(authority), ']');
        if (from == HMI_NPOS) {
            return false;
        }
    }
    size_t colon =
        hmi_find_byte(hmi_text_bytes(hmi_text_slice(authority, from, authority.len)), ':');
    if (colon != HMI_NPOS) {
        parts->has_port = true;
        parts->port = hmi_text_slice(authority, from + colon + 1, authority.len);
        authority.len = from + colon;
    }
    parts->host = authority;
    return authority.len > 0;
}

static bool split_url(hm_text raw, url_parts *parts)
{
    size_t colon = hmi_find(hmi_text_bytes(raw), HM_BYTES("://"));
    if (colon == HMI_NPOS || !scheme_is(hmi_text_slice(raw, 0, colon))) {
        return false;
    }
    *parts = (url_parts){ .scheme = hmi_text_slice(raw, 0, colon) };
    hm_text rest = hmi_text_slice(raw, colon + 3, raw.len);
    rest.len = find_any(rest, "#");
    size_t end = find_any(rest, "/?\\");
    if (!split_authority(hmi_text_slice(rest, 0, end), parts)) {
        return false;
    }
    rest = hmi_text_slice(rest, end, rest.len);
    size_t query = find_any(rest, "?");
    if (query < rest.len) {
        parts->has_query = true;
        parts->query = hmi_text_slice(rest, query + 1, rest.len);
    }
    parts->path = hmi_text_slice(rest, 0, query);
    return true;
}

static bool is_unreserved(char c)
{
    return hmi_ascii_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

static void put_escape(hmi_canon *out, uint8_t byte)
{
    static const char DIGITS[] = "0123456789ABCDEF";
    hmi_canon_put(out, '%');
    hmi_canon_put(out, DIGITS[byte >> 4]);
    hmi_canon_put(out, DIGITS[byte & 15]);
}

/* `bare` are the reserved characters that may stand unescaped here. */
static bool add_escaped(hm_text part, const char *bare, hmi_canon *out)
{
    for (size_t i = 0; i < part.len; i++) {
        char c = part.ptr[i];
        if ((uint8_t)c < 0x20 || c == 0x7f) {
            return false;
        }
        if (c == '%' && i + 2 < part.len && hmi_hex_digit(part.ptr[i + 1]) >= 0 &&
            hmi_hex_digit(part.ptr[i + 2]) >= 0) {
            uint8_t byte =
                (uint8_t)(hmi_hex_digit(part.ptr[i + 1]) << 4 | hmi_hex_digit(part.ptr[i + 2]));
            i += 2;
            if (byte < 0x80 && is_unreserved((char)byte)) {
                hmi_canon_put(out, (char)byte);
            } else {
                put_escape(out, byte);
            }
        } else if (is_unreserved(c) || strchr(bare, c) != NULL) {
            hmi_canon_put(out, c);
        } else {
            put_escape(out, (uint8_t)c);
        }
    }
    return true;
}

/* RFC 3986 section 5.2.4, in place, over out->bytes[start..]. The path begins with '/'. */
static void resolve_dots(hmi_canon *out, size_t start)
{
    size_t to = start;
    size_t from = start;
    while (from < out->len) {
        size_t next = from + 1;
        while (next < out->len && out->bytes[next] != '/') {
            next++;
        }
        hm_text segment = hmi_text(out->bytes + from, next - from);
        bool last = next == out->len;
        if (hmi_text_is(segment, "/..") || hmi_text_is(segment, "/.")) {
            if (segment.len == 3) {
                while (to > start && out->bytes[--to] != '/') {
                }
            }
            if (last) {
                out->bytes[to++] = '/';
            }
        } else {
            memmove(out->bytes + to, segment.ptr, segment.len);
            to += segment.len;
        }
        from = next;
    }
    out->len = to;
}

static bool add_host(hm_text host, hmi_canon *out)
{
    hmi_address address;
    char text[HMI_ADDRESS_TEXT_MAX + 1];
    if (hmi_address_parse(host, &address)) {
        bool v4 = hmi_address_is_v4(&address);
        size_t len = hmi_address_format(&address, text);
        hmi_canon_add(out, v4 ? HM_TEXT("") : HM_TEXT("["));
        hmi_canon_add(out, hmi_text(text, len));
        hmi_canon_add(out, v4 ? HM_TEXT("") : HM_TEXT("]"));
        return true;
    }
    HMI_CANON(decoded);
    if (hmi_find_byte(hmi_text_bytes(host), '%') != HMI_NPOS) {
        if (!add_escaped(host, "", &decoded)) {
            return false;
        }
        host = hmi_canon_text(&decoded);
    }
    return hmi_form_host(host, out);
}

static bool add_port(const url_parts *parts, hm_text scheme, hmi_canon *out)
{
    static const struct {
        const char *scheme;
        uint16_t port;
    } OWN[] = { { "http", 80 }, { "https", 443 }, { "ftp", 21 }, { "ws", 80 }, { "wss", 443 } };
    hm_text digits = parts->port;
    if (digits.len == 0) {
        return true;
    }
    while (digits.len > 1 && digits.ptr[0] == '0') {
        digits = hmi_text_slice(digits, 1, digits.len);
    }
    uint64_t port;
    if (!hmi_decimal(digits, UINT16_MAX, &port)) {
        return false;
    }
    for (size_t i = 0; i < HMI_COUNT(OWN); i++) {
        if (port == OWN[i].port && hmi_text_is(scheme, OWN[i].scheme)) {
            return true;
        }
    }
    hmi_canon_put(out, ':');
    hmi_canon_add(out, digits);
    return true;
}

static bool add_path(hm_text path, hmi_canon *out)
{
    size_t start = out->len;
    if (path.len == 0 || path.ptr[0] != '/') {
        hmi_canon_put(out, '/');
    }
    if (!add_escaped(path, "!$&'()*+,;=:@/", out) || out->full) {
        return false;
    }
    resolve_dots(out, start);
    return true;
}

bool hmi_form_url(hm_text raw, hmi_canon *out)
{
    url_parts parts;
    if (!split_url(raw, &parts)) {
        return false;
    }
    hmi_canon_add_lower(out, parts.scheme);
    hm_text scheme = hmi_canon_text(out);
    hmi_canon_add(out, HM_TEXT("://"));
    if (parts.has_userinfo) {
        if (!add_escaped(parts.userinfo, "!$&'()*+,;=:", out)) {
            return false;
        }
        hmi_canon_put(out, '@');
    }
    if (!add_host(parts.host, out) || (parts.has_port && !add_port(&parts, scheme, out)) ||
        !add_path(parts.path, out)) {
        return false;
    }
    if (parts.has_query) {
        hmi_canon_put(out, '?');
        return add_escaped(parts.query, "!$&'()*+,;=:@/?", out);
    }
    return true;
}

hm_text hmi_url_host(hm_text url)
{
    url_parts parts;
    if (!split_url(url, &parts)) {
        return hmi_text(NULL, 0);
    }
    if (parts.host.len >= 2 && parts.host.ptr[0] == '[') {
        return hmi_text_slice(parts.host, 1, parts.host.len - 2);
    }
    return parts.host;
}
