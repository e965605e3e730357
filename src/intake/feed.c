/* SPDX-License-Identifier: Apache-2.0
 *
 * feed.c - keeps the jail busy; members of a container follow their container.
 *
 * WHY    A zip in a zip in a mail is three rounds through the jail, each on bytes that the round
 *        before handed out. Nothing of that may pile up in our memory: members of one container lie
 *        one behind the other in one memory file, and are sealed one at a time.
 * FORM   jobs[]: pieces in the jail now.  nests: a stack of containers whose members wait; the
 *        deepest first, so that at most one chain of containers is ever open.
 * TRUST  Member names and contents are the attacker's; names are only ever data.
 *        release(): counts who still holds a container open, and says when it is complete.
 * OWNS   The sealed files of running jobs, the memory files of waiting members.
 */
#include "intake/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/num.h"

enum { PATH_SHOWN_MAX = 2 * HMI_MEMBER_NAME_MAX + 1 };

typedef struct member {
    uint64_t at, size;
    hmi_sha256 sha256;
    size_t name_at, name_len; /* in nest.names */
    bool apart; /* all that is in the container, which is unpacked when its turn comes */
} member;

/* The one member of a compressed file. */
typedef struct alone {
    int from; /* the compressed file; -1 */
    uint64_t packed;
    int unpacked; /* -1 until its turn */
    hm_err cut;
} alone;

/* The members of one container. It is complete when nobody holds it open any more: not the stack
 * (members still wait), not a job (members in the jail), not a nest that came out of it. */
typedef struct nest {
    struct nest *below; /* on the stack */
    struct nest *from;  /* the nest that the container itself came out of, NULL at the top */
    uint32_t open;
    int fd; /* all contents, one behind the other; -1 while empty */
    uint64_t used;
    member *members;
    size_t count, capacity, next;
    hmi_buf names;
    hmi_buf path; /* the container's */
    int64_t parent;
    uint32_t depth; /* of the members */
    alone alone;
} nest;

typedef struct job {
    hmi_sink sink; /* first: the jail calls us with its address */
    hmi_feed *feed;
    hmi_sink *inner;
    hmi_feed_piece piece;
    hmi_buf path;
    nest *nest; /* what it gives */
    nest *from; /* what it came out of */
    bool busy, apart;
    hm_err cut; /* it is not whole */
} job;

struct hmi_feed {
    hmi_jail *jail;
    hmi_feed_owner owner;
    hmi_feed_options options;
    job *jobs;
    uint32_t job_count, running;
    nest *nests;
};

static void nest_free(nest *n)
{
    if (n == NULL) {
        return;
    }
    const int files[] = { n->fd, n->alone.from, n->alone.unpacked };
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (files[i] >= 0) {
            close(files[i]);
        }
    }
    free(n->members);
    hmi_buf_fini(&n->names);
    hmi_buf_fini(&n->path);
    free(n);
}

static nest *nest_new(void)
{
    nest *n = calloc(1, sizeof(*n));
    if (n != NULL) {
        n->fd = -1;
        n->alone.from = n->alone.unpacked = -1;
        hmi_buf_init(&n->names, 64 << 20);
        hmi_buf_init(&n->path, PATH_SHOWN_MAX);
    }
    return n;
}

static int write_all(int fd, hm_bytes bytes, hm_err *err)
{
    while (bytes.len > 0) {
        ssize_t wrote = write(fd, bytes.ptr, bytes.len);
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote <= 0) {
            return hmi_fail_errno(err, "keep a member in memory");
        }
        bytes.ptr += wrote;
        bytes.len -= (size_t)wrote;
    }
    return HM_OK;
}

static int nest_add(nest *n, const hmi_member *found, hm_err *err)
{
    hmi_assert(found->name.len <= HMI_MEMBER_NAME_MAX); /* the jail refuses longer ones */
    if (n->fd < 0) {
        n->fd = memfd_create("hallmark-members", MFD_CLOEXEC);
        if (n->fd < 0) {
            return hmi_fail_errno(err, "make room for members");
        }
    }
    if (n->count == n->capacity) {
        size_t capacity = n->capacity ? 2 * n->capacity : 16;
        member *larger = reallocarray(n->members, capacity, sizeof(*larger));
        if (larger == NULL) {
            return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for a list of members");
        }
        n->members = larger;
        n->capacity = capacity;
    }
    member *m = &n->members[n->count];
    *m = (member){ .at = n->used,
                   .size = found->content.len,
                   .name_at = n->names.len,
                   .name_len = found->name.len,
                   .apart = found->apart,
                   .sha256 = hmi_sha256_of(found->content) };
    hmi_buf_add(&n->names, found->name);
    HMI_TRY(hmi_buf_check(&n->names, err));
    HMI_TRY(write_all(n->fd, found->content, err));
    n->used += found->content.len;
    n->count++;
    return HM_OK;
}

/* ---- What the worker says goes on to the owner's sink; members stay here. */

static job *job_of(hmi_sink *sink)
{
    return (job *)(void *)sink;
}

static int on_trait(hmi_sink *sink, const hmi_trait *trait, hm_err *err)
{
    hmi_sink *inner = job_of(sink)->inner;
    return hmi_sink_trait(inner, trait, err);
}

static int on_note(hmi_sink *sink, const hmi_note *note, hm_err *err)
{
    hmi_sink *inner = job_of(sink)->inner;
    return hmi_sink_note(inner, note, err);
}

static int on_fact(hmi_sink *sink, hm_text name, hm_text value, hm_err *err)
{
    hmi_sink *inner = job_of(sink)->inner;
    return hmi_sink_fact(inner, name, value, err);
}

static int on_object(hmi_sink *sink, const hmi_object *object, hm_err *err)
{
    hmi_sink *inner = job_of(sink)->inner;
    return hmi_sink_object(inner, object, err);
}

static int on_member(hmi_sink *sink, const hmi_member *found, hm_err *err)
{
    job *j = job_of(sink);
    uint32_t depth_max =
        j->feed->options.depth_max ? j->feed->options.depth_max : HMI_FEED_DEPTH_MAX;
    if (j->piece.depth + 1 > depth_max) {
        hmi_note note = { .severity = HMI_NOTE_DAMAGE,
                          .code = HM_E_LIMIT,
                          .offset = found->offset,
                          .text = HM_TEXT("a file inside was not read: nested too deep") };
        return on_note(sink, &note, err);
    }
    if (j->nest == NULL) {
        j->nest = nest_new();
        if (j->nest == NULL) {
            return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for a container");
        }
    }
    if (found->apart && (!j->apart || j->nest->count > 0)) {
        return HM_OK; /* nobody asked, or it is not the only one: no honest reader says so */
    }
    return nest_add(j->nest, found, err);
}

static const hmi_sink_ops JOB_OPS = {
    .trait = on_trait, .member = on_member, .note = on_note, .fact = on_fact, .object = on_object
};

/* ---- Running */

int hmi_feed_new(hmi_jail *jail, const hmi_feed_options *options, const hmi_feed_owner *owner,
                 hmi_feed **ret_feed, hm_err *err)
{
    uint32_t places = hmi_jail_free_places(jail);
    hmi_assert(places > 0);
    hmi_feed *feed = calloc(1, sizeof(*feed));
    job *jobs = calloc(places, sizeof(*jobs));
    if (feed == NULL || jobs == NULL) {
        free(feed);
        free(jobs);
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for the feed");
    }
    *feed = (hmi_feed){ .jail = jail, .owner = *owner, .jobs = jobs, .job_count = places };
    if (options != NULL) {
        feed->options = *options;
    }
    for (uint32_t i = 0; i < places; i++) {
        hmi_buf_init(&jobs[i].path, PATH_SHOWN_MAX);
    }
    *ret_feed = feed;
    return HM_OK;
}

static int release(hmi_feed *feed, nest *n, hm_err *err)
{
    while (n != NULL && --n->open == 0) {
        nest *from = n->from;
        int64_t id = n->parent;
        nest_free(n);
        HMI_TRY(feed->owner.complete(feed->owner.with, id, err));
        n = from;
    }
    return HM_OK;
}

static void job_clear(job *j)
{
    if (j->busy) {
        close(j->piece.fd);
    }
    nest_free(j->nest);
    j->nest = NULL;
    j->from = NULL;
    j->busy = false;
    j->cut = (hm_err){ .code = HM_OK };
}

/* The members that a piece gave wait on the stack from now on. */
static void stack_members(hmi_feed *feed, job *j, int64_t id)
{
    nest *n = j->nest;
    j->nest = NULL;
    if (n->count > 0 && n->members[0].apart) {
        n->alone.from = fcntl(j->piece.fd, F_DUPFD_CLOEXEC, 0);
        n->alone.packed = j->piece.size;
    }
    n->parent = id;
    n->depth = j->piece.depth + 1;
    n->open = 1;
    n->from = j->from;
    if (n->from != NULL) {
        n->from->open++;
    }
    hmi_buf_add(&n->path, j->piece.path);
    n->below = feed->nests;
    feed->nests = n;
}

/* What was read whole is not whole when it had been cut before. */
static hmi_job_done with_cut(const job *j, const hmi_job_done *done)
{
    hmi_job_done told = *done;
    bool read = told.verdict == HMI_VERDICT_READ || told.verdict == HMI_VERDICT_PARTIAL ||
                told.verdict == HMI_VERDICT_UNKNOWN;
    if (read && j->cut.code < 0) {
        told.verdict = j->cut.code == HM_E_LIMIT ? HMI_VERDICT_LIMIT : HMI_VERDICT_PARTIAL;
        told.reason = j->cut;
    }
    return told;
}

static int end_job(hmi_feed *feed, const hmi_job_done *ended, hm_err *err)
{
    hmi_assert(ended->id < feed->job_count && feed->jobs[ended->id].busy);
    job *j = &feed->jobs[ended->id];
    const hmi_job_done with = with_cut(j, ended);
    const hmi_job_done *done = &with;
    int64_t id = 0;
    feed->running--;
    size_t members = j->nest ? j->nest->count : 0;
    int code = feed->owner.end(feed->owner.with, &j->piece, done, members, &id, err);
    if (code == HM_OK && id != 0 && members > 0) {
        stack_members(feed, j, id);
    }
    nest *from = j->from;
    job_clear(j);
    return code == HM_OK ? release(feed, from, err) : code;
}

/* Waits until one more job has ended. */
static int serve_one(hmi_feed *feed, hm_err *err)
{
    hmi_assert(feed->running > 0);
    hmi_job_done done = { 0 };
    for (;;) {
        if (feed->owner.cancelled != NULL && feed->owner.cancelled(feed->owner.with)) {
            return hmi_fail(err, HM_E_CANCELLED, HM_OFFSET_NONE, "stopped on request");
        }
        int got = hmi_jail_wait(feed->jail, HMI_FEED_IDLE_MS, &done, err);
        if (got < 0) {
            return got;
        }
        if (got > 0) {
            return end_job(feed, &done, err);
        }
        if (feed->owner.idle != NULL) {
            HMI_TRY(feed->owner.idle(feed->owner.with, err));
        }
    }
}

static bool in_flight(const hmi_feed *feed, const hmi_sha256 *sha256)
{
    for (uint32_t i = 0; i < feed->job_count; i++) {
        const job *j = &feed->jobs[i];
        if (j->busy && memcmp(&j->piece.sha256, sha256, sizeof(*sha256)) == 0) {
            return true;
        }
    }
    return false;
}

static job *free_job(hmi_feed *feed)
{
    for (uint32_t i = 0; i < feed->job_count; i++) {
        if (!feed->jobs[i].busy) {
            return &feed->jobs[i];
        }
    }
    return NULL;
}

static hm_bytes last_part(hm_bytes path)
{
    size_t slash = hmi_find_last_byte(path, '/');
    return slash == HMI_NPOS ? path : hmi_slice(path, slash + 1, path.len);
}

/* Puts one piece under way; its path is in j->path already, its fd is ours. */
static int start(hmi_feed *feed, job *j, nest *from, hmi_feed_piece piece, hm_err *err)
{
    piece.path = hmi_buf_bytes(&j->path);
    if (piece.name.ptr == NULL) {
        piece.name = last_part(piece.path);
    }
    j->piece = piece;
    j->busy = true;
    j->feed = feed;
    j->sink.ops = &JOB_OPS;
    j->inner = NULL;
    j->from = from;
    j->apart = hmi_apart_wanted(&feed->options.apart, piece.fd, piece.size);
    int code = feed->owner.begin(feed->owner.with, &j->piece, &j->inner, err);
    if (code != HM_OK || j->inner == NULL) {
        job_clear(j);
        return code;
    }
    if (from != NULL) {
        from->open++;
    }
    hmi_job work = { .id = (uint64_t)(j - feed->jobs),
                     .fd = piece.fd,
                     .size = piece.size,
                     .name = j->piece.name,
                     .context_us = piece.modified_us,
                     .depth = piece.depth,
                     .passwords = feed->options.passwords,
                     .password_count = feed->options.password_count,
                     .apart = j->apart,
                     .sink = &j->sink };
    code = hmi_jail_submit(feed->jail, &work, err);
    if (code == HM_OK) {
        feed->running++;
        return HM_OK;
    }
    /* The owner has begun: let it end what it began. */
    hmi_job_done done = { .id = work.id, .verdict = HMI_VERDICT_CRASHED };
    if (err != NULL) {
        done.reason = *err;
    }
    feed->running++;
    hm_err ignored;
    (void)end_job(feed, &done, &ignored);
    return code;
}

static int make_room(hmi_feed *feed, const hmi_sha256 *sha256, hm_err *err)
{
    while (feed->running > 0 && (free_job(feed) == NULL || in_flight(feed, sha256))) {
        HMI_TRY(serve_one(feed, err));
    }
    return HM_OK;
}

static int seal_member(const nest *n, const member *m, int *ret_fd, hm_err *err)
{
    if (m->size == 0) {
        return hmi_jail_seal((hm_bytes){ NULL, 0 }, ret_fd, err);
    }
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t from = m->at / page * page;
    size_t len = (size_t)(m->at - from + m->size);
    uint8_t *map = mmap(NULL, len, PROT_READ, MAP_PRIVATE, n->fd, (off_t)from);
    if (map == MAP_FAILED) {
        return hmi_fail_errno(err, "look at a member in memory");
    }
    int code = hmi_jail_seal(hmi_bytes(map + (m->at - from), (size_t)m->size), ret_fd, err);
    munmap(map, len);
    return code;
}

/* Once; then size and digest are those of what was in the compressed file. */
static int unpack_alone(hmi_feed *feed, nest *n, member *m, hm_err *err)
{
    if (n->alone.unpacked >= 0) {
        return HM_OK;
    }
    int fd = -1;
    uint64_t size = 0;
    HMI_TRY(hmi_apart_unpack(&feed->options.apart, n->alone.from, n->alone.packed, &fd, &size,
                             &n->alone.cut, err));
    int code = hmi_sha256_of_fd(fd, size, &m->sha256, err);
    if (code != HM_OK) {
        close(fd);
        return code;
    }
    m->size = size;
    n->alone.unpacked = fd;
    return HM_OK;
}

static int member_file(nest *n, const member *m, int *ret_fd, hm_err *err)
{
    if (!m->apart) {
        return seal_member(n, m, ret_fd, err);
    }
    *ret_fd = n->alone.unpacked;
    n->alone.unpacked = -1;
    return HM_OK;
}

/* The next waiting member goes under way. */
static int start_member(hmi_feed *feed, hm_err *err)
{
    nest *n = feed->nests;
    member *m = &n->members[n->next];
    HMI_TRY(m->apart ? unpack_alone(feed, n, m, err) : HM_OK);
    HMI_TRY(make_room(feed, &m->sha256, err));
    if (feed->nests != n) {
        return HM_OK; /* something deeper came up meanwhile: it goes first */
    }
    int fd = -1;
    HMI_TRY(member_file(n, m, &fd, err));
    n->next++;
    job *j = free_job(feed);
    j->cut = m->apart ? n->alone.cut : (hm_err){ .code = HM_OK };
    hm_bytes name = hmi_slice(hmi_buf_bytes(&n->names), m->name_at, m->name_len);
    hmi_buf_clear(&j->path);
    /* The container's path is for people and may be cut; the member's name must stay whole. */
    hmi_buf_add(&j->path, hmi_slice(hmi_buf_bytes(&n->path), 0, PATH_SHOWN_MAX - name.len - 1));
    hmi_buf_add_char(&j->path, '/');
    size_t name_at = j->path.len;
    hmi_buf_add(&j->path, name);
    hmi_feed_piece piece = { .fd = fd,
                             .size = m->size,
                             .sha256 = m->sha256,
                             .modified_us = HMI_TIME_NONE,
                             .depth = n->depth,
                             .parent = n->parent,
                             .name = hmi_slice(hmi_buf_bytes(&j->path), name_at, name.len) };
    return start(feed, j, n, piece, err);
}

static int drain_members(hmi_feed *feed, hm_err *err)
{
    while (feed->nests != NULL) {
        nest *n = feed->nests;
        if (n->next < n->count) {
            HMI_TRY(start_member(feed, err));
            continue;
        }
        feed->nests = n->below;
        HMI_TRY(release(feed, n, err));
    }
    return HM_OK;
}

int hmi_feed_push(hmi_feed *feed, hm_bytes path, int fd, uint64_t size, const hmi_sha256 *sha256,
                  int64_t modified_us, hm_err *err)
{
    int code = drain_members(feed, err);
    if (code == HM_OK) {
        code = make_room(feed, sha256, err);
    }
    if (code != HM_OK) {
        close(fd);
        return code;
    }
    job *j = free_job(feed);
    hmi_buf_clear(&j->path);
    hmi_buf_add(&j->path, hmi_slice(path, 0, PATH_SHOWN_MAX));
    hmi_feed_piece piece = {
        .fd = fd, .size = size, .sha256 = *sha256, .modified_us = modified_us
    };
    return start(feed, j, NULL, piece, err);
}

int hmi_feed_finish(hmi_feed *feed, hm_err *err)
{
    do {
        HMI_TRY(drain_members(feed, err));
        if (feed->running > 0) {
            HMI_TRY(serve_one(feed, err));
        }
    } while (feed->running > 0 || feed->nests != NULL);
    return HM_OK;
}

/* Lets go without telling anybody that anything is complete. */
static void let_go(nest *n)
{
    while (n != NULL && --n->open == 0) {
        nest *from = n->from;
        nest_free(n);
        n = from;
    }
}

void hmi_feed_free(hmi_feed *feed)
{
    if (feed == NULL) {
        return;
    }
    for (uint32_t i = 0; i < feed->job_count; i++) {
        job *j = &feed->jobs[i];
        if (j->busy) {
            feed->owner.drop(feed->owner.with, &j->piece);
            let_go(j->from);
        }
        job_clear(j);
        hmi_buf_fini(&j->path);
    }
    while (feed->nests != NULL) {
        nest *below = feed->nests->below;
        let_go(feed->nests);
        feed->nests = below;
    }
    free(feed->jobs);
    free(feed);
}
