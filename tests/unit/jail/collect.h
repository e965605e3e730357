/* SPDX-License-Identifier: Apache-2.0
 *
 * collect.h - a sink that writes down all it hears, one line each, for tests.
 */
#ifndef HMI_TESTS_JAIL_COLLECT_H
#define HMI_TESTS_JAIL_COLLECT_H

#include "base/buf.h"
#include "trait/trait.h"

typedef struct collect {
    hmi_sink sink;
    hmi_buf lines;
    uint64_t traits, members, member_bytes, notes, facts, objects;
    int fail_with; /* every call answers this, if not 0 */
} collect;

static collect *collect_of(hmi_sink *sink)
{
    return (collect *)(void *)sink;
}

static int collect_trait(hmi_sink *sink, const hmi_trait *t, hm_err *err)
{
    (void)err;
    collect *c = collect_of(sink);
    c->traits++;
    if (c->traits < 10000) {
        hmi_buf_printf(&c->lines, "trait %d %d %.*s @%llu x%llu %lld-%lld +%zu\n", t->class_id,
                       t->role, HMI_FMT(t->value), (unsigned long long)t->offset,
                       (unsigned long long)t->count, (long long)t->first_us, (long long)t->last_us,
                       t->detail.len);
    }
    return c->fail_with;
}

static int collect_member(hmi_sink *sink, const hmi_member *m, hm_err *err)
{
    (void)err;
    collect *c = collect_of(sink);
    c->members++;
    c->member_bytes += m->content.len;
    hmi_buf_printf(&c->lines, "member %.*s %zu @%llu %d %s", (int)m->name.len,
                   (const char *)m->name.ptr, m->content.len, (unsigned long long)m->offset,
                   m->truncated, m->apart ? "apart " : "");
    hmi_buf_add(&c->lines, hmi_slice(m->content, 0, 100));
    hmi_buf_add_char(&c->lines, '\n');
    return c->fail_with;
}

static int collect_note(hmi_sink *sink, const hmi_note *n, hm_err *err)
{
    (void)err;
    collect *c = collect_of(sink);
    c->notes++;
    hmi_buf_printf(&c->lines, "note %d %d @%llu %.*s\n", n->severity, n->code,
                   (unsigned long long)n->offset, HMI_FMT(n->text));
    return c->fail_with;
}

static int collect_fact(hmi_sink *sink, hm_text name, hm_text value, hm_err *err)
{
    (void)err;
    collect *c = collect_of(sink);
    c->facts++;
    hmi_buf_printf(&c->lines, "fact %.*s=%.*s\n", HMI_FMT(name), HMI_FMT(value));
    return c->fail_with;
}

static int collect_object(hmi_sink *sink, const hmi_object *o, hm_err *err)
{
    (void)err;
    collect *c = collect_of(sink);
    c->objects++;
    hmi_buf_printf(&c->lines, "object %.*s %.*s %.*s %zu @%llu\n", HMI_FMT(o->id), HMI_FMT(o->type),
                   HMI_FMT(o->modified), o->raw.len, (unsigned long long)o->offset);
    return c->fail_with;
}

static const hmi_sink_ops COLLECT_OPS = { .trait = collect_trait,
                                          .member = collect_member,
                                          .note = collect_note,
                                          .fact = collect_fact,
                                          .object = collect_object };

static inline void collect_init(collect *c)
{
    *c = (collect){ .sink = { &COLLECT_OPS } };
}

static inline void collect_fini(collect *c)
{
    hmi_buf_fini(&c->lines);
}

static inline bool collect_has(const collect *c, const char *text)
{
    return hmi_find(hmi_buf_bytes(&c->lines), hmi_text_bytes(hmi_text_of(text))) != HMI_NPOS;
}

#endif
