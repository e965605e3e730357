/* SPDX-License-Identifier: Apache-2.0
 *
 * recall.c - an obligation per partner who holds a copy: open, sent, overdue, acknowledged.
 *
 * WHY    Neither TAXII nor MISP carries a recall, so what was shared by mistake stays where it is
 *        unless somebody keeps asking. Who must be asked stands in the memory of what was given.
 * OWNS   Nothing.
 */
#include "given/recall.h"

#include <stdlib.h>

#include "base/time.h"
#include "given/inside.h"

hmi_debt hmi_debt_of(const hmi_obligation *obligation, int64_t now_us)
{
    if (obligation->acknowledged != 0) {
        return HMI_DEBT_ACKNOWLEDGED;
    }
    if (obligation->due_us < now_us) {
        return HMI_DEBT_OVERDUE;
    }
    return obligation->sent != 0 ? HMI_DEBT_SENT : HMI_DEBT_OPEN;
}

const char *hmi_debt_name(hmi_debt debt)
{
    static const char *const NAMES[] = { "open", "sent", "overdue", "acknowledged" };
    return NAMES[debt];
}

static int by_text(const void *a, const void *b)
{
    return hmi_bytes_cmp(hmi_text_bytes(*(const hm_text *)a), hmi_text_bytes(*(const hm_text *)b));
}

/* The distinct values of one column, in order. */
static int distinct(hmi_arena *arena, const hmi_given_copy *copies, size_t count, bool partners,
                    hm_text **ret, size_t *ret_count, hm_err *err)
{
    hm_text *list = hmi_new_array(arena, hm_text, count);
    size_t kept = 0;
    if (list == NULL) {
        return hmi_arena_fail(arena, err);
    }
    for (size_t i = 0; i < count; i++) {
        list[i] = partners ? copies[i].partner : copies[i].stix_id;
    }
    qsort(list, count, sizeof(*list), by_text);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || !hmi_text_eq(list[kept - 1], list[i])) {
            list[kept++] = list[i];
        }
    }
    *ret = list;
    *ret_count = kept;
    return HM_OK;
}

typedef struct calling_back {
    hm_text *ids, *partners;
    size_t id_count, partner_count;
    hm_text incident, reason;
    int64_t due_us;
} calling_back;

static void write_lists(hmi_json_writer *w, const calling_back *c)
{
    hmi_buf due;
    hmi_buf_init(&due, 0);
    hmi_buf_add_time(&due, c->due_us);
    hmi_json_member_text(w, "reason", c->reason);
    hmi_json_put_key(w, HM_TEXT("objects"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < c->id_count; i++) {
        hmi_json_put_text(w, c->ids[i]);
    }
    hmi_json_close_array(w);
    hmi_json_put_key(w, HM_TEXT("debtors"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < c->partner_count; i++) {
        hmi_json_open_array(w);
        hmi_json_put_text(w, c->partners[i]);
        hmi_json_put_text(w, hmi_buf_text(&due));
        hmi_json_close_array(w);
    }
    hmi_json_close_array(w);
    hmi_buf_fini(&due);
}

static int enter(hmi_giver *giver, const calling_back *c, hm_err *err)
{
    hmi_draft draft;
    hmi_draft_begin(giver, &draft, "recall", HM_TEXT(""), c->incident);
    write_lists(&draft.w, c);
    HMI_TRY(hmi_draft_end(giver, &draft, err));
    for (size_t i = 0; i < c->id_count; i++) {
        HMI_TRY(hmi_recalled_put(giver->store, giver->seq, c->ids[i], err));
    }
    for (size_t i = 0; i < c->partner_count; i++) {
        HMI_TRY(hmi_obligation_put(giver->store, giver->seq, c->partners[i], c->due_us, err));
    }
    return HM_OK;
}

int hmi_recall(hmi_giver *giver, hmi_arena *arena, const hmi_given_copy *copies, size_t count,
               hm_text incident, hm_text reason, int64_t due_us, uint64_t *ret_recall, hm_err *err)
{
    calling_back c = { .incident = incident, .reason = reason, .due_us = due_us };
    if (count == 0) {
        return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE,
                        "nobody was given a copy: \"hallmark audit list\" shows what was "
                        "given");
    }
    if (reason.len == 0 || reason.len > HMI_GIVEN_TEXT_MAX) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "a reason has 1 to %d bytes",
                        HMI_GIVEN_TEXT_MAX);
    }
    HMI_TRY(distinct(arena, copies, count, false, &c.ids, &c.id_count, err));
    HMI_TRY(distinct(arena, copies, count, true, &c.partners, &c.partner_count, err));
    if (c.id_count > HMI_RECALL_OBJECTS_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "a recall names at most %d objects",
                        HMI_RECALL_OBJECTS_MAX);
    }
    HMI_TRY(hmi_giver_begin(giver, err));
    HMI_TRY(hmi_giver_end(giver, enter(giver, &c, err), err));
    *ret_recall = giver->seq;
    return HM_OK;
}

int hmi_recall_mark(hmi_giver *giver, uint64_t recall, hm_text partner, bool acknowledged,
                    hm_text words, hm_err *err)
{
    hmi_draft draft;
    if (words.len > HMI_GIVEN_TEXT_MAX) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "words have at most %d bytes",
                        HMI_GIVEN_TEXT_MAX);
    }
    HMI_TRY(hmi_giver_begin(giver, err));
    hmi_draft_begin(giver, &draft, acknowledged ? "acknowledged" : "sent", partner, HM_TEXT(""));
    hmi_json_member_uint(&draft.w, "of", recall);
    hmi_json_member_text(&draft.w, "reason", words);
    int code = hmi_draft_end(giver, &draft, err);
    code = code == HM_OK
               ? hmi_obligation_mark(giver->store, recall, partner, acknowledged, giver->seq, err)
               : code;
    return hmi_giver_end(giver, code, err);
}
