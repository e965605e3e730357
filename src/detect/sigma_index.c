/* SPDX-License-Identifier: Apache-2.0
 *
 * sigma_index.c - all literals of one field, found in a value at once.
 *
 * WHY    Tens of thousands of literals over ten fields: asked one by one they cost milliseconds an
 *        event. Here a value costs a few instructions a byte, whatever the number of literals.
 * FORM   Each literal waits under one key:
 *          IS            hash of all of it
 *          STARTS, ENDS  its first or last bytes: as many as the highest rung of LADDER that it has
 *          CONTAINS      4 of its bytes: those that fewest other literals have; shorter ones under
 *                        2 or 1 of their bytes
 *        Values are looked through only for the last. For the 4 bytes a gate of one bit per hashed
 *        key stands in front: nearly every place of a value ends there. What passes is compared in
 *        full.
 * TRUST  Rules and values are anybody's: keys are mixed with a secret seed.
 * OWNS   Nothing: all is the set's arena's.
 */
#include "detect/sigma_inside.h"

enum { GRAM = HMI_SIGMA_GRAM, COUNTS = 1 << 16, PAIRS = 1 << 16 };
enum { GATE_BITS_MIN = 10, GATE_BITS_MAX = 17, GATE_ROOM = 32 /* bits a literal */ };

typedef enum waiting { WAITS_IS, WAITS_STARTS, WAITS_ENDS, WAITS_4, WAITS_2, WAITS_1 } waiting;

static const uint8_t LADDER[] = { 1, 2, 3, 4, 6, 8, 12, 16, 24, 32 };

typedef struct literal {
    hm_text text;
    uint32_t waker;
    uint32_t next;   /* number + 1 of another under the same key */
    uint32_t offset; /* of the key's bytes in the text */
    bool ask;        /* found is not enough: a regular expression, or case counts */
} literal;

struct hmi_sigma_index {
    literal *literals;
    size_t count, capacity;
    hmi_sigma_table table;
    uint16_t starts, ends; /* bit n: some wait under LADDER[n] bytes */
    bool any_is;
    bool any_single; /* of WAITS_1 */
    uint64_t *gate4; /* NULL: no WAITS_4 */
    uint64_t *gate2; /* by two bytes; NULL: no WAITS_2 */
    unsigned gate_shift;
    size_t gate_count;      /* keys in gate4 */
    hmi_sigma_sieve *sieve; /* of the same keys, if they are few; NULL: only the gate */
};

static uint32_t load(const char *at, size_t len)
{
    uint32_t gram = 0;
    memcpy(&gram, at, len);
    return gram;
}

static uint64_t stir(uint64_t key)
{
    key *= UINT64_C(0x9e3779b97f4a7c15);
    return key ^ key >> 29;
}

static uint64_t key_of(const hmi_sigma *set, waiting how, uint32_t gram)
{
    return stir(((uint64_t)how << 32 | gram) + set->seed);
}

/* Of `len` bytes, a rung of the ladder. */
static uint64_t rung_key(const hmi_sigma *set, waiting how, const char *at, size_t len)
{
    uint64_t key = stir(((uint64_t)how << 8 | len) + set->seed), eight = 0;
    for (size_t i = 0; i + 8 < len; i += 8) {
        memcpy(&eight, at + i, 8);
        key = stir(key ^ eight);
    }
    eight = 0;
    if (len >= 8) {
        memcpy(&eight, at + len - 8, 8);
    } else {
        memcpy(&eight, at, len);
    }
    return stir(key ^ eight);
}

static unsigned gate_of(uint32_t gram, unsigned shift)
{
    return gram * UINT32_C(0x9e3779b1) >> shift;
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

/* All keys of four bytes, in a gate that has room for them. */
static bool widen_gate(hmi_sigma *set, hmi_sigma_index *index, size_t room)
{
    unsigned bits = GATE_BITS_MIN;
    while (bits < GATE_BITS_MAX && ((size_t)1 << bits) < room * GATE_ROOM) {
        bits++;
    }
    if (index->gate4 != NULL && 32 - bits == index->gate_shift) {
        return true;
    }
    uint64_t *gate = hmi_new_array(&set->arena, uint64_t, ((size_t)1 << bits) / 64);
    if (gate == NULL) {
        return false;
    }
    index->gate4 = gate;
    index->gate_shift = 32 - bits;
    for (size_t i = 0; i < index->count; i++) {
        const literal *lit = &index->literals[i];
        if (lit->offset != UINT32_MAX && lit->text.len >= GRAM) {
            unsigned at = gate_of(load(lit->text.ptr + lit->offset, GRAM), index->gate_shift);
            gate[at >> 6] |= UINT64_C(1) << (at & 63);
        }
    }
    return true;
}

static bool wait_inside(hmi_sigma *set, hmi_sigma_index *index, literal lit)
{
    lit.offset = 0;
    if (lit.text.len < 2) {
        index->any_single = true;
        return wait(set, index, key_of(set, WAITS_1, load(lit.text.ptr, 1)), lit);
    }
    if (lit.text.len < GRAM) {
        uint32_t two = load(lit.text.ptr, 2);
        if (index->gate2 == NULL) {
            index->gate2 = hmi_new_array(&set->arena, uint64_t, PAIRS / 64);
        }
        if (index->gate2 == NULL) {
            return false;
        }
        index->gate2[two >> 6] |= UINT64_C(1) << (two & 63);
        return wait(set, index, key_of(set, WAITS_2, two), lit);
    }
    uint32_t best = UINT32_MAX;
    for (size_t i = 0; i + GRAM <= lit.text.len; i++) {
        uint32_t count = set->gram_counts[counted(load(lit.text.ptr + i, GRAM))];
        if (count < best) {
            best = count;
            lit.offset = (uint32_t)i;
        }
    }
    uint32_t gram = load(lit.text.ptr + lit.offset, GRAM);
    if (!wait(set, index, key_of(set, WAITS_4, gram), lit) ||
        !widen_gate(set, index, ++index->gate_count)) {
        return false;
    }
    unsigned at = gate_of(gram, index->gate_shift);
    index->gate4[at >> 6] |= UINT64_C(1) << (at & 63);
    return true;
}

static bool wait_at_end(hmi_sigma *set, hmi_sigma_index *index, waiting how, literal lit)
{
    size_t rung = HMI_COUNT(LADDER) - 1;
    while (rung > 0 && LADDER[rung] > lit.text.len) {
        rung--;
    }
    uint16_t *rungs = how == WAITS_STARTS ? &index->starts : &index->ends;
    size_t from = how == WAITS_STARTS ? 0 : lit.text.len - LADDER[rung];
    *rungs |= (uint16_t)(1 << rung);
    return wait(set, index, rung_key(set, how, lit.text.ptr + from, LADDER[rung]), lit);
}

static bool add(hmi_sigma *set, hmi_sigma_index *index, uint8_t test, literal lit)
{
    lit.offset = UINT32_MAX;
    switch (test) {
    case HMI_SIGMA_IS:
        index->any_is = true;
        return wait(set, index, hmi_xxh3(hmi_text_bytes(lit.text), set->seed), lit);
    case HMI_SIGMA_STARTS:
        return wait_at_end(set, index, WAITS_STARTS, lit);
    case HMI_SIGMA_ENDS:
        return wait_at_end(set, index, WAITS_ENDS, lit);
    default:
        return wait_inside(set, index, lit);
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

int hmi_sigma_look_for(hmi_sigma *set, hmi_sigma_kind *kind, uint32_t waker, hm_err *err)
{
    const hmi_sigma_atom *atom = &set->atoms[kind->wakers[waker].atom];
    hmi_sigma_look *look = &kind->looks[atom->field];
    const hm_text *texts = NULL;
    hm_text folded = { NULL, 0 };
    uint8_t test;
    look->index = look->index != NULL ? look->index : hmi_new(&set->arena, hmi_sigma_index);
    if (look->index == NULL) {
        return hmi_arena_fail(&set->arena, err);
    }
    size_t count = literals_of(set, atom, &test, &texts, &folded);
    for (size_t i = 0; i < count; i++) {
        literal lit = { .text = texts[i],
                        .waker = waker,
                        .ask = atom->cased || atom->test > HMI_SIGMA_CONTAINS };
        if (lit.text.ptr == NULL || !add(set, look->index, test, lit)) {
            return hmi_arena_fail(&set->arena, err);
        }
    }
    if (count > 0) {
        return HM_OK;
    }
    uint32_t *direct = hmi_arena_grow(&set->arena, look->direct, look->direct_count,
                                      &look->direct_capacity, sizeof(*direct));
    if (direct == NULL) {
        return hmi_arena_fail(&set->arena, err);
    }
    look->direct = direct;
    direct[look->direct_count++] = waker;
    return HM_OK;
}

int hmi_sigma_index_close(hmi_sigma *set, hmi_sigma_index *index, hm_err *err)
{
    if (index->gate_count == 0 || index->gate_count > HMI_SIGMA_SIEVE_MAX ||
        !hmi_sigma_sieve_is_fast()) {
        return HM_OK;
    }
    index->sieve = hmi_new(&set->arena, hmi_sigma_sieve);
    if (index->sieve == NULL) {
        return hmi_arena_fail(&set->arena, err);
    }
    for (size_t i = 0; i < index->count; i++) {
        const literal *lit = &index->literals[i];
        if (lit->offset != UINT32_MAX && lit->text.len >= GRAM) {
            (void)hmi_sigma_sieve_add(index->sieve, lit->text.ptr + lit->offset);
        }
    }
    hmi_sigma_sieve_close(index->sieve, false);
    return HM_OK;
}

/* The four bytes that JSON writes as they are and fewest literals have; SIZE_MAX: none. */
static size_t plain_gram(const hmi_sigma *set, hm_text text)
{
    size_t best = SIZE_MAX, run = 0;
    uint32_t least = UINT32_MAX;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = (uint8_t)text.ptr[i];
        bool plain = c >= ' ' && c < 0x7f && c != '"' && c != '\\' && c != '/';
        run = plain ? run + 1 : 0;
        if (run < GRAM) {
            continue;
        }
        uint32_t count = set->gram_counts[counted(load(text.ptr + i + 1 - GRAM, GRAM))];
        if (count < least) {
            least = count;
            best = i + 1 - GRAM;
        }
    }
    return best;
}

int hmi_sigma_index_sieve(hmi_sigma *set, const hmi_sigma_look *look, hmi_sigma_sieve **ret_sieve,
                          hm_err *err)
{
    hmi_sigma_sieve *sieve = hmi_new(&set->arena, hmi_sigma_sieve);
    *ret_sieve = NULL;
    if (sieve == NULL) {
        return hmi_arena_fail(&set->arena, err);
    }
    for (size_t i = 0; i < look->index->count; i++) {
        hm_text text = look->index->literals[i].text;
        size_t at = plain_gram(set, text);
        if (at == SIZE_MAX || !hmi_sigma_sieve_add(sieve, text.ptr + at)) {
            return HM_OK;
        }
    }
    if (look->direct_count == 0) {
        hmi_sigma_sieve_close(sieve, true);
        *ret_sieve = sieve;
    }
    return HM_OK;
}

int hmi_sigma_count_grams(hmi_sigma *set, hm_err *err)
{
    set->gram_counts = hmi_new_array(&set->arena, uint32_t, COUNTS);
    if (set->gram_counts == NULL) {
        return hmi_arena_fail(&set->arena, err);
    }
    for (size_t a = 0; a < set->atom_count; a++) {
        const hmi_sigma_atom *atom = &set->atoms[a];
        for (size_t i = 0; atom->test <= HMI_SIGMA_CONTAINS && i + GRAM <= atom->text.len; i++) {
            set->gram_counts[counted(load(atom->text.ptr + i, GRAM))]++;
        }
    }
    return HM_OK;
}

/* ---- Searching */

typedef struct search {
    hmi_sigma *set;
    const hmi_sigma_index *index;
    hmi_sigma_value *value;
    hm_text text;
} search;

/* An expression whose words stand in a value many times is asked of it once. */
static bool asked_once(const search *s, hmi_sigma_atom *atom)
{
    uint64_t now = s->set->event << 16 | (uint64_t)(s->value - s->set->values);
    if (atom->asked_at == now) {
        return false;
    }
    atom->asked_at = now;
    return hmi_sigma_ask(s->set, atom, s->value);
}

static bool stands_at(const search *s, const literal *lit, size_t from)
{
    hmi_sigma_atom *atom = &s->set->atoms[s->set->kind->wakers[lit->waker].atom];
    return from <= s->text.len && lit->text.len <= s->text.len - from &&
           atom->known_at != 2 * s->set->event + 1 &&
           (lit->text.len == 0 || memcmp(s->text.ptr + from, lit->text.ptr, lit->text.len) == 0) &&
           (!lit->ask || asked_once(s, atom));
}

/* The key was met; of WAITS_4, 2 and 1 at this place. Which of those that wait are there? */
static void try_all(const search *s, uint64_t key, waiting how, size_t at)
{
    uint32_t number = hmi_sigma_table_find(&s->index->table, key) + 1;
    while (number != 0) {
        const literal *lit = &s->index->literals[number - 1];
        number = lit->next;
        size_t from = how >= WAITS_4      ? at - lit->offset
                      : how == WAITS_ENDS ? s->text.len - lit->text.len
                                          : 0;
        if ((how != WAITS_IS || lit->text.len == s->text.len) && stands_at(s, lit, from)) {
            hmi_sigma_mark(s->set, lit->waker);
        }
    }
}

static void search_ends(const search *s)
{
    hm_text text = s->text;
    if (s->index->any_is) {
        try_all(s, hmi_xxh3(hmi_text_bytes(text), s->set->seed), WAITS_IS, 0);
    }
    for (unsigned left = s->index->starts; left != 0; left &= left - 1) {
        size_t len = LADDER[__builtin_ctz(left)];
        if (len > text.len) {
            break;
        }
        try_all(s, rung_key(s->set, WAITS_STARTS, text.ptr, len), WAITS_STARTS, 0);
    }
    for (unsigned left = s->index->ends; left != 0; left &= left - 1) {
        size_t len = LADDER[__builtin_ctz(left)];
        if (len > text.len) {
            break;
        }
        try_all(s, rung_key(s->set, WAITS_ENDS, text.ptr + text.len - len, len), WAITS_ENDS, 0);
    }
}

static void search_sieved(const search *s)
{
    const hmi_sigma_index *index = s->index;
    hm_bytes in = hmi_text_bytes(s->text);
    size_t at = hmi_sigma_sieve_next(index->sieve, in, 0);
    for (; at != HMI_NPOS && at + GRAM <= in.len;
         at = hmi_sigma_sieve_next(index->sieve, in, at + 1)) {
        uint32_t gram = load(s->text.ptr + at, GRAM);
        unsigned gate = gate_of(gram, index->gate_shift);
        if ((index->gate4[gate >> 6] >> (gate & 63) & 1) != 0) {
            try_all(s, key_of(s->set, WAITS_4, gram), WAITS_4, at);
        }
    }
}

static void search_inside(const search *s)
{
    const hmi_sigma_index *index = s->index;
    const uint64_t *gate4 = index->gate4;
    unsigned shift = index->gate_shift;
    hm_text text = s->text;
    if (index->sieve != NULL) {
        search_sieved(s);
        gate4 = NULL;
    }
    for (size_t i = 0; gate4 != NULL && i + GRAM <= text.len; i++) {
        uint32_t gram = load(text.ptr + i, GRAM);
        unsigned gate = gate_of(gram, shift);
        if ((gate4[gate >> 6] >> (gate & 63) & 1) != 0) {
            try_all(s, key_of(s->set, WAITS_4, gram), WAITS_4, i);
        }
    }
    for (size_t i = 0; index->gate2 != NULL && i + 2 <= text.len; i++) {
        uint32_t two = load(text.ptr + i, 2);
        if ((index->gate2[two >> 6] >> (two & 63) & 1) != 0) {
            try_all(s, key_of(s->set, WAITS_2, two), WAITS_2, i);
        }
    }
    for (size_t i = 0; index->any_single && i < text.len; i++) {
        try_all(s, key_of(s->set, WAITS_1, load(text.ptr + i, 1)), WAITS_1, i);
    }
}

void hmi_sigma_index_search(hmi_sigma *set, const hmi_sigma_index *index, hmi_sigma_value *value)
{
    search s = { .set = set, .index = index, .value = value };
    if (index->count > 0) {
        s.text = hmi_sigma_folded(set, value);
        search_ends(&s);
        search_inside(&s);
    }
}
