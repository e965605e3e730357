/* SPDX-License-Identifier: Apache-2.0
 *
 * watch.c - sources followed by name; batches of whole lines to the scanner; positions kept.
 *
 * WHY    Log files are renamed, truncated, compressed and removed while they are read. Each source
 *        is a name; the file behind it is known by device, inode and its first bytes.
 * FORM   A batch: read, scan the whole lines, hits to the listener, `settled`, checkpoint. The part
 *        behind the last line end waits for its rest, up to HMI_WATCH_RECORD_MAX; at the end of a
 *        file that is gone, or with `once`, it is a line too. A name whose file was replaced is
 * read to the old file's end first. Compressed files are read whole, once. TRUST  Names and records
 * are hostile; the file behind a name may change at any moment: sizes are only hints, every read is
 * checked. Only regular files, pipes and "-" are read. OWNS   One descriptor, scanner and buffer a
 * source; inotify only says when to look again, and a look each second covers what it cannot see.
 */
#include "watch/watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/num.h"
#include "watch/unpack.h"

typedef struct source {
    char path[HMI_WATCH_PATH_MAX];
    int fd; /* -1: not there now */
    bool is_pipe, done;
    uint64_t device, inode;
    uint64_t offset; /* of the next byte to read */
    uint64_t head;
    uint32_t head_len;
    hmi_unpack *unpack; /* for compressed files */
    hm_scanner *scanner;
    hmi_buf pending; /* behind the last line end */
} source;

struct hmi_watch {
    const hm_matcher *matcher;
    hmi_watch_options options;
    hmi_watch_listener listener;
    hmi_breaker *breaker;
    source **sources;
    size_t source_count;
    char **folders;
    size_t folder_count;
    hmi_position *kept;
    size_t kept_count;
    source *current;
    int inotify;
    bool started, moved;
    hmi_watch_sums sums;
};

static void notice(hmi_watch *w, const char *what, hm_text about)
{
    if (w->listener.notice != NULL) {
        w->listener.notice(w->listener.with, hmi_text_of(what), about);
    }
}

int hmi_watch_new(const hm_matcher *matcher, const hmi_watch_options *options,
                  const hmi_watch_listener *listener, hmi_watch **ret_watch, hm_err *err)
{
    hmi_watch *w = calloc(1, sizeof(*w));
    if (w == NULL || (w->breaker = hmi_breaker_new(options->break_hits)) == NULL) {
        free(w);
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to watch with");
    }
    w->matcher = matcher;
    w->options = *options;
    w->listener = *listener;
    w->inotify = -1;
    if (options->checkpoint != NULL) {
        int code = hmi_checkpoint_read(options->checkpoint, &w->kept, &w->kept_count, err);
        if (code != HM_OK) {
            hmi_watch_free(w);
            return code;
        }
    }
    if (!options->once) {
        w->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    }
    *ret_watch = w;
    return HM_OK;
}

static void close_file(source *s)
{
    if (s->fd > STDIN_FILENO) {
        close(s->fd);
    }
    hmi_unpack_free(s->unpack);
    s->unpack = NULL;
    s->fd = -1;
}

void hmi_watch_free(hmi_watch *w)
{
    if (w == NULL) {
        return;
    }
    for (size_t i = 0; i < w->source_count; i++) {
        close_file(w->sources[i]);
        hm_scanner_free(w->sources[i]->scanner);
        hmi_buf_fini(&w->sources[i]->pending);
        free(w->sources[i]);
    }
    for (size_t i = 0; i < w->folder_count; i++) {
        free(w->folders[i]);
    }
    free(w->sources);
    free(w->folders);
    free(w->kept);
    hmi_breaker_free(w->breaker);
    if (w->inotify >= 0) {
        close(w->inotify);
    }
    free(w);
}

void hmi_watch_sums_get(const hmi_watch *w, hmi_watch_sums *ret_sums)
{
    *ret_sums = w->sums;
    ret_sums->sources = w->source_count;
}

/* ---- Sources */

static bool is_known(const hmi_watch *w, const char *path)
{
    for (size_t i = 0; i < w->source_count; i++) {
        if (strcmp(w->sources[i]->path, path) == 0) {
            return true;
        }
    }
    return false;
}

static void look_at_folder_of(hmi_watch *w, const char *path)
{
    char folder[HMI_WATCH_PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path);
    memcpy(folder, slash == NULL ? "." : path, slash == NULL ? 1 : len);
    folder[slash == NULL ? 1 : len] = '\0';
    if (w->inotify >= 0) {
        (void)inotify_add_watch(w->inotify, folder[0] == '\0' ? "/" : folder,
                                IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE);
    }
}

static int add_source(hmi_watch *w, const char *path, hm_err *err)
{
    if (is_known(w, path)) {
        return HM_OK;
    }
    source **grown = reallocarray(w->sources, w->source_count + 1, sizeof(source *));
    source *s = calloc(1, sizeof(*s));
    w->sources = grown != NULL ? grown : w->sources;
    if (grown == NULL || s == NULL || w->source_count >= HMI_WATCH_SOURCES_MAX ||
        strlen(path) >= sizeof(s->path)) {
        free(s);
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "more than %d sources, or no memory",
                        HMI_WATCH_SOURCES_MAX);
    }
    memcpy(s->path, path, strlen(path));
    s->fd = -1;
    hmi_buf_init(&s->pending, (size_t)HMI_WATCH_RECORD_MAX + HMI_WATCH_READ);
    int code = hm_scanner_new(w->matcher, &s->scanner, err);
    if (code != HM_OK) {
        free(s);
        return code;
    }
    if (strcmp(path, "-") == 0) {
        s->fd = STDIN_FILENO;
        s->is_pipe = true;
    }
    w->sources[w->source_count++] = s;
    look_at_folder_of(w, path);
    return HM_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_folder_files(hmi_watch *w, const char *folder, hm_err *err)
{
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        return hmi_fail_errno(err, "a folder of records cannot be read");
    }
    char *names[HMI_WATCH_SOURCES_MAX];
    size_t count = 0;
    struct dirent *entry;
    while ((entry = readdir(dir)) != NULL && count < HMI_WATCH_SOURCES_MAX) {
        char path[HMI_WATCH_PATH_MAX];
        struct stat st;
        if (entry->d_name[0] != '.' &&
            (size_t)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) < sizeof(path) &&
            lstat(path, &st) == 0 && S_ISREG(st.st_mode) && (names[count] = strdup(path)) != NULL) {
            count++;
        }
    }
    closedir(dir);
    qsort(names, count, sizeof(*names), by_name);
    int code = HM_OK;
    for (size_t i = 0; i < count; i++) {
        code = code == HM_OK ? add_source(w, names[i], err) : code;
        free(names[i]);
    }
    return code;
}

int hmi_watch_add_path(hmi_watch *w, const char *path, hm_err *err)
{
    struct stat st;
    if (strcmp(path, "-") == 0 || stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
        return add_source(w, path, err);
    }
    char **grown = reallocarray(w->folders, w->folder_count + 1, sizeof(char *));
    char *copy = strdup(path);
    w->folders = grown != NULL ? grown : w->folders;
    if (grown == NULL || copy == NULL) {
        free(copy);
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for another folder");
    }
    w->folders[w->folder_count++] = copy;
    if (w->inotify >= 0) {
        (void)inotify_add_watch(w->inotify, path,
                                IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE);
    }
    return add_folder_files(w, path, err);
}

/* ---- Opening, and knowing a file again */

static uint64_t head_of(int fd, uint32_t len)
{
    uint8_t head[HMI_WATCH_HEAD];
    ssize_t got = pread(fd, head, len, 0);
    return got == (ssize_t)len ? hmi_xxh3(hmi_bytes(head, len), 1) : 0;
}

static void learn_head(source *s)
{
    uint8_t head[HMI_WATCH_HEAD];
    ssize_t got = s->head_len < HMI_WATCH_HEAD ? pread(s->fd, head, sizeof(head), 0) : 0;
    if (got > (ssize_t)s->head_len) {
        s->head_len = (uint32_t)got;
        s->head = hmi_xxh3(hmi_bytes(head, (size_t)got), 1);
    }
}

static void start_at(source *s, uint64_t offset, uint64_t lines)
{
    s->offset = offset;
    hmi_buf_clear(&s->pending);
    hm_scanner_seek(s->scanner, offset, lines);
}

/* Goes on where the checkpoint says, if this is still the same file. */
static void resume(hmi_watch *w, source *s, uint64_t size)
{
    for (size_t i = 0; i < w->kept_count; i++) {
        const hmi_position *p = &w->kept[i];
        if (p->device == s->device && p->inode == s->inode && p->offset <= size &&
            (p->head_len == 0 || head_of(s->fd, p->head_len) == p->head)) {
            start_at(s, p->offset, p->lines);
            s->head = p->head;
            s->head_len = p->head_len;
            return;
        }
    }
    if (w->options.from_end && !w->started && s->unpack == NULL) {
        start_at(s, size, 0);
    }
}

static void open_source(hmi_watch *w, source *s)
{
    struct stat st;
    int fd = open(s->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &st) != 0 || (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))) {
        if (!s->done) {
            notice(w, fd < 0 ? strerror(errno) : "neither a file nor a pipe", hmi_text_of(s->path));
            w->sums.unreadable++;
            s->done = true; /* said once, until it is there */
        }
        if (fd >= 0) {
            close(fd);
        }
        return;
    }
    s->done = false;
    s->fd = fd;
    s->is_pipe = S_ISFIFO(st.st_mode);
    s->device = (uint64_t)st.st_dev;
    s->inode = (uint64_t)st.st_ino;
    s->head_len = 0;
    start_at(s, 0, 0);
    if (!s->is_pipe) {
        s->unpack = hmi_unpack_new(fd);
        resume(w, s, s->unpack != NULL ? UINT64_MAX : (uint64_t)st.st_size);
    }
}

/* ---- Hits */

static void name_hit(const source *s, const hm_match *m, hmi_watch_hit *hit)
{
    hmi_sha256 line = hmi_sha256_of(m->record);
    hmi_buf text;
    hmi_buf_init(&text, 0);
    hmi_buf_add_cstr(&text, "hallmark-hit-1");
    hmi_buf_add_u8(&text, 0);
    hmi_buf_add_cstr(&text, s->path);
    hmi_buf_add_u8(&text, 0);
    hmi_buf_add_u64(&text, m->offset);
    hmi_buf_add_u8(&text, (uint8_t)m->semantic);
    hmi_buf_add_cstr(&text, m->kind);
    hmi_buf_add_u8(&text, 0);
    hmi_buf_add_text(&text, m->value);
    hmi_buf_add(&text, hmi_bytes(line.bytes, sizeof(line.bytes)));
    hmi_sha256 id = hmi_sha256_of(hmi_buf_bytes(&text));
    hmi_buf_fini(&text);
    hmi_hex(hmi_bytes(id.bytes, 16), hit->id);
    hmi_hex(hmi_bytes(line.bytes, sizeof(line.bytes)), hit->line_sha256);
}

/* True when this hit is not to be told any more. */
static bool broken_off(hmi_watch *w, const hm_match *m)
{
    uint64_t line = w->sums.lines + m->line;
    uint64_t feed = m->source.len == 0 ? 0 : hmi_xxh3(hmi_text_bytes(m->source), 7) >> 25;
    hmi_break one = hmi_breaker_hit(w->breaker, m->indicator, line);
    hmi_break all = m->source.len == 0 || one == HMI_BREAK_BEFORE
                        ? HMI_BREAK_NO
                        : hmi_breaker_hit(w->breaker, HMI_BREAK_SOURCE + feed, line);
    if (one == HMI_BREAK_NOW) {
        w->sums.broken_off++;
        notice(w, "broken off: this indicator hits a large share of all lines", m->value);
    }
    if (all == HMI_BREAK_NOW) {
        w->sums.broken_off++;
        notice(w, "broken off: this feed hits a large share of all lines", m->source);
    }
    return one == HMI_BREAK_BEFORE || all == HMI_BREAK_BEFORE;
}

static int on_match(void *user, const hm_match *m, hm_err *err)
{
    hmi_watch *w = user;
    if (broken_off(w, m)) {
        w->sums.suppressed++;
        return HM_OK;
    }
    hmi_watch_hit hit = { .match = m, .path = hmi_text_of(w->current->path) };
    name_hit(w->current, m, &hit);
    w->sums.hits++;
    return w->listener.hit(w->listener.with, &hit, err);
}

static int scan(hmi_watch *w, source *s, hm_bytes records, hm_err *err)
{
    uint64_t offset;
    uint64_t before;
    uint64_t after;
    if (records.len == 0) {
        return HM_OK;
    }
    hm_scanner_position(s->scanner, &offset, &before);
    w->current = s;
    HMI_TRY(hm_scanner_scan(s->scanner, records, on_match, w, err));
    hm_scanner_position(s->scanner, &offset, &after);
    w->sums.lines += after - before;
    w->sums.bytes += records.len;
    w->moved = true;
    return HM_OK;
}

/* ---- Reading */

/* Scans the whole lines of what is pending; all of it at the end of the source. */
static int take_lines(hmi_watch *w, source *s, bool at_end, hm_err *err)
{
    hm_bytes all = hmi_buf_bytes(&s->pending);
    size_t last = all.len == 0 ? HMI_NPOS : hmi_find_last_byte(all, '\n');
    size_t whole = last == HMI_NPOS ? 0 : last + 1;
    if (whole == 0 && all.len >= HMI_WATCH_RECORD_MAX) {
        w->sums.long_lines++;
        notice(w, "a line longer than 16 MiB is cut", hmi_text_of(s->path));
        whole = all.len;
    }
    whole = at_end ? all.len : whole;
    if (whole == 0) {
        return HM_OK;
    }
    HMI_TRY(scan(w, s, hmi_slice(all, 0, whole), err));
    memmove(s->pending.ptr, s->pending.ptr + whole, all.len - whole);
    s->pending.len -= whole;
    return HM_OK;
}

static bool is_cancelled(const hmi_watch *w)
{
    return w->listener.cancelled != NULL && w->listener.cancelled(w->listener.with);
}

/* A source that has not been opened yet stands where it stood. */
static size_t keep_position(const hmi_watch *w, const source *s, hmi_position *ret)
{
    for (size_t i = 0; i < w->kept_count; i++) {
        if (strcmp(w->kept[i].path, s->path) == 0) {
            *ret = w->kept[i];
            return 1;
        }
    }
    return 0;
}

static int settle(hmi_watch *w, hm_err *err)
{
    if (!w->moved) {
        return HM_OK;
    }
    w->moved = false;
    if (w->listener.settled != NULL) {
        HMI_TRY(w->listener.settled(w->listener.with, err));
    }
    if (w->options.checkpoint == NULL) {
        return HM_OK;
    }
    hmi_position *positions = calloc(w->source_count + 1, sizeof(*positions));
    if (positions == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for a checkpoint");
    }
    size_t count = 0;
    for (size_t i = 0; i < w->source_count; i++) {
        const source *s = w->sources[i];
        if (s->is_pipe) {
            continue;
        }
        if (s->inode == 0) {
            count += keep_position(w, s, &positions[count]);
            continue;
        }
        hmi_position *p = &positions[count++];
        memcpy(p->path, s->path, sizeof(p->path));
        p->device = s->device;
        p->inode = s->inode;
        hm_scanner_position(s->scanner, &p->offset, &p->lines);
        p->head = s->head;
        p->head_len = s->head_len;
    }
    int code = hmi_checkpoint_write(w->options.checkpoint, positions, count, err);
    free(positions);
    return code;
}

static ssize_t read_some(source *s, uint8_t *to)
{
    if (s->unpack != NULL) {
        return hmi_unpack_read(s->unpack, to, HMI_WATCH_READ);
    }
    return s->is_pipe ? read(s->fd, to, HMI_WATCH_READ)
                      : pread(s->fd, to, HMI_WATCH_READ, (off_t)s->offset);
}

/* A compressed file's positions count bytes of its content: what was seen is read and dropped. */
static int skip_unpacked(source *s)
{
    uint64_t offset = s->offset;
    uint8_t *drop = malloc(HMI_WATCH_READ);
    while (drop != NULL && offset > 0) {
        size_t want = (size_t)(offset < HMI_WATCH_READ ? offset : HMI_WATCH_READ);
        ssize_t got = hmi_unpack_read(s->unpack, drop, want);
        if (got <= 0) {
            break;
        }
        offset -= (uint64_t)got;
    }
    free(drop);
    return offset == 0 ? HM_OK : HM_E_IO;
}

/* To the end of what is there. *ret_end says that no more will come from this descriptor. */
static int read_source(hmi_watch *w, source *s, bool *ret_end, hm_err *err)
{
    *ret_end = false;
    if (s->unpack != NULL && s->offset > 0 && !hmi_unpack_begun(s->unpack) &&
        skip_unpacked(s) != HM_OK) {
        notice(w, "a compressed file is shorter than it was", hmi_text_of(s->path));
        *ret_end = true;
        return HM_OK;
    }
    for (;;) {
        uint8_t *to = hmi_buf_extend(&s->pending, HMI_WATCH_READ);
        if (to == NULL) {
            return hmi_buf_check(&s->pending, err);
        }
        ssize_t got = read_some(s, to);
        s->pending.len -= HMI_WATCH_READ - (size_t)(got > 0 ? got : 0);
        if (got <= 0) {
            bool again = got < 0 && (errno == EAGAIN || errno == EINTR);
            if (got < 0 && !again) {
                notice(w, s->unpack != NULL ? hmi_unpack_why(s->unpack) : strerror(errno),
                       hmi_text_of(s->path));
                w->sums.unreadable++;
            }
            *ret_end = got < 0 ? !again : s->is_pipe || s->unpack != NULL;
            return HM_OK;
        }
        s->offset += (uint64_t)got;
        if (!s->is_pipe) {
            learn_head(s);
        }
        HMI_TRY(take_lines(w, s, false, err));
        HMI_TRY(settle(w, err));
        if (is_cancelled(w)) {
            return hmi_fail(err, HM_E_CANCELLED, HM_OFFSET_NONE, "stopped on request");
        }
    }
}

/* Did the file shrink, or was it replaced by another of the same name? */
static void check_truncation(hmi_watch *w, source *s)
{
    struct stat st;
    if (s->is_pipe || s->unpack != NULL || fstat(s->fd, &st) != 0) {
        return;
    }
    bool other = s->head_len > 0 && head_of(s->fd, s->head_len) != s->head;
    if ((uint64_t)st.st_size < s->offset || other) {
        w->sums.truncations++;
        notice(w, "truncated: read from its beginning", hmi_text_of(s->path));
        s->head_len = 0;
        start_at(s, 0, 0);
    }
}

static bool was_replaced(const source *s)
{
    struct stat st;
    if (s->is_pipe) {
        return false;
    }
    return stat(s->path, &st) != 0 || (uint64_t)st.st_dev != s->device ||
           (uint64_t)st.st_ino != s->inode;
}

static int pump(hmi_watch *w, source *s, hm_err *err)
{
    bool end = false;
    if (s->fd < 0) {
        if (s->inode != 0 && s->done && !was_replaced(s)) {
            return HM_OK; /* a compressed file that has been read */
        }
        open_source(w, s);
    }
    if (s->fd < 0) {
        return HM_OK;
    }
    check_truncation(w, s);
    bool replaced = was_replaced(s);
    HMI_TRY(read_source(w, s, &end, err));
    if (!replaced && !end && !w->options.once) {
        return HM_OK;
    }
    HMI_TRY(take_lines(w, s, true, err));
    HMI_TRY(settle(w, err));
    close_file(s);
    s->done = end || w->options.once;
    if (replaced && !w->options.once) {
        w->sums.rotations++;
        s->done = false;
        s->inode = 0; /* a new file may get the old one's number */
        open_source(w, s);
        return s->fd >= 0 ? read_source(w, s, &end, err) : HM_OK;
    }
    return HM_OK;
}

static int pump_all(hmi_watch *w, bool *ret_open, hm_err *err)
{
    *ret_open = w->folder_count > 0;
    for (size_t i = 0; i < w->folder_count && w->started; i++) {
        hm_err ignored;
        (void)add_folder_files(w, w->folders[i], &ignored);
    }
    for (size_t i = 0; i < w->source_count; i++) {
        source *s = w->sources[i];
        if (s->is_pipe && s->done) {
            continue;
        }
        HMI_TRY(pump(w, s, err));
        *ret_open = *ret_open || !(s->is_pipe && s->done);
    }
    return settle(w, err);
}

static void wait_for_more(hmi_watch *w)
{
    enum { LOOK_MS = 1000, PIPES_MAX = 16 };
    struct pollfd polled[1 + PIPES_MAX];
    nfds_t count = 0;
    polled[count++] = (struct pollfd){ .fd = w->inotify, .events = POLLIN };
    for (size_t i = 0; i < w->source_count && count <= PIPES_MAX; i++) {
        if (w->sources[i]->is_pipe && w->sources[i]->fd >= 0) {
            polled[count++] = (struct pollfd){ .fd = w->sources[i]->fd, .events = POLLIN };
        }
    }
    if (poll(polled, count, LOOK_MS) > 0 && w->inotify >= 0) {
        char events[4096];
        while (read(w->inotify, events, sizeof(events)) > 0) {
        }
    }
}

int hmi_watch_run(hmi_watch *w, hm_err *err)
{
    bool more = true;
    while (more) {
        HMI_TRY(pump_all(w, &more, err));
        w->started = true;
        if (w->options.once) {
            return HM_OK;
        }
        if (is_cancelled(w)) {
            return hmi_fail(err, HM_E_CANCELLED, HM_OFFSET_NONE, "stopped on request");
        }
        if (more) {
            wait_for_more(w);
        }
    }
    return HM_OK;
}
