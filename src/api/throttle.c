/* SPDX-License-Identifier: Apache-2.0
 *
 * throttle.c - buckets for tries to sign in.
 *
 * WHY    Guessing a password must be slow for one name from everywhere and for one place at every
 *        name. What is signed in already is never touched: locking a name out of new tries costs
 *        its owner nothing who sits at the page.
 * TRUST  Names and addresses are anybody's; they are hashed with a key of this process.
 * OWNS   The table.
 */
#include "api/throttle.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/hash.h"

typedef struct bucket {
    double tries;
    int64_t at_us;
} bucket;

struct hmi_throttle {
    pthread_mutex_t lock;
    bucket names[HMI_THROTTLE_PLACES], peers[HMI_THROTTLE_PLACES];
};

hmi_throttle *hmi_throttle_new(void)
{
    hmi_throttle *t = calloc(1, sizeof(*t));
    if (t != NULL) {
        pthread_mutex_init(&t->lock, NULL);
    }
    return t;
}

void hmi_throttle_free(hmi_throttle *t)
{
    if (t != NULL) {
        pthread_mutex_destroy(&t->lock);
        free(t);
    }
}

static bucket *place(bucket *table, hm_text text)
{
    return &table[hmi_xxh3(hmi_text_bytes(text), hmi_hash_seed()) % HMI_THROTTLE_PLACES];
}

static void fill(bucket *b, int64_t now_us)
{
    if (b->at_us == 0) {
        b->tries = HMI_THROTTLE_BURST;
    } else if (now_us > b->at_us) {
        b->tries += (double)(now_us - b->at_us) / 1e6 / HMI_THROTTLE_REFILL_S;
        b->tries = b->tries > HMI_THROTTLE_BURST ? HMI_THROTTLE_BURST : b->tries;
    }
    b->at_us = now_us;
}

uint32_t hmi_throttle_take(hmi_throttle *t, hm_text name, hm_text peer, int64_t now_us)
{
    pthread_mutex_lock(&t->lock);
    bucket *by_name = place(t->names, name), *by_peer = place(t->peers, peer);
    fill(by_name, now_us);
    fill(by_peer, now_us);
    double least = by_name->tries < by_peer->tries ? by_name->tries : by_peer->tries;
    if (least >= 1) {
        by_name->tries -= 1;
        by_peer->tries -= 1;
    }
    pthread_mutex_unlock(&t->lock);
    return least >= 1 ? 0 : (uint32_t)((1 - least) * HMI_THROTTLE_REFILL_S) + 1;
}

void hmi_throttle_give_back(hmi_throttle *t, hm_text name, hm_text peer)
{
    pthread_mutex_lock(&t->lock);
    place(t->names, name)->tries += 1;
    place(t->peers, peer)->tries += 1;
    pthread_mutex_unlock(&t->lock);
}
