/* SPDX-License-Identifier: Apache-2.0
 *
 * upload_bytes.c - bytes of uploads, in files or in rows.
 *
 * FORM   page/uploads/ID.part; page_upload_part(upload, arrived, bytes), each part as it came. A
 *        file made of rows is ID.NODE and is gone when it was read.
 * TRUST  Identifiers are ours: 32 digits that were looked up before.
 * OWNS   Nothing open.
 */
#include "api/upload_bytes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/postgres.h"

static void path_of(const hmi_upload_bytes *b, const char *id, char path[HMI_UPLOAD_PATH])
{
    snprintf(path, HMI_UPLOAD_PATH, "%s/%.32s.%.32s", b->folder, id, b->far ? b->node : "part");
}

int hmi_upload_bytes_open(hmi_upload_bytes *b, const char *casebook, const char *node,
                          hmi_team *team, hm_err *err)
{
    char folder[HMI_PAGE_FOLDER];
    HMI_TRY(hmi_page_folder(casebook, folder, err));
    b->team = team;
    b->node = node;
    b->far = hmi_postgres_is_address(casebook);
    snprintf(b->folder, sizeof(b->folder), "%s/uploads", folder);
    return mkdir(b->folder, 0700) == 0 || errno == EEXIST
               ? HM_OK
               : hmi_fail_errno(err, "\"%.200s\"", b->folder);
}

/* ---- Files */

static int make_file(const hmi_upload_bytes *b, const char *id, int *ret_fd, hm_err *err)
{
    char path[HMI_UPLOAD_PATH];
    path_of(b, id, path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return hmi_fail_errno(err, "an upload cannot be kept");
    }
    *ret_fd = fd;
    return HM_OK;
}

static int write_at(int fd, uint64_t at, hm_bytes bytes, hm_err *err)
{
    size_t done = 0;
    ssize_t sent = 0;
    while (done < bytes.len &&
           (sent = pwrite(fd, bytes.ptr + done, bytes.len - done, (off_t)(at + done))) > 0) {
        done += (size_t)sent;
    }
    return done == bytes.len ? HM_OK : hmi_fail_errno(err, "the upload cannot be written");
}

static int append_to_file(const hmi_upload_bytes *b, const char *id, uint64_t at, hm_bytes bytes,
                          hm_err *err)
{
    char path[HMI_UPLOAD_PATH];
    path_of(b, id, path);
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return hmi_fail_errno(err, "the upload cannot be opened");
    }
    int code = write_at(fd, at, bytes, err);
    if (code == HM_OK && fdatasync(fd) != 0) {
        code = hmi_fail_errno(err, "the upload cannot be written");
    }
    close(fd);
    return code;
}

/* ---- Rows */

static int append_row(const hmi_upload_bytes *b, const char *id, uint64_t at, hm_bytes bytes,
                      hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_team_ask(b->team, HMI_TEAM_PART_ADD, &stmt, err));
    hmi_bind_text(stmt, 1, hmi_text_of(id));
    hmi_bind(stmt, 2, (int64_t)at);
    hmi_bind_bytes(stmt, 3, bytes);
    return hmi_team_run(b->team, stmt, NULL, err);
}

/* Writes the part that begins at *io_at and moves it on. */
static int fetch_part(const hmi_upload_bytes *b, const char *id, uint64_t *io_at, int fd,
                      hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_team_ask(b->team, HMI_TEAM_PART_GET, &stmt, err));
    hmi_bind_text(stmt, 1, hmi_text_of(id));
    hmi_bind(stmt, 2, (int64_t)*io_at);
    int rc = hmi_stmt_step(stmt, err);
    hm_bytes part = rc == 1 ? hmi_column_lent(stmt, 0) : (hm_bytes){ NULL, 0 };
    int code = rc < 0 ? rc
               : part.len == 0
                   ? hmi_fail(err, HM_E_CORRUPT, *io_at, "a part of an upload is missing")
                   : write_at(fd, *io_at, part, err);
    *io_at += part.len;
    hmi_reset(stmt);
    return code;
}

static int fetch(const hmi_upload_bytes *b, const char *id, uint64_t size, hm_err *err)
{
    int fd = -1, code = HM_OK;
    HMI_TRY(make_file(b, id, &fd, err));
    for (uint64_t at = 0; code == HM_OK && at < size;) {
        hmi_team_lock(b->team);
        code = hmi_team_unlock(b->team, fetch_part(b, id, &at, fd, err));
    }
    close(fd);
    return code;
}

/* ---- Either */

int hmi_upload_bytes_make(hmi_upload_bytes *b, const char *id, hm_err *err)
{
    if (b->far) {
        return HM_OK;
    }
    int fd = -1;
    HMI_TRY(make_file(b, id, &fd, err));
    int code = fsync(fd) == 0 ? HM_OK : hmi_fail_errno(err, "an upload cannot be kept");
    close(fd);
    return code;
}

int hmi_upload_bytes_append(hmi_upload_bytes *b, const char *id, uint64_t at, hm_bytes bytes,
                            hm_err *err)
{
    return b->far ? append_row(b, id, at, bytes, err) : append_to_file(b, id, at, bytes, err);
}

static int check_size(const char *path, uint64_t size, hm_err *err)
{
    struct stat st;
    if (lstat(path, &st) != 0) {
        return hmi_fail_errno(err, "the upload cannot be found");
    }
    if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size < size) {
        return hmi_fail(err, HM_E_CORRUPT, HM_OFFSET_NONE, "the upload is not as it was brought");
    }
    return (uint64_t)st.st_size == size || truncate(path, (off_t)size) == 0
               ? HM_OK
               : hmi_fail_errno(err, "the upload cannot be written");
}

int hmi_upload_bytes_file(hmi_upload_bytes *b, const char *id, uint64_t size,
                          char ret_path[HMI_UPLOAD_PATH], hm_err *err)
{
    if (b->far) {
        HMI_TRY(fetch(b, id, size, err));
    }
    path_of(b, id, ret_path);
    return check_size(ret_path, size, err);
}

void hmi_upload_bytes_drop(hmi_upload_bytes *b, const char *id)
{
    char path[HMI_UPLOAD_PATH];
    hmi_stmt *stmt = NULL;
    path_of(b, id, path);
    (void)unlink(path);
    if (b->far && hmi_team_ask(b->team, HMI_TEAM_PART_DROP, &stmt, NULL) == HM_OK) {
        hmi_bind_text(stmt, 1, hmi_text_of(id));
        (void)hmi_team_run(b->team, stmt, NULL, NULL);
    }
}

static bool is_known(const char *name, const char (*ids)[HMI_TEAM_ID], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strncmp(name, ids[i], HMI_TEAM_ID - 1) == 0) {
            return true;
        }
    }
    return false;
}

void hmi_upload_bytes_tidy(hmi_upload_bytes *b, const char (*ids)[HMI_TEAM_ID], size_t count)
{
    char path[HMI_UPLOAD_PATH + 256];
    DIR *dir = opendir(b->folder);
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
        if (strspn(e->d_name, "0123456789abcdef") == HMI_TEAM_ID - 1 &&
            e->d_name[HMI_TEAM_ID - 1] == '.' && !is_known(e->d_name, ids, count)) {
            snprintf(path, sizeof(path), "%s/%s", b->folder, e->d_name);
            (void)unlink(path);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
}
