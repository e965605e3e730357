/* SPDX-License-Identifier: Apache-2.0
 *
 * cite.c - the sources of an advisory.
 *
 * WHY    A sentence that nobody can check is worth nothing abroad: each leads to a hash and a byte,
 *        to a statement with its day, or to the computation and the state of the casebook it ran
 *        over.
 * TRUST  Names of evidence are any bytes, claims anybody's text; the page makes them safe.
 * OWNS   Nothing: the advisory's arena holds the list.
 */
#include "tell/cite.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/error.h"
#include "trait/stix_id.h"

static bool same(const hmi_source *a, const hmi_source *b)
{
    return a->kind == b->kind && a->offset == b->offset && a->claim == b->claim &&
           hmi_text_eq(a->id, b->id) &&
           (a->evidence == b->evidence ||
            (a->evidence != NULL && b->evidence != NULL &&
             memcmp(&a->evidence->sha256, &b->evidence->sha256, sizeof(hmi_sha256)) == 0));
}

int hmi_cite(hmi_citing *c, const hmi_source *source, hm_err *err)
{
    for (size_t i = 0; i < c->count; i++) {
        if (same(&c->sources[i], source)) {
            hmi_page_cite(c->page, i + 1);
            return HM_OK;
        }
    }
    hmi_source *grown =
        hmi_arena_grow(c->advisory->arena, c->sources, c->count, &c->capacity, sizeof(*grown));
    if (grown == NULL || c->count >= HMI_ADVISORY_CITES_MAX) {
        return grown == NULL
                   ? hmi_arena_fail(c->advisory->arena, err)
                   : hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE,
                              "the advisory cites more than %d sources", HMI_ADVISORY_CITES_MAX);
    }
    c->sources = grown;
    grown[c->count++] = *source;
    hmi_page_cite(c->page, c->count);
    return HM_OK;
}

static int cite_observable(hmi_citing *c, hmi_class class_id, hm_text value, hm_err *err)
{
    hmi_buf id;
    hmi_buf_init(&id, 0);
    if (hmi_stix_observable_id(class_id, value, &id, NULL) != HM_OK) {
        char hex[33];
        hmi_key key = hmi_trait_key(class_id, value);
        hmi_hex(hmi_bytes(key.bytes, sizeof(key.bytes)), hex);
        hmi_buf_clear(&id);
        hmi_buf_printf(&id, "%s %s", hmi_class_find((int)class_id)->name, hex);
    }
    hm_text text = hmi_arena_text(c->advisory->arena, hmi_buf_text(&id));
    hmi_buf_fini(&id);
    const hmi_source source = { .kind = HMI_SOURCE_TRAIT, .id = text };
    return text.ptr != NULL ? hmi_cite(c, &source, err) : hmi_arena_fail(c->advisory->arena, err);
}

int hmi_cite_seen(hmi_citing *c, const hmi_evidence *evidence, size_t count, const hmi_seen *seen,
                  size_t seen_count, hmi_class class_id, hm_text value, hm_err *err)
{
    for (size_t i = 0; i < seen_count; i++) {
        for (size_t k = 0; k < count; k++) {
            if (evidence[k].id == seen[i].evidence) {
                const hmi_source source = { .kind = HMI_SOURCE_EVIDENCE,
                                            .evidence = &evidence[k],
                                            .offset = seen[i].offset };
                return hmi_cite(c, &source, err);
            }
        }
    }
    return cite_observable(c, class_id, value, err);
}

int hmi_cite_trait(hmi_citing *c, int64_t incident, const hmi_evidence *evidence, size_t count,
                   int64_t trait, hmi_class class_id, hm_text value, hm_err *err)
{
    hmi_seen *seen = NULL;
    size_t seen_count = 0;
    HMI_TRY(hmi_trait_seen(c->advisory->store, c->advisory->arena, incident, trait, &seen,
                           &seen_count, err));
    return hmi_cite_seen(c, evidence, count, seen, seen_count, class_id, value, err);
}

/* ---- The list */

static void list_evidence(hmi_citing *c, const hmi_source *source)
{
    char hex[65], offset[32];
    hmi_hex(hmi_bytes(source->evidence->sha256.bytes, sizeof(source->evidence->sha256.bytes)), hex);
    snprintf(offset, sizeof(offset), "%" PRIu64, source->offset);
    const hm_bytes arguments[] = { source->evidence->name, hmi_text_bytes(hmi_text_of(hex)),
                                   hmi_text_bytes(hmi_text_of(offset)) };
    hmi_page_phrase(c->page, source->offset == HM_OFFSET_NONE ? HMI_P_S_FILE : HMI_P_S_BYTE,
                    arguments, 3);
}

static void list_claim(hmi_citing *c, const hmi_told *claim)
{
    const hm_bytes arguments[] = { hmi_text_bytes(claim->id), hmi_text_bytes(claim->publisher),
                                   hmi_text_bytes(hmi_text_slice(claim->said, 0, 10)),
                                   hmi_text_bytes(claim->source) };
    hmi_page_phrase(c->page, HMI_P_S_CLAIM, arguments, 4);
    /* The whole document is more than the one object that a partner may have. */
    if (claim->has_document && (claim->raw.ptr == NULL || c->advisory->outgoing == NULL)) {
        char hex[65];
        hmi_hex(hmi_bytes(claim->document.bytes, sizeof(claim->document.bytes)), hex);
        const hm_bytes document[] = { hmi_text_bytes(hmi_text_of(hex)) };
        hmi_page_phrase(c->page, HMI_P_S_DOCUMENT, document, 1);
    }
}

static void list_method(hmi_citing *c)
{
    const hmi_advisory *a = c->advisory;
    char state[32];
    snprintf(state, sizeof(state), "%" PRIu64,
             a->finding != NULL       ? a->finding->generation
             : a->attribution != NULL ? a->attribution->generation
                                      : 0);
    const char *finding = a->finding != NULL ? a->finding->model : "";
    const char *actors = a->attribution != NULL ? a->attribution->model : "";
    hm_text models = hmi_arena_printf(a->arena, "%s%s%s", finding,
                                      finding[0] != '\0' && actors[0] != '\0' ? ", " : "", actors);
    const hm_bytes arguments[] = { hmi_text_bytes(models), hmi_text_bytes(hmi_text_of(state)) };
    hmi_page_phrase(c->page, HMI_P_S_METHOD, arguments, 2);
}

void hmi_cite_list(hmi_citing *c)
{
    hmi_page_heading(c->page, 2, hmi_phrase_text(c->page->language, HMI_P_H_SOURCES));
    for (size_t i = 0; i < c->count; i++) {
        const hmi_source *source = &c->sources[i];
        const hm_bytes id[] = { hmi_text_bytes(source->id) };
        hmi_page_open_source(c->page, i + 1);
        switch (source->kind) {
        case HMI_SOURCE_EVIDENCE:
            list_evidence(c, source);
            break;
        case HMI_SOURCE_TRAIT:
            hmi_page_phrase(c->page, HMI_P_S_TRAIT, id, 1);
            break;
        case HMI_SOURCE_CLAIM:
            list_claim(c, source->claim);
            break;
        case HMI_SOURCE_METHOD:
            list_method(c);
            break;
        case HMI_SOURCE_LIST:
            hmi_page_phrase(c->page, HMI_P_S_LIST, NULL, 0);
            break;
        }
        hmi_page_close_source(c->page);
    }
}
