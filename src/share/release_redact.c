/* SPDX-License-Identifier: Apache-2.0
 *
 * release_redact.c - takes properties out of an object so that what is left is an honest object.
 *
 * WHY    A redaction that leaves broken STIX, an index that names another element, or an id from
 *        which the secret can be guessed, is worse than none: then the object is held.
 * FORM   The sender's members in the sender's order, without those that are gone.
 * TRUST  The object was gathered (release_gather.c): it parses. OWNS  The bytes are the arena's.
 */
#include "base/error.h"
#include "share/release_set.h"
#include "trait/stix_id.h"

typedef struct redaction {
    hmi_release_run *run;
    hmi_release_item *item;
    hmi_json_writer w;
    bool impossible;
} redaction;

static bool whole_gone(const hmi_release_item *item, hm_text property)
{
    for (size_t i = 0; i < item->granular_count; i++) {
        if (item->granulars[i].gone && hmi_text_eq(item->granulars[i].property, property)) {
            return true;
        }
    }
    for (size_t i = 0; i < item->reference_count; i++) {
        const hmi_reference *r = &item->references[i];
        if (r->gone && r->element == HMI_WHOLE_PROPERTY && hmi_text_eq(r->property, property)) {
            return true;
        }
    }
    return false;
}

static bool element_gone(const hmi_release_item *item, hm_text property, int64_t element)
{
    for (size_t i = 0; i < item->reference_count; i++) {
        const hmi_reference *r = &item->references[i];
        if (r->gone && r->element == element && hmi_text_eq(r->property, property)) {
            return true;
        }
    }
    return false;
}

static size_t elements_gone(const hmi_release_item *item, hm_text property)
{
    size_t count = 0;
    for (size_t i = 0; i < item->reference_count; i++) {
        const hmi_reference *r = &item->references[i];
        count += r->gone && r->element >= 0 && hmi_text_eq(r->property, property);
    }
    return count;
}

/* Gone as a whole: because all of it must go, or because nothing of the list is left. */
static bool property_gone(const hmi_release_item *item, hm_text property, hmi_value value)
{
    return whole_gone(item, property) ||
           (hmi_json_kind_of(value) == HMI_JSON_ARRAY && hmi_json_count(value) > 0 &&
            elements_gone(item, property) == hmi_json_count(value));
}

static bool is_core(hm_text property)
{
    static const char *const CORE[] = { "type",
                                        "spec_version",
                                        "id",
                                        "created",
                                        "modified",
                                        "object_marking_refs",
                                        "granular_markings" };
    for (size_t i = 0; i < HMI_COUNT(CORE); i++) {
        if (hmi_text_is(property, CORE[i])) {
            return true;
        }
    }
    return false;
}

static bool selected_inside(const hmi_release_item *item, hm_text property)
{
    for (size_t i = 0; i < item->granular_count; i++) {
        if (item->granulars[i].deeper && hmi_text_eq(item->granulars[i].property, property)) {
            return true;
        }
    }
    return false;
}

static hm_text first_step(hm_text selector)
{
    size_t dot = hmi_find_byte(hmi_text_bytes(selector), '.');
    return hmi_text_slice(selector, 0, dot == HMI_NPOS ? selector.len : dot);
}

static bool selector_stays(const redaction *r, hmi_value object, hmi_value selector)
{
    hm_text first = first_step(hmi_json_text(selector, r->run->arena));
    for (hmi_value v = hmi_json_first(object); hmi_json_is(v); v = hmi_json_next(v)) {
        if (hmi_text_eq(hmi_json_key(v, r->run->arena), first)) {
            return !property_gone(r->item, first, v);
        }
    }
    return false;
}

static void write_granular(redaction *r, hmi_value object, hmi_value granular)
{
    hmi_json_open_object(&r->w);
    for (hmi_value v = hmi_json_first(granular); hmi_json_is(v); v = hmi_json_next(v)) {
        hm_text key = hmi_json_key(v, r->run->arena);
        hmi_json_put_key(&r->w, key);
        if (!hmi_text_is(key, "selectors")) {
            hmi_json_put_raw(&r->w, hmi_json_raw(v));
            continue;
        }
        hmi_json_open_array(&r->w);
        for (hmi_value s = hmi_json_first(v); hmi_json_is(s); s = hmi_json_next(s)) {
            if (selector_stays(r, object, s)) {
                hmi_json_put_raw(&r->w, hmi_json_raw(s));
            }
        }
        hmi_json_close_array(&r->w);
    }
    hmi_json_close_object(&r->w);
}

static bool granular_stays(const redaction *r, hmi_value object, hmi_value granular)
{
    hmi_value selectors = hmi_json_get(granular, "selectors");
    for (hmi_value s = hmi_json_first(selectors); hmi_json_is(s); s = hmi_json_next(s)) {
        if (selector_stays(r, object, s)) {
            return true;
        }
    }
    return false;
}

static void write_granulars(redaction *r, hmi_value object, hm_text key, hmi_value list)
{
    bool any = false;
    for (hmi_value v = hmi_json_first(list); hmi_json_is(v); v = hmi_json_next(v)) {
        if (!granular_stays(r, object, v)) {
            continue;
        }
        if (!any) {
            hmi_json_put_key(&r->w, key);
            hmi_json_open_array(&r->w);
        }
        any = true;
        write_granular(r, object, v);
    }
    if (any) {
        hmi_json_close_array(&r->w);
    }
}

static int note_gone(redaction *r, hm_text property, bool whole)
{
    hmi_release_object *o = r->item->object;
    hm_text kept = hmi_arena_text(r->run->arena, property);
    o->gone[o->gone_count++] = (hmi_gone){ kept, whole };
    return kept.ptr != NULL ? HM_OK : hmi_arena_fail(r->run->arena, r->run->err);
}

static int write_member(redaction *r, hmi_value object, hmi_value value)
{
    hm_text key = hmi_json_key(value, r->run->arena);
    if (property_gone(r->item, key, value)) {
        /* A list that loses its elements one by one and one that loses them at once end the same.
         */
        r->impossible |=
            is_core(key) || (!whole_gone(r->item, key) && selected_inside(r->item, key));
        return note_gone(r, key, true);
    }
    size_t lost = elements_gone(r->item, key);
    if (hmi_text_is(key, "granular_markings")) {
        write_granulars(r, object, key, value);
        return HM_OK;
    }
    hmi_json_put_key(&r->w, key);
    if (lost == 0) {
        hmi_json_put_raw(&r->w, hmi_json_raw(value));
        return HM_OK;
    }
    r->impossible |= selected_inside(r->item, key);
    int64_t index = 0;
    hmi_json_open_array(&r->w);
    for (hmi_value v = hmi_json_first(value); hmi_json_is(v); v = hmi_json_next(v), index++) {
        if (!element_gone(r->item, key, index)) {
            hmi_json_put_raw(&r->w, hmi_json_raw(v));
        }
    }
    hmi_json_close_array(&r->w);
    return note_gone(r, key, false);
}

/* The id that an observable's properties make; empty when they make none. */
static void made_id(hmi_release_run *run, hmi_value object, hmi_buf *out)
{
    hm_err why = { 0 };
    hmi_buf_clear(out);
    if (hmi_stix_sco_id(object, run->arena, out, &why) < 0) {
        hmi_buf_clear(out);
    }
}

static bool is_version_5(hm_text id)
{
    return id.ptr[id.len - HMI_UUID_TEXT + 14] == '5';
}

static int check_left(redaction *r, hm_bytes left, const hmi_buf *id_before)
{
    hmi_stix_report report;
    hmi_stix_check_options options = { .ignore = ~UINT64_C(0) << HMI_STIX_CHECK_EXTENSION_USE };
    HMI_TRY(hmi_stix_check_document(r->run->checker, left, &options, &report, r->run->err));
    r->impossible |= report.errors > 0;
    if (r->impossible || !is_version_5(r->item->object->id)) {
        return HM_OK;
    }
    hmi_value object;
    hmi_buf id_after;
    hmi_buf_init(&id_after, 0);
    int code = hmi_json_parse(r->run->json, left, 0, &object, r->run->err);
    if (code == HM_OK) {
        made_id(r->run, object, &id_after);
        r->impossible |= !hmi_bytes_eq(hmi_buf_bytes(id_before), hmi_buf_bytes(&id_after));
    }
    hmi_buf_fini(&id_after);
    return code;
}

static int write_left(redaction *r, hmi_buf *left, hmi_buf *id_before)
{
    hmi_value object;
    hmi_release_object *o = r->item->object;
    HMI_TRY(hmi_json_parse(r->run->json, o->raw, 0, &object, r->run->err));
    made_id(r->run, object, id_before);
    o->gone_count = 0;
    o->gone = hmi_new_array(r->run->arena, hmi_gone, hmi_json_count(object));
    if (o->gone == NULL) {
        return hmi_arena_fail(r->run->arena, r->run->err);
    }
    hmi_json_begin(&r->w, left, false);
    hmi_json_open_object(&r->w);
    for (hmi_value v = hmi_json_first(object); hmi_json_is(v); v = hmi_json_next(v)) {
        HMI_TRY(write_member(r, object, v));
    }
    hmi_json_close_object(&r->w);
    return hmi_buf_check(left, r->run->err);
}

static hmi_rule cause(const hmi_release_item *item)
{
    for (size_t i = 0; i < item->granular_count; i++) {
        if (item->granulars[i].gone) {
            return HMI_RULE_REDACTION;
        }
    }
    for (size_t i = 0; i < item->reference_count; i++) {
        if (item->references[i].gone) {
            return HMI_RULE_REFERENCE;
        }
    }
    return HMI_RULE_ALLOWED;
}

int hmi_release_redact(hmi_release_run *run, hmi_release_item *item)
{
    hmi_release_object *o = item->object;
    o->rule = cause(item);
    o->answer = HMI_RELEASE;
    o->out = o->raw;
    if (o->rule == HMI_RULE_ALLOWED) {
        return HM_OK;
    }
    redaction r = { .run = run, .item = item };
    hmi_buf left, id_before;
    hmi_buf_init(&left, 0);
    hmi_buf_init(&id_before, 0);
    int code = write_left(&r, &left, &id_before);
    if (code == HM_OK && !r.impossible) {
        code = check_left(&r, hmi_buf_bytes(&left), &id_before);
    }
    o->answer = r.impossible ? HMI_HOLD : HMI_REDACT;
    o->out = (hm_bytes){ NULL, 0 };
    if (code == HM_OK && !r.impossible) {
        o->out = hmi_arena_bytes(run->arena, hmi_buf_bytes(&left));
        code = o->out.ptr != NULL ? HM_OK : hmi_arena_fail(run->arena, run->err);
    }
    hmi_buf_fini(&left);
    hmi_buf_fini(&id_before);
    return code;
}
