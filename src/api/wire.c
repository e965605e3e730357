/* SPDX-License-Identifier: Apache-2.0
 *
 * wire.c - the thread that says "still here" and carries news between servers of one page.
 *
 * WHY    Which server somebody is connected to is chance: what happens at one must be heard at all.
 *        LISTEN would lose what is told while a connection is lost, and other engines do not have
 *        it; so events are rows with growing numbers, written under the page's lock, asked for five
 *        times a second. A row is older than the clock at most where the clock went back: numbers
 *        are above the time in microseconds and above all before them.
 * TRUST  Rows come from servers of the same version and right.
 * OWNS   The thread, its connection, what waits to be sent.
 */
#include "api/wire.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "api/team_inside.h"
#include "engine/postgres.h"

enum { TURN_MS = 200, WATCHED_MAX = 16, DAY_S = 86400, BIRTH_FIELD = 22 };

typedef struct waiting {
    char user[HMI_NEWS_USER], name[HMI_NEWS_NAME];
    uint8_t *data;
    size_t len;
} waiting;

/* Another server, and since when its entry stands still. */
typedef struct watched {
    char id[HMI_NODE_ID];
    int64_t seen_us, since_us;
} watched;

struct hmi_wire {
    hmi_team *team;
    hmi_news *news;
    bool far, started, ending;
    char id[HMI_NODE_ID], machine[HMI_NODE_MACHINE];
    char place[200];
    int64_t began_us, beat_us; /* the last one, by our clock */
    uint64_t taken;            /* the newest event that was entered here */
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    waiting queue[HMI_WIRE_WAITING_MAX];
    size_t queued;
    bool overflowed;
    watched others[WATCHED_MAX];
    size_t next_other;
};

/* ---- Entries */

/* When a process of this machine began, in the kernel's count; 0: there is none. */
static int64_t birth_of(int64_t pid)
{
    char path[64], text[1024];
    snprintf(path, sizeof(path), "/proc/%lld/stat", (long long)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;
    if (fd >= 0) {
        close(fd);
    }
    text[len > 0 ? len : 0] = '\0';
    const char *at = strrchr(text, ')'); /* its name may hold anything */
    for (int field = 2; at != NULL && field < BIRTH_FIELD; field++) {
        at = strchr(at + 1, ' ');
    }
    return at != NULL ? strtoll(at, NULL, 10) : 0;
}

static int enter_node(hmi_wire *w, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_team_ask(w->team, HMI_TEAM_NODE_TIDY, &stmt, err));
    hmi_bind(stmt, 1, hmi_now_us() - (int64_t)DAY_S * 1000000);
    HMI_TRY(hmi_team_touch(stmt, NULL, err));
    HMI_TRY(hmi_team_ask(w->team, HMI_TEAM_NODE_ADD, &stmt, err));
    hmi_bind_text(stmt, 1, hmi_text_of(w->id));
    hmi_bind_text(stmt, 2, hmi_text_of(w->machine));
    hmi_bind(stmt, 3, getpid());
    hmi_bind(stmt, 4, birth_of(getpid()));
    hmi_bind_text(stmt, 5, HM_TEXT(HMI_VERSION));
    hmi_bind_text(stmt, 6, hmi_text_of(w->place));
    hmi_bind(stmt, 7, w->began_us);
    return hmi_team_touch(stmt, NULL, err);
}

static int beat(hmi_wire *w, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    int changed = 0;
    int64_t now = hmi_clock_us();
    if (now - w->beat_us < (int64_t)HMI_NODE_BEAT_MS * 1000) {
        return HM_OK;
    }
    HMI_TRY(hmi_team_ask(w->team, HMI_TEAM_NODE_SEEN, &stmt, err));
    hmi_bind_text(stmt, 1, hmi_text_of(w->id));
    hmi_bind(stmt, 2, hmi_now_us());
    HMI_TRY(hmi_team_touch(stmt, &changed, err));
    if (changed == 0) { /* asleep for a day, or put back to a moment before it began */
        HMI_TRY(enter_node(w, err));
    }
    w->beat_us = now;
    return HM_OK;
}

static int list(hmi_team *team, hmi_arena *arena, hmi_node **ret, size_t *ret_count, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    hmi_node *rows = NULL;
    size_t count = 0, capacity = 0;
    int rc, code = HM_OK;
    HMI_TRY(hmi_team_ask(team, HMI_TEAM_NODE_LIST, &stmt, err));
    while (code == HM_OK && (rc = hmi_stmt_step(stmt, err)) != 0) {
        hmi_node *grown =
            rc < 0 ? NULL : hmi_arena_grow(arena, rows, count, &capacity, sizeof(*rows));
        if (grown == NULL) {
            code = rc < 0 ? rc : hmi_arena_fail(arena, err);
            break;
        }
        rows = grown;
        rows[count++] = (hmi_node){ .id = hmi_team_column(arena, stmt, 0),
                                    .machine = hmi_team_column(arena, stmt, 1),
                                    .pid = hmi_column(stmt, 2),
                                    .version = hmi_team_column(arena, stmt, 3),
                                    .place = hmi_team_column(arena, stmt, 4),
                                    .began_us = hmi_column(stmt, 5),
                                    .seen_us = hmi_column(stmt, 6) };
    }
    hmi_reset(stmt);
    HMI_TRY(code);
    *ret = rows;
    *ret_count = count;
    return HM_OK;
}

int hmi_node_list(hmi_team *team, hmi_arena *arena, hmi_node **ret, size_t *ret_count, hm_err *err)
{
    hmi_team_lock(team);
    return hmi_team_unlock(team, list(team, arena, ret, ret_count, err));
}

/* ---- Who is gone */

/* With the lock of the wire: since when, by our clock, it was not seen to move. */
static int64_t still_since(hmi_wire *w, hm_text id, int64_t seen_us)
{
    int64_t now = hmi_clock_us();
    size_t at = 0;
    while (at < WATCHED_MAX && !hmi_text_is(id, w->others[at].id)) {
        at++;
    }
    if (at < WATCHED_MAX && w->others[at].seen_us == seen_us) {
        return w->others[at].since_us;
    }
    watched *one = &w->others[at < WATCHED_MAX ? at : w->next_other++ % WATCHED_MAX];
    *one = (watched){ .seen_us = seen_us, .since_us = now };
    snprintf(one->id, sizeof(one->id), "%.*s", HMI_FMT(id));
    return now;
}

static bool ended_here(const hmi_wire *w, hm_text machine, int64_t pid, int64_t birth)
{
    return hmi_text_is(machine, w->machine) && birth_of(pid) != birth;
}

static bool is_gone(hmi_wire *w, hm_text id)
{
    hmi_stmt *stmt = NULL;
    bool gone = false;
    if (hmi_team_ask(w->team, HMI_TEAM_NODE_GET, &stmt, NULL) != HM_OK) {
        return false;
    }
    hmi_bind_text(stmt, 1, id);
    int rc = hmi_stmt_step(stmt, NULL);
    if (rc == 0) {
        return true; /* it took leave */
    }
    if (rc == 1) {
        pthread_mutex_lock(&w->lock);
        gone = ended_here(w, hmi_column_lent_text(stmt, 0), hmi_column(stmt, 1),
                          hmi_column(stmt, 2)) ||
               (w->far && hmi_clock_us() - still_since(w, id, hmi_column(stmt, 3)) >
                              (int64_t)HMI_NODE_GONE_MS * 1000);
        pthread_mutex_unlock(&w->lock);
    }
    hmi_reset(stmt);
    return gone;
}

bool hmi_wire_is_gone(hmi_wire *w, hm_text id)
{
    if (hmi_text_is(id, w->id)) {
        return false;
    }
    hmi_team_lock(w->team);
    return hmi_team_unlock(w->team, is_gone(w, id));
}

/* ---- News */

static void on_told(void *with, hm_text user, const char *name, hm_bytes data)
{
    hmi_wire *w = with;
    uint8_t *copy = malloc(data.len + 1);
    pthread_mutex_lock(&w->lock);
    if (copy == NULL || w->queued == HMI_WIRE_WAITING_MAX) {
        w->overflowed = true;
        free(copy);
    } else {
        waiting *one = &w->queue[w->queued++];
        memcpy(copy, data.ptr, data.len);
        *one = (waiting){ .data = copy, .len = data.len };
        snprintf(one->user, sizeof(one->user), "%.*s", (int)user.len, user.len > 0 ? user.ptr : "");
        snprintf(one->name, sizeof(one->name), "%s", name);
    }
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

/* That the casebook changed is seen by every server by itself: one row is enough. */
static int is_told(hmi_wire *w, const waiting *one, bool *ret_told, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    int64_t same = 0;
    if (strcmp(one->name, "casebook") != 0) {
        *ret_told = false;
        return HM_OK;
    }
    HMI_TRY(hmi_team_ask(w->team, HMI_TEAM_NEWS_SAME, &stmt, err));
    hmi_bind_text(stmt, 1, hmi_text_of(one->name));
    hmi_bind_text(stmt, 2, hmi_text((const char *)one->data, one->len));
    HMI_TRY(hmi_team_number(stmt, &same, err));
    *ret_told = same > 0;
    return HM_OK;
}

static int write_one(hmi_wire *w, const waiting *one, uint64_t *io_number, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    bool told = false;
    HMI_TRY(is_told(w, one, &told, err));
    if (told) {
        return HM_OK;
    }
    HMI_TRY(hmi_team_ask(w->team, HMI_TEAM_NEWS_ADD, &stmt, err));
    hmi_bind(stmt, 1, (int64_t)++ * io_number);
    hmi_bind_text(stmt, 2, hmi_text_of(one->user));
    hmi_bind_text(stmt, 3, hmi_text_of(one->name));
    hmi_bind_text(stmt, 4, hmi_text((const char *)one->data, one->len));
    return hmi_team_run(w->team, stmt, NULL, err);
}

/* Inside a transaction. */
static int write_all(hmi_wire *w, const waiting *queue, size_t count, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    int64_t newest = 0;
    HMI_TRY(hmi_team_ask(w->team, HMI_TEAM_NEWS_NEWEST, &stmt, err));
    HMI_TRY(hmi_team_number(stmt, &newest, err));
    int64_t now = hmi_now_us();
    uint64_t number = (uint64_t)(newest > now ? newest : now);
    for (size_t i = 0; i < count; i++) {
        HMI_TRY(write_one(w, &queue[i], &number, err));
    }
    HMI_TRY(hmi_team_ask(w->team, HMI_TEAM_NEWS_TIDY, &stmt, err));
    return hmi_team_run(w->team, stmt, NULL, err);
}

static int send_all(hmi_wire *w, const waiting *queue, size_t count, hm_err *err)
{
    HMI_TRY(hmi_team_begin(w->team, err));
    return hmi_team_finish(w->team, write_all(w, queue, count, err), err);
}

static int take_new(hmi_wire *w, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    int rc;
    HMI_TRY(hmi_team_ask(w->team, HMI_TEAM_NEWS_AFTER, &stmt, err));
    hmi_bind(stmt, 1, (int64_t)w->taken);
    while ((rc = hmi_stmt_step(stmt, err)) == 1) {
        char name[HMI_NEWS_NAME];
        snprintf(name, sizeof(name), "%.*s", HMI_FMT(hmi_column_lent_text(stmt, 2)));
        w->taken = (uint64_t)hmi_column(stmt, 0);
        hmi_news_enter(w->news, w->taken, hmi_column_lent_text(stmt, 1), name,
                       hmi_column_lent(stmt, 3));
    }
    return rc;
}

/* What waits, taken out of the queue; *ret_lost: something did not fit. */
static waiting *take_queue(hmi_wire *w, size_t *ret_count, bool *ret_lost)
{
    waiting *taken = NULL;
    pthread_mutex_lock(&w->lock);
    *ret_lost = w->overflowed;
    *ret_count = w->queued;
    if (w->queued > 0 && (taken = calloc(w->queued, sizeof(*taken))) != NULL) {
        memcpy(taken, w->queue, w->queued * sizeof(*taken));
        w->queued = 0;
    } else {
        *ret_count = 0;
    }
    w->overflowed = false;
    pthread_mutex_unlock(&w->lock);
    return taken;
}

static void free_queue(waiting *queue, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(queue[i].data);
    }
    free(queue);
}

/* What could not be sent is told as "look anew": whoever listens asks again. */
static void turn(hmi_wire *w)
{
    static uint8_t RESYNC[] = "{\"event\":\"resync\"}";
    const waiting resync = { .name = "resync", .data = RESYNC, .len = sizeof(RESYNC) - 1 };
    size_t count = 0;
    bool lost = false;
    waiting *queue = take_queue(w, &count, &lost);
    hmi_team_lock(w->team);
    if (count > 0 && send_all(w, queue, count, NULL) != HM_OK) {
        lost = true;
    }
    if (lost && send_all(w, &resync, 1, NULL) != HM_OK) {
        pthread_mutex_lock(&w->lock);
        w->overflowed = true;
        pthread_mutex_unlock(&w->lock);
    }
    (void)take_new(w, NULL);
    (void)beat(w, NULL);
    (void)hmi_team_unlock(w->team, HM_OK);
    free_queue(queue, count);
}

static void *wire_main(void *with)
{
    hmi_wire *w = with;
    pthread_mutex_lock(&w->lock);
    while (!w->ending) {
        if (w->queued == 0) {
            struct timespec until;
            (void)clock_gettime(CLOCK_REALTIME, &until);
            until.tv_nsec += TURN_MS * 1000000L;
            until.tv_sec += until.tv_nsec / 1000000000;
            until.tv_nsec %= 1000000000;
            (void)pthread_cond_timedwait(&w->changed, &w->lock, &until);
        }
        pthread_mutex_unlock(&w->lock);
        turn(w);
        pthread_mutex_lock(&w->lock);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* ---- Opening */

/* A listener that comes from another server goes on here: what the database holds is taken in. */
static int begin_news(hmi_wire *w, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    int rc;
    HMI_TRY(hmi_team_ask(w->team, HMI_TEAM_NEWS_AFTER, &stmt, err));
    hmi_bind(stmt, 1, 0);
    if ((rc = hmi_stmt_step(stmt, err)) == 1) {
        w->taken = (uint64_t)hmi_column(stmt, 0); /* the oldest: what came before it is lost */
    }
    hmi_reset(stmt);
    HMI_TRY(rc < 0 ? rc : HM_OK);
    hmi_news_begin(w->news, w->taken);
    HMI_TRY(take_new(w, err));
    hmi_news_through(w->news, on_told, w);
    return HM_OK;
}

static int open_all(hmi_wire *w, const char *casebook, hm_err *err)
{
    if (gethostname(w->machine, sizeof(w->machine) - 1) != 0) {
        return hmi_fail_errno(err, "this machine's name");
    }
    w->began_us = hmi_now_us();
    w->beat_us = hmi_clock_us();
    hmi_team_id(w->id);
    HMI_TRY(hmi_team_open(casebook, &w->team, err));
    HMI_TRY(enter_node(w, err));
    if (!w->far) {
        return HM_OK;
    }
    HMI_TRY(begin_news(w, err));
    w->started = pthread_create(&w->thread, NULL, wire_main, w) == 0;
    return w->started ? HM_OK : hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "cannot start a thread");
}

int hmi_wire_open(const char *casebook, const char *place, hmi_news *news, hmi_wire **ret,
                  hm_err *err)
{
    hmi_wire *w = calloc(1, sizeof(*w));
    if (w == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for the page's server");
    }
    w->news = news;
    w->far = hmi_postgres_is_address(casebook);
    snprintf(w->place, sizeof(w->place), "%s", place != NULL ? place : "");
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->changed, NULL);
    int code = open_all(w, casebook, err);
    if (code != HM_OK) {
        hmi_wire_close(w);
        return code;
    }
    *ret = w;
    return HM_OK;
}

static void take_leave(hmi_wire *w)
{
    hmi_stmt *stmt = NULL;
    if (hmi_team_ask(w->team, HMI_TEAM_NODE_DROP, &stmt, NULL) == HM_OK) {
        hmi_bind_text(stmt, 1, hmi_text_of(w->id));
        (void)hmi_team_touch(stmt, NULL, NULL);
    }
}

void hmi_wire_close(hmi_wire *w)
{
    if (w == NULL) {
        return;
    }
    hmi_news_through(w->news, NULL, NULL);
    pthread_mutex_lock(&w->lock);
    w->ending = true;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
    if (w->started) {
        pthread_join(w->thread, NULL);
        turn(w); /* what was told last */
    }
    if (w->team != NULL) {
        take_leave(w);
    }
    for (size_t i = 0; i < w->queued; i++) {
        free(w->queue[i].data);
    }
    hmi_team_close(w->team);
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->changed);
    free(w);
}

const char *hmi_wire_id(const hmi_wire *w)
{
    return w->id;
}
