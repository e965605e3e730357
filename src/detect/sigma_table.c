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
        size_t size = table->size == 0 ? 256 : table->size * 4;
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

static bool plain_lower(hm_text text, bool *ret_ascii)
{
    bool lower = true;
    *ret_ascii = true;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = (uint8_t)text.ptr[i];
        lower &= !(c >= 'A' && c <= 'Z');
        *ret_ascii &= c < 0x80;
    }
    return lower && *ret_ascii;
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
        for (size_t i = 0; i < text.len; i++) {
            out[i] = hmi_ascii_lower(text.ptr[i]);
        }
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
