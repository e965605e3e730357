/* SPDX-License-Identifier: Apache-2.0
 *
 * view.c - follows the journal and asks the release function about each batch.
 *
 * WHY    Deciding about a whole collection for each request would cost its size each time. A batch
 *        can only change what it brings, what waited for its ids, and the definitions it uses; so
 *        those are decided about together, beside what is seen already (hmi_release_beside).
 * FORM   entries   in the order in which they became visible; an entry that is no longer to be seen
 *                  is marked gone and stays in place
 *        newest    first row of an id -> newest entry; the journal knows the row of an id
 *        waiting   id that is not seen -> rows that name it; asked again when the id comes
 *        Dates are the partner's own: the batch's time plus the number among what became visible.
 *        Hidden objects take no microsecond away.
 * TRUST  Objects are hostile; the sets that are asked about again are bounded.
 * OWNS   The tables and the bytes of redacted objects.
 */
#include "taxii/view.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/error.h"
#include "share/marking.h"

enum {
    FIRST_TABLE = 256,
    DECIDE_MEMORY_MAX = 1 << 30,
    TLP_COUNT = 16,
    TURN = 16,
    LAYER_ROUNDS = 3
};

enum { ROW_IN_SET = 1, ROW_WAITS = 2, ROW_SEEN = 4 /* has an entry that is not gone */ };

typedef struct waiter {
    uint64_t name; /* hash of the id it waits for */
    uint32_t row;
    uint32_t next; /* 1 + number */
} waiter;

struct hmi_view {
    hmi_journal *journal;
    uint32_t collection, self; /* numbers of the journal */
    const hmi_policy *policy;
    const hmi_partner *partner;
    hmi_purpose purpose;
    int64_t floor_us; /* entries are not older than the rules they follow from */
    atomic_int references;
    pthread_mutex_t lock;
    atomic_size_t rows_done;
    size_t events_done;
    hmi_view_entry *entries;
    size_t count, room;
    uint32_t *wait_slots; /* 1 + first waiter of a name */
    size_t wait_slot_count, wait_used;
    waiter *waiters;
    size_t waiter_count, waiter_room;
    uint8_t *states;  /* of rows */
    uint32_t *newest; /* of the first row of an id: 1 + its newest entry, or 0 */
    size_t state_room;
    bool tlp_used[TLP_COUNT];
    size_t claims;     /* entries that are claims */
    hmi_buf *redacted; /* one buffer each */
    size_t redacted_count, redacted_room;
};

/* A set of rows that is decided about together. */
typedef struct deciding {
    hmi_view *view;
    size_t event; /* 1 + number: rows added later do not exist yet */
    uint32_t *rows;
    size_t count, room;
    hmi_release_object *objects;
    bool *claims;        /* by number in the set; NULL: there are none */
    bool with_claims;    /* may references lead to claims now? */
    const bool *pending; /* those of the set that are decided to leave, in a layer of its own */
    hm_err *err;
} deciding;

/* -- Tables. */

static int no_memory(hm_err *err)
{
    return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for a view of a collection");
}

static int grow(void **array, size_t count, size_t *room, size_t size, hm_err *err)
{
    if (count < *room) {
        return HM_OK;
    }
    size_t more = *room < 64 ? 64 : *room * 2;
    void *grown = reallocarray(*array, more, size);
    if (grown == NULL) {
        return no_memory(err);
    }
    *array = grown;
    *room = more;
    return HM_OK;
}

static const hmi_journal_row *row_of(const hmi_view *v, uint32_t entry)
{
    return hmi_journal_row_at(v->journal, v->entries[entry].row);
}

/* 1 + the newest entry, gone or not, of what has this row. */
static uint32_t newest_of(const hmi_view *v, const hmi_journal_row *row)
{
    return v->newest[row->first];
}

static size_t wait_slot(const hmi_view *v, uint64_t name)
{
    size_t mask = v->wait_slot_count - 1, at = (size_t)name & mask;
    while (v->wait_slots[at] != 0 && v->waiters[v->wait_slots[at] - 1].name != name) {
        at = (at + 1) & mask;
    }
    return at;
}

static int widen_waits(hmi_view *v, hm_err *err)
{
    if ((v->wait_used + 1) * 2 <= v->wait_slot_count) {
        return HM_OK;
    }
    size_t old_count = v->wait_slot_count;
    uint32_t *old = v->wait_slots;
    v->wait_slot_count = old_count == 0 ? FIRST_TABLE : old_count * 2;
    v->wait_slots = calloc(v->wait_slot_count, sizeof(*v->wait_slots));
    if (v->wait_slots == NULL) {
        v->wait_slots = old;
        v->wait_slot_count = old_count;
        return no_memory(err);
    }
    for (size_t i = 0; i < old_count; i++) {
        if (old[i] != 0) {
            v->wait_slots[wait_slot(v, v->waiters[old[i] - 1].name)] = old[i];
        }
    }
    free(old);
    return HM_OK;
}

static int wait_for(hmi_view *v, hm_text name, uint32_t row, hm_err *err)
{
    HMI_TRY(widen_waits(v, err));
    void *waiters = v->waiters;
    HMI_TRY(grow(&waiters, v->waiter_count, &v->waiter_room, sizeof(*v->waiters), err));
    v->waiters = waiters;
    uint64_t hash = hmi_journal_hash(v->collection, name);
    size_t slot = wait_slot(v, hash);
    v->waiters[v->waiter_count] = (waiter){ hash, row, v->wait_slots[slot] };
    v->wait_used += v->wait_slots[slot] == 0;
    v->wait_slots[slot] = (uint32_t)++v->waiter_count;
    return HM_OK;
}

/* -- What is seen. */

uint32_t hmi_view_older(const hmi_view *view, uint32_t entry)
{
    uint32_t at = view->entries[entry - 1].older;
    while (at != 0 && (view->entries[at - 1].flags & HMI_ENTRY_GONE) != 0) {
        at = view->entries[at - 1].older;
    }
    return at;
}

uint32_t hmi_view_find_row(const hmi_view *view, const hmi_journal_row *row)
{
    uint32_t at = newest_of(view, row);
    return at != 0 && (view->entries[at - 1].flags & HMI_ENTRY_GONE) != 0 ? hmi_view_older(view, at)
                                                                          : at;
}

uint32_t hmi_view_find(const hmi_view *view, hm_text id)
{
    uint32_t row = hmi_journal_find(view->journal, view->collection, id);
    return row != 0 ? hmi_view_find_row(view, hmi_journal_row_at(view->journal, row - 1)) : 0;
}

/* In the set, decided in another layer than the one that is asked now. */
static bool is_pending(const deciding *d, hm_text id, hmi_answer answer)
{
    for (size_t i = 0; d->pending != NULL && i < d->count; i++) {
        const hmi_release_object *o = &d->objects[i];
        if (d->pending[i] && (answer == HMI_HOLD || o->answer == answer) &&
            hmi_text_ieq(hmi_row_id(hmi_journal_row_at(d->view->journal, d->rows[i])), id)) {
            return true;
        }
    }
    return false;
}

static bool counts(const deciding *d, const hmi_view_entry *e)
{
    return (e->flags & HMI_ENTRY_ASKED) == 0 &&
           (d->with_claims || (e->flags & HMI_ENTRY_CLAIM) == 0);
}

static bool world_leaves(void *user, hm_text id)
{
    const deciding *d = user;
    const hmi_view *v = d->view;
    for (uint32_t e = hmi_view_find(v, id); e != 0; e = hmi_view_older(v, e)) {
        if (counts(d, &v->entries[e - 1])) {
            return true;
        }
    }
    return is_pending(d, id, HMI_HOLD);
}

static bool world_redacted(void *user, hm_text id)
{
    const deciding *d = user;
    const hmi_view *v = d->view;
    for (uint32_t e = hmi_view_find(v, id); e != 0; e = hmi_view_older(v, e)) {
        if (counts(d, &v->entries[e - 1]) && (v->entries[e - 1].flags & HMI_ENTRY_REDACTED) != 0) {
            return true;
        }
    }
    return is_pending(d, id, HMI_REDACT);
}

static size_t tlp_number(hm_text id)
{
    const hmi_tlp_marking *tlp = hmi_tlp_find(id);
    return tlp == NULL ? TLP_COUNT : (size_t)tlp->level * 2 + tlp->second;
}

/* A definition that is seen is in use. The predefined markings are used without being waited for.
 */
static bool world_used(void *user, hm_text id)
{
    const deciding *d = user;
    size_t tlp = tlp_number(id);
    return tlp < TLP_COUNT ? d->view->tlp_used[tlp] : hmi_view_find(d->view, id) != 0;
}

static uint32_t entry_of_row(const hmi_view *v, uint32_t row)
{
    uint32_t e = hmi_view_find_row(v, hmi_journal_row_at(v->journal, row));
    while (e != 0 && v->entries[e - 1].row != row) {
        e = hmi_view_older(v, e);
    }
    return e;
}

/* -- Which rows count for this partner. */

static bool exists(const deciding *d, const hmi_journal_row *row)
{
    return row->added <= d->event && (row->removed == 0 || row->removed > d->event);
}

/* An object belongs to who brought its id first. What others bring under that id are claims: they
 * are kept, and told to nobody but to themselves while they cannot see the owner's. So nobody
 * learns from the fate of a claim that the id was there. */
static bool applies_as(const deciding *d, uint32_t number, bool *ret_claim)
{
    hmi_view *v = d->view;
    const hmi_journal_row *row = hmi_journal_row_at(v->journal, number);
    if (!exists(d, row) || row->collection != v->collection) {
        return false;
    }
    uint32_t owner = row->poster;
    bool twin = false;
    for (uint32_t at = row->older; at != 0;) {
        const hmi_journal_row *r = hmi_journal_row_at(v->journal, at - 1);
        if (exists(d, r)) {
            owner = r->poster;
            twin |= r->poster == row->poster && r->version_us == row->version_us;
        }
        at = r->older;
    }
    if (twin) {
        return false; /* the first of two claims with one version */
    }
    *ret_claim = owner != row->poster;
    if (owner == row->poster) {
        return true;
    }
    if (row->poster != v->self) {
        return false;
    }
    for (uint32_t e = hmi_view_find_row(v, row); e != 0; e = hmi_view_older(v, e)) {
        if (row_of(v, e - 1)->poster != v->self) {
            return false;
        }
    }
    return true;
}

static bool applies(const deciding *d, uint32_t number)
{
    bool claim;
    return applies_as(d, number, &claim);
}

/* -- The set. */

static int add_row(deciding *d, uint32_t row)
{
    hmi_view *v = d->view;
    if ((v->states[row] & ROW_IN_SET) != 0) {
        return HM_OK;
    }
    if (d->count == HMI_VIEW_SET_MAX) {
        return HM_OK; /* what is not asked about stays as it is: hidden, mostly */
    }
    void *rows = d->rows;
    HMI_TRY(grow(&rows, d->count, &d->room, sizeof(*d->rows), d->err));
    d->rows = rows;
    d->rows[d->count++] = row;
    v->states[row] |= ROW_IN_SET;
    if ((v->states[row] & ROW_SEEN) != 0) {
        v->entries[entry_of_row(v, row) - 1].flags |= HMI_ENTRY_ASKED;
    }
    return HM_OK;
}

static bool is_definition(hm_text id)
{
    return hmi_text_istarts(id, HM_TEXT("marking-definition--")) ||
           hmi_text_istarts(id, HM_TEXT("extension-definition--"));
}

static int add_definitions(deciding *d, const hmi_release_object *o)
{
    for (size_t i = 0; i < o->name_count; i++) {
        if (!is_definition(o->names[i])) {
            continue;
        }
        uint32_t at = hmi_journal_find(d->view->journal, d->view->collection, o->names[i]);
        while (at != 0) {
            const hmi_journal_row *row = hmi_journal_row_at(d->view->journal, at - 1);
            if (applies(d, at - 1)) {
                HMI_TRY(add_row(d, at - 1));
            }
            at = row->older;
        }
    }
    return HM_OK;
}

static int add_waiting(deciding *d, hm_text id)
{
    hmi_view *v = d->view;
    uint32_t at = v->wait_slots[wait_slot(v, hmi_journal_hash(v->collection, id))];
    for (; at != 0; at = v->waiters[at - 1].next) {
        uint32_t row = v->waiters[at - 1].row;
        if (applies(d, row)) {
            HMI_TRY(add_row(d, row));
        }
    }
    return HM_OK;
}

/* Could it leave, were it not for its neighbours? Then those who wait for it are asked with it. */
static bool hopeful(const hmi_release_object *o)
{
    return o->answer != HMI_HOLD || o->rule == HMI_RULE_REFERENCE ||
           o->rule == HMI_RULE_REDACTION || o->rule == HMI_RULE_UNREFERENCED;
}

static int ask_part(deciding *d, const bool *part, hmi_arena *arena)
{
    hmi_view *v = d->view;
    hmi_release_world world = { d, world_leaves, world_redacted, world_used };
    hmi_release_object *some = hmi_new_array(arena, hmi_release_object, d->count);
    if (some == NULL) {
        return hmi_arena_fail(arena, d->err);
    }
    size_t count = 0;
    for (size_t i = 0; i < d->count; i++) {
        if (part[i]) {
            some[count++].raw = d->objects[i].raw;
        }
    }
    HMI_TRY(
        hmi_release_beside(v->policy, v->partner, v->purpose, &world, some, count, arena, d->err));
    count = 0;
    for (size_t i = 0; i < d->count; i++) {
        if (part[i]) {
            d->objects[i] = some[count++];
        }
    }
    return HM_OK;
}

/* With claims there are two layers. Nobody's objects but the claimant's own may lean on a claim:
 * else a claim under a guessed id would let out what waits for the hidden object of that id. So
 * first everything but claims is asked, claims not being there; then the claimant's own objects
 * that are left, with its claims; and again, as others' may lean on those. */
static int ask_layers(deciding *d, hmi_arena *arena)
{
    hmi_view *v = d->view;
    bool *first = hmi_new_array(arena, bool, d->count), *own = hmi_new_array(arena, bool, d->count);
    bool *pending = hmi_new_array(arena, bool, d->count);
    if (first == NULL || own == NULL || pending == NULL) {
        return hmi_arena_fail(arena, d->err);
    }
    for (int round = 0; round < LAYER_ROUNDS; round++) {
        for (size_t i = 0; i < d->count; i++) {
            /* What an own layer let out before stays out of the first, but may be leant on. */
            first[i] = !d->claims[i] && !own[i];
            pending[i] = own[i] && !d->claims[i] && d->objects[i].answer != HMI_HOLD;
            first[i] |= own[i] && !d->claims[i] && !pending[i];
        }
        d->with_claims = false;
        d->pending = pending;
        HMI_TRY(ask_part(d, first, arena));
        for (size_t i = 0; i < d->count; i++) {
            bool mine = hmi_journal_row_at(v->journal, d->rows[i])->poster == v->self;
            own[i] = d->claims[i] || (mine && (d->objects[i].answer != HMI_RELEASE || pending[i]));
            pending[i] = !own[i] && d->objects[i].answer != HMI_HOLD;
        }
        d->with_claims = true;
        HMI_TRY(ask_part(d, own, arena));
        d->pending = NULL;
    }
    return HM_OK;
}

static int note_claims(deciding *d, hmi_arena *arena, bool *ret_any)
{
    d->claims = hmi_new_array(arena, bool, d->count);
    *ret_any = d->view->claims > 0;
    if (d->claims == NULL) {
        return hmi_arena_fail(arena, d->err);
    }
    for (size_t i = 0; i < d->count; i++) {
        bool seen = (d->view->states[d->rows[i]] & ROW_SEEN) != 0;
        uint32_t entry = seen ? entry_of_row(d->view, d->rows[i]) : 0;
        if (entry != 0) {
            d->claims[i] = (d->view->entries[entry - 1].flags & HMI_ENTRY_CLAIM) != 0;
        } else {
            (void)applies_as(d, d->rows[i], &d->claims[i]);
        }
        *ret_any |= d->claims[i];
    }
    return HM_OK;
}

static int ask(deciding *d, hmi_arena *arena)
{
    hmi_view *v = d->view;
    bool layers = false;
    d->objects = hmi_new_array(arena, hmi_release_object, d->count);
    if (d->objects == NULL) {
        return hmi_arena_fail(arena, d->err);
    }
    for (size_t i = 0; i < d->count; i++) {
        const hmi_journal_row *row = hmi_journal_row_at(v->journal, d->rows[i]);
        d->objects[i].raw = hmi_bytes(row->raw, row->raw_len);
    }
    HMI_TRY(note_claims(d, arena, &layers));
    if (layers) {
        return ask_layers(d, arena);
    }
    hmi_release_world world = { d, world_leaves, world_redacted, world_used };
    return hmi_release_beside(v->policy, v->partner, v->purpose, &world, d->objects, d->count,
                              arena, d->err);
}

static int settle(deciding *d, hmi_arena *arena)
{
    for (int round = 0;; round++) {
        size_t before = d->count;
        hmi_arena_reset(arena);
        HMI_TRY(ask(d, arena));
        for (size_t i = 0; i < before && round < HMI_VIEW_ROUNDS_MAX; i++) {
            const hmi_release_object *o = &d->objects[i];
            HMI_TRY(add_definitions(d, o));
            if (o->id.ptr != NULL && hopeful(o)) {
                HMI_TRY(add_waiting(d, o->id));
            }
        }
        /* Those who wait for them in turn: a long chain is one round. */
        for (size_t i = before; i < d->count; i++) {
            HMI_TRY(add_waiting(d, hmi_row_id(hmi_journal_row_at(d->view->journal, d->rows[i]))));
        }
        if (d->count == before) {
            return HM_OK;
        }
    }
}

/* -- The answers become entries. */

static int keep_redacted(hmi_view *v, hm_bytes out, const uint8_t **ret, hm_err *err)
{
    void *list = v->redacted;
    HMI_TRY(grow(&list, v->redacted_count, &v->redacted_room, sizeof(*v->redacted), err));
    v->redacted = list;
    hmi_buf *buf = &v->redacted[v->redacted_count];
    hmi_buf_init(buf, 0);
    hmi_buf_add(buf, out);
    if (buf->bad != 0) {
        hmi_buf_fini(buf);
        return no_memory(err);
    }
    v->redacted_count++;
    *ret = buf->ptr;
    return HM_OK;
}

static int append(hmi_view *v, uint32_t row, const hmi_release_object *o, int64_t date_us,
                  hm_err *err)
{
    const hmi_journal_row *r = hmi_journal_row_at(v->journal, row);
    hmi_view_entry e = { .date_us = date_us, .row = row, .out = r->raw, .out_len = r->raw_len };
    e.rule = (uint8_t)o->rule;
    if (o->answer == HMI_REDACT) {
        HMI_TRY(keep_redacted(v, o->out, &e.out, err));
        e.out_len = (uint32_t)o->out.len;
        e.flags = HMI_ENTRY_REDACTED;
    }
    void *entries = v->entries;
    HMI_TRY(grow(&entries, v->count, &v->room, sizeof(*v->entries), err));
    v->entries = entries;
    e.older = newest_of(v, r);
    if (e.older == 0) {
        e.flags |= HMI_ENTRY_ALONE;
    } else {
        v->entries[e.older - 1].flags &= (uint8_t)~HMI_ENTRY_ALONE;
    }
    v->entries[v->count] = e;
    v->newest[r->first] = (uint32_t)++v->count;
    v->states[row] |= ROW_SEEN;
    return HM_OK;
}

static void take_away(hmi_view *v, uint32_t entry)
{
    v->entries[entry - 1].flags |= HMI_ENTRY_GONE;
    v->states[v->entries[entry - 1].row] &= (uint8_t)~ROW_SEEN;
}

/* What it names and is not seen may come: then it is asked again. Translations are asked again
 * whenever what they translate is decided about. */
static int note_waiting(deciding *d, uint32_t row, const hmi_release_object *o)
{
    hmi_view *v = d->view;
    if ((v->states[row] & ROW_WAITS) != 0) {
        return HM_OK;
    }
    bool translation = o->type.ptr != NULL && hmi_text_is(o->type, "language-content");
    for (size_t i = 0; i < o->name_count; i++) {
        if (tlp_number(o->names[i]) < TLP_COUNT ||
            (!translation && hmi_view_find(v, o->names[i]) != 0)) {
            continue;
        }
        HMI_TRY(wait_for(v, o->names[i], row, d->err));
        v->states[row] |= ROW_WAITS;
    }
    return HM_OK;
}

static void note_markings(hmi_view *v, const hmi_release_object *o)
{
    for (size_t i = 0; i < o->name_count; i++) {
        size_t tlp = tlp_number(o->names[i]);
        if (tlp < TLP_COUNT) {
            v->tlp_used[tlp] = true;
        }
    }
}

static bool same_as_before(const hmi_view_entry *e, const hmi_release_object *o)
{
    return o->answer != HMI_HOLD &&
           ((e->flags & HMI_ENTRY_REDACTED) != 0) == (o->answer == HMI_REDACT) &&
           hmi_bytes_eq(hmi_bytes(e->out, e->out_len), o->out);
}

typedef struct ordered {
    uint32_t row;
    const hmi_release_object *object;
    bool claim;
} ordered;

static int by_row(const void *a, const void *b)
{
    const ordered *x = a, *y = b;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* *ret_fallen: did anything that was seen go? */
static int apply_answers(deciding *d, int64_t time_us, hmi_arena *arena, bool *ret_fallen)
{
    hmi_view *v = d->view;
    ordered *order = hmi_new_array(arena, ordered, d->count);
    if (order == NULL) {
        return hmi_arena_fail(arena, d->err);
    }
    for (size_t i = 0; i < d->count; i++) {
        order[i] = (ordered){ d->rows[i], &d->objects[i], d->claims[i] };
    }
    qsort(order, d->count, sizeof(*order), by_row);
    int64_t date_us = time_us > v->floor_us ? time_us : v->floor_us;
    if (v->count > 0 && v->entries[v->count - 1].date_us >= date_us) {
        date_us = v->entries[v->count - 1].date_us + 1;
    }
    *ret_fallen = false;
    for (size_t i = 0; i < d->count; i++) {
        const hmi_release_object *o = order[i].object;
        bool seen = (v->states[order[i].row] & ROW_SEEN) != 0;
        uint32_t entry = seen ? entry_of_row(v, order[i].row) : 0;
        bool same = entry != 0 && same_as_before(&v->entries[entry - 1], o);
        if (entry != 0) {
            v->entries[entry - 1].flags &= (uint8_t)~HMI_ENTRY_ASKED;
        }
        if (entry != 0 && !same) {
            take_away(v, entry);
            *ret_fallen |= o->answer != HMI_RELEASE;
        }
        if (!same && o->answer != HMI_HOLD) {
            HMI_TRY(append(v, order[i].row, o, date_us++, d->err));
            if (order[i].claim) {
                v->entries[v->count - 1].flags |= HMI_ENTRY_CLAIM;
                v->claims++;
            }
        }
        if (o->answer != HMI_HOLD) {
            note_markings(v, o);
        }
    }
    for (size_t i = 0; i < d->count; i++) {
        HMI_TRY(note_waiting(d, d->rows[i], &d->objects[i]));
    }
    return HM_OK;
}

static void leave_set(deciding *d)
{
    for (size_t i = 0; i < d->count; i++) {
        d->view->states[d->rows[i]] &= (uint8_t)~ROW_IN_SET;
        if ((d->view->states[d->rows[i]] & ROW_SEEN) != 0) {
            uint32_t entry = entry_of_row(d->view, d->rows[i]);
            d->view->entries[entry - 1].flags &= (uint8_t)~HMI_ENTRY_ASKED;
        }
    }
    d->count = 0;
}

static int decide(deciding *d, int64_t time_us, bool *ret_fallen)
{
    hmi_arena arena;
    hmi_arena_init(&arena, DECIDE_MEMORY_MAX);
    int code = d->count > 0 ? settle(d, &arena) : HM_OK;
    *ret_fallen = false;
    code = code == HM_OK && d->count > 0 ? apply_answers(d, time_us, &arena, ret_fallen) : code;
    hmi_arena_fini(&arena);
    return code;
}

/* -- Events. */

/* Seen objects that name an id which is no longer seen. Rare, so they are looked for, not kept. */
static int add_namers(deciding *d, hm_text id)
{
    hmi_view *v = d->view;
    if (hmi_view_find(v, id) != 0) {
        return HM_OK;
    }
    for (size_t i = 0; i < v->count; i++) {
        const hmi_view_entry *e = &v->entries[i];
        if ((e->flags & HMI_ENTRY_GONE) == 0 &&
            hmi_find(hmi_bytes(e->out, e->out_len), hmi_text_bytes(id)) != HMI_NPOS) {
            HMI_TRY(add_row(d, e->row));
        }
    }
    return HM_OK;
}

/* What fell may make others fall: until nothing does. */
static int follow_fall(deciding *d, int64_t time_us, hm_text *ids, size_t count)
{
    for (int round = 0; count > 0; round++) {
        for (size_t i = 0; i < count; i++) {
            HMI_TRY(add_namers(d, ids[i]));
        }
        size_t asked = d->count;
        hm_text *next = calloc(asked + 1, sizeof(*next));
        bool fallen = false;
        int code = next == NULL ? no_memory(d->err) : decide(d, time_us, &fallen);
        count = 0;
        for (size_t i = 0; code == HM_OK && fallen && i < asked; i++) {
            if ((d->view->states[d->rows[i]] & ROW_SEEN) == 0) {
                next[count++] = hmi_row_id(hmi_journal_row_at(d->view->journal, d->rows[i]));
            }
        }
        leave_set(d);
        if (round > 0) {
            free(ids);
        }
        ids = next;
        if (code != HM_OK || round >= HMI_VIEW_ROUNDS_MAX || count == 0) {
            free(next);
            return code;
        }
    }
    return HM_OK;
}

static int apply_remove(deciding *d, const hmi_journal_event *e)
{
    hmi_view *v = d->view;
    hm_text *ids = calloc(e->count + 1, sizeof(*ids));
    if (ids == NULL) {
        return no_memory(d->err);
    }
    size_t count = 0;
    for (uint32_t i = 0; i < e->count; i++) {
        const uint8_t *p = e->rows + (size_t)i * 4;
        uint32_t row =
            (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        if ((v->states[row] & ROW_SEEN) != 0) {
            take_away(v, entry_of_row(v, row));
            ids[count++] = hmi_row_id(hmi_journal_row_at(v->journal, row));
        }
    }
    int code = follow_fall(d, e->time_us, ids, count);
    free(ids);
    return code;
}

static int apply_add(deciding *d, const hmi_journal_event *e)
{
    for (uint32_t row = e->first; row < e->first + e->count; row++) {
        if (applies(d, row)) {
            HMI_TRY(add_row(d, row));
        }
    }
    bool fallen = false;
    int code = decide(d, e->time_us, &fallen);
    leave_set(d);
    return code;
}

static int apply(hmi_view *v, size_t number, hm_err *err)
{
    const hmi_journal_event *e = hmi_journal_event_at(v->journal, number);
    if (e->kind == HMI_JOURNAL_POLICY || e->collection != v->collection) {
        return HM_OK;
    }
    deciding d = { .view = v, .event = number + 1, .err = err };
    int code = e->kind == HMI_JOURNAL_ADD ? apply_add(&d, e) : apply_remove(&d, e);
    leave_set(&d);
    free(d.rows);
    return code;
}

static int widen_states(hmi_view *v, hm_err *err)
{
    size_t rows = hmi_journal_row_count(v->journal);
    if (rows <= v->state_room) {
        return HM_OK;
    }
    size_t room = rows + rows / 2 + 64;
    uint8_t *states = realloc(v->states, room);
    v->states = states != NULL ? states : v->states;
    uint32_t *newest = states != NULL ? reallocarray(v->newest, room, sizeof(*newest)) : NULL;
    if (newest == NULL) {
        return no_memory(err);
    }
    memset(states + v->state_room, 0, room - v->state_room);
    memset(newest + v->state_room, 0, (room - v->state_room) * sizeof(*newest));
    v->newest = newest;
    v->state_room = room;
    return HM_OK;
}

/* A part at a time, so that writers have their turn. *ret_done: nothing is left. */
static int catch_up(hmi_view *v, bool *ret_done, hm_err *err)
{
    HMI_TRY(widen_states(v, err));
    size_t count = hmi_journal_event_count(v->journal);
    for (int turn = 0; turn < TURN && v->events_done < count; turn++) {
        HMI_TRY(apply(v, v->events_done, err));
        v->events_done++;
    }
    *ret_done = v->events_done == count;
    if (*ret_done) {
        atomic_store(&v->rows_done, hmi_journal_row_count(v->journal));
    }
    return HM_OK;
}

/* -- The outside. */

static int64_t find_floor(const hmi_view *v)
{
    int64_t floor_us = INT64_MIN;
    for (size_t i = 0; i < hmi_journal_event_count(v->journal); i++) {
        const hmi_journal_event *e = hmi_journal_event_at(v->journal, i);
        if (e->kind == HMI_JOURNAL_POLICY && e->poster == v->self) {
            floor_us = e->time_us;
        }
    }
    return floor_us;
}

int hmi_view_new(hmi_journal *journal, uint32_t collection, const hmi_policy *policy,
                 const hmi_partner *partner, hmi_purpose purpose, hmi_view **ret_view, hm_err *err)
{
    hmi_view *v = calloc(1, sizeof(*v));
    if (v == NULL) {
        return no_memory(err);
    }
    v->journal = journal;
    v->collection = collection;
    v->policy = policy;
    v->partner = partner;
    v->purpose = purpose;
    atomic_store(&v->references, 1);
    pthread_mutex_init(&v->lock, NULL);
    int code = hmi_journal_number(journal, partner->id, &v->self, err);
    code = code == HM_OK ? widen_waits(v, err) : code;
    if (code != HM_OK) {
        hmi_view_unref(v);
        return code;
    }
    hmi_journal_read_begin(journal);
    v->floor_us = find_floor(v);
    hmi_journal_read_end(journal);
    *ret_view = v;
    return HM_OK;
}

hmi_view *hmi_view_ref(hmi_view *view)
{
    atomic_fetch_add(&view->references, 1);
    return view;
}

void hmi_view_unref(hmi_view *v)
{
    if (v == NULL || atomic_fetch_sub(&v->references, 1) > 1) {
        return;
    }
    for (size_t i = 0; i < v->redacted_count; i++) {
        hmi_buf_fini(&v->redacted[i]);
    }
    pthread_mutex_destroy(&v->lock);
    free(v->redacted);
    free(v->entries);
    free(v->newest);
    free(v->wait_slots);
    free(v->waiters);
    free(v->states);
    free(v);
}

void hmi_view_move(hmi_view *view, const hmi_policy *policy, const hmi_partner *partner)
{
    pthread_mutex_lock(&view->lock);
    view->policy = policy;
    view->partner = partner;
    pthread_mutex_unlock(&view->lock);
}

size_t hmi_view_behind(hmi_view *view)
{
    hmi_journal_read_begin(view->journal);
    size_t rows = hmi_journal_row_count(view->journal);
    hmi_journal_read_end(view->journal);
    size_t done = atomic_load(&view->rows_done);
    return rows > done ? rows - done : 0;
}

int hmi_view_begin(hmi_view *view, hm_err *err)
{
    pthread_mutex_lock(&view->lock);
    for (;;) {
        bool done = false;
        hmi_journal_read_begin(view->journal);
        int code = catch_up(view, &done, err);
        if (code != HM_OK) {
            hmi_view_end(view);
            return code;
        }
        if (done) {
            return HM_OK;
        }
        hmi_journal_read_end(view->journal);
    }
}

void hmi_view_end(hmi_view *view)
{
    hmi_journal_read_end(view->journal);
    pthread_mutex_unlock(&view->lock);
}

size_t hmi_view_count(const hmi_view *view)
{
    return view->count;
}

const hmi_view_entry *hmi_view_at(const hmi_view *view, size_t entry)
{
    return &view->entries[entry];
}

void hmi_view_note_given(hmi_view *view, size_t entry)
{
    view->entries[entry].flags |= HMI_ENTRY_GIVEN;
}

const hmi_journal_row *hmi_view_row(const hmi_view *view, const hmi_view_entry *entry)
{
    return hmi_journal_row_at(view->journal, entry->row);
}

size_t hmi_view_after(const hmi_view *view, int64_t date_us)
{
    size_t from = 0, to = view->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (view->entries[middle].date_us > date_us) {
            to = middle;
        } else {
            from = middle + 1;
        }
    }
    return from;
}
