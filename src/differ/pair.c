/* SPDX-License-Identifier: Apache-2.0
 *
 * pair.c - which function of one program is which of the other.
 *
 * WHY    Likeness alone finds two or three candidates for many functions; who calls whom and what
 * stands beside what decides among them. What is certain is paired first and vouches for its
 * neighbours. FORM   1. names that one function on each side has, equal code that one on each side
 * has
 *        2. candidates: those that share rare features, the likest kept (candidates.c)
 *        3. from a high bar to a low one: the likest of what is free, when it is plainly the
 * likest; after each, callees, callers and neighbours of new pairs, at a lower bar
 *        4. last, what is left of equal code, in order
 * TRUST  Both programs may be hostile: names vouch only for what is a little alike, work is bounded
 * by HMI_PAIR_..._MAX a function. OWNS   Nothing: the arena's.
 */
#include "differ/pair.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/num.h"
#include "differ/candidates.h"

static const double BARS[] = { 0.9, 0.8, 0.7, 0.6, 0.5, 0.42 };
static const double NAME_BAR = 0.2;   /* a name vouches for no less */
static const double BESIDE = 0.3;     /* how much lower the bar is for neighbours of a pair */
static const double BESIDE_MIN = 0.3; /* and no lower */
static const double MARGIN = 0.02;    /* plainly the likest */
static const double VOUCH = 0.2;      /* what paired neighbours add, when all are paired */

enum {
    SMALL = 6, /* instructions below which likeness alone says nothing */
    FREE = UINT32_MAX
};

typedef struct pairing {
    const hmi_program *left, *right;
    hmi_partner *to_right, *to_left; /* by left, by right */
    uint32_t *queue;                 /* left functions of pairs whose neighbours wait */
    size_t queued, served;
    const hmi_candidates *candidates;
    uint64_t work; /* left of HMI_PAIR_WORK_MAX */
} pairing;

const char *hmi_paired_by_name(hmi_paired_by by)
{
    static const char *const names[] = { "", "name", "exact", "alike", "calls", "order" };
    return names[by];
}

static bool is_free(const hmi_partner *partners, size_t at)
{
    return partners[at].by == HMI_PAIRED_NOT;
}

static double alike(const pairing *p, size_t left, size_t right)
{
    return hmi_similarity(&p->left->functions[left].parsed, &p->right->functions[right].parsed);
}

static void join(pairing *p, size_t left, size_t right, hmi_paired_by by, double similarity)
{
    p->to_right[left] = (hmi_partner){ (uint32_t)right, by, similarity };
    p->to_left[right] = (hmi_partner){ (uint32_t)left, by, similarity };
    p->queue[p->queued++] = (uint32_t)left;
}

/* ---- What only one function on each side has */

typedef struct mark {
    uint64_t hash;
    uint32_t index, side;
} mark;

static int by_hash(const void *a, const void *b)
{
    const mark *x = a, *y = b;
    if (x->hash != y->hash) {
        return x->hash < y->hash ? -1 : 1;
    }
    if (x->side != y->side) {
        return x->side < y->side ? -1 : 1;
    }
    return x->index < y->index ? -1 : x->index > y->index;
}

static uint64_t exact_hash(const hmi_listed_function *f)
{
    return hmi_xxh3(hmi_bytes(f->parsed.exact, 16), f->parsed.machine);
}

static uint64_t name_hash(const hmi_listed_function *f)
{
    return f->name.len > 0 ? hmi_xxh3(hmi_text_bytes(f->name), 0) : 0;
}

static void collect(mark *marks, size_t *count, const hmi_program *program,
                    const hmi_partner *partners, uint32_t side,
                    uint64_t (*hash)(const hmi_listed_function *f))
{
    for (size_t i = 0; i < program->count; i++) {
        uint64_t value = hash(&program->functions[i]);
        if (value != 0 && is_free(partners, i)) {
            marks[(*count)++] = (mark){ value, (uint32_t)i, side };
        }
    }
}

/* Joins functions with equal marks: when there is one on each side, or, `in_order`, as many. */
static void join_equal(pairing *p, mark *marks, uint64_t (*hash)(const hmi_listed_function *f),
                       hmi_paired_by by, bool in_order)
{
    size_t count = 0;
    collect(marks, &count, p->left, p->to_right, 0, hash);
    collect(marks, &count, p->right, p->to_left, 1, hash);
    if (count > 1) {
        qsort(marks, count, sizeof(*marks), by_hash);
    }
    for (size_t i = 0, end; i < count; i = end) {
        size_t lefts = 0;
        for (end = i; end < count && marks[end].hash == marks[i].hash; end++) {
            lefts += marks[end].side == 0;
        }
        size_t rights = end - i - lefts;
        size_t pairs = lefts == 1 && rights == 1 ? 1 : in_order ? hmi_min(lefts, rights) : 0;
        for (size_t k = 0; k < pairs; k++) {
            uint32_t left = marks[i + k].index, right = marks[i + lefts + k].index;
            double similarity = alike(p, left, right);
            bool good = by == HMI_PAIRED_EXACT ? similarity == 1 : similarity >= NAME_BAR;
            if (good) {
                join(p, left, right, by, similarity);
            }
        }
    }
}

/* ---- Neighbours */

/* Takes its share of the work; false when there is none left. */
static bool may_work(pairing *p, uint64_t share)
{
    p->work = p->work > share ? p->work - share : 0;
    return p->work > 0;
}

/* How many of the left's paired neighbours have their partner among the right's, of all. */
static double vouched(pairing *p, size_t left, size_t right)
{
    const hmi_listed_function *a = &p->left->functions[left], *b = &p->right->functions[right];
    uint32_t agree = 0, all = 2;
    const uint32_t *lists[2][2] = { { a->calls, b->calls }, { a->callers, b->callers } };
    const uint32_t counts[2][2] = { { a->call_count, b->call_count },
                                    { a->caller_count, b->caller_count } };
    for (int l = 0; l < 2; l++) {
        uint32_t mine =
            counts[l][0] < HMI_PAIR_NEIGHBOURS_MAX ? counts[l][0] : HMI_PAIR_NEIGHBOURS_MAX;
        uint32_t its =
            counts[l][1] < HMI_PAIR_NEIGHBOURS_MAX ? counts[l][1] : HMI_PAIR_NEIGHBOURS_MAX;
        all += mine > its ? mine : its;
        /* Looking through numbers is much less work than comparing functions. */
        if (!may_work(p, (uint64_t)mine * its / 64)) {
            return 0;
        }
        for (uint32_t i = 0; i < mine; i++) {
            const hmi_partner *partner = &p->to_right[lists[l][0][i]];
            for (uint32_t k = 0; partner->by != HMI_PAIRED_NOT && k < its; k++) {
                if (lists[l][1][k] == partner->index) {
                    agree++;
                    break;
                }
            }
        }
    }
    bool before = left > 0 && right > 0 && !is_free(p->to_right, left - 1) &&
                  p->to_right[left - 1].index == right - 1;
    bool behind = left + 1 < p->left->count && right + 1 < p->right->count &&
                  !is_free(p->to_right, left + 1) && p->to_right[left + 1].index == right + 1;
    agree += before + behind;
    return (double)agree / all;
}

static double worth(pairing *p, size_t left, size_t right, double similarity)
{
    return similarity + VOUCH * vouched(p, left, right);
}

/* The likest of `its` for each of `mine`, best first, while there are any over the bar. */
static void join_among(pairing *p, const uint32_t *mine, size_t mine_count, const uint32_t *its,
                       size_t its_count, double bar, hmi_paired_by by)
{
    mine_count = hmi_min(mine_count, HMI_PAIR_NEIGHBOURS_MAX);
    its_count = hmi_min(its_count, HMI_PAIR_NEIGHBOURS_MAX);
    bool found = may_work(p, mine_count * its_count);
    double likeness[HMI_PAIR_NEIGHBOURS_MAX][HMI_PAIR_NEIGHBOURS_MAX];
    for (size_t i = 0; found && i < mine_count; i++) {
        for (size_t k = 0; k < its_count; k++) {
            bool both = is_free(p->to_right, mine[i]) && is_free(p->to_left, its[k]);
            double similarity = both ? alike(p, mine[i], its[k]) : -1;
            likeness[i][k] = similarity >= bar ? worth(p, mine[i], its[k], similarity) : -1;
        }
    }
    while (found) {
        size_t best_i = 0, best_k = 0;
        double best = -1;
        for (size_t i = 0; i < mine_count; i++) {
            for (size_t k = 0; k < its_count; k++) {
                /* Among equals the one at the same place. */
                bool better =
                    likeness[i][k] > best || (likeness[i][k] == best && i == k && best_i != best_k);
                if (likeness[i][k] >= 0 && better && is_free(p->to_right, mine[i]) &&
                    is_free(p->to_left, its[k])) {
                    best = likeness[i][k];
                    best_i = i;
                    best_k = k;
                }
            }
        }
        found = best >= 0;
        if (found) {
            join(p, mine[best_i], its[best_k], by, alike(p, mine[best_i], its[best_k]));
        }
    }
}

static void join_beside(pairing *p, double bar)
{
    bar = bar - BESIDE > BESIDE_MIN ? bar - BESIDE : BESIDE_MIN;
    for (; p->served < p->queued; p->served++) {
        uint32_t left = p->queue[p->served], right = p->to_right[left].index;
        const hmi_listed_function *a = &p->left->functions[left];
        const hmi_listed_function *b = &p->right->functions[right];
        join_among(p, a->calls, a->call_count, b->calls, b->call_count, bar, HMI_PAIRED_CALLS);
        join_among(p, a->callers, a->caller_count, b->callers, b->caller_count, bar,
                   HMI_PAIRED_CALLS);
        if (left > 0 && right > 0) {
            join_among(p, &(uint32_t){ left - 1 }, 1, &(uint32_t){ right - 1 }, 1, bar,
                       HMI_PAIRED_ORDER);
        }
        if (left + 1 < p->left->count && right + 1 < p->right->count) {
            join_among(p, &(uint32_t){ left + 1 }, 1, &(uint32_t){ right + 1 }, 1, bar,
                       HMI_PAIRED_ORDER);
        }
    }
}

/* ---- The likest */

typedef struct offer {
    uint32_t left, right;
    double worth, similarity;
} offer;

static int by_worth(const void *a, const void *b)
{
    const offer *x = a, *y = b;
    if (x->worth != y->worth) {
        return x->worth > y->worth ? -1 : 1;
    }
    if (x->left != y->left) {
        return x->left < y->left ? -1 : 1;
    }
    return x->right < y->right ? -1 : x->right > y->right;
}

static bool says_something(const pairing *p, size_t left, size_t right)
{
    return p->left->functions[left].parsed.instructions >= SMALL &&
           p->right->functions[right].parsed.instructions >= SMALL;
}

/* Offers of what is free on both sides, best first; for each side the best and the second worth. */
static size_t list_offers(pairing *p, double bar, offer *offers)
{
    size_t count = 0;
    for (size_t i = 0; i < p->candidates->count; i++) {
        const hmi_candidate *c = &p->candidates->all[i];
        if (c->similarity >= bar && is_free(p->to_right, c->left) &&
            is_free(p->to_left, c->right) && says_something(p, c->left, c->right)) {
            offers[count++] = (offer){ c->left, c->right,
                                       worth(p, c->left, c->right, c->similarity), c->similarity };
        }
    }
    if (count > 1) {
        qsort(offers, count, sizeof(*offers), by_worth);
    }
    return count;
}

typedef struct rivals {
    float *left, *right; /* the best worth of each function's other offers: 0 when there is none */
    bool *left_seen, *right_seen;
} rivals;

/* One look from a bar: joins what is plainly the likest on both sides; `any`: also what is not. */
static bool join_likest(pairing *p, double bar, offer *offers, rivals *r, bool any)
{
    size_t count = list_offers(p, bar, offers), before = p->queued;
    memset(r->left, 0, p->left->count * sizeof(*r->left));
    memset(r->right, 0, p->right->count * sizeof(*r->right));
    memset(r->left_seen, 0, p->left->count);
    memset(r->right_seen, 0, p->right->count);
    for (size_t i = 0; i < count; i++) {
        const offer *o = &offers[i];
        if (r->left_seen[o->left] && r->left[o->left] == 0) {
            r->left[o->left] = (float)o->worth;
        }
        if (r->right_seen[o->right] && r->right[o->right] == 0) {
            r->right[o->right] = (float)o->worth;
        }
        r->left_seen[o->left] = r->right_seen[o->right] = true;
    }
    for (size_t i = 0; i < count; i++) {
        const offer *o = &offers[i];
        bool plain = any || (o->worth >= (double)r->left[o->left] + MARGIN &&
                             o->worth >= (double)r->right[o->right] + MARGIN);
        if (plain && is_free(p->to_right, o->left) && is_free(p->to_left, o->right)) {
            join(p, o->left, o->right, o->similarity == 1 ? HMI_PAIRED_EXACT : HMI_PAIRED_ALIKE,
                 o->similarity);
        }
    }
    return p->queued > before;
}

static void join_all_likest(pairing *p, offer *offers, rivals *r)
{
    for (size_t b = 0; b < HMI_COUNT(BARS); b++) {
        unsigned rounds = 0;
        do {
            join_beside(p, BARS[b]);
        } while (join_likest(p, BARS[b], offers, r, false) && ++rounds < HMI_PAIR_ROUNDS_MAX);
        if (join_likest(p, BARS[b], offers, r, true)) {
            join_beside(p, BARS[b]);
        }
        p->served = 0; /* the next bar is lower for neighbours, too */
    }
    join_beside(p, 0);
}

/* ---- All of it */

static uint32_t weight_of(const hmi_listed_function *f)
{
    return f->library.len > 0 ? 0 : f->parsed.instructions;
}

static void sum_up(const pairing *p, hmi_pairing *ret)
{
    double both = 0, all = 0;
    for (size_t i = 0; i < p->left->count; i++) {
        const hmi_partner *partner = &p->to_right[i];
        double mine = weight_of(&p->left->functions[i]);
        all += mine;
        if (partner->by != HMI_PAIRED_NOT) {
            double its = weight_of(&p->right->functions[partner->index]);
            both += partner->similarity * (mine + its);
            ret->pairs++;
            ret->equal += partner->similarity == 1;
        }
    }
    for (size_t i = 0; i < p->right->count; i++) {
        all += weight_of(&p->right->functions[i]);
    }
    ret->similarity = all > 0 ? both / all : 0;
}

int hmi_pair_programs(hmi_arena *arena, const hmi_program *left, const hmi_program *right,
                      const hmi_pair_options *options, hmi_pairing *ret, hm_err *err)
{
    pairing p = { .left = left, .right = right, .work = HMI_PAIR_WORK_MAX };
    hmi_candidates candidates;
    size_t both = left->count + right->count;
    rivals r = { .left = hmi_new_array(arena, float, left->count),
                 .right = hmi_new_array(arena, float, right->count),
                 .left_seen = hmi_new_array(arena, bool, left->count),
                 .right_seen = hmi_new_array(arena, bool, right->count) };
    mark *marks = hmi_new_array(arena, mark, both);
    p.to_right = hmi_new_array(arena, hmi_partner, left->count);
    p.to_left = hmi_new_array(arena, hmi_partner, right->count);
    p.queue = hmi_new_array(arena, uint32_t, left->count);
    if (marks == NULL || p.to_right == NULL || p.to_left == NULL || p.queue == NULL ||
        r.left == NULL || r.right == NULL || r.left_seen == NULL || r.right_seen == NULL) {
        return hmi_arena_fail(arena, err);
    }
    HMI_TRY(hmi_candidates_find(arena, left, right, &candidates, err));
    p.candidates = &candidates;
    offer *offers = hmi_new_array(arena, offer, candidates.count);
    if (offers == NULL) {
        return hmi_arena_fail(arena, err);
    }
    if (!options->ignore_names) {
        join_equal(&p, marks, name_hash, HMI_PAIRED_NAME, false);
    }
    join_equal(&p, marks, exact_hash, HMI_PAIRED_EXACT, false);
    join_all_likest(&p, offers, &r);
    join_equal(&p, marks, exact_hash, HMI_PAIRED_EXACT, true);
    join_beside(&p, 0);
    *ret = (hmi_pairing){ .left = p.to_right, .right = p.to_left, .cut = p.work == 0 };
    sum_up(&p, ret);
    return HM_OK;
}
