/* SPDX-License-Identifier: Apache-2.0
 *
 * plain_yaml.c - the plain part of YAML as a tree.
 *
 * TRUST  Anybody's file. Size, depth and number of nodes are bounded; keys may not stand twice,
 *        since one reader would take the first and another the last.
 * OWNS   libyaml's parser for the time of the call; the tree is the arena's.
 */
#include "detect/plain_yaml.h"

#include <yaml.h>

#include "base/error.h"
#include "base/text.h"

typedef struct reader {
    hmi_arena *arena;
    yaml_parser_t yaml;
    hmi_yaml *open[HMI_YAML_DEPTH_MAX + 1]; /* [0]: the list of documents */
    hm_text key[HMI_YAML_DEPTH_MAX + 1];    /* of the map that is open, waiting for its value */
    size_t depth, nodes;
    hm_err *err;
} reader;

static int refuse(reader *r, int code, size_t line, const char *what)
{
    return hmi_fail(r->err, code, line + 1, "line %zu: %s", line + 1, what);
}

static bool waits_for_key(const reader *r)
{
    return r->open[r->depth]->kind == HMI_YAML_MAP && r->key[r->depth].ptr == NULL;
}

static int add(reader *r, hmi_yaml_kind kind, const yaml_event_t *event, hmi_yaml **ret)
{
    hmi_yaml *parent = r->open[r->depth], *node = hmi_new(r->arena, hmi_yaml);
    size_t line = event->start_mark.line;
    if (node == NULL) {
        return hmi_arena_fail(r->arena, r->err);
    }
    if (++r->nodes > HMI_YAML_NODES_MAX) {
        return refuse(r, HM_E_LIMIT, line, "too many values in one file");
    }
    if (waits_for_key(r)) {
        return refuse(r, HM_E_MALFORMED, line, "a key that is no plain text");
    }
    node->kind = kind;
    node->line = (uint32_t)line + 1;
    node->key = r->key[r->depth];
    r->key[r->depth] = (hm_text){ NULL, 0 };
    if (parent->last != NULL) {
        parent->last->next = node;
    } else {
        parent->first = node;
    }
    parent->last = node;
    parent->count++;
    *ret = node;
    return HM_OK;
}

static int open_node(reader *r, hmi_yaml_kind kind, const yaml_event_t *event)
{
    hmi_yaml *node;
    HMI_TRY(add(r, kind, event, &node));
    if (r->depth >= HMI_YAML_DEPTH_MAX) {
        return refuse(r, HM_E_LIMIT, event->start_mark.line, "nested too deep");
    }
    r->open[++r->depth] = node;
    r->key[r->depth] = (hm_text){ NULL, 0 };
    return HM_OK;
}

static int on_scalar(reader *r, const yaml_event_t *event)
{
    const char *value = (const char *)event->data.scalar.value;
    hm_text text = hmi_arena_text(r->arena, hmi_text(value, event->data.scalar.length));
    if (text.ptr == NULL) {
        return hmi_arena_fail(r->arena, r->err);
    }
    if (waits_for_key(r)) {
        const hmi_yaml *map = r->open[r->depth];
        for (const hmi_yaml *member = map->first; member != NULL; member = member->next) {
            if (hmi_text_eq(member->key, text)) {
                return refuse(r, HM_E_MALFORMED, event->start_mark.line, "a key stands twice");
            }
        }
        r->key[r->depth] = text;
        return HM_OK;
    }
    hmi_yaml *node;
    HMI_TRY(add(r, HMI_YAML_SCALAR, event, &node));
    node->text = text;
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    return HM_OK;
}

static bool has_extras(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return true;
    case YAML_SCALAR_EVENT:
        return event->data.scalar.anchor != NULL || event->data.scalar.tag != NULL;
    case YAML_SEQUENCE_START_EVENT:
        return event->data.sequence_start.anchor != NULL || event->data.sequence_start.tag != NULL;
    case YAML_MAPPING_START_EVENT:
        return event->data.mapping_start.anchor != NULL || event->data.mapping_start.tag != NULL;
    default:
        return false;
    }
}

static int on_event(reader *r, const yaml_event_t *event)
{
    if (has_extras(event)) {
        return refuse(r, HM_E_UNSUPPORTED, event->start_mark.line,
                      "anchors, aliases and tags are not read in rules");
    }
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return on_scalar(r, event);
    case YAML_SEQUENCE_START_EVENT:
        return open_node(r, HMI_YAML_LIST, event);
    case YAML_MAPPING_START_EVENT:
        return open_node(r, HMI_YAML_MAP, event);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        r->depth--;
        return HM_OK;
    default:
        return HM_OK;
    }
}

static int read_events(reader *r)
{
    for (;;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&r->yaml, &event)) {
            const char *what = r->yaml.problem ? r->yaml.problem : "no YAML";
            int code = r->yaml.error == YAML_MEMORY_ERROR ? HM_E_MEMORY : HM_E_MALFORMED;
            return refuse(r, code, r->yaml.problem_mark.line, what);
        }
        bool end = event.type == YAML_STREAM_END_EVENT;
        int code = on_event(r, &event);
        yaml_event_delete(&event);
        if (end || code != HM_OK) {
            return code;
        }
    }
}

int hmi_yaml_read(hmi_arena *arena, hm_bytes input, hmi_yaml **ret_documents, hm_err *err)
{
    reader r = { .arena = arena, .err = err };
    hmi_yaml *documents = hmi_new(arena, hmi_yaml);
    if (documents == NULL) {
        return hmi_arena_fail(arena, err);
    }
    if (input.len > HMI_YAML_SIZE_MAX) {
        return hmi_fail(err, HM_E_LIMIT, 1, "more than %d bytes", HMI_YAML_SIZE_MAX);
    }
    if (!hmi_utf8_clean(input)) {
        return hmi_fail(err, HM_E_MALFORMED, 1, "not UTF-8, first at byte %zu",
                        hmi_utf8_span(input));
    }
    documents->kind = HMI_YAML_LIST;
    r.open[0] = documents;
    if (!yaml_parser_initialize(&r.yaml)) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "the system has no memory left");
    }
    static const uint8_t NOTHING[1] = { 0 };
    yaml_parser_set_input_string(&r.yaml, input.len > 0 ? input.ptr : NOTHING, input.len);
    yaml_parser_set_encoding(&r.yaml, YAML_UTF8_ENCODING);
    int code = read_events(&r);
    yaml_parser_delete(&r.yaml);
    if (code == HM_OK) {
        *ret_documents = documents;
    }
    return code;
}

const hmi_yaml *hmi_yaml_get(const hmi_yaml *map, const char *key)
{
    const hmi_yaml *member = map != NULL && map->kind == HMI_YAML_MAP ? map->first : NULL;
    while (member != NULL && !hmi_text_is(member->key, key)) {
        member = member->next;
    }
    return member;
}

hm_text hmi_yaml_text(const hmi_yaml *map, const char *key)
{
    const hmi_yaml *member = hmi_yaml_get(map, key);
    return member != NULL && member->kind == HMI_YAML_SCALAR ? member->text : (hm_text){ "", 0 };
}

bool hmi_yaml_is_null(const hmi_yaml *scalar)
{
    return scalar->kind == HMI_YAML_SCALAR && scalar->plain &&
           (scalar->text.len == 0 || hmi_text_is(scalar->text, "~") ||
            hmi_text_ieq(scalar->text, HM_TEXT("null")));
}
