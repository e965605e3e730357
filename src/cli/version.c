/* SPDX-License-Identifier: Apache-2.0
 *
 * version.c - hallmark version: what this program is, and how well it can lock evidence in here.
 */
#include "base/error.h"
#include "cli/commands.h"
#include "jail/jail.h"

static void say_json(hmi_out *out, const hmi_jail_level *level)
{
    hmi_json_open_object(&out->json);
    hmi_json_member_text(&out->json, "version", HM_TEXT(HMI_VERSION));
    if (level != NULL) {
        hmi_json_put_key(&out->json, HM_TEXT("jail"));
        hmi_json_open_object(&out->json);
        hmi_json_member_bool(&out->json, "seccomp", level->seccomp);
        hmi_json_member_bool(&out->json, "landlock", level->landlock);
        hmi_json_member_uint(&out->json, "landlock_abi", (uint64_t)level->landlock_abi);
        hmi_json_member_bool(&out->json, "namespaces", level->namespaces);
        hmi_json_member_bool(&out->json, "rlimits", level->rlimits);
        hmi_json_member_text(&out->json, "missing", hmi_text_of(level->missing));
        hmi_json_close_object(&out->json);
    }
    hmi_json_close_object(&out->json);
    hmi_say(out, "\n");
}

static void say_text(hmi_out *out, const hmi_jail_level *level, const hm_err *err)
{
    hmi_say(out, "hallmark %s\n", HMI_VERSION);
    if (level == NULL) {
        hmi_say(out, "jail: not available here: %s\n", err->text);
        return;
    }
    hmi_say(out, "jail: seccomp %s, Landlock %s (ABI %d), namespaces %s, limits %s\n",
            level->seccomp ? "yes" : "no", level->landlock ? "yes" : "no", level->landlock_abi,
            level->namespaces ? "yes" : "no", level->rlimits ? "yes" : "no");
    if (level->missing[0] != '\0') {
        hmi_say(out, "      %s\n", level->missing);
    }
}

static int run_version(hmi_invocation *inv)
{
    hm_err err = { 0 };
    hmi_jail *jail = NULL;
    hmi_jail_options options = { .workers_max = 1 };
    const hmi_jail_level *level =
        hmi_jail_open(&options, &jail, &err) == HM_OK ? hmi_jail_level_of(jail) : NULL;
    if (inv->out->as_json) {
        say_json(inv->out, level);
    } else {
        say_text(inv->out, level, &err);
    }
    hmi_jail_close(jail);
    return HMI_EXIT_DONE;
}

const hmi_command hmi_command_version = {
    .name = "version",
    .operands = "",
    .summary = "say which version this is and how strong its jail is here",
    .about = "Prints the version, and which of the kernel's means the jail around evidence readers "
             "has on this machine.",
    .run = run_version,
};
