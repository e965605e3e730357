/* SPDX-License-Identifier: Apache-2.0
 *
 * sigma_index.c - all literals of one field, found in a value at once.
 *
 * WHY    Tens of thousands of literals over ten fields: asked one by one they cost milliseconds an
 *        event. Here a value costs a few instructions a byte, whatever the number of literals.
 * FORM   Each literal waits under one key:
 *          IS             hash of all of it
 *          STARTS, ENDS,  4 of its bytes: those that fewest other literals have (nearly all file
 *          CONTAINS       names end in ".exe"); shorter ones under all, or 2 or 1, of their bytes
 *        For the 4 bytes a gate of one bit per hashed key stands in front: nearly every place of a
 *        value ends there. What passes is compared in full.
 * TRUST  Rules and values are anybody's: keys are mixed with a secret seed.
 * OWNS   Nothing: all is the set's arena's.
 */
#include "detect/sigma_inside.h"

enum { GRAM = 4, GATE_BITS = 16, COUNTS = 1 << 16 };

typedef enum waiting { WAITS_IS, WAITS_STARTS, WAITS_ENDS, WAITS_4, WAITS_2, WAITS_1 } waiting;

enum { ANYWHERE, AT_BEGIN, AT_END };

typedef struct literal {
    hm_text text;
    uint32_t atom;
    uint32_t next;   /* number + 1 of another under the same key */
    uint32_t offset; /* of the key's bytes in the text */
    uint8_t anchor;  /* where it must stand */
    bool ask;        /* found is not enough: a regular expression, or case counts */
} literal;

struct hmi_sigma_index {
    literal *literals;
    size_t count, capacity;
    hmi_sigma_table table;
    uint8_t starts_lengths, ends_lengths; /* bit n: some wait under n bytes */
    bool any_is;
    bool any[3]; /* of WAITS_4, WAITS_2, WAITS_1 */
    uint64_t gate4[(1 << GATE_BITS) / 64];
    uint64_t gate2[(1 << 16) / 64];
};

static uint32_t load(const char *at, size_t len)
{
    uint32_t gram = 0;
    memcpy(&gram, at, len);
    return gram;
}

static uint64_t key_of(const hmi_sigma *set, waiting how, size_t len, uint32_t gram)
{
    uint64_t key = (((uint64_t)how << 3 | len) << 32 | gram) + set->seed;
    key *= UINT64_C(0x9e3779b97f4a7c15);
    return key ^ key >> 29;
}

static unsigned gate_of(uint32_t gram)
{
    return gram * UINT32_C(0x9e3779b1) >> (32 - GATE_BITS);
}

static unsigned counted(uint32_t gram)
{
    return gram * UINT32_C(0x85ebca6b) >> 16;
}

static bool wait(hmi_sigma *set, hmi_sigma_index *index, uint64_t key, literal lit)
{
    uint32_t head = hmi_sigma_table_find(&index->table, key);
    literal *literals = hmi_arena_grow(&set->arena, index->literals, index->count, &index->capacity,
                                       sizeof(*literals));
    if (literals == NULL) {
        return false;
    }
    index->literals = literals;
    uint32_t number = (uint32_t)index->count++;
    literals[number] = lit;
    if (head == UINT32_MAX) {
        return hmi_sigma_table_put(&set->arena, &index->table, key, number);
    }
    literals[number].next = literals[head].next;
    literals[head].next = number + 1;
    return true;
}

static bool wait_inside(hmi_sigma *set, hmi_sigma_index *index, const uint32_t *counts, literal lit)
{
    if (lit.text.len < 2) {
        index->any[2] = true;
        return wait(set, index, key_of(set, WAITS_1, 1, load(lit.text.ptr, 1)), lit);
    }
    if (lit.text.len < GRAM) {
        uint32_t two = load(lit.text.ptr, 2);
        index->any[1] = true;
        index->gate2[two >> 6] |= UINT64_C(1) << (two & 63);
        return wait(set, index, key_of(set, WAITS_2, 2, two), lit);
    }
    uint32_t best = UINT32_MAX;
    for (size_t i = 0; i + GRAM <= lit.text.len; i++) {
        uint32_t count = counts[counted(load(lit.text.ptr + i, GRAM))];
        if (count < best) {
            best = count;
            lit.offset = (uint32_t)i;
        }
    }
    uint32_t gram = load(lit.text.ptr + lit.offset, GRAM);
    index->any[0] = true;
    index->gate4[gate_of(gram) >> 6] |= UINT64_C(1) << (gate_of(gram) & 63);
    return wait(set, index, key_of(set, WAITS_4, GRAM, gram), lit);
}

static bool add(hmi_sigma *set, hmi_sigma_index *index, const uint32_t *counts, uint8_t test,
                literal lit)
{
    size_t len = lit.text.len < GRAM ? lit.text.len : GRAM;
    switch (test) {
    case HMI_SIGMA_IS:
        index->any_is = true;
        return wait(set, index, hmi_xxh3(hmi_text_bytes(lit.text), set->seed), lit);
    case HMI_SIGMA_STARTS:
        lit.anchor = AT_BEGIN;
        if (lit.text.len >= GRAM) {
            return wait_inside(set, index, counts, lit);
        }
        index->starts_lengths |= (uint8_t)(1 << len);
        return wait(set, index, key_of(set, WAITS_STARTS, len, load(lit.text.ptr, len)), lit);
    case HMI_SIGMA_ENDS:
        lit.anchor = AT_END;
        if (lit.text.len >= GRAM) {
            return wait_inside(set, index, counts, lit);
        }
        index->ends_lengths |= (uint8_t)(1 << len);
        lit.offset = (uint32_t)(lit.text.len - len);
        return wait(set, index, key_of(set, WAITS_ENDS, len, load(lit.text.ptr + lit.offset, len)),
                    lit);
    default:
        return wait_inside(set, index, counts, lit);
    }
}

/* The literals that an atom waits for; 0 when it must be asked of every value. */
static size_t literals_of(hmi_sigma *set, const hmi_sigma_atom *atom, uint8_t *ret_test,
                          const hm_text **ret_texts, hm_text *folded)
{
    *ret_test = atom->test;
    if (atom->test <= HMI_SIGMA_CONTAINS) {
        *folded = atom->cased ? hmi_sigma_fold(&set->arena, atom->text) : atom->text;
        *ret_texts = folded;
        return folded->len > 0 || atom->test == HMI_SIGMA_IS ? 1 : 0;
    }
    if (atom->test == HMI_SIGMA_REGEX || atom->test == HMI_SIGMA_GLOB) {
        *ret_test = HMI_SIGMA_CONTAINS;
        return hmi_regex_words(atom->regex, ret_texts);
    }
    return 0;
}

static bool is_lazy(uint8_t test)
{
    return test == HMI_SIGMA_NULL || test == HMI_SIGMA_NEVER;
}

static int add_atom(hmi_sigma *set, hmi_sigma_field *field, const uint32_t *counts, uint32_t number,
                    hm_err *err)
{
    hmi_sigma_atom *atom = &set->atoms[number];
    const hm_text *texts = NULL;
    hm_text folded = { NULL, 0 };
    uint8_t test;
    size_t count = literals_of(set, atom, &test, &texts, &folded);
    for (size_t i = 0; i < count; i++) {
        literal lit = { .text = texts[i],
                        .atom = number,
                        .ask = atom->cased || atom->test > HMI_SIGMA_CONTAINS };
        if (lit.text.ptr == NULL || !add(set, field->index, counts, test, lit)) {
            return hmi_arena_fail(&set->arena, err);
        }
    }
    if (count > 0 || is_lazy(atom->test)) {
        return HM_OK;
    }
    uint32_t *direct = hmi_arena_grow(&set->arena, field->direct, field->direct_count,
                                      &field->direct_capacity, sizeof(*direct));
    if (direct == NULL) {
        return hmi_arena_fail(&set->arena, err);
    }
    field->direct = direct;
    direct[field->direct_count++] = number;
    return HM_OK;
}

static void count_grams(const hmi_sigma *set, uint32_t field, uint32_t *counts)
{
    memset(counts, 0, COUNTS * sizeof(*counts));
    for (size_t a = 0; a < set->atom_count; a++) {
        const hmi_sigma_atom *atom = &set->atoms[a];
        if (atom->field != field || atom->test > HMI_SIGMA_CONTAINS || atom->test == HMI_SIGMA_IS) {
            continue;
        }
        for (size_t i = 0; i + GRAM <= atom->text.len; i++) {
            counts[counted(load(atom->text.ptr + i, GRAM))]++;
        }
    }
}

int hmi_sigma_index_build(hmi_sigma *set, uint32_t field, hm_err *err)
{
    hmi_sigma_field *f = &set->fields[field];
    uint32_t *counts = hmi_new_array(&set->scratch, uint32_t, COUNTS);
    f->index = hmi_new(&set->arena, hmi_sigma_index);
    if (counts == NULL || f->index == NULL) {
        return hmi_arena_fail(f->index == NULL ? &set->arena : &set->scratch, err);
    }
    count_grams(set, field, counts);
    for (size_t a = 0; a < set->atom_count; a++) {
        if (set->atoms[a].field == field) {
            HMI_TRY(add_atom(set, f, counts, (uint32_t)a, err));
        }
    }
    hmi_arena_reset(&set->scratch);
    return HM_OK;
}

/* ---- Searching */

typedef struct search {
    hmi_sigma *set;
    const hmi_sigma_index *index;
    const hmi_sigma_value *value;
} search;

/* The key's bytes stand at `at` of the value: which of those that wait are there? */
static void try_all(const search *s, uint64_t key, size_t at)
{
    hm_text text = s->value->folded;
    uint32_t number = hmi_sigma_table_find(&s->index->table, key) + 1;
    while (number != 0) {
        const literal *lit = &s->index->literals[number - 1];
        hmi_sigma_atom *atom = &s->set->atoms[lit->atom];
        number = lit->next;
        size_t behind = at - lit->offset + lit->text.len;
        if (at < lit->offset || (lit->anchor == AT_BEGIN && at != lit->offset) ||
            behind > text.len || (lit->anchor == AT_END && behind != text.len) ||
            atom->true_at == s->set->event ||
            memcmp(text.ptr + at - lit->offset, lit->text.ptr, lit->text.len) != 0) {
            continue;
        }
        if (!lit->ask || hmi_sigma_ask(s->set, atom, s->value)) {
            hmi_sigma_mark(s->set, lit->atom);
        }
    }
}

/* STARTS, ENDS and IS: the literal must also stand at that end. */
static void try_anchored(const search *s, uint64_t key, waiting how)
{
    hm_text text = s->value->folded;
    uint32_t number = hmi_sigma_table_find(&s->index->table, key) + 1;
    while (number != 0) {
        const literal *lit = &s->index->literals[number - 1];
        hmi_sigma_atom *atom = &s->set->atoms[lit->atom];
        number = lit->next;
        size_t from = how == WAITS_ENDS ? text.len - lit->text.len : 0;
        if (atom->true_at == s->set->event || lit->text.len > text.len ||
            (how == WAITS_IS && lit->text.len != text.len) ||
            (lit->text.len > 0 && memcmp(text.ptr + from, lit->text.ptr, lit->text.len) != 0)) {
            continue;
        }
        if (!lit->ask || hmi_sigma_ask(s->set, atom, s->value)) {
            hmi_sigma_mark(s->set, lit->atom);
        }
    }
}

static void search_ends(const search *s)
{
    hm_text text = s->value->folded;
    if (s->index->any_is) {
        try_anchored(s, hmi_xxh3(hmi_text_bytes(text), s->set->seed), WAITS_IS);
    }
    for (size_t len = 1; len <= GRAM && len <= text.len; len++) {
        if ((s->index->starts_lengths >> len & 1) != 0) {
            try_anchored(s, key_of(s->set, WAITS_STARTS, len, load(text.ptr, len)), WAITS_STARTS);
        }
        if ((s->index->ends_lengths >> len & 1) != 0) {
            try_anchored(s, key_of(s->set, WAITS_ENDS, len, load(text.ptr + text.len - len, len)),
                         WAITS_ENDS);
        }
    }
}

static void search_inside(const search *s)
{
    const hmi_sigma_index *index = s->index;
    hm_text text = s->value->folded;
    for (size_t i = 0; index->any[0] && i + GRAM <= text.len; i++) {
        uint32_t gram = load(text.ptr + i, GRAM);
        unsigned gate = gate_of(gram);
        if ((index->gate4[gate >> 6] >> (gate & 63) & 1) != 0) {
            try_all(s, key_of(s->set, WAITS_4, GRAM, gram), i);
        }
    }
    for (size_t i = 0; index->any[1] && i + 2 <= text.len; i++) {
        uint32_t two = load(text.ptr + i, 2);
        if ((index->gate2[two >> 6] >> (two & 63) & 1) != 0) {
            try_all(s, key_of(s->set, WAITS_2, 2, two), i);
        }
    }
    for (size_t i = 0; index->any[2] && i < text.len; i++) {
        try_all(s, key_of(s->set, WAITS_1, 1, load(text.ptr + i, 1)), i);
    }
}

void hmi_sigma_index_search(hmi_sigma *set, const hmi_sigma_index *index,
                            const hmi_sigma_value *value)
{
    search s = { .set = set, .index = index, .value = value };
    search_ends(&s);
    search_inside(&s);
}
