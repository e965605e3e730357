/* SPDX-License-Identifier: Apache-2.0
 *
 * webserver_error.c - error logs of nginx and Apache.
 *
 * WHY    What an intruder tried and failed at stands here, sometimes only here.
 * FORM   nginx   2025/10/07 13:55:36 [error] 12#0: *7 open() "/x" failed (2: ...), client: A,
 * server: N, request: "GET /x HTTP/1.1", upstream: "...", host: "N", referrer: "URL" Apache  [Tue
 * Oct 07 13:55:36.123456 2025] [core:error] [pid 1:tid 2] [client A:4711] AH00128: text, referer:
 * URL        (2.2: without fraction, module and port) Neither has a zone. TRUST  The message may
 * hold the client's own words: the fields of nginx are looked for from the last ", client: " on.
 * OWNS   Nothing.
 */
#include "formats/record/formats.h"
#include "formats/record/words.h"

static hm_text as_text(hm_bytes bytes)
{
    return hmi_text((const char *)bytes.ptr, bytes.len);
}

/* "2025/10/07 13:55:36" */
static bool read_nginx_time(hm_bytes line, hmi_instant *ret)
{
    char text[20];
    if (line.len < 20 || line.ptr[4] != '/' || line.ptr[7] != '/' || line.ptr[19] != ' ') {
        return false;
    }
    memcpy(text, line.ptr, 19);
    text[4] = '-';
    text[7] = '-';
    return hmi_time_parse_rfc3339(hmi_text(text, 19), ret);
}

static void add_request(hmi_event *event, hm_bytes request)
{
    hm_bytes method, target;
    if (!hmi_word(&request, &method) || request.len < 2) {
        return;
    }
    target = hmi_slice(request, 1, request.len);
    size_t last = hmi_find_last_byte(target, ' ');
    if (last != HMI_NPOS && hmi_starts_with(hmi_slice(target, last + 1, 5), HM_BYTES("HTTP/"))) {
        target.len = last;
    }
    hmi_event_add_target(event, method, target, HMI_SPELL_BACKSLASH);
}

static size_t find_last(hm_bytes hay, hm_bytes needle)
{
    size_t found = HMI_NPOS;
    for (size_t from = 0; from < hay.len;) {
        size_t at = hmi_find(hmi_slice(hay, from, hay.len), needle);
        if (at == HMI_NPOS) {
            break;
        }
        found = from + at;
        from = found + 1;
    }
    return found;
}

static int parse_nginx(__attribute__((unused)) hmi_line_ctx *ctx, hm_bytes line, hmi_event *event,
                       __attribute__((unused)) hm_err *err)
{
    if (!read_nginx_time(line, &event->time)) {
        return HMI_LINE_NOT;
    }
    hm_bytes rest = hmi_slice(line, 20, line.len), level;
    if (rest.len == 0 || rest.ptr[0] != '[' || !hmi_until(&rest, HM_BYTES("] "), &level)) {
        return HMI_LINE_NOT;
    }
    event->kind = HMI_EVENT_MESSAGE;
    size_t client = find_last(rest, HM_BYTES(", client: "));
    hmi_event_add(event, HMI_CLASS_NONE, HMI_ROLE_CONTENT, hmi_slice(rest, 0, client));
    if (client == HMI_NPOS) {
        return HMI_LINE_EVENT;
    }
    hm_bytes fields = hmi_slice(rest, client, rest.len);
    hmi_event_add_host(event, HMI_ROLE_CLIENT, hmi_after(fields, HM_BYTES(", client: "), ','),
                       NULL);
    hmi_event_add_host(event, HMI_ROLE_SERVER, hmi_after(fields, HM_BYTES(", host: \""), '"'),
                       NULL);
    add_request(event, hmi_after(fields, HM_BYTES(", request: \""), '"'));
    hmi_event_add_spelled(event, HMI_URL, HMI_ROLE_REFERRER,
                          hmi_after(fields, HM_BYTES(", referrer: \""), '"'), HMI_SPELL_BACKSLASH);
    return HMI_LINE_EVENT;
}

/* "Tue Oct 07 13:55:36.123456 2025": the year stands last. */
static bool read_apache_time(hm_bytes stamp, hmi_instant *ret)
{
    hm_text text = as_text(stamp);
    if (text.len < 24 || text.len > 31 || text.ptr[3] != ' ') {
        return false;
    }
    hm_text year = hmi_text_slice(text, text.len - 4, 4);
    if (!hmi_all_digits(hmi_text_bytes(year)) || text.ptr[text.len - 5] != ' ') {
        return false;
    }
    char clf[] = "07/Oct/2025:13:55:36 +0000";
    memcpy(clf, text.ptr + 8, 2);
    clf[0] = clf[0] == ' ' ? '0' : clf[0];
    memcpy(clf + 3, text.ptr + 4, 3);
    memcpy(clf + 7, year.ptr, 4);
    memcpy(clf + 12, text.ptr + 11, 8);
    if (!hmi_time_parse_clf(hmi_text(clf, sizeof(clf) - 1), ret)) {
        return false;
    }
    int64_t micro = 0;
    for (size_t i = 20, place = 100000; i < text.len - 5 && place > 0; i++, place /= 10) {
        micro += hmi_ascii_digit(text.ptr[i]) ? (text.ptr[i] - '0') * (int64_t)place : 0;
    }
    ret->us += text.ptr[19] == '.' ? micro : 0;
    ret->trust = HMI_TIME_ZONE_ASSUMED;
    return true;
}

static int parse_apache(__attribute__((unused)) hmi_line_ctx *ctx, hm_bytes line, hmi_event *event,
                        __attribute__((unused)) hm_err *err)
{
    hm_bytes rest = line, part;
    if (line.ptr[0] != '[' || !hmi_until(&rest, HM_BYTES("] "), &part) ||
        !read_apache_time(hmi_slice(part, 1, part.len), &event->time)) {
        return HMI_LINE_NOT;
    }
    event->kind = HMI_EVENT_MESSAGE;
    for (int i = 0; i < 8 && rest.len > 0 && rest.ptr[0] == '['; i++) {
        if (!hmi_until(&rest, HM_BYTES("] "), &part)) {
            break;
        }
        if (hmi_starts_with(part, HM_BYTES("[client ")) ||
            hmi_starts_with(part, HM_BYTES("[remote "))) {
            hmi_event_add_host(event, HMI_ROLE_CLIENT, hmi_slice(part, 8, part.len), NULL);
        }
    }
    size_t referer = find_last(rest, HM_BYTES(", referer: "));
    if (referer != HMI_NPOS) {
        hmi_event_add_spelled(event, HMI_URL, HMI_ROLE_REFERRER,
                              hmi_slice(rest, referer + 11, rest.len), HMI_SPELL_BACKSLASH);
        rest.len = referer;
    }
    hmi_event_add_spelled(event, HMI_CLASS_NONE, HMI_ROLE_CONTENT, rest, HMI_SPELL_BACKSLASH);
    return HMI_LINE_EVENT;
}

const hmi_line_format hmi_line_nginx_error = { "nginx-error", 0, parse_nginx, NULL };
const hmi_line_format hmi_line_apache_error = { "apache-error", 0, parse_apache, NULL };
