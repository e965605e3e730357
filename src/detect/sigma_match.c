/* SPDX-License-Identifier: Apache-2.0
 *
 * sigma_match.c - makes a set of Sigma rules ready, and asks it of events.
 *
 * WHY    Of thousands of rules all but a few are impossible for an event, and that must cost
 *        nothing. Each rule therefore waits for atoms of which at least one must be true before it
 *        can hold; only rules that were woken are computed.
 * FORM   What a rule waits for: an atom for itself; of an AND the part that is rarest; of an OR all
 *        parts; of a NOT nothing, since it holds when nothing is there. Rules that wait for nothing
 *        are computed for every event of their log source.
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

/* ---- Making ready */

/* How often an atom will be true, roughly: 1 = always. */
static double commonness(const hmi_sigma *set, const hmi_sigma_atom *atom)
{
    double len = (double)atom->text.len;
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
        return hmi_regex_words(atom->regex, &words) > 0 ? 0.1 : 1;
    }
    default:
        (void)set;
        return 1;
    }
}

/* Sum over what the expression waits for; more than 1e9 when it waits for nothing. */
static double cost(const hmi_sigma *set, const hmi_sigma_expr *expr)
{
    double sum = expr->join == HMI_SIGMA_AND ? 1e18 : 0;
    if (expr->join == HMI_SIGMA_ATOM) {
        return set->atoms[expr->atom].test == HMI_SIGMA_NULL
                   ? 1e18
                   : commonness(set, &set->atoms[expr->atom]);
    }
    if (expr->join == HMI_SIGMA_NOT) {
        return 1e18;
    }
    for (size_t i = 0; i < expr->count; i++) {
        double one = cost(set, expr->children[i]);
        if (expr->join == HMI_SIGMA_AND) {
            sum = one < sum ? one : sum;
        } else {
            sum += one;
        }
    }
    return sum;
}

static int wake_by(hmi_sigma *set, const hmi_sigma_expr *expr, uint32_t rule, hm_err *err)
{
    if (expr->join == HMI_SIGMA_ATOM) {
        hmi_sigma_atom *atom = &set->atoms[expr->atom];
        if (atom->rule_count > 0 && atom->rules[atom->rule_count - 1] == rule) {
            return HM_OK;
        }
        uint32_t *rules = hmi_arena_grow(&set->arena, atom->rules, atom->rule_count,
                                         &atom->rule_capacity, sizeof(*rules));
        if (rules == NULL) {
            return hmi_arena_fail(&set->arena, err);
        }
        atom->rules = rules;
        rules[atom->rule_count++] = rule;
        return HM_OK;
    }
    const hmi_sigma_expr *best = NULL;
    double least = 1e18;
    for (size_t i = 0; i < expr->count; i++) {
        if (expr->join == HMI_SIGMA_OR) {
            HMI_TRY(wake_by(set, expr->children[i], rule, err));
        } else {
            double one = cost(set, expr->children[i]);
            best = best == NULL || one < least ? expr->children[i] : best;
            least = one < least ? one : least;
        }
    }
    return best != NULL ? wake_by(set, best, rule, err) : HM_OK;
}

static int make_rule_ready(hmi_sigma *set, uint32_t number, hm_err *err)
{
    if (cost(set, set->rules[number].expr) < 1e9) {
        return wake_by(set, set->rules[number].expr, number, err);
    }
    uint32_t *always = hmi_arena_grow(&set->arena, set->always, set->always_count,
                                      &set->always_capacity, sizeof(*always));
    if (always == NULL) {
        return hmi_arena_fail(&set->arena, err);
    }
    set->always = always;
    always[set->always_count++] = number;
    return HM_OK;
}

static bool has_keywords(const hmi_sigma *set, const hmi_sigma_expr *expr)
{
    if (expr->join == HMI_SIGMA_ATOM) {
        return set->atoms[expr->atom].field == 0;
    }
    for (size_t i = 0; i < expr->count; i++) {
        if (has_keywords(set, expr->children[i])) {
            return true;
        }
    }
    return false;
}

int hmi_sigma_compile(hmi_sigma *set, hm_err *err)
{
    HMI_TRY(hmi_sigma_link_correlations(set, err));
    uint8_t *used = hmi_new_array(&set->arena, uint8_t, set->field_count);
    set->possible = hmi_new_array(&set->arena, uint32_t, set->rule_count);
    set->source_known = hmi_new_array(&set->arena, uint8_t, set->source_count);
    set->source_keywords = hmi_new_array(&set->arena, uint8_t, set->source_count);
    if (used == NULL || set->source_keywords == NULL || set->possible == NULL ||
        set->source_known == NULL) {
        return hmi_arena_fail(&set->arena, err);
    }
    for (size_t a = 0; a < set->atom_count; a++) {
        used[set->atoms[a].field] = 1;
    }
    for (size_t f = 0; f < set->field_count; f++) {
        if (used[f]) {
            HMI_TRY(hmi_sigma_index_build(set, (uint32_t)f, err));
        }
    }
    for (size_t r = 0; r < set->rule_count; r++) {
        set->source_keywords[set->rules[r].source] |= has_keywords(set, set->rules[r].expr);
        HMI_TRY(make_rule_ready(set, (uint32_t)r, err));
    }
    return hmi_sigma_add_aliases(set, err);
}

void hmi_sigma_set_source(hmi_sigma *set, hm_text product, hm_text category, hm_text service)
{
    set->forced = (hmi_sigma_source){ product, category, service };
    set->is_forced = product.len + category.len + service.len > 0;
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

static bool refers(const hmi_sigma *set, const hmi_sigma_atom *atom, const hmi_sigma_value *value)
{
    uint32_t other = set->fields[atom->other_field].first_value;
    for (; other != 0; other = set->values[other - 1].next) {
        const hmi_sigma_value *o = &set->values[other - 1];
        if (!o->is_null && compare(atom->how, atom->cased ? value->raw : value->folded,
                                   atom->cased ? o->raw : o->folded)) {
            return true;
        }
    }
    return false;
}

bool hmi_sigma_ask(hmi_sigma *set, hmi_sigma_atom *atom, const hmi_sigma_value *value)
{
    hmi_address address;
    if (value->is_null) {
        return false;
    }
    switch (atom->test) {
    case HMI_SIGMA_REGEX:
    case HMI_SIGMA_GLOB:
        return hmi_regex_search(atom->regex, hmi_text_bytes(value->raw));
    case HMI_SIGMA_CIDR:
        return hmi_address_parse(value->raw, &address) &&
               hmi_range_holds(&atom->base, atom->bits, &address);
    case HMI_SIGMA_LESS:
    case HMI_SIGMA_LESS_EQUAL:
    case HMI_SIGMA_GREATER:
    case HMI_SIGMA_GREATER_EQUAL:
        return in_order(atom, value->raw);
    case HMI_SIGMA_EXISTS:
        return true;
    case HMI_SIGMA_FIELDREF:
        return refers(set, atom, value);
    case HMI_SIGMA_NULL:
    case HMI_SIGMA_NEVER:
        return false;
    default:
        return compare(atom->test, atom->cased ? value->raw : value->folded, atom->text);
    }
}

void hmi_sigma_mark(hmi_sigma *set, uint32_t number)
{
    hmi_sigma_atom *atom = &set->atoms[number];
    atom->true_at = set->event;
    for (size_t i = 0; i < atom->rule_count; i++) {
        hmi_sigma_rule *rule = &set->rules[atom->rules[i]];
        if (rule->tried_at != set->event) {
            rule->tried_at = set->event;
            set->possible[set->possible_count++] = atom->rules[i];
        }
    }
}

static bool is_null(const hmi_sigma *set, uint32_t field)
{
    uint32_t number = set->fields[field].first_value;
    for (; number != 0; number = set->values[number - 1].next) {
        if (!set->values[number - 1].is_null) {
            return false;
        }
    }
    return true;
}

static bool holds(const hmi_sigma *set, const hmi_sigma_expr *expr)
{
    if (expr->join == HMI_SIGMA_ATOM) {
        const hmi_sigma_atom *atom = &set->atoms[expr->atom];
        return atom->test == HMI_SIGMA_NULL ? is_null(set, atom->field)
                                            : atom->true_at == set->event;
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

static hm_text first_text(const hmi_sigma *set, uint32_t field)
{
    uint32_t number = set->fields[field].first_value;
    return number != 0 ? set->values[number - 1].raw : (hm_text){ "", 0 };
}

/* Does the rule's log source fit what is known of the event's? Remembered while events are alike.
 */
static bool from_there(hmi_sigma *set, uint32_t source)
{
    enum { UNASKED, FITS, DIFFERS };
    if (set->facts == NULL) {
        return true;
    }
    if (set->source_known[source] == UNASKED) {
        bool fits = hmi_sigma_source_fits(&set->sources[source], set->facts);
        set->source_known[source] = fits ? FITS : DIFFERS;
    }
    return set->source_known[source] == FITS;
}

static void learn_source(hmi_sigma *set)
{
    const hmi_sigma_source *facts =
        set->is_forced ? &set->forced
                       : hmi_sigma_source_of(first_text(set, HMI_SIGMA_FIELD_CHANNEL),
                                             first_text(set, HMI_SIGMA_FIELD_EVENT_ID));
    if (facts == set->facts && set->facts_asked) {
        return;
    }
    memset(set->source_known, 0, set->source_count);
    set->facts = facts;
    set->facts_asked = true;
    set->any_field = false;
    for (size_t i = 0; i < set->source_count && !set->any_field; i++) {
        set->any_field = set->source_keywords[i] != 0 && from_there(set, (uint32_t)i);
    }
}

static void search_value(hmi_sigma *set, uint32_t field, const hmi_sigma_value *value)
{
    const hmi_sigma_field *f = &set->fields[field];
    if (f->index == NULL || value->is_null) {
        return;
    }
    hmi_sigma_index_search(set, f->index, value);
    for (size_t i = 0; i < f->direct_count; i++) {
        hmi_sigma_atom *atom = &set->atoms[f->direct[i]];
        if (atom->true_at != set->event && hmi_sigma_ask(set, atom, value)) {
            hmi_sigma_mark(set, f->direct[i]);
        }
    }
}

int hmi_sigma_match(hmi_sigma *set, hmi_value event, hmi_sigma_on_hit *on_hit, void *with,
                    hm_err *err)
{
    set->event++;
    set->possible_count = 0;
    bool everything = set->any_field; /* events come in runs of one kind */
    HMI_TRY(hmi_sigma_flatten(set, event, everything, err));
    learn_source(set);
    if (set->any_field && !everything) {
        HMI_TRY(hmi_sigma_flatten(set, event, true, err));
    }
    for (size_t i = 0; i < set->value_count; i++) {
        const hmi_sigma_value *value = &set->values[i];
        search_value(set, value->field, value);
        if (value->field != 0 && set->any_field) {
            search_value(set, 0, value);
        }
    }
    for (size_t i = 0; i < set->always_count; i++) {
        set->possible[set->possible_count++] = set->always[i];
    }
    for (size_t i = 0; i < set->possible_count; i++) {
        const hmi_sigma_rule *rule = &set->rules[set->possible[i]];
        if (!from_there(set, rule->source) || !holds(set, rule->expr)) {
            continue;
        }
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
