/* SPDX-License-Identifier: Apache-2.0
 *
 * team_inside.h - what the files called team share: the database behind accounts and sessions.
 */
#ifndef HMI_API_TEAM_INSIDE_H
#define HMI_API_TEAM_INSIDE_H

#include <pthread.h>
#include <sqlite3.h>

#include "api/team.h"
#include "base/error.h"
#include "base/time.h"

struct hmi_team {
    sqlite3 *db;
    pthread_mutex_t lock; /* held by every public call but for the time a password takes */
};

/* With the lock held. Every statement ends with hmi_team_end, which hands `code` on. */
int hmi_team_ask(hmi_team *team, const char *sql, sqlite3_stmt **ret, hm_err *err);
/* 1: a row, 0: the end, negative: failed. */
int hmi_team_step(hmi_team *team, sqlite3_stmt *stmt, hm_err *err);
/* For statements without rows; ends them. *ret_changed, if given, is how many rows it changed. */
int hmi_team_run(hmi_team *team, sqlite3_stmt *stmt, int *ret_changed, hm_err *err);
int hmi_team_number(hmi_team *team, sqlite3_stmt *stmt, int64_t *ret, hm_err *err);
void hmi_team_bind(sqlite3_stmt *stmt, int at, hm_text text);
void hmi_team_bind_digest(sqlite3_stmt *stmt, int at, const hmi_sha256 *digest);
hm_text hmi_team_column(hmi_arena *arena, sqlite3_stmt *stmt, int at);
int hmi_team_begin(hmi_team *team, hm_err *err);
/* Commits when `code` is HM_OK, else rolls back; returns what came of it. */
int hmi_team_finish(hmi_team *team, int code, hm_err *err);
void hmi_team_lock(hmi_team *team);
/* Returns `code`. */
int hmi_team_unlock(hmi_team *team, int code);
/* Ends what the account has open; but not the session `keep`, which may be NULL. */
int hmi_team_end_all(hmi_team *team, hm_text user, const char *keep, bool tokens, hm_err *err);
void hmi_team_id(char ret[HMI_TEAM_ID]);

#endif
