/* SPDX-License-Identifier: Apache-2.0
 *
 * sigma_kind.c - what is looked for in events that say the same about where they come from.
 *
 * WHY    A process start can fire a third of all rules, a handle that was closed a dozen. So what
 *        is looked for is worked out once for each kind of event that is met: rules of other log
 *        sources, and those that the channel or the event's number already decides, are left out.
 * FORM   Each rule that is left waits for atoms of which at least one must be true before it can
 *        hold: an atom for itself; of an AND the part that is rarest; of an OR all parts; of a NOT
 *        nothing, since it holds when nothing is there. Rules that wait for nothing are computed
 *        for every event of the kind. What Channel and EventID decide, is decided while this is
 *        worked out, with the first event of the kind in hand.
 * TRUST  Events are anybody's and may name any number of channels: HMI_SIGMA_KINDS_MAX are told
 *        apart. From then on what is new falls to its log source's kind, in which nothing is
 *        decided.
 * OWNS   Nothing: all is the set's arena's.
 */
#include "detect/sigma_inside.h"

/* Twice as many as there can be: told apart, and one for each log source and "unknown". */
enum { SLOTS = 1024, NAME_MAX = 128 };

typedef enum verdict { NO, YES, OPEN } verdict;

typedef struct making {
    hmi_sigma *set;
    hmi_sigma_kind *kind;
    uint32_t *waker_of; /* by atom: number + 1 */
    uint32_t *pairs;    /* waker, rule, waker, rule ... */
    size_t pair_count, pair_capacity;
    hm_err *err;
} making;

int hmi_sigma_kinds_ready(hmi_sigma *set, hm_err *err)
{
    set->kinds = hmi_new_array(&set->arena, hmi_sigma_kind *, SLOTS);
    return set->kinds != NULL ? HM_OK : hmi_arena_fail(&set->arena, err);
}

void hmi_sigma_forget_kinds(hmi_sigma *set)
{
    set->kind_count = 0;
    set->kind = NULL;
    if (set->kinds != NULL) {
        memset(set->kinds, 0, SLOTS * sizeof(hmi_sigma_kind *));
    }
}

/* ---- What is decided already? */

static bool is_decided(const making *m, const hmi_sigma_atom *atom)
{
    return m->kind->decided && atom->test != HMI_SIGMA_FIELDREF &&
           (atom->field == HMI_SIGMA_FIELD_CHANNEL || atom->field == HMI_SIGMA_FIELD_EVENT_ID);
}

static verdict decide(const making *m, const hmi_sigma_expr *expr)
{
    if (expr->join == HMI_SIGMA_ATOM) {
        const hmi_sigma_atom *atom = &m->set->atoms[expr->atom];
        return atom->test == HMI_SIGMA_NEVER ? NO
               : !is_decided(m, atom)        ? OPEN
                                             : (verdict)hmi_sigma_atom_holds(m->set, expr->atom);
    }
    if (expr->join == HMI_SIGMA_NOT) {
        verdict inner = decide(m, expr->children[0]);
        return inner == OPEN ? OPEN : inner == YES ? NO : YES;
    }
    verdict ends = expr->join == HMI_SIGMA_AND ? NO : YES, all = ends == NO ? YES : NO;
    for (size_t i = 0; i < expr->count; i++) {
        verdict one = decide(m, expr->children[i]);
        if (one == ends) {
            return ends;
        }
        all = one == OPEN ? OPEN : all;
    }
    return all;
}

/* ---- What does a rule wait for? */

/* How often an atom will be true, roughly: 1 = always. */
static double commonness(const hmi_sigma_atom *atom)
{
    double len = (double)atom->text.len, sum = 0;
    switch (atom->test) {
    case HMI_SIGMA_IS:
        return atom->field <= HMI_SIGMA_FIELD_EVENT_ID ? 0.5 : 0.3 / (1 + len);
    case HMI_SIGMA_STARTS:
    case HMI_SIGMA_ENDS:
        return 1 / (1 + len);
    case HMI_SIGMA_CONTAINS:
        return len > 0 ? 1 / (1 + len) : 1;
    case HMI_SIGMA_REGEX:
    case HMI_SIGMA_GLOB: {
        const hm_text *words;
        size_t count = hmi_regex_words(atom->regex, &words);
        for (size_t i = 0; i < count; i++) {
            sum += 1.5 / (1 + (double)words[i].len);
        }
        return count > 0 && sum < 1 ? sum : count > 0 ? 1 : 20;
    }
    case HMI_SIGMA_NULL:
        return 1e18;
    default:
        return 1;
    }
}

/* Sum over what the expression waits for; more than 1e9 when it waits for nothing. */
static double cost(const making *m, const hmi_sigma_expr *expr)
{
    double sum = expr->join == HMI_SIGMA_AND ? 1e18 : 0;
    verdict decided = decide(m, expr);
    if (decided != OPEN) {
        return decided == YES ? 1e18 : 0;
    }
    if (expr->join == HMI_SIGMA_ATOM) {
        return commonness(&m->set->atoms[expr->atom]);
    }
    if (expr->join == HMI_SIGMA_NOT) {
        return 1e18;
    }
    for (size_t i = 0; i < expr->count; i++) {
        double one = cost(m, expr->children[i]);
        if (expr->join == HMI_SIGMA_AND) {
            sum = one < sum ? one : sum;
        } else {
            sum += one;
        }
    }
    return sum;
}

static int wait_for(making *m, uint32_t atom, uint32_t rule)
{
    hmi_sigma *set = m->set;
    hmi_sigma_kind *kind = m->kind;
    if (m->waker_of[atom] == 0) {
        hmi_sigma_waker *wakers = hmi_arena_grow(&set->arena, kind->wakers, kind->waker_count,
                                                 &kind->waker_capacity, sizeof(*wakers));
        if (wakers == NULL) {
            return hmi_arena_fail(&set->arena, m->err);
        }
        kind->wakers = wakers;
        wakers[kind->waker_count++] = (hmi_sigma_waker){ .atom = atom };
        m->waker_of[atom] = (uint32_t)kind->waker_count;
        kind->searched[atom >> 6] |= UINT64_C(1) << (atom & 63);
    }
    uint32_t waker = m->waker_of[atom] - 1;
    if (m->pair_count > 1 && m->pairs[m->pair_count - 2] == waker &&
        m->pairs[m->pair_count - 1] == rule) {
        return HM_OK;
    }
    for (size_t i = 0; i < 2; i++) {
        uint32_t *pairs =
            hmi_arena_grow(&set->arena, m->pairs, m->pair_count, &m->pair_capacity, sizeof(*pairs));
        if (pairs == NULL) {
            return hmi_arena_fail(&set->arena, m->err);
        }
        m->pairs = pairs;
        pairs[m->pair_count++] = i == 0 ? waker : rule;
    }
    kind->wakers[waker].wake_count++;
    return HM_OK;
}

static int wake_by(making *m, const hmi_sigma_expr *expr, uint32_t rule)
{
    const hmi_sigma_expr *best = NULL;
    double least = 1e18;
    if (decide(m, expr) != OPEN) {
        return HM_OK;
    }
    if (expr->join == HMI_SIGMA_ATOM) {
        return wait_for(m, expr->atom, rule);
    }
    for (size_t i = 0; i < expr->count; i++) {
        if (expr->join == HMI_SIGMA_OR) {
            HMI_TRY(wake_by(m, expr->children[i], rule));
        } else {
            double one = cost(m, expr->children[i]);
            best = best == NULL || one < least ? expr->children[i] : best;
            least = one < least ? one : least;
        }
    }
    return best != NULL ? wake_by(m, best, rule) : HM_OK;
}

static int add_rule(making *m, uint32_t number)
{
    hmi_sigma_kind *kind = m->kind;
    const hmi_sigma_expr *expr = m->set->rules[number].expr;
    if (decide(m, expr) == NO) {
        return HM_OK;
    }
    if (cost(m, expr) < 1e9) {
        return wake_by(m, expr, number);
    }
    uint32_t *always = hmi_arena_grow(&m->set->arena, kind->always, kind->always_count,
                                      &kind->always_capacity, sizeof(*always));
    if (always == NULL) {
        return hmi_arena_fail(&m->set->arena, m->err);
    }
    kind->always = always;
    always[kind->always_count++] = number;
    return HM_OK;
}

/* ---- A kind */

/* Pairs into one list a waker. */
static int lay_out(making *m)
{
    hmi_sigma_kind *kind = m->kind;
    uint32_t from = 0;
    kind->wakes = hmi_new_array(&m->set->arena, uint32_t, m->pair_count / 2);
    if (kind->wakes == NULL) {
        return hmi_arena_fail(&m->set->arena, m->err);
    }
    for (size_t i = 0; i < kind->waker_count; i++) {
        kind->wakers[i].first_wake = from;
        from += kind->wakers[i].wake_count;
        kind->wakers[i].wake_count = 0;
    }
    for (size_t i = 0; i < m->pair_count; i += 2) {
        hmi_sigma_waker *waker = &kind->wakers[m->pairs[i]];
        kind->wakes[waker->first_wake + waker->wake_count++] = m->pairs[i + 1];
    }
    return HM_OK;
}

static int make(making *m)
{
    hmi_sigma *set = m->set;
    bool *fits = hmi_new_array(&set->scratch, bool, set->source_count);
    m->waker_of = hmi_new_array(&set->scratch, uint32_t, set->atom_count);
    m->kind->searched = hmi_new_array(&set->arena, uint64_t, set->atom_count / 64 + 1);
    m->kind->looks = hmi_new_array(&set->arena, hmi_sigma_look, set->field_count);
    if (fits == NULL || m->waker_of == NULL) {
        return hmi_arena_fail(&set->scratch, m->err);
    }
    if (m->kind->searched == NULL || m->kind->looks == NULL) {
        return hmi_arena_fail(&set->arena, m->err);
    }
    for (size_t i = 0; i < set->source_count; i++) {
        fits[i] = m->kind->facts == NULL || hmi_sigma_source_fits(&set->sources[i], m->kind->facts);
    }
    for (size_t r = 0; r < set->rule_count; r++) {
        if (fits[set->rules[r].source]) {
            HMI_TRY(add_rule(m, (uint32_t)r));
        }
    }
    for (size_t i = 0; i < m->kind->waker_count; i++) {
        HMI_TRY(hmi_sigma_look_for(set, m->kind, (uint32_t)i, m->err));
    }
    for (size_t f = 0; f < set->field_count; f++) {
        if (m->kind->looks[f].index != NULL) {
            HMI_TRY(hmi_sigma_index_close(set, m->kind->looks[f].index, m->err));
        }
    }
    if (m->kind->looks[0].index != NULL) {
        HMI_TRY(hmi_sigma_index_sieve(set, &m->kind->looks[0], &m->kind->keywords, m->err));
    }
    return lay_out(m);
}

static int add_kind(hmi_sigma *set, uint64_t key, const hmi_sigma_source *facts, bool decided,
                    hmi_sigma_kind **slot, hm_err *err)
{
    making m = { .set = set, .kind = hmi_new(&set->arena, hmi_sigma_kind), .err = err };
    if (m.kind == NULL) {
        return hmi_arena_fail(&set->arena, err);
    }
    *m.kind = (hmi_sigma_kind){ .key = key, .facts = facts, .decided = decided };
    set->kind = NULL; /* atoms are asked by themselves */
    HMI_TRY(make(&m));
    *slot = m.kind;
    set->kind_count++;
    return HM_OK;
}

static hmi_sigma_kind **slot_of(hmi_sigma *set, uint64_t key)
{
    size_t at = key & (SLOTS - 1);
    while (set->kinds[at] != NULL && set->kinds[at]->key != key) {
        at = (at + 1) & (SLOTS - 1);
    }
    return &set->kinds[at];
}

const hmi_sigma_source *hmi_sigma_facts(hmi_sigma *set)
{
    return set->is_forced ? &set->forced
                          : hmi_sigma_source_of(hmi_sigma_first_raw(set, HMI_SIGMA_FIELD_CHANNEL),
                                                hmi_sigma_first_raw(set, HMI_SIGMA_FIELD_EVENT_ID));
}

/* One value at the most, and a short one: mixes it into the key. */
static bool mix(hmi_sigma *set, uint32_t field, uint64_t *key)
{
    uint32_t number = set->fields[field].first_value;
    if (number == 0) {
        *key = *key * 3 + 1;
        return true;
    }
    const hmi_sigma_value *value = &set->values[number - 1];
    hm_text raw = hmi_sigma_first_raw(set, field);
    *key = hmi_xxh3(hmi_text_bytes(raw), *key) + value->is_null;
    return value->next == 0 && raw.len <= NAME_MAX;
}

int hmi_sigma_kind_of(hmi_sigma *set, const hmi_sigma_kind **ret_kind, hm_err *err)
{
    uint64_t key = set->seed;
    bool channel = mix(set, HMI_SIGMA_FIELD_CHANNEL, &key);
    bool decided = mix(set, HMI_SIGMA_FIELD_EVENT_ID, &key) && channel;
    hmi_sigma_kind **slot = decided ? slot_of(set, key) : NULL;
    if (slot == NULL || (*slot == NULL && set->kind_count >= HMI_SIGMA_KINDS_MAX)) {
        const hmi_sigma_source *facts = hmi_sigma_facts(set);
        key = hmi_xxh3(hmi_bytes(&facts, sizeof(facts)), ~set->seed);
        slot = slot_of(set, key);
        decided = false;
    }
    if (*slot == NULL) {
        HMI_TRY(add_kind(set, key, hmi_sigma_facts(set), decided, slot, err));
    }
    *ret_kind = *slot;
    return HM_OK;
}
