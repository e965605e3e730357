/* SPDX-License-Identifier: Apache-2.0
 *
 * user.c - hallmark user: who may use the casebook's page.
 *
 * WHY    The first admin, and an admin who lost a password, come in from the machine that has the
 *        casebook: whoever may read that folder may read everything in it anyway. Passwords never
 *        stand on a command line.
 * OWNS   The team's database, closed on every way out.
 */
#include <stdlib.h>

#include "api/team.h"
#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/commands.h"
#include "cli/file.h"
#include "cli/open.h"

typedef int user_fn(hmi_invocation *inv, hmi_team *team, hm_err *err);

static int with_team(hmi_invocation *inv, user_fn *fn)
{
    hm_err err = { 0 };
    hmi_team *team = NULL;
    int code = hmi_team_open(hmi_casebook_path(inv), &team, &err);
    code = code == HM_OK ? fn(inv, team, &err) : code;
    if (code == HM_OK) {
        (void)hmi_deed_add(
            team, HM_TEXT("(command line)"), HM_TEXT(""), hmi_text_of(inv->command->name),
            inv->operand_count > 0 ? hmi_text_of(inv->operands[0]) : HM_TEXT(""), NULL);
    }
    hmi_team_close(team);
    return code == HM_OK ? HMI_EXIT_DONE : hmi_failed(inv, &err);
}

/* From --password-file, or drawn and shown once. */
static int read_password(hmi_invocation *inv, hm_text *ret, hm_err *err)
{
    const char *path = hmi_given_text(inv, "password-file");
    char drawn[32];
    hmi_buf text;
    if (path == NULL) {
        hmi_password_draw(drawn);
        *ret = hmi_arena_text(inv->arena, hmi_text_of(drawn));
        return ret->ptr != NULL ? HM_OK : hmi_arena_fail(inv->arena, err);
    }
    hmi_buf_init(&text, 0);
    int code = hmi_read_file(path, HMI_PASSWORD_MAX + 2, &text, err);
    hm_bytes rest = hmi_buf_bytes(&text), line = { NULL, 0 };
    hm_text clean;
    (void)hmi_next_line(&rest, &line);
    if (code == HM_OK && (rest.len > 0 || !hmi_text_from(line, &clean))) {
        code = hmi_fail(err, HM_E_MALFORMED, line.len, "\"%s\" is not one line of UTF-8", path);
    }
    if (code == HM_OK) {
        *ret = hmi_arena_text(inv->arena, clean);
        code = ret->ptr != NULL ? HM_OK : hmi_arena_fail(inv->arena, err);
    }
    hmi_buf_fini(&text);
    return code;
}

static void show_password(hmi_invocation *inv, hm_text password)
{
    if (hmi_given_text(inv, "password-file") == NULL) {
        hmi_say(inv->out, "%.*s\n", HMI_FMT(password));
        hmi_complain("this password is shown once; its owner can change it in the page");
    }
}

static int add(hmi_invocation *inv, hmi_team *team, hm_err *err)
{
    hm_text name = hmi_text_of(inv->operands[0]), password = { NULL, 0 };
    const char *role = hmi_given_text(inv, "role");
    hmi_right right = HMI_RIGHT_READER;
    if (role != NULL && !hmi_right_find(hmi_text_of(role), &right)) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE,
                        "--role is reader, analyst, liaison or admin");
    }
    HMI_TRY(read_password(inv, &password, err));
    HMI_TRY(hmi_user_add(team, name, right, password, err));
    show_password(inv, password);
    return HM_OK;
}

static int list(hmi_invocation *inv, hmi_team *team, hm_err *err)
{
    hmi_user *rows = NULL;
    size_t count = 0;
    HMI_TRY(hmi_user_list(team, inv->arena, &rows, &count, err));
    hmi_json_writer *w = &inv->out->json;
    if (inv->out->as_json) {
        hmi_json_open_object(w);
        hmi_json_put_key(w, HM_TEXT("users"));
        hmi_json_open_array(w);
    }
    for (size_t i = 0; i < count; i++) {
        if (inv->out->as_json) {
            hmi_json_open_object(w);
            hmi_json_member_text(w, "name", rows[i].name);
            hmi_json_member_text(w, "role", hmi_text_of(hmi_right_name(rows[i].right)));
            hmi_json_member_bool(w, "disabled", rows[i].disabled);
            hmi_json_member_bool(w, "totp", rows[i].totp);
            hmi_json_close_object(w);
            continue;
        }
        hmi_say(inv->out, "%-8s ", hmi_right_name(rows[i].right));
        hmi_out_text(inv->out, rows[i].name, 0, 0);
        hmi_say(inv->out, "%s%s\n", rows[i].totp ? "  second factor" : "",
                rows[i].disabled ? "  disabled" : "");
    }
    if (inv->out->as_json) {
        hmi_json_close_array(w);
        hmi_json_close_object(w);
        hmi_say(inv->out, "\n");
    }
    return HM_OK;
}

static int drop(hmi_invocation *inv, hmi_team *team, hm_err *err)
{
    return hmi_user_remove(team, hmi_text_of(inv->operands[0]), err);
}

static int password(hmi_invocation *inv, hmi_team *team, hm_err *err)
{
    hm_text text = { NULL, 0 };
    HMI_TRY(read_password(inv, &text, err));
    hmi_user_change change = { .password = text,
                               .set_disabled = true,
                               .drop_totp = hmi_given(inv, "drop-second-factor") };
    HMI_TRY(hmi_user_change_one(team, hmi_text_of(inv->operands[0]), &change, err));
    show_password(inv, text);
    return HM_OK;
}

static int token(hmi_invocation *inv, hmi_team *team, hm_err *err)
{
    const char *role = hmi_given_text(inv, "role"), *label = hmi_given_text(inv, "label");
    hmi_right right = HMI_RIGHT_READER;
    uint64_t days = 90;
    char secret[HMI_SECRET_TEXT], id[HMI_TEAM_ID];
    if (role != NULL && !hmi_right_find(hmi_text_of(role), &right)) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE,
                        "--role is reader, analyst, liaison or admin");
    }
    if (!hmi_given_size(inv, "days", &days) || days < 1 || days > 366) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "--days is 1 to 366");
    }
    int64_t now = hmi_now_us();
    HMI_TRY(hmi_token_new(team, hmi_text_of(inv->operands[0]),
                          hmi_text_of(label != NULL ? label : "script"), right, now,
                          now + (int64_t)days * INT64_C(86400000000), secret, id, err));
    hmi_say(inv->out, "%s\n", secret);
    hmi_complain("this token is shown once");
    return HM_OK;
}

static int run_add(hmi_invocation *inv)
{
    return with_team(inv, add);
}
static int run_list(hmi_invocation *inv)
{
    return with_team(inv, list);
}
static int run_remove(hmi_invocation *inv)
{
    return with_team(inv, drop);
}
static int run_password(hmi_invocation *inv)
{
    return with_team(inv, password);
}
static int run_token(hmi_invocation *inv)
{
    return with_team(inv, token);
}

#define PASSWORD_FILE                                                                  \
    {                                                                                  \
        "password-file", "FILE", "a file with the password in its only line", 0, false \
    }
#define ROLE                                                                    \
    {                                                                           \
        "role", "ROLE", "reader (default), analyst, liaison or admin", 0, false \
    }
static const hmi_option ADD[] = { ROLE, PASSWORD_FILE, { 0 } };
static const hmi_option NONE[] = { { 0 } };
static const hmi_option PASSWORD[] = {
    PASSWORD_FILE,
    { "drop-second-factor", NULL, "forget its second factor too", 0, false },
    { 0 },
};
static const hmi_option TOKEN[] = {
    ROLE,
    { "label", "TEXT", "what it is for (default: script)", 0, false },
    { "days", "N", "how long it is good (default: 90)", 0, false },
    { 0 },
};

const hmi_command hmi_command_user_add = {
    .name = "user add",
    .operands = "NAME",
    .summary = "let somebody use the casebook's page",
    .about = "Makes an account for the page and the API of *hallmark serve*. Without "
             "--password-file a password is drawn and shown once. Each role may do what the ones "
             "before it may: a reader sees; an analyst adds evidence, notes and claims; a liaison "
             "prepares releases; an admin keeps accounts.",
    .examples = "  hallmark user add kim --role admin\n",
    .options = ADD,
    .operands_min = 1,
    .operands_max = 1,
    .run = run_add,
    .no_json = true,
};

const hmi_command hmi_command_user_list = {
    .name = "user list",
    .operands = "",
    .summary = "who may use the casebook's page",
    .about = "Lists the accounts with their roles, and whether a second factor is asked for.",
    .examples = "  hallmark user list --json\n",
    .options = NONE,
    .operands_min = 0,
    .operands_max = 0,
    .run = run_list,
};

const hmi_command hmi_command_user_remove = {
    .name = "user remove",
    .operands = "NAME",
    .summary = "take an account away",
    .about = "Ends its sessions and tokens at once. What it wrote stays under its name. The last "
             "admin who can sign in stays.",
    .examples = "  hallmark user remove kim\n",
    .options = NONE,
    .operands_min = 1,
    .operands_max = 1,
    .run = run_remove,
    .no_json = true,
};

const hmi_command hmi_command_user_password = {
    .name = "user password",
    .operands = "NAME",
    .summary = "give an account a new password",
    .about = "For who lost it: sets the password, enables the account when it was disabled, ends "
             "its sessions. Without --password-file a password is drawn and shown once.",
    .examples = "  hallmark user password kim --drop-second-factor\n",
    .options = PASSWORD,
    .operands_min = 1,
    .operands_max = 1,
    .run = run_password,
    .no_json = true,
};

const hmi_command hmi_command_user_token = {
    .name = "user token",
    .operands = "NAME",
    .summary = "make a token for a script",
    .about = "The token stands for the account with the role given here, or the account's own when "
             "that is less. It is shown once; send it as *Authorization: Bearer*.",
    .examples = "  hallmark user token kim --label nightly --days 30\n",
    .options = TOKEN,
    .operands_min = 1,
    .operands_max = 1,
    .run = run_token,
    .no_json = true,
};
