/* SPDX-License-Identifier: Apache-2.0
 *
 * entry.c - reads an entry back.
 *
 * TRUST  The casebook may have been changed by hand: nothing is believed of an entry but its bytes.
 * OWNS   Nothing.
 */
#include "given/entry.h"

#include "base/error.h"
#include "base/time.h"

static int damaged(hm_err *err, uint64_t offset)
{
    return hmi_fail(err, HM_E_CORRUPT, offset, "this is no entry of the memory of what was given");
}

static bool digest(hmi_value value, hmi_arena *arena, hmi_sha256 *ret)
{
    return hmi_unhex(hmi_json_text(value, arena), ret->bytes, sizeof(ret->bytes));
}

static uint64_t number(hmi_value value)
{
    int64_t n = 0;
    return hmi_json_int(value, &n) && n > 0 ? (uint64_t)n : 0;
}

static bool moment(hmi_value value, hmi_arena *arena, int64_t *ret)
{
    hmi_instant at;
    bool good = hmi_time_parse_rfc3339(hmi_json_text(value, arena), &at);
    *ret = good ? at.us : 0;
    return good;
}

static bool one_object(hmi_value value, hmi_arena *arena, hmi_entry_object *ret)
{
    if (hmi_json_kind_of(value) == HMI_JSON_STRING) {
        ret->id = hmi_json_text(value, arena);
        return ret->id.ptr != NULL;
    }
    hmi_value id = hmi_json_first(value), modified = hmi_json_next(id);
    hmi_value hash = hmi_json_next(modified), answer = hmi_json_next(hash);
    ret->id = hmi_json_text(id, arena);
    ret->modified = hmi_json_text(modified, arena);
    ret->answer = hmi_json_text(answer, arena);
    ret->rule = hmi_json_text(hmi_json_next(answer), arena);
    return hmi_json_count(value) == 5 && digest(hash, arena, &ret->sha256) && ret->id.ptr != NULL &&
           ret->modified.ptr != NULL && ret->answer.ptr != NULL && ret->rule.ptr != NULL;
}

static int read_lists(hmi_value root, hmi_arena *arena, hmi_entry *entry, hm_err *err)
{
    hmi_value objects = hmi_json_get(root, "objects"), debtors = hmi_json_get(root, "debtors");
    entry->objects = hmi_new_array(arena, hmi_entry_object, hmi_json_count(objects));
    entry->debtors = hmi_new_array(arena, hmi_entry_debtor, hmi_json_count(debtors));
    if (entry->objects == NULL || entry->debtors == NULL) {
        return hmi_arena_fail(arena, err);
    }
    for (hmi_value v = hmi_json_first(objects); hmi_json_is(v); v = hmi_json_next(v)) {
        if (!one_object(v, arena, &entry->objects[entry->object_count++])) {
            return damaged(err, hmi_json_offset(v));
        }
    }
    for (hmi_value v = hmi_json_first(debtors); hmi_json_is(v); v = hmi_json_next(v)) {
        hmi_entry_debtor *one = &entry->debtors[entry->debtor_count++];
        hmi_value partner = hmi_json_first(v);
        one->partner = hmi_json_text(partner, arena);
        if (one->partner.ptr == NULL || !moment(hmi_json_next(partner), arena, &one->due_us)) {
            return damaged(err, hmi_json_offset(v));
        }
    }
    return HM_OK;
}

int hmi_entry_read(hmi_json *json, hm_bytes text, hmi_arena *arena, hmi_entry *ret, hm_err *err)
{
    hmi_value root;
    hmi_entry entry = { 0 };
    if (hmi_json_parse(json, text, 0, &root, err) != HM_OK) {
        return damaged(err, err != NULL ? err->offset : 0);
    }
    static const struct {
        const char *key;
        size_t at;
    } TEXTS[] = {
        { "kind", offsetof(hmi_entry, kind) },
        { "partner", offsetof(hmi_entry, partner) },
        { "incident", offsetof(hmi_entry, incident) },
        { "name", offsetof(hmi_entry, name) },
        { "channel", offsetof(hmi_entry, channel) },
        { "purpose", offsetof(hmi_entry, purpose) },
        { "reason", offsetof(hmi_entry, reason) },
        { "public_key", offsetof(hmi_entry, public_key) },
    };
    for (size_t i = 0; i < HMI_COUNT(TEXTS); i++) {
        *(hm_text *)(void *)((char *)&entry + TEXTS[i].at) =
            hmi_json_text(hmi_json_get(root, TEXTS[i].key), arena);
    }
    entry.seq = number(hmi_json_get(root, "seq"));
    entry.of = number(hmi_json_get(root, "of"));
    bool good = hmi_text_is(hmi_json_text(hmi_json_get(root, "hallmark"), arena), "given 1") &&
                digest(hmi_json_get(root, "prev"), arena, &entry.prev) &&
                moment(hmi_json_get(root, "at"), arena, &entry.at_us) && entry.kind.ptr != NULL &&
                entry.partner.ptr != NULL && entry.incident.ptr != NULL;
    if (!good) {
        return arena->limited ? hmi_arena_fail(arena, err) : damaged(err, 0);
    }
    HMI_TRY(read_lists(root, arena, &entry, err));
    *ret = entry;
    return HM_OK;
}
