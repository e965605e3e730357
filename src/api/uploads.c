/* SPDX-License-Identifier: Apache-2.0
 *
 * uploads.c - evidence on its way into the casebook.
 *
 * WHY    What is dropped on a page must be whole before it is read, and must survive whatever
 *        happens on the way. The file's own size is the offset: there is no second truth.
 * FORM   page/uploads/ID.part the bytes, ID.meta one JSON object: incident, user, name, size,
 *        created. Both are gone when it was read or given up.
 * TRUST  Names are data and never part of a path. Meta files are ours; one that is not as it must
 *        be is left alone and not taken up.
 * OWNS   The table, the thread and its casebook.
 */
#include "api/uploads.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "api/team.h"
#include "base/hash.h"
#include "base/text.h"
#include "base/time.h"
#include "intake/intake.h"

enum { PATH_LEN = 4400, META_MAX = 8192, OUTCOMES_TEXT_MAX = 4 << 20 };

typedef enum state { RECEIVING, WAITING, READING, DONE, FAILED } state;
static const char *const STATES[] = { "receiving", "waiting", "reading", "done", "failed" };

typedef struct upload {
    char id[HMI_UPLOAD_ID];
    char user[65], incident[64];
    char name[HMI_UPLOAD_NAME_MAX];
    size_t name_len;
    uint64_t size, offset;
    int64_t created_us, moved_us;
    state state;
    bool cancelled;
    char why[256];
    hmi_buf outcomes; /* objects with commas */
    size_t outcome_count;
} upload;

struct hmi_uploads {
    hmi_uploads_options options;
    char folder[PATH_LEN];
    pthread_mutex_t lock;
    pthread_cond_t changed;
    upload *list[HMI_UPLOADS_MAX];
    size_t count;
    hmi_store *store;
    pthread_t thread;
    bool started, ending;
    uint64_t generation;
};

/* ---- Names and files. All with the lock held. */

static void path_of(const hmi_uploads *u, const char *id, const char *end, char path[PATH_LEN])
{
    snprintf(path, PATH_LEN, "%.4200s/%.32s.%s", u->folder, id, end);
}

static hm_text text_name(const upload *one)
{
    return hmi_text(one->name, one->name_len);
}

static upload *find(hmi_uploads *u, hm_text user, hm_text id, size_t *ret_at)
{
    for (size_t i = 0; i < u->count; i++) {
        if (hmi_text_is(id, u->list[i]->id) && hmi_text_is(user, u->list[i]->user)) {
            *ret_at = i;
            return u->list[i];
        }
    }
    return NULL;
}

static int not_found(hm_err *err)
{
    return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "there is no such upload");
}

static void remove_files(const hmi_uploads *u, const upload *one)
{
    char path[PATH_LEN];
    path_of(u, one->id, "meta", path);
    (void)unlink(path);
    path_of(u, one->id, "part", path);
    (void)unlink(path);
}

static void free_upload(upload *one)
{
    if (one != NULL) {
        hmi_buf_fini(&one->outcomes);
        free(one);
    }
}

static void forget(hmi_uploads *u, size_t at)
{
    remove_files(u, u->list[at]);
    free_upload(u->list[at]);
    u->list[at] = u->list[--u->count];
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

static void put(hmi_json_writer *w, const upload *one, bool outcomes)
{
    hmi_json_open_object(w);
    hmi_json_member_text(w, "id", hmi_text_of(one->id));
    hmi_json_member_text(w, "incident", hmi_text_of(one->incident));
    hmi_json_member_text(w, "name", text_name(one));
    hmi_json_member_uint(w, "size", one->size);
    hmi_json_member_uint(w, "offset", one->offset);
    hmi_json_member_text(w, "state", hmi_text_of(STATES[one->state]));
    put_time(w, "created", one->created_us);
    hmi_json_member_text(w, "by", hmi_text_of(one->user));
    if (outcomes) {
        hmi_json_put_key(w, HM_TEXT("pieces"));
        hmi_json_open_array(w);
        if (one->outcomes.len > 0) {
            hmi_json_put_raw(w, hmi_buf_bytes(&one->outcomes));
        }
        hmi_json_close_array(w);
    }
    if (one->state == FAILED) {
        hmi_json_member_text(w, "why", hmi_text_of(one->why));
    }
    hmi_json_close_object(w);
}

static void tell(hmi_uploads *u, const upload *one, hm_bytes piece)
{
    hmi_buf text;
    hmi_json_writer w;
    hmi_buf_init(&text, 2 * HMI_NEWS_TEXT_MAX);
    hmi_json_begin(&w, &text, false);
    hmi_json_open_object(&w);
    hmi_json_member_text(&w, "event", piece.len > 0 ? HM_TEXT("piece") : HM_TEXT("upload"));
    hmi_json_put_key(&w, HM_TEXT("upload"));
    put(&w, one, false);
    if (piece.len > 0) {
        hmi_json_put_key(&w, HM_TEXT("piece"));
        hmi_json_put_raw(&w, piece);
    }
    hmi_json_close_object(&w);
    if (text.bad == 0) {
        hmi_news_tell(u->options.news, hmi_text_of(one->user), piece.len > 0 ? "piece" : "upload",
                      hmi_buf_bytes(&text));
    }
    hmi_buf_fini(&text);
}

/* ---- Beginning and bringing */

static int write_file(const char *path, hm_bytes bytes, hm_err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return hmi_fail_errno(err, "an upload cannot be kept");
    }
    bool good = write(fd, bytes.ptr, bytes.len) == (ssize_t)bytes.len && fsync(fd) == 0;
    int code = good ? HM_OK : hmi_fail_errno(err, "an upload cannot be kept");
    close(fd);
    return code;
}

static int write_meta(hmi_uploads *u, const upload *one, hm_err *err)
{
    char path[PATH_LEN];
    hmi_buf text;
    hmi_json_writer w;
    hmi_buf_init(&text, META_MAX);
    hmi_json_begin(&w, &text, false);
    hmi_json_open_object(&w);
    hmi_json_member_text(&w, "incident", hmi_text_of(one->incident));
    hmi_json_member_text(&w, "user", hmi_text_of(one->user));
    hmi_json_member_text(&w, "name", text_name(one));
    hmi_json_member_uint(&w, "size", one->size);
    hmi_json_member_uint(&w, "created_us", (uint64_t)one->created_us);
    hmi_json_close_object(&w);
    path_of(u, one->id, "part", path);
    int code = hmi_buf_check(&text, err);
    code = code == HM_OK ? write_file(path, (hm_bytes){ NULL, 0 }, err) : code;
    path_of(u, one->id, "meta", path);
    code = code == HM_OK ? write_file(path, hmi_buf_bytes(&text), err) : code;
    hmi_buf_fini(&text);
    return code;
}

static int begin(hmi_uploads *u, upload *one, hm_err *err)
{
    uint64_t bytes = one->size;
    for (size_t i = 0; i < u->count; i++) {
        bytes += u->list[i]->state < DONE ? u->list[i]->size : 0;
    }
    for (size_t i = 0; u->count == HMI_UPLOADS_MAX && i < u->count; i++) {
        if (u->list[i]->state >= DONE) {
            forget(u, i); /* what is done and told makes room */
        }
    }
    if (u->count == HMI_UPLOADS_MAX || bytes > HMI_UPLOADS_BYTES_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE,
                        "too many uploads are open: end some, or wait until they are read");
    }
    int code = write_meta(u, one, err);
    if (code != HM_OK) {
        remove_files(u, one);
        return code;
    }
    one->state = one->size == 0 ? WAITING : RECEIVING;
    u->list[u->count++] = one;
    pthread_cond_broadcast(&u->changed);
    return HM_OK;
}

int hmi_upload_begin(hmi_uploads *u, hm_text user, hm_text incident, hm_text name, uint64_t size,
                     char ret_id[HMI_UPLOAD_ID], hm_err *err)
{
    uint8_t drawn[16];
    upload *one = calloc(1, sizeof(*one));
    if (one == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for an upload");
    }
    randombytes_buf(drawn, sizeof(drawn));
    hmi_hex(hmi_bytes(drawn, sizeof(drawn)), one->id);
    snprintf(one->user, sizeof(one->user), "%.*s", HMI_FMT(user));
    snprintf(one->incident, sizeof(one->incident), "%.*s", HMI_FMT(incident));
    one->name_len = name.len < sizeof(one->name) ? name.len : sizeof(one->name);
    memcpy(one->name, name.ptr, one->name_len);
    one->size = size;
    one->created_us = one->moved_us = hmi_now_us();
    hmi_buf_init(&one->outcomes, OUTCOMES_TEXT_MAX);
    char id[HMI_UPLOAD_ID];
    memcpy(id, one->id, sizeof(id));
    pthread_mutex_lock(&u->lock);
    int code = begin(u, one, err);
    pthread_mutex_unlock(&u->lock);
    if (code != HM_OK) {
        free_upload(one);
        return code;
    }
    memcpy(ret_id, id, sizeof(id));
    return HM_OK;
}

static int write_part(const hmi_uploads *u, const upload *one, hm_bytes bytes, hm_err *err)
{
    char path[PATH_LEN];
    path_of(u, one->id, "part", path);
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return hmi_fail_errno(err, "the upload cannot be opened");
    }
    size_t done = 0;
    ssize_t sent = 0;
    while (done < bytes.len && (sent = pwrite(fd, bytes.ptr + done, bytes.len - done,
                                              (off_t)(one->offset + done))) > 0) {
        done += (size_t)sent;
    }
    int code = done == bytes.len && fdatasync(fd) == 0
                   ? HM_OK
                   : hmi_fail_errno(err, "the upload cannot be written");
    if (code != HM_OK) {
        (void)!ftruncate(fd, (off_t)one->offset); /* what was not acknowledged is not there */
    }
    close(fd);
    return code;
}

static int append(hmi_uploads *u, hm_text user, hm_text id, uint64_t offset, hm_bytes bytes,
                  hm_err *err)
{
    size_t at = 0;
    upload *one = find(u, user, id, &at);
    if (one == NULL) {
        return not_found(err);
    }
    if (one->state != RECEIVING || offset != one->offset) {
        return hmi_fail(err, HM_E_CONFLICT, HM_OFFSET_NONE, "it stands at another offset");
    }
    if (bytes.len > one->size - one->offset) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "more bytes than were announced");
    }
    HMI_TRY(write_part(u, one, bytes, err));
    one->offset += bytes.len;
    one->moved_us = hmi_now_us();
    if (one->offset == one->size) {
        one->state = WAITING;
        pthread_cond_broadcast(&u->changed);
    }
    tell(u, one, (hm_bytes){ NULL, 0 });
    return HM_OK;
}

int hmi_upload_append(hmi_uploads *u, hm_text user, hm_text id, uint64_t offset, hm_bytes bytes,
                      hm_err *err)
{
    pthread_mutex_lock(&u->lock);
    int code = append(u, user, id, offset, bytes, err);
    pthread_mutex_unlock(&u->lock);
    return code;
}

int hmi_upload_cancel(hmi_uploads *u, hm_text user, hm_text id, hm_err *err)
{
    size_t at = 0;
    pthread_mutex_lock(&u->lock);
    upload *one = find(u, user, id, &at);
    if (one != NULL && one->state == READING) {
        one->cancelled = true;
    } else if (one != NULL) {
        forget(u, at);
    }
    pthread_mutex_unlock(&u->lock);
    return one != NULL ? HM_OK : not_found(err);
}

int hmi_upload_json(hmi_uploads *u, hm_text user, hm_text id, hmi_json_writer *w, hm_err *err)
{
    size_t at = 0;
    pthread_mutex_lock(&u->lock);
    const upload *one = find(u, user, id, &at);
    if (one != NULL) {
        put(w, one, true);
    }
    pthread_mutex_unlock(&u->lock);
    return one != NULL ? HM_OK : not_found(err);
}

void hmi_upload_list_json(hmi_uploads *u, hm_text user, hmi_json_writer *w)
{
    pthread_mutex_lock(&u->lock);
    hmi_json_open_array(w);
    for (size_t i = 0; i < u->count; i++) {
        if (hmi_text_is(user, u->list[i]->user)) {
            put(w, u->list[i], true);
        }
    }
    hmi_json_close_array(w);
    pthread_mutex_unlock(&u->lock);
}

void hmi_uploads_count(hmi_uploads *u, uint64_t *ret_open, uint64_t *ret_bytes)
{
    *ret_open = *ret_bytes = 0;
    pthread_mutex_lock(&u->lock);
    for (size_t i = 0; i < u->count; i++) {
        *ret_open += u->list[i]->state < DONE;
        *ret_bytes += u->list[i]->state < DONE ? u->list[i]->offset : 0;
    }
    pthread_mutex_unlock(&u->lock);
}

/* ---- Reading. The upload in hand stays in the table: only its reader ends it. */

typedef struct reader {
    hmi_uploads *uploads;
    upload *one;
} reader;

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
    pthread_mutex_lock(&r->uploads->lock);
    if (text.bad == 0 && r->one->outcome_count < HMI_UPLOAD_OUTCOMES_MAX) {
        hmi_buf_add_cstr(&r->one->outcomes, r->one->outcome_count++ > 0 ? "," : "");
        hmi_buf_add(&r->one->outcomes, hmi_buf_bytes(&text));
        tell(r->uploads, r->one, hmi_buf_bytes(&text));
    }
    pthread_mutex_unlock(&r->uploads->lock);
    hmi_buf_fini(&text);
}

static bool is_cancelled(void *with)
{
    reader *r = with;
    pthread_mutex_lock(&r->uploads->lock);
    bool cancelled = r->one->cancelled || r->uploads->ending;
    pthread_mutex_unlock(&r->uploads->lock);
    return cancelled;
}

static int read_into(hmi_uploads *u, upload *one, hm_err *err)
{
    char path[PATH_LEN];
    const char *const paths[] = { path };
    reader r = { u, one };
    int64_t incident = 0;
    hmi_intake_totals totals = { 0 };
    hmi_intake_watch watch = { .with = &r, .outcome = on_outcome, .cancelled = is_cancelled };
    hmi_add_options options = { .jail = *u->options.jail, .as = hmi_text_bytes(text_name(one)) };
    path_of(u, one->id, "part", path);
    HMI_TRY(hmi_incident_named(u->store, hmi_text_of(one->incident), &incident, err));
    return hmi_add(u->store, incident, paths, 1, &options, &watch, &totals, err);
}

static upload *next_waiting(hmi_uploads *u)
{
    for (size_t i = 0; i < u->count; i++) {
        if (u->list[i]->state == WAITING) {
            return u->list[i];
        }
    }
    return NULL;
}

/* With the lock, which is given up while it reads. */
static void read_one(hmi_uploads *u, upload *one)
{
    hm_err err = { 0 };
    one->state = READING;
    tell(u, one, (hm_bytes){ NULL, 0 });
    pthread_mutex_unlock(&u->lock);
    int code = read_into(u, one, &err);
    pthread_mutex_lock(&u->lock);
    if (code != HM_OK && u->ending && !one->cancelled) {
        one->state = WAITING; /* its files stay: the next start reads it */
        return;
    }
    one->state = code == HM_OK ? DONE : FAILED;
    if (code != HM_OK) {
        hmi_log_failure(u->options.log, HMI_LOG_WARN, "an upload was not read", &err);
        snprintf(one->why, sizeof(one->why), "%s",
                 one->cancelled ? "cancelled" : "it could not be read: the server's log says why");
    }
    remove_files(u, one);
    tell(u, one, (hm_bytes){ NULL, 0 });
}

static void drop_idle(hmi_uploads *u)
{
    int64_t old = hmi_now_us() - HMI_UPLOAD_IDLE_S * 1000000;
    for (size_t i = u->count; i-- > 0;) {
        if (u->list[i]->state != WAITING && u->list[i]->moved_us < old) {
            forget(u, i);
        }
    }
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

static void *reader_main(void *with)
{
    hmi_uploads *u = with;
    pthread_mutex_lock(&u->lock);
    while (!u->ending) {
        upload *one = u->options.no_reading ? NULL : next_waiting(u);
        if (one != NULL) {
            read_one(u, one);
            look_at_casebook(u);
            continue;
        }
        struct timespec until;
        (void)clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += 1;
        (void)pthread_cond_timedwait(&u->changed, &u->lock, &until);
        look_at_casebook(u);
        drop_idle(u);
    }
    pthread_mutex_unlock(&u->lock);
    return NULL;
}

/* ---- Opening */

static bool read_meta(hmi_value root, hmi_arena *arena, upload *one)
{
    int64_t size = 0, created = 0;
    hm_text incident = hmi_json_text(hmi_json_get(root, "incident"), arena);
    hm_text user = hmi_json_text(hmi_json_get(root, "user"), arena);
    hm_text name = hmi_json_text(hmi_json_get(root, "name"), arena);
    if (incident.len == 0 || incident.len >= sizeof(one->incident) || user.len == 0 ||
        user.len >= sizeof(one->user) || name.len == 0 || name.len > sizeof(one->name) ||
        !hmi_json_int(hmi_json_get(root, "size"), &size) || size < 0 ||
        size > HMI_UPLOAD_SIZE_MAX || !hmi_json_int(hmi_json_get(root, "created_us"), &created)) {
        return false;
    }
    memcpy(one->incident, incident.ptr, incident.len);
    memcpy(one->user, user.ptr, user.len);
    memcpy(one->name, name.ptr, name.len);
    one->name_len = name.len;
    one->size = (uint64_t)size;
    one->created_us = created;
    return true;
}

static bool load(hmi_uploads *u, hmi_json *json, const char *file, upload *one)
{
    char path[PATH_LEN];
    uint8_t text[META_MAX];
    struct stat st;
    hmi_arena arena;
    hmi_value root;
    snprintf(one->id, sizeof(one->id), "%.32s", file);
    path_of(u, one->id, "part", path);
    if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
        return false;
    }
    path_of(u, one->id, "meta", path);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t len = fd >= 0 ? read(fd, text, sizeof(text)) : -1;
    if (fd >= 0) {
        close(fd);
    }
    hmi_arena_init(&arena, 1 << 16);
    bool good = len > 0 &&
                hmi_json_parse(json, hmi_bytes(text, (size_t)len), 0, &root, NULL) == HM_OK &&
                read_meta(root, &arena, one) && (uint64_t)st.st_size <= one->size;
    hmi_arena_fini(&arena);
    one->offset = (uint64_t)st.st_size;
    one->moved_us = hmi_now_us();
    one->state = one->offset == one->size ? WAITING : RECEIVING;
    return good;
}

static bool is_meta(const char *name)
{
    return strlen(name) == 37 && strspn(name, "0123456789abcdef") == 32 &&
           strcmp(name + 32, ".meta") == 0;
}

static int load_all(hmi_uploads *u, hm_err *err)
{
    hmi_json *json = NULL;
    HMI_TRY(hmi_json_new(&json, err));
    DIR *dir = opendir(u->folder);
    if (dir == NULL) {
        hmi_json_free(json);
        return hmi_fail_errno(err, "\"%.200s\"", u->folder);
    }
    for (struct dirent *e; (e = readdir(dir)) != NULL && u->count < HMI_UPLOADS_MAX;) {
        upload *one = is_meta(e->d_name) ? calloc(1, sizeof(*one)) : NULL;
        if (one == NULL) {
            continue;
        }
        hmi_buf_init(&one->outcomes, OUTCOMES_TEXT_MAX);
        if (load(u, json, e->d_name, one)) {
            u->list[u->count++] = one;
        } else {
            free_upload(one);
        }
    }
    closedir(dir);
    hmi_json_free(json);
    return HM_OK;
}

static int open_all(hmi_uploads *u, hm_err *err)
{
    char folder[HMI_PAGE_FOLDER];
    HMI_TRY(hmi_page_folder(u->options.casebook, folder, err));
    snprintf(u->folder, sizeof(u->folder), "%s/uploads", folder);
    if (mkdir(u->folder, 0700) != 0 && errno != EEXIST) {
        return hmi_fail_errno(err, "\"%.200s\"", u->folder);
    }
    HMI_TRY(load_all(u, err));
    HMI_TRY(hmi_store_open(u->options.casebook, NULL, &u->store, err));
    HMI_TRY(hmi_store_generation(u->store, &u->generation, err));
    u->started = pthread_create(&u->thread, NULL, reader_main, u) == 0;
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
    for (size_t i = 0; i < u->count; i++) {
        free_upload(u->list[i]); /* their files stay */
    }
    hmi_store_close(u->store);
    pthread_mutex_destroy(&u->lock);
    pthread_cond_destroy(&u->changed);
    free(u);
}
