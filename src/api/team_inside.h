/* SPDX-License-Identifier: Apache-2.0
 *
 * team_inside.h - what the files called team share: the database behind accounts and sessions.
 *
 * A statement is got with hmi_team_ask (reset, unbound), bound, and stepped to its end by
 * hmi_team_run or hmi_team_number, or by hand and then reset.
 */
#ifndef HMI_API_TEAM_INSIDE_H
#define HMI_API_TEAM_INSIDE_H

#include <pthread.h>

#include "api/team.h"
#include "base/error.h"
#include "base/time.h"
#include "engine/engine.h"

typedef enum hmi_team_query {
#define HMI_QUERY(name, sql) HMI_TEAM_##name,
#include "api/team_queries.h"
#undef HMI_QUERY
    HMI_TEAM_QUERY_COUNT
} hmi_team_query;

struct hmi_team {
    hmi_engine *engine;
    pthread_mutex_t lock; /* held by every public call but for the time a password takes */
};

/* With the lock held. */
int hmi_team_ask(hmi_team *team, hmi_team_query which, hmi_stmt **ret, hm_err *err);
/* A statement that writes and returns a row for each that it changed; in a transaction of its own
 * when none is open. *ret_changed, if given, is how many they were. */
int hmi_team_run(hmi_team *team, hmi_stmt *stmt, int *ret_changed, hm_err *err);
/* The same without a transaction, for a row that only its owner writes: nobody's turn is waited
 * for, and it may be done twice. */
int hmi_team_touch(hmi_stmt *stmt, int *ret_changed, hm_err *err);
int hmi_team_number(hmi_stmt *stmt, int64_t *ret, hm_err *err);
void hmi_team_bind_digest(hmi_stmt *stmt, int at, const hmi_sha256 *digest);
hm_text hmi_team_column(hmi_arena *arena, hmi_stmt *stmt, int at);
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
