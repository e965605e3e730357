/* SPDX-License-Identifier: Apache-2.0
 *
 * binxml.c - a record's tree: finding its template's plan and picking its values.
 *
 * FORM   MS-EVEN6 2.2.12: 0f header, then 0c, u8, template number u32, where the template stands in
 *        the chunk u32; at its first use it follows right there: u32, identifier (16), length u32,
 *        tree. Then the values: count u32; for each length u16, type u8, 0; then their bytes.
 *        Types: 01 UTF-16, 04 06 08 0a unsigned numbers, 11 a moment (100 ns since 1601), 21 a
 * tree, with 80 an array. A tree without a template is compiled where it stands. TRUST  None: the
 * values' lengths are summed up and checked against the record. OWNS   Nothing.
 */
#include "base/cursor.h"
#include "base/text.h"
#include "formats/record/evtx/evtx.h"

enum {
    TOKEN_TEMPLATE = 0x0c,
    TOKEN_HEADER = 0x0f,
    TEMPLATE_HEADER = 24,
    VALUE_NULL = 0x00,
    VALUE_STRING = 0x01,
    VALUE_TIME = 0x11,
    VALUE_TREE = 0x21,
    VALUE_ARRAY = 0x80
};

#define FILETIME_1970 INT64_C(116444736000000000)

/* The values of one tree. */
typedef struct values {
    hm_bytes bytes[HMI_EVTX_VALUES_MAX];
    uint8_t types[HMI_EVTX_VALUES_MAX];
    size_t count, at; /* `at`: where in the chunk the first one stands */
} values;

/* ---- Plans */

static hmi_plan *plan_of(hmi_chunk *chunk, size_t at)
{
    size_t mask = HMI_COUNT(chunk->plan_slots) - 1, slot = (at * 0x9e37u >> 4) & mask;
    for (; chunk->plan_slots[slot] != 0; slot = (slot + 1) & mask) {
        size_t n = chunk->plan_slots[slot] - 1u;
        if (chunk->plan_at[n] == at) {
            return &chunk->plans[n];
        }
    }
    if (chunk->plan_count == HMI_EVTX_PLANS_MAX) {
        return NULL;
    }
    hmi_cur cur = hmi_cur_over(chunk->bytes);
    hmi_cur_seek(&cur, at);
    hmi_cur_skip(&cur, TEMPLATE_HEADER - 4);
    size_t len = hmi_cur_u32(&cur), used = 0;
    size_t n = chunk->plan_count++;
    hmi_plan *plan = &chunk->plans[n];
    if (cur.bad) {
        plan->slot_count = 0;
        plan->bad = true;
    } else {
        (void)hmi_binxml_compile(chunk, cur.pos, len, plan, &used);
    }
    chunk->plan_at[n] = (uint32_t)at;
    chunk->plan_slots[slot] = (uint16_t)(n + 1);
    return plan;
}

/* ---- Values */

static hm_bytes without_end(hm_bytes wide)
{
    while (wide.len >= 2 && wide.ptr[wide.len - 1] == 0 && wide.ptr[wide.len - 2] == 0) {
        wide.len -= 2;
    }
    return wide;
}

/* UTF-8 in the scratch arena; nearly all of it is ASCII. */
static hm_bytes narrow(hmi_chunk *chunk, hm_bytes wide)
{
    size_t len = wide.len / 2;
    uint8_t *out = hmi_arena_take(chunk->scratch, len, 1);
    unsigned other = 0;
    for (size_t i = 0; out != NULL && i < len; i++) {
        other |= wide.ptr[i * 2 + 1] | (wide.ptr[i * 2] & 0x80u);
        out[i] = wide.ptr[i * 2];
    }
    if (out == NULL || other == 0) {
        return (hm_bytes){ out, out ? len : 0 };
    }
    return hmi_text_bytes(hmi_text_from_utf16(chunk->scratch, wide, false));
}

static void set_time(hmi_event *event, hm_bytes raw)
{
    hmi_cur cur = hmi_cur_over(raw);
    uint64_t ticks = hmi_cur_u64(&cur);
    /* until the year 9999 */
    if (!cur.bad && ticks >= (uint64_t)FILETIME_1970 && ticks <= UINT64_C(2650467743999999999)) {
        event->time = (hmi_instant){ .us = ((int64_t)ticks - FILETIME_1970) / 10, .digits = 6 };
    }
}

static uint32_t number_of(hm_bytes raw)
{
    hmi_cur cur = hmi_cur_over(raw);
    return raw.len <= 4 ? (uint32_t)hmi_cur_uint(&cur, (unsigned)raw.len) : 0;
}

static void put_text(hmi_chunk *chunk, hmi_slot_use use, const hmi_slot *slot, hm_bytes wide,
                     hmi_assembly *assembly, hmi_event *event)
{
    wide = without_end(wide);
    bool nothing = wide.len == 0 || (wide.len == 2 && wide.ptr[0] == '-' && wide.ptr[1] == 0);
    if (nothing) {
        return;
    }
    hm_bytes text;
    uint32_t id = 0;
    switch (use) {
    case HMI_SLOT_FIELD:
        if (slot->rule->use == HMI_USE_VALUE) { /* decoded once, however often it comes */
            hmi_event_add_spelled(event, (hmi_class)slot->rule->class_id,
                                  (hmi_role)slot->rule->role, wide, HMI_SPELL_UTF16);
        } else {
            hmi_assembly_put(assembly, event, slot->rule, narrow(chunk, wide), HMI_SPELL_PLAIN);
        }
        break;
    case HMI_SLOT_TEXT:
        hmi_event_add(event, HMI_CLASS_NONE, HMI_ROLE_CONTENT, narrow(chunk, wide));
        break;
    case HMI_SLOT_PROVIDER: /* the channel says more, when it is there */
    case HMI_SLOT_CHANNEL:
        if (use == HMI_SLOT_CHANNEL || event->source.len == 0) {
            event->source = narrow(chunk, wide);
        }
        break;
    case HMI_SLOT_COMPUTER:
        hmi_event_add_host(event, HMI_ROLE_HOST, narrow(chunk, wide), NULL);
        break;
    case HMI_SLOT_EVENT_ID:
        text = narrow(chunk, wide);
        for (size_t i = 0; i < text.len && i < 9 && hmi_ascii_digit((char)text.ptr[i]); i++) {
            id = id * 10 + (uint32_t)(text.ptr[i] - '0');
        }
        event->code = id;
        break;
    case HMI_SLOT_NESTED:
    case HMI_SLOT_TIME:
        break;
    }
}

/* An array of strings: each ends with a NUL. */
static void put_array(hmi_chunk *chunk, const hmi_slot *slot, hm_bytes wide, hmi_assembly *assembly,
                      hmi_event *event)
{
    size_t begin = 0;
    for (size_t i = 0; i + 1 < wide.len; i += 2) {
        bool end = wide.ptr[i] == 0 && wide.ptr[i + 1] == 0;
        if (end || i + 3 >= wide.len) {
            put_text(chunk, (hmi_slot_use)slot->use, slot,
                     hmi_slice(wide, begin, i + (end ? 0u : 2u) - begin), assembly, event);
            begin = i + 2;
        }
    }
}

static void put_value(hmi_chunk *chunk, const hmi_slot *slot, const values *v,
                      hmi_assembly *assembly, hmi_event *event)
{
    uint8_t type = v->types[slot->value];
    hm_bytes raw = v->bytes[slot->value];
    if (type == VALUE_STRING) {
        put_text(chunk, (hmi_slot_use)slot->use, slot, raw, assembly, event);
    } else if (type == (VALUE_ARRAY | VALUE_STRING)) {
        put_array(chunk, slot, raw, assembly, event);
    } else if (type == VALUE_TIME && slot->use == HMI_SLOT_TIME) {
        set_time(event, raw);
    } else if (slot->use == HMI_SLOT_EVENT_ID) {
        event->code = number_of(raw);
    }
}

/* ---- Trees */

static bool read_values(hmi_cur *cur, values *ret)
{
    size_t count = hmi_cur_u32(cur);
    if (count > HMI_EVTX_VALUES_MAX) {
        return false;
    }
    size_t lengths[HMI_EVTX_VALUES_MAX];
    for (size_t i = 0; i < count; i++) {
        lengths[i] = hmi_cur_u16(cur);
        ret->types[i] = hmi_cur_u8(cur);
        hmi_cur_skip(cur, 1);
    }
    ret->count = count;
    ret->at = cur->pos;
    for (size_t i = 0; i < count; i++) {
        ret->bytes[i] = hmi_cur_bytes(cur, lengths[i]);
    }
    return !cur->bad;
}

static bool run_plan(hmi_chunk *chunk, const hmi_plan *plan, const values *v,
                     hmi_assembly *assembly, hmi_event *event, unsigned depth)
{
    bool good = !plan->bad;
    for (size_t i = 0; i < plan->slot_count; i++) {
        const hmi_slot *slot = &plan->slots[i];
        if (slot->literal.ptr != NULL) {
            put_text(chunk, (hmi_slot_use)slot->use, slot, slot->literal, assembly, event);
        } else if (slot->value >= v->count) {
            good = false;
        } else if (v->types[slot->value] == VALUE_TREE && v->bytes[slot->value].len > 0) {
            size_t at = (size_t)(v->bytes[slot->value].ptr - chunk->bytes.ptr);
            good &=
                hmi_binxml_read(chunk, at, v->bytes[slot->value].len, assembly, event, depth + 1);
        } else {
            put_value(chunk, slot, v, assembly, event);
        }
    }
    return good;
}

static bool read_bare(hmi_chunk *chunk, size_t at, size_t len, hmi_assembly *assembly,
                      hmi_event *event, unsigned depth)
{
    values none = { .count = 0 };
    size_t used = 0;
    hmi_plan *plan = hmi_new(chunk->scratch, hmi_plan);
    return plan != NULL && hmi_binxml_compile(chunk, at, len, plan, &used) &&
           run_plan(chunk, plan, &none, assembly, event, depth);
}

bool hmi_binxml_read(hmi_chunk *chunk, size_t at, size_t len, hmi_assembly *assembly,
                     hmi_event *event, unsigned depth)
{
    if (depth > HMI_EVTX_NEST_MAX || at > chunk->bytes.len || len > chunk->bytes.len - at) {
        return false;
    }
    hm_bytes until = { chunk->bytes.ptr, at + len };
    hmi_cur cur = hmi_cur_over(until);
    hmi_cur_seek(&cur, at);
    if (hmi_cur_left(&cur) > 4 && until.ptr[at] == TOKEN_HEADER) {
        hmi_cur_skip(&cur, 4);
    }
    if (hmi_cur_left(&cur) == 0 || until.ptr[cur.pos] != TOKEN_TEMPLATE) {
        return read_bare(chunk, at, len, assembly, event, depth);
    }
    hmi_cur_skip(&cur, 6);
    size_t where = hmi_cur_u32(&cur);
    if (!cur.bad && where == cur.pos) { /* its first use: it stands right here */
        hmi_cur_skip(&cur, TEMPLATE_HEADER - 4);
        hmi_cur_skip(&cur, hmi_cur_u32(&cur));
    }
    values *v = hmi_new(chunk->scratch, values);
    if (cur.bad || v == NULL || !read_values(&cur, v)) {
        return false;
    }
    const hmi_plan *plan = plan_of(chunk, where);
    return plan != NULL && run_plan(chunk, plan, v, assembly, event, depth);
}
