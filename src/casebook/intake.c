/* SPDX-License-Identifier: Apache-2.0
 *
 * intake.c - gathering what is said of one piece of evidence, until it is committed.
 *
 * WHY    Workers answer side by side, SQLite has one writer; and rows sorted by id are stored ten
 *        times as fast as rows in order of arrival. So everything waits in one arena a piece.
 * TRUST  The sink is fed from a worker that may have been taken over; the jail checks forms, this
 *        file checks what the database needs: sizes, clean text, numbers in range, and a ceiling on
 *        it all. Traits that are new when it is reached are refused and counted, while known ones
 *        go on to be counted: a long log is read to its end. Objects end the piece (HM_E_LIMIT),
 *        which keeps what it has.
 * OWNS   The arena, the table of traits, the unfinished content file.
 */
#include "casebook/intake.h"

#include <stdlib.h>

#include "base/text.h"
#include "casebook/content.h"

enum { FIRST_SLOTS = 1024 };

/* ---- Traits */

static uint64_t trait_hash(hmi_class class_id, hm_text value)
{
    return hmi_xxh3(hmi_text_bytes(value), hmi_hash_seed() + (uint64_t)class_id);
}

static int grow_table(hmi_intake *intake, hm_err *err)
{
    size_t slots = intake->slots == 0 ? FIRST_SLOTS : intake->slots * 4;
    hmi_gathered **table = calloc(slots, sizeof(hmi_gathered *));
    if (table == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to gather traits");
    }
    for (size_t i = 0; i < intake->trait_count; i++) {
        hmi_gathered *one = intake->traits[i];
        size_t slot = trait_hash(one->class_id, one->value) & (slots - 1);
        one->same_slot = table[slot];
        table[slot] = one;
    }
    free(intake->table);
    intake->table = table;
    intake->slots = slots;
    return HM_OK;
}

static void add_up(hmi_gathered *one, const hmi_trait *trait)
{
    uint64_t sum = one->count + trait->count;
    one->count = sum < one->count || sum > HMI_COUNT_MAX ? HMI_COUNT_MAX : sum;
    if (trait->offset < one->place) {
        one->place = trait->offset;
    }
    if (trait->first_us != HMI_TIME_NONE &&
        (one->first_us == HMI_TIME_NONE || trait->first_us < one->first_us)) {
        one->first_us = trait->first_us;
    }
    if (trait->last_us != HMI_TIME_NONE &&
        (one->last_us == HMI_TIME_NONE || trait->last_us > one->last_us)) {
        one->last_us = trait->last_us;
    }
}

/* Behaviour is told last and was worked out from all records: it must not find the place taken by
 * the values of the first ones. */
static bool has_room(hmi_intake *intake, const hmi_trait *trait)
{
    size_t need = sizeof(hmi_gathered) + trait->value.len + trait->detail.len;
    if (intake->trait_count == intake->trait_capacity) {
        need += 2 * intake->trait_capacity * sizeof(hmi_gathered *);
    }
    size_t free_for_it = trait->role == HMI_ROLE_DERIVED ? 0 : HMI_INTAKE_KEPT_FREE;
    return hmi_arena_left(&intake->arena) >= need + free_for_it;
}

/* The arena had none in one part; a system without memory ends the piece. */
static int refuse_trait(hmi_intake *intake, hm_err *err)
{
    if (!intake->arena.limited) {
        return hmi_arena_fail(&intake->arena, err);
    }
    intake->traits_refused++;
    return HM_OK;
}

static hmi_gathered *gathered_new(hmi_intake *intake, const hmi_trait *trait)
{
    hmi_gathered *one = hmi_new(&intake->arena, hmi_gathered);
    if (one == NULL) {
        return NULL;
    }
    *one = (hmi_gathered){
        .class_id = trait->class_id,
        .role = trait->role,
        .place = trait->offset,
        .count = trait->count > HMI_COUNT_MAX ? HMI_COUNT_MAX : trait->count,
        .first_us = trait->first_us,
        .last_us = trait->last_us,
    };
    return one;
}

/* A trait that is new to this piece. */
static int add_trait(hmi_intake *intake, size_t slot, const hmi_trait *trait, hm_err *err)
{
    hmi_gathered *one = gathered_new(intake, trait);
    hmi_gathered **grown = hmi_arena_grow(&intake->arena, intake->traits, intake->trait_count,
                                          &intake->trait_capacity, sizeof(hmi_gathered *));
    if (one == NULL || grown == NULL) {
        return refuse_trait(intake, err);
    }
    intake->traits = grown;
    one->value = hmi_arena_text(&intake->arena, trait->value);
    one->detail = hmi_arena_bytes(&intake->arena, trait->detail);
    if (one->value.ptr == NULL || one->detail.ptr == NULL) {
        return refuse_trait(intake, err);
    }
    one->same_slot = intake->table[slot];
    intake->table[slot] = one;
    intake->traits[intake->trait_count++] = one;
    return HM_OK;
}

/* A known trait: in a role it had already, or in a new one. */
static int add_role(hmi_intake *intake, hmi_gathered *one, const hmi_trait *trait, hm_err *err)
{
    for (hmi_gathered *role = one;; role = role->next_role) {
        if (role->role == trait->role) {
            add_up(role, trait);
            return HM_OK;
        }
        if (role->next_role == NULL && !has_room(intake, trait)) {
            intake->traits_refused++;
            return HM_OK;
        }
        if (role->next_role == NULL) {
            role->next_role = gathered_new(intake, trait);
            return role->next_role != NULL ? HM_OK : refuse_trait(intake, err);
        }
    }
}

static bool is_storable(const hmi_trait *trait)
{
    return hmi_class_find((int)trait->class_id) != NULL && (int)trait->role >= 0 &&
           (int)trait->role <= HMI_ROLE_MAX && trait->value.len > 0 &&
           trait->value.len <= HMI_TRAIT_VALUE_MAX && trait->detail.len <= HMI_TRAIT_DETAIL_MAX &&
           trait->count > 0 && hmi_utf8_clean(hmi_text_bytes(trait->value)) &&
           memchr(trait->value.ptr, 0, trait->value.len) == NULL;
}

static int on_trait(hmi_sink *sink, const hmi_trait *trait, hm_err *err)
{
    hmi_intake *intake = (hmi_intake *)sink;
    if (!is_storable(trait)) {
        return hmi_fail(err, HM_E_MALFORMED, trait->offset,
                        "a trait of class %d that cannot be stored", (int)trait->class_id);
    }
    if (intake->trait_count >= intake->slots) {
        HMI_TRY(grow_table(intake, err));
    }
    size_t slot = trait_hash(trait->class_id, trait->value) & (intake->slots - 1);
    for (hmi_gathered *one = intake->table[slot]; one != NULL; one = one->same_slot) {
        if (one->class_id == trait->class_id && hmi_text_eq(one->value, trait->value)) {
            return add_role(intake, one, trait, err);
        }
    }
    if (!has_room(intake, trait)) {
        intake->traits_refused++;
        return HM_OK;
    }
    return add_trait(intake, slot, trait, err);
}

/* ---- The rest */

static int on_member(hmi_sink *sink, const hmi_member *member, hm_err *err)
{
    (void)sink;
    return hmi_fail(err, HM_E_MISUSE, member->offset, "members are pieces of their own");
}

int hmi_intake_add_note(hmi_intake *intake, hmi_severity severity, int code, uint64_t place,
                        hm_text text, hm_err *err)
{
    if (intake->note_count >= HMI_INTAKE_NOTES_MAX) {
        intake->notes_dropped++;
        return HM_OK;
    }
    hmi_gathered_note *grown = hmi_arena_grow(&intake->arena, intake->notes, intake->note_count,
                                              &intake->note_capacity, sizeof(*grown));
    hm_text lossy = hmi_text_lossy(&intake->arena, hmi_text_bytes(text));
    hm_text copy = hmi_arena_text(&intake->arena, lossy);
    if (grown == NULL || copy.ptr == NULL) {
        return hmi_arena_fail(&intake->arena, err);
    }
    intake->notes = grown;
    intake->notes[intake->note_count++] = (hmi_gathered_note){ severity, code, place, copy };
    return HM_OK;
}

static int on_note(hmi_sink *sink, const hmi_note *note, hm_err *err)
{
    return hmi_intake_add_note((hmi_intake *)sink, note->severity, note->code, note->offset,
                               note->text, err);
}

static int on_fact(hmi_sink *sink, hm_text name, hm_text value, hm_err *err)
{
    hmi_intake *intake = (hmi_intake *)sink;
    if (intake->fact_count >= HMI_INTAKE_FACTS_MAX || name.len > HMI_FACT_NAME_MAX ||
        value.len > HMI_FACT_VALUE_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "too many or too long facts of one piece");
    }
    hmi_gathered_fact *grown = hmi_arena_grow(&intake->arena, intake->facts, intake->fact_count,
                                              &intake->fact_capacity, sizeof(*grown));
    if (grown == NULL) {
        return hmi_arena_fail(&intake->arena, err);
    }
    intake->facts = grown;
    hmi_gathered_fact fact = {
        hmi_arena_text(&intake->arena, hmi_text_lossy(&intake->arena, hmi_text_bytes(name))),
        hmi_arena_text(&intake->arena, hmi_text_lossy(&intake->arena, hmi_text_bytes(value))),
    };
    if (fact.name.ptr == NULL || fact.value.ptr == NULL) {
        return hmi_arena_fail(&intake->arena, err);
    }
    intake->facts[intake->fact_count++] = fact;
    return HM_OK;
}

static int on_object(hmi_sink *sink, const hmi_object *object, hm_err *err)
{
    hmi_intake *intake = (hmi_intake *)sink;
    if (object->id.len > HMI_OBJECT_ID_MAX || object->type.len > HMI_OBJECT_ID_MAX ||
        object->modified.len > HMI_OBJECT_ID_MAX || object->raw.len > HMI_OBJECT_RAW_MAX) {
        return hmi_fail(err, HM_E_LIMIT, object->offset, "a shared object is too large");
    }
    hmi_object *grown = hmi_arena_grow(&intake->arena, intake->objects, intake->object_count,
                                       &intake->object_capacity, sizeof(*grown));
    hmi_object copy = {
        .id = hmi_arena_text(&intake->arena, object->id),
        .type = hmi_arena_text(&intake->arena, object->type),
        .modified = hmi_arena_text(&intake->arena, object->modified),
        .raw = hmi_arena_bytes(&intake->arena, object->raw),
        .offset = object->offset,
    };
    if (grown == NULL || copy.id.ptr == NULL || copy.type.ptr == NULL ||
        copy.modified.ptr == NULL || copy.raw.ptr == NULL) {
        return hmi_arena_fail(&intake->arena, err);
    }
    intake->objects = grown;
    intake->objects[intake->object_count++] = copy;
    return HM_OK;
}

/* ---- Begin and end */

void hmi_intake_abandon(hmi_intake *intake)
{
    if (intake == NULL) {
        return;
    }
    hmi_sealed_abandon(intake->content);
    hmi_arena_fini(&intake->arena);
    free(intake->table);
    free(intake);
}

int hmi_intake_begin(hmi_store *store, const hmi_piece *piece, hmi_intake **ret_intake, hm_err *err)
{
    static const hmi_sink_ops OPS = { on_trait, on_member, on_note, on_fact, on_object };
    HMI_TRY(hmi_refuse_writing(store, err));
    if (piece->size > INT64_MAX || piece->name.len > HMI_MEMBER_NAME_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE,
                        "the evidence's name or size is too large");
    }
    hmi_intake *intake = calloc(1, sizeof(*intake));
    if (intake == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to take evidence in");
    }
    hmi_arena_init(&intake->arena, HMI_INTAKE_MEMORY_MAX);
    intake->sink.ops = &OPS;
    intake->store = store;
    intake->piece = *piece;
    intake->piece.name = hmi_arena_bytes(&intake->arena, piece->name);
    int code = intake->piece.name.ptr == NULL ? hmi_arena_fail(&intake->arena, err) : HM_OK;
    if (code == HM_OK && piece->keep) {
        code = hmi_content_write(store, piece->content_fd, piece->size, &piece->sha256,
                                 &intake->content, err);
    }
    if (code != HM_OK) {
        hmi_intake_abandon(intake);
        return code;
    }
    *ret_intake = intake;
    return HM_OK;
}

hmi_sink *hmi_intake_sink(hmi_intake *intake)
{
    return &intake->sink;
}

uint64_t hmi_intake_traits(const hmi_intake *intake)
{
    return intake->trait_count;
}

uint64_t hmi_intake_refused(const hmi_intake *intake)
{
    return intake->traits_refused;
}

void hmi_intake_members_follow(hmi_intake *intake)
{
    intake->members_follow = true;
}

static int write_piece(hmi_intake *intake, int verdict, hm_text reason, int64_t *ret_evidence,
                       hm_err *err)
{
    hmi_store *store = intake->store;
    HMI_TRY(hmi_begin(store, err));
    int code = hmi_intake_write(intake, verdict, reason, ret_evidence, err);
    if (code != HM_OK) {
        hmi_rollback(store);
        return code;
    }
    return hmi_commit(store, err);
}

int hmi_intake_commit(hmi_intake *intake, int verdict, hm_text reason, int64_t *ret_evidence,
                      hm_err *err)
{
    hmi_store *store = intake->store;
    int64_t evidence = 0;
    bool alone = !store->group.on;
    if (alone) {
        hmi_group_begin(store);
    }
    int code = write_piece(intake, verdict, reason, &evidence, err);
    hmi_intake_abandon(intake);
    if (alone && code == HM_OK) {
        code = hmi_group_commit(store, err);
    } else if (alone) {
        hmi_group_abandon(store);
    }
    HMI_TRY(code);
    if (ret_evidence != NULL) {
        *ret_evidence = evidence;
    }
    return HM_OK;
}
