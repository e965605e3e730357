/* SPDX-License-Identifier: Apache-2.0
 *
 * event.c - deciding what a value in a record is: an address or a name, a path or a URL.
 *
 * WHY    Many formats write "a machine" or "what was asked for" in the same few ways.
 * FORM   See event.h.
 * TRUST  Only looks; whether the value really is one, its canonical form decides later.
 * OWNS   Nothing.
 */
#include "formats/record/event.h"

/* The digits behind the last colon; 0 when it is no port. */
static uint16_t read_port(hm_bytes digits)
{
    unsigned port = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (!hmi_ascii_digit((char)digits.ptr[i]) || i >= 5) {
            return 0;
        }
        port = port * 10 + (unsigned)(digits.ptr[i] - '0');
    }
    return digits.len > 0 && port <= 65535 ? (uint16_t)port : 0;
}

static bool all_of_address(hm_bytes host)
{
    for (size_t i = 0; i < host.len; i++) {
        if (!hmi_ascii_digit((char)host.ptr[i]) && host.ptr[i] != '.') {
            return false;
        }
    }
    return true;
}

void hmi_event_add_host(hmi_event *event, hmi_role role, hm_bytes raw, uint16_t *ret_port)
{
    hm_bytes host = raw;
    uint16_t port = 0;
    if (all_of_address(raw)) { /* nearly always */
        hmi_event_add(event, HMI_ADDRESS, role, raw);
        if (ret_port != NULL) {
            *ret_port = 0;
        }
        return;
    }
    size_t colon = hmi_find_last_byte(raw, ':');
    bool several = colon != HMI_NPOS && hmi_find_byte(raw, ':') != colon;
    if (raw.len > 1 && raw.ptr[0] == '[') {
        size_t close = hmi_find_byte(raw, ']');
        close = close == HMI_NPOS ? raw.len : close;
        host = hmi_slice(raw, 1, close - 1);
        if (colon != HMI_NPOS && colon > close) {
            port = read_port(hmi_slice(raw, colon + 1, raw.len));
        }
        several = true;
    } else if (colon != HMI_NPOS && !several) {
        port = read_port(hmi_slice(raw, colon + 1, raw.len));
        host = hmi_slice(raw, 0, colon);
    }
    if (several) { /* IPv6: the zone is the record writer's network card */
        size_t zone = hmi_find_byte(host, '%');
        host = zone == HMI_NPOS ? host : hmi_slice(host, 0, zone);
    }
    bool address = several || all_of_address(host);
    hmi_event_add(event, address ? HMI_ADDRESS : HMI_DOMAIN, role, host);
    if (ret_port != NULL) {
        *ret_port = port;
    }
}

void hmi_event_add_target(hmi_event *event, hm_bytes method, hm_bytes target, hmi_spelling spelling)
{
    if (hmi_bytes_eq(method, HM_BYTES("CONNECT"))) {
        hmi_event_add_host(event, HMI_ROLE_QUERY, target, NULL);
        return;
    }
    if (target.len > 0 && target.ptr[0] != '/' && hmi_find(target, HM_BYTES("://")) != HMI_NPOS) {
        hmi_event_add_spelled(event, HMI_URL, HMI_ROLE_QUERY, target, spelling);
        return;
    }
    /* Method and path stand side by side in the record, and are one thing here. */
    bool adjacent = target.ptr != NULL && target.ptr == method.ptr + method.len + 1;
    if (adjacent && target.len > 0) {
        hmi_event_add_spelled(event, HMI_REQUEST_SHAPE, HMI_ROLE_QUERY,
                              (hm_bytes){ method.ptr, method.len + 1 + target.len }, spelling);
    }
}
