/* SPDX-License-Identifier: Apache-2.0
 *
 * logins.c - paths and fans in the graph of logins.
 *
 * WHY    An intruder owns one machine and wants another. He logs in from what he just logged in
 *        to, often as somebody else, or from one machine into many within minutes. (Hopper, Ho et
 *        al., USENIX Security 2021, finds both in a year of real logins.)
 * FORM   Edges (from, to, account) with their first moment. A path: each login starts where an
 *        earlier one of the last 24 hours ended; told from three logins on, or from two when the
 *        account changes. A fan: five and more machines from one within an hour. Logins that come
 *        back on three and more days are customs (administrators, jump hosts, backups) and belong
 *        to neither.
 * TRUST  Log writers' words. Machines are compared by address, or by name without domain; a record
 *        that names both joins them.
 * OWNS   Nothing: the arena is the study's.
 */
#include "behave/logins.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/num.h"

enum { HOUR_S = 3600, DAY_S = 86400, CUSTOM_DAYS = 3, FAN_MIN = 5, PATH_MIN = 3, NODE_MAX = 64 };

int hmi_logins_init(hmi_logins *logins, hmi_arena *arena, size_t scale, hm_err *err)
{
    size_t room = 64;
    while (room < scale && room < HMI_LOGIN_EDGES_MAX) {
        room *= 2;
    }
    *logins = (hmi_logins){ .max = room, .arena = arena };
    logins->list = hmi_new_array(arena, hmi_login_edge, room);
    logins->slots = hmi_new_array(arena, uint32_t, room * 2);
    return logins->list && logins->slots ? HM_OK : hmi_arena_fail(arena, err);
}

static size_t slot_of(const hmi_logins *logins, uint32_t from, uint32_t to, uint32_t user)
{
    uint64_t mix =
        (((uint64_t)from << 32 | to) ^ (uint64_t)user << 17) * UINT64_C(0x9e3779b97f4a7c15);
    size_t mask = logins->max * 2 - 1, slot = (size_t)(mix >> 40) & mask;
    while (logins->slots[slot] != 0) {
        const hmi_login_edge *e = &logins->list[logins->slots[slot] - 1];
        if (e->from == from && e->to == to && e->user == user) {
            break;
        }
        slot = (slot + 1) & mask;
    }
    return slot;
}

void hmi_logins_act(hmi_logins *logins, uint32_t from, uint32_t alias, uint32_t to, uint32_t user,
                    const hmi_act *act)
{
    uint32_t second = hmi_second_of(act->us);
    if (from == 0 || to == 0 || second == 0) {
        return;
    }
    size_t slot = slot_of(logins, from, to, user);
    if (logins->slots[slot] == 0) {
        if (logins->count == logins->max) {
            logins->refused++;
            return;
        }
        logins->list[logins->count] = (hmi_login_edge){ .from = from,
                                                        .to = to,
                                                        .user = user,
                                                        .alias = alias,
                                                        .first_s = second,
                                                        .last_s = second,
                                                        .offset = act->offset };
        logins->slots[slot] = (uint32_t)++logins->count;
    }
    hmi_login_edge *edge = &logins->list[logins->slots[slot] - 1];
    uint32_t day = second / DAY_S;
    edge->count++;
    edge->days += day != edge->last_day;
    edge->last_day = day;
    edge->first_s = second < edge->first_s ? second : edge->first_s;
    edge->last_s = second > edge->last_s ? second : edge->last_s;
}

/* ---- One number per machine */

typedef struct edge {
    const hmi_login_edge *of;
    uint32_t from, to; /* numbers in `nodes` */
    unsigned depth;    /* logins of the longest path that ends with this one */
    const struct edge *before;
} edge;

/* An address as it stands; a name in lower case without its domain. */
static uint32_t node_of(hmi_names *nodes, const hmi_names *names, uint32_t number)
{
    const hmi_name *name = &names->list[number - 1];
    char node[NODE_MAX];
    size_t len = 0;
    for (; len < name->text.len && len < sizeof(node); len++) {
        char c = name->text.ptr[len];
        if (c == '.' && name->class_id != HMI_ADDRESS) {
            break;
        }
        node[len] = hmi_ascii_lower(c);
    }
    return hmi_names_put_text(nodes, hmi_text(node, len), name->class_id);
}

static int by_time(const void *a, const void *b)
{
    const edge *x = a, *y = b;
    if (x->of->first_s != y->of->first_s) {
        return x->of->first_s < y->of->first_s ? -1 : 1;
    }
    return (x->of->offset > y->of->offset) - (x->of->offset < y->of->offset);
}

/* Logins that are no custom, in order of time; NULL without memory. */
static edge *uncommon(const hmi_logins *logins, const hmi_names *names, hmi_names *nodes,
                      size_t *ret_count)
{
    size_t count = 0;
    edge *list = hmi_new_array(logins->arena, edge, logins->count);
    uint32_t *same = hmi_new_array(logins->arena, uint32_t, nodes->max + 1);
    if (list == NULL || same == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < logins->count; i++) { /* a machine known by address and by name */
        const hmi_login_edge *e = &logins->list[i];
        if (e->alias != 0) {
            uint32_t a = node_of(nodes, names, e->from), b = node_of(nodes, names, e->alias);
            same[a > b ? a : b] = a > b ? b : a;
        }
    }
    for (size_t i = 0; i < logins->count; i++) {
        const hmi_login_edge *e = &logins->list[i];
        uint32_t from = node_of(nodes, names, e->from), to = node_of(nodes, names, e->to);
        from = same[from] ? same[from] : from;
        to = same[to] ? same[to] : to;
        if (from != to && e->days < CUSTOM_DAYS) {
            list[count++] = (edge){ .of = e, .from = from, .to = to, .depth = 1 };
        }
    }
    qsort(list, count, sizeof(*list), by_time);
    *ret_count = count;
    return list;
}

/* ---- What is said */

static hmi_span span_of(const edge *first, const edge *last, uint64_t count)
{
    return (hmi_span){ first->of->offset, count, hmi_us_of(first->of->first_s),
                       hmi_us_of(last->of->first_s) };
}

static void find_path(edge *list, size_t count, const hmi_names *nodes, const hmi_names *users,
                      hmi_voice *voice)
{
    const edge *best = NULL;
    bool best_changes = false;
    for (size_t i = 0; i < count; i++) {
        edge *e = &list[i];
        size_t least = i > HMI_LOGIN_LOOK_MAX ? i - HMI_LOGIN_LOOK_MAX : 0;
        for (size_t k = i; k > least; k--) {
            const edge *f = &list[k - 1];
            if (f->to == e->from && f->from != e->to && f->of->first_s < e->of->first_s &&
                e->of->first_s - f->of->first_s <= DAY_S && f->depth + 1 > e->depth) {
                e->depth = f->depth + 1;
                e->before = f;
            }
        }
        bool changes = false;
        for (const edge *f = e; f != NULL; f = f->before) {
            changes |= f->before != NULL && f->of->user != f->before->of->user;
        }
        bool tells = e->depth >= PATH_MIN || (e->depth == 2 && changes);
        if (tells && (best == NULL || e->depth > best->depth)) {
            best = e;
            best_changes = changes;
        }
    }
    if (best == NULL) {
        return;
    }
    const edge *first = best;
    while (first->before != NULL) {
        first = first->before;
    }
    hmi_span span = span_of(first, best, best->depth);
    hmi_say_traitf(voice, HMI_BEHAVIOUR, &span, "logins from machine to machine%s",
                   best_changes ? ", account changes" : "");
    for (const edge *e = best; e != NULL; e = e->before) {
        hmi_say_fact(voice, "behaviour-lateral", "%.*s -> %.*s as %.*s",
                     HMI_FMT(hmi_names_text(nodes, e->from)), HMI_FMT(hmi_names_text(nodes, e->to)),
                     HMI_FMT(hmi_names_text(users, e->of->user)));
    }
}

/* The most machines that one logged in to within an hour. */
static void find_fans(const edge *list, size_t count, const hmi_names *nodes, hmi_voice *voice)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t bits[4] = { 0 };
        size_t last = i;
        bool first_of = true;
        for (size_t k = i; k > 0 && list[i].of->first_s - list[k - 1].of->first_s <= HOUR_S; k--) {
            first_of &= list[k - 1].from != list[i].from;
        }
        if (!first_of) {
            continue;
        }
        for (size_t k = i; k < count && list[k].of->first_s - list[i].of->first_s <= HOUR_S; k++) {
            if (list[k].from == list[i].from) {
                hmi_bits_add(bits, 4, list[k].to * UINT64_C(0x9e3779b97f4a7c15));
                last = k;
            }
        }
        unsigned targets = hmi_bits_count(bits, 4);
        if (targets >= FAN_MIN) {
            hmi_span span = span_of(&list[i], &list[last], targets);
            hmi_say_traitf(voice, HMI_BEHAVIOUR, &span, "logins from one machine into many");
            hmi_say_fact(voice, "behaviour-lateral",
                         "%.*s logged in to about %u machines within %u s, never before",
                         HMI_FMT(hmi_names_text(nodes, list[i].from)), targets,
                         list[last].of->first_s - list[i].of->first_s);
        }
    }
}

void hmi_logins_say(const hmi_logins *logins, const hmi_names *names, const hmi_names *users,
                    hmi_voice *voice)
{
    hmi_names nodes;
    size_t count = 0;
    hmi_voice_begin(voice);
    if (logins->count < 2) {
        return;
    }
    edge *list = hmi_names_init(&nodes, logins->arena, logins->count * 3, NULL, NULL) == HM_OK
                     ? uncommon(logins, names, &nodes, &count)
                     : NULL;
    if (list == NULL) {
        hmi_say_note(voice, "no memory to look for paths of logins: none are told");
        return;
    }
    find_path(list, count, &nodes, users, voice);
    find_fans(list, count, &nodes, voice);
    if (logins->refused > 0) {
        hmi_say_note(voice, "%llu logins beyond the first %zu different ones were not followed",
                     (unsigned long long)logins->refused, logins->max);
    }
}
