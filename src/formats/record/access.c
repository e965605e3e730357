/* SPDX-License-Identifier: Apache-2.0
 *
 * access.c - access logs of web servers: Common, Combined, and both with the virtual host in front.
 *
 * WHY    The record most victims hand over first, and the one intruders write into: they choose the
 *        request, the referrer, the user agent, sometimes the user name.
 * FORM   [vhost[:port] ]client ident user [10/Oct/2025:13:55:36 +0200] "request" status bytes
 *        [ "referrer" "user agent" [anything]]
 *        client may be an address, a name, or a list "for, by, by" from X-Forwarded-For; quoted
 *        fields escape as \" \\ \xNN (Apache, nginx), some servers do not escape at all.
 * TRUST  The time in brackets is the anchor: what stands before it is the server's word, what
 * stands in quotes is the client's. A quote ends a field only where a field can end, so unescaped
 *        quotes stay inside theirs; a value never moves into another field's role.
 * OWNS   A remembered minute: a busy server writes thousands of lines in each.
 */
#include "formats/record/formats.h"

enum {
    STAMP_LEN = 28, /* "[10/Oct/2025:13:55:36 +0200]" */
    HEAD_MAX = 8192 /* how far in a line the time may stand */
};

typedef struct access_state {
    uint8_t minute[STAMP_LEN]; /* the stamp whose seconds were last replaced */
    hmi_instant base;          /* its moment at second 0 */
} access_state;

static bool digits_at(const uint8_t *p, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (p[i] < '0' || p[i] > '9') {
            return false;
        }
    }
    return true;
}

/* The seconds are read here, the rest by base/time once a minute. */
static bool read_stamp(access_state *state, const uint8_t *p, hmi_instant *ret)
{
    if (!digits_at(p + 19, 2) || p[18] != ':' || p[STAMP_LEN - 1] != ']') {
        return false;
    }
    unsigned second = (unsigned)(p[19] - '0') * 10 + (unsigned)(p[20] - '0');
    bool same = memcmp(p, state->minute, 19) == 0 && memcmp(p + 21, state->minute + 21, 7) == 0;
    if (!same || second > 59) {
        hmi_instant instant;
        if (!hmi_time_parse_clf(hmi_text((const char *)p + 1, STAMP_LEN - 2), &instant)) {
            return false;
        }
        if (second > 59) {
            *ret = instant; /* a leap second: as base/time folds it */
            return true;
        }
        memcpy(state->minute, p, STAMP_LEN);
        state->base = instant;
        state->base.us -= (int64_t)second * 1000000;
    }
    *ret = state->base;
    ret->us += (int64_t)second * 1000000;
    return true;
}

/* Position of the time's bracket, HMI_NPOS when there is no time in the line. */
static size_t find_stamp(access_state *state, hm_bytes line, hmi_instant *ret_time)
{
    hm_bytes head = hmi_slice(line, 0, HEAD_MAX);
    for (size_t at = 0; at + STAMP_LEN <= head.len; at++) {
        const uint8_t *p = memchr(head.ptr + at, '[', head.len - STAMP_LEN + 1 - at);
        if (p == NULL) {
            return HMI_NPOS;
        }
        at = (size_t)(p - head.ptr);
        if (at > 0 && p[-1] == ' ' && p[3] == '/' && read_stamp(state, p, ret_time)) {
            return at;
        }
    }
    return HMI_NPOS;
}

static bool next_token(hm_bytes *rest, hm_bytes *ret_token)
{
    while (rest->len > 0 && rest->ptr[0] == ' ') {
        *rest = hmi_slice(*rest, 1, rest->len);
    }
    if (rest->len == 0) {
        return false;
    }
    size_t len = hmi_find_byte(*rest, ' ');
    len = len == HMI_NPOS ? rest->len : len;
    *ret_token = (hm_bytes){ rest->ptr, len };
    *rest = hmi_slice(*rest, len, rest->len);
    return true;
}

static bool looks_like_address(hm_bytes token)
{
    bool colon = hmi_find_byte(token, ':') != HMI_NPOS;
    for (size_t i = 0; i < token.len; i++) {
        char c = (char)token.ptr[i];
        bool part = hmi_ascii_digit(c) || c == '.' || c == ':' || c == '[' || c == ']' ||
                    c == ',' || (colon && hmi_hex_digit(c) >= 0);
        if (!part) {
            return false;
        }
    }
    /* "443:" or "80" is no address: an octet or a group must follow a separator */
    return token.len > 2 && (colon || hmi_find_byte(token, '.') != HMI_NPOS);
}

/* "vhost client ident user", "client ident user", "a, b, c ident user"; the user may hold spaces.
 * The virtual host is there when the first word is no address and the second can be a client:
 * an address, or any word when a "-" for ident follows it. */
static bool read_head(hm_bytes head, hmi_event *event, hm_bytes *ret_vhost)
{
    hm_bytes rest = head, first, second, third;
    if (!next_token(&rest, &first)) {
        return false;
    }
    hm_bytes behind_first = rest;
    bool has_second = next_token(&rest, &second);
    bool has_third = has_second && next_token(&rest, &third);
    hm_bytes client = first;
    *ret_vhost = (hm_bytes){ NULL, 0 };
    rest = behind_first;
    if (has_third && !looks_like_address(first) && first.ptr[first.len - 1] != ',' &&
        !hmi_bytes_eq(second, HM_BYTES("-")) &&
        (looks_like_address(second) || hmi_bytes_eq(third, HM_BYTES("-")))) {
        *ret_vhost = first;
        (void)next_token(&rest, &client);
    }
    /* X-Forwarded-For in the client's place: each but the last ends with a comma. */
    for (unsigned hops = 0; client.len > 1 && client.ptr[client.len - 1] == ',' && hops < 16;
         hops++) {
        hmi_event_add_host(event, HMI_ROLE_CLIENT, hmi_slice(client, 0, client.len - 1), NULL);
        if (!next_token(&rest, &client)) {
            break;
        }
    }
    hmi_event_add_host(event, HMI_ROLE_CLIENT, client, NULL);
    hm_bytes ident;
    if (!next_token(&rest, &ident)) {
        return false;
    }
    /* Any words can stand before a time in brackets; nobody runs identd for clients with names. */
    if (!looks_like_address(client) && !hmi_bytes_eq(ident, HM_BYTES("-"))) {
        return false;
    }
    hm_text user = hmi_text_trim(hmi_text((const char *)rest.ptr, rest.len));
    if (!hmi_text_is(user, "\"\"")) {
        hmi_event_add_spelled(event, HMI_ACCOUNT, HMI_ROLE_USER, hmi_text_bytes(user),
                              HMI_SPELL_BACKSLASH);
    }
    return true;
}

/* Does something stand at `rest` that follows a request: " 200 ..." or " - ..."? */
static bool status_follows(hm_bytes rest)
{
    if (rest.len >= 4 && rest.ptr[0] == ' ' && digits_at(rest.ptr + 1, 3)) {
        return rest.len == 4 || rest.ptr[4] == ' ';
    }
    return rest.len >= 2 && rest.ptr[0] == ' ' && rest.ptr[1] == '-';
}

/* Cuts a quoted field off *rest, which starts behind the opening quote. The closing quote is the
 * first that is not escaped and stands where a field ends; *ret_closed is false when none does. */
static hm_bytes take_quoted(hm_bytes *rest, bool before_status, bool *ret_closed)
{
    for (size_t from = 0;;) {
        hm_bytes tail = hmi_slice(*rest, from, rest->len);
        const uint8_t *quote = tail.len > 0 ? memchr(tail.ptr, '"', tail.len) : NULL;
        if (quote == NULL) {
            hm_bytes all = *rest;
            *rest = (hm_bytes){ NULL, 0 };
            *ret_closed = false;
            return all;
        }
        size_t at = (size_t)(quote - rest->ptr), slashes = 0;
        while (slashes < at && rest->ptr[at - 1 - slashes] == '\\') {
            slashes++;
        }
        hm_bytes behind = hmi_slice(*rest, at + 1, rest->len);
        bool ends = before_status ? status_follows(behind) || behind.len == 0
                                  : behind.len == 0 || behind.ptr[0] == ' ';
        if (slashes % 2 == 0 && ends) {
            hm_bytes field = { rest->ptr, at };
            *rest = behind;
            *ret_closed = true;
            return field;
        }
        from = at + 1;
    }
}

static void add_request(hmi_event *event, hm_bytes request)
{
    size_t space = hmi_find_byte(request, ' ');
    if (space == HMI_NPOS || space == 0) {
        return; /* "-", or the first bytes of something that is no HTTP */
    }
    hm_bytes method = { request.ptr, space };
    hm_bytes target = hmi_slice(request, space + 1, request.len);
    size_t last = hmi_find_last_byte(target, ' ');
    if (last != HMI_NPOS && hmi_starts_with(hmi_slice(target, last + 1, 5), HM_BYTES("HTTP/"))) {
        target.len = last;
    }
    hmi_event_add_target(event, method, target, HMI_SPELL_BACKSLASH);
}

static uint64_t read_number(hm_bytes digits)
{
    uint64_t value = 0;
    for (size_t i = 0; i < digits.len && i < 18 && hmi_ascii_digit((char)digits.ptr[i]); i++) {
        value = value * 10 + (uint64_t)(digits.ptr[i] - '0');
    }
    return value;
}

/* Behind the user agent servers append what they like; quoted addresses there are mostly what
 * X-Forwarded-For said. */
static void add_extras(hmi_event *event, hm_bytes rest)
{
    for (unsigned count = 0; count < 8 && rest.len > 2 && rest.ptr[0] == ' ' && rest.ptr[1] == '"';
         count++) {
        bool closed = false;
        rest = hmi_slice(rest, 2, rest.len);
        hm_bytes field = take_quoted(&rest, false, &closed);
        hm_text list = hmi_text((const char *)field.ptr, field.len), part;
        for (unsigned hops = 0; closed && hops < 16 && hmi_split(&list, ',', &part); hops++) {
            hm_bytes host = hmi_text_bytes(hmi_text_trim(part));
            if (looks_like_address(host)) {
                hmi_event_add_host(event, HMI_ROLE_CLIENT, host, NULL);
            }
        }
    }
}

static void read_tail(hmi_event *event, hm_bytes rest)
{
    bool closed = false;
    add_request(event, take_quoted(&rest, true, &closed));
    if (!closed) {
        event->cut = true;
        return;
    }
    hm_bytes status, size;
    if (!next_token(&rest, &status) || !next_token(&rest, &size)) {
        event->cut = true;
        return;
    }
    event->status = (uint16_t)read_number(hmi_slice(status, 0, 3));
    event->bytes = read_number(size);
    if (rest.len < 3 || rest.ptr[1] != '"') {
        return; /* Common */
    }
    rest = hmi_slice(rest, 2, rest.len);
    hmi_event_add_spelled(event, HMI_URL, HMI_ROLE_REFERRER, take_quoted(&rest, false, &closed),
                          HMI_SPELL_BACKSLASH);
    if (!closed || rest.len < 3 || rest.ptr[1] != '"') {
        event->cut = true;
        return;
    }
    rest = hmi_slice(rest, 2, rest.len);
    hmi_event_add_spelled(event, HMI_USER_AGENT, HMI_ROLE_CLIENT,
                          take_quoted(&rest, false, &closed), HMI_SPELL_BACKSLASH);
    event->cut = !closed;
    add_extras(event, rest);
}

static int parse_access(hmi_line_ctx *ctx, hm_bytes line, hmi_event *event,
                        __attribute__((unused)) hm_err *err)
{
    hmi_instant time;
    size_t at = find_stamp(ctx->state, line, &time);
    if (at == HMI_NPOS) {
        return HMI_LINE_NOT;
    }
    hm_bytes rest = hmi_slice(line, at + STAMP_LEN, line.len), vhost;
    if (rest.len > 0 && !hmi_starts_with(rest, HM_BYTES(" \""))) {
        return HMI_LINE_NOT;
    }
    if (!read_head((hm_bytes){ line.ptr, at - 1 }, event, &vhost)) {
        return HMI_LINE_NOT;
    }
    event->time = time;
    event->kind = HMI_EVENT_REQUEST;
    if (vhost.len > 0) {
        hmi_event_add_host(event, HMI_ROLE_SERVER, vhost, NULL);
    }
    if (rest.len < 2) {
        event->cut = true;
        return HMI_LINE_EVENT;
    }
    read_tail(event, hmi_slice(rest, 2, rest.len));
    return HMI_LINE_EVENT;
}

const hmi_line_format hmi_line_access = { "combined", sizeof(access_state), parse_access, NULL };
