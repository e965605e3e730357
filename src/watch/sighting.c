/* SPDX-License-Identifier: Apache-2.0
 *
 * sighting.c - one hit as STIX 2.1.
 *
 * WHY    A sighting is what partners give back for an indicator: seen here, then, so often.
 * FORM   sighting: sighting_of_ref is the indicator's own id where its feed gave one, else that of
 *        an indicator of ours, made of kind and value alone; first_seen and last_seen are what the
 *        record says, and are left out when it says nothing; what STIX has no property for stands
 *        in an extension. Ids are UUIDv5: the same hit has the same sighting in every run.
 * TRUST  Values, records and names of feeds are hostile: the writer makes them text. The line
 *        itself is not told, only its digest: sightings are made to be shared.
 * OWNS   Nothing.
 */
#include "watch/sighting.h"

#include <stdio.h>

#include "base/time.h"
#include "trait/class.h"

/* The name space of sightings and of the indicators made for them; never used for anything else. */
static const uint8_t SPACE[16] = { 0xc7, 0x86, 0x94, 0x7c, 0x34, 0xdc, 0x46, 0x34,
                                   0x9c, 0x47, 0x41, 0x44, 0x13, 0xd6, 0x94, 0x1c };

static bool is_below(const hm_hit *m)
{
    return m->semantic == HM_SEM_SUBDOMAIN;
}

static void name_indicator(const hm_hit *m, char uuid[HMI_UUID_TEXT + 1])
{
    hmi_buf name;
    hmi_buf_init(&name, 0);
    hmi_buf_add_cstr(&name, is_below(m) ? "indicator-below" : "indicator");
    hmi_buf_add_char(&name, '\0');
    hmi_buf_add_cstr(&name, m->kind);
    hmi_buf_add_char(&name, '\0');
    hmi_buf_add_text(&name, m->value);
    hmi_uuid5(SPACE, hmi_buf_bytes(&name), uuid);
    hmi_buf_fini(&name);
}

/* ---- When */

static bool clf_at(hm_bytes rest, hmi_instant *ret)
{
    enum { CLF_LEN = 26 };
    return rest.len > CLF_LEN + 1 && rest.ptr[0] == '[' && rest.ptr[CLF_LEN + 1] == ']' &&
           hmi_time_parse_clf(hmi_text((const char *)rest.ptr + 1, CLF_LEN), ret);
}

static bool rfc3339_at(hm_bytes rest, hmi_instant *ret)
{
    enum { SHORTEST = sizeof("2014-11-24T08:00:00Z") - 1, LONGEST = 40 };
    size_t used;
    if (rest.len < SHORTEST || rest.ptr[4] != '-' || rest.ptr[7] != '-' || rest.ptr[13] != ':') {
        return false;
    }
    hm_bytes head = hmi_slice(rest, 0, LONGEST);
    return hmi_time_parse_rfc3339_prefix(hmi_text((const char *)head.ptr, head.len), ret, &used) &&
           ret->trust == HMI_TIME_EXACT;
}

int64_t hmi_sighting_moment(hm_bytes record)
{
    hm_bytes look = hmi_slice(record, 0, HMI_SIGHTING_LOOK_MAX);
    bool digit = false; /* the byte before is one: a number goes on, and is no year */
    for (size_t i = 0; i < look.len; i++) {
        hmi_instant moment;
        hm_bytes rest = hmi_slice(look, i, look.len);
        bool first = !digit && hmi_ascii_digit((char)look.ptr[i]);
        if ((first && rfc3339_at(rest, &moment)) || clf_at(rest, &moment)) {
            return moment.us;
        }
        digit = hmi_ascii_digit((char)look.ptr[i]);
    }
    return HMI_TIME_NONE;
}

void hmi_sighting_name(const hmi_watch_hit *hit, hmi_sighting *ret_sighting)
{
    const hm_hit *m = hit->match;
    hm_text prefix = HM_TEXT("indicator--");
    char uuid[HMI_UUID_TEXT + 1];
    hmi_sighting s = { .seen_us = hmi_sighting_moment(m->record) };
    hmi_uuid5(SPACE, hmi_bytes(hit->id, strlen(hit->id)), uuid);
    (void)snprintf(s.id, sizeof(s.id), "sighting--%s", uuid);
    bool given = m->id.len == sizeof(s.indicator_id) - 1 && hmi_stix_id_is(m->id) &&
                 hmi_starts_with(hmi_text_bytes(m->id), hmi_text_bytes(prefix));
    s.own_indicator = !given;
    if (given) {
        memcpy(s.indicator_id, m->id.ptr, m->id.len);
    } else {
        name_indicator(m, uuid);
        (void)snprintf(s.indicator_id, sizeof(s.indicator_id), "indicator--%s", uuid);
    }
    *ret_sighting = s;
}

/* ---- What */

static void member_time(hmi_json_writer *w, const char *key, int64_t us)
{
    hmi_buf text;
    hmi_buf_init(&text, 64);
    hmi_buf_add_stix_time(&text, us);
    hmi_json_member_text(w, key, hmi_buf_text(&text));
    hmi_buf_fini(&text);
}

static void member(hmi_json_writer *w, const char *key, hm_text value)
{
    if (value.len > 0) {
        hmi_json_put_key(w, hmi_text_of(key));
        hmi_json_put_lossy(w, hmi_text_bytes(value));
    }
}

static void open_object(hmi_json_writer *w, const char *type, const char *id, int64_t when_us)
{
    hmi_json_open_object(w);
    hmi_json_member_text(w, "type", hmi_text_of(type));
    hmi_json_member_text(w, "spec_version", HM_TEXT("2.1"));
    hmi_json_member_text(w, "id", hmi_text_of(id));
    if (strcmp(type, "identity") != 0) {
        hmi_json_member_text(w, "created_by_ref", HM_TEXT(HMI_STIX_PROGRAM));
    }
    member_time(w, "created", when_us);
    member_time(w, "modified", when_us);
}

static void add_literal(hmi_buf *out, hm_text value, const char *behind)
{
    hmi_buf_add_char(out, '\'');
    hmi_buf_add_cstr(out, behind);
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '\'' || value.ptr[i] == '\\') {
            hmi_buf_add_char(out, '\\');
        }
        hmi_buf_add_char(out, value.ptr[i]);
    }
    hmi_buf_add_char(out, '\'');
}

/* Kinds that STIX has no observable for are asked of one of our own. */
static void add_path(hmi_buf *out, const hm_hit *m, const hmi_class_row *row)
{
    bool v6 = hmi_find_byte(hmi_text_bytes(m->value), ':') != HMI_NPOS;
    bool address = row != NULL && (row->id == HMI_ADDRESS || row->id == HMI_RANGE);
    if (row != NULL && row->id == HMI_USER_AGENT) {
        hmi_buf_add_cstr(out, "network-traffic:extensions.'http-request-ext'.request_header."
                              "'User-Agent'");
    } else if (row != NULL && row->stix_type != NULL) {
        hmi_buf_printf(out, "%s:%s", address && v6 ? "ipv6-addr" : row->stix_type,
                       row->stix_property);
    } else {
        hmi_buf_printf(out, "x-hallmark-trait:'%s'", m->kind);
    }
}

static void add_pattern(hmi_buf *out, const hm_hit *m)
{
    const hmi_class_row *row = hmi_class_by_name(hmi_text_of(m->kind));
    hmi_buf_add_char(out, '[');
    add_path(out, m, row);
    hmi_buf_add_cstr(out, row != NULL && row->id == HMI_RANGE ? " ISSUBSET " : " = ");
    add_literal(out, m->value, "");
    if (is_below(m)) {
        hmi_buf_add_cstr(out, " OR ");
        add_path(out, m, row);
        hmi_buf_add_cstr(out, " LIKE ");
        add_literal(out, m->value, "%.");
    }
    hmi_buf_add_char(out, ']');
}

void hmi_sighting_indicator(const hmi_watch_hit *hit, const hmi_sighting *s, int64_t now_us,
                            hmi_buf *out)
{
    hmi_json_writer w;
    hmi_buf pattern;
    hmi_buf_init(&pattern, 0);
    add_pattern(&pattern, hit->match);
    hmi_json_begin(&w, out, false);
    open_object(&w, "indicator", s->indicator_id, now_us);
    member(&w, "name", hit->match->value);
    member(&w, "pattern", hmi_buf_text(&pattern));
    hmi_json_member_text(&w, "pattern_type", HM_TEXT("stix"));
    member_time(&w, "valid_from", now_us);
    hmi_json_close_object(&w);
    hmi_buf_fini(&pattern);
}

static hm_text wrapping_of(unsigned wrapped)
{
    bool base64 = (wrapped & HM_UNWRAP_BASE64) != 0;
    bool utf16 = (wrapped & HM_UNWRAP_UTF16) != 0;
    return base64 ? (utf16 ? HM_TEXT("base64 of utf16") : HM_TEXT("base64")) : HM_TEXT("utf16");
}

static void put_extension(hmi_json_writer *w, const hmi_watch_hit *hit)
{
    const hm_hit *m = hit->match;
    hmi_json_put_key(w, HM_TEXT("extensions"));
    hmi_json_open_object(w);
    hmi_json_put_key(w, HM_TEXT(HMI_SIGHTING_EXTENSION));
    hmi_json_open_object(w);
    hmi_json_member_text(w, "extension_type", HM_TEXT("property-extension"));
    hmi_json_member_text(w, "event_id", hmi_text_of(hit->id));
    hmi_json_member_text(w, "semantic", hmi_text_of(hm_semantic_name((int)m->semantic)));
    hmi_json_member_text(w, "kind", hmi_text_of(m->kind));
    member(w, "found", m->found);
    if (hit->wrapped != 0) {
        hmi_json_member_text(w, "wrapped", wrapping_of(hit->wrapped));
    }
    member(w, "source", hit->path);
    hmi_json_member_uint(w, "offset", m->offset);
    hmi_json_member_uint(w, "line", m->line);
    hmi_json_member_text(w, "line_sha256", hmi_text_of(hit->line_sha256));
    member(w, "feed", m->source);
    member(w, "reference", m->id);
    member(w, "benign_list", hit->benign_list);
    hmi_json_close_object(w);
    hmi_json_close_object(w);
}

void hmi_sighting_json(const hmi_watch_hit *hit, const hmi_sighting *s, int64_t now_us,
                       hmi_buf *out)
{
    hmi_json_writer w;
    hmi_json_begin(&w, out, false);
    open_object(&w, "sighting", s->id, now_us);
    if (s->seen_us != HMI_TIME_NONE) {
        member_time(&w, "first_seen", s->seen_us);
        member_time(&w, "last_seen", s->seen_us);
    }
    hmi_json_member_uint(&w, "count", 1);
    hmi_json_member_text(&w, "sighting_of_ref", hmi_text_of(s->indicator_id));
    put_extension(&w, hit);
    hmi_json_close_object(&w);
}

void hmi_sighting_author(hmi_buf *out)
{
    hmi_json_writer w;
    hmi_json_begin(&w, out, false);
    open_object(&w, "identity", HMI_STIX_PROGRAM, HMI_STIX_PROGRAM_MADE_US);
    hmi_json_member_text(&w, "name", HM_TEXT("Hallmark"));
    hmi_json_member_text(&w, "identity_class", HM_TEXT("system"));
    hmi_json_close_object(&w);
}

void hmi_sighting_extension(hmi_buf *out)
{
    hmi_json_writer w;
    hmi_json_begin(&w, out, false);
    open_object(&w, "extension-definition", HMI_SIGHTING_EXTENSION, HMI_STIX_PROGRAM_MADE_US);
    hmi_json_member_text(&w, "name", HM_TEXT("Hallmark sighting"));
    hmi_json_member_text(&w, "description",
                         HM_TEXT("Where in which source an indicator was met, by which semantic, "
                                 "and what exactly was found there. The record itself is not told, "
                                 "only its SHA-256."));
    hmi_json_member_text(
        &w, "schema",
        HM_TEXT("event_id, semantic, kind, found, wrapped, source, line_sha256, feed, "
                "reference, benign_list: string; offset, line: integer."));
    hmi_json_member_text(&w, "version", HM_TEXT("1.0.0"));
    hmi_json_put_key(&w, HM_TEXT("extension_types"));
    hmi_json_open_array(&w);
    hmi_json_put_text(&w, HM_TEXT("property-extension"));
    hmi_json_close_array(&w);
    hmi_json_close_object(&w);
}
