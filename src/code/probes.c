/* SPDX-License-Identifier: Apache-2.0
 *
 * probes.c - keys under which a function can be found again among millions.
 *
 * WHY    Comparing with everything is out of the question: two functions that are alike must share
 *        some key, and common keys must be few.
 * FORM   In this order: the exact hash; single names (strings, constants, imports, then those of
 *        callees and callers), heaviest first, only those that are not common; then pairs of the
 *        lowest-ranked features of MNEMONIC, GRAM, BLOCK and SHAPE: two functions with the same
 *        low ranks share most of their features.
 * TRUST  The fingerprint is hostile: parsed first.
 * OWNS   Nothing.
 */
#include "base/num.h"
#include "code/fingerprint.h"

enum { WEIGHT_RARE = 6, PAIRS_EACH = 3, NAMES_EACH = 8 };

typedef struct probes {
    uint64_t *out;
    size_t count, max;
} probes;

static void add(probes *p, uint64_t kind, uint64_t value)
{
    uint64_t key = hmi_mix64(value * UINT64_C(0x9e3779b97f4a7c15) + kind);
    for (size_t i = 0; i < p->count; i++) {
        if (p->out[i] == key) {
            return;
        }
    }
    if (p->count < p->max) {
        p->out[p->count++] = key;
    }
}

typedef struct choice {
    uint32_t ids[NAMES_EACH];
    uint64_t order[NAMES_EACH];
    size_t count;
} choice;

/* Keeps the few with the lowest `order`. */
static void choose(choice *c, uint32_t id, uint64_t order, size_t max)
{
    size_t at = c->count;
    while (at > 0 && c->order[at - 1] > order) {
        at--;
    }
    if (at == max) {
        return;
    }
    size_t moved = hmi_min(c->count, max - 1) - at;
    memmove(&c->ids[at + 1], &c->ids[at], moved * sizeof c->ids[0]);
    memmove(&c->order[at + 1], &c->order[at], moved * sizeof c->order[0]);
    c->ids[at] = id;
    c->order[at] = order;
    c->count += c->count < max;
}

static void add_names(probes *p, const hmi_fingerprint *f, hmi_feature_class class_id)
{
    const hmi_fingerprint_list *list = &f->lists[class_id];
    choice c = { .count = 0 };
    for (size_t i = 0; i < list->kept; i++) {
        uint32_t id = hmi_id24(list->ids + 3 * i);
        unsigned weight = hmi_feature_weight(id);
        if (weight >= WEIGHT_RARE) {
            choose(&c, id, (uint64_t)(16 - weight) << 32 | id, NAMES_EACH);
        }
    }
    /* Callees' and callers' names share the key of the name itself: inlining moves a name from one
     * to the other. */
    for (size_t i = 0; i < c.count; i++) {
        add(p, 1, c.ids[i]);
    }
}

static void add_pairs(probes *p, const hmi_fingerprint *f, hmi_feature_class class_id)
{
    const hmi_fingerprint_list *list = &f->lists[class_id];
    choice c = { .count = 0 };
    for (size_t i = 0; i < list->kept; i++) {
        uint32_t id = hmi_id24(list->ids + 3 * i);
        choose(&c, id, hmi_feature_rank(id, hmi_feature_weight(id)), PAIRS_EACH + 1);
    }
    uint64_t kind = 16 + (uint64_t)class_id;
    if (class_id == HMI_FEATURE_MNEMONIC) {
        kind |= (uint64_t)f->machine << 8;
    }
    for (size_t i = 0; i + 1 < c.count; i++) {
        add(p, kind, (uint64_t)c.ids[i] << 24 | c.ids[i + 1]);
    }
}

size_t hmi_fingerprint_probes(hm_bytes fingerprint, uint64_t *ret_probes, size_t max)
{
    hmi_fingerprint f;
    if (!hmi_fingerprint_parse(fingerprint, &f)) {
        return 0;
    }
    probes p = { ret_probes, 0, max };
    uint64_t exact = 0;
    for (unsigned i = 0; i < 8; i++) {
        exact = exact << 8 | f.exact[i];
    }
    add(&p, 0, exact);
    for (int c = HMI_FEATURE_STRING; c <= HMI_FEATURE_IMPORT; c++) {
        add_names(&p, &f, (hmi_feature_class)c);
    }
    add_pairs(&p, &f, HMI_FEATURE_MNEMONIC);
    add_pairs(&p, &f, HMI_FEATURE_GRAM);
    add_pairs(&p, &f, HMI_FEATURE_BLOCK);
    add_pairs(&p, &f, HMI_FEATURE_SHAPE);
    add_names(&p, &f, HMI_FEATURE_CALLEE);
    add_names(&p, &f, HMI_FEATURE_CALLER);
    return p.count;
}
