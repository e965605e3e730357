/* SPDX-License-Identifier: Apache-2.0
 *
 * room.h - what the tests of the casebook share: a temporary casebook, pieces made of words. It is
 * a folder, or, when HALLMARK_TEST_POSTGRES names a server, a schema there: one suite for both.
 */
#ifndef HMI_TESTS_CASEBOOK_ROOM_H
#define HMI_TESTS_CASEBOOK_ROOM_H

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "casebook/store.h"
#include "check.h"
#include "engine/postgres.h"

static char room_parent[200];

__attribute__((unused)) static int room_remove_one(const char *path, const struct stat *st,
                                                   int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

__attribute__((unused)) static void room_remove(const char *path)
{
    (void)nftw(path, room_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

__attribute__((constructor)) static void room_make(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(room_parent, sizeof(room_parent), "%.100s/hallmark-test-XXXXXX", tmp ? tmp : "/tmp");
    if (mkdtemp(room_parent) == NULL) {
        perror("mkdtemp");
        exit(2);
    }
    char folder[300];
    snprintf(folder, sizeof(folder), "%s/cache", room_parent);
    setenv("HALLMARK_CACHE", folder, 1);
    snprintf(folder, sizeof(folder), "%s/state", room_parent);
    setenv("HALLMARK_STATE", folder, 1);
}

__attribute__((destructor)) static void room_unmake(void)
{
    room_remove(room_parent);
}

/* A path under the test's own folder; each call's text lives until eight calls later. */
__attribute__((unused, format(printf, 1, 2))) static const char *room_path(const char *format, ...)
{
    static char paths[8][400];
    static unsigned turn;
    turn = (turn + 1) % 8;
    int len = snprintf(paths[turn], sizeof(paths[turn]), "%s/", room_parent);
    va_list args;
    va_start(args, format);
    vsnprintf(paths[turn] + len, sizeof(paths[turn]) - (size_t)len, format, args);
    va_end(args);
    return paths[turn];
}

/* The server's address, NULL when casebooks are folders. */
__attribute__((unused)) static const char *room_server(void)
{
    return getenv("HALLMARK_TEST_POSTGRES");
}

/* Where a casebook lies; lives as long as room_path's answers. */
__attribute__((unused)) static const char *room_where(const char *name)
{
    static char all[4][500];
    static unsigned turn;
    if (room_server() == NULL) {
        return room_path("%s", name);
    }
    turn = (turn + 1) % 4;
    snprintf(all[turn], sizeof(all[turn]), "%.300s&options=-csearch_path%%3Dt%d_%.60s",
             room_server(), (int)getpid(), name);
    return all[turn];
}

/* SQL past the store, as somebody with access to the database would. */
__attribute__((unused)) static void room_sql(const char *where, const char *sql)
{
    static const hmi_engine_plan NONE;
    hm_err err = { 0 };
    hmi_engine *engine = NULL;
    hmi_postgres_options options = { .create = true };
    CHECK_OK(hmi_postgres_open(where, &NONE, &options, &engine, &err));
    CHECK_OK(hmi_engine_script(engine, sql, &err));
    hmi_engine_close(engine);
}

/* Nothing is there. */
__attribute__((unused)) static void room_clear(const char *name)
{
    char sql[400];
    if (room_server() == NULL) {
        room_remove(room_path("%s", name));
        return;
    }
    snprintf(sql, sizeof(sql),
             "SET lock_timeout = '10s'; DROP SCHEMA IF EXISTS t%d_%.60s CASCADE;"
             "CREATE SCHEMA t%d_%.60s",
             (int)getpid(), name, (int)getpid(), name);
    room_sql(room_server(), sql);
}

__attribute__((unused)) static hmi_store *room_open(const char *name)
{
    hm_err err = { 0 };
    hmi_store *store = NULL;
    CHECK_OK(hmi_store_open(room_where(name), NULL, &store, &err));
    return store;
}

/* A new casebook. */
__attribute__((unused)) static hmi_store *room_store(const char *name)
{
    hm_err err = { 0 };
    room_clear(name);
    CHECK_OK(hmi_store_create(room_where(name), &err));
    return room_open(name);
}

__attribute__((unused)) static int64_t room_incident(hmi_store *store, const char *name)
{
    hm_err err = { 0 };
    int64_t id = 0;
    CHECK_OK(hmi_incident_put(store, hmi_text_of(name), &id, &err));
    return id;
}

__attribute__((unused)) static int room_memory(hm_bytes content)
{
    int fd = memfd_create("evidence", MFD_CLOEXEC);
    CHECK(fd >= 0 && write(fd, content.ptr, content.len) == (ssize_t)content.len);
    return fd;
}

__attribute__((unused)) static hmi_trait room_trait(hmi_class class_id, const char *value)
{
    return (hmi_trait){ .class_id = class_id,
                        .role = HMI_ROLE_CONTENT,
                        .value = hmi_text_of(value),
                        .offset = 7,
                        .count = 1,
                        .first_us = HMI_TIME_NONE,
                        .last_us = HMI_TIME_NONE };
}

typedef struct room_piece {
    int64_t incident, parent;
    const char *content; /* also its name */
    const char *words;   /* each a string trait, parted by blanks */
    uint32_t readers;
    bool keep, members_follow;
} room_piece;

/* Begins and says everything; the caller commits. */
__attribute__((unused)) static int room_begin(hmi_store *store, const room_piece *piece,
                                              hmi_intake **ret_intake, hm_err *err)
{
    hm_bytes content = hmi_text_bytes(hmi_text_of(piece->content));
    int fd = piece->keep ? room_memory(content) : -1;
    hmi_piece full = { .incident = piece->incident,
                       .sha256 = hmi_sha256_of(content),
                       .size = content.len,
                       .name = content,
                       .parent = piece->parent,
                       .modified_us = HMI_TIME_NONE,
                       .keep = piece->keep,
                       .content_fd = fd,
                       .readers = piece->readers };
    int code = hmi_intake_begin(store, &full, ret_intake, err);
    if (fd >= 0) {
        close(fd);
    }
    if (code != HM_OK) {
        return code;
    }
    hmi_sink *sink = hmi_intake_sink(*ret_intake);
    hm_text rest = hmi_text_of(piece->words), word;
    while (code == HM_OK && hmi_split(&rest, ' ', &word)) {
        hmi_trait trait = room_trait(HMI_STRING, "");
        trait.value = word;
        code = word.len == 0 ? HM_OK : hmi_sink_trait(sink, &trait, err);
    }
    if (piece->members_follow) {
        hmi_intake_members_follow(*ret_intake);
    }
    if (code != HM_OK) {
        hmi_intake_abandon(*ret_intake);
    }
    return code;
}

__attribute__((unused)) static int room_add(hmi_store *store, const room_piece *piece,
                                            int64_t *ret_evidence, hm_err *err)
{
    hmi_intake *intake = NULL;
    int code = room_begin(store, piece, &intake, err);
    return code == HM_OK ? hmi_intake_commit(intake, 0, HM_TEXT(""), ret_evidence, err) : code;
}

static size_t room_faults;
__attribute__((unused)) static void room_hear(void *with, hm_text sentence)
{
    if (with == NULL) {
        print_message("    fault: %.*s\n", HMI_FMT(sentence));
    }
    room_faults++;
}

/* Faults that verify names; printed when they are not expected. */
__attribute__((unused)) static size_t room_verify(hmi_store *store, bool quiet,
                                                  hmi_verify_report *ret_report)
{
    hm_err err = { 0 };
    room_faults = 0;
    CHECK_OK(hmi_store_verify(store, room_hear, quiet ? &err : NULL, ret_report, &err));
    return room_faults;
}

#endif
