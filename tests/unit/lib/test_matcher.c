/* SPDX-License-Identifier: Apache-2.0
 * test_matcher.c - the matcher from outside: many threads scan with one set, in memory and from its
 * file. */
#include <hallmark/matcher.h>

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"

enum { THREADS = 4, ROUNDS = 200 };

typedef struct worker {
    const hm_matcher *matcher;
    uint64_t hits;
} worker;

static int on_hit(void *user, const hm_hit *hit, hm_err *err)
{
    (void)err;
    worker *w = user;
    w->hits += hit->value.len > 0;
    return HM_OK;
}

static void *scan(void *with)
{
    static const char TEXT[] = "GET http://www.Malice.test.co.kr/ 45.77.1.9\nnothing\n45.77.1.91\n";
    worker *w = with;
    hm_err err;
    for (unsigned i = 0; i < ROUNDS; i++) {
        hm_bytes records = { (const uint8_t *)TEXT, sizeof(TEXT) - 1 };
        if (hm_matcher_scan(w->matcher, records, on_hit, w, &err) != HM_OK) {
            w->hits = UINT64_MAX / 2;
        }
    }
    return NULL;
}

static void scan_in_threads(const hm_matcher *matcher)
{
    pthread_t threads[THREADS];
    worker workers[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (worker){ .matcher = matcher };
        CHECK_EQ(pthread_create(&threads[i], NULL, scan, &workers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
        CHECK_EQ(workers[i].hits, 2 * ROUNDS);
    }
}

TEST(one_set_serves_many_threads_and_many_openers)
{
    hm_err err = { 0 };
    hm_matcher_builder *builder = NULL;
    hm_matcher *matcher = NULL;
    hm_matcher *opened = NULL;
    char path[] = "/tmp/hallmark-lib-set-XXXXXX";
    hm_indicator domain = {
        .kind = "domain", .value = "malice.test.co.kr", .value_len = 17, .reach = HM_REACH_BELOW
    };
    hm_indicator address = { .value = "45.77.1.9", .value_len = 9 };
    CHECK_OK(hm_matcher_begin(NULL, &builder, &err));
    CHECK_OK(hm_matcher_add(builder, &domain, &err));
    CHECK_OK(hm_matcher_add(builder, &address, &err));
    CHECK_EQ(hm_matcher_add(builder, &address, &err), HM_E_EXISTS);
    CHECK_OK(hm_matcher_build(builder, &matcher, &err));
    scan_in_threads(matcher);
    close(mkstemp(path));
    CHECK_OK(hm_matcher_save(matcher, path, &err));
    hm_matcher_free(matcher);
    CHECK_OK(hm_matcher_open(path, &opened, &err));
    CHECK_EQ(unlink(path), 0);
    scan_in_threads(opened);
    hm_matcher_free(opened);
    CHECK_EQ(hm_matcher_scan(NULL, (hm_bytes){ NULL, 0 }, on_hit, NULL, &err), HM_E_MISUSE);
}

RUN_TESTS()
