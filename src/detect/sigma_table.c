/* SPDX-License-Identifier: Apache-2.0
 *
 * sigma_table.c - fields, atoms and expressions of a Sigma set: equal ones are one.
 *
 * TRUST  Names and values are anybody's; tables hash them with a secret seed.
 * OWNS   Nothing: all is the set's arena's.
 */
#include <utf8proc.h>

#include "base/text.h"
#include "detect/sigma_inside.h"

static void insert(hmi_sigma_table *table, uint64_t key, uint32_t number)
{
    size_t at = key & (table->size - 1);
    while (table->numbers[at] != 0) {
        at = (at + 1) & (table->size - 1);
    }
    table->keys[at] = key;
    table->numbers[at] = number + 1;
}

bool hmi_sigma_table_put(hmi_arena *arena, hmi_sigma_table *table, uint64_t key, uint32_t number)
{
    if (table->count * 2 >= table->size) {
        size_t size = table->size == 0 ? 16 : table->size * 4;
        hmi_sigma_table larger = { .size = size, .count = table->count };
        larger.keys = hmi_new_array(arena, uint64_t, size);
        larger.numbers = hmi_new_array(arena, uint32_t, size);
        if (larger.keys == NULL || larger.numbers == NULL) {
            return false;
        }
        for (size_t i = 0; i < table->size; i++) {
            if (table->numbers[i] != 0) {
                insert(&larger, table->keys[i], table->numbers[i] - 1);
            }
        }
        *table = larger;
    }
    insert(table, key, number);
    table->count++;
    return true;
}

/* Names differ only by case and blanks in no known log; rules and shippers disagree on both. Of
 * names longer than the buffer the beginning counts. */
uint64_t hmi_sigma_field_key(const hmi_sigma *set, hm_text name)
{
    char folded[256];
    size_t len = 0;
    for (size_t i = 0; i < name.len && len < sizeof(folded); i++) {
        folded[len] = hmi_ascii_lower(name.ptr[i]);
        len += name.ptr[i] != ' ' ? 1 : 0;
    }
    return hmi_xxh3(hmi_bytes(folded, len), set->seed);
}

/* Spellings are remembered, as long as there are few: an event's author chooses them. */
uint32_t hmi_sigma_field_meant(hmi_sigma *set, hm_text name)
{
    enum { SPELLINGS_MAX = 1 << 14 };
    uint64_t spelling = hmi_xxh3(hmi_text_bytes(name), set->seed ^ 1);
    uint32_t number = hmi_sigma_table_find(&set->spellings, spelling);
    if (number == UINT32_MAX) {
        number = hmi_sigma_table_find(&set->field_table, hmi_sigma_field_key(set, name));
        number = number == UINT32_MAX ? (uint32_t)set->field_count : number;
        if (set->spellings.count < SPELLINGS_MAX) {
            (void)hmi_sigma_table_put(&set->arena, &set->spellings, spelling, number);
        }
    }
    return number == set->field_count ? UINT32_MAX : number;
}

uint32_t hmi_sigma_field_number(hmi_sigma *set, hm_text name)
{
    uint64_t key = hmi_sigma_field_key(set, name);
    uint32_t number = hmi_sigma_table_find(&set->field_table, key);
    if (number != UINT32_MAX) {
        return number;
    }
    hmi_sigma_field *fields = hmi_arena_grow(&set->arena, set->fields, set->field_count,
                                             &set->field_capacity, sizeof(*fields));
    if (fields == NULL) {
        return UINT32_MAX;
    }
    set->fields = fields;
    number = (uint32_t)set->field_count;
    fields[number] = (hmi_sigma_field){ .name = name };
    if (!hmi_sigma_table_put(&set->arena, &set->field_table, key, number)) {
        return UINT32_MAX;
    }
    set->field_count++;
    return number;
}

#define EACH_BYTE UINT64_C(0x0101010101010101)

/* Bit 7 of each byte of eight that is A-Z; all must be below 0x80. */
static uint64_t upper_of(uint64_t eight)
{
    uint64_t from_a = eight + (0x80 - 'A') * EACH_BYTE;
    uint64_t behind_z = eight + (0x80 - 'Z' - 1) * EACH_BYTE;
    return from_a & ~behind_z & 0x80 * EACH_BYTE;
}

static bool plain_lower(hm_text text, bool *ret_ascii)
{
    uint64_t high = 0, upper = 0, eight;
    size_t i = 0;
    for (; i + 8 <= text.len; i += 8) {
        memcpy(&eight, text.ptr + i, 8);
        high |= eight;
        upper |= upper_of(eight & 0x7f * EACH_BYTE);
    }
    eight = 0;
    if (i < text.len) {
        memcpy(&eight, text.ptr + i, text.len - i);
    }
    high |= eight;
    upper |= upper_of(eight & 0x7f * EACH_BYTE);
    *ret_ascii = (high & 0x80 * EACH_BYTE) == 0;
    return *ret_ascii && upper == 0;
}

static void lower_ascii(char *out, hm_text text)
{
    uint64_t eight;
    size_t i = 0;
    for (; i + 8 <= text.len; i += 8) {
        memcpy(&eight, text.ptr + i, 8);
        eight |= upper_of(eight) >> 2;
        memcpy(out + i, &eight, 8);
    }
    for (; i < text.len; i++) {
        out[i] = hmi_ascii_lower(text.ptr[i]);
    }
}

hm_text hmi_sigma_fold(hmi_arena *arena, hm_text text)
{
    bool ascii;
    if (plain_lower(text, &ascii)) {
        return text.ptr != NULL ? text : (hm_text){ "", 0 };
    }
    /* a code point's other case takes at most three times the bytes */
    char *out = hmi_arena_take(arena, ascii ? text.len : 3 * text.len + 4, 1);
    size_t len = 0;
    if (out == NULL) {
        return (hm_text){ NULL, 0 };
    }
    if (ascii) {
        lower_ascii(out, text);
        return hmi_text(out, text.len);
    }
    for (size_t pos = 0; pos < text.len;) {
        uint32_t c = hmi_utf8_next_lossy(hmi_text_bytes(text), &pos);
        utf8proc_int32_t lower = utf8proc_tolower((utf8proc_int32_t)c);
        len += hmi_utf8_put((uint32_t)lower, out + len);
    }
    return hmi_text(out, len);
}

static uint64_t atom_key(const hmi_sigma *set, const hmi_sigma_atom *atom)
{
    struct {
        uint64_t text;
        double number;
        uint32_t field, other;
        uint8_t test, how, cased, flags;
        uint32_t zero;
    } key = { .text = hmi_xxh3(hmi_text_bytes(atom->text), set->seed),
              .number = atom->number,
              .field = atom->field,
              .other = atom->other_field,
              .test = atom->test,
              .how = atom->how,
              .cased = atom->cased,
              .flags = atom->regex_flags };
    return hmi_xxh3(hmi_bytes(&key, sizeof(key)), set->seed);
}

int hmi_sigma_atom_number(hmi_sigma *set, const hmi_sigma_atom *like, uint32_t *ret, hm_err *err)
{
    uint64_t key = atom_key(set, like);
    *ret = hmi_sigma_table_find(&set->atom_table, key);
    if (*ret != UINT32_MAX) {
        return HM_OK;
    }
    if (set->atom_count >= HMI_SIGMA_ATOMS_MAX) {
        return hmi_fail(err, HM_E_LIMIT, 0, "more than %d different values in all rules",
                        HMI_SIGMA_ATOMS_MAX);
    }
    hmi_sigma_atom *atoms = hmi_arena_grow(&set->arena, set->atoms, set->atom_count,
                                           &set->atom_capacity, sizeof(*atoms));
    if (atoms == NULL) {
        return hmi_arena_fail(&set->arena, err);
    }
    set->atoms = atoms;
    *ret = (uint32_t)set->atom_count;
    atoms[*ret] = *like;
    if (!hmi_sigma_table_put(&set->arena, &set->atom_table, key, *ret)) {
        return hmi_arena_fail(&set->arena, err);
    }
    set->atom_count++;
    return HM_OK;
}

hmi_sigma_expr *hmi_sigma_expr_new(hmi_sigma *set, hmi_sigma_join join)
{
    hmi_sigma_expr *expr = hmi_new(&set->arena, hmi_sigma_expr);
    if (expr != NULL) {
        expr->join = join;
    }
    return expr;
}

int hmi_sigma_expr_add(hmi_sigma *set, hmi_sigma_expr *parent, hmi_sigma_expr *child, hm_err *err)
{
    hmi_sigma_expr **children = hmi_arena_grow(&set->arena, parent->children, parent->count,
                                               &parent->capacity, sizeof(*children));
    if (children == NULL || child == NULL) {
        return hmi_arena_fail(&set->arena, err);
    }
    parent->children = children;
    children[parent->count++] = child;
    return HM_OK;
}
