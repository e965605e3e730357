/* SPDX-License-Identifier: Apache-2.0
 *
 * sealed.c - temporary file, fsync, rename, fsync of the folder.
 *
 * WHY    Evidence and index segments are written once and trusted for ever: no reader may ever see
 *        half of one, and what was acknowledged must survive a power cut.
 * TRUST  The folder is ours; still, the temporary file is made with O_EXCL and O_NOFOLLOW.
 * OWNS   The descriptor and the temporary name until commit or abandon. The writer holds a lock on
 *        the temporary file, so a sweeper can tell a dead one's leftovers from work in progress.
 */
#include "index/sealed.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

#define TEMPORARY_MARK ".tmp-"

struct hmi_sealed {
    int fd;
    uint64_t size;
    char *path, *temporary;
};

static _Thread_local struct {
    uint64_t calls, nth;
    int error;
    bool sticky;
} faults;

void hmi_sealed_fail_at(uint64_t nth, int error, bool sticky)
{
    faults.calls = 0;
    faults.nth = nth;
    faults.error = error;
    faults.sticky = sticky;
}

uint64_t hmi_sealed_calls(void)
{
    return faults.calls;
}

/* True when this call is to fail; sets errno. */
static bool fault(void)
{
    faults.calls++;
    if (faults.nth == 0 || faults.calls < faults.nth ||
        (faults.calls > faults.nth && !faults.sticky)) {
        return false;
    }
    errno = faults.error;
    return true;
}

static void sealed_free(hmi_sealed *sealed)
{
    if (sealed->fd >= 0) {
        close(sealed->fd);
    }
    free(sealed->path);
    free(sealed->temporary);
    free(sealed);
}

int hmi_sealed_begin(const char *path, hmi_sealed **ret_sealed, hm_err *err)
{
    static uint64_t serial;
    hmi_assert(path != NULL && ret_sealed != NULL);
    hmi_sealed *sealed = calloc(1, sizeof(*sealed));
    if (sealed == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to write a file");
    }
    sealed->fd = -1;
    sealed->path = strdup(path);
    uint64_t number = __atomic_add_fetch(&serial, 1, __ATOMIC_RELAXED);
    if (sealed->path == NULL || asprintf(&sealed->temporary, "%s" TEMPORARY_MARK "%ld-%llu", path,
                                         (long)getpid(), (unsigned long long)number) < 0) {
        sealed->temporary = NULL;
        sealed_free(sealed);
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to write a file");
    }
    const int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    if (fault() || (sealed->fd = open(sealed->temporary, flags, 0600)) < 0) {
        int code = hmi_fail_errno(err, "cannot make %s", sealed->temporary);
        sealed_free(sealed);
        return code;
    }
    (void)flock(sealed->fd, LOCK_EX | LOCK_NB);
    *ret_sealed = sealed;
    return HM_OK;
}

int hmi_sealed_write_at(hmi_sealed *sealed, uint64_t offset, hm_bytes bytes, hm_err *err)
{
    hmi_assert(offset <= INT64_MAX && bytes.len <= (uint64_t)INT64_MAX - offset);
    while (bytes.len > 0) {
        ssize_t wrote = fault() ? -1 : pwrite(sealed->fd, bytes.ptr, bytes.len, (off_t)offset);
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote <= 0) {
            return hmi_fail_errno(err, "cannot write %s", sealed->temporary);
        }
        bytes = hmi_slice(bytes, (size_t)wrote, bytes.len);
        offset += (uint64_t)wrote;
        if (offset > sealed->size) {
            sealed->size = offset;
        }
    }
    return HM_OK;
}

int hmi_sealed_write(hmi_sealed *sealed, hm_bytes bytes, hm_err *err)
{
    return hmi_sealed_write_at(sealed, sealed->size, bytes, err);
}

int hmi_sealed_read_at(hmi_sealed *sealed, uint64_t offset, uint8_t *out, size_t len, hm_err *err)
{
    hmi_assert(offset <= INT64_MAX);
    while (len > 0) {
        ssize_t got = fault() ? -1 : pread(sealed->fd, out, len, (off_t)offset);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return hmi_fail_errno(err, "cannot read back %s", sealed->temporary);
        }
        if (got == 0) {
            return hmi_fail(err, HM_E_TRUNCATED, offset, "%s is shorter than written",
                            sealed->temporary);
        }
        out += got;
        len -= (size_t)got;
        offset += (uint64_t)got;
    }
    return HM_OK;
}

uint64_t hmi_sealed_size(const hmi_sealed *sealed)
{
    return sealed->size;
}

int hmi_sync_folder(const char *folder, hm_err *err)
{
    int fd = fault() ? -1 : open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return hmi_fail_errno(err, "cannot open the folder %s", folder);
    }
    int code = HM_OK;
    if (fault() || fsync(fd) != 0) {
        code = hmi_fail_errno(err, "cannot make %s durable", folder);
    }
    close(fd);
    return code;
}

/* Length of the folder's part of a path; 0: the folder we are in. */
static size_t folder_len(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
}

static int sync_folder_of(const char *path, hm_err *err)
{
    char folder[PATH_MAX];
    size_t len = folder_len(path);
    if (len == 0) {
        return hmi_sync_folder(".", err);
    }
    if (len >= sizeof(folder)) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "the path of a folder is too long");
    }
    memcpy(folder, path, len);
    folder[len] = '\0';
    return hmi_sync_folder(folder, err);
}

static int make_durable(hmi_sealed *sealed, mode_t mode, hm_err *err)
{
    if (fault() || fchmod(sealed->fd, mode) != 0) {
        return hmi_fail_errno(err, "cannot set the mode of %s", sealed->temporary);
    }
    if (fault() || fsync(sealed->fd) != 0) {
        return hmi_fail_errno(err, "cannot make %s durable", sealed->temporary);
    }
    return HM_OK;
}

static bool folder_came_before(hmi_sealed *const *all, size_t at)
{
    size_t len = folder_len(all[at]->path);
    for (size_t i = 0; i < at; i++) {
        if (folder_len(all[i]->path) == len && memcmp(all[i]->path, all[at]->path, len) == 0) {
            return true;
        }
    }
    return false;
}

/* *ret_named counts those that bear their names. */
static int commit_all(hmi_sealed *const *all, size_t count, mode_t mode, size_t *ret_named,
                      hm_err *err)
{
    for (size_t i = 0; count > 1 && i < count;
         i++) { /* only a hint: whether it works is no matter */
        (void)sync_file_range(all[i]->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
    }
    for (size_t i = 0; i < count; i++) {
        HMI_TRY(make_durable(all[i], mode, err));
    }
    for (; *ret_named < count; *ret_named += 1) {
        const hmi_sealed *one = all[*ret_named];
        if (fault() || rename(one->temporary, one->path) != 0) {
            return hmi_fail_errno(err, "cannot name %s", one->path);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!folder_came_before(all, i)) {
            HMI_TRY(sync_folder_of(all[i]->path, err));
        }
    }
    return HM_OK;
}

int hmi_sealed_commit_all(hmi_sealed *const *all, size_t count, mode_t mode, hm_err *err)
{
    size_t named = 0;
    int code = commit_all(all, count, mode, &named, err);
    for (size_t i = 0; i < count; i++) {
        if (i >= named) {
            (void)unlink(all[i]->temporary);
        }
        sealed_free(all[i]);
    }
    return code;
}

int hmi_sealed_commit(hmi_sealed *sealed, mode_t mode, hm_err *err)
{
    return hmi_sealed_commit_all(&sealed, 1, mode, err);
}

void hmi_sealed_abandon(hmi_sealed *sealed)
{
    if (sealed == NULL) {
        return;
    }
    (void)unlink(sealed->temporary);
    sealed_free(sealed);
}

bool hmi_sealed_is_temporary(const char *name)
{
    return strstr(name, TEMPORARY_MARK) != NULL;
}

/* Nobody holds its lock: whoever wrote it is dead. */
static bool remove_if_left(int folder, const char *name)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        return false;
    }
    bool left = flock(fd, LOCK_EX | LOCK_NB) == 0;
    bool removed = left && unlinkat(folder, name, 0) == 0;
    close(fd);
    return removed;
}

int hmi_sealed_sweep(const char *folder, hm_err *err)
{
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        return hmi_fail_errno(err, "cannot list %s", folder);
    }
    int removed = 0;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (hmi_sealed_is_temporary(entry->d_name) && remove_if_left(dirfd(dir), entry->d_name)) {
            removed++;
        }
    }
    closedir(dir);
    return removed;
}
