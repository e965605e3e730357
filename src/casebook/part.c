/* SPDX-License-Identifier: Apache-2.0
 *
 * part.c - long answers a bounded piece at a time, for pages and for what searches through all.
 *
 * WHY    A list of 100,000 incidents or of a million traits is never wanted whole, and its next
 *        piece must not cost what the pieces before cost. So each part names the place behind it
 *        (an id that only grows), and the next one begins there: rows added meanwhile make nothing
 *        appear twice or not at all.
 * OWNS   Nothing: answers lie in the caller's arena.
 */
#include "casebook/inside.h"

int hmi_part_incidents(hmi_store *store, hmi_arena *arena, int64_t after, size_t max,
                       hmi_incident **ret, size_t *ret_count, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_PAGE_INCIDENTS, &stmt, err));
    hmi_bind(stmt, 1, after);
    hmi_bind(stmt, 2, (int64_t)max);
    hmi_incident *list = NULL;
    size_t count = 0, capacity = 0;
    int rc;
    while ((rc = hmi_step(store, stmt, err)) == 1) {
        hmi_incident *grown = hmi_arena_grow(arena, list, count, &capacity, sizeof(*list));
        hmi_incident one = { .id = hmi_column(stmt, 0),
                             .stix_id = hmi_column_text(arena, stmt, 1),
                             .name = hmi_column_text(arena, stmt, 2),
                             .created_us = hmi_column(stmt, 3) };
        if (grown == NULL || one.stix_id.ptr == NULL || one.name.ptr == NULL) {
            hmi_reset(stmt);
            return hmi_arena_fail(arena, err);
        }
        list = grown;
        list[count++] = one;
    }
    HMI_TRY(rc);
    *ret = list;
    *ret_count = count;
    return HM_OK;
}

int hmi_incident_head(hmi_store *store, hmi_arena *arena, int64_t id, hmi_incident *ret,
                      hm_err *err)
{
    hmi_incident *one = NULL;
    size_t count = 0;
    HMI_TRY(hmi_part_incidents(store, arena, id - 1, 1, &one, &count, err));
    if (count == 0 || one[0].id != id) {
        return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "there is no such incident");
    }
    *ret = one[0];
    return HM_OK;
}

int hmi_evidence_incidents(hmi_store *store, int64_t evidence, int64_t *ret_ids, size_t max,
                           size_t *ret_count, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_PAGE_EVIDENCE_INCIDENTS, &stmt, err));
    hmi_bind(stmt, 1, evidence);
    hmi_bind(stmt, 2, (int64_t)max);
    size_t count = 0;
    int rc = 0;
    while (count < max && (rc = hmi_step(store, stmt, err)) == 1) {
        ret_ids[count++] = hmi_column(stmt, 0);
    }
    hmi_reset(stmt);
    HMI_TRY(rc < 0 ? rc : HM_OK);
    *ret_count = count;
    return HM_OK;
}

int hmi_evidence_by_id(hmi_store *store, hmi_arena *arena, int64_t id, hmi_evidence *ret,
                       hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_PAGE_EVIDENCE_ID, &stmt, err));
    hmi_bind(stmt, 1, id);
    int rc = hmi_step(store, stmt, err);
    if (rc == 0) {
        return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "there is no such piece");
    }
    HMI_TRY(rc < 0 ? rc : HM_OK);
    int code = hmi_evidence_row(arena, stmt, ret, err);
    hmi_reset(stmt);
    return code;
}

int hmi_evidence_named(hmi_store *store, hmi_arena *arena, int64_t incident, int64_t evidence,
                       hm_bytes *ret_name, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_PAGE_EVIDENCE_NAME, &stmt, err));
    hmi_bind(stmt, 1, incident);
    hmi_bind(stmt, 2, evidence);
    int rc = hmi_step(store, stmt, err);
    if (rc == 0) {
        return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "the incident has no such piece");
    }
    HMI_TRY(rc < 0 ? rc : HM_OK);
    hm_bytes name = hmi_column_bytes(arena, stmt, 0);
    hmi_reset(stmt);
    if (name.ptr == NULL) {
        return hmi_arena_fail(arena, err);
    }
    *ret_name = name;
    return HM_OK;
}

int hmi_incident_named(hmi_store *store, hm_text stix_id, int64_t *ret_id, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_PAGE_INCIDENT_STIX, &stmt, err));
    hmi_bind_text(stmt, 1, stix_id);
    int code = hmi_run_number(store, stmt, ret_id, err);
    return code == HM_E_NOT_FOUND ? hmi_fail(err, code, HM_OFFSET_NONE, "there is no such incident")
                                  : code;
}

int hmi_incident_totals(hmi_store *store, int64_t incident, uint64_t *ret_evidence,
                        uint64_t *ret_traits, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_PAGE_TOTALS, &stmt, err));
    hmi_bind(stmt, 1, incident);
    int rc = hmi_step(store, stmt, err);
    HMI_TRY(rc);
    *ret_evidence = (uint64_t)hmi_column(stmt, 0);
    *ret_traits = (uint64_t)hmi_column(stmt, 1);
    hmi_reset(stmt);
    return HM_OK;
}

int hmi_incident_verdicts(hmi_store *store, int64_t incident, uint64_t *ret_counts, size_t max,
                          hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_PAGE_VERDICTS, &stmt, err));
    hmi_bind(stmt, 1, incident);
    memset(ret_counts, 0, max * sizeof(*ret_counts));
    int rc;
    while ((rc = hmi_step(store, stmt, err)) == 1) {
        int64_t verdict = hmi_column(stmt, 0);
        if (verdict >= 0 && (uint64_t)verdict < max) {
            ret_counts[verdict] = (uint64_t)hmi_column(stmt, 1);
        }
    }
    return rc;
}

static int count_links(hmi_store *store, int64_t incident, uint64_t *ret, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    int64_t count = 0;
    HMI_TRY(hmi_query(store, HMI_Q_PAGE_LINK_COUNT, &stmt, err));
    hmi_bind(stmt, 1, incident);
    HMI_TRY(hmi_run_number(store, stmt, &count, err));
    *ret = (uint64_t)count;
    return HM_OK;
}

int hmi_part_evidence(hmi_store *store, hmi_arena *arena, int64_t incident, int64_t after,
                      size_t max, hmi_evidence **ret, int64_t **ret_seqs, size_t *ret_count,
                      uint64_t *ret_total, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    uint64_t total = 0;
    HMI_TRY(count_links(store, incident, &total, err));
    hmi_evidence *list = hmi_new_array(arena, hmi_evidence, max);
    int64_t *seqs = hmi_new_array(arena, int64_t, max);
    if (list == NULL || seqs == NULL) {
        return hmi_arena_fail(arena, err);
    }
    HMI_TRY(hmi_query(store, HMI_Q_PAGE_EVIDENCE, &stmt, err));
    hmi_bind(stmt, 1, incident);
    hmi_bind(stmt, 2, after);
    hmi_bind(stmt, 3, (int64_t)max);
    size_t count = 0;
    int rc = 0;
    while (count < max && (rc = hmi_step(store, stmt, err)) == 1) {
        int code = hmi_evidence_row(arena, stmt, &list[count], err);
        if (code != HM_OK) {
            hmi_reset(stmt);
            return code;
        }
        seqs[count++] = hmi_column(stmt, 13);
    }
    HMI_TRY(rc);
    hmi_reset(stmt);
    *ret = list;
    *ret_seqs = seqs;
    *ret_count = count;
    *ret_total = total;
    return HM_OK;
}

/* ---- Traits: a row of posting is a trait in one role. */

static bool holds(hm_text value, hm_text part)
{
    for (size_t i = 0; part.len <= value.len && i <= value.len - part.len; i++) {
        if (hmi_text_ieq(hmi_text(value.ptr + i, part.len), part)) {
            return true;
        }
    }
    return false;
}

static int read_trait(hmi_arena *arena, hmi_stmt *stmt, hmi_incident_trait *ret, hm_err *err)
{
    hmi_key key;
    if (!hmi_column_exactly(stmt, 2, &key, sizeof(key))) {
        return hmi_fail(err, HM_E_CORRUPT, HM_OFFSET_NONE, "a trait has no key");
    }
    *ret = (hmi_incident_trait){ .id = hmi_column(stmt, 0),
                                 .class_id = (hmi_class)hmi_column_int(stmt, 1),
                                 .value = hmi_column_text(arena, stmt, 3) };
    ret->key = key;
    return ret->value.ptr != NULL ? HM_OK : hmi_arena_fail(arena, err);
}

static void add_role(hmi_incident_trait *trait, hmi_stmt *stmt)
{
    trait->roles |= 1U << (unsigned)hmi_column_int(stmt, 4);
    trait->count += (uint64_t)hmi_column(stmt, 5);
}

typedef struct looking {
    hmi_incident_trait *list;
    size_t count, max, looked, looks;
    int64_t last; /* whose roles are being read */
    bool taken;   /* and it is the last in the list */
} looking;

/* 1: go on, 0: enough. */
static int take_trait(looking *l, hmi_arena *arena, hmi_stmt *stmt, hm_text holding, hm_err *err)
{
    int64_t id = hmi_column(stmt, 0);
    if (id != l->last) {
        if (l->count == l->max || l->looked == l->looks) {
            return 0;
        }
        l->looked++;
        l->last = id;
        l->taken = holding.len == 0 || holds(hmi_column_lent_text(stmt, 3), holding);
        if (l->taken) {
            HMI_TRY(read_trait(arena, stmt, &l->list[l->count], err));
            l->count++;
        }
    }
    if (l->taken) {
        add_role(&l->list[l->count - 1], stmt);
    }
    return 1;
}

int hmi_part_traits(hmi_store *store, hmi_arena *arena, int64_t incident, hmi_class class_id,
                    int64_t after, size_t max, size_t looks, hm_text holding,
                    hmi_incident_trait **ret, size_t *ret_count, int64_t *ret_last, bool *ret_more,
                    hm_err *err)
{
    hmi_stmt *stmt = NULL;
    looking l = { .list = hmi_new_array(arena, hmi_incident_trait, max),
                  .max = max,
                  .looks = looks,
                  .last = after };
    if (l.list == NULL) {
        return hmi_arena_fail(arena, err);
    }
    HMI_TRY(hmi_query(store, HMI_Q_PAGE_TRAITS, &stmt, err));
    hmi_bind(stmt, 1, incident);
    hmi_bind(stmt, 2, class_id);
    hmi_bind(stmt, 3, after);
    int rc, step = 1;
    while ((rc = hmi_step(store, stmt, err)) == 1) {
        step = take_trait(&l, arena, stmt, holding, err);
        if (step != 1) {
            hmi_reset(stmt);
            HMI_TRY(step);
            break;
        }
    }
    HMI_TRY(rc < 0 ? rc : HM_OK);
    *ret = l.list;
    *ret_count = l.count;
    *ret_last = l.last;
    *ret_more = rc == 1;
    return HM_OK;
}

int hmi_incident_trait_get(hmi_store *store, hmi_arena *arena, int64_t incident, int64_t trait,
                           hmi_incident_trait *ret, hm_err *err)
{
    hmi_incident_trait known, one = { 0 };
    HMI_TRY(hmi_trait_get(store, arena, trait, &known, err));
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_PAGE_TRAIT_HELD, &stmt, err));
    hmi_bind(stmt, 1, incident);
    hmi_bind(stmt, 2, known.class_id);
    hmi_bind(stmt, 3, trait);
    int rc;
    while ((rc = hmi_step(store, stmt, err)) == 1) {
        int code = one.id == 0 ? read_trait(arena, stmt, &one, err) : HM_OK;
        if (code != HM_OK) {
            hmi_reset(stmt);
            return code;
        }
        add_role(&one, stmt);
    }
    HMI_TRY(rc);
    if (one.id == 0) {
        return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "the incident has no such trait");
    }
    *ret = one;
    return HM_OK;
}

int hmi_part_texts(hmi_store *store, hmi_arena *arena, hmi_part_of of, int64_t after, size_t max,
                   hmi_part_text **ret, size_t *ret_count, hm_err *err)
{
    static const hmi_query_id QUESTIONS[] = { HMI_Q_PAGE_TRAIT_VALUES, HMI_Q_PAGE_LINKS,
                                              HMI_Q_PAGE_REMARKS };
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, QUESTIONS[of], &stmt, err));
    hmi_bind(stmt, 1, after);
    hmi_bind(stmt, 2, (int64_t)max);
    bool traits = of == HMI_PART_TRAITS;
    hmi_part_text *list = NULL;
    size_t count = 0, capacity = 0;
    int rc;
    while ((rc = hmi_step(store, stmt, err)) == 1) {
        hmi_part_text *grown = hmi_arena_grow(arena, list, count, &capacity, sizeof(*list));
        hmi_part_text one = { .place = hmi_column(stmt, 0),
                              .class_id =
                                  traits ? (hmi_class)hmi_column_int(stmt, 1) : HMI_CLASS_NONE,
                              .incident = traits ? 0 : hmi_column(stmt, 1),
                              .evidence = traits ? 0 : hmi_column(stmt, 2),
                              .text = hmi_column_bytes(arena, stmt, traits ? 2 : 3) };
        if (grown == NULL || one.text.ptr == NULL) {
            hmi_reset(stmt);
            return hmi_arena_fail(arena, err);
        }
        list = grown;
        list[count++] = one;
    }
    HMI_TRY(rc);
    *ret = list;
    *ret_count = count;
    return HM_OK;
}
