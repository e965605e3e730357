/* SPDX-License-Identifier: Apache-2.0
 *
 * collect.h - a sink that keeps what it hears, for tests.
 */
#ifndef HMI_TESTS_COLLECT_H
#define HMI_TESTS_COLLECT_H

#include "check.h"
#include "trait/trait.h"

enum { COLLECT_MAX = 4096 };

typedef struct collect {
    hmi_sink sink;
    hmi_arena arena;
    hmi_trait traits[COLLECT_MAX];
    size_t trait_count;
    hmi_note notes[COLLECT_MAX];
    size_t note_count;
    hmi_object objects[COLLECT_MAX];
    size_t object_count;
    hm_text fact_names[COLLECT_MAX], fact_values[COLLECT_MAX];
    size_t fact_count;
    size_t member_count;
    size_t calls_left; /* 0: unlimited; else the call that brings it to 0 is refused */
} collect;

static int collect_refuses(collect *c, hm_err *err)
{
    if (c->calls_left == 0 || --c->calls_left > 0) {
        return HM_OK;
    }
    if (err != NULL) {
        err->code = HM_E_CANCELLED;
    }
    c->calls_left = 1; /* and every later one */
    return HM_E_CANCELLED;
}

static int collect_trait(hmi_sink *sink, const hmi_trait *trait, hm_err *err)
{
    collect *c = (collect *)sink;
    assert_true(hmi_class_find((int)trait->class_id) != NULL);
    assert_true(trait->count >= 1);
    hm_text again;
    assert_int_equal(
        hmi_trait_canonical(&c->arena, trait->class_id, trait->value, false, &again, NULL), HM_OK);
    assert_true(hmi_text_eq(again, trait->value));
    if (c->trait_count < COLLECT_MAX) {
        c->traits[c->trait_count] = *trait;
        c->traits[c->trait_count].value = hmi_arena_text(&c->arena, trait->value);
        c->traits[c->trait_count++].detail = hmi_arena_bytes(&c->arena, trait->detail);
    }
    return collect_refuses(c, err);
}

static int collect_member(hmi_sink *sink, const hmi_member *member, hm_err *err)
{
    (void)member;
    ((collect *)sink)->member_count++;
    return collect_refuses((collect *)sink, err);
}

static int collect_note(hmi_sink *sink, const hmi_note *note, hm_err *err)
{
    collect *c = (collect *)sink;
    assert_true(note->text.len > 0 && note->text.len <= HMI_NOTE_TEXT_MAX);
    if (c->note_count < COLLECT_MAX) {
        c->notes[c->note_count] = *note;
        c->notes[c->note_count++].text = hmi_arena_text(&c->arena, note->text);
    }
    return collect_refuses(c, err);
}

static int collect_fact(hmi_sink *sink, hm_text name, hm_text value, hm_err *err)
{
    collect *c = (collect *)sink;
    if (c->fact_count < COLLECT_MAX) {
        c->fact_names[c->fact_count] = hmi_arena_text(&c->arena, name);
        c->fact_values[c->fact_count++] = hmi_arena_text(&c->arena, value);
    }
    return collect_refuses(c, err);
}

static int collect_object(hmi_sink *sink, const hmi_object *object, hm_err *err)
{
    collect *c = (collect *)sink;
    if (c->object_count < COLLECT_MAX) {
        hmi_object *kept = &c->objects[c->object_count++];
        *kept = *object;
        kept->id = hmi_arena_text(&c->arena, object->id);
        kept->type = hmi_arena_text(&c->arena, object->type);
        kept->modified = hmi_arena_text(&c->arena, object->modified);
        kept->raw = hmi_arena_bytes(&c->arena, object->raw);
    }
    return collect_refuses(c, err);
}

static const hmi_sink_ops collect_ops = {
    .trait = collect_trait,
    .member = collect_member,
    .note = collect_note,
    .fact = collect_fact,
    .object = collect_object,
};

static inline collect *collect_new(void)
{
    collect *c = calloc(1, sizeof(*c));
    assert_non_null(c);
    c->sink.ops = &collect_ops;
    hmi_arena_init(&c->arena, (size_t)64 << 20);
    return c;
}

static inline void collect_free(collect *c)
{
    hmi_arena_fini(&c->arena);
    free(c);
}

/* The first trait of this class and value, NULL if there was none. */
static inline const hmi_trait *collect_find(const collect *c, hmi_class class_id, const char *value)
{
    for (size_t i = 0; i < c->trait_count; i++) {
        if (c->traits[i].class_id == class_id && hmi_text_is(c->traits[i].value, value)) {
            return &c->traits[i];
        }
    }
    return NULL;
}

/* Was there a note whose sentence holds `words`? */
static inline const hmi_note *collect_note_with(const collect *c, const char *words)
{
    for (size_t i = 0; i < c->note_count; i++) {
        if (hmi_find(hmi_text_bytes(c->notes[i].text), hmi_text_bytes(hmi_text_of(words))) !=
            HMI_NPOS) {
            return &c->notes[i];
        }
    }
    return NULL;
}

#endif
