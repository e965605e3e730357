/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_store.h - a casebook in memory, with just the questions a comparison asks.
 *
 * A test states who saw what; the double answers as store.h promises. Defined in the test program,
 * so the linker never reaches for the real one.
 */
#ifndef HMI_TESTS_FAKE_STORE_H
#define HMI_TESTS_FAKE_STORE_H

#include "base/error.h"
#include "casebook/store.h"
#include "code/code.h"

enum { FAKE_TRAITS_MAX = 4096, FAKE_SEEN_MAX = 200000, FAKE_INCIDENTS_MAX = 2048 };

typedef struct fake_trait {
    hmi_class class_id;
    char value[96];
    hmi_key key;
    uint32_t baseline;
    uint32_t kin;    /* functions of one kin are alike; 0: none */
    double nearness; /* likeness within the kin = 1 - |difference| */
    char detail[16];
} fake_trait;

typedef struct fake_seen {
    int64_t incident, trait, evidence;
    hmi_role role;
} fake_seen;

struct hmi_store {
    fake_trait traits[FAKE_TRAITS_MAX]; /* id = place + 1 */
    size_t trait_count;
    fake_seen seen[FAKE_SEEN_MAX];
    size_t seen_count;
    uint64_t incidents, files;
};

static struct hmi_store fake;

static void fake_reset(uint64_t incidents, uint64_t files)
{
    memset(&fake, 0, sizeof(fake));
    fake.incidents = incidents;
    fake.files = files;
}

static int64_t fake_trait_id(hmi_class class_id, const char *value)
{
    for (size_t i = 0; i < fake.trait_count; i++) {
        if (fake.traits[i].class_id == class_id && strcmp(fake.traits[i].value, value) == 0) {
            return (int64_t)i + 1;
        }
    }
    fake_trait *trait = &fake.traits[fake.trait_count++];
    trait->class_id = class_id;
    snprintf(trait->value, sizeof(trait->value), "%s", value);
    uint64_t hash = 1469598103934665603u + (uint64_t)class_id;
    for (const char *c = value; *c != 0; c++) {
        hash = (hash ^ (uint64_t)(unsigned char)*c) * 1099511628211u;
    }
    memcpy(trait->key.bytes, &hash, sizeof(hash));
    return (int64_t)fake.trait_count;
}

/* The incident saw the value in that piece of evidence. */
static void fake_saw(int64_t incident, int64_t evidence, hmi_class class_id, const char *value,
                     hmi_role role)
{
    fake.seen[fake.seen_count++] =
        (fake_seen){ incident, fake_trait_id(class_id, value), evidence, role };
}

__attribute__((unused)) static void fake_baseline(hmi_class class_id, const char *value,
                                                  uint32_t files)
{
    fake.traits[fake_trait_id(class_id, value) - 1].baseline = files;
}

/* A function of so many instructions; those of one kin are alike. */
__attribute__((unused)) static void fake_function(const char *value, uint32_t kin, double nearness,
                                                  unsigned instructions)
{
    fake_trait *trait = &fake.traits[fake_trait_id(HMI_FUNCTION, value) - 1];
    trait->kin = kin;
    trait->nearness = nearness;
    snprintf(trait->detail, sizeof(trait->detail), "%lld/%u",
             (long long)fake_trait_id(HMI_FUNCTION, value), instructions);
}

/* ---- What store.h and code.h promise */
bool hmi_fingerprint_facts(hm_bytes fingerprint, hmi_function_facts *ret_facts)
{
    unsigned instructions = 0;
    char text[16] = { 0 };
    if (fingerprint.len == 0 || fingerprint.len >= sizeof(text)) {
        return false;
    }
    memcpy(text, fingerprint.ptr, fingerprint.len);
    if (sscanf(text, "%*d/%u", &instructions) != 1) {
        return false;
    }
    *ret_facts = (hmi_function_facts){ .instructions = instructions };
    return true;
}

int hmi_incident_get(hmi_store *store, hmi_arena *arena, int64_t id, hmi_incident *ret, hm_err *err)
{
    if (id < 1 || (uint64_t)id > store->incidents) {
        return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "no such incident");
    }
    *ret = (hmi_incident){ .id = id, .name = hmi_arena_printf(arena, "incident-%d", (int)id) };
    return ret->name.ptr != NULL ? HM_OK : hmi_arena_fail(arena, err);
}

int hmi_store_generation(hmi_store *store, uint64_t *ret_generation, hm_err *err)
{
    (void)err;
    *ret_generation = store->seen_count;
    return HM_OK;
}

int hmi_snapshot_begin(hmi_store *store, hm_err *err)
{
    (void)store, (void)err;
    return HM_OK;
}

void hmi_snapshot_end(hmi_store *store)
{
    (void)store;
}

int hmi_incident_count(hmi_store *store, uint64_t *ret_count, hm_err *err)
{
    (void)err;
    *ret_count = store->incidents;
    return HM_OK;
}

int hmi_baseline_files(hmi_store *store, uint64_t *ret_files, hm_err *err)
{
    (void)err;
    *ret_files = store->files;
    return HM_OK;
}

static int fake_by_key(const void *a, const void *b)
{
    const hmi_incident_trait *x = a, *y = b;
    if (x->class_id != y->class_id) {
        return x->class_id < y->class_id ? -1 : 1;
    }
    return memcmp(&x->key, &y->key, sizeof(x->key));
}

static hmi_incident_trait fake_row(const hmi_store *store, size_t i)
{
    const fake_trait *trait = &store->traits[i];
    return (hmi_incident_trait){ .id = (int64_t)i + 1,
                                 .class_id = trait->class_id,
                                 .key = trait->key,
                                 .value = hmi_text_of(trait->value),
                                 .detail = hmi_text_bytes(hmi_text_of(trait->detail)) };
}

static int fake_list(hmi_store *store, hmi_arena *arena, int64_t incident, int class_id,
                     hmi_incident_trait **ret, size_t *ret_count, hm_err *err)
{
    hmi_incident_trait *rows = hmi_new_array(arena, hmi_incident_trait, store->trait_count);
    static size_t place[FAKE_TRAITS_MAX];
    size_t count = 0;
    if (rows == NULL) {
        return hmi_arena_fail(arena, err);
    }
    memset(place, 0, sizeof(place));
    for (size_t i = 0; i < store->seen_count; i++) {
        const fake_seen *seen = &store->seen[i];
        const size_t trait = (size_t)seen->trait - 1;
        if (seen->incident != incident ||
            (class_id != 0 && (int)store->traits[trait].class_id != class_id)) {
            continue;
        }
        if (place[trait] == 0) {
            rows[count++] = fake_row(store, trait);
            place[trait] = count;
        }
        rows[place[trait] - 1].roles |= 1u << seen->role;
    }
    qsort(rows, count, sizeof(*rows), fake_by_key);
    *ret = rows;
    *ret_count = count;
    return HM_OK;
}

int hmi_incident_traits(hmi_store *store, hmi_arena *arena, int64_t incident,
                        hmi_incident_trait **ret, size_t *ret_count, hm_err *err)
{
    return fake_list(store, arena, incident, 0, ret, ret_count, err);
}

int hmi_incident_class_traits(hmi_store *store, hmi_arena *arena, int64_t incident,
                              hmi_class class_id, hmi_incident_trait **ret, size_t *ret_count,
                              hm_err *err)
{
    return fake_list(store, arena, incident, (int)class_id, ret, ret_count, err);
}

int hmi_incident_class_counts(hmi_store *store, int64_t incident,
                              uint32_t ret_counts[HMI_CLASS_MAX + 1], hm_err *err)
{
    hmi_arena arena;
    hmi_incident_trait *rows = NULL;
    size_t count = 0;
    hmi_arena_init(&arena, 16 << 20);
    int code = fake_list(store, &arena, incident, 0, &rows, &count, err);
    memset(ret_counts, 0, sizeof(uint32_t) * (HMI_CLASS_MAX + 1));
    for (size_t i = 0; i < count; i++) {
        ret_counts[rows[i].class_id] += 1;
    }
    hmi_arena_fini(&arena);
    return code;
}

int hmi_trait_get(hmi_store *store, hmi_arena *arena, int64_t trait, hmi_incident_trait *ret,
                  hm_err *err)
{
    (void)arena;
    (void)err;
    *ret = fake_row(store, (size_t)trait - 1);
    return HM_OK;
}

static int fake_by_id(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static size_t fake_holders(hmi_store *store, int64_t trait, int64_t *ret_ids, size_t max)
{
    static int64_t all[FAKE_SEEN_MAX];
    size_t count = 0, distinct = 0;
    for (size_t i = 0; i < store->seen_count; i++) {
        if (store->seen[i].trait == trait) {
            all[count++] = store->seen[i].incident;
        }
    }
    qsort(all, count, sizeof(*all), fake_by_id);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && all[i] == all[i - 1]) {
            continue;
        }
        if (distinct < max) {
            ret_ids[distinct] = all[i];
        }
        distinct++;
    }
    return distinct;
}

int hmi_trait_incident_count(hmi_store *store, int64_t trait, size_t *ret_count, hm_err *err)
{
    (void)err;
    *ret_count = fake_holders(store, trait, NULL, 0);
    return HM_OK;
}

int hmi_trait_incidents(hmi_store *store, int64_t trait, int64_t *ret_ids, size_t max,
                        size_t *ret_total, hm_err *err)
{
    (void)err;
    const size_t total = fake_holders(store, trait, ret_ids, max);
    *ret_total = total < max + 1 ? total : max + 1;
    return HM_OK;
}

int hmi_traits_incidents(hmi_store *store, hmi_arena *arena, const int64_t *traits, size_t count,
                         uint32_t max_each, hmi_incidents_of *ret, hm_err *err)
{
    static int64_t ids[FAKE_SEEN_MAX];
    uint32_t *from = hmi_new_array(arena, uint32_t, count + 1);
    uint32_t *totals = hmi_new_array(arena, uint32_t, count);
    int64_t *all = hmi_new_array(arena, int64_t, store->seen_count);
    if (from == NULL || totals == NULL || all == NULL) {
        return hmi_arena_fail(arena, err);
    }
    for (size_t i = 0; i < count; i++) {
        size_t total = 0;
        HMI_TRY(hmi_trait_incidents(store, traits[i], ids, max_each, &total, err));
        const size_t listed = total <= max_each ? total : 0;
        totals[i] = (uint32_t)total;
        from[i + 1] = from[i] + (uint32_t)listed;
        memcpy(all + from[i], ids, listed * sizeof(*ids));
    }
    *ret = (hmi_incidents_of){ from, totals, all };
    return HM_OK;
}

int hmi_trait_seen(hmi_store *store, hmi_arena *arena, int64_t incident, int64_t trait,
                   hmi_seen **ret, size_t *ret_count, hm_err *err)
{
    hmi_seen *seen = hmi_new_array(arena, hmi_seen, store->seen_count);
    size_t count = 0;
    if (seen == NULL) {
        return hmi_arena_fail(arena, err);
    }
    for (size_t i = 0; i < store->seen_count; i++) {
        if (store->seen[i].incident == incident && store->seen[i].trait == trait) {
            seen[count++] = (hmi_seen){ .evidence = store->seen[i].evidence,
                                        .role = store->seen[i].role,
                                        .count = 1 };
        }
    }
    *ret = seen;
    *ret_count = count;
    return HM_OK;
}

int hmi_baseline_counts(hmi_store *store, const hmi_key *keys, size_t count, uint32_t *ret_counts,
                        hm_err *err)
{
    (void)err;
    for (size_t i = 0; i < count; i++) {
        ret_counts[i] = 0;
        for (size_t k = 0; k < store->trait_count; k++) {
            if (memcmp(&keys[i], &store->traits[k].key, sizeof(hmi_key)) == 0) {
                ret_counts[i] = store->traits[k].baseline;
            }
        }
    }
    return HM_OK;
}

int hmi_baseline_alike(hmi_store *store, hm_bytes fingerprint, const double *similarities,
                       size_t count, uint32_t *ret_counts, hm_err *err)
{
    (void)store;
    (void)fingerprint;
    (void)similarities;
    (void)err;
    memset(ret_counts, 0, count * sizeof(*ret_counts));
    return HM_OK;
}

static int fake_by_likeness(const void *a, const void *b)
{
    const hmi_alike *x = a, *y = b;
    if (x->similarity < y->similarity || x->similarity > y->similarity) {
        return x->similarity > y->similarity ? -1 : 1;
    }
    return x->trait < y->trait ? -1 : x->trait > y->trait;
}

int hmi_functions_alike(hmi_store *store, hm_bytes fingerprint, double similarity, hmi_alike *ret,
                        size_t max, size_t *ret_count, hm_err *err)
{
    static hmi_alike all[FAKE_TRAITS_MAX];
    const fake_trait *asked = &store->traits[atoi((const char *)fingerprint.ptr) - 1];
    size_t count = 0;
    (void)err;
    for (size_t i = 0; i < store->trait_count && asked->kin != 0; i++) {
        const double apart = store->traits[i].nearness - asked->nearness;
        const double alike = 1 - (apart < 0 ? -apart : apart);
        if (store->traits[i].kin == asked->kin && alike >= similarity) {
            all[count++] = (hmi_alike){ (int64_t)i + 1, alike };
        }
    }
    qsort(all, count, sizeof(*all), fake_by_likeness);
    *ret_count = count < max ? count : max;
    memcpy(ret, all, *ret_count * sizeof(*all));
    return HM_OK;
}

#endif
