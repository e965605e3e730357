/* SPDX-License-Identifier: Apache-2.0
 *
 * build.c - indicators into a compiled set.
 *
 * WHY    All cost that can be paid once is paid here: canonical forms, refusals, keyed hashes, the
 *        gate. What comes out is one block that is used, saved and mapped as it is.
 * TRUST  Indicators are strangers': each is made canonical by the trait room, counted against
 *        limits, and refused by itself with a reason; the rest loads.
 * OWNS   The builder owns growing arrays; hm_matcher_build turns them into one mapping and frees
 *        them.
 */
#include <stdlib.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/num.h"
#include "base/text.h"
#include "match/build.h"

enum { HMI_KNOWN_START = 1024 };

static void draw_seed(const hm_matcher_options *options, hmi_set_head *head)
{
    uint64_t drawn[2] = { hmi_hash_seed(), 0 };
    static uint64_t serial;
    uint64_t nth = __atomic_add_fetch(&serial, 1, __ATOMIC_RELAXED);
    drawn[1] = hmi_xxh3(hmi_bytes(&nth, sizeof(nth)), drawn[0]);
    drawn[0] = hmi_xxh3(hmi_bytes(&drawn[1], sizeof(drawn[1])), drawn[0] + 1);
    bool fixed = options != NULL && (options->seed[0] | options->seed[1]) != 0;
    head->seed[0] = fixed ? options->seed[0] : drawn[0];
    head->seed[1] = fixed ? options->seed[1] : drawn[1];
    for (size_t i = 0; i < HMI_COUNT(head->gate_keys); i++) {
        head->gate_keys[i] = hmi_sip(head->seed, 1000 + i, HM_BYTES("gate"));
    }
}

int hm_matcher_begin(const hm_matcher_options *options, hm_matcher_builder **ret_builder,
                     hm_err *err)
{
    if (ret_builder == NULL || (options != NULL && options->version != 0)) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "no such version of matcher options");
    }
    hm_matcher_builder *b = calloc(1, sizeof(*b));
    if (b != NULL) {
        b->poison = hmi_poison_new();
        b->known = calloc(HMI_KNOWN_START, sizeof(*b->known));
        b->ranges16 = calloc(1, HMI_SET_RANGES16);
        b->known_mask = HMI_KNOWN_START - 1;
        hmi_buf_init(&b->text, 0);
    }
    if (b == NULL || b->poison == NULL || b->known == NULL || b->ranges16 == NULL) {
        hm_matcher_builder_free(b);
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for a set of indicators");
    }
    b->allow_poison = options != NULL && options->allow_poison != 0;
    draw_seed(options, &b->head);
    *ret_builder = b;
    return HM_OK;
}

void hm_matcher_builder_free(hm_matcher_builder *b)
{
    if (b == NULL) {
        return;
    }
    hmi_poison_free(b->poison);
    free(b->rows);
    free(b->hashes);
    free(b->known);
    free(b->gate_hashes);
    hmi_buf_fini(&b->text);
    free(b->sources);
    free(b->ranges16);
    free(b->ranges24);
    free(b);
}

/* ---- What somebody wrote, into class, canonical value and reach */

static hmi_class class_by_shape(hm_text raw, hmi_canon *canon)
{
    static const uint8_t SHAPES[] = { HMI_ADDRESS, HMI_RANGE, HMI_URL,    HMI_MAIL,
                                      HMI_SHA256,  HMI_MD5,   HMI_SHA1,   HMI_SHA512,
                                      HMI_JA4,     HMI_ONION, HMI_DOMAIN, HMI_REGISTRY_KEY };
    for (size_t i = 0; i < sizeof(SHAPES); i++) {
        if (hmi_canon_run((hmi_class)SHAPES[i], raw, true, canon)) {
            return (hmi_class)SHAPES[i];
        }
    }
    return HMI_CLASS_NONE;
}

/* "*.evil.example", ".evil.example" and "http://evil.example/kit/[*]" ask for what lies below. */
static hm_text take_reach(hm_text raw, hm_reach *reach)
{
    raw = hmi_text_trim(raw);
    if (raw.len > 2 && raw.ptr[0] == '*' && raw.ptr[1] == '.') {
        *reach = HM_REACH_BELOW;
        return hmi_text_slice(raw, 2, raw.len);
    }
    if (raw.len > 1 && raw.ptr[0] == '.' && raw.ptr[1] != '.') {
        *reach = HM_REACH_BELOW;
        return hmi_text_slice(raw, 1, raw.len);
    }
    if (raw.len > 2 && raw.ptr[raw.len - 1] == '*' && raw.ptr[raw.len - 2] == '/') {
        *reach = HM_REACH_BELOW;
        raw.len--;
    }
    return raw;
}

/* The same pointer need not mean the same text: it is compared. */
static const hmi_class_row *class_named(hm_matcher_builder *b, const char *kind)
{
    if (b->last_class == NULL || strcmp(b->last_class->name, kind) != 0) {
        b->last_class = hmi_class_by_name(hmi_text_of(kind));
    }
    return b->last_class;
}

static int read_indicator(hm_matcher_builder *b, const hm_indicator *indicator, hmi_taken *r,
                          hm_err *err)
{
    hm_text raw = { indicator->value, indicator->value_len };
    if (raw.len > HMI_TRAIT_VALUE_MAX || !hmi_utf8_clean(hmi_text_bytes(raw))) {
        return hmi_fail(err, HM_E_MALFORMED, HM_OFFSET_NONE,
                        "the value is too long or not clean UTF-8");
    }
    r->reach = indicator->reach;
    const hmi_class_row *named = NULL;
    if (indicator->kind != NULL) {
        named = class_named(b, indicator->kind);
        if (named == NULL) {
            return hmi_fail(err, HM_E_UNSUPPORTED, HM_OFFSET_NONE, "no such kind of indicator");
        }
    }
    if (named == NULL || named->id == HMI_DOMAIN || named->id == HMI_URL) {
        raw = take_reach(raw, &r->reach);
    }
    if (named == NULL) {
        r->class_id = class_by_shape(raw, &r->canon);
        if (r->class_id == HMI_CLASS_NONE) {
            return hmi_fail(err, HM_E_MALFORMED, HM_OFFSET_NONE,
                            "the value has the shape of no indicator");
        }
    } else {
        r->class_id = named->id;
        if (!hmi_canon_run(named->id, raw, true, &r->canon)) {
            return hmi_fail(err, HM_E_MALFORMED, HM_OFFSET_NONE, "the value cannot be read as %s",
                            named->label);
        }
    }
    if (r->class_id != HMI_DOMAIN && r->class_id != HMI_ONION && r->class_id != HMI_URL) {
        r->reach = HM_REACH_SELF;
    }
    return HM_OK;
}

/* ---- Adding */

static bool source_of(hm_matcher_builder *b, const char *name, uint16_t *ret)
{
    hm_text source = hmi_text_of(name);
    if (source.len == 0) {
        *ret = 0;
        return true;
    }
    for (size_t k = 0; k <= b->source_count; k++) {
        size_t i = k == 0 ? b->last_source : k;
        const hmi_source *s = i == 0 ? NULL : &b->sources[i - 1];
        if (s != NULL && hmi_bytes_eq(hmi_bytes(b->text.ptr + s->offset, (size_t)s->len),
                                      hmi_text_bytes(source))) {
            *ret = b->last_source = (uint16_t)i;
            return true;
        }
    }
    if (b->source_count >= HMI_SET_SOURCES_MAX ||
        !hmi_build_room(&b->sources, b->source_count, &b->source_capacity, sizeof(*b->sources))) {
        return false;
    }
    b->sources[b->source_count] = (hmi_source){ b->text.len, source.len };
    hmi_buf_add_text(&b->text, source);
    *ret = b->last_source = (uint16_t)++b->source_count;
    return b->text.bad == 0;
}

static void know(uint64_t *known, size_t mask, uint64_t hash, uint32_t row)
{
    size_t at = (size_t)hash & mask;
    while (known[at] != 0) {
        at = (at + 1) & mask;
    }
    known[at] = (hash >> 32 << 32) | (row + 1ull);
}

static bool known_grow(hm_matcher_builder *b)
{
    if (2 * b->count <= b->known_mask) {
        return true;
    }
    size_t mask = 4 * (b->known_mask + 1) - 1;
    uint64_t *known = calloc(mask + 1, sizeof(*known));
    if (known == NULL) {
        return false;
    }
    for (size_t i = 0; i < b->count; i++) {
        know(known, mask, b->hashes[i], (uint32_t)i);
    }
    free(b->known);
    b->known = known;
    b->known_mask = mask;
    return true;
}

static uint64_t row_text(const hmi_row *row)
{
    return (uint64_t)row->text_high << 32 | row->text_low;
}

static bool is_known(const hm_matcher_builder *b, uint64_t hash, const hmi_taken *r)
{
    hm_text value = hmi_canon_text(&r->canon);
    for (size_t at = (size_t)hash & b->known_mask; b->known[at] != 0;
         at = (at + 1) & b->known_mask) {
        if (b->known[at] >> 32 != hash >> 32) {
            continue;
        }
        uint32_t i = (uint32_t)b->known[at] - 1;
        const hmi_row *row = &b->rows[i];
        if (b->hashes[i] == hash && row->class_id == r->class_id && row->reach == r->reach &&
            hmi_bytes_eq(hmi_bytes(b->text.ptr + row_text(row), row->value_len),
                         hmi_text_bytes(value))) {
            return true;
        }
    }
    return false;
}

static int refuse(const hm_matcher_builder *b, const hmi_taken *r, hm_err *err)
{
    const char *why = "";
    hm_text value = hmi_canon_text(&r->canon);
    if (hmi_set_group(r->class_id, r->reach) == HMI_KEY_GROUPS) {
        return hmi_fail(err, HM_E_UNSUPPORTED, HM_OFFSET_NONE,
                        "records are not searched for %s indicators",
                        hmi_class_find((int)r->class_id)->name);
    }
    hm_text host = r->class_id == HMI_URL ? hmi_url_host(value) : hmi_text(NULL, 0);
    hmi_address address;
    if (host.len > 0 && !hmi_address_parse(host, &address)) {
        size_t dot = hmi_find_last_byte(hmi_text_bytes(host), '.');
        if (dot == HMI_NPOS || !hmi_ascii_alpha(host.ptr[dot + 1])) {
            return hmi_fail(err, HM_E_UNSUPPORTED, HM_OFFSET_NONE,
                            "records are not searched for URLs of a host without a domain");
        }
    }
    if (!b->allow_poison && hmi_poison_is(b->poison, r->class_id, value, &why)) {
        return hmi_fail(err, HM_E_DENIED, HM_OFFSET_NONE, "it would match the harmless world: %s",
                        why);
    }
    return HM_OK;
}

static int store(hm_matcher_builder *b, const hm_indicator *indicator, const hmi_taken *r,
                 uint64_t hash, hm_err *err)
{
    hm_text value = hmi_canon_text(&r->canon);
    hm_text id = hmi_text_of(indicator->id);
    id.len = hmi_min(id.len, HMI_SET_ID_MAX);
    uint16_t source = 0;
    size_t capacity = b->capacity;
    if (!source_of(b, indicator->source, &source) ||
        !hmi_build_room(&b->rows, b->count, &capacity, sizeof(*b->rows)) ||
        !hmi_build_room(&b->hashes, b->count, &b->capacity, sizeof(*b->hashes)) || !known_grow(b) ||
        !hmi_build_gate(b, r)) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE,
                        "no memory for more indicators, or more than %d sources",
                        HMI_SET_SOURCES_MAX);
    }
    uint64_t at = b->text.len;
    hmi_buf_add_text(&b->text, value);
    hmi_buf_add_text(&b->text, id);
    HMI_TRY(hmi_buf_check(&b->text, err));
    b->rows[b->count] = (hmi_row){ .text_low = (uint32_t)at,
                                   .text_high = (uint8_t)(at >> 32),
                                   .class_id = (uint8_t)r->class_id,
                                   .reach = (uint8_t)r->reach,
                                   .id_len = (uint8_t)id.len,
                                   .value_len = (uint16_t)value.len,
                                   .source = source,
                                   .line = indicator->line };
    b->hashes[b->count] = hash;
    know(b->known, b->known_mask, hash, (uint32_t)b->count);
    b->head.groups |= 1u << hmi_set_group(r->class_id, r->reach);
    b->count++;
    return HM_OK;
}

int hm_matcher_add(hm_matcher_builder *b, const hm_indicator *indicator, hm_err *err)
{
    if (b == NULL || indicator == NULL || (indicator->value == NULL && indicator->value_len > 0)) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "no indicator given");
    }
    if (b->count >= HMI_SET_INDICATORS_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "more than %d indicators",
                        HMI_SET_INDICATORS_MAX);
    }
    hmi_taken r __attribute__((uninitialized));
    hmi_canon_begin(&r.canon);
    HMI_TRY(read_indicator(b, indicator, &r, err));
    HMI_TRY(refuse(b, &r, err));
    hmi_key_group group = hmi_set_group(r.class_id, r.reach);
    uint64_t hash = hmi_set_hash(&b->head, group, hmi_set_key(group, hmi_canon_text(&r.canon)));
    if (is_known(b, hash, &r)) {
        return hmi_fail(err, HM_E_EXISTS, HM_OFFSET_NONE, "this indicator is there already");
    }
    return store(b, indicator, &r, hash, err);
}
