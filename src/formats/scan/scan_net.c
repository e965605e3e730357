/* SPDX-License-Identifier: Apache-2.0
 *
 * scan_net.c - addresses, ranges, domains, URLs and mail addresses around a dot, a colon or an @.
 *
 * WHY    They are one family: a dotted token is an address, a domain, half a mail address or the
 *        middle of a URL, and what stands next to it decides.
 * FORM   A dotted token is a maximal run of letters, digits, '.', '-', '_'.
 * TRUST  See observables.c: a token is taken once, looks around are bounded.
 * OWNS   Nothing.
 */
#include "base/error.h"
#include "base/num.h"
#include "formats/scan/observables.h"
#include "formats/scan/scanner.h"

static bool token_char(uint8_t c)
{
    return hmi_ascii_alnum((char)c) || c == '.' || c == '-' || c == '_';
}

static uint8_t before(const hmi_scanner *s, size_t at)
{
    return at > 0 ? s->p[at - 1] : ' ';
}

static uint8_t behind(const hmi_scanner *s, size_t end)
{
    return end < s->len ? s->p[end] : ' ';
}

/* Four groups of one to three digits and nothing else. */
static bool dotted_quad(hm_text text)
{
    size_t groups = 1, digits = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (hmi_ascii_digit(text.ptr[i])) {
            digits++;
        } else if (text.ptr[i] == '.' && digits > 0) {
            groups++;
            digits = 0;
        } else {
            return false;
        }
        if (digits > 3) {
            return false;
        }
    }
    return groups == 4 && digits > 0 && text.len >= 7;
}

/* "version 1.2.3.4", "v=1.2.3.4", "product/1.2.3.4": four numbers, but no address. */
static bool names_version(const hmi_scanner *s, size_t begin)
{
    static const char *const words[] = { "version", "ver", "v", "release", "rev", "build", "sdk" };
    size_t end = begin;
    if (end > 1 && s->p[end - 1] == '/' && hmi_ascii_alnum((char)s->p[end - 2])) {
        return true;
    }
    while (end > 0 && begin - end < 4 && strchr(" =:\"'\t", s->p[end - 1]) != NULL &&
           s->p[end - 1] != 0) {
        end--;
    }
    size_t first = end;
    while (first > 0 && end - first < 8 && hmi_ascii_alpha((char)s->p[first - 1])) {
        first--;
    }
    hm_text word = hmi_text((const char *)s->p + first, end - first);
    for (size_t i = 0; i < HMI_COUNT(words); i++) {
        if (hmi_text_ieq(word, hmi_text_of(words[i]))) {
            return true;
        }
    }
    return false;
}

static int address_token(hmi_scanner *s, size_t begin, size_t end)
{
    hm_text text = hmi_text((const char *)s->p + begin, end - begin);
    if (hmi_ends_with(hmi_text_bytes(text), HM_BYTES(".0.0.0")) || names_version(s, begin)) {
        return HM_OK;
    }
    if (behind(s, end) == '/' && hmi_ascii_digit((char)behind(s, end + 1))) {
        size_t stop = end + 2;
        stop += hmi_ascii_digit((char)behind(s, stop));
        if (!token_char(behind(s, stop)) && behind(s, stop) != '/') {
            s->done = stop;
            return hmi_scanner_emit(s, HMI_RANGE, begin, stop);
        }
    }
    return hmi_scanner_emit(s, HMI_ADDRESS, begin, end);
}

/* Letters, digits and hyphens between single dots; the last label all letters or punycode. */
static bool domain_shaped(hm_text name)
{
    size_t label = 0, dots = 0;
    bool letters = true;
    for (size_t i = 0; i <= name.len; i++) {
        char c = i < name.len ? name.ptr[i] : '.';
        if (c != '.') {
            letters = letters && hmi_ascii_alpha(c);
            if (c == '_' && i != label) {
                return false;
            }
            continue;
        }
        size_t len = i - label;
        if (len == 0 || len > 63 || name.ptr[label] == '-' || name.ptr[i - 1] == '-') {
            return false;
        }
        if (i == name.len) {
            bool punycode = hmi_text_istarts(hmi_text_slice(name, label, len), HM_TEXT("xn--"));
            return dots > 0 && len >= 2 && (letters || punycode);
        }
        dots++;
        label = i + 1;
        letters = true;
    }
    return false;
}

static int domain_token(hmi_scanner *s, size_t begin, size_t end)
{
    uint8_t left = before(s, begin), right = behind(s, end);
    if (memchr("/\\$%#&@~+", left, 9) != NULL || memchr("(=@[*+", right, 6) != NULL ||
        left >= 0x80 || right >= 0x80) {
        return HM_OK;
    }
    hm_text name = hmi_text((const char *)s->p + begin, end - begin);
    if (name.len > 253 || name.len < 4 || !domain_shaped(name)) {
        return HM_OK;
    }
    if (hmi_ends_with(hmi_text_bytes(name), HM_BYTES(".onion"))) {
        return hmi_scanner_emit(s, HMI_ONION, begin, end);
    }
    if (hmi_scan_is_no_domain(name)) {
        return HM_OK;
    }
    return hmi_scanner_emit(s, HMI_DOMAIN, begin, end);
}

int hmi_scanner_dot(hmi_scanner *s, size_t at)
{
    if (!hmi_ascii_alnum((char)before(s, at)) || !hmi_ascii_alnum((char)behind(s, at + 1))) {
        return HM_OK;
    }
    size_t begin = at, end = at;
    while (begin > s->done && token_char(s->p[begin - 1])) {
        begin--;
    }
    while (end < s->len && token_char(s->p[end])) {
        end++;
    }
    size_t whole_begin = begin, whole_end = end;
    s->done = end;
    while (begin < end && (s->p[begin] == '.' || s->p[begin] == '-' || s->p[begin] == '_')) {
        begin++;
    }
    while (end > begin && (s->p[end - 1] == '.' || s->p[end - 1] == '-' || s->p[end - 1] == '_')) {
        end--;
    }
    if (end - begin > HMI_SCAN_TOKEN_MAX || behind(s, whole_end) == '@') {
        return HM_OK;
    }
    /* The left border may be the end of an earlier token: then the token is only a part. */
    if (whole_begin > 0 && token_char(s->p[whole_begin - 1])) {
        return HM_OK;
    }
    hm_text text = hmi_text((const char *)s->p + begin, end - begin);
    if (dotted_quad(text)) {
        bool alone =
            begin == whole_begin && whole_end - end <= 1 && (whole_end == end || s->p[end] == '.');
        return alone ? address_token(s, begin, end) : HM_OK;
    }
    return domain_token(s, begin, end);
}

static bool url_char(uint8_t c)
{
    return c > 0x20 && c < 0x7f && memchr("\"<>\\^`{|}", c, 9) == NULL;
}

/* Without the punctuation of the sentence that a URL stands in. */
static size_t url_end(const hmi_scanner *s, size_t begin, size_t end)
{
    size_t open = 0, close = 0;
    for (size_t i = begin; i < end; i++) {
        open += s->p[i] == '(';
        close += s->p[i] == ')';
    }
    while (end > begin) {
        uint8_t last = s->p[end - 1];
        if (last == ')' && close > open) {
            close--;
        } else if (memchr(".,;:!?'*]", last, 9) == NULL) {
            break;
        } else if (last == ']' &&
                   hmi_find_byte(hmi_bytes(s->p + begin, end - begin), '[') != HMI_NPOS) {
            break;
        }
        end--;
    }
    return end;
}

static size_t scheme_begin(const hmi_scanner *s, size_t colon)
{
    static const char *const schemes[] = { "http",   "https", "ftp",    "ftps", "hxxp",  "hxxps",
                                           "sftp",   "ws",    "wss",    "tcp",  "udp",   "ldap",
                                           "ldaps",  "smb",   "ssh",    "rtsp", "irc",   "socks5",
                                           "socks4", "git",   "telnet", "tftp", "gopher" };
    size_t begin = colon;
    while (begin > s->done && colon - begin < 8 && hmi_ascii_alnum((char)s->p[begin - 1])) {
        begin--;
    }
    for (; begin < colon; begin++) { /* "xhttp://": the text before it may stick to it */
        hm_text word = hmi_text((const char *)s->p + begin, colon - begin);
        for (size_t i = 0; i < HMI_COUNT(schemes); i++) {
            if (hmi_text_ieq(word, hmi_text_of(schemes[i]))) {
                return begin;
            }
        }
    }
    return HMI_NPOS;
}

/* The host of a URL is a trait of its own. */
static int url_host(hmi_scanner *s, size_t begin, size_t end)
{
    size_t stop = begin;
    while (stop < end && memchr("/?#", s->p[stop], 3) == NULL) {
        if (s->p[stop] == '@') {
            begin = stop + 1;
        }
        stop++;
    }
    if (begin < stop && s->p[begin] == '[') {
        size_t close = hmi_find_byte(hmi_bytes(s->p + begin, stop - begin), ']');
        return close == HMI_NPOS ? HM_OK
                                 : hmi_scanner_emit(s, HMI_ADDRESS, begin + 1, begin + close);
    }
    size_t colon = hmi_find_byte(hmi_bytes(s->p + begin, stop - begin), ':');
    stop = colon == HMI_NPOS ? stop : begin + colon;
    hm_text host = hmi_text((const char *)s->p + begin, stop - begin);
    if (dotted_quad(host)) {
        return hmi_scanner_emit(s, HMI_ADDRESS, begin, stop);
    }
    bool onion = hmi_ends_with(hmi_text_bytes(host), HM_BYTES(".onion"));
    return host.len == 0 ? HM_OK : hmi_scanner_emit(s, onion ? HMI_ONION : HMI_DOMAIN, begin, stop);
}

static int url_at(hmi_scanner *s, size_t colon)
{
    size_t begin = scheme_begin(s, colon);
    if (begin == HMI_NPOS) {
        return HM_OK;
    }
    size_t host = colon + 3, end = host;
    while (end < s->len && end - host < HMI_SCAN_URL_MAX && url_char(s->p[end])) {
        end++;
    }
    end = url_end(s, host, end);
    if (end == host || !(hmi_ascii_alnum((char)s->p[host]) || s->p[host] == '[')) {
        return HM_OK; /* "http://%s/": a pattern, no URL */
    }
    s->done = end;
    HMI_TRY(hmi_scanner_emit(s, HMI_URL, begin, end));
    return url_host(s, host, end);
}

/* Hexadecimal groups around colons: an IPv6 address, a MAC address, or a time of day. */
static int colons_at(hmi_scanner *s, size_t at)
{
    size_t begin = at, end = at, colons = 0, digits = 0, pairs = 0, group = 0;
    bool gap = false;
    while (begin > s->done &&
           (s->p[begin - 1] == ':' || hmi_hex_digit((char)s->p[begin - 1]) >= 0)) {
        begin--;
    }
    for (; end == at || (end < s->len && (s->p[end] == ':' || s->p[end] == '.' ||
                                          hmi_hex_digit((char)s->p[end]) >= 0));
         end++) {
    }
    while (end > begin && s->p[end - 1] == '.') {
        end--;
    }
    for (size_t i = begin; i <= end; i++) {
        bool colon = i < end && s->p[i] == ':';
        if (colon || i == end) {
            pairs += group == 2;
            group = 0;
            gap |= colon && i + 1 < end && s->p[i + 1] == ':';
            colons += colon;
            continue;
        }
        group++;
        digits += hmi_ascii_digit((char)s->p[i]);
    }
    s->done = end;
    bool alone =
        !token_char(before(s, begin)) && !token_char(behind(s, end)) && behind(s, end) != '\\';
    size_t len = end - begin;
    if (!alone || len < 6 || len > 45 || digits == 0) {
        return HM_OK;
    }
    if (colons == 5 && pairs == 6 && len == 17) {
        return hmi_scanner_emit(s, HMI_MAC_ADDRESS, begin, end);
    }
    if ((colons >= 2 && gap) || colons == 7) {
        return hmi_scanner_emit(s, HMI_ADDRESS, begin, end);
    }
    return HM_OK;
}

int hmi_scanner_colon(hmi_scanner *s, size_t at)
{
    uint8_t next = behind(s, at + 1);
    if (next == '/' && behind(s, at + 2) == '/') {
        return url_at(s, at);
    }
    if (next == '\\' || next == '/') {
        return hmi_scanner_drive(s, at);
    }
    bool left = at > s->done && hmi_hex_digit((char)s->p[at - 1]) >= 0;
    if ((left || next == ':') && (next == ':' || hmi_hex_digit((char)next) >= 0)) {
        return colons_at(s, at);
    }
    return HM_OK;
}

static bool mail_char(uint8_t c)
{
    return token_char(c) || c == '+' || c == '%';
}

int hmi_scanner_mail(hmi_scanner *s, size_t at)
{
    size_t begin = at, end = at + 1;
    while (begin > 0 && at - begin <= HMI_SCAN_MAIL_MAX && mail_char(s->p[begin - 1])) {
        begin--;
    }
    while (end < s->len && end - at <= HMI_SCAN_TOKEN_MAX && token_char(s->p[end])) {
        end++;
    }
    while (begin < at && !hmi_ascii_alnum((char)s->p[begin])) {
        begin++;
    }
    while (end > at + 1 && !hmi_ascii_alnum((char)s->p[end - 1])) {
        end--;
    }
    if (at < s->done && at + 1 < s->done) {
        return HM_OK; /* inside a URL or a path */
    }
    if (at - begin < 1 || at - begin > HMI_SCAN_MAIL_MAX || end - at < 5 || behind(s, end) == '@' ||
        before(s, begin) == '@' || hmi_find_byte(hmi_bytes(s->p + at, end - at), '.') == HMI_NPOS ||
        !domain_shaped(hmi_text((const char *)s->p + at + 1, end - at - 1))) {
        return HM_OK;
    }
    s->done = end;
    return hmi_scanner_emit(s, HMI_MAIL, begin, end);
}
