/* SPDX-License-Identifier: Apache-2.0
 *
 * depot.c - files of a casebook that lies on a server: in its tables, in pieces.
 *
 * WHY    Evidence and the baseline are data and must lie where the rows lie: in one transaction
 * with them, in one backup, on each standby. They keep the form they have as files, masked and
 *        compressed, so that nothing on the server's host runs them or deletes them either.
 * FORM   depot: name (as a path in a folder's casebook), size, SHA-256 of all; depot_piece: 1 MiB
 *        each, with its SHA-256. A file is there with all its pieces or not at all, and is never
 *        changed.
 * TRUST  What comes back is compared with size and hashes before anybody sees it.
 * OWNS   Nothing beyond a call.
 */
#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "casebook/inside.h"

enum { PIECE = 1 << 20 };

int hmi_depot_has(hmi_store *store, hm_text name, bool *ret_has, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_DEPOT_GET, &stmt, err));
    hmi_bind_text(stmt, 1, name);
    int rc = hmi_step(store, stmt, err);
    HMI_TRY(rc < 0 ? rc : HM_OK);
    hmi_reset(stmt);
    *ret_has = rc == 1;
    return HM_OK;
}

/* ---- In */

static int put_piece(hmi_store *store, hm_text name, int64_t number, hm_bytes bytes, hm_err *err)
{
    hmi_sha256 sha256 = hmi_sha256_of(bytes);
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_DEPOT_PIECE_ADD, &stmt, err));
    hmi_bind_text(stmt, 1, name);
    hmi_bind(stmt, 2, number);
    hmi_bind_bytes(stmt, 3, hmi_bytes(sha256.bytes, sizeof(sha256.bytes)));
    hmi_bind_bytes(stmt, 4, bytes);
    return hmi_run(store, stmt, err);
}

static int put_head(hmi_store *store, hm_text name, uint64_t size, const hmi_sha256 *sha256,
                    hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_DEPOT_ADD, &stmt, err));
    hmi_bind_text(stmt, 1, name);
    hmi_bind(stmt, 2, (int64_t)size);
    hmi_bind_bytes(stmt, 3, hmi_bytes(sha256->bytes, sizeof(sha256->bytes)));
    return hmi_run(store, stmt, err);
}

/* Gives the next bytes of what is put away. */
typedef int (*giver)(void *from, uint64_t at, uint8_t *out, size_t len, hm_err *err);

static int put_all(hmi_store *store, hm_text name, uint64_t size, giver give, void *from,
                   uint8_t *room, struct sha256_ctx *hash, hm_err *err)
{
    int64_t number = 0;
    for (uint64_t at = 0; at < size; number++) {
        size_t len = size - at < PIECE ? (size_t)(size - at) : PIECE;
        HMI_TRY(give(from, at, room, len, err));
        sha256_update(hash, len, room);
        HMI_TRY(put_piece(store, name, number, hmi_bytes(room, len), err));
        at += len;
    }
    return HM_OK;
}

static int put(hmi_store *store, hm_text name, uint64_t size, giver give, void *from, hm_err *err)
{
    hmi_assert(store->writing);
    uint8_t *room = malloc(PIECE);
    struct sha256_ctx hash;
    sha256_init(&hash);
    int code = room == NULL
                   ? hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to store a file")
                   : put_all(store, name, size, give, from, room, &hash, err);
    free(room);
    hmi_sha256 sha256;
    sha256_digest(&hash, sizeof(sha256.bytes), sha256.bytes);
    return code == HM_OK ? put_head(store, name, size, &sha256, err) : code;
}

static int give_sealed(void *from, uint64_t at, uint8_t *out, size_t len, hm_err *err)
{
    return hmi_sealed_read_at(from, at, out, len, err);
}

int hmi_depot_put(hmi_store *store, hm_text name, hmi_sealed *file, hm_err *err)
{
    return put(store, name, hmi_sealed_size(file), give_sealed, file, err);
}

static int give_file(void *from, uint64_t at, uint8_t *out, size_t len, hm_err *err)
{
    while (len > 0) {
        ssize_t got = pread(*(const int *)from, out, len, (off_t)at);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return hmi_fail_errno(err, "cannot read a file of the casebook");
        }
        out += got;
        at += (uint64_t)got;
        len -= (size_t)got;
    }
    return HM_OK;
}

int hmi_depot_put_file(hmi_store *store, hm_text name, const char *path, hm_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        int code = hmi_fail_errno(err, "cannot open %s", path);
        if (fd >= 0) {
            close(fd);
        }
        return code;
    }
    int code = put(store, name, (uint64_t)st.st_size, give_file, &fd, err);
    close(fd);
    return code;
}

int hmi_depot_drop(hmi_store *store, hm_text name, hm_err *err)
{
    static const hmi_query_id DROPS[] = { HMI_Q_DEPOT_DROP, HMI_Q_DEPOT_PIECES_DROP };
    for (size_t i = 0; i < HMI_COUNT(DROPS); i++) {
        hmi_stmt *stmt = NULL;
        HMI_TRY(hmi_query(store, DROPS[i], &stmt, err));
        hmi_bind_text(stmt, 1, name);
        HMI_TRY(hmi_run(store, stmt, err));
    }
    return HM_OK;
}

/* ---- Out */

static int write_all(int fd, hm_bytes bytes, hm_err *err)
{
    while (bytes.len > 0) {
        ssize_t wrote = write(fd, bytes.ptr, bytes.len);
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote <= 0) {
            return hmi_fail_errno(err, "cannot write a file of the casebook's cache");
        }
        bytes = hmi_slice(bytes, (size_t)wrote, HMI_NPOS);
    }
    return HM_OK;
}

static int damaged(hm_text name, const char *how, hm_err *err)
{
    return hmi_fail(err, HM_E_CORRUPT, HM_OFFSET_NONE, "stored file %.*s is damaged: %s",
                    HMI_FMT(name), how);
}

static int get_piece(hmi_store *store, hm_text name, int64_t number, int fd,
                     struct sha256_ctx *hash, uint64_t *io_size, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_DEPOT_PIECE_GET, &stmt, err));
    hmi_bind_text(stmt, 1, name);
    hmi_bind(stmt, 2, number);
    int rc = hmi_step(store, stmt, err);
    HMI_TRY(rc < 0 ? rc : HM_OK);
    if (rc == 0) {
        return damaged(name, "a piece is missing", err);
    }
    hm_bytes bytes = hmi_column_lent(stmt, 1);
    hmi_sha256 is = hmi_sha256_of(bytes), wanted;
    int code = !hmi_column_exactly(stmt, 0, &wanted, sizeof(wanted)) ||
                       memcmp(&is, &wanted, sizeof(is)) != 0 || bytes.len == 0
                   ? damaged(name, "a piece is not what its hash says", err)
                   : write_all(fd, bytes, err);
    sha256_update(hash, bytes.len, bytes.ptr);
    *io_size += bytes.len;
    hmi_reset(stmt);
    return code;
}

typedef struct head {
    uint64_t size;
    hmi_sha256 sha256;
} head;

static int get_head(hmi_store *store, hm_text name, head *ret, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_DEPOT_GET, &stmt, err));
    hmi_bind_text(stmt, 1, name);
    int rc = hmi_step(store, stmt, err);
    HMI_TRY(rc < 0 ? rc : HM_OK);
    if (rc == 0) {
        return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "stored file %.*s is not there",
                        HMI_FMT(name));
    }
    ret->size = (uint64_t)hmi_column(stmt, 0);
    bool good = hmi_column_exactly(stmt, 1, &ret->sha256, sizeof(ret->sha256));
    hmi_reset(stmt);
    return good ? HM_OK : damaged(name, "it has no hash", err);
}

int hmi_depot_get(hmi_store *store, hm_text name, int fd, hm_err *err)
{
    head wanted = { 0 };
    HMI_TRY(get_head(store, name, &wanted, err));
    struct sha256_ctx hash;
    sha256_init(&hash);
    uint64_t size = 0;
    int code = HM_OK;
    for (int64_t number = 0; code == HM_OK && size < wanted.size; number++) {
        code = get_piece(store, name, number, fd, &hash, &size, err);
    }
    hmi_sha256 is;
    sha256_digest(&hash, sizeof(is.bytes), is.bytes);
    HMI_TRY(code);
    return size == wanted.size && memcmp(&is, &wanted.sha256, sizeof(is)) == 0
               ? HM_OK
               : damaged(name, "it is not what its hash says", err);
}

/* As a file that is there whole or not at all. */
int hmi_depot_get_file(hmi_store *store, hm_text name, const char *path, hm_err *err)
{
    char beside[HMI_PATH_MAX + 8];
    snprintf(beside, sizeof(beside), "%.4090s.XXXXXX", path);
    int fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0) {
        return hmi_fail_errno(err, "cannot make %s", beside);
    }
    int code = hmi_depot_get(store, name, fd, err);
    if (code == HM_OK && (fchmod(fd, 0400) != 0 || rename(beside, path) != 0)) {
        code = hmi_fail_errno(err, "cannot make %s", path);
    }
    close(fd);
    if (code != HM_OK) {
        unlink(beside);
    }
    return code;
}
