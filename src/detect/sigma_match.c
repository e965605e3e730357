/* SPDX-License-Identifier: Apache-2.0
 *
 * sigma_match.c - a set of Sigma rules, and events that are asked.
 *
 * WHY    Of thousands of rules all but a few are impossible for an event, and that must cost
 *        nothing: what kind of event is it (sigma_kind.c), which literals that rules of this kind
 *        cannot do without are there (sigma_index.c)? Only rules that one of them woke are
 *        computed, and an atom that nothing searched for only when a computation comes to it.
 * OWNS   The set.
 */
#include <stdlib.h>

#include "base/decimal.h"
#include "detect/sigma_inside.h"

enum { SCRATCH_MAX = 64 << 20 };

int hmi_sigma_new(hmi_sigma **ret_set, hm_err *err)
{
    hmi_sigma *set = calloc(1, sizeof(*set));
    if (set == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "the system has no memory left");
    }
    hmi_arena_init(&set->arena, HMI_SIGMA_MEMORY_MAX);
    hmi_arena_init(&set->scratch, SCRATCH_MAX);
    set->seed = hmi_hash_seed();
    /* in this order: HMI_SIGMA_FIELD_... */
    static const char *const FIXED[] = { "", "Channel", "EventID" };
    for (size_t i = 0; i < HMI_COUNT(FIXED); i++) {
        if (hmi_sigma_field_number(set, hmi_text_of(FIXED[i])) == UINT32_MAX) {
            int code = hmi_arena_fail(&set->arena, err);
            hmi_sigma_free(set);
            return code;
        }
    }
    *ret_set = set;
    return HM_OK;
}

void hmi_sigma_free(hmi_sigma *set)
{
    if (set != NULL) {
        hmi_sigma_correlations_free(set->correlations);
        hmi_arena_fini(&set->arena);
        hmi_arena_fini(&set->scratch);
        free(set);
    }
}

int hmi_sigma_compile(hmi_sigma *set, hm_err *err)
{
    HMI_TRY(hmi_sigma_link_correlations(set, err));
    set->possible = hmi_new_array(&set->arena, uint32_t, set->rule_count);
    if (set->possible == NULL) {
        return hmi_arena_fail(&set->arena, err);
    }
    for (size_t a = 0; a < set->atom_count; a++) {
        set->has_keywords |= set->atoms[a].field == 0;
    }
    HMI_TRY(hmi_sigma_count_grams(set, err));
    HMI_TRY(hmi_sigma_kinds_ready(set, err));
    return hmi_sigma_add_aliases(set, err);
}

void hmi_sigma_set_source(hmi_sigma *set, hm_text product, hm_text category, hm_text service)
{
    set->forced = (hmi_sigma_source){ product, category, service };
    set->is_forced = product.len + category.len + service.len > 0;
    hmi_sigma_forget_kinds(set);
}

/* ---- Asking */

static bool compare(uint8_t test, hm_text value, hm_text text)
{
    hm_bytes v = hmi_text_bytes(value), t = hmi_text_bytes(text);
    switch (test) {
    case HMI_SIGMA_IS:
        return hmi_bytes_eq(v, t);
    case HMI_SIGMA_STARTS:
        return hmi_starts_with(v, t);
    case HMI_SIGMA_ENDS:
        return hmi_ends_with(v, t);
    default:
        return hmi_find(v, t) != HMI_NPOS;
    }
}

static bool in_order(const hmi_sigma_atom *atom, hm_text text)
{
    double number;
    if (!hmi_decimal_read(text.ptr, text.len, &number)) {
        return false;
    }
    return atom->test == HMI_SIGMA_LESS         ? number < atom->number
           : atom->test == HMI_SIGMA_LESS_EQUAL ? number <= atom->number
           : atom->test == HMI_SIGMA_GREATER    ? number > atom->number
                                                : number >= atom->number;
}

static bool refers(hmi_sigma *set, const hmi_sigma_atom *atom, hmi_sigma_value *value)
{
    uint32_t other = set->fields[atom->other_field].first_value;
    for (; other != 0; other = set->values[other - 1].next) {
        hmi_sigma_value *o = &set->values[other - 1];
        if (!o->is_null &&
            compare(atom->how,
                    atom->cased ? hmi_sigma_raw(set, value) : hmi_sigma_folded(set, value),
                    atom->cased ? hmi_sigma_raw(set, o) : hmi_sigma_folded(set, o))) {
            return true;
        }
    }
    return false;
}

bool hmi_sigma_ask(hmi_sigma *set, hmi_sigma_atom *atom, hmi_sigma_value *value)
{
    hmi_address address;
    if (value->is_null) {
        return false;
    }
    switch (atom->test) {
    case HMI_SIGMA_REGEX:
    case HMI_SIGMA_GLOB:
        return hmi_regex_search(atom->regex, hmi_text_bytes(hmi_sigma_raw(set, value)));
    case HMI_SIGMA_CIDR:
        return hmi_address_parse(hmi_sigma_raw(set, value), &address) &&
               hmi_range_holds(&atom->base, atom->bits, &address);
    case HMI_SIGMA_LESS:
    case HMI_SIGMA_LESS_EQUAL:
    case HMI_SIGMA_GREATER:
    case HMI_SIGMA_GREATER_EQUAL:
        return in_order(atom, hmi_sigma_raw(set, value));
    case HMI_SIGMA_EXISTS:
        return true;
    case HMI_SIGMA_FIELDREF:
        return refers(set, atom, value);
    case HMI_SIGMA_NULL:
    case HMI_SIGMA_NEVER:
        return false;
    default:
        return compare(atom->test,
                       atom->cased ? hmi_sigma_raw(set, value) : hmi_sigma_folded(set, value),
                       atom->text);
    }
}

/* Of all values of the atom's field; keywords are asked of every value there is. */
static bool ask_values(hmi_sigma *set, hmi_sigma_atom *atom)
{
    if (atom->field == 0) {
        for (size_t i = 0; i < set->value_count; i++) {
            if (hmi_sigma_ask(set, atom, &set->values[i])) {
                return true;
            }
        }
        return false;
    }
    uint32_t number = set->fields[atom->field].first_value;
    while (number != 0 && !hmi_sigma_ask(set, atom, &set->values[number - 1])) {
        number = set->values[number - 1].next;
    }
    return number != 0;
}

static bool is_null(const hmi_sigma *set, uint32_t field)
{
    uint32_t number = set->fields[field].first_value;
    while (number != 0 && set->values[number - 1].is_null) {
        number = set->values[number - 1].next;
    }
    return number == 0;
}

bool hmi_sigma_atom_holds(hmi_sigma *set, uint32_t number)
{
    hmi_sigma_atom *atom = &set->atoms[number];
    if (atom->known_at >> 1 == set->event) {
        return (atom->known_at & 1) != 0;
    }
    if (set->kind != NULL && (set->kind->searched[number >> 6] >> (number & 63) & 1) != 0) {
        return false;
    }
    bool yes = atom->test == HMI_SIGMA_NULL ? is_null(set, atom->field) : ask_values(set, atom);
    atom->known_at = 2 * set->event + yes;
    return yes;
}

void hmi_sigma_mark(hmi_sigma *set, uint32_t number)
{
    const hmi_sigma_waker *waker = &set->kind->wakers[number];
    set->atoms[waker->atom].known_at = 2 * set->event + 1;
    for (size_t i = 0; i < waker->wake_count; i++) {
        uint32_t woken = set->kind->wakes[waker->first_wake + i];
        if (set->rules[woken].tried_at != set->event) {
            set->rules[woken].tried_at = set->event;
            set->possible[set->possible_count++] = woken;
        }
    }
}

static bool holds(hmi_sigma *set, const hmi_sigma_expr *expr)
{
    if (expr->join == HMI_SIGMA_ATOM) {
        return hmi_sigma_atom_holds(set, expr->atom);
    }
    if (expr->join == HMI_SIGMA_NOT) {
        return !holds(set, expr->children[0]);
    }
    bool all = expr->join == HMI_SIGMA_AND;
    for (size_t i = 0; i < expr->count; i++) {
        if (holds(set, expr->children[i]) != all) {
            return !all;
        }
    }
    return all;
}

static void search_value(hmi_sigma *set, const hmi_sigma_look *look, hmi_sigma_value *value)
{
    if (look->index == NULL || value->is_null) {
        return;
    }
    hmi_sigma_index_search(set, look->index, value);
    for (size_t i = 0; i < look->direct_count; i++) {
        hmi_sigma_atom *atom = &set->atoms[set->kind->wakers[look->direct[i]].atom];
        if (atom->known_at != 2 * set->event + 1 && hmi_sigma_ask(set, atom, value)) {
            hmi_sigma_mark(set, look->direct[i]);
        }
    }
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Tells those of the possible rules that hold. */
static int tell(hmi_sigma *set, hmi_sigma_on_hit *on_hit, void *with, hm_err *err)
{
    size_t hits = 0;
    for (size_t i = 0; i < set->possible_count; i++) {
        if (holds(set, set->rules[set->possible[i]].expr)) {
            set->possible[hits++] = set->possible[i];
        }
    }
    if (set->starved) {
        return hmi_arena_fail(&set->scratch, err);
    }
    qsort(set->possible, hits, sizeof(*set->possible), by_number);
    for (size_t i = 0; i < hits; i++) {
        const hmi_sigma_rule *rule = &set->rules[set->possible[i]];
        if (!rule->hidden) {
            on_hit(with, &rule->info);
        }
        if (rule->part_count > 0) {
            hmi_sigma_look_at_clock(set);
            HMI_TRY(hmi_sigma_correlate(set, rule, on_hit, with, err));
        }
    }
    return HM_OK;
}

int hmi_sigma_match(hmi_sigma *set, hmi_value event, hmi_sigma_on_hit *on_hit, void *with,
                    hm_err *err)
{
    set->event++;
    HMI_TRY(hmi_sigma_flatten(set, event, err));
    HMI_TRY(hmi_sigma_kind_of(set, &set->kind, err));
    const hmi_sigma_kind *kind = set->kind;
    set->possible_count = 0;
    for (size_t i = 0; i < kind->always_count; i++) {
        set->possible[set->possible_count++] = kind->always[i];
    }
    bool keywords =
        kind->looks[0].index != NULL &&
        (kind->keywords == NULL || hmi_sigma_sieve_passes(kind->keywords, hmi_json_raw(event)));
    for (size_t i = 0; i < set->value_count; i++) {
        hmi_sigma_value *value = &set->values[i];
        if (value->field != 0) {
            search_value(set, &kind->looks[value->field], value);
        }
        if (keywords) {
            search_value(set, &kind->looks[0], value);
        }
    }
    return tell(set, on_hit, with, err);
}

int hmi_sigma_match_slow(hmi_sigma *set, hmi_value event, hmi_sigma_on_hit *on_hit, void *with,
                         hm_err *err)
{
    set->event++;
    HMI_TRY(hmi_sigma_flatten(set, event, err));
    const hmi_sigma_source *facts = hmi_sigma_facts(set);
    set->kind = NULL;
    for (size_t r = 0; r < set->rule_count; r++) {
        const hmi_sigma_rule *rule = &set->rules[r];
        if ((facts == NULL || hmi_sigma_source_fits(&set->sources[rule->source], facts)) &&
            holds(set, rule->expr) && !rule->hidden) {
            on_hit(with, &rule->info);
        }
    }
    return set->starved ? hmi_arena_fail(&set->scratch, err) : HM_OK;
}
