/* SPDX-License-Identifier: Apache-2.0
 *
 * room.h - what the tests of this room share: a temporary folder, whole files, made-up pairs.
 */
#ifndef HMI_TESTS_INDEX_ROOM_H
#define HMI_TESTS_INDEX_ROOM_H

#include <dirent.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "index/postings.h"

static char room_folder[PATH_MAX];

__attribute__((constructor)) static void room_make(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(room_folder, sizeof(room_folder), "%s/hallmark-test-XXXXXX", tmp ? tmp : "/tmp");
    if (mkdtemp(room_folder) == NULL) {
        perror("mkdtemp");
        exit(2);
    }
}

/* Empties the folder (one level). */
__attribute__((unused)) static size_t room_files(bool remove)
{
    DIR *dir = opendir(room_folder);
    size_t count = 0;
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] != '.') {
            count++;
            if (remove) {
                unlinkat(dirfd(dir), entry->d_name, 0);
            }
        }
    }
    closedir(dir);
    return count;
}

__attribute__((destructor)) static void room_unmake(void)
{
    room_files(true);
    rmdir(room_folder);
}

__attribute__((unused)) static const char *room_path(const char *name)
{
    static char path[8][PATH_MAX + 64];
    static unsigned turn;
    turn = (turn + 1) % 8;
    snprintf(path[turn], sizeof(path[turn]), "%s/%s", room_folder, name);
    return path[turn];
}

__attribute__((unused)) static hm_bytes room_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    size_t len = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(len + 1);
    assert_int_equal(fread(bytes, 1, len, file), len);
    fclose(file);
    return hmi_bytes(bytes, len);
}

__attribute__((unused)) static void room_write(const char *path, hm_bytes bytes)
{
    unlink(path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
    fclose(file);
}

/* splitmix64: the same numbers everywhere. */
__attribute__((unused)) static uint64_t room_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

#endif
