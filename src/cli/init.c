/* SPDX-License-Identifier: Apache-2.0
 *
 * init.c - hallmark init: an empty casebook.
 */
#include "casebook/store.h"
#include "cli/commands.h"

static int run_init(hmi_invocation *inv)
{
    hm_err err = { 0 };
    const char *where = inv->operand_count > 0 ? inv->operands[0] : hmi_casebook_path(inv);
    if (hmi_store_create(where, &err) != HM_OK) {
        int code = hmi_failed(inv, &err);
        return code == HMI_EXIT_INPUT ? HMI_EXIT_CASEBOOK : code;
    }
    if (inv->out->as_json) {
        hmi_json_open_object(&inv->out->json);
        hmi_json_put_key(&inv->out->json, HM_TEXT("casebook"));
        hmi_json_put_lossy(&inv->out->json, hmi_bytes(where, strlen(where)));
        hmi_json_close_object(&inv->out->json);
        hmi_say(inv->out, "\n");
    } else if (!inv->out->quiet) {
        hmi_say(inv->out, "made an empty casebook at ");
        hmi_out_safe(inv->out, hmi_bytes(where, strlen(where)), 0, 0);
        hmi_say(inv->out, "\n");
    }
    return HMI_EXIT_DONE;
}

const hmi_command hmi_command_init = {
    .name = "init",
    .operands = "[DIR]",
    .summary = "make an empty casebook",
    .about = "A casebook is a directory that holds incidents, their evidence, what was read out of "
             "it, and the baseline of harmless files. It is made readable by its owner alone. The "
             "directory must not exist, or be empty.",
    .examples = "  hallmark init                       # ./casebook\n"
                "  hallmark init /srv/cases/2014       # elsewhere\n",
    .operands_max = 1,
    .run = run_init,
};
