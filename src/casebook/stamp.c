/* SPDX-License-Identifier: Apache-2.0
 *
 * stamp.c - what stat(2) said of files that were hashed, so that they need not be hashed again.
 *
 * WHY    A second run over the same folder should cost a stat a file.
 * TRUST  A file changed within the granularity of its clock looks unchanged: one that was modified
 *        less than two seconds before it was hashed is not remembered (git calls it racy).
 * OWNS   Stamps that wait for the next transaction, at most HMI_STAMPS_PENDING_MAX.
 */
#include <stdlib.h>

#include "base/time.h"
#include "casebook/inside.h"

enum { RACY_NS = 2000000000 };

struct hmi_pending_stamp {
    int64_t scope;
    hmi_file_stamp stamp;
    hmi_sha256 sha256;
    uint8_t *path;
    size_t path_len;
};

static bool same(const hmi_file_stamp *a, const hmi_file_stamp *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->modified_ns == b->modified_ns && a->changed_ns == b->changed_ns;
}

static bool find_pending(const hmi_store *store, int64_t scope, hm_bytes path,
                         const hmi_pending_stamp **ret)
{
    for (size_t i = store->stamp_count; i > 0; i--) {
        const hmi_pending_stamp *one = &store->stamps[i - 1];
        if (one->scope == scope && hmi_bytes_eq(path, hmi_bytes(one->path, one->path_len))) {
            *ret = one;
            return true;
        }
    }
    return false;
}

static int unknown(hm_err *err)
{
    return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "this file was not seen as it is now");
}

int hmi_stamp_find(hmi_store *store, int64_t scope, hm_bytes path, const hmi_file_stamp *stamp,
                   hmi_sha256 *ret_sha256, hm_err *err)
{
    const hmi_pending_stamp *pending = NULL;
    if (find_pending(store, scope, path, &pending)) {
        if (!same(&pending->stamp, stamp)) {
            return unknown(err);
        }
        *ret_sha256 = pending->sha256;
        return HM_OK;
    }
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_STAMP_GET, &stmt, err));
    hmi_bind(stmt, 1, scope);
    hmi_bind_bytes(stmt, 2, path);
    int rc = hmi_step(store, stmt, err);
    if (rc != 1) {
        return rc < 0 ? rc : unknown(err);
    }
    hmi_file_stamp known = {
        (uint64_t)hmi_column(stmt, 0), (uint64_t)hmi_column(stmt, 1), (uint64_t)hmi_column(stmt, 2),
        hmi_column(stmt, 3),           hmi_column(stmt, 4),
    };
    bool good = same(&known, stamp) && hmi_column_exactly(stmt, 5, ret_sha256, sizeof(*ret_sha256));
    hmi_reset(stmt);
    return good ? HM_OK : unknown(err);
}

int hmi_stamp_put(hmi_store *store, int64_t scope, hm_bytes path, const hmi_file_stamp *stamp,
                  const hmi_sha256 *sha256, hm_err *err)
{
    HMI_TRY(hmi_refuse_writing(store, err));
    int64_t now_ns = hmi_now_us() * 1000;
    if (stamp->modified_ns > now_ns - RACY_NS || stamp->changed_ns > now_ns - RACY_NS) {
        return HM_OK;
    }
    if (store->stamps == NULL) {
        store->stamps = calloc(HMI_STAMPS_PENDING_MAX, sizeof(*store->stamps));
    } else if (store->stamp_count == HMI_STAMPS_PENDING_MAX) {
        HMI_TRY(hmi_stamp_flush(store, err));
    }
    uint8_t *copy = malloc(path.len + 1);
    if (store->stamps == NULL || copy == NULL) {
        free(copy);
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to remember a file");
    }
    if (path.len > 0) {
        memcpy(copy, path.ptr, path.len);
    }
    store->stamps[store->stamp_count++] =
        (hmi_pending_stamp){ scope, *stamp, *sha256, copy, path.len };
    return HM_OK;
}

int hmi_stamps_write(hmi_store *store, hm_err *err)
{
    for (size_t i = 0; i < store->stamp_count; i++) {
        const hmi_pending_stamp *one = &store->stamps[i];
        hmi_stmt *stmt = NULL;
        HMI_TRY(hmi_query(store, HMI_Q_STAMP_SET, &stmt, err));
        hmi_bind(stmt, 1, one->scope);
        hmi_bind_bytes(stmt, 2, hmi_bytes(one->path, one->path_len));
        hmi_bind(stmt, 3, (int64_t)one->stamp.device);
        hmi_bind(stmt, 4, (int64_t)one->stamp.inode);
        hmi_bind(stmt, 5, (int64_t)one->stamp.size);
        hmi_bind(stmt, 6, one->stamp.modified_ns);
        hmi_bind(stmt, 7, one->stamp.changed_ns);
        hmi_bind_bytes(stmt, 8, hmi_bytes(one->sha256.bytes, sizeof(one->sha256.bytes)));
        HMI_TRY(hmi_run(store, stmt, err));
    }
    return HM_OK;
}

void hmi_stamps_drop(hmi_store *store)
{
    for (size_t i = 0; i < store->stamp_count; i++) {
        free(store->stamps[i].path);
    }
    store->stamp_count = 0;
}

int hmi_stamp_flush(hmi_store *store, hm_err *err)
{
    if (store->stamp_count == 0) {
        return HM_OK;
    }
    HMI_TRY(hmi_begin(store, err));
    return hmi_commit(store, err);
}
