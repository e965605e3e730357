/* SPDX-License-Identifier: Apache-2.0
 *
 * release_gather.c - what a release decision needs to know about an object: its markings, its
 * references, its extensions; and what a marking definition means.
 *
 * WHY    Decisions about a set go round until nothing changes; objects are parsed once for that.
 * FORM   Ids are kept in lower case, so that no other spelling of an id is another object.
 * TRUST  Hostile objects. Anything about markings that is not exactly as STIX has it makes the
 *        object malformed, and malformed is held. Depth is JSON's.
 * OWNS   Nothing: all is the run's arena's.
 */
#include "base/error.h"
#include "share/release_set.h"
#include "share/selector.h"
#include "trait/stix_id.h"

typedef struct gathering {
    hmi_release_run *run;
    hmi_release_item *item;
    size_t granular_room, reference_room;
    bool malformed;
    bool no_memory;
} gathering;

static hm_text lower(gathering *g, hm_text text)
{
    char *out = hmi_new_array(g->run->arena, char, text.len + 1);
    if (out == NULL) {
        g->no_memory = true;
        return (hm_text){ NULL, 0 };
    }
    for (size_t i = 0; i < text.len; i++) {
        out[i] = hmi_ascii_lower(text.ptr[i]);
    }
    return hmi_text(out, text.len);
}

static hm_text text_in(gathering *g, hmi_value value)
{
    hm_text text = hmi_json_text(value, g->run->arena);
    return text.ptr != NULL ? lower(g, text) : text;
}

/* -- Markings. */

static void gather_markings(gathering *g, hmi_value object)
{
    hmi_value refs = hmi_json_get(object, "object_marking_refs");
    if (!hmi_json_is(refs)) {
        return;
    }
    g->malformed |= hmi_json_kind_of(refs) != HMI_JSON_ARRAY;
    g->item->markings = hmi_new_array(g->run->arena, hm_text, hmi_json_count(refs));
    g->no_memory |= g->item->markings == NULL;
    for (hmi_value v = hmi_json_first(refs); hmi_json_is(v) && !g->no_memory;
         v = hmi_json_next(v)) {
        hm_text id = text_in(g, v);
        g->malformed |= id.ptr == NULL;
        g->item->markings[g->item->marking_count++] = id.ptr ? id : HM_TEXT("");
    }
}

static void add_selector(gathering *g, hmi_value object, hmi_value selector, hm_text marking)
{
    hmi_release_item *item = g->item;
    hm_text text = hmi_json_text(selector, g->run->arena);
    if (text.ptr == NULL || !hmi_json_is(hmi_selector_find(object, text, g->run->arena))) {
        g->malformed = true;
        return;
    }
    hmi_granular *list = hmi_arena_grow(g->run->arena, item->granulars, item->granular_count,
                                        &g->granular_room, sizeof(*list));
    if (list == NULL) {
        g->no_memory = true;
        return;
    }
    size_t dot = hmi_find_byte(hmi_text_bytes(text), '.');
    hm_text first = hmi_text_slice(text, 0, dot == HMI_NPOS ? text.len : dot);
    item->granulars = list;
    first = hmi_arena_text(g->run->arena, first);
    g->no_memory |= first.ptr == NULL;
    list[item->granular_count++] = (hmi_granular){ marking, first, dot != HMI_NPOS, false };
}

static void gather_granular(gathering *g, hmi_value object, hmi_value granular)
{
    hmi_value marking = hmi_json_get(granular, "marking_ref");
    hmi_value lang = hmi_json_get(granular, "lang");
    hmi_value selectors = hmi_json_get(granular, "selectors");
    hm_text id = text_in(g, marking);
    bool whole = hmi_json_kind_of(granular) == HMI_JSON_OBJECT && hmi_json_count(selectors) > 0 &&
                 hmi_json_kind_of(selectors) == HMI_JSON_ARRAY &&
                 hmi_json_is(marking) != hmi_json_is(lang) &&
                 (!hmi_json_is(marking) || id.ptr != NULL);
    g->malformed |= !whole;
    for (hmi_value v = hmi_json_first(selectors); whole && hmi_json_is(v) && !g->no_memory;
         v = hmi_json_next(v)) {
        add_selector(g, object, v, id);
    }
}

static void gather_granulars(gathering *g, hmi_value object)
{
    hmi_value list = hmi_json_get(object, "granular_markings");
    if (!hmi_json_is(list)) {
        return;
    }
    g->malformed |= hmi_json_kind_of(list) != HMI_JSON_ARRAY;
    for (hmi_value v = hmi_json_first(list); hmi_json_is(v) && !g->no_memory;
         v = hmi_json_next(v)) {
        gather_granular(g, object, v);
    }
}

/* -- References. */

static void add_reference(gathering *g, hmi_value value, hm_text property, int64_t element)
{
    hmi_release_item *item = g->item;
    hm_text target = hmi_json_text(value, g->run->arena);
    if (target.ptr == NULL || !hmi_stix_id_is(target)) {
        return;
    }
    target = lower(g, target);
    hmi_reference *list = hmi_arena_grow(g->run->arena, item->references, item->reference_count,
                                         &g->reference_room, sizeof(*list));
    if (list == NULL || target.ptr == NULL) {
        g->no_memory = true;
        return;
    }
    item->references = list;
    list[item->reference_count++] =
        (hmi_reference){ target, property, element, (uint32_t)HMI_NO_ID, false };
}

static bool ends_in(hm_text name, const char *suffix)
{
    return hmi_ends_with(hmi_text_bytes(name), hmi_text_bytes(hmi_text_of(suffix)));
}

/* `depth` 0: the object itself; recursion is bounded by JSON's own depth. */
static void walk(gathering *g, hmi_value container, hm_text property, unsigned depth)
{
    bool is_object = hmi_json_kind_of(container) == HMI_JSON_OBJECT;
    for (hmi_value v = hmi_json_first(container); hmi_json_is(v) && !g->no_memory;
         v = hmi_json_next(v)) {
        hm_text name = is_object ? hmi_json_key(v, g->run->arena) : HM_TEXT("");
        if (depth == 0) {
            property = hmi_arena_text(g->run->arena, name);
            g->no_memory |= property.ptr == NULL;
            if (hmi_text_is(name, "object_marking_refs") ||
                hmi_text_is(name, "granular_markings")) {
                continue;
            }
        }
        if (ends_in(name, "_ref")) {
            add_reference(g, v, property, HMI_WHOLE_PROPERTY);
        }
        int64_t index = 0;
        bool list = ends_in(name, "_refs") && hmi_json_kind_of(v) == HMI_JSON_ARRAY;
        for (hmi_value e = list ? hmi_json_first(v) : (hmi_value){ NULL, 0 }; hmi_json_is(e);
             e = hmi_json_next(e), index++) {
            add_reference(g, e, property, depth == 0 ? index : HMI_WHOLE_PROPERTY);
        }
        walk(g, v, property, depth + 1);
    }
}

static void gather_extensions(gathering *g, hmi_value object)
{
    hmi_value extensions = hmi_json_get(object, "extensions");
    g->item->extensions = hmi_new_array(g->run->arena, hm_text, hmi_json_count(extensions));
    g->no_memory |= g->item->extensions == NULL;
    bool is_object = hmi_json_kind_of(extensions) == HMI_JSON_OBJECT;
    for (hmi_value v = hmi_json_first(extensions); is_object && hmi_json_is(v) && !g->no_memory;
         v = hmi_json_next(v)) {
        g->item->extensions[g->item->extension_count++] = lower(g, hmi_json_key(v, g->run->arena));
    }
}

/* -- What a marking definition means. */

static int pap_level(hm_text text)
{
    static const char *const NAMES[] = { "clear", "green", "amber", "red" };
    if (hmi_text_is(text, "white")) {
        return 0;
    }
    for (int i = 0; i < (int)HMI_COUNT(NAMES); i++) {
        if (hmi_text_is(text, NAMES[i])) {
            return i;
        }
    }
    return -1;
}

static hmi_mark meaning(gathering *g, hmi_value object, hm_text id)
{
    hmi_mark mark = { .id = id, .kind = HMI_MARK_UNKNOWN };
    hmi_value type = hmi_json_get(object, "definition_type");
    hm_text type_name = hmi_json_text(type, g->run->arena);
    hmi_value definition = hmi_json_get(object, "definition");
    hmi_value extensions = hmi_json_get(object, "extensions");
    hmi_value pap = { NULL, 0 };
    if (type_name.ptr != NULL && hmi_text_is(type_name, "statement")) {
        hmi_value statement = hmi_json_get(definition, "statement");
        mark.kind =
            hmi_json_kind_of(statement) == HMI_JSON_STRING ? HMI_MARK_STATEMENT : HMI_MARK_UNKNOWN;
        return mark;
    }
    if (type_name.ptr != NULL && hmi_text_is(type_name, "pap")) {
        pap = hmi_json_get(definition, "pap");
    } else if (!hmi_json_is(type) && hmi_json_kind_of(extensions) == HMI_JSON_OBJECT &&
               hmi_json_count(extensions) == 1) {
        pap = hmi_json_get(hmi_json_first(extensions), "pap");
    }
    hm_text level = hmi_json_text(pap, g->run->arena);
    if (level.ptr != NULL && pap_level(level) >= 0) {
        mark.kind = HMI_MARK_PAP;
        mark.level = pap_level(level);
    }
    return mark;
}

static void gather_head(gathering *g, hmi_value object)
{
    hmi_release_object *o = g->item->object;
    hm_text id = text_in(g, hmi_json_get(object, "id"));
    hm_text type = hmi_json_text(hmi_json_get(object, "type"), g->run->arena);
    hm_text modified = hmi_json_text(hmi_json_get(object, "modified"), g->run->arena);
    bool good = id.ptr != NULL && type.ptr != NULL && hmi_stix_id_is(id) &&
                hmi_text_eq(hmi_text_slice(id, 0, id.len - HMI_UUID_TEXT - 2), type);
    g->malformed |= !good;
    if (good) {
        o->id = id;
        o->type = hmi_arena_text(g->run->arena, type);
        o->modified = hmi_arena_text(g->run->arena, modified);
        g->item->definition =
            hmi_text_is(type, "marking-definition") || hmi_text_is(type, "extension-definition");
    }
}

int hmi_release_gather(hmi_release_run *run, hmi_release_item *item, hmi_mark *ret_mark)
{
    gathering g = { .run = run, .item = item };
    hmi_value object;
    hm_err why = { 0 };
    int code = hmi_json_parse(run->json, item->object->raw, 0, &object, &why);
    *ret_mark = (hmi_mark){ { NULL, 0 }, HMI_MARK_UNKNOWN, 0 };
    if (code == HM_E_MEMORY) {
        return hmi_fail(run->err, code, why.offset, "%s", why.text);
    }
    if (code < 0 || hmi_json_kind_of(object) != HMI_JSON_OBJECT) {
        item->object->answer = HMI_HOLD;
        item->object->rule = HMI_RULE_MALFORMED;
        return HM_OK;
    }
    gather_head(&g, object);
    gather_markings(&g, object);
    gather_granulars(&g, object);
    gather_extensions(&g, object);
    walk(&g, object, HM_TEXT(""), 0);
    if (g.no_memory) {
        return hmi_arena_fail(run->arena, run->err);
    }
    if (g.malformed) {
        item->object->answer = HMI_HOLD;
        item->object->rule = HMI_RULE_MALFORMED;
    }
    if (item->object->id.ptr != NULL && hmi_text_is(item->object->type, "marking-definition") &&
        hmi_tlp_find(item->object->id) == NULL) {
        *ret_mark = meaning(&g, object, item->object->id);
    }
    return HM_OK;
}
