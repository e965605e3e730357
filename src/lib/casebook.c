/* SPDX-License-Identifier: Apache-2.0
 *
 * casebook.c - the public casebook over store, intake and compare.
 *
 * WHY    The promise of include/hallmark/ in the words of the rooms behind it. A public call
 *        answers misuse with HM_E_MISUSE instead of stopping its host.
 * OWNS   hm_casebook and hm_finding; a finding owns the arena that everything it lends lives in.
 */
#include <hallmark/casebook.h>

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "casebook/store.h"
#include "compare/finding_json.h"
#include "intake/intake.h"
#include "lib/inside.h"

enum { FINDING_MEMORY_MAX = 1 << 30 };

/* One match in the words of the public header; its strings live in the finding's arena. */
typedef struct told {
    hm_match match;
    hm_hallmark *hallmarks;
} told;

struct hm_finding {
    hmi_arena arena;
    hmi_finding finding;
    told *told; /* one for each of finding.matches */
    hmi_buf json;
};

const char *hm_version(void)
{
    return HMI_VERSION;
}

int hmi_misuse(hm_err *err, const char *what)
{
    return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "%s", what);
}

int hm_casebook_create(const char *path, hm_err *err)
{
    return path == NULL ? hmi_misuse(err, "the path is NULL") : hmi_store_create(path, err);
}

int hm_casebook_open(const char *path, hm_casebook **ret_casebook, hm_err *err)
{
    if (path == NULL || ret_casebook == NULL) {
        return hmi_misuse(err, "the path or the place for the answer is NULL");
    }
    hm_casebook *casebook = calloc(1, sizeof(*casebook));
    if (casebook == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for a casebook");
    }
    int code = hmi_store_open(path, NULL, &casebook->store, err);
    if (code != HM_OK) {
        free(casebook);
        return code;
    }
    *ret_casebook = casebook;
    return HM_OK;
}

void hm_casebook_close(hm_casebook *casebook)
{
    if (casebook != NULL) {
        hmi_store_close(casebook->store);
        free(casebook);
    }
}

int hmi_take_name(const char *name, hm_text *ret, hm_err *err)
{
    if (name == NULL || !hmi_text_from(hmi_bytes(name, strlen(name)), ret) || ret->len == 0) {
        return hmi_misuse(err, "an incident's name must be text in UTF-8, not empty");
    }
    return HM_OK;
}

static int check_paths(const char *const *paths, size_t count, hm_err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (paths == NULL || paths[i] == NULL) {
            return hmi_misuse(err, "a path is NULL");
        }
    }
    return HM_OK;
}

static void tell_totals(hm_add_totals *ret, const hmi_intake_totals *totals)
{
    if (ret != NULL) {
        *ret = (hm_add_totals){ .files = totals->files,
                                .pieces = totals->pieces,
                                .read = totals->read,
                                .partial = totals->partial,
                                .known = totals->known,
                                .unknown = totals->unknown,
                                .bad = totals->bad,
                                .skipped = totals->skipped,
                                .bytes = totals->bytes,
                                .traits = totals->traits };
    }
}

int hm_casebook_add(hm_casebook *casebook, const char *incident, const char *const *paths,
                    size_t path_count, hm_add_totals *ret_totals, hm_err *err)
{
    hm_text name;
    int64_t id = 0;
    hmi_intake_totals totals = { 0 };
    if (casebook == NULL) {
        return hmi_misuse(err, "the casebook is NULL");
    }
    HMI_TRY(hmi_take_name(incident, &name, err));
    HMI_TRY(check_paths(paths, path_count, err));
    HMI_TRY(hmi_incident_put(casebook->store, name, &id, err));
    int code = hmi_add(casebook->store, id, paths, path_count, NULL, NULL, &totals, err);
    tell_totals(ret_totals, &totals);
    return code;
}

int hm_casebook_learn(hm_casebook *casebook, const char *const *paths, size_t path_count,
                      hm_add_totals *ret_totals, hm_err *err)
{
    hmi_intake_totals totals = { 0 };
    if (casebook == NULL) {
        return hmi_misuse(err, "the casebook is NULL");
    }
    HMI_TRY(check_paths(paths, path_count, err));
    int code = hmi_learn(casebook->store, paths, path_count, NULL, NULL, &totals, err);
    tell_totals(ret_totals, &totals);
    return code;
}

static int tell_hallmark(hmi_arena *arena, const hmi_hallmark *h, hm_hallmark *ret, hm_err *err)
{
    *ret = (hm_hallmark){ .trait_class = hmi_class_find((int)h->class_id)->name,
                          .value = hmi_arena_cstr(arena, h->value),
                          .bits = h->bits,
                          .similarity = h->similarity,
                          .incidents = h->incidents,
                          .incidents_all = h->incidents_all,
                          .baseline = h->baseline,
                          .baseline_all = h->baseline_all };
    return ret->value ? HM_OK : hmi_arena_fail(arena, err);
}

static int tell_match(hmi_arena *arena, const hmi_match *m, told *ret, hm_err *err)
{
    ret->match = (hm_match){ .incident = hmi_arena_cstr(arena, m->incident.name),
                             .bits = m->bits,
                             .words = m->words,
                             .related = m->related,
                             .hallmarks = m->hallmark_count };
    ret->hallmarks = hmi_new_array(arena, hm_hallmark, m->hallmark_count);
    if (ret->match.incident == NULL || (ret->hallmarks == NULL && m->hallmark_count > 0)) {
        return hmi_arena_fail(arena, err);
    }
    for (size_t i = 0; i < m->hallmark_count; i++) {
        HMI_TRY(tell_hallmark(arena, &m->hallmarks[i], &ret->hallmarks[i], err));
    }
    return HM_OK;
}

/* Once, so that asking a finding costs nothing, changes nothing and may be done by many threads. */
static int tell_matches(hm_finding *f, hm_err *err)
{
    const size_t count = f->finding.match_count;
    f->told = hmi_new_array(&f->arena, told, count);
    if (f->told == NULL && count > 0) {
        return hmi_arena_fail(&f->arena, err);
    }
    for (size_t i = 0; i < count; i++) {
        HMI_TRY(tell_match(&f->arena, &f->finding.matches[i], &f->told[i], err));
    }
    return HM_OK;
}

static int find_and_compare(hmi_store *store, hm_text name, hm_finding *f, hm_err *err)
{
    hmi_incident incident;
    hmi_json_writer writer;
    HMI_TRY(hmi_incident_find(store, &f->arena, name, &incident, err));
    HMI_TRY(hmi_compare(store, &f->arena, incident.id, NULL, &f->finding, err));
    HMI_TRY(tell_matches(f, err));
    hmi_json_begin(&writer, &f->json, false);
    HMI_TRY(hmi_finding_json(store, &f->arena, &f->finding, &writer, err));
    hmi_buf_add_u8(&f->json, 0);
    return hmi_buf_check(&f->json, err);
}

int hm_compare(hm_casebook *casebook, const char *incident, hm_finding **ret_finding, hm_err *err)
{
    hm_text name;
    if (casebook == NULL || ret_finding == NULL) {
        return hmi_misuse(err, "the casebook or the place for the answer is NULL");
    }
    HMI_TRY(hmi_take_name(incident, &name, err));
    hm_finding *f = calloc(1, sizeof(*f));
    if (f == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for a finding");
    }
    hmi_arena_init(&f->arena, FINDING_MEMORY_MAX);
    hmi_buf_init(&f->json, 0);
    int code = find_and_compare(casebook->store, name, f, err);
    if (code != HM_OK) {
        hm_finding_free(f);
        return code;
    }
    *ret_finding = f;
    return HM_OK;
}

void hm_finding_free(hm_finding *finding)
{
    if (finding != NULL) {
        hmi_arena_fini(&finding->arena);
        hmi_buf_fini(&finding->json);
        free(finding);
    }
}

size_t hm_finding_matches(const hm_finding *finding)
{
    return finding ? finding->finding.match_count : 0;
}

int hm_finding_match(const hm_finding *finding, size_t index, hm_match *ret_match)
{
    if (finding == NULL || ret_match == NULL || index >= finding->finding.match_count) {
        return HM_E_MISUSE;
    }
    *ret_match = finding->told[index].match;
    return HM_OK;
}

int hm_finding_hallmark(const hm_finding *finding, size_t match, size_t index,
                        hm_hallmark *ret_hallmark)
{
    if (finding == NULL || ret_hallmark == NULL || match >= finding->finding.match_count ||
        index >= finding->told[match].match.hallmarks) {
        return HM_E_MISUSE;
    }
    *ret_hallmark = finding->told[match].hallmarks[index];
    return HM_OK;
}

const char *hm_finding_json(const hm_finding *finding)
{
    return finding ? (const char *)finding->json.ptr : "";
}
