/* SPDX-License-Identifier: Apache-2.0
 *
 * uploads_read.c - the thread that reads whole uploads into their incidents.
 *
 * WHY    One upload at a time and server: reading is what the processors are for. Who reads one has
 *        its name in the row; a server that vanished in the middle leaves the row, and another one
 *        begins anew. Should the first come back after all, its last word changes no row, and what
 *        both stored is there once: evidence is known by its hash.
 * OWNS   The casebook of the thread, the outcomes of the upload in hand.
 */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "api/uploads_inside.h"
#include "base/text.h"
#include "base/time.h"
#include "intake/intake.h"

enum { OUTCOMES_TEXT_MAX = 4 << 20, SAVE_MS = 1000, LOOK_MS = 500 };

typedef struct reader {
    hmi_uploads *uploads;
    hmi_upload one;
    hmi_buf outcomes; /* objects with commas */
    size_t outcome_count;
    int64_t saved_us, looked_us;
    bool cancelled;
    char path[HMI_UPLOAD_PATH];
} reader;

/* ---- While it reads */

static int save_outcomes(reader *r, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_team_ask(r->uploads->team, HMI_TEAM_UPLOAD_OUTCOMES, &stmt, err));
    hmi_bind_text(stmt, 1, hmi_text_of(r->one.id));
    hmi_bind_text(stmt, 2, hmi_text_of(hmi_wire_id(r->uploads->options.wire)));
    hmi_bind_text(stmt, 3, hmi_buf_text(&r->outcomes));
    return hmi_team_touch(stmt, NULL, err);
}

/* Whoever asks another server sees it, too, if a second late. */
static void save_now_and_then(reader *r)
{
    int64_t now = hmi_clock_us();
    if (now - r->saved_us < SAVE_MS * 1000) {
        return;
    }
    r->saved_us = now;
    hmi_team_lock(r->uploads->team);
    (void)hmi_team_unlock(r->uploads->team, save_outcomes(r, NULL));
}

static void on_outcome(void *with, const hmi_outcome *o)
{
    reader *r = with;
    hmi_buf text;
    hmi_json_writer w;
    hmi_buf_init(&text, HMI_NEWS_TEXT_MAX);
    hmi_json_begin(&w, &text, false);
    hmi_json_open_object(&w);
    hmi_json_put_key(&w, HM_TEXT("path"));
    hmi_json_put_lossy(&w, o->path);
    hmi_json_member_uint(&w, "size", o->size);
    hmi_json_member_uint(&w, "depth", o->depth);
    hmi_json_member_bool(&w, "known", o->known);
    hmi_json_member_bool(&w, "skipped", o->skipped);
    hmi_json_member_text(&w, "verdict", hmi_text_of(hmi_verdict_name(o->verdict)));
    if (o->verdict != HMI_VERDICT_READ && !o->known) {
        hmi_json_member_text(&w, "reason", hmi_text_of(o->reason.text));
    }
    hmi_json_member_uint(&w, "traits", o->traits);
    hmi_json_member_uint(&w, "evidence", (uint64_t)o->evidence);
    hmi_json_close_object(&w);
    if (text.bad == 0 && r->outcome_count < HMI_UPLOAD_OUTCOMES_MAX) {
        hmi_buf_add_cstr(&r->outcomes, r->outcome_count++ > 0 ? "," : "");
        hmi_buf_add(&r->outcomes, hmi_buf_bytes(&text));
        hmi_upload_tell(r->uploads, &r->one, hmi_buf_bytes(&text));
        save_now_and_then(r);
    }
    hmi_buf_fini(&text);
}

static bool is_ending(hmi_uploads *u)
{
    pthread_mutex_lock(&u->lock);
    bool ending = u->ending;
    pthread_mutex_unlock(&u->lock);
    return ending;
}

static int look(reader *r, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_team_ask(r->uploads->team, HMI_TEAM_UPLOAD_GET, &stmt, err));
    hmi_bind_text(stmt, 1, hmi_text_of(r->one.id));
    hmi_bind_text(stmt, 2, hmi_text_of(r->one.user));
    int rc = hmi_stmt_step(stmt, err);
    if (rc == 1) {
        hmi_upload row;
        hmi_upload_read_row(stmt, &row);
        r->cancelled |= row.cancelled;
    }
    hmi_reset(stmt);
    return rc < 0 ? rc : HM_OK;
}

static bool is_cancelled(void *with)
{
    reader *r = with;
    int64_t now = hmi_clock_us();
    if (!r->cancelled && now - r->looked_us >= LOOK_MS * 1000) {
        r->looked_us = now;
        hmi_team_lock(r->uploads->team);
        (void)hmi_team_unlock(r->uploads->team, look(r, NULL));
    }
    return r->cancelled || is_ending(r->uploads);
}

/* ---- One */

static int read_into(reader *r, hm_err *err)
{
    hmi_uploads *u = r->uploads;
    const char *const paths[] = { r->path };
    int64_t incident = 0;
    hmi_intake_totals totals = { 0 };
    hmi_intake_watch watch = { .with = r, .outcome = on_outcome, .cancelled = is_cancelled };
    hmi_add_options options = { .jail = *u->options.jail,
                                .as = hmi_text_bytes(hmi_text(r->one.name, r->one.name_len)) };
    HMI_TRY(hmi_upload_bytes_file(&u->bytes, r->one.id, r->one.size, r->path, err));
    HMI_TRY(hmi_incident_named(u->store, hmi_text_of(r->one.incident), &incident, err));
    return hmi_add(u->store, incident, paths, 1, &options, &watch, &totals, err);
}

/* Inside a transaction: the row says what came of it, and its bytes go. */
static int end_row(reader *r, hm_err *err)
{
    hmi_uploads *u = r->uploads;
    hmi_stmt *stmt = NULL;
    int changed = 0;
    HMI_TRY(hmi_team_ask(u->team, HMI_TEAM_UPLOAD_READ, &stmt, err));
    hmi_bind_text(stmt, 1, hmi_text_of(r->one.id));
    hmi_bind_text(stmt, 2, hmi_text_of(hmi_wire_id(u->options.wire)));
    hmi_bind(stmt, 3, r->one.state);
    hmi_bind_text(stmt, 4, hmi_text_of(r->one.why));
    hmi_bind_text(stmt, 5, hmi_buf_text(&r->outcomes));
    hmi_bind(stmt, 6, hmi_now_us());
    HMI_TRY(hmi_team_run(u->team, stmt, &changed, err));
    if (changed == 1 && r->one.state >= HMI_UPLOAD_DONE) {
        hmi_upload_bytes_drop(&u->bytes, r->one.id);
    }
    return HM_OK;
}

static int end_one(reader *r, hm_err *err)
{
    hmi_team *team = r->uploads->team;
    hmi_team_lock(team);
    int code = hmi_team_begin(team, err);
    if (code == HM_OK) {
        code = hmi_team_finish(team, end_row(r, err), err);
    }
    return hmi_team_unlock(team, code);
}

static void read_one(hmi_uploads *u, const hmi_upload *one)
{
    hm_err err = { 0 };
    reader r = { .uploads = u, .one = *one };
    hmi_buf_init(&r.outcomes, OUTCOMES_TEXT_MAX);
    r.one.state = HMI_UPLOAD_READING;
    hmi_upload_tell(u, &r.one, (hm_bytes){ NULL, 0 });
    int code = read_into(&r, &err);
    r.one.state = code == HM_OK                  ? HMI_UPLOAD_DONE
                  : is_ending(u) && !r.cancelled ? HMI_UPLOAD_WAITING /* the next start reads it */
                                                 : HMI_UPLOAD_FAILED;
    if (r.one.state == HMI_UPLOAD_FAILED) {
        hmi_log_failure(u->options.log, HMI_LOG_WARN, "an upload was not read", &err);
        snprintf(r.one.why, sizeof(r.one.why), "%s",
                 r.cancelled ? "cancelled" : "it could not be read: the server's log says why");
    }
    if (u->bytes.far && r.path[0] != '\0') {
        (void)unlink(r.path);
    }
    hm_err why = { 0 };
    if (end_one(&r, &why) != HM_OK) {
        hmi_log_failure(u->options.log, HMI_LOG_WARN, "what came of an upload was not kept", &why);
    }
    hmi_upload_tell(u, &r.one, (hm_bytes){ NULL, 0 });
    hmi_buf_fini(&r.outcomes);
}

/* ---- Which */

/* One that waits, or whose reader is gone. Asked before the lock is taken: to learn who is gone
 * asks by itself. */
static bool choose(hmi_uploads *u, hmi_upload *ret)
{
    hmi_upload *rows = calloc(HMI_UPLOADS_MAX, sizeof(*rows));
    hmi_stmt *stmt = NULL;
    size_t count = 0, at = 0;
    hmi_team_lock(u->team);
    if (rows != NULL && hmi_team_ask(u->team, HMI_TEAM_UPLOAD_WHOLE, &stmt, NULL) == HM_OK) {
        while (count < HMI_UPLOADS_MAX && hmi_stmt_step(stmt, NULL) == 1) {
            hmi_upload_read_row(stmt, &rows[count++]);
        }
        hmi_reset(stmt);
    }
    (void)hmi_team_unlock(u->team, HM_OK);
    while (at < count && rows[at].state == HMI_UPLOAD_READING &&
           !hmi_wire_is_gone(u->options.wire, hmi_text_of(rows[at].reader))) {
        at++;
    }
    if (at < count) {
        *ret = rows[at];
    }
    free(rows);
    return at < count;
}

static int take(hmi_uploads *u, const hmi_upload *one, bool *ret_taken, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    int changed = 0;
    HMI_TRY(hmi_team_ask(u->team, HMI_TEAM_UPLOAD_TAKE, &stmt, err));
    hmi_bind_text(stmt, 1, hmi_text_of(one->id));
    hmi_bind_text(stmt, 2, hmi_text_of(hmi_wire_id(u->options.wire)));
    hmi_bind(stmt, 3, one->state);
    hmi_bind_text(stmt, 4, hmi_text_of(one->reader));
    HMI_TRY(hmi_team_run(u->team, stmt, &changed, err));
    *ret_taken = changed == 1;
    return HM_OK;
}

/* True when one was read. */
static bool read_next(hmi_uploads *u)
{
    hmi_upload one;
    bool taken = false;
    if (!choose(u, &one)) {
        return false;
    }
    hmi_team_lock(u->team);
    if (hmi_team_unlock(u->team, take(u, &one, &taken, NULL)) != HM_OK || !taken) {
        return false;
    }
    read_one(u, &one);
    return true;
}

/* ---- Turns */

static void drop_idle(hmi_uploads *u)
{
    int64_t old = hmi_now_us() - HMI_UPLOAD_IDLE_S * 1000000;
    hmi_team_lock(u->team);
    int code = hmi_team_begin(u->team, NULL);
    if (code == HM_OK) {
        code = hmi_team_finish(u->team, hmi_upload_drop_some(u, HMI_TEAM_UPLOAD_IDLE, old, NULL),
                               NULL);
    }
    (void)hmi_team_unlock(u->team, code);
}

/* Somebody, perhaps a command, stored something. */
static void look_at_casebook(hmi_uploads *u)
{
    uint64_t generation = 0;
    char text[80];
    if (hmi_store_generation(u->store, &generation, NULL) != HM_OK || generation == u->generation) {
        return;
    }
    u->generation = generation;
    int len = snprintf(text, sizeof(text), "{\"event\":\"casebook\",\"generation\":%llu}",
                       (unsigned long long)generation);
    hmi_news_tell(u->options.news, HM_TEXT(""), "casebook", hmi_bytes(text, (size_t)len));
}

static void wait_a_second(hmi_uploads *u)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 1;
    pthread_mutex_lock(&u->lock);
    if (!u->poked && !u->ending) {
        (void)pthread_cond_timedwait(&u->changed, &u->lock, &until);
    }
    u->poked = false;
    pthread_mutex_unlock(&u->lock);
}

void *hmi_uploads_main(void *with)
{
    enum { TURNS_BETWEEN = 60 };
    hmi_uploads *u = with;
    for (unsigned turns = 0; !is_ending(u);) {
        bool read = !u->options.no_reading && read_next(u);
        look_at_casebook(u);
        if (!read) {
            if (turns++ % TURNS_BETWEEN == 0) {
                drop_idle(u);
            }
            wait_a_second(u);
        }
    }
    return NULL;
}
