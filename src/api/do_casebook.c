/* SPDX-License-Identifier: Apache-2.0
 *
 * do_casebook.c - incidents, their evidence and their traits, a page at a time.
 *
 * WHY    A page shows fifty rows of a hundred thousand: what is asked here costs what is shown, not
 *        what is stored.
 * TRUST  What comes out of a casebook was written by attackers: it leaves as JSON text, repaired
 *        where it is none.
 * OWNS   Nothing.
 */
#include "api/finder.h"
#include "api/roster.h"
#include "api/routes_made.h"
#include "compare/rarity.h"
#include "jail/jail.h"
#include "tell/incident_json.h"

enum { LOOKS_MAX = 50000, HOLDERS_MAX = 200, MATCHED_MAX = 3 };

static void put_incident_head(hmi_json_writer *w, const hmi_incident *i)
{
    hmi_json_member_text(w, "id", i->stix_id);
    hmi_json_member_text(w, "name", i->name);
    hmi_put_time(w, "created", i->created_us);
}

static bool put_place(hmi_json_writer *w, bool more, int64_t place)
{
    if (more) {
        char next[24];
        snprintf(next, sizeof(next), "%lld", (long long)place);
        hmi_json_member_text(w, "next", hmi_text_of(next));
    }
    return more;
}

static bool in_after(hmi_call *call, uint64_t *ret)
{
    return hmi_in_number(call, "after", 1, INT64_MAX, ret);
}

/* ---- Incidents */

static void put_matched(hmi_json_writer *w, const hmi_found_list *found, int64_t incident)
{
    size_t shown = 0;
    hmi_json_put_key(w, HM_TEXT("matched"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < found->pair_count && shown < MATCHED_MAX; i++) {
        if (found->pairs[i].incident != incident) {
            continue;
        }
        const hmi_found *f = &found->list[found->pairs[i].found];
        hmi_json_open_object(w);
        hmi_json_member_text(w, "kind", hmi_text_of(hmi_found_kind_name(f->kind)));
        if (f->kind == HMI_FOUND_TRAIT) {
            hmi_json_member_text(w, "class", hmi_text_of(hmi_class_find((int)f->class_id)->name));
        }
        hmi_put_lossy(w, "value", f->text);
        hmi_json_close_object(w);
        shown++;
    }
    hmi_json_close_array(w);
}

static int put_incident_row(hmi_call *call, const hmi_roster_row *row, const hmi_found_list *found)
{
    hmi_incident i;
    uint64_t pieces = 0, traits = 0;
    HMI_TRY(hmi_incident_head(call->store, call->arena, row->id, &i, &call->err));
    HMI_TRY(hmi_incident_totals(call->store, row->id, &pieces, &traits, &call->err));
    hmi_json_open_object(&call->w);
    put_incident_head(&call->w, &i);
    hmi_json_member_uint(&call->w, "evidence", pieces);
    hmi_json_member_uint(&call->w, "traits", traits);
    if (!row->by_name) {
        put_matched(&call->w, found, row->id);
    }
    hmi_json_close_object(&call->w);
    return HM_OK;
}

static bool read_asked(hmi_call *call, hmi_roster_asked *asked)
{
    static const char *const NAMES[] = { "q", "sort", "from", "to", "after", "limit", NULL };
    static const char *const SORTS[] = { "-created", "created", "name", "-name" };
    size_t order = 0;
    uint64_t after = 0;
    *asked = (hmi_roster_asked){ .needle = hmi_in_query(call, "q"),
                                 .from_us = HMI_TIME_NONE,
                                 .to_us = HMI_TIME_NONE };
    if (!hmi_in_queries(call, NAMES) || !hmi_in_limit(call, 50, HMI_API_LIMIT_MAX, &asked->max) ||
        !hmi_in_word(call, "sort", SORTS, HMI_COUNT(SORTS), &order) ||
        !hmi_in_moment(call, "from", &asked->from_us) ||
        !hmi_in_moment(call, "to", &asked->to_us) || !in_after(call, &after)) {
        return false;
    }
    if (asked->needle.len > HMI_ROSTER_NEEDLE_MAX) {
        hmi_refuse(call, 400, "malformed", "query.q", "at most %d bytes", HMI_ROSTER_NEEDLE_MAX);
        return false;
    }
    asked->order = (hmi_roster_order)order;
    asked->after = (int64_t)after;
    return true;
}

static int list_incidents(hmi_call *call, hmi_roster_asked *asked)
{
    hmi_roster_row *rows = hmi_new_array(call->arena, hmi_roster_row, asked->max);
    size_t count = 0, total = 0;
    bool more = false;
    hmi_found_list found = { 0 };
    if (rows == NULL) {
        return hmi_arena_fail(call->arena, &call->err);
    }
    if (asked->needle.len > 0) {
        HMI_TRY(hmi_find_incidents(call->api->finder, call->store, call->arena, asked->needle,
                                   &found, &call->err));
        asked->also = found.incidents;
        asked->also_count = found.incident_count;
    }
    HMI_TRY(hmi_roster_refresh(call->api->roster, call->store, &call->err));
    HMI_TRY(hmi_roster_ask(call->api->roster, asked, rows, &count, &total, &more, &call->err));
    hmi_json_writer *w = hmi_answer_json(call, 200);
    hmi_json_open_object(w);
    hmi_json_put_key(w, HM_TEXT("incidents"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < count; i++) {
        HMI_TRY(put_incident_row(call, &rows[i], &found));
    }
    hmi_json_close_array(w);
    (void)put_place(w, more, count > 0 ? rows[count - 1].id : 0);
    hmi_json_member_uint(w, "total", total);
    hmi_json_member_bool(w, "partial", found.more);
    hmi_json_close_object(w);
    return HM_OK;
}

void hmi_do_incident_list(hmi_call *call)
{
    hmi_roster_asked asked;
    if (read_asked(call, &asked)) {
        (void)hmi_failed_call(call, list_incidents(call, &asked), "");
    }
}

void hmi_do_incident_add(hmi_call *call)
{
    static const char *const KEYS[] = { "name", NULL };
    hm_text name;
    hmi_incident i;
    int64_t id = 0;
    if (!hmi_in_only(call, KEYS) || !hmi_in_text(call, "name", HMI_NEEDED, 1, 200, &name)) {
        return;
    }
    if (!hmi_is_name(name, 200)) {
        hmi_refuse(call, 400, "malformed", "body.name",
                   "a name has nothing invisible and no blank at an end");
        return;
    }
    int code = hmi_incident_find(call->store, call->arena, name, &i, &call->err);
    if (code == HM_OK) {
        hmi_refuse(call, 409, "exists", "body.name", "there is an incident of that name");
        return;
    }
    code = code == HM_E_NOT_FOUND ? hmi_incident_put(call->store, name, &id, &call->err) : code;
    code = code == HM_OK ? hmi_incident_get(call->store, call->arena, id, &i, &call->err) : code;
    if (hmi_failed_call(call, code, "body.name")) {
        return;
    }
    hmi_deed_note(call, "incident-added", name);
    hmi_json_writer *w = hmi_answer_json(call, 201);
    hmi_json_open_object(w);
    put_incident_head(w, &i);
    hmi_json_member_uint(w, "evidence", 0);
    hmi_json_member_uint(w, "traits", 0);
    hmi_json_close_object(w);
}

static void put_groups(hmi_json_writer *w, const uint32_t *counts)
{
    hmi_json_put_key(w, HM_TEXT("groups"));
    hmi_json_open_array(w);
    for (int g = 1; g < HMI_GROUP_COUNT; g++) {
        const hmi_group_row *group = hmi_group_get((hmi_group)g);
        uint64_t sum = 0;
        hmi_json_open_object(w);
        hmi_json_member_text(w, "group", hmi_text_of(group->name));
        hmi_json_member_text(w, "label", hmi_text_of(group->label));
        hmi_json_member_text(w, "planted_by", hmi_text_of(group->planted_by));
        hmi_json_put_key(w, HM_TEXT("classes"));
        hmi_json_open_array(w);
        for (int c = 1; c <= HMI_CLASS_MAX; c++) {
            const hmi_class_row *row = hmi_class_find(c);
            if (row == NULL || (int)row->group != g || counts[c] == 0) {
                continue;
            }
            sum += counts[c];
            hmi_json_open_object(w);
            hmi_json_member_text(w, "class", hmi_text_of(row->name));
            hmi_json_member_text(w, "label", hmi_text_of(row->label));
            hmi_json_member_uint(w, "traits", counts[c]);
            hmi_json_close_object(w);
        }
        hmi_json_close_array(w);
        hmi_json_member_uint(w, "traits", sum);
        hmi_json_close_object(w);
    }
    hmi_json_close_array(w);
}

static int answer_incident(hmi_call *call, const hmi_incident *i)
{
    uint32_t counts[HMI_CLASS_MAX + 1];
    uint64_t verdicts[HMI_VERDICT_LIMIT + 1], pieces = 0, traits = 0, notes = 0, generation = 0;
    HMI_TRY(hmi_incident_class_counts(call->store, i->id, counts, &call->err));
    HMI_TRY(hmi_incident_verdicts(call->store, i->id, verdicts, HMI_COUNT(verdicts), &call->err));
    HMI_TRY(hmi_incident_totals(call->store, i->id, &pieces, &traits, &call->err));
    HMI_TRY(hmi_remark_count(call->store, i->id, &notes, &call->err));
    HMI_TRY(hmi_store_generation(call->store, &generation, &call->err));
    hmi_json_writer *w = hmi_answer_json(call, 200);
    hmi_json_open_object(w);
    put_incident_head(w, i);
    hmi_json_member_uint(w, "evidence", pieces);
    hmi_json_member_uint(w, "traits", traits);
    put_groups(w, counts);
    hmi_json_put_key(w, HM_TEXT("verdicts"));
    hmi_json_open_object(w);
    for (size_t v = 0; v < HMI_COUNT(verdicts); v++) {
        if (verdicts[v] > 0) {
            hmi_json_member_uint(w, hmi_verdict_name((hmi_verdict)v), verdicts[v]);
        }
    }
    hmi_json_close_object(w);
    hmi_json_member_uint(w, "notes", notes);
    hmi_json_member_uint(w, "generation", generation);
    hmi_json_close_object(w);
    return HM_OK;
}

void hmi_do_incident_get(hmi_call *call)
{
    hmi_incident i;
    if (hmi_in_incident(call, 0, &i)) {
        (void)hmi_failed_call(call, answer_incident(call, &i), "");
    }
}

/* ---- Evidence */

static void put_evidence(hmi_json_writer *w, const hmi_evidence *e)
{
    hmi_json_open_object(w);
    hmi_put_int(w, "id", e->id);
    hmi_evidence_json_members(w, e, hmi_verdict_name((hmi_verdict)e->verdict));
    hmi_put_int(w, "parent", e->parent);
    hmi_json_member_bool(w, "complete", e->complete);
    hmi_json_close_object(w);
}

void hmi_do_evidence_list(hmi_call *call)
{
    static const char *const NAMES[] = { "after", "limit", NULL };
    hmi_incident i;
    hmi_evidence *rows = NULL;
    int64_t *seqs = NULL;
    size_t count = 0, limit = 0;
    uint64_t after = 0, total = 0;
    if (!hmi_in_queries(call, NAMES) || !hmi_in_limit(call, 50, HMI_API_LIMIT_MAX, &limit) ||
        !in_after(call, &after) || !hmi_in_incident(call, 0, &i)) {
        return;
    }
    int code = hmi_part_evidence(call->store, call->arena, i.id, (int64_t)after, limit + 1, &rows,
                                 &seqs, &count, &total, &call->err);
    if (hmi_failed_call(call, code, "")) {
        return;
    }
    bool more = count > limit;
    count = more ? limit : count;
    hmi_json_writer *w = hmi_answer_json(call, 200);
    hmi_json_open_object(w);
    hmi_json_put_key(w, HM_TEXT("evidence"));
    hmi_json_open_array(w);
    for (size_t e = 0; e < count; e++) {
        put_evidence(w, &rows[e]);
    }
    hmi_json_close_array(w);
    (void)put_place(w, more, more ? seqs[limit - 1] : 0);
    hmi_json_member_uint(w, "total", total);
    hmi_json_close_object(w);
}

static int put_holders(hmi_call *call, const int64_t *ids, size_t count)
{
    hmi_json_put_key(&call->w, HM_TEXT("incidents"));
    hmi_json_open_array(&call->w);
    for (size_t i = 0; i < count; i++) {
        hmi_incident one;
        HMI_TRY(hmi_incident_head(call->store, call->arena, ids[i], &one, &call->err));
        hmi_json_open_object(&call->w);
        hmi_json_member_text(&call->w, "id", one.stix_id);
        hmi_json_member_text(&call->w, "name", one.name);
        hmi_json_close_object(&call->w);
    }
    hmi_json_close_array(&call->w);
    return HM_OK;
}

static int answer_evidence(hmi_call *call, const hmi_sha256 *sha256)
{
    hmi_evidence e;
    hmi_evidence_note *notes = NULL;
    hmi_evidence_fact *facts = NULL;
    size_t note_count = 0, fact_count = 0, holders = 0;
    int64_t ids[HOLDERS_MAX];
    HMI_TRY(hmi_evidence_find(call->store, sha256, call->arena, &e, &call->err));
    HMI_TRY(hmi_evidence_notes(call->store, call->arena, e.id, &notes, &note_count, &call->err));
    HMI_TRY(hmi_evidence_facts(call->store, call->arena, e.id, &facts, &fact_count, &call->err));
    HMI_TRY(hmi_evidence_incidents(call->store, e.id, ids, HOLDERS_MAX, &holders, &call->err));
    hmi_json_writer *w = hmi_answer_json(call, 200);
    hmi_json_open_object(w);
    hmi_json_put_key(w, HM_TEXT("evidence"));
    put_evidence(w, &e);
    hmi_evidence_notes_json(w, notes, note_count);
    hmi_evidence_facts_json(w, facts, fact_count);
    HMI_TRY(put_holders(call, ids, holders));
    hmi_json_close_object(w);
    return HM_OK;
}

void hmi_do_evidence_get(hmi_call *call)
{
    hmi_sha256 sha256;
    if (!hmi_unhex(call->parts[0], sha256.bytes, sizeof(sha256.bytes))) {
        hmi_refuse(call, 404, "not-found", "path.sha256", "no evidence with this content");
        return;
    }
    (void)hmi_failed_call(call, answer_evidence(call, &sha256), "path.sha256");
}

/* ---- Traits */

typedef struct priced {
    uint64_t incidents_all, baseline_all;
    uint32_t *baseline;
} priced;

static int price(hmi_call *call, const hmi_incident_trait *traits, size_t count, priced *ret)
{
    hmi_key *keys = hmi_new_array(call->arena, hmi_key, count);
    ret->baseline = hmi_new_array(call->arena, uint32_t, count);
    if (keys == NULL || ret->baseline == NULL) {
        return hmi_arena_fail(call->arena, &call->err);
    }
    for (size_t i = 0; i < count; i++) {
        keys[i] = traits[i].key;
    }
    HMI_TRY(hmi_baseline_counts(call->store, keys, count, ret->baseline, &call->err));
    HMI_TRY(hmi_incident_count(call->store, &ret->incidents_all, &call->err));
    return hmi_baseline_files(call->store, &ret->baseline_all, &call->err);
}

static void put_roles(hmi_json_writer *w, uint32_t roles)
{
    hmi_json_put_key(w, HM_TEXT("roles"));
    hmi_json_open_array(w);
    for (int r = 1; r <= HMI_ROLE_MAX; r++) {
        if ((roles >> r & 1) != 0) {
            hmi_json_put_text(w, hmi_text_of(hmi_role_name((hmi_role)r)));
        }
    }
    hmi_json_close_array(w);
}

static int put_trait(hmi_call *call, const hmi_incident_trait *t, const priced *p,
                     uint32_t baseline)
{
    const hmi_class_row *row = hmi_class_find((int)t->class_id);
    size_t incidents = 0;
    HMI_TRY(hmi_trait_incident_count(call->store, t->id, &incidents, &call->err));
    hmi_counts counts = { .others = incidents > 1 ? incidents - 1 : 0,
                          .others_all = p->incidents_all > 1 ? p->incidents_all - 1 : 0,
                          .baseline = baseline,
                          .baseline_all = p->baseline_all };
    double bits = hmi_rarity_is_hub(row, &counts) ? 0 : hmi_rarity_bits(row, &counts);
    hmi_json_writer *w = &call->w;
    hmi_json_open_object(w);
    hmi_put_int(w, "id", t->id);
    hmi_json_member_text(w, "class", hmi_text_of(row->name));
    hmi_json_member_text(w, "label", hmi_text_of(row->label));
    hmi_json_member_text(w, "group", hmi_text_of(hmi_group_get(row->group)->name));
    hmi_json_member_text(w, "value", t->value);
    hmi_json_member_uint(w, "count", t->count);
    put_roles(w, t->roles);
    hmi_json_member_uint(w, "incidents", incidents);
    hmi_json_member_uint(w, "incidents_all", p->incidents_all);
    hmi_json_member_uint(w, "baseline", baseline);
    hmi_json_member_uint(w, "baseline_all", p->baseline_all);
    hmi_json_member_fixed(w, "bits", bits, 3);
    hmi_json_close_object(w);
    return HM_OK;
}

/* Where a list of traits goes on: a class and the last trait of it. */
typedef struct place {
    int class_id;
    int64_t trait;
} place;

static bool in_place(hmi_call *call, place *ret)
{
    hm_text text = hmi_in_query(call, "after"), first;
    *ret = (place){ 1, 0 };
    if (text.ptr == NULL) {
        return true;
    }
    int64_t numbers[2] = { 0, 0 };
    size_t count = 0;
    bool good = text.len <= 24;
    while (good && count < 2 && hmi_split(&text, '.', &first)) {
        good = first.len > 0 && first.len <= 18;
        for (size_t i = 0; good && i < first.len; i++) {
            good = hmi_ascii_digit(first.ptr[i]);
            numbers[count] = numbers[count] * 10 + (first.ptr[i] - '0');
        }
        count++;
    }
    if (!good || count != 2 || numbers[0] < 1 || numbers[0] > HMI_CLASS_MAX) {
        hmi_refuse(call, 400, "malformed", "query.after", "it is the `next` of the page before");
        return false;
    }
    *ret = (place){ (int)numbers[0], numbers[1] };
    return true;
}

typedef struct listing {
    hm_text group, class_name, holding;
    size_t limit;
    place at;
    uint32_t counts[HMI_CLASS_MAX + 1];
    hmi_incident_trait *list;
    size_t count;
    uint64_t total;
    bool more;
} listing;

static bool is_wanted(const listing *l, const hmi_class_row *row)
{
    return row != NULL && (l->class_name.ptr == NULL || hmi_text_is(l->class_name, row->name)) &&
           (l->group.ptr == NULL || hmi_text_is(l->group, hmi_group_get(row->group)->name));
}

static int list_traits(hmi_call *call, const hmi_incident *i, listing *l)
{
    size_t looks = LOOKS_MAX;
    l->list = hmi_new_array(call->arena, hmi_incident_trait, l->limit);
    if (l->list == NULL) {
        return hmi_arena_fail(call->arena, &call->err);
    }
    HMI_TRY(hmi_incident_class_counts(call->store, i->id, l->counts, &call->err));
    for (int c = 1; c <= HMI_CLASS_MAX; c++) {
        if (!is_wanted(l, hmi_class_find(c)) || l->counts[c] == 0) {
            continue;
        }
        l->total += l->counts[c];
        if (c < l->at.class_id || l->more) {
            continue;
        }
        if (c > l->at.class_id) {
            l->at = (place){ c, 0 };
        }
        if (l->count == l->limit) {
            l->more = true;
            continue;
        }
        hmi_incident_trait *part = NULL;
        size_t count = 0;
        HMI_TRY(hmi_part_traits(call->store, call->arena, i->id, (hmi_class)c, l->at.trait,
                                l->limit - l->count, looks, l->holding, &part, &count, &l->at.trait,
                                &l->more, &call->err));
        memcpy(l->list + l->count, part, count * sizeof(*part));
        l->count += count;
        looks -= hmi_min(looks - 1, l->counts[c]);
    }
    return HM_OK;
}

static int answer_traits(hmi_call *call, const hmi_incident *i, listing *l)
{
    priced p = { 0 };
    HMI_TRY(list_traits(call, i, l));
    HMI_TRY(price(call, l->list, l->count, &p));
    hmi_json_writer *w = hmi_answer_json(call, 200);
    hmi_json_open_object(w);
    hmi_json_put_key(w, HM_TEXT("traits"));
    hmi_json_open_array(w);
    for (size_t t = 0; t < l->count; t++) {
        HMI_TRY(put_trait(call, &l->list[t], &p, p.baseline[t]));
    }
    hmi_json_close_array(w);
    if (l->more) {
        char next[48];
        snprintf(next, sizeof(next), "%d.%lld", l->at.class_id, (long long)l->at.trait);
        hmi_json_member_text(w, "next", hmi_text_of(next));
    }
    hmi_json_member_uint(w, "total", l->total);
    hmi_json_close_object(w);
    return HM_OK;
}

void hmi_do_trait_list(hmi_call *call)
{
    static const char *const NAMES[] = { "group", "class", "q", "after", "limit", NULL };
    hmi_incident i;
    listing *l = hmi_new(call->arena, listing);
    if (l == NULL) {
        (void)hmi_failed_call(call, hmi_arena_fail(call->arena, &call->err), "");
        return;
    }
    l->group = hmi_in_query(call, "group");
    l->class_name = hmi_in_query(call, "class");
    l->holding = hmi_text_slice(hmi_in_query(call, "q"), 0, HMI_ROSTER_NEEDLE_MAX);
    if (!hmi_in_queries(call, NAMES) || !hmi_in_limit(call, 50, HMI_API_LIMIT_MAX, &l->limit) ||
        !in_place(call, &l->at) || !hmi_in_incident(call, 0, &i)) {
        return;
    }
    (void)hmi_failed_call(call, answer_traits(call, &i, l), "");
}

static int put_seen(hmi_call *call, const hmi_incident *i, int64_t trait)
{
    hmi_seen *seen = NULL;
    size_t count = 0;
    HMI_TRY(hmi_trait_seen(call->store, call->arena, i->id, trait, &seen, &count, &call->err));
    hmi_json_writer *w = &call->w;
    hmi_json_put_key(w, HM_TEXT("seen"));
    hmi_json_open_array(w);
    for (size_t s = 0; s < count && s < HOLDERS_MAX; s++) {
        hm_bytes name = { NULL, 0 };
        HMI_TRY(hmi_evidence_named(call->store, call->arena, i->id, seen[s].evidence, &name,
                                   &call->err));
        hmi_json_open_object(w);
        hmi_put_int(w, "evidence", seen[s].evidence);
        hmi_put_lossy(w, "name", name);
        hmi_json_member_text(w, "role", hmi_text_of(hmi_role_name(seen[s].role)));
        if (seen[s].offset != HM_OFFSET_NONE) {
            hmi_json_member_uint(w, "offset", seen[s].offset);
        }
        hmi_json_member_uint(w, "count", seen[s].count);
        hmi_put_time(w, "first", seen[s].first_us);
        hmi_put_time(w, "last", seen[s].last_us);
        hmi_json_close_object(w);
    }
    hmi_json_close_array(w);
    return HM_OK;
}

static int answer_trait(hmi_call *call, const hmi_incident *i, int64_t trait)
{
    hmi_incident_trait t;
    priced p = { 0 };
    int64_t ids[HOLDERS_MAX];
    size_t holders = 0;
    HMI_TRY(hmi_incident_trait_get(call->store, call->arena, i->id, trait, &t, &call->err));
    HMI_TRY(price(call, &t, 1, &p));
    HMI_TRY(hmi_trait_incidents(call->store, trait, ids, HOLDERS_MAX, &holders, &call->err));
    hmi_json_writer *w = hmi_answer_json(call, 200);
    hmi_json_open_object(w);
    hmi_json_put_key(w, HM_TEXT("trait"));
    HMI_TRY(put_trait(call, &t, &p, p.baseline[0]));
    HMI_TRY(put_seen(call, i, trait));
    HMI_TRY(put_holders(call, ids, holders > HOLDERS_MAX ? 0 : holders));
    hmi_json_close_object(w);
    return HM_OK;
}

void hmi_do_trait_get(hmi_call *call)
{
    hmi_incident i;
    int64_t trait = 0;
    bool good = call->parts[1].len > 0 && call->parts[1].len <= 18;
    for (size_t d = 0; good && d < call->parts[1].len; d++) {
        good = hmi_ascii_digit(call->parts[1].ptr[d]);
        trait = trait * 10 + (call->parts[1].ptr[d] - '0');
    }
    if (!hmi_in_incident(call, 0, &i)) {
        return;
    }
    if (!good) {
        hmi_refuse(call, 404, "not-found", "path.trait", "the incident has no such trait");
        return;
    }
    (void)hmi_failed_call(call, answer_trait(call, &i, trait), "path.trait");
}
