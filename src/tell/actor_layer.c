/* SPDX-License-Identifier: Apache-2.0
 *
 * actor_layer.c - an incident's techniques beside an actor's.
 *
 * WHY    "Its techniques" is said quickly: the layer shows how many of an actor's incidents show
 *        each, and which of them this incident does not.
 * TRUST  Names are publishers'; the layer's writer makes them safe.
 * OWNS   Nothing.
 */
#include "tell/actor_layer.h"

#include <stdlib.h>

#include "base/error.h"

typedef struct counted {
    hm_text id;
    size_t incidents;
} counted;

typedef struct counting {
    counted *list;
    size_t count, capacity;
} counting;

static int by_id(const void *a, const void *b)
{
    const hmi_layer_technique *x = a, *y = b;
    return hmi_bytes_cmp(hmi_text_bytes(x->id), hmi_text_bytes(y->id));
}

static int add_incident(hmi_store *store, hmi_arena *arena, int64_t incident, counting *c,
                        hm_err *err)
{
    hmi_incident_trait *traits = NULL;
    size_t count = 0;
    HMI_TRY(hmi_incident_class_traits(store, arena, incident, HMI_TECHNIQUE, &traits, &count, err));
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        while (at < c->count && !hmi_text_eq(c->list[at].id, traits[i].value)) {
            at++;
        }
        if (at == c->count) {
            counted *grown = hmi_arena_grow(arena, c->list, c->count, &c->capacity, sizeof(*grown));
            if (grown == NULL) {
                return hmi_arena_fail(arena, err);
            }
            c->list = grown;
            c->list[c->count++] = (counted){ .id = traits[i].value };
        }
        c->list[at].incidents++;
    }
    return HM_OK;
}

static int make(hmi_arena *arena, const counting *c, size_t incidents, hmi_layer *ret, hm_err *err)
{
    hmi_layer_technique *list = hmi_new_array(arena, hmi_layer_technique, c->count);
    if (list == NULL) {
        return hmi_arena_fail(arena, err);
    }
    for (size_t i = 0; i < c->count; i++) {
        list[i] = (hmi_layer_technique){
            .id = c->list[i].id,
            .score = (double)c->list[i].incidents / (double)incidents,
            .comment =
                hmi_arena_printf(arena, "in %zu of %zu incidents", c->list[i].incidents, incidents),
        };
        if (list[i].comment.ptr == NULL) {
            return hmi_arena_fail(arena, err);
        }
    }
    if (c->count > 1) {
        qsort(list, c->count, sizeof(*list), by_id);
    }
    ret->techniques = list;
    ret->count = c->count;
    return HM_OK;
}

int hmi_layer_of_actor(hmi_store *store, hmi_arena *arena, hm_text actor, int64_t except,
                       const hmi_statement *statements, size_t count, hmi_layer *ret, hm_err *err)
{
    counting c = { 0 };
    size_t incidents = 0;
    for (size_t i = 0; i < count; i++) {
        if (statements[i].incident != except && hmi_text_eq(statements[i].actor, actor)) {
            HMI_TRY(add_incident(store, arena, statements[i].incident, &c, err));
            incidents++;
        }
    }
    *ret = (hmi_layer){ .name = actor,
                        .description = HM_TEXT("how many of the actor's known incidents show it") };
    return make(arena, &c, incidents > 0 ? incidents : 1, ret, err);
}

int hmi_layer_of_incident(hmi_store *store, hmi_arena *arena, const hmi_incident *incident,
                          hmi_layer *ret, hm_err *err)
{
    counting c = { 0 };
    HMI_TRY(add_incident(store, arena, incident->id, &c, err));
    *ret = (hmi_layer){ .name = incident->name, .description = HM_TEXT("what the incident shows") };
    return make(arena, &c, 1, ret, err);
}

static const hmi_layer_technique *find(const hmi_layer *layer, hm_text id)
{
    const hmi_layer_technique key = { .id = id };
    return layer->count > 0 ? bsearch(&key, layer->techniques, layer->count, sizeof(key), by_id)
                            : NULL;
}

int hmi_layer_difference(hmi_arena *arena, const hmi_layer *incident, const hmi_layer *actor,
                         hmi_layer *ret, hm_err *err)
{
    static const char BOTH[] = "#7048e8", HERE[] = "#e03131", THERE[] = "#1c7ed6";
    hmi_layer_technique *list =
        hmi_new_array(arena, hmi_layer_technique, incident->count + actor->count);
    hmi_layer layer = {
        .name = hmi_arena_printf(arena, "%.*s beside %.*s", HMI_FMT(incident->name),
                                 HMI_FMT(actor->name)),
        .description = HM_TEXT("what both show, what only one shows"),
        .legend = { { "both", BOTH }, { "only the incident", HERE }, { "only the actor", THERE } }
    };
    if (list == NULL || layer.name.ptr == NULL) {
        return hmi_arena_fail(arena, err);
    }
    for (size_t i = 0; i < incident->count; i++) {
        const hmi_layer_technique *other = find(actor, incident->techniques[i].id);
        list[layer.count] = other != NULL ? *other : incident->techniques[i];
        list[layer.count++].colour = other != NULL ? BOTH : HERE;
    }
    for (size_t i = 0; i < actor->count; i++) {
        if (find(incident, actor->techniques[i].id) == NULL) {
            list[layer.count] = actor->techniques[i];
            list[layer.count++].colour = THERE;
        }
    }
    if (layer.count > 1) {
        qsort(list, layer.count, sizeof(*list), by_id);
    }
    layer.techniques = list;
    *ret = layer;
    return HM_OK;
}
