/* SPDX-License-Identifier: Apache-2.0
 *
 * hit_json.c - one hit as one line of JSON, in the fields of the Elastic Common Schema.
 *
 * FORM   @timestamp, event.*, log.*, threat.indicator.*, threat.enrichments.matched, and under
 *        hallmark.* what ECS has no field for: which semantic matched, where, and the digest of the
 *        line. event.original is cut at HMI_ORIGINAL_MAX bytes.
 * TRUST  Values and records are hostile: the writer escapes them, bytes that are no UTF-8 become
 *        U+FFFD.
 */
#include "base/json.h"
#include "base/time.h"
#include "trait/class.h"
#include "watch/watch.h"

enum { HMI_ORIGINAL_MAX = 8192 };

static void member(hmi_json_writer *w, const char *key, hm_text value)
{
    if (value.len > 0) {
        hmi_json_put_key(w, hmi_text_of(key));
        hmi_json_put_lossy(w, hmi_text_bytes(value));
    }
}

/* ECS names the value's field by what it is. */
static void put_indicator(hmi_json_writer *w, const hm_hit *m)
{
    const hmi_class_row *row = hmi_class_by_name(hmi_text_of(m->kind));
    bool v6 = hmi_find_byte(hmi_text_bytes(m->value), ':') != HMI_NPOS;
    hm_text type = hmi_text_of(row != NULL && row->stix_type != NULL ? row->stix_type : m->kind);
    if (hmi_text_is(type, "ipv4-addr") && v6) {
        type = HM_TEXT("ipv6-addr");
    }
    hmi_json_put_key(w, HM_TEXT("indicator"));
    hmi_json_open_object(w);
    member(w, "type", type);
    member(w, "name", m->value);
    member(w, "provider", m->source);
    member(w, "reference", m->id);
    if (row != NULL && (row->id == HMI_ADDRESS || row->id == HMI_RANGE)) {
        member(w, "ip", m->value);
    } else if (row != NULL && row->id == HMI_MAIL) {
        hmi_json_put_key(w, HM_TEXT("email"));
        hmi_json_open_object(w);
        member(w, "address", m->value);
        hmi_json_close_object(w);
    } else if (row != NULL && (row->id == HMI_DOMAIN || row->id == HMI_URL)) {
        hmi_json_put_key(w, HM_TEXT("url"));
        hmi_json_open_object(w);
        member(w, row->id == HMI_URL ? "full" : "domain", m->value);
        hmi_json_close_object(w);
    } else if (m->semantic == HM_SEM_HASH) {
        hmi_json_put_key(w, HM_TEXT("file"));
        hmi_json_open_object(w);
        hmi_json_put_key(w, HM_TEXT("hash"));
        hmi_json_open_object(w);
        member(w, m->kind, m->value);
        hmi_json_close_object(w);
        hmi_json_close_object(w);
    }
    hmi_json_close_object(w);
}

static void put_event(hmi_json_writer *w, const hmi_watch_hit *hit)
{
    hm_bytes record = hit->match->record;
    record.len = record.len < HMI_ORIGINAL_MAX ? record.len : HMI_ORIGINAL_MAX;
    hmi_json_put_key(w, HM_TEXT("event"));
    hmi_json_open_object(w);
    hmi_json_member_text(w, "kind", HM_TEXT("alert"));
    hmi_json_put_key(w, HM_TEXT("category"));
    hmi_json_open_array(w);
    hmi_json_put_text(w, HM_TEXT("threat"));
    hmi_json_close_array(w);
    hmi_json_put_key(w, HM_TEXT("type"));
    hmi_json_open_array(w);
    hmi_json_put_text(w, HM_TEXT("indicator"));
    hmi_json_close_array(w);
    hmi_json_member_text(w, "id", hmi_text_of(hit->id));
    hmi_json_put_key(w, HM_TEXT("original"));
    hmi_json_put_lossy(w, record);
    hmi_json_close_object(w);
}

/* From the outside in. */
static void put_wrapped(hmi_json_writer *w, unsigned wrapped)
{
    if (wrapped == 0) {
        return;
    }
    hmi_json_put_key(w, HM_TEXT("wrapped"));
    hmi_json_open_array(w);
    if ((wrapped & HM_UNWRAP_BASE64) != 0) {
        hmi_json_put_text(w, HM_TEXT("base64"));
    }
    if ((wrapped & HM_UNWRAP_UTF16) != 0) {
        hmi_json_put_text(w, HM_TEXT("utf16"));
    }
    hmi_json_close_array(w);
}

void hmi_hit_json(hmi_buf *out, const hmi_watch_hit *hit, int64_t now_us)
{
    hmi_json_writer w;
    const hm_hit *m = hit->match;
    hmi_buf stamp = { 0 };
    hmi_buf_init(&stamp, 64);
    hmi_buf_add_stix_time(&stamp, now_us);
    hmi_json_begin(&w, out, false);
    hmi_json_open_object(&w);
    hmi_json_member_text(&w, "@timestamp", hmi_buf_text(&stamp));
    put_event(&w, hit);
    hmi_json_put_key(&w, HM_TEXT("log"));
    hmi_json_open_object(&w);
    hmi_json_put_key(&w, HM_TEXT("file"));
    hmi_json_open_object(&w);
    member(&w, "path", hit->path);
    hmi_json_close_object(&w);
    hmi_json_member_uint(&w, "offset", m->line_offset);
    hmi_json_close_object(&w);
    hmi_json_put_key(&w, HM_TEXT("threat"));
    hmi_json_open_object(&w);
    put_indicator(&w, m);
    hmi_json_close_object(&w);
    hmi_json_put_key(&w, HM_TEXT("hallmark"));
    hmi_json_open_object(&w);
    hmi_json_member_text(&w, "semantic", hmi_text_of(hm_semantic_name((int)m->semantic)));
    hmi_json_member_text(&w, "kind", hmi_text_of(m->kind));
    member(&w, "found", m->found);
    hmi_json_member_uint(&w, "offset", m->offset);
    hmi_json_member_uint(&w, "length", m->len);
    hmi_json_member_uint(&w, "line", m->line);
    hmi_json_member_uint(&w, "feed_line", m->feed_line);
    put_wrapped(&w, hit->wrapped);
    hmi_json_member_text(&w, "line_sha256", hmi_text_of(hit->line_sha256));
    if (hit->times > 0) {
        hmi_json_member_uint(&w, "times", hit->times);
    }
    if (hit->benign_value.len > 0) {
        hmi_json_put_key(&w, HM_TEXT("benign"));
        hmi_json_open_object(&w);
        member(&w, "list", hit->benign_list);
        member(&w, "value", hit->benign_value);
        hmi_json_close_object(&w);
    }
    hmi_json_close_object(&w);
    hmi_json_close_object(&w);
    hmi_buf_add_char(out, '\n');
    hmi_buf_fini(&stamp);
}
