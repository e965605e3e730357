/* SPDX-License-Identifier: Apache-2.0
 *
 * dns_query.c - query logs of BIND, dnsmasq and unbound.
 *
 * WHY    Who asked for which name: the cheapest trace of an implant.
 * FORM   BIND     07-Oct-2025 13:55:36.123 [queries: ][info: ]client [@0x7f ]192.0.2.1#4711 (name):
 * query: name IN A +E .. dnsmasq  query[A] name from 192.0.2.1          reply name is 198.51.100.7
 * (inside syslog) unbound  [1591367999] unbound[1:0] info: 192.0.2.1 name. A IN Names come in mixed
 * case (0x20), with or without the last dot, odd bytes as \DDD. TRUST  The name is the client's; it
 * holds no blank, because all three escape it. OWNS   Nothing.
 */
#include "formats/record/formats.h"
#include "formats/record/names.h"
#include "formats/record/words.h"

static void add_name(hmi_event *event, hm_bytes name)
{
    hmi_event_add_spelled(event, HMI_DOMAIN, HMI_ROLE_QUERY, name, HMI_SPELL_BACKSLASH);
}

/* "192.0.2.1#4711" */
static void add_client(hmi_event *event, hm_bytes word)
{
    size_t port = hmi_find_byte(word, '#');
    hmi_event_add_host(event, HMI_ROLE_CLIENT, port == HMI_NPOS ? word : hmi_slice(word, 0, port),
                       NULL);
}

/* "07-Oct-2025 13:55:36.123" */
static bool read_bind_time(hm_bytes line, hmi_instant *ret)
{
    if (line.len < 25 || line.ptr[2] != '-' || line.ptr[6] != '-' || line.ptr[20] != '.') {
        return false;
    }
    char clf[] = "07/Oct/2025:13:55:36 +0000";
    memcpy(clf, line.ptr, 2);
    memcpy(clf + 3, line.ptr + 3, 3);
    memcpy(clf + 7, line.ptr + 7, 4);
    memcpy(clf + 12, line.ptr + 12, 8);
    hm_bytes fraction = hmi_slice(line, 21, 3);
    if (!hmi_all_digits(fraction) || !hmi_time_parse_clf(hmi_text(clf, sizeof(clf) - 1), ret)) {
        return false;
    }
    ret->us +=
        ((fraction.ptr[0] - '0') * 100 + (fraction.ptr[1] - '0') * 10 + (fraction.ptr[2] - '0')) *
        1000;
    ret->trust = HMI_TIME_ZONE_ASSUMED;
    return true;
}

/* "client ... ADDRESS#PORT (name): [view x: ]query: name IN A ..." wherever it begins. */
static bool read_bind(hm_bytes line, hmi_event *event)
{
    hm_bytes rest = line, before, word, name;
    if (!hmi_until(&rest, HM_BYTES("client "), &before)) {
        return false;
    }
    do {
        if (!hmi_word(&rest, &word)) {
            return false;
        }
    } while (word.ptr[0] == '@');
    if (hmi_find_byte(word, '#') == HMI_NPOS || !hmi_until(&rest, HM_BYTES("query: "), &before) ||
        !hmi_word(&rest, &name)) {
        return false;
    }
    add_client(event, word);
    add_name(event, name);
    return true;
}

static bool read_dnsmasq(hm_bytes line, hmi_event *event)
{
    hm_bytes rest = line, what, name, by, other;
    if (!hmi_word(&rest, &what) || !hmi_word(&rest, &name) || !hmi_word(&rest, &by) ||
        !hmi_word(&rest, &other)) {
        return false;
    }
    bool query = hmi_starts_with(what, HM_BYTES("query[")) && hmi_bytes_eq(by, HM_BYTES("from"));
    bool reply =
        (hmi_bytes_eq(what, HM_BYTES("reply")) || hmi_bytes_eq(what, HM_BYTES("cached"))) &&
        hmi_bytes_eq(by, HM_BYTES("is"));
    if (query) {
        add_client(event, other);
    } else if (reply) {
        event->outcome = hmi_starts_with(other, HM_BYTES("NXDOMAIN")) ? HMI_OUTCOME_FAILURE
                                                                      : HMI_OUTCOME_SUCCESS;
        bool marker = other.len > 0 && other.ptr[0] == '<'; /* <CNAME>, NODATA-IPv4 ... */
        bool address =
            hmi_find_byte(other, '.') != HMI_NPOS || hmi_find_byte(other, ':') != HMI_NPOS;
        if (!marker && address) {
            hmi_event_add_host(event, HMI_ROLE_SERVER, other, NULL);
        }
    } else {
        return false;
    }
    add_name(event, name);
    return true;
}

/* "info: 192.0.2.1 name. A IN": exactly these four words. */
static bool read_unbound(hm_bytes line, hmi_event *event)
{
    hm_bytes rest = line, before, client, name, type, dns_class;
    if (!hmi_until(&rest, HM_BYTES("info: "), &before) || !hmi_word(&rest, &client) ||
        !hmi_word(&rest, &name) || !hmi_word(&rest, &type) || !hmi_word(&rest, &dns_class) ||
        !hmi_bytes_eq(dns_class, HM_BYTES("IN")) || name.ptr[name.len - 1] != '.') {
        return false;
    }
    add_client(event, client);
    add_name(event, name);
    return true;
}

static int parse_dns_query(__attribute__((unused)) hmi_line_ctx *ctx, hm_bytes line,
                           hmi_event *event, __attribute__((unused)) hm_err *err)
{
    hm_bytes rest = line, stamp;
    bool known;
    if (read_bind_time(line, &event->time)) {
        known = read_bind(hmi_slice(line, 24, line.len), event);
    } else if (line.ptr[0] == '[' && hmi_until(&rest, HM_BYTES("] "), &stamp) &&
               hmi_epoch_parse(hmi_slice(stamp, 1, stamp.len), &event->time)) {
        known = read_unbound(rest, event);
    } else {
        known = hmi_starts_with(line, HM_BYTES("client ")) ? read_bind(line, event)
                : hmi_starts_with(line, HM_BYTES("info: ")) ||
                        (line.ptr[0] == '[' &&
                         hmi_find(hmi_slice(line, 0, 32), HM_BYTES("] info: ")) != HMI_NPOS)
                    ? read_unbound(line, event)
                    : read_dnsmasq(line, event);
    }
    event->kind = HMI_EVENT_QUERY;
    return known ? HMI_LINE_EVENT : HMI_LINE_NOT;
}

const hmi_line_format hmi_line_dns_query = { "dns-query", 0, parse_dns_query, NULL };
