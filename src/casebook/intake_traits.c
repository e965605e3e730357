/* SPDX-License-Identifier: Apache-2.0
 *
 * intake_traits.c - the traits of one gathered piece into the database.
 *
 * WHY    A large program says ten thousand things: this is where taking in evidence spends its
 * time. So traits go in by ascending key, occurrences by ascending id, postings by class and id:
 *        each walks its tree forward, many rows to a statement.
 * TRUST  A trait's name is derived from a key nobody can choose freely; two keys that begin alike
 *        can be found with effort, and must not hinder each other.
 * OWNS   Its lists for the call; the transaction is its caller's.
 */
#include <stdlib.h>

#include "casebook/intake.h"

static int by_key(const void *a, const void *b)
{
    const hmi_gathered *x = *(hmi_gathered *const *)a, *y = *(hmi_gathered *const *)b;
    return memcmp(&x->key, &y->key, sizeof(x->key));
}

static int by_id(const void *a, const void *b)
{
    const hmi_gathered *x = *(hmi_gathered *const *)a, *y = *(hmi_gathered *const *)b;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* The trait that bears a name: 0 when nobody does, -1 when another trait does. */
static int who_bears(hmi_store *store, int64_t hash, const hmi_key *key, int64_t *ret_id,
                     hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_TRAIT_NAMED, &stmt, err));
    hmi_bind(stmt, 1, hash);
    int rc = hmi_step(store, stmt, err);
    HMI_TRY(rc < 0 ? rc : HM_OK);
    hm_bytes is = rc == 1 ? hmi_column_lent(stmt, 1) : hmi_bytes(NULL, 0);
    bool same = hmi_bytes_eq(is, hmi_bytes(key->bytes, sizeof(key->bytes)));
    *ret_id = rc == 0 ? 0 : same ? hmi_column(stmt, 0) : -1;
    hmi_reset(stmt);
    return HM_OK;
}

int hmi_trait_lookup(hmi_store *store, const hmi_key *key, int64_t *ret_id, int64_t *ret_hash,
                     hm_err *err)
{
    int64_t hash = hmi_trait_first_hash(*key);
    for (int probe = 0; probe < HMI_TRAIT_PROBES_MAX; probe++) {
        int64_t id = 0;
        HMI_TRY(who_bears(store, hash, key, &id, err));
        if (id >= 0) {
            *ret_id = id;
            *ret_hash = hash;
            return HM_OK;
        }
        hash = hmi_trait_next_hash(hash);
    }
    return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "no free name for a trait");
}

/* The fingerprint of a trait that was there before. It is stored once; a newer kind of fingerprint
 * takes the older one's place, and what the index of functions knows is void. */
static int renew_function(hmi_store *store, const hmi_gathered *one, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_FUNCTION_GET, &stmt, err));
    hmi_bind(stmt, 1, one->id);
    int known = hmi_step(store, stmt, err);
    HMI_TRY(known < 0 ? known : HM_OK);
    hm_bytes is = known ? hmi_column_lent(stmt, 1) : hmi_bytes(NULL, 0);
    bool same = known && hmi_bytes_eq(is, one->detail);
    hmi_reset(stmt);
    if (same) {
        return HM_OK;
    }
    HMI_TRY(hmi_index_void(store, HMI_KIND_PROBES, err));
    HMI_TRY(hmi_query(store, known ? HMI_Q_FUNCTION_REPLACE : HMI_Q_FUNCTION_ADD, &stmt, err));
    hmi_bind(stmt, 1, one->id);
    hmi_bind_bytes(stmt, 2, one->detail);
    return hmi_run(store, stmt, err);
}

static void bind_trait(hmi_stmt *stmt, int first, const void *with, size_t index)
{
    const hmi_gathered *one = ((hmi_gathered *const *)with)[index];
    hmi_bind(stmt, first, one->id);
    hmi_bind(stmt, first + 1, one->class_id);
    hmi_bind_bytes(stmt, first + 2, hmi_bytes(one->key.bytes, sizeof(one->key.bytes)));
    hmi_bind_text(stmt, first + 3, one->value);
}

static void bind_name(hmi_stmt *stmt, int first, const void *with, size_t index)
{
    const hmi_gathered *one = ((hmi_gathered *const *)with)[index];
    hmi_bind(stmt, first, one->hash);
    hmi_bind(stmt, first + 1, one->id);
}

static void bind_function(hmi_stmt *stmt, int first, const void *with, size_t index)
{
    const hmi_gathered *one = ((hmi_gathered *const *)with)[index];
    hmi_bind(stmt, first, one->id);
    hmi_bind_bytes(stmt, first + 1, one->detail);
}

/* New traits, by ascending key and id; those with a fingerprint move to the front. */
static int insert_traits(hmi_store *store, hmi_gathered **traits, size_t count, hm_err *err)
{
    HMI_TRY(hmi_rows_write(store, HMI_Q_TRAIT_ADD, HMI_Q_TRAIT_ADD_MANY, 4, count, bind_trait,
                           traits, err));
    HMI_TRY(hmi_rows_write(store, HMI_Q_TRAIT_NAME_ADD, HMI_Q_TRAIT_NAME_ADD_MANY, 2, count,
                           bind_name, traits, err));
    size_t functions = 0;
    for (size_t i = 0; i < count; i++) {
        if (traits[i]->detail.len > 0) {
            traits[functions++] = traits[i];
        }
    }
    return hmi_rows_write(store, HMI_Q_FUNCTION_ADD, HMI_Q_FUNCTION_ADD_MANY, 2, functions,
                          bind_function, traits, err);
}

/* ---- Who is known */

static void bind_first_hash(hmi_stmt *stmt, int first, const void *with, size_t index)
{
    hmi_bind(stmt, first, ((hmi_gathered *const *)with)[index]->hash);
}

static int take_bearer(hmi_stmt *stmt, void *with, size_t index, hm_err *err)
{
    (void)err;
    hmi_gathered *one = ((hmi_gathered **)with)[index];
    bool same = hmi_bytes_eq(hmi_column_lent(stmt, 1), hmi_bytes(one->key.bytes, sizeof(hmi_key)));
    one->id = same ? hmi_column(stmt, 0) : -1;
    return HM_OK;
}

/* Who bears the first name that each trait may have, as who_bears says it. */
static int ask_first_names(hmi_intake *intake, hm_err *err)
{
    for (size_t i = 0; i < intake->trait_count; i++) {
        intake->traits[i]->id = 0;
        intake->traits[i]->hash = hmi_trait_first_hash(intake->traits[i]->key);
    }
    return hmi_rows_ask(intake->store, HMI_Q_TRAIT_NAMED, 1, intake->trait_count, bind_first_hash,
                        intake->traits, take_bearer, intake->traits, err);
}

static void bind_id(hmi_stmt *stmt, int first, const void *with, size_t index)
{
    hmi_bind(stmt, first, ((hmi_gathered *const *)with)[index]->id);
}

static int take_print(hmi_stmt *stmt, void *with, size_t index, hm_err *err)
{
    (void)err;
    hmi_gathered *one = ((hmi_gathered **)with)[index];
    one->is_current = hmi_bytes_eq(hmi_column_lent(stmt, 1), one->detail);
    return HM_OK;
}

static int renew_functions(hmi_store *store, hmi_gathered **known, size_t count, hm_err *err)
{
    HMI_TRY(
        hmi_rows_ask(store, HMI_Q_FUNCTION_GET, 1, count, bind_id, known, take_print, known, err));
    for (size_t i = 0; i < count; i++) {
        HMI_TRY(known[i]->is_current ? HM_OK : renew_function(store, known[i], err));
    }
    return HM_OK;
}

/* Finds each trait's id, by ascending key, and adds those that are new. `fresh` has room for them
 * all; functions that are known gather at its end. Two new ones whose keys begin alike would take
 * the same name: those before are then written before the second looks for its own. */
static int settle_traits(hmi_intake *intake, hmi_gathered **fresh, int64_t newest, hm_err *err)
{
    hmi_store *store = intake->store;
    size_t count = 0, known = intake->trait_count;
    int64_t taken = -1; /* the highest name that was given here */
    HMI_TRY(ask_first_names(intake, err));
    for (size_t i = 0; i < intake->trait_count; i++) {
        hmi_gathered *one = intake->traits[i];
        if (one->id < 0 || (one->id == 0 && one->hash <= taken)) {
            HMI_TRY(insert_traits(store, fresh, count, err));
            count = 0;
            HMI_TRY(hmi_trait_lookup(store, &one->key, &one->id, &one->hash, err));
        }
        if (one->id != 0) {
            if (one->detail.len > 0) {
                fresh[--known] = one;
            }
            continue;
        }
        if (newest >= HMI_TRAIT_ID_MAX) {
            return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE,
                            "the casebook has all traits it can hold");
        }
        one->id = ++newest; /* we hold the write lock: nobody else gives numbers */
        taken = one->hash > taken ? one->hash : taken;
        fresh[count++] = one;
    }
    HMI_TRY(insert_traits(store, fresh, count, err));
    return renew_functions(store, fresh + known, intake->trait_count - known, err);
}

/* One trait of the piece in one role. */
typedef struct role_row {
    int64_t evidence, trait;
    const hmi_gathered *role;
} role_row;

static void bind_occurrence(hmi_stmt *stmt, int first, const void *with, size_t index)
{
    const role_row *row = (const role_row *)with + index;
    hmi_bind(stmt, first, row->evidence);
    hmi_bind(stmt, first + 1, row->trait);
    hmi_bind(stmt, first + 2, row->role->role);
    hmi_bind(stmt, first + 3, (int64_t)row->role->count);
    hmi_bind_unless(stmt, first + 4, (int64_t)row->role->place, (int64_t)HM_OFFSET_NONE);
    hmi_bind_unless(stmt, first + 5, row->role->first_us, HMI_TIME_NONE);
    hmi_bind_unless(stmt, first + 6, row->role->last_us, HMI_TIME_NONE);
}

static size_t count_roles(const hmi_intake *intake)
{
    size_t rows = 0;
    for (size_t i = 0; i < intake->trait_count; i++) {
        for (const hmi_gathered *role = intake->traits[i]; role != NULL; role = role->next_role) {
            rows++;
        }
    }
    return rows;
}

static int write_occurrences(hmi_intake *intake, int64_t evidence, hm_err *err)
{
    size_t count = 0;
    role_row *rows = calloc(count_roles(intake), sizeof(*rows));
    if (rows == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to take evidence in");
    }
    for (size_t i = 0; i < intake->trait_count; i++) {
        const hmi_gathered *one = intake->traits[i];
        for (const hmi_gathered *role = one; role != NULL; role = role->next_role) {
            rows[count++] = (role_row){ evidence, one->id, role };
        }
    }
    int code = hmi_rows_write(intake->store, HMI_Q_OCCURRENCE_ADD, HMI_Q_OCCURRENCE_ADD_MANY, 7,
                              count, bind_occurrence, rows, err);
    free(rows);
    return code;
}

static int newest_trait(hmi_store *store, int64_t *ret_newest, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_TRAIT_NEWEST, &stmt, err));
    return hmi_run_number(store, stmt, ret_newest, err);
}

int hmi_intake_write_traits(hmi_intake *intake, int64_t evidence, int64_t *ret_known, hm_err *err)
{
    hmi_gathered **traits = intake->traits;
    size_t count = intake->trait_count;
    int64_t newest = 0;
    HMI_TRY(newest_trait(intake->store, &newest, err));
    *ret_known = newest;
    if (count == 0) {
        return HM_OK;
    }
    for (size_t i = 0; i < count; i++) {
        traits[i]->key = hmi_trait_key(traits[i]->class_id, traits[i]->value);
    }
    qsort(traits, count, sizeof(hmi_gathered *), by_key);
    hmi_gathered **fresh = calloc(count, sizeof(hmi_gathered *));
    if (fresh == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to take evidence in");
    }
    int code = settle_traits(intake, fresh, newest, err);
    free(fresh);
    HMI_TRY(code);
    qsort(traits, count, sizeof(hmi_gathered *), by_id); /* known ones came before */
    return write_occurrences(intake, evidence, err);
}

static int by_class_trait_role(const void *a, const void *b)
{
    const hmi_tally *x = a, *y = b;
    if (x->class_id != y->class_id) {
        return x->class_id < y->class_id ? -1 : 1;
    }
    if (x->trait != y->trait) {
        return x->trait < y->trait ? -1 : 1;
    }
    return x->role < y->role ? -1 : x->role > y->role;
}

int hmi_intake_write_postings(hmi_intake *intake, int64_t known, hm_err *err)
{
    size_t rows = count_roles(intake), at = 0;
    if (rows == 0) {
        return HM_OK;
    }
    hmi_tally *tally = calloc(rows, sizeof(*tally));
    if (tally == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to take evidence in");
    }
    for (size_t i = 0; i < intake->trait_count; i++) {
        const hmi_gathered *one = intake->traits[i];
        for (const hmi_gathered *role = one; role != NULL; role = role->next_role) {
            tally[at++] = (hmi_tally){ .class_id = (int)one->class_id,
                                       .role = (int)role->role,
                                       .is_new = one->id > known,
                                       .trait = one->id,
                                       .count = (int64_t)role->count };
        }
    }
    qsort(tally, rows, sizeof(*tally), by_class_trait_role);
    int code = hmi_postings_add(intake->store, intake->piece.incident, tally, rows, err);
    free(tally);
    return code;
}
