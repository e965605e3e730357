/* SPDX-License-Identifier: Apache-2.0
 *
 * vfs.c - the disk that forgets.
 *
 * WHY    kill -9 tests nothing of durability: the page cache survives it (measured: synchronous=OFF
 *        loses nothing in 500 kills). What a power cut leaves is any mixture of old and new sectors
 *        since the last sync.
 * FORM   The real file always holds the newest bytes, so the program sees a sane disk; a list of
 *        overwritten sectors allows going back. Syncs only forget the list: nothing is really
 *        synced, which also makes a round cheap. The shared-memory file is lost at a cut.
 * OWNS   The lists; the process ends with them.
 */
#include "vfs.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECTOR = 512, FILES_MAX = 16 };

typedef struct lost_sector {
    sqlite3_int64 at;
    uint8_t before[SECTOR]; /* zeros beyond the old end */
} lost_sector;

typedef struct fault_file {
    sqlite3_file base;
    sqlite3_file *real;
    char *path;
    bool remembered; /* database, log or journal: takes part in the cut */
    sqlite3_int64 synced_size;
    lost_sector *lost;
    size_t count, capacity;
} fault_file;

static sqlite3_vfs *real_vfs;
static fault_file *files[FILES_MAX];

static struct {
    uint64_t cut_at, fail_at, calls, seed;
    fault_kind kind;
    bool sticky;
} plan;

static uint64_t draw(void)
{
    uint64_t z = (plan.seed += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* ---- The cut */

static void restore_sector(fault_file *file, const lost_sector *one)
{
    uint64_t fate = draw() % 4;
    if (fate == 0) {
        return; /* reached the disk */
    }
    int keep = fate == 1 ? (int)(draw() % SECTOR) : 0; /* torn: the new beginning, the old rest */
    (void)file->real->pMethods->xWrite(file->real, one->before + keep, SECTOR - keep,
                                       one->at + keep);
}

static void cut_file(fault_file *file)
{
    sqlite3_int64 size = 0;
    (void)file->real->pMethods->xFileSize(file->real, &size);
    for (size_t i = file->count; i > 0; i--) {
        restore_sector(file, &file->lost[i - 1]);
    }
    /* Restoring whole sectors may have grown it; growth itself may not have reached the disk. */
    sqlite3_int64 end = size;
    if (size > file->synced_size && draw() % 2 == 0) {
        end =
            file->synced_size + (sqlite3_int64)(draw() % (uint64_t)(size - file->synced_size + 1));
    }
    (void)file->real->pMethods->xTruncate(file->real, end);
}

__attribute__((noreturn)) static void power_cut(void)
{
    for (int i = 0; i < FILES_MAX; i++) {
        if (files[i] == NULL || !files[i]->remembered) {
            continue;
        }
        cut_file(files[i]);
        char shm[600];
        snprintf(shm, sizeof(shm), "%s-shm", files[i]->path);
        (void)unlink(shm);
    }
    _exit(9);
}

/* SQLITE_OK: go on. */
static int step(bool sync)
{
    if (plan.fail_at != 0 && plan.kind == FAULT_SYNC && !sync) {
        return SQLITE_OK;
    }
    plan.calls++;
    if (plan.cut_at != 0 && plan.calls == plan.cut_at) {
        power_cut();
    }
    if (plan.fail_at == 0 || plan.calls < plan.fail_at ||
        (plan.calls > plan.fail_at && !plan.sticky)) {
        return SQLITE_OK;
    }
    return plan.kind == FAULT_FULL && !sync ? SQLITE_FULL
           : sync                           ? SQLITE_IOERR_FSYNC
                                            : SQLITE_IOERR_WRITE;
}

/* ---- Methods */

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((fault_file *)(void *)file)->real;
}

static void remember(fault_file *file, sqlite3_int64 at)
{
    if (file->count == file->capacity) {
        file->capacity = file->capacity == 0 ? 64 : file->capacity * 2;
        file->lost = realloc(file->lost, file->capacity * sizeof(*file->lost));
        if (file->lost == NULL) {
            abort();
        }
    }
    lost_sector *one = &file->lost[file->count++];
    one->at = at;
    memset(one->before, 0, SECTOR);
    (void)file->real->pMethods->xRead(file->real, one->before, SECTOR, at); /* short reads zero */
}

static int on_write(sqlite3_file *base, const void *from, int len, sqlite3_int64 at)
{
    fault_file *file = (fault_file *)(void *)base;
    int rc = step(false);
    if (rc != SQLITE_OK) {
        return rc;
    }
    if (file->remembered) {
        for (sqlite3_int64 s = at / SECTOR * SECTOR; s < at + len; s += SECTOR) {
            remember(file, s);
        }
    }
    return file->real->pMethods->xWrite(file->real, from, len, at);
}

static int on_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    fault_file *file = (fault_file *)(void *)base;
    int rc = step(false);
    if (rc != SQLITE_OK) {
        return rc;
    }
    rc = file->real->pMethods->xTruncate(file->real, size);
    if (rc == SQLITE_OK && size < file->synced_size) {
        file->synced_size = size; /* metadata is taken to be ordered, as ext4 and XFS do */
    }
    return rc;
}

static int on_sync(sqlite3_file *base, int flags)
{
    (void)flags;
    fault_file *file = (fault_file *)(void *)base;
    int rc = step(true);
    if (rc != SQLITE_OK) {
        return rc;
    }
    file->count = 0;
    return file->real->pMethods->xFileSize(file->real, &file->synced_size);
}

static int on_close(sqlite3_file *base)
{
    fault_file *file = (fault_file *)(void *)base;
    int rc = file->real->pMethods->xClose(file->real);
    for (int i = 0; i < FILES_MAX; i++) {
        files[i] = files[i] == file ? NULL : files[i];
    }
    free(file->lost);
    free(file->path);
    free(file->real);
    return rc;
}

static int on_read(sqlite3_file *file, void *to, int len, sqlite3_int64 at)
{
    return real_of(file)->pMethods->xRead(real_of(file), to, len, at);
}

static int on_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int on_lock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int on_unlock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int on_reserved(sqlite3_file *file, int *held)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), held);
}

static int on_control(sqlite3_file *file, int op, void *with)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), op, with);
}

static int on_sector(sqlite3_file *file)
{
    (void)file;
    return SECTOR;
}

static int on_traits(sqlite3_file *file)
{
    (void)file;
    return 0; /* promise nothing: no atomic write, no safe append, no power-safe overwrite */
}

static int on_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **at)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, at);
}

static int on_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, n, flags);
}

static void on_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int on_shm_unmap(sqlite3_file *file, int remove)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

static const sqlite3_io_methods METHODS = {
    2,           on_close,       on_read,      on_write,   on_truncate, on_sync,   on_size,
    on_lock,     on_unlock,      on_reserved,  on_control, on_sector,   on_traits, on_shm_map,
    on_shm_lock, on_shm_barrier, on_shm_unmap, NULL,       NULL,
};

static int on_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *base, int flags, int *out)
{
    (void)vfs;
    fault_file *file = (fault_file *)(void *)base;
    memset(file, 0, sizeof(*file));
    file->real = calloc(1, (size_t)real_vfs->szOsFile);
    file->path = path != NULL ? strdup(path) : NULL;
    int rc = real_vfs->xOpen(real_vfs, path, file->real, flags, out);
    if (rc != SQLITE_OK) {
        free(file->real);
        free(file->path);
        return rc;
    }
    file->remembered =
        path != NULL &&
        (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
    (void)file->real->pMethods->xFileSize(file->real, &file->synced_size);
    for (int i = 0; i < FILES_MAX; i++) {
        if (files[i] == NULL) {
            files[i] = file;
            break;
        }
    }
    base->pMethods = &METHODS;
    return SQLITE_OK;
}

void fault_vfs_install(void)
{
    static sqlite3_vfs vfs;
    real_vfs = sqlite3_vfs_find(NULL);
    vfs = *real_vfs;
    vfs.zName = "faults";
    vfs.szOsFile = (int)sizeof(fault_file);
    vfs.xOpen = on_open;
    vfs.pNext = NULL;
    if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK) {
        abort();
    }
}

void fault_vfs_cut_at(uint64_t nth, uint64_t seed)
{
    plan.cut_at = nth;
    plan.seed = seed;
    plan.calls = 0;
}

void fault_vfs_fail_at(uint64_t nth, fault_kind kind, bool sticky)
{
    plan.fail_at = nth;
    plan.kind = kind;
    plan.sticky = sticky;
    plan.calls = 0;
}

uint64_t fault_vfs_calls(void)
{
    return plan.calls;
}
