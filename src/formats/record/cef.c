/* SPDX-License-Identifier: Apache-2.0
 *
 * cef.c - CEF and LEEF: what firewalls, proxies and other devices send to a collector.
 *
 * WHY    Two envelopes that many vendors share, with agreed names for who and whom.
 * FORM   CEF:0|vendor|product|version|signature|name|severity|key=value key=value ...
 *        | and \ are escaped in the head; = \ and line ends in values. A value goes on until the
 *        next " key=". LEEF:1.0|vendor|product|version|id|key=value<TAB>key=value ...; LEEF:2.0 has
 *        one more head field, the separator, as itself or as x09 / 0x09.
 * TRUST  A value may hold "=": only a word without blanks before an unescaped = is a key.
 * OWNS   Nothing.
 */
#include "formats/record/formats.h"
#include "formats/record/names.h"

enum { KEYS_MAX = 256 };

/* Cuts the head field before the next unescaped | off *rest. */
static bool take_head(hm_bytes *rest, hm_bytes *ret_field)
{
    for (size_t i = 0; i < rest->len; i++) {
        if (rest->ptr[i] == '\\') {
            i++;
        } else if (rest->ptr[i] == '|') {
            *ret_field = hmi_slice(*rest, 0, i);
            *rest = hmi_slice(*rest, i + 1, rest->len);
            return true;
        }
    }
    return false;
}

static bool is_key_byte(uint8_t c)
{
    return hmi_ascii_alnum((char)c) || c == '_' || c == '.' || c == '-' || c == '[' || c == ']';
}

/* "Oct 10 2025 13:55:36" with or without a zone word, epoch milliseconds, RFC 3339. */
static void read_time(hm_bytes value, hmi_event *event)
{
    if (hmi_any_time_parse(value, &event->time) || value.len < 20) {
        return;
    }
    char clf[] = "10/Oct/2025:13:55:36 +0000";
    memcpy(clf, value.ptr + 4, 2);
    clf[0] = clf[0] == ' ' ? '0' : clf[0];
    memcpy(clf + 3, value.ptr, 3);
    memcpy(clf + 7, value.ptr + 7, 4);
    memcpy(clf + 12, value.ptr + 12, 8);
    if (hmi_time_parse_clf(hmi_text(clf, sizeof(clf) - 1), &event->time)) {
        event->time.trust = HMI_TIME_ZONE_ASSUMED;
    }
}

static void put(hmi_assembly *assembly, hmi_event *event, hm_bytes key, hm_bytes value)
{
    const hmi_name_rule *rule = hmi_name_find(HMI_DIALECT_CEF, key);
    if (rule == NULL) {
        return;
    }
    if (rule->use == HMI_USE_TIME) {
        if (event->time.us == HMI_TIME_NONE) {
            read_time(value, event);
        }
        return;
    }
    hmi_assembly_put(assembly, event, rule, value, HMI_SPELL_BACKSLASH);
}

/* Values end where the next " key=" begins. */
static void read_blank_separated(hmi_assembly *assembly, hmi_event *event, hm_bytes rest)
{
    hm_bytes key = { NULL, 0 };
    size_t value = 0, word = 0;
    for (size_t i = 0, keys = 0; i <= rest.len && keys < KEYS_MAX; i++) {
        if (i == rest.len) {
            if (key.len > 0) {
                put(assembly, event, key, hmi_slice(rest, value, i - value));
            }
        } else if (rest.ptr[i] == '\\') {
            i++;
            word = HMI_NPOS;
        } else if (rest.ptr[i] == ' ') {
            word = i + 1;
        } else if (rest.ptr[i] == '=' && word != HMI_NPOS && i > word) {
            if (key.len > 0) {
                put(assembly, event, key,
                    hmi_slice(rest, value, word > value ? word - 1 - value : 0));
            }
            key = hmi_slice(rest, word, i - word);
            value = i + 1;
            word = HMI_NPOS;
            keys++;
        } else if (!is_key_byte(rest.ptr[i])) {
            word = HMI_NPOS;
        }
    }
}

static void read_separated(hmi_assembly *assembly, hmi_event *event, hm_bytes rest, char by)
{
    hm_text all = hmi_text((const char *)rest.ptr, rest.len), part;
    for (int keys = 0; keys < KEYS_MAX && hmi_split(&all, by, &part); keys++) {
        hm_bytes pair = hmi_text_bytes(part);
        size_t equals = hmi_find_byte(pair, '=');
        if (equals != HMI_NPOS) {
            put(assembly, event, hmi_slice(pair, 0, equals), hmi_slice(pair, equals + 1, pair.len));
        }
    }
}

/* "^", "x09", "0x09", or nothing for a tab. */
static char read_separator(hm_bytes field)
{
    if (field.len == 1) {
        return (char)field.ptr[0];
    }
    if (field.len >= 3) {
        int high = hmi_hex_digit((char)field.ptr[field.len - 2]);
        int low = hmi_hex_digit((char)field.ptr[field.len - 1]);
        return high >= 0 && low >= 0 ? (char)(high << 4 | low) : '\t';
    }
    return '\t';
}

static int parse_cef(hmi_line_ctx *ctx, hm_bytes line, hmi_event *event,
                     __attribute__((unused)) hm_err *err)
{
    hm_bytes rest = line, head[7];
    bool cef = hmi_starts_with(line, HM_BYTES("CEF:"));
    bool leef = hmi_starts_with(line, HM_BYTES("LEEF:"));
    if (!cef && !leef) {
        return HMI_LINE_NOT;
    }
    bool leef2 = leef && hmi_starts_with(line, HM_BYTES("LEEF:2"));
    size_t heads = cef ? 7 : leef2 ? 6 : 5;
    for (size_t i = 0; i < heads; i++) {
        if (!take_head(&rest, &head[i])) {
            return HMI_LINE_NOT;
        }
    }
    hmi_assembly assembly = { .host_role = HMI_ROLE_QUERY };
    event->kind = HMI_EVENT_ALERT;
    if (cef) {
        hmi_event_add_spelled(event, HMI_CLASS_NONE, HMI_ROLE_CONTENT, head[5],
                              HMI_SPELL_BACKSLASH);
        read_blank_separated(&assembly, event, rest);
    } else {
        read_separated(&assembly, event, rest, leef2 ? read_separator(head[5]) : '\t');
    }
    hmi_assembly_end(&assembly, event, ctx->scratch);
    return HMI_LINE_EVENT;
}

const hmi_line_format hmi_line_cef = { "cef", 0, parse_cef, NULL };
