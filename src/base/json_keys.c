/* SPDX-License-Identifier: Apache-2.0
 *
 * json_keys.c - no key twice in one object.
 *
 * WHY    Of two equal keys one reader takes the first, another the last: a marking could be seen by
 *        us and not by a partner. "a" and "\u0061" are equal.
 * FORM   Few keys: a 64-bit set of what was seen says "new" for most, the others are compared one
 * by one. Many: a table with a secret seed, so that nobody can choose keys that collide. TRUST  The
 * keys are anybody's; 200,000 of them stay linear. OWNS   The name and slot arrays of the parser,
 * kept between documents.
 */
#include <stdlib.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/json_node.h"
#include "base/num.h"

enum { FEW = 24 };

static int no_memory(hm_err *err)
{
    return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "the system has no memory left");
}

static int reserve(hmi_json *json, size_t names, size_t slots, hm_err *err)
{
    if (names > json->name_capacity) {
        hmi_json_name *larger = reallocarray(json->names, names, sizeof(*larger));
        if (larger == NULL) {
            return no_memory(err);
        }
        json->names = larger;
        json->name_capacity = names;
    }
    if (slots > json->slot_capacity) {
        uint32_t *larger = reallocarray(json->slots, slots, sizeof(*larger));
        if (larger == NULL) {
            return no_memory(err);
        }
        json->slots = larger;
        json->slot_capacity = slots;
    }
    return HM_OK;
}

/* Fills json->names with the keys of the object as they read after unescaping. */
static int gather(hmi_json *json, uint32_t object, size_t count, hm_err *err)
{
    size_t escaped = 0;
    uint32_t node = object + 1;
    for (size_t i = 0; i < count; i++, node = json->nodes[node + 1].next) {
        hm_bytes raw = hmi_json_inside(json, &json->nodes[node]);
        json->names[i] = (hmi_json_name){ raw.ptr, (uint32_t)raw.len, node, 0 };
        escaped += json->nodes[node].bits & HMI_JSON_ESCAPED ? raw.len : 0;
    }
    if (escaped == 0) {
        return HM_OK;
    }
    hmi_buf_clear(&json->unescaped);
    uint8_t *out = hmi_buf_extend(&json->unescaped, escaped);
    if (out == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < count; i++) {
        hmi_json_name *name = &json->names[i];
        if (json->nodes[name->node].bits & HMI_JSON_ESCAPED) {
            name->len =
                (uint32_t)hmi_json_unescape((hm_bytes){ name->ptr, name->len }, (char *)out);
            name->ptr = out;
            out += name->len;
        }
    }
    return HM_OK;
}

static bool same(const hmi_json_name *a, const hmi_json_name *b)
{
    return a->len == b->len && memcmp(a->ptr, b->ptr, a->len) == 0;
}

static int twice(const hmi_json *json, const hmi_json_name *first, const hmi_json_name *second,
                 hm_err *err)
{
    return hmi_fail(err, HM_E_MALFORMED, json->nodes[second->node].start,
                    "JSON: this key stands twice in one object, first at byte %u",
                    json->nodes[first->node].start);
}

static int check_few(const hmi_json *json, size_t count, hm_err *err)
{
    uint64_t seen = 0;
    for (size_t i = 0; i < count; i++) {
        const hmi_json_name *name = &json->names[i];
        unsigned ends = name->len == 0 ? 0 : name->ptr[0] * 7u + name->ptr[name->len - 1] * 31u;
        uint64_t bit = UINT64_C(1) << ((ends + name->len * 11u) & 63);
        for (size_t k = 0; (seen & bit) != 0 && k < i; k++) {
            if (same(&json->names[k], name)) {
                return twice(json, &json->names[k], name, err);
            }
        }
        seen |= bit;
    }
    return HM_OK;
}

static int check_many(hmi_json *json, size_t count, size_t slots, hm_err *err)
{
    uint64_t seed = hmi_hash_seed();
    memset(json->slots, 0, slots * sizeof(*json->slots));
    for (size_t i = 0; i < count; i++) {
        hmi_json_name *name = &json->names[i];
        name->hash = hmi_xxh3((hm_bytes){ name->ptr, name->len }, seed);
        size_t at = name->hash & (slots - 1);
        for (; json->slots[at] != 0; at = (at + 1) & (slots - 1)) {
            const hmi_json_name *other = &json->names[json->slots[at] - 1];
            if (other->hash == name->hash && same(other, name)) {
                return twice(json, other, name, err);
            }
        }
        json->slots[at] = (uint32_t)i + 1;
    }
    return HM_OK;
}

int hmi_json_check_keys(hmi_json *json, uint32_t object, hm_err *err)
{
    size_t count = json->nodes[object].bits >> HMI_JSON_COUNT_AT, slots = 0;
    if (count > FEW) {
        for (slots = 64; slots < 2 * count;) {
            slots *= 2;
        }
    }
    HMI_TRY(reserve(json, hmi_max(count, FEW), slots, err));
    HMI_TRY(gather(json, object, count, err));
    return count > FEW ? check_many(json, count, slots, err) : check_few(json, count, err);
}
