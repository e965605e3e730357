/* SPDX-License-Identifier: Apache-2.0
 *
 * team_deed.c - what somebody did through the server, and what the page remembers for somebody.
 *
 * WHY    Who signed in from where, who gave whom a right: rows are added and never changed here.
 *        What left the casebook is in the signed memory of what was given; this is not that.
 * OWNS   Nothing.
 */
#include "api/team_inside.h"

static int add(hmi_team *team, hm_text who, hm_text peer, hm_text what, hm_text about, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_team_ask(team, HMI_TEAM_DEED_ADD, &stmt, err));
    hmi_bind(stmt, 1, hmi_now_us());
    hmi_bind_text(stmt, 2, who);
    hmi_bind_text(stmt, 3, peer);
    hmi_bind_text(stmt, 4, what);
    hmi_bind_text(stmt, 5, about);
    return hmi_team_run(team, stmt, NULL, err);
}

int hmi_deed_add(hmi_team *team, hm_text who, hm_text peer, hm_text what, hm_text about,
                 hm_err *err)
{
    hmi_team_lock(team);
    return hmi_team_unlock(team, add(team, who, peer, what, about, err));
}

static int list(hmi_team *team, hmi_arena *arena, int64_t before, size_t max, hmi_deed **ret,
                size_t *ret_count, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    hmi_deed *rows = hmi_new_array(arena, hmi_deed, max);
    size_t count = 0;
    if (rows == NULL) {
        return hmi_arena_fail(arena, err);
    }
    HMI_TRY(hmi_team_ask(team, HMI_TEAM_DEED_LIST, &stmt, err));
    hmi_bind(stmt, 1, before > 0 ? before : INT64_MAX);
    hmi_bind(stmt, 2, (int64_t)max);
    int rc = 0;
    while (count < max && (rc = hmi_stmt_step(stmt, err)) == 1) {
        rows[count++] = (hmi_deed){ .seq = hmi_column(stmt, 0),
                                    .at_us = hmi_column(stmt, 1),
                                    .who = hmi_team_column(arena, stmt, 2),
                                    .peer = hmi_team_column(arena, stmt, 3),
                                    .what = hmi_team_column(arena, stmt, 4),
                                    .about = hmi_team_column(arena, stmt, 5) };
    }
    hmi_reset(stmt);
    HMI_TRY(rc < 0 ? rc : HM_OK);
    *ret = rows;
    *ret_count = count;
    return HM_OK;
}

int hmi_deed_list(hmi_team *team, hmi_arena *arena, int64_t before, size_t max, hmi_deed **ret,
                  size_t *ret_count, hm_err *err)
{
    hmi_team_lock(team);
    return hmi_team_unlock(team, list(team, arena, before, max, ret, ret_count, err));
}

static int get_preferences(hmi_team *team, hmi_arena *arena, hm_text user, hm_text *ret,
                           hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_team_ask(team, HMI_TEAM_PREFERENCES_GET, &stmt, err));
    hmi_bind_text(stmt, 1, user);
    int rc = hmi_stmt_step(stmt, err);
    hm_text text = rc == 1 ? hmi_team_column(arena, stmt, 0) : HM_TEXT("{}");
    hmi_reset(stmt);
    HMI_TRY(rc < 0 ? rc : HM_OK);
    if (text.ptr == NULL) {
        return hmi_arena_fail(arena, err);
    }
    *ret = text;
    return HM_OK;
}

int hmi_preferences_get(hmi_team *team, hmi_arena *arena, hm_text user, hm_text *ret, hm_err *err)
{
    hmi_team_lock(team);
    return hmi_team_unlock(team, get_preferences(team, arena, user, ret, err));
}

static int set_preferences(hmi_team *team, hm_text user, hm_text json, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_team_ask(team, HMI_TEAM_PREFERENCES_SET, &stmt, err));
    hmi_bind_text(stmt, 1, user);
    hmi_bind_text(stmt, 2, json);
    return hmi_team_run(team, stmt, NULL, err);
}

int hmi_preferences_set(hmi_team *team, hm_text user, hm_text json, hm_err *err)
{
    hmi_team_lock(team);
    return hmi_team_unlock(team, set_preferences(team, user, json, err));
}
