/* SPDX-License-Identifier: Apache-2.0
 *
 * content.c - the bytes of evidence, wherever the casebook lies.
 *
 * WHY    In a folder a piece is a file below evidence/; on a server the same container lies in the
 *        depot, and a nameless file of this machine holds it while it is read.
 * TRUST  See vault_read.c: nothing is believed on the way back.
 * OWNS   Nothing beyond a call.
 */
#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "casebook/content.h"

enum { NAME_LEN = HMI_VAULT_NAME_MAX + 10 };

/* "evidence/ab/cdef...", in a folder and in the depot. */
static hm_text name_of(const hmi_sha256 *sha256, char out[NAME_LEN])
{
    memcpy(out, "evidence/", 9);
    hmi_vault_name(sha256, out + 9);
    return hmi_text_of(out);
}

/* 1: it is there, 0: it is not. */
static int is_held(hmi_store *store, hm_text name, const char *path, hm_err *err)
{
    bool has = false;
    if (store->engine->far) {
        HMI_TRY(hmi_depot_has(store, name, &has, err));
        return has;
    }
    struct stat st;
    return lstat(path, &st) == 0;
}

int hmi_content_write(hmi_store *store, int fd, uint64_t size, const hmi_sha256 *sha256,
                      hmi_sealed **ret_content, hm_err *err)
{
    char name[NAME_LEN], path[HMI_PATH_MAX];
    hm_text part = name_of(sha256, name);
    HMI_TRY(hmi_store_path(store, name, path, err));
    int held = is_held(store, part, path, err);
    if (held != 0) { /* content-addressed: it is there; verify re-hashes it */
        return held < 0 ? held : HM_OK;
    }
    char *slash = strrchr(path, '/');
    *slash = '\0';
    if (mkdir(path, 0700) != 0 && errno != EEXIST) { /* made durable at the group's end */
        return hmi_fail_errno(err, "cannot make %s", path);
    }
    *slash = '/';
    return hmi_vault_write(path, fd, size, sha256, ret_content, err);
}

/* Content that was there already must still be there, under a name that survives a power cut. */
int hmi_content_check(hmi_store *store, const hmi_sha256 *sha256, hm_err *err)
{
    char name[NAME_LEN], path[HMI_PATH_MAX];
    hm_text part = name_of(sha256, name);
    HMI_TRY(hmi_store_path(store, name, path, err));
    int held = is_held(store, part, path, err);
    if (held <= 0) {
        return held < 0 ? held
                        : hmi_fail(err, HM_E_BUSY, HM_OFFSET_NONE,
                                   "stored evidence was removed while it was taken in again: add "
                                   "it once more");
    }
    if (store->engine->far) {
        return HM_OK;
    }
    *strrchr(path, '/') = '\0';
    return hmi_sync_folder(path, err);
}

int hmi_content_seal(hmi_store *store, const hmi_sha256 *sha256, hmi_sealed *content, hm_err *err)
{
    if (!store->engine->far) {
        return hmi_group_content(store, content, err);
    }
    char name[NAME_LEN];
    hm_text part = name_of(sha256, name);
    bool has = false; /* somebody else may have stored it since */
    int code = hmi_depot_has(store, part, &has, err);
    if (code == HM_OK && !has) {
        code = hmi_depot_put(store, part, content, err);
    }
    hmi_sealed_abandon(content);
    return code;
}

static int read_far(hmi_store *store, hm_text name, hmi_vault_receive receive, void *with,
                    uint64_t *ret_size, hm_err *err)
{
    int fd = open(store->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) {
        return hmi_fail_errno(err, "cannot make a file in %s", store->folder);
    }
    int code = hmi_depot_get(store, name, fd, err);
    code = code == HM_OK ? hmi_vault_read_open(fd, receive, with, ret_size, err) : code;
    close(fd);
    return code;
}

int hmi_content_read(hmi_store *store, const hmi_sha256 *sha256, hmi_vault_receive receive,
                     void *with, uint64_t *ret_size, hm_err *err)
{
    char name[NAME_LEN], path[HMI_PATH_MAX];
    hm_text part = name_of(sha256, name);
    if (store->engine->far) {
        return read_far(store, part, receive, with, ret_size, err);
    }
    HMI_TRY(hmi_store_path(store, name, path, err));
    return hmi_vault_read(path, receive, with, ret_size, err);
}

static int add_to_hash(void *with, hm_bytes piece, hm_err *err)
{
    (void)err;
    sha256_update(with, piece.len, piece.ptr);
    return HM_OK;
}

int hmi_content_hash(hmi_store *store, const hmi_sha256 *sha256, hmi_sha256 *ret_is,
                     uint64_t *ret_size, hm_err *err)
{
    struct sha256_ctx hash;
    sha256_init(&hash);
    HMI_TRY(hmi_content_read(store, sha256, add_to_hash, &hash, ret_size, err));
    sha256_digest(&hash, sizeof(ret_is->bytes), ret_is->bytes);
    return HM_OK;
}
