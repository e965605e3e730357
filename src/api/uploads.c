/* SPDX-License-Identifier: Apache-2.0
 *
 * uploads.c - evidence on its way into the casebook: announced and brought.
 *
 * WHY    What is dropped on a page must be whole before it is read, and must survive whatever
 *        happens on the way. The row's `arrived` is the offset: bytes behind it, which a crash may
 *        leave, were never acknowledged and are written over.
 * FORM   Rows of page_upload beside the accounts; bytes: upload_bytes.c.
 * TRUST  Names are data and never part of a path.
 * OWNS   Its connection, the thread of uploads_read.c and its casebook.
 */
#include <sodium.h>
#include <stdlib.h>

#include "api/uploads_inside.h"
#include "base/text.h"
#include "base/time.h"

static const char *const STATES[] = { "receiving", "waiting", "reading", "done", "failed" };

/* ---- Rows. All with the team's lock held. */

static void put_text(char *out, size_t size, hm_text text)
{
    snprintf(out, size, "%.*s", HMI_FMT(text));
}

void hmi_upload_read_row(hmi_stmt *stmt, hmi_upload *ret)
{
    hm_text name = hmi_column_lent_text(stmt, 3);
    *ret = (hmi_upload){ .size = (uint64_t)hmi_column(stmt, 4),
                         .offset = (uint64_t)hmi_column(stmt, 5),
                         .created_us = hmi_column(stmt, 6),
                         .state = (hmi_upload_state)hmi_column_int(stmt, 7),
                         .cancelled = hmi_column_int(stmt, 8) != 0 };
    put_text(ret->id, sizeof(ret->id), hmi_column_lent_text(stmt, 0));
    put_text(ret->user, sizeof(ret->user), hmi_column_lent_text(stmt, 1));
    put_text(ret->incident, sizeof(ret->incident), hmi_column_lent_text(stmt, 2));
    put_text(ret->reader, sizeof(ret->reader), hmi_column_lent_text(stmt, 9));
    put_text(ret->why, sizeof(ret->why), hmi_column_lent_text(stmt, 10));
    ret->name_len = name.len < sizeof(ret->name) ? name.len : sizeof(ret->name);
    memcpy(ret->name, name.ptr, ret->name_len);
}

static int find(hmi_uploads *u, hm_text user, hm_text id, hmi_upload *ret, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_team_ask(u->team, HMI_TEAM_UPLOAD_GET, &stmt, err));
    hmi_bind_text(stmt, 1, id);
    hmi_bind_text(stmt, 2, user);
    int rc = hmi_stmt_step(stmt, err);
    if (rc == 1) {
        hmi_upload_read_row(stmt, ret);
    }
    hmi_reset(stmt);
    return rc == 1   ? HM_OK
           : rc == 0 ? hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "there is no such upload")
                     : rc;
}

int hmi_upload_drop(hmi_uploads *u, const char *id, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_team_ask(u->team, HMI_TEAM_UPLOAD_DROP, &stmt, err));
    hmi_bind_text(stmt, 1, hmi_text_of(id));
    HMI_TRY(hmi_team_run(u->team, stmt, NULL, err));
    hmi_upload_bytes_drop(&u->bytes, id);
    return HM_OK;
}

static int ids_of(hmi_uploads *u, hmi_team_query which, int64_t before_us,
                  char (*ids)[HMI_UPLOAD_ID], size_t *ret_count, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    size_t count = 0;
    int rc = 0;
    HMI_TRY(hmi_team_ask(u->team, which, &stmt, err));
    if (which == HMI_TEAM_UPLOAD_IDLE) {
        hmi_bind(stmt, 1, before_us);
    }
    while (count < HMI_UPLOADS_MAX && (rc = hmi_stmt_step(stmt, err)) == 1) {
        put_text(ids[count++], HMI_UPLOAD_ID, hmi_column_lent_text(stmt, 0));
    }
    hmi_reset(stmt);
    HMI_TRY(rc < 0 ? rc : HM_OK);
    *ret_count = count;
    return HM_OK;
}

int hmi_upload_drop_some(hmi_uploads *u, hmi_team_query which, int64_t before_us, hm_err *err)
{
    char ids[HMI_UPLOADS_MAX][HMI_UPLOAD_ID];
    size_t count = 0;
    HMI_TRY(ids_of(u, which, before_us, ids, &count, err));
    for (size_t i = 0; i < count; i++) {
        HMI_TRY(hmi_upload_drop(u, ids[i], err));
    }
    return HM_OK;
}

/* ---- Telling */

static void put_time(hmi_json_writer *w, const char *key, int64_t us)
{
    hmi_buf text;
    hmi_buf_init(&text, 64);
    hmi_buf_add_time(&text, us);
    hmi_json_member_text(w, key, hmi_buf_text(&text));
    hmi_buf_fini(&text);
}

/* `outcomes`: objects with commas between them; NULL: not asked for. */
static void put(hmi_json_writer *w, const hmi_upload *one, const hm_bytes *outcomes)
{
    hmi_json_open_object(w);
    hmi_json_member_text(w, "id", hmi_text_of(one->id));
    hmi_json_member_text(w, "incident", hmi_text_of(one->incident));
    hmi_json_member_text(w, "name", hmi_text(one->name, one->name_len));
    hmi_json_member_uint(w, "size", one->size);
    hmi_json_member_uint(w, "offset", one->offset);
    hmi_json_member_text(w, "state", hmi_text_of(STATES[one->state]));
    put_time(w, "created", one->created_us);
    hmi_json_member_text(w, "by", hmi_text_of(one->user));
    if (outcomes != NULL) {
        hmi_json_put_key(w, HM_TEXT("pieces"));
        hmi_json_open_array(w);
        if (outcomes->len > 0) {
            hmi_json_put_raw(w, *outcomes);
        }
        hmi_json_close_array(w);
    }
    if (one->state == HMI_UPLOAD_FAILED) {
        hmi_json_member_text(w, "why", hmi_text_of(one->why));
    }
    hmi_json_close_object(w);
}

void hmi_upload_tell(hmi_uploads *u, const hmi_upload *one, hm_bytes piece)
{
    hmi_buf text;
    hmi_json_writer w;
    const char *event = piece.len > 0 ? "piece" : "upload";
    hmi_buf_init(&text, 2 * HMI_NEWS_TEXT_MAX);
    hmi_json_begin(&w, &text, false);
    hmi_json_open_object(&w);
    hmi_json_member_text(&w, "event", hmi_text_of(event));
    hmi_json_put_key(&w, HM_TEXT("upload"));
    put(&w, one, NULL);
    if (piece.len > 0) {
        hmi_json_put_key(&w, HM_TEXT("piece"));
        hmi_json_put_raw(&w, piece);
    }
    hmi_json_close_object(&w);
    if (text.bad == 0) {
        hmi_news_tell(u->options.news, hmi_text_of(one->user), event, hmi_buf_bytes(&text));
    }
    hmi_buf_fini(&text);
}

static int json_rows(hmi_stmt *stmt, hmi_json_writer *w, size_t *ret_count, hm_err *err)
{
    hmi_upload one;
    size_t count = 0;
    int rc;
    while ((rc = hmi_stmt_step(stmt, err)) == 1) {
        hm_bytes outcomes = hmi_column_lent(stmt, 11);
        hmi_upload_read_row(stmt, &one);
        put(w, &one, &outcomes);
        count++;
    }
    *ret_count = count;
    return rc;
}

static int json_one(hmi_uploads *u, hm_text user, hm_text id, hmi_json_writer *w, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    size_t count = 0;
    HMI_TRY(hmi_team_ask(u->team, HMI_TEAM_UPLOAD_GET, &stmt, err));
    hmi_bind_text(stmt, 1, id);
    hmi_bind_text(stmt, 2, user);
    HMI_TRY(json_rows(stmt, w, &count, err));
    return count == 1 ? HM_OK
                      : hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "there is no such upload");
}

int hmi_upload_json(hmi_uploads *u, hm_text user, hm_text id, hmi_json_writer *w, hm_err *err)
{
    hmi_team_lock(u->team);
    return hmi_team_unlock(u->team, json_one(u, user, id, w, err));
}

static int json_list(hmi_uploads *u, hm_text user, hmi_json_writer *w, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    size_t count = 0;
    HMI_TRY(hmi_team_ask(u->team, HMI_TEAM_UPLOAD_LIST, &stmt, err));
    hmi_bind_text(stmt, 1, user);
    hmi_json_open_array(w);
    int code = json_rows(stmt, w, &count, err);
    hmi_json_close_array(w);
    return code;
}

int hmi_upload_list_json(hmi_uploads *u, hm_text user, hmi_json_writer *w, hm_err *err)
{
    hmi_team_lock(u->team);
    return hmi_team_unlock(u->team, json_list(u, user, w, err));
}

/* ---- Beginning and bringing */

/* Its own reader is woken; another server's looks every second. */
static void poke(hmi_uploads *u)
{
    pthread_mutex_lock(&u->lock);
    u->poked = true;
    pthread_cond_broadcast(&u->changed);
    pthread_mutex_unlock(&u->lock);
}

typedef struct totals {
    uint64_t rows, open, bytes;
} totals;

static int count_all(hmi_uploads *u, totals *ret, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_team_ask(u->team, HMI_TEAM_UPLOAD_TOTALS, &stmt, err));
    int rc = hmi_stmt_step(stmt, err);
    if (rc == 1) {
        *ret = (totals){ (uint64_t)hmi_column(stmt, 0), (uint64_t)hmi_column(stmt, 1),
                         (uint64_t)hmi_column(stmt, 2) };
    }
    hmi_reset(stmt);
    return rc < 0 ? rc : HM_OK;
}

static int make_room(hmi_uploads *u, uint64_t size, hm_err *err)
{
    totals all = { 0 };
    HMI_TRY(count_all(u, &all, err));
    if (all.rows >= HMI_UPLOADS_MAX) { /* what is done and told makes room */
        HMI_TRY(hmi_upload_drop_some(u, HMI_TEAM_UPLOAD_DONE, 0, err));
    }
    return all.open < HMI_UPLOADS_MAX && all.bytes + size <= HMI_UPLOADS_BYTES_MAX
               ? HM_OK
               : hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE,
                          "too many uploads are open: end some, or wait until they are read");
}

static int insert(hmi_uploads *u, const hmi_upload *one, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(make_room(u, one->size, err));
    HMI_TRY(hmi_upload_bytes_make(&u->bytes, one->id, err));
    HMI_TRY(hmi_team_ask(u->team, HMI_TEAM_UPLOAD_ADD, &stmt, err));
    hmi_bind_text(stmt, 1, hmi_text_of(one->id));
    hmi_bind_text(stmt, 2, hmi_text_of(one->user));
    hmi_bind_text(stmt, 3, hmi_text_of(one->incident));
    hmi_bind_text(stmt, 4, hmi_text(one->name, one->name_len));
    hmi_bind(stmt, 5, (int64_t)one->size);
    hmi_bind(stmt, 6, one->created_us);
    hmi_bind(stmt, 7, one->state);
    return hmi_team_run(u->team, stmt, NULL, err);
}

int hmi_upload_begin(hmi_uploads *u, hm_text user, hm_text incident, hm_text name, uint64_t size,
                     char ret_id[HMI_UPLOAD_ID], hm_err *err)
{
    hmi_upload one = { .size = size,
                       .created_us = hmi_now_us(),
                       .state = size == 0 ? HMI_UPLOAD_WAITING : HMI_UPLOAD_RECEIVING };
    hmi_team_id(one.id);
    put_text(one.user, sizeof(one.user), user);
    put_text(one.incident, sizeof(one.incident), incident);
    one.name_len = name.len < sizeof(one.name) ? name.len : sizeof(one.name);
    memcpy(one.name, name.ptr, one.name_len);
    hmi_team_lock(u->team);
    int code = hmi_team_begin(u->team, err);
    if (code == HM_OK) {
        code = hmi_team_finish(u->team, insert(u, &one, err), err);
    }
    HMI_TRY(hmi_team_unlock(u->team, code));
    poke(u);
    memcpy(ret_id, one.id, sizeof(one.id));
    return HM_OK;
}

static int move(hmi_uploads *u, const hmi_upload *one, uint64_t from, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    int changed = 0;
    HMI_TRY(hmi_team_ask(u->team, HMI_TEAM_UPLOAD_MOVE, &stmt, err));
    hmi_bind_text(stmt, 1, hmi_text_of(one->id));
    hmi_bind(stmt, 2, (int64_t)from);
    hmi_bind(stmt, 3, (int64_t)one->offset);
    hmi_bind(stmt, 4, hmi_now_us());
    hmi_bind(stmt, 5, one->state);
    HMI_TRY(hmi_team_run(u->team, stmt, &changed, err));
    return changed == 1
               ? HM_OK
               : hmi_fail(err, HM_E_CONFLICT, HM_OFFSET_NONE, "it stands at another offset");
}

static int append(hmi_uploads *u, hm_text user, hm_text id, uint64_t offset, hm_bytes bytes,
                  hmi_upload *ret, hm_err *err)
{
    HMI_TRY(find(u, user, id, ret, err));
    if (ret->state != HMI_UPLOAD_RECEIVING || offset != ret->offset) {
        return hmi_fail(err, HM_E_CONFLICT, HM_OFFSET_NONE, "it stands at another offset");
    }
    if (bytes.len > ret->size - ret->offset) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "more bytes than were announced");
    }
    if (bytes.len == 0) {
        return HM_OK;
    }
    HMI_TRY(hmi_upload_bytes_append(&u->bytes, ret->id, offset, bytes, err));
    ret->offset += bytes.len;
    ret->state = ret->offset == ret->size ? HMI_UPLOAD_WAITING : HMI_UPLOAD_RECEIVING;
    return move(u, ret, offset, err);
}

int hmi_upload_append(hmi_uploads *u, hm_text user, hm_text id, uint64_t offset, hm_bytes bytes,
                      hm_err *err)
{
    hmi_upload one;
    hmi_team_lock(u->team);
    int code = hmi_team_begin(u->team, err);
    if (code == HM_OK) {
        code = hmi_team_finish(u->team, append(u, user, id, offset, bytes, &one, err), err);
    }
    HMI_TRY(hmi_team_unlock(u->team, code));
    hmi_upload_tell(u, &one, (hm_bytes){ NULL, 0 });
    if (one.state == HMI_UPLOAD_WAITING) {
        poke(u);
    }
    return HM_OK;
}

static int cancel(hmi_uploads *u, hm_text user, hm_text id, hm_err *err)
{
    hmi_upload one;
    hmi_stmt *stmt = NULL;
    HMI_TRY(find(u, user, id, &one, err));
    if (one.state != HMI_UPLOAD_READING) {
        return hmi_upload_drop(u, one.id, err);
    }
    HMI_TRY(hmi_team_ask(u->team, HMI_TEAM_UPLOAD_CANCEL, &stmt, err)); /* its reader ends it */
    hmi_bind_text(stmt, 1, id);
    return hmi_team_run(u->team, stmt, NULL, err);
}

int hmi_upload_cancel(hmi_uploads *u, hm_text user, hm_text id, hm_err *err)
{
    hmi_team_lock(u->team);
    int code = hmi_team_begin(u->team, err);
    if (code == HM_OK) {
        code = hmi_team_finish(u->team, cancel(u, user, id, err), err);
    }
    return hmi_team_unlock(u->team, code);
}

/* ---- Opening */

/* Files of uploads that are no more: a crash left them. */
static int tidy(hmi_uploads *u, hm_err *err)
{
    char ids[HMI_UPLOADS_MAX][HMI_UPLOAD_ID];
    size_t count = 0;
    HMI_TRY(ids_of(u, HMI_TEAM_UPLOAD_IDS, 0, ids, &count, err));
    hmi_upload_bytes_tidy(&u->bytes, ids, count);
    return HM_OK;
}

static int open_all(hmi_uploads *u, hm_err *err)
{
    HMI_TRY(hmi_team_open(u->options.casebook, &u->team, err));
    HMI_TRY(hmi_upload_bytes_open(&u->bytes, u->options.casebook, hmi_wire_id(u->options.wire),
                                  u->team, err));
    HMI_TRY(hmi_team_begin(u->team, err));
    HMI_TRY(hmi_team_finish(u->team, tidy(u, err), err));
    HMI_TRY(hmi_store_open(u->options.casebook, NULL, &u->store, err));
    HMI_TRY(hmi_store_generation(u->store, &u->generation, err));
    u->started = pthread_create(&u->thread, NULL, hmi_uploads_main, u) == 0;
    return u->started ? HM_OK : hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "cannot start a thread");
}

int hmi_uploads_open(const hmi_uploads_options *options, hmi_uploads **ret, hm_err *err)
{
    hmi_uploads *u = calloc(1, sizeof(*u));
    if (u == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for uploads");
    }
    u->options = *options;
    pthread_mutex_init(&u->lock, NULL);
    pthread_cond_init(&u->changed, NULL);
    int code = open_all(u, err);
    if (code != HM_OK) {
        hmi_uploads_close(u);
        return code;
    }
    *ret = u;
    return HM_OK;
}

void hmi_uploads_close(hmi_uploads *u)
{
    if (u == NULL) {
        return;
    }
    pthread_mutex_lock(&u->lock);
    u->ending = true;
    pthread_cond_broadcast(&u->changed);
    pthread_mutex_unlock(&u->lock);
    if (u->started) {
        pthread_join(u->thread, NULL);
    }
    hmi_store_close(u->store);
    hmi_team_close(u->team);
    pthread_mutex_destroy(&u->lock);
    pthread_cond_destroy(&u->changed);
    free(u);
}
