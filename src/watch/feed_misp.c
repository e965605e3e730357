/* SPDX-License-Identifier: Apache-2.0
 *
 * feed_misp.c - the attributes of MISP events that are meant to be looked for.
 *
 * FORM   {"Event": {...}}, a list of such, {"response": [...]} or {"response": {"Attribute":
 * [...]}}, as events are exported, answered and laid in feeds. Of an event the attributes, also
 * those in objects, that have "to_ids", are not deleted and that nobody reported as false. A
 * composite ("filename|sha256") is two. TRUST  Hostile JSON of bounded depth and size, already
 * parsed. What is no such thing is passed over; attributes of a type that has no class are refused
 * by name. OWNS   Nothing.
 */
#include "base/error.h"
#include "base/json.h"
#include "trait/misp.h"
#include "watch/feed.h"

typedef struct misp {
    hmi_feed *feed;
    hmi_arena *arena; /* of one attribute */
    const char *id;
} misp;

static hm_text text(const misp *m, hmi_value object, const char *key)
{
    hmi_value value = hmi_json_get(object, key);
    if (hmi_json_kind_of(value) == HMI_JSON_NUMBER) {
        hm_bytes raw = hmi_json_raw(value);
        return hmi_text((const char *)raw.ptr, raw.len);
    }
    return hmi_json_text(value, m->arena);
}

/* MISP writes true, "1" and 1. */
static bool is_set(const misp *m, hmi_value object, const char *key)
{
    hm_text said = text(m, object, key);
    return hmi_json_is_true(hmi_json_get(object, key)) || hmi_text_is(said, "1") ||
           hmi_text_is(said, "true");
}

static bool is_denied(const misp *m, hmi_value attribute)
{
    hmi_value list = hmi_json_get(attribute, "Sighting");
    for (hmi_value v = hmi_json_first(list); hmi_json_is(v); v = hmi_json_next(v)) {
        if (hmi_text_is(text(m, v, "type"), "1")) {
            return true;
        }
    }
    return false;
}

static int take_value(const misp *m, hm_text type_name, hm_text value, hm_err *err)
{
    const hmi_misp_type *type = hmi_misp_type_find(type_name);
    if (type == NULL) {
        hm_err why = { 0 };
        (void)hmi_fail(&why, HM_E_UNSUPPORTED, HM_OFFSET_NONE,
                       "records are not searched for this MISP type");
        m->feed->refused++;
        if (m->feed->refuse != NULL) {
            m->feed->refuse(m->feed->with, m->feed->name, 0, type_name, &why);
        }
        return HM_OK;
    }
    bool by_shape = type->class_id == HMI_ADDRESS || type->class_id == HMI_DOMAIN;
    hm_indicator indicator = { .kind = by_shape ? NULL : hmi_class_find((int)type->class_id)->name,
                               .value = value.ptr,
                               .value_len = value.len,
                               .id = m->id };
    return value.len == 0 ? HM_OK : hmi_feed_one(m->feed, &indicator, err);
}

static int take_attribute(misp *m, hmi_value attribute, hm_err *err)
{
    hm_text type = text(m, attribute, "type");
    hm_text value = text(m, attribute, "value");
    if (!is_set(m, attribute, "to_ids") || is_set(m, attribute, "deleted") ||
        is_denied(m, attribute)) {
        return HM_OK;
    }
    m->id = hmi_arena_cstr(m->arena, text(m, attribute, "uuid"));
    type = hmi_text_is(type, "malware-sample") ? HM_TEXT("malware-sample|md5") : type;
    size_t bar = hmi_find_byte(hmi_text_bytes(type), '|');
    if (bar == HMI_NPOS) {
        return take_value(m, type, value, err);
    }
    hm_text first = hmi_text_slice(type, 0, bar);
    hm_text second = hmi_text_slice(type, bar + 1, type.len);
    size_t cut = hmi_text_is(first, "regkey") ? hmi_find_byte(hmi_text_bytes(value), '|')
                                              : hmi_find_last_byte(hmi_text_bytes(value), '|');
    if (cut == HMI_NPOS) {
        return take_value(m, first, value, err);
    }
    HMI_TRY(take_value(m, first, hmi_text_slice(value, 0, cut), err));
    if (hmi_text_is(second, "port") || hmi_text_is(second, "value")) {
        return HM_OK; /* of the first, not a thing of its own */
    }
    second = hmi_text_is(second, "ip") ? HM_TEXT("ip-dst") : second;
    return take_value(m, second, hmi_text_slice(value, cut + 1, value.len), err);
}

static int take_attributes(misp *m, hmi_value list, hm_err *err)
{
    for (hmi_value v = hmi_json_first(list); hmi_json_is(v); v = hmi_json_next(v)) {
        HMI_TRY(take_attribute(m, v, err));
        hmi_arena_reset(m->arena);
    }
    return HM_OK;
}

static int take_event(misp *m, hmi_value event, hm_err *err)
{
    HMI_TRY(take_attributes(m, hmi_json_get(event, "Attribute"), err));
    hmi_value objects = hmi_json_get(event, "Object");
    for (hmi_value o = hmi_json_first(objects); hmi_json_is(o); o = hmi_json_next(o)) {
        if (!is_set(m, o, "deleted")) {
            HMI_TRY(take_attributes(m, hmi_json_get(o, "Attribute"), err));
        }
    }
    return HM_OK;
}

/* A list of events, or what an API answered: events, or attributes without one. */
static hmi_value events_of(hmi_value root)
{
    return hmi_json_kind_of(root) == HMI_JSON_ARRAY ? root : hmi_json_get(root, "response");
}

bool hmi_feed_misp_is(hmi_value root)
{
    hmi_value events = events_of(root);
    return hmi_json_is(hmi_json_get(root, "Event")) ||
           hmi_json_is(hmi_json_get(events, "Attribute")) ||
           hmi_json_is(hmi_json_get(hmi_json_first(events), "Event"));
}

int hmi_feed_misp(hmi_feed *feed, hmi_value root, hmi_arena *scratch, hm_err *err)
{
    misp m = { .feed = feed, .arena = scratch };
    hmi_value events = events_of(root);
    if (!hmi_json_is(events)) {
        return take_event(&m, hmi_json_get(root, "Event"), err);
    }
    if (hmi_json_kind_of(events) == HMI_JSON_OBJECT) {
        return take_event(&m, events, err);
    }
    for (hmi_value v = hmi_json_first(events); hmi_json_is(v); v = hmi_json_next(v)) {
        HMI_TRY(take_event(&m, hmi_json_get(v, "Event"), err));
    }
    return HM_OK;
}
