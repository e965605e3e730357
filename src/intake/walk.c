/* SPDX-License-Identifier: Apache-2.0
 *
 * walk.c - a folder of evidence, file by file.
 *
 * WHY    The folder is an attacker's too: it may hold FIFOs that block, links that lead out, a
 *        directory mounted inside itself, names that are not text.
 * FORM   Depth first, names in byte order, so that the same folder gives the same order on every
 *        machine. Opened with O_NOFOLLOW | O_NONBLOCK and looked at by fstat before any read.
 * TRUST  None in names or kinds; what is read is decided by the descriptor, never by the name.
 * OWNS   One descriptor per open directory on the way down, and the file in hand.
 */
#include "intake/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"

typedef struct ancestor {
    const struct ancestor *above;
    dev_t device;
    ino_t inode;
    unsigned depth;
} ancestor;

typedef struct walk {
    hmi_visit visit;
    void *with;
    hm_err *err;
    hmi_buf path;
} walk;

static int enter(walk *w, int parent, const char *name, const ancestor *above, bool follow);

static int tell(walk *w, hmi_found *found)
{
    found->path = hmi_buf_bytes(&w->path);
    return w->visit(w->with, found, w->err);
}

static int tell_reason(walk *w, const struct stat *status, bool skipped, int code, const char *why)
{
    hmi_found found = { .fd = -1, .skipped = skipped };
    if (status != NULL) {
        found.stat = *status;
    }
    hmi_fail(&found.reason, code, HM_OFFSET_NONE, "%s", why);
    return tell(w, &found);
}

static int tell_errno(walk *w, const char *what)
{
    hmi_found found = { .fd = -1 };
    if (errno == ENOENT) {
        hmi_fail(&found.reason, HM_E_NOT_FOUND, HM_OFFSET_NONE, "there is no such file or folder");
    } else {
        hmi_fail_errno(&found.reason, "%s", what);
    }
    return tell(w, &found);
}

static const char *special_name(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFIFO:
        return "a FIFO, not a file: nothing was read";
    case S_IFSOCK:
        return "a socket, not a file: nothing was read";
    case S_IFCHR:
    case S_IFBLK:
        return "a device, not a file: nothing was read";
    case S_IFLNK:
        return "a symbolic link: not followed";
    default:
        return "not a regular file: nothing was read";
    }
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return hmi_bytes_cmp(hmi_bytes((*a)->d_name, strlen((*a)->d_name)),
                         hmi_bytes((*b)->d_name, strlen((*b)->d_name)));
}

static int no_dots(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int enter_each(walk *w, int dir, const ancestor *self)
{
    struct dirent **names = NULL;
    int count = scandirat(dir, ".", &names, no_dots, by_name);
    if (count < 0) {
        return tell_errno(w, "cannot list this folder");
    }
    size_t before = w->path.len;
    int code = HM_OK;
    for (int i = 0; i < count; i++) {
        if (code == HM_OK) {
            if (before > 0 && w->path.ptr[before - 1] != '/') {
                hmi_buf_add_char(&w->path, '/');
            }
            hmi_buf_add_cstr(&w->path, names[i]->d_name);
            code = hmi_buf_check(&w->path, w->err);
        }
        if (code == HM_OK) {
            code = enter(w, dir, names[i]->d_name, self, false);
        }
        w->path.len = before;
        free(names[i]);
    }
    free(names);
    return code;
}

static int enter_directory(walk *w, int dir, const struct stat *status, const ancestor *above)
{
    for (const ancestor *a = above; a != NULL; a = a->above) {
        if (a->device == status->st_dev && a->inode == status->st_ino) {
            return tell_reason(w, status, true, HM_E_LIMIT,
                               "a directory that contains itself: entered once");
        }
    }
    ancestor self = { above, status->st_dev, status->st_ino, above ? above->depth + 1 : 0 };
    if (self.depth > HMI_WALK_DEPTH_MAX) {
        return tell_reason(w, status, false, HM_E_LIMIT,
                           "more than 64 directories deep: not entered");
    }
    return enter_each(w, dir, &self);
}

static int enter(walk *w, int parent, const char *name, const ancestor *above, bool follow)
{
    struct stat status;
    if (fstatat(parent, name, &status, follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0) {
        return tell_errno(w, "cannot look at it");
    }
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
        /* Named by the user it is a mistake to tell; met on the way it is merely not evidence. */
        return tell_reason(w, &status, above != NULL, HM_E_UNSUPPORTED,
                           special_name(status.st_mode));
    }
    int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW);
    int fd = openat(parent, name, flags);
    if (fd < 0) {
        return tell_errno(w, "cannot open it");
    }
    int code;
    if (fstat(fd, &status) != 0) {
        code = tell_errno(w, "cannot look at it");
    } else if (S_ISDIR(status.st_mode)) {
        code = enter_directory(w, fd, &status, above);
    } else if (S_ISREG(status.st_mode)) {
        hmi_found found = { .fd = fd, .stat = status };
        code = tell(w, &found);
    } else {
        code = tell_reason(w, &status, true, HM_E_UNSUPPORTED, special_name(status.st_mode));
    }
    close(fd);
    return code;
}

int hmi_walk(const char *const *paths, size_t count, hmi_visit visit, void *with, hm_err *err)
{
    walk w = { .visit = visit, .with = with, .err = err };
    hmi_buf_init(&w.path, 1 << 20);
    int code = HM_OK;
    for (size_t i = 0; i < count && code == HM_OK; i++) {
        hmi_buf_clear(&w.path);
        hmi_buf_add_cstr(&w.path, paths[i]);
        code = hmi_buf_check(&w.path, err);
        if (code == HM_OK) {
            code = enter(&w, AT_FDCWD, paths[i], NULL, true);
        }
    }
    hmi_buf_fini(&w.path);
    return code;
}
