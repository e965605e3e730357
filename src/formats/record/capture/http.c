/* SPDX-License-Identifier: Apache-2.0
 *
 * http.c - the first lines of an HTTP request or reply.
 *
 * FORM   RFC 9112: method, target, version; then "Name: value" lines up to an empty one.
 * TRUST  At most HMI_HTTP_HEADERS_MAX lines are looked at. The first header of a name counts: a
 *        second one may be there to mislead.
 * OWNS   Nothing.
 */
#include "formats/record/capture/capture.h"
#include "formats/record/names.h"

static hm_bytes method_of(hm_bytes bytes)
{
    static const char *const methods[] = { "GET",     "POST",  "HEAD",  "PUT",      "DELETE",
                                           "OPTIONS", "PATCH", "TRACE", "PROPFIND", "CONNECT" };
    for (size_t i = 0; i < HMI_COUNT(methods); i++) {
        hm_bytes method = hmi_text_bytes(hmi_text_of(methods[i]));
        if (bytes.len > method.len && hmi_starts_with(bytes, method) &&
            bytes.ptr[method.len] == ' ') {
            return (hm_bytes){ bytes.ptr, method.len };
        }
    }
    return (hm_bytes){ NULL, 0 };
}

static bool starts_request(hm_bytes bytes)
{
    return method_of(bytes).len > 0;
}

static bool starts_reply(hm_bytes bytes)
{
    return hmi_starts_with(bytes, HM_BYTES("HTTP/1."));
}

static bool needs_more(hm_bytes bytes)
{
    return hmi_find(bytes, HM_BYTES("\r\n\r\n")) == HMI_NPOS;
}

/* Splits "Name: value"; false at the empty line and at the end. */
static bool next_header(hm_bytes *rest, hm_text *ret_name, hm_text *ret_value)
{
    hm_bytes line;
    if (!hmi_next_line(rest, &line) || line.len == 0) {
        return false;
    }
    size_t colon = hmi_find_byte(line, ':');
    hm_text whole = hmi_text((const char *)line.ptr, line.len);
    *ret_name = hmi_text_slice(whole, 0, colon == HMI_NPOS ? 0 : colon);
    *ret_value = hmi_text_trim(hmi_text_slice(whole, colon == HMI_NPOS ? 0 : colon + 1, line.len));
    return true;
}

static void set_once(hm_bytes *field, hm_text value)
{
    if (field->len == 0) {
        *field = hmi_text_bytes(value);
    }
}

static void read_request(hmi_capture *capture, hm_bytes bytes)
{
    hmi_event *event = &capture->event;
    hm_bytes line, rest = bytes, agent = { NULL, 0 }, referrer = agent, forwarded = agent;
    hmi_assembly assembly = { .host_role = HMI_ROLE_QUERY, .method = method_of(bytes) };
    (void)hmi_next_line(&rest, &line);
    hm_bytes target = hmi_slice(line, assembly.method.len + 1, line.len);
    size_t space = hmi_find_byte(target, ' ');
    assembly.uri = space == HMI_NPOS ? target : hmi_slice(target, 0, space);
    hm_text name, value;
    for (unsigned i = 0; i < HMI_HTTP_HEADERS_MAX && next_header(&rest, &name, &value); i++) {
        if (hmi_text_ieq(name, HM_TEXT("host"))) {
            set_once(&assembly.host, value);
        } else if (hmi_text_ieq(name, HM_TEXT("user-agent"))) {
            set_once(&agent, value);
        } else if (hmi_text_ieq(name, HM_TEXT("referer"))) {
            set_once(&referrer, value);
        } else if (hmi_text_ieq(name, HM_TEXT("x-forwarded-for"))) {
            set_once(&forwarded, value);
        }
    }
    if (hmi_bytes_eq(assembly.method, HM_BYTES("CONNECT"))) {
        hmi_event_add_target(event, assembly.method, assembly.uri, HMI_SPELL_PLAIN);
    } else {
        hmi_assembly_end(&assembly, event, &capture->scratch);
    }
    hmi_event_add(event, HMI_USER_AGENT, HMI_ROLE_CLIENT, agent);
    hmi_event_add(event, HMI_URL, HMI_ROLE_REFERRER, referrer);
    size_t comma = hmi_find_byte(forwarded, ',');
    if (forwarded.len > 0) {
        hmi_event_add_host(event, HMI_ROLE_CLIENT, hmi_slice(forwarded, 0, comma), NULL);
    }
}

static void read_reply(hmi_capture *capture, hm_bytes bytes)
{
    hm_bytes line, rest = bytes, server = { NULL, 0 }, location = server;
    hm_text name, value;
    (void)hmi_next_line(&rest, &line);
    hm_bytes code = hmi_slice(line, 9, 3);
    unsigned status = 0;
    for (size_t i = 0; i < code.len && hmi_ascii_digit((char)code.ptr[i]); i++) {
        status = status * 10 + (unsigned)(code.ptr[i] - '0');
    }
    capture->event.status = (uint16_t)status;
    for (unsigned i = 0; i < HMI_HTTP_HEADERS_MAX && next_header(&rest, &name, &value); i++) {
        if (hmi_text_ieq(name, HM_TEXT("server"))) {
            set_once(&server, value);
        } else if (hmi_text_ieq(name, HM_TEXT("location"))) {
            set_once(&location, value);
        }
    }
    hmi_event_add(&capture->event, HMI_PROTOCOL_MARK, HMI_ROLE_SERVER, server);
    if (hmi_find(location, HM_BYTES("://")) != HMI_NPOS) {
        hmi_event_add(&capture->event, HMI_URL, HMI_ROLE_SERVER, location);
    }
}

const hmi_speech hmi_speech_http = { "http",         HMI_EVENT_REQUEST, HMI_SAID_BY_CLIENT,
                                     starts_request, needs_more,        read_request };
const hmi_speech hmi_speech_http_reply = { "http",       HMI_EVENT_OTHER, HMI_SAID_BY_SERVER,
                                           starts_reply, needs_more,      read_reply };
