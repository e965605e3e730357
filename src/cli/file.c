/* SPDX-License-Identifier: Apache-2.0
 *
 * file.c - reads and replaces whole files.
 *
 * OWNS   The descriptor, closed on every way out; a file half written is removed.
 */
#include "cli/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

enum { PART = 1 << 16, PATH_LEN_MAX = 4096 };

int hmi_cannot_read(const char *path, hm_err *err)
{
    int number = errno;
    int code = hmi_fail_errno(err, "\"%.150s\" cannot be read", path);
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return hmi_fail(err, code, HM_OFFSET_NONE,
                        "\"%.150s\": there is no such file: look at its spelling and at the folder "
                        "you are in",
                        path);
    case EACCES:
    case EPERM:
        return hmi_fail(err, code, HM_OFFSET_NONE,
                        "\"%.150s\" may not be read by you: ask its owner, or copy it", path);
    case EISDIR:
        return hmi_fail(err, code, HM_OFFSET_NONE, "\"%.150s\" is a folder: name a file", path);
    default:
        return code;
    }
}

int hmi_cannot_write(const char *path, hm_err *err)
{
    int number = errno;
    int code = hmi_fail_errno(err, "\"%.150s\" cannot be written", path);
    const char *advice = NULL;
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        advice = "the folder it is to lie in does not exist: make it first";
        break;
    case EACCES:
    case EPERM:
    case EROFS:
        advice = "you may not write there: name another place";
        break;
    case EISDIR:
        advice = "it is a folder: name a file";
        break;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        advice = "there is no room left: make some, then run this again";
        break;
    default:
        break;
    }
    return advice == NULL ? code
                          : hmi_fail(err, code, HM_OFFSET_NONE, "\"%.150s\" cannot be written: %s",
                                     path, advice);
}

int hmi_about_file(const char *path, int code, hm_err *err)
{
    if (code == HM_OK || err == NULL) {
        return code;
    }
    hm_err why = *err;
    return hmi_fail(err, code, why.offset, "\"%.150s\": %s", path, why.text);
}

static int read_all(int fd, const char *path, size_t max, hmi_buf *out, hm_err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return hmi_cannot_read(path, err);
    }
    if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode) && fd != STDIN_FILENO) {
        errno = EISDIR;
        return S_ISDIR(st.st_mode) ? hmi_cannot_read(path, err)
                                   : hmi_fail(err, HM_E_IO, HM_OFFSET_NONE,
                                              "\"%.150s\" is no regular file: name one", path);
    }
    uint8_t part[PART];
    for (;;) {
        ssize_t got = read(fd, part, sizeof(part));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return hmi_cannot_read(path, err);
        }
        if (got == 0) {
            return hmi_buf_check(out, err);
        }
        if ((size_t)got > max - out->len) {
            return hmi_fail(err, HM_E_LIMIT, max,
                            "\"%.150s\" is larger than %zu bytes: this is no such document", path,
                            max);
        }
        hmi_buf_add(out, hmi_bytes(part, (size_t)got));
    }
}

int hmi_read_file(const char *path, size_t max, hmi_buf *out, hm_err *err)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return hmi_cannot_read(path, err);
    }
    int code = read_all(fd, path, max, out, err);
    if (!standard) {
        close(fd);
    }
    return code;
}

static bool write_all(int fd, hm_bytes content)
{
    while (content.len > 0) {
        ssize_t put = write(fd, content.ptr, content.len);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            return false;
        }
        content = hmi_slice(content, (size_t)put, content.len);
    }
    return fsync(fd) == 0;
}

int hmi_write_file(const char *path, hm_bytes content, hm_err *err)
{
    char beside[PATH_LEN_MAX];
    int len = snprintf(beside, sizeof(beside), "%s.XXXXXX", path);
    if (len < 0 || (size_t)len >= sizeof(beside)) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "the path is too long");
    }
    int fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0) {
        return hmi_cannot_write(path, err);
    }
    bool good = write_all(fd, content);
    good = close(fd) == 0 && good;
    if (!good || rename(beside, path) != 0) {
        int code = hmi_cannot_write(path, err);
        unlink(beside);
        return code;
    }
    return HM_OK;
}
