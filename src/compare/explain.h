/* SPDX-License-Identifier: Apache-2.0
 *
 * explain.h - a scored question as an answer that can be argued with. Private to this room.
 *
 * Knows no casebook: what it needs is known (known.h), scored (score.h) and weighed (model.h).
 */
#ifndef HMI_COMPARE_EXPLAIN_H
#define HMI_COMPARE_EXPLAIN_H

#include "compare/attribute.h"

/* What each actor shows in half of its incidents or more: found when asked for, kept until the
 * actor's incidents change. */
typedef struct hmi_habits {
    hmi_arena *arena;
    const hmi_known *known;
    struct hmi_habit {
        uint64_t changes; /* of the actor, when this was found */
        uint32_t *terms;
        size_t count, capacity;
    } * of; /* by actor */
    size_t capacity;
} hmi_habits;
void hmi_habits_init(hmi_habits *habits, hmi_arena *arena, const hmi_known *known);

typedef struct hmi_explaining {
    hmi_scorer *scorer; /* holds the question's rows */
    const hmi_model *model;
    hmi_habits *habits;
    const hm_text *names; /* by actor */
    const hmi_query *query;
    int32_t today;
    const hmi_attribute_options *options;
    int64_t (*incident_of)(const void *with, uint32_t slot);
    const void *with;
} hmi_explaining;
/* Fills none, suspects, contradiction and carried_by; all in the arena. The scorer's rows are used
 * up. */
int hmi_explain(const hmi_explaining *explaining, hmi_arena *arena, hmi_attribution *ret,
                hm_err *err);

#endif
