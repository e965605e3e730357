/* SPDX-License-Identifier: Apache-2.0
 *
 * claim.c - the claims ledger, and the stored objects that claims are read out of.
 *
 * WHY    Who said what about whose it is, when, how sure, on what ground: statements outlive the
 *        memory of why they were believed. So a row is never changed; taking one back is a row too.
 * TRUST  Texts come from people and from documents: any clean text. Lengths, numbers and the form
 *        of dates and grades are checked here; what they mean is not.
 * OWNS   Nothing: answers lie in the caller's arena.
 */
#include "base/time.h"
#include "casebook/inside.h"
#include "trait/stix_id.h"

static bool is_day(hm_text text)
{
    static const char FORM[] = "dddd-dd-dd";
    for (size_t i = 0; i < sizeof(FORM) - 1; i++) {
        if (i >= text.len ||
            (FORM[i] == 'd' ? !hmi_ascii_digit(text.ptr[i]) : text.ptr[i] != '-')) {
            return false;
        }
    }
    char full[32];
    snprintf(full, sizeof(full), "%.10sT00:00:00Z", text.ptr);
    hmi_instant when;
    return text.len == 10 && hmi_time_parse_rfc3339(hmi_text_of(full), &when);
}

static bool is_moment(hm_text text)
{
    hmi_instant when;
    return is_day(text) || hmi_time_parse_rfc3339(text, &when);
}

static bool is_grade(hm_text text)
{
    return text.len == 0 || (text.len == 2 && text.ptr[0] >= 'A' && text.ptr[0] <= 'F' &&
                             text.ptr[1] >= '1' && text.ptr[1] <= '6');
}

static int check(const hmi_claim *claim, hm_err *err)
{
    const hm_text texts[] = { claim->about,     claim->relation, claim->target,
                              claim->publisher, claim->ground,   claim->source };
    for (size_t i = 0; i < HMI_COUNT(texts); i++) {
        if (texts[i].len > HMI_CLAIM_TEXT_MAX) {
            return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE,
                            "a text of a claim has at most %d bytes", HMI_CLAIM_TEXT_MAX);
        }
    }
    const char *wrong =
        claim->publisher.len == 0 ? "a claim names who makes it"
        : claim->target.len == 0  ? "a claim names whom or what it points to"
        : (claim->incident == 0) == (claim->about.len == 0)
            ? "a claim is about one incident or one actor"
        : !hmi_text_is(claim->relation, "attributed-to") &&
                !hmi_text_is(claim->relation, "related-to")
            ? "a claim says attributed-to or related-to"
        : !is_moment(claim->said) ? "--on, the day of a claim, is written like 2014-12-19"
        : claim->opinion < 1 || claim->opinion > 5          ? "an opinion is 1 to 5"
        : claim->confidence < -1 || claim->confidence > 100 ? "a confidence is 0 to 100"
        : !is_grade(claim->grade) ? "an Admiralty grade is a letter A to F and a digit 1 to 6"
                                  : NULL;
    return wrong == NULL ? HM_OK : hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "%s", wrong);
}

static int add(hmi_store *store, const hmi_claim *claim, hm_text id, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_CLAIM_ADD, &stmt, err));
    const hm_text texts[] = { claim->about, claim->relation, claim->target, claim->publisher,
                              claim->said };
    hmi_bind_text(stmt, 1, id);
    hmi_bind_unless(stmt, 2, claim->incident, 0);
    for (int i = 0; i < (int)HMI_COUNT(texts); i++) {
        hmi_bind_text(stmt, 3 + i, texts[i]);
    }
    hmi_bind(stmt, 8, claim->opinion);
    hmi_bind_unless(stmt, 9, claim->confidence, -1);
    hmi_bind_text(stmt, 10, claim->grade);
    hmi_bind_text(stmt, 11, claim->ground);
    hmi_bind_text(stmt, 12, claim->source);
    if (claim->has_document) {
        hmi_bind_bytes(stmt, 13, hmi_bytes(claim->document.bytes, sizeof(claim->document.bytes)));
    } else {
        hmi_bind_null(stmt, 13);
    }
    hmi_bind(stmt, 14, hmi_now_us());
    return hmi_run(store, stmt, err);
}

int hmi_claim_add(hmi_store *store, hmi_arena *arena, const hmi_claim *claim, hm_text *ret_id,
                  hm_err *err)
{
    char uuid[HMI_UUID_TEXT + 1];
    HMI_TRY(check(claim, err));
    HMI_TRY(hmi_uuid4(uuid, err));
    hm_text id = hmi_arena_printf(arena, "note--%s", uuid);
    if (id.ptr == NULL) {
        return hmi_arena_fail(arena, err);
    }
    HMI_TRY(hmi_begin(store, err));
    int code = add(store, claim, id, err);
    if (code != HM_OK) {
        hmi_rollback(store);
        return code;
    }
    HMI_TRY(hmi_commit(store, err));
    *ret_id = id;
    return HM_OK;
}

static int read_claim(hmi_arena *arena, hmi_stmt *stmt, hmi_claim *ret, hm_err *err)
{
    *ret = (hmi_claim){ .stix_id = hmi_column_text(arena, stmt, 0),
                        .incident = hmi_column_or(stmt, 1, 0),
                        .about = hmi_column_text(arena, stmt, 2),
                        .relation = hmi_column_text(arena, stmt, 3),
                        .target = hmi_column_text(arena, stmt, 4),
                        .publisher = hmi_column_text(arena, stmt, 5),
                        .said = hmi_column_text(arena, stmt, 6),
                        .opinion = hmi_column_int(stmt, 7),
                        .confidence = (int)hmi_column_or(stmt, 8, -1),
                        .grade = hmi_column_text(arena, stmt, 9),
                        .ground = hmi_column_text(arena, stmt, 10),
                        .source = hmi_column_text(arena, stmt, 11),
                        .entered_us = hmi_column(stmt, 13) };
    if (hmi_column_exactly(stmt, 12, &ret->document, sizeof(ret->document))) {
        ret->has_document = true;
    }
    bool whole = ret->stix_id.ptr != NULL && ret->about.ptr != NULL && ret->relation.ptr != NULL &&
                 ret->target.ptr != NULL && ret->publisher.ptr != NULL && ret->said.ptr != NULL &&
                 ret->grade.ptr != NULL && ret->ground.ptr != NULL && ret->source.ptr != NULL;
    return whole ? HM_OK : hmi_arena_fail(arena, err);
}

int hmi_claim_list(hmi_store *store, hmi_arena *arena, int64_t incident, hmi_claim **ret,
                   size_t *ret_count, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, incident != 0 ? HMI_Q_CLAIM_OF : HMI_Q_CLAIM_LIST, &stmt, err));
    if (incident != 0) {
        hmi_bind(stmt, 1, incident);
    }
    hmi_claim *list = NULL;
    size_t count = 0, capacity = 0;
    int rc;
    while ((rc = hmi_step(store, stmt, err)) == 1) {
        hmi_claim *grown = hmi_arena_grow(arena, list, count, &capacity, sizeof(*list));
        int code = grown == NULL ? hmi_arena_fail(arena, err)
                                 : read_claim(arena, stmt, &grown[count], err);
        if (code != HM_OK) {
            hmi_reset(stmt);
            return code;
        }
        list = grown;
        count++;
    }
    HMI_TRY(rc);
    *ret = list;
    *ret_count = count;
    return HM_OK;
}

bool hmi_claim_is_held(hmi_store *store, hm_text stix_id)
{
    hmi_stmt *stmt = NULL;
    int64_t one = 0;
    if (hmi_query(store, HMI_Q_CLAIM_HELD, &stmt, NULL) != HM_OK) {
        return false;
    }
    hmi_bind_text(stmt, 1, stix_id);
    return hmi_run_number(store, stmt, &one, NULL) == HM_OK;
}

int hmi_claim_withdrawn(hmi_store *store, hmi_arena *arena, hm_text claim, int64_t *ret_at_us,
                        hm_text *ret_why, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_CLAIM_WITHDRAWN, &stmt, err));
    hmi_bind_text(stmt, 1, claim);
    int rc = hmi_step(store, stmt, err);
    HMI_TRY(rc < 0 ? rc : HM_OK);
    if (rc == 0) {
        return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "the claim was not withdrawn");
    }
    hm_text why = hmi_column_text(arena, stmt, 1);
    int64_t at_us = hmi_column(stmt, 0);
    hmi_reset(stmt);
    if (why.ptr == NULL) {
        return hmi_arena_fail(arena, err);
    }
    *ret_at_us = at_us;
    *ret_why = why;
    return HM_OK;
}

static int withdraw(hmi_store *store, hm_text claim, hm_text why, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_CLAIM_WITHDRAWN, &stmt, err));
    hmi_bind_text(stmt, 1, claim);
    int rc = hmi_step(store, stmt, err);
    hmi_reset(stmt);
    HMI_TRY(rc < 0 ? rc : HM_OK);
    if (rc == 1) {
        return hmi_fail(err, HM_E_EXISTS, HM_OFFSET_NONE, "the claim was withdrawn already");
    }
    HMI_TRY(hmi_query(store, HMI_Q_CLAIM_WITHDRAW, &stmt, err));
    hmi_bind_text(stmt, 1, claim);
    hmi_bind(stmt, 2, hmi_now_us());
    hmi_bind_text(stmt, 3, why);
    return hmi_run(store, stmt, err);
}

int hmi_claim_withdraw(hmi_store *store, hm_text claim, hm_text why, hm_err *err)
{
    if (claim.len == 0 || claim.len > HMI_CLAIM_TEXT_MAX || why.len > HMI_CLAIM_TEXT_MAX) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "a text of a claim has at most %d bytes",
                        HMI_CLAIM_TEXT_MAX);
    }
    HMI_TRY(hmi_begin(store, err));
    int code = withdraw(store, claim, why, err);
    if (code != HM_OK) {
        hmi_rollback(store);
        return code;
    }
    return hmi_commit(store, err);
}

/* ---- Objects that make claims */

static int read_object(hmi_arena *arena, hmi_stmt *stmt, hmi_stored_object *ret, hm_err *err)
{
    *ret = (hmi_stored_object){ .id = hmi_column_text(arena, stmt, 0),
                                .type = hmi_column_text(arena, stmt, 1),
                                .modified = hmi_column_text(arena, stmt, 2),
                                .raw = hmi_column_bytes(arena, stmt, 3),
                                .evidence = hmi_column(stmt, 4) };
    bool whole = ret->id.ptr != NULL && ret->type.ptr != NULL && ret->modified.ptr != NULL &&
                 ret->raw.ptr != NULL;
    return whole ? HM_OK : hmi_arena_fail(arena, err);
}

static bool names(hmi_stmt *stmt, hm_text naming)
{
    return naming.len == 0 ||
           hmi_find(hmi_column_lent(stmt, 3), hmi_text_bytes(naming)) != HMI_NPOS;
}

/* The rows of a bound statement. What does not name what is asked for is never copied. */
static int list_objects(hmi_store *store, hmi_arena *arena, hmi_stmt *stmt, hm_text naming,
                        hmi_stored_object **ret, size_t *ret_count, hm_err *err)
{
    hmi_stored_object *list = NULL;
    size_t count = 0, capacity = 0;
    int rc;
    while ((rc = hmi_step(store, stmt, err)) == 1) {
        if (!names(stmt, naming)) {
            continue;
        }
        hmi_stored_object *grown = hmi_arena_grow(arena, list, count, &capacity, sizeof(*list));
        int code = grown == NULL ? hmi_arena_fail(arena, err)
                                 : read_object(arena, stmt, &grown[count], err);
        if (code != HM_OK) {
            hmi_reset(stmt);
            return code;
        }
        list = grown;
        count++;
    }
    HMI_TRY(rc);
    *ret = list;
    *ret_count = count;
    return HM_OK;
}

int hmi_objects_of_type(hmi_store *store, hmi_arena *arena, hm_text type, hm_text naming,
                        hmi_stored_object **ret, size_t *ret_count, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_OBJECT_OF_TYPE, &stmt, err));
    hmi_bind_text(stmt, 1, type);
    return list_objects(store, arena, stmt, naming, ret, ret_count, err);
}

int hmi_incident_objects_of_type(hmi_store *store, hmi_arena *arena, int64_t incident, hm_text type,
                                 hmi_stored_object **ret, size_t *ret_count, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_OBJECT_OF_TYPE_IN, &stmt, err));
    hmi_bind_text(stmt, 1, type);
    hmi_bind(stmt, 2, incident);
    return list_objects(store, arena, stmt, HM_TEXT(""), ret, ret_count, err);
}

int hmi_object_newest(hmi_store *store, hmi_arena *arena, hm_text stix_id, hmi_stored_object *ret,
                      hm_err *err)
{
    hmi_stmt *stmt = NULL;
    hmi_stored_object one;
    HMI_TRY(hmi_query(store, HMI_Q_OBJECT_NEWEST, &stmt, err));
    hmi_bind_text(stmt, 1, stix_id);
    int rc = hmi_step(store, stmt, err);
    HMI_TRY(rc < 0 ? rc : HM_OK);
    if (rc == 0) {
        return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "there is no object of that id");
    }
    int code = read_object(arena, stmt, &one, err);
    hmi_reset(stmt);
    HMI_TRY(code);
    *ret = one;
    return HM_OK;
}
