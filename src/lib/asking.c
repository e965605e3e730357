/* SPDX-License-Identifier: Apache-2.0
 *
 * asking.c - answers that are handed over: JSON from the casebook.
 *
 * WHY    Programs in other languages want one document and one free(). The documents are written by
 *        the same functions as the program's --json, so that the two cannot differ.
 * OWNS   A question's arena and buffer, until hmi_asking_end; then the caller owns the answer.
 */
#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "compare/finding_json.h"
#include "lib/inside.h"
#include "tell/attribution_json.h"
#include "tell/incident_json.h"
#include "tell/statements.h"

enum { ASKING_MEMORY_MAX = 1 << 30 };

void hm_free(void *answer)
{
    free(answer);
}

void hmi_asking_begin(hmi_asking *asking)
{
    hmi_arena_init(&asking->arena, ASKING_MEMORY_MAX);
    hmi_buf_init(&asking->buf, 0);
    hmi_json_begin(&asking->json, &asking->buf, false);
}

int hmi_asking_end(hmi_asking *asking, int code, char **ret, size_t *ret_len, hm_err *err)
{
    size_t len = asking->buf.len;
    if (code == HM_OK) {
        hmi_buf_add_u8(&asking->buf, 0);
        code = hmi_buf_check(&asking->buf, err);
    }
    if (code == HM_OK) {
        *ret = (char *)asking->buf.ptr;
        if (ret_len != NULL) {
            *ret_len = len;
        }
        asking->buf = (hmi_buf){ 0 };
    }
    hmi_buf_fini(&asking->buf);
    hmi_arena_fini(&asking->arena);
    return code;
}

/* ---- Incidents and their traits */

static int tell_incidents(hmi_asking *a, hmi_store *store, hm_err *err)
{
    hmi_incident *list = NULL;
    size_t count = 0;
    HMI_TRY(hmi_incident_list(store, &a->arena, &list, &count, err));
    hmi_json_open_object(&a->json);
    hmi_json_put_key(&a->json, HM_TEXT("incidents"));
    hmi_json_open_array(&a->json);
    for (size_t i = 0; i < count; i++) {
        hmi_incident_json(&a->json, &list[i]);
    }
    hmi_json_close_array(&a->json);
    hmi_json_close_object(&a->json);
    return HM_OK;
}

int hm_incidents_json(hm_casebook *casebook, char **ret_json, hm_err *err)
{
    hmi_asking asking;
    if (casebook == NULL || ret_json == NULL) {
        return hmi_misuse(err, "the casebook or the place for the answer is NULL");
    }
    hmi_asking_begin(&asking);
    return hmi_asking_end(&asking, tell_incidents(&asking, casebook->store, err), ret_json, NULL,
                          err);
}

static int take_class(const char *name, const hmi_class_row **ret, hm_err *err)
{
    hm_text text = HM_TEXT("");
    *ret = NULL;
    if (name == NULL) {
        return HM_OK;
    }
    if (hmi_text_from(hmi_bytes(name, strlen(name)), &text)) {
        *ret = hmi_class_by_name(text);
    }
    return *ret != NULL ? HM_OK
                        : hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE,
                                   "there is no trait class \"%.*s\"", HMI_FMT(text));
}

static int tell_traits(hmi_asking *a, hmi_store *store, hm_text name, const hmi_class_row *only,
                       hm_err *err)
{
    hmi_incident incident;
    hmi_incident_trait *list = NULL;
    size_t count = 0;
    HMI_TRY(hmi_incident_find(store, &a->arena, name, &incident, err));
    HMI_TRY(only != NULL ? hmi_incident_class_traits(store, &a->arena, incident.id, only->id, &list,
                                                     &count, err)
                         : hmi_incident_traits(store, &a->arena, incident.id, &list, &count, err));
    hmi_json_open_object(&a->json);
    hmi_json_put_key(&a->json, HM_TEXT("incident"));
    hmi_incident_json(&a->json, &incident);
    hmi_json_put_key(&a->json, HM_TEXT("traits"));
    hmi_json_open_array(&a->json);
    for (size_t i = 0; i < count; i++) {
        const hmi_class_row *row = hmi_class_find((int)list[i].class_id);
        if (row != NULL) {
            hmi_trait_json(&a->json, row, &list[i]);
        }
    }
    hmi_json_close_array(&a->json);
    hmi_json_close_object(&a->json);
    return HM_OK;
}

int hm_traits_json(hm_casebook *casebook, const char *incident, const char *trait_class,
                   char **ret_json, hm_err *err)
{
    hmi_asking asking;
    hm_text name;
    const hmi_class_row *only;
    if (casebook == NULL || ret_json == NULL) {
        return hmi_misuse(err, "the casebook or the place for the answer is NULL");
    }
    HMI_TRY(hmi_take_name(incident, &name, err));
    HMI_TRY(take_class(trait_class, &only, err));
    hmi_asking_begin(&asking);
    return hmi_asking_end(&asking, tell_traits(&asking, casebook->store, name, only, err), ret_json,
                          NULL, err);
}

/* ---- Whose may it be? */

static int attribute(hmi_asking *a, hmi_store *store, const hmi_incident *incident,
                     hmi_actors *actors, bool uniform, hm_err *err)
{
    hmi_told_list claims;
    hmi_attribution answer;
    hmi_attribute_options options = { .uniform_prior = uniform };
    HMI_TRY(hmi_attribute(actors, store, &a->arena, incident->id, hmi_now_us(), &options, &answer,
                          err));
    HMI_TRY(hmi_claims_of(store, &a->arena, incident, &claims, err));
    hmi_attribution_json(&a->json, incident->name, &answer, &claims);
    return HM_OK;
}

static int tell_attribution(hmi_asking *a, hmi_store *store, hm_text name,
                            const hm_attribute_options *options, hm_err *err)
{
    hmi_incident incident;
    hmi_statements all = { 0 };
    hmi_model model;
    hmi_actors *actors = NULL;
    HMI_TRY(hmi_incident_find(store, &a->arena, name, &incident, err));
    HMI_TRY(options->statements != NULL
                ? hmi_statements_read_file(store, &a->arena, options->statements, &all, err)
                : hmi_statements_read_claims(store, &a->arena, &all, err));
    HMI_TRY(hmi_model_builtin(&model, err));
    HMI_TRY(hmi_actors_new(store, all.list, all.count, &model, &actors, err));
    int code = attribute(a, store, &incident, actors, options->uniform_prior != 0, err);
    hmi_actors_free(actors);
    return code;
}

int hm_attribute_json(hm_casebook *casebook, const char *incident,
                      const hm_attribute_options *options, char **ret_json, hm_err *err)
{
    static const hm_attribute_options DEFAULTS = { 0 };
    hmi_asking asking;
    hm_text name;
    if (casebook == NULL || ret_json == NULL || (options != NULL && options->version != 0)) {
        return hmi_misuse(err, "the casebook or the place for the answer is NULL, or the options "
                               "are of a newer version");
    }
    HMI_TRY(hmi_take_name(incident, &name, err));
    hmi_asking_begin(&asking);
    int code = tell_attribution(&asking, casebook->store, name, options ? options : &DEFAULTS, err);
    return hmi_asking_end(&asking, code, ret_json, NULL, err);
}

/* ---- Who holds this value? */

enum { HMI_SEARCH_INCIDENTS_MAX = 1000 };

static int tell_holder(hmi_asking *a, hmi_store *store, int64_t id, int64_t trait, hm_err *err)
{
    hmi_incident incident;
    hmi_seen *seen = NULL;
    hmi_evidence_names names;
    size_t count = 0;
    HMI_TRY(hmi_incident_get(store, &a->arena, id, &incident, err));
    HMI_TRY(hmi_trait_seen(store, &a->arena, id, trait, &seen, &count, err));
    HMI_TRY(hmi_evidence_names_load(store, &a->arena, id, &names, err));
    hmi_json_open_object(&a->json);
    hmi_json_member_text(&a->json, "incident", incident.name);
    hmi_seen_json(&a->json, "seen", &names, seen, count);
    hmi_json_close_object(&a->json);
    return HM_OK;
}

static int tell_holders(hmi_asking *a, hmi_store *store, const hmi_class_row *row, hm_text value,
                        int64_t trait, hm_err *err)
{
    int64_t *ids = hmi_new_array(&a->arena, int64_t, HMI_SEARCH_INCIDENTS_MAX);
    size_t total = 0;
    uint32_t harmless = 0;
    uint64_t files = 0;
    hmi_key key = hmi_trait_key(row->id, value);
    if (ids == NULL) {
        return hmi_arena_fail(&a->arena, err);
    }
    HMI_TRY(hmi_trait_incidents(store, trait, ids, HMI_SEARCH_INCIDENTS_MAX, &total, err));
    HMI_TRY(hmi_baseline_counts(store, &key, 1, &harmless, err));
    HMI_TRY(hmi_baseline_files(store, &files, err));
    hmi_json_open_object(&a->json);
    hmi_json_member_text(&a->json, "class", hmi_text_of(row->name));
    hmi_json_member_text(&a->json, "value", value);
    hmi_json_member_uint(&a->json, "incidents", total);
    hmi_json_member_bool(&a->json, "too_many", total > HMI_SEARCH_INCIDENTS_MAX);
    hmi_json_member_uint(&a->json, "baseline", harmless);
    hmi_json_member_uint(&a->json, "baseline_all", files);
    hmi_json_put_key(&a->json, HM_TEXT("holders"));
    hmi_json_open_array(&a->json);
    for (size_t i = 0; i < total && total <= HMI_SEARCH_INCIDENTS_MAX; i++) {
        HMI_TRY(tell_holder(a, store, ids[i], trait, err));
    }
    hmi_json_close_array(&a->json);
    hmi_json_close_object(&a->json);
    return HM_OK;
}

static int search_class(hmi_asking *a, hmi_store *store, const hmi_class_row *row, hm_text raw,
                        hm_err *err)
{
    hm_text value;
    int64_t trait = 0;
    int code = hmi_trait_canonical(&a->arena, row->id, raw, true, &value, err);
    code = code == HM_OK ? hmi_trait_find(store, row->id, value, &trait, err) : code;
    return code == HM_OK ? tell_holders(a, store, row, value, trait, err)
           : code == HM_E_MALFORMED || code == HM_E_NOT_FOUND ? HM_OK
                                                              : code;
}

static int tell_search(hmi_asking *a, hmi_store *store, const hmi_class_row *only, hm_text raw,
                       hm_err *err)
{
    size_t count = 0;
    const hmi_class_row *rows = hmi_classes(&count);
    hmi_json_open_object(&a->json);
    hmi_json_member_text(&a->json, "value", raw);
    hmi_json_put_key(&a->json, HM_TEXT("found"));
    hmi_json_open_array(&a->json);
    for (size_t i = 0; i < count; i++) {
        if (only == NULL || only == &rows[i]) {
            HMI_TRY(search_class(a, store, &rows[i], raw, err));
        }
    }
    hmi_json_close_array(&a->json);
    hmi_json_close_object(&a->json);
    return HM_OK;
}

int hm_search_json(hm_casebook *casebook, const char *trait_class, const char *value,
                   char **ret_json, hm_err *err)
{
    hmi_asking asking;
    hm_text raw;
    const hmi_class_row *only;
    if (casebook == NULL || ret_json == NULL || value == NULL ||
        !hmi_text_from(hmi_bytes(value, strlen(value)), &raw)) {
        return hmi_misuse(err, "the casebook or the place for the answer is NULL, or the value is "
                               "no text in UTF-8");
    }
    HMI_TRY(take_class(trait_class, &only, err));
    hmi_asking_begin(&asking);
    return hmi_asking_end(&asking, tell_search(&asking, casebook->store, only, raw, err), ret_json,
                          NULL, err);
}
