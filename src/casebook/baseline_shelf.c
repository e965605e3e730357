/* SPDX-License-Identifier: Apache-2.0
 *
 * baseline_shelf.c - where the baseline's segments lie: in a folder, or in a server's depot.
 *
 * WHY    Segments are mapped, so they are files of this machine in either case. On a server the
 *        depot has them, stored in the transaction that names their files; a machine fetches what
 * it lacks. A segment that is sealed before its transaction is done must not be met by others,
 *        whose numbers may be the same: it is sealed in the folder "aside", stored, and fetched.
 * FORM   depot: "baseline/files-EPOCH-FROM-TO.seg".
 * TRUST  What is fetched is compared with its hash, then checked as every segment is.
 * OWNS   Nothing.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "casebook/index.h"

enum { SEGMENT_NAME_MAX = 240 };

static int open_shelf_in(hmi_store *store, const char *part, uint64_t newest, hmi_shelf **ret_shelf,
                         hm_err *err)
{
    char folder[HMI_PATH_MAX];
    int64_t epoch = 0;
    HMI_TRY(hmi_meta_get(store, hmi_index_epoch(HMI_KIND_BASELINE), &epoch, err));
    HMI_TRY(hmi_store_path(store, part, folder, err));
    hmi_shelf_plan plan = { folder, "files", HMI_KIND_BASELINE, (uint64_t)epoch, newest };
    return hmi_shelf_open(&plan, ret_shelf, err);
}

int hmi_baseline_shelf(hmi_store *store, uint64_t newest, hmi_shelf **ret_shelf, hm_err *err)
{
    return open_shelf_in(store, "baseline", newest, ret_shelf, err);
}

/* A name that is one of ours has no other slash: nothing leads out of the folder. */
static bool is_segment(hm_bytes name, char out[SEGMENT_NAME_MAX])
{
    static const size_t BEHIND = sizeof("baseline/") - 1;
    if (name.len <= BEHIND || name.len >= SEGMENT_NAME_MAX || memchr(name.ptr, 0, name.len) ||
        memchr(name.ptr + BEHIND, '/', name.len - BEHIND) != NULL) {
        return false;
    }
    memcpy(out, name.ptr, name.len);
    out[name.len] = '\0';
    return true;
}

/* Does a stored segment, "baseline/files-EPOCH-FROM-TO.seg", hold the number `wanted`? */
static bool holds(const char *text, uint64_t wanted)
{
    uint64_t epoch = 0, from = 0, to = 0;
    return sscanf(text, "baseline/files-%16" SCNx64 "-%" SCNu64 "-%" SCNu64 ".seg", &epoch, &from,
                  &to) == 3 &&
           from < wanted && wanted <= to;
}

static int each_stored(hmi_store *store, int (*visit)(void *with, const char *name, hm_err *err),
                       void *with, hm_err *err)
{
    char text[SEGMENT_NAME_MAX];
    hmi_stmt *stmt = NULL;
    int rc;
    HMI_TRY(hmi_query(store, HMI_Q_DEPOT_NAMES, &stmt, err));
    hmi_bind_text(stmt, 1, HM_TEXT("baseline/"));
    hmi_bind_text(stmt, 2, HM_TEXT("baseline0"));
    while ((rc = hmi_step(store, stmt, err)) == 1) {
        hm_bytes name = hmi_column_lent(stmt, 0);
        if (!is_segment(name, text)) {
            continue;
        }
        int code = visit(with, text, err);
        if (code != HM_OK) {
            hmi_reset(stmt);
            return code;
        }
    }
    return rc;
}

static int each_file(hmi_store *store, int (*visit)(void *with, const char *name, hm_err *err),
                     void *with, hm_err *err)
{
    char folder[HMI_PATH_MAX], text[SEGMENT_NAME_MAX], prefix[40];
    int64_t epoch = 0;
    HMI_TRY(hmi_meta_get(store, hmi_index_epoch(HMI_KIND_BASELINE), &epoch, err));
    snprintf(prefix, sizeof(prefix), "files-%016" PRIx64 "-", (uint64_t)epoch);
    HMI_TRY(hmi_store_path(store, "baseline", folder, err));
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        return hmi_fail_errno(err, "cannot list %s", folder);
    }
    int code = HM_OK;
    for (struct dirent *entry; code == HM_OK && (entry = readdir(dir)) != NULL;) {
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 &&
            !hmi_sealed_is_temporary(entry->d_name)) {
            snprintf(text, sizeof(text), "baseline/%.200s", entry->d_name);
            code = visit(with, text, err);
        }
    }
    closedir(dir);
    return code;
}

int hmi_baseline_each(hmi_store *store, int (*visit)(void *with, const char *name, hm_err *err),
                      void *with, hm_err *err)
{
    return store->engine->far ? each_stored(store, visit, with, err)
                              : each_file(store, visit, with, err);
}

typedef struct wanted_segment {
    uint64_t number;
    char name[SEGMENT_NAME_MAX]; /* empty: none holds it */
} wanted_segment;

static int look_at(void *with, const char *name, hm_err *err)
{
    (void)err;
    wanted_segment *wanted = with;
    if (holds(name, wanted->number)) {
        snprintf(wanted->name, sizeof(wanted->name), "%s", name);
    }
    return HM_OK;
}

int hmi_baseline_fetch(hmi_store *store, uint64_t newest, hmi_shelf **io_shelf, hm_err *err)
{
    uint64_t from = 0, to = 0, last = UINT64_MAX;
    while (hmi_shelf_gap(*io_shelf, newest, &from, &to) && from != last) {
        wanted_segment wanted = { .number = from + 1 };
        char path[HMI_PATH_MAX];
        last = from; /* whatever is fetched: the same gap is not tried twice */
        HMI_TRY(each_stored(store, look_at, &wanted, err));
        if (wanted.name[0] == '\0') {
            return HM_OK;
        }
        HMI_TRY(hmi_store_path(store, wanted.name, path, err));
        int code = hmi_depot_get_file(store, hmi_text_of(wanted.name), path, err);
        if (code != HM_OK) {
            return code == HM_E_CORRUPT ? HM_OK : code;
        }
        hmi_shelf_close(*io_shelf);
        *io_shelf = NULL;
        HMI_TRY(hmi_baseline_shelf(store, newest, io_shelf, err));
    }
    return HM_OK;
}

static int clear_aside(hmi_store *store, hm_err *err)
{
    char path[HMI_PATH_MAX];
    HMI_TRY(hmi_store_path(store, "aside", path, err));
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return hmi_fail_errno(err, "cannot make %s", path);
    }
    DIR *dir = opendir(path);
    if (dir == NULL) {
        return hmi_fail_errno(err, "cannot list %s", path);
    }
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] != '.') {
            (void)unlinkat(dirfd(dir), entry->d_name, 0);
        }
    }
    closedir(dir);
    return HM_OK;
}

int hmi_baseline_aside(hmi_store *store, uint64_t newest, hmi_shelf **ret_shelf, hm_err *err)
{
    HMI_TRY(clear_aside(store, err));
    return open_shelf_in(store, "aside", newest, ret_shelf, err);
}

int hmi_baseline_put_aside(hmi_store *store, hm_err *err)
{
    char folder[HMI_PATH_MAX], path[HMI_PATH_MAX + 256], name[SEGMENT_NAME_MAX];
    HMI_TRY(hmi_store_path(store, "aside", folder, err));
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        return hmi_fail_errno(err, "cannot list %s", folder);
    }
    int code = HM_OK;
    for (struct dirent *entry; code == HM_OK && (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] == '.' || hmi_sealed_is_temporary(entry->d_name)) {
            continue;
        }
        snprintf(name, sizeof(name), "baseline/%.200s", entry->d_name);
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        code = hmi_depot_drop(store, hmi_text_of(name), err); /* one that was damaged */
        code = code == HM_OK ? hmi_depot_put_file(store, hmi_text_of(name), path, err) : code;
    }
    closedir(dir);
    return code;
}

int hmi_baseline_put_lost(hmi_store *store, uint64_t from, uint64_t to, hm_err *err)
{
    hmi_shelf *shelf = NULL;
    HMI_TRY(hmi_baseline_aside(store, to, &shelf, err));
    int code = hmi_shelf_seal(shelf, from, to, NULL, 0, err);
    hmi_shelf_close(shelf);
    return code == HM_OK ? hmi_baseline_put_aside(store, err) : code;
}
