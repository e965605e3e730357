/* SPDX-License-Identifier: Apache-2.0
 *
 * binxml_compile.c - from a template to the list of places whose values we want.
 *
 * WHY    A log of a million records has a few hundred templates; walking each tree once per chunk
 *        instead of once per record is what makes reading fast.
 * FORM   MS-EVEN6 2.2.12: tokens. 0f header; 01 element (41: with attributes): dependency u16,
 *        length u32, name; 02 and 03 end the start tag, 04 the element; 05 a value; 06 an attribute
 *        and its name; 0d and 0e a place for value number u16 of type u8; 07 CDATA, 08 character,
 *        09 entity, 0a and 0b instruction; 00 the end. A name is an offset in the chunk to: u32,
 *        hash u16, length u16, UTF-16, NUL; at its first use it stands right behind the offset.
 * TRUST  None: positions are checked against the chunk, depth and places are bounded, each token
 *        takes at least one byte.
 * OWNS   Nothing: plans lie with the chunk, literals in its bytes.
 */
#include "base/cursor.h"
#include "formats/record/evtx/evtx.h"

enum {
    TOKEN_END = 0x00,
    TOKEN_ELEMENT = 0x01,
    TOKEN_CLOSE_START = 0x02,
    TOKEN_CLOSE_EMPTY = 0x03,
    TOKEN_CLOSE = 0x04,
    TOKEN_VALUE = 0x05,
    TOKEN_ATTRIBUTE = 0x06,
    TOKEN_CDATA = 0x07,
    TOKEN_CHARACTER = 0x08,
    TOKEN_ENTITY = 0x09,
    TOKEN_TARGET = 0x0a,
    TOKEN_INSTRUCTION = 0x0b,
    TOKEN_PLACE = 0x0d,
    TOKEN_PLACE_OPTIONAL = 0x0e,
    TOKEN_HEADER = 0x0f,
    TOKEN_MORE = 0x40,
    VALUE_STRING = 1,
    VALUE_TREE = 0x21
};

/* An element that is open, and what is known of it. */
typedef struct open_element {
    hm_bytes name;  /* UTF-16LE */
    hm_bytes label; /* <Data Name="label"> */
} open_element;

typedef struct compiler {
    const hmi_chunk *chunk;
    hmi_plan *plan;
    hmi_cur cur;
    open_element open[HMI_EVTX_DEPTH_MAX];
    size_t depth;
    hm_bytes attribute; /* the one whose value comes, or empty */
    bool in_system;
} compiler;

static bool wide_is(hm_bytes wide, const char *word)
{
    size_t len = strlen(word);
    if (wide.len != len * 2) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (wide.ptr[i * 2] != (uint8_t)word[i] || wide.ptr[i * 2 + 1] != 0) {
            return false;
        }
    }
    return true;
}

static hm_bytes read_wide(hmi_cur *cur)
{
    size_t count = hmi_cur_u16(cur);
    return hmi_cur_bytes(cur, count * 2);
}

static hm_bytes read_name(compiler *c)
{
    size_t offset = hmi_cur_u32(&c->cur);
    bool here = offset == c->cur.pos;
    hmi_cur at = c->cur;
    hmi_cur_seek(&at, offset);
    hmi_cur_skip(&at, 6);
    hm_bytes name = read_wide(&at);
    hmi_cur_skip(&at, 2);
    if (at.bad || here) {
        c->cur = at;
    }
    return name;
}

/* ---- What a place means */

static const hmi_name_rule *rule_of(hm_bytes wide)
{
    uint8_t name[HMI_NAME_MAX];
    size_t len = wide.len / 2;
    if (len == 0 || len > sizeof(name)) {
        return NULL;
    }
    for (size_t i = 0; i < len; i++) {
        if (wide.ptr[i * 2 + 1] != 0) {
            return NULL;
        }
        name[i] = wide.ptr[i * 2];
    }
    return hmi_name_find(HMI_DIALECT_WINDOWS, hmi_bytes(name, len));
}

static bool system_use(const compiler *c, uint8_t *ret_use)
{
    hm_bytes element = c->open[c->depth - 1].name;
    if (c->attribute.len > 0) {
        if (wide_is(element, "Provider") && wide_is(c->attribute, "Name")) {
            *ret_use = HMI_SLOT_PROVIDER;
            return true;
        }
        *ret_use = HMI_SLOT_TIME;
        return wide_is(element, "TimeCreated") && wide_is(c->attribute, "SystemTime");
    }
    static const struct {
        const char *name;
        uint8_t use;
    } uses[] = { { "EventID", HMI_SLOT_EVENT_ID },
                 { "Channel", HMI_SLOT_CHANNEL },
                 { "Computer", HMI_SLOT_COMPUTER } };
    for (size_t i = 0; i < HMI_COUNT(uses); i++) {
        if (wide_is(element, uses[i].name)) {
            *ret_use = uses[i].use;
            return true;
        }
    }
    return false;
}

/* False when nobody wants what stands here. */
static bool use_here(const compiler *c, hmi_slot *slot)
{
    if (c->depth == 0) {
        return false;
    }
    if (c->in_system) {
        return system_use(c, &slot->use);
    }
    const open_element *element = &c->open[c->depth - 1];
    bool data = wide_is(element->name, "Data");
    hm_bytes name = c->attribute.len > 0 ? c->attribute : data ? element->label : element->name;
    if (data && name.len == 0) {
        slot->use = HMI_SLOT_TEXT;
        return true;
    }
    slot->use = HMI_SLOT_FIELD;
    slot->rule = rule_of(name);
    return slot->rule != NULL;
}

static void add_slot(compiler *c, const hmi_slot *slot)
{
    if (c->plan->slot_count < HMI_EVTX_SLOTS_MAX) {
        c->plan->slots[c->plan->slot_count++] = *slot;
    }
}

static void put_literal(compiler *c, hm_bytes text)
{
    hmi_slot slot = { .literal = text };
    bool label = c->depth > 0 && !c->in_system && wide_is(c->attribute, "Name");
    if (label) {
        c->open[c->depth - 1].label = text;
    } else if (text.len > 0 && use_here(c, &slot)) {
        add_slot(c, &slot);
    }
}

static void put_place(compiler *c)
{
    hmi_slot slot = { .value = hmi_cur_u16(&c->cur) };
    uint8_t type = hmi_cur_u8(&c->cur);
    if (type == VALUE_TREE || use_here(c, &slot)) {
        slot.use = type == VALUE_TREE ? HMI_SLOT_NESTED : slot.use;
        add_slot(c, &slot);
    }
}

/* ---- Tokens */

static bool open_tag(compiler *c, bool attributes)
{
    hmi_cur_skip(&c->cur, 6);
    hm_bytes name = read_name(c);
    hmi_cur_skip(&c->cur, attributes ? 4 : 0);
    if (c->cur.bad || c->depth == HMI_EVTX_DEPTH_MAX) {
        return false;
    }
    c->open[c->depth++] = (open_element){ .name = name };
    c->in_system |= wide_is(name, "System");
    c->attribute = (hm_bytes){ NULL, 0 };
    return true;
}

static bool close_tag(compiler *c)
{
    if (c->depth == 0) {
        return false;
    }
    c->depth--;
    if (wide_is(c->open[c->depth].name, "System")) {
        c->in_system = false;
    }
    c->attribute = (hm_bytes){ NULL, 0 };
    return true;
}

/* One token; false at the end and where it makes no sense (then the plan is bad). */
static bool step(compiler *c)
{
    uint8_t token = hmi_cur_u8(&c->cur);
    bool good = !c->cur.bad;
    switch (token & ~TOKEN_MORE) {
    case TOKEN_END:
        c->plan->bad = !good;
        return false;
    case TOKEN_HEADER:
        hmi_cur_skip(&c->cur, 3);
        break;
    case TOKEN_ELEMENT:
        good = open_tag(c, (token & TOKEN_MORE) != 0);
        break;
    case TOKEN_CLOSE_START:
        c->attribute = (hm_bytes){ NULL, 0 };
        break;
    case TOKEN_CLOSE_EMPTY:
    case TOKEN_CLOSE:
        good = close_tag(c);
        break;
    case TOKEN_ATTRIBUTE:
        c->attribute = read_name(c);
        break;
    case TOKEN_VALUE:
        good = hmi_cur_u8(&c->cur) == VALUE_STRING;
        put_literal(c, read_wide(&c->cur));
        break;
    case TOKEN_CDATA:
        put_literal(c, read_wide(&c->cur));
        break;
    case TOKEN_INSTRUCTION:
        (void)read_wide(&c->cur);
        break;
    case TOKEN_CHARACTER:
        hmi_cur_skip(&c->cur, 2);
        break;
    case TOKEN_ENTITY:
    case TOKEN_TARGET:
        (void)read_name(c);
        break;
    case TOKEN_PLACE:
    case TOKEN_PLACE_OPTIONAL:
        put_place(c);
        break;
    default:
        good = false;
        break;
    }
    c->plan->bad = !good || c->cur.bad;
    return !c->plan->bad;
}

bool hmi_binxml_compile(const hmi_chunk *chunk, size_t at, size_t len, hmi_plan *plan,
                        size_t *ret_used)
{
    plan->slot_count = 0;
    plan->bad = false;
    hm_bytes until = chunk->bytes;
    until.len = at <= until.len && len <= until.len - at ? at + len : until.len;
    compiler c = { .chunk = chunk, .plan = plan, .cur = hmi_cur_over(until) };
    hmi_cur_seek(&c.cur, at);
    while (step(&c)) {
    }
    *ret_used = c.cur.pos;
    return !plan->bad;
}
