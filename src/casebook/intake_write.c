/* SPDX-License-Identifier: Apache-2.0
 *
 * intake_write.c - one gathered piece into the database, inside one transaction.
 *
 * WHY    All of a piece or nothing of it. Content is made durable first, so that the database never
 *        names what is not there; the other way round costs an orphan file, which verify removes.
 * TRUST  See intake.c. Text comes clean; a trait's id is derived from a key nobody can choose.
 * OWNS   Nothing: the intake and the transaction are its caller's.
 */
#include <stdlib.h>

#include "base/text.h"
#include "base/time.h"
#include "casebook/content.h"
#include "casebook/intake.h"

/* ---- Objects, notes, facts */

static int object_number(hmi_store *store, const hmi_object *object, const hmi_sha256 *sha256,
                         int64_t *ret_number, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_OBJECT_ADD, &stmt, err));
    hmi_bind_text(stmt, 1, object->id);
    hmi_bind_text(stmt, 2, object->modified);
    hmi_bind_bytes(stmt, 3, hmi_bytes(sha256->bytes, sizeof(sha256->bytes)));
    hmi_bind_text(stmt, 4, object->type);
    hmi_bind_bytes(stmt, 5, object->raw);
    HMI_TRY(hmi_run(store, stmt, err));
    HMI_TRY(hmi_query(store, HMI_Q_OBJECT_NUMBER, &stmt, err));
    hmi_bind_text(stmt, 1, object->id);
    hmi_bind_text(stmt, 2, object->modified);
    hmi_bind_bytes(stmt, 3, hmi_bytes(sha256->bytes, sizeof(sha256->bytes)));
    return hmi_run_number(store, stmt, ret_number, err);
}

/* Two that claim one id and one moment with other bytes are both kept, and the reader is told. */
static int note_conflict(hmi_intake *intake, const hmi_object *object, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    int64_t claims = 0;
    HMI_TRY(hmi_query(intake->store, HMI_Q_OBJECT_CLAIMS, &stmt, err));
    hmi_bind_text(stmt, 1, object->id);
    hmi_bind_text(stmt, 2, object->modified);
    HMI_TRY(hmi_run_number(intake->store, stmt, &claims, err));
    if (claims < 2) {
        return HM_OK;
    }
    hm_text id = hmi_text_safe(&intake->arena, hmi_text_bytes(object->id), 100);
    hm_text text = hmi_arena_printf(
        &intake->arena, "%.*s with the same moment came with other content before: both are kept",
        HMI_FMT(id));
    if (id.ptr == NULL || text.ptr == NULL) {
        return hmi_arena_fail(&intake->arena, err);
    }
    return hmi_intake_add_note(intake, HMI_NOTE_ODD, HM_E_CONFLICT, object->offset, text, err);
}

static int write_object(hmi_intake *intake, int64_t evidence, const hmi_object *object, hm_err *err)
{
    hmi_store *store = intake->store;
    hmi_sha256 sha256 = hmi_sha256_of(object->raw);
    int64_t number = 0;
    hmi_stmt *stmt = NULL;
    HMI_TRY(object_number(store, object, &sha256, &number, err));
    HMI_TRY(hmi_query(store, HMI_Q_OBJECT_IN_ADD, &stmt, err));
    hmi_bind(stmt, 1, evidence);
    hmi_bind(stmt, 2, number);
    hmi_bind_unless(stmt, 3, (int64_t)object->offset, (int64_t)HM_OFFSET_NONE);
    HMI_TRY(hmi_run(store, stmt, err));
    return note_conflict(intake, object, err);
}

static int write_note(hmi_store *store, int64_t evidence, size_t number,
                      const hmi_gathered_note *note, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_NOTE_ADD, &stmt, err));
    hmi_bind(stmt, 1, evidence);
    hmi_bind(stmt, 2, (int64_t)number);
    hmi_bind(stmt, 3, note->severity);
    hmi_bind(stmt, 4, note->code);
    hmi_bind_unless(stmt, 5, (int64_t)note->place, (int64_t)HM_OFFSET_NONE);
    hmi_bind_text(stmt, 6, note->text);
    return hmi_run(store, stmt, err);
}

static int write_notes(hmi_intake *intake, int64_t evidence, hm_err *err)
{
    for (size_t i = 0; i < intake->note_count; i++) {
        HMI_TRY(write_note(intake->store, evidence, i, &intake->notes[i], err));
    }
    if (intake->notes_dropped == 0) {
        return HM_OK;
    }
    hm_text text = hmi_arena_printf(&intake->arena, "%llu more notes were not kept",
                                    (unsigned long long)intake->notes_dropped);
    hmi_gathered_note last = { HMI_NOTE_INFO, HM_E_LIMIT, HM_OFFSET_NONE, text };
    return write_note(intake->store, evidence, intake->note_count, &last, err);
}

static int write_facts(hmi_intake *intake, int64_t evidence, hm_err *err)
{
    for (size_t i = 0; i < intake->fact_count; i++) {
        hmi_stmt *stmt = NULL;
        HMI_TRY(hmi_query(intake->store, HMI_Q_FACT_ADD, &stmt, err));
        hmi_bind(stmt, 1, evidence);
        hmi_bind(stmt, 2, (int64_t)i);
        hmi_bind_text(stmt, 3, intake->facts[i].name);
        hmi_bind_text(stmt, 4, intake->facts[i].value);
        HMI_TRY(hmi_run(intake->store, stmt, err));
    }
    return HM_OK;
}

/* ---- The piece itself */

static hm_text format_of(const hmi_intake *intake)
{
    for (size_t i = 0; i < intake->fact_count; i++) {
        if (hmi_text_is(intake->facts[i].name, "format")) {
            return intake->facts[i].value;
        }
    }
    return HM_TEXT("");
}

static int insert_piece(hmi_intake *intake, int verdict, hm_text reason, int64_t *ret_id,
                        hm_err *err)
{
    const hmi_piece *piece = &intake->piece;
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(intake->store, HMI_Q_EVIDENCE_ADD, &stmt, err));
    hmi_bind_bytes(stmt, 1, hmi_bytes(piece->sha256.bytes, sizeof(piece->sha256.bytes)));
    hmi_bind(stmt, 2, (int64_t)piece->size);
    hmi_bind_bytes(stmt, 3, piece->name);
    hmi_bind_text(stmt, 4, format_of(intake));
    hmi_bind(stmt, 5, verdict);
    hmi_bind_text(stmt, 6, reason);
    hmi_bind(stmt, 7, hmi_now_us());
    hmi_bind_unless(stmt, 8, piece->modified_us, HMI_TIME_NONE);
    hmi_bind(stmt, 9, piece->readers);
    hmi_bind(stmt, 10, (int64_t)intake->trait_count);
    hmi_bind(stmt, 11, piece->keep);
    hmi_bind(stmt, 12, !intake->members_follow);
    return hmi_run_number(intake->store, stmt, ret_id, err);
}

static int run_for(hmi_store *store, hmi_query_id id, int64_t evidence, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, id, &stmt, err));
    hmi_bind(stmt, 1, evidence);
    return hmi_run(store, stmt, err);
}

/* Adds to or takes from the postings of every incident that has this piece. */
static int count_everywhere(hmi_store *store, int64_t evidence, int sign, hm_err *err)
{
    int64_t *incidents = NULL;
    size_t count = 0, capacity = 0;
    hmi_arena arena;
    hmi_arena_init(&arena, (size_t)16 << 20);
    hmi_stmt *stmt = NULL;
    int code = hmi_query(store, HMI_Q_LINK_INCIDENTS, &stmt, err);
    if (code == HM_OK) {
        hmi_bind(stmt, 1, evidence);
        while ((code = hmi_step(store, stmt, err)) == 1) {
            int64_t *grown = hmi_arena_grow(&arena, incidents, count, &capacity, sizeof(*grown));
            if (grown == NULL) {
                hmi_reset(stmt);
                code = hmi_arena_fail(&arena, err);
                break;
            }
            incidents = grown;
            incidents[count++] = hmi_column(stmt, 0);
        }
    }
    for (size_t i = 0; code == HM_OK && i < count; i++) {
        code = hmi_postings_count(store, incidents[i], evidence, sign, err);
    }
    hmi_arena_fini(&arena);
    return code;
}

/* A newer reading replaces all that the older one said; what the index knows of it is void. */
static int forget_reading(hmi_store *store, int64_t evidence, hm_err *err)
{
    static const hmi_query_id DROPS[] = { HMI_Q_OCCURRENCE_DROP, HMI_Q_NOTE_DROP, HMI_Q_FACT_DROP,
                                          HMI_Q_OBJECT_IN_DROP };
    HMI_TRY(count_everywhere(store, evidence, -1, err));
    for (size_t i = 0; i < HMI_COUNT(DROPS); i++) {
        HMI_TRY(run_for(store, DROPS[i], evidence, err));
    }
    return hmi_index_void(store, HMI_KIND_POSTINGS, err);
}

static int update_piece(hmi_intake *intake, int verdict, hm_text reason, int64_t id, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(intake->store, HMI_Q_EVIDENCE_AGAIN, &stmt, err));
    hmi_bind(stmt, 1, id);
    hmi_bind_text(stmt, 2, format_of(intake));
    hmi_bind(stmt, 3, verdict);
    hmi_bind_text(stmt, 4, reason);
    hmi_bind(stmt, 5, intake->piece.readers);
    hmi_bind(stmt, 6, (int64_t)intake->trait_count);
    hmi_bind(stmt, 7, intake->piece.keep);
    hmi_bind(stmt, 8, !intake->members_follow);
    return hmi_run(intake->store, stmt, err);
}

static int find_piece(hmi_intake *intake, int64_t *ret_id, hm_err *err)
{
    const hmi_sha256 *sha256 = &intake->piece.sha256;
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(intake->store, HMI_Q_EVIDENCE_ID, &stmt, err));
    hmi_bind_bytes(stmt, 1, hmi_bytes(sha256->bytes, sizeof(sha256->bytes)));
    return hmi_run_number(intake->store, stmt, ret_id, err);
}

static int seal_content(hmi_intake *intake, hm_err *err)
{
    if (!intake->piece.keep) {
        return HM_OK;
    }
    if (intake->content == NULL) {
        return hmi_content_check(intake->store, &intake->piece.sha256, err);
    }
    hmi_sealed *content = intake->content;
    intake->content = NULL;
    return hmi_content_seal(intake->store, &intake->piece.sha256, content, err);
}

int hmi_intake_write(hmi_intake *intake, int verdict, hm_text reason, int64_t *ret_evidence,
                     hm_err *err)
{
    hmi_store *store = intake->store;
    int64_t id = 0;
    reason = hmi_text_lossy(&intake->arena, hmi_text_bytes(reason));
    HMI_TRY(seal_content(intake, err));
    int code = find_piece(intake, &id, err);
    bool known = code == HM_OK;
    if (known) {
        HMI_TRY(forget_reading(store, id, err));
        HMI_TRY(update_piece(intake, verdict, reason, id, err));
    } else {
        HMI_TRY(code != HM_E_NOT_FOUND ? code : HM_OK);
        HMI_TRY(insert_piece(intake, verdict, reason, &id, err));
    }
    int64_t newest = 0;
    HMI_TRY(hmi_intake_write_traits(intake, id, &newest, err));
    if (known) {
        HMI_TRY(count_everywhere(store, id, 1, err));
        HMI_TRY(hmi_link_put(store, intake->piece.incident, id, intake->piece.name,
                             intake->piece.parent, err));
    } else {
        HMI_TRY(hmi_link_add(store, intake->piece.incident, id, intake->piece.name,
                             intake->piece.parent, err));
        HMI_TRY(hmi_intake_write_postings(intake, newest, err));
    }
    for (size_t i = 0; i < intake->object_count; i++) {
        HMI_TRY(write_object(intake, id, &intake->objects[i], err));
    }
    HMI_TRY(write_notes(intake, id, err));
    HMI_TRY(write_facts(intake, id, err));
    *ret_evidence = id;
    return HM_OK;
}
