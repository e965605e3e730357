/* SPDX-License-Identifier: Apache-2.0
 *
 * refresh.c - looks at the indicators' files, compiles in a thread of its own, hands the result
 * over.
 *
 * TRUST  A feed may be replaced by anything at any time: a set that cannot be made, or holds
 * nothing while the old one held something, is told and not used. OWNS   The set in use, the one
 * before it, and the one being made.
 */
#include "cli/refresh.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "base/hash.h"

enum { FILES_MAX = 64, ARENA_MAX = 256 << 20 };

static volatile sig_atomic_t asked;

static void on_hangup(int number)
{
    (void)number;
    asked = 1;
}

struct hmi_refresh {
    hmi_telling *telling;
    hm_matcher *current, *retired;
    uint64_t loaded, seen; /* what the files looked like */
    time_t looked;
    struct sigaction before;
    /* The thread's, until `done`. */
    pthread_t thread;
    bool running;
    atomic_bool done;
    hm_matcher *fresh;
};

uint64_t hmi_refresh_files(const hmi_invocation *inv)
{
    hm_text files[FILES_MAX];
    uint64_t look = 1;
    size_t count = hmi_given_all(inv, "indicators", files, FILES_MAX);
    for (size_t i = 0; i < count; i++) {
        char path[4096];
        struct stat st;
        snprintf(path, sizeof(path), "%.*s", (int)files[i].len, files[i].ptr);
        if (stat(path, &st) != 0) {
            look = hmi_xxh3(hmi_bytes("absent", 6), look + i);
            continue;
        }
        uint64_t facts[] = { (uint64_t)st.st_dev, (uint64_t)st.st_ino, (uint64_t)st.st_size,
                             (uint64_t)st.st_mtim.tv_sec, (uint64_t)st.st_mtim.tv_nsec };
        look = hmi_xxh3(hmi_bytes(facts, sizeof(facts)), look + i);
    }
    return look;
}

hmi_refresh *hmi_refresh_begin(hmi_telling *telling, hm_matcher *matcher, uint64_t files)
{
    hmi_refresh *r = calloc(1, sizeof(*r));
    if (r == NULL) {
        return NULL;
    }
    r->telling = telling;
    r->current = matcher;
    r->loaded = r->seen = files;
    r->looked = time(NULL);
    struct sigaction action = { .sa_handler = on_hangup, .sa_flags = SA_RESTART };
    sigemptyset(&action.sa_mask);
    (void)sigaction(SIGHUP, &action, &r->before);
    return r;
}

/* With its own arena: the command's belongs to the other thread. */
static void *compile(void *with)
{
    hmi_refresh *r = with;
    hmi_arena arena;
    hmi_invocation inv = *r->telling->inv;
    hmi_telling telling = { .inv = &inv };
    hm_err err = { 0 };
    int exit_code = 0;
    hmi_arena_init(&arena, ARENA_MAX);
    inv.arena = &arena;
    if (hmi_telling_build(&telling, &r->fresh, &exit_code, &err) != HM_OK) {
        r->fresh = NULL;
        hmi_complain("the indicators cannot be loaded anew, the old ones stay: %s",
                     exit_code != 0 ? "see above" : err.text);
    }
    hmi_arena_fini(&arena);
    atomic_store(&r->done, true);
    return NULL;
}

static void start(hmi_refresh *r)
{
    r->loaded = r->seen;
    r->fresh = NULL;
    atomic_store(&r->done, false);
    r->running = pthread_create(&r->thread, NULL, compile, r) == 0;
    if (!r->running) {
        hmi_complain("the indicators cannot be loaded anew: no thread to do it");
    }
}

static uint64_t size_of(const hm_matcher *matcher)
{
    hm_matcher_facts facts;
    hm_matcher_facts_get(matcher, &facts);
    return facts.indicators;
}

static void take(hmi_refresh *r)
{
    (void)pthread_join(r->thread, NULL);
    r->running = false;
    if (r->fresh == NULL) {
        return;
    }
    if (size_of(r->fresh) == 0 && size_of(r->current) > 0) {
        hmi_complain("the new set of indicators is empty, the old one stays");
        hm_matcher_free(r->fresh);
        return;
    }
    r->retired = r->current;
    r->current = r->fresh;
    hmi_complain("from now on the new set of %" PRIu64 " indicators", size_of(r->current));
}

const hm_matcher *hmi_refresh_look(hmi_refresh *r)
{
    hm_matcher_free(r->retired); /* nobody scans with it any more */
    r->retired = NULL;
    if (r->running) {
        if (atomic_load(&r->done)) {
            take(r);
        }
        return r->current;
    }
    time_t now = time(NULL);
    if (asked) {
        asked = 0;
        r->seen = hmi_refresh_files(r->telling->inv);
        start(r);
    } else if (now != r->looked) {
        uint64_t look = hmi_refresh_files(r->telling->inv);
        bool still = look == r->seen;
        r->looked = now;
        r->seen = look;
        if (still && look != r->loaded) {
            start(r);
        }
    }
    return r->current;
}

void hmi_refresh_end(hmi_refresh *r)
{
    if (r == NULL) {
        return;
    }
    if (r->running) {
        (void)pthread_join(r->thread, NULL);
        hm_matcher_free(r->fresh);
    }
    hm_matcher_free(r->current);
    hm_matcher_free(r->retired);
    (void)sigaction(SIGHUP, &r->before, NULL);
    free(r);
}
