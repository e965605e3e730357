/* SPDX-License-Identifier: Apache-2.0
 *
 * attribute.h - whose may an incident be? "None that I know" is an answer.
 *
 * Actors are names that publishers give; they are never merged. Which known incidents are whose is
 * the caller's to say (from STIX relationships, ATT&CK, the analyst): an hmi_actors holds those
 * statements. Claims inside the evidence are shown beside and never add weight.
 *
 *     hmi_actors *actors;                       // reads what the statements name from the casebook
 *     hmi_actors_new(store, statements, count, &model, &actors, &err);
 *     hmi_attribute(actors, &arena, incident, today, NULL, &attribution, &err);
 *     hmi_actors_free(actors);
 *
 * One thread at a time. Same casebook state, statements, model and day: same answer, byte for byte.
 */
#ifndef HMI_COMPARE_ATTRIBUTE_H
#define HMI_COMPARE_ATTRIBUTE_H

#include "casebook/store.h"
#include "compare/model.h"

/* "This incident is that actor's, says a publisher." */
typedef struct hmi_statement {
    int64_t incident;
    hm_text actor; /* as the publisher writes it */
    int64_t
        when_us; /* of the incident: the day its evidence ages from; HMI_TIME_NONE: its making */
} hmi_statement;

/* One trait for or against an actor. */
typedef struct hmi_argument {
    hmi_kind kind;
    hm_text value;
    uint32_t term; /* in the lexicon */
    double nats;   /* log likelihood ratio of this one, before discount and caps */
    uint32_t actor_incidents,
        actor_all;      /* the actor's incidents that show it, of those with the kind */
    uint32_t incidents; /* all known ones that do */
    uint32_t other_actors;
    hmi_plant group;
} hmi_argument;

typedef struct hmi_suspect {
    hm_text actor;
    double llr; /* nats, prior-free: evidence for it against all else */
    double posterior;
    const char *lr_words, *posterior_words; /* ENFSI; ICD 203: never in one sentence */
    hmi_weighed weighed;
    double without_group[HMI_PLANT_COUNT]; /* posterior if everything of the group were planted */
    uint32_t incidents;                    /* support */
    double support;                        /* decayed */
    int32_t last_day;
    bool nameable;           /* two groups speak for it by a nat each; else "shares traits with" */
    hmi_argument *arguments; /* strongest first */
    size_t argument_count;
    hmi_argument *missing; /* typical of it, the kind was examined, and absent */
    size_t missing_count;
    struct hmi_like {
        int64_t incident;
        double cosine;
    } * nearest;
    size_t nearest_count;
} hmi_suspect;

typedef struct hmi_attribution {
    const char *model;
    uint64_t generation;
    size_t incidents_known, actors_known;
    double none;           /* posterior of "none that I know" */
    hmi_suspect *suspects; /* best first */
    size_t suspect_count;
    bool contradiction; /* copies point to one, habit to another */
    /* the fewest traits of the incident whose removal changes the first place; 0: more than eight
     */
    size_t carried_by;
} hmi_attribution;

typedef struct hmi_attribute_options {
    size_t suspects_max;  /* 0: 5 */
    size_t arguments_max; /* 0: 20 */
    bool uniform_prior;   /* evidence alone decides */
} hmi_attribute_options;

typedef struct hmi_actors hmi_actors;
int hmi_actors_new(hmi_store *store, const hmi_statement *statements, size_t count,
                   const hmi_model *model, hmi_actors **ret_actors, hm_err *err);
void hmi_actors_free(hmi_actors *actors); /* NULL is fine */
/* Takes a statement in, or back: touches that incident's own traits alone, and leaves what a new
 * start would have given. */
int hmi_actors_say(hmi_actors *actors, hmi_store *store, const hmi_statement *statement,
                   hm_err *err);
void hmi_actors_unsay(hmi_actors *actors, int64_t incident);

/* `today_us`: the day ages count from; the incident itself is left out of what is known. Everything
 * in *ret lives in the arena or in `actors`. */
int hmi_attribute(hmi_actors *actors, hmi_store *store, hmi_arena *arena, int64_t incident,
                  int64_t today_us, const hmi_attribute_options *options, hmi_attribution *ret,
                  hm_err *err);

#endif
