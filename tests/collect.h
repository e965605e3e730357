/* SPDX-License-Identifier: Apache-2.0
 *
 * collect.h - a sink that keeps copies of everything a reader says, for tests.
 *
 *     collector got;
 *     collect_init(&got, 64 << 20);
 *     hmi_reading reading = collect_reading(&got);
 *     CHECK_OK(reader.read(&reading, file, &err));
 *     CHECK(collect_has(&got, HMI_ADDRESS, HMI_ROLE_CLIENT, "192.0.2.1"));
 *     collect_fini(&got);
 */
#ifndef HMI_TESTS_COLLECT_H
#define HMI_TESTS_COLLECT_H

#include <stdio.h>
#include <string.h>

#include "trait/trait.h"

typedef struct collected_fact {
    hm_text name, value;
} collected_fact;

typedef struct collector {
    hmi_sink sink; /* first: the sink's functions cast back */
    hmi_arena arena;
    hmi_trait *traits;
    hmi_member *members;
    hmi_note *notes;
    collected_fact *facts;
    hmi_object *objects;
    size_t trait_count, member_count, note_count, fact_count, object_count;
    size_t traits_room, members_room, notes_room, facts_room, objects_room;
    size_t fail_after; /* the n-th call from now on answers HM_E_CANCELLED; 0 = never */
} collector;

static inline int collect_step(collector *c)
{
    return c->fail_after > 0 && --c->fail_after == 0 ? HM_E_CANCELLED : HM_OK;
}

#define COLLECT_INTO(c, list, counter, item)                                                  \
    do {                                                                                      \
        void *grown = hmi_arena_grow(&(c)->arena, (c)->list, (c)->counter, &(c)->list##_room, \
                                     sizeof(*(c)->list));                                     \
        if (grown == NULL) {                                                                  \
            return HM_E_MEMORY;                                                               \
        }                                                                                     \
        (c)->list = grown;                                                                    \
        (c)->list[(c)->counter++] = (item);                                                   \
    } while (0)

static inline int collect_trait(hmi_sink *sink, const hmi_trait *trait, hm_err *err)
{
    (void)err;
    collector *c = (collector *)(void *)sink;
    hmi_trait copy = *trait;
    copy.value = hmi_arena_text(&c->arena, trait->value);
    copy.detail = hmi_arena_bytes(&c->arena, trait->detail);
    COLLECT_INTO(c, traits, trait_count, copy);
    return collect_step(c);
}

static inline int collect_member(hmi_sink *sink, const hmi_member *member, hm_err *err)
{
    (void)err;
    collector *c = (collector *)(void *)sink;
    hmi_member copy = *member;
    copy.name = hmi_arena_bytes(&c->arena, member->name);
    copy.content = hmi_arena_bytes(&c->arena, member->content);
    COLLECT_INTO(c, members, member_count, copy);
    return collect_step(c);
}

static inline int collect_note(hmi_sink *sink, const hmi_note *note, hm_err *err)
{
    (void)err;
    collector *c = (collector *)(void *)sink;
    hmi_note copy = *note;
    copy.text = hmi_arena_text(&c->arena, note->text);
    COLLECT_INTO(c, notes, note_count, copy);
    return collect_step(c);
}

static inline int collect_fact(hmi_sink *sink, hm_text name, hm_text value, hm_err *err)
{
    (void)err;
    collector *c = (collector *)(void *)sink;
    collected_fact copy = { hmi_arena_text(&c->arena, name), hmi_arena_text(&c->arena, value) };
    COLLECT_INTO(c, facts, fact_count, copy);
    return collect_step(c);
}

static inline int collect_object(hmi_sink *sink, const hmi_object *object, hm_err *err)
{
    (void)err;
    collector *c = (collector *)(void *)sink;
    hmi_object copy = *object;
    copy.id = hmi_arena_text(&c->arena, object->id);
    copy.type = hmi_arena_text(&c->arena, object->type);
    copy.modified = hmi_arena_text(&c->arena, object->modified);
    copy.raw = hmi_arena_bytes(&c->arena, object->raw);
    COLLECT_INTO(c, objects, object_count, copy);
    return collect_step(c);
}

static inline void collect_init(collector *c, size_t ceiling)
{
    static const hmi_sink_ops ops = { collect_trait, collect_member, collect_note, collect_fact,
                                      collect_object };
    memset(c, 0, sizeof(*c));
    c->sink.ops = &ops;
    hmi_arena_init(&c->arena, ceiling);
}

static inline void collect_fini(collector *c)
{
    hmi_arena_fini(&c->arena);
}

/* A reading that speaks into the collector and allocates from its arena. */
static inline hmi_reading collect_reading(collector *c)
{
    return (hmi_reading){ .arena = &c->arena, .sink = &c->sink, .context_us = HMI_TIME_NONE };
}

/* The first trait with that value; a role of HMI_ROLE_NONE stands for any. NULL if none. */
static inline const hmi_trait *collect_find(const collector *c, hmi_class class_id, hmi_role role,
                                            const char *value)
{
    for (size_t i = 0; i < c->trait_count; i++) {
        const hmi_trait *trait = &c->traits[i];
        if (trait->class_id == class_id && (role == HMI_ROLE_NONE || trait->role == role) &&
            hmi_text_is(trait->value, value)) {
            return trait;
        }
    }
    return NULL;
}

static inline bool collect_has(const collector *c, hmi_class class_id, hmi_role role,
                               const char *value)
{
    return collect_find(c, class_id, role, value) != NULL;
}

/* {NULL, 0} when the fact was not stated. */
static inline hm_text collect_fact_of(const collector *c, const char *name)
{
    for (size_t i = 0; i < c->fact_count; i++) {
        if (hmi_text_is(c->facts[i].name, name)) {
            return c->facts[i].value;
        }
    }
    return (hm_text){ NULL, 0 };
}

/* The first note of that severity whose text contains `words`, or NULL. */
static inline const hmi_note *collect_note_of(const collector *c, hmi_severity severity,
                                              const char *words)
{
    for (size_t i = 0; i < c->note_count; i++) {
        if (c->notes[i].severity == severity &&
            hmi_find(hmi_text_bytes(c->notes[i].text), hmi_text_bytes(hmi_text_of(words))) !=
                HMI_NPOS) {
            return &c->notes[i];
        }
    }
    return NULL;
}

/* Everything that was said, for a person who looks at a failed test. */
static inline void collect_print(const collector *c)
{
    for (size_t i = 0; i < c->fact_count; i++) {
        fprintf(stderr, "fact %.*s=%.*s\n", HMI_FMT(c->facts[i].name), HMI_FMT(c->facts[i].value));
    }
    for (size_t i = 0; i < c->trait_count; i++) {
        const hmi_trait *t = &c->traits[i];
        fprintf(stderr, "trait class %d role %d x%llu at %lld: %.*s\n", (int)t->class_id,
                (int)t->role, (unsigned long long)t->count, (long long)t->offset,
                HMI_FMT(t->value));
    }
    for (size_t i = 0; i < c->member_count; i++) {
        fprintf(stderr, "member %.*s, %zu bytes%s\n", (int)c->members[i].name.len,
                (const char *)c->members[i].name.ptr, c->members[i].content.len,
                c->members[i].truncated ? ", truncated" : "");
    }
    for (size_t i = 0; i < c->note_count; i++) {
        fprintf(stderr, "note %d (%d) at %lld: %.*s\n", (int)c->notes[i].severity, c->notes[i].code,
                (long long)c->notes[i].offset, HMI_FMT(c->notes[i].text));
    }
}

#endif
