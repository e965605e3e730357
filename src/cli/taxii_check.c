/* SPDX-License-Identifier: Apache-2.0
 *
 * taxii_check.c - hallmark taxii check: which requirements of TAXII 2.1 does a server meet?
 */
#include <inttypes.h>
#include <unistd.h>

#include "base/error.h"
#include "base/hash.h"
#include "cli/commands.h"
#include "cli/peers.h"
#include "peer/check.h"

static void tell_json(hmi_out *out, const hmi_check_row *rows, size_t count, const uint64_t sums[3])
{
    static const char *const WORDS[] = { "pass", "fail", "skip" };
    hmi_json_writer *w = &out->json;
    hmi_json_open_object(w);
    hmi_json_member_uint(w, "passed", sums[HMI_CHECK_PASS]);
    hmi_json_member_uint(w, "failed", sums[HMI_CHECK_FAIL]);
    hmi_json_member_uint(w, "skipped", sums[HMI_CHECK_SKIP]);
    hmi_json_put_key(w, HM_TEXT("requirements"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < count; i++) {
        hmi_json_open_object(w);
        hmi_json_member_text(w, "name", hmi_text_of(rows[i].name));
        hmi_json_member_text(w, "section", hmi_text_of(rows[i].section));
        hmi_json_member_text(w, "requirement", hmi_text_of(rows[i].requirement));
        hmi_json_member_text(w, "verdict", hmi_text_of(WORDS[rows[i].verdict]));
        hmi_json_put_key(w, HM_TEXT("detail"));
        hmi_json_put_lossy(w, hmi_text_bytes(hmi_text_of(rows[i].detail)));
        hmi_json_close_object(w);
    }
    hmi_json_close_array(w);
    hmi_json_close_object(w);
}

static void tell_text(hmi_out *out, const hmi_check_row *rows, size_t count, const uint64_t sums[3])
{
    static const char *const WORDS[] = { "pass", "FAIL", "skip" };
    static const hmi_style STYLES[] = { HMI_GOOD, HMI_BAD, HMI_FAINT };
    for (size_t i = 0; i < count; i++) {
        if (out->quiet && rows[i].verdict != HMI_CHECK_FAIL) {
            continue;
        }
        hmi_say_style(out, STYLES[rows[i].verdict]);
        hmi_say(out, "%s", WORDS[rows[i].verdict]);
        hmi_say_style(out, HMI_PLAIN);
        hmi_say(out, "  %-6s  %s", rows[i].section, rows[i].requirement);
        if (rows[i].detail[0] != '\0') {
            hmi_say(out, ": ");
            hmi_out_safe(out, hmi_text_bytes(hmi_text_of(rows[i].detail)), 0, 0);
        }
        hmi_say(out, "  (%s)\n", rows[i].name);
    }
    hmi_say(out, "%" PRIu64 " passed, %" PRIu64 " failed, %" PRIu64 " left out\n",
            sums[HMI_CHECK_PASS], sums[HMI_CHECK_FAIL], sums[HMI_CHECK_SKIP]);
}

static int run(hmi_invocation *inv)
{
    hm_err err = { 0 };
    hmi_remote remote = { .url = inv->operands[0] };
    hmi_client *client = NULL;
    hmi_check_row *rows = NULL;
    size_t count = 0;
    uint8_t random[4];
    char prefix[9];
    int code = hmi_peer_given(inv, &remote, &err);
    if (code == HM_OK && getentropy(random, sizeof(random)) != 0) {
        code = hmi_fail_errno(&err, "no random bytes");
    }
    hmi_hex(hmi_bytes(random, sizeof(random)), prefix);
    hmi_check_options options = { .write = hmi_given(inv, "write"), .prefix = prefix };
    if (code == HM_OK && options.write && remote.collection == NULL) {
        return hmi_usage_error(inv, "--write needs --collection: which one may be written to?");
    }
    code = code == HM_OK ? hmi_client_new(&remote, &client, &err) : code;
    code = code == HM_OK
               ? hmi_check_server(client, &remote, &options, inv->arena, &rows, &count, &err)
               : code;
    hmi_client_free(client);
    if (code != HM_OK) {
        return hmi_failed(inv, &err);
    }
    uint64_t sums[3] = { 0 };
    for (size_t i = 0; i < count; i++) {
        sums[rows[i].verdict]++;
    }
    if (inv->out->as_json) {
        tell_json(inv->out, rows, count, sums);
    } else {
        tell_text(inv->out, rows, count, sums);
    }
    return sums[HMI_CHECK_FAIL] > 0 ? HMI_EXIT_NOTHING : HMI_EXIT_DONE;
}

static const hmi_option OPTIONS[] = {
    HMI_PEER_OPTIONS,
    { "write", NULL, "also add objects to the collection, and delete them again", 0, false },
    { 0 },
};

const hmi_command hmi_command_taxii_check = {
    .name = "taxii check",
    .operands = "URL",
    .summary = "score any TAXII 2.1 server against what servers get wrong",
    .about = "Asks the API root at URL some eighty questions, each a requirement of TAXII 2.1 that "
             "servers "
             "are known to get wrong, and says of each whether it is met. Nothing is changed there "
             "unless --write is given; then a few harmless tools marked TLP:CLEAR are added to "
             "--collection and deleted again. Ends with 1 when a requirement is not met.",
    .examples = "  hallmark taxii check https://taxii.example/api1/ --token-file token\n"
                "  hallmark taxii check https://taxii.example/api1/ --user me --password-file p "
                "--collection 91a7b528-80eb-42ed-a74d-c6fbd5a26116 --write --json\n",
    .options = OPTIONS,
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
