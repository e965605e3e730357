/* SPDX-License-Identifier: Apache-2.0
 *
 * team.h - who may use a casebook's page: accounts, sessions, tokens for scripts, what they did.
 *
 * Lies in page/team.db beside the casebook, or in tables of its own beside those of a casebook on
 * a server: a casebook that is moved carries nobody's password. Names are as typed; only digests
 * of secrets are kept.
 *
 * Threads: any number may call; calls that verify or keep passwords take their time without
 * holding anybody else up.
 */
#ifndef HMI_API_TEAM_H
#define HMI_API_TEAM_H

#include "api/secret.h"
#include "base/arena.h"

enum {
    HMI_TEAM_NAME_MAX = 64,
    HMI_TEAM_USERS_MAX = 10000,
    HMI_TEAM_SESSIONS_MAX = 50, /* of one account; the oldest ends */
    HMI_TEAM_TOKENS_MAX = 50,   /* of one account */
    HMI_TEAM_PREFERENCES_MAX = 65536,
    HMI_TEAM_AGENT_MAX = 200,
    HMI_PAGE_FOLDER = 4096,
    HMI_TEAM_ID = 33 /* of a session or token: 32 digits and a NUL */
};
#define HMI_SESSION_IDLE_S INT64_C(43200) /* twelve hours */
#define HMI_SESSION_LIFE_S INT64_C(604800)

/* Each may do what those before it may. */
typedef enum hmi_right {
    HMI_RIGHT_NONE,
    HMI_RIGHT_READER,
    HMI_RIGHT_ANALYST,
    HMI_RIGHT_LIAISON,
    HMI_RIGHT_ADMIN
} hmi_right;
const char *hmi_right_name(hmi_right right);
bool hmi_right_find(hm_text name, hmi_right *ret);

/* What the page's server keeps in files: page/ in the casebook's folder, or, when that is on a
 * server, in the folder of this machine. Made when it is not there. */
int hmi_page_folder(const char *casebook, char out[HMI_PAGE_FOLDER], hm_err *err);

typedef struct hmi_team hmi_team;
/* `casebook` is a folder or an address. */
int hmi_team_open(const char *casebook, hmi_team **ret_team, hm_err *err);
void hmi_team_close(hmi_team *team);

/* ---- Accounts */
typedef struct hmi_user {
    hm_text name;
    hmi_right right;
    bool disabled, totp;
    int64_t created_us, seen_us; /* 0: never */
} hmi_user;
/* HM_E_MISUSE for a name or password that is none, HM_E_EXISTS. */
int hmi_user_add(hmi_team *team, hm_text name, hmi_right right, hm_text password, hm_err *err);
/* The very first: HM_E_EXISTS when there is any account. */
int hmi_user_add_first(hmi_team *team, hm_text name, hm_text password, hm_err *err);
int hmi_user_get(hmi_team *team, hmi_arena *arena, hm_text name, hmi_user *ret, hm_err *err);
int hmi_user_list(hmi_team *team, hmi_arena *arena, hmi_user **ret, size_t *ret_count, hm_err *err);
int hmi_user_count(hmi_team *team, uint64_t *ret, hm_err *err);
typedef struct hmi_user_change {
    hmi_right right; /* HMI_RIGHT_NONE: stays */
    bool set_disabled, disabled, drop_totp;
    hm_text password; /* .ptr NULL: stays */
} hmi_user_change;
/* Ends all sessions of the account and, when it is disabled, gets or has less right, its tokens.
 * HM_E_CONFLICT when no admin would be left who can sign in. */
int hmi_user_change_one(hmi_team *team, hm_text name, const hmi_user_change *change, hm_err *err);
int hmi_user_remove(hmi_team *team, hm_text name, hm_err *err);

/* ---- Signing in */
typedef enum hmi_entry {
    HMI_ENTRY_GOOD,
    HMI_ENTRY_BAD, /* no such name, wrong password, wrong or used code, disabled: one answer */
    HMI_ENTRY_NEEDS_CODE /* the password is right, a second factor is wanted */
} hmi_entry;
/* `code` .ptr NULL: none was given. Takes the same work whether or not there is such a name. */
int hmi_user_verify(hmi_team *team, hm_text name, hm_text password, hm_text code, int64_t now_us,
                    hmi_entry *ret, hm_err *err);
int hmi_user_password_set(hmi_team *team, hm_text name, hm_text password, const char *keep_session,
                          hm_err *err);
/* A secret that is asked for only after hmi_totp_confirm. */
int hmi_totp_begin(hmi_team *team, hm_text name, uint8_t ret_secret[HMI_TOTP_SECRET], hm_err *err);
/* HM_E_DENIED: the code is wrong. HM_E_NOT_FOUND: nothing was begun. */
int hmi_totp_confirm(hmi_team *team, hm_text name, hm_text code, int64_t now_us, hm_err *err);
int hmi_totp_end(hmi_team *team, hm_text name, hm_err *err);

/* ---- Who asks */
typedef struct hmi_signed {
    char name[HMI_TEAM_NAME_MAX + 1];
    size_t name_len;
    hmi_right right;      /* of a token: the less of its own and its owner's now */
    bool token;           /* a script, not a person */
    char id[HMI_TEAM_ID]; /* of the session or token */
    int64_t created_us, expires_us;
} hmi_signed;
static inline hm_text hmi_signed_name(const hmi_signed *who)
{
    return hmi_text(who->name, who->name_len);
}

typedef struct hmi_session {
    hm_text id, user, peer, agent;
    int64_t created_us, seen_us, expires_us;
} hmi_session;
int hmi_session_new(hmi_team *team, hm_text user, hm_text peer, hm_text agent, int64_t now_us,
                    char ret_secret[HMI_SECRET_TEXT], hmi_signed *ret, hm_err *err);
/* HM_E_NOT_FOUND: no such session, or it is over. */
int hmi_session_find(hmi_team *team, hm_text secret, int64_t now_us, hmi_signed *ret, hm_err *err);
/* `user` empty: everybody's. */
int hmi_session_list(hmi_team *team, hmi_arena *arena, hm_text user, int64_t now_us,
                     hmi_session **ret, size_t *ret_count, hm_err *err);
/* HM_E_NOT_FOUND also for somebody else's, unless `user` is empty. */
int hmi_session_end(hmi_team *team, hm_text id, hm_text user, hm_err *err);
int hmi_session_count(hmi_team *team, int64_t now_us, uint64_t *ret, hm_err *err);

typedef struct hmi_token {
    hm_text id, name;
    hmi_right right;
    int64_t created_us, expires_us, seen_us;
} hmi_token;
/* The secret is said here and never again. */
int hmi_token_new(hmi_team *team, hm_text user, hm_text name, hmi_right right, int64_t now_us,
                  int64_t expires_us, char ret_secret[HMI_SECRET_TEXT], char ret_id[HMI_TEAM_ID],
                  hm_err *err);
int hmi_token_find(hmi_team *team, hm_text secret, int64_t now_us, hmi_signed *ret, hm_err *err);
int hmi_token_list(hmi_team *team, hmi_arena *arena, hm_text user, hmi_token **ret,
                   size_t *ret_count, hm_err *err);
int hmi_token_remove(hmi_team *team, hm_text id, hm_text user, hm_err *err);

/* ---- What the page remembers for somebody: one JSON object, "{}" at first. */
int hmi_preferences_get(hmi_team *team, hmi_arena *arena, hm_text user, hm_text *ret, hm_err *err);
int hmi_preferences_set(hmi_team *team, hm_text user, hm_text json, hm_err *err);

/* ---- What was done */
typedef struct hmi_deed {
    int64_t seq, at_us;
    hm_text who, peer, what, about;
} hmi_deed;
int hmi_deed_add(hmi_team *team, hm_text who, hm_text peer, hm_text what, hm_text about,
                 hm_err *err);
/* Newest first, with a seq below `before`; 0: from the newest. */
int hmi_deed_list(hmi_team *team, hmi_arena *arena, int64_t before, size_t max, hmi_deed **ret,
                  size_t *ret_count, hm_err *err);

#endif
