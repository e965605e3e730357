/* SPDX-License-Identifier: Apache-2.0
 *
 * finding_json.c - the finding for programs.
 *
 * WHY    The command line, the library and the page must tell one and the same finding.
 * TRUST  Values are clean text; names of evidence are any bytes and are written lossily.
 */
#include "compare/finding_json.h"

#include <stdlib.h>

#include "base/error.h"

static int by_id(const void *a, const void *b)
{
    int64_t left = ((const hmi_evidence *)a)->id, right = ((const hmi_evidence *)b)->id;
    return (left > right) - (left < right);
}

/* One content may lie there under several names: the one of a file comes before that of a member,
 * then the first in the alphabet, whichever was stored first. */
static int by_id_and_name(const void *a, const void *b)
{
    const hmi_evidence *x = a, *y = b;
    int order = by_id(a, b);
    if (order == 0) {
        order = (x->parent != 0) - (y->parent != 0);
    }
    return order != 0 ? order : hmi_bytes_cmp(x->name, y->name);
}

int hmi_evidence_names_load(hmi_store *store, hmi_arena *arena, int64_t incident,
                            hmi_evidence_names *ret, hm_err *err)
{
    hmi_evidence *list = NULL;
    size_t count = 0;
    HMI_TRY(hmi_evidence_list(store, arena, incident, &list, &count, err));
    if (count > 0) {
        qsort(list, count, sizeof(*list), by_id_and_name);
        size_t kept = 1;
        for (size_t i = 1; i < count; i++) {
            if (list[i].id != list[kept - 1].id) {
                list[kept++] = list[i];
            }
        }
        count = kept;
    }
    *ret = (hmi_evidence_names){ list, count };
    return HM_OK;
}

hm_bytes hmi_evidence_name(const hmi_evidence_names *names, int64_t evidence)
{
    hmi_evidence key = { .id = evidence };
    const hmi_evidence *found =
        names->count ? bsearch(&key, names->list, names->count, sizeof(key), by_id) : NULL;
    return found ? found->name : HM_BYTES("?");
}

void hmi_seen_json(hmi_json_writer *w, const char *key, const hmi_evidence_names *names,
                   const hmi_seen *seen, size_t count)
{
    hmi_json_put_key(w, hmi_text_of(key));
    hmi_json_open_array(w);
    for (size_t i = 0; i < count; i++) {
        hmi_json_open_object(w);
        hmi_json_put_key(w, HM_TEXT("evidence"));
        hmi_json_put_lossy(w, hmi_evidence_name(names, seen[i].evidence));
        hmi_json_member_text(w, "role", hmi_text_of(hmi_role_name(seen[i].role)));
        if (seen[i].offset != HM_OFFSET_NONE) {
            hmi_json_member_uint(w, "offset", seen[i].offset);
        }
        hmi_json_member_uint(w, "count", seen[i].count);
        hmi_json_close_object(w);
    }
    hmi_json_close_array(w);
}

static void hallmark_json(hmi_json_writer *w, const hmi_hallmark *h, const hmi_evidence_names *here,
                          const hmi_evidence_names *there)
{
    const hmi_class_row *row = hmi_class_find((int)h->class_id);
    hmi_json_open_object(w);
    hmi_json_member_text(w, "class", hmi_text_of(row->name));
    hmi_json_member_text(w, "group", hmi_text_of(hmi_group_get(row->group)->name));
    hmi_json_member_text(w, "value", h->value);
    if (!hmi_text_eq(h->value, h->value_there)) {
        hmi_json_member_text(w, "value_there", h->value_there);
    }
    hmi_json_member_fixed(w, "similarity", h->similarity, 3);
    hmi_json_member_fixed(w, "bits", h->bits, 3);
    hmi_json_member_fixed(w, "bits_alone", h->bits_alone, 3);
    hmi_json_member_bool(w, "same_file", h->same_file);
    hmi_json_member_uint(w, "incidents", h->incidents);
    hmi_json_member_uint(w, "incidents_all", h->incidents_all);
    hmi_json_member_uint(w, "baseline", h->baseline);
    hmi_json_member_uint(w, "baseline_all", h->baseline_all);
    hmi_seen_json(w, "here", here, h->seen_here, h->seen_here_count);
    hmi_seen_json(w, "there", there, h->seen_there, h->seen_there_count);
    hmi_json_close_object(w);
}

static void groups_json(hmi_json_writer *w, const char *key, const double *bits)
{
    hmi_json_put_key(w, hmi_text_of(key));
    hmi_json_open_object(w);
    for (int g = 1; g < HMI_GROUP_COUNT; g++) {
        hmi_json_member_fixed(w, hmi_group_get((hmi_group)g)->name, bits[g], 3);
    }
    hmi_json_close_object(w);
}

static void match_json(hmi_json_writer *w, const hmi_match *m, const hmi_evidence_names *here,
                       const hmi_evidence_names *there)
{
    hmi_json_open_object(w);
    hmi_json_member_text(w, "incident", m->incident.name);
    hmi_json_member_text(w, "id", m->incident.stix_id);
    hmi_json_member_fixed(w, "bits", m->bits, 3);
    hmi_json_member_text(w, "words", hmi_text_of(m->words));
    hmi_json_member_bool(w, "related", m->related);
    if (m->unlearned_bits > 0) {
        hmi_json_member_fixed(w, "unlearned_bits", m->unlearned_bits, 3);
    }
    if (m->why_not != NULL) {
        hmi_json_member_text(w, "why_not", hmi_text_of(m->why_not));
    }
    groups_json(w, "groups", m->group_bits);
    groups_json(w, "without_group", m->without_group);
    hmi_json_member_uint(w, "hallmarks_all", m->hallmark_total);
    hmi_json_put_key(w, HM_TEXT("hallmarks"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < m->hallmark_count; i++) {
        hallmark_json(w, &m->hallmarks[i], here, there);
    }
    hmi_json_close_array(w);
    hmi_json_put_key(w, HM_TEXT("against"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < m->against_count; i++) {
        hmi_json_open_object(w);
        hmi_json_member_text(w, "sentence", m->against[i].sentence);
        hmi_json_member_fixed(w, "bits", m->against[i].bits, 3);
        hmi_json_close_object(w);
    }
    hmi_json_close_array(w);
    hmi_json_close_object(w);
}

static void ignored_json(hmi_json_writer *w, const hmi_finding *f)
{
    hmi_json_member_uint(w, "ignored_all", f->ignored_total);
    hmi_json_put_key(w, HM_TEXT("ignored"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < f->ignored_count; i++) {
        hmi_json_open_object(w);
        hmi_json_member_text(w, "class",
                             hmi_text_of(hmi_class_find((int)f->ignored[i].class_id)->name));
        hmi_json_member_text(w, "value", f->ignored[i].value);
        hmi_json_member_text(w, "why", f->ignored[i].why);
        hmi_json_close_object(w);
    }
    hmi_json_close_array(w);
}

int hmi_finding_json(hmi_store *store, hmi_arena *arena, const hmi_finding *f, hmi_json_writer *w,
                     hm_err *err)
{
    hmi_evidence_names here, there;
    HMI_TRY(hmi_evidence_names_load(store, arena, f->incident.id, &here, err));
    hmi_json_open_object(w);
    hmi_json_member_text(w, "incident", f->incident.name);
    hmi_json_member_text(w, "id", f->incident.stix_id);
    hmi_json_member_text(w, "model", hmi_text_of(f->model));
    hmi_json_member_uint(w, "generation", f->generation);
    hmi_json_member_fixed(w, "related_bits", f->related_bits, 3);
    hmi_json_member_uint(w, "incidents", f->incidents_all);
    hmi_json_member_uint(w, "baseline_files", f->baseline_all);
    hmi_json_member_uint(w, "traits", f->traits);
    hmi_json_member_uint(w, "matches_all", f->match_total);
    hmi_json_put_key(w, HM_TEXT("matches"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < f->match_count; i++) {
        HMI_TRY(hmi_evidence_names_load(store, arena, f->matches[i].incident.id, &there, err));
        match_json(w, &f->matches[i], &here, &there);
    }
    hmi_json_close_array(w);
    ignored_json(w, f);
    hmi_json_close_object(w);
    return HM_OK;
}
