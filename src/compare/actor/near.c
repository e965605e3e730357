/* SPDX-License-Identifier: Apache-2.0
 *
 * near.c - which known incidents are most like this one, and whose they are.
 *
 * WHY    What came together before comes together again: an incident's likeness to single earlier
 *        ones says more than its traits one by one.
 * FORM   Candidates by postings; cosine of idf-weighted terms, over all kinds and by view. Sums
 * over an incident's terms are integers in units of 2^-32, so that the order of terms cannot
 *        matter. With near_max, the most alike by a cheap score are measured and hubs bring nobody
 *        up; they still count in the cosine.
 * TRUST  Works on ids of the lexicon. OWNS nothing: the scorer's working memory.
 */
#include "compare/actor/near.h"

#include <stdlib.h>

#include "base/error.h"
#include "compare/arith.h"

#define UNIT 4294967296.0 /* 2^32 */

static unsigned views_of(hmi_kind kind)
{
    switch (kind) {
    case HMI_KIND_SUFFIX:
    case HMI_KIND_TOKEN:
    case HMI_KIND_GRAM:
    case HMI_KIND_SHAPE:
    case HMI_KIND_FORM:
    case HMI_KIND_PORT:
    case HMI_KIND_NET16:
        return 1u << HMI_VIEW_NAME;
    case HMI_KIND_REGDOM:
    case HMI_KIND_NET24:
        return 1u << HMI_VIEW_INFRA | 1u << HMI_VIEW_EXACT;
    case HMI_KIND_BASE:
    case HMI_KIND_DIR:
    case HMI_KIND_SKELETON:
    case HMI_KIND_EXT:
        return 1u << HMI_VIEW_PATH;
    case HMI_KIND_TECHNIQUE:
    case HMI_KIND_SOFTWARE:
        return 1u << HMI_VIEW_TTP;
    default:
        return hmi_kind_is_exact(kind) ? 1u << HMI_VIEW_EXACT : 0;
    }
}

/* ---- Nearness: idf of all traits whatever their kind */
static double weight_at(const hmi_known *known, uint32_t df)
{
    return hmi_ln((known->count + 1.0) / (df + 1.0)) + 1e-9;
}

static uint64_t square_at(hmi_scorer *s, uint32_t df)
{
    uint64_t *square = &s->squares[df];
    if (*square == 0) {
        const double weight = weight_at(s->known, df);
        *square = (uint64_t)(weight * weight * UNIT + 0.5) + 1; /* never 0 */
    }
    return *square;
}

double hmi_near_weight(const hmi_known *known, uint32_t term)
{
    return weight_at(known, hmi_known_df(known, term));
}

static uint64_t square_of(hmi_scorer *s, uint32_t term)
{
    return square_at(s, hmi_known_df(s->known, term));
}

static int by_closeness(const void *a, const void *b, void *with)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    const hmi_scorer *s = with;
    if (s->dots[x] < s->dots[y] || s->dots[x] > s->dots[y]) {
        return s->dots[x] > s->dots[y] ? -1 : 1;
    }
    const hmi_known_incident *p = &s->known->incidents[x], *q = &s->known->incidents[y];
    if (p->day != q->day) {
        return p->day > q->day ? -1 : 1;
    }
    return hmi_bytes_cmp(hmi_text_bytes(p->id), hmi_text_bytes(q->id));
}

/* Leaves out those that cannot be among the near_max closest: a histogram of closeness finds the
 * step where they end. Keeps all of that step, so that ties are settled by the sort. */
static size_t cut_far(hmi_scorer *s, size_t touched)
{
    enum { STEPS = 1024 };
    uint32_t steps[STEPS] = { 0 };
    double most = 0;
    for (size_t i = 0; i < touched; i++) {
        most = s->dots[s->touched[i]] > most ? s->dots[s->touched[i]] : most;
    }
    const double scale = (STEPS - 1) / most;
    for (size_t i = 0; i < touched; i++) {
        steps[(size_t)(s->dots[s->touched[i]] * scale)] += 1;
    }
    size_t step = STEPS - 1;
    for (size_t above = steps[step]; above < s->near_max && step > 0;) {
        above += steps[--step];
    }
    size_t kept = 0;
    for (size_t i = 0; i < touched; i++) {
        const uint32_t slot = s->touched[i];
        if ((size_t)(s->dots[slot] * scale) >= step) {
            s->touched[kept++] = slot;
        } else {
            s->dots[slot] = 0;
        }
    }
    return kept;
}

/* Slots that share a term with the query, those with most in common first when there are more than
 * near_max. */
static size_t gather_slots(hmi_scorer *s, const uint32_t *terms, size_t count)
{
    size_t touched = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t df = hmi_known_df(s->known, terms[i]);
        if (df == 0 || (s->near_max > 0 && df > HMI_SCORE_NEAR_HUB)) {
            continue;
        }
        const uint32_t *slots = hmi_known_slots(s->known, terms[i]);
        const double weight = hmi_near_weight(s->known, terms[i]);
        for (size_t k = 0; k < df; k++) {
            const uint32_t slot = slots[k];
            if (s->dots[slot] <= 0) {
                s->touched[touched++] = slot;
            }
            s->dots[slot] += weight * weight;
        }
    }
    if (s->near_max > 0 && touched > s->near_max) {
        for (size_t i = 0; i < touched; i++) {
            const uint32_t slot = s->touched[i];
            s->dots[slot] /= hmi_square_root(s->known->incidents[slot].term_count);
        }
        touched = cut_far(s, touched);
        qsort_r(s->touched, touched, sizeof(*s->touched), by_closeness, s);
        for (size_t i = s->near_max; i < touched; i++) {
            s->dots[s->touched[i]] = 0;
        }
        touched = s->near_max;
    }
    for (size_t i = 0; i < touched; i++) {
        s->dots[s->touched[i]] = 0;
    }
    return touched;
}

/* ---- The question's terms, found by number */
static size_t mark_place(const hmi_scorer *s, uint32_t term)
{
    size_t at = (term * 0x9e3779b1u) >> 7 & s->mark_mask;
    while (s->marks[at].term != 0 && s->marks[at].term != term + 1) {
        at = (at + 1) & s->mark_mask;
    }
    return at;
}

static void mark(hmi_scorer *s, uint32_t term, unsigned views)
{
    hmi_mark *to = &s->marks[mark_place(s, term)];
    to->term = term + 1;
    to->views = views; /* a term that is bare is also among all terms: the later word counts */
}

/* Norms of the query by view; marks its terms. */
static void mark_query(hmi_scorer *s, const hmi_query *query)
{
    uint64_t *sums = s->query_sums;
    memset(sums, 0, sizeof(s->query_sums));
    memset(s->marks, 0, (s->mark_mask + 1) * sizeof(*s->marks));
    for (size_t i = 0; i < query->term_count; i++) {
        const uint32_t term = query->terms[i];
        const unsigned views = views_of(s->known->lexicon->terms[term].kind);
        if (views >> HMI_VIEW_EXACT & 1) {
            sums[HMI_VIEW_EXACT] += square_of(s, term);
            if (hmi_known_df(s->known, term) > 0) {
                mark(s, term, 1u << HMI_VIEW_EXACT);
            }
        }
    }
    for (size_t i = 0; i < query->bare_count; i++) {
        const uint32_t term = query->bare[i];
        const unsigned views = 1u << HMI_VIEW_ALL | views_of(s->known->lexicon->terms[term].kind);
        const uint64_t square = square_of(s, term);
        for (int view = 0; view < HMI_VIEW_EXACT; view++) {
            sums[view] += (views >> view & 1) != 0 ? square : 0;
        }
        if (hmi_known_df(s->known, term) > 0) {
            mark(s, term, views);
        }
    }
}

static double fade(int32_t age, double half_life)
{
    return hmi_exp(-age / half_life * HMI_LN2);
}

static unsigned all_views_of(hmi_kind kind)
{
    return 1u << HMI_VIEW_ALL | views_of(kind);
}

static void add_views(uint64_t sums[HMI_VIEW_COUNT], unsigned views, uint64_t square)
{
    for (; views != 0; views &= views - 1) {
        sums[__builtin_ctz(views)] += square;
    }
}

/* Looks of a whole incident at the table of terms: fetched ahead, they cost little. */
static void measure(hmi_scorer *s, uint32_t slot, int32_t today, hmi_near_row *ret)
{
    static const double FADES[3] = { 30, 120, 365 };
    enum { AHEAD = 12 };
    const hmi_known_incident *incident = &s->known->incidents[slot];
    const hmi_posting *postings = s->known->postings;
    *ret = (hmi_near_row){ .slot = slot, .actor = incident->actor, .day = incident->day };
    for (size_t i = 0; i < incident->term_count; i++) {
        if (i + AHEAD < incident->term_count) {
            __builtin_prefetch(&postings[incident->terms[i + AHEAD]]);
        }
        const uint32_t term = incident->terms[i];
        const uint64_t square = square_at(s, hmi_posting_df(&postings[term]));
        const unsigned views = all_views_of(hmi_posting_kind(&postings[term]));
        const hmi_mark *found = &s->marks[mark_place(s, term)];
        add_views(ret->sums, views, square);
        if (found->term != 0) {
            add_views(ret->dots, views & found->views, square);
        }
    }
    for (int i = 0; i < 3; i++) {
        ret->faded[i] = fade(today - incident->day, FADES[i]);
    }
}

static void take_cosines(hmi_scorer *s)
{
    double norms[HMI_VIEW_COUNT];
    for (int view = 0; view < HMI_VIEW_COUNT; view++) {
        norms[view] = hmi_square_root((double)s->query_sums[view] / UNIT);
    }
    for (size_t i = 0; i < s->near_count; i++) {
        hmi_near_row *row = &s->near[i];
        for (int view = 0; view < HMI_VIEW_COUNT; view++) {
            row->cosine[view] = 0;
            if (row->dots[view] > 0) {
                const double norm = norms[view] * hmi_square_root((double)row->sums[view] / UNIT);
                row->cosine[view] = (double)row->dots[view] / UNIT / norm;
            }
        }
    }
}

typedef struct top {
    double value;
    const hmi_near_row *row;
} top;

static bool before(const hmi_known *known, const top *a, const top *b)
{
    if (a->value < b->value || a->value > b->value) {
        return a->value > b->value;
    }
    if (a->row->day != b->row->day) {
        return a->row->day > b->row->day;
    }
    return hmi_bytes_cmp(hmi_text_bytes(known->incidents[a->row->slot].id),
                         hmi_text_bytes(known->incidents[b->row->slot].id)) < 0;
}

/* The actor's nearest into `near` (unless -1) and its share of the ten nearest into `share`. */
static void spread_nearest(hmi_scorer *s, size_t count, int view, int fading, int near, int share)
{
    top tops[10];
    size_t top_count = 0;
    for (size_t i = 0; i < count; i++) {
        const hmi_near_row *row = &s->near[i];
        const top one = { row->cosine[view] * (fading < 0 ? 1 : row->faded[fading]), row };
        double *to = s->rows + (size_t)row->actor * HMI_COL_COUNT;
        if (one.value <= 0) {
            continue;
        }
        if (to[near] < one.value) {
            to[near] = one.value;
        }
        if (share < 0 || (top_count == 10 && !before(s->known, &one, &tops[9]))) {
            continue;
        }
        size_t at = top_count < 10 ? top_count++ : 9;
        for (; at > 0 && before(s->known, &one, &tops[at - 1]); at--) {
            tops[at] = tops[at - 1];
        }
        tops[at] = one;
    }
    double sum = 0;
    for (size_t i = 0; i < top_count; i++) {
        sum += tops[i].value;
    }
    for (size_t i = 0; i < top_count && share >= 0; i++) {
        s->rows[(size_t)tops[i].row->actor * HMI_COL_COUNT + (size_t)share] +=
            tops[i].value / (sum > 1e-9 ? sum : 1e-9);
    }
}

static int by_day_and_id(const void *a, const void *b, void *with)
{
    const hmi_near_row *x = a, *y = b;
    const hmi_known *known = with;
    if (x->day != y->day) {
        return x->day < y->day ? -1 : 1;
    }
    return hmi_bytes_cmp(hmi_text_bytes(known->incidents[x->slot].id),
                         hmi_text_bytes(known->incidents[y->slot].id));
}

/* Votes of all near incidents: squared cosine, fading; share of all and mass. */
static void spread_votes(hmi_scorer *s, size_t count)
{
    if (count > 1) { /* a fixed order, for the sums */
        qsort_r(s->near, count, sizeof(*s->near), by_day_and_id, (void *)(uintptr_t)s->known);
    }
    for (int f = 0; f < 3; f++) {
        const int share = HMI_COL_VOTE + 2 * f;
        double sum = 0;
        for (size_t i = 0; i < count; i++) {
            const hmi_near_row *row = &s->near[i];
            /* 60 days from 30, 1460 from 365: square roots of what is there */
            const double faded = f == 0   ? hmi_square_root(row->faded[0])
                                 : f == 1 ? row->faded[2]
                                          : hmi_square_root(hmi_square_root(row->faded[2]));
            const double vote = row->cosine[HMI_VIEW_ALL] * row->cosine[HMI_VIEW_ALL] * faded;
            s->rows[(size_t)row->actor * HMI_COL_COUNT + (size_t)share] += vote;
            sum += vote;
        }
        for (size_t i = 0; i < s->present_count; i++) {
            double *row = s->rows + (size_t)s->present[i] * HMI_COL_COUNT;
            row[share + 1] = hmi_ln(1 + 10 * row[share]);
            row[share] /= sum > 1e-9 ? sum : 1e-9;
        }
    }
}

int hmi_near_measure(hmi_scorer *s, const hmi_query *query, int32_t today, hm_err *err)
{
    HMI_TRY(hmi_scorer_marks(s, query->term_count + query->bare_count, err));
    const size_t count = s->reference ? gather_slots(s, query->bare, query->bare_count)
                                      : gather_slots(s, query->terms, query->term_count);
    mark_query(s, query);
    for (size_t i = 0; i < count; i++) {
        measure(s, s->touched[i], today, &s->near[i]);
    }
    s->near_count = count;
    take_cosines(s);
    return HM_OK;
}

void hmi_near_spread(hmi_scorer *s)
{
    double nearest = 0;
    const size_t count = s->near_count;
    for (size_t i = 0; i < count; i++) {
        const double cosine = s->near[i].cosine[HMI_VIEW_ALL];
        nearest = cosine > nearest ? cosine : nearest;
    }
    s->none[HMI_COL_NONE_NEAR - HMI_COL_NONE] = nearest;
    spread_nearest(s, count, HMI_VIEW_ALL, -1, HMI_COL_NEAR, HMI_COL_NEAR10);
    if (s->reference) {
        return;
    }
    for (int f = 0; f < 3; f++) {
        spread_nearest(s, count, HMI_VIEW_ALL, f, HMI_COL_NEAR_AGED + 2 * f,
                       HMI_COL_NEAR_AGED + 2 * f + 1);
    }
    for (int view = 1; view < HMI_VIEW_COUNT; view++) {
        const int col = HMI_COL_VIEW + 3 * (view - 1);
        spread_nearest(s, count, view, -1, col, col + 1);
        spread_nearest(s, count, view, 1, col + 2, -1);
    }
    spread_votes(s, count);
}

/* Whether an incident shows a term: its terms are few. */
static bool shows(const hmi_known *known, uint32_t slot, uint32_t term)
{
    const hmi_known_incident *incident = &known->incidents[slot];
    for (size_t i = 0; i < incident->term_count; i++) {
        if (incident->terms[i] == term) {
            return true;
        }
    }
    return false;
}

void hmi_near_drop(hmi_scorer *s, uint32_t term)
{
    if (hmi_known_df(s->known, term) == 0) {
        return; /* shared with nobody; the question's length stays */
    }
    hmi_mark *mark_of = &s->marks[mark_place(s, term)];
    const uint64_t square = square_of(s, term);
    const hmi_kind kind = s->known->lexicon->terms[term].kind;
    const unsigned views = mark_of->term != 0 ? all_views_of(kind) & mark_of->views : 0;
    for (unsigned left = views; left != 0; left &= left - 1) {
        s->query_sums[__builtin_ctz(left)] -= square;
    }
    for (size_t i = 0; i < s->near_count && views != 0; i++) {
        if (!shows(s->known, s->near[i].slot, term)) {
            continue;
        }
        for (unsigned left = views; left != 0; left &= left - 1) {
            s->near[i].dots[__builtin_ctz(left)] -= square;
        }
    }
    mark_of->views = 0;
    take_cosines(s);
}

size_t hmi_score_nearest(const hmi_scorer *scorer, uint32_t actor, hmi_nearest *ret, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < scorer->near_count; i++) {
        const hmi_near_row *row = &scorer->near[i];
        const top one = { row->cosine[HMI_VIEW_ALL], row };
        if (row->actor != actor || one.value <= 0) {
            continue;
        }
        size_t at = count < max ? count++ : max;
        while (at > 0 && ret[at - 1].cosine < one.value) {
            if (at < max) {
                ret[at] = ret[at - 1];
            }
            at--;
        }
        if (at < max) {
            ret[at] = (hmi_nearest){ row->slot, one.value };
        }
    }
    return count;
}
