/* SPDX-License-Identifier: Apache-2.0
 *
 * actor_layer.h - an incident's techniques beside an actor's, as layers for the ATT&CK Navigator.
 */
#ifndef HMI_TELL_ACTOR_LAYER_H
#define HMI_TELL_ACTOR_LAYER_H

#include "compare/attribute.h"
#include "tell/navigator.h"

/* The techniques of the incidents that are stated to be the actor's (the one asked about left out):
 * score is the share of them. */
int hmi_layer_of_actor(hmi_store *store, hmi_arena *arena, hm_text actor, int64_t except,
                       const hmi_statement *statements, size_t count, hmi_layer *ret, hm_err *err);
/* The incident's own. */
int hmi_layer_of_incident(hmi_store *store, hmi_arena *arena, const hmi_incident *incident,
                          hmi_layer *ret, hm_err *err);
/* What both have, what only one has. */
int hmi_layer_difference(hmi_arena *arena, const hmi_layer *incident, const hmi_layer *actor,
                         hmi_layer *ret, hm_err *err);

#endif
