/* SPDX-License-Identifier: Apache-2.0
 *
 * group.c - ristretto255 by libsodium, on every processor.
 *
 * WHY    All that costs time here is one multiplication a point (50 to 90 microseconds): it is
 *        spread over threads; nothing is shared but what is read and whose turn it is.
 * FORM   An element is hashed to the group as SHA-512 over "hallmark overlap 1" NUL class NUL
 *        value; class names and canonical values are the same for all partners.
 * TRUST  Points come from partners: libsodium refuses what is no canonical point, and a result that
 *        is the neutral element.
 * OWNS   Its threads, joined before it returns.
 */
#include "overlap/group.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "base/num.h"

#define ELEMENT_DOMAIN "hallmark overlap 1"
#define TAG_DOMAIN "hallmark overlap tag 1"
enum { TURN = 256 }; /* points that a thread takes at a time; fewer are not worth another one */

/* Threads take a turn each until nothing is left: a processor that others use too does less. */
typedef struct work {
    const hmi_overlap_element *elements; /* or NULL: `in` */
    const uint8_t *in, *scalar;
    uint8_t *out;
    size_t count;
    atomic_size_t next, bad; /* the first that is no point; count when all are */
} work;

static void element_point(const hmi_overlap_element *element, uint8_t out[HMI_OVERLAP_POINT])
{
    crypto_hash_sha512_state state;
    uint8_t digest[64];
    (void)crypto_hash_sha512_init(&state);
    (void)crypto_hash_sha512_update(&state, (const uint8_t *)ELEMENT_DOMAIN,
                                    sizeof(ELEMENT_DOMAIN));
    (void)crypto_hash_sha512_update(&state, (const uint8_t *)element->class_name.ptr,
                                    element->class_name.len);
    (void)crypto_hash_sha512_update(&state, (const uint8_t *)"", 1);
    (void)crypto_hash_sha512_update(&state, (const uint8_t *)element->value.ptr,
                                    element->value.len);
    (void)crypto_hash_sha512_final(&state, digest);
    (void)crypto_core_ristretto255_from_hash(out, digest);
}

static bool raise_one(const work *w, size_t i)
{
    uint8_t point[HMI_OVERLAP_POINT];
    const uint8_t *from = point;
    if (w->elements != NULL) {
        element_point(&w->elements[i], point);
    } else {
        from = w->in + i * HMI_OVERLAP_POINT;
    }
    return crypto_scalarmult_ristretto255(w->out + i * HMI_OVERLAP_POINT, w->scalar, from) == 0;
}

static void note_bad(work *w, size_t i)
{
    size_t first = atomic_load(&w->bad);
    while (i < first && !atomic_compare_exchange_weak(&w->bad, &first, i)) {
    }
}

static void *take_turns(void *with)
{
    work *w = with;
    for (size_t from; (from = atomic_fetch_add(&w->next, TURN)) < w->count;) {
        size_t to = hmi_min(w->count, from + TURN);
        for (size_t i = from; i < to; i++) {
            if (!raise_one(w, i)) {
                note_bad(w, i);
            }
        }
    }
    return NULL;
}

/* The number of the first bad one, or the count. */
static size_t run_all(work *w)
{
    pthread_t threads[HMI_OVERLAP_THREADS_MAX];
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t wanted = processors < 1 ? 1 : hmi_min((size_t)processors, HMI_OVERLAP_THREADS_MAX);
    size_t count = hmi_min(wanted, w->count / TURN), started = 0;
    atomic_init(&w->next, 0);
    atomic_init(&w->bad, w->count);
    while (started + 1 < count && pthread_create(&threads[started], NULL, take_turns, w) == 0) {
        started++;
    }
    (void)take_turns(w); /* this thread is one of them, and all of them when none could be made */
    while (started > 0) {
        pthread_join(threads[--started], NULL);
    }
    return atomic_load(&w->bad);
}

void hmi_overlap_blind(const hmi_overlap_element *elements, size_t count, const uint8_t scalar[32],
                       uint8_t *out)
{
    work all = { .elements = elements, .scalar = scalar, .out = out, .count = count };
    size_t bad = run_all(&all);
    hmi_assert(bad == count); /* a hash that is the neutral element: never */
}

int hmi_overlap_raise(const uint8_t *in, size_t count, const uint8_t scalar[32], uint8_t *out,
                      hm_err *err)
{
    work all = { .in = in, .scalar = scalar, .out = out, .count = count };
    size_t bad = run_all(&all);
    if (bad < count) {
        return hmi_fail(err, HM_E_MALFORMED, HMI_OVERLAP_HEAD + bad * HMI_OVERLAP_POINT,
                        "point %zu of the message is none of the group", bad);
    }
    return HM_OK;
}

void hmi_overlap_pad(size_t count, uint8_t *out)
{
    for (size_t i = 0; i < count; i++) {
        crypto_core_ristretto255_random(out + i * HMI_OVERLAP_POINT);
    }
}

void hmi_overlap_scalar(uint8_t ret_scalar[32])
{
    crypto_core_ristretto255_scalar_random(ret_scalar);
}

void hmi_overlap_tags(const uint8_t *points, size_t count,
                      const uint8_t session[HMI_OVERLAP_SESSION], uint8_t *out)
{
    for (size_t i = 0; i < count; i++) {
        crypto_generichash_state state;
        (void)crypto_generichash_init(&state, NULL, 0, HMI_OVERLAP_TAG);
        (void)crypto_generichash_update(&state, (const uint8_t *)TAG_DOMAIN, sizeof(TAG_DOMAIN));
        (void)crypto_generichash_update(&state, session, HMI_OVERLAP_SESSION);
        (void)crypto_generichash_update(&state, points + i * HMI_OVERLAP_POINT, HMI_OVERLAP_POINT);
        (void)crypto_generichash_final(&state, out + i * HMI_OVERLAP_TAG, HMI_OVERLAP_TAG);
    }
}

hmi_sha256 hmi_overlap_commit(const hmi_overlap_element *elements, size_t count,
                              const uint8_t salt[32])
{
    hmi_sha256 digest;
    hmi_digests *digests = hmi_digests_new();
    hmi_assert(digests != NULL);
    hmi_digests_add(digests, hmi_bytes(salt, 32));
    for (size_t i = 0; i < count; i++) {
        hmi_digests_add(digests, hmi_text_bytes(elements[i].class_name));
        hmi_digests_add(digests, hmi_bytes("", 1));
        hmi_digests_add(digests, hmi_text_bytes(elements[i].value));
        hmi_digests_add(digests, hmi_bytes("", 1));
    }
    hmi_digests_end(digests, &digest, NULL, NULL);
    hmi_digests_free(digests);
    return digest;
}
