/* SPDX-License-Identifier: Apache-2.0
 *
 * detections.c - what `hallmark detect --json` found: rules that fired, and their techniques.
 *
 * WHY    Techniques that rules saw in an incident's events are traits of the incident, and so is
 * the order in which they came first. The file of hits is evidence like any other: whoever doubts
 *        a technique reads file and line of the event in it.
 * FORM   {"type":"hallmark-detections","hits":[{"file":..,"line":..,"rule":"title","id":"uuid",
 *        "tags":["attack.t1003.001","cve.2021-44228"]}, ...], "events":N, ...}
 * TRUST  Anybody may have written it. Values go through their canonical forms.
 * OWNS   The JSON parser.
 */
#include "base/error.h"
#include "base/json.h"
#include "formats/reader.h"

enum {
    DETECTIONS_VERSION = 1,
    DETECT_WINDOW = 256,
    HMI_DETECTIONS_NODES_MAX = 1 << 20, /* values in the file */
    ORDER_MAX = 12,
    TECHNIQUE_MAX = 16
};

typedef struct order {
    char names[ORDER_MAX][TECHNIQUE_MAX];
    size_t count;
} order;

static int detect_detections(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    hm_bytes head = hmi_slice(file, 0, DETECT_WINDOW);
    bool ours = head.len > 0 && head.ptr[0] == '{' &&
                hmi_find(head, HM_BYTES("\"hallmark-detections\"")) != HMI_NPOS;
    return ours ? HMI_DETECT_SURE : 0;
}

static void remember(order *o, const char *technique)
{
    for (size_t i = 0; i < o->count; i++) {
        if (strcmp(o->names[i], technique) == 0) {
            return;
        }
    }
    if (o->count < ORDER_MAX) {
        memcpy(o->names[o->count++], technique, TECHNIQUE_MAX);
    }
}

/* "attack.t1003.001" is T1003.001, "cve.2021-44228" is CVE-2021-44228. */
static int emit_tag(hmi_reading *reading, hm_text tag, uint64_t offset, order *o, hm_err *err)
{
    if (hmi_text_istarts(tag, HM_TEXT("attack.t")) && tag.len > 8 && hmi_ascii_digit(tag.ptr[8]) &&
        tag.len - 7 < TECHNIQUE_MAX) {
        char technique[TECHNIQUE_MAX] = { 'T' };
        memcpy(technique + 1, tag.ptr + 8, tag.len - 8);
        remember(o, technique);
        return hmi_emit(reading, HMI_TECHNIQUE, HMI_ROLE_DERIVED, hmi_text_of(technique), offset,
                        err);
    }
    if (hmi_text_istarts(tag, HM_TEXT("cve."))) {
        hm_text cve =
            hmi_arena_printf(reading->arena, "CVE-%.*s", HMI_FMT(hmi_text_slice(tag, 4, 24)));
        return cve.ptr == NULL
                   ? hmi_arena_fail(reading->arena, err)
                   : hmi_emit(reading, HMI_VULNERABILITY, HMI_ROLE_DERIVED, cve, offset, err);
    }
    return HM_OK;
}

static int emit_hit(hmi_reading *reading, hmi_value hit, order *o, hm_err *err)
{
    uint64_t offset = hmi_json_offset(hit);
    hm_text id = hmi_json_text(hmi_json_get(hit, "id"), reading->arena);
    if (id.len == 0) {
        id = hmi_json_text(hmi_json_get(hit, "rule"), reading->arena);
    }
    if (id.len > 0) {
        HMI_TRY(hmi_emit(reading, HMI_RULE_HIT, HMI_ROLE_DERIVED, id, offset, err));
    }
    hmi_value tags = hmi_json_get(hit, "tags");
    for (hmi_value tag = hmi_json_first(tags); hmi_json_is(tag); tag = hmi_json_next(tag)) {
        HMI_TRY(emit_tag(reading, hmi_json_text(tag, reading->arena), offset, o, err));
    }
    return HM_OK;
}

/* The techniques in the order in which each fired first, from three on. */
static int emit_order(hmi_reading *reading, const order *o, hm_err *err)
{
    if (o->count < 3) {
        return HM_OK;
    }
    hmi_buf text;
    hmi_buf_init(&text, 512);
    hmi_buf_add_cstr(&text, "techniques: ");
    for (size_t i = 0; i < o->count; i++) {
        hmi_buf_printf(&text, "%s%s", i > 0 ? " > " : "", o->names[i]);
    }
    int code = hmi_emit(reading, HMI_STEP_ORDER, HMI_ROLE_DERIVED, hmi_buf_text(&text), 0, err);
    hmi_buf_fini(&text);
    return code;
}

static int read_hits(hmi_reading *reading, hmi_value root, hm_err *err)
{
    order o = { .count = 0 };
    hmi_value hits = hmi_json_get(root, "hits");
    if (hmi_json_kind_of(hits) != HMI_JSON_ARRAY) {
        return hmi_fail(err, HM_E_MALFORMED, 0, "detections without hits");
    }
    for (hmi_value hit = hmi_json_first(hits); hmi_json_is(hit); hit = hmi_json_next(hit)) {
        HMI_TRY(emit_hit(reading, hit, &o, err));
    }
    return emit_order(reading, &o, err);
}

static int read_detections(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    hmi_json *json = NULL;
    hmi_value root;
    HMI_TRY(hmi_json_new(&json, err));
    int code = hmi_json_parse(json, file, HMI_DETECTIONS_NODES_MAX, &root, err);
    code = code == HM_OK ? read_hits(reading, root, err) : code;
    hmi_json_free(json);
    return code;
}

const hmi_reader hmi_reader_detections = { "detections", "hits of hallmark detect --json",
                                           DETECTIONS_VERSION, detect_detections, read_detections };
