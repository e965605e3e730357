/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_lift.c - hallmark stix lift: STIX 2.0 as STIX 2.1.
 */
#include "share/stix_lift.h"

#include <inttypes.h>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/file.h"

enum { DOCUMENT_MAX = 1 << 30, MEMORY_MAX = 1 << 28 };

static int lift(hmi_invocation *inv, hmi_json *json, hmi_arena *arena, hmi_buf *in, hmi_buf *out,
                hm_err *err)
{
    hmi_value root;
    uint64_t lifted = 0;
    const char *path = hmi_given_text(inv, "output");
    HMI_TRY(hmi_read_file(inv->operands[0], DOCUMENT_MAX, in, err));
    HMI_TRY(hmi_about_file(inv->operands[0], hmi_json_parse(json, hmi_buf_bytes(in), 0, &root, err),
                           err));
    HMI_TRY(hmi_stix_lift_document(root, arena, out, &lifted, err));
    hmi_buf_add_char(out, '\n');
    HMI_TRY(hmi_buf_check(out, err));
    if (path == NULL) {
        hmi_buf_add(&inv->out->buf, hmi_buf_bytes(out));
        return HM_OK;
    }
    HMI_TRY(hmi_write_file(path, hmi_buf_bytes(out), err));
    if (inv->out->as_json) {
        hmi_json_open_object(&inv->out->json);
        hmi_json_member_uint(&inv->out->json, "lifted", lifted);
        hmi_json_close_object(&inv->out->json);
        hmi_say(inv->out, "\n");
    } else if (!inv->out->quiet) {
        hmi_say(inv->out, "%" PRIu64 " objects lifted\n", lifted);
    }
    return HM_OK;
}

static int run_lift(hmi_invocation *inv)
{
    hm_err err = { 0 };
    hmi_json *json = NULL;
    hmi_arena arena;
    hmi_buf in, out;
    if (hmi_json_new(&json, &err) != HM_OK) {
        return hmi_failed(inv, &err);
    }
    hmi_arena_init(&arena, MEMORY_MAX);
    hmi_buf_init(&in, DOCUMENT_MAX);
    hmi_buf_init(&out, 0);
    int code = lift(inv, json, &arena, &in, &out, &err);
    hmi_buf_fini(&in);
    hmi_buf_fini(&out);
    hmi_arena_fini(&arena);
    hmi_json_free(json);
    return code == HM_OK ? HMI_EXIT_DONE : hmi_failed(inv, &err);
}

static const hmi_option LIFT_OPTIONS[] = {
    { "output", "FILE", "write it there", 'o', false },
    { 0 },
};

const hmi_command hmi_command_stix_lift = {
    .name = "stix lift",
    .operands = "FILE",
    .summary = "rewrite STIX 2.0 as STIX 2.1",
    .about =
        "FILE is a bundle or one object; \"-\" is standard input. Objects of STIX 2.0 get what "
        "2.1 asks for (\"spec_version\", \"pattern_type\", \"is_family\", words moved from "
        "\"labels\" to \"indicator_types\" and its like); everything else keeps its bytes. Ids "
        "and moments stay: it is the same version, told in other words, so do not publish it "
        "beside the original.",
    .examples = "  hallmark stix lift old.json -o new.json && hallmark stix validate new.json\n",
    .options = LIFT_OPTIONS,
    .operands_min = 1,
    .operands_max = 1,
    .run = run_lift,
};
