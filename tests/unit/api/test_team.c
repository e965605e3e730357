/* SPDX-License-Identifier: Apache-2.0
 *
 * test_team.c - accounts, sessions and tokens: who gets in, who stays out, and who is left.
 */
#include <sys/stat.h>

#include "api/team.h"
#include "base/time.h"
#include "engine/sqlite.h"
#include "unit/casebook/room.h"

static const hm_text GOOD = HM_TEXT_INIT("correct horse battery");

static hmi_team *team_new(void)
{
    hm_err err = { 0 };
    hmi_team *team = NULL;
    hmi_store_close(room_store("book"));
    CHECK_OK(hmi_team_open(room_where("book"), &team, &err));
    CHECK_OK(hmi_user_add_first(team, HM_TEXT("kim"), GOOD, &err));
    return team;
}

static hmi_entry verify(hmi_team *team, const char *name, hm_text password, hm_text code)
{
    hm_err err = { 0 };
    hmi_entry entry = HMI_ENTRY_GOOD;
    CHECK_OK(hmi_user_verify(team, hmi_text_of(name), password, code, hmi_now_us(), &entry, &err));
    return entry;
}

TEST(only_the_first_account_makes_itself)
{
    hm_err err = { 0 };
    struct stat st;
    hmi_team *team = team_new();
    CHECK_EQ(hmi_user_add_first(team, HM_TEXT("eve"), GOOD, &err), HM_E_EXISTS);
    CHECK_EQ(hmi_user_add(team, HM_TEXT("kim"), HMI_RIGHT_READER, GOOD, &err), HM_E_EXISTS);
    if (room_server() == NULL) {
        CHECK(stat(room_path("book/page/team.db"), &st) == 0 && (st.st_mode & 0777) == 0600);
        CHECK(stat(room_path("book/page"), &st) == 0 && (st.st_mode & 0777) == 0700);
    }
    hmi_team_close(team);
    room_clear("none");
    CHECK_EQ(hmi_team_open(room_where("none"), &team, &err), HM_E_NOT_FOUND);
}

TEST(names_and_passwords_that_are_none_are_refused)
{
    hm_err err = { 0 };
    hmi_team *team = team_new();
    static const char *const BAD[] = { "",         " kim",           "kim ", "a\nb",
                                       "a\x1b[1m", "a\xe2\x80\xaez", "\xff" };
    for (size_t i = 0; i < HMI_COUNT(BAD); i++) {
        CHECK_EQ(hmi_user_add(team, hmi_text_of(BAD[i]), HMI_RIGHT_READER, GOOD, &err),
                 HM_E_MISUSE);
    }
    CHECK_EQ(hmi_user_add(team, HM_TEXT("lee"), HMI_RIGHT_READER, HM_TEXT("short"), &err),
             HM_E_MISUSE);
    CHECK_OK(hmi_user_add(team, HM_TEXT("'; DROP TABLE user; --"), HMI_RIGHT_READER, GOOD, &err));
    CHECK_EQ(verify(team, "'; DROP TABLE user; --", GOOD, (hm_text){ 0 }), HMI_ENTRY_GOOD);
    hmi_team_close(team);
}

TEST(wrong_names_passwords_and_disabled_accounts_are_one_answer)
{
    hm_err err = { 0 };
    hmi_team *team = team_new();
    CHECK_OK(hmi_user_add(team, HM_TEXT("lee"), HMI_RIGHT_READER, GOOD, &err));
    CHECK_EQ(verify(team, "kim", GOOD, (hm_text){ 0 }), HMI_ENTRY_GOOD);
    CHECK_EQ(verify(team, "kim", HM_TEXT("wrong"), (hm_text){ 0 }), HMI_ENTRY_BAD);
    CHECK_EQ(verify(team, "nobody", GOOD, (hm_text){ 0 }), HMI_ENTRY_BAD);
    hmi_user_change off = { .set_disabled = true, .disabled = true };
    CHECK_OK(hmi_user_change_one(team, HM_TEXT("lee"), &off, &err));
    CHECK_EQ(verify(team, "lee", GOOD, (hm_text){ 0 }), HMI_ENTRY_BAD);
    hmi_team_close(team);
}

TEST(the_last_admin_stays)
{
    hm_err err = { 0 };
    hmi_team *team = team_new();
    hmi_user_change less = { .right = HMI_RIGHT_LIAISON },
                    off = { .set_disabled = true, .disabled = true };
    CHECK_EQ(hmi_user_change_one(team, HM_TEXT("kim"), &less, &err), HM_E_CONFLICT);
    CHECK_EQ(hmi_user_change_one(team, HM_TEXT("kim"), &off, &err), HM_E_CONFLICT);
    CHECK_EQ(hmi_user_remove(team, HM_TEXT("kim"), &err), HM_E_CONFLICT);
    CHECK_EQ(verify(team, "kim", GOOD, (hm_text){ 0 }), HMI_ENTRY_GOOD);
    CHECK_OK(hmi_user_add(team, HM_TEXT("lee"), HMI_RIGHT_ADMIN, GOOD, &err));
    CHECK_OK(hmi_user_remove(team, HM_TEXT("kim"), &err));
    CHECK_EQ(hmi_user_remove(team, HM_TEXT("lee"), &err), HM_E_CONFLICT);
    CHECK_EQ(hmi_user_remove(team, HM_TEXT("kim"), &err), HM_E_NOT_FOUND);
    hmi_team_close(team);
}

TEST(a_second_factor_is_asked_for_after_it_was_confirmed_and_a_code_is_used_up)
{
    hm_err err = { 0 };
    hmi_team *team = team_new();
    uint8_t secret[HMI_TOTP_SECRET];
    char code[16];
    int64_t now = hmi_now_us();
    CHECK_EQ(hmi_totp_confirm(team, HM_TEXT("kim"), HM_TEXT("000000"), now, &err), HM_E_NOT_FOUND);
    CHECK_OK(hmi_totp_begin(team, HM_TEXT("kim"), secret, &err));
    CHECK_EQ(verify(team, "kim", GOOD, (hm_text){ 0 }), HMI_ENTRY_GOOD); /* not confirmed */
    uint64_t step = (uint64_t)(now / 1000000) / HMI_TOTP_STEP_S;
    snprintf(code, sizeof(code), "%06u", hmi_totp_code(secret, step - 1));
    CHECK_OK(hmi_totp_confirm(team, HM_TEXT("kim"), hmi_text_of(code), now, &err));
    CHECK_EQ(verify(team, "kim", GOOD, (hm_text){ 0 }), HMI_ENTRY_NEEDS_CODE);
    CHECK_EQ(verify(team, "kim", HM_TEXT("wrong"), (hm_text){ 0 }), HMI_ENTRY_BAD);
    CHECK_EQ(verify(team, "kim", GOOD, hmi_text_of(code)), HMI_ENTRY_BAD); /* used to confirm */
    snprintf(code, sizeof(code), "%06u", hmi_totp_code(secret, step + 1));
    CHECK_EQ(verify(team, "kim", GOOD, hmi_text_of(code)), HMI_ENTRY_GOOD);
    CHECK_EQ(verify(team, "kim", GOOD, hmi_text_of(code)), HMI_ENTRY_BAD);
    CHECK_OK(hmi_totp_end(team, HM_TEXT("kim"), &err));
    CHECK_EQ(verify(team, "kim", GOOD, (hm_text){ 0 }), HMI_ENTRY_GOOD);
    hmi_team_close(team);
}

TEST(sessions_end_by_themselves_and_when_the_account_changes)
{
    hm_err err = { 0 };
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    hmi_team *team = team_new();
    hmi_signed who, other;
    hmi_session *list = NULL;
    size_t count = 0;
    char one[HMI_SECRET_TEXT], two[HMI_SECRET_TEXT];
    hm_text kim = HM_TEXT("kim"), here = HM_TEXT("127.0.0.1"), agent = HM_TEXT("test");
    int64_t now = 1000000000000000, hour = INT64_C(3600000000);
    CHECK_OK(hmi_session_new(team, kim, here, agent, now, one, &who, &err));
    CHECK_OK(hmi_session_new(team, kim, here, agent, now, two, &other, &err));
    CHECK(strcmp(one, two) != 0);
    CHECK_OK(hmi_session_find(team, hmi_text_of(one), now, &who, &err));
    CHECK_EQ(who.right, HMI_RIGHT_ADMIN);
    CHECK_EQ(hmi_session_find(team, HM_TEXT("guess"), now, &who, &err), HM_E_NOT_FOUND);
    CHECK_OK(hmi_session_list(team, &arena, kim, now, &list, &count, &err));
    CHECK_EQ(count, 2);
    CHECK_EQ(hmi_session_end(team, hmi_text_of(other.id), HM_TEXT("lee"), &err), HM_E_NOT_FOUND);
    CHECK_OK(hmi_session_end(team, hmi_text_of(other.id), kim, &err));
    CHECK_EQ(hmi_session_find(team, hmi_text_of(two), now, &other, &err), HM_E_NOT_FOUND);
    for (int i = 0; i < 14; i++) { /* used every eleven hours: the week ends it */
        now += 11 * hour;
        CHECK_OK(hmi_session_find(team, hmi_text_of(one), now, &who, &err));
    }
    CHECK_EQ(hmi_session_find(team, hmi_text_of(one), now + 13 * hour, &who, &err),
             HM_E_NOT_FOUND); /* nobody came for twelve hours */
    now += 11 * hour;
    CHECK_OK(hmi_session_find(team, hmi_text_of(one), now, &who, &err));
    now += 11 * hour;
    CHECK_EQ(hmi_session_find(team, hmi_text_of(one), now, &who, &err), HM_E_NOT_FOUND);
    CHECK_OK(hmi_session_new(team, kim, here, agent, now, one, &who, &err));
    CHECK_OK(hmi_session_new(team, kim, here, agent, now, two, &other, &err));
    CHECK_OK(hmi_user_password_set(team, kim, HM_TEXT("another password"), who.id, &err));
    CHECK_OK(hmi_session_find(team, hmi_text_of(one), now, &who, &err));
    CHECK_EQ(hmi_session_find(team, hmi_text_of(two), now, &other, &err), HM_E_NOT_FOUND);
    hmi_team_close(team);
    hmi_arena_fini(&arena);
}

TEST(a_token_has_no_more_right_than_its_owner_now)
{
    hm_err err = { 0 };
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    hmi_team *team = team_new();
    hmi_signed who;
    hmi_token *list = NULL;
    size_t count = 0;
    char secret[HMI_SECRET_TEXT], id[HMI_TEAM_ID];
    CHECK_OK(hmi_user_add(team, HM_TEXT("lee"), HMI_RIGHT_ANALYST, GOOD, &err));
    CHECK_OK(hmi_token_new(team, HM_TEXT("lee"), HM_TEXT("nightly"), HMI_RIGHT_ADMIN, 100, 1000,
                           secret, id, &err));
    CHECK_OK(hmi_token_find(team, hmi_text_of(secret), 500, &who, &err));
    CHECK(who.token && who.right == HMI_RIGHT_ANALYST);
    CHECK_EQ(hmi_token_find(team, hmi_text_of(secret), 1000, &who, &err), HM_E_NOT_FOUND);
    CHECK_OK(hmi_token_list(team, &arena, HM_TEXT("lee"), &list, &count, &err));
    CHECK_EQ(count, 1);
    CHECK_EQ(hmi_token_remove(team, hmi_text_of(id), HM_TEXT("kim"), &err), HM_E_NOT_FOUND);
    hmi_user_change less = { .right = HMI_RIGHT_READER };
    CHECK_OK(hmi_user_change_one(team, HM_TEXT("lee"), &less, &err));
    CHECK_EQ(hmi_token_find(team, hmi_text_of(secret), 500, &who, &err), HM_E_NOT_FOUND);
    hmi_team_close(team);
    hmi_arena_fini(&arena);
}

TEST(deeds_and_preferences_come_back)
{
    hm_err err = { 0 };
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    hmi_team *team = team_new();
    hmi_deed *list = NULL;
    size_t count = 0;
    hm_text json;
    CHECK_OK(hmi_preferences_get(team, &arena, HM_TEXT("kim"), &json, &err));
    CHECK_TEXT(json, "{}");
    CHECK_OK(hmi_preferences_set(team, HM_TEXT("kim"), HM_TEXT("{\"theme\":\"dark\"}"), &err));
    CHECK_OK(hmi_preferences_get(team, &arena, HM_TEXT("kim"), &json, &err));
    CHECK_TEXT(json, "{\"theme\":\"dark\"}");
    for (int i = 0; i < 3; i++) {
        CHECK_OK(hmi_deed_add(team, HM_TEXT("kim"), HM_TEXT("::1"), HM_TEXT("signed-in"),
                              HM_TEXT("x"), &err));
    }
    CHECK_OK(hmi_deed_list(team, &arena, 0, 2, &list, &count, &err));
    CHECK_EQ(count, 2);
    CHECK_OK(hmi_deed_list(team, &arena, list[1].seq, 2, &list, &count, &err));
    CHECK_EQ(count, 1);
    hmi_team_close(team);
    hmi_arena_fini(&arena);
}

/* Two servers of one page. */
TEST(what_one_opens_the_other_knows)
{
    hm_err err = { 0 };
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    hmi_team *here = team_new(), *there = NULL;
    hmi_signed who;
    char secret[HMI_SECRET_TEXT];
    int64_t now = hmi_now_us();
    CHECK_OK(hmi_team_open(room_where("book"), &there, &err));
    CHECK_EQ(hmi_user_add_first(there, HM_TEXT("eve"), GOOD, &err), HM_E_EXISTS);
    CHECK_OK(hmi_session_new(here, HM_TEXT("kim"), HM_TEXT("::1"), HM_TEXT("t"), now, secret, &who,
                             &err));
    CHECK_OK(hmi_session_find(there, hmi_text_of(secret), now, &who, &err));
    CHECK_OK(hmi_session_end(there, hmi_text_of(who.id), HM_TEXT("kim"), &err));
    CHECK_EQ(hmi_session_find(here, hmi_text_of(secret), now, &who, &err), HM_E_NOT_FOUND);
    for (int i = 0; i < 4; i++) { /* numbers do not meet */
        CHECK_OK(hmi_deed_add(i % 2 ? here : there, HM_TEXT("kim"), HM_TEXT("::1"),
                              HM_TEXT("signed-in"), HM_TEXT(""), &err));
    }
    hmi_deed *list = NULL;
    size_t count = 0;
    CHECK_OK(hmi_deed_list(here, &arena, 0, 9, &list, &count, &err));
    CHECK_EQ(count, 4);
    hmi_team_close(there);
    hmi_team_close(here);
    hmi_arena_fini(&arena);
}

/* While somebody stores evidence, the other's lock is not waited for. */
TEST(nobody_waits_for_evidence_to_sign_in)
{
    hm_err err = { 0 };
    hmi_signed who;
    char secret[HMI_SECRET_TEXT];
    hmi_team *team = team_new();
    hmi_store *store = room_open("book");
    hmi_group_begin(store);
    (void)room_incident(store, "seoul-2013"); /* its transaction stays open */
    CHECK_OK(hmi_session_new(team, HM_TEXT("kim"), HM_TEXT("::1"), HM_TEXT("t"), hmi_now_us(),
                             secret, &who, &err));
    hmi_group_abandon(store);
    hmi_store_close(store);
    hmi_team_close(team);
}

/* A file of the version before, as it was made. */
TEST(accounts_of_version_1_are_taken_over)
{
    static const char OLD[] =
        "CREATE TABLE user (name TEXT NOT NULL PRIMARY KEY, role INTEGER NOT NULL,"
        " password TEXT NOT NULL, disabled INTEGER NOT NULL, totp BLOB, totp_wanted BLOB,"
        " totp_last INTEGER NOT NULL, created_us INTEGER NOT NULL, seen_us INTEGER NOT NULL,"
        " preferences TEXT NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE TABLE session (id TEXT NOT NULL PRIMARY KEY, secret BLOB NOT NULL UNIQUE,"
        " user TEXT NOT NULL REFERENCES user (name) ON DELETE CASCADE,"
        " created_us INTEGER NOT NULL, seen_us INTEGER NOT NULL, peer TEXT NOT NULL,"
        " agent TEXT NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE INDEX session_user ON session (user);"
        "CREATE TABLE token (id TEXT NOT NULL PRIMARY KEY, secret BLOB NOT NULL UNIQUE,"
        " user TEXT NOT NULL REFERENCES user (name) ON DELETE CASCADE, name TEXT NOT NULL,"
        " role INTEGER NOT NULL, created_us INTEGER NOT NULL, expires_us INTEGER NOT NULL,"
        " seen_us INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE TABLE deed (seq INTEGER PRIMARY KEY AUTOINCREMENT, at_us INTEGER NOT NULL,"
        " who TEXT NOT NULL, peer TEXT NOT NULL, what TEXT NOT NULL, about TEXT NOT NULL) STRICT;"
        "INSERT INTO deed (at_us, who, peer, what, about) VALUES (1, 'kim', '::1', 'x', '');"
        "PRAGMA user_version = 1";
    static const hmi_engine_plan NONE;
    hm_err err = { 0 };
    hmi_arena arena;
    hmi_engine *engine = NULL;
    hmi_team *team = NULL;
    hmi_user user;
    hmi_deed *deeds = NULL;
    size_t count = 0;
    char kept[HMI_PASSWORD_KEPT], sql[400];
    if (room_server() != NULL) {
        return; /* there was no such version there */
    }
    hmi_arena_init(&arena, 1 << 20);
    hmi_store_close(room_store("book"));
    CHECK(mkdir(room_path("book/page"), 0700) == 0);
    const hmi_sqlite_options options = { .create = true, .unmarked = true };
    CHECK_OK(hmi_sqlite_open(room_path("book/page/team.db"), &NONE, &options, &engine, &err));
    CHECK_OK(hmi_engine_script(engine, OLD, &err));
    CHECK_OK(hmi_password_keep(GOOD, kept, &err));
    snprintf(sql, sizeof(sql),
             "INSERT INTO user VALUES ('kim', 4, '%s', 0, NULL, NULL, 0, 1, 0, '{}')", kept);
    CHECK_OK(hmi_engine_script(engine, sql, &err));
    hmi_engine_close(engine);
    for (int i = 0; i < 2; i++) {
        CHECK_OK(hmi_team_open(room_path("book"), &team, &err));
        CHECK_EQ(verify(team, "kim", GOOD, (hm_text){ 0 }), HMI_ENTRY_GOOD);
        CHECK_OK(hmi_user_get(team, &arena, HM_TEXT("kim"), &user, &err));
        CHECK_EQ(user.right, HMI_RIGHT_ADMIN);
        CHECK_OK(hmi_deed_list(team, &arena, 0, 9, &deeds, &count, &err));
        CHECK_EQ(count, 1);
        hmi_team_close(team);
    }
    hmi_arena_fini(&arena);
}

RUN_TESTS()
