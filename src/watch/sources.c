/* SPDX-License-Identifier: Apache-2.0
 *
 * sources.c - names, the files behind them, and how they are known again.
 *
 * WHY    Log files are renamed, truncated, compressed and removed while they are read. A source is
 * a name; the file behind it is known by device, inode and its first bytes. TRUST  Names are an
 * operator's, files are anybody's: a name may mean another file at any moment. Only regular files,
 * pipes and "-" are read. OWNS   A source its descriptor, scanner and buffer.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/hash.h"
#include "watch/inside.h"

void hmi_source_close(hmi_source *s)
{
    if (s->fd > STDIN_FILENO) {
        close(s->fd);
    }
    hmi_unpack_free(s->unpack);
    hmi_socket_free(s->socket);
    s->socket = NULL;
    s->unpack = NULL;
    s->fd = -1;
}

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
    hmi_source **grown = reallocarray(w->sources, w->source_count + 1, sizeof(hmi_source *));
    hmi_source *s = calloc(1, sizeof(*s));
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
    code = code == HM_OK ? hm_scanner_unwrap(s->scanner, w->options.unwrap, err) : code;
    bool socket = hmi_socket_is(path);
    bool sent = socket || hmi_kafka_is(path);
    code = code == HM_OK && socket ? hmi_socket_new(path, &w->options.tls, &s->socket, err) : code;
    code = code == HM_OK && sent && !socket ? hmi_topic_open(w, s, err) : code;
    if (code != HM_OK) {
        hmi_kafka_free(s->kafka);
        hm_scanner_free(s->scanner);
        free(s);
        return code;
    }
    s->is_pipe = sent || strcmp(path, "-") == 0;
    s->fd = s->is_pipe && !sent ? STDIN_FILENO : -1;
    w->sources[w->source_count++] = s;
    if (!s->is_pipe) {
        look_at_folder_of(w, path);
    }
    return HM_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int hmi_source_add_folder(hmi_watch *w, const char *folder, hm_err *err)
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
    if (strcmp(path, "-") == 0 || hmi_socket_is(path) || hmi_kafka_is(path) ||
        stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
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
    return hmi_source_add_folder(w, path, err);
}

/* ---- Opening, and knowing a file again */

static uint64_t head_of(int fd, uint32_t len)
{
    uint8_t head[HMI_WATCH_HEAD];
    ssize_t got = pread(fd, head, len, 0);
    return got == (ssize_t)len ? hmi_xxh3(hmi_bytes(head, len), 1) : 0;
}

void hmi_source_learn_head(hmi_source *s)
{
    uint8_t head[HMI_WATCH_HEAD];
    ssize_t got = s->head_len < HMI_WATCH_HEAD ? pread(s->fd, head, sizeof(head), 0) : 0;
    if (got > (ssize_t)s->head_len) {
        s->head_len = (uint32_t)got;
        s->head = hmi_xxh3(hmi_bytes(head, (size_t)got), 1);
    }
}

static void start_at(hmi_source *s, uint64_t offset, uint64_t lines)
{
    s->offset = offset;
    hmi_buf_clear(&s->pending);
    hm_scanner_seek(s->scanner, offset, lines);
}

/* Goes on where the checkpoint says, if this is still the same file. */
static void resume(hmi_watch *w, hmi_source *s, uint64_t size)
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

void hmi_source_open(hmi_watch *w, hmi_source *s)
{
    struct stat st;
    int fd = open(s->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &st) != 0 || (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))) {
        if (!s->done) {
            hmi_watch_notice(w, fd < 0 ? strerror(errno) : "neither a file nor a pipe",
                             hmi_text_of(s->path));
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
        s->unpack = hmi_unpack_new(fd, w->options.allow_weak_jail);
        resume(w, s, s->unpack != NULL ? UINT64_MAX : (uint64_t)st.st_size);
    }
}

void hmi_source_check(hmi_watch *w, hmi_source *s)
{
    struct stat st;
    if (s->is_pipe || s->unpack != NULL || fstat(s->fd, &st) != 0) {
        return;
    }
    bool other = s->head_len > 0 && head_of(s->fd, s->head_len) != s->head;
    if ((uint64_t)st.st_size < s->offset || other) {
        w->sums.truncations++;
        hmi_watch_notice(w, "truncated: read from its beginning", hmi_text_of(s->path));
        s->head_len = 0;
        start_at(s, 0, 0);
    }
}

bool hmi_source_replaced(const hmi_source *s)
{
    struct stat st;
    if (s->is_pipe) {
        return false;
    }
    return stat(s->path, &st) != 0 || (uint64_t)st.st_dev != s->device ||
           (uint64_t)st.st_ino != s->inode;
}
