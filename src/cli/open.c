/* SPDX-License-Identifier: Apache-2.0
 *
 * open.c - casebook, incident and limits from the command line, with errors that say what to do.
 */
#include "cli/open.h"

#include "base/error.h"
#include "base/text.h"

/* A casebook of an older version that is only to be read is brought to ours first: nobody should
 * have to know which command writes. */
static int bring_up(hmi_invocation *inv, const char *path, hmi_store **ret_store, hm_err *err)
{
    const hmi_store_options reading = { .read_only = true };
    hm_err why = { 0 };
    hmi_store *store = NULL;
    int code = hmi_store_open(path, NULL, &store, &why);
    hmi_store_close(store);
    if (code == HM_E_UNSUPPORTED) { /* newer, not older */
        *err = why;
        return code;
    }
    if (code != HM_OK) {
        hm_err older = *err;
        return hmi_fail(err, code, HM_OFFSET_NONE,
                        "%s; this cannot be done here: %s; whoever may "
                        "write to it does it by \"hallmark verify\"",
                        older.text, why.text);
    }
    hmi_complain("%s: the casebook was of an older version and is now of this program's; older "
                 "programs refuse it from now on",
                 inv->command->name);
    return hmi_store_open(path, &reading, ret_store, err);
}

bool hmi_open_casebook(hmi_invocation *inv, bool read_only, hmi_store **ret_store, int *ret_code)
{
    hm_err err = { 0 };
    hmi_store_options options = { .read_only = read_only };
    const char *path = hmi_casebook_path(inv);
    int code = hmi_store_open(path, &options, ret_store, &err);
    if (code == HM_E_UNSUPPORTED && read_only) {
        code = bring_up(inv, path, ret_store, &err);
    }
    if (code == HM_OK) {
        return true;
    }
    if (code == HM_E_NOT_FOUND) {
        hmi_complain("%s: there is no casebook at \"%s\": make one with \"hallmark init\", or name "
                     "another with --casebook",
                     inv->command->name, path);
        *ret_code = HMI_EXIT_CASEBOOK;
    } else {
        *ret_code = hmi_failed(inv, &err);
        *ret_code = *ret_code == HMI_EXIT_INPUT ? HMI_EXIT_CASEBOOK : *ret_code;
    }
    return false;
}

bool hmi_operand_text(hmi_invocation *inv, const char *operand, hm_text *ret, int *ret_code)
{
    if (!hmi_text_from(hmi_bytes(operand, strlen(operand)), ret) || ret->len == 0) {
        *ret_code = hmi_usage_error(inv, "an incident's name must be text in UTF-8, not empty");
        return false;
    }
    return true;
}

bool hmi_open_incident(hmi_invocation *inv, hmi_store *store, const char *name, hmi_incident *ret,
                       int *ret_code)
{
    hm_err err = { 0 };
    hm_text text;
    if (!hmi_operand_text(inv, name, &text, ret_code)) {
        return false;
    }
    int code = hmi_incident_find(store, inv->arena, text, ret, &err);
    if (code == HM_OK) {
        return true;
    }
    if (code == HM_E_NOT_FOUND) {
        hmi_complain("%s: there is no incident \"%s\": \"hallmark show\" lists them",
                     inv->command->name, name);
        *ret_code = HMI_EXIT_USAGE;
    } else {
        *ret_code = hmi_failed(inv, &err);
    }
    return false;
}

bool hmi_given_jail(const hmi_invocation *inv, hmi_jail_options *ret, uint64_t *ret_size_max)
{
    uint64_t cpu_ms = 0, jobs = 0;
    *ret = (hmi_jail_options){ .allow_weak = hmi_given(inv, "allow-weak-jail") };
    *ret_size_max = 0;
    if (!hmi_given_size(inv, "cpu-ms", &cpu_ms) || !hmi_given_size(inv, "jobs", &jobs) ||
        !hmi_given_size(inv, "memory-max", &ret->memory_max) ||
        !hmi_given_size(inv, "size-max", ret_size_max)) {
        return false;
    }
    if (cpu_ms > 3600 * 1000 || jobs > 256) {
        hmi_usage_error(inv, "--cpu-ms is at most 3600000 and --jobs at most 256");
        return false;
    }
    ret->cpu_ms = (uint32_t)cpu_ms;
    ret->workers_max = (uint32_t)jobs;
    return true;
}
